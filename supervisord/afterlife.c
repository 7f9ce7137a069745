/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * afterlife.c - what a process left behind: its arena, its released mail, and,
 * when its life is over, its mailbox.
 *
 * It alone turns messages nobody will handle into dead letters. It works on a
 * checked copy of the arena and never trusts a byte of the dead.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libactorproc/edge.h"
#include "libactorproc/path.h"
#include "supervisord/act/mailbox.h"
#include "supervisord/minting.h"
#include "supervisord/supervisor.h"
#include "supervisord/tally.h"

#define TEXT 1		/* enum actor_content of what we say */

/** struct estate - of one dead process: what is being settled */
struct estate {
	struct supervisor *supervisor;
	const struct custody_mailbox *mailbox;
	const char *path;
	struct arena *arena;
	const char *reason;
	bool damaged;
};

/* the key is the dead one's word, and numbers of other edges are no secret: a
 * grant is one. Only its own ends are its own */
static const struct custody_edge *edge_of(const struct estate *e, uint64_t key)
{
	const struct custody_edge *edge;
	const char *owner;

	edge = custody_edge(&e->supervisor->custody, arena_key_id(key));
	if (!edge)
		return NULL;
	owner = arena_key_end(key) == EDGE_HOLDER ? edge->holder :
		edge->target;
	return strcmp(owner, e->path) ? NULL : edge;
}

static int fd_of(const struct estate *e, uint64_t key)
{
	const struct custody_edge *edge = edge_of(e, key);

	if (!edge)
		return -1;
	return arena_key_end(key) == EDGE_HOLDER ? edge->holder_fd :
		edge->target_fd;
}

static const char *peer_of(const struct estate *e, uint64_t key)
{
	const struct custody_edge *edge = edge_of(e, key);

	if (!edge)
		return "unknown";
	return arena_key_end(key) == EDGE_HOLDER ? edge->target : edge->holder;
}

/* ---- dead letters ---- */

static void put_frame(struct fields_writer *w, const struct frame *frame)
{
	fields_put_format(w, "TYPE", "%.*s", (int)frame->type_length,
			  frame->type);
	fields_put_u64(w, "SIZE", frame->payload_bytes);
	if (frame->trace[0] || frame->trace[1])
		fields_put_format(w, "TRACE", "%016llx%016llx",
				  (unsigned long long)frame->trace[0],
				  (unsigned long long)frame->trace[1]);
}

static void estate_record(const struct estate *e, struct record *record,
			  const char *kind)
{
	record_begin(record, kind);
	fields_put(&record->fields, "PATH", e->path);
	fields_put_u64(&record->fields, "LIFE", e->mailbox->life);
	fields_put_u64(&record->fields, "GENERATION", e->mailbox->generation);
}

/* a message that came to the dead one */
static void dead_letter_to(const struct estate *e, uint64_t key,
			   const struct frame *frame, const char *reason,
			   const struct cause *cause)
{
	char text[CAUSE_TEXT_MAX];
	struct record record;

	estate_record(e, &record, "dead-letter");
	fields_put(&record.fields, "ROLE", "receiver");
	fields_put(&record.fields, "SENDER", peer_of(e, key));
	put_frame(&record.fields, frame);
	fields_put(&record.fields, "REASON", reason);
	if (cause)
		fields_put(&record.fields, "CAUSE",
			   cause_format(cause, text, sizeof(text)));
	reporter_send(e->supervisor->reporter, &record);
}

/* a message of the dead one, released, that reaches nobody */
static void dead_letter_from(const struct estate *e, uint64_t key,
			     const struct frame *frame, const char *reason)
{
	struct record record;

	record_begin(&record, "dead-letter");
	fields_put(&record.fields, "ROLE", "sender");
	fields_put(&record.fields, "PATH", peer_of(e, key));
	fields_put(&record.fields, "SENDER", e->path);
	put_frame(&record.fields, frame);
	fields_put(&record.fields, "REASON", reason);
	reporter_send(e->supervisor->reporter, &record);
}

static void undelivered(const struct estate *e, uint64_t key,
			const void *packet, const char *reason)
{
	struct frame frame;
	size_t cursor = 0;

	while (packet_next(packet, &cursor, &frame))
		if (frame.kind != FRAME_TERMINATED && frame.kind != FRAME_ERROR)
			dead_letter_from(e, key, &frame, reason);
}

static void malformed(const struct estate *e, uint64_t key)
{
	struct record record;

	estate_record(e, &record, "malformed");
	fields_put(&record.fields, "SENDER", peer_of(e, key));
	fields_put(&record.fields, "TEXT",
		   "an edge carried bytes that are no packet; it is closed");
	reporter_send(e->supervisor->reporter, &record);
}

/* ---- what it had released ---- */

static void grant_again(const struct estate *e, uint64_t key,
			const void *packet)
{
	struct frame frame;
	size_t cursor = 0;

	while (packet_next(packet, &cursor, &frame))
		for (size_t i = 0; i < frame.n_grants; i++)
			grants_again(e->supervisor, e->path, peer_of(e, key),
				     arena_key_id(key),
				     frame_grant(&frame, i));
}

/* returns true when nothing is left of this edge */
static bool flush_edge(const struct estate *e, uint64_t key)
{
	const void *packet;
	size_t n_bytes;
	int sent;

	while (arena_outbox_peek(e->arena, key, &packet, &n_bytes)) {
		grant_again(e, key, packet);
		sent = edge_send(fd_of(e, key), packet, n_bytes);
		if (sent == EDGE_FULL)
			return false;
		if (sent != EDGE_DONE)
			undelivered(e, key, packet, "terminated");
		arena_outbox_drop(e->arena, key);
	}
	return true;
}

static void flush_all(const struct estate *e)
{
	size_t cursor = 0;
	uint64_t key;

	while ((key = arena_outbox_next(e->arena, &cursor)))
		flush_edge(e, key);
}

/* ---- asks that nobody will answer ---- */

static void refuse_ask(const struct estate *e, uint64_t key,
		       const struct frame *ask)
{
	struct frame error = {
		.kind = FRAME_ERROR,
		.priority = ask->priority,
		.generation = ask->generation,
		.error = EPIPE,
		.content_type = TEXT,
		.ask_id = ask->ask_id,
		.trace = { ask->trace[0], ask->trace[1] },
		.type = "terminated",
		.type_length = strlen("terminated"),
		.payload = e->reason,
		.payload_bytes = strlen(e->reason),
	};

	arena_send(e->arena, key, &error, true);
}

/* ---- a crash: the life goes on ---- */

static void crashed(const struct estate *e, const struct arena_remains *remains,
		    uint32_t redeliver, const struct cause *cause)
{
	if (remains->in_hand && !remains->retry)
		dead_letter_to(e, remains->key, &remains->frame,
			       redeliver ? "poison" : "crashed", cause);
}

static void report_lost_arena(const struct estate *e)
{
	struct record record;

	estate_record(e, &record, "malformed");
	fields_put(&record.fields, "TEXT",
		   "the arena of a dead actor is damaged: what it held cannot be read; its life ends");
	reporter_send(e->supervisor->reporter, &record);
}

static bool estate_begin(struct estate *e, struct supervisor *s,
			 const char *path)
{
	*e = (struct estate){
		.supervisor = s,
		.mailbox = custody_mailbox(&s->custody, path),
		.path = path,
	};
	return e->mailbox;
}

/* it ended in good order: who waits for an answer waits for nobody */
static void settle_owed(const struct estate *e)
{
	size_t cursor = 0;
	struct frame ask;
	uint64_t key, token;

	arena_turn_abort(e->arena);
	while ((token = arena_owed_next(e->arena, &cursor))) {
		if (arena_owed(e->arena, token, &key, &ask) < 0)
			continue;
		arena_turn_begin(e->arena, false);
		refuse_ask(e, key, &ask);
		arena_pay(e->arena, token);
		arena_turn_commit(e->arena);
	}
}

int afterlife_recover(struct supervisor *s, const struct spec_node *node,
		      const struct cause *cause, const char *end_reason)
{
	struct arena_remains remains;
	struct custody_mailbox *m;
	struct estate e;
	int fd, r;

	if (!estate_begin(&e, s, node->path))
		return 0;
	r = mailbox_load(e.mailbox->arena_fd, &e.arena);
	if (r < 0) {
		report_lost_arena(&e);
		return r;
	}
	e.reason = end_reason;
	if (end_reason)
		settle_owed(&e);
	arena_recover(e.arena, node->redeliver, &remains);
	crashed(&e, &remains, node->redeliver, cause);
	flush_all(&e);
	r = mailbox_store(e.arena, &fd);
	mailbox_unload(e.arena);
	if (r < 0)
		return r;
	m = custody_mailbox_put(&s->custody, node->path, e.mailbox->life,
				e.mailbox->generation, fd);
	if (!m)
		return -ENOMEM;
	minting_push_mailbox(s, m);
	return 0;
}

/* ---- the end of a life ---- */

/* everything of the packet in hand, as turns that only bury */
static void bury_packet(const struct estate *e)
{
	struct frame frame;
	uint64_t key;

	while (arena_frame(e->arena, &frame, &key)) {
		arena_turn_begin(e->arena, true);
		if (frame.kind == FRAME_TELL || frame.kind == FRAME_ASK)
			dead_letter_to(e, key, &frame, e->reason, NULL);
		if (frame.kind == FRAME_REPLY)
			dead_letter_to(e, key, &frame, "late_reply", NULL);
		if (frame.kind == FRAME_ASK)
			refuse_ask(e, key, &frame);
		arena_turn_commit(e->arena);
		flush_edge(e, key);
	}
}

static void drain_edge(const struct estate *e, uint64_t key, int fd)
{
	size_t n_bytes;
	int r;

	for (;;) {
		r = edge_receive(fd, arena_landing(e->arena, key),
				 ACTOR_PACKET_MAX + 1, &n_bytes);
		if (r == EDGE_RESET)
			continue;
		if (r != EDGE_DONE)
			return;
		r = arena_landed(e->arena, n_bytes, NULL);
		if (r < 0) {
			malformed(e, key);
			return;
		}
		bury_packet(e);
	}
}

static void say_terminated(const struct estate *e, uint64_t key)
{
	struct frame frame = {
		.kind = FRAME_TERMINATED,
		.content_type = TEXT,
		.type = "terminated",
		.type_length = strlen("terminated"),
		.payload = e->reason,
		.payload_bytes = strlen(e->reason),
	};

	arena_turn_begin(e->arena, false);
	arena_send(e->arena, key, &frame, true);
	arena_turn_commit(e->arena);
	flush_edge(e, key);
}

/* the door is shut first: after that, what is read until empty is all */
static void end_target(const struct estate *e, struct custody_edge *edge)
{
	uint64_t key = arena_key(edge->id, EDGE_TARGET);

	if (edge->target_fd >= 0 && arena_edge_add(e->arena, key) == 0) {
		shutdown(edge->target_fd, SHUT_RD);
		drain_edge(e, key, edge->target_fd);
		say_terminated(e, key);
	}
	minting_end_edge(e->supervisor, edge, true);
}

static void end_holder(const struct estate *e, struct custody_edge *edge)
{
	uint64_t key = arena_key(edge->id, EDGE_HOLDER);
	const void *packet;
	size_t n_bytes;

	flush_edge(e, key);
	while (arena_outbox_peek(e->arena, key, &packet, &n_bytes)) {
		undelivered(e, key, packet, "undelivered");
		arena_outbox_drop(e->arena, key);
	}
	minting_end_edge(e->supervisor, edge, false);
}

static void end_edges(const struct estate *e)
{
	struct custody *custody = &e->supervisor->custody;
	struct custody_edge *edge;
	uint64_t id;

	for (size_t i = custody->n_edges; i-- > 0;) {
		if (i >= custody->n_edges)
			continue;
		edge = custody->edges[i];
		id = edge->id;
		if (!strcmp(edge->holder, e->path) && !edge->closed)
			end_holder(e, edge);
		/* an edge to itself has mail left behind its holder */
		edge = custody_edge(custody, id);
		if (edge && !strcmp(edge->target, e->path))
			end_target(e, edge);
	}
}

/* what cannot be trusted is drained through a new one: its sockets are whole */
static int open_arena(struct estate *e)
{
	int fd, r = mailbox_load(e->mailbox->arena_fd, &e->arena);
	struct arena_remains remains;

	if (r == 0) {
		/* its supervisor may have died with it, and settled nothing:
		 * what an open turn sent is void, its message is buried too */
		arena_recover(e->arena, UINT32_MAX, &remains);
		return 0;
	}
	e->damaged = true;
	r = mailbox_new(&fd);
	if (r < 0)
		return r;
	r = mailbox_load(fd, &e->arena);
	close(fd);
	return r;
}

/* dead letters come from supervisors too, who die with what they counted: that
 * actor and the edges to it are in no sum of what is past */
static uint64_t left_out(const struct estate *e)
{
	const struct custody_edge *edge =
		custody_edge_between(&e->supervisor->custody, e->path,
				     DEAD_LETTERS_PATH);

	return edge ? arena_key(edge->id, EDGE_HOLDER) : 0;
}

static struct ended_lives life_of(const struct estate *e, uint64_t without)
{
	struct ended_lives life = { .n_unreadable = e->damaged };

	if (strcmp(e->path, DEAD_LETTERS_PATH))
		life.counts = ledger_of_life(e->arena, without);
	return life;
}

void afterlife_end(struct supervisor *s, const char *path, const char *reason)
{
	struct ended_lives life;
	struct estate e;
	uint64_t without;

	if (!estate_begin(&e, s, path))
		return;
	e.reason = reason;
	if (open_arena(&e) < 0)
		return;
	without = left_out(&e);
	bury_packet(&e);
	flush_all(&e);		/* a watcher hears its words, then its end */
	end_edges(&e);
	life = life_of(&e, without);
	mailbox_unload(e.arena);
	minting_end_mailbox(s, path, &life);
}

void afterlife_end_below(struct supervisor *s, const char *node,
			 const char *reason)
{
	struct custody *custody = &s->custody;
	char path[PATH_MAX];

	for (size_t i = custody->n_mailboxes; i-- > 0;) {
		if (i >= custody->n_mailboxes ||
		    !path_is_within(custody->mailboxes[i]->path, node))
			continue;
		snprintf(path, sizeof(path), "%s", custody->mailboxes[i]->path);
		afterlife_end(s, path, reason);
	}
}
