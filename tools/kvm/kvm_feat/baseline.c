// SPDX-License-Identifier: GPL-2.0
/*
 * The greatest profile that all hosts can carry
 */
#include <stdlib.h>

#include "fleet.h"
#include "kvm_feat.h"

/* What fleet_baseline() works on; @have is for the register at hand, NULL where it is not */
struct work {
	struct report *report;
	const struct fleet *fleet;
	size_t nr, *kind;
	const struct profile **in;
	const struct profile_reg **have;
};

static void set_have(struct work *w, __u64 id)
{
	for (size_t i = 0; i < w->nr; i++)
		w->have[i] = profile_find(w->in[i], id);
}

/* The worst that one of the hosts makes of a piece of @want */
static enum answer judge_all(const struct work *w, const struct regs_field *f,
			     const struct profile_reg *want)
{
	enum answer worst = KEPT, answer;

	for (size_t i = 0; i < w->nr && worst; i++) {
		answer = judge(w->have[i], f, want);
		if (answer < worst)
			worst = answer;
	}
	return worst < good_enough ? REFUSED : worst;
}

static bool same_everywhere(const struct work *w, const struct regs_field *f)
{
	for (size_t i = 1; i < w->nr; i++)
		if (!same_piece(w->have[0], w->have[i], f))
			return false;
	return true;
}

/* CPUs that are the same have it from their kernels */
static unsigned int reasons_of(const struct work *w, const struct profile_reg *r,
			       const struct regs_field *f)
{
	unsigned int all = 0;

	if (regs_is_fact(r->id))
		return BY_PLATFORM;
	for (size_t i = 0; i < w->nr; i++) {
		for (size_t j = 0; j < i; j++) {
			const struct profile_reg *x = profile_find(w->in[i], MIDR_EL1);
			const struct profile_reg *y = profile_find(w->in[j], MIDR_EL1);
			bool other = x && y && !profile_same(x, y) && w->have[i] && w->have[j];

			if (!same_piece(w->have[i], w->have[j], f))
				all |= other && regs_class_of(r->id)->hardware ? BY_CPU : BY_KERNEL;
		}
	}
	return all;
}

/* Who has which value of a piece, behind @why */
static void add_values(const struct work *w, enum finding_kind kind, const char *why,
		       const struct profile_reg *r, const struct regs_field *f)
{
	bool *holders;
	char buf[VALUE_LEN], *values, *data, *names;
	struct finding *finding;
	FILE *text, *json;

	if (!w->report)
		return;
	holders = kinds_new(w->fleet, false);
	text = open_text(&values);
	json = open_text(&data);
	for (size_t i = 0; i < w->nr; i++) {
		size_t n = 0;

		while (n < i && !same_piece(w->have[n], w->have[i], f))
			n++;
		if (n < i)
			continue;
		for (size_t j = 0; j < w->nr; j++)
			holders[w->kind[j]] = same_piece(w->have[j], w->have[i], f);
		names = fleet_names(w->fleet, holders);
		fprintf(text, "%s%s in %s", i ? "; " : "", w->have[i] ?
			value_str(buf, sizeof(buf), f, w->have[i]) : "not there", names);
		free(names);
		fprintf(json, "%s", i ? ", {" : ", \"values\": [{");
		if (w->have[i])
			fprintf(json, "\"value\": \"0x%llx\", ", /* of SVE_VLS, the first 64 */
				(w->have[i]->val[0] & bits_of(f->msb, f->lsb)) >> f->lsb);
		fputs("\"hosts\": ", json);
		fleet_json(json, w->fleet, holders);
		fputc('}', json);
	}
	fputc(']', json);
	fclose(text);
	fclose(json);
	finding = report_add(w->report, kind, r, f, data, "%s%s", why, values);
	if (kind == OBSTACLE) {
		finding->reasons = reasons_of(w, r, f);
		if (regs_class_of(r->id)->group == CACHES)
			finding->cause = "caches, of which no host's suit all";
		else if (finding->reasons == BY_CPU)
			finding->cause = "the CPUs differ";
	}
	free(values);
	free(data);
	free(holders);
}

/* Is @a a better choice than @b, given that the hosts do the same with both? */
static bool is_greater(const struct regs_field *f, const struct profile_reg *a,
		       const struct profile_reg *b)
{
	if (!is_whole(f))
		return regs_field_get(f, a->val[0]) > regs_field_get(f, b->val[0]);
	for (int i = PROFILE_WORDS - 1; i >= 0; i--)
		if (a->val[i] != b->val[i])
			return a->val[i] > b->val[i];
	return false;
}

struct choice {
	struct profile_reg best;
	enum answer answer;
};

static void consider(struct choice *c, const struct work *w, const struct regs_field *f,
		     const struct profile_reg *candidate)
{
	enum answer answer = judge_all(w, f, candidate);

	if (answer > c->answer ||
	    (answer == c->answer && answer && is_greater(f, candidate, &c->best))) {
		c->best = *candidate;
		c->answer = answer;
	}
}

/*
 * Sets a piece of @r to the greatest value that one of the hosts has and all keep,
 * else to the greatest that all keep, else to one that some correct
 */
static enum answer choose(const struct work *w, struct profile_reg *r, const struct regs_field *f)
{
	enum regs_rule rule = regs_class_of(r->id)->rule;
	struct profile_reg candidate = *r;
	struct choice c = {};
	bool own;

	if (same_everywhere(w, f)) {
		copy_piece(r, w->have[0], f);
		return KEPT;
	}
	for (size_t i = 0; i < w->nr; i++) {
		if (rule == RULE_OFFER)
			candidate.val[0] &= w->have[i]->val[0];
		else if (rule == RULE_LENGTHS)
			common_lengths(candidate.val, candidate.val, w->have[i]->val);
		else
			copy_piece(&candidate, w->have[i], f);
		if (rule != RULE_OFFER && (!c.answer || !same_piece(&candidate, &c.best, f)))
			consider(&c, w, f, &candidate);
	}
	if (rule == RULE_OFFER) {
		copy_piece(r, &candidate, f);
		return KEPT;
	}
	own = c.answer == KEPT;
	for (__u64 v = 0; !own && v <= bits_of(f->msb, f->lsb) >> f->lsb && v < 16; v++) {
		const struct profile_reg number = { .val = { v << f->lsb } };

		copy_piece(&candidate, &number, f);
		if (judge_all(w, f, &candidate) == KEPT)
			consider(&c, w, f, &candidate);
	}
	if (c.answer)
		copy_piece(r, &c.best, f);
	return c.answer;
}

static bool is_everywhere(const struct work *w)
{
	for (size_t i = 0; i < w->nr; i++)
		if (!w->have[i])
			return false;
	return true;
}

/*
 * The worst that one of the hosts makes of all that input @n has in a group, and in @diff
 * whether that is more than what input @other has
 */
static enum answer judge_group(struct work *w, size_t n, enum regs_group group, size_t other,
			       int *diff)
{
	enum answer worst = KEPT, answer;
	struct regs_field f;

	*diff = 0;
	for (size_t i = 0; i < w->in[n]->nr; i++) {
		const struct profile_reg *r = &w->in[n]->regs[i];

		if (regs_class_of(r->id)->group != group)
			continue;
		set_have(w, r->id);
		if (!is_everywhere(w))
			continue;
		*diff = *diff ?: memcmp(r->val, w->have[other]->val, sizeof(r->val));
		for (unsigned int piece = 0; worst && regs_piece(&f, r->id, piece); piece++) {
			answer = judge_all(w, &f, r);
			worst = answer < worst ? answer : worst;
		}
	}
	return worst;
}

#define LEFT_OUT	(ANY - 1)
#define NONE		(ANY - 2)

/*
 * The input whose registers of a group suit all best, or NONE. Any caches will do, but to
 * pose as another CPU is for the user to decide: LEFT_OUT.
 */
static size_t choose_host(struct work *w, enum regs_group group, size_t from)
{
	enum answer best_answer = REFUSED, answer;
	bool several = false, differ = false;
	size_t best = NONE;
	char *names;
	int diff;

	for (size_t n = 0; n < w->nr; n++) {
		answer = judge_group(w, n, group, best == NONE ? 0 : best, &diff);
		differ |= diff;
		if (answer == REFUSED || (best != NONE && !diff) ||
		    (from != ANY && from != w->kind[n]))
			continue;
		several |= best != NONE;
		if (answer > best_answer || (answer == best_answer && diff > 0)) {
			best_answer = answer;
			best = n;
		}
	}
	if (several && group == IDENTITY) {
		report_add(w->report, NOTE, NULL, NULL, NULL,
			   "left out: identity of the CPU: choose one by --from");
		best = LEFT_OUT;
	} else if (w->report && best != NONE && differ) {
		names = kind_names(w->fleet, w->kind[best]);
		report_add(w->report, NOTE, NULL, NULL, NULL, "%s: as in %s", group == IDENTITY ?
			   "identity of the CPU" : "caches", names);
		free(names);
	}
	return best;
}

/* Sets @r to what all can carry; false if there is no such value */
static bool choose_all(const struct work *w, struct profile_reg *r)
{
	char buf[VALUE_LEN], why[VALUE_LEN + 40];
	struct regs_field f;
	bool found = true;

	for (unsigned int n = 0; regs_piece(&f, r->id, n); n++) {
		enum answer answer = choose(w, r, &f);

		found &= answer != REFUSED;
		if (answer == REFUSED)
			add_values(w, OBSTACLE, "", r, &f);
		if (answer == REFUSED || answer == KEPT || !w->report)
			continue;
		snprintf(why, sizeof(why), "%s, %s: ", value_str(buf, sizeof(buf), &f, r),
			 answer == BETTER ? "some have a better one" : "which not all keep");
		add_values(w, answer == BETTER ? NOTE : CORRECTION, why, r, &f);
	}
	return found;
}

/* Can all hosts that have it have @r as zero? Then it is as if none had it */
static bool choose_none(const struct work *w, struct profile_reg *r)
{
	struct regs_field f;

	memset(r->val, 0, sizeof(r->val));
	for (unsigned int n = 0; regs_piece(&f, r->id, n); n++) {
		if (judge_all(w, &f, r) != REFUSED)
			continue;
		add_values(w, OBSTACLE, "", r, &f);
		return false;
	}
	return true;
}

static bool baseline_reg(struct work *w, const size_t *group_from, struct profile *base,
			 struct profile_reg *r)
{
	enum regs_group group = regs_class_of(r->id)->group;
	struct profile_reg *added;

	if (!is_everywhere(w)) {
		if (r->optional)
			return choose_none(w, r);
		add_values(w, NOTE, "left out: ", r, &whole_reg);
		return true;
	}
	if (group && group_from[group] == LEFT_OUT)
		return true;
	if (group && group_from[group] == NONE) {
		if (same_everywhere(w, &whole_reg))
			return true;
		add_values(w, OBSTACLE, "", r, &whole_reg);
		return false;
	}
	if (group)
		memcpy(r->val, w->have[group_from[group]]->val, sizeof(r->val));
	else if (!choose_all(w, r))
		return false;
	if (!base)
		return true;
	added = profile_add(base, r->id);
	*added = *r;
	added->takes = NULL;
	added->nr_takes = 0;
	return true;
}

/* Is input @n the first that has a register? Then @r becomes what all have in common of it */
static bool merge(struct work *w, size_t n, struct profile_reg *r)
{
	for (size_t i = 0; i < n; i++)
		if (profile_find(w->in[i], r->id))
			return false;
	set_have(w, r->id);
	for (size_t i = n + 1; i < w->nr; i++) {
		const struct profile_reg *other = w->have[i];

		if (!other)
			continue;
		for (int word = 0; word < PROFILE_WORDS; word++)
			r->mask[word] &= other->mask[word];
		r->has_mask &= other->has_mask;
		r->optional &= other->optional;
	}
	return true;
}

unsigned int fleet_baseline(struct report *report, struct profile *base,
			    const struct fleet *fleet, const bool *set, size_t from)
{
	struct work w = { .report = report, .fleet = fleet };
	size_t group_from[] = { [CACHES] = NONE };
	unsigned int bad = 0;

	w.in = must_realloc(NULL, 2 * fleet->nr_kinds, sizeof(*w.in));
	w.have = (const struct profile_reg **)(w.in + fleet->nr_kinds);
	w.kind = must_realloc(NULL, fleet->nr_kinds, sizeof(*w.kind));
	for (size_t k = 0; k < fleet->nr_kinds; k++) {
		w.in[w.nr] = &fleet->kinds[k].p;
		w.kind[w.nr] = k;
		w.nr += set[k];
	}
	group_from[IDENTITY] = choose_host(&w, IDENTITY, from);
	group_from[CACHES] = choose_host(&w, CACHES, from);
	for (size_t i = 0; i < w.nr && (report || !bad); i++) {
		for (size_t j = 0; j < w.in[i]->nr && (report || !bad); j++) {
			struct profile_reg r = w.in[i]->regs[j];

			bad += merge(&w, i, &r) && !baseline_reg(&w, group_from, base, &r);
		}
	}
	if (base && !bad && !base->nr) {
		report_add(report, OBSTACLE, NULL, NULL, NULL,
			   "nothing is left: all registers were left out");
		bad++;
	}
	if (base)
		profile_sort(base);
	free(w.kind);
	free(w.in);
	return bad;
}
