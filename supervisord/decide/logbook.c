/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * logbook.c - messages, one behind the other, in a file that outlives who wrote
 * it.
 *
 * Pure. It alone knows how they stand there, and believes nothing that it reads.
 * What is checked goes on from the number of the book and the place of the entry:
 * what is left of another book, or was moved, is not taken for an entry.
 */
#include <string.h>

#include "libactorproc/checksum.h"
#include "supervisord/decide/logbook.h"

#define ALIGN 8u

static const char magic[8] = "actorlog";

struct entry_head {
	uint32_t n_text;
	uint32_t bundle;
	uint32_t n_files;
	uint32_t check;		/* of all the others, then of what follows */
};

static uint32_t head_check(const struct logbook_head *head)
{
	return checksum_crc32c(0, head, offsetof(struct logbook_head, check));
}

struct logbook_head logbook_head(uint64_t sequence, uint64_t n_bytes,
				 bool closed)
{
	struct logbook_head head = {
		.version = LOGBOOK_VERSION,
		.closed = closed,
		.sequence = sequence,
		.n_bytes = n_bytes,
	};

	memcpy(head.magic, magic, sizeof(magic));
	head.check = head_check(&head);
	return head;
}

static size_t padded(size_t n)
{
	return (n + ALIGN - 1) / ALIGN * ALIGN;
}

static uint32_t entry_check(uint64_t sequence, uint64_t where,
			    const struct entry_head *head, const void *body,
			    size_t n_body)
{
	const uint64_t place[2] = { sequence, where };
	uint32_t crc = checksum_crc32c(0, place, sizeof(place));

	crc = checksum_crc32c(crc, head, offsetof(struct entry_head, check));
	return checksum_crc32c(crc, body, n_body);
}

size_t logbook_write(void *at, uint64_t sequence, uint64_t where,
		     const struct logbook_entry *entry)
{
	size_t n_files = entry->n_files * sizeof(entry->files[0]);
	size_t n_body = n_files + padded(entry->n_text);
	struct entry_head head = {
		.n_text = (uint32_t)entry->n_text,
		.bundle = entry->bundle,
		.n_files = (uint32_t)entry->n_files,
	};
	char *body = (char *)at + sizeof(head);

	if (!entry->n_text || entry->n_text > ACTOR_CONTROL_MAX ||
	    entry->n_files > LOGBOOK_FILES_MAX)
		return 0;
	memset(body, 0, n_body);
	memcpy(body, entry->files, n_files);
	memcpy(body + n_files, entry->text, entry->n_text);
	head.check = entry_check(sequence, where, &head, body, n_body);
	memcpy(at, &head, sizeof(head));
	return sizeof(head) + n_body;
}

/* the size of the entry there, or 0: it is none */
static size_t read_entry(const struct logbook *book,
			 struct logbook_entry *ret)
{
	const char *at = book->bytes + book->at, *body = at;
	size_t left = book->n_bytes - book->at, n_files, n_body;
	struct entry_head head;

	if (left < sizeof(head))
		return 0;
	memcpy(&head, at, sizeof(head));
	body += sizeof(head);
	n_files = head.n_files * sizeof(ret->files[0]);
	n_body = n_files + padded(head.n_text);
	if (!head.n_text || head.n_text > ACTOR_CONTROL_MAX ||
	    head.n_files > LOGBOOK_FILES_MAX || n_body > left - sizeof(head) ||
	    head.check != entry_check(book->sequence, book->at, &head, body,
				      n_body))
		return 0;
	*ret = (struct logbook_entry){
		.text = body + n_files,
		.n_text = head.n_text,
		.bundle = head.bundle,
		.n_files = head.n_files,
	};
	memcpy(ret->files, body, n_files);
	return sizeof(head) + n_body;
}

static bool is_whole(const struct logbook *book)
{
	struct logbook at = *book;
	struct logbook_entry entry;
	size_t n;

	while (at.at < at.n_bytes) {
		n = read_entry(&at, &entry);
		if (!n)
			return false;
		at.at += n;
	}
	return true;
}

static bool head_sound(const struct logbook_head *head, size_t n_bytes)
{
	return head->check == head_check(head) && head->closed <= 1 &&
	       head->n_bytes >= sizeof(*head) && head->n_bytes <= n_bytes;
}

enum logbook_finding logbook_open(struct logbook *ret, const void *bytes,
				  size_t n_bytes)
{
	struct logbook_head head;
	struct logbook book;

	if (n_bytes < sizeof(head))
		return n_bytes ? LOGBOOK_GARBLED : LOGBOOK_FOREIGN;
	memcpy(&head, bytes, sizeof(head));
	if (memcmp(head.magic, magic, sizeof(magic)))
		return LOGBOOK_FOREIGN;
	if (!head_sound(&head, n_bytes))
		return LOGBOOK_GARBLED;
	if (head.version != LOGBOOK_VERSION)
		return LOGBOOK_FOREIGN;
	if (head.closed)
		return LOGBOOK_CLOSED;
	book = (struct logbook){
		.bytes = bytes,
		.n_bytes = (size_t)head.n_bytes,
		.at = sizeof(head),
		.sequence = head.sequence,
	};
	if (!is_whole(&book))
		return LOGBOOK_GARBLED;
	*ret = book;
	return LOGBOOK_OPEN;
}

bool logbook_next(struct logbook *book, struct logbook_entry *ret)
{
	size_t n = book->at < book->n_bytes ? read_entry(book, ret) : 0;

	book->at += n;
	return n;
}
