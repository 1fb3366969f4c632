// SPDX-License-Identifier: GPL-2.0-only
/*
 * The state of the GIC, section "gic": a u64 for each register of the distributor, then for
 * each vCPU those of its redistributor, the lines of its interrupts, and those of its CPU
 * interface, in the order of the tables below. They are in the order to write them.
 */
#include "hcid_vmm.h"
#include "gic_v3.h"
#include "processor.h"

#define NR_IRQS		64	/* of the selftests' GIC */

/* Consecutive registers: @nr of @size bytes */
struct gic_regs {
	u32 offset, nr, size;
};

static const struct gic_regs dist_regs[] = {
	{ GICD_CTLR, 1, 4 },
	{ GICD_IGROUPR + 4, NR_IRQS / 32 - 1, 4 },
	{ GICD_ICFGR + 8, NR_IRQS / 16 - 2, 4 },
	{ GICD_IPRIORITYR + 32, NR_IRQS / 4 - 8, 4 },
	{ GICD_IROUTER + 32 * 8, 2 * (NR_IRQS - 32), 4 },
	{ GICD_ISPENDR + 4, NR_IRQS / 32 - 1, 4 },
	{ GICD_ISACTIVER + 4, NR_IRQS / 32 - 1, 4 },
	{ GICD_ISENABLER + 4, NR_IRQS / 32 - 1, 4 },
};

#define SGI_FRAME	SZ_64K

static const struct gic_regs redist_regs[] = {
	{ GICR_PROPBASER, 2, 4 },
	{ GICR_PENDBASER, 2, 4 },
	{ GICR_CTLR, 1, 4 },
	{ SGI_FRAME + GICR_IGROUPR0, 1, 4 },
	{ SGI_FRAME + GICR_ICFGR0, 2, 4 },
	{ SGI_FRAME + GICR_IPRIORITYR0, 8, 4 },
	{ SGI_FRAME + GICR_ISPENDR0, 1, 4 },
	{ SGI_FRAME + GICR_ISACTIVER0, 1, 4 },
	{ SGI_FRAME + GICR_ISENABLER0, 1, 4 },
};

static const u32 cpu_regs[] = {
	SYS_ICC_SRE_EL1, SYS_ICC_CTLR_EL1, SYS_ICC_PMR_EL1, SYS_ICC_BPR0_EL1, SYS_ICC_BPR1_EL1,
	SYS_ICC_AP0R0_EL1, SYS_ICC_AP1R0_EL1, SYS_ICC_IGRPEN0_EL1, SYS_ICC_IGRPEN1_EL1,
};

/* Saved into @section, or restored from it */
static void access_reg(struct vmm *vmm, struct buffer *section, bool save, u32 group, u64 attr)
{
	int gic = vmm->vm->arch.gic_fd;
	u64 val = 0;

	if (save) {
		kvm_device_attr_get(gic, group, attr, &val);
		put_u64(section, val);
		return;
	}

	val = get_u64(section);
	if (__kvm_device_attr_set(gic, group, attr, &val))
		refuse_all("GIC: register 0x%lx of group %u takes no 0x%lx: %s", attr, group, val,
			   strerror(errno));
}

static void access_regs(struct vmm *vmm, struct buffer *section, bool save, u32 group, u64 cpu,
			const struct gic_regs *regs, int nr)
{
	u32 i;

	for (; nr--; regs++) {
		for (i = 0; i < regs->nr; i++)
			access_reg(vmm, section, save, group,
				   cpu << 32 | (regs->offset + i * regs->size));
	}
}

static void access_gic(struct vmm *vmm, struct buffer *section, bool save)
{
	u64 cpu;
	int i;

	access_regs(vmm, section, save, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0, dist_regs,
		    ARRAY_SIZE(dist_regs));

	for (cpu = 0; cpu < NR_VCPUS; cpu++) {
		access_regs(vmm, section, save, KVM_DEV_ARM_VGIC_GRP_REDIST_REGS, cpu, redist_regs,
			    ARRAY_SIZE(redist_regs));
		for (i = 0; i < NR_IRQS; i += 32)
			access_reg(vmm, section, save, KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO,
				   cpu << 32 | i | VGIC_LEVEL_INFO_LINE_LEVEL <<
				   KVM_DEV_ARM_VGIC_LINE_LEVEL_INFO_SHIFT);
		for (i = 0; i < ARRAY_SIZE(cpu_regs); i++)
			access_reg(vmm, section, save, KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS,
				   cpu << 32 | cpu_regs[i] >> Op2_shift);
	}
}

void put_gic(struct buffer *file, struct vmm *vmm)
{
	struct buffer section = {};

	access_gic(vmm, &section, true);
	put_section(file, "gic", &section);
}

void get_gic(struct buffer *file, struct vmm *vmm)
{
	struct buffer section;

	if (!get_section(file, "gic", &section))
		refuse_all("the file has no GIC");
	if (vmm_loses(vmm, "gic"))
		return;

	access_gic(vmm, &section, false);
	get_end(&section);
}
