// SPDX-License-Identifier: GPL-2.0
/*
 * What must be true of any hosts, tried with random ones: a profile fits its own host;
 * a baseline fits all hosts, does not depend on their order, exists if one of the
 * profiles fits all hosts, and has the caches and the identity of one of them. What is
 * written, as a profile or a template, is read as what it was.
 *
 * Usage: random [TRIALS [SEED]]
 */
#include <stdlib.h>
#include <string.h>

#include "fingerprint.h"
#include "judge.h"
#include "report.h"
#include "rule.h"
#include "template.h"

#define MAX_HOSTS	5

static const struct {
	const char *name;
	bool sometimes;		/* not every kernel has it */
	__u64 values;		/* the bits that vary */
	__u64 bits[4];		/* those that hosts are asked for together */
} regs[] = {
	{ "AIDR_EL1", false, 0x3 },
	{ "CCSIDR_0", false, 0x1b, { 0x7, 0x1ff8, 0xfffe000 } },
	{ "CCSIDR_1", false, 0x1b, { 0x7, 0x1ff8, 0xfffe000 } },
	{ "CCSIDR_9", true, 0x1b, { 0x7, 0x1ff8, 0xfffe000 } },
	{ "CLIDR_EL1", false, 0x200023, { 0x1fffff, 0x3fe00000 } },
	{ "CTR_EL0", false, 0x1000c00f, { 0xf, 0xc000, 0xf0000000 } },
	{ "GICD_IIDR", false, 0x3000, { 0xf000 } },
	{ "HCID_VENDOR_HYP_1", true, 0x8000000000000003 },
	{ "ID_AA64MMFR0_EL1", false, 0xf00000f, { 0xf, 0xf000000 } },
	{ "ID_AA64PFR0_EL1", false, 0x3000000030000f33, { 0xf, 0xf0, 0xf00, 0xf000000000000000 } },
	{ "ID_PFR0_EL1", false, 0x33, { ~0ULL } },
	{ "MIDR_EL1", false, 0x30 },
	{ "PMMIR_EL1", true, 0x3, { 0xff } },
	{ "PMU_COUNTERS", false, 0x3, { 0xffffffff } },
	{ "PSCI_VERSION", false, 0x3, { 0xffffffff } },
	{ "S3_0_C0_C7_7", false, 0x1, { ~0ULL } },
	{ "SMCCC_ARCH_WORKAROUND_2", false, 0x3, { 0x3f } },
	{ "STD_BMAP", true, 0x1 },
	{ "SVE_VLS", false, 0xe },
};

static unsigned int trial;

static unsigned int below(unsigned int n)
{
	return random() % n;
}

static void check(bool ok, const char *what)
{
	if (ok)
		return;
	printf("not ok - trial %u: %s\n", trial, what);
	exit(EXIT_FAILURE);
}

/* Its own value, and now and then others */
static void add_takes(struct profile *p, const struct profile_reg *r, __u64 bits)
{
	struct profile_take take = {
		.id = r->id, .msb = 63 - __builtin_clzll(bits), .lsb = __builtin_ctzll(bits),
	};
	__u64 max = bits >> take.lsb, own = (r->val[0] & bits) >> take.lsb;

	take.min = own;
	take.max = own;
	profile_add_take(p, &take);
	/* All of a register: it ignores all */
	if (!take.lsb && take.msb == 63) {
		take.ignored = true;
		take.min = 0;
		take.max = max;
		profile_add_take(p, &take);
		return;
	}
	for (int n = below(5); n; n--) {
		take.min = below(4) ? 0 : below(16);
		take.max = below(4) ? max : take.min + below(16);
		take.ignored = !below(4);
		if (take.min <= take.max && take.max <= max)
			profile_add_take(p, &take);
	}
}

static void random_host(struct profile *p, __u64 common, bool asked)
{
	memset(p, 0, sizeof(*p));
	strcpy(p->kernel, "random");
	strcpy(p->features, "psci_0_2");
	for (size_t i = 0; i < ARRAY_SIZE(regs); i++) {
		__u64 id = regs_id(regs[i].name);
		struct profile_reg *r;

		if (regs[i].sometimes && below(2))
			continue;
		r = profile_add(p, id);
		strcpy(r->name, regs[i].name);
		/* Most hosts of a fleet are alike */
		r->val[0] = (below(4) ? common : (__u64)random() << 33 ^ random()) &
			    regs[i].values;
		r->val[0] |= id == REG_ID_SVE_VLS;
		r->optional = regs_class(id) & REGS_OPTIONAL;
		r->has_mask = REG_COPROC(id) == COPROC_SYSREG || regs_is_service(id);
		if (below(4))
			r->mask[0] = regs[i].values & (regs_is_service(id) ? r->val[0] : ~0ULL);
		for (size_t b = 0; asked && b < ARRAY_SIZE(regs[i].bits); b++)
			if (regs[i].bits[b] && below(8))
				add_takes(p, r, regs[i].bits[b]);
	}
	profile_sort(p);
}

static bool fits_all(const struct profile *p, const struct profile *in, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (rule_misfits(NULL, p, &in[i]))
			return false;
	return true;
}

/* Does one of the inputs have all of these values, where it has the registers? */
static bool is_of_one(const struct profile *base, const struct profile *in, size_t nr,
		      const char *const *names, size_t nr_names)
{
	for (size_t i = 0; i < nr; i++) {
		size_t n = 0;

		for (; n < nr_names; n++) {
			const struct profile_reg *b = profile_find(base, regs_id(names[n]));

			if (b && !same(b, profile_find(&in[i], b->id)))
				break;
		}
		if (n == nr_names)
			return true;
	}
	return false;
}

static char *text_of(const struct profile *p, size_t *size)
{
	char *text;
	FILE *out = open_memstream(&text, size);

	profile_print(p, out);
	fclose(out);
	return text;
}

static void check_same(const struct profile *a, const struct profile *b, const char *what)
{
	size_t a_size, b_size;
	char *x = text_of(a, &a_size), *y = text_of(b, &b_size);

	check(a_size == b_size && !memcmp(x, y, a_size), what);
	free(x);
	free(y);
}

static void check_format(const struct profile *p)
{
	char err[200] = "";
	struct profile again;
	size_t size;
	char *text = text_of(p, &size);

	check(!profile_parse(&again, "random", text, size, err, sizeof(err)), err);
	check_same(p, &again, "printed and parsed, it is another one");
	free(text);
	profile_free(&again);
}

/* There is a baseline, or without those that the advice names, there is */
static void check_advice(const struct profile *in, const char *const *names, size_t nr, bool bad)
{
	struct report report = {};
	struct profile others[MAX_HOSTS], base = {};
	size_t n;

	rule_advise(&report, in, names, nr);
	for (size_t i = 0; i < report.nr; i++) {
		const struct finding *f = &report.findings[i];

		if (f->kind != ADVICE)
			continue;
		if (strncmp(f->text, "without ", 8) || strstr(f->text, "more like it")) {
			check(!strncmp(f->text, "for VMs of ", 11) != bad, "advice of nothing");
			continue;
		}
		n = 0;
		for (size_t k = 0; k < nr; k++)
			if (*names[k] != f->text[8])
				others[n++] = in[k];
		check(!rule_baseline(NULL, &base, others, names, n, n), "wrong advice");
		profile_free(&base);
	}
	report_free(&report);
}

/* What Firecracker can be told comes back as it was */
static void check_template(const struct profile *p)
{
	struct report report = {};
	struct profile again;
	char err[200], *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	template_firecracker(&report, p, out);
	fclose(out);
	check(!fingerprint_parse(&again, "template", text, size, err, sizeof(err)), err);
	check(!strcmp(again.features, p->features), "other features in the template");
	for (size_t i = 0, n = 0; i < p->nr; i++) {
		const struct profile_reg *r = &p->regs[i];
		bool left = regs_is_hcid(r->id) || regs_is_device(r->id) || r->id == REG_ID_SVE_VLS;

		check(rule_absent(r) || left ? !profile_find(&again, r->id) :
		      n < again.nr && again.regs[n].id == r->id && same(&again.regs[n], r),
		      "another value in the template");
		n += !rule_absent(r) && !left;
	}
	report_free(&report);
	profile_free(&again);
	free(text);
}

/* Returns whether there is a baseline */
static bool try_hosts(void)
{
	static const char *const names[MAX_HOSTS] = { "a", "b", "c", "d", "e" };
	static const char *const caches[] = { "CLIDR_EL1", "CCSIDR_0", "CCSIDR_1", "CCSIDR_9" };
	static const char *const identity[] = { "MIDR_EL1", "AIDR_EL1" };
	struct profile in[MAX_HOSTS], base = {}, other = {}, swap;
	size_t nr = 2 + below(MAX_HOSTS - 1);
	__u64 common = (__u64)random() << 33 ^ random();
	bool asked = below(4), one = false;
	struct report report = {};
	unsigned int bad;

	for (size_t i = 0; i < nr; i++) {
		random_host(&in[i], common, asked);
		check_format(&in[i]);
		check_template(&in[i]);
		check(!rule_misfits(NULL, &in[i], &in[i]), "does not fit itself");
	}
	for (size_t i = 0; i < nr; i++)
		one |= fits_all(&in[i], in, nr);

	bad = rule_baseline(&report, &base, in, names, nr, nr);
	check(!one || !bad, "one profile fits all, but there is no baseline");
	check(bad || fits_all(&base, in, nr), "the baseline does not fit all");
	check(is_of_one(&base, in, nr, caches, ARRAY_SIZE(caches)), "mixed caches");
	check(is_of_one(&base, in, nr, identity, ARRAY_SIZE(identity)), "mixed identities");

	for (size_t i = nr - 1; i; i--) {
		size_t n = below(i + 1);

		swap = in[i];
		in[i] = in[n];
		in[n] = swap;
	}
	check(rule_baseline(&report, &other, in, names, nr, nr) == bad,
	      "as many obstacles in another order");
	check_advice(in, names, nr, bad);
	strcpy(base.kernel, "baseline");
	strcpy(other.kernel, "baseline");
	check_same(&base, &other, "another order, another baseline");

	report_free(&report);
	for (size_t i = 0; i < nr; i++)
		profile_free(&in[i]);
	profile_free(&base);
	profile_free(&other);
	return !bad;
}

int main(int argc, char **argv)
{
	unsigned int trials = argc > 1 ? atoi(argv[1]) : 10000, found = 0;

	srandom(argc > 2 ? atoi(argv[2]) : 1);
	for (trial = 1; trial <= trials; trial++)
		found += try_hosts();
	/* Of little worth if most have none, or all */
	check(found > trials / 20 && found < trials,
	      "baselines are as good as never or always there");
	printf("ok - %u random fleets, %u with a baseline\n", trials, found);
	return 0;
}
