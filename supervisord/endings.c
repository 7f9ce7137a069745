/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * endings.c - the end of an edge: by its holder, by its target, or taken back.
 *
 * It alone shuts doors and drops edges. All who have copies hear of it; what is
 * still to be read stays in custody until it has been.
 */
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/sockios.h>

#include "libactorproc/edge.h"
#include "supervisord/endings.h"
#include "supervisord/gifts.h"
#include "supervisord/takings.h"
#include "supervisord/telling.h"

static bool has_mail(int fd)
{
	int queued;

	return fd >= 0 && ioctl(fd, SIOCINQ, &queued) == 0 && queued > 0;
}

void endings_sweep(struct supervisor *s)
{
	struct custody_edge *edge;

	for (size_t i = s->custody.n_edges; !s->burying && i-- > 0;) {
		edge = s->custody.edges[i];
		if ((edge->closed && !has_mail(edge->target_fd)) ||
		    (edge->left && !has_mail(edge->holder_fd)))
			custody_edge_drop(&s->custody, edge);
	}
}

enum edge_end_by { BY_HOLDER, BY_TARGET, BY_REVOKED };

static const char *const end_names[] = {
	[BY_HOLDER] = "holder",
	[BY_TARGET] = "target",
	[BY_REVOKED] = "revoked",
};

static void say_end(struct supervisor *s, const struct custody_edge *edge,
		    enum edge_end_by by, struct minting_source source)
{
	char bytes[128];
	struct fields_writer w;

	fields_begin(&w, bytes, sizeof(bytes), "EDGE_END");
	fields_put_u64(&w, "ID", edge->id);
	fields_put(&w, "BY", end_names[by]);
	if (edge->taken)
		fields_put_u64(&w, "TAKEN", edge->taken);
	telling_spread(s, edge, source, &w);
}

static void say_revoked(struct child *c, const struct custody_edge *edge,
			const char *end)
{
	char bytes[128];
	struct fields_writer w;

	if (!c)
		return;
	fields_begin(&w, bytes, sizeof(bytes), "EDGE_END");
	fields_put_u64(&w, "ID", edge->id);
	fields_put(&w, "END", end);
	fields_put(&w, "REASON", "revoked");
	link_send(c->link, &w, NULL, 0);
}

/*
 * Its holder hears why before it finds the end of the edge, so the door is shut
 * by the supervisor that tells it; by us, when that one is not there.
 */
static void shut(struct supervisor *s, const struct custody_edge *edge,
		 enum edge_end_by by)
{
	struct child *below = minting_below(s, edge->holder_at);

	if (by == BY_TARGET) {
		if (edge->target_fd >= 0)
			shutdown(edge->target_fd, SHUT_RDWR);
		return;
	}
	if (by == BY_REVOKED && !edge->awaited) {
		say_revoked(minting_actor(s, edge->target_at), edge, "target");
		say_revoked(minting_actor(s, edge->holder_at), edge, "holder");
		if (below && below->link)
			return;
		takings_settle(s, edge);
	}
	if (edge->holder_fd >= 0)
		shutdown(edge->holder_fd, SHUT_RDWR);
	if (by == BY_REVOKED)
		takings_note(s, edge);
}

/*
 * What one side sent before is still to be read by the other, which may be
 * between two generations: then nobody has that end but we.
 */
static bool is_to_be_read(struct custody_edge *edge, bool by_target)
{
	int *over_fd = by_target ? &edge->target_fd : &edge->holder_fd;

	if (!has_mail(by_target ? edge->holder_fd : edge->target_fd))
		return false;
	if (by_target)
		edge->left = true;
	else
		edge->closed = true;
	if (*over_fd >= 0)
		close(*over_fd);
	*over_fd = -1;
	return true;
}

/*
 * A sender that was killed between sending a packet and dropping it has it still,
 * and nobody is left who would take it for one that has come.
 */
static void note_taken(struct supervisor *s, const struct custody_edge *edge,
		       bool by_target)
{
	if (edge->taken)
		custody_taken_put(&s->custody,
				  by_target ? edge->holder : edge->target,
				  arena_key(edge->id, by_target ? EDGE_HOLDER :
						      EDGE_TARGET),
				  edge->taken);
}

static void end_edge(struct supervisor *s, struct custody_edge *edge,
		     enum edge_end_by by, struct minting_source source)
{
	note_taken(s, edge, by == BY_TARGET);
	say_end(s, edge, by, source);
	shut(s, edge, by);
	if (by == BY_HOLDER)
		custody_inherit(&s->custody, edge);
	gifts_edge_ends(s, edge, by == BY_HOLDER);
	edge->revoked = by == BY_REVOKED;
	if (!is_to_be_read(edge, by == BY_TARGET))
		custody_edge_drop(&s->custody, edge);
}

void endings_end(struct supervisor *s, struct custody_edge *edge,
		 bool by_target)
{
	end_edge(s, edge, by_target ? BY_TARGET : BY_HOLDER,
		 (struct minting_source){ 0 });
}

void endings_revoke(struct supervisor *s, struct custody_edge *edge)
{
	end_edge(s, edge, BY_REVOKED, (struct minting_source){ 0 });
}

static void on_edge_end(struct supervisor *s, struct minting_source source,
			const struct fields *f)
{
	const char *by = fields_get(f, "BY");
	enum edge_end_by how = BY_HOLDER;
	struct custody_edge *edge;
	char target[PATH_MAX];
	uint64_t id;

	if (fields_get_u64(f, "ID", &id) < 0 || !by)
		return;
	edge = custody_edge(&s->custody, id);
	while (how < BY_REVOKED && strcmp(by, end_names[how]))
		how++;
	if (edge && !custody_edge_open(edge))	/* as it was over when told of */
		gifts_edge_ends(s, edge, how == BY_HOLDER);
	if (!edge || !custody_edge_open(edge))
		return;
	snprintf(target, sizeof(target), "%s", edge->target);
	fields_get_u64(f, "TAKEN", &edge->taken);
	end_edge(s, edge, how, source);
	if (how == BY_REVOKED)
		revocations_settle(s, target);
}

bool endings_message(struct supervisor *s, struct minting_source source,
		     const struct fields *f)
{
	if (strcmp(f->verb, "EDGE_END"))
		return false;
	on_edge_end(s, source, f);
	return true;
}
