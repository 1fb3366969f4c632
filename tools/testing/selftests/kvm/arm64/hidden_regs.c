// SPDX-License-Identifier: GPL-2.0-only
/*
 * hidden_regs - Check writes to registers that a VM doesn't have
 *
 * Up to 6.12, KVM listed three of them to every VM. Their reset value must be
 * accepted, to restore what was saved there. Nothing else may be.
 */
#include "kvm_util.h"
#include "processor.h"
#include "test_util.h"

#define UNKNOWN		0x1de7ec7edbadc0deULL

static const struct {
	u32 reg;
	u64 val;
} once_listed[] = {
	{ SYS_TCR2_EL1, 0 },
	{ SYS_PIRE0_EL1, UNKNOWN },
	{ SYS_PIR_EL1, UNKNOWN },
};

/* Of the PMU, pointer authentication, S1POE, FPMR, EL2, and of no VM whatsoever */
static const u32 never_listed[] = {
	SYS_PMCR_EL0, SYS_PMCNTENSET_EL0, SYS_APIAKEYLO_EL1, SYS_POR_EL1, SYS_FPMR,
	SYS_HCR_EL2, SYS_CNTVOFF_EL2, SYS_ICH_HCR_EL2,
};

static void expect_enoent(struct kvm_vcpu *vcpu, u32 reg, u64 val)
{
	TEST_ASSERT(__vcpu_set_reg(vcpu, KVM_ARM64_SYS_REG(reg), val) && errno == ENOENT,
		    "0x%x takes 0x%lx, or fails with another errno: %d", reg, val, errno);
}

static void clear(struct kvm_vcpu *vcpu, u32 id_reg, u64 mask)
{
	u64 id = KVM_ARM64_SYS_REG(id_reg);

	vcpu_set_reg(vcpu, id, vcpu_get_reg(vcpu, id) & ~mask);
}

int main(void)
{
	struct kvm_vm *vm = vm_create_barebones();
	struct kvm_vcpu *vcpu = __vm_vcpu_add(vm, 0);
	struct kvm_reg_list *before, *after;
	struct kvm_vcpu_init init = {};
	u64 id, val;
	int i, bit;

	vm_ioctl(vm, KVM_ARM_PREFERRED_TARGET, &init);
	vcpu_ioctl(vcpu, KVM_ARM_VCPU_INIT, &init);
	clear(vcpu, SYS_ID_AA64MMFR3_EL1, ID_AA64MMFR3_EL1_TCRX_MASK |
	      ID_AA64MMFR3_EL1_S1PIE_MASK | ID_AA64MMFR3_EL1_S1POE_MASK);
	clear(vcpu, SYS_ID_AA64PFR2_EL1, ID_AA64PFR2_EL1_FPMR_MASK);
	before = vcpu_get_reg_list(vcpu);

	for (i = 0; i < ARRAY_SIZE(once_listed); i++) {
		id = KVM_ARM64_SYS_REG(once_listed[i].reg);

		for (bit = 0; bit < 64; bit++)
			expect_enoent(vcpu, once_listed[i].reg, once_listed[i].val ^ BIT_ULL(bit));
		vcpu_set_reg(vcpu, id, once_listed[i].val);
		TEST_ASSERT(__vcpu_get_reg(vcpu, id, &val) && errno == ENOENT, "Can be read");
	}

	for (i = 0; i < ARRAY_SIZE(never_listed); i++) {
		expect_enoent(vcpu, never_listed[i], 0);
		expect_enoent(vcpu, never_listed[i], UNKNOWN);
	}

	after = vcpu_get_reg_list(vcpu);
	TEST_ASSERT(after->n == before->n, "The writes changed the list");
	kvm_vm_free(vm);
	return 0;
}
