// SPDX-License-Identifier: GPL-2.0
/*
 * What a profile means for another host: does it fit, and what is different
 *
 * The judgement is the host's: its profile has what it takes, by bits.
 */
#include <stdlib.h>

#include "kvm_feat.h"

enum answer good_enough = CORRECTED;

__u64 common_lengths(__u64 a, __u64 b)
{
	__u64 diff = a ^ b;

	return diff ? a & ((diff & -diff) - 1) : a;
}

bool same_piece(const struct profile_reg *a, const struct profile_reg *b,
		const struct regs_field *f)
{
	if (!a || !b)
		return a == b;
	return !((a->val[0] ^ b->val[0]) & bits_of(f->msb, f->lsb));
}

void copy_piece(struct profile_reg *to, const struct profile_reg *from,
		const struct regs_field *f)
{
	__u64 bits = bits_of(f->msb, f->lsb);

	to->val[0] = (to->val[0] & ~bits) | (from->val[0] & bits);
}

const char *lacks_answers(const struct profile *p)
{
	size_t nr = 0;

	for (size_t i = 0; i < p->nr; i++)
		nr += p->regs[i].nr_takes;
	if (!nr)
		return "which values the host takes ('# takes')";
	return profile_find(p, CNTFRQ_EL0) && profile_find(p, DCZID_EL0) ? NULL :
	       "CNTFRQ_EL0 and DCZID_EL0 ('# host')";
}

/* Accepted, but @diff bits are others: what does that mean? */
static enum answer without_effect(const struct profile_reg *have, __u64 diff)
{
	const struct regs_class *c = regs_class_of(have->id);

	if (c->rule == RULE_LEVEL)
		return BETTER;
	/* The masks are KVM's own, of ID registers: what they lack cannot be set by anyone */
	return c->probe[0].how == PROBE_FIELDS && have->has_mask && !(diff & have->mask) ?
	       CORRECTED : LOST;
}

enum answer judge_seen(const struct profile_reg *have, const struct regs_field *f,
		       const struct profile_reg *want, const struct profile_reg *seen)
{
	__u64 diff = (want->val[0] ^ seen->val[0]) & bits_of(f->msb, f->lsb);

	return same_piece(want, seen, f) ? KEPT : without_effect(have, diff);
}

/* By what the host says that it takes in the bits that @diff has set */
static enum answer look_up(const struct profile_reg *have, __u64 want, __u64 diff)
{
	const struct profile_take *t = have->takes, *end = t + have->nr_takes;
	enum answer answer = KEPT;

	while (t < end) {
		__u64 bits = bits_of(t->msb, t->lsb), v = (want & bits) >> t->lsb;
		enum answer found = REFUSED;
		unsigned int lsb = t->lsb;

		for (; t < end && t->lsb == lsb; t++)
			if (v >= t->min && v <= t->max && found != KEPT)
				found = t->ignored ? without_effect(have, diff & bits) : KEPT;
		if (diff & bits && found < answer)
			answer = found;
		diff &= ~bits;
	}
	return diff ? REFUSED : answer;
}

enum answer judge(const struct profile_reg *have, const struct regs_field *f,
		  const struct profile_reg *want)
{
	__u64 w = want->val[0], diff;

	/* A host that does not tell a fact is none, see lacks_answers() */
	if (!have)
		return profile_absent(want) || regs_is_fact(want->id) ? KEPT : REFUSED;
	if (same_piece(want, have, f))
		return KEPT;
	diff = (w ^ have->val[0]) & bits_of(f->msb, f->lsb);
	switch (regs_class_of(want->id)->rule) {
	case RULE_BITS:
		return w & diff & ~have->mask ? REFUSED : KEPT;
	case RULE_MASK:
		return have->has_mask && !(diff & ~have->mask) ? KEPT : REFUSED;
	case RULE_LENGTHS:
		return w && common_lengths(w, have->val[0]) == w ? KEPT : REFUSED;
	case RULE_LIMIT:
		return w < have->val[0] ? KEPT : REFUSED;
	case RULE_OFFER:
		return KEPT;
	default:
		return look_up(have, w, diff);
	}
}

/* One of the texts that are returned to be printed soon */
static char *new_text(void)
{
	static char texts[16][TEXT_LEN];
	static unsigned int n;

	return texts[n++ % ARRAY_SIZE(texts)];
}

const char *piece_name(__u64 id, const struct regs_field *f)
{
	char *text = new_text();

	if (*f->name || is_whole(f))
		return f->name;
	if (regs_is_hcid(id))
		sprintf(text, "function_%u", (REG_LOW(id) & 63) * 64 + f->lsb);
	else if (regs_is_service(id))
		sprintf(text, "bit_%u", f->lsb);
	else
		sprintf(text, "[%u:%u]", f->msb, f->lsb);
	return text;
}

const char *piece_hex(const struct regs_field *f, const struct profile_reg *r)
{
	char *text = new_text();

	sprintf(text, "0x%llx", (r->val[0] & bits_of(f->msb, f->lsb)) >> f->lsb);
	return text;
}

const char *value_str(const struct regs_field *f, const struct profile_reg *r)
{
	__u64 v = (r->val[0] & bits_of(f->msb, f->lsb)) >> f->lsb;
	const struct regs_class *c = regs_class_of(r->id);
	__s64 number = regs_field_get(f, r->val[0]);
	const struct regs_enum *e = f->enums;
	char *text = new_text();

	while (e && e->name && e->val != v)
		e++;
	if (c->print && (is_whole(f) || (c->like && *f->name)))
		c->print(text, f, r->val[0]);
	else if (is_whole(f))
		sprintf(text, "0x%llx", v);
	else if (e && e->name)
		snprintf(text, TEXT_LEN, "%s (%lld)", e->name, number);
	else
		sprintf(text, regs_field_signed(f) || v < 256 ? "%lld" : "0x%llx", number);
	return text;
}

/* The ranges of the bits of @t, of a signed field those below zero first */
static void print_ranges(FILE *out, const struct profile_reg *have, const struct profile_take *t,
			 const struct regs_field *f)
{
	const struct profile_take *end = have->takes + have->nr_takes;
	bool is_signed = t->lsb == f->lsb && t->msb == f->msb && regs_field_signed(f);
	__u64 half = is_signed ? 1ULL << (f->msb - f->lsb) : 0;
	int n = 0;

	for (int negative = is_signed; negative >= 0; negative--) {
		for (const struct profile_take *u = t; u < end && u->lsb == t->lsb; u++) {
			__u64 min = negative && u->min < half ? half : u->min;
			__u64 max = is_signed && !negative && u->max >= half ? half - 1 : u->max;
			struct profile_reg r = { .id = have->id, .val = { min << t->lsb } };

			if (u->ignored || min > max || n++ > 4)
				continue;
			fprintf(out, "%s%s", n > 1 ? ", " : "",
				n > 4 ? "and more" : value_str(f, &r));
			r.val[0] = max << t->lsb;
			if (max != min && n <= 4)
				fprintf(out, " to %s", value_str(f, &r));
		}
	}
}

const char *limits_str(const struct profile_reg *have, const struct regs_field *f)
{
	const struct profile_take *t = have->takes, *end = t + have->nr_takes;
	const struct regs_class *c = regs_class_of(have->id);
	char *text = new_text();
	FILE *out = fmemopen(text, TEXT_LEN, "w");
	const char *sep = "takes only ";
	unsigned int lsb = 64;

	for (; out && t < end && !c->limits; t++) {
		if (t->lsb == lsb || t->lsb > f->msb || t->msb < f->lsb)
			continue;
		lsb = t->lsb;
		fputs(sep, out);
		print_ranges(out, have, t, f);
		sep = "; ";
	}
	if (out && lsb == 64)
		fprintf(out, c->rule == RULE_LENGTHS ? "takes %s, all of them or the first ones" :
			c->rule == RULE_LIMIT ? "takes at most %s" : "takes only %s",
			c->limits && have->nr_takes ? c->limits : value_str(f, have));
	if (out)
		fclose(out);
	text[TEXT_LEN - 1] = '\0';
	return text;
}

unsigned int rule_reason(const struct profile *a, const struct profile *b, __u64 id)
{
	const struct profile_reg *x = profile_find(a, MIDR_EL1), *y = profile_find(b, MIDR_EL1);

	if (regs_is_fact(id))
		return BY_PLATFORM;
	/* CPUs that are the same have it from their kernels */
	return regs_class_of(id)->hardware && profile_find(a, id) && profile_find(b, id) &&
	       x && y && !profile_same(x, y) ? BY_CPU : BY_KERNEL;
}

/* Why the two differ in a register, and what it has in common with others, if anything */
static void give_reason(struct finding *finding, const struct profile *p,
			const struct profile_reg *want, const struct profile *host)
{
	const struct profile_reg *have = profile_find(host, want->id);

	finding->reasons = rule_reason(p, host, want->id);
	if (regs_class_of(want->id)->group == CACHES && !(have && have->nr_takes))
		finding->cause = "caches, which kernels before 6.3 cannot change";
	else if (!have && regs_is_service(want->id) && !want->optional)
		finding->cause = "no register for these services, as in kernels before 5.19";
	else if (finding->reasons == BY_CPU)
		finding->cause = "the CPUs differ";
}

/* What a host makes of a piece, and that in words; @seen may be NULL, as for rule_misfit() */
static enum answer misfit_piece(struct report *report, const struct profile *p,
				const struct profile_reg *want, const struct profile *host,
				const struct profile_reg *seen, const struct regs_field *f)
{
	static const char *const formats[] = {
		[REFUSED] = "%s, the host %s", [CORRECTED] = "%s -> %s",
		[LOST] = "%s accepted, but the guest will see %s",
		[BETTER] = "%s, the host has a better mitigation: %s",
	};
	const char *other = "does not know the register";
	const struct profile_reg *have = profile_find(host, want->id);
	enum answer answer = seen ? judge_seen(have, f, want, seen) : judge(have, f, want);
	enum finding_kind kind = answer == CORRECTED ? CORRECTION : NOTE;
	struct finding *finding;

	if (answer == CORRECTED && good_enough > CORRECTED)
		answer = LOST;
	if (answer == KEPT || !report)
		return answer;
	seen = seen ?: have;
	if (have)
		other = answer == REFUSED ? limits_str(have, f) : value_str(f, seen);
	finding = report_add(report, answer <= LOST ? OBSTACLE : kind, want, f, formats[answer],
			     value_str(f, want), other);
	report_value(finding, "value", f, want);
	if (answer != REFUSED)
		report_value(finding, "seen", f, seen);
	if (answer <= LOST)
		give_reason(finding, p, want, host);
	return answer;
}

unsigned int rule_misfit(struct report *report, const struct profile *p,
			 const struct profile_reg *want, const struct profile *host,
			 const struct profile_reg *seen)
{
	const struct profile_reg *have = profile_find(host, want->id);
	const struct profile_reg *is = seen ?: have;
	unsigned int bad = 0, nr = 0;
	struct regs_field f;
	bool whole;

	for (unsigned int n = 0; regs_piece(&f, want->id, n); n++)
		nr += !same_piece(want, is, &f);
	/* All of an AArch32 ID register is one thing, on a host without AArch32 */
	whole = have ? nr > 2 && profile_is_zero(is) &&
		       (seen || judge(have, &whole_reg, want) != REFUSED) : !want->optional;
	if (whole)
		return misfit_piece(report, p, want, host, seen, &whole_reg) <= LOST;
	for (unsigned int n = 0; regs_piece(&f, want->id, n); n++) {
		if (!have && !(want->val[0] & bits_of(f.msb, f.lsb)))
			continue;
		bad += misfit_piece(report, p, want, host, seen, &f) <= LOST;
		if (have && regs_class_of(want->id)->rule == RULE_OFFER &&
		    want->val[0] & ~have->val[0] & bits_of(f.msb, f.lsb))
			report_add(report, NOTE, want, &f, "the host lacks it: VMs can't use it");
	}
	return bad;
}

void rule_left(struct report *report, const struct profile *p, const struct profile *host)
{
	for (size_t i = 0; report && i < host->nr; i++) {
		const struct profile_reg *r = &host->regs[i];

		if (r->optional || regs_is_fact(r->id) || profile_find(p, r->id))
			continue;
		report_add(report, NOTE, r, NULL, "left as the host has it")->cause =
			"left as the host has them";
	}
}

struct profile_reg *rule_restored(const struct profile *p, const struct profile *host, size_t *nr)
{
	struct profile_reg *regs = malloc((p->nr + host->nr + 1) * sizeof(*regs));

	if (!regs)
		abort();
	memcpy(regs, p->regs, p->nr * sizeof(*regs));
	*nr = p->nr;
	for (size_t i = 0; i < host->nr; i++) {
		if (!host->regs[i].optional || profile_find(p, host->regs[i].id))
			continue;
		regs[*nr] = host->regs[i];
		memset(regs[(*nr)++].val, 0, sizeof(regs->val));
	}
	return regs;
}

unsigned int rule_misfits(struct report *report, const struct profile *p,
			  const struct profile *host)
{
	unsigned int n = 0;
	size_t nr;
	struct profile_reg *regs = rule_restored(p, host, &nr);

	for (size_t i = 0; i < nr; i++)
		n += rule_misfit(report, p, &regs[i], host, NULL);
	rule_left(report, p, host);
	free(regs);
	return n;
}

/* A change of some or all of a register, of which @was or @is may be NULL: not there */
static struct finding *add_change(struct report *report, const struct regs_field *f,
				  const struct profile_reg *was, const struct profile_reg *is,
				  const char *means)
{
	struct finding *finding = report_add(report, CHANGE, was ?: is, f, "%s -> %s%s",
					     was ? value_str(f, was) : "not there",
					     is ? value_str(f, is) : "not there", means);

	if (was)
		report_value(finding, "from", f, was);
	if (is)
		report_value(finding, "to", f, is);
	return finding;
}

/* @was or @is may be NULL: not there. Is it a difference? */
static bool diff_reg(struct report *report, const struct profile_reg *was,
		     const struct profile_reg *is)
{
	const struct profile_reg *r = was ?: is;
	enum regs_rule rule = regs_class_of(r->id)->rule;
	struct profile_reg nothing = *r;
	bool lone = !was || !is;
	struct regs_field f;

	/*
	 * A guest does not see what else could be asked of a host, nor an HCID register that
	 * is zero
	 */
	if ((!lone && profile_same(was, is)) || rule == RULE_LIMIT || rule == RULE_OFFER ||
	    (lone && profile_absent(r) && regs_is_hcid(r->id)))
		return false;
	if (lone && profile_absent(r)) {
		add_change(report, &whole_reg, was, is, ": zero means absent, no difference");
		return false;
	}
	if (lone && !r->optional) {
		add_change(report, &whole_reg, was, is, "")->cause = "only one has the register";
		return !regs_is_fact(r->id);
	}
	memset(nothing.val, 0, sizeof(nothing.val));
	add_change(report, &whole_reg, was, is, "");
	regs_piece(&f, r->id, 0);
	for (unsigned int n = 0; !is_whole(&f) && regs_piece(&f, r->id, n); n++)
		if (!same_piece(was ?: &nothing, is ?: &nothing, &f))
			add_change(report, &f, was ?: &nothing, is ?: &nothing, "");
	return true;
}

unsigned int rule_diff(struct report *report, const struct profile *a, const struct profile *b)
{
	unsigned int n = 0;

	for (size_t i = 0; i < a->nr; i++)
		n += diff_reg(report, &a->regs[i], profile_find(b, a->regs[i].id));
	for (size_t i = 0; i < b->nr; i++)
		if (!profile_find(a, b->regs[i].id))
			n += diff_reg(report, NULL, &b->regs[i]);
	return n;
}
