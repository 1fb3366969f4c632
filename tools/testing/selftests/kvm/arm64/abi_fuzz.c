// SPDX-License-Identifier: GPL-2.0-only
/*
 * abi_fuzz - Compare random sequences of KVM's ABI with a model of it.
 *
 * Each sequence has a VM of its own: capabilities, vCPUs, register lists,
 * registers, filters and calls of the guest in any order. Every result, errno
 * and byte written must be what the model says (see abi_model.h). A sequence
 * that differs is made as short as possible, and printed so that "-r" replays it.
 */
#include <getopt.h>

#include "abi_run.h"
#include "processor.h"
#include "test_util.h"

#define MAX_OPS		256

static const char * const op_names[ABI_NR_OPS] = {
	[ABI_ENABLE_CAP]	= "enable_cap",
	[ABI_CHECK_CAP]		= "check_cap",
	[ABI_GET_MASKS]		= "get_masks",
	[ABI_SMCCC_FILTER]	= "smccc_filter",
	[ABI_CREATE_VCPU]	= "create_vcpu",
	[ABI_INIT]		= "init",
	[ABI_FINALIZE]		= "finalize",
	[ABI_GET_LIST]		= "get_list",
	[ABI_GET_REG]		= "get_reg",
	[ABI_SET_REG]		= "set_reg",
	[ABI_CALL]		= "call",
};

static u64 rng_state;

static u64 rnd64(void)
{
	u64 z = (rng_state += 0x9e3779b97f4a7c15ULL);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static u32 rnd(u32 n)
{
	return rnd64() % n;
}

/* Once in n times */
static bool one_in(u32 n)
{
	return !rnd(n);
}

static u64 pick(const u64 *values, size_t n)
{
	return values[rnd(n)];
}

static u64 near(u64 val)
{
	switch (rnd(8)) {
	case 0:
		return val ^ BIT_ULL(rnd(64));
	case 1:
		return val + 1;
	case 2:
		return val - 1;
	default:
		return val;
	}
}

static u64 any_id(void)
{
	static const u64 sysregs[] = {
		SYS_TCR2_EL1, SYS_PIR_EL1, SYS_PIRE0_EL1, SYS_POR_EL1, SYS_POR_EL0, SYS_SCTLR2_EL1,
		SYS_APIAKEYLO_EL1, SYS_ZCR_EL1, SYS_PMMIR_EL1, SYS_ID_AA64MMFR3_EL1,
	};
	static const u64 owners[] = { 0, 4, 5, 6 };
	u64 id;

	switch (rnd(10)) {
	case 0 ... 1:
		id = KVM_REG_ARM_FW_REG(0x1181);
		break;
	case 2 ... 3:
		id = KVM_REG_ARM_FW_REG(0x1000 | pick(owners, ARRAY_SIZE(owners)) << 6 | rnd(9));
		break;
	case 4:
		id = KVM_REG_ARM_FW_REG(0x1000 | rnd(0x1000));
		break;
	case 5:
		id = KVM_REG_ARM_FW_FEAT_BMAP_REG(rnd(4));
		break;
	case 6:
		id = KVM_REG_ARM_FW_REG(rnd(5));
		break;
	case 7:
		id = one_in(2) ? KVM_REG_ARM64_SVE_VLS : KVM_ARM64_SYS_REG(SYS_ID_AA64MMFR3_EL1);
		break;
	default:
		id = KVM_ARM64_SYS_REG(pick(sysregs, ARRAY_SIZE(sysregs)));
	}

	if (one_in(16))
		id = (id & ~KVM_REG_SIZE_MASK) | (u64)rnd(10) << KVM_REG_SIZE_SHIFT;

	return one_in(16) ? near(id) : id;
}

static u64 any_value(u64 id)
{
	static const u64 values[] = {
		0, 1, 2, 3, ~0ULL, BIT_ULL(63), BIT_ULL(63) | 1, 0x10000, 0x10001, 0x10003, 0x10004,
		0x1de7ec7edbadc0deULL,
	};
	static const u64 fields[] = { 0, 0xf, 0xf0, 0xf00, 0xf0000, 0xf0f };

	if (id == KVM_ARM64_SYS_REG(SYS_ID_AA64MMFR3_EL1) && !one_in(8))
		return near(abi_host.mmfr3 & ~pick(fields, ARRAY_SIZE(fields)));
	if (id == KVM_REG_ARM64_SVE_VLS && !one_in(8))
		return near(abi_host.sve_vls & (BIT_ULL(1 + rnd(16)) - 1));

	return one_in(8) ? rnd64() : near(pick(values, ARRAY_SIZE(values)));
}

static u32 any_function(void)
{
	static const u64 functions[] = {
		0x80000000, 0x80000001, 0x84000000, 0x84000006, 0x8400000a, 0x84000050, 0x84000051,
		0x84000052, 0x84000053, 0xc4000053, 0xc5000020, 0xc5000021, 0x8600ff01, 0x86000000,
		0x86000001, 0x86000040, 0x86000041,
	};

	switch (rnd(8)) {
	case 0 ... 2:
		return 0x8600007f;
	case 3:
		return rnd64();
	case 4:
		return 0x80000000 | rnd(2) << 30 | rnd(8) << 24 | rnd(512);
	case 5:
		return near(0x8600007f);
	default:
		return pick(functions, ARRAY_SIZE(functions));
	}
}

static void any_call(struct abi_op *op)
{
	static const u64 features[] = {
		0x80000000, 0x80008000, 0x80007fff, 0x80003fff, 0xc5000020, 0x84000000, 0x84000001,
		0x84000008, 0x84000012, 0xc4000015, 0x84000050, 0xc4000053,
	};

	op->kind = ABI_CALL;
	op->a = any_function();
	op->d = rnd(2);
	if ((u32)op->a == 0x8600007f) {
		op->b = one_in(8) ? rnd(70) : 4 + rnd(3);
		op->c = one_in(8) ? rnd(70) : rnd(9);
		if (one_in(8))
			op->b = near(op->b);
		/* Only the lower halves count */
		if (one_in(8))
			op->c |= rnd64() << 32;
	} else {
		op->b = one_in(4) ? rnd(256) : pick(features, ARRAY_SIZE(features));
	}
	if (one_in(8))
		op->a |= rnd64() << 32;
}

static void any_list(struct abi_op *op)
{
	op->kind = ABI_GET_LIST;
	op->a = (u64)rnd(8) << 32;
	if (one_in(8))
		op->a ^= BIT_ULL(32 + rnd(32));
	op->a |= one_in(2) ? 500 + rnd(500) : one_in(8) ? (u32)rnd64() : rnd(500);
}

static u32 any_features(void)
{
	u32 features = abi_host.features & rnd64();

	if (features & BIT(KVM_ARM_VCPU_PTRAUTH_ADDRESS) && !one_in(8))
		features |= abi_host.features & BIT(KVM_ARM_VCPU_PTRAUTH_GENERIC);
	else if (!one_in(8))
		features &= ~BIT(KVM_ARM_VCPU_PTRAUTH_GENERIC);

	return one_in(32) ? features | BIT(16 + rnd(16)) : features;
}

static void any_op(struct abi_op *op, u32 features)
{
	memset(op, 0, sizeof(*op));
	op->vcpu = rnd(ABI_VCPUS);

	switch (rnd(32)) {
	case 0:
		op->kind = ABI_ENABLE_CAP;
		op->a = rnd(2);
		op->b = one_in(8) ? rnd64() : 0;
		op->c = rnd(4);
		op->d = one_in(8) ? rnd64() : 0;
		break;
	case 1:
		op->kind = ABI_CHECK_CAP;
		op->a = rnd(ABI_NR_CAPS);
		break;
	case 2:
		op->kind = ABI_GET_MASKS;
		op->a = one_in(8) ? rnd64() & 0xffffffff : one_in(8) ? 0 : 1;
		op->b = one_in(8) ? rnd64() & 0xffffffff : 0;
		break;
	case 3 ... 4:
		op->kind = ABI_SMCCC_FILTER;
		op->a = any_function();
		op->b = one_in(8) ? rnd64() & 0xffffffff : rnd(3);
		op->c = rnd(4);
		op->d = one_in(16) ? rnd(256) : 0;
		break;
	case 5:
		op->kind = one_in(4) ? ABI_CREATE_VCPU : ABI_INIT;
		op->a = one_in(4) ? any_features() : features;
		break;
	case 6:
		op->kind = ABI_FINALIZE;
		op->a = one_in(8) ? rnd(32) : KVM_ARM_VCPU_SVE;
		break;
	case 7 ... 10:
		any_list(op);
		break;
	case 11 ... 15:
		any_call(op);
		break;
	case 16 ... 21:
		op->kind = ABI_GET_REG;
		op->a = any_id();
		break;
	default:
		op->kind = ABI_SET_REG;
		op->a = any_id();
		op->b = any_value(op->a);
	}
}

/* Mostly as a VMM goes about it: capabilities, vCPUs, registers, and then it runs */
static int make_sequence(struct abi_op *ops)
{
	bool late = one_in(2), in_order = !one_in(8);
	int i, nr = 0, length = 16 + rnd(MAX_OPS - 16);
	u32 features = any_features();
	int vcpus = 1 + rnd(ABI_VCPUS);

	if (in_order) {
		if (!one_in(4))
			ops[nr++] = (struct abi_op){ ABI_ENABLE_CAP, .a = ABI_CAP_FILTER };
		if (!one_in(4))
			ops[nr++] = (struct abi_op){ ABI_ENABLE_CAP, .a = ABI_CAP_HCID };
		for (i = 0; i < vcpus; i++) {
			ops[nr++] = (struct abi_op){ ABI_CREATE_VCPU, .vcpu = i };
			ops[nr++] = (struct abi_op){ ABI_INIT, .vcpu = i, .a = features };
		}
	}

	while (nr < length) {
		any_op(&ops[nr], features);
		/* The first run ends what can be set */
		if (ops[nr].kind != ABI_CALL || !late || nr > length / 2)
			nr++;
	}

	return nr;
}

static void print_sequence(const struct abi_op *ops, int nr)
{
	int i;

	for (i = 0; i < nr; i++)
		printf("%s %d %lx %lx %lx %lx\n", op_names[ops[i].kind], ops[i].vcpu,
		       ops[i].a, ops[i].b, ops[i].c, ops[i].d);
}

/* Leave out what can be left out, ever smaller pieces of it */
static int minimise(struct abi_op *ops, int nr)
{
	struct abi_op less[MAX_OPS];
	int piece, i, bad;
	u64 done;

	for (piece = nr / 2; piece; piece /= 2) {
		for (i = 0; i + piece <= nr;) {
			memcpy(less, ops, i * sizeof(*ops));
			memcpy(less + i, ops + i + piece, (nr - i - piece) * sizeof(*ops));
			if (!abi_run(less, nr - piece, &bad, &done)) {
				i += piece;
				continue;
			}
			nr = bad + 1;
			memcpy(ops, less, nr * sizeof(*ops));
		}
	}

	return nr;
}

static int read_sequence(const char *name, struct abi_op *ops)
{
	char line[256], word[32];
	int i, nr = 0;
	FILE *file;

	file = fopen(name, "r");
	TEST_ASSERT(file, "%s: errno %d", name, errno);

	while (fgets(line, sizeof(line), file)) {
		struct abi_op *op = &ops[nr];

		if (nr == MAX_OPS || sscanf(line, "%31s %d %lx %lx %lx %lx", word, &op->vcpu,
					    &op->a, &op->b, &op->c, &op->d) != 6)
			continue;
		for (i = 0; i < ABI_NR_OPS; i++) {
			if (!strcmp(op_names[i], word))
				break;
		}
		TEST_ASSERT(i < ABI_NR_OPS && (u32)op->vcpu < ABI_VCPUS, "What is %s", line);
		op->kind = i;
		nr++;
	}

	fclose(file);
	return nr;
}

static void run_sequence(struct abi_op *ops, int nr, u64 *done)
{
	const char *wrong;
	int bad;

	if (!abi_run(ops, nr, &bad, done))
		return;

	nr = minimise(ops, bad + 1);
	wrong = abi_run(ops, nr, &bad, done);
	print_sequence(ops, nr);
	TEST_FAIL("The last of these %d: %s", nr, wrong ?: "not wrong when repeated");
}

int main(int argc, char **argv)
{
	u64 seed = 1, count = 20000, done = 0, vms = 0;
	struct abi_op ops[MAX_OPS];
	const char *replay = NULL;
	int opt, nr;

	TEST_REQUIRE(kvm_has_cap(KVM_CAP_REG_LIST_FILTER));
	TEST_REQUIRE(kvm_has_cap(KVM_CAP_ARM_HCID));

	while ((opt = getopt(argc, argv, "s:n:r:h")) != -1) {
		switch (opt) {
		case 's':
			seed = strtoull(optarg, NULL, 0);
			break;
		case 'n':
			count = strtoull(optarg, NULL, 0);
			break;
		case 'r':
			replay = optarg;
			break;
		default:
			printf("usage: %s [-s seed] [-n operations] [-r file]\n", argv[0]);
			exit(opt == 'h' ? 0 : KSFT_FAIL);
		}
	}

	ksft_print_header();
	ksft_set_plan(1);
	abi_look_at_host();

	if (replay) {
		run_sequence(ops, read_sequence(replay, ops), &done);
		vms++;
	} else {
		ksft_print_msg("Seed %lu\n", seed);
		rng_state = seed;
	}

	for (; !replay && done < count; vms++) {
		nr = make_sequence(ops);
		run_sequence(ops, nr, &done);
	}

	ksft_test_result_pass("%lu operations, %lu VMs\n", done, vms);
	ksft_finished();
}
