// SPDX-License-Identifier: GPL-2.0-only
/* The VM and its vCPUs, with a thread for each of them while the guest runs */
#include <pthread.h>
#include <sys/syscall.h>

#include "hcid_vmm.h"
#include "gic.h"
#include "processor.h"

#define UART_GPA	0x09000000	/* a PL011 that is always ready */
#define PMU_PPI		23

/*
 * The library wants KVM_SET_USER_MEMORY_REGION2, which came with 6.8, for what the old
 * one does as well: on 6.1, it is given that.
 */
int ioctl(int fd, unsigned long request, ...)
{
	va_list ap;
	void *arg;
	int ret;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);

	if (request == KVM_CHECK_EXTENSION && (unsigned long)arg == KVM_CAP_USER_MEMORY2)
		return 1;

	ret = syscall(SYS_ioctl, fd, request, arg);
	if (ret && request == KVM_SET_USER_MEMORY_REGION2)
		ret = syscall(SYS_ioctl, fd, KVM_SET_USER_MEMORY_REGION, arg);
	return ret;
}

/* To whatever of the interface there is; returns whether the kernel tells classes */
static bool opt_in(struct kvm_vm *vm)
{
	if (!vm_check_cap(vm, KVM_CAP_REG_LIST_FILTER))
		return false;

	vm_enable_cap(vm, KVM_CAP_REG_LIST_FILTER, 0);
	if (vm_check_cap(vm, KVM_CAP_ARM_HCID))
		vm_enable_cap(vm, KVM_CAP_ARM_HCID, 0);
	return true;
}

static void add_vcpu(struct vmm *vmm, struct kvm_vcpu_init init, int id)
{
	struct kvm_vcpu *vcpu = __vm_vcpu_add(vmm->vm, id);
	u64 gpa = STEAL_TIME_GPA + id * SZ_64K;

	if (id)
		init.features[0] |= BIT(KVM_ARM_VCPU_POWER_OFF);
	vcpu_ioctl(vcpu, KVM_ARM_VCPU_INIT, &init);
	vcpu->init = init;

	if (!__vcpu_has_device_attr(vcpu, KVM_ARM_VCPU_PVTIME_CTRL, KVM_ARM_VCPU_PVTIME_IPA))
		vcpu_device_attr_set(vcpu, KVM_ARM_VCPU_PVTIME_CTRL, KVM_ARM_VCPU_PVTIME_IPA,
				     &gpa);

	vmm->vcpus[id] = vcpu;
}

void create_vm(struct vmm *vmm, u64 features)
{
	struct kvm_vm *vm = vm_create(NR_VCPUS);
	struct kvm_vcpu_init init;
	int i, irq = PMU_PPI;

	vmm->vm = vm;
	vmm->tells = opt_in(vm);

	vm_userspace_mem_region_add(vm, VM_MEM_SRC_ANONYMOUS, RAM_GPA, RAM_SLOT,
				    RAM_SIZE / vm->page_size, 0);

	kvm_get_default_vcpu_target(vm, &init);
	init.features[0] |= BIT(KVM_ARM_VCPU_PSCI_0_2) | features;
	if (vm_check_cap(vm, KVM_CAP_ARM_PMU_V3))
		init.features[0] |= BIT(KVM_ARM_VCPU_PMU_V3);
	vmm->features = init.features[0];
	for (i = 0; i < NR_VCPUS; i++)
		add_vcpu(vmm, init, i);

	kvm_arch_vm_finalize_vcpus(vm);

	for (i = 0; i < NR_VCPUS && vmm->features & BIT(KVM_ARM_VCPU_PMU_V3); i++) {
		vcpu_device_attr_set(vmm->vcpus[i], KVM_ARM_VCPU_PMU_V3_CTRL,
				     KVM_ARM_VCPU_PMU_V3_IRQ, &irq);
		vcpu_device_attr_set(vmm->vcpus[i], KVM_ARM_VCPU_PMU_V3_CTRL,
				     KVM_ARM_VCPU_PMU_V3_INIT, NULL);
	}
}

/* Vectors of at most 16 * @max_vq bytes */
void limit_vectors(struct vmm *vmm, int max_vq)
{
	u64 vls[KVM_ARM64_SVE_VLS_WORDS];
	struct kvm_one_reg reg = { .id = KVM_REG_ARM64_SVE_VLS, .addr = (u64)vls };
	int i, vq;

	for (i = 0; i < NR_VCPUS; i++) {
		vcpu_ioctl(vmm->vcpus[i], KVM_GET_ONE_REG, &reg);
		for (vq = max_vq + 1; vq <= KVM_ARM64_SVE_VQ_MAX; vq++)
			vls[(vq - 1) / 64] &= ~BIT_ULL((vq - 1) % 64);
		vcpu_ioctl(vmm->vcpus[i], KVM_SET_ONE_REG, &reg);
	}
}

/* After the features are as they should be, before any other register is set */
void finalize_vcpus(struct vmm *vmm)
{
	int i, sve = KVM_ARM_VCPU_SVE;

	for (i = 0; i < NR_VCPUS && vmm->features & BIT(KVM_ARM_VCPU_SVE); i++)
		vcpu_ioctl(vmm->vcpus[i], KVM_ARM_VCPU_FINALIZE, &sve);
}

/* Have KVM change the registers that it does at the first run, without running the guest */
void first_run(struct vmm *vmm)
{
	int i;

	/* No I/O is pending, but this is a KVM_RUN with immediate_exit */
	for (i = 0; i < NR_VCPUS; i++)
		vcpu_run_complete_io(vmm->vcpus[i]);
}

/* As the guest wants to be started: see payload/arm64.c */
void boot(struct vmm *vmm, const char *name)
{
	struct kvm_vcpu *vcpu = vmm->vcpus[0];
	size_t max = STEAL_TIME_GPA - IMAGE_GPA;
	FILE *file = fopen(name, "rb");

	if (!file || !fread(addr_gpa2hva(vmm->vm, IMAGE_GPA), 1, max, file))
		refuse_all("%s: %s", name, strerror(errno));
	fclose(file);

	vcpu_set_reg(vcpu, ARM64_CORE_REG(regs.pc), IMAGE_GPA);
	vcpu_set_reg(vcpu, ARM64_CORE_REG(regs.regs[0]), 0);
	vcpu_set_reg(vcpu, ARM64_CORE_REG(regs.regs[1]), GICD_BASE_GPA);
	vcpu_set_reg(vcpu, ARM64_CORE_REG(regs.regs[2]), GICR_BASE_GPA);
	vcpu_set_reg(vcpu, ARM64_CORE_REG(regs.regs[3]), vmm->its ? GITS_BASE_GPA : 0);
}

static void hear(struct heard *heard, char c)
{
	putchar(c);
	if (c != '\n') {
		if (heard->len < sizeof(heard->line) - 1)
			heard->line[heard->len++] = c;
		return;
	}

	heard->line[heard->len] = '\0';
	heard->len = 0;
	if (!strcmp(heard->line, "probe"))
		heard->probe = true;
	else if (!strcmp(heard->line, "end"))
		heard->end = heard->probe;
	else if (!strncmp(heard->line, "tick ", 5))
		heard->ticks += heard->end;
}

/* While the guest runs */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t over;
	struct heard *heard;
	int ticks;
	bool stop;
} running = { .lock = PTHREAD_MUTEX_INITIALIZER, .over = PTHREAD_COND_INITIALIZER };

static void handle_exit(struct kvm_vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;

	TEST_ASSERT_KVM_EXIT_REASON(vcpu, KVM_EXIT_MMIO);

	pthread_mutex_lock(&running.lock);
	if (!run->mmio.is_write)
		memset(run->mmio.data, 0, sizeof(run->mmio.data));
	else if (run->mmio.phys_addr == UART_GPA)
		hear(running.heard, run->mmio.data[0]);
	if (running.heard->ticks >= running.ticks) {
		running.stop = true;
		pthread_cond_signal(&running.over);
	}
	pthread_mutex_unlock(&running.lock);
}

/* A vCPU that is off sleeps in KVM until another one switches it on */
static void *run_vcpu(void *arg)
{
	struct kvm_vcpu *vcpu = arg;
	int ret;

	while (!READ_ONCE(running.stop)) {
		ret = __vcpu_run(vcpu);
		TEST_ASSERT(!ret || errno == EINTR, KVM_IOCTL_ERROR(KVM_RUN, ret));
		if (!ret)
			handle_exit(vcpu);
	}
	vcpu_run_complete_io(vcpu);

	return NULL;
}

static void kicked(int sig)
{
}

/* Lets the guest run until it has said @ticks ticks behind a record */
void run_guest(struct vmm *vmm, struct heard *heard, int ticks)
{
	pthread_t threads[NR_VCPUS];
	int i;

	sigaction(SIGUSR1, &(struct sigaction) { .sa_handler = kicked }, NULL);
	running.heard = heard;
	running.ticks = ticks;
	running.stop = false;

	for (i = 0; i < NR_VCPUS; i++)
		pthread_create(&threads[i], NULL, run_vcpu, vmm->vcpus[i]);

	pthread_mutex_lock(&running.lock);
	while (!running.stop)
		pthread_cond_wait(&running.over, &running.lock);
	pthread_mutex_unlock(&running.lock);

	/* One that is about to call KVM_RUN returns at once by immediate_exit */
	for (i = 0; i < NR_VCPUS; i++) {
		vmm->vcpus[i]->run->immediate_exit = 1;
		pthread_kill(threads[i], SIGUSR1);
		pthread_join(threads[i], NULL);
		vmm->vcpus[i]->run->immediate_exit = 0;
	}
	fflush(stdout);
}
