// SPDX-License-Identifier: GPL-2.0-only
/*
 * reg_migration - Test the rule of KVM_GET_REG_LIST for the migration of
 * registers, from a VM to another one in the same process.
 *
 * The rule needs no knowledge of the registers, so nor does the test, but for
 * those that once broke it. The guest records the answers of every hypercall,
 * which must be the same on both sides.
 */
#include <linux/arm-smccc.h>
#include <linux/bitfield.h>

#include "kvm_test_harness.h"
#include "kvm_util.h"
#include "probe_vm.h"
#include "processor.h"
#include "reg_stream.h"
#include "test_util.h"

#define UNKNOWN		0x1de7ec7edbadc0deULL

#define FEATURE		KVM_REG_LIST_FEATURE
#define OPTIONAL	KVM_REG_LIST_OPTIONAL

#define PFR0		KVM_ARM64_SYS_REG(SYS_ID_AA64PFR0_EL1)
#define PFR1		KVM_ARM64_SYS_REG(SYS_ID_AA64PFR1_EL1)
#define MMFR3		KVM_ARM64_SYS_REG(SYS_ID_AA64MMFR3_EL1)
#define PMMIR		KVM_ARM64_SYS_REG(SYS_PMMIR_EL1)

static struct kvm_vm *create_vm(int nr_vcpus, bool filter)
{
	struct kvm_vm *vm = vm_create(nr_vcpus);

	if (filter)
		vm_enable_cap(vm, KVM_CAP_REG_LIST_FILTER, 0);

	return vm;
}

static void init_vm(struct probe_vm *pvm, int nr_vcpus)
{
	probe_vm_init(pvm, create_vm(nr_vcpus, true), nr_vcpus, 0);
}

/* Without memory and devices, as there are a great many of these */
static struct kvm_vcpu *create_bare_vcpu(u32 features)
{
	struct kvm_vm *vm = vm_create_barebones();
	struct kvm_vcpu_init init = {};
	struct kvm_vcpu *vcpu;

	vm_enable_cap(vm, KVM_CAP_REG_LIST_FILTER, 0);
	vcpu = __vm_vcpu_add(vm, 0);
	vm_ioctl(vm, KVM_ARM_PREFERRED_TARGET, &init);
	init.features[0] |= BIT(KVM_ARM_VCPU_PSCI_0_2) | features;
	vcpu_ioctl(vcpu, KVM_ARM_VCPU_INIT, &init);

	return vcpu;
}

static u32 pmu_feature(void)
{
	return kvm_has_cap(KVM_CAP_ARM_PMU_V3) ? BIT(KVM_ARM_VCPU_PMU_V3) : 0;
}

/* What there is of vCPU features, so that there are more fields to be set */
static u32 all_features(void)
{
	u32 features = pmu_feature();

	if (kvm_has_cap(KVM_CAP_ARM_SVE))
		features |= BIT(KVM_ARM_VCPU_SVE);
	if (kvm_has_cap(KVM_CAP_ARM_PTRAUTH_ADDRESS) && kvm_has_cap(KVM_CAP_ARM_PTRAUTH_GENERIC))
		features |= BIT(KVM_ARM_VCPU_PTRAUTH_ADDRESS) |
			    BIT(KVM_ARM_VCPU_PTRAUTH_GENERIC);

	return features;
}

static void init_full_vm(struct probe_vm *pvm)
{
	probe_vm_init(pvm, create_vm(1, true), 1, all_features());
}

static void check_same_answers(struct probe_vm *pvm, int round)
{
	const char *name = probe_vm_changed(pvm, round);

	TEST_ASSERT(!name, "The guest saw a change of %s in round %d", name, round);
}

/* Restore a VM from which @round rounds have been saved, and let it go on */
static void restore(struct probe_vm *src, const struct reg_stream *streams,
		    struct probe_vm *dst, struct kvm_vm *vm, struct reg_report *report)
{
	int round = probe_records[0].rounds;

	probe_vm_init(dst, vm, src->nr_vcpus, 0);
	probe_vm_copy_memory(dst, src);
	if (probe_vm_restore(dst, streams, report)) {
		reg_report_print(report);
		TEST_FAIL("The VM is refused");
	}

	probe_vm_run(dst);
	check_same_answers(dst, round);
}

/* Move the guest to a new VM, with all that there is */
static void migrate_to(struct probe_vm *src, struct probe_vm *dst, struct kvm_vm *vm)
{
	struct reg_stream streams[PROBE_VM_MAX_VCPUS] = {};
	struct reg_report report = {};
	int i;

	probe_vm_save(src, streams);
	restore(src, streams, dst, vm, &report);
	reg_report_print(&report);
	TEST_ASSERT_EQ(report.nr, 0);

	for (i = 0; i < src->nr_vcpus; i++)
		reg_stream_free(&streams[i]);
	kvm_vm_free(src->vm);
}

static void migrate(struct probe_vm *src, struct probe_vm *dst)
{
	migrate_to(src, dst, create_vm(src->nr_vcpus, true));
}

TEST(defaults)
{
	struct probe_vm src, dst;

	init_vm(&src, 1);
	probe_vm_finalize(&src);
	probe_vm_run(&src);
	migrate(&src, &dst);
	kvm_vm_free(dst.vm);
}

/* Zero and missing can only be the same if zero is what a VM has by itself */
TEST(untouched)
{
	const u32 configs[] = {
		0, pmu_feature(),
		kvm_has_cap(KVM_CAP_ARM_SVE) ? BIT(KVM_ARM_VCPU_SVE) : 0,
		kvm_has_cap(KVM_CAP_ARM_EL2) ? BIT(KVM_ARM_VCPU_HAS_EL2) : 0,
		kvm_has_cap(KVM_CAP_ARM_EL1_32BIT) ? BIT(KVM_ARM_VCPU_EL1_32BIT) : 0,
	};
	struct kvm_reg_list *list;
	struct kvm_vcpu *vcpu;
	int c;
	u64 i;

	for (c = 0; c < ARRAY_SIZE(configs); c++) {
		vcpu = create_bare_vcpu(configs[c]);
		list = vcpu_get_filtered_reg_list(vcpu, OPTIONAL);
		TEST_ASSERT(list->n, "Nothing is optional");

		for (i = 0; i < list->n; i++)
			TEST_ASSERT(!vcpu_get_reg(vcpu, list->reg[i]), "%s isn't zero",
				    reg_stream_name(list->reg[i]));

		free(list);
		kvm_vm_free(vcpu->vm);
	}
}

/*
 * That an ID register is RAZ says nothing of the day when it gets fields, in
 * which zero may mean "implemented": none is optional.
 */
TEST(id_registers)
{
	struct kvm_vcpu *vcpu = create_bare_vcpu(0);
	struct kvm_reg_list *list = vcpu_get_filtered_reg_list(vcpu, OPTIONAL);
	u64 first = KVM_ARM64_SYS_REG(sys_reg(3, 0, 0, 0, 0));
	u64 last = KVM_ARM64_SYS_REG(sys_reg(3, 0, 0, 7, 7)), i;

	for (i = 0; i < list->n; i++)
		TEST_ASSERT(list->reg[i] < first || list->reg[i] > last, "%s is optional",
			    reg_stream_name(list->reg[i]));

	free(list);
	kvm_vm_free(vcpu->vm);
}

/*
 * WORKAROUND_2 is "not required" because the guest doesn't have SSBS: in a list
 * that has it before the ID register, it is refused by the same kernel.
 */
TEST(ssbs)
{
	struct probe_vm src, dst;
	u64 pfr1;

	init_vm(&src, 1);
	pfr1 = vcpu_get_reg(src.vcpus[0], PFR1);
	if (!FIELD_GET(ID_AA64PFR1_EL1_SSBS_MASK, pfr1))
		SKIP(return, "No SSBS");

	vcpu_set_reg(src.vcpus[0], PFR1, pfr1 & ~ID_AA64PFR1_EL1_SSBS_MASK);
	probe_vm_finalize(&src);
	probe_vm_run(&src);
	migrate(&src, &dst);
	TEST_ASSERT(!FIELD_GET(ID_AA64PFR1_EL1_SSBS_MASK, vcpu_get_reg(dst.vcpus[0], PFR1)),
		    "SSBS is back");
	kvm_vm_free(dst.vm);
}

static void remove_reg(struct reg_stream *stream, struct reg_stream_reg *reg)
{
	memmove(reg, reg + 1, (u8 *)&stream->regs[stream->nr] - (u8 *)(reg + 1));
	stream->nr--;
}

/*
 * A stream may leave out what is optional and zero, and the destination may be
 * unable to tell what that was. It must get the same machine nevertheless.
 */
TEST(cleared_bitmaps)
{
	static const u64 bitmaps[] = {
		KVM_REG_ARM_STD_BMAP, KVM_REG_ARM_STD_HYP_BMAP, KVM_REG_ARM_VENDOR_HYP_BMAP,
	};
	struct reg_stream streams[PROBE_VM_MAX_VCPUS] = {};
	struct reg_report report = {};
	struct reg_stream_reg *reg;
	struct probe_vm src, dst;
	int i;

	init_vm(&src, 1);
	for (i = 0; i < ARRAY_SIZE(bitmaps); i++)
		vcpu_set_reg(src.vcpus[0], bitmaps[i], 0);
	probe_vm_finalize(&src);
	probe_vm_run(&src);
	probe_vm_save(&src, streams);

	for (reg = streams[0].regs; reg < streams[0].regs + streams[0].nr; ) {
		if (reg->class & OPTIONAL && !*(u64 *)reg->val)
			remove_reg(&streams[0], reg);
		else
			reg++;
	}

	restore(&src, streams, &dst, create_vm(1, false), &report);
	for (i = 0; i < ARRAY_SIZE(bitmaps); i++)
		TEST_ASSERT(!vcpu_get_reg(dst.vcpus[0], bitmaps[i]), "%s is back",
			    reg_stream_name(bitmaps[i]));

	reg_report_free(&report);
	reg_stream_free(&streams[0]);
	kvm_vm_free(dst.vm);
	kvm_vm_free(src.vm);
}

static void add_u64(struct reg_stream *stream, u64 id, u64 val)
{
	struct reg_stream_reg *reg = reg_stream_find(stream, id);

	if (reg)
		memcpy(reg->val, &val, sizeof(val));
	else
		reg_stream_add(stream, id, 0, &val);
}

static void expect_event(const struct reg_report *report, u64 id, enum reg_verdict verdict)
{
	const struct reg_event *event = reg_report_find(report, id);

	TEST_ASSERT(event && event->verdict == verdict, "%s: wanted verdict %d, got %d",
		    reg_stream_name(id), verdict, event ? event->verdict : -1);
}

/*
 * 6.12 has no classes, lists TCR2_EL1, PIRE0_EL1 and PIR_EL1 to VMs that have no
 * such thing, and has neither of the two registers that are optional.
 */
TEST(stream_of_6_12)
{
	static const u32 pie[] = { SYS_PIRE0_EL1, SYS_PIR_EL1 };
	static const u64 lacks[] = { KVM_REG_ARM_VENDOR_HYP_BMAP_2, PMMIR };
	struct reg_stream streams[PROBE_VM_MAX_VCPUS] = {};
	struct reg_stream_reg *reg;
	struct reg_report report = {};
	struct probe_vm src, dst;
	int i;

	probe_vm_init(&src, create_vm(1, false), 1, 0);
	vcpu_set_reg(src.vcpus[0], MMFR3,
		     vcpu_get_reg(src.vcpus[0], MMFR3) & ~(ID_AA64MMFR3_EL1_TCRX_MASK |
							   ID_AA64MMFR3_EL1_S1PIE_MASK |
							   ID_AA64MMFR3_EL1_S1POE_MASK));
	probe_vm_finalize(&src);
	probe_vm_run(&src);
	probe_vm_save(&src, streams);
	TEST_ASSERT(!streams[0].classed, "Classes without the filters");

	add_u64(&streams[0], KVM_ARM64_SYS_REG(SYS_TCR2_EL1), 0);
	for (i = 0; i < ARRAY_SIZE(pie); i++)
		add_u64(&streams[0], KVM_ARM64_SYS_REG(pie[i]), UNKNOWN);

	for (i = 0; i < ARRAY_SIZE(lacks); i++) {
		reg = reg_stream_find(&streams[0], lacks[i]);
		if (reg)
			remove_reg(&streams[0], reg);
	}

	/* And one from before the bitmaps */
	remove_reg(&streams[0], reg_stream_find(&streams[0], KVM_REG_ARM_STD_BMAP));

	restore(&src, streams, &dst, create_vm(1, true), &report);
	expect_event(&report, KVM_REG_ARM_STD_BMAP, REG_LEFT);
	reg_report_print(&report);
	TEST_ASSERT_EQ(report.nr, 1);

	reg_report_free(&report);
	reg_stream_free(&streams[0]);
	kvm_vm_free(dst.vm);
	kvm_vm_free(src.vm);
}

/* A vCPU with a vector length of its own, which can only be set before it is finalized */
TEST(sve)
{
	u64 vls[KVM_ARM64_SVE_VLS_WORDS] = {};
	struct kvm_one_reg reg = { .id = KVM_REG_ARM64_SVE_VLS, .addr = (u64)vls };
	struct reg_stream streams[PROBE_VM_MAX_VCPUS] = {};
	struct reg_report report = {};
	struct probe_vm src, dst;

	if (!kvm_has_cap(KVM_CAP_ARM_SVE))
		SKIP(return, "No SVE");

	/* Only 128-bit vectors, so that the default length would be noticed */
	vls[0] = BIT(0);
	probe_vm_init(&src, create_vm(1, true), 1, BIT(KVM_ARM_VCPU_SVE));
	vcpu_ioctl(src.vcpus[0], KVM_SET_ONE_REG, &reg);
	probe_vm_finalize(&src);
	probe_vm_run(&src);
	TEST_ASSERT_EQ(probe_records[0].sve_len, 16);
	probe_vm_save(&src, streams);

	probe_vm_init(&dst, create_vm(1, true), 1, BIT(KVM_ARM_VCPU_SVE));
	probe_vm_copy_memory(&dst, &src);
	TEST_ASSERT_EQ(probe_vm_restore(&dst, streams, &report), 0);
	probe_vm_run(&dst);
	check_same_answers(&dst, 1);

	/* A round tells of the stop before it */
	probe_vm_run(&dst);
	TEST_ASSERT_EQ(probe_records[0].sve_len, 16);
	TEST_ASSERT_EQ(probe_records[0].sve_errors, 0);

	reg_stream_free(&streams[0]);
	kvm_vm_free(dst.vm);
	kvm_vm_free(src.vm);
}

/* The VM's registers are saved and written once, and arrive at both vCPUs */
TEST(two_vcpus)
{
	struct reg_stream streams[PROBE_VM_MAX_VCPUS] = {};
	struct reg_report report = {};
	struct kvm_reg_list *list;
	struct probe_vm src, dst;
	int i, n;

	init_vm(&src, 2);
	vcpu_set_reg(src.vcpus[0], KVM_REG_ARM_PSCI_VERSION, 0x10001);
	vcpu_set_reg(src.vcpus[1], KVM_REG_ARM_VENDOR_HYP_BMAP_2, BIT(0));
	probe_vm_finalize(&src);
	probe_vm_run(&src);
	probe_vm_save(&src, streams);
	restore(&src, streams, &dst, create_vm(2, true), &report);

	list = vcpu_get_filtered_reg_list(src.vcpus[1], KVM_REG_LIST_VM);
	for (n = 0; n < list->n; n++) {
		TEST_ASSERT(!reg_stream_find(&streams[1], list->reg[n]),
			    "%s was saved twice", reg_stream_name(list->reg[n]));

		for (i = 0; i < 2; i++)
			TEST_ASSERT(vcpu_get_reg(dst.vcpus[i], list->reg[n]) ==
				    vcpu_get_reg(src.vcpus[i], list->reg[n]),
				    "vCPU %d: %s changed", i, reg_stream_name(list->reg[n]));
	}
	free(list);

	for (i = 0; i < 2; i++)
		reg_stream_free(&streams[i]);
	kvm_vm_free(dst.vm);
	kvm_vm_free(src.vm);
}

/* From a kernel of tomorrow */
#define FUTURE_REG	ARM64_SYS_REG(3, 7, 15, 15, 7)

/* Neither a version of PSCI, nor services that there are */
#define BAD_VALUE	0x700

FIXTURE(saved_vm)
{
	struct probe_vm pvm;
	struct reg_stream streams[PROBE_VM_MAX_VCPUS];
	struct reg_report report;
};

FIXTURE_SETUP(saved_vm)
{
	init_vm(&self->pvm, 1);
	probe_vm_finalize(&self->pvm);
	probe_vm_run(&self->pvm);
	probe_vm_save(&self->pvm, self->streams);
}

FIXTURE_TEARDOWN(saved_vm)
{
	/* Nothing happened to the source */
	probe_vm_run(&self->pvm);
	check_same_answers(&self->pvm, 1);

	reg_report_free(&self->report);
	reg_stream_free(&self->streams[0]);
	kvm_vm_free(self->pvm.vm);
}

static void expect_restore(struct probe_vm *src, const struct reg_stream *streams,
			   struct reg_report *report, int ret)
{
	struct probe_vm dst;

	init_vm(&dst, 1);
	probe_vm_copy_memory(&dst, src);
	TEST_ASSERT_EQ(probe_vm_restore(&dst, streams, report), ret);
	kvm_vm_free(dst.vm);
}

/* Zero means absent, if the register is of that sort. Everything else would be lost. */
TEST_F(saved_vm, future_register)
{
	static const struct {
		u64 class, val;
		enum reg_verdict verdict;
	} tries[] = {
		{ FEATURE | OPTIONAL,	0, REG_DROPPED },
		{ FEATURE | OPTIONAL,	1, REG_REFUSED },
		{ FEATURE,		0, REG_REFUSED },
		{ 0,			0, REG_REFUSED },
		{ 0,			1, REG_REFUSED },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(tries); i++) {
		reg_stream_add(&self->streams[0], FUTURE_REG, tries[i].class, &tries[i].val);
		expect_restore(&self->pvm, self->streams, &self->report,
			       tries[i].verdict == REG_REFUSED ? -ENOENT : 0);
		expect_event(&self->report, FUTURE_REG, tries[i].verdict);
		reg_report_free(&self->report);
		self->streams[0].nr--;
	}

	TEST_ASSERT(!strcmp(reg_stream_name(FUTURE_REG), "ARM64_SYS_REG(3, 7, 15, 15, 7)"),
		    "Bad name %s", reg_stream_name(FUTURE_REG));
}

/* All refused features are named, not only the first one */
TEST_F(saved_vm, refused_features)
{
	static const u64 ids[] = { KVM_REG_ARM_PSCI_VERSION, KVM_REG_ARM_STD_BMAP };
	int i;

	for (i = 0; i < ARRAY_SIZE(ids); i++)
		add_u64(&self->streams[0], ids[i], BAD_VALUE);

	expect_restore(&self->pvm, self->streams, &self->report, -EINVAL);
	for (i = 0; i < ARRAY_SIZE(ids); i++)
		expect_event(&self->report, ids[i], REG_REFUSED);
}

/* What is accepted without effect shows when it is read back, and can be excused */
TEST_F(saved_vm, without_effect)
{
	const u64 id = KVM_ARM64_SYS_REG(SYS_ID_AA64DFR0_EL1);
	u64 val = vcpu_get_reg(self->pvm.vcpus[0], id) | ID_AA64DFR0_EL1_PMUVer_MASK;

	/* KVM makes no PMU of an IMP DEF one, which older kernels showed */
	add_u64(&self->streams[0], id, val);
	expect_restore(&self->pvm, self->streams, &self->report, -ESTALE);
	expect_event(&self->report, id, REG_DIFFERS);
	TEST_ASSERT_EQ(self->report.events[0].wrote, val);
	TEST_ASSERT_EQ(self->report.events[0].read, val & ~ID_AA64DFR0_EL1_PMUVer_MASK);
	reg_report_free(&self->report);

	self->report.accept = &id;
	self->report.nr_accept = 1;
	expect_restore(&self->pvm, self->streams, &self->report, 0);
	expect_event(&self->report, id, REG_DIFFERS);
}

/* What is taken, and read back, until the first run sets what describes the GIC */
TEST_F(saved_vm, changed_by_first_run)
{
	u64 val = vcpu_get_reg(self->pvm.vcpus[0], PFR0);

	if (!(val & ID_AA64PFR0_EL1_GIC_MASK))
		SKIP(return, "No GIC with system registers");

	add_u64(&self->streams[0], PFR0, val & ~ID_AA64PFR0_EL1_GIC_MASK);
	expect_restore(&self->pvm, self->streams, &self->report, -ESTALE);
	expect_event(&self->report, PFR0, REG_DIFFERS);
	TEST_ASSERT_EQ(self->report.events[0].read, val);
}

/* A guest that comes from a host without them may well have mitigations */
TEST_F(saved_vm, mitigations)
{
	static const u64 ids[] = {
		KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_1,
		KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_2,
		KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_3,
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(ids); i++)
		add_u64(&self->streams[0], ids[i], 0);

	expect_restore(&self->pvm, self->streams, &self->report, 0);
	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		if (vcpu_get_reg(self->pvm.vcpus[0], ids[i]))
			expect_event(&self->report, ids[i], REG_BETTER);
	}
}

/*
 * From the rule, and not from any table: whatever value of a feature the kernel
 * takes, the feature list of that VM can be written in its order into a fresh
 * one, reads back, and makes the same machine of it.
 */
#define NR_MASKS	KVM_ARM_FEATURE_ID_RANGE_SIZE

static void get_masks(struct kvm_vm *vm, u64 masks[NR_MASKS])
{
	struct reg_mask_range range = { .addr = (u64)masks };

	vm_ioctl(vm, KVM_ARM_GET_REG_WRITABLE_MASKS, &range);
}

static u64 get_mask(const u64 masks[NR_MASKS], u64 id)
{
	u32 n = id & 0xffff;

	if ((id & KVM_REG_ARM_COPROC_MASK) != KVM_REG_ARM64_SYSREG || n >> 14 != 3 ||
	    (n >> 7 & 15) || (n >> 3 & 15) > 7 || (n >> 11 & 7) == 2 || (n >> 11 & 7) > 3)
		return 0;

	return masks[KVM_ARM_FEATURE_ID_RANGE_IDX(n >> 14, n >> 11 & 7, n >> 7 & 15,
						  n >> 3 & 15, n & 7)];
}

/* Whether the value is taken, and not only accepted */
static bool takes(struct kvm_vcpu *vcpu, u64 id, u64 val)
{
	return !__vcpu_set_reg(vcpu, id, val) && vcpu_get_reg(vcpu, id) == val;
}

static void check_features(struct kvm_vcpu *src, struct kvm_vcpu *dst, u64 id, u64 val)
{
	struct reg_report report = {};
	struct reg_stream stream;

	reg_stream_save(src, FEATURE, &stream);
	if (reg_stream_restore_features(dst, &stream, &report) ||
	    reg_stream_check(dst, &stream, &report) || report.nr) {
		reg_report_print(&report);
		TEST_FAIL("A VM with %s = 0x%lx can't be restored", reg_stream_name(id), val);
	}

	reg_stream_free(&stream);
}

/* Run the guest with the features as they are, and in a fresh VM that gets them */
static void check_guest(struct probe_vm *src, u64 id, u64 val)
{
	struct probe_record want, *now = &probe_records[0];
	struct probe_vm dst;
	int i;

	init_full_vm(&dst);
	check_features(src->vcpus[0], dst.vcpus[0], id, val);

	probe_vm_finalize(src);
	probe_vm_run(src);
	want = *now;

	probe_vm_finalize(&dst);
	probe_vm_run(&dst);

	for (i = 0; i < SMCCC_NR_PROBES; i++)
		TEST_ASSERT(!memcmp(&want.answers[0][i], &now->answers[0][i],
				    sizeof(want.answers[0][i])),
			    "%s = 0x%lx: the guest sees another %s", reg_stream_name(id), val,
			    smccc_probes[i].name);

	for (i = 0; i < PROBE_VM_NR_ID_REGS; i++)
		TEST_ASSERT(want.id_regs[i] == now->id_regs[i],
			    "The guest reads 0x%lx from ID register 0x%x, not 0x%lx",
			    now->id_regs[i], probe_vm_id_reg(i), want.id_regs[i]);

	kvm_vm_free(dst.vm);
	kvm_vm_free(src->vm);
}

/*
 * The fields are of 4 bits, or at least nothing is lost by looking at them like
 * that, as no bit is tried that can't be written.
 */
struct field {
	u64 id, mask;
	int shift;
	u16 seen;	/* values with which a guest has run */
};

#define MAX_FIELDS	(NR_MASKS * 16)

struct values {
	struct probe_vm src;
	struct kvm_reg_list *list;
	struct field *fields;
	int nr_fields;
};

FIXTURE(values)
{
	struct values v;
};

FIXTURE_SETUP(values)
{
	u64 masks[NR_MASKS] = {}, mask, i;
	int shift;

	init_full_vm(&self->v.src);
	self->v.list = vcpu_get_filtered_reg_list(self->v.src.vcpus[0], FEATURE);
	self->v.fields = calloc(MAX_FIELDS, sizeof(self->v.fields[0]));
	TEST_ASSERT(self->v.fields, "Failed to allocate the fields");
	get_masks(self->v.src.vm, masks);

	for (i = 0; i < self->v.list->n; i++) {
		for (shift = 0; shift < 64; shift += 4) {
			mask = get_mask(masks, self->v.list->reg[i]) & 0xfULL << shift;
			if (mask)
				self->v.fields[self->v.nr_fields++] = (struct field) {
					self->v.list->reg[i], mask, shift,
				};
		}
	}
}

FIXTURE_TEARDOWN(values)
{
	free(self->v.fields);
	free(self->v.list);
	kvm_vm_free(self->v.src.vm);
}

/* Returns whether KVM takes the value, in which case the next VM is a new one */
static int try_value(struct values *self, u64 id, u64 val)
{
	if (!takes(self->src.vcpus[0], id, val))
		return 0;

	check_guest(&self->src, id, val);
	init_full_vm(&self->src);
	return 1;
}

/* All fields to the same value, where KVM takes it */
static void set_all_fields(struct values *self, u64 v)
{
	struct kvm_vcpu *vcpu = self->src.vcpus[0];
	struct field *f;

	for (f = self->fields; f < self->fields + self->nr_fields; f++) {
		if (!(v << f->shift & ~f->mask) &&
		    takes(vcpu, f->id, (vcpu_get_reg(vcpu, f->id) & ~f->mask) | v << f->shift))
			f->seen |= BIT(v);
	}
}

/* A field by itself, on a vCPU that can't run, as there are many values */
static int try_field(struct values *self, struct kvm_vcpu **src,
		     const struct field *f, u64 v)
{
	u64 old = vcpu_get_reg(*src, f->id), val = (old & ~f->mask) | v << f->shift;
	struct kvm_vcpu *dst;

	if (v << f->shift & ~f->mask || val == old || !takes(*src, f->id, val))
		return 0;

	dst = create_bare_vcpu(all_features());
	check_features(*src, dst, f->id, val);
	kvm_vm_free(dst->vm);
	kvm_vm_free((*src)->vm);
	*src = create_bare_vcpu(all_features());

	if (!(f->seen & BIT(v)))
		try_value(self, f->id, val);
	return 1;
}

TEST_F(values, fields)
{
	struct kvm_vcpu *src = create_bare_vcpu(all_features());
	struct field *f;
	int nr = 0;
	u64 v;

	/* Each at its lowest value, the next one, and so on: the guest sees them all at once */
	for (v = 0; v < 16; v++) {
		set_all_fields(&self->v, v);
		check_guest(&self->v.src, PFR0, vcpu_get_reg(self->v.src.vcpus[0], PFR0));
		init_full_vm(&self->v.src);
	}

	/* One by one, and with a guest those that only go by themselves */
	for (f = self->v.fields; f < self->v.fields + self->v.nr_fields; f++) {
		for (v = 0; v < 16; v++)
			nr += try_field(&self->v, &src, f, v);
	}

	TH_LOG("%d values of %d fields", nr, self->v.nr_fields);
	TEST_ASSERT(nr, "No field has been changed");
	kvm_vm_free(src->vm);
}

/* All the combinations of the bits that can be changed */
static int try_bitmap(struct values *self, u64 id, bool lowest)
{
	u64 old = vcpu_get_reg(self->src.vcpus[0], id), bits = 0, val = 0;
	int bit, nr = 0;

	for (bit = 0; bit < 64; bit++) {
		if (takes(self->src.vcpus[0], id, old ^ BIT_ULL(bit)))
			bits |= BIT_ULL(bit);
	}

	do {
		if (lowest)
			set_all_fields(self, 0);
		nr += try_value(self, id, (old & ~bits) | val);
		val = (val - bits) & bits;
	} while (val);

	return nr;
}

/* The levels of a mitigation, and the versions of PSCI */
static int try_level(struct values *self, u64 id, bool lowest)
{
	static const u64 bases[] = { 0, 0x10000 };
	int i, nr = 0, ret = 1;
	u64 v;

	for (i = 0; i < ARRAY_SIZE(bases); i++) {
		for (v = 0; v < 64; v++) {
			if (ret && lowest)
				set_all_fields(self, 0);
			ret = try_value(self, id, bases[i] | v);
			nr += ret;
		}
	}

	return nr;
}

static int try_firmware(struct values *self, bool lowest)
{
	int nr = 0;
	u64 i, id;

	for (i = 0; i < self->list->n; i++) {
		id = self->list->reg[i];

		switch (id & KVM_REG_ARM_COPROC_MASK) {
		case KVM_REG_ARM_FW_FEAT_BMAP:
			nr += try_bitmap(self, id, lowest);
			break;
		case KVM_REG_ARM_FW:
			nr += try_level(self, id, lowest);
			break;
		}
	}

	return nr;
}

TEST_F(values, firmware)
{
	int nr = try_firmware(&self->v, false);

	TH_LOG("%d values", nr);
	TEST_ASSERT(nr, "No firmware register has been changed");
}

/* What a firmware register takes depends on ID registers */
TEST_F(values, firmware_with_lowest_fields)
{
	int nr = try_firmware(&self->v, true);

	TH_LOG("%d values", nr);
	TEST_ASSERT(nr, "No firmware register has been changed");
}

#define FEATURES_2_REG	KVM_REG_ARM_HCID(6, 1)
#define FEATURES_2_BIT	BIT_ULL(63)

static struct kvm_vm *create_hcid_vm(int nr_vcpus)
{
	struct kvm_vm *vm = create_vm(nr_vcpus, true);

	vm_enable_cap(vm, KVM_CAP_ARM_HCID, 0);
	return vm;
}

static void expect_features_2(u64 a0)
{
	TEST_ASSERT_EQ(probe_records[0].answers[0][smccc_probe_index("FEATURES_2(6, 1)")].a0, a0);
}

/* The window is zero, and so no obstacle: to a VM that has it, and back */
TEST(hcid_zero)
{
	struct probe_vm src, dst;

	if (!kvm_has_cap(KVM_CAP_ARM_HCID))
		SKIP(return, "No hypercall identity");

	init_vm(&src, 2);
	probe_vm_finalize(&src);
	probe_vm_run(&src);
	expect_features_2(SMCCC_RET_NOT_SUPPORTED);
	migrate_to(&src, &dst, create_hcid_vm(2));
	migrate_to(&dst, &src, create_vm(2, true));
	kvm_vm_free(src.vm);
}

/* The stream has it once, and both vCPUs get it; where it can't be had it is refused by name */
TEST(hcid_service)
{
	static const struct {
		u64 id, val;
		bool hcid;
		int ret;
		enum reg_verdict verdict;
	} futures[] = {
		/* The kernel itself objects to what it has no service for ... */
		{ KVM_REG_ARM_HCID(7, 0), 1, true, -EINVAL, REG_REFUSED },
		{ KVM_REG_ARM_HCID(6, 7), 1, true, -EINVAL, REG_REFUSED },
		/* ... and what a VM that did not opt in ignores shows by reading back */
		{ KVM_REG_ARM_HCID(6, 7), 1, false, -ESTALE, REG_DIFFERS },
		{ FEATURES_2_REG, FEATURES_2_BIT, false, -ESTALE, REG_DIFFERS },
	};
	struct reg_stream streams[PROBE_VM_MAX_VCPUS] = {};
	struct reg_stream_reg reg;
	struct reg_report report = {};
	struct probe_vm src, dst;
	int i;

	if (!kvm_has_cap(KVM_CAP_ARM_HCID))
		SKIP(return, "No hypercall identity");

	probe_vm_init(&src, create_hcid_vm(2), 2, 0);
	vcpu_set_reg(src.vcpus[1], FEATURES_2_REG, FEATURES_2_BIT);
	probe_vm_finalize(&src);
	probe_vm_run(&src);
	expect_features_2(SMCCC_RET_SUCCESS);
	probe_vm_save(&src, streams);
	TEST_ASSERT(!reg_stream_find(&streams[1], FEATURES_2_REG), "It was saved twice");

	for (i = 0; i < ARRAY_SIZE(futures); i++) {
		if (!reg_stream_find(&streams[0], futures[i].id))
			reg_stream_add(&streams[0], futures[i].id, FEATURE | OPTIONAL, &(u64){ 0 });
		reg = *reg_stream_find(&streams[0], futures[i].id);
		add_u64(&streams[0], futures[i].id, futures[i].val);

		probe_vm_init(&dst, futures[i].hcid ? create_hcid_vm(2) : create_vm(2, true), 2, 0);
		probe_vm_copy_memory(&dst, &src);
		TEST_ASSERT_EQ(probe_vm_restore(&dst, streams, &report), futures[i].ret);
		expect_event(&report, futures[i].id, futures[i].verdict);

		*reg_stream_find(&streams[0], futures[i].id) = reg;
		reg_report_free(&report);
		kvm_vm_free(dst.vm);
	}
	for (i = 0; i < 2; i++)
		reg_stream_free(&streams[i]);

	migrate_to(&src, &dst, create_hcid_vm(2));
	TEST_ASSERT_EQ(vcpu_get_reg(dst.vcpus[1], FEATURES_2_REG), FEATURES_2_BIT);
	kvm_vm_free(dst.vm);
}

int main(int argc, char **argv)
{
	TEST_REQUIRE(kvm_has_cap(KVM_CAP_REG_LIST_FILTER));

	return test_harness_run(argc, argv);
}
