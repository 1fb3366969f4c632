/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is found out about profiles, to be printed as text or as JSON
 */
#ifndef KVM_FEAT_REPORT_H
#define KVM_FEAT_REPORT_H

#include <linux/compiler.h>
#include <stdio.h>

#include "profile.h"
#include "regs.h"

enum finding_kind {
	OBSTACLE,
	NOTE,
	CHANGE,
	ADVICE,
};

struct finding {
	enum finding_kind kind;
	char reg[REGS_NAME_LEN];	/* "": it is about more than one */
	char field[64];			/* "": it is about all of it */
	char *data;			/* more members of its JSON object, each after a comma */
	char *text;
};

/* Starts as {}; NULL is a report that nobody will read */
struct report {
	struct finding *findings;
	size_t nr;
};

/* @r, @f and @data may be NULL */
__printf(6, 7)
void report_add(struct report *report, enum finding_kind kind, const struct profile_reg *r,
		const struct regs_field *f, const char *data, const char *fmt, ...);
void report_print(const struct report *report, FILE *out);
void report_json(const struct report *report, FILE *out);
void report_free(struct report *report);

/* In quotes, as JSON wants it */
void json_string(FILE *out, const char *text);

#endif
