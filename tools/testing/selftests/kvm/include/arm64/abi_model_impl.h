/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of the model share. All constants of the ABI are repeated here
 * on purpose, instead of being taken from the UAPI headers, so that a changed
 * header can't change the model with it.
 */
#ifndef ABI_MODEL_IMPL_H
#define ABI_MODEL_IMPL_H

#include <errno.h>

#include "abi_model.h"

#define BIT64(n)		(1ULL << (n))
#define LOW_BITS(n)		((1ULL << (n)) - 1)

#define F_PSCI_0_2		BIT64(2)
#define F_PMU			BIT64(3)
#define F_SVE			BIT64(4)
#define F_PAUTH			(BIT64(5) | BIT64(6))
#define F_UNKNOWN		(~0ULL << 16)

#define LIST_FEATURE		BIT64(32)
#define LIST_OPTIONAL		BIT64(33)
#define LIST_VM			BIT64(34)
#define LIST_ALL		(LIST_FEATURE | LIST_OPTIONAL | LIST_VM)

#define ID_ARM64_U64		0x6030000000000000ULL
#define ID_SIZE			0x00f0000000000000ULL
#define ID_COPROC(id)		((id) >> 16 & 0xfff)
#define COPROC_SYSREG		0x13
#define COPROC_FW		0x14
#define COPROC_BITMAP		0x16
#define ID_SYSREG(op0, op1, n, m, op2)						\
	(ID_ARM64_U64 | COPROC_SYSREG << 16 | (op0) << 14 | (op1) << 11 |	\
	 (n) << 7 | (m) << 3 | (op2))
#define ID_FW(n)		(ID_ARM64_U64 | COPROC_FW << 16 | (n))
#define ID_BITMAP(n)		(ID_ARM64_U64 | COPROC_BITMAP << 16 | (n))
#define ID_SVE_VLS		0x606000000015ffffULL

#define MMFR3			ID_SYSREG(3, 0, 0, 7, 3)
#define PMMIR			ID_SYSREG(3, 0, 9, 14, 6)

/* Functions 0-511 of four owners */
#define WORDS			8
#define WINDOW			32

#define FEATURES_2_ID		ID_FW(0x1000 | 6 << 6 | 1)
#define FEATURES_2_BIT		BIT64(63)

enum { STD, STD_HYP, VENDOR, VENDOR_2 };

#define UNKNOWN			0x1de7ec7edbadc0deULL
#define NOT_SUPPORTED		(~0ULL)
#define INVALID			(~0ULL - 2)
#define TRNG_INVALID		(~0ULL - 1)

/* Registers that a VM may not have: with a field of ID_AA64MMFR3_EL1, or vCPU features */
struct abi_hidden {
	u64 id, mmfr3, features, reset, safe;
	bool stored;	/* takes the value that it has, while it is hidden */
};

extern const struct abi_hidden abi_hidden[ABI_NR_HIDDEN];

/* -1 if it is none of them */
int abi_find_hidden(u64 id);
bool abi_is_hidden(const struct abi_model *m, int i);

static inline bool abi_is_hcid(u64 id)
{
	return id >= ID_FW(0x1000) && id <= ID_FW(0x1fff);
}

int abi_enable_cap(struct abi_model *m, const struct abi_op *op);
bool abi_check_cap(const struct abi_op *op, struct abi_result *want);
int abi_get_masks(struct abi_model *m, const struct abi_op *op, struct abi_result *want);
int abi_smccc_filter(struct abi_model *m, const struct abi_op *op);
int abi_init(struct abi_model *m, const struct abi_op *op);
int abi_finalize(struct abi_model *m, const struct abi_op *op);
int abi_get_list(struct abi_model *m, const struct abi_op *op, struct abi_result *want);

u64 abi_psci_version(const struct abi_model *m);
bool abi_get_reg(struct abi_model *m, const struct abi_op *op, struct abi_result *want);
bool abi_set_reg(struct abi_model *m, const struct abi_op *op, struct abi_result *want);

#endif /* ABI_MODEL_IMPL_H */
