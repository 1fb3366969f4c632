/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __ARM64_KVM_REG_LIST_H__
#define __ARM64_KVM_REG_LIST_H__

#include <linux/types.h>
#include <linux/uaccess.h>

/* How far KVM_GET_REG_LIST has got */
struct reg_list_walk {
	u64		filter;		/* KVM_REG_LIST_* that registers must have */
	u64 __user	*uindices;	/* NULL to only count the registers */
	unsigned int	max;		/* that fit at @uindices */
	unsigned int	n;		/* found so far */
};

/* @class: the KVM_REG_LIST_* of the register, 0 for the state of a vCPU */
static inline int reg_list_add(struct reg_list_walk *walk, u64 id, u64 class)
{
	if ((class & walk->filter) != walk->filter)
		return 0;

	if (walk->uindices) {
		/* There can be more than have been counted */
		if (walk->n == walk->max)
			return -E2BIG;

		if (put_user(id, walk->uindices + walk->n))
			return -EFAULT;
	}

	walk->n++;
	return 0;
}

#endif /* __ARM64_KVM_REG_LIST_H__ */
