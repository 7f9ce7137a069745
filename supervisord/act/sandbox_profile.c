/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sandbox_profile.c - which system calls a profile allows, in words and numbers.
 *
 * For people: the filter itself is made in sandbox_syscalls.c, of the same table.
 */
#include <fcntl.h>
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

/**
 * struct wish - a call that was refused
 * @arguments: NULL: unknown, of one that the second stage has ended
 * @groups: which others would allow it; @start_groups: in the first stage
 */
struct wish {
	const struct sandbox_profile *profile;
	const char *name;
	const uint64_t *arguments;
	unsigned int groups;
	unsigned int start_groups;
};

static struct wish wish_for(const struct sandbox_profile *profile,
			    const char *name, const uint64_t *arguments)
{
	return (struct wish){
		.profile = profile,
		.name = name,
		.arguments = arguments,
		.groups = sandbox_groups_allowed(name, arguments,
						 SANDBOX_SECOND_STAGE) &
			  ~profile->groups,
		.start_groups = sandbox_groups_allowed(name, arguments,
						       SANDBOX_FIRST_STAGE),
	};
}

static bool is_among(const char *const *at, const char *name)
{
	for (; *at; at++)
		if (!strcmp(*at, name))
			return true;
	return false;
}

#define READ_KEY "sandbox: { read: [PATH] }"
#define WRITE_KEY                                                              \
	"sandbox: { write: [PATH] }, or scratch, state for files of its own"

/* the narrowest first */
static const struct {
	enum sandbox_group group;
	const char *key;
} keys[] = {
	{ SANDBOX_READ, READ_KEY },
	{ SANDBOX_FILES, WRITE_KEY },
	{ SANDBOX_MEMFD, "sandbox: { memfd: allow }" },
	{ SANDBOX_THREADS, "sandbox: { pids: N }" },
};

/* what no list has by its arguments */
static const struct {
	const char *name;
	const char *key;
} by_name[] = {
	{ "clone3", "sandbox: { pids: N } for threads, else kind: program" },
	{ "execve", "kind: program" },
};

/* who may read may make that call, and its file refuses it */
static bool opens_to_write(const struct wish *w)
{
	uint64_t flags;

	if (!w->arguments || (strcmp(w->name, "open") &&
			      strcmp(w->name, "openat")))
		return false;
	flags = w->arguments[strcmp(w->name, "open") ? 2 : 1];
	return (flags & O_ACCMODE) != O_RDONLY || flags & (O_CREAT | O_TRUNC);
}

/* what threads or a network have besides, nobody needs these for */
static bool is_minor(const struct wish *w, unsigned int group)
{
	return group & (SANDBOX_THREADS | SANDBOX_NETWORK) &&
	       w->start_groups & SANDBOX_BASE;
}

static const char *group_key(const struct wish *w)
{
	if (opens_to_write(w))
		return WRITE_KEY "; a device: devices";
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (w->groups & keys[i].group && !is_minor(w, keys[i].group))
			return keys[i].key;
	return NULL;
}

static bool may_be_granted(const struct wish *w)
{
	return system_call_may_be_granted(w->name) &&
	       !spec_lists(w->profile->granted, w->name) &&
	       sandbox_grant_allows(w->name, w->arguments);
}

/* by which it would get what /system/network does for it */
static const char *const meets[] = { "accept", "accept4", "bind", "connect",
				     "listen", "socket", NULL };
/* what is done to a socket that it has */
static const char *const handles[] = { "getpeername", "getsockname",
				       "getsockopt", "setsockopt", "shutdown",
				       NULL };

#define MEETS_KEY                                                              \
	"sandbox: { network: { connect } } by actor_connect(3), { listen }; loopback, host"
#define HANDLES_KEY "network: loopback or host"

static bool network_key(const struct wish *w,
			char key[static SANDBOX_KEY_BYTES])
{
	bool given = w->profile->groups & SANDBOX_STREAMS;
	bool handled = is_among(handles, w->name);

	if (!(w->groups & SANDBOX_NETWORK) || is_minor(w, SANDBOX_NETWORK) ||
	    (may_be_granted(w) && !handled && !is_among(meets, w->name)))
		return false;
	if (!given && (is_among(meets, w->name) || w->groups & SANDBOX_STREAMS))
		snprintf(key, SANDBOX_KEY_BYTES, "%s%s", MEETS_KEY,
			 w->groups & SANDBOX_PROGRAM ?
			 "; kind: program if local" : "");
	else if (given && handled && may_be_granted(w))
		snprintf(key, SANDBOX_KEY_BYTES,
			 "sandbox: { syscalls: [%s] } or { " HANDLES_KEY " }",
			 w->name);
	else
		snprintf(key, SANDBOX_KEY_BYTES, "sandbox: { %s }", HANDLES_KEY);
	return true;
}

/* it was refused behind the start, which is before its first message */
static const char *start_key(const struct wish *w)
{
	if (!(w->profile->groups & SANDBOX_CLOSES) ||
	    !(w->start_groups & w->profile->groups))
		return NULL;
	if (!strcmp(w->name, "mmap"))
		return "sandbox: { execute: [PATH] } in its start hook, or kind: program";
	return w->start_groups & SANDBOX_BASE ?
	       "its start hook, where it is allowed, or kind: program" :
	       "its start hook, where it is allowed";
}

static const char *program_key(const struct wish *w)
{
	return w->groups & (SANDBOX_PROGRAM | SANDBOX_SIGNALS) ?
	       "kind: program" : NULL;
}

const char *sandbox_profile_key(const struct sandbox_profile *profile,
				const char *name, const uint64_t *arguments,
				char key[static SANDBOX_KEY_BYTES])
{
	const struct wish w = wish_for(profile, name, arguments);
	const char *found = NULL;

	for (size_t i = 0; i < sizeof(by_name) / sizeof(*by_name); i++)
		if (!strcmp(by_name[i].name, name))
			found = by_name[i].key;
	if (!found)
		found = group_key(&w);
	if (!found && network_key(&w, key))
		return key;
	if (!found && may_be_granted(&w) && strcmp(name, "socket")) {
		snprintf(key, SANDBOX_KEY_BYTES, "sandbox: { syscalls: [%s] }",
			 name);
		return key;
	}
	if (!found)
		found = start_key(&w);
	if (!found)
		found = program_key(&w);
	if (!found)
		return NULL;
	snprintf(key, SANDBOX_KEY_BYTES, "%s", found);
	return key;
}

/* a program is told of many that they are not there, and goes on */
static bool fails_for_programs(const struct wish *w)
{
	return !(w->profile->groups & SANDBOX_PROGRAM) && w->arguments &&
	       sandbox_groups_of(w->name, w->arguments, SANDBOX_FIRST_STAGE) &
		       SANDBOX_PROGRAM;
}

const char *sandbox_profile_advice(const struct sandbox_profile *profile,
				   const char *name, const uint64_t *arguments,
				   char advice[static SANDBOX_ADVICE_BYTES])
{
	const struct wish w = wish_for(profile, name, arguments);
	char key[SANDBOX_KEY_BYTES];

	if (sandbox_profile_key(profile, name, arguments, key))
		snprintf(advice, SANDBOX_ADVICE_BYTES, "what would is %s", key);
	else
		snprintf(advice, SANDBOX_ADVICE_BYTES, "no key grants %s%s",
			 !strcmp(name, "socket") ?
			 "that family of sockets or its protocol" :
			 sandbox_groups_allowed(name, NULL,
						SANDBOX_FIRST_STAGE) ?
			 "it with these arguments" : "it",
			 fails_for_programs(&w) ?
			 "; as kind: program it fails and does not end" : "");
	return advice;
}
