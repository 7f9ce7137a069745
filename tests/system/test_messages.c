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
#include <unistd.h>

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
	CU_ASSERT(story_await(tree, "b", "mailbox", "0"));
}

static void test_an_ask_is_interrupted_at_once_by_a_kill(void)
{
	struct tree tree;

	tree_start(&tree, three);
	ask_and_wait_for_it(&tree);
	story_expect(&tree, "b", "echo", "x", "x");
	story_signal(&tree, "b", SIGKILL);
	CU_ASSERT(story_await_notes(&tree, "a", "error EINTR\n"));
	tree_stop(&tree);
}

/* it had been taken: perhaps half of it is done */
static void test_an_ask_is_interrupted_at_once_by_a_stop(void)
{
	struct tree tree;

	tree_start(&tree, three);
	ask_and_wait_for_it(&tree);
	story_expect(&tree, "b", "echo", "x", "x");
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "b"), 0);
	CU_ASSERT(story_await_notes(&tree, "a", "error EINTR\n"));
	/* one to a life that is over is not even sent */
	story_tell(&tree, "a", "ask-note", "60000 b echo x");
	CU_ASSERT(story_await_notes(&tree, "a", "error EINTR\nEPIPE\n"));
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

static void test_a_late_reply_reaches_nobody(void)
{
	struct tree tree;

	tree_start(&tree, three);
	story_tell(&tree, "a", "ask-note", "50 b defer");
	CU_ASSERT(story_await_notes(&tree, "a", "error ETIMEDOUT\n"));
	story_tell(&tree, "b", "answer", "too late");
	json_decref(story_await_letters(&tree, "a", "late_reply", 1));
	story_expect(&tree, "a", "notes", NULL, "error ETIMEDOUT\n");
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
	story_expect(&tree, "b", "echo", "x", "x");
	story_signal(&tree, "a", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "a", 1));
	story_tell(&tree, "b", "answer", "to whom");
	json_decref(story_await_letters(&tree, "a", "late_reply", 1));
	story_expect(&tree, "a", "notes", NULL, "");
	tree_stop(&tree);
}

/* ---- death watch -------------------------------------------------------- */

static void test_a_watcher_is_told_once_and_not_of_restarts(void)
{
	struct tree tree;

	tree_start(&tree, three);
	story_tell(&tree, "a", "watch", "b");
	story_tell(&tree, "a", "watch", "b");
	story_tell(&tree, "b", "crash", NULL);
	CU_ASSERT(story_await_generation(&tree, "b", 1));
	CU_ASSERT_EQUAL(story_act(&tree, "restart", "b"), 0);
	story_expect(&tree, "a", "notes", NULL, "");
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "b"), 0);
	CU_ASSERT(story_await_notes(&tree, "a",
				    "terminated /@SYSTEM@/b terminated\n"));
	story_tell(&tree, "a", "note", "end");
	CU_ASSERT(story_await_notes(&tree, "a",
				    "terminated /@SYSTEM@/b terminated\n"
				    "end\n"));
	tree_stop(&tree);
}

static void test_a_watch_on_who_is_gone_is_told_at_once(void)
{
	struct tree tree;

	tree_start(&tree, three);
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "b"), 0);
	story_tell(&tree, "a", "watch", "b");
	CU_ASSERT(tree_wait_for(&tree, "terminated /@SYSTEM@/b", "ask",
				"/@SYSTEM@/a", "notes", NULL));
	tree_stop(&tree);
}

static void test_after_unwatch_nothing_comes(void)
{
	struct tree tree;

	tree_start(&tree, three);
	story_tell(&tree, "a", "watch", "b");
	story_tell(&tree, "a", "watch", "c");
	story_tell(&tree, "a", "unwatch", "b");
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "b"), 0);
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "c"), 0);
	CU_ASSERT(story_await_notes(&tree, "a",
				    "terminated /@SYSTEM@/c terminated\n"));
	tree_stop(&tree);
}

static void test_a_dead_actor_s_messages_come_before_its_terminated(void)
{
	struct tree tree;

	tree_start(&tree, "system: \"@SYSTEM@\"\nchildren:\n"
			  "  - { name: a, refs: [b], " STORY_ACTOR " }\n"
			  "  - { name: b, refs: [a], restart: temporary,\n"
			  "      " STORY_ACTOR " }\n");
	story_tell(&tree, "a", "watch", "b");
	story_freeze(&tree, "a");
	CU_ASSERT_EQUAL(story_tell_wait(&tree, "b", "tell", "a note last"),
			0);
	story_signal(&tree, "b", SIGKILL);
	CU_ASSERT(story_await(&tree, "b", "state", "stopped"));
	story_signal(&tree, "a", SIGCONT);
	CU_ASSERT(story_await_notes(&tree, "a",
				    "last\n"
				    "terminated /@SYSTEM@/b terminated\n"));
	tree_stop(&tree);
}

/* ---- lives and references ----------------------------------------------- */

static void test_a_new_life_is_reached_by_declared_references(void)
{
	struct tree tree;
	char *life;

	tree_start(&tree, three);
	life = story_text(&tree, "b", "life");
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "b"), 0);
	CU_ASSERT_EQUAL(story_act(&tree, "start", "b"), 0);
	CU_ASSERT_FALSE(story_is(&tree, "b", "life", life));
	CU_ASSERT(story_is(&tree, "b", "generation", "0"));
	story_tell(&tree, "a", "tell", "b note anew");
	CU_ASSERT(story_await_notes(&tree, "b", "anew\n"));
	/* and its own references work as well */
	story_tell(&tree, "b", "tell", "c note too");
	CU_ASSERT(story_await_notes(&tree, "c", "too\n"));
	free(life);
	tree_stop(&tree);
}

/* a can reach b and c, and b nobody, before it is given c */
static const char giver[] =
	"system: \"@SYSTEM@\"\nintensity: 20 in 1min\nchildren:\n"
	"  - { name: a, refs: [b, c], " STORY_ACTOR " }\n"
	"  - { name: b, " STORY_ACTOR " }\n"
	"  - { name: c, " STORY_ACTOR " }\n";

static void test_a_reference_in_a_message_can_be_used(void)
{
	struct tree tree;

	tree_start(&tree, giver);
	story_tell(&tree, "a", "give", "b c");
	CU_ASSERT(story_await_notes(&tree, "b", "took\n/@SYSTEM@/c\n"));
	story_tell(&tree, "b", "use", "note given");
	CU_ASSERT(story_await_notes(&tree, "c", "given\n"));

	/* it is the taker's, whatever becomes of the giver */
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "a"), 0);
	story_tell(&tree, "b", "use", "note still");
	CU_ASSERT(story_await_notes(&tree, "c", "given\nstill\n"));
	/* it leads to the same life through a restart */
	story_signal(&tree, "c", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "c", 1));
	story_tell(&tree, "b", "use", "note again");
	CU_ASSERT(story_await_notes(&tree, "c", "again\n"));
	/* and to no other */
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "c"), 0);
	CU_ASSERT_EQUAL(story_act(&tree, "start", "c"), 0);
	story_tell(&tree, "b", "use", "note strange");
	CU_ASSERT(tree_wait_for(&tree, "EPIPE", "ask", "/@SYSTEM@/b", "notes",
				NULL));
	story_expect(&tree, "c", "notes", NULL, "");
	tree_stop(&tree);
}

static void test_a_grant_survives_the_receiver_s_crash(void)
{
	struct tree tree;

	tree_start(&tree, giver);
	story_freeze(&tree, "b");
	CU_ASSERT_EQUAL(story_tell_wait(&tree, "a", "give", "b c"), 0);
	CU_ASSERT(story_await(&tree, "b", "mailbox", "1"));
	story_signal(&tree, "b", SIGKILL);
	CU_ASSERT(story_await_notes(&tree, "b", "took\n/@SYSTEM@/c\n"));
	CU_ASSERT(story_is(&tree, "b", "generation", "1"));
	story_tell(&tree, "b", "use", "note given");
	CU_ASSERT(story_await_notes(&tree, "c", "given\n"));
	tree_stop(&tree);
}

static void test_a_grant_survives_the_giver_s_crash(void)
{
	struct tree tree;

	tree_start(&tree, giver);
	story_freeze(&tree, "b");
	CU_ASSERT_EQUAL(story_tell_wait(&tree, "a", "give", "b c"), 0);
	story_signal(&tree, "a", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "a", 1));
	story_signal(&tree, "b", SIGCONT);
	CU_ASSERT(story_await_notes(&tree, "b", "took\n/@SYSTEM@/c\n"));
	story_tell(&tree, "b", "use", "note given");
	CU_ASSERT(story_await_notes(&tree, "c", "given\n"));
	tree_stop(&tree);
}

static void test_a_grant_crosses_supervisors(void)
{
	struct tree tree;

	tree_start(&tree,
		"system: \"@SYSTEM@\"\nchildren:\n"
		"  - name: g\n"
		"    children:\n"
		"      - { name: a, " STORY_ACTOR ",\n"
		"          refs: [\"/@SYSTEM@/h/b\", \"/@SYSTEM@/c\"] }\n"
		"  - name: h\n"
		"    children:\n"
		"      - { name: b, " STORY_ACTOR " }\n"
		"  - { name: c, " STORY_ACTOR " }\n");
	{
		char *words = tree_expand(&tree, "/@SYSTEM@/h/b /@SYSTEM@/c");

		story_tell(&tree, "g/a", "give", words);
		free(words);
	}
	CU_ASSERT(story_await_notes(&tree, "h/b", "took\n/@SYSTEM@/c\n"));
	story_tell(&tree, "h/b", "use", "note across");
	CU_ASSERT(story_await_notes(&tree, "c", "across\n"));

	/* it is in custody: the supervisor of the taker may die */
	story_signal(&tree, "h", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "h/b", 1));
	story_tell(&tree, "c", "note", "there");
	CU_ASSERT(story_await_notes(&tree, "c", "across\nthere\n"));
	tree_stop(&tree);
}

static void test_a_message_to_itself_arrives(void)
{
	struct tree tree;

	tree_start(&tree, giver);
	/* a gives b a reference to b */
	story_tell(&tree, "a", "give", "b b");
	CU_ASSERT(story_await_notes(&tree, "b", "took\n/@SYSTEM@/b\n"));
	story_tell(&tree, "b", "use", "note self");
	CU_ASSERT(story_await_notes(&tree, "b",
				    "took\n/@SYSTEM@/b\nself\n"));
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

/* ---- back pressure ------------------------------------------------------ */

#define FLOOD "100000"
#define LONG_FLOOD "500000"

static void test_a_flood_to_a_slow_receiver_loses_nothing(void)
{
	struct tree tree;

	tree_start(&tree, three);
	story_freeze(&tree, "c");
	story_tell(&tree, "a", "flood", FLOOD " c count");
	/* its queue is full, and whoever fills it can still do other things */
	CU_ASSERT(story_await(&tree, "a", "mailbox", "0"));
	story_expect(&tree, "a", "echo", "alive", "alive");
	CU_ASSERT(story_number(&tree, "c", "mailbox") < 100000);
	story_signal(&tree, "c", SIGCONT);
	CU_ASSERT(tree_wait_for(&tree, FLOOD, "ask", "/@SYSTEM@/c", "counted",
				NULL));
	story_expect(&tree, "c", "counted", NULL, FLOOD);
	tree_stop(&tree);
}

/* b has handled some of it since */
struct progress {
	unsigned long counted;
};

static bool count_went_on(struct tree *tree, void *data)
{
	struct progress *progress = data;
	unsigned long counted;
	char *said;

	story_ask(tree, "c", "counted", NULL, &said);
	counted = strtoul(said, NULL, 10);
	free(said);
	if (counted == progress->counted)
		return false;
	progress->counted = counted;
	return true;
}

static bool nothing_waits(struct tree *tree, void *data)
{
	return story_is(tree, "a", "mailbox", "0") &&
	       story_is(tree, data, "mailbox", "0") &&
	       story_is(tree, "c", "mailbox", "0");
}

/* how many the records tell of, those that were only summed up among them */
static unsigned long n_dead(const struct tree *tree, const char *path)
{
	json_t *records = story_spool(tree), *record;
	unsigned long n = 0;
	size_t i;

	json_array_foreach(records, i, record) {
		const char *count = json_string_value(
			json_object_get(record, "ACTOR_COUNT"));

		if (count && story_record(record, "ACTOR_PATH", path) &&
		    story_record(record, "ACTOR_MESSAGE_TYPE", "count"))
			n += strtoul(count, NULL, 10);
	}
	json_decref(records);
	return n;
}

/*
 * accepted = handled + dead-lettered + still queued: what was in hand at a kill
 * is a dead letter or had been passed on, and nothing is there twice.
 *
 * a floods b, which passes on to c; and who is killed again and again takes b
 * along.
 */
static void flood_through(const char *config, char *b, const char *killed)
{
	struct progress progress = { 0 };
	unsigned long counted, dead;
	char path[STORY_PATH_BYTES], words[STORY_PATH_BYTES + 64], *said;
	struct tree tree;

	story_hide_journal();
	tree_start(&tree, config);
	story_path(&tree, b, path);
	snprintf(words, sizeof(words), LONG_FLOOD " %s count", path);
	story_tell(&tree, "a", "flood", words);
	for (unsigned int i = 1; i <= 3; i++) {
		CU_ASSERT(tree_wait_until(&tree, count_went_on, &progress));
		story_signal(&tree, killed, SIGKILL);
		CU_ASSERT(story_await_generation(&tree, b, i));
		CU_ASSERT(progress.counted < strtoul(LONG_FLOOD, NULL, 10));
	}
	/* behind all of them */
	CU_ASSERT(tree_wait_for(&tree, "flooded", "ask", "/@SYSTEM@/a",
				"notes", NULL));
	snprintf(words, sizeof(words), "%s echo last", path);
	story_expect(&tree, "a", "ask", words, "last");
	CU_ASSERT(tree_wait_until(&tree, nothing_waits, b));
	CU_ASSERT_EQUAL(story_ask(&tree, "c", "counted", NULL, &said), 0);
	CU_ASSERT_PTR_NULL(strstr(said, "due"));
	counted = strtoul(said, NULL, 10);
	free(said);

	CU_ASSERT_EQUAL(story_act(&tree, "stop", ""), 0);
	CU_ASSERT_EQUAL(tree_wait_end(&tree), 0);
	dead = n_dead(&tree, path);
	harness_note("%lu counted, %lu dead letters", counted, dead);
	CU_ASSERT_EQUAL(counted + dead, strtoul(LONG_FLOOD, NULL, 10));
	tree_forget(&tree);
}

static void test_a_flood_through_crashes_is_conserved(void)
{
	flood_through("system: \"@SYSTEM@\"\nintensity: 20 in 1min\n"
		      "children:\n"
		      "  - { name: a, refs: [\"/@SYSTEM@/b\"], " STORY_ACTOR " }\n"
		      "  - { name: b, refs: [c], args: [--pass, c],\n"
		      "      " STORY_ACTOR ",\n"
		      "      directives: { reported: resume } }\n"
		      "  - { name: c, " STORY_ACTOR " }\n", "b", "b");
}

static const char passed_on_in_a_group[] =
	"system: \"@SYSTEM@\"\nintensity: 20 in 1min\nchildren:\n"
	"  - { name: a, refs: [\"/@SYSTEM@/g/h/b\"], " STORY_ACTOR " }\n"
	"  - name: g\n"
	"    intensity: 20 in 1min\n"
	"    children:\n"
	"      - name: h\n"
	"        children:\n"
	"          - { name: b, refs: [\"/@SYSTEM@/c\"], " STORY_ACTOR ",\n"
	"              args: [--pass, \"/@SYSTEM@/c\"],\n"
	"              directives: { reported: resume } }\n"
	"  - { name: c, " STORY_ACTOR " }\n";

static void test_a_flood_through_supervisor_crashes_is_conserved(void)
{
	flood_through(passed_on_in_a_group, "g/h/b", "g/h");
}

static void test_a_flood_through_crashes_two_levels_up_is_conserved(void)
{
	flood_through(passed_on_in_a_group, "g/h/b", "g");
}

/* a payload of 60,000 bytes that begins with its number */
static int tell_large(struct tree *tree, unsigned int number, char **ret_said)
{
	static char text[60001];
	char path[STORY_PATH_BYTES];
	struct tree_result result;
	int status;

	memset(text, 'x', sizeof(text) - 1);
	text[snprintf(text, 16, "%u", number)] = ' ';
	tree_actorctl(tree, &result, "tell", story_path(tree, "b", path),
		      "count", text, NULL);
	*ret_said = strdup(result.err);
	status = result.status;
	tree_result_clear(&result);
	return status;
}

static void test_full_is_an_answer_and_what_was_accepted_arrives(void)
{
	char *said = NULL, wanted[16];
	unsigned int n = 0;
	struct tree tree;

	tree_start(&tree, three);
	story_freeze(&tree, "b");
	do
		free(said);
	while (tell_large(&tree, n, &said) == 0 && ++n < 1000);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "full"));
	CU_ASSERT(n > 3 && n < 1000);
	free(said);
	/* the others have edges of their own */
	CU_ASSERT_EQUAL(story_tell_wait(&tree, "a", "tell", "b note other"),
			0);
	story_signal(&tree, "b", SIGCONT);
	CU_ASSERT(story_await_notes(&tree, "b", "other\n"));
	CU_ASSERT(story_await(&tree, "b", "mailbox", "0"));
	snprintf(wanted, sizeof(wanted), "%u", n);
	CU_ASSERT(tree_wait_for(&tree, wanted, "ask", "/@SYSTEM@/b",
				"counted", NULL));
	story_expect(&tree, "b", "counted", NULL, wanted);
	tree_stop(&tree);
}

static void test_each_sender_s_order_holds(void)
{
	struct tree tree;

	tree_start(&tree,
		"system: \"@SYSTEM@\"\nchildren:\n"
		"  - { name: a, refs: [c], " STORY_ACTOR " }\n"
		"  - { name: b, refs: [d], " STORY_ACTOR " }\n"
		"  - { name: c, " STORY_ACTOR " }\n"
		"  - { name: d, refs: [c], " STORY_ACTOR " }\n");
	story_tell(&tree, "a", "flood", "5000 c count");
	story_tell(&tree, "b", "flood", "5000 d count");
	CU_ASSERT(tree_wait_for(&tree, "5000", "ask", "/@SYSTEM@/c",
				"counted", NULL));
	CU_ASSERT(tree_wait_for(&tree, "5000", "ask", "/@SYSTEM@/d",
				"counted", NULL));
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_what_waits_behind_a_crash_is_handled_once_in_order),
	HARNESS_TEST(test_a_kill_between_messages_loses_none),
	HARNESS_TEST(test_redelivered_twice_it_is_poison_the_third_time),
	HARNESS_TEST(test_a_message_that_fails_is_redelivered_too),
	HARNESS_TEST(test_a_resumed_actor_keeps_its_state),
	HARNESS_TEST(test_a_turn_that_crashes_or_fails_sent_nothing),
	HARNESS_TEST(test_a_turn_that_ended_sent_all_of_it),
	HARNESS_TEST(test_what_a_stopped_actor_sent_still_arrives),
	HARNESS_TEST(test_asks_end_in_a_reply_or_an_error),
	HARNESS_TEST(test_an_ask_between_actors_gets_its_reply),
	HARNESS_TEST(test_an_ask_is_interrupted_at_once_by_a_kill),
	HARNESS_TEST(test_an_ask_is_interrupted_at_once_by_a_stop),
	HARNESS_TEST(test_a_queued_ask_is_terminated_at_once_by_a_stop),
	HARNESS_TEST(test_a_queued_ask_survives_a_crash),
	HARNESS_TEST(test_a_late_reply_reaches_nobody),
	HARNESS_TEST(test_an_expired_ask_is_not_handled),
	HARNESS_TEST(test_a_reply_to_an_earlier_generation_is_late),
	HARNESS_TEST(test_a_watcher_is_told_once_and_not_of_restarts),
	HARNESS_TEST(test_a_watch_on_who_is_gone_is_told_at_once),
	HARNESS_TEST(test_after_unwatch_nothing_comes),
	HARNESS_TEST(test_a_dead_actor_s_messages_come_before_its_terminated),
	HARNESS_TEST(test_a_new_life_is_reached_by_declared_references),
	HARNESS_TEST(test_a_reference_in_a_message_can_be_used),
	HARNESS_TEST(test_a_grant_survives_the_receiver_s_crash),
	HARNESS_TEST(test_a_grant_survives_the_giver_s_crash),
	HARNESS_TEST(test_a_grant_crosses_supervisors),
	HARNESS_TEST(test_a_message_to_itself_arrives),
	HARNESS_TEST(test_an_unknown_message_is_a_dead_letter_and_no_failure),
	HARNESS_TEST(test_a_behaviour_is_pushed_popped_and_lost_in_a_crash),
	HARNESS_TEST(test_timers_tick_until_cancelled_and_die_with_the_process),
	HARNESS_TEST(test_a_flood_to_a_slow_receiver_loses_nothing),
	HARNESS_TEST(test_a_flood_through_crashes_is_conserved),
	HARNESS_TEST(test_a_flood_through_supervisor_crashes_is_conserved),
	HARNESS_TEST(test_a_flood_through_crashes_two_levels_up_is_conserved),
	HARNESS_TEST(test_full_is_an_answer_and_what_was_accepted_arrives),
	HARNESS_TEST(test_each_sender_s_order_holds),
};
HARNESS_MAIN(tests)
