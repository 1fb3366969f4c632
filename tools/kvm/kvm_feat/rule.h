/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a profile means for another host: comparison, fit, common ground
 */
#ifndef KVM_FEAT_RULE_H
#define KVM_FEAT_RULE_H

#include <stddef.h>

#include "profile.h"

struct report;

/*
 * Reports what keeps a register value from a host; returns how many things do. The
 * host, also in the functions below, is known by its profile. @report may be NULL.
 */
unsigned int rule_misfit(struct report *report, const struct profile_reg *want,
			 const struct profile *host);

/* The same for a whole profile, also for what is zeroed since the profile lacks it */
unsigned int rule_misfits(struct report *report, const struct profile *want,
			  const struct profile *host);

/* Notes what a register that accepted @want does not keep, given what it has then */
void rule_lost(struct report *report, const struct profile_reg *want,
	       const struct profile_reg *seen);

/* Notes the registers that keep the host's value, since the profile lacks them */
void rule_left(struct report *report, const struct profile *want, const struct profile *host);

/* Both, where the profile fits the host */
void rule_notes(struct report *report, const struct profile *want, const struct profile *host);

/* Reports what changes from @a to @b; returns how many registers a guest sees change */
unsigned int rule_diff(struct report *report, const struct profile *a, const struct profile *b);

/*
 * Makes @base the greatest profile that fits all of @in, whatever their order. Notes
 * what is left out and, if there is none, reports why; returns the number of
 * registers at fault. Caches and the identity of the CPU are those of one input: of
 * in[@from] or, if @from is @nr, of any, where an identity is left out if several do.
 */
unsigned int rule_baseline(struct report *report, struct profile *base, const struct profile *in,
			   const char *const *names, size_t nr, size_t from);

/*
 * What to do about hosts that have no profile in common, or of which one profile does
 * not fit another host
 */
void rule_advise(struct report *report, const struct profile *in, const char *const *names,
		 size_t nr);

/* An optional register that is zero is the same thing as a missing one */
bool rule_absent(const struct profile_reg *r);

#endif
