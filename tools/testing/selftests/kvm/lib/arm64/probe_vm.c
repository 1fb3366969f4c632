// SPDX-License-Identifier: GPL-2.0-only
/*
 * A VM whose guest does nothing but to record the answers of every SMCCC
 * service that KVM offers.
 */
#include <linux/arm-smccc.h>
#include <linux/bitfield.h>
#include <linux/psci.h>
#include <linux/sizes.h>

#include "probe_vm.h"
#include "test_util.h"

#define PMU_PPI		23

/*
 * The guest stops with a bare MMIO write, as ucalls pass host pointers, which
 * mean nothing on the other side of a migration.
 */
#define DOORBELL_GPA	0x09000000
#define STEAL_TIME_GPA	0x40000000

#define VENDOR_HYP_FUNC(n)						\
	ARM_SMCCC_CALL_VAL(ARM_SMCCC_FAST_CALL, ARM_SMCCC_SMC_32,	\
			   ARM_SMCCC_OWNER_VENDOR_HYP, n)

const struct smccc_probe smccc_probes[SMCCC_NR_PROBES] = {
	{ "SMCCC_VERSION", ARM_SMCCC_VERSION_FUNC_ID },
	{ "WORKAROUND_1", ARM_SMCCC_ARCH_FEATURES_FUNC_ID, ARM_SMCCC_ARCH_WORKAROUND_1 },
	{ "WORKAROUND_2", ARM_SMCCC_ARCH_FEATURES_FUNC_ID, ARM_SMCCC_ARCH_WORKAROUND_2 },
	{ "WORKAROUND_3", ARM_SMCCC_ARCH_FEATURES_FUNC_ID, ARM_SMCCC_ARCH_WORKAROUND_3 },
	{ "PSCI_VERSION", PSCI_0_2_FN_PSCI_VERSION },
	{ "PSCI_MIGRATE_INFO_TYPE", PSCI_0_2_FN_MIGRATE_INFO_TYPE },
	{ "PSCI_FEATURES(SYSTEM_OFF)", PSCI_1_0_FN_PSCI_FEATURES, PSCI_0_2_FN_SYSTEM_OFF },
	{ "PSCI_FEATURES(SYSTEM_RESET2)", PSCI_1_0_FN_PSCI_FEATURES, PSCI_1_1_FN64_SYSTEM_RESET2 },
	{ "PSCI_FEATURES(SYSTEM_OFF2)", PSCI_1_0_FN_PSCI_FEATURES, PSCI_1_3_FN64_SYSTEM_OFF2 },
	{ "TRNG_VERSION", ARM_SMCCC_TRNG_VERSION },
	{ "TRNG_FEATURES(RND64)", ARM_SMCCC_TRNG_FEATURES, ARM_SMCCC_TRNG_RND64 },
	{ "TRNG_GET_UUID", ARM_SMCCC_TRNG_GET_UUID },
	{ "ARCH_FEATURES(PV)", ARM_SMCCC_ARCH_FEATURES_FUNC_ID, ARM_SMCCC_HV_PV_TIME_FEATURES },
	{ "PV_TIME_FEATURES(ST)", ARM_SMCCC_HV_PV_TIME_FEATURES, ARM_SMCCC_HV_PV_TIME_ST },
	{ "PV_TIME_ST", ARM_SMCCC_HV_PV_TIME_ST },
	{ "VENDOR_UID", ARM_SMCCC_VENDOR_HYP_CALL_UID_FUNC_ID },
	{ "KVM_FEATURES", ARM_SMCCC_VENDOR_HYP_KVM_FEATURES_FUNC_ID },
	{ "PTP", ARM_SMCCC_VENDOR_HYP_KVM_PTP_FUNC_ID, KVM_PTP_VIRT_COUNTER },
	{ "FEATURES_2(6, 1)", VENDOR_HYP_FUNC(127), 6, 1 },
	{ "FEATURES_2(6, 0)", VENDOR_HYP_FUNC(127), 6, 0 },
	{ "FEATURES_2(5, 0)", VENDOR_HYP_FUNC(127), 5, 0 },
	{ "FEATURES_2(4, 1)", VENDOR_HYP_FUNC(127), 4, 1 },
	/* Not allocated */
	{ "VENDOR_HYP(128)", VENDOR_HYP_FUNC(128) },
};

void smccc_probe_all(struct arm_smccc_res answers[SMCCC_NR_PROBES])
{
	const struct smccc_probe *probe = smccc_probes;
	struct arm_smccc_res *res = answers;

	for (; probe < &smccc_probes[SMCCC_NR_PROBES]; probe++, res++) {
		do_smccc(probe->func, probe->arg1, probe->arg2, 0, 0, 0, 0, 0, res);

		/* The time never repeats: only record whether it is told */
		if (probe->func == ARM_SMCCC_VENDOR_HYP_KVM_PTP_FUNC_ID && (long)res->a0 >= 0)
			memset(res, 0, sizeof(*res));
	}
}

struct probe_record probe_records[PROBE_VM_MAX_VCPUS];

static void guest_code(int cpu)
{
	struct probe_record *record = &probe_records[cpu];
	u64 round;

	for (round = 0; round < PROBE_VM_MAX_ROUNDS; round++) {
		smccc_probe_all(record->answers[round]);
		record->rounds = round + 1;
		asm volatile("str xzr, [%0]" :: "r" (DOORBELL_GPA) : "memory");
	}
}

static void steal_time_init(struct kvm_vcpu *vcpu)
{
	u64 gpa = STEAL_TIME_GPA + vcpu->id * SZ_64K;

	if (__vcpu_has_device_attr(vcpu, KVM_ARM_VCPU_PVTIME_CTRL, KVM_ARM_VCPU_PVTIME_IPA))
		return;

	vcpu_device_attr_set(vcpu, KVM_ARM_VCPU_PVTIME_CTRL, KVM_ARM_VCPU_PVTIME_IPA, &gpa);
}

static void pmu_init(struct kvm_vcpu *vcpu)
{
	int irq = PMU_PPI;

	if (vcpu->vm->arch.has_gic)
		vcpu_device_attr_set(vcpu, KVM_ARM_VCPU_PMU_V3_CTRL,
				     KVM_ARM_VCPU_PMU_V3_IRQ, &irq);
	vcpu_device_attr_set(vcpu, KVM_ARM_VCPU_PMU_V3_CTRL, KVM_ARM_VCPU_PMU_V3_INIT, NULL);
}

void probe_vm_init(struct probe_vm *pvm, struct kvm_vm *vm, int nr_vcpus, u64 features)
{
	struct kvm_vcpu_init init;
	struct kvm_vcpu *vcpu;
	int i;

	kvm_get_default_vcpu_target(vm, &init);
	init.features[0] |= BIT(KVM_ARM_VCPU_PSCI_0_2) | features;
	if (vm_check_cap(vm, KVM_CAP_ARM_PMU_V3))
		init.features[0] |= BIT(KVM_ARM_VCPU_PMU_V3);

	vm_userspace_mem_region_add(vm, VM_MEM_SRC_ANONYMOUS, STEAL_TIME_GPA, 1,
				    vm_calc_num_guest_pages(vm->mode, nr_vcpus * SZ_64K), 0);
	virt_map(vm, DOORBELL_GPA, DOORBELL_GPA, 1);

	*pvm = (struct probe_vm) { .vm = vm, .nr_vcpus = nr_vcpus };

	for (i = 0; i < nr_vcpus; i++) {
		vcpu = aarch64_vcpu_add(vm, i, &init, guest_code);
		vcpu_args_set(vcpu, 1, i);
		steal_time_init(vcpu);
		pvm->vcpus[i] = vcpu;
	}

	kvm_arch_vm_finalize_vcpus(vm);

	for (i = 0; i < nr_vcpus && init.features[0] & BIT(KVM_ARM_VCPU_PMU_V3); i++)
		pmu_init(pvm->vcpus[i]);
}

void probe_vm_finalize(struct probe_vm *pvm)
{
	int i, sve = KVM_ARM_VCPU_SVE;

	for (i = 0; i < pvm->nr_vcpus; i++) {
		if (pvm->vcpus[i]->init.features[0] & BIT(KVM_ARM_VCPU_SVE))
			vcpu_ioctl(pvm->vcpus[i], KVM_ARM_VCPU_FINALIZE, &sve);
	}
}

void probe_vm_first_run(struct probe_vm *pvm)
{
	int i;

	/* No I/O is pending, but this is a KVM_RUN with immediate_exit */
	for (i = 0; i < pvm->nr_vcpus; i++)
		vcpu_run_complete_io(pvm->vcpus[i]);
}

void probe_vm_run(struct probe_vm *pvm)
{
	struct kvm_vcpu *vcpu;
	int i;

	for (i = 0; i < pvm->nr_vcpus; i++) {
		vcpu = pvm->vcpus[i];
		vcpu_run(vcpu);
		TEST_ASSERT_KVM_EXIT_REASON(vcpu, KVM_EXIT_MMIO);
		TEST_ASSERT_EQ(vcpu->run->mmio.phys_addr, DOORBELL_GPA);
		vcpu_run_complete_io(vcpu);
	}

	sync_global_from_guest(pvm->vm, probe_records);
}

void probe_vm_save(struct probe_vm *pvm, struct reg_stream streams[PROBE_VM_MAX_VCPUS])
{
	int i;

	probe_vm_first_run(pvm);
	for (i = 0; i < pvm->nr_vcpus; i++)
		reg_stream_save(pvm->vcpus[i], 0, &streams[i]);
}

void probe_vm_copy_memory(struct probe_vm *dst, struct probe_vm *src)
{
	struct userspace_mem_region *from, *to;
	int bkt;

	hash_for_each(src->vm->regions.slot_hash, bkt, from, slot_node) {
		to = memslot2region(dst->vm, from->region.slot);
		TEST_ASSERT_EQ(to->region.guest_phys_addr, from->region.guest_phys_addr);
		TEST_ASSERT_EQ(to->region.memory_size, from->region.memory_size);
		memcpy(to->host_mem, from->host_mem, from->region.memory_size);
	}
}

int probe_vm_restore(struct probe_vm *pvm, const struct reg_stream streams[PROBE_VM_MAX_VCPUS],
		     struct reg_report *report)
{
	int i, err, ret = 0;

	for (i = 0; i < pvm->nr_vcpus; i++) {
		err = reg_stream_restore_features(pvm->vcpus[i], &streams[i], report);
		ret = ret ?: err;
	}
	if (ret)
		return ret;

	probe_vm_finalize(pvm);

	for (i = 0; i < pvm->nr_vcpus; i++) {
		ret = reg_stream_restore_state(pvm->vcpus[i], &streams[i], report);
		if (ret)
			return ret;
	}

	probe_vm_first_run(pvm);

	for (i = 0; i < pvm->nr_vcpus; i++) {
		err = reg_stream_check(pvm->vcpus[i], &streams[i], report);
		ret = ret ?: err;
	}

	return ret;
}

const char *probe_vm_changed(struct probe_vm *pvm, int round)
{
	const struct probe_record *record;
	int i, p;

	for (i = 0; i < pvm->nr_vcpus; i++) {
		record = &probe_records[i];
		if (record->rounds != round + 1)
			return "the number of rounds";

		for (p = 0; p < SMCCC_NR_PROBES; p++) {
			if (memcmp(&record->answers[round - 1][p], &record->answers[round][p],
				   sizeof(record->answers[round][p])))
				return smccc_probes[p].name;
		}
	}

	return NULL;
}
