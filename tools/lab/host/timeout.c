// SPDX-License-Identifier: GPL-2.0-only
/*
 * coreutils' timeout as kselftest's runner calls it: stop a command after that
 * many seconds, or when it is to stop itself, as one in another is, and answer
 * 124 then. busybox' own looks only once a second whether the command has ended,
 * which is most of the time of most tests.
 *
 *	timeout [--foreground] SECONDS COMMAND [ARGUMENT...]
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t child;
static volatile sig_atomic_t late;

static void out_of_time(int sig)
{
	(void)sig;
	kill(child, late ? SIGKILL : SIGTERM);
	late = 1;
	alarm(5);
}

int main(int argc, char **argv)
{
	int status;

	if (argc > 1 && !strcmp(argv[1], "--foreground")) {
		argv++;
		argc--;
	}
	if (argc < 3)
		return 125;
	child = fork();
	if (child < 0)
		return 125;
	if (!child) {
		/* It goes with us, however we are stopped */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	signal(SIGALRM, out_of_time);
	signal(SIGTERM, out_of_time);
	alarm(atoi(argv[1]));
	/* The handler restarts it */
	if (waitpid(child, &status, 0) < 0)
		return 125;
	if (late)
		return 124;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
