/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * window.pml - how much one sender may have waiting: a model for spin.
 *
 * Two processes and the memory they share: the receiver publishes how much is
 * finished, the sender compares it with what was accepted, and when there is no
 * room says so in a flag, looks again, and waits: for a ROOM frame on the edge,
 * or asleep in futex(2). What a processor stores reaches memory later, in order
 * (the channels), unless a full barrier makes it wait; a load may overtake it.
 * Either process can be killed anywhere; what it had stored does reach memory,
 * and its next life goes on with what is in its arena (what begins with `n_`).
 *
 *	no more is under way than the limit
 *	whoever waits is woken: all messages are handled in the end
 */
#define MUTANTS(X)							\
	X(NO_BARRIER_BY_RECEIVER) X(NO_BARRIER_BY_SENDER) X(NO_SECOND_LOOK) \
	X(PUBLISHED_BEFORE_COMMIT) X(START_WITHOUT_PUBLISHING)		\
	X(START_WITHOUT_WAKING) X(WOKEN_BEFORE_CLEARED)			\
	X(ASLEEP_ON_FINISHED) X(CLEARED_BEFORE_ROOM) X(CLEARED_AFTER_FLUSH)
#include "bounds.pml"

#define LIMIT 3
#define SIZE(message) (1 + (message) % 2)	/* some need more room than others */

#define WANTS_ROOM 1
#define ASLEEP 2

mtype = { FINISHED, WAITING };

/* Shared memory, and the stores on their way to it. */
byte finished, waiting;
chan receiver_stores = [3] of { mtype, byte };
chan sender_stores = [3] of { mtype, byte };

/* What the arenas know: survives. */
byte n_accepted, accepted_bytes;
byte n_handled, handled_bytes;
byte n_room, n_room_sent;	/* ROOM frames released, and dropped */

/* The kernel. */
byte rooms;			/* in the socket */
byte n_room_arrived;
bit sleeps;			/* the sender does, in futex(2) */

byte n_crashes;

#define STEP							\
	if							\
	:: true							\
	:: n_crashes < max_crashes -> n_crashes++; goto dead	\
	fi
#define STORE(stores, what, value) atomic { stores ! what, value; STEP }
#define BARRIER(stores) atomic { empty(stores); STEP }

/* The processor of a dead process has nothing left to store. */
inline memory_settles(stores)
{
	do
	:: stores ? FINISHED, finished
	:: stores ? WAITING, waiting
	:: empty(stores) -> break
	od
}

proctype memory()
{
end:
	do
	:: receiver_stores ? FINISHED, finished
	:: receiver_stores ? WAITING, waiting
	:: sender_stores ? WAITING, waiting
	od
}

/* ---- the sender --------------------------------------------------------- */

#define ROOM_FOR(message, seen) \
	(accepted_bytes - seen + SIZE(message) <= LIMIT)

inline look(ret_seen)
{
	atomic { ret_seen = finished; STEP }
}

/* The commit of the turn; the packet is as good as in the socket. */
inline accept()
{
	atomic {
		accepted_bytes = accepted_bytes + SIZE(n_accepted);
		n_accepted++;
		assert(accepted_bytes - handled_bytes <= LIMIT);
		STEP
	}
}

/* The kernel compares and puts to sleep in one step. */
inline futex_wait(seen)
{
	atomic {
		empty(sender_stores);
		if
		:: MUTANT(ASLEEP_ON_FINISHED) -> sleeps = (finished == seen)
		:: else -> sleeps = (waiting == ASLEEP)
		fi;
		STEP
	};
	atomic { !sleeps; STEP }
}

inline wait_for_room(seen)
{
	if
	:: max_asleep -> STORE(sender_stores, WAITING, ASLEEP)
	:: else -> STORE(sender_stores, WAITING, WANTS_ROOM)
	fi;
	UNLESS(NO_BARRIER_BY_SENDER, BARRIER(sender_stores));
	UNLESS(NO_SECOND_LOOK, look(seen));
	if
	:: ROOM_FOR(n_accepted, seen)
	:: !ROOM_FOR(n_accepted, seen) && max_asleep -> futex_wait(seen)
	:: !ROOM_FOR(n_accepted, seen) && !max_asleep ->
		atomic { rooms -> rooms--; STEP }
	fi
}

proctype sender()
{
	byte seen;

alive:
	do
	:: n_accepted == max_messages -> break
	:: n_accepted < max_messages ->
		look(seen);
		if
		:: ROOM_FOR(n_accepted, seen) -> accept()
		:: else -> wait_for_room(seen)
		fi;
		seen = 0
	od;
	goto over;
dead:
	atomic {
		memory_settles(sender_stores);
		sleeps = 0;
		seen = 0
	};
	goto alive;
over:
	skip
}

/* ---- the receiver ------------------------------------------------------- */

inline handle()
{
	atomic {
		handled_bytes = handled_bytes + SIZE(n_handled);
		n_handled++;
		STEP
	}
}

inline publish(value)
{
	STORE(receiver_stores, FINISHED, value)
}

/* Its own store is seen at once. */
#define SEES_WAITING (receiver_stores ?? [WAITING, 0] -> 0 : waiting)

/* To a sleeper, if there is one. */
inline futex_wake()
{
	atomic { empty(receiver_stores); sleeps = 0; STEP }
}

/* What a commit released is sent, again after a crash, and arrives once. */
inline flush()
{
	if
	:: n_room_sent < n_room ->
		atomic {
			empty(receiver_stores);
			rooms = rooms + (n_room - n_room_arrived);
			n_room_arrived = n_room;
			STEP
		};
		atomic { n_room_sent = n_room; STEP }
	:: else
	fi
}

/* The flag is taken back when the frame is released, and before it is sent. */
inline send_room()
{
	WHEN(CLEARED_BEFORE_ROOM, STORE(receiver_stores, WAITING, 0));
	atomic { n_room++; STEP };
	if
	:: !MUTANT(CLEARED_BEFORE_ROOM) && !MUTANT(CLEARED_AFTER_FLUSH) ->
		STORE(receiver_stores, WAITING, 0)
	:: else
	fi;
	flush();
	WHEN(CLEARED_AFTER_FLUSH, STORE(receiver_stores, WAITING, 0))
}

inline wake()
{
	WHEN(WOKEN_BEFORE_CLEARED, futex_wake());
	STORE(receiver_stores, WAITING, 0);
	UNLESS(WOKEN_BEFORE_CLEARED, futex_wake())
}

inline tell_sender()
{
	UNLESS(NO_BARRIER_BY_RECEIVER, BARRIER(receiver_stores));
	atomic { flag = SEES_WAITING; STEP };
	if
	:: flag == ASLEEP -> wake()
	:: flag == WANTS_ROOM -> send_room()
	:: else
	fi;
	flag = 0
}

/* The last life may have died between any two of these. */
inline start()
{
	UNLESS(START_WITHOUT_PUBLISHING, publish(handled_bytes));
	UNLESS(START_WITHOUT_WAKING, futex_wake());
	flush();
	tell_sender()
}

proctype receiver()
{
	byte flag;

alive:
	start();
	do
	:: n_handled == max_messages -> break
	:: n_handled < n_accepted ->
		WHEN(PUBLISHED_BEFORE_COMMIT,
		     publish(handled_bytes + SIZE(n_handled)));
		handle();
		if
		:: n_handled < n_accepted	/* some together */
		:: true -> publish(handled_bytes); tell_sender()
		fi
	od;
	goto over;
dead:
	atomic {
		memory_settles(receiver_stores);
		flag = 0;
		if
		:: n_handled < n_accepted ->	/* dead: by its recovery */
			handled_bytes = handled_bytes + SIZE(n_handled);
			n_handled++
		:: true
		fi
	};
	goto alive;
over:
	skip
}

init {
	atomic {
		bounds_from_environment();
		run memory();
		run sender();
		run receiver()
	}
}

ltl all_are_handled { <> (max_messages && n_handled == max_messages) }
