/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The guest, and what it has in each of the two states of execution: arm64.c and arm.c.
 */
#include <uapi/linux/const.h>

#include "smccc.h"	/* the constants of <linux/arm-smccc.h> */

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define FUNC(owner, n)							\
	ARM_SMCCC_CALL_VAL(ARM_SMCCC_FAST_CALL, ARM_SMCCC_SMC_32,	\
			   ARM_SMCCC_OWNER_##owner, n)
#define PSCI(n)		FUNC(STANDARD, n)

#define TICKS_PER_SEC	20

typedef unsigned int u32;
typedef unsigned long long u64;

/* What is not there has an exception, which is counted, and the instruction is left out */
extern volatile u32 faults;

struct answer {
	u64 a[4];
};

void payload(unsigned long unused, unsigned long dist, unsigned long redist, unsigned long its);
void put(char c);
void text(const char *s);
void number(u64 val);
void hex(u64 val);
void decimal(u32 val);

/* Of whom the record is: empty for the first vCPU, else "cpu1:" and so on */
extern const char *prefix;
void name(const char *s);	/* behind the prefix */
u32 self(void);
void line(const char *s, u64 val);

u64 counter(void);		/* notes whether it is steady */
void wait_tick(void);

/* The parts of a record */
void calls(void);
void tell_left_out(void);
void pv_time(void);
void gic(void);
void place_gic(unsigned long dist, unsigned long redist, unsigned long its);
void enable_interrupts(u32 n);
void forget_sgi(u32 n);
u32 pending_timers(void);	/* of the vCPU that tells, and all else below 32 */
void start_its(unsigned long redist, unsigned long its);
void lpis(void);
void fill_vectors(u32 n);	/* those of vCPU n, in AArch64 */
void log_vectors(void);
u32 mmio(u64 addr);
void tell_registers(void);
void tell_cpus(u32 record);
void caches(void);
/* What is told of a register; of one that has another value each time, only whether it is there */
enum how { VALUE, VALUE_IF_NOT_ZERO, KIND };

void log_read(const char *reg, u64 val, int undefined, enum how how);

/* One register of the record */
#define LOG_READ(reg, read, how) do {					\
	u32 before = faults;						\
	u64 value = (read);						\
									\
	log_read(reg, value, faults != before, how);			\
} while (0)

#define LOG(reg, read)	LOG_READ(reg, read, VALUE)

/* Of the state of execution */
struct answer call(u32 func, u64 a1, u64 a2, u64 a3);
int failed(const struct answer *ans);
u64 read_count(void);		/* the virtual counter, and */
u32 read_frequency(void);	/* how often it counts in a second */
u32 read_clidr(void);
u64 read_ccsidr(u32 selection);	/* by CSSELR, which is 0 after that */
void registers(void);		/* all that have to do with the vCPU alone */
void own_state(u32 n);		/* in registers that nothing else here uses */
void unmask_priorities(void);
u32 pending_interrupt(void);	/* as the GIC's CPU interface has it */
void take_interrupt(void);
void send_sgi(u32 n);		/* SGI 0, to that vCPU */
void nap(void);			/* until an interrupt, or for two seconds */

/* Where a vCPU begins that is switched on: it calls second_cpu() with its context */
extern char second_entry[];
void second_cpu(unsigned long n);
