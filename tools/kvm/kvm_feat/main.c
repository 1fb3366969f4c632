// SPDX-License-Identifier: GPL-2.0
/*
 * kvm_feat: see, compare, check and pin the feature registers of KVM hosts
 */
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>

#include "kvm_feat.h"

static const char *wanted = "psci_0_2", *from, *output;
static bool json, quiet, verbose;

/* Features have an order only in what kvm_feat writes */
static bool equal_features(const struct profile *a, const struct profile *b)
{
	long x = features_parse(a->features), y = features_parse(b->features);

	return !strcmp(a->features, b->features) || (x >= 0 && x == y);
}

/* Hosts that can be compared with @want or, if that is NULL, with the first of them */
static void load_fleet(struct fleet *fleet, const struct profile *want, char **argv, int argc)
{
	*fleet = (struct fleet){ .max_names = verbose ? (size_t)-1 : 8 };
	for (int i = 0; i < argc; i++)
		fleet_add_file(fleet, argv[i]);
	for (int i = 0; i < argc; i++) {
		const struct profile *p = &fleet->kinds[fleet->hosts[i].kind].p;
		const struct profile *other = want ?: &fleet->kinds[0].p;

		if (!equal_features(p, other))
			fatal("%s has vCPU features '%s', not '%s': only the same can be checked",
			      argv[i], p->features, other->features);
	}
}

/* For pools and baseline: says of which hosts it is not known what they take, if of any */
static bool load_hosts(struct fleet *fleet, char **argv, int argc)
{
	bool known = true;

	load_fleet(fleet, NULL, argv, argc);
	for (size_t i = 0; i < fleet->nr; i++) {
		const char *missing = lacks_answers(&fleet->kinds[fleet->hosts[i].kind].p);

		if (missing)
			fprintf(stderr, "%s: unknown: the profile does not tell %s\n",
				fleet->hosts[i].name, missing);
		known &= !missing;
	}
	fleet_sort(fleet);
	if (!known)
		fleet_free(fleet);
	return known;
}

static int cmd_dump(char **argv, int argc)
{
	struct report report = {};
	struct profile p;
	FILE *out;

	if (!host_dump(&report, &p, wanted)) {
		report_print(&report, true, stderr);
		fatal("no profile with features '%s' on this host", wanted);
	}
	out = output_open();
	if (json)
		show(&p, NULL, 0, true, out);
	else
		profile_print(&p, out);
	output_close(out, output);
	profile_free(&p);
	return 0;
}

static int cmd_diff(char **argv, int argc)
{
	struct report report = {};
	struct profile a, b;
	unsigned int n;

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

/* What "check" says of a host, and of all others of its kind */
struct verdict {
	int status;		/* 0 yes, EXIT_DIFFERENT no, EXIT_UNKNOWN */
	struct report report;
	const char *host;	/* the first of which this was said; NULL: of none yet */
};

/* One line, and the reasons, but those of hosts of a kind only once */
static int print_verdict(struct verdict *v, const char *path, const char *host, bool last)
{
	static const char *const words[][2] = {
		[0] = { "yes", "true" }, [EXIT_DIFFERENT] = { "no", "false" },
		[EXIT_UNKNOWN] = { "unknown", "null" },
	};
	unsigned int reasons = report_reasons(&v->report);

	if (json) {
		json_string(stdout, "{\n  \"profile\": ", path);
		json_string(stdout, ",\n  \"host\": ", host);
		printf(",\n  \"fits\": %s,\n  \"findings\": ", words[v->status][1]);
		report_json(&v->report, stdout);
		puts(last ? "\n}" : "\n},");
	} else {
		printf("%s -> %s: %s", path, host, words[v->status][0]);
		if (!quiet && v->host && v->report.nr)
			printf(", as %s", v->host);
		else if (!quiet && reasons)
			reasons_print(stdout, ", because of ", reasons, " and ", "");
		putchar('\n');
		if (!quiet && !v->host)
			report_print(&v->report, verbose, stdout);
	}
	v->host = v->host ?: host;
	return v->status;
}

static int check_here(const struct profile *want, const char *path)
{
	struct verdict v = {};

	v.status = host_try(&v.report, want) ? EXIT_DIFFERENT : 0;
	print_verdict(&v, path, "this host", true);
	report_free(&v.report);
	return v.status;
}

static void judge_host(struct verdict *v, const struct profile *want, const struct profile *host)
{
	const char *missing = lacks_answers(host);

	v->status = missing ? EXIT_UNKNOWN :
		    rule_misfits(&v->report, want, host) ? EXIT_DIFFERENT : 0;
	if (missing)
		report_add(&v->report, NOTE, NULL, NULL,
			   "the profile of that host does not tell %s", missing);
}

static int cmd_check(char **argv, int argc)
{
	struct verdict *verdicts;
	struct fleet fleet;
	struct profile want;
	int status = 0, one;

	free(profile_must_load(&want, argv[0]));
	load_fleet(&fleet, &want, argv + 1, argc - 1);
	verdicts = must_realloc(NULL, fleet.nr_kinds, sizeof(*verdicts));
	memset(verdicts, 0, fleet.nr_kinds * sizeof(*verdicts));
	fputs(json ? "[" : "", stdout);
	if (argc == 1)
		status = check_here(&want, argv[0]);
	for (size_t i = 0; i < fleet.nr; i++) {
		struct verdict *v = &verdicts[fleet.hosts[i].kind];

		if (!v->host)
			judge_host(v, &want, &fleet.kinds[fleet.hosts[i].kind].p);
		one = print_verdict(v, argv[0], fleet.hosts[i].name, i == fleet.nr - 1);
		/* No for one is no, and else unknown for one is unknown */
		if (one && status != EXIT_DIFFERENT)
			status = one;
	}
	fputs(json ? "]\n" : "", stdout);
	for (size_t k = 0; k < fleet.nr_kinds; k++)
		report_free(&verdicts[k].report);
	free(verdicts);
	fleet_free(&fleet);
	profile_free(&want);
	return status;
}

/* With --json all is in one object, also why there is no baseline */
static void write_baseline(const struct profile *base, const struct report *report, bool found)
{
	FILE *out = output_open();

	if (json) {
		fputs("{\n  \"findings\": ", out);
		report_json(report, out);
		fputs(",\n  \"baseline\": ", out);
		if (found)
			show(base, NULL, 0, true, out);
		fputs(found ? "}\n" : "null\n}\n", out);
	} else {
		report_print(report, verbose, stderr);
		if (found)
			profile_print(base, out);
	}
	output_close(out, found ? output : NULL);
}

static int cmd_baseline(char **argv, int argc)
{
	struct profile base = { .kernel_classes = true };
	struct report report = {};
	size_t kind = ANY;
	struct fleet fleet;
	unsigned int bad;

	if (!load_hosts(&fleet, argv, argc))
		return EXIT_UNKNOWN;
	for (size_t i = 0; from && i < fleet.nr; i++)
		if (!strcmp(argv[i], from))
			kind = fleet.hosts[i].kind;
	if (from && kind == ANY)
		fatal("--from %s: not among the HOST arguments", from);
	for (size_t k = 0; k < fleet.nr_kinds; k++)
		base.kernel_classes &= fleet.kinds[k].p.kernel_classes;
	snprintf(base.kernel, sizeof(base.kernel), "baseline of %d profiles", argc);
	strcpy(base.features, fleet.kinds[0].p.features);
	bad = fleet_baseline(&report, &base, &fleet, kind);
	if (bad)
		fleet_advise(&report, &fleet);
	write_baseline(&base, &report, !bad);
	if (bad)
		fprintf(stderr, "kvm_feat: no common profile, because of %u register%s\n", bad,
			bad == 1 ? "" : "s");
	report_free(&report);
	profile_free(&base);
	fleet_free(&fleet);
	return bad ? EXIT_DIFFERENT : 0;
}

static int cmd_pools(char **argv, int argc)
{
	struct fleet fleet;
	size_t nr;

	if (!load_hosts(&fleet, argv, argc))
		return EXIT_UNKNOWN;
	nr = pools_find(&fleet);
	pools_print(&fleet, nr, json, verbose);
	fleet_free(&fleet);
	return nr > 1 ? EXIT_DIFFERENT : 0;
}

static int cmd_key(char **argv, int argc)
{
	char key[KEY_LEN];
	struct profile p;

	for (int i = 0; i < argc; i++) {
		free(profile_must_load(&p, argv[i]));
		puts(profile_key(key, &p));
		profile_free(&p);
	}
	return 0;
}

static int cmd_show(char **argv, int argc)
{
	FILE *out = output_open();
	struct profile p;

	free(profile_must_load(&p, argv[0]));
	show(&p, argv + 1, argc - 1, json, out);
	output_close(out, NULL);
	profile_free(&p);
	return 0;
}

static int cmd_set(char **argv, int argc)
{
	struct profile p;
	char *text;
	FILE *out;

	text = profile_must_load(&p, argv[0]);
	for (int i = 1; i < argc; i++)
		set(&p, argv[i]);
	out = output_open();
	profile_rewrite(&p, text, out);
	output_close(out, output);
	profile_free(&p);
	free(text);
	return 0;
}

static const struct command {
	const char *name;
	const char *options;
	int (*run)(char **argv, int argc);
	int min, max;		/* arguments */
	const char *usage;
} commands[] = {
	{ "dump", "fjo", cmd_dump, 0, 0, "[-f FEATURES] [-o FILE] [-j]" },
	{ "diff", "jv", cmd_diff, 2, 2, "[-jv] A B" },
	{ "check", "jqsv", cmd_check, 1, INT_MAX, "[-jqsv] PROFILE [HOST]..." },
	{ "baseline", "Fjosv", cmd_baseline, 2, INT_MAX,
	  "[-F HOST] [-o FILE] [-jsv] HOST HOST..." },
	{ "pools", "jsv", cmd_pools, 1, INT_MAX, "[-jsv] HOST..." },
	{ "key", "", cmd_key, 1, INT_MAX, "PROFILE..." },
	{ "show", "j", cmd_show, 1, INT_MAX, "[-j] PROFILE [REGISTER]..." },
	{ "set", "o", cmd_set, 2, INT_MAX, "[-o FILE] PROFILE REGISTER[.FIELD]=VALUE..." },
};

static void help(void)
{
	puts("Usage:");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		printf("    kvm_feat %s %s\n", commands[i].name, commands[i].usage);
	printf("Exit status: 0 yes or done, 1 no, 2 error, 3 unknown: see kvm_feat(1).\n"
	       "FEATURES, separated by commas (default psci_0_2), are of these:\n   ");
	for (size_t i = 0; i < nr_features; i++)
		printf(" %s", features[i].name);
	putchar('\n');
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "features", required_argument, NULL, 'f' },
		{ "from", required_argument, NULL, 'F' }, { "help", no_argument, NULL, 'h' },
		{ "json", no_argument, NULL, 'j' }, { "output", required_argument, NULL, 'o' },
		{ "quiet", no_argument, NULL, 'q' }, { "strict", no_argument, NULL, 's' },
		{ "verbose", no_argument, NULL, 'v' }, { 0 }
	};
	const struct command *c = commands, *end = c + ARRAY_SIZE(commands);
	const char *given[128] = {};
	int opt;

	/* Too large a file is an error like a full disk */
	signal(SIGXFSZ, SIG_IGN);
	while ((opt = getopt_long(argc, argv, "f:F:hjo:qsv", options, NULL)) != -1) {
		if (opt == '?')
			return EXIT_ERROR;
		given[opt] = optarg ?: "";
	}
	argv += optind;
	argc -= optind;
	if (given['h']) {
		help();
		output_flush();
		return 0;
	}
	while (argc && c < end && strcmp(argv[0], c->name))
		c++;
	if (!argc || c == end)
		fatal("%s; see kvm_feat --help", argc ? "unknown command" : "no command");
	for (const struct option *o = options; o->name; o++)
		if (given[o->val] && !strchr(c->options, o->val))
			fatal("%s has no option --%s; see kvm_feat --help", c->name, o->name);
	argv++;
	argc--;
	if (argc < c->min || argc > c->max)
		fatal("usage: kvm_feat %s %s", c->name, c->usage);
	json = given['j'];
	quiet = given['q'];
	verbose = given['v'];
	from = given['F'];
	output = given['o'];
	wanted = given['f'] ?: wanted;
	good_enough = given['s'] ? BETTER : CORRECTED;
	opt = c->run(argv, argc);
	output_flush();
	return opt;
}
