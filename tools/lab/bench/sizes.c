// SPDX-License-Identifier: GPL-2.0-only
/*
 * Compiled with the flags of KVM, never linked: the symbols' sizes are the
 * structures'.
 */
#include <linux/kvm_host.h>

char size_kvm[sizeof(struct kvm)];
char size_kvm_vcpu[sizeof(struct kvm_vcpu)];
