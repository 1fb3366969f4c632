// SPDX-License-Identifier: GPL-2.0
/*
 * Registers and fields as text: of the architecture, and of a profile
 */
#include <fnmatch.h>
#include <stdlib.h>

#include "kvm_feat.h"

/* Does a name match what a user calls registers, see kvm_feat.h? */
static bool reg_matches(const char *what, const char *name)
{
	char el[2 * REGS_NAME_LEN];

	snprintf(el, sizeof(el), "%s_EL[0-3]", what);
	return !fnmatch(what, name, FNM_CASEFOLD) || !fnmatch(el, name, FNM_CASEFOLD);
}

/* Encodings and IDs have names, too */
static const char *full_name(char *buf, const char *what)
{
	__u64 id = regs_id(what);

	return profile_reg_bytes(id) ? regs_name(buf, REGS_NAME_LEN, id) : what;
}

/* Like regs_piece(), but also the fields of registers that are judged as a whole */
static bool get_field(struct regs_field *f, __u64 id, unsigned int n)
{
	const struct regs_desc *d = regs_find(id);

	if (d && d->fields && regs_class_of(id)->rule != RULE_BITS) {
		*f = d->fields[n];
		return f->kind;
	}
	return regs_piece(f, id, n) && !is_whole(f);
}

/* The end of a line: what the host takes in what is judged, if the profile tells */
static void print_asked(FILE *out, const struct profile_reg *r, const struct regs_field *f,
			bool judged)
{
	const struct profile_take *t = r->takes, *end = judged ? t + r->nr_takes : t;

	while (t < end && (t->lsb > f->msb || t->msb < f->lsb))
		t++;
	fprintf(out, t < end ? ", the host %s\n" : "\n", limits_str(r, f));
}

static void show_reg(const struct profile_reg *r, FILE *out)
{
	struct regs_field f, piece;

	regs_piece(&piece, r->id, 0);
	fprintf(out, "%s %s%s", r->name, value_str(&whole_reg, r), r->optional ? " optional" : "");
	print_asked(out, r, &piece, is_whole(&piece));
	for (unsigned int n = 0; get_field(&f, r->id, n); n++) {
		/* Reserved fields and services matter if they are set */
		if (!(r->val[0] & bits_of(f.msb, f.lsb)) && (!*f.name || regs_is_service(r->id)))
			continue;
		fprintf(out, "    %s.%s: %s", r->name, piece_name(r->id, &f), value_str(&f, r));
		print_asked(out, r, &f, !is_whole(&piece));
	}
}

static void show_json(const struct profile_reg *r, const char *sep, FILE *out)
{
	const struct profile_take *t = r->takes, *end = t + r->nr_takes;
	struct regs_field f;

	fprintf(out, "%s\n    {\"name\": \"%s\", \"id\": \"0x%016llx\", ", sep, r->name, r->id);
	fprintf(out, "\"value\": \"0x%llx\", ", r->val[0]);
	if (r->has_mask)
		fprintf(out, "\"mask\": \"0x%llx\", ", r->mask);
	fprintf(out, "\"optional\": %s, \"fields\": {", r->optional ? "true" : "false");
	sep = "";
	for (unsigned int n = 0; get_field(&f, r->id, n); n++) {
		if (!*f.name)
			continue;
		fprintf(out, "%s\"%s\": %lld", sep, f.name, regs_field_get(&f, r->val[0]));
		sep = ", ";
	}
	fprintf(out, "}, \"takes\": [");
	for (sep = ""; t < end; t++, sep = ", ")
		fprintf(out, "%s{\"bits\": \"%u:%u\", \"%s\": \"0x%llx-0x%llx\"}", sep, t->msb,
			t->lsb, t->ignored ? "ignored" : "kept", t->min, t->max);
	fprintf(out, "]}");
}

void show(const struct profile *p, char **what, int n, bool json, FILE *out)
{
	char buf[REGS_NAME_LEN];
	const char *sep = "";

	if (json) {
		json_string(out, "{\n  \"format\": 2,\n  \"kernel\": ", p->kernel);
		json_string(out, ",\n  \"features\": ", p->features);
		fprintf(out, ",\n  \"classes\": \"%s\",\n  \"registers\": [",
			p->kernel_classes ? "kernel" : "built-in");
	}
	for (int k = 0; k < (n ?: 1); k++) {
		const char *wanted = n ? full_name(buf, what[k]) : "*";
		bool found = false;

		for (size_t i = 0; i < p->nr; i++) {
			const struct profile_reg *r = &p->regs[i];

			if (!reg_matches(wanted, r->name))
				continue;
			found = true;
			if (json)
				show_json(r, sep, out);
			else
				show_reg(r, out);
			sep = ",";
		}
		if (!found)
			fatal("there is no register '%s'", what[k]);
	}
	fputs(json ? "\n  ]\n}\n" : "", out);
}

static bool parse_value(const struct regs_field *f, const char *text, __u64 *val)
{
	char *end;

	*val = profile_number(text, &end);
	for (const struct regs_enum *e = f->enums; e && e->name; e++) {
		if (!strcasecmp(text, e->name)) {
			*val = e->val;
			return true;
		}
	}
	return end != text && !*end && !(*val & ~bits_of(f->msb - f->lsb, 0));
}

void set(struct profile *p, const char *what)
{
	size_t len = strcspn(what, ".="), end = strcspn(what, "=");
	char reg[REGS_NAME_LEN], field[REGS_NAME_LEN] = "", buf[REGS_NAME_LEN];
	struct profile_reg *r = p->regs;
	struct regs_field f = whole_reg;
	__u64 val, changed;

	if (!what[end])
		fatal("'%s': expected REGISTER=VALUE or REGISTER.FIELD=VALUE", what);
	snprintf(reg, sizeof(reg), "%.*s", (int)len, what);
	if (len < end)
		snprintf(field, sizeof(field), "%.*s", (int)(end - len - 1), what + len + 1);
	if (strpbrk(reg, "*?["))
		fatal("'%s': expected one register, not a pattern", what);
	while (r < p->regs + p->nr && !reg_matches(full_name(buf, reg), r->name))
		r++;
	if (r == p->regs + p->nr)
		fatal("there is no register '%s' in this profile", reg);
	f.msb = profile_reg_bytes(r->id) < 8 ? 31 : 63;
	for (unsigned int n = 0; *field; n++) {
		if (!get_field(&f, r->id, n))
			fatal("there is no field '%s' in %s", field, r->name);
		if (!strcasecmp(field, piece_name(r->id, &f)))
			break;
	}
	if (!parse_value(&f, what + end + 1, &val))
		fatal("'%s': this is no value that %s can have", what, *field ? field : r->name);
	changed = (r->val[0] ^ val << f.lsb) & bits_of(f.msb, f.lsb);
	if (r->has_mask && changed & ~r->mask)
		fatal("'%s': not among the bits that a VMM may change", what);
	r->val[0] ^= changed;
}
