// SPDX-License-Identifier: GPL-2.0
/*
 * kvm_feat: see, compare, check and pin the feature registers of KVM hosts
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "host.h"
#include "output.h"
#include "profile.h"
#include "regs.h"
#include "rule.h"

static const char usage_text[] =
	"Usage: kvm_feat dump [-f FEATURES] [-o FILE] [-j] [-v]\n"
	"       kvm_feat diff A B\n"
	"       kvm_feat check PROFILE | A B\n"
	"       kvm_feat baseline [-o FILE] A B...\n"
	"       kvm_feat explain REGISTER | ID | --all\n"
	"\n"
	"dump      write the profile of this host: the feature registers of a fresh VM\n"
	"diff      what a guest sees change from profile A to profile B\n"
	"check     can a VM with this profile be started or restored on this host, or\n"
	"          one with profile A on the host of B, and the other way round\n"
	"baseline  write the greatest profile that all of the hosts can carry\n"
	"explain   what a register is, its class and its fields\n"
	"\n"
	"    --all            the fields of every register known\n"
	"-f, --features LIST  vCPU features, comma separated (default psci_0_2), of:\n"
	"                     %s\n"
	"-h, --help           this text\n"
	"-j, --json           JSON instead of a profile\n"
	"-o, --output FILE    instead of standard output\n"
	"-v, --verbose        count registers, ioctls and time on standard error\n"
	"\n"
	"Exit status: 0 yes or equal, 1 no or different, 2 usage or error.\n";

static const char *features = "psci_0_2";
static const char *output;
static bool all, json, verbose;

static void usage_error(const char *what)
{
	fatal("%s; see kvm_feat --help", what);
}

static void load(struct profile *p, const char *path)
{
	char err[512];

	if (profile_load(p, path, err, sizeof(err)))
		fatal("%s", err);
	for (size_t i = 0; i < p->nr; i++) {
		__u64 id = regs_id(p->regs[i].name);

		/* Another kernel's kvm_feat may know names that this one does not */
		if (id && id != p->regs[i].id)
			fatal("%s:%u: %s has ID 0x%016llx, not 0x%016llx", path,
			      p->regs[i].line, p->regs[i].name, id, p->regs[i].id);
	}
}

/* Are the vCPU features @a, in whatever order, all in @b? */
static bool has_features(const char *b, const char *a)
{
	char list[PROFILE_FEATURES_LEN + 2], word[PROFILE_FEATURES_LEN + 2];
	size_t len;

	sprintf(list, ",%s,", b);
	for (; *a; a += len, a += *a == ',') {
		len = strcspn(a, ",");
		sprintf(word, ",%.*s,", (int)len, a);
		if (!strstr(list, word))
			return false;
	}
	return true;
}

static bool equal_features(const struct profile *a, const struct profile *b)
{
	return has_features(a->features, b->features) && has_features(b->features, a->features);
}

/* VMs with different vCPU features differ by request, which says nothing of hosts */
static void same_features(const struct profile *a, const char *a_path,
			  const struct profile *b, const char *b_path)
{
	if (!equal_features(a, b))
		fatal("%s has vCPU features '%s', %s '%s': only like can be compared",
		      a_path, a->features, b_path, b->features);
}

/* Nothing in the profile of a host needs to be quoted */
static void print_json(const struct profile *p, FILE *out)
{
	char hex[PROFILE_HEX_LEN];

	fprintf(out, "{\n  \"format\": 1,\n  \"kernel\": \"%s\",\n  \"features\": \"%s\",\n"
		"  \"classes\": \"%s\",\n  \"registers\": [\n", p->kernel, p->features,
		p->kernel_classes ? "kernel" : "built-in");
	for (size_t i = 0; i < p->nr; i++) {
		const struct profile_reg *r = &p->regs[i];
		const struct regs_desc *d = regs_find(r->id);
		const char *sep = "";

		fprintf(out, "    {\"name\": \"%s\", \"id\": \"0x%016llx\", \"value\": \"%s\", ",
			r->name, r->id, profile_hex(hex, r->val));
		if (r->has_mask)
			fprintf(out, "\"mask\": \"%s\", ", profile_hex(hex, r->mask));
		fprintf(out, "\"clearable\": %s, \"fields\": {", r->clearable ? "true" : "false");
		for (const struct regs_field *f = d ? d->fields : NULL; f && f->kind; f++) {
			if (!*f->name)
				continue;
			fprintf(out, "%s\"%s\": %lld", sep, f->name,
				regs_field_get(f, r->val[0]));
			sep = ", ";
		}
		fprintf(out, i + 1 < p->nr ? "}},\n" : "}}\n");
	}
	fprintf(out, "  ]\n}\n");
}

static int cmd_dump(char **argv, int argc)
{
	struct timespec start, stop;
	struct profile p;
	FILE *out;

	if (argc)
		usage_error("dump takes no arguments");
	clock_gettime(CLOCK_MONOTONIC, &start);
	if (!host_read(stderr, &p, features))
		fatal("no profile with features '%s' on this host", features);
	clock_gettime(CLOCK_MONOTONIC, &stop);
	out = output_open(output);
	if (json)
		print_json(&p, out);
	else if (profile_print(&p, out))
		fatal("%s", strerror(ENOMEM));
	output_close(out);
	if (verbose)
		fprintf(stderr, "kvm_feat: %zu registers, %u ioctls, %.1f ms\n", p.nr, host_ioctls,
			(stop.tv_sec - start.tv_sec) * 1e3 +
			(stop.tv_nsec - start.tv_nsec) / 1e6);
	profile_free(&p);
	return 0;
}

static int cmd_diff(char **argv, int argc)
{
	struct profile a, b;
	unsigned int n;

	if (argc != 2)
		usage_error("diff takes two profiles");
	load(&a, argv[0]);
	load(&b, argv[1]);
	if (strcmp(a.kernel, b.kernel))
		printf("# kernel %s -> %s\n", a.kernel, b.kernel);
	if (!equal_features(&a, &b))
		printf("# features %s -> %s\n", a.features, b.features);
	n = rule_diff(stdout, &a, &b);
	profile_free(&a);
	profile_free(&b);
	return n ? EXIT_DIFFERENT : 0;
}

static int check_host(const char *path)
{
	struct profile want, host;
	unsigned int bad = 1;
	size_t size;
	char *text;
	FILE *why;

	load(&want, path);
	if (!*want.features)
		fatal("%s: no '# features' line: which vCPU is it for?", path);
	why = open_memstream(&text, &size);
	if (!why)
		fatal("%s", strerror(errno));
	if (host_read(why, &host, want.features)) {
		bad = host_try(why, &want, &host);
		profile_free(&host);
	}
	fclose(why);
	printf("%s -> this host: %s\n%s", path, bad ? "no" : "yes", text);
	free(text);
	profile_free(&want);
	return bad ? EXIT_DIFFERENT : 0;
}

static int check_direction(const struct profile *a, const char *a_path,
			   const struct profile *b, const char *b_path)
{
	unsigned int bad = rule_misfits(NULL, a, b);

	printf("%s -> %s: %s\n", a_path, b_path, bad ? "no" : "yes");
	rule_misfits(stdout, a, b);
	return bad ? EXIT_DIFFERENT : 0;
}

static int cmd_check(char **argv, int argc)
{
	struct profile a, b;
	int ret;

	if (argc == 1)
		return check_host(argv[0]);
	if (argc != 2)
		usage_error("check takes one or two profiles");
	load(&a, argv[0]);
	load(&b, argv[1]);
	same_features(&a, argv[0], &b, argv[1]);
	ret = check_direction(&a, argv[0], &b, argv[1]);
	ret |= check_direction(&b, argv[1], &a, argv[0]);
	profile_free(&a);
	profile_free(&b);
	return ret;
}

static int cmd_baseline(char **argv, int argc)
{
	struct profile *in, base = { .kernel_classes = true };
	unsigned int bad;
	FILE *out;

	if (argc < 2)
		usage_error("baseline takes two or more profiles");
	in = calloc(argc, sizeof(*in));
	if (!in)
		fatal("%s", strerror(ENOMEM));
	for (int i = 0; i < argc; i++) {
		load(&in[i], argv[i]);
		same_features(&in[0], argv[0], &in[i], argv[i]);
		base.kernel_classes &= in[i].kernel_classes;
	}
	snprintf(base.kernel, sizeof(base.kernel), "baseline of %d profiles", argc);
	strcpy(base.features, in[0].features);
	bad = rule_baseline(stderr, &base, in, (const char *const *)argv, argc);
	if (bad) {
		fprintf(stderr, "kvm_feat: no common profile, because of %u register%s\n", bad,
			bad == 1 ? "" : "s");
	} else {
		out = output_open(output);
		if (profile_print(&base, out))
			fatal("%s", strerror(ENOMEM));
		output_close(out);
	}
	for (int i = 0; i < argc; i++)
		profile_free(&in[i]);
	free(in);
	profile_free(&base);
	return bad ? EXIT_DIFFERENT : 0;
}

static void print_field(const struct regs_field *f, const char *prefix, bool id_reg)
{
	static const char *const safe[] = {
		[SAFE_EXACT] = "exact",
		[SAFE_VALUE] = "exact or ",
		[SAFE_LOWER] = "lower is safe",
		[SAFE_LOWER_SIGNED] = "signed, lower is safe",
		[SAFE_HIGHER] = "higher is safe",
		[SAFE_HIGHER_OR_ZERO] = "higher or zero is safe",
	};

	printf("%s%s %u:%u %s", prefix, *f->name ? f->name : "-", f->msb, f->lsb, f->kind);
	if (all) {
		printf("\n");
		return;
	}
	if (id_reg && *f->name)
		printf(f->safe == SAFE_VALUE ? ", %s%u" : ", %s", safe[f->safe], f->safe_val);
	for (const struct regs_enum *e = f->enums; e && e->name; e++)
		printf("%s%s (%u)", e == f->enums ? ": " : ", ", e->name, e->val);
	printf("\n");
}

static void explain_all(void)
{
	char prefix[64];

	for (const struct regs_desc *d = regs_next(NULL); d; d = regs_next(d)) {
		snprintf(prefix, sizeof(prefix), "%s ", d->name);
		for (const struct regs_field *f = d->fields; f && f->kind; f++)
			print_field(f, prefix, false);
	}
}

static int cmd_explain(char **argv, int argc)
{
	const struct regs_desc *d;
	unsigned int class;
	char name[40];
	__u64 id;

	if (all && !argc) {
		explain_all();
		return 0;
	}
	if (argc != 1 || all)
		usage_error("explain takes one register, by name or ID");
	id = regs_id(argv[0]);
	if (!profile_reg_bytes(id))
		fatal("no register '%s'", argv[0]);
	class = regs_class(id);
	d = regs_find(id);
	printf("%s 0x%016llx, %u bits\n", regs_name(name, sizeof(name), id), id,
	       8 * profile_reg_bytes(id));
	if (class & REGS_FEATURE)
		printf("feature: tells the guest what it runs on, restored before its first run\n");
	else
		printf("state: saved and restored with the VM, in no profile\n");
	if (class & REGS_CLEARABLE)
		printf("clearable: zero means absent, a profile may leave it out\n");
	if (class & REGS_VM)
		printf("VM-wide: one write through any vCPU is enough\n");
	else
		printf("per vCPU\n");
	if (regs_is_hcid(id))
		printf("bit n: function %u + n of SMCCC owner %u\n", (REG_LOW(id) & 63) * 64,
		       REG_LOW(id) >> 6 & 63);
	for (const struct regs_field *f = d ? d->fields : NULL; f && f->kind; f++)
		print_field(f, "    ", regs_is_id_reg(id));
	return 0;
}

static const struct {
	const char *name;
	const char *options;
	int (*run)(char **argv, int argc);
} commands[] = {
	{ "dump",	"fjov",	cmd_dump },
	{ "diff",	"",	cmd_diff },
	{ "check",	"",	cmd_check },
	{ "baseline",	"o",	cmd_baseline },
	{ "explain",	"a",	cmd_explain },
};

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "all",	no_argument,		NULL, 'a' },
		{ "features",	required_argument,	NULL, 'f' },
		{ "help",	no_argument,		NULL, 'h' },
		{ "json",	no_argument,		NULL, 'j' },
		{ "output",	required_argument,	NULL, 'o' },
		{ "verbose",	no_argument,		NULL, 'v' },
		{ 0 }
	};
	char given[8] = "";
	size_t n = 0, i;
	int opt;

	/* Too large a file is an error like a full disk */
	signal(SIGXFSZ, SIG_IGN);
	while ((opt = getopt_long(argc, argv, "f:hjo:v", options, NULL)) != -1) {
		switch (opt) {
		case 'a':
			all = true;
			break;
		case 'f':
			features = optarg;
			break;
		case 'h':
			printf(usage_text, host_features);
			output_close(stdout);
			return 0;
		case 'j':
			json = true;
			break;
		case 'o':
			output = optarg;
			break;
		case 'v':
			verbose = true;
			break;
		default:
			return EXIT_ERROR;
		}
		if (!strchr(given, opt))
			given[n++] = opt;
	}
	argv += optind;
	argc -= optind;
	if (!argc)
		usage_error("no command");
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(argv[0], commands[i].name))
			break;
	if (i == ARRAY_SIZE(commands))
		fatal("unknown command '%s'; see kvm_feat --help", argv[0]);
	for (const struct option *o = options; o->name; o++)
		if (strchr(given, o->val) && !strchr(commands[i].options, o->val))
			fatal("%s has no option --%s; see kvm_feat --help", argv[0], o->name);
	opt = commands[i].run(argv + 1, argc - 1);
	output_close(stdout);
	return opt;
}
