/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * book.h - a logbook (decide/logbook.h) in memory, being written.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "supervisord/decide/logbook.h"

/**
 * struct book - @fd: -1: there is none
 * @n_first: bytes with which it began, for its user
 */
struct book {
	int fd;
	uint64_t sequence;
	uint64_t n_bytes;
	uint64_t n_first;
};

/** book_begin() - an empty one, which nobody would believe yet; 0 or a negative
 * errno */
int book_begin(struct book *book, uint64_t sequence);
/** book_write() - one more entry, that counts from the next head on */
int book_write(struct book *book, const struct logbook_entry *entry);
/** book_head() - what is written counts; @closed: nothing does any more */
int book_head(const struct book *book, bool closed);
void book_end(struct book *book);
