// SPDX-License-Identifier: GPL-2.0-only

#include <linux/arm-smccc.h>
#include <linux/kvm_host.h>

#include <kvm/arm_hypercalls.h>

#include "reg_list.h"

/*
 * The window of hypercall identity registers that are listed: function numbers
 * 0-511 of these owning entities. It is ABI, and doesn't depend on what this
 * kernel implements, or a newer kernel would list registers that an older one
 * doesn't know.
 */
static const u8 hcid_owners[] = {
	ARM_SMCCC_OWNER_ARCH,
	ARM_SMCCC_OWNER_STANDARD,
	ARM_SMCCC_OWNER_STANDARD_HYP,
	ARM_SMCCC_OWNER_VENDOR_HYP,
};

#define HCID_WORDS	8
#define HCID_REGS	(ARRAY_SIZE(hcid_owners) * HCID_WORDS)
static_assert(HCID_REGS == KVM_ARM_HCID_RANGE_SIZE);

static bool is_hcid(u64 id)
{
	return (id & ~0xfffULL) == KVM_REG_ARM_HCID(0, 0);
}

/* What can be set in the registers that have a service */
static const struct {
	u64 id;
	u64 mask;
} hcid_regs[KVM_NR_HCID_REGS] = {
	[KVM_HCID_VENDOR_HYP_1] = {
		.id	= KVM_REG_ARM_HCID(ARM_SMCCC_OWNER_VENDOR_HYP, 1),
		.mask	= BIT(ARM_SMCCC_KVM_FUNC_FEATURES_2 % 64),
	},
};

/* The entry of a register in hcid_regs[], or KVM_NR_HCID_REGS if it has none */
static enum kvm_hcid_reg hcid_find(u64 id)
{
	enum kvm_hcid_reg i;

	for (i = 0; i < KVM_NR_HCID_REGS; i++) {
		if (hcid_regs[i].id == id)
			break;
	}

	return i;
}

static u64 hcid_window_reg(int i)
{
	return KVM_REG_ARM_HCID(hcid_owners[i / HCID_WORDS], i % HCID_WORDS);
}

int kvm_arm_copy_hcid_indices(struct kvm_vcpu *vcpu, struct reg_list_walk *walk)
{
	int i, ret = 0;

	if (!test_bit(KVM_ARCH_FLAG_HCID, &vcpu->kvm->arch.flags))
		return 0;

	for (i = 0; i < HCID_REGS && !ret; i++)
		ret = reg_list_add(walk, hcid_window_reg(i), KVM_ARM_REG_LIST_FILTERS);

	return ret;
}

/* In the order of the list */
int kvm_arm_copy_hcid_masks(u64 __user *masks)
{
	enum kvm_hcid_reg reg;
	int i;

	for (i = 0; i < HCID_REGS; i++) {
		reg = hcid_find(hcid_window_reg(i));

		if (put_user(reg < KVM_NR_HCID_REGS ? hcid_regs[reg].mask : 0, masks++))
			return -EFAULT;
	}

	return 0;
}

static u64 hcid_read(const struct kvm *kvm, u64 id)
{
	enum kvm_hcid_reg i = hcid_find(id);

	if (i == KVM_NR_HCID_REGS)
		return 0;

	return READ_ONCE(kvm->arch.smccc_feat.hcid[i]);
}

int kvm_arm_get_hcid(struct kvm_vcpu *vcpu, u64 id, u64 *val)
{
	if (!is_hcid(id))
		return -ENOENT;

	*val = hcid_read(vcpu->kvm, id);
	return 0;
}

int kvm_arm_set_hcid(struct kvm_vcpu *vcpu, u64 id, u64 val)
{
	enum kvm_hcid_reg i = hcid_find(id);
	struct kvm *kvm = vcpu->kvm;
	unsigned long *hcid;

	if (!is_hcid(id))
		return -ENOENT;

	/* WI for VMs that didn't opt in */
	if (!test_bit(KVM_ARCH_FLAG_HCID, &kvm->arch.flags))
		return 0;

	if (i == KVM_NR_HCID_REGS)
		return val ? -EINVAL : 0;

	if (val & ~hcid_regs[i].mask)
		return -EINVAL;

	guard(mutex)(&kvm->arch.config_lock);

	hcid = &kvm->arch.smccc_feat.hcid[i];
	if (kvm_vm_has_ran_once(kvm) && val != *hcid)
		return -EBUSY;

	WRITE_ONCE(*hcid, val);
	return 0;
}

static bool hcid_in_window(u32 owner, u32 word)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(hcid_owners); i++) {
		if (hcid_owners[i] == owner)
			return word < HCID_WORDS;
	}

	return false;
}

/* The services of hcid[] and the bitmaps; not PSCI, nor the mitigations */
static u64 hcid_services(const struct kvm *kvm, u64 id)
{
	const struct kvm_smccc_features *feat = &kvm->arch.smccc_feat;
	u64 val = hcid_read(kvm, id);

	switch (id) {
	case KVM_REG_ARM_HCID(ARM_SMCCC_OWNER_STANDARD, 1):
		if (test_bit(KVM_REG_ARM_STD_BIT_TRNG_V1_0, &feat->std_bmap))
			val |= BIT(ARM_SMCCC_FUNC_NUM(ARM_SMCCC_TRNG_VERSION) % 64);
		break;
	case KVM_REG_ARM_HCID(ARM_SMCCC_OWNER_STANDARD_HYP, 0):
		if (test_bit(KVM_REG_ARM_STD_HYP_BIT_PV_TIME, &feat->std_hyp_bmap))
			val |= BIT(ARM_SMCCC_FUNC_NUM(ARM_SMCCC_HV_PV_TIME_FEATURES));
		break;
	case KVM_REG_ARM_HCID(ARM_SMCCC_OWNER_VENDOR_HYP, 0):
		val |= READ_ONCE(feat->vendor_hyp_bmap);
		break;
	case KVM_REG_ARM_HCID(ARM_SMCCC_OWNER_VENDOR_HYP, 1):
		val |= READ_ONCE(feat->vendor_hyp_bmap_2);
		break;
	}

	return val;
}

/* FEATURES_2: hcid_services() of an owning entity and word */
int kvm_hcid_call(struct kvm_vcpu *vcpu)
{
	u32 owner = smccc_get_arg1(vcpu);
	u32 word = smccc_get_arg2(vcpu);
	u64 val;

	if (!hcid_in_window(owner, word)) {
		smccc_set_retval(vcpu, SMCCC_RET_INVALID_PARAMETER, 0, 0, 0);
		return 1;
	}

	val = hcid_services(vcpu->kvm, KVM_REG_ARM_HCID(owner, word));
	smccc_set_retval(vcpu, SMCCC_RET_SUCCESS, lower_32_bits(val),
			 upper_32_bits(val), 0);
	return 1;
}
