/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The profile format: which feature registers a VM has, and with which values.
 *
 *	# kvm_feat profile 2
 *	# kernel 7.3.4
 *	# features psci_0_2
 *	# classes kernel
 *	PMMIR_EL1 0x603000000013c4f6 0x0
 *	PSCI_VERSION 0x6030000000140000 0x10003
 *	STD_BMAP 0x6030000000160000 0x1 0x1
 *	device GICD_IIDR 0x4b00343b
 *	# host CNTFRQ_EL0 0x3b9aca00
 *	# optional PMMIR_EL1
 *	# takes PSCI_VERSION 31:0=0x2,0x10000-0x10003
 *	# end
 *
 * See kvm_feat.1. The first and the last line are required, so that other text and truncated
 * files are refused, and a line that is no register is an error, so that what must not be
 * ignored can be added. Needs libc, regs.c and class.c, and neither KVM nor the rest of
 * kvm_feat, so that VMMs and tests can build it too.
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
	__u64 val[PROFILE_WORDS];	/* least significant word first */
	__u64 mask[PROFILE_WORDS];
	bool has_mask;
	bool optional;			/* zero means missing, says the kernel */
	unsigned int line;
	struct profile_take *takes;	/* from high bits to low */
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

/*
 * Both return 0, or -1 with "file:line: what" in @err. The first is for VMMs, and leaves out
 * the facts of the host.
 */
int profile_load(struct profile *p, const char *path, char *err, size_t size);
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

/* 0 for an ID that is nothing in a profile: an arm64 register has at most 512 bits */
unsigned int profile_reg_bytes(__u64 id);
/* From @val to a register as KVM has it in memory, or back if it is a @read */
void profile_memory(unsigned char *mem, __u64 *val, unsigned int bytes, bool big_endian, bool read);
/* Decimal, or hexadecimal behind 0x; sets @end like strtoull(), or to @text if there is none */
__u64 profile_number(const char *text, char **end);
/* Hexadecimal without leading zeroes; returns @buf */
#define PROFILE_HEX_LEN	(2 + 16 * PROFILE_WORDS + 1)
const char *profile_hex(char *buf, const __u64 *val);
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
