/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * spool.h - what the journal has not confirmed, as JSON lines in a file.
 *
 * One record a line: {"time": "2026-…Z", "MESSAGE": …, "ACTOR_PATH": …}. The
 * file is only appended to, read from its start, and made empty when all of it
 * was sent on. A line that is torn or foreign is skipped and counted.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SPOOL_BYTES_MAX (64 * 1024 * 1024)
#define SPOOL_LINE_MAX 65536
/* of one that comes back, four bytes for each that was no UTF-8 */
#define SPOOL_RECORD_MAX 40000

/**
 * struct spool - the file; @fd is not ours, -1 for none
 * @end: its size
 * @read: up to here everything was sent on
 */
struct spool {
	int fd;
	off_t end;
	off_t read;
	uint64_t n_skipped;
};

/** spool_init() - take up a file with whatever an earlier life left in it */
int spool_init(struct spool *spool, int fd);
/**
 * spool_append() - one record, a list of journal fields with the verb "write"
 *
 * Return: 0; -ENOSPC: it is as large as it may get; other negative errno. The
 * file then is as before.
 */
int spool_append(struct spool *spool, uint64_t time_us, const void *bytes,
		 size_t n_bytes);
bool spool_is_empty(const struct spool *spool);
/**
 * spool_peek() - the next record at *@at or after it, as it was appended, with
 * its time in ACTOR_TIME
 * @at: in: where to look, at least @spool->read; out: the end of its line
 *
 * Return: its size in @buffer; 0 at the end; negative errno.
 */
ssize_t spool_peek(struct spool *spool, off_t *at, void *buffer,
		   size_t size_bytes);
/**
 * spool_last() - the newest record with that field, as spool_peek() gives it
 *
 * Return: its size in @buffer; 0: the last SPOOL_LINE_MAX bytes have none.
 */
ssize_t spool_last(const struct spool *spool, const char *field, void *buffer,
		   size_t size_bytes);
/** spool_sent() - everything before @end was sent on; empties the file when
 * that was all */
int spool_sent(struct spool *spool, off_t end);
