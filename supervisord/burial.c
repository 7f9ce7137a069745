/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * burial.c - messages that nobody will handle, in the arena of who is dead.
 *
 * It alone turns mail into dead letters on the supervisor's side, and reads
 * sockets of actors. It never trusts a byte of the dead, and decides nothing:
 * when it may do what is afterlife.c's.
 *
 * A dead letter leaves by the dead one's own edge to /system/dead-letters, as
 * those do that the library makes: it is a frame of the turn that ends the
 * message. So it is made exactly once, whoever is killed meanwhile, it needs no
 * memory of ours, and it waits in the arena when the socket is full. Two cases
 * are left in which one message can be told of twice: what a closed edge did
 * not take is dropped after the turn that tells of it, and what finds no room, no
 * such edge or one that is shut goes by our own reporter. Hence every letter has
 * the edge, the direction and the number of its message, and
 * /system/dead-letters counts each once.
 */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "libactorproc/edge.h"
#include "libactorproc/flow.h"
#include "libactorproc/path.h"
#include "libactorproc/pool.h"
#include "supervisord/act/depth.h"
#include "supervisord/breakpoint.h"
#include "supervisord/burial.h"
#include "supervisord/endings.h"
#include "supervisord/gifts.h"
#include "supervisord/letters.h"
#include "supervisord/minting.h"
#include "supervisord/pledges.h"
#include "supervisord/tally.h"

#define TEXT 1		/* enum actor_content of what we say */
#define PACKETS_IN_A_ROW 64
#define LETTER "dead-letter"	/* as a type of messages */

/* ---- whose edge -------------------------------------------------------- */

/* the key is the dead one's word, and numbers of other edges are no secret: a
 * grant is one. Only its own ends are its own */
static const struct custody_edge *edge_of(const struct burial *b, uint64_t key)
{
	const struct custody_edge *edge;
	const char *owner;

	edge = custody_edge(&b->supervisor->custody, arena_key_id(key));
	if (!edge)
		return NULL;
	owner = arena_key_end(key) == EDGE_HOLDER ? edge->holder :
		edge->target;
	return strcmp(owner, b->path) ? NULL : edge;
}

static bool is_revoked(const struct burial *b, uint64_t key)
{
	const struct custody_edge *edge = edge_of(b, key);

	return edge && edge->revoked;
}

static int fd_of(const struct burial *b, uint64_t key)
{
	const struct custody_edge *edge = edge_of(b, key);

	if (!edge)
		return -1;
	return arena_key_end(key) == EDGE_HOLDER ? edge->holder_fd :
		edge->target_fd;
}

static const char *peer_of(const struct burial *b, uint64_t key)
{
	const struct custody_edge *edge = edge_of(b, key);

	if (!edge)
		return "unknown";
	return arena_key_end(key) == EDGE_HOLDER ? edge->target : edge->holder;
}

/* a number that the dead one made up, or of an edge that is no more, takes no
 * place of one that is: what it had for it is not its own, or was told of */
static int make_known(struct burial *b, uint64_t key)
{
	size_t cursor = 0;
	uint64_t other;
	int r = arena_edge_add(b->arena, key);

	while (r == -ENOSPC && (other = arena_edge_next(b->arena, &cursor))) {
		if (edge_of(b, other))
			continue;
		arena_edge_remove(b->arena, other);
		r = arena_edge_add(b->arena, key);
	}
	return r;
}

/* one that was promised is known by its life, and so is what waits for it */
static bool letters_come_later(const struct burial *b, uint64_t key)
{
	struct arena_edge_out out;

	return letters_later(b->supervisor, b->path) ||
	       arena_edge_out(b->arena, key, &out) == 0;
}

static void find_letters(struct burial *b)
{
	const struct custody_edge *edge;

	edge = custody_edge_between(&b->supervisor->custody, b->path,
				    DEAD_LETTERS_PATH);
	b->letters = arena_key(edge ? edge->id :
			       letters_id(b->supervisor, b->life), EDGE_HOLDER);
	b->letters_later = !edge && letters_come_later(b, b->letters);
	if (!b->letters_later && (!edge || edge->holder_fd < 0)) {
		b->letters = 0;
		return;
	}
	if (make_known(b, b->letters) < 0)
		b->letters = 0;
}

/* without an epoll of its own it asks again after a while */
static void full(struct burial *b, int fd)
{
	struct epoll_event event = { .events = EPOLLOUT };

	if (b->room_fd < 0)
		b->room_fd = epoll_create1(EPOLL_CLOEXEC);
	if (b->room_fd >= 0)
		(void)epoll_ctl(b->room_fd, EPOLL_CTL_ADD, fd, &event);
}

static void forget_full(struct burial *b)
{
	if (b->room_fd >= 0)
		close(b->room_fd);
	b->room_fd = -1;
}

/* ---- records ----------------------------------------------------------- */

static void about_it(const struct burial *b, struct record *record,
		     const char *kind)
{
	record_begin(record, kind);
	fields_put(&record->fields, "PATH", b->path);
	fields_put_u64(&record->fields, "LIFE", b->life);
	fields_put_u64(&record->fields, "GENERATION", b->generation);
}

void burial_damaged(const struct burial *b, size_t n_held)
{
	struct record record;

	about_it(b, &record, "malformed");
	fields_put_u64(&record.fields, "COUNT", n_held);
	fields_put_format(&record.fields, "TEXT",
			  "the arena of a dead actor is damaged: what it held cannot be read, %zu messages by its own count; its life ends",
			  n_held);
	reporter_send(b->supervisor->reporter, &record);
}

static void malformed(const struct burial *b, uint64_t key)
{
	struct record record;

	about_it(b, &record, "malformed");
	fields_put(&record.fields, "SENDER", peer_of(b, key));
	fields_put(&record.fields, "TEXT",
		   "an edge carried bytes that are no packet; it is closed");
	reporter_send(b->supervisor->reporter, &record);
}

static void gap(const struct burial *b, uint64_t key, uint64_t n_messages)
{
	struct record record;

	if (!n_messages)
		return;
	about_it(b, &record, "lost");
	fields_put(&record.fields, "SENDER", peer_of(b, key));
	fields_put_u64(&record.fields, "COUNT", n_messages);
	fields_put_format(&record.fields, "TEXT",
			  "%llu messages from %s never arrived",
			  (unsigned long long)n_messages, peer_of(b, key));
	reporter_send(b->supervisor->reporter, &record);
}

static void tell_losses(struct burial *b)
{
	struct record record;

	if (!b->n_lost)
		return;
	about_it(b, &record, "lost");
	fields_put_u64(&record.fields, "COUNT", b->n_lost);
	fields_put(&record.fields, "TEXT",
		   "records of a life that is over were lost: its edge to /system/dead-letters took them no more");
	reporter_send(b->supervisor->reporter, &record);
	b->n_lost = 0;
}

/* ---- dead letters ------------------------------------------------------ */

/**
 * struct place - which message of an edge
 * @to: the end it was sent to
 */
struct place {
	uint64_t key;
	uint64_t number;
	enum edge_end to;
	bool known;
};

/* of one that was taken */
static struct place place_taken(const struct burial *b, uint64_t key,
				const struct frame *frame)
{
	return (struct place){
		.key = key,
		.number = frame->number,
		.to = arena_key_end(key),
		.known = !b->damaged,
	};
}

static struct place place_sent(uint64_t key, const void *packet, size_t index)
{
	return (struct place){
		.key = key,
		.number = packet_header(packet).first + index,
		.to = arena_other_end(key),
		.known = true,
	};
}

static void put_message(struct fields_writer *w, const struct frame *frame,
			const struct place *place, const char *reason)
{
	fields_put_format(w, "TYPE", "%.*s", (int)frame->type_length,
			  frame->type);
	fields_put_u64(w, "SIZE", frame_size(frame));
	if (frame->trace[0] || frame->trace[1])
		fields_put_format(w, "TRACE", "%016llx%016llx",
				  (unsigned long long)frame->trace[0],
				  (unsigned long long)frame->trace[1]);
	fields_put(w, "REASON", reason);
	if (!place->known)
		return;
	fields_put_u64(w, "EDGE", arena_key_id(place->key));
	fields_put(w, "TO", place->to == EDGE_HOLDER ? "holder" : "target");
	fields_put_u64(w, "NUMBER", place->number);
}

/* part of the turn; 0, or -EAGAIN when there is no room and time to wait */
static int post(struct burial *b, const struct record *record, bool waits)
{
	const struct frame frame = {
		.kind = FRAME_TELL,
		.priority = ACTOR_PRIORITY_NORMAL,
		.type = LETTER,
		.type_length = strlen(LETTER),
		.payload = record->bytes,
		.payload_bytes = record->fields.length_bytes,
	};
	int r = -ENOENT;

	/* in a hurry nobody waits until that edge has room: ours has more */
	if (b->letters && !b->hurry)
		r = arena_send(b->arena, b->letters, &frame, true);
	if (r == -EAGAIN && waits)
		return r;
	if (r < 0)
		reporter_send(b->supervisor->reporter, record);
	return 0;
}

/* what an actor says of its clock is gossip, like all of its arena */
static void put_time_in_hand(const struct burial *b, struct record *record)
{
	struct timespec now;
	uint64_t now_ns;

	clock_gettime(CLOCK_MONOTONIC, &now);
	now_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
	if (b->begun_ns && b->begun_ns <= now_ns)
		fields_put_u64(&record->fields, "IN_HAND_MS",
			       (now_ns - b->begun_ns) / 1000000);
}

/* a message that came to the dead one */
static int letter_to(struct burial *b, const struct place *place,
		     const struct frame *frame, const char *reason,
		     const struct cause *cause, bool waits)
{
	char text[CAUSE_TEXT_MAX];
	struct record record;

	about_it(b, &record, "dead-letter");
	fields_put(&record.fields, "ROLE", "receiver");
	fields_put(&record.fields, "SENDER", peer_of(b, place->key));
	put_message(&record.fields, frame, place, reason);
	if (cause) {
		fields_put(&record.fields, "CAUSE",
			   cause_format(cause, text, sizeof(text)));
		put_time_in_hand(b, &record);
	}
	return post(b, &record, waits);
}

/* a message of the dead one, released, that reaches nobody */
static int letter_from(struct burial *b, const struct place *place,
		       const struct frame *frame, const char *reason)
{
	struct record record;

	record_begin(&record, "dead-letter");
	fields_put(&record.fields, "ROLE", "sender");
	fields_put(&record.fields, "PATH", peer_of(b, place->key));
	fields_put(&record.fields, "SENDER", b->path);
	put_message(&record.fields, frame, place, reason);
	return post(b, &record, true);
}

/* ---- what it had released ---------------------------------------------- */

static void grant_again(const struct burial *b, uint64_t key, uint64_t number)
{
	struct arena_grant grant = { .key = key, .number = number };

	grant.said = arena_grant_say(b->arena, key, number);
	if (edge_of(b, key))
		grants_again(b->supervisor, b->path, &grant);
}

static void grant_packet(const struct burial *b, uint64_t key,
			 const void *packet)
{
	struct frame frame;
	size_t cursor = 0;

	while (packet_next(packet, &cursor, &frame))
		for (size_t i = 0; i < frame.n_grants; i++)
			grant_again(b, key, frame_grant(&frame, i));
}

/* a number in what it has given may mean one of those */
static void limit_said(const struct burial *b)
{
	struct arena_limit limit;
	size_t cursor = 0;

	while (arena_limit_next(b->arena, &cursor, &limit))
		grants_limit(b->supervisor, b->path, arena_key_id(limit.key),
			     &(struct actor_limits){
				     .rate = (uint32_t)limit.rate,
				     .bytes = limit.bytes,
				     .no_grants = limit.no_grants,
			     });
}

/* what it had said itself, and maybe nobody has heard who is still there */
static void grant_said(struct burial *b)
{
	struct arena_grant grant;
	size_t cursor = 0;

	if (!b->granted)
		limit_said(b);
	while (!b->granted && arena_grant_next(b->arena, &cursor, &grant))
		if (edge_of(b, grant.key))
			grants_again(b->supervisor, b->path, &grant);
	b->granted = true;
}

static int letters_of_packet(struct burial *b, uint64_t key,
			     const void *packet, const char *reason)
{
	struct place place;
	struct frame frame;
	size_t cursor = 0, n = 0;
	int r = 0;

	for (; r == 0 && packet_next(packet, &cursor, &frame); n++) {
		if (!frame_is_missed(&frame))
			continue;
		place = place_sent(key, packet, n);
		r = letter_from(b, &place, &frame, reason);
	}
	return r;
}

/* what else is said there is no letter, and what we know ourselves we say so */
static const char *const forwarded[] = {
	"ROLE", "TYPE", "SIZE", "TRACE", "REASON", "CAUSE", "IN_HAND_MS",
	"COUNT", "EDGE", "TO", "NUMBER",
};

static void forward_head(struct burial *b, struct record *record,
			 const struct fields *said)
{
	const char *role = fields_get(said, "ROLE");
	const char *path = fields_get(said, "PATH");

	if (!role || strcmp(role, "sender")) {
		about_it(b, record, "dead-letter");
		fields_put(&record->fields, "SENDER",
			   fields_get(said, "SENDER"));
		return;
	}
	record_begin(record, "dead-letter");
	fields_put(&record->fields, "PATH",
		   path && *path == '/' ? path : "unknown");
	fields_put(&record->fields, "SENDER", b->path);
}

/*
 * A letter that the dead one's own edge takes no more: the dead one has shut it,
 * or a supervisor before us had ended it, and nobody is left who had heard so.
 * As there, it is believed of the dead one's end of the message and of no other.
 */
static bool forward(struct burial *b, const struct frame *frame)
{
	struct record record;
	struct fields said;

	if (frame->type_length != strlen(LETTER) ||
	    memcmp(frame->type, LETTER, strlen(LETTER)) ||
	    fields_parse(&said, frame->payload, frame->payload_bytes) < 0)
		return false;
	forward_head(b, &record, &said);
	for (size_t i = 0; i < sizeof(forwarded) / sizeof(*forwarded); i++)
		fields_put(&record.fields, forwarded[i],
			   fields_get(&said, forwarded[i]));
	reporter_send(b->supervisor->reporter, &record);
	return true;
}

/* they are with the kernel before they are dropped here */
static void forward_letters(struct burial *b, const void *packet)
{
	struct frame frame;
	size_t cursor = 0;

	while (packet_next(packet, &cursor, &frame))
		b->n_lost += !forward(b, &frame);
	reporter_flush(b->supervisor->reporter, 0);
}

/* there is no dead letter about a dead letter */
static bool undelivered(struct burial *b, uint64_t key, const void *packet,
			const char *reason)
{
	arena_turn_begin(b->arena, false);
	if (key == b->letters) {
		forward_letters(b, packet);
	} else if (letters_of_packet(b, key, packet, reason) < 0) {
		arena_turn_abort(b->arena);
		return false;
	}
	BREAKPOINT("burial: letter made, not committed");
	arena_outbox_bury(b->arena, key);
	arena_turn_commit(b->arena);
	return true;
}

/* sent, but not dropped: who sent it was killed in between. No other can be,
 * whatever the dead receiver said of what it had */
static bool has_come(const struct burial *b, uint64_t key,
		     const struct arena_offer *offer)
{
	return offer->again && packet_header(offer->packet).sequence <=
			       custody_taken(&b->supervisor->custody, key);
}

/* the door is shut before the edge ends or is settled: then we hear what came */
static bool is_told_soon(struct burial *b, uint64_t key,
			 const struct arena_offer *offer)
{
	const struct custody_edge *edge = edge_of(b, key);
	bool soon = offer->again && edge && !edge->closed && !edge->left &&
		    !b->hurry;

	b->undecided |= soon;
	return soon;
}

/* as the dead one would: its peer may read no further than it has said */
static void say_sent(const struct burial *b, uint64_t key,
		     const struct arena_offer *offer)
{
	const struct custody_edge *edge = edge_of(b, key);
	const struct actor_packet_header header = packet_header(offer->packet);

	if (edge && edge->pool_fd >= 0)
		(void)pool_sends(edge->pool_fd, arena_key_end(key),
				 offer->again ? FLOW_AGAIN :
				 header.first + header.n_frames);
}

/* one that the socket may have already must not wait until nobody is left who
 * knows it by its number: a full socket takes it too */
static int send_offer(struct burial *b, uint64_t key,
		      const struct arena_offer *offer)
{
	int fd = fd_of(b, key), r;

	grant_packet(b, key, offer->packet);
	say_sent(b, key, offer);
	r = offer->again ?
		    edge_send_beyond(fd, offer->packet, offer->n_bytes) :
		    edge_send(fd, offer->packet, offer->n_bytes);
	if (r != EDGE_DONE)
		arena_outbox_refused(b->arena, key, offer);
	return r;
}

/* returns true when there is nothing to send by it; else it is asked for, and again
 * at each look */
static bool need_no_letters(struct burial *b)
{
	struct arena_edge_out out;

	if (arena_edge_out(b->arena, b->letters, &out) < 0 || !out.n_frames)
		return true;
	letters_want(b->supervisor, b->path, b->life);
	return false;
}

static bool is_given_up(const struct burial *b, uint64_t key)
{
	const struct custody_edge *edge = edge_of(b, key);

	return edge && edge->given_up && arena_key_end(key) == EDGE_HOLDER;
}

/* returns true when nothing is left of this edge */
static bool flush_edge(struct burial *b, uint64_t key)
{
	struct arena_offer offer;
	int sent;

	if (is_given_up(b, key))
		return false;
	if (key == b->letters && b->letters_later)
		return need_no_letters(b);
	while (arena_outbox_offer(b->arena, key, &offer)) {
		sent = send_offer(b, key, &offer);
		BREAKPOINT("burial: packet sent, not dropped");
		if (sent == EDGE_FULL) {
			full(b, fd_of(b, key));
			return false;
		}
		if (sent == EDGE_DONE || has_come(b, key, &offer))
			arena_outbox_drop(b->arena, key);
		else if (is_told_soon(b, key, &offer) ||
			 !undelivered(b, key, offer.packet,
				      is_revoked(b, key) ? "revoked" :
				      "terminated"))
			return false;
	}
	return true;
}

static void flush_all(struct burial *b)
{
	size_t cursor = 0;
	uint64_t key;

	while ((key = arena_outbox_next(b->arena, &cursor)))
		if (key != b->letters)
			flush_edge(b, key);
	if (b->letters)		/* the others may have made some */
		flush_edge(b, b->letters);
}

void burial_flush(struct burial *b)
{
	b->undecided = false;
	find_letters(b);
	grant_said(b);
	flush_all(b);
	forget_full(b);
	tell_losses(b);
}

/* ---- a crash ----------------------------------------------------------- */

static int refuse_ask(struct burial *b, uint64_t key, const struct frame *ask)
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
		.payload = b->reason,
		.payload_bytes = strlen(b->reason),
	};

	return arena_send(b->arena, key, &error, true);
}

/* it ended in good order: who waits for an answer waits for nobody */
static void settle_owed(struct burial *b)
{
	size_t cursor = 0;
	struct frame ask;
	uint64_t key, token;

	arena_tidy(b->arena);
	while ((token = arena_owed_next(b->arena, &cursor))) {
		if (arena_owed(b->arena, token, &key, &ask) < 0)
			continue;
		arena_turn_begin(b->arena, false);
		refuse_ask(b, key, &ask);
		arena_pay(b->arena, token);
		arena_turn_commit(b->arena);
	}
}

static void letter_of_crash(struct burial *b,
			    const struct arena_remains *remains,
			    uint32_t redeliver, const struct cause *cause)
{
	struct place place;

	if (!remains->in_hand || remains->retry)
		return;
	place = place_taken(b, remains->key, &remains->frame);
	arena_turn_begin(b->arena, false);
	letter_to(b, &place, &remains->frame,
		  redeliver && remains->frame.attempt >= redeliver ?
			  "poison" : "crashed", cause, false);
	arena_turn_commit(b->arena);
	gifts_dead(b->supervisor, b->path, arena_key_id(remains->key),
		   &remains->frame);
}

void burial_recover(struct burial *b, uint32_t redeliver,
		    const struct cause *cause, bool in_order)
{
	struct arena_remains remains;

	find_letters(b);
	if (in_order)
		settle_owed(b);
	arena_recover(b->arena, b->last ? 0 : redeliver, &remains);
	gap(b, remains.lost_key, remains.n_lost);
	b->begun_ns = remains.begun_ns;
	letter_of_crash(b, &remains, redeliver, cause);
}

/* ---- the end of a life: what lies in the mailbox ------------------------ */

static const char *reason_of(const struct burial *b, const struct frame *frame,
			     bool revoked)
{
	switch (frame->kind) {
	case FRAME_TELL:
	case FRAME_ASK:
		return revoked ? "revoked" : b->reason;
	case FRAME_REPLY:
		return "late_reply";
	case FRAME_ERROR:
	case FRAME_TERMINATED:
	case FRAME_ROOM:
		break;
	}
	return NULL;		/* nobody misses it */
}

/** struct corpse - a message to be buried; @slot: where it is held, or -1 */
struct corpse {
	struct frame frame;
	uint64_t key;
	int slot;
};

/* what was held apart came before the packet in hand */
static bool next_corpse(const struct burial *b, struct corpse *ret)
{
	struct arena_held_message held;
	size_t cursor = 0;

	ret->slot = -1;
	if (!arena_held_next(b->arena, &cursor, &held))
		return arena_frame(b->arena, &ret->frame, &ret->key);
	ret->slot = (int)held.slot;
	return arena_held_frame(b->arena, held.slot, &ret->frame, &ret->key);
}

static void turn_begin(struct burial *b, const struct corpse *corpse)
{
	if (corpse->slot >= 0)
		arena_turn_begin_held(b->arena, (size_t)corpse->slot);
	else
		arena_turn_begin(b->arena, true);
}

/* one turn: its letter, the word to who asked, and its end; false: no room */
static bool bury_one(struct burial *b, const struct corpse *corpse)
{
	const struct frame *frame = &corpse->frame;
	const char *reason = reason_of(b, frame, corpse->slot < 0 &&
				       corpse->key == b->revoked);
	struct place place = place_taken(b, corpse->key, frame);
	int r = 0;

	turn_begin(b, corpse);
	if (reason)
		arena_turn_dead(b->arena);
	if (frame->kind == FRAME_ASK)
		r = refuse_ask(b, corpse->key, frame);
	if (r == -EAGAIN && b->hurry)
		r = 0;		/* the hang-up will tell */
	if (r != -EAGAIN && reason)
		r = letter_to(b, &place, frame, reason, NULL, true);
	if (r == -EAGAIN) {
		arena_turn_abort(b->arena);
		return false;
	}
	BREAKPOINT("burial: message judged, not committed");
	arena_turn_commit(b->arena);
	return true;
}

/* false: somebody has to read first */
static bool bury_in_hand(struct burial *b)
{
	struct corpse corpse;

	while (next_corpse(b, &corpse)) {
		if (bury_one(b, &corpse))
			continue;
		flush_all(b);
		if (!bury_one(b, &corpse))
			return false;
	}
	return true;
}

static enum burial_outcome drain_edge(struct burial *b, uint64_t key, int fd)
{
	uint64_t n_missing;
	size_t n_bytes;
	int r;

	while (b->n_packets < PACKETS_IN_A_ROW) {
		r = edge_receive(fd, arena_landing(b->arena, key),
				 ACTOR_PACKET_MAX + 1, &n_bytes);
		if (r == EDGE_RESET)
			continue;
		if (r != EDGE_DONE)
			return BURIAL_DONE;
		b->n_packets++;
		b->revoked = is_revoked(b, key) ? key : 0;
		n_missing = 0;
		BREAKPOINT("burial: packet taken, not landed");
		if (arena_landed(b->arena, n_bytes, &n_missing) < 0) {
			malformed(b, key);
			return BURIAL_DONE;
		}
		gap(b, key, n_missing);
		if (!bury_in_hand(b))
			return BURIAL_FULL;
		BREAKPOINT("burial: packet buried, letters not sent");
		if (!flush_edge(b, key) && !b->hurry)
			return BURIAL_FULL;
	}
	return BURIAL_MORE;
}

static uint64_t n_messages(const void *packet, size_t n_bytes, uint64_t key)
{
	return packet_check(packet, n_bytes, arena_key_end(key)) == 0 ?
	       packet_header(packet).n_frames : 1;
}

/* the arena has no place to note it in: it is taken, and counted */
static enum burial_outcome lose_edge(struct burial *b, uint64_t key, int fd)
{
	static _Alignas(8) char packet[ACTOR_PACKET_MAX + 1];
	uint64_t n_lost = 0;
	size_t n_bytes;
	int r = EDGE_DONE;

	while (b->n_packets < PACKETS_IN_A_ROW &&
	       (r == EDGE_DONE || r == EDGE_RESET)) {
		r = edge_receive(fd, packet, sizeof(packet), &n_bytes);
		if (r != EDGE_DONE)
			continue;
		b->n_packets++;
		n_lost += n_messages(packet, n_bytes, key);
	}
	gap(b, key, n_lost);
	return r == EDGE_DONE || r == EDGE_RESET ? BURIAL_MORE : BURIAL_DONE;
}

/* the door is shut first: after that, what is read until empty is all */
static enum burial_outcome drain_end(struct burial *b, struct custody_edge *edge,
				     enum edge_end end)
{
	int fd = end == EDGE_HOLDER ? edge->holder_fd : edge->target_fd;
	bool *drained = end == EDGE_HOLDER ? &edge->holder_drained :
			&edge->target_drained;
	uint64_t key = arena_key(edge->id, end);
	enum burial_outcome r = BURIAL_DONE;

	if (*drained)
		return BURIAL_DONE;
	if (fd >= 0) {
		shutdown(fd, SHUT_RD);
		BREAKPOINT("burial: door shut, not drained");
		r = make_known(b, key) == 0 ? drain_edge(b, key, fd) :
		    lose_edge(b, key, fd);
	}
	BREAKPOINT("burial: edge drained");
	*drained = r == BURIAL_DONE;
	return r;
}

static bool is_target(const struct burial *b, const struct custody_edge *edge)
{
	return !strcmp(edge->target, b->path);
}

static bool is_holder(const struct burial *b, const struct custody_edge *edge)
{
	return !strcmp(edge->holder, b->path) && custody_edge_holders(edge);
}

static enum burial_outcome drain_both(struct burial *b,
				      struct custody_edge *edge)
{
	enum burial_outcome r = BURIAL_DONE;

	if (is_target(b, edge))
		r = drain_end(b, edge, EDGE_TARGET);
	if (r == BURIAL_DONE && is_holder(b, edge))
		r = drain_end(b, edge, EDGE_HOLDER);
	return r;
}

/* requests that came, and replies that nobody waits for any more; who does not
 * read keeps only himself waiting, unless his message is the one in hand */
static enum burial_outcome drain_edges(struct burial *b)
{
	const struct custody *custody = &b->supervisor->custody;
	enum burial_outcome worst = BURIAL_DONE, r;

	for (size_t i = 0; i < custody->n_edges; i++) {
		r = drain_both(b, custody->edges[i]);
		if (r == BURIAL_MORE ||
		    (r == BURIAL_FULL && arena_waiting(b->arena)))
			return r;
		if (r == BURIAL_FULL)
			worst = r;
	}
	return worst;
}

/* ---- the end of a life: its edges --------------------------------------- */

/* with the word of how much of what its peer had sent has come */
static void end_edge(struct burial *b, struct custody_edge *edge,
		     enum edge_end end)
{
	struct arena_edge_counts counts;

	if (arena_edge_counts(b->arena, arena_key(edge->id, end),
			      &counts) == 0)
		edge->taken = counts.packets_taken;
	BREAKPOINT("burial: edge done with, not ended");
	endings_end(b->supervisor, edge, end == EDGE_TARGET);
}

/* as far as we hold the other end: another supervisor may */
static bool lies_there(const struct burial *b, uint64_t key, const void *packet)
{
	const struct custody_edge *edge = edge_of(b, key);
	int fd;

	if (!edge)
		return false;
	fd = arena_key_end(key) == EDGE_HOLDER ? edge->target_fd :
		edge->holder_fd;
	return fd >= 0 && depth_last(fd) >= packet_header(packet).sequence;
}

/* what its slow peers have not taken by now they will not get; but what may be
 * with them is no dead letter, as long as there is time to find out */
static bool give_up_outbox(struct burial *b, struct custody_edge *edge,
			   uint64_t key)
{
	const void *packet;
	size_t n_bytes;
	bool doubtful;

	while (arena_outbox_peek(b->arena, key, &packet, &n_bytes)) {
		doubtful = arena_outbox_doubtful(b->arena, key);
		if (doubtful && !b->hurry)
			return false;
		if (doubtful && lies_there(b, key, packet)) {
			arena_outbox_drop(b->arena, key);
			continue;
		}
		if (!undelivered(b, key, packet, "undelivered"))
			return false;
		edge->given_up |= arena_key_end(key) == EDGE_HOLDER;
	}
	return true;
}

static bool end_holder(struct burial *b, struct custody_edge *edge)
{
	uint64_t key = arena_key(edge->id, EDGE_HOLDER);

	if (!edge->holder_drained)
		return false;
	if (!flush_edge(b, key) && !give_up_outbox(b, edge, key)) {
		flush_all(b);
		if (!give_up_outbox(b, edge, key))
			return false;
	}
	end_edge(b, edge, EDGE_HOLDER);
	return true;
}

/* all but the one for dead letters, which is the last to end */
static bool end_holders(struct burial *b)
{
	struct custody *custody = &b->supervisor->custody;
	struct custody_edge *edge;
	bool all = true;

	for (size_t i = custody->n_edges; i-- > 0;) {
		if (i >= custody->n_edges)
			continue;
		edge = custody->edges[i];
		if (is_holder(b, edge) &&
		    arena_key(edge->id, EDGE_HOLDER) != b->letters)
			all &= end_holder(b, edge);
	}
	return all;
}

/* 0; or -EAGAIN when there is no room for its last word */
static int say_terminated(struct burial *b, struct custody_edge *edge)
{
	struct frame frame = {
		.kind = FRAME_TERMINATED,
		.content_type = TEXT,
		.type = "terminated",
		.type_length = strlen("terminated"),
		.payload = b->reason,
		.payload_bytes = strlen(b->reason),
	};
	int r;

	if (edge->parted)
		return 0;
	arena_turn_begin(b->arena, false);
	r = arena_send(b->arena, arena_key(edge->id, EDGE_TARGET), &frame,
		       true);
	arena_turn_commit(b->arena);
	edge->parted = r != -EAGAIN;
	return r == -EAGAIN ? r : 0;
}

/* behind all it sent there: its word that it is over, then the hang-up. Said
 * twice, because we were killed between the two, it is heard once */
static bool part(struct burial *b, struct custody_edge *edge)
{
	uint64_t key = arena_key(edge->id, EDGE_TARGET);
	bool told;

	if (!edge->target_drained)
		return false;
	told = say_terminated(b, edge) == 0 && flush_edge(b, key);
	if (!told && !b->hurry)
		return false;
	if (!told && !give_up_outbox(b, edge, key))
		return false;
	BREAKPOINT("burial: last word said, not hung up");
	end_edge(b, edge, EDGE_TARGET);
	return true;
}

/* a head may use the name again when it hears of the end: it hears last */
static bool is_of_head(const struct burial *b, const struct custody_edge *edge)
{
	return strcmp(edge->holder, b->path) &&
	       !path_is_supervisor(edge->holder) &&
	       path_is_within(b->path, edge->holder);
}

static bool end_targets(struct burial *b, bool of_head)
{
	struct custody *custody = &b->supervisor->custody;
	bool all = true;

	for (size_t i = custody->n_edges; i-- > 0;) {
		if (i >= custody->n_edges)
			continue;
		if (is_target(b, custody->edges[i]) &&
		    is_of_head(b, custody->edges[i]) == of_head)
			all &= part(b, custody->edges[i]);
	}
	return all;
}

static bool letters_left(struct burial *b)
{
	return !b->letters || flush_edge(b, b->letters) || b->hurry;
}

static bool end_letters(struct burial *b)
{
	struct custody_edge *edge;
	const void *packet;
	size_t n_bytes;

	if (!b->letters)
		return true;
	if (!letters_left(b))
		return false;
	while (arena_outbox_peek(b->arena, b->letters, &packet, &n_bytes))
		undelivered(b, b->letters, packet, NULL);
	BREAKPOINT("burial: letters sent, edge not ended");
	/* supervisors send there too, and die with what they counted: in no sum */
	b->told = ledger_of_edge(b->arena, b->letters);
	arena_edge_forget(b->arena, b->letters);
	edge = custody_edge(&b->supervisor->custody,
			    arena_key_id(b->letters));
	if (edge)
		endings_end(b->supervisor, edge, false);
	tell_losses(b);
	return true;
}

/* what it has given stands on its own edges, and ends with them if it is not
 * known by then */
static bool has_pledges(struct burial *b)
{
	bool has = !b->hurry && supervisor_now_ns() < b->pledges_by_ns &&
		   pledges_renew(b->supervisor, b->path);

	b->undecided |= has;
	return has;
}

enum burial_outcome burial_drain(struct burial *b)
{
	bool all;

	b->n_packets = 0;
	b->undecided = false;
	forget_full(b);
	find_letters(b);
	grant_said(b);
	if (!bury_in_hand(b))
		return BURIAL_FULL;
	flush_all(b);		/* a watcher hears its words, then its end */
	if (drain_edges(b) == BURIAL_MORE)
		return BURIAL_MORE;
	if (arena_waiting(b->arena) || has_pledges(b))
		return BURIAL_FULL;
	all = end_holders(b);
	all &= end_targets(b, false);
	if (!all || !letters_left(b) || !end_targets(b, true))
		return BURIAL_FULL;
	return end_letters(b) ? BURIAL_DONE : BURIAL_FULL;
}

void burial_abandon(struct burial *b)
{
	struct custody *custody = &b->supervisor->custody;
	struct custody_edge *edge;

	forget_full(b);
	for (size_t i = custody->n_edges; i-- > 0;) {
		if (i >= custody->n_edges)
			continue;
		edge = custody->edges[i];
		if (is_holder(b, edge) || is_target(b, edge))
			endings_end(b->supervisor, edge, is_target(b, edge));
	}
}
