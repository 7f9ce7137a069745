/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * logbook.h - messages, one behind the other, in a file that outlives who wrote
 * it. Pure.
 *
 * A head, then entries. An entry is there when the head says so, and the head is
 * written in one piece behind it: who is killed between the two has not written
 * it. So what the head counts must be whole, and what is behind that is nothing.
 *
 * A message can have descriptors; they are kept elsewhere under the name of a
 * bundle, of which the entry tells, in the order of the message, which files they
 * were.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libactorproc/protocol.h"

#define LOGBOOK_VERSION 1
#define LOGBOOK_FILES_MAX 3
/* no more is read, whatever is found */
#define LOGBOOK_BYTES_MAX ((size_t)256 * 1024 * 1024)

/**
 * struct logbook_head - the first bytes of the file
 * @closed: nothing in it is true any more, and nothing is to be made of it
 * @sequence: the higher of two is the later
 * @n_bytes: up to there it is written, from the beginning of the file
 * @check: of all that is before it here
 */
struct logbook_head {
	char magic[8];
	uint32_t version;
	uint32_t closed;
	uint64_t sequence;
	uint64_t n_bytes;
	uint32_t zero;
	uint32_t check;
};

/**
 * struct logbook_entry - one message
 * @text, @n_text: a list as in fields.h, at most ACTOR_CONTROL_MAX
 * @bundle: the name of its descriptors; 0: it has none
 * @files: a number for each, the same as long as that file is open anywhere
 */
struct logbook_entry {
	const char *text;
	size_t n_text;
	uint32_t bundle;
	size_t n_files;
	uint64_t files[LOGBOOK_FILES_MAX];
};

#define LOGBOOK_ENTRY_MAX (ACTOR_CONTROL_MAX + 64)

/** enum logbook_finding - what a file is */
enum logbook_finding {
	LOGBOOK_OPEN,
	LOGBOOK_CLOSED,
	LOGBOOK_FOREIGN,	/* none at all, or of another version */
	LOGBOOK_GARBLED,	/* it was one */
};

/** struct logbook - one that is being read, in memory that nobody changes */
struct logbook {
	const char *bytes;
	size_t n_bytes;
	size_t at;
	uint64_t sequence;
};

/** logbook_head() - make one that stands */
struct logbook_head logbook_head(uint64_t sequence, uint64_t n_bytes,
				 bool closed);
/**
 * logbook_write() - an entry as it stands in the file
 * @where: the offset that it will have
 * @at: room for LOGBOOK_ENTRY_MAX
 *
 * Return: its size; 0: it is too large to be one.
 */
size_t logbook_write(void *at, uint64_t sequence, uint64_t where,
		     const struct logbook_entry *entry);
/**
 * logbook_open() - look at a file from beginning to end
 * @ret: only when it is LOGBOOK_OPEN
 */
enum logbook_finding logbook_open(struct logbook *ret, const void *bytes,
				  size_t n_bytes);
/** logbook_next() - the next entry, which points into the bytes; false: no more */
bool logbook_next(struct logbook *book, struct logbook_entry *ret);
