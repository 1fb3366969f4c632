// SPDX-License-Identifier: GPL-2.0-only
/*
 * raw_regs - Print what KVM_GET_REG_LIST returns to VMs that have opted into nothing:
 * each register, in order, and its value. get-reg-list leaves some of them out, such as
 * CCSIDR's, and tells neither order nor values.
 */
#include "kvm_util.h"
#include "processor.h"
#include "test_util.h"

#define PAUTH	(BIT(KVM_ARM_VCPU_PTRAUTH_ADDRESS) | BIT(KVM_ARM_VCPU_PTRAUTH_GENERIC))

static const struct config {
	const char *name;
	u32 features;
	long cap;
} configs[] = {
	{ "plain", 0, KVM_CAP_ONE_REG },
	{ "PMU", BIT(KVM_ARM_VCPU_PMU_V3), KVM_CAP_ARM_PMU_V3 },
	{ "SVE", BIT(KVM_ARM_VCPU_SVE), KVM_CAP_ARM_SVE },
	{ "pauth", PAUTH, KVM_CAP_ARM_PTRAUTH_GENERIC },
	{ "EL2", BIT(KVM_ARM_VCPU_HAS_EL2), KVM_CAP_ARM_EL2 },
	{ "AArch32", BIT(KVM_ARM_VCPU_EL1_32BIT), KVM_CAP_ARM_EL1_32BIT },
};

static void print_reg(struct kvm_vcpu *vcpu, u64 id)
{
	u8 val[256] = {};
	int i, ret;

	ret = __vcpu_get_reg(vcpu, id, val);
	printf("%016lx %d ", id, ret ? errno : 0);
	/* Time goes on */
	if (id == KVM_REG_ARM_TIMER_CNT || id == KVM_REG_ARM_PTIMER_CNT)
		memset(val, 0, sizeof(val));
	for (i = KVM_REG_SIZE(id) - 1; i > 0 && !val[i]; i--)
		;
	for (; i >= 0; i--)
		printf("%02x", val[i]);
	printf("\n");
}

static void print_list(const struct config *c)
{
	struct kvm_vm *vm = vm_create_barebones();
	struct kvm_vcpu *vcpu = __vm_vcpu_add(vm, 0);
	struct kvm_vcpu_init init = {};
	struct kvm_reg_list *list;
	int sve = KVM_ARM_VCPU_SVE;
	u64 i;

	vm_ioctl(vm, KVM_ARM_PREFERRED_TARGET, &init);
	init.features[0] |= BIT(KVM_ARM_VCPU_PSCI_0_2) | c->features;
	vcpu_ioctl(vcpu, KVM_ARM_VCPU_INIT, &init);
	if (c->features & BIT(KVM_ARM_VCPU_SVE))
		vcpu_ioctl(vcpu, KVM_ARM_VCPU_FINALIZE, &sve);

	list = vcpu_get_reg_list(vcpu);
	printf("%s: %llu registers\n", c->name, list->n);
	for (i = 0; i < list->n; i++)
		print_reg(vcpu, list->reg[i]);

	free(list);
	kvm_vm_free(vm);
}

int main(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(configs); i++) {
		if (kvm_has_cap(configs[i].cap))
			print_list(&configs[i]);
		else
			printf("%s: none\n", configs[i].name);
	}

	return 0;
}
