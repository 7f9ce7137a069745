/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * questions_lost.c - what an earlier root had been asked and has not answered.
 *
 * An actor that is killed leaves an arena, from which it is known what it had in
 * hand. A root has none. But whoever asked it has one: each question has one
 * answer, and those that are neither taken nor in the socket have never been
 * given. What became of such a question nobody knows any more, as of any message
 * that was in hand: it is a dead letter.
 */
#include <string.h>

#include "supervisord/act/depth.h"
#include "supervisord/act/mailbox.h"
#include "supervisord/questions_lost.h"

static bool is_of_questions(const struct custody_edge *edge)
{
	return custody_edge_open(edge) && edge->target_at == CUSTODY_SELF &&
	       edge->holder_fd >= 0;
}

/*
 * As it will be when that arena is recovered: what had landed is taken. A packet
 * that may have left has left, as far as we say: who asked and we died in the same
 * instant, and nobody is there who could tell what became of it.
 */
static struct ledger counts_of(struct arena *arena, uint64_t key,
			       uint64_t *ret_sent)
{
	struct arena_remains remains;
	struct ledger counts;
	const void *packet;
	size_t n_bytes;

	arena_recover(arena, 0, &remains);
	counts = ledger_of_edge(arena, key);
	if (!arena_outbox_doubtful(arena, key) ||
	    !arena_outbox_peek(arena, key, &packet, &n_bytes))
		return counts;
	counts.sent += packet_header(packet).n_frames;
	*ret_sent = packet_header(packet).sequence;
	return counts;
}

/* nobody writes there now; who asked hears with the end of the edge what came */
static uint64_t n_unanswered(const struct supervisor *s,
			     struct custody_edge *edge)
{
	const struct custody_mailbox *mailbox =
		custody_mailbox(&s->custody, edge->holder);
	struct arena *arena;
	uint64_t n_answers;
	struct ledger own;

	if (!mailbox || mailbox_load(mailbox->arena_fd, &arena) < 0)
		return 0;
	own = counts_of(arena, arena_key(edge->id, EDGE_HOLDER), &edge->taken);
	mailbox_unload(arena);
	n_answers = own.taken +
		    depth_beyond(edge->holder_fd, own.packets).n_frames;
	return own.sent > n_answers ? own.sent - n_answers : 0;
}

static void tell(struct supervisor *s, const struct custody_edge *edge,
		 uint64_t count)
{
	struct record record;

	record_begin(&record, "dead-letter");
	fields_put(&record.fields, "PATH", "/");
	fields_put(&record.fields, "SENDER", edge->holder);
	fields_put(&record.fields, "TYPE", "question");
	fields_put(&record.fields, "REASON", "crashed");
	fields_put(&record.fields, "CAUSE", "supervisor");
	fields_put_u64(&record.fields, "COUNT", count);
	reporter_send(s->reporter, &record);
}

void questions_lost(struct supervisor *s)
{
	struct custody_edge *edge;
	uint64_t n;

	for (size_t i = 0; i < s->custody.n_edges; i++) {
		edge = s->custody.edges[i];
		n = is_of_questions(edge) ? n_unanswered(s, edge) : 0;
		if (n == 0)
			continue;
		s->ended.counts.taken += n;
		s->ended.counts.dead += n;
		tell(s, edge, n);
	}
}
