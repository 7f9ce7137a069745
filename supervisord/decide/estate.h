/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * estate.h - what a process left, settled step by step, as a table of states
 * and events. Pure.
 *
 * No step that cannot be done again is taken before all levels above hold what
 * it starts from: see the top of afterlife.c. The table knows nothing of arenas
 * and sockets; its user does the actions and says what came of them.
 */
#pragma once

#include <stdbool.h>

/*
 * X(symbol, name, the life is over)
 *
 * COPYING: the arena is to be read, checked, recovered and stored anew. PUSHED:
 * the copy is on its way up. SENDING: what was released leaves, and of some it
 * is not known yet whether it had left before. END_COPYING and END_PUSHED: as
 * the first two, and the life is over. DRAINING: the mailbox is being emptied
 * for good. BLOCKED: somebody has to read before that can go on. SETTLED:
 * nothing is left to do.
 */
#define ESTATE_STATES(X)					\
	X(COPYING, "copying", false)				\
	X(PUSHED, "pushed", false)				\
	X(SENDING, "sending", false)				\
	X(END_COPYING, "end-copying", true)			\
	X(END_PUSHED, "end-pushed", true)			\
	X(DRAINING, "draining", true)				\
	X(BLOCKED, "blocked", true)				\
	X(SETTLED, "settled", true)

/*
 * X(symbol, name)
 *
 * COPIED, SHORT, DAMAGED: what came of COPY; SHORT: no memory or descriptor
 * now; DAMAGED: it cannot be trusted. CHANGED: what is known of the copy above
 * is not true any more. KEPT: all levels above hold the copy. END: the life is
 * over. EMPTY, FULL, MORE: what came of SEND or of a piece of draining: all is
 * done; somebody else has to do something first; there is more to do. ROOM: a
 * socket may have room. AGAIN: the time that an action asked for has passed.
 * LATE: so has all patience.
 */
#define ESTATE_EVENTS(X)					\
	X(COPIED, "copied")					\
	X(SHORT, "short")					\
	X(DAMAGED, "damaged")					\
	X(CHANGED, "changed")					\
	X(KEPT, "kept")						\
	X(END, "end")						\
	X(EMPTY, "empty")					\
	X(FULL, "full")						\
	X(MORE, "more")						\
	X(ROOM, "room")						\
	X(AGAIN, "again")					\
	X(LATE, "late")

/*
 * X(symbol, name)
 *
 * FORGOTTEN: a hole in the table; there is none. IGNORE: old news. NONE: the
 * new state is all. COPY: do it. RETRY: AGAIN in a while. PUSH: send it up, with
 * a new number. PUSH_AGAIN: the same, with the number it had: it may have been
 * lost above. SEND: what was released. RELEASE: the next process may start.
 * DRAIN: a piece of it. SOON: AGAIN at the loop's next turn. AWAIT: ROOM when
 * somebody has read. HURRY: drain without waiting for anybody. ABANDON: hang up
 * undrained. CLOSE: tell who waits.
 */
#define ESTATE_ACTIONS(X)					\
	X(FORGOTTEN, "forgotten")				\
	X(IGNORE, "ignore")					\
	X(NONE, "none")						\
	X(COPY, "copy")						\
	X(RETRY, "retry")					\
	X(PUSH, "push")						\
	X(PUSH_AGAIN, "push-again")				\
	X(SEND, "send")						\
	X(RELEASE, "release")					\
	X(DRAIN, "drain")					\
	X(SOON, "soon")						\
	X(AWAIT, "await")					\
	X(HURRY, "hurry")					\
	X(ABANDON, "abandon")					\
	X(CLOSE, "close")

enum estate_state {
#define X(symbol, name, over) ESTATE_##symbol,
	ESTATE_STATES(X)
#undef X
	N_ESTATE_STATES,
};

enum estate_event {
#define X(symbol, name) ESTATE_EVENT_##symbol,
	ESTATE_EVENTS(X)
#undef X
	N_ESTATE_EVENTS,
};

enum estate_action {
#define X(symbol, name) ESTATE_ACTION_##symbol,
	ESTATE_ACTIONS(X)
#undef X
	N_ESTATE_ACTIONS,
};

struct estate_step {
	enum estate_state next;
	enum estate_action action;
};

/** estate_step() - what an event does in a state */
struct estate_step estate_step(enum estate_state state,
			       enum estate_event event);
/** estate_is_over() - is it one in which the life is over? */
bool estate_is_over(enum estate_state state);

const char *estate_state_name(enum estate_state state);
const char *estate_event_name(enum estate_event event);
const char *estate_action_name(enum estate_action action);
