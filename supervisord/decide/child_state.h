/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * child_state.h - a child's process as a table of states and events. Pure.
 *
 * The table knows nothing of why: that a stop ends a life, or makes room for a
 * restart, is its user's to remember until the end of the process is reported.
 */
#pragma once

#include <stdbool.h>

/*
 * X(symbol, name, word that people see, what ends it after a time)
 *
 * STOPPED: no process; its life is over, or has not begun, or is being judged.
 * WAITING: no process; will be started when its turn comes or its backoff ends.
 * IDLE: no process; will be started when it has something to do.
 * STARTING: a process, READY is awaited. SUSPENDED: it reported a failure that
 * is being judged. PAUSED: it runs, and its mailbox is left unserved until
 * somebody says so. STOPPING: asked by control message. TERMINATING: SIGTERM
 * sent. KILLING: SIGKILL sent, its end is expected. FAILING: SIGKILL sent for a
 * fault, its end will be judged. UNKILLABLE: SIGKILL did not help in time.
 */
#define CHILD_STATES(X)						\
	X(STOPPED, "stopped", "stopped", NONE)			\
	X(WAITING, "waiting", "backing-off", BACKOFF)		\
	X(IDLE, "idle", "idle", NONE)				\
	X(STARTING, "starting", "starting", START)		\
	X(RUNNING, "running", "running", NONE)			\
	X(SUSPENDED, "suspended", "suspended", NONE)		\
	X(PAUSED, "paused", "paused", NONE)			\
	X(STOPPING, "stopping", "stopping", ASK)		\
	X(TERMINATING, "terminating", "stopping", TERM)		\
	X(KILLING, "killing", "stopping", KILL)			\
	X(FAILING, "failing", "failed", KILL)			\
	X(UNKILLABLE, "unkillable", "failed", NONE)

/*
 * X(symbol, name)
 *
 * WANTED: it will be started, but not yet. START: its turn has come.
 * READY, FAILED: the child's own reports. EXIT: there is no process (any more):
 * it ended, or could not be made. TIMEOUT: the deadline of its state passed.
 * STOP: end it in good order. DISCARD: end it at once, in our own good time (a
 * failed one that makes room for its restart). KILL: end it at once for a fault
 * (verb `kill`, broken protocol): the supervisor judges the end as any other.
 * RESUME: the verdict on its reported failure. PAUSE, UNPAUSE: verbs; that it is
 * paused stays with its life, whatever becomes of its process. REST: its turn to
 * start has come, and it has nothing to do. WAKE: now it has. IDLE: its own word
 * that it goes because it had nothing to do.
 */
#define CHILD_EVENTS(X)						\
	X(WANTED, "wanted")					\
	X(START, "start")					\
	X(READY, "ready")					\
	X(FAILED, "failed")					\
	X(EXIT, "exit")						\
	X(TIMEOUT, "timeout")					\
	X(STOP, "stop")						\
	X(DISCARD, "discard")					\
	X(KILL, "kill")						\
	X(RESUME, "resume")					\
	X(PAUSE, "pause")					\
	X(UNPAUSE, "unpause")					\
	X(REST, "rest")						\
	X(WAKE, "wake")						\
	X(IDLE, "idle")

/*
 * X(symbol, name)
 *
 * FORGOTTEN: a hole in the table; there is none. NONE: the new state is all.
 * IGNORE: old news or gossip; count it. REFUSE: tell whoever asked that it
 * cannot be done in this state. ALREADY: what was asked for is so already.
 * WAIT: its backoff begins, if it has one. LAUNCH: make the process. ANNOUNCE:
 * it is ready: go on with the next, answer who waits. NOTE: keep the reported
 * cause, the end will be judged. JUDGE: ask verdict_of(). RESUME, ASK_STOP,
 * TERM, KILL: send that. ENDED: an expected end: go on with the stop.
 * GIVE_UP_KILLING: report it as unkillable; nothing may be started in its place.
 * PAUSE, UNPAUSE: note that of its life, and tell the process if there is one.
 * REST: wait for a message to it.
 */
#define CHILD_ACTIONS(X)					\
	X(FORGOTTEN, "forgotten")				\
	X(NONE, "none")						\
	X(IGNORE, "ignore")					\
	X(REFUSE, "refuse")					\
	X(ALREADY, "already")					\
	X(WAIT, "wait")						\
	X(LAUNCH, "launch")					\
	X(ANNOUNCE, "announce")					\
	X(NOTE, "note")						\
	X(JUDGE, "judge")					\
	X(RESUME, "resume")					\
	X(ASK_STOP, "ask-stop")					\
	X(TERM, "term")						\
	X(KILL, "kill")						\
	X(ENDED, "ended")					\
	X(GIVE_UP_KILLING, "give-up-killing")			\
	X(PAUSE, "pause")					\
	X(UNPAUSE, "unpause")					\
	X(REST, "rest")

enum child_state {
#define X(symbol, name, word, deadline) CHILD_##symbol,
	CHILD_STATES(X)
#undef X
	N_CHILD_STATES,
};

enum child_event {
#define X(symbol, name) CHILD_EVENT_##symbol,
	CHILD_EVENTS(X)
#undef X
	N_CHILD_EVENTS,
};

enum child_action {
#define X(symbol, name) CHILD_ACTION_##symbol,
	CHILD_ACTIONS(X)
#undef X
	N_CHILD_ACTIONS,
};

/** enum child_deadline - which time-out is armed on entering a state */
enum child_deadline {
	CHILD_DEADLINE_NONE,
	CHILD_DEADLINE_BACKOFF,		/* only when it waits for one */
	CHILD_DEADLINE_START,		/* start_timeout */
	CHILD_DEADLINE_ASK,		/* struct shutdown_phases */
	CHILD_DEADLINE_TERM,
	CHILD_DEADLINE_KILL,
};

struct child_step {
	enum child_state next;
	enum child_action action;
};

/**
 * child_state_step() - what an event does in a state
 *
 * When @next differs from @state: disarm the old deadline, arm the new one.
 */
struct child_step child_state_step(enum child_state state,
				   enum child_event event);
bool child_state_has_process(enum child_state state);
enum child_deadline child_state_deadline(enum child_state state);
/** child_state_word() - as `actorctl tree` shows it */
const char *child_state_word(enum child_state state);

const char *child_state_name(enum child_state state);
const char *child_event_name(enum child_event event);
const char *child_action_name(enum child_action action);
