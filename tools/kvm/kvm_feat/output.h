/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Output that is whole or not there, and how kvm_feat gives up
 */
#ifndef KVM_FEAT_OUTPUT_H
#define KVM_FEAT_OUTPUT_H

#include <linux/compiler.h>
#include <stdio.h>

#define EXIT_DIFFERENT	1
#define EXIT_ERROR	2

__printf(1, 2)
__noreturn void fatal(const char *fmt, ...);

/*
 * A stream to @path (NULL: stdout). What is written replaces a file only with
 * output_close(), and then completely. Standard output stays open.
 */
FILE *output_open(const char *path);
void output_close(FILE *out);

#endif
