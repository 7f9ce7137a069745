/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tree_view.c - the rows of a tree as a person reads them.
 *
 * A node with children and an actor at its head has both one's fields, in one
 * row or in two ("/vpn/tunnel/" is the supervisor's); they become one line.
 * Pure but for memory.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actorctl/duration.h"
#include "actorctl/table.h"
#include "actorctl/tree_view.h"

/* all that there is; what is lower is always shown */
#define SANDBOX_LEVEL_MAX 3

#define PATH_BYTES 1024
#define PREFIX_BYTES 512
#define LEVEL_BYTES 320
#define STATE_BYTES 64

/* @first_child, @next: indexes of nodes, -1 for none */
struct node {
	char path[PATH_BYTES];
	const json_t *actor;
	const json_t *supervisor;
	int first_child;
	int last_child;
	int next;
	bool is_child;
};

struct nodes {
	struct node *nodes;
	size_t n;
	json_t *index;
};

static const char *text_of(const json_t *row, const char *name)
{
	const char *text = json_string_value(json_object_get(row, name));

	return text ? text : "";
}

static json_int_t number_of(const json_t *row, const char *name)
{
	return json_integer_value(json_object_get(row, name));
}

static void trim(char *to, const char *path)
{
	size_t n;

	snprintf(to, PATH_BYTES, "%s", path);
	n = strlen(to);
	if (n > 0 && to[n - 1] == '/')
		to[n - 1] = '\0';
}

static bool is_within(const char *path, const char *node)
{
	size_t n = strlen(node);

	return !strncmp(path, node, n) && (path[n] == '\0' || path[n] == '/');
}

json_t *tree_view_select(const json_t *rows, const char *path, bool all)
{
	json_t *selected = json_array();
	char node[PATH_BYTES], row_path[PATH_BYTES];
	size_t i;
	json_t *row;

	trim(node, path);
	json_array_foreach(rows, i, row) {
		trim(row_path, text_of(row, "path"));
		if (!is_within(row_path, node))
			continue;
		if (!all && !*node &&
		    (!*row_path || is_within(row_path, "/system")))
			continue;
		if (json_array_append(selected, row) < 0) {
			json_decref(selected);
			return NULL;
		}
	}

	return selected;
}

static struct node *node_at(struct nodes *nodes, const char *path)
{
	json_t *at = json_object_get(nodes->index, path);

	return at ? &nodes->nodes[json_integer_value(at)] : NULL;
}

static struct node *add_node(struct nodes *nodes, const char *path)
{
	struct node *node = &nodes->nodes[nodes->n];

	*node = (struct node) {
		.first_child = -1, .last_child = -1, .next = -1,
	};
	snprintf(node->path, sizeof(node->path), "%s", path);
	json_object_set_new_nocheck(nodes->index, path,
				    json_integer((json_int_t)nodes->n));
	nodes->n++;
	return node;
}

static void add_row(struct nodes *nodes, const json_t *row)
{
	bool supervisor = !strcmp(text_of(row, "kind"), "supervisor");
	char path[PATH_BYTES];
	struct node *node;

	trim(path, text_of(row, "path"));
	node = node_at(nodes, path);
	if (!node)
		node = add_node(nodes, path);
	if (supervisor || json_object_get(row, "strategy"))
		node->supervisor = row;
	if (!supervisor)
		node->actor = row;
}

static void link_parents(struct nodes *nodes)
{
	for (size_t i = 0; i < nodes->n; i++) {
		char path[PATH_BYTES];
		struct node *parent;
		char *slash;

		snprintf(path, sizeof(path), "%s", nodes->nodes[i].path);
		slash = strrchr(path, '/');
		if (!slash)
			continue;
		*slash = '\0';
		parent = node_at(nodes, path);
		if (!parent)
			continue;

		nodes->nodes[i].is_child = true;
		if (parent->last_child >= 0)
			nodes->nodes[parent->last_child].next = (int)i;
		else
			parent->first_child = (int)i;
		parent->last_child = (int)i;
	}
}

/* with a space in it, and how long yet */
static const char *format_state_words(const json_t *row,
				      char text[static STATE_BYTES])
{
	const char *state = text_of(row, "state");
	char delay[DURATION_BYTES];

	if (!strcmp(state, "backing-off"))
		snprintf(text, STATE_BYTES, "backing off %s",
			 duration_format(delay, (uint64_t)
				number_of(row, "delay_ms") * 1000));
	else
		snprintf(text, STATE_BYTES, "%s", state);
	return text;
}

static void format_state(const json_t *row, char *text, size_t size_bytes)
{
	const char *paused = json_is_true(json_object_get(row, "paused")) ?
			     ", paused" : "";
	json_int_t pid = number_of(row, "pid");
	char words[STATE_BYTES];

	format_state_words(row, words);
	if (pid > 0)
		snprintf(text, size_bytes, "%s%s  pid %" JSON_INTEGER_FORMAT,
			 words, paused, pid);
	else
		snprintf(text, size_bytes, "%s%s", words, paused);
}

/* "signal:SEGV" as "exit: signal SEGV", "exit:3" as "exit: status 3" */
static void format_cause(const json_t *row, char *text, size_t size_bytes)
{
	const char *cause = text_of(row, "cause");
	const char *colon = strchr(cause, ':');

	text[0] = '\0';
	if (!*cause)
		return;
	if (!strncmp(cause, "exit:", 5))
		snprintf(text, size_bytes, "exit: status %s", cause + 5);
	else if (colon)
		snprintf(text, size_bytes, "exit: %.*s %s",
			 (int)(colon - cause), cause, colon + 1);
	else
		snprintf(text, size_bytes, "exit: %s", cause);
}

static void format_supervisor(const json_t *row, char *text,
			      size_t size_bytes)
{
	const char *state = text_of(row, "state");
	bool shown = *state && strcmp(state, "running") &&
		     !strcmp(text_of(row, "kind"), "supervisor");
	bool lowered = json_object_get(row, "level") &&
		       (number_of(row, "level") < SANDBOX_LEVEL_MAX ||
			json_object_get(row, "degraded"));
	char period[DURATION_BYTES], level[LEVEL_BYTES] = "";
	char words[STATE_BYTES];

	if (lowered)
		snprintf(level, sizeof(level), "  sandbox level %"
			 JSON_INTEGER_FORMAT " of %d, degraded: %s",
			 number_of(row, "level"), SANDBOX_LEVEL_MAX,
			 text_of(row, "degraded"));
	snprintf(text, size_bytes, "supervisor  %s  %" JSON_INTEGER_FORMAT
		 "/%" JSON_INTEGER_FORMAT " in %s%s%s%s%s",
		 text_of(row, "strategy"), number_of(row, "count"),
		 number_of(row, "limit"),
		 duration_format(period, (uint64_t)
				 number_of(row, "period_ms") * 1000),
		 strcmp(text_of(row, "scope"), "child") ? "" : " each",
		 shown ? "  " : "",
		 shown ? format_state_words(row, words) : "", level);
}

static void add_line(struct table *table, const struct node *node,
		     const char *prefix)
{
	const char *slash = strrchr(node->path, '/');
	const char *last = slash ? slash + 1 : *node->path ? node->path : "/";
	char name[PREFIX_BYTES + PATH_BYTES], state[STATE_BYTES + 48], generation[32];
	char mailbox[32], cause[160], supervisor[256 + LEVEL_BYTES],
		rest[480 + LEVEL_BYTES];
	const char *cells[] = { name, state, generation, mailbox, rest };

	/* the first line of a tree has no parent: say the whole path */
	snprintf(name, sizeof(name), "%s%s", prefix,
		 node->is_child || (slash && slash == node->path)
		 ? last : *node->path ? node->path : "/");

	supervisor[0] = '\0';
	if (node->supervisor)
		format_supervisor(node->supervisor, supervisor,
				  sizeof(supervisor));
	if (!node->actor) {
		cells[1] = supervisor;
		table_add(table, cells, 2);
		return;
	}

	format_state(node->actor, state, sizeof(state));
	snprintf(generation, sizeof(generation), "gen %" JSON_INTEGER_FORMAT,
		 number_of(node->actor, "generation"));
	snprintf(mailbox, sizeof(mailbox), "mailbox %" JSON_INTEGER_FORMAT,
		 number_of(node->actor, "mailbox"));
	format_cause(node->actor, cause, sizeof(cause));
	snprintf(rest, sizeof(rest), "%s%s%s", cause,
		 *cause && *supervisor ? "  " : "", supervisor);
	table_add(table, cells, 5);
}

/* @prefix: what its children's lines begin with */
static void add_lines(struct table *table, const struct nodes *nodes,
		      const struct node *node, const char *line,
		      const char *prefix)
{
	char child_line[PREFIX_BYTES], child_prefix[PREFIX_BYTES];

	add_line(table, node, line);
	for (int i = node->first_child; i >= 0; i = nodes->nodes[i].next) {
		bool last = nodes->nodes[i].next < 0;

		snprintf(child_line, sizeof(child_line), "%s%s", prefix,
			 last ? "└─ " : "├─ ");
		snprintf(child_prefix, sizeof(child_prefix), "%s%s", prefix,
			 last ? "   " : "│  ");
		add_lines(table, nodes, &nodes->nodes[i], child_line,
			  child_prefix);
	}
}

char *tree_view_format(const json_t *rows)
{
	struct nodes nodes = {
		.nodes = calloc(json_array_size(rows) + 1,
				sizeof(*nodes.nodes)),
		.index = json_object(),
	};
	struct table table = { .n_rows = 0 };
	char *text = NULL;
	size_t i;
	json_t *row;

	if (nodes.nodes && nodes.index) {
		json_array_foreach(rows, i, row)
			add_row(&nodes, row);
		link_parents(&nodes);
		for (i = 0; i < nodes.n; i++)
			if (!nodes.nodes[i].is_child)
				add_lines(&table, &nodes, &nodes.nodes[i], "",
					  "");
		text = table_format(&table);
	}

	table_clear(&table);
	json_decref(nodes.index);
	free(nodes.nodes);
	return text;
}
