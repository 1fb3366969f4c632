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
#define FIRST_LIST	1024	/* no host has listed as many registers so far */

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
	bool filter, impid, sve;
	unsigned int hcid;	/* registers in the window */
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

static int must_ioctl(int fd, unsigned long request, void *arg, const char *what)
{
	int ret = vm_ioctl(fd, request, arg);

	if (ret < 0)
		fatal("%s: %s", what, strerror(errno));
	return ret;
}

static int has_cap(struct vm *vm, unsigned long cap)
{
	int ret = vm_ioctl(vm->kvm, KVM_CHECK_EXTENSION, (void *)cap);

	return ret < 0 ? 0 : ret;
}

static void enable_cap(struct vm *vm, unsigned int cap, const char *what)
{
	struct kvm_enable_cap enable = { .cap = cap };

	must_ioctl(vm->fd, KVM_ENABLE_CAP, &enable, what);
}

/* A bit for each entry of features[] that @list names */
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
	return wanted;
}

static void open_kvm(struct vm *vm)
{
	vm->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (vm->kvm >= 0)
		return;
	if (errno == EACCES || errno == EPERM)
		fatal("/dev/kvm: %s: run as root, or join the group that owns it (ls -l /dev/kvm)",
		      strerror(errno));
	if (errno == ENOENT || errno == ENODEV || errno == ENXIO)
		fatal("/dev/kvm: %s: no KVM in the kernel, or not started at EL2 (see dmesg)",
		      strerror(errno));
	fatal("/dev/kvm: %s", strerror(errno));
}

static void create_vm(struct vm *vm)
{
	unsigned long bits;

	vm->fd = vm_ioctl(vm->kvm, KVM_CREATE_VM, NULL);
	if (vm->fd < 0 && errno == EINVAL) {
		/* The default of 40 bits is more than some hosts can translate */
		bits = has_cap(vm, KVM_CAP_ARM_VM_IPA_SIZE);
		vm->fd = vm_ioctl(vm->kvm, KVM_CREATE_VM, (void *)KVM_VM_TYPE_ARM_IPA_SIZE(bits));
	}
	if (vm->fd < 0)
		fatal("creating a scratch VM: %s", strerror(errno));
}

static bool open_vm(FILE *out, struct vm *vm, const char *list)
{
	__u32 wanted = parse_features(list);
	struct kvm_vcpu_init init;
	__u32 bits = 0;
	bool ok = true;

	memset(vm, 0, sizeof(*vm));
	open_kvm(vm);
	for (size_t i = 0; i < ARRAY_SIZE(features); i++) {
		if (!(wanted >> i & 1) || has_cap(vm, features[i].cap))
			continue;
		fprintf(out, "    vCPU feature %s: this host does not have it\n",
			features[i].name);
		ok = false;
	}
	if (!ok) {
		close(vm->kvm);
		return false;
	}

	create_vm(vm);
	vm->filter = !(CLEARABLE >> 32 & ~has_cap(vm, KVM_CAP_REG_LIST_FILTER));
	vm->hcid = has_cap(vm, KVM_CAP_ARM_HCID);
	if (vm->filter)
		enable_cap(vm, KVM_CAP_REG_LIST_FILTER, "filtering the register list");
	if (vm->hcid)
		enable_cap(vm, KVM_CAP_ARM_HCID, "hypercall identity registers");
	for (size_t i = 0; i < ARRAY_SIZE(features); i++) {
		if (!(wanted >> i & 1))
			continue;
		bits |= features[i].init;
		if (!features[i].init)
			enable_cap(vm, features[i].cap, features[i].name);
		if (features[i].cap == KVM_CAP_ARM_WRITABLE_IMP_ID_REGS)
			vm->impid = true;
	}
	vm->sve = bits >> KVM_ARM_VCPU_SVE & 1;

	vm->vcpu = must_ioctl(vm->fd, KVM_CREATE_VCPU, NULL, "creating a vCPU");
	must_ioctl(vm->fd, KVM_ARM_PREFERRED_TARGET, &init, "finding the vCPU target");
	memset(init.features, 0, sizeof(init.features));
	init.features[0] = bits;
	must_ioctl(vm->vcpu, KVM_ARM_VCPU_INIT, &init, "initialising a vCPU");
	return true;
}

static void close_vm(struct vm *vm)
{
	close(vm->vcpu);
	close(vm->fd);
	close(vm->kvm);
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
	struct kvm_reg_list *list = NULL;
	__u64 n = FIRST_LIST;
	int ret;

	do {
		list = realloc(list, sizeof(*list) + n * sizeof(list->reg[0]));
		if (!list)
			fatal("%s", strerror(ENOMEM));
		list->n = n | filter;
		ret = vm_ioctl(vm->vcpu, KVM_GET_REG_LIST, list);
		if (ret < 0 && (errno != E2BIG || list->n <= n))
			fatal("listing the registers: %s", strerror(errno));
		n = list->n;
	} while (ret < 0);
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
	__u64 *masks = calloc(vm->hcid + 1, sizeof(*masks));
	size_t n = 0;

	if (!masks)
		fatal("%s", strerror(ENOMEM));
	/* In the order of the list, in which the registers still are */
	if (vm->hcid && get_masks(vm, KVM_ARM_HCID_RANGE, masks))
		for (size_t i = 0; i < p->nr; i++)
			if (regs_is_hcid(p->regs[i].id) && n < vm->hcid)
				set_mask(&p->regs[i], masks[n++]);
	free(masks);
}

/* No ioctl tells the bits of the older bitmaps: see whether those known can be set */
static void read_bmap_masks(struct vm *vm, struct profile *p)
{
	for (size_t i = 0; i < p->nr; i++) {
		struct profile_reg *r = &p->regs[i];
		const struct regs_desc *d = regs_find(r->id);
		__u64 all[PROFILE_WORDS] = { r->val[0] };

		if (REG_COPROC(r->id) != COPROC_BMAP)
			continue;
		for (const struct regs_field *f = d ? d->fields : NULL; f && f->kind; f++)
			all[0] |= 1ULL << f->lsb;
		if (all[0] != r->val[0] && set_reg(vm, r->id, all))
			all[0] = r->val[0];
		set_mask(r, all[0]);
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
	if (strlen(list) >= sizeof(p->features))
		fatal("too many vCPU features");
	if (!open_vm(out, &vm, list))
		return false;
	strcpy(p->features, list);
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

/* Explains a refusal by the fields that do not fit, if that does explain it */
static void explain_refusal(FILE *out, const struct profile_reg *want,
			    const struct profile_reg *host, int error)
{
	char hex[PROFILE_HEX_LEN];

	if (!rule_misfit(out, want, host))
		fprintf(out, "    %s: %s refused: %s\n", want->name,
			profile_hex(hex, want->val), strerror(error));
}

unsigned int host_try(FILE *out, const struct profile *want, const struct profile *host)
{
	static const __u64 zero[PROFILE_WORDS];
	char was[PROFILE_HEX_LEN], is[PROFILE_HEX_LEN];
	unsigned int bad = 0;
	struct vm vm;

	if (!open_vm(out, &vm, want->features))
		return 1;
	for (size_t i = 0; i < want->nr; i++) {
		const struct profile_reg *r = &want->regs[i];
		const struct profile_reg *h = profile_find(host, r->id);

		if (!h && rule_absent(r))
			continue;
		if (!h || set_reg(&vm, r->id, r->val)) {
			explain_refusal(out, r, h, errno);
			bad++;
		}
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
	(void)out;
	(void)p;
	(void)list;
	fatal("this needs an arm64 host with KVM: on other machines kvm_feat compares profiles");
}

unsigned int host_try(FILE *out, const struct profile *want, const struct profile *host)
{
	(void)out;
	(void)want;
	(void)host;
	return 0;
}

#endif
