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

#include "kvm_feat.h"

#ifdef __aarch64__

#include <endian.h>
#include <glob.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/utsname.h>

/* The copies of the UAPI headers in tools/ follow with delay */
#ifndef KVM_CAP_REG_LIST_FILTER
#define KVM_CAP_REG_LIST_FILTER	252
#define KVM_REG_LIST_FEATURE	0x100000000ULL
#define KVM_REG_LIST_OPTIONAL	0x200000000ULL
#endif
#ifndef KVM_CAP_ARM_HCID
#define KVM_CAP_ARM_HCID	253
#define KVM_ARM_HCID_RANGE	1
#define KVM_ARM_HCID_RANGE_SIZE	32
#endif
#ifndef KVM_ARM_VCPU_PMU_V3_STRICT
#define KVM_ARM_VCPU_PMU_V3_STRICT	9
#endif

static_assert(FW_FEAT_BMAP_REG(2) == KVM_REG_ARM_VENDOR_HYP_BMAP &&
	      FW_REG(1) == KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_1 &&
	      ARM64_SYS_REG(3, 2, 5, 6, 7) == SYSREG(3, 2, 5, 6, 7) &&
	      (__u64)REGS_FEATURE << 32 == KVM_REG_LIST_FEATURE &&
	      (__u64)REGS_OPTIONAL << 32 == KVM_REG_LIST_OPTIONAL &&
	      REG_ID_SVE_VLS == KVM_REG_ARM64_SVE_VLS, "regs.h");

#define MAX_LIST	8192	/* ten times what hosts list, with SVE */

struct vm {
	int kvm, fd, vcpu;
	long features;		/* a bit for each entry of features[] */
	int gic;		/* its file descriptor, if there is one */
	bool filter, impid, sve, pmu, gic_init, finalized;
};

static int enable_cap(struct vm *vm, unsigned int cap)
{
	struct kvm_enable_cap enable = { .cap = cap };

	return ioctl(vm->fd, KVM_ENABLE_CAP, &enable);
}

static int device_attr(int fd, unsigned long request, __u32 group, __u64 attr, void *val)
{
	struct kvm_device_attr arg = { .group = group, .attr = attr, .addr = (unsigned long)val };

	return ioctl(fd, request, &arg);
}

#define set_attr(fd, ...)	device_attr(fd, KVM_SET_DEVICE_ATTR, __VA_ARGS__)

/* With its registers anywhere: a first run needs that */
static int create_gic(struct vm *vm)
{
	struct kvm_create_device create = { .type = KVM_DEV_TYPE_ARM_VGIC_V3 };
	__u64 dist = 0x8000000, redist = 0x80a0000;

	if (ioctl(vm->fd, KVM_CREATE_DEVICE, &create))
		return -1;
	set_attr(create.fd, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_DIST, &dist);
	set_attr(create.fd, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_REDIST, &redist);
	return create.fd;
}

static int init_gic(struct vm *vm)
{
	if (!vm->gic || vm->gic_init)
		return 0;
	vm->gic_init = true;
	return set_attr(vm->gic, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, NULL);
}

/* In strict mode a vCPU has no PMU until it is told which: any that this host takes */
static int choose_pmu(struct vm *vm)
{
	int number, ret = -1;
	glob_t found = {};
	FILE *type;

	glob("/sys/bus/event_source/devices/arm*/type", 0, NULL, &found);
	for (size_t i = 0; ret && i < found.gl_pathc; i++) {
		type = fopen(found.gl_pathv[i], "r");
		if (type && fscanf(type, "%d", &number) == 1)
			ret = set_attr(vm->vcpu, KVM_ARM_VCPU_PMU_V3_CTRL,
				       KVM_ARM_VCPU_PMU_V3_SET_PMU, &number);
		if (type)
			fclose(type);
	}
	globfree(&found);
	return ret;
}

static void close_vm(struct vm *vm)
{
	if (vm->gic > 0)
		close(vm->gic);
	close(vm->vcpu);
	close(vm->fd);
	close(vm->kvm);
}

/* Has this host what is asked for, and is it enabled if that is the VM's? */
static bool add_feature(struct vm *vm, const struct feature *f)
{
	if (f->cap == KVM_CAP_DEVICE_CTRL) {
		vm->gic = create_gic(vm);
		return vm->gic >= 0;
	}
	vm->impid |= f->cap == KVM_CAP_ARM_WRITABLE_IMP_ID_REGS;
	return ioctl(vm->kvm, KVM_CHECK_EXTENSION, f->cap) > 0 &&
	       (f->init || !enable_cap(vm, f->cap));
}

static bool open_vm(struct report *report, struct vm *vm, const char *list)
{
	struct kvm_vcpu_init init = { .target = KVM_ARM_TARGET_GENERIC_V8 };
	bool found = true;
	int bits;

	*vm = (struct vm){ .vcpu = -1, .features = features_parse(list) };
	if (vm->features <= 0)
		fatal("%s vCPU feature in '%s'; see kvm_feat --help",
		      vm->features ? "unknown" : "no", list);
	vm->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (vm->kvm < 0)
		fatal("/dev/kvm: %s (ls -l tells who may use it, dmesg whether there is KVM)",
		      strerror(errno));
	/* The default of 40 bits is more than some hosts can translate */
	bits = ioctl(vm->kvm, KVM_CHECK_EXTENSION, KVM_CAP_ARM_VM_IPA_SIZE);
	vm->fd = ioctl(vm->kvm, KVM_CREATE_VM, bits > 0 ? KVM_VM_TYPE_ARM_IPA_SIZE(bits) : 0);
	if (vm->fd < 0)
		fatal("creating a scratch VM: %s", strerror(errno));
	vm->filter = !enable_cap(vm, KVM_CAP_REG_LIST_FILTER);
	enable_cap(vm, KVM_CAP_ARM_HCID);	/* or there are none */
	for (size_t i = 0; i < nr_features; i++) {
		if (!(vm->features >> i & 1))
			continue;
		init.features[0] |= features[i].init;
		if (add_feature(vm, &features[i]))
			continue;
		report_add(report, OBSTACLE, NULL, NULL,
			   "vCPU feature %s: this host does not have it", features[i].name);
		found = false;
	}
	if (!found) {
		close_vm(vm);
		return false;
	}
	vm->sve = init.features[0] >> KVM_ARM_VCPU_SVE & 1;
	vm->pmu = init.features[0] >> KVM_ARM_VCPU_PMU_V3 & 1;
	vm->vcpu = ioctl(vm->fd, KVM_CREATE_VCPU, 0);
	if (vm->vcpu < 0 || ioctl(vm->vcpu, KVM_ARM_VCPU_INIT, &init))
		fatal("creating a vCPU with '%s': %s", list, strerror(errno));
	if (init.features[0] >> KVM_ARM_VCPU_PMU_V3_STRICT & 1 && choose_pmu(vm))
		fatal("pmu_v3_strict: this host has no PMU that KVM would take");
	return true;
}

static void open_like(struct vm *vm, const struct profile *p)
{
	if (!open_vm(NULL, vm, p->features))
		fatal("the features of this host have changed");
}

static int access_gic(struct vm *vm, unsigned long request, __u32 group, __u64 attr, void *val)
{
	int ret = device_attr(vm->gic, request, group, attr, val);

	/* Some can be accessed only after that, and some can be changed only before */
	if (ret && errno == EBUSY && !vm->gic_init)
		ret = init_gic(vm) ?: device_attr(vm->gic, request, group, attr, val);
	return ret;
}

static int access_reg(struct vm *vm, unsigned long request, __u64 id, __u64 *val)
{
	unsigned char mem[PROFILE_WORDS * sizeof(*val)];
	struct kvm_one_reg reg = { .id = id, .addr = (unsigned long)mem };
	int ret;

	profile_memory(mem, val, profile_reg_bytes(id), __BYTE_ORDER == __BIG_ENDIAN, false);
	ret = ioctl(vm->vcpu, request, &reg);
	if (!ret && request == KVM_GET_ONE_REG)
		profile_memory(mem, val, profile_reg_bytes(id), __BYTE_ORDER == __BIG_ENDIAN, true);
	return ret;
}

/* Kernels without the attribute may take it as part of PMCR_EL0 */
static int access_counters(struct vm *vm, bool write, __u64 *val)
{
	__u64 pmcr[PROFILE_WORDS] = {}, id = ARM64_SYS_REG(3, 3, 9, 12, 0);
	__u32 nr = *val;

	if (write) {
		int ret = set_attr(vm->vcpu, KVM_ARM_VCPU_PMU_V3_CTRL,
				   KVM_ARM_VCPU_PMU_V3_SET_NR_COUNTERS, &nr);

		if (!ret || errno != ENXIO)
			return ret;
	}
	if (access_reg(vm, KVM_GET_ONE_REG, id, pmcr))
		return -1;
	if (!write) {
		*val = *pmcr >> 11 & 31;
		return 0;
	}
	*pmcr = (*pmcr & ~(31ULL << 11)) | *val << 11;
	return access_reg(vm, KVM_SET_ONE_REG, id, pmcr);
}

static __u64 read_device_types(struct vm *vm, const struct regs_field *f)
{
	__u64 val = 0;

	for (; f->kind; f++) {
		struct kvm_create_device create = {
			.type = f->lsb, .flags = KVM_CREATE_DEVICE_TEST,
		};

		val |= (__u64)!ioctl(vm->fd, KVM_CREATE_DEVICE, &create) << f->lsb;
	}
	return val;
}

/* By the table of classes; sets @val, but for a write */
static int access_source(struct vm *vm, bool write, __u64 id, __u64 *val)
{
	unsigned long request = write ? KVM_SET_DEVICE_ATTR : KVM_GET_DEVICE_ATTR;
	const struct regs_class *c = regs_class_of(id);
	__u32 word = *val;
	int ret = 0;

	switch (c->source) {
	case FROM_VCPU:
		return access_reg(vm, write ? KVM_SET_ONE_REG : KVM_GET_ONE_REG, id, val);
	case FROM_GIC_DIST:
		ret = access_gic(vm, request, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, c->attr, &word);
		*val = write ? *val : word;
		break;
	case FROM_GIC_CPU:
		ret = access_gic(vm, request, KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS, c->attr, val);
		break;
	case FROM_PMU:
		ret = access_counters(vm, write, val);
		break;
	case FROM_EL0:
		if (id == CNTFRQ_EL0)
			asm volatile("mrs %0, cntfrq_el0" : "=r" (*val));
		else
			asm volatile("mrs %0, dczid_el0" : "=r" (*val));
		break;
	case FROM_EXTENSION:
		*val = ioctl(vm->kvm, KVM_CHECK_EXTENSION, c->attr);
		break;
	case FROM_DEVICE_TYPES:
		*val = read_device_types(vm, c->fields);
		break;
	}
	if (!write)
		*val &= ~c->guests;
	return ret;
}

#define get_reg(vm, id, val)	access_source(vm, false, id, val)
#define set_reg(vm, id, val)	access_source(vm, true, id, (__u64 *)(val))

static int finalize(struct vm *vm)
{
	int what = KVM_ARM_VCPU_SVE;

	if (!vm->sve || vm->finalized)
		return 0;
	vm->finalized = true;
	return ioctl(vm->vcpu, KVM_ARM_VCPU_FINALIZE, &what);
}

/* A run that ends before the guest's first instruction: it still settles the ID registers */
static int first_run(struct vm *vm)
{
	int irq = 23, ret;
	struct kvm_run *run;
	long size;

	if (finalize(vm) || init_gic(vm))
		return -1;
	if (vm->pmu && vm->gic && set_attr(vm->vcpu, KVM_ARM_VCPU_PMU_V3_CTRL,
					   KVM_ARM_VCPU_PMU_V3_IRQ, &irq))
		return -1;
	if (vm->pmu && set_attr(vm->vcpu, KVM_ARM_VCPU_PMU_V3_CTRL, KVM_ARM_VCPU_PMU_V3_INIT, NULL))
		return -1;
	size = ioctl(vm->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, vm->vcpu, 0);
	if (run == MAP_FAILED)
		return -1;
	run->immediate_exit = 1;
	ret = ioctl(vm->vcpu, KVM_RUN, NULL);
	munmap(run, size);
	return ret && errno == EINTR ? 0 : -1;
}

static struct kvm_reg_list *get_list(struct vm *vm, __u64 filter)
{
	struct kvm_reg_list *list = must_realloc(NULL, 1, sizeof(*list) + MAX_LIST * sizeof(__u64));

	list->n = MAX_LIST | filter;
	if (ioctl(vm->vcpu, KVM_GET_REG_LIST, list))
		fatal("listing the registers: %s", strerror(errno));
	return list;
}

static void read_reg(struct vm *vm, struct profile *p, __u64 id)
{
	struct profile_reg *r = profile_add(p, id);

	regs_name(r->name, sizeof(r->name), id);
	if (!profile_reg_bytes(id) || get_reg(vm, id, r->val))
		fatal("reading %s: %s", r->name, strerror(errno));
	for (int i = 1; i < PROFILE_WORDS; i++)
		if (r->val[i])
			fatal("%s has bits set above bit 63: that is not supported", r->name);
	r->optional = !vm->filter && regs_class(id) & REGS_OPTIONAL;
}

/* The registers that are features, all if the kernel picks them; then devices and the host */
static void read_all(struct vm *vm, struct profile *p)
{
	struct kvm_reg_list *list = get_list(vm, vm->filter ? KVM_REG_LIST_FEATURE : 0);

	for (__u64 i = 0; i < list->n; i++)
		if (vm->filter || regs_class(list->reg[i]) & REGS_FEATURE)
			read_reg(vm, p, list->reg[i]);
	free(list);
	for (size_t i = 0; i < nr_regs_classes; i++) {
		const struct regs_class *c = &regs_classes[i];
		bool gic = c->source == FROM_GIC_DIST || c->source == FROM_GIC_CPU;

		if (c->source != FROM_VCPU && (!gic || vm->gic) &&
		    (c->source != FROM_PMU || vm->pmu))
			read_reg(vm, p, c->first);
	}
}

/* No ioctl tells the bits of the older bitmaps: see which of those known can be set */
static __u64 try_bits(struct vm *vm, const struct profile_reg *r)
{
	const struct regs_desc *d = regs_find(r->id);
	__u64 mask[PROFILE_WORDS] = { r->val[0] };

	for (const struct regs_field *f = d ? d->fields : NULL; f && f->kind; f++) {
		__u64 bit = 1ULL << f->lsb & ~mask[0];

		mask[0] |= bit;
		if (bit && set_reg(vm, r->id, mask))
			mask[0] ^= bit;
	}
	set_reg(vm, r->id, r->val);
	return mask[0];
}

static bool get_masks(struct vm *vm, __u32 range, __u64 *masks)
{
	struct reg_mask_range arg = { .addr = (unsigned long)masks, .range = range };

	return !ioctl(vm->fd, KVM_ARM_GET_REG_WRITABLE_MASKS, &arg);
}

static void read_masks(struct vm *vm, struct profile *p)
{
	__u64 ids[KVM_ARM_FEATURE_ID_RANGE_SIZE], hcid[KVM_ARM_HCID_RANGE_SIZE];
	bool has_ids = get_masks(vm, KVM_ARM_FEATURE_ID_RANGE, ids);
	bool has_hcid = get_masks(vm, KVM_ARM_HCID_RANGE, hcid);
	size_t n = 0;

	for (size_t i = 0; i < p->nr; i++) {
		struct profile_reg *r = &p->regs[i];
		unsigned int low = REG_LOW(r->id);
		unsigned int op1 = low >> 11 & 7, crm = low >> 3 & 7, op2 = low & 7;
		bool id = r->id == SYSREG(3, op1, 0, crm, op2) && op1 != 2 && op1 < 4;

		r->has_mask = true;
		if (id && has_ids)
			/* The kernel does not say that the identity depends on a capability */
			r->mask = regs_class_of(r->id)->group == IDENTITY && !vm->impid ? 0 :
				     ids[KVM_ARM_FEATURE_ID_RANGE_IDX(3, op1, 0, crm, op2)];
		else if (regs_is_hcid(r->id) && has_hcid && n < ARRAY_SIZE(hcid))
			r->mask = hcid[n++];	/* in the order of the list, which this still is */
		else if (regs_is_service(r->id))
			r->mask = try_bits(vm, r);
		else
			r->has_mask = false;
	}
}

static bool host_read(struct report *report, struct profile *p, const char *features)
{
	struct kvm_reg_list *list;
	struct profile_reg *r;
	struct utsname uts;
	struct vm vm;

	memset(p, 0, sizeof(*p));
	if (!open_vm(report, &vm, features))
		return false;
	features_str(p->features, vm.features);
	p->kernel_classes = vm.filter;
	uname(&uts);
	snprintf(p->kernel, sizeof(p->kernel), "%s", uts.release);
	if (!vm.filter && finalize(&vm))
		fatal("finalising the vector lengths: %s", strerror(errno));
	read_all(&vm, p);
	read_masks(&vm, p);
	profile_sort(p);
	if (vm.filter) {
		list = get_list(&vm, KVM_REG_LIST_FEATURE | KVM_REG_LIST_OPTIONAL);
		for (__u64 i = 0; i < list->n; i++) {
			r = profile_find(p, list->reg[i]);
			if (r)
				r->optional = true;
		}
		free(list);
	}
	close_vm(&vm);

	/* A VM that never ran shows values that the first run changes */
	open_like(&vm, p);
	if (first_run(&vm))
		fatal("first run of a scratch VM: %s", strerror(errno));
	for (size_t i = 0; i < p->nr; i++)
		if (!regs_is_fact(p->regs[i].id) && get_reg(&vm, p->regs[i].id, p->regs[i].val))
			fatal("reading %s: %s", p->regs[i].name, strerror(errno));
	close_vm(&vm);
	return true;
}

static enum answer try_value(struct vm *vm, const struct profile_reg *r, unsigned int msb,
			     unsigned int lsb, __u64 v)
{
	__u64 bits = bits_of(msb, lsb), now[PROFILE_WORDS] = {};
	__u64 val[PROFILE_WORDS] = { (r->val[0] & ~bits) | v << lsb };

	if (val[0] == r->val[0])
		return KEPT;
	if (set_reg(vm, r->id, val) || get_reg(vm, r->id, now))
		return REFUSED;
	/* A third value would be neither the one nor the other */
	return now[0] == val[0] ? KEPT : (now[0] ^ r->val[0]) & bits ? REFUSED : LOST;
}

/*
 * Asks which of the values @min to @max some bits take, if any but the one they have. What
 * can only be lowered is asked of a VM for each value.
 */
static void probe_values(struct vm *vm, const struct profile *p, struct profile_reg *r,
			 const struct regs_probe *probe)
{
	struct profile_take take = { .msb = probe->msb, .lsb = probe->lsb };
	__u64 own = (r->val[0] & bits_of(take.msb, take.lsb)) >> take.lsb;
	enum answer last = REFUSED, answer;
	size_t nr = r->nr_takes;
	bool others = false;

	for (__u64 v = probe->min; v <= (__u64)probe->max + 1; v++, last = answer) {
		answer = v <= probe->max ? try_value(vm, r, take.msb, take.lsb, v) : REFUSED;
		others |= answer != REFUSED && v != own;
		if (answer != last && last != REFUSED)
			profile_add_take(r, &take);
		if (answer != last) {
			take.min = v;
			take.ignored = answer == LOST;
		}
		take.max = v;
		if (probe->how == PROBE_LOWER && answer == KEPT && v != own) {
			close_vm(vm);
			open_like(vm, p);
		}
	}
	if (!others)
		r->nr_takes = nr;
	set_reg(vm, r->id, r->val);
}

/* The same for bits that take all values or only one, which a few values tell */
static void probe_wide(struct vm *vm, struct profile_reg *r, unsigned int msb, unsigned int lsb)
{
	__u64 max = bits_of(msb - lsb, 0), own = r->val[0] >> lsb & max;
	enum answer answer = try_value(vm, r, msb, lsb, own ^ max);
	struct profile_take take = { msb, lsb, answer == LOST, 0, max };

	for (unsigned int bit = 0; answer != REFUSED && bit <= msb - lsb; bit++)
		if (try_value(vm, r, msb, lsb, own ^ 1ULL << bit) != answer)
			answer = REFUSED;
	if (answer == LOST)
		profile_add_take(r, &(struct profile_take){ msb, lsb, false, own, own });
	if (answer != REFUSED)
		profile_add_take(r, &take);
	set_reg(vm, r->id, r->val);
}

static void probe_fields(struct vm *vm, const struct profile *p, struct profile_reg *r)
{
	const struct regs_desc *d = regs_find(r->id);
	unsigned int msb;

	/* Nothing in there can be written, unless it is ignored: AArch32 on some hosts */
	if (!d || !d->fields || (r->has_mask && !r->mask)) {
		probe_wide(vm, r, 63, 0);
		return;
	}
	for (const struct regs_field *f = d->fields; f->kind; f++) {
		for (unsigned int lsb = f->lsb; lsb <= f->msb; lsb = msb + 1) {
			/* What sysreg does not name yet will be named in fours */
			msb = *f->name && f->msb - f->lsb < 8 ? f->msb : lsb | 3;
			if (msb > f->msb)
				msb = f->msb;
			probe_values(vm, p, r, &(struct regs_probe){
				.msb = msb, .lsb = lsb, .max = bits_of(msb - lsb, 0) });
		}
	}
}

/*
 * What a VM takes may be changed by its first run, which then leaves no choice. Write to all
 * bits the lowest, or the greatest, of what they take, and forget what does not survive.
 */
static void forget_changed(struct profile *p, bool greatest)
{
	__u64 *before = must_realloc(NULL, p->nr, sizeof(*before));
	__u64 val[PROFILE_WORDS] = {};
	struct vm vm;

	open_like(&vm, p);
	for (size_t i = 0; i < p->nr; i++) {
		const struct profile_reg *r = &p->regs[i];

		for (size_t n = 0; n < r->nr_takes && r->id < REG_ID_DEVICE; n++) {
			const struct profile_take *t = &r->takes[n];

			if (t->ignored || (!greatest && n && t[-1].lsb == t->lsb) ||
			    get_reg(&vm, r->id, val))
				continue;
			val[0] &= ~bits_of(t->msb, t->lsb);
			val[0] |= (greatest ? t->max : t->min) << t->lsb;
			set_reg(&vm, r->id, val);
		}
	}
	for (size_t i = 0; i < p->nr; i++) {
		get_reg(&vm, p->regs[i].id, val);
		before[i] = val[0];
	}
	if (first_run(&vm))
		fatal("first run of a scratch VM: %s", strerror(errno));
	for (size_t i = 0; i < p->nr; i++) {
		struct profile_reg *r = &p->regs[i];
		size_t nr = 0;

		get_reg(&vm, r->id, val);
		for (size_t n = 0; n < r->nr_takes; n++) {
			const struct profile_take t = r->takes[n];

			if (!((before[i] ^ val[0]) & bits_of(t.msb, t.lsb)))
				r->takes[nr++] = t;
		}
		r->nr_takes = nr;
	}
	close_vm(&vm);
	free(before);
}

static void host_ask(struct profile *p)
{
	struct vm vm;

	open_like(&vm, p);
	for (size_t i = 0; i < p->nr; i++) {
		const struct regs_probe *probe = regs_class_of(p->regs[i].id)->probe;
		struct profile_reg *r = &p->regs[i];

		for (; probe->how; probe++) {
			if (probe->how == PROBE_FIELDS)
				probe_fields(&vm, p, r);
			else if (probe->how == PROBE_WIDE)
				probe_wide(&vm, r, probe->msb, probe->lsb);
			else
				probe_values(&vm, p, r, probe);
		}
	}
	close_vm(&vm);
	forget_changed(p, false);
	forget_changed(p, true);
}

bool host_dump(struct report *report, struct profile *p, const char *features)
{
	if (!host_read(report, p, features))
		return false;
	host_ask(p);
	return true;
}

/* What a VM that has been given @r made of it: refused with @error, or what it has now */
static unsigned int judge_reg(struct report *report, struct vm *vm, const struct profile *want,
			      const struct profile_reg *r, const struct profile *host, int error)
{
	struct profile_reg seen = *r;
	unsigned int bad;

	if (!error)
		error = get_reg(vm, r->id, seen.val) ? errno : 0;
	if (!error && (!report || !rule_misfit(NULL, want, r, host, &seen)))
		return rule_misfit(report, want, r, host, &seen);
	/* The fields that do not fit say more, if there are any */
	bad = rule_misfit(report, want, r, host, NULL);
	if (bad || !error)
		return bad ?: rule_misfit(report, want, r, host, &seen);
	if (error != EPROTO)
		report_add(report, OBSTACLE, r, NULL, "refused: %s", strerror(error));
	return error != EPROTO;
}

unsigned int host_try(struct report *report, const struct profile *want)
{
	struct profile_reg *regs;
	unsigned int bad = 0;
	struct profile host;
	bool asked = false;
	struct vm vm;
	int *errors;
	size_t nr;

	if (!host_read(report, &host, want->features))
		return 1;
	regs = rule_restored(want, &host, &nr);
	errors = must_realloc(NULL, nr, sizeof(*errors));
	open_like(&vm, &host);
	for (size_t i = 0; i < nr; i++) {
		errors[i] = 0;
		/* Judged by the profile of this host alone */
		if (regs_is_fact(regs[i].id) || !profile_find(&host, regs[i].id))
			errors[i] = EPROTO;
		else if (set_reg(&vm, regs[i].id, regs[i].val))
			errors[i] = errno;
	}
	if (first_run(&vm)) {
		report_add(report, OBSTACLE, NULL, NULL, "KVM_RUN failed: %s", strerror(errno));
		bad++;
	}
	/* In the words of what the host takes, which is worth asking for only now */
	for (size_t i = 0; i < nr; i++)
		asked |= errors[i] != EPROTO &&
			 judge_reg(NULL, &vm, want, &regs[i], &host, errors[i]);
	if (asked)
		host_ask(&host);
	for (size_t i = 0; i < nr; i++)
		bad += judge_reg(report, &vm, want, &regs[i], &host, errors[i]);
	rule_left(report, want, &host);
	close_vm(&vm);
	free(regs);
	free(errors);
	profile_free(&host);
	return bad;
}

#else /* !__aarch64__ */

bool host_dump(struct report *report, struct profile *p, const char *features)
{
	fatal("this needs an arm64 host with KVM; other machines can only compare profiles");
}

unsigned int host_try(struct report *report, const struct profile *want)
{
	return host_dump(report, NULL, NULL);
}

#endif
