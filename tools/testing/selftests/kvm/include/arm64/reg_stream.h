/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Save and restore the registers of a VM by the generic rule of
 * Documentation/virt/kvm/arm/hcid.rst: without knowing any of them.
 *
 * The registers that belong to the VM travel with the vCPU of ID 0.
 */
#ifndef SELFTEST_KVM_REG_STREAM_H
#define SELFTEST_KVM_REG_STREAM_H

#include "kvm_util.h"

#define REG_STREAM_MAX_SIZE	256

struct reg_stream_reg {
	u64 id;
	u64 class;	/* KVM_REG_LIST_*, as the saving kernel says */
	u8 val[REG_STREAM_MAX_SIZE];
};

struct reg_stream {
	u32 nr;
	struct reg_stream_reg *regs;
};

/* To whatever of it there is, before the first vCPU is added */
void reg_stream_opt_in(struct kvm_vm *vm);

/* Turn on whatever KVM_ARM_HCID_RANGE has, without knowing any of it */
void reg_stream_set_all_services(struct kvm_vcpu *vcpu);

/*
 * What to assume of a register where there is no KVM_CAP_REG_LIST_FILTER to ask.
 * Fewer are clearable than the kernel says: to keep a zero is the safe side.
 */
u64 reg_stream_builtin_class(u64 id);

struct kvm_reg_list *vcpu_get_filtered_reg_list(struct kvm_vcpu *vcpu, u64 filter);

void reg_stream_add(struct reg_stream *stream, u64 id, u64 class, const void *val);
struct reg_stream_reg *reg_stream_find(const struct reg_stream *stream, u64 id);
void reg_stream_free(struct reg_stream *stream);

/* @filter: what to save, KVM_REG_LIST_FEATURE for a profile, 0 for everything */
void reg_stream_save(struct kvm_vcpu *vcpu, u64 filter, struct reg_stream *stream);

/*
 * Both are for a vCPU that has not run: the features before it is finalized,
 * the rest after that.  On failure *refused is the ID of the culprit.
 */
int reg_stream_restore_features(struct kvm_vcpu *vcpu, const struct reg_stream *stream,
				u64 *refused);
int reg_stream_restore_state(struct kvm_vcpu *vcpu, const struct reg_stream *stream,
			     u64 *refused);

const char *reg_stream_name(u64 id);

#endif /* SELFTEST_KVM_REG_STREAM_H */
