/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Run sequences of operations on VMs, and on the model of them.
 */
#ifndef SELFTEST_KVM_ABI_RUN_H
#define SELFTEST_KVM_ABI_RUN_H

#include "abi_model.h"
#include "kvm_util.h"

/* Filled in by abi_look_at_host() */
extern struct abi_host abi_host;

void abi_look_at_host(void);

/*
 * Do @ops with a new VM. Returns what goes wrong, and in @bad where, or NULL;
 * adds the number of operations that were done to @nr_done.
 */
const char *abi_run(const struct abi_op *ops, int nr, int *bad, u64 *nr_done);

#endif /* SELFTEST_KVM_ABI_RUN_H */
