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

#define MAGIC		"# kvm_feat profile "
/* Some hundred registers take 10 kB; many more would take long to tell apart */
#define PROFILE_MAX	0x10000
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

const char *profile_hex(char *buf, const __u64 *val)
{
	int top = PROFILE_WORDS - 1, n;

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
	char digits[17] = "";
	size_t len;

	memset(val, 0, PROFILE_WORDS * sizeof(*val));
	if (strncmp(s, "0x", 2) || !s[2])
		return -1;
	s += 2;
	s += strspn(s, "0");
	len = strlen(s);
	if (len > PROFILE_WORDS * 16 || s[strspn(s, "0123456789abcdefABCDEF")])
		return -1;
	for (size_t i = 0, left = len; left; i++) {
		size_t n = left < 16 ? left : 16;

		left -= n;
		memcpy(digits, s + left, n);
		digits[n] = '\0';
		val[i] = strtoull(digits, NULL, 16);
	}
	return 4 * len;
}

/* Room for one more of @nr elements: it grows when the count reaches a power of two */
static void *grow(void *array, size_t nr, size_t size)
{
	void *new = nr & (nr - 1) ? array : realloc(array, (nr ? 2 * nr : 1) * size);

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

static int by_name(const void *a, const void *b)
{
	const struct profile_reg *x = a, *y = b;
	bool regs = x->id < REG_ID_DEVICE && y->id < REG_ID_DEVICE;

	return regs ? strcmp(x->name, y->name) : by_id(a, b);
}

static int by_bits(const void *a, const void *b)
{
	const struct profile_take *x = a, *y = b;

	if (x->lsb != y->lsb)
		return y->lsb - x->lsb;
	if (x->ignored != y->ignored)
		return x->ignored - y->ignored;
	return x->min < y->min ? -1 : x->min > y->min;
}

void profile_sort(struct profile *p)
{
	for (size_t i = 0; i < p->nr; i++)
		if (p->regs[i].nr_takes)
			qsort(p->regs[i].takes, p->regs[i].nr_takes, sizeof(struct profile_take),
			      by_bits);
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
	struct profile_reg *r;

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
		const char *what = i ? "mask" : "value";
		int bits = parse_hex(val[i], i ? r->mask : r->val);

		if (bits < 0)
			return parse_error(ps, "%s: %s '%.40s' is no hexadecimal number",
					   name, what, val[i]);
		if ((unsigned int)bits > 8 * profile_reg_bytes(id))
			return parse_error(ps, "%s: %s does not fit the %u bits of the register",
					   name, what, 8 * profile_reg_bytes(id));
	}
	return 0;
}

static int parse_register(struct parser *ps, char *line)
{
	__u64 id[PROFILE_WORDS];
	char *tok[5] = {};
	size_t n;
	int bits;

	line[strcspn(line, "#")] = '\0';
	n = split(line, tok, ARRAY_SIZE(tok));
	if (!n)
		return 0;
	if (n == 3 && !strcmp(tok[0], "device")) {
		/* Behind its name, there is no ID to be read */
		id[0] = regs_id(tok[1]);
		if (!regs_is_device(id[0]))
			return parse_error(ps, "device attribute '%.40s' is not known", tok[1]);
		return add_register(ps, tok[1], id[0], tok + 2, 1);
	}
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
	if (bits > 64 || id[0] >= REG_ID_DEVICE || !profile_reg_bytes(id[0]))
		return parse_error(ps, "%s: '%.40s' is no arm64 register ID", tok[0], tok[1]);
	return add_register(ps, tok[0], id[0], tok + 2, n - 2);
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
	int ret = set_word(ps, "features", ps->p->features, sizeof(ps->p->features), list);
	size_t len;

	for (; !ret; list += len + 1) {
		len = strspn(list, "abcdefghijklmnopqrstuvwxyz0123456789_");
		if (!len || (list[len] && list[len] != ','))
			return parse_error(ps, "features are names with commas between them");
		if (!list[len])
			break;
	}
	return ret;
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

static int set_fact(struct parser *ps, char *line)
{
	char *tok[3];
	__u64 id;

	if (split(line, tok, ARRAY_SIZE(tok)) != 2)
		return parse_error(ps, "expected '# host NAME VALUE'");
	id = regs_id(tok[0]);
	if (!regs_is_fact(id))
		return parse_error(ps, "fact '%.40s' of a host is not known", tok[0]);
	return add_register(ps, tok[0], id, tok + 1, 1);
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
			return parse_error(ps, "takes: bits %u:%u of %s again", msb, lsb, r->name);
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

	for (char *w = strtok_r(line, " \t", &save); w; w = strtok_r(NULL, " \t", &save)) {
		r = find_name(ps->p, w);
		if (r)
			r->optional = true;
	}
	return 0;
}

/*
 * Comments are for people, but a line that was to tell of registers must not become one
 * by a slip: it has bits and values, or nothing behind its first word but names
 */
static int check_comment(struct parser *ps, char *line)
{
	unsigned int bit;
	bool names = true;
	size_t n = 0;
	char *save;

	for (char *w = strtok_r(line + 1, " \t", &save); w; w = strtok_r(NULL, " \t", &save), n++) {
		if (strchr(w, '=') && sscanf(w, "%u:%u", &bit, &bit) == 2)
			return parse_error(ps, "a comment with '%.40s': is it a '# takes' line?",
					   w);
		if (n == 1 && regs_is_fact(regs_id(w)))
			return parse_error(ps, "a comment with '%.40s': is it a '# host' line?", w);
		names &= !n || find_name(ps->p, w);
	}
	if (n > 1 && names)
		return parse_error(ps, "a comment with names only: is it an '# optional' line?");
	return 0;
}

/* Twice: when @ps->registers, all have been read, and it is about what refers to them */
static int parse_section(struct parser *ps, char *line)
{
	static const struct {
		const char *word;
		bool registers;
		int (*parse)(struct parser *ps, char *text);
	} sections[] = {
		{ "# kernel ", false, set_kernel }, { "# features ", false, set_features },
		{ "# classes ", false, set_classes }, { "# host ", false, set_fact },
		{ "# optional ", true, set_optional }, { "# takes ", true, set_takes },
	};

	ps->end |= !strcmp(line, "# end");
	for (size_t i = 0; i < ARRAY_SIZE(sections); i++) {
		size_t len = strlen(sections[i].word);

		if (!strncmp(line, sections[i].word, len))
			return sections[i].registers == ps->registers ?
			       sections[i].parse(ps, line + len) : 0;
	}
	return ps->registers ? check_comment(ps, line) : 0;
}

static int parse_line(struct parser *ps, char *line)
{
	size_t len = strlen(line);

	while (len && isspace((unsigned char)line[len - 1]))
		line[--len] = '\0';
	if (ps->line == 1 && strncmp(line, MAGIC, strlen(MAGIC)))
		return parse_error(ps, "no profile: the first line must be '%s2'", MAGIC);
	if (ps->line == 1 && strcmp(line + strlen(MAGIC), "2"))
		return parse_error(ps, "unknown format version '%.20s': this parser reads 2",
				   line + strlen(MAGIC));
	if (ps->line == 1)
		return 0;
	if (ps->end && len && !ps->registers)
		return parse_error(ps, "text after '# end'");
	if (*line == '#')
		return parse_section(ps, line);
	return ps->registers ? 0 : parse_register(ps, line);
}

static int parse_lines(struct parser *ps, const char *text, const char *stop)
{
	int ret = 0;

	for (ps->line = 0; !ret && text < stop; ) {
		const char *eol = memchr(text, '\n', stop - text);
		size_t n = (eol ?: stop) - text;
		char *line = strndup(text, n);

		if (!line)
			abort();
		ps->line++;
		ret = strlen(line) != n ? parse_error(ps, "binary data") : parse_line(ps, line);
		free(line);
		text += n + 1;
	}
	return ret;
}

static int parse_missing(struct parser *ps)
{
	const struct profile *p = ps->p;

	if (!ps->line)
		return parse_error(ps, "empty file");
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
	if (len > PROFILE_MAX)
		ret = parse_error(&ps, "too large for a profile");
	else
		ret = parse_lines(&ps, text, text + len) ?: parse_missing(&ps);
	ps.registers = true;
	if (!ret)
		ret = parse_lines(&ps, text, text + len);
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
		/* A byte order mark, which some editors add */
		if (!strncmp(text, "\xef\xbb\xbf", 3)) {
			*len -= 3;
			memmove(text, text + 3, *len + 1);
		}
	}
	if (f && f != stdin)
		fclose(f);
	return text;
}

int profile_load(struct profile *p, const char *path, char *err, size_t size)
{
	size_t len;
	char *text = profile_read(path, &len, err, size);
	int ret = text ? profile_parse(p, path, text, len, err, size) : -1;

	free(text);
	while (!ret && p->nr && regs_is_fact(p->regs[p->nr - 1].id))
		p->nr--;
	return ret;
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
	char hex[PROFILE_HEX_LEN];

	if (r->id < REG_ID_DEVICE)
		fprintf(out, "%s 0x%016llx", r->name, r->id);
	else
		fprintf(out, regs_is_device(r->id) ? "device %s" : "# host %s", r->name);
	fprintf(out, " %s", profile_hex(hex, r->val));
	fprintf(out, r->has_mask ? " %s\n" : "\n", profile_hex(hex, r->mask));
}

void profile_print(const struct profile *p, FILE *out)
{
	struct profile_reg *regs = malloc(p->nr * sizeof(*regs) + 1);
	size_t column = 0;

	if (!regs)
		abort();
	/* By name, as sort(1), comm(1) and join(1) want it; what has no ID is behind */
	memcpy(regs, p->regs, p->nr * sizeof(*regs));
	qsort(regs, p->nr, sizeof(*regs), by_name);

	fprintf(out, "%s2\n# kernel %s\n# features %s\n# classes %s\n", MAGIC, p->kernel,
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
		if (p->regs[i].nr_takes)
			print_takes(&p->regs[i], out);
	fprintf(out, "# end\n");
	free(regs);
}

void profile_rewrite(const struct profile *p, const char *text, FILE *out)
{
	char hex[PROFILE_HEX_LEN];
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
		fputs(profile_hex(hex, r->val), out);
		n += strcspn(text + n, " \t\r\n#");
		fwrite(text + n, len - n, 1, out);
	}
}
