/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_estate.c - nothing is forgotten in the table, and nothing that cannot be
 * done again is done before it is safe.
 */
#include <stddef.h>

#include "supervisord/decide/estate.h"
#include "tests/harness/harness.h"

#define FOR_EACH(state, event)                                                 \
	for (state = 0; state < N_ESTATE_STATES; state++)                      \
		for (event = 0; event < N_ESTATE_EVENTS; event++)

static void test_no_event_is_forgotten_in_any_state(void)
{
	unsigned int state, event;

	FOR_EACH(state, event) {
		struct estate_step step = estate_step(state, event);

		if (step.action != ESTATE_ACTION_FORGOTTEN)
			continue;
		CU_FAIL("forgotten");
		harness_note("%s in %s", estate_event_name(event),
			     estate_state_name(state));
	}
}

static void test_old_news_change_nothing(void)
{
	unsigned int state, event;

	FOR_EACH(state, event) {
		struct estate_step step = estate_step(state, event);

		if (step.action == ESTATE_ACTION_IGNORE)
			CU_ASSERT_EQUAL(step.next, state);
	}
}

/* the first drain and the release come with the word from above, and only so */
static void test_nothing_is_taken_before_it_is_kept(void)
{
	unsigned int state, event;

	FOR_EACH(state, event) {
		struct estate_step step = estate_step(state, event);
		bool drains = state == ESTATE_DRAINING ||
			      state == ESTATE_BLOCKED;

		if (step.action == ESTATE_ACTION_RELEASE)
			CU_ASSERT_EQUAL(state, ESTATE_SENDING);
		if ((step.action == ESTATE_ACTION_SEND &&
		     state != ESTATE_SENDING) ||
		    ((step.action == ESTATE_ACTION_DRAIN ||
		      step.action == ESTATE_ACTION_HURRY) && !drains))
			CU_ASSERT_EQUAL(event, ESTATE_EVENT_KEPT);
		if ((step.next == ESTATE_DRAINING && !drains) ||
		    (step.next == ESTATE_SENDING && state != step.next))
			CU_ASSERT_EQUAL(event, ESTATE_EVENT_KEPT);
	}
}

static void test_a_life_that_is_over_stays_so(void)
{
	unsigned int state, event;

	FOR_EACH(state, event)
		if (estate_is_over(state))
			CU_ASSERT(estate_is_over(
				estate_step(state, event).next));
}

/* else nobody would ever hear of it again */
static void test_whoever_waits_is_woken(void)
{
	static const struct {
		enum estate_action action;
		enum estate_event wakes;
	} rows[] = {
		{ ESTATE_ACTION_RETRY, ESTATE_EVENT_AGAIN },
		{ ESTATE_ACTION_PUSH, ESTATE_EVENT_AGAIN },
		{ ESTATE_ACTION_PUSH, ESTATE_EVENT_KEPT },
		{ ESTATE_ACTION_PUSH_AGAIN, ESTATE_EVENT_AGAIN },
		{ ESTATE_ACTION_SOON, ESTATE_EVENT_AGAIN },
		{ ESTATE_ACTION_AWAIT, ESTATE_EVENT_ROOM },
		{ ESTATE_ACTION_AWAIT, ESTATE_EVENT_LATE },
	};
	unsigned int state, event;
	size_t i;

	FOR_EACH(state, event) {
		struct estate_step step = estate_step(state, event);

		for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
			if (rows[i].action == step.action)
				CU_ASSERT_NOT_EQUAL(
					estate_step(step.next,
						    rows[i].wakes).action,
					ESTATE_ACTION_IGNORE);
	}
}

struct story {
	const char *what;
	enum estate_event events[8];
	enum estate_state end;
	enum estate_action last;
};

#define E(symbol) ESTATE_EVENT_##symbol
#define END_OF_EVENTS N_ESTATE_EVENTS

static const struct story stories[] = {
	{ "a crash", { E(COPIED), E(KEPT), E(EMPTY), END_OF_EVENTS },
	  ESTATE_SETTLED, ESTATE_ACTION_RELEASE },
	{ "a crash, and nobody knows what has left",
	  { E(COPIED), E(KEPT), E(FULL), E(AGAIN), E(EMPTY), END_OF_EVENTS },
	  ESTATE_SETTLED, ESTATE_ACTION_RELEASE },
	{ "a crash, and nobody ever will",
	  { E(COPIED), E(KEPT), E(FULL), E(LATE), END_OF_EVENTS },
	  ESTATE_SETTLED, ESTATE_ACTION_RELEASE },
	{ "a crash, and the life ends before that is known",
	  { E(COPIED), E(KEPT), E(FULL), E(END), E(KEPT), END_OF_EVENTS },
	  ESTATE_DRAINING, ESTATE_ACTION_DRAIN },
	{ "a crash without memory",
	  { E(SHORT), E(AGAIN), E(COPIED), E(AGAIN), E(KEPT),
	    E(EMPTY), END_OF_EVENTS },
	  ESTATE_SETTLED, ESTATE_ACTION_RELEASE },
	{ "a crash, and then the life ends",
	  { E(COPIED), E(END), E(KEPT), E(EMPTY), END_OF_EVENTS },
	  ESTATE_SETTLED, ESTATE_ACTION_CLOSE },
	{ "a damaged arena",
	  { E(DAMAGED), E(COPIED), E(KEPT), E(EMPTY), END_OF_EVENTS },
	  ESTATE_SETTLED, ESTATE_ACTION_CLOSE },
	{ "a flood",
	  { E(END), E(COPIED), E(KEPT), E(MORE), E(AGAIN), E(FULL), E(ROOM),
	    END_OF_EVENTS },
	  ESTATE_DRAINING, ESTATE_ACTION_DRAIN },
	{ "somebody who never reads",
	  { E(END), E(COPIED), E(KEPT), E(FULL), E(LATE), E(EMPTY),
	    END_OF_EVENTS },
	  ESTATE_SETTLED, ESTATE_ACTION_CLOSE },
	{ "no memory to the end", { E(END), E(AGAIN), E(SHORT), E(LATE),
				    END_OF_EVENTS },
	  ESTATE_SETTLED, ESTATE_ACTION_ABANDON },
};

static void test_stories_end_as_they_should(void)
{
	const struct story *story;
	struct estate_step step;
	size_t i, k;

	for (i = 0; i < sizeof(stories) / sizeof(stories[0]); i++) {
		story = &stories[i];
		step = (struct estate_step){ .next = ESTATE_COPYING };
		for (k = 0; k < 8 && story->events[k] != END_OF_EVENTS; k++)
			step = estate_step(step.next, story->events[k]);
		if (step.next != story->end || step.action != story->last)
			harness_note("%s: %s, %s", story->what,
				     estate_state_name(step.next),
				     estate_action_name(step.action));
		CU_ASSERT_EQUAL(step.next, story->end);
		CU_ASSERT_EQUAL(step.action, story->last);
	}
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_no_event_is_forgotten_in_any_state),
	HARNESS_TEST(test_old_news_change_nothing),
	HARNESS_TEST(test_nothing_is_taken_before_it_is_kept),
	HARNESS_TEST(test_a_life_that_is_over_stays_so),
	HARNESS_TEST(test_whoever_waits_is_woken),
	HARNESS_TEST(test_stories_end_as_they_should),
};
HARNESS_MAIN(tests)
