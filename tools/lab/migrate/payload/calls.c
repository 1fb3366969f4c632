// SPDX-License-Identifier: GPL-2.0
/* All hypercalls that there are to try: see main.c */
#include "payload.h"

#define WIDTH_64	(1U << 30)	/* of a function, SMC64 */

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

/*
 * Mitigations have numbers of their own, far from the others. Each number is called. The
 * four queries are about interfaces whose functions end at 0xff, mitigations aside. To ask
 * for all others, too, takes long under emulation.
 */
static const struct range {
	u32 first, last;
	u32 arch_only, calls_only;
} ranges[] = {
	{ 0, 0xff },
	{ 0x100, 0x1ff, .calls_only = 1 },
	{ 0x3ff0, 0x3fff, .arch_only = 1 },
	{ 0x7ff0, 0x8000, .arch_only = 1 },
	{ 0xff00, 0xffff, .calls_only = 1 },
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
		ans = call(query, func, 0, 0);
	else if (f && f->why)
		return;
	else
		ans = call(func, f ? f->arg : 0, 0, 0);
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
					if ((!r->arch_only || owners[o] == ARM_SMCCC_OWNER_ARCH) &&
					    (!r->calls_only || !query))
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
			struct answer ans = call(FUNC(VENDOR_HYP, 127), owner, word, 0);

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

void calls(void)
{
	visit_all("CALLS", 0);
	visit_all("ARCH_FEATURES", FUNC(ARCH, 1));
	visit_all("PSCI_FEATURES", PSCI(10));
	visit_all("TRNG_FEATURES", FUNC(STANDARD, 0x51));
	visit_all("PV_TIME_FEATURES", FUNC(STANDARD_HYP, 0x20));
	features_2();
}

/* The call begins the record anew: the time stolen says nothing */
void pv_time(void)
{
	struct answer ans = call(FUNC(STANDARD_HYP, 0x21) | WIDTH_64, 0, 0, 0);

	if (failed(&ans))
		return;
	line("PV_TIME_REVISION", mmio(ans.a[0]));
	line("PV_TIME_ATTRIBUTES", mmio(ans.a[0] + 4));
}

void tell_left_out(void)
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
