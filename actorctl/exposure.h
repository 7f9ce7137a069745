/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * exposure.h - how far is what a process can do from nothing? Pure.
 *
 * One table says what is looked at, how much it weighs, what is wrong when it is
 * wrong, and which key of the file mends it. Who fills in the values has looked at
 * a process (probe.c) or reads what a file promises (promises.c).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* X(symbol, id), in the order they are shown */
#define EXPOSURE_CHECKS(X)			\
	X(UID_ROOT,	"uid-root")		\
	X(UID_SHARED,	"uid-shared")		\
	X(UID_CLASS,	"uid-class")		\
	X(GROUPS,	"groups")		\
	X(CAPABILITIES,	"capabilities")		\
	X(BOUNDING,	"capabilities-bound")	\
	X(PRIVILEGES,	"new-privileges")	\
	X(DUMPABLE,	"dumpable")		\
	X(UMASK,	"umask")		\
	X(TERMINAL,	"terminal")		\
	X(FILTER,	"filter")		\
	X(CALLS,	"calls")		\
	X(GRANTED,	"calls-granted")	\
	X(SOCKETS,	"sockets")		\
	X(LOCAL,	"sockets-local")	\
	X(MEMFD,	"memfd")		\
	X(CODE,		"memory-executable")	\
	X(MDWE,		"memory-mdwe")		\
	X(NS_MOUNT,	"namespace-mount")	\
	X(NS_NETWORK,	"namespace-network")	\
	X(NS_PID,	"namespace-pid")	\
	X(NS_IPC,	"namespace-ipc")	\
	X(NS_UTS,	"namespace-uts")	\
	X(NS_USER,	"namespace-user")	\
	X(NS_CGROUP,	"namespace-cgroup")	\
	X(INTERFACES,	"interfaces")		\
	X(CONNECTIONS,	"connections")		\
	X(ROOT,		"root-writable")	\
	X(SETUID,	"mounts-setuid")	\
	X(DEVICES,	"mounts-devices")	\
	X(PROGRAMS,	"mounts-programs")	\
	X(WRITE,	"files-write")		\
	X(READ,		"files-read")		\
	X(EXECUTE,	"files-execute")	\
	X(KERNEL,	"files-kernel")		\
	X(LANDLOCK,	"landlock")		\
	X(SCOPES,	"landlock-scopes")	\
	X(CORE,		"limit-core")		\
	X(FILES,	"limit-files")		\
	X(LOCKED,	"limit-locked")		\
	X(QUEUES,	"limit-queues")		\
	X(REALTIME,	"limit-realtime")	\
	X(PROCESSES,	"limit-processes")	\
	X(MEMORY,	"limit-memory")		\
	X(CPU,		"limit-cpu")		\
	X(DESCRIPTORS,	"descriptors")		\
	X(PASSED,	"descriptors-passed")

enum exposure_check {
#define X(symbol, id) EXPOSURE_##symbol,
	EXPOSURE_CHECKS(X)
#undef X
	N_EXPOSURE_CHECKS,
};

/* bits, so that a check can say whom it is about */
enum exposure_kind {
	EXPOSURE_OF_ACTOR = 1 << 0,
	EXPOSURE_OF_PROGRAM = 1 << 1,
	EXPOSURE_OF_SUPERVISOR = 1 << 2,
};

/* instead of a value: not to be known of it; or it was not let be looked at,
 * which counts as the worst there is */
#define EXPOSURE_NONE (-1)
#define EXPOSURE_UNREAD (-2)
#define EXPOSURE_NO_LIMIT INT64_MAX

#define EXPOSURE_DETAIL_BYTES 192
#define EXPOSURE_MAX 100		/* tenths */

/**
 * struct exposure_check_row - what is looked at
 * @looks_at: a few words
 * @weight: of all of them together
 * @good, @bad: a value of @good or less is right, @bad or more is as wrong as can
 *              be; linear between
 * @wrong: a sentence without its full stop
 * @key: of the config file; NULL: there is none
 * @mend: how it is written; NULL: no key mends it
 * @program_mend: of a program; NULL: the same
 * @host: what does, when the file asks already or no key does; NULL: nothing
 * @kinds: whom it is about
 */
struct exposure_check_row {
	const char *id;
	const char *looks_at;
	unsigned int weight;
	int64_t good;
	int64_t bad;
	const char *wrong;
	const char *key;
	const char *mend;
	const char *program_mend;
	const char *host;
	unsigned int kinds;
};

extern const struct exposure_check_row exposure_checks[N_EXPOSURE_CHECKS];

/**
 * struct exposure_value - what was found
 * @said: the supervisor's word; it cannot be seen from outside
 * @asked: the file says what should be, and it is not in force
 * @detail: which ones; any bytes, for whoever shows it to make harmless
 */
struct exposure_value {
	int64_t value;
	bool said;
	bool asked;
	char detail[EXPOSURE_DETAIL_BYTES];
};

/**
 * struct exposure - all of one process
 * @fixed: no file has it: it is one of ours
 */
struct exposure {
	enum exposure_kind kind;
	bool fixed;
	struct exposure_value values[N_EXPOSURE_CHECKS];
};

/** exposure_init() - nothing is known of it yet */
void exposure_init(struct exposure *exposure, enum exposure_kind kind);
/** exposure_find() - the check of that id; N_EXPOSURE_CHECKS: none is */
enum exposure_check exposure_find(const char *id);
void exposure_set(struct exposure *exposure, enum exposure_check check,
		  int64_t value);
/** exposure_say() - the same, of what only the supervisor knows */
void exposure_say(struct exposure *exposure, enum exposure_check check,
		  int64_t value);
/** exposure_count() - one more; @detail: which; NULL: no word of it */
void exposure_count(struct exposure *exposure, enum exposure_check check,
		    const char *detail);

/** exposure_counts() - is it about this one, and is it known? */
bool exposure_counts(const struct exposure *exposure,
		     enum exposure_check check);
/** exposure_part() - what that check adds to the sum, in thousandths of a point */
unsigned int exposure_part(const struct exposure *exposure,
			   enum exposure_check check);
/** exposure_tenths() - of 0 (safe) to EXPOSURE_MAX (exposed) */
unsigned int exposure_tenths(const struct exposure *exposure);
/** exposure_word() - what people call that */
const char *exposure_word(unsigned int tenths);
/** exposure_mend() - what to do about it; NULL: nothing is known to help, or it is
 * not for who writes a file to do */
const char *exposure_mend(const struct exposure *exposure,
			  enum exposure_check check);
/**
 * exposure_worst() - the checks that would lower it most, when mended
 * @ret: those that a key mends, the most first
 *
 * Return: how many.
 */
size_t exposure_worst(const struct exposure *exposure,
		      enum exposure_check ret[static N_EXPOSURE_CHECKS]);
