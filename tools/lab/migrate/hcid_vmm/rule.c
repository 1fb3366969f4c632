// SPDX-License-Identifier: GPL-2.0-only
/*
 * The registers of the vCPUs, saved and restored by the rule of
 * Documentation/virt/kvm/arm/migration.rst; and profiles. Section "vcpus" has for each vCPU
 *
 *	u64 mp_state, classed, nr_regs
 *	for each register: u64 id, class; u8 value[size, as the ID says]
 */
#include "hcid_vmm.h"
#include "../corrected.h"
#include "printed.h"

/* Of what a profile has, and where neither kernel tells: kvm_feat's table */
static u64 builtin_class(u64 id)
{
	return (u64)regs_class(id) << 32;
}

#define MAX_ACCEPTED	16

static u64 accepted[MAX_ACCEPTED];

const char *stream_value(const struct reg_stream streams[NR_VCPUS], u64 id, char *hex)
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

static bool is_accepted(const struct reg_report *report, u64 id)
{
	u32 i;

	for (i = 0; i < report->nr_accept; i++) {
		if (accepted[i] == id)
			return true;
	}

	return false;
}

/* Says how the restore went, what ended it as every VMM of the lab says it */
void print_report(struct vmm *vmm, const struct reg_stream streams[NR_VCPUS])
{
	const struct reg_report *report = &vmm->report;
	const struct reg_event *event = report->events;
	char name[REGS_NAME_LEN], hex[PROFILE_HEX_LEN];

	for (; event < report->events + report->nr; event++) {
		regs_name(name, sizeof(name), event->id);

		switch (event->verdict) {
		case REG_REFUSED:
			fprintf(stderr, "refused: %s %s: %s\n", name,
				stream_value(streams, event->id, hex), strerror(-event->err));
			break;
		case REG_DIFFERS:
			fprintf(stderr, "%s: %s 0x%lx: reads back as 0x%lx\n",
				is_accepted(report, event->id) ? "accepted" : "refused", name,
				event->wrote, event->read);
			break;
		case REG_CORRECTED:
			if (report->strict && !is_accepted(report, event->id))
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
static void end_if(int ret, struct vmm *vmm, const struct reg_stream streams[NR_VCPUS])
{
	if (!ret)
		return;

	print_report(vmm, streams);
	exit(EXIT_REFUSED);
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

/*
 * Listed where it was saved, not there for this VM, and the guest has never had it. The list
 * can't be asked before the vectors are finalized.
 */
static bool is_mistake(struct kvm_vcpu *vcpu, const struct reg_stream_reg *reg)
{
	__u64 reset, here;

	return regs_listed_by_mistake(reg->id, &reset) && __vcpu_get_reg(vcpu, reg->id, &here) &&
	       !memcmp(reg->val, &reset, sizeof(reset));
}

/* Neither kernel tells classes: put them into the stream, by kvm_feat's tables */
static void classify(struct kvm_vcpu *vcpu, struct reg_stream *stream)
{
	struct reg_stream classed = { .classed = true };
	const struct reg_stream_reg *reg;
	char name[REGS_NAME_LEN];
	int pass;

	for (pass = 0; pass <= 4; pass++) {
		for (reg = stream->regs; reg < stream->regs + stream->nr; reg++) {
			if (stage(reg->id) != pass)
				continue;

			if (is_mistake(vcpu, reg)) {
				fprintf(stderr, "dropped: %s 0x%lx: listed by mistake where it was saved\n",
					regs_name(name, sizeof(name), reg->id), *(u64 *)reg->val);
				continue;
			}

			reg_stream_add(&classed, reg->id, builtin_class(reg->id), reg->val);
		}
	}

	reg_stream_free(stream);
	*stream = classed;
}

/* A profile is in the order to write it, and what is in it is a feature */
void read_profile(const char *name, struct reg_stream *stream, struct devices *devices)
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

void apply_profile(struct vmm *vmm, const struct reg_stream *profile)
{
	int i, err, ret = 0;

	for (i = 0; i < NR_VCPUS; i++) {
		err = reg_stream_restore_features(vmm->vcpus[i], profile, &vmm->report);
		ret = ret ?: err;
	}
	end_if(ret, vmm, (struct reg_stream [NR_VCPUS]) { *profile });
}

void check_profile(struct vmm *vmm, const struct reg_stream *profile)
{
	int i, err, ret = 0;

	for (i = 0; i < NR_VCPUS; i++) {
		err = reg_stream_check(vmm->vcpus[i], profile, &vmm->report);
		ret = ret ?: err;
	}
	end_if(ret, vmm, (struct reg_stream [NR_VCPUS]) { *profile });
}

/* Turn on whatever KVM_ARM_HCID_RANGE has, without knowing any of it */
void set_all_services(struct vmm *vmm)
{
	static const int owners[] = { 0, 4, 5, 6 };
	u64 masks[KVM_ARM_HCID_RANGE_SIZE];
	struct reg_mask_range range = { .addr = (u64)masks, .range = KVM_ARM_HCID_RANGE };
	int i;

	vm_ioctl(vmm->vm, KVM_ARM_GET_REG_WRITABLE_MASKS, &range);
	for (i = 0; i < ARRAY_SIZE(masks); i++)
		vcpu_set_reg(vmm->vcpus[0], KVM_REG_ARM_HCID(owners[i / 8], i % 8), masks[i]);
}

static const struct printed_vcpu *printed_vcpus(struct vmm *vmm)
{
	static struct printed_vcpu vcpus[NR_VCPUS];
	int i;

	for (i = 0; i < NR_VCPUS; i++)
		vcpus[i] = (struct printed_vcpu) { vmm->vcpus[i]->fd, vmm->vcpus[i]->run };

	return vcpus;
}

void accept_register(struct vmm *vmm, const char *name)
{
	if (vmm->report.nr_accept == MAX_ACCEPTED || !regs_id(name))
		refuse_all("no register to accept: %s", name);

	vmm->report.accept = accepted;
	accepted[vmm->report.nr_accept++] = regs_id(name);
}

void put_vcpus(struct buffer *file, struct vmm *vmm)
{
	struct reg_stream streams[NR_VCPUS] = {};
	struct buffer section = {};
	struct kvm_mp_state state;
	int i, err;

	if (vmm->by_print) {
		err = printed_save(printed_vcpus(vmm), NR_VCPUS, vmm->tells, streams);
		if (err)
			refuse_all("save: %s", strerror(-err));
	} else {
		for (i = 0; i < NR_VCPUS; i++)
			reg_stream_save(vmm->vcpus[i], 0, &streams[i]);
	}

	for (i = 0; i < NR_VCPUS; i++) {
		vcpu_mp_state_get(vmm->vcpus[i], &state);
		put_u64(&section, state.mp_state);
		put_stream(&section, &streams[i]);
	}
	put_section(file, "vcpus", &section);
}

/* A stream without the vectors that it had */
static void lose_sve(struct reg_stream *stream)
{
	struct reg_stream_reg *reg, *to = stream->regs;

	for (reg = stream->regs; reg < stream->regs + stream->nr; reg++) {
		if ((reg->id & KVM_REG_ARM_COPROC_MASK) != KVM_REG_ARM64_SVE ||
		    reg->id == KVM_REG_ARM64_SVE_VLS)
			*to++ = *reg;
	}
	stream->nr = to - stream->regs;
}

void get_vcpus(struct buffer *file, struct reg_stream streams[NR_VCPUS],
	       struct kvm_mp_state states[NR_VCPUS])
{
	struct buffer section;
	int i;

	if (!get_section(file, "vcpus", &section))
		refuse_all("the file has no vCPUs");

	for (i = 0; i < NR_VCPUS; i++) {
		states[i].mp_state = get_u64(&section);
		get_stream(&section, &streams[i]);
	}
	get_end(&section);
}

static int restore_by_rule(struct vmm *vmm, struct reg_stream streams[NR_VCPUS],
			   struct buffer *file)
{
	int i, err, ret = 0;

	for (i = 0; i < NR_VCPUS; i++) {
		if (vmm_loses(vmm, "sve"))
			lose_sve(&streams[i]);
		if (!vmm->tells && !streams[i].classed)
			classify(vmm->vcpus[i], &streams[i]);
		err = reg_stream_restore_features(vmm->vcpus[i], &streams[i], &vmm->report);
		ret = ret ?: err;
	}
	if (ret)
		return ret;

	finalize_vcpus(vmm);
	for (i = 0; i < NR_VCPUS && !ret; i++)
		ret = reg_stream_restore_state(vmm->vcpus[i], &streams[i], &vmm->report);
	if (ret)
		return ret;

	get_gic(file, vmm);
	get_its(file, vmm);
	first_run(vmm);
	for (i = 0; i < NR_VCPUS; i++) {
		err = reg_stream_check(vmm->vcpus[i], &streams[i], &vmm->report);
		ret = ret ?: err;
	}

	return ret;
}

struct devices_file {
	struct buffer *file;
	struct vmm *vmm;
};

static void load_devices(void *arg)
{
	struct devices_file *from = arg;

	get_gic(from->file, from->vmm);
	get_its(from->file, from->vmm);
}

/* @file: what the GIC is restored from, which has to come before the first run */
void restore_vcpus(struct vmm *vmm, struct reg_stream streams[NR_VCPUS], struct buffer *file)
{
	int ret;

	if (vmm->by_print) {
		ret = printed_restore(vmm->vm->fd, printed_vcpus(vmm), NR_VCPUS, vmm->tells,
				      vmm->report.strict, streams, load_devices,
				      &(struct devices_file) { file, vmm });
	} else {
		ret = restore_by_rule(vmm, streams, file);
	}
	end_if(ret, vmm, streams);
	print_report(vmm, streams);
}
