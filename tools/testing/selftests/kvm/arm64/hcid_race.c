// SPDX-License-Identifier: GPL-2.0-only
/*
 * hcid_race - Let eight vCPUs do at the same time what is to be done in turn.
 *
 * Each round has a new VM. Two threads write a hypercall identity register, two
 * a bitmap register, one reads both, one walks the lists, and two run their
 * vCPUs, all of them started together. Whatever the order was, the first run
 * must have ended all changes: no register may have another value afterwards,
 * and no guest may ever have got another answer than the registers say.
 *
 * Before that, one vCPU and one writer meet where chance hardly ever takes them: at
 * the lock, while somebody else has it. And a reader and a writer meet often, since
 * nobody runs the VM: so that KCSAN has something to see.
 */
#include <fcntl.h>
#include <getopt.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <linux/arm-smccc.h>
#include <linux/userfaultfd.h>

#include "smccc_vm.h"
#include "test_util.h"

#define NR_THREADS	8
#define NR_TRIES	12
#define NR_WRITES	10000

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

/* What happened, for whoever wonders whether anything met on this machine */
static u64 nr_won, nr_lost, nr_early;

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
		/* One of the last two values can't be had any more, however slow the run */
		while (i == NR_TRIES - 2 && !__atomic_load_n(&ran, __ATOMIC_ACQUIRE))
			sched_yield();
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

/* Does something that has to wait */
static struct waiter {
	pthread_t thread;
	void (*act)(struct waiter *w);
	struct kvm_vcpu *vcpu;
	bool done;
	int err;
} holder, runner, writer;

static struct arm_smccc_res runner_answer;
static void *late_page;

/* KVM reads this one with the lock that orders runs and writes, config_lock */
static void set_filter(struct waiter *w)
{
	w->err = __vcpu_device_attr_set(w->vcpu, KVM_ARM_VCPU_PMU_V3_CTRL,
					KVM_ARM_VCPU_PMU_V3_FILTER, late_page) ? errno : 0;
}

static void call_features_2(struct waiter *w)
{
	w->err = smccc_vm_call(w->vcpu, FEATURES_2, 6, 1, true, &runner_answer);
}

static void set_features_2(struct waiter *w)
{
	w->err = __vcpu_set_reg(w->vcpu, regs[HCID], FEATURES_2_BIT) ? errno : 0;
}

static void *waiter_main(void *arg)
{
	struct waiter *w = arg;

	w->act(w);
	__atomic_store_n(&w->done, true, __ATOMIC_RELEASE);
	return NULL;
}

static void start(struct waiter *w, void (*act)(struct waiter *w), struct kvm_vcpu *vcpu)
{
	*w = (struct waiter) { .act = act, .vcpu = vcpu };
	pthread_create(&w->thread, NULL, waiter_main, w);
}

/*
 * What the lock protects must not happen while it is taken. One that does not need the
 * lock is done long before the limit, even under an emulator.
 */
static bool waits(struct waiter *w)
{
	int ms;

	for (ms = 0; ms < 1000 && !__atomic_load_n(&w->done, __ATOMIC_ACQUIRE); ms++)
		usleep(1000);

	return !__atomic_load_n(&w->done, __ATOMIC_ACQUIRE);
}

/* Make late_page, whose readers wait. Returns its userfaultfd. */
static int open_late_page(void)
{
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct uffdio_api api = { .api = UFFD_API };
	int fd = syscall(__NR_userfaultfd, O_CLOEXEC);

	if (fd < 0)
		return fd;

	late_page = mmap(NULL, getpagesize(), PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	TEST_ASSERT(late_page != MAP_FAILED, "mmap() failed, errno %d", errno);
	reg.range.start = (u64)late_page;
	reg.range.len = getpagesize();
	TEST_ASSERT(!ioctl(fd, UFFDIO_API, &api), "UFFDIO_API: errno %d", errno);
	TEST_ASSERT(!ioctl(fd, UFFDIO_REGISTER, &reg), "UFFDIO_REGISTER: errno %d", errno);
	return fd;
}

/*
 * A vCPU, then a writer, wait for the held lock. They share a CPU, on which the vCPU
 * has priority until its guest has the answer. Answer, register and the writer's
 * errno must then agree.
 */
static void test_held_lock(void)
{
	const u32 features = BIT(KVM_ARM_VCPU_PSCI_0_2) | BIT(KVM_ARM_VCPU_PMU_V3);
	struct sched_param fifo = { .sched_priority = 1 };
	struct kvm_vcpu *vcpus[3];
	struct uffdio_zeropage zero;
	struct kvm_vcpu_init init;
	struct uffd_msg msg;
	struct kvm_vm *vm;
	cpu_set_t cpu;
	u64 final;
	int fd;

	if (!kvm_has_cap(KVM_CAP_ARM_PMU_V3)) {
		ksft_test_result_skip("the lock is held: no PMU\n");
		return;
	}
	fd = open_late_page();
	if (fd < 0) {
		ksft_test_result_skip("the lock is held: no userfaultfd, errno %d\n", errno);
		return;
	}

	vm = smccc_vm_create();
	vm_enable_cap(vm, KVM_CAP_REG_LIST_FILTER, 0);
	vm_enable_cap(vm, KVM_CAP_ARM_HCID, 0);
	vcpus[1] = smccc_vm_add_vcpu(vm, 1, features);
	vcpus[2] = smccc_vm_add_vcpu(vm, 2, features);
	/* This one takes attributes of the PMU, which is not complete */
	vcpus[0] = __vm_vcpu_add(vm, 0);
	vm_ioctl(vm, KVM_ARM_PREFERRED_TARGET, &init);
	init.features[0] = features;
	vcpu_ioctl(vcpus[0], KVM_ARM_VCPU_INIT, &init);

	start(&holder, set_filter, vcpus[0]);
	TEST_ASSERT_EQ(read(fd, &msg, sizeof(msg)), sizeof(msg));
	start(&runner, call_features_2, vcpus[1]);
	TEST_ASSERT(waits(&runner), "The first run needs no lock");
	start(&writer, set_features_2, vcpus[2]);
	TEST_ASSERT(waits(&writer), "A register is written without the lock");

	/* These can fail without privilege: the test then misses bugs */
	CPU_ZERO(&cpu);
	CPU_SET(sched_getcpu(), &cpu);
	pthread_setaffinity_np(runner.thread, sizeof(cpu), &cpu);
	pthread_setaffinity_np(writer.thread, sizeof(cpu), &cpu);
	pthread_setschedparam(runner.thread, SCHED_FIFO, &fifo);

	zero = (struct uffdio_zeropage) { { (u64)late_page, getpagesize() } };
	TEST_ASSERT(!ioctl(fd, UFFDIO_ZEROPAGE, &zero), "UFFDIO_ZEROPAGE: errno %d", errno);
	pthread_join(holder.thread, NULL);
	pthread_join(runner.thread, NULL);
	pthread_join(writer.thread, NULL);

	final = vcpu_get_reg(vcpus[0], regs[HCID]);
	TEST_ASSERT(!holder.err && !runner.err, "Errors %d and %d", holder.err, runner.err);
	TEST_ASSERT(writer.err == (final ? 0 : EBUSY), "Writing: errno %d", writer.err);
	TEST_ASSERT(((long)runner_answer.a0 >= 0) == !!final,
		    "The guest was told 0x%lx, the register says 0x%lx", runner_answer.a0, final);

	close(fd);
	munmap(late_page, getpagesize());
	kvm_vm_free(vm);
	ksft_test_result_pass("the lock is held\n");
}

static void write_regs(struct waiter *w)
{
	int i, reg;

	for (i = 0; i < NR_WRITES; i++) {
		for (reg = 0; reg < NR_REGS; reg++)
			vcpu_set_reg(w->vcpu, regs[reg], values[reg][i & 1]);
	}
}

static void test_before_first_run(void)
{
	struct kvm_vm *vm = create_vm();
	u64 val;
	int reg;

	start(&writer, write_regs, threads[0].vcpu);
	while (!__atomic_load_n(&writer.done, __ATOMIC_ACQUIRE)) {
		for (reg = 0; reg < NR_REGS; reg++) {
			val = vcpu_get_reg(threads[1].vcpu, regs[reg]);
			TEST_ASSERT(val == values[reg][0] || val == values[reg][1],
				    "0x%lx was 0x%lx, which nobody has written", regs[reg], val);
		}
	}
	pthread_join(writer.thread, NULL);

	/* Each write has taken effect, for the other vCPU, too */
	for (reg = 0; reg < NR_REGS; reg++)
		TEST_ASSERT_EQ(vcpu_get_reg(threads[1].vcpu, regs[reg]),
			       values[reg][(NR_WRITES - 1) & 1]);

	kvm_vm_free(vm);
	ksft_test_result_pass("before the first run\n");
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
	ksft_set_plan(3);

	test_held_lock();
	test_before_first_run();

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
	ksft_test_result_pass("%d rounds\n", rounds);
	ksft_finished();
}
