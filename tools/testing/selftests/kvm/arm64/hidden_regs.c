// SPDX-License-Identifier: GPL-2.0-only
/*
 * hidden_regs - Check writes to the registers of features that a VM lacks.
 *
 * Older kernels list some of these, and what they hold must be accepted in
 * order to restore their VMs: the reset value, and nothing else.
 */
#include <perf/arm_pmuv3.h>

#include "kvm_util.h"
#include "processor.h"
#include "test_util.h"

/* What KVM resets registers to that are architecturally UNKNOWN */
#define UNKNOWN		0x1de7ec7edbadc0deULL

#define PMU		BIT(KVM_ARM_VCPU_PMU_V3)
#define SVE		BIT(KVM_ARM_VCPU_SVE)
#define PAUTH		(BIT(KVM_ARM_VCPU_PTRAUTH_ADDRESS) | BIT(KVM_ARM_VCPU_PTRAUTH_GENERIC))
#define EL2		BIT(KVM_ARM_VCPU_HAS_EL2)
#define MTE		BIT(31)		/* not a vCPU feature, but a capability of the VM */

/* A feature that can be left out: either of the vCPU, or a field of an ID register */
struct feature {
	const char *name;
	u32 features;
	u32 id_reg;
	u64 mask;
};

#define VCPU_FEATURE(f)		{ .name = #f, .features = f }
#define ID_FEATURE(reg, field)						\
	{ .name = #field, .id_reg = SYS_##reg, .mask = reg##_##field##_MASK }

static const struct feature features[] = {
	VCPU_FEATURE(PMU),
	VCPU_FEATURE(SVE),
	VCPU_FEATURE(PAUTH),
	VCPU_FEATURE(MTE),
	VCPU_FEATURE(EL2),
	ID_FEATURE(ID_AA64MMFR0_EL1, FGT),
	ID_FEATURE(ID_AA64MMFR3_EL1, TCRX),
	ID_FEATURE(ID_AA64MMFR3_EL1, SCTLRX),
	ID_FEATURE(ID_AA64MMFR3_EL1, S1PIE),
	ID_FEATURE(ID_AA64MMFR3_EL1, S1POE),
	ID_FEATURE(ID_AA64PFR2_EL1, FPMR),
};

/* What is left of UNKNOWN where only some of the bits exist */
static const u64 unknown_masks[] = {
	GENMASK_ULL(63, 0),
	GENMASK_ULL(31, 0),
	BIT_ULL(31),				/* of the PMU's counters */
	GENMASK_ULL(4, 0),			/* PMSELR_EL0.SEL */
};

/*
 * What these hold must never change, and can be checked without the feature on
 * the machine. 6.12 lists the first three to all VMs.
 */
static const struct known_reg {
	u32 id;
	u32 id_reg;
	u64 mask;
	u64 val;
} known_regs[] = {
	{ SYS_TCR2_EL1, SYS_ID_AA64MMFR3_EL1, ID_AA64MMFR3_EL1_TCRX_MASK, 0 },
	{ SYS_PIRE0_EL1, SYS_ID_AA64MMFR3_EL1, ID_AA64MMFR3_EL1_S1PIE_MASK, UNKNOWN },
	{ SYS_PIR_EL1, SYS_ID_AA64MMFR3_EL1, ID_AA64MMFR3_EL1_S1PIE_MASK, UNKNOWN },
	{ SYS_SCTLR2_EL1, SYS_ID_AA64MMFR3_EL1, ID_AA64MMFR3_EL1_SCTLRX_MASK, 0 },
	{ SYS_POR_EL1, SYS_ID_AA64MMFR3_EL1, ID_AA64MMFR3_EL1_S1POE_MASK, UNKNOWN },
	{ SYS_POR_EL0, SYS_ID_AA64MMFR3_EL1, ID_AA64MMFR3_EL1_S1POE_MASK, UNKNOWN },
};

static u32 all_features(void)
{
	u32 all = 0;

	if (kvm_has_cap(KVM_CAP_ARM_PMU_V3))
		all |= PMU;
	if (kvm_has_cap(KVM_CAP_ARM_SVE))
		all |= SVE;
	if (kvm_has_cap(KVM_CAP_ARM_PTRAUTH_ADDRESS) && kvm_has_cap(KVM_CAP_ARM_PTRAUTH_GENERIC))
		all |= PAUTH;
	if (kvm_has_cap(KVM_CAP_ARM_MTE))
		all |= MTE;
	if (kvm_has_cap(KVM_CAP_ARM_EL2))
		all |= EL2;

	return all;
}

static struct kvm_vcpu *create_vcpu(u32 features)
{
	struct kvm_vm *vm = vm_create_barebones();
	struct kvm_vcpu_init init = {};
	int sve = KVM_ARM_VCPU_SVE;
	struct kvm_vcpu *vcpu;

	if (features & MTE)
		vm_enable_cap(vm, KVM_CAP_ARM_MTE, 0);

	vcpu = __vm_vcpu_add(vm, 0);
	vm_ioctl(vm, KVM_ARM_PREFERRED_TARGET, &init);
	init.features[0] |= BIT(KVM_ARM_VCPU_PSCI_0_2) | (features & ~MTE);
	vcpu_ioctl(vcpu, KVM_ARM_VCPU_INIT, &init);
	if (features & SVE)
		vcpu_ioctl(vcpu, KVM_ARM_VCPU_FINALIZE, &sve);

	return vcpu;
}

/* Returns whether the value is accepted, which a hidden register never shows */
static bool try_reg(struct kvm_vcpu *vcpu, u64 id, u64 val)
{
	int ret = __vcpu_set_reg(vcpu, id, val);
	u64 dummy;

	TEST_ASSERT(!ret || errno == ENOENT, "Writing 0x%lx to 0x%lx: errno %d", val, id, errno);
	TEST_ASSERT(__vcpu_get_reg(vcpu, id, &dummy) && errno == ENOENT,
		    "0x%lx can be read", id);

	return !ret;
}

/* The value is taken, and no other one */
static void check_value(struct kvm_vcpu *vcpu, u64 id, u64 val)
{
	int i;

	for (i = 0; i < 64; i++)
		TEST_ASSERT(!try_reg(vcpu, id, val ^ BIT_ULL(i)), "0x%lx takes 0x%llx",
			    id, val ^ BIT_ULL(i));
	TEST_ASSERT(try_reg(vcpu, id, val), "0x%lx doesn't take 0x%lx", id, val);
}

/*
 * @full: the vCPU with the register, which may show another value, as PMCR_EL0
 *        does of the number of counters
 */
static void check_hidden_reg(struct kvm_vcpu *vcpu, struct kvm_vcpu *full, u64 id)
{
	u64 candidates[ARRAY_SIZE(unknown_masks) + 3] = { 0, vcpu_get_reg(full, id) };
	int i, nr_taken = 0;
	u64 taken = 0;

	/* PMCR_EL0 of a VM without counters still has LC, if there is no AArch32 */
	candidates[2] = candidates[1] & ~ARMV8_PMU_PMCR_N;
	for (i = 0; i < ARRAY_SIZE(unknown_masks); i++)
		candidates[i + 3] = UNKNOWN & unknown_masks[i];

	for (i = 0; i < ARRAY_SIZE(candidates); i++) {
		if (!try_reg(vcpu, id, candidates[i]))
			continue;
		TEST_ASSERT(!nr_taken || candidates[i] == taken, "0x%lx takes 0x%lx and 0x%lx",
			    id, taken, candidates[i]);
		taken = candidates[i];
		nr_taken++;
	}

	/* There is nothing in these that could be the same, or it can be the host's */
	if (id == KVM_ARM64_SYS_REG(SYS_PMMIR_EL1) || id == KVM_ARM64_SYS_REG(SYS_PMSWINC_EL0) ||
	    id == KVM_ARM64_SYS_REG(SYS_FPMR)) {
		TEST_ASSERT(!nr_taken, "0x%lx takes 0x%lx", id, taken);
		return;
	}

	TEST_ASSERT(nr_taken, "0x%lx doesn't take its reset value (0x%lx with the feature)",
		    id, candidates[1]);
	check_value(vcpu, id, taken);
}

/* Nothing that a VM never has may be written, whatever it holds */
static void check_never_listed(struct kvm_vcpu *vcpu)
{
	static const u32 ids[] = { SYS_ICH_HCR_EL2, SYS_ICH_VMCR_EL2, SYS_ICH_LR0_EL2 };
	int i;

	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		TEST_ASSERT(!try_reg(vcpu, KVM_ARM64_SYS_REG(ids[i]), 0),
			    "0x%x can be written", ids[i]);
		TEST_ASSERT(!try_reg(vcpu, KVM_ARM64_SYS_REG(ids[i]), UNKNOWN),
			    "0x%x can be written", ids[i]);
	}
}

static void test_known(const struct known_reg *reg)
{
	u64 id_reg = KVM_ARM64_SYS_REG(reg->id_reg);
	struct kvm_vcpu *vcpu = create_vcpu(0);

	vcpu_set_reg(vcpu, id_reg, vcpu_get_reg(vcpu, id_reg) & ~reg->mask);
	check_value(vcpu, KVM_ARM64_SYS_REG(reg->id), reg->val);
	ksft_test_result_pass("0x%lx: 0x%lx\n", (u64)KVM_ARM64_SYS_REG(reg->id), reg->val);
	kvm_vm_free(vcpu->vm);
}

/* Whatever it holds, which can be what a task of the host has there */
static void test_fpmr(void)
{
	u64 id_reg = KVM_ARM64_SYS_REG(SYS_ID_AA64PFR2_EL1);
	struct kvm_vcpu *vcpu = create_vcpu(0);

	vcpu_set_reg(vcpu, id_reg, vcpu_get_reg(vcpu, id_reg) & ~ID_AA64PFR2_EL1_FPMR_MASK);
	TEST_ASSERT(!try_reg(vcpu, KVM_ARM64_SYS_REG(SYS_FPMR), 0), "FPMR can be written");
	ksft_test_result_pass("FPMR\n");
	kvm_vm_free(vcpu->vm);
}

static void test_feature(const struct feature *feat, u32 all)
{
	struct kvm_reg_list *full_list, *list, *after;
	struct kvm_vcpu *full, *vcpu;
	int i, nr_hidden = 0;
	u64 val;

	if ((feat->features & all) != feat->features) {
		ksft_test_result_skip("%s: not on this machine\n", feat->name);
		return;
	}

	full = create_vcpu(all);
	vcpu = create_vcpu(all & ~feat->features);
	if (feat->id_reg) {
		val = vcpu_get_reg(vcpu, KVM_ARM64_SYS_REG(feat->id_reg));
		vcpu_set_reg(vcpu, KVM_ARM64_SYS_REG(feat->id_reg), val & ~feat->mask);
	}

	full_list = vcpu_get_reg_list(full);
	list = vcpu_get_reg_list(vcpu);

	for (i = 0; i < full_list->n; i++) {
		if (kvm_reg_list_has(list, full_list->reg[i]) ||
		    (full_list->reg[i] & KVM_REG_ARM_COPROC_MASK) != KVM_REG_ARM64_SYSREG)
			continue;

		check_hidden_reg(vcpu, full, full_list->reg[i]);
		nr_hidden++;
	}

	check_never_listed(vcpu);

	after = vcpu_get_reg_list(vcpu);
	TEST_ASSERT(after->n == list->n &&
		    !memcmp(after->reg, list->reg, list->n * sizeof(list->reg[0])),
		    "The writes changed the list");

	if (nr_hidden)
		ksft_test_result_pass("%s: %d registers\n", feat->name, nr_hidden);
	else
		ksft_test_result_skip("%s: hides nothing on this machine\n", feat->name);

	free(after);
	free(list);
	free(full_list);
	kvm_vm_free(vcpu->vm);
	kvm_vm_free(full->vm);
}

int main(void)
{
	u32 all = all_features();
	int i;

	ksft_print_header();
	ksft_set_plan(ARRAY_SIZE(known_regs) + 1 + 2 * ARRAY_SIZE(features));

	for (i = 0; i < ARRAY_SIZE(known_regs); i++)
		test_known(&known_regs[i]);
	test_fpmr();

	for (i = 0; i < ARRAY_SIZE(features); i++)
		test_feature(&features[i], all & ~EL2);

	/* With EL2 in the guest, most features have registers of EL2 as well */
	for (i = 0; i < ARRAY_SIZE(features); i++)
		test_feature(&features[i], all);

	ksft_finished();
}
