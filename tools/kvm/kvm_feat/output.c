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

#include "kvm_feat.h"

static const char *out_name = "standard output";
static char out_path[PATH_MAX];		/* what the file is to be called */
static char tmp_path[PATH_MAX + 20];	/* what it is called meanwhile */

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

void *must_realloc(void *old, size_t nr, size_t size)
{
	void *new = reallocarray(old, nr + !nr, size);

	if (!new)
		fatal("out of memory");
	return new;
}

FILE *open_text(char **text)
{
	static size_t size;
	FILE *out = open_memstream(text, &size);

	if (!out)
		fatal("out of memory");
	return out;
}

/* Is it a file to be replaced, or a new one? Sets @st, with a mode for the latter */
static void check_path(const char *path, struct stat *st)
{
	mode_t mask = umask(0);

	umask(mask);
	if (!stat(path, st)) {
		if (!S_ISREG(st->st_mode))
			fatal("%s: not a regular file; standard output is '-'", path);
		/* Not even root replaces what it may not write: a read-only file system, +i */
		if (access(path, W_OK) || !realpath(path, out_path))
			fatal("%s: %s", path, strerror(errno));
		return;
	}
	if (errno != ENOENT || !lstat(path, st) || strlen(path) >= sizeof(out_path))
		fatal("%s: %s", path, errno == ENOENT ? "a link to nothing" : strerror(errno));
	strcpy(out_path, path);
	*st = (struct stat){ .st_mode = 0666 & ~mask, .st_uid = geteuid(), .st_gid = getegid() };
}

FILE *output_open(const char *path)
{
	size_t dir;
	sigset_t signals;
	struct stat st;
	FILE *out;
	int fd;

	if (!path || !strcmp(path, "-"))
		return stdout;
	out_name = path;
	check_path(path, &st);

	/* The file is short: a signal waits until it is whole, and has its name */
	sigfillset(&signals);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	dir = strrchr(out_path, '/') ? strrchr(out_path, '/') - out_path + 1 : 0;
	snprintf(tmp_path, sizeof(tmp_path), "%.*s.kvm_feat.XXXXXX", (int)dir, out_path);
	fd = mkstemp(tmp_path);
	if (fd < 0)
		*tmp_path = '\0';
	out = fd < 0 ? NULL : fdopen(fd, "w");
	if (!out)
		fatal("%s: %s", path, strerror(errno));
	if ((st.st_uid != geteuid() || st.st_gid != getegid()) && fchown(fd, st.st_uid, st.st_gid))
		fatal("%s: its owner cannot be kept: %s", path, strerror(errno));
	if (fchmod(fd, st.st_mode & 07777))
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
