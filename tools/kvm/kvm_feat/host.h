/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What this host's KVM says, asked through scratch VMs
 */
#ifndef KVM_FEAT_HOST_H
#define KVM_FEAT_HOST_H

#include <stdbool.h>
#include <stdio.h>

#include "profile.h"

/*
 * Reads the feature registers of a fresh VM with the vCPU @features, comma
 * separated. Returns false, and says on @out which feature this host lacks.
 */
bool host_read(FILE *out, struct profile *p, const char *features);

/*
 * Restores @want, by the rule of Documentation/virt/kvm/arm/hcid.rst, into a scratch
 * VM of this host, whose own profile is @host. Prints what is refused, then what is
 * accepted but not kept; returns how many registers are refused.
 */
unsigned int host_try(FILE *out, const struct profile *want, const struct profile *host);

/* The ioctls of all scratch VMs so far */
extern unsigned int host_ioctls;

/* The names that host_read() takes, for the usage message */
extern const char host_features[];

#endif
