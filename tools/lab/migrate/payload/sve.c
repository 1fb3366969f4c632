// SPDX-License-Identifier: GPL-2.0
/*
 * SVE: see main.c. Nothing else here uses vector registers, so that a vCPU keeps in them what
 * it has put there when it began.
 */
#include "payload.h"

#define MAX_BYTES	256	/* of a vector */
#define ZS		32
#define PS		16

/* Vectors, predicates, and FFR behind them */
struct state {
	unsigned char z[ZS * MAX_BYTES];
	unsigned char p[(PS + 1) * MAX_BYTES / 8];
} __attribute__((aligned(256)));

#define ALL_Z	"0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31"
#define ALL_P	"0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15"

static int has_sve(void)
{
	u64 pfr0;

	asm volatile("mrs %0, id_aa64pfr0_el1" : "=r" (pfr0));
	return pfr0 >> 32 & 15;
}

static u32 vector_bytes(void)
{
	u64 len;

	asm volatile(".arch_extension sve\n rdvl %0, #1" : "=r" (len));
	return len;
}

/* FFR has ones, and behind them zeros, as after a load that has met a fault */
static void expect(struct state *state, u32 n)
{
	u32 z = ZS * vector_bytes(), p = PS * vector_bytes() / 8, ffr = vector_bytes() / 8;

	for (u32 i = 0; i < z; i++)
		state->z[i] = (i + 1) * (n + 3) + i / 251;
	for (u32 i = 0; i < p; i++)
		state->p[i] = (i + 1) * (n + 5) + i / 127;
	for (u32 i = 0; i < ffr; i++)
		state->p[p + i] = i ? 0 : 0xf >> (n & 1);
}

void fill_vectors(u32 n)
{
	static struct state state;
	u64 cpacr;

	if (!has_sve())
		return;
	asm volatile("mrs %0, cpacr_el1" : "=r" (cpacr));
	asm volatile("msr cpacr_el1, %0\n isb" : : "r" (cpacr | 3UL << 16 | 3UL << 20));
	asm volatile("msr S3_0_C1_C2_0, %0\n isb" : : "r" (15UL));	/* ZCR_EL1: as long as can be */
	expect(&state, n);
	asm volatile(".arch_extension sve\n"
		     "ldr p0, [%1, #16, mul vl]\n"
		     "wrffr p0.b\n"
		     ".irp r," ALL_Z "\n ldr z\\r, [%0, #\\r, mul vl]\n .endr\n"
		     ".irp r," ALL_P "\n ldr p\\r, [%1, #\\r, mul vl]\n .endr"
		     : : "r" (state.z), "r" (state.p) : "memory");
}

static u32 wrong(const unsigned char *is, const unsigned char *was, u32 bytes)
{
	u32 sum = 0;

	for (u32 i = 0; i < bytes; i++)
		sum += is[i] != was[i];
	return sum;
}

/* How many bytes are not what they were */
void log_vectors(void)
{
	static struct state now, was;
	u32 bytes;

	if (!has_sve())
		return;
	bytes = vector_bytes();
	asm volatile(".arch_extension sve\n"
		     ".irp r," ALL_Z "\n str z\\r, [%0, #\\r, mul vl]\n .endr\n"
		     ".irp r," ALL_P "\n str p\\r, [%1, #\\r, mul vl]\n .endr\n"
		     "rdffr p0.b\n"
		     "str p0, [%1, #16, mul vl]\n"
		     "ldr p0, [%1]"
		     : : "r" (now.z), "r" (now.p) : "memory");
	expect(&was, self());
	LOG("SVE_VECTOR_BYTES", bytes);
	LOG("SVE_Z_WRONG", wrong(now.z, was.z, ZS * bytes));
	LOG("SVE_P_WRONG", wrong(now.p, was.p, PS * bytes / 8));
	LOG("SVE_FFR_WRONG", wrong(now.p + PS * bytes / 8, was.p + PS * bytes / 8, bytes / 8));
}
