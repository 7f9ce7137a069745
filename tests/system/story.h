/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * story.h - short words for what a story about a real tree does and looks at.
 *
 * A @path without a slash in front is below the system's own: "b" and "g/b"
 * stand for "/SYSTEM/b" and "/SYSTEM/g/b", "" for "/SYSTEM".
 */
#pragma once

#include <stdint.h>

#include <jansson.h>

#include "tests/harness/harness.h"
#include "tests/harness/tree.h"

#define STORY_PATH_BYTES 512

/* what most trees of these stories are made of */
#define STORY_ACTOR "exec: \"@ACTORS@/test-actor\", start_timeout: 10min"

/** story_now_ms() - the monotonic clock */
int64_t story_now_ms(void);
const char *story_path(const struct tree *tree, const char *path,
		       char buffer[static STORY_PATH_BYTES]);

/* ---- looking ----------------------------------------------------------- */

/** story_json() - what a verb with --json says; NULL when it failed */
json_t *story_json(struct tree *tree, ...) __attribute__((sentinel));
/** story_number() - a number of `actorctl show`; -1 when there is none */
json_int_t story_number(struct tree *tree, const char *path,
			const char *field);
/** story_text() - a text of it, malloc'd, "" when there is none */
char *story_text(struct tree *tree, const char *path, const char *field);
/** story_life() - in which life is it? */
uint64_t story_life(struct tree *tree, const char *path);
/** story_pid() - of its process; 0: it has none, or nobody said */
pid_t story_pid(struct tree *tree, const char *path);
/** story_is() - has it that text, (in decimal digits) that number, or that truth
 * ("true", "false") there? */
bool story_is(struct tree *tree, const char *path, const char *field,
	      const char *value);
/** story_await() - until it has; Return: as tree_wait_for() */
bool story_await(struct tree *tree, const char *path, const char *field,
		 const char *value);
/** story_await_generation() - until it runs in that generation */
bool story_await_generation(struct tree *tree, const char *path,
			    unsigned int generation);
/** story_await_gone() - until no such process is there, not even a zombie */
bool story_await_gone(struct tree *tree, pid_t pid);
/**
 * story_decision() - of the newest record of `actorctl why` with that decision
 *
 * Return: a new reference to that field, NULL when there is none.
 */
json_t *story_decision(struct tree *tree, const char *path,
		       const char *decision, const char *field);
/** story_n_decisions() - how many such records there are */
size_t story_n_decisions(struct tree *tree, const char *path,
			 const char *decision);

/** story_adds_up() - every message has its place; for tree_wait_until() too */
bool story_adds_up(struct tree *tree, void *unused);
/** story_expect_sum() - as soon as nobody is between two steps of its books; what is
 * lost never adds up, and is in the log */
void story_expect_sum(struct tree *tree);

/** story_metrics() - `actorctl metrics`, malloc'd, when all supervisors were in time to
 * answer; @option: NULL: none */
char *story_metrics(struct tree *tree, const char *option);

/** story_explain() - all that actorctl knows of the tree, and of these paths, is in
 * the log: for what comes once in hundreds of times */
void story_explain(struct tree *tree, ...) __attribute__((sentinel));

/* ---- doing ------------------------------------------------------------- */

/** story_tell() - and it is accepted; @text may be NULL */
void story_tell(struct tree *tree, const char *path, const char *type,
		const char *text);
/** story_tell_wait() - and it is handled. Return: actorctl's exit status */
int story_tell_wait(struct tree *tree, const char *path, const char *type,
		    const char *text);
/** story_ask() - Return: exit status; @ret: the answer, malloc'd; or NULL */
int story_ask(struct tree *tree, const char *path, const char *type,
	      const char *text, char **ret);
/** story_expect() - it is asked and answers that */
void story_expect(struct tree *tree, const char *path, const char *type,
		  const char *text, const char *answer);
/** story_await_notes() - until the test actor there has noted exactly that */
bool story_await_notes(struct tree *tree, const char *path, const char *notes);
/** story_await_owed() - until the test actor there has taken a "defer" */
bool story_await_owed(struct tree *tree, const char *path);
/** story_act() - one of start, stop, restart, kill. Return: exit status */
int story_act(struct tree *tree, const char *verb, const char *path);
/** story_act_behind() - the same by a child process. Return: its pid, which ends with
 * that status */
pid_t story_act_behind(struct tree *tree, const char *verb, const char *path);
/** story_await_start() - until a start succeeds: of who has ended, or is about to, and
 * some of whose life may not be over yet */
bool story_await_start(struct tree *tree, const char *path);
/** story_await_processes() - until it has so many at most: those that have just ended
 * may have to be reaped yet */
bool story_await_processes(struct tree *tree, size_t n_max);
/** story_await_descriptors() - until that process has so many at most: what nobody
 * waits for is closed a little later */
bool story_await_descriptors(struct tree *tree, pid_t pid, size_t n_max);
/** story_signal() - a signal to the process of that path, and it had one */
void story_signal(struct tree *tree, const char *path, int signal_number);
/** story_freeze() - SIGSTOP, and wait until it is stopped */
void story_freeze(struct tree *tree, const char *path);

/** story_expect_failed_start() - it was spawned, ends with status 1, and its last
 * line says that it could not start and why; forgets it */
void story_expect_failed_start(struct tree *tree, const char *reason);

/* ---- dead letters and records ------------------------------------------ */

/** story_letters() - `actorctl dead-letters` of that path and reason */
json_t *story_letters(struct tree *tree, const char *path, const char *reason);
/** story_await_letters() - until there are that many; Return: they, or NULL */
json_t *story_await_letters(struct tree *tree, const char *path,
			    const char *reason, size_t n);
/**
 * story_hide_journal() - no journald for the trees of this test
 *
 * So that records become lines in the state directory. Skips the test where
 * that cannot be had. Before tree_start().
 */
void story_hide_journal(void);
/** story_spool() - those lines as an array of objects; a new reference */
json_t *story_spool(const struct tree *tree);
/** story_await_spooling() - until /system/dead-letters knows that there is none:
 * from then on, until that process ends, a record is a line when it is counted */
bool story_await_spooling(struct tree *tree);
/** story_record() - is that record so? @field of it is @value */
bool story_record(const json_t *record, const char *field, const char *value);

/** story_put() - a file beside that of the tree, whatever the umask */
void story_put(const struct tree *tree, const char *name, const char *text,
	       mode_t mode);
void story_put_folder(const struct tree *tree, const char *name);
/** story_put_copy() - of the file @from, in which @ACTORS@ and others may be */
void story_put_copy(const struct tree *tree, const char *from,
		    const char *name, mode_t mode);
/** story_install() - the same as "program", as an installer does it: whoever runs
 * has the old one still */
void story_install(const struct tree *tree, const char *from, mode_t mode);
/** story_put_broken() - a program that only the kernel refuses: the header of one
 * alone; @name is beside the file */
void story_put_broken(const struct tree *tree, const char *name);

/* ---- the trace --------------------------------------------------------- */

/*
 * Actors with STORY_TRACED append "start NAME GENERATION" and "stop …" to one
 * file: the order in which things happened, whoever tells of them later.
 */
#define STORY_TRACED                                                           \
	STORY_ACTOR ", args: [--trace, \"@DIRECTORY@/trace\"], "               \
		    "sandbox: { write: [\"@DIRECTORY@/trace\"] }"
/** story_rewrite() - its file is another one from now on; that alone changes nothing */
void story_rewrite(const struct tree *tree, const char *config_text);
/** story_start_traced() - tree_start() with a trace */
void story_start_traced(struct tree *tree, const char *config_text);
/** story_trace() - what is in it, malloc'd */
char *story_trace(const struct tree *tree);
/** story_clear_trace() - begin anew, at first before tree_spawn() */
void story_clear_trace(const struct tree *tree);
/** story_await_trace() - until that is in it, exactly */
bool story_await_trace(struct tree *tree, const char *trace);

#define STORY_NOBODY 65534
/** story_become_ordinary() - this process is nobody's from now on, or what it was
 * when it was not root; skips the test where that cannot be */
void story_become_ordinary(void);
