// SPDX-License-Identifier: GPL-2.0
/*
 * Profiles in the words of VMMs
 *
 * Firecracker takes a CPU template: the bits of vCPU features and registers, where an
 * x leaves a bit to the host. It writes each register that the template has, so those
 * that are optional and zero are not in it: older kernels do not know them.
 *
 * QEMU (11.1 is the newest that was looked at) has options for some of it, and takes
 * the rest from the host.
 */
#include "vcpu.h"
#include "judge.h"
#include "output.h"
#include "report.h"
#include "rule.h"
#include "template.h"

#define FIRECRACKER_BITS	128
/* One SVE vector length for each bit of SVE_VLS' first word */
#define SVE_LENGTHS		16

static void print_bitmap(FILE *out, const __u64 *val, unsigned int bits)
{
	fputs("\"0b", out);
	while (bits--)
		fputc('0' + (val[bits / 64] >> bits % 64 & 1), out);
	fputc('"', out);
}

void template_firecracker(struct report *report, const struct profile *p, FILE *out)
{
	const char *sep = "";
	__u64 init = 0;

	fprintf(out, "{\n  \"kvm_capabilities\": [");
	for (size_t i = 0; i < nr_features; i++) {
		if (!features_has(p->features, features[i].name))
			continue;
		if (!features[i].init)
			report_add(report, NOTE, NULL, NULL, NULL,
				   "vCPU feature %s: Firecracker cannot be told", features[i].name);
		init |= features[i].init;
		/* PSCI is what Firecracker asks for and checks by itself */
		if (features[i].init && strcmp(features[i].name, "psci_0_2")) {
			fprintf(out, "%s\"%u\"", sep, features[i].cap);
			sep = ", ";
		}
	}
	/* All features but PSCI and whether the vCPU starts as powered off */
	fprintf(out, "],\n  \"vcpu_features\": [{ \"index\": 0, \"bitmap\": \"0b");
	for (int bit = 8; bit >= 0; bit--)
		fputc(bit == 0 || bit == 2 ? 'x' : '0' + (init >> bit & 1), out);
	fprintf(out, "\" }],\n  \"reg_modifiers\": [");
	sep = "";
	for (size_t i = 0; i < p->nr; i++) {
		const struct profile_reg *r = &p->regs[i];
		unsigned int bits = 8 * profile_reg_bytes(r->id);

		if (rule_absent(r))
			continue;
		if (bits > FIRECRACKER_BITS || regs_is_device(r->id)) {
			report_add(report, NOTE, r, NULL, NULL,
				   "left to the host: no register of at most %u bits",
				   FIRECRACKER_BITS);
			continue;
		}
		/* Without the capability, KVM would take the value and do nothing */
		if (regs_is_hcid(r->id)) {
			report_add(report, NOTE, r, NULL, NULL,
				   "left out: Firecracker does not enable KVM_CAP_ARM_HCID");
			continue;
		}
		fprintf(out, "%s\n    { \"addr\": \"0x%016llx\", \"bitmap\": ", sep, r->id);
		print_bitmap(out, r->val, bits);
		fputs(" }", out);
		sep = ",";
	}
	fprintf(out, "\n  ]\n}\n");
}

/* The lengths up to the greatest: QEMU switches off what is above */
static void qemu_sve(const struct profile *p, void (*option)(FILE *, const char *, const char *),
		     FILE *out)
{
	const struct profile_reg *r = profile_find(p, REG_ID_SVE_VLS);
	char name[16];

	for (unsigned int i = 0; r && i < SVE_LENGTHS && r->val[0] >> i; i++) {
		snprintf(name, sizeof(name), "sve%u", 128 * (i + 1));
		option(out, name, r->val[0] >> i & 1 ? "on" : "off");
	}
}

static void text_option(FILE *out, const char *name, const char *value)
{
	fprintf(out, ",%s=%s", name, value);
}

static void json_option(FILE *out, const char *name, const char *value)
{
	if (!strcmp(value, "on") || !strcmp(value, "off"))
		fprintf(out, ", \"%s\": %s", name, value[1] == 'n' ? "true" : "false");
	else
		fprintf(out, ", \"%s\": \"%s\"", name, value);
}

static void note_qemu(struct report *report, const struct profile *p)
{
	static const char *const without[] = { "has_el2_e2h0", "impid" };
	size_t left = 0;

	for (size_t i = 0; i < ARRAY_SIZE(without); i++)
		if (features_has(p->features, without[i]))
			report_add(report, NOTE, NULL, NULL, NULL,
				   "vCPU feature %s: QEMU has no option for it", without[i]);
	for (size_t i = 0; i < p->nr; i++)
		left += p->regs[i].id != REG_ID_SVE_VLS && REG_KEY(p->regs[i].id) != FW_REG(0) &&
			!rule_absent(&p->regs[i]);
	report_add(report, NOTE, NULL, NULL, NULL,
		   "%zu registers are left to the host, QEMU has no options for them", left);
}

void template_qemu(struct report *report, const struct profile *p, bool json, FILE *out)
{
	void (*option)(FILE *, const char *, const char *) = json ? json_option : text_option;
	const struct profile_reg *psci = profile_find(p, REG_ID_ARM64 | REG_ID_U64 | FW_REG(0));
	bool sve = features_has(p->features, "sve");
	char version[16];

	fputs(json ? "{\n  \"machine\": { \"type\": \"virt\"" : "-M virt", out);
	if (features_has(p->features, "vgic_v3"))
		option(out, "gic-version", "3");
	if (features_has(p->features, "mte"))
		option(out, "mte", "on");
	if (features_has(p->features, "has_el2"))
		option(out, "virtualization", "on");
	fputs(json ? " },\n  \"cpu\": { \"type\": \"host\"" : " -cpu host", out);
	if (features_has(p->features, "el1_32bit"))
		option(out, "aarch64", "off");
	option(out, "pmu", features_has(p->features, "pmu_v3") ? "on" : "off");
	option(out, "pauth", features_has(p->features, "ptrauth") ? "on" : "off");
	option(out, "sve", sve ? "on" : "off");
	if (sve)
		qemu_sve(p, option, out);
	if (psci && psci->val[0] >> 16 < 256) {
		snprintf(version, sizeof(version), "%llu.%llu", psci->val[0] >> 16,
			 psci->val[0] & 0xffff);
		option(out, "kvm-psci-version", version);
	}
	if (json) {
		fputs(" },\n  \"findings\": ", out);
		note_qemu(report, p);
		report_json(report, out);
		fputs("\n}\n", out);
		report_free(report);
		return;
	}
	fputc('\n', out);
	note_qemu(report, p);
}
