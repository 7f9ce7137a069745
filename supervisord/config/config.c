/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * config.c - a file's text to a checked system.
 *
 * The steps in their order: YAML, keys, instances, paths, names, refs,
 * programs. Each goes on after errors, so that one run reports what all of them
 * find. Pure.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libactorproc/path.h"
#include "supervisord/config/budget_spec.h"
#include "supervisord/config/child_spec.h"
#include "supervisord/config/excess_spec.h"
#include "supervisord/config/exit_with.h"
#include "supervisord/config/index.h"
#include "supervisord/config/instances.h"
#include "supervisord/config/network_spec.h"
#include "supervisord/config/reading.h"
#include "supervisord/config/ready_spec.h"
#include "supervisord/config/refs.h"
#include "supervisord/config/spec.h"
#include "supervisord/config/state_spec.h"
#include "supervisord/config/suggest.h"
#include "supervisord/config/supervisor_spec.h"
#include "supervisord/config/yaml.h"

/* stands for a name that is missing; no ref can mean it */
#define NAMELESS "?"

static char *path_below(struct reading *r, const char *folder,
			const char *name)
{
	size_t n_folder = strlen(folder), n_name = strlen(name);
	char *path = reading_allocate(r, n_folder + n_name + 2, 1);

	if (path) {
		memcpy(path, folder, n_folder);
		path[n_folder] = '/';
		memcpy(path + n_folder + 1, name, n_name);
	}

	return path;
}

/* no actor can have such a path, and no ref: a template is no child */
static void give_template_paths(struct reading *r, struct spec_node *node,
				unsigned int level, size_t *n_nodes)
{
	size_t i;

	for (i = 0; i < node->n_templates && r->error == 0; i++) {
		struct spec_node *template = node->templates[i];
		char name[PATH_NAME_MAX + 2];

		if (!template->name)
			template->name = reading_copy(r, NAMELESS);
		if (!template->name)
			return;
		snprintf(name, sizeof(name), "*%s", template->name);
		template->path = path_below(r, node->path, name);
		(*n_nodes)++;
		if (level == PATH_LEVELS_MAX)
			reading_refuse(r, template->mark,
				       "more than %d levels", PATH_LEVELS_MAX);
	}
}

/* paths of a node and what is below; counts them all */
static void give_paths(struct reading *r, struct spec_node *node,
		       const char *folder, unsigned int level, size_t *n_nodes)
{
	size_t i;

	if (!node->name)
		node->name = reading_copy(r, NAMELESS);
	if (node->name)
		node->path = path_below(r, folder, node->name);
	if (!node->path)
		return;

	(*n_nodes)++;
	if (level == PATH_LEVELS_MAX + 1)
		reading_refuse(r, node->mark, "more than %d levels",
			       PATH_LEVELS_MAX);
	give_template_paths(r, node, level, n_nodes);
	for (i = 0; i < node->n_children && r->error == 0; i++)
		give_paths(r, node->children[i], node->path, level + 1,
			   n_nodes);
}

static void check_names(struct reading *r, const struct spec_index *index)
{
	size_t i;

	for (i = 1; i < index->n_nodes; i++) {
		const struct spec_node *node = index->nodes[i];
		const struct spec_node *first = index->nodes[i - 1];

		if (node->parent != first->parent ||
		    strcmp(node->path, first->path) != 0 ||
		    strcmp(node->name, NAMELESS) == 0)
			continue;
		reading_refuse(r, node->mark,
			       "the name \"%s\" is taken by its sibling in line %u",
			       node->name, first->mark.line);
	}
}

static void refuse_missing_program(struct reading *r,
				   const struct spec_node *node)
{
	const char *nearest = NULL;
	struct quoted quoted;
	const char *exec = reading_quote(&quoted, node->exec);

	if (!strchr(node->exec, '/') && !reading_is_full(r))
		nearest = suggest_from(r->source->exec_names, node->exec);

	if (nearest)
		reading_refuse(r, node->exec_mark,
			       "no program %s, did you mean \"%s\"?", exec,
			       nearest);
	else if (strchr(node->exec, ' '))
		reading_refuse(r, node->exec_mark,
			       "no program %s: arguments belong in \"args\"",
			       exec);
	else if (strchr(node->exec, '/'))
		reading_refuse(r, node->exec_mark, "no program %s", exec);
	else
		reading_refuse(r, node->exec_mark,
			       "no program %s beside the file or in the actors folder",
			       exec);
}

static void refuse_program(struct reading *r, const struct spec_node *node,
			   int error)
{
	struct quoted quoted;
	const char *exec = reading_quote(&quoted, node->exec);

	switch (error) {
	case -ENOENT:
		refuse_missing_program(r, node);
		break;
	case -EACCES:
		reading_refuse(r, node->exec_mark, "%s is not executable",
			       exec);
		break;
	case -ENOEXEC:
		reading_refuse(r, node->exec_mark, "%s is %s", exec,
			       r->source->exec_why ?
			       r->source->exec_why(r->source->data) :
			       "not an ELF program");
		break;
	case -EISDIR:
		reading_refuse(r, node->exec_mark, "%s is a folder", exec);
		break;
	case -EPERM:
		reading_refuse(r, node->exec_mark,
			       "%s can be written by everybody: chmod o-w it",
			       exec);
		break;
	default:
		reading_refuse(r, node->exec_mark, "%s cannot be run: %s", exec,
			       strerrordesc_np(-error));
	}
}

static int by_exec(const void *one, const void *other)
{
	const struct spec_node *a = *(struct spec_node *const *)one;
	const struct spec_node *b = *(struct spec_node *const *)other;

	return strcmp(a->exec, b->exec);
}

static void check_children(struct reading *r, const struct spec_index *index)
{
	size_t i;

	for (i = 0; i < index->n_nodes; i++)
		if (index->nodes[i]->parent)
			child_spec_check(r, index->nodes[i]);
}

/* @nodes all have the same exec: one lookup for them */
static void find_program(struct reading *r, struct spec_node **nodes, size_t n)
{
	int error = -ENOENT;
	char *path;
	size_t i;

	path = r->source->exec_lookup(r->source->data, nodes[0]->exec, &error);
	if (!path && error == -ENOMEM)
		r->error = error;

	for (i = 0; i < n; i++) {
		if (path)
			nodes[i]->exec_path = reading_copy(r, path);
		else
			refuse_program(r, nodes[i], error);
	}
	free(path);
}

static void find_programs(struct reading *r, const struct spec_index *index)
{
	struct spec_node **nodes;
	size_t i, first, n = 0;

	if (!r->source->exec_lookup)
		return;
	nodes = reading_allocate(r, index->n_nodes, sizeof(*nodes));
	if (!nodes)
		return;

	for (i = 0; i < index->n_nodes; i++) {
		if (index->nodes[i]->exec && index->nodes[i]->exec[0] != '\0')
			nodes[n++] = index->nodes[i];
	}
	qsort(nodes, n, sizeof(*nodes), by_exec);
	for (first = 0; first < n; first = i) {
		for (i = first + 1; i < n; i++) {
			if (by_exec(&nodes[first], &nodes[i]) != 0)
				break;
		}
		find_program(r, nodes + first, i - first);
	}
	free(nodes);
}

static void check_system(struct reading *r, struct spec_system *system)
{
	struct spec_index index;

	instances_expand(r, system->top);
	if (r->error < 0)
		return;
	give_paths(r, system->top, "", 1, &system->n_nodes);
	if (r->error < 0)
		return;
	r->error = index_init(&index, system->top, system->n_nodes);
	if (r->error < 0)
		return;

	check_names(r, &index);
	check_children(r, &index);
	instances_refs(r, &index);
	if (r->error == 0)
		refs_resolve(r, &index);
	ready_spec_check(r, &index);
	state_spec_check(r, &index);
	if (!r->source->judged) {
		budget_spec_check(r, system->top);
		excess_spec_check(r, &index);
	}
	network_spec_check(r, &index);
	exit_with_resolve(r, &index, system->top);
	find_programs(r, &index);
	index_deinit(&index);
}

/* memory for it all was there, or @r->error says so */
static struct spec_system *read_system(struct reading *r,
				       const struct yaml_value *map)
{
	struct spec_system *system = reading_allocate(r, 1, sizeof(*system));

	if (!system)
		return NULL;
	system->top = supervisor_spec_read(r, map);
	if (r->error == 0)
		check_system(r, system);
	if (r->error == 0)
		system->name = reading_copy(r, system->top->name);

	return system;
}

static struct spec_system *read_file(struct reading *r)
{
	struct spec_system *system = NULL;
	struct yaml_value *value;

	r->error = yaml_value_parse(r->source->text, r->source->n_bytes,
				    r->errors, &value);
	if (r->error == 0 && value &&
	    reading_expects(r, value, YAML_KIND_MAP,
			    "a mapping with the keys \"system\" and \"children\""))
		system = read_system(r, value);
	yaml_value_free(value);

	return system;
}

int config_parse(const struct config_source *source,
		 struct spec_system **ret_system,
		 struct config_errors *ret_errors)
{
	struct reading r = { .source = source, .errors = ret_errors };
	struct spec_system *system;

	*ret_system = NULL;
	*ret_errors = (struct config_errors){ .n_errors = 0 };

	system = read_file(&r);
	config_errors_sort(ret_errors);
	if (r.error < 0 || ret_errors->n_errors > 0) {
		spec_system_free(system);
		return r.error < 0 ? r.error : -EINVAL;
	}
	*ret_system = system;

	return 0;
}
