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
#include "show.h"

static const char usage_text[] =
	"Usage: kvm_feat dump [-f FEATURES] [-o FILE] [-j] [-v]\n"
	"       kvm_feat diff A B\n"
	"       kvm_feat check [-q] PROFILE\n"
	"       kvm_feat check [-bq] PROFILE HOST...\n"
	"       kvm_feat baseline [-F HOST] [-o FILE] A B...\n"
	"       kvm_feat show [-j] PROFILE [REGISTER[.FIELD]...]\n"
	"       kvm_feat set [-o FILE] PROFILE REGISTER[.FIELD]=VALUE...\n"
	"       kvm_feat explain REGISTER[.FIELD]... | --all\n"
	"       kvm_feat name | id [REGISTER...]\n"
	"       kvm_feat classes [-f FEATURES]\n"
	"\n"
	"dump      write the profile of this host: the feature registers of a fresh VM\n"
	"diff      what a guest sees change from profile A to profile B\n"
	"check     can a VM with this profile be started or restored on this host, or\n"
	"          on those that have the other profiles\n"
	"baseline  write the greatest profile that all of the hosts can carry\n"
	"show      the fields of a profile, and what its host takes in them\n"
	"set       write the profile with other values\n"
	"explain   what a register is, its class and its fields\n"
	"name, id  the names or IDs of registers, of those on standard input if none given\n"
	"classes   compare the built-in classes with those that this host's kernel tells\n"
	"\n"
	"A file - is standard input. A REGISTER is a name, with or without _EL1, a pattern\n"
	"like 'ID_AA64*', or an ID.\n"
	"\n"
	"    --all            the fields of every register known\n"
	"-b, --both           check the other direction, too\n"
	"-F, --from HOST      take the caches and the identity of the CPU from this one\n"
	"-f, --features LIST  vCPU features, comma separated (default psci_0_2), of:\n"
	"                     %s\n"
	"-h, --help           this text\n"
	"-j, --json           JSON instead of a profile\n"
	"-o, --output FILE    instead of standard output\n"
	"-q, --quiet          the answers without the reasons\n"
	"-v, --verbose        count registers, ioctls and time on standard error\n"
	"-V, --version        the kernel that this is from\n"
	"\n"
	"Exit status: 0 yes or equal, 1 no or different, 2 usage or error.\n";

static const char *features = "psci_0_2";
static const char *from, *output;
static bool all, both, json, quiet, verbose;

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

static void write_profile(const struct profile *p)
{
	FILE *out = output_open(output);

	if (json)
		show_json(p, out);
	else if (profile_print(p, out))
		fatal("%s", strerror(ENOMEM));
	output_close(out);
}

static int cmd_dump(char **argv, int argc)
{
	struct timespec start, stop;
	struct profile p;

	if (argc)
		usage_error("dump takes no arguments");
	clock_gettime(CLOCK_MONOTONIC, &start);
	if (!host_read(stderr, &p, features))
		fatal("no profile with features '%s' on this host", features);
	host_ask(&p);
	clock_gettime(CLOCK_MONOTONIC, &stop);
	write_profile(&p);
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

static int answer(const char *path, const char *host, bool yes, const char *why)
{
	printf("%s -> %s: %s\n%s", path, host, yes ? "yes" : "no", quiet ? "" : why);
	return yes ? 0 : EXIT_DIFFERENT;
}

static int check_here(const struct profile *want, const char *path)
{
	struct profile host;
	bool yes = false;
	size_t size;
	char *why;
	FILE *out;
	int ret;

	if (!*want->features)
		fatal("%s: no '# features' line: which vCPU is it for?", path);
	out = open_memstream(&why, &size);
	if (!out)
		fatal("%s", strerror(errno));
	if (host_read(out, &host, want->features)) {
		yes = !host_try(out, want, &host);
		profile_free(&host);
	}
	fclose(out);
	ret = answer(path, "this host", yes, why);
	free(why);
	return ret;
}

static int check(const struct profile *want, const char *path,
		 const struct profile *host, const char *host_path)
{
	size_t size;
	char *why;
	FILE *out;
	bool yes;
	int ret;

	out = open_memstream(&why, &size);
	if (!out)
		fatal("%s", strerror(errno));
	yes = !rule_misfits(out, want, host);
	if (yes)
		rule_notes(out, want, host);
	fclose(out);
	ret = answer(path, host_path, yes, why);
	free(why);
	return ret;
}

static int cmd_check(char **argv, int argc)
{
	struct profile want, host;
	int ret = 0;

	if (!argc || (both && argc == 1))
		usage_error("check takes a profile, and then those of hosts");
	load(&want, argv[0]);
	if (argc == 1)
		ret = check_here(&want, argv[0]);
	for (int i = 1; i < argc; i++) {
		load(&host, argv[i]);
		same_features(&want, argv[0], &host, argv[i]);
		ret |= check(&want, argv[0], &host, argv[i]);
		if (both)
			ret |= check(&host, argv[i], &want, argv[0]);
		profile_free(&host);
	}
	profile_free(&want);
	return ret;
}

static int cmd_baseline(char **argv, int argc)
{
	struct profile *in, base = { .kernel_classes = true };
	int host = argc;
	unsigned int bad;

	if (argc < 2)
		usage_error("baseline takes two or more profiles");
	in = calloc(argc, sizeof(*in));
	if (!in)
		fatal("%s", strerror(ENOMEM));
	for (int i = 0; i < argc; i++) {
		load(&in[i], argv[i]);
		same_features(&in[0], argv[0], &in[i], argv[i]);
		base.kernel_classes &= in[i].kernel_classes;
		if (from && !strcmp(argv[i], from))
			host = i;
	}
	if (from && host == argc)
		usage_error("--from takes one of the profiles");
	snprintf(base.kernel, sizeof(base.kernel), "baseline of %d profiles", argc);
	strcpy(base.features, in[0].features);
	bad = rule_baseline(stderr, &base, in, (const char *const *)argv, argc, host);
	if (bad)
		fprintf(stderr, "kvm_feat: no common profile, because of %u register%s\n", bad,
			bad == 1 ? "" : "s");
	else
		write_profile(&base);
	for (int i = 0; i < argc; i++)
		profile_free(&in[i]);
	free(in);
	profile_free(&base);
	return bad ? EXIT_DIFFERENT : 0;
}

static int cmd_show(char **argv, int argc)
{
	struct profile p;

	if (!argc || (json && argc > 1))
		usage_error("show takes a profile, and then registers, unless as JSON");
	load(&p, argv[0]);
	if (json)
		show_json(&p, stdout);
	else if (argc == 1)
		show(&p, NULL);
	for (int i = 1; i < argc; i++)
		show(&p, argv[i]);
	profile_free(&p);
	return 0;
}

static int cmd_set(char **argv, int argc)
{
	struct profile p;

	if (argc < 2)
		usage_error("set takes a profile, and REGISTER.FIELD=VALUE");
	load(&p, argv[0]);
	for (int i = 1; i < argc; i++)
		set(&p, argv[i]);
	write_profile(&p);
	profile_free(&p);
	return 0;
}

static int cmd_explain(char **argv, int argc)
{
	if (all != !argc)
		usage_error("explain takes registers, or --all");
	if (all)
		explain_all();
	for (int i = 0; i < argc; i++)
		explain(argv[i]);
	return 0;
}

static int cmd_name(char **argv, int argc)
{
	translate(argv, argc, false);
	return 0;
}

static int cmd_id(char **argv, int argc)
{
	translate(argv, argc, true);
	return 0;
}

static int cmd_classes(char **argv, int argc)
{
	if (argc)
		usage_error("classes takes no arguments");
	return host_classes(stdout, features) ? EXIT_DIFFERENT : 0;
}

static const struct {
	const char *name;
	const char *options;
	int (*run)(char **argv, int argc);
} commands[] = {
	{ "dump",	"fjov",	cmd_dump },
	{ "diff",	"",	cmd_diff },
	{ "check",	"bq",	cmd_check },
	{ "baseline",	"Fo",	cmd_baseline },
	{ "show",	"j",	cmd_show },
	{ "set",	"o",	cmd_set },
	{ "explain",	"a",	cmd_explain },
	{ "name",	"",	cmd_name },
	{ "id",		"",	cmd_id },
	{ "classes",	"f",	cmd_classes },
};

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "all",	no_argument,		NULL, 'a' },
		{ "both",	no_argument,		NULL, 'b' },
		{ "features",	required_argument,	NULL, 'f' },
		{ "from",	required_argument,	NULL, 'F' },
		{ "help",	no_argument,		NULL, 'h' },
		{ "json",	no_argument,		NULL, 'j' },
		{ "output",	required_argument,	NULL, 'o' },
		{ "quiet",	no_argument,		NULL, 'q' },
		{ "verbose",	no_argument,		NULL, 'v' },
		{ "version",	no_argument,		NULL, 'V' },
		{ 0 }
	};
	char given[ARRAY_SIZE(options)] = "";
	size_t n = 0, i;
	int opt;

	/* Too large a file is an error like a full disk */
	signal(SIGXFSZ, SIG_IGN);
	while ((opt = getopt_long(argc, argv, "bf:F:hjo:qvV", options, NULL)) != -1) {
		switch (opt) {
		case 'a':
			all = true;
			break;
		case 'b':
			both = true;
			break;
		case 'F':
			from = optarg;
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
		case 'q':
			quiet = true;
			break;
		case 'V':
			printf("kvm_feat of Linux %s, profile format 2\n", KERNEL_VERSION);
			output_close(stdout);
			return 0;
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
