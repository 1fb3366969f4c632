// SPDX-License-Identifier: GPL-2.0
/*
 * A short name for the machine that a profile gives to guests
 *
 * The key is in the names of snapshots, so what is hashed must never change: a line with
 * the vCPU features that guests see, then one for each register, as kvm_feat.1 tells.
 */
#include <stdlib.h>

#include "kvm_feat.h"

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
	char hex[PROFILE_HEX_LEN], list[PROFILE_FEATURES_LEN];
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
			fprintf(out, "%s %s\n", r->name, profile_hex(hex, r->val));
		else
			fprintf(out, "0x%016llx %s\n", r->id, profile_hex(hex, r->val));
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
