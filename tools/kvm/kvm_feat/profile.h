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
 *	# optional PMMIR_EL1
 *	# takes PSCI_VERSION 31:0=0x2,0x10000-0x10003
 *	# end
 *
 * One register a line: name, KVM_{GET,SET}_ONE_REG ID, value and, where the
 * kernel says so, the mask of the bits that a VMM may change. Attributes of devices
 * that guests see follow, if the VM has the devices. For an optional register, zero
 * and missing are the same. "takes" has what this host accepts in a register, by bits
 * and as ranges of values; those behind a ~ it ignores. Other bits of that register
 * take nothing but its value. The first and the last line are required, so that other
 * text and truncated files are refused. Other comments are ignored, also behind a
 * register; any other line that is no register is an error, so that what must not be
 * ignored can be added.
 *
 * Format 1 has "clearable" in place of "optional", by a rule that was wrong: what
 * it lists is optional only where regs_class() says so.
 *
 * Needs libc and class.c, and neither KVM nor the rest of kvm_feat, so that VMMs
 * and tests can build it too.
 */
#ifndef KVM_FEAT_PROFILE_H
#define KVM_FEAT_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>
#include <stdio.h>

#define PROFILE_WORDS	8	/* 512 bits: KVM_REG_ARM64_SVE_VLS */
#define PROFILE_FEATURES_LEN	120
#define PROFILE_NAME_LEN	40

struct profile_reg {
	char name[PROFILE_NAME_LEN];
	__u64 id;
	__u64 val[PROFILE_WORDS];	/* least significant word first */
	__u64 mask[PROFILE_WORDS];
	bool has_mask;
	bool optional;			/* zero means missing, says the kernel */
	unsigned int line;
};

/* Values of the bits @msb to @lsb of a register that the host accepts */
struct profile_take {
	__u64 id;
	__u8 msb, lsb;
	bool ignored;			/* accepted, but the register keeps its value */
	__u64 min, max;
};

struct profile {
	unsigned int version;
	char kernel[80];
	char features[PROFILE_FEATURES_LEN];
	bool kernel_classes;		/* not kvm_feat's own idea of them */
	/*
	 * By ID: the order in which a VM takes them, but for SVE_VLS, which is the last of
	 * registers. Device attributes follow: no KVM_SET_ONE_REG, see regs_is_device().
	 */
	struct profile_reg *regs;
	size_t nr;
	struct profile_take *takes;	/* by ID, then from high bits to low */
	size_t nr_takes;
};

/* Both return 0, or -1 with "file:line: what" in @err */
int profile_load(struct profile *p, const char *path, char *err, size_t size);
int profile_parse(struct profile *p, const char *name, const char *text, size_t len,
		  char *err, size_t size);

/* All of a file (-: standard input) and a null byte, or NULL with "file: what" in @err */
char *profile_read(const char *path, size_t *len, char *err, size_t size);

/* NULL if out of memory; the caller sorts once all are added */
struct profile_reg *profile_add(struct profile *p, __u64 id);
/* 0, or -1 if out of memory */
int profile_add_take(struct profile *p, const struct profile_take *take);
void profile_sort(struct profile *p);
struct profile_reg *profile_find(const struct profile *p, __u64 id);
void profile_free(struct profile *p);

/* 0 for an ID that is no device attribute and no arm64 register of at most 512 bits */
unsigned int profile_reg_bytes(__u64 id);

/* Hexadecimal without leading zeroes; returns @buf */
#define PROFILE_HEX_LEN	(2 + 16 * PROFILE_WORDS + 1)
const char *profile_hex(char *buf, const __u64 *val);
int profile_print(const struct profile *p, FILE *out);

#endif
