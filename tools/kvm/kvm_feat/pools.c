// SPDX-License-Identifier: GPL-2.0
/*
 * The fewest pools into which a fleet falls: sets of hosts with a baseline each
 */
#include <stdlib.h>

#include "fleet.h"
#include "kvm_feat.h"

#define MAX_KINDS	10	/* of more, not all sets are tried */

/* Of the kinds @now, if it is not NULL, that those of @set become */
static bool has_baseline(const struct fleet *fleet, const bool *set, const size_t *now)
{
	bool *kinds = kinds_new(fleet, false), found;

	for (size_t k = 0; k < fleet->nr_kinds; k++)
		if (set[k])
			kinds[now ? now[k] : k] = true;
	found = !fleet_baseline(NULL, NULL, fleet, kinds, ANY);
	free(kinds);
	return found;
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

/* Which hosts have to get another kernel for @set to have a baseline, if that helps? */
static void advise_upgrade(struct report *report, const struct fleet *fleet, const bool *set)
{
	size_t *now = must_realloc(NULL, fleet->nr_kinds, sizeof(*now));
	bool helps;

	for (size_t k = 0; k < fleet->nr_kinds; k++)
		now[k] = upgraded(fleet, k);
	helps = has_baseline(fleet, set, now);
	for (size_t k = 0; helps && k < fleet->nr_kinds; k++) {
		size_t better = now[k];
		char *names, *like;

		/* Leave as many as possible as they are */
		now[k] = k;
		if (!set[k] || has_baseline(fleet, set, now))
			continue;
		now[k] = better;
		names = kind_names(fleet, k);
		like = kind_names(fleet, better);
		report_add(report, ADVICE, NULL, NULL, NULL, "upgrade %s from %s to %s, as on %s",
			   names, fleet->kinds[k].p.kernel, fleet->kinds[better].p.kernel, like);
		free(names);
		free(like);
	}
	free(now);
}

void fleet_advise(struct report *report, const struct fleet *fleet, const bool *set)
{
	const enum answer strict = good_enough;
	const char *pin = NULL;
	bool identity = true;

	for (size_t i = 0; i < report->nr; i++) {
		if (report->findings[i].kind != OBSTACLE)
			continue;
		identity &= regs_class_of(regs_id(report->findings[i].reg))->group == IDENTITY;
		pin = pin ?: report->findings[i].reg;
	}
	good_enough = CORRECTED;
	if (pin && identity)
		report_add(report, ADVICE, NULL, NULL, NULL,
			   "pin %s: dump with vCPU feature impid, and baseline --from", pin);
	else if (strict != CORRECTED && has_baseline(fleet, set, NULL))
		report_add(report, ADVICE, NULL, NULL, NULL, "without --strict");
	good_enough = strict;
	advise_upgrade(report, fleet, set);
}

static unsigned int apart(struct report *report, const struct fleet *fleet,
			  const bool *a, const bool *b)
{
	bool *both = kinds_new(fleet, false);
	unsigned int bad;
	size_t nr = 0;

	for (size_t k = 0; k < fleet->nr_kinds; k++)
		both[k] = a[k] || b[k];
	bad = fleet_baseline(report, NULL, fleet, both, ANY);
	/* What a baseline would leave out, and from whom it would be, is nothing in the way */
	for (size_t i = 0; i < report->nr; i++) {
		struct finding f = report->findings[i];

		if (f.kind != OBSTACLE)
			continue;
		report->findings[i] = report->findings[nr];
		report->findings[nr++] = f;
	}
	while (report->nr > nr) {
		free(report->findings[--report->nr].data);
		free(report->findings[report->nr].text);
	}
	fleet_advise(report, fleet, both);
	free(both);
	return bad;
}

/* The other pool that fewest registers keep apart, rather one that something can be done about */
static size_t find_nearest(struct report *report, const struct fleet *fleet, bool **pools,
			   size_t nr, size_t n)
{
	unsigned int least = 0;
	size_t nearest = n;

	for (size_t i = 0; i < nr; i++) {
		struct report why = {};
		unsigned int bad;

		if (i == n)
			continue;
		bad = 2 * apart(&why, fleet, pools[n], pools[i]);
		bad += why.findings[why.nr - 1].kind != ADVICE;
		if (nearest == n || bad < least) {
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

static void print_kinds(const struct fleet *fleet, const bool *pool, bool json)
{
	bool *one = kinds_new(fleet, false);
	const char *sep = "";

	for (size_t k = 0; k < fleet->nr_kinds; k++) {
		const struct profile *p = &fleet->kinds[k].p;
		const struct profile_reg *midr = profile_find(p, MIDR_EL1);
		char *names = pool[k] ? kind_names(fleet, k) : NULL;

		if (!names)
			continue;
		one[k] = true;
		if (json) {
			printf("%s{\"cpu\": \"0x%llx\"", sep, midr ? midr->val[0] : 0);
			json_string(stdout, ", \"kernel\": ", p->kernel);
			printf(", \"hosts\": ");
			fleet_json(stdout, fleet, one);
			putchar('}');
		} else {
			printf("    CPU 0x%llx, kernel %s: %s\n", midr ? midr->val[0] : 0,
			       p->kernel, names);
		}
		free(names);
		sep = ", ";
		one[k] = false;
	}
	free(one);
}

void pools_print(bool **pools, size_t nr, bool fewest, const struct fleet *fleet,
		 bool json, bool all)
{
	char reasons[REASONS_LEN];

	if (json)
		printf("{\"fewest\": %s, \"pools\": [", fewest ? "true" : "false");
	else if (!fewest)
		puts("# there may be fewer: not all has been tried");
	for (size_t i = 0; i < nr; i++) {
		struct report report = {};
		size_t nearest = find_nearest(&report, fleet, pools, nr, i), hosts = 0;

		for (size_t n = 0; n < fleet->nr; n++)
			hosts += pools[i][fleet->hosts[n].kind];
		if (json)
			printf("%s\n  {\"kinds\": [", i ? "," : "");
		else
			printf("pool %zu: %zu host%s\n", i + 1, hosts, hosts == 1 ? "" : "s");
		print_kinds(fleet, pools[i], json);
		if (json) {
			printf("], \"nearest\": %zd", nearest == i ? -1 : (ssize_t)nearest);
			reasons_json(stdout, report_reasons(&report));
			printf(", \"findings\": ");
			report_json(&report, stdout);
			putchar('}');
		} else if (nearest != i) {
			printf("    apart from pool %zu because of %s:\n", nearest + 1,
			       reasons_str(reasons, sizeof(reasons), report_reasons(&report)));
			report_print(&report, all, stdout);
		}
		report_free(&report);
	}
	if (json)
		puts("\n]}");
}

/* Each kind into the first pool that still has a baseline with it */
static size_t find_some(bool **pools, const struct fleet *fleet)
{
	size_t nr = 0, n;

	for (size_t k = 0; k < fleet->nr_kinds; k++, nr += n == nr) {
		for (n = 0; n < nr; n++) {
			pools[n][k] = true;
			if (has_baseline(fleet, pools[n], NULL))
				break;
			pools[n][k] = false;
		}
		pools[n][k] = true;
	}
	return nr;
}

/*
 * For each set of kinds, as bits, the last of the fewest pools that it falls into. With more
 * hosts, there may be a baseline where a part of them has none: all sets have to be tried.
 */
static size_t find_fewest(bool **pools, const struct fleet *fleet)
{
	const unsigned int all = (1u << fleet->nr_kinds) - 1;
	struct { unsigned int nr, last; bool fits; } *best;
	size_t nr = 0;

	best = must_realloc(NULL, all + 1, sizeof(*best));
	best->nr = 0;
	for (unsigned int bits = 1; bits <= all; bits++) {
		for (size_t k = 0; k < fleet->nr_kinds; k++)
			pools[0][k] = bits >> k & 1;
		best[bits].fits = has_baseline(fleet, pools[0], NULL);
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
			pools[nr][k] = best[bits].last >> k & 1;
	free(best);
	return nr;
}

size_t pools_find(bool ***pools, const struct fleet *fleet, bool *fewest)
{
	*pools = must_realloc(NULL, fleet->nr_kinds, sizeof(**pools));
	for (size_t i = 0; i < fleet->nr_kinds; i++)
		(*pools)[i] = kinds_new(fleet, false);
	*fewest = fleet->nr_kinds <= MAX_KINDS;
	return *fewest ? find_fewest(*pools, fleet) : find_some(*pools, fleet);
}

void pools_free(bool **pools, const struct fleet *fleet)
{
	for (size_t i = 0; i < fleet->nr_kinds; i++)
		free(pools[i]);
	free(pools);
}
