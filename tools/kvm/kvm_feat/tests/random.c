// SPDX-License-Identifier: GPL-2.0
/*
 * What must be true of any hosts, tried with random ones: a profile fits its own host;
 * a baseline fits all hosts, does not depend on their order, exists if one of the
 * profiles fits all hosts, and has the caches and the identity of one of them. Pools are as
 * few as can be, whatever the order, and have each host once. Keys are the same for the same
 * machine, and else are not. What is written is read as what it was.
 *
 * Usage: random [TRIALS [SEED]]
 *        random names: the table of registers, to be compared with its source
 */
#include <stdlib.h>

#include "kvm_feat.h"

#define MAX_HOSTS	5

static const struct {
	const char *name;
	bool sometimes;		/* not every kernel has it */
	__u64 values;		/* the bits that vary */
	__u64 bits[4];		/* those that hosts are asked for together */
} regs[] = {
	{ "AIDR_EL1", false, 0x3 },
	{ "CCSIDR_0", false, 0x1b, { 0x7, 0x1ff8, 0xfffe000 } },
	{ "CCSIDR_9", true, 0x1b, { 0x7, 0x1ff8, 0xfffe000 } },
	{ "CLIDR_EL1", false, 0x200023, { 0x1fffff, 0x3fe00000 } },
	{ "CNTFRQ_EL0", false, 0 },
	{ "GICD_IIDR", false, 0x3000, { 0xf000 } },
	{ "HCID_VENDOR_HYP_1", true, 0x8000000000000003 },
	{ "GIC_TYPES", false, 0x180 },
	{ "ID_AA64MMFR0_EL1", false, 0xf00000f, { 0xf, 0xf000000 } },
	{ "ID_AA64PFR0_EL1", false, 0x3000000030000f33, { 0xf, 0xf0, 0xf00, 0xf000000000000000 } },
	{ "ID_PFR0_EL1", false, 0x33, { ~0ULL } },
	{ "IPA_SIZE", false, 0x3 },
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
static void add_takes(struct profile_reg *r, __u64 bits)
{
	struct profile_take take = {
		.msb = 63 - __builtin_clzll(bits), .lsb = __builtin_ctzll(bits),
	};
	__u64 max = bits >> take.lsb, own = (r->val[0] & bits) >> take.lsb;

	take.min = own;
	take.max = own;
	profile_add_take(r, &take);
	/* All of a register: it ignores all */
	if (!take.lsb && take.msb == 63) {
		take.ignored = true;
		take.min = 0;
		take.max = max;
		profile_add_take(r, &take);
		return;
	}
	for (int n = below(5); n; n--) {
		take.min = below(4) ? 0 : below(16);
		take.max = below(4) ? max : take.min + below(16);
		take.ignored = !below(4);
		if (take.min <= take.max && take.max <= max)
			profile_add_take(r, &take);
	}
}

static __u64 random64(void)
{
	return (__u64)random() << 33 ^ random();
}

static void random_host(struct profile *p, __u64 common)
{
	*p = (struct profile){ .kernel = "random", .features = "psci_0_2" };
	for (size_t i = 0; i < ARRAY_SIZE(regs); i++) {
		__u64 id = regs_id(regs[i].name);
		const struct regs_class *c = regs_class_of(id);
		struct profile_reg *r;

		if (regs[i].sometimes && below(2))
			continue;
		r = profile_add(p, id);
		strcpy(r->name, regs[i].name);
		/* Most hosts of a fleet are alike */
		r->val[0] = (below(16) ? common : random64()) & regs[i].values;
		r->val[0] |= id == REG_ID_SVE_VLS;
		r->optional = regs_class(id) & REGS_OPTIONAL;
		r->has_mask = id < REG_ID_DEVICE &&
			      (regs_is_service(id) || c->probe[0].how == PROBE_FIELDS ||
			       c->group == IDENTITY);
		if (r->has_mask && below(2))
			r->mask = regs[i].values & (regs_is_service(id) ? r->val[0] : ~0ULL);
		for (size_t b = 0; b < ARRAY_SIZE(regs[i].bits); b++)
			if (regs[i].bits[b] && below(8))
				add_takes(r, regs[i].bits[b]);
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
		      enum regs_group group)
{
	for (size_t i = 0; i < nr; i++) {
		bool same = true;

		for (size_t n = 0; n < base->nr; n++)
			if (regs_class_of(base->regs[n].id)->group == group)
				same &= profile_same(&base->regs[n],
						     profile_find(&in[i], base->regs[n].id));
		if (same)
			return true;
	}
	return false;
}

static void parse(struct profile *p, const char *text)
{
	char err[200] = "";

	check(!profile_parse(p, "random", text, strlen(text), err, sizeof(err)), err);
}

/* What guests do not see is not in the key: takes, masks, limits, optional registers of zero */
static void check_format(const struct profile *p)
{
	char *text = profile_text(p), *same, a[KEY_LEN], b[KEY_LEN];
	struct profile again;
	struct profile_reg *r;
	size_t n = 0;

	parse(&again, text);
	same = profile_text(&again);
	check(!strcmp(text, same), "printed and parsed, it is another one");
	free(same);
	for (size_t i = 0; i < again.nr; i++) {
		r = &again.regs[i];
		r->nr_takes = 0;
		r->has_mask = below(2);
		if (!profile_absent(r) && strcmp(r->name, "IPA_SIZE"))
			again.regs[n++] = *r;
		else
			free(r->takes);
	}
	again.nr = n;
	profile_key(a, p);
	check(!strcmp(a, profile_key(b, &again)), "another key for the same machine");
	r = &again.regs[below(n)];
	r->val[0] ^= 1ULL << below(8 * profile_reg_bytes(r->id) < 64 ? 32 : 64);
	check(strcmp(a, profile_key(b, &again)) || profile_absent(r) ||
	      regs_class_of(r->id)->rule == RULE_OFFER || regs_class_of(r->id)->group == CACHES,
	      "the same key for another machine");
	profile_free(&again);
	free(text);
}

static bool pool_fits(struct fleet *fleet, size_t pool)
{
	for (size_t k = 0; k < fleet->nr_kinds; k++)
		fleet->kinds[k].in = fleet->kinds[k].pool == pool;
	return !fleet_baseline(NULL, NULL, fleet, ANY);
}

/* The fewest pools, of all ways to divide kind @n and those after it, with @nr pools before */
static size_t brute(struct fleet *fleet, size_t nr, size_t n)
{
	size_t best = MAX_HOSTS + 1, found;

	if (n == fleet->nr_kinds) {
		for (size_t i = 0; i < nr; i++)
			if (!pool_fits(fleet, i))
				return best;
		return nr;
	}
	for (size_t i = 0; i <= nr; i++) {
		fleet->kinds[n].pool = i;
		found = brute(fleet, nr + (i == nr), n + 1);
		best = found < best ? found : best;
	}
	return best;
}

/* Returns how many pools there are */
static size_t check_pools(struct fleet *fleet)
{
	size_t nr = pools_find(fleet);

	for (size_t i = 0; i < nr; i++)
		check(pool_fits(fleet, i), "a pool without a baseline");
	for (size_t k = 0; k < fleet->nr_kinds; k++)
		check(fleet->kinds[k].pool < nr, "a host in no pool");
	check(brute(fleet, 0, 0) == nr, "there are fewer pools");
	return nr;
}

/* Returns whether there is a baseline */
static bool try_hosts(void)
{
	static const char *const names[MAX_HOSTS] = { "a", "b", "c", "d", "e" };
	struct profile in[MAX_HOSTS], base[2] = {}, copy;
	size_t nr = 2 + below(MAX_HOSTS - 1), pools[2];
	__u64 common = random64();
	char key[2][KEY_LEN];
	unsigned int bad[2];
	bool one = false;

	for (size_t i = 0; i < nr; i++) {
		random_host(&in[i], common);
		check_format(&in[i]);
		check(!rule_misfits(NULL, &in[i], &in[i]), "does not fit itself");
	}
	for (size_t i = 0; i < nr; i++)
		one |= fits_all(&in[i], in, nr);
	/* In two orders */
	for (int n = 0; n < 2; n++) {
		struct fleet fleet = { .max_names = 8 };
		struct report report = {};

		for (size_t i = 0; i < nr; i++) {
			char *text = profile_text(&in[n ? nr - 1 - i : i]);

			parse(&copy, text);
			fleet_add(&fleet, names[i], &copy, text);
		}
		fleet_sort(&fleet);
		bad[n] = fleet_baseline(&report, &base[n], &fleet, ANY);
		check(!bad[n] == !fleet_baseline(NULL, NULL, &fleet, ANY), "it depends");
		if (bad[n])
			fleet_advise(&report, &fleet);
		pools[n] = check_pools(&fleet);
		check((pools[n] == 1) == !bad[n], "a baseline for all, and pools");
		report_free(&report);
		fleet_free(&fleet);
	}
	check(!one || !bad[0], "one profile fits all, but there is no baseline");
	check(bad[0] || fits_all(&base[0], in, nr), "the baseline does not fit all");
	check(is_of_one(&base[0], in, nr, CACHES), "mixed caches");
	check(is_of_one(&base[0], in, nr, IDENTITY), "mixed identities");
	check(bad[0] == bad[1] && pools[0] == pools[1], "another result in another order");
	check(!strcmp(profile_key(key[0], &base[0]), profile_key(key[1], &base[1])),
	      "another order, another baseline");
	for (size_t i = 0; i < nr; i++)
		profile_free(&in[i]);
	profile_free(&base[0]);
	profile_free(&base[1]);
	return !bad[0];
}

/* As recorded on hosts of either byte order: CCSIDR_0, PSCI_VERSION, and vector lengths */
static void check_memory(void)
{
	static const struct {
		unsigned int bytes;
		bool big_endian;
		__u64 val;
		unsigned char mem[8];
	} records[] = {
		{ 4, false, 0x701fe01a, "\x1a\xe0\x1f\x70" },
		{ 4, true, 0x701fe01a, "\x70\x1f\xe0\x1a" },
		{ 8, false, 0x10003, "\3\0\1" }, { 8, true, 0x10003, "\0\0\0\0\0\1\0\3" },
		{ 64, true, 0xb, "\0\0\0\0\0\0\0\xb" },
	};
	unsigned char mem[64] = {}, back[64] = {};
	__u64 val[PROFILE_WORDS];

	for (size_t i = 0; i < ARRAY_SIZE(records); i++) {
		memcpy(mem, records[i].mem, 8);
		profile_memory(mem, val, records[i].bytes, records[i].big_endian, true);
		profile_memory(back, val, records[i].bytes, records[i].big_endian, false);
		check(val[0] == records[i].val && !val[1] && !memcmp(mem, back, records[i].bytes),
		      "a register in memory");
	}
}

static void print_names(void)
{
	for (const struct regs_desc *d = regs_known(); d->name; d++) {
		printf("%s 0x%016llx\n", d->name, d->id);
		for (const struct regs_field *f = d->fields; f && f->kind; f++)
			printf("%s %s %u:%u %s\n", d->name, *f->name ? f->name : "-", f->msb,
			       f->lsb, f->kind);
	}
}

int main(int argc, char **argv)
{
	unsigned int trials = argc > 1 ? atoi(argv[1]) : 2000, found = 0;

	if (argc > 1 && !strcmp(argv[1], "names")) {
		print_names();
		return 0;
	}
	srandom(argc > 2 ? atoi(argv[2]) : 1);
	check_memory();
	for (trial = 1; trial <= trials; trial++)
		found += try_hosts();
	/* Of little worth if most have none, or all */
	check(found > trials / 20 && found < trials,
	      "baselines are as good as never or always there");
	printf("ok - %u random fleets, %u with a baseline\n", trials, found);
	return 0;
}
