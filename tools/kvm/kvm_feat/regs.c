// SPDX-License-Identifier: GPL-2.0
/*
 * Names and fields of registers; the table of the architecture's is generated
 */
#include <stdlib.h>
#include <string.h>

#include "regs.h"
#include "regs-table.h"

static struct regs_desc *known;		/* all, and behind them one without a name */
static size_t nr_known;

/* A row of the table of classes that has a name; earlier rows count more */
static void add_class(const struct regs_class *c)
{
	const struct regs_field *fields = c->fields;
	char *name;

	for (size_t i = 0; c->like && i < ARRAY_SIZE(regs_table); i++)
		if (regs_table[i].id == c->like)
			fields = regs_table[i].fields;
	for (__u64 id = c->first; c->name && id < c->first + c->nr; id++) {
		if (regs_class_of(id) != c)
			continue;
		if (asprintf(&name, c->nr == 1 ? "%s" : "%s%u", c->name,
			     (__u32)(id - c->first) + c->number) < 0)
			abort();
		known[nr_known++] = (struct regs_desc){ name, id, fields };
	}
}

const struct regs_desc *regs_known(void)
{
	size_t max = ARRAY_SIZE(regs_table) + 1;

	if (known)
		return known;
	for (size_t i = 0; i < nr_regs_classes; i++)
		if (regs_classes[i].name)
			max += regs_classes[i].nr;
	known = calloc(max, sizeof(*known));
	if (!known)
		abort();
	/* KVM's names first: its timers have others, and facts of hosts are no registers */
	for (size_t i = 0; i < nr_regs_classes; i++)
		add_class(&regs_classes[i]);
	memcpy(known + nr_known, regs_table, sizeof(regs_table));
	return known;
}

const struct regs_desc *regs_find(__u64 id)
{
	static const struct regs_desc *last;	/* asked for again, for each piece */

	if (!last || last->id != id)
		for (last = regs_known(); last->name && last->id != id; last++)
			;
	return last->name ? last : NULL;
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
	__u64 id;

	for (const struct regs_desc *d = regs_known(); d->name; d++)
		if (!strcmp(d->name, name))
			return d->id;
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
