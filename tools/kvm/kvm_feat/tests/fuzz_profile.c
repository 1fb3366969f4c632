// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer target: whatever the parsers take is printed, and taken again as the same
 */
#include <stdlib.h>
#include <string.h>

#include "profile.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct profile p, again;
	size_t first_len, second_len;
	char err[256], *first, *second;
	FILE *out;
	int ret;

	ret = profile_parse(&p, "fuzz", (const char *)data, size, err, sizeof(err));
	if (ret) {
		if (strncmp(err, "fuzz:", 5))
			abort();
		return 0;
	}
	out = open_memstream(&first, &first_len);
	profile_print(&p, out);
	fclose(out);

	if (profile_parse(&again, "again", first, first_len, err, sizeof(err)))
		abort();
	out = open_memstream(&second, &second_len);
	profile_print(&again, out);
	fclose(out);
	if (first_len != second_len || memcmp(first, second, first_len))
		abort();
	free(second);
	profile_free(&again);
	free(first);
	profile_free(&p);
	return 0;
}
