// SPDX-License-Identifier: GPL-2.0
/*
 * What a profile means for another host: does it fit, and what is different
 */
#include "rule.h"

#define JSON_VALUE_LEN	(PROFILE_HEX_LEN + 20)

/* What JSON has of the value of a piece, after its name */
static char *json_value(char *buf, size_t size, const char *name, const struct regs_field *f,
			const struct profile_reg *r)
{
	char hex[PROFILE_HEX_LEN];

	if (is_whole(f))
		profile_hex(hex, r->val);
	else
		snprintf(hex, sizeof(hex), "0x%llx",
			 (r->val[0] & bits_of(f->msb, f->lsb)) >> f->lsb);
	snprintf(buf, size, ", \"%s\": \"%s\"", name, hex);
	return buf;
}

static bool same_cpu(const struct profile *a, const struct profile *b)
{
	const struct profile_reg *x = profile_find(a, MIDR_EL1), *y = profile_find(b, MIDR_EL1);

	return !x || !y || profile_same(x, y);
}

/* Why the two differ in a register, and what it has in common with others, if anything */
static void give_reason(struct finding *finding, const struct profile *p,
			const struct profile_reg *want, const struct profile *host)
{
	const struct profile_reg *have = profile_find(host, want->id);
	const struct regs_class *c = regs_class_of(want->id);

	finding->reasons = regs_is_fact(want->id) ? BY_PLATFORM :
			   c->hardware && have && !same_cpu(p, host) ? BY_CPU : BY_KERNEL;
	if (c->group == CACHES && !(have && have->nr_takes))
		finding->cause = "caches, which kernels before 6.3 cannot change";
	else if (!have && regs_is_service(want->id) && !want->optional)
		finding->cause = "services that kernels before 5.19 have without a register";
	else if (finding->reasons == BY_CPU)
		finding->cause = "the CPU is another one";
}

unsigned int rule_seen(struct report *report, const struct profile *p,
		       const struct profile_reg *want, const struct profile *host,
		       const struct profile_reg *seen)
{
	static const char *const formats[] = {
		[LOST] = "%s accepted, but the guest will see %s", [CORRECTED] = "%s -> %s",
		[BETTER] = "%s, the host has a better one: %s",
	};
	char a[VALUE_LEN], b[VALUE_LEN], data[2 * JSON_VALUE_LEN];
	struct finding *finding;
	unsigned int bad = 0, nr = 0;
	struct regs_field f;
	bool zero;

	/* All of an AArch32 ID register is one thing, on a host without AArch32 */
	for (unsigned int n = 0; regs_piece(&f, want->id, n); n++)
		nr += !same_piece(want, seen, &f);
	zero = nr > 2 && profile_is_zero(seen);
	f = whole_reg;
	for (unsigned int n = 0; zero ? !n : regs_piece(&f, want->id, n); n++) {
		enum answer answer = judge_seen(profile_find(host, want->id), &f, want, seen);

		if (answer == CORRECTED && good_enough > CORRECTED)
			answer = LOST;
		bad += answer == LOST;
		if (answer == KEPT || !report)
			continue;
		json_value(data, sizeof(data), "value", &f, want);
		json_value(data + strlen(data), JSON_VALUE_LEN, "seen", &f, seen);
		finding = report_add(report, answer == LOST ? OBSTACLE : answer == CORRECTED ?
				     CORRECTION : NOTE, want, &f, data, formats[answer],
				     value_str(a, sizeof(a), &f, want),
				     value_str(b, sizeof(b), &f, seen));
		if (answer == LOST)
			give_reason(finding, p, want, host);
	}
	return bad;
}

unsigned int rule_misfit(struct report *report, const struct profile *p,
			 const struct profile_reg *want, const struct profile *host)
{
	char value[VALUE_LEN], data[JSON_VALUE_LEN], limits[LIMITS_LEN];
	const struct profile_reg *have = profile_find(host, want->id);
	const bool offer = regs_class_of(want->id)->rule == RULE_OFFER;
	struct profile_reg seen = *want;
	unsigned int bad = 0;
	struct regs_field f;

	for (unsigned int n = 0; regs_piece(&f, want->id, n); n++) {
		enum answer answer;

		/* Without the register, name its services, and the whole of another */
		if (!have && !want->optional)
			f = whole_reg;
		else if (!have && !(want->val[0] & bits_of(f.msb, f.lsb)))
			continue;
		answer = judge(have, &f, want);
		bad += answer == REFUSED;
		if (answer < KEPT && answer > REFUSED) {
			copy_piece(&seen, have, &f);
		} else if (answer == REFUSED && report) {
			strcpy(limits, "does not know the register");
			if (have)
				limits_str(limits, sizeof(limits), have, &f);
			give_reason(report_add(report, OBSTACLE, want, &f,
					       json_value(data, sizeof(data), "value", &f, want),
					       "%s, the host %s",
					       value_str(value, sizeof(value), &f, want), limits),
				    p, want, host);
		} else if (offer && have && want->val[0] & ~have->val[0] & bits_of(f.msb, f.lsb)) {
			report_add(report, NOTE, want, &f, NULL, "not here: no VM may use it");
		}
		if (is_whole(&f))
			break;
	}
	return have ? bad + rule_seen(report, p, want, host, &seen) : bad;
}

void rule_left(struct report *report, const struct profile *p, const struct profile *host)
{
	for (size_t i = 0; report && i < host->nr; i++) {
		const struct profile_reg *r = &host->regs[i];

		if (r->optional || regs_is_fact(r->id) || profile_find(p, r->id))
			continue;
		report_add(report, NOTE, r, NULL, NULL, "left as the host has it")->cause =
			"left as the host has them";
	}
}

unsigned int rule_misfits(struct report *report, const struct profile *p,
			  const struct profile *host)
{
	unsigned int n = 0;

	for (size_t i = 0; i < p->nr; i++)
		n += rule_misfit(report, p, &p->regs[i], host);
	/* What a profile lacks is zeroed, if it may be */
	for (size_t i = 0; i < host->nr; i++) {
		struct profile_reg zero = host->regs[i];

		memset(zero.val, 0, sizeof(zero.val));
		if (zero.optional && !profile_find(p, zero.id))
			n += rule_misfit(report, p, &zero, host);
	}
	rule_left(report, p, host);
	return n;
}

/* Of most fields, 0 is nothing, and of signed ones -1; what IMP_DEF is, nobody knows */
static const char *what_changes(const struct regs_field *f, const struct profile_reg *a,
				const struct profile_reg *b)
{
	static const char *const words[][4] = {
		{ "the guest loses some of it", "the guest gains some of it",
		  "the guest loses it", "the guest gains it" },
		{ "the guest is told of a worse mitigation",
		  "the guest is told of a better mitigation" },
		{ "the guest loses PSCI functions", "the guest gains PSCI functions" },
	};
	__s64 from = regs_field_get(f, a->val[0]), to = regs_field_get(f, b->val[0]);
	enum regs_rule rule = regs_class_of(a->id)->rule;
	__s64 none = regs_field_signed(f) ? -1 : 0;

	if (a->id == FW_REG(0) || rule == RULE_LEVEL)
		return words[rule == RULE_LEVEL ? 1 : 2][from < to];
	if ((rule != RULE_BITS && !strstr(f->kind, "Enum")) ||
	    (!none && f->msb - f->lsb == 3 && (from == 15 || to == 15)))
		return "the guest sees another value";
	return words[0][(from < to) + 2 * (from == none || to == none)];
}

/* A change of some or all of a register, of which @was or @is may be NULL: not there */
static struct finding *add_change(struct report *report, const struct regs_field *f,
				  const struct profile_reg *was, const struct profile_reg *is,
				  const char *means)
{
	char a[VALUE_LEN], b[VALUE_LEN], data[2 * JSON_VALUE_LEN] = "";

	if (was)
		json_value(data, JSON_VALUE_LEN, "from", f, was);
	if (is)
		json_value(data + strlen(data), JSON_VALUE_LEN, "to", f, is);
	return report_add(report, CHANGE, was ?: is, f, data, "%s -> %s%s%s",
			  was ? value_str(a, sizeof(a), f, was) : "not there",
			  is ? value_str(b, sizeof(b), f, is) : "not there",
			  *means ? ": " : "", means);
}

/* What changes if a register is gone, or there; is it a difference? */
static bool diff_lone(struct report *report, const struct profile_reg *was,
		      const struct profile_reg *is)
{
	const struct profile_reg *r = was ?: is;
	const char *means = "restored only where the register exists";
	struct finding *finding;

	/* Every kernel has the HCID registers, if only as RAZ/WI */
	if (profile_absent(r) && regs_is_hcid(r->id))
		return false;
	if (regs_is_fact(r->id))
		means = "the profile does not tell";
	else if (profile_absent(r))
		means = "zero means absent: no difference for the guest";
	else if (regs_is_service(r->id))
		means = "kernels before 5.19 have such services without the register";
	finding = add_change(report, &whole_reg, was, is, means);
	if (*means == 'r')
		finding->cause = means;
	return !profile_absent(r) && !regs_is_fact(r->id);
}

/* @was or @is may be NULL: not there */
static bool diff_reg(struct report *report, const struct profile_reg *was,
		     const struct profile_reg *is)
{
	const struct profile_reg *r = was ?: is;
	enum regs_rule rule = regs_class_of(r->id)->rule;
	struct profile_reg nothing = *r;
	struct regs_field f;

	/* A guest does not see what else could be asked of a host */
	if ((was && is && profile_same(was, is)) || rule == RULE_LIMIT || rule == RULE_OFFER)
		return false;
	if ((!was || !is) && (!r->optional || profile_is_zero(r)))
		return diff_lone(report, was, is);
	memset(nothing.val, 0, sizeof(nothing.val));
	regs_piece(&f, r->id, 0);
	add_change(report, &whole_reg, was, is,
		   is_whole(&f) ? what_changes(&f, was ?: &nothing, is ?: &nothing) : "");
	for (unsigned int n = 0; !is_whole(&f) && regs_piece(&f, r->id, n); n++)
		if (!same_piece(was ?: &nothing, is ?: &nothing, &f))
			add_change(report, &f, was ?: &nothing, is ?: &nothing,
				   what_changes(&f, was ?: &nothing, is ?: &nothing));
	return true;
}

unsigned int rule_diff(struct report *report, const struct profile *a, const struct profile *b)
{
	unsigned int n = 0;

	for (size_t i = 0; i < a->nr; i++)
		n += diff_reg(report, &a->regs[i], profile_find(b, a->regs[i].id));
	for (size_t i = 0; i < b->nr; i++)
		if (!profile_find(a, b->regs[i].id))
			n += diff_reg(report, NULL, &b->regs[i]);
	return n;
}
