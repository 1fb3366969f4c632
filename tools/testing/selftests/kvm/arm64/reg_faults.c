// SPDX-License-Identifier: GPL-2.0-only
/*
 * reg_faults - Let everything fail that can fail in the ioctls on registers
 *
 * Each user buffer is cut off by a page that cannot be accessed, at every 4-byte
 * offset. And where the kernel can be told to fail
 * (CONFIG_FAULT_INJECTION_USERCOPY and others), each allocation and each
 * copy_from_user() and copy_to_user() fails in turn. The ioctl must say so, and
 * after that the VM must answer as before.
 */
#include <fcntl.h>
#include <sys/mman.h>

#include "kvm_util.h"
#include "processor.h"
#include "test_util.h"

#define FILTER(n)	((u64)(n) << 32)
#define MAX_REGS	2048

/* Absent from these VMs, which don't have the feature; see hidden_regs */
#define HIDDEN_REG		KVM_ARM64_SYS_REG(SYS_TCR2_EL1)

struct call {
	const char *name;
	unsigned long request;
	u64 arg;	/* The ID of a register, or the number of a range */
	size_t size;	/* of its memory, in bytes */
	size_t reads;	/* so much of it, from the beginning */
	void *in;	/* before, */
	void *out;	/* and after */
};

/* What is not written has this instead of an answer, another one each time */
#define NO_ANSWER_AT_FIRST	0xa5
#define NO_ANSWER		0x5a

static unsigned int nr_faults;

/*
 * young_vm has no vCPU, so it can enable capabilities. bare_vm has no window: its
 * filtered lists end with other firmware registers.
 */
static struct kvm_vm *vm, *young_vm, *bare_vm;
static struct kvm_vcpu *vcpu;

/* @mem is the argument of the ioctl, or what that points to */
static int do_call(struct call *c, void *mem)
{
	struct reg_mask_range range = { .range = c->arg, .addr = (u64)mem };
	struct kvm_one_reg reg = { .id = c->arg, .addr = (u64)mem };

	switch (c->request) {
	case KVM_GET_REG_LIST:
		return ioctl(vcpu->fd, c->request, mem);
	case KVM_GET_ONE_REG:
	case KVM_SET_ONE_REG:
		return ioctl(vcpu->fd, c->request, &reg);
	case KVM_ARM_GET_REG_WRITABLE_MASKS:
		return ioctl(vm->fd, c->request, &range);
	default:
		return ioctl(young_vm->fd, c->request, mem);
	}
}

/* Pages of which the last one cannot be accessed; returns that one */
static void *map_guarded(size_t size)
{
	size_t page = getpagesize();
	void *mem;

	size = align_up(size, page);
	mem = mmap(NULL, size + page, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	TEST_ASSERT(mem != MAP_FAILED, "mmap() failed, errno %d", errno);
	TEST_ASSERT(!mprotect(mem + size, page, PROT_NONE),
		    "mprotect() failed, errno %d", errno);

	return mem + size;
}

static void prepare(struct call *c, void *mem, size_t size, int poison)
{
	memset(mem, poison, size);
	memcpy(mem, c->in, min(c->reads, size));
}

static void assert_same_answer(struct call *c, void *mem)
{
	int ret;

	prepare(c, mem, c->size, NO_ANSWER);
	ret = do_call(c, mem);
	TEST_ASSERT(!ret, "%s: got %d (errno %d)", c->name, ret, errno);
	TEST_ASSERT(!memcmp(mem, c->out, c->size), "%s: another answer than at first", c->name);
}

static void test_guard_page(struct call *c)
{
	void *guard = map_guarded(c->size);
	size_t good;
	int ret;

	for (good = 0; good < c->size; good += sizeof(u32)) {
		prepare(c, guard - good, good, NO_ANSWER);
		ret = do_call(c, guard - good);
		TEST_ASSERT(ret == -1 && errno == EFAULT,
			    "%s with %lu of %lu bytes: got %d (errno %d)",
			    c->name, good, c->size, ret, errno);
	}

	assert_same_answer(c, guard - c->size);
}

/* Returns whether the kernel was told to fail in the @nth place, and did so */
static bool test_fault(struct call *c, int fd, unsigned int nth, void *mem)
{
	char left[16] = "";
	char buf[16];
	int ret, err;
	ssize_t n;

	prepare(c, mem, c->size, NO_ANSWER);
	n = snprintf(buf, sizeof(buf), "%u", nth);
	TEST_ASSERT(pwrite(fd, buf, n, 0) == n, "Writing fail-nth: errno %d", errno);
	ret = do_call(c, mem);
	err = errno;

	/* If it is not used up, the next that fails can be this very read */
	n = pread(fd, left, sizeof(left) - 1, 0);
	TEST_ASSERT(pwrite(fd, "0", 1, 0) == 1, "Writing fail-nth: errno %d", errno);

	if (n < 0 || atoi(left)) {
		TEST_ASSERT(!ret, "%s, without a fault: got %d (errno %d)", c->name, ret, err);
		return false;
	}

	TEST_ASSERT(ret == -1 && (err == EFAULT || err == ENOMEM),
		    "%s with fault %u: got %d (errno %d)", c->name, nth, ret, err);
	return true;
}

static void test_faults(struct call *c, int fd)
{
	unsigned int nth = 1;
	void *mem = malloc(c->size);

	while (test_fault(c, fd, nth, mem)) {
		assert_same_answer(c, mem);
		nth++;
	}

	pr_info("%s: %u places to fail in\n", c->name, nth - 1);
	nr_faults += nth - 1;
	free(mem);
}

/* What it answers when nothing is wrong */
static void learn_answer(struct call *c)
{
	int ret;

	c->out = malloc(c->size);
	prepare(c, c->out, c->size, NO_ANSWER_AT_FIRST);
	ret = do_call(c, c->out);
	TEST_ASSERT(!ret, "%s: got %d (errno %d)", c->name, ret, errno);
}

static void test_call(struct call *c, int fd)
{
	learn_answer(c);
	test_guard_page(c);
	if (fd >= 0)
		test_faults(c, fd);
	free(c->out);
}

static void test_lists(int fd)
{
	struct kvm_reg_list *list = malloc(sizeof(*list) + MAX_REGS * sizeof(u64));
	struct call c = {
		"KVM_GET_REG_LIST", KVM_GET_REG_LIST, .reads = sizeof(*list), .in = list
	};
	int filters;

	for (filters = 0; filters < 8; filters++) {
		list->n = FILTER(filters) | MAX_REGS;
		c.size = sizeof(*list);
		vcpu_ioctl(vcpu, KVM_GET_REG_LIST, list);
		c.size += list->n * sizeof(u64);
		list->n |= FILTER(filters);
		test_call(&c, fd);
	}

	free(list);
}

static void test_regs(int fd)
{
	static const u64 regs[] = {
		/* One with a service, one without, one that isn't listed */
		KVM_REG_ARM_HCID(6, 1), KVM_REG_ARM_HCID(0, 0), KVM_REG_ARM_HCID(63, 63),
		KVM_REG_ARM_VENDOR_HYP_BMAP_2,
	};
	u64 val;
	struct call get = { "KVM_GET_ONE_REG", KVM_GET_ONE_REG, .size = sizeof(val), .in = &val };
	struct call set = {
		"KVM_SET_ONE_REG", KVM_SET_ONE_REG, .size = sizeof(val), .reads = sizeof(val),
		.in = &val
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(regs); i++) {
		get.arg = regs[i];
		set.arg = regs[i];
		val = vcpu_get_reg(vcpu, regs[i]);
		test_call(&get, fd);
		test_call(&set, fd);
	}

	/* It takes the value that it is reset to, and has no other answer */
	set.arg = HIDDEN_REG;
	val = 0;
	TEST_ASSERT(__vcpu_get_reg(vcpu, HIDDEN_REG, &val) == -1 && errno == ENOENT,
		    "0x%llx is not hidden", HIDDEN_REG);
	test_call(&set, fd);
}

static void test_masks(int fd)
{
	u64 masks[KVM_ARM_HCID_RANGE_SIZE];
	struct call c = {
		"KVM_ARM_GET_REG_WRITABLE_MASKS", KVM_ARM_GET_REG_WRITABLE_MASKS,
		KVM_ARM_HCID_RANGE, sizeof(masks), 0, masks
	};

	test_call(&c, fd);
}

static void test_cap(u32 cap, int fd)
{
	struct kvm_enable_cap enable = { .cap = cap };
	struct call c = {
		"KVM_ENABLE_CAP", KVM_ENABLE_CAP, 0, sizeof(enable), sizeof(enable), &enable
	};

	test_call(&c, fd);
}

static struct kvm_vcpu *add_vcpu(struct kvm_vm *vm)
{
	struct kvm_vcpu_init init;
	struct kvm_vcpu *vcpu;

	kvm_get_default_vcpu_target(vm, &init);
	vcpu = aarch64_vcpu_add(vm, 0, &init, NULL);
	kvm_arch_vm_finalize_vcpus(vm);
	return vcpu;
}

int main(int argc, char **argv)
{
	u64 val;
	int fd;

	TEST_REQUIRE(kvm_has_cap(KVM_CAP_REG_LIST_FILTER));
	TEST_REQUIRE(kvm_has_cap(KVM_CAP_ARM_HCID));

	young_vm = vm_create_barebones();
	vm = vm_create(1);
	vm_enable_cap(vm, KVM_CAP_REG_LIST_FILTER, 0);
	vm_enable_cap(vm, KVM_CAP_ARM_HCID, 0);
	bare_vm = vm_create(1);
	vm_enable_cap(bare_vm, KVM_CAP_REG_LIST_FILTER, 0);

	fd = open("/proc/thread-self/fail-nth", O_RDWR);
	if (fd < 0)
		pr_info("Without CONFIG_FAULT_INJECTION: no faults but those of memory\n");

	vcpu = add_vcpu(bare_vm);
	test_lists(fd);

	vcpu = add_vcpu(vm);
	/* Without the feature, which not every CPU has, the register is hidden */
	val = vcpu_get_reg(vcpu, KVM_ARM64_SYS_REG(SYS_ID_AA64MMFR3_EL1));
	vcpu_set_reg(vcpu, KVM_ARM64_SYS_REG(SYS_ID_AA64MMFR3_EL1),
		     val & ~ID_AA64MMFR3_EL1_TCRX_MASK);

	test_lists(fd);
	test_regs(fd);
	test_masks(fd);
	test_cap(KVM_CAP_REG_LIST_FILTER, fd);
	test_cap(KVM_CAP_ARM_HCID, fd);

	kvm_vm_free(young_vm);
	kvm_vm_free(bare_vm);
	kvm_vm_free(vm);

	/* All else is good by now */
	TEST_REQUIRE(fd < 0 || nr_faults);
	return 0;
}
