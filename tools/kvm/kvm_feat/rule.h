/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a profile means for another host, and what is found out about that
 */
#ifndef KVM_FEAT_RULE_H
#define KVM_FEAT_RULE_H

#include <linux/compiler.h>

#include "profile.h"
#include "regs.h"

/* What a host makes of a value; the worst of several is the least */
enum answer {
	REFUSED,
	LOST,		/* accepted, but the guest sees something else */
	CORRECTED,	/* the same, in bits that nobody can set: an older KVM's mistake */
	BETTER,		/* a mitigation that the host has a better one of */
	KEPT,
};

/* The least answer that is good enough: --strict takes no corrections */
extern enum answer good_enough;

/* What a host that has the register as @have, or not at all, makes of a piece of @want */
enum answer judge(const struct profile_reg *have, const struct regs_field *f,
		  const struct profile_reg *want);
/* The same of a host that has accepted @want, and now has @seen */
enum answer judge_seen(const struct profile_reg *have, const struct regs_field *f,
		       const struct profile_reg *want, const struct profile_reg *seen);
bool same_piece(const struct profile_reg *a, const struct profile_reg *b,
		const struct regs_field *f);
void copy_piece(struct profile_reg *to, const struct profile_reg *from,
		const struct regs_field *f);
/* The vector lengths up to the first on which the two differ */
void common_lengths(__u64 *out, const __u64 *a, const __u64 *b);

/* What a profile lacks to have a host's answers, NULL if it has them */
const char *lacks_answers(const struct profile *p);

/* Each returns @buf: a field's name, a value, and what a host takes in place of @have */
#define PIECE_NAME_LEN	64
const char *piece_name(char *buf, size_t size, __u64 id, const struct regs_field *f);
#define VALUE_LEN	(PROFILE_HEX_LEN + 16 * 5)
const char *value_str(char *buf, size_t size, const struct regs_field *f,
		      const struct profile_reg *r);
#define LIMITS_LEN	240
const char *limits_str(char *buf, size_t size, const struct profile_reg *have,
		       const struct regs_field *f);

/* Why hosts differ in a register: bits. The platform is firmware, clock, and the like */
enum reason { BY_CPU = 1, BY_KERNEL = 2, BY_PLATFORM = 4 };

/* Starts as {}; NULL is a report that nobody will read */
struct report {
	struct finding {
		enum finding_kind { OBSTACLE, CORRECTION, NOTE, CHANGE, ADVICE } kind;
		unsigned int reasons;
		const char *cause;		/* that others may have, too, in words; or NULL */
		char reg[REGS_NAME_LEN];	/* "": it is about more than one */
		char field[PIECE_NAME_LEN];	/* "": it is about all of it */
		char *data;			/* more members of its JSON object, after a comma */
		char *text;
	} *findings;
	size_t nr;
};

/* @r, @f and @data may be NULL; returns what was added, to say more of it, or NULL */
__printf(6, 7)
struct finding *report_add(struct report *report, enum finding_kind kind,
			   const struct profile_reg *r, const struct regs_field *f,
			   const char *data, const char *fmt, ...);
/* Without @all, one line for what has the same cause */
void report_print(const struct report *report, bool all, FILE *out);
void report_json(const struct report *report, FILE *out);
void report_free(struct report *report);
/* The reasons of all obstacles: "the CPU and the kernel" */
unsigned int report_reasons(const struct report *report);
#define REASONS_LEN	60
const char *reasons_str(char *buf, size_t size, unsigned int reasons);
void reasons_json(FILE *out, unsigned int reasons);
void json_string(FILE *out, const char *before, const char *text);

/*
 * Reports what keeps a register of @p from @host, what the host corrects, and what else a
 * guest sees; returns how many things keep it. @report may be NULL, here and below.
 */
unsigned int rule_misfit(struct report *report, const struct profile *p,
			 const struct profile_reg *want, const struct profile *host);
/* The same if the host has accepted @want and now has @seen */
unsigned int rule_seen(struct report *report, const struct profile *p,
		       const struct profile_reg *want, const struct profile *host,
		       const struct profile_reg *seen);
/* Notes the registers that keep the host's value, since the profile lacks them */
void rule_left(struct report *report, const struct profile *p, const struct profile *host);
/* All of that for all registers, and for what is zeroed since the profile lacks it */
unsigned int rule_misfits(struct report *report, const struct profile *p,
			  const struct profile *host);
/* Reports what changes from @a to @b; returns how many registers a guest sees change */
unsigned int rule_diff(struct report *report, const struct profile *a, const struct profile *b);

#endif
