// SPDX-License-Identifier: GPL-2.0-only
/*
 * hcid_demo - Show, side by side, what the registers of a VM say about its
 * hypercalls and what its guest gets as answers.
 */
#include <linux/arm-smccc.h>

#include "kvm_util.h"
#include "probe_vm.h"
#include "reg_stream.h"
#include "test_util.h"

enum format { VERSION, YES, UID, WORDS, VALUE };

static const struct row {
	const char *service;
	const char *reg_name;
	u64 reg;
	const char *probe;
	enum format format;
} rows[] = {
	{ "PSCI", "PSCI_VERSION", KVM_REG_ARM_PSCI_VERSION, "PSCI_VERSION", VERSION },
	{ "Entropy (TRNG)", "STD_BMAP", KVM_REG_ARM_STD_BMAP, "TRNG_VERSION", VERSION },
	{ "Stolen time", "STD_HYP_BMAP", KVM_REG_ARM_STD_HYP_BMAP, "PV_TIME_FEATURES(ST)", YES },
	{ "KVM's UID", "VENDOR_HYP_BMAP", KVM_REG_ARM_VENDOR_HYP_BMAP, "VENDOR_UID", UID },
	{ "Function list", "VENDOR_HYP_BMAP", KVM_REG_ARM_VENDOR_HYP_BMAP, "KVM_FEATURES", WORDS },
	{ "Host time (PTP)", "VENDOR_HYP_BMAP", KVM_REG_ARM_VENDOR_HYP_BMAP, "PTP", YES },
	{ "HCID reading", "HCID(6, 1)", KVM_REG_ARM_HCID(6, 1), "FEATURES_2(6, 1)", VALUE },
	{ "Not allocated", "HCID(6, 2)", KVM_REG_ARM_HCID(6, 2), "VENDOR_HYP(128)", YES },
};

static const char * const columns[] = {
	"1. defaults", "2. optional zeroed", "3. FEATURES_2 on",
};

struct cell {
	u64 reg;
	struct arm_smccc_res res;
};

static const char *format_answer(const struct arm_smccc_res *res, enum format format)
{
	static char buf[64];

	if (res->a0 == SMCCC_RET_NOT_SUPPORTED)
		return "not supported";

	switch (format) {
	case VERSION:
		snprintf(buf, sizeof(buf), "version %lu.%lu", res->a0 >> 16, res->a0 & 0xffff);
		break;
	case YES:
		return res->a0 ? "error" : "supported";
	case UID:
		return res->a0 == ARM_SMCCC_VENDOR_HYP_UID_KVM_REG_0 ? "KVM" : "unknown";
	case WORDS:
		snprintf(buf, sizeof(buf), "%lx %lx %lx %lx", res->a0, res->a1, res->a2, res->a3);
		break;
	case VALUE:
		snprintf(buf, sizeof(buf), "%#lx", res->a2 << 32 | res->a1);
		break;
	}

	return buf;
}

static void count_registers(struct kvm_vcpu *vcpu)
{
	static const struct {
		const char *name;
		u64 filter;
	} lists[] = {
		{ "registers", 0 },
		{ "FEATURE", KVM_REG_LIST_FEATURE },
		{ "OPTIONAL", KVM_REG_LIST_OPTIONAL },
		{ "VM", KVM_REG_LIST_VM },
	};
	struct kvm_reg_list *list;
	int i;

	printf("KVM_GET_REG_LIST:");
	for (i = 0; i < ARRAY_SIZE(lists); i++) {
		list = vcpu_get_filtered_reg_list(vcpu, lists[i].filter);
		printf("%s%lld %s", i ? ", " : " ", list->n, lists[i].name);
		free(list);
	}
	printf("\n");
}

static int probe_index(const char *name)
{
	int i;

	for (i = 0; i < SMCCC_NR_PROBES; i++) {
		if (!strcmp(smccc_probes[i].name, name))
			return i;
	}

	TEST_FAIL("No probe named %s", name);
}

static void run_column(int column, struct cell cells[ARRAY_SIZE(rows)])
{
	struct reg_stream nothing = { .classed = true };
	struct reg_report report = {};
	struct kvm_vcpu *vcpu;
	struct probe_vm pvm;
	struct kvm_vm *vm;
	int i;

	vm = vm_create(1);
	vm_enable_cap(vm, KVM_CAP_REG_LIST_FILTER, 0);
	vm_enable_cap(vm, KVM_CAP_ARM_HCID, 0);
	probe_vm_init(&pvm, vm, 1, 0);
	vcpu = pvm.vcpus[0];

	switch (column) {
	case 0:
		count_registers(vcpu);
		break;
	case 1:
		TEST_ASSERT(!reg_stream_restore_features(vcpu, &nothing, &report),
			    "0x%lx refused", report.events[0].id);
		reg_report_free(&report);
		break;
	case 2:
		vcpu_set_reg(vcpu, KVM_REG_ARM_HCID(6, 1), BIT(63));
		break;
	}

	probe_vm_finalize(&pvm);
	probe_vm_run(&pvm);

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		cells[i].reg = vcpu_get_reg(vcpu, rows[i].reg);
		cells[i].res = probe_records[0].answers[0][probe_index(rows[i].probe)];
	}

	kvm_vm_free(vm);
}

int main(void)
{
	struct cell cells[ARRAY_SIZE(columns)][ARRAY_SIZE(rows)];
	int c, i;

	TEST_REQUIRE(kvm_has_cap(KVM_CAP_REG_LIST_FILTER));
	TEST_REQUIRE(kvm_has_cap(KVM_CAP_ARM_HCID));

	for (c = 0; c < ARRAY_SIZE(columns); c++)
		run_column(c, cells[c]);

	printf("\n%-22s", "Register, then call");
	for (c = 0; c < ARRAY_SIZE(columns); c++)
		printf(" %-18s", columns[c]);
	printf("\n");

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		printf("%s\n  %-20s", rows[i].service, rows[i].reg_name);
		for (c = 0; c < ARRAY_SIZE(columns); c++)
			printf(" %#-18lx", cells[c][i].reg);
		printf("\n  %-20s", rows[i].probe);
		for (c = 0; c < ARRAY_SIZE(columns); c++)
			printf(" %-18s", format_answer(&cells[c][i].res, rows[i].format));
		printf("\n");
	}

	return 0;
}
