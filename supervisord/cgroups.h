/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cgroups.h - the cgroups of a supervisor's children, where it may have any.
 */
#pragma once

#include "supervisord/decide/state.h"
#include "supervisord/supervisor.h"

/** cgroups_wanted() - the controllers that limits at and below @node need, bits
 * of enum cgroup_controller */
unsigned int cgroups_wanted(const struct spec_node *node);
/** cgroups_make() - one for a process that is about to start; 0, and none, where
 * there are none; negative errno */
int cgroups_make(struct supervisor *s, const struct spec_node *node,
		 uint32_t generation, struct cgroup *ret);
/** cgroups_leave() - its process is gone, or about to: kill and remove the rest */
void cgroups_leave(struct supervisor *s, struct cgroup *cgroup);
/** cgroups_can_freeze() - has each process a cgroup that can be? */
bool cgroups_can_freeze(const struct supervisor *s);
/**
 * cgroups_freeze() - a program is to stand still with all that it has forked, or is
 *                    to go on; of an actor: nothing
 *
 * Return: 0; negative errno.
 */
int cgroups_freeze(struct child *c, bool frozen);
/** cgroups_look_for_oom() - it was killed: for want of memory? Then @c->cause
 * says so */
void cgroups_look_for_oom(struct child *c);
/** cgroups_end() - the same of a child; of a supervisor, all that was below it */
void cgroups_end(struct child *c);
/** cgroups_end_again() - somebody has ended: what could not be removed before */
void cgroups_end_again(struct supervisor *s);
/** cgroups_put() - those of before, for who takes our place */
void cgroups_put(const struct supervisor *s, struct state_writer *w);
/** cgroups_take() - and of who was there before us; 0 or a negative errno */
int cgroups_take(struct supervisor *s, struct state_reader *r);
