// SPDX-License-Identifier: GPL-2.0
/*
 * Names and fields of registers; the table of those in sysreg is generated
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "regs.h"
#include "regs-table.h"

static const struct regs_field std_services[] = {
	{ "TRNG_V1_0", 0, 0, "Service", SAFE_LOWER, NULL }, { 0 }
};

static const struct regs_field std_hyp_services[] = {
	{ "PV_TIME", 0, 0, "Service", SAFE_LOWER, NULL }, { 0 }
};

static const struct regs_field vendor_hyp_services[] = {
	{ "FUNC_FEAT", 0, 0, "Service", SAFE_LOWER, NULL },
	{ "PTP", 1, 1, "Service", SAFE_LOWER, NULL }, { 0 }
};

static const struct regs_field vendor_hyp_services_2[] = {
	{ "DISCOVER_IMPL_VER", 0, 0, "Service", SAFE_LOWER, NULL },
	{ "DISCOVER_IMPL_CPUS", 1, 1, "Service", SAFE_LOWER, NULL }, { 0 }
};

/* ARM_SMCCC_KVM_FUNC_FEATURES_2 is function 127 */
static const struct regs_field hcid_vendor_hyp_1[] = {
	{ "KVM_FEATURES_2", 63, 63, "Service", SAFE_LOWER, NULL }, { 0 }
};

#define R(name, ...)		{ #name, SYSREG(__VA_ARGS__), NULL }

/*
 * What sysreg does not have: registers of the firmware, with the services that their
 * bits stand for, and system registers that vCPUs list
 */
static const struct regs_desc more_regs[] = {
	{ "PSCI_VERSION", FW_REG(0), NULL },
	{ "SMCCC_ARCH_WORKAROUND_1", FW_REG(1), NULL },
	{ "SMCCC_ARCH_WORKAROUND_2", FW_REG(2), NULL },
	{ "SMCCC_ARCH_WORKAROUND_3", FW_REG(3), NULL },
	{ "STD_BMAP", FW_FEAT_BMAP_REG(0), std_services },
	{ "STD_HYP_BMAP", FW_FEAT_BMAP_REG(1), std_hyp_services },
	{ "VENDOR_HYP_BMAP", FW_FEAT_BMAP_REG(2), vendor_hyp_services },
	{ "VENDOR_HYP_BMAP_2", FW_FEAT_BMAP_REG(3), vendor_hyp_services_2 },
	{ "HCID_VENDOR_HYP_1", HCID(6, 1), hcid_vendor_hyp_1 },
	R(OSLSR_EL1, 2, 0, 1, 1, 4), R(DBGVCR32_EL2, 2, 4, 0, 7, 0), R(MIDR_EL1, 3, 0, 0, 0, 0),
	R(MPIDR_EL1, 3, 0, 0, 0, 5), R(REVIDR_EL1, 3, 0, 0, 0, 6),
	R(APIAKEYLO_EL1, 3, 0, 2, 1, 0), R(APIAKEYHI_EL1, 3, 0, 2, 1, 1),
	R(APIBKEYLO_EL1, 3, 0, 2, 1, 2), R(APIBKEYHI_EL1, 3, 0, 2, 1, 3),
	R(APDAKEYLO_EL1, 3, 0, 2, 2, 0), R(APDAKEYHI_EL1, 3, 0, 2, 2, 1),
	R(APDBKEYLO_EL1, 3, 0, 2, 2, 2), R(APDBKEYHI_EL1, 3, 0, 2, 2, 3),
	R(APGAKEYLO_EL1, 3, 0, 2, 3, 0), R(APGAKEYHI_EL1, 3, 0, 2, 3, 1),
	R(AFSR0_EL1, 3, 0, 5, 1, 0), R(AFSR1_EL1, 3, 0, 5, 1, 1), R(ESR_EL1, 3, 0, 5, 2, 0),
	R(PAR_EL1, 3, 0, 7, 4, 0), R(PMINTENSET_EL1, 3, 0, 9, 14, 1),
	R(PMINTENCLR_EL1, 3, 0, 9, 14, 2), R(PMMIR_EL1, 3, 0, 9, 14, 6),
	R(MAIR_EL1, 3, 0, 10, 2, 0), R(AMAIR_EL1, 3, 0, 10, 3, 0), R(VBAR_EL1, 3, 0, 12, 0, 0),
	R(DISR_EL1, 3, 0, 12, 1, 1), R(CNTKCTL_EL1, 3, 0, 14, 1, 0), R(AIDR_EL1, 3, 1, 0, 0, 7),
	R(PMCR_EL0, 3, 3, 9, 12, 0), R(PMCNTENSET_EL0, 3, 3, 9, 12, 1),
	R(PMCNTENCLR_EL0, 3, 3, 9, 12, 2), R(PMOVSCLR_EL0, 3, 3, 9, 12, 3),
	R(PMSWINC_EL0, 3, 3, 9, 12, 4), R(PMCCNTR_EL0, 3, 3, 9, 13, 0),
	R(PMUSERENR_EL0, 3, 3, 9, 14, 0), R(PMOVSSET_EL0, 3, 3, 9, 14, 3),
	R(TPIDR_EL0, 3, 3, 13, 0, 2), R(TPIDRRO_EL0, 3, 3, 13, 0, 3),
	R(PTIMER_CNT, 3, 3, 14, 0, 1), R(TIMER_CVAL, 3, 3, 14, 0, 2),
	R(PTIMER_CTL, 3, 3, 14, 2, 1), R(PTIMER_CVAL, 3, 3, 14, 2, 2),
	R(TIMER_CTL, 3, 3, 14, 3, 1), R(TIMER_CNT, 3, 3, 14, 3, 2),
	R(PMCCFILTR_EL0, 3, 3, 14, 15, 7), R(VPIDR_EL2, 3, 4, 0, 0, 0),
	R(VMPIDR_EL2, 3, 4, 0, 0, 5), R(ACTLR_EL2, 3, 4, 1, 0, 1), R(SCTLR2_EL2, 3, 4, 1, 0, 3),
	R(CPTR_EL2, 3, 4, 1, 1, 2), R(HSTR_EL2, 3, 4, 1, 1, 3), R(HACR_EL2, 3, 4, 1, 1, 7),
	R(TTBR0_EL2, 3, 4, 2, 0, 0), R(TTBR1_EL2, 3, 4, 2, 0, 1), R(TCR_EL2, 3, 4, 2, 0, 2),
	R(VTTBR_EL2, 3, 4, 2, 1, 0), R(SPSR_EL2, 3, 4, 4, 0, 0), R(ELR_EL2, 3, 4, 4, 0, 1),
	R(IFSR32_EL2, 3, 4, 5, 0, 1), R(AFSR0_EL2, 3, 4, 5, 1, 0), R(AFSR1_EL2, 3, 4, 5, 1, 1),
	R(ESR_EL2, 3, 4, 5, 2, 0), R(VSESR_EL2, 3, 4, 5, 2, 3), R(FPEXC32_EL2, 3, 4, 5, 3, 0),
	R(MAIR_EL2, 3, 4, 10, 2, 0), R(AMAIR_EL2, 3, 4, 10, 3, 0), R(VBAR_EL2, 3, 4, 12, 0, 0),
	R(VDISR_EL2, 3, 4, 12, 1, 1), R(TPIDR_EL2, 3, 4, 13, 0, 2),
	R(CNTVOFF_EL2, 3, 4, 14, 0, 3), R(CNTHCTL_EL2, 3, 4, 14, 1, 0),
	R(CNTHP_CTL_EL2, 3, 4, 14, 2, 1), R(CNTHP_CVAL_EL2, 3, 4, 14, 2, 2),
	R(CNTHV_CTL_EL2, 3, 4, 14, 3, 1), R(CNTHV_CVAL_EL2, 3, 4, 14, 3, 2),
	R(SP_EL2, 3, 6, 0, 0, 0),
};

/* SMCCC owning entities, as in the names of the bitmaps */
static const char *const owners[] = {
	"ARCH", "CPU", "SIP", "OEM", "STD", "STD_HYP", "VENDOR_HYP",
};

const struct regs_desc *regs_next(const struct regs_desc *desc)
{
	desc = desc ? desc + 1 : regs_table;
	if (desc == regs_table + ARRAY_SIZE(regs_table))
		return more_regs;
	if (desc == more_regs + ARRAY_SIZE(more_regs))
		return regs_devices;
	return desc == regs_devices + NR_DEVICES ? NULL : desc;
}

__u64 regs_desc_id(const struct regs_desc *desc)
{
	if (desc >= regs_devices && desc < regs_devices + NR_DEVICES)
		return REG_DEVICE(desc->key);
	return REG_ID_ARM64 | REG_ID_U64 | desc->key;
}

const struct regs_desc *regs_find(__u64 id)
{
	if (regs_is_device(id))
		return &regs_devices[id - REG_ID_DEVICE];
	if (id >> 56 != REG_ID_ARM64 >> 56)
		return NULL;
	for (const struct regs_desc *d = regs_next(NULL); d != regs_devices; d = regs_next(d))
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
			return regs_desc_id(d);

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
