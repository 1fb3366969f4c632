// SPDX-License-Identifier: GPL-2.0-only
/*
 * hcid_migration - Migrate a VM to another one, in one process, by the generic
 * rule: without knowing any of the registers.
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

#define VM_HCID	BIT(0)
#define VM_SVE	BIT(1)

static struct kvm_vm *create_vm(int nr_vcpus, u64 flags)
{
	struct kvm_vm *vm = vm_create(nr_vcpus);

	vm_enable_cap(vm, KVM_CAP_REG_LIST_FILTER, 0);
	if (flags & VM_HCID)
		vm_enable_cap(vm, KVM_CAP_ARM_HCID, 0);

	return vm;
}

static void init_vm(struct probe_vm *pvm, int nr_vcpus, u64 flags)
{
	probe_vm_init(pvm, create_vm(nr_vcpus, flags), nr_vcpus,
		      flags & VM_SVE ? BIT(KVM_ARM_VCPU_SVE) : 0);
}

/* Create a VM, with the features of @profile if there is one */
static void start_vm(struct probe_vm *pvm, int nr_vcpus, u64 flags,
		     const struct reg_stream *profile)
{
	u64 refused;
	int i, ret;

	init_vm(pvm, nr_vcpus, flags);

	for (i = 0; i < nr_vcpus && profile; i++) {
		ret = reg_stream_restore_features(pvm->vcpus[i], profile, &refused);
		TEST_ASSERT(!ret, "%s refused: %d", reg_stream_name(refused), ret);
	}

	probe_vm_finalize(pvm);
}

static void copy_memory(struct probe_vm *dst, struct probe_vm *src)
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

static void check_same_answers(struct probe_vm *pvm, int round)
{
	const char *name = probe_vm_changed(pvm, round);

	TEST_ASSERT(!name, "The guest saw a change of %s in round %d", name, round);
}

/* Move the guest, which has done @round rounds, and check that it goes on as it was */
static void migrate(struct probe_vm *src, struct probe_vm *dst, u64 dst_flags, int round)
{
	struct reg_stream streams[PROBE_VM_MAX_VCPUS] = {};
	u64 refused;
	int i, ret;

	probe_vm_save(src, streams);
	init_vm(dst, src->nr_vcpus, dst_flags);
	copy_memory(dst, src);
	ret = probe_vm_restore(dst, streams, &refused);
	TEST_ASSERT(!ret, "%s refused: %d", reg_stream_name(refused), ret);

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

	start_vm(&src, 1, VM_HCID, NULL);
	probe_vm_run(&src);
	expect_answer(0, "KVM_FEATURES", 3);
	expect_answer(0, "PTP", 0);
	expect_answer(0, "FEATURES_2(6, 1)", SMCCC_RET_NOT_SUPPORTED);

	migrate(&src, &dst, VM_HCID, 1);

	/* To a VM that did not opt in, and back */
	migrate(&dst, &src, 0, 2);
	migrate(&src, &dst, VM_HCID, 3);
	kvm_vm_free(dst.vm);
}

/* Turn on whatever there is, as a VMM does that knows nothing of it */
TEST(all_services)
{
	struct probe_vm src, dst;

	start_vm(&src, 1, VM_HCID, NULL);
	reg_stream_set_all_services(src.vcpus[0]);

	probe_vm_run(&src);
	expect_answer(0, "FEATURES_2(6, 1)", SMCCC_RET_SUCCESS);

	migrate(&src, &dst, VM_HCID, 1);
	kvm_vm_free(dst.vm);
}

/* The features of an old kernel: an older PSCI, no PTP, no HCID */
static void make_profile(struct reg_stream *profile)
{
	struct probe_vm old;

	init_vm(&old, 1, 0);
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
	start_vm(&src, 2, VM_HCID, &profile);
	reg_stream_free(&profile);

	probe_vm_run(&src);
	expect_answer(0, "PSCI_VERSION", 0x10001);
	expect_answer(0, "KVM_FEATURES", BIT(0));
	expect_answer(0, "PTP", SMCCC_RET_NOT_SUPPORTED);
	expect_answer(0, "TRNG_VERSION", 0x10000);

	migrate(&src, &dst, VM_HCID, 1);
	migrate(&dst, &src, 0, 2);
	migrate(&src, &dst, VM_HCID, 3);
	kvm_vm_free(dst.vm);
}

/* No profile at all: every register that can be cleared is, all of which are left out */
TEST(empty_stream)
{
	static const char * const gone[] = {
		"TRNG_VERSION", "TRNG_FEATURES(RND64)", "TRNG_GET_UUID",
		"ARCH_FEATURES(PV)", "PV_TIME_FEATURES(ST)", "PV_TIME_ST",
		"VENDOR_UID", "KVM_FEATURES", "PTP", "FEATURES_2(6, 1)",
	};
	struct reg_stream empty = {}, stream;
	struct probe_vm src, dst;
	int i;

	start_vm(&src, 1, VM_HCID, &empty);
	probe_vm_run(&src);
	for (i = 0; i < ARRAY_SIZE(gone); i++)
		expect_answer(0, gone[i], SMCCC_RET_NOT_SUPPORTED);
	expect_answer(0, "SMCCC_VERSION", 0x10001);

	reg_stream_save(src.vcpus[0], 0, &stream);
	for (i = 0; i < stream.nr; i++)
		TEST_ASSERT(!(stream.regs[i].class & KVM_REG_LIST_CLEARABLE),
			    "%s was not left out", reg_stream_name(stream.regs[i].id));
	reg_stream_free(&stream);

	migrate(&src, &dst, VM_HCID, 1);
	kvm_vm_free(dst.vm);
}

#define FTR	KVM_REG_LIST_FEATURE
#define CLR	KVM_REG_LIST_CLEARABLE
#define VM	KVM_REG_LIST_VM

/* Registers from a kernel of tomorrow */
#define UNKNOWN_SYS_REG		ARM64_SYS_REG(3, 7, 15, 15, 7)
#define UNKNOWN_HCID_REG	KVM_REG_ARM_HCID(7, 0)
#define UNKNOWN_HCID_BIT	KVM_REG_ARM_HCID(6, 7)

static const struct unknown_register {
	const char *name;
	u64 id, class, val;
	u64 dst_flags;
	int ret;
} unknown_registers[] = {
	/* Zero means absent, if the register is of that sort */
	{ NULL, UNKNOWN_SYS_REG, FTR | CLR, 0, VM_HCID },
	{ NULL, UNKNOWN_HCID_REG, FTR | CLR | VM, 0, VM_HCID },
	{ NULL, UNKNOWN_HCID_BIT, FTR | CLR | VM, 0, 0 },
	{ "ARM64_SYS_REG(3, 7, 15, 15, 7)", UNKNOWN_SYS_REG, FTR, 0, VM_HCID, -ENOENT },
	{ "ARM64_SYS_REG(3, 7, 15, 15, 7)", UNKNOWN_SYS_REG, 0, 0, VM_HCID, -ENOENT },
	/* Everything else would be lost */
	{ "ARM64_SYS_REG(3, 7, 15, 15, 7)", UNKNOWN_SYS_REG, FTR | CLR, 1, VM_HCID, -ENOENT },
	{ "ARM64_SYS_REG(3, 7, 15, 15, 7)", UNKNOWN_SYS_REG, 0, 1, VM_HCID, -ENOENT },
	{ "KVM_REG_ARM_HCID(7, 0)", UNKNOWN_HCID_REG, FTR | CLR | VM, 1, VM_HCID, -ENOENT },
	/* A known register with an unknown service: KVM itself must object ... */
	{ "KVM_REG_ARM_HCID(6, 7)", UNKNOWN_HCID_BIT, FTR | CLR | VM, BIT(63),
	  VM_HCID, -EINVAL },
	/* ... unless the VM did not opt in, where the register is RAZ/WI, but not listed */
	{ "KVM_REG_ARM_HCID(6, 7)", UNKNOWN_HCID_BIT, FTR | CLR | VM, BIT(63), 0, -ENOENT },
};

FIXTURE(saved_vm)
{
	struct probe_vm pvm;
	struct reg_stream streams[PROBE_VM_MAX_VCPUS];
};

FIXTURE_SETUP(saved_vm)
{
	start_vm(&self->pvm, 1, VM_HCID, NULL);
	probe_vm_run(&self->pvm);
	probe_vm_save(&self->pvm, self->streams);
}

FIXTURE_TEARDOWN(saved_vm)
{
	/* Nothing happened to the source */
	probe_vm_run(&self->pvm);
	check_same_answers(&self->pvm, 1);

	reg_stream_free(&self->streams[0]);
	kvm_vm_free(self->pvm.vm);
}

static void check_unknown_register(struct probe_vm *src, struct reg_stream *streams,
				   const struct unknown_register *unknown)
{
	struct probe_vm dst;
	u64 refused = 0;
	int ret;

	reg_stream_add(&streams[0], unknown->id, unknown->class, &unknown->val);

	init_vm(&dst, 1, unknown->dst_flags);
	copy_memory(&dst, src);
	ret = probe_vm_restore(&dst, streams, &refused);
	TEST_ASSERT(ret == unknown->ret, "Wanted %d, got %d (%s)",
		    unknown->ret, ret, reg_stream_name(refused));

	if (ret) {
		TEST_ASSERT_EQ(refused, unknown->id);
		TEST_ASSERT(!strcmp(reg_stream_name(refused), unknown->name),
			    "Wanted %s, got %s", unknown->name, reg_stream_name(refused));
	} else {
		probe_vm_run(&dst);
		check_same_answers(&dst, 1);
	}

	kvm_vm_free(dst.vm);
	streams[0].nr--;
}

/* VMs come and go slowly on a host with protected KVM */
TEST_F_TIMEOUT(saved_vm, unknown_registers, 120)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(unknown_registers); i++)
		check_unknown_register(&self->pvm, self->streams, &unknown_registers[i]);
}

/* A vCPU with a vector length of its own, which can only be set before it is finalized */
TEST(sve)
{
	struct probe_vm src, dst;
	u64 vls[KVM_ARM64_SVE_VLS_WORDS] = {};
	struct kvm_one_reg reg = { .id = KVM_REG_ARM64_SVE_VLS, .addr = (u64)vls };

	if (!kvm_has_cap(KVM_CAP_ARM_SVE))
		SKIP(return, "No SVE");

	/* Only 128-bit vectors, so that the default length would be noticed */
	vls[0] = BIT(0);
	init_vm(&src, 1, VM_HCID | VM_SVE);
	vcpu_ioctl(src.vcpus[0], KVM_SET_ONE_REG, &reg);
	probe_vm_finalize(&src);
	probe_vm_run(&src);
	TEST_ASSERT_EQ(probe_records[0].sve_len, 16);

	migrate(&src, &dst, VM_HCID | VM_SVE, 1);
	TEST_ASSERT_EQ(probe_records[0].sve_len, 16);

	/* A round tells of the stop before it */
	migrate(&dst, &src, VM_HCID | VM_SVE, 2);
	TEST_ASSERT_EQ(probe_records[0].sve_errors, 0);
	kvm_vm_free(src.vm);
}

/* The VM's registers are saved and written once, and arrive at both vCPUs */
TEST(two_vcpus)
{
	struct reg_stream streams[PROBE_VM_MAX_VCPUS] = {};
	struct kvm_reg_list *list;
	struct probe_vm src, dst;
	u64 refused;
	int i, n;

	start_vm(&src, 2, VM_HCID, NULL);
	vcpu_set_reg(src.vcpus[0], KVM_REG_ARM_HCID(ARM_SMCCC_OWNER_VENDOR_HYP, 1), BIT(63));
	vcpu_set_reg(src.vcpus[0], KVM_REG_ARM_PSCI_VERSION, 0x10001);
	probe_vm_run(&src);
	probe_vm_save(&src, streams);

	init_vm(&dst, 2, VM_HCID);
	copy_memory(&dst, &src);
	TEST_ASSERT_EQ(probe_vm_restore(&dst, streams, &refused), 0);

	list = vcpu_get_filtered_reg_list(src.vcpus[1], KVM_REG_LIST_FEATURE | KVM_REG_LIST_VM);
	for (n = 0; n < list->n; n++) {
		TEST_ASSERT(!reg_stream_find(&streams[1], list->reg[n]),
			    "%s was saved twice", reg_stream_name(list->reg[n]));

		for (i = 0; i < 2; i++)
			TEST_ASSERT(vcpu_get_reg(dst.vcpus[i], list->reg[n]) ==
				    vcpu_get_reg(src.vcpus[i], list->reg[n]),
				    "vCPU %d: %s changed", i, reg_stream_name(list->reg[n]));
	}
	free(list);

	probe_vm_run(&dst);
	check_same_answers(&dst, 1);
	expect_answer(1, "PSCI_VERSION", 0x10001);
	expect_answer(1, "FEATURES_2(6, 1)", SMCCC_RET_SUCCESS);

	for (i = 0; i < 2; i++)
		reg_stream_free(&streams[i]);
	kvm_vm_free(dst.vm);
	kvm_vm_free(src.vm);
}

/* What is assumed of a kernel without filters is what this one says of itself */
TEST(builtin_classes)
{
	static const u64 classes[] = { FTR, CLR, VM };
	struct kvm_reg_list *full, *list;
	bool listed, builtin;
	struct probe_vm pvm;
	u64 i, n;
	int c;

	start_vm(&pvm, 1, VM_HCID | (kvm_has_cap(KVM_CAP_ARM_SVE) ? VM_SVE : 0), NULL);
	full = vcpu_get_filtered_reg_list(pvm.vcpus[0], 0);

	for (c = 0; c < ARRAY_SIZE(classes); c++) {
		list = vcpu_get_filtered_reg_list(pvm.vcpus[0], classes[c]);

		for (i = 0, n = 0; i < full->n; i++) {
			listed = n < list->n && list->reg[n] == full->reg[i];
			builtin = reg_stream_builtin_class(full->reg[i]) & classes[c];
			n += listed;

			/* Not to know of one that can be cleared costs nothing */
			if (classes[c] == CLR && listed)
				continue;

			TEST_ASSERT(listed == builtin, "%s: class 0x%lx: built-in %d, kernel %d",
				    reg_stream_name(full->reg[i]), classes[c], builtin, listed);
		}

		TEST_ASSERT_EQ(n, list->n);
		free(list);
	}

	free(full);
	kvm_vm_free(pvm.vm);
}

int main(int argc, char **argv)
{
	TEST_REQUIRE(kvm_has_cap(KVM_CAP_REG_LIST_FILTER));
	TEST_REQUIRE(kvm_has_cap(KVM_CAP_ARM_HCID));

	return test_harness_run(argc, argv);
}
