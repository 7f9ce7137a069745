/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * upgrades.h - another program for a life that goes on.
 */
#pragma once

#include "supervisord/supervisor.h"

/**
 * upgrades_begin() - the file that its exec names is another one: take that
 * @ret_why: when it fails, for people
 *
 * Its process stops in good order, and the next one is of the new program; when
 * that is not ready, of the old one. Return: 0; a negative errno: nothing is done.
 */
int upgrades_begin(struct child *c, const char **ret_why);
/** upgrades_failed() - its process ended before it was ready: is it the new
 * program's, and no failure that counts? */
bool upgrades_failed(struct child *c);
/** upgrades_ready() - a process of it is; who waits hears when it is not of the
 * new program */
void upgrades_ready(struct child *c);
/** upgrades_words() - what it is stopped for; NULL: no upgrade */
const char *upgrades_words(const struct child *c);
/**
 * upgrades_room() - it is told to stop: memory for its state, if it is upgraded
 * @message: is told of it
 *
 * Return: stays ours; -1: none.
 */
int upgrades_room(struct child *c, struct fields_writer *message);
/** upgrades_actor_message() - SAVED; false: it is not */
bool upgrades_actor_message(struct child *c, const struct fields *f);
/** upgrades_give() - to its next process: what the one before has saved */
void upgrades_give(struct child *c);
/** upgrades_over() - its life is over */
void upgrades_over(struct child *c);
/** upgrades_rest() - it is idle: there is no process that could be the new one's */
void upgrades_rest(struct child *c);
/** upgrades_forget() - there is no way back for it */
void upgrades_forget(struct child *c);
