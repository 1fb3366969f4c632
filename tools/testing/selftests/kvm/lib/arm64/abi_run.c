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
		return untouched(mem, buffer_end) || MISMATCH("the buffer was written to");

	for (i = 0; i < want->nr_values; i++) {
		if (values[i] != wanted[i])
			return MISMATCH("value %d is 0x%lx, wanted 0x%lx", i, values[i], wanted[i]);
	}

	return !want->nr_values || untouched((u8 *)&values[i], buffer_end) ||
	       MISMATCH("more than %d values were written", i);
}

static bool run_list(struct machine *m, const struct abi_op *op, const struct abi_result *want)
{
	struct kvm_reg_list *list = buffer(sizeof(*list) + ABI_MAX_LIST * sizeof(u64));
	int err;

	list->n = op->a;
	err = do_ioctl(m->vcpus[op->vcpu]->fd, KVM_GET_REG_LIST, list);
	if (!check_err(err, want->err))
		return false;

	if (list->n != (want->n ?: op->a))
		return MISMATCH("n is 0x%llx, wanted 0x%lx", list->n, want->n ?: op->a);

	return check_values((u64 *)list->reg, list->reg, want);
}

static bool run_reg(struct machine *m, const struct abi_op *op, const struct abi_result *want)
{
	bool set = op->kind == ABI_SET_REG;
	u64 val[8] = { op->b };
	u64 *mem = buffer(sizeof(val));
	struct kvm_one_reg reg = { .id = op->a, .addr = (u64)mem };
	int err;

	if (set)
		memcpy(mem, val, sizeof(val));
	err = do_ioctl(m->vcpus[op->vcpu]->fd, set ? KVM_SET_ONE_REG : KVM_GET_ONE_REG, &reg);

	return check_err(err, want->err) && (set || check_values(mem, mem, want));
}

static bool run_masks(struct machine *m, const struct abi_op *op, const struct abi_result *want)
{
	u64 *mem = buffer(SZ_8K);
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

/* By a VM that has opted into the filters, if one is used, and nothing else */
static const u64 *host_list(u32 features, u64 filter, int *n)
{
	static struct kvm_reg_list *lists[128][8];
	struct kvm_reg_list **list = &lists[features][filter >> 32];
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm;

	if (!*list) {
		vm = smccc_vm_create();
		if (filter)
			vm_enable_cap(vm, KVM_CAP_REG_LIST_FILTER, 0);
		vcpu = smccc_vm_add_vcpu(vm, 0, features);
		*list = calloc(1, sizeof(**list) + ABI_MAX_LIST * sizeof(u64));
		TEST_ASSERT(*list, "No memory");
		(*list)->n = filter | ABI_MAX_LIST;
		vcpu_ioctl(vcpu, KVM_GET_REG_LIST, *list);
		kvm_vm_free(vm);
	}

	*n = (*list)->n;
	TEST_ASSERT(*n + 32 <= ABI_MAX_LIST, "%d registers", *n);
	return (u64 *)(*list)->reg;
}

/* A call in a VM that has opted into nothing; the last ones are remembered */
static void host_answer(u32 features, u64 psci_version, u32 func, u64 arg, u64 values[4])
{
	static struct {
		u64 key[4];
		struct arm_smccc_res res;
	} calls[4096], *call;
	const u64 key[] = { features, psci_version, func, arg };
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm;

	call = &calls[(features ^ psci_version << 8 ^ func ^ arg) % ARRAY_SIZE(calls)];
	if (memcmp(call->key, key, sizeof(key))) {
		memcpy(call->key, key, sizeof(key));
		vm = smccc_vm_create();
		vcpu = smccc_vm_add_vcpu(vm, 0, features);
		vcpu_set_reg(vcpu, KVM_REG_ARM_PSCI_VERSION, psci_version);
		TEST_ASSERT(!smccc_vm_call(vcpu, func, arg, 0, true, &call->res), "No call");
		kvm_vm_free(vm);
	}

	memcpy(values, &call->res, 4 * sizeof(u64));
}

void abi_look_at_host(void)
{
	u64 mmfr3 = KVM_ARM64_SYS_REG(SYS_ID_AA64MMFR3_EL1), vls[8], id, reset;
	struct kvm_vm *vm = smccc_vm_create();
	struct arm_smccc_res res;
	struct kvm_vcpu *vcpu;
	int i, bit;

	abi_host.list = host_list;
	abi_host.answer = host_answer;
	abi_host.features = BIT(KVM_ARM_VCPU_PSCI_0_2);
	if (kvm_has_cap(KVM_CAP_ARM_PMU_V3))
		abi_host.features |= BIT(KVM_ARM_VCPU_PMU_V3);
	if (kvm_has_cap(KVM_CAP_ARM_SVE))
		abi_host.features |= BIT(KVM_ARM_VCPU_SVE);
	if (kvm_has_cap(KVM_CAP_ARM_PTRAUTH_ADDRESS) && kvm_has_cap(KVM_CAP_ARM_PTRAUTH_GENERIC))
		abi_host.features |= BIT(KVM_ARM_VCPU_PTRAUTH_ADDRESS) |
				 BIT(KVM_ARM_VCPU_PTRAUTH_GENERIC);

	vcpu = smccc_vm_add_vcpu(vm, 0, abi_host.features);
	abi_host.psci_version = vcpu_get_reg(vcpu, KVM_REG_ARM_PSCI_VERSION);
	for (i = 0; i < 3; i++)
		abi_host.workarounds[i] = vcpu_get_reg(vcpu, KVM_REG_ARM_FW_REG(1 + i));
	for (i = 0; i < 4; i++) {
		id = KVM_REG_ARM_FW_FEAT_BMAP_REG(i);
		reset = vcpu_get_reg(vcpu, id);
		abi_host.bitmaps[i].reset = reset;
		abi_host.bitmaps[i].mask = reset;
		for (bit = 0; bit < 64; bit++) {
			if (!__vcpu_set_reg(vcpu, id, BIT_ULL(bit)))
				abi_host.bitmaps[i].mask |= BIT_ULL(bit);
		}
	}
	abi_host.mmfr3 = vcpu_get_reg(vcpu, mmfr3);
	abi_host.pmmir = !__vcpu_get_reg(vcpu, KVM_ARM64_SYS_REG(SYS_PMMIR_EL1), &reset);
	if (abi_host.features & BIT(KVM_ARM_VCPU_SVE)) {
		struct kvm_one_reg reg = { .id = KVM_REG_ARM64_SVE_VLS, .addr = (u64)vls };

		vcpu_ioctl(vcpu, KVM_GET_ONE_REG, &reg);
		abi_host.sve_vls = vls[0];
	}

	/* The first run settles what depends on each other */
	TEST_ASSERT(!smccc_vm_call(vcpu, ARM_SMCCC_VERSION_FUNC_ID, 0, 0, true, &res), "No call");
	abi_host.mmfr3_after_run = vcpu_get_reg(vcpu, mmfr3);
	kvm_vm_free(vm);
}
