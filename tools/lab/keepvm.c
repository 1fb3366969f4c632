// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keep a VM, without vCPUs, for as long as the machine is up.
 *
 * With its first VM and after its last, KVM patches a branch into the scheduler and
 * out again (preempt_notifier_key), which in a test with one VM at a time is hundreds
 * of times a minute. Under QEMU 7.2 a CPU now and then seems to go on without the
 * branch, and the vCPU that it switches to is not loaded. Seen on O and N: a warning
 * in mark_page_dirty_in_slot(), since no vCPU is said to be running.
 */
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

int main(void)
{
	int kvm = open("/dev/kvm", O_RDWR);

	if (kvm < 0 || ioctl(kvm, KVM_CREATE_VM, 0) < 0) {
		perror("keepvm");
		return 1;
	}
	for (;;)
		pause();
}
