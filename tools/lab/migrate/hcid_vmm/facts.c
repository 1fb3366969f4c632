// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a guest sees, or uses, of its host, and no register of KVM's governs: section "facts",
 * a u64 for each of them.
 */
#include "hcid_vmm.h"
#include "processor.h"

enum fact { FACT_CNTFRQ, FACT_DCZID, FACT_IPA_SIZE, NR_FACTS };

static const char * const fact_names[NR_FACTS] = {
	[FACT_CNTFRQ] = "CNTFRQ_EL0",
	[FACT_DCZID] = "DCZID_EL0",
	[FACT_IPA_SIZE] = "IPA_SIZE",
};

static void read_facts(struct vmm *vmm, u64 facts[NR_FACTS])
{
	facts[FACT_CNTFRQ] = read_sysreg(cntfrq_el0);
	facts[FACT_DCZID] = read_sysreg(dczid_el0);
	facts[FACT_IPA_SIZE] = vmm->vm->pa_bits;
}

void put_facts(struct buffer *file, struct vmm *vmm)
{
	struct buffer section = {};
	u64 facts[NR_FACTS];
	int i;

	read_facts(vmm, facts);
	for (i = 0; i < NR_FACTS; i++)
		put_u64(&section, facts[i]);
	put_section(file, "facts", &section);
}

/* Of another host: the IPA size is a limit, the others must be the same */
void check_facts(struct buffer *file, struct vmm *vmm)
{
	u64 here[NR_FACTS], there;
	struct buffer section;
	bool refused = false;
	int i;

	if (!get_section(file, "facts", &section)) {
		for (i = 0; i < NR_FACTS; i++)
			fprintf(stderr, "warning: %s is not in the stream: not compared\n",
				fact_names[i]);
		return;
	}

	read_facts(vmm, here);
	for (i = 0; i < NR_FACTS; i++) {
		there = get_u64(&section);
		if (here[i] == there || (i == FACT_IPA_SIZE && here[i] > there))
			continue;

		fprintf(stderr, "refused: %s 0x%lx: this host has 0x%lx\n", fact_names[i], there,
			here[i]);
		refused = true;
	}
	get_end(&section);

	if (refused)
		exit(EXIT_REFUSED);
}

/* @change: "NAME=VALUE", as if the file came from such a host */
void change_fact(struct buffer *file, const char *change)
{
	size_t len = strcspn(change, "=");
	struct buffer section;
	u64 val;
	int i;

	for (i = 0; i < NR_FACTS; i++) {
		if (strlen(fact_names[i]) == len && !memcmp(fact_names[i], change, len))
			break;
	}
	if (i == NR_FACTS || !change[len])
		refuse_all("no fact to change: %s", change);
	if (!get_section(file, "facts", &section))
		refuse_all("the file has no facts");

	val = strtoull(change + len + 1, NULL, 0);
	memcpy(section.data + i * sizeof(val), &val, sizeof(val));
}
