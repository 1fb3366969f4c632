// SPDX-License-Identifier: GPL-2.0
/*
 * What registers are, how hosts are asked for them, and how they are judged and printed
 */
#include <string.h>

#include "regs.h"

static void print_psci(char *buf, const struct regs_field *f, __u64 val)
{
	snprintf(buf, TEXT_LEN, "0x%llx (PSCI %llu.%llu)", val, val >> 16, val & 0xffff);
}

static void print_midr(char *buf, const struct regs_field *f, __u64 val)
{
	snprintf(buf, TEXT_LEN, "0x%llx (implementer 0x%llx, part 0x%llx, r%llup%llu)", val,
		 val >> 24 & 0xff, val >> 4 & 0xfff, val >> 20 & 0xf, val & 0xf);
}

/* The levels of caches, and up to which of them software has to clean */
static void print_clidr(char *buf, const struct regs_field *f, __u64 val)
{
	static const char *const types[8] = { "", "I", "D", "I+D", "unified", "?", "?", "?" };
	int len = sprintf(buf, "0x%llx (", val);

	for (unsigned int n = 0; n < 7; n++)
		if (val >> 3 * n & 7)
			len += sprintf(buf + len, "L%u %s, ", n + 1, types[val >> 3 * n & 7]);
	sprintf(buf + len, "LoUIS %llu, LoC %llu, LoUU %llu)", val >> 21 & 7, val >> 24 & 7,
		val >> 27 & 7);
}

static void print_ccsidr(char *buf, const struct regs_field *f, __u64 val)
{
	__u64 v = (val & bits_of(f->msb, f->lsb)) >> f->lsb;

	if (is_whole(f))
		snprintf(buf, TEXT_LEN, "0x%llx (%llu sets, %llu ways, lines of %u bytes)", val,
			 (val >> 13 & 0x7fff) + 1, (val >> 3 & 0x3ff) + 1, 16 << (val & 7));
	else if (!f->lsb)
		snprintf(buf, TEXT_LEN, "%u bytes (%llu)", 16 << v, v);
	else
		snprintf(buf, TEXT_LEN, "%llu (%llu)", v + 1, v);	/* one less is told */
}

/* In bits, as manuals have them; the architecture has no more than 16 lengths */
static void print_lengths(char *buf, const struct regs_field *f, __u64 val)
{
	int len = 0;

	strcpy(buf, "none");
	for (int i = 0; i < 16; i++)
		if (val >> i & 1)
			len += sprintf(buf + len, "%s%d", len ? "+" : "", 128 * (i + 1));
}

static void print_hz(char *buf, const struct regs_field *f, __u64 val)
{
	snprintf(buf, TEXT_LEN, "%.10g MHz", val / 1e6);
}

static const struct regs_field std_services[] = { { "TRNG_V1_0", 0, 0, "Service", NULL }, { 0 } };

static const struct regs_field std_hyp_services[] = { { "PV_TIME", 0, 0, "Service", NULL }, { 0 } };

static const struct regs_field vendor_hyp_services[] = {
	{ "FUNC_FEAT", 0, 0, "Service", NULL }, { "PTP", 1, 1, "Service", NULL }, { 0 }
};

static const struct regs_field vendor_hyp_services_2[] = {
	{ "DISCOVER_IMPL_VER", 0, 0, "Service", NULL },
	{ "DISCOVER_IMPL_CPUS", 1, 1, "Service", NULL }, { 0 }
};

/* ARM_SMCCC_KVM_FUNC_FEATURES_2 is function 127 */
static const struct regs_field hcid_vendor_hyp_1[] = {
	{ "KVM_FEATURES_2", 63, 63, "Service", NULL }, { 0 }
};

static const struct regs_field iidr_fields[] = {
	{ "ProductID", 31, 24, "Attribute", NULL }, { "Variant", 19, 16, "Attribute", NULL },
	{ "Revision", 15, 12, "Attribute", NULL }, { "Implementer", 11, 0, "Attribute", NULL },
	{ 0 }
};

static const struct regs_field typer2_fields[] = {
	{ "nASSGIcap", 8, 8, "Attribute", NULL }, { "VIL", 7, 7, "Attribute", NULL },
	{ "VID", 4, 0, "Attribute", NULL }, { 0 }
};

static const struct regs_field icc_ctlr_fields[] = {
	{ "A3V", 15, 15, "Attribute", NULL }, { "SEIS", 14, 14, "Attribute", NULL },
	{ "IDbits", 13, 11, "Attribute", NULL }, { "PRIbits", 10, 8, "Attribute", NULL }, { 0 }
};

/* The numbers of KVM_DEV_TYPE_* */
static const struct regs_field gic_types[] = {
	{ "VGIC_V2", 5, 5, "Device", NULL }, { "VGIC_V3", 7, 7, "Device", NULL },
	{ "VGIC_ITS", 8, 8, "Device", NULL }, { 0 }
};

static const struct regs_field strict_fields[] = { { "STRICT", 0, 0, "Mode", NULL }, { 0 } };

#define F	REGS_FEATURE
#define O	REGS_OPTIONAL
#define V	REGS_VM

/* The first row that has an ID counts */
const struct regs_class regs_classes[] = {
	/* Takes no zero */
	{ FW_REG(0), 1, "PSCI_VERSION", .class = F | V, .print = print_psci,
	  .probe = { { PROBE_VALUES, 31, 0, 1, 2 }, { PROBE_VALUES, 31, 0, 0x10000, 0x1000f } } },
	/* Ignore a zero */
	{ FW_REG(1), 3, "SMCCC_ARCH_WORKAROUND_", 1, F | V, RULE_LEVEL,
	  .probe = { { PROBE_VALUES, 5, 0, 0, 63 } } },
	{ HCID(0, 0), 8, "HCID_ARCH_", 0, F | O | V, RULE_BITS },
	{ HCID(4, 0), 8, "HCID_STD_", 0, F | O | V, RULE_BITS },
	{ HCID(5, 0), 8, "HCID_STD_HYP_", 0, F | O | V, RULE_BITS },
	{ HCID(6, 1), 1, "HCID_VENDOR_HYP_1", 1, F | O | V, RULE_BITS,
	  .fields = hcid_vendor_hyp_1 },
	{ HCID(6, 0), 8, "HCID_VENDOR_HYP_", 0, F | O | V, RULE_BITS },
	{ HCID(0, 0), 64 * 64, NULL, 0, F | O | V, RULE_BITS },
	{ FW_REG(0), 0x10000, NULL, 0, F | V },
	/* Three reset to on, and older kernels serve without them */
	{ FW_FEAT_BMAP_REG(0), 1, "STD_BMAP", 0, F | V, RULE_BITS, .fields = std_services },
	{ FW_FEAT_BMAP_REG(1), 1, "STD_HYP_BMAP", 0, F | V, RULE_BITS,
	  .fields = std_hyp_services },
	{ FW_FEAT_BMAP_REG(2), 1, "VENDOR_HYP_BMAP", 0, F | V, RULE_BITS,
	  .fields = vendor_hyp_services },
	{ FW_FEAT_BMAP_REG(3), 1, "VENDOR_HYP_BMAP_2", 0, F | O | V, RULE_BITS,
	  .fields = vendor_hyp_services_2 },
	{ FW_FEAT_BMAP_REG(0), 0x10000, NULL, 0, F | V, RULE_BITS },

	/* Two for each of seven levels */
	{ CCSIDR(0), 14, "CCSIDR_", 0, F, RULE_TAKES, CACHES, true,
	  .like = SYSREG(3, 1, 0, 0, 0), .print = print_ccsidr,
	  .probe = { { PROBE_WIDE, 31, 28 }, { PROBE_WIDE, 27, 13 }, { PROBE_WIDE, 12, 3 },
		     { PROBE_VALUES, 2, 0, 0, 7 } } },
	/* LoUU, LoC, LoUIS: no more coherent than the host */
	{ CLIDR_EL1, 1, NULL, 0, F, RULE_TAKES, CACHES, true, .print = print_clidr,
	  .probe = { { PROBE_WIDE, 46, 30 }, { PROBE_VALUES, 29, 21, 0, 0x1ff },
		     { PROBE_WIDE, 20, 0 } },
	  .limits = "levels that need as much cleaning, or more" },
	{ REG_ID_SVE_VLS, 1, "SVE_VLS", 0, F, RULE_LENGTHS, NO_GROUP, true,
	  .print = print_lengths },
	{ MIDR_EL1, 1, NULL, 0, F | V, RULE_MASK, IDENTITY, true, .print = print_midr },
	{ SYSREG(3, 0, 0, 0, 6), 1, NULL, 0, F | V, RULE_MASK, IDENTITY, true },
	{ SYSREG(3, 1, 0, 0, 7), 1, NULL, 0, F | V, RULE_MASK, IDENTITY, true },
	/* All are always listed, and zero may mean something once they are allocated */
	{ SYSREG(3, 0, 0, 1, 0), 7 * 8, NULL, 0, F | V, RULE_TAKES, NO_GROUP,
	  true, .probe = { { PROBE_FIELDS } } },
	{ SYSREG(3, 3, 0, 0, 1), 1, NULL, 0, F | V, RULE_TAKES, NO_GROUP,
	  true, .probe = { { PROBE_FIELDS } } },
	/* RAZ before it was a register; its SLOTS */
	{ SYSREG(3, 0, 9, 14, 6), 1, NULL, 0, F | O | V,
	  .probe = { { PROBE_VALUES, 7, 0, 0, 0xff } } },
	/* The counters: state, of which all vCPUs of a VM have the same */
	{ SYSREG(3, 3, 14, 3, 2), 1, "TIMER_CNT", 0, V },
	{ SYSREG(3, 3, 14, 0, 1), 1, "PTIMER_CNT", 0, V },
	{ SYSREG(3, 3, 14, 3, 1), 1, "TIMER_CTL" },
	{ SYSREG(3, 3, 14, 0, 2), 1, "TIMER_CVAL" },
	{ SYSREG(3, 3, 14, 2, 1), 1, "PTIMER_CTL" },
	{ SYSREG(3, 3, 14, 2, 2), 1, "PTIMER_CVAL" },

	/* What no VMM can set as a register */
	{ REG_DEVICE(DEVICE_GICD_IIDR), 1, "GICD_IIDR", 0, F | V,
	  .fields = iidr_fields, .probe = { { PROBE_FIELDS } },
	  .source = FROM_GIC_DIST, .attr = 0x8 },
	{ REG_DEVICE(DEVICE_GICD_TYPER2), 1, "GICD_TYPER2", 0, F | V,
	  .fields = typer2_fields, .probe = { { PROBE_FIELDS } },
	  .source = FROM_GIC_DIST, .attr = 0xc },
	/* Once lower, neither field goes back, nor is a lower one taken for the other */
	{ REG_DEVICE(DEVICE_ICC_CTLR), 1, "VGIC_ICC_CTLR", 0, F | V,
	  .fields = icc_ctlr_fields, .guests = ~0xff00ULL,
	  .probe = { { PROBE_LOWER, 13, 11, 0, 7 }, { PROBE_LOWER, 10, 8, 0, 7 } },
	  .source = FROM_GIC_CPU, .attr = (__u32)REG_LOW(SYSREG(3, 0, 12, 12, 4)) },
	{ REG_DEVICE(DEVICE_PMU_COUNTERS), 1, "PMU_COUNTERS", 0,
	  F | V, .probe = { { PROBE_VALUES, 31, 0, 0, 31 } }, .source = FROM_PMU },

	/* What no register of KVM holds: a guest reads the first two from the hardware */
	{ CNTFRQ_EL0, 1, "CNTFRQ_EL0", 0, F | V, .hardware = true,
	  .source = FROM_EL0, .print = print_hz },
	{ DCZID_EL0, 1, "DCZID_EL0", 0, F | V, .hardware = true,
	  .source = FROM_EL0 },
	/* KVM_CAP_ARM_VM_IPA_SIZE */
	{ REG_HOST(2), 1, "IPA_SIZE", 0, F | V, RULE_LIMIT, .hardware = true,
	  .source = FROM_EXTENSION, .attr = 165 },
	{ REG_HOST(3), 1, "GIC_TYPES", 0, F | V, RULE_OFFER, .hardware = true,
	  .fields = gic_types, .source = FROM_DEVICE_TYPES },
	/* KVM_CAP_ARM_PMU_V3_STRICT */
	{ REG_HOST(4), 1, "PMU_V3_STRICT", 0, F | V, RULE_OFFER,
	  .fields = strict_fields, .source = FROM_EXTENSION, .attr = 251 },
};

const size_t nr_regs_classes = ARRAY_SIZE(regs_classes);

const struct regs_class *regs_class_of(__u64 id)
{
	static const struct regs_class state;

	for (size_t i = 0; i < nr_regs_classes; i++)
		if (id - regs_classes[i].first < regs_classes[i].nr)
			return &regs_classes[i];
	return &state;
}

bool regs_is_hcid(__u64 id)
{
	return id >= HCID(0, 0) && id <= HCID(63, 63);
}
