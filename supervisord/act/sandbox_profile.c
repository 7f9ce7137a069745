/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sandbox_profile.c - which system calls a profile allows, in words and numbers.
 *
 * For people: the filter itself is made in sandbox_syscalls.c, of the same table.
 */
#include <stdio.h>
#include <string.h>

#include "supervisord/act/sandbox_profile.h"

static const struct {
	enum sandbox_group group;
	const char *word;
} words_of[] = {
	{ SANDBOX_BASE, "base" },
	{ SANDBOX_FILES, "files" },
	{ SANDBOX_NETWORK, "network" },
	{ SANDBOX_BUNDLED, "bundled" },
	{ SANDBOX_PROGRAM, "program" },
	{ SANDBOX_MEMFD, "memfd" },
	{ SANDBOX_ZYGOTE, "zygote" },
	{ SANDBOX_STREAMS, "streams" },
	{ SANDBOX_LEARNING, "learning" },
};

const char *sandbox_profile_words(unsigned int profile,
				  char words[static SANDBOX_PROFILE_BYTES])
{
	size_t n = 0;

	words[0] = '\0';
	for (size_t i = 0; i < sizeof(words_of) / sizeof(*words_of); i++)
		if (profile & words_of[i].group)
			n += (size_t)snprintf(words + n,
					      SANDBOX_PROFILE_BYTES - n,
					      "%s%s", n ? " " : "",
					      words_of[i].word);
	return words;
}

/* the first row of that name which lets it work; NULL: none does */
static const struct sandbox_syscall *row_of(unsigned int profile,
					    const char *name)
{
	size_t n_rows;
	const struct sandbox_syscall *rows = sandbox_syscalls(&n_rows);

	for (size_t i = 0; i < n_rows; i++)
		if (rows[i].groups & profile && rows[i].error == 0 &&
		    !strcmp(rows[i].name, name))
			return &rows[i];
	return NULL;
}

bool sandbox_profile_allows(unsigned int profile, const char *name)
{
	return row_of(profile, name);
}

/* negative numbers are of other machines */
unsigned int sandbox_profile_calls(unsigned int profile)
{
	size_t n_rows;
	const struct sandbox_syscall *rows = sandbox_syscalls(&n_rows);
	unsigned int n = 0;

	for (size_t i = 0; i < n_rows; i++)
		if (row_of(profile, rows[i].name) == &rows[i] &&
		    seccomp_syscall_resolve_name(rows[i].name) >= 0)
			n++;
	return n;
}
