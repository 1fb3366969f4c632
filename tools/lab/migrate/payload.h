/* SPDX-License-Identifier: GPL-2.0 */
/*
 * payload.c, and what it has in each of the two states of execution: payload_arm64.c and
 * payload_arm.c.
 */
typedef unsigned int u32;
typedef unsigned long long u64;

/* What is not there has an exception, which is counted, and the instruction is left out */
extern volatile u32 faults;

struct answer {
	u64 a[4];
};

void payload(unsigned long unused, unsigned long dist, unsigned long redist, unsigned long its);
void text(const char *s);
void decimal(u32 val);
void line(const char *name, u64 val);
void caches(void);
void log_read(const char *name, u64 val, int undefined, int id_reg);

/* One register of the record; @id_reg: zero is what says that it is not there */
#define LOG_READ(name, read, id_reg) do {				\
	u32 before = faults;						\
	u64 value = (read);						\
									\
	log_read(name, value, faults != before, id_reg);		\
} while (0)

#define LOG(name, read)	LOG_READ(name, read, 0)

/* Only whether there is one: it is another value each time */
#define LOG_KIND(name, read) do {					\
	u32 before = faults;						\
									\
	(void)(read);							\
	text(name);							\
	text(faults != before ? " undefined\n" : " answers\n");		\
} while (0)

/* Of the state of execution */
struct answer call(u32 func, u64 a1, u64 a2);
int failed(const struct answer *ans);
u64 read_count(void);		/* the virtual counter, and */
u32 read_frequency(void);	/* how often it counts in a second */
u32 read_clidr(void);
u64 read_ccsidr(u32 selection);	/* by CSSELR, which is 0 after that */
void registers(void);		/* all that have to do with the vCPU alone */
