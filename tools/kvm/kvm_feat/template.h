/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Profiles in the words of VMMs
 */
#ifndef KVM_FEAT_TEMPLATE_H
#define KVM_FEAT_TEMPLATE_H

#include <stdbool.h>
#include <stdio.h>

#include "profile.h"

struct report;

/* Both note in @report what the VMM cannot be told */
void template_firecracker(struct report *report, const struct profile *p, FILE *out);
void template_qemu(struct report *report, const struct profile *p, bool json, FILE *out);

#endif
