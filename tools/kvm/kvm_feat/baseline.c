// SPDX-License-Identifier: GPL-2.0
/*
 * The greatest profile that all hosts can carry
 */
#include <stdlib.h>

#include "kvm_feat.h"

/* What fleet_baseline() works on */
struct work {
	struct report *report;
	struct fleet *fleet;
	size_t nr;
	struct member {
		size_t kind;
		const struct profile *p;
		const struct profile_reg *have;	/* the register at hand, NULL if not there */
	} *in;
};

static void set_have(struct work *w, __u64 id)
{
	for (size_t i = 0; i < w->nr; i++)
		w->in[i].have = profile_find(w->in[i].p, id);
}

/* The worst that one of the hosts makes of a piece of @want */
static enum answer judge_all(const struct work *w, const struct regs_field *f,
			     const struct profile_reg *want)
{
	enum answer worst = KEPT, answer;

	for (size_t i = 0; i < w->nr && worst; i++) {
		answer = judge(w->in[i].have, f, want);
		if (answer < worst)
			worst = answer;
	}
	return worst < good_enough ? REFUSED : worst;
}

static bool same_everywhere(const struct work *w, const struct regs_field *f)
{
	for (size_t i = 1; i < w->nr; i++)
		if (!same_piece(w->in[0].have, w->in[i].have, f))
			return false;
	return true;
}

static unsigned int reasons_of(const struct work *w, const struct regs_field *f, __u64 id)
{
	unsigned int all = 0;

	for (size_t i = 0; i < w->nr; i++)
		for (size_t j = 0; j < i; j++)
			if (!same_piece(w->in[i].have, w->in[j].have, f))
				all |= rule_reason(w->in[i].p, w->in[j].p, id);
	return all;
}

/* Who has which value of a piece, behind @why */
static void add_values(const struct work *w, enum finding_kind kind, const char *why,
		       const struct profile_reg *r, const struct regs_field *f)
{
	char *values, *data;
	struct finding *finding;
	FILE *text, *json;

	if (!w->report || (w->report->brief && kind != OBSTACLE))
		return;
	text = open_text(&values);
	json = open_text(&data);
	for (size_t i = 0; i < w->nr; i++) {
		const struct profile_reg *have = w->in[i].have;
		size_t n = 0;

		while (n < i && !same_piece(w->in[n].have, have, f))
			n++;
		if (n < i)
			continue;
		for (size_t k = 0; k < w->fleet->nr_kinds; k++)
			w->fleet->kinds[k].named = false;
		for (n = i; n < w->nr; n++)
			w->fleet->kinds[w->in[n].kind].named = same_piece(w->in[n].have, have, f);
		fprintf(text, "%s%s in ", i ? "; " : "", have ? value_str(f, have) : "not there");
		fleet_print(text, w->fleet, false);
		fputs(i ? ", {" : ", \"values\": [{", json);
		if (have)
			fprintf(json, "\"value\": \"%s\", ", piece_hex(f, have));
		fputs("\"hosts\": ", json);
		fleet_print(json, w->fleet, true);
		fputc('}', json);
	}
	fputc(']', json);
	fclose(text);
	fclose(json);
	finding = report_add(w->report, kind, r, f, "%s%s", why, values);
	finding->data = data;
	if (kind == OBSTACLE) {
		finding->reasons = reasons_of(w, f, r->id);
		if (regs_class_of(r->id)->group == CACHES)
			finding->cause = "no host's caches suit all hosts";
		else if (finding->reasons == BY_CPU)
			finding->cause = "the CPUs differ";
	}
	free(values);
}

/*
 * Sets a piece of @r to the greatest value that one of the hosts has and all keep,
 * else to the greatest that all keep, else to one that some correct
 */
static enum answer choose(const struct work *w, struct profile_reg *r, const struct regs_field *f)
{
	enum regs_rule rule = regs_class_of(r->id)->rule;
	__u64 max = bits_of(f->msb - f->lsb, 0) & 15;
	__u64 top = regs_field_signed(f) ? max / 2 : max;
	struct profile_reg candidate = *r, best = *r;
	enum answer best_answer = REFUSED, answer;

	if (same_everywhere(w, f)) {
		copy_piece(r, w->in[0].have, f);
		return KEPT;
	}
	if (rule == RULE_OFFER || rule == RULE_LENGTHS) {
		for (size_t i = 0; i < w->nr; i++) {
			if (rule == RULE_OFFER)
				r->val[0] &= w->in[i].have->val[0];
			else
				r->val[0] = common_lengths(r->val[0], w->in[i].have->val[0]);
		}
		return judge_all(w, f, r);
	}
	for (size_t i = 0; i < w->nr; i++) {
		copy_piece(&candidate, w->in[i].have, f);
		answer = judge_all(w, f, &candidate);
		if (answer > best_answer || (answer == best_answer && answer &&
					     regs_field_get(f, candidate.val[0]) >
					     regs_field_get(f, best.val[0]))) {
			best = candidate;
			best_answer = answer;
		}
	}
	for (__u64 n = 0; best_answer != KEPT && n <= max; n++) {
		const struct profile_reg number = { .val = { ((top - n) & max) << f->lsb } };

		copy_piece(&candidate, &number, f);
		if (judge_all(w, f, &candidate) == KEPT) {
			best = candidate;
			best_answer = KEPT;
		}
	}
	if (best_answer)
		copy_piece(r, &best, f);
	return best_answer;
}

static bool is_everywhere(const struct work *w)
{
	for (size_t i = 0; i < w->nr; i++)
		if (!w->in[i].have)
			return false;
	return true;
}

/* Do all take what input @n has in a group? Is it what input @other has? */
static bool suits_all(struct work *w, size_t n, enum regs_group group, size_t other, bool *same)
{
	struct regs_field f;
	bool suits = true;

	*same = true;
	for (size_t i = 0; i < w->in[n].p->nr; i++) {
		const struct profile_reg *r = &w->in[n].p->regs[i];

		if (regs_class_of(r->id)->group != group)
			continue;
		set_have(w, r->id);
		if (!is_everywhere(w))
			continue;
		*same &= profile_same(r, w->in[other].have);
		for (unsigned int piece = 0; regs_piece(&f, r->id, piece); piece++)
			suits &= judge_all(w, &f, r) != REFUSED;
	}
	return suits;
}

#define LEFT_OUT	(ANY - 1)
#define NONE		(ANY - 2)

/*
 * The first input whose registers of a group suit all, or NONE. Any caches will do, but to
 * pose as another CPU is for the user to decide: LEFT_OUT.
 */
static size_t choose_host(struct work *w, enum regs_group group, size_t from)
{
	bool several = false, differ = false, same;
	size_t best = NONE;
	char *names;

	for (size_t n = 0; n < w->nr; n++) {
		bool suits = suits_all(w, n, group, best == NONE ? 0 : best, &same);

		differ |= !same;
		if (!suits || (from != ANY && from != w->in[n].kind))
			continue;
		several |= best != NONE && !same;
		best = best == NONE ? n : best;
	}
	if (several && group == IDENTITY) {
		report_add(w->report, NOTE, NULL, NULL,
			   "identity of the CPU left out: several fit all hosts; choose one by --from");
		best = LEFT_OUT;
	} else if (w->report && best != NONE && differ) {
		names = kind_names(w->fleet, w->in[best].kind, false);
		report_add(w->report, NOTE, NULL, NULL, "%s: as in %s", group == IDENTITY ?
			   "identity of the CPU" : "caches", names);
		free(names);
	}
	return best;
}

/* Sets @r to what all can carry; false if there is no such value */
static bool choose_all(const struct work *w, struct profile_reg *r)
{
	char why[TEXT_LEN + 40];
	struct regs_field f;
	bool found = true;

	for (unsigned int n = 0; regs_piece(&f, r->id, n); n++) {
		enum answer answer = choose(w, r, &f);

		found &= answer != REFUSED;
		if (answer == REFUSED)
			add_values(w, OBSTACLE, "", r, &f);
		if (answer == REFUSED || answer == KEPT || !w->report)
			continue;
		snprintf(why, sizeof(why), "%s, %s: ", value_str(&f, r),
			 answer == BETTER ? "some hosts mitigate better" : "some hosts correct it");
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
		memcpy(r->val, w->in[group_from[group]].have->val, sizeof(r->val));
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
	set_have(w, r->id);
	for (size_t i = 0; i < w->nr; i++) {
		const struct profile_reg *other = w->in[i].have;

		if (i < n && other)
			return false;
		if (!other)
			continue;
		r->mask &= other->mask;
		r->has_mask &= other->has_mask;
		r->optional &= other->optional;
	}
	return true;
}

unsigned int fleet_baseline(struct report *report, struct profile *base,
			    struct fleet *fleet, size_t from)
{
	struct work w = { .report = report, .fleet = fleet };
	size_t group_from[] = { [CACHES] = NONE };
	unsigned int bad = 0;

	w.in = must_realloc(NULL, fleet->nr_kinds, sizeof(*w.in));
	for (size_t k = 0; k < fleet->nr_kinds; k++)
		if (fleet->kinds[k].in)
			w.in[w.nr++] = (struct member){ .kind = k, .p = &fleet->kinds[k].p };
	group_from[IDENTITY] = choose_host(&w, IDENTITY, from);
	group_from[CACHES] = choose_host(&w, CACHES, from);
	for (size_t i = 0; i < w.nr && (report || !bad); i++) {
		for (size_t j = 0; j < w.in[i].p->nr && (report || !bad); j++) {
			struct profile_reg r = w.in[i].p->regs[j];

			bad += merge(&w, i, &r) && !baseline_reg(&w, group_from, base, &r);
		}
	}
	if (base && !bad && !base->nr) {
		report_add(report, OBSTACLE, NULL, NULL,
			   "nothing is left: all registers were left out");
		bad++;
	}
	if (base)
		profile_sort(base);
	free(w.in);
	return bad;
}
