/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_questions.c - what /system/control and the root say to each other, at
 * instants that hardly ever come.
 *
 * /system/control is held at a call that sends or receives a packet, behind it.
 * Both are killed there, at each in turn: what was asked is in one place of the
 * books. Or others go on meanwhile.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/harness/proc.h"
#include "tests/kernel/stepper.h"
#include "tests/system/manager.h"
#include "tests/system/story.h"

#define CONTROL "/system/control"

static const char tree_text[] =
	"system: \"@SYSTEM@\"\nchildren:\n"
	"  - { name: b, " STORY_ACTOR " }\n";

static pid_t ask(struct tree *tree, const char *verb, const char *path)
{
	char full[STORY_PATH_BYTES];
	pid_t asker = fork();

	if (asker == 0)
		_exit(tree_actorctl(tree, NULL, verb,
				    story_path(tree, path, full),
				    strcmp(verb, "ask") ? NULL : "echo",
				    NULL));
	return asker;
}

static bool has_ended(pid_t pid)
{
	siginfo_t info = { .si_pid = 0 };

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) ||
	       info.si_pid;
}

/* on to the next beginning or end of a call; false: @asker has its answer */
static bool next_stop(pid_t control, pid_t asker,
		      struct __ptrace_syscall_info *ret)
{
	const struct timespec moment = { .tv_nsec = 1000000 };
	int status = 0;

	ptrace(PTRACE_SYSCALL, control, NULL, NULL);
	while (waitpid(control, &status, WNOHANG) == 0) {
		if (has_ended(asker))
			return false;
		nanosleep(&moment, NULL);
	}
	return WIFSTOPPED(status) && ptrace(PTRACE_GET_SYSCALL_INFO, control,
					    sizeof(*ret), ret) > 0;
}

/* behind the next call that has sent or received a packet */
static bool next_packet(pid_t control, pid_t asker)
{
	struct __ptrace_syscall_info info;
	bool sends = false;

	while (next_stop(control, asker, &info)) {
		if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
			sends = info.entry.nr == SYS_sendto ||
				info.entry.nr == SYS_recvfrom;
		else if (sends && info.exit.rval > 0)
			return true;
	}
	return false;
}

static void kill_both(struct tree *tree, pid_t control)
{
	struct manager_status status = manager_look(tree);

	CU_ASSERT_FATAL(manager_say(tree, "kill", 0));
	stepper_kill(control);
	CU_ASSERT_FATAL(manager_await_start(tree, status.n_starts + 1));
}

/* Return: false when there is no such packet */
static bool die_behind_packet(struct tree *tree, unsigned int n, bool unheard)
{
	pid_t control = story_pid(tree, CONTROL), root, asker;
	bool there = true;

	root = manager_look(tree).root;
	stepper_hold(control);
	if (unheard)
		kill(root, SIGSTOP);
	asker = ask(tree, "show", "b");
	while (n-- > 0 && there)
		there = next_packet(control, asker);
	if (there)
		kill_both(tree, control);
	else
		ptrace(PTRACE_DETACH, control, NULL, NULL);
	waitpid(asker, NULL, 0);
	return there;
}

static void test_a_question_is_counted_once_wherever_both_die(void)
{
	struct tree tree;
	unsigned int n = 1;

	manager_start(&tree, tree_text);
	while (die_behind_packet(&tree, n, false)) {
		story_expect_sum(&tree);
		n++;
	}
	CU_ASSERT(n > 2);
	tree_stop(&tree);
}

static void test_a_question_that_nobody_has_read_is_counted_once(void)
{
	struct tree tree;

	manager_start(&tree, tree_text);
	CU_ASSERT(die_behind_packet(&tree, 1, true));
	story_expect_sum(&tree);
	tree_stop(&tree);
}

/* ---- what it was lent --------------------------------------------------- */

#define N_OTHERS 70	/* more than it keeps */
#define N_TOLD 400	/* more than a socket takes */
#define LOOKS 20

static const char others_text[] =
	"system: \"@SYSTEM@\"\nstart_order: parallel\nchildren:\n"
	"  - { name: w, " STORY_ACTOR " }\n"
	"  - { name: m, instances: 71, " STORY_ACTOR " }\n";

/* nobody sends to it */
static void await_sleep(pid_t pid)
{
	char state;

	for (unsigned int n = 0; n < LOOKS; n++) {
		usleep(1000);
		state = proc_state(pid);
		CU_ASSERT_NOT_EQUAL_FATAL(state, '?');
		if (state != 'S')
			n = 0;
	}
}

/* it says that it needs no reference to @w any more, as of its turn to ask */
static void ask_others(struct tree *tree)
{
	char name[32];

	for (unsigned int i = 1; i <= N_OTHERS; i++) {
		snprintf(name, sizeof(name), "m-%u", i);
		story_expect(tree, name, "echo", name, name);
	}
}

static void expect_notes(struct tree *tree)
{
	char notes[2 * N_TOLD + 1] = "";

	for (unsigned int i = 0; i < N_TOLD; i++)
		memcpy(notes + 2 * i, "n\n", 3);
	CU_ASSERT(story_await_notes(tree, "w", notes));
}

/* what was sent it has handled, and the rest has not been sent */
static void test_what_is_unsent_is_handled_though_the_way_was_given_back(void)
{
	pid_t control, asker, w;
	struct tree tree;

	tree_start(&tree, others_text);
	story_freeze(&tree, "w");
	for (unsigned int i = 0; i < N_TOLD; i++)
		story_tell(&tree, "w", "note", "n");
	CU_ASSERT_FATAL(story_number(&tree, "w", "mailbox") < N_TOLD);
	ask_others(&tree);
	control = story_pid(&tree, CONTROL);
	w = story_pid(&tree, "w");

	stepper_hold(control);
	kill(tree.pid, SIGSTOP);
	asker = ask(&tree, "ask", "m-71");
	CU_ASSERT_FATAL(next_packet(control, asker));
	kill(w, SIGCONT);
	await_sleep(w);
	kill(tree.pid, SIGCONT);
	await_sleep(tree.pid);
	stepper_let_go(control);

	waitpid(asker, NULL, 0);
	expect_notes(&tree);
	story_expect_sum(&tree);
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_question_is_counted_once_wherever_both_die),
	HARNESS_TEST(test_what_is_unsent_is_handled_though_the_way_was_given_back),
	HARNESS_TEST(test_a_question_that_nobody_has_read_is_counted_once),
};
HARNESS_MAIN(tests)
