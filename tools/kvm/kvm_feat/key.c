// SPDX-License-Identifier: GPL-2.0
/*
 * What a VMM asks of KVM for its VMs, and a short name for the machine that guests get
 *
 * The key is in the names of snapshots, so what is hashed, as kvm_feat.1 tells, must not change
 */
#include <stdlib.h>

#include "kvm_feat.h"

/* The numbers are those of the UAPI header of arm64, which other machines lack */
const struct feature features[] = {
	{ "el1_32bit",		1 << 1,		93 },
	{ "psci_0_2",		1 << 2,		102 },
	{ "pmu_v3",		1 << 3,		126 },
	{ "pmu_v3_strict",	1 << 9,		251 },
	{ "sve",		1 << 4,		170 },
	/* KVM takes both or none: addresses and generic */
	{ "ptrauth",		3 << 5,		171 },
	{ "has_el2",		1 << 7,		240 },
	{ "has_el2_e2h0",	1 << 8,		241 },
	{ "mte",		0,		205 },
	{ "impid",		0,		239,	true },
	{ "vgic_v3",		0,		89 },	/* a device */
};

const size_t nr_features = ARRAY_SIZE(features);

long features_parse(const char *list)
{
	long bits = 0;
	size_t i, len;

	for (; *list; list += len, list += *list == ',') {
		len = strcspn(list, ",");
		for (i = 0; i < nr_features; i++)
			if (strlen(features[i].name) == len && !memcmp(features[i].name, list, len))
				break;
		if (len && i == nr_features)
			return -1;
		if (len)
			bits |= 1L << i;
	}
	return bits;
}

const char *features_str(char *buf, long bits)
{
	size_t n = 0;

	*buf = '\0';
	for (size_t i = 0; i < nr_features; i++)
		if (bits >> i & 1)
			n += sprintf(buf + n, "%s%s", n ? "," : "", features[i].name);
	return buf;
}

/* Newer kernels also have registers for the caches that CLIDR_EL1 says are not there */
static bool is_no_cache(const struct profile *p, __u64 id)
{
	const struct profile_reg *clidr = profile_find(p, CLIDR_EL1);
	unsigned int type;

	if (id < CCSIDR(0) || id > CCSIDR(13) || !clidr)
		return false;
	/* 1: instructions, 2: data, 3: both, 4: unified, which is where data would be */
	type = clidr->val[0] >> 3 * (REG_LOW(id) / 2) & 7;
	return REG_LOW(id) & 1 ? !(type & 1) : !(type & 6);
}

static void print_machine(const struct profile *p, FILE *out)
{
	char list[PROFILE_FEATURES_LEN];
	long bits = features_parse(p->features);

	for (size_t i = 0; i < nr_features; i++)
		if (bits > 0 && features[i].unseen)
			bits &= ~(1L << i);
	fprintf(out, "%s\n", bits > 0 ? features_str(list, bits) : p->features);
	for (size_t i = 0; i < p->nr; i++) {
		const struct profile_reg *r = &p->regs[i];
		enum regs_rule rule = regs_class_of(r->id)->rule;

		if ((profile_is_zero(r) && regs_class(r->id) & REGS_OPTIONAL) ||
		    profile_absent(r) || is_no_cache(p, r->id) ||
		    rule == RULE_LIMIT || rule == RULE_OFFER)
			continue;
		if (r->id >= REG_ID_DEVICE)
			fprintf(out, "%s 0x%llx\n", r->name, r->val[0]);
		else
			fprintf(out, "0x%016llx 0x%llx\n", r->id, r->val[0]);
	}
}

const char *profile_key(char *buf, const struct profile *p)
{
	__u64 sum = 0xcbf29ce484222325ULL;
	char *text;
	FILE *out = open_text(&text);

	print_machine(p, out);
	fclose(out);
	/* FNV-1a */
	for (size_t i = 0; text[i]; i++)
		sum = (sum ^ (unsigned char)text[i]) * 0x100000001b3ULL;
	free(text);
	snprintf(buf, KEY_LEN, "kf1-%016llx", sum);
	return buf;
}
