/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tree.h - a real tree for a system test: start, ask, wait, stop, look around.
 *
 *	struct tree tree;
 *
 *	tree_start(&tree, "system: @SYSTEM@\n"
 *			  "children:\n"
 *			  "  - { name: echo, exec: @ACTORS@/test-echo }\n");
 *	CU_ASSERT(tree_wait_for(&tree, "running", "show", "/@SYSTEM@/echo",
 *				NULL));
 *	tree_stop(&tree);
 *
 * Each tree has a name of its own, a directory of its own for the sockets and
 * the state, and leaves nothing behind; tree_stop() fails the test when it
 * does. In the text of a config and in all arguments, @SYSTEM@ stands for the
 * name, @ACTORS@ for the folder of the test actors, @PROGRAMS@ for the folder
 * of the bundled ones, @DIRECTORY@ for the tree's own.
 *
 * All of it ends the test, as failed or skipped, when it cannot go on. From
 * the test's own process only.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* nothing here waits longer: it is for an event, and a stop may take a minute; more
 * than once in HARNESS_TIMEOUT_S */
#define TREE_DEADLINE_MS 300000

/**
 * struct tree - a running system
 * @system: its name, the same for no two tests at a time
 * @directory: where its config is, and "run" and "state" below
 * @config: path of the config file
 * @pid: the root supervisor's
 * @input: path of what the next actorctl reads; NULL: nothing
 * @program: what brings it up, with @PROGRAMS@; NULL: actorctl
 * @log: path of what it writes to standard output and error
 * @manager: a program that runs it, set between tree_prepare() and tree_spawn():
 *           @pid is then its; freed with the tree; NULL: none does
 */
struct tree {
	char system[32];
	char directory[128];
	char config[192];
	char log[192];
	const char *input;
	const char *program;
	char *manager;
	pid_t pid;
	int pidfd;
	char *mounts_before;
};

/**
 * struct tree_result - what a command came to
 * @status: exit status, or 128 + signal
 * @out: standard output, NUL-terminated; tree_result_clear() frees both
 */
struct tree_result {
	int status;
	char *out;
	char *err;
};

/**
 * tree_start() - start a supervisor on that config and wait until it is up
 *
 * Up: `actorctl show /SYSTEM` says that it runs. Use tree_wait_for() for what
 * comes after.
 */
void tree_start(struct tree *tree, const char *config_text);
/**
 * tree_prepare() - everything of tree_start() but the start itself
 * tree_spawn() - start it, wait for nothing
 * tree_await_up() - Return: true when it is up, false when it ended
 */
void tree_prepare(struct tree *tree, const char *config_text);
void tree_spawn(struct tree *tree);
bool tree_await_up(struct tree *tree);

/**
 * tree_actorctl() - run actorctl with these arguments, NULL at the end
 * @ret: may be NULL; what it said goes to the test's log anyway when it failed
 *
 * Return: exit status.
 */
int tree_actorctl(struct tree *tree, struct tree_result *ret, ...)
	__attribute__((sentinel));
int tree_actorctl_argv(struct tree *tree, struct tree_result *ret,
		       const char *const *arguments, size_t n_arguments);
void tree_result_clear(struct tree_result *result);

/**
 * tree_wait_for() - until the output of an actorctl verb contains a text
 * @text: what to wait for
 *
 * Return: true; false when TREE_DEADLINE_MS are over or the supervisor ended;
 * the last output is then in the test's log.
 */
bool tree_wait_for(struct tree *tree, const char *text, ...)
	__attribute__((sentinel));
/**
 * tree_wait_until() - until a condition holds, asked again and again
 *
 * Return: as tree_wait_for().
 */
bool tree_wait_until(struct tree *tree, bool (*holds)(struct tree *, void *),
		     void *data);

/** tree_wait_end() - Return: exit status, 128 + signal, or -1: did not end */
int tree_wait_end(struct tree *tree);

/** tree_stop() - an orderly stop; asserts that nothing is left */
void tree_stop(struct tree *tree);
/** tree_forget() - after tree_wait_end(): asserts the same, frees */
void tree_forget(struct tree *tree);
/** tree_kill() - SIGKILL to the root, then tree_forget() */
void tree_kill(struct tree *tree);

/**
 * tree_expand() - a text with @SYSTEM@ and the others filled in; malloc'd
 */
char *tree_expand(const struct tree *tree, const char *text);
/** tree_log_text() - what the supervisor wrote so far; malloc'd */
char *tree_log_text(const struct tree *tree);
/**
 * tree_n_processes() - how many processes of this tree exist
 *
 * The root, supervisors, actors and programs, whatever namespace they are in.
 */
size_t tree_n_processes(const struct tree *tree);
