// SPDX-License-Identifier: GPL-2.0-only
/*
 * hcid - Check the hypercall identity registers.
 *
 * By default the whole register range is RAZ/WI, unlisted and without effect.
 * With KVM_CAP_ARM_HCID, a window of it is listed and enables one SMCCC service
 * per bit; the first one lets the guest list its services.
 */
#include <linux/arm-smccc.h>

#include "kvm_test_harness.h"
#include "kvm_util.h"
#include "processor.h"
#include "test_util.h"
#include "ucall_common.h"

/*
 * Do NOT replace these constants with the ones of the UAPI headers. They are
 * hardcoded here to detect any potential breakage of the ABI.
 */
#define HCID_REG(n)		(0x6030000000140000ULL | (n))
#define HCID_FIRST		0x1000
#define HCID_LAST		0x1fff
#define HCID_WINDOW_SIZE	32
#define HCID_RANGE		1

/* Owners Arch, Standard, Standard Hyp and Vendor Hyp, words 0 to 7 of each */
static const u8 owners[] = { 0, 4, 5, 6 };

#define NR_WORDS		8

/* Vendor Hyp function 127 is bit 63 of word 1 */
#define FEATURES_2		0x8600007fU
#define FEATURES_2_REG		HCID_REG(0x1181)
#define FEATURES_2_BIT		BIT_ULL(63)

#define KVM_FEATURES		0x86000000U

/* Every service that this test knows of: the bits that KVM must accept */
static u64 supported_bits(u64 reg)
{
	return reg == FEATURES_2_REG ? FEATURES_2_BIT : 0;
}

static u64 window_reg(int i)
{
	return HCID_REG(HCID_FIRST + (owners[i / NR_WORDS] << 6) + i % NR_WORDS);
}

static void set_reg(struct kvm_vcpu *vcpu, u64 id, u64 val, int err)
{
	int ret = __vcpu_set_reg(vcpu, id, val);

	TEST_ASSERT(err ? ret == -1 && errno == err : !ret,
		    "Setting 0x%lx to 0x%lx: wanted errno %d, got %d (errno %d)",
		    id, val, err, ret, errno);
}

static void check_reg(struct kvm_vcpu *vcpu, u64 id, u64 val)
{
	u64 got = vcpu_get_reg(vcpu, id);

	TEST_ASSERT(got == val, "Reading 0x%lx: wanted 0x%lx, got 0x%lx", id, val, got);
}

static struct kvm_vm *create_vm(bool hcid, struct kvm_vcpu *vcpus[2])
{
	struct kvm_vm *vm = vm_create(2);
	struct kvm_vcpu_init init;
	int i;

	if (hcid) {
		vm_enable_cap(vm, KVM_CAP_REG_LIST_FILTER, 0);
		vm_enable_cap(vm, KVM_CAP_ARM_HCID, 0);
	}

	kvm_get_default_vcpu_target(vm, &init);
	init.features[0] |= BIT(KVM_ARM_VCPU_PSCI_0_2);

	for (i = 0; i < 2; i++)
		vcpus[i] = aarch64_vcpu_add(vm, i, &init, NULL);

	kvm_arch_vm_finalize_vcpus(vm);
	return vm;
}

static void run_guest(struct kvm_vcpu *vcpu)
{
	struct ucall uc;

	vcpu_run(vcpu);

	switch (get_ucall(vcpu, &uc)) {
	case UCALL_SYNC:
		break;
	case UCALL_ABORT:
		REPORT_GUEST_ASSERT(uc);
		break;
	default:
		TEST_FAIL("Unknown ucall %lu", uc.cmd);
	}
}

static bool use_smc;

static void guest_smccc(u32 func, u64 arg1, u64 arg2, struct arm_smccc_res *res)
{
	if (use_smc)
		smccc_smc(func, arg1, arg2, 0, 0, 0, 0, 0, res);
	else
		smccc_hvc(func, arg1, arg2, 0, 0, 0, 0, 0, res);
}

static void guest_expect(u32 func, u64 arg1, u64 arg2, u64 a0, u64 a1, u64 a2, u64 a3)
{
	struct arm_smccc_res res;

	guest_smccc(func, arg1, arg2, &res);
	__GUEST_ASSERT(res.a0 == a0 && res.a1 == a1 && res.a2 == a2 && res.a3 == a3,
		       "0x%x(0x%lx, 0x%lx): wanted %lx %lx %lx %lx, got %lx %lx %lx %lx",
		       func, arg1, arg2, a0, a1, a2, a3, res.a0, res.a1, res.a2, res.a3);
}

static void guest_expect_denied(u32 func, u64 arg1, u64 arg2)
{
	guest_expect(func, arg1, arg2, SMCCC_RET_NOT_SUPPORTED, 0, 0, 0);
}

static void guest_features_2_off(void)
{
	int i, word;

	for (;;) {
		for (i = 0; i < ARRAY_SIZE(owners); i++) {
			for (word = 0; word <= NR_WORDS; word++)
				guest_expect_denied(FEATURES_2, owners[i], word);
		}

		guest_expect(KVM_FEATURES, 0, 0, 3, 0, 0, 0);
		GUEST_SYNC(0);
	}
}

FIXTURE(default_vm)
{
	struct kvm_vcpu *vcpus[2];
	struct kvm_vm *vm;
};

FIXTURE_SETUP(default_vm)
{
	self->vm = create_vm(false, self->vcpus);
	write_guest_global(self->vm, use_smc, vcpu_has_el2(self->vcpus[0]));
	vcpu_arch_set_entry_point(self->vcpus[0], guest_features_2_off);
}

FIXTURE_TEARDOWN(default_vm)
{
	kvm_vm_free(self->vm);
}

static void check_raz_wi(struct kvm_vcpu *vcpu)
{
	int n;

	for (n = HCID_FIRST; n <= HCID_LAST; n++) {
		check_reg(vcpu, HCID_REG(n), 0);
		set_reg(vcpu, HCID_REG(n), ~0ULL, 0);
		check_reg(vcpu, HCID_REG(n), 0);
	}

	/* There is nothing on either side, which is where owner 64 would be */
	set_reg(vcpu, HCID_REG(HCID_FIRST - 1), 0, ENOENT);
	set_reg(vcpu, KVM_REG_ARM_HCID(64, 0), 0, ENOENT);
}

/* Nor do the guest's calls change, by writes before and after it first ran */
TEST_F(default_vm, raz_wi)
{
	check_raz_wi(self->vcpus[0]);
	run_guest(self->vcpus[0]);
	check_raz_wi(self->vcpus[0]);
	check_raz_wi(self->vcpus[1]);
	run_guest(self->vcpus[0]);
}

static void expect_cap_invalid(struct kvm_vm *vm, struct kvm_enable_cap cap)
{
	int ret = __vm_ioctl(vm, KVM_ENABLE_CAP, &cap);

	TEST_ASSERT(ret == -1 && errno == EINVAL, "Capability %u: got %d (errno %d)",
		    cap.cap, ret, errno);
}

TEST(enable_cap)
{
	struct kvm_vm *vm = vm_create_barebones();
	struct kvm_enable_cap cap = { .cap = KVM_CAP_ARM_HCID };
	int i;

	TEST_ASSERT_EQ(kvm_check_cap(KVM_CAP_ARM_HCID), HCID_WINDOW_SIZE);
	TEST_ASSERT_EQ(vm_check_cap(vm, KVM_CAP_ARM_HCID), HCID_WINDOW_SIZE);

	/* Nobody could tell the registers from state without the filters */
	expect_cap_invalid(vm, cap);
	vm_enable_cap(vm, KVM_CAP_REG_LIST_FILTER, 0);

	for (i = 0; i < ARRAY_SIZE(cap.args); i++) {
		cap.args[i] = 1;
		expect_cap_invalid(vm, cap);
		cap.args[i] = 0;
	}

	cap.flags = 1;
	expect_cap_invalid(vm, cap);

	vm_enable_cap(vm, KVM_CAP_ARM_HCID, 0);
	vm_enable_cap(vm, KVM_CAP_ARM_HCID, 0);
	kvm_vm_free(vm);
}

TEST(enable_cap_after_vcpu)
{
	struct kvm_vm *vm = vm_create_barebones();

	vm_enable_cap(vm, KVM_CAP_REG_LIST_FILTER, 0);
	__vm_vcpu_add(vm, 0);
	expect_cap_invalid(vm, (struct kvm_enable_cap) { .cap = KVM_CAP_ARM_HCID });
	kvm_vm_free(vm);
}

/* What a protected VM has is not for the host to choose */
TEST(enable_cap_protected_vm)
{
	static const u32 caps[] = { KVM_CAP_REG_LIST_FILTER, KVM_CAP_ARM_HCID };
	struct kvm_enable_cap cap;
	int kvm_fd, vm_fd, i, ret;

	kvm_fd = open_kvm_dev_path_or_exit();
	vm_fd = __kvm_ioctl(kvm_fd, KVM_CREATE_VM, (void *)KVM_VM_TYPE_ARM_PROTECTED);
	if (vm_fd < 0)
		SKIP(return, "No protected VMs, errno %d", errno);

	for (i = 0; i < ARRAY_SIZE(caps); i++) {
		cap = (struct kvm_enable_cap) { .cap = caps[i] };
		TEST_ASSERT_EQ(__kvm_ioctl(vm_fd, KVM_CHECK_EXTENSION, (void *)(long)caps[i]), 0);
		ret = __kvm_ioctl(vm_fd, KVM_ENABLE_CAP, &cap);
		TEST_ASSERT(ret == -1 && errno == EINVAL,
			    "Capability %u: got %d (errno %d)", caps[i], ret, errno);
	}

	close(vm_fd);
	close(kvm_fd);
}

FIXTURE(hcid)
{
	struct kvm_vcpu *vcpus[2];
	struct kvm_vm *vm;
};

FIXTURE_SETUP(hcid)
{
	self->vm = create_vm(true, self->vcpus);
	write_guest_global(self->vm, use_smc, vcpu_has_el2(self->vcpus[0]));
}

FIXTURE_TEARDOWN(hcid)
{
	kvm_vm_free(self->vm);
}

/* get-reg-list knows what is listed, and not in which order */
TEST_F(hcid, order)
{
	struct kvm_reg_list *list = vcpu_get_reg_list(self->vcpus[0]);
	int i, n = 0;

	for (i = 0; i < list->n && n < HCID_WINDOW_SIZE; i++)
		n += list->reg[i] == window_reg(n);

	TEST_ASSERT(n == HCID_WINDOW_SIZE, "%d registers, then one is missing or out of order", n);
	free(list);
}

TEST_F(hcid, wrong_size)
{
	static const u64 ids[] = { HCID_REG(HCID_FIRST), FEATURES_2_REG, HCID_REG(HCID_LAST) };
	const u64 step = 1ULL << KVM_REG_SIZE_SHIFT;
	u64 size, id, buf[32] = {};
	int i;

	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		for (size = KVM_REG_SIZE_U8; size <= KVM_REG_SIZE_U2048; size += step) {
			if (size == KVM_REG_SIZE_U64)
				continue;

			id = (ids[i] & ~KVM_REG_SIZE_MASK) | size;
			TEST_ASSERT(__vcpu_get_reg(self->vcpus[0], id, buf) == -1 &&
				    errno == ENOENT, "Reading 0x%lx: errno %d", id, errno);
			set_reg(self->vcpus[0], id, 0, ENOENT);
		}
	}
}

static void check_unsupported_bits(struct kvm_vcpu *vcpu, u64 reg, u64 val)
{
	check_reg(vcpu, reg, val);
	set_reg(vcpu, reg, BIT_ULL(reg % 63), EINVAL);
	/* Good bits do not excuse the bad ones */
	set_reg(vcpu, reg, ~0ULL, EINVAL);
	check_reg(vcpu, reg, val);
	set_reg(vcpu, reg, val, 0);
}

/* All of them are reset to zero */
TEST_F(hcid, unsupported_bits)
{
	int n;

	for (n = HCID_FIRST; n <= HCID_LAST; n++)
		check_unsupported_bits(self->vcpus[0], HCID_REG(n), 0);
}

TEST_F(hcid, supported_bits)
{
	struct kvm_vcpu **vcpus = self->vcpus;
	int i;

	/* Until the VM has run, both vCPUs may change their mind */
	for (i = 0; i < 2; i++) {
		set_reg(vcpus[i], FEATURES_2_REG, FEATURES_2_BIT, 0);
		check_reg(vcpus[0], FEATURES_2_REG, FEATURES_2_BIT);
		check_reg(vcpus[1], FEATURES_2_REG, FEATURES_2_BIT);
		set_reg(vcpus[i], FEATURES_2_REG, 0, 0);
		check_reg(vcpus[0], FEATURES_2_REG, 0);
		check_reg(vcpus[1], FEATURES_2_REG, 0);
	}
}

static void get_masks(struct kvm_vm *vm, u64 masks[HCID_WINDOW_SIZE + 1])
{
	struct reg_mask_range range = { .addr = (u64)masks, .range = HCID_RANGE };
	int i;

	TEST_ASSERT_EQ(vm_check_cap(vm, KVM_CAP_ARM_SUPPORTED_REG_MASK_RANGES), 3);

	/* Not the value of any mask, so that each of them has to be written, and no more */
	for (i = 0; i <= HCID_WINDOW_SIZE; i++)
		masks[i] = 0x5a5a;
	vm_ioctl(vm, KVM_ARM_GET_REG_WRITABLE_MASKS, &range);
	TEST_ASSERT_EQ(masks[HCID_WINDOW_SIZE], 0x5a5a);
}

/* The masks do not depend on the VM, so that a VMM can look before it opts in */
TEST_F(default_vm, masks)
{
	u64 masks[HCID_WINDOW_SIZE + 1];
	int i;

	get_masks(self->vm, masks);
	for (i = 0; i < HCID_WINDOW_SIZE; i++)
		TEST_ASSERT_EQ(masks[i], supported_bits(window_reg(i)));
}

/* A bit is in the mask if, and only if, the register accepts it */
TEST_F(hcid, masks)
{
	struct kvm_vcpu *vcpu = self->vcpus[0];
	u64 masks[HCID_WINDOW_SIZE + 1];
	int i, bit;

	get_masks(self->vm, masks);
	for (i = 0; i < HCID_WINDOW_SIZE; i++) {
		for (bit = 0; bit < 64; bit++)
			set_reg(vcpu, window_reg(i), BIT_ULL(bit),
				masks[i] & BIT_ULL(bit) ? 0 : EINVAL);

		/* How a VMM turns on everything that there is */
		set_reg(vcpu, window_reg(i), masks[i], 0);
		check_reg(vcpu, window_reg(i), masks[i]);
		TEST_ASSERT_EQ(masks[i], supported_bits(window_reg(i)));
	}
}

static void guest_sync(void)
{
	GUEST_SYNC(0);
}

/*
 * After the first run of any vCPU, every vCPU accepts the same value, which is
 * what a VMM that restores vCPUs one by one writes, and nothing else.
 */
static void check_frozen(struct kvm_vcpu *vcpus[2], u64 val)
{
	int i;

	set_reg(vcpus[0], FEATURES_2_REG, val, 0);
	vcpu_arch_set_entry_point(vcpus[0], guest_sync);
	run_guest(vcpus[0]);

	for (i = 0; i < 2; i++) {
		set_reg(vcpus[i], FEATURES_2_REG, val ^ FEATURES_2_BIT, EBUSY);
		check_unsupported_bits(vcpus[i], FEATURES_2_REG, val);
		check_unsupported_bits(vcpus[i], HCID_REG(HCID_LAST), 0);
	}
}

TEST_F(hcid, frozen_set)
{
	check_frozen(self->vcpus, FEATURES_2_BIT);
}

TEST_F(hcid, frozen_clear)
{
	check_frozen(self->vcpus, 0);
}

FIXTURE(conduit)
{
	struct kvm_vcpu *vcpus[2];
	struct kvm_vm *vm;
};

FIXTURE_VARIANT(conduit)
{
	bool smc;
};

FIXTURE_VARIANT_ADD(conduit, hvc)
{
	.smc = false,
};

FIXTURE_VARIANT_ADD(conduit, smc)
{
	.smc = true,
};

FIXTURE_SETUP(conduit)
{
	self->vm = create_vm(true, self->vcpus);

	if (!variant->smc && vcpu_has_el2(self->vcpus[0]))
		SKIP(return, "HVC stays inside of a guest that runs at EL2");

	write_guest_global(self->vm, use_smc, variant->smc);
}

FIXTURE_TEARDOWN(conduit)
{
	kvm_vm_free(self->vm);
}

static bool in_window(u32 owner, u32 word)
{
	return (owner == 0 || (owner >= 4 && owner <= 6)) && word < NR_WORDS;
}

/* By the registers' defaults: TRNG, PV_TIME, KVM_FEATURES and PTP, next to FEATURES_2 */
static u64 default_services(u32 owner, u32 word)
{
	switch (owner << 8 | word) {
	case 0x401:
		return BIT_ULL(0x50 - 64);
	case 0x500:
		return BIT_ULL(0x20);
	case 0x600:
		return 3;
	case 0x601:
		return FEATURES_2_BIT;
	default:
		return 0;
	}
}

static void guest_features_2_on(void)
{
	static const u64 outside[][2] = {
		{ 64, 0 }, { 64 + 6, 1 }, { 6, 64 }, { 6, 64 + 1 }, { 0x46, 0x41 },
		{ BIT(31) | 6, 1 }, { 6, BIT(31) | 1 }, { 0x10006, 1 }, { 6, 0x10001 },
	};
	/* Other call types, numbers and owners: only 0x8600007f exists */
	static const u32 others[] = {
		0xc600007f, 0x0600007f, 0x4600007f,
		0x8601007f, 0x8602007f, 0x8680007f, 0x86ff007f,
		0x8600007e, 0x86000080, 0x860000ff, 0x8600807f,
		0x8000007f, 0x8400007f, 0x8500007f, 0x8700007f,
	};
	/* SMC32 arguments are 32 bits wide: the upper halves are to be ignored */
	const u64 junk = 0xdeadbeefULL << 32;
	u32 owner, word;
	u64 val;
	int i;

	for (owner = 0; owner < 64; owner++) {
		for (word = 0; word < 64; word++) {
			val = default_services(owner, word);
			if (in_window(owner, word))
				guest_expect(FEATURES_2, owner | junk, word | junk,
					     SMCCC_RET_SUCCESS, (u32)val, val >> 32, 0);
			else
				guest_expect(FEATURES_2, owner, word,
					     SMCCC_RET_INVALID_PARAMETER, 0, 0, 0);
		}
	}

	for (i = 0; i < ARRAY_SIZE(outside); i++)
		guest_expect(FEATURES_2, outside[i][0], outside[i][1],
			     SMCCC_RET_INVALID_PARAMETER, 0, 0, 0);

	for (i = 0; i < ARRAY_SIZE(others); i++)
		guest_expect_denied(others[i], 6, 1);

	guest_expect(KVM_FEATURES, 0, 0, 3, 0, 0, BIT(31));
	GUEST_SYNC(0);
}

TEST_F(conduit, features_2_off)
{
	vcpu_arch_set_entry_point(self->vcpus[0], guest_features_2_off);
	run_guest(self->vcpus[0]);
}

/* Set through one vCPU, seen by the other one */
TEST_F(conduit, features_2_on)
{
	set_reg(self->vcpus[1], FEATURES_2_REG, FEATURES_2_BIT, 0);
	vcpu_arch_set_entry_point(self->vcpus[0], guest_features_2_on);
	run_guest(self->vcpus[0]);
}

/* The services that can be there or not, as bits of their registers */
static const struct {
	u64 reg;
	u64 bit;
} services[] = {
	{ KVM_REG_ARM_STD_BMAP, BIT(0) },		/* TRNG */
	{ KVM_REG_ARM_STD_HYP_BMAP, BIT(0) },		/* PV_TIME */
	{ KVM_REG_ARM_VENDOR_HYP_BMAP, BIT(0) },	/* UID and KVM_FEATURES */
	{ KVM_REG_ARM_VENDOR_HYP_BMAP, BIT(1) },	/* PTP */
	{ KVM_REG_ARM_VENDOR_HYP_BMAP_2, BIT(0) },	/* DISCOVER_IMPL_VER */
	{ KVM_REG_ARM_VENDOR_HYP_BMAP_2, BIT(1) },	/* DISCOVER_IMPL_CPUS */
};

static u64 guest_services(u32 owner, u32 word)
{
	struct arm_smccc_res res;

	guest_smccc(FEATURES_2, owner, word, &res);
	GUEST_ASSERT_EQ(res.a0, SMCCC_RET_SUCCESS);
	GUEST_ASSERT(!(res.a1 >> 32) && !(res.a2 >> 32) && !res.a3);

	return res.a2 << 32 | res.a1;
}

static bool guest_has(u32 func, u64 arg1)
{
	struct arm_smccc_res res;

	guest_smccc(func, arg1, 0, &res);
	return (long)res.a0 != SMCCC_RET_NOT_SUPPORTED;
}

/* The function that stands for the service of the n-th one */
static u32 first_function(u32 owner, u32 n)
{
	if (owner == 4 && n > 0x50 && n <= 0x53)	/* TRNG */
		return 0x50;
	if (owner == 5 && n == 0x21)			/* PV_TIME_ST */
		return 0x20;

	return n;
}

/* What is reported answers, and what answers is reported */
static void guest_call_all(void)
{
	struct arm_smccc_res res;
	u64 words[NR_WORDS], arg1;
	u32 o, n, func, first;
	bool has;

	for (o = 0; o < ARRAY_SIZE(owners); o++) {
		for (n = 0; n < NR_WORDS; n++)
			words[n] = guest_services(owners[o], n);

		for (n = 0; n < 64 * NR_WORDS; n++) {
			/* SMCCC_VERSION, SMCCC_ARCH_FEATURES and PSCI are not in there */
			if ((owners[o] == 0 && n < 2) || (owners[o] == 4 && n < 0x20))
				continue;

			func = BIT(31) | owners[o] << 24 | n;
			/* PV_TIME_FEATURES wants to know of what */
			arg1 = owners[o] == 5 ? ARM_SMCCC_HV_PV_TIME_ST : 0;
			has = guest_has(func, arg1) || guest_has(func | BIT(30), arg1);
			/* There may be no clock to tell */
			if (!has && func == ARM_SMCCC_VENDOR_HYP_KVM_PTP_FUNC_ID)
				continue;

			first = first_function(owners[o], n);
			__GUEST_ASSERT((words[n / 64] >> n % 64 & 1) == (has && first == n),
				       "0x%x: wrongly reported", func);
			__GUEST_ASSERT(!has || words[first / 64] >> first % 64 & 1,
				       "0x%x answers, and is not reported", func);
		}
	}

	words[0] = guest_services(6, 0);
	words[1] = guest_services(6, 1);
	if (words[0] & 1) {
		guest_smccc(KVM_FEATURES, 0, 0, &res);
		GUEST_ASSERT_EQ(res.a1 << 32 | res.a0, words[0]);
		GUEST_ASSERT_EQ(res.a3 << 32 | res.a2, words[1]);
	}

	GUEST_SYNC(0);
}

/* KVM leaves DISCOVER_IMPL_* to userspace, if the SMCCC filter sends it there */
static void forward_discover_impl(struct kvm_vm *vm, u64 bits)
{
	struct kvm_smccc_filter filter = {
		.base = 0x86000040,
		.nr_functions = 1,
		.action = KVM_SMCCC_FILTER_FWD_TO_USER,
	};
	int i;

	for (i = 0; i < 2; i++, filter.base++) {
		if (bits & BIT(i))
			kvm_device_attr_set(vm->fd, KVM_ARM_VM_SMCCC_CTRL,
					    KVM_ARM_VM_SMCCC_FILTER, &filter);
	}
}

#define ST_GPA		0x40000000

static void check_services(u32 combination)
{
	struct kvm_vcpu *vcpus[2], *vcpu;
	struct kvm_vm *vm;
	u64 gpa = ST_GPA;
	struct ucall uc;
	int i;

	vm = create_vm(true, vcpus);
	vcpu = vcpus[0];
	write_guest_global(vm, use_smc, vcpu_has_el2(vcpu));
	vm_userspace_mem_region_add(vm, VM_MEM_SRC_ANONYMOUS, ST_GPA, 1,
				    vm_calc_num_guest_pages(vm->mode, 64), 0);
	vcpu_device_attr_set(vcpu, KVM_ARM_VCPU_PVTIME_CTRL, KVM_ARM_VCPU_PVTIME_IPA, &gpa);

	set_reg(vcpu, FEATURES_2_REG, FEATURES_2_BIT, 0);
	for (i = 0; i < ARRAY_SIZE(services); i++)
		set_reg(vcpu, services[i].reg, 0, 0);
	for (i = 0; i < ARRAY_SIZE(services); i++) {
		if (combination & BIT(i))
			set_reg(vcpu, services[i].reg,
				vcpu_get_reg(vcpu, services[i].reg) | services[i].bit, 0);
	}
	forward_discover_impl(vm, vcpu_get_reg(vcpu, KVM_REG_ARM_VENDOR_HYP_BMAP_2));

	vcpu_arch_set_entry_point(vcpu, guest_call_all);
	while (vcpu_run(vcpu), vcpu->run->exit_reason == KVM_EXIT_HYPERCALL)
		vcpu_set_reg(vcpu, ARM64_CORE_REG(regs.regs[0]), SMCCC_RET_SUCCESS);

	if (get_ucall(vcpu, &uc) == UCALL_ABORT)
		REPORT_GUEST_ASSERT(uc);
	TEST_ASSERT_EQ(uc.cmd, UCALL_SYNC);

	/* The guest sees the services of the bitmaps there, the VMM doesn't */
	for (i = 0; i < HCID_WINDOW_SIZE; i++)
		check_reg(vcpu, window_reg(i), supported_bits(window_reg(i)));

	kvm_vm_free(vm);
}

FIXTURE(services) {};
FIXTURE_SETUP(services) {}
FIXTURE_TEARDOWN(services) {}

FIXTURE_VARIANT(services)
{
	u32 combination;
};

FIXTURE_VARIANT_ADD(services, none) { .combination = 0 };
FIXTURE_VARIANT_ADD(services, trng) { .combination = BIT(0) };
FIXTURE_VARIANT_ADD(services, pv_time) { .combination = BIT(1) };
FIXTURE_VARIANT_ADD(services, kvm_features) { .combination = BIT(2) };
FIXTURE_VARIANT_ADD(services, ptp) { .combination = BIT(3) };
FIXTURE_VARIANT_ADD(services, discover_impl_ver) { .combination = BIT(4) };
FIXTURE_VARIANT_ADD(services, discover_impl_cpus) { .combination = BIT(5) };
FIXTURE_VARIANT_ADD(services, all) { .combination = GENMASK(5, 0) };

/* No other register has a say in FEATURES_2 */
TEST_F_TIMEOUT(services, reported, 120)
{
	check_services(variant->combination);
}

int main(int argc, char **argv)
{
	TEST_REQUIRE(kvm_has_cap(KVM_CAP_ARM_HCID));

	return test_harness_run(argc, argv);
}
