/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * receipts.c - up to which packet an edge that is over has been taken.
 *
 * A sender that was killed between sending a packet and dropping it asks for
 * that, and has nobody else left who knows. It is noted by all supervisors above
 * the sender (custody_taken_put()), and used by burial.c.
 */
#include <string.h>

#include "libactorproc/edge.h"
#include "libactorproc/path.h"
#include "supervisord/receipts.h"

#define MESSAGE_BYTES (3 * PATH_MAX)

void receipts_say(struct link *link, const struct custody_taken *taken)
{
	char bytes[MESSAGE_BYTES];
	struct fields_writer w;

	fields_begin(&w, bytes, sizeof(bytes), "CAME");
	fields_put_u64(&w, "ID", arena_key_id(taken->key));
	fields_put(&w, "FROM", arena_key_end(taken->key) == EDGE_HOLDER ? "h" :
									  "t");
	fields_put(&w, "PATH", taken->path);
	fields_put_u64(&w, "TAKEN", taken->sequence);
	link_send(link, &w, NULL, 0);
}

void receipts_give(struct child *c)
{
	const struct custody *custody = &c->supervisor->custody;
	const struct custody_taken *taken;

	for (size_t i = 0; i < CUSTODY_TAKEN_MAX; i++) {
		taken = &custody->taken[i];
		if (taken->path && path_is_within(taken->path, c->node->path))
			receipts_say(c->link, taken);
	}
}

void receipts_note(struct supervisor *s, const char *path, uint64_t key,
		   uint64_t sequence)
{
	const struct custody_taken taken = { (char *)path, key, sequence };
	struct child *below = minting_below(s, minting_place(s, path));

	if (!sequence)
		return;
	custody_taken_put(&s->custody, path, key, sequence);
	if (below && below->link)
		receipts_say(below->link, &taken);
}

static void on_came(struct supervisor *s, const char *path,
		    const struct fields *f)
{
	const char *from = fields_get(f, "FROM");
	uint64_t id, taken;

	if (!from || fields_get_u64(f, "ID", &id) < 0 ||
	    fields_get_u64(f, "TAKEN", &taken) < 0)
		return;
	receipts_note(s, path,
		      arena_key(id, *from == 'h' ? EDGE_HOLDER : EDGE_TARGET),
		      taken);
}

bool receipts_message(struct supervisor *s, const struct fields *f)
{
	const char *path = fields_get(f, "PATH");

	if (strcmp(f->verb, "CAME") || !path)
		return false;
	on_came(s, path, f);
	return true;
}
