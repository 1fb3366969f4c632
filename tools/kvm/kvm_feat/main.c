// SPDX-License-Identifier: GPL-2.0
/*
 * kvm_feat: see, compare, check and pin the feature registers of KVM hosts
 */
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>

#include "fleet.h"
#include "kvm_feat.h"

static const char usage[] =
	"Usage: kvm_feat dump [-f FEATURES] [-o FILE] [-jv]\n"
	"       kvm_feat diff [-jv] A B\n"
	"       kvm_feat check [-jqsv] PROFILE\n"
	"       kvm_feat check [-jqsv] PROFILE HOST...\n"
	"       kvm_feat baseline [-F HOST] [-o FILE] [-jsv] HOST HOST...\n"
	"       kvm_feat pools [-jsv] HOST...\n"
	"       kvm_feat key PROFILE...\n"
	"       kvm_feat show [-j] PROFILE [REGISTER[.FIELD]...]\n"
	"       kvm_feat set [-o FILE] PROFILE REGISTER[.FIELD]=VALUE...\n"
	"       kvm_feat explain REGISTER[.FIELD]...\n"
	"\n"
	"dump      write the profile of this host, and what it takes in place of that\n"
	"diff      what a guest sees change from profile A to profile B\n"
	"check     does a VM with this profile fit this host, or those others?\n"
	"baseline  write the greatest profile that all of the hosts can carry\n"
	"pools     the fewest groups of hosts that have a baseline, and what would merge them\n"
	"key       a short name, the same for profiles that give guests the same machine\n"
	"show      the fields of a profile, and what its host takes in them\n"
	"set       write the profile with other values\n"
	"explain   what a register is, its ID, its class and its fields\n"
	"\n"
	"See kvm_feat(1). Exit status: 0 yes or equal, 1 no or different, 2 error, 3 unknown.\n"
	"FEATURES, comma separated (default psci_0_2), are of:\n   ";

static const char *wanted = "psci_0_2", *from, *output;
static bool json, quiet, verbose;

static void usage_error(const char *what)
{
	fatal("%s; see kvm_feat --help", what);
}

/* Features have an order only in what kvm_feat writes */
static bool equal_features(const struct profile *a, const struct profile *b)
{
	long x = features_parse(a->features), y = features_parse(b->features);

	return !strcmp(a->features, b->features) || (x >= 0 && x == y);
}

/* Else the difference is asked for, and says nothing of hosts */
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
		show(p, NULL, 0, true, out);
	else
		profile_print(p, out);
	fputs(json ? "\n" : "", out);
	output_close(out);
}

static int cmd_dump(char **argv, int argc)
{
	struct report report = {};
	struct profile p;

	if (argc)
		usage_error("dump takes no arguments");
	if (!host_read(&report, &p, wanted)) {
		report_print(&report, true, stderr);
		fatal("no profile with features '%s' on this host", wanted);
	}
	host_ask(&p);
	write_profile(&p);
	if (verbose)
		fprintf(stderr, "kvm_feat: %zu registers, %u ioctls\n", p.nr, host_ioctls);
	profile_free(&p);
	return 0;
}

/* What could be done for VMs to have a profile that fits two hosts */
static void advise(struct report *report, const struct profile *a, const char *a_path,
		   const struct profile *b, const char *b_path)
{
	struct kind kinds[] = { { .p = *a }, { .p = *b } };
	struct host hosts[] = { { .name = a_path }, { .name = b_path, .kind = 1 } };
	const struct fleet fleet = { hosts, 2, kinds, 2, 2 };
	const bool set[] = { true, true };
	struct report why = {};

	if (lacks_answers(a) || lacks_answers(b))
		return;
	if (!fleet_baseline(&why, NULL, &fleet, set, ANY))
		report_add(report, ADVICE, NULL, NULL, NULL,
			   "for VMs of both: kvm_feat baseline %s %s", a_path, b_path);
	else
		report_add(report, NOTE, NULL, NULL, NULL, "no profile fits both");
	report_free(&why);
}

static int cmd_diff(char **argv, int argc)
{
	struct report report = {};
	struct profile a, b;
	unsigned int n;

	if (argc != 2)
		usage_error("diff takes two profiles");
	free(profile_must_load(&a, argv[0]));
	free(profile_must_load(&b, argv[1]));
	n = rule_diff(&report, &a, &b);
	if (json) {
		json_string(stdout, "{\n  \"from\": ", argv[0]);
		json_string(stdout, ",\n  \"to\": ", argv[1]);
		printf(",\n  \"same\": %s,\n  \"findings\": ", n ? "false" : "true");
		report_json(&report, stdout);
		puts("\n}");
	} else {
		if (strcmp(a.kernel, b.kernel))
			printf("# kernel %s -> %s\n", a.kernel, b.kernel);
		if (!equal_features(&a, &b))
			printf("# features %s -> %s\n", a.features, b.features);
		report_print(&report, verbose, stdout);
	}
	report_free(&report);
	profile_free(&a);
	profile_free(&b);
	return n ? EXIT_DIFFERENT : 0;
}

/* What "check" says of one direction */
struct verdict {
	int status;		/* 0 yes, EXIT_DIFFERENT no, EXIT_UNKNOWN */
	struct report report;
	const char *host;	/* the first of which this was said; NULL: of none yet */
};

static void print_json(const char *path, const char *host, const struct verdict *v)
{
	static const char *const fits[] = {
		[0] = "true", [EXIT_DIFFERENT] = "false", [EXIT_UNKNOWN] = "null",
	};
	static bool more;

	json_string(stdout, more ? ",\n{\n  \"profile\": " : "[{\n  \"profile\": ", path);
	json_string(stdout, ",\n  \"host\": ", host);
	printf(",\n  \"fits\": %s,\n  \"findings\": ", fits[v->status]);
	report_json(&v->report, stdout);
	printf("\n}");
	more = true;
}

/* One line, and the reasons, but those of hosts of a kind only once */
static int print_verdict(struct verdict *v, const char *path, const char *host)
{
	static const char *const words[] = {
		[0] = "yes", [EXIT_DIFFERENT] = "no", [EXIT_UNKNOWN] = "unknown",
	};
	char reasons[REASONS_LEN];

	if (json) {
		print_json(path, host, v);
		return v->status;
	}
	reasons_str(reasons, sizeof(reasons), report_reasons(&v->report));
	printf("%s -> %s: %s", path, host, words[v->status]);
	if (quiet)
		putchar('\n');
	else if (v->host && v->report.nr)
		printf(", as %s\n", v->host);
	else
		printf("%s%s\n", *reasons ? ", because of " : "", reasons);
	if (!quiet && !v->host)
		report_print(&v->report, verbose, stdout);
	if (!v->host)
		v->host = host;
	return v->status;
}

static int check_here(const struct profile *want, const char *path)
{
	struct verdict v = { .status = EXIT_DIFFERENT };
	struct profile host;

	if (host_read(&v.report, &host, want->features)) {
		v.status = host_try(&v.report, want, &host) ? EXIT_DIFFERENT : 0;
		if (v.status)
			advise(&v.report, want, path, &host, "PROFILE-OF-THIS-HOST");
		profile_free(&host);
	}
	print_verdict(&v, path, "this host");
	report_free(&v.report);
	return v.status;
}

static void judge_host(struct verdict *v, const struct profile *want, const char *path,
		       const struct profile *host, const char *host_path)
{
	const char *missing = lacks_answers(host);

	same_features(want, path, host, host_path);
	if (missing) {
		v->status = EXIT_UNKNOWN;
		report_add(&v->report, NOTE, NULL, NULL, NULL,
			   "the profile of that host does not tell %s", missing);
		return;
	}
	v->status = rule_misfits(&v->report, want, host) ? EXIT_DIFFERENT : 0;
	if (v->status)
		advise(&v->report, want, path, host, host_path);
}

static int cmd_check(char **argv, int argc)
{
	struct verdict *verdicts;
	struct fleet fleet = {};
	struct profile want;
	int status = 0;

	if (!argc)
		usage_error("check takes a profile, and then those of hosts");
	free(profile_must_load(&want, argv[0]));
	for (int i = 1; i < argc; i++)
		fleet_add_file(&fleet, argv[i]);
	verdicts = must_realloc(NULL, fleet.nr_kinds, sizeof(*verdicts));
	memset(verdicts, 0, fleet.nr_kinds * sizeof(*verdicts));
	for (size_t i = 0, k = 0; i < fleet.nr; i++) {
		if (fleet.hosts[i].kind != k)
			continue;
		judge_host(&verdicts[k], &want, argv[0], &fleet.kinds[k].p, fleet.hosts[i].name);
		k++;
	}
	if (argc == 1)
		status = check_here(&want, argv[0]);
	for (size_t i = 0; i < fleet.nr; i++) {
		const struct host *host = &fleet.hosts[i];
		int one = print_verdict(&verdicts[host->kind], argv[0], host->name);

		/* No for one is no, and else unknown for one is unknown */
		if (one && status != EXIT_DIFFERENT)
			status = one;
	}
	if (json)
		puts("]");
	for (size_t k = 0; k < fleet.nr_kinds; k++)
		report_free(&verdicts[k].report);
	free(verdicts);
	fleet_free(&fleet);
	profile_free(&want);
	return status;
}

/* A fleet of hosts; false, and says so, if some are none */
static bool load_fleet(struct fleet *fleet, char **argv, int argc)
{
	bool known = true;

	*fleet = (struct fleet){ .max_names = verbose ? (size_t)-1 : 8 };
	for (int i = 0; i < argc; i++)
		fleet_add_file(fleet, argv[i]);
	for (int i = 0; i < argc; i++) {
		const struct profile *p = &fleet->kinds[fleet->hosts[i].kind].p;
		const char *missing = lacks_answers(p);

		same_features(&fleet->kinds[0].p, argv[0], p, argv[i]);
		if (missing)
			fprintf(stderr, "%s: unknown: the profile does not tell %s\n", argv[i],
				missing);
		known &= !missing;
	}
	return known;
}

/* With --json all is in one object, also why there is no baseline */
static void write_baseline(const struct profile *base, const struct report *report, bool found)
{
	FILE *out;

	if (!json) {
		report_print(report, verbose, stderr);
		if (found)
			write_profile(base);
		return;
	}
	out = found ? output_open(output) : stdout;
	fputs("{\n  \"baseline\": ", out);
	if (found)
		show(base, NULL, 0, true, out);
	else
		fputs("null", out);
	fputs(",\n  \"findings\": ", out);
	report_json(report, out);
	fputs("\n}\n", out);
	output_close(out);
}

static int cmd_baseline(char **argv, int argc)
{
	struct profile base = { .kernel_classes = true };
	struct report report = {};
	struct fleet fleet;
	bool *set;
	size_t kind = ANY;
	unsigned int bad;

	if (argc < 2)
		usage_error("baseline takes the profiles of two or more hosts");
	if (!load_fleet(&fleet, argv, argc))
		return EXIT_UNKNOWN;
	for (size_t i = 0; i < fleet.nr; i++)
		if (from && !strcmp(argv[i], from))
			kind = fleet.hosts[i].kind;
	if (from && kind == ANY)
		usage_error("--from takes one of the profiles");
	for (size_t k = 0; k < fleet.nr_kinds; k++)
		base.kernel_classes &= fleet.kinds[k].p.kernel_classes;
	snprintf(base.kernel, sizeof(base.kernel), "baseline of %d profiles", argc);
	strcpy(base.features, fleet.kinds[0].p.features);
	set = kinds_new(&fleet, true);
	bad = fleet_baseline(&report, &base, &fleet, set, kind);
	if (bad)
		fleet_advise(&report, &fleet, set);
	write_baseline(&base, &report, !bad);
	if (bad)
		fprintf(stderr, "kvm_feat: no common profile, because of %u register%s\n", bad,
			bad == 1 ? "" : "s");
	free(set);
	report_free(&report);
	profile_free(&base);
	fleet_free(&fleet);
	return bad ? EXIT_DIFFERENT : 0;
}

static int cmd_pools(char **argv, int argc)
{
	bool **pools;
	struct fleet fleet;
	bool fewest;
	size_t nr;

	if (!argc)
		usage_error("pools takes the profiles of hosts");
	if (!load_fleet(&fleet, argv, argc))
		return EXIT_UNKNOWN;
	fleet_sort(&fleet);
	nr = pools_find(&pools, &fleet, &fewest);
	pools_print(pools, nr, fewest, &fleet, json, verbose);
	pools_free(pools, &fleet);
	fleet_free(&fleet);
	return nr > 1 ? EXIT_DIFFERENT : 0;
}

static int cmd_key(char **argv, int argc)
{
	char key[KEY_LEN];
	struct profile p;

	if (!argc)
		usage_error("key takes profiles");
	for (int i = 0; i < argc; i++) {
		free(profile_must_load(&p, argv[i]));
		puts(profile_key(key, &p));
		profile_free(&p);
	}
	return 0;
}

static int cmd_show(char **argv, int argc)
{
	struct profile p;

	if (!argc)
		usage_error("show takes a profile, and then registers");
	free(profile_must_load(&p, argv[0]));
	show(&p, argv + 1, argc - 1, json, stdout);
	fputs(json ? "\n" : "", stdout);
	profile_free(&p);
	return 0;
}

static int cmd_set(char **argv, int argc)
{
	struct profile p;
	char *text;
	FILE *out;

	if (argc < 2)
		usage_error("set takes a profile, and REGISTER.FIELD=VALUE");
	text = profile_must_load(&p, argv[0]);
	for (int i = 1; i < argc; i++)
		set(&p, argv[i]);
	out = output_open(output);
	profile_rewrite(&p, text, out);
	output_close(out);
	profile_free(&p);
	free(text);
	return 0;
}

static int cmd_explain(char **argv, int argc)
{
	if (!argc)
		usage_error("explain takes registers");
	explain(argv, argc);
	return 0;
}

static const struct {
	const char *name;
	const char *options;
	int (*run)(char **argv, int argc);
} commands[] = {
	{ "dump",	"fjov",		cmd_dump },
	{ "diff",	"jv",		cmd_diff },
	{ "check",	"jqsv",	cmd_check },
	{ "baseline",	"Fjosv",	cmd_baseline },
	{ "pools",	"jsv",		cmd_pools },
	{ "key",	"",		cmd_key },
	{ "show",	"j",		cmd_show },
	{ "set",	"o",		cmd_set },
	{ "explain",	"",		cmd_explain },
};

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "features", required_argument, NULL, 'f' },
		{ "from", required_argument, NULL, 'F' }, { "help", no_argument, NULL, 'h' },
		{ "json", no_argument, NULL, 'j' }, { "output", required_argument, NULL, 'o' },
		{ "quiet", no_argument, NULL, 'q' }, { "strict", no_argument, NULL, 's' },
		{ "verbose", no_argument, NULL, 'v' }, { "version", no_argument, NULL, 'V' }, { 0 }
	};
	const char *given[128] = {};
	size_t i = 0;
	int opt;

	/* Too large a file is an error like a full disk */
	signal(SIGXFSZ, SIG_IGN);
	while ((opt = getopt_long(argc, argv, "f:F:hjo:qsvV", options, NULL)) != -1) {
		if (opt == '?')
			return EXIT_ERROR;
		given[opt] = optarg ?: "";
	}
	argv += optind;
	argc -= optind;
	if (given['h']) {
		fputs(usage, stdout);
		for (i = 0; i < nr_features; i++)
			printf(" %s", features[i].name);
		putchar('\n');
	} else if (given['V']) {
		printf("kvm_feat of Linux %s, profile format 2\n", KERNEL_VERSION);
	}
	output_close(stdout);
	if (given['h'] || given['V'])
		return 0;
	if (!argc)
		usage_error("no command");
	while (i < ARRAY_SIZE(commands) && strcmp(argv[0], commands[i].name))
		i++;
	if (i == ARRAY_SIZE(commands))
		fatal("unknown command '%s'; see kvm_feat --help", argv[0]);
	for (const struct option *o = options; o->name; o++)
		if (given[o->val] && !strchr(commands[i].options, o->val))
			fatal("%s has no option --%s; see kvm_feat --help", argv[0], o->name);
	json = given['j'];
	quiet = given['q'];
	verbose = given['v'];
	from = given['F'];
	output = given['o'];
	wanted = given['f'] ?: wanted;
	good_enough = given['s'] ? BETTER : CORRECTED;
	opt = commands[i].run(argv + 1, argc - 1);
	output_close(stdout);
	return opt;
}
