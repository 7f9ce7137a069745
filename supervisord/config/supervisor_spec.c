/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * supervisor_spec.c - reads the tree: nodes and their children.
 *
 * As deep as the file's nesting, which yaml.c bounds. Pure.
 */
#include "supervisord/config/supervisor_spec.h"

#include <stdlib.h>
#include <string.h>

#include "libactorproc/path.h"
#include "supervisord/config/budget_spec.h"
#include "supervisord/config/exit_with.h"
#include "supervisord/config/intensity_spec.h"
#include "supervisord/config/key_types.h"

#define MS UINT64_C(1000000)
#define S (1000 * MS)

static const struct spec_node defaults = {
	.stop_timeout_ns = 5 * S,
	.start_timeout_ns = 10 * S,
	.shutdown_timeout_ns = SPEC_SHUTDOWN_NS,
	.mailbox_per_edge = SPEC_PER_EDGE_BYTES,
	.mailbox_payload = SPEC_PAYLOAD_BYTES,
	.mailbox_stash = SPEC_STASH,
	.watchdog = { .misses = 3 },
	.backoff = {
		.min_ns = 100 * MS,
		.factor = 2,
		.max_ns = 30 * S,
		.stable_after_ns = 30 * S,
	},
	.intensity = { .restarts = 3, .period_ns = 5 * S },
};

static KEY_READER(read_children);
static KEY_READER(read_templates);

static KEY_READER(read_system)
{
	char **name = ret;

	key_read_name(r, key, value, ret);
	if (*name && strcmp(*name, "system") == 0 && !r->source->bundled)
		reading_refuse(r, value->mark,
			       "the name \"system\" is reserved for the bundled actors");
}

static const struct key system_rows[] = {
	{ .name = "system", .type = "name", .fallback = NULL,
	  .meaning = "the system's name, the first part of all paths",
	  .flags = KEY_REQUIRED, .read = read_system,
	  .offset = offsetof(struct spec_node, name) },
	{ .name = "shutdown_timeout", .type = "duration", .fallback = "60s",
	  .meaning = "for a whole stop, or the part of it that is stopped",
	  .read = key_read_duration,
	  .offset = offsetof(struct spec_node, shutdown_timeout_ns),
	  .min = MS, .max = 3600 * S },
	{ .name = "exit_with", .type = "name or path", .fallback = NULL,
	  .meaning = "when its life ends, the system does, with its status",
	  .read = exit_with_read },
	{ .name = "learning", .type = "deny|allow", .fallback = "deny",
	  .meaning = "may actorctl learn run its actors outside of their sandboxes?",
	  .read = key_read_word,
	  .offset = offsetof(struct spec_node, learning),
	  .words = &value_permissions },
	{ .name = "require", .type = "count", .fallback = "0",
	  .meaning = "the sandbox level below which it does not start",
	  .read = key_read_count,
	  .offset = offsetof(struct spec_node, require),
	  .min = 0, .max = 3 },
};

const struct key_table keys_of_system = KEY_TABLE("the system", system_rows);

static const struct key supervisor_rows[] = {
	{ .name = "strategy", .type = "strategy", .fallback = "one_for_one",
	  .meaning = "whom one failure restarts: one_for_all, rest_for_one too",
	  .flags = KEY_NEEDS_CHILDREN, .read = key_read_word,
	  .offset = offsetof(struct spec_node, strategy),
	  .words = &value_strategies },
	{ .name = "intensity", .type = "intensity", .fallback = "3 in 5s",
	  .meaning = "more restarts than that, and it fails itself",
	  .flags = KEY_NEEDS_CHILDREN, .read = intensity_spec_read,
	  .offset = offsetof(struct spec_node, intensity),
	  .inside = &keys_of_intensity },
	{ .name = "auto_shutdown", .type = "never|any_significant|all_significant",
	  .fallback = "never",
	  .meaning = "end when a significant child, or the last, has ended",
	  .flags = KEY_NEEDS_CHILDREN, .read = key_read_word,
	  .offset = offsetof(struct spec_node, auto_shutdown),
	  .words = &value_auto_shutdowns },
	{ .name = "start_order", .type = "sequential|parallel",
	  .fallback = "sequential",
	  .meaning = "does each child wait until the one before it is ready?",
	  .flags = KEY_NEEDS_CHILDREN, .read = key_read_word,
	  .offset = offsetof(struct spec_node, start_order),
	  .words = &value_start_orders },
	{ .name = "budget", .type = "mapping", .fallback = "{}",
	  .meaning = "what all below it may have together",
	  .flags = KEY_NEEDS_CHILDREN, .read = budget_spec_read,
	  .inside = &keys_of_budget },
	{ .name = "children", .type = "list", .fallback = NULL,
	  .meaning = "started in this order, stopped in reverse",
	  .read = read_children },
	{ .name = "templates", .type = "list", .fallback = "[]",
	  .meaning = "what children can be made of while it runs",
	  .read = read_templates },
};

const struct key_table keys_of_supervisor =
	KEY_TABLE("a supervisor", supervisor_rows);

static struct spec_node *node_new(struct reading *r, struct spec_node *parent,
				  struct spec_mark mark)
{
	struct spec_node *node = reading_allocate(r, 1, sizeof(*node));

	if (!node)
		return NULL;
	*node = defaults;
	node->parent = parent;
	node->mark = mark;
	if (parent)
		parent->children[parent->n_children++] = node;

	return node;
}

static bool is_program(const struct yaml_value *map)
{
	const struct yaml_value *kind = yaml_value_find(map, "kind");

	return kind && kind->kind == YAML_KIND_TEXT &&
	       strcmp(kind->text, value_kinds.words[SPEC_PROGRAM]) == 0;
}

/* the KEY_NEEDS_… that a child does not meet; reports what it is not at all */
static unsigned int unmet_needs(struct reading *r, const struct yaml_value *map)
{
	const struct yaml_value *children = yaml_value_find(map, "children");
	bool has_exec = yaml_value_find(map, "exec") != NULL;
	unsigned int unmet = 0;

	if (!children)
		children = yaml_value_find(map, "templates");
	if (!has_exec && children)
		unmet |= KEY_NEEDS_EXEC;
	if (!children && has_exec)
		unmet |= KEY_NEEDS_CHILDREN;
	if (has_exec && is_program(map))
		unmet |= KEY_NEEDS_ACTOR;
	if (has_exec && !is_program(map))
		unmet |= KEY_NEEDS_PROGRAM;

	if (!has_exec && !children)
		reading_refuse(r, map->mark,
			       "a child needs \"exec\" (an actor) or \"children\" (a supervisor)");
	if (children && unmet & KEY_NEEDS_ACTOR)
		reading_refuse(r, children->key_mark,
			       "a program has no children: put both below a supervisor");

	return unmet;
}

static void read_child(struct reading *r, const struct yaml_value *map,
		       struct spec_node *parent)
{
	static const struct key_table *const tables[] = {
		&keys_of_child, &keys_of_sibling, &keys_of_actor,
		&keys_of_supervisor, NULL
	};
	const struct yaml_value *name;
	struct spec_node *node;

	if (!reading_expects(r, map, YAML_KIND_MAP,
			     "a child, like { name: api, exec: vpn-api }"))
		return;

	name = yaml_value_find(map, "name");
	node = node_new(r, parent, name ? name->mark : map->mark);
	if (!node)
		return;
	/* a supervisor's children have limits of their own */
	if (!yaml_value_find(map, "exec"))
		node->stop_timeout_ns = SPEC_INFINITY_NS;
	keys_read(r, tables, map, unmet_needs(r, map), node);
}

static void read_template(struct reading *r, const struct yaml_value *map,
			  struct spec_node *parent)
{
	static const struct key_table *const tables[] = {
		&keys_of_child, &keys_of_template, &keys_of_actor, NULL
	};
	const struct yaml_value *name;
	struct spec_node *node;

	if (!reading_expects(r, map, YAML_KIND_MAP,
			     "a template, like { name: monitor, exec: vpn-monitor }"))
		return;
	if (!yaml_value_find(map, "exec"))
		reading_refuse(r, map->mark, "a template needs \"exec\"");

	name = yaml_value_find(map, "name");
	node = node_new(r, NULL, name ? name->mark : map->mark);
	if (!node)
		return;
	node->parent = parent;
	node->is_template = true;
	node->template_max = SPEC_CHILDREN_MAX;
	parent->templates[parent->n_templates++] = node;
	keys_read(r, tables, map,
		  is_program(map) ? KEY_NEEDS_ACTOR : KEY_NEEDS_PROGRAM, node);
}

static KEY_READER(read_templates)
{
	struct spec_node *node = ret;
	const struct yaml_value *template;

	(void)key;
	if (!reading_expects(r, value, YAML_KIND_LIST, "a list of templates"))
		return;
	if (value->n_values == 0)
		reading_refuse(r, value->mark, "\"templates\" is empty");
	if (value->n_values > SPEC_CHILDREN_MAX) {
		reading_refuse(r, value->key_mark, "%zu templates, at most %d",
			       value->n_values, SPEC_CHILDREN_MAX);
		return;
	}

	node->templates = reading_allocate(r, value->n_values + 1,
					   sizeof(*node->templates));
	for (template = value->first; template && node->templates;
	     template = template->next)
		read_template(r, template, node);
}

static void refuse_crowd(struct reading *r, const struct yaml_value *value)
{
	reading_refuse(r, value->key_mark,
		       "%zu children, at most %d: add a level of supervisors between",
		       value->n_values, SPEC_CHILDREN_MAX);
}

static KEY_READER(read_children)
{
	struct spec_node *node = ret;
	const struct yaml_value *child;

	(void)key;
	if (!reading_expects(r, value, YAML_KIND_LIST, "a list of children"))
		return;
	if (value->n_values == 0)
		reading_refuse(r, value->mark, "\"children\" is empty");
	if (value->n_values > SPEC_CHILDREN_MAX)
		refuse_crowd(r, value);

	node->children = reading_allocate(r, value->n_values + 1,
					  sizeof(*node->children));
	for (child = value->first; child && node->children;
	     child = child->next)
		read_child(r, child, node);
}

struct spec_node *supervisor_spec_read(struct reading *r,
				       const struct yaml_value *map)
{
	static const struct key_table *const tables[] = {
		&keys_of_system, &keys_of_supervisor, NULL
	};
	const struct yaml_value *name = yaml_value_find(map, "system");
	struct spec_node *top;

	top = node_new(r, NULL, name ? name->mark : map->mark);
	if (!top)
		return NULL;
	top->stop_timeout_ns = SPEC_INFINITY_NS;
	keys_read(r, tables, map, 0, top);
	if (!yaml_value_find(map, "children"))
		reading_refuse(r, map->mark,
			       "the system needs the key \"children\"");
	/* whose end is that of the system, and nobody wants it back */
	if (top->auto_shutdown != SPEC_NEVER)
		top->restart = SPEC_TRANSIENT;

	return top;
}
