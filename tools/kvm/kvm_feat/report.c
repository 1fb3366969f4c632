// SPDX-License-Identifier: GPL-2.0
/*
 * What is found out about profiles, to be printed as text or as JSON
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "judge.h"
#include "output.h"
#include "report.h"

void report_add(struct report *report, enum finding_kind kind, const struct profile_reg *r,
		const struct regs_field *f, const char *data, const char *fmt, ...)
{
	struct finding *finding;
	va_list ap;

	if (!report)
		return;
	report->findings = realloc(report->findings, (report->nr + 1) * sizeof(*finding));
	if (!report->findings)
		fatal("%s", strerror(ENOMEM));
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
}

static void print_finding(const struct finding *f, FILE *out)
{
	static const char *const prefix[] = {
		[OBSTACLE] = "    ", [NOTE] = "    note: ", [CHANGE] = "", [ADVICE] = "    try: ",
	};

	/* What changes in a register is behind the change of the register */
	fputs(f->kind == CHANGE && *f->field ? "    " : prefix[f->kind], out);
	fprintf(out, "%s%s%s%s%s\n", f->reg, *f->field ? "." : "", f->field, *f->reg ? ": " : "",
		f->text);
}

/* What is in the way first */
void report_print(const struct report *report, FILE *out)
{
	for (size_t i = 0; i < report->nr; i++)
		if (report->findings[i].kind == OBSTACLE)
			print_finding(&report->findings[i], out);
	for (size_t i = 0; i < report->nr; i++)
		if (report->findings[i].kind != OBSTACLE)
			print_finding(&report->findings[i], out);
}

void report_json(const struct report *report, FILE *out)
{
	static const char *const kind[] = { "obstacle", "note", "change", "advice" };

	fputc('[', out);
	for (size_t i = 0; i < report->nr; i++) {
		const struct finding *f = &report->findings[i];

		fprintf(out, "%s\n    {\"kind\": \"%s\"", i ? "," : "", kind[f->kind]);
		if (*f->reg)
			fprintf(out, ", \"register\": \"%s\"", f->reg);
		if (*f->field)
			fprintf(out, ", \"field\": \"%s\"", f->field);
		fprintf(out, "%s, \"text\": ", f->data);
		json_string(out, f->text);
		fputc('}', out);
	}
	fputs(report->nr ? "\n  ]" : "]", out);
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

void json_string(FILE *out, const char *text)
{
	fputc('"', out);
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
