/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * state_spec.c - reads `state:`, whether an actor has a folder that outlives it.
 *
 * Without a name it is known by the path of its actor, so that it is one's own
 * anyway; a name stays when the actor moves in the tree. Pure.
 */
#include "supervisord/config/state_spec.h"

#include <stdlib.h>
#include <string.h>

#include "libactorproc/path.h"

KEY_READER(state_spec_read)
{
	struct spec_sandbox *sandbox = ret;
	struct quoted quoted;

	(void)key;
	if (!reading_expects(r, value, YAML_KIND_TEXT, "true, false or a name"))
		return;
	if (!strcmp(value->text, "false"))
		return;
	sandbox->state_mark = value->mark;
	if (!strcmp(value->text, "true"))
		sandbox->state = reading_copy(r, "");
	else if (path_name_valid(value->text))
		sandbox->state = reading_copy(r, value->text);
	else
		reading_refuse(r, value->mark,
			       "%s is neither true nor false nor a name: [a-z0-9][a-z0-9_.-]{0,62}",
			       reading_quote(&quoted, value->text));
}

static bool is_named(const struct spec_node *node)
{
	return node->sandbox.state && *node->sandbox.state;
}

static int by_state(const void *one, const void *other)
{
	const struct spec_node *a = *(struct spec_node *const *)one;
	const struct spec_node *b = *(struct spec_node *const *)other;
	int order = strcmp(a->sandbox.state, b->sandbox.state);

	if (order)
		return order;
	return (a->mark.line > b->mark.line) - (a->mark.line < b->mark.line);
}

static void refuse_shared(struct reading *r, struct spec_node **nodes, size_t n)
{
	size_t i;

	qsort(nodes, n, sizeof(*nodes), by_state);
	for (i = 1; i < n; i++)
		if (!strcmp(nodes[i]->sandbox.state,
			    nodes[i - 1]->sandbox.state))
			reading_refuse(r, nodes[i]->sandbox.state_mark,
				       "the state \"%s\" is that of \"%s\" in line %u: each is of one actor",
				       nodes[i]->sandbox.state,
				       nodes[i - 1]->name,
				       nodes[i - 1]->mark.line);
}

/* of several made of one text only the first is asked */
static bool is_of_many(const struct spec_node *node)
{
	return node->is_template || node->group;
}

void state_spec_check(struct reading *r, const struct spec_index *index)
{
	struct spec_node **nodes;
	size_t i, n = 0;

	nodes = reading_allocate(r, index->n_nodes, sizeof(*nodes));
	if (!nodes)
		return;
	for (i = 0; i < index->n_nodes; i++) {
		struct spec_node *node = index->nodes[i];

		if (!is_named(node) || node->model)
			continue;
		if (is_of_many(node))
			reading_refuse(r, node->sandbox.state_mark,
				       "a state with a name is of one actor: say \"true\" for instances and templates, and each has its own");
		else
			nodes[n++] = node;
	}
	refuse_shared(r, nodes, n);
	free(nodes);
}
