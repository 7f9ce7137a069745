/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * spawn.h - may a child be made of a template, and the child itself. Pure.
 */
#pragma once

#include <stddef.h>

#include "supervisord/config/spec.h"

/**
 * spawn_template() - the template of that name, or NULL
 */
struct spec_node *spawn_template(const struct spec_node *parent,
				 const char *name);
/**
 * spawn_name() - a name for who does not care: "monitor-1"
 * @buffer: of PATH_NAME_MAX + 1 bytes
 *
 * Return: @buffer; NULL: there is none that is short enough.
 */
const char *spawn_name(const struct spec_node *parent,
		       const struct spec_node *template, char *buffer);
/**
 * spawn_judge() - is there a reason against it?
 * @top: the whole tree
 * @ret_why: for people, when there is
 *
 * Return: 0; -EINVAL no name; -EEXIST the name is in use; -ENOSPC there are as
 * many as may be.
 */
int spawn_judge(const struct spec_node *top, const struct spec_node *parent,
		const struct spec_node *template, const char *name,
		const char **ret_why);
/** spawn_slot() - the lowest number that no other spawned child there has */
unsigned int spawn_slot(const struct spec_node *parent);
/** spawn_add() - put it behind the last child; NULL: -ENOMEM */
struct spec_node *spawn_add(struct spec_node *parent,
			    struct spec_node *template, const char *name,
			    unsigned int slot);
/** spawn_take_out() - its parent has it no more; it is the caller's to free */
void spawn_take_out(struct spec_node *node);
/** spawn_remove() - take it out again and free it; its siblings move up */
void spawn_remove(struct spec_node *node);
