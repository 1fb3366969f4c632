// SPDX-License-Identifier: GPL-2.0
/*
 * What registers are, by ID, for kernels that cannot tell: those without
 * KVM_CAP_REG_LIST_FILTER. What a kernel says counts more; "kvm_feat classes"
 * compares the two.
 */
#include <string.h>

#include "regs.h"

static const struct regs_field iidr_fields[] = {
	{ "ProductID", 31, 24, "Attribute", SAFE_EXACT, NULL },
	{ "Variant", 19, 16, "Attribute", SAFE_EXACT, NULL },
	{ "Revision", 15, 12, "Attribute", SAFE_EXACT, NULL },
	{ "Implementer", 11, 0, "Attribute", SAFE_EXACT, NULL },
	{ 0 }
};

static const struct regs_field typer2_fields[] = {
	{ "nASSGIcap", 8, 8, "Attribute", SAFE_EXACT, NULL },
	{ "VIL", 7, 7, "Attribute", SAFE_EXACT, NULL },
	{ "VID", 4, 0, "Attribute", SAFE_EXACT, NULL },
	{ 0 }
};

static const struct regs_field icc_ctlr_fields[] = {
	{ "A3V", 15, 15, "Attribute", SAFE_EXACT, NULL },
	{ "SEIS", 14, 14, "Attribute", SAFE_EXACT, NULL },
	{ "IDbits", 13, 11, "Attribute", SAFE_EXACT, NULL },
	{ "PRIbits", 10, 8, "Attribute", SAFE_EXACT, NULL },
	{ 0 }
};

const struct regs_desc regs_devices[NR_DEVICES] = {
	[DEVICE_GICD_IIDR] = { "GICD_IIDR", DEVICE_GICD_IIDR, iidr_fields },
	[DEVICE_GICD_TYPER2] = { "GICD_TYPER2", DEVICE_GICD_TYPER2, typer2_fields },
	[DEVICE_ICC_CTLR] = { "VGIC_ICC_CTLR", DEVICE_ICC_CTLR, icc_ctlr_fields },
	[DEVICE_PMU_COUNTERS] = { "PMU_COUNTERS", DEVICE_PMU_COUNTERS, NULL },
};

__u64 regs_device_id(const char *name)
{
	for (unsigned int i = 0; i < NR_DEVICES; i++)
		if (!strcmp(regs_devices[i].name, name))
			return REG_DEVICE(i);
	return 0;
}

bool regs_is_device(__u64 id)
{
	return id >= REG_ID_DEVICE && id < REG_DEVICE(NR_DEVICES);
}

bool regs_is_hcid(__u64 id)
{
	return id >> 56 == REG_ID_ARM64 >> 56 && (REG_KEY(id) & ~0xfffu) == HCID(0, 0);
}

bool regs_is_service(__u64 id)
{
	return regs_is_hcid(id) || REG_COPROC(id) == COPROC_BMAP;
}

/* CTR_EL0 and the ID space that KVM keeps per VM */
bool regs_is_id_reg(__u64 id)
{
	return REG_KEY(id) == SYSREG(3, 3, 0, 0, 1) ||
	       (REG_KEY(id) >= SYSREG(3, 0, 0, 1, 0) && REG_KEY(id) <= SYSREG(3, 0, 0, 7, 7));
}

unsigned int regs_class(__u64 id)
{
	if (id == REG_ID_SVE_VLS)
		return REGS_FEATURE;
	if (regs_is_device(id))
		return REGS_FEATURE | REGS_VM;

	switch (REG_COPROC(id)) {
	case COPROC_DEMUX:
		return REGS_FEATURE;
	case COPROC_FW:
		/* PSCI takes no zero, and a workaround ignores it */
		return REGS_FEATURE | REGS_VM | (regs_is_hcid(id) ? REGS_OPTIONAL : 0);
	case COPROC_BMAP:
		/* The first three reset to on, and older kernels serve without them */
		return REGS_FEATURE | REGS_VM |
		       (REG_KEY(id) == FW_FEAT_BMAP_REG(3) ? REGS_OPTIONAL : 0);
	case COPROC_SYSREG:
		break;
	default:
		return 0;
	}

	switch (REG_KEY(id)) {
	case SYSREG(3, 0, 9, 14, 6):	/* PMMIR_EL1, RAZ before it was a register */
		return REGS_FEATURE | REGS_OPTIONAL | REGS_VM;
	case SYSREG(3, 0, 0, 0, 0):	/* MIDR_EL1 */
	case SYSREG(3, 0, 0, 0, 6):	/* REVIDR_EL1 */
	case SYSREG(3, 1, 0, 0, 7):	/* AIDR_EL1 */
		return REGS_FEATURE | REGS_VM;
	case SYSREG(3, 1, 0, 0, 1):	/* CLIDR_EL1 */
		return REGS_FEATURE;
	}
	/* All are always there, and zero may mean something once they are allocated */
	return regs_is_id_reg(id) ? REGS_FEATURE | REGS_VM : 0;
}
