/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of hcid_vmm share: see hcid_vmm.c */
#ifndef HCID_VMM_H
#define HCID_VMM_H

#include "../profiles.h"	/* of kvm_feat, and its names for registers: */
#undef ARRAY_SIZE	/* kselftest has its own */

#include <linux/sizes.h>

#include "kvm_util.h"
#include "reg_stream.h"

/* The first one, and one for each way in which the guest starts another: see payload/cpus.c */
#define NR_VCPUS	4

#define RAM_GPA		0x40000000
#define RAM_SIZE	SZ_2M
#define RAM_SLOT	1
#define IMAGE_GPA	(RAM_GPA + 0x80000)
#define STEAL_TIME_GPA	(RAM_GPA + RAM_SIZE - NR_VCPUS * SZ_64K)

#define EXIT_REFUSED	3
#define EXIT_USAGE	5

#define refuse(fmt, ...)					\
do {								\
	fprintf(stderr, "refused: " fmt "\n", ##__VA_ARGS__);	\
	exit(EXIT_REFUSED);					\
} while (0)

/* No register is to blame */
#define refuse_all(fmt, ...)	refuse("- " fmt, ##__VA_ARGS__)

struct vmm {
	struct kvm_vm *vm;
	struct kvm_vcpu *vcpus[NR_VCPUS];
	u64 features;	/* of the vCPUs */
	int its;	/* its file, 0 for none */
	bool tells;	/* this kernel tells classes */
	bool by_print;	/* save and restore by the code that migration.rst prints */
	const char *loses;	/* what a restore forgets, as a VMM with that bug */
	struct reg_report report;
};

static inline bool vmm_loses(struct vmm *vmm, const char *what)
{
	return vmm->loses && !strcmp(vmm->loses, what);
}

/* vcpus.c: the VM, and its guest while it runs */
void create_vm(struct vmm *vmm, u64 features);
void limit_vectors(struct vmm *vmm, int max_vq);
void finalize_vcpus(struct vmm *vmm);
void first_run(struct vmm *vmm);
void boot(struct vmm *vmm, const char *image);

/* What the guest has said since */
struct heard {
	char line[80];
	size_t len;
	bool probe, end;	/* a whole record */
	int ticks;		/* behind it */
};

void run_guest(struct vmm *vmm, struct heard *heard, int ticks);

/* file.c: a file, or a section of it, while it is put together or taken apart */
struct buffer {
	u8 *data;
	size_t size, pos;
};

void put(struct buffer *buf, const void *data, size_t size);
void put_u64(struct buffer *buf, u64 val);
void put_section(struct buffer *file, const char *name, struct buffer *section);
void write_file(const char *name, struct buffer *file);

const void *get(struct buffer *buf, size_t size);
u64 get_u64(struct buffer *buf);
void get_end(struct buffer *buf);
bool get_section(struct buffer *file, const char *name, struct buffer *section);
void drop_section(struct buffer *file, const char *name);
void read_file(const char *name, struct buffer *file);

/* facts.c: what a guest sees, or uses, of its host, and no register of KVM's governs */
void put_facts(struct buffer *file, struct vmm *vmm);
void check_facts(struct buffer *file, struct vmm *vmm);
void change_fact(struct buffer *file, const char *change);

/* devices.c: attributes of devices that a guest sees; a profile may have some of them */
struct devices {
	bool has[NR_DEVICES];
	u64 val[NR_DEVICES];
};

void put_devices(struct buffer *file, struct vmm *vmm);
void get_devices(struct buffer *file, struct devices *devices);
void set_devices(struct vmm *vmm, const struct devices *devices);

/* gic.c */
void put_gic(struct buffer *file, struct vmm *vmm);
void get_gic(struct buffer *file, struct vmm *vmm);

/* its.c: does nothing if the VM has none */
void create_its(struct vmm *vmm);
void put_its(struct buffer *file, struct vmm *vmm);
void get_its(struct buffer *file, struct vmm *vmm);

/* memory.c */
void put_memory(struct buffer *file, struct vmm *vmm);
void get_memory(struct buffer *file, struct vmm *vmm);

/* rule.c: the registers of the vCPUs, and the profile that they start with */
void accept_register(struct vmm *vmm, const char *name);
void read_profile(const char *name, struct reg_stream *stream, struct devices *devices);
void apply_profile(struct vmm *vmm, const struct reg_stream *profile);
void check_profile(struct vmm *vmm, const struct reg_stream *profile);
void set_all_services(struct vmm *vmm);
void put_vcpus(struct buffer *file, struct vmm *vmm);
void get_vcpus(struct buffer *file, struct reg_stream streams[NR_VCPUS],
	       struct kvm_mp_state states[NR_VCPUS]);
void restore_vcpus(struct vmm *vmm, struct reg_stream streams[NR_VCPUS], struct buffer *file);
void print_report(struct vmm *vmm, const struct reg_stream streams[NR_VCPUS]);
const char *stream_value(const struct reg_stream streams[NR_VCPUS], u64 id, char *hex);

#endif
