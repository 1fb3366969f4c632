// SPDX-License-Identifier: GPL-2.0
/*
 * Output that is whole or not there, and how kvm_feat gives up
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output.h"

static const char *out_name = "standard output";
static char out_path[PATH_MAX];		/* what the file is to be called */
static char tmp_path[PATH_MAX + 7];	/* what it is called meanwhile */

void fatal(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("kvm_feat: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	if (*tmp_path)
		unlink(tmp_path);
	exit(EXIT_ERROR);
}

FILE *output_open(const char *path)
{
	mode_t mask = umask(0), mode = 0666 & ~mask;
	sigset_t signals;
	struct stat st;
	FILE *out;
	int fd;

	umask(mask);
	if (!path || !strcmp(path, "-"))
		return stdout;

	out_name = path;
	/* Replace what a symbolic link points to, not the link, unless it dangles */
	if (!realpath(path, out_path)) {
		if (errno != ENOENT)
			fatal("%s: %s", path, strerror(errno));
		strcpy(out_path, path);
	} else if (!stat(out_path, &st)) {
		mode = st.st_mode & 07777;
		if (!S_ISREG(st.st_mode)) {
			/* A device or a pipe: nothing to replace */
			out = fopen(out_path, "w");
			if (!out)
				fatal("%s: %s", path, strerror(errno));
			return out;
		}
	}

	/* The file is short: a signal waits until it is whole, and has its name */
	sigfillset(&signals);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	sprintf(tmp_path, "%s.XXXXXX", out_path);
	fd = mkstemp(tmp_path);
	out = fd < 0 ? NULL : fdopen(fd, "w");
	if (!out || fchmod(fd, mode))
		fatal("%s: %s", path, strerror(errno));
	return out;
}

void output_close(FILE *out)
{
	if (fflush(out) || ferror(out) || (*tmp_path && fsync(fileno(out))) ||
	    (out != stdout && fclose(out)))
		fatal("%s: %s", out_name, strerror(errno));
	if (*tmp_path && rename(tmp_path, out_path))
		fatal("%s: %s", out_name, strerror(errno));
	*tmp_path = '\0';
}
