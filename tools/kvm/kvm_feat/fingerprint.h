/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Profiles out of what Firecracker writes
 */
#ifndef KVM_FEAT_FINGERPRINT_H
#define KVM_FEAT_FINGERPRINT_H

#include "profile.h"

/*
 * Reads a fingerprint (cpu-template-helper fingerprint dump) or a CPU template that
 * leaves no bit open. It tells registers and their values, and nothing of what the host
 * takes: classes are built in. Returns and fails like profile_parse().
 */
int fingerprint_parse(struct profile *p, const char *name, const char *text, size_t len,
		      char *err, size_t size);

#endif
