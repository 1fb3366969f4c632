// SPDX-License-Identifier: GPL-2.0
/*
 * The one parser and the one writer of the profile format, see profile.h
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

#include "profile.h"
#include "regs.h"

#define MAGIC		"# kvm_feat profile 2"
/* Some hundred registers take 10 kB; many more would take long to tell apart */
#define PROFILE_MAX	0x10000
#define LINE_WIDTH	90

struct parser {
	struct profile *p;
	const char *file;
	unsigned int line;
	bool referred;		/* there was a line that refers to registers */
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
	unsigned int bytes = 1u << (id >> 52 & 0xf);

	if (regs_is_device(id) || regs_is_fact(id))
		return regs_is_fact(id) ? sizeof(__u64) : sizeof(__u32);
	return id >> 56 == REG_ID_ARM64 >> 56 && bytes <= PROFILE_WORDS * sizeof(__u64) ? bytes : 0;
}

void profile_memory(unsigned char *mem, __u64 *val, unsigned int bytes, bool big_endian, bool read)
{
	unsigned int width = bytes < 8 ? bytes : 8;

	if (read)
		memset(val, 0, PROFILE_WORDS * sizeof(*val));
	for (unsigned int i = 0; i < bytes; i++) {
		unsigned int shift = 8 * (big_endian ? width - 1 - i % 8 : i % 8);

		if (read)
			val[i / 8] |= (__u64)mem[i] << shift;
		else
			mem[i] = val[i / 8] >> shift;
	}
}

__u64 profile_number(const char *text, char **end)
{
	bool hex = !strncasecmp(text, "0x", 2);
	__u64 val;

	*end = (char *)text;
	if (!(hex ? isxdigit((unsigned char)text[2]) : isdigit((unsigned char)*text)))
		return 0;
	errno = 0;
	val = strtoull(text, end, hex ? 16 : 10);
	if (errno)
		*end = (char *)text;
	return val;
}

static bool parse_hex(const char *text, __u64 *val)
{
	char *end;

	*val = profile_number(text, &end);
	return !strncmp(text, "0x", 2) && end != text && !*end;
}

/* Room for one more of @nr elements */
static void *grow(void *array, size_t nr, size_t size)
{
	void *new = realloc(array, (nr + 1) * size);

	if (!new)
		abort();
	return new;
}

struct profile_reg *profile_add(struct profile *p, __u64 id)
{
	p->regs = grow(p->regs, p->nr, sizeof(*p->regs));
	p->regs[p->nr] = (struct profile_reg){ .id = id };
	return &p->regs[p->nr++];
}

void profile_add_take(struct profile_reg *r, const struct profile_take *take)
{
	r->takes = grow(r->takes, r->nr_takes, sizeof(*take));
	r->takes[r->nr_takes++] = *take;
}

static int by_id(const void *a, const void *b)
{
	const struct profile_reg *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

void profile_sort(struct profile *p)
{
	if (p->nr)
		qsort(p->regs, p->nr, sizeof(*p->regs), by_id);
}

struct profile_reg *profile_find(const struct profile *p, __u64 id)
{
	const struct profile_reg key = { .id = id };

	return p->nr ? bsearch(&key, p->regs, p->nr, sizeof(*p->regs), by_id) : NULL;
}

void profile_free(struct profile *p)
{
	for (size_t i = 0; i < p->nr; i++)
		free(p->regs[i].takes);
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

static size_t split(char *line, char **tok, size_t max)
{
	size_t n = 0;
	char *save;

	for (char *t = strtok_r(line, " \t", &save); t && n < max; t = strtok_r(NULL, " \t", &save))
		tok[n++] = t;
	return n;
}

static int add_register(struct parser *ps, const char *name, __u64 id, char **val, size_t n)
{
	__u64 known = regs_id(name);
	char other[REGS_NAME_LEN];
	struct profile_reg *r;

	if (ps->referred)
		return parse_error(ps, "%s: must come before '# optional' and '# takes'", name);
	if (known && known != id)
		return parse_error(ps, "%s has ID 0x%016llx, not 0x%016llx", name, known, id);
	/* Another kernel's kvm_feat may know names that this one does not */
	if (!known && regs_find(id))
		return parse_error(ps, "0x%016llx is %s, not %s", id,
				   regs_name(other, sizeof(other), id), name);
	for (size_t i = 0; i < ps->p->nr; i++) {
		r = &ps->p->regs[i];
		if (r->id == id || !strcmp(r->name, name))
			return parse_error(ps, "%s: same register as %s on line %u",
					   name, r->name, r->line);
	}
	r = profile_add(ps->p, id);
	strcpy(r->name, name);
	r->line = ps->line;
	r->has_mask = n == 2;
	for (size_t i = 0; i < n; i++) {
		__u64 *word = i ? &r->mask : r->val;

		if (!parse_hex(val[i], word) || (profile_reg_bytes(id) < 8 && *word >> 32))
			return parse_error(ps, "%s: '%.40s' is no hexadecimal number of %u bits",
					   name, val[i], profile_reg_bytes(id) < 8 ? 32 : 64);
	}
	return 0;
}

static int parse_register(struct parser *ps, char *line)
{
	char *tok[5] = {};
	size_t n;
	__u64 id;

	line[strcspn(line, "#")] = '\0';
	n = split(line, tok, ARRAY_SIZE(tok));
	if (!n)
		return 0;
	if (n < 3 || n > 4)
		return parse_error(ps, "expected NAME ID VALUE [MASK]");
	n -= 2;
	if (strlen(tok[0]) >= PROFILE_NAME_LEN)
		return parse_error(ps, "name longer than %u characters", PROFILE_NAME_LEN - 1);
	for (const char *c = tok[0]; *c; c++)
		if (!isalnum((unsigned char)*c) && *c != '_')
			return parse_error(ps, "a name may have only letters, digits and _");
	if (!parse_hex(tok[1], &id) || id >= REG_ID_DEVICE || !profile_reg_bytes(id))
		return parse_error(ps, "%s: '%.40s' is no arm64 register ID", tok[0], tok[1]);
	return add_register(ps, tok[0], id, tok + 2, n);
}

/* What has no ID to be read */
static int add_named(struct parser *ps, char *line, const char *what, __u64 first)
{
	const struct regs_desc *d;
	char *tok[3];

	line[strcspn(line, "#")] = '\0';
	if (split(line, tok, ARRAY_SIZE(tok)) != 2)
		return parse_error(ps, "expected '%sNAME VALUE'", what);
	d = regs_find(regs_id(tok[0]));
	if (!d || strcmp(d->name, tok[0]) || d->id >> 60 != first >> 60)
		return parse_error(ps, "%s'%.40s' is not known", what, tok[0]);
	return add_register(ps, tok[0], d->id, tok + 1, 1);
}

/* @dst is empty as long as there was no such line */
static int set_word(struct parser *ps, const char *what, char *dst, size_t size, const char *text)
{
	if (*dst)
		return parse_error(ps, "second '# %s' line", what);
	for (const char *c = text; *c; c++)
		if (!isprint((unsigned char)*c))
			return parse_error(ps, "'# %s' line with unprintable characters", what);
	if (snprintf(dst, size, "%s", text) >= (int)size)
		return parse_error(ps, "'# %s' line too long", what);
	return 0;
}

static int set_kernel(struct parser *ps, char *text)
{
	return set_word(ps, "kernel", ps->p->kernel, sizeof(ps->p->kernel), text);
}

static int set_features(struct parser *ps, char *list)
{
	if (list[strspn(list, "abcdefghijklmnopqrstuvwxyz0123456789_,")])
		return parse_error(ps, "features are names with commas between them");
	return set_word(ps, "features", ps->p->features, sizeof(ps->p->features), list);
}

static int set_classes(struct parser *ps, char *what)
{
	if (ps->classes)
		return parse_error(ps, "second '# classes' line");
	ps->classes = true;
	ps->p->kernel_classes = !strcmp(what, "kernel");
	if (!ps->p->kernel_classes && strcmp(what, "built-in"))
		return parse_error(ps, "classes are 'kernel' or 'built-in'");
	return 0;
}

/* MSB:LSB=RANGE[,RANGE]..., where a range is VALUE or MIN-MAX, behind a ~ if ignored */
static int parse_take(struct parser *ps, struct profile_reg *r, char *bits)
{
	struct profile_take take;
	char *text, *max, *end;
	unsigned int msb, lsb;
	int len = 0;

	if (sscanf(bits, "%2u:%2u=%n", &msb, &lsb, &len) != 2 || !len || msb < lsb || msb > 63 ||
	    msb >= 8 * profile_reg_bytes(r->id))
		return parse_error(ps, "takes: '%.40s' are no bits of %s", bits, r->name);
	for (size_t i = 0; i < r->nr_takes; i++)
		if (r->takes[i].lsb <= msb && r->takes[i].msb >= lsb)
			return parse_error(ps, "takes: bits %u:%u of %s twice", msb, lsb, r->name);
	for (bits += len; (text = strsep(&bits, ",")); profile_add_take(r, &take)) {
		take = (struct profile_take){ .msb = msb, .lsb = lsb, .ignored = *text == '~' };
		text += take.ignored;
		take.min = profile_number(text, &end);
		take.max = take.min;
		max = end != text && *end == '-' ? end + 1 : text;
		if (max != text)
			take.max = profile_number(max, &end);
		if (end == max || *end || take.max < take.min || take.max >> (msb - lsb) >> 1)
			return parse_error(ps, "takes: '%.40s' are no values of %s bits %u:%u",
					   text, r->name, msb, lsb);
	}
	return 0;
}

/* A register that is not there has been removed by hand: these lines may still name it */
static int set_takes(struct parser *ps, char *line)
{
	struct profile_reg *r;
	char *word, *save;
	int ret = 0;

	ps->referred = true;
	word = strtok_r(line, " \t", &save);
	r = word ? find_name(ps->p, word) : NULL;
	while (r && !ret && (word = strtok_r(NULL, " \t", &save)))
		ret = parse_take(ps, r, word);
	return ret;
}

static int set_optional(struct parser *ps, char *line)
{
	struct profile_reg *r;
	char *save;

	ps->referred = true;
	for (char *w = strtok_r(line, " \t", &save); w; w = strtok_r(NULL, " \t", &save)) {
		r = find_name(ps->p, w);
		if (r)
			r->optional = true;
	}
	return 0;
}

static int parse_line(struct parser *ps, char *line)
{
	static const struct {
		const char *word;
		int (*parse)(struct parser *ps, char *text);
		__u64 first;	/* of the IDs, if these are not in the profile */
	} words[] = {
		{ "# kernel ", set_kernel }, { "# features ", set_features },
		{ "# classes ", set_classes }, { "# host ", NULL, REG_ID_HOST },
		{ "# optional ", set_optional }, { "# takes ", set_takes },
		{ "device ", NULL, REG_ID_DEVICE }, { "##" },
	};
	size_t len = strlen(line);

	while (len && isspace((unsigned char)line[len - 1]))
		line[--len] = '\0';
	if (ps->line == 1)
		return strcmp(line, MAGIC) ?
		       parse_error(ps, "no profile: the first line must be '%s'", MAGIC) : 0;
	if (ps->end && len)
		return parse_error(ps, "text after '# end'");
	ps->end |= !strcmp(line, "# end");
	for (size_t i = 0; !ps->end && i < ARRAY_SIZE(words); i++) {
		len = strlen(words[i].word);
		if (strncmp(line, words[i].word, len))
			continue;
		if (words[i].first)
			return add_named(ps, line + len, words[i].word, words[i].first);
		return words[i].parse ? words[i].parse(ps, line + len) : 0;
	}
	/* A misspelt line must not become a comment */
	if (line[strspn(line, " \t")] == '#' && !ps->end)
		return parse_error(ps, "'%.40s' is not known; a comment starts with ##", line);
	return parse_register(ps, line);
}

static int parse_lines(struct parser *ps, const char *text, const char *stop)
{
	const struct profile *p = ps->p;

	while (text < stop) {
		const char *eol = memchr(text, '\n', stop - text);
		size_t n = (eol ?: stop) - text;
		char *line = strndup(text, n);
		int ret;

		if (!line)
			abort();
		ps->line++;
		ret = strlen(line) != n ? parse_error(ps, "binary data") : parse_line(ps, line);
		free(line);
		if (ret)
			return ret;
		text += n + 1;
	}
	if (!ps->end)
		return parse_error(ps, "truncated: no '# end' line");
	if (!*p->kernel || !*p->features || !ps->classes)
		return parse_error(ps, "no '# %s' line", !*p->kernel ? "kernel" :
				   ps->classes ? "features" : "classes");
	return p->nr ? 0 : parse_error(ps, "no registers");
}

int profile_parse(struct profile *p, const char *name, const char *text, size_t len,
		  char *err, size_t size)
{
	struct parser ps = { .p = p, .file = name, .err = err, .size = size };
	int ret;

	memset(p, 0, sizeof(*p));
	ret = len > PROFILE_MAX ? parse_error(&ps, "too large for a profile") :
	      parse_lines(&ps, text, text + len);
	profile_sort(p);
	if (ret)
		profile_free(p);
	return ret;
}

char *profile_read(const char *path, size_t *len, char *err, size_t size)
{
	FILE *f = strcmp(path, "-") ? fopen(path, "r") : stdin;
	char *text = malloc(PROFILE_MAX + 2);
	bool failed = !f || !text;

	if (!failed) {
		*len = fread(text, 1, PROFILE_MAX + 1, f);
		failed = ferror(f);
	}
	if (failed || *len > PROFILE_MAX) {
		snprintf(err, size, "%s: %s", path, failed ? strerror(errno) :
			 "too large for a profile");
		free(text);
		text = NULL;
	} else {
		text[*len] = '\0';
	}
	if (f && f != stdin)
		fclose(f);
	return text;
}

static void print_takes(const struct profile_reg *r, FILE *out)
{
	const struct profile_take *t = r->takes;

	fprintf(out, "# takes %s", r->name);
	for (size_t i = 0; i < r->nr_takes; i++, t++) {
		if (!i || t->lsb != t[-1].lsb)
			fprintf(out, " %u:%u=", t->msb, t->lsb);
		else
			fputc(',', out);
		fprintf(out, t->ignored ? "~%#llx" : "%#llx", t->min);
		if (t->max != t->min)
			fprintf(out, "-%#llx", t->max);
	}
	fputc('\n', out);
}

static void print_reg(const struct profile_reg *r, FILE *out)
{
	if (r->id < REG_ID_DEVICE)
		fprintf(out, "%s 0x%016llx", r->name, r->id);
	else
		fprintf(out, regs_is_device(r->id) ? "device %s" : "# host %s", r->name);
	fprintf(out, " 0x%llx", r->val[0]);
	fprintf(out, r->has_mask ? " 0x%llx\n" : "\n", r->mask);
}

void profile_print(const struct profile *p, FILE *out)
{
	const struct profile_reg *regs = p->regs;
	size_t column = 0;

	fprintf(out, "%s\n# kernel %s\n# features %s\n# classes %s\n", MAGIC, p->kernel,
		p->features, p->kernel_classes ? "kernel" : "built-in");
	for (size_t i = 0; i < p->nr; i++)
		print_reg(&regs[i], out);
	for (size_t i = 0; i < p->nr; i++) {
		if (!regs[i].optional)
			continue;
		if (!column || column + strlen(regs[i].name) >= LINE_WIDTH)
			column = fprintf(out, "%s# optional", column ? "\n" : "");
		column += fprintf(out, " %s", regs[i].name);
	}
	fputs(column ? "\n" : "", out);
	for (size_t i = 0; i < p->nr; i++)
		if (regs[i].nr_takes)
			print_takes(&regs[i], out);
	fprintf(out, "# end\n");
}

void profile_rewrite(const struct profile *p, const char *text, FILE *out)
{
	size_t n, len;

	for (unsigned int line = 1; *text; line++, text += len) {
		const struct profile_reg *r = p->regs;

		len = strcspn(text, "\n");
		len += text[len] == '\n';
		if (!strncmp(text, "# takes ", 8))
			continue;
		while (r < p->regs + p->nr && r->line != line)
			r++;
		if (r == p->regs + p->nr) {
			fwrite(text, len, 1, out);
			continue;
		}
		/* The value is behind two words, or behind "# host" and a name */
		n = strspn(text, " \t");
		for (int words = *text == '#' ? 3 : 2; words--; ) {
			n += strcspn(text + n, " \t");
			n += strspn(text + n, " \t");
		}
		fwrite(text, n, 1, out);
		fprintf(out, "0x%llx", r->val[0]);
		n += strcspn(text + n, " \t\r\n#");
		fwrite(text + n, len - n, 1, out);
	}
}
