#!/bin/awk -f
# SPDX-License-Identifier: GPL-2.0
#
# gen-regs.awk: the register table of kvm_feat
#
# Usage: awk -f gen-regs.awk arch/arm64/tools/sysreg \
#	arch/arm64/include/asm/sysreg.h arch/arm64/include/uapi/asm/kvm.h \
#	include/linux/arm-smccc.h arch/arm64/kernel/cpufeature.c \
#	arch/arm64/kvm/sys_regs.c
#
# sysreg gives registers, fields and enums; sysreg.h the few registers that
# sysreg lacks (MIDR_EL1, PMMIR_EL1); the UAPI header the firmware registers and
# the bits of the service bitmaps; arm-smccc.h the functions that HCID bits stand
# for; cpufeature.c and sys_regs.c what the kernel accepts in place of the host's
# value of a field, which is what KVM enforces. A field that the kernel does not
# sanitise goes by the kind that sysreg gives it. What cannot be resolved is an
# error: better no build than a wrong table.

function fatal(msg) {
	print "gen-regs.awk: " FILENAME ":" FNR ": " msg > "/dev/stderr"
	failed = 1
	exit 1
}

function binary(str,	i, v) {
	v = 0
	for (i = 3; i <= length(str); i++)
		v = v * 2 + substr(str, i, 1)
	return v
}

# A number, or the name of an enum value, as cpufeature.c writes safe values
function number(str) {
	if (str in enumval)
		return enumval[str]
	if (str ~ /^0x[0-9a-f]$/)
		return index("0123456789abcdef", substr(str, 3)) - 1
	if (str !~ /^[0-9]+$/)
		fatal("unknown value " str)
	return str + 0
}

function add_reg(name, key) {
	if (name in seen)
		return
	seen[name] = 1
	regs[++nregs] = name
	keys[name] = key
}

function add_field(reg, name, msb, lsb, kind) {
	nfields[reg]++
	fname[reg, nfields[reg]] = name
	fmsb[reg, nfields[reg]] = msb
	flsb[reg, nfields[reg]] = lsb
	fkind[reg, nfields[reg]] = kind
}

# The n-th entry of a cpufeature.c table, for the field that it names or, where
# it gives a bare bit number, for the field of @reg at that bit
function set_safe(table, n, reg,	at) {
	at = tshift[table, n]
	if (at in where)
		at = where[at]
	else if (at ~ /_SHIFT$/)
		fatal("unknown field " at)
	else if (reg == "")
		return
	else
		at = reg SUBSEP at
	safe[at] = ttype[table, n]
	safeval[at] = tval[table, n]
}

FNR == 1 {
	file = FILENAME
	sub(/.*\//, "", file)
}

file == "sysreg" {
	sub(/#.*/, "")
	if (NF == 0)
		next
	if ($1 == "Sysreg" || $1 == "SysregFields") {
		reg = $2
		if ($1 == "Sysreg")
			add_reg(reg, sprintf("SYSREG(%d, %d, %d, %d, %d)", $3, $4, $5, $6, $7))
		else
			layouts[++nlayouts] = reg
	} else if ($1 == "Fields" || $1 == "Mapping") {
		alias[reg] = $2
	} else if ($1 == "Prefix") {
		prefix = $2 "_"
	} else if ($1 ~ /^End(Sysreg|SysregFields|Prefix)$/) {
		prefix = ""
	} else if ($1 ~ /^(Res0|Res1|Raz|Unkn|Field|Enum|SignedEnum|UnsignedEnum)$/) {
		if (split($2, bit, ":") < 2)
			bit[2] = bit[1]
		add_field(reg, prefix $3, bit[1] + 0, bit[2] + 0, $1)
		where[reg "_" $3 "_SHIFT"] = reg SUBSEP bit[2] + 0
	} else if ($1 ~ /^0b[01]+$/) {
		n = nfields[reg]
		enums[reg, n] = enums[reg, n] sprintf("{ %d, \"%s\" }, ", binary($1), $2)
		enumval[reg "_" fname[reg, n] "_" $2] = binary($1)
	} else if ($1 != "EndEnum") {
		fatal("unhandled statement " $1)
	}
	next
}

file == "sysreg.h" && /^#define[ \t]+SYS_[A-Z0-9_]+[ \t]+sys_reg\([0-9, ]+\)/ {
	key = $0
	sub(/.*sys_reg/, "SYSREG", key)
	sub(/\).*/, ")", key)
	add_reg(substr($2, 5), key)
}

# Only the UAPI header spells these
/^#define[ \t]+KVM_REG_ARM_[A-Z0-9_]+[ \t]+KVM_REG_ARM_FW(_FEAT_BMAP)?_REG\([0-9]+\)/ {
	reg = substr($2, length("KVM_REG_ARM_") + 1)
	key = $3
	sub(/KVM_REG_ARM_/, "", key)
	add_reg(reg, key)
}

/^[ \t]+KVM_REG_ARM_[A-Z0-9_]+_BIT_[A-Z0-9_]+[ \t]*= [0-9]+,/ {
	name = $1
	sub(/.*_BIT_/, "", name)
	add_field(reg, name, $NF + 0, $NF + 0, "Service")
}

# Functions of the vendor hypervisor owner (6), 64 to a register
file == "arm-smccc.h" && $2 ~ /^ARM_SMCCC_KVM_FUNC_/ && $2 !~ /_RESV_/ && $3 ~ /^[0-9]+$/ {
	reg = "HCID_VENDOR_HYP_" int($3 / 64)
	add_reg(reg, "HCID(6, " int($3 / 64) ")")
	name = $2
	sub(/ARM_SMCCC_KVM_FUNC_/, "KVM_", name)
	add_field(reg, name, $3 % 64, $3 % 64, "Service")
}

file == "cpufeature.c" && /^static const struct arm64_ftr_bits [a-z0-9_]+\[\]/ {
	table = $5
	sub(/\[.*/, "", table)
}

file == "cpufeature.c" && table != "" && (stmt != "" || /ARM64_FTR_BITS\(/) {
	line = $0
	gsub(/\/\*[^*]*\*\//, "", line)
	gsub(/[ \t]/, "", line)
	stmt = stmt line
	if (gsub(/\(/, "(", stmt) != gsub(/\)/, ")", stmt))
		next
	sign = stmt ~ /^S_/ ? "_SIGNED" : ""
	sub(/^[^(]*\(/, "", stmt)
	sub(/\),?$/, "", stmt)
	if (split(stmt, arg, ",") != 6 || arg[3] !~ /^FTR_/)
		fatal("cannot parse: " stmt)
	n = ++tlen[table]
	tshift[table, n] = arg[4]
	sub(/^FTR_/, "SAFE_", arg[3])
	sub(/_SAFE$/, "", arg[3])
	sub(/EXACT/, "VALUE", arg[3])
	ttype[table, n] = arg[3] (arg[3] == "SAFE_LOWER" ? sign : "")
	tval[table, n] = number(arg[6])
	set_safe(table, n, "")
	sanitised++
	stmt = ""
}

file == "cpufeature.c" && /^[ \t]+ARM64_FTR_REG(_OVERRIDE)?\(SYS_/ {
	split($0, arg, /[(), ]+/)
	for (n = 1; n <= tlen[arg[3]]; n++)
		set_safe(arg[3], n, substr(arg[2], 5))
}

# KVM limits a few fields otherwise than cpufeature.c does
file == "sys_regs.c" && /^static s64 kvm_arm64_ftr_safe_value\(/ { override = 1 }
file == "sys_regs.c" && /^}/ { override = 0 }
override && match($0, /[A-Za-z0-9_]+_SHIFT/) { at = substr($0, RSTART, RLENGTH) }
override && /type = FTR_LOWER_SAFE/ {
	if (!(at in where))
		fatal("unknown field " at)
	safe[where[at]] = "SAFE_LOWER"
	overridden++
}

function print_fields(reg,	i, n) {
	for (i = 1; i <= nfields[reg]; i++)
		if ((reg, i) in enums)
			printf "static const struct regs_enum e_%s_%d[] = { %s{ 0, NULL } };\n",
			       reg, i, enums[reg, i]
	printf "static const struct regs_field f_%s[] = {\n", reg
	for (i = 1; i <= nfields[reg]; i++) {
		kind = fkind[reg, i]
		how = "SAFE_EXACT"
		if (kind == "UnsignedEnum" || kind == "Service")
			how = "SAFE_LOWER"
		else if (kind == "SignedEnum")
			how = "SAFE_LOWER_SIGNED"
		else if (kind == "Res0" || kind == "Raz")
			how = "SAFE_VALUE"
		n = reg SUBSEP flsb[reg, i]
		printf "\t{ \"%s\", %d, %d, \"%s\", %s, %d, %s },\n", fname[reg, i],
		       fmsb[reg, i], flsb[reg, i], kind, n in safe ? safe[n] : how,
		       n in safe ? safeval[n] : 0,
		       (reg, i) in enums ? "e_" reg "_" i : "NULL"
	}
	print "\t{ 0 }\n};"
}

END {
	if (failed)
		exit 1
	if (!sanitised || !overridden)
		fatal("no safe values found: cpufeature.c or sys_regs.c has changed shape")
	print "/* Generated by gen-regs.awk - do not edit */"
	for (i = 1; i <= nlayouts; i++)
		print_fields(layouts[i])
	for (i = 1; i <= nregs; i++)
		if (nfields[regs[i]])
			print_fields(regs[i])
	print "static const struct regs_desc regs_table[] = {"
	for (i = 1; i <= nregs; i++) {
		reg = regs[i]
		for (layout = reg; layout in alias; layout = alias[layout])
			;
		printf "\t{ \"%s\", %s, %s },\n", reg, keys[reg],
		       nfields[layout] ? "f_" layout : "NULL"
	}
	print "};"
}
