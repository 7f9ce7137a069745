/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * refs.c - declared references: names in a file to nodes of the tree.
 *
 * A ref is a sibling's name or an absolute path, and leads to an actor: to
 * what has an `exec` and is no program. Pure.
 */
#include "supervisord/config/refs.h"

#include <stdlib.h>
#include <string.h>

#include "libactorproc/arena.h"
#include "libactorproc/path.h"
#include "supervisord/config/suggest.h"

/* ends of edges that an actor has besides its refs: dead letters, grants … */
#define EDGES_KEPT 24
#define EDGES_MAX (ARENA_EDGES_MAX - EDGES_KEPT)

/* the name of an edge that every actor has */
#define DEAD_LETTERS "dead-letters"

/* one ref on its way to its target */
struct search {
	struct reading *reading;
	const struct spec_index *index;
	const struct spec_node *node;
	const struct spec_ref *ref;
	struct quoted quoted;
};

KEY_READER(refs_read)
{
	struct spec_node *node = ret;
	const struct yaml_value *item;

	(void)key;
	if (!reading_expects(r, value, YAML_KIND_LIST,
			     "a list of names, like [api]"))
		return;
	if (value->n_values > EDGES_MAX) {
		reading_refuse(r, value->key_mark, "%zu refs, at most %d",
			       value->n_values, EDGES_MAX);
		return;
	}

	node->refs = reading_allocate(r, value->n_values + 1,
				      sizeof(*node->refs));
	for (item = value->first; item && node->refs; item = item->next) {
		struct spec_ref *ref = &node->refs[node->n_refs];

		if (!reading_expects(r, item, YAML_KIND_TEXT, "a name"))
			continue;
		ref->name = reading_copy(r, item->text);
		ref->mark = item->mark;
		node->n_refs += ref->name != NULL;
	}
}

static bool is_actor(const struct spec_node *node)
{
	return node->exec && node->kind == SPEC_ACTOR && !node->is_template;
}

/* an actor elsewhere with this name, when there is exactly one */
static const char *namesake(const struct search *s)
{
	const char *found = NULL;
	size_t i;

	if (reading_is_full(s->reading))
		return NULL;
	for (i = 0; i < s->index->n_nodes; i++) {
		const struct spec_node *node = s->index->nodes[i];

		if (strcmp(node->name, s->ref->name) != 0 || !is_actor(node) ||
		    node == s->node)
			continue;
		if (found)
			return NULL;
		found = node->path;
	}

	return found;
}

static const char *nearest_sibling(const struct search *s)
{
	const struct spec_node *parent = s->node->parent;
	struct suggest suggest;
	size_t i;

	/* a long search for what would not be shown */
	if (reading_is_full(s->reading))
		return NULL;
	suggest_begin(&suggest, s->ref->name);
	for (i = 0; i < parent->n_children; i++) {
		const struct spec_node *sibling = parent->children[i];

		if (sibling != s->node && is_actor(sibling))
			suggest_offer(&suggest, sibling->name);
	}

	return suggest.nearest;
}

static const char *nearest_path(const struct search *s)
{
	struct suggest suggest;
	size_t i;

	if (reading_is_full(s->reading))
		return NULL;
	suggest_begin(&suggest, s->ref->name);
	for (i = 0; i < s->index->n_nodes; i++) {
		const struct spec_node *node = s->index->nodes[i];

		if (node != s->node && is_actor(node))
			suggest_offer(&suggest, node->path);
	}

	return suggest.nearest;
}

static void refuse(struct search *s, const char *why, const char *nearest)
{
	const char *name = reading_quote(&s->quoted, s->ref->name);

	if (nearest)
		reading_refuse(s->reading, s->ref->mark,
			       "%s %s, did you mean \"%s\"?", name, why,
			       nearest);
	else
		reading_refuse(s->reading, s->ref->mark, "%s %s", name, why);
}

static const struct spec_node *find_path(struct search *s)
{
	const struct spec_node *found;
	const char *path = s->ref->name;

	if (!path_valid(path)) {
		refuse(s, "is not a path, like \"/vpn/api\"", nearest_path(s));
		return NULL;
	}
	if (path_is_within(path, "/system") && !s->reading->source->bundled) {
		refuse(s, "is bundled: refs into /system are refused in this version",
		       NULL);
		return NULL;
	}

	found = index_find(s->index, path);
	if (!found)
		refuse(s, "leads nowhere", nearest_path(s));

	return found;
}

static void refuse_name(struct search *s)
{
	const char *nearest = nearest_sibling(s);

	if (!nearest)
		nearest = namesake(s);
	refuse(s, "is not the name of a sibling", nearest);
}

static const struct spec_node *find_sibling(struct search *s)
{
	const struct spec_node *found;
	char *path = reading_join(s->reading, s->node->parent->path, '/',
				  s->ref->name);

	if (!path)
		return NULL;
	found = index_find(s->index, path);
	free(path);
	if (strchr(s->ref->name, '/')) {
		refuse(s, "is neither a sibling's name nor an absolute path",
		       found ? found->path : NULL);
		return NULL;
	}
	if (!found)
		refuse_name(s);

	return found;
}

/* why nobody may hold a reference to this, or NULL */
static const char *fault_of_target(const struct search *s,
				   const struct spec_node *target)
{
	if (target == s->node)
		return "refers to itself";
	if (target->is_template)
		return "is not the name of a sibling";
	if (!target->exec)
		return "is a supervisor without an exec: nobody there reads";
	if (target->kind == SPEC_PROGRAM)
		return "is a program: it has no mailbox";
	if (strcmp(s->ref->name, DEAD_LETTERS) == 0 &&
	    !s->reading->source->bundled)
		return "is what every actor calls /system/dead-letters: use its path";

	return NULL;
}

/* Return: where the ref leads, or NULL after a report */
static const struct spec_node *find_target(struct search *s)
{
	const struct spec_node *target;
	const char *fault;

	target = s->ref->name[0] == '/' ? find_path(s) : find_sibling(s);
	if (!target)
		return NULL;
	fault = fault_of_target(s, target);
	if (fault) {
		refuse(s, fault, NULL);
		return NULL;
	}

	return target;
}

static int by_path(const void *one, const void *other)
{
	const struct spec_ref *a = *(struct spec_ref *const *)one;
	const struct spec_ref *b = *(struct spec_ref *const *)other;
	int order = strcmp(a->path, b->path);

	if (order != 0)
		return order;

	return a < b ? -1 : a > b;
}

static void refuse_twice(struct reading *r, struct spec_ref **sorted, size_t n)
{
	struct quoted one, other;
	size_t i;

	for (i = 1; i < n; i++) {
		if (strcmp(sorted[i]->path, sorted[i - 1]->path) != 0)
			continue;
		reading_refuse(r, sorted[i]->mark,
			       "%s is there already, as %s",
			       reading_quote(&one, sorted[i]->name),
			       reading_quote(&other, sorted[i - 1]->name));
	}
}

static void check_twice(struct reading *r, const struct spec_node *node)
{
	struct spec_ref **sorted;
	size_t i, n = 0;

	if (node->n_refs < 2)
		return;
	sorted = reading_allocate(r, node->n_refs, sizeof(*sorted));
	if (!sorted)
		return;

	for (i = 0; i < node->n_refs; i++) {
		if (node->refs[i].path)
			sorted[n++] = &node->refs[i];
	}
	qsort(sorted, n, sizeof(*sorted), by_path);
	refuse_twice(r, sorted, n);
	free(sorted);
}

static void resolve_node(struct reading *r, const struct spec_index *index,
			 const struct spec_node *node, size_t *n_holders)
{
	struct search s = { .reading = r, .index = index, .node = node };
	size_t i;

	for (i = 0; i < node->n_refs && node->parent; i++) {
		const struct spec_node *target;

		s.ref = &node->refs[i];
		target = find_target(&s);
		if (!target)
			continue;
		node->refs[i].path = reading_copy(r, target->path);
		n_holders[index_position(index, target->path)]++;
	}
	check_twice(r, node);
}

static void check_edges(struct reading *r, const struct spec_index *index,
			const size_t *n_holders)
{
	size_t i;

	for (i = 0; i < index->n_nodes; i++) {
		const struct spec_node *node = index->nodes[i];

		if (n_holders[i] + node->n_refs > EDGES_MAX)
			reading_refuse(r, node->mark,
				       "%zu actors refer to \"%s\", and it to %zu: at most %d edges",
				       n_holders[i], node->name, node->n_refs,
				       EDGES_MAX);
	}
}

void refs_resolve(struct reading *r, const struct spec_index *index)
{
	size_t *n_holders = reading_allocate(r, index->n_nodes,
					     sizeof(*n_holders));
	size_t i;

	if (!n_holders)
		return;
	for (i = 0; i < index->n_nodes; i++)
		resolve_node(r, index, index->nodes[i], n_holders);
	check_edges(r, index, n_holders);
	free(n_holders);
}
