/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * check_json.c - what a check found, as JSON.
 *
 * { "file", "errors": [{ "line", "column", "message" }], "warnings": […] }, and
 * of a good file "system", "actors", "supervisors" and the "tree" too. Jansson
 * takes a NULL where memory was short and fails in the end.
 */
#include "supervisord/check_json.h"

#include <jansson.h>

#include "supervisord/check_tree.h"
#include "supervisord/config/network_spec.h"
#include "supervisord/decide/class.h"
#include "supervisord/decide/schedule.h"

#define MS 1000000

static json_t *strings_json(char *const *strings)
{
	json_t *array = json_array();

	for (; strings && *strings; strings++)
		json_array_append_new(array, json_string(*strings));

	return array;
}

static json_t *ports_json(const struct spec_ports *ports, bool listen)
{
	char *texts[NETWORK_PORTS_MAX + 1], digits[NETWORK_PORTS_MAX][8];

	return strings_json(network_spec_ports(ports, listen, texts, digits));
}

static json_t *refs_json(const struct spec_node *node)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < node->n_refs; i++)
		json_array_append_new(array,
			json_pack("{s:s, s:s}", "name", node->refs[i].name,
				  "path", node->refs[i].path));

	return array;
}

static json_t *mailbox_json(const struct spec_node *node)
{
	return json_pack("{s:I, s:I, s:I, s:s, s:s, s:i, s:I, s:i}",
			 "bytes", (json_int_t)node->mailbox_bytes,
			 "messages", (json_int_t)node->mailbox_messages,
			 "per_edge", (json_int_t)node->mailbox_per_edge,
			 "overflow", spec_overflow_name(node->mailbox_overflow),
			 "kind", spec_mailbox_name(node->mailbox_kind),
			 "stash", (int)node->mailbox_stash,
			 "payload", (json_int_t)node->mailbox_payload,
			 "descriptors", (int)node->mailbox_descriptors);
}

/* what is looked at; 0 is not */
static json_t *watchdog_json(const struct spec_node *node)
{
	return json_pack("{s:I, s:I, s:i}",
			 "loop_ms", (json_int_t)(node->watchdog.loop_ns / MS),
			 "message_ms",
			 (json_int_t)(node->watchdog.message_ns / MS),
			 "misses", (int)node->watchdog.misses);
}

static void add_activation(json_t *object, const struct spec_node *node)
{
	json_object_set_new(object, "activation",
		json_string(spec_activation_name(node->activation)));
	if (node->idle_stop_ns > 0)
		json_object_set_new(object, "idle_stop_ms",
			json_integer((json_int_t)(node->idle_stop_ns / MS)));
}

static json_t *io_json(const struct spec_sandbox *sandbox)
{
	json_t *object = json_object();

	for (size_t i = 0; i < sandbox->n_io; i++)
		json_object_set_new(object, sandbox->io[i].device,
			json_integer((json_int_t)sandbox->io[i].bytes));
	return object;
}

/* of a supervisor; only what it has */
static void add_budget(json_t *object, const struct spec_budget *budget)
{
	json_t *shares = json_object();

	if (budget->memory_bytes)
		json_object_set_new(shares, "memory",
			json_integer((json_int_t)budget->memory_bytes));
	if (budget->pids)
		json_object_set_new(shares, "pids", json_integer(budget->pids));
	if (budget->cpu_percent)
		json_object_set_new(shares, "cpu_percent",
				    json_integer(budget->cpu_percent));
	if (json_object_size(shares) > 0)
		json_object_set(object, "budget", shares);
	json_decref(shares);
}

static void add_limits(json_t *object, const struct spec_sandbox *sandbox)
{
	if (sandbox->memory_bytes)
		json_object_set_new(object, "memory",
			json_integer((json_int_t)sandbox->memory_bytes));
	if (sandbox->pids)
		json_object_set_new(object, "pids",
				    json_integer(sandbox->pids));
	if (sandbox->cpu_percent)
		json_object_set_new(object, "cpu_percent",
				    json_integer(sandbox->cpu_percent));
	if (sandbox->n_io)
		json_object_set_new(object, "io", io_json(sandbox));
}

static void add_exec(json_t *object, const struct spec_node *node)
{
	json_object_set_new(object, "exec", json_string(node->exec));
	json_object_set_new(object, "exec_path",
			    node->exec_path ? json_string(node->exec_path) :
					      json_null());
	json_object_set_new(object, "args", strings_json(node->args));
	json_object_set_new(object, "refs", refs_json(node));
	if (node->kind == SPEC_PROGRAM)
		json_object_set_new(object, "ready",
			json_string(spec_ready_name(node->ready)));
	if (node->listen.text)
		json_object_set_new(object, "listen",
				    json_string(node->listen.text));
	if (node->kind == SPEC_ACTOR) {
		json_object_set_new(object, "mailbox", mailbox_json(node));
		add_activation(object, node);
	}
	if (class_of(node) || node->is_template)
		json_object_set_new(object, "isolate",
			json_string(class_is_shared(node) ?
				    "class" : "instance"));
	if (node->standby)
		json_object_set_new(object, "standby",
				    json_integer(node->standby));
	if (spec_has_watchdog(node))
		json_object_set_new(object, "watchdog", watchdog_json(node));
	json_object_set_new(object, "network",
		json_string(spec_network_name(node->sandbox.network)));
	json_object_set_new(object, "network_connect",
			    strings_json(node->sandbox.connect));
	json_object_set_new(object, "network_listen",
			    strings_json(node->sandbox.listen));
	if (node->sandbox.ports) {
		json_object_set_new(object, "network_connect_ports",
				    ports_json(node->sandbox.ports, false));
		json_object_set_new(object, "network_listen_ports",
				    ports_json(node->sandbox.ports, true));
	}
	json_object_set_new(object, "read", strings_json(node->sandbox.read));
	json_object_set_new(object, "execute",
			    strings_json(node->sandbox.execute));
	json_object_set_new(object, "write", strings_json(node->sandbox.write));
	json_object_set_new(object, "devices",
			    strings_json(node->sandbox.devices));
	if (node->sandbox.scratch_bytes)
		json_object_set_new(object, "scratch",
			json_integer((json_int_t)node->sandbox.scratch_bytes));
	if (node->sandbox.state)
		json_object_set_new(object, "state",
				    json_string(node->sandbox.state));
	json_object_set_new(object, "memfd",
			    json_boolean(node->sandbox.memfd == SPEC_ALLOW));
	json_object_set_new(object, "syscalls",
			    strings_json(node->sandbox.syscalls));
	add_limits(object, &node->sandbox);
}

static void add_child(json_t *object, const struct spec_node *node)
{
	struct schedule schedule = schedule_of(node->parent, node);

	json_object_set_new(object, "restart",
			    json_string(spec_restart_name(node->restart)));
	json_object_set_new(object, "significant",
			    json_boolean(node->significant));
	json_object_set_new(object, "schedule",
		json_pack("{s:b, s:b, s:i, s:I, s:b, s:b}",
			  "restarts", schedule.restarts,
			  "gives_up", schedule.gives_up,
			  "n_restarts", (int)schedule.n_restarts,
			  "longest_ms", (json_int_t)(schedule.longest_ns / MS),
			  "backoff_unreached", schedule.backoff_unreached,
			  "max_unreached", schedule.max_unreached));
}

static json_t *node_json(const struct spec_node *node);

static void add_children(json_t *object, const struct spec_node *node)
{
	json_t *array = json_array(), *templates = json_array();
	size_t i;

	for (i = 0; i < node->n_children; i++)
		json_array_append_new(array, node_json(node->children[i]));
	for (i = 0; i < node->n_templates; i++)
		json_array_append_new(templates,
				      node_json(node->templates[i]));
	json_object_set_new(object, "strategy",
			    json_string(spec_strategy_name(node->strategy)));
	json_object_set_new(object, "intensity",
		json_pack("{s:i, s:I, s:s}",
			  "restarts", (int)node->intensity.restarts,
			  "period_ms",
			  (json_int_t)(node->intensity.period_ns / MS),
			  "scope", spec_scope_name(node->intensity.scope)));
	json_object_set_new(object, "auto_shutdown",
		json_string(spec_auto_shutdown_name(node->auto_shutdown)));
	add_budget(object, &node->budget);
	json_object_set_new(object, "start_order",
		json_string(spec_start_order_name(node->start_order)));
	json_object_set_new(object, "children", array);
	json_object_set_new(object, "templates", templates);
}

static json_t *node_json(const struct spec_node *node)
{
	const char *kind = node->exec ? spec_kind_name(node->kind) :
					"supervisor";
	json_t *object = node->is_template ?
		json_pack("{s:s, s:s, s:i}", "name", node->name, "kind", kind,
			  "max", (int)node->template_max) :
		json_pack("{s:s, s:s}", "path", node->path, "kind", kind);

	if (node->exec)
		add_exec(object, node);
	if (node->parent)
		add_child(object, node);
	if (spec_is_supervisor(node))
		add_children(object, node);

	return object;
}

static json_t *errors_json(const struct config_errors *errors)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < errors->n_errors; i++) {
		const struct config_error *error = &errors->errors[i];

		json_array_append_new(array,
			json_pack("{s:i, s:i, s:s}",
				  "line", (int)error->mark.line,
				  "column", (int)error->mark.column,
				  "message", error->message));
	}

	return array;
}

static void add_system(json_t *object, const struct spec_system *system)
{
	struct check_counts counts = check_tree_count(system->top);

	json_object_set_new(object, "system", json_string(system->name));
	json_object_set_new(object, "actors",
			    json_integer((json_int_t)counts.n_actors));
	json_object_set_new(object, "supervisors",
			    json_integer((json_int_t)counts.n_supervisors));
	json_object_set_new(object, "descriptors",
		json_integer((json_int_t)check_tree_descriptors(system)));
	json_object_set_new(object, "shutdown_timeout_ms",
		json_integer((json_int_t)
			     (system->top->shutdown_timeout_ns / MS)));
	if (system->top->require)
		json_object_set_new(object, "require",
			json_integer(system->top->require));
	if (system->top->exit_with.path)
		json_object_set_new(object, "exit_with",
			json_string(system->top->exit_with.path));
	json_object_set_new(object, "tree", node_json(system->top));
}

/* a name that is not UTF-8 is no JSON: what can be shown of it */
static json_t *name_json(const char *name)
{
	json_t *string = json_string(name);

	return string ? string : json_string("?");
}

char *check_json_format(const struct load *load, char *const *warnings)
{
	json_t *object = json_object();
	char *text;

	json_object_set_new(object, "file", name_json(load->source.name));
	json_object_set_new(object, "errors", errors_json(&load->errors));
	if (load->errors.n_dropped > 0)
		json_object_set_new(object, "errors_not_shown",
			json_integer((json_int_t)load->errors.n_dropped));
	json_object_set_new(object, "warnings", strings_json(warnings));
	if (load->system)
		add_system(object, load->system);
	text = json_dumps(object, JSON_COMPACT);
	json_decref(object);

	return text;
}
