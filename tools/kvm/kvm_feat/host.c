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
const char host_features[] =
	"el1_32bit psci_0_2 pmu_v3 sve ptrauth has_el2 has_el2_e2h0 mte impid";

#ifdef __aarch64__

#include <linux/kvm.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>

#include "regs.h"
#include "rule.h"

/* The copies of the UAPI headers in tools/ follow with delay */
#ifndef KVM_CAP_REG_LIST_FILTER
#define KVM_CAP_REG_LIST_FILTER	252
#endif
#ifndef KVM_CAP_ARM_HCID
#define KVM_CAP_ARM_HCID	253
#endif
#ifndef KVM_REG_LIST_FEATURE
#define KVM_REG_LIST_FEATURE	0x100000000ULL
#define KVM_REG_LIST_CLEARABLE	0x200000000ULL
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

/* Together, so that the list is there before the vector lengths are final */
#define CLEARABLE	(KVM_REG_LIST_FEATURE | KVM_REG_LIST_CLEARABLE)
#define MAX_LIST	8192	/* ten times what hosts list, with SVE */

static const struct {
	const char *name;
	__u32 init;		/* bits of kvm_vcpu_init.features[0]; 0: enable @cap */
	unsigned int cap;
} features[] = {
	{ "el1_32bit", 1 << KVM_ARM_VCPU_EL1_32BIT, KVM_CAP_ARM_EL1_32BIT },
	{ "psci_0_2", 1 << KVM_ARM_VCPU_PSCI_0_2, KVM_CAP_ARM_PSCI_0_2 },
	{ "pmu_v3", 1 << KVM_ARM_VCPU_PMU_V3, KVM_CAP_ARM_PMU_V3 },
	{ "sve", 1 << KVM_ARM_VCPU_SVE, KVM_CAP_ARM_SVE },
	/* KVM takes both or none */
	{ "ptrauth", 1 << KVM_ARM_VCPU_PTRAUTH_ADDRESS | 1 << KVM_ARM_VCPU_PTRAUTH_GENERIC,
	  KVM_CAP_ARM_PTRAUTH_ADDRESS },
	{ "has_el2", 1 << KVM_ARM_VCPU_HAS_EL2, KVM_CAP_ARM_EL2 },
	{ "has_el2_e2h0", 1 << KVM_ARM_VCPU_HAS_EL2_E2H0, KVM_CAP_ARM_EL2_E2H0 },
	{ "mte", 0, KVM_CAP_ARM_MTE },
	{ "impid", 0, KVM_CAP_ARM_WRITABLE_IMP_ID_REGS },
};

struct vm {
	int kvm, fd, vcpu;
	__u32 features;		/* a bit for each entry of features[] */
	bool filter, impid, sve;
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

static __u32 parse_features(const char *list)
{
	__u32 wanted = 0;
	size_t i, len;

	for (; *list; list += len, list += *list == ',') {
		len = strcspn(list, ",");
		for (i = 0; i < ARRAY_SIZE(features); i++)
			if (strlen(features[i].name) == len && !memcmp(features[i].name, list, len))
				break;
		if (i == ARRAY_SIZE(features))
			fatal("unknown vCPU feature '%.*s', known are: %s", (int)len, list,
			      host_features);
		wanted |= 1u << i;
	}
	if (!wanted)
		fatal("no vCPU feature, known are: %s", host_features);
	return wanted;
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

static void close_vm(struct vm *vm)
{
	close(vm->vcpu);
	close(vm->fd);
	close(vm->kvm);
}

static bool open_vm(FILE *out, struct vm *vm, const char *list)
{
	struct kvm_vcpu_init init = { .target = KVM_ARM_TARGET_GENERIC_V8 };
	bool explained = false;
	int error = 0;

	memset(vm, 0, sizeof(*vm));
	vm->features = parse_features(list);
	open_kvm(vm);
	create_vm(vm);
	vm->filter = !enable_cap(vm, KVM_CAP_REG_LIST_FILTER);
	enable_cap(vm, KVM_CAP_ARM_HCID);	/* or there are none */
	for (size_t i = 0; i < ARRAY_SIZE(features); i++) {
		if (!(vm->features >> i & 1))
			continue;
		init.features[0] |= features[i].init;
		if (!features[i].init && enable_cap(vm, features[i].cap))
			error = errno;
		if (features[i].cap == KVM_CAP_ARM_WRITABLE_IMP_ID_REGS)
			vm->impid = true;
	}
	vm->sve = init.features[0] >> KVM_ARM_VCPU_SVE & 1;

	vm->vcpu = vm_ioctl(vm->fd, KVM_CREATE_VCPU, NULL);
	if (vm->vcpu < 0)
		fatal("creating a vCPU: %s", strerror(errno));
	if (!error && vm_ioctl(vm->vcpu, KVM_ARM_VCPU_INIT, &init))
		error = errno;
	if (!error)
		return true;

	/* The refusal does not tell which: only now it is worth the ioctls to ask */
	for (size_t i = 0; i < ARRAY_SIZE(features); i++) {
		if (!(vm->features >> i & 1) ||
		    vm_ioctl(vm->kvm, KVM_CHECK_EXTENSION, (void *)(long)features[i].cap) > 0)
			continue;
		fprintf(out, "    vCPU feature %s: this host does not have it\n",
			features[i].name);
		explained = true;
	}
	if (!explained)
		fatal("creating a vCPU with '%s': %s", list, strerror(error));
	close_vm(vm);
	return false;
}

static int get_reg(struct vm *vm, __u64 id, __u64 *val)
{
	struct kvm_one_reg reg = { .id = id, .addr = (unsigned long)val };

	return vm_ioctl(vm->vcpu, KVM_GET_ONE_REG, &reg);
}

static int set_reg(struct vm *vm, __u64 id, const __u64 *val)
{
	struct kvm_one_reg reg = { .id = id, .addr = (unsigned long)val };

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
		r->clearable = !vm->filter && regs_class(id) & REGS_CLEARABLE;
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

static void read_clearable(struct vm *vm, struct profile *p)
{
	struct kvm_reg_list *list = get_list(vm, CLEARABLE);
	struct profile_reg *r;

	for (__u64 i = 0; i < list->n; i++) {
		r = profile_find(p, list->reg[i]);
		if (r)
			r->clearable = true;
	}
	free(list);
}

bool host_read(FILE *out, struct profile *p, const char *list)
{
	struct kvm_reg_list *regs;
	struct utsname uts;
	struct vm vm;

	memset(p, 0, sizeof(*p));
	if (!open_vm(out, &vm, list))
		return false;
	/* In the order of the table, so that equal features are equal text */
	for (size_t i = 0; i < ARRAY_SIZE(features); i++)
		if (vm.features >> i & 1)
			sprintf(p->features + strlen(p->features), "%s%s",
				*p->features ? "," : "", features[i].name);
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
	profile_sort(p);
	if (vm.filter)
		read_clearable(&vm, p);
	close_vm(&vm);
	return true;
}

unsigned int host_try(FILE *out, const struct profile *want, const struct profile *host)
{
	static const __u64 zero[PROFILE_WORDS];
	char was[PROFILE_HEX_LEN], is[PROFILE_HEX_LEN];
	unsigned int bad = 0;
	struct vm vm;
	int error;

	if (!open_vm(out, &vm, want->features))
		return 1;
	for (size_t i = 0; i < want->nr; i++) {
		const struct profile_reg *r = &want->regs[i];
		const struct profile_reg *h = profile_find(host, r->id);

		if (h ? !set_reg(&vm, r->id, r->val) : rule_absent(r))
			continue;
		error = errno;
		bad++;
		/* The fields that do not fit say more, if there are any */
		if (!rule_misfit(out, r, h))
			fprintf(out, "    %s: %s refused: %s\n", r->name,
				profile_hex(is, r->val), strerror(error));
	}
	for (size_t i = 0; i < host->nr; i++) {
		const struct profile_reg *h = &host->regs[i];

		if (!h->clearable || profile_find(want, h->id) || !set_reg(&vm, h->id, zero))
			continue;
		fprintf(out, "    %s: cannot be cleared: %s\n", h->name, strerror(errno));
		bad++;
	}
	if (!bad && finalize(&vm)) {
		fprintf(out, "    SVE_VLS: these vector lengths: %s\n", strerror(errno));
		bad++;
	}
	for (size_t i = 0; !bad && i < want->nr; i++) {
		const struct profile_reg *r = &want->regs[i];
		__u64 val[PROFILE_WORDS] = {};

		if (!profile_find(host, r->id) || get_reg(&vm, r->id, val) ||
		    !memcmp(val, r->val, sizeof(val)))
			continue;
		fprintf(out, "    note: %s: %s accepted, but the guest will see %s\n", r->name,
			profile_hex(was, r->val), profile_hex(is, val));
	}
	close_vm(&vm);
	return bad;
}

#else /* !__aarch64__ */

bool host_read(FILE *out, struct profile *p, const char *list)
{
	fatal("this needs an arm64 host with KVM: on other machines kvm_feat compares profiles");
}

unsigned int host_try(FILE *out, const struct profile *want, const struct profile *host)
{
	return 0;
}

#endif
