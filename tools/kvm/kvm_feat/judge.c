// SPDX-License-Identifier: GPL-2.0
/*
 * What a host makes of the pieces of a register that are judged by themselves
 *
 * The judgement is the host's: its profile has what it takes, field by field. A
 * profile that has not (it is no host's, or of format 1) is judged by the kind that
 * sysreg gives a field: it takes its own value or, within the mask, a lower one.
 */
#include <stdlib.h>

#include "judge.h"
#include "rule.h"

static bool is_zero(const __u64 *val)
{
	for (int i = 0; i < PROFILE_WORDS; i++)
		if (val[i])
			return false;
	return true;
}

bool rule_absent(const struct profile_reg *r)
{
	return r->optional && is_zero(r->val);
}

const struct regs_field whole_reg = { .name = "", .msb = 63, .kind = "" };

bool get_piece(struct regs_field *f, const struct regs_desc *d, __u64 id, unsigned int n)
{
	const struct regs_field *fields = d ? d->fields : NULL;

	if (REG_COPROC(id) == COPROC_DEMUX) {
		*f = regs_find(REG_ID_ARM64 | CCSIDR_EL1)->fields[n];
		f->safe = SAFE_LINE;
		return f->kind;
	}
	if (regs_is_service(id)) {
		*f = (struct regs_field){
			.name = "", .msb = n, .lsb = n, .kind = "Service", .safe = SAFE_LOWER,
		};
		for (; fields && fields->kind; fields++)
			if (fields->lsb == n)
				*f = *fields;
		return n < 64;
	}
	if (fields && (regs_is_id_reg(id) || regs_is_device(id))) {
		*f = fields[n];
		return f->kind;
	}
	*f = whole_reg;
	if (regs_is_id_reg(id))
		f->safe = SAFE_ZERO;	/* unallocated: what old hardware has */
	else if (id == REG_ID_SVE_VLS)
		f->safe = SAFE_LENGTHS;
	else if (REG_KEY(id) == CLIDR_EL1)
		f->safe = SAFE_COHERENT;
	else if (REG_COPROC(id) == COPROC_FW)
		f->safe = SAFE_LOWER;
	return !n;
}

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

/* No cache has to be cleaned for the guest's instruction fetches */
static bool coherent(__u64 clidr)
{
	unsigned int louis = clidr >> 21 & 7, loc = clidr >> 24 & 7, louu = clidr >> 27 & 7;

	return !loc || (!louis && !louu);
}

/* May bits that differ be written? */
static bool writable(const struct regs_field *f, __u64 diff, __u64 mask)
{
	/* KVM wants all of a field in the mask; what has no name may be finer */
	__u64 need = *f->name ? bits_of(f->msb, f->lsb) : diff & bits_of(f->msb, f->lsb);

	return (mask & need) == need;
}

/* Without the host's word */
static enum answer guess(const struct regs_field *f, const struct profile_reg *want,
			 const struct profile_reg *have)
{
	__u64 len[PROFILE_WORDS], w = want->val[0], h = have->val[0];
	__s64 x = regs_field_get(f, w), y = regs_field_get(f, h);
	bool fits;

	switch (f->safe) {
	case SAFE_LENGTHS:
		common_lengths(len, want->val, have->val);
		fits = !is_zero(len) && !memcmp(len, want->val, sizeof(len));
		break;
	case SAFE_LINE:
		fits = f->lsb || x >= y;
		break;
	case SAFE_COHERENT:
		fits = !coherent(w) || coherent(h);
		break;
	case SAFE_LOWER:
	case SAFE_LOWER_SIGNED:
		fits = x < y && (is_whole(f) || writable(f, w ^ h, have->mask[0]));
		break;
	case SAFE_ZERO:
		fits = !x && writable(f, w ^ h, have->mask[0]);
		break;
	default:
		/* MIDR_EL1 and the like, as the capability for them allows */
		fits = is_whole(f) && (rule_absent(want) || writable(f, w ^ h, have->mask[0]));
	}
	return fits ? KEPT : REFUSED;
}

/* By what the host says that it takes in the bits that @diff has set */
static enum answer look_up(const struct profile *host, const struct profile_reg *want, __u64 diff)
{
	const struct profile_take *t = host->takes, *end = t + host->nr_takes;
	enum answer answer = KEPT;

	while (t < end && t->id < want->id)
		t++;
	while (t < end && t->id == want->id) {
		__u64 bits = bits_of(t->msb, t->lsb), v = (want->val[0] & bits) >> t->lsb;
		enum answer found = REFUSED;
		unsigned int lsb = t->lsb;

		for (; t < end && t->id == want->id && t->lsb == lsb; t++)
			if (v >= t->min && v <= t->max && found != KEPT)
				found = t->ignored ? IGNORED : KEPT;
		if (diff & bits && found < answer)
			answer = found;
		diff &= ~bits;
	}
	return diff ? REFUSED : answer;
}

enum answer ask(const struct profile *host, const struct profile_reg *have,
		const struct regs_field *f, const struct profile_reg *want)
{
	__u64 diff;

	if (!have)
		return rule_absent(want) ? KEPT : REFUSED;
	diff = (want->val[0] ^ have->val[0]) & bits_of(f->msb, f->lsb);
	if (f->safe == SAFE_LENGTHS ? same(want, have) : !diff)
		return KEPT;
	if (regs_is_service(have->id))
		return want->val[0] & diff & ~have->mask[0] ? REFUSED : KEPT;
	/* A mask says all there is to say of identity, and a maximum of lengths */
	if (!host->nr_takes || f->safe == SAFE_LENGTHS ||
	    (f->safe == SAFE_EXACT && is_whole(f) && have->has_mask))
		return guess(f, want, have);
	return look_up(host, want, diff);
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

void print_name(FILE *out, const struct profile_reg *r, const struct regs_field *f)
{
	char buf[PIECE_NAME_LEN];

	fprintf(out, is_whole(f) ? "%s" : "%s.%s", r->name,
		piece_name(buf, sizeof(buf), r->id, f));
}

/* The levels of caches and up to which of them instructions have to be cleaned */
static void print_caches(FILE *out, __u64 clidr)
{
	static const char *const types[] = { "", "I", "D", "I+D", "unified" };

	for (unsigned int n = 0; n < 7; n++) {
		unsigned int type = clidr >> 3 * n & 7;

		if (type && type < ARRAY_SIZE(types))
			fprintf(out, "L%u %s, ", n + 1, types[type]);
	}
	fprintf(out, "LoUIS %llu, LoC %llu, LoUU %llu", clidr >> 21 & 7, clidr >> 24 & 7,
		clidr >> 27 & 7);
}

static void print_decoded(FILE *out, const struct regs_field *f, const struct profile_reg *r)
{
	__u64 val = r->val[0];
	char hex[PROFILE_HEX_LEN];
	const char *sep = ": ";

	fputs(profile_hex(hex, r->val), out);
	switch (REG_KEY(r->id)) {
	case FW_REG(0):
		fprintf(out, " (PSCI %llu.%llu)", val >> 16, val & 0xffff);
		break;
	case MIDR_EL1:
		fprintf(out, " (implementer 0x%llx, part 0x%llx, r%llup%llu)", val >> 24 & 0xff,
			val >> 4 & 0xfff, val >> 20 & 0xf, val & 0xf);
		break;
	case CLIDR_EL1:
		fputs(" (", out);
		print_caches(out, val);
		fputc(')', out);
		break;
	}
	/* In bits, as manuals have them; the architecture has no more than 16 lengths */
	for (int i = 0; f->safe == SAFE_LENGTHS && i < 16; i++) {
		if (!(val >> i & 1))
			continue;
		fprintf(out, "%s%d", sep, 128 * (i + 1));
		sep = "+";
	}
}

const char *value_str(char *buf, size_t size, const struct regs_field *f,
		      const struct profile_reg *r)
{
	__u64 v = (r->val[0] & bits_of(f->msb, f->lsb)) >> f->lsb;
	FILE *out;

	if (is_whole(f)) {
		out = fmemopen(buf, size, "w");
		if (!out)
			return profile_hex(buf, r->val);
		print_decoded(out, f, r);
		fclose(out);
	} else if (REG_COPROC(r->id) == COPROC_DEMUX && !f->lsb) {
		snprintf(buf, size, "%u bytes (%llu)", 1 << (v + 4), v);
	} else if (REG_COPROC(r->id) == COPROC_DEMUX && *f->name) {
		/* Associativity and NumSets are one less than what they tell */
		snprintf(buf, size, "%llu (%llu)", v + 1, v);
	} else {
		regs_field_str(buf, size, f, r->val[0]);
	}
	return buf;
}

/* Is @t about a piece of a register? */
static bool is_about(const struct profile_take *t, __u64 id, const struct regs_field *f)
{
	return t->id == id && !t->ignored && t->lsb <= f->msb && t->msb >= f->lsb;
}

/* Does a profile say anything about what its host takes in place of @have? */
static bool is_asked(const struct profile *host, const struct profile_reg *have)
{
	return host->nr_takes || have->has_mask || regs_is_service(have->id);
}

bool has_limits(const struct profile *host, const struct profile_reg *have,
		const struct regs_field *f)
{
	for (size_t i = 0; i < host->nr_takes; i++)
		if (is_about(&host->takes[i], have->id, f))
			return true;
	return false;
}

/* Is the value that @want has where @t is about among those that the host takes there? */
static bool is_taken(const struct profile *host, const struct profile_take *t,
		     const struct profile_reg *want)
{
	__u64 v = (want->val[0] & bits_of(t->msb, t->lsb)) >> t->lsb;

	for (size_t i = 0; i < host->nr_takes; i++)
		if (host->takes[i].id == t->id && host->takes[i].lsb == t->lsb &&
		    host->takes[i].min <= v && host->takes[i].max >= v)
			return true;
	return false;
}

void print_limits(FILE *out, const struct profile *host, const struct profile_reg *have,
		  const struct regs_field *f, const struct profile_reg *want)
{
	struct profile_reg r = *have;
	const char *sep = want ? "takes only " : "takes ";
	char buf[VALUE_LEN];

	for (size_t i = 0; i < host->nr_takes; i++) {
		const struct profile_take *t = &host->takes[i];

		if (!is_about(t, have->id, f) || (want && is_taken(host, t, want)))
			continue;
		fputs(sep, out);
		sep = ", ";
		if (f->safe == SAFE_COHERENT) {
			fprintf(out, "[%u:%u] %#llx to %#llx", t->msb, t->lsb, t->min, t->max);
			continue;
		}
		r.val[0] = is_whole(f) ? t->min : t->min << t->lsb;
		fputs(value_str(buf, sizeof(buf), f, &r), out);
		r.val[0] = is_whole(f) ? t->max : t->max << t->lsb;
		if (t->max != t->min)
			fprintf(out, " to %s", value_str(buf, sizeof(buf), f, &r));
	}
	if (*sep == ',')
		return;
	if (f->safe == SAFE_LENGTHS)
		sep = "takes all or the first of ";
	else if (!is_asked(host, have))
		sep = "has ";
	else if (!host->nr_takes && f->safe == SAFE_ZERO)
		sep = "takes zero or ";
	else if (!host->nr_takes && f->safe != SAFE_EXACT)
		sep = "takes at most ";
	fprintf(out, "%s%s", sep, value_str(buf, sizeof(buf), f, have));
	if (*sep == 'h')
		fputs(", and its profile does not say what else it takes", out);
}
