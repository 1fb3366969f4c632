// SPDX-License-Identifier: GPL-2.0-only
/*
 * Save and restore the registers of a VM by the generic rule of
 * Documentation/virt/kvm/arm/hcid.rst: without knowing any of them.
 */
#include "processor.h"
#include "reg_stream.h"

static bool is_hcid(u64 id)
{
	return (id & ~0xfffULL) == KVM_REG_ARM_HCID(0, 0);
}

void reg_stream_opt_in(struct kvm_vm *vm)
{
	if (vm_check_cap(vm, KVM_CAP_REG_LIST_FILTER))
		vm_enable_cap(vm, KVM_CAP_REG_LIST_FILTER, 0);
	if (vm_check_cap(vm, KVM_CAP_ARM_HCID))
		vm_enable_cap(vm, KVM_CAP_ARM_HCID, 0);
}

void reg_stream_set_all_services(struct kvm_vcpu *vcpu)
{
	u64 masks[KVM_ARM_HCID_RANGE_SIZE];
	struct reg_mask_range range = { .addr = (u64)masks, .range = KVM_ARM_HCID_RANGE };
	struct kvm_reg_list *list = vcpu_get_filtered_reg_list(vcpu, KVM_REG_LIST_FEATURE);
	int i, n = 0;

	vm_ioctl(vcpu->vm, KVM_ARM_GET_REG_WRITABLE_MASKS, &range);

	/* The masks are in the order of the list */
	for (i = 0; i < list->n; i++) {
		if (!is_hcid(list->reg[i]))
			continue;

		TEST_ASSERT(n < ARRAY_SIZE(masks), "More registers than masks");
		vcpu_set_reg(vcpu, list->reg[i], masks[n++]);
	}

	TEST_ASSERT_EQ(n, ARRAY_SIZE(masks));
	free(list);
}

u64 reg_stream_builtin_class(u64 id)
{
	u32 n = id & 0xffff;

	switch (id & KVM_REG_ARM_COPROC_MASK) {
	case KVM_REG_ARM_FW_FEAT_BMAP:
		return KVM_REG_LIST_FEATURE | KVM_REG_LIST_CLEARABLE | KVM_REG_LIST_VM;
	case KVM_REG_ARM_FW:
		if (is_hcid(id))
			return KVM_REG_LIST_FEATURE | KVM_REG_LIST_CLEARABLE | KVM_REG_LIST_VM;
		return KVM_REG_LIST_FEATURE | KVM_REG_LIST_VM;
	case KVM_REG_ARM_DEMUX:
		return KVM_REG_LIST_FEATURE;
	case KVM_REG_ARM64_SVE:
		return id == KVM_REG_ARM64_SVE_VLS ? KVM_REG_LIST_FEATURE : 0;
	case KVM_REG_ARM64_SYSREG:
		break;
	default:
		return 0;
	}

	switch (id) {
	case KVM_ARM64_SYS_REG(SYS_PMMIR_EL1):
		return KVM_REG_LIST_FEATURE | KVM_REG_LIST_CLEARABLE | KVM_REG_LIST_VM;
	case KVM_ARM64_SYS_REG(SYS_MIDR_EL1):
	case KVM_ARM64_SYS_REG(SYS_REVIDR_EL1):
	case KVM_ARM64_SYS_REG(SYS_AIDR_EL1):
	case KVM_ARM64_SYS_REG(SYS_CTR_EL0):
		return KVM_REG_LIST_FEATURE | KVM_REG_LIST_VM;
	case KVM_ARM64_SYS_REG(SYS_CLIDR_EL1):
		return KVM_REG_LIST_FEATURE;
	case KVM_REG_ARM_TIMER_CNT:
	case KVM_REG_ARM_PTIMER_CNT:
		return KVM_REG_LIST_VM;
	}

	/*
	 * op0 == 3, op1 == 0, CRn == 0, CRm in 1..7. Some of these are RAZ, but
	 * only the kernel knows which: the next one may have allocated them.
	 */
	return n >> 7 == 3 << 7 && (n >> 3 & 15) - 1 < 7 ?
	       KVM_REG_LIST_FEATURE | KVM_REG_LIST_VM : 0;
}

static struct kvm_reg_list *get_builtin_reg_list(struct kvm_vcpu *vcpu, u64 filter)
{
	struct kvm_reg_list *list = vcpu_get_reg_list(vcpu);
	u64 i, n = 0;

	for (i = 0; i < list->n; i++) {
		if ((reg_stream_builtin_class(list->reg[i]) & filter) == filter)
			list->reg[n++] = list->reg[i];
	}

	list->n = n;
	return list;
}

struct kvm_reg_list *vcpu_get_filtered_reg_list(struct kvm_vcpu *vcpu, u64 filter)
{
	struct kvm_reg_list head = { .n = filter }, *list;
	int ret;

	if (!vm_check_cap(vcpu->vm, KVM_CAP_REG_LIST_FILTER))
		return get_builtin_reg_list(vcpu, filter);

	ret = __vcpu_ioctl(vcpu, KVM_GET_REG_LIST, &head);
	TEST_ASSERT(!ret || errno == E2BIG, KVM_IOCTL_ERROR(KVM_GET_REG_LIST, ret));

	list = calloc(1, sizeof(*list) + head.n * sizeof(list->reg[0]));
	TEST_ASSERT(list, "Failed to allocate a register list");
	list->n = filter | head.n;
	vcpu_ioctl(vcpu, KVM_GET_REG_LIST, list);
	return list;
}

static bool is_listed(const struct kvm_reg_list *list, u64 id)
{
	u64 i;

	for (i = 0; i < list->n; i++) {
		if (list->reg[i] == id)
			return true;
	}

	return false;
}

static bool is_zero(const struct reg_stream_reg *reg)
{
	int i;

	for (i = 0; i < KVM_REG_SIZE(reg->id); i++) {
		if (reg->val[i])
			return false;
	}

	return true;
}

/* Nothing is lost with a register that says that something is absent */
static bool is_droppable(const struct reg_stream_reg *reg)
{
	return reg->class & KVM_REG_LIST_CLEARABLE && is_zero(reg);
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

void reg_stream_save(struct kvm_vcpu *vcpu, u64 filter, struct reg_stream *stream)
{
	static const u64 classes[] = {
		KVM_REG_LIST_FEATURE, KVM_REG_LIST_CLEARABLE, KVM_REG_LIST_VM,
	};
	struct kvm_reg_list *list, *members[ARRAY_SIZE(classes)];
	struct reg_stream_reg reg;
	u64 i;
	int c;

	memset(stream, 0, sizeof(*stream));

	list = vcpu_get_filtered_reg_list(vcpu, filter);
	for (c = 0; c < ARRAY_SIZE(classes); c++)
		members[c] = vcpu_get_filtered_reg_list(vcpu, filter | classes[c]);

	for (i = 0; i < list->n; i++) {
		reg = (struct reg_stream_reg) { .id = list->reg[i] };

		for (c = 0; c < ARRAY_SIZE(classes); c++) {
			if (is_listed(members[c], reg.id))
				reg.class |= classes[c];
		}

		if (vcpu->id && reg.class & KVM_REG_LIST_VM)
			continue;

		TEST_ASSERT(!__vcpu_get_reg(vcpu, reg.id, reg.val),
			    "Failed to read %s, errno %d", reg_stream_name(reg.id), errno);
		if (!is_droppable(&reg))
			reg_stream_add(stream, reg.id, reg.class, reg.val);
	}

	for (c = 0; c < ARRAY_SIZE(classes); c++)
		free(members[c]);
	free(list);
}

static int set_reg(struct kvm_vcpu *vcpu, u64 id, const void *val, u64 *refused)
{
	struct kvm_one_reg reg = { .id = id, .addr = (u64)val };

	if (!__vcpu_ioctl(vcpu, KVM_SET_ONE_REG, &reg))
		return 0;

	*refused = id;
	return -errno;
}

static int restore_listed(struct kvm_vcpu *vcpu, const struct reg_stream *stream,
			  const struct kvm_reg_list *list, u64 class, u64 *refused)
{
	const struct reg_stream_reg *reg;
	int ret;

	for (reg = stream->regs; reg < stream->regs + stream->nr; reg++) {
		if ((reg->class & KVM_REG_LIST_FEATURE) != class)
			continue;

		/* A profile has the VM's registers in it: once is enough */
		if (vcpu->id && reg->class & KVM_REG_LIST_VM)
			continue;

		if (!is_listed(list, reg->id)) {
			if (is_droppable(reg))
				continue;
			*refused = reg->id;
			return -ENOENT;
		}

		ret = set_reg(vcpu, reg->id, reg->val, refused);
		if (ret)
			return ret;
	}

	return 0;
}

int reg_stream_restore_features(struct kvm_vcpu *vcpu, const struct reg_stream *stream,
				u64 *refused)
{
	static const u8 zero[REG_STREAM_MAX_SIZE];
	struct kvm_reg_list *list, *vm_list;
	u64 i;
	int ret;

	list = vcpu_get_filtered_reg_list(vcpu, KVM_REG_LIST_FEATURE);
	ret = restore_listed(vcpu, stream, list, KVM_REG_LIST_FEATURE, refused);
	free(list);

	/* What the stream does not have, the VM did not have */
	list = vcpu_get_filtered_reg_list(vcpu, KVM_REG_LIST_FEATURE | KVM_REG_LIST_CLEARABLE);
	vm_list = vcpu_get_filtered_reg_list(vcpu, KVM_REG_LIST_FEATURE | KVM_REG_LIST_VM);
	for (i = 0; i < list->n && !ret; i++) {
		if (reg_stream_find(stream, list->reg[i]) ||
		    (vcpu->id && is_listed(vm_list, list->reg[i])))
			continue;

		ret = set_reg(vcpu, list->reg[i], zero, refused);
	}
	free(vm_list);
	free(list);

	return ret;
}

int reg_stream_restore_state(struct kvm_vcpu *vcpu, const struct reg_stream *stream,
			     u64 *refused)
{
	struct kvm_reg_list *list = vcpu_get_filtered_reg_list(vcpu, 0);
	int ret;

	ret = restore_listed(vcpu, stream, list, 0, refused);
	free(list);

	return ret;
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
		if (is_hcid(id))
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
