/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * exit_with.c - `exit_with:`, whose end is that of the system. Pure.
 *
 * A child's name or an absolute path, as a ref, but to anything below the
 * system's own node.
 */
#include "supervisord/config/exit_with.h"

#include <stdlib.h>

#include "supervisord/config/suggest.h"

KEY_READER(exit_with_read)
{
	struct spec_node *top = ret;

	(void)key;
	if (!reading_expects(r, value, YAML_KIND_TEXT, "a name or a path"))
		return;
	top->exit_with.name = reading_copy(r, value->text);
	top->exit_with.mark = value->mark;
}

/* a template has no life, so it has no end */
static bool is_child(const struct spec_node *node)
{
	return node->parent && !node->is_template;
}

static const char *nearest_path(const struct spec_index *index,
				const char *path)
{
	struct suggest suggest;
	size_t i;

	suggest_begin(&suggest, path);
	for (i = 0; i < index->n_nodes; i++)
		if (is_child(index->nodes[i]))
			suggest_offer(&suggest, index->nodes[i]->path);

	return suggest.nearest;
}

static void refuse(struct reading *r, const struct spec_index *index,
		   const struct spec_node *top, const char *path)
{
	const char *nearest = nearest_path(index, path);
	struct quoted quoted;
	const char *name = reading_quote(&quoted, top->exit_with.name);

	if (nearest)
		reading_refuse(r, top->exit_with.mark,
			       "%s is no child and no path, did you mean \"%s\"?",
			       name, nearest);
	else
		reading_refuse(r, top->exit_with.mark,
			       "%s is neither the name of a child nor a path below the system",
			       name);
}

void exit_with_resolve(struct reading *r, const struct spec_index *index,
		       struct spec_node *top)
{
	const char *name = top->exit_with.name;
	const struct spec_node *found;
	char *path;

	if (!name)
		return;
	path = name[0] == '/' ? reading_copy(r, name) :
		reading_join(r, top->path, '/', name);
	if (!path)
		return;
	found = index_find(index, path);
	if (found && is_child(found))
		top->exit_with.path = reading_copy(r, path);
	else
		refuse(r, index, top, path);
	free(path);
}
