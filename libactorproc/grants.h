/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * grants.h - what the grant numbers in received frames mean.
 *
 * A number means something only together with the edge the frame came by: it
 * is the sender's own. The supervisor says what, by GRANTED and REFUSED. Pure.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "libactorproc/references.h"

enum grant_state {
	GRANT_CLAIMED,	/* the supervisor has been asked */
	GRANT_GRANTED,
	GRANT_REFUSED,
	GRANT_UNKNOWN,	/* nobody knows what became of it */
};

/** struct grant - @reference: what it means, counted; NULL unless granted */
struct grant {
	uint64_t via;
	uint64_t number;
	enum grant_state state;
	struct actor_reference *reference;
	LIST_ENTRY(grant) entry;
};

LIST_HEAD(grant_list, grant);

/** struct grants - zeroed is empty */
struct grants {
	struct grant_list list;
};

/** grants_deinit() - before references_deinit() */
void grants_deinit(struct grants *grants);
/** grants_find() - NULL when nothing is known of it */
struct grant *grants_find(const struct grants *grants, uint64_t via,
			  uint64_t number);
/**
 * grants_put() - now it is so
 * @reference: counted once more; NULL unless GRANT_GRANTED
 *
 * Return: 0; -ENOMEM.
 */
int grants_put(struct grants *grants, uint64_t via, uint64_t number,
	       enum grant_state state, struct actor_reference *reference);
/** grants_forget() - NULL is fine */
void grants_forget(struct grant *grant);
/** grants_forget_via() - no frame can come over that edge any more */
void grants_forget_via(struct grants *grants, uint64_t via);
