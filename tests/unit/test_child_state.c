/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_child_state.c - nothing is forgotten in the table, and what it says
 * holds together.
 */
#include <string.h>

#include "supervisord/decide/child_state.h"
#include "tests/harness/harness.h"

#define FOR_EACH(state, event)                                                 \
	for (state = 0; state < N_CHILD_STATES; state++)                       \
		for (event = 0; event < N_CHILD_EVENTS; event++)

static void test_no_event_is_forgotten_in_any_state(void)
{
	unsigned int state, event;

	FOR_EACH(state, event) {
		struct child_step step = child_state_step(state, event);

		if (step.action != CHILD_ACTION_FORGOTTEN)
			continue;
		CU_FAIL("forgotten");
		harness_note("%s in %s", child_event_name(event),
			     child_state_name(state));
	}
}

static void test_what_is_not_done_changes_nothing(void)
{
	unsigned int state, event;

	FOR_EACH(state, event) {
		struct child_step step = child_state_step(state, event);

		if (step.action == CHILD_ACTION_IGNORE ||
		    step.action == CHILD_ACTION_REFUSE ||
		    step.action == CHILD_ACTION_ALREADY)
			CU_ASSERT_EQUAL(step.next, state);
	}
}

/* for each action: whether there is a process before and after it */
static const struct {
	bool checked, before, after;
} processes[N_CHILD_ACTIONS] = {
	[CHILD_ACTION_NONE] = { true, true, true },
	[CHILD_ACTION_WAIT] = { true, false, false },
	[CHILD_ACTION_LAUNCH] = { true, false, true },
	[CHILD_ACTION_ANNOUNCE] = { true, true, true },
	[CHILD_ACTION_NOTE] = { true, true, true },
	[CHILD_ACTION_RESUME] = { true, true, true },
	[CHILD_ACTION_ASK_STOP] = { true, true, true },
	[CHILD_ACTION_TERM] = { true, true, true },
	[CHILD_ACTION_KILL] = { true, true, true },
	[CHILD_ACTION_GIVE_UP_KILLING] = { true, true, true },
	[CHILD_ACTION_REST] = { true, false, false },
};

static void test_actions_agree_with_the_process(void)
{
	unsigned int state, event;

	FOR_EACH(state, event) {
		struct child_step step = child_state_step(state, event);

		if (!processes[step.action].checked)
			continue;
		CU_ASSERT_EQUAL(child_state_has_process(state),
				processes[step.action].before);
		CU_ASSERT_EQUAL(child_state_has_process(step.next),
				processes[step.action].after);
	}
}

static void test_a_process_appears_by_launch_and_goes_by_exit_alone(void)
{
	unsigned int state, event;

	FOR_EACH(state, event) {
		struct child_step step = child_state_step(state, event);
		bool before = child_state_has_process(state);
		bool after = child_state_has_process(step.next);

		if (!before && after)
			CU_ASSERT_EQUAL(step.action, CHILD_ACTION_LAUNCH);
		if (before && !after)
			CU_ASSERT_EQUAL(event, CHILD_EVENT_EXIT);
	}
}

static void test_every_end_of_a_process_is_judged_or_expected(void)
{
	unsigned int state;

	for (state = 0; state < N_CHILD_STATES; state++) {
		struct child_step step;

		if (!child_state_has_process(state))
			continue;
		step = child_state_step(state, CHILD_EVENT_EXIT);
		CU_ASSERT_EQUAL(step.next, CHILD_STOPPED);
		CU_ASSERT(step.action == CHILD_ACTION_JUDGE ||
			  step.action == CHILD_ACTION_ENDED);
	}
}

static void test_every_deadline_leads_somewhere(void)
{
	unsigned int state;

	for (state = 0; state < N_CHILD_STATES; state++) {
		struct child_step step;

		step = child_state_step(state, CHILD_EVENT_TIMEOUT);
		CU_ASSERT_EQUAL(step.next != state,
				child_state_deadline(state) !=
					CHILD_DEADLINE_NONE);
	}
}

static void test_every_state_can_be_reached(void)
{
	bool reached[N_CHILD_STATES] = { [CHILD_STOPPED] = true };
	unsigned int round, state, event;

	for (round = 0; round < N_CHILD_STATES; round++)
		FOR_EACH(state, event)
			if (reached[state])
				reached[child_state_step(state, event).next] =
					true;
	for (state = 0; state < N_CHILD_STATES; state++)
		CU_ASSERT(reached[state]);
}

static void test_every_action_and_event_is_used(void)
{
	bool used[N_CHILD_ACTIONS] = { [CHILD_ACTION_FORGOTTEN] = true };
	bool matters[N_CHILD_EVENTS] = {};
	unsigned int state, event, action;

	FOR_EACH(state, event) {
		action = child_state_step(state, event).action;
		used[action] = true;
		if (action != CHILD_ACTION_IGNORE)
			matters[event] = true;
	}
	for (action = 0; action < N_CHILD_ACTIONS; action++)
		CU_ASSERT(used[action]);
	for (event = 0; event < N_CHILD_EVENTS; event++)
		CU_ASSERT(matters[event]);
}

/* a child that hears nothing: time alone must bring a stop to its end */
static void test_a_deaf_child_is_asked_then_terminated_then_killed(void)
{
	static const struct child_step steps[] = {
		{ CHILD_TERMINATING, CHILD_ACTION_TERM },
		{ CHILD_KILLING, CHILD_ACTION_KILL },
		{ CHILD_UNKILLABLE, CHILD_ACTION_GIVE_UP_KILLING },
	};
	struct child_step step;
	size_t i;

	step = child_state_step(CHILD_RUNNING, CHILD_EVENT_STOP);
	CU_ASSERT_EQUAL(step.action, CHILD_ACTION_ASK_STOP);
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		step = child_state_step(step.next, CHILD_EVENT_TIMEOUT);
		CU_ASSERT_EQUAL(step.next, steps[i].next);
		CU_ASSERT_EQUAL(step.action, steps[i].action);
	}
}

static void test_a_stop_from_any_state_ends_without_help(void)
{
	struct child_step step;
	unsigned int state, n;

	for (state = 0; state < N_CHILD_STATES; state++) {
		step = child_state_step(state, CHILD_EVENT_STOP);
		for (n = 0; n < 3 && child_state_has_process(step.next); n++)
			step = child_state_step(step.next, CHILD_EVENT_TIMEOUT);
		CU_ASSERT(step.next == CHILD_STOPPED ||
			  step.next == CHILD_UNKILLABLE);
	}
}

/* an actor says what it likes, when it likes */
static void test_reports_of_a_child_never_undo_a_stop(void)
{
	static const enum child_event reports[] = { CHILD_EVENT_READY,
						    CHILD_EVENT_FAILED,
						    CHILD_EVENT_IDLE };
	static const enum child_state ending[] = {
		CHILD_STOPPING, CHILD_TERMINATING, CHILD_KILLING,
		CHILD_FAILING,	CHILD_UNKILLABLE,
	};
	size_t i, j;

	for (i = 0; i < sizeof(reports) / sizeof(reports[0]); i++)
		for (j = 0; j < sizeof(ending) / sizeof(ending[0]); j++)
			CU_ASSERT_EQUAL(child_state_step(ending[j],
							 reports[i]).next,
					ending[j]);
}

static void test_a_failure_is_judged_and_may_be_resumed(void)
{
	struct child_step step;

	step = child_state_step(CHILD_RUNNING, CHILD_EVENT_FAILED);
	CU_ASSERT_EQUAL(step.next, CHILD_SUSPENDED);
	CU_ASSERT_EQUAL(step.action, CHILD_ACTION_JUDGE);
	step = child_state_step(step.next, CHILD_EVENT_RESUME);
	CU_ASSERT_EQUAL(step.next, CHILD_RUNNING);
	CU_ASSERT_EQUAL(step.action, CHILD_ACTION_RESUME);
}

/* of the message that it had in hand when it was paused */
static void test_a_paused_child_fails_stops_and_ends_like_others(void)
{
	static const enum child_event events[] = {
		CHILD_EVENT_FAILED, CHILD_EVENT_EXIT, CHILD_EVENT_STOP,
		CHILD_EVENT_DISCARD, CHILD_EVENT_KILL, CHILD_EVENT_START,
	};
	struct child_step step, running;
	size_t i;

	step = child_state_step(CHILD_RUNNING, CHILD_EVENT_PAUSE);
	CU_ASSERT_EQUAL(step.next, CHILD_PAUSED);
	CU_ASSERT_EQUAL(step.action, CHILD_ACTION_PAUSE);
	for (i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		step = child_state_step(CHILD_PAUSED, events[i]);
		running = child_state_step(CHILD_RUNNING, events[i]);
		CU_ASSERT_EQUAL(step.action, running.action);
	}
	step = child_state_step(CHILD_PAUSED, CHILD_EVENT_UNPAUSE);
	CU_ASSERT_EQUAL(step.next, CHILD_RUNNING);
	CU_ASSERT_EQUAL(step.action, CHILD_ACTION_UNPAUSE);
}

/* where a pause is not refused, so is its end not, and neither moves a process */
static void test_what_can_be_paused_can_be_unpaused(void)
{
	unsigned int state;

	for (state = 0; state < N_CHILD_STATES; state++) {
		struct child_step pause, unpause;

		pause = child_state_step(state, CHILD_EVENT_PAUSE);
		unpause = child_state_step(pause.next, CHILD_EVENT_UNPAUSE);
		CU_ASSERT_EQUAL(pause.action == CHILD_ACTION_REFUSE,
				unpause.action == CHILD_ACTION_REFUSE);
		CU_ASSERT_EQUAL(child_state_has_process(state),
				child_state_has_process(unpause.next));
	}
}

static void test_who_has_nothing_to_do_rests_until_it_has(void)
{
	struct child_step step;

	step = child_state_step(CHILD_WAITING, CHILD_EVENT_REST);
	CU_ASSERT_EQUAL(step.next, CHILD_IDLE);
	step = child_state_step(step.next, CHILD_EVENT_WAKE);
	CU_ASSERT_EQUAL(step.next, CHILD_WAITING);
	step = child_state_step(step.next, CHILD_EVENT_START);
	CU_ASSERT_EQUAL(step.action, CHILD_ACTION_LAUNCH);
}

/* the end that it has told of is expected, and comes, by itself or not */
static void test_who_goes_by_itself_is_not_judged(void)
{
	struct child_step step;
	int n;

	step = child_state_step(CHILD_RUNNING, CHILD_EVENT_IDLE);
	CU_ASSERT_EQUAL(child_state_step(step.next, CHILD_EVENT_EXIT).action,
			CHILD_ACTION_ENDED);
	for (n = 0; n < 2; n++)
		step = child_state_step(step.next, CHILD_EVENT_TIMEOUT);
	CU_ASSERT_EQUAL(step.action, CHILD_ACTION_KILL);
	CU_ASSERT_EQUAL(child_state_step(step.next, CHILD_EVENT_EXIT).action,
			CHILD_ACTION_ENDED);
}

static void test_a_kill_is_judged_and_a_discard_is_expected(void)
{
	struct child_step step;

	step = child_state_step(CHILD_RUNNING, CHILD_EVENT_KILL);
	CU_ASSERT_EQUAL(step.action, CHILD_ACTION_KILL);
	step = child_state_step(step.next, CHILD_EVENT_EXIT);
	CU_ASSERT_EQUAL(step.action, CHILD_ACTION_JUDGE);

	step = child_state_step(CHILD_SUSPENDED, CHILD_EVENT_DISCARD);
	CU_ASSERT_EQUAL(step.action, CHILD_ACTION_KILL);
	step = child_state_step(step.next, CHILD_EVENT_EXIT);
	CU_ASSERT_EQUAL(step.action, CHILD_ACTION_ENDED);
}

static void test_the_unkillable_gets_no_second_generation(void)
{
	struct child_step step;

	step = child_state_step(CHILD_UNKILLABLE, CHILD_EVENT_START);
	CU_ASSERT_EQUAL(step.action, CHILD_ACTION_REFUSE);
	step = child_state_step(CHILD_UNKILLABLE, CHILD_EVENT_WANTED);
	CU_ASSERT_EQUAL(step.action, CHILD_ACTION_REFUSE);
	step = child_state_step(CHILD_UNKILLABLE, CHILD_EVENT_EXIT);
	CU_ASSERT_EQUAL(step.action, CHILD_ACTION_ENDED);
}

static void test_everything_has_a_name(void)
{
	unsigned int i;

	for (i = 0; i < N_CHILD_STATES; i++) {
		CU_ASSERT(strlen(child_state_name(i)) > 0);
		CU_ASSERT(strlen(child_state_word(i)) > 0);
	}
	for (i = 0; i < N_CHILD_EVENTS; i++)
		CU_ASSERT(strlen(child_event_name(i)) > 0);
	for (i = 0; i < N_CHILD_ACTIONS; i++)
		CU_ASSERT(strlen(child_action_name(i)) > 0);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_no_event_is_forgotten_in_any_state),
	HARNESS_TEST(test_what_is_not_done_changes_nothing),
	HARNESS_TEST(test_actions_agree_with_the_process),
	HARNESS_TEST(test_a_process_appears_by_launch_and_goes_by_exit_alone),
	HARNESS_TEST(test_every_end_of_a_process_is_judged_or_expected),
	HARNESS_TEST(test_every_deadline_leads_somewhere),
	HARNESS_TEST(test_every_state_can_be_reached),
	HARNESS_TEST(test_every_action_and_event_is_used),
	HARNESS_TEST(test_a_deaf_child_is_asked_then_terminated_then_killed),
	HARNESS_TEST(test_a_stop_from_any_state_ends_without_help),
	HARNESS_TEST(test_reports_of_a_child_never_undo_a_stop),
	HARNESS_TEST(test_a_failure_is_judged_and_may_be_resumed),
	HARNESS_TEST(test_a_paused_child_fails_stops_and_ends_like_others),
	HARNESS_TEST(test_what_can_be_paused_can_be_unpaused),
	HARNESS_TEST(test_who_has_nothing_to_do_rests_until_it_has),
	HARNESS_TEST(test_who_goes_by_itself_is_not_judged),
	HARNESS_TEST(test_a_kill_is_judged_and_a_discard_is_expected),
	HARNESS_TEST(test_the_unkillable_gets_no_second_generation),
	HARNESS_TEST(test_everything_has_a_name),
};
HARNESS_MAIN(tests)
