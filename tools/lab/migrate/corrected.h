/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How the VMMs of the lab name a correction: a value of an ID register that KVM has taken,
 * and that reads back with other bits where userspace can set none. A line for each field,
 * with the whole register behind it, which judge.awk compares with what the guest sees.
 */
#ifndef LAB_CORRECTED_H
#define LAB_CORRECTED_H

#include <stdio.h>

#include "regs.h"	/* of kvm_feat */

static void print_corrected(__u64 id, __u64 wrote, __u64 read)
{
	const struct regs_desc *desc = regs_find(id);
	const struct regs_field *f = desc ? desc->fields : NULL;
	char name[REGS_NAME_LEN], bits[16];
	bool said = false;

	regs_name(name, sizeof(name), id);

	for (; f && f->kind; f++) {
		if (regs_field_get(f, wrote) == regs_field_get(f, read))
			continue;

		snprintf(bits, sizeof(bits), "[%d:%d]", f->msb, f->lsb);
		fprintf(stderr, "corrected: %s.%s %lld -> %lld (0x%llx reads back as 0x%llx)\n",
			name, f->name[0] ? f->name : bits, regs_field_get(f, wrote),
			regs_field_get(f, read), wrote, read);
		said = true;
	}

	if (!said)
		fprintf(stderr, "corrected: %s 0x%llx -> 0x%llx (0x%llx reads back as 0x%llx)\n",
			name, wrote, read, wrote, read);
}

#endif /* LAB_CORRECTED_H */
