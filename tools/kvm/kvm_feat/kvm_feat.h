/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the commands of kvm_feat are made of, but for fleets and rules
 */
#ifndef KVM_FEAT_H
#define KVM_FEAT_H

#include "rule.h"

#define EXIT_DIFFERENT	1
#define EXIT_ERROR	2
#define EXIT_UNKNOWN	3

__printf(1, 2)
__noreturn void fatal(const char *fmt, ...);
void *must_realloc(void *old, size_t nr, size_t size);
/* A stream to memory that is to be freed */
FILE *open_text(char **text);

/*
 * A stream to @path (NULL or -: stdout), a regular file or a new one. What is written replaces
 * a file only with output_close(), and then completely. Standard output stays open.
 */
FILE *output_open(const char *path);
void output_close(FILE *out);

/* What a VMM asks of KVM for its VMs: the words of the "# features" line */
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
 * Reads the feature registers, after its first run, of a VM with the vCPU features @list, and
 * the facts of this host. Returns false, and reports which feature the host lacks.
 */
bool host_read(struct report *report, struct profile *p, const char *list);
/* Adds what this host takes in these registers, asking it value by value */
void host_ask(struct profile *p);
/*
 * Restores @want, by the rule of Documentation/virt/kvm/arm/migration.rst, into a scratch VM
 * of this host, whose own profile is @host, and gives it a first run. Reports what
 * rule_misfits() does; returns how many things are in the way.
 */
unsigned int host_try(struct report *report, const struct profile *want, struct profile *host);
/* The ioctls of all scratch VMs so far */
extern unsigned int host_ioctls;

/*
 * What a user calls a register: a name, with or without _EL1, or a pattern of names (*, ?),
 * both in any case, or an ID, and then perhaps a dot and a field or pattern of fields.
 * fatal() if there is none, before anything is printed.
 */
void explain(char **what, int n);
/* The registers of @p, all if @n is 0 */
void show(const struct profile *p, char **what, int n, bool json, FILE *out);
/* REG.FIELD=VALUE or REG=VALUE; fatal() if there is none, or the mask does not allow it */
void set(struct profile *p, const char *what);

#endif
