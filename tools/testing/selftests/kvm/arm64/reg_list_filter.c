// SPDX-License-Identifier: GPL-2.0-only
/*
 * reg_list_filter - Test the filters of KVM_GET_REG_LIST
 *
 * A filtered list must hold exactly the registers of a class, which the table
 * below states register by register. A VM that does not enable the filters must
 * see no difference.
 */
#include <linux/userfaultfd.h>
#include <sys/mman.h>

#include "kvm_util.h"
#include "processor.h"
#include "test_util.h"
#include "userfaultfd_util.h"

/*
 * Do NOT replace these constants with those of the UAPI headers. They are
 * repeated here to detect a change of the latter.
 */
#define FEATURE		BIT_ULL(32)
#define OPTIONAL	BIT_ULL(33)
#define VM		BIT_ULL(34)
#define NR_FILTERS	3
/* From 0, in steps of the lowest: all the combinations of filters */
#define ALL_FILTERS	(FEATURE | OPTIONAL | VM)
#define FW_REG(n)		(0x6030000000140000ULL | (n))
#define FW_FEAT_BMAP_REG(n)	(0x6030000000160000ULL | (n))
#define SVE_VLS			0x606000000015ffffULL
#define HCID(owner, word)	FW_REG(0x1000 | (owner) << 6 | (word))
#define CCSIDR(n)		(0x6020000000110000ULL | (n))

#define SYS(op0, op1, crn, crm, op2)					\
	(0x6030000000130000ULL | (op0) << 14 | (op1) << 11 | (crn) << 7 |	\
	 (crm) << 3 | (op2))
#define ID(crm, op2)		SYS(3, 0, 0, crm, op2)

#define MIDR_EL1		SYS(3, 0, 0, 0, 0)
#define REVIDR_EL1		SYS(3, 0, 0, 0, 6)
#define CLIDR_EL1		SYS(3, 1, 0, 0, 1)
#define AIDR_EL1		SYS(3, 1, 0, 0, 7)
#define CTR_EL0			SYS(3, 3, 0, 0, 1)
#define PMMIR_EL1		SYS(3, 0, 9, 14, 6)
#define PMCR_EL0		SYS(3, 3, 9, 12, 0)
#define CNTPCT_EL0		SYS(3, 3, 14, 0, 1)
#define TIMER_CNT		SYS(3, 3, 14, 3, 2)

/* The groups of a filtered list, in their order: what is set later may depend on the earlier */
enum group { GROUP_SVE, GROUP_SYS, GROUP_CCSIDR, GROUP_FW, GROUP_HCID };

struct reg_class {
	u64 first, last, class;
	enum group group;
};

/* What is not here is state, and in no class */
static const struct reg_class classes[] = {
	/* PSCI_VERSION and workarounds, and the bitmaps that reset to on */
	{ FW_REG(0), FW_REG(3), FEATURE | VM, GROUP_FW },
	{ FW_FEAT_BMAP_REG(0), FW_FEAT_BMAP_REG(2), FEATURE | VM, GROUP_FW },
	{ FW_FEAT_BMAP_REG(3), FW_FEAT_BMAP_REG(3), FEATURE | OPTIONAL | VM, GROUP_FW },
	/* Arch, Standard, Standard Hyp and Vendor Hyp services */
	{ HCID(0, 0), HCID(0, 7), FEATURE | OPTIONAL | VM, GROUP_HCID },
	{ HCID(4, 0), HCID(4, 7), FEATURE | OPTIONAL | VM, GROUP_HCID },
	{ HCID(5, 0), HCID(5, 7), FEATURE | OPTIONAL | VM, GROUP_HCID },
	{ HCID(6, 0), HCID(6, 7), FEATURE | OPTIONAL | VM, GROUP_HCID },
	/* Always listed, and zero may mean "implemented", or come to mean it */
	{ ID(1, 0), ID(7, 7), FEATURE | VM, GROUP_SYS },
	{ MIDR_EL1, MIDR_EL1, FEATURE | VM, GROUP_SYS },
	{ REVIDR_EL1, REVIDR_EL1, FEATURE | VM, GROUP_SYS },
	{ AIDR_EL1, AIDR_EL1, FEATURE | VM, GROUP_SYS },
	{ CTR_EL0, CTR_EL0, FEATURE | VM, GROUP_SYS },
	/* RAZ in older kernels */
	{ PMMIR_EL1, PMMIR_EL1, FEATURE | OPTIONAL | VM, GROUP_SYS },
	{ CLIDR_EL1, CLIDR_EL1, FEATURE, GROUP_SYS },
	{ CCSIDR(0), CCSIDR(13), FEATURE, GROUP_CCSIDR },
	{ SVE_VLS, SVE_VLS, FEATURE, GROUP_SVE },
	/* State, but one offset for all vCPUs */
	{ CNTPCT_EL0, CNTPCT_EL0, VM, GROUP_SYS },
	{ TIMER_CNT, TIMER_CNT, VM, GROUP_SYS },
};

struct config {
	const char *name;
	u32 features;
	u32 caps[2];
};

enum { PLAIN, PMU, SVE, PAUTH, EL2, EL2_E2H0, AARCH32 };

static const struct config configs[] = {
	[PLAIN] = { "plain" },
	[PMU] = { "PMU", BIT(KVM_ARM_VCPU_PMU_V3), { KVM_CAP_ARM_PMU_V3 } },
	[SVE] = { "SVE", BIT(KVM_ARM_VCPU_SVE), { KVM_CAP_ARM_SVE } },
	[PAUTH] = { "pauth",
		    BIT(KVM_ARM_VCPU_PTRAUTH_ADDRESS) | BIT(KVM_ARM_VCPU_PTRAUTH_GENERIC),
		    { KVM_CAP_ARM_PTRAUTH_ADDRESS, KVM_CAP_ARM_PTRAUTH_GENERIC } },
	[EL2] = { "EL2", BIT(KVM_ARM_VCPU_HAS_EL2) | BIT(KVM_ARM_VCPU_PMU_V3),
		  { KVM_CAP_ARM_EL2, KVM_CAP_ARM_PMU_V3 } },
	[EL2_E2H0] = { "EL2 E2H0", BIT(KVM_ARM_VCPU_HAS_EL2) | BIT(KVM_ARM_VCPU_HAS_EL2_E2H0),
		       { KVM_CAP_ARM_EL2, KVM_CAP_ARM_EL2_E2H0 } },
	[AARCH32] = { "AArch32", BIT(KVM_ARM_VCPU_EL1_32BIT), { KVM_CAP_ARM_EL1_32BIT } },
};

static bool enable_hcid;

static const struct reg_class *find_class(u64 reg)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(classes); i++) {
		if (reg >= classes[i].first && reg <= classes[i].last)
			return &classes[i];
	}

	return NULL;
}

static u64 reg_class(u64 reg)
{
	return find_class(reg) ? find_class(reg)->class : 0;
}

static struct kvm_vm *create_vm(bool filter)
{
	struct kvm_vm *vm = vm_create_barebones();

	if (filter)
		vm_enable_cap(vm, KVM_CAP_REG_LIST_FILTER, 0);
	if (filter && enable_hcid)
		vm_enable_cap(vm, KVM_CAP_ARM_HCID, 0);

	return vm;
}

static struct kvm_vcpu *add_unfinalized_vcpu(struct kvm_vm *vm, u32 id,
					     const struct config *c)
{
	struct kvm_vcpu *vcpu = __vm_vcpu_add(vm, id);
	struct kvm_vcpu_init init = {};

	vm_ioctl(vm, KVM_ARM_PREFERRED_TARGET, &init);
	init.features[0] |= BIT(KVM_ARM_VCPU_PSCI_0_2) | c->features;
	vcpu_ioctl(vcpu, KVM_ARM_VCPU_INIT, &init);

	return vcpu;
}

static struct kvm_vcpu *add_vcpu(struct kvm_vm *vm, u32 id, const struct config *c)
{
	struct kvm_vcpu *vcpu = add_unfinalized_vcpu(vm, id, c);
	int sve = KVM_ARM_VCPU_SVE;

	if (c->features & BIT(KVM_ARM_VCPU_SVE))
		vcpu_ioctl(vcpu, KVM_ARM_VCPU_FINALIZE, &sve);

	return vcpu;
}

/* vcpu_get_reg() leaves the upper half of a 32-bit register undefined */
static u64 get_reg(struct kvm_vcpu *vcpu, u64 reg)
{
	u64 val = 0;

	TEST_ASSERT(!__vcpu_get_reg(vcpu, reg, &val), "Failed to read 0x%lx, errno %d", reg,
		    errno);
	return val;
}

/* With more room than any list needs, so that a write past the count shows */
struct list {
	u64 n;
	u64 reg[1024];
};

#define MAX_REGS	ARRAY_SIZE(((struct list *)0)->reg)
#define CANARY		0x5a5a5a5a5a5a5a5aULL

/* Get a list with @n. Nothing may be written behind its end, or on an error */
static int __get_list(struct kvm_vcpu *vcpu, struct list *list, u64 n)
{
	u64 i;
	int ret;

	memset(list->reg, (u8)CANARY, sizeof(list->reg));
	list->n = n;
	ret = __vcpu_ioctl(vcpu, KVM_GET_REG_LIST, (struct kvm_reg_list *)list);

	for (i = ret ? 0 : list->n; i < MAX_REGS; i++)
		TEST_ASSERT(list->reg[i] == CANARY, "Unexpected write to reg[%lu]", i);

	return ret;
}

static struct list get_list(struct kvm_vcpu *vcpu, u64 filters)
{
	struct list list;

	TEST_ASSERT(!__get_list(vcpu, &list, filters | MAX_REGS),
		    "KVM_GET_REG_LIST with filters 0x%lx failed, errno %d", filters, errno);
	TEST_ASSERT(list.n <= MAX_REGS, "Not a plain count: 0x%lx", list.n);

	return list;
}

static bool list_has(const struct list *list, u64 reg)
{
	return kvm_reg_list_has((const struct kvm_reg_list *)list, reg);
}

static bool lists_equal(const struct list *a, const struct list *b)
{
	return a->n == b->n && !memcmp(a->reg, b->reg, a->n * sizeof(a->reg[0]));
}

static void expect_list(struct kvm_vcpu *vcpu, u64 n, const struct list *expected)
{
	struct list list;

	TEST_ASSERT(!__get_list(vcpu, &list, n), "n = 0x%lx fails, errno %d", n, errno);
	TEST_ASSERT(lists_equal(&list, expected), "n = 0x%lx changes the list", n);
}

/* @now: n on output */
static void expect_errno(struct kvm_vcpu *vcpu, u64 n, int err, u64 now)
{
	struct list list;
	int ret = __get_list(vcpu, &list, n);

	TEST_ASSERT(ret == -1 && errno == err, "n = 0x%lx: got %d (errno %d), expected errno %d",
		    n, ret, errno, err);
	TEST_ASSERT_EQ(list.n, now);
}

static void assert_filtered(const struct list *full, const struct list *list, u64 filters)
{
	bool listed, expected;
	u64 i, n = 0;

	for (i = 0; i < full->n; i++) {
		listed = list_has(list, full->reg[i]);
		expected = (reg_class(full->reg[i]) & filters) == filters;
		TEST_ASSERT(listed == expected, "filters 0x%lx: 0x%lx is %s", filters,
			    full->reg[i], listed ? "listed" : "missing");
		n += listed;
	}

	TEST_ASSERT(n == list->n, "%lu registers are not in the full list", list->n - n);
}

/* Group by group, and each group as in the full list */
static void assert_order(const struct list *full, const struct list *list)
{
	enum group group, last = GROUP_SVE;
	u64 i, pos = 0;

	for (i = 0; i < list->n; i++) {
		group = find_class(list->reg[i])->group;
		TEST_ASSERT(group >= last, "0x%lx comes too late", list->reg[i]);
		if (group > last)
			pos = 0;
		last = group;

		while (pos < full->n && full->reg[pos] != list->reg[i])
			pos++;
		TEST_ASSERT(pos < full->n, "0x%lx comes too late in its group", list->reg[i]);
	}
}

static void test_classes(const struct config *c)
{
	struct kvm_vm *vm = create_vm(true), *default_vm = create_vm(false);
	struct kvm_vcpu *vcpu = add_vcpu(vm, 0, c), *default_vcpu = add_vcpu(default_vm, 0, c);
	struct list list, full = get_list(enable_hcid ? vcpu : default_vcpu, 0);
	u64 filters;

	/* Without the capability, KVM only looks at the lower half of n, as ever */
	list = get_list(default_vcpu, 0);
	expect_list(default_vcpu, ~0ULL << 32 | list.n, &list);
	expect_errno(default_vcpu, ~0ULL << 32 | (list.n - 1), E2BIG, list.n);

	/* By itself, it changes nothing */
	expect_list(vcpu, MAX_REGS, &full);

	for (filters = FEATURE; filters <= ALL_FILTERS; filters += FEATURE) {
		list = get_list(vcpu, filters);
		assert_filtered(&full, &list, filters);
		assert_order(&full, &list);
	}

	kvm_vm_free(default_vm);
	kvm_vm_free(vm);
}

static void test_capacity(const struct config *c)
{
	struct kvm_vm *vm = create_vm(true);
	struct kvm_vcpu *vcpu = add_vcpu(vm, 0, c);
	struct list list;
	u64 filters;

	for (filters = 0; filters <= ALL_FILTERS; filters += FEATURE) {
		list = get_list(vcpu, filters);
		expect_list(vcpu, filters | list.n, &list);
		expect_errno(vcpu, filters | (list.n - 1), E2BIG, list.n);
		expect_errno(vcpu, filters, E2BIG, list.n);

		/* The capacity has 32 bits, and no more */
		expect_list(vcpu, filters | ~0U, &list);
	}

	kvm_vm_free(vm);
}

/* Counters go on between two reads, but not that far */
static u64 get_stable(struct kvm_vcpu *vcpu, u64 reg)
{
	return get_reg(vcpu, reg) >> (reg == CNTPCT_EL0 || reg == TIMER_CNT ? 58 : 0);
}

/* Try values until one is accepted that changes what @vcpu reads. False if none does. */
static bool change(struct kvm_vcpu *vcpu, u64 reg)
{
	u64 old = get_reg(vcpu, reg), seen = get_stable(vcpu, reg), val;
	int shift;

	/* Clearing a field of four bits, setting a bit, and something high for a counter */
	for (shift = 0; shift < 64; shift += 2) {
		val = shift % 4 ? old | BIT_ULL(shift - 2) : old & ~(0xfULL << shift);
		if (val != old && !__vcpu_set_reg(vcpu, reg, val) && get_stable(vcpu, reg) != seen)
			return true;
	}

	return !__vcpu_set_reg(vcpu, reg, old ^ BIT_ULL(60)) && get_stable(vcpu, reg) != seen;
}

static void test_optional(const struct config *c)
{
	struct kvm_vm *vm = create_vm(true);
	struct kvm_vcpu *vcpu = add_vcpu(vm, 0, c);
	struct list list = get_list(vcpu, OPTIONAL);
	u64 i;

	for (i = 0; i < list.n; i++)
		TEST_ASSERT(!get_reg(vcpu, list.reg[i]), "0x%lx is not zero by itself",
			    list.reg[i]);

	for (i = 0; i < list.n; i++) {
		change(vcpu, list.reg[i]);
		TEST_ASSERT(!__vcpu_set_reg(vcpu, list.reg[i], 0) && !get_reg(vcpu, list.reg[i]),
			    "0x%lx can't be cleared", list.reg[i]);
	}

	kvm_vm_free(vm);
}

/*
 * The property behind the VM class: a write through one vCPU is a write for the
 * other one. The number of PMU counters is shared, too, in a register of state.
 */
static void test_shared(const struct config *c)
{
	struct kvm_vm *vm = create_vm(true);
	struct kvm_vcpu *vcpu0, *vcpu1;
	u64 i, reg, before, after;
	int nr_changed = 0, nr_counters = 0;
	struct list full;

	vm_enable_cap(vm, KVM_CAP_ARM_WRITABLE_IMP_ID_REGS, 0);
	vcpu0 = add_vcpu(vm, 0, c);
	vcpu1 = add_vcpu(vm, 1, c);
	full = get_list(vcpu0, 0);

	for (i = 0; i < full.n; i++) {
		reg = full.reg[i];
		/* Some go away as features do */
		if (KVM_REG_SIZE(reg) > sizeof(u64) || __vcpu_get_reg(vcpu1, reg, &before))
			continue;

		before = get_stable(vcpu1, reg);
		if (!change(vcpu0, reg))
			continue;

		after = get_stable(vcpu1, reg);
		if (reg_class(reg) & VM)
			TEST_ASSERT(after == get_stable(vcpu0, reg), "0x%lx isn't shared", reg);
		else
			TEST_ASSERT(after == before || reg == PMCR_EL0, "0x%lx is shared", reg);
		nr_changed += !!(reg_class(reg) & VM);
		nr_counters += reg == CNTPCT_EL0 || reg == TIMER_CNT;
	}

	TEST_ASSERT(nr_changed > 10, "Hardly a register of the VM can be changed");
	TEST_ASSERT_EQ(nr_counters, c->features & BIT(KVM_ARM_VCPU_HAS_EL2) ? 1 : 2);
	kvm_vm_free(vm);
}

static struct {
	struct kvm_vcpu *vcpu;
	u64 reg, val;
} on_fault;

static int handle_fault(int mode, int uffd, struct uffd_msg *msg)
{
	struct uffdio_zeropage zero = {
		.range = { msg->arg.pagefault.address & ~(getpagesize() - 1UL), getpagesize() },
	};

	vcpu_set_reg(on_fault.vcpu, on_fault.reg, on_fault.val);
	return ioctl(uffd, UFFDIO_ZEROPAGE, &zero);
}

/*
 * Which registers of EL2 there are depends on ID registers, and another vCPU can
 * write these after the registers have been counted. Have it do so while the copy
 * waits for the second page of the list, and look for a write beyond its end.
 */
static void test_growth(const struct config *c)
{
	const u64 mmfr0 = KVM_ARM64_SYS_REG(SYS_ID_AA64MMFR0_EL1);
	struct kvm_vm *vm = create_vm(false);
	struct kvm_vcpu *vcpu = add_vcpu(vm, 0, c);
		size_t size = getpagesize();
	struct uffd_desc *uffd;
	struct list *list;
	void *pages;
	u64 n, i;

	on_fault.vcpu = add_vcpu(vm, 1, c);
	on_fault.reg = mmfr0;
	on_fault.val = vcpu_get_reg(vcpu, mmfr0);
	vcpu_set_reg(vcpu, mmfr0, on_fault.val & ~ID_AA64MMFR0_EL1_FGT_MASK);
	n = get_list(vcpu, 0).n;

	pages = mmap(NULL, 3 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	TEST_ASSERT(pages != MAP_FAILED, "mmap() failed, errno %d", errno);
	list = pages + size - 2 * sizeof(u64);
	list->n = n;

	uffd = uffd_setup_demand_paging(UFFDIO_REGISTER_MODE_MISSING, 0, pages + size, 2 * size,
					1, handle_fault);
	i = __vcpu_ioctl(vcpu, KVM_GET_REG_LIST, (struct kvm_reg_list *)list);
	TEST_ASSERT(i && errno == E2BIG, "The list got longer, and has been copied");
	uffd_stop_demand_paging(uffd);

	TEST_ASSERT(get_list(vcpu, 0).n > n, "The list got no longer");
	for (i = n; i < n + 32; i++)
		TEST_ASSERT(!list->reg[i], "reg[%lu] is beyond the end, and was written", i);

	kvm_vm_free(vm);
}

static int enable_filters(struct kvm_vm *vm, u32 flags, int arg)
{
	struct kvm_enable_cap cap = { .cap = KVM_CAP_REG_LIST_FILTER, .flags = flags };

	if (arg >= 0)
		cap.args[arg] = 1;

	return __vm_ioctl(vm, KVM_ENABLE_CAP, &cap);
}

static void test_enable(const struct config *c)
{
	struct kvm_vm *vm = create_vm(false);
	struct kvm_vcpu *vcpu;
	struct list full;
	int i;

	TEST_ASSERT_EQ(vm_check_cap(vm, KVM_CAP_REG_LIST_FILTER), GENMASK(NR_FILTERS - 1, 0));

	for (i = 0; i < 32; i++)
		TEST_ASSERT(enable_filters(vm, BIT(i), -1) && errno == EINVAL, "Flag %d", i);
	for (i = 0; i < 4; i++)
		TEST_ASSERT(enable_filters(vm, 0, i) && errno == EINVAL, "Argument %d", i);

	vcpu = add_vcpu(vm, 0, c);
	TEST_ASSERT(enable_filters(vm, 0, -1) && errno == EINVAL, "After a vCPU was made");

	/* None of these attempts may have had an effect */
	full = get_list(vcpu, 0);
	expect_list(vcpu, FEATURE | full.n, &full);
	kvm_vm_free(vm);

	vm = create_vm(true);
	TEST_ASSERT(!enable_filters(vm, 0, -1), "Failed to enable twice, errno %d", errno);
	kvm_vm_free(vm);
}

/* Too early, and filters that there are none of, whatever the capacity */
static void test_bad_calls(const struct config *c)
{
	struct kvm_vm *vm = create_vm(true);
	struct kvm_vcpu *vcpu = add_vcpu(vm, 0, c), *uninitialized = __vm_vcpu_add(vm, 1);
	u64 filters, n;
	int i;

	for (filters = 0; filters <= ALL_FILTERS; filters += FEATURE) {
		n = filters | MAX_REGS;
		expect_errno(uninitialized, n, ENOEXEC, n);
		for (i = 32 + NR_FILTERS; i < 64; i++) {
			expect_errno(vcpu, n | BIT_ULL(i), EINVAL, n | BIT_ULL(i));
			expect_errno(vcpu, filters | BIT_ULL(i), EINVAL, filters | BIT_ULL(i));
		}
	}

	kvm_vm_free(vm);
}

static void test_unfinalized(const struct config *c)
{
	u64 vls[KVM_ARM64_SVE_VLS_WORDS] = { 1 }, now[2][ARRAY_SIZE(vls)];
	struct kvm_one_reg reg = { .id = SVE_VLS, .addr = (u64)vls };
	struct kvm_vm *vm = create_vm(true);
	struct kvm_vcpu *vcpu0 = add_unfinalized_vcpu(vm, 0, c);
	struct kvm_vcpu *vcpu1 = add_unfinalized_vcpu(vm, 1, c);
	struct list early[1 << NR_FILTERS];
	int i, sve = KVM_ARM_VCPU_SVE;

	/* Only the whole list has what finalization decides on */
	expect_errno(vcpu0, MAX_REGS, EPERM, MAX_REGS);
	for (i = 1; i < 1 << NR_FILTERS; i++)
		early[i] = get_list(vcpu0, i * FEATURE);
	TEST_ASSERT(list_has(&early[1], SVE_VLS), "The vector lengths are not a feature");

	/* The one vector length that every implementation has, for one vCPU */
	vcpu_ioctl(vcpu0, KVM_SET_ONE_REG, &reg);
	TEST_ASSERT(!__vcpu_get_reg(vcpu0, SVE_VLS, now[0]) && !memcmp(now[0], vls, sizeof(vls)),
		    "The vector lengths did not change");
	TEST_ASSERT(!__vcpu_get_reg(vcpu1, SVE_VLS, now[1]) && memcmp(now[1], vls, sizeof(vls)),
		    "The vector lengths of the other vCPU changed");

	vcpu_ioctl(vcpu0, KVM_ARM_VCPU_FINALIZE, &sve);
	TEST_ASSERT(__vcpu_ioctl(vcpu0, KVM_SET_ONE_REG, &reg) && errno == EPERM,
		    "The vector lengths can be set too late");

	for (i = 1; i < 1 << NR_FILTERS; i++)
		expect_list(vcpu0, i * FEATURE | MAX_REGS, &early[i]);

	kvm_vm_free(vm);
}

static const struct test {
	const char *name;
	void (*fn)(const struct config *c);
	bool any_kernel;
} config_tests[] = {
	{ "classes", test_classes },
	{ "capacity", test_capacity },
	{ "zero", test_optional },
	{ "shared between vCPUs", test_shared },
};

/* For the first of them, as the configuration makes no difference */
static const struct test plain_tests[] = {
	{ "enable", test_enable },
	{ "bad calls", test_bad_calls },
};

static const struct test el2_tests[] = {
	{ "growing list", test_growth, .any_kernel = true },
};

static const struct test sve_tests[] = {
	{ "unfinalized vCPU", test_unfinalized },
};

static void run_tests(const struct config *c, const struct test *tests, int nr)
{
	const char *hcid = enable_hcid ? " with HCID" : "";
	u32 missing;
	int i, j;

	for (i = 0; i < nr; i++) {
		missing = 0;
		if (!tests[i].any_kernel && !kvm_has_cap(KVM_CAP_REG_LIST_FILTER))
			missing = KVM_CAP_REG_LIST_FILTER;
		for (j = 0; j < ARRAY_SIZE(c->caps); j++) {
			if (c->caps[j] && !kvm_has_cap(c->caps[j]))
				missing = c->caps[j];
		}

		if (enable_hcid && !kvm_has_cap(KVM_CAP_ARM_HCID))
			missing = KVM_CAP_ARM_HCID;

		if (missing) {
			ksft_test_result_skip("%s%s: %s: no capability %u\n", c->name,
					      hcid, tests[i].name, missing);
		} else {
			tests[i].fn(c);
			ksft_test_result_pass("%s%s: %s\n", c->name, hcid, tests[i].name);
		}
	}
}

int main(void)
{
	int i;

	ksft_print_header();
	ksft_set_plan((ARRAY_SIZE(configs) + 1) * ARRAY_SIZE(config_tests) +
		      ARRAY_SIZE(plain_tests) + ARRAY_SIZE(sve_tests) + ARRAY_SIZE(el2_tests));

	run_tests(&configs[PLAIN], plain_tests, ARRAY_SIZE(plain_tests));
	run_tests(&configs[SVE], sve_tests, ARRAY_SIZE(sve_tests));
	run_tests(&configs[EL2], el2_tests, ARRAY_SIZE(el2_tests));
	for (i = 0; i < ARRAY_SIZE(configs); i++)
		run_tests(&configs[i], config_tests, ARRAY_SIZE(config_tests));

	/* No vCPU feature has a say in these registers */
	enable_hcid = true;
	run_tests(&configs[PLAIN], config_tests, ARRAY_SIZE(config_tests));

	ksft_finished();
}
