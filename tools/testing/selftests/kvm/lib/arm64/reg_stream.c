// SPDX-License-Identifier: GPL-2.0-only
/*
 * Save and restore the registers of a VM by the rule of
 * Documentation/virt/kvm/arm/migration.rst, without knowing any of them.
 */
#include "processor.h"
#include "reg_stream.h"

/* What the kernel says of the registers of a vCPU, if it does */
struct kernel_classes {
	bool known;
	struct kvm_reg_list *features, *optional, *vm;
};

struct kvm_reg_list *vcpu_get_filtered_reg_list(struct kvm_vcpu *vcpu, u64 filter)
{
	struct kvm_reg_list head = { .n = filter }, *list;
	int ret;

	ret = __vcpu_ioctl(vcpu, KVM_GET_REG_LIST, &head);
	TEST_ASSERT(!ret || errno == E2BIG, KVM_IOCTL_ERROR(KVM_GET_REG_LIST, ret));

	list = calloc(1, sizeof(*list) + head.n * sizeof(list->reg[0]));
	TEST_ASSERT(list, "Failed to allocate a register list");
	list->n = filter | head.n;
	vcpu_ioctl(vcpu, KVM_GET_REG_LIST, list);
	return list;
}

static struct kernel_classes get_classes(struct kvm_vcpu *vcpu)
{
	struct kvm_reg_list head = { .n = BIT_ULL(63) };
	struct kernel_classes k = {};

	/* Whether the filters are enabled shows by what is said of one that doesn't exist */
	if (!__vcpu_ioctl(vcpu, KVM_GET_REG_LIST, &head) || errno != EINVAL)
		return k;

	k.known = true;
	k.features = vcpu_get_filtered_reg_list(vcpu, KVM_REG_LIST_FEATURE);
	k.optional = vcpu_get_filtered_reg_list(vcpu, KVM_REG_LIST_OPTIONAL);
	k.vm = vcpu_get_filtered_reg_list(vcpu, KVM_REG_LIST_VM);
	return k;
}

static void free_classes(struct kernel_classes *k)
{
	free(k->features);
	free(k->optional);
	free(k->vm);
}

static u64 kernel_class(const struct kernel_classes *k, u64 id)
{
	return !k->known ? 0 :
	       (kvm_reg_list_has(k->features, id) ? KVM_REG_LIST_FEATURE : 0) |
	       (kvm_reg_list_has(k->optional, id) ? KVM_REG_LIST_OPTIONAL : 0) |
	       (kvm_reg_list_has(k->vm, id) ? KVM_REG_LIST_VM : 0);
}

/* The registers that belong to the VM are restored with its first vCPU */
static bool is_other_vcpus(const struct kvm_vcpu *vcpu, u64 class)
{
	return vcpu->id && class & KVM_REG_LIST_VM;
}

static bool is_zero(const struct reg_stream_reg *reg)
{
	static const u8 zero[REG_STREAM_MAX_SIZE];

	return !memcmp(reg->val, zero, KVM_REG_SIZE(reg->id));
}

static int add_event(struct reg_report *report, struct reg_event event, int ret)
{
	report->events = realloc(report->events, (report->nr + 1) * sizeof(event));
	TEST_ASSERT(report->events, "Failed to allocate an event");
	report->events[report->nr++] = event;
	return ret;
}

void reg_stream_add(struct reg_stream *stream, u64 id, u64 class, const void *val)
{
	struct reg_stream_reg reg = { .id = id, .class = class };

	TEST_ASSERT(KVM_REG_SIZE(id) <= REG_STREAM_MAX_SIZE, "Reg %lx too big", id);
	memcpy(reg.val, val, KVM_REG_SIZE(id));

	stream->regs = realloc(stream->regs, (stream->nr + 1) * sizeof(reg));
	TEST_ASSERT(stream->regs, "Failed to allocate a register");
	stream->regs[stream->nr++] = reg;
}

struct reg_stream_reg *reg_stream_find(const struct reg_stream *stream, u64 id)
{
	u32 i;

	for (i = 0; i < stream->nr; i++) {
		if (stream->regs[i].id == id)
			return &stream->regs[i];
	}

	return NULL;
}

void reg_stream_free(struct reg_stream *stream)
{
	free(stream->regs);
	memset(stream, 0, sizeof(*stream));
}

static void save_list(struct kvm_vcpu *vcpu, const struct kernel_classes *k,
		      const struct kvm_reg_list *list, struct reg_stream *stream)
{
	u8 val[REG_STREAM_MAX_SIZE];
	u64 i;

	for (i = 0; i < list->n; i++) {
		if (reg_stream_find(stream, list->reg[i]))
			continue;

		TEST_ASSERT(!__vcpu_get_reg(vcpu, list->reg[i], val),
			    "Failed to read 0x%llx, errno %d", list->reg[i], errno);
		reg_stream_add(stream, list->reg[i], kernel_class(k, list->reg[i]), val);
	}
}

void reg_stream_save(struct kvm_vcpu *vcpu, u64 filter, struct reg_stream *stream)
{
	struct kernel_classes k = get_classes(vcpu);
	struct kvm_reg_list *list;

	*stream = (struct reg_stream) { .classed = k.known };

	if (k.known)
		save_list(vcpu, &k, k.features, stream);

	if (filter != KVM_REG_LIST_FEATURE) {
		list = vcpu_get_filtered_reg_list(vcpu, 0);
		save_list(vcpu, &k, list, stream);
		free(list);
	}

	free_classes(&k);
}

static int set_reg(struct kvm_vcpu *vcpu, const struct reg_stream_reg *reg, u64 class,
		   struct reg_report *report)
{
	struct kvm_one_reg one_reg = { .id = reg->id, .addr = (u64)reg->val };
	int ret;

	if (is_other_vcpus(vcpu, class) || !__vcpu_ioctl(vcpu, KVM_SET_ONE_REG, &one_reg))
		return 0;

	ret = -errno;
	if (ret == -ENOENT && class & KVM_REG_LIST_OPTIONAL && is_zero(reg))
		return add_event(report, (struct reg_event) { REG_DROPPED, reg->id }, 0);

	return add_event(report, (struct reg_event) { REG_REFUSED, reg->id, .err = ret }, ret);
}

/* All are tried, whatever happens to the others */
int reg_stream_restore_features(struct kvm_vcpu *vcpu, const struct reg_stream *stream,
				struct reg_report *report)
{
	struct kernel_classes k = get_classes(vcpu);
	const struct reg_stream_reg *reg;
	u64 i, id, class;
	int err, ret = 0;

	/* In the order of the stream, if that has one */
	for (reg = stream->regs; reg < stream->regs + stream->nr; reg++) {
		class = kernel_class(&k, reg->id) | reg->class;
		if (!stream->classed || !(class & KVM_REG_LIST_FEATURE))
			continue;

		err = set_reg(vcpu, reg, class, report);
		ret = ret ?: err;
	}

	for (i = 0; k.known && i < k.features->n; i++) {
		id = k.features->reg[i];
		class = kernel_class(&k, id);
		reg = reg_stream_find(stream, id);
		err = 0;

		if (reg && stream->classed)
			continue;

		if (reg)
			err = set_reg(vcpu, reg, class, report);
		else if (class & KVM_REG_LIST_OPTIONAL)
			/* What the stream doesn't have, the VM didn't have */
			err = set_reg(vcpu, &(struct reg_stream_reg) { .id = id }, class, report);
		else if (!is_other_vcpus(vcpu, class))
			add_event(report, (struct reg_event) { REG_LEFT, id }, 0);
		ret = ret ?: err;
	}

	free_classes(&k);
	return ret;
}

int reg_stream_restore_state(struct kvm_vcpu *vcpu, const struct reg_stream *stream,
			     struct reg_report *report)
{
	struct kvm_reg_list *list = vcpu_get_filtered_reg_list(vcpu, 0);
	struct kernel_classes k = get_classes(vcpu);
	const struct reg_stream_reg *reg;
	u64 i, class;
	int ret = 0;

	for (reg = stream->regs; reg < stream->regs + stream->nr && !ret; reg++) {
		class = kernel_class(&k, reg->id) | reg->class;
		if (!(class & KVM_REG_LIST_FEATURE))
			ret = set_reg(vcpu, reg, class, report);
	}

	for (i = 0; i < list->n && !ret; i++) {
		class = kernel_class(&k, list->reg[i]);
		if (!(class & KVM_REG_LIST_FEATURE) && !is_other_vcpus(vcpu, class) &&
		    !reg_stream_find(stream, list->reg[i]))
			add_event(report, (struct reg_event) { REG_RESET, list->reg[i] }, 0);
	}

	free_classes(&k);
	free(list);
	return ret;
}

bool vm_get_reg_mask(struct kvm_vm *vm, u64 id, u64 *mask)
{
	u64 masks[KVM_ARM_FEATURE_ID_RANGE_SIZE] = {};
	struct reg_mask_range range = { .addr = (u64)masks };
	u32 op1 = id >> 11 & 7;

	/* op0 is 3, op1 is 0, 1 or 3, CRn is 0, and CRm is 0 to 7 */
	if ((id & ~0x383fULL) != ARM64_SYS_REG(3, 0, 0, 0, 0) || op1 == 2 || op1 > 3 ||
	    __vm_ioctl(vm, KVM_ARM_GET_REG_WRITABLE_MASKS, &range))
		return false;

	*mask = masks[KVM_ARM_FEATURE_ID_RANGE_IDX(3, op1, 0, id >> 3 & 7, id & 7)];
	return true;
}

static int check_reg(struct kvm_vcpu *vcpu, const struct reg_stream_reg *wrote, u64 class,
		     struct reg_report *report)
{
	struct reg_event event = { .verdict = REG_DIFFERS, .id = wrote->id };
	u8 val[REG_STREAM_MAX_SIZE] = {};
	u64 mask;
	u32 i;

	if (is_other_vcpus(vcpu, class))
		return 0;

	if (__vcpu_get_reg(vcpu, wrote->id, val)) {
		/* What has been dropped */
		if (errno == ENOENT && class & KVM_REG_LIST_OPTIONAL && is_zero(wrote))
			return 0;
		event.verdict = REG_REFUSED;
		event.err = -errno;
		return add_event(report, event, event.err);
	}

	if (!memcmp(wrote->val, val, KVM_REG_SIZE(wrote->id)))
		return 0;

	memcpy(&event.wrote, wrote->val, sizeof(event.wrote));
	memcpy(&event.read, val, sizeof(event.read));
	if (wrote->id >= KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_1 &&
	    wrote->id <= KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_3)
		event.verdict = REG_BETTER;
	else if (vm_get_reg_mask(vcpu->vm, wrote->id, &mask) &&
		 !((event.wrote ^ event.read) & mask))
		event.verdict = REG_CORRECTED;
	add_event(report, event, 0);

	for (i = 0; i < report->nr_accept; i++) {
		if (report->accept[i] == wrote->id)
			return 0;
	}

	return event.verdict == REG_DIFFERS ||
	       (event.verdict == REG_CORRECTED && report->strict) ? -ESTALE : 0;
}

int reg_stream_check(struct kvm_vcpu *vcpu, const struct reg_stream *stream,
		     struct reg_report *report)
{
	struct kernel_classes k = get_classes(vcpu);
	const struct reg_stream_reg *reg;
	int err, ret = 0;
	u64 i, id, class;

	for (reg = stream->regs; reg < stream->regs + stream->nr; reg++) {
		class = kernel_class(&k, reg->id) | reg->class;
		if (!(class & KVM_REG_LIST_FEATURE))
			continue;

		err = check_reg(vcpu, reg, class, report);
		ret = ret ?: err;
	}

	for (i = 0; k.known && i < k.optional->n; i++) {
		id = k.optional->reg[i];
		if (reg_stream_find(stream, id))
			continue;

		err = check_reg(vcpu, &(struct reg_stream_reg) { .id = id },
				kernel_class(&k, id), report);
		ret = ret ?: err;
	}

	free_classes(&k);
	return ret;
}

const struct reg_event *reg_report_find(const struct reg_report *report, u64 id)
{
	u32 i;

	for (i = 0; i < report->nr; i++) {
		if (report->events[i].id == id)
			return &report->events[i];
	}

	return NULL;
}

void reg_report_print(const struct reg_report *report)
{
	const struct reg_event *event;

	for (event = report->events; event < report->events + report->nr; event++)
		printf("0x%lx: verdict %d, errno %d, wrote 0x%lx, read 0x%lx\n", event->id,
		       event->verdict, -event->err, event->wrote, event->read);
}

void reg_report_free(struct reg_report *report)
{
	free(report->events);
	report->events = NULL;
	report->nr = 0;
}
