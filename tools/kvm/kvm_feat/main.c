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

#include "vcpu.h"
#include "fingerprint.h"
#include "host.h"
#include "output.h"
#include "profile.h"
#include "regs.h"
#include "report.h"
#include "rule.h"
#include "show.h"
#include "template.h"

static const char usage_text[] =
	"Usage: kvm_feat dump [-f FEATURES] [-o FILE] [-jv]\n"
	"       kvm_feat diff [-j] A B\n"
	"       kvm_feat check [-jq] PROFILE\n"
	"       kvm_feat check [-bjq] PROFILE HOST...\n"
	"       kvm_feat baseline [-F HOST] [-o FILE] [-j] A B...\n"
	"       kvm_feat show [-j] PROFILE [REGISTER[.FIELD]...]\n"
	"       kvm_feat set [-o FILE] [-j] PROFILE REGISTER[.FIELD]=VALUE...\n"
	"       kvm_feat template [-t VMM] [-o FILE] [-j] PROFILE\n"
	"       kvm_feat explain [-j] REGISTER[.FIELD]... | --all\n"
	"       kvm_feat name | id [-j] [REGISTER...]\n"
	"       kvm_feat classes [-f FEATURES] [-j]\n"
	"\n"
	"dump      write the profile of this host: the feature registers of a fresh VM\n"
	"diff      what a guest sees change from profile A to profile B\n"
	"check     can a VM with this profile be started or restored on this host, or\n"
	"          on those that have the other profiles\n"
	"baseline  write the greatest profile that all of the hosts can carry\n"
	"show      the fields of a profile, and what its host takes in them\n"
	"set       write the profile with other values\n"
	"template  write the profile for a VMM: a CPU template or options\n"
	"explain   what a register is, its class and its fields\n"
	"name, id  the names or IDs of registers, of those on standard input if none given\n"
	"classes   compare the built-in classes with those that this host's kernel tells\n"
	"\n"
	"A PROFILE may also be a fingerprint or CPU template of Firecracker, or -, which is\n"
	"standard input. A REGISTER is a name, with or without _EL1, a pattern like\n"
	"'ID_AA64*', or an ID.\n"
	"\n"
	"    --all            the fields of every register known\n"
	"-b, --both           check the other direction, too\n"
	"-F, --from HOST      take the caches and the identity of the CPU from this one\n"
	"-f, --features LIST  vCPU features, comma separated (default psci_0_2), of:\n"
	"                    ";

static const char usage_end[] =
	"\n"
	"-h, --help           this text\n"
	"-j, --json           JSON instead of text\n"
	"-o, --output FILE    instead of standard output\n"
	"-q, --quiet          the answers without the reasons\n"
	"-t, --type VMM       firecracker (default) or qemu\n"
	"-v, --verbose        count registers, ioctls and time on standard error\n"
	"-V, --version        the kernel that this is from\n"
	"\n"
	"Exit status: 0 yes or equal, 1 no or different, 2 usage or error.\n";

static const char *wanted = "psci_0_2";
static const char *from, *output, *type = "firecracker";
static bool all, both, json, quiet, verbose;

static void usage_error(const char *what)
{
	fatal("%s; see kvm_feat --help", what);
}

static void load(struct profile *p, const char *path)
{
	char err[512], *text;
	size_t len;
	int ret;

	text = profile_read(path, &len, err, sizeof(err));
	if (!text)
		fatal("%s", err);
	if (text[strspn(text, " \t\r\n")] == '{')
		ret = fingerprint_parse(p, path, text, len, err, sizeof(err));
	else
		ret = profile_parse(p, path, text, len, err, sizeof(err));
	free(text);
	if (ret)
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

static bool all_in(const char *a, const char *b)
{
	char word[PROFILE_FEATURES_LEN];

	for (; *a; a += strcspn(a, ","), a += *a == ',') {
		snprintf(word, sizeof(word), "%.*s", (int)strcspn(a, ","), a);
		if (!features_has(b, word))
			return false;
	}
	return true;
}

/* In whatever order, and also those that this build does not know */
static bool equal_features(const struct profile *a, const struct profile *b)
{
	return all_in(a->features, b->features) && all_in(b->features, a->features);
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

	if (json) {
		show_json(p, NULL, 0, out);
		fputc('\n', out);
	} else if (profile_print(p, out)) {
		fatal("%s", strerror(ENOMEM));
	}
	output_close(out);
}

static int cmd_dump(char **argv, int argc)
{
	struct timespec start, stop;
	struct report report = {};
	struct profile p;

	if (argc)
		usage_error("dump takes no arguments");
	clock_gettime(CLOCK_MONOTONIC, &start);
	if (!host_read(&report, &p, wanted)) {
		report_print(&report, stderr);
		fatal("no profile with features '%s' on this host", wanted);
	}
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

/* The members that tell of which profiles the findings are, and the answer */
static void print_json(const char *a, const char *path, const char *b, const char *host,
		       const char *what, bool yes, const struct report *report)
{
	printf("{\n  \"%s\": ", a);
	json_string(stdout, path);
	printf(",\n  \"%s\": ", b);
	json_string(stdout, host);
	printf(",\n  \"%s\": %s,\n  \"findings\": ", what, yes ? "true" : "false");
	report_json(report, stdout);
	printf("\n}");
}

static void advise(struct report *report, const struct profile *want, const char *path,
		   const struct profile *host, const char *host_path)
{
	const struct profile in[] = { *want, *host };
	const char *const names[] = { path, host_path };

	rule_advise(report, in, names, 2);
}

static int cmd_diff(char **argv, int argc)
{
	struct report report = {};
	struct profile a, b;
	unsigned int n;

	if (argc != 2)
		usage_error("diff takes two profiles");
	load(&a, argv[0]);
	load(&b, argv[1]);
	n = rule_diff(&report, &a, &b);
	if (equal_features(&a, &b) && (rule_misfits(NULL, &a, &b) || rule_misfits(NULL, &b, &a)))
		advise(&report, &a, argv[0], &b, argv[1]);
	if (json) {
		print_json("from", argv[0], "to", argv[1], "same", !n, &report);
		putchar('\n');
	} else {
		if (strcmp(a.kernel, b.kernel))
			printf("# kernel %s -> %s\n", a.kernel, b.kernel);
		if (!equal_features(&a, &b))
			printf("# features %s -> %s\n", a.features, b.features);
		report_print(&report, stdout);
	}
	report_free(&report);
	profile_free(&a);
	profile_free(&b);
	return n ? EXIT_DIFFERENT : 0;
}

static bool same_finding(const struct finding *a, const struct finding *b)
{
	return a->kind == b->kind && !strcmp(a->reg, b->reg) && !strcmp(a->field, b->field) &&
	       (a->kind == ADVICE || !strcmp(a->text, b->text));
}

/* But for advice, which names the hosts */
static bool same_report(const struct report *a, const struct report *b)
{
	size_t i = 0;

	while (i < a->nr && i < b->nr && same_finding(&a->findings[i], &b->findings[i]))
		i++;
	return i == a->nr && i == b->nr;
}

struct answer {
	const char *path, *host;
	struct report report;
};

struct answers {
	struct answer *answer;
	size_t nr;
};

/* One line, and the reasons, but those of hosts of a kind only once */
static int print_answer(struct answers *all, const char *path, const char *host, bool yes,
			const struct report *report)
{
	struct answer *a = realloc(all->answer, (all->nr + 1) * sizeof(*a)), *like;

	if (!a)
		fatal("%s", strerror(ENOMEM));
	all->answer = a;
	a += all->nr++;
	*a = (struct answer){ .path = path, .host = host, .report = *report };
	if (json) {
		printf(all->nr == 1 ? "[" : ",\n");
		print_json("profile", path, "host", host, "fits", yes, report);
		return yes ? 0 : EXIT_DIFFERENT;
	}
	printf("%s -> %s: %s", path, host, yes ? "yes" : "no");
	for (like = all->answer; like < a; like++)
		if (!strcmp(like->path, path) && same_report(&like->report, report))
			break;
	if (like < a && report->nr && !quiet)
		printf(", as %s", like->host);
	putchar('\n');
	if (like == a && !quiet)
		report_print(report, stdout);
	return yes ? 0 : EXIT_DIFFERENT;
}

static int check_here(struct answers *all, const struct profile *want, const char *path)
{
	struct report report = {};
	struct profile host;
	bool yes = false;

	if (!*want->features)
		fatal("%s: no '# features' line: which vCPU is it for?", path);
	if (host_read(&report, &host, want->features)) {
		yes = !host_try(&report, want, &host);
		if (!yes)
			advise(&report, want, path, &host, "PROFILE-OF-THIS-HOST");
		profile_free(&host);
	}
	return print_answer(all, path, "this host", yes, &report);
}

static int check(struct answers *all, const struct profile *want, const char *path,
		 const struct profile *host, const char *host_path)
{
	struct report report = {};
	bool yes = !rule_misfits(&report, want, host);

	if (yes)
		rule_notes(&report, want, host);
	else
		advise(&report, want, path, host, host_path);
	return print_answer(all, path, host_path, yes, &report);
}

static int cmd_check(char **argv, int argc)
{
	struct answers all = {};
	struct profile want, host;
	int ret = 0;

	if (!argc || (both && argc == 1))
		usage_error("check takes a profile, and then those of hosts");
	load(&want, argv[0]);
	if (argc == 1)
		ret = check_here(&all, &want, argv[0]);
	for (int i = 1; i < argc; i++) {
		load(&host, argv[i]);
		same_features(&want, argv[0], &host, argv[i]);
		ret |= check(&all, &want, argv[0], &host, argv[i]);
		if (both)
			ret |= check(&all, &host, argv[i], &want, argv[0]);
		profile_free(&host);
	}
	if (json)
		puts("]");
	for (size_t i = 0; i < all.nr; i++)
		report_free(&all.answer[i].report);
	free(all.answer);
	profile_free(&want);
	return ret;
}

/* With --json all is in one object, also why there is no baseline */
static void write_baseline(const struct profile *base, const struct report *report, bool found)
{
	FILE *out;

	if (!json) {
		report_print(report, stderr);
		if (found)
			write_profile(base);
		return;
	}
	out = found ? output_open(output) : stdout;
	fputs("{\n  \"baseline\": ", out);
	if (found)
		show_json(base, NULL, 0, out);
	else
		fputs("null", out);
	fputs(",\n  \"findings\": ", out);
	report_json(report, out);
	fputs("\n}\n", out);
	output_close(out);
}

static int cmd_baseline(char **argv, int argc)
{
	const char *const *names = (const char *const *)argv;
	struct profile *in, base = { .kernel_classes = true };
	struct report report = {};
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
	bad = rule_baseline(&report, &base, in, names, argc, host);
	if (bad)
		rule_advise(&report, in, names, argc);
	write_baseline(&base, &report, !bad);
	if (bad)
		fprintf(stderr, "kvm_feat: no common profile, because of %u register%s\n", bad,
			bad == 1 ? "" : "s");
	for (int i = 0; i < argc; i++)
		profile_free(&in[i]);
	free(in);
	report_free(&report);
	profile_free(&base);
	return bad ? EXIT_DIFFERENT : 0;
}

static int cmd_show(char **argv, int argc)
{
	struct profile p;

	if (!argc)
		usage_error("show takes a profile, and then registers");
	load(&p, argv[0]);
	for (int i = 1; i < argc; i++)
		show_must_exist(&p, argv[i]);
	if (json) {
		show_json(&p, argv + 1, argc - 1, stdout);
		putchar('\n');
	} else if (argc == 1) {
		show(&p, NULL);
	}
	for (int i = 1; !json && i < argc; i++)
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

static int cmd_template(char **argv, int argc)
{
	struct report report = {};
	struct profile p;
	FILE *out;

	if (argc != 1)
		usage_error("template takes a profile");
	load(&p, argv[0]);
	out = output_open(output);
	if (!strcmp(type, "firecracker"))
		template_firecracker(&report, &p, out);
	else if (!strcmp(type, "qemu"))
		template_qemu(&report, &p, json, out);
	else
		usage_error("--type is firecracker or qemu");
	output_close(out);
	report_print(&report, stderr);
	report_free(&report);
	profile_free(&p);
	return 0;
}

static int cmd_explain(char **argv, int argc)
{
	if (all != !argc)
		usage_error("explain takes registers, or --all");
	explain(argv, argc, json);
	return 0;
}

static int cmd_name(char **argv, int argc)
{
	translate(argv, argc, false, json);
	return 0;
}

static int cmd_id(char **argv, int argc)
{
	translate(argv, argc, true, json);
	return 0;
}

static int cmd_classes(char **argv, int argc)
{
	struct report report = {};
	size_t nr;
	int ret;

	if (argc)
		usage_error("classes takes no arguments");
	nr = host_classes(&report, wanted);
	ret = report.nr ? EXIT_DIFFERENT : 0;
	if (!nr) {
		report_print(&report, stderr);
		fatal("no VM with features '%s' on this host", wanted);
	}
	if (json) {
		printf("{\n  \"registers\": %zu,\n  \"findings\": ", nr);
		report_json(&report, stdout);
		puts("\n}");
	} else {
		report_print(&report, stdout);
		printf("%zu registers, %zu with another class\n", nr, report.nr);
	}
	report_free(&report);
	return ret;
}

static const struct {
	const char *name;
	const char *options;
	int (*run)(char **argv, int argc);
} commands[] = {
	{ "dump",	"fjov",	cmd_dump },
	{ "diff",	"j",	cmd_diff },
	{ "check",	"bjq",	cmd_check },
	{ "baseline",	"Fjo",	cmd_baseline },
	{ "show",	"j",	cmd_show },
	{ "set",	"jo",	cmd_set },
	{ "template",	"jot",	cmd_template },
	{ "explain",	"aj",	cmd_explain },
	{ "name",	"j",	cmd_name },
	{ "id",		"j",	cmd_id },
	{ "classes",	"fj",	cmd_classes },
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
		{ "type",	required_argument,	NULL, 't' },
		{ "verbose",	no_argument,		NULL, 'v' },
		{ "version",	no_argument,		NULL, 'V' },
		{ 0 }
	};
	char given[ARRAY_SIZE(options)] = "";
	size_t n = 0, i;
	int opt;

	/* Too large a file is an error like a full disk */
	signal(SIGXFSZ, SIG_IGN);
	while ((opt = getopt_long(argc, argv, "bf:F:hjo:qt:vV", options, NULL)) != -1) {
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
			wanted = optarg;
			break;
		case 'h':
			fputs(usage_text, stdout);
			for (i = 0; i < nr_features; i++)
				printf(" %s", features[i].name);
			fputs(usage_end, stdout);
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
		case 't':
			type = optarg;
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
