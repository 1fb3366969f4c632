/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The profile format, see kvm_feat.1: which feature registers a VM has, and with which values
 *
 * Needs libc, regs.c and class.c, so that VMMs can build it too.
 */
#ifndef KVM_FEAT_PROFILE_H
#define KVM_FEAT_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>
#include <stdio.h>
#include <string.h>

#define PROFILE_WORDS	8	/* 512 bits: KVM_REG_ARM64_SVE_VLS */
#define PROFILE_FEATURES_LEN	120
#define PROFILE_NAME_LEN	40

/* Values of the bits @msb to @lsb of a register that the host accepts */
struct profile_take {
	__u8 msb, lsb;
	bool ignored;			/* accepted, but the register keeps its value */
	__u64 min, max;
};

struct profile_reg {
	char name[PROFILE_NAME_LEN];
	__u64 id;
	__u64 val[PROFILE_WORDS];	/* as KVM has them, but only the first is not 0 */
	__u64 mask;
	bool has_mask;
	bool optional;			/* zero means missing, says the kernel */
	unsigned int line;
	struct profile_take *takes;	/* those of the same bits together */
	size_t nr_takes;
};

struct profile {
	char kernel[80];
	char features[PROFILE_FEATURES_LEN];
	bool kernel_classes;		/* not kvm_feat's own idea of them */
	/*
	 * By ID: the order in which a VM takes them, but for SVE_VLS, which is the last of
	 * registers. What is no KVM_SET_ONE_REG follows: regs_is_device(), regs_is_fact().
	 */
	struct profile_reg *regs;
	size_t nr;
};

/* Returns 0, or -1 with "file:line: what" in @err */
int profile_parse(struct profile *p, const char *name, const char *text, size_t len,
		  char *err, size_t size);
/* All of a file (-: standard input) and a null byte, or NULL with "file: what" in @err */
char *profile_read(const char *path, size_t *len, char *err, size_t size);

/* The caller sorts once all are added */
struct profile_reg *profile_add(struct profile *p, __u64 id);
void profile_add_take(struct profile_reg *r, const struct profile_take *take);
void profile_sort(struct profile *p);
struct profile_reg *profile_find(const struct profile *p, __u64 id);
void profile_free(struct profile *p);

/* 0 for an ID that no profile has: of another architecture, or above 512 bits */
unsigned int profile_reg_bytes(__u64 id);
/* From @val to a register as KVM has it in memory, or back if it is a @read */
void profile_memory(unsigned char *mem, __u64 *val, unsigned int bytes, bool big_endian, bool read);
/* Decimal, or hexadecimal behind 0x; sets @end like strtoull(), or to @text if there is none */
__u64 profile_number(const char *text, char **end);
void profile_print(const struct profile *p, FILE *out);
/* @text, from which @p was read, with the values that @p has now, and without takes */
void profile_rewrite(const struct profile *p, const char *text, FILE *out);

static inline bool profile_same(const struct profile_reg *a, const struct profile_reg *b)
{
	return !memcmp(a->val, b->val, sizeof(a->val));
}

static inline bool profile_is_zero(const struct profile_reg *r)
{
	static const struct profile_reg zero;

	return profile_same(r, &zero);
}

/* An optional register that is zero is the same thing as a missing one */
static inline bool profile_absent(const struct profile_reg *r)
{
	return r->optional && profile_is_zero(r);
}

#endif
