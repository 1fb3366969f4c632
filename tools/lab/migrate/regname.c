// SPDX-License-Identifier: GPL-2.0-only
/*
 * regname REGISTER...: "NAME ID feature|state" of each, which can be a name, an encoding like
 * S3_0_C9_C14_6 or an ID, by kvm_feat's table. Fails if one is not known.
 */
#include "profile.h"	/* of kvm_feat */
#include "regs.h"

int main(int argc, char **argv)
{
	int ret = 0;

	for (int i = 1; i < argc; i++) {
		__u64 id = regs_id(argv[i]);
		char name[REGS_NAME_LEN];

		if (!profile_reg_bytes(id)) {
			fprintf(stderr, "regname: no register '%s'\n", argv[i]);
			ret = 1;
			continue;
		}
		printf("%s 0x%016llx %s\n", regs_name(name, sizeof(name), id),
		       (unsigned long long)id, regs_class(id) & REGS_FEATURE ? "feature" : "state");
	}
	return ret;
}
