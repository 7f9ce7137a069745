/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * reporter.h - a supervisor's own records and dead letters, on their way to
 * /system/dead-letters.
 *
 * Never blocks: what the edge does not take waits in a bounded queue; what does
 * not fit there is counted and told as one record `lost`.
 */
#pragma once

#include <stdint.h>

#include <systemd/sd-event.h>

#include "libactorproc/fields.h"
#include "supervisord/decide/state.h"

#define RECORD_BYTES 8192
#define REPORTER_QUEUE_BYTES (8 * 1024 * 1024)

struct reporter;

int reporter_new(struct reporter **ret, sd_event *event);
struct reporter *reporter_free(struct reporter *reporter);
/** reporter_edge() - from now on send by this edge; takes @fd, -1 for none */
void reporter_edge(struct reporter *reporter, int fd);
/** reporter_flush() - push the queue out, waiting up to @timeout_ms */
void reporter_flush(struct reporter *reporter, int timeout_ms);

/** struct record - one record being written; see the kinds in messages.h */
struct record {
	struct fields_writer fields;
	char bytes[RECORD_BYTES];
};

void record_begin(struct record *record, const char *kind);
/** reporter_send() - send or queue it; type "record", or "dead-letter" by kind */
void reporter_send(struct reporter *reporter, const struct record *record);
/** reporter_before() - is called before each: what comes first may not have been
 * said yet */
void reporter_before(struct reporter *reporter, void (*before)(void));
/** reporter_put() - for who takes our place */
void reporter_put(const struct reporter *reporter, struct state_writer *w);
/** reporter_take() - of a new one: go on with it; 0 or a negative errno */
int reporter_take(struct reporter *reporter, struct state_reader *from);
