/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sandbox_profile.c - which system calls a profile allows, in words and numbers.
 *
 * For people: the filter itself is made in sandbox_syscalls.c, of the same table.
 */
#include <stdio.h>
#include <string.h>

#include "supervisord/act/sandbox_profile.h"
#include "supervisord/config/system_calls.h"

static const struct {
	enum sandbox_group group;
	const char *word;
} words_of[] = {
	{ SANDBOX_BASE, "base" },
	{ SANDBOX_FILES, "files" },
	{ SANDBOX_NETWORK, "network" },
	{ SANDBOX_JOURNAL, "journal" },
	{ SANDBOX_CONTROL, "control" },
	{ SANDBOX_KEEPER, "keeper" },
	{ SANDBOX_PROGRAM, "program" },
	{ SANDBOX_MEMFD, "memfd" },
	{ SANDBOX_ZYGOTE, "zygote" },
	{ SANDBOX_READ, "read" },
	{ SANDBOX_THREADS, "threads" },
	{ SANDBOX_STREAMS, "streams" },
	{ SANDBOX_SIGNALS, "signals" },
	{ SANDBOX_EDGES, "edges" },
};

const char *sandbox_profile_words(unsigned int groups,
				  char words[static SANDBOX_PROFILE_BYTES])
{
	size_t n = 0;

	words[0] = '\0';
	for (size_t i = 0; i < sizeof(words_of) / sizeof(*words_of); i++)
		if (groups & words_of[i].group)
			n += (size_t)snprintf(words + n,
					      SANDBOX_PROFILE_BYTES - n,
					      "%s%s", n ? " " : "",
					      words_of[i].word);
	return words;
}

static bool holds(const struct sandbox_syscall *row, enum sandbox_stage stage)
{
	return row->stage == SANDBOX_BOTH_STAGES || row->stage == stage;
}

/* the first row of that name which lets it work; NULL: none does */
static const struct sandbox_syscall *row_of(unsigned int groups,
					    enum sandbox_stage stage,
					    const char *name)
{
	size_t n_rows;
	const struct sandbox_syscall *rows = sandbox_syscalls(&n_rows);

	for (size_t i = 0; i < n_rows; i++)
		if (rows[i].groups & groups && rows[i].error == 0 &&
		    holds(&rows[i], stage) && !strcmp(rows[i].name, name))
			return &rows[i];
	return NULL;
}

bool sandbox_profile_allows(const struct sandbox_profile *profile,
			    enum sandbox_stage stage, const char *name)
{
	return spec_lists(profile->granted, name) ||
	       row_of(profile->groups, stage, name);
}

/* of one that is granted twice the first */
static bool is_new(const struct sandbox_profile *profile, char *const *at)
{
	for (char *const *other = profile->granted; other < at; other++)
		if (!strcmp(*other, *at))
			return false;
	return true;
}

/* negative numbers are of other machines */
unsigned int sandbox_profile_calls(const struct sandbox_profile *profile,
				   enum sandbox_stage stage)
{
	size_t n_rows;
	const struct sandbox_syscall *rows = sandbox_syscalls(&n_rows);
	unsigned int n = 0;

	for (size_t i = 0; i < n_rows; i++)
		if (row_of(profile->groups, stage, rows[i].name) == &rows[i] &&
		    seccomp_syscall_resolve_name(rows[i].name) >= 0)
			n++;
	for (char *const *at = profile->granted; at && *at; at++)
		if (is_new(profile, at) &&
		    !row_of(profile->groups, stage, *at) &&
		    seccomp_syscall_resolve_name(*at) >= 0)
			n++;
	return n;
}

/* ---- what would allow it -------------------------------------------------- */

/* the narrowest first */
static const struct {
	enum sandbox_group group;
	const char *key;
} keys[] = {
	{ SANDBOX_READ, "sandbox: { read: [PATH] }" },
	{ SANDBOX_FILES, "sandbox: { write: [PATH] }" },
	{ SANDBOX_MEMFD, "sandbox: { memfd: allow }" },
	{ SANDBOX_NETWORK,
	  "network: { connect } by actor_connect(3), { listen }; loopback, host; kind: program if local" },
};

/* what no group but one has, or has for a reason of its own */
static const struct {
	const char *name;
	const char *key;
	unsigned int unless;	/* it has one of these */
} by_name[] = {
	{ "clone", "sandbox: { pids: N } for threads, else kind: program",
	  SANDBOX_THREADS | SANDBOX_PROGRAM },
	{ "clone3", "sandbox: { pids: N } for threads, else kind: program",
	  SANDBOX_THREADS | SANDBOX_PROGRAM },
	{ "clone", "kind: program, as it was a process and no thread",
	  SANDBOX_PROGRAM },
	{ "fork", "kind: program", SANDBOX_PROGRAM },
	{ "vfork", "kind: program", SANDBOX_PROGRAM },
	{ "execve", "kind: program", SANDBOX_PROGRAM },
	{ "wait4", "kind: program", SANDBOX_PROGRAM },
	{ "waitid", "kind: program", SANDBOX_PROGRAM },
	{ "kill", "kind: program", SANDBOX_PROGRAM },
	{ "mmap", "kind: program, when it makes code", 0 },
	{ "mprotect", "kind: program, when it makes code", 0 },
};

/* some arguments of it are allowed to all, so no group is what it lacks */
static const char *const in_part[] = { "clone", "clone3", "fcntl", "ioctl",
				       "prctl", "prlimit64" };

static bool is_in_part(const char *name)
{
	for (size_t i = 0; i < sizeof(in_part) / sizeof(*in_part); i++)
		if (!strcmp(in_part[i], name))
			return true;
	return false;
}

/* what a network has besides, nobody needs a network for */
static bool is_minor(enum sandbox_group group, const char *name)
{
	return group == SANDBOX_NETWORK &&
	       row_of(SANDBOX_BASE, SANDBOX_FIRST_STAGE, name);
}

const char *sandbox_profile_key(const struct sandbox_profile *profile,
				const char *name,
				char key[static SANDBOX_KEY_BYTES])
{
	for (size_t i = 0; i < sizeof(by_name) / sizeof(*by_name); i++)
		if (!strcmp(by_name[i].name, name) &&
		    !(by_name[i].unless & profile->groups)) {
			snprintf(key, SANDBOX_KEY_BYTES, "%s", by_name[i].key);
			return key;
		}
	if (is_in_part(name))
		return NULL;
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (!(profile->groups & keys[i].group) &&
		    row_of(keys[i].group, SANDBOX_SECOND_STAGE, name) &&
		    !is_minor(keys[i].group, name)) {
			snprintf(key, SANDBOX_KEY_BYTES, "%s", keys[i].key);
			return key;
		}
	if (!system_call_may_be_granted(name))
		return NULL;
	snprintf(key, SANDBOX_KEY_BYTES, "sandbox: { syscalls: [%s] }", name);
	return key;
}
