/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names, fields and built-in classes of registers
 */
#ifndef KVM_FEAT_REGS_H
#define KVM_FEAT_REGS_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/*
 * Parts of a KVM register ID. Only arm64 has the UAPI header that defines them,
 * and profiles are compared on any machine; host.c asserts that the two agree.
 */
#define REG_ID_ARM64		0x6000000000000000ULL
#define REG_ID_U32		0x0020000000000000ULL
#define REG_ID_U64		0x0030000000000000ULL
#define REG_ID_U512		0x0060000000000000ULL
#define REG_KEY(id)		((__u32)((id) & 0xfffffff))
#define REG_COPROC(id)		(REG_KEY(id) >> 16)
#define REG_LOW(id)		((__u32)(id) & 0xffff)

enum {
	COPROC_DEMUX	= 0x11,
	COPROC_SYSREG	= 0x13,
	COPROC_FW	= 0x14,
	COPROC_SVE	= 0x15,
	COPROC_BMAP	= 0x16,
};

#define SYSREG(op0, op1, crn, crm, op2)	\
	(COPROC_SYSREG << 16 | (op0) << 14 | (op1) << 11 | (crn) << 7 | (crm) << 3 | (op2))
#define FW_REG(n)		(COPROC_FW << 16 | (n))
#define FW_FEAT_BMAP_REG(n)	(COPROC_BMAP << 16 | (n))
#define HCID(owner, word)	FW_REG(0x1000 | (owner) << 6 | (word))
#define REG_ID_SVE_VLS		(REG_ID_ARM64 | REG_ID_U512 | COPROC_SVE << 16 | 0xffff)

/*
 * Attributes of devices that a guest sees are in profiles like registers, with IDs that
 * no register can have, behind all that can
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

/* What a host takes in place of its value, as far as the kind of a field tells */
enum regs_safe {
	SAFE_EXACT,		/* nothing, or whatever the mask allows */
	SAFE_ZERO,
	SAFE_LOWER,
	SAFE_LOWER_SIGNED,
	SAFE_LENGTHS,		/* SVE_VLS: a host's vector lengths up to a maximum */
	SAFE_LINE,		/* CCSIDR: anything, but no shorter cache lines */
	SAFE_COHERENT,		/* CLIDR: any hierarchy, but no more coherent */
};

struct regs_enum {
	__u16 val;
	const char *name;
};

struct regs_field {
	const char *name;	/* "" where sysreg has none: Res0, Res1, ... */
	__u8 msb, lsb;
	const char *kind;	/* sysreg's word, or Service; NULL ends a table */
	enum regs_safe safe;
	const struct regs_enum *enums;
};

struct regs_desc {
	const char *name;
	__u32 key;
	const struct regs_field *fields;
};

/* KVM_REG_LIST_* >> 32, as host.c asserts */
#define REGS_FEATURE	1
#define REGS_OPTIONAL	2
#define REGS_VM		4

/*
 * The table of classes for kernels that cannot tell, see class.c: what passes a
 * filter of KVM_GET_REG_LIST has the filter's bit, and state has none.
 */
unsigned int regs_class(__u64 id);
bool regs_is_id_reg(__u64 id);
bool regs_is_hcid(__u64 id);
bool regs_is_service(__u64 id);
bool regs_is_device(__u64 id);

extern const struct regs_desc regs_devices[NR_DEVICES];
/* 0 if there is none of that name */
__u64 regs_device_id(const char *name);

const struct regs_desc *regs_find(__u64 id);
const struct regs_desc *regs_next(const struct regs_desc *desc);
__u64 regs_desc_id(const struct regs_desc *desc);

/* The one spelling of a name, which any arm64 or device ID has; returns @buf */
#define REGS_NAME_LEN	40
const char *regs_name(char *buf, size_t size, __u64 id);

/*
 * 0 if @name is unknown. Takes what regs_name() returns, the encoding of a system
 * register that has a name (S3_0_C9_C14_6), and hexadecimal IDs.
 */
__u64 regs_id(const char *name);

/* Sign-extended if the field is signed */
__s64 regs_field_get(const struct regs_field *f, __u64 val);
/* "IMP (1)", or the number alone */
const char *regs_field_str(char *buf, size_t size, const struct regs_field *f, __u64 val);

#endif
