/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * reload.c - from the tree that runs to another one: what has to happen?
 *
 * Two nodes with one path are compared key by key; what follows from a key that
 * differs is a row of a table. It decides, and changes neither tree. Pure.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "supervisord/config/network_spec.h"
#include "supervisord/decide/class.h"
#include "supervisord/decide/reload.h"

static const char *const names[] = {
	[RELOAD_STOP] = "stop",
	[RELOAD_CHANGE] = "change",
	[RELOAD_LATER] = "later",
	[RELOAD_RESTART] = "restart",
	[RELOAD_START] = "start",
};

const char *reload_name(enum reload_what what)
{
	return names[what];
}

/* ---- what differs ---- */

static bool same_text(const char *one, const char *other)
{
	return one == other || (one && other && !strcmp(one, other));
}

static bool same_texts(char *const *one, char *const *other)
{
	static char *none[] = { NULL };

	one = one ? one : none;
	other = other ? other : none;
	while (*one && *other && !strcmp(*one, *other)) {
		one++;
		other++;
	}
	return !*one && !*other;
}

static bool same_exec(const struct spec_node *one, const struct spec_node *other)
{
	return one->exec_path && other->exec_path ?
	       !strcmp(one->exec_path, other->exec_path) :
	       same_text(one->exec, other->exec);
}

static bool same_ready(const struct spec_node *one,
		       const struct spec_node *other)
{
	return one->ready == other->ready &&
	       one->listen.port == other->listen.port &&
	       one->listen.any_host == other->listen.any_host &&
	       !memcmp(one->listen.host, other->listen.host,
		       sizeof(one->listen.host)) &&
	       same_text(one->listen.text, other->listen.text);
}

static bool same_args(const struct spec_node *one, const struct spec_node *other)
{
	return same_texts(one->args, other->args);
}

static bool same_environment(const struct spec_node *one,
			     const struct spec_node *other)
{
	return same_texts(one->environment, other->environment);
}

static bool same_connect(const struct spec_node *one,
			 const struct spec_node *other)
{
	return same_texts(one->sandbox.connect, other->sandbox.connect);
}

static bool same_listen(const struct spec_node *one,
			const struct spec_node *other)
{
	return same_texts(one->sandbox.listen, other->sandbox.listen);
}

/* the word has a row already */
static bool same_mode(const struct spec_node *one, const struct spec_node *other)
{
	return !one->sandbox.ports == !other->sandbox.ports;
}

static bool has_ports(const struct spec_ports *ports,
		      const struct spec_ports *other, bool listen)
{
	for (size_t i = 0; ports && i < ports->n; i++) {
		const struct spec_port *port = &ports->ports[i];

		if ((listen ? port->listen : port->connect) &&
		    (!other || !network_spec_has_port(other, port->number,
						      listen)))
			return false;
	}
	return true;
}

static bool same_ports(const struct spec_node *one, const struct spec_node *other,
		       bool listen)
{
	const struct spec_ports *a = one->sandbox.ports;
	const struct spec_ports *b = other->sandbox.ports;

	return has_ports(a, b, listen) && has_ports(b, a, listen);
}

static bool same_connect_ports(const struct spec_node *one,
			       const struct spec_node *other)
{
	return same_ports(one, other, false);
}

static bool same_listen_ports(const struct spec_node *one,
			      const struct spec_node *other)
{
	return same_ports(one, other, true);
}

static bool same_read(const struct spec_node *one, const struct spec_node *other)
{
	return same_texts(one->sandbox.read, other->sandbox.read);
}

static bool same_execute(const struct spec_node *one,
			 const struct spec_node *other)
{
	return same_texts(one->sandbox.execute, other->sandbox.execute);
}

static bool same_write(const struct spec_node *one,
		       const struct spec_node *other)
{
	return same_texts(one->sandbox.write, other->sandbox.write);
}

static bool same_devices(const struct spec_node *one,
			 const struct spec_node *other)
{
	return same_texts(one->sandbox.devices, other->sandbox.devices);
}

static bool same_state(const struct spec_node *one,
		       const struct spec_node *other)
{
	return same_text(one->sandbox.state, other->sandbox.state);
}

static bool same_io(const struct spec_node *one, const struct spec_node *other)
{
	const struct spec_sandbox *a = &one->sandbox, *b = &other->sandbox;

	if (a->n_io != b->n_io)
		return false;
	for (size_t i = 0; i < a->n_io; i++)
		if (a->io[i].bytes != b->io[i].bytes ||
		    strcmp(a->io[i].device, b->io[i].device))
			return false;
	return true;
}

static bool same_syscalls(const struct spec_node *one,
			  const struct spec_node *other)
{
	return same_texts(one->sandbox.syscalls, other->sandbox.syscalls);
}

static bool is_of_many(const struct spec_node *node)
{
	return node->is_template || class_of(node);
}

/* it says of instances and of what is spawned how they are forked, and of nobody else
 * anything */
static bool same_isolate(const struct spec_node *one,
			 const struct spec_node *other)
{
	return one->isolate == other->isolate ||
	       !(is_of_many(one) || is_of_many(other));
}

static bool has_ref(const struct spec_node *node, const struct spec_ref *ref)
{
	for (size_t i = 0; i < node->n_refs; i++)
		if (same_text(node->refs[i].name, ref->name) &&
		    same_text(node->refs[i].path, ref->path))
			return true;
	return false;
}

/* their order means nothing, and none is there twice */
static bool same_refs(const struct spec_node *one, const struct spec_node *other)
{
	if (one->n_refs != other->n_refs)
		return false;
	for (size_t i = 0; i < one->n_refs; i++)
		if (!(same_text(one->refs[i].name, other->refs[i].name) &&
		      same_text(one->refs[i].path, other->refs[i].path)) &&
		    !has_ref(other, &one->refs[i]))
			return false;
	return true;
}

static bool same_exit_with(const struct spec_node *one,
			   const struct spec_node *other)
{
	return same_text(one->exit_with.path, other->exit_with.path);
}

/* that of the system's node follows from its auto_shutdown */
static bool same_restart(const struct spec_node *one,
			 const struct spec_node *other)
{
	return !one->parent || one->restart == other->restart;
}

static bool same_factor(const struct spec_node *one,
			const struct spec_node *other)
{
	return one->backoff.set == other->backoff.set &&
	       !(one->backoff.factor < other->backoff.factor) &&
	       !(one->backoff.factor > other->backoff.factor);
}

static bool same_directive(const struct spec_directive_row *one,
			   const struct spec_directive_row *other)
{
	return one->directive == other->directive &&
	       one->pattern.whole == other->pattern.whole &&
	       one->pattern.cause.kind == other->pattern.cause.kind &&
	       one->pattern.cause.number == other->pattern.cause.number &&
	       !strcmp(one->pattern.cause.text, other->pattern.cause.text);
}

/* what the file says, whether it is in force yet or not */
static const struct spec_directive_row *
declared_directives(const struct spec_node *node, size_t *ret_n)
{
	*ret_n = node->later ? node->later->n_directives : node->n_directives;
	return node->later ? node->later->directives : node->directives;
}

/* the first that matches counts, so their order means something */
static bool same_directives(const struct spec_node *one,
			    const struct spec_node *other)
{
	size_t n, n_other;
	const struct spec_directive_row *rows = declared_directives(one, &n);
	const struct spec_directive_row *others =
		declared_directives(other, &n_other);

	for (size_t i = 0; i < n && i < n_other; i++)
		if (!same_directive(&rows[i], &others[i]))
			return false;
	return n == n_other;
}

/* clang-format off */
#define FIXED(member) {							\
	.of_node = offsetof(struct spec_node, member),			\
	.of_later = offsetof(struct spec_later, member),		\
	.n_bytes = sizeof(((struct spec_later *)NULL)->member) }
/* clang-format on */

static const struct reload_fixed fixed[] = {
	FIXED(strategy),
	FIXED(require),
	FIXED(learning),
};

#define N_FIXED (sizeof(fixed) / sizeof(fixed[0]))

const struct reload_fixed *reload_fixed(size_t number)
{
	return number < N_FIXED ? &fixed[number] : NULL;
}

/* the member at @offset, as the file says it */
static const void *declared(const struct spec_node *node, size_t offset)
{
	for (size_t i = 0; node->later && i < N_FIXED; i++)
		if (fixed[i].of_node == offset)
			return (const char *)node->later + fixed[i].of_later;
	return (const char *)node + offset;
}

static bool same_declared(const struct spec_node *one,
			  const struct spec_node *other, size_t offset,
			  size_t n_bytes)
{
	return !memcmp(declared(one, offset), declared(other, offset), n_bytes);
}

bool reload_same_later(const struct spec_node *one,
		       const struct spec_node *other)
{
	for (size_t i = 0; i < N_FIXED; i++)
		if (!same_declared(one, other, fixed[i].of_node,
				   fixed[i].n_bytes))
			return false;
	return same_directives(one, other);
}

struct spec_node reload_in_force(const struct spec_node *node)
{
	struct spec_node in_force = *node;

	in_force.later = NULL;
	return in_force;
}

static const struct spec_node *counterpart(const struct spec_node *node,
					   const struct spec_node *other_parent)
{
	for (size_t i = 0; i < other_parent->n_children; i++)
		if (!strcmp(other_parent->children[i]->name, node->name))
			return other_parent->children[i];
	return NULL;
}

/* of those that are in both; who comes and goes has steps of its own */
static bool same_order(const struct spec_node *one,
		       const struct spec_node *other)
{
	size_t at = 0;

	for (size_t i = 0; i < one->n_children; i++) {
		if (!counterpart(one->children[i], other))
			continue;
		while (!counterpart(other->children[at], one))
			at++;
		if (strcmp(one->children[i]->name, other->children[at]->name))
			return false;
		at++;
	}
	return true;
}

/* what is made of a template has its number, and no use for it */
static bool same_max(const struct spec_node *one, const struct spec_node *other)
{
	return !one->is_template || one->template_max == other->template_max;
}

static bool same_templates(const struct spec_node *one,
			   const struct spec_node *other);

/* ---- what follows from it ---- */

/**
 * struct rule - a row
 * @what: of an actor or supervisor
 * @of_program: of a program
 * @same: how two values are compared; NULL: as @size bytes at @offset
 */
struct rule {
	struct reload_key key;
	enum reload_what what;
	enum reload_what of_program;
	bool (*same)(const struct spec_node *one,
		     const struct spec_node *other);
	size_t offset;
	size_t size;
};

#define KEY(table_, name_, shown_)					\
	.key = { .table = &(table_), .name = (name_), .shown = (shown_) }
#define VALUE(member)							\
	.offset = offsetof(struct spec_node, member),			\
	.size = sizeof(((struct spec_node *)NULL)->member)
#define ALWAYS(effect) .what = (effect), .of_program = (effect)

/* clang-format off */
static const struct rule rules[] = {
	{ KEY(keys_of_system, "shutdown_timeout", "shutdown_timeout"),
	  ALWAYS(RELOAD_CHANGE), VALUE(shutdown_timeout_ns) },
	{ KEY(keys_of_system, "exit_with", "exit_with"),
	  ALWAYS(RELOAD_CHANGE), .same = same_exit_with },
	{ KEY(keys_of_system, "require", "require"),
	  ALWAYS(RELOAD_LATER), VALUE(require) },
	{ KEY(keys_of_system, "learning", "learning"),
	  ALWAYS(RELOAD_LATER), VALUE(learning) },
	{ KEY(keys_of_supervisor, "strategy", "strategy"),
	  ALWAYS(RELOAD_LATER), VALUE(strategy) },
	{ KEY(keys_of_intensity, "restarts", "intensity.restarts"),
	  ALWAYS(RELOAD_CHANGE), VALUE(intensity.restarts) },
	{ KEY(keys_of_intensity, "period", "intensity.period"),
	  ALWAYS(RELOAD_CHANGE), VALUE(intensity.period_ns) },
	{ KEY(keys_of_intensity, "scope", "intensity.scope"),
	  ALWAYS(RELOAD_CHANGE), VALUE(intensity.scope) },
	{ KEY(keys_of_supervisor, "auto_shutdown", "auto_shutdown"),
	  ALWAYS(RELOAD_CHANGE), VALUE(auto_shutdown) },
	{ KEY(keys_of_supervisor, "start_order", "start_order"),
	  ALWAYS(RELOAD_CHANGE), VALUE(start_order) },
	{ KEY(keys_of_supervisor, "children", "children"),
	  ALWAYS(RELOAD_CHANGE), .same = same_order },
	{ KEY(keys_of_supervisor, "templates", "templates"),
	  ALWAYS(RELOAD_CHANGE), .same = same_templates },
	{ KEY(keys_of_child, "restart", "restart"),
	  ALWAYS(RELOAD_CHANGE), .same = same_restart },
	{ KEY(keys_of_child, "start_timeout", "start_timeout"),
	  ALWAYS(RELOAD_CHANGE), VALUE(start_timeout_ns) },
	{ KEY(keys_of_child, "stop_timeout", "stop_timeout"),
	  ALWAYS(RELOAD_CHANGE), VALUE(stop_timeout_ns) },
	{ KEY(keys_of_backoff, "min", "backoff.min"),
	  ALWAYS(RELOAD_CHANGE), VALUE(backoff.min_ns) },
	{ KEY(keys_of_backoff, "factor", "backoff.factor"),
	  ALWAYS(RELOAD_CHANGE), .same = same_factor },
	{ KEY(keys_of_backoff, "max", "backoff.max"),
	  ALWAYS(RELOAD_CHANGE), VALUE(backoff.max_ns) },
	{ KEY(keys_of_backoff, "stable_after", "backoff.stable_after"),
	  ALWAYS(RELOAD_CHANGE), VALUE(backoff.stable_after_ns) },
	{ KEY(keys_of_child, "directives", "directives"),
	  ALWAYS(RELOAD_LATER), .same = same_directives },
	{ KEY(keys_of_child, "significant", "significant"),
	  ALWAYS(RELOAD_CHANGE), VALUE(significant) },
	{ KEY(keys_of_template, "max", "max"),
	  ALWAYS(RELOAD_CHANGE), .same = same_max },
	{ KEY(keys_of_actor, "exec", "exec"),
	  ALWAYS(RELOAD_RESTART), .same = same_exec },
	{ KEY(keys_of_actor, "kind", "kind"),
	  ALWAYS(RELOAD_STOP), VALUE(kind) },
	{ KEY(keys_of_actor, "ready", "ready"),
	  ALWAYS(RELOAD_CHANGE), .same = same_ready },
	{ KEY(keys_of_actor, "args", "args"),
	  ALWAYS(RELOAD_RESTART), .same = same_args },
	{ KEY(keys_of_actor, "environment", "environment"),
	  ALWAYS(RELOAD_RESTART), .same = same_environment },
	{ KEY(keys_of_actor, "refs", "refs"),
	  ALWAYS(RELOAD_RESTART), .same = same_refs },
	{ KEY(keys_of_sandbox, "network", "sandbox.network"),
	  ALWAYS(RELOAD_RESTART), VALUE(sandbox.network) },
	{ KEY(keys_of_network, "connect", "network.connect"),
	  ALWAYS(RELOAD_RESTART), .same = same_connect },
	{ KEY(keys_of_network, "listen", "network.listen"),
	  ALWAYS(RELOAD_RESTART), .same = same_listen },
	{ KEY(keys_of_network, "mode", "network.mode"),
	  ALWAYS(RELOAD_RESTART), .same = same_mode },
	{ KEY(keys_of_network, "connect_ports", "network.connect_ports"),
	  ALWAYS(RELOAD_RESTART), .same = same_connect_ports },
	{ KEY(keys_of_network, "listen_ports", "network.listen_ports"),
	  ALWAYS(RELOAD_RESTART), .same = same_listen_ports },
	{ KEY(keys_of_sandbox, "read", "sandbox.read"),
	  ALWAYS(RELOAD_RESTART), .same = same_read },
	{ KEY(keys_of_sandbox, "execute", "sandbox.execute"),
	  ALWAYS(RELOAD_RESTART), .same = same_execute },
	{ KEY(keys_of_sandbox, "write", "sandbox.write"),
	  ALWAYS(RELOAD_RESTART), .same = same_write },
	{ KEY(keys_of_sandbox, "memfd", "sandbox.memfd"),
	  ALWAYS(RELOAD_RESTART), VALUE(sandbox.memfd) },
	{ KEY(keys_of_sandbox, "memory", "sandbox.memory"),
	  ALWAYS(RELOAD_RESTART), VALUE(sandbox.memory_bytes) },
	{ KEY(keys_of_sandbox, "pids", "sandbox.pids"),
	  ALWAYS(RELOAD_RESTART), VALUE(sandbox.pids) },
	{ KEY(keys_of_sandbox, "cpu", "sandbox.cpu"),
	  ALWAYS(RELOAD_RESTART), VALUE(sandbox.cpu_percent) },
	{ KEY(keys_of_sandbox, "syscalls", "sandbox.syscalls"),
	  ALWAYS(RELOAD_RESTART), .same = same_syscalls },
	{ KEY(keys_of_mailbox, "bytes", "mailbox.bytes"),
	  ALWAYS(RELOAD_RESTART), VALUE(mailbox_bytes) },
	{ KEY(keys_of_mailbox, "messages", "mailbox.messages"),
	  ALWAYS(RELOAD_RESTART), VALUE(mailbox_messages) },
	{ KEY(keys_of_mailbox, "per_edge", "mailbox.per_edge"),
	  ALWAYS(RELOAD_RESTART), VALUE(mailbox_per_edge) },
	/* senders hear of it with their edge */
	{ KEY(keys_of_mailbox, "overflow", "mailbox.overflow"),
	  ALWAYS(RELOAD_CHANGE), VALUE(mailbox_overflow) },
	{ KEY(keys_of_mailbox, "kind", "mailbox.kind"),
	  ALWAYS(RELOAD_RESTART), VALUE(mailbox_kind) },
	{ KEY(keys_of_mailbox, "stash", "mailbox.stash"),
	  ALWAYS(RELOAD_RESTART), VALUE(mailbox_stash) },
	{ KEY(keys_of_mailbox, "payload", "mailbox.payload"),
	  ALWAYS(RELOAD_RESTART), VALUE(mailbox_payload) },
	/* what is under way was sent as its edge allowed: edges are made anew */
	{ KEY(keys_of_mailbox, "descriptors", "mailbox.descriptors"),
	  ALWAYS(RELOAD_STOP), VALUE(mailbox_descriptors) },
	{ KEY(keys_of_actor, "redeliver", "redeliver"),
	  ALWAYS(RELOAD_CHANGE), VALUE(redeliver) },
	{ KEY(keys_of_actor, "activation", "activation"),
	  ALWAYS(RELOAD_CHANGE), VALUE(activation) },
	{ KEY(keys_of_actor, "isolate", "isolate"),
	  ALWAYS(RELOAD_RESTART), .same = same_isolate },
	{ KEY(keys_of_actor, "standby", "standby"),
	  ALWAYS(RELOAD_CHANGE), VALUE(standby) },
	{ KEY(keys_of_actor, "idle_stop", "idle_stop"),
	  ALWAYS(RELOAD_RESTART), VALUE(idle_stop_ns) },
	/* a program has it in its environment */
	{ KEY(keys_of_watchdog, "loop", "watchdog.loop"),
	  .what = RELOAD_CHANGE, .of_program = RELOAD_RESTART,
	  VALUE(watchdog.loop_ns) },
	{ KEY(keys_of_watchdog, "message", "watchdog.message"),
	  ALWAYS(RELOAD_CHANGE), VALUE(watchdog.message_ns) },
	{ KEY(keys_of_watchdog, "misses", "watchdog.misses"),
	  ALWAYS(RELOAD_CHANGE), VALUE(watchdog.misses) },
	{ KEY(keys_of_actor, "may_exceed", "may_exceed"),
	  ALWAYS(RELOAD_CHANGE), VALUE(may_exceed) },
	/* a file in which it does not add up is refused, and that is all */
	{ KEY(keys_of_budget, "memory", "budget.memory"),
	  ALWAYS(RELOAD_CHANGE), VALUE(budget.memory_bytes) },
	{ KEY(keys_of_budget, "pids", "budget.pids"),
	  ALWAYS(RELOAD_CHANGE), VALUE(budget.pids) },
	{ KEY(keys_of_budget, "cpu", "budget.cpu"),
	  ALWAYS(RELOAD_CHANGE), VALUE(budget.cpu_percent) },
	{ KEY(keys_of_sandbox, "io", "sandbox.io"),
	  ALWAYS(RELOAD_RESTART), .same = same_io },
	{ KEY(keys_of_sandbox, "devices", "sandbox.devices"),
	  ALWAYS(RELOAD_RESTART), .same = same_devices },
	{ KEY(keys_of_sandbox, "scratch", "sandbox.scratch"),
	  ALWAYS(RELOAD_RESTART), VALUE(sandbox.scratch_bytes) },
	{ KEY(keys_of_sandbox, "state", "sandbox.state"),
	  ALWAYS(RELOAD_RESTART), .same = same_state },
};
/* clang-format on */

#define N_RULES (sizeof(rules) / sizeof(rules[0]))
_Static_assert(N_RULES <= RELOAD_KEYS_MAX, "a bit for each");

const struct reload_key *reload_key(unsigned int number)
{
	return number < N_RULES ? &rules[number].key : NULL;
}

static enum reload_what effect(const struct rule *rule, enum spec_kind kind)
{
	return kind == SPEC_PROGRAM ? rule->of_program : rule->what;
}

enum reload_what reload_key_effect(unsigned int number, enum spec_kind kind)
{
	return effect(&rules[number], kind);
}

static bool is_same(const struct rule *rule, const struct spec_node *one,
		    const struct spec_node *other)
{
	if (rule->same)
		return rule->same(one, other);
	return same_declared(one, other, rule->offset, rule->size);
}

#define NO_KEYS ((struct reload_keys){ .words = { 0 } })

static void add_key(struct reload_keys *keys, size_t number)
{
	keys->words[number / 64] |= UINT64_C(1) << number % 64;
}

static bool has_key(const struct reload_keys *keys, size_t number)
{
	return keys->words[number / 64] >> number % 64 & 1;
}

static struct reload_keys both(struct reload_keys one, struct reload_keys other)
{
	for (size_t i = 0; i < RELOAD_KEYS_MAX / 64; i++)
		one.words[i] |= other.words[i];
	return one;
}

static struct reload_keys without(struct reload_keys keys,
				  struct reload_keys these)
{
	for (size_t i = 0; i < RELOAD_KEYS_MAX / 64; i++)
		keys.words[i] &= ~these.words[i];
	return keys;
}

bool reload_has_key(const struct reload_step *step, unsigned int number)
{
	return has_key(&step->keys, number);
}

bool reload_has_keys(const struct reload_step *step)
{
	for (size_t i = 0; i < RELOAD_KEYS_MAX / 64; i++)
		if (step->keys.words[i])
			return true;
	return false;
}

static bool differs_in(const struct rule *rule, const struct spec_node *old,
		       const struct spec_node *new, enum reload_what what)
{
	return effect(rule, new->kind) == what && !is_same(rule, old, new);
}

static bool differs(const struct spec_node *old, const struct spec_node *new,
		    enum reload_what what)
{
	for (size_t i = 0; i < N_RULES; i++)
		if (differs_in(&rules[i], old, new, what))
			return true;
	return false;
}

/* the keys that differ, and do that */
static struct reload_keys differences(const struct spec_node *old,
				      const struct spec_node *new,
				      enum reload_what what)
{
	struct reload_keys keys = NO_KEYS;

	for (size_t i = 0; i < N_RULES; i++)
		if (differs_in(&rules[i], old, new, what))
			add_key(&keys, i);
	return keys;
}

static bool same_templates(const struct spec_node *one,
			   const struct spec_node *other)
{
	if (one->n_templates != other->n_templates)
		return false;
	for (size_t i = 0; i < one->n_templates; i++) {
		const struct spec_node *a = one->templates[i];
		const struct spec_node *b = other->templates[i];

		if (strcmp(a->name, b->name))
			return false;
		for (enum reload_what what = 0; what < N_RELOADS; what++)
			if (differs(a, b, what))
				return false;
	}
	return true;
}

/* ---- two nodes of one path ---- */

/* what it is, which no life of it can change; NULL: that is the same */
static const char *why_another(const struct spec_node *old,
			       const struct spec_node *new)
{
	if (spec_is_supervisor(old) != spec_is_supervisor(new))
		return spec_is_supervisor(new) ? "it has children now" :
						 "it has no children any more";
	if (!old->exec != !new->exec)
		return new->exec ? "it has a head now" :
				   "it has no head any more";
	if (!old->template != !new->template)
		return new->template ? "it is no child of the file any more" :
				       "it is a child of the file now";
	if (old->template && strcmp(old->template->name, new->template->name))
		return "it is made of another template";
	return NULL;
}

static bool is_replaced(const struct spec_node *old, const struct spec_node *new)
{
	return why_another(old, new) || differs(old, new, RELOAD_STOP);
}

bool reload_goes_on(const struct spec_node *old, const struct spec_node *new)
{
	return old && new && !is_replaced(old, new);
}

/* ---- the plan ---- */

/** struct making - a plan that is being made */
struct making {
	struct reload_plan *plan;
	int error;
};

static void add(struct making *m, const struct reload_step *step)
{
	struct reload_plan *plan = m->plan;
	struct reload_step *more;

	if (plan->n_steps == plan->room) {
		plan->room = 2 * plan->room + 16;
		more = reallocarray(plan->steps, plan->room, sizeof(*more));
		if (!more) {
			plan->room = plan->n_steps;
			m->error = -ENOMEM;
			return;
		}
		plan->steps = more;
	}
	plan->steps[plan->n_steps++] = *step;
}

/* what is below ends with it */
static void stop_all(struct making *m, const struct spec_node *node,
		     const struct reload_step *top)
{
	struct reload_step step = *top;

	for (size_t i = node->n_children; i-- > 0;) {
		step.within = true;
		step.keys = NO_KEYS;
		step.why = "its supervisor stops";
		step.path = node->children[i]->path;
		stop_all(m, node->children[i], &step);
	}
	add(m, top);
}

static const char *why_gone(const struct spec_node *node)
{
	if (node->template)
		return "its template is not in the file any more";
	return "it is not in the file any more";
}

/* its head remembers no child that it had */
static void stop_spawned(struct making *m, const struct spec_node *node)
{
	const struct reload_step step = {
		.what = RELOAD_STOP,
		.path = node->path,
		.why = "its head is started anew",
		.within = true,
	};

	if (node->template)
		add(m, &step);
}

static bool is_restarted(const struct spec_node *old,
			 const struct spec_node *new)
{
	return new->exec && differs(old, new, RELOAD_RESTART);
}

static void plan_stops(struct making *m, const struct spec_node *old,
		       const struct spec_node *new, bool within)
{
	bool restarts = within || is_restarted(old, new);

	for (size_t i = old->n_children; i-- > 0;) {
		const struct spec_node *child = old->children[i];
		const struct spec_node *next = counterpart(child, new);
		struct reload_step step = {
			.what = RELOAD_STOP,
			.path = child->path,
		};

		if (reload_goes_on(child, next)) {
			if (restarts && new->exec)
				stop_spawned(m, child);
			plan_stops(m, child, next, restarts);
			continue;
		}
		step.keys = next ? differences(child, next, RELOAD_STOP) :
				   NO_KEYS;
		step.why = next ? why_another(child, next) : why_gone(child);
		stop_all(m, child, &step);
	}
}

static void start_all(struct making *m, const struct spec_node *node,
		      const char *why, bool within)
{
	const struct reload_step step = {
		.what = RELOAD_START,
		.path = node->path,
		.why = why,
		.within = within,
	};

	add(m, &step);
	for (size_t i = 0; i < node->n_children; i++)
		start_all(m, node->children[i], "its supervisor starts", true);
}

static void add_keys(struct making *m, const struct spec_node *node,
		     enum reload_what what, struct reload_keys keys,
		     const char *why)
{
	const struct reload_step step = {
		.what = what,
		.path = node->path,
		.keys = keys,
		.why = why,
	};

	if (reload_has_keys(&step))
		add(m, &step);
}

static struct reload_keys strategy_of(struct reload_keys keys)
{
	struct reload_keys strategy = NO_KEYS;

	for (size_t i = 0; i < N_RULES; i++)
		if (rules[i].offset == offsetof(struct spec_node, strategy) &&
		    has_key(&keys, i))
			add_key(&strategy, i);
	return strategy;
}

static void plan_node(struct making *m, const struct spec_node *old,
		      const struct spec_node *new, bool within);

static void plan_child(struct making *m, const struct spec_node *old_parent,
		       const struct spec_node *child, bool within)
{
	const struct spec_node *before = counterpart(child, old_parent);

	if (reload_goes_on(before, child))
		plan_node(m, before, child, within);
	else
		start_all(m, child, before ? "in the place of what stopped" :
			  "it is new", within);
}

/* what the file says and is not in force, since this reload or one before */
static struct reload_keys pending(const struct spec_node *old,
				  const struct spec_node *new)
{
	struct spec_node in_force = reload_in_force(old);

	return differences(&in_force, new, RELOAD_LATER);
}

/* @within: the process of a supervisor above is another one */
static void plan_node(struct making *m, const struct spec_node *old,
		      const struct spec_node *new, bool within)
{
	struct reload_keys later = pending(old, new), now = NO_KEYS;
	/* as it is in force again: what was to come does not */
	struct reload_keys back = without(differences(old, new, RELOAD_LATER),
					  later);
	bool restarts = is_restarted(old, new);
	struct reload_step step = {
		.what = RELOAD_RESTART,
		.path = new->path,
		.why = within ? "the head above it is started anew" : NULL,
		.within = within,
	};

	if (within)
		now = later;
	else if (restarts)	/* its own process, if it has one */
		now = strategy_of(later);
	add_keys(m, new, RELOAD_CHANGE,
		 both(differences(old, new, RELOAD_CHANGE), back), NULL);
	add_keys(m, new, RELOAD_LATER, without(later, now),
		 "fixed at its start: in force when it begins anew");
	step.keys = both(now, differences(old, new, RELOAD_RESTART));
	if (restarts || within)
		add(m, &step);
	for (size_t i = 0; i < new->n_children; i++)
		/* those of a head that begins anew have ended */
		if (!((restarts || within) && new->exec &&
		      new->children[i]->template))
			plan_child(m, old, new->children[i], within || restarts);
}

int reload_plan(const struct spec_node *old, const struct spec_node *new,
		struct reload_plan *ret)
{
	struct making m = { .plan = ret };

	*ret = (struct reload_plan){ .n_steps = 0 };
	plan_stops(&m, old, new, false);
	plan_node(&m, old, new, false);
	if (m.error < 0)
		reload_plan_clear(ret);
	return m.error;
}

void reload_plan_clear(struct reload_plan *plan)
{
	free(plan->steps);
	*plan = (struct reload_plan){ .n_steps = 0 };
}

const struct reload_step *reload_step_of(const struct reload_plan *plan,
					 enum reload_what what,
					 const char *path)
{
	for (size_t i = 0; i < plan->n_steps; i++)
		if (plan->steps[i].what == what &&
		    !strcmp(plan->steps[i].path, path))
			return &plan->steps[i];
	return NULL;
}
