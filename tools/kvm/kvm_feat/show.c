// SPDX-License-Identifier: GPL-2.0
/*
 * Registers and fields as text: of the architecture, and of a profile
 */
#include <ctype.h>
#include <fnmatch.h>
#include <stdlib.h>

#include "kvm_feat.h"

/* What a user calls registers and fields, see kvm_feat.h */
struct pattern {
	char reg[REGS_NAME_LEN + 1];
	char field[PIECE_NAME_LEN];
};

static struct pattern parse_pattern(const char *what)
{
	size_t len = strcspn(what, ".");
	struct pattern c = {};
	__u64 id;

	if (len >= REGS_NAME_LEN || strlen(what + len) > sizeof(c.field))
		fatal("no register '%s'", what);
	memcpy(c.reg, what, len);
	if (what[len])
		strcpy(c.field, what + len + 1);
	for (char *s = c.reg; *s && strncmp(what, "0x", 2); s++)
		*s = toupper((unsigned char)*s);
	id = regs_id(c.reg);
	/* Encodings and IDs have names, too */
	if (profile_reg_bytes(id))
		regs_name(c.reg, sizeof(c.reg), id);
	return c;
}

static bool reg_matches(const struct pattern *c, const char *name)
{
	char el[sizeof(c->reg) + 16];

	snprintf(el, sizeof(el), "%s_EL[0-3]", c->reg);
	return !fnmatch(c->reg, name, 0) || !fnmatch(el, name, 0);
}

static bool field_matches(const struct pattern *c, __u64 id, const struct regs_field *f)
{
	char name[PIECE_NAME_LEN];

	piece_name(name, sizeof(name), id, f);
	/* A name like [31:28] is no pattern */
	return !*c->field || !strcasecmp(c->field, name) ||
	       !fnmatch(c->field, name, FNM_CASEFOLD);
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

/* Is this among what is asked for? */
static bool has_field(const struct pattern *c, __u64 id, const char *name)
{
	bool found = !*c->field;
	struct regs_field f;

	if (!reg_matches(c, name))
		return false;
	for (unsigned int n = 0; !found && get_field(&f, id, n); n++)
		found = field_matches(c, id, &f);
	return found;
}

static void explain_reg(__u64 id, const struct pattern *c)
{
	char name[REGS_NAME_LEN], field[PIECE_NAME_LEN];
	unsigned int class = regs_class(id);
	struct regs_field f;

	printf(regs_is_fact(id) ? "%s, a fact of the host\n" : regs_is_device(id) ?
	       "%s, an attribute of a device\n" : "%s 0x%016llx, %u bits\n",
	       regs_name(name, sizeof(name), id), id, 8 * profile_reg_bytes(id));
	if (class & REGS_FEATURE)
		printf("feature: tells the guest what it runs on, restored before its first run\n");
	else
		printf("state: saved and restored with the VM, in no profile\n");
	if (class & REGS_OPTIONAL)
		printf("optional: zero and missing are the same\n");
	printf(class & REGS_VM ? "VM-wide: one write through any vCPU is enough\n" : "per vCPU\n");
	if (regs_is_hcid(id))
		printf("bit n: function %u + n of SMCCC owner %u\n", (REG_LOW(id) & 63) * 64,
		       REG_LOW(id) >> 6 & 63);
	for (unsigned int n = 0; get_field(&f, id, n); n++) {
		/* Of services only those that have a name, or are asked for */
		if (*c->field ? !field_matches(c, id, &f) : !*f.name && regs_is_service(id))
			continue;
		printf("    %s %u:%u %s", *f.name || regs_is_service(id) ?
		       piece_name(field, sizeof(field), id, &f) : "-", f.msb, f.lsb, f.kind);
		for (const struct regs_enum *e = f.enums; e && e->name; e++)
			printf("%s%s (%u)", e == f.enums ? ": " : ", ", e->name, e->val);
		putchar('\n');
	}
}

/* Explains, if @print, what is asked for; returns whether there is any */
static bool explain_pattern(const char *what, bool print)
{
	const struct pattern c = parse_pattern(what);
	__u64 id = regs_id(c.reg);
	bool found = false;

	for (const struct regs_desc *d = regs_next(NULL); d; d = regs_next(d)) {
		if (!has_field(&c, d->id, d->name))
			continue;
		found = true;
		if (print)
			explain_reg(d->id, &c);
	}
	if (found || !profile_reg_bytes(id) || !has_field(&c, id, c.reg))
		return found;
	if (print)
		explain_reg(id, &c);
	return true;
}

void explain(char **what, int n)
{
	for (int i = 0; i < n; i++)
		if (!explain_pattern(what[i], false))
			fatal("no register or field '%s'", what[i]);
	for (int i = 0; i < n; i++)
		explain_pattern(what[i], true);
}

/* What the host takes in a piece, if the profile tells */
static void print_asked(FILE *out, const struct profile_reg *r, const struct regs_field *f)
{
	const struct profile_take *t = r->takes, *end = t + r->nr_takes;
	char limits[LIMITS_LEN];

	while (t < end && (t->lsb > f->msb || t->msb < f->lsb))
		t++;
	if (t < end)
		fprintf(out, ", the host %s", limits_str(limits, sizeof(limits), r, f));
}

static void show_reg(const struct profile_reg *r, const struct pattern *c, FILE *out)
{
	char buf[VALUE_LEN], name[PIECE_NAME_LEN];
	struct regs_field f, piece;

	regs_piece(&piece, r->id, 0);
	if (!*c->field) {
		fprintf(out, "%s %s%s", r->name, value_str(buf, sizeof(buf), &whole_reg, r),
			r->optional ? " optional" : "");
		if (is_whole(&piece))
			print_asked(out, r, &piece);
		fputc('\n', out);
	}
	for (unsigned int n = 0; get_field(&f, r->id, n); n++) {
		/* Reserved fields and services matter if they are set */
		if (!field_matches(c, r->id, &f) ||
		    (!(r->val[0] & bits_of(f.msb, f.lsb)) && !*c->field &&
		     (!*f.name || regs_is_service(r->id))))
			continue;
		fprintf(out, "    %s.%s: %s", r->name, piece_name(name, sizeof(name), r->id, &f),
			value_str(buf, sizeof(buf), &f, r));
		if (!is_whole(&piece))
			print_asked(out, r, &f);
		fputc('\n', out);
	}
}

static void show_json(const struct profile_reg *r, const struct pattern *c, FILE *out)
{
	const struct profile_take *t = r->takes, *end = t + r->nr_takes;
	char hex[PROFILE_HEX_LEN], name[PIECE_NAME_LEN];
	const char *sep = "";
	struct regs_field f;

	fprintf(out, "    {\"name\": \"%s\", \"id\": \"0x%016llx\", \"value\": \"%s\", ",
		r->name, r->id, profile_hex(hex, r->val));
	if (r->has_mask)
		fprintf(out, "\"mask\": \"%s\", ", profile_hex(hex, r->mask));
	fprintf(out, "\"optional\": %s, \"fields\": {", r->optional ? "true" : "false");
	for (unsigned int n = 0; get_field(&f, r->id, n); n++) {
		if (*c->field ? !field_matches(c, r->id, &f) : !*f.name)
			continue;
		fprintf(out, "%s\"%s\": %lld", sep, piece_name(name, sizeof(name), r->id, &f),
			regs_field_get(&f, r->val[0]));
		sep = ", ";
	}
	fprintf(out, "}, \"takes\": [");
	for (sep = ""; t < end; t++, sep = ", ") {
		fprintf(out, "%s{\"msb\": %u, \"lsb\": %u, ", sep, t->msb, t->lsb);
		fprintf(out, "\"min\": \"0x%llx\", \"max\": \"0x%llx\", \"kept\": %s}",
			t->min, t->max, t->ignored ? "false" : "true");
	}
	fprintf(out, "]}");
}

void show(const struct profile *p, char **what, int n, bool json, FILE *out)
{
	const char *sep = "\n";

	for (int k = 0; k < n; k++) {
		const struct pattern c = parse_pattern(what[k]);
		size_t i = 0;

		while (i < p->nr && !has_field(&c, p->regs[i].id, p->regs[i].name))
			i++;
		if (i == p->nr)
			fatal("no register or field '%s' in this profile", what[k]);
	}
	if (json) {
		json_string(out, "{\n  \"format\": 2,\n  \"kernel\": ", p->kernel);
		json_string(out, ",\n  \"features\": ", p->features);
		fprintf(out, ",\n  \"classes\": \"%s\",\n  \"registers\": [",
			p->kernel_classes ? "kernel" : "built-in");
	}
	for (int k = 0; k < (n ?: 1); k++) {
		const struct pattern c = parse_pattern(n ? what[k] : "*");

		for (size_t i = 0; i < p->nr; i++) {
			if (!has_field(&c, p->regs[i].id, p->regs[i].name))
				continue;
			fputs(json ? sep : "", out);
			(json ? show_json : show_reg)(&p->regs[i], &c, out);
			sep = ",\n";
		}
	}
	fputs(json ? "\n  ]\n}" : "", out);
}

static bool parse_value(const struct regs_field *f, const char *text, __u64 *val)
{
	bool minus = *text == '-' && regs_field_signed(f);
	__u64 bits = bits_of(f->msb - f->lsb, 0);
	char *end;

	for (const struct regs_enum *e = f->enums; e && e->name; e++) {
		if (!strcasecmp(text, e->name)) {
			*val = e->val;
			return true;
		}
	}
	*val = profile_number(text + minus, &end);
	if (end == text + minus || *end)
		return false;
	if (!minus)
		return !(*val & ~bits);
	*val = -*val & bits;
	return regs_field_get(f, *val << f->lsb) == -(__s64)profile_number(text + 1, &end);
}

void set(struct profile *p, const char *what)
{
	char name[REGS_NAME_LEN + PIECE_NAME_LEN], piece[PIECE_NAME_LEN];
	const char *text = strchr(what, '=');
	struct profile_reg *r = p->regs;
	struct regs_field f = whole_reg;
	__u64 val, changed;
	struct pattern c;

	if (!text || text - what >= (int)sizeof(name))
		fatal("'%s': expected REGISTER=VALUE or REGISTER.FIELD=VALUE", what);
	snprintf(name, sizeof(name), "%.*s", (int)(text - what), what);
	c = parse_pattern(name);
	if (strpbrk(c.reg, "*?["))
		fatal("'%s': expected one register, not a pattern", name);
	while (r < p->regs + p->nr && !reg_matches(&c, r->name))
		r++;
	if (r == p->regs + p->nr)
		fatal("no register '%s' in this profile", c.reg);
	f.msb = profile_reg_bytes(r->id) < 8 ? 31 : 63;
	for (unsigned int n = 0; *c.field; n++) {
		if (!get_field(&f, r->id, n))
			fatal("no field '%s' in register %s", c.field, r->name);
		if (!strcasecmp(c.field, piece_name(piece, sizeof(piece), r->id, &f)))
			break;
	}
	if (!parse_value(&f, text + 1, &val))
		fatal("'%s' is no value of %s", text + 1, name);
	changed = (r->val[0] ^ val << f.lsb) & bits_of(f.msb, f.lsb);
	if (r->has_mask && changed & ~r->mask[0])
		fatal("%s: not among the bits that a VMM may change", name);
	r->val[0] ^= changed;
	/* Of what has more bits than a number: SVE_VLS */
	if (!*c.field)
		memset(r->val + 1, 0, sizeof(r->val) - sizeof(r->val[0]));
}
