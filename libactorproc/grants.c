// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * grants.c - what the grant numbers in received frames mean.
 *
 * Pure: asking the supervisor is claims.c's, hearing its answer setup.c's.
 */
#include <errno.h>
#include <stdlib.h>

#include "libactorproc/actorproc.h"
#include "libactorproc/grants.h"

void grants_deinit(struct grants *grants)
{
	while (!LIST_EMPTY(&grants->list))
		grants_forget(LIST_FIRST(&grants->list));
}

struct grant *grants_find(const struct grants *grants, uint64_t via,
			  uint64_t number)
{
	struct grant *grant;

	LIST_FOREACH(grant, &grants->list, entry)
		if (grant->via == via && grant->number == number)
			return grant;

	return NULL;
}

int grants_put(struct grants *grants, uint64_t via, uint64_t number,
	       enum grant_state state, struct actor_reference *reference)
{
	struct grant *grant = grants_find(grants, via, number);

	if (!grant) {
		grant = calloc(1, sizeof(*grant));
		if (!grant)
			return -ENOMEM;
		grant->via = via;
		grant->number = number;
		LIST_INSERT_HEAD(&grants->list, grant, entry);
	}
	if (reference)
		actor_reference_keep(reference);
	actor_reference_drop(grant->reference);
	grant->reference = reference;
	grant->state = state;

	return 0;
}

void grants_forget(struct grant *grant)
{
	if (!grant)
		return;
	LIST_REMOVE(grant, entry);
	actor_reference_drop(grant->reference);
	free(grant);
}

void grants_forget_via(struct grants *grants, uint64_t via)
{
	struct grant *grant = LIST_FIRST(&grants->list);
	struct grant *next;

	for (; grant; grant = next) {
		next = LIST_NEXT(grant, entry);
		if (grant->via == via)
			grants_forget(grant);
	}
}
