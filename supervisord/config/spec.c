/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * spec.c - what a config file declares, as values: find, name, free.
 *
 * Reading a file into specs is config.c's. Pure.
 */
#include "supervisord/config/spec.h"

#include <stdlib.h>
#include <string.h>

#include "supervisord/config/values.h"

static void free_strings(char **strings)
{
	size_t i;

	for (i = 0; strings && strings[i]; i++)
		free(strings[i]);
	free(strings);
}

static void free_io(struct spec_sandbox *sandbox)
{
	size_t i;

	for (i = 0; i < sandbox->n_io; i++)
		free(sandbox->io[i].device);
	free(sandbox->io);
}

static void free_refs(struct spec_ref *refs, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		free(refs[i].name);
		free(refs[i].path);
	}
	free(refs);
}

/* what copies share with their model */
static void free_shared(struct spec_node *node)
{
	free(node->exec);
	free(node->listen.text);
	free_strings(node->args);
	free_strings(node->environment);
	free_strings(node->sandbox.connect);
	free_strings(node->sandbox.listen);
	free(node->sandbox.ports);
	free_strings(node->sandbox.read);
	free_strings(node->sandbox.execute);
	free_strings(node->sandbox.write);
	free_strings(node->sandbox.devices);
	free(node->sandbox.state);
	free_io(&node->sandbox);
	free_strings(node->sandbox.syscalls);
	free(node->group);
}

/* those that are to come are the model's, too, but not those it keeps */
static void free_directives(struct spec_node *node)
{
	if (!node->model || node->keeps_directives)
		free(node->directives);
	if (node->later && !node->model)
		free(node->later->directives);
	free(node->later);
}

/* as deep as the tree: CONFIG_DEPTH_MAX levels at most */
void spec_node_free(struct spec_node *node)
{
	size_t i;

	if (!node)
		return;

	for (i = 0; i < node->n_children; i++)
		spec_node_free(node->children[i]);
	for (i = 0; i < node->n_templates; i++)
		spec_node_free(node->templates[i]);
	free(node->children);
	free(node->templates);
	free_directives(node);
	if (!node->model)
		free_shared(node);
	free(node->name);
	free(node->path);
	free(node->exec_path);
	free_refs(node->refs, node->n_refs);
	free(node->exit_with.name);
	free(node->exit_with.path);
	free(node);
}

static char *copy_text(const char *text, bool *failed)
{
	char *copy = text ? strdup(text) : NULL;

	*failed |= text && !copy;
	return copy;
}

static bool copy_refs(struct spec_node *copy, const struct spec_node *model)
{
	bool failed = false;
	size_t i;

	copy->refs = calloc(model->n_refs + 1, sizeof(*copy->refs));
	if (!copy->refs)
		return false;
	for (i = 0; i < model->n_refs && !failed; i++) {
		copy->refs[i] = (struct spec_ref){
			.name = copy_text(model->refs[i].name, &failed),
			.path = copy_text(model->refs[i].path, &failed),
			.mark = model->refs[i].mark,
		};
		copy->n_refs++;
	}

	return !failed;
}

struct spec_node *spec_node_copy(struct spec_node *model, const char *name)
{
	struct spec_node *copy = malloc(sizeof(*copy));
	bool failed = false;

	if (!copy)
		return NULL;
	*copy = *model;
	copy->model = model->model ? model->model : model;
	copy->path = NULL;
	copy->refs = NULL;
	copy->n_refs = 0;
	copy->children = NULL;
	copy->n_children = 0;
	copy->templates = NULL;
	copy->n_templates = 0;
	copy->later = NULL;
	copy->keeps_directives = false;
	copy->name = copy_text(name, &failed);
	copy->exec_path = copy_text(model->exec_path, &failed);
	if (!copy_refs(copy, model) || failed) {
		spec_node_free(copy);
		return NULL;
	}

	return copy;
}

struct spec_system *spec_system_free(struct spec_system *system)
{
	if (!system)
		return NULL;

	free(system->name);
	spec_node_free(system->top);
	free(system);

	return NULL;
}

/* the child whose name is the first component of "/name/…" */
static struct spec_node *child_towards(const struct spec_node *node,
				       const char *rest)
{
	size_t n_bytes = strcspn(rest + 1, "/");
	size_t i;

	for (i = 0; i < node->n_children; i++) {
		const char *name = node->children[i]->name;

		if (strlen(name) == n_bytes &&
		    memcmp(name, rest + 1, n_bytes) == 0)
			return node->children[i];
	}

	return NULL;
}

bool spec_has_any(char *const *list)
{
	return list && *list;
}

bool spec_lists(char *const *list, const char *text)
{
	for (; list && *list; list++)
		if (!strcmp(*list, text))
			return true;
	return false;
}

struct spec_node *spec_find(struct spec_node *top, const char *path)
{
	size_t n_bytes;

	if (!top)
		return NULL;
	n_bytes = strlen(top->path);
	if (strncmp(path, top->path, n_bytes) != 0)
		return NULL;

	path += n_bytes;
	while (top && *path == '/') {
		top = child_towards(top, path);
		path += 1 + strcspn(path + 1, "/");
	}

	return *path == '\0' ? top : NULL;
}

const char *spec_strategy_name(enum spec_strategy strategy)
{
	return value_strategies.words[strategy];
}

const char *spec_restart_name(enum spec_restart restart)
{
	return value_restarts.words[restart];
}

const char *spec_directive_name(enum spec_directive directive)
{
	return value_directives.words[directive];
}

const char *spec_network_name(enum spec_network network)
{
	return network == SPEC_NETWORK_GRANTED ? "granted" :
	       value_networks.words[network];
}

const char *spec_ready_name(enum spec_ready ready)
{
	static const char *const names[] = {
		[SPEC_READY_NOTIFY] = "notify",
		[SPEC_READY_AT_ONCE] = "at_once",
		[SPEC_READY_LISTEN] = "listen",
	};

	return names[ready];
}

const char *spec_kind_name(enum spec_kind kind)
{
	return value_kinds.words[kind];
}

const char *spec_overflow_name(enum spec_overflow overflow)
{
	return value_overflows.words[overflow];
}

const char *spec_activation_name(enum spec_activation activation)
{
	return value_activations.words[activation];
}

const char *spec_mailbox_name(enum spec_mailbox kind)
{
	return value_mailboxes.words[kind];
}

const char *spec_scope_name(enum spec_scope scope)
{
	return value_scopes.words[scope];
}

const char *spec_isolate_name(enum spec_isolate isolate)
{
	return value_isolates.words[isolate];
}

const char *spec_start_order_name(enum spec_start_order order)
{
	return value_start_orders.words[order];
}

const char *spec_auto_shutdown_name(enum spec_auto_shutdown auto_shutdown)
{
	return value_auto_shutdowns.words[auto_shutdown];
}
