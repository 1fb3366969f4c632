// SPDX-License-Identifier: GPL-2.0-only
/*
 * What hypercalls, register lists, register accesses and the restore of a VM's
 * identity cost, on whatever kernel this runs. One program for the kernels
 * with the HCID series and without: what a kernel has no capability for is
 * named and left out.
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
#include <linux/perf_event.h>
#include <linux/sysinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kvm_util.h"
#include "processor.h"
#include "test_util.h"

/* The ABI is repeated here, so that any tree's headers will do. */
#define CAP_REG_LIST_FILTER	252
#define CAP_ARM_HCID		253
#define LIST_FEATURE		(1ULL << 32)
#define LIST_CLEARABLE		(1ULL << 33)
#define LIST_VM			(1ULL << 34)
#define HCID(owner, word)	(KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_FW | \
				 0x1000 | (owner) << 6 | (word))
#define HCID_FEATURES_2		HCID(6, 1)
#define HCID_FEATURES_2_BIT	(1ULL << 63)
#define HCID_WINDOW		32
#define HCID_RANGE		1

#define FN_SMCCC_VERSION	0x80000000
#define FN_ARCH_FEATURES	0x80000001
#define FN_ARCH_WORKAROUND_1	0x80008000
#define FN_PSCI_VERSION		0x84000000
#define FN_TRNG_VERSION		0x84000050
#define FN_PV_TIME_FEATURES	0xc5000020
#define FN_KVM_FEATURES		0x86000000
#define FN_KVM_PTP		0x86000001
#define FN_KVM_FEATURES_2	0x8600007f
#define FN_CALL_UID		0x8600ff01

#define FW_REG(r)		(KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_FW | (r))
#define BMAP_REG(r)		(KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_FW_FEAT_BMAP | (r))
#define PSCI_VERSION_REG	FW_REG(0)
#define WORKAROUND_1_REG	FW_REG(1)
#define VENDOR_HYP_BMAP_REG	BMAP_REG(2)

#define X0_REG			ARM64_CORE_REG(regs.regs[0])
#define SYSREG(r)		KVM_ARM64_SYS_REG(r)

#define MAX_REGS		2048
#define MAX_BATCHES		20000

static int reps = 10000;
static bool machine;

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

/* What this kernel has not: said, not skipped over. */
static void left_out(const char *key, const char *title)
{
	if (machine)
		printf("absent\t%s\t%s\n", key, title);
	else
		printf("%-62s %14s\n", title, "not here");
}

static bool has_filter, has_hcid;

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

/* A vCPU without EL2 even on a host that has nested virtualization: HVC is ours. */
static struct kvm_vcpu *add_vcpu(struct kvm_vm *vm, int id, void *code, u32 features)
{
	struct kvm_vcpu_init init;

	vm_ioctl(vm, KVM_ARM_PREFERRED_TARGET, &init);
	init.features[0] = BIT(KVM_ARM_VCPU_PSCI_0_2) | features;

	return aarch64_vcpu_add(vm, id, &init, code);
}

static bool try_enable(struct kvm_vm *vm, u32 cap)
{
	return kvm_has_cap(cap) && !__vm_enable_cap(vm, cap, 0);
}

static int set_reg(int fd, u64 id, u64 val)
{
	struct kvm_one_reg reg = { .id = id, .addr = (u64)&val };

	return ioctl(fd, KVM_SET_ONE_REG, &reg);
}

static u64 get_reg(int fd, u64 id)
{
	u64 val[32] = {};
	struct kvm_one_reg reg = { .id = id, .addr = (u64)val };

	TEST_ASSERT(!ioctl(fd, KVM_GET_ONE_REG, &reg), "Register 0x%lx can't be read: %s",
		    id, strerror(errno));
	return val[0];
}

static double empty_loop;

static u64 hvc_figure(struct kvm_vcpu *vcpu, struct request *r, const char *key,
		      const char *title, u64 fn, u64 a1, u64 a2)
{
	double cost = guest_loop(vcpu, r, LOOP_HVC, fn, a1, a2) - empty_loop;

	figure(key, cost, unit, "%s", title);
	return r->ret[0];
}

static void bench_hvc(void)
{
	static const int owners[] = { 0, 1, 2, 3, 4, 5, 6, 48, 50 };
	static const char * const owner_names[] = {
		"arch", "CPU", "SiP", "OEM", "standard", "standard hyp", "vendor hyp",
		"trusted app", "trusted OS",
	};
	struct kvm_arm_counter_offset offset = { .counter_offset = 1 };
	struct kvm_vcpu *vcpu;
	struct request *r;
	struct kvm_vm *vm;
	double cost;
	int i;

	heading("1. Guest round trips");

	vm = vm_create(1);
	if (kvm_has_cap(KVM_CAP_COUNTER_OFFSET))
		vm_ioctl(vm, KVM_ARM_SET_COUNTER_OFFSET, &offset);
	vcpu = add_vcpu(vm, 0, guest_requests, 0);
	kvm_arch_vm_finalize_vcpus(vm);
	r = addr_gva2hva(vm, (gva_t)&request);

	empty_loop = guest_loop(vcpu, r, LOOP_NOTHING, 0, 0, 0);

	cost = guest_loop(vcpu, r, LOOP_CNTPCT, 0, 0, 0) - empty_loop;
	figure("exit.cntpct", cost, unit, "floor: CNTPCT_EL0 with an offset (traps without ECV)");
	cost = guest_loop(vcpu, r, LOOP_IDREG, 0, 0, 0) - empty_loop;
	figure("exit.idreg", cost, unit, "floor: a trapped ID register");

	hvc_figure(vcpu, r, "hvc.smccc_version", "SMCCC_VERSION", FN_SMCCC_VERSION, 0, 0);
	hvc_figure(vcpu, r, "hvc.arch_features", "SMCCC_ARCH_FEATURES(WORKAROUND_1)",
		   FN_ARCH_FEATURES, FN_ARCH_WORKAROUND_1, 0);
	hvc_figure(vcpu, r, "hvc.psci_version", "PSCI_VERSION", FN_PSCI_VERSION, 0, 0);
	hvc_figure(vcpu, r, "hvc.trng_version", "TRNG_VERSION", FN_TRNG_VERSION, 0, 0);
	hvc_figure(vcpu, r, "hvc.pv_time_features", "PV_TIME_FEATURES",
		   FN_PV_TIME_FEATURES, FN_PV_TIME_FEATURES, 0);
	hvc_figure(vcpu, r, "hvc.call_uid", "vendor hyp CALL_UID", FN_CALL_UID, 0, 0);
	hvc_figure(vcpu, r, "hvc.kvm_features", "KVM_FEATURES", FN_KVM_FEATURES, 0, 0);
	hvc_figure(vcpu, r, "hvc.ptp", "PTP (virtual counter)", FN_KVM_PTP, 0, 0);

	for (i = 0; i < ARRAY_SIZE(owners); i++) {
		char key[64], title[96];
		u64 ret;

		snprintf(key, sizeof(key), "hvc.unknown_%d", owners[i]);
		snprintf(title, sizeof(title), "unknown function, owner %d (%s)",
			 owners[i], owner_names[i]);
		ret = hvc_figure(vcpu, r, key, title, 0x80000ff0 | owners[i] << 24, 0, 0);
		TEST_ASSERT((int)ret == -1, "The %s returned %d", title, (int)ret);
	}
	i = hvc_figure(vcpu, r, "hvc.features_2_off", "FEATURES_2, not given to the guest",
		       FN_KVM_FEATURES_2, 6, 1);
	TEST_ASSERT(i == -1, "FEATURES_2 without its bit returned %d", i);

	kvm_vm_free(vm);

	if (!has_hcid) {
		left_out("hvc.features_2", "FEATURES_2");
		left_out("hvc.features_2_outside", "FEATURES_2, outside the window");
		left_out("hvc.kvm_features_hcid", "KVM_FEATURES, in a VM with HCID");
		left_out("hvc.unknown_6_hcid", "unknown vendor hyp function, in a VM with HCID");
		return;
	}

	vm = vm_create(1);
	TEST_ASSERT(try_enable(vm, CAP_ARM_HCID), "KVM_CAP_ARM_HCID can't be enabled");
	vcpu = add_vcpu(vm, 0, guest_requests, 0);
	kvm_arch_vm_finalize_vcpus(vm);
	r = addr_gva2hva(vm, (gva_t)&request);
	TEST_ASSERT(!set_reg(vcpu->fd, HCID_FEATURES_2, HCID_FEATURES_2_BIT),
		    "FEATURES_2 can't be given to the guest: %s", strerror(errno));

	i = hvc_figure(vcpu, r, "hvc.features_2", "FEATURES_2", FN_KVM_FEATURES_2, 6, 1);
	TEST_ASSERT(!i && r->ret[2] == HCID_FEATURES_2_BIT >> 32,
		    "FEATURES_2 returned %d 0x%lx 0x%lx", i, r->ret[1], r->ret[2]);
	i = hvc_figure(vcpu, r, "hvc.features_2_outside", "FEATURES_2, outside the window",
		       FN_KVM_FEATURES_2, 6, 8);
	TEST_ASSERT(i == -3, "FEATURES_2 outside the window returned %d", i);
	hvc_figure(vcpu, r, "hvc.kvm_features_hcid", "KVM_FEATURES, in a VM with HCID",
		   FN_KVM_FEATURES, 0, 0);
	hvc_figure(vcpu, r, "hvc.unknown_6_hcid", "unknown vendor hyp function, in a VM with HCID",
		   0x86000ff0, 0, 0);

	kvm_vm_free(vm);
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

static void list_figure(int fd, u64 filter, const char *key, const char *title)
{
	double cost;
	char k[64];

	/* Dear: a small batch, or every one has a timer tick in it. */
	cost = ioctl_cost(fd, KVM_GET_REG_LIST, &regs, 16, 0, &regs.list.n, filter | MAX_REGS);
	figure(key, cost, unit, "%s", title);
	snprintf(k, sizeof(k), "n.%s", key);
	figure(k, list_regs(fd, filter), "number", "  registers returned");
}

static u32 pmu_feature(void)
{
	return kvm_has_cap(KVM_CAP_ARM_PMU_V3) ? BIT(KVM_ARM_VCPU_PMU_V3) : 0;
}

static void bench_list(void)
{
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm;

	heading("2. KVM_GET_REG_LIST (a vCPU with PSCI 0.2 and, where there is one, a PMU)");

	vm = vm_create(1);
	vcpu = add_vcpu(vm, 0, guest_requests, pmu_feature());
	list_figure(vcpu->fd, 0, "list.whole", "whole list");
	figure("list.e2big", ioctl_cost(vcpu->fd, KVM_GET_REG_LIST, &regs, 16, -1,
					&regs.list.n, 0),
	       unit, "the count alone (-E2BIG)");
	kvm_vm_free(vm);

	if (!has_filter) {
		left_out("list.whole_cap", "whole list, with KVM_CAP_REG_LIST_FILTER");
		left_out("list.feature", "FEATURE");
		left_out("list.clearable", "CLEARABLE");
		left_out("list.vm", "VM");
		left_out("list.feature_vm", "FEATURE and VM");
	} else {
		vm = vm_create(1);
		TEST_ASSERT(try_enable(vm, CAP_REG_LIST_FILTER),
			    "KVM_CAP_REG_LIST_FILTER can't be enabled");
		vcpu = add_vcpu(vm, 0, guest_requests, pmu_feature());
		list_figure(vcpu->fd, 0, "list.whole_cap",
			    "whole list, with KVM_CAP_REG_LIST_FILTER");
		list_figure(vcpu->fd, LIST_FEATURE, "list.feature", "FEATURE");
		list_figure(vcpu->fd, LIST_CLEARABLE, "list.clearable", "CLEARABLE");
		list_figure(vcpu->fd, LIST_VM, "list.vm", "VM");
		list_figure(vcpu->fd, LIST_FEATURE | LIST_VM, "list.feature_vm", "FEATURE and VM");
		kvm_vm_free(vm);
	}

	if (!has_hcid || !has_filter) {
		left_out("list.feature_hcid", "FEATURE, in a VM with HCID");
		return;
	}

	vm = vm_create(1);
	TEST_ASSERT(try_enable(vm, CAP_REG_LIST_FILTER) && try_enable(vm, CAP_ARM_HCID),
		    "The capabilities can't be enabled");
	vcpu = add_vcpu(vm, 0, guest_requests, pmu_feature());
	list_figure(vcpu->fd, LIST_FEATURE, "list.feature_hcid", "FEATURE, in a VM with HCID");
	kvm_vm_free(vm);
}

static void reg_figures(int fd, u64 id, const char *key, const char *title)
{
	u64 val[32] = {}, dummy;
	struct kvm_one_reg reg = { .id = id, .addr = (u64)val };
	char k[64];
	double get, set;

	get = ioctl_cost(fd, KVM_GET_ONE_REG, &reg, 64, 0, &dummy, 0);
	snprintf(k, sizeof(k), "get.%s", key);
	figure(k, get, unit, "KVM_GET_ONE_REG %s", title);

	/* The value that was read */
	set = ioctl_cost(fd, KVM_SET_ONE_REG, &reg, 64, 0, &dummy, 0);
	snprintf(k, sizeof(k), "set.%s", key);
	figure(k, set, unit, "KVM_SET_ONE_REG %s", title);
}

static void reg_absent(const char *key, const char *title)
{
	char k[64], t[96];

	snprintf(k, sizeof(k), "get.%s", key);
	snprintf(t, sizeof(t), "KVM_GET_ONE_REG %s", title);
	left_out(k, t);
	snprintf(k, sizeof(k), "set.%s", key);
	snprintf(t, sizeof(t), "KVM_SET_ONE_REG %s", title);
	left_out(k, t);
}

static void bench_regs(void)
{
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm;

	heading("3. One register");

	vm = vm_create(1);
	vcpu = add_vcpu(vm, 0, guest_requests, 0);
	reg_figures(vcpu->fd, X0_REG, "core", "core register (X0)");
	reg_figures(vcpu->fd, SYSREG(SYS_TTBR0_EL1), "sysreg", "system register (TTBR0_EL1)");
	reg_figures(vcpu->fd, SYSREG(SYS_ID_AA64ISAR0_EL1), "idreg",
		    "ID register (ID_AA64ISAR0_EL1)");
	reg_figures(vcpu->fd, PSCI_VERSION_REG, "psci", "firmware register (PSCI_VERSION)");
	reg_figures(vcpu->fd, WORKAROUND_1_REG, "workaround", "firmware register (WORKAROUND_1)");
	reg_figures(vcpu->fd, BMAP_REG(0), "bitmap_std", "bitmap (STD_BMAP)");
	reg_figures(vcpu->fd, BMAP_REG(1), "bitmap_std_hyp", "bitmap (STD_HYP_BMAP)");
	reg_figures(vcpu->fd, VENDOR_HYP_BMAP_REG, "bitmap_vendor_hyp", "bitmap (VENDOR_HYP_BMAP)");
	reg_figures(vcpu->fd, BMAP_REG(3), "bitmap_vendor_hyp_2", "bitmap (VENDOR_HYP_BMAP_2)");
	kvm_vm_free(vm);

	if (!has_hcid) {
		reg_absent("hcid_default", "HCID(6, 1), RAZ/WI");
		reg_absent("hcid", "HCID(6, 1)");
		reg_absent("hcid_reserved", "HCID(4, 0), no service in it");
		return;
	}

	vm = vm_create(1);
	vcpu = add_vcpu(vm, 0, guest_requests, 0);
	reg_figures(vcpu->fd, HCID_FEATURES_2, "hcid_default", "HCID(6, 1), RAZ/WI");
	kvm_vm_free(vm);

	vm = vm_create(1);
	TEST_ASSERT(try_enable(vm, CAP_ARM_HCID), "KVM_CAP_ARM_HCID can't be enabled");
	vcpu = add_vcpu(vm, 0, guest_requests, 0);
	TEST_ASSERT(!set_reg(vcpu->fd, HCID_FEATURES_2, HCID_FEATURES_2_BIT),
		    "HCID(6, 1) can't be set: %s", strerror(errno));
	reg_figures(vcpu->fd, HCID_FEATURES_2, "hcid", "HCID(6, 1)");
	reg_figures(vcpu->fd, HCID(4, 0), "hcid_reserved", "HCID(4, 0), no service in it");
	kvm_vm_free(vm);
}

/* ---- figure 4: restoring the VM-wide identity --------------------------- */

static bool is_id_reg(u64 id)
{
	u64 enc = id & 0xffff;

	/* Op0 3, Op1 0, CRn 0, CRm 1 to 7 */
	return (id & KVM_REG_ARM_COPROC_MASK) == KVM_REG_ARM64_SYSREG &&
	       enc >= (SYSREG(sys_reg(3, 0, 0, 1, 0)) & 0xffff) &&
	       enc <= (SYSREG(sys_reg(3, 0, 0, 7, 7)) & 0xffff);
}

static bool is_fw_reg(u64 id)
{
	u64 coproc = id & KVM_REG_ARM_COPROC_MASK;

	return coproc == KVM_REG_ARM_FW || coproc == KVM_REG_ARM_FW_FEAT_BMAP;
}

/* A VMM's own table of what describes the machine, for kernels that don't say. */
static bool in_vmm_table(u64 id)
{
	return is_id_reg(id) || is_fw_reg(id) || id == SYSREG(SYS_CTR_EL0) ||
	       id == SYSREG(SYS_MIDR_EL1) || id == SYSREG(SYS_REVIDR_EL1) ||
	       id == SYSREG(SYS_AIDR_EL1);
}

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

		if (!in_vmm_table(id))
			continue;

		val = get_reg(fd, id);
		if (id == PSCI_VERSION_REG)
			val = 0x10001;
		else if (id == VENDOR_HYP_BMAP_REG)
			val = 1;
		else if (id == SYSREG(SYS_ID_AA64ISAR0_EL1))
			val &= ~(0xfULL << 60);	/* RNDR */

		stream[stream_len].id = id;
		stream[stream_len].val = val;
		stream_len++;
	}
}

static u64 stream_value(u64 id)
{
	int i;

	for (i = 0; i < stream_len; i++) {
		if (stream[i].id == id)
			return stream[i].val;
	}

	/* The zero rule */
	return 0;
}

static void restore_each_vcpu(int *fds, int nr)
{
	int v, i;

	for (v = 0; v < nr; v++) {
		for (i = 0; i < stream_len; i++)
			TEST_ASSERT(!set_reg(fds[v], stream[i].id, stream[i].val),
				    "Register 0x%lx can't be restored: %s", stream[i].id,
				    strerror(errno));
	}
}

static void restore_one_pass(int *fds)
{
	static u64 val[MAX_REGS];
	u64 n, i, j;

	/*
	 * A list is ordered alike every time it is read: walk it along with
	 * the stream, as a VMM would look its stream up.
	 */
	n = list_regs(fds[0], LIST_FEATURE | LIST_VM);
	for (i = 0, j = 0; i < n; i++) {
		if (j < stream_len && stream[j].id == regs.reg[i])
			val[i] = stream[j++].val;
		else
			val[i] = stream_value(regs.reg[i]);
	}
	for (i = 0; i < n; i++)
		TEST_ASSERT(!set_reg(fds[0], regs.reg[i], val[i]),
			    "Register 0x%lx can't be restored: %s", regs.reg[i],
			    strerror(errno));
}

static u64 seen[8];

static void guest_identity(void)
{
	struct arm_smccc_res res;

	seen[0] = read_sysreg(id_aa64isar0_el1);
	seen[1] = read_sysreg(id_aa64pfr0_el1);
	seen[2] = read_sysreg(id_aa64mmfr0_el1);
	seen[3] = read_sysreg(id_aa64dfr0_el1);
	smccc_hvc(FN_PSCI_VERSION, 0, 0, 0, 0, 0, 0, 0, &res);
	seen[4] = res.a0;
	smccc_hvc(FN_KVM_FEATURES, 0, 0, 0, 0, 0, 0, 0, &res);
	seen[5] = res.a0;
	seen[6] = res.a2;
	smccc_hvc(FN_SMCCC_VERSION, 0, 0, 0, 0, 0, 0, 0, &res);
	seen[7] = res.a0;
	GUEST_SYNC(0);
}

static int fds[512];

/* A VM of bare vCPUs, of which only the last one can run. */
static struct kvm_vm *identity_vm(int nr, bool filter, struct kvm_vcpu **last)
{
	struct kvm_vcpu_init init;
	struct kvm_vm *vm;
	int i;

	vm = vm_create(1);
	if (filter)
		TEST_ASSERT(try_enable(vm, CAP_REG_LIST_FILTER),
			    "KVM_CAP_REG_LIST_FILTER can't be enabled");

	vm_ioctl(vm, KVM_ARM_PREFERRED_TARGET, &init);
	init.features[0] = BIT(KVM_ARM_VCPU_PSCI_0_2);
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

static void free_identity_vm(struct kvm_vm *vm, int nr)
{
	int i;

	for (i = 0; i < nr - 1; i++)
		close(fds[i]);
	kvm_vm_free(vm);
}

/* Restore often, let the last vCPU look at the result; returns the cost of one. */
static double restore_cost(int nr, bool one_pass, u64 *result)
{
	int n = max(DIV_ROUND_UP(reps, 8) / nr, 8), i;
	struct kvm_vcpu *last;
	struct kvm_vm *vm;
	u64 t0;

	n = min(n, MAX_BATCHES);
	vm = identity_vm(nr, one_pass, &last);
	for (i = -1; i < n; i++) {
		t0 = now();
		if (one_pass)
			restore_one_pass(fds);
		else
			restore_each_vcpu(fds, nr);
		if (i >= 0)
			batch_ticks[i] = now() - t0;
	}

	vcpu_run(last);
	expect_sync(last);
	memcpy(result, addr_gva2hva(vm, (gva_t)seen), sizeof(seen));
	free_identity_vm(vm, nr);

	return scale(midmean(batch_ticks, n));
}

static void bench_restore(void)
{
	static const int sizes[] = { 1, 2, 8, 64, 512 };
	u64 each[ARRAY_SIZE(seen)], once[ARRAY_SIZE(seen)];
	int max = kvm_check_cap(KVM_CAP_MAX_VCPUS), i;
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm;
	char key[64];

	heading("4. Restore of the VM-wide identity");

	/* Bare vCPUs are enough, and an interrupt controller wants them all to run. */
	test_disable_default_vgic();
	kvm_set_files_rlimit(512);

	vm = vm_create(1);
	vcpu = add_vcpu(vm, 0, guest_identity, 0);
	make_stream(vcpu->fd);
	kvm_vm_free(vm);
	figure("restore.regs", stream_len, "number", "  registers in the stream");

	for (i = 0; i < ARRAY_SIZE(sizes) && sizes[i] <= max; i++) {
		snprintf(key, sizeof(key), "restore.each.%d", sizes[i]);
		figure(key, restore_cost(sizes[i], false, each), unit,
		       "written to each vCPU, %d vCPUs", sizes[i]);
		TEST_ASSERT(each[4] == 0x10001 && each[5] == 1 && !(each[0] >> 60),
			    "The guest doesn't see what was restored");

		snprintf(key, sizeof(key), "restore.once.%d", sizes[i]);
		if (!has_filter) {
			left_out(key, "written once, by the VM filter");
			continue;
		}
		figure(key, restore_cost(sizes[i], true, once), unit,
		       "written once, by the VM filter, %d vCPUs", sizes[i]);
		TEST_ASSERT(!memcmp(each, once, sizeof(once)),
			    "With %d vCPUs the guest sees something else after one pass", sizes[i]);
	}
}

/* ---- figure 5: bytes of a migration stream ------------------------------ */

/* An ID and a value for every register; zero ones left out if asked. */
static u64 stream_bytes(int fd, u64 n, bool (*which)(u64), bool zero_rule)
{
	u64 i, bytes = 0;

	for (i = 0; i < n; i++) {
		if (which && !which(regs.reg[i]))
			continue;
		if (zero_rule && !get_reg(fd, regs.reg[i]))
			continue;
		bytes += sizeof(u64) + KVM_REG_SIZE(regs.reg[i]);
	}

	return bytes;
}

static bool is_hcid(u64 id)
{
	return (id & ~0xfffULL) == HCID(0, 0);
}

static void bench_stream(void)
{
	u64 mask[HCID_WINDOW] = {};
	struct reg_mask_range range = { .range = HCID_RANGE, .addr = (u64)mask };
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm;
	int n, i, j = 0;

	heading("5. Bytes in a stream of (ID, value)");

	vm = vm_create(1);
	vcpu = add_vcpu(vm, 0, guest_requests, pmu_feature());
	n = list_regs(vcpu->fd, 0);
	figure("bytes.whole", stream_bytes(vcpu->fd, n, NULL, false), "bytes",
	       "the whole list, without any capability");
	figure("bytes.table", stream_bytes(vcpu->fd, n, in_vmm_table, false), "bytes",
	       "feature registers, by a VMM's table");
	kvm_vm_free(vm);

	if (!has_hcid || !has_filter) {
		left_out("bytes.feature", "feature registers, by the FEATURE filter");
		left_out("bytes.feature_zero", "the same, zero clearable ones left out");
		left_out("bytes.hcid_all", "idle HCID window, listed in full");
		left_out("bytes.hcid_idle", "idle HCID window, by the zero rule");
		left_out("bytes.hcid_set", "HCID window, every service on, by the zero rule");
		return;
	}

	vm = vm_create(1);
	TEST_ASSERT(try_enable(vm, CAP_REG_LIST_FILTER) && try_enable(vm, CAP_ARM_HCID),
		    "The capabilities can't be enabled");
	vcpu = add_vcpu(vm, 0, guest_requests, pmu_feature());

	n = list_regs(vcpu->fd, LIST_FEATURE);
	figure("bytes.feature", stream_bytes(vcpu->fd, n, NULL, false), "bytes",
	       "feature registers, by the FEATURE filter");
	i = stream_bytes(vcpu->fd, n, NULL, false);
	n = list_regs(vcpu->fd, LIST_CLEARABLE);
	i -= stream_bytes(vcpu->fd, n, NULL, false) - stream_bytes(vcpu->fd, n, NULL, true);
	figure("bytes.feature_zero", i, "bytes", "the same, zero clearable ones left out");

	n = list_regs(vcpu->fd, 0);
	figure("bytes.hcid_all", stream_bytes(vcpu->fd, n, is_hcid, false), "bytes",
	       "idle HCID window, listed in full");
	figure("bytes.hcid_idle", stream_bytes(vcpu->fd, n, is_hcid, true), "bytes",
	       "idle HCID window, by the zero rule");

	/* Masks are in the order of the list. */
	vm_ioctl(vm, KVM_ARM_GET_REG_WRITABLE_MASKS, &range);
	for (i = 0; i < n; i++) {
		if (is_hcid(regs.reg[i]))
			TEST_ASSERT(!set_reg(vcpu->fd, regs.reg[i], mask[j++]),
				    "0x%lx refuses its mask: %s", regs.reg[i], strerror(errno));
	}
	TEST_ASSERT(j == HCID_WINDOW, "%d HCID registers are listed", j);
	figure("bytes.hcid_set", stream_bytes(vcpu->fd, n, is_hcid, true), "bytes",
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
	has_filter = kvm_has_cap(CAP_REG_LIST_FILTER);
	has_hcid = kvm_has_cap(CAP_ARM_HCID);

	for (i = 0; i < ARRAY_SIZE(bench); i++) {
		if (strchr(only, bench[i].figure))
			bench[i].run();
	}

	if (machine)
		printf("end\n");
	return 0;
}
