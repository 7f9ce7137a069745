/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * store.h - what the root holds, pushed on to the service manager.
 */
#pragma once

#include "supervisord/decide/deposits.h"
#include "supervisord/decide/state.h"
#include "supervisord/supervisor.h"

/* what the names of a descriptor begin with */
#define STORE_BOOK "book-"
#define STORE_PROCESS "process-"
#define STORE_TEXT "file-"

/**
 * store_new() - begin to push, when a service manager started us
 *
 * @s->store and @s->parent stay NULL when none did. Nothing is said before
 * store_begin(). Return: 0; negative errno.
 */
int store_new(struct supervisor *s);
struct store *store_free(struct store *st);
/**
 * store_begin() - write down all there is, and go on from there
 * @sequence: higher than that of any book before
 */
void store_begin(struct store *st, uint64_t sequence);
/** store_process() - a supervisor below has a process, which is to be waited
 * for by who comes after us */
void store_process(struct store *st, const struct child *c);
/** store_reread() - the tree is that of another file: from now on, that and what
 * there is of it are kept; NULL: nobody keeps anything */
void store_reread(struct store *st);
/** store_end() - nothing is left to keep: take all of it back, waiting a while */
void store_end(struct store *st);

/** store_waits() - has the manager yet to take, or we to answer, anything? */
bool store_waits(const struct store *st);
/** store_put() - what is known of it, for who takes our place; NULL: nothing */
void store_put(const struct store *st, struct state_writer *w);
/** store_take() - that, into a root that has none; says nothing to the manager */
int store_take(struct supervisor *s, struct state_reader *r);

/* for recall.c, before store_begin() */
/** store_key() - what a message is about, into which its strings point; false:
 * about nothing that has descriptors */
bool store_key(const struct fields *f, struct deposit_key *ret);
/** store_found() - the manager keeps this, under that name */
void store_found(struct store *st, const struct deposit *deposit);
/** store_holds() - is that the name of anything we want? */
bool store_holds(const struct store *st, enum deposit_kind kind,
		 uint32_t name);
/** store_keeps_text() - is it the file of this tree, under that name? */
bool store_keeps_text(struct store *st, const char *name, uint64_t file);
/** store_sort_out() - what @s does not hold need not be kept any longer */
void store_sort_out(struct store *st);
/** store_discard() - nor need what has that name */
void store_discard(struct store *st, const char *name);
/** store_clear() - say so at once: it makes room for what comes now */
void store_clear(struct store *st);
/** store_file() - a number of an open file, the same for its copies */
uint64_t store_file(int fd);
/** store_tell() - a record, and a line on standard error */
void store_tell(struct supervisor *s, const char *text);
