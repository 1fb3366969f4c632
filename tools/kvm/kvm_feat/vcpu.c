// SPDX-License-Identifier: GPL-2.0
/*
 * What a VMM asks of KVM for its VMs
 *
 * The numbers are those of the UAPI headers of arm64, which other machines lack;
 * host.c asserts that they are.
 */
#include "kvm_feat.h"

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
