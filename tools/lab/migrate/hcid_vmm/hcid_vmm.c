// SPDX-License-Identifier: GPL-2.0-only
/*
 * hcid_vmm - A VMM that saves a VM to a file and restores it, maybe on another
 * kernel, by the rule in Documentation/virt/kvm/arm/migration.rst.
 *
 * The guest is payload/, an arm64 Linux image or a program in AArch32: what it says goes
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
 * What a saved VM consists of is in file.c.
 */
#include <getopt.h>

#include "hcid_vmm.h"
#include "test_util.h"

/* Section "vm", which must be the same here: u64 page_size, vcpu_features, nr_vcpus */
static void put_vm(struct buffer *file, struct vmm *vmm)
{
	struct buffer section = {};

	put_u64(&section, vmm->vm->page_size);
	put_u64(&section, vmm->features);
	put_u64(&section, NR_VCPUS);
	put_section(file, "vm", &section);
}

static void check_vm(struct buffer *file, struct vmm *vmm)
{
	struct buffer section;

	if (!get_section(file, "vm", &section))
		refuse_all("the file has no VM");
	if (get_u64(&section) != vmm->vm->page_size)
		refuse_all("it has guest pages of another size");
	if (get_u64(&section) != vmm->features)
		refuse_all("it has vCPUs with other features");
	if (get_u64(&section) != NR_VCPUS)
		refuse_all("it has another number of vCPUs");
	get_end(&section);
}

/* Saves a VM whose guest has written down a record, and lets it go on */
static void write_vm(const char *name, struct vmm *vmm, struct heard *heard)
{
	struct buffer file = {};

	put_vm(&file, vmm);
	put_facts(&file, vmm);
	put_devices(&file, vmm);
	put_vcpus(&file, vmm);
	put_gic(&file, vmm);
	put_its(&file, vmm);
	put_memory(&file, vmm);
	write_file(name, &file);

	/* Nothing happened to the source */
	puts("saved");
	run_guest(vmm, heard, 3);
}

static int save(struct vmm *vmm, const char *name, const char *image, const char *profile,
		bool all)
{
	struct reg_stream pinned = {};
	struct devices devices = {};
	struct heard heard = {};

	if (profile) {
		read_profile(profile, &pinned, &devices);
		set_devices(vmm, &devices);
		apply_profile(vmm, &pinned);
	}
	if (all) {
		/* With more than the profile, the VM is no longer what the profile says */
		if (profile)
			check_profile(vmm, &pinned);
		if (!vm_check_cap(vmm->vm, KVM_CAP_ARM_HCID))
			refuse("HCID_VENDOR_HYP_1 ?: this kernel has no services to turn on");
		set_all_services(vmm);
	}
	finalize_vcpus(vmm);
	boot(vmm, image);
	/* Of all vCPUs: what is saved is to be what the first run makes of it */
	first_run(vmm);
	if (profile && !all)
		check_profile(vmm, &pinned);
	print_report(vmm, (struct reg_stream [NR_VCPUS]) { pinned });
	run_guest(vmm, &heard, 1);

	write_vm(name, vmm, &heard);
	return EXIT_SUCCESS;
}

/* @next: where to save it once more, or NULL */
static int restore(struct vmm *vmm, const char *name, const char *next)
{
	struct reg_stream streams[NR_VCPUS] = {};
	struct kvm_mp_state states[NR_VCPUS];
	struct devices devices = {};
	struct heard heard = {};
	struct buffer file;
	int i;

	read_file(name, &file);
	check_vm(&file, vmm);
	check_facts(&file, vmm);
	get_devices(&file, &devices);
	get_vcpus(&file, streams, states);
	get_memory(&file, vmm);

	set_devices(vmm, &devices);
	restore_vcpus(vmm, streams, &file);
	for (i = 0; i < NR_VCPUS && !vmm_loses(vmm, "mp"); i++)
		vcpu_mp_state_set(vmm->vcpus[i], &states[i]);
	run_guest(vmm, &heard, 1);
	if (next)
		write_vm(next, vmm, &heard);
	return EXIT_SUCCESS;
}

/* What is in a file: the registers of the first vCPU, one a line */
static int show(const char *name)
{
	char reg_name[REGS_NAME_LEN], hex[PROFILE_HEX_LEN];
	struct reg_stream streams[NR_VCPUS] = {};
	struct kvm_mp_state states[NR_VCPUS];
	struct reg_stream_reg *reg;
	struct buffer file;

	read_file(name, &file);
	get_vcpus(&file, streams, states);

	for (reg = streams[0].regs; reg < streams[0].regs + streams[0].nr; reg++)
		printf("%s %s\n", regs_name(reg_name, sizeof(reg_name), reg->id),
		       stream_value(streams, reg->id, hex));

	return EXIT_SUCCESS;
}

/* As if the file came from elsewhere: from another host, or without a section */
static int change(const char *name, const char *what)
{
	struct buffer file;

	read_file(name, &file);
	if (strchr(what, '='))
		change_fact(&file, what);
	else
		drop_section(&file, what);
	file.pos = file.size;
	write_file(name, &file);

	return EXIT_SUCCESS;
}

static void print_help(void)
{
	fprintf(stderr, "Usage: hcid_vmm -k IMAGE [-3eiv] [-p PROFILE] [-a] [-q N] [-s] [-P] [-A REGISTER]... save FILE\n"
			"       hcid_vmm [-3eiv] [-s] [-P] [-l STATE] [-A REGISTER]... restore FILE\n"
			"       hcid_vmm [-3eiv] [-s] [-P] [-A REGISTER]... relay FILE NEW-FILE\n"
			"       hcid_vmm show FILE\n"
			"       hcid_vmm change FILE FACT=VALUE|SECTION\n"
			"  -3  vCPUs whose EL1 is in AArch32\n"
			"  -e  vCPUs with an EL2\n"
			"  -i  an ITS\n"
			"  -v  vCPUs with SVE\n"
			"  -q  vectors of at most 16 * N bytes\n"
			"  -k  the guest\n"
			"  -p  start with the features of a profile\n"
			"  -a  turn on all services that have a hypercall identity bit\n"
			"  -l  lose state: gic, its, mp, or sve\n"
			"  -s  let KVM correct no value\n"
			"  -P  save and restore by the code that migration.rst prints\n"
			"  -A  let a register read back as something else\n"
			"Change lets a file have another fact of its host, or lack a section.\n");
	exit(EXIT_USAGE);
}

int main(int argc, char **argv)
{
	const char *profile = NULL, *image = NULL, *command;
	static struct vmm vmm;
	bool all = false, its = false;
	u64 features = 0;
	int opt, max_vq = 0;

	/* The same vCPU on every kernel, whether or not it can do nested virtualization */
	setenv("NV", "0", 1);

	while ((opt = getopt(argc, argv, "3aA:eik:l:p:Pq:sv")) != -1) {
		switch (opt) {
		case '3':
			features |= BIT(KVM_ARM_VCPU_EL1_32BIT);
			break;
		case 'a':
			all = true;
			break;
		case 'A':
			accept_register(&vmm, optarg);
			break;
		case 'e':
			features |= BIT(KVM_ARM_VCPU_HAS_EL2);
			break;
		case 'i':
			its = true;
			break;
		case 'k':
			image = optarg;
			break;
		case 'l':
			vmm.loses = optarg;
			break;
		case 'p':
			profile = optarg;
			break;
		case 'q':
			max_vq = atoi(optarg);
			break;
		case 's':
			vmm.report.strict = true;
			break;
		case 'P':
			vmm.by_print = true;
			break;
		case 'v':
			features |= BIT(KVM_ARM_VCPU_SVE);
			break;
		default:
			print_help();
		}
	}

	command = argc - optind < 2 ? "" : argv[optind];
	argv += optind;
	argc -= optind;
	if (!strcmp(command, "show") && argc == 2)
		return show(argv[1]);
	if (!strcmp(command, "change") && argc == 3)
		return change(argv[1], argv[2]);
	if (!strcmp(command, "save") && argc == 2 && image) {
		create_vm(&vmm, features);
		if (its)
			create_its(&vmm);
		if (max_vq)
			limit_vectors(&vmm, max_vq);
		return save(&vmm, argv[1], image, profile, all);
	}
	if (!image && !profile && !all &&
	    ((!strcmp(command, "restore") && argc == 2) || (!strcmp(command, "relay") && argc == 3))) {
		create_vm(&vmm, features);
		if (its)
			create_its(&vmm);
		return restore(&vmm, argv[1], argv[2]);
	}

	print_help();
}
