// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a VMM does to keep a guest's ABI when its host kernel changes: the whole
 * of it, as a preload around a QEMU that knows nothing of it. The worked example of
 * the rule in Documentation/virt/kvm/arm/hcid.rst.
 *
 *	HCID_PROFILE=fleet.profile LD_PRELOAD=preload.so qemu-system-aarch64 ...
 *
 * The profile has the feature registers that guests of the fleet shall have, as
 * "kvm_feat dump" writes them on the oldest kernel. Then, on any kernel:
 *
 *  1. Opt in: KVM_CREATE_VM is followed by KVM_ENABLE_CAP.
 *  2. Pin: KVM_ARM_VCPU_INIT is followed by writes of the profile's values, and
 *     of zero to each clearable register that the profile lacks. What is not in
 *     the profile is what was not there when it was written.
 *  3. Leave out what is absent: KVM_GET_REG_LIST does not show clearable
 *     registers that are zero, unless the profile has them. So the registers in
 *     the stream, too, are those of the profile's kernel.
 *
 * None of it knows what any of the registers is for. A VMM that has its own
 * migration stream would drop all clearable zeroes when it saves, and clear what
 * a stream lacks when it restores; QEMU compares lists register by register, so
 * here it is the profile that says which ones both sides are to show.
 *
 * Without a profile, the values are the kernel's defaults, and a guest is as it
 * would be without this preload. On a kernel without the capabilities, nothing
 * is changed, and that is said.
 */
#include <asm/kvm.h>
#include <errno.h>
#include <linux/kvm.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "profile.h"	/* tools/kvm/kvm_feat: the parser of profiles, */
#include "regs.h"	/* and the names of registers */

#define CLEARABLE	(KVM_REG_LIST_FEATURE | KVM_REG_LIST_CLEARABLE)
#define LIST_MAX	2048

struct reg_list {
	__u64 n;
	__u64 reg[LIST_MAX];
};

static struct profile profile;	/* empty: none given */
static bool opted_in;

static int kvm(int fd, unsigned int request, void *arg)
{
	return syscall(SYS_ioctl, fd, request, arg);
}

#define say(fmt, ...)	fprintf(stderr, "hcid: " fmt "\n", ##__VA_ARGS__)

/* As every VMM of the lab says it */
static void say_refused(__u64 id, const __u64 *val, const char *why)
{
	char name[40], hex[PROFILE_HEX_LEN];

	fprintf(stderr, "refused: %s %s: %s\n", regs_name(name, sizeof(name), id),
		profile_hex(hex, val), why);
}

static int get_reg(int vcpu, __u64 id, __u64 *val)
{
	struct kvm_one_reg reg = { .id = id, .addr = (unsigned long)val };

	memset(val, 0, PROFILE_WORDS * sizeof(*val));
	return kvm(vcpu, KVM_GET_ONE_REG, &reg);
}

static int set_reg(int vcpu, __u64 id, const __u64 *val)
{
	struct kvm_one_reg reg = { .id = id, .addr = (unsigned long)val };
	__u64 old[PROFILE_WORDS];

	/*
	 * Most are what they should be: those that the VM's other vCPUs share, or
	 * that a reset does not change. -EBUSY is for a VM that has run, the first
	 * KVM_ARM_VCPU_INIT of which has been here.
	 */
	if (!get_reg(vcpu, id, old) && !memcmp(old, val, sizeof(old)))
		return 0;
	if (!kvm(vcpu, KVM_SET_ONE_REG, &reg) || errno == EBUSY)
		return 0;
	say_refused(id, val, strerror(errno));
	return -1;
}

static int get_list(int vcpu, __u64 filter, struct reg_list *list)
{
	list->n = filter | LIST_MAX;
	return kvm(vcpu, KVM_GET_REG_LIST, list);
}

static bool is_listed(const struct reg_list *list, __u64 id)
{
	for (__u64 i = 0; i < list->n; i++)
		if (list->reg[i] == id)
			return true;
	return false;
}

static void load_profile(void)
{
	const char *path = getenv("HCID_PROFILE");
	char err[256];

	if (!path || profile.nr)
		return;
	if (profile_load(&profile, path, err, sizeof(err))) {
		say("%s", err);
		exit(EXIT_FAILURE);
	}
}

static bool enable(int vm, int cap)
{
	struct kvm_enable_cap enable = { .cap = cap };

	return !kvm(vm, KVM_ENABLE_CAP, &enable);
}

static int create_vm(int fd, void *type)
{
	int vm = kvm(fd, KVM_CREATE_VM, type);

	if (vm < 0)
		return vm;
	load_profile();
	opted_in = enable(vm, KVM_CAP_REG_LIST_FILTER) && enable(vm, KVM_CAP_ARM_HCID);
	return vm;
}

static bool is_zero(const __u64 *val)
{
	static const __u64 zero[PROFILE_WORDS];

	return !memcmp(val, zero, sizeof(zero));
}

/* Without the capabilities: is there what the profile wants? */
static int check_profile(int vcpu)
{
	__u64 val[PROFILE_WORDS];
	int ret = 0;

	say("this kernel lacks KVM_CAP_REG_LIST_FILTER or KVM_CAP_ARM_HCID: nothing is changed");
	for (size_t i = 0; i < profile.nr; i++) {
		const struct profile_reg *r = &profile.regs[i];

		if (!is_zero(r->val) && get_reg(vcpu, r->id, val) && errno == ENOENT) {
			say_refused(r->id, r->val, "this kernel has no such register");
			ret = -1;
		}
	}
	return ret;
}

static int apply_profile(int vcpu)
{
	static const __u64 zero[PROFILE_WORDS];
	struct reg_list clearable;
	int ret = 0;

	if (get_list(vcpu, CLEARABLE, &clearable))
		return -1;
	for (size_t i = 0; i < profile.nr; i++) {
		const struct profile_reg *r = &profile.regs[i];

		/* A register that this kernel lacks may well be absent */
		if (r->clearable && is_zero(r->val) && !is_listed(&clearable, r->id))
			continue;
		ret |= set_reg(vcpu, r->id, r->val);
	}
	for (__u64 i = 0; i < clearable.n; i++)
		if (!profile_find(&profile, clearable.reg[i]))
			ret |= set_reg(vcpu, clearable.reg[i], zero);
	return ret;
}

static int vcpu_init(int vcpu, struct kvm_vcpu_init *init)
{
	int ret = kvm(vcpu, KVM_ARM_VCPU_INIT, init);

	/* QEMU first makes some VMs to look at the host, without PSCI 0.2 */
	if (ret || !(init->features[0] & (1 << KVM_ARM_VCPU_PSCI_0_2)))
		return ret;
	if (!opted_in)
		ret = check_profile(vcpu);
	else if (profile.nr)
		ret = apply_profile(vcpu);
	if (ret)
		errno = EINVAL;
	return ret;
}

/*
 * Without a profile, only what came with opting in is left out: the list is then
 * that of a kernel, or of a QEMU, that knows nothing of all this.
 */
static bool left_out(int vcpu, const struct reg_list *clearable, __u64 id)
{
	__u64 val[PROFILE_WORDS];

	if (!is_listed(clearable, id) || get_reg(vcpu, id, val) || !is_zero(val))
		return false;
	return profile.nr ? !profile_find(&profile, id) : regs_is_hcid(id);
}

static int get_reg_list(int vcpu, struct kvm_reg_list *out)
{
	struct reg_list all, clearable;
	__u64 n = 0;

	if (get_list(vcpu, 0, &all) || get_list(vcpu, CLEARABLE, &clearable))
		return -1;
	for (__u64 i = 0; i < all.n; i++)
		if (!left_out(vcpu, &clearable, all.reg[i]))
			all.reg[n++] = all.reg[i];
	if (out->n < n) {
		out->n = n;
		errno = E2BIG;
		return -1;
	}
	out->n = n;
	memcpy(out->reg, all.reg, n * sizeof(*all.reg));
	return 0;
}

/* A restore that fails has a name, at least */
static int set_one_reg(int vcpu, struct kvm_one_reg *reg)
{
	int ret = kvm(vcpu, KVM_SET_ONE_REG, reg);
	unsigned int bytes = profile_reg_bytes(reg->id);
	__u64 val[PROFILE_WORDS] = {};
	int err = errno;

	if (ret && bytes) {
		memcpy(val, (void *)(unsigned long)reg->addr, bytes);
		say_refused(reg->id, val, strerror(err));
		errno = err;
	}
	return ret;
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list ap;
	void *arg;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);

	/* QEMU passes an int, the sign of which would be in the way */
	switch ((unsigned int)request) {
	case KVM_CREATE_VM:
		return create_vm(fd, arg);
	case KVM_ARM_VCPU_INIT:
		return vcpu_init(fd, arg);
	case KVM_GET_REG_LIST:
		if (opted_in)
			return get_reg_list(fd, arg);
		break;
	case KVM_SET_ONE_REG:
		return set_one_reg(fd, arg);
	}
	return kvm(fd, request, arg);
}
