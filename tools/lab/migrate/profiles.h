/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the VMMs of the lab need of profiles and of kvm_feat's table of registers, and
 * kvm_feat itself does not.
 */
#ifndef LAB_PROFILES_H
#define LAB_PROFILES_H

#include <stdlib.h>

#include "profile.h"	/* of kvm_feat, as is regs.h */
#include "regs.h"

/* Without the facts of the host. Returns 0, or -1 with "file:line: what" in @err */
static inline int profile_load(struct profile *p, const char *path, char *err, size_t size)
{
	size_t len;
	char *text = profile_read(path, &len, err, size);
	int ret = text ? profile_parse(p, path, text, len, err, size) : -1;

	free(text);
	while (!ret && p->nr && regs_is_fact(p->regs[p->nr - 1].id))
		p->nr--;
	return ret;
}

/* Hexadecimal without leading zeroes; returns @buf */
#define PROFILE_HEX_LEN	(2 + 16 * PROFILE_WORDS + 1)
static inline const char *profile_hex(char *buf, const __u64 *val)
{
	int top = PROFILE_WORDS - 1, n;

	while (top && !val[top])
		top--;
	n = sprintf(buf, "0x%llx", (unsigned long long)val[top]);
	while (top--)
		n += sprintf(buf + n, "%016llx", (unsigned long long)val[top]);
	return buf;
}

/* What reset_unknown() leaves in a register is in the streams of 6.12 */
#define RESET_UNKNOWN	0x1de7ec7edbadc0deULL

/*
 * Kernels up to 6.12 list some registers also to VMs without the feature, and later ones
 * do not know them then. A stream may drop such a register while it has the value @reset,
 * where neither kernel tells classes.
 */
static inline bool regs_listed_by_mistake(__u64 id, __u64 *reset)
{
	static const struct {
		__u64 id, reset;
	} listed[] = {
		{ SYSREG(3, 0, 2, 0, 3), 0 },			/* TCR2_EL1 */
		{ SYSREG(3, 0, 10, 2, 2), RESET_UNKNOWN },	/* PIRE0_EL1 */
		{ SYSREG(3, 0, 10, 2, 3), RESET_UNKNOWN },	/* PIR_EL1 */
	};

	for (size_t i = 0; i < ARRAY_SIZE(listed); i++) {
		if (id != listed[i].id)
			continue;
		*reset = listed[i].reset;
		return true;
	}
	return false;
}

#endif /* LAB_PROFILES_H */
