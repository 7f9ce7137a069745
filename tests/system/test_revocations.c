/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_revocations.c - references that are taken back, and that may do less.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "tests/system/story.h"

/* a has c and gives it to b, who can pass it on to d; only a declares c */
static const char giver[] =
	"system: \"@SYSTEM@\"\nintensity: 20 in 1min\nchildren:\n"
	"  - { name: a, refs: [b, c, d], " STORY_ACTOR " }\n"
	"  - { name: b, refs: [a, d], " STORY_ACTOR " }\n"
	"  - { name: c, " STORY_ACTOR " }\n"
	"  - { name: d, refs: [b], " STORY_ACTOR " }\n";

/* the same, and c has one process */
static const char mortal[] =
	"system: \"@SYSTEM@\"\nchildren:\n"
	"  - { name: a, refs: [b, c, d], " STORY_ACTOR " }\n"
	"  - { name: b, refs: [a, d], " STORY_ACTOR " }\n"
	"  - { name: c, restart: temporary, " STORY_ACTOR " }\n"
	"  - { name: d, refs: [b], " STORY_ACTOR " }\n";

/* the same, each with a supervisor of its own; c's is below another */
static const char spread[] =
	"system: \"@SYSTEM@\"\nintensity: 20 in 1min\nchildren:\n"
	"  - name: g\n    intensity: 20 in 1min\n    children:\n"
	"      - { name: a, " STORY_ACTOR ", refs: [\"/@SYSTEM@/h/b\",\n"
	"          \"/@SYSTEM@/h/k/c\", \"/@SYSTEM@/d\"] }\n"
	"  - name: h\n    intensity: 20 in 1min\n    children:\n"
	"      - { name: b, " STORY_ACTOR ", refs: [\"/@SYSTEM@/d\"] }\n"
	"      - name: k\n        intensity: 20 in 1min\n        children:\n"
	"          - { name: c, " STORY_ACTOR " }\n"
	"  - { name: d, " STORY_ACTOR " }\n";

static void say(struct tree *tree, const char *who, const char *type,
		const char *words)
{
	char *text = tree_expand(tree, words);

	story_tell(tree, who, type, text);
	free(text);
}

#define TOOK "took\n/@SYSTEM@/c\n"

static void give_to_b(struct tree *tree)
{
	story_tell(tree, "a", "give", "b c");
	CU_ASSERT(story_await_notes(tree, "b", TOOK));
	story_tell(tree, "b", "watch-taken", NULL);
}

static void take_from_b(struct tree *tree)
{
	CU_ASSERT_EQUAL(story_tell_wait(tree, "a", "revoke", "b c"), 0);
	CU_ASSERT(story_await_notes(tree, "b", TOOK
				    "terminated /@SYSTEM@/c revoked\n"));
}

/* ---- taking back -------------------------------------------------------- */

static void test_who_lost_it_is_told_and_its_sends_fail(void)
{
	struct tree tree;

	tree_start(&tree, giver);
	give_to_b(&tree);
	story_tell(&tree, "b", "use", "note one");
	CU_ASSERT(story_await_notes(&tree, "c", "one\n"));
	story_tell(&tree, "a", "revoke", "b c");
	CU_ASSERT(story_await_notes(&tree, "b", TOOK
				    "terminated /@SYSTEM@/c revoked\n"));
	story_tell(&tree, "b", "use", "note two");
	CU_ASSERT(story_await_notes(&tree, "b", TOOK
				    "terminated /@SYSTEM@/c revoked\n"
				    "EPIPE\n"));
	/* its giver has it still */
	story_tell(&tree, "a", "tell", "c note three");
	CU_ASSERT(story_await_notes(&tree, "c", "one\nthree\n"));
	/* nothing is left to take back, and it can be given again */
	story_tell(&tree, "a", "revoke", "b c");
	story_tell(&tree, "a", "give", "b c");
	CU_ASSERT(story_await_notes(&tree, "b", TOOK
				    "terminated /@SYSTEM@/c revoked\n"
				    "EPIPE\n" TOOK));
	story_tell(&tree, "b", "use", "note four");
	CU_ASSERT(story_await_notes(&tree, "c", "one\nthree\nfour\n"));
	tree_stop(&tree);
}

static void test_what_was_not_taken_is_a_dead_letter(void)
{
	struct tree tree;

	tree_start(&tree, giver);
	give_to_b(&tree);
	story_freeze(&tree, "c");
	CU_ASSERT_EQUAL(story_tell_wait(&tree, "b", "use", "note one"), 0);
	CU_ASSERT_EQUAL(story_tell_wait(&tree, "b", "use", "note two"), 0);
	CU_ASSERT(story_await(&tree, "c", "mailbox", "2"));
	take_from_b(&tree);
	story_signal(&tree, "c", SIGCONT);
	json_decref(story_await_letters(&tree, "c", "revoked", 2));
	story_expect(&tree, "c", "notes", NULL, "");
	tree_stop(&tree);
}

/* neither the dead one nor who buries it says that of its life */
static void test_what_the_dead_had_not_taken_was_revoked_all_the_same(void)
{
	struct tree tree;

	tree_start(&tree, mortal);
	give_to_b(&tree);
	story_freeze(&tree, "c");
	CU_ASSERT_EQUAL(story_tell_wait(&tree, "b", "use", "note one"), 0);
	story_tell(&tree, "a", "tell", "c note two");
	CU_ASSERT(story_await(&tree, "c", "mailbox", "2"));
	take_from_b(&tree);
	story_signal(&tree, "c", SIGKILL);
	json_decref(story_await_letters(&tree, "c", "revoked", 1));
	json_decref(story_await_letters(&tree, "c", "terminated", 1));
	tree_stop(&tree);
}

/* of all records of that reason, and of the sums of what was held back */
static unsigned long n_letters(const json_t *records, const char *reason)
{
	unsigned long n = 0;
	const char *count;
	json_t *record;
	size_t i;

	json_array_foreach(records, i, record) {
		count = json_string_value(json_object_get(record,
							  "ACTOR_COUNT"));
		if (count && story_record(record, "ACTOR_REASON", reason))
			n += strtoul(count, NULL, 10);
	}
	return n;
}

/* b's second restart waits */
static const char waiting[] =
	"system: \"@SYSTEM@\"\nintensity: 20 in 1min\nchildren:\n"
	"  - { name: a, refs: [b, c, d], " STORY_ACTOR " }\n"
	"  - { name: b, refs: [a, d], " STORY_ACTOR ",\n"
	"      backoff: { min: 365d, max: 365d } }\n"
	"  - { name: c, " STORY_ACTOR " }\n"
	"  - { name: d, refs: [b], " STORY_ACTOR " }\n";

/* its edge is over and forgotten while it has no process, and then its life is */
static void test_what_the_dead_had_not_sent_was_revoked_all_the_same(void)
{
	struct tree tree;
	json_t *records;

	story_hide_journal();
	tree_start(&tree, waiting);
	story_signal(&tree, "b", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "b", 1));
	give_to_b(&tree);
	story_freeze(&tree, "c");
	CU_ASSERT_EQUAL(story_tell_wait(&tree, "b", "use-many", "2000 note x"),
			0);
	story_signal(&tree, "b", SIGKILL);
	CU_ASSERT(story_await(&tree, "b", "state", "backing-off"));
	CU_ASSERT_EQUAL(story_tell_wait(&tree, "a", "revoke", "b c"), 0);
	story_signal(&tree, "c", SIGCONT);
	story_expect(&tree, "c", "notes", NULL, "");
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "b"), 0);
	CU_ASSERT_EQUAL(story_act(&tree, "stop", ""), 0);
	CU_ASSERT_EQUAL(tree_wait_end(&tree), 0);
	records = story_spool(&tree);
	CU_ASSERT_EQUAL(n_letters(records, "terminated"), 0);
	CU_ASSERT_EQUAL(n_letters(records, "revoked"), 2000);
	json_decref(records);
	tree_forget(&tree);
}

static void test_a_grant_under_way_arrives_refused(void)
{
	struct tree tree;

	tree_start(&tree, giver);
	story_freeze(&tree, "b");
	CU_ASSERT_EQUAL(story_tell_wait(&tree, "a", "give", "b c"), 0);
	CU_ASSERT(story_await(&tree, "b", "mailbox", "1"));
	CU_ASSERT_EQUAL(story_tell_wait(&tree, "a", "revoke", "b c"), 0);
	story_signal(&tree, "b", SIGCONT);
	CU_ASSERT(story_await_notes(&tree, "b", "took nothing\n"));
	tree_stop(&tree);
}

static void test_a_grant_taken_back_in_its_own_turn_arrives_refused(void)
{
	struct tree tree;

	tree_start(&tree, giver);
	story_tell(&tree, "a", "give-revoke", "b c");
	CU_ASSERT(story_await_notes(&tree, "b", "took nothing\n"));
	story_tell(&tree, "a", "give-again", "d c");
	CU_ASSERT(tree_wait_for(&tree, TOOK, "ask", "/@SYSTEM@/d", "notes",
				NULL));
	tree_stop(&tree);
}

static void test_who_has_it_from_two_keeps_it_until_both_take_it_back(void)
{
	struct tree tree;

	tree_start(&tree, "system: \"@SYSTEM@\"\nchildren:\n"
			  "  - { name: a, refs: [b, c], " STORY_ACTOR " }\n"
			  "  - { name: e, refs: [b, c], " STORY_ACTOR " }\n"
			  "  - { name: b, " STORY_ACTOR " }\n"
			  "  - { name: c, " STORY_ACTOR " }\n");
	give_to_b(&tree);
	story_tell(&tree, "e", "give", "b c");
	CU_ASSERT(story_await_notes(&tree, "b", TOOK TOOK));
	story_tell(&tree, "a", "revoke", "b c");
	story_tell(&tree, "a", "give", "b c");
	story_tell(&tree, "a", "revoke", "b c");
	story_tell(&tree, "b", "use", "note still");
	CU_ASSERT(story_await_notes(&tree, "c", "still\n"));
	story_tell(&tree, "e", "revoke", "b c");
	CU_ASSERT(tree_wait_for(&tree, "revoked", "ask", "/@SYSTEM@/b",
				"notes", NULL));
	tree_stop(&tree);
}

static void test_what_a_file_declares_is_not_taken_back(void)
{
	struct tree tree;

	tree_start(&tree, "system: \"@SYSTEM@\"\nchildren:\n"
			  "  - { name: a, refs: [b, c], " STORY_ACTOR " }\n"
			  "  - { name: b, refs: [c], " STORY_ACTOR " }\n"
			  "  - { name: c, " STORY_ACTOR " }\n");
	give_to_b(&tree);
	story_expect(&tree, "b", "same", "c", "yes");
	CU_ASSERT_EQUAL(story_tell_wait(&tree, "a", "revoke", "b c"), 0);
	story_tell(&tree, "b", "use", "note mine");
	CU_ASSERT(story_await_notes(&tree, "c", "mine\n"));
	CU_ASSERT(story_await_notes(&tree, "b", TOOK));
	tree_stop(&tree);
}

/* ---- what was passed on ------------------------------------------------- */

static void pass_on_to_d(struct tree *tree)
{
	give_to_b(tree);
	story_tell(tree, "b", "give-taken", "d");
	CU_ASSERT(story_await_notes(tree, "d", TOOK));
	story_tell(tree, "d", "watch-taken", NULL);
	story_tell(tree, "d", "use", "note passed");
	CU_ASSERT(story_await_notes(tree, "c", "passed\n"));
}

static void expect_d_lost_it(struct tree *tree)
{
	CU_ASSERT(story_await_notes(tree, "d", TOOK
				    "terminated /@SYSTEM@/c revoked\n"));
}

static void test_what_was_passed_on_is_taken_back_too(void)
{
	struct tree tree;

	tree_start(&tree, giver);
	pass_on_to_d(&tree);
	story_tell(&tree, "a", "revoke", "b c");
	expect_d_lost_it(&tree);
	tree_stop(&tree);
}

static void test_two_that_gave_it_to_each_other_do_not_keep_it(void)
{
	struct tree tree;

	tree_start(&tree, giver);
	pass_on_to_d(&tree);
	story_tell(&tree, "d", "give-taken", "b");
	CU_ASSERT(story_await_notes(&tree, "b", TOOK TOOK));
	story_tell(&tree, "a", "revoke", "b c");
	expect_d_lost_it(&tree);
	tree_stop(&tree);
}

static void test_who_passed_it_on_and_died_does_not_shield_it(void)
{
	struct tree tree;

	tree_start(&tree, giver);
	pass_on_to_d(&tree);
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "b"), 0);
	story_tell(&tree, "d", "use", "note still");
	CU_ASSERT(story_await_notes(&tree, "c", "passed\nstill\n"));
	story_tell(&tree, "a", "revoke", "b c");
	expect_d_lost_it(&tree);
	tree_stop(&tree);
}

static void test_only_its_giver_can_take_it_back(void)
{
	struct tree tree;

	tree_start(&tree, giver);
	pass_on_to_d(&tree);
	/* d never gave b anything, and b never gave a */
	story_tell(&tree, "d", "revoke-taken", "b");
	CU_ASSERT_EQUAL(story_tell_wait(&tree, "b", "revoke-taken", "a"), 0);
	story_tell(&tree, "b", "use", "note mine");
	CU_ASSERT(story_await_notes(&tree, "c", "passed\nmine\n"));
	story_tell(&tree, "b", "revoke-taken", "d");
	expect_d_lost_it(&tree);
	story_tell(&tree, "b", "use", "note still");
	CU_ASSERT(story_await_notes(&tree, "c", "passed\nmine\nstill\n"));
	tree_stop(&tree);
}

/* ---- through restarts --------------------------------------------------- */

static void test_a_target_between_two_generations_loses_it_as_well(void)
{
	struct tree tree;

	tree_start(&tree, giver);
	give_to_b(&tree);
	story_signal(&tree, "c", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "c", 1));
	CU_ASSERT_EQUAL(story_tell_wait(&tree, "b", "use", "note one"), 0);
	CU_ASSERT(story_await_notes(&tree, "c", "one\n"));
	story_freeze(&tree, "c");
	CU_ASSERT_EQUAL(story_tell_wait(&tree, "b", "use", "note two"), 0);
	CU_ASSERT(story_await(&tree, "c", "mailbox", "1"));
	take_from_b(&tree);
	/* the one that was told dies with it: the next one is told again */
	story_signal(&tree, "c", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "c", 2));
	json_decref(story_await_letters(&tree, "c", "revoked", 1));
	story_expect(&tree, "c", "notes", NULL, "");
	tree_stop(&tree);
}

static void test_a_giver_can_take_it_back_after_its_restart(void)
{
	struct tree tree;

	tree_start(&tree, giver);
	give_to_b(&tree);
	story_signal(&tree, "a", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "a", 1));
	story_tell(&tree, "a", "revoke", "b c");
	CU_ASSERT(story_await_notes(&tree, "b", TOOK
				    "terminated /@SYSTEM@/c revoked\n"));
	tree_stop(&tree);
}

/* so what a sends to b after that stays in a's outbox */
static void fill_the_socket(struct tree *tree)
{
	story_freeze(tree, "b");
	CU_ASSERT_EQUAL(story_tell_wait(tree, "a", "drip", "400 b note"), 0);
}

static void test_what_a_dead_giver_took_back_is_not_given(void)
{
	struct tree tree;

	tree_start(&tree, giver);
	fill_the_socket(&tree);
	story_tell(&tree, "a", "give-revoke", "b c");
	story_tell(&tree, "a", "note", "done");
	CU_ASSERT(story_await_notes(&tree, "a", "done\n"));
	story_signal(&tree, "a", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "a", 1));
	story_signal(&tree, "b", SIGCONT);
	CU_ASSERT(tree_wait_for(&tree, "399\ntook nothing\n", "ask", "/@SYSTEM@/b",
				"notes", NULL));
	tree_stop(&tree);
}

/* ---- across supervisors ------------------------------------------------- */

#define FAR_TOOK "took\n/@SYSTEM@/h/k/c\n"

static void spread_out(struct tree *tree)
{
	tree_start(tree, spread);
	say(tree, "g/a", "give", "/@SYSTEM@/h/b /@SYSTEM@/h/k/c");
	CU_ASSERT(story_await_notes(tree, "h/b", FAR_TOOK));
	say(tree, "h/b", "give-taken", "/@SYSTEM@/d");
	CU_ASSERT(story_await_notes(tree, "d", FAR_TOOK));
	story_tell(tree, "d", "watch-taken", NULL);
	story_tell(tree, "d", "use", "note far");
	CU_ASSERT(story_await_notes(tree, "h/k/c", "far\n"));
}

static void expect_far_lost(struct tree *tree)
{
	CU_ASSERT(story_await_notes(tree, "d", FAR_TOOK
				    "terminated /@SYSTEM@/h/k/c revoked\n"));
}

static void test_it_is_taken_back_across_supervisors(void)
{
	struct tree tree;

	spread_out(&tree);
	say(&tree, "g/a", "revoke", "/@SYSTEM@/h/b /@SYSTEM@/h/k/c");
	expect_far_lost(&tree);
	story_tell(&tree, "h/b", "use", "note gone");
	CU_ASSERT(story_await_notes(&tree, "h/b", FAR_TOOK "EPIPE\n"));
	tree_stop(&tree);
}

static void test_it_is_taken_back_after_a_supervisor_s_restart(const char *who)
{
	struct tree tree;

	spread_out(&tree);
	story_signal(&tree, who, SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "h/k/c", 1) ||
		  story_await_generation(&tree, "g/a", 1));
	say(&tree, "g/a", "revoke", "/@SYSTEM@/h/b /@SYSTEM@/h/k/c");
	expect_far_lost(&tree);
	tree_stop(&tree);
}

static void test_after_a_restart_of_the_one_that_minted_it(void)
{
	test_it_is_taken_back_after_a_supervisor_s_restart("h");
}

static void test_after_a_restart_of_the_target_s_supervisor(void)
{
	test_it_is_taken_back_after_a_supervisor_s_restart("h/k");
}

/* ---- lives -------------------------------------------------------------- */

/** struct known_life - what @asker is asked for, and is to say */
struct known_life {
	const char *asker;
	char *words;
	char *life;
};

static bool is_known(struct tree *tree, void *data)
{
	const struct known_life *known = data;
	char *said;
	bool same;

	same = story_ask(tree, known->asker, "life", known->words, &said) == 0 &&
	       strtoull(said, NULL, 10) == strtoull(known->life, NULL, 10);
	if (!same)
		harness_note("%s says of %s: %s", known->asker, known->words,
			     said);
	free(said);
	return same;
}

/* as soon as its supervisor has heard of it from the others */
static void expect_life(struct tree *tree, const char *asker, const char *of,
			const char *path)
{
	struct known_life known = {
		.asker = asker,
		.words = tree_expand(tree, of),
		.life = story_text(tree, path, "life"),
	};

	CU_ASSERT_FATAL(*known.life != '\0');
	CU_ASSERT(tree_wait_until(tree, is_known, &known));
	free(known.words);
	free(known.life);
}

static void test_a_reference_says_which_life_it_leads_to(void)
{
	struct tree tree;

	tree_start(&tree, spread);
	/* minted before the first start of either end */
	expect_life(&tree, "g/a", "/@SYSTEM@/h/k/c", "h/k/c");
	expect_life(&tree, "g/a", "/@SYSTEM@/h/b", "h/b");
	expect_life(&tree, "h/b", "/@SYSTEM@/d", "d");
	story_signal(&tree, "h/k/c", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "h/k/c", 1));
	expect_life(&tree, "g/a", "/@SYSTEM@/h/k/c", "h/k/c");
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "h/k/c"), 0);
	CU_ASSERT_EQUAL(story_act(&tree, "start", "h/k/c"), 0);
	expect_life(&tree, "g/a", "/@SYSTEM@/h/k/c", "h/k/c");
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "h"), 0);
	CU_ASSERT_EQUAL(story_act(&tree, "start", "h"), 0);
	expect_life(&tree, "g/a", "/@SYSTEM@/h/k/c", "h/k/c");
	expect_life(&tree, "g/a", "/@SYSTEM@/h/b", "h/b");
	expect_life(&tree, "h/b", "/@SYSTEM@/d", "d");
	tree_stop(&tree);
}

static void test_a_message_says_whose_life_sent_it(void)
{
	struct tree tree;
	char *life;

	tree_start(&tree, giver);
	life = story_text(&tree, "a", "life");
	story_tell(&tree, "a", "tell", "b by");
	CU_ASSERT(tree_wait_for(&tree, life, "ask", "/@SYSTEM@/b", "notes",
				NULL));
	free(life);
	tree_stop(&tree);
}

/* ---- limits ------------------------------------------------------------- */

static void lend_to_b(struct tree *tree, const char *limits)
{
	story_tell(tree, "a", "limit", limits);
	story_tell(tree, "a", "give-taken", "b");
	CU_ASSERT(story_await_notes(tree, "b", TOOK));
}

static void test_a_rate_is_a_second_s_worth_at_once(void)
{
	struct tree tree;

	tree_start(&tree, giver);
	lend_to_b(&tree, "c 5 0 0");
	story_tell(&tree, "b", "use-many", "100 note x");
	CU_ASSERT(story_await_notes(&tree, "b", TOOK "5 went, EAGAIN\n"));
	CU_ASSERT(story_await_notes(&tree, "c", "x\nx\nx\nx\nx\n"));
	/* its giver is not limited by it */
	story_tell(&tree, "a", "burst", "50 c count");
	CU_ASSERT(tree_wait_for(&tree, "50", "ask", "/@SYSTEM@/c", "counted",
				NULL));
	tree_stop(&tree);
}

static void test_a_size_is_refused_at_once(void)
{
	struct tree tree;

	tree_start(&tree, giver);
	lend_to_b(&tree, "c 0 4 0");
	story_tell(&tree, "b", "use", "note four");
	story_tell(&tree, "b", "use", "note fifth");
	CU_ASSERT(story_await_notes(&tree, "b", TOOK "EMSGSIZE\n"));
	CU_ASSERT(story_await_notes(&tree, "c", "four\n"));
	tree_stop(&tree);
}

static void test_limits_hold_for_their_maker_too(void)
{
	struct tree tree;

	tree_start(&tree, giver);
	story_tell(&tree, "a", "limit", "c 3 4 0");
	story_tell(&tree, "a", "use-many", "9 note four");
	story_tell(&tree, "a", "use", "note fifth");
	CU_ASSERT(story_await_notes(&tree, "a",
				    "3 went, EAGAIN\nEMSGSIZE\n"));
	story_expect(&tree, "a", "same", "c", "yes");
	story_expect(&tree, "a", "same", "b", "no");
	tree_stop(&tree);
}

static void test_what_may_only_be_used_is_not_passed_on(void)
{
	struct tree tree;

	tree_start(&tree, giver);
	lend_to_b(&tree, "c 0 0 1");
	story_tell(&tree, "b", "give-taken", "d");
	CU_ASSERT(story_await_notes(&tree, "b", TOOK "EPERM\n"));
	story_expect(&tree, "d", "notes", NULL, "");
	/* who has it without that limit as well may */
	story_tell(&tree, "a", "give", "b c");
	CU_ASSERT(story_await_notes(&tree, "b", TOOK "EPERM\n" TOOK));
	story_tell(&tree, "b", "give-taken", "d");
	CU_ASSERT(story_await_notes(&tree, "d", TOOK));
	tree_stop(&tree);
}

static void test_what_is_passed_on_has_the_limits_of_who_passes_it_on(void)
{
	struct tree tree;

	tree_start(&tree, giver);
	lend_to_b(&tree, "c 0 4 0");
	story_tell(&tree, "b", "give-taken", "d");
	CU_ASSERT(story_await_notes(&tree, "d", TOOK));
	story_tell(&tree, "d", "use", "note four");
	story_tell(&tree, "d", "use", "note fifth");
	CU_ASSERT(story_await_notes(&tree, "d", TOOK "EMSGSIZE\n"));
	CU_ASSERT(story_await_notes(&tree, "c", "four\n"));
	tree_stop(&tree);
}

/* until supervisors have told it */
static bool is_narrow(struct tree *tree, void *data)
{
	char *notes;
	bool narrow;

	(void)data;
	story_tell(tree, "b", "use", "note fifth");
	if (story_ask(tree, "b", "notes", NULL, &notes) != 0)
		return false;
	narrow = strstr(notes, "EMSGSIZE");
	free(notes);
	return narrow;
}

static void test_of_two_limits_the_wider_holds_until_it_is_taken_back(void)
{
	struct tree tree;

	tree_start(&tree, giver);
	lend_to_b(&tree, "c 0 4 0");
	story_tell(&tree, "a", "give", "b c");
	CU_ASSERT(story_await_notes(&tree, "b", TOOK TOOK));
	story_tell(&tree, "b", "use", "note fifth");
	CU_ASSERT(story_await_notes(&tree, "c", "fifth\n"));
	CU_ASSERT_EQUAL(story_tell_wait(&tree, "a", "revoke", "b c"), 0);
	/* what was given with limits is not taken back */
	CU_ASSERT(tree_wait_until(&tree, is_narrow, NULL));
	tree_stop(&tree);
}

static void test_limits_outlive_the_giver_the_holder_and_the_target(void)
{
	static const char *const victims[] = { "a", "b", "c" };
	struct tree tree;

	tree_start(&tree, giver);
	fill_the_socket(&tree);
	story_tell(&tree, "a", "limit", "c 0 4 0");
	CU_ASSERT_EQUAL(story_tell_wait(&tree, "a", "give-taken", "b"), 0);
	for (size_t i = 0; i < 3; i++) {
		story_signal(&tree, victims[i], SIGKILL);
		CU_ASSERT(story_await_generation(&tree, victims[i], 1));
	}
	CU_ASSERT(tree_wait_for(&tree, "399\n" TOOK, "ask", "/@SYSTEM@/b",
				"notes", NULL));
	story_tell(&tree, "b", "use", "note four");
	story_tell(&tree, "b", "use", "note fifth");
	CU_ASSERT(tree_wait_for(&tree, TOOK "EMSGSIZE\n", "ask",
				"/@SYSTEM@/b", "notes", NULL));
	CU_ASSERT(story_await_notes(&tree, "c", "four\n"));
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_who_lost_it_is_told_and_its_sends_fail),
	HARNESS_TEST(test_what_was_not_taken_is_a_dead_letter),
	HARNESS_TEST(test_what_the_dead_had_not_taken_was_revoked_all_the_same),
	HARNESS_TEST(test_what_the_dead_had_not_sent_was_revoked_all_the_same),
	HARNESS_TEST(test_a_grant_under_way_arrives_refused),
	HARNESS_TEST(test_a_grant_taken_back_in_its_own_turn_arrives_refused),
	HARNESS_TEST(test_who_has_it_from_two_keeps_it_until_both_take_it_back),
	HARNESS_TEST(test_what_a_file_declares_is_not_taken_back),
	HARNESS_TEST(test_what_was_passed_on_is_taken_back_too),
	HARNESS_TEST(test_two_that_gave_it_to_each_other_do_not_keep_it),
	HARNESS_TEST(test_who_passed_it_on_and_died_does_not_shield_it),
	HARNESS_TEST(test_only_its_giver_can_take_it_back),
	HARNESS_TEST(test_a_target_between_two_generations_loses_it_as_well),
	HARNESS_TEST(test_a_giver_can_take_it_back_after_its_restart),
	HARNESS_TEST(test_what_a_dead_giver_took_back_is_not_given),
	HARNESS_TEST(test_it_is_taken_back_across_supervisors),
	HARNESS_TEST(test_after_a_restart_of_the_one_that_minted_it),
	HARNESS_TEST(test_after_a_restart_of_the_target_s_supervisor),
	HARNESS_TEST(test_a_reference_says_which_life_it_leads_to),
	HARNESS_TEST(test_a_message_says_whose_life_sent_it),
	HARNESS_TEST(test_a_rate_is_a_second_s_worth_at_once),
	HARNESS_TEST(test_a_size_is_refused_at_once),
	HARNESS_TEST(test_limits_hold_for_their_maker_too),
	HARNESS_TEST(test_what_may_only_be_used_is_not_passed_on),
	HARNESS_TEST(test_what_is_passed_on_has_the_limits_of_who_passes_it_on),
	HARNESS_TEST(test_of_two_limits_the_wider_holds_until_it_is_taken_back),
	HARNESS_TEST(test_limits_outlive_the_giver_the_holder_and_the_target),
};
HARNESS_MAIN(tests)
