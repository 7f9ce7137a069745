/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * instances.c - one child of the file, several of the tree.
 *
 * It alone knows how instances are named: NAME-1 to NAME-N. Everybody behind it
 * sees children like any other. Pure.
 */
#include "supervisord/config/instances.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libactorproc/arena.h"
#include "libactorproc/path.h"

/* room for any name, cut or not, and a number */
#define NAME_BYTES (PATH_NAME_MAX + 16)

static void name_of(char *buffer, const char *group, size_t number)
{
	snprintf(buffer, NAME_BYTES, "%s-%zu", group, number);
}

/* ---- nodes ---- */

static bool is_many(const struct spec_node *node)
{
	return node->n_instances > 0 && node->name;
}

static size_t count(const struct spec_node *parent)
{
	size_t i, n = 0;

	for (i = 0; i < parent->n_children; i++)
		n += is_many(parent->children[i]) ?
		     parent->children[i]->n_instances : 1;

	return n;
}

/* what is wrong with it, or NULL */
static const char *fault_of(const struct spec_node *node)
{
	char last[NAME_BYTES];

	if (node->n_children > 0 || node->n_templates > 0)
		return "has children: instances are of single actors and programs";
	name_of(last, node->name, node->n_instances);
	if (strlen(last) > PATH_NAME_MAX)
		return "is too long a name to put a number behind: at most 63 characters";

	return NULL;
}

static void check(struct reading *r, struct spec_node *node)
{
	const char *fault = is_many(node) ? fault_of(node) : NULL;

	if (!fault)
		return;
	reading_refuse(r, node->mark, "\"%s\" %s", node->name, fault);
	node->n_instances = 0;
}

/* the first is the one there is, the model of all others */
static size_t put_all(struct reading *r, struct spec_node *first,
		      struct spec_node **to)
{
	char name[NAME_BYTES];
	size_t i;

	first->group = first->name;
	name_of(name, first->group, 1);
	first->name = reading_copy(r, name);
	to[0] = first;
	for (i = 1; i < first->n_instances && r->error == 0; i++) {
		name_of(name, first->group, i + 1);
		to[i] = spec_node_copy(first, name);
		if (!to[i]) {
			r->error = -ENOMEM;
			break;
		}
	}

	return i;
}

static void expand_children(struct reading *r, struct spec_node *parent,
			    size_t n)
{
	struct spec_node **children;
	size_t i, n_put = 0;

	children = reading_allocate(r, n + 1, sizeof(*children));
	if (!children)
		return;
	for (i = 0; i < parent->n_children; i++) {
		struct spec_node *child = parent->children[i];

		if (is_many(child) && r->error == 0)
			n_put += put_all(r, child, children + n_put);
		else
			children[n_put++] = child;
	}
	free(parent->children);
	parent->children = children;
	parent->n_children = n_put;
}

static void expand(struct reading *r, struct spec_node *parent, size_t *n_all)
{
	size_t i, n, n_before = parent->n_children;

	for (i = 0; i < n_before; i++)
		check(r, parent->children[i]);
	n = count(parent);
	*n_all += n - n_before;
	if (n > n_before && n > SPEC_CHILDREN_MAX)
		reading_refuse(r, parent->mark,
			       "%zu children with all instances, at most %d: add a level of supervisors between",
			       n, SPEC_CHILDREN_MAX);
	else if (n > n_before && *n_all > INSTANCES_MAX)
		reading_refuse(r, parent->mark,
			       "more than %d instances in one file",
			       INSTANCES_MAX);
	else if (n >= n_before && parent->n_children > 0)
		expand_children(r, parent, n);
	for (i = 0; i < parent->n_children && r->error == 0; i++)
		if (parent->children[i]->n_children > 0)
			expand(r, parent->children[i], n_all);
}

void instances_expand(struct reading *r, struct spec_node *top)
{
	size_t n_all = 0;

	expand(r, top, &n_all);
}

/* ---- refs ---- */

/* the parent of what a ref means */
static const struct spec_node *parent_of(struct reading *r,
					 const struct spec_index *index,
					 const struct spec_node *holder,
					 const char *ref)
{
	const char *last = strrchr(ref, '/');
	const struct spec_node *found;
	char *path;

	if (!last)
		return holder->parent;
	if (ref[0] != '/' || last == ref)
		return NULL;
	path = reading_copy(r, ref);
	if (!path)
		return NULL;
	path[last - ref] = '\0';
	found = index_find(index, path);
	free(path);

	return found;
}

/* does it mean instances? One child with just that name is what is meant */
static bool is_group(const struct spec_node *parent, const char *name)
{
	bool found = false;
	size_t i;

	for (i = 0; parent && i < parent->n_children; i++) {
		const struct spec_node *child = parent->children[i];

		if (strcmp(child->name, name) == 0)
			return false;
		found |= child->group && strcmp(child->group, name) == 0;
	}

	return found;
}

/* struct listing - the refs of a node as they become more */
struct listing {
	struct spec_ref *refs;
	size_t n;
	size_t room;
};

static void add(struct reading *r, struct listing *list, struct spec_ref ref)
{
	struct spec_ref *more = list->refs;

	if (list->n == list->room) {
		list->room = 2 * list->room + 16;
		more = reallocarray(list->refs, list->room, sizeof(*more));
	}
	if (!more) {
		r->error = -ENOMEM;
		list->room = list->n;
		free(ref.name);
		free(ref.path);
		return;
	}
	list->refs = more;
	list->refs[list->n++] = ref;
}

static char *with_number(struct reading *r, const char *ref,
			 const struct spec_node *instance)
{
	const char *number = instance->name + strlen(instance->group);

	/* "worker" and "-2" */
	return reading_join(r, ref, number[0], number + 1);
}

static void add_group(struct reading *r, struct listing *list,
		      const struct spec_node *holder,
		      const struct spec_node *parent, const struct spec_ref *ref)
{
	const char *group = path_last(ref->name);
	size_t i;

	for (i = 0; i < parent->n_children && r->error == 0; i++) {
		const struct spec_node *child = parent->children[i];
		struct spec_ref one = { .mark = ref->mark };

		/* past the limit it is refused anyway */
		if (child == holder || !child->group ||
		    strcmp(child->group, group) != 0 ||
		    list->n > ARENA_EDGES_MAX)
			continue;
		one.name = with_number(r, ref->name, child);
		if (one.name)
			add(r, list, one);
	}
}

static void list_refs(struct reading *r, const struct spec_index *index,
		      struct spec_node *node)
{
	struct listing list = { .n = 0 };
	const struct spec_node *parent;
	size_t i;

	for (i = 0; i < node->n_refs; i++) {
		struct spec_ref *ref = &node->refs[i];

		parent = parent_of(r, index, node, ref->name);
		if (is_group(parent, path_last(ref->name))) {
			add_group(r, &list, node, parent, ref);
			free(ref->name);
			free(ref->path);
		} else {
			add(r, &list, *ref);
		}
	}
	free(node->refs);
	node->refs = list.refs;
	node->n_refs = list.n;
}

void instances_refs(struct reading *r, const struct spec_index *index)
{
	size_t i;

	for (i = 0; i < index->n_nodes && r->error == 0; i++)
		if (index->nodes[i]->n_refs > 0 && index->nodes[i]->parent)
			list_refs(r, index, index->nodes[i]);
}
