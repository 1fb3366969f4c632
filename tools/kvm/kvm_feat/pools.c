// SPDX-License-Identifier: GPL-2.0
/*
 * The fewest pools into which a fleet falls: sets of hosts with a baseline each
 */
#include <stdlib.h>

#include "kvm_feat.h"

#define MAX_KINDS	10	/* of more, not all sets are tried */
#define NOTHING		((size_t)-1)

static bool has_baseline(struct fleet *fleet)
{
	return !fleet_baseline(NULL, NULL, fleet, ANY);
}

/* Is there a baseline if each kind @k becomes @now[k], or leaves (NOTHING)? */
static bool would_have(struct fleet *fleet, const size_t *now)
{
	for (size_t k = 0; k < fleet->nr_kinds; k++)
		fleet->kinds[k].in = false;
	for (size_t k = 0; k < fleet->nr_kinds; k++)
		if (now[k] != NOTHING)
			fleet->kinds[now[k]].in = true;
	return has_baseline(fleet);
}

/* The kind that @k becomes with the newest kernel that the fleet has for this machine */
static size_t upgraded(const struct fleet *fleet, size_t k)
{
	static const __u64 ids[] = { MIDR_EL1, SYSREG(3, 0, 0, 0, 6), CNTFRQ_EL0, DCZID_EL0 };
	const struct kind *kinds = fleet->kinds;
	size_t best = k;

	for (size_t i = 0; i < fleet->nr_kinds; i++) {
		bool same = true;

		for (size_t n = 0; n < ARRAY_SIZE(ids); n++)
			same &= same_piece(profile_find(&kinds[k].p, ids[n]),
					   profile_find(&kinds[i].p, ids[n]), &whole_reg);
		if (same && strverscmp(kinds[i].p.kernel, kinds[best].p.kernel) > 0)
			best = i;
	}
	return best;
}

/* Which hosts have to get another kernel for all at hand to have a baseline, if that helps? */
static void advise_upgrade(struct report *report, struct fleet *fleet)
{
	size_t *now = must_realloc(NULL, fleet->nr_kinds, sizeof(*now));
	struct kind *kinds = fleet->kinds;
	bool helps;

	for (size_t k = 0; k < fleet->nr_kinds; k++)
		now[k] = kinds[k].in ? upgraded(fleet, k) : NOTHING;
	helps = would_have(fleet, now);
	for (size_t k = 0; helps && k < fleet->nr_kinds; k++) {
		size_t better = now[k];
		char *names, *like;

		/* Leave as many as possible as they are */
		if (better == NOTHING)
			continue;
		now[k] = k;
		if (would_have(fleet, now))
			continue;
		now[k] = better;
		names = kind_names(fleet, k, false);
		like = kind_names(fleet, better, false);
		report_add(report, ADVICE, NULL, NULL, "upgrade %s from Linux %s to %s, as on %s",
			   names, kinds[k].p.kernel, kinds[better].p.kernel, like);
		free(names);
		free(like);
	}
	free(now);
}

void fleet_advise(struct report *report, struct fleet *fleet)
{
	const enum answer strict = good_enough;
	const char *pin = NULL;
	bool identity = true;

	for (size_t i = 0; i < report->nr; i++) {
		if (report->findings[i].kind != OBSTACLE)
			continue;
		pin = report->findings[i].reg;
		identity &= regs_class_of(regs_id(pin))->group == IDENTITY;
	}
	good_enough = CORRECTED;
	if (pin && identity)
		report_add(report, ADVICE, NULL, NULL,
			   "pin %s: dump all hosts with impid, then use baseline --from", pin);
	else if (strict != CORRECTED && has_baseline(fleet))
		report_add(report, ADVICE, NULL, NULL, "run again without --strict");
	good_enough = strict;
	advise_upgrade(report, fleet);
}

/* Reports what keeps two pools apart, and what would merge them; returns how much that is */
static unsigned int apart(struct report *report, struct fleet *fleet, size_t a, size_t b)
{
	unsigned int bad;
	size_t nr;

	for (size_t k = 0; k < fleet->nr_kinds; k++)
		fleet->kinds[k].in = fleet->kinds[k].pool == a || fleet->kinds[k].pool == b;
	bad = 2 * fleet_baseline(report, NULL, fleet, ANY);
	nr = report->nr;
	fleet_advise(report, fleet);
	/* Of two, the one that something can be done about is nearer */
	return bad + (report->nr == nr);
}

static size_t find_nearest(struct report *report, struct fleet *fleet, size_t nr, size_t pool)
{
	unsigned int least = 0;
	size_t nearest = pool;

	for (size_t i = 0; i < nr; i++) {
		struct report why = { .brief = true };
		unsigned int bad;

		if (i == pool)
			continue;
		bad = apart(&why, fleet, pool, i);
		if (nearest == pool || bad < least) {
			report_free(report);
			*report = why;
			nearest = i;
			least = bad;
		} else {
			report_free(&why);
		}
	}
	return nearest;
}

static void print_kinds(struct fleet *fleet, size_t pool, bool json)
{
	const char *sep = "";

	for (size_t k = 0; k < fleet->nr_kinds; k++) {
		const struct profile *p = &fleet->kinds[k].p;
		const struct profile_reg *midr = profile_find(p, MIDR_EL1);
		__u64 cpu = midr ? midr->val[0] : 0;
		char *names;

		if (fleet->kinds[k].pool != pool)
			continue;
		names = kind_names(fleet, k, json);
		if (json) {
			printf("%s{\"cpu\": \"0x%llx\"", sep, cpu);
			json_string(stdout, ", \"kernel\": ", p->kernel);
			printf(", \"hosts\": %s}", names);
		} else {
			printf("    CPU 0x%llx, kernel %s: %s\n", cpu, p->kernel, names);
		}
		free(names);
		sep = ", ";
	}
}

static void print_pool(struct fleet *fleet, size_t nr, size_t pool, bool json, bool all)
{
	struct report report = {};
	size_t nearest = find_nearest(&report, fleet, nr, pool), hosts = 0;

	for (size_t n = 0; n < fleet->nr; n++)
		hosts += fleet->kinds[fleet->hosts[n].kind].pool == pool;
	if (json)
		printf("%s\n  {\"kinds\": [", pool ? "," : "");
	else
		printf("pool %zu: %zu host%s\n", pool + 1, hosts, hosts == 1 ? "" : "s");
	print_kinds(fleet, pool, json);
	if (json) {
		printf("], \"nearest\": %zd", nearest == pool ? -1 : (ssize_t)nearest);
		reasons_print(stdout, ", \"reasons\": [", report_reasons(&report), ", ", "]");
		printf(", \"findings\": ");
		report_json(&report, stdout);
		putchar('}');
	} else if (nearest != pool) {
		printf("    cannot merge with pool %zu", nearest + 1);
		reasons_print(stdout, " because of ", report_reasons(&report), " and ", "");
		puts(":");
		report_print(&report, all, stdout);
	}
	report_free(&report);
}

void pools_print(struct fleet *fleet, size_t nr, bool json, bool all)
{
	bool fewest = fleet->nr_kinds <= MAX_KINDS;

	if (json)
		printf("{\"fewest\": %s, \"pools\": [", fewest ? "true" : "false");
	else if (!fewest)
		puts("# fewer pools may be possible: not all ways were tried");
	for (size_t pool = 0; pool < nr; pool++)
		print_pool(fleet, nr, pool, json, all);
	if (json)
		puts("\n]}");
}

/* Each kind into the first pool that still has a baseline with it */
static size_t find_some(struct fleet *fleet)
{
	struct kind *kinds = fleet->kinds;
	size_t nr = 0;

	for (size_t k = 0; k < fleet->nr_kinds; k++) {
		for (kinds[k].pool = 0; kinds[k].pool < nr; kinds[k].pool++) {
			for (size_t i = 0; i < fleet->nr_kinds; i++)
				kinds[i].in = i <= k && kinds[i].pool == kinds[k].pool;
			if (has_baseline(fleet))
				break;
		}
		nr += kinds[k].pool == nr;
	}
	return nr;
}

/*
 * For each set of kinds, as bits, the last of the fewest pools that it falls into. With more
 * hosts, there may be a baseline where a part of them has none: all sets have to be tried.
 */
static size_t find_fewest(struct fleet *fleet)
{
	const unsigned int all = (1u << fleet->nr_kinds) - 1;
	struct { unsigned int nr, last; bool fits; } *best;
	size_t nr = 0;

	best = must_realloc(NULL, all + 1, sizeof(*best));
	best->nr = 0;
	for (unsigned int bits = 1; bits <= all; bits++) {
		for (size_t k = 0; k < fleet->nr_kinds; k++)
			fleet->kinds[k].in = bits >> k & 1;
		best[bits].fits = has_baseline(fleet);
		best[bits].nr = fleet->nr_kinds + 1;
		for (unsigned int last = bits; last; last = (last - 1) & bits) {
			if (!best[last].fits || best[bits ^ last].nr + 1 >= best[bits].nr)
				continue;
			best[bits].nr = best[bits ^ last].nr + 1;
			best[bits].last = last;
		}
	}
	for (unsigned int bits = all; bits; bits ^= best[bits].last, nr++)
		for (size_t k = 0; k < fleet->nr_kinds; k++)
			if (best[bits].last >> k & 1)
				fleet->kinds[k].pool = nr;
	free(best);
	return nr;
}

size_t pools_find(struct fleet *fleet)
{
	return fleet->nr_kinds <= MAX_KINDS ? find_fewest(fleet) : find_some(fleet);
}
