// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ITS, section "its": a u64 for each of its registers, in the order to write them. Its
 * tables are in the guest's memory.
 */
#include "hcid_vmm.h"
#include "gic_v3.h"
#include "vgic.h"

static const u32 its_regs[] = {
	GITS_IIDR, GITS_CBASER, GITS_CREADR, GITS_CWRITER, GITS_BASER, GITS_BASER + 8,
};

void create_its(struct vmm *vmm)
{
	vmm->its = vgic_its_setup(vmm->vm);
}

/* Before the memory is saved: what is pending, and how LPIs are mapped, is written there */
void put_its(struct buffer *file, struct vmm *vmm)
{
	struct buffer section = {};
	u64 val;
	int i;

	if (!vmm->its)
		return;

	kvm_device_attr_set(vmm->vm->arch.gic_fd, KVM_DEV_ARM_VGIC_GRP_CTRL,
			    KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES, NULL);
	kvm_device_attr_set(vmm->its, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_ITS_SAVE_TABLES,
			    NULL);

	for (i = 0; i < ARRAY_SIZE(its_regs); i++) {
		kvm_device_attr_get(vmm->its, KVM_DEV_ARM_VGIC_GRP_ITS_REGS, its_regs[i], &val);
		put_u64(&section, val);
	}
	kvm_device_attr_get(vmm->its, KVM_DEV_ARM_VGIC_GRP_ITS_REGS, GITS_CTLR, &val);
	put_u64(&section, val);
	put_section(file, "its", &section);
}

static void set_its_reg(struct vmm *vmm, u32 reg, u64 val)
{
	if (__kvm_device_attr_set(vmm->its, KVM_DEV_ARM_VGIC_GRP_ITS_REGS, reg, &val))
		refuse_all("ITS: register 0x%x takes no 0x%lx: %s", reg, val, strerror(errno));
}

/* After the memory and the GIC */
void get_its(struct buffer *file, struct vmm *vmm)
{
	struct buffer section;
	u64 val, here;
	int i;

	if (get_section(file, "its", &section) != !!vmm->its)
		refuse_all("one of the two VMs has no ITS");
	if (!vmm->its)
		return;

	for (i = 0; i < ARRAY_SIZE(its_regs); i++) {
		val = get_u64(&section);
		set_its_reg(vmm, its_regs[i], val);
		if (its_regs[i] != GITS_IIDR)
			continue;
		/* Its revision says what tables look like */
		kvm_device_attr_get(vmm->its, KVM_DEV_ARM_VGIC_GRP_ITS_REGS, GITS_IIDR, &here);
		if (here != val)
			refuse("GITS_IIDR 0x%lx: reads back as 0x%lx", val, here);
	}

	if (!vmm_loses(vmm, "its") &&
	    __kvm_device_attr_set(vmm->its, KVM_DEV_ARM_VGIC_GRP_CTRL,
				  KVM_DEV_ARM_ITS_RESTORE_TABLES, NULL))
		refuse_all("ITS: its tables: %s", strerror(errno));
	set_its_reg(vmm, GITS_CTLR, get_u64(&section));
	get_end(&section);
}
