// SPDX-License-Identifier: GPL-2.0-only
/*
 * reg_migration - Test the rule of Documentation/virt/kvm/arm/migration.rst,
 * from a VM to another one in the same process.
 *
 * The rule knows no register; the tests name those that they change. The guest
 * records the answers to the probes of probe_vm.c, which must be the same on
 * both sides.
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
#define DFR0		KVM_ARM64_SYS_REG(SYS_ID_AA64DFR0_EL1)
#define MMFR3		KVM_ARM64_SYS_REG(SYS_ID_AA64MMFR3_EL1)
#define PMMIR		KVM_ARM64_SYS_REG(SYS_PMMIR_EL1)

enum { NO_FILTER, FILTER, FILTER_AND_HCID };

static void init_vm(struct probe_vm *pvm, int nr_vcpus, int caps, u32 features)
{
	struct kvm_vm *vm = vm_create(nr_vcpus);

	if (caps >= FILTER)
		vm_enable_cap(vm, KVM_CAP_REG_LIST_FILTER, 0);
	if (caps == FILTER_AND_HCID)
		vm_enable_cap(vm, KVM_CAP_ARM_HCID, 0);
	probe_vm_init(pvm, vm, nr_vcpus, features);
}

static void clear_field(struct probe_vm *pvm, u64 id, u64 mask)
{
	vcpu_set_reg(pvm->vcpus[0], id, vcpu_get_reg(pvm->vcpus[0], id) & ~mask);
}

/* A guest that is about to move, and the way that it takes */
struct move {
	struct probe_vm src;
	struct reg_stream streams[PROBE_VM_MAX_VCPUS];
	struct reg_report report;
};

FIXTURE(move) { struct move m; };

/* Either kernel can be one that tells no classes */
FIXTURE_VARIANT(move) { bool from_filters, to_filters; };

FIXTURE_VARIANT_ADD(move, both) { true, true };
FIXTURE_VARIANT_ADD(move, source) { true, false };
FIXTURE_VARIANT_ADD(move, destination) { false, true };

FIXTURE_SETUP(move)
{
	init_vm(&self->m.src, 2, variant->from_filters, 0);
}

FIXTURE_TEARDOWN(move)
{
	int i;

	/* The source has got its guest still */
	probe_vm_run(&self->m.src);
	TEST_ASSERT(!probe_vm_changed(&self->m.src, 1), "%s of the source changed",
		    probe_vm_changed(&self->m.src, 1));

	reg_report_free(&self->m.report);
	for (i = 0; i < 2; i++)
		reg_stream_free(&self->m.streams[i]);
	kvm_vm_free(self->m.src.vm);
}

static void save(struct move *m)
{
	probe_vm_run(&m->src);
	probe_vm_save(&m->src, m->streams);
}

/* Restore the VM, and have its guest go on if @ret is 0. The caller frees the new one. */
static struct probe_vm restore(struct move *m, int caps, int ret)
{
	struct probe_vm dst;
	int now;

	reg_report_free(&m->report);
	init_vm(&dst, 2, caps, 0);
	probe_vm_copy_memory(&dst, &m->src);
	now = probe_vm_restore(&dst, m->streams, &m->report);
	reg_report_print(&m->report);
	TEST_ASSERT_EQ(now, ret);

	if (!ret) {
		probe_vm_run(&dst);
		TEST_ASSERT(!probe_vm_changed(&dst, 1), "%s changed", probe_vm_changed(&dst, 1));
	}

	return dst;
}

static void expect_event(struct move *m, u64 id, enum reg_verdict verdict)
{
	const struct reg_event *event = reg_report_find(&m->report, id);

	TEST_ASSERT(event && event->verdict == verdict, "0x%lx: wanted verdict %d, got %d",
		    id, verdict, event ? event->verdict : -1);
}

static void set(struct move *m, u64 id, u64 val)
{
	struct reg_stream_reg *reg = reg_stream_find(&m->streams[0], id);

	if (reg)
		memcpy(reg->val, &val, sizeof(val));
	else
		reg_stream_add(&m->streams[0], id, 0, &val);
}

static void drop(struct move *m, u64 id)
{
	struct reg_stream *stream;
	struct reg_stream_reg *reg;
	int i;

	for (i = 0; i < 2; i++) {
		stream = &m->streams[i];
		reg = reg_stream_find(stream, id);
		if (reg)
			*reg = stream->regs[--stream->nr];
	}
}

/* What the VM has, all of its vCPUs have. What differs from the defaults is kept. */
TEST_F(move, same)
{
	const u64 ids[] = { KVM_REG_ARM_PSCI_VERSION, KVM_REG_ARM_VENDOR_HYP_BMAP_2,
			    KVM_REG_ARM_STD_BMAP, KVM_REG_ARM_STD_HYP_BMAP,
			    KVM_REG_ARM_VENDOR_HYP_BMAP };
	const u64 vals[] = { 0x10001, BIT(0), 0, 0, 0 };
	struct probe_vm dst;
	int i;

	/*
	 * WORKAROUND_2 becomes "not required" without SSBS. In a list that has it
	 * before the ID register, it is refused by the same kernel.
	 */
	clear_field(&self->m.src, PFR1, ID_AA64PFR1_EL1_SSBS_MASK);
	for (i = 0; i < ARRAY_SIZE(ids); i++)
		vcpu_set_reg(self->m.src.vcpus[i % 2], ids[i], vals[i]);

	save(&self->m);
	dst = restore(&self->m, variant->to_filters, 0);
	TEST_ASSERT_EQ(self->m.report.nr, 0);
	for (i = 0; i < ARRAY_SIZE(ids); i++)
		TEST_ASSERT_EQ(vcpu_get_reg(dst.vcpus[1 - i % 2], ids[i]), vals[i]);
	TEST_ASSERT_EQ(vcpu_get_reg(dst.vcpus[1], PFR1), vcpu_get_reg(self->m.src.vcpus[1], PFR1));
	kvm_vm_free(dst.vm);
}

/* A stream may leave out what is optional and zero, even if the destination can't tell */
TEST_F(move, optional_left_out)
{
	int i;

	save(&self->m);
	for (i = self->m.streams[0].nr - 1; i >= 0; i--) {
		if (self->m.streams[0].regs[i].class & OPTIONAL)
			drop(&self->m, self->m.streams[0].regs[i].id);
	}
	kvm_vm_free(restore(&self->m, variant->to_filters, 0).vm);
	if (variant->to_filters)
		TEST_ASSERT_EQ(self->m.report.nr, 0);
}

/*
 * 6.12 lists TCR2_EL1, PIRE0_EL1 and PIR_EL1 to VMs that have no such thing, and
 * has neither of the registers that are optional.
 */
TEST_F(move, stream_of_6_12)
{
	const u64 lacks[] = { KVM_REG_ARM_VENDOR_HYP_BMAP_2, PMMIR, KVM_REG_ARM_STD_BMAP };
	int i;

	clear_field(&self->m.src, MMFR3, ID_AA64MMFR3_EL1_TCRX_MASK |
		    ID_AA64MMFR3_EL1_S1PIE_MASK | ID_AA64MMFR3_EL1_S1POE_MASK);
	save(&self->m);
	set(&self->m, KVM_ARM64_SYS_REG(SYS_TCR2_EL1), 0);
	set(&self->m, KVM_ARM64_SYS_REG(SYS_PIRE0_EL1), UNKNOWN);
	set(&self->m, KVM_ARM64_SYS_REG(SYS_PIR_EL1), UNKNOWN);
	/* The last one is from before the bitmaps */
	for (i = 0; i < ARRAY_SIZE(lacks); i++)
		drop(&self->m, lacks[i]);

	kvm_vm_free(restore(&self->m, variant->to_filters, 0).vm);
	if (variant->to_filters) {
		expect_event(&self->m, KVM_REG_ARM_STD_BMAP, REG_LEFT);
		TEST_ASSERT_EQ(self->m.report.nr, 1);
	}
}

/* From a kernel of tomorrow: zero means absent, if the register is of that sort */
#define FUTURE_REG(n)	ARM64_SYS_REG(3, 7, 15, 15, n)

static void add_future_reg(struct move *m, int n, u64 class, u64 val)
{
	reg_stream_add(&m->streams[0], FUTURE_REG(n), class, &val);
}

TEST_F(move, dropped)
{
	save(&self->m);
	if (!self->m.streams[0].classed)
		SKIP(return, "No classes");

	add_future_reg(&self->m, 0, FEATURE | OPTIONAL, 0);
	kvm_vm_free(restore(&self->m, variant->to_filters, 0).vm);
	expect_event(&self->m, FUTURE_REG(0), REG_DROPPED);
}

/* All refused features are named, not only the first one */
TEST_F(move, refused)
{
	save(&self->m);
	set(&self->m, KVM_REG_ARM_PSCI_VERSION, 0x700);
	set(&self->m, KVM_REG_ARM_STD_BMAP, 0x700);
	add_future_reg(&self->m, 0, FEATURE | OPTIONAL, 1);
	add_future_reg(&self->m, 1, FEATURE, 0);
	kvm_vm_free(restore(&self->m, variant->to_filters, -EINVAL).vm);
	expect_event(&self->m, KVM_REG_ARM_PSCI_VERSION, REG_REFUSED);
	expect_event(&self->m, KVM_REG_ARM_STD_BMAP, REG_REFUSED);
	TEST_ASSERT_EQ(self->m.report.nr, self->m.streams[0].classed ? 4 : 2);
}

TEST_F(move, refused_state)
{
	save(&self->m);
	add_future_reg(&self->m, 0, 0, 0);
	kvm_vm_free(restore(&self->m, variant->to_filters, -ENOENT).vm);
	expect_event(&self->m, FUTURE_REG(0), REG_REFUSED);
}

/*
 * KVM takes these values and shows others, inside of the masks: an IMP DEF PMU at
 * once, no GIC after the first run. An operator may accept it.
 */
TEST_F(move, differs)
{
	const u64 ids[] = { DFR0, PFR0 };
	u64 val;

	save(&self->m);
	val = vcpu_get_reg(self->m.src.vcpus[0], PFR0);
	TEST_ASSERT(val & ID_AA64PFR0_EL1_GIC_MASK, "No GIC with system registers");
	set(&self->m, PFR0, val & ~ID_AA64PFR0_EL1_GIC_MASK);
	val = vcpu_get_reg(self->m.src.vcpus[0], DFR0);
	set(&self->m, DFR0, val | ID_AA64DFR0_EL1_PMUVer_MASK);

	kvm_vm_free(restore(&self->m, variant->to_filters, -ESTALE).vm);
	expect_event(&self->m, PFR0, REG_DIFFERS);
	expect_event(&self->m, DFR0, REG_DIFFERS);

	self->m.report.accept = ids;
	self->m.report.nr_accept = ARRAY_SIZE(ids);
	kvm_vm_free(restore(&self->m, variant->to_filters, 0).vm);
	expect_event(&self->m, DFR0, REG_DIFFERS);
}

/* A guest from a host without mitigations may well have them */
TEST_F(move, better)
{
	u64 id;

	save(&self->m);
	for (id = KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_1;
	     id <= KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_3; id++)
		set(&self->m, id, 0);
	kvm_vm_free(restore(&self->m, variant->to_filters, 0).vm);
	for (id = KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_1;
	     id <= KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_3; id++) {
		if (vcpu_get_reg(self->m.src.vcpus[0], id))
			expect_event(&self->m, id, REG_BETTER);
	}
}

/* The window is zero, and so no obstacle: to a VM that has it, and back */
TEST(hcid_zero)
{
	struct move there = {}, back = {};

	if (!kvm_has_cap(KVM_CAP_ARM_HCID))
		SKIP(return, "No hypercall identity");

	init_vm(&there.src, 2, FILTER, 0);
	save(&there);
	back.src = restore(&there, FILTER_AND_HCID, 0);
	TEST_ASSERT_EQ(there.report.nr, 0);

	probe_vm_save(&back.src, back.streams);
	init_vm(&there.src, 2, FILTER, 0);
	TEST_ASSERT_EQ(probe_vm_restore(&there.src, back.streams, &back.report), 0);
	TEST_ASSERT_EQ(back.report.nr, 0);
}

/* A service arrives at both vCPUs. Where it can't be had, it is refused by name. */
TEST(hcid_service)
{
	const u64 features_2 = KVM_REG_ARM_HCID(6, 1), bit = BIT_ULL(63);
	struct move m = {};

	if (!kvm_has_cap(KVM_CAP_ARM_HCID))
		SKIP(return, "No hypercall identity");

	init_vm(&m.src, 2, FILTER_AND_HCID, 0);
	vcpu_set_reg(m.src.vcpus[1], features_2, bit);
	save(&m);
	TEST_ASSERT_EQ(probe_records[0].answers[0][SMCCC_FEATURES_2].a0, SMCCC_RET_SUCCESS);
	TEST_ASSERT_EQ(vcpu_get_reg(restore(&m, FILTER_AND_HCID, 0).vcpus[1], features_2), bit);
	TEST_ASSERT_EQ(m.report.nr, 0);

	/* A VM that did not opt in ignores it, which shows by reading back ... */
	restore(&m, FILTER, -ESTALE);
	expect_event(&m, features_2, REG_DIFFERS);

	/* ... and KVM objects to what it has no service for */
	set(&m, KVM_REG_ARM_HCID(6, 7), 1);
	reg_stream_add(&m.streams[0], KVM_REG_ARM_HCID(7, 0), FEATURE | OPTIONAL, &(u64){ 1 });
	restore(&m, FILTER_AND_HCID, -EINVAL);
	expect_event(&m, KVM_REG_ARM_HCID(6, 7), REG_REFUSED);
	expect_event(&m, KVM_REG_ARM_HCID(7, 0), REG_REFUSED);
}

/* Two vCPUs for all tests of fields: there is a great number of values to try */
FIXTURE(fields)
{
	struct kvm_vcpu *vcpus[2];
	struct kvm_reg_list *list;
};

FIXTURE_VARIANT(fields)
{
	u32 features, cap;
};

FIXTURE_VARIANT_ADD(fields, el1) { 0, KVM_CAP_REG_LIST_FILTER };
FIXTURE_VARIANT_ADD(fields, el2) { BIT(KVM_ARM_VCPU_HAS_EL2), KVM_CAP_ARM_EL2 };
FIXTURE_VARIANT_ADD(fields, sve) { BIT(KVM_ARM_VCPU_SVE), KVM_CAP_ARM_SVE };

FIXTURE_SETUP(fields)
{
	struct kvm_vcpu_init init = {};
	struct kvm_vm *vm;
	int i;

	if (!kvm_has_cap(variant->cap))
		SKIP(return, "No capability %u", variant->cap);

	for (i = 0; i < 2; i++) {
		vm = vm_create_barebones();
		vm_enable_cap(vm, KVM_CAP_REG_LIST_FILTER, 0);
		self->vcpus[i] = __vm_vcpu_add(vm, 0);
		vm_ioctl(vm, KVM_ARM_PREFERRED_TARGET, &init);
		init.features[0] |= BIT(KVM_ARM_VCPU_PSCI_0_2) | variant->features;
		if (kvm_has_cap(KVM_CAP_ARM_PMU_V3))
			init.features[0] |= BIT(KVM_ARM_VCPU_PMU_V3);
		vcpu_ioctl(self->vcpus[i], KVM_ARM_VCPU_INIT, &init);
	}
	self->list = vcpu_get_filtered_reg_list(self->vcpus[0], FEATURE);
}

FIXTURE_TEARDOWN(fields)
{
	free(self->list);
	kvm_vm_free(self->vcpus[0]->vm);
	kvm_vm_free(self->vcpus[1]->vm);
}

/*
 * A value that KVM takes and shows otherwise is a correction, if it is outside of
 * the mask. Inside of it are those that KVM has to refuse one day, or not to show:
 * a PMU that is IMP DEF, and DoubleLock with EL2.
 */
static bool is_known(u64 id, int shift, bool el2)
{
	return (id == DFR0 && shift == ID_AA64DFR0_EL1_PMUVer_SHIFT) ||
	       (id == KVM_ARM64_SYS_REG(SYS_ID_DFR0_EL1) && shift == ID_DFR0_EL1_PerfMon_SHIFT) ||
	       (id == DFR0 && shift == ID_AA64DFR0_EL1_DoubleLock_SHIFT && el2);
}

TEST_F(fields, corrections)
{
	u64 i, v, id, old, val, now, mask, nr = 0, nr_corrected = 0;
	struct kvm_vcpu *vcpu = self->vcpus[0];
	int shift;

	for (i = 0; i < self->list->n; i++) {
		id = self->list->reg[i];
		if (!vm_get_reg_mask(vcpu->vm, id, &mask))
			continue;

		old = vcpu_get_reg(vcpu, id);
		for (nr++, shift = 0; shift < 64; shift += 4) {
			for (v = 0; v < 16; v++) {
				val = (old & ~(0xfULL << shift)) | v << shift;
				if (__vcpu_set_reg(vcpu, id, val))
					continue;

				now = vcpu_get_reg(vcpu, id);
				TEST_ASSERT(!((now ^ val) & mask) ||
					    is_known(id, shift, variant->cap == KVM_CAP_ARM_EL2),
					    "0x%lx takes 0x%lx and shows 0x%lx, mask 0x%lx",
					    id, val, now, mask);
				nr_corrected += now != val;
			}
		}
		vcpu_set_reg(vcpu, id, old);
	}

	TH_LOG("%lu registers, %lu values are shown otherwise", nr, nr_corrected);
	TEST_ASSERT(nr, "No ID register has a mask");
}

/* Each field to the lowest value that KVM takes. Returns how many are lower. */
static u64 lower_fields(struct kvm_vcpu *vcpu, const struct kvm_reg_list *list)
{
	u64 i, v, id, old, nr = 0;
	int shift;

	for (i = 0; i < list->n; i++) {
		id = list->reg[i];
		for (shift = 0; KVM_REG_SIZE(id) == sizeof(u64) && shift < 64; shift += 4) {
			old = vcpu_get_reg(vcpu, id);
			for (v = 0; v < (old >> shift & 0xf); v++) {
				if (!__vcpu_set_reg(vcpu, id, (old & ~(0xfULL << shift)) |
						    v << shift))
					break;
			}
			nr += vcpu_get_reg(vcpu, id) != old;
		}
	}

	return nr;
}

/* Whatever each field is lowered to, the list can be written into a fresh VM in its order */
TEST_F(fields, lowest)
{
	struct kvm_vcpu *vcpu = self->vcpus[0];
	u64 lengths[KVM_ARM64_SVE_VLS_WORDS] = { 1 }, nr;
	struct reg_report report = {};
	struct reg_stream stream;
	struct kvm_one_reg vls = { .id = KVM_REG_ARM64_SVE_VLS, .addr = (u64)lengths };

	nr = lower_fields(vcpu, self->list);
	TH_LOG("%lu fields are lower", nr);
	TEST_ASSERT(nr, "No field can be lowered");

	/* Vectors of 128 bits, which can only be set before the vCPU is finalized */
	if (variant->features & BIT(KVM_ARM_VCPU_SVE))
		vcpu_ioctl(vcpu, KVM_SET_ONE_REG, &vls);

	reg_stream_save(vcpu, FEATURE, &stream);
	if (reg_stream_restore_features(self->vcpus[1], &stream, &report) ||
	    reg_stream_check(self->vcpus[1], &stream, &report) || report.nr) {
		reg_report_print(&report);
		TEST_FAIL("The VM can't be restored");
	}
}

/*
 * The first run changes registers, too: without a GIC, for one, their fields of it. Whatever
 * it changes, reading back says so: by the mask, if there is one.
 */
TEST_F(fields, first_run)
{
	u64 i, id, was, now, mask, nr_changed = 0;
	const struct reg_event *event;
	int n, sve = KVM_ARM_VCPU_SVE;
	struct reg_report report;
	struct reg_stream stream;
	struct kvm_vcpu *vcpu;

	if (variant->cap == KVM_CAP_ARM_EL2)
		SKIP(return, "A VM with EL2 doesn't run without a GIC");

	/* As they are by default, and with fields that are lower */
	lower_fields(self->vcpus[1], self->list);
	for (n = 0; n < 2; n++) {
		vcpu = self->vcpus[n];
		reg_stream_save(vcpu, FEATURE, &stream);
		if (variant->features & BIT(KVM_ARM_VCPU_SVE))
			vcpu_ioctl(vcpu, KVM_ARM_VCPU_FINALIZE, &sve);
		if (kvm_has_cap(KVM_CAP_ARM_PMU_V3))
			vcpu_device_attr_set(vcpu, KVM_ARM_VCPU_PMU_V3_CTRL,
					     KVM_ARM_VCPU_PMU_V3_INIT, NULL);
		vcpu->run->immediate_exit = 1;
		TEST_ASSERT(__vcpu_run(vcpu) && errno == EINTR, "The guest ran");

		report = (struct reg_report) {};
		reg_stream_check(vcpu, &stream, &report);
		for (i = 0; i < stream.nr; i++) {
			id = stream.regs[i].id;
			if (KVM_REG_SIZE(id) != sizeof(u64))
				continue;

			was = *(u64 *)stream.regs[i].val;
			now = vcpu_get_reg(vcpu, id);
			event = reg_report_find(&report, id);
			TEST_ASSERT_EQ(!!event, now != was);
			if (!event)
				continue;

			if (!vm_get_reg_mask(vcpu->vm, id, &mask))
				mask = ~0ULL;
			TEST_ASSERT_EQ(event->verdict, (now ^ was) & mask ? REG_DIFFERS :
				       REG_CORRECTED);
			nr_changed++;
		}
	}

	TH_LOG("%lu registers are changed", nr_changed);
	TEST_ASSERT(nr_changed, "The first run changes nothing");
}

int main(int argc, char **argv)
{
	TEST_REQUIRE(kvm_has_cap(KVM_CAP_REG_LIST_FILTER));

	return test_harness_run(argc, argv);
}
