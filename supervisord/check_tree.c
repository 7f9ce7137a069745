/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * check_tree.c - a declared tree as a picture.
 *
 * Two walks: one measures the columns, one draws. Pure.
 */
#include "supervisord/check_tree.h"

#include <stdio.h>
#include <string.h>

#include "libactorproc/path.h"
#include "supervisord/config/excess_spec.h"
#include "supervisord/config/network_spec.h"
#include "supervisord/config/values.h"
#include "supervisord/decide/ceiling.h"
#include "supervisord/decide/edges.h"

/* cells that a level moves its names to the right */
#define INDENT 3
#define GAP 2

/* bytes of one level's lines: three cells of at most three bytes */
#define RAIL_BYTES (PATH_LEVELS_MAX * INDENT * 3 + 1)

struct widths {
	int name;
	int kind;
	int exec;
	int restart;
};

struct check_counts check_tree_count(const struct spec_node *top)
{
	struct check_counts counts = {
		.n_actors = top->exec != NULL,
		.n_supervisors = spec_is_supervisor(top),
	};
	size_t i;

	for (i = 0; i < top->n_children; i++) {
		struct check_counts below = check_tree_count(top->children[i]);

		counts.n_actors += below.n_actors;
		counts.n_supervisors += below.n_supervisors;
	}

	return counts;
}

size_t check_tree_descriptors(const struct spec_system *system)
{
	struct declared_edge *edges;
	size_t n_edges, n;

	if (edges_declared(&system->top, 1, &edges, &n_edges) < 0)
		return 0;
	n = ceiling_descriptors(system->top, edges, n_edges);
	edges_free(edges, n_edges);
	return n;
}

static const char *kind_of(const struct spec_node *node)
{
	if (node->is_template)
		return "template";
	return node->exec ? spec_kind_name(node->kind) : "supervisor";
}

static void widen(int *width, size_t n)
{
	if ((int)n + GAP > *width)
		*width = (int)n + GAP;
}

static void measure(struct widths *widths, const struct spec_node *node,
		    size_t level)
{
	size_t i;

	widen(&widths->name, strlen(node->name) + level * INDENT);
	widen(&widths->kind, strlen(kind_of(node)));
	if (node->exec) {
		widen(&widths->exec, strlen(node->exec));
		widen(&widths->restart,
		      strlen(spec_restart_name(node->restart)));
	}
	for (i = 0; i < node->n_templates; i++)
		measure(widths, node->templates[i], level + 1);
	for (i = 0; i < node->n_children; i++)
		measure(widths, node->children[i], level + 1);
}

static void draw_strings(struct printout *out, const char *title,
			 char **strings)
{
	size_t i;

	if (!strings || !strings[0])
		return;
	printout_add_format(out, "  %s %s", title, strings[0]);
	for (i = 1; strings[i]; i++)
		printout_add_format(out, ", %s", strings[i]);
}

static void draw_ports(struct printout *out, const char *title,
		       const struct spec_ports *ports, bool listen)
{
	char *texts[NETWORK_PORTS_MAX + 1], digits[NETWORK_PORTS_MAX][8];

	draw_strings(out, title, network_spec_ports(ports, listen, texts,
						    digits));
}

static void draw_refs(struct printout *out, const struct spec_node *node)
{
	size_t i;

	for (i = 0; i < node->n_refs; i++)
		printout_add_format(out, "%s%s", i == 0 ? "  refs " : ", ",
				    node->refs[i].name);
}

static void draw_budget(struct printout *out, const struct spec_budget *budget)
{
	char size[VALUE_TEXT_MAX];

	if (budget->memory_bytes)
		printout_add_format(out, ", budget of memory %s",
				    value_size_format(budget->memory_bytes,
						      size));
	if (budget->pids)
		printout_add_format(out, ", budget of pids %u", budget->pids);
	if (budget->cpu_percent)
		printout_add_format(out, ", budget of cpu %u%%",
				    budget->cpu_percent);
}

static void draw_strategy(struct printout *out, const struct spec_node *node)
{
	char period[VALUE_TEXT_MAX];

	printout_add_format(out, "%s, %u in %s%s",
			    spec_strategy_name(node->strategy),
			    node->intensity.restarts,
			    value_duration_format(node->intensity.period_ns,
			    period),
			    node->intensity.scope == SPEC_SCOPE_CHILD ?
			    " for each child" : "");
	if (node->start_order == SPEC_PARALLEL)
		printout_add(out, ", start_order parallel");
	if (node->auto_shutdown != SPEC_NEVER)
		printout_add_format(out, ", auto_shutdown %s",
			spec_auto_shutdown_name(node->auto_shutdown));
	draw_budget(out, &node->budget);
}

static void draw_significance(struct printout *out,
			      const struct spec_node *node)
{
	if (node->significant == SPEC_SIGNIFICANT)
		printout_add(out, "  significant");
}

static void draw_duration(struct printout *out, const char *title,
			  uint64_t ns, uint64_t usual)
{
	char text[VALUE_TEXT_MAX];

	if (ns != usual)
		printout_add_format(out, "%s%s", title,
				    value_duration_format(ns, text));
}

static void draw_activation(struct printout *out, const struct spec_node *node)
{
	if (node->activation != SPEC_AT_START)
		printout_add_format(out, "  activation %s",
				    spec_activation_name(node->activation));
	draw_duration(out, "  idle_stop ", node->idle_stop_ns, 0);
	if (node->isolate != SPEC_ISOLATE_CLASS)
		printout_add_format(out, "  isolate %s",
				    spec_isolate_name(node->isolate));
	if (node->standby)
		printout_add_format(out, "  standby %u", node->standby);
}

static void draw_watchdog(struct printout *out, const struct spec_node *node)
{
	const struct spec_watchdog *watchdog = &node->watchdog;

	if (!spec_has_watchdog(node))
		return;
	printout_add_format(out, "  watchdog misses %u", watchdog->misses);
	draw_duration(out, ", loop ", watchdog->loop_ns, 0);
	draw_duration(out, ", message ", watchdog->message_ns, 0);
}

static void drop_spaces(struct printout *out)
{
	while (!out->broken && out->n_bytes > 0 &&
	       out->text[out->n_bytes - 1] == ' ')
		out->n_bytes--;
}

/* a bound of its mailbox, when it is not what everybody has */
static void draw_bound(struct printout *out, const char *name,
		       const char *value, bool usual, bool *begun)
{
	if (usual)
		return;
	printout_add_format(out, "%s%s %s", *begun ? ", " : "  mailbox ", name,
			    value);
	*begun = true;
}

static void draw_size(struct printout *out, const char *name, uint64_t bytes,
		      uint64_t usual, bool *begun)
{
	char text[VALUE_TEXT_MAX];

	draw_bound(out, name, value_size_format(bytes, text), bytes == usual,
		   begun);
}

static void draw_count(struct printout *out, const char *name, uint64_t count,
		       uint64_t usual, bool *begun)
{
	char text[VALUE_TEXT_MAX];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)count);
	draw_bound(out, name, text, count == usual, begun);
}

static void draw_mailbox(struct printout *out, const struct spec_node *node)
{
	bool begun = false;

	draw_size(out, "bytes", node->mailbox_bytes, 0, &begun);
	draw_count(out, "messages", node->mailbox_messages, 0, &begun);
	draw_size(out, "per_edge", node->mailbox_per_edge, SPEC_PER_EDGE_BYTES,
		  &begun);
	draw_bound(out, "overflow", spec_overflow_name(node->mailbox_overflow),
		   node->mailbox_overflow == SPEC_OVERFLOW_REFUSE, &begun);
	draw_bound(out, "kind", spec_mailbox_name(node->mailbox_kind),
		   node->mailbox_kind == SPEC_MAILBOX_FIFO, &begun);
	draw_count(out, "stash", node->mailbox_stash, SPEC_STASH, &begun);
	draw_size(out, "payload", node->mailbox_payload, SPEC_PAYLOAD_BYTES,
		  &begun);
	draw_count(out, "descriptors", node->mailbox_descriptors, 0, &begun);
}

/* what only those with an exec have: the columns after the kind */
static void draw_limits(struct printout *out,
			const struct spec_sandbox *sandbox)
{
	char memory[VALUE_TEXT_MAX];

	if (sandbox->memory_bytes)
		printout_add_format(out, "  memory %s",
				    value_size_format(sandbox->memory_bytes,
						      memory));
	if (sandbox->pids)
		printout_add_format(out, "  pids %u", sandbox->pids);
	if (sandbox->cpu_percent)
		printout_add_format(out, "  cpu %u%%", sandbox->cpu_percent);
	for (size_t i = 0; i < sandbox->n_io; i++)
		printout_add_format(out, "%s%s %s", i ? ", " : "  io ",
				    sandbox->io[i].device,
				    value_size_format(sandbox->io[i].bytes,
						      memory));
}

static void draw_own(struct printout *out, const struct spec_sandbox *sandbox)
{
	char size[VALUE_TEXT_MAX];

	if (sandbox->scratch_bytes)
		printout_add_format(out, "  scratch %s",
				    value_size_format(sandbox->scratch_bytes,
						      size));
	if (sandbox->state)
		printout_add_format(out, "  state%s%s",
				    *sandbox->state ? " " : "", sandbox->state);
}

static void draw_excess(struct printout *out, uint32_t may_exceed)
{
	const char *title = "  may_exceed ";

	for (unsigned int i = 0; excess_spec_word(i); i++) {
		if (!(may_exceed & UINT32_C(1) << i))
			continue;
		printout_add_format(out, "%s%s", title, excess_spec_word(i));
		title = ", ";
	}
}

static void draw_actor(struct printout *out, const struct spec_node *node,
		       const struct widths *widths)
{
	printout_add_format(out, "%-*s%-*s", widths->exec, node->exec,
			    widths->restart, spec_restart_name(node->restart));
	drop_spaces(out);
	if (spec_is_supervisor(node)) {
		printout_add(out, "  ");
		draw_strategy(out, node);
	}
	draw_significance(out, node);
	if (node->is_template)
		printout_add_format(out, "  max %u", node->template_max);
	if (node->is_template && node->kind == SPEC_PROGRAM)
		printout_add(out, "  program");
	draw_refs(out, node);
	draw_mailbox(out, node);
	if (node->ready == SPEC_READY_LISTEN)
		printout_add_format(out, "  ready when it listens on %s",
				    node->listen.text);
	else if (node->ready != SPEC_READY_NOTIFY)
		printout_add_format(out, "  ready %s",
				    spec_ready_name(node->ready));
	draw_activation(out, node);
	draw_watchdog(out, node);
	if (node->sandbox.network == SPEC_NETWORK_LOOPBACK ||
	    node->sandbox.network == SPEC_NETWORK_HOST)
		printout_add_format(out, "  network %s",
				    spec_network_name(node->sandbox.network));
	draw_ports(out, "connect_ports", node->sandbox.ports, false);
	draw_ports(out, "listen_ports", node->sandbox.ports, true);
	draw_strings(out, "connect", node->sandbox.connect);
	draw_strings(out, "listen", node->sandbox.listen);
	draw_strings(out, "read", node->sandbox.read);
	draw_strings(out, "execute", node->sandbox.execute);
	draw_strings(out, "write", node->sandbox.write);
	draw_strings(out, "devices", node->sandbox.devices);
	draw_own(out, &node->sandbox);
	if (node->sandbox.memfd == SPEC_ALLOW)
		printout_add(out, "  memfd");
	draw_strings(out, "syscalls", node->sandbox.syscalls);
	draw_limits(out, &node->sandbox);
	draw_excess(out, node->may_exceed);
}

static void draw_node(struct printout *out, const struct spec_node *node,
		      const char *rail, size_t level,
		      const struct widths *widths)
{
	printout_add_format(out, "%s%-*s%-*s", rail,
			    widths->name - (int)level * INDENT, node->name,
			    widths->kind, kind_of(node));
	if (node->exec) {
		draw_actor(out, node, widths);
	} else {
		draw_strategy(out, node);
		if (node->parent)
			printout_add_format(out, "  %s",
				spec_restart_name(node->restart));
		draw_significance(out, node);
	}
	printout_add(out, "\n");
}

/*
 * @rail holds the lines left of the children; what is put behind it for one
 * child is gone again for the next.
 */
static void draw_children(struct printout *out, const struct spec_node *node,
			  char *rail, size_t level,
			  const struct widths *widths)
{
	size_t end = strlen(rail);
	size_t i;

	for (i = 0; i < node->n_children + node->n_templates; i++) {
		const struct spec_node *child = i < node->n_children ?
			node->children[i] :
			node->templates[i - node->n_children];
		bool last = i + 1 == node->n_children + node->n_templates;

		strcpy(rail + end, last ? "└─ " : "├─ ");
		draw_node(out, child, rail, level, widths);
		strcpy(rail + end, last ? "   " : "│  ");
		draw_children(out, child, rail, level + 1, widths);
	}
	rail[end] = '\0';
}

void check_tree_draw(struct printout *out, const struct spec_node *top)
{
	struct widths widths = { 0, 0, 0, 0 };
	char rail[RAIL_BYTES] = "";

	measure(&widths, top, 0);
	draw_node(out, top, "", 0, &widths);
	draw_children(out, top, rail, 1, &widths);
}
