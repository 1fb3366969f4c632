// SPDX-License-Identifier: GPL-2.0-only
/*
 * A model of KVM's ABI, see abi_model.h: the VM, its vCPUs, and the lists.
 */
#include <string.h>

#include "abi_model_impl.h"

/* Of the window */
static const u8 owners[] = { 0, 4, 5, 6 };

const struct abi_hidden abi_hidden[ABI_NR_HIDDEN] = {
	{ ID_SYSREG(3, 0, 2, 0, 3), 0xf, 0, 0, 2, true },		/* TCR2_EL1: TCRX */
	{ ID_SYSREG(3, 0, 10, 2, 2), 0xf00, 0, UNKNOWN, ~0ULL, true },	/* PIRE0_EL1: S1PIE */
	{ ID_SYSREG(3, 0, 10, 2, 3), 0xf00, 0, UNKNOWN, ~0ULL, true },	/* PIR_EL1 */
	{ ID_SYSREG(3, 0, 10, 2, 4), 0xf0000, 0, UNKNOWN, ~0ULL, false },	/* POR_EL1: S1POE */
	{ ID_SYSREG(3, 3, 10, 2, 4), 0xf0000, 0, UNKNOWN, ~0ULL, false },	/* POR_EL0 */
	{ ID_SYSREG(3, 0, 1, 0, 3), 0xf0, 0, 0, 0, false },		/* SCTLR2_EL1: SCTLRX */
	{ ID_SYSREG(3, 0, 2, 1, 0), 0, F_PAUTH, UNKNOWN, 0, false },	/* APIAKEYLO_EL1 */
	{ ID_SYSREG(3, 0, 1, 2, 0), 0, F_SVE, 0, 0, false },		/* ZCR_EL1 */
};

int abi_find_hidden(u64 id)
{
	int i;

	for (i = 0; i < ABI_NR_HIDDEN; i++) {
		if (abi_hidden[i].id == id)
			return i;
	}

	return -1;
}

bool abi_is_hidden(const struct abi_model *m, int i)
{
	if (abi_hidden[i].features)
		return !(m->features & abi_hidden[i].features);

	return !(m->mmfr3 & abi_hidden[i].mmfr3);
}

void abi_model_init(struct abi_model *m, const struct abi_host *host)
{
	int i;

	memset(m, 0, sizeof(*m));
	m->host = host;
	m->mmfr3 = host->mmfr3;
	for (i = 0; i < 4; i++)
		m->bitmaps[i] = host->bitmaps[i].reset;
}

static int append_window(u64 *list, int n)
{
	int i;

	for (i = 0; i < WINDOW; i++)
		list[n++] = ID_FW(0x1000 | owners[i / WORDS] << 6 | i % WORDS);

	return n;
}

/* The host's list, less hidden registers, and the window after firmware registers */
static int make_list(struct abi_model *m, u64 filter)
{
	const u64 *base;
	int i, nr_base, hidden, n = 0;

	base = m->host->list(m->features, filter, &nr_base);

	for (i = 0; i < nr_base; i++) {
		hidden = abi_find_hidden(base[i]);
		if (hidden >= 0 && abi_is_hidden(m, hidden))
			continue;

		m->list[n++] = base[i];
		if (!filter && m->hcid && base[i] == ID_BITMAP(VENDOR_2))
			n = append_window(m->list, n);
	}

	return filter && m->hcid ? append_window(m->list, n) : n;
}

int abi_get_list(struct abi_model *m, const struct abi_op *op, struct abi_result *want)
{
	const struct abi_vcpu *vcpu = &m->vcpus[op->vcpu];
	u64 filter = m->filters ? op->a & ~LOW_BITS(32) : 0;
	int n;

	if (!vcpu->init)
		return -ENOEXEC;
	if (filter & ~LIST_ALL)
		return -EINVAL;
	if (!filter && !vcpu->finalized)
		return -EPERM;

	n = make_list(m, filter);
	want->n = n;
	if ((op->a & LOW_BITS(32)) < n)
		return -E2BIG;

	want->nr_values = n;
	want->list = m->list;
	return 0;
}

int abi_enable_cap(struct abi_model *m, const struct abi_op *op)
{
	int i;

	/* The value doesn't matter, nor where it is */
	if (op->b || op->d)
		return -EINVAL;
	if (op->a != ABI_CAP_FILTER && !m->filters)
		return -EINVAL;

	for (i = 0; i < ABI_VCPUS; i++) {
		if (m->vcpus[i].created)
			return -EINVAL;
	}

	if (op->a == ABI_CAP_FILTER)
		m->filters = true;
	else
		m->hcid = true;

	return 0;
}

bool abi_check_cap(const struct abi_op *op, struct abi_result *want)
{
	switch (op->a) {
	case ABI_CAP_FILTER:
		want->ret = LIST_ALL >> 32;
		return true;
	case ABI_CAP_HCID:
		want->ret = WINDOW;
		return true;
	case ABI_CAP_MASK_RANGES:
		want->ret = 3;
		return true;
	}

	return false;
}

int abi_get_masks(struct abi_model *m, const struct abi_op *op, struct abi_result *want)
{
	int i;

	if (op->b || op->a > 1)
		return -EINVAL;

	/* The masks of the ID registers are another test's */
	if (op->a == 0)
		return 0;

	for (i = 0; i < WINDOW; i++)
		m->list[i] = 0;
	m->list[3 * WORDS + 1] = FEATURES_2_BIT;
	want->nr_values = WINDOW;
	want->list = m->list;
	return 0;
}

static bool add_range(struct abi_model *m, u32 first, u32 last, u32 action)
{
	int i;

	for (i = 0; i < m->nr_ranges; i++) {
		if (first <= m->ranges[i].last && last >= m->ranges[i].first)
			return false;
	}

	m->ranges[m->nr_ranges].first = first;
	m->ranges[m->nr_ranges].last = last;
	m->ranges[m->nr_ranges++].action = action;
	return true;
}

int abi_smccc_filter(struct abi_model *m, const struct abi_op *op)
{
	u32 first = op->a, last = first + (u32)op->b - 1;

	if (op->d || !(u32)op->b || last < first || op->c > 2)
		return -EINVAL;
	if (m->ran)
		return -EBUSY;

	/* The architecture's calls are never userspace's */
	if (!m->nr_ranges) {
		add_range(m, 0x80000000, 0x8000ffff, 0);
		add_range(m, 0xc0000000, 0xc000ffff, 0);
	}

	return add_range(m, first, last, op->c) ? 0 : -EEXIST;
}

int abi_init(struct abi_model *m, const struct abi_op *op)
{
	struct abi_vcpu *vcpu = &m->vcpus[op->vcpu];
	int i;

	if (op->a & F_UNKNOWN)
		return -ENOENT;
	if (op->a & ~m->host->features)
		return -EINVAL;
	if ((op->a & F_PAUTH) && (op->a & F_PAUTH) != F_PAUTH)
		return -EINVAL;
	if (m->configured && m->features != op->a)
		return -EINVAL;

	m->configured = true;
	m->features = op->a;
	vcpu->init = true;
	if (!(m->features & F_SVE))
		vcpu->finalized = true;
	else if (!vcpu->finalized)
		vcpu->sve_vls = m->host->sve_vls;
	for (i = 0; i < ABI_NR_HIDDEN; i++)
		vcpu->hidden[i] = abi_hidden[i].reset;

	return 0;
}

int abi_finalize(struct abi_model *m, const struct abi_op *op)
{
	struct abi_vcpu *vcpu = &m->vcpus[op->vcpu];

	if (!vcpu->init)
		return -ENOEXEC;
	if (BIT64(op->a) != F_SVE || !(m->features & F_SVE))
		return -EINVAL;
	if (vcpu->finalized)
		return -EPERM;

	vcpu->finalized = true;
	return 0;
}
