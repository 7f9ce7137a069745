/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * takings.c - what has come by an edge that neither of its ends ends.
 *
 * A life that ends says how much it has taken. When a reference is taken back,
 * both lives go on and nobody says so; but a sender that died between sending a
 * packet and dropping it finds the door shut, and must not tell of it as dead
 * when it has come. So somebody looks: what lies in the socket has come, all
 * before that too, and when nothing does, the receiver's arena knows. It is
 * gossip, and about nobody else's mail.
 *
 * Who shuts, who looks, who waits
 * -------------------------------
 * The door is shut by the supervisor that tells the holder why. To look is of
 * use when it is shut, and takes both sockets and both arenas: those the one has
 * that made the edge, and all above it. So the edge is settling from the moment
 * in which it is taken back; the word SHUT goes up to who can look; and what
 * that one has seen, SETTLED, goes to all that hold the edge. Until then they
 * keep it, and a sender that has died waits with what is in doubt (burial.c).
 *
 * Whoever dies meanwhile took all below it along. The one above it has the edge,
 * settling as well, and finds that nobody is left who could send by the door:
 * it shuts it and goes on. So the survivor of any deaths looks, or has heard
 * SETTLED; and to look twice is to see the same, for nothing comes by a door
 * that is shut. What was seen is noted by all above the sender before any of
 * them lets go of the edge, and is handed down to who begins anew (receipts.c).
 *
 * It never takes anything, and never decides that an edge is over.
 */
#include <string.h>
#include <sys/socket.h>

#include "supervisord/act/depth.h"
#include "supervisord/act/mailbox.h"
#include "supervisord/breakpoint.h"
#include "supervisord/endings.h"
#include "supervisord/takings.h"
#include "supervisord/telling.h"

#define MESSAGE_BYTES 128

/* ---- looking ------------------------------------------------------------ */

/** struct takings - the last packet that came of each sender's; 0: in no doubt */
struct takings {
	uint64_t holders;
	uint64_t targets;
};

static struct arena *head_of(const struct supervisor *s, const char *path)
{
	const struct custody_mailbox *m = custody_mailbox(&s->custody, path);

	return m ? mailbox_head(m->arena_fd) : NULL;
}

static bool is_doubtful(const struct supervisor *s, const char *sender,
			uint64_t key)
{
	struct arena *head = head_of(s, sender);
	bool doubtful = head && arena_outbox_doubtful(head, key);

	mailbox_unload(head);
	return doubtful;
}

/* the socket first: what leaves it is in the arena, also when it is just being
 * copied there, as the kernel lets nobody peek meanwhile */
static uint64_t taken(const struct supervisor *s, const char *receiver,
		      uint64_t key, int fd)
{
	uint64_t last = fd < 0 ? 0 : depth_last(fd);
	struct arena *head = last ? NULL : head_of(s, receiver);

	if (head)
		last = arena_taken(head, key);
	mailbox_unload(head);
	return last;
}

static struct takings look(const struct supervisor *s,
			   const struct custody_edge *edge)
{
	const uint64_t holder = arena_key(edge->id, EDGE_HOLDER);
	const uint64_t target = arena_key(edge->id, EDGE_TARGET);
	struct takings seen = { 0 };

	if (is_doubtful(s, edge->holder, holder))
		seen.holders = taken(s, edge->target, target, edge->target_fd);
	if (is_doubtful(s, edge->target, target))
		seen.targets = taken(s, edge->holder, holder, edge->holder_fd);
	return seen;
}

/* ---- the door, and what is said of it ------------------------------------ */

static void note(struct supervisor *s, const char *sender, uint64_t key,
		 uint64_t sequence)
{
	if (sequence && minting_inside(s, sender))
		custody_taken_put(&s->custody, sender, key, sequence);
}

static void settle(struct supervisor *s, struct custody_edge *edge,
		   const struct takings *seen, struct minting_source source)
{
	char bytes[MESSAGE_BYTES];
	struct fields_writer w;

	note(s, edge->holder, arena_key(edge->id, EDGE_HOLDER), seen->holders);
	note(s, edge->target, arena_key(edge->id, EDGE_TARGET), seen->targets);
	fields_begin(&w, bytes, sizeof(bytes), "SETTLED");
	fields_put_u64(&w, "ID", edge->id);
	if (seen->holders)
		fields_put_u64(&w, "HOLDER", seen->holders);
	if (seen->targets)
		fields_put_u64(&w, "TARGET", seen->targets);
	BREAKPOINT("settled: noted, not said");
	telling_spread(s, edge, source, &w);
	BREAKPOINT("settled: said, not let go of");
	endings_settled(s, edge);
}

static bool has_all_of_it(const struct custody_edge *edge)
{
	return edge->holder_at != CUSTODY_OUTSIDE &&
	       edge->target_at != CUSTODY_OUTSIDE;
}

static void say_shut(struct supervisor *s, uint64_t id)
{
	char bytes[MESSAGE_BYTES];
	struct fields_writer w;

	if (!s->parent)
		return;
	fields_begin(&w, bytes, sizeof(bytes), "SHUT");
	fields_put_u64(&w, "ID", id);
	link_send(s->parent, &w, NULL, 0);
}

static void shut_door(struct supervisor *s, struct custody_edge *edge)
{
	struct takings seen;

	if (edge->holder_fd >= 0)
		shutdown(edge->holder_fd, SHUT_RDWR);
	BREAKPOINT("door shut: nobody looked");
	if (!has_all_of_it(edge)) {
		say_shut(s, edge->id);
		return;
	}
	seen = look(s, edge);
	settle(s, edge, &seen, (struct minting_source){ 0 });
}

void takings_begin(struct supervisor *s, struct custody_edge *edge)
{
	struct child *below = minting_below(s, edge->holder_at);

	edge->settling = true;
	if (edge->holder_at != CUSTODY_OUTSIDE && !(below && below->link))
		shut_door(s, edge);
}

void takings_below_gone(struct child *c)
{
	struct supervisor *s = c->supervisor;
	struct custody_edge *edge;

	for (size_t i = s->custody.n_edges; i-- > 0;) {
		edge = s->custody.edges[i];
		if (edge->settling && edge->holder_at == c->place)
			shut_door(s, edge);
	}
}

/* ---- messages ------------------------------------------------------------ */

static void on_settled(struct supervisor *s, struct custody_edge *edge,
		       struct minting_source source, const struct fields *f)
{
	struct takings seen = { 0 };

	fields_get_u64(f, "HOLDER", &seen.holders);
	fields_get_u64(f, "TARGET", &seen.targets);
	settle(s, edge, &seen, source);
}

bool takings_message(struct supervisor *s, struct minting_source source,
		     const struct fields *f)
{
	bool shut = !strcmp(f->verb, "SHUT");
	struct custody_edge *edge;
	uint64_t id;

	if (!shut && strcmp(f->verb, "SETTLED"))
		return false;
	if (fields_get_u64(f, "ID", &id) < 0)
		return true;
	edge = custody_edge(&s->custody, id);
	if (!edge || !edge->settling)
		return true;
	if (shut)
		shut_door(s, edge);
	else
		on_settled(s, edge, source, f);
	return true;
}
