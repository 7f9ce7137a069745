/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * spare.h - a process that stands by for its child (`standby: 1`).
 */
#pragma once

#include "supervisord/supervisor.h"

/** spare_look() - its child's state may have changed: make, keep or end it */
void spare_look(struct child *c);
/**
 * spare_hasten() - it is wanted at once, by a child that awaits its mailbox
 *
 * Its program executes meanwhile, or it is forked. Nothing comes of it when that
 * fails: the start itself finds out, and tells.
 */
void spare_hasten(struct child *c);
/** spare_awaits() - it is to be forked, and is not there yet */
bool spare_awaits(const struct child *c);
/** spare_born() - it is; @pidfd is its own now */
void spare_born(struct child *c, pid_t pid, int pidfd);
/** spare_unborn() - it never will be */
void spare_unborn(struct child *c);
/** spare_renew() - what there is has another program than its child now */
void spare_renew(struct child *c);
/**
 * spare_take() - it becomes the next process of its child
 * @ret: the same as a launch has made; the caller owns the descriptors
 * @ret_control_fd: our end of its control channel
 *
 * When it is still to be forked it has no pid, and @c->zygote stays.
 *
 * Return: false: there is none, or it cannot be that process; what there was is
 * ended.
 */
bool spare_take(struct child *c, struct launch_child *ret, int *ret_control_fd);
/** spare_settle() - one that was taken has been told all: now it is no spare any
 * more. Before its descriptors are waited for, or closed */
void spare_settle(struct child *c);
/** spare_foresee() - it will be wanted in a moment: see whether it can be */
void spare_foresee(struct child *c);
/** spare_is() - is that a process that stands by for it? */
bool spare_is(const struct child *c, pid_t pid);
/** spare_pidfd() - -1: there is none */
int spare_pidfd(const struct child *c);
/** spare_is_closed() - has it put the second stage on, as who has no hook? */
bool spare_is_closed(const struct child *c);
/** spare_word() - what there is, for people */
const char *spare_word(const struct child *c);
/** spare_free() - with its process; fine when there is none */
void spare_free(struct child *c);
