/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * child_spec.c - the keys that say how a parent treats a child. Pure.
 */
#include "supervisord/config/child_spec.h"

#include <string.h>

#include "supervisord/config/backoff_spec.h"
#include "supervisord/config/directives_spec.h"
#include "supervisord/config/key_types.h"

#define MS UINT64_C(1000000)
#define HOUR (3600 * 1000 * MS)

/* whether it has an exec may be read later: child_spec_check() judges it */
static KEY_READER(read_stop_timeout)
{
	struct spec_node *node = ret;

	node->stop_timeout_mark = value->mark;
	if (value->kind == YAML_KIND_TEXT && !strcmp(value->text, "infinity"))
		node->stop_timeout_ns = SPEC_INFINITY_NS;
	else
		key_read_duration(r, key, value, &node->stop_timeout_ns);
}

/* its parent may be read later: child_spec_check() judges it */
static KEY_READER(read_significant)
{
	struct spec_node *node = ret;

	node->significant_mark = value->key_mark;
	key_read_word(r, key, value, &node->significant);
}

static const struct key rows[] = {
	{ .name = "name", .type = "name", .fallback = NULL,
	  .meaning = "the last part of its path",
	  .flags = KEY_REQUIRED, .read = key_read_name,
	  .offset = offsetof(struct spec_node, name) },
	{ .name = "restart", .type = "restart type", .fallback = "permanent",
	  .meaning = "permanent, transient (not after exit 0) or temporary",
	  .read = key_read_word,
	  .offset = offsetof(struct spec_node, restart),
	  .words = &value_restarts },
	{ .name = "start_timeout", .type = "duration", .fallback = "10s",
	  .meaning = "to be ready",
	  .read = key_read_duration,
	  .offset = offsetof(struct spec_node, start_timeout_ns),
	  .min = MS, .max = HOUR },
	{ .name = "stop_timeout", .type = "duration", .fallback = "5s",
	  .meaning = "to end by itself before it is killed",
	  .read = read_stop_timeout,
	  .min = 0, .max = HOUR },
	{ .name = "backoff", .type = "mapping", .fallback = "no delay",
	  .meaning = "how long its restarts wait",
	  .read = backoff_spec_read,
	  .offset = offsetof(struct spec_node, backoff),
	  .inside = &keys_of_backoff },
	{ .name = "directives", .type = "mapping of causes",
	  .fallback = "restart",
	  .meaning = "restart, resume, stop or escalate, by cause",
	  .read = directives_spec_read },
	{ .name = "significant", .type = "true|false", .fallback = "false",
	  .meaning = "its end may be that of its supervisor: auto_shutdown",
	  .read = read_significant, .words = &value_significances },
};

const struct key_table keys_of_child = KEY_TABLE("a child", rows);

/* not of a template: what is made of that is one */
static const struct key sibling_rows[] = {
	{ .name = "instances", .type = "count", .fallback = "it is one",
	  .meaning = "so many of it: NAME-1, NAME-2 …",
	  .flags = KEY_NEEDS_EXEC, .read = key_read_count,
	  .offset = offsetof(struct spec_node, n_instances),
	  .min = 1, .max = SPEC_CHILDREN_MAX },
};

static const struct key template_rows[] = {
	{ .name = "max", .type = "count", .fallback = "500",
	  .meaning = "so many children made of it at a time",
	  .read = key_read_count,
	  .offset = offsetof(struct spec_node, template_max),
	  .min = 1, .max = SPEC_CHILDREN_MAX },
};

const struct key_table keys_of_template =
	KEY_TABLE("a template", template_rows);

const struct key_table keys_of_sibling =
	KEY_TABLE("a child in a list of children", sibling_rows);

/* as OTP refuses it: bad_combination */
static void check_significant(struct reading *r, const struct spec_node *child)
{
	if (child->restart == SPEC_PERMANENT)
		reading_refuse(r, child->significant_mark,
			       "\"significant\" is for what can end: \"restart\" must be transient or temporary");
	if (child->parent->auto_shutdown == SPEC_NEVER)
		reading_refuse(r, child->significant_mark,
			       "\"significant\" needs \"auto_shutdown\" of its supervisor: any_significant or all_significant");
}

/* it is for the next process of a life, which is wanted at once */
static void check_standby(struct reading *r, const struct spec_node *child)
{
	if (child->n_children > 0 || child->n_templates > 0)
		reading_refuse(r, child->standby_mark,
			       "\"standby\" is of no use to a head: all its children are restarted with it, and that takes longer than its own start");
	else if (child->activation == SPEC_ON_MESSAGE || child->idle_stop_ns)
		reading_refuse(r, child->standby_mark,
			       "\"standby\" is for what always runs: not together with \"activation: on_message\" or \"idle_stop\"");
}

void child_spec_check(struct reading *r, const struct spec_node *child)
{
	if (child->significant == SPEC_SIGNIFICANT)
		check_significant(r, child);
	if (child->standby)
		check_standby(r, child);
	if (child->exec && child->stop_timeout_ns == SPEC_INFINITY_NS)
		reading_refuse(r, child->stop_timeout_mark,
			       "\"infinity\" is for supervisors: what has an exec needs an end, at most 1h");
}
