// SPDX-License-Identifier: GPL-2.0-only

#include <linux/arm-smccc.h>
#include <linux/kvm_host.h>
#include <linux/uaccess.h>

#include <kvm/arm_hypercalls.h>

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

static u64 hcid_mask(u64 id)
{
	enum kvm_hcid_reg i = hcid_find(id);

	return i < KVM_NR_HCID_REGS ? hcid_regs[i].mask : 0;
}

/* The IDs of the registers in the window, or what can be set in them */
static int hcid_copy_window(u64 __user *uaddr, bool masks)
{
	int i;

	for (i = 0; i < HCID_REGS; i++) {
		u64 id = hcid_window_reg(i);

		if (put_user(masks ? hcid_mask(id) : id, uaddr++))
			return -EFAULT;
	}

	return 0;
}

int kvm_arm_copy_hcid_indices(struct kvm_vcpu *vcpu, u64 __user *uindices)
{
	if (!test_bit(KVM_ARCH_FLAG_HCID, &vcpu->kvm->arch.flags))
		return 0;

	if (uindices && hcid_copy_window(uindices, false))
		return -EFAULT;

	return HCID_REGS;
}

int kvm_arm_copy_hcid_masks(u64 __user *masks)
{
	return hcid_copy_window(masks, true);
}

static u64 hcid_read(const struct kvm *kvm, u64 id)
{
	enum kvm_hcid_reg i = hcid_find(id);

	if (i == KVM_NR_HCID_REGS)
		return 0;

	return READ_ONCE(kvm->arch.smccc_feat.hcid[i]);
}

int kvm_arm_get_hcid(struct kvm_vcpu *vcpu, const struct kvm_one_reg *reg)
{
	u64 val = hcid_read(vcpu->kvm, reg->id);

	return put_user(val, (u64 __user *)(unsigned long)reg->addr);
}

int kvm_arm_set_hcid(struct kvm_vcpu *vcpu, const struct kvm_one_reg *reg)
{
	enum kvm_hcid_reg i = hcid_find(reg->id);
	struct kvm *kvm = vcpu->kvm;
	unsigned long *hcid;
	u64 val;

	if (get_user(val, (u64 __user *)(unsigned long)reg->addr))
		return -EFAULT;

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

/* FEATURES_2: the guest's view of its own hypercall identity */
int kvm_hcid_call(struct kvm_vcpu *vcpu)
{
	u32 owner = smccc_get_arg1(vcpu);
	u32 word = smccc_get_arg2(vcpu);
	u64 val;

	if (!hcid_in_window(owner, word)) {
		smccc_set_retval(vcpu, SMCCC_RET_INVALID_PARAMETER, 0, 0, 0);
		return 1;
	}

	val = hcid_read(vcpu->kvm, KVM_REG_ARM_HCID(owner, word));
	smccc_set_retval(vcpu, SMCCC_RET_SUCCESS, lower_32_bits(val),
			 upper_32_bits(val), 0);
	return 1;
}
