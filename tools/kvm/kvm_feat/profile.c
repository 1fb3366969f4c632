// SPDX-License-Identifier: GPL-2.0
/*
 * The one parser and the one writer of the profile format, see profile.h
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "profile.h"

#define MAGIC		"# kvm_feat profile "
#define VERSION		"1"
/* Some hundred registers take 10 kB; many more would take long to tell apart */
#define FILE_MAX	0x10000
#define LINE_WIDTH	90

struct parser {
	struct profile *p;
	const char *file;
	unsigned int line;
	bool classes, end;
	char *err;
	size_t size;
};

static int parse_error(struct parser *ps, const char *fmt, ...)
{
	int n = snprintf(ps->err, ps->size, "%s:%u: ", ps->file, ps->line);
	va_list ap;

	va_start(ap, fmt);
	if (n >= 0 && (size_t)n < ps->size)
		vsnprintf(ps->err + n, ps->size - n, fmt, ap);
	va_end(ap);
	return -1;
}

unsigned int profile_reg_bytes(__u64 id)
{
	unsigned int shift = (id >> 52) & 0xf;

	if (id >> 56 != 0x60 || (1u << shift) > PROFILE_WORDS * sizeof(__u64))
		return 0;
	return 1u << shift;
}

const char *profile_hex(char *buf, const __u64 *val)
{
	int top = PROFILE_WORDS - 1;
	int n;

	while (top && !val[top])
		top--;
	n = sprintf(buf, "0x%llx", val[top]);
	while (top--)
		n += sprintf(buf + n, "%016llx", val[top]);
	return buf;
}

/* Returns the number of significant bits, rounded up to a digit, or -1 */
static int parse_hex(const char *s, __u64 *val)
{
	static const char digits[] = "0123456789abcdef";
	size_t len;

	memset(val, 0, PROFILE_WORDS * sizeof(*val));
	if (strncmp(s, "0x", 2) || !s[2])
		return -1;
	s += 2;
	while (*s == '0' && s[1])
		s++;
	len = strlen(s);
	if (len > PROFILE_WORDS * 16)
		return -1;
	for (size_t i = 0; i < len; i++) {
		const char *d = strchr(digits, tolower((unsigned char)s[i]));
		size_t bit = 4 * (len - 1 - i);

		if (!d)
			return -1;
		val[bit / 64] |= (__u64)(d - digits) << bit % 64;
	}
	return 4 * len;
}

struct profile_reg *profile_add(struct profile *p, __u64 id)
{
	struct profile_reg *regs;

	/* Grow when the count reaches a power of two */
	if (!(p->nr & (p->nr - 1))) {
		regs = realloc(p->regs, (p->nr ? 2 * p->nr : 1) * sizeof(*regs));
		if (!regs)
			return NULL;
		p->regs = regs;
	}
	regs = &p->regs[p->nr++];
	memset(regs, 0, sizeof(*regs));
	regs->id = id;
	return regs;
}

static int by_id(const void *a, const void *b)
{
	__u64 x = ((const struct profile_reg *)a)->id;
	__u64 y = ((const struct profile_reg *)b)->id;

	return x < y ? -1 : x > y;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct profile_reg *)a)->name,
		      ((const struct profile_reg *)b)->name);
}

void profile_sort(struct profile *p)
{
	if (p->nr)
		qsort(p->regs, p->nr, sizeof(*p->regs), by_id);
}

struct profile_reg *profile_find(const struct profile *p, __u64 id)
{
	struct profile_reg key = { .id = id };

	if (!p->nr)
		return NULL;
	return bsearch(&key, p->regs, p->nr, sizeof(*p->regs), by_id);
}

void profile_free(struct profile *p)
{
	free(p->regs);
	memset(p, 0, sizeof(*p));
}

static struct profile_reg *find_name(struct profile *p, const char *name)
{
	for (size_t i = 0; i < p->nr; i++)
		if (!strcmp(p->regs[i].name, name))
			return &p->regs[i];
	return NULL;
}

static int parse_register(struct parser *ps, char *line)
{
	static const char space[] = " \t";
	__u64 id[PROFILE_WORDS];
	char *tok[5] = {}, *save;
	struct profile_reg *r;
	unsigned int bytes;
	size_t n = 0;
	int bits;

	for (char *t = strtok_r(line, space, &save); t && n < 5; t = strtok_r(NULL, space, &save))
		tok[n++] = t;
	if (n < 3 || n > 4)
		return parse_error(ps, "expected NAME ID VALUE [MASK], found %s word%s",
				   n > 4 ? "more than 4" : n == 2 ? "2" : "1", n == 1 ? "" : "s");
	if (strlen(tok[0]) >= sizeof(r->name))
		return parse_error(ps, "name longer than %zu characters", sizeof(r->name) - 1);
	for (const char *c = tok[0]; *c; c++)
		if (!isalnum((unsigned char)*c) && *c != '_')
			return parse_error(ps, "name with more than letters, digits and _");
	bits = parse_hex(tok[1], id);
	if (bits < 0)
		return parse_error(ps, "%s: ID '%.40s' is no hexadecimal number", tok[0], tok[1]);
	bytes = profile_reg_bytes(id[0]);
	if (bits > 64 || !bytes)
		return parse_error(ps, "%s: '%.40s' is no arm64 register ID", tok[0], tok[1]);

	for (size_t i = 0; i < ps->p->nr; i++) {
		r = &ps->p->regs[i];
		if (r->id == id[0] || !strcmp(r->name, tok[0]))
			return parse_error(ps, "%s: same register as %s on line %u",
					   tok[0], r->name, r->line);
	}
	r = profile_add(ps->p, id[0]);
	if (!r)
		return parse_error(ps, "%s", strerror(ENOMEM));
	strcpy(r->name, tok[0]);
	r->line = ps->line;
	r->has_mask = n == 4;
	for (size_t i = 2; i < n; i++) {
		const char *what = i == 2 ? "value" : "mask";
		__u64 *val = i == 2 ? r->val : r->mask;

		bits = parse_hex(tok[i], val);
		if (bits < 0)
			return parse_error(ps, "%s: %s '%.40s' is no hexadecimal number",
					   r->name, what, tok[i]);
		if ((unsigned int)bits > 8 * bytes)
			return parse_error(ps, "%s: %s does not fit the %u bits of the register",
					   r->name, what, 8 * bytes);
	}
	return 0;
}

static int set_word(struct parser *ps, char *dst, size_t size, const char *what, const char *src)
{
	if (*dst)
		return parse_error(ps, "second '# %s' line", what);
	if (!*src || strlen(src) >= size)
		return parse_error(ps, "'# %s' line empty or longer than %zu characters",
				   what, size - 1);
	strcpy(dst, src);
	return 0;
}

static int parse_comment(struct parser *ps, char *line)
{
	struct profile *p = ps->p;
	struct profile_reg *r;
	char *save;

	if (!strncmp(line, "# kernel ", 9))
		return set_word(ps, p->kernel, sizeof(p->kernel), "kernel", line + 9);
	if (!strncmp(line, "# features ", 11))
		return set_word(ps, p->features, sizeof(p->features), "features", line + 11);
	if (!strncmp(line, "# classes ", 10)) {
		if (ps->classes)
			return parse_error(ps, "second '# classes' line");
		ps->classes = true;
		p->kernel_classes = !strcmp(line + 10, "kernel");
		if (!p->kernel_classes && strcmp(line + 10, "built-in"))
			return parse_error(ps, "classes are 'kernel' or 'built-in'");
	} else if (!strncmp(line, "# clearable ", 12)) {
		for (char *t = strtok_r(line + 12, " \t", &save); t;
		     t = strtok_r(NULL, " \t", &save)) {
			r = find_name(p, t);
			if (!r)
				return parse_error(ps, "clearable: no register %.40s above", t);
			r->clearable = true;
		}
	} else if (!strcmp(line, "# end")) {
		ps->end = true;
	}
	return 0;
}

static int parse_line(struct parser *ps, char *line)
{
	size_t len = strlen(line);
	char *comment;

	while (len && isspace((unsigned char)line[len - 1]))
		line[--len] = '\0';
	if (ps->line == 1) {
		if (strncmp(line, MAGIC, strlen(MAGIC)))
			return parse_error(ps, "no profile: the first line must be '"
					   MAGIC VERSION "'");
		if (strcmp(line + strlen(MAGIC), VERSION))
			return parse_error(ps, "unknown format version '%.20s': this parser reads "
					   VERSION, line + strlen(MAGIC));
		return 0;
	}
	if (ps->end && len)
		return parse_error(ps, "text after '# end'");
	if (*line == '#')
		return parse_comment(ps, line);
	comment = strchr(line, '#');
	if (comment)
		*comment = '\0';
	if (!line[strspn(line, " \t")])
		return 0;
	return parse_register(ps, line);
}

int profile_parse(struct profile *p, const char *name, const char *text, size_t len,
		  char *err, size_t size)
{
	struct parser ps = { .p = p, .file = name, .err = err, .size = size };
	const char *stop = text + len;
	int ret = 0;

	memset(p, 0, sizeof(*p));
	while (!ret && text < stop) {
		const char *eol = memchr(text, '\n', stop - text);
		size_t n = (eol ?: stop) - text;
		char *line = strndup(text, n);

		ps.line++;
		if (!line)
			ret = parse_error(&ps, "%s", strerror(ENOMEM));
		else if (strlen(line) != n)
			ret = parse_error(&ps, "binary data");
		else
			ret = parse_line(&ps, line);
		free(line);
		text += n + 1;
	}
	if (!ret && !ps.line)
		ret = parse_error(&ps, "empty file");
	else if (!ret && !ps.end)
		ret = parse_error(&ps, "truncated: no '# end' line");
	else if (!ret && !p->nr)
		ret = parse_error(&ps, "no registers");
	profile_sort(p);
	if (ret)
		profile_free(p);
	return ret;
}

int profile_load(struct profile *p, const char *path, char *err, size_t size)
{
	char *text = malloc(FILE_MAX + 1);
	FILE *f = fopen(path, "r");
	int ret = -1;
	size_t len;

	if (text && f) {
		len = fread(text, 1, FILE_MAX + 1, f);
		if (ferror(f))
			snprintf(err, size, "%s: %s", path, strerror(errno));
		else if (len > FILE_MAX)
			snprintf(err, size, "%s: too large for a profile", path);
		else
			ret = profile_parse(p, path, text, len, err, size);
	} else {
		snprintf(err, size, "%s: %s", path, strerror(errno));
	}
	if (f)
		fclose(f);
	free(text);
	return ret;
}

int profile_print(const struct profile *p, FILE *out)
{
	struct profile_reg *regs = malloc(p->nr * sizeof(*regs) + 1);
	char hex[PROFILE_HEX_LEN];
	size_t column = 0;

	if (!regs)
		return -1;
	/* By name, as sort(1), comm(1) and join(1) want it */
	memcpy(regs, p->regs, p->nr * sizeof(*regs));
	qsort(regs, p->nr, sizeof(*regs), by_name);

	fprintf(out, MAGIC VERSION "\n# kernel %s\n# features %s\n# classes %s\n",
		p->kernel, p->features, p->kernel_classes ? "kernel" : "built-in");
	for (size_t i = 0; i < p->nr; i++) {
		fprintf(out, "%s 0x%016llx %s", regs[i].name, regs[i].id,
			profile_hex(hex, regs[i].val));
		fprintf(out, regs[i].has_mask ? " %s\n" : "\n", profile_hex(hex, regs[i].mask));
	}
	for (size_t i = 0; i < p->nr; i++) {
		if (!regs[i].clearable)
			continue;
		if (!column || column + strlen(regs[i].name) >= LINE_WIDTH)
			column = fprintf(out, "%s# clearable", column ? "\n" : "");
		column += fprintf(out, " %s", regs[i].name);
	}
	fprintf(out, "%s# end\n", column ? "\n" : "");
	free(regs);
	return 0;
}
