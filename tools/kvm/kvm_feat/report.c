// SPDX-License-Identifier: GPL-2.0
/*
 * What is found out about profiles, to be printed as text or as JSON
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

#include "kvm_feat.h"

#define LINE_WIDTH	96

static const char *const reasons[] = { "CPU", "kernel", "platform" };

struct finding *report_add(struct report *report, enum finding_kind kind,
			   const struct profile_reg *r, const struct regs_field *f,
			   const char *data, const char *fmt, ...)
{
	struct finding *finding;
	va_list ap;

	if (!report)
		return NULL;
	report->findings = must_realloc(report->findings, report->nr + 1, sizeof(*finding));
	finding = &report->findings[report->nr++];
	*finding = (struct finding){ .kind = kind, .data = strdup(data ?: "") };
	if (r)
		snprintf(finding->reg, sizeof(finding->reg), "%s", r->name);
	if (f)
		piece_name(finding->field, sizeof(finding->field), r->id, f);
	va_start(ap, fmt);
	if (vasprintf(&finding->text, fmt, ap) < 0 || !finding->data)
		fatal("%s", strerror(ENOMEM));
	va_end(ap);
	return finding;
}

static const char *const prefix[] = {
	[OBSTACLE] = "    ", [CORRECTION] = "    corrected: ", [NOTE] = "    note: ",
	[CHANGE] = "", [ADVICE] = "    try: ",
};

static bool same_cause(const struct finding *a, const struct finding *b)
{
	return a->kind == b->kind && a->cause && b->cause && !strcmp(a->cause, b->cause);
}

/* A line for all from @first on that have its cause; false if it is the only one */
static bool print_cause(const struct report *report, const struct finding *first, FILE *out)
{
	const struct finding *end = report->findings + report->nr;
	size_t n = 0, left;
	int column;

	for (const struct finding *f = first; f < end; f++)
		n += same_cause(first, f);
	if (n < 2)
		return false;
	column = fprintf(out, "%s%s:", prefix[first->kind], first->cause);
	left = n;
	for (const struct finding *f = first; f < end; f++) {
		if (!same_cause(first, f))
			continue;
		if (left < n && column + strlen(f->reg) + strlen(f->field) > LINE_WIDTH) {
			fprintf(out, " and %zu more (-v)", left);
			break;
		}
		column += fprintf(out, "%s %s%s%s", left < n ? "," : "", f->reg,
				  *f->field ? "." : "", f->field);
		left--;
	}
	fputc('\n', out);
	return true;
}

static void print_finding(const struct report *report, const struct finding *f, bool all, FILE *out)
{
	for (const struct finding *g = report->findings; !all && f->cause && g < f; g++)
		if (same_cause(f, g))
			return;
	if (!all && f->cause && print_cause(report, f, out))
		return;
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
		"obstacle", "correction", "note", "change", "advice"
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
			reasons_json(out, f->reasons);
		if (f->cause)
			fprintf(out, ", \"cause\": \"%s\"", f->cause);
		fputs(f->data, out);
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

const char *reasons_str(char *buf, size_t size, unsigned int all)
{
	size_t n = 0;

	*buf = '\0';
	for (unsigned int i = 0; i < ARRAY_SIZE(reasons); i++)
		if (all >> i & 1)
			n += snprintf(buf + n, size - n, "%sthe %s", n ? " and " : "", reasons[i]);
	return buf;
}

void reasons_json(FILE *out, unsigned int all)
{
	const char *sep = ", \"reasons\": [";

	for (unsigned int i = 0; i < ARRAY_SIZE(reasons); i++) {
		if (!(all >> i & 1))
			continue;
		fprintf(out, "%s\"%s\"", sep, reasons[i]);
		sep = ", ";
	}
	fputs(all ? "]" : ", \"reasons\": []", out);
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
