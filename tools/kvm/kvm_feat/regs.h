/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Registers: names and fields, and the table of their classes
 */
#ifndef KVM_FEAT_REGS_H
#define KVM_FEAT_REGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <linux/types.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* Only arm64 has the UAPI header with these; host.c asserts that the two agree */
#define REG_ID_ARM64		0x6000000000000000ULL
#define REG_ID_U32		0x0020000000000000ULL
#define REG_ID_U64		0x0030000000000000ULL
#define REG_ID_U512		0x0060000000000000ULL
#define REG_LOW(id)		((__u32)(id) & 0xffff)

#define REG_ID(coproc, n)	(REG_ID_ARM64 | REG_ID_U64 | (coproc) << 16 | (n))
#define SYSREG(op0, op1, crn, crm, op2)	\
	REG_ID(0x13, (op0) << 14 | (op1) << 11 | (crn) << 7 | (crm) << 3 | (op2))
#define FW_REG(n)		REG_ID(0x14, n)
#define FW_FEAT_BMAP_REG(n)	REG_ID(0x16, n)
#define HCID(owner, word)	FW_REG(0x1000 | (owner) << 6 | (word))
#define CCSIDR(n)		(REG_ID_ARM64 | REG_ID_U32 | 0x110000 | (n))
#define REG_ID_SVE_VLS		(REG_ID_ARM64 | REG_ID_U512 | 0x15ffff)

#define MIDR_EL1	SYSREG(3, 0, 0, 0, 0)
#define CLIDR_EL1	SYSREG(3, 1, 0, 0, 1)

/*
 * Attributes of devices that a guest sees, and facts of the host, are in profiles like
 * registers, with IDs that no register can have, behind all that can
 */
enum regs_device {
	DEVICE_GICD_IIDR,
	DEVICE_GICD_TYPER2,
	DEVICE_ICC_CTLR,
	DEVICE_PMU_COUNTERS,
	NR_DEVICES,
};

#define REG_ID_DEVICE		0xd000000000000000ULL
#define REG_DEVICE(n)		(REG_ID_DEVICE | (n))
#define REG_ID_HOST		0xe000000000000000ULL
#define REG_HOST(n)		(REG_ID_HOST | (n))
#define CNTFRQ_EL0		REG_HOST(0)
#define DCZID_EL0		REG_HOST(1)

struct regs_field {
	const char *name;	/* "" where sysreg has none: Res0, Res1, ... */
	__u8 msb, lsb;
	const char *kind;	/* sysreg's word, Service, ...; NULL ends a table */
	const struct regs_enum {
		__u16 val;
		const char *name;
	} *enums;
};

struct regs_desc {
	const char *name;
	__u64 id;
	const struct regs_field *fields;
};

/* KVM_REG_LIST_* >> 32 */
#define REGS_FEATURE	1
#define REGS_OPTIONAL	2
#define REGS_VM		4

/* The @nr registers from @first on: how they are named, asked for, judged and printed */
struct regs_class {
	__u64 first;
	unsigned int nr;
	const char *name;	/* with a number if there are several; NULL: as in sysreg */
	unsigned int number;	/* that of the first */
	unsigned int class;
	enum regs_rule {	/* Is a value fit for a host that has another one? */
		RULE_TAKES,	/* if the host says that it takes it */
		RULE_LEVEL,	/* the same; what has no effect is no loss, the host's is better */
		RULE_BITS,	/* if it has no bit that the host's mask lacks */
		RULE_MASK,	/* if the mask lets a VMM change what differs */
		RULE_LENGTHS,	/* if it is all of the host's vector lengths, or the first */
		RULE_LIMIT,	/* if it is lower */
		RULE_OFFER,	/* yes: vCPU features tell what a VM uses of it */
	} rule;
	enum regs_group {	/* registers of which a VM has all from the same host */
		NO_GROUP,
		IDENTITY,
		CACHES,
	} group;
	bool hardware;		/* hosts differ because of their CPUs, else of their kernels */
	const struct regs_field *fields;	/* that are judged each by itself */
	__u64 like;		/* ... which are those of this register */
	struct regs_probe {	/* how a host is asked what it takes in some bits */
		enum {
			PROBE_NONE,
			PROBE_FIELDS,	/* by the fields of the register */
			PROBE_VALUES,	/* each value from @min to @max */
			PROBE_LOWER,	/* the same, but none that is higher than before */
			PROBE_WIDE,	/* it takes all or only one, which a few values tell */
		} how;
		__u8 msb, lsb;
		__u32 min, max;
	} probe[5];
	enum {
		FROM_VCPU,	/* KVM_GET_ONE_REG */
		FROM_GIC_DIST,	/* the device's attribute @attr */
		FROM_GIC_CPU,
		FROM_PMU,	/* PMCR_EL0.N, which has an attribute of its own */
		FROM_EL0,	/* any program can read it */
		FROM_EXTENSION,	/* KVM_CHECK_EXTENSION of @attr */
		FROM_DEVICE_TYPES,	/* which devices, the fields' numbers, can be made */
	} source;
	__u32 attr;
	__u64 guests;		/* bits that belong to the guest */
	const char *limits;	/* what a host takes in words, not as a list */
#define TEXT_LEN	256
	void (*print)(char *text, const struct regs_field *f, __u64 val);
};

/* All known registers. @class is for kernels that tell no classes: a bit for each filter */
extern const struct regs_class regs_classes[];
extern const size_t nr_regs_classes;
const struct regs_class *regs_class_of(__u64 id);
#define regs_class(id)		(regs_class_of(id)->class)
bool regs_is_hcid(__u64 id);
#define regs_is_device(id)	((id) >> 60 == REG_ID_DEVICE >> 60)
#define regs_is_fact(id)	((id) >> 60 == REG_ID_HOST >> 60)
#define regs_is_service(id)	(regs_class_of(id)->rule == RULE_BITS)

/* All that have a name, ended by one without; by ID, or NULL */
const struct regs_desc *regs_known(void);
const struct regs_desc *regs_find(__u64 id);

/* The one spelling of a name, which any ID has; returns @buf */
#define REGS_NAME_LEN	40
const char *regs_name(char *buf, size_t size, __u64 id);
/* 0 if unknown. Takes what regs_name() returns, encodings (S3_0_C9_C14_6) and IDs (0x...) */
__u64 regs_id(const char *name);

extern const struct regs_field whole_reg;

static inline bool is_whole(const struct regs_field *f)
{
	return !*f->kind;
}

static inline __u64 bits_of(unsigned int msb, unsigned int lsb)
{
	return ~0ULL >> (63 - msb + lsb) << lsb;
}

/*
 * The @n-th piece of a register that is judged by itself: a field, a bit of a service
 * register, else all of it. False if there are fewer.
 */
bool regs_piece(struct regs_field *f, __u64 id, unsigned int n);
bool regs_field_signed(const struct regs_field *f);
/* Sign-extended if the field is signed */
__s64 regs_field_get(const struct regs_field *f, __u64 val);

#endif
