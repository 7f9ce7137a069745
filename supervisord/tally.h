/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tally.h - what is counted at the ends of edges, as rows of an answer.
 */
#pragma once

#include "supervisord/supervisor.h"

#define DEAD_LETTERS_PATH "/system/dead-letters"

/**
 * tally_rows() - a row for each edge end of the actors that are ours to answer
 * for: our own, and those of a supervisor below that is not there
 * @path: only edges with an end at or below it; NULL: all, and rows of what is
 *        past
 *
 * Reads what living actors write at the same time: numbers of that moment, and
 * whether they moved while we looked. Never blocks.
 */
void tally_rows(struct supervisor *s, uint64_t request, const char *path);
/** tally_ended() - the row of all lives that have ended: for the root */
void tally_ended(struct supervisor *s, uint64_t request);
