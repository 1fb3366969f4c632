// SPDX-License-Identifier: GPL-2.0
/*
 * Names and fields of registers; the table is generated
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "regs.h"
#include "regs-table.h"

/* SMCCC owning entities, as in the names of the bitmaps */
static const char *const owners[] = {
	"ARCH", "CPU", "SIP", "OEM", "STD", "STD_HYP", "VENDOR_HYP",
};

const struct regs_desc *regs_next(const struct regs_desc *desc)
{
	desc = desc ? desc + 1 : regs_table;
	return desc < regs_table + ARRAY_SIZE(regs_table) ? desc : NULL;
}

const struct regs_desc *regs_find(__u64 id)
{
	if (id >> 56 != REG_ID_ARM64 >> 56)
		return NULL;
	for (const struct regs_desc *d = regs_next(NULL); d; d = regs_next(d))
		if (d->key == REG_KEY(id))
			return d;
	return NULL;
}

/* What a register is called as long as the table has no name for it */
static const char *plain_name(char *buf, size_t size, __u64 id)
{
	unsigned int low = REG_LOW(id);

	if (REG_COPROC(id) == COPROC_SYSREG)
		snprintf(buf, size, "S%u_%u_C%u_C%u_%u", low >> 14, low >> 11 & 7,
			 low >> 7 & 15, low >> 3 & 15, low & 7);
	else if (regs_is_hcid(id) && (low >> 6 & 63) < ARRAY_SIZE(owners))
		snprintf(buf, size, "HCID_%s_%u", owners[low >> 6 & 63], low & 63);
	else if (id == REG_ID_SVE_VLS)
		snprintf(buf, size, "SVE_VLS");
	else if (REG_COPROC(id) == COPROC_DEMUX && low < 256)
		snprintf(buf, size, "CCSIDR_%u", low);
	else
		snprintf(buf, size, "REG_%016llx", id);
	return buf;
}

const char *regs_name(char *buf, size_t size, __u64 id)
{
	const struct regs_desc *d = regs_find(id);

	if (!d)
		return plain_name(buf, size, id);
	snprintf(buf, size, "%s", d->name);
	return buf;
}

__u64 regs_id(const char *name)
{
	unsigned int op0, op1, crn, crm, op2, word, owner = 0;
	char buf[REGS_NAME_LEN], own[16];
	__u64 id = 0;
	char *end;

	for (const struct regs_desc *d = regs_next(NULL); d; d = regs_next(d))
		if (!strcmp(d->name, name))
			return REG_ID_ARM64 | REG_ID_U64 | d->key;

	if (!strncmp(name, "0x", 2)) {
		id = strtoull(name, &end, 16);
		return *end ? 0 : id;
	}
	if (sscanf(name, "S%u_%u_C%u_C%u_%u", &op0, &op1, &crn, &crm, &op2) == 5) {
		id = REG_ID_ARM64 | REG_ID_U64 | SYSREG(op0, op1, crn, crm, op2);
	} else if (sscanf(name, "HCID_%15[A-Z_]%u", own, &word) == 2) {
		own[strlen(own) - 1] = '\0';
		while (owner < ARRAY_SIZE(owners) && strcmp(own, owners[owner]))
			owner++;
		id = REG_ID_ARM64 | REG_ID_U64 | HCID(owner, word & 63);
	} else if (sscanf(name, "CCSIDR_%u", &word) == 1) {
		id = REG_ID_ARM64 | REG_ID_U32 | COPROC_DEMUX << 16 | (word & 255);
	} else if (!strcmp(name, "SVE_VLS")) {
		id = REG_ID_SVE_VLS;
	} else if (sscanf(name, "REG_%llx", &id) != 1) {
		return 0;
	}
	/* Without a name when the profile was made, it may have one by now */
	return strcmp(plain_name(buf, sizeof(buf), id), name) ? 0 : id;
}

__s64 regs_field_get(const struct regs_field *f, __u64 val)
{
	unsigned int width = f->msb - f->lsb + 1;

	val <<= 63 - f->msb;
	if (f->safe == SAFE_LOWER_SIGNED)
		return (__s64)val >> (64 - width);
	return val >> (64 - width);
}

const char *regs_field_str(char *buf, size_t size, const struct regs_field *f, __u64 val)
{
	__u64 v = val << (63 - f->msb) >> (63 - f->msb + f->lsb);

	for (const struct regs_enum *e = f->enums; e && e->name; e++) {
		if (e->val == v) {
			snprintf(buf, size, "%s (%llu)", e->name, v);
			return buf;
		}
	}
	snprintf(buf, size, v < 256 ? "%llu" : "0x%llx", v);
	return buf;
}
