// SPDX-License-Identifier: GPL-2.0
/*
 * The guest of the migration matrix and of the history: no operating system, MMU
 * off, at EL1, or at EL2 if there is one. It writes down all that it can see of the
 * machine, ticks for a while, and begins anew. With arm64.c it is an arm64 Linux image,
 * with arm.c a program that runs in AArch32 and sees what is seen from there:
 *
 *	start
 *	probe
 *	PSCI_VERSION 0x10001 0x0 0x0 0x0
 *	...
 *	end
 *	tick 1
 *
 * A record has a line for each answer, whose first word is a name that no other line
 * has. What two complete records differ in is what the guest saw change.
 *
 * Not a list of what there is to see, but everything: each function number, each
 * encoding of an ID register. What is not there would be most of a record, and every
 * character is an exit of the guest: functions that are not supported are told as
 * "OTHER_CALLS NUMBER CHECKSUM", ID registers that are zero not at all. A function
 * that ends the machine, or changes it, is not called; see calls.c. Of answers that
 * are another one each time, only the kind is told.
 *
 * The other vCPUs write down those registers that differ from the first one's, behind
 * "cpu1:" and so on: see cpus.c.
 *
 * "start" must not come again after a restore, and the ticks must go on.
 */
#include "payload.h"

/* QEMU's virt: a PL011. VMMs have it always ready, and each access is an exit. */
#define UART		((volatile u32 *)0x9000000)

#define TICKS		20	/* between two records */
#define MAX_JUMP	10	/* seconds */
#define MAX_TOLD	100000

volatile u32 faults;
const char *prefix = "";

void put(char c)
{
	*UART = c;
}

void text(const char *s)
{
	while (*s)
		put(*s++);
}

void number(u64 val)
{
	int shift = 60;

	text("0x");
	while (shift && !(val >> shift))
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		put("0123456789abcdef"[val >> shift & 15]);
}

void hex(u64 val)
{
	put(' ');
	number(val);
}

void decimal(u32 val)
{
	if (val >= 10)
		decimal(val / 10);
	put('0' + val % 10);
}

void name(const char *s)
{
	text(prefix);
	text(s);
}

/* The vCPU that tells */
u32 self(void)
{
	return *prefix ? prefix[3] - '0' : 0;
}

void line(const char *s, u64 val)
{
	name(s);
	hex(val);
	put('\n');
}

/* Time: what it is, is another answer each time; that it goes on, is not */

static u64 last_count, longest_jump;
static u32 went_back;

u64 counter(void)
{
	u64 val;

	asm volatile("isb" : : : "memory");
	val = read_count();
	if (val < last_count)
		went_back = 1;
	else if (last_count && val - last_count > longest_jump)
		longest_jump = val - last_count;
	last_count = val;
	return val;
}

void wait_tick(void)
{
	u64 next = counter() + read_frequency() / TICKS_PER_SEC;

	while (counter() < next)
		asm volatile("yield");
}

/* Registers */

/* Those of the first vCPU: of the others, only what differs from them is told */
static struct {
	const char *name;
	u64 val;
	int undefined;
} first[128];
static u32 logged, equal;

/* With all else that has a fault, a register that is undefined */
void log_read(const char *reg, u64 val, int undefined, enum how how)
{
	u32 i = logged++ % ARRAY_SIZE(first);

	if (how == KIND)
		val = 0;
	if (!*prefix) {
		counter();	/* it is a long way to the next call */
		first[i].name = reg;
		first[i].val = val;
		first[i].undefined = undefined;
		if (how == VALUE_IF_NOT_ZERO && !val && !undefined)
			return;
	} else if (first[i].name == reg && first[i].val == val && first[i].undefined == undefined) {
		equal++;
		return;
	}
	if (!undefined && how != KIND)
		return line(reg, val);
	name(reg);
	text(undefined ? " undefined\n" : " answers\n");
}

/* "REGISTERS 64", how many there are, and "cpu1:EQUAL 62" */
void tell_registers(void)
{
	logged = equal = 0;
	registers();
	name(*prefix ? "EQUAL " : "REGISTERS ");
	decimal(*prefix ? equal : logged);
	put('\n');
}

static void cache(u32 level, u32 instruction)
{
	static const char * const names[7][2] = {
		{ "CCSIDR_EL1(L1D)", "CCSIDR_EL1(L1I)" }, { "CCSIDR_EL1(L2D)", "CCSIDR_EL1(L2I)" },
		{ "CCSIDR_EL1(L3D)", "CCSIDR_EL1(L3I)" }, { "CCSIDR_EL1(L4D)", "CCSIDR_EL1(L4I)" },
		{ "CCSIDR_EL1(L5D)", "CCSIDR_EL1(L5I)" }, { "CCSIDR_EL1(L6D)", "CCSIDR_EL1(L6I)" },
		{ "CCSIDR_EL1(L7D)", "CCSIDR_EL1(L7I)" },
	};

	LOG(names[level][instruction], read_ccsidr(level << 1 | instruction));
}

void caches(void)
{
	u32 clidr = read_clidr();

	for (u32 level = 0; level < 7; level++) {
		u32 type = clidr >> 3 * level & 7;

		if (type >= 2)
			cache(level, 0);
		if (type & 1)
			cache(level, 1);
	}
}

/*
 * How far, since a restore can take so long. Step by step: without a libc, AArch32
 * cannot divide 64 bits; and not for ever, for a counter that is far off.
 */
static void jumped(void)
{
	u64 rest = longest_jump;
	u32 seconds = 0;

	for (; rest >= read_frequency() && seconds < MAX_TOLD; rest -= read_frequency())
		seconds++;
	text("jumped by ");
	decimal(seconds);
	text(" s");
}

static void probe(u32 record)
{
	text("probe\n");
	calls();
	tell_registers();
	gic();
	pv_time();
	tell_cpus(record);
	text("CLOCK ");
	if (went_back)
		text("went back");
	else if (longest_jump <= MAX_JUMP * (u64)read_frequency())
		text("steady");
	else
		jumped();
	text("\nend\n");
}

void payload(unsigned long unused, unsigned long dist, unsigned long redist, unsigned long its)
{
	u32 tick = 0;

	(void)unused;
	own_state(0);
	fill_vectors(0);
	place_gic(dist, redist, its);
	text("start\n");
	tell_left_out();
	for (u32 record = 1;; record++) {
		probe(record);
		for (int i = 0; i < TICKS; i++) {
			wait_tick();
			text("tick ");
			decimal(++tick);
			put('\n');
		}
	}
}
