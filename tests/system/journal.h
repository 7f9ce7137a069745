/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * journal.h - a real systemd-journald of a test's own.
 *
 * In a private mount namespace, so that neither the host's journald nor its
 * records are touched. Needs root; skips the test where that cannot be had.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "tests/harness/tree.h"

/** struct journal - a running journald */
struct journal {
	pid_t pid;
};

/** journal_start() - before tree_start() */
void journal_start(struct journal *journal);
/** journal_restart() - after journal_stop() */
void journal_restart(struct journal *journal);
/** journal_stop() - ends it, frozen or not; before tree_forget() */
void journal_stop(struct journal *journal);
void journal_freeze(struct journal *journal);
void journal_thaw(struct journal *journal);
/**
 * journal_read() - what journalctl prints for these matches, malloc'd
 * @match: FIELD=value, @SYSTEM@ and the others are filled in; NULL at the end
 */
char *journal_read(struct tree *tree, const char *match, ...)
	__attribute__((sentinel));
/** journal_await() - until it has a record with both. Return: did it? */
bool journal_await(struct tree *tree, const char *match, const char *other);
