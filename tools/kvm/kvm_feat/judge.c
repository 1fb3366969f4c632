// SPDX-License-Identifier: GPL-2.0
/*
 * What a host makes of the pieces of a register that are judged by themselves
 *
 * The judgement is the host's: its profile has what it takes, by bits.
 */
#include "rule.h"

enum answer good_enough = CORRECTED;

void common_lengths(__u64 *out, const __u64 *a, const __u64 *b)
{
	__u64 common = ~0ULL;

	for (int i = 0; i < PROFILE_WORDS; i++) {
		__u64 diff = a[i] ^ b[i];

		if (diff)
			common &= (diff & -diff) - 1;
		out[i] = a[i] & common;
		if (diff)
			common = 0;
	}
}

bool same_piece(const struct profile_reg *a, const struct profile_reg *b,
		const struct regs_field *f)
{
	if (!a || !b)
		return a == b;
	return is_whole(f) ? profile_same(a, b) :
	       !((a->val[0] ^ b->val[0]) & bits_of(f->msb, f->lsb));
}

void copy_piece(struct profile_reg *to, const struct profile_reg *from,
		const struct regs_field *f)
{
	__u64 bits = bits_of(f->msb, f->lsb);

	if (is_whole(f))
		memcpy(to->val, from->val, sizeof(to->val));
	else
		to->val[0] = (to->val[0] & ~bits) | (from->val[0] & bits);
}

const char *lacks_answers(const struct profile *p)
{
	bool clock = profile_find(p, CNTFRQ_EL0) && profile_find(p, DCZID_EL0);
	size_t nr = 0;

	for (size_t i = 0; i < p->nr; i++)
		nr += p->regs[i].nr_takes;
	if (!nr)
		return clock ? "what it takes ('# takes')" :
			       "what it takes ('# takes') and how its counter runs ('# host')";
	return clock ? NULL : "how its counter runs ('# host')";
}

/* Accepted, but @diff bits are others: what does that mean? */
static enum answer without_effect(const struct profile_reg *have, __u64 diff)
{
	if (regs_class_of(have->id)->rule == RULE_LEVEL)
		return BETTER;
	/* The masks are KVM's own, of ID registers: what they lack cannot be set by anyone */
	return regs_is_id_reg(have->id) && have->has_mask && !(diff & have->mask[0]) ?
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

static bool fits_lengths(const struct profile_reg *want, const struct profile_reg *have)
{
	struct profile_reg common = {};

	common_lengths(common.val, want->val, have->val);
	return !profile_is_zero(&common) && profile_same(&common, want);
}

enum answer judge(const struct profile_reg *have, const struct regs_field *f,
		  const struct profile_reg *want)
{
	__u64 w = want->val[0], diff;
	bool fits = false;

	/* A host that does not tell a fact is none, see lacks_answers() */
	if (!have)
		return profile_absent(want) || regs_is_fact(want->id) ? KEPT : REFUSED;
	if (same_piece(want, have, f))
		return KEPT;
	diff = (w ^ have->val[0]) & bits_of(f->msb, f->lsb);
	switch (regs_class_of(want->id)->rule) {
	case RULE_BITS:
		fits = !(w & diff & ~have->mask[0]);
		break;
	case RULE_MASK:
		fits = have->has_mask && !(diff & ~have->mask[0]);
		break;
	case RULE_LENGTHS:
		return fits_lengths(want, have) ? KEPT : REFUSED;
	case RULE_LIMIT:
		fits = w < have->val[0];
		break;
	case RULE_OFFER:
		fits = true;
		break;
	case RULE_EQUAL:
		break;
	case RULE_TAKES:
	case RULE_LEVEL:
		if (diff)
			return look_up(have, w, diff);
	}
	/* What differs beyond the first word is no number that could be looked up */
	return fits && diff ? KEPT : REFUSED;
}

const char *piece_name(char *buf, size_t size, __u64 id, const struct regs_field *f)
{
	if (*f->name || is_whole(f))
		snprintf(buf, size, "%s", f->name);
	else if (regs_is_hcid(id))
		snprintf(buf, size, "function_%u", (REG_LOW(id) & 63) * 64 + f->lsb);
	else if (regs_is_service(id))
		snprintf(buf, size, "bit_%u", f->lsb);
	else
		snprintf(buf, size, "[%u:%u]", f->msb, f->lsb);
	return buf;
}

const char *value_str(char *buf, size_t size, const struct regs_field *f,
		      const struct profile_reg *r)
{
	const struct regs_class *c = regs_class_of(r->id);
	FILE *out = NULL;

	if (c->print && (is_whole(f) || (c->like && *f->name)))
		out = fmemopen(buf, size, "w");
	if (out) {
		c->print(out, f, r->val);
		fclose(out);
		buf[size - 1] = '\0';
		return buf;
	}
	return is_whole(f) ? profile_hex(buf, r->val) : regs_field_str(buf, size, f, r->val[0]);
}

/* The ranges of the bits of @t, of a signed field those below zero first */
static void print_ranges(FILE *out, const struct profile_reg *have, const struct profile_take *t,
			 const struct regs_field *f)
{
	const struct profile_take *end = have->takes + have->nr_takes;
	bool is_signed = t->lsb == f->lsb && t->msb == f->msb && regs_field_signed(f);
	__u64 half = is_signed ? 1ULL << (f->msb - f->lsb) : 0;
	char buf[VALUE_LEN];
	int n = 0;

	for (int negative = is_signed; negative >= 0; negative--) {
		for (const struct profile_take *u = t; u < end && u->lsb == t->lsb; u++) {
			__u64 min = negative && u->min < half ? half : u->min;
			__u64 max = is_signed && !negative && u->max >= half ? half - 1 : u->max;
			struct profile_reg r = { .id = have->id, .val = { min << t->lsb } };

			if (u->ignored || min > max || n++ > 4)
				continue;
			fprintf(out, "%s%s", n > 1 ? ", " : "", n > 4 ? "and more" :
				value_str(buf, sizeof(buf), f, &r));
			r.val[0] = max << t->lsb;
			if (max != min && n <= 4)
				fprintf(out, " to %s", value_str(buf, sizeof(buf), f, &r));
		}
	}
}

const char *limits_str(char *buf, size_t size, const struct profile_reg *have,
		       const struct regs_field *f)
{
	const struct profile_take *t = have->takes, *end = t + have->nr_takes;
	const struct regs_class *c = regs_class_of(have->id);
	const char *sep = "takes only ";
	unsigned int lsb = 64;
	char own[VALUE_LEN];
	FILE *out = NULL;

	value_str(own, sizeof(own), f, have);
	snprintf(buf, size, c->rule == RULE_LENGTHS ? "takes all or the first of %s" :
		 c->rule == RULE_LIMIT ? "takes at most %s" : "takes only %s",
		 t && c->limits ? c->limits : own);
	for (; t < end && !c->limits; t++) {
		if (t->lsb == lsb || t->lsb > f->msb || t->msb < f->lsb)
			continue;
		out = out ?: fmemopen(buf, size, "w");
		if (!out)
			break;
		lsb = t->lsb;
		fputs(sep, out);
		print_ranges(out, have, t, f);
		sep = "; ";
	}
	if (out)
		fclose(out);
	buf[size - 1] = '\0';
	return buf;
}
