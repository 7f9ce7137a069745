/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * supervisor.h - a supervisor process: one node of the tree and its children.
 *
 * The structures that the glue of this folder shares, and its calls by file:
 * supervisor.c joins decisions and actions, child.c is one child's process,
 * order.c says whose turn it is, strangers.c reaps orphans, violations.c ends
 * who makes a forbidden call, notes.c says what happened, afterlife.c sees to
 * what a process left, requests.c answers verbs, questions.c and root.c are the
 * root's alone.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <systemd/sd-event.h>

#include "supervisord/act/launch.h"
#include "supervisord/act/violation.h"
#include "supervisord/chores.h"
#include "supervisord/config/spec.h"
#include "supervisord/custody.h"
#include "supervisord/decide/backoff.h"
#include "supervisord/decide/child_state.h"
#include "supervisord/decide/edges.h"
#include "supervisord/decide/intensity.h"
#include "supervisord/decide/shutdown.h"
#include "supervisord/decide/tail.h"
#include "supervisord/decide/verdict.h"
#include "supervisord/history.h"
#include "supervisord/ledger.h"
#include "supervisord/link.h"
#include "supervisord/measures.h"
#include "supervisord/output.h"
#include "supervisord/reporter.h"

/* what `why` has beside the record itself */
#define HISTORY_MORE_BYTES 256
#define RESUMES_TOLD_A_SECOND 10
#define CHILD_LOST_MAX 16
#define CHILD_TEXT_BYTES 288

/* what a waiter waits for: the end of a life, that it runs, or that those at its
 * edges are told of them */
#define WAITER_ENDED 1u
#define WAITER_RUNNING 2u
#define WAITER_TOLD 4u

/** struct waiter - a verb that is answered when a child gets where it should */
struct waiter {
	struct waiter *next;
	uint64_t request;
	unsigned int until;	/* any of WAITER_… */
	bool spawned;		/* it wants to know who runs */
	bool reload;		/* one of many: who fails is told of by path */
	bool of_head;		/* the head asked, by that number */
	bool upgrade;		/* of its whole class, if it is of one */
	bool lesson;		/* what does not get ready was seen as well */
};

/** struct forwarded - a request that a supervisor below has yet to answer */
struct forwarded {
	struct forwarded *next;
	uint64_t request;
	unsigned int n;		/* so many answers are to come */
	bool best_effort;	/* its death is no reason to fail */
};

/** struct claim - a grant, or the number of a descriptor, that a message named
 * and that has not come yet
 * @n_asked: how often the giver's supervisor was asked
 * @lost: it was taken back: that is not asked for */
struct claim {
	struct claim *next;
	uint64_t via;
	uint64_t grant;
	unsigned int n_asked;
	bool lost;
	sd_event_source *timer;
	struct child *child;
};

/** struct lost_grant - @refused: it was never granted: that is its answer */
struct lost_grant {
	uint64_t via;
	uint64_t grant;
	bool refused;
};

struct guard;
struct cgroup_left;
struct spare;
struct zygote;

/** enum child_purpose - what a stop under way is for */
enum child_purpose {
	PURPOSE_NONE,		/* no stop was asked for: an end is a failure */
	PURPOSE_END,		/* its life ends */
	PURPOSE_RESTART,	/* it is started again */
	PURPOSE_KEEP,		/* its supervisor ends, its life goes on */
	PURPOSE_IDLE,		/* it went by itself, and comes when needed */
};

/*
 * What another program needs of all these to go on is in the tables of
 * snapshot*.c, or in those of the file whose struct it is: a new member too.
 */

/**
 * struct child_folder - of its state, from when its turn comes until it has started
 * @walk: what of it changes hands; NULL: nothing does
 * @fd, @error, @step: what was found; -1 and 0: nobody has looked, or it was taken
 */
struct child_folder {
	struct folder_walk *walk;
	int fd;
	int error;
	const char *step;
};

/* what was said last of the descriptors on our side; see rationing.h */
enum ration_said { RATION_AMPLE, RATION_SHORT, RATION_UNKNOWN };

/**
 * struct child - one child: an actor, a program, or a supervisor below
 * @place: its index in the node's children, or CUSTODY_HEAD
 * @pidfd: -1 without a process
 * @stop_wanted: to be stopped as soon as its group lets it
 * @group: children with the same number are stopped and started in order; it is
 *         in all records about that
 * @because_of: whose failure the stop or start under way is for; NULL: nobody's
 * @awaits_edges: its new life waits for edges that others mint
 * @fetches: descriptors it asked for that have not come yet
 * @lost: the grants it lost last; a claim of one is not waited for, or not long
 * @awaits_mailbox: its next process waits for an arena that all above hold
 * @start_by_ns: its first start is to be done by then; 0: no such deadline
 * @stop_by_ns: until then it may ask for more time while it stops
 * @extended: it has had more time than the file says to get ready
 * @n_ending: lives of it, or below it, that are over and not yet settled
 * @starts_when_settled: a new life begins when none of these is left
 * @living: it has a life (whether it has a process or not)
 * @paused: its life is: so is each process of it
 * @on_trial: its life was begun by hand or by a reload: when the first start of that
 *            fails, no policy is asked
 * @guard: of a process with a watchdog; see guard.h
 * @spare: for the next process; see spare.h
 * @zygote: who is to fork its process, which is not there yet, as @fork_number
 * @forsaken: it is not wanted any more
 * @forked: its process, or the last, is one that was
 * @n_forks_lost: in this start
 * @program: for its next process; NULL: none yet, or that of its class
 * @runs: of which its process was made, or its last; NULL: not known
 * @outdated: its process is of the program before an upgrade of its class
 * @idled: its last process went because it had nothing to do
 * @wake: its next process is needed now
 * @short_below: it, or who is behind it, has no descriptors to spare
 * @letters_ns: when it last asked for its edge to /system/dead-letters
 * @mail_fd: while it has none: tells of messages to it; see activation.c
 */
struct child {
	/* what is looked at of all children for each one is together */
	struct supervisor *supervisor;
	struct spec_node *node;
	int place;
	bool is_supervisor;
	bool living;
	enum child_state state;
	unsigned int n_ending;
	pid_t pid;
	int pidfd;
	struct spare *spare;
	struct zygote *zygote;
	uint64_t fork_number;

	struct launch_program *program;
	struct launch_program *runs;
	struct child_folder folder;
	struct upgrade *upgrade;	/* to another one; see upgrades.c */

	enum child_purpose purpose;
	bool stop_wanted;
	bool awaits_edges;
	bool awaits_mailbox;
	bool starts_when_settled;
	const char *end_reason;
	int no_mailbox;		/* negative errno: why none was made in time */
	bool paused;
	bool on_trial;
	bool was_ready;
	bool extended;
	struct child_lesson *lesson;	/* what it needs is being found out */
	uint64_t group;
	char *because_of;
	uint64_t delay_until_ns;
	uint64_t ready_ns;
	uint64_t start_by_ns;
	uint64_t stop_by_ns;
	struct backoff backoff;
	uint32_t generation;
	uint64_t life;
	struct intensity intensity;	/* with scope: child */
	struct shutdown_phases phases;

	int error_fd;
	int notify_fd;
	char *notify_path;
	struct link *link;
	struct output *output;
	struct tail *tail;	/* of this process or the last; NULL: none */
	char *status;		/* the same: what it says it does */
	sd_event_source *rest_source;
	uint64_t rest_until_ns;
	uint64_t rest_us;
	sd_event_source *notify_source;
	sd_event_source *violations;
	struct limits *limits;
	sd_event_source *timer;
	sd_event_source *look_source;	/* is it ready? see readiness.c */
	uint64_t look_again_us;
	int look_error;
	uid_t uid;			/* of its process */
	struct cgroup cgroup;		/* the same; see cgroups.c */
	struct guard *guard;
	bool exit_watched;		/* exits.c */
	bool forsaken;
	bool forked;
	bool closed;			/* it says so: its second stage is on */
	bool told_to_close;		/* as it stood by, or its zygote */
	bool outdated;
	bool idled;
	bool wake;
	unsigned int n_forks_lost;
	int mail_fd;
	sd_event_source *mail_source;

	bool reported;		/* @cause came before the exit */
	bool dying;		/* nothing of its process runs any more */
	bool has_cause;		/* @cause is of a past failure */
	bool in_order;		/* a supervisor: its last process stopped so */
	bool late;		/* it did not end when it was told to */
	bool failed_restart;	/* its end was none that we had asked for */
	bool failed_too;	/* the same, but its stop was decided before */
	bool reexecs;		/* a supervisor that has yet to say so */
	struct cause cause;
	struct cause end;	/* of its last process, as the kernel has it */
	char *failure;		/* of this life, the cause of the last; NULL: none */
	char *cause_text;	/* what a person should know besides; NULL: nothing */
	char *whole_text;	/* when that was cut; see head_text() */
	uint64_t violation_at;		/* when @cause is one */
	uint32_t violation_machine;
	unsigned int n_forked_ended;	/* of what it had forked, for such */
	uint64_t resumes_since_ns;
	unsigned int n_resumes;

	struct waiter *waiters;
	struct forwarded *forwarded;
	struct claim *claims;
	size_t n_claims;
	struct claim *fetches;
	size_t n_fetches;
	struct lost_grant *lost;	/* CHILD_LOST_MAX, or none yet */
	size_t n_lost;
	struct history history;
	struct counts *counts;	/* NULL: nothing yet */
	enum ration_said said_below;
	bool short_below;
	uint64_t letters_ns;
};

/** enum supervisor_phase - where the whole supervisor is */
enum supervisor_phase {
	SUPERVISOR_COMING_UP,
	SUPERVISOR_RUNNING,
	SUPERVISOR_ENDING,	/* children's lives end */
	SUPERVISOR_KEEPING,	/* will be restarted: their lives go on */
	SUPERVISOR_GIVING_UP,	/* the same, and it fails upward */
	SUPERVISOR_FAILING_START,
};

/**
 * struct ended_lives - what was counted in lives that are over
 * @n_unreadable: whose arena was damaged: what they had counted is not known
 */
struct ended_lives {
	uint64_t n_lives;
	uint64_t n_unreadable;
	struct ledger counts;
};

struct class_listener;
struct reload;
struct upgrade;
struct root;
struct store;
struct questions;
struct estate;
struct reexec;

/**
 * struct tree - what all supervisors of a system share, made before any fork
 *
 * Each has its own copy: what is spawned since is told to all, see nursery.c.
 */
struct tree {
	int config_fd, bundled_fd;	/* what it is made of: kept_file.h, load.h */
	const char *system;
	char *file;			/* it was run with, absolute */
	struct spec_node *root;		/* path "", children: /system, the file's */
	struct declared_edge *declared;	/* as edges_declared() made them */
	struct declared_edge *edges;	/* the same, or a copy that grows */
	size_t n_edges;
	bool edges_grow;		/* @edges are ours to reallocate */
	struct launch_host host;
	char *run_dir;			/* "/run/actorproc/vpn" */
	uid_t owner;
	bool detached;			/* nobody reads what we print */
	struct spec_node **attic;	/* gone; freed when nothing points there */
	size_t n_attic;
	int gifts;			/* gifts.c's; 0: a new tree */
};

struct supervisor {
	struct tree *tree;
	struct spec_node *node;
	char path[PATH_MAX];		/* "/vpn/"; the root's is "/" */
	sd_event *event;
	struct link *parent;		/* in the root @store's, or NULL */
	struct store *store;		/* of the root of a service, or NULL */
	struct root *root;		/* NULL elsewhere */
	struct questions *questions;	/* the same */
	struct reload *reload;		/* the same: one that is under way */
	struct reporter *reporter;
	struct custody custody;
	struct ended_lives ended;	/* in the root alone */
	bool taken_back;		/* the same: @custody is an earlier one's */
	struct estate *estates, **estates_end;
	bool burying;			/* an edge may be in use: none is swept */
	struct intensity intensity;
	enum supervisor_phase phase;
	const char *end_reason;
	struct cause cause;		/* of giving up or failing to start */
	char cause_text[PATH_MAX];
	char cause_path[PATH_MAX];
	bool shuts_down;		/* a significant child ended */
	bool notes_may_wait;		/* for what follows of them in this turn */
	char *story;			/* of the one before; see stories.h */
	uint64_t begins_group;		/* of what made it begin; 0: its own */
	char *begins_for;		/* whose failure that was; NULL: nobody's */
	bool in_order;			/* the one before stopped so, and all below it */
	uint64_t letters_life;		/* of /system/dead-letters as we began */
	uint64_t last_group;
	uint64_t next_keep;		/* keeping.c; 0: nothing to ask for */
	uint64_t awaits_keep;		/* nobody is started before that word */
	sd_event_source *step_source;	/* when the time has come */
	sd_event_source *soon_source;	/* in the next turn */
	pid_t newest_pid;		/* the highest of a child of ours */
	int exits_fd;			/* exits.c; with @exits */
	sd_event_source *exits;
	uint64_t end_by_ns;
	unsigned int n_hastened;	/* spare.c */
	struct departed *departed;	/* that were spawned; see history.h */
	struct chores chores;
	struct zygote *zygotes;
	struct class_listener *class_listeners;
	uint64_t last_fork;
	bool short_here;	/* of descriptors; rationing.c */
	bool short_above;	/* our parent, or who is behind it */
	enum ration_said said_above;
	sd_event_source *short_source;
	struct reexec *reexec;		/* of one under way; NULL: none */

	struct child **children;	/* the head, if any, comes first */
	size_t n_children;
	bool nobody_stops;	/* order.c has looked: no child's stop is wanted */
	bool has_head;
	bool has_programs;	/* children that may have children */
	struct cgroup_left *cgroups_left;
	struct counts_gone *gone;
};

/** supervisor_going_down() - no child is started any more */
static inline bool supervisor_going_down(const struct supervisor *s)
{
	return s->phase > SUPERVISOR_RUNNING;
}

/** supervisor_is_root() - nobody above it is a supervisor */
static inline bool supervisor_is_root(const struct supervisor *s)
{
	return s->root || !s->parent;
}

/* supervisor.c */
int supervisor_init(struct supervisor *s, struct tree *tree,
		    struct spec_node *node, sd_event *event);
/** supervisor_add_child() - one more at the end, stopped; NULL: -ENOMEM */
struct child *supervisor_add_child(struct supervisor *s,
				   struct spec_node *node);
/** supervisor_begin() - mint, then start the children in order */
void supervisor_begin(struct supervisor *s);
/** supervisor_step_soon() - do what can be done now, at the loop's next turn */
void supervisor_step_soon(struct supervisor *s);
/** supervisor_follow() - some children have ended, with @notes_may_wait: begin what
 * follows, then tell */
void supervisor_follow(struct supervisor *s);
/** supervisor_end() - stop all children in reverse order, then leave the loop */
void supervisor_end(struct supervisor *s, enum supervisor_phase how,
		    const char *reason);
/** supervisor_event() - feed an event into a child's table, do its action */
void supervisor_event(struct child *c, enum child_event event);
/** supervisor_stop_child() - a verb, a verdict or a group wants it stopped */
void supervisor_stop_child(struct child *c, enum child_purpose purpose,
			   const char *reason, uint64_t group);
/** supervisor_start_process() - the word for which its process, which has all else,
 * was waiting */
void supervisor_start_process(struct child *c);
/** supervisor_judge() - @c has failed: what now? Only then, for @ran_ns if it was
 * ready: a head's life within its node's is no whole one */
void supervisor_judge(struct child *c, bool ready, uint64_t ran_ns);
/** supervisor_restart_head() - that is its parent's verdict, of that number: first
 * it, then its children stop; then all start in order */
void supervisor_restart_head(struct child *head, uint64_t delay_ns,
			     uint64_t group);
/** supervisor_life_settled() - one of @n_ending is: tell who waited for all */
void supervisor_life_settled(struct child *c);
/** supervisor_granted() - an edge has come for that life: when it is over, what
 * was sent there since is drained as well */
void supervisor_granted(struct supervisor *s, const char *path);
/** supervisor_start_child() - a new life (START verb); 0 or negative errno */
int supervisor_start_child(struct child *c);
/** child_is_why() - was it last stopped or restarted for its own failure? */
bool child_is_why(const struct child *c);
/** supervisor_leave_terminal() - whoever started us waits for our output's end */
void supervisor_leave_terminal(void);
/** supervisor_reap_strangers() - orphans that came to us, never a child; what
 * is left of a program that has ended is killed */
void supervisor_reap_strangers(struct supervisor *s);
/** supervisor_met() - a child has that number, or what stands by for one */
static inline void supervisor_met(struct supervisor *s, pid_t pid)
{
	if (pid > s->newest_pid)
		s->newest_pid = pid;
}
/** supervisor_knows() - is it the number of such a process, or of one of zygotes.c? */
bool supervisor_knows(const struct supervisor *s, pid_t pid);
struct child *supervisor_child(struct supervisor *s, int place);
/** supervisor_restarts() - those that count now: with `scope: child`, of the
 * child that has most */
unsigned int supervisor_restarts(const struct supervisor *s, uint64_t now_ns);
/** supervisor_parent() - it is at the other end of @fd, which becomes ours */
int supervisor_parent(struct supervisor *s, int fd);
/** supervisor_go_on() - one below the root that is complete; never returns */
void supervisor_go_on(struct supervisor *s) __attribute__((noreturn));
/** supervisor_run() - be the supervisor of @node on @link_fd; never returns */
void supervisor_run(struct tree *tree, struct spec_node *node,
		    int link_fd) __attribute__((noreturn));
uint64_t supervisor_now_ns(void);
uint64_t supervisor_random(void);

/* child.c */
/** child_late_life() - a mailbox for mail that came behind the end of a life, 0
 * or a negative errno */
int child_late_life(struct child *c);
/** child_prepare() - what its start needs and has to wait for, if anything */
void child_prepare(struct child *c);
/** child_launch() - make its process; a failure shows as a failing child */
void child_launch(struct child *c);
/** child_line() - of @data, a child: a line that its process has printed */
void child_line(void *data, unsigned int priority, const char *line);

/**
 * struct child_process - a process that is to be made for a child
 * @cgroup: where its own is put; the caller ends it, also of one that failed
 * @control_fd: its own end of its control channel; -1: it is a program
 * @notify: path of the socket on which it is awaited; or NULL
 * @output: who reads what it prints, with @line and @data; made with it
 */
struct child_process {
	uint32_t generation;
	struct cgroup *cgroup;
	int control_fd;
	const char *notify;
	struct output **output;
	output_line_fn *line;
	void *data;
};

/**
 * child_make_process() - in its sandbox, with the environment of its child
 *
 * Return: NULL; the step that failed, with *@ret_error, and there is no process.
 */
const char *child_make_process(struct child *c,
			       const struct child_process *wanted,
			       struct launch_child *ret, int *ret_error);
/**
 * child_make_zygote() - one that forks a class: of no child
 * @of: the node that stands for it; @path: what it is called
 */
const char *child_make_zygote(struct supervisor *s, const struct spec_node *of,
			      const char *path, struct launch_program *program,
			      const struct child_process *wanted,
			      struct launch_child *ret, int *ret_error);
/** child_runs() - of what its process is; NULL: not of what could be come back to */
void child_runs(struct child *c, struct launch_program *program);
/** child_born() - its process is forked; @pidfd becomes its own */
void child_born(struct child *c, pid_t pid, int pidfd);
/** child_unborn() - it is not, and will not be: once more, if it is wanted */
void child_unborn(struct child *c);
/** child_release() - everything of a process that is gone */
void child_release(struct child *c);
/** child_free() - it and all that it has, but its node */
void child_free(struct child *c);
/** child_is_ending() - it has begun to, and nothing of it will run any more */
void child_is_ending(struct child *c);
/** child_process_ended() - its pidfd says so: reap it, and judge */
void child_process_ended(struct child *c);
void child_arm(struct child *c, uint64_t delay_ns);
void child_disarm(struct child *c);
void child_signal(struct child *c, int signal);
/** child_may_fork() - can it leave processes behind? */
bool child_may_fork(const struct child *c);
/** child_say() - one control message without descriptors, if it listens */
void child_say(struct child *c, const struct fields_writer *message);
/** child_cause_text() - what a person should know of its cause; "": nothing */
const char *child_cause_text(const struct child *c);
/** child_cause_buffer() - the same, to be written: CHILD_TEXT_BYTES of it. Most never
 * have any; without memory it is lost */
char *child_cause_buffer(struct child *c);
void child_cause_clear(struct child *c);
/** child_said_errno() - its ERRNO; EPROTO for what is none */
int child_said_errno(const struct fields *f);
/** child_pause() - its life is paused, or no more: all above and it are told */
void child_pause(struct child *c, bool paused);
/** child_adopt() - go on with a process that is there: what is in @ends becomes
 * its own, the rest of it is in @c already. 0 or a negative errno */
struct child_ends {
	int link_fd;
	int violations_fd;
	struct output *output;
};
int child_adopt(struct child *c, const struct child_ends *ends);
/* violations.c */
/** violations_watch() - @listener_fd is of its filter; becomes ours */
int violations_watch(struct child *c, int listener_fd);
/** violations_end() - of a process that has ended. Return: the listener, which is
 * now the caller's; -1: there was none */
int violations_end(struct child *c);
/** violations_watch_class() - the same of one that several share */
int violations_watch_class(struct supervisor *s, int listener_fd);
/** violations_put_classes() - those, for who takes our place */
void violations_put_classes(const struct supervisor *s, struct state_writer *w);
/** violations_take_classes() - go on to watch them; 0 or a negative errno */
int violations_take_classes(struct supervisor *s, struct state_reader *r);
/* notes.c */
/** notes_failed() - child_note() of a failure that was judged; that of a restart may
 * be written a little later, and before any other record */
void notes_failed(struct child *c, const char *kind, const struct verdict *v);
/** notes_catch_up() - it is written, if it is not: before anybody looks for it, or
 * its child goes; within some milliseconds */
void notes_catch_up(void);
/** notes_gave_up() - of the supervisor itself, for the reasons in it */
void notes_gave_up(struct supervisor *s, const struct verdict *verdict);
/** notes_forked_ended() - what a program has forked made such a call
 * @text: what its sandbox says to that */
void notes_forked_ended(struct child *c, const struct violation *v,
			const char *text);
/** notes_limit() - it was refused one process more, so often by now */
void notes_limit(struct child *c, uint64_t n_refused);
/** child_note() - remember and report one decision about it */
void child_note(struct child *c, const char *kind, const char *decision,
		const struct verdict *verdict, const char *text);
/** child_record() - begin a record about a child with its fields */
void child_record(const struct child *c, struct record *record,
		  const char *kind);

/* afterlife.c */
/** afterlife_prepare() - the first arena of a life, or another generation: its
 * start waits until all above know of it */
void afterlife_prepare(struct child *c, struct custody_mailbox *mailbox);
/** afterlife_foresee() - a process is ending, and nothing of it runs any more: see
 * to its arena, when that does not depend on how it ends */
void afterlife_foresee(struct child *c);
/** afterlife_take_back() - we end: the number that was foreseen is that of no
 * process, and the next one's */
void afterlife_take_back(struct child *c);
/**
 * afterlife_note() - a process has ended: its next start waits for its arena
 * @end_reason: it ended its life in good order, for this reason: what it owed is
 *              `terminated`; NULL: it did not, and that is `interrupted`
 *
 * What follows can be decided now; nothing is done before afterlife_go_on().
 */
void afterlife_note(struct child *c, const struct cause *cause,
		    const char *end_reason);
/**
 * afterlife_go_on() - see to the arena that was noted; fine when none was
 *
 * When it cannot be trusted its life ends, and the start waits for the end of
 * that.
 */
void afterlife_go_on(struct child *c);
/** afterlife_recover() - both */
void afterlife_recover(struct child *c, const struct cause *cause,
		       const char *end_reason);
/** afterlife_end() - an actor's life is over: drain, tell, hang up. It is in
 * @c->n_ending until then; so are those of the next */
void afterlife_end(struct child *c, const char *reason);
/** afterlife_end_below() - the same for all whose supervisor is gone for good */
void afterlife_end_below(struct child *c, const char *reason);
/** afterlife_has_letters() - the edge that was asked for its letters is there */
void afterlife_has_letters(struct supervisor *s, const char *path);
/** afterlife_is_on_its_way() - what it starts with is complete, and only that all
 * above hold it is not known */
bool afterlife_is_on_its_way(const struct child *c);
/** afterlife_forget() - nothing more becomes of the dead, and nobody is told */
void afterlife_forget(struct supervisor *s);
/** afterlife_kept() - all above hold what was pushed; false: not by us */
bool afterlife_kept(struct supervisor *s, const char *path, uint64_t number);
/** afterlife_all_kept() - and all that waits for a word for many (keeping.h) */
void afterlife_all_kept(struct supervisor *s, uint64_t number);

/* exit_with.c */
/** exit_with_life_over() - of a child: is it whose end is the system's? */
void exit_with_life_over(struct child *c);
/** exit_with_message() - from a supervisor below; false: not about that */
bool exit_with_message(struct supervisor *s, const struct fields *f);

/* requests.c */
/** requests_handle() - a verb for somebody at or below us */
void requests_handle(struct supervisor *s, const struct fields *request);
/** requests_done() - answer a verb, at whatever level */
void requests_done(struct supervisor *s, uint64_t request, int error,
		   const char *text, unsigned int n_forwarded);
void requests_row(struct supervisor *s, struct fields_writer *row,
		  const int *fds, size_t n_fds);
/** requests_relay() - ROW and DONE from below, on their way to the root */
void requests_relay(struct child *c, struct control_message *m);
/** requests_orphaned() - a supervisor below died: answer what it was asked */
void requests_orphaned(struct child *c);
void requests_wake(struct child *c, unsigned int what, int error,
		   const char *text);
/** requests_start_failed() - who waits for that start hears why, and not of how
 * it goes on: it may be a long time until the next one */
void requests_start_failed(struct child *c, const struct verdict *verdict);
/** REQUESTS_PATIENCE_NS - what is over by then is waited for without a word */
#define REQUESTS_PATIENCE_NS UINT64_C(5000000000)
/** requests_start_waits() - that one failed, and will be tried again: so hears who
 * waits for the start of another that is not tried before */
void requests_start_waits(const struct child *failed);
/** requests_pass_on() - who waits for an upgrade of the one waits for the other */
void requests_pass_on(struct child *from, struct child *to);
/** requests_expect() - a supervisor below was told to do its part of a reload */
void requests_expect(struct child *c, uint64_t request);
/** requests_await_reload() - answer when it runs, or why not; false: no memory */
bool requests_await_reload(struct child *c, uint64_t request);
