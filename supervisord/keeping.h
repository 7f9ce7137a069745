/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * keeping.h - the word that all above hold what was made here.
 */
#pragma once

#include "supervisord/supervisor.h"

/**
 * keeping_number() - of the word that is asked for next
 *
 * What is made is pushed up, marked with it, and used by nobody until the word
 * is there. Return: 0: nobody is above us, and all may use it at once.
 */
uint64_t keeping_number(struct supervisor *s);
/** keeping_ask() - for the word that all pushed until now is held above; not
 * when nothing was marked */
void keeping_ask(struct supervisor *s);
/** keeping_begin() - nobody is started before the word that is asked for next */
void keeping_begin(struct supervisor *s);
/** keeping_say() - KEPT: that number of @path's is held by all above */
void keeping_say(struct link *link, const char *path, uint64_t number);
/** keeping_message() - KEEP, KEPT; false: neither
 * @from: the child it came from, NULL for the parent */
bool keeping_message(struct supervisor *s, struct child *from,
		     const struct fields *f);
