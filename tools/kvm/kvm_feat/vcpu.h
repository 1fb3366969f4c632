/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a VMM asks of KVM for its VMs: the words of the "# features" line
 */
#ifndef KVM_FEAT_VCPU_H
#define KVM_FEAT_VCPU_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

struct feature {
	const char *name;
	__u32 init;		/* bits of kvm_vcpu_init.features[0]; 0: it is the VM's */
	unsigned int cap;	/* KVM_CAP_*: to check, and to enable if @init is 0 */
};

extern const struct feature features[];
extern const size_t nr_features;

/* A bit for each entry of features[] that is in @list; -1 if another word is */
long features_parse(const char *list);
/* In the order of the table, so that equal features are equal text; returns @buf */
const char *features_str(char *buf, long bits);
bool features_has(const char *list, const char *name);

#endif
