// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a VMM does to keep a guest's ABI when its host kernel changes: the whole
 * of it, as a preload around a QEMU that knows nothing of it. The rule is in
 * Documentation/virt/kvm/arm/migration.rst.
 *
 *	HCID_PROFILE=fleet.profile HCID_SAVED=list LD_PRELOAD=preload.so qemu-system-aarch64 ...
 *	HCID_RESTORED=list ... LD_PRELOAD=preload.so qemu-system-aarch64 ... -incoming ...
 *
 * The profile has the feature registers that guests of the fleet shall have, as
 * "kvm_feat dump" writes them on the oldest kernel. Then, on any kernel:
 *
 *  1. Opt in: KVM_CREATE_VM is followed by KVM_ENABLE_CAP.
 *  2. Pin: KVM_ARM_VCPU_INIT is followed by writes of the profile's values, in the
 *     order of the kernel's feature list, and of zero to each optional register that
 *     the profile lacks. All refusals are named. Then all is read back.
 *  3. Leave out what is absent: KVM_GET_REG_LIST does not show optional registers
 *     that are zero, unless the profile or the stream has them.
 *  4. Write what the stream has, whether it is listed or not: the kernel takes what
 *     cannot matter. QEMU refuses a stream with a register that its own list lacks,
 *     so that it is shown those of the stream: HCID_SAVED is where a QEMU that saves
 *     leaves its list, HCID_RESTORED where one that restores finds it, with the classes
 *     that the source's kernel told. A VMM with a stream of its own has them in the stream.
 *  5. Before the guest runs, read back what the stream has written to features, behind a
 *     KVM_RUN of each vCPU without an instruction of the guest's: the first run changes
 *     registers, too. What KVM has corrected, in bits that its writable masks say nobody
 *     can set, is named, and ends it only with HCID_STRICT=1. Any other difference ends it,
 *     except that of a mitigation, which is better here.
 *
 * None of it knows what any of the registers is for. Which are features, and which
 * are optional, say the kernels on both sides; kvm_feat's tables are asked if neither does,
 * and for which registers to hide from QEMU on a kernel that tells none.
 *
 * Without a profile, the values are the kernel's defaults.
 */
#include <asm/kvm.h>
#include <errno.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "profiles.h"	/* with tools/kvm/kvm_feat: the parser of profiles, names of registers */
#include "corrected.h"

#define LIST_MAX	2048

#define VCPUS_MAX	8

struct reg_list {
	__u64 n;
	__u64 reg[LIST_MAX];
};

/* HCID_RESTORED, and the classes that the source's kernel told, as kvm_feat has them */
struct saved_list {
	struct reg_list list;
	int class[LIST_MAX];
	bool classed;
};

/* A register that the stream has and the kernel's list has not */
struct hidden_reg {
	__u64 id;
	__u64 val[PROFILE_WORDS];
	bool known;
};

/* What QEMU has written to a feature while it restored */
struct written_reg {
	int vcpu;
	__u64 id;
	__u64 val[PROFILE_WORDS];
};

static struct profile profile;		/* empty: none given */
static struct saved_list stream;	/* empty: none given */
static struct reg_list features;	/* of this kernel, for a VM that is restored */
static struct hidden_reg hidden[64];
static struct written_reg written[VCPUS_MAX * 256];
static unsigned int nr_hidden, nr_written, nr_vcpus;
static bool opted_in, restoring, has_run;
static int last_vm;			/* QEMU's own gets its vCPUs behind those of scratch VMs */
static int vcpus[VCPUS_MAX];		/* of last_vm */
static pthread_mutex_t first_run = PTHREAD_MUTEX_INITIALIZER;

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

static void give_up(const char *what)
{
	say("%s: %s", what, strerror(errno));
	exit(EXIT_FAILURE);
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
	/* Devices, which are behind the registers, are QEMU's to set up; facts are the host's */
	while (profile.nr && (profile.regs[profile.nr - 1].id & KVM_REG_ARCH_MASK) != KVM_REG_ARM64)
		profile.nr--;
}

static void load_stream(void)
{
	const char *path = getenv("HCID_RESTORED");
	struct reg_list *list = &stream.list;
	char name[REGS_NAME_LEN];
	FILE *file;

	if (!path || list->n)
		return;
	restoring = true;
	file = fopen(path, "r");
	if (!file)
		give_up(path);
	while (list->n < LIST_MAX && fscanf(file, "%39s %d", name, &stream.class[list->n]) == 2) {
		stream.classed |= stream.class[list->n] >= 0;
		list->reg[list->n++] = regs_id(name);
	}
	fclose(file);
}

/* What the source's kernel said of a register: 0 if it told nothing */
static int stream_class(__u64 id)
{
	for (__u64 i = 0; stream.classed && i < stream.list.n; i++)
		if (stream.list.reg[i] == id)
			return stream.class[i];
	return 0;
}

/* A line "NAME CLASS" for each, the class being -1 if this kernel tells none */
static void save_list(int vcpu, const struct reg_list *list, const struct reg_list *optional)
{
	static struct reg_list feature;
	const char *path = getenv("HCID_SAVED");
	char name[REGS_NAME_LEN];
	FILE *file;

	if (!path)
		return;
	file = fopen(path, "w");
	if (!file)
		give_up(path);
	if (opted_in && get_list(vcpu, KVM_REG_LIST_FEATURE, &feature))
		give_up("KVM_REG_LIST_FEATURE");
	for (__u64 i = 0; i < list->n; i++) {
		__u64 id = list->reg[i];

		fprintf(file, "%s %d\n", regs_name(name, sizeof(name), id), !opted_in ? -1 :
			is_listed(&feature, id) * REGS_FEATURE | is_listed(optional, id) * REGS_OPTIONAL);
	}
	if (fclose(file))
		give_up(path);
}

static bool enable(int vm, int cap)
{
	struct kvm_enable_cap enable = { .cap = cap };

	return !kvm(vm, KVM_ENABLE_CAP, &enable);
}

static int create_vm(int fd, unsigned long type)
{
	int vm = kvm(fd, KVM_CREATE_VM, (void *)type);

	if (vm < 0)
		return vm;
	nr_vcpus = 0;
	load_profile();
	load_stream();
	opted_in = enable(vm, KVM_CAP_REG_LIST_FILTER) && enable(vm, KVM_CAP_ARM_HCID);
	return vm;
}

static bool is_zero(const __u64 *val)
{
	static const __u64 zero[PROFILE_WORDS];

	return !memcmp(val, zero, sizeof(zero));
}

/* What the kernel says of its registers; kvm_feat's table if it can't */
static int get_class(int vcpu, __u64 filter, struct reg_list *list)
{
	__u64 n = 0;

	if (opted_in)
		return get_list(vcpu, filter, list);
	if (get_list(vcpu, 0, list))
		return -1;
	for (__u64 i = 0; i < list->n; i++)
		if (regs_class(list->reg[i]) & filter >> 32)
			list->reg[n++] = list->reg[i];
	list->n = n;
	return 0;
}

static int restore_reg(int vcpu, const struct profile_reg *r)
{
	__u64 val[PROFILE_WORDS];

	/* A register that this kernel lacks may well be absent */
	if (r->optional && is_zero(r->val) && get_reg(vcpu, r->id, val) && errno == ENOENT)
		return 0;
	return set_reg(vcpu, r->id, r->val);
}

/* Is the difference in bits alone that no write can change? */
static bool is_correction(__u64 id, __u64 differ)
{
	__u64 masks[KVM_ARM_FEATURE_ID_RANGE_SIZE];
	struct reg_mask_range range = { .addr = (unsigned long)masks };
	unsigned int low = id & 0xffff;

	/* op0 3, op1 0, 1 or 3, CRn 0, CRm 0 to 7: what the masks are of */
	if ((id & KVM_REG_ARM_COPROC_MASK) != KVM_REG_ARM64_SYSREG || low >> 14 != 3 || (low >> 11 & 7) > 3 ||
	    (low >> 11 & 7) == 2 || low >> 6 & 31)
		return false;
	if (kvm(last_vm, KVM_ARM_GET_REG_WRITABLE_MASKS, &range))
		return false;
	return !(differ & masks[KVM_ARM_FEATURE_ID_RANGE_IDX(low >> 14, low >> 11 & 7, 0,
							     low >> 3 & 7, low & 7)]);
}

static int check_reg(int vcpu, __u64 id, const __u64 *val, bool say_corrected)
{
	char hex[PROFILE_HEX_LEN], why[PROFILE_HEX_LEN + 20];
	__u64 now[PROFILE_WORDS];

	if (get_reg(vcpu, id, now)) {
		/* Zero and missing are the same: it has been dropped */
		if (errno == ENOENT && is_zero(val))
			return 0;
		say_refused(id, val, strerror(errno));
		return -1;
	}
	if (!memcmp(now, val, sizeof(now)))
		return 0;
	snprintf(why, sizeof(why), "reads back as %s", profile_hex(hex, now));
	/* A mitigation is the host's, and can only be better */
	if (id == KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_1 ||
	    id == KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_2 ||
	    id == KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_3)
		return 0;
	if (!getenv("HCID_STRICT") && is_correction(id, val[0] ^ now[0])) {
		if (say_corrected)
			print_corrected(id, val[0], now[0]);
		return 0;
	}
	say_refused(id, val, why);
	return -1;
}

/* In the order of the kernel, where it has one; registers that it lacks come last */
static int apply_profile(int vcpu)
{
	static const __u64 zero[PROFILE_WORDS];
	struct reg_list features = {}, optional = {};
	int ret = 0;

	/*
	 * Without the filters there is no list yet, as SVE is not finalized. Nothing has
	 * touched the optional registers, which are zero then.
	 */
	if (opted_in && (get_list(vcpu, KVM_REG_LIST_FEATURE, &features) ||
			 get_list(vcpu, KVM_REG_LIST_OPTIONAL, &optional)))
		return -1;
	for (__u64 i = 0; i < features.n; i++) {
		const struct profile_reg *r = profile_find(&profile, features.reg[i]);

		if (r)
			ret |= restore_reg(vcpu, r);
	}
	for (size_t i = 0; i < profile.nr; i++)
		if (!is_listed(&features, profile.regs[i].id))
			ret |= restore_reg(vcpu, &profile.regs[i]);
	for (__u64 i = 0; i < optional.n; i++)
		if (!profile_find(&profile, optional.reg[i]))
			ret |= set_reg(vcpu, optional.reg[i], zero);
	/* Of a guest that is restored the stream counts, which comes later */
	for (size_t i = 0; i < profile.nr && !ret; i++)
		ret |= check_reg(vcpu, profile.regs[i].id, profile.regs[i].val, !restoring);
	return ret;
}

static int vcpu_init(int vcpu, struct kvm_vcpu_init *init)
{
	int ret = kvm(vcpu, KVM_ARM_VCPU_INIT, init);

	/* QEMU first makes some VMs to look at the host, without PSCI 0.2 */
	if (ret || !(init->features[0] & (1 << KVM_ARM_VCPU_PSCI_0_2)))
		return ret;
	if (!opted_in)
		say("this kernel tells no classes of registers: using kvm_feat's");
	if (profile.nr && apply_profile(vcpu)) {
		errno = EINVAL;
		return -1;
	}
	return 0;
}

/*
 * Without a profile, and if nothing is restored, only what came with opting in is
 * left out: the list is then that of a VMM that knows nothing of all this.
 */
static bool left_out(int vcpu, const struct reg_list *optional, __u64 id)
{
	__u64 val[PROFILE_WORDS];

	if (is_listed(&stream.list, id) || !is_listed(optional, id) ||
	    get_reg(vcpu, id, val) || !is_zero(val))
		return false;
	if (profile.nr)
		return !profile_find(&profile, id);
	return restoring || regs_is_hcid(id);
}

static struct hidden_reg *find_hidden(__u64 id)
{
	for (unsigned int i = 0; i < nr_hidden; i++)
		if (hidden[i].id == id)
			return &hidden[i];
	return NULL;
}

static int get_reg_list(int vcpu, struct kvm_reg_list *out)
{
	struct reg_list all, optional;
	__u64 n = 0;

	if (get_list(vcpu, 0, &all) || get_class(vcpu, KVM_REG_LIST_OPTIONAL, &optional))
		return -1;
	/* If only the source's kernel has told, what it has told counts */
	if (restoring && (opted_in || !stream.classed) &&
	    get_class(vcpu, KVM_REG_LIST_FEATURE, &features))
		return -1;
	nr_hidden = 0;
	for (__u64 i = 0; i < stream.list.n && nr_hidden < ARRAY_SIZE(hidden); i++)
		if (!is_listed(&all, stream.list.reg[i]))
			hidden[nr_hidden++] = (struct hidden_reg) { .id = stream.list.reg[i] };
	for (__u64 i = 0; i < all.n; i++)
		if (!left_out(vcpu, &optional, all.reg[i]))
			all.reg[n++] = all.reg[i];
	for (unsigned int i = 0; i < nr_hidden && n < LIST_MAX; i++)
		all.reg[n++] = hidden[i].id;
	all.n = n;
	if (out->n < n) {
		out->n = n;
		errno = E2BIG;
		return -1;
	}
	out->n = n;
	memcpy(out->reg, all.reg, n * sizeof(*all.reg));
	save_list(vcpu, &all, &optional);
	return 0;
}

/*
 * QEMU reads every register before it restores, and writes back what it has read: of
 * a register that this kernel does not let it read, all ones.
 */
static int get_one_reg(int vcpu, struct kvm_one_reg *reg)
{
	struct hidden_reg *h = find_hidden(reg->id);
	void *val = (void *)(unsigned long)reg->addr;

	if (!h)
		return kvm(vcpu, KVM_GET_ONE_REG, reg);
	if (h->known)
		memcpy(val, h->val, profile_reg_bytes(reg->id));
	else
		memset(val, 0xff, profile_reg_bytes(reg->id));
	return 0;
}

/* Returns true if the write need not go to the kernel */
static bool is_unread(struct hidden_reg *h, const void *val, unsigned int bytes)
{
	__u64 ones[PROFILE_WORDS];

	memset(ones, 0xff, sizeof(ones));
	return h && !h->known && !memcmp(val, ones, bytes);
}

static void note_written(int vcpu, __u64 id, const __u64 *val)
{
	unsigned int i = 0;

	if (!restoring || has_run ||
	    !(is_listed(&features, id) || stream_class(id) & REGS_FEATURE))
		return;
	while (i < nr_written && (written[i].id != id || written[i].vcpu != vcpu))
		i++;
	if (i == ARRAY_SIZE(written)) {
		errno = ENOSPC;
		give_up("features of too many vCPUs");
	}
	written[i].vcpu = vcpu;
	written[i].id = id;
	memcpy(written[i].val, val, sizeof(written[i].val));
	if (i == nr_written)
		nr_written++;
}

/*
 * A register of the stream that this kernel does not know, and so tells no class of: the
 * source's kernel decides, and kvm_feat's tables if neither tells classes.
 */
static bool can_be_dropped(__u64 id, const __u64 *val)
{
	bool nobody_tells = !opted_in && !stream.classed;
	int class = nobody_tells ? (int)regs_class(id) : stream_class(id);
	char name[REGS_NAME_LEN], hex[PROFILE_HEX_LEN];
	__u64 reset;

	if (!(class & REGS_OPTIONAL && is_zero(val)) &&
	    !(nobody_tells && regs_listed_by_mistake(id, &reset) && val[0] == reset))
		return false;
	fprintf(stderr, "dropped: %s %s: this kernel has no such register\n",
		regs_name(name, sizeof(name), id), profile_hex(hex, val));
	return true;
}

/* A restore that fails has a name, at least */
static int set_one_reg(int vcpu, struct kvm_one_reg *reg)
{
	unsigned int bytes = profile_reg_bytes(reg->id);
	struct hidden_reg *h = find_hidden(reg->id);
	__u64 val[PROFILE_WORDS] = {};
	int ret, err;

	if (!bytes)
		return kvm(vcpu, KVM_SET_ONE_REG, reg);
	memcpy(val, (void *)(unsigned long)reg->addr, bytes);
	if (is_unread(h, val, bytes))
		return 0;
	ret = kvm(vcpu, KVM_SET_ONE_REG, reg);
	err = errno;
	if (ret && h && err == ENOENT && can_be_dropped(reg->id, val))
		ret = 0;
	if (ret) {
		say_refused(reg->id, val, strerror(err));
		errno = err;
		return ret;
	}
	if (h) {
		h->known = true;
		memcpy(h->val, val, sizeof(val));
	} else {
		note_written(vcpu, reg->id, val);
	}
	return 0;
}

/*
 * The first run's changes are made now. QEMU takes immediate_exit for an old kick, and runs the
 * vCPU again.
 */
static void run_nothing(int vcpu)
{
	struct kvm_run *run;

	run = mmap(NULL, getpagesize(), PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
	if (run == MAP_FAILED)
		give_up("kvm_run");
	run->immediate_exit = 1;
	if (kvm(vcpu, KVM_RUN, NULL) && errno != EINTR)
		give_up("KVM_RUN");
	munmap(run, getpagesize());
}

static int create_vcpu(int vm, void *arg)
{
	int vcpu = kvm(vm, KVM_CREATE_VCPU, arg);

	if (vm != last_vm)
		nr_vcpus = 0;
	last_vm = vm;
	if (vcpu >= 0 && nr_vcpus < VCPUS_MAX)
		vcpus[nr_vcpus++] = vcpu;
	return vcpu;
}

/* All vCPUs by the first one that runs; the others wait for it */
static int run(int vcpu)
{
	int ret = 0;

	pthread_mutex_lock(&first_run);
	for (unsigned int i = 0; !has_run && i < nr_vcpus && nr_written; i++)
		run_nothing(vcpus[i]);
	for (unsigned int i = 0; !has_run && i < nr_written; i++)
		ret |= check_reg(written[i].vcpu, written[i].id, written[i].val, true);
	/* QEMU would stop the guest, and stay */
	if (ret)
		_exit(EXIT_FAILURE);
	has_run = true;
	pthread_mutex_unlock(&first_run);

	return kvm(vcpu, KVM_RUN, NULL);
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
		return create_vm(fd, (unsigned long)arg);
	case KVM_CREATE_VCPU:
		return create_vcpu(fd, arg);
	case KVM_ARM_VCPU_INIT:
		return vcpu_init(fd, arg);
	case KVM_GET_REG_LIST:
		/* On other kernels too: a profile or a stream has to be kept to */
		if (opted_in || profile.nr || restoring || getenv("HCID_SAVED"))
			return get_reg_list(fd, arg);
		break;
	case KVM_GET_ONE_REG:
		return get_one_reg(fd, arg);
	case KVM_SET_ONE_REG:
		return set_one_reg(fd, arg);
	case KVM_RUN:
		return run(fd);
	}
	return kvm(fd, request, arg);
}
