// SPDX-License-Identifier: GPL-2.0
/*
 * The guest of the migration matrix: no operating system, one vCPU at EL1, MMU
 * off. It asks for every hypercall service and every ID register, writes the
 * answers to the serial port, ticks for a while, and begins anew:
 *
 *	start
 *	probe
 *	PSCI_VERSION 0x10001
 *	...
 *	end
 *	tick 1
 *
 * What two complete probes differ in is what a guest saw change. Answers that
 * change by nature, such as times, are only logged as there or not there.
 *
 * "start" must not come again after a restore, and the ticks must go on.
 */
#include <uapi/linux/const.h>
#include <uapi/linux/psci.h>

/* Constants only: the rest of this header is for the kernel */
#define __ASSEMBLY__
#include <linux/arm-smccc.h>
#undef __ASSEMBLY__

typedef unsigned int u32;
typedef unsigned long u64;

#define UART		((volatile u32 *)0x9000000UL)	/* QEMU's virt: a PL011 */
#define UART_DR		0
#define UART_FR		(0x18 / 4)
#define UART_FR_TXFF	0x20

#define TICKS		10	/* between two probes */
#define TICKS_PER_SEC	20

#define ARCH_CALL(n)							\
	ARM_SMCCC_CALL_VAL(ARM_SMCCC_FAST_CALL, ARM_SMCCC_SMC_32, 0, n)
/* In no header yet: Arm DEN 0028's WORKAROUND_4, and the service of patches/demo */
#define ARCH_WORKAROUND_4	ARCH_CALL(0x3ffe)
#define WIDGET								\
	ARM_SMCCC_CALL_VAL(ARM_SMCCC_FAST_CALL, ARM_SMCCC_SMC_32,	\
			   ARM_SMCCC_OWNER_VENDOR_HYP, 128)

/* The header of an arm64 Linux image, which is what -kernel takes */
asm(
	".section .head, \"ax\"\n"
	"b	1f\n"
	"nop\n"
	".quad	0x80000\n"		/* text offset */
	".quad	_end\n"		/* image size */
	".quad	0xa\n"			/* little endian, 4k, anywhere */
	".quad	0, 0, 0\n"
	".ascii	\"ARM\\x64\"\n"
	".long	0\n"
	"1: adrp	x0, stack_top\n"
	"add	x0, x0, :lo12:stack_top\n"
	"mov	sp, x0\n"
	"bl	payload\n"
	"2: wfi\n"
	"b	2b\n");

struct answer {
	u64 a[4];
};

static struct answer call(u32 func, u64 a1, u64 a2)
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

static void put(char c)
{
	while (UART[UART_FR] & UART_FR_TXFF)
		;
	UART[UART_DR] = c;
}

static void text(const char *s)
{
	while (*s)
		put(*s++);
}

static void hex(u64 val)
{
	int shift = 60;

	text(" 0x");
	while (shift && !(val >> shift))
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		put("0123456789abcdef"[val >> shift & 15]);
}

static void decimal(u64 val)
{
	if (val >= 10)
		decimal(val / 10);
	put('0' + val % 10);
}

/* Logs the first @n words of the answer */
static void log_call(const char *name, u32 func, u64 a1, int n)
{
	struct answer ans = call(func, a1, 0);

	text(name);
	if (a1)
		hex(a1);
	for (int i = 0; i < n; i++)
		hex(ans.a[i]);
	put('\n');
}

static void log_psci_feature(u32 func)
{
	log_call("PSCI_FEATURES", PSCI_1_0_FN_PSCI_FEATURES, func, 1);
}

static void log_presence(const char *name, u32 func, u64 a1)
{
	text(name);
	text((u32)call(func, a1, 0).a[0] == (u32)SMCCC_RET_NOT_SUPPORTED ? " absent\n" : " present\n");
}

static void log_hcid(void)
{
	static const u32 owners[] = {
		ARM_SMCCC_OWNER_ARCH, ARM_SMCCC_OWNER_STANDARD,
		ARM_SMCCC_OWNER_STANDARD_HYP, ARM_SMCCC_OWNER_VENDOR_HYP,
	};

	for (u32 i = 0; i < 4; i++) {
		text("FEATURES_2 ");
		decimal(owners[i]);
		for (u32 word = 0; word < 8; word++) {
			struct answer ans = call(ARM_SMCCC_VENDOR_HYP_KVM_FEATURES_2_FUNC_ID,
						 owners[i], word);

			if (!ans.a[0]) {
				hex(ans.a[2] << 32 | ans.a[1]);
			} else {
				text(" -");
				decimal(-(int)ans.a[0]);
			}
		}
		put('\n');
	}
}

/* ID registers that are zero are as if they were not there: leave them out */
static void log_id_reg(u32 crm, u32 op2, u64 val)
{
	if (!val)
		return;
	text("S3_0_C0_C");
	decimal(crm);
	put('_');
	decimal(op2);
	hex(val);
	put('\n');
}

#define ID_REG(crm, op2) do {						\
	u64 val;							\
									\
	asm volatile("mrs %0, S3_0_C0_C" #crm "_" #op2 : "=r" (val));	\
	log_id_reg(crm, op2, val);					\
} while (0)

#define ID_REGS(crm) do {						\
	ID_REG(crm, 0); ID_REG(crm, 1); ID_REG(crm, 2); ID_REG(crm, 3);	\
	ID_REG(crm, 4); ID_REG(crm, 5); ID_REG(crm, 6); ID_REG(crm, 7);	\
} while (0)

static void probe(void)
{
	static const u32 arch[] = {
		ARM_SMCCC_ARCH_FEATURES_FUNC_ID, ARM_SMCCC_ARCH_SOC_ID, ARCH_WORKAROUND_4,
		ARM_SMCCC_ARCH_WORKAROUND_3, ARM_SMCCC_ARCH_WORKAROUND_2,
		ARM_SMCCC_ARCH_WORKAROUND_1, ARM_SMCCC_HV_PV_TIME_FEATURES,
		ARM_SMCCC_HV_PV_TIME_ST,
	};

	text("probe\n");
	log_call("PSCI_VERSION", PSCI_0_2_FN_PSCI_VERSION, 0, 1);
	log_psci_feature(ARM_SMCCC_VERSION_FUNC_ID);
	for (u32 f = PSCI_0_2_FN_CPU_SUSPEND; f <= PSCI_1_3_FN_SYSTEM_OFF2; f++)
		log_psci_feature(f);
	log_psci_feature(PSCI_1_1_FN64_SYSTEM_RESET2);
	log_psci_feature(PSCI_1_3_FN64_SYSTEM_OFF2);
	log_call("SMCCC_VERSION", ARM_SMCCC_VERSION_FUNC_ID, 0, 1);
	for (u32 i = 0; i < sizeof(arch) / sizeof(arch[0]); i++)
		log_call("ARCH_FEATURES", ARM_SMCCC_ARCH_FEATURES_FUNC_ID, arch[i], 1);
	log_call("TRNG_VERSION", ARM_SMCCC_TRNG_VERSION, 0, 1);
	log_call("TRNG_FEATURES", ARM_SMCCC_TRNG_FEATURES, ARM_SMCCC_TRNG_RND32, 1);
	log_call("TRNG_FEATURES", ARM_SMCCC_TRNG_FEATURES, ARM_SMCCC_TRNG_RND64, 1);
	log_call("TRNG_UUID", ARM_SMCCC_TRNG_GET_UUID, 0, 4);
	log_presence("TRNG_RND64", ARM_SMCCC_TRNG_RND64, 64);
	log_call("PV_TIME_FEATURES", ARM_SMCCC_HV_PV_TIME_FEATURES, ARM_SMCCC_HV_PV_TIME_ST, 1);
	log_call("VENDOR_HYP_UID", ARM_SMCCC_VENDOR_HYP_CALL_UID_FUNC_ID, 0, 4);
	log_call("KVM_FEATURES", ARM_SMCCC_VENDOR_HYP_KVM_FEATURES_FUNC_ID, 0, 4);
	log_presence("PTP", ARM_SMCCC_VENDOR_HYP_KVM_PTP_FUNC_ID, 0);
	log_presence("DISCOVER_IMPL_VER", ARM_SMCCC_VENDOR_HYP_KVM_DISCOVER_IMPL_VER_FUNC_ID, 0);
	log_presence("DISCOVER_IMPL_CPUS", ARM_SMCCC_VENDOR_HYP_KVM_DISCOVER_IMPL_CPUS_FUNC_ID, 0);
	log_hcid();
	log_call("WIDGET", WIDGET, 0, 1);
	ID_REGS(1); ID_REGS(2); ID_REGS(3); ID_REGS(4); ID_REGS(5); ID_REGS(6); ID_REGS(7);
	text("end\n");
}

static u64 counter(void)
{
	u64 val;

	asm volatile("isb; mrs %0, cntvct_el0" : "=r" (val) : : "memory");
	return val;
}

void payload(void)
{
	u64 freq, tick = 0, next;

	asm volatile("mrs %0, cntfrq_el0" : "=r" (freq));
	text("start\n");
	for (;;) {
		probe();
		for (int i = 0; i < TICKS; i++) {
			next = counter() + freq / TICKS_PER_SEC;
			while (counter() < next)
				asm volatile("yield");
			text("tick ");
			decimal(++tick);
			put('\n');
		}
	}
}
