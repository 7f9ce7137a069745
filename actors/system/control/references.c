/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * references.c - references to actors that somebody wrote to lately.
 *
 * Each is watched: when its life is over, the path is asked for anew.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "actors/system/control/references.h"

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

static void make_room(struct control *control)
{
	struct control_reference *oldest = &control->references[0];

	if (control->n_references < CONTROL_REFERENCES_MAX)
		return;

	for (size_t i = 1; i < control->n_references; i++)
		if (control->references[i].used < oldest->used)
			oldest = &control->references[i];
	drop(control, oldest);
}

int references_put(struct control *control, const char *path,
		   struct actor_reference *reference)
{
	char *copy;

	/* two calls asked for it at the same time */
	if (references_find(control, path))
		return 0;

	copy = strdup(path);
	if (!copy)
		return -ENOMEM;

	make_room(control);
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
