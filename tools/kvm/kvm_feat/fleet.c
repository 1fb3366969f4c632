// SPDX-License-Identifier: GPL-2.0
/*
 * Many hosts, of a few kinds: all that takes time, also parsing, is done for each kind
 */
#include <stdlib.h>

#include "kvm_feat.h"

static char *must_read(const char *path, size_t *len)
{
	char err[512], *text = profile_read(path, len, err, sizeof(err));

	if (!text)
		fatal("%s", err);
	return text;
}

static void must_parse(struct profile *p, const char *path, const char *text, size_t len)
{
	char err[512];

	if (profile_parse(p, path, text, len, err, sizeof(err)))
		fatal("%s", err);
}

char *profile_must_load(struct profile *p, const char *path)
{
	size_t len;
	char *text = must_read(path, &len);

	must_parse(p, path, text, len);
	return text;
}

char *profile_text(const struct profile *p)
{
	char *text;
	FILE *out = open_text(&text);

	profile_print(p, out);
	fclose(out);
	return text;
}

static void add_host(struct fleet *fleet, const char *name, size_t kind)
{
	fleet->hosts = must_realloc(fleet->hosts, fleet->nr + 1, sizeof(struct host));
	fleet->hosts[fleet->nr++] = (struct host){ .name = name, .kind = kind };
}

void fleet_add(struct fleet *fleet, const char *name, struct profile *p, char *file)
{
	char *text = profile_text(p);
	size_t k = 0;

	while (k < fleet->nr_kinds && strcmp(fleet->kinds[k].text, text))
		k++;
	add_host(fleet, name, k);
	if (k < fleet->nr_kinds) {
		profile_free(p);
		free(file);
		free(text);
		return;
	}
	fleet->kinds = must_realloc(fleet->kinds, k + 1, sizeof(struct kind));
	fleet->kinds[k] = (struct kind){ .p = *p, .file = file, .text = text, .in = true };
	fleet->nr_kinds++;
}

void fleet_add_file(struct fleet *fleet, const char *path)
{
	size_t len;
	char *text = must_read(path, &len);
	struct profile p;

	for (size_t k = 0; k < fleet->nr_kinds; k++) {
		if (strlen(text) != len || strcmp(fleet->kinds[k].file, text))
			continue;
		add_host(fleet, path, k);
		free(text);
		return;
	}
	must_parse(&p, path, text, len);
	fleet_add(fleet, path, &p, text);
}

void fleet_free(struct fleet *fleet)
{
	for (size_t k = 0; k < fleet->nr_kinds; k++) {
		profile_free(&fleet->kinds[k].p);
		free(fleet->kinds[k].file);
		free(fleet->kinds[k].text);
	}
	free(fleet->kinds);
	free(fleet->hosts);
	memset(fleet, 0, sizeof(*fleet));
}

static int compare_kinds(const void *a, const void *b)
{
	const struct kind *x = a, *y = b;
	const struct profile_reg *cpu = profile_find(&x->p, MIDR_EL1);
	const struct profile_reg *other = profile_find(&y->p, MIDR_EL1);

	if (cpu && other && !profile_same(cpu, other))
		return cpu->val[0] < other->val[0] ? -1 : 1;
	return strcmp(x->text, y->text);
}

void fleet_sort(struct fleet *fleet)
{
	struct kind *old = must_realloc(NULL, fleet->nr_kinds, sizeof(*old));

	memcpy(old, fleet->kinds, fleet->nr_kinds * sizeof(*old));
	qsort(fleet->kinds, fleet->nr_kinds, sizeof(*old), compare_kinds);
	for (size_t i = 0; i < fleet->nr; i++) {
		const char *text = old[fleet->hosts[i].kind].text;
		size_t k = 0;

		while (fleet->kinds[k].text != text)
			k++;
		fleet->hosts[i].kind = k;
	}
	free(old);
}

void fleet_print(FILE *out, const struct fleet *fleet, bool json)
{
	size_t n = 0, left = 0;

	fputs(json ? "[" : "", out);
	for (size_t i = 0; i < fleet->nr; i++) {
		if (!fleet->kinds[fleet->hosts[i].kind].named)
			continue;
		if (json)
			json_string(out, n++ ? ", " : "", fleet->hosts[i].name);
		else if (n < fleet->max_names)
			fprintf(out, "%s%s", n++ ? ", " : "", fleet->hosts[i].name);
		else
			left++;
	}
	if (left)
		fprintf(out, " and %zu more (-v)", left);
	fputs(json ? "]" : "", out);
}

char *kind_names(struct fleet *fleet, size_t kind, bool json)
{
	char *names;
	FILE *out = open_text(&names);

	for (size_t k = 0; k < fleet->nr_kinds; k++)
		fleet->kinds[k].named = k == kind;
	fleet_print(out, fleet, json);
	fclose(out);
	return names;
}
