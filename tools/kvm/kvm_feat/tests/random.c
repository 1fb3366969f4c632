// SPDX-License-Identifier: GPL-2.0
/*
 * What must be true of any hosts, tried with random ones: a profile fits its own host;
 * a baseline fits all hosts, does not depend on their order, exists if one of the
 * profiles fits all hosts, and has the caches and the identity of one of them. Pools are as
 * few as can be, whatever the order, and have each host once. Keys are the same for the same
 * machine, and else are not. What is written is read as what it was.
 *
 * Usage: random [TRIALS [SEED]]
 */
#include <stdlib.h>

#include "fleet.h"
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
	{ "CCSIDR_1", false, 0x1b, { 0x7, 0x1ff8, 0xfffe000 } },
	{ "CCSIDR_9", true, 0x1b, { 0x7, 0x1ff8, 0xfffe000 } },
	{ "CLIDR_EL1", false, 0x200023, { 0x1fffff, 0x3fe00000 } },
	{ "CNTFRQ_EL0", false, 0 },
	{ "CTR_EL0", false, 0x1000c00f, { 0xf, 0xc000, 0xf0000000 } },
	{ "DCZID_EL0", false, 0 },
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
		struct profile_reg *r;

		if (regs[i].sometimes && below(2))
			continue;
		r = profile_add(p, id);
		strcpy(r->name, regs[i].name);
		/* Most hosts of a fleet are alike */
		r->val[0] = (below(16) ? common : random64()) & regs[i].values;
		r->val[0] |= id == REG_ID_SVE_VLS;
		r->optional = regs_class(id) & REGS_OPTIONAL;
		r->has_mask = id < REG_ID_DEVICE && (regs_is_service(id) || regs_is_id_reg(id) ||
						     regs_class_of(id)->group == IDENTITY);
		if (r->has_mask && below(2))
			r->mask[0] = regs[i].values & (regs_is_service(id) ? r->val[0] : ~0ULL);
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

static char *text_of(const struct profile *p)
{
	char *text;
	FILE *out = open_text(&text);

	profile_print(p, out);
	fclose(out);
	return text;
}

static void parse(struct profile *p, const char *text)
{
	char err[200] = "";

	check(!profile_parse(p, "random", text, strlen(text), err, sizeof(err)), err);
}

static void check_same(const struct profile *a, const struct profile *b, const char *what)
{
	char *x = text_of(a), *y = text_of(b);

	check(!strcmp(x, y), what);
	free(x);
	free(y);
}

/* What guests do not see is not in the key: takes, masks, limits, optional registers of zero */
static void check_format(const struct profile *p)
{
	char *text = text_of(p), a[KEY_LEN], b[KEY_LEN];
	struct profile again;
	struct profile_reg *r;
	size_t n = 0;

	parse(&again, text);
	check_same(p, &again, "printed and parsed, it is another one");
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

/* The fewest sets with a baseline, of all ways to divide hosts @n and those after them */
static size_t brute(const struct fleet *fleet, bool **sets, size_t nr, size_t n)
{
	size_t best = MAX_HOSTS + 1, found;

	if (n == fleet->nr_kinds) {
		for (size_t i = 0; i < nr; i++)
			if (fleet_baseline(NULL, NULL, fleet, sets[i], ANY))
				return best;
		return nr;
	}
	for (size_t i = 0; i <= nr; i++) {
		sets[i][n] = true;
		found = brute(fleet, sets, nr + (i == nr), n + 1);
		best = found < best ? found : best;
		sets[i][n] = false;
	}
	return best;
}

static void check_pools(struct fleet *fleet, size_t *nr)
{
	bool *sets[MAX_HOSTS + 1], **pools;
	size_t seen = 0;
	bool fewest;

	fleet_sort(fleet);
	*nr = pools_find(&pools, fleet, &fewest);
	for (size_t i = 0; i < *nr; i++) {
		check(!fleet_baseline(NULL, NULL, fleet, pools[i], ANY), "a pool without one");
		for (size_t k = 0; k < fleet->nr_kinds; k++)
			seen += pools[i][k];
	}
	check(seen == fleet->nr_kinds, "not every host in one pool");
	for (size_t i = 0; i <= MAX_HOSTS; i++)
		sets[i] = kinds_new(fleet, false);
	check(fewest && brute(fleet, sets, 0, 0) == *nr, "there are fewer pools");
	for (size_t i = 0; i <= MAX_HOSTS; i++)
		free(sets[i]);
	pools_free(pools, fleet);
}

/* Returns whether there is a baseline */
static bool try_hosts(void)
{
	static const char *const names[MAX_HOSTS] = { "a", "b", "c", "d", "e" };
	struct profile in[MAX_HOSTS], base[2] = {}, copy;
	size_t nr = 2 + below(MAX_HOSTS - 1), pools[2];
	__u64 common = random64();
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
		bool *set;

		for (size_t i = 0; i < nr; i++) {
			char *text = text_of(&in[n ? nr - 1 - i : i]);

			parse(&copy, text);
			fleet_add(&fleet, names[i], &copy);
			free(text);
		}
		set = kinds_new(&fleet, true);
		bad[n] = fleet_baseline(&report, &base[n], &fleet, set, ANY);
		check(!bad[n] == !fleet_baseline(NULL, NULL, &fleet, set, ANY), "it depends");
		if (bad[n])
			fleet_advise(&report, &fleet, set);
		check_pools(&fleet, &pools[n]);
		check((pools[n] == 1) == !bad[n], "a baseline for all, and pools");
		free(set);
		report_free(&report);
		fleet_free(&fleet);
	}
	check(!one || !bad[0], "one profile fits all, but there is no baseline");
	check(bad[0] || fits_all(&base[0], in, nr), "the baseline does not fit all");
	check(is_of_one(&base[0], in, nr, CACHES), "mixed caches");
	check(is_of_one(&base[0], in, nr, IDENTITY), "mixed identities");
	check(bad[0] == bad[1] && pools[0] == pools[1], "another result in another order");
	check_same(&base[0], &base[1], "another order, another baseline");
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

int main(int argc, char **argv)
{
	unsigned int trials = argc > 1 ? atoi(argv[1]) : 2000, found = 0;

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
