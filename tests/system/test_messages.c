/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_messages.c - mail in real trees: it arrives once, in order, through
 * crashes, and what does not is a dead letter.
 *
 * Whoever shall find a queue is stopped by SIGSTOP meanwhile: that needs no
 * luck with time.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/system/story.h"

/* a can reach b and c, b can reach c */
static const char three[] =
	"system: \"@SYSTEM@\"\nintensity: 20 in 1min\nchildren:\n"
	"  - { name: a, refs: [b, c], " STORY_ACTOR " }\n"
	"  - { name: b, refs: [c], " STORY_ACTOR " }\n"
	"  - { name: c, " STORY_ACTOR " }\n";

/* "FIRST\n" … "LAST\n", without one of them; malloc'd */
static char *numbers(int first, int last, int without)
{
	char *text = calloc((size_t)(last - first + 2), 12);
	size_t n = 0;

	if (!text)
		abort();
	for (int i = first; i <= last; i++)
		if (i != without)
			n += (size_t)sprintf(text + n, "%d\n", i);
	return text;
}

/* ---- a crash and the queue behind it ------------------------------------ */

/* b passes 1 to 100 on to c, and the 40th kills it */
static void queue_a_hundred(struct tree *tree)
{
	char words[64];

	story_freeze(tree, "b");
	for (int i = 1; i <= 100; i++) {
		snprintf(words, sizeof(words), "c note %d", i);
		if (i == 40)
			story_tell(tree, "b", "crash", NULL);
		else
			story_tell(tree, "b", "tell", words);
	}
	CU_ASSERT(story_await(tree, "b", "mailbox", "100"));
	story_signal(tree, "b", SIGCONT);
}

static void test_what_waits_behind_a_crash_is_handled_once_in_order(void)
{
	char *wanted = numbers(1, 100, 40);
	json_t *letters, *letter;
	struct tree tree;

	tree_start(&tree, three);
	queue_a_hundred(&tree);
	CU_ASSERT(story_await_notes(&tree, "c", wanted));
	CU_ASSERT(story_await_generation(&tree, "b", 1));
	CU_ASSERT(story_await(&tree, "b", "mailbox", "0"));

	letters = story_await_letters(&tree, "b", "crashed", 1);
	letter = json_array_get(letters, 0);
	CU_ASSERT(story_record(letter, "type", "crash"));
	CU_ASSERT(story_record(letter, "sender", "/system/control"));
	CU_ASSERT(story_record(letter, "cause", "signal:SEGV"));
	CU_ASSERT(story_record(letter, "generation", "0"));
	CU_ASSERT(story_record(letter, "count", "1"));
	json_decref(letters);
	letters = story_letters(&tree, "c", "crashed");
	CU_ASSERT_EQUAL(json_array_size(letters), 0);
	json_decref(letters);
	free(wanted);
	tree_stop(&tree);
}

static void test_a_kill_between_messages_loses_none(void)
{
	char *wanted = numbers(0, 199, -1);
	struct tree tree;

	tree_start(&tree, three);
	story_freeze(&tree, "b");
	CU_ASSERT_EQUAL(story_tell_wait(&tree, "a", "burst", "200 b note"), 0);
	CU_ASSERT(story_await(&tree, "b", "mailbox", "200"));
	story_signal(&tree, "b", SIGKILL);
	CU_ASSERT(story_await_notes(&tree, "b", wanted));
	CU_ASSERT(story_is(&tree, "b", "generation", "1"));
	json_decref(story_await_letters(&tree, "b", "crashed", 0));
	free(wanted);
	tree_stop(&tree);
}

static void test_redelivered_twice_it_is_poison_the_third_time(void)
{
	struct tree tree;
	json_t *letters;

	tree_start(&tree, "system: \"@SYSTEM@\"\nintensity: 20 in 1min\n"
			  "children:\n"
			  "  - { name: b, redeliver: 2, " STORY_ACTOR " }\n");
	story_tell(&tree, "b", "crash", NULL);
	story_tell(&tree, "b", "note", "after");
	CU_ASSERT(story_await_notes(&tree, "b", "after\n"));
	CU_ASSERT(story_is(&tree, "b", "generation", "3"));
	letters = story_await_letters(&tree, "b", "poison", 1);
	CU_ASSERT(story_record(json_array_get(letters, 0), "type", "crash"));
	json_decref(letters);
	json_decref(story_await_letters(&tree, "b", "crashed", 0));
	tree_stop(&tree);
}

/* there is no other try; what waited behind it was never in hand */
static void test_what_ends_the_life_is_crashed_and_not_redelivered(void)
{
	static const char *const paths[] = { "b", "c" };
	struct tree tree;
	json_t *letters;

	tree_start(&tree, "system: \"@SYSTEM@\"\nchildren:\n"
			  "  - { name: b, redeliver: 1, "
			  "directives: { \"exit:4\": stop }, " STORY_ACTOR " }\n"
			  "  - { name: c, redeliver: 1, restart: temporary, "
			  STORY_ACTOR " }\n");
	for (size_t i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(story_act(&tree, "pause", paths[i]), 0);
		story_tell(&tree, paths[i], "exit", "4");
		story_tell(&tree, paths[i], "note", "behind");
		CU_ASSERT_EQUAL(story_act(&tree, "unpause", paths[i]), 0);
		letters = story_await_letters(&tree, paths[i], "crashed", 1);
		CU_ASSERT(story_record(json_array_get(letters, 0), "cause",
				       "exit:4"));
		json_decref(letters);
		json_decref(story_await_letters(&tree, paths[i], "terminated",
						1));
	}
	tree_stop(&tree);
}

static void test_a_message_that_fails_is_redelivered_too(void)
{
	struct tree tree;

	tree_start(&tree, "system: \"@SYSTEM@\"\nintensity: 20 in 1min\n"
			  "children:\n"
			  "  - { name: b, redeliver: 1, " STORY_ACTOR " }\n");
	story_tell(&tree, "b", "fail", "5");
	story_tell(&tree, "b", "note", "after");
	CU_ASSERT(story_await_notes(&tree, "b", "after\n"));
	CU_ASSERT(story_is(&tree, "b", "generation", "2"));
	json_decref(story_await_letters(&tree, "b", "poison", 1));
	tree_stop(&tree);
}

static void test_a_resumed_actor_keeps_its_state(void)
{
	struct tree tree;
	json_t *letters;

	tree_start(&tree, "system: \"@SYSTEM@\"\nchildren:\n"
			  "  - { name: b, " STORY_ACTOR ",\n"
			  "      directives: { reported: resume } }\n");
	story_tell(&tree, "b", "note", "before");
	story_tell(&tree, "b", "fail", "5");
	story_tell(&tree, "b", "note", "after");
	CU_ASSERT(story_await_notes(&tree, "b", "before\nafter\n"));
	CU_ASSERT(story_is(&tree, "b", "generation", "0"));
	letters = story_await_letters(&tree, "b", "crashed", 1);
	CU_ASSERT(story_record(json_array_get(letters, 0), "cause",
			       "reported:EIO"));
	CU_ASSERT_PTR_NOT_NULL(json_object_get(json_array_get(letters, 0),
					       "in_hand_ms"));
	json_decref(letters);

	/* who asked hears of it */
	CU_ASSERT_EQUAL(story_ask(&tree, "b", "fail", "5", NULL), 1);
	CU_ASSERT(story_is(&tree, "b", "generation", "0"));
	tree_stop(&tree);
}

/* ---- a turn is all or nothing ------------------------------------------- */

static void test_a_turn_that_crashes_or_fails_sent_nothing(void)
{
	struct tree tree;

	tree_start(&tree, three);
	story_tell(&tree, "b", "tell-then-crash", "c note crashed");
	story_tell(&tree, "b", "tell-then-fail", "c note failed");
	story_tell(&tree, "b", "tell", "c note ended");
	CU_ASSERT(story_await_notes(&tree, "c", "ended\n"));
	CU_ASSERT(story_await_generation(&tree, "b", 2));
	tree_stop(&tree);
}

static void test_a_turn_that_ended_sent_all_of_it(void)
{
	char *wanted = numbers(0, 999, -1);
	struct tree tree;

	tree_start(&tree, three);
	story_freeze(&tree, "c");
	CU_ASSERT_EQUAL(story_tell_wait(&tree, "b", "burst", "1000 c note"),
			0);
	story_signal(&tree, "b", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "b", 1));
	story_signal(&tree, "c", SIGCONT);
	CU_ASSERT(story_await_notes(&tree, "c", wanted));
	free(wanted);
	tree_stop(&tree);
}

static void test_what_a_stopped_actor_sent_still_arrives(void)
{
	char *wanted = numbers(0, 499, -1);
	struct tree tree;

	tree_start(&tree, three);
	story_freeze(&tree, "c");
	CU_ASSERT_EQUAL(story_tell_wait(&tree, "b", "burst", "500 c note"),
			0);
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "b"), 0);
	story_signal(&tree, "c", SIGCONT);
	CU_ASSERT(story_await_notes(&tree, "c", wanted));
	free(wanted);
	tree_stop(&tree);
}

/* ---- asks --------------------------------------------------------------- */

static void test_asks_end_in_a_reply_or_an_error(void)
{
	struct tree tree;
	char *said;

	tree_start(&tree, three);
	story_expect(&tree, "b", "echo", "hello", "hello");
	CU_ASSERT_EQUAL(story_ask(&tree, "b", "nonsense", NULL, &said), 5);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "dead-letters"));
	free(said);
	CU_ASSERT_EQUAL(story_ask(&tree, "b", "crash", NULL, &said), 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "interrupted"));
	free(said);
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "ask", "--timeout",
				      "200ms", "/@SYSTEM@/b", "defer", NULL),
			4);
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "b"), 0);
	CU_ASSERT_EQUAL(story_ask(&tree, "b", "echo", "late", &said), 5);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "start"));
	free(said);
	tree_stop(&tree);
}

static void test_an_ask_between_actors_gets_its_reply(void)
{
	struct tree tree;

	tree_start(&tree, three);
	story_expect(&tree, "a", "ask", "b echo over there", "over there");
	story_tell(&tree, "a", "ask-note", "60000 b echo again");
	CU_ASSERT(story_await_notes(&tree, "a", "reply again\n"));
	story_tell(&tree, "a", "ask-note", "60000 b nonsense");
	CU_ASSERT(story_await_notes(&tree, "a",
				    "reply again\nerror EOPNOTSUPP\n"));
	tree_stop(&tree);
}

/* its deadline is a minute away, longer than any of these waits */
static void ask_and_wait_for_it(struct tree *tree)
{
	CU_ASSERT_EQUAL(story_tell_wait(tree, "a", "ask-note",
					"60000 b defer"), 0);
	CU_ASSERT(story_await_owed(tree, "b"));
}

static void test_an_ask_is_interrupted_at_once_by_a_kill(void)
{
	struct tree tree;

	tree_start(&tree, three);
	ask_and_wait_for_it(&tree);
	story_signal(&tree, "b", SIGKILL);
	CU_ASSERT(story_await_notes(&tree, "a", "error EINTR\n"));
	tree_stop(&tree);
}

/* it had been taken: perhaps half of it is done */
static void test_an_ask_is_terminated_at_once_by_a_stop(void)
{
	struct tree tree;

	tree_start(&tree, three);
	ask_and_wait_for_it(&tree);
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "b"), 0);
	CU_ASSERT(story_await_notes(&tree, "a", "error EPIPE\n"));
	/* one to a life that is over is not even sent */
	story_tell(&tree, "a", "ask-note", "60000 b echo x");
	CU_ASSERT(story_await_notes(&tree, "a", "error EPIPE\nEPIPE\n"));
	tree_stop(&tree);
}

static void test_a_queued_ask_is_terminated_at_once_by_a_stop(void)
{
	struct tree tree;

	tree_start(&tree, "system: \"@SYSTEM@\"\nchildren:\n"
			  "  - { name: a, refs: [b], " STORY_ACTOR " }\n"
			  "  - { name: b, stop_timeout: 100ms, " STORY_ACTOR " }\n");
	story_freeze(&tree, "b");
	CU_ASSERT_EQUAL(story_tell_wait(&tree, "a", "ask-note",
					"60000 b echo x"), 0);
	CU_ASSERT(story_await(&tree, "b", "mailbox", "1"));
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "b"), 0);
	CU_ASSERT(story_await_notes(&tree, "a", "error EPIPE\n"));
	json_decref(story_await_letters(&tree, "b", "terminated", 1));
	tree_stop(&tree);
}

static void test_a_queued_ask_survives_a_crash(void)
{
	struct tree tree;

	tree_start(&tree, three);
	story_freeze(&tree, "b");
	CU_ASSERT_EQUAL(story_tell_wait(&tree, "a", "ask-note",
					"60000 b echo kept"), 0);
	CU_ASSERT(story_await(&tree, "b", "mailbox", "1"));
	story_signal(&tree, "b", SIGKILL);
	CU_ASSERT(story_await_notes(&tree, "a", "reply kept\n"));
	tree_stop(&tree);
}

/* a has waited in vain, and b owes it the answer: who was too slow to take the ask
 * in time never sees it. Return: what a has noted; malloc'd */
static char *ask_in_vain(struct tree *tree)
{
	char words[64], *notes = calloc(1, 1), *more;
	bool owes = false;

	for (int ms = 50; !owes && ms < 60000; ms *= 2) {
		snprintf(words, sizeof(words), "%d b defer", ms);
		story_tell(tree, "a", "ask-note", words);
		if (asprintf(&more, "%serror ETIMEDOUT\n", notes) < 0)
			abort();
		free(notes);
		notes = more;
		CU_ASSERT(story_await_notes(tree, "a", notes));
		CU_ASSERT_EQUAL(story_ask(tree, "b", "owes", NULL, &more), 0);
		owes = strncmp(more, "yes", 3) == 0;
		free(more);
	}
	CU_ASSERT(owes);
	return notes;
}

static void test_a_late_reply_reaches_nobody(void)
{
	struct tree tree;
	char *notes;

	tree_start(&tree, three);
	notes = ask_in_vain(&tree);
	story_tell(&tree, "b", "answer", "too late");
	json_decref(story_await_letters(&tree, "a", "late_reply", 1));
	story_expect(&tree, "a", "notes", NULL, notes);
	free(notes);
	tree_stop(&tree);
}

static void test_an_expired_ask_is_not_handled(void)
{
	struct tree tree;

	tree_start(&tree, three);
	story_freeze(&tree, "b");
	story_tell(&tree, "a", "ask-note", "50 b note never");
	CU_ASSERT(story_await_notes(&tree, "a", "error ETIMEDOUT\n"));
	story_signal(&tree, "b", SIGCONT);
	json_decref(story_await_letters(&tree, "b", "expired", 1));
	story_expect(&tree, "b", "notes", NULL, "");
	tree_stop(&tree);
}

static void test_a_reply_to_an_earlier_generation_is_late(void)
{
	struct tree tree;

	tree_start(&tree, three);
	ask_and_wait_for_it(&tree);
	story_signal(&tree, "a", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "a", 1));
	story_tell(&tree, "b", "answer", "to whom");
	json_decref(story_await_letters(&tree, "a", "late_reply", 1));
	story_expect(&tree, "a", "notes", NULL, "");
	tree_stop(&tree);
}

/* ---- what nobody handles ------------------------------------------------ */

static void test_an_unknown_message_is_a_dead_letter_and_no_failure(void)
{
	json_t *letters;
	struct tree tree;

	tree_start(&tree, three);
	story_tell(&tree, "a", "tell", "b nonsense text");
	letters = story_await_letters(&tree, "b", "unhandled", 1);
	CU_ASSERT(story_record(json_array_get(letters, 0), "type",
			       "nonsense"));
	CU_ASSERT(story_record(json_array_get(letters, 0), "size", "4"));
	json_decref(letters);
	CU_ASSERT(story_is(&tree, "b", "generation", "0"));
	tree_stop(&tree);
}

static void test_a_behaviour_is_pushed_popped_and_lost_in_a_crash(void)
{
	struct tree tree;

	tree_start(&tree, three);
	story_tell(&tree, "b", "strict", NULL);
	story_tell(&tree, "b", "note", "refused");
	story_tell(&tree, "b", "plain", NULL);
	story_tell(&tree, "b", "note", "taken");
	CU_ASSERT(story_await_notes(&tree, "b", "taken\n"));
	json_decref(story_await_letters(&tree, "b", "unhandled", 1));

	story_tell(&tree, "b", "strict", NULL);
	story_signal(&tree, "b", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "b", 1));
	story_tell(&tree, "b", "note", "first again");
	CU_ASSERT(tree_wait_for(&tree, "first again", "ask", "/@SYSTEM@/b",
				"notes", NULL));
	tree_stop(&tree);
}

static void test_timers_tick_until_cancelled_and_die_with_the_process(void)
{
	struct tree tree;

	tree_start(&tree, three);
	story_tell(&tree, "b", "every", "5");
	CU_ASSERT(tree_wait_for(&tree, "tick\ntick\ntick\n", "ask",
				"/@SYSTEM@/b", "notes", NULL));
	story_signal(&tree, "b", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "b", 1));
	/* two of another timer, and none of the old one among them */
	story_tell(&tree, "a", "every", "20");
	CU_ASSERT(tree_wait_for(&tree, "tick\ntick\n", "ask", "/@SYSTEM@/a",
				"notes", NULL));
	story_expect(&tree, "b", "notes", NULL, "");
	CU_ASSERT_EQUAL(story_tell_wait(&tree, "a", "every", "0"), 0);
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_what_waits_behind_a_crash_is_handled_once_in_order),
	HARNESS_TEST(test_a_kill_between_messages_loses_none),
	HARNESS_TEST(test_redelivered_twice_it_is_poison_the_third_time),
	HARNESS_TEST(test_what_ends_the_life_is_crashed_and_not_redelivered),
	HARNESS_TEST(test_a_message_that_fails_is_redelivered_too),
	HARNESS_TEST(test_a_resumed_actor_keeps_its_state),
	HARNESS_TEST(test_a_turn_that_crashes_or_fails_sent_nothing),
	HARNESS_TEST(test_a_turn_that_ended_sent_all_of_it),
	HARNESS_TEST(test_what_a_stopped_actor_sent_still_arrives),
	HARNESS_TEST(test_asks_end_in_a_reply_or_an_error),
	HARNESS_TEST(test_an_ask_between_actors_gets_its_reply),
	HARNESS_TEST(test_an_ask_is_interrupted_at_once_by_a_kill),
	HARNESS_TEST(test_an_ask_is_terminated_at_once_by_a_stop),
	HARNESS_TEST(test_a_queued_ask_is_terminated_at_once_by_a_stop),
	HARNESS_TEST(test_a_queued_ask_survives_a_crash),
	HARNESS_TEST(test_a_late_reply_reaches_nobody),
	HARNESS_TEST(test_an_expired_ask_is_not_handled),
	HARNESS_TEST(test_a_reply_to_an_earlier_generation_is_late),
	HARNESS_TEST(test_an_unknown_message_is_a_dead_letter_and_no_failure),
	HARNESS_TEST(test_a_behaviour_is_pushed_popped_and_lost_in_a_crash),
	HARNESS_TEST(test_timers_tick_until_cancelled_and_die_with_the_process),
};
HARNESS_MAIN(tests)
