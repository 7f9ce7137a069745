/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * actor_spec.c - the keys of what has an `exec`: an actor, a program, a head.
 *
 * Pure.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "supervisord/config/excess_spec.h"
#include "supervisord/config/key_types.h"
#include "supervisord/config/ready_spec.h"
#include "supervisord/config/refs.h"
#include "supervisord/config/watchdog_spec.h"

#define REDELIVER_MAX 100
#define IDLE_STOP_MIN_NS UINT64_C(100000000)
#define IDLE_STOP_MAX_NS UINT64_C(31536000000000000)	/* 365 days */

/* what is wrong with what `exec` names, or NULL */
static const char *fault_of_exec(const char *exec)
{
	size_t n_bytes = strlen(exec);

	if (n_bytes == 0)
		return "names no program";
	if (n_bytes >= PATH_MAX)
		return "is too long";
	if (!key_text_is_printable(exec))
		return "has control characters";
	if (exec[n_bytes - 1] == '/')
		return "is a folder: name a program in it";

	return NULL;
}

/* Return: it is one, has been copied and shall be looked up */
static bool take_exec(struct reading *r, const struct yaml_value *value,
		      struct spec_node *node)
{
	struct quoted quoted;
	const char *fault;

	if (!reading_expects(r, value, YAML_KIND_TEXT, "a program"))
		return false;
	fault = fault_of_exec(value->text);
	if (fault) {
		reading_refuse(r, value->mark, "%s %s",
			       reading_quote(&quoted, value->text), fault);
		return false;
	}
	node->exec = reading_copy(r, value->text);
	node->exec_mark = value->mark;

	return true;
}

/* whoever refers to it shall not be refused because its program is wrong */
static KEY_READER(read_exec)
{
	struct spec_node *node = ret;

	(void)key;
	if (!take_exec(r, value, node))
		node->exec = reading_copy(r, "");
}

static bool is_variable_name(const char *name)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
	size_t n = strspn(name, letters);

	if (n == 0)
		return false;
	while (name[n] != '\0' &&
	       (strchr(letters, name[n]) || (name[n] >= '0' && name[n] <= '9')))
		n++;

	return name[n] == '\0';
}

/* the protocol between supervisor and actor, not the user's */
static bool is_ours(const char *name)
{
	return strncmp(name, "ACTOR_", 6) == 0 ||
	       strcmp(name, "NOTIFY_SOCKET") == 0 ||
	       strcmp(name, "WATCHDOG_USEC") == 0;
}

static bool is_variable(struct reading *r, const struct yaml_value *value)
{
	struct quoted quoted;

	if (!reading_expects(r, value, YAML_KIND_TEXT,
			     "text (\"\" when empty)"))
		return false;

	if (!is_variable_name(value->key))
		reading_refuse(r, value->key_mark,
			       "%s is not a name of a variable: [A-Za-z_][A-Za-z0-9_]*",
			       reading_quote(&quoted, value->key));
	else if (is_ours(value->key))
		reading_refuse(r, value->key_mark,
			       "%s is set by the supervisor",
			       reading_quote(&quoted, value->key));
	else if (strlen(value->key) + strlen(value->text) > 128 * 1024 - 2)
		reading_refuse(r, value->mark, "text longer than 128 KiB");
	else
		return true;

	return false;
}

static KEY_READER(read_environment)
{
	char ***environment = ret;
	const struct yaml_value *item;
	size_t n = 0;

	(void)key;
	if (!reading_expects(r, value, YAML_KIND_MAP,
			     "a mapping, like { HOME: /tmp }"))
		return;

	*environment = reading_allocate(r, value->n_values + 1,
					sizeof(**environment));
	for (item = value->first; item && *environment; item = item->next) {
		if (is_variable(r, item))
			(*environment)[n] = reading_join(r, item->key, '=',
							 item->text);
		if ((*environment)[n])
			n++;
	}
}

/* what it cannot be together with may be read later: child_spec_check() */
static KEY_READER(read_standby)
{
	struct spec_node *node = ret;

	node->standby_mark = value->key_mark;
	key_read_count(r, key, value, &node->standby);
}

static const struct key rows[] = {
	{ .name = "exec", .type = "program", .fallback = NULL,
	  .meaning = "what runs; without a slash: beside the file, then bundled",
	  .read = read_exec },
	{ .name = "kind", .type = "actor|program", .fallback = "actor",
	  .meaning = "a program knows nothing of messages",
	  .flags = KEY_NEEDS_EXEC, .read = key_read_word,
	  .offset = offsetof(struct spec_node, kind), .words = &value_kinds },
	{ .name = "ready", .type = "readiness", .fallback = "notify",
	  .meaning = "when a program is: notify, at_once, listen:ADDRESS",
	  .flags = KEY_NEEDS_EXEC | KEY_NEEDS_PROGRAM,
	  .read = ready_spec_read },
	{ .name = "args", .type = "list of text", .fallback = "[]",
	  .meaning = "its arguments",
	  .flags = KEY_NEEDS_EXEC, .read = key_read_texts,
	  .offset = offsetof(struct spec_node, args) },
	{ .name = "environment", .type = "mapping of text", .fallback = "{}",
	  .meaning = "its environment, and no more than it",
	  .flags = KEY_NEEDS_EXEC, .read = read_environment,
	  .offset = offsetof(struct spec_node, environment) },
	{ .name = "refs", .type = "list of refs", .fallback = "[]",
	  .meaning = "whom it may send to: siblings by name, others by path",
	  .flags = KEY_NEEDS_EXEC | KEY_NEEDS_ACTOR, .read = refs_read },
	{ .name = "sandbox", .type = "mapping", .fallback = "{}",
	  .meaning = "what it may, beyond nothing",
	  .flags = KEY_NEEDS_EXEC, .read = key_read_inside,
	  .offset = offsetof(struct spec_node, sandbox),
	  .inside = &keys_of_sandbox },
	{ .name = "mailbox", .type = "mapping", .fallback = "{}",
	  .meaning = "how much waits for it",
	  .flags = KEY_NEEDS_EXEC | KEY_NEEDS_ACTOR, .read = key_read_inside,
	  .inside = &keys_of_mailbox },
	{ .name = "redeliver", .type = "count", .fallback = "0",
	  .meaning = "how often a message is tried again after a crash",
	  .flags = KEY_NEEDS_EXEC | KEY_NEEDS_ACTOR, .read = key_read_count,
	  .offset = offsetof(struct spec_node, redeliver),
	  .min = 0, .max = REDELIVER_MAX },
	{ .name = "activation", .type = "at_start|on_message",
	  .fallback = "at_start",
	  .meaning = "whether its process waits for the first message",
	  .flags = KEY_NEEDS_EXEC | KEY_NEEDS_ACTOR, .read = key_read_word,
	  .offset = offsetof(struct spec_node, activation),
	  .words = &value_activations },
	{ .name = "idle_stop", .type = "duration", .fallback = "never",
	  .meaning = "with nothing to do for so long, its process ends",
	  .flags = KEY_NEEDS_EXEC | KEY_NEEDS_ACTOR, .read = key_read_duration,
	  .offset = offsetof(struct spec_node, idle_stop_ns),
	  .min = IDLE_STOP_MIN_NS, .max = IDLE_STOP_MAX_NS },
	{ .name = "isolate", .type = "class|instance", .fallback = "class",
	  .meaning = "whether its instances share a uid and a filter",
	  .flags = KEY_NEEDS_EXEC | KEY_NEEDS_ACTOR, .read = key_read_word,
	  .offset = offsetof(struct spec_node, isolate),
	  .words = &value_isolates },
	{ .name = "standby", .type = "count", .fallback = "0",
	  .meaning = "processes that wait to be the next, 0 or 1",
	  .flags = KEY_NEEDS_EXEC | KEY_NEEDS_ACTOR, .read = read_standby,
	  .min = 0, .max = 1 },
	{ .name = "may_exceed", .type = "list of keys", .fallback = "[]",
	  .meaning = "what it may have beyond the head above",
	  .flags = KEY_NEEDS_EXEC, .read = excess_spec_read,
	  .offset = offsetof(struct spec_node, may_exceed) },
	{ .name = "watchdog", .type = "duration|mapping", .fallback = "off",
	  .meaning = "how long it may hang",
	  .flags = KEY_NEEDS_EXEC, .read = watchdog_spec_read,
	  .offset = offsetof(struct spec_node, watchdog),
	  .inside = &keys_of_watchdog },
};

const struct key_table keys_of_actor = KEY_TABLE("a child with an exec", rows);
