// SPDX-License-Identifier: GPL-2.0
/*
 * What this host's KVM says, asked through scratch VMs
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host.h"
#include "output.h"

unsigned int host_ioctls;

#ifdef __aarch64__

#include <linux/kvm.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>

#include "vcpu.h"
#include "judge.h"
#include "regs.h"
#include "report.h"
#include "rule.h"

/* The copies of the UAPI headers in tools/ follow with delay */
#ifndef KVM_CAP_REG_LIST_FILTER
#define KVM_CAP_REG_LIST_FILTER	252
#endif
#ifndef KVM_CAP_ARM_HCID
#define KVM_CAP_ARM_HCID	253
#endif
#ifndef KVM_REG_LIST_OPTIONAL
#define KVM_REG_LIST_FEATURE	0x100000000ULL
#define KVM_REG_LIST_OPTIONAL	0x200000000ULL
#define KVM_REG_LIST_VM		0x400000000ULL
#endif
#ifndef KVM_ARM_HCID_RANGE
#define KVM_ARM_HCID_RANGE	1
#define KVM_ARM_HCID_RANGE_SIZE	32
#endif

static_assert(KVM_REG_ARM_VENDOR_HYP_BMAP ==
	      (REG_ID_ARM64 | REG_ID_U64 | FW_FEAT_BMAP_REG(2)), "FW_FEAT_BMAP_REG()");
static_assert(KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_1 ==
	      (REG_ID_ARM64 | REG_ID_U64 | FW_REG(1)), "FW_REG()");
static_assert(ARM64_SYS_REG(3, 2, 5, 6, 7) ==
	      (REG_ID_ARM64 | REG_ID_U64 | SYSREG(3, 2, 5, 6, 7)), "SYSREG()");
static_assert(KVM_REG_ARM64_SVE_VLS == REG_ID_SVE_VLS, "REG_ID_SVE_VLS");
static_assert(KVM_REG_LIST_FEATURE == (__u64)REGS_FEATURE << 32 &&
	      KVM_REG_LIST_OPTIONAL == (__u64)REGS_OPTIONAL << 32 &&
	      KVM_REG_LIST_VM == (__u64)REGS_VM << 32, "REGS_*");
/* What vcpu.c has as numbers */
static_assert(KVM_ARM_VCPU_EL1_32BIT == 1 && KVM_ARM_VCPU_PSCI_0_2 == 2 &&
	      KVM_ARM_VCPU_PMU_V3 == 3 && KVM_ARM_VCPU_SVE == 4 &&
	      KVM_ARM_VCPU_PTRAUTH_ADDRESS == 5 && KVM_ARM_VCPU_PTRAUTH_GENERIC == 6 &&
	      KVM_ARM_VCPU_HAS_EL2 == 7 && KVM_ARM_VCPU_HAS_EL2_E2H0 == 8, "features[].init");
static_assert(KVM_CAP_ARM_EL1_32BIT == 93 && KVM_CAP_ARM_PSCI_0_2 == 102 &&
	      KVM_CAP_ARM_PMU_V3 == 126 && KVM_CAP_ARM_SVE == 170 &&
	      KVM_CAP_ARM_PTRAUTH_ADDRESS == 171 && KVM_CAP_ARM_EL2 == 240 &&
	      KVM_CAP_ARM_EL2_E2H0 == 241 && KVM_CAP_ARM_MTE == 205 &&
	      KVM_CAP_ARM_WRITABLE_IMP_ID_REGS == 239 && KVM_CAP_DEVICE_CTRL == 89,
	      "features[].cap");

#define MAX_LIST	8192	/* ten times what hosts list, with SVE */

struct vm {
	int kvm, fd, vcpu;
	long features;		/* a bit for each entry of features[] */
	int gic;		/* its file descriptor, if there is one */
	bool filter, impid, sve, pmu, gic_init;
};

static int vm_ioctl(int fd, unsigned long request, void *arg)
{
	int ret;

	do {
		host_ioctls++;
		ret = ioctl(fd, request, arg);
	} while (ret < 0 && errno == EINTR);
	return ret;
}

static int enable_cap(struct vm *vm, unsigned int cap)
{
	struct kvm_enable_cap enable = { .cap = cap };

	return vm_ioctl(vm->fd, KVM_ENABLE_CAP, &enable);
}

static void open_kvm(struct vm *vm)
{
	const char *hint = "";

	vm->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (vm->kvm >= 0)
		return;
	if (errno == EACCES || errno == EPERM)
		hint = ": run as root, or join the group that owns it (ls -l /dev/kvm)";
	else if (errno == ENOENT || errno == ENODEV || errno == ENXIO)
		hint = ": no KVM in the kernel, or not started at EL2 (see dmesg)";
	fatal("/dev/kvm: %s%s", strerror(errno), hint);
}

static void create_vm(struct vm *vm)
{
	long bits;

	vm->fd = vm_ioctl(vm->kvm, KVM_CREATE_VM, NULL);
	if (vm->fd < 0 && errno == EINVAL) {
		/* The default of 40 bits is more than some hosts can translate */
		bits = vm_ioctl(vm->kvm, KVM_CHECK_EXTENSION, (void *)KVM_CAP_ARM_VM_IPA_SIZE);
		vm->fd = vm_ioctl(vm->kvm, KVM_CREATE_VM, (void *)KVM_VM_TYPE_ARM_IPA_SIZE(bits));
	}
	if (vm->fd < 0)
		fatal("creating a scratch VM: %s", strerror(errno));
}

static int create_gic(struct vm *vm)
{
	struct kvm_create_device create = { .type = KVM_DEV_TYPE_ARM_VGIC_V3 };

	return vm_ioctl(vm->fd, KVM_CREATE_DEVICE, &create) ? -1 : (int)create.fd;
}

static bool has_feature(struct vm *vm, const struct feature *f)
{
	if (f->cap == KVM_CAP_DEVICE_CTRL)
		return vm->gic >= 0;
	return vm_ioctl(vm->kvm, KVM_CHECK_EXTENSION, (void *)(long)f->cap) > 0;
}

static void close_vm(struct vm *vm)
{
	if (vm->gic > 0)
		close(vm->gic);
	close(vm->vcpu);
	close(vm->fd);
	close(vm->kvm);
}

static bool open_vm(struct report *report, struct vm *vm, const char *list)
{
	struct kvm_vcpu_init init = { .target = KVM_ARM_TARGET_GENERIC_V8 };
	bool explained = false;
	int error = 0;

	memset(vm, 0, sizeof(*vm));
	vm->features = features_parse(list);
	if (vm->features <= 0)
		fatal("%s vCPU feature in '%s'; see kvm_feat --help",
		      vm->features ? "unknown" : "no", list);
	open_kvm(vm);
	create_vm(vm);
	vm->filter = !enable_cap(vm, KVM_CAP_REG_LIST_FILTER);
	enable_cap(vm, KVM_CAP_ARM_HCID);	/* or there are none */
	for (size_t i = 0; i < nr_features; i++) {
		if (!(vm->features >> i & 1))
			continue;
		init.features[0] |= features[i].init;
		if (features[i].cap == KVM_CAP_DEVICE_CTRL)
			vm->gic = create_gic(vm);
		else if (!features[i].init && enable_cap(vm, features[i].cap))
			error = errno;
		if (features[i].cap == KVM_CAP_ARM_WRITABLE_IMP_ID_REGS)
			vm->impid = true;
	}
	if (vm->gic < 0)
		error = errno;
	vm->sve = init.features[0] >> KVM_ARM_VCPU_SVE & 1;
	vm->pmu = init.features[0] >> KVM_ARM_VCPU_PMU_V3 & 1;

	vm->vcpu = vm_ioctl(vm->fd, KVM_CREATE_VCPU, NULL);
	if (vm->vcpu < 0)
		fatal("creating a vCPU: %s", strerror(errno));
	if (!error && vm_ioctl(vm->vcpu, KVM_ARM_VCPU_INIT, &init))
		error = errno;
	if (!error)
		return true;

	/* The refusal does not tell which: only now it is worth the ioctls to ask */
	for (size_t i = 0; i < nr_features; i++) {
		if (!(vm->features >> i & 1) || has_feature(vm, &features[i]))
			continue;
		report_add(report, OBSTACLE, NULL, NULL, NULL,
			   "vCPU feature %s: this host does not have it", features[i].name);
		explained = true;
	}
	if (!explained)
		fatal("creating a vCPU with '%s': %s", list, strerror(error));
	close_vm(vm);
	return false;
}

static int access_gic(struct vm *vm, unsigned long request, __u32 group, __u64 attr, void *val)
{
	struct kvm_device_attr arg = { .group = group, .attr = attr, .addr = (unsigned long)val };
	struct kvm_device_attr init = {
		.group = KVM_DEV_ARM_VGIC_GRP_CTRL, .attr = KVM_DEV_ARM_VGIC_CTRL_INIT,
	};
	int ret = vm_ioctl(vm->gic, request, &arg);

	/* Some can be accessed only after that, and some can be changed only before */
	if (ret && errno == EBUSY && !vm->gic_init) {
		vm->gic_init = true;
		ret = vm_ioctl(vm->gic, KVM_SET_DEVICE_ATTR, &init) ?:
		      vm_ioctl(vm->gic, request, &arg);
	}
	return ret;
}

/* Kernels without the attribute may take it as part of PMCR_EL0 */
static int access_counters(struct vm *vm, bool write, __u64 *val)
{
	__u64 pmcr;
	__u32 nr = *val;
	struct kvm_one_reg reg = {
		.id = ARM64_SYS_REG(3, 3, 9, 12, 0), .addr = (unsigned long)&pmcr,
	};
	struct kvm_device_attr arg = {
		.group = KVM_ARM_VCPU_PMU_V3_CTRL, .attr = KVM_ARM_VCPU_PMU_V3_SET_NR_COUNTERS,
		.addr = (unsigned long)&nr,
	};

	if (write) {
		int ret = vm_ioctl(vm->vcpu, KVM_SET_DEVICE_ATTR, &arg);

		if (!ret || errno != ENXIO)
			return ret;
	}
	if (vm_ioctl(vm->vcpu, KVM_GET_ONE_REG, &reg))
		return -1;
	if (!write) {
		*val = pmcr >> 11 & 31;
		return 0;
	}
	pmcr = (pmcr & ~(31ULL << 11)) | *val << 11;
	return vm_ioctl(vm->vcpu, KVM_SET_ONE_REG, &reg);
}

static int access_device(struct vm *vm, bool write, __u64 id, __u64 *val)
{
	unsigned long request = write ? KVM_SET_DEVICE_ATTR : KVM_GET_DEVICE_ATTR;
	__u32 word = *val;
	int ret;

	switch (id) {
	case REG_DEVICE(DEVICE_GICD_IIDR):
		ret = access_gic(vm, request, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0x8, &word);
		break;
	case REG_DEVICE(DEVICE_GICD_TYPER2):
		ret = access_gic(vm, request, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0xc, &word);
		break;
	case REG_DEVICE(DEVICE_ICC_CTLR):
		return access_gic(vm, request, KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS,
				  REG_LOW(SYSREG(3, 0, 12, 12, 4)), val);
	default:
		return access_counters(vm, write, val);
	}
	*val = word;
	return ret;
}

static int get_reg(struct vm *vm, __u64 id, __u64 *val)
{
	struct kvm_one_reg reg = { .id = id, .addr = (unsigned long)val };

	if (regs_is_device(id))
		return access_device(vm, false, id, val);
	return vm_ioctl(vm->vcpu, KVM_GET_ONE_REG, &reg);
}

static int set_reg(struct vm *vm, __u64 id, const __u64 *val)
{
	struct kvm_one_reg reg = { .id = id, .addr = (unsigned long)val };
	__u64 copy = *val;

	if (regs_is_device(id))
		return access_device(vm, true, id, &copy);
	return vm_ioctl(vm->vcpu, KVM_SET_ONE_REG, &reg);
}

static int finalize(struct vm *vm)
{
	int what = KVM_ARM_VCPU_SVE;

	return vm->sve ? vm_ioctl(vm->vcpu, KVM_ARM_VCPU_FINALIZE, &what) : 0;
}

static struct kvm_reg_list *get_list(struct vm *vm, __u64 filter)
{
	struct kvm_reg_list *list = malloc(sizeof(*list) + MAX_LIST * sizeof(list->reg[0]));

	if (!list)
		fatal("%s", strerror(ENOMEM));
	list->n = MAX_LIST | filter;
	if (vm_ioctl(vm->vcpu, KVM_GET_REG_LIST, list))
		fatal("listing the registers: %s", strerror(errno));
	return list;
}

/* Reads the registers of @list that are features, all if the kernel picked them */
static void read_list(struct vm *vm, struct profile *p, const struct kvm_reg_list *list)
{
	struct profile_reg *r;

	for (__u64 i = 0; i < list->n; i++) {
		__u64 id = list->reg[i];

		if (!vm->filter && !(regs_class(id) & REGS_FEATURE))
			continue;
		r = profile_add(p, id);
		if (!r)
			fatal("%s", strerror(ENOMEM));
		regs_name(r->name, sizeof(r->name), id);
		if (!profile_reg_bytes(id))
			fatal("%s: a feature register of more than 512 bits", r->name);
		if (get_reg(vm, id, r->val))
			fatal("reading %s: %s", r->name, strerror(errno));
		r->optional = !vm->filter && regs_class(id) & REGS_OPTIONAL;
	}
}

static void read_devices(struct vm *vm, struct profile *p)
{
	for (unsigned int i = 0; i < NR_DEVICES; i++) {
		struct profile_reg *r;

		if (i == DEVICE_PMU_COUNTERS ? !vm->pmu : !vm->gic)
			continue;
		r = profile_add(p, REG_DEVICE(i));
		if (!r)
			fatal("%s", strerror(ENOMEM));
		strcpy(r->name, regs_devices[i].name);
		if (get_reg(vm, r->id, r->val))
			fatal("reading %s: %s", r->name, strerror(errno));
		/* Its other bits are the guest's to change */
		if (i == DEVICE_ICC_CTLR)
			r->val[0] &= bits_of(15, 8);
	}
}

static void set_mask(struct profile_reg *r, __u64 mask)
{
	r->mask[0] = mask;
	r->has_mask = true;
}

static bool get_masks(struct vm *vm, __u32 range, __u64 *masks)
{
	struct reg_mask_range arg = { .addr = (unsigned long)masks, .range = range };

	return !vm_ioctl(vm->fd, KVM_ARM_GET_REG_WRITABLE_MASKS, &arg);
}

static void read_id_masks(struct vm *vm, struct profile *p)
{
	__u64 masks[KVM_ARM_FEATURE_ID_RANGE_SIZE];

	if (!get_masks(vm, KVM_ARM_FEATURE_ID_RANGE, masks))
		return;
	for (size_t i = 0; i < p->nr; i++) {
		struct profile_reg *r = &p->regs[i];
		unsigned int low = REG_LOW(r->id);
		unsigned int op1 = low >> 11 & 7, crm = low >> 3 & 15, op2 = low & 7;
		bool impid;

		/* op0 == 3, CRn == 0 and what the range has room for */
		if (REG_COPROC(r->id) != COPROC_SYSREG || low >> 14 != 3 || low >> 7 & 15 ||
		    crm > 7 || op1 == 2 || op1 > 3)
			continue;
		/* The kernel does not say that these depend on a capability */
		impid = (op1 == 0 && crm == 0) || (op1 == 1 && crm == 0 && op2 == 7);
		set_mask(r, impid && !vm->impid ? 0 :
			 masks[KVM_ARM_FEATURE_ID_RANGE_IDX(3, op1, 0, crm, op2)]);
	}
}

static void read_hcid_masks(struct vm *vm, struct profile *p)
{
	__u64 masks[KVM_ARM_HCID_RANGE_SIZE];
	size_t n = 0;

	if (!get_masks(vm, KVM_ARM_HCID_RANGE, masks))
		return;
	/* In the order of the list, in which the registers still are */
	for (size_t i = 0; i < p->nr && n < ARRAY_SIZE(masks); i++)
		if (regs_is_hcid(p->regs[i].id))
			set_mask(&p->regs[i], masks[n++]);
}

/* No ioctl tells the bits of the older bitmaps: see which of those known can be set */
static void read_bmap_masks(struct vm *vm, struct profile *p)
{
	for (size_t i = 0; i < p->nr; i++) {
		struct profile_reg *r = &p->regs[i];
		const struct regs_desc *d = regs_find(r->id);

		if (REG_COPROC(r->id) != COPROC_BMAP)
			continue;
		set_mask(r, r->val[0]);
		for (const struct regs_field *f = d ? d->fields : NULL; f && f->kind; f++) {
			__u64 bit = 1ULL << f->lsb;

			if (r->mask[0] & bit)
				continue;
			r->mask[0] |= bit;
			if (set_reg(vm, r->id, r->mask))
				r->mask[0] ^= bit;
		}
		if (r->mask[0] != r->val[0])
			set_reg(vm, r->id, r->val);
	}
}

static void read_optional(struct vm *vm, struct profile *p)
{
	struct kvm_reg_list *list = get_list(vm, KVM_REG_LIST_OPTIONAL);
	struct profile_reg *r;

	for (__u64 i = 0; i < list->n; i++) {
		r = profile_find(p, list->reg[i]);
		if (r)
			r->optional = true;
	}
	free(list);
}

bool host_read(struct report *report, struct profile *p, const char *list)
{
	struct kvm_reg_list *regs;
	struct utsname uts;
	struct vm vm;

	memset(p, 0, sizeof(*p));
	if (!open_vm(report, &vm, list))
		return false;
	features_str(p->features, vm.features);
	p->kernel_classes = vm.filter;
	uname(&uts);
	snprintf(p->kernel, sizeof(p->kernel), "%s", uts.release);

	if (!vm.filter && finalize(&vm))
		fatal("finalising the vector lengths: %s", strerror(errno));
	regs = get_list(&vm, vm.filter ? KVM_REG_LIST_FEATURE : 0);
	read_list(&vm, p, regs);
	free(regs);
	read_hcid_masks(&vm, p);
	read_id_masks(&vm, p);
	read_bmap_masks(&vm, p);
	read_devices(&vm, p);
	profile_sort(p);
	if (vm.filter)
		read_optional(&vm, p);
	close_vm(&vm);
	return true;
}

static enum answer try_value(struct vm *vm, const struct profile_reg *r, unsigned int msb,
			     unsigned int lsb, __u64 v)
{
	__u64 bits = bits_of(msb, lsb), val = (r->val[0] & ~bits) | v << lsb, now = 0;

	if (val == r->val[0])
		return KEPT;
	if (set_reg(vm, r->id, &val) || get_reg(vm, r->id, &now))
		return REFUSED;
	return now == val ? KEPT : IGNORED;
}

static void add_take(struct profile *p, const struct profile_take *take)
{
	if (profile_add_take(p, take))
		fatal("%s", strerror(ENOMEM));
}

/* Asks which of the values @min to @max some bits take, if any but the one they have */
static void probe_values(struct vm *vm, struct profile *p, const struct profile_reg *r,
			 unsigned int msb, unsigned int lsb, __u64 min, __u64 max)
{
	struct profile_take take = { .id = r->id, .msb = msb, .lsb = lsb };
	__u64 own = (r->val[0] & bits_of(msb, lsb)) >> lsb;
	enum answer last = REFUSED, answer;
	size_t nr = p->nr_takes;
	bool others = false;

	for (__u64 v = min; v <= max; v++, last = answer) {
		answer = try_value(vm, r, msb, lsb, v);
		others |= answer != REFUSED && v != own;
		if (answer != last && last != REFUSED)
			add_take(p, &take);
		if (answer != last) {
			take.min = v;
			take.ignored = answer == IGNORED;
		}
		take.max = v;
	}
	if (last != REFUSED)
		add_take(p, &take);
	if (!others)
		p->nr_takes = nr;
	set_reg(vm, r->id, r->val);
}

/* The same for bits that take all values or only one, which a few values tell */
static void probe_wide(struct vm *vm, struct profile *p, const struct profile_reg *r,
		       unsigned int msb, unsigned int lsb)
{
	__u64 max = bits_of(msb - lsb, 0), own = r->val[0] >> lsb & max;
	struct profile_take take = { .id = r->id, .msb = msb, .lsb = lsb, .max = max };
	enum answer answer = try_value(vm, r, msb, lsb, own ^ max);

	for (unsigned int bit = 0; answer != REFUSED && bit <= msb - lsb; bit++)
		if (try_value(vm, r, msb, lsb, own ^ 1ULL << bit) != answer)
			answer = REFUSED;
	if (answer != REFUSED) {
		take.ignored = answer == IGNORED;
		add_take(p, &take);
	}
	if (answer == IGNORED) {
		take.ignored = false;
		take.min = own;
		take.max = own;
		add_take(p, &take);
	}
	set_reg(vm, r->id, r->val);
}

/* For a field that a VM takes lower, but never higher again: a VM for each value */
static void probe_down(struct profile *p, const struct profile_reg *r, unsigned int msb,
		       unsigned int lsb)
{
	struct profile_take take = { .id = r->id, .msb = msb, .lsb = lsb };
	enum answer answer = KEPT;
	struct vm vm;

	take.max = (r->val[0] & bits_of(msb, lsb)) >> lsb;
	take.min = take.max;
	while (take.min && answer == KEPT) {
		if (!open_vm(NULL, &vm, p->features))
			fatal("the features of this host have changed");
		answer = try_value(&vm, r, msb, lsb, take.min - 1);
		take.min -= answer == KEPT;
		close_vm(&vm);
	}
	if (take.min < take.max)
		add_take(p, &take);
}

static void probe_fields(struct vm *vm, struct profile *p, const struct profile_reg *r)
{
	const struct regs_desc *d = regs_find(r->id);
	unsigned int msb;

	/* Nothing in there can be written, unless it is ignored: AArch32 on some hosts */
	if (!d || !d->fields || (r->has_mask && !r->mask[0])) {
		probe_wide(vm, p, r, 63, 0);
		return;
	}
	for (const struct regs_field *f = d->fields; f->kind; f++) {
		for (unsigned int lsb = f->lsb; lsb <= f->msb; lsb = msb + 1) {
			/* What sysreg does not name yet will be named in fours */
			msb = *f->name && f->msb - f->lsb < 8 ? f->msb : lsb | 3;
			if (msb > f->msb)
				msb = f->msb;
			probe_values(vm, p, r, msb, lsb, 0, bits_of(msb - lsb, 0));
		}
	}
}

/*
 * Masks tell what a host takes of services and of the identity of the CPU, and what it
 * takes of SVE_VLS follows from its value
 */
void host_ask(struct profile *p)
{
	struct vm vm;

	if (!open_vm(NULL, &vm, p->features))
		fatal("the features of this host have changed");
	for (size_t i = 0; i < p->nr; i++) {
		const struct profile_reg *r = &p->regs[i];

		if (regs_is_id_reg(r->id)) {
			probe_fields(&vm, p, r);
		} else if (REG_COPROC(r->id) == COPROC_DEMUX) {
			probe_wide(&vm, p, r, 31, 28);
			probe_wide(&vm, p, r, 27, 13);
			probe_wide(&vm, p, r, 12, 3);
			probe_values(&vm, p, r, 2, 0, 0, 7);	/* LineSize */
		} else if (REG_KEY(r->id) == CLIDR_EL1) {
			probe_wide(&vm, p, r, 46, 30);
			/* LoUU, LoC, LoUIS: no more coherent than the host */
			probe_values(&vm, p, r, 29, 21, 0, 0x1ff);
			probe_wide(&vm, p, r, 20, 0);
		} else if (REG_KEY(r->id) == PMMIR_EL1) {
			probe_values(&vm, p, r, 7, 0, 0, 0xff);	/* PMMIR_EL1.SLOTS */
		} else if (REG_KEY(r->id) == FW_REG(0)) {
			probe_values(&vm, p, r, 31, 0, 1, 2);	/* PSCI 0.1, 0.2 */
			probe_values(&vm, p, r, 31, 0, 0x10000, 0x1000f);
		} else if (REG_COPROC(r->id) == COPROC_FW && !regs_is_hcid(r->id)) {
			probe_values(&vm, p, r, 5, 0, 0, 63);	/* SMCCC_ARCH_WORKAROUND_n */
		} else if (r->id == REG_DEVICE(DEVICE_ICC_CTLR)) {
			/* Once lower, neither goes back, nor is a lower one taken for the other */
			probe_down(p, r, 13, 11);
			probe_down(p, r, 10, 8);
		} else if (r->id == REG_DEVICE(DEVICE_PMU_COUNTERS)) {
			probe_values(&vm, p, r, 31, 0, 0, 31);
		} else if (regs_is_device(r->id)) {
			probe_fields(&vm, p, r);
		}
	}
	close_vm(&vm);
	profile_sort(p);
}

/* What a VM that has been given all of @want made of it */
static void read_back(struct report *report, struct vm *vm, const struct profile *want,
		      const struct profile *host)
{
	for (size_t i = 0; i < want->nr; i++) {
		struct profile_reg seen = want->regs[i];

		if (profile_find(host, seen.id) && !get_reg(vm, seen.id, seen.val))
			rule_lost(report, &want->regs[i], &seen);
	}
	rule_left(report, want, host);
}

unsigned int host_try(struct report *report, const struct profile *want, struct profile *host)
{
	static const __u64 zero[PROFILE_WORDS];
	char hex[PROFILE_HEX_LEN];
	unsigned int bad = 0;
	struct vm vm;
	int error;

	if (!open_vm(report, &vm, want->features))
		return 1;
	for (size_t i = 0; i < want->nr; i++) {
		const struct profile_reg *r = &want->regs[i];

		if (profile_find(host, r->id) ? !set_reg(&vm, r->id, r->val) : rule_absent(r))
			continue;
		error = errno;
		if (!bad++)
			host_ask(host);
		/* The fields that do not fit say more, if there are any */
		if (!rule_misfit(report, r, host))
			report_add(report, OBSTACLE, r, NULL, NULL, "%s refused: %s",
				   profile_hex(hex, r->val), strerror(error));
	}
	for (size_t i = 0; i < host->nr; i++) {
		const struct profile_reg *h = &host->regs[i];

		if (!h->optional || profile_find(want, h->id) || !set_reg(&vm, h->id, zero))
			continue;
		report_add(report, OBSTACLE, h, NULL, NULL, "cannot be zeroed: %s",
			   strerror(errno));
		bad++;
	}
	if (!bad && finalize(&vm)) {
		report_add(report, OBSTACLE, NULL, NULL, NULL, "SVE_VLS: these vector lengths: %s",
			   strerror(errno));
		bad++;
	}
	if (!bad)
		read_back(report, &vm, want, host);
	close_vm(&vm);
	return bad;
}

static const char *class_str(char *buf, size_t size, unsigned int class)
{
	snprintf(buf, size, "%s%s%s", class & REGS_FEATURE ? "feature" : "state",
		 class & REGS_OPTIONAL ? ", optional" : "", class & REGS_VM ? ", VM-wide" : "");
	return buf;
}

size_t host_classes(struct report *report, const char *list)
{
	static const __u64 filters[] = {
		KVM_REG_LIST_FEATURE, KVM_REG_LIST_OPTIONAL, KVM_REG_LIST_VM
	};
	struct kvm_reg_list *regs, *passed[ARRAY_SIZE(filters)];
	char kernel[40], built_in[40];
	struct profile_reg r = {};
	size_t nr;
	struct vm vm;

	if (!open_vm(NULL, &vm, list))
		fatal("no VM with features '%s' on this host", list);
	if (!vm.filter)
		fatal("this kernel does not tell classes: no KVM_CAP_REG_LIST_FILTER");
	if (finalize(&vm))
		fatal("finalising the vector lengths: %s", strerror(errno));
	regs = get_list(&vm, 0);
	for (size_t f = 0; f < ARRAY_SIZE(filters); f++)
		passed[f] = get_list(&vm, filters[f]);
	for (__u64 i = 0; i < regs->n; i++) {
		__u64 id = regs->reg[i], class = 0;

		for (size_t f = 0; f < ARRAY_SIZE(filters); f++)
			for (__u64 n = 0; n < passed[f]->n; n++)
				if (passed[f]->reg[n] == id)
					class |= filters[f] >> 32;
		if (class == regs_class(id))
			continue;
		regs_name(r.name, sizeof(r.name), id);
		report_add(report, OBSTACLE, &r, NULL, NULL, "%s, but built-in is %s",
			   class_str(kernel, sizeof(kernel), class),
			   class_str(built_in, sizeof(built_in), regs_class(id)));
	}
	nr = regs->n;
	for (size_t f = 0; f < ARRAY_SIZE(filters); f++)
		free(passed[f]);
	free(regs);
	close_vm(&vm);
	return nr;
}

#else /* !__aarch64__ */

bool host_read(struct report *report, struct profile *p, const char *list)
{
	fatal("this needs an arm64 host with KVM: on other machines kvm_feat compares profiles");
}

void host_ask(struct profile *p)
{
}

unsigned int host_try(struct report *report, const struct profile *want, struct profile *host)
{
	return 0;
}

size_t host_classes(struct report *report, const char *list)
{
	return host_read(report, NULL, list);
}

#endif
