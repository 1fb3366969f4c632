// SPDX-License-Identifier: GPL-2.0-only
/*
 * kvm_feat's table of classes against what a kernel says: for each register that vCPUs of this
 * host list, and some features more. For kernels with KVM_CAP_REG_LIST_FILTER, to run on arm64.
 */
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "regs.h"	/* of kvm_feat */

#ifndef KVM_CAP_REG_LIST_FILTER
#define KVM_CAP_REG_LIST_FILTER	252
#endif
#ifndef KVM_CAP_ARM_HCID
#define KVM_CAP_ARM_HCID	253
#endif
#define MAX_LIST	8192

static struct kvm_reg_list *get_list(int vcpu, __u64 filter)
{
	struct kvm_reg_list *list = calloc(1, sizeof(*list) + MAX_LIST * sizeof(__u64));

	list->n = MAX_LIST | filter << 32;
	if (ioctl(vcpu, KVM_GET_REG_LIST, list)) {
		perror("KVM_GET_REG_LIST");
		exit(2);
	}
	return list;
}

/* Returns how many registers differ; a host without the features has none */
static unsigned int compare(int kvm, __u32 features, unsigned int *nr)
{
	struct kvm_enable_cap filter = { .cap = KVM_CAP_REG_LIST_FILTER };
	struct kvm_vcpu_init init = {
		.target = KVM_ARM_TARGET_GENERIC_V8, .features[0] = features,
	};
	struct kvm_enable_cap hcid = { .cap = KVM_CAP_ARM_HCID };
	struct kvm_reg_list *all, *passed[3] = {};
	int vm = ioctl(kvm, KVM_CREATE_VM, 0), vcpu, sve = KVM_ARM_VCPU_SVE;
	unsigned int bad = 0;

	if (vm < 0 || ioctl(vm, KVM_ENABLE_CAP, &filter)) {
		printf("ok - # SKIP no KVM_CAP_REG_LIST_FILTER\n");
		exit(0);
	}
	ioctl(vm, KVM_ENABLE_CAP, &hcid);
	vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	if (vcpu < 0 || ioctl(vcpu, KVM_ARM_VCPU_INIT, &init))
		goto out;
	if (features >> KVM_ARM_VCPU_SVE & 1)
		ioctl(vcpu, KVM_ARM_VCPU_FINALIZE, &sve);
	all = get_list(vcpu, 0);
	for (int i = 0; i < 3; i++)
		passed[i] = get_list(vcpu, 1ULL << i);
	for (__u64 i = 0; i < all->n; i++, ++*nr) {
		__u64 id = all->reg[i];
		unsigned int class = 0;
		char name[REGS_NAME_LEN];

		for (int f = 0; f < 3; f++)
			for (__u64 n = 0; n < passed[f]->n; n++)
				class |= (passed[f]->reg[n] == id) << f;
		if (class == regs_class(id))
			continue;
		bad++;
		printf("# %s: class %u, in the table %u\n", regs_name(name, sizeof(name), id),
		       class, regs_class(id));
	}
	free(all);
	for (int i = 0; i < 3; i++)
		free(passed[i]);
	close(vcpu);
out:
	close(vm);
	return bad;
}

int main(void)
{
	static const __u32 features[] = { 0x4, 0xc, 0x7c, 0x8c, 0x6 };
	int kvm = open("/dev/kvm", O_RDWR);
	unsigned int nr = 0, bad = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(features); i++)
		bad += compare(kvm, features[i], &nr);
	printf("%s - %u registers, %u with another class\n", bad ? "not ok" : "ok", nr, bad);
	return bad || !nr;
}
