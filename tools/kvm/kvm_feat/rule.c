// SPDX-License-Identifier: GPL-2.0
/*
 * What a profile means for another host: does it fit, and what is different
 */
#include <errno.h>
#include <stdlib.h>

#include "judge.h"
#include "output.h"
#include "report.h"
#include "rule.h"

#define JSON_VALUE_LEN	(PROFILE_HEX_LEN + 20)

/* What JSON has of the value of a piece, after its name */
static char *json_value(char *buf, size_t size, const char *name, const struct regs_field *f,
			const struct profile_reg *r)
{
	char hex[PROFILE_HEX_LEN];

	if (is_whole(f))
		profile_hex(hex, r->val);
	else
		snprintf(hex, sizeof(hex), "0x%llx",
			 (r->val[0] & bits_of(f->msb, f->lsb)) >> f->lsb);
	snprintf(buf, size, ", \"%s\": \"%s\"", name, hex);
	return buf;
}

static void add_obstacle(struct report *report, const struct profile_reg *want,
			 const struct regs_field *f, const struct profile *host,
			 const struct profile_reg *have)
{
	char value[VALUE_LEN], data[JSON_VALUE_LEN], *limits;
	size_t size;
	FILE *out;

	if (!report)
		return;
	out = open_memstream(&limits, &size);
	if (!out)
		fatal("%s", strerror(ENOMEM));
	if (have)
		print_limits(out, host, have, f, want);
	else
		fputs("does not know the register", out);
	/* The three bitmaps of 5.19, which also says which kernel that is */
	if (!have && regs_is_service(want->id) && !want->optional)
		fputs(": kernels before 5.19 have such services without it", out);
	fclose(out);
	report_add(report, OBSTACLE, want, f, json_value(data, sizeof(data), "value", f, want),
		   "%s, the host %s", value_str(value, sizeof(value), f, want), limits);
	free(limits);
}

unsigned int rule_misfit(struct report *report, const struct profile_reg *want,
			 const struct profile *host)
{
	const struct profile_reg *have = profile_find(host, want->id);
	const struct regs_desc *d = regs_find(want->id);
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
		add_obstacle(report, want, &f, host, have);
		if (!have && !want->optional)
			break;
	}
	return bad;
}

unsigned int rule_misfits(struct report *report, const struct profile *want,
			  const struct profile *host)
{
	unsigned int n = 0;

	for (size_t i = 0; i < want->nr; i++)
		n += rule_misfit(report, &want->regs[i], host);
	/* What a profile lacks is zeroed, if it may be */
	for (size_t i = 0; i < host->nr; i++) {
		struct profile_reg zero = host->regs[i];

		memset(zero.val, 0, sizeof(zero.val));
		if (zero.optional && !profile_find(want, zero.id))
			n += rule_misfit(report, &zero, host);
	}
	return n;
}

static bool is_zero(const struct profile_reg *r)
{
	struct profile_reg zero = {};

	return same(r, &zero);
}

void rule_lost(struct report *report, const struct profile_reg *want,
	       const struct profile_reg *seen)
{
	char a[VALUE_LEN], b[VALUE_LEN], data[2 * JSON_VALUE_LEN];
	const struct regs_desc *d = regs_find(want->id);
	const bool zero = is_zero(seen);
	struct regs_field f;

	for (unsigned int n = 0; !same(want, seen) && get_piece(&f, d, want->id, n); n++) {
		if (zero)
			f = whole_reg;
		else if (!((want->val[0] ^ seen->val[0]) & bits_of(f.msb, f.lsb)))
			continue;
		json_value(data, sizeof(data), "value", &f, want);
		json_value(data + strlen(data), JSON_VALUE_LEN, "seen", &f, seen);
		report_add(report, NOTE, want, &f, data, "%s accepted, but the guest will see %s",
			   value_str(a, sizeof(a), &f, want),
			   zero ? "zero" : value_str(b, sizeof(b), &f, seen));
		if (zero)
			break;
	}
}

void rule_left(struct report *report, const struct profile *want, const struct profile *host)
{
	const char *sep = "";
	size_t size;
	char *list;
	FILE *out;

	out = open_memstream(&list, &size);
	if (!out)
		fatal("%s", strerror(ENOMEM));
	for (size_t i = 0; i < host->nr; i++) {
		if (host->regs[i].optional || profile_find(want, host->regs[i].id))
			continue;
		fprintf(out, "%s%s", sep, host->regs[i].name);
		sep = ", ";
	}
	fclose(out);
	if (*list)
		report_add(report, NOTE, NULL, NULL, NULL, "left as the host has them: %s", list);
	free(list);
}

void rule_notes(struct report *report, const struct profile *want, const struct profile *host)
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
		rule_lost(report, &want->regs[i], &seen);
	}
	rule_left(report, want, host);
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

/* A change of some or all of a register, of which @was or @is may be NULL: not there */
static void add_change(struct report *report, const struct regs_field *f,
		       const struct profile_reg *was, const struct profile_reg *is,
		       const char *means)
{
	char a[VALUE_LEN], b[VALUE_LEN], data[2 * JSON_VALUE_LEN] = "";

	if (was)
		json_value(data, JSON_VALUE_LEN, "from", f, was);
	if (is)
		json_value(data + strlen(data), JSON_VALUE_LEN, "to", f, is);
	report_add(report, CHANGE, was ?: is, f, data, "%s -> %s%s%s",
		   was ? value_str(a, sizeof(a), f, was) : "not there",
		   is ? value_str(b, sizeof(b), f, is) : "not there", *means ? ": " : "", means);
}

/* From @a to @b, one of which stands for a register that is not there if it is @lone */
static void diff_reg(struct report *report, const struct profile_reg *a,
		     const struct profile_reg *b, const struct profile_reg *lone)
{
	const struct profile_reg *was = lone == b ? NULL : a, *is = lone == a ? NULL : b;
	const struct regs_desc *d = regs_find(a->id);
	struct regs_field f;

	get_piece(&f, d, a->id, 0);
	if (is_whole(&f)) {
		add_change(report, &f, was, is, what_changes(&f, a, b));
		return;
	}
	add_change(report, &whole_reg, was, is, "");
	for (unsigned int n = 0; get_piece(&f, d, a->id, n); n++)
		if ((a->val[0] ^ b->val[0]) & bits_of(f.msb, f.lsb))
			add_change(report, &f, a, b, what_changes(&f, a, b));
}

/* A register that only one side has; does it make a difference? */
static bool diff_lone(struct report *report, const struct profile_reg *r, bool gone)
{
	struct profile_reg nothing = *r;
	const char *means = "restored only where the register exists";

	/* Every kernel has the HCID registers, if only as RAZ/WI */
	if (rule_absent(r) && regs_is_hcid(r->id))
		return false;
	memset(nothing.val, 0, sizeof(nothing.val));
	if (rule_absent(r))
		means = "zero means absent: no difference for the guest";
	else if (regs_is_service(r->id))
		means = "kernels before 5.19 have such services without the register";
	if (r->optional && !rule_absent(r))
		diff_reg(report, gone ? r : &nothing, gone ? &nothing : r, r);
	else
		add_change(report, &whole_reg, gone ? r : NULL, gone ? NULL : r, means);
	return !rule_absent(r);
}

unsigned int rule_diff(struct report *report, const struct profile *a, const struct profile *b)
{
	unsigned int n = 0;

	for (size_t i = 0; i < a->nr; i++) {
		const struct profile_reg *x = &a->regs[i];
		const struct profile_reg *y = profile_find(b, x->id);

		if (!y) {
			n += diff_lone(report, x, true);
		} else if (!same(x, y)) {
			n++;
			diff_reg(report, x, y, NULL);
		}
	}
	for (size_t i = 0; i < b->nr; i++)
		if (!profile_find(a, b->regs[i].id))
			n += diff_lone(report, &b->regs[i], false);
	return n;
}
