// SPDX-License-Identifier: GPL-2.0
/*
 * Names and fields of registers; the table of those in sysreg is generated
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "regs.h"
#include "regs-table.h"

#define R(name, ...)		{ #name, SYSREG(__VA_ARGS__), NULL }

/* System registers that vCPUs list and sysreg does not have */
static const struct regs_desc more_regs[] = {
	R(OSLSR_EL1, 2, 0, 1, 1, 4), R(DBGVCR32_EL2, 2, 4, 0, 7, 0), R(MIDR_EL1, 3, 0, 0, 0, 0),
	R(MPIDR_EL1, 3, 0, 0, 0, 5), R(APIAKEYLO_EL1, 3, 0, 2, 1, 0),
	R(APIAKEYHI_EL1, 3, 0, 2, 1, 1), R(APIBKEYLO_EL1, 3, 0, 2, 1, 2),
	R(APIBKEYHI_EL1, 3, 0, 2, 1, 3), R(APDAKEYLO_EL1, 3, 0, 2, 2, 0),
	R(APDAKEYHI_EL1, 3, 0, 2, 2, 1), R(APDBKEYLO_EL1, 3, 0, 2, 2, 2),
	R(APDBKEYHI_EL1, 3, 0, 2, 2, 3), R(APGAKEYLO_EL1, 3, 0, 2, 3, 0),
	R(APGAKEYHI_EL1, 3, 0, 2, 3, 1), R(AFSR0_EL1, 3, 0, 5, 1, 0), R(AFSR1_EL1, 3, 0, 5, 1, 1),
	R(ESR_EL1, 3, 0, 5, 2, 0), R(PAR_EL1, 3, 0, 7, 4, 0), R(PMINTENSET_EL1, 3, 0, 9, 14, 1),
	R(PMINTENCLR_EL1, 3, 0, 9, 14, 2), R(MAIR_EL1, 3, 0, 10, 2, 0),
	R(AMAIR_EL1, 3, 0, 10, 3, 0), R(VBAR_EL1, 3, 0, 12, 0, 0), R(DISR_EL1, 3, 0, 12, 1, 1),
	R(CNTKCTL_EL1, 3, 0, 14, 1, 0), R(PMCR_EL0, 3, 3, 9, 12, 0),
	R(PMCNTENSET_EL0, 3, 3, 9, 12, 1), R(PMCNTENCLR_EL0, 3, 3, 9, 12, 2),
	R(PMOVSCLR_EL0, 3, 3, 9, 12, 3), R(PMSWINC_EL0, 3, 3, 9, 12, 4),
	R(PMCCNTR_EL0, 3, 3, 9, 13, 0), R(PMUSERENR_EL0, 3, 3, 9, 14, 0),
	R(PMOVSSET_EL0, 3, 3, 9, 14, 3), R(TPIDR_EL0, 3, 3, 13, 0, 2),
	R(TPIDRRO_EL0, 3, 3, 13, 0, 3), R(TIMER_CVAL, 3, 3, 14, 0, 2),
	R(PTIMER_CTL, 3, 3, 14, 2, 1), R(PTIMER_CVAL, 3, 3, 14, 2, 2),
	R(TIMER_CTL, 3, 3, 14, 3, 1), R(PMCCFILTR_EL0, 3, 3, 14, 15, 7),
	R(VPIDR_EL2, 3, 4, 0, 0, 0), R(VMPIDR_EL2, 3, 4, 0, 0, 5), R(ACTLR_EL2, 3, 4, 1, 0, 1),
	R(SCTLR2_EL2, 3, 4, 1, 0, 3), R(CPTR_EL2, 3, 4, 1, 1, 2), R(HSTR_EL2, 3, 4, 1, 1, 3),
	R(HACR_EL2, 3, 4, 1, 1, 7), R(TTBR0_EL2, 3, 4, 2, 0, 0), R(TTBR1_EL2, 3, 4, 2, 0, 1),
	R(TCR_EL2, 3, 4, 2, 0, 2), R(VTTBR_EL2, 3, 4, 2, 1, 0), R(SPSR_EL2, 3, 4, 4, 0, 0),
	R(ELR_EL2, 3, 4, 4, 0, 1), R(IFSR32_EL2, 3, 4, 5, 0, 1), R(AFSR0_EL2, 3, 4, 5, 1, 0),
	R(AFSR1_EL2, 3, 4, 5, 1, 1), R(ESR_EL2, 3, 4, 5, 2, 0), R(VSESR_EL2, 3, 4, 5, 2, 3),
	R(FPEXC32_EL2, 3, 4, 5, 3, 0), R(MAIR_EL2, 3, 4, 10, 2, 0), R(AMAIR_EL2, 3, 4, 10, 3, 0),
	R(VBAR_EL2, 3, 4, 12, 0, 0), R(VDISR_EL2, 3, 4, 12, 1, 1), R(TPIDR_EL2, 3, 4, 13, 0, 2),
	R(CNTVOFF_EL2, 3, 4, 14, 0, 3), R(CNTHCTL_EL2, 3, 4, 14, 1, 0),
	R(CNTHP_CTL_EL2, 3, 4, 14, 2, 1), R(CNTHP_CVAL_EL2, 3, 4, 14, 2, 2),
	R(CNTHV_CTL_EL2, 3, 4, 14, 3, 1), R(CNTHV_CVAL_EL2, 3, 4, 14, 3, 2),
	R(SP_EL2, 3, 6, 0, 0, 0),
};

static struct regs_desc *known;		/* all, and behind them one without a name */
static size_t nr_known;

/* A row of the table of classes that has a name; earlier rows count more */
static void add_class(const struct regs_class *c)
{
	const struct regs_desc *like = c->like ? regs_find(c->like) : NULL;
	char *name;

	for (__u64 id = c->first; c->name && id <= c->last; id++) {
		if (regs_class_of(id) != c)
			continue;
		if (asprintf(&name, c->first == c->last ? "%s" : "%s%u", c->name,
			     (__u32)(id - c->first) + c->number) < 0)
			abort();
		known[nr_known++] = (struct regs_desc){ name, id, like ? like->fields : c->fields };
	}
}

const struct regs_desc *regs_next(const struct regs_desc *desc)
{
	size_t max = ARRAY_SIZE(regs_table) + ARRAY_SIZE(more_regs) + 1;

	if (!known) {
		for (size_t i = 0; i < nr_regs_classes; i++)
			if (regs_classes[i].name)
				max += regs_classes[i].last - regs_classes[i].first + 1;
		known = calloc(max, sizeof(*known));
		if (!known)
			abort();
		memcpy(known, regs_table, sizeof(regs_table));
		nr_known = ARRAY_SIZE(regs_table);
		memcpy(known + nr_known, more_regs, sizeof(more_regs));
		nr_known += ARRAY_SIZE(more_regs);
		for (size_t i = 0; i < nr_regs_classes; i++)
			add_class(&regs_classes[i]);
	}
	desc = desc ? desc + 1 : known;
	return desc->name ? desc : NULL;
}

const struct regs_desc *regs_find(__u64 id)
{
	static const struct regs_desc *last;	/* asked for again, for each piece */

	if (last && last->id == id)
		return last;
	for (last = regs_next(NULL); last && last->id != id; last = regs_next(last))
		;
	return last;
}

const char *regs_name(char *buf, size_t size, __u64 id)
{
	const struct regs_desc *d = regs_find(id);
	unsigned int low = REG_LOW(id);

	if (d)
		snprintf(buf, size, "%s", d->name);
	else if (id == REG_ID(0x13, low))
		snprintf(buf, size, "S%u_%u_C%u_C%u_%u", low >> 14, low >> 11 & 7,
			 low >> 7 & 15, low >> 3 & 15, low & 7);
	else
		snprintf(buf, size, "REG_%016llx", id);
	return buf;
}

__u64 regs_id(const char *name)
{
	unsigned int op0, op1, crn, crm, op2;
	char buf[REGS_NAME_LEN], *end;
	__u64 id = 0;

	/* A fact of the host, which is behind it, may have the name of a register */
	for (const struct regs_desc *d = regs_next(NULL); d; d = regs_next(d))
		if (!strcmp(d->name, name))
			id = d->id;
	if (id)
		return id;
	if (!strncmp(name, "0x", 2)) {
		id = strtoull(name, &end, 16);
		return *end ? 0 : id;
	}
	if (sscanf(name, "S%u_%u_C%u_C%u_%u", &op0, &op1, &crn, &crm, &op2) == 5) {
		/* Without a name when the profile was made, it may have one by now */
		snprintf(buf, sizeof(buf), "S%u_%u_C%u_C%u_%u", op0 & 3, op1 & 7, crn & 15,
			 crm & 15, op2 & 7);
		id = SYSREG(op0, op1, crn, crm, op2);
	} else if (sscanf(name, "REG_%llx", &id) == 1) {
		snprintf(buf, sizeof(buf), "REG_%016llx", id);
	} else {
		return 0;
	}
	return strcmp(buf, name) ? 0 : id;
}

const struct regs_field whole_reg = { .name = "", .msb = 63, .kind = "" };

bool regs_piece(struct regs_field *f, __u64 id, unsigned int n)
{
	const struct regs_class *c = regs_class_of(id);
	const struct regs_desc *d = regs_find(id);
	const struct regs_field *fields = d ? d->fields : NULL;

	if (c->rule == RULE_BITS) {
		*f = (struct regs_field){ .name = "", .msb = n, .lsb = n, .kind = "Service" };
		for (; fields && fields->kind; fields++)
			if (fields->lsb == n)
				*f = *fields;
		return n < 64;
	}
	if (fields && (c->fields || c->like || c->probe[0].how == PROBE_FIELDS)) {
		*f = fields[n];
		return f->kind;
	}
	*f = whole_reg;
	return !n;
}

bool regs_field_signed(const struct regs_field *f)
{
	return *f->kind == 'S' && !strcmp(f->kind, "SignedEnum");
}

__s64 regs_field_get(const struct regs_field *f, __u64 val)
{
	unsigned int width = f->msb - f->lsb + 1;

	val <<= 63 - f->msb;
	if (regs_field_signed(f))
		return (__s64)val >> (64 - width);
	return val >> (64 - width);
}

const char *regs_field_str(char *buf, size_t size, const struct regs_field *f, __u64 val)
{
	__u64 v = (val & bits_of(f->msb, f->lsb)) >> f->lsb;
	__s64 number = regs_field_get(f, val);

	for (const struct regs_enum *e = f->enums; e && e->name; e++) {
		if (e->val == v) {
			snprintf(buf, size, "%s (%lld)", e->name, number);
			return buf;
		}
	}
	snprintf(buf, size, regs_field_signed(f) || v < 256 ? "%lld" : "0x%llx", number);
	return buf;
}
