// SPDX-License-Identifier: GPL-2.0-only
/*
 * A VM whose guest calls what the host says, see smccc_vm.h.
 */
#include "smccc_vm.h"
#include "test_util.h"

#define DOORBELL_GPA	0x09000000

/*
 * x19 has the conduit, x20 the doorbell. It begins with what can be skipped: a
 * vCPU that is reset while at the doorbell still completes that instruction.
 */
static const u32 guest[] = {
	0xd503201f,	/*	nop */
	0xd503201f,	/*	nop */
	0xb5000073,	/* 1:	cbnz	x19, 2f */
	0xd4000002,	/*	hvc	#0 */
	0x14000002,	/*	b	3f */
	0xd4000003,	/* 2:	smc	#0 */
	0xf900029f,	/* 3:	str	xzr, [x20] */
	0x17fffffb,	/*	b	1b */
};

struct kvm_vm *smccc_vm_create(void)
{
	struct kvm_vm *vm = vm_create_barebones();

	/* vCPUs reset to address 0, with the MMU off */
	vm_userspace_mem_region_add(vm, VM_MEM_SRC_ANONYMOUS, 0, 0,
				    vm_adjust_num_guest_pages(vm->mode, 1), 0);
	memcpy(addr_gpa2hva(vm, 0), guest, sizeof(guest));

	return vm;
}

struct kvm_vcpu *smccc_vm_add_vcpu(struct kvm_vm *vm, u32 id, u32 features)
{
	struct kvm_vcpu *vcpu = __vm_vcpu_add(vm, id);
	struct kvm_vcpu_init init;
	int sve = KVM_ARM_VCPU_SVE;

	vm_ioctl(vm, KVM_ARM_PREFERRED_TARGET, &init);
	init.features[0] = features;
	vcpu_ioctl(vcpu, KVM_ARM_VCPU_INIT, &init);
	if (features & BIT(KVM_ARM_VCPU_PMU_V3))
		vcpu_device_attr_set(vcpu, KVM_ARM_VCPU_PMU_V3_CTRL, KVM_ARM_VCPU_PMU_V3_INIT,
				     NULL);
	if (features & BIT(KVM_ARM_VCPU_SVE))
		vcpu_ioctl(vcpu, KVM_ARM_VCPU_FINALIZE, &sve);

	return vcpu;
}

static int run(struct kvm_vcpu *vcpu, u32 func)
{
	int ret = 0;

	if (__vcpu_run(vcpu) < 0)
		return -errno;

	if (vcpu->run->exit_reason == KVM_EXIT_HYPERCALL) {
		TEST_ASSERT_EQ(vcpu->run->hypercall.nr, func);
		ret = SMCCC_VM_TO_USER;
		vcpu_run(vcpu);
	}

	TEST_ASSERT_KVM_EXIT_REASON(vcpu, KVM_EXIT_MMIO);
	TEST_ASSERT_EQ(vcpu->run->mmio.phys_addr, DOORBELL_GPA);
	return ret;
}

int smccc_vm_call(struct kvm_vcpu *vcpu, u64 func, u64 arg1, u64 arg2, bool smc,
		  struct arm_smccc_res *res)
{
	/* The fourth one must not come back */
	u64 regs[] = { func, arg1, arg2, 0x5a5a5a5a };
	int i, ret;

	/* Without KVM_ARM_VCPU_INIT these fail, and so does the run */
	for (i = 0; i < ARRAY_SIZE(regs); i++)
		__vcpu_set_reg(vcpu, ARM64_CORE_REG(regs.regs[i]), regs[i]);
	__vcpu_set_reg(vcpu, ARM64_CORE_REG(regs.regs[19]), smc);
	__vcpu_set_reg(vcpu, ARM64_CORE_REG(regs.regs[20]), DOORBELL_GPA);

	ret = run(vcpu, func);
	if (ret)
		return ret;

	for (i = 0; i < ARRAY_SIZE(regs); i++)
		regs[i] = vcpu_get_reg(vcpu, ARM64_CORE_REG(regs.regs[i]));
	*res = (struct arm_smccc_res){ regs[0], regs[1], regs[2], regs[3] };

	return 0;
}
