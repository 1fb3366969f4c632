/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Many hosts, of which those that give and take the same are one kind
 */
#ifndef KVM_FEAT_FLEET_H
#define KVM_FEAT_FLEET_H

#include "rule.h"

struct fleet {
	struct host {
		const char *name;
		size_t kind;
	} *hosts;
	size_t nr;
	struct kind {
		struct profile p;
		char *text;		/* the file that it was read from first */
		size_t len;
	} *kinds;
	size_t nr_kinds;
	size_t max_names;		/* of hosts on a line */
};

/* Both: fatal() if it is none. Returns its text, to be freed */
char *profile_must_load(struct profile *p, const char *path);
void fleet_add_file(struct fleet *fleet, const char *path);
/* Takes over what is allocated in @p */
void fleet_add(struct fleet *fleet, const char *name, struct profile *p);
/* By CPU, then by kernel: an order of kinds that does not depend on that of the hosts */
void fleet_sort(struct fleet *fleet);
void fleet_free(struct fleet *fleet);

/* Sets of kinds have a truth for each; this one is to be freed */
bool *kinds_new(const struct fleet *fleet, bool all);
/* The names of all hosts of these kinds: "a, b and 3 more (-v)", to be freed; or in JSON */
char *fleet_names(const struct fleet *fleet, const bool *set);
char *kind_names(const struct fleet *fleet, size_t kind);
void fleet_json(FILE *out, const struct fleet *fleet, const bool *set);

/*
 * Makes @base, unless it is NULL, the greatest profile that fits all of @set. Notes what is
 * left out and, if there is none, reports why; returns the number of registers at fault, or 1
 * without @report. Caches and the identity of the CPU are those of one kind: of @from or, if
 * that is ANY, of any, where an identity is left out if several do.
 */
#define ANY	((size_t)-1)
unsigned int fleet_baseline(struct report *report, struct profile *base,
			    const struct fleet *fleet, const bool *set, size_t from);
/* What would give @set a baseline, whose absence @report has told */
void fleet_advise(struct report *report, const struct fleet *fleet, const bool *set);

/* The fewest sets with a baseline each, of a sorted fleet. @fewest: all has been tried */
size_t pools_find(bool ***pools, const struct fleet *fleet, bool *fewest);
/* Also what keeps each apart from the nearest other one, and would merge the two */
void pools_print(bool **pools, size_t nr, bool fewest, const struct fleet *fleet,
		 bool json, bool all);
void pools_free(bool **pools, const struct fleet *fleet);

#endif
