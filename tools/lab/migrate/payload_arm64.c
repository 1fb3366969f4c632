// SPDX-License-Identifier: GPL-2.0
/* What payload.c has of its own in AArch64: see payload.h */
#include "payload.h"

/*
 * An arm64 Linux image, which is what -kernel takes. A VMM whose GIC is elsewhere than
 * that of QEMU's virt says where in x1 (distributor), x2 (redistributors) and x3 (ITS,
 * 0 for none), which are 0 otherwise.
 */
asm(
	".section .head, \"ax\"\n"
	"b	1f\n"
	"nop\n"
	".quad	0x80000\n"		/* text offset */
	".quad	image_size\n"
	".quad	0x2\n"			/* little endian, 4k, where memory begins */
	".quad	0, 0, 0\n"
	".ascii	\"ARM\\x64\"\n"
	".long	0\n"
	"1: adrp	x0, stack_top\n"
	"add	x0, x0, :lo12:stack_top\n"
	"mov	sp, x0\n"
	"adrp	x0, vectors\n"
	"add	x0, x0, :lo12:vectors\n"
	"msr	vbar_el1, x0\n"
	"isb\n"
	"bl	payload\n"
	"2: wfi\n"
	"b	2b\n"

	".balign 0x800\n"
	"vectors:\n"
	".org	vectors + 0x200\n"
	"stp	x0, x1, [sp, #-16]!\n"
	"mrs	x0, elr_el1\n"
	"add	x0, x0, #4\n"
	"msr	elr_el1, x0\n"
	"adrp	x0, faults\n"
	"ldr	w1, [x0, :lo12:faults]\n"
	"add	w1, w1, #1\n"
	"str	w1, [x0, :lo12:faults]\n"
	"ldp	x0, x1, [sp], #16\n"
	"eret\n"
	".org	vectors + 0x800\n");

struct answer call(u32 func, u64 a1, u64 a2)
{
	register u64 x0 asm("x0") = func;
	register u64 x1 asm("x1") = a1;
	register u64 x2 asm("x2") = a2;
	register u64 x3 asm("x3") = 0;

	asm volatile("hvc #0"
		     : "+r" (x0), "+r" (x1), "+r" (x2), "+r" (x3)
		     : : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12",
			 "x13", "x14", "x15", "x16", "x17", "memory");
	return (struct answer){ { x0, x1, x2, x3 } };
}

int failed(const struct answer *ans)
{
	return (long long)ans->a[0] < 0;
}

#define READ(reg) ({							\
	u64 val = 0;							\
									\
	asm volatile("mrs %0, " reg : "+r" (val) : : "memory");		\
	val;								\
})

#define WRITE(reg, val)							\
	asm volatile("msr " reg ", %0; isb" : : "r" ((u64)(val)) : "memory")

u64 read_count(void)
{
	return READ("cntvct_el0");
}

u32 read_frequency(void)
{
	return READ("cntfrq_el0");
}

u32 read_clidr(void)
{
	return READ("clidr_el1");
}

u64 read_ccsidr(u32 selection)
{
	u64 val;

	WRITE("csselr_el1", selection);
	val = READ("ccsidr_el1");
	WRITE("csselr_el1", 0);
	return val;
}

static void vectors_length(void)
{
	u64 len;

	if (!(READ("S3_0_C0_C4_0") >> 32 & 15))
		return;
	WRITE("cpacr_el1", READ("cpacr_el1") | 3UL << 16 | 3UL << 20);
	WRITE("S3_0_C1_C2_0", 15);	/* ZCR_EL1: as long as can be */
	asm volatile(".arch_extension sve\n rdvl %0, #1" : "=r" (len));
	line("SVE_VECTOR_BYTES", len);
}

#define REG(name, encoding)	LOG(name, READ(encoding))

#define ID_REG(name)	LOG_READ(name, READ(name), 1)

#define ID_REGS(op1, crm) do {						\
	ID_REG("S3_" #op1 "_C0_C" #crm "_0"); ID_REG("S3_" #op1 "_C0_C" #crm "_1");	\
	ID_REG("S3_" #op1 "_C0_C" #crm "_2"); ID_REG("S3_" #op1 "_C0_C" #crm "_3");	\
	ID_REG("S3_" #op1 "_C0_C" #crm "_4"); ID_REG("S3_" #op1 "_C0_C" #crm "_5");	\
	ID_REG("S3_" #op1 "_C0_C" #crm "_6"); ID_REG("S3_" #op1 "_C0_C" #crm "_7");	\
} while (0)

void registers(void)
{
	ID_REGS(0, 0); ID_REGS(0, 1); ID_REGS(0, 2); ID_REGS(0, 3);
	ID_REGS(0, 4); ID_REGS(0, 5); ID_REGS(0, 6); ID_REGS(0, 7);
	REG("CLIDR_EL1", "clidr_el1");
	REG("AIDR_EL1", "aidr_el1");
	/* 6.1 shows the CPU's, by the CSSELR_EL1 of whoever was the last to set it */
	LOG_KIND("CCSIDR2_EL1", READ("S3_1_C0_C0_2"));
	REG("GMID_EL1", "S3_1_C0_C0_4");
	REG("SMIDR_EL1", "S3_1_C0_C0_6");
	REG("CTR_EL0", "ctr_el0");
	REG("DCZID_EL0", "dczid_el0");
	REG("CNTFRQ_EL0", "cntfrq_el0");
	caches();
	REG("PMCR_EL0", "pmcr_el0");
	REG("PMCEID0_EL0", "pmceid0_el0");
	REG("PMCEID1_EL0", "pmceid1_el0");
	REG("PMMIR_EL1", "S3_0_C9_C14_6");
	REG("ICC_SRE_EL1", "S3_0_C12_C12_5");
	REG("ICC_CTLR_EL1", "S3_0_C12_C12_4");
	vectors_length();
}
