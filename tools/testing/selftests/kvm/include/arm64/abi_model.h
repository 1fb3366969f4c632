/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What KVM must answer: the register lists and their filters, the firmware,
 * hypercall identity and hidden registers, and what a guest's calls are told,
 * as the documentation has it. It shares nothing with the kernel but the
 * encoding of register IDs. Other lists and calls come from VMs that opt into
 * nothing but a filter. Other registers are not tested.
 */
#ifndef SELFTEST_KVM_ABI_MODEL_H
#define SELFTEST_KVM_ABI_MODEL_H

#include <stdbool.h>

#include <linux/types.h>

#define ABI_VCPUS	2
#define ABI_MAX_LIST	1024
#define ABI_MAX_RANGES	64
#define ABI_NR_HIDDEN	8

/* Small integers, so that a sequence can be printed, and read again */
enum abi_op_kind {
	ABI_ENABLE_CAP,		/* a: enum abi_cap, b: flags, c: an argument, d: its value */
	ABI_CHECK_CAP,		/* a: enum abi_cap */
	ABI_GET_MASKS,		/* a: range, b: a reserved word */
	ABI_SMCCC_FILTER,	/* a: base, b: number of functions, c: action, d: a byte of pad */
	ABI_CREATE_VCPU,
	ABI_INIT,		/* a: features */
	ABI_FINALIZE,		/* a: feature */
	ABI_GET_LIST,		/* a: n */
	ABI_GET_REG,		/* a: ID */
	ABI_SET_REG,		/* a: ID, b: value */
	ABI_CALL,		/* a: function, b and c: arguments, d: by SMC */
	ABI_NR_OPS
};

/* By name, since a patch that is not upstream has no number of its own */
enum abi_cap {
	ABI_CAP_FILTER,
	ABI_CAP_HCID,
	ABI_CAP_MASK_RANGES,
	ABI_NR_CAPS
};

struct abi_op {
	enum abi_op_kind kind;
	int vcpu;
	u64 a, b, c, d;
};

struct abi_result {
	int err;		/* 0, or a negative errno */
	int ret;		/* of KVM_CHECK_EXTENSION */
	bool to_user;		/* of a call: left to userspace */
	int nr_values;		/* in @values, or in @list */
	u64 values[8];
	u64 n;		/* kvm_reg_list.n */
	const u64 *list;
};

/* What depends on the machine and its kernel, from VMs of their own */
struct abi_host {
	u32 features;			/* that a vCPU can have */
	u64 psci_version;		/* the newest */
	u64 workarounds[3];		/* of the firmware registers */
	struct {
		u64 reset, mask;
	} bitmaps[4];
	u64 mmfr3, mmfr3_after_run;	/* ID_AA64MMFR3_EL1 */
	bool pmmir;			/* a VM with a PMU has PMMIR_EL1 */
	u64 sve_vls;
	/* Without hypercall identity registers. The classes are another test's. */
	const u64 *(*list)(u32 features, u64 filter, int *n);
	void (*answer)(u32 features, u64 psci_version, u32 func, u64 arg, u64 values[4]);
};

struct abi_vcpu {
	bool created, init, finalized;
	u64 sve_vls;
	u64 hidden[ABI_NR_HIDDEN];	/* of registers that the VM may not have */
};

struct abi_model {
	const struct abi_host *host;
	bool filters, hcid, ran, configured;
	u32 features;
	u64 psci_version, bitmaps[4], features_2, mmfr3;
	struct abi_vcpu vcpus[ABI_VCPUS];
	int nr_ranges;
	struct {
		u32 first, last, action;
	} ranges[ABI_MAX_RANGES];
	u64 list[ABI_MAX_LIST];
};

void abi_model_init(struct abi_model *m, const struct abi_host *host);

/* False if the model has no opinion: then the operation isn't to be done */
bool abi_model_do(struct abi_model *m, const struct abi_op *op, struct abi_result *want);

#endif /* SELFTEST_KVM_ABI_MODEL_H */
