/* SPDX-License-Identifier: GPL-2.0-only */
/* What hcid_vmm -P saves and restores with instead of the selftests' library */
#ifndef PRINTED_H
#define PRINTED_H

#include <stdbool.h>

struct kvm_run;

struct printed_vcpu {
	int fd;
	struct kvm_run *run;
};

/*
 * @filters: the VM has KVM_CAP_REG_LIST_FILTER enabled
 * @streams: struct reg_stream for each vCPU, which is struct saved_vcpu to the code
 * @load_devices: restores the state of GIC and ITS, between that of the vCPUs and their first run
 *
 * Return: 0, or a negative error number. Obstacles have been named on standard error.
 */
int printed_save(const struct printed_vcpu *vcpus, int nr, bool filters, void *streams);
int printed_restore(int vm_fd, const struct printed_vcpu *vcpus, int nr, bool filters,
		    bool strict, void *streams, void (*load_devices)(void *), void *arg);

#endif
