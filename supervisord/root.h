/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * root.h - what only the root supervisor does: the system's beginning and end.
 */
#pragma once

#include "supervisord/decide/state.h"
#include "supervisord/supervisor.h"

/**
 * root_run() - bring the system up and be its root supervisor until the end
 * @tree: complete
 * @state_dir: for what outlives the system
 * @ready_fd: gets a line of text when the system is up ("") or could not come
 *            up (why); -1: none
 *
 * Return: exit status.
 */
int root_run(struct tree *tree, const char *state_dir, int ready_fd);

/** root_put() - what is the root's alone, for who takes our place */
void root_put(const struct supervisor *s, struct state_writer *w);
/** root_take() - that, into a supervisor that has nothing of it; 0 or a negative
 * errno */
int root_take(struct supervisor *s, struct state_reader *r);
/** root_go_on() - be a root that is complete until the end; exit status */
int root_go_on(struct supervisor *s);

/** root_up() - every child of the root runs */
void root_up(struct supervisor *s);
/** root_exit_with() - stop in good order, then exit with that status
 * @why: for people */
void root_exit_with(struct supervisor *s, int status, const char *why);
/** root_life_over() - the life of a child of the root is over */
void root_life_over(struct supervisor *s);
