/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Registers and fields as text: of the architecture, and of a profile
 */
#ifndef KVM_FEAT_SHOW_H
#define KVM_FEAT_SHOW_H

#include <stdio.h>

#include "profile.h"

/*
 * What a user calls a register: a name, with or without _EL1, or a pattern of names
 * (*, ?), both in any case, or an ID, and then perhaps a dot and a field or pattern of
 * fields. All fields of all registers if @n is 0. fatal() if there is no such register.
 */
void explain(char **what, int n, bool json);

/* fatal() if @p has nothing of the kind: to be asked before anything is printed */
void show_must_exist(const struct profile *p, const char *what);
/* The registers of @p that @what calls, all if NULL */
void show(const struct profile *p, const char *what);
/* The same for several, all if @n is 0 */
void show_json(const struct profile *p, char **what, int n, FILE *out);

/* REG.FIELD=VALUE or REG=VALUE; fatal() if there is none, or the mask does not allow it */
void set(struct profile *p, const char *what);

/* The name or, if @id, the ID of each register in @words, else of those on stdin */
void translate(char **words, int n, bool id, bool json);

#endif
