/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * places.c - the directories of a running system.
 *
 * It alone knows the environment variables that move them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "supervisord/places.h"

static const char *absolute(const char *variable)
{
	const char *value = getenv(variable);

	return value && value[0] == '/' ? value : NULL;
}

static char *join(const char *base, const char *middle, const char *system)
{
	char *path;

	return asprintf(&path, "%s%s/%s", base, middle, system) < 0 ? NULL :
		path;
}

char *places_run_dir(const char *system)
{
	const char *base = absolute("ACTORPROC_RUN_DIR");
	char own[64];

	if (base)
		return join(base, "", system);
	if (geteuid() == 0)
		return join("/run", "/actorproc", system);
	base = absolute("XDG_RUNTIME_DIR");
	if (base)
		return join(base, "/actorproc", system);
	snprintf(own, sizeof(own), "/tmp/actorproc-%u",
		 (unsigned int)geteuid());
	return join(own, "", system);
}

char *places_state_dir(const char *system)
{
	const char *base = absolute("ACTORPROC_STATE_DIR");

	if (base)
		return join(base, "", system);
	if (geteuid() == 0)
		return join("/var/lib", "/actorproc", system);
	base = absolute("XDG_STATE_HOME");
	if (base)
		return join(base, "/actorproc", system);
	base = absolute("HOME");
	return join(base ? base : "/tmp", "/.local/state/actorproc", system);
}
