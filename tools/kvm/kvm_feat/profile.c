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
#include "regs.h"

#define MAGIC		"# kvm_feat profile "
#define VERSION		2
/* Some hundred registers take 10 kB; many more would take long to tell apart */
#define PROFILE_MAX	0x10000
#define FILE_MAX	0x100000		/* a fingerprint, see fingerprint.c */
#define LINE_WIDTH	90

struct parser {
	struct profile *p;
	const char *file;
	unsigned int line;
	bool registers;		/* all read: what refers to them comes next */
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
	/* What is quoted from the file must not get at the terminal */
	for (char *c = ps->err; *c; c++)
		if (!isprint((unsigned char)*c))
			*c = '?';
	return -1;
}

unsigned int profile_reg_bytes(__u64 id)
{
	unsigned int shift = (id >> 52) & 0xf;

	if (regs_is_device(id))
		return sizeof(__u32);
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

/* Room for one more of @nr elements: it grows when the count reaches a power of two */
static void *grow(void *array, size_t nr, size_t size)
{
	return nr & (nr - 1) ? array : realloc(array, (nr ? 2 * nr : 1) * size);
}

struct profile_reg *profile_add(struct profile *p, __u64 id)
{
	struct profile_reg *regs = grow(p->regs, p->nr, sizeof(*regs));

	if (!regs)
		return NULL;
	p->regs = regs;
	regs += p->nr++;
	memset(regs, 0, sizeof(*regs));
	regs->id = id;
	return regs;
}

int profile_add_take(struct profile *p, const struct profile_take *take)
{
	struct profile_take *takes = grow(p->takes, p->nr_takes, sizeof(*takes));

	if (!takes)
		return -1;
	p->takes = takes;
	takes[p->nr_takes++] = *take;
	return 0;
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

static int by_bits(const void *a, const void *b)
{
	const struct profile_take *x = a, *y = b;

	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	if (x->lsb != y->lsb)
		return y->lsb - x->lsb;
	if (x->ignored != y->ignored)
		return x->ignored - y->ignored;
	return x->min < y->min ? -1 : x->min > y->min;
}

void profile_sort(struct profile *p)
{
	if (p->nr)
		qsort(p->regs, p->nr, sizeof(*p->regs), by_id);
	if (p->nr_takes)
		qsort(p->takes, p->nr_takes, sizeof(*p->takes), by_bits);
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
	free(p->takes);
	memset(p, 0, sizeof(*p));
}

static struct profile_reg *find_name(struct profile *p, const char *name)
{
	for (size_t i = 0; i < p->nr; i++)
		if (!strcmp(p->regs[i].name, name))
			return &p->regs[i];
	return NULL;
}

static int parse_id(struct parser *ps, char **tok, size_t n, __u64 *id)
{
	int bits;

	if (n < 3 || n > 4)
		return parse_error(ps, "expected NAME ID VALUE [MASK], found %s word%s",
				   n > 4 ? "more than 4" : n == 2 ? "2" : "1", n == 1 ? "" : "s");
	if (strlen(tok[0]) >= PROFILE_NAME_LEN)
		return parse_error(ps, "name longer than %u characters", PROFILE_NAME_LEN - 1);
	for (const char *c = tok[0]; *c; c++)
		if (!isalnum((unsigned char)*c) && *c != '_')
			return parse_error(ps, "name with more than letters, digits and _");
	bits = parse_hex(tok[1], id);
	if (bits < 0)
		return parse_error(ps, "%s: ID '%.40s' is no hexadecimal number", tok[0], tok[1]);
	if (bits > 64 || id[0] >> 56 != REG_ID_ARM64 >> 56 || !profile_reg_bytes(id[0]))
		return parse_error(ps, "%s: '%.40s' is no arm64 register ID", tok[0], tok[1]);
	return 0;
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
	if (n == 3 && !strcmp(tok[0], "device")) {
		/* Behind its name, there is no ID to be read */
		tok[0] = tok[1];
		id[0] = regs_device_id(tok[0]);
		if (!id[0])
			return parse_error(ps, "device attribute '%.40s' is not known", tok[0]);
	} else if (parse_id(ps, tok, n, id)) {
		return -1;
	}
	bytes = profile_reg_bytes(id[0]);

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
	for (const char *c = src; *c; c++)
		if (!isprint((unsigned char)*c))
			return parse_error(ps, "'# %s' line with unprintable characters", what);
	strcpy(dst, src);
	return 0;
}

static int set_features(struct parser *ps, const char *list)
{
	size_t len = 0;

	for (const char *c = list; *c; c++) {
		len = *c == ',' ? 0 : len + 1;
		if ((*c == ',' && (c == list || c[-1] == ',')) ||
		    (*c != ',' && !islower((unsigned char)*c) && !isdigit((unsigned char)*c) &&
		     *c != '_'))
			return parse_error(ps, "features are names with commas between them");
	}
	if (*list && !len)
		return parse_error(ps, "features are names with commas between them");
	return set_word(ps, ps->p->features, sizeof(ps->p->features), "features", list);
}

/* MSB:LSB=RANGE[,RANGE]..., where a range is VALUE or MIN-MAX, behind a ~ if ignored */
static int parse_take(struct parser *ps, const struct profile_reg *r, char *bits)
{
	struct profile_take take = { .id = r->id };
	unsigned int msb, lsb;
	char *text, *end;
	int len = 0;

	if (sscanf(bits, "%2u:%2u=%n", &msb, &lsb, &len) != 2 || !len || msb < lsb || msb > 63 ||
	    msb >= 8 * profile_reg_bytes(r->id))
		return parse_error(ps, "takes: '%.40s' are no bits of %s", bits, r->name);
	for (size_t i = 0; i < ps->p->nr_takes; i++) {
		const struct profile_take *t = &ps->p->takes[i];

		if (t->id == r->id && t->lsb <= msb && t->msb >= lsb)
			return parse_error(ps, "takes: bits %u:%u of %s again", msb, lsb, r->name);
	}
	take.msb = msb;
	take.lsb = lsb;
	for (bits += len; (text = strsep(&bits, ",")); ) {
		take.ignored = *text == '~';
		text += take.ignored;
		take.min = strtoull(text, &end, 0);
		take.max = take.min;
		if (*end == '-' && isdigit((unsigned char)end[1]))
			take.max = strtoull(end + 1, &end, 0);
		if (!isdigit((unsigned char)*text) || *end || take.max < take.min ||
		    take.max >> (msb - lsb) >> 1)
			return parse_error(ps, "takes: '%.40s' are no values of %s bits %u:%u",
					   text, r->name, msb, lsb);
		if (profile_add_take(ps->p, &take))
			return parse_error(ps, "%s", strerror(ENOMEM));
	}
	return 0;
}

/* What follows "# WORD " in @line, if that is what it starts with */
static char *after(char *line, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(line, "# ", 2) || strncmp(line + 2, word, len) || line[2 + len] != ' ')
		return NULL;
	return line + 3 + len;
}

static int parse_header(struct parser *ps, char *line)
{
	struct profile *p = ps->p;
	const char *text;

	text = after(line, "kernel");
	if (text)
		return set_word(ps, p->kernel, sizeof(p->kernel), "kernel", text);
	text = after(line, "features");
	if (text)
		return set_features(ps, text);
	text = after(line, "classes");
	if (text) {
		if (ps->classes)
			return parse_error(ps, "second '# classes' line");
		ps->classes = true;
		p->kernel_classes = !strcmp(text, "kernel");
		if (!p->kernel_classes && strcmp(text, "built-in"))
			return parse_error(ps, "classes are 'kernel' or 'built-in'");
	}
	if (!strcmp(line, "# end"))
		ps->end = true;
	return 0;
}

/* A register that is not there has been removed by hand: these lines may still name it */
static int parse_reference(struct parser *ps, char *line)
{
	char *optional = after(line, ps->p->version == 1 ? "clearable" : "optional");
	char *takes = ps->p->version == 1 ? NULL : after(line, "takes");
	struct profile_reg *r;
	char *word, *save;
	int ret = 0;

	if (optional) {
		for (word = strtok_r(optional, " \t", &save); word;
		     word = strtok_r(NULL, " \t", &save)) {
			r = find_name(ps->p, word);
			if (r)
				r->optional = ps->p->version > 1 ||
					      regs_class(r->id) & REGS_OPTIONAL;
		}
	} else if (takes) {
		word = strtok_r(takes, " \t", &save);
		r = word ? find_name(ps->p, word) : NULL;
		while (r && !ret && (word = strtok_r(NULL, " \t", &save)))
			ret = parse_take(ps, r, word);
	}
	return ret;
}

static int parse_version(struct parser *ps, const char *line)
{
	if (strncmp(line, MAGIC, strlen(MAGIC)))
		return parse_error(ps, "no profile: the first line must be '%s%u'", MAGIC, VERSION);
	line += strlen(MAGIC);
	if (strcmp(line, "1") && strcmp(line, "2"))
		return parse_error(ps, "unknown format version '%.20s': this parser reads 1 and 2",
				   line);
	ps->p->version = *line - '0';
	return 0;
}

static int parse_line(struct parser *ps, char *line)
{
	size_t len = strlen(line);
	char *comment;

	while (len && isspace((unsigned char)line[len - 1]))
		line[--len] = '\0';
	if (ps->registers)
		return parse_reference(ps, line);
	if (ps->line == 1)
		return parse_version(ps, line);
	if (ps->end && len)
		return parse_error(ps, "text after '# end'");
	if (*line == '#')
		return parse_header(ps, line);
	comment = strchr(line, '#');
	if (comment)
		*comment = '\0';
	if (!line[strspn(line, " \t")])
		return 0;
	return parse_register(ps, line);
}

static int parse_lines(struct parser *ps, const char *text, const char *stop)
{
	int ret = 0;

	for (ps->line = 0; !ret && text < stop; ) {
		const char *eol = memchr(text, '\n', stop - text);
		size_t n = (eol ?: stop) - text;
		char *line = strndup(text, n);

		ps->line++;
		if (!line)
			ret = parse_error(ps, "%s", strerror(ENOMEM));
		else if (strlen(line) != n)
			ret = parse_error(ps, "binary data");
		else
			ret = parse_line(ps, line);
		free(line);
		text += n + 1;
	}
	return ret;
}

int profile_parse(struct profile *p, const char *name, const char *text, size_t len,
		  char *err, size_t size)
{
	struct parser ps = { .p = p, .file = name, .err = err, .size = size };
	const char *stop = text + len;
	int ret;

	memset(p, 0, sizeof(*p));
	if (len > PROFILE_MAX)
		ret = parse_error(&ps, "too large for a profile");
	else
		ret = parse_lines(&ps, text, stop);
	if (!ret && !ps.line)
		ret = parse_error(&ps, "empty file");
	else if (!ret && !ps.end)
		ret = parse_error(&ps, "truncated: no '# end' line");
	else if (!ret && !p->nr)
		ret = parse_error(&ps, "no registers");
	ps.registers = true;
	if (!ret)
		ret = parse_lines(&ps, text, stop);
	profile_sort(p);
	if (ret)
		profile_free(p);
	return ret;
}

char *profile_read(const char *path, size_t *len, char *err, size_t size)
{
	FILE *f = strcmp(path, "-") ? fopen(path, "r") : stdin;
	char *text = malloc(FILE_MAX + 2);

	if (text && f) {
		*len = fread(text, 1, FILE_MAX + 1, f);
		text[*len] = '\0';
		/* A byte order mark, which some editors add */
		if (!strncmp(text, "\xef\xbb\xbf", 3)) {
			*len -= 3;
			memmove(text, text + 3, *len + 1);
		}
	}
	if (text && f && !ferror(f) && *len <= FILE_MAX)
		snprintf(err, size, "%s", "");
	else if (text && f && !ferror(f))
		snprintf(err, size, "%s: too large for a profile", path);
	else
		snprintf(err, size, "%s: %s", path, strerror(errno));
	if (f && f != stdin)
		fclose(f);
	if (*err) {
		free(text);
		text = NULL;
	}
	return text;
}

int profile_load(struct profile *p, const char *path, char *err, size_t size)
{
	size_t len;
	char *text = profile_read(path, &len, err, size);
	int ret = text ? profile_parse(p, path, text, len, err, size) : -1;

	free(text);
	return ret;
}

/* The line of a register whose first take is the @n-th; returns the number of the next */
static size_t print_takes(const struct profile *p, size_t n, FILE *out)
{
	const struct profile_take *first = &p->takes[n], *t;

	fprintf(out, "# takes %s", profile_find(p, first->id)->name);
	for (t = first; n < p->nr_takes && t->id == first->id; n++, t++) {
		if (t == first || t->lsb != t[-1].lsb)
			fprintf(out, " %u:%u=", t->msb, t->lsb);
		else
			fputc(',', out);
		fprintf(out, t->ignored ? "~%#llx" : "%#llx", t->min);
		if (t->max != t->min)
			fprintf(out, "-%#llx", t->max);
	}
	fputc('\n', out);
	return n;
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

	fprintf(out, "%s%u\n# kernel %s\n# features %s\n# classes %s\n", MAGIC, VERSION,
		p->kernel, p->features, p->kernel_classes ? "kernel" : "built-in");
	for (size_t i = 0; i < p->nr; i++) {
		if (regs_is_device(regs[i].id))
			continue;
		fprintf(out, "%s 0x%016llx %s", regs[i].name, regs[i].id,
			profile_hex(hex, regs[i].val));
		fprintf(out, regs[i].has_mask ? " %s\n" : "\n", profile_hex(hex, regs[i].mask));
	}
	for (size_t i = 0; i < p->nr; i++)
		if (regs_is_device(regs[i].id))
			fprintf(out, "device %s %s\n", regs[i].name, profile_hex(hex, regs[i].val));
	for (size_t i = 0; i < p->nr; i++) {
		if (!regs[i].optional)
			continue;
		if (!column || column + strlen(regs[i].name) >= LINE_WIDTH)
			column = fprintf(out, "%s# optional", column ? "\n" : "");
		column += fprintf(out, " %s", regs[i].name);
	}
	if (column)
		fputc('\n', out);
	for (size_t n = 0; n < p->nr_takes; )
		n = print_takes(p, n, out);
	fprintf(out, "# end\n");
	free(regs);
	return 0;
}
