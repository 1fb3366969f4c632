/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Save and restore the registers of a VM by the rule of
 * Documentation/virt/kvm/arm/migration.rst, without knowing any of them.
 *
 * The registers that belong to the VM are restored through the vCPU of ID 0. At
 * least one of the two VMs has KVM_CAP_REG_LIST_FILTER enabled.
 */
#ifndef SELFTEST_KVM_REG_STREAM_H
#define SELFTEST_KVM_REG_STREAM_H

#include "kvm_util.h"

#define REG_STREAM_MAX_SIZE	256

struct reg_stream_reg {
	u64 id;
	u64 class;	/* KVM_REG_LIST_*, if the stream is classed */
	u8 val[REG_STREAM_MAX_SIZE];
};

struct reg_stream {
	bool classed;	/* the saving kernel told the classes */
	u32 nr;
	struct reg_stream_reg *regs;	/* features come first, in the order to write them */
};

enum reg_verdict {
	REG_REFUSED,	/* ends the restore */
	REG_DIFFERS,	/* reads back as something else: ends the restore, unless accepted */
	REG_CORRECTED,	/* only in bits that nobody can set: ends the restore if strict */
	REG_BETTER,	/* a mitigation that differs: go on */
	REG_DROPPED,	/* optional, zero and unknown to this kernel */
	REG_LEFT,	/* a feature that the stream lacks: left as this kernel has it */
	REG_RESET,	/* state that the stream lacks: keeps its reset value */
};

struct reg_event {
	enum reg_verdict verdict;
	u64 id;
	int err;		/* -errno, if refused */
	u64 wrote, read;	/* of a register of up to 64 bits that differs */
};

/* How the restore of a vCPU went, and what the caller has to say on it */
struct reg_report {
	const u64 *accept;	/* registers that may differ: the caller's, as strict is */
	u32 nr_accept;
	bool strict;

	u32 nr;
	struct reg_event *events;
};

struct kvm_reg_list *vcpu_get_filtered_reg_list(struct kvm_vcpu *vcpu, u64 filter);

/* Add a register at the end of the stream */
void reg_stream_add(struct reg_stream *stream, u64 id, u64 class, const void *val);
struct reg_stream_reg *reg_stream_find(const struct reg_stream *stream, u64 id);
void reg_stream_free(struct reg_stream *stream);

/*
 * @filter: what to save, KVM_REG_LIST_FEATURE for a profile, 0 for everything.
 * Only 0 if the VM doesn't have KVM_CAP_REG_LIST_FILTER enabled.
 */
void reg_stream_save(struct kvm_vcpu *vcpu, u64 filter, struct reg_stream *stream);

/*
 * The steps of a restore: the features before the vCPU is finalized, the state
 * after that, the check after its first run. They return 0, or -errno of what
 * ends the restore, which is -ESTALE for a register that isn't what it should be.
 * All of them add to the report.
 */
int reg_stream_restore_features(struct kvm_vcpu *vcpu, const struct reg_stream *stream,
				struct reg_report *report);
int reg_stream_restore_state(struct kvm_vcpu *vcpu, const struct reg_stream *stream,
			     struct reg_report *report);
int reg_stream_check(struct kvm_vcpu *vcpu, const struct reg_stream *stream,
		     struct reg_report *report);

/* By KVM_ARM_GET_REG_WRITABLE_MASKS. False if it says nothing of the register. */
bool vm_get_reg_mask(struct kvm_vm *vm, u64 id, u64 *mask);

const struct reg_event *reg_report_find(const struct reg_report *report, u64 id);
void reg_report_print(const struct reg_report *report);
void reg_report_free(struct reg_report *report);

#endif /* SELFTEST_KVM_REG_STREAM_H */
