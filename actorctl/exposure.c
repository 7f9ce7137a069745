/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * exposure.c - what a process can do, weighed by a table.
 *
 * As `systemd-analyze security` does: each check has a weight, what is right adds
 * nothing, and the sum is a share of all that could be wrong. What cannot be known
 * does not count; what we were not let look at counts as wrong. Pure.
 */
#include "actorctl/exposure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALL (EXPOSURE_OF_ACTOR | EXPOSURE_OF_PROGRAM | EXPOSURE_OF_SUPERVISOR)
#define BOXED (EXPOSURE_OF_ACTOR | EXPOSURE_OF_PROGRAM)

#define AS_ROOT "start the system as root: each actor has a uid of its own then"
#define NAMESPACES "let the system make namespaces; actorctl show says why not"
#define LIMITED "give the system a cgroup of version 2; actorctl show says why not"

#define IS(symbol_id) .id = (symbol_id), .bad = 1

const struct exposure_check_row exposure_checks[N_EXPOSURE_CHECKS] = {
	/* ---- who it is -------------------------------------------------- */
	[EXPOSURE_UID_ROOT] = {
		IS("uid-root"), .weight = 1500, .kinds = ALL,
		.looks_at = "its uid outside",
		.wrong = "it is root for the kernel",
	},
	[EXPOSURE_UID_SHARED] = {
		IS("uid-shared"), .weight = 900, .kinds = ALL,
		.looks_at = "who else has its uid",
		.wrong = "others have its uid too, with their files and processes",
		.host = AS_ROOT,
	},
	[EXPOSURE_UID_CLASS] = {
		IS("uid-class"), .weight = 150, .kinds = BOXED,
		.looks_at = "whether it was forked by its class",
		.wrong = "its class has one uid, filter and layout of memory",
		.key = "isolate", .mend = "isolate: instance",
	},
	[EXPOSURE_GROUPS] = {
		IS("groups"), .weight = 300, .kinds = ALL,
		.looks_at = "supplementary groups",
		.wrong = "it has groups besides its own",
	},
	[EXPOSURE_CAPABILITIES] = {
		IS("capabilities"), .weight = 1500, .kinds = ALL,
		.looks_at = "capabilities it has or could take",
		.wrong = "it has capabilities",
	},
	[EXPOSURE_BOUNDING] = {
		IS("capabilities-bound"), .weight = 300, .kinds = ALL,
		.looks_at = "the bounding set",
		.wrong = "a program it executes could have capabilities",
	},
	[EXPOSURE_PRIVILEGES] = {
		IS("new-privileges"), .weight = 700, .kinds = ALL,
		.looks_at = "no_new_privs",
		.wrong = "a setuid program would make it more than it is",
	},
	[EXPOSURE_DUMPABLE] = {
		IS("dumpable"), .weight = 200, .kinds = BOXED,
		.looks_at = "whose its files in /proc are",
		.wrong = "who has its uid can trace it and read its memory",
		.key = "kind", .mend = "kind: actor",
	},
	[EXPOSURE_UMASK] = {
		IS("umask"), .weight = 50, .kinds = BOXED,
		.looks_at = "the mask of its files",
		.wrong = "others may read or write what it creates",
	},
	[EXPOSURE_TERMINAL] = {
		IS("terminal"), .weight = 200, .kinds = BOXED,
		.looks_at = "the terminal of its session",
		.wrong = "it has a terminal and could type into it",
	},

	/* ---- what it may call ------------------------------------------- */
	[EXPOSURE_FILTER] = {
		IS("filter"), .weight = 1500, .kinds = ALL,
		.looks_at = "seccomp",
		.wrong = "it may make any system call",
		.host = "a kernel with seccomp",
	},
	[EXPOSURE_CALLS] = {
		.id = "calls", .good = 160, .bad = 200,
		.weight = 600, .kinds = BOXED,
		.looks_at = "how many system calls its filter allows",
		.wrong = "it may make many different system calls",
		.key = "kind", .mend = "kind: actor",
	},
	[EXPOSURE_GRANTED] = {
		IS("calls-granted"), .weight = 100, .kinds = BOXED,
		.looks_at = "system calls that it was granted by name",
		.wrong = "it has system calls that others have not",
		.key = "syscalls", .mend = "fewer in syscalls",
	},
	[EXPOSURE_SOCKETS] = {
		IS("sockets"), .weight = 500, .kinds = BOXED,
		.looks_at = "whether it may make sockets of the network",
		.wrong = "it may make sockets, and call them on its edges",
		.key = "network", .mend = "network: none",
	},
	[EXPOSURE_LOCAL] = {
		IS("sockets-local"), .weight = 300, .kinds = BOXED,
		.looks_at = "whether it may make local sockets",
		.wrong = "it may make local sockets",
		.key = "kind", .mend = "kind: actor",
	},
	[EXPOSURE_MEMFD] = {
		IS("memfd"), .weight = 150, .kinds = EXPOSURE_OF_ACTOR,
		.looks_at = "whether it may make memory to pass on",
		.wrong = "it may make memory, which can be executed too",
		.key = "memfd", .mend = "memfd: deny",
	},
	[EXPOSURE_CODE] = {
		IS("memory-executable"), .weight = 400, .kinds = BOXED,
		.looks_at = "whether it may execute what it has written",
		.wrong = "it may make its memory executable",
		.key = "kind", .mend = "kind: actor",
	},
	[EXPOSURE_MDWE] = {
		IS("memory-mdwe"), .weight = 150, .kinds = BOXED,
		.looks_at = "whether MDWE refuses it code that was written",
		.wrong = "the kernel would let its memory become code",
		.key = "kind", .mend = "kind: actor",
		.host = "a kernel of 6.3 or later",
	},

	/* ---- what it sees ----------------------------------------------- */
	[EXPOSURE_NS_MOUNT] = {
		IS("namespace-mount"), .weight = 1000, .kinds = ALL,
		.looks_at = "its mounts",
		.wrong = "it sees the files of the host",
		.host = NAMESPACES,
	},
	[EXPOSURE_NS_NETWORK] = {
		IS("namespace-network"), .weight = 2000, .kinds = ALL,
		.looks_at = "its network",
		.wrong = "it has the network of the host",
		.key = "network", .mend = "network: none", .host = NAMESPACES,
	},
	[EXPOSURE_NS_PID] = {
		IS("namespace-pid"), .weight = 600, .kinds = ALL,
		.looks_at = "its processes",
		.wrong = "it is among the processes of the host",
		.host = NAMESPACES,
	},
	[EXPOSURE_NS_IPC] = {
		IS("namespace-ipc"), .weight = 300, .kinds = ALL,
		.looks_at = "its System V and POSIX queues",
		.wrong = "it has the host's queues and shared memory",
		.host = NAMESPACES,
	},
	[EXPOSURE_NS_UTS] = {
		IS("namespace-uts"), .weight = 100, .kinds = ALL,
		.looks_at = "its host name",
		.wrong = "it knows the host by name",
		.host = NAMESPACES,
	},
	[EXPOSURE_NS_USER] = {
		IS("namespace-user"), .weight = 200, .kinds = ALL,
		.looks_at = "its users",
		.wrong = "uids mean to it what they mean outside",
	},
	[EXPOSURE_NS_CGROUP] = {
		IS("namespace-cgroup"), .weight = 50, .kinds = ALL,
		.looks_at = "its view of cgroups",
		.wrong = "with a /proc it would see where it is",
	},
	[EXPOSURE_INTERFACES] = {
		IS("interfaces"), .weight = 300, .kinds = BOXED,
		.looks_at = "the interfaces of its own network",
		.wrong = "its own network leads outside",
		.key = "network", .mend = "network: none",
	},

	[EXPOSURE_CONNECTIONS] = {
		.id = "connections", .bad = 8, .weight = 200,
		.kinds = EXPOSURE_OF_ACTOR,
		.looks_at = "connections that are made for it",
		.wrong = "it may reach these addresses, or be reached there",
		.key = "network", .mend = "fewer addresses in network",
	},

	/* ---- files ------------------------------------------------------ */
	[EXPOSURE_ROOT] = {
		IS("root-writable"), .weight = 500, .kinds = ALL,
		.looks_at = "the mount at /",
		.wrong = "its root is not mounted read-only",
		.host = NAMESPACES,
	},
	[EXPOSURE_SETUID] = {
		IS("mounts-setuid"), .weight = 400, .kinds = ALL,
		.looks_at = "mounts without nosuid",
		.wrong = "setuid programs would work there",
		.host = NAMESPACES,
	},
	[EXPOSURE_DEVICES] = {
		IS("mounts-devices"), .weight = 300, .kinds = ALL,
		.looks_at = "mounts without nodev",
		.wrong = "device nodes work there",
		.key = "devices", .mend = "no device in devices, read, execute and write",
	},
	[EXPOSURE_PROGRAMS] = {
		IS("mounts-programs"), .weight = 600, .kinds = ALL,
		.looks_at = "writable mounts without noexec",
		.wrong = "it could execute what it has written there",
		.host = NAMESPACES,
	},
	[EXPOSURE_WRITE] = {
		.id = "files-write", .bad = 4, .weight = 300, .kinds = BOXED,
		.looks_at = "what it may write",
		.wrong = "files of the host are writable",
		.key = "write", .mend = "fewer paths in write",
	},
	[EXPOSURE_READ] = {
		.id = "files-read", .bad = 4, .weight = 300, .kinds = BOXED,
		.looks_at = "what it may read but itself and its libraries",
		.wrong = "files of the host are readable",
		.key = "read", .mend = "fewer paths in read or execute",
	},
	[EXPOSURE_EXECUTE] = {
		.id = "files-execute", .bad = 4, .weight = 150, .kinds = BOXED,
		.looks_at = "what it may execute but itself and its libraries",
		.wrong = "programs of the host can be executed",
		.key = "execute", .mend = "fewer paths in execute",
		.host = NAMESPACES,
	},
	[EXPOSURE_KERNEL] = {
		IS("files-kernel"), .weight = 500, .kinds = BOXED,
		.looks_at = "files of the kernel: /proc, /sys, /dev, cgroups",
		.wrong = "it can ask the kernel by files",
		.key = "read", .mend = "no path of /proc, /sys, /dev in read, execute or write",
	},
	[EXPOSURE_LANDLOCK] = {
		IS("landlock"), .weight = 600, .kinds = BOXED,
		.looks_at = "Landlock's rules",
		.wrong = "files are bounded by mounts and uids alone",
		.host = "a kernel with Landlock",
	},
	[EXPOSURE_SCOPES] = {
		IS("landlock-scopes"), .weight = 200, .kinds = BOXED,
		.looks_at = "Landlock's scopes",
		.wrong = "signals and abstract sockets are not bounded",
		.host = "a kernel of 6.12 or later",
	},

	/* ---- how much --------------------------------------------------- */
	[EXPOSURE_CORE] = {
		IS("limit-core"), .weight = 150, .kinds = BOXED,
		.looks_at = "the size of a core file",
		.wrong = "its memory could be written to a file",
	},
	[EXPOSURE_FILES] = {
		.id = "limit-files", .good = 4096, .bad = 65536,
		.weight = 50, .kinds = BOXED,
		.looks_at = "how many descriptors it may have",
		.wrong = "it may have very many descriptors",
	},
	[EXPOSURE_LOCKED] = {
		.id = "limit-locked", .good = 65536, .bad = 8388608,
		.weight = 50, .kinds = BOXED,
		.looks_at = "how much memory it may lock",
		.wrong = "it may take memory that is not given back",
	},
	[EXPOSURE_QUEUES] = {
		IS("limit-queues"), .weight = 50, .kinds = BOXED,
		.looks_at = "the bytes of its message queues",
		.wrong = "it may fill message queues",
	},
	[EXPOSURE_REALTIME] = {
		IS("limit-realtime"), .weight = 100, .kinds = BOXED,
		.looks_at = "its real-time priority",
		.wrong = "it may take a processor from all others",
	},
	[EXPOSURE_PROCESSES] = {
		.id = "limit-processes", .good = 1, .bad = 64,
		.weight = 300, .kinds = BOXED,
		.looks_at = "how many processes and threads it may have",
		.wrong = "it may make processes",
		.key = "pids", .mend = "pids: NUMBER",
		.program_mend = "pids: NUMBER, or kind: actor",
		.host = LIMITED,
	},
	[EXPOSURE_MEMORY] = {
		IS("limit-memory"), .weight = 400, .kinds = BOXED,
		.looks_at = "how much memory it may have",
		.wrong = "it may use up the memory of the host",
		.key = "memory", .mend = "memory: SIZE", .host = LIMITED,
	},
	[EXPOSURE_CPU] = {
		IS("limit-cpu"), .weight = 200, .kinds = BOXED,
		.looks_at = "how much of a processor it may have",
		.wrong = "it may keep processors busy",
		.key = "cpu", .mend = "cpu: PERCENT", .host = LIMITED,
	},

	/* ---- what it holds ---------------------------------------------- */
	[EXPOSURE_DESCRIPTORS] = {
		IS("descriptors"), .weight = 900, .kinds = BOXED,
		.looks_at = "open descriptors that its kind does not have",
		.wrong = "it holds what nobody should have given it",
	},
	[EXPOSURE_PASSED] = {
		IS("descriptors-passed"), .weight = 100,
		.kinds = EXPOSURE_OF_ACTOR,
		.looks_at = "descriptors in messages",
		.wrong = "its senders may pass it descriptors",
		.key = "descriptors", .mend = "mailbox: { descriptors: 0 }",
	},
};

void exposure_init(struct exposure *exposure, enum exposure_kind kind)
{
	memset(exposure, 0, sizeof(*exposure));
	exposure->kind = kind;
	for (size_t i = 0; i < N_EXPOSURE_CHECKS; i++)
		exposure->values[i].value = EXPOSURE_NONE;
}

enum exposure_check exposure_find(const char *id)
{
	size_t i = 0;

	while (i < N_EXPOSURE_CHECKS && strcmp(exposure_checks[i].id, id))
		i++;

	return (enum exposure_check)i;
}

void exposure_set(struct exposure *exposure, enum exposure_check check,
		  int64_t value)
{
	exposure->values[check].value = value;
}

void exposure_say(struct exposure *exposure, enum exposure_check check,
		  int64_t value)
{
	exposure->values[check].value = value;
	exposure->values[check].said = true;
}

/* cut where it is full: the first ones are told */
static void append(char *to, const char *detail)
{
	size_t n = strlen(to);

	snprintf(to + n, EXPOSURE_DETAIL_BYTES - n, "%s%s", n ? ", " : "",
		 detail);
}

void exposure_count(struct exposure *exposure, enum exposure_check check,
		    const char *detail)
{
	struct exposure_value *v = &exposure->values[check];

	v->value = v->value < 0 ? 1 : v->value + 1;
	if (detail)
		append(v->detail, detail);
}

/* ---- the sum ------------------------------------------------------------ */

bool exposure_counts(const struct exposure *exposure,
		     enum exposure_check check)
{
	return exposure_checks[check].kinds & (unsigned int)exposure->kind &&
	       exposure->values[check].value != EXPOSURE_NONE;
}

/* of 1 */
static double badness(const struct exposure *exposure,
		      enum exposure_check check)
{
	const struct exposure_check_row *row = &exposure_checks[check];
	int64_t value = exposure->values[check].value;

	if (!exposure_counts(exposure, check))
		return 0;
	if (value < 0 || value >= row->bad)
		return 1;
	if (value <= row->good)
		return 0;

	return (double)(value - row->good) / (double)(row->bad - row->good);
}

static double weight_of(const struct exposure *exposure)
{
	double sum = 0;

	for (size_t i = 0; i < N_EXPOSURE_CHECKS; i++)
		if (exposure_counts(exposure, (enum exposure_check)i))
			sum += exposure_checks[i].weight;

	return sum;
}

unsigned int exposure_part(const struct exposure *exposure,
			   enum exposure_check check)
{
	double sum = weight_of(exposure);

	if (sum <= 0)
		return 0;

	return (unsigned int)(badness(exposure, check) *
			      exposure_checks[check].weight * 10000 / sum + 0.5);
}

/* a little is more than nothing */
unsigned int exposure_tenths(const struct exposure *exposure)
{
	double sum = 0, all = weight_of(exposure), tenths;
	unsigned int whole;

	for (size_t i = 0; i < N_EXPOSURE_CHECKS; i++)
		sum += badness(exposure, (enum exposure_check)i) *
		       exposure_checks[i].weight;
	/* of whom nothing is known all is to be feared */
	if (all <= 0)
		return EXPOSURE_MAX;
	tenths = sum * EXPOSURE_MAX / all;
	whole = (unsigned int)tenths;

	return tenths > whole + 1e-9 ? whole + 1 : whole;
}

/* the words of systemd-analyze */
static const struct {
	unsigned int tenths;
	const char *word;
} words[] = {
	{ 100, "DANGEROUS" },
	{ 90, "UNSAFE" },
	{ 75, "EXPOSED" },
	{ 50, "MEDIUM" },
	{ 10, "OK" },
	{ 1, "SAFE" },
	{ 0, "PERFECT" },
};

const char *exposure_word(unsigned int tenths)
{
	size_t i = 0;

	while (words[i].tenths > tenths)
		i++;

	return words[i].word;
}

/* ---- what to do --------------------------------------------------------- */

/* an actor is what "kind" could make of it already */
static const char *mend_by_key(const struct exposure *exposure,
			       const struct exposure_check_row *row)
{
	if (exposure->kind == EXPOSURE_OF_PROGRAM)
		return row->program_mend ? row->program_mend : row->mend;
	return row->key && !strcmp(row->key, "kind") ? NULL : row->mend;
}

const char *exposure_mend(const struct exposure *exposure,
			  enum exposure_check check)
{
	const struct exposure_check_row *row = &exposure_checks[check];
	const char *mend = mend_by_key(exposure, row);

	if (exposure->kind == EXPOSURE_OF_SUPERVISOR)
		return NULL;
	if (exposure->values[check].asked || !mend)
		return row->host;

	return exposure->fixed ? NULL : mend;
}

size_t exposure_worst(const struct exposure *exposure,
		      enum exposure_check ret[static N_EXPOSURE_CHECKS])
{
	size_t n = 0, at;

	for (size_t i = 0; i < N_EXPOSURE_CHECKS; i++) {
		enum exposure_check check = (enum exposure_check)i;
		unsigned int part = exposure_part(exposure, check);

		if (part == 0 || !exposure_mend(exposure, check))
			continue;
		for (at = n; at > 0 &&
		     exposure_part(exposure, ret[at - 1]) < part; at--)
			ret[at] = ret[at - 1];
		ret[at] = check;
		n++;
	}

	return n;
}
