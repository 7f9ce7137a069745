/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * check_warnings.c - what is right in a file, and perhaps not meant.
 *
 * Pure.
 */
#include "supervisord/check_warnings.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervisord/cgroups.h"
#include "supervisord/check_tree.h"
#include "supervisord/decide/ceiling.h"
#include "supervisord/decide/edges.h"
#include "supervisord/decide/seats.h"

/* struct warnings - they as they are found, and what tells of senders */
struct warnings {
	char **list;
	size_t n;
	bool broken;
	const struct declared_edge *edges;
	size_t n_edges;
};

__attribute__((format(printf, 2, 3)))
static void warn(struct warnings *w, const char *format, ...)
{
	char **more = reallocarray(w->list, w->n + 2, sizeof(*more));
	va_list arguments;

	if (!more) {
		w->broken = true;
		return;
	}
	w->list = more;
	va_start(arguments, format);
	if (vasprintf(&more[w->n], format, arguments) < 0) {
		more[w->n] = NULL;
		w->broken = true;
	}
	va_end(arguments);
	if (more[w->n])
		w->n++;
	more[w->n] = NULL;
}

static size_t count_senders(const struct warnings *w, const char *path)
{
	size_t i, n = 0;

	for (i = 0; i < w->n_edges; i++)
		n += strcmp(w->edges[i].target, path) == 0;

	return n;
}

/* no sender is shut out: a limit that is too small for all is not kept */
static void look_at_mailboxes(struct warnings *w, const struct spec_node *node)
{
	size_t i, n_senders;

	for (i = 0; i < node->n_children; i++)
		look_at_mailboxes(w, node->children[i]);
	if (node->mailbox_messages == 0)
		return;

	n_senders = count_senders(w, node->path);
	if (n_senders > node->mailbox_messages)
		warn(w, "%s: %llu messages may wait in its mailbox, and %zu references lead to it: each sender may have at least one",
		     node->path, (unsigned long long)node->mailbox_messages,
		     n_senders);
}

static void look_at_shutdowns(struct warnings *w, const struct spec_node *node)
{
	bool significant = false;
	size_t i;

	for (i = 0; i < node->n_children; i++) {
		look_at_shutdowns(w, node->children[i]);
		significant |= node->children[i]->significant;
	}
	for (i = 0; i < node->n_templates; i++)
		significant |= node->templates[i]->significant;
	if (node->auto_shutdown != SPEC_NEVER && !significant)
		warn(w, "%s: auto_shutdown is %s, and no child is significant: it never happens",
		     node->path, spec_auto_shutdown_name(node->auto_shutdown));
}

static bool is_below(const char *path, const char *folder)
{
	size_t n_bytes = strlen(folder);

	return strncmp(path, folder, n_bytes) == 0 &&
	       (path[n_bytes] == '/' || folder[n_bytes - 1] == '/');
}

static bool can_make(const struct spec_node *node, const char *path)
{
	char **folder = node->sandbox.write;

	for (; folder && *folder; folder++)
		if (is_below(path, *folder))
			return true;

	return (node->sandbox.state && is_below(path, SPEC_STATE_PLACE)) ||
	       (node->sandbox.scratch_bytes &&
		is_below(path, SPEC_SCRATCH_PLACE));
}

/* what is said of templates, too */
__attribute__((format(printf, 3, 4)))
static void warn_of(struct warnings *w, const struct spec_node *node,
		    const char *format, ...)
{
	va_list arguments;
	char *text;
	int n;

	va_start(arguments, format);
	n = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (n < 0) {
		w->broken = true;
		return;
	}
	warn(w, "%s%s: %s", node->is_template ? "template " : "",
	     node->is_template ? node->name : node->path, text);
	free(text);
}

/* it would be said of what nobody can see, or where it cannot be */
static void look_at_keys(struct warnings *w, const struct spec_node *node)
{
	const struct spec_watchdog *watchdog = &node->watchdog;
	const char *socket = node->listen.text;

	if (node->kind == SPEC_PROGRAM && watchdog->message_ns)
		warn_of(w, node, "a program gets no messages: \"message\" of its watchdog means nothing");
	if (watchdog->set && !spec_has_watchdog(node))
		warn_of(w, node, "its watchdog has neither \"loop\" nor \"message\": it is off");
	if (socket && socket[0] == '/' && !can_make(node, socket))
		warn_of(w, node, "it is ready when it listens on %s, and that is in no \"write\" of its sandbox",
			socket);
}

static void look_at_all_keys(struct warnings *w, const struct spec_node *node)
{
	size_t i;

	for (i = 0; i < node->n_children; i++)
		look_at_all_keys(w, node->children[i]);
	for (i = 0; i < node->n_templates; i++)
		look_at_keys(w, node->templates[i]);
	look_at_keys(w, node);
}

static bool can_stop(const struct spec_node *node)
{
	size_t i;

	for (i = 0; i < node->n_directives; i++)
		if (node->directives[i].directive == SPEC_DIRECTIVE_STOP)
			return true;

	return node->restart != SPEC_PERMANENT;
}

static void look_at_the_end(struct warnings *w, struct spec_node *top)
{
	const struct spec_node *node = top->exit_with.path ?
		spec_find(top, top->exit_with.path) : NULL;

	if (node && !can_stop(node))
		warn(w, "%s: the system is to end with it, and it comes back from every end: \"restart\" is permanent",
		     node->path);
}

static void look_at_the_host(struct warnings *w, const struct spec_node *top)
{
	size_t n = ceiling_filters(top);

	if (n > CEILING_FILTERS)
		warn(w, "%zu processes, each with a seccomp filter of its own: a host runs %d",
		     n, CEILING_FILTERS);
	n = ceiling_letters(top);
	if (n > CEILING_LETTERS)
		warn(w, "%zu actors and supervisors: /system/dead-letters has edges for %d",
		     n, CEILING_LETTERS);
	if (seats_count(top) > SEATS_MAX)
		warn(w, SEATS_TEXT, seats_count(top));
}

/* of "pids" an rlimit is the other half */
static void look_at_limits(struct warnings *w, const struct spec_node *top,
			   unsigned int controllers, unsigned int bound)
{
	static const enum cgroup_controller rows[] = { CGROUP_MEMORY,
						       CGROUP_CPU, CGROUP_IO };
	unsigned int lacking = cgroups_wanted(top) & ~controllers;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (lacking & bound & 1u << rows[i])
			warn(w, "\"%s\" is limited, and " CGROUP_BOUND_TEXT " on this host: that would not be in force",
			     cgroup_controller_name(rows[i]),
			     cgroup_controller_name(rows[i]));
		else if (lacking & 1u << rows[i])
			warn(w, "\"%s\" is limited, and this host has no such controller of cgroup v2: that would not be in force",
			     cgroup_controller_name(rows[i]));
}

static void look_at_descriptors(struct warnings *w, struct spec_node *top,
				size_t n_may)
{
	const struct spec_node root = {
		.path = (char *)"",
		.children = &top,
		.n_children = 1,
	};
	struct ceiling_terms terms = {
		.edges = w->edges,
		.n_edges = w->n_edges,
		/* what a start pushes up faster than it is taken there is held
		 * twice */
		.n_may = n_may / 2,
	};
	struct ceiling_need need;

	if (ceiling_exceeded(&root, &terms, &need)) {
		warn(w, "%s needs %zu descriptors for it, up to twice as many while it starts, and may have %zu here: raise the hard limit of RLIMIT_NOFILE (LimitNOFILE= of a unit)",
		     need.who, need.n, n_may);
		return;
	}
	terms.n_may = n_may;
	terms.all_spawned = true;
	if (ceiling_exceeded(&root, &terms, &need))
		warn(w, "%s would need %zu descriptors if each template had as many children as its max says, and may have %zu here: a spawn beyond that is refused",
		     need.who, need.n, n_may);
}

char **check_warnings(const struct spec_system *system,
		      unsigned int controllers, unsigned int bound,
		      size_t n_descriptors)
{
	struct warnings w = { .list = calloc(1, sizeof(*w.list)) };
	struct declared_edge *edges;

	if (!w.list || edges_declared(&system->top, 1, &edges, &w.n_edges) < 0) {
		free(w.list);
		return NULL;
	}
	w.edges = edges;
	look_at_the_host(&w, system->top);
	look_at_descriptors(&w, system->top, n_descriptors);
	look_at_limits(&w, system->top, controllers, bound);
	look_at_mailboxes(&w, system->top);
	look_at_shutdowns(&w, system->top);
	look_at_all_keys(&w, system->top);
	look_at_the_end(&w, system->top);
	edges_free(edges, w.n_edges);
	if (w.broken) {
		check_warnings_free(w.list);
		w.list = NULL;
	}

	return w.list;
}

void check_warnings_free(char **warnings)
{
	size_t i;

	for (i = 0; warnings && warnings[i]; i++)
		free(warnings[i]);
	free(warnings);
}
