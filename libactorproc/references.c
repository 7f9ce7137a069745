// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * references.c - whom the actor can send to: declared names, and references
 * that came in messages.
 *
 * A received reference whose edge still stands stays here although nobody
 * counts it: it may come again, and then means the same edge.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libactorproc/actorproc.h"
#include "libactorproc/references.h"

static void forget(struct actor_reference *reference)
{
	LIST_REMOVE(reference, entry);
	free(reference->name);
	free(reference->path);
	free(reference);
}

static void forget_unused(struct actor_reference *reference)
{
	if (!reference->name && !reference->edge && reference->count == 0)
		forget(reference);
}

static int point_to(struct actor_reference *reference, const char *path,
		    struct edge *edge)
{
	char *copy = strdup(path);

	if (!copy)
		return -ENOMEM;
	free(reference->path);
	reference->path = copy;
	reference->edge = edge;
	reference->key = edge ? edge->key : 0;
	strcpy(reference->reason, edge ? "" : "terminated");

	return 0;
}

static struct actor_reference *make(struct references *references,
				    const char *name, const char *path,
				    struct edge *edge)
{
	struct actor_reference *reference = calloc(1, sizeof(*reference));

	if (!reference)
		return NULL;
	LIST_INSERT_HEAD(&references->list, reference, entry);
	if (name)
		reference->name = strdup(name);
	if ((name && !reference->name) || point_to(reference, path, edge) < 0) {
		forget(reference);
		return NULL;
	}

	return reference;
}

void references_deinit(struct references *references)
{
	while (!LIST_EMPTY(&references->list))
		forget(LIST_FIRST(&references->list));
}

int references_declare(struct references *references, const char *name,
		       const char *path, struct edge *edge)
{
	struct actor_reference *reference = references_find(references, name);

	if (reference)
		return point_to(reference, path, edge);

	return make(references, name, path, edge) ? 0 : -ENOMEM;
}

struct actor_reference *references_find(const struct references *references,
					const char *name)
{
	struct actor_reference *reference;

	LIST_FOREACH(reference, &references->list, entry)
		if (reference->name && strcmp(reference->name, name) == 0)
			return reference;

	return NULL;
}

struct actor_reference *references_of(struct references *references,
				      struct edge *edge)
{
	struct actor_reference *reference;

	LIST_FOREACH(reference, &references->list, entry)
		if (reference->edge == edge)
			return reference;

	return make(references, NULL, edge->peer, edge);
}

void references_over(struct references *references, const struct edge *edge,
		     const char *reason)
{
	struct actor_reference *reference = LIST_FIRST(&references->list);
	struct actor_reference *next;

	for (; reference; reference = next) {
		next = LIST_NEXT(reference, entry);
		if (reference->edge != edge)
			continue;
		reference->edge = NULL;
		strncpy(reference->reason, reason, EDGE_REASON_MAX);
		forget_unused(reference);
	}
}

bool reference_is_over(const struct actor_reference *reference)
{
	return !reference->edge || reference->edge->over;
}

const char *reference_over_reason(const struct actor_reference *reference)
{
	return reference->edge ? reference->edge->reason : reference->reason;
}

const char *actor_reference_path(const struct actor_reference *reference)
{
	return reference->path;
}

void actor_reference_keep(struct actor_reference *reference)
{
	reference->count++;
}

void actor_reference_drop(struct actor_reference *reference)
{
	if (!reference || reference->count == 0)
		return;
	reference->count--;
	forget_unused(reference);
}
