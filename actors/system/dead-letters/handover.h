/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * handover.h - records on their way into the journal.
 *
 * Asks system-journal to write each, so many at a time, and believes only its
 * reply. While the journal does not answer, records go to the spool; a probe
 * finds out when it is back, then the spool is sent on. Never blocks.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <actorproc.h>

#include "actors/system/dead-letters/spool.h"

#define HANDOVER_WINDOW 32
#define HANDOVER_QUEUE_BYTES (4 * 1024 * 1024)
#define HANDOVER_TIMER "handover"

struct handover_entry;

/**
 * struct handover_ask - one open question to the journal
 * @entry: what it is about; NULL for a line of the spool and for a probe
 * @line_end: of a line of the spool: where it ends; else 0
 */
struct handover_ask {
	uint64_t id;
	uint64_t since_ns;
	struct handover_entry *entry;
	off_t line_end;
};

/**
 * struct handover - zeroed, then handover_init()
 * @up: the journal answered last time; until it has for the first time, all is kept
 * @n_lost: records that neither the journal nor the spool would take
 * @n_lost_told: of those, how many a record `lost` has told of
 */
struct handover {
	struct actor_reference *journal;
	struct spool spool;
	struct handover_entry *first;
	struct handover_entry *last;
	size_t n_queued;
	size_t n_queued_bytes;
	struct handover_ask asks[HANDOVER_WINDOW];
	size_t n_asks;
	bool up;
	bool spool_failed;
	off_t spool_asked;
	size_t n_spool_asks;
	unsigned int n_probes;
	uint64_t n_written;
	uint64_t n_spooled;
	uint64_t n_lost;
	uint64_t n_lost_told;
};

/** handover_init() - @journal may be NULL, @spool_fd -1 */
int handover_init(struct handover *handover, struct actor *self,
		  struct actor_reference *journal, int spool_fd);
/** handover_put() - take a copy of one record and see to it */
void handover_put(struct handover *handover, struct actor *self,
		  uint64_t time_us, const void *bytes, size_t n_bytes);
/**
 * handover_answer() - a reply, an error or our tick
 *
 * Return: was it ours?
 */
bool handover_answer(struct handover *handover, struct actor *self,
		     const struct actor_message *message);
/**
 * handover_take_losses() - how many records were lost since the last call
 *
 * 0 while the journal is down: it would not hear of it anyway.
 */
uint64_t handover_take_losses(struct handover *handover);
/** handover_finish() - the last turn: nothing may stay in memory alone */
void handover_finish(struct handover *handover, struct actor *self);
