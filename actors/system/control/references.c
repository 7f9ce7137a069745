/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * references.c - references to actors that somebody wrote to lately.
 *
 * Each is watched: when its life is over, the path is asked for anew. Each is an
 * edge of ours until we say that we do not need it, or the system has none left
 * for others: so the least used of those by which no answer is awaited go first.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "actors/system/control/calls.h"
#include "actors/system/control/references.h"
#include "actors/system/records.h"

#define RELEASE_NS UINT64_C(10000000000)

struct actor_reference *references_find(struct control *control,
					const char *path)
{
	for (size_t i = 0; i < control->n_references; i++) {
		struct control_reference *r = &control->references[i];

		if (strcmp(r->path, path))
			continue;
		r->used = ++control->reference_clock;
		return r->reference;
	}

	return NULL;
}

static void drop(struct control *control, struct control_reference *r)
{
	actor_unwatch(control->self, r->reference);
	actor_reference_drop(r->reference);
	free(r->path);
	*r = control->references[--control->n_references];
}

/* by an edge that is given back no answer comes, and who waits for a reference to
 * that path gets this edge */
static bool is_used(const struct control *control,
		    const struct control_reference *r)
{
	for (const struct call *call = control->calls; call; call = call->next)
		if (call->to == r->reference ||
		    (call->path && !strcmp(call->path, r->path)))
			return true;
	return false;
}

static struct control_reference *least_used(struct control *control)
{
	struct control_reference *r, *found = NULL;

	for (size_t i = 0; i < control->n_references; i++) {
		r = &control->references[i];
		if ((!found || r->used < found->used) && !is_used(control, r))
			found = r;
	}
	return found;
}

/* Return: 0, or a negative errno: then it is kept, and given back later */
static int give_back(struct control *control, const char *path)
{
	char bytes[2048];
	struct records_writer w;

	records_begin(&w, bytes, sizeof(bytes), "release");
	if (path)
		records_put(&w, "PATH", path);
	/* nothing has to be done about the answer */
	return actor_ask(control->self, control->supervisor, "release", bytes,
			 w.length_bytes, RELEASE_NS, NULL);
}

static void give_back_the_least_used(struct control *control)
{
	struct control_reference *r;

	while (control->n_references > CONTROL_REFERENCES_KEPT) {
		r = least_used(control);
		if (!r || give_back(control, r->path) < 0)
			return;
		drop(control, r);
	}
}

void references_start(struct control *control)
{
	if (control->supervisor)
		give_back(control, NULL);
}

int references_put(struct control *control, const char *path,
		   struct actor_reference *reference)
{
	char *copy;

	/* two calls asked for it at the same time */
	if (references_find(control, path))
		return 0;

	give_back_the_least_used(control);
	if (control->n_references == CONTROL_REFERENCES_MAX)
		return -ENOSPC;

	copy = strdup(path);
	if (!copy)
		return -ENOMEM;

	actor_reference_keep(reference);
	actor_watch(control->self, reference);
	control->references[control->n_references++] =
		(struct control_reference) {
			.path = copy,
			.reference = reference,
			.used = ++control->reference_clock,
		};
	return 0;
}

void references_forget(struct control *control,
		       const struct actor_reference *reference)
{
	for (size_t i = 0; i < control->n_references; i++) {
		struct control_reference *r = &control->references[i];

		if (r->reference != reference)
			continue;
		drop(control, r);
		return;
	}
}

void references_clear(struct control *control)
{
	while (control->n_references > 0)
		drop(control, &control->references[0]);
}
