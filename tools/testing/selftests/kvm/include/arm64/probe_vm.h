/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A VM whose guest does nothing but to record the answers of every SMCCC
 * service that KVM offers, round by round, so that it can be told whether a
 * migration changed them.
 */
#ifndef SELFTEST_KVM_PROBE_VM_H
#define SELFTEST_KVM_PROBE_VM_H

#include "processor.h"
#include "reg_stream.h"

#define SMCCC_NR_PROBES		23
#define SMCCC_FEATURES_2	18	/* the first of FEATURES_2's */

struct smccc_probe {
	const char *name;
	u32 func;
	u64 arg1, arg2;
};

extern const struct smccc_probe smccc_probes[SMCCC_NR_PROBES];

/* In the guest only */
void smccc_probe_all(struct arm_smccc_res answers[SMCCC_NR_PROBES]);

#define PROBE_VM_MAX_VCPUS	2
#define PROBE_VM_MAX_ROUNDS	8

/* What the guest of one vCPU saw */
struct probe_record {
	u64 rounds;
	struct arm_smccc_res answers[PROBE_VM_MAX_ROUNDS][SMCCC_NR_PROBES];
};

/* Of the VM that last ran */
extern struct probe_record probe_records[PROBE_VM_MAX_VCPUS];

struct probe_vm {
	struct kvm_vm *vm;
	struct kvm_vcpu *vcpus[PROBE_VM_MAX_VCPUS];
	int nr_vcpus;
};

/*
 * @vm: a new one from vm_create(), with its capabilities enabled
 * @features: KVM_ARM_VCPU_* bits on top of PSCI and, if there is one, PMU
 *
 * All is set up but for what has to be finalized.
 */
void probe_vm_init(struct probe_vm *pvm, struct kvm_vm *vm, int nr_vcpus, u64 features);

/* After the features are as they should be, before any other register is set */
void probe_vm_finalize(struct probe_vm *pvm);

/* Have KVM change the registers that it does at the first run, without running the guest */
void probe_vm_first_run(struct probe_vm *pvm);

/* Let every vCPU do one more round */
void probe_vm_run(struct probe_vm *pvm);

void probe_vm_save(struct probe_vm *pvm, struct reg_stream streams[PROBE_VM_MAX_VCPUS]);

void probe_vm_copy_memory(struct probe_vm *dst, struct probe_vm *src);

/* All the steps of reg_stream.h, for all vCPUs of a VM from probe_vm_init() */
int probe_vm_restore(struct probe_vm *pvm, const struct reg_stream streams[PROBE_VM_MAX_VCPUS],
		     struct reg_report *report);

/* The name of the first probe that changed from @round - 1 to @round, NULL if none did */
const char *probe_vm_changed(struct probe_vm *pvm, int round);

#endif /* SELFTEST_KVM_PROBE_VM_H */
