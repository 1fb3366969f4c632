// SPDX-License-Identifier: GPL-2.0-only
/*
 * Save and restore the registers of a VM by the rule of KVM_GET_REG_LIST in
 * Documentation/virt/kvm/api.rst: without knowing any of them.
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

/* Whether the filters are enabled shows by what is said of one that doesn't exist */
static bool has_filters(struct kvm_vcpu *vcpu)
{
	struct kvm_reg_list head = { .n = BIT_ULL(63) };

	return __vcpu_ioctl(vcpu, KVM_GET_REG_LIST, &head) && errno == EINVAL;
}

static struct kernel_classes get_classes(struct kvm_vcpu *vcpu)
{
	struct kernel_classes k = { .known = has_filters(vcpu) };

	if (k.known) {
		k.features = vcpu_get_filtered_reg_list(vcpu, KVM_REG_LIST_FEATURE);
		k.optional = vcpu_get_filtered_reg_list(vcpu, KVM_REG_LIST_OPTIONAL);
		k.vm = vcpu_get_filtered_reg_list(vcpu, KVM_REG_LIST_VM);
	}

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
	if (!k->known)
		return 0;

	return (kvm_reg_list_has(k->features, id) ? KVM_REG_LIST_FEATURE : 0) |
	       (kvm_reg_list_has(k->optional, id) ? KVM_REG_LIST_OPTIONAL : 0) |
	       (kvm_reg_list_has(k->vm, id) ? KVM_REG_LIST_VM : 0);
}

/* Either side may know, and failing that the caller */
static u64 reg_class(const struct kernel_classes *k, const struct reg_stream *stream,
		     const struct reg_stream_reg *reg, const struct reg_report *report)
{
	if (!stream->classed && !k->known)
		return report->class ? report->class(reg->id) : 0;

	return kernel_class(k, reg->id) | (stream->classed ? reg->class : 0);
}

/* The registers that belong to the VM are saved and restored with its first vCPU */
static bool is_other_vcpus(const struct kvm_vcpu *vcpu, u64 class)
{
	return vcpu->id && class & KVM_REG_LIST_VM;
}

static bool is_mitigation(u64 id)
{
	return id == KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_1 ||
	       id == KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_2 ||
	       id == KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_3;
}

static bool is_firmware(u64 id)
{
	u64 coproc = id & KVM_REG_ARM_COPROC_MASK;

	return coproc == KVM_REG_ARM_FW || coproc == KVM_REG_ARM_FW_FEAT_BMAP;
}

static bool is_zero(const struct reg_stream_reg *reg)
{
	static const u8 zero[REG_STREAM_MAX_SIZE];

	return !memcmp(reg->val, zero, KVM_REG_SIZE(reg->id));
}

static void add_event(struct reg_report *report, struct reg_event event)
{
	report->events = realloc(report->events, (report->nr + 1) * sizeof(event));
	TEST_ASSERT(report->events, "Failed to allocate an event");
	report->events[report->nr++] = event;
}

void reg_stream_add(struct reg_stream *stream, u64 id, u64 class, const void *val)
{
	struct reg_stream_reg *reg;

	TEST_ASSERT(KVM_REG_SIZE(id) <= REG_STREAM_MAX_SIZE, "Reg %lx too big", id);

	stream->regs = realloc(stream->regs, (stream->nr + 1) * sizeof(*reg));
	TEST_ASSERT(stream->regs, "Failed to allocate a register");
	reg = &stream->regs[stream->nr++];
	memset(reg, 0, sizeof(*reg));
	reg->id = id;
	reg->class = class;
	memcpy(reg->val, val, KVM_REG_SIZE(id));
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
	u64 i, class;

	for (i = 0; i < list->n; i++) {
		class = kernel_class(k, list->reg[i]);
		if (is_other_vcpus(vcpu, class) || reg_stream_find(stream, list->reg[i]))
			continue;

		TEST_ASSERT(!__vcpu_get_reg(vcpu, list->reg[i], val),
			    "Failed to read %s, errno %d", reg_stream_name(list->reg[i]), errno);
		reg_stream_add(stream, list->reg[i], class, val);
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

	if (!__vcpu_ioctl(vcpu, KVM_SET_ONE_REG, &one_reg))
		return 0;

	ret = -errno;
	if (ret == -ENOENT && class & KVM_REG_LIST_OPTIONAL && is_zero(reg)) {
		add_event(report, (struct reg_event) { REG_DROPPED, reg->id });
		return 0;
	}

	add_event(report, (struct reg_event) { REG_REFUSED, reg->id, .err = ret });
	return ret;
}

/* All are tried, whatever happens to the others */
int reg_stream_restore_features(struct kvm_vcpu *vcpu, const struct reg_stream *stream,
				struct reg_report *report)
{
	struct kernel_classes k = get_classes(vcpu);
	/* Where no kernel tells the order: what a firmware register takes depends on the others */
	bool two_passes = !stream->classed && !k.known;
	const struct reg_stream_reg *reg;
	int pass, err, ret = 0;
	u64 i, id, class;

	for (pass = 0; pass <= two_passes; pass++) {
		for (reg = stream->regs; reg < stream->regs + stream->nr; reg++) {
			class = reg_class(&k, stream, reg, report);
			if (!(class & KVM_REG_LIST_FEATURE) || is_other_vcpus(vcpu, class) ||
			    (two_passes && is_firmware(reg->id) != pass))
				continue;

			/* In the order of the list, below */
			if (!stream->classed && k.known)
				continue;

			err = set_reg(vcpu, reg, class, report);
			ret = ret ?: err;
		}
	}

	for (i = 0; k.known && i < k.features->n; i++) {
		id = k.features->reg[i];
		class = kernel_class(&k, id);
		if (is_other_vcpus(vcpu, class))
			continue;

		reg = reg_stream_find(stream, id);
		if (reg && stream->classed && reg->class & KVM_REG_LIST_FEATURE)
			continue;

		if (reg) {
			err = set_reg(vcpu, reg, class, report);
		} else if (class & KVM_REG_LIST_OPTIONAL) {
			/* What the stream doesn't have, the VM didn't have */
			err = set_reg(vcpu, &(struct reg_stream_reg) { .id = id }, class, report);
		} else {
			add_event(report, (struct reg_event) { REG_LEFT, id });
			err = 0;
		}
		ret = ret ?: err;
	}

	free_classes(&k);
	return ret;
}

/* Whether it is listed here or not: the kernel takes what can't matter */
int reg_stream_restore_state(struct kvm_vcpu *vcpu, const struct reg_stream *stream,
			     struct reg_report *report)
{
	struct kvm_reg_list *list = vcpu_get_filtered_reg_list(vcpu, 0);
	struct kernel_classes k = get_classes(vcpu);
	const struct reg_stream_reg *reg;
	u64 i, class;
	int ret = 0;

	for (reg = stream->regs; reg < stream->regs + stream->nr && !ret; reg++) {
		class = reg_class(&k, stream, reg, report);
		if (!(class & KVM_REG_LIST_FEATURE) && !is_other_vcpus(vcpu, class))
			ret = set_reg(vcpu, reg, class, report);
	}

	for (i = 0; i < list->n && !ret; i++) {
		class = kernel_class(&k, list->reg[i]);
		if (!k.known && report->class)
			class = report->class(list->reg[i]);

		if (!(class & KVM_REG_LIST_FEATURE) && !is_other_vcpus(vcpu, class) &&
		    !reg_stream_find(stream, list->reg[i]))
			add_event(report, (struct reg_event) { REG_RESET, list->reg[i] });
	}

	free_classes(&k);
	free(list);
	return ret;
}

static int check_reg(struct kvm_vcpu *vcpu, const struct reg_stream_reg *wrote,
		     struct reg_report *report)
{
	struct reg_stream_reg reg = {};
	struct reg_event event = { .id = wrote->id };
	u32 i;

	/* What has been dropped, or can't matter: the write would have failed otherwise */
	if (__vcpu_get_reg(vcpu, wrote->id, reg.val) && errno == ENOENT)
		return 0;

	if (!memcmp(wrote->val, reg.val, KVM_REG_SIZE(wrote->id)))
		return 0;

	event.verdict = is_mitigation(wrote->id) ? REG_BETTER : REG_DIFFERS;
	memcpy(&event.wrote, wrote->val, sizeof(event.wrote));
	memcpy(&event.read, reg.val, sizeof(event.read));
	add_event(report, event);

	for (i = 0; i < report->nr_accept; i++) {
		if (report->accept[i] == wrote->id)
			return 0;
	}

	return event.verdict == REG_DIFFERS ? -ESTALE : 0;
}

int reg_stream_check(struct kvm_vcpu *vcpu, const struct reg_stream *stream,
		     struct reg_report *report)
{
	struct kernel_classes k = get_classes(vcpu);
	const struct reg_stream_reg *reg;
	int err, ret = 0;
	u64 i, class;

	for (reg = stream->regs; reg < stream->regs + stream->nr; reg++) {
		class = reg_class(&k, stream, reg, report);
		if (!(class & KVM_REG_LIST_FEATURE) || is_other_vcpus(vcpu, class))
			continue;

		err = check_reg(vcpu, reg, report);
		ret = ret ?: err;
	}

	for (i = 0; k.known && i < k.optional->n; i++) {
		if (reg_stream_find(stream, k.optional->reg[i]) ||
		    is_other_vcpus(vcpu, kernel_class(&k, k.optional->reg[i])))
			continue;

		err = check_reg(vcpu, &(struct reg_stream_reg) { .id = k.optional->reg[i] },
				report);
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
	static const char * const verdicts[] = {
		[REG_REFUSED]	= "refused",
		[REG_DIFFERS]	= "differs",
		[REG_BETTER]	= "better",
		[REG_DROPPED]	= "dropped",
		[REG_LEFT]	= "left as it is",
		[REG_RESET]	= "keeps its reset value",
	};
	const struct reg_event *event;

	for (event = report->events; event < report->events + report->nr; event++) {
		printf("%s: %s", reg_stream_name(event->id), verdicts[event->verdict]);
		if (event->verdict == REG_REFUSED)
			printf(": %s", strerror(-event->err));
		else if (event->verdict == REG_DIFFERS || event->verdict == REG_BETTER)
			printf(": 0x%lx instead of 0x%lx", event->read, event->wrote);
		printf("\n");
	}
}

void reg_report_free(struct reg_report *report)
{
	free(report->events);
	report->events = NULL;
	report->nr = 0;
}

const char *reg_stream_name(u64 id)
{
	static char name[64];
	u32 n = id & 0xffff;

	switch (id & (KVM_REG_ARCH_MASK | KVM_REG_ARM_COPROC_MASK)) {
	case KVM_REG_ARM64 | KVM_REG_ARM64_SYSREG:
		snprintf(name, sizeof(name), "ARM64_SYS_REG(%d, %d, %d, %d, %d)",
			 n >> 14, n >> 11 & 7, n >> 7 & 15, n >> 3 & 15, n & 7);
		break;
	case KVM_REG_ARM64 | KVM_REG_ARM_FW:
		if (n >> 12 == 1)
			snprintf(name, sizeof(name), "KVM_REG_ARM_HCID(%d, %d)",
				 n >> 6 & 0x3f, n & 0x3f);
		else
			snprintf(name, sizeof(name), "KVM_REG_ARM_FW_REG(%d)", n);
		break;
	case KVM_REG_ARM64 | KVM_REG_ARM_FW_FEAT_BMAP:
		snprintf(name, sizeof(name), "KVM_REG_ARM_FW_FEAT_BMAP_REG(%d)", n);
		break;
	default:
		snprintf(name, sizeof(name), "register 0x%lx", id);
	}

	return name;
}
