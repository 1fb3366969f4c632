// SPDX-License-Identifier: GPL-2.0
/*
 * What a profile means for another host
 *
 * The judgement is the kernel's, as far as it can be known without that host:
 * arm64_check_features() for ID registers, which accepts the host's value of a
 * field or, where the mask lets a VMM write it, the safer one of the two; and the
 * KVM_SET_ONE_REG handlers of the others. On the host itself, host_try() asks the
 * kernel.
 */
#include <string.h>

#include "regs.h"
#include "rule.h"

/* An ID register that sysreg does not name: zero is what old hardware has */
static const struct regs_field unallocated[] = {
	{ "", 63, 0, "Res0", SAFE_VALUE, 0, NULL },
	{ 0 }
};

/* How registers without fields are judged */
enum how {
	BY_LEVEL,	/* lower is safe */
	BY_LENGTH,	/* SVE_VLS: a host's vector lengths up to a maximum */
	BY_LINE,	/* CCSIDR: any geometry, but no shorter cache lines */
	BY_COHERENCY,	/* CLIDR: any hierarchy, but no more coherent */
	BY_VALUE,	/* the same, or zero if clearable, or within the mask */
};

static enum how how(__u64 id)
{
	if (REG_KEY(id) == SYSREG(3, 1, 0, 0, 1))
		return BY_COHERENCY;
	if (id == REG_ID_SVE_VLS)
		return BY_LENGTH;
	if (REG_COPROC(id) == COPROC_DEMUX)
		return BY_LINE;
	if (REG_COPROC(id) == COPROC_FW && REG_LOW(id) <= 3)
		return BY_LEVEL;	/* PSCI_VERSION, SMCCC_ARCH_WORKAROUND_n */
	return BY_VALUE;
}

/* The bits of a service register as fields: named, or numbered by function */
static const struct regs_field *services_of(__u64 id)
{
	static struct regs_field bits[65];
	static char names[64][16];
	const struct regs_desc *d = regs_find(id);

	for (unsigned int bit = 0; bit < 64; bit++) {
		bits[bit] = (struct regs_field){
			.name = names[bit], .msb = bit, .lsb = bit, .kind = "Service",
			.safe = SAFE_LOWER,
		};
		if (regs_is_hcid(id))
			sprintf(names[bit], "function_%u", (REG_LOW(id) & 63) * 64 + bit);
		else
			sprintf(names[bit], "bit_%u", bit);
	}
	for (const struct regs_field *f = d ? d->fields : NULL; f && f->kind; f++)
		bits[f->lsb].name = f->name;
	return bits;
}

/* What @id is judged by, NULL if by its whole value */
static const struct regs_field *fields_of(__u64 id)
{
	const struct regs_desc *d = regs_find(id);

	if (regs_is_service(id))
		return services_of(id);
	if (!regs_is_id_reg(id))
		return NULL;
	return d && d->fields ? d->fields : unallocated;
}

static bool is_zero(const __u64 *val)
{
	for (int i = 0; i < PROFILE_WORDS; i++)
		if (val[i])
			return false;
	return true;
}

static bool same(const struct profile_reg *a, const struct profile_reg *b)
{
	return !memcmp(a->val, b->val, sizeof(a->val));
}

static bool is_clearable(const struct profile_reg *r)
{
	return r->clearable || regs_class(r->id) & REGS_CLEARABLE;
}

bool rule_absent(const struct profile_reg *r)
{
	return is_zero(r->val) && is_clearable(r);
}

static __u64 field_mask(const struct regs_field *f)
{
	return ~0ULL >> (63 - f->msb + f->lsb) << f->lsb;
}

/* arm64_ftr_safe_value() of two differing values; false if there is none */
static bool safe_value(const struct regs_field *f, __s64 a, __s64 b, __s64 *safe)
{
	__s64 min = a < b ? a : b;
	__s64 max = a < b ? b : a;

	switch (f->safe) {
	case SAFE_EXACT:
		return false;
	case SAFE_VALUE:
		*safe = f->safe_val;
		return true;
	case SAFE_HIGHER:
		*safe = max;
		return true;
	case SAFE_HIGHER_OR_ZERO:
		*safe = a && b ? max : 0;
		return true;
	default:
		*safe = min;
		return true;
	}
}

static bool field_writable(const struct regs_field *f, __u64 diff, __u64 mask)
{
	/* KVM wants all of a field in the mask; what has no name may be finer */
	__u64 need = *f->name ? field_mask(f) : diff & field_mask(f);

	return (mask & need) == need;
}

static bool field_fits(const struct regs_field *f, const struct profile_reg *want,
		       const struct profile_reg *have)
{
	__s64 w = regs_field_get(f, want->val[0]);
	__s64 h = regs_field_get(f, have->val[0]);
	__s64 safe;

	if (regs_is_service(have->id))
		return w <= h || have->mask[0] >> f->lsb & 1;
	if (w == h)
		return true;
	return field_writable(f, want->val[0] ^ have->val[0], have->mask[0]) &&
	       safe_value(f, w, h, &safe) && safe == w;
}

static void field_name(FILE *out, const char *reg, const struct regs_field *f)
{
	if (*f->name)
		fprintf(out, "    %s.%s", reg, f->name);
	else
		fprintf(out, "    %s[%u:%u]", reg, f->msb, f->lsb);
}

static unsigned int misfit_fields(FILE *out, const struct regs_field *f,
				  const struct profile_reg *want, const struct profile_reg *have)
{
	static const char *const limit[] = {
		[SAFE_EXACT] = "only",
		[SAFE_VALUE] = "only",
		[SAFE_LOWER] = "at most",
		[SAFE_LOWER_SIGNED] = "at most",
		[SAFE_HIGHER] = "at least",
		[SAFE_HIGHER_OR_ZERO] = "zero or at least",
	};
	__u64 w = want->val[0], h = have->val[0];
	unsigned int n = 0;
	char a[80], b[80];
	bool writable;

	for (; f->kind; f++) {
		if (field_fits(f, want, have))
			continue;
		n++;
		if (!out)
			continue;
		field_name(out, want->name, f);
		writable = field_writable(f, w ^ h, have->mask[0]);
		fprintf(out, ": %s, the host can do %s %s", regs_field_str(a, sizeof(a), f, w),
			writable ? limit[f->safe] : "only", regs_field_str(b, sizeof(b), f, h));
		if (writable && f->safe == SAFE_VALUE)
			fprintf(out, " or %u", f->safe_val);
		fputc('\n', out);
	}
	return n;
}

/* The lengths up to the first on which the two differ */
static void common_lengths(__u64 *out, const __u64 *a, const __u64 *b)
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

static bool value_fits(const struct profile_reg *want, const struct profile_reg *have)
{
	__u64 len[PROFILE_WORDS];
	__u64 w = want->val[0], h = have->val[0];

	if (same(want, have))
		return true;

	switch (how(want->id)) {
	case BY_LEVEL:
		return w <= h;
	case BY_LENGTH:
		common_lengths(len, want->val, have->val);
		return !is_zero(len) && !memcmp(len, want->val, sizeof(len));
	case BY_LINE:
		return (w & 7) >= (h & 7);
	case BY_COHERENCY:
		return !coherent(w) || coherent(h);
	default:
		return rule_absent(want) || !((w ^ h) & ~have->mask[0]);
	}
}

unsigned int rule_misfit(FILE *out, const struct profile_reg *want, const struct profile_reg *have)
{
	const struct regs_field *f = fields_of(want->id);
	const struct profile_reg nothing = { .id = want->id };
	char a[PROFILE_HEX_LEN], b[PROFILE_HEX_LEN];

	if (!have && rule_absent(want))
		return 0;
	if (f && (have || regs_is_service(want->id)))
		return misfit_fields(out, f, want, have ?: &nothing);
	if (have && value_fits(want, have))
		return 0;
	if (out)
		fprintf(out, "    %s: %s, the host %s%s%s\n", want->name, profile_hex(a, want->val),
			!have ? "does not know the register" : "can do ",
			have && how(want->id) == BY_LEVEL ? "at most " : "",
			have ? profile_hex(b, have->val) : "");
	return 1;
}

unsigned int rule_misfits(FILE *out, const struct profile *want, const struct profile *have)
{
	unsigned int n = 0;

	for (size_t i = 0; i < want->nr; i++)
		n += rule_misfit(out, &want->regs[i], profile_find(have, want->regs[i].id));
	return n;
}

static void diff_fields(FILE *out, const struct regs_field *f, const struct profile_reg *a,
			const struct profile_reg *b)
{
	char was[80], is[80];

	for (; f->kind; f++) {
		__s64 x = regs_field_get(f, a->val[0]);
		__s64 y = regs_field_get(f, b->val[0]);
		const char *what = "the guest sees another value";

		if (x == y)
			continue;
		if (f->safe == SAFE_LOWER || f->safe == SAFE_LOWER_SIGNED)
			what = x < y ? "the guest gains it" : "the guest loses it";
		field_name(out, a->name, f);
		fprintf(out, ": %s -> %s: %s\n", regs_field_str(was, sizeof(was), f, a->val[0]),
			regs_field_str(is, sizeof(is), f, b->val[0]), what);
	}
}

static const char *diff_value(const struct profile_reg *a, const struct profile_reg *b)
{
	bool more = a->val[0] < b->val[0];

	if (how(a->id) != BY_LEVEL)
		return "the guest sees another value";
	if (REG_LOW(a->id) == 0)
		return more ? "the guest gains PSCI functions" : "the guest loses PSCI functions";
	return more ? "the guest is told of a better mitigation" :
		      "the guest is told of a worse mitigation";
}

/* A register that only one side has; does it make a difference? */
static bool diff_lone(FILE *out, const struct profile_reg *r, bool gone)
{
	struct profile_reg nothing = *r;
	char hex[PROFILE_HEX_LEN];

	/* Every kernel has the HCID registers, if only as RAZ/WI */
	if (rule_absent(r) && regs_is_hcid(r->id))
		return false;
	fprintf(out, gone ? "%s: %s -> not there\n" : "%s: not there -> %s\n", r->name,
		profile_hex(hex, r->val));
	memset(nothing.val, 0, sizeof(nothing.val));
	if (rule_absent(r))
		fprintf(out, "    zero means absent: no difference for the guest\n");
	else if (regs_is_service(r->id))
		diff_fields(out, fields_of(r->id), gone ? r : &nothing, gone ? &nothing : r);
	else
		fprintf(out, "    restored only where the register exists\n");
	return !rule_absent(r);
}

unsigned int rule_diff(FILE *out, const struct profile *a, const struct profile *b)
{
	char was[PROFILE_HEX_LEN], is[PROFILE_HEX_LEN];
	unsigned int n = 0;

	for (size_t i = 0; i < a->nr; i++) {
		const struct profile_reg *x = &a->regs[i];
		const struct profile_reg *y = profile_find(b, x->id);

		if (!y) {
			n += diff_lone(out, x, true);
			continue;
		}
		if (same(x, y))
			continue;
		n++;
		fprintf(out, "%s: %s -> %s\n", x->name, profile_hex(was, x->val),
			profile_hex(is, y->val));
		if (fields_of(x->id))
			diff_fields(out, fields_of(x->id), x, y);
		else
			fprintf(out, "    %s\n", diff_value(x, y));
	}
	for (size_t i = 0; i < b->nr; i++)
		if (!profile_find(a, b->regs[i].id))
			n += diff_lone(out, &b->regs[i], false);
	return n;
}

/* Lowers @r to what @other can do as well, if there is such a value */
static void meet(struct profile_reg *r, const struct profile_reg *other)
{
	const struct regs_field *f = fields_of(r->id);
	__u64 o = other->val[0];
	__s64 safe;

	if (same(r, other))
		return;

	for (; f && f->kind; f++) {
		__s64 x = regs_field_get(f, r->val[0]);
		__s64 y = regs_field_get(f, o);

		if (x == y || !safe_value(f, x, y, &safe))
			continue;
		r->val[0] &= ~field_mask(f);
		r->val[0] |= (__u64)safe << f->lsb & field_mask(f);
	}
	if (fields_of(r->id))
		return;

	switch (how(r->id)) {
	case BY_LENGTH:
		common_lengths(r->val, r->val, other->val);
		break;
	case BY_LINE:
		if ((o & 7) > (r->val[0] & 7))
			r->val[0] = o;
		break;
	case BY_COHERENCY:
		if (coherent(r->val[0]))
			r->val[0] = o;
		break;
	case BY_LEVEL:
		if (o < r->val[0])
			r->val[0] = o;
		break;
	case BY_VALUE:
		if (is_clearable(r))
			memset(r->val, 0, sizeof(r->val));
		break;
	}
}

/* Who has which value where there is no common one */
static void blame(FILE *out, const struct profile_reg *base, const struct regs_field *f,
		  const struct profile *in, const char *const *names, size_t nr)
{
	char buf[PROFILE_HEX_LEN];

	if (f)
		field_name(out, base->name, f);
	else
		fprintf(out, "    %s", base->name);
	for (size_t i = 0; i < nr; i++) {
		const struct profile_reg *r = profile_find(&in[i], base->id);

		fprintf(out, "%s ", i ? "," : ":");
		if (!r)
			fprintf(out, "not there");
		else if (f)
			fprintf(out, "%s%s", regs_field_str(buf, sizeof(buf), f, r->val[0]),
				field_writable(f, r->val[0] ^ base->val[0], r->mask[0]) ?
				"" : " fixed");
		else
			fprintf(out, "%s", profile_hex(buf, r->val));
		fprintf(out, " in %s", names[i]);
	}
	fprintf(out, "\n");
}

static bool baseline_fits(FILE *out, const struct profile_reg *base, const struct profile *in,
			  const char *const *names, size_t nr)
{
	const struct regs_field *f = fields_of(base->id);
	bool fits = true;

	do {
		bool ok = true;

		for (size_t i = 0; i < nr; i++) {
			const struct profile_reg *r = profile_find(&in[i], base->id);

			ok &= f ? field_fits(f, base, r) : value_fits(base, r);
		}
		if (!ok)
			blame(out, base, f, in, names, nr);
		fits &= ok;
	} while (f && (++f)->kind);
	return fits;
}

/* Lowers @r to what all of @in can do; false if some do not know it */
static bool meet_all(struct profile_reg *r, const struct profile *in, size_t nr)
{
	bool everywhere = true;

	for (size_t i = 0; i < nr; i++) {
		const struct profile_reg *other = profile_find(&in[i], r->id);

		if (!other) {
			everywhere = false;
			continue;
		}
		meet(r, other);
		for (int w = 0; w < PROFILE_WORDS; w++)
			r->mask[w] &= other->mask[w];
		r->has_mask &= other->has_mask;
		r->clearable &= other->clearable;
	}
	return everywhere;
}

unsigned int rule_baseline(FILE *out, struct profile *base, const struct profile *in,
			   const char *const *names, size_t nr)
{
	unsigned int bad = 0;

	for (size_t i = 0; i < nr; i++) {
		for (size_t j = 0; j < in[i].nr; j++) {
			struct profile_reg r = in[i].regs[j], *added;
			size_t first = 0;
			bool everywhere;

			while (!profile_find(&in[first], r.id))
				first++;
			if (first != i)
				continue;
			everywhere = meet_all(&r, in, nr);
			/* What some do not know has to be zero, and is then left out */
			if (!everywhere && is_clearable(&r))
				continue;
			if (!everywhere)
				blame(out, &r, NULL, in, names, nr);
			if (!everywhere || !baseline_fits(out, &r, in, names, nr)) {
				bad++;
				continue;
			}
			added = profile_add(base, r.id);
			if (!added)
				return bad + 1;
			*added = r;
		}
	}
	profile_sort(base);
	return bad;
}
