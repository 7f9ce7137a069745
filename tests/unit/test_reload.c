/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_reload.c - what leads from one tree to another, and what stays as it is.
 *
 * Random pairs of files at the end; RELOAD_SEED=N repeats one, RELOAD_ROUNDS=N
 * makes more.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "supervisord/decide/graft.h"
#include "supervisord/decide/reload.h"
#include "supervisord/decide/spawn.h"
#include "tests/harness/dice.h"
#include "tests/unit/a_file.h"

#define N(rows) (sizeof(rows) / sizeof((rows)[0]))
#define TEXT_BYTES 16384

/* ---- a plan as text: "stop /s/a; restart /s/b (args)" ---- */

static void put(char *text, const char *more)
{
	if (strlen(text) + strlen(more) + 1 > TEXT_BYTES)
		abort();
	strcat(text, more);
}

static void put_step(char *text, const struct reload_step *step)
{
	bool first = true;

	if (*text)
		put(text, "; ");
	if (step->within)
		put(text, "-");
	put(text, reload_name(step->what));
	put(text, " ");
	put(text, step->path);
	for (unsigned int i = 0; reload_key(i); i++) {
		if (!reload_has_key(step, i))
			continue;
		put(text, first ? " (" : ", ");
		put(text, reload_key(i)->shown);
		first = false;
	}
	if (!first)
		put(text, ")");
}

static const char *plan_text(const struct reload_plan *plan)
{
	static char text[TEXT_BYTES];

	text[0] = '\0';
	for (size_t i = 0; i < plan->n_steps; i++)
		put_step(text, &plan->steps[i]);
	return text;
}

static bool plans(const char *old_text, const char *new_text,
		  const char *expected)
{
	struct spec_system *old = file_read(old_text);
	struct spec_system *new = file_read(new_text);
	struct reload_plan plan;
	bool as_expected;

	CU_ASSERT_EQUAL_FATAL(graft(old->top, new->top), 0);
	CU_ASSERT_EQUAL_FATAL(reload_plan(old->top, new->top, &plan), 0);
	as_expected = !strcmp(plan_text(&plan), expected);
	if (!as_expected)
		harness_note("%s\n%s\n%s\nnot %s", old_text, new_text,
			     plan_text(&plan), expected);
	reload_plan_clear(&plan);
	spec_system_free(old);
	spec_system_free(new);
	return as_expected;
}

/* ---- keys, one after another ---- */

/* in the place of %s: of an actor */
static const char actor_file[] =
	"system: s\nauto_shutdown: any_significant\nchildren:\n"
	"  - { name: a, exec: a%s }\n  - { name: b, exec: b }\n"
	"  - { name: c, exec: c }\n";

static const struct {
	const char *old, *new, *step;
} actor_rows[] = {
	{ "", "", "" },
	{ "", ", restart: transient", "change /s/a (restart)" },
	{ "", ", start_timeout: 1s", "change /s/a (start_timeout)" },
	{ "", ", stop_timeout: 1s", "change /s/a (stop_timeout)" },
	{ "", ", backoff: {}", "change /s/a (backoff.factor)" },
	{ ", backoff: { min: 1s }", ", backoff: { min: 2s, max: 9s, factor: 3 }",
	  "change /s/a (backoff.min, backoff.factor, backoff.max, backoff.stable_after)" },
	{ ", restart: transient", ", restart: transient, significant: true",
	  "change /s/a (significant)" },
	{ "", ", directives: { oom: stop }", "later /s/a (directives)" },
	{ ", directives: { oom: stop }", ", directives: { oom: stop }", "" },
	{ ", directives: { oom: stop, exit: stop }",
	  ", directives: { exit: stop, oom: stop }", "later /s/a (directives)" },
	{ "", ", args: [x]", "restart /s/a (args)" },
	{ ", args: [x, y]", ", args: [x]", "restart /s/a (args)" },
	{ "", ", args: []", "" },
	{ "", ", environment: { X: y }", "restart /s/a (environment)" },
	{ "", ", refs: [b]", "restart /s/a (refs)" },
	{ ", refs: [b, /s/c]", ", refs: [/s/c, b]", "" },
	{ ", refs: [b]", ", refs: [/s/b]", "restart /s/a (refs)" },
	{ "", ", sandbox: { network: host }", "restart /s/a (sandbox.network)" },
	{ "", ", sandbox: { network: { mode: host, connect_ports: [1] } }",
	  "restart /s/a (sandbox.network, network.mode, network.connect_ports)" },
	{ ", sandbox: { network: { mode: host, connect_ports: [1, 2] } }",
	  ", sandbox: { network: { mode: host, connect_ports: [2, 1] } }", "" },
	{ ", sandbox: { network: { mode: host, connect_ports: [1] } }",
	  ", sandbox: { network: { mode: host, connect_ports: [1], listen_ports: [1] } }",
	  "restart /s/a (network.listen_ports)" },
	{ ", sandbox: { network: { mode: host, listen_ports: [1] } }",
	  ", sandbox: { network: host }",
	  "restart /s/a (network.mode, network.listen_ports)" },
	{ "", ", sandbox: { network: { connect: ['x:1'] } }",
	  "restart /s/a (sandbox.network, network.connect)" },
	{ ", sandbox: { network: { listen: ['[::1]:1'] } }",
	  ", sandbox: { network: { listen: ['[::1]:2'] } }",
	  "restart /s/a (network.listen)" },
	{ "", ", sandbox: { read: [/etc] }", "restart /s/a (sandbox.read)" },
	{ ", sandbox: { read: [/usr] }", ", sandbox: { execute: [/usr] }",
	  "restart /s/a (sandbox.read, sandbox.execute)" },
	{ "", ", sandbox: { write: [/tmp] }", "restart /s/a (sandbox.write)" },
	{ "", ", sandbox: { memfd: allow }", "restart /s/a (sandbox.memfd)" },
	{ "", ", sandbox: { syscalls: [uname] }",
	  "restart /s/a (sandbox.syscalls)" },
	{ "", ", sandbox: { syscalls: [] }", "" },
	{ "", ", mailbox: { bytes: 1M }", "restart /s/a (mailbox.bytes)" },
	{ "", ", mailbox: { messages: 9 }", "restart /s/a (mailbox.messages)" },
	{ "", ", mailbox: { per_edge: 1M }", "restart /s/a (mailbox.per_edge)" },
	{ "", ", mailbox: { kind: priority }", "restart /s/a (mailbox.kind)" },
	{ "", ", mailbox: { stash: 1 }", "restart /s/a (mailbox.stash)" },
	{ "", ", mailbox: { payload: 1 }", "restart /s/a (mailbox.payload)" },
	{ "", ", mailbox: { overflow: dead_letter }",
	  "change /s/a (mailbox.overflow)" },
	{ "", ", mailbox: { descriptors: 1 }",
	  "stop /s/a (mailbox.descriptors); start /s/a" },
	{ "", ", kind: program", "stop /s/a (kind); start /s/a" },
	{ "", ", redeliver: 1", "change /s/a (redeliver)" },
	{ "", ", activation: on_message", "change /s/a (activation)" },
	{ "", ", idle_stop: 1s", "restart /s/a (idle_stop)" },
	{ "", ", standby: 1", "change /s/a (standby)" },
	/* it has nobody to share anything with */
	{ "", ", isolate: instance", "" },
	{ "", ", watchdog: 1s", "change /s/a (watchdog.loop)" },
	{ "", ", watchdog: { message: 1s, misses: 2 }",
	  "change /s/a (watchdog.message, watchdog.misses)" },
	{ ", kind: program", ", kind: program, watchdog: 1s",
	  "restart /s/a (watchdog.loop)" },
	{ ", kind: program", ", kind: program, ready: at_once",
	  "change /s/a (ready)" },
	{ ", kind: program, sandbox: { network: host }, ready: \"listen:1\"",
	  ", kind: program, sandbox: { network: host }, ready: \"listen:2\"",
	  "change /s/a (ready)" },
	{ "", ", restart: temporary, redeliver: 2, args: [x], directives: { oom: stop }",
	  "change /s/a (restart, redeliver); later /s/a (directives); restart /s/a (args)" },
};

static void test_a_key_of_an_actor_has_its_effect(void)
{
	char old[1024], new[1024];

	for (size_t i = 0; i < N(actor_rows); i++) {
		snprintf(old, sizeof(old), actor_file, actor_rows[i].old);
		snprintf(new, sizeof(new), actor_file, actor_rows[i].new);
		CU_ASSERT(plans(old, new, actor_rows[i].step));
	}
}

/* whole files, without their first line */
static const struct {
	const char *old, *new, *steps;
} trees[] = {
	{ "children: [ { name: a, exec: a } ]",
	  "children: [ { name: a, exec: b } ]", "restart /s/a (exec)" },
	{ "children: [ { name: a, exec: a } ]",
	  "shutdown_timeout: 1s\nexit_with: a\nstrategy: one_for_all\n"
	  "start_order: parallel\nauto_shutdown: any_significant\n"
	  "intensity: { restarts: 1, period: 1s, scope: child }\n"
	  "children: [ { name: a, exec: a } ]",
	  "change /s (shutdown_timeout, exit_with, intensity.restarts, intensity.period, intensity.scope, auto_shutdown, start_order); later /s (strategy)" },
	/* comes, goes, is something else */
	{ "children: [ { name: a, exec: a }, { name: b, exec: b } ]",
	  "children: [ { name: c, exec: c }, { name: b, exec: b } ]",
	  "stop /s/a; start /s/c" },
	{ "children: [ { name: a, exec: a }, { name: b, exec: b }, { name: c, exec: c } ]",
	  "children: [ { name: b, exec: b } ]", "stop /s/c; stop /s/a" },
	{ "children: [ { name: a, exec: a }, { name: b, exec: b } ]",
	  "children: [ { name: b, exec: b }, { name: a, exec: a } ]",
	  "change /s (children)" },
	{ "children: [ { name: a, exec: a }, { name: b, exec: b }, { name: c, exec: c } ]",
	  "children: [ { name: c, exec: c }, { name: x, exec: x }, { name: a, exec: a } ]",
	  "stop /s/b; change /s (children); start /s/x" },
	{ "children: [ { name: a, exec: a } ]",
	  "children: [ { name: a, children: [ { name: a, exec: a } ] } ]",
	  "stop /s/a; start /s/a; -start /s/a/a" },
	{ "children: [ { name: g, children: [ { name: a, exec: a }, { name: b, exec: b } ] } ]",
	  "children: [ { name: g, exec: g, children: [ { name: a, exec: a } ] } ]",
	  "-stop /s/g/b; -stop /s/g/a; stop /s/g; start /s/g; -start /s/g/a" },
	{ "children: [ { name: g, children: [ { name: a, exec: a }, { name: b, exec: b } ] } ]",
	  "children: [ { name: g, children: [ { name: b, exec: b, args: [x] } ] } ]",
	  "stop /s/g/a; restart /s/g/b (args)" },
	/* instances */
	{ "children: [ { name: w, exec: w, instances: 2 } ]",
	  "children: [ { name: w, exec: w, instances: 3 } ]", "start /s/w-3" },
	{ "children: [ { name: w, exec: w, instances: 3 } ]",
	  "children: [ { name: w, exec: w, instances: 1 } ]",
	  "stop /s/w-3; stop /s/w-2" },
	{ "children: [ { name: w, exec: w, instances: 2 } ]",
	  "children: [ { name: w, exec: w, instances: 2, args: [x] } ]",
	  "restart /s/w-1 (args); restart /s/w-2 (args)" },
	{ "children: [ { name: w, exec: w, instances: 2 }, { name: a, exec: a, refs: [w] } ]",
	  "children: [ { name: w, exec: w, instances: 3 }, { name: a, exec: a, refs: [w] } ]",
	  "start /s/w-3; restart /s/a (refs)" },
	/* heads */
	{ "children: [ { name: g, exec: g, strategy: one_for_all, children: [ { name: a, exec: a }, { name: b, exec: b } ] } ]",
	  "children: [ { name: g, exec: g, args: [x], children: [ { name: a, exec: a, directives: { oom: stop } }, { name: c, exec: c } ] } ]",
	  "stop /s/g/b; restart /s/g (strategy, args); -restart /s/g/a (directives); -start /s/g/c" },
	{ "children: [ { name: w, exec: w, instances: 2 } ]",
	  "children: [ { name: w, exec: w, instances: 2, isolate: instance } ]",
	  "restart /s/w-1 (isolate); restart /s/w-2 (isolate)" },
	/* what has limits of its own has a process of its own anyway */
	{ "children: [ { name: w, exec: w, instances: 2, sandbox: { memory: 9M } } ]",
	  "children: [ { name: w, exec: w, instances: 2, isolate: instance, sandbox: { memory: 9M } } ]",
	  "" },
	/* templates */
	{ "children: [ { name: g, templates: [ { name: t, exec: t } ] } ]",
	  "children: [ { name: g, templates: [ { name: t, exec: t, isolate: instance } ] } ]",
	  "change /s/g (templates)" },
	{ "children: [ { name: g, templates: [ { name: t, exec: t } ] } ]",
	  "children: [ { name: g, templates: [ { name: t, exec: t, max: 2 } ] } ]",
	  "change /s/g (templates)" },
	{ "children: [ { name: g, templates: [ { name: t, exec: t } ] } ]",
	  "children: [ { name: g, templates: [ { name: t, exec: t }, { name: u, exec: u } ] } ]",
	  "change /s/g (templates)" },
};

static void test_a_tree_becomes_another(void)
{
	char old[1024], new[1024];

	for (size_t i = 0; i < N(trees); i++) {
		snprintf(old, sizeof(old), "system: s\n%s\n", trees[i].old);
		snprintf(new, sizeof(new), "system: s\n%s\n", trees[i].new);
		CU_ASSERT(plans(old, new, trees[i].steps));
		CU_ASSERT(plans(old, old, ""));
		CU_ASSERT(plans(new, new, ""));
	}
}

/* ---- reloads in a row ---- */

/* the plan from the second to the third, of a tree that began as the first */
static bool plans_third(const char *first, const char *second,
			const char *third, const char *expected)
{
	struct spec_system *old = file_read(first);
	struct spec_system *middle = file_read(second);
	struct spec_system *new = file_read(third);
	struct reload_plan plan;
	bool as_expected;

	CU_ASSERT_EQUAL_FATAL(graft(old->top, middle->top), 0);
	CU_ASSERT_EQUAL_FATAL(graft(middle->top, new->top), 0);
	CU_ASSERT_EQUAL_FATAL(reload_plan(middle->top, new->top, &plan), 0);
	as_expected = !strcmp(plan_text(&plan), expected);
	if (!as_expected)
		harness_note("%s\n%s\n%s\n%s\nnot %s", first, second, third,
			     plan_text(&plan), expected);
	reload_plan_clear(&plan);
	spec_system_free(old);
	spec_system_free(middle);
	spec_system_free(new);
	return as_expected;
}

#define BELOW "children: [ { name: a, exec: a%s } ]\n"

static const struct {
	const char *keys, *of_a, *steps;
} later_rows[] = {
	{ "strategy: one_for_all", "", "later /s (strategy)" },
	{ "require: 1", "", "later /s (require)" },
	{ "learning: allow", "", "later /s (learning)" },
	{ "", ", directives: { oom: stop }", "later /s/a (directives)" },
};

static void test_what_is_to_come_is_told_until_it_is_in_force(void)
{
	char old[512], new[512], change[128];

	snprintf(old, sizeof(old), "system: s\n" BELOW, "");
	for (size_t i = 0; i < N(later_rows); i++) {
		snprintf(new, sizeof(new), "system: s\n%s\n" BELOW,
			 later_rows[i].keys, later_rows[i].of_a);
		CU_ASSERT(plans(old, new, later_rows[i].steps));
		CU_ASSERT(plans_third(old, new, new, later_rows[i].steps));
		/* it is not to come any more */
		snprintf(change, sizeof(change), "change%s",
			 later_rows[i].steps + strlen("later"));
		CU_ASSERT(plans_third(old, new, old, change));
	}
}

static void test_what_begins_anew_has_nothing_to_come(void)
{
	struct spec_system *old = file_read("system: s\nchildren:\n"
					    "  - { name: a, exec: a }\n");
	struct spec_system *new = file_read("system: s\nrequire: 1\n"
					    "learning: allow\n"
					    "strategy: one_for_all\n"
					    "children:\n"
					    "  - { name: a, exec: a }\n");

	CU_ASSERT_EQUAL_FATAL(graft(old->top, new->top), 0);
	CU_ASSERT_EQUAL(new->top->learning, old->top->learning);
	CU_ASSERT_EQUAL(new->top->require, 0);
	graft_begin_anew(new->top);
	CU_ASSERT_EQUAL(new->top->learning, SPEC_ALLOW);
	CU_ASSERT_EQUAL(new->top->require, 1);
	CU_ASSERT_EQUAL(new->top->strategy, SPEC_ONE_FOR_ALL);
	spec_system_free(old);
	spec_system_free(new);
}

/* ---- every key has a row ---- */

/* what the walk through the trees says of itself */
static bool is_structure(const struct key_table *table, const struct key *key)
{
	return (table == &keys_of_child && !strcmp(key->name, "name")) ||
	       (table == &keys_of_system && !strcmp(key->name, "system")) ||
	       table == &keys_of_sibling;
}

static bool has_row(const struct key_table *table, const struct key *key)
{
	for (unsigned int i = 0; reload_key(i); i++)
		if (reload_key(i)->table == table &&
		    !strcmp(reload_key(i)->name, key->name))
			return true;
	return false;
}

static void test_no_key_is_forgotten(void)
{
	const struct key_table *const *table;

	for (table = keys_everywhere; *table; table++) {
		for (size_t i = 0; i < (*table)->n_keys; i++) {
			const struct key *key = &(*table)->keys[i];

			if (key->inside || is_structure(*table, key) ||
			    !strcmp(key->name, "mailbox"))
				continue;
			if (!has_row(*table, key))
				harness_note("%s of %s", key->name,
					     (*table)->place);
			CU_ASSERT(has_row(*table, key));
		}
	}
}

/* ---- random pairs ---- */

static uint64_t number_from(const char *variable, uint64_t otherwise)
{
	const char *text = getenv(variable);

	return text ? strtoull(text, NULL, 10) : otherwise;
}

static const char *const extras[] = {
	"", "", "", ", args: [x]", ", restart: transient", ", redeliver: 2",
	", directives: { oom: stop }", ", kind: program", ", stop_timeout: 1s",
	", mailbox: { bytes: 1M }", ", instances: 2", ", instances: 3",
};

static const char *extra(struct dice *dice)
{
	return extras[dice_below(dice, N(extras))];
}

static const char *extra_of_node(struct dice *dice)
{
	static const char *const some[] = {
		"", "", ", strategy: one_for_all", ", intensity: 1 in 1s",
		", exec: g", ", exec: g, args: [y]",
		", templates: [ { name: t, exec: t } ]",
		", templates: [ { name: t, exec: t, args: [z] }, { name: u, exec: u } ]",
	};

	return some[dice_below(dice, N(some))];
}

static void put_children(char *text, struct dice *dice, unsigned int depth)
{
	char names[] = "abcde";
	unsigned int n = 1 + dice_below(dice, 4), k;
	char piece[256], swap;

	put(text, "children: [ ");
	for (unsigned int i = 0; i < n; i++) {
		/* one of the names that are left, so their order is any */
		k = i + dice_below(dice, 5 - i);
		swap = names[i];
		names[i] = names[k];
		names[k] = swap;
		if (depth < 2 && dice_once_in(dice, 3)) {
			snprintf(piece, sizeof(piece), "{ name: %c%s, ",
				 names[i], extra_of_node(dice));
			put(text, piece);
			put_children(text, dice, depth + 1);
			put(text, " }, ");
		} else {
			snprintf(piece, sizeof(piece), "{ name: %c, exec: x%s }, ",
				 names[i], extra(dice));
			put(text, piece);
		}
	}
	put(text, "]");
}

static struct spec_system *random_file(struct dice *dice, char *text)
{
	strcpy(text, "system: s\n");
	put_children(text, dice, 0);
	put(text, "\n");
	return file_read(text);
}

static void spawn_some(struct dice *dice, struct spec_node *node)
{
	char name[64];

	for (size_t i = 0; i < node->n_children; i++)
		spawn_some(dice, node->children[i]);
	for (size_t i = 0; i < node->n_templates; i++) {
		if (dice_once_in(dice, 2))
			continue;
		spawn_name(node, node->templates[i], name);
		spawn_add(node, node->templates[i], name, spawn_slot(node));
	}
}

/* what each step says has become true when all steps are done, and nothing that
 * differs is left over */
static bool node_is_explained(const struct reload_plan *plan,
			      const struct spec_node *old,
			      const struct spec_node *new)
{
	const char *path = new ? new->path : old->path;
	bool stops = reload_step_of(plan, RELOAD_STOP, path);
	bool starts = reload_step_of(plan, RELOAD_START, path);
	bool restarts = reload_step_of(plan, RELOAD_RESTART, path);
	struct reload_plan own = { .n_steps = 0 };

	if (!old || !new)
		return stops == (old != NULL) && starts == (new != NULL) &&
		       !restarts;
	if (!reload_goes_on(old, new))
		return stops && starts && !restarts;
	if (starts)	/* what is above it is something else */
		return stops && !restarts;
	if (stops)	/* its head has forgotten it */
		return old->template && !restarts;
	for (unsigned int i = 0; reload_key(i); i++) {
		const struct reload_step *step;
		bool said = false;

		for (size_t k = 0; k < plan->n_steps; k++) {
			step = &plan->steps[k];
			said |= !strcmp(step->path, path) &&
				reload_has_key(step, i);
		}
		own.n_steps += said;
	}
	return restarts || own.n_steps > 0 ||
	       (!strcmp(old->exec ? old->exec : "", new->exec ? new->exec : "") &&
		old->restart == new->restart && old->redeliver == new->redeliver &&
		old->stop_timeout_ns == new->stop_timeout_ns &&
		old->mailbox_bytes == new->mailbox_bytes &&
		old->intensity.restarts == new->intensity.restarts);
}

static bool all_are_explained(const struct reload_plan *plan,
			      const struct spec_node *at,
			      struct spec_node *old, struct spec_node *new)
{
	if (!node_is_explained(plan, spec_find(old, at->path),
			       spec_find(new, at->path)))
		return false;
	for (size_t i = 0; i < at->n_children; i++)
		if (!all_are_explained(plan, at->children[i], old, new))
			return false;
	return true;
}

/* nothing is said twice, first comes what stops, and it is in a tree */
static bool is_in_order(const struct reload_plan *plan, struct spec_node *old,
			struct spec_node *new)
{
	bool past_stops = false;

	for (size_t i = 0; i < plan->n_steps; i++) {
		const struct reload_step *step = &plan->steps[i];

		past_stops |= step->what != RELOAD_STOP;
		if ((past_stops && step->what == RELOAD_STOP) ||
		    reload_step_of(plan, step->what, step->path) != step ||
		    !spec_find(step->what == RELOAD_STOP ? old : new,
			       step->path))
			return false;
	}
	return true;
}

static bool is_unchanged(struct spec_system *system, struct spec_system *again)
{
	struct reload_plan plan;
	bool same = true;

	CU_ASSERT_EQUAL_FATAL(graft(system->top, again->top), 0);
	CU_ASSERT_EQUAL_FATAL(reload_plan(system->top, again->top, &plan), 0);
	for (size_t i = 0; i < plan.n_steps; i++)
		same &= plan.steps[i].what == RELOAD_LATER &&
			graft_is_later(spec_find(again->top,
						 plan.steps[i].path));
	reload_plan_clear(&plan);
	return same;
}

static bool judge(struct dice *dice)
{
	static char old_text[TEXT_BYTES], new_text[TEXT_BYTES];
	struct spec_system *old = random_file(dice, old_text);
	struct spec_system *new = random_file(dice, new_text), *again;
	struct reload_plan plan;
	bool good;

	spawn_some(dice, old->top);
	CU_ASSERT_EQUAL_FATAL(graft(old->top, new->top), 0);
	CU_ASSERT_EQUAL_FATAL(reload_plan(old->top, new->top, &plan), 0);
	good = is_in_order(&plan, old->top, new->top) &&
	       all_are_explained(&plan, old->top, old->top, new->top) &&
	       all_are_explained(&plan, new->top, old->top, new->top);
	/* when it is done, the same file leads to what is to come, and no more */
	again = file_read(new_text);
	good &= is_unchanged(new, again);
	if (!good)
		harness_note("%s%s%s", old_text, new_text, plan_text(&plan));
	reload_plan_clear(&plan);
	spec_system_free(old);
	spec_system_free(new);
	spec_system_free(again);
	return good;
}

static void test_any_file_leads_to_any_other(void)
{
	uint64_t seed = number_from("RELOAD_SEED", (uint64_t)time(NULL));
	uint64_t n = number_from("RELOAD_ROUNDS", 2000);
	struct dice dice;

	for (uint64_t i = 0; i < n; i++) {
		dice_load(&dice, seed + i);
		if (judge(&dice))
			continue;
		harness_note("RELOAD_SEED=%llu repeats it",
			     (unsigned long long)(seed + i));
		CU_FAIL("a plan is not what leads there");
		return;
	}
	harness_note("RELOAD_SEED=%llu, %llu pairs", (unsigned long long)seed,
		     (unsigned long long)n);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_key_of_an_actor_has_its_effect),
	HARNESS_TEST(test_a_tree_becomes_another),
	HARNESS_TEST(test_what_is_to_come_is_told_until_it_is_in_force),
	HARNESS_TEST(test_what_begins_anew_has_nothing_to_come),
	HARNESS_TEST(test_no_key_is_forgotten),
	HARNESS_TEST(test_any_file_leads_to_any_other),
};
HARNESS_MAIN(tests)
