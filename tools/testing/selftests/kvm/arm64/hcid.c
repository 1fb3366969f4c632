// SPDX-License-Identifier: GPL-2.0-only
/*
 * hcid - Check the hypercall identity registers.
 *
 * By default the whole register range is RAZ/WI, unlisted and without effect.
 * With KVM_CAP_ARM_HCID, a window of it is listed and enables one SMCCC service
 * per bit; the first one lets the guest read the registers.
 */
#include <linux/arm-smccc.h>
#include <sys/mman.h>

#include "kvm_test_harness.h"
#include "kvm_util.h"
#include "probe_vm.h"
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

/* Owners Arch (0), Standard (4), Standard Hyp (5) and Vendor Hyp (6), words 0 to 7 */
static const u16 window_base[] = { 0x1000, 0x1100, 0x1140, 0x1180 };

/* Vendor Hyp function 127 is bit 63 of word 1 */
#define FEATURES_2		0x8600007fU
#define FEATURES_2_REG		HCID_REG(0x1181)
#define FEATURES_2_BIT		BIT_ULL(63)

#define KVM_FEATURES		0x86000000U

/* What the services of the bitmap registers have in FEATURES_2, by their first function */
#define TRNG_BIT		BIT_ULL(0x50 - 64)
#define PV_TIME_BIT		BIT_ULL(0x20)

/* Every service that this test knows of: the bits that KVM must accept */
static u64 supported_bits(u64 reg)
{
	return reg == FEATURES_2_REG ? FEATURES_2_BIT : 0;
}

static u64 window_reg(int i)
{
	return HCID_REG(window_base[i / 8] + i % 8);
}

static bool is_hcid_reg(u64 id)
{
	return id >= HCID_REG(HCID_FIRST) && id <= HCID_REG(HCID_LAST);
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

/* An address of which the first @good bytes can be accessed, and the next ones not */
static u64 bad_pointer(size_t good)
{
	long page_size = getpagesize();
	void *mem;

	mem = mmap(NULL, 2 * page_size, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	TEST_ASSERT(mem != MAP_FAILED, "mmap() failed, errno %d", errno);
	TEST_ASSERT(!mprotect(mem + page_size, page_size, PROT_NONE),
		    "mprotect() failed, errno %d", errno);

	return (u64)mem + page_size - good;
}

static struct kvm_vm *create_vm(bool hcid, struct kvm_vcpu *vcpus[2])
{
	struct kvm_vm *vm = vm_create(2);
	struct kvm_vcpu_init init;
	int i;

	if (hcid)
		vm_enable_cap(vm, KVM_CAP_ARM_HCID, 0);

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
	case UCALL_DONE:
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

FIXTURE(default_vm)
{
	struct kvm_vcpu *vcpus[2];
	struct kvm_vm *vm;
};

FIXTURE_SETUP(default_vm)
{
	self->vm = create_vm(false, self->vcpus);
}

FIXTURE_TEARDOWN(default_vm)
{
	kvm_vm_free(self->vm);
}

static void guest_sync(void)
{
	for (;;)
		GUEST_SYNC(0);
}

static void check_raz_wi(struct kvm_vcpu *vcpu)
{
	int n;

	for (n = HCID_FIRST; n <= HCID_LAST; n++) {
		check_reg(vcpu, HCID_REG(n), 0);
		set_reg(vcpu, HCID_REG(n), ~0ULL, 0);
		check_reg(vcpu, HCID_REG(n), 0);
		set_reg(vcpu, HCID_REG(n), 0, 0);
	}
}

TEST_F(default_vm, raz_wi)
{
	check_raz_wi(self->vcpus[0]);

	vcpu_arch_set_entry_point(self->vcpus[0], guest_sync);
	run_guest(self->vcpus[0]);

	check_raz_wi(self->vcpus[0]);
	check_raz_wi(self->vcpus[1]);
}

static void check_wrong_sizes(struct kvm_vcpu *vcpu)
{
	u8 buf[256] = {};
	struct kvm_one_reg reg = { .addr = (u64)buf };
	const u64 step = 1ULL << KVM_REG_SIZE_SHIFT;
	u64 size;
	int n, ret;

	for (n = HCID_FIRST; n <= HCID_LAST; n++) {
		for (size = KVM_REG_SIZE_U8; size <= KVM_REG_SIZE_U2048; size += step) {
			if (size == KVM_REG_SIZE_U64)
				continue;

			reg.id = (HCID_REG(n) & ~KVM_REG_SIZE_MASK) | size;
			ret = __vcpu_ioctl(vcpu, KVM_GET_ONE_REG, &reg);
			TEST_ASSERT(ret == -1 && errno == ENOENT,
				    "Reading 0x%llx: got %d (errno %d)", reg.id, ret, errno);
			ret = __vcpu_ioctl(vcpu, KVM_SET_ONE_REG, &reg);
			TEST_ASSERT(ret == -1 && errno == ENOENT,
				    "Writing 0x%llx: got %d (errno %d)", reg.id, ret, errno);
		}
	}
}

TEST_F(default_vm, wrong_size)
{
	check_wrong_sizes(self->vcpus[0]);
}

TEST_F(default_vm, not_listed)
{
	struct kvm_reg_list *list = vcpu_get_reg_list(self->vcpus[0]);
	int i;

	for (i = 0; i < list->n; i++)
		TEST_ASSERT(!is_hcid_reg(list->reg[i]), "0x%llx is listed", list->reg[i]);

	free(list);
}

static void check_bad_pointers(struct kvm_vcpu *vcpu)
{
	static const u64 regs[] = { FEATURES_2_REG, HCID_REG(HCID_FIRST), HCID_REG(HCID_LAST) };
	struct kvm_one_reg reg = { .addr = bad_pointer(sizeof(u32)) };
	int i, ret;

	for (i = 0; i < ARRAY_SIZE(regs); i++) {
		reg.id = regs[i];
		ret = __vcpu_ioctl(vcpu, KVM_GET_ONE_REG, &reg);
		TEST_ASSERT(ret == -1 && errno == EFAULT,
			    "Reading 0x%llx: got %d (errno %d)", reg.id, ret, errno);
		ret = __vcpu_ioctl(vcpu, KVM_SET_ONE_REG, &reg);
		TEST_ASSERT(ret == -1 && errno == EFAULT,
			    "Writing 0x%llx: got %d (errno %d)", reg.id, ret, errno);
	}
}

TEST_F(default_vm, bad_pointer)
{
	check_bad_pointers(self->vcpus[0]);
}

static struct arm_smccc_res answers[SMCCC_NR_PROBES];

static void guest_probe(void)
{
	for (;;) {
		smccc_probe_all(answers);
		guest_expect(KVM_FEATURES, 0, 0, 3, 0, 0, 0);
		guest_expect_denied(FEATURES_2, 6, 1);
		GUEST_SYNC(0);
	}
}

static void probe(struct kvm_vm *vm, struct kvm_vcpu *vcpu)
{
	sync_global_to_guest(vm, use_smc);
	run_guest(vcpu);
	sync_global_from_guest(vm, answers);
}

/* The guest must get the same answers before, after, and without the writes */
TEST_F(default_vm, guest_unchanged)
{
	struct arm_smccc_res want[SMCCC_NR_PROBES];
	struct kvm_vcpu *vcpus[2];
	struct kvm_vm *vm;

	use_smc = vcpu_has_el2(self->vcpus[0]);
	vcpu_arch_set_entry_point(self->vcpus[0], guest_probe);
	probe(self->vm, self->vcpus[0]);
	memcpy(want, answers, sizeof(want));

	check_raz_wi(self->vcpus[0]);
	probe(self->vm, self->vcpus[0]);
	TEST_ASSERT(!memcmp(want, answers, sizeof(want)),
		    "Writes after the first run changed what the guest sees");

	vm = create_vm(false, vcpus);
	check_raz_wi(vcpus[0]);
	vcpu_arch_set_entry_point(vcpus[0], guest_probe);
	probe(vm, vcpus[0]);
	TEST_ASSERT(!memcmp(want, answers, sizeof(want)),
		    "Writes before the first run changed what the guest sees");
	kvm_vm_free(vm);
}

TEST(cap_check_extension)
{
	struct kvm_vm *vm = vm_create_barebones();

	TEST_ASSERT_EQ(kvm_check_cap(KVM_CAP_ARM_HCID), HCID_WINDOW_SIZE);
	TEST_ASSERT_EQ(vm_check_cap(vm, KVM_CAP_ARM_HCID), HCID_WINDOW_SIZE);
	kvm_vm_free(vm);
}

TEST(cap_arguments)
{
	struct kvm_vm *vm = vm_create_barebones();
	struct kvm_enable_cap cap;
	int i, ret;

	for (i = 0; i <= ARRAY_SIZE(cap.args); i++) {
		cap = (struct kvm_enable_cap) { .cap = KVM_CAP_ARM_HCID };
		if (i < ARRAY_SIZE(cap.args))
			cap.args[i] = 1;
		else
			cap.flags = 1;

		ret = __vm_ioctl(vm, KVM_ENABLE_CAP, &cap);
		TEST_ASSERT(ret == -1 && errno == EINVAL,
			    "Non-zero args[%d] or flags: got %d (errno %d)", i, ret, errno);
	}

	vm_enable_cap(vm, KVM_CAP_ARM_HCID, 0);
	vm_enable_cap(vm, KVM_CAP_ARM_HCID, 0);
	kvm_vm_free(vm);
}

TEST_F(default_vm, cap_after_vcpu)
{
	int ret = __vm_enable_cap(self->vm, KVM_CAP_ARM_HCID, 0);

	TEST_ASSERT(ret == -1 && errno == EINVAL, "got %d (errno %d)", ret, errno);
	check_raz_wi(self->vcpus[0]);
}

/* What a protected VM has is not for the host to choose */
TEST(cap_protected_vm)
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
}

FIXTURE_TEARDOWN(hcid)
{
	kvm_vm_free(self->vm);
}

/* The list has the window, in order and in one piece, and is otherwise the default one */
TEST_F(hcid, listed)
{
	struct kvm_reg_list *list = vcpu_get_reg_list(self->vcpus[0]), *want;
	struct kvm_vcpu *vcpus[2];
	struct kvm_vm *vm;
	int i, n = 0;

	vm = create_vm(false, vcpus);
	want = vcpu_get_reg_list(vcpus[0]);
	kvm_vm_free(vm);

	TEST_ASSERT_EQ(list->n, want->n + HCID_WINDOW_SIZE);

	for (i = 0; i < list->n; i++) {
		if (n < HCID_WINDOW_SIZE && (n || is_hcid_reg(list->reg[i])))
			TEST_ASSERT_EQ(list->reg[i], window_reg(n++));
		else
			TEST_ASSERT_EQ(list->reg[i], want->reg[i - n]);
	}

	free(want);
	free(list);
}

TEST_F(hcid, reset_value)
{
	int n;

	for (n = HCID_FIRST; n <= HCID_LAST; n++)
		check_reg(self->vcpus[0], HCID_REG(n), 0);
}

TEST_F(hcid, wrong_size)
{
	check_wrong_sizes(self->vcpus[0]);
}

TEST_F(hcid, bad_pointer)
{
	check_bad_pointers(self->vcpus[0]);
}

static void check_unsupported_bits(struct kvm_vcpu *vcpu, u64 reg)
{
	u64 val = vcpu_get_reg(vcpu, reg);
	int bit;

	for (bit = 0; bit < 64; bit++) {
		if (!(supported_bits(reg) & BIT_ULL(bit)))
			set_reg(vcpu, reg, BIT_ULL(bit), EINVAL);
	}

	/* Good bits do not excuse the bad ones */
	set_reg(vcpu, reg, ~0ULL, EINVAL);
	check_reg(vcpu, reg, val);
	set_reg(vcpu, reg, val, 0);
}

TEST_F(hcid, unsupported_bits)
{
	int n;

	for (n = HCID_FIRST; n <= HCID_LAST; n++)
		check_unsupported_bits(self->vcpus[0], HCID_REG(n));
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

static u64 *check_masks(struct kvm_vm *vm)
{
	/* Any more than the masks of the window would not fit */
	struct reg_mask_range range = {
		.addr = bad_pointer(HCID_WINDOW_SIZE * sizeof(u64)),
		.range = HCID_RANGE,
	};
	u64 *masks = (u64 *)range.addr;
	int i;

	TEST_ASSERT_EQ(vm_check_cap(vm, KVM_CAP_ARM_SUPPORTED_REG_MASK_RANGES), 3);

	/* Not the value of any mask, so that each of them has to be written */
	memset(masks, 0x5a, HCID_WINDOW_SIZE * sizeof(u64));
	vm_ioctl(vm, KVM_ARM_GET_REG_WRITABLE_MASKS, &range);

	for (i = 0; i < HCID_WINDOW_SIZE; i++)
		TEST_ASSERT_EQ(masks[i], supported_bits(window_reg(i)));

	return masks;
}

/* The masks do not depend on the VM, so that a VMM can look before it opts in */
TEST_F(default_vm, masks)
{
	check_masks(self->vm);
}

/* A bit is in the mask if, and only if, the register accepts it */
TEST_F(hcid, masks)
{
	struct kvm_vcpu *vcpu = self->vcpus[0];
	u64 *masks = check_masks(self->vm);
	int i, bit;

	for (i = 0; i < HCID_WINDOW_SIZE; i++) {
		for (bit = 0; bit < 64; bit++)
			set_reg(vcpu, window_reg(i), BIT_ULL(bit),
				masks[i] & BIT_ULL(bit) ? 0 : EINVAL);

		/* How a VMM turns on everything that there is */
		set_reg(vcpu, window_reg(i), masks[i], 0);
		check_reg(vcpu, window_reg(i), masks[i]);
	}
}

/*
 * After the first run of any vCPU, every vCPU accepts the same value, which is
 * what a VMM that restores vCPUs one by one writes, and nothing else.
 */
static void check_frozen(struct kvm_vcpu *vcpus[2], u64 val)
{
	u64 reg = FEATURES_2_REG;
	int i, n;

	set_reg(vcpus[0], reg, val, 0);
	vcpu_arch_set_entry_point(vcpus[0], guest_sync);
	run_guest(vcpus[0]);

	for (i = 0; i < 2; i++) {
		set_reg(vcpus[i], reg, val ^ FEATURES_2_BIT, EBUSY);
		check_reg(vcpus[i], reg, val);
		set_reg(vcpus[i], reg, val, 0);

		for (n = 0; n < HCID_WINDOW_SIZE; n++)
			check_unsupported_bits(vcpus[i], window_reg(n));
		set_reg(vcpus[i], HCID_REG(HCID_LAST), 0, 0);
		set_reg(vcpus[i], HCID_REG(HCID_LAST), 1, EINVAL);
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
	return (owner == 0 || (owner >= 4 && owner <= 6)) && word < 8;
}

/* By the registers' defaults: TRNG, PV_TIME, KVM_FEATURES and PTP, next to FEATURES_2 */
static u64 default_services(u32 owner, u32 word)
{
	switch (owner << 8 | word) {
	case 0x401:
		return TRNG_BIT;
	case 0x500:
		return PV_TIME_BIT;
	case 0x600:
		return 3;
	case 0x601:
		return FEATURES_2_BIT;
	default:
		return 0;
	}
}

static void guest_features_2_off(void)
{
	u32 owner, word;

	for (owner = 0; owner < 64; owner++) {
		for (word = 0; word < 64; word++)
			guest_expect_denied(FEATURES_2, owner, word);
	}

	guest_expect(KVM_FEATURES, 0, 0, 3, 0, 0, 0);
	GUEST_DONE();
}

static void guest_features_2_on(void)
{
	static const u64 outside[][2] = {
		{ ~0ULL, 1 }, { 6, ~0ULL }, { ~0ULL, ~0ULL },
		{ 64, 0 }, { 64 + 6, 1 }, { 6, 64 }, { 6, 64 + 1 }, { 7, 0 }, { 0x46, 0x41 },
		{ BIT(31) | 6, 1 }, { 6, BIT(31) | 1 }, { 0x10006, 1 }, { 6, 0x10001 },
	};
	/* The same function by other names: only the 32-bit fast call exists */
	static const u32 others[] = {
		0xc600007f, 0x0600007f, 0x4600007f,
		0x8601007f, 0x8602007f, 0x8680007f, 0x86ff007f,
		0x8600007e, 0x86000080, 0x860000ff, 0x8600807f,
		0x8000007f, 0x8400007f, 0x8500007f, 0x8700007f,
	};
	/* SMC32 arguments are 32 bits wide: the upper halves are to be ignored */
	static const u64 junk[] = { 0, 0xdeadbeef00000000, ~0ULL << 32 };
	u32 owner, word;
	u64 val;
	int i;

	for (i = 0; i < ARRAY_SIZE(junk); i++) {
		for (owner = 0; owner < 64; owner++) {
			for (word = 0; word < 64; word++) {
				val = default_services(owner, word);
				if (in_window(owner, word))
					guest_expect(FEATURES_2, owner | junk[i], word | junk[i],
						     SMCCC_RET_SUCCESS, (u32)val, val >> 32, 0);
				else
					guest_expect(FEATURES_2, owner | junk[i], word | junk[i],
						     SMCCC_RET_INVALID_PARAMETER, 0, 0, 0);
			}
		}
	}

	for (i = 0; i < ARRAY_SIZE(outside); i++)
		guest_expect(FEATURES_2, outside[i][0], outside[i][1],
			     SMCCC_RET_INVALID_PARAMETER, 0, 0, 0);

	for (i = 0; i < ARRAY_SIZE(others); i++)
		guest_expect_denied(others[i], 6, 1);

	guest_expect(KVM_FEATURES, 0, 0, 3, 0, 0, BIT(31));
	GUEST_DONE();
}

static void guest_features_2_alone(void)
{
	guest_expect(FEATURES_2, 6, 1, SMCCC_RET_SUCCESS, 0, BIT(31), 0);
	guest_expect_denied(KVM_FEATURES, 0, 0);
	GUEST_DONE();
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

/* No other register has a say in it */
TEST_F(conduit, features_2_without_bitmaps)
{
	set_reg(self->vcpus[0], FEATURES_2_REG, FEATURES_2_BIT, 0);
	set_reg(self->vcpus[0], KVM_REG_ARM_VENDOR_HYP_BMAP, 0, 0);
	vcpu_arch_set_entry_point(self->vcpus[0], guest_features_2_alone);
	run_guest(self->vcpus[0]);
}

#define ST_GPA		0x40000000

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

	do_smccc(FEATURES_2, owner, word, 0, 0, 0, 0, 0, &res);
	GUEST_ASSERT_EQ(res.a0, SMCCC_RET_SUCCESS);
	GUEST_ASSERT(!(res.a1 >> 32) && !(res.a2 >> 32) && !res.a3);

	return res.a2 << 32 | res.a1;
}

static bool guest_has(u32 func, u64 arg1)
{
	struct arm_smccc_res res;

	do_smccc(func, arg1, 0, 0, 0, 0, 0, 0, &res);
	return (long)res.a0 != SMCCC_RET_NOT_SUPPORTED;
}

/* The number of the function that stands for the service of the n-th one */
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
	static const u8 owners[] = { 0, 4, 5, 6 };
	u64 words[8];
	u32 o, n, func, arg1, first;
	bool has, reported;

	for (o = 0; o < ARRAY_SIZE(owners); o++) {
		for (n = 0; n < ARRAY_SIZE(words); n++)
			words[n] = guest_services(owners[o], n);

		for (n = 0; n < 64 * ARRAY_SIZE(words); n++) {
			/* SMCCC_VERSION, SMCCC_ARCH_FEATURES and PSCI are not in there */
			if ((owners[o] == 0 && n < 2) || (owners[o] == 4 && n < 0x20))
				continue;

			func = BIT(31) | owners[o] << 24 | n;
			/* PV_TIME_FEATURES wants to know of what */
			arg1 = owners[o] == 5 ? ARM_SMCCC_HV_PV_TIME_ST : 0;
			has = guest_has(func, arg1) || guest_has(func | BIT(30), arg1);
			first = first_function(owners[o], n);
			if (!has)
				first = n;
			reported = words[first / 64] >> (first % 64) & 1;
			/* There may be no clock to tell */
			if (has || func != ARM_SMCCC_VENDOR_HYP_KVM_PTP_FUNC_ID)
				GUEST_ASSERT_EQ(reported, has);
		}
	}
}

static void guest_compare_services(bool call_all)
{
	static const u8 owners[] = { 0, 4, 5, 6 };
	static const u32 trng[] = {
		ARM_SMCCC_TRNG_VERSION, ARM_SMCCC_TRNG_GET_UUID,
		ARM_SMCCC_TRNG_RND32, ARM_SMCCC_TRNG_RND64,
	};
	struct arm_smccc_res res;
	u64 words[2], val, known;
	u32 o, word;

	/* Each bit is what the call says by itself, and there are no others */
	for (o = 0; o < ARRAY_SIZE(owners); o++) {
		for (word = 0; word < 8; word++) {
			val = guest_services(owners[o], word);
			known = default_services(owners[o], word);
			if (owners[o] == 6 && word == 1)
				known |= 3;
			GUEST_ASSERT_EQ(val & ~known, 0);
		}
	}

	val = !!(guest_services(4, 1) & TRNG_BIT);
	for (o = 0; o < ARRAY_SIZE(trng); o++)
		GUEST_ASSERT_EQ(val, guest_has(trng[o], 32));
	GUEST_ASSERT_EQ(val, guest_has(ARM_SMCCC_TRNG_FEATURES, ARM_SMCCC_TRNG_RND64));

	val = !!(guest_services(5, 0) & PV_TIME_BIT);
	GUEST_ASSERT_EQ(val, guest_has(ARM_SMCCC_ARCH_FEATURES_FUNC_ID,
				       ARM_SMCCC_HV_PV_TIME_FEATURES));
	GUEST_ASSERT_EQ(val, guest_has(ARM_SMCCC_HV_PV_TIME_FEATURES, ARM_SMCCC_HV_PV_TIME_ST));
	GUEST_ASSERT_EQ(val, guest_has(ARM_SMCCC_HV_PV_TIME_ST, 0));

	words[0] = guest_services(6, 0);
	words[1] = guest_services(6, 1);
	GUEST_ASSERT_EQ(words[0] & 1, guest_has(ARM_SMCCC_VENDOR_HYP_CALL_UID_FUNC_ID, 0));
	GUEST_ASSERT_EQ(words[0] & 1, guest_has(KVM_FEATURES, 0));
	if (!(words[0] & 2))
		GUEST_ASSERT(!guest_has(ARM_SMCCC_VENDOR_HYP_KVM_PTP_FUNC_ID, 0));
	GUEST_ASSERT_EQ(words[1] & 1, guest_has(0x86000040, 0));
	GUEST_ASSERT_EQ(words[1] >> 1 & 1, guest_has(0x86000041, 0));
	GUEST_ASSERT(words[1] & FEATURES_2_BIT);

	if (words[0] & 1) {
		do_smccc(KVM_FEATURES, 0, 0, 0, 0, 0, 0, 0, &res);
		GUEST_ASSERT_EQ(res.a1 << 32 | res.a0, words[0]);
		GUEST_ASSERT_EQ(res.a3 << 32 | res.a2, words[1]);
	}

	if (call_all)
		guest_call_all();

	GUEST_SYNC2(words[0], words[1]);
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

static void check_services(u32 combination)
{
	struct kvm_vcpu *vcpus[2], *vcpu;
	u64 words[2] = {}, gpa = ST_GPA;
	struct kvm_vm *vm;
	struct ucall uc;
	int i;

	vm = create_vm(true, vcpus);
	vcpu = vcpus[0];
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
	words[0] = vcpu_get_reg(vcpu, KVM_REG_ARM_VENDOR_HYP_BMAP);
	words[1] = vcpu_get_reg(vcpu, KVM_REG_ARM_VENDOR_HYP_BMAP_2);
	forward_discover_impl(vm, words[1]);

	vcpu_arch_set_entry_point(vcpu, guest_compare_services);
	/* It takes long, so only with no service and with all of them */
	vcpu_args_set(vcpu, 1, !combination || combination == BIT(ARRAY_SIZE(services)) - 1);
	while (vcpu_run(vcpu), vcpu->run->exit_reason == KVM_EXIT_HYPERCALL)
		vcpu_set_reg(vcpu, ARM64_CORE_REG(regs.regs[0]), SMCCC_RET_SUCCESS);

	if (get_ucall(vcpu, &uc) == UCALL_ABORT)
		REPORT_GUEST_ASSERT(uc);
	TEST_ASSERT_EQ(uc.cmd, UCALL_SYNC);
	TEST_ASSERT_EQ(uc.args[0], words[0]);
	TEST_ASSERT_EQ(uc.args[1], words[1] | FEATURES_2_BIT);

	/* The guest sees the services of the bitmaps there, the VMM doesn't */
	for (i = 0; i < HCID_WINDOW_SIZE; i++)
		check_reg(vcpu, window_reg(i), supported_bits(window_reg(i)));

	kvm_vm_free(vm);
}

TEST(all_services)
{
	u32 combination;

	for (combination = 0; combination < BIT(ARRAY_SIZE(services)); combination++)
		check_services(combination);
}

int main(int argc, char **argv)
{
	TEST_REQUIRE(kvm_has_cap(KVM_CAP_ARM_HCID));

	return test_harness_run(argc, argv);
}
