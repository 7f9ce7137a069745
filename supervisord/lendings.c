/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lendings.c - references that /system/control has for what clients say.
 *
 * The root gives them on nobody's account: nothing stands above them, so nobody
 * else takes them back. Who has them says when it does not need them any more,
 * and until what has been sent is handled they stay: what is left in an edge that
 * is taken back would be dead. Grants of other actors are not looked at: an edge
 * that one of them holds up stays.
 */
#include <string.h>
#include <sys/ioctl.h>

#include <linux/sockios.h>

#include "supervisord/act/mailbox.h"
#include "supervisord/lendings.h"
#include "supervisord/minting.h"
#include "supervisord/questions.h"

static bool has_our_grant(const struct custody_edge *edge)
{
	for (size_t i = 0; i < edge->n_aliases; i++)
		if (!edge->aliases[i].parent)
			return true;
	return false;
}

/* those inside of /system are made there, and are few */
static bool is_lent(const struct custody_edge *edge)
{
	return edge->minted_here && custody_edge_open(edge) &&
	       !strcmp(edge->holder, CONTROL_PATH) && has_our_grant(edge);
}

static bool has_mail(int fd)
{
	int queued;

	return fd >= 0 && ioctl(fd, SIOCINQ, &queued) == 0 && queued > 0;
}

static bool has_unsent(const struct supervisor *s,
		       const struct custody_edge *edge)
{
	const struct custody_mailbox *m = custody_mailbox(&s->custody,
							  edge->holder);
	struct arena *head = m ? mailbox_head(m->arena_fd) : NULL;
	bool has = m && (!head || arena_outbox_has(head,
				arena_key(edge->id, EDGE_HOLDER)));

	mailbox_unload(head);
	return has;
}

/* of whomever it is that has not been handled there */
static bool has_waiting(const struct supervisor *s,
			const struct custody_edge *edge)
{
	const struct custody_mailbox *m = custody_mailbox(&s->custody,
							  edge->target);
	size_t n;

	return m && (mailbox_waiting(m->arena_fd, &n) < 0 || n > 0);
}

/* in the order in which a message goes, so that none passes by; what cannot be
 * known may be there, and is looked for again */
static bool is_idle(const struct supervisor *s, const struct custody_edge *edge)
{
	return !has_unsent(s, edge) && !has_mail(edge->target_fd) &&
	       !has_mail(edge->holder_fd) && !has_waiting(s, edge);
}

/* to settle may drop edges, and not only this one */
static void sweep(struct supervisor *s)
{
	struct custody_edge *edge;

	for (size_t i = s->custody.n_edges; i-- > 0;) {
		if (i >= s->custody.n_edges)
			continue;
		edge = s->custody.edges[i];
		if (edge->returned && is_lent(edge) && is_idle(s, edge))
			revocations_disown(s, edge);
	}
}

uint64_t lendings_lend(struct supervisor *s, const char *path, uint64_t via)
{
	const struct grant_order order = {
		.holder = CONTROL_PATH,
		.target = path,
		.via = via,
		.grant = supervisor_random() >> 2,
	};
	struct custody_edge *edge = custody_edge_between(&s->custody,
							 CONTROL_PATH, path);

	if (edge)
		edge->returned = false;
	sweep(s);
	grants_grant(s, &order);
	return order.grant;
}

void lendings_return(struct supervisor *s, const char *path)
{
	struct custody_edge *edge;

	for (size_t i = 0; i < s->custody.n_edges; i++) {
		edge = s->custody.edges[i];
		if (is_lent(edge) && (!path || !strcmp(edge->target, path)))
			edge->returned = true;
	}
	sweep(s);
}

bool lendings_has_room(const struct supervisor *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->custody.n_edges; i++)
		n += is_lent(s->custody.edges[i]);
	return n < LENDINGS_MIN;
}
