/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_flow.c - more messages than fit: back pressure, and that not one of them
 * is lost or there twice, whoever is killed meanwhile.
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

#define FLOOD "100000"

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

static bool has_mail(struct tree *tree, void *data)
{
	return story_number(tree, data, "mailbox") > 0;
}

/* While b has a full mailbox to work off, and a has much more. */
static void kill_in_the_flood(struct tree *tree, char *b, const char *killed)
{
	pid_t pids[2];

	story_freeze(tree, b);
	story_signal(tree, "a", SIGCONT);
	CU_ASSERT(tree_wait_until(tree, has_mail, b));
	story_freeze(tree, "a");
	pids[0] = story_pid(tree, b);
	pids[1] = story_pid(tree, killed);
	kill(pids[0], SIGCONT);
	kill(pids[1], SIGKILL);
}

/* as long as c is full, b is told so */
static bool comes_by(struct tree *tree, void *words)
{
	char *said;
	bool came = story_ask(tree, "a", "ask", words, &said) == 0 &&
		    !strcmp(said, "last\n");

	free(said);
	return came;
}

/*
 * accepted = handled + dead-lettered + still queued: what was in hand at a kill
 * is a dead letter or had been passed on, and nothing is there twice.
 *
 * a floods b, which passes on to c; and who is killed again and again takes b
 * along. What a asks c by way of b comes behind all that was passed on.
 */
static void flood_through(const char *config, char *b, const char *killed,
			  const char *c)
{
	unsigned long counted, dead;
	char path[STORY_PATH_BYTES], words[STORY_PATH_BYTES + 64];
	char *said, *ask;
	struct tree tree;

	story_hide_journal();
	tree_start(&tree, config);
	story_path(&tree, b, path);
	snprintf(words, sizeof(words), FLOOD " %s count", path);
	story_freeze(&tree, "a");
	story_tell(&tree, "a", "flood", words);
	for (unsigned int i = 1; i <= 3; i++) {
		kill_in_the_flood(&tree, b, killed);
		CU_ASSERT(story_await_generation(&tree, b, i));
	}
	story_signal(&tree, "a", SIGCONT);
	/* behind all of them */
	CU_ASSERT(tree_wait_for(&tree, "flooded", "ask", "/@SYSTEM@/a",
				"notes", NULL));
	snprintf(words, sizeof(words), "%s ask %s echo last", path, c);
	ask = tree_expand(&tree, words);
	CU_ASSERT(tree_wait_until(&tree, comes_by, ask));
	free(ask);
	CU_ASSERT(tree_wait_until(&tree, nothing_waits, b));
	CU_ASSERT_EQUAL(story_ask(&tree, "c", "counted", NULL, &said), 0);
	CU_ASSERT_PTR_NULL(strstr(said, "due"));
	counted = strtoul(said, NULL, 10);
	free(said);

	CU_ASSERT_EQUAL(story_act(&tree, "stop", ""), 0);
	CU_ASSERT_EQUAL(tree_wait_end(&tree), 0);
	dead = n_dead(&tree, path);
	harness_note("%lu counted, %lu dead letters", counted, dead);
	CU_ASSERT_EQUAL(counted + dead, strtoul(FLOOD, NULL, 10));
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
		      "  - { name: c, " STORY_ACTOR " }\n", "b", "b", "c");
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
	flood_through(passed_on_in_a_group, "g/h/b", "g/h", "/@SYSTEM@/c");
}

static void test_a_flood_through_crashes_two_levels_up_is_conserved(void)
{
	flood_through(passed_on_in_a_group, "g/h/b", "g", "/@SYSTEM@/c");
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
	HARNESS_TEST(test_a_flood_to_a_slow_receiver_loses_nothing),
	HARNESS_TEST(test_a_flood_through_crashes_is_conserved),
	HARNESS_TEST(test_a_flood_through_supervisor_crashes_is_conserved),
	HARNESS_TEST(test_a_flood_through_crashes_two_levels_up_is_conserved),
	HARNESS_TEST(test_full_is_an_answer_and_what_was_accepted_arrives),
	HARNESS_TEST(test_each_sender_s_order_holds),
};
HARNESS_MAIN(tests)
