// SPDX-License-Identifier: GPL-2.0-only
/*
 * What hypercalls, register lists, register accesses and the restore of a VM's
 * identity cost, on whatever kernel this runs. One program for kernels with the
 * HCID series and without: a capability that a kernel has not is named, and what
 * needs it left out.
 *
 * Costs are counted with
 *  - the generic timer (default), in ns. Under QEMU's "-icount shift=0" one
 *    instruction takes 1 ns, so that this counts instructions, and two runs
 *    give the same figures. On a real machine it is time.
 *  - the cycle counter (-c cycles), through perf: PMCCNTR_EL0, host and guest
 *    counted alike. On a real machine, pin the program to a core and fix the
 *    core's frequency: taskset -c 2 bench -c cycles.
 *
 * A figure is the mean of the middle half of many batches, after warm-up, less
 * what an empty batch costs. A timer tick of the host falls into few batches,
 * and these are not in the middle.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <linux/arm-smccc.h>
#include <linux/perf_event.h>
#include <linux/psci.h>
#include <linux/sysinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "regs.h"	/* of kvm_feat: classes for kernels that can't be asked */
#undef ARRAY_SIZE	/* kselftest has its own */

#include "kvm_util.h"
#include "processor.h"
#include "test_util.h"

/* The service FEATURES_2: its function, and its bit in HCID(6, 1) */
#define FEATURES_2							\
	ARM_SMCCC_CALL_VAL(ARM_SMCCC_FAST_CALL, ARM_SMCCC_SMC_32,	\
			   ARM_SMCCC_OWNER_VENDOR_HYP, ARM_SMCCC_KVM_FUNC_FEATURES_2)
#define FEATURES_2_REG		KVM_REG_ARM_HCID(6, 1)
#define FEATURES_2_BIT		BIT_ULL(63)

#define UNKNOWN(owner)							\
	ARM_SMCCC_CALL_VAL(ARM_SMCCC_FAST_CALL, ARM_SMCCC_SMC_32, owner, 0xff0)

#define MAX_REGS		2048
#define MAX_BATCHES		20000

static int reps = 10000;
static bool machine;

/* Capabilities of the series: what this kernel has, what a VM is given. */
enum {
	CAP_FILTER	= BIT(0),
	CAP_HCID	= BIT(1),
};

static unsigned int have;

/* ---- counting ---------------------------------------------------------- */

static int perf_fd = -1;
static const char *unit;
static double ns_per_tick;

static inline u64 read_cntvct(void)
{
	u64 t;

	asm volatile("isb\n\tmrs %0, cntvct_el0\n\tisb" : "=r" (t) :: "memory");
	return t;
}

static inline u64 now(void)
{
	u64 t;

	if (perf_fd < 0)
		return read_cntvct();

	TEST_ASSERT(read(perf_fd, &t, sizeof(t)) == sizeof(t), "The cycle counter can't be read");
	return t;
}

static double scale(double ticks)
{
	return perf_fd < 0 ? ticks * ns_per_tick : ticks;
}

static void open_counter(const char *name)
{
	struct perf_event_attr attr = {
		.type	= PERF_TYPE_HARDWARE,
		.size	= sizeof(attr),
		.config	= PERF_COUNT_HW_CPU_CYCLES,
		.pinned	= 1,
	};
	u64 frq;

	asm volatile("mrs %0, cntfrq_el0" : "=r" (frq));
	ns_per_tick = 1e9 / frq;
	unit = "ns";

	if (!strcmp(name, "timer"))
		return;

	TEST_ASSERT(!strcmp(name, "cycles"), "There is no counter '%s': timer or cycles", name);
	perf_fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
	TEST_ASSERT(perf_fd >= 0, "perf_event_open() for cycles: %s", strerror(errno));
	unit = "cycles";
}

/* ---- figures ----------------------------------------------------------- */

static double batch_ticks[MAX_BATCHES];

static int cmp_double(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The mean of the middle half */
static double midmean(double *v, int n)
{
	int lo = n / 4, hi = n - n / 4, i;
	double sum = 0;

	qsort(v, n, sizeof(*v), cmp_double);
	for (i = lo; i < hi; i++)
		sum += v[i];

	return sum / (hi - lo);
}

static void figure(const char *key, double value, const char *what, const char *fmt, ...)
{
	char title[128];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(title, sizeof(title), fmt, ap);
	va_end(ap);

	if (machine)
		printf("figure\t%s\t%.2f\t%s\t%s\n", key, value, what, title);
	else
		printf("%-62s %14.2f %s\n", title, value, what);
}

static void heading(const char *title)
{
	if (!machine)
		printf("\n%s\n", title);
}

/* ---- VMs and registers -------------------------------------------------- */

static struct kvm_vm *create_vm(unsigned int caps)
{
	struct kvm_vm *vm = vm_create(1);

	/* There is no window without the filters */
	if (caps & (CAP_FILTER | CAP_HCID))
		vm_enable_cap(vm, KVM_CAP_REG_LIST_FILTER, 0);
	if (caps & CAP_HCID)
		vm_enable_cap(vm, KVM_CAP_ARM_HCID, 0);

	return vm;
}

/* A vCPU without EL2 even on a host that has nested virtualization: HVC is ours. */
static void init_features(struct kvm_vm *vm, struct kvm_vcpu_init *init, u32 features)
{
	vm_ioctl(vm, KVM_ARM_PREFERRED_TARGET, init);
	init->features[0] = BIT(KVM_ARM_VCPU_PSCI_0_2) | features;
}

static struct kvm_vcpu *add_vcpu(struct kvm_vm *vm, int id, void *code, u32 features)
{
	struct kvm_vcpu_init init;

	init_features(vm, &init, features);
	return aarch64_vcpu_add(vm, id, &init, code);
}

static u32 pmu_feature(void)
{
	return kvm_has_cap(KVM_CAP_ARM_PMU_V3) ? BIT(KVM_ARM_VCPU_PMU_V3) : 0;
}

static void set_reg(int fd, u64 id, u64 val)
{
	struct kvm_one_reg reg = { .id = id, .addr = (u64)&val };

	TEST_ASSERT(!ioctl(fd, KVM_SET_ONE_REG, &reg), "Register 0x%lx can't be set to 0x%lx: %s",
		    id, val, strerror(errno));
}

static u64 get_reg(int fd, u64 id)
{
	u64 val[32] = {};
	struct kvm_one_reg reg = { .id = id, .addr = (u64)val };

	TEST_ASSERT(!ioctl(fd, KVM_GET_ONE_REG, &reg), "Register 0x%lx can't be read: %s",
		    id, strerror(errno));
	return val[0];
}

static struct {
	struct kvm_reg_list list;
	u64 reg[MAX_REGS];
} regs;

static u64 list_regs(int fd, u64 filter)
{
	regs.list.n = filter | MAX_REGS;
	TEST_ASSERT(!ioctl(fd, KVM_GET_REG_LIST, &regs), "KVM_GET_REG_LIST: %s", strerror(errno));
	return regs.list.n;
}

/* ---- figure 1: hypercalls ---------------------------------------------- */

enum loop {
	LOOP_NOTHING,
	LOOP_HVC,
	LOOP_IDREG,
	LOOP_CNTPCT,
};

/* Lies in guest memory: the host reads and writes the guest's copy. */
static struct request {
	u64 loop;
	u64 count;
	u64 fn;
	u64 arg[2];
	u64 ticks;
	u64 ret[4];
} request;

#define LOOP_ASM(insns)								\
	asm volatile("	isb\n"							\
		     "	mrs	%[t0], cntvct_el0\n"				\
		     "1:	mov	x0, %[fn]\n"				\
		     "	mov	x1, %[a1]\n"					\
		     "	mov	x2, %[a2]\n"					\
		     "	mov	x3, xzr\n"					\
		     "	" insns "\n"						\
		     "	subs	%[n], %[n], #1\n"				\
		     "	b.ne	1b\n"						\
		     "	isb\n"							\
		     "	mrs	%[t1], cntvct_el0\n"				\
		     "	mov	%[r0], x0\n"					\
		     "	mov	%[r1], x1\n"					\
		     "	mov	%[r2], x2\n"					\
		     "	mov	%[r3], x3\n"					\
		     : [t0] "=&r" (t0), [t1] "=&r" (t1), [n] "+&r" (n),		\
		       [r0] "=&r" (r0), [r1] "=&r" (r1), [r2] "=&r" (r2), [r3] "=&r" (r3) \
		     : [fn] "r" (fn), [a1] "r" (a1), [a2] "r" (a2)		\
		     : "x0", "x1", "x2", "x3", "memory", "cc")

static void guest_requests(void)
{
	struct request *r = &request;

	for (;;) {
		u64 n = READ_ONCE(r->count), fn = READ_ONCE(r->fn);
		u64 a1 = READ_ONCE(r->arg[0]), a2 = READ_ONCE(r->arg[1]);
		u64 t0 = 0, t1 = 0, r0 = 0, r1 = 0, r2 = 0, r3 = 0;

		switch (READ_ONCE(r->loop)) {
		case LOOP_NOTHING:
			LOOP_ASM("nop");
			break;
		case LOOP_HVC:
			LOOP_ASM("hvc	#0");
			break;
		case LOOP_IDREG:
			LOOP_ASM("mrs	x0, id_aa64isar0_el1");
			break;
		case LOOP_CNTPCT:
			LOOP_ASM("mrs	x0, cntpct_el0");
			break;
		default:
			GUEST_FAIL("No such loop");
		}

		WRITE_ONCE(r->ticks, t1 - t0);
		WRITE_ONCE(r->ret[0], r0);
		WRITE_ONCE(r->ret[1], r1);
		WRITE_ONCE(r->ret[2], r2);
		WRITE_ONCE(r->ret[3], r3);
		GUEST_SYNC(0);
	}
}

static void expect_sync(struct kvm_vcpu *vcpu)
{
	struct ucall uc;

	switch (get_ucall(vcpu, &uc)) {
	case UCALL_SYNC:
		break;
	case UCALL_ABORT:
		REPORT_GUEST_ASSERT(uc);
	default:
		TEST_FAIL("Unexpected exit %s", exit_reason_str(vcpu->run->exit_reason));
	}
}

/*
 * One batch, in ticks. The timer is read in the guest, right around the loop.
 * Cycles are counted around KVM_RUN, and the rest of that goes away with the
 * empty batch.
 */
static double guest_batch(struct kvm_vcpu *vcpu, struct request *r)
{
	u64 t0, t1;

	t0 = now();
	vcpu_run(vcpu);
	t1 = now();
	expect_sync(vcpu);

	return perf_fd < 0 ? r->ticks : t1 - t0;
}

static double guest_loop(struct kvm_vcpu *vcpu, struct request *r, enum loop loop,
			 u64 fn, u64 a1, u64 a2)
{
	/* A multiple of 16: QEMU's counter may tick once in 16 instructions. */
	const int n = 64;
	int batches = DIV_ROUND_UP(reps, n), i;

	r->loop = loop;
	r->count = n;
	r->fn = fn;
	r->arg[0] = a1;
	r->arg[1] = a2;

	for (i = 0; i < 3; i++)
		guest_batch(vcpu, r);
	for (i = 0; i < batches; i++)
		batch_ticks[i] = guest_batch(vcpu, r);

	return scale(midmean(batch_ticks, batches)) / n;
}

/* @result: what every call must return, or ANY */
#define ANY	INT_MAX

static const struct call {
	unsigned int caps;
	const char *key, *title;
	u64 fn, arg[2];
	int result;
} calls[] = {
	{ 0, "hvc.smccc_version", "SMCCC_VERSION", ARM_SMCCC_VERSION_FUNC_ID, {}, ANY },
	{ 0, "hvc.arch_features", "SMCCC_ARCH_FEATURES(WORKAROUND_1)",
	  ARM_SMCCC_ARCH_FEATURES_FUNC_ID, { ARM_SMCCC_ARCH_WORKAROUND_1 }, ANY },
	{ 0, "hvc.psci_version", "PSCI_VERSION", PSCI_0_2_FN_PSCI_VERSION, {}, ANY },
	{ 0, "hvc.trng_version", "TRNG_VERSION", ARM_SMCCC_TRNG_VERSION, {}, ANY },
	{ 0, "hvc.pv_time_features", "PV_TIME_FEATURES", ARM_SMCCC_HV_PV_TIME_FEATURES,
	  { ARM_SMCCC_HV_PV_TIME_FEATURES }, ANY },
	{ 0, "hvc.call_uid", "vendor hyp CALL_UID", ARM_SMCCC_VENDOR_HYP_CALL_UID_FUNC_ID, {}, ANY },
	{ 0, "hvc.kvm_features", "KVM_FEATURES", ARM_SMCCC_VENDOR_HYP_KVM_FEATURES_FUNC_ID, {}, ANY },
	{ 0, "hvc.ptp", "PTP (virtual counter)", ARM_SMCCC_VENDOR_HYP_KVM_PTP_FUNC_ID, {}, ANY },
	{ 0, "hvc.unknown_0", "unknown function, owner 0 (arch)", UNKNOWN(0), {}, -1 },
	{ 0, "hvc.unknown_1", "unknown function, owner 1 (CPU)", UNKNOWN(1), {}, -1 },
	{ 0, "hvc.unknown_2", "unknown function, owner 2 (SiP)", UNKNOWN(2), {}, -1 },
	{ 0, "hvc.unknown_3", "unknown function, owner 3 (OEM)", UNKNOWN(3), {}, -1 },
	{ 0, "hvc.unknown_4", "unknown function, owner 4 (standard)", UNKNOWN(4), {}, -1 },
	{ 0, "hvc.unknown_5", "unknown function, owner 5 (standard hyp)", UNKNOWN(5), {}, -1 },
	{ 0, "hvc.unknown_6", "unknown function, owner 6 (vendor hyp)", UNKNOWN(6), {}, -1 },
	{ 0, "hvc.unknown_48", "unknown function, owner 48 (trusted app)", UNKNOWN(48), {}, -1 },
	{ 0, "hvc.unknown_50", "unknown function, owner 50 (trusted OS)", UNKNOWN(50), {}, -1 },
	{ 0, "hvc.features_2_off", "FEATURES_2, not given to the guest", FEATURES_2, { 6, 1 }, -1 },
	{ CAP_HCID, "hvc.features_2", "FEATURES_2", FEATURES_2, { 6, 1 }, 0 },
	{ CAP_HCID, "hvc.features_2_outside", "FEATURES_2, outside the window", FEATURES_2, { 6, 8 }, -3 },
	{ CAP_HCID, "hvc.kvm_features_hcid", "KVM_FEATURES, in a VM with HCID",
	  ARM_SMCCC_VENDOR_HYP_KVM_FEATURES_FUNC_ID, {}, ANY },
	{ CAP_HCID, "hvc.unknown_6_hcid", "unknown vendor hyp function, in a VM with HCID", UNKNOWN(6), {}, -1 },
};

static void bench_calls(unsigned int caps)
{
	struct kvm_arm_counter_offset offset = { .counter_offset = 1 };
	struct kvm_vm *vm = create_vm(caps);
	struct kvm_vcpu *vcpu;
	struct request *r;
	double empty, cost;
	int i;

	if (kvm_has_cap(KVM_CAP_COUNTER_OFFSET))
		vm_ioctl(vm, KVM_ARM_SET_COUNTER_OFFSET, &offset);
	vcpu = add_vcpu(vm, 0, guest_requests, 0);
	kvm_arch_vm_finalize_vcpus(vm);
	r = addr_gva2hva(vm, (gva_t)&request);
	if (caps & CAP_HCID)
		set_reg(vcpu->fd, FEATURES_2_REG, FEATURES_2_BIT);

	empty = guest_loop(vcpu, r, LOOP_NOTHING, 0, 0, 0);
	if (!caps) {
		cost = guest_loop(vcpu, r, LOOP_CNTPCT, 0, 0, 0) - empty;
		figure("exit.cntpct", cost, unit, "floor: CNTPCT_EL0 with an offset (traps without ECV)");
		cost = guest_loop(vcpu, r, LOOP_IDREG, 0, 0, 0) - empty;
		figure("exit.idreg", cost, unit, "floor: a trapped ID register");
	}

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		const struct call *c = &calls[i];

		if (c->caps != caps)
			continue;
		cost = guest_loop(vcpu, r, LOOP_HVC, c->fn, c->arg[0], c->arg[1]) - empty;
		figure(c->key, cost, unit, "%s", c->title);
		TEST_ASSERT(c->result == ANY || (int)r->ret[0] == c->result, "%s returned %d",
			    c->title, (int)r->ret[0]);
		TEST_ASSERT(c->fn != FEATURES_2 || c->result || r->ret[2] == FEATURES_2_BIT >> 32,
			    "%s returned 0x%lx 0x%lx", c->title, r->ret[1], r->ret[2]);
	}
	kvm_vm_free(vm);
}

static void bench_hvc(void)
{
	heading("1. Guest round trips");
	bench_calls(0);
	if (have & CAP_HCID)
		bench_calls(CAP_HCID);
}

/* ---- figures 2 and 3: ioctls on a vCPU ---------------------------------- */

static double ioctl_cost(int fd, unsigned long request, void *arg, int n, int expect,
			 void *restore, u64 value)
{
	int batches = DIV_ROUND_UP(reps, n), b, i, ret = 0;
	double cost, empty;
	u64 t0;

	for (b = -3; b < batches; b++) {
		t0 = now();
		for (i = 0; i < n; i++) {
			WRITE_ONCE(*(u64 *)restore, value);
			ret |= ioctl(fd, request, arg);
		}
		if (b >= 0)
			batch_ticks[b] = now() - t0;
	}
	TEST_ASSERT(ret == expect, "ioctl 0x%lx: %d (%s)", request, ret, strerror(errno));
	cost = midmean(batch_ticks, batches);

	for (b = 0; b < batches; b++) {
		t0 = now();
		for (i = 0; i < n; i++) {
			WRITE_ONCE(*(u64 *)restore, value);
			asm volatile("" :: "r" (fd), "r" (request), "r" (arg) : "memory");
		}
		batch_ticks[b] = now() - t0;
	}
	empty = midmean(batch_ticks, batches);

	return scale(cost - empty) / n;
}

static const struct list {
	unsigned int caps;
	u64 filter;
	const char *key, *title;
} lists[] = {
	{ 0, 0, "list.whole", "whole list" },
	{ CAP_FILTER, 0, "list.whole_cap", "whole list, with KVM_CAP_REG_LIST_FILTER" },
	{ CAP_FILTER, KVM_REG_LIST_FEATURE, "list.feature", "FEATURE" },
	{ CAP_FILTER, KVM_REG_LIST_OPTIONAL, "list.optional", "OPTIONAL" },
	{ CAP_FILTER, KVM_REG_LIST_VM, "list.vm", "VM" },
	{ CAP_FILTER, KVM_REG_LIST_FEATURE | KVM_REG_LIST_VM, "list.feature_vm", "FEATURE and VM" },
	{ CAP_FILTER | CAP_HCID, KVM_REG_LIST_FEATURE, "list.feature_hcid", "FEATURE, in a VM with HCID" },
};

static void bench_list(void)
{
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm;
	char key[64];
	int i;

	heading("2. KVM_GET_REG_LIST (a vCPU with PSCI 0.2 and, where there is one, a PMU)");

	for (i = 0; i < ARRAY_SIZE(lists); i++) {
		const struct list *l = &lists[i];

		if (l->caps & ~have)
			continue;
		vm = create_vm(l->caps);
		vcpu = add_vcpu(vm, 0, guest_requests, pmu_feature());

		/* Dear: a small batch, or every one has a timer tick in it. */
		figure(l->key, ioctl_cost(vcpu->fd, KVM_GET_REG_LIST, &regs, 16, 0, &regs.list.n,
					  l->filter | MAX_REGS), unit, "%s", l->title);
		snprintf(key, sizeof(key), "n.%s", l->key);
		figure(key, list_regs(vcpu->fd, l->filter), "number", "  registers returned");
		if (!l->caps)
			figure("list.e2big", ioctl_cost(vcpu->fd, KVM_GET_REG_LIST, &regs, 16, -1,
							&regs.list.n, 0),
			       unit, "the count alone (-E2BIG)");
		kvm_vm_free(vm);
	}
}

static const struct one_reg {
	unsigned int caps;
	u64 id;
	const char *key, *title;
} one_regs[] = {
	{ 0, ARM64_CORE_REG(regs.regs[0]), "core", "core register (X0)" },
	{ 0, KVM_ARM64_SYS_REG(SYS_TTBR0_EL1), "sysreg", "system register (TTBR0_EL1)" },
	{ 0, KVM_ARM64_SYS_REG(SYS_ID_AA64ISAR0_EL1), "idreg", "ID register (ID_AA64ISAR0_EL1)" },
	{ 0, KVM_REG_ARM_PSCI_VERSION, "psci", "firmware register (PSCI_VERSION)" },
	{ 0, KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_1, "workaround", "firmware register (WORKAROUND_1)" },
	{ 0, KVM_REG_ARM_STD_BMAP, "bitmap_std", "bitmap (STD_BMAP)" },
	{ 0, KVM_REG_ARM_STD_HYP_BMAP, "bitmap_std_hyp", "bitmap (STD_HYP_BMAP)" },
	{ 0, KVM_REG_ARM_VENDOR_HYP_BMAP, "bitmap_vendor_hyp", "bitmap (VENDOR_HYP_BMAP)" },
	{ 0, KVM_REG_ARM_VENDOR_HYP_BMAP_2, "bitmap_vendor_hyp_2", "bitmap (VENDOR_HYP_BMAP_2)" },
	{ 0, FEATURES_2_REG, "hcid_default", "HCID(6, 1), RAZ/WI" },
	{ CAP_HCID, FEATURES_2_REG, "hcid", "HCID(6, 1)" },
	{ CAP_HCID, KVM_REG_ARM_HCID(4, 0), "hcid_reserved", "HCID(4, 0), no service in it" },
};

static void reg_figures(int fd, const struct one_reg *r)
{
	u64 val[32] = {}, dummy;
	struct kvm_one_reg reg = { .id = r->id, .addr = (u64)val };
	char key[64];

	snprintf(key, sizeof(key), "get.%s", r->key);
	figure(key, ioctl_cost(fd, KVM_GET_ONE_REG, &reg, 64, 0, &dummy, 0), unit,
	       "KVM_GET_ONE_REG %s", r->title);

	/* The value that was read */
	snprintf(key, sizeof(key), "set.%s", r->key);
	figure(key, ioctl_cost(fd, KVM_SET_ONE_REG, &reg, 64, 0, &dummy, 0), unit,
	       "KVM_SET_ONE_REG %s", r->title);
}

static void bench_regs(void)
{
	static const unsigned int caps[] = { 0, CAP_HCID };
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm;
	int c, i;

	heading("3. One register");

	for (c = 0; c < ARRAY_SIZE(caps); c++) {
		if (caps[c] & ~have)
			continue;
		vm = create_vm(caps[c]);
		vcpu = add_vcpu(vm, 0, guest_requests, 0);
		if (caps[c] & CAP_HCID)
			set_reg(vcpu->fd, FEATURES_2_REG, FEATURES_2_BIT);
		for (i = 0; i < ARRAY_SIZE(one_regs); i++) {
			if (one_regs[i].caps != caps[c] ||
			    (regs_is_hcid(one_regs[i].id) && !(have & CAP_HCID)))
				continue;
			reg_figures(vcpu->fd, &one_regs[i]);
		}
		kvm_vm_free(vm);
	}
}

/* ---- figure 4: restoring the VM-wide identity --------------------------- */

static struct {
	u64 id;
	u64 val;
} stream[MAX_REGS];
static int stream_len;

/* What a source sent: not the defaults, or a restore could do nothing unseen. */
static void make_stream(int fd)
{
	u64 n = list_regs(fd, 0), i;

	stream_len = 0;
	for (i = 0; i < n; i++) {
		u64 id = regs.reg[i], val;

		if ((regs_class(id) & (REGS_FEATURE | REGS_VM)) != (REGS_FEATURE | REGS_VM))
			continue;

		val = get_reg(fd, id);
		if (id == KVM_REG_ARM_PSCI_VERSION)
			val = 0x10001;
		else if (id == KVM_REG_ARM_VENDOR_HYP_BMAP)
			val = 1;
		else if (id == KVM_ARM64_SYS_REG(SYS_ID_AA64ISAR0_EL1))
			val &= ~(0xfULL << 60);	/* RNDR */

		stream[stream_len].id = id;
		stream[stream_len].val = val;
		stream_len++;
	}
}

/* Looks where the last one was found: the two orders have long runs in common. */
static u64 stream_value(u64 id)
{
	static int at;
	int i;

	for (i = 0; i < stream_len; i++) {
		if (++at >= stream_len)
			at = 0;
		if (stream[at].id == id)
			return stream[at].val;
	}

	TEST_FAIL("The kernel calls 0x%lx a feature of the VM, kvm_feat doesn't", id);
}

static void restore_each_vcpu(int *fds, int nr)
{
	int v, i;

	for (v = 0; v < nr; v++) {
		for (i = 0; i < stream_len; i++)
			set_reg(fds[v], stream[i].id, stream[i].val);
	}
}

static void restore_one_pass(int fd)
{
	u64 n = list_regs(fd, KVM_REG_LIST_FEATURE | KVM_REG_LIST_VM), i;

	for (i = 0; i < n; i++)
		set_reg(fd, regs.reg[i], stream_value(regs.reg[i]));
}

static u64 seen[8];

static void guest_identity(void)
{
	struct arm_smccc_res res;

	seen[0] = read_sysreg(id_aa64isar0_el1);
	seen[1] = read_sysreg(id_aa64pfr0_el1);
	seen[2] = read_sysreg(id_aa64mmfr0_el1);
	seen[3] = read_sysreg(id_aa64dfr0_el1);
	smccc_hvc(PSCI_0_2_FN_PSCI_VERSION, 0, 0, 0, 0, 0, 0, 0, &res);
	seen[4] = res.a0;
	smccc_hvc(ARM_SMCCC_VENDOR_HYP_KVM_FEATURES_FUNC_ID, 0, 0, 0, 0, 0, 0, 0, &res);
	seen[5] = res.a0;
	seen[6] = res.a2;
	smccc_hvc(ARM_SMCCC_VERSION_FUNC_ID, 0, 0, 0, 0, 0, 0, 0, &res);
	seen[7] = res.a0;
	GUEST_SYNC(0);
}

static int fds[512];

/* A VM of bare vCPUs, of which only the last one can run. */
static struct kvm_vm *identity_vm(int nr, unsigned int caps, struct kvm_vcpu **last)
{
	struct kvm_vm *vm = create_vm(caps);
	struct kvm_vcpu_init init;
	int i;

	init_features(vm, &init, 0);
	for (i = 0; i < nr - 1; i++) {
		fds[i] = __vm_ioctl(vm, KVM_CREATE_VCPU, (void *)(unsigned long)i);
		TEST_ASSERT(fds[i] >= 0, "vCPU %d can't be created: %s", i, strerror(errno));
		TEST_ASSERT(!ioctl(fds[i], KVM_ARM_VCPU_INIT, &init), "vCPU %d: %s", i,
			    strerror(errno));
	}
	*last = add_vcpu(vm, nr - 1, guest_identity, 0);
	fds[nr - 1] = (*last)->fd;

	return vm;
}

/* Restore often, let the last vCPU look at the result; returns the cost of one. */
static double restore_cost(int nr, unsigned int caps, u64 *result)
{
	int n = min(max(DIV_ROUND_UP(reps, 8) / nr, 8), MAX_BATCHES), i;
	struct kvm_vcpu *last;
	struct kvm_vm *vm;
	u64 t0;

	vm = identity_vm(nr, caps, &last);
	for (i = -1; i < n; i++) {
		t0 = now();
		if (caps & CAP_FILTER)
			restore_one_pass(fds[0]);
		else
			restore_each_vcpu(fds, nr);
		if (i >= 0)
			batch_ticks[i] = now() - t0;
	}

	vcpu_run(last);
	expect_sync(last);
	memcpy(result, addr_gva2hva(vm, (gva_t)seen), sizeof(seen));
	for (i = 0; i < nr - 1; i++)
		close(fds[i]);
	kvm_vm_free(vm);

	return scale(midmean(batch_ticks, n));
}

static void bench_restore(void)
{
	static const int sizes[] = { 1, 2, 8, 64, 512 };
	u64 each[ARRAY_SIZE(seen)], once[ARRAY_SIZE(seen)];
	int max = kvm_check_cap(KVM_CAP_MAX_VCPUS), i;
	struct kvm_vm *vm;
	char key[64];

	heading("4. Restore of the VM-wide identity");

	/* Bare vCPUs are enough, and an interrupt controller wants them all to run. */
	test_disable_default_vgic();
	kvm_set_files_rlimit(512);

	vm = create_vm(0);
	make_stream(add_vcpu(vm, 0, guest_identity, 0)->fd);
	kvm_vm_free(vm);
	figure("restore.regs", stream_len, "number", "  registers in the stream");

	for (i = 0; i < ARRAY_SIZE(sizes) && sizes[i] <= max; i++) {
		snprintf(key, sizeof(key), "restore.each.%d", sizes[i]);
		figure(key, restore_cost(sizes[i], 0, each), unit,
		       "written to each vCPU, %d vCPUs", sizes[i]);
		TEST_ASSERT(each[4] == 0x10001 && each[5] == 1 && !(each[0] >> 60),
			    "The guest doesn't see what was restored");

		if (!(have & CAP_FILTER))
			continue;
		snprintf(key, sizeof(key), "restore.once.%d", sizes[i]);
		figure(key, restore_cost(sizes[i], CAP_FILTER, once), unit,
		       "written once, by the VM filter, %d vCPUs", sizes[i]);
		TEST_ASSERT(!memcmp(each, once, sizeof(once)),
			    "With %d vCPUs the guest sees something else after one pass", sizes[i]);
	}
}

/* ---- figure 5: bytes of a migration stream ------------------------------ */

static bool is_any(__u64 id)
{
	return true;
}

static bool is_feature(__u64 id)
{
	return regs_class(id) & REGS_FEATURE;
}

/* An ID and a value for every register; zero ones left out if asked. */
static u64 stream_bytes(int fd, u64 filter, bool (*which)(__u64), bool zero_rule)
{
	u64 n = list_regs(fd, filter), bytes = 0, i;

	for (i = 0; i < n; i++) {
		if (which(regs.reg[i]) && !(zero_rule && !get_reg(fd, regs.reg[i])))
			bytes += sizeof(u64) + KVM_REG_SIZE(regs.reg[i]);
	}

	return bytes;
}

static void bench_stream(void)
{
	u64 mask[KVM_ARM_HCID_RANGE_SIZE] = {};
	struct reg_mask_range range = { .range = KVM_ARM_HCID_RANGE, .addr = (u64)mask };
	u64 feature, idle;
	struct kvm_vm *vm;
	int fd, n, i, j = 0;

	heading("5. Bytes in a stream of (ID, value)");

	vm = create_vm(0);
	fd = add_vcpu(vm, 0, guest_requests, pmu_feature())->fd;
	figure("bytes.whole", stream_bytes(fd, 0, is_any, false), "bytes",
	       "the whole list, without any capability");
	figure("bytes.table", stream_bytes(fd, 0, is_feature, false), "bytes",
	       "feature registers, by kvm_feat's table");
	kvm_vm_free(vm);

	if (have != (CAP_FILTER | CAP_HCID))
		return;

	vm = create_vm(CAP_FILTER | CAP_HCID);
	fd = add_vcpu(vm, 0, guest_requests, pmu_feature())->fd;
	feature = stream_bytes(fd, KVM_REG_LIST_FEATURE, is_any, false);
	idle = stream_bytes(fd, KVM_REG_LIST_OPTIONAL, is_any, false) -
	       stream_bytes(fd, KVM_REG_LIST_OPTIONAL, is_any, true);
	figure("bytes.feature", feature, "bytes", "feature registers, by the FEATURE filter");
	figure("bytes.feature_zero", feature - idle, "bytes", "the same, zero optional ones left out");
	figure("bytes.hcid_all", stream_bytes(fd, 0, regs_is_hcid, false), "bytes",
	       "idle HCID window, listed in full");
	figure("bytes.hcid_idle", stream_bytes(fd, 0, regs_is_hcid, true), "bytes",
	       "idle HCID window, by the zero rule");

	/* Masks are in the order of the list. */
	vm_ioctl(vm, KVM_ARM_GET_REG_WRITABLE_MASKS, &range);
	n = list_regs(fd, 0);
	for (i = 0; i < n; i++) {
		if (regs_is_hcid(regs.reg[i]))
			set_reg(fd, regs.reg[i], mask[j++]);
	}
	TEST_ASSERT(j == ARRAY_SIZE(mask), "%d HCID registers are listed", j);
	figure("bytes.hcid_set", stream_bytes(fd, 0, regs_is_hcid, true), "bytes",
	       "HCID window, every service on, by the zero rule");
	kvm_vm_free(vm);
}

/* ---- memory ------------------------------------------------------------- */

static u64 free_memory(void)
{
	struct sysinfo si;

	TEST_ASSERT(!syscall(SYS_sysinfo, &si), "sysinfo(): %s", strerror(errno));
	return (u64)si.freeram * si.mem_unit;
}

/* What a VM, and what a vCPU, takes from the host; no memory of the guest. */
static void bench_memory(void)
{
	enum { NR_VMS = 64, NR_VCPUS = 256 };
	struct kvm_vcpu_init init;
	int kvm = open_kvm_dev_path_or_exit(), vm[NR_VMS], vcpu[NR_VCPUS], i;
	u64 before = 0;

	heading("6. Memory taken from the host (pages; sizes of structures come from the kernel)");

	kvm_set_files_rlimit(NR_VCPUS);
	for (i = 0; i < NR_VMS; i++) {
		if (i == NR_VMS / 2)
			before = free_memory();
		vm[i] = ioctl(kvm, KVM_CREATE_VM, 0);
		TEST_ASSERT(vm[i] >= 0, "VM %d can't be created: %s", i, strerror(errno));
	}
	figure("memory.vm", (before - free_memory()) / (NR_VMS - NR_VMS / 2), "bytes", "a VM");

	TEST_ASSERT(!ioctl(vm[0], KVM_ARM_PREFERRED_TARGET, &init), "No preferred target");
	init.features[0] = BIT(KVM_ARM_VCPU_PSCI_0_2);
	for (i = 0; i < NR_VCPUS; i++) {
		if (i == NR_VCPUS / 2)
			before = free_memory();
		vcpu[i] = ioctl(vm[0], KVM_CREATE_VCPU, i);
		TEST_ASSERT(vcpu[i] >= 0 && !ioctl(vcpu[i], KVM_ARM_VCPU_INIT, &init),
			    "vCPU %d can't be created: %s", i, strerror(errno));
	}
	figure("memory.vcpu", (before - free_memory()) / (NR_VCPUS - NR_VCPUS / 2), "bytes",
	       "a vCPU");

	for (i = 0; i < NR_VCPUS; i++)
		close(vcpu[i]);
	for (i = 0; i < NR_VMS; i++)
		close(vm[i]);
	close(kvm);
}

static void help(const char *name)
{
	printf("usage: %s [-c timer|cycles] [-r REPETITIONS] [-f FIGURES] [-m]\n"
	       "  -c  count time with the generic timer (in ns; instructions under QEMU's\n"
	       "      -icount shift=0), or CPU cycles with perf. Default: timer\n"
	       "  -r  repetitions a figure, default 10000\n"
	       "  -f  only these: 1 hypercalls, 2 KVM_GET_REG_LIST, 3 one register,\n"
	       "      4 restore of the VM-wide identity, 5 stream bytes, 6 memory\n"
	       "  -m  for programs: figure<TAB>KEY<TAB>VALUE<TAB>UNIT<TAB>TITLE\n"
	       "On a real machine: fix the frequency, pin to a core, compare the medians of\n"
	       "several runs: taskset -c 2 %s -c cycles\n", name, name);
}

int main(int argc, char *argv[])
{
	/* Memory first: VMs that are gone leave half-empty slabs for new ones. */
	static const struct {
		char figure;
		void (*run)(void);
	} bench[] = {
		{ '6', bench_memory },
		{ '1', bench_hvc },
		{ '2', bench_list },
		{ '3', bench_regs },
		{ '4', bench_restore },
		{ '5', bench_stream },
	};
	const char *counter = "timer", *only = "123456";
	int opt, i;

	while ((opt = getopt(argc, argv, "c:r:f:mh")) != -1) {
		switch (opt) {
		case 'c':
			counter = optarg;
			break;
		case 'r':
			reps = atoi_positive("repetitions", optarg);
			break;
		case 'f':
			only = optarg;
			break;
		case 'm':
			machine = true;
			break;
		default:
			help(argv[0]);
			return opt != 'h';
		}
	}

	TEST_ASSERT(DIV_ROUND_UP(reps, 16) <= MAX_BATCHES, "Too many repetitions");
	open_counter(counter);
	if (kvm_has_cap(KVM_CAP_REG_LIST_FILTER))
		have |= CAP_FILTER;
	if (kvm_has_cap(KVM_CAP_ARM_HCID))
		have |= CAP_HCID;
	if (!(have & CAP_FILTER))
		printf("absent\tKVM_CAP_REG_LIST_FILTER\n");
	if (!(have & CAP_HCID))
		printf("absent\tKVM_CAP_ARM_HCID\n");

	for (i = 0; i < ARRAY_SIZE(bench); i++) {
		if (strchr(only, bench[i].figure))
			bench[i].run();
	}

	if (machine)
		printf("end\n");
	return 0;
}
