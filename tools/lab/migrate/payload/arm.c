// SPDX-License-Identifier: GPL-2.0
/*
 * What the guest has of its own in AArch32: see payload.h. Its first instruction is where
 * it begins; the VMM says in r1, r2 and r3 where its GIC is. By calls it sees what 32 bits
 * of a register hold.
 */
#include "payload.h"

asm(
	".section .head, \"ax\"\n"
	".arch_extension virt\n"
	"ldr	r0, =vectors\n"
	"mcr	p15, 0, r0, c12, c0, 0\n"	/* VBAR */
	"isb\n"
	"cps	#0x1b\n"			/* in Undefined mode */
	"ldr	sp, =undefined_stack\n"
	"cps	#0x13\n"			/* back in Supervisor mode */
	"ldr	sp, =stack_top\n"
	"bl	payload\n"
	"1: wfi\n"
	"b	1b\n"

	/* Each has a page of the stack, and 64 bytes of the other */
	".globl second_entry\n"
	"second_entry:\n"
	"mov	r4, r0\n"
	"ldr	r0, =vectors\n"
	"mcr	p15, 0, r0, c12, c0, 0\n"
	"isb\n"
	"cps	#0x1b\n"
	"ldr	sp, =undefined_stack\n"
	"sub	sp, sp, r4, lsl #6\n"
	"cps	#0x13\n"
	"ldr	sp, =stack_top\n"
	"sub	sp, sp, r4, lsl #12\n"
	"mov	r0, r4\n"
	"bl	second_cpu\n"
	"b	1b\n"

	/* All but what is undefined is a fault of ours, and ends here */
	".balign 32\n"
	"vectors:\n"
	"b	1b\n"
	"b	undefined\n"
	".rept	6\n"
	"b	1b\n"
	".endr\n"
	/*
	 * lr is behind the instruction. SPSR is made anew: where KVM has made the exception,
	 * QEMU shows an old one. The flags are still those of where it came from.
	 */
	"undefined:\n"
	"push	{r0, r1}\n"
	"ldr	r0, =faults\n"
	"ldr	r1, [r0]\n"
	"add	r1, r1, #1\n"
	"str	r1, [r0]\n"
	"mrs	r0, cpsr\n"
	"bic	r0, r0, #0x1f\n"
	"orr	r0, r0, #0x13\n"
	"msr	spsr_cxsf, r0\n"
	"pop	{r0, r1}\n"
	"movs	pc, lr\n"
	".ltorg\n"
	".bss\n"
	".balign 8\n"
	".space	256\n"
	"undefined_stack:\n"
	".text\n");

struct answer call(u32 func, u64 a1, u64 a2, u64 a3)
{
	register u32 r0 asm("r0") = func;
	register u32 r1 asm("r1") = a1;
	register u32 r2 asm("r2") = a2;
	register u32 r3 asm("r3") = a3;

	asm volatile(".arch_extension virt\n hvc #0"
		     : "+r" (r0), "+r" (r1), "+r" (r2), "+r" (r3) : : "memory");
	return (struct answer){ { r0, r1, r2, r3 } };
}

int failed(const struct answer *ans)
{
	return (int)ans->a[0] < 0;
}

#define READ(coproc, opc1, crn, crm, opc2) ({				\
	u32 val = 0;							\
									\
	asm volatile("mrc " #coproc ", " #opc1 ", %0, c" #crn ", c" #crm ", " #opc2 \
		     : "+r" (val) : : "memory");			\
	val;								\
})

#define WRITE(coproc, opc1, crn, crm, opc2, val)			\
	asm volatile("mcr " #coproc ", " #opc1 ", %0, c" #crn ", c" #crm ", " #opc2 "; isb" \
		     : : "r" (val) : "memory")

u64 read_count(void)
{
	u64 val;

	asm volatile("mrrc p15, 1, %Q0, %R0, c14" : "=r" (val) : : "memory");
	return val;
}

u32 read_frequency(void)
{
	return READ(p15, 0, 14, 0, 0);
}

void own_state(u32 n)
{
	WRITE(p15, 0, 13, 0, 4, 0x5ec0 + n);
}

void unmask_priorities(void)
{
	WRITE(p15, 0, 4, 6, 0, 0xff);		/* ICC_PMR */
	WRITE(p15, 0, 12, 12, 7, 1);		/* ICC_IGRPEN1 */
}

u32 pending_interrupt(void)
{
	return READ(p15, 0, 12, 12, 2);			/* ICC_HPPIR1 */
}

void take_interrupt(void)
{
	WRITE(p15, 0, 12, 12, 1, READ(p15, 0, 12, 12, 0));	/* ICC_EOIR1, ICC_IAR1 */
}

void fill_vectors(u32 n)
{
	(void)n;
}

void send_sgi(u32 n)
{
	asm volatile("mcrr p15, 0, %0, %1, c12; isb" : : "r" (1 << n), "r" (0) : "memory");	/* ICC_SGI1R */
}

/* An interrupt wakes the vCPU though it is masked */
void nap(void)
{
	WRITE(p15, 0, 14, 3, 0, 2 * read_frequency());
	WRITE(p15, 0, 14, 3, 1, 1);
	asm volatile("wfi" : : : "memory");
	WRITE(p15, 0, 14, 3, 1, 0);
}

u32 read_clidr(void)
{
	return READ(p15, 1, 0, 0, 1);
}

u64 read_ccsidr(u32 selection)
{
	u32 val;

	WRITE(p15, 2, 0, 0, 0, selection);
	val = READ(p15, 1, 0, 0, 0);
	WRITE(p15, 2, 0, 0, 0, 0);
	return val;
}

#define ID_REG(crm, opc2)						\
	LOG_READ("p15_0_c0_c" #crm "_" #opc2, READ(p15, 0, 0, crm, opc2), VALUE_IF_NOT_ZERO)

#define ID_REGS(crm) do {						\
	ID_REG(crm, 0); ID_REG(crm, 1); ID_REG(crm, 2); ID_REG(crm, 3);	\
	ID_REG(crm, 4); ID_REG(crm, 5); ID_REG(crm, 6); ID_REG(crm, 7);	\
} while (0)

void registers(void)
{
	/*
	 * And no more: KVM does not step over a read of the others, those with CRm > 3, in
	 * kvm_emulate_cp15_id_reg(), and the guest hangs.
	 */
	ID_REGS(0); ID_REGS(1); ID_REGS(2); ID_REGS(3);
	LOG("CLIDR", read_clidr());
	LOG("AIDR", READ(p15, 1, 0, 0, 7));
	LOG_READ("CCSIDR2", READ(p15, 1, 0, 0, 2), KIND);
	LOG("TPIDRPRW", READ(p15, 0, 13, 0, 4));
	LOG("DBGDIDR", READ(p14, 0, 0, 0, 0));
	LOG("CNTFRQ", read_frequency());
	caches();
	LOG("PMCR", READ(p15, 0, 9, 12, 0));
	LOG("PMCEID0", READ(p15, 0, 9, 12, 6));
	LOG("PMCEID1", READ(p15, 0, 9, 12, 7));
	LOG("PMCEID2", READ(p15, 0, 9, 14, 4));
	LOG("PMCEID3", READ(p15, 0, 9, 14, 5));
	LOG("PMMIR", READ(p15, 0, 9, 14, 6));
	LOG("ICC_SRE", READ(p15, 0, 12, 12, 5));
	LOG("ICC_CTLR", READ(p15, 0, 12, 12, 4));
}
