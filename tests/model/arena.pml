/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * arena.pml - take, turn, commit, flush, recovery: a model for spin.
 *
 * One edge: sender -> socket -> landing, turns, outbox -> socket -> peer. The
 * process can be killed after every store (SET), and so can its recovery, which
 * is then done again; the order of the stores is that of libactorproc/arena_*.c,
 * whose names are used here. Recovery works on the memory itself, or as a
 * supervisor does on a copy that replaces it at the end; both are tried.
 *
 * Books outside of the arena (what begins with `told`) say what is true:
 *
 *	each message is concluded (handled or dead) once, and in order
 *	a handler sees a message at most 1 + max_redeliver times
 *	what left is what was released: all of it, in order, once
 *	taken = handled + dead + waiting, whenever nothing is under way
 *	what is not marked as offered has never left
 *
 * Two edges lead in (-DEDGES), with a perfect sender each that may send its last
 * packet again; -DCHAIN puts another such process in front instead. Each mutant
 * breaks one rule of the essay in arena.c, and spin must find an error then:
 * tests/model/model.sh. They and the bounds come from the environment.
 *
 * Not here: debts, hints, bytes. What is held is in held.pml, how much may be
 * under way in window.pml.
 */
#define MUTANTS(X)							\
	X(NOTED_KEPT) X(KEY_BEFORE_HEADER) X(PLACE_LATE) X(NOTED_LATE)	\
	X(NOTED_BEFORE_COUNT) X(FRAMES_ADDED) X(MARK_BEFORE_NOTE)	\
	X(SEAL_LATE) X(FREE_BEFORE_COUNT) X(SENT_BEFORE_FRAMES)		\
	X(UNMARK_BEFORE_CUT) X(NOT_TRUNCATED) X(PLACE_BEFORE_TURN)	\
	X(TURN_BEFORE_PLACE) X(NOT_DATED_ON) X(COMMIT_SPLIT)		\
	X(RELEASE_FINISHES) X(BACK_BEFORE_ATTEMPT) X(DEAD_NOT_WIPED)	\
	X(SENT_FROM_COPY) X(OFFERED_LATE) X(REFUSED_AGAIN)
#include "bounds.pml"

#ifndef EDGES
#define EDGES 2
#endif
#define BUFFERS 2
#define FRAMES 2	/* in a packet, at most */
#define RELEASED_MAX 12
#define PACKETS_MAX 12

#ifdef CHAIN
#define ACTORS 2
#else
#define ACTORS 1
#endif
#define LAST (ACTORS - 1)

typedef packet {
	bit valid;		/* length and checksum are right */
	byte sequence;
	byte first;
	byte n_frames;
	byte from;		/* which edge it really came by */
	byte frames[FRAMES];
}

typedef edge_end {
	byte rx_sequence;
	byte rx_frames;
	byte dead_turn;		/* one word with the next: counted when committed */
	byte n_dead;
}

typedef buffer {
	bit key;
	byte order;
	byte turn;
	byte sequence;
	byte first;
	byte length;		/* in frames */
	byte released_length;
	byte n_frames;
	byte n_released;
	bit offered;
	byte frames[FRAMES];
}

typedef arena {
	byte commit;
	byte in_hand_turn;	/* one word with the next */
	byte in_hand_done;
	byte attempt;		/* one word with the next */
	byte attempt_of;
	byte n_landed;
	byte landing_key;
	byte noted;
	byte rx_frames_before;
	byte order;
	byte tx_sequence;
	byte tx_frames;
	packet landing;
	edge_end edges[EDGES];
	buffer buffers[BUFFERS];
	byte commit_sends;	/* is `commit`, but for one mutant */
}

#ifndef CHAIN
typedef perfect_sender {
	byte sequence;		/* of its last packet */
	byte first;
	byte n_frames;
}

perfect_sender sent[EDGES];
#endif

/* What was released by each process: the books. */
typedef told_sends {
	byte values[RELEASED_MAX];
	byte n_released;
	byte n_pending;		/* of the turn under way */
	bit colour;		/* so that void frames differ from their successors */
}

typedef told_messages {
	byte concluded;
	byte dead;
	byte tries;		/* of the next one */
}

told_sends sends[ACTORS];
told_messages inbound[ACTORS * EDGES];	/* actor * EDGES + edge */

/* The peer behind the last process takes each sequence once. */
byte peer_sequence;
byte peer_frames[PACKETS_MAX];	/* up to and with that packet */

#ifdef CHAIN
chan link = [2] of { byte, byte, byte, byte, byte };
#endif

byte over;	/* how many are through */
byte n_crashes, n_aborts, n_ticks, n_releases, n_refusals, n_dups;

#define IN inbound[me * EDGES + e]
#define SENDS sends[me]
#define T (a.commit + 1)
#define UNFINISHED (a.in_hand_turn > a.commit)
#define DONE (a.in_hand_done - (a.in_hand_done && UNFINISHED))
#define WAITING (a.noted && DONE < a.n_landed)

#define COMMITTED(b) (a.buffers[b].turn <= a.commit_sends)
#define LENGTH(b) (COMMITTED(b) -> a.buffers[b].length : a.buffers[b].released_length)
#define N_FRAMES(b) (COMMITTED(b) -> a.buffers[b].n_frames : a.buffers[b].n_released)

/* ---- stores, and death after each --------------------------------------- */

#define STEP						\
	if						\
	:: true						\
	:: n_crashes < max_crashes -> n_crashes++; goto dead\
	fi

#define SET(place, value) atomic { place = value; STEP }

/* two fields that are one word */
#define SET2(place, value, other, other_value) \
	atomic { place = value; other = other_value; STEP }

/* ---- what the books say ------------------------------------------------- */

/* In order, each once, and by the edge it came by. */
inline tell_concluded()
{
	e = a.landing_key - 1;
#ifdef CHAIN
	assert(me == 0 || a.landing.frames[told_place] ==
			  sends[0].values[IN.concluded]);
#else
	assert(a.landing.from == e);
	assert(a.landing.frames[told_place] == IN.concluded + 1);
#endif
	IN.concluded++;
	IN.tries = 0
}

/* The store that is the commit has happened. */
inline tell_committed(finishes)
{
	SENDS.n_released = SENDS.n_released + SENDS.n_pending;
	SENDS.n_pending = 0;
	if
	:: finishes ->
		tell_concluded();
		IN.dead = IN.dead + told_dead
	:: else
	fi;
	told_dead = 0
}

inline tell_void()
{
	SENDS.n_pending = 0;
	SENDS.colour = 1 - SENDS.colour;
	told_dead = 0
}

inline tell_begun()
{
	d_step {
		told_place = DONE;
		e = a.landing_key - 1;
		IN.tries++;
		assert(IN.tries <= 1 + max_redeliver)
	}
}

/* taken = handled + dead + waiting, and the arena knows how many are dead */
inline tell_at_rest()
{
	d_step {
		e = 0;
		do
		:: e < EDGES ->
			assert(a.edges[e].rx_frames == IN.concluded +
			       (WAITING && a.landing_key == e + 1 ->
				a.n_landed - DONE : 0));
			assert(IN.dead == a.edges[e].n_dead -
			       (a.edges[e].dead_turn > a.commit));
			e++
		:: else -> break
		od;
		e = 0
	}
}

/* Who ends this life tells of what is not marked as dead. */
inline tell_doubts()
{
	d_step {
		b = 0;
		do
		:: b < BUFFERS ->
			assert(me < LAST || !a.buffers[b].key ||
			       !a.buffers[b].sequence ||
			       a.buffers[b].offered ||
			       a.buffers[b].sequence <= a.tx_sequence ||
			       a.buffers[b].sequence > peer_sequence);
			b++
		:: else -> break
		od;
		b = 0
	}
}

/* What is sent is what was released; a number stands for the same for ever. */
inline tell_sent(sealed)
{
	x = sealed.first + sealed.n_frames;
	if
	:: sealed.sequence == peer_sequence + 1 ->
		assert(sealed.first == peer_frames[peer_sequence]);
		assert(x <= SENDS.n_released);
		do
		:: peer_frames[peer_sequence] + i < x ->
			assert(sealed.frames[i] ==
			       SENDS.values[sealed.first + i]);
			SENDS.values[sealed.first + i] = 0;
			i++
		:: else -> break
		od;
		i = 0;
		peer_sequence++;
		peer_frames[peer_sequence] = x
	:: else ->
		assert(sealed.sequence <= peer_sequence);
		assert(x == peer_frames[sealed.sequence])
	fi;
	x = 0
}

/* ---- landing ------------------------------------------------------------ */

inline landing_forget()
{
	SET(a.landing.valid, 0)
}

inline land(key)
{
	UNLESS(NOTED_KEPT, SET(a.noted, 0));
	UNLESS(KEY_BEFORE_HEADER, landing_forget());
	UNLESS(PLACE_LATE, SET2(a.in_hand_turn, a.commit, a.in_hand_done, 0));
	SET2(a.attempt, 0, a.attempt_of, 0);
	SET(a.landing_key, key);
	WHEN(KEY_BEFORE_HEADER, landing_forget())
}

/* The kernel takes it off the queue and copies: no death between the two. */
inline receive(key)
{
	atomic {
#ifdef CHAIN
		link ? a.landing.sequence, a.landing.first, a.landing.n_frames,
		       a.landing.frames[0], a.landing.frames[1];
#else
		e = key - 1;
		if
		:: sent[e].n_frames && n_dups < max_dups ->
			n_dups++	/* its sender died before it noted it */
		:: sent[e].first + sent[e].n_frames < max_messages ->
			sent[e].sequence++;
			sent[e].first = sent[e].first + sent[e].n_frames;
			sent[e].n_frames = 1;
			if
			:: true
			:: sent[e].first + 2 <= max_messages ->
				sent[e].n_frames = 2
			fi
		fi;
		a.landing.sequence = sent[e].sequence;
		a.landing.n_frames = sent[e].n_frames;
		a.landing.frames[0] = sent[e].first + 1;
		a.landing.frames[1] = (sent[e].n_frames > 1 ->
				       sent[e].first + 2 : 0);
#endif
		a.landing.valid = 1;
		a.landing.from = key - 1;
		STEP
	}
}

#define EDGE a.edges[a.landing_key - 1]

inline take(number)
{
	if
	:: !MUTANT(NOTED_LATE) && !MUTANT(NOTED_BEFORE_COUNT) ->
		SET(a.noted, number)
	:: else
	fi;
	UNLESS(FRAMES_ADDED, SET(EDGE.rx_frames,
				 a.rx_frames_before + a.n_landed));
	WHEN(FRAMES_ADDED, SET(EDGE.rx_frames, EDGE.rx_frames + a.n_landed));
	SET(EDGE.rx_sequence, number);
	WHEN(NOTED_LATE, SET(a.noted, number))
}

inline landed()
{
	if
	:: !a.landing.valid || a.landing.sequence <= EDGE.rx_sequence ->
		landing_forget()
	:: else ->
		WHEN(NOTED_BEFORE_COUNT, SET(a.noted, a.landing.sequence));
		SET(a.rx_frames_before, EDGE.rx_frames);
		SET(a.n_landed, a.landing.n_frames);
		take(a.landing.sequence);
		WHEN(PLACE_LATE,
		     SET2(a.in_hand_turn, a.commit, a.in_hand_done, 0))
	fi
}

inline landing_recover()
{
	if
	:: !a.landing_key
	:: a.landing_key && !a.noted -> landed()
	:: a.landing_key && a.noted && a.noted >= EDGE.rx_sequence ->
		take(a.noted)
	:: a.landing_key && a.noted && a.noted < EDGE.rx_sequence
	fi
}

/* What is not in use is the same for the model, whatever is left in it. */
inline buffer_empty(b)
{
	a.buffers[b].order = 0;
	a.buffers[b].turn = 0;
	a.buffers[b].sequence = 0;
	a.buffers[b].first = 0;
	a.buffers[b].length = 0;
	a.buffers[b].released_length = 0;
	a.buffers[b].n_frames = 0;
	a.buffers[b].n_released = 0;
	a.buffers[b].offered = 0;
	a.buffers[b].frames[0] = 0;
	a.buffers[b].frames[1] = 0
}

inline release(b)
{
	atomic {
		a.buffers[b].key = 0;
		buffer_empty(b);
		STEP
	}
}

/* ---- outbox ------------------------------------------------------------- */

/* The newest packet when it can grow, else a free buffer, else none. */
inline buffer_for()
{
	d_step {
		b = BUFFERS;
		i = 0;
		do
		:: i < BUFFERS ->
			if
			:: a.buffers[i].key && a.buffers[i].order == a.order &&
			   !a.buffers[i].sequence &&
			   a.buffers[i].length < FRAMES -> b = i
			:: else
			fi;
			i++
		:: else -> break
		od;
		is_new = (b == BUFFERS);
		i = 0;
		do
		:: i < BUFFERS && b == BUFFERS ->
			if
			:: !a.buffers[i].key -> b = i
			:: else
			fi;
			i++
		:: else -> break
		od;
		i = 0
	}
}

inline take_buffer()
{
	SET(a.order, a.order + 1);
	d_step {
		buffer_empty(b);
		a.buffers[b].order = a.order;
		a.buffers[b].turn = T
	};
	SET(a.buffers[b].key, 1)
}

inline append()
{
	if
	:: a.buffers[b].turn != T ->
		WHEN(MARK_BEFORE_NOTE, SET(a.buffers[b].turn, T));
		SET(a.buffers[b].released_length, a.buffers[b].length);
		SET(a.buffers[b].n_released, a.buffers[b].n_frames);
		UNLESS(MARK_BEFORE_NOTE, SET(a.buffers[b].turn, T))
	:: else
	fi;
	d_step {
		SENDS.values[SENDS.n_released + SENDS.n_pending] =
			2 * (SENDS.n_released + SENDS.n_pending + 1) +
			SENDS.colour;
		a.buffers[b].frames[a.buffers[b].length] =
			SENDS.values[SENDS.n_released + SENDS.n_pending];
	};
	SET(a.buffers[b].length, a.buffers[b].length + 1);
	SET(a.buffers[b].n_frames, a.buffers[b].n_frames + 1);
	SENDS.n_pending++
}

/* Within a turn; when there is no room nothing happens. */
inline send()
{
	if
	:: max_sends -> buffer_for()
	:: !max_sends -> b = BUFFERS
	fi;
	if
	:: b < BUFFERS && is_new -> take_buffer(); append()
	:: b < BUFFERS && !is_new -> append()
	:: else
	fi;
	b = 0
}

inline oldest()
{
	d_step {
		b = BUFFERS;
		i = 0;
		do
		:: i < BUFFERS ->
			if
			:: a.buffers[i].key && (b == BUFFERS ||
			   a.buffers[i].order < a.buffers[b % BUFFERS].order) ->
				b = i
			:: else
			fi;
			i++
		:: else -> break
		od;
		i = 0
	}
}

inline seal()
{
	SET(a.buffers[b].first, a.tx_frames);
	assert(a.buffers[b].length == a.buffers[b].n_frames);
	SET(a.buffers[b].sequence, a.tx_sequence + 1)
}

inline drop()
{
	x = a.buffers[b].first + a.buffers[b].n_frames;
	i = a.buffers[b].sequence;
	WHEN(FREE_BEFORE_COUNT, release(b));
	WHEN(SENT_BEFORE_FRAMES, SET(a.tx_sequence, i));
	SET(a.tx_frames, x);
	UNLESS(SENT_BEFORE_FRAMES, SET(a.tx_sequence, i));
	UNLESS(FREE_BEFORE_COUNT, release(b));
	x = 0;
	i = 0
}

/* To the next one in the chain or to the peer; true ends it with `is_full`. */
inline socket_send()
{
	atomic {
		is_full = 0;
		if
		:: n_refusals < max_refusals -> n_refusals++; is_full = 1
#ifdef CHAIN
		:: me < LAST && nfull(link) ->
			link ! a.buffers[b].sequence, a.buffers[b].first,
			       a.buffers[b].n_frames, a.buffers[b].frames[0],
			       a.buffers[b].frames[1]
#endif
		:: me == LAST -> tell_sent(a.buffers[b])
		fi;
		STEP
	}
}

/* Between turns: one packet, when there is one that may go. */
inline flush()
{
	oldest();
	if
	:: b < BUFFERS && N_FRAMES(b) && LENGTH(b) == a.buffers[b].length ->
		if
		:: !a.buffers[b].sequence && !MUTANT(SEAL_LATE) -> seal()
		:: else
		fi;
		again = a.buffers[b].offered;
		if
		:: !again && !MUTANT(OFFERED_LATE) ->
			SET(a.buffers[b].offered, 1)
		:: else
		fi;
		socket_send();
		WHEN(OFFERED_LATE, SET(a.buffers[b].offered, 1));
		WHEN(SEAL_LATE, seal());
		if
		:: !is_full -> drop()
		:: is_full && (!again || MUTANT(REFUSED_AGAIN)) ->
			is_full = 0;
			SET(a.buffers[b].offered, 0)
		:: is_full && again && !MUTANT(REFUSED_AGAIN) -> is_full = 0
		fi;
		again = 0
	:: else
	fi;
	b = 0
}

#define TO_FLUSH (a.buffers[0].key || a.buffers[1].key)

/* What is not committed is gone. */
inline truncate()
{
	b = 0;
	do
	:: b < BUFFERS && a.buffers[b].key && !COMMITTED(b) ->
		if
		:: !a.buffers[b].n_released -> release(b)
		:: else ->
			WHEN(UNMARK_BEFORE_CUT, SET(a.buffers[b].turn, 0));
			SET(a.buffers[b].length, a.buffers[b].released_length);
			SET(a.buffers[b].n_frames, a.buffers[b].n_released);
			UNLESS(UNMARK_BEFORE_CUT, SET(a.buffers[b].turn, 0))
		fi;
		b++
	:: b < BUFFERS && !(a.buffers[b].key && !COMMITTED(b)) -> b++
	:: b == BUFFERS -> break
	od;
	b = 0
}

/* Counted as sent, and then the process died. */
inline rebuild()
{
	b = 0;
	do
	:: b < BUFFERS ->
		if
		:: a.buffers[b].key && a.buffers[b].sequence &&
		   a.buffers[b].sequence <= a.tx_sequence ->
			release(b)
		:: else
		fi;
		b++
	:: else -> break
	od;
	UNLESS(NOT_TRUNCATED, truncate())
}

/* ---- turns -------------------------------------------------------------- */

inline date(turn_of, place)
{
	x = place;
	WHEN(PLACE_BEFORE_TURN, SET(a.in_hand_done, x));
	WHEN(TURN_BEFORE_PLACE, SET(a.in_hand_turn, turn_of));
	SET2(a.in_hand_done, x, a.in_hand_turn, turn_of);
	x = 0
}

inline turn_begin(message)
{
	if
	:: message && WAITING ->
		told_place = DONE;
		date(T, DONE + 1)
	:: !(message && WAITING) && UNFINISHED ->
		UNLESS(NOT_DATED_ON, date(T + 1, a.in_hand_done))
	:: else
	fi
}

/* One word: a count that is one less as long as its turn is not committed. */
inline turn_dead()
{
	x = EDGE.n_dead - (EDGE.dead_turn > a.commit) + 1;
	told_dead = 1;
	SET2(EDGE.dead_turn, T, EDGE.n_dead, x);
	x = 0
}

inline turn_commit(finishes)
{
	atomic {
		a.commit = T;
		tell_committed(finishes);
		if
		:: !MUTANT(COMMIT_SPLIT) -> a.commit_sends = a.commit
		:: else
		fi;
		STEP
	};
	WHEN(COMMIT_SPLIT, SET(a.commit_sends, a.commit))
}

/* What this turn did so far becomes true, and its message stays in hand. */
inline turn_release()
{
	UNLESS(RELEASE_FINISHES, date(T + 1, a.in_hand_done));
	turn_commit(false)
}

inline wipe_dead()
{
	e = 0;
	do
	:: e < EDGES && a.edges[e].dead_turn > a.commit ->
		SET2(a.edges[e].n_dead, a.edges[e].n_dead - 1,
		     a.edges[e].dead_turn, a.commit);
		e++
	:: e < EDGES && a.edges[e].dead_turn <= a.commit -> e++
	:: e == EDGES -> break
	od;
	e = 0
}

inline turn_abort()
{
	tell_void();
	truncate();
	wipe_dead()
}

inline message_turn()
{
	tell_begun();
	turn_begin(true);
	if
	:: true
	:: max_sends -> send()
	fi;
	if
	:: n_releases < max_releases ->
		n_releases++;
		turn_release();
		send()
	:: true
	fi;
	if
	:: turn_commit(true)
	:: n_aborts < max_aborts ->
		n_aborts++;
		turn_abort();
		failed = 1
	fi
}

/* Another turn for the message that failed says so. */
inline failed_turn()
{
	turn_begin(true);
	turn_dead();
	send();
	turn_commit(true);
	failed = 0
}

inline tick()
{
	n_ticks++;
	turn_begin(false);
	send();
	if
	:: turn_commit(false)
	:: n_aborts < max_aborts -> n_aborts++; turn_abort()
	fi
}

/* ---- recovery ----------------------------------------------------------- */

inline try_again()
{
	x = DONE;
	WHEN(BACK_BEFORE_ATTEMPT,
	     SET2(a.in_hand_done, x, a.in_hand_turn, a.commit));
	SET2(a.attempt, (a.attempt_of == x -> a.attempt : 0) + 1,
	     a.attempt_of, x);
	UNLESS(BACK_BEFORE_ATTEMPT,
	       SET2(a.in_hand_done, x, a.in_hand_turn, a.commit));
	x = 0
}

inline recover()
{
	rebuild();
	UNLESS(DEAD_NOT_WIPED, wipe_dead());
	landing_recover();
	in_hand = (UNFINISHED && WAITING);
	retry = (in_hand &&
		 (a.attempt_of == DONE -> a.attempt : 0) < max_redeliver);
	if
	:: retry -> try_again()
	:: else
	fi;
	turn_begin(in_hand && !retry);
	if
	:: in_hand && !retry -> turn_dead(); send()
	:: else
	fi;
	turn_commit(in_hand && !retry);
	d_step { in_hand = 0; retry = 0 }
}

#define FOR_EACH_FIELD(COPY)						\
	COPY(commit); COPY(commit_sends); COPY(in_hand_turn); COPY(in_hand_done);		\
	COPY(attempt); COPY(attempt_of); COPY(n_landed);		\
	COPY(landing_key); COPY(noted); COPY(rx_frames_before);		\
	COPY(order); COPY(tx_sequence); COPY(tx_frames);		\
	COPY(landing.valid);						\
	FOR_EACH_OF_BUFFER(COPY, 0); FOR_EACH_OF_BUFFER(COPY, 1);	\
	FOR_EACH_OF_EDGE(COPY, 0); FOR_EACH_OF_EDGE(COPY, EDGES - 1)
#define FOR_EACH_OF_BUFFER(COPY, b)					\
	COPY(buffers[b].key); COPY(buffers[b].order);			\
	COPY(buffers[b].turn); COPY(buffers[b].sequence);		\
	COPY(buffers[b].first); COPY(buffers[b].length);		\
	COPY(buffers[b].released_length); COPY(buffers[b].n_frames);	\
	COPY(buffers[b].n_released); COPY(buffers[b].offered);		\
	COPY(buffers[b].frames[0]); COPY(buffers[b].frames[1])
#define FOR_EACH_OF_EDGE(COPY, e)					\
	COPY(edges[e].rx_sequence); COPY(edges[e].rx_frames);		\
	COPY(edges[e].dead_turn); COPY(edges[e].n_dead)

#define SAVE(field) saved.field = a.field
#define RESTORE(field) a.field = saved.field
#define CLEAR(field) saved.field = 0

/*
 * A supervisor works on a copy: what it did to it never was, when it dies
 * before the copy replaces the original. What the books say goes with it.
 */
inline copy_begin()
{
	d_step {
		FOR_EACH_FIELD(SAVE);
		saved_released = SENDS.n_released;
		saved_colour = SENDS.colour;
		e = 0;
		do
		:: e < EDGES ->
			saved_told[e].concluded = IN.concluded;
			saved_told[e].dead = IN.dead;
			saved_told[e].tries = IN.tries;
			e++
		:: else -> break
		od;
		e = 0
	}
}

inline copy_lost()
{
	d_step {
		FOR_EACH_FIELD(RESTORE);
		SENDS.n_released = saved_released;
		SENDS.colour = saved_colour;
		e = 0;
		do
		:: e < EDGES ->
			IN.concluded = saved_told[e].concluded;
			IN.dead = saved_told[e].dead;
			IN.tries = saved_told[e].tries;
			e++
		:: else -> break
		od;
		e = 0
	}
}

inline copy_end()
{
	d_step {
		FOR_EACH_FIELD(CLEAR);
		saved_released = 0;
		saved_colour = 0;
		e = 0;
		do
		:: e < EDGES ->
			saved_told[e].concluded = 0;
			saved_told[e].dead = 0;
			saved_told[e].tries = 0;
			e++
		:: else -> break
		od;
		e = 0;
		copying = 0
	}
}

/* ---- fewer states ------------------------------------------------------- */

#define SINCE_COMMIT(turn) turn = (turn > a.commit -> turn - a.commit : 0)

/*
 * Turns and orders are only compared, and the number of the dead is only
 * compared with that of the books: so count from here, and the model is of any
 * number of turns.
 */
inline count_from_here()
{
	d_step {
		SINCE_COMMIT(a.in_hand_turn);
		SINCE_COMMIT(a.buffers[0].turn);
		SINCE_COMMIT(a.buffers[1].turn);
		e = 0;
		do
		:: e < EDGES ->
			SINCE_COMMIT(a.edges[e].dead_turn);
			a.edges[e].n_dead = a.edges[e].n_dead - IN.dead;
			IN.dead = 0;
			e++
		:: else -> break
		od;
		e = 0;
		a.commit_sends = 0;
		a.commit = 0;
		x = 1 + (a.buffers[0].key && a.buffers[1].key);
		b = (a.buffers[1].order > a.buffers[0].order);
		x = x + (a.buffers[b].order != a.order);
		if
		:: a.buffers[b].key ->
			a.order = x;
			a.buffers[b].order = 1 + a.buffers[1 - b].key;
			a.buffers[1 - b].order = a.buffers[1 - b].key
		:: else ->
			a.order = 0
		fi;
		b = 0;
		x = 0
	}
}

/* ---- the process, life after life --------------------------------------- */

#ifdef CHAIN
#define MAY_RECEIVE_BY(e) (me == LAST && nempty(link))
#define ALL_CAME (me < LAST || (over == 1 && empty(link)))
#define MAY_TICK (me == 0 && n_ticks < max_messages)
#else
#define MAY_RECEIVE_BY(e) (sent[e].first + sent[e].n_frames < max_messages || \
			   (sent[e].n_frames && n_dups < max_dups))
#define ALL_CAME (inbound[0].concluded == max_messages && \
		  inbound[EDGES - 1].concluded == max_messages)
#define MAY_TICK (n_ticks < max_ticks)
#endif
#define ALL_LEFT (!TO_FLUSH && \
		  (me < LAST || peer_frames[peer_sequence] == sends[me].n_released))

proctype actor(byte me)
{
	arena a;
	byte b, e, i, x;	/* scratch */
	bit is_new, is_full, again, failed, in_hand, retry, told_dead;
	byte told_place;

	bit copying;
	arena saved;
	told_messages saved_told[EDGES];
	byte saved_released;
	bit saved_colour;

alive:
	atomic {
		tell_at_rest();
		tell_doubts();
		count_from_here();
		if
		:: failed -> failed_turn()
		:: failed && TO_FLUSH -> flush()
		:: failed && MAY_TICK -> tick()
		:: !failed && WAITING -> message_turn()
		:: !failed && !WAITING && MAY_RECEIVE_BY(0) ->
			land(1);
			receive(1);
			landed()
#if EDGES > 1
		:: !failed && !WAITING && MAY_RECEIVE_BY(1) ->
			land(2);
			receive(2);
			landed()
#endif
		:: !failed && TO_FLUSH -> flush()
		:: !failed && MAY_TICK -> tick()
		:: !failed && !WAITING && !MAY_TICK && ALL_CAME && ALL_LEFT ->
			goto through
		fi
	};
	goto alive;

dead:
	atomic {
		d_step {
			tell_void();
			b = 0; e = 0; i = 0; x = 0;
			is_new = 0; is_full = 0; again = 0; failed = 0;
			in_hand = 0; retry = 0; told_place = 0
		};
		if
		:: copying -> copy_lost()
		:: !copying && true -> copying = 1; copy_begin()
		:: !copying && true
		fi;
		recover();
		/* a seal must be where it survives before a packet leaves */
		if
		:: MUTANT(SENT_FROM_COPY) && copying -> flush(); flush()
		:: else
		fi;
		copy_end()
	};
	goto alive;
through:
	over++
}

init {
	atomic {
		bounds_from_environment();
		run actor(0)
#ifdef CHAIN
		;
		run actor(1)
#endif
	}
}
