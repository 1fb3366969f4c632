// SPDX-License-Identifier: GPL-2.0-only
/*
 * el2_counters - Save and restore the counters of a VM with EL2
 *
 * There is one offset for both counters of all vCPUs, and CNTVCT_EL0 is
 * CNTPCT_EL0 minus the vCPU's CNTVOFF_EL2.
 */
#include <linux/arm-smccc.h>

#include "kvm_util.h"
#include "processor.h"
#include "test_util.h"
#include "ucall.h"

#define NR_VCPUS	2
#define CNTPCT		KVM_REG_ARM_PTIMER_CNT
#define CNTVCT		KVM_REG_ARM_TIMER_CNT

static const u64 cntvoff[NR_VCPUS] = { 1ULL << 40, 1ULL << 41 };

struct saved {
	struct kvm_reg_list *list;
	u64 vals[1024];
	u64 cntpct;
};

static u64 count(void)
{
	isb();
	return read_sysreg(cntvct_el0);
}

/* @set: whether to set CNTVOFF_EL2, which the EL2 of the guest reads both counters without */
static void guest_code(bool set, u64 offset)
{
	struct arm_smccc_res res;
	u64 before, after;

	if (set)
		write_sysreg(offset, cntvoff_el2);
	GUEST_ASSERT_EQ(read_sysreg(cntvoff_el2), offset);

	before = count();
	do_smccc(ARM_SMCCC_VENDOR_HYP_KVM_PTP_FUNC_ID, KVM_PTP_VIRT_COUNTER, 0, 0, 0, 0, 0, 0,
		 &res);
	after = count();

	/* The host's clock may be another one */
	if ((long)res.a0 >= 0) {
		res.a2 = res.a2 << 32 | res.a3;
		__GUEST_ASSERT(res.a2 - before <= after - before,
			       "PTP counts 0x%lx, the guest 0x%lx to 0x%lx",
			       res.a2, before, after);
	}

	GUEST_SYNC(before);
}

static void create_vm(struct kvm_vcpu *vcpus[NR_VCPUS])
{
	struct kvm_vm *vm = vm_create(NR_VCPUS);
	struct kvm_vcpu_init init;
	int i;

	kvm_get_default_vcpu_target(vm, &init);
	init.features[0] |= BIT(KVM_ARM_VCPU_HAS_EL2);
	for (i = 0; i < NR_VCPUS; i++)
		vcpus[i] = aarch64_vcpu_add(vm, i, &init, guest_code);
	kvm_arch_vm_finalize_vcpus(vm);
}

/* Returns the count that the guest has read */
static u64 run(struct kvm_vcpu *vcpu, bool set)
{
	struct ucall uc;

	vcpu_args_set(vcpu, 2, set, cntvoff[vcpu->id]);
	vcpu_run(vcpu);
	if (get_ucall(vcpu, &uc) != UCALL_SYNC)
		REPORT_GUEST_ASSERT(uc);

	return uc.args[1];
}

static void save(struct kvm_vcpu *vcpu, struct saved *s)
{
	int i;

	s->list = vcpu_get_reg_list(vcpu);
	for (i = 0; i < s->list->n; i++) {
		if ((s->list->reg[i] & KVM_REG_ARM_COPROC_MASK) == KVM_REG_ARM64_SYSREG)
			s->vals[i] = vcpu_get_reg(vcpu, s->list->reg[i]);
		if (s->list->reg[i] == CNTPCT)
			s->cntpct = s->vals[i];
	}
}

/* The system registers, in the order of the list */
static void restore(struct kvm_vcpu *vcpu, struct saved *s)
{
	int i;

	for (i = 0; i < s->list->n; i++) {
		if ((s->list->reg[i] & KVM_REG_ARM_COPROC_MASK) == KVM_REG_ARM64_SYSREG)
			vcpu_set_reg(vcpu, s->list->reg[i], s->vals[i]);
	}
	free(s->list);
}

/* The counter was @val at a time between @first and @last of the host's counter */
static void check_counter(struct kvm_vcpu *vcpu, u64 reg, u64 val, u64 first, u64 last)
{
	u64 before = count(), now = vcpu_get_reg(vcpu, reg), after = count();

	TEST_ASSERT(now - val >= before - last && now - val <= after - first,
		    "vCPU %u: %s is 0x%lx, %ld after 0x%lx: expected %ld to %ld", vcpu->id,
		    reg == CNTPCT ? "CNTPCT" : "CNTVCT", now, now - val, val,
		    before - last, after - first);
}

int main(void)
{
	struct kvm_vcpu *src[NR_VCPUS], *dst[NR_VCPUS];
	struct saved saved[NR_VCPUS];
	u64 first = 0, last, val;
	int i;

	TEST_REQUIRE(kvm_check_cap(KVM_CAP_ARM_EL2));

	create_vm(src);
	create_vm(dst);
	for (i = 0; i < NR_VCPUS; i++)
		run(src[i], true);
	for (i = 0; i < NR_VCPUS; i++)
		save(src[i], &saved[i]);

	/* Each vCPU sets the counters of all, so that the last one counts */
	for (i = 0; i < NR_VCPUS; i++) {
		first = count();
		restore(dst[i], &saved[i]);
	}
	last = count();
	val = saved[NR_VCPUS - 1].cntpct;

	for (i = 0; i < NR_VCPUS; i++) {
		check_counter(dst[i], CNTPCT, val, first, last);
		check_counter(dst[i], CNTVCT, val - cntvoff[i], first, last);
	}

	for (i = 0; i < NR_VCPUS; i++) {
		u64 before = count(), now = run(dst[i], false);

		TEST_ASSERT(now - val >= before - last && now - val <= count() - first,
			    "The guest of vCPU %d counts 0x%lx, not 0x%lx", i, now, val);
	}

	/* From now on, a write of the virtual counter moves both */
	for (i = 0; i < NR_VCPUS; i++) {
		val = vcpu_get_reg(src[i], CNTVCT) + (1ULL << 50);
		first = count();
		vcpu_set_reg(dst[i], CNTVCT, val);
		last = count();
		check_counter(dst[i], CNTVCT, val, first, last);
		check_counter(dst[i], CNTPCT, val + cntvoff[i], first, last);
	}

	kvm_vm_free(dst[0]->vm);
	kvm_vm_free(src[0]->vm);
	return 0;
}
