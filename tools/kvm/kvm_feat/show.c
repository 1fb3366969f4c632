// SPDX-License-Identifier: GPL-2.0
/*
 * Registers and fields as text: of the architecture, and of a profile
 */
#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "judge.h"
#include "output.h"
#include "regs.h"
#include "report.h"
#include "show.h"

#define CCSIDR_MAX	14	/* two for each of seven levels */

/* What a user calls registers and fields, see show.h */
struct call {
	char reg[REGS_NAME_LEN + 1];	/* room for a * */
	char field[64];
	__u64 id;			/* if it is no pattern, and not in the table */
};

/* Is it there on any host, or will it be, as what is reserved for features? */
static bool exists(__u64 id)
{
	unsigned int owner = REG_LOW(id) >> 6 & 63;

	if (regs_is_hcid(id))
		return (!owner || (owner >= 4 && owner <= 6)) && (REG_LOW(id) & 63) < 8;
	if (REG_COPROC(id) == COPROC_DEMUX)
		return REG_LOW(id) < CCSIDR_MAX;
	return regs_find(id) || regs_is_id_reg(id) || id == REG_ID_SVE_VLS;
}

static bool matches(const char *pattern, const char *name)
{
	return !fnmatch(pattern, name, FNM_CASEFOLD);
}

static bool reg_matches(const struct call *c, __u64 id, const char *name)
{
	char el[sizeof(c->reg) + 16];

	if (c->id)
		return c->id == id;
	snprintf(el, sizeof(el), "%s_EL[0-3]", c->reg);
	return matches(c->reg, name) || matches(el, name);
}

static bool field_matches(const struct call *c, __u64 id, const struct regs_field *f)
{
	char name[PIECE_NAME_LEN];

	piece_name(name, sizeof(name), id, f);
	/* A name like [31:28] is no pattern */
	return !*c->field || !strcasecmp(c->field, name) || matches(c->field, name);
}

/* Like get_piece(), but also the fields of registers that are in no profile */
static bool get_field(struct regs_field *f, __u64 id, unsigned int n)
{
	const struct regs_desc *d = regs_find(id);

	if (d && d->fields && !regs_is_service(id)) {
		*f = d->fields[n];
		return f->kind;
	}
	return get_piece(f, d, id, n) && !is_whole(f);
}

static bool has_field(__u64 id, const struct call *c)
{
	struct regs_field f;
	bool found = !*c->field;

	for (unsigned int n = 0; !found && get_field(&f, id, n); n++)
		found = field_matches(c, id, &f);
	return found;
}

/* Names that contain what was asked for, or start like it */
static void no_register(const char *what)
{
	char like[64];
	int n = 0;

	fprintf(stderr, "kvm_feat: no register '%s'", what);
	for (size_t len = strlen(what); !n && len > 3; len--) {
		snprintf(like, sizeof(like), "*%.*s*", (int)len, what);
		for (const struct regs_desc *d = regs_next(NULL); d && n < 5; d = regs_next(d))
			if (matches(like, d->name))
				fprintf(stderr, "%s %s", n++ ? "," : "; there is", d->name);
	}
	fputc('\n', stderr);
	exit(EXIT_ERROR);
}

static void no_field(__u64 id, const struct call *c)
{
	char like[80], name[REGS_NAME_LEN];
	struct regs_field f;
	int n = 0;

	fprintf(stderr, "kvm_feat: no field '%s' in register %s", c->field,
		regs_name(name, sizeof(name), id));
	for (size_t len = strlen(c->field); !n && len > 1; len--) {
		snprintf(like, sizeof(like), "*%.*s*", (int)len, c->field);
		for (unsigned int i = 0; n < 5 && get_field(&f, id, i); i++)
			if (*f.name && matches(like, f.name))
				fprintf(stderr, "%s %s", n++ ? "," : "; there is", f.name);
	}
	fputc('\n', stderr);
	exit(EXIT_ERROR);
}

static struct call parse_call(const char *what)
{
	size_t len = strcspn(what, ".");
	struct call c = {};

	if (len >= REGS_NAME_LEN || strlen(what + len) > sizeof(c.field))
		no_register(what);
	memcpy(c.reg, what, len);
	if (what[len])
		strcpy(c.field, what + len + 1);
	for (const struct regs_desc *d = regs_next(NULL); d; d = regs_next(d))
		if (reg_matches(&c, 0, d->name))
			return c;
	for (char *s = c.reg; *s; s++)
		*s = strncmp(c.reg, "0x", 2) ? toupper((unsigned char)*s) : *s;
	c.id = regs_id(c.reg);
	if (!strpbrk(c.reg, "*?[") && (!profile_reg_bytes(c.id) || !exists(c.id)))
		no_register(what);
	return c;
}

static void print_enums(const struct regs_field *f)
{
	for (const struct regs_enum *e = f->enums; e && e->name; e++)
		printf("%s%s (%u)", e == f->enums ? ": " : ", ", e->name, e->val);
}

static void print_field(__u64 id, const struct regs_field *f, const char *prefix)
{
	char name[PIECE_NAME_LEN];

	printf("%s%s %u:%u %s", prefix, *f->name || regs_is_service(id) ?
	       piece_name(name, sizeof(name), id, f) : "-", f->msb, f->lsb, f->kind);
}

static void explain_all(void)
{
	char prefix[64];

	for (const struct regs_desc *d = regs_next(NULL); d; d = regs_next(d)) {
		snprintf(prefix, sizeof(prefix), "%s ", d->name);
		for (const struct regs_field *f = d->fields; f && f->kind; f++) {
			print_field(regs_desc_id(d), f, prefix);
			putchar('\n');
		}
	}
}

/* Of services only those that have a name, or are asked for */
static bool is_told(__u64 id, const struct regs_field *f, const struct call *c)
{
	return *c->field ? field_matches(c, id, f) : *f->name || !regs_is_service(id);
}

static void explain_text(__u64 id, const struct call *c)
{
	unsigned int class = regs_class(id);
	char name[REGS_NAME_LEN];
	struct regs_field f;

	printf(regs_is_device(id) ? "%s, an attribute of a device\n" : "%s 0x%016llx, %u bits\n",
	       regs_name(name, sizeof(name), id), id, 8 * profile_reg_bytes(id));
	if (class & REGS_FEATURE)
		printf("feature: tells the guest what it runs on, restored before its first run\n");
	else
		printf("state: saved and restored with the VM, in no profile\n");
	if (class & REGS_OPTIONAL)
		printf("optional: zero and missing are the same\n");
	if (class & REGS_VM)
		printf("VM-wide: one write through any vCPU is enough\n");
	else
		printf("per vCPU\n");
	if (regs_is_hcid(id))
		printf("bit n: function %u + n of SMCCC owner %u\n", (REG_LOW(id) & 63) * 64,
		       REG_LOW(id) >> 6 & 63);
	for (unsigned int n = 0; get_field(&f, id, n); n++) {
		if (!is_told(id, &f, c))
			continue;
		print_field(id, &f, "    ");
		print_enums(&f);
		putchar('\n');
	}
}

static void explain_json(__u64 id, const struct call *c)
{
	static const char *const truth[] = { "false", "true" };
	char name[REGS_NAME_LEN], piece[PIECE_NAME_LEN];
	unsigned int class = regs_class(id);
	const char *sep = "";
	struct regs_field f;

	printf("  {\"name\": \"%s\", \"id\": \"0x%016llx\", \"bits\": %u, ",
	       regs_name(name, sizeof(name), id), id, 8 * profile_reg_bytes(id));
	printf("\"feature\": %s, \"optional\": %s, \"vm\": %s, \"fields\": [",
	       truth[!!(class & REGS_FEATURE)], truth[!!(class & REGS_OPTIONAL)],
	       truth[!!(class & REGS_VM)]);
	for (unsigned int n = 0; get_field(&f, id, n); n++) {
		if (!is_told(id, &f, c))
			continue;
		printf("%s\n    {\"name\": \"%s\", \"msb\": %u, \"lsb\": %u, ", sep,
		       piece_name(piece, sizeof(piece), id, &f), f.msb, f.lsb);
		printf("\"kind\": \"%s\", \"values\": {", f.kind);
		for (const struct regs_enum *e = f.enums; e && e->name; e++)
			printf("%s\"%s\": %u", e == f.enums ? "" : ", ", e->name, e->val);
		printf("}}");
		sep = ",";
	}
	printf("]}");
}

typedef void explain_fn(__u64 id, const struct call *c);

/* Returns how many registers there are, with such a field; @fn may be NULL */
static size_t explain_call(const struct call *c, explain_fn *fn, const char **sep)
{
	const struct regs_desc *d = c->id ? NULL : regs_next(NULL);
	__u64 id = c->id;
	size_t n = 0;

	do {
		if (d)
			id = regs_desc_id(d);
		if ((d && !reg_matches(c, id, d->name)) || !has_field(id, c))
			continue;
		n++;
		if (!fn)
			continue;
		printf("%s", *sep);
		if (**sep)
			*sep = ",\n";
		fn(id, c);
	} while (d && (d = regs_next(d)));
	return n;
}

/* What does not exist is refused before anything is printed */
static void must_exist(const char *what)
{
	const struct regs_desc *d = regs_next(NULL);
	struct call c = parse_call(what);

	if (explain_call(&c, NULL, NULL))
		return;
	while (!c.id && d && !reg_matches(&c, regs_desc_id(d), d->name))
		d = regs_next(d);
	if (!d)
		no_register(what);
	no_field(c.id ?: regs_desc_id(d), &c);
}

void explain(char **what, int n, bool json)
{
	explain_fn *fn = json ? explain_json : explain_text;
	const char *sep = json ? "[\n" : "";
	struct call c = { .reg = "*" };

	for (int i = 0; i < n; i++)
		must_exist(what[i]);
	if (!n && json)
		explain_call(&c, fn, &sep);
	else if (!n)
		explain_all();
	for (int i = 0; i < n; i++) {
		c = parse_call(what[i]);
		explain_call(&c, fn, &sep);
	}
	if (json)
		puts("\n]");
}

static void show_reg(const struct profile *p, const struct profile_reg *r, const struct call *c)
{
	const struct regs_desc *d = regs_find(r->id);
	char buf[VALUE_LEN];
	struct regs_field f;

	if (!*c->field) {
		get_piece(&f, d, r->id, 0);
		printf("%s %s%s\n", r->name, is_whole(&f) ? value_str(buf, sizeof(buf), &f, r) :
		       profile_hex(buf, r->val), r->optional ? " optional" : "");
	}
	for (unsigned int n = 0; get_piece(&f, d, r->id, n); n++) {
		if (is_whole(&f) || !field_matches(c, r->id, &f))
			continue;
		/* Reserved fields and services matter if they are set */
		if (!(r->val[0] & bits_of(f.msb, f.lsb)) && (!*f.name || regs_is_service(r->id)) &&
		    !*c->field)
			continue;
		printf("    ");
		print_name(stdout, r, &f);
		printf(": %s", value_str(buf, sizeof(buf), &f, r));
		if (has_limits(p, r, &f)) {
			printf(", the host ");
			print_limits(stdout, p, r, &f, NULL);
		}
		putchar('\n');
	}
}

static bool is_shown(const struct profile_reg *r, const struct call *c)
{
	return reg_matches(c, r->id, r->name) && has_field(r->id, c);
}

void show(const struct profile *p, const char *what)
{
	struct call c = what ? parse_call(what) : (struct call){ .reg = "*" };

	for (size_t i = 0; i < p->nr; i++)
		if (is_shown(&p->regs[i], &c))
			show_reg(p, &p->regs[i], &c);
}

void show_must_exist(const struct profile *p, const char *what)
{
	struct profile_reg *r = NULL;
	struct call c = parse_call(what);

	for (size_t i = 0; i < p->nr; i++) {
		if (is_shown(&p->regs[i], &c))
			return;
		if (!r && reg_matches(&c, p->regs[i].id, p->regs[i].name))
			r = &p->regs[i];
	}
	if (r)
		no_field(r->id, &c);
	fatal("no register '%s' in this profile", what);
}

static bool parse_value(const struct regs_field *f, const char *text, __u64 *val)
{
	char *end;

	for (const struct regs_enum *e = f->enums; e && e->name; e++) {
		if (!strcasecmp(text, e->name)) {
			*val = e->val;
			return true;
		}
	}
	errno = 0;
	*val = strtoull(text, &end, strncasecmp(text, "0x", 2) ? 10 : 16);
	return isdigit((unsigned char)*text) && !*end && !errno &&
	       !(*val & ~bits_of(f->msb - f->lsb, 0));
}

void set(struct profile *p, const char *what)
{
	const char *text = strchr(what, '=');
	char name[REGS_NAME_LEN + 64], piece[PIECE_NAME_LEN];
	struct profile_reg *r = NULL;
	struct regs_field f;
	__u64 val, changed;
	struct call c;

	if (!text || text - what >= (int)sizeof(name))
		fatal("'%s': expected REGISTER=VALUE or REGISTER.FIELD=VALUE", what);
	snprintf(name, sizeof(name), "%.*s", (int)(text - what), what);
	c = parse_call(name);
	if (strpbrk(c.reg, "*?["))
		fatal("'%s': expected one register, not a pattern", name);
	for (size_t i = 0; i < p->nr && !r; i++)
		if (reg_matches(&c, p->regs[i].id, p->regs[i].name))
			r = &p->regs[i];
	if (!r)
		fatal("no register '%s' in this profile", c.reg);
	f = (struct regs_field){ .msb = profile_reg_bytes(r->id) < 8 ? 31 : 63 };
	for (unsigned int n = 0; *c.field; n++) {
		if (!get_piece(&f, regs_find(r->id), r->id, n))
			no_field(r->id, &c);
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

static void reg_json(const struct profile *p, const struct profile_reg *r,
		     const struct call *c, FILE *out)
{
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
	sep = "";
	for (size_t i = 0; i < p->nr_takes; i++) {
		const struct profile_take *t = &p->takes[i];

		if (t->id != r->id)
			continue;
		fprintf(out, "%s{\"msb\": %u, \"lsb\": %u, ", sep, t->msb, t->lsb);
		fprintf(out, "\"min\": \"0x%llx\", \"max\": \"0x%llx\", \"kept\": %s}",
			t->min, t->max, t->ignored ? "false" : "true");
		sep = ", ";
	}
	fprintf(out, "]}");
}

void show_json(const struct profile *p, char **what, int n, FILE *out)
{
	const char *sep = "\n";

	fprintf(out, "{\n  \"format\": 2,\n  \"kernel\": ");
	json_string(out, p->kernel);
	fprintf(out, ",\n  \"features\": \"%s\",\n  \"classes\": \"%s\",\n  \"registers\": [",
		p->features, p->kernel_classes ? "kernel" : "built-in");
	for (int k = 0; k < (n ?: 1); k++) {
		struct call c = n ? parse_call(what[k]) : (struct call){ .reg = "*" };

		for (size_t i = 0; i < p->nr; i++) {
			if (!is_shown(&p->regs[i], &c))
				continue;
			fputs(sep, out);
			reg_json(p, &p->regs[i], &c, out);
			sep = ",\n";
		}
	}
	fprintf(out, "\n  ]\n}");
}

/* Takes IDs without 0x, too, as migration streams and traces have them */
static __u64 word_id(const char *word)
{
	__u64 id = regs_id(word);
	char *end;

	if (!id && strlen(word) == 16) {
		id = strtoull(word, &end, 16);
		if (*end)
			id = 0;
	}
	if (id >> 56 != REG_ID_ARM64 >> 56)
		fatal("no register '%s'", word);
	return id;
}

void translate(char **words, int n, bool as_id, bool json)
{
	char word[64], name[REGS_NAME_LEN];
	const char *sep = "[\n";

	for (int i = 0; n ? i < n : scanf("%63s", word) == 1; i++) {
		__u64 id = word_id(n ? words[i] : word);

		regs_name(name, sizeof(name), id);
		if (json)
			printf("%s  {\"name\": \"%s\", \"id\": \"0x%016llx\"}", sep, name, id);
		else if (as_id)
			printf("0x%016llx\n", id);
		else
			printf("%s\n", name);
		sep = ",\n";
	}
	if (json)
		puts(*sep == '[' ? "[]" : "\n]");
}
