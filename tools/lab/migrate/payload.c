// SPDX-License-Identifier: GPL-2.0
/*
 * The guest of the migration matrix and of the history: no operating system, one
 * vCPU at EL1, MMU off. It writes down all that it can see of the machine, ticks for
 * a while, and begins anew. With payload_arm64.c it is an arm64 Linux image, with
 * payload_arm.c a program that runs in AArch32 and sees what is seen from there:
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
 * that ends the machine, or changes it, is not called; see functions[]. Of answers
 * that are another one each time, only the kind is told.
 *
 * "start" must not come again after a restore, and the ticks must go on.
 */
#include <uapi/linux/const.h>

#include "smccc.h"	/* the constants of <linux/arm-smccc.h> */
#include "payload.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define UART		((volatile u32 *)0x9000000)	/* QEMU's virt: a PL011 */
#define UART_DR		0
#define UART_FR		(0x18 / 4)
#define UART_FR_TXFF	0x20

#define TICKS		20	/* between two records */
#define TICKS_PER_SEC	20
#define MAX_JUMP	10	/* seconds */

volatile u32 faults;

static void put(char c)
{
	while (UART[UART_FR] & UART_FR_TXFF)
		;
	UART[UART_DR] = c;
}

void text(const char *s)
{
	while (*s)
		put(*s++);
}

static void number(u64 val)
{
	int shift = 60;

	text("0x");
	while (shift && !(val >> shift))
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		put("0123456789abcdef"[val >> shift & 15]);
}

static void hex(u64 val)
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

void line(const char *name, u64 val)
{
	text(name);
	hex(val);
	put('\n');
}

/* Time: what it is, is another answer each time; that it goes on, is not */

static u64 last_count, longest_jump;
static u32 went_back;

static u64 counter(void)
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

/* Hypercalls */

#define WIDTH_64	(1U << 30)	/* of a function, SMC64 */

#define FUNC(owner, n)							\
	ARM_SMCCC_CALL_VAL(ARM_SMCCC_FAST_CALL, ARM_SMCCC_SMC_32,	\
			   ARM_SMCCC_OWNER_##owner, n)
#define PSCI(n)		FUNC(STANDARD, n)

/* The names, and what is not called, or not told: the rest needs no table */
static const struct function {
	u32 func;
	const char *name;
	const char *why;	/* it is not called */
	u64 arg;
	u32 kind;		/* only: it is another answer each time */
} functions[] = {
	{ FUNC(ARCH, 0), "SMCCC_VERSION" },
	{ FUNC(ARCH, 1), "ARCH_FEATURES" },
	{ FUNC(ARCH, 2), "SOC_ID" },
	{ FUNC(ARCH, 3), "ARCH_FEATURE_AVAILABILITY" },
	{ FUNC(ARCH, 0x3ffe), "WORKAROUND_4" },
	{ FUNC(ARCH, 0x3fff), "WORKAROUND_3" },
	{ FUNC(ARCH, 0x7fff), "WORKAROUND_2", "switches a mitigation off" },
	{ FUNC(ARCH, 0x8000), "WORKAROUND_1" },
	{ PSCI(0), "PSCI_VERSION" },
	{ PSCI(1), "CPU_SUSPEND", "waits for an interrupt" },
	{ PSCI(2), "CPU_OFF", "ends the CPU" },
	{ PSCI(3), "CPU_ON", "starts a CPU" },
	{ PSCI(4), "AFFINITY_INFO" },
	{ PSCI(5), "MIGRATE", "moves a trusted OS" },
	{ PSCI(6), "MIGRATE_INFO_TYPE" },
	{ PSCI(7), "MIGRATE_INFO_UP_CPU" },
	{ PSCI(8), "SYSTEM_OFF", "ends the machine" },
	{ PSCI(9), "SYSTEM_RESET", "ends the machine" },
	{ PSCI(10), "PSCI_FEATURES" },
	{ PSCI(11), "CPU_FREEZE", "ends the CPU" },
	{ PSCI(12), "CPU_DEFAULT_SUSPEND", "waits for an interrupt" },
	{ PSCI(13), "NODE_HW_STATE" },
	{ PSCI(14), "SYSTEM_SUSPEND", "stops the machine" },
	{ PSCI(15), "SET_SUSPEND_MODE", "changes the machine" },
	{ PSCI(16), "STAT_RESIDENCY", .kind = 1 },
	{ PSCI(17), "STAT_COUNT", .kind = 1 },
	{ PSCI(18), "SYSTEM_RESET2", "ends the machine" },
	{ PSCI(19), "MEM_PROTECT", "changes the machine" },
	{ PSCI(20), "MEM_PROTECT_CHECK_RANGE" },
	{ PSCI(21), "SYSTEM_OFF2", "ends the machine" },
	{ FUNC(STANDARD, 0x50), "TRNG_VERSION" },
	{ FUNC(STANDARD, 0x51), "TRNG_FEATURES" },
	{ FUNC(STANDARD, 0x52), "TRNG_GET_UUID" },
	{ FUNC(STANDARD, 0x53), "TRNG_RND", .arg = 32, .kind = 1 },
	{ FUNC(STANDARD_HYP, 0x20), "PV_TIME_FEATURES" },
	{ FUNC(STANDARD_HYP, 0x21), "PV_TIME_ST" },
	{ FUNC(VENDOR_HYP, 0), "KVM_FEATURES" },
	{ FUNC(VENDOR_HYP, 1), "PTP", .kind = 1 },	/* the time */
	{ FUNC(VENDOR_HYP, 2), "HYP_MEMINFO" },
	{ FUNC(VENDOR_HYP, 3), "MEM_SHARE", "shares memory" },
	{ FUNC(VENDOR_HYP, 4), "MEM_UNSHARE", "takes memory back" },
	{ FUNC(VENDOR_HYP, 7), "MMIO_GUARD", "takes the UART away" },
	{ FUNC(VENDOR_HYP, 64), "DISCOVER_IMPL_VER" },
	{ FUNC(VENDOR_HYP, 65), "DISCOVER_IMPL_CPUS" },
	{ FUNC(VENDOR_HYP, 127), "FEATURES_2" },
	{ FUNC(VENDOR_HYP, 128), "WIDGET" },		/* of patches/demo */
	{ FUNC(VENDOR_HYP, 0xff01), "VENDOR_HYP_UID" },
};

static const u32 owners[] = {
	ARM_SMCCC_OWNER_ARCH, ARM_SMCCC_OWNER_CPU, ARM_SMCCC_OWNER_STANDARD,
	ARM_SMCCC_OWNER_STANDARD_HYP, ARM_SMCCC_OWNER_VENDOR_HYP,
};

/* Mitigations have numbers of their own, far from the others */
static const struct range {
	u32 first, last;
	u32 arch_only;
} ranges[] = {
	{ 0, 0x1ff },
	{ 0x3ff0, 0x3fff, 1 },
	{ 0x7ff0, 0x8000, 1 },
	{ 0xff00, 0xffff },
};

static const struct function *find(u32 func)
{
	for (u32 i = 0; i < ARRAY_SIZE(functions); i++)
		if (functions[i].func == (func & ~WIDTH_64))
			return &functions[i];
	return 0;
}

static void name_of(u32 func)
{
	const struct function *f = find(func);

	if (f)
		text(f->name);
	else
		number(func);
	if (f && func & WIDTH_64)
		text("_64");
}

/* What is not told line by line: how many answers, and FNV-1a of all */
struct others {
	u64 nr, sum;
};

static void add(struct others *others, u32 func, const struct answer *ans)
{
	others->sum = (others->sum ^ func) * 0x100000001b3UL;
	for (u32 i = 0; i < 4; i++)
		others->sum = (others->sum ^ ans->a[i]) * 0x100000001b3UL;
	others->nr++;
}

static void tell_others(const char *of, const struct others *others)
{
	text("OTHER_");
	text(of);
	put(' ');
	decimal(others->nr);
	hex(others->sum);
	put('\n');
}

static int not_supported(const struct answer *ans)
{
	return (u32)ans->a[0] == (u32)SMCCC_RET_NOT_SUPPORTED;
}

/* @query: 0 for the functions themselves, else one that says whether there is another */
static void visit(u32 func, u32 query, struct others *others)
{
	const struct function *f = find(func);
	struct answer ans;

	/* On a busy machine, a record can take longer than what counts as a jump */
	counter();
	if (query)
		ans = call(query, func, 0);
	else if (f && f->why)
		return;
	else
		ans = call(func, f ? f->arg : 0, 0);
	if (not_supported(&ans)) {
		add(others, func, &ans);
		return;
	}
	if (query) {
		name_of(query);
		put('(');
		name_of(func);
		put(')');
		hex(ans.a[0]);
	} else {
		name_of(func);
		if (f && f->kind)
			text((int)ans.a[0] < 0 ? " fails" : " answers");
		else
			for (u32 i = 0; i < 4; i++)
				hex(ans.a[i]);
	}
	put('\n');
}

static void visit_all(const char *what, u32 query)
{
	struct others others = { 0, 0xcbf29ce484222325UL };

	for (u32 o = 0; o < ARRAY_SIZE(owners); o++)
		for (u32 width = 0; width < 2; width++)
			for (const struct range *r = ranges; r < ranges + ARRAY_SIZE(ranges); r++)
				for (u32 n = r->first; n <= r->last; n++)
					if (!r->arch_only || owners[o] == ARM_SMCCC_OWNER_ARCH)
						visit(FUNC(ARCH, n) | owners[o] << 24 |
						      (width ? WIDTH_64 : 0), query, &others);
	tell_others(what, &others);
}

/* All owners, and a word more than there are: where it ends can be seen, too */
static void features_2(void)
{
	struct others others = { 0, 0xcbf29ce484222325UL };

	for (u32 owner = 0; owner < 64; owner++)
		for (u32 word = 0; word <= 8; word++) {
			struct answer ans = call(FUNC(VENDOR_HYP, 127), owner, word);

			if (ans.a[0] || !(ans.a[1] | ans.a[2])) {
				add(&others, owner << 8 | word, &ans);
				continue;
			}
			text("FEATURES_2(");
			decimal(owner);
			put(',');
			decimal(word);
			put(')');
			hex(ans.a[2] << 32 | ans.a[1]);
			put('\n');
		}
	tell_others("FEATURES_2", &others);
}

static void calls(void)
{
	visit_all("CALLS", 0);
	visit_all("ARCH_FEATURES", FUNC(ARCH, 1));
	visit_all("PSCI_FEATURES", PSCI(10));
	visit_all("TRNG_FEATURES", FUNC(STANDARD, 0x51));
	visit_all("PV_TIME_FEATURES", FUNC(STANDARD_HYP, 0x20));
	features_2();
}

/* Registers */

/* With all else that has a fault, a register that is undefined */
void log_read(const char *name, u64 val, int undefined, int id_reg)
{
	if (undefined) {
		text(name);
		text(" undefined\n");
	} else if (val || !id_reg) {
		line(name, val);
	}
}

static void cache(u32 level, u32 instruction)
{
	text("CCSIDR_EL1(L");
	decimal(level + 1);
	put(instruction ? 'I' : 'D');
	put(')');
	hex(read_ccsidr(level << 1 | instruction));
	put('\n');
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

/* The GIC */

static unsigned long gicd, gicr, gits;

static u32 mmio(u64 addr)
{
	return *(volatile u32 *)(unsigned long)addr;
}

static u64 mmio64(u64 addr)
{
	return (u64)mmio(addr + 4) << 32 | mmio(addr);
}

static void gic(void)
{
	LOG("GICD_TYPER", mmio(gicd + 4));
	LOG("GICD_IIDR", mmio(gicd + 8));
	LOG("GICD_TYPER2", mmio(gicd + 0xc));
	LOG("GICD_PIDR2", mmio(gicd + 0xffe8));
	for (u64 n = 0, typer = 0; n < 8 && !(typer & 0x10); n++) {
		u64 frame = gicr + n * 0x20000;

		typer = mmio64(frame + 8);
		text("GICR_TYPER(");
		decimal(n);
		text(")");
		hex(typer);
		text("\nGICR_IIDR(");
		decimal(n);
		text(")");
		hex(mmio(frame + 4));
		text("\nGICR_PIDR2(");
		decimal(n);
		text(")");
		hex(mmio(frame + 0xffe8));
		put('\n');
	}
	if (gits) {
		LOG("GITS_IIDR", mmio(gits + 4));
		LOG("GITS_TYPER", mmio64(gits + 8));
		LOG("GITS_PIDR2", mmio(gits + 0xffe8));
	}
}

/* The call begins the record anew: the time stolen says nothing */
static void pv_time(void)
{
	struct answer ans = call(FUNC(STANDARD_HYP, 0x21) | WIDTH_64, 0, 0);

	if (failed(&ans))
		return;
	line("PV_TIME_REVISION", mmio(ans.a[0]));
	line("PV_TIME_ATTRIBUTES", mmio(ans.a[0] + 4));
}

/*
 * How far, since a restore can take so long. Step by step: without a libc, AArch32
 * cannot divide 64 bits.
 */
static void jumped(void)
{
	u64 rest = longest_jump;
	u32 seconds = 0;

	for (; rest >= read_frequency(); rest -= read_frequency())
		seconds++;
	text("jumped by ");
	decimal(seconds);
	text(" s");
}

static void probe(void)
{
	text("probe\n");
	calls();
	registers();
	gic();
	pv_time();
	text("CLOCK ");
	if (went_back)
		text("went back");
	else if (longest_jump <= MAX_JUMP * (u64)read_frequency())
		text("steady");
	else
		jumped();
	text("\nend\n");
}

static void tell_left_out(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(functions); i++) {
		if (!functions[i].why)
			continue;
		text("not called: ");
		text(functions[i].name);
		text(", which ");
		text(functions[i].why);
		put('\n');
	}
}

void payload(unsigned long unused, unsigned long dist, unsigned long redist, unsigned long its)
{
	u32 tick = 0;
	u64 next;

	(void)unused;
	gicd = dist ? dist : 0x8000000;
	gicr = dist ? redist : 0x80a0000;
	gits = dist ? its : 0x8080000;
	text("start\n");
	tell_left_out();
	for (;;) {
		probe();
		for (int i = 0; i < TICKS; i++) {
			next = counter() + read_frequency() / TICKS_PER_SEC;
			while (counter() < next)
				asm volatile("yield");
			text("tick ");
			decimal(++tick);
			put('\n');
		}
	}
}
