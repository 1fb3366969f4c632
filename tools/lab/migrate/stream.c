// SPDX-License-Identifier: GPL-2.0-only
/*
 * stream FILE...: the vCPU's registers in migration streams of QEMU, one a line:
 * FILE NAME VALUE, with kvm_feat's name for the register.
 *
 * In the stream, IDs and values are two arrays of big-endian 64-bit words, one
 * behind the other, with their length before them. What they are a part of need
 * not be understood: nothing else looks like a sorted list of arm64's register IDs.
 */
#include <endian.h>
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "regs.h"	/* of kvm_feat */

static unsigned char data[256 << 20];	/* the guests have 64 MB */

static uint64_t word(const unsigned char *p)
{
	uint64_t val;

	memcpy(&val, p, sizeof(val));
	return be64toh(val);
}

/* How many registers the list at @p has, which has @max bytes: 0 if it is no list */
static size_t list_at(const unsigned char *p, size_t max)
{
	size_t n = word(p - 8) & 0xffffffff;

	/* An ID: KVM_REG_ARM64, and a size */
	if (p[0] != 0x60 || p[1] < 0x20 || p[1] > 0x60 || p[2] || p[3] || p[4])
		return 0;
	if (n <= 50 || n >= 2000 || 16 * n > max)
		return 0;
	for (size_t i = 0; i < n; i++)
		if (p[8 * i] != 0x60 || (i && word(p + 8 * i) < word(p + 8 * (i - 1))))
			return 0;
	return n;
}

int main(int argc, char **argv)
{
	for (int f = 1; f < argc; f++) {
		size_t size, n = 0;
		char name[40];

		if (!freopen(argv[f], "rb", stdin))
			err(1, "%s", argv[f]);
		size = fread(data, 1, sizeof(data), stdin);
		for (unsigned char *p = data + 8; p + 16 < data + size && !n; p++) {
			n = list_at(p, data + size - p);
			for (size_t i = 0; i < n; i++)
				printf("%s %s 0x%" PRIx64 "\n", argv[f],
				       regs_name(name, sizeof(name), word(p + 8 * i)),
				       word(p + 8 * (n + i)));
		}
	}
	return 0;
}
