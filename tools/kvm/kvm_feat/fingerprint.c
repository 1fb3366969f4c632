// SPDX-License-Identifier: GPL-2.0
/*
 * Profiles out of what Firecracker writes
 *
 * That is JSON, of which these members count, wherever they are:
 *
 *	"kernel_version": "6.18.30",
 *	"vcpu_features": [ { "index": 0, "bitmap": "0b110xxxx" } ],
 *	"reg_modifiers": [ { "addr": "0x6030000000140000", "bitmap": "0b10000000000000001" } ]
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "vcpu.h"
#include "fingerprint.h"
#include "regs.h"

#define DEPTH_MAX	16
#define STRING_MAX	600	/* 512 bits, and _ between them */

struct json {
	struct profile *p;
	const char *name, *start, *pos, *end;
	long features;
	/* Of the object that is being read */
	char addr[STRING_MAX], bitmap[STRING_MAX];
	bool index;		/* of a later word of vCPU features */
	char *err;
	size_t size;
};

static int json_error(struct json *j, const char *fmt, ...)
{
	unsigned int line = 1;
	va_list ap;
	int n;

	for (const char *c = j->start; c < j->pos; c++)
		line += *c == '\n';
	n = snprintf(j->err, j->size, "%s:%u: ", j->name, line);
	va_start(ap, fmt);
	if (n >= 0 && (size_t)n < j->size)
		vsnprintf(j->err + n, j->size - n, fmt, ap);
	va_end(ap);
	/* What is quoted from the file must not get at the terminal */
	for (char *c = j->err; *c; c++)
		if (!isprint((unsigned char)*c))
			*c = '?';
	return -1;
}

/* The next character that is no space, or 0 at the end */
static char peek(struct json *j)
{
	while (j->pos < j->end && isspace((unsigned char)*j->pos))
		j->pos++;
	return j->pos < j->end ? *j->pos : '\0';
}

/* What counts has no escapes; what has may be cut short */
static int read_string(struct json *j, char *buf)
{
	size_t n = 0;

	if (peek(j) != '"')
		return json_error(j, "no JSON: expected a string");
	for (j->pos++; j->pos < j->end && *j->pos != '"'; j->pos++) {
		if (*j->pos == '\\' && j->pos + 1 < j->end)
			j->pos++;
		if (n < STRING_MAX - 1)
			buf[n++] = *j->pos;
	}
	buf[n] = '\0';
	if (j->pos >= j->end)
		return json_error(j, "no JSON: a string without end");
	j->pos++;
	return 0;
}

/* 0b, then 0, 1, or x for a bit that is left open; returns the number of bits or -1 */
static int parse_bits(const char *text, __u64 *val, bool *open)
{
	size_t bits = 0, n;

	*open = false;
	memset(val, 0, PROFILE_WORDS * sizeof(*val));
	if (strncmp(text, "0b", 2))
		return -1;
	for (n = strlen(text); n > 2; n--) {
		char c = text[n - 1];

		if (c == '_')
			continue;
		if ((c != '0' && c != '1' && c != 'x') || bits >= 64 * PROFILE_WORDS)
			return -1;
		val[bits / 64] |= (__u64)(c == '1') << bits % 64;
		*open |= c == 'x';
		bits++;
	}
	return bits;
}

static int add_register(struct json *j)
{
	struct profile_reg *r, reg = {};
	unsigned int bytes;
	bool open;
	char *end;
	int bits;

	reg.id = strtoull(j->addr, &end, 0);
	bytes = profile_reg_bytes(reg.id);
	if (!isdigit((unsigned char)*j->addr) || *end || !bytes)
		return json_error(j, "'%.40s' is no arm64 register", j->addr);
	bits = parse_bits(j->bitmap, reg.val, &open);
	if (bits < 0)
		return json_error(j, "%s: '%.40s' is no bitmap", j->addr, j->bitmap);
	if (!(regs_class(reg.id) & REGS_FEATURE))
		return 0;
	for (size_t i = 8 * bytes; i < 64 * PROFILE_WORDS; i++)
		if (reg.val[i / 64] >> i % 64 & 1)
			return json_error(j, "%s: bitmap does not fit the %u bits of the register",
					  j->addr, 8 * bytes);
	/* A template leaves to the host what its bitmap is too short for, too */
	if (open || (unsigned int)bits < 8 * bytes)
		return json_error(j, "%s: leaves bits to the host, a profile does not", j->addr);
	for (size_t i = 0; i < j->p->nr; i++)
		if (j->p->regs[i].id == reg.id)
			return json_error(j, "%s: for the second time", j->addr);
	regs_name(reg.name, sizeof(reg.name), reg.id);
	reg.optional = regs_class(reg.id) & REGS_OPTIONAL;
	r = profile_add(j->p, reg.id);
	if (!r)
		return json_error(j, "%s", strerror(ENOMEM));
	*r = reg;
	return 0;
}

static int add_features(struct json *j)
{
	__u64 val[PROFILE_WORDS];
	bool open;
	int bits = parse_bits(j->bitmap, val, &open);

	if (bits < 0)
		return json_error(j, "'%.40s' is no bitmap", j->bitmap);
	for (size_t i = 0; i < nr_features && !j->index; i++)
		if (features[i].init && (val[0] & features[i].init) == features[i].init)
			j->features |= 1L << i;
	return 0;
}

static int read_value(struct json *j, const char *key, unsigned int depth);

static int read_object(struct json *j, const char *key, unsigned int depth)
{
	char name[STRING_MAX];
	bool more = false;

	*j->addr = '\0';
	*j->bitmap = '\0';
	j->index = false;
	j->pos++;
	while (peek(j) != '}' || more) {
		if (read_string(j, name))
			return -1;
		if (peek(j) != ':')
			return json_error(j, "no JSON: expected a colon");
		j->pos++;
		if (read_value(j, name, depth))
			return -1;
		more = peek(j) == ',';
		if (!more && peek(j) != '}')
			return json_error(j, "no JSON: expected a comma or a brace");
		j->pos += more;
	}
	j->pos++;
	if (!strcmp(key, "reg_modifiers"))
		return add_register(j);
	return strcmp(key, "vcpu_features") ? 0 : add_features(j);
}

static int read_array(struct json *j, const char *key, unsigned int depth)
{
	bool more = false;

	j->pos++;
	while (peek(j) != ']' || more) {
		if (read_value(j, key, depth))
			return -1;
		more = peek(j) == ',';
		if (!more && peek(j) != ']')
			return json_error(j, "no JSON: expected a comma or a bracket");
		j->pos += more;
	}
	j->pos++;
	return 0;
}

static int read_member(struct json *j, const char *key)
{
	char text[STRING_MAX];

	if (read_string(j, text))
		return -1;
	if (!strcmp(key, "addr")) {
		strcpy(j->addr, text);
	} else if (!strcmp(key, "bitmap")) {
		strcpy(j->bitmap, text);
	} else if (!strcmp(key, "kernel_version")) {
		if (!*text || strlen(text) >= sizeof(j->p->kernel))
			return json_error(j, "kernel_version empty or too long");
		for (const char *c = text; *c; c++)
			if (!isprint((unsigned char)*c))
				return json_error(j, "kernel_version with unprintable characters");
		strcpy(j->p->kernel, text);
	}
	return 0;
}

static int read_value(struct json *j, const char *key, unsigned int depth)
{
	size_t len;

	if (depth == DEPTH_MAX)
		return json_error(j, "nested too deeply");
	switch (peek(j)) {
	case '{':
		return read_object(j, key, depth + 1);
	case '[':
		return read_array(j, key, depth + 1);
	case '"':
		return read_member(j, key);
	}
	/* A number, true, false or null */
	for (len = 0; j->pos + len < j->end; len++)
		if (!isalnum((unsigned char)j->pos[len]) && !strchr("+-.", j->pos[len]))
			break;
	if (!len)
		return json_error(j, "no JSON: expected a value");
	if (!strcmp(key, "index"))
		j->index = *j->pos != '0';
	j->pos += len;
	return 0;
}

int fingerprint_parse(struct profile *p, const char *name, const char *text, size_t len,
		      char *err, size_t size)
{
	struct json j = {
		.p = p, .name = name, .start = text, .pos = text, .end = text + len,
		.err = err, .size = size,
	};
	int ret;

	memset(p, 0, sizeof(*p));
	p->version = 2;
	/* Firecracker always asks for PSCI, and notes features only if a template does */
	j.features = features_parse("psci_0_2");
	ret = read_value(&j, "", 0);
	if (!ret && peek(&j))
		ret = json_error(&j, "no JSON: text behind the value");
	if (!ret && !p->nr)
		ret = json_error(&j, "no registers of arm64: neither a fingerprint nor a template");
	if (!*p->kernel)
		strcpy(p->kernel, "unknown");
	features_str(p->features, j.features);
	profile_sort(p);
	if (ret)
		profile_free(p);
	return ret;
}
