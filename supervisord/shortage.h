/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * shortage.h - the kernel does not give what a supervisor needs now.
 */
#pragma once

#include "supervisord/supervisor.h"

/** shortage_begin() - put some descriptors by, of this process */
void shortage_begin(void);
/** shortage_over() - put by again what was spent, as far as it can be had */
void shortage_over(void);
/** shortage_is() - it is not all there */
bool shortage_is(void);
/**
 * shortage_again() - is it worth one more attempt?
 * @error: negative errno of the first one
 * @what: it was for, for people
 *
 * Spends what was put by when descriptors are missing, closes those that wait for
 * nothing else, and tells of it.
 *
 * Return: true at most once in a row: the caller tries once more, and then fails.
 */
bool shortage_again(struct supervisor *s, int error, const char *what);
/** shortage_of_room() - a link says -EMFILE: what is put by is for that */
void shortage_of_room(struct supervisor *s);
/**
 * shortage_end() - nothing here can go on without what it did not get
 * @what: is not there, for people
 *
 * Tells of it and ends this process: who starts it anew has all that it held.
 */
void shortage_end(struct supervisor *s, int error, const char *what)
	__attribute__((noreturn));
/** shortage_descriptors() - how many a process may have here; SIZE_MAX: any number */
size_t shortage_descriptors(void);
/** shortage_tell() - a record and a line on standard error, not too many */
void shortage_tell(struct supervisor *s, int error, const char *what);
