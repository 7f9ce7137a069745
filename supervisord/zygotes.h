/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * zygotes.h - processes that fork the instances of their class.
 */
#pragma once

#include "supervisord/act/launch.h"
#include "supervisord/decide/state.h"
#include "supervisord/supervisor.h"

/** zygotes_serve() - is this child to be forked from its class's process? */
bool zygotes_serve(const struct child *c);
/**
 * zygotes_fork() - let it be made; it is there when its class's process says so
 * @control_fd: its end of its control channel, stays the caller's
 *
 * Return: NULL, and @c->zygote is set until then; the step that failed, with
 * *@ret_error.
 */
const char *zygotes_fork(struct child *c, int control_fd, int *ret_error);
/** zygotes_free_descriptors() - of those that are forked ahead, which end. Return:
 * there were some */
bool zygotes_free_descriptors(struct supervisor *s);
/** zygotes_look_ahead() - a child is ready: soon each class may fork one more */
void zygotes_look_ahead(struct supervisor *s);
/** zygotes_take_one() - the same as spare_take(), of that; it has a pid */
bool zygotes_take_one(struct child *c, struct launch_child *ret,
		      int *ret_control_fd);
/** zygotes_catch_up() - what was said of a child before it spoke itself */
void zygotes_catch_up(struct child *c);
/** zygotes_catch_up_all() - the same of all */
void zygotes_catch_up_all(struct supervisor *s);
/** zygotes_violated() - the process of a class has made a forbidden call */
void zygotes_violated(struct supervisor *s, pid_t pid, const char *call);
/** zygotes_lost() - a child that was to be forked is not there, and will not be */
void zygotes_lost(struct child *c);
/** zygotes_kill() - a child that is not there yet is not wanted any more */
void zygotes_kill(struct child *c);
/** zygotes_end() - of all classes; none is pending. What they have forked goes on,
 * and others are made when there is something to fork */
void zygotes_end(struct supervisor *s);
/** zygotes_look() - a life is over: with the last of a class its process ends */
void zygotes_look(struct child *c);
/** zygotes_has() - would it be forked, if it were started now? Nothing is done */
bool zygotes_has(const struct child *c);
/** zygotes_program() - what is prepared for its class; NULL: nothing yet */
struct launch_program *zygotes_program(const struct child *c);
/** zygotes_are_of_one() - are both of one class? */
bool zygotes_are_of_one(const struct child *c, const struct child *other);
/**
 * zygotes_upgrade() - who is started of that class from now on is of the program
 * that is there; what there was is set aside
 * @back: what it goes back to; NULL: what was prepared last, of another file
 *
 * Return: NULL; the step that failed, with *@ret_error, and nothing was done.
 */
const char *zygotes_upgrade(struct child *c, struct launch_program *back,
			    int *ret_error);
/** zygotes_go_back() - not so, but as before; false: that cannot be had */
bool zygotes_go_back(struct child *c);
/** zygotes_stay() - what was set aside is not needed */
void zygotes_stay(struct child *c);
/** zygotes_renew() - what they were made of has changed: others are made when
 * they are needed, and whom they have forked runs on */
void zygotes_renew(struct supervisor *s);
/** zygotes_is() - is that a process of a class? */
bool zygotes_is(const struct supervisor *s, pid_t pid);
/** zygotes_pending() - is a process of ours there of which we do not know? */
bool zygotes_pending(const struct supervisor *s);
/** zygotes_pidfds() - of the processes of classes; Return: how many */
size_t zygotes_pidfds(const struct supervisor *s, int *fds, size_t n_max);
/** zygotes_word() - the class of whose process a child was forked; or NULL */
const char *zygotes_word(const struct child *c);
/** zygotes_pidfd() - of that process; -1: it is not there now */
int zygotes_pidfd(const struct child *c);
/** zygotes_put() - what an upgrade of each class would come back to, for who takes
 * our place */
void zygotes_put(const struct supervisor *s, struct state_writer *w);
/** zygotes_take() - that, into a supervisor that has its children */
int zygotes_take(struct supervisor *s, struct state_reader *r);
