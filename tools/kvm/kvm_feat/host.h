/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What this host's KVM says, asked through scratch VMs
 */
#ifndef KVM_FEAT_HOST_H
#define KVM_FEAT_HOST_H

#include <stdbool.h>

#include "profile.h"

struct report;

/*
 * Reads the feature registers of a fresh VM with the vCPU @features, comma
 * separated. Returns false, and reports which feature this host lacks.
 */
bool host_read(struct report *report, struct profile *p, const char *features);

/* Adds what this host takes in these registers, asking it value by value */
void host_ask(struct profile *p);

/*
 * Restores @want, by the rule of Documentation/virt/kvm/api.rst, into a scratch VM of
 * this host, whose own profile is @host. Reports what is refused, else what is not kept
 * or left as it is; returns how many registers are refused.
 */
unsigned int host_try(struct report *report, const struct profile *want, struct profile *host);

/*
 * Compares, for every register that a vCPU with @features lists, the class that the
 * kernel tells with the built-in one; returns the number of registers and reports those
 * that differ.
 */
size_t host_classes(struct report *report, const char *features);

/* The ioctls of all scratch VMs so far */
extern unsigned int host_ioctls;

#endif
