// SPDX-License-Identifier: GPL-2.0
/*
 * The other vCPUs of the guest: see main.c. Each is switched on by PSCI's CPU_ON, in one of
 * three ways, writes down its registers, and waits to be asked again. Every character is an
 * exit of the guest: what is as on the first vCPU is only counted.
 *
 *	cpu1:S3_0_C0_C0_5 0x80000001
 *	cpu1:TPIDR_EL1 0x5ec1
 *	cpu1:EQUAL 99
 *	cpu1:COUNTER agrees
 *
 * Only one vCPU at a time does something, so that what is written does not mix.
 */
#include "payload.h"

/* The number of the vCPU says which way it goes; the guest is saved between two records */
enum {
	ON = 1,		/* on when it is saved, and asleep */
	LATER,		/* off then: switched on for the second record */
	AGAIN,		/* off then: switched off behind each record, and on for each */
	CPUS,
};

#define MAX_WAIT	(60 * TICKS_PER_SEC)

static struct {
	u32 asked, told;	/* of records */
	u64 count;		/* when it began to tell */
} volatile cpus[CPUS];

static const char * const names[CPUS] = { "", "cpu1:", "cpu2:", "cpu3:" };

void second_cpu(unsigned long n)
{
	own_state(n);
	fill_vectors(n);
	enable_interrupts(n);
	for (;;) {
		while (cpus[n].told == cpus[n].asked)
			nap();
		forget_sgi(n);
		asm volatile("isb" : : : "memory");
		cpus[n].count = read_count();
		prefix = names[n];
		tell_registers();
		prefix = "";
		cpus[n].told++;
		if (n == AGAIN)
			call(PSCI(2), 0, 0, 0);		/* CPU_OFF */
	}
}

static int is_off(u32 n)
{
	return call(PSCI(4), n, 0, 0).a[0] == 1;	/* AFFINITY_INFO */
}

static void say(u32 n, const char *what)
{
	text(names[n]);
	text(what);
	put('\n');
}

static void tell_cpu(u32 n, u32 record)
{
	u64 before = counter(), after;
	struct answer ans;

	cpus[n].asked++;
	if (n == AGAIN || record == n) {	/* ON for the first record, LATER the second */
		ans = call(PSCI(3), n, (unsigned long)second_entry, n);	/* CPU_ON */
		if (failed(&ans))
			return say(n, "CPU_ON fails");
	} else {
		send_sgi(n);
	}
	for (u32 i = 0; cpus[n].told != cpus[n].asked; i++) {
		if (i == MAX_WAIT)
			return say(n, "SILENT");
		wait_tick();
	}
	after = counter();
	say(n, cpus[n].count < before ? "COUNTER behind" :
	       cpus[n].count > after ? "COUNTER ahead" : "COUNTER agrees");
	for (u32 i = 0; n == AGAIN && !is_off(n); i++) {
		if (i == MAX_WAIT)
			return say(n, "CPU_OFF fails");
		wait_tick();
	}
}

void tell_cpus(u32 record)
{
	for (u32 n = ON; n < CPUS; n++)
		if (n == LATER && record < n)
			say(n, "OFF");
		else
			tell_cpu(n, record);
}
