// SPDX-License-Identifier: GPL-2.0
/* What the guest has of its own in AArch64: see payload.h */
#include "payload.h"

/* At EL2, the registers named EL1 are to be EL2's: HCR_EL2.E2H, TGE and RW */
#define AT_EL2								\
	"mrs	x4, CurrentEL\n"					\
	"cmp	x4, #8\n"						\
	"b.ne	9f\n"							\
	"mov	x4, #0x88000000\n"					\
	"orr	x4, x4, #0x400000000\n"				\
	"msr	hcr_el2, x4\n"						\
	"isb\n"							\
	"9:\n"

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
	"1:\n"
	AT_EL2
	"adrp	x0, stack_top\n"
	"add	x0, x0, :lo12:stack_top\n"
	"mov	sp, x0\n"
	"adrp	x0, vectors\n"
	"add	x0, x0, :lo12:vectors\n"
	"msr	vbar_el1, x0\n"
	"isb\n"
	"bl	payload\n"
	"2: wfi\n"
	"b	2b\n"

	/* Each has a page of the stack */
	".globl second_entry\n"
	"second_entry:\n"
	AT_EL2
	"adrp	x1, stack_top\n"
	"add	x1, x1, :lo12:stack_top\n"
	"sub	x1, x1, x0, lsl #12\n"
	"mov	sp, x1\n"
	"adrp	x1, vectors\n"
	"add	x1, x1, :lo12:vectors\n"
	"msr	vbar_el1, x1\n"
	"isb\n"
	"bl	second_cpu\n"
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

#define READ(reg) ({							\
	u64 val = 0;							\
									\
	asm volatile("mrs %0, " reg : "+r" (val) : : "memory");		\
	val;								\
})

#define WRITE(reg, val)							\
	asm volatile("msr " reg ", %0; isb" : : "r" ((u64)(val)) : "memory")

static int at_el2(void)
{
	return READ("CurrentEL") == 8;
}

/* EL2 would call itself by HVC */
struct answer call(u32 func, u64 a1, u64 a2, u64 a3)
{
	register u64 x0 asm("x0") = func;
	register u64 x1 asm("x1") = a1;
	register u64 x2 asm("x2") = a2;
	register u64 x3 asm("x3") = a3;

	asm volatile("cbz %w4, 1f\n smc #0\n b 2f\n 1: hvc #0\n 2:"
		     : "+r" (x0), "+r" (x1), "+r" (x2), "+r" (x3)
		     : "r" (at_el2())
		     : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12",
		       "x13", "x14", "x15", "x16", "x17", "memory");
	return (struct answer){ { x0, x1, x2, x3 } };
}

int failed(const struct answer *ans)
{
	return (long long)ans->a[0] < 0;
}

u64 read_count(void)
{
	return READ("cntvct_el0");
}

u32 read_frequency(void)
{
	return READ("cntfrq_el0");
}

/* The timer of EL2 expires and stays so: its interrupt is pending from now on */
void own_state(u32 n)
{
	WRITE("tpidr_el1", 0x5ec0 + n);
	if (!at_el2())
		return;
	WRITE("cntvoff_el2", (u64)(n + 1) << 40);
	WRITE("cnthp_cval_el2", 0);
	WRITE("cnthp_ctl_el2", 1);
}

/*
 * EL2's own counter, which CNTVOFF_EL2 has no part in, is the one that all else here reads.
 * CNTPCT_EL0 is not told: on the emulated machine it lacks KVM's offset after a move, which KVM
 * leaves to CNTPOFF_EL2 there.
 */
static void el2(void)
{
	if (!at_el2())
		return;
	LOG("CNTVOFF_EL2", READ("cntvoff_el2"));
	LOG("CNTHP_CVAL_EL2", READ("cnthp_cval_el2"));
	LOG("CNTHP_CTL_EL2", READ("cnthp_ctl_el2"));
	LOG("CNTHP_PENDING", pending_timers() >> 26 & 1);
	LOG("HCR_EL2", READ("hcr_el2"));
}

void unmask_priorities(void)
{
	WRITE("S3_0_C4_C6_0", 0xff);	/* ICC_PMR_EL1 */
	WRITE("S3_0_C12_C12_7", 1);	/* ICC_IGRPEN1_EL1 */
}

u32 pending_interrupt(void)
{
	return READ("S3_0_C12_C12_2");		/* ICC_HPPIR1_EL1 */
}

void take_interrupt(void)
{
	WRITE("S3_0_C12_C12_1", READ("S3_0_C12_C12_0"));	/* ICC_EOIR1_EL1, ICC_IAR1_EL1 */
}

void send_sgi(u32 n)
{
	WRITE("S3_0_C12_C11_5", 1 << n);	/* ICC_SGI1R_EL1 */
}

/* An interrupt wakes the vCPU though it is masked */
void nap(void)
{
	WRITE("cntv_tval_el0", 2 * read_frequency());
	WRITE("cntv_ctl_el0", 1);
	asm volatile("wfi" : : : "memory");
	WRITE("cntv_ctl_el0", 0);
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

#define REG(name, encoding)	LOG(name, READ(encoding))

#define ID_REG(name)	LOG_READ(name, READ(name), VALUE_IF_NOT_ZERO)

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
	LOG_READ("CCSIDR2_EL1", READ("S3_1_C0_C0_2"), KIND);
	REG("GMID_EL1", "S3_1_C0_C0_4");
	/* Undefined without SME, by the architecture; kernels up to 6.12 do not trap it */
	if (READ("id_aa64pfr1_el1") >> 24 & 15)
		REG("SMIDR_EL1", "S3_1_C0_C0_6");
	REG("TPIDR_EL1", "tpidr_el1");
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
	log_vectors();
	el2();
}
