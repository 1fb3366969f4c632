// SPDX-License-Identifier: GPL-2.0-only
/*
 * hcid_migration - Migrate VMs with hypercall identity registers to others, in
 * one process, by the rule of KVM_GET_REG_LIST.
 *
 * The guest records the answers of every hypercall on both sides, which must
 * be the same: its ABI must not change with the VM that it runs in.
 */
#include <linux/arm-smccc.h>

#include "kvm_test_harness.h"
#include "kvm_util.h"
#include "probe_vm.h"
#include "processor.h"
#include "reg_stream.h"
#include "test_util.h"

#define FEATURES_2_REG	KVM_REG_ARM_HCID(ARM_SMCCC_OWNER_VENDOR_HYP, 1)
#define FEATURES_2_BIT	BIT_ULL(63)
#define PFR0		KVM_ARM64_SYS_REG(SYS_ID_AA64PFR0_EL1)

static struct kvm_vm *create_vm(int nr_vcpus, bool hcid)
{
	struct kvm_vm *vm = vm_create(nr_vcpus);

	vm_enable_cap(vm, KVM_CAP_REG_LIST_FILTER, 0);
	if (hcid)
		vm_enable_cap(vm, KVM_CAP_ARM_HCID, 0);

	return vm;
}

static void init_vm(struct probe_vm *pvm, int nr_vcpus, bool hcid)
{
	probe_vm_init(pvm, create_vm(nr_vcpus, hcid), nr_vcpus, 0);
}

/* Create a VM, with the features of @profile if there is one */
static void start_vm(struct probe_vm *pvm, int nr_vcpus, bool hcid,
		     const struct reg_stream *profile)
{
	struct reg_report report = {};
	int i;

	init_vm(pvm, nr_vcpus, hcid);

	for (i = 0; i < nr_vcpus && profile; i++) {
		if (reg_stream_restore_features(pvm->vcpus[i], profile, &report)) {
			reg_report_print(&report);
			TEST_FAIL("The profile is refused");
		}
	}

	reg_report_free(&report);
	probe_vm_finalize(pvm);
}

static void check_same_answers(struct probe_vm *pvm, int round)
{
	const char *name = probe_vm_changed(pvm, round);

	TEST_ASSERT(!name, "The guest saw a change of %s in round %d", name, round);
}

/* Move the guest, which has done @round rounds, and check that it goes on as it was */
static void migrate(struct probe_vm *src, struct probe_vm *dst, bool dst_hcid, int round)
{
	struct reg_stream streams[PROBE_VM_MAX_VCPUS] = {};
	struct reg_report report = {};
	int i;

	probe_vm_save(src, streams);
	init_vm(dst, src->nr_vcpus, dst_hcid);
	probe_vm_copy_memory(dst, src);
	if (probe_vm_restore(dst, streams, &report)) {
		reg_report_print(&report);
		TEST_FAIL("The restore failed");
	}
	reg_report_print(&report);
	TEST_ASSERT_EQ(report.nr, 0);

	for (i = 0; i < src->nr_vcpus; i++)
		reg_stream_free(&streams[i]);
	kvm_vm_free(src->vm);

	probe_vm_run(dst);
	check_same_answers(dst, round);
}

static void expect_answer(int round, const char *name, u64 a0)
{
	const struct arm_smccc_res *res = &probe_records[0].answers[round][smccc_probe_index(name)];

	TEST_ASSERT(res->a0 == a0, "%s: wanted 0x%lx, got 0x%lx", name, a0, res->a0);
}

TEST(defaults)
{
	struct probe_vm src, dst;

	start_vm(&src, 1, true, NULL);
	probe_vm_run(&src);
	expect_answer(0, "KVM_FEATURES", 3);
	expect_answer(0, "FEATURES_2(6, 1)", SMCCC_RET_NOT_SUPPORTED);

	migrate(&src, &dst, true, 1);

	/* To a VM that did not opt in, and back */
	migrate(&dst, &src, false, 2);
	migrate(&src, &dst, true, 3);
	kvm_vm_free(dst.vm);
}

/* Turn on whatever there is, as a VMM does that knows nothing of it */
TEST(all_services)
{
	struct probe_vm src, dst;

	start_vm(&src, 1, true, NULL);
	reg_stream_set_all_services(src.vcpus[0]);

	probe_vm_run(&src);
	expect_answer(0, "FEATURES_2(6, 1)", SMCCC_RET_SUCCESS);

	migrate(&src, &dst, true, 1);
	kvm_vm_free(dst.vm);
}

/* The features of an old kernel: an older PSCI, no PTP, no HCID */
static void make_profile(struct reg_stream *profile)
{
	struct probe_vm old;

	init_vm(&old, 1, false);
	vcpu_set_reg(old.vcpus[0], KVM_REG_ARM_PSCI_VERSION, 0x10001);
	vcpu_set_reg(old.vcpus[0], KVM_REG_ARM_VENDOR_HYP_BMAP, BIT(0));
	reg_stream_save(old.vcpus[0], KVM_REG_LIST_FEATURE, profile);
	kvm_vm_free(old.vm);
}

/* A VM with the old kernel's profile can go everywhere, and back */
TEST(profile)
{
	struct reg_stream profile;
	struct probe_vm src, dst;

	make_profile(&profile);
	start_vm(&src, 2, true, &profile);
	reg_stream_free(&profile);

	probe_vm_run(&src);
	expect_answer(0, "PSCI_VERSION", 0x10001);
	expect_answer(0, "KVM_FEATURES", BIT(0));
	expect_answer(0, "PTP", SMCCC_RET_NOT_SUPPORTED);
	expect_answer(0, "TRNG_VERSION", 0x10000);

	migrate(&src, &dst, true, 1);
	migrate(&dst, &src, false, 2);
	migrate(&src, &dst, true, 3);
	kvm_vm_free(dst.vm);
}

/* Set through one vCPU, there for both, and travels once */
TEST(two_vcpus)
{
	struct probe_vm src, dst;

	start_vm(&src, 2, true, NULL);
	vcpu_set_reg(src.vcpus[1], FEATURES_2_REG, FEATURES_2_BIT);
	probe_vm_run(&src);
	expect_answer(0, "FEATURES_2(6, 1)", SMCCC_RET_SUCCESS);
	migrate(&src, &dst, true, 1);
	TEST_ASSERT_EQ(vcpu_get_reg(dst.vcpus[1], FEATURES_2_REG), FEATURES_2_BIT);
	kvm_vm_free(dst.vm);
}

/* From a kernel of tomorrow: a register outside of the window, and a bit inside */
#define FUTURE_REG	KVM_REG_ARM_HCID(7, 0)
#define FUTURE_BIT_REG	KVM_REG_ARM_HCID(6, 7)

static const struct future {
	const char *name;
	u64 id, val;
	bool dst_hcid;
	int ret;
	enum reg_verdict verdict;
} futures[] = {
	/* The kernel itself must object to a service that it doesn't have ... */
	{ "KVM_REG_ARM_HCID(7, 0)", FUTURE_REG, 1, true, -EINVAL, REG_REFUSED },
	{ "KVM_REG_ARM_HCID(6, 7)", FUTURE_BIT_REG, BIT_ULL(63), true, -EINVAL, REG_REFUSED },
	/* ... and what a VM that did not opt in ignores shows by reading back */
	{ "KVM_REG_ARM_HCID(6, 7)", FUTURE_BIT_REG, BIT_ULL(63), false, -ESTALE, REG_DIFFERS },
	{ "KVM_REG_ARM_HCID(6, 1)", FEATURES_2_REG, FEATURES_2_BIT, false, -ESTALE, REG_DIFFERS },
};

static void check_future(struct probe_vm *src, struct reg_stream *stream,
			 const struct future *future)
{
	struct reg_stream_reg *reg = reg_stream_find(stream, future->id);
	struct reg_stream_reg old = {};
	struct reg_report report = {};
	const struct reg_event *event;
	struct probe_vm dst;
	int ret;

	if (reg) {
		old = *reg;
		memcpy(reg->val, &future->val, sizeof(future->val));
	} else {
		reg_stream_add(stream, future->id, KVM_REG_LIST_FEATURE | KVM_REG_LIST_OPTIONAL |
						   KVM_REG_LIST_VM, &future->val);
	}

	init_vm(&dst, 1, future->dst_hcid);
	probe_vm_copy_memory(&dst, src);
	ret = probe_vm_restore(&dst, stream, &report);
	event = reg_report_find(&report, future->id);
	TEST_ASSERT(ret == future->ret && event && event->verdict == future->verdict,
		    "%s: wanted %d, got %d, verdict %d", future->name, future->ret, ret,
		    event ? event->verdict : -1);
	TEST_ASSERT(!strcmp(reg_stream_name(future->id), future->name), "Wanted %s, got %s",
		    future->name, reg_stream_name(future->id));

	kvm_vm_free(dst.vm);
	reg_report_free(&report);
	if (reg)
		*reg = old;
	else
		stream->nr--;
}

TEST(future_services)
{
	struct reg_stream streams[PROBE_VM_MAX_VCPUS] = {};
	struct probe_vm src;
	int i;

	start_vm(&src, 1, true, NULL);
	probe_vm_run(&src);
	probe_vm_save(&src, streams);

	for (i = 0; i < ARRAY_SIZE(futures); i++)
		check_future(&src, streams, &futures[i]);

	/* Nothing happened to the source */
	probe_vm_run(&src);
	check_same_answers(&src, 1);

	reg_stream_free(&streams[0]);
	kvm_vm_free(src.vm);
}

/*
 * The code that is printed in hcid.rst, from where it is taken when the test is
 * built, and what it leaves to the VMM.
 */
static struct probe_vm *example_vm;
static u64 example_refused, example_reported;
static int example_nr_reported;

static struct kvm_vcpu *example_vcpu(int vcpu_fd)
{
	int i = 0;

	while (example_vm->vcpus[i]->fd != vcpu_fd)
		i++;

	return example_vm->vcpus[i];
}

static struct kvm_reg_list *get_reg_list(int vcpu_fd, u64 filter)
{
	return vcpu_get_filtered_reg_list(example_vcpu(vcpu_fd), filter);
}

static int set_one_reg(int vcpu_fd, u64 id, const void *val)
{
	struct kvm_one_reg reg = { .id = id, .addr = (u64)val };

	return ioctl(vcpu_fd, KVM_SET_ONE_REG, &reg) ? -errno : 0;
}

static int get_one_reg(int vcpu_fd, u64 id, void *val)
{
	struct kvm_one_reg reg = { .id = id, .addr = (u64)val };

	return ioctl(vcpu_fd, KVM_GET_ONE_REG, &reg) ? -errno : 0;
}

static bool is_listed(const struct kvm_reg_list *list, u64 id)
{
	return kvm_reg_list_has(list, id);
}

struct saved_reg;
static bool is_saved(const struct saved_reg *saved, int nr, u64 id);

static void finalize_vcpu(int vcpu_fd)
{
	probe_vm_finalize(example_vm);
}

static int refuse(u64 id, int err)
{
	example_refused = id;
	return err;
}

static void report(u64 id)
{
	example_reported = id;
	example_nr_reported++;
}

#include "hcid_example.inc"

static bool is_saved(const struct saved_reg *saved, int nr, u64 id)
{
	while (nr--) {
		if (saved[nr].id == id)
			return true;
	}

	return false;
}

static struct saved_reg *convert_stream(const struct reg_stream *stream)
{
	struct saved_reg *saved = calloc(stream->nr, sizeof(*saved));
	u32 i;

	TEST_ASSERT(saved, "Failed to allocate registers");

	for (i = 0; i < stream->nr; i++) {
		saved[i].id = stream->regs[i].id;
		saved[i].feature = stream->regs[i].class & KVM_REG_LIST_FEATURE;
		saved[i].optional = stream->regs[i].class & KVM_REG_LIST_OPTIONAL;
		memcpy(saved[i].value, stream->regs[i].val, sizeof(saved[i].value));
	}

	return saved;
}

/* Restore by the example, and let the guest go on if that is what it must do */
static void check_example(struct probe_vm *src, struct saved_reg **saved, const int *nr,
			  bool hcid, int ret, u64 refused, u64 reported)
{
	struct probe_vm dst;
	int i, err = 0;

	init_vm(&dst, src->nr_vcpus, hcid);
	probe_vm_copy_memory(&dst, src);
	example_vm = &dst;
	example_refused = 0;
	example_reported = 0;
	example_nr_reported = 0;

	for (i = 0; i < src->nr_vcpus && !err; i++)
		err = restore_registers(dst.vcpus[i]->fd, !i, saved[i], nr[i]);
	for (i = 0; i < src->nr_vcpus && !err; i++)
		err = first_run(dst.vcpus[i]->fd, dst.vcpus[i]->run);
	for (i = 0; i < src->nr_vcpus && !err; i++)
		err = check_registers(dst.vcpus[i]->fd, !i, saved[i], nr[i]);

	TEST_ASSERT_EQ(err, ret);
	TEST_ASSERT_EQ(example_refused, refused);
	TEST_ASSERT_EQ(example_reported, reported);
	TEST_ASSERT_EQ(example_nr_reported, !!reported);

	if (!ret) {
		probe_vm_run(&dst);
		check_same_answers(&dst, 1);
	}

	kvm_vm_free(dst.vm);
}

TEST(documented_example)
{
	struct reg_stream streams[PROBE_VM_MAX_VCPUS] = {};
	struct saved_reg *saved[PROBE_VM_MAX_VCPUS];
	int nr[PROBE_VM_MAX_VCPUS];
	struct probe_vm src;
	int i;

	start_vm(&src, PROBE_VM_MAX_VCPUS, true, NULL);
	TEST_ASSERT_EQ(enable_all_services(src.vm->fd, src.vcpus[0]->fd), 0);
	probe_vm_run(&src);
	expect_answer(0, "FEATURES_2(6, 1)", SMCCC_RET_SUCCESS);
	probe_vm_save(&src, streams);
	for (i = 0; i < src.nr_vcpus; i++) {
		saved[i] = convert_stream(&streams[i]);
		nr[i] = streams[i].nr;
	}

	check_example(&src, saved, nr, true, 0, 0, 0);

	/* RAZ/WI: the service would be lost */
	check_example(&src, saved, nr, false, -ESTALE, FEATURES_2_REG, 0);

	/* What the first run would change: it sets what describes the GIC */
	for (i = 0; saved[0][i].id != PFR0; i++)
		;
	if (saved[0][i].value[0] & ID_AA64PFR0_EL1_GIC_MASK) {
		saved[0][i].value[0] &= ~ID_AA64PFR0_EL1_GIC_MASK;
		check_example(&src, saved, nr, true, -ESTALE, PFR0, 0);
		saved[0][i].value[0] = vcpu_get_reg(src.vcpus[0], PFR0);
	}

	/* From a kernel that has the services, but no register for them */
	for (i = 0; saved[0][i].id != KVM_REG_ARM_STD_BMAP; i++)
		;
	memmove(&saved[0][i], &saved[0][i + 1], (--nr[0] - i) * sizeof(*saved[0]));
	check_example(&src, saved, nr, true, 0, 0, KVM_REG_ARM_STD_BMAP);

	for (i = 0; i < src.nr_vcpus; i++) {
		free(saved[i]);
		reg_stream_free(&streams[i]);
	}
	kvm_vm_free(src.vm);
}

int main(int argc, char **argv)
{
	TEST_REQUIRE(kvm_has_cap(KVM_CAP_REG_LIST_FILTER));
	TEST_REQUIRE(kvm_has_cap(KVM_CAP_ARM_HCID));

	return test_harness_run(argc, argv);
}
