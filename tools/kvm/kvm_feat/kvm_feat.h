/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the commands of kvm_feat are made of
 */
#ifndef KVM_FEAT_H
#define KVM_FEAT_H

#include <linux/compiler.h>

#include "profile.h"
#include "regs.h"

#define EXIT_DIFFERENT	1
#define EXIT_ERROR	2
#define EXIT_UNKNOWN	3

/* report.c: output */
__printf(1, 2)
__noreturn void fatal(const char *fmt, ...);
void *must_realloc(void *old, size_t nr, size_t size);
/* A stream to memory that is to be freed */
FILE *open_text(char **text);
/* What goes, when closed, to @path: NULL or -: stdout, or a regular file or a new one */
FILE *output_open(void);
void output_close(FILE *out, const char *path);
/* fatal() if not all of standard output can be written */
void output_flush(void);

/* rule.c: what a host makes of a value; the worst of several is the least */
enum answer {
	REFUSED,
	LOST,		/* accepted, but the guest sees something else */
	CORRECTED,	/* the same, in bits that nobody can set: an older KVM's mistake */
	BETTER,		/* a mitigation that the host has a better one of */
	KEPT,
};

extern enum answer good_enough;	/* the least: --strict takes no corrections */
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
__u64 common_lengths(__u64 a, __u64 b);
/* What a profile lacks to have a host's answers, NULL if it has them */
const char *lacks_answers(const struct profile *p);

/* Names of fields, values, and what a host takes in place of @have: up to 16 texts at a time */
const char *piece_name(__u64 id, const struct regs_field *f);
const char *value_str(const struct regs_field *f, const struct profile_reg *r);
const char *piece_hex(const struct regs_field *f, const struct profile_reg *r);
const char *limits_str(const struct profile_reg *have, const struct regs_field *f);

/* report.c again: what is found out. Starts as {}; NULL is a report that nobody will read */
struct report {
	struct finding {
		enum finding_kind { NOTE, CORRECTION, OBSTACLE, ADVICE, CHANGE } kind;
		/* Why hosts differ: bits. The platform is firmware, clock, and the like */
		enum { BY_CPU = 1, BY_KERNEL = 2, BY_PLATFORM = 4 } reasons;
		const char *cause;		/* that others may have, too, in words; or NULL */
		char reg[REGS_NAME_LEN];	/* "": it is about more than one */
		char field[REGS_NAME_LEN];	/* "": it is about all of it */
		char *data;			/* more members of its JSON object, or NULL */
		char *text;
	} *findings;
	size_t nr;
	bool brief;	/* no notes and corrections */
};

/* @r and @f may be NULL; returns what was added, to say more of it, or NULL */
__printf(5, 6)
struct finding *report_add(struct report *report, enum finding_kind kind,
			   const struct profile_reg *r, const struct regs_field *f,
			   const char *fmt, ...);
/* In JSON, the value of a piece has this name */
void report_value(struct finding *finding, const char *name, const struct regs_field *f,
		  const struct profile_reg *r);
/* Without @all, one line for what has the same cause */
void report_print(const struct report *report, bool all, FILE *out);
void report_json(const struct report *report, FILE *out);
void report_free(struct report *report);
/* The reasons of all obstacles; as text or, if something is to be printed @after, in JSON */
unsigned int report_reasons(const struct report *report);
void reasons_print(FILE *out, const char *before, unsigned int reasons, const char *sep,
		   const char *after);
void json_string(FILE *out, const char *before, const char *text);

/* rule.c again. Why do the two differ in a register? */
unsigned int rule_reason(const struct profile *a, const struct profile *b, __u64 id);
/*
 * Reports what keeps a register of @p from @host, what the host corrects, and what else a
 * guest sees; returns how many things keep it. If not NULL, @seen is what the host made of it.
 * @report may be NULL, here and below.
 */
unsigned int rule_misfit(struct report *report, const struct profile *p,
			 const struct profile_reg *want, const struct profile *host,
			 const struct profile_reg *seen);
/* What is restored of @p, and zeroed since @p lacks it; to be freed */
struct profile_reg *rule_restored(const struct profile *p, const struct profile *host, size_t *nr);
/* Notes the registers that keep the host's value, since the profile lacks them */
void rule_left(struct report *report, const struct profile *p, const struct profile *host);
/* All of that for a host that is known by its profile */
unsigned int rule_misfits(struct report *report, const struct profile *p,
			  const struct profile *host);
/* Reports what changes from @a to @b; returns how many registers a guest sees change */
unsigned int rule_diff(struct report *report, const struct profile *a, const struct profile *b);

/* fleet.c: many hosts, of which those that give and take the same are one kind */
struct fleet {
	struct host {
		const char *name;
		size_t kind;
	} *hosts;
	size_t nr;
	struct kind {
		struct profile p;
		char *file, *text;	/* as read, if it was, and as printed */
		size_t pool;
		bool in;		/* of the hosts at hand */
		bool named;		/* of those to be named */
	} *kinds;
	size_t nr_kinds;
	size_t max_names;		/* of hosts on a line */
};

/* A profile's text, to be freed. fatal() if @path has no profile, here and below */
char *profile_text(const struct profile *p);
char *profile_must_load(struct profile *p, const char *path);
void fleet_add_file(struct fleet *fleet, const char *path);
/* Takes over what is allocated in @p, and @file */
void fleet_add(struct fleet *fleet, const char *name, struct profile *p, char *file);
/* By CPU, then by kernel: an order of kinds that does not depend on that of the hosts */
void fleet_sort(struct fleet *fleet);
void fleet_free(struct fleet *fleet);
/* The names of all hosts to be named: "a, b and 3 more (-v)", or in JSON */
void fleet_print(FILE *out, const struct fleet *fleet, bool json);
/* The same for those of one kind, to be freed */
char *kind_names(struct fleet *fleet, size_t kind, bool json);

/*
 * baseline.c. Makes @base, unless it is NULL, the greatest profile that fits all hosts at hand;
 * returns how many registers are at fault if there is none, or 1 without @report. Caches and the
 * identity are of the kind @from; with ANY, of one that suits all (identity: if just one does).
 */
#define ANY	((size_t)-1)
unsigned int fleet_baseline(struct report *report, struct profile *base,
			    struct fleet *fleet, size_t from);

/* pools.c. What would give the hosts at hand a baseline? Has others at hand afterwards */
void fleet_advise(struct report *report, struct fleet *fleet);
/* Divides a sorted fleet into the fewest pools with a baseline each, as far as can be tried */
size_t pools_find(struct fleet *fleet);
void pools_print(struct fleet *fleet, size_t nr, bool json, bool all);

/* key.c: what a VMM asks of KVM for its VMs, the words of the "# features" line */
struct feature {
	const char *name;
	__u32 init;		/* bits of kvm_vcpu_init.features[0]; 0: it is the VM's */
	unsigned int cap;	/* KVM_CAP_*: to check, and to enable if @init is 0 */
	bool unseen;		/* by the guest */
};

extern const struct feature features[];
extern const size_t nr_features;
/* A bit for each entry of features[] that is in @list; -1 if another word is */
long features_parse(const char *list);
/* In the order of the table, so that equal features are equal text; returns @buf */
const char *features_str(char *buf, long bits);
/* Equal for profiles that give guests the same machine, see kvm_feat.1; returns @buf */
#define KEY_LEN	24
const char *profile_key(char *buf, const struct profile *p);

/*
 * host.c. The profile of this host for VMs with the vCPU features @list, after their first run.
 * Returns false, and reports which features the host lacks.
 */
bool host_dump(struct report *report, struct profile *p, const char *list);
/*
 * The same as rule_misfits() for this host: @want is restored into a scratch VM, by the rule of
 * Documentation/virt/kvm/arm/migration.rst
 */
unsigned int host_try(struct report *report, const struct profile *want);

/*
 * show.c. The registers of @p, all if @n is 0. A user calls them by name, with or without _EL1,
 * by a pattern of names (*, ?), both in any case, or by ID. fatal() if there is none.
 */
void show(const struct profile *p, char **what, int n, bool json, FILE *out);
/* REG.FIELD=VALUE or REG=VALUE; fatal() if there is none, or the mask does not allow it */
void set(struct profile *p, const char *what);

#endif
