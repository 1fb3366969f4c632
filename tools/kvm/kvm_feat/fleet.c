// SPDX-License-Identifier: GPL-2.0
/*
 * Many hosts, of a few kinds: all that takes time is done with kinds. Most files of a kind
 * are the same, byte for byte, and only one of them is parsed.
 */
#include <stdlib.h>

#include "fleet.h"
#include "kvm_feat.h"

static void must_parse(struct profile *p, const char *path, const char *text, size_t len)
{
	char err[512];

	if (profile_parse(p, path, text, len, err, sizeof(err)))
		fatal("%s", err);
	for (size_t i = 0; i < p->nr; i++) {
		const struct profile_reg *r = &p->regs[i];
		char name[REGS_NAME_LEN];
		__u64 id = regs_id(r->name);

		if (id && id != r->id)
			fatal("%s:%u: %s has ID 0x%016llx, not 0x%016llx", path, r->line, r->name,
			      id, r->id);
		/* Another kernel's kvm_feat may know names that this one does not */
		if (!id && regs_find(r->id))
			fatal("%s:%u: 0x%016llx is %s, not %s", path, r->line, r->id,
			      regs_name(name, sizeof(name), r->id), r->name);
	}
}

static char *must_read(const char *path, size_t *len)
{
	char err[512], *text = profile_read(path, len, err, sizeof(err));

	if (!text)
		fatal("%s", err);
	return text;
}

char *profile_must_load(struct profile *p, const char *path)
{
	size_t len;
	char *text = must_read(path, &len);

	must_parse(p, path, text, len);
	return text;
}

/* Do both give and take the same? */
static bool alike(const struct profile *a, const struct profile *b)
{
	bool same = a->nr == b->nr && a->kernel_classes == b->kernel_classes &&
		    !strcmp(a->features, b->features) && !strcmp(a->kernel, b->kernel);

	for (size_t i = 0; same && i < a->nr; i++) {
		const struct profile_reg *x = &a->regs[i], *y = &b->regs[i];

		same = x->id == y->id && profile_same(x, y) && x->has_mask == y->has_mask &&
		       x->optional == y->optional && !memcmp(x->mask, y->mask, sizeof(x->mask)) &&
		       x->nr_takes == y->nr_takes;
		for (size_t n = 0; same && n < x->nr_takes; n++) {
			const struct profile_take *t = &x->takes[n], *u = &y->takes[n];

			same = t->msb == u->msb && t->lsb == u->lsb && t->min == u->min &&
			       t->ignored == u->ignored && t->max == u->max;
		}
	}
	return same;
}

static void add_host(struct fleet *fleet, const char *name, size_t kind)
{
	/* It grows when the number reaches a power of two */
	if (!(fleet->nr & (fleet->nr - 1)))
		fleet->hosts = must_realloc(fleet->hosts, 2 * fleet->nr + 1, sizeof(struct host));
	fleet->hosts[fleet->nr++] = (struct host){ .name = name, .kind = kind };
}

void fleet_add(struct fleet *fleet, const char *name, struct profile *p)
{
	size_t k = 0;

	while (k < fleet->nr_kinds && !alike(&fleet->kinds[k].p, p))
		k++;
	add_host(fleet, name, k);
	if (k < fleet->nr_kinds) {
		profile_free(p);
		return;
	}
	fleet->kinds = must_realloc(fleet->kinds, k + 1, sizeof(struct kind));
	fleet->kinds[k] = (struct kind){ .p = *p };
	fleet->nr_kinds++;
}

void fleet_add_file(struct fleet *fleet, const char *path)
{
	size_t len, nr = fleet->nr_kinds;
	char *text = must_read(path, &len);
	struct profile p;

	for (size_t k = 0; k < nr; k++) {
		const struct kind *kind = &fleet->kinds[k];

		if (!kind->text || kind->len != len || memcmp(kind->text, text, len))
			continue;
		add_host(fleet, path, k);
		free(text);
		return;
	}
	must_parse(&p, path, text, len);
	fleet_add(fleet, path, &p);
	if (fleet->nr_kinds == nr) {
		free(text);
		return;
	}
	fleet->kinds[nr].text = text;
	fleet->kinds[nr].len = len;
}

void fleet_free(struct fleet *fleet)
{
	for (size_t k = 0; k < fleet->nr_kinds; k++) {
		profile_free(&fleet->kinds[k].p);
		free(fleet->kinds[k].text);
	}
	free(fleet->kinds);
	free(fleet->hosts);
	memset(fleet, 0, sizeof(*fleet));
}

static int compare_kinds(const void *a, const void *b)
{
	const struct kind *kinds[] = { a, b };
	const struct profile_reg *cpu[2];
	char *text[2];
	int diff;

	for (int i = 0; i < 2; i++) {
		FILE *out = open_text(&text[i]);

		cpu[i] = profile_find(&kinds[i]->p, MIDR_EL1);
		profile_print(&kinds[i]->p, out);
		fclose(out);
	}
	diff = strcmp(text[0], text[1]);
	if (cpu[0] && cpu[1] && !profile_same(cpu[0], cpu[1]))
		diff = cpu[0]->val[0] < cpu[1]->val[0] ? -1 : 1;
	free(text[0]);
	free(text[1]);
	return diff;
}

void fleet_sort(struct fleet *fleet)
{
	struct kind *old = must_realloc(NULL, fleet->nr_kinds, sizeof(*old));

	memcpy(old, fleet->kinds, fleet->nr_kinds * sizeof(*old));
	qsort(fleet->kinds, fleet->nr_kinds, sizeof(*old), compare_kinds);
	for (size_t i = 0; i < fleet->nr; i++) {
		const struct profile_reg *regs = old[fleet->hosts[i].kind].p.regs;
		size_t k = 0;

		while (fleet->kinds[k].p.regs != regs)
			k++;
		fleet->hosts[i].kind = k;
	}
	free(old);
}

bool *kinds_new(const struct fleet *fleet, bool all)
{
	bool *set = must_realloc(NULL, fleet->nr_kinds, sizeof(*set));

	memset(set, all, fleet->nr_kinds);
	return set;
}

char *fleet_names(const struct fleet *fleet, const bool *set)
{
	size_t n = 0, left = 0;
	char *names;
	FILE *out = open_text(&names);

	for (size_t i = 0; i < fleet->nr; i++) {
		if (!set[fleet->hosts[i].kind])
			continue;
		if (n < fleet->max_names)
			fprintf(out, "%s%s", n++ ? ", " : "", fleet->hosts[i].name);
		else
			left++;
	}
	if (left)
		fprintf(out, " and %zu more (-v)", left);
	fclose(out);
	return names;
}

char *kind_names(const struct fleet *fleet, size_t kind)
{
	bool *one = kinds_new(fleet, false);
	char *names;

	one[kind] = true;
	names = fleet_names(fleet, one);
	free(one);
	return names;
}

void fleet_json(FILE *out, const struct fleet *fleet, const bool *set)
{
	const char *sep = "[";

	for (size_t i = 0; i < fleet->nr; i++) {
		if (!set[fleet->hosts[i].kind])
			continue;
		json_string(out, sep, fleet->hosts[i].name);
		sep = ", ";
	}
	fputc(']', out);
}
