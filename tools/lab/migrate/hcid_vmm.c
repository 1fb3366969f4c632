// SPDX-License-Identifier: GPL-2.0-only
/*
 * hcid_vmm - A VMM that saves a VM to a file and restores it, maybe on another
 * kernel, by the rule in Documentation/virt/kvm/arm/migration.rst.
 *
 * The guest is payload.c, an arm64 Linux image or a program in AArch32: what it says goes
 * to standard output. A save lets it write down a whole record of what it sees, and go on for two ticks
 * behind the line "saved"; a restore lets it write another one. A relay is a restore, and
 * a save of what it has restored. Comparing records is left to others. The exit status
 * tells how it went:
 *
 *   0    the guest ran on
 *   3    the file, the profile, a register or an attribute of a device in them was
 *        refused, or reads back as something else; they are named on standard error
 *   4    skipped: there is no usable KVM
 *   5    wrong usage; not 2, which kselftest takes for an expected failure
 *   254  a test assertion failed
 *
 * The file is of the machine's own endianness, and consists of:
 *
 *   struct file_header
 *   u64 page_size, vcpu_features, nr_vcpus
 *   u64 facts[NR_FACTS], from version 5 on
 *   u64 device_attributes[NR_DEVICES], 0 for one of a device that the VM does not have
 *   per vCPU:
 *     u64 classed, nr_regs
 *     per register: u64 id, class; u8 value[size, as the ID says]
 *   u64 nr_pages
 *   per page of guest memory that is not zero: u64 gpa; u8 data[page_size]
 */
#include <getopt.h>
#include <linux/sizes.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "printed.h"
#include "profiles.h"	/* of kvm_feat, and its names for registers: */
#include "corrected.h"
#undef ARRAY_SIZE	/* kselftest has its own */

#include <linux/bitfield.h>
#include <perf/arm_pmuv3.h>

#include "kvm_util.h"
#include "gic.h"
#include "gic_v3.h"
#include "probe_vm.h"
#include "processor.h"
#include "reg_stream.h"
#include "test_util.h"

/* The second one is never started: what belongs to the VM must not depend on it */
#define NR_VCPUS	2

#define RAM_GPA		0x40000000
#define RAM_SIZE	SZ_2M
#define RAM_SLOT	1
#define IMAGE_GPA	(RAM_GPA + 0x80000)
#define STEAL_TIME_GPA	(RAM_GPA + RAM_SIZE - NR_VCPUS * SZ_64K)
#define UART_GPA	0x09000000	/* a PL011 that is always ready */
#define PMU_PPI		23

#define EXIT_REFUSED	3
#define EXIT_USAGE	5

#define FILE_MAGIC	"KVM-HCID"
#define FILE_ENDIAN	0x01020304U
#define FILE_VERSION	5
#define NO_FACTS	4	/* the last version without */

struct file_header {
	char magic[8];
	u32 endian;
	u32 version;
	u64 size;	/* of what follows the header */
	u64 checksum;	/* of what follows the header: FNV-1a */
};

/* A file, while it is put together or taken apart */
struct buffer {
	u8 *data;
	size_t size, pos;
};

#define refuse(fmt, ...)					\
do {								\
	fprintf(stderr, "refused: " fmt "\n", ##__VA_ARGS__);	\
	exit(EXIT_REFUSED);					\
} while (0)

/* No register is to blame */
#define refuse_all(fmt, ...)	refuse("- " fmt, ##__VA_ARGS__)

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

/* Of what a profile has, and where neither kernel tells: kvm_feat's table */
static u64 builtin_class(u64 id)
{
	return (u64)regs_class(id) << 32;
}

#define MAX_ACCEPTED	16

static bool aarch32;

static u64 accepted[MAX_ACCEPTED];
static struct reg_report report = { .accept = accepted };

static const char *stream_value(const struct reg_stream *streams, u64 id, char *hex)
{
	__u64 val[PROFILE_WORDS] = {};	/* what a stream lacks is absent */
	const struct reg_stream_reg *reg;
	int i;

	for (i = 0; i < NR_VCPUS; i++) {
		reg = reg_stream_find(&streams[i], id);
		if (reg) {
			memcpy(val, reg->val, min_t(size_t, sizeof(val), KVM_REG_SIZE(id)));
			break;
		}
	}

	return profile_hex(hex, val);
}

static bool is_accepted(u64 id)
{
	u32 i;

	for (i = 0; i < report.nr_accept; i++) {
		if (accepted[i] == id)
			return true;
	}

	return false;
}

/* Says how the restore went, what ended it as every VMM of the lab says it */
static void print_report(const struct reg_stream *streams)
{
	const struct reg_event *event = report.events;
	char name[REGS_NAME_LEN], hex[PROFILE_HEX_LEN];

	for (; event < report.events + report.nr; event++) {
		regs_name(name, sizeof(name), event->id);

		switch (event->verdict) {
		case REG_REFUSED:
			fprintf(stderr, "refused: %s %s: %s\n", name,
				stream_value(streams, event->id, hex), strerror(-event->err));
			break;
		case REG_DIFFERS:
			fprintf(stderr, "%s: %s 0x%lx: reads back as 0x%lx\n",
				is_accepted(event->id) ? "accepted" : "refused", name,
				event->wrote, event->read);
			break;
		case REG_CORRECTED:
			if (report.strict && !is_accepted(event->id))
				fprintf(stderr, "refused: %s 0x%lx: corrected to 0x%lx\n", name,
					event->wrote, event->read);
			else
				print_corrected(event->id, event->wrote, event->read);
			break;
		case REG_BETTER:
			fprintf(stderr, "better: %s 0x%lx: reads back as 0x%lx\n", name,
				event->wrote, event->read);
			break;
		case REG_DROPPED:
			fprintf(stderr, "dropped: %s 0x0: this kernel has no such register\n", name);
			break;
		case REG_LEFT:
			fprintf(stderr, "left: %s: not in the stream\n", name);
			break;
		case REG_RESET:
			fprintf(stderr, "reset: %s: not in the stream\n", name);
			break;
		}
	}
}

/* @ret: of a step of the restore, negative if that is where it ends */
static void end_if(int ret, const struct reg_stream *streams)
{
	if (!ret)
		return;

	print_report(streams);
	exit(EXIT_REFUSED);
}

static u64 checksum(const u8 *data, size_t size)
{
	u64 sum = 0xcbf29ce484222325ULL;

	while (size--)
		sum = (sum ^ *data++) * 0x100000001b3ULL;

	return sum;
}

static void put(struct buffer *buf, const void *data, size_t size)
{
	while (buf->pos + size > buf->size) {
		buf->size = buf->size ? 2 * buf->size : 1 << 20;
		buf->data = realloc(buf->data, buf->size);
		TEST_ASSERT(buf->data, "Out of memory");
	}

	memcpy(buf->data + buf->pos, data, size);
	buf->pos += size;
}

static void put_u64(struct buffer *buf, u64 val)
{
	put(buf, &val, sizeof(val));
}

static const void *get(struct buffer *buf, size_t size)
{
	const void *data = buf->data + buf->pos;

	if (size > buf->size - buf->pos)
		refuse_all("the file ends in the middle of something");

	buf->pos += size;
	return data;
}

static u64 get_u64(struct buffer *buf)
{
	u64 val;

	memcpy(&val, get(buf, sizeof(val)), sizeof(val));
	return val;
}

static void write_file(const char *name, struct buffer *buf)
{
	struct file_header hdr = {
		.magic = FILE_MAGIC,
		.endian = FILE_ENDIAN,
		.version = FILE_VERSION,
		.size = buf->pos,
		.checksum = checksum(buf->data, buf->pos),
	};
	FILE *file = fopen(name, "wb");

	if (!file || fwrite(&hdr, sizeof(hdr), 1, file) != 1 ||
	    fwrite(buf->data, buf->pos, 1, file) != 1 || fclose(file))
		refuse_all("%s: %s", name, strerror(errno));
}

/* Nothing is done with a file before all of it is known to be good. Returns its version. */
static u32 read_file(const char *name, struct buffer *buf)
{
	struct file_header hdr;
	FILE *file = fopen(name, "rb");
	struct stat st;

	if (!file || fstat(fileno(file), &st))
		refuse_all("%s: %s", name, strerror(errno));

	if (fread(&hdr, sizeof(hdr), 1, file) != 1)
		refuse_all("%s is too short for a header", name);
	if (memcmp(hdr.magic, FILE_MAGIC, sizeof(hdr.magic)))
		refuse_all("%s is not a saved VM", name);
	if (hdr.endian == __builtin_bswap32(FILE_ENDIAN))
		refuse_all("%s is of the other endianness", name);
	if (hdr.endian != FILE_ENDIAN)
		refuse_all("%s is of an unknown endianness", name);
	if (hdr.version != FILE_VERSION && hdr.version != NO_FACTS)
		refuse_all("%s is of version %u, wanted %u", name, hdr.version, FILE_VERSION);
	if (hdr.size != st.st_size - sizeof(hdr))
		refuse_all("%s has %lu bytes, wanted %lu: truncated?", name,
		       st.st_size - sizeof(hdr), hdr.size);

	*buf = (struct buffer) { .data = malloc(hdr.size), .size = hdr.size };
	if (!buf->data || fread(buf->data, 1, hdr.size, file) != hdr.size)
		refuse_all("%s cannot be read", name);
	if (checksum(buf->data, buf->size) != hdr.checksum)
		refuse_all("%s is corrupted: wrong checksum", name);

	fclose(file);
	return hdr.version;
}

/* What a guest sees, or uses, of its host, and no register of KVM's governs */
enum fact { FACT_CNTFRQ, FACT_DCZID, FACT_IPA_SIZE, NR_FACTS };

static const char * const fact_names[NR_FACTS] = {
	[FACT_CNTFRQ] = "CNTFRQ_EL0",
	[FACT_DCZID] = "DCZID_EL0",
	[FACT_IPA_SIZE] = "IPA_SIZE",
};

static void read_facts(struct kvm_vm *vm, u64 facts[NR_FACTS])
{
	facts[FACT_CNTFRQ] = read_sysreg(cntfrq_el0);
	facts[FACT_DCZID] = read_sysreg(dczid_el0);
	facts[FACT_IPA_SIZE] = vm->pa_bits;
}

/* Of another host: the IPA size is a limit, the others must be the same */
static void check_facts(struct kvm_vm *vm, struct buffer *buf)
{
	u64 here[NR_FACTS], there;
	bool refused = false;
	int i;

	read_facts(vm, here);
	for (i = 0; i < NR_FACTS; i++) {
		there = get_u64(buf);
		if (here[i] == there || (i == FACT_IPA_SIZE && here[i] > there))
			continue;

		fprintf(stderr, "refused: %s 0x%lx: this host has 0x%lx\n", fact_names[i], there,
			here[i]);
		refused = true;
	}

	if (refused)
		exit(EXIT_REFUSED);
}

static void warn_of_facts(void)
{
	int i;

	for (i = 0; i < NR_FACTS; i++)
		fprintf(stderr, "warning: %s is not in the stream: not compared\n", fact_names[i]);
}

/* Attributes of devices that a guest sees: a profile may have some of them */
struct devices {
	bool has[NR_DEVICES];
	u64 val[NR_DEVICES];
};

static void read_device(struct probe_vm *pvm, int device, u64 *val)
{
	int gic = pvm->vm->arch.gic_fd;

	*val = 0;
	switch (device) {
	case DEVICE_GICD_IIDR:
		kvm_device_attr_get(gic, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, GICD_IIDR, val);
		break;
	case DEVICE_GICD_TYPER2:
		kvm_device_attr_get(gic, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, GICD_TYPER2, val);
		break;
	case DEVICE_ICC_CTLR:
		/* Less what is the guest's to change */
		kvm_device_attr_get(gic, KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS,
				    SYS_ICC_CTLR_EL1 >> Op2_shift, val);
		*val &= GENMASK(15, 8);
		break;
	case DEVICE_PMU_COUNTERS:
		*val = FIELD_GET(ARMV8_PMU_PMCR_N,
				 vcpu_get_reg(pvm->vcpus[0], KVM_ARM64_SYS_REG(SYS_PMCR_EL0)));
		break;
	}
}

/* What cannot be set, or is refused, reads back as something else */
static void set_device(struct probe_vm *pvm, int device, u64 val)
{
	u64 pmcr;
	int i;

	switch (device) {
	case DEVICE_GICD_IIDR:
		__kvm_device_attr_set(pvm->vm->arch.gic_fd, KVM_DEV_ARM_VGIC_GRP_DIST_REGS,
				      GICD_IIDR, &val);
		break;
	case DEVICE_PMU_COUNTERS:
		for (i = 0; i < pvm->nr_vcpus; i++) {
			pmcr = vcpu_get_reg(pvm->vcpus[i], KVM_ARM64_SYS_REG(SYS_PMCR_EL0));
			pmcr = u64_replace_bits(pmcr, val, ARMV8_PMU_PMCR_N);
			__vcpu_set_reg(pvm->vcpus[i], KVM_ARM64_SYS_REG(SYS_PMCR_EL0), pmcr);
		}
		break;
	}
}

static bool has_device(struct probe_vm *pvm, int device)
{
	return device != DEVICE_PMU_COUNTERS ||
	       pvm->vcpus[0]->init.features[0] & BIT(KVM_ARM_VCPU_PMU_V3);
}

/* Before the registers: what those are depends on it */
static void set_devices(struct probe_vm *pvm, const struct devices *devices)
{
	char name[REGS_NAME_LEN];
	bool refused = false;
	u64 val;
	int i;

	for (i = 0; i < NR_DEVICES; i++) {
		if (!devices->has[i] || !has_device(pvm, i))
			continue;

		set_device(pvm, i, devices->val[i]);
		read_device(pvm, i, &val);
		if (val == devices->val[i])
			continue;

		fprintf(stderr, "refused: %s 0x%lx: reads back as 0x%lx\n",
			regs_name(name, sizeof(name), REG_DEVICE(i)), devices->val[i], val);
		refused = true;
	}

	if (refused)
		exit(EXIT_REFUSED);
}

static bool is_zero_page(const u8 *page, size_t size)
{
	return !page[0] && !memcmp(page, page + 1, size - 1);
}

static void put_memory(struct buffer *buf, struct kvm_vm *vm)
{
	const u8 *ram = addr_gpa2hva(vm, RAM_GPA);
	u64 offset, gpa, nr_pages = 0;
	size_t nr_pos = buf->pos;

	put_u64(buf, 0);

	for (offset = 0; offset < RAM_SIZE; offset += vm->page_size) {
		if (is_zero_page(ram + offset, vm->page_size))
			continue;

		gpa = RAM_GPA + offset;
		put_u64(buf, gpa);
		put(buf, ram + offset, vm->page_size);
		nr_pages++;
	}

	memcpy(buf->data + nr_pos, &nr_pages, sizeof(nr_pages));
}

static void get_memory(struct buffer *buf, struct kvm_vm *vm)
{
	u64 nr_pages = get_u64(buf), offset;
	u8 *ram = addr_gpa2hva(vm, RAM_GPA);

	while (nr_pages--) {
		offset = get_u64(buf) - RAM_GPA;
		if (offset >= RAM_SIZE || offset % vm->page_size)
			refuse_all("there is no memory at 0x%lx", RAM_GPA + offset);
		memcpy(ram + offset, get(buf, vm->page_size), vm->page_size);
	}

	if (buf->pos != buf->size)
		refuse_all("the file goes on after its end");
}

static void put_stream(struct buffer *buf, const struct reg_stream *stream)
{
	const struct reg_stream_reg *reg;

	put_u64(buf, stream->classed);
	put_u64(buf, stream->nr);

	for (reg = stream->regs; reg < stream->regs + stream->nr; reg++) {
		put_u64(buf, reg->id);
		put_u64(buf, reg->class);
		put(buf, reg->val, KVM_REG_SIZE(reg->id));
	}
}

static void get_stream(struct buffer *buf, struct reg_stream *stream)
{
	u64 nr, id, class;

	*stream = (struct reg_stream) { .classed = get_u64(buf) };
	nr = get_u64(buf);

	while (nr--) {
		id = get_u64(buf);
		class = get_u64(buf);
		if (KVM_REG_SIZE(id) > REG_STREAM_MAX_SIZE)
			refuse_all("register 0x%lx is too big", id);
		reg_stream_add(stream, id, class, get(buf, KVM_REG_SIZE(id)));
	}
}

/* In which order to write them: what a firmware register takes depends on the others */
static int stage(u64 id)
{
	if (!(builtin_class(id) & KVM_REG_LIST_FEATURE))
		return 4;
	if (id == KVM_REG_ARM64_SVE_VLS)
		return 0;

	switch (id & KVM_REG_ARM_COPROC_MASK) {
	case KVM_REG_ARM64_SYSREG:
		return 1;
	case KVM_REG_ARM_DEMUX:
		return 2;
	default:
		return 3;
	}
}

static bool is_listed(const struct kvm_reg_list *list, u64 id)
{
	u64 i;

	for (i = 0; i < list->n; i++) {
		if (list->reg[i] == id)
			return true;
	}

	return false;
}

/* Listed where it was saved, not here, and the guest has never had it */
static bool is_mistake(const struct kvm_reg_list *list, const struct reg_stream_reg *reg)
{
	__u64 reset;

	return regs_listed_by_mistake(reg->id, &reset) && !is_listed(list, reg->id) &&
	       !memcmp(reg->val, &reset, sizeof(reset));
}

/* Neither kernel tells classes: put them into the stream, by kvm_feat's tables */
static void classify(struct kvm_vcpu *vcpu, struct reg_stream *stream)
{
	struct kvm_reg_list *list = vcpu_get_filtered_reg_list(vcpu, 0);
	struct reg_stream classed = { .classed = true };
	const struct reg_stream_reg *reg;
	char name[REGS_NAME_LEN];
	int pass;

	for (pass = 0; pass <= 4; pass++) {
		for (reg = stream->regs; reg < stream->regs + stream->nr; reg++) {
			if (stage(reg->id) != pass)
				continue;

			if (is_mistake(list, reg)) {
				fprintf(stderr, "dropped: %s 0x%lx: listed by mistake where it was saved\n",
					regs_name(name, sizeof(name), reg->id), *(u64 *)reg->val);
				continue;
			}

			reg_stream_add(&classed, reg->id, builtin_class(reg->id), reg->val);
		}
	}

	reg_stream_free(stream);
	*stream = classed;
	free(list);
}

/* A profile is in the order to write it, and what is in it is a feature */
static void read_profile(const char *name, struct reg_stream *stream, struct devices *devices)
{
	const struct profile_reg *reg;
	struct profile profile;
	char err[256];
	u64 class;

	if (profile_load(&profile, name, err, sizeof(err)))
		refuse_all("%s", err);

	*stream = (struct reg_stream) { .classed = true };
	for (reg = profile.regs; reg < profile.regs + profile.nr; reg++) {
		if (regs_is_device(reg->id)) {
			devices->has[reg->id - REG_ID_DEVICE] = true;
			devices->val[reg->id - REG_ID_DEVICE] = reg->val[0];
			continue;
		}

		/* What it says of its host is no register */
		if ((reg->id & KVM_REG_ARCH_MASK) != KVM_REG_ARM64)
			continue;

		class = (builtin_class(reg->id) & KVM_REG_LIST_VM) | KVM_REG_LIST_FEATURE;
		if (reg->optional)
			class |= KVM_REG_LIST_OPTIONAL;

		reg_stream_add(stream, reg->id, class, reg->val);
	}

	profile_free(&profile);
}

static void add_vcpu(struct probe_vm *pvm, struct kvm_vcpu_init init, int id)
{
	struct kvm_vcpu *vcpu = __vm_vcpu_add(pvm->vm, id);
	u64 gpa = STEAL_TIME_GPA + id * SZ_64K;

	if (id)
		init.features[0] |= BIT(KVM_ARM_VCPU_POWER_OFF);
	vcpu_ioctl(vcpu, KVM_ARM_VCPU_INIT, &init);
	vcpu->init = init;

	if (!__vcpu_has_device_attr(vcpu, KVM_ARM_VCPU_PVTIME_CTRL, KVM_ARM_VCPU_PVTIME_IPA))
		vcpu_device_attr_set(vcpu, KVM_ARM_VCPU_PVTIME_CTRL, KVM_ARM_VCPU_PVTIME_IPA,
				     &gpa);

	pvm->vcpus[id] = vcpu;
}

static bool by_print;	/* by the code that migration.rst prints */
static bool tells;	/* this kernel tells classes */

static const struct printed_vcpu *printed_vcpus(struct probe_vm *pvm)
{
	static struct printed_vcpu vcpus[NR_VCPUS];
	int i;

	for (i = 0; i < NR_VCPUS; i++)
		vcpus[i] = (struct printed_vcpu) { pvm->vcpus[i]->fd, pvm->vcpus[i]->run };

	return vcpus;
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

/* Turn on whatever KVM_ARM_HCID_RANGE has, without knowing any of it */
static void set_all_services(struct kvm_vcpu *vcpu)
{
	static const int owners[] = { 0, 4, 5, 6 };
	u64 masks[KVM_ARM_HCID_RANGE_SIZE];
	struct reg_mask_range range = { .addr = (u64)masks, .range = KVM_ARM_HCID_RANGE };
	int i;

	vm_ioctl(vcpu->vm, KVM_ARM_GET_REG_WRITABLE_MASKS, &range);
	for (i = 0; i < ARRAY_SIZE(masks); i++)
		vcpu_set_reg(vcpu, KVM_REG_ARM_HCID(owners[i / 8], i % 8), masks[i]);
}

static void create(struct probe_vm *pvm)
{
	struct kvm_vm *vm = vm_create(NR_VCPUS);
	struct kvm_vcpu_init init;
	int i, irq = PMU_PPI;

	*pvm = (struct probe_vm) { .vm = vm, .nr_vcpus = NR_VCPUS };
	tells = opt_in(vm);

	vm_userspace_mem_region_add(vm, VM_MEM_SRC_ANONYMOUS, RAM_GPA, RAM_SLOT,
				    RAM_SIZE / vm->page_size, 0);

	kvm_get_default_vcpu_target(vm, &init);
	init.features[0] |= BIT(KVM_ARM_VCPU_PSCI_0_2);
	if (aarch32)
		init.features[0] |= BIT(KVM_ARM_VCPU_EL1_32BIT);
	if (vm_check_cap(vm, KVM_CAP_ARM_PMU_V3))
		init.features[0] |= BIT(KVM_ARM_VCPU_PMU_V3);
	for (i = 0; i < NR_VCPUS; i++)
		add_vcpu(pvm, init, i);

	kvm_arch_vm_finalize_vcpus(vm);

	for (i = 0; i < NR_VCPUS && init.features[0] & BIT(KVM_ARM_VCPU_PMU_V3); i++) {
		vcpu_device_attr_set(pvm->vcpus[i], KVM_ARM_VCPU_PMU_V3_CTRL,
				     KVM_ARM_VCPU_PMU_V3_IRQ, &irq);
		vcpu_device_attr_set(pvm->vcpus[i], KVM_ARM_VCPU_PMU_V3_CTRL,
				     KVM_ARM_VCPU_PMU_V3_INIT, NULL);
	}

}

/* As payload.c wants to be started */
static void boot(struct probe_vm *pvm, const char *name)
{
	struct kvm_vcpu *vcpu = pvm->vcpus[0];
	size_t max = STEAL_TIME_GPA - IMAGE_GPA;
	FILE *file = fopen(name, "rb");

	if (!file || !fread(addr_gpa2hva(pvm->vm, IMAGE_GPA), 1, max, file))
		refuse_all("%s: %s", name, strerror(errno));
	fclose(file);

	vcpu_set_reg(vcpu, ARM64_CORE_REG(regs.pc), IMAGE_GPA);
	vcpu_set_reg(vcpu, ARM64_CORE_REG(regs.regs[0]), 0);
	vcpu_set_reg(vcpu, ARM64_CORE_REG(regs.regs[1]), GICD_BASE_GPA);
	vcpu_set_reg(vcpu, ARM64_CORE_REG(regs.regs[2]), GICR_BASE_GPA);
	vcpu_set_reg(vcpu, ARM64_CORE_REG(regs.regs[3]), 0);
}

/* What the guest has said since */
struct heard {
	char line[80];
	size_t len;
	bool probe, end;	/* a whole record */
	int ticks;		/* behind it */
};

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

/* Lets the guest run until it has said @ticks ticks behind a record */
static void run(struct probe_vm *pvm, struct heard *heard, int ticks)
{
	struct kvm_vcpu *vcpu = pvm->vcpus[0];
	struct kvm_run *kvm_run = vcpu->run;

	while (heard->ticks < ticks) {
		vcpu_run(vcpu);
		TEST_ASSERT_KVM_EXIT_REASON(vcpu, KVM_EXIT_MMIO);
		if (!kvm_run->mmio.is_write)
			memset(kvm_run->mmio.data, 0, sizeof(kvm_run->mmio.data));
		else if (kvm_run->mmio.phys_addr == UART_GPA)
			hear(heard, kvm_run->mmio.data[0]);
	}
	vcpu_run_complete_io(vcpu);
	fflush(stdout);
}

static void apply_profile(struct probe_vm *pvm, const struct reg_stream *profile)
{
	int i, err, ret = 0;

	for (i = 0; i < pvm->nr_vcpus; i++) {
		err = reg_stream_restore_features(pvm->vcpus[i], profile, &report);
		ret = ret ?: err;
	}
	end_if(ret, (struct reg_stream [NR_VCPUS]) { *profile });
}

static void check_profile(struct probe_vm *pvm, const struct reg_stream *profile)
{
	int i, err, ret = 0;

	for (i = 0; i < pvm->nr_vcpus; i++) {
		err = reg_stream_check(pvm->vcpus[i], profile, &report);
		ret = ret ?: err;
	}
	end_if(ret, (struct reg_stream [NR_VCPUS]) { *profile });
}

/* Saves a VM whose guest has written down a record, and lets it go on */
static void write_vm(const char *name, struct probe_vm *pvm, struct heard *heard)
{
	struct reg_stream streams[PROBE_VM_MAX_VCPUS] = {};
	struct buffer buf = {};
	u64 facts[NR_FACTS], val;
	int i, err;

	put_u64(&buf, pvm->vm->page_size);
	put_u64(&buf, pvm->vcpus[0]->init.features[0]);
	put_u64(&buf, pvm->nr_vcpus);
	read_facts(pvm->vm, facts);
	for (i = 0; i < NR_FACTS; i++)
		put_u64(&buf, facts[i]);
	for (i = 0; i < NR_DEVICES; i++) {
		if (has_device(pvm, i))
			read_device(pvm, i, &val);
		else
			val = 0;
		put_u64(&buf, val);
	}

	if (by_print) {
		err = printed_save(printed_vcpus(pvm), pvm->nr_vcpus, tells, streams);
		if (err)
			refuse_all("save: %s", strerror(-err));
	} else {
		probe_vm_save(pvm, streams);
	}
	for (i = 0; i < pvm->nr_vcpus; i++)
		put_stream(&buf, &streams[i]);
	put_memory(&buf, pvm->vm);
	write_file(name, &buf);

	/* Nothing happened to the source */
	puts("saved");
	run(pvm, heard, 3);
}

static int save(const char *name, const char *image, const char *profile, bool all)
{
	struct reg_stream pinned = {};
	struct devices devices = {};
	struct heard heard = {};
	struct probe_vm pvm;

	create(&pvm);
	if (profile) {
		read_profile(profile, &pinned, &devices);
		set_devices(&pvm, &devices);
		apply_profile(&pvm, &pinned);
	}
	if (all) {
		/* With more than the profile, the VM is no longer what the profile says */
		if (profile)
			check_profile(&pvm, &pinned);
		if (!vm_check_cap(pvm.vm, KVM_CAP_ARM_HCID))
			refuse_all("this kernel has no services to turn on");
		set_all_services(pvm.vcpus[0]);
	}
	probe_vm_finalize(&pvm);
	boot(&pvm, image);
	/* Of all vCPUs: what is saved is to be what the first run makes of it */
	probe_vm_first_run(&pvm);
	if (profile && !all)
		check_profile(&pvm, &pinned);
	print_report((struct reg_stream [NR_VCPUS]) { pinned });
	run(&pvm, &heard, 1);

	write_vm(name, &pvm, &heard);
	return EXIT_SUCCESS;
}

/* @next: where to save it once more, or NULL */
static int restore(const char *name, const char *next)
{
	struct reg_stream streams[PROBE_VM_MAX_VCPUS] = {};
	struct devices devices = {};
	struct heard heard = {};
	struct probe_vm pvm;
	struct buffer buf;
	u32 version;
	int i, ret;

	version = read_file(name, &buf);
	create(&pvm);

	if (get_u64(&buf) != pvm.vm->page_size)
		refuse_all("%s has guest pages of another size", name);
	if (get_u64(&buf) != pvm.vcpus[0]->init.features[0])
		refuse_all("%s has vCPUs with other features", name);
	if (get_u64(&buf) != pvm.nr_vcpus)
		refuse_all("%s has another number of vCPUs", name);
	if (version == NO_FACTS)
		warn_of_facts();
	else
		check_facts(pvm.vm, &buf);

	for (i = 0; i < NR_DEVICES; i++) {
		devices.has[i] = true;
		devices.val[i] = get_u64(&buf);
	}
	for (i = 0; i < pvm.nr_vcpus; i++)
		get_stream(&buf, &streams[i]);
	get_memory(&buf, pvm.vm);
	set_devices(&pvm, &devices);
	if (by_print) {
		ret = printed_restore(pvm.vm->fd, printed_vcpus(&pvm), pvm.nr_vcpus, tells,
				      report.strict, streams);
	} else {
		for (i = 0; i < pvm.nr_vcpus; i++) {
			if (!tells && !streams[i].classed)
				classify(pvm.vcpus[i], &streams[i]);
		}
		ret = probe_vm_restore(&pvm, streams, &report);
	}
	end_if(ret, streams);
	print_report(streams);
	run(&pvm, &heard, 1);
	if (next)
		write_vm(next, &pvm, &heard);
	return EXIT_SUCCESS;
}

/* What is in a file: the registers of the first vCPU, one a line */
static int show(const char *name)
{
	char reg_name[REGS_NAME_LEN], hex[PROFILE_HEX_LEN];
	struct reg_stream stream[NR_VCPUS] = {};
	struct reg_stream_reg *reg;
	struct buffer buf;
	int i, nr;

	nr = 3 + NR_DEVICES + (read_file(name, &buf) == NO_FACTS ? 0 : NR_FACTS);
	for (i = 0; i < nr; i++)
		get_u64(&buf);
	get_stream(&buf, &stream[0]);

	for (reg = stream[0].regs; reg < stream[0].regs + stream[0].nr; reg++)
		printf("%s %s\n", regs_name(reg_name, sizeof(reg_name), reg->id),
		       stream_value(stream, reg->id, hex));

	return EXIT_SUCCESS;
}

static void print_help(const char *name)
{
	fprintf(stderr, "Usage: %s -k IMAGE [-3] [-p PROFILE] [-a] [-s] [-P] [-A REGISTER]... save FILE\n"
			"       %s [-3] [-s] [-P] [-A REGISTER]... restore FILE\n"
			"       %s [-3] [-s] [-P] [-A REGISTER]... relay FILE NEW-FILE\n"
			"       %s show FILE\n"
			"  -3  vCPUs whose EL1 is in AArch32\n"
			"  -k  the guest\n"
			"  -p  start with the features of a profile\n"
			"  -a  turn on all services that have a hypercall identity bit\n"
			"  -s  let KVM correct no value\n"
			"  -P  save and restore by the code that migration.rst prints\n"
			"  -A  let a register read back as something else\n",
		name, name, name, name);
	exit(EXIT_USAGE);
}

int main(int argc, char **argv)
{
	const char *profile = NULL, *image = NULL;
	bool all = false;
	int opt;

	/* The same vCPU on every kernel, whether or not it can do nested virtualization */
	setenv("NV", "0", 1);

	while ((opt = getopt(argc, argv, "3aA:k:p:Ps")) != -1) {
		switch (opt) {
		case '3':
			aarch32 = true;
			break;
		case 'a':
			all = true;
			break;
		case 'A':
			if (report.nr_accept == MAX_ACCEPTED || !regs_id(optarg))
				refuse_all("no register to accept: %s", optarg);
			accepted[report.nr_accept++] = regs_id(optarg);
			break;
		case 'k':
			image = optarg;
			break;
		case 'p':
			profile = optarg;
			break;
		case 's':
			report.strict = true;
			break;
		case 'P':
			by_print = true;
			break;
		default:
			print_help(argv[0]);
		}
	}

	if (argc - optind == 3 && !strcmp(argv[optind], "relay") && !image && !profile && !all)
		return restore(argv[optind + 1], argv[optind + 2]);
	if (argc - optind != 2)
		print_help(argv[0]);
	if (!strcmp(argv[optind], "save") && image)
		return save(argv[optind + 1], image, profile, all);
	if (!strcmp(argv[optind], "restore") && !image && !profile && !all)
		return restore(argv[optind + 1], NULL);
	if (!strcmp(argv[optind], "show"))
		return show(argv[optind + 1]);

	print_help(argv[0]);
}
