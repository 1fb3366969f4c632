/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a profile means for another host: comparison, fit, common ground
 */
#ifndef KVM_FEAT_RULE_H
#define KVM_FEAT_RULE_H

#include <stddef.h>
#include <stdio.h>

#include "profile.h"

/*
 * Prints what keeps the register value @want from a host that offers @have (NULL:
 * does not list the register); returns how many things do. @out may be NULL.
 */
unsigned int rule_misfit(FILE *out, const struct profile_reg *want,
			 const struct profile_reg *have);

/* The same for whole profiles */
unsigned int rule_misfits(FILE *out, const struct profile *want, const struct profile *have);

/* Prints what changes from @a to @b; returns how many registers a guest sees change */
unsigned int rule_diff(FILE *out, const struct profile *a, const struct profile *b);

/*
 * Makes @base the greatest profile that fits all of @in; prints why there is none
 * and returns the number of registers at fault.
 */
unsigned int rule_baseline(FILE *out, struct profile *base, const struct profile *in,
			   const char *const *names, size_t nr);

/* A clearable register that is zero is the same thing as a missing one */
bool rule_absent(const struct profile_reg *r);

#endif
