/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * supervisord.c - actorctl's way to the daemon's program.
 *
 * Beside ourselves in a build folder, else where it is installed.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "actorctl/supervisord.h"
#include "actorctl/verb.h"

#ifndef ACTORPROC_LIBEXECDIR
#define ACTORPROC_LIBEXECDIR "/usr/local/libexec/actorproc"
#endif

#define INSTALLED ACTORPROC_LIBEXECDIR "/supervisord"
#define BESIDE "/../libexec/supervisord"
#define ARGUMENTS_MAX 8

/* "" when there is none beside us */
static void find_beside(char *path, size_t size_bytes)
{
	ssize_t n = readlink("/proc/self/exe", path,
			     size_bytes - sizeof(BESIDE));
	char *slash;

	path[n > 0 ? n : 0] = '\0';
	slash = strrchr(path, '/');
	if (!slash) {
		path[0] = '\0';
		return;
	}

	strcpy(slash, BESIDE);
	if (access(path, X_OK) < 0)
		path[0] = '\0';
}

int supervisord_exec(const char *const *arguments)
{
	char beside[4096];
	const char *argv[ARGUMENTS_MAX + 2] = { "supervisord" };
	const char *path;

	for (size_t i = 0; arguments[i] && i < ARGUMENTS_MAX; i++)
		argv[i + 1] = arguments[i];

	find_beside(beside, sizeof(beside));
	path = *beside ? beside : INSTALLED;
	fflush(NULL);
	execv(path, (char *const *)argv);
	fprintf(stderr, "actorctl: cannot run %s: %s; is actorproc installed?\n",
		path, strerror(errno));
	return EXIT_FAILED;
}
