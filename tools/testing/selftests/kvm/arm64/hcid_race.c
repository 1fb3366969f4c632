// SPDX-License-Identifier: GPL-2.0-only
/*
 * hcid_race - Let eight vCPUs do at the same time what is to be done in turn.
 *
 * Each round has a new VM. Two threads write a hypercall identity register, two
 * a bitmap register, one reads both, one walks the lists, and two run their
 * vCPUs, all of them started together. Whatever the order was, the first run
 * must have ended all changes: no register may have another value afterwards,
 * and no guest may ever have got another answer than the registers say.
 */
#include <getopt.h>
#include <pthread.h>

#include <linux/arm-smccc.h>

#include "smccc_vm.h"
#include "test_util.h"

#define NR_THREADS	8
#define NR_TRIES	12

#define KVM_FEATURES	0x86000000
#define FEATURES_2	0x8600007f
#define FEATURES_2_BIT	BIT_ULL(63)
#define PTP_BIT		BIT_ULL(1)

enum { HCID, BMAP, NR_REGS };

static const u64 regs[NR_REGS] = {
	[HCID] = KVM_REG_ARM_HCID(6, 1),
	[BMAP] = KVM_REG_ARM_VENDOR_HYP_BMAP,
};

/* What writers alternate between: the reset value is the second one for both */
static const u64 values[NR_REGS][2] = {
	[HCID] = { FEATURES_2_BIT, 0 },
	[BMAP] = { 1, 1 | PTP_BIT },
};

struct seen {
	u64 val;
	int err;
	/* A vCPU had run before the access began */
	bool late;
};

static struct thread {
	pthread_t thread;
	struct kvm_vcpu *vcpu;
	u64 start;
	struct seen seen[NR_REGS][NR_TRIES];
	struct arm_smccc_res answers[NR_TRIES];
} threads[NR_THREADS];

static pthread_barrier_t barrier;
static struct kvm_reg_list *expected[2];
static bool ran, stop;

/* What happened, so that a machine on which nothing ever meets is noticed */
static u64 nr_won, nr_lost, nr_early, nr_late;

static void spin(u64 n)
{
	while (n--)
		asm volatile("yield");
}

static void write_reg(struct thread *t, int reg, int first)
{
	struct seen *s;
	int i;

	for (i = 0; i < NR_TRIES; i++) {
		s = &t->seen[reg][i];
		s->late = __atomic_load_n(&ran, __ATOMIC_ACQUIRE);
		s->val = values[reg][(first + i) & 1];
		s->err = __vcpu_set_reg(t->vcpu, regs[reg], s->val) ? errno : 0;
	}
}

static void read_regs(struct thread *t)
{
	struct seen *s;
	int i, reg;

	for (i = 0; i < NR_TRIES; i++) {
		for (reg = 0; reg < NR_REGS; reg++) {
			s = &t->seen[reg][i];
			s->late = __atomic_load_n(&ran, __ATOMIC_ACQUIRE);
			s->err = 0;
			s->val = vcpu_get_reg(t->vcpu, regs[reg]);
		}
	}
}

static struct kvm_reg_list *get_list(struct kvm_vcpu *vcpu, u64 filter)
{
	struct kvm_reg_list *list = calloc(1, sizeof(*list) + 1024 * sizeof(u64));

	TEST_ASSERT(list, "No memory");
	list->n = filter | 1024;
	vcpu_ioctl(vcpu, KVM_GET_REG_LIST, list);
	return list;
}

static void walk_lists(struct thread *t)
{
	static const u64 filters[] = { 0, KVM_REG_LIST_FEATURE };
	struct kvm_reg_list *list;
	int i;

	for (i = 0; i < NR_TRIES; i++) {
		list = get_list(t->vcpu, filters[i & 1]);
		TEST_ASSERT(list->n == expected[i & 1]->n &&
			    !memcmp(list->reg, expected[i & 1]->reg, list->n * sizeof(u64)),
			    "A list of %llu registers is torn", list->n);
		free(list);
	}
}

static void run_vcpu(struct thread *t)
{
	struct arm_smccc_res *res = t->answers;
	int i, err;

	/* Both say what the guest has, and are to agree */
	for (i = 0; i < NR_TRIES; i++, res++) {
		if (i & 1)
			err = smccc_vm_call(t->vcpu, FEATURES_2, 6, 1, true, res);
		else
			err = smccc_vm_call(t->vcpu, KVM_FEATURES, 0, 0, true, res);
		TEST_ASSERT(!err, "KVM_RUN: errno %d", err);
		__atomic_store_n(&ran, true, __ATOMIC_RELEASE);
	}
}

static void *thread_main(void *arg)
{
	struct thread *t = arg;
	int n = t - threads;

	for (;;) {
		pthread_barrier_wait(&barrier);
		if (stop)
			return NULL;

		spin(t->start);
		switch (n) {
		case 0 ... 1:
			write_reg(t, HCID, n);
			break;
		case 2 ... 3:
			write_reg(t, BMAP, n);
			break;
		case 4:
			read_regs(t);
			break;
		case 5:
			walk_lists(t);
			break;
		default:
			run_vcpu(t);
		}
		pthread_barrier_wait(&barrier);
	}
}

static void check_writer(const struct thread *t, int reg, u64 final)
{
	const struct seen *s;
	int i;

	for (i = 0; i < NR_TRIES; i++) {
		s = &t->seen[reg][i];
		if (s->err) {
			TEST_ASSERT(s->err == EBUSY, "Writing 0x%lx: errno %d", regs[reg], s->err);
			TEST_ASSERT(s->val != final, "0x%lx, which is 0x%lx, doesn't take it",
				    regs[reg], final);
			nr_lost++;
		} else {
			TEST_ASSERT(!s->late || s->val == final,
				    "0x%lx took 0x%lx after the run, and is 0x%lx",
				    regs[reg], s->val, final);
			nr_won++;
		}
		nr_late += s->late;
		nr_early += !s->late;
		/* Nobody may write any more */
		TEST_ASSERT(!i || !s[-1].err || s->err || s->val == final,
			    "0x%lx took 0x%lx after it had been busy", regs[reg], s->val);
	}
}

static void check_reader(const struct thread *t, int reg, u64 final)
{
	const struct seen *s;

	for (s = t->seen[reg]; s < t->seen[reg] + NR_TRIES; s++) {
		TEST_ASSERT(s->val == values[reg][0] || s->val == values[reg][1],
			    "0x%lx was 0x%lx, which nobody has written", regs[reg], s->val);
		TEST_ASSERT(!s->late || s->val == final,
			    "0x%lx was 0x%lx after the run, and is 0x%lx",
			    regs[reg], s->val, final);
	}
}

static void check_guest(const struct thread *t, const u64 final[NR_REGS])
{
	const struct arm_smccc_res *res = t->answers;
	u64 bmap, hcid;
	int i;

	for (i = 0; i < NR_TRIES; i++, res++) {
		bmap = i & 1 ? final[BMAP] : res->a1 << 32 | res->a0;
		hcid = res->a3 << 32 | res->a2;
		if (i & 1)
			hcid = (long)res->a0 < 0 ? 0 : res->a2 << 32 | res->a1;

		TEST_ASSERT(bmap == final[BMAP] && hcid == final[HCID],
			    "The guest was told 0x%lx and 0x%lx, the registers say 0x%lx and 0x%lx",
			    bmap, hcid, final[BMAP], final[HCID]);
	}
}

static struct kvm_vm *create_vm(void)
{
	struct kvm_vm *vm = smccc_vm_create();
	int i;

	vm_enable_cap(vm, KVM_CAP_REG_LIST_FILTER, 0);
	vm_enable_cap(vm, KVM_CAP_ARM_HCID, 0);
	for (i = 0; i < NR_THREADS; i++)
		threads[i].vcpu = smccc_vm_add_vcpu(vm, i, BIT(KVM_ARM_VCPU_PSCI_0_2));

	return vm;
}

static void do_round(void)
{
	struct kvm_vm *vm = create_vm();
	u64 final[NR_REGS];
	int i, reg;

	ran = false;
	for (i = 0; i < NR_THREADS; i++)
		threads[i].start = random() % 8 ? random() % 4096 : 0;

	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);

	for (reg = 0; reg < NR_REGS; reg++) {
		final[reg] = vcpu_get_reg(threads[0].vcpu, regs[reg]);
		for (i = 1; i < NR_THREADS; i++)
			TEST_ASSERT_EQ(vcpu_get_reg(threads[i].vcpu, regs[reg]), final[reg]);
		check_writer(&threads[2 * reg], reg, final[reg]);
		check_writer(&threads[2 * reg + 1], reg, final[reg]);
		check_reader(&threads[4], reg, final[reg]);
	}
	check_guest(&threads[6], final);
	check_guest(&threads[7], final);

	kvm_vm_free(vm);
}

int main(int argc, char **argv)
{
	int rounds = 100, i, opt;
	struct kvm_vm *vm;

	TEST_REQUIRE(kvm_has_cap(KVM_CAP_REG_LIST_FILTER));
	TEST_REQUIRE(kvm_has_cap(KVM_CAP_ARM_HCID));

	while ((opt = getopt(argc, argv, "n:h")) != -1) {
		if (opt != 'n') {
			printf("usage: %s [-n rounds]\n", argv[0]);
			exit(opt == 'h' ? 0 : KSFT_FAIL);
		}
		rounds = atoi_positive("Number of rounds", optarg);
	}

	ksft_print_header();
	ksft_set_plan(1);

	vm = create_vm();
	expected[0] = get_list(threads[0].vcpu, 0);
	expected[1] = get_list(threads[0].vcpu, KVM_REG_LIST_FEATURE);
	kvm_vm_free(vm);

	pthread_barrier_init(&barrier, NULL, NR_THREADS + 1);
	for (i = 0; i < NR_THREADS; i++)
		pthread_create(&threads[i].thread, NULL, thread_main, &threads[i]);

	for (i = 0; i < rounds; i++)
		do_round();

	stop = true;
	pthread_barrier_wait(&barrier);
	for (i = 0; i < NR_THREADS; i++)
		pthread_join(threads[i].thread, NULL);

	ksft_print_msg("%lu writes taken, %lu busy; %lu begun before the end of the first run\n",
		       nr_won, nr_lost, nr_early);
	TEST_ASSERT(nr_won && nr_lost && nr_early && nr_late, "Nobody met anybody");
	ksft_test_result_pass("%d rounds\n", rounds);
	ksft_finished();
}
