/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * class.c - which actors are forked from one process?
 *
 * The instances of one name, and what is spawned of one template: their program,
 * arguments and sandbox are the same. What has limits of its own has a cgroup of
 * its own, and so a process that is born there; what has files of its own has
 * mounts that no other has. Pure.
 */
#include "supervisord/decide/class.h"

bool class_is_shared(const struct spec_node *node)
{
	return node->kind == SPEC_ACTOR && !spec_is_supervisor(node) &&
	       node->isolate == SPEC_ISOLATE_CLASS && !node->standby &&
	       !node->sandbox.memory_bytes && !node->sandbox.cpu_percent &&
	       !node->sandbox.n_io && !spec_has_own_place(node);
}

const struct spec_node *class_of(const struct spec_node *node)
{
	if (!class_is_shared(node))
		return NULL;
	if (node->template)
		return node->template;
	if (!node->group || node->n_instances < 2)
		return NULL;
	return node->model ? node->model : node;
}

unsigned int class_size(const struct spec_node *class)
{
	return class->is_template ? class->template_max : class->n_instances;
}

const char *class_name(const struct spec_node *class)
{
	return class->group ? class->group : class->name;
}
