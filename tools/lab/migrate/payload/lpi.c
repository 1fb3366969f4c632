// SPDX-License-Identifier: GPL-2.0
/*
 * LPIs of an ITS: see main.c. Its tables are in the guest's memory, behind the program. LPI
 * 8192 is made pending once, and is not taken: it must still be pending in each record. For
 * each, LPI 8193 is sent and taken, by the tables that the ITS has then.
 */
#include "payload.h"

#define TABLES		0x40100000UL	/* a page of 64 KiB for each */
#define CONFIG		(TABLES + 0x00000)
#define PENDING		(TABLES + 0x10000)
#define DEVICES		(TABLES + 0x20000)
#define COLLECTIONS	(TABLES + 0x30000)
#define COMMANDS	(TABLES + 0x40000)
#define ITT		(TABLES + 0x50000)

#define DEVICE		5ULL
#define LPI		8192ULL
#define VALID		(1ULL << 63)

static unsigned long gits;
static u32 written;		/* bytes of the queue, which has 4 KiB */

static void write64(u64 addr, u64 val)
{
	*(volatile u64 *)(unsigned long)addr = val;
}

static u64 read64(u64 addr)
{
	return *(volatile u64 *)(unsigned long)addr;
}

static void command(u64 dw0, u64 dw1, u64 dw2)
{
	u64 at = COMMANDS + written;

	write64(at, dw0);
	write64(at + 8, dw1);
	write64(at + 16, dw2);
	write64(at + 24, 0);
	written = (written + 32) % 4096;
	asm volatile("dsb sy" : : : "memory");
	write64(gits + 0x88, written);			/* GITS_CWRITER */
	while (read64(gits + 0x90) != written)		/* GITS_CREADR */
		;
}

static void map(u32 event)
{
	*(volatile unsigned char *)(CONFIG + event) = 0xa1;	/* a priority, enabled */
	command(0x0a | DEVICE << 32, event | (LPI + event) << 32, 0);	/* MAPTI */
}

static void send(u32 event)
{
	command(0x03 | DEVICE << 32, event, 0);		/* INT */
}

/* On the first vCPU */
void start_its(unsigned long redist, unsigned long its)
{
	gits = its;
	write64(redist + 0x70, CONFIG | 13);		/* GICR_PROPBASER: 14 bits of IDs */
	write64(redist + 0x78, PENDING);		/* GICR_PENDBASER */
	*(volatile u32 *)redist = 1;			/* GICR_CTLR */
	for (u32 n = 0; n < 2; n++) {
		u64 baser = gits + 0x100 + 8 * n;
		u64 type = read64(baser) >> 56 & 7;

		write64(baser, VALID | type << 56 | 2 << 8 | (type == 1 ? DEVICES : COLLECTIONS));
	}
	write64(gits + 0x80, VALID | COMMANDS);		/* GITS_CBASER */
	*(volatile u32 *)gits = 1;			/* GITS_CTLR */
	enable_interrupts(0);
	command(0x08 | DEVICE << 32, 0, VALID | ITT);	/* MAPD: one bit of events */
	command(0x09, 0, VALID);			/* MAPC: to the first vCPU */
	map(0);
	map(1);
	send(0);
}

void lpis(void)
{
	if (!gits)
		return;
	LOG("GITS_CBASER", read64(gits + 0x80));
	LOG("GITS_BASER(0)", read64(gits + 0x100));
	LOG("GITS_BASER(1)", read64(gits + 0x108));
	LOG("LPI_PENDING", pending_interrupt());
	take_interrupt();
	send(1);
	LOG("LPI_SENT", pending_interrupt());
	take_interrupt();
	send(0);
}
