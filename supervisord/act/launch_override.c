/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * launch_override.c - layers that a test takes away from a host that has them.
 *
 * Only the words: launch_host.c takes them away, and says so. Nothing can be
 * given here that the host has not.
 */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "supervisord/act/launch_override.h"

#define LANDLOCK_IS "landlock="
#define ABI_MAX 99

/* who cannot make user namespaces has no capability to make the others with, and
 * there are no hosts with pid namespaces alone */
static const struct {
	const char *word;
	unsigned int without;
} words[] = {
	{ "uids", LAUNCH_UIDS },
	{ "lease", LAUNCH_LEASE },
	{ "user-namespaces",
	  LAUNCH_UIDS | LAUNCH_USER_NAMESPACES | LAUNCH_NAMESPACES |
		  LAUNCH_PID_NAMESPACES | LAUNCH_NETWORK_NAMESPACES },
	{ "namespaces", LAUNCH_NAMESPACES | LAUNCH_PID_NAMESPACES },
	{ "pid-namespaces", LAUNCH_PID_NAMESPACES },
	{ "network-namespaces", LAUNCH_NETWORK_NAMESPACES },
	{ "landlock", LAUNCH_LANDLOCK },
	{ "seccomp", LAUNCH_SECCOMP | LAUNCH_SECCOMP_LISTENER },
	{ "seccomp-listener", LAUNCH_SECCOMP_LISTENER },
	{ "cgroups", LAUNCH_CGROUPS },
	{ "second-stage", LAUNCH_SECOND_STAGE },
	{ "mdwe", LAUNCH_MDWE },
};

static bool is_word(const char *text, size_t length, const char *word)
{
	return strlen(word) == length && !strncmp(text, word, length);
}

static bool read_abi(const char *text, size_t length, int *ret)
{
	char *end;
	long abi;

	if (length <= strlen(LANDLOCK_IS) ||
	    strncmp(text, LANDLOCK_IS, strlen(LANDLOCK_IS)))
		return false;
	abi = strtol(text + strlen(LANDLOCK_IS), &end, 10);
	if (end != text + length || abi < 1 || abi > ABI_MAX)
		return false;
	*ret = (int)abi;
	return true;
}

static int read_word(const char *text, size_t length,
		     struct launch_override *override)
{
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (!is_word(text, length, words[i].word))
			continue;
		override->without |= words[i].without;
		if (words[i].without & LAUNCH_LANDLOCK)
			override->landlock_abi = 0;
		return 0;
	}
	if (!read_abi(text, length, &override->landlock_abi))
		return -EINVAL;
	override->without |= LAUNCH_LANDLOCK;
	return 0;
}

int launch_override_read(const char *text, struct launch_override *ret)
{
	struct launch_override override = { .landlock_abi = INT_MAX };
	size_t length;
	int r;

	for (; text && *text; text += length + (text[length] == ',')) {
		length = strcspn(text, ",");
		r = read_word(text, length, &override);
		if (r < 0)
			return r;
	}
	*ret = override;
	return 0;
}
