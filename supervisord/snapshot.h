/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * snapshot.h - all that a supervisor knows, written down and read again.
 *
 * What is private to a file is put and taken there: questions.c, reporter.c,
 * nursery.c, output.c, guard.c, root.c.
 */
#pragma once

#include "supervisord/decide/state.h"
#include "supervisord/supervisor.h"

/** snapshot_put() - nothing is under way; see reexec.c for what that is */
void snapshot_put(struct supervisor *s, struct state_writer *w);
/**
 * snapshot_take_tree() - where the texts and the host are
 * @tree: what it is made of is filled in, all but what comes of the texts
 */
int snapshot_take_tree(struct tree *tree, struct state_reader *r);
/**
 * snapshot_take() - the rest, into a supervisor that is made for it
 * @tree: complete
 * @event: what it watches is added there; nothing is done yet
 *
 * Return: 0; a negative errno, with the reason in @r.
 */
int snapshot_take(struct supervisor *s, struct tree *tree, sd_event *event,
		  struct state_reader *r);

/* ---- snapshot_in_force.c ---- */

void snapshot_put_in_force(const struct tree *tree, struct state_writer *w);
void snapshot_take_in_force(struct tree *tree, struct state_reader *r);

/* ---- snapshot_custody.c ---- */

void snapshot_put_custody(const struct supervisor *s, struct state_writer *w);
int snapshot_take_custody(struct supervisor *s, struct state_reader *r);

/* ---- snapshot_child.c ---- */

void snapshot_put_child(const struct child *c, struct state_writer *w);
int snapshot_take_child(struct child *c, struct state_reader *r);
/** snapshot_put_program() - to what an upgrade would come back; nothing when it
 * could not, or @program is NULL; snapshot_program.c */
void snapshot_put_program(const struct launch_program *program,
			  struct state_writer *w);
/**
 * snapshot_take_program() - that, of @node, if it is the next record
 * @ret: left as it is when it is not
 * @n_processes: of a class, as for launch_program_new_forking(); 0: it is of none
 */
int snapshot_take_program(struct launch_program **ret,
			  const struct launch_host *host,
			  const struct spec_node *node,
			  unsigned int n_processes, struct state_reader *r);
/** snapshot_put_window() - restarts that still count; snapshot_take_window() */
void snapshot_put_window(const struct intensity *window,
			 struct state_writer *w);
int snapshot_take_window(struct intensity *window, struct state_reader *r);
