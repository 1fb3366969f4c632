// SPDX-License-Identifier: GPL-2.0
/* The interrupt controller of the guest: see main.c */
#include "payload.h"

static unsigned long gicd, gicr, gits;

u32 mmio(u64 addr)
{
	return *(volatile u32 *)(unsigned long)addr;
}

static u64 mmio64(u64 addr)
{
	return (u64)mmio(addr + 4) << 32 | mmio(addr);
}

void gic(void)
{
	LOG("GICD_TYPER", mmio(gicd + 4));
	LOG("GICD_IIDR", mmio(gicd + 8));
	LOG("GICD_TYPER2", mmio(gicd + 0xc));
	LOG("GICD_PIDR2", mmio(gicd + 0xffe8));
	for (u64 n = 0, typer = 0; n < 8 && !(typer & 0x10); n++) {
		u64 frame = gicr + n * 0x20000;

		typer = mmio64(frame + 8);
		text("GICR_TYPER(");
		decimal(n);
		text(")");
		hex(typer);
		text("\nGICR_IIDR(");
		decimal(n);
		text(")");
		hex(mmio(frame + 4));
		text("\nGICR_PIDR2(");
		decimal(n);
		text(")");
		hex(mmio(frame + 0xffe8));
		put('\n');
	}
	if (gits) {
		LOG("GITS_IIDR", mmio(gits + 4));
		LOG("GITS_TYPER", mmio64(gits + 8));
		LOG("GITS_PIDR2", mmio(gits + 0xffe8));
	}
	lpis();
}

/* @dist: 0 for where QEMU's virt has them all */
void place_gic(unsigned long dist, unsigned long redist, unsigned long its)
{
	gicd = dist ? dist : 0x8000000;
	gicr = dist ? redist : 0x80a0000;
	gits = dist ? its : 0x8080000;
	/* QEMU has one, too, which is QEMU's to save */
	if (dist && its)
		start_its(redist, its);
}

static volatile u32 *sgi_frame(u32 n)
{
	return (u32 *)(gicr + n * 0x20000UL + 0x10000);
}

/*
 * What wakes vCPU @n: SGI 0, and its timers. It takes no interrupt, since all stay masked.
 * It is the vCPU itself that calls this.
 */
void enable_interrupts(u32 n)
{
	*(volatile u32 *)gicd = 2;		/* GICD_CTLR: group 1 */
	sgi_frame(n)[0x80 / 4] = ~0;		/* GICR_IGROUPR0 */
	/* GICR_IPRIORITYR: the timers come after the LPIs */
	sgi_frame(n)[0x418 / 4] = sgi_frame(n)[0x41c / 4] = 0xe0e0e0e0;
	sgi_frame(n)[0x100 / 4] = 1U << 26 | 1U << 27 | 1U << 28 | 1U << 30 | 1;	/* GICR_ISENABLER0 */
	unmask_priorities();
}

u32 pending_timers(void)
{
	return sgi_frame(self())[0x200 / 4];	/* GICR_ISPENDR0 */
}

void forget_sgi(u32 n)
{
	sgi_frame(n)[0x280 / 4] = 1;		/* GICR_ICPENDR0 */
}
