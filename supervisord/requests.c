/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * requests.c - the verbs of actorctl, at the supervisor whose child is meant.
 *
 * Requests come down the tree from the root as REQUEST, with an id of the
 * root's. Answers go up as any number of ROW and one DONE for each supervisor
 * that was asked; DONE says how many more were. Supervisors on the way keep
 * nothing.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libactorproc/path.h"
#include "supervisord/act/depth.h"
#include "supervisord/act/mailbox.h"
#include "supervisord/act/sandbox_profile.h"
#include "supervisord/breakpoint.h"
#include "supervisord/cgroups.h"
#include "supervisord/config/network_spec.h"
#include "supervisord/config/values.h"
#include "supervisord/decide/attempt.h"
#include "supervisord/decide/folder_name.h"
#include "supervisord/decide/network.h"
#include "supervisord/lessons.h"
#include "supervisord/measures.h"
#include "supervisord/nursery.h"
#include "supervisord/order.h"
#include "supervisord/questions.h"
#include "supervisord/reexec.h"
#include "supervisord/spare.h"
#include "supervisord/supervisor.h"
#include "supervisord/tally.h"
#include "supervisord/upgrades.h"
#include "supervisord/zygotes.h"

#define ROW_BYTES 8192

/* ---- answers, on their way up ---- */

void requests_row(struct supervisor *s, struct fields_writer *row,
		  const int *fds, size_t n_fds)
{
	struct fields f;

	if (!supervisor_is_root(s))
		link_send(s->parent, row, fds, n_fds);
	else if (!row->overflow &&
		 fields_parse(&f, row->buffer, row->length_bytes) == 0)
		questions_row(s, &f, fds, n_fds);
}

void requests_done(struct supervisor *s, uint64_t request, int error,
		   const char *text, unsigned int n_forwarded)
{
	char bytes[1024];
	struct fields_writer w;

	if (supervisor_is_root(s)) {
		questions_done(s, request, error, text, n_forwarded);
		return;
	}
	BREAKPOINT("verb: done, not answered");
	fields_begin(&w, bytes, sizeof(bytes), "DONE");
	fields_put_u64(&w, "ID", request);
	fields_put_u64(&w, "ERRNO", (uint64_t)(error < 0 ? -error : error));
	fields_put(&w, "TEXT", text);
	fields_put_u64(&w, "FORWARDED", n_forwarded);
	link_send(s->parent, &w, NULL, 0);
}

static uint64_t get_u64(const struct fields *f, const char *name)
{
	uint64_t number = 0;

	fields_get_u64(f, name, &number);
	return number;
}

/* each answer can say that there will be more */
static void forwarded_end(struct child *c, uint64_t request, unsigned int n_more)
{
	struct forwarded **at = &c->forwarded, *found;

	while (*at && (*at)->request != request)
		at = &(*at)->next;
	found = *at;
	if (!found)
		return;
	found->n += n_more;
	if (--found->n > 0)
		return;
	*at = found->next;
	free(found);
}

void requests_orphaned(struct child *c)
{
	struct forwarded *f;

	while ((f = c->forwarded)) {
		c->forwarded = f->next;
		for (; f->n > 1; f->n--)
			requests_done(c->supervisor, f->request, 0, NULL, 0);
		requests_done(c->supervisor, f->request,
			      f->best_effort ? 0 : -EAGAIN,
			      "its supervisor died meanwhile; look first",
			      0);
		free(f);
	}
}

void requests_relay(struct child *c, struct control_message *m)
{
	struct supervisor *s = c->supervisor;
	struct fields_writer w = {
		.buffer = m->bytes,
		.size_bytes = sizeof(m->bytes),
	};
	const struct fields *f = &m->fields;

	if ((strcmp(f->verb, "ROW") && strcmp(f->verb, "DONE")) || f->n == 0)
		return;
	if (!strcmp(f->verb, "DONE"))
		forwarded_end(c, get_u64(f, "ID"),
			      (unsigned int)get_u64(f, "FORWARDED"));
	if (!supervisor_is_root(s)) {
		w.length_bytes = (size_t)(f->entry[f->n - 1] - m->bytes) +
				 strlen(f->entry[f->n - 1]) + 1;
		link_send(s->parent, &w, m->fds, m->n_fds);
	} else if (!strcmp(f->verb, "ROW")) {
		questions_row(s, f, m->fds, m->n_fds);
	} else {
		questions_done(s, get_u64(f, "ID"), -(int)get_u64(f, "ERRNO"),
			  fields_get(f, "TEXT"),
			  (unsigned int)get_u64(f, "FORWARDED"));
	}
}

/* ---- rows ---- */

static uint64_t depth_of_child(const struct child *c)
{
	const struct custody *custody = &c->supervisor->custody;
	const struct custody_mailbox *m;
	size_t n_taken = 0;
	uint64_t n = 0;

	for (size_t i = 0; i < custody->n_edges; i++)
		if (custody->edges[i]->target_at == c->place &&
		    custody->edges[i]->target_fd >= 0)
			n += depth_of(custody->edges[i]->target_fd);
	m = custody_mailbox(custody, c->node->path);
	if (m)
		mailbox_waiting(m->arena_fd, &n_taken);
	return n + n_taken;
}

static const char *state_word(const struct child *c)
{
	if (c->state == CHILD_WAITING &&
	    c->delay_until_ns <= supervisor_now_ns())
		return "starting";	/* its turn has not come */
	if (c->state == CHILD_STOPPED && c->living)
		return "failed";	/* being judged */
	if (c->state == CHILD_IDLE && c->paused)
		return "paused";
	return child_state_word(c->state);
}

static void row_begin(struct fields_writer *w, char *bytes, uint64_t request,
		      const char *path)
{
	fields_begin(w, bytes, ROW_BYTES, "ROW");
	fields_put_u64(w, "ID", request);
	fields_put(w, "PATH", path);
}

/* of one that lives what it failed of last, and else how its life ended */
static void row_cause(struct fields_writer *w, const struct child *c)
{
	char cause[CAUSE_TEXT_MAX];

	if (c->living)
		fields_put(w, "CAUSE", c->failure);
	else if (c->has_cause)
		fields_put(w, "CAUSE",
			   cause_format(&c->cause, cause, sizeof(cause)));
}

static void row_child(struct fields_writer *w, const struct child *c)
{
	const struct spec_node *node = c->node;
	uint64_t now = supervisor_now_ns();

	fields_put(w, "KIND", c->is_supervisor ? "supervisor" :
		   spec_kind_name(node->kind));
	fields_put(w, "STATE", state_word(c));
	fields_put_u64(w, "GENERATION", c->generation);
	if (c->paused && c->state != CHILD_PAUSED)
		fields_put(w, "PAUSED", "true");
	if (c->life)
		fields_put_u64(w, "LIFE", c->life);
	fields_put(w, "RESTART", spec_restart_name(node->restart));
	if (!c->is_supervisor && node->kind == SPEC_ACTOR)
		fields_put_u64(w, "MAILBOX", depth_of_child(c));
	row_cause(w, c);
	if (c->state == CHILD_WAITING && c->delay_until_ns > now)
		fields_put_u64(w, "DELAY_MS",
			       (c->delay_until_ns - now) / 1000000);
	if (c->status && child_state_has_process(c->state))
		fields_put(w, "STATUS", c->status);
	if (c->was_ready && child_state_has_process(c->state))
		fields_put_u64(w, "UPTIME_MS", (now - c->ready_ns) / 1000000);
}

static void put_list(struct fields_writer *w, const char *name,
		     char *const *list)
{
	char text[2048] = "";
	size_t n = 0, room;

	for (; list && *list; list++) {
		room = sizeof(text) - n;
		if (strlen(*list) + 2 > room)
			break;
		if (n > 0)
			text[n++] = ' ';
		memcpy(text + n, *list, strlen(*list) + 1);
		n += strlen(*list);
	}
	if (n > 0)
		fields_put(w, name, text);
}

static void row_level(struct fields_writer *w, const struct launch_host *host)
{
	char reasons[LAUNCH_REASONS_BYTES] = "", layers[LAUNCH_LAYERS_BYTES];
	int level = launch_host_level(host, reasons, sizeof(reasons));

	launch_host_layers(host, layers);
	fields_put_u64(w, "LEVEL", (uint64_t)level);
	if (*layers)
		fields_put(w, "DEGRADED", layers);
	if (*reasons)
		fields_put(w, "LOWERED", reasons);
}

static void row_mailbox(struct fields_writer *w, const struct spec_node *node)
{
	fields_put_u64(w, "MAILBOX_BYTES", node->mailbox_bytes);
	fields_put_u64(w, "MAILBOX_MESSAGES", node->mailbox_messages);
	fields_put_u64(w, "MAILBOX_PER_EDGE", node->mailbox_per_edge);
	fields_put(w, "MAILBOX_OVERFLOW",
		   spec_overflow_name(node->mailbox_overflow));
	fields_put(w, "MAILBOX_KIND", spec_mailbox_name(node->mailbox_kind));
	fields_put_u64(w, "MAILBOX_STASH", node->mailbox_stash);
	fields_put_u64(w, "MAILBOX_PAYLOAD", node->mailbox_payload);
	fields_put_u64(w, "MAILBOX_DESCRIPTORS", node->mailbox_descriptors);
}

/* only what is asked for; "lowered" says what of it is not in force */
static void row_share(struct fields_writer *w,
		      const struct spec_sandbox *sandbox)
{
	if (sandbox->memory_bytes)
		fields_put_u64(w, "MEMORY", sandbox->memory_bytes);
	if (sandbox->pids)
		fields_put_u64(w, "PIDS", sandbox->pids);
	if (sandbox->cpu_percent)
		fields_put_u64(w, "CPU_PERCENT", sandbox->cpu_percent);
}

static void row_own(struct fields_writer *w, const struct spec_node *node)
{
	char folder[PATH_MAX];

	if (node->sandbox.scratch_bytes)
		fields_put_u64(w, "SCRATCH", node->sandbox.scratch_bytes);
	if (node->sandbox.state &&
	    folder_name(node, folder, sizeof(folder)) == 0)
		fields_put(w, "STATE_FOLDER", folder);
}

static void row_standby(struct fields_writer *w, const struct child *c,
			const unsigned int stages[static 3])
{
	bool closed = spare_is_closed(c);

	fields_put_u64(w, "STANDBY_CALLS", stages[closed ? 2 : 1]);
	fields_put_u64(w, "STANDBY_STAGE", closed ? 2 : 1);
	fields_put_u64(w, "STANDBY_MDWE", lessons_host(c)->mdwe && closed);
}

static void row_stages(struct fields_writer *w, const struct child *c,
		       const struct sandbox_profile *profile)
{
	const unsigned int stages[] = {
		[1] = sandbox_profile_calls(profile, SANDBOX_FIRST_STAGE),
		[2] = sandbox_profile_calls(profile, SANDBOX_SECOND_STAGE),
	};

	if (child_state_has_process(c->state)) {
		fields_put_u64(w, "CALLS", stages[c->closed ? 2 : 1]);
		fields_put_u64(w, "STAGE", c->closed ? 2 : 1);
	}
	if (!c->forked && spare_pidfd(c) >= 0)
		row_standby(w, c, stages);
}

/* what cannot be seen of a process from outside */
static void row_calls(struct fields_writer *w, const struct child *c)
{
	const struct launch_host *host = lessons_host(c);
	struct sandbox_profile profile = {
		launch_program_profile(c->node), c->node->sandbox.syscalls,
	};
	char words[SANDBOX_PROFILE_BYTES];

	if (c->forked)
		profile.groups |= SANDBOX_ZYGOTE;
	if (launch_program_signals(host, c->node))
		profile.groups |= SANDBOX_SIGNALS;
	if (host->seccomp && !host->learns) {
		fields_put(w, "PROFILE",
			   sandbox_profile_words(profile.groups, words));
		row_stages(w, c, &profile);
		put_list(w, "SYSCALLS", c->node->sandbox.syscalls);
	}
	if (host->learns)
		fields_put_u64(w, "LEARNING", 1);
	fields_put_u64(w, "LANDLOCK", (uint64_t)host->landlock_abi);
	fields_put_u64(w, "MDWE", host->mdwe && c->closed);
}

static void row_watchdog(struct fields_writer *w,
			 const struct spec_watchdog *watchdog)
{
	if (watchdog->loop_ns)
		fields_put_u64(w, "WATCHDOG_LOOP_MS",
			       watchdog->loop_ns / 1000000);
	if (watchdog->message_ns)
		fields_put_u64(w, "WATCHDOG_MESSAGE_MS",
			       watchdog->message_ns / 1000000);
	if (watchdog->loop_ns || watchdog->message_ns)
		fields_put_u64(w, "WATCHDOG_MISSES", watchdog->misses);
}

static void row_ports(struct fields_writer *w, const char *name,
		      const struct spec_ports *ports, bool listen)
{
	char *texts[NETWORK_PORTS_MAX + 1], digits[NETWORK_PORTS_MAX][8];

	if (ports)
		put_list(w, name, network_spec_ports(ports, listen, texts,
						     digits));
}

static void row_network(struct fields_writer *w,
			const struct spec_sandbox *sandbox)
{
	fields_put(w, "NETWORK", spec_network_name(sandbox->network));
	put_list(w, "NETWORK_CONNECT", sandbox->connect);
	put_list(w, "NETWORK_LISTEN", sandbox->listen);
	row_ports(w, "NETWORK_CONNECT_PORTS", sandbox->ports, false);
	row_ports(w, "NETWORK_LISTEN_PORTS", sandbox->ports, true);
}

static void row_details(struct fields_writer *w, const struct child *c)
{
	const struct spec_node *node = c->node;
	char *refs[64];
	size_t n = 0;

	if (spec_is_supervisor(node)) {
		fields_put(w, "STRATEGY", spec_strategy_name(node->strategy));
		fields_put_u64(w, "LIMIT", node->intensity.restarts);
		fields_put_u64(w, "PERIOD_MS",
			       node->intensity.period_ns / 1000000);
		fields_put(w, "SCOPE", spec_scope_name(node->intensity.scope));
		fields_put(w, "START_ORDER",
			   spec_start_order_name(node->start_order));
		fields_put(w, "AUTO_SHUTDOWN",
			   spec_auto_shutdown_name(node->auto_shutdown));
	}
	fields_put(w, "SIGNIFICANT", value_significances.words
		   [node->significant]);
	row_level(w, lessons_host(c));
	if (!node->exec)
		return;
	fields_put(w, "EXEC", node->exec_path ? node->exec_path : node->exec);
	put_list(w, "ARGS", node->args);
	for (size_t i = 0; i < node->n_refs && n < 63; i++)
		refs[n++] = node->refs[i].path;
	refs[n] = NULL;
	put_list(w, "REFS", refs);
	if (node->kind == SPEC_ACTOR)
		row_mailbox(w, node);
	row_network(w, &node->sandbox);
	fields_put_u64(w, "CONNECTIONS", network_n_granted(node));
	put_list(w, "READ", node->sandbox.read);
	put_list(w, "EXECUTE", node->sandbox.execute);
	put_list(w, "WRITE", node->sandbox.write);
	put_list(w, "DEVICES", node->sandbox.devices);
	row_own(w, node);
	row_share(w, &node->sandbox);
	row_calls(w, c);
	fields_put_u64(w, "REDELIVER", node->redeliver);
	row_watchdog(w, &node->watchdog);
	if (node->kind == SPEC_ACTOR)
		fields_put(w, "ACTIVATION",
			   spec_activation_name(node->activation));
	if (node->idle_stop_ns)
		fields_put_u64(w, "IDLE_STOP_MS", node->idle_stop_ns / 1000000);
	fields_put(w, "CLASS", zygotes_word(c));
	if (node->standby)
		fields_put(w, "STANDBY", spare_word(c));
	fields_put_u64(w, "STOP_TIMEOUT_MS", node->stop_timeout_ns / 1000000);
	fields_put_u64(w, "START_TIMEOUT_MS", node->start_timeout_ns / 1000000);
}

static void row_limits(struct fields_writer *w, const struct spec_node *node,
		       unsigned int count)
{
	fields_put(w, "STRATEGY", spec_strategy_name(node->strategy));
	fields_put_u64(w, "COUNT", count);
	fields_put_u64(w, "LIMIT", node->intensity.restarts);
	fields_put_u64(w, "PERIOD_MS", node->intensity.period_ns / 1000000);
	fields_put(w, "SCOPE", spec_scope_name(node->intensity.scope));
}

/* who stands by for it, or who has forked it */
static int other_pidfd(const struct child *c)
{
	return c->forked ? zygotes_pidfd(c) : spare_pidfd(c);
}

static void send_child_row(struct supervisor *s, uint64_t request,
			   const struct child *c, bool details)
{
	const int fds[] = { c->pidfd, details ? other_pidfd(c) : -1 };
	char bytes[ROW_BYTES];
	struct fields_writer w;

	row_begin(&w, bytes, request, c->node->path);
	row_child(&w, c);
	/* a supervisor that runs says so itself */
	if (details)
		row_details(&w, c);
	else if (c->is_supervisor && !c->link)
		row_limits(&w, c->node, 0);
	requests_row(s, &w, fds, fds[0] < 0 ? 0 : fds[1] < 0 ? 1 : 2);
}

static void send_own_row(struct supervisor *s, uint64_t request)
{
	char bytes[ROW_BYTES];
	struct fields_writer w;

	row_begin(&w, bytes, request, s->path);
	row_limits(&w, s->node,
		   supervisor_restarts(s, supervisor_now_ns()));
	if (!s->node->parent)
		row_level(&w, &s->tree->host);
	requests_row(s, &w, NULL, 0);
}

/* ---- verbs ---- */

/* a tree with a hole, a mailbox without a process: both are answers */
static bool is_best_effort(const char *verb)
{
	return !strcmp(verb, "tree") || !strcmp(verb, "reference") ||
	       !strcmp(verb, "mailbox") || !strcmp(verb, "audit") ||
	       !strcmp(verb, "metrics");
}

static void forward(struct child *c, const struct fields *request)
{
	struct forwarded *f = calloc(1, sizeof(*f));
	struct fields_writer w;
	char bytes[ROW_BYTES];

	if (f) {
		f->request = get_u64(request, "ID");
		f->n = 1;
		f->best_effort = is_best_effort(fields_get(request, "VERB"));
		f->next = c->forwarded;
		c->forwarded = f;
	}

	fields_begin(&w, bytes, sizeof(bytes), "REQUEST");
	fields_put_u64(&w, "ID", get_u64(request, "ID"));
	fields_put(&w, "VERB", fields_get(request, "VERB"));
	fields_put(&w, "PATH", fields_get(request, "PATH"));
	fields_put(&w, "TEMPLATE", fields_get(request, "TEMPLATE"));
	fields_put(&w, "NAME", fields_get(request, "NAME"));
	fields_put(&w, "MODE", fields_get(request, "MODE"));
	link_send(c->link, &w, NULL, 0);
}

/* to all supervisors below that are there; returns how many */
static unsigned int spread(struct supervisor *s, const struct fields *request)
{
	unsigned int n_forwarded = 0;
	struct child *c;

	for (size_t i = 0; i < s->n_children; i++) {
		c = s->children[i];
		if (!c->is_supervisor || !c->link)
			continue;
		forward(c, request);
		n_forwarded++;
	}
	return n_forwarded;
}

static void verb_tree(struct supervisor *s, const struct fields *request)
{
	uint64_t id = get_u64(request, "ID");

	if (!supervisor_is_root(s))
		send_own_row(s, id);
	for (size_t i = 0; i < s->n_children; i++)
		send_child_row(s, id, s->children[i], false);
	requests_done(s, id, 0, NULL, spread(s, request));
}

/* an edge has two ends, and another supervisor may have the other */
static void verb_tally(struct supervisor *s, const struct fields *request)
{
	uint64_t id = get_u64(request, "ID");

	tally_rows(s, id, fields_get(request, "PATH"));
	requests_done(s, id, 0, NULL, spread(s, request));
}

static void verb_metrics(struct supervisor *s, const struct fields *request)
{
	const char *mode = fields_get(request, "MODE");
	uint64_t id = get_u64(request, "ID");

	measures_rows(s, id, mode && !strcmp(mode, "instances"));
	requests_done(s, id, 0, NULL, spread(s, request));
}

static void verb_show(struct child *c, uint64_t id)
{
	send_child_row(c->supervisor, id, c, true);
	requests_done(c->supervisor, id, 0, NULL, 0);
}

static void why_rows(struct supervisor *s, const struct history *history,
		     uint64_t id)
{
	char bytes[ROW_BYTES + RECORD_BYTES];
	struct fields_writer w;
	const char *entry;

	notes_catch_up();
	for (const struct decision *d = history->first; d; d = d->next) {
		fields_begin(&w, bytes, sizeof(bytes), "ROW");
		fields_put_u64(&w, "ID", id);
		/* past the verb: the fields, which end with an empty string */
		entry = d->bytes + strlen(d->bytes) + 1;
		for (; *entry; entry += strlen(entry) + 1)
			fields_put_entry(&w, entry);
		requests_row(s, &w, NULL, 0);
	}
}

static void verb_why(struct child *c, uint64_t id)
{
	why_rows(c->supervisor, &c->history, id);
	requests_done(c->supervisor, id, 0, NULL, 0);
}

/* of a node with a head: what its own supervisor knows of that comes behind */
static bool why_goes_on(const struct child *c, const char *verb)
{
	return !strcmp(verb, "why") && c->is_supervisor && c->node->exec &&
	       c->link;
}

/* its node runs, and it may be down: that its own supervisor knows */
static bool start_is_of_head(const struct child *c, const char *verb)
{
	return !strcmp(verb, "start") && c->is_supervisor && c->node->exec &&
	       c->state == CHILD_RUNNING && c->link;
}

static struct waiter *wait_for(struct child *c, uint64_t id,
			       unsigned int until)
{
	struct waiter *waiter = calloc(1, sizeof(*waiter));

	if (!waiter) {
		requests_done(c->supervisor, id, -ENOMEM, NULL, 0);
		return NULL;
	}
	waiter->request = id;
	waiter->until = until;
	waiter->next = c->waiters;
	c->waiters = waiter;
	return waiter;
}

void requests_expect(struct child *c, uint64_t request)
{
	struct forwarded *f = calloc(1, sizeof(*f));

	if (!f)
		return;
	*f = (struct forwarded){
		.next = c->forwarded,
		.request = request,
		.n = 1,
		.best_effort = true,
	};
	c->forwarded = f;
}

bool requests_await_reload(struct child *c, uint64_t request)
{
	struct waiter *waiter = calloc(1, sizeof(*waiter));

	if (!waiter)
		return false;
	*waiter = (struct waiter){
		.next = c->waiters,
		.request = request,
		.until = WAITER_RUNNING,
		.reload = true,
	};
	c->waiters = waiter;
	return true;
}

static void answer_reload(struct child *c, uint64_t request, int error,
			  const char *text)
{
	char bytes[ROW_BYTES];
	struct fields_writer w;

	if (error < 0) {
		row_begin(&w, bytes, request, c->node->path);
		fields_put(&w, "FAILED", text && *text ? text :
			   strerror(-error));
		requests_row(c->supervisor, &w, NULL, 0);
	}
	requests_done(c->supervisor, request, 0, NULL, 0);
}

/* it was the node that was asked: which errno its child has had is in the text */
static void answer_spawn(struct child *c, uint64_t request, int error,
			 const char *text)
{
	char whole[ATTEMPT_TEXT_MAX + PATH_NAME_MAX + sizeof(": ")];

	if (error == 0) {
		send_child_row(c->supervisor, request, c, true);
		requests_done(c->supervisor, request, 0, NULL, 0);
		return;
	}
	snprintf(whole, sizeof(whole), "%s: %s", c->node->name,
		 text ? text : strerror(-error));
	requests_done(c->supervisor, request, -ECANCELED, whole, 0);
}

void requests_wake(struct child *c, unsigned int what, int error,
		   const char *text)
{
	struct waiter **at = &c->waiters, *waiter;

	while ((waiter = *at)) {
		if (!(waiter->until & what)) {
			at = &waiter->next;
			continue;
		}
		*at = waiter->next;
		if (waiter->spawned)
			answer_spawn(c, waiter->request, error, text);
		else if (waiter->reload)
			answer_reload(c, waiter->request, error, text);
		else if (waiter->of_head)
			nursery_answer(c, waiter->request, error);
		else
			requests_done(c->supervisor, waiter->request,
				      waiter->lesson ? 0 : error, text, 0);
		free(waiter);
	}
}

void requests_start_failed(struct child *c, const struct verdict *verdict)
{
	const struct attempt attempt = {
		.cause = &c->cause,
		.text = child_cause_text(c),
		.verdict = verdict,
		.rests = !c->is_supervisor && c->node->kind == SPEC_ACTOR &&
			 c->node->activation == SPEC_ON_MESSAGE,
	};
	char text[ATTEMPT_TEXT_MAX];

	requests_wake(c, WAITER_RUNNING, -ECANCELED,
		      attempt_text(&attempt, text));
}

static void tell_of_wait(const struct child *other, struct child *c,
			 uint64_t request)
{
	uint64_t now = supervisor_now_ns();
	const struct attempt_wait wait = {
		.path = other->node->path,
		.cause = other->has_cause ? &other->cause : NULL,
		.text = child_cause_text(other),
		.delay_ns = other->delay_until_ns > now ?
			    other->delay_until_ns - now : 0,
	};
	char text[ATTEMPT_TEXT_MAX];

	attempt_waits_text(&wait, text);
	if (request)	/* a lesson has begun all the same */
		requests_done(c->supervisor, request,
			      lessons_underway(c) ? 0 : -ECANCELED, text, 0);
	else
		requests_wake(c, WAITER_RUNNING, -ECANCELED, text);
}

void requests_start_waits(const struct child *failed)
{
	const struct supervisor *s = failed->supervisor;

	for (size_t i = 0; i < s->n_children; i++)
		if (s->children[i]->waiters &&
		    !nursery_first_start_fails(s->children[i]) &&
		    order_awaits(s->children[i], failed))
			tell_of_wait(failed, s->children[i], 0);
}

/* before it, and not to be tried again soon; NULL: there is none */
static const struct child *backs_off_before(const struct child *c)
{
	const struct supervisor *s = c->supervisor;
	uint64_t soon = supervisor_now_ns() + REQUESTS_PATIENCE_NS;

	for (size_t i = 0; i < s->n_children; i++)
		if (s->children[i]->delay_until_ns > soon &&
		    s->children[i]->state == CHILD_WAITING &&
		    order_awaits(c, s->children[i]))
			return s->children[i];
	return NULL;
}

static void verb_stop(struct child *c, uint64_t id)
{
	const char *reason = c->supervisor->root ? "shutdown" : "terminated";

	if (!c->living && c->n_ending) {
		c->starts_when_settled = false;
		wait_for(c, id, WAITER_ENDED);
		return;
	}
	if (!c->living) {
		requests_done(c->supervisor, id, -EALREADY,
			      "it is stopped already", 0);
		return;
	}
	if (c->state == CHILD_UNKILLABLE) {
		requests_done(c->supervisor, id, -ETIMEDOUT,
			      "it cannot be killed", 0);
		return;
	}
	wait_for(c, id, WAITER_ENDED);
	supervisor_stop_child(c, PURPOSE_END, reason,
			      ++c->supervisor->last_group);
}

/* not to be kept waiting, but by who has to be there before */
static void wait_for_start(struct child *c, uint64_t id)
{
	const struct child *other = backs_off_before(c);

	if (other)
		tell_of_wait(other, c, id);
	else
		wait_for(c, id, WAITER_RUNNING);
}

/* on its way */
static void start_sooner(struct child *c, uint64_t id)
{
	c->delay_until_ns = 0;
	c->wake = true;
	supervisor_event(c, CHILD_EVENT_WAKE);
	supervisor_step_soon(c->supervisor);
	wait_for_start(c, id);
}

static void verb_start(struct child *c, uint64_t id)
{
	int r;

	if (c->state == CHILD_RUNNING || c->state == CHILD_PAUSED) {
		requests_done(c->supervisor, id, -EALREADY,
			      c->state == CHILD_PAUSED ?
			      "it is paused: unpause it" :
			      "it is running already", 0);
		return;
	}
	if (c->living) {
		start_sooner(c, id);
		return;
	}
	r = supervisor_start_child(c);
	if (r < 0) {
		requests_done(c->supervisor, id, r, r == -EAGAIN ?
			      "its life is just ending" :
			      "its supervisor ends", 0);
		return;
	}
	c->on_trial = true;
	order_join(c);
	wait_for_start(c, id);
}

static void verb_restart(struct child *c, uint64_t id)
{
	if (!child_state_has_process(c->state)) {
		verb_start(c, id);
		return;
	}
	wait_for(c, id, WAITER_RUNNING);
	c->delay_until_ns = 0;
	c->wake = true;
	supervisor_stop_child(c, PURPOSE_RESTART, NULL,
			      ++c->supervisor->last_group);
}

void requests_pass_on(struct child *from, struct child *to)
{
	struct waiter **at = &from->waiters, *waiter;

	while ((waiter = *at)) {
		if (!waiter->upgrade) {
			at = &waiter->next;
			continue;
		}
		*at = waiter->next;
		waiter->next = to->waiters;
		to->waiters = waiter;
	}
}

static void verb_upgrade(struct child *c, uint64_t id)
{
	struct waiter *waiter;
	const char *why;
	int r = upgrades_begin(c, &why);

	if (r < 0) {
		requests_done(c->supervisor, id, r, why, 0);
		return;
	}
	waiter = wait_for(c, id, WAITER_RUNNING);
	if (waiter)
		waiter->upgrade = true;
}

static void verb_learn(struct child *c, uint64_t id)
{
	const char *why;
	int r = lessons_begin(c, &why);

	if (r < 0)
		requests_done(c->supervisor, id, r, why, 0);
	else
		verb_restart(c, id);
	if (r == 0 && !c->living) {	/* and the start was refused */
		child_note(c, "learned", NULL, NULL, "it could not be started");
		lessons_end(c);
	}
	for (struct waiter *w = c->waiters; r == 0 && w; w = w->next)
		w->lesson |= w->request == id;
}

static void verb_learned(struct child *c, uint64_t id)
{
	if (!lessons_underway(c)) {
		requests_done(c->supervisor, id, -EALREADY,
			      "it is not being learned", 0);
		return;
	}
	lessons_rows(c, id);
	requests_done(c->supervisor, id, 0, NULL, 0);
	lessons_over(c, "by hand");
}

static void verb_kill(struct child *c, uint64_t id)
{
	if (!child_state_has_process(c->state)) {
		requests_done(c->supervisor, id, -EALREADY,
			      "it has no process to kill", 0);
		return;
	}
	child_signal(c, SIGKILL);
	requests_done(c->supervisor, id, 0, NULL, 0);
}

static int why_no_pause(const struct child *c, bool paused,
			const char **ret_text)
{
	enum child_event event = paused ? CHILD_EVENT_PAUSE :
					  CHILD_EVENT_UNPAUSE;

	if (!c->living) {
		*ret_text = "it is stopped";
		return -EALREADY;
	}
	if (c->paused == paused) {
		*ret_text = paused ? "it is paused already" :
				     "it is not paused";
		return -EALREADY;
	}
	*ret_text = "it is being stopped or restarted";
	return c->stop_wanted || child_state_step(c->state, event).action ==
	       CHILD_ACTION_REFUSE ? -EBUSY : 0;
}

/* who is about to start, or to end, is seen to when it runs */
static int freeze_or_thaw(struct child *c, bool paused, const char **ret_text)
{
	*ret_text = paused ? "its cgroup cannot be frozen" :
			     "its cgroup cannot be thawed";
	return c->state == CHILD_RUNNING || c->state == CHILD_PAUSED ?
	       cgroups_freeze(c, paused) : 0;
}

static void pause_or_not(struct child *c, uint64_t id, bool paused)
{
	const char *text;
	int r = why_no_pause(c, paused, &text);

	if (r == 0)
		r = freeze_or_thaw(c, paused, &text);
	if (r == 0) {
		supervisor_event(c, paused ? CHILD_EVENT_PAUSE :
					     CHILD_EVENT_UNPAUSE);
		child_note(c, paused ? "paused" : "unpaused", NULL, NULL,
			   "by hand");
	}
	requests_done(c->supervisor, id, r, r == 0 ? NULL : text, 0);
}

static void verb_pause(struct child *c, uint64_t id)
{
	pause_or_not(c, id, true);
}

static void verb_unpause(struct child *c, uint64_t id)
{
	pause_or_not(c, id, false);
}

/* which node it is, the path says: that of the one that has the template */
static void spawn_here(struct supervisor *s, const struct fields *request)
{
	const struct nursery_order order = {
		.template = fields_get(request, "TEMPLATE"),
		.name = fields_get(request, "NAME"),
	};
	uint64_t id = get_u64(request, "ID");
	const char *why = "a template is missing";
	struct child *c;
	int r = -EINVAL;

	if (order.template)
		r = nursery_spawn(s, &order, &c, &why);
	if (r < 0) {
		/* the node is there: it is no actor that is missing */
		requests_done(s, id, r == -ENOENT ? -ENOKEY : r, why, 0);
		return;
	}
	wait_for(c, id, WAITER_RUNNING);
	if (c->waiters)
		c->waiters->spawned = true;
}

/* a supervisor without a link: why a verb finds nobody there */
static const char *why_no_link(const struct child *c)
{
	return c->living ? "its supervisor is being restarted" :
			   "its supervisor is stopped: start that";
}

/* who is below one that is stopped has no life either: what is for it is dead */
static bool is_over_below(const struct child *c, const char *verb,
			  const char *path)
{
	return !c->living && !strcmp(verb, "reference") &&
	       spec_find(c->supervisor->tree->root, path);
}

static void no_link(struct child *c, const struct fields *request)
{
	const char *verb = fields_get(request, "VERB");
	uint64_t id = get_u64(request, "ID");

	if (is_over_below(c, verb, fields_get(request, "PATH")))
		requests_done(c->supervisor, id, -ESRCH,
			      "its supervisor is stopped: start that first", 0);
	else
		requests_done(c->supervisor, id,
			      is_best_effort(verb) && c->living ? 0 : -EAGAIN,
			      why_no_link(c), 0);
}

static void verb_spawn(struct supervisor *s, const struct fields *request,
		       const char *path)
{
	uint64_t id = get_u64(request, "ID");
	struct child *c = supervisor_child(s, edges_route(s->node, path));

	if (!strcmp(path, s->node->path))
		spawn_here(s, request);
	else if (!c || !c->is_supervisor)
		requests_done(s, id, c ? -EOPNOTSUPP : -ENOENT,
			      c ? "it has no templates" : "no such actor", 0);
	else if (!c->link)
		no_link(c, request);
	else
		forward(c, request);
}

static void verb_reference(struct child *c, uint64_t id)
{
	requests_done(c->supervisor, id, c->living ? 0 : -ESRCH,
		      c->living ? NULL : "its life is over; start it first",
		      0);
}

static const struct {
	const char *name;
	void (*run)(struct child *c, uint64_t id);
	bool of_head;		/* of an actor with children: the head alone */
} verbs[] = {
	{ "show",	verb_show,	false },
	{ "why",	verb_why,	false },
	{ "stop",	verb_stop,	false },
	{ "start",	verb_start,	false },
	{ "restart",	verb_restart,	false },
	{ "kill",	verb_kill,	true },
	{ "reference",	verb_reference,	true },
	{ "pause",	verb_pause,	true },
	{ "unpause",	verb_unpause,	true },
	{ "upgrade",	verb_upgrade,	false },
	{ "learn",	verb_learn,	false },
	{ "learned",	verb_learned,	false },
};

/* of one that was spawned and is gone */
static void why_of_departed(struct supervisor *s, uint64_t id, const char *path)
{
	const struct history *kept = history_kept(s->departed, path);

	if (kept)
		why_rows(s, kept, id);
	requests_done(s, id, kept ? 0 : -ENOENT, kept ? NULL : "no such actor",
		      0);
}

/* who could do it, or tell, has no process: all that is known of those below is why
 * it is not there */
static void answer_instead(struct child *c, const struct fields *request,
			   const char *verb, const char *path)
{
	if (!strcmp(verb, "why") && spec_find(c->supervisor->tree->root, path))
		verb_why(c, get_u64(request, "ID"));
	else
		no_link(c, request);
}

static void verb_on_path(struct supervisor *s, const struct fields *request,
			 const char *verb, const char *path)
{
	uint64_t id = get_u64(request, "ID");
	struct child *c = supervisor_child(s, edges_route(s->node, path));
	bool head;

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(verbs[i].name, verb))
			continue;
		if (!c)
			break;
		head = verbs[i].of_head && c->node->exec;
		if (c->is_supervisor &&
		    (strcmp(c->node->path, path) || head)) {
			if (c->link)
				forward(c, request);
			else
				answer_instead(c, request, verb, path);
			return;
		}
		if (why_goes_on(c, verb)) {
			why_rows(s, &c->history, id);
			forward(c, request);
			return;
		}
		if (start_is_of_head(c, verb)) {
			forward(c, request);
			return;
		}
		BREAKPOINT("verb: came, not done");
		verbs[i].run(c, id);
		return;
	}
	if (!strcmp(verb, "why"))
		why_of_departed(s, id, path);
	else
		requests_done(s, id, -ENOENT, "no such actor", 0);
}

void requests_handle(struct supervisor *s, const struct fields *request)
{
	const char *verb = fields_get(request, "VERB");
	const char *path = fields_get(request, "PATH");

	if (!verb)
		return;
	if (!strcmp(verb, "tree"))
		verb_tree(s, request);
	else if (!strcmp(verb, "mailbox") || !strcmp(verb, "audit"))
		verb_tally(s, request);
	else if (!strcmp(verb, "metrics"))
		verb_metrics(s, request);
	else if (!strcmp(verb, "reexec"))
		reexec_begin(s, get_u64(request, "ID"),
			     fields_get(request, "BINARY"));
	else if (path && !strcmp(verb, "spawn"))
		verb_spawn(s, request, path);
	else if (path)
		verb_on_path(s, request, verb, path);
}
