// SPDX-License-Identifier: GPL-2.0-only
/*
 * Do with a VM what a sequence of operations says, and compare it with the model.
 */
#include <linux/arm-smccc.h>
#include <linux/sizes.h>
#include <sys/mman.h>

#include "abi_run.h"
#include "smccc_vm.h"
#include "test_util.h"

#define POISON		0x5a

struct machine {
	struct kvm_vm *vm;
	struct kvm_vcpu *vcpus[ABI_VCPUS];
	bool has_pmu[ABI_VCPUS];
};

struct abi_host abi_host;

static char message[256];

/* Ends where the next page can't be accessed */
static u8 *buffer_end;

static void make_buffer(void)
{
	size_t size = SZ_64K, page = getpagesize();
	void *mem;

	mem = mmap(NULL, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	TEST_ASSERT(mem != MAP_FAILED && !mprotect(mem + size, page, PROT_NONE),
		    "No buffer, errno %d", errno);
	buffer_end = mem + size;
}

static void *buffer(size_t size)
{
	TEST_ASSERT(size < SZ_64K, "%lu bytes", size);
	return memset(buffer_end - size, POISON, size);
}

static bool untouched(const u8 *mem, const u8 *end)
{
	for (; mem < end; mem++) {
		if (*mem != POISON)
			return false;
	}

	return true;
}

static int do_ioctl(int fd, unsigned long cmd, void *arg)
{
	return ioctl(fd, cmd, arg) < 0 ? -errno : 0;
}

#define MISMATCH(fmt, ...)							\
	(snprintf(message, sizeof(message), fmt, ##__VA_ARGS__), false)

static bool check_err(int err, int want)
{
	return err == want || MISMATCH("errno %d, wanted %d", err, want);
}

/*
 * @values: where the kernel writes what is wanted
 * @mem: where all that can be written begins
 */
static bool check_values(const u64 *values, const void *mem, const struct abi_result *want)
{
	const u64 *wanted = want->list ?: want->values;
	int i;

	if (want->err)
		return want->err == -EFAULT || untouched(mem, buffer_end) ||
		       MISMATCH("the buffer was written to");

	for (i = 0; i < want->nr_values; i++) {
		if (values[i] != wanted[i])
			return MISMATCH("value %d is 0x%lx, wanted 0x%lx", i, values[i], wanted[i]);
	}

	return !want->nr_values || untouched((u8 *)&values[i], buffer_end) ||
	       MISMATCH("more than %d values were written", i);
}

static bool run_list(struct machine *m, const struct abi_op *op, const struct abi_result *want)
{
	struct kvm_reg_list *list = buffer(op->c ? 4 : sizeof(*list) + op->b * sizeof(u64));
	int err;

	if (!op->c)
		list->n = op->a;
	err = do_ioctl(m->vcpus[op->vcpu]->fd, KVM_GET_REG_LIST, list);
	if (!check_err(err, want->err) || op->c)
		return err == want->err;

	if (list->n != (want->n ?: op->a))
		return MISMATCH("n is 0x%llx, wanted 0x%lx", list->n, want->n ?: op->a);

	return check_values((u64 *)list->reg, list->reg, want);
}

static bool run_reg(struct machine *m, const struct abi_op *op, const struct abi_result *want)
{
	bool set = op->kind == ABI_SET_REG;
	size_t size = set ? op->c : op->b;
	u64 *mem = buffer(size);
	struct kvm_one_reg reg = { .id = op->a, .addr = (u64)mem };
	u64 val[8] = { op->b };
	int err;

	if (set)
		memcpy(mem, val, min(size, sizeof(val)));
	err = do_ioctl(m->vcpus[op->vcpu]->fd, set ? KVM_SET_ONE_REG : KVM_GET_ONE_REG, &reg);

	return check_err(err, want->err) && (set || check_values(mem, mem, want));
}

static bool run_masks(struct machine *m, const struct abi_op *op, const struct abi_result *want)
{
	u64 *mem = buffer(op->c);
	struct reg_mask_range range = { .addr = (u64)mem, .range = op->a };
	int err;

	range.reserved[op->b % ARRAY_SIZE(range.reserved)] = op->b;
	err = do_ioctl(m->vm->fd, KVM_ARM_GET_REG_WRITABLE_MASKS, &range);

	return check_err(err, want->err) && check_values(mem, mem, want);
}

static const u32 caps[ABI_NR_CAPS] = {
	[ABI_CAP_FILTER]	= KVM_CAP_REG_LIST_FILTER,
	[ABI_CAP_HCID]		= KVM_CAP_ARM_HCID,
	[ABI_CAP_MASK_RANGES]	= KVM_CAP_ARM_SUPPORTED_REG_MASK_RANGES,
};

static bool run_enable_cap(struct machine *m, const struct abi_op *op, int want)
{
	struct kvm_enable_cap cap = { .cap = caps[op->a], .flags = op->b };

	cap.args[op->c % ARRAY_SIZE(cap.args)] = op->d;
	return check_err(do_ioctl(m->vm->fd, KVM_ENABLE_CAP, &cap), want);
}

static bool run_smccc_filter(struct machine *m, const struct abi_op *op, int want)
{
	struct kvm_smccc_filter filter = {
		.base = op->a,
		.nr_functions = op->b,
		.action = op->c,
	};
	struct kvm_device_attr attr = {
		.group = KVM_ARM_VM_SMCCC_CTRL,
		.attr = KVM_ARM_VM_SMCCC_FILTER,
		.addr = (u64)&filter,
	};

	filter.pad[op->d % sizeof(filter.pad)] = op->d;
	return check_err(do_ioctl(m->vm->fd, KVM_SET_DEVICE_ATTR, &attr), want);
}

static bool run_init(struct machine *m, const struct abi_op *op, int want)
{
	struct kvm_device_attr attr = {
		.group = KVM_ARM_VCPU_PMU_V3_CTRL,
		.attr = KVM_ARM_VCPU_PMU_V3_INIT,
	};
	struct kvm_vcpu_init init;
	int err;

	vm_ioctl(m->vm, KVM_ARM_PREFERRED_TARGET, &init);
	init.features[0] = op->a;
	err = do_ioctl(m->vcpus[op->vcpu]->fd, KVM_ARM_VCPU_INIT, &init);
	if (!err && (op->a & BIT(KVM_ARM_VCPU_PMU_V3)) && !m->has_pmu[op->vcpu]) {
		vcpu_ioctl(m->vcpus[op->vcpu], KVM_SET_DEVICE_ATTR, &attr);
		m->has_pmu[op->vcpu] = true;
	}

	return check_err(err, want);
}

static bool run_call(struct machine *m, const struct abi_op *op, const struct abi_result *want)
{
	struct arm_smccc_res res = {};
	u64 values[4];
	int i, err;

	err = smccc_vm_call(m->vcpus[op->vcpu], op->a, op->b, op->c, op->d, &res);
	if (!check_err(err, want->to_user ? SMCCC_VM_TO_USER : want->err) || err)
		return err == (want->to_user ? SMCCC_VM_TO_USER : want->err);

	memcpy(values, &res, sizeof(values));
	for (i = 0; i < want->nr_values; i++) {
		if (values[i] != want->values[i])
			return MISMATCH("x%d is 0x%lx, wanted 0x%lx", i, values[i],
					want->values[i]);
	}

	return true;
}

static bool run_op(struct machine *m, const struct abi_op *op, const struct abi_result *want)
{
	int ret, what = op->a;

	switch (op->kind) {
	case ABI_ENABLE_CAP:
		return run_enable_cap(m, op, want->err);
	case ABI_CHECK_CAP:
		ret = vm_check_cap(m->vm, caps[op->a]);
		return ret == want->ret || MISMATCH("returned %d, wanted %d", ret, want->ret);
	case ABI_GET_MASKS:
		return run_masks(m, op, want);
	case ABI_SMCCC_FILTER:
		return run_smccc_filter(m, op, want->err);
	case ABI_CREATE_VCPU:
		m->vcpus[op->vcpu] = __vm_vcpu_add(m->vm, op->vcpu);
		return true;
	case ABI_INIT:
		return run_init(m, op, want->err);
	case ABI_FINALIZE:
		return check_err(do_ioctl(m->vcpus[op->vcpu]->fd, KVM_ARM_VCPU_FINALIZE, &what),
				 want->err);
	case ABI_GET_LIST:
		return run_list(m, op, want);
	case ABI_GET_REG:
	case ABI_SET_REG:
		return run_reg(m, op, want);
	case ABI_CALL:
		return run_call(m, op, want);
	default:
		return true;
	}
}

const char *abi_run(const struct abi_op *ops, int nr, int *bad, u64 *nr_done)
{
	struct machine m = { .vm = smccc_vm_create() };
	static struct abi_model model;
	struct abi_result want;
	bool good = true;
	int i;

	if (!buffer_end)
		make_buffer();
	abi_model_init(&model, &abi_host);

	for (i = 0; i < nr && good; i++) {
		if (!abi_model_do(&model, &ops[i], &want))
			continue;
		good = run_op(&m, &ops[i], &want);
		(*nr_done)++;
	}

	kvm_vm_free(m.vm);
	*bad = i - 1;
	return good ? NULL : message;
}

/* The machine is as a VM sees it that has opted into nothing */
static const u64 *host_list(u32 features, int *n)
{
	static struct kvm_reg_list *lists[128];
	struct kvm_reg_list **list = &lists[features];
	struct kvm_vm *vm;

	if (!*list) {
		vm = smccc_vm_create();
		*list = vcpu_get_reg_list(smccc_vm_add_vcpu(vm, 0, features));
		kvm_vm_free(vm);
	}

	*n = (*list)->n;
	TEST_ASSERT(*n + 32 <= ABI_MAX_LIST, "%d registers", *n);
	return (u64 *)(*list)->reg;
}

void abi_look_at_host(void)
{
	static const u32 workarounds[] = {
		ARM_SMCCC_ARCH_WORKAROUND_1,
		ARM_SMCCC_ARCH_WORKAROUND_2,
		ARM_SMCCC_ARCH_WORKAROUND_3,
	};
	u64 mmfr3 = KVM_ARM64_SYS_REG(SYS_ID_AA64MMFR3_EL1), vls[8];
	struct kvm_vm *vm = smccc_vm_create();
	struct arm_smccc_res res;
	struct kvm_vcpu *vcpu;
	int i;

	abi_host.list = host_list;
	abi_host.features = BIT(KVM_ARM_VCPU_PSCI_0_2);
	if (kvm_has_cap(KVM_CAP_ARM_PMU_V3))
		abi_host.features |= BIT(KVM_ARM_VCPU_PMU_V3);
	if (kvm_has_cap(KVM_CAP_ARM_SVE))
		abi_host.features |= BIT(KVM_ARM_VCPU_SVE);
	if (kvm_has_cap(KVM_CAP_ARM_PTRAUTH_ADDRESS) && kvm_has_cap(KVM_CAP_ARM_PTRAUTH_GENERIC))
		abi_host.features |= BIT(KVM_ARM_VCPU_PTRAUTH_ADDRESS) |
				 BIT(KVM_ARM_VCPU_PTRAUTH_GENERIC);

	vcpu = smccc_vm_add_vcpu(vm, 0, abi_host.features);
	for (i = 0; i < 3; i++)
		abi_host.workarounds[i] = vcpu_get_reg(vcpu, KVM_REG_ARM_FW_REG(1 + i));
	abi_host.mmfr3 = vcpu_get_reg(vcpu, mmfr3);
	if (abi_host.features & BIT(KVM_ARM_VCPU_SVE)) {
		struct kvm_one_reg reg = { .id = KVM_REG_ARM64_SVE_VLS, .addr = (u64)vls };

		vcpu_ioctl(vcpu, KVM_GET_ONE_REG, &reg);
		abi_host.sve_vls = vls[0];
	}

	for (i = 0; i < 3; i++) {
		TEST_ASSERT(!smccc_vm_call(vcpu, ARM_SMCCC_ARCH_FEATURES_FUNC_ID, workarounds[i],
					   0, true, &res), "No call");
		abi_host.workaround_calls[i] = res.a0;
	}
	abi_host.mmfr3_after_run = vcpu_get_reg(vcpu, mmfr3);
	kvm_vm_free(vm);
}
