/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A VM of a few instructions, without page tables and a stack: its guest calls
 * what the host says. It takes next to no time to create.
 */
#ifndef SELFTEST_KVM_SMCCC_VM_H
#define SELFTEST_KVM_SMCCC_VM_H

#include "kvm_util.h"
#include "processor.h"

/* Has no vCPU: see __vm_vcpu_add() and KVM_ARM_VCPU_INIT */
struct kvm_vm *smccc_vm_create(void);

/* A vCPU that is ready to run */
struct kvm_vcpu *smccc_vm_add_vcpu(struct kvm_vm *vm, u32 id, u32 features);

#define SMCCC_VM_TO_USER	1

/*
 * Let the guest call @func, by SMC or by HVC. Returns KVM_RUN's negative errno, 0 if
 * KVM has answered, or SMCCC_VM_TO_USER if it left that to userspace.
 */
int smccc_vm_call(struct kvm_vcpu *vcpu, u64 func, u64 arg1, u64 arg2, bool smc,
		  struct arm_smccc_res *res);

#endif /* SELFTEST_KVM_SMCCC_VM_H */
