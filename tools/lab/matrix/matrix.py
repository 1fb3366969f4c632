#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The migration matrix: what to run for its cells, and what came out of it.

matrix.py CELLS RUN plan TIER	write RUN/*.jobs for tools/lab/matrix/init
matrix.py CELLS RUN judge TIER	judge what they have left; fails if a cell
				does not end as CELLS says

TIER is "all", "short" (cells with a *) or "story" (those of the story).
"""
import os
import re
import struct
import sys
from html import escape

KERNELS = ["LTS", "O", "N", "N+1"]
# Boots of one phase, two of which go side by side. All saves are done before the
# first restore; the profile of LTS is there before N and N+1 start guests with it.
SAVES = ["LTS", "O", "N", "N+1"]
RESTORES = ["N+1", "O", "N", "LTS"]

# What the vCPU of each VMM has, for kvm_feat
FEATURES = {"qemu": "psci_0_2,pmu_v3,sve,ptrauth", "hcid_vmm": "psci_0_2"}
# The kernel whose profile the pinned guests have
OLDEST = "LTS"

STORY = [("qemu", "default", "N", "LTS"), ("qemu+preload", "pinned", "N", "LTS")]

SPLAT = re.compile(r"\] .*(WARNING: |BUG: |Oops|Internal error|Unable to handle|Kernel panic|"
		   r"rcu: INFO|hyp panic|refcount_t:|list_(add|del) corruption|blocked for more)")


class Cell:
	"""A guest that was saved on one kernel and is restored on another"""

	def __init__(self, vmm, guest, source, dest, expected, line):
		self.vmm, self.guest, self.source, self.dest = vmm, guest, source, dest
		self.short = expected.endswith("*")
		self.expected = expected.rstrip("*")
		self.line = line
		self.outcome = self.what = self.why = ""

	def key(self):
		return (self.vmm, self.guest, self.source, self.dest)

	def path(self):
		return self.source.split(">")

	def source_job(self):
		return job(self.path(), self.vmm, self.guest)

	def job(self):
		return job(self.path() + [self.dest], self.vmm, self.guest)

	def as_expected(self):
		want, _, reg = self.expected.partition(":")
		if want == "broken":
			return self.outcome == "BROKEN" and reg in self.what
		return self.outcome == want and (not reg or reg in self.what.split())


def job(path, vmm, guest):
	return "-".join(path) + "." + vmm + "." + guest


def read_cells(path):
	cells = []
	with open(path, encoding="ascii") as f:
		for number, line in enumerate(f, 1):
			words = line.split()
			if not words or words[0].startswith("#"):
				continue
			if len(words) != 3 + len(KERNELS):
				sys.exit(f"{path}:{number}: {len(words)} columns")
			for dest, expected in zip(KERNELS, words[3:]):
				if expected != "-":
					cells.append(Cell(*words[:3], dest, expected, number))
	return cells


def chosen(cells, tier):
	if tier == "short":
		return [c for c in cells if c.short]
	if tier == "story":
		return [c for c in cells if c.key() in STORY]
	return cells


# Planning

def profile_job(kernel, vmm):
	return f"profile.{kernel}.{vmm.split('+')[0]}"


def profile_arg(cell):
	if cell.guest == "default":
		return "-"
	return profile_job(OLDEST, cell.vmm) + ("+widget" if cell.guest == "widget" else "")


def plan(cells, run):
	saves = {k: {} for k in KERNELS}
	restores = {k: {} for k in KERNELS}
	# kvm_feat says what it makes of each kernel, and then of each other's profile
	involved = {k for c in cells for k in c.path() + [c.dest]} | {OLDEST}
	for vmm, features in FEATURES.items():
		for k in involved:
			name = profile_job(k, vmm)
			saves[k][name] = f"dump {name} {features}"
			restores[k][f"check.{k}.{vmm}"] = f"check check.{k}.{vmm} {vmm}"
	for c in cells:
		tail = f"{c.vmm} {profile_arg(c)}"
		first = c.path()[0]
		saves[first][job([first], c.vmm, c.guest)] = \
			f"save {job([first], c.vmm, c.guest)} {tail}"
		# The lab names what QEMU does not: by what the kernel itself saves
		if c.expected.startswith("refused"):
			saves[c.dest][job([c.dest], c.vmm, c.guest)] = \
				f"save {job([c.dest], c.vmm, c.guest)} {tail}"
		# The links of a chain but the last
		for n in range(1, len(c.path())):
			link = c.path()[:n + 1]
			name = job(link, c.vmm, c.guest)
			restores[link[-1]][name] = \
				f"relay {name} {tail} {job(link[:-1], c.vmm, c.guest)}"
	for c in cells:
		if c.job() not in restores[c.dest]:
			restores[c.dest][c.job()] = \
				f"restore {c.job()} {c.vmm} {profile_arg(c)} {c.source_job()}"
	for phase, kernels, jobs in (("save", SAVES, saves), ("restore", RESTORES, restores)):
		for k in kernels:
			# Profiles come first, links of chains before what follows from them
			first = ("dump", "check", "relay")
			order = sorted(jobs[k].values(), key=lambda j: j.split()[0] not in first)
			if order:
				with open(f"{run}/{phase}-{k}.jobs", "w", encoding="ascii") as f:
					f.write("\n".join(order) + "\n")
				print(f"{phase}-{k}", k, len(order))


# Judging

# Parts of a KVM register ID
FW = 0x14 << 16
FW_FEAT_BMAP = 0x16 << 16


def sysreg(*ops):
	op0, op1, crn, crm, op2 = map(int, ops)
	return 0x13 << 16 | op0 << 14 | op1 << 11 | crn << 7 | crm << 3 | op2


class Results:
	"""What the jobs of a run have left in their folders"""

	def __init__(self, run, names):
		self.run = run
		self.names = names

	def text(self, name, what):
		try:
			with open(f"{self.run}/{name}/{what}", encoding="utf-8", errors="replace") as f:
				return f.read()
		except FileNotFoundError:
			return ""

	def has(self, name, what):
		return os.path.exists(f"{self.run}/{name}/{what}")

	def status(self, name):
		text = self.text(name, "status").strip()
		return int(text) if text else None

	def records(self, name):
		"""All complete records of the guest's probes"""
		return [r.splitlines() for r in
			re.findall(r"^probe\n(.*?)^end\n", self.text(name, "serial"), re.S | re.M)]

	def ticks(self, name):
		return [int(t) for t in re.findall(r"^tick (\d+)$", self.text(name, "serial"), re.M)]

	def stream(self, name):
		"""The vCPU's registers in QEMU's migration stream: IDs and values, both of
		them arrays of big-endian 64-bit words, with their length before them"""
		try:
			with open(f"{self.run}/{name}/state", "rb") as f:
				data = f.read()
		except FileNotFoundError:
			return {}
		for start in re.finditer(rb"\x60[\x20-\x60]\x00\x00\x00", data):
			pos = start.start()
			n = struct.unpack_from(">I", data, pos - 4)[0] if pos >= 4 else 0
			if not 50 < n < 2000 or pos + 16 * n > len(data):
				continue
			ids = struct.unpack_from(f">{n}Q", data, pos)
			if all(i >> 56 == 0x60 for i in ids) and list(ids) == sorted(ids):
				return dict(zip(ids, struct.unpack_from(f">{n}Q", data, pos + 8 * n)))
		return {}

	def name(self, reg):
		return self.names.get(reg & 0xfffffff, f"REG_{reg:016x}")

	def said(self, text):
		"""Names of the registers that a preload, a VMM or QEMU 11 says were refused"""
		names = re.findall(r"^hcid: (\S+) 0x\S+ refused", text, re.M)
		for op0, op1, crn, crm, op2 in re.findall(
				r"op0:(\d+) op1:(\d+) crn:(\d+) crm:(\d+) op2:(\d+)", text) + re.findall(
				r"^refused: ARM64_SYS_REG\((\d+), (\d+), (\d+), (\d+), (\d+)\):", text, re.M):
			names.append(self.name(sysreg(op0, op1, crn, crm, op2)))
		for owner, word in re.findall(r"^refused: KVM_REG_ARM_HCID\((\d+), (\d+)\):", text, re.M):
			names.append(self.name(FW | 0x1000 | int(owner) << 6 | int(word)))
		for kind, n in re.findall(r"^refused: KVM_REG_ARM_FW_(REG|FEAT_BMAP_REG)\((\d+)\):", text,
					  re.M) + [("REG", n) for n in
						   re.findall(r"fw reg (\d+) to", text)]:
			names.append(self.name((FW if kind == "REG" else FW_FEAT_BMAP) | int(n)))
		return list(dict.fromkeys(names))

	def refused(self, cell):
		"""Names of the registers for which a destination has given up, and who says so"""
		names = self.said(self.text(cell.job(), "errors"))
		if names:
			return names, "the preload" if "+" in cell.vmm else "the VMM itself"
		mine = self.stream(job([cell.dest], cell.vmm, cell.guest))
		if mine:
			names = [self.name(r) for r in self.stream(cell.source_job()) if r not in mine]
		return names, "the lab, QEMU does not"


def read_names(table):
	"""The names that kvm_feat has for registers"""
	names = {}
	owners = {0: "ARCH", 4: "STD", 5: "STD_HYP", 6: "VENDOR_HYP"}
	with open(table, encoding="ascii") as f:
		for name, macro, args in re.findall(
				r'\{ "(\w+)", (SYSREG|FW_REG|FW_FEAT_BMAP_REG)\(([^)]*)\)', f.read()):
			args = args.split(",")
			if macro == "SYSREG":
				names[sysreg(*args)] = name
			else:
				names[(FW if macro == "FW_REG" else FW_FEAT_BMAP) | int(args[0])] = name
	for owner, text in owners.items():
		for word in range(8):
			names[FW | 0x1000 | owner << 6 | word] = f"HCID_{text}_{word}"
	return names


def difference(before, after):
	"""What two records of a guest differ in, as text; empty if in nothing"""
	def answers(record):
		table = {}
		for line in record:
			words = line.split()
			n = 2 if words[0].endswith("FEATURES") and words[0] != "KVM_FEATURES" or \
				words[0] == "FEATURES_2" else 1
			table[" ".join(words[:n])] = " ".join(words[n:])
		return table
	a, b = answers(before), answers(after)
	return ", ".join(f"{k} {a.get(k, 'nothing')} -> {b.get(k, 'nothing')}"
			 for k in list(a) + [k for k in b if k not in a] if a.get(k) != b.get(k))


def judge_ours(cell, results):
	"""hcid_vmm compares the guest's records itself, and tells by its exit status"""
	status = results.status(cell.job())
	text = (results.text(cell.job(), "serial") + results.text(cell.job(), "errors")).strip()
	if status == 0 and "answers are the same" in text:
		return "same", "", ""
	if status == 3:
		names, _ = results.refused(cell)
		return "refused", " ".join(names), text
	return "BROKEN", text.splitlines()[-1] if text else f"status {status}", text


def judge(cell, results):
	"""Returns the outcome of a cell, what it is about, and a longer explanation"""
	src, dst = cell.source_job(), cell.job()
	errors = results.text(src, "errors")
	if not results.has(src, "state"):
		names = results.said(errors)
		if results.status(src) and not results.ticks(src) and (names or "refused: " in errors):
			return "unstarted", " ".join(names), errors
		return "BROKEN", "nothing was saved", errors + results.text(src, "notes")
	if cell.vmm == "hcid_vmm":
		return judge_ours(cell, results)
	before = results.records(src)
	if not before:
		return "BROKEN", "the guest did not run before it was saved", ""
	if not results.has(src, "runs-on"):
		return "BROKEN", "the source did not run on after the save", results.text(src, "notes")

	status = results.status(dst)
	errors = results.text(dst, "errors")
	notes = results.text(dst, "notes")
	after = results.records(dst)
	ticks = results.ticks(dst)
	if status is None:
		return "BROKEN", "nothing was restored", "the kernel did not get that far"
	if not ticks and not after and 0 < status < 128 and errors:
		names, who = results.refused(cell)
		if not names:
			return "BROKEN", "gave up for no reason that can be named", errors
		return "refused", " ".join(dict.fromkeys(names)), f"Named by {who}.\n{errors}"
	if status or notes:
		return "BROKEN", f"QEMU ended with status {status}", errors + notes
	if not after or not ticks:
		return "BROKEN", "the guest did not run on", errors
	saved = int(results.text(src, "runs-on"))
	if "start" in results.text(dst, "serial").split() or ticks[0] - saved not in (1, 2):
		return "BROKEN", "the guest did not go on where it was", f"{saved} ticks, then {ticks}"
	for record in before[1:] + after:
		changed = difference(before[0], record)
		if changed:
			return "BROKEN", changed, "The guest's answers have changed: " + changed
	return "same", "", f"{len(after[0])} answers are the same; tick {saved}, then {ticks[0]}"


def version(results, kernel):
	for phase in ("save", "restore"):
		try:
			with open(f"{results.run}/{phase}-{kernel}.log", encoding="utf-8",
				  errors="replace") as f:
				found = re.search(r"^matrix: kernel (\S+)", f.read(), re.M)
		except FileNotFoundError:
			continue
		if found:
			return re.sub(r"-(N\+1|N|O|LTS)$", "", found[1])
	return ""


def show(cell):
	reg = cell.expected.partition(":")[2]
	if cell.outcome in ("refused", "unstarted"):
		names = cell.what.split()
		return f"{cell.outcome} {reg if reg in names else ' '.join(names[:1])}".strip()
	return cell.outcome


def groups(cells):
	found = {}
	for c in cells:
		found.setdefault((c.vmm, c.guest), []).append(c)
	return found


def print_table(cells, titles):
	dests = [k for k in KERNELS if any(c.dest == k for c in cells)]
	for (vmm, guest), members in groups(cells).items():
		print(f"\n{titles(vmm)}, {guest}")
		by = {(c.source, c.dest): c for c in members}
		sources = list(dict.fromkeys(c.source for c in members))
		rows = [["saved on"] + ["-> " + d for d in dests]]
		for s in sources:
			row = [s]
			for d in dests:
				c = by.get((s, d))
				row.append("" if not c else show(c) + ("" if c.as_expected() else " (!)"))
			rows.append(row)
		widths = [max(len(r[i]) for r in rows) for i in range(len(rows[0]))]
		for r in rows:
			print("  " + "  ".join(f"{t:<{w}}" for t, w in zip(r, widths)).rstrip())


COLOURS = {"same": "#b7e4c7", "refused": "#ffe8a3", "unstarted": "#dee2e6", "BROKEN": "#ff8787"}
MEANING = {
	"same": "runs on, and sees no difference",
	"refused": "the destination gives up and the register is named; the source runs on",
	"unstarted": "the source's kernel refuses to start such a guest, by name",
	"BROKEN": "anything else",
}


def svg(cells, titles, versions):
	"""One grid for each VMM and kind of guest, kernels on both axes"""
	w, h, left, top, gap = 175, 46, 70, 62, 30
	out = []
	width = 2 * (left + len(KERNELS) * w + gap)
	y = 80

	def text(x, y, what, size=12, anchor="start", weight="normal"):
		out.append(f'<text x="{x}" y="{y}" font-size="{size}" text-anchor="{anchor}" '
			   f'font-weight="{weight}">{escape(what)}</text>')

	text(gap, 30, "A guest saved on one kernel (rows) and restored on another (columns)", 18,
	     weight="bold")
	text(gap, 54, "   ".join(f"{k}: {versions[k]}" for k in KERNELS if versions[k]))
	column, tallest = 0, 0
	for (vmm, guest), members in groups(cells).items():
		x = gap + column * (left + len(KERNELS) * w + gap)
		by = {(c.source, c.dest): c for c in members}
		sources = list(dict.fromkeys(c.source for c in members))
		text(x, y + 20, f"{titles(vmm)}, {guest}", 15, weight="bold")
		for i, d in enumerate(KERNELS):
			text(x + left + i * w + w / 2, y + 48, "to " + d, anchor="middle")
		for j, s in enumerate(sources):
			row = y + top + j * h
			text(x + left - 8, row + h / 2 + 4, s, anchor="end")
			for i, d in enumerate(KERNELS):
				c = by.get((s, d))
				if not c:
					continue
				cx = x + left + i * w
				out.append("<g><title>" + escape(
					f"{c.source} -> {c.dest}: {c.outcome} {c.what}\n{c.why}") + "</title>")
				edge = "#ffffff" if c.as_expected() else "#c92a2a"
				out.append(f'<rect x="{cx + 2}" y="{row + 2}" width="{w - 4}" '
					   f'height="{h - 4}" rx="4" fill="{COLOURS[c.outcome]}" '
					   f'stroke="{edge}" stroke-width="3"/>')
				words = show(c).split(" ", 1) if c.outcome != "BROKEN" else \
					["BROKEN", c.what]
				if not c.as_expected():
					words[0] += ", not as expected"
				text(cx + w / 2, row + (20 if len(words) > 1 else 28), words[0],
				     anchor="middle", weight="bold")
				if len(words) > 1:
					text(cx + w / 2, row + 35, words[1][:30], 10, "middle")
				out.append("</g>")
		tallest = max(tallest, top + len(sources) * h)
		column += 1
		if column == 2:
			column, y, tallest = 0, y + tallest + 20, 0
	y += tallest + 40
	for i, (name, meaning) in enumerate(MEANING.items()):
		out.append(f'<rect x="{gap}" y="{y + i * 26}" width="90" height="20" rx="4" '
			   f'fill="{COLOURS[name]}"/>')
		text(gap + 45, y + i * 26 + 14, name, anchor="middle", weight="bold")
		text(gap + 105, y + i * 26 + 14, meaning)
	y += 26 * len(MEANING) + 20
	return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{y}" '
		f'viewBox="0 0 {width} {y}" font-family="sans-serif">\n'
		f'<rect width="{width}" height="{y}" fill="#ffffff"/>\n' + "\n".join(out) + "\n</svg>\n")


def tell_story(cells, results, versions, titles):
	by = {c.key(): c for c in cells}
	stock, ours = by[STORY[0]], by[STORY[1]]
	old, new = versions["LTS"], versions["N"]
	said = [line for line in stock.why.splitlines() if "load" in line]
	values = {results.name(r): v for r, v in results.stream(stock.source_job()).items()}
	regs = [f"{r} ({values[r]:#x})" if values.get(r) else f"{r} (zero)" for r in stock.what.split()]
	print(f"1. {titles('qemu')}, a guest saved on Linux {new} and restored on {old}: " +
	      (said[-1].split(": ", 1)[-1] if said else stock.outcome))
	print(f"2. for what {old} has never heard of: {', '.join(regs) or 'nothing'}")
	print(f"3. The same QEMU, with the new interface and the profile of {old}: " +
	      ("the guest runs on" if ours.outcome == "same" else show(ours)))
	print("4. What this guest saw change: " +
	      (f"nothing, {ours.why}" if ours.outcome == "same" else ours.what))


def main():
	cells_path, run, verb, tier = sys.argv[1:5]
	cells = chosen(read_cells(cells_path), tier)
	if not cells:
		sys.exit(f"{cells_path}: no cells for {tier}")
	if verb == "plan":
		plan(cells, run)
		return

	table, report = sys.argv[5:7]
	results = Results(run, read_names(table))
	for c in cells:
		c.outcome, c.what, c.why = judge(c, results)
	# A guest that was refused elsewhere must still be good where it comes from
	home = {c.key(): c for c in cells if c.source == c.dest}
	for c in cells:
		there = home.get((c.vmm, c.guest, c.source, c.source))
		if c.outcome == "refused" and there and there.outcome != "same":
			c.outcome, c.what, c.why = "BROKEN", "refused, and lost on its own kernel, too", there.why
	versions = {k: version(results, k) for k in KERNELS}

	def titles(vmm):
		base, _, more = vmm.partition("+")
		try:
			with open(f"{run}/../{base}/version", encoding="ascii") as f:
				base = "QEMU " + f.read().strip()
		except FileNotFoundError:
			pass
		return base + (" with " + more if more else "")

	with open(f"{run}/outcomes", "w", encoding="ascii") as f:
		for c in cells:
			f.write(f"{c.vmm} {c.guest} {c.source} {c.dest} {c.outcome} {c.what}\n")
	bad = [c for c in cells if not c.as_expected()]
	splats = []
	for log in sorted(os.listdir(run)):
		if log.endswith(".log"):
			with open(f"{run}/{log}", encoding="utf-8", errors="replace") as f:
				splats += [f"{log}: {line.strip()}" for line in f if SPLAT.search(line)][:1]
	if tier == "short":
		for n, c in enumerate(cells, 1):
			print(("ok" if c.as_expected() else "not ok") +
			      f" {n} {c.source} -> {c.dest}, {titles(c.vmm)}, {c.guest}: {show(c)}" +
			      ("" if c.as_expected() else f" {c.what}, expected {c.expected}"))
	elif tier == "story":
		tell_story(cells, results, versions, titles)
	else:
		print_table(cells, titles)
		with open(report, "w", encoding="utf-8") as f:
			f.write(svg(cells, titles, versions))
		count = {o: sum(c.outcome == o for c in cells) for o in MEANING}
		print("\n" + ", ".join(f"{n} {o}" for o, n in count.items()) +
		      f"; {len(bad)} not as expected; see {os.path.relpath(report)}")
	if tier != "short":
		for c in bad:
			print(f"not as expected: {c.source} -> {c.dest}, {c.vmm}, {c.guest}: "
			      f"{c.outcome} {c.what}, expected {c.expected} (cells:{c.line})\n"
			      f"    see {os.path.relpath(run)}/{c.job()}/")
	for s in splats:
		print(f"not ok: the kernel complains: {s}")
	sys.exit(1 if bad or splats else 0)


main()
