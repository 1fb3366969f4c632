// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attributes of devices that a guest sees, section "devices": a u64 for each, 0 for one of a
 * device that the VM does not have.
 */
#include "hcid_vmm.h"

#include <linux/bitfield.h>
#include <perf/arm_pmuv3.h>

#include "gic.h"
#include "gic_v3.h"
#include "processor.h"

static void read_device(struct vmm *vmm, int device, u64 *val)
{
	int gic = vmm->vm->arch.gic_fd;

	*val = 0;
	switch (device) {
	case DEVICE_GICD_IIDR:
		kvm_device_attr_get(gic, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, GICD_IIDR, val);
		break;
	case DEVICE_GICD_TYPER2:
		kvm_device_attr_get(gic, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, GICD_TYPER2, val);
		break;
	case DEVICE_ICC_CTLR:
		/* Less what is the guest's to change */
		kvm_device_attr_get(gic, KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS,
				    SYS_ICC_CTLR_EL1 >> Op2_shift, val);
		*val &= GENMASK(15, 8);
		break;
	case DEVICE_PMU_COUNTERS:
		*val = FIELD_GET(ARMV8_PMU_PMCR_N,
				 vcpu_get_reg(vmm->vcpus[0], KVM_ARM64_SYS_REG(SYS_PMCR_EL0)));
		break;
	}
}

/* What cannot be set, or is refused, reads back as something else */
static void set_device(struct vmm *vmm, int device, u64 val)
{
	u64 pmcr;
	int i;

	switch (device) {
	case DEVICE_GICD_IIDR:
		__kvm_device_attr_set(vmm->vm->arch.gic_fd, KVM_DEV_ARM_VGIC_GRP_DIST_REGS,
				      GICD_IIDR, &val);
		break;
	case DEVICE_PMU_COUNTERS:
		for (i = 0; i < NR_VCPUS; i++) {
			pmcr = vcpu_get_reg(vmm->vcpus[i], KVM_ARM64_SYS_REG(SYS_PMCR_EL0));
			pmcr = u64_replace_bits(pmcr, val, ARMV8_PMU_PMCR_N);
			__vcpu_set_reg(vmm->vcpus[i], KVM_ARM64_SYS_REG(SYS_PMCR_EL0), pmcr);
		}
		break;
	}
}

static bool has_device(struct vmm *vmm, int device)
{
	return device != DEVICE_PMU_COUNTERS ||
	       vmm->features & BIT(KVM_ARM_VCPU_PMU_V3);
}

/* Before the registers: what those are depends on it */
void set_devices(struct vmm *vmm, const struct devices *devices)
{
	char name[REGS_NAME_LEN];
	bool refused = false;
	u64 val;
	int i;

	for (i = 0; i < NR_DEVICES; i++) {
		if (!devices->has[i] || !has_device(vmm, i))
			continue;

		set_device(vmm, i, devices->val[i]);
		read_device(vmm, i, &val);
		if (val == devices->val[i])
			continue;

		fprintf(stderr, "refused: %s 0x%lx: reads back as 0x%lx\n",
			regs_name(name, sizeof(name), REG_DEVICE(i)), devices->val[i], val);
		refused = true;
	}

	if (refused)
		exit(EXIT_REFUSED);
}

void put_devices(struct buffer *file, struct vmm *vmm)
{
	struct buffer section = {};
	u64 val;
	int i;

	for (i = 0; i < NR_DEVICES; i++) {
		val = 0;
		if (has_device(vmm, i))
			read_device(vmm, i, &val);
		put_u64(&section, val);
	}
	put_section(file, "devices", &section);
}

void get_devices(struct buffer *file, struct devices *devices)
{
	struct buffer section;
	int i;

	if (!get_section(file, "devices", &section))
		refuse_all("the file has no devices");

	for (i = 0; i < NR_DEVICES; i++) {
		devices->has[i] = true;
		devices->val[i] = get_u64(&section);
	}
	get_end(&section);
}
