// SPDX-License-Identifier: GPL-2.0-only
/*
 * A model of KVM's ABI, see abi_model.h: what the guest's calls are told.
 */
#include <string.h>

#include "abi_model_impl.h"

/* What FEATURES_2 says of an owner and word: services by their first function */
static u64 services(const struct abi_model *m, u32 owner, u32 word)
{
	switch (owner << 8 | word) {
	case 0x401:
		return m->bitmaps[STD] & 1 ? BIT64(0x50 - 64) : 0;
	case 0x500:
		return m->bitmaps[STD_HYP] & 1 ? BIT64(0x20) : 0;
	case 0x600:
		return m->bitmaps[VENDOR];
	case 0x601:
		return m->bitmaps[VENDOR_2] | m->features_2;
	}

	return 0;
}

static void call_features_2(const struct abi_model *m, const struct abi_op *op, u64 *r)
{
	u32 owner = op->b, word = op->c;
	u64 val;

	if ((owner != 0 && owner != 4 && owner != 5 && owner != 6) || word >= WORDS) {
		r[0] = INVALID;
		return;
	}

	val = services(m, owner, word);
	r[0] = 0;
	r[1] = val & LOW_BITS(32);
	r[2] = val >> 32;
}

static void call_features(const struct abi_model *m, u64 *r)
{
	u64 words[] = { services(m, 6, 0), services(m, 6, 1) };
	int i;

	for (i = 0; i < 4; i++)
		r[i] = i & 1 ? words[i / 2] >> 32 : words[i / 2] & LOW_BITS(32);
}

static bool call_trng(u32 func, const struct abi_op *op, struct abi_result *want)
{
	static const u32 uuid[] = { 0x00e0210d, 0xeb118443, 0x44527080, 0x4c5a4e55 };
	u32 arg = op->b, max = func == 0xc4000053 ? 192 : 96;
	int i;

	switch (func) {
	case 0x84000050:		/* VERSION */
		want->values[0] = 0x10000;
		return true;
	case 0x84000051:		/* FEATURES */
		if ((arg >= 0x84000050 && arg <= 0x84000053) || arg == 0xc4000053)
			want->values[0] = 0;
		return true;
	case 0x84000052:		/* GET_UUID */
		for (i = 0; i < 4; i++)
			want->values[i] = uuid[i];
		return true;
	case 0x84000053:		/* RND: nobody knows */
	case 0xc4000053:
		want->values[0] = arg > max ? TRNG_INVALID : 0;
		want->nr_values = arg > max ? 4 : 1;
		return true;
	}

	return false;
}

/* What no register of the model governs */
static void call_host(const struct abi_model *m, const struct abi_op *op, u64 *r)
{
	m->host->answer(m->features & F_PSCI_0_2, abi_psci_version(m), op->a, op->b, r);
}

/* False if there is nothing to be said */
static bool call(const struct abi_model *m, const struct abi_op *op, struct abi_result *want)
{
	u32 func = op->a;
	u64 *r = want->values;

	switch (func) {
	case 0x80000001:		/* ARCH_FEATURES */
		if ((u32)op->b != 0xc5000020)
			call_host(m, op, r);
		else if (m->bitmaps[STD_HYP] & 1)
			r[0] = 0;	/* PV_TIME_FEATURES */
		return true;
	case 0x80000000:		/* SMCCC_VERSION */
	case 0x80000002 ... 0x8000ffff:
	case 0xc0000000 ... 0xc000ffff:
	case 0x84000000:		/* PSCI_VERSION */
	case 0x84000006:		/* PSCI_MIGRATE_INFO_TYPE */
	case 0x8400000a:		/* PSCI_FEATURES */
		call_host(m, op, r);
		return true;
	case 0x84000001 ... 0x84000005:
	case 0x84000007 ... 0x84000009:
	case 0x8400000b ... 0x8400001f:
	case 0xc4000000 ... 0xc400001f:
	case 0x95c1ba5e ... 0x95c1ba61:	/* of PSCI 0.1 */
		/* These do something */
		return false;
	case 0x84000050 ... 0x84000053:
	case 0xc4000053:
		return !(m->bitmaps[STD] & 1) || call_trng(func, op, want);
	case 0xc5000020:		/* PV_TIME: there is no record of stolen time */
	case 0xc5000021:
		return true;
	case 0x8600ff01:		/* UID */
		if (m->bitmaps[VENDOR] & 1) {
			r[0] = 0xb66fb428;
			r[1] = 0xe911c52e;
			r[2] = 0x564bcaa9;
			r[3] = 0x743a004d;
		}
		return true;
	case 0x86000000:		/* KVM_FEATURES */
		if (m->bitmaps[VENDOR] & 1)
			call_features(m, r);
		return true;
	case 0x86000001:		/* PTP: what time is it? */
		if (m->bitmaps[VENDOR] & 2)
			want->nr_values = 0;
		return true;
	case 0x8600007f:		/* FEATURES_2 */
		if (m->features_2)
			call_features_2(m, op, r);
		return true;
	}

	return true;
}

static bool do_call(struct abi_model *m, const struct abi_op *op, struct abi_result *want)
{
	const struct abi_vcpu *vcpu = &m->vcpus[op->vcpu];
	u32 func = op->a, action = 0;
	int i;

	if (!vcpu->init) {
		want->err = -ENOEXEC;
		return true;
	}
	if (!vcpu->finalized) {
		want->err = -EPERM;
		return true;
	}

	for (i = 0; i < m->nr_ranges; i++) {
		if (func >= m->ranges[i].first && func <= m->ranges[i].last)
			action = m->ranges[i].action;
	}

	want->nr_values = 4;
	want->values[0] = NOT_SUPPORTED;
	if (action == 2)
		want->to_user = true;
	else if (action == 0 && !call(m, op, want))
		return false;

	/* The first run settles what depends on each other */
	m->ran = true;
	m->mmfr3 &= m->host->mmfr3_after_run;
	if (!(m->mmfr3 & 0xf))
		m->mmfr3 &= ~0xf0f00ULL;

	return true;
}

bool abi_model_do(struct abi_model *m, const struct abi_op *op, struct abi_result *want)
{
	bool of_vcpu = op->kind >= ABI_INIT;

	memset(want, 0, sizeof(*want));
	if (of_vcpu && !m->vcpus[op->vcpu].created)
		return false;

	switch (op->kind) {
	case ABI_ENABLE_CAP:
		want->err = abi_enable_cap(m, op);
		return true;
	case ABI_CHECK_CAP:
		return abi_check_cap(op, want);
	case ABI_GET_MASKS:
		want->err = abi_get_masks(m, op, want);
		return true;
	case ABI_SMCCC_FILTER:
		if (m->nr_ranges > ABI_MAX_RANGES - 3)
			return false;
		want->err = abi_smccc_filter(m, op);
		return true;
	case ABI_CREATE_VCPU:
		if (m->vcpus[op->vcpu].created || m->ran)
			return false;
		m->vcpus[op->vcpu].created = true;
		return true;
	case ABI_INIT:
		want->err = abi_init(m, op);
		return true;
	case ABI_FINALIZE:
		want->err = abi_finalize(m, op);
		return true;
	case ABI_GET_LIST:
		want->err = abi_get_list(m, op, want);
		return true;
	case ABI_GET_REG:
		return abi_get_reg(m, op, want);
	case ABI_SET_REG:
		return abi_set_reg(m, op, want);
	case ABI_CALL:
		return do_call(m, op, want);
	default:
		return false;
	}
}
