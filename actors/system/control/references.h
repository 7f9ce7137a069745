/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * references.h - references to actors that somebody wrote to lately.
 *
 * Asked for once a path and life; the least used is given back when there are
 * too many.
 */
#pragma once

#include "actors/system/control/control.h"

/** references_start() - what a process before us was given is given back */
void references_start(struct control *control);
/** references_find() - NULL when there is none */
struct actor_reference *references_find(struct control *control,
					const char *path);
/** references_put() - keep one that came in this turn; 0; -ENOMEM, -ENOSPC */
int references_put(struct control *control, const char *path,
		   struct actor_reference *reference);
/** references_forget() - the life it leads to is over */
void references_forget(struct control *control,
		       const struct actor_reference *reference);
void references_clear(struct control *control);
