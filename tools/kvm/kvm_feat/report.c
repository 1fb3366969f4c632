// SPDX-License-Identifier: GPL-2.0
/*
 * What is found out about profiles, as text or as JSON; output to a file in place, and
 * how kvm_feat gives up
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kvm_feat.h"

#define LINE_WIDTH	96

static const char *const reasons[] = { "CPU", "kernel", "platform" };

struct finding *report_add(struct report *report, enum finding_kind kind,
			   const struct profile_reg *r, const struct regs_field *f,
			   const char *fmt, ...)
{
	struct finding *finding;
	char *text;
	va_list ap;

	if (!report || (report->brief && kind < OBSTACLE))
		return NULL;
	/* What is printed may be of a finding, which is moved after that */
	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		fatal("out of memory");
	va_end(ap);
	report->findings = must_realloc(report->findings, report->nr + 1, sizeof(*finding));
	finding = &report->findings[report->nr++];
	*finding = (struct finding){ .kind = kind, .text = text };
	if (r)
		snprintf(finding->reg, sizeof(finding->reg), "%s", r->name);
	if (f)
		snprintf(finding->field, sizeof(finding->field), "%s", piece_name(r->id, f));
	return finding;
}

void report_value(struct finding *finding, const char *name, const struct regs_field *f,
		  const struct profile_reg *r)
{
	char *old = finding->data;

	if (asprintf(&finding->data, "%s, \"%s\": \"%s\"", old ?: "", name,
		     piece_hex(f, r)) < 0)
		fatal("out of memory");
	free(old);
}

static const char *const prefix[] = {
	[OBSTACLE] = "    ", [CORRECTION] = "    corrected: ", [NOTE] = "    note: ",
	[CHANGE] = "", [ADVICE] = "    try: ",
};

static bool same_cause(const struct finding *a, const struct finding *b)
{
	return a->kind == b->kind && a->cause && b->cause && !strcmp(a->cause, b->cause);
}

/* A line for all @nr from @first on that have its cause */
static void print_cause(const struct report *report, const struct finding *first, size_t nr,
			FILE *out)
{
	int column = fprintf(out, "%s%s:", prefix[first->kind], first->cause);
	size_t left = nr;

	for (const struct finding *f = first; left; f++) {
		if (!same_cause(first, f))
			continue;
		if (left < nr && column + strlen(f->reg) + strlen(f->field) > LINE_WIDTH) {
			fprintf(out, " and %zu more (-v)", left);
			break;
		}
		column += fprintf(out, "%s %s%s%s", left < nr ? "," : "", f->reg,
				  *f->field ? "." : "", f->field);
		left--;
	}
	fputc('\n', out);
}

static void print_finding(const struct report *report, const struct finding *f, bool all, FILE *out)
{
	const struct finding *end = report->findings + report->nr;
	size_t nr = 0;

	for (const struct finding *g = report->findings; !all && g < end; g++) {
		if (!same_cause(f, g))
			continue;
		if (g < f)
			return;
		nr++;
	}
	if (nr > 1) {
		print_cause(report, f, nr, out);
		return;
	}
	/* What changes in a register is behind the change of the register */
	fputs(f->kind == CHANGE && *f->field ? "    " : prefix[f->kind], out);
	fprintf(out, "%s%s%s%s%s\n", f->reg, *f->field ? "." : "", f->field, *f->reg ? ": " : "",
		f->text);
}

/* What is in the way first */
void report_print(const struct report *report, bool all, FILE *out)
{
	for (int others = 0; others < 2; others++)
		for (size_t i = 0; i < report->nr; i++)
			if (report->findings[i].kind == OBSTACLE ? !others : others)
				print_finding(report, &report->findings[i], all, out);
}

void report_json(const struct report *report, FILE *out)
{
	static const char *const kind[] = {
		"note", "correction", "obstacle", "advice", "change"
	};

	fputc('[', out);
	for (size_t i = 0; i < report->nr; i++) {
		const struct finding *f = &report->findings[i];

		fprintf(out, "%s\n    {\"kind\": \"%s\"", i ? "," : "", kind[f->kind]);
		if (*f->reg)
			fprintf(out, ", \"register\": \"%s\"", f->reg);
		if (*f->field)
			fprintf(out, ", \"field\": \"%s\"", f->field);
		if (f->reasons)
			reasons_print(out, ", \"reasons\": [", f->reasons, ", ", "]");
		if (f->cause)
			fprintf(out, ", \"cause\": \"%s\"", f->cause);
		fputs(f->data ?: "", out);
		json_string(out, ", \"text\": ", f->text);
		fputc('}', out);
	}
	fputs(report->nr ? "\n  ]" : "]", out);
}

unsigned int report_reasons(const struct report *report)
{
	unsigned int all = 0;

	for (size_t i = 0; i < report->nr; i++)
		if (report->findings[i].kind == OBSTACLE)
			all |= report->findings[i].reasons;
	return all;
}

void reasons_print(FILE *out, const char *before, unsigned int all, const char *sep,
		   const char *after)
{
	fputs(before, out);
	for (unsigned int i = 0; i < ARRAY_SIZE(reasons); i++) {
		if (!(all >> i & 1))
			continue;
		all ^= 1u << i;
		fprintf(out, *after ? "\"%s\"%s" : "the %s%s", reasons[i], all ? sep : "");
	}
	fputs(after, out);
}

void report_free(struct report *report)
{
	for (size_t i = 0; i < report->nr; i++) {
		free(report->findings[i].data);
		free(report->findings[i].text);
	}
	free(report->findings);
	memset(report, 0, sizeof(*report));
}

void json_string(FILE *out, const char *before, const char *text)
{
	fprintf(out, "%s\"", before);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fprintf(out, "\\%c", *text);
		else if ((unsigned char)*text < ' ' || *text == 0x7f)
			fprintf(out, "\\u%04x", *text);
		else
			fputc(*text, out);
	}
	fputc('"', out);
}

void fatal(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("kvm_feat: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(EXIT_ERROR);
}

void *must_realloc(void *old, size_t nr, size_t size)
{
	void *new = reallocarray(old, nr + !nr, size);

	if (!new)
		fatal("out of memory");
	return new;
}

FILE *open_text(char **text)
{
	static size_t size;
	FILE *out = open_memstream(text, &size);

	if (!out)
		fatal("out of memory");
	return out;
}

void output_flush(void)
{
	if (fflush(stdout) || ferror(stdout))
		fatal("standard output: %s", strerror(errno));
}

static char *written;

FILE *output_open(void)
{
	return open_text(&written);
}

void output_close(FILE *out, const char *path)
{
	struct stat st;
	size_t len;
	bool new;
	int fd;

	fclose(out);
	len = strlen(written);
	if (!path || !strcmp(path, "-")) {
		fputs(written, stdout);
		free(written);
		return;
	}
	/* To open a device may have an effect */
	new = stat(path, &st);
	if (!new && !S_ISREG(st.st_mode))
		fatal("%s: not a regular file; use '-' for standard output", path);
	/* Written in place: mode, owner and other names of the file stay */
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0)
		fatal("%s: %s", path, strerror(errno));
	/* Reserve the room. On 9p, libc emulates this by reads: hence O_RDWR */
	errno = posix_fallocate(fd, 0, len);
	if (errno) {
		const char *why = strerror(errno);

		if (new ? unlink(path) : ftruncate(fd, st.st_size))
			why = "no room, and the file could not be restored";
		fatal("%s: %s", path, why);
	}
	if (pwrite(fd, written, len, 0) != (ssize_t)len || ftruncate(fd, len) || fsync(fd))
		fatal("%s: %s; it is incomplete now", path, strerror(errno));
	close(fd);
	free(written);
}
