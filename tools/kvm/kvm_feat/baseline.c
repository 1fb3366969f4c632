// SPDX-License-Identifier: GPL-2.0
/*
 * The greatest profile that all hosts can carry
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "judge.h"
#include "output.h"
#include "report.h"
#include "rule.h"

/* What rule_baseline() works on */
struct fleet {
	const struct profile *in;
	const char *const *names;
	size_t nr;
	size_t from;
};

/* The worst that one of the hosts makes of a piece of @want */
static enum answer ask_all(const struct fleet *fleet, const struct regs_field *f,
			   const struct profile_reg *want)
{
	enum answer worst = KEPT;

	for (size_t i = 0; i < fleet->nr; i++) {
		const struct profile *host = &fleet->in[i];
		enum answer answer = ask(host, profile_find(host, want->id), f, want);

		if (answer < worst)
			worst = answer;
	}
	return worst;
}

static bool same_piece(const struct profile_reg *a, const struct profile_reg *b,
		       const struct regs_field *f)
{
	if (!a || !b || f->safe == SAFE_LENGTHS)
		return a == b || (a && b && same(a, b));
	return !((a->val[0] ^ b->val[0]) & bits_of(f->msb, f->lsb));
}

/* Who has which value of a piece, behind @why */
static void add_values(struct report *report, enum finding_kind kind, const char *why,
		       const struct fleet *fleet, const struct profile_reg *r,
		       const struct regs_field *f)
{
	char buf[VALUE_LEN], *values;
	const char *sep = "";
	size_t size;
	FILE *out;

	if (!report)
		return;
	out = open_memstream(&values, &size);
	if (!out)
		fatal("%s", strerror(ENOMEM));
	for (size_t i = 0; i < fleet->nr; i++) {
		const struct profile_reg *have = profile_find(&fleet->in[i], r->id);
		size_t n = 0;

		while (n < i && !same_piece(profile_find(&fleet->in[n], r->id), have, f))
			n++;
		if (n < i)
			continue;
		fprintf(out, "%s%s in %s", sep,
			have ? value_str(buf, sizeof(buf), f, have) : "not there", fleet->names[i]);
		sep = ", ";
		for (size_t j = n = i + 1; j < fleet->nr; j++)
			if (same_piece(profile_find(&fleet->in[j], r->id), have, f))
				n++;
		if (n > i + 1)
			fprintf(out, " and %zu more", n - i - 1);
	}
	fclose(out);
	report_add(report, kind, r, f, NULL, "%s%s", why, values);
	free(values);
}

/* Is @a a better choice than @b, given that the hosts do the same with both? */
static bool is_greater(const struct regs_field *f, const struct profile_reg *a,
		       const struct profile_reg *b)
{
	if (f->safe != SAFE_LENGTHS)
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

static void consider(struct choice *c, const struct fleet *fleet, const struct regs_field *f,
		     const struct profile_reg *candidate)
{
	enum answer answer = ask_all(fleet, f, candidate);

	if (answer > c->answer ||
	    (answer == c->answer && answer && is_greater(f, candidate, &c->best))) {
		c->best = *candidate;
		c->answer = answer;
	}
}

/*
 * Sets a piece of @r to the greatest value that one of the hosts has and all keep,
 * else to the greatest that all keep, else to one that some ignore
 */
static enum answer choose(const struct fleet *fleet, struct profile_reg *r,
			  const struct regs_field *f)
{
	__u64 bits = bits_of(f->msb, f->lsb);
	struct profile_reg candidate = *r;
	struct choice c = {};
	bool own;

	for (size_t i = 0; i < fleet->nr; i++) {
		const struct profile_reg *have = profile_find(&fleet->in[i], r->id);

		if (c.answer && same_piece(have, &c.best, f))
			continue;
		if (f->safe == SAFE_LENGTHS)
			common_lengths(candidate.val, candidate.val, have->val);
		else
			candidate.val[0] = (r->val[0] & ~bits) | (have->val[0] & bits);
		consider(&c, fleet, f, &candidate);
	}
	own = c.answer == KEPT;
	for (__u64 v = 0; !own && v <= bits >> f->lsb && v < 16; v++) {
		candidate.val[0] = (r->val[0] & ~bits) | v << f->lsb;
		if (ask_all(fleet, f, &candidate) == KEPT)
			consider(&c, fleet, f, &candidate);
	}
	if (c.answer)
		*r = c.best;
	return c.answer;
}

/* Registers of which a VM has all from the same host */
enum group {
	NO_GROUP,
	IDENTITY,
	CACHES,
};

#define LEFT_OUT	SIZE_MAX

static enum group group_of(__u64 id)
{
	switch (REG_KEY(id)) {
	case MIDR_EL1:
	case REVIDR_EL1:
	case AIDR_EL1:
		return IDENTITY;
	case CLIDR_EL1:
		return CACHES;
	}
	return REG_COPROC(id) == COPROC_DEMUX ? CACHES : NO_GROUP;
}

static bool is_everywhere(const struct fleet *fleet, __u64 id)
{
	for (size_t i = 0; i < fleet->nr; i++)
		if (!profile_find(&fleet->in[i], id))
			return false;
	return true;
}

/* The worst that one of the hosts makes of all that host @n has in a group */
static enum answer ask_group(const struct fleet *fleet, size_t n, enum group group)
{
	enum answer worst = KEPT;
	struct regs_field f;

	for (size_t i = 0; i < fleet->in[n].nr; i++) {
		const struct profile_reg *r = &fleet->in[n].regs[i];

		if (group_of(r->id) != group || !is_everywhere(fleet, r->id))
			continue;
		for (unsigned int piece = 0; get_piece(&f, NULL, r->id, piece); piece++) {
			enum answer answer = ask_all(fleet, &f, r);

			if (answer < worst)
				worst = answer;
		}
	}
	return worst;
}

static int compare_group(const struct fleet *fleet, size_t a, size_t b, enum group group)
{
	int diff = 0;

	for (size_t i = 0; !diff && i < fleet->in[a].nr; i++) {
		const struct profile_reg *x = &fleet->in[a].regs[i];

		if (group_of(x->id) == group && is_everywhere(fleet, x->id))
			diff = memcmp(x->val, profile_find(&fleet->in[b], x->id)->val,
				      sizeof(x->val));
	}
	return diff;
}

/*
 * The host whose registers of a group suit all best; @fleet->nr if none suits. Any
 * caches will do, but to pose as another CPU is for the user to decide: LEFT_OUT.
 */
static size_t choose_host(struct report *report, const struct fleet *fleet, enum group group)
{
	enum answer best_answer = REFUSED;
	size_t best = fleet->nr;
	bool several = false;

	for (size_t n = 0; n < fleet->nr; n++) {
		int diff = best < fleet->nr ? compare_group(fleet, n, best, group) : 0;
		enum answer answer;

		if ((best < fleet->nr && !diff) || (fleet->from < fleet->nr && fleet->from != n))
			continue;
		answer = ask_group(fleet, n, group);
		if (answer == REFUSED)
			continue;
		several |= diff;
		if (answer > best_answer || (answer == best_answer && diff > 0)) {
			best_answer = answer;
			best = n;
		}
	}
	if (several && group == IDENTITY) {
		report_add(report, NOTE, NULL, NULL, NULL,
			   "left out: identity of the CPU: choose one by --from");
		return LEFT_OUT;
	}
	for (size_t n = 0; best < fleet->nr && n < fleet->nr; n++) {
		if (!compare_group(fleet, n, best, group))
			continue;
		report_add(report, NOTE, NULL, NULL, NULL, "%s: as in %s", group == IDENTITY ?
			   "identity of the CPU" : "caches", fleet->names[best]);
		break;
	}
	return best;
}

/* Sets @r to what all can carry; false if there is no such value */
static bool choose_all(struct report *report, const struct fleet *fleet, struct profile_reg *r)
{
	const struct regs_desc *d = regs_find(r->id);
	char buf[VALUE_LEN], why[VALUE_LEN + 40];
	struct regs_field f;
	bool found = true;

	for (unsigned int n = 0; get_piece(&f, d, r->id, n); n++) {
		enum answer answer = choose(fleet, r, &f);

		if (answer == KEPT)
			continue;
		*why = '\0';
		if (answer == IGNORED)
			snprintf(why, sizeof(why), "%s is not kept by all: ",
				 value_str(buf, sizeof(buf), &f, r));
		add_values(report, answer == IGNORED ? NOTE : OBSTACLE, why, fleet, r, &f);
		found &= answer != REFUSED;
	}
	return found;
}

/* Can all hosts that have it have @r as zero? Then it is as if none had it */
static bool choose_none(struct report *report, const struct fleet *fleet, struct profile_reg *r)
{
	const struct regs_desc *d = regs_find(r->id);
	struct regs_field f;

	memset(r->val, 0, sizeof(r->val));
	for (unsigned int n = 0; get_piece(&f, d, r->id, n); n++) {
		if (ask_all(fleet, &f, r) != REFUSED)
			continue;
		add_values(report, OBSTACLE, "", fleet, r, &f);
		return false;
	}
	return true;
}

/* Is input @n the first that has a register? Then @r becomes what all have in common of it */
static bool merge(const struct fleet *fleet, size_t n, struct profile_reg *r)
{
	for (size_t i = 0; i < fleet->nr; i++) {
		const struct profile_reg *other = profile_find(&fleet->in[i], r->id);

		if (other && i < n)
			return false;
		if (!other)
			continue;
		for (int w = 0; w < PROFILE_WORDS; w++)
			r->mask[w] &= other->mask[w];
		r->has_mask &= other->has_mask;
		r->optional &= other->optional;
	}
	return true;
}

static bool baseline_reg(struct report *report, const struct fleet *fleet, const size_t *host,
			 struct profile *base, struct profile_reg *r)
{
	enum group group = group_of(r->id);
	struct profile_reg *added;

	if (!is_everywhere(fleet, r->id)) {
		if (r->optional)
			return choose_none(report, fleet, r);
		add_values(report, NOTE, "left out: ", fleet, r, &whole_reg);
		return true;
	}
	if (group && host[group] == LEFT_OUT)
		return true;
	if (group && host[group] == fleet->nr) {
		add_values(report, OBSTACLE, "", fleet, r, &whole_reg);
		return false;
	}
	if (group)
		memcpy(r->val, profile_find(&fleet->in[host[group]], r->id)->val, sizeof(r->val));
	else if (!choose_all(report, fleet, r))
		return false;
	added = profile_add(base, r->id);
	if (added)
		*added = *r;
	return added;
}

unsigned int rule_baseline(struct report *report, struct profile *base, const struct profile *in,
			   const char *const *names, size_t nr, size_t from)
{
	const struct fleet fleet = { .in = in, .names = names, .nr = nr, .from = from };
	const size_t host[] = {
		[IDENTITY] = choose_host(report, &fleet, IDENTITY),
		[CACHES] = choose_host(report, &fleet, CACHES),
	};
	unsigned int bad = 0;

	for (size_t i = 0; i < nr; i++) {
		for (size_t j = 0; j < in[i].nr; j++) {
			struct profile_reg r = in[i].regs[j];

			if (merge(&fleet, i, &r) && !baseline_reg(report, &fleet, host, base, &r))
				bad++;
		}
	}
	profile_sort(base);
	return bad;
}

static bool same_take(const struct profile_take *a, const struct profile_take *b)
{
	return a->id == b->id && a->msb == b->msb && a->lsb == b->lsb &&
	       a->ignored == b->ignored && a->min == b->min && a->max == b->max;
}

/* Do both give and take the same? */
static bool same_kind(const struct profile *a, const struct profile *b)
{
	if (a->nr != b->nr || a->nr_takes != b->nr_takes)
		return false;
	for (size_t i = 0; i < a->nr; i++)
		if (a->regs[i].id != b->regs[i].id || !same(&a->regs[i], &b->regs[i]) ||
		    memcmp(a->regs[i].mask, b->regs[i].mask, sizeof(a->regs[i].mask)))
			return false;
	for (size_t i = 0; i < a->nr_takes; i++)
		if (!same_take(&a->takes[i], &b->takes[i]))
			return false;
	return true;
}

static bool has_baseline(struct report *report, const struct profile *in,
			 const char *const *names, size_t nr)
{
	struct profile base = {};
	unsigned int bad = rule_baseline(report, &base, in, names, nr, nr);

	profile_free(&base);
	return !bad;
}

/* Names the registers at fault; is it the identity of the CPU alone? */
static bool only_identity(const struct report *why, char *buf, size_t size)
{
	bool only = true;
	size_t n = 0;

	*buf = '\0';
	for (size_t i = 0; i < why->nr && n < size; i++) {
		const struct finding *f = &why->findings[i];

		if (f->kind != OBSTACLE)
			continue;
		only &= group_of(regs_id(f->reg)) == IDENTITY;
		n += snprintf(buf + n, size - n, "%s%s%s%s", n ? ", " : "", f->reg,
			      *f->field ? "." : "", f->field);
	}
	return only;
}

void rule_advise(struct report *report, const struct profile *in, const char *const *names,
		 size_t nr)
{
	struct profile *kinds = calloc(nr, sizeof(*kinds)), last;
	size_t *first = calloc(nr, sizeof(*first)), *like = calloc(nr, sizeof(*like));
	struct report why = {};
	char at_fault[400];
	size_t n = 0;

	if (!kinds || !first || !like)
		fatal("%s", strerror(ENOMEM));
	for (size_t i = 0; i < nr; i++) {
		size_t k = 0;

		while (k < n && !same_kind(&kinds[k], &in[i]))
			k++;
		if (k == n) {
			kinds[n] = in[i];
			first[n++] = i;
		}
		like[k]++;
	}
	if (has_baseline(&why, kinds, names, n)) {
		report_add(report, ADVICE, NULL, NULL, NULL,
			   nr == 2 ? "for VMs of both: kvm_feat baseline %s %s" : "without --from",
			   names[0], names[nr - 1]);
	} else {
		/* Without each in turn, which gives its place to the last */
		last = kinds[n - 1];
		for (size_t k = 0; n > 2 && k < n; k++) {
			const struct profile kind = kinds[k];

			kinds[k] = last;
			if (has_baseline(NULL, kinds, names, n - 1))
				report_add(report, ADVICE, NULL, NULL, NULL, like[k] == 1 ?
					   "without %s" : "without %s and %zu more like it",
					   names[first[k]], like[k] - 1);
			kinds[k] = kind;
		}
		if (only_identity(&why, at_fault, sizeof(at_fault)))
			report_add(report, ADVICE, NULL, NULL, NULL,
				   "with vCPU feature impid, if kernels have it, and %s of one: --from",
				   at_fault);
		else if (nr == 2)
			report_add(report, NOTE, NULL, NULL, NULL,
				   "no profile fits both, because of %s", at_fault);
	}
	report_free(&why);
	free(like);
	free(first);
	free(kinds);
}
