/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * spawn.c - may a child be made of a template, and the child itself.
 *
 * It alone changes a tree that has been read. A child that was spawned is a leaf,
 * behind all others; what it has besides a name is its template's. Pure.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libactorproc/path.h"
#include "supervisord/decide/ceiling.h"
#include "supervisord/decide/class.h"
#include "supervisord/decide/spawn.h"

struct spec_node *spawn_template(const struct spec_node *parent,
				 const char *name)
{
	for (size_t i = 0; i < parent->n_templates; i++)
		if (!strcmp(parent->templates[i]->name, name))
			return parent->templates[i];
	return NULL;
}

static bool is_taken(const struct spec_node *parent, const char *name)
{
	for (size_t i = 0; i < parent->n_children; i++)
		if (!strcmp(parent->children[i]->name, name))
			return true;
	return false;
}

/* the head will know the child by its name, and has other names already */
static bool is_ref_of_head(const struct spec_node *parent, const char *name)
{
	if (!parent->exec)
		return false;
	for (size_t i = 0; i < parent->n_refs; i++)
		if (!strcmp(parent->refs[i].name, name))
			return true;
	return !strcmp(name, "dead-letters");
}

const char *spawn_name(const struct spec_node *parent,
		       const struct spec_node *template, char *buffer)
{
	for (unsigned int i = 1; i <= 2 * SPEC_CHILDREN_MAX; i++) {
		if (snprintf(buffer, PATH_NAME_MAX + 1, "%s-%u",
			     template->name, i) > PATH_NAME_MAX)
			return NULL;
		if (!is_taken(parent, buffer) && !is_ref_of_head(parent, buffer))
			return buffer;
	}
	return NULL;
}

static size_t count_of(const struct spec_node *parent,
		       const struct spec_node *template)
{
	size_t n = 0;

	for (size_t i = 0; i < parent->n_children; i++)
		n += parent->children[i]->template == template;
	return n;
}

static size_t more_filters(const struct spec_node *parent,
			   const struct spec_node *template)
{
	return class_is_shared(template) && count_of(parent, template) > 0 ?
		0 : ceiling_filters(template);
}

int spawn_judge(const struct spec_node *top, const struct spec_node *parent,
		const struct spec_node *template, const char *name,
		const char **ret_why)
{
	*ret_why = "it is not a name: [a-z0-9][a-z0-9_.-]{0,62}";
	if (!path_name_valid(name))
		return -EINVAL;
	*ret_why = "the name is in use";
	if (is_taken(parent, name))
		return -EEXIST;
	*ret_why = "the name is in use: the head has a reference of that name";
	if (is_ref_of_head(parent, name))
		return -EEXIST;
	*ret_why = "there are as many of that template as its max says: stop one first";
	if (count_of(parent, template) >= template->template_max)
		return -ENOSPC;
	*ret_why = "its supervisor has 500 children: add a level between";
	if (parent->n_children >= SPEC_CHILDREN_MAX)
		return -ENOSPC;
	*ret_why = "the system has 500 processes with filters of their own, and a host runs no more";
	if (ceiling_filters(top) + more_filters(parent, template) >
	    CEILING_FILTERS)
		return -ENOSPC;
	*ret_why = "the system has 1000 actors and supervisors, and /system/dead-letters edges for no more";
	if (ceiling_letters(top) + ceiling_letters(template) > CEILING_LETTERS)
		return -ENOSPC;
	return 0;
}

unsigned int spawn_slot(const struct spec_node *parent)
{
	unsigned int slot = 0;
	bool taken;

	do {
		taken = false;
		for (size_t i = 0; i < parent->n_children && !taken; i++)
			taken = parent->children[i]->template &&
				parent->children[i]->slot == slot;
		slot += taken;
	} while (taken);
	return slot;
}

static char *path_of(const struct spec_node *parent, const char *name)
{
	size_t n = strlen(parent->path) + strlen(name) + 2;
	char *path = malloc(n);

	if (path)
		snprintf(path, n, "%s/%s", parent->path, name);
	return path;
}

struct spec_node *spawn_add(struct spec_node *parent,
			    struct spec_node *template, const char *name,
			    unsigned int slot)
{
	struct spec_node *node = spec_node_copy(template, name), **more;

	more = reallocarray(parent->children, parent->n_children + 1,
			    sizeof(*more));
	if (more)
		parent->children = more;
	if (node)
		node->path = path_of(parent, name);
	if (!node || !more || !node->path) {
		spec_node_free(node);
		return NULL;
	}
	node->is_template = false;
	node->template = template;
	node->slot = slot;
	parent->children[parent->n_children++] = node;
	return node;
}

void spawn_take_out(struct spec_node *node)
{
	struct spec_node *parent = node->parent;
	size_t i = 0;

	while (i < parent->n_children && parent->children[i] != node)
		i++;
	if (i == parent->n_children)
		return;
	parent->n_children--;
	parent->emptied = parent->n_children == 0;
	memmove(&parent->children[i], &parent->children[i + 1],
		(parent->n_children - i) * sizeof(struct spec_node *));
}

void spawn_remove(struct spec_node *node)
{
	spawn_take_out(node);
	spec_node_free(node);
}
