// SPDX-License-Identifier: GPL-2.0-only
/*
 * reg_list_filter - Test the filters of KVM_GET_REG_LIST
 *
 * A filtered list must hold exactly the registers of a class, which the table
 * below states register by register, and a VM that does not enable the filters
 * must see no difference at all.
 */
#include <sys/mman.h>

#include "kvm_util.h"
#include "processor.h"
#include "test_util.h"

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

#define PSCI_VERSION_REG	FW_REG(0)
#define VENDOR_HYP_BMAP_2	FW_FEAT_BMAP_REG(3)
#define MIDR_EL1		SYS(3, 0, 0, 0, 0)
#define MPIDR_EL1		SYS(3, 0, 0, 0, 5)
#define REVIDR_EL1		SYS(3, 0, 0, 0, 6)
#define CLIDR_EL1		SYS(3, 1, 0, 0, 1)
#define AIDR_EL1		SYS(3, 1, 0, 0, 7)
#define CTR_EL0			SYS(3, 3, 0, 0, 1)
#define PMMIR_EL1		SYS(3, 0, 9, 14, 6)

/* The groups of a filtered list, in their order: what is set later may depend on the earlier */
enum group { GROUP_SVE, GROUP_SYS, GROUP_CCSIDR, GROUP_FW, GROUP_HCID };

struct reg_class {
	u64 first;
	u64 last;
	u64 class;
	enum group group;
};

/* The first match counts. What is not here is state, and in no class. */
static const struct reg_class classes[] = {
	/* Zero is not a version, and cannot undo a mitigation */
	{ PSCI_VERSION_REG, PSCI_VERSION_REG, FEATURE | VM, GROUP_FW },
	{ FW_REG(1), FW_REG(3), FEATURE | VM, GROUP_FW },

	/* These reset to on, and kernels without them have the services */
	{ FW_FEAT_BMAP_REG(0), FW_FEAT_BMAP_REG(2), FEATURE | VM, GROUP_FW },
	{ VENDOR_HYP_BMAP_2, VENDOR_HYP_BMAP_2, FEATURE | OPTIONAL | VM, GROUP_FW },

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
};

struct cap {
	long nr;
	const char *name;
};

#define CAP(c)	{ c, #c }

struct config {
	const char *name;
	u32 features;
	struct cap caps[2];
};

enum { PLAIN, PMU, SVE, PAUTH, EL2, EL2_E2H0, AARCH32 };

static const struct config configs[] = {
	[PLAIN] = { "plain" },
	[PMU] = {
		"PMU",
		BIT(KVM_ARM_VCPU_PMU_V3),
		{ CAP(KVM_CAP_ARM_PMU_V3) },
	},
	[SVE] = {
		"SVE",
		BIT(KVM_ARM_VCPU_SVE),
		{ CAP(KVM_CAP_ARM_SVE) },
	},
	[PAUTH] = {
		"pauth",
		BIT(KVM_ARM_VCPU_PTRAUTH_ADDRESS) | BIT(KVM_ARM_VCPU_PTRAUTH_GENERIC),
		{ CAP(KVM_CAP_ARM_PTRAUTH_ADDRESS), CAP(KVM_CAP_ARM_PTRAUTH_GENERIC) },
	},
	[EL2] = {
		"EL2",
		BIT(KVM_ARM_VCPU_HAS_EL2),
		{ CAP(KVM_CAP_ARM_EL2) },
	},
	[EL2_E2H0] = {
		"EL2 E2H0",
		BIT(KVM_ARM_VCPU_HAS_EL2) | BIT(KVM_ARM_VCPU_HAS_EL2_E2H0),
		{ CAP(KVM_CAP_ARM_EL2), CAP(KVM_CAP_ARM_EL2_E2H0) },
	},
	[AARCH32] = {
		"AArch32",
		BIT(KVM_ARM_VCPU_EL1_32BIT),
		{ CAP(KVM_CAP_ARM_EL1_32BIT) },
	},
};

static bool enable_hcid;

#define ASSERT_ERRNO(call, err)							\
do {										\
	int __ret = (call);							\
										\
	TEST_ASSERT(__ret == -1 && errno == (err),				\
		    "Expected %s to fail with " #err ", got %d (errno %d)",	\
		    #call, __ret, errno);					\
} while (0)

static bool has_sve(const struct config *c)
{
	return c->features & BIT(KVM_ARM_VCPU_SVE);
}

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
	const struct reg_class *class = find_class(reg);

	return class ? class->class : 0;
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

static void finalize_vcpu(struct kvm_vcpu *vcpu, const struct config *c)
{
	int feature = KVM_ARM_VCPU_SVE;

	if (has_sve(c))
		vcpu_ioctl(vcpu, KVM_ARM_VCPU_FINALIZE, &feature);
}

static struct kvm_vcpu *add_vcpu(struct kvm_vm *vm, u32 id, const struct config *c)
{
	struct kvm_vcpu *vcpu = add_unfinalized_vcpu(vm, id, c);

	finalize_vcpu(vcpu, c);
	return vcpu;
}

/* vcpu_get_reg() leaves the upper half of a 32-bit register undefined */
static u64 get_reg(struct kvm_vcpu *vcpu, u64 reg)
{
	u64 val = 0;
	int ret;

	ret = __vcpu_get_reg(vcpu, reg, &val);
	TEST_ASSERT(!ret, "Failed to read 0x%lx, errno %d", reg, errno);

	return val;
}

/* More than any list, so that a write past the count shows */
#define MAX_REGS	1024
#define CANARY		0x5a5a5a5a5a5a5a5aULL

static int __get_list(struct kvm_vcpu *vcpu, struct kvm_reg_list *list, u64 n)
{
	memset(list->reg, (u8)CANARY, MAX_REGS * sizeof(list->reg[0]));
	list->n = n;

	return __vcpu_ioctl(vcpu, KVM_GET_REG_LIST, list);
}

static void assert_untouched_from(struct kvm_reg_list *list, u64 first)
{
	u64 i;

	for (i = first; i < MAX_REGS; i++)
		TEST_ASSERT(list->reg[i] == CANARY, "Unexpected write to reg[%lu]", i);
}

static struct kvm_reg_list *alloc_list(void)
{
	struct kvm_reg_list *list = malloc(sizeof(*list) + MAX_REGS * sizeof(list->reg[0]));

	TEST_ASSERT(list, "Failed to allocate a register list");
	return list;
}

static struct kvm_reg_list *get_list(struct kvm_vcpu *vcpu, u64 filters)
{
	struct kvm_reg_list *list = alloc_list();
	int ret;

	ret = __get_list(vcpu, list, filters | MAX_REGS);
	TEST_ASSERT(!ret, "KVM_GET_REG_LIST with filters 0x%lx failed, errno %d",
		    filters, errno);
	TEST_ASSERT(list->n <= MAX_REGS, "Not a plain count: 0x%llx", list->n);
	assert_untouched_from(list, list->n);

	return list;
}

static bool lists_equal(const struct kvm_reg_list *a, const struct kvm_reg_list *b)
{
	return a->n == b->n && !memcmp(a->reg, b->reg, a->n * sizeof(a->reg[0]));
}

static bool list_has(const struct kvm_reg_list *list, u64 reg)
{
	u64 i;

	for (i = 0; i < list->n; i++) {
		if (list->reg[i] == reg)
			return true;
	}

	return false;
}

/* As ever, KVM only looks at the lower half of n */
static void test_not_enabled(const struct config *c)
{
	struct kvm_reg_list *full, *list = alloc_list();
	struct kvm_vm *vm = create_vm(false);
	struct kvm_vcpu *vcpu = add_vcpu(vm, 0, c);

	full = get_list(vcpu, 0);

	TEST_ASSERT(!__get_list(vcpu, list, ~0ULL << 32 | full->n),
		    "The upper half of n is not ignored, errno %d", errno);
	TEST_ASSERT(lists_equal(list, full), "The upper half of n changes the list");
	assert_untouched_from(list, list->n);

	ASSERT_ERRNO(__get_list(vcpu, list, ~0ULL << 32 | (full->n - 1)), E2BIG);
	TEST_ASSERT_EQ(list->n, full->n);
	assert_untouched_from(list, 0);

	kvm_vm_free(vm);
	free(list);
	free(full);
}

static void assert_filtered(const struct kvm_reg_list *full,
			    const struct kvm_reg_list *list, u64 filters)
{
	u64 i, n = 0, nr_bad = 0;
	bool listed, expected;

	for (i = 0; i < full->n; i++) {
		listed = list_has(list, full->reg[i]);
		expected = (reg_class(full->reg[i]) & filters) == filters;
		n += listed;

		if (listed != expected) {
			ksft_print_msg("filters 0x%lx: 0x%llx %s\n", filters,
				       full->reg[i], listed ? "listed" : "missing");
			nr_bad++;
		}
	}

	TEST_ASSERT(!nr_bad, "%lu registers of the wrong class", nr_bad);
	TEST_ASSERT(n == list->n, "%llu registers are not in the full list", list->n - n);
}

static u64 position(const struct kvm_reg_list *list, u64 reg)
{
	u64 i;

	for (i = 0; i < list->n && list->reg[i] != reg; i++)
		;

	return i;
}

/* Group by group, and each group as in the full list */
static void assert_order(const struct kvm_reg_list *full, const struct kvm_reg_list *list)
{
	enum group last, next;
	u64 i;

	for (i = 1; i < list->n; i++) {
		last = find_class(list->reg[i - 1])->group;
		next = find_class(list->reg[i])->group;

		TEST_ASSERT(last < next || (last == next &&
					    position(full, list->reg[i - 1]) <
					    position(full, list->reg[i])),
			    "0x%llx comes before 0x%llx", list->reg[i - 1], list->reg[i]);
	}
}

static void test_classes(const struct config *c)
{
	struct kvm_vm *vm = create_vm(true), *default_vm = create_vm(enable_hcid);
	struct kvm_vcpu *vcpu = add_vcpu(vm, 0, c);
	struct kvm_reg_list *full, *list;
	u64 filters;

	/* The capability by itself changes nothing: the full list is the default one */
	full = get_list(add_vcpu(default_vm, 0, c), 0);
	for (filters = 0; filters <= ALL_FILTERS; filters += FEATURE) {
		list = get_list(vcpu, filters);
		assert_filtered(full, list, filters);
		if (filters)
			assert_order(full, list);
		else
			TEST_ASSERT(lists_equal(list, full), "The full list changes");
		free(list);
	}

	kvm_vm_free(default_vm);
	kvm_vm_free(vm);
	free(full);
}

static void test_capacity(const struct config *c)
{
	struct kvm_reg_list *expected, *list = alloc_list();
	struct kvm_vm *vm = create_vm(true);
	struct kvm_vcpu *vcpu = add_vcpu(vm, 0, c);
	u64 filters, n;

	for (filters = 0; filters <= ALL_FILTERS; filters += FEATURE) {
		expected = get_list(vcpu, filters);
		n = expected->n;

		TEST_ASSERT(!__get_list(vcpu, list, filters | n),
			    "A list of the right size failed, errno %d", errno);
		TEST_ASSERT(lists_equal(list, expected), "The capacity changes the list");
		assert_untouched_from(list, n);

		ASSERT_ERRNO(__get_list(vcpu, list, filters | (n - 1)), E2BIG);
		TEST_ASSERT_EQ(list->n, n);
		assert_untouched_from(list, 0);

		ASSERT_ERRNO(__get_list(vcpu, list, filters), E2BIG);
		TEST_ASSERT_EQ(list->n, n);
		assert_untouched_from(list, 0);

		/* The capacity has 32 bits, and no more */
		TEST_ASSERT(!__get_list(vcpu, list, filters | ~0U),
			    "The largest capacity failed, errno %d", errno);
		TEST_ASSERT(lists_equal(list, expected), "The capacity changes the list");
		assert_untouched_from(list, n);

		free(expected);
	}

	kvm_vm_free(vm);
	free(list);
}

/* Values that differ from the reset value and that KVM accepts */
static const struct {
	u64 reg;
	u64 clear;
	u64 set;
} writes[] = {
	{ PSCI_VERSION_REG, ~0ULL, 0x10000 },
	{ VENDOR_HYP_BMAP_2, 0, BIT(0) },
	{ HCID(6, 1), 0, BIT_ULL(63) },			/* FEATURES_2 */
	{ MIDR_EL1, ~0ULL, 0x12345678 },
	{ REVIDR_EL1, ~0ULL, 0x12345678 },
	{ AIDR_EL1, ~0ULL, 0x12345678 },
	{ CTR_EL0, GENMASK(3, 0), 0 },			/* IminLine */
	{ MPIDR_EL1, 0, GENMASK(7, 0) },		/* Aff0 */
	{ CLIDR_EL1, 0, 4 << 18 },			/* Ctype7: unified */
	{ CCSIDR(0), GENMASK(27, 13), 0x5a << 13 },	/* NumSets */
};

static u64 written_value(struct kvm_vcpu *vcpu, int i)
{
	return (get_reg(vcpu, writes[i].reg) & ~writes[i].clear) | writes[i].set;
}

static void test_optional(const struct config *c)
{
	struct kvm_vm *vm = create_vm(true);
	struct kvm_vcpu *vcpu = add_vcpu(vm, 0, c);
	struct kvm_reg_list *list = get_list(vcpu, OPTIONAL);
	u64 i;

	for (i = 0; i < list->n; i++)
		TEST_ASSERT(!get_reg(vcpu, list->reg[i]), "0x%llx is not zero by itself",
			    list->reg[i]);

	/* Make some of it something else */
	for (i = 0; i < ARRAY_SIZE(writes); i++) {
		if (list_has(list, writes[i].reg))
			vcpu_set_reg(vcpu, writes[i].reg, written_value(vcpu, i));
	}

	for (i = 0; i < list->n; i++) {
		TEST_ASSERT(!__vcpu_set_reg(vcpu, list->reg[i], 0),
			    "0x%llx refuses zero, errno %d", list->reg[i], errno);
		TEST_ASSERT(!get_reg(vcpu, list->reg[i]),
			    "0x%llx is not zero once cleared", list->reg[i]);
	}

	kvm_vm_free(vm);
	free(list);
}

static void test_shared(const struct config *c)
{
	struct kvm_vm *vm = create_vm(true);
	struct kvm_reg_list *full, *features, *list;
	struct kvm_vcpu *vcpu0, *vcpu1;
	u64 i, reg, before, val;
	int ret, nr_ids = 0;

	vm_enable_cap(vm, KVM_CAP_ARM_WRITABLE_IMP_ID_REGS, 0);
	vcpu0 = add_vcpu(vm, 0, c);
	vcpu1 = add_vcpu(vm, 1, c);
	full = get_list(vcpu0, 0);

	for (i = 0; i < ARRAY_SIZE(writes); i++) {
		reg = writes[i].reg;
		if (!list_has(full, reg))
			continue;

		before = get_reg(vcpu1, reg);
		val = written_value(vcpu0, i);
		TEST_ASSERT(val != before, "0x%lx has the value to be written", reg);
		vcpu_set_reg(vcpu0, reg, val);
		TEST_ASSERT(get_reg(vcpu0, reg) == val, "0x%lx did not change", reg);

		if (reg_class(reg) & VM)
			before = val;
		TEST_ASSERT(get_reg(vcpu1, reg) == before,
			    "0x%lx: expected 0x%lx from the other vCPU, got 0x%lx",
			    reg, before, get_reg(vcpu1, reg));
	}

	/* Whatever takes zero must do so for both vCPUs */
	features = get_list(vcpu0, FEATURE);
	list = get_list(vcpu0, VM);
	for (i = 0; i < list->n; i++) {
		reg = list->reg[i];

		before = get_reg(vcpu1, reg);
		ret = __vcpu_set_reg(vcpu0, reg, 0);
		TEST_ASSERT(!ret || !(reg_class(reg) & OPTIONAL),
			    "0x%lx refuses zero, errno %d", reg, errno);

		val = get_reg(vcpu0, reg);
		TEST_ASSERT(get_reg(vcpu1, reg) == val, "0x%lx is not shared", reg);

		/* Only a change shows that it is. Some are there on every machine. */
		if (reg >= FW_FEAT_BMAP_REG(0) && reg <= FW_FEAT_BMAP_REG(3))
			TEST_ASSERT(before && !val, "0x%lx did not change", reg);
		else if (reg >= ID(1, 0) && reg <= ID(7, 7))
			nr_ids += before && !val;
	}
	TEST_ASSERT(nr_ids, "No ID register changed");
	free(list);

	/* With features gone, state may go from the list, but not a feature register */
	list = get_list(vcpu0, FEATURE);
	TEST_ASSERT(lists_equal(list, features), "The features change their own list");

	kvm_vm_free(vm);
	free(list);
	free(features);
	free(full);
}

static int enable_filters(struct kvm_vm *vm, u32 flags, int arg)
{
	struct kvm_enable_cap cap = {
		.cap = KVM_CAP_REG_LIST_FILTER,
		.flags = flags,
	};

	if (arg >= 0)
		cap.args[arg] = 1;

	return __vm_ioctl(vm, KVM_ENABLE_CAP, &cap);
}

static void test_enable(const struct config *c)
{
	struct kvm_reg_list *full, *list = alloc_list();
	struct kvm_vm *vm = create_vm(false);
	struct kvm_vcpu *vcpu;
	int i;

	TEST_ASSERT_EQ(kvm_check_cap(KVM_CAP_REG_LIST_FILTER), GENMASK(NR_FILTERS - 1, 0));
	TEST_ASSERT_EQ(vm_check_cap(vm, KVM_CAP_REG_LIST_FILTER), GENMASK(NR_FILTERS - 1, 0));

	for (i = 0; i < 32; i++)
		ASSERT_ERRNO(enable_filters(vm, BIT(i), -1), EINVAL);
	for (i = 0; i < 4; i++)
		ASSERT_ERRNO(enable_filters(vm, 0, i), EINVAL);

	vcpu = add_vcpu(vm, 0, c);
	ASSERT_ERRNO(enable_filters(vm, 0, -1), EINVAL);

	/* None of these attempts may have had an effect */
	full = get_list(vcpu, 0);
	TEST_ASSERT(!__get_list(vcpu, list, FEATURE | full->n),
		    "KVM_GET_REG_LIST failed, errno %d", errno);
	TEST_ASSERT(lists_equal(list, full), "Filtered without the capability");
	kvm_vm_free(vm);

	vm = create_vm(true);
	TEST_ASSERT(!enable_filters(vm, 0, -1), "Failed to enable twice, errno %d", errno);
	kvm_vm_free(vm);

	free(list);
	free(full);
}

static void test_unknown_filters(const struct config *c)
{
	struct kvm_reg_list *list = alloc_list();
	struct kvm_vm *vm = create_vm(true);
	struct kvm_vcpu *vcpu = add_vcpu(vm, 0, c);
	u64 filters, n;
	int i;

	for (filters = 0; filters <= ALL_FILTERS; filters += FEATURE) {
		for (i = 32 + NR_FILTERS; i < 64; i++) {
			n = filters | BIT_ULL(i) | MAX_REGS;
			ASSERT_ERRNO(__get_list(vcpu, list, n), EINVAL);
			TEST_ASSERT_EQ(list->n, n);
			assert_untouched_from(list, 0);

			/* Whatever the capacity */
			n = filters | BIT_ULL(i);
			ASSERT_ERRNO(__get_list(vcpu, list, n), EINVAL);
			TEST_ASSERT_EQ(list->n, n);
		}
	}

	kvm_vm_free(vm);
	free(list);
}

static void test_bad_pointers(const struct config *c)
{
	struct kvm_vm *vm = create_vm(true);
	struct kvm_vcpu *vcpu = add_vcpu(vm, 0, c);
	size_t size = getpagesize();
	struct kvm_reg_list *list;
	void *pages;
	u64 filters;

	pages = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	TEST_ASSERT(pages != MAP_FAILED, "mmap() failed, errno %d", errno);
	TEST_ASSERT(!mprotect(pages + size, size, PROT_NONE),
		    "mprotect() failed, errno %d", errno);

	for (filters = 0; filters <= ALL_FILTERS; filters += FEATURE) {
		/* Nothing of the list is accessible */
		list = pages + size;
		ASSERT_ERRNO(__vcpu_ioctl(vcpu, KVM_GET_REG_LIST, list), EFAULT);

		/* n is, its registers are not */
		list = pages + size - sizeof(*list);
		list->n = filters | MAX_REGS;
		ASSERT_ERRNO(__vcpu_ioctl(vcpu, KVM_GET_REG_LIST, list), EFAULT);

		/* n is, but cannot be written, and is all there is to write */
		list->n = filters;
		TEST_ASSERT(!mprotect(pages, size, PROT_READ),
			    "mprotect() failed, errno %d", errno);
		ASSERT_ERRNO(__vcpu_ioctl(vcpu, KVM_GET_REG_LIST, list), EFAULT);
		TEST_ASSERT(!mprotect(pages, size, PROT_READ | PROT_WRITE),
			    "mprotect() failed, errno %d", errno);
	}

	munmap(pages, 2 * size);
	kvm_vm_free(vm);
}

static void test_uninitialized(const struct config *c)
{
	struct kvm_reg_list *list = alloc_list();
	struct kvm_vm *vm = create_vm(true);
	struct kvm_vcpu *vcpu = __vm_vcpu_add(vm, 0);
	u64 filters;

	for (filters = 0; filters <= ALL_FILTERS; filters += FEATURE) {
		ASSERT_ERRNO(__get_list(vcpu, list, filters | MAX_REGS), ENOEXEC);
		TEST_ASSERT_EQ(list->n, filters | MAX_REGS);
		assert_untouched_from(list, 0);
	}

	kvm_vm_free(vm);
	free(list);
}

static void test_unfinalized(const struct config *c)
{
	u64 vls[KVM_ARM64_SVE_VLS_WORDS] = { 1 }, vls0[ARRAY_SIZE(vls)];
	u64 vls1_before[ARRAY_SIZE(vls)], vls1[ARRAY_SIZE(vls)];
	struct kvm_one_reg reg = { .id = SVE_VLS, .addr = (u64)vls };
	struct kvm_reg_list *early[1 << NR_FILTERS], *list = alloc_list();
	struct kvm_vm *vm = create_vm(true);
	struct kvm_vcpu *vcpu0, *vcpu1;
	u64 filters;

	vcpu0 = add_unfinalized_vcpu(vm, 0, c);
	vcpu1 = add_unfinalized_vcpu(vm, 1, c);

	/* Only the whole list has what finalization decides on */
	ASSERT_ERRNO(__get_list(vcpu0, list, MAX_REGS), EPERM);
	TEST_ASSERT_EQ(list->n, MAX_REGS);
	assert_untouched_from(list, 0);
	free(list);

	for (filters = FEATURE; filters <= ALL_FILTERS; filters += FEATURE)
		early[filters >> 32] = get_list(vcpu0, filters);

	TEST_ASSERT(list_has(early[FEATURE >> 32], SVE_VLS),
		    "The vector lengths are not a feature");

	/* The one vector length that every implementation has, for one vCPU */
	TEST_ASSERT(!__vcpu_get_reg(vcpu1, SVE_VLS, vls1_before),
		    "Failed to read the vector lengths, errno %d", errno);
	vcpu_ioctl(vcpu0, KVM_SET_ONE_REG, &reg);
	TEST_ASSERT(!__vcpu_get_reg(vcpu0, SVE_VLS, vls0),
		    "Failed to read the vector lengths, errno %d", errno);
	TEST_ASSERT(!memcmp(vls0, vls, sizeof(vls)), "The vector lengths did not change");
	TEST_ASSERT(!__vcpu_get_reg(vcpu1, SVE_VLS, vls1),
		    "Failed to read the vector lengths, errno %d", errno);
	TEST_ASSERT(!memcmp(vls1, vls1_before, sizeof(vls)),
		    "The vector lengths of the other vCPU changed");

	finalize_vcpu(vcpu0, c);
	ASSERT_ERRNO(__vcpu_ioctl(vcpu0, KVM_SET_ONE_REG, &reg), EPERM);

	for (filters = FEATURE; filters <= ALL_FILTERS; filters += FEATURE) {
		list = get_list(vcpu0, filters);
		TEST_ASSERT(lists_equal(list, early[filters >> 32]),
			    "Finalization changes the list of filters 0x%lx", filters);
		free(list);
		free(early[filters >> 32]);
	}

	kvm_vm_free(vm);
}

struct test {
	const char *name;
	void (*fn)(const struct config *c);
	bool any_kernel;
};

/* For every vCPU configuration */
static const struct test config_tests[] = {
	{ "not enabled", test_not_enabled, .any_kernel = true },
	{ "classes", test_classes },
	{ "capacity", test_capacity },
	{ "zero", test_optional },
	{ "shared between vCPUs", test_shared },
};

/* For the first of them, as the configuration makes no difference */
static const struct test plain_tests[] = {
	{ "enable", test_enable },
	{ "unknown filters", test_unknown_filters },
	{ "bad pointers", test_bad_pointers },
	{ "uninitialized vCPU", test_uninitialized },
};

static const struct test sve_tests[] = {
	{ "unfinalized vCPU", test_unfinalized },
};

static void run_tests(const struct config *c, const struct test *tests, int nr)
{
	static const struct cap filter_cap = CAP(KVM_CAP_REG_LIST_FILTER);
	static const struct cap hcid_cap = CAP(KVM_CAP_ARM_HCID);
	const char *missing, *hcid = enable_hcid ? " with HCID" : "";
	int i, j;

	for (i = 0; i < nr; i++) {
		missing = NULL;

		for (j = 0; j < ARRAY_SIZE(c->caps) && c->caps[j].name; j++) {
			if (!kvm_has_cap(c->caps[j].nr))
				missing = c->caps[j].name;
		}

		if (!tests[i].any_kernel && !kvm_has_cap(filter_cap.nr))
			missing = filter_cap.name;

		if (enable_hcid && !kvm_has_cap(hcid_cap.nr))
			missing = hcid_cap.name;

		if (missing) {
			ksft_test_result_skip("%s%s: %s: no %s\n", c->name, hcid,
					      tests[i].name, missing);
			continue;
		}

		tests[i].fn(c);
		ksft_test_result_pass("%s%s: %s\n", c->name, hcid, tests[i].name);
	}
}

int main(void)
{
	int i;

	ksft_print_header();
	ksft_set_plan((ARRAY_SIZE(configs) + 1) * ARRAY_SIZE(config_tests) +
		      ARRAY_SIZE(plain_tests) + ARRAY_SIZE(sve_tests));

	run_tests(&configs[PLAIN], plain_tests, ARRAY_SIZE(plain_tests));
	run_tests(&configs[SVE], sve_tests, ARRAY_SIZE(sve_tests));
	for (i = 0; i < ARRAY_SIZE(configs); i++)
		run_tests(&configs[i], config_tests, ARRAY_SIZE(config_tests));

	/* No vCPU feature has a say in these registers */
	enable_hcid = true;
	run_tests(&configs[PLAIN], config_tests, ARRAY_SIZE(config_tests));

	ksft_finished();
}
