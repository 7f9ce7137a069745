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
#include "supervisord/breakpoint.h"
#include "supervisord/endings.h"
#include "supervisord/gifts.h"
#include "supervisord/takings.h"
#include "supervisord/telling.h"

static bool has_mail(int fd)
{
	int queued;

	return fd >= 0 && ioctl(fd, SIOCINQ, &queued) == 0 && queued > 0;
}

static bool is_read(const struct custody_edge *edge)
{
	return (edge->closed || edge->left) && !has_mail(edge->target_fd) &&
	       !has_mail(edge->holder_fd);
}

void endings_sweep(struct supervisor *s)
{
	for (size_t i = s->custody.n_edges; !s->burying && i-- > 0;)
		if (is_read(s->custody.edges[i]))
			custody_edge_drop(&s->custody, s->custody.edges[i]);
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

/* Who has it by a life that goes on hears why before the end of it */
static void say_why(struct supervisor *s, const struct custody_edge *edge)
{
	say_revoked(minting_actor(s, edge->target_at), edge, "target");
	say_revoked(minting_actor(s, edge->holder_at), edge, "holder");
}

static void shut(const struct custody_edge *edge, bool by_target)
{
	int fd = by_target ? edge->target_fd : edge->holder_fd;

	if (fd >= 0)
		shutdown(fd, SHUT_RDWR);
}

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/*
 * What one side sent before is still to be read by the other, which may be
 * between two generations: then nobody has that end but we.
 */
static bool is_to_be_read(struct custody_edge *edge, bool by_target)
{
	if (!has_mail(by_target ? edge->holder_fd : edge->target_fd))
		return false;
	if (by_target)
		edge->left = true;
	else
		edge->closed = true;
	close_end(by_target ? &edge->target_fd : &edge->holder_fd);
	return true;
}

/* both may have to read */
void endings_settled(struct supervisor *s, struct custody_edge *edge)
{
	edge->settling = false;
	edge->closed = has_mail(edge->target_fd);
	edge->left = has_mail(edge->holder_fd);
	if (!edge->closed && !edge->left)
		custody_edge_drop(&s->custody, edge);
	else if (!edge->closed)
		close_end(&edge->target_fd);
	else if (!edge->left)
		close_end(&edge->holder_fd);
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
	BREAKPOINT("edge end: said, not shut");
	gifts_edge_ends(s, edge, by == BY_HOLDER);
	if (by == BY_REVOKED && !edge->awaited) {
		edge->revoked = true;
		say_why(s, edge);
		takings_begin(s, edge);
		return;
	}
	shut(edge, by == BY_TARGET);
	BREAKPOINT("edge end: shut, not forgotten");
	if (by == BY_HOLDER)
		custody_inherit(&s->custody, edge);
	edge->settling = false;
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
	if (!edge)
		return;
	if (edge->closed || edge->left) {	/* as it was when told of */
		gifts_edge_ends(s, edge, how == BY_HOLDER);
		return;
	}
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
