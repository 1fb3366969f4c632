// SPDX-License-Identifier: GPL-2.0
/*
 * What a profile means for another host: does it fit, and what is different
 */
#include "judge.h"
#include "rule.h"

unsigned int rule_misfit(FILE *out, const struct profile_reg *want, const struct profile *host)
{
	const struct profile_reg *have = profile_find(host, want->id);
	const struct regs_desc *d = regs_find(want->id);
	char buf[VALUE_LEN];
	unsigned int bad = 0;
	struct regs_field f;

	for (unsigned int n = 0; get_piece(&f, d, want->id, n); n++) {
		/* Without the register, name its services, and the whole of another */
		if (!have && !want->optional)
			f = whole_reg;
		else if (!have && !(want->val[0] & bits_of(f.msb, f.lsb)))
			continue;
		if (ask(host, have, &f, want) != REFUSED)
			continue;
		bad++;
		if (!out)
			continue;
		fprintf(out, "    ");
		print_name(out, want, &f);
		fprintf(out, ": %s, the host ", value_str(buf, sizeof(buf), &f, want));
		if (have)
			print_limits(out, host, have, &f, want);
		else
			fprintf(out, "does not know the register");
		fputc('\n', out);
		if (!have && !want->optional)
			break;
	}
	return bad;
}

unsigned int rule_misfits(FILE *out, const struct profile *want, const struct profile *host)
{
	unsigned int n = 0;

	for (size_t i = 0; i < want->nr; i++)
		n += rule_misfit(out, &want->regs[i], host);
	/* What a profile lacks is zeroed, if it may be */
	for (size_t i = 0; i < host->nr; i++) {
		struct profile_reg zero = host->regs[i];

		memset(zero.val, 0, sizeof(zero.val));
		if (zero.optional && !profile_find(want, zero.id))
			n += rule_misfit(out, &zero, host);
	}
	return n;
}

static bool is_zero(const struct profile_reg *r)
{
	struct profile_reg zero = {};

	return same(r, &zero);
}

void rule_lost(FILE *out, const struct profile_reg *want, const struct profile_reg *seen)
{
	const struct regs_desc *d = regs_find(want->id);
	char a[VALUE_LEN], b[VALUE_LEN];
	struct regs_field f;

	if (same(want, seen))
		return;
	if (is_zero(seen)) {
		fprintf(out, "    note: %s: %s accepted, but the guest will see zero\n",
			want->name, profile_hex(a, want->val));
		return;
	}
	for (unsigned int n = 0; get_piece(&f, d, want->id, n); n++) {
		if (!((want->val[0] ^ seen->val[0]) & bits_of(f.msb, f.lsb)))
			continue;
		fprintf(out, "    note: ");
		print_name(out, want, &f);
		fprintf(out, ": %s accepted, but the guest will see %s\n",
			value_str(a, sizeof(a), &f, want), value_str(b, sizeof(b), &f, seen));
	}
}

void rule_left(FILE *out, const struct profile *want, const struct profile *host)
{
	const char *sep = "    note: left as the host has them: ";

	for (size_t i = 0; i < host->nr; i++) {
		if (host->regs[i].optional || profile_find(want, host->regs[i].id))
			continue;
		fprintf(out, "%s%s", sep, host->regs[i].name);
		sep = ", ";
	}
	if (*sep == ',')
		fputc('\n', out);
}

void rule_notes(FILE *out, const struct profile *want, const struct profile *host)
{
	for (size_t i = 0; i < want->nr; i++) {
		const struct profile_reg *have = profile_find(host, want->regs[i].id);
		const struct regs_desc *d = regs_find(want->regs[i].id);
		struct profile_reg seen = want->regs[i];
		struct regs_field f;

		for (unsigned int n = 0; have && get_piece(&f, d, seen.id, n); n++) {
			__u64 bits = bits_of(f.msb, f.lsb);

			if (ask(host, have, &f, &want->regs[i]) == IGNORED)
				seen.val[0] = (seen.val[0] & ~bits) | (have->val[0] & bits);
		}
		rule_lost(out, &want->regs[i], &seen);
	}
	rule_left(out, want, host);
}

static const char *what_changes(const struct regs_field *f, const struct profile_reg *a,
				const struct profile_reg *b)
{
	bool more = regs_field_get(f, a->val[0]) < regs_field_get(f, b->val[0]);

	if (f->safe != SAFE_LOWER && f->safe != SAFE_LOWER_SIGNED)
		return "the guest sees another value";
	if (!is_whole(f))
		return more ? "the guest gains it" : "the guest loses it";
	if (REG_KEY(a->id) == FW_REG(0))
		return more ? "the guest gains PSCI functions" : "the guest loses PSCI functions";
	return more ? "the guest is told of a better mitigation" :
		      "the guest is told of a worse mitigation";
}

static void diff_pieces(FILE *out, const struct profile_reg *a, const struct profile_reg *b)
{
	const struct regs_desc *d = regs_find(a->id);
	char was[PROFILE_HEX_LEN], is[PROFILE_HEX_LEN];
	struct regs_field f;

	for (unsigned int n = 0; get_piece(&f, d, a->id, n); n++) {
		if (is_whole(&f)) {
			fprintf(out, "    %s\n", what_changes(&f, a, b));
			continue;
		}
		if (!((a->val[0] ^ b->val[0]) & bits_of(f.msb, f.lsb)))
			continue;
		fprintf(out, "    ");
		print_name(out, a, &f);
		fprintf(out, ": %s -> %s: %s\n", regs_field_str(was, sizeof(was), &f, a->val[0]),
			regs_field_str(is, sizeof(is), &f, b->val[0]), what_changes(&f, a, b));
	}
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
	else if (r->optional)
		diff_pieces(out, gone ? r : &nothing, gone ? &nothing : r);
	else if (regs_is_service(r->id))
		fprintf(out, "    kernels without the register may have these services\n");
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
		diff_pieces(out, x, y);
	}
	for (size_t i = 0; i < b->nr; i++)
		if (!profile_find(a, b->regs[i].id))
			n += diff_lone(out, &b->regs[i], false);
	return n;
}
