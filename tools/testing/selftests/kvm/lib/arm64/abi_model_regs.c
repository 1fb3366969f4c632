// SPDX-License-Identifier: GPL-2.0-only
/*
 * A model of KVM's ABI, see abi_model.h: registers.
 */
#include "abi_model_impl.h"

u64 abi_psci_version(const struct abi_model *m)
{
	if (!(m->features & F_PSCI_0_2))
		return 1;

	return m->psci_version ?: m->host->psci_version;
}

/* Firmware, bitmap and hypercall identity registers; -ENOENT if there is none */
static int get_fw(const struct abi_model *m, u64 id, u64 *val)
{
	if (abi_is_hcid(id)) {
		*val = id == FEATURES_2_ID ? m->features_2 : 0;
		return 0;
	}

	switch (id) {
	case ID_FW(0):
		*val = abi_psci_version(m);
		return 0;
	case ID_FW(1):
	case ID_FW(2):
	case ID_FW(3):
		*val = m->host->workarounds[id - ID_FW(1)];
		return 0;
	case ID_BITMAP(STD):
	case ID_BITMAP(STD_HYP):
	case ID_BITMAP(VENDOR):
	case ID_BITMAP(VENDOR_2):
		*val = m->bitmaps[id - ID_BITMAP(0)];
		return 0;
	}

	return -ENOENT;
}

/* A value that is fixed once the VM has run */
static int set_fixed(const struct abi_model *m, u64 *reg, u64 bits, u64 val)
{
	if (val & ~bits)
		return -EINVAL;
	if (m->ran && val != *reg)
		return -EBUSY;

	*reg = val;
	return 0;
}

static int set_psci_version(struct abi_model *m, u64 val)
{
	bool old = val == 1;

	if (!old && val != 2 && (val < 0x10000 || val > m->host->psci_version))
		return -EINVAL;
	if (old == !!(m->features & F_PSCI_0_2))
		return -EINVAL;

	m->psci_version = val;
	return 0;
}

static int set_fw(struct abi_model *m, u64 id, u64 val)
{
	if (abi_is_hcid(id)) {
		/* Reads as zero, ignores writes */
		if (!m->hcid)
			return 0;
		if (id != FEATURES_2_ID)
			return val ? -EINVAL : 0;
		return set_fixed(m, &m->features_2, FEATURES_2_BIT, val);
	}

	switch (id) {
	case ID_FW(0):
		return set_psci_version(m, val);
	case ID_FW(1):
	case ID_FW(3):
		return val > m->host->workarounds[id - ID_FW(1)] ? -EINVAL : 0;
	case ID_BITMAP(STD):
	case ID_BITMAP(STD_HYP):
	case ID_BITMAP(VENDOR):
	case ID_BITMAP(VENDOR_2):
		id -= ID_BITMAP(0);
		return set_fixed(m, &m->bitmaps[id], m->host->bitmaps[id].mask, val);
	}

	return -ENOENT;
}

/* Each field can be lowered */
static int set_mmfr3(struct abi_model *m, u64 val)
{
	static const u64 fields[] = { 0xf, 0xf0, 0xf00, 0xf0000 };
	u64 rest = m->host->mmfr3 ^ val;
	int i;

	if (m->ran)
		return val == m->mmfr3 ? 0 : -EBUSY;

	for (i = 0; i < 4; i++) {
		if ((val & fields[i]) > (m->host->mmfr3 & fields[i]))
			return -EINVAL;
		rest &= ~fields[i];
	}
	if (rest)
		return -EINVAL;

	m->mmfr3 = val;
	return 0;
}

/* Those that the host has, up to one of them */
static int set_sve_vls(struct abi_model *m, struct abi_vcpu *vcpu, u64 val)
{
	u64 up_to = val;
	int i;

	if (vcpu->finalized)
		return -EPERM;

	for (i = 1; i < 64; i <<= 1)
		up_to |= up_to >> i;
	if (!val || val != (m->host->sve_vls & up_to))
		return -EINVAL;

	vcpu->sve_vls = val;
	return 0;
}

/* What both directions check first. Returns 1 if it is for the caller to go on. */
static int check_reg(const struct abi_model *m, const struct abi_op *op)
{
	if (!m->vcpus[op->vcpu].init)
		return -ENOEXEC;
	if ((op->a & ~ID_SIZE) >> 32 != 0x60000000)
		return -EINVAL;

	return 1;
}

static bool is_fw(u64 id)
{
	return ID_COPROC(id) == COPROC_FW || ID_COPROC(id) == COPROC_BITMAP;
}

static bool has_pmmir(const struct abi_model *m)
{
	return m->host->pmmir && (m->features & F_PMU);
}

bool abi_get_reg(struct abi_model *m, const struct abi_op *op, struct abi_result *want)
{
	struct abi_vcpu *vcpu = &m->vcpus[op->vcpu];
	int i = abi_find_hidden(op->a);
	u64 size = 8;

	want->err = check_reg(m, op);
	if (want->err <= 0)
		return true;

	want->err = 0;
	if (is_fw(op->a)) {
		want->err = get_fw(m, op->a, &want->values[0]);
	} else if (op->a == ID_SVE_VLS) {
		size = 64;
		if (!(m->features & F_SVE))
			want->err = -ENOENT;
		want->values[0] = vcpu->sve_vls;
	} else if (op->a == MMFR3) {
		want->values[0] = m->mmfr3;
	} else if (op->a == PMMIR) {
		if (!has_pmmir(m))
			want->err = -ENOENT;
	} else if (i >= 0 && abi_is_hidden(m, i)) {
		want->err = -ENOENT;
	} else if (i >= 0 && !abi_hidden[i].features) {
		want->values[0] = vcpu->hidden[i];
	} else {
		return false;
	}

	if (!want->err)
		want->nr_values = size / 8;

	return true;
}

bool abi_set_reg(struct abi_model *m, const struct abi_op *op, struct abi_result *want)
{
	struct abi_vcpu *vcpu = &m->vcpus[op->vcpu];
	int i = abi_find_hidden(op->a);

	want->err = check_reg(m, op);
	if (want->err <= 0)
		return true;

	if (is_fw(op->a)) {
		/* KVM takes the value of WORKAROUND_2 by what the CPU has */
		if (op->a == ID_FW(2))
			return false;
		if ((op->a & ID_SIZE) != (ID_ARM64_U64 & ID_SIZE))
			want->err = -ENOENT;
		else
			want->err = set_fw(m, op->a, op->b);
	} else if (op->a == ID_SVE_VLS) {
		want->err = m->features & F_SVE ? set_sve_vls(m, vcpu, op->b) : -ENOENT;
	} else if (op->a == MMFR3) {
		want->err = set_mmfr3(m, op->b);
	} else if (i >= 0 && abi_is_hidden(m, i)) {
		/* As if it weren't there, but for a write that changes nothing */
		want->err = abi_hidden[i].stored && op->b == vcpu->hidden[i] ? 0 : -ENOENT;
	} else if (i >= 0 && !abi_hidden[i].features) {
		/* Bits that don't exist may vanish, or change what the guest does */
		if (op->b & ~abi_hidden[i].safe)
			return false;
		want->err = 0;
		vcpu->hidden[i] = op->b;
	} else if (op->a == PMMIR && !(has_pmmir(m) && op->b)) {
		want->err = has_pmmir(m) ? 0 : -ENOENT;
	} else {
		return false;
	}

	return true;
}
