/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * held.pml - messages held beyond their packet: a model for spin.
 *
 * A frame leaves its packet for a held entry by a turn of its own, waits there
 * for its class, and is handled later; or the turn that handles it puts it into
 * the stash, and another brings what is stashed to the front. An entry is there
 * when `made` is committed, until `done` is; one that is stashed while it is held
 * is marked `again` by that turn, and so not done but stashed: what that says is
 * copied to where it belongs behind the commit. The process and its recovery can be
 * killed after every store; arena.pml says more about that, and has the landing
 * and the outbox, which are one step or nothing here.
 *
 *	each message is concluded (handled or dead) once
 *	what is not concluded is there once: in the packet or in one entry
 *	within a class, in order; the stash too; what was unstashed comes first
 *	a turn that crashed stashed and unstashed nothing
 *	only what a handler had begun can be dead, after 1 + REDELIVER times
 */
#define MUTANTS(X)							\
	X(PLACE_COMMITTED_FIRST) X(HELD_COMMITTED_FIRST)		\
	X(HELD_NOT_WIPED) X(FRONT_NOT_WIPED) X(HELD_NOT_DATED_ON)	\
	X(RELEASE_FINISHES_HELD) X(RELEASE_KEEPS_STASH)			\
	X(MOVE_IS_IN_HAND) X(DONE_BEFORE_UNMADE) X(BACK_BEFORE_ATTEMPT)	\
	X(DEAD_NOT_WIPED) X(AGAIN_AT_ONCE) X(AGAIN_NOT_WIPED)		\
	X(AGAIN_FORGOTTEN_FIRST) X(AGAIN_KEEPS_FRONT)
#include "bounds.pml"

#define ENTRIES 3
#define MESSAGES_MAX 4
#define FRAMES 2
#define NONE 255

#define CLASS(message) (max_priority && message % 2)

typedef entry {
	byte made;		/* turn; 0: unused */
	byte done;		/* turn; 0: not handled */
	byte front;		/* turn that unstashed it */
	bit stashed;
	byte order;
	byte again;		/* turn that stashed it while it was held */
	bit again_front;	/* and that unstashed it */
	byte again_order;
	byte attempt;
	byte message;
}

byte commit;
byte in_hand_turn, in_hand_done;	/* one word, with the next */
bit in_hand_moves;
byte attempt, attempt_of;		/* one word */
byte n_landed, first;			/* the packet: messages from `first` */
byte dead_turn, n_dead;			/* one word */
byte order;
entry held[ENTRIES];

/* The books. */
byte n_taken;
bit told_concluded[MESSAGES_MAX];
bit told_stashed[MESSAGES_MAX];		/* it is, by a committed turn */
bit told_front[MESSAGES_MAX];
bit told_ever[MESSAGES_MAX];		/* it was: order is another now */
byte told_age[MESSAGES_MAX], told_ages;	/* of what was stashed */
byte told_tries[MESSAGES_MAX];
byte told_dead;

byte n_crashes, n_aborts, n_ticks, n_releases, n_stashes;

#define T (commit + 1)
#define UNFINISHED (in_hand_turn > commit)
#define DONE (in_hand_done - (in_hand_done && UNFINISHED))
#define REST (DONE < n_landed)
#define AGAIN(h) (held[h].again && held[h].again <= commit)
#define IS_DONE(h) (held[h].done && held[h].done <= commit && !AGAIN(h))
#define LIVE(h) (held[h].made && held[h].made <= commit && !IS_DONE(h))
#define IS_FREE(h) (!held[h].made || IS_DONE(h))
#define IS_STASHED(h) (AGAIN(h) || held[h].stashed)
#define IN_FRONT(h) (AGAIN(h) -> held[h].again_front : \
		     (held[h].front && held[h].front <= commit))
#define IN_STASH(h) (IS_STASHED(h) && !IN_FRONT(h))

#define STEP						\
	if						\
	:: true						\
	:: n_crashes < max_crashes -> n_crashes++; goto dead \
	fi
#define SET(place, value) atomic { place = value; STEP }
#define SET2(place, value, other, other_value) \
	atomic { place = value; other = other_value; STEP }

/* ---- what the books say ------------------------------------------------- */

/* Nobody of its class is before it, and what was unstashed is, by age. */
inline tell_order(m)
{
	i = 0;
	do
	:: i < m ->
		assert(told_concluded[i] || told_stashed[i] || told_front[i] ||
		       CLASS(i) != CLASS(m) || told_ever[i] || told_ever[m]);
		i++
	:: else -> break
	od;
	i = 0;
	do
	:: i < n_taken ->
		assert(!told_front[i] || i == m ||
		       (told_front[m] && told_age[m] < told_age[i]));
		i++
	:: else -> break
	od;
	i = 0
}

inline tell_concluded(m)
{
	assert(!told_concluded[m]);
	told_concluded[m] = 1;
	told_stashed[m] = 0;
	told_front[m] = 0;
	told_ever[m] = 0;
	told_age[m] = 0;
	told_tries[m] = 0
}

/* The store that is the commit has happened. */
inline tell_committed(finishes)
{
	if
	:: does_unstash ->
		i = 0;
		do
		:: i < MESSAGES_MAX ->
			told_front[i] = told_front[i] || told_stashed[i];
			told_stashed[i] = 0;
			i++
		:: else -> break
		od;
		i = 0
	:: else
	fi;
	if
	:: finishes && does_stash ->
		told_stashed[current] = 1;
		told_front[current] = 0;
		told_ever[current] = 1;
		told_ages++;
		told_age[current] = told_ages;
		told_tries[current] = (does_stash_again -> tries_before : 0);
		told_front[current] = does_front_again;
		told_stashed[current] = !does_front_again
	:: finishes && !does_stash ->
		tell_concluded(current);
		if
		:: does_dead -> told_dead++
		:: else
		fi
	:: else
	fi;
	does_unstash = 0
}

inline turn_over()
{
	d_step {
		does_stash = 0;
		does_stash_again = 0;
		does_front_again = 0;
		tries_before = 0;
		does_unstash = 0;
		does_dead = 0;
		current = NONE;
		which = NONE;
		entry_made = NONE
	}
}

inline tell_at_rest()
{
	d_step {
		i = 0;
		do
		:: i < n_taken ->
			x = (REST && i >= first + DONE && i < first + n_landed);
			h = 0;
			do
			:: h < ENTRIES ->
				if
				:: LIVE(h) && held[h].message == i ->
					x++;
					assert(told_stashed[i] == IN_STASH(h));
					assert(told_front[i] ==
					       (IS_STASHED(h) && IN_FRONT(h)))
				:: else
				fi;
				h++
			:: else -> break
			od;
			assert(x == 1 - told_concluded[i]);
			i++
		:: else -> break
		od;
		assert(told_dead == n_dead - (dead_turn > commit));
		i = 0;
		h = 0;
		x = 0
	}
}

/* ---- turns -------------------------------------------------------------- */

inline date(turn_of, place, moves)
{
	x = place;
	atomic {
		in_hand_turn = turn_of;
		in_hand_done = x;
		in_hand_moves = moves;
		x = 0;
		STEP
	}
}

/* It belongs there for good: `again` says so until all of it does. */
inline settle_again(e)
{
	WHEN(AGAIN_FORGOTTEN_FIRST, SET(held[e].again, 0));
	SET(held[e].order, held[e].again_order);
	UNLESS(AGAIN_KEEPS_FRONT,
	       SET(held[e].front, (held[e].again_front -> held[e].again : 0)));
	SET(held[e].stashed, 1);
	SET(held[e].done, 0);
	SET(held[e].again, 0)
}

inline settle_all()
{
	x = 0;
	do
	:: x < ENTRIES && AGAIN(x) -> settle_again(x); x++
	:: x < ENTRIES && !AGAIN(x) -> x++
	:: x == ENTRIES -> break
	od;
	x = 0
}

inline turn_commit(finishes)
{
	atomic {
		commit = T;
		tell_committed(finishes);
		STEP
	};
	settle_all()
}

inline find_unfinished()
{
	d_step {
		which = NONE;
		h = 0;
		do
		:: h < ENTRIES ->
			if
			:: held[h].made && held[h].made <= commit &&
			   held[h].done > commit -> which = h
			:: else
			fi;
			h++
		:: else -> break
		od;
		h = 0
	}
}

/* A turn without a message leaves one that failed in hand. */
inline turn_begin_other()
{
	find_unfinished();
	if
	:: which != NONE && !MUTANT(HELD_NOT_DATED_ON) ->
		SET(held[which].done, T + 1)
	:: else
	fi;
	if
	:: UNFINISHED -> date(T + 1, in_hand_done, in_hand_moves)
	:: else
	fi;
	which = NONE
}

inline free_entry()
{
	d_step {
		entry_made = NONE;
		h = 0;
		do
		:: h < ENTRIES && entry_made == NONE ->
			if
			:: IS_FREE(h) -> entry_made = h
			:: else
			fi;
			h++
		:: else -> break
		od;
		h = 0
	}
}

#define E held[entry_made]

/* First it is nothing: the old `done` and the new `made` must not mix. */
inline hold(m, stash)
{
	WHEN(DONE_BEFORE_UNMADE, SET(E.done, 0));
	SET(E.made, 0);
	SET(E.done, 0);
	SET(order, order + 1);
	d_step {
		E.front = 0;
		E.again = 0;
		E.stashed = stash;
		E.attempt = 0;
		E.message = m
	};
	SET(E.order, order);
	SET(E.made, T)
}

inline move_turn()
{
	current = first + DONE;
	free_entry();
	if
	:: MUTANT(PLACE_COMMITTED_FIRST) ->
		date(T, DONE + 1, 0);
		turn_commit(false);
		hold(current, 0);
		turn_commit(false)
	:: MUTANT(HELD_COMMITTED_FIRST) ->
		hold(current, 0);
		turn_commit(false);
		date(T, DONE + 1, 1);
		turn_commit(false)
	:: else ->
		date(T, DONE + 1, 1);
		hold(current, 0);
		turn_commit(false)
	fi;
	turn_over()
}

inline tell_begun()
{
	told_tries[current]++;
	assert(told_tries[current] <= 1 + max_redeliver);
	tell_order(current)
}

inline unstash()
{
	h = 0;
	do
	:: h < ENTRIES && LIVE(h) && IN_STASH(h) && h != which ->
		SET(held[h].front, T);
		h++
	:: h < ENTRIES && !(LIVE(h) && IN_STASH(h) && h != which) -> h++
	:: h == ENTRIES -> break
	od;
	h = 0;
	if
	:: does_stash_again ->
		SET(held[which].again_front, 1);
		does_front_again = 1
	:: else
	fi;
	does_unstash = 1
}

/* What is held already is not held twice. */
inline hold_again()
{
	tries_before = held[which].attempt;
	SET(order, order + 1);
	if
	:: MUTANT(AGAIN_AT_ONCE) ->
		SET(held[which].front, 0);
		SET(held[which].stashed, 1);
		SET(held[which].order, order);
		SET(held[which].done, 0)
	:: else ->
		SET2(held[which].again_order, order, held[which].again_front, 0);
		SET(held[which].again, T)
	fi;
	does_stash = 1;
	does_stash_again = 1
}

/* What the turn did so far becomes true, but not for its own message. */
inline turn_release()
{
	if
	:: MUTANT(RELEASE_FINISHES_HELD) && which != NONE
	:: !MUTANT(RELEASE_FINISHES_HELD) && which != NONE ->
		SET(held[which].done, T + 1)
	:: which == NONE -> date(T + 1, in_hand_done, 0)
	fi;
	if
	:: does_stash && !does_stash_again && !MUTANT(RELEASE_KEEPS_STASH) ->
		SET(E.made, T + 1)
	:: does_stash_again && !MUTANT(RELEASE_KEEPS_STASH) ->
		SET(held[which].again, T + 1)
	:: else
	fi;
	turn_commit(false)
}

/* What the handler does, in any order that matters. */
inline handler()
{
	if
	:: n_stashes < max_stashes && which != NONE ->
		n_stashes++;
		hold_again()
	:: n_stashes < max_stashes && which == NONE ->
		free_entry();
		if
		:: entry_made != NONE ->
			n_stashes++;
			hold(current, 1);
			does_stash = 1
		:: else
		fi
	:: true
	fi;
	if
	:: max_stashes -> unstash()
	:: true
	fi;
	if
	:: n_releases < max_releases -> n_releases++; turn_release()
	:: true
	fi;
	if
	:: turn_commit(true); turn_over()
	:: n_aborts < max_aborts ->
		n_aborts++;
		turn_abort();
		failed = 1
	fi
}

inline wipe()
{
	h = 0;
	do
	:: h < ENTRIES ->
		if
		:: held[h].made > commit && !MUTANT(HELD_NOT_WIPED) ->
			SET(held[h].made, 0)
		:: else
		fi;
		if
		:: held[h].front > commit && !MUTANT(FRONT_NOT_WIPED) ->
			SET(held[h].front, 0)
		:: else
		fi;
		if
		:: held[h].again > commit && !MUTANT(AGAIN_NOT_WIPED) ->
			SET(held[h].again, 0)
		:: else
		fi;
		h++
	:: else -> break
	od;
	h = 0;
	if
	:: dead_turn > commit && !MUTANT(DEAD_NOT_WIPED) ->
		SET2(n_dead, n_dead - 1, dead_turn, commit)
	:: else
	fi
}

inline turn_abort()
{
	wipe();
	turn_over()
}

/* Again in hand: the one that a turn has not finished. */
inline begin_again()
{
	find_unfinished();
	if
	:: which != NONE ->
		current = held[which].message;
		SET(held[which].done, T)
	:: else ->
		current = first + DONE;
		date(T, DONE + 1, 0)
	fi
}

inline turn_dead()
{
	does_dead = 1;
	x = n_dead - (dead_turn > commit) + 1;
	SET2(dead_turn, T, n_dead, x);
	x = 0
}

/* Front, then class, then age; what is stashed waits. */
#define BEFORE(a, b)							\
	(IN_FRONT(a) != IN_FRONT(b) -> IN_FRONT(a) :			\
	 (!IN_FRONT(a) && CLASS(held[a].message) != CLASS(held[b].message) -> \
	  CLASS(held[a].message) < CLASS(held[b].message) :		\
	  held[a].order < held[b].order))

inline choose()
{
	d_step {
		which = NONE;
		h = 0;
		do
		:: h < ENTRIES ->
			if
			:: LIVE(h) && !IN_STASH(h) && which == NONE ->
				which = h
			:: LIVE(h) && !IN_STASH(h) && which != NONE ->
				if
				:: BEFORE(h, which) -> which = h
				:: else
				fi
			:: else
			fi;
			h++
		:: else -> break
		od;
		h = 0
	}
}

inline handle_held()
{
	current = held[which].message;
	tell_begun();
	SET(held[which].done, T);
	handler()
}

inline handle_packet()
{
	current = first + DONE;
	tell_begun();
	date(T, DONE + 1, 0);
	handler()
}

inline failed_turn()
{
	begin_again();
	turn_dead();
	turn_commit(true);
	turn_over();
	failed = 0
}

inline tick()
{
	n_ticks++;
	turn_begin_other();
	if
	:: max_stashes && !failed -> unstash()
	:: true
	fi;
	turn_commit(false);
	turn_over()
}

/* ---- recovery ----------------------------------------------------------- */

inline try_again()
{
	if
	:: which != NONE ->
		WHEN(BACK_BEFORE_ATTEMPT, SET(held[which].done, 0));
		SET(held[which].attempt, held[which].attempt + 1);
		UNLESS(BACK_BEFORE_ATTEMPT, SET(held[which].done, 0))
	:: else ->
		SET2(attempt, (attempt_of == DONE -> attempt : 0) + 1,
		     attempt_of, DONE);
		date(commit, DONE, 0)
	fi
}

inline recover()
{
	settle_all();
	wipe();
	if
	:: UNFINISHED && in_hand_moves && !MUTANT(MOVE_IS_IN_HAND) ->
		date(commit, DONE, 0)
	:: else
	fi;
	find_unfinished();
	if
	:: which != NONE -> x = held[which].attempt
	:: else -> x = (attempt_of == DONE -> attempt : 0)
	fi;
	if
	:: (which != NONE || (UNFINISHED && REST)) && x < max_redeliver ->
		x = 0;
		try_again();
		turn_commit(false)
	:: (which != NONE || (UNFINISHED && REST)) && x >= max_redeliver ->
		x = 0;
		begin_again();
		assert(told_tries[current]);
		turn_dead();
		turn_commit(true)
	:: else ->
		x = 0;
		turn_commit(false)
	fi;
	turn_over()
}

/* ---- the process, life after life --------------------------------------- */

#define SINCE_COMMIT(turn) turn = (turn > commit -> turn - commit : (turn > 0))

/* Turns are only compared: so count from here, and commit is always 1. */
inline count_from_here()
{
	d_step {
		commit = commit - 1;
		SINCE_COMMIT(in_hand_turn);
		h = 0;
		do
		:: h < ENTRIES ->
			SINCE_COMMIT(held[h].made);
			SINCE_COMMIT(held[h].done);
			SINCE_COMMIT(held[h].front);
			SINCE_COMMIT(held[h].again);
			h++
		:: else -> break
		od;
		SINCE_COMMIT(dead_turn);
		commit = 1;
		n_dead = n_dead - told_dead;
		told_dead = 0;
		h = 0
	}
}

active proctype actor()
{
	byte h, i, x;		/* scratch */
	byte current = NONE;	/* the message of this turn */
	byte which = NONE;	/* its entry, when it is held */
	byte entry_made = NONE;	/* by this turn */
	bit does_stash, does_stash_again, does_front_again;
	bit does_unstash, does_dead, failed;
	byte tries_before;

	bounds_from_environment();
	commit = 1;
alive:
	atomic {
		tell_at_rest();
		count_from_here();
		choose();
		free_entry();
		x = entry_made;
		entry_made = NONE;
		if
		:: failed -> which = NONE; x = 0; failed_turn()
		:: n_ticks < max_ticks -> which = NONE; x = 0; tick()
		:: !failed && REST && max_priority && x != NONE ->
			which = NONE;
			x = 0;
			move_turn()
		:: !failed && which != NONE && !(REST && max_priority &&
						 x != NONE) ->
			x = 0;
			handle_held()
		:: !failed && which == NONE && REST && !max_priority ->
			x = 0;
			handle_packet()
		:: !failed && !REST && n_taken < max_messages ->
			which = NONE;
			x = 0;
			d_step {
				in_hand_turn = commit;
				in_hand_done = 0;
				in_hand_moves = 0;
				attempt = 0;
				attempt_of = 0;
				first = n_taken;
				n_landed = 1
			};
			if
			:: true
			:: n_taken + 2 <= max_messages -> n_landed = 2
			fi;
			n_taken = n_taken + n_landed
		:: !failed && !REST && n_taken == max_messages &&
		   which == NONE && n_ticks == max_ticks ->
			goto over
		fi
	};
	goto alive;
dead:
	atomic {
		turn_over();
		h = 0;
		i = 0;
		x = 0;
		failed = 0;
		recover()
	};
	goto alive;
over:
	skip
}
