/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a host makes of the pieces of a register that are judged by themselves
 */
#ifndef KVM_FEAT_JUDGE_H
#define KVM_FEAT_JUDGE_H

#include <stdio.h>
#include <string.h>

#include "profile.h"
#include "regs.h"

#define MIDR_EL1	SYSREG(3, 0, 0, 0, 0)
#define REVIDR_EL1	SYSREG(3, 0, 0, 0, 6)
#define PMMIR_EL1	SYSREG(3, 0, 9, 14, 6)
#define AIDR_EL1	SYSREG(3, 1, 0, 0, 7)
#define CCSIDR_EL1	SYSREG(3, 1, 0, 0, 0)
#define CLIDR_EL1	SYSREG(3, 1, 0, 0, 1)

/* The worst of several is the least */
enum answer {
	REFUSED,
	IGNORED,	/* accepted without effect */
	KEPT,
};

/*
 * The @n-th piece of register @id, described by @d: a field of an ID register or a
 * CCSIDR, a bit of a service register, else the whole. False if there are fewer.
 */
bool get_piece(struct regs_field *f, const struct regs_desc *d, __u64 id, unsigned int n);

/* Stands for all of a register */
extern const struct regs_field whole_reg;

static inline bool is_whole(const struct regs_field *f)
{
	return !*f->kind;
}

static inline __u64 bits_of(unsigned int msb, unsigned int lsb)
{
	return ~0ULL >> (63 - msb + lsb) << lsb;
}

static inline bool same(const struct profile_reg *a, const struct profile_reg *b)
{
	return !memcmp(a->val, b->val, sizeof(a->val));
}

/* What @host, which has the register as @have or not at all, makes of a piece of @want */
enum answer ask(const struct profile *host, const struct profile_reg *have,
		const struct regs_field *f, const struct profile_reg *want);

/* The vector lengths up to the first on which the two differ */
void common_lengths(__u64 *out, const __u64 *a, const __u64 *b);

/* A field's name, or what stands for it */
#define PIECE_NAME_LEN	64
const char *piece_name(char *buf, size_t size, __u64 id, const struct regs_field *f);
void print_name(FILE *out, const struct profile_reg *r, const struct regs_field *f);
#define VALUE_LEN	(PROFILE_HEX_LEN + 16 * 5)
const char *value_str(char *buf, size_t size, const struct regs_field *f,
		      const struct profile_reg *r);
/*
 * What @host takes in a piece of a register, if not all of @want (or NULL), and whether
 * it says more than its value
 */
bool has_limits(const struct profile *host, const struct profile_reg *have,
		const struct regs_field *f);
void print_limits(FILE *out, const struct profile *host, const struct profile_reg *have,
		  const struct regs_field *f, const struct profile_reg *want);

#endif
