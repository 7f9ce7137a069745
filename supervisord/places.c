/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * places.c - the directories of a running system.
 *
 * It alone knows the environment variables that move them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "supervisord/places.h"

static const char *absolute(const char *variable)
{
	const char *value = getenv(variable);

	return value && value[0] == '/' ? value : NULL;
}

static char *join(const char *base, const char *rest)
{
	char *path;

	return asprintf(&path, "%s/%s", base, rest) < 0 ? NULL : path;
}

static char *below(char *base, const char *system)
{
	char *path = base ? join(base, system) : NULL;

	free(base);
	return path;
}

char *places_run_base(void)
{
	const char *base = absolute("ACTORPROC_RUN_DIR");
	char own[64];

	if (base)
		return strdup(base);
	if (geteuid() == 0)
		return strdup("/run/actorproc");
	base = absolute("XDG_RUNTIME_DIR");
	if (base)
		return join(base, "actorproc");
	snprintf(own, sizeof(own), "/tmp/actorproc-%u",
		 (unsigned int)geteuid());
	return strdup(own);
}

char *places_state_base(void)
{
	const char *base = absolute("ACTORPROC_STATE_DIR");

	if (base)
		return strdup(base);
	if (geteuid() == 0)
		return strdup("/var/lib/actorproc");
	base = absolute("XDG_STATE_HOME");
	if (base)
		return join(base, "actorproc");
	base = absolute("HOME");
	return join(base ? base : "/tmp", ".local/state/actorproc");
}

char *places_run_dir(const char *system)
{
	return below(places_run_base(), system);
}

char *places_state_dir(const char *system)
{
	return below(places_state_base(), system);
}
