/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_watchdog.c - who hangs is found, and nobody else.
 */
#include "supervisord/decide/watchdog.h"
#include "tests/harness/harness.h"

#define MS UINT64_C(1000000)
#define SECOND (1000 * MS)

static const struct spec_watchdog of_loop = {
	.loop_ns = 10 * SECOND, .misses = 3,
};
static const struct spec_watchdog of_message = {
	.message_ns = 10 * SECOND, .misses = 2,
};

/** struct subject - a process that is looked at, and what came of it */
struct subject {
	const struct spec_watchdog *spec;
	struct watchdog watchdog;
	struct watchdog_reading now;
	struct watchdog_finding finding;
	unsigned int n_reports;
	unsigned int n_acts;
};

static struct subject subject(const struct spec_watchdog *spec)
{
	return (struct subject){
		.spec = spec,
		.now = { .now_ns = 5 * SECOND, .has_times = true },
	};
}

static void look(struct subject *s)
{
	s->finding = watchdog_look(&s->watchdog, s->spec, &s->now);
	s->n_reports += s->finding.what == WATCHDOG_REPORT;
	s->n_acts += s->finding.what == WATCHDOG_ACT;
}

/* it is looked at as often as it should be, until @ns later */
static void pass(struct subject *s, uint64_t ns)
{
	uint64_t end_ns = s->now.now_ns + ns;

	for (;;) {
		look(s);
		if (s->now.now_ns >= end_ns)
			break;
		s->now.now_ns += watchdog_interval_ns(s->spec);
	}
}

static void test_a_loop_that_stands_still_is_reported_then_acted_on(void)
{
	struct subject s = subject(&of_loop);

	pass(&s, 7 * SECOND);
	CU_ASSERT_EQUAL(s.n_reports, 0);
	pass(&s, 4 * SECOND);
	CU_ASSERT_EQUAL(s.n_reports, 1);
	pass(&s, 14 * SECOND);
	CU_ASSERT_EQUAL(s.n_reports, 1);
	CU_ASSERT_EQUAL(s.n_acts, 0);
	pass(&s, 6 * SECOND);
	CU_ASSERT_EQUAL(s.n_acts, 1);
}

static void test_the_only_miss_is_the_last(void)
{
	static const struct spec_watchdog once = {
		.loop_ns = 10 * SECOND, .misses = 1,
	};
	struct subject s = subject(&once);

	pass(&s, 10 * SECOND);
	CU_ASSERT_EQUAL(s.n_reports, 0);
	CU_ASSERT_EQUAL(s.n_acts, 1);
	CU_ASSERT_EQUAL(s.finding.n_misses, 1);
	CU_ASSERT_EQUAL(s.finding.since_ns, 10 * SECOND);
}

static void test_a_beat_in_time_begins_anew(void)
{
	struct subject s = subject(&of_loop);

	for (int i = 0; i < 20; i++) {
		pass(&s, 7 * SECOND);
		s.now.beat++;
	}
	CU_ASSERT_EQUAL(s.n_reports, 0);
	/* a count that has wrapped is another number all the same */
	s.now.beat = UINT32_MAX;
	pass(&s, 7 * SECOND);
	s.now.beat = 0;
	pass(&s, 7 * SECOND);
	CU_ASSERT_EQUAL(s.n_reports, 0);
}

static void test_a_sleeping_loop_may_sleep(void)
{
	struct subject s = subject(&of_loop);

	s.now.asleep = true;
	pass(&s, 1000 * SECOND);
	CU_ASSERT_EQUAL(s.n_reports + s.n_acts, 0);
	/* it wakes up and hangs: the time begins then */
	s.now.asleep = false;
	pass(&s, 7 * SECOND);
	CU_ASSERT_EQUAL(s.n_reports, 0);
}

static void test_a_stopped_process_is_not_blamed(void)
{
	struct subject s = subject(&of_loop);

	pass(&s, 5 * SECOND);
	s.now.stopped = true;
	pass(&s, 1000 * SECOND);
	s.now.stopped = false;
	pass(&s, 2 * SECOND);
	CU_ASSERT_EQUAL(s.n_reports, 0);
	/* what it hung before counts */
	pass(&s, 5 * SECOND);
	CU_ASSERT_EQUAL(s.n_reports, 1);
}

/* @starved_ns of each second; the kernel says so when the wait is over */
static void starve(struct subject *s, unsigned int seconds,
		   uint64_t starved_ns, bool at_once)
{
	uint64_t owed_ns = 0;

	for (unsigned int i = 0; i < seconds; i++) {
		s->now.now_ns += SECOND;
		s->now.ran_ns += SECOND - starved_ns;
		s->now.runnable = true;
		owed_ns += starved_ns;
		if (at_once || i % 7 == 6) {
			s->now.starved_ns += owed_ns;
			owed_ns = 0;
		}
		look(s);
	}
	s->now.starved_ns += owed_ns;
}

static const struct starved_row {
	uint64_t starved_ns;
	bool at_once;
	bool blamed;
} starved_rows[] = {
	{ 0, true, true },		/* it spins, and has all it wants */
	{ SECOND, true, false },	/* no processor at all */
	{ SECOND, false, false },
	{ 990 * MS, true, false },	/* a hundredth of one: 1 s of 100 */
	{ 990 * MS, false, false },
	{ 100 * MS, true, true },	/* nine tenths of one are enough */
	{ 100 * MS, false, true },
};

static void test_a_starved_process_is_not_blamed(void)
{
	for (size_t i = 0; i < sizeof(starved_rows) / sizeof(*starved_rows);
	     i++) {
		const struct starved_row *row = &starved_rows[i];
		struct subject s = subject(&of_loop);

		look(&s);
		starve(&s, 100, row->starved_ns, row->at_once);
		CU_ASSERT_EQUAL(s.n_reports > 0, row->blamed);
		if ((s.n_reports > 0) != row->blamed)
			harness_note("row %zu", i);
	}
}

static void test_one_that_sleeps_in_a_call_is_blamed_with_times_or_without(void)
{
	for (int known = 0; known < 2; known++) {
		struct subject s = subject(&of_loop);

		s.now.has_times = known;
		s.now.ran_ns = 3 * SECOND;
		pass(&s, 10 * SECOND);
		CU_ASSERT_EQUAL(s.n_reports, 1);
	}
}

/* the supervisor was stopped itself, or its host for a while */
static void test_a_reading_that_comes_late_blames_nobody_for_it(void)
{
	struct subject s = subject(&of_loop);

	look(&s);
	s.now.now_ns += 1000 * SECOND;
	look(&s);
	CU_ASSERT_EQUAL(s.n_reports + s.n_acts, 0);
	CU_ASSERT(s.watchdog.loop.since_ns <=
		  2 * watchdog_interval_ns(&of_loop));
	/* a clock that goes back is none */
	s.now.now_ns = SECOND;
	look(&s);
	CU_ASSERT_EQUAL(s.n_reports + s.n_acts, 0);
}

static void test_a_message_that_waits_too_long_is_found(void)
{
	struct subject s = subject(&of_message);

	s.now.asleep = true;	/* its loop has nothing to do, as it says */
	s.now.n_waiting = 1;
	pass(&s, 7 * SECOND);
	CU_ASSERT_EQUAL(s.n_reports, 0);
	pass(&s, 2 * SECOND);
	CU_ASSERT_EQUAL(s.n_reports, 1);
	CU_ASSERT_FALSE(s.finding.of_loop);
	pass(&s, 10 * SECOND);
	CU_ASSERT_EQUAL(s.n_acts, 1);
}

static void test_it_is_looked_for_only_while_one_waits(void)
{
	struct subject s = subject(&of_message);

	CU_ASSERT(watchdog_counts(&s.watchdog, s.spec));
	pass(&s, 100 * SECOND);
	CU_ASSERT_EQUAL(s.n_reports, 0);
	s.now.n_waiting = 3;
	look(&s);
	CU_ASSERT_FALSE(watchdog_counts(&s.watchdog, s.spec));
	s.now.n_finished += 3;
	look(&s);
	CU_ASSERT(watchdog_counts(&s.watchdog, s.spec));
	CU_ASSERT_FALSE(watchdog_counts(&s.watchdog, &of_loop));
}

/* always a hundred of them wait, none for longer than five seconds */
static void test_a_queue_that_moves_is_fine(void)
{
	struct subject s = subject(&of_message);

	s.now.n_waiting = 100;
	s.now.n_finished = UINT64_MAX - 1000;	/* and wraps */
	for (int i = 0; i < 200; i++) {
		look(&s);
		s.now.n_finished += 20;
		s.now.now_ns += SECOND;
	}
	CU_ASSERT_EQUAL(s.n_reports, 0);
}

/* ten a second, and a thousand wait: the last of them for a hundred seconds */
static void test_a_queue_that_moves_too_slowly_is_found(void)
{
	struct subject s = subject(&of_message);

	s.now.n_waiting = 1000;
	for (int i = 0; i < 11; i++) {
		look(&s);
		s.now.n_finished += 10;
		s.now.now_ns += SECOND;
	}
	CU_ASSERT_EQUAL(s.n_reports, 1);
}

static void test_who_waits_for_others_is_not_blamed_for_its_mail(void)
{
	struct subject s = subject(&of_message);

	s.now.n_waiting = 1;
	s.now.held_up = true;
	pass(&s, 100 * SECOND);
	CU_ASSERT_EQUAL(s.n_reports, 0);
	s.now.held_up = false;
	pass(&s, 11 * SECOND);
	CU_ASSERT_EQUAL(s.n_reports, 1);
}

static void test_both_are_looked_at(void)
{
	static const struct spec_watchdog both = {
		.loop_ns = 10 * SECOND, .message_ns = 4 * SECOND, .misses = 9,
	};
	struct subject s = subject(&both);

	CU_ASSERT_EQUAL(watchdog_interval_ns(&both), SECOND);
	s.now.n_waiting = 1;
	pass(&s, 4 * SECOND);
	CU_ASSERT_EQUAL(s.n_reports, 1);
	CU_ASSERT_FALSE(s.finding.of_loop);
	pass(&s, 6 * SECOND);
	CU_ASSERT_EQUAL(s.n_reports, 2);
	CU_ASSERT(s.finding.of_loop);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_loop_that_stands_still_is_reported_then_acted_on),
	HARNESS_TEST(test_the_only_miss_is_the_last),
	HARNESS_TEST(test_a_beat_in_time_begins_anew),
	HARNESS_TEST(test_a_sleeping_loop_may_sleep),
	HARNESS_TEST(test_a_stopped_process_is_not_blamed),
	HARNESS_TEST(test_a_starved_process_is_not_blamed),
	HARNESS_TEST(test_one_that_sleeps_in_a_call_is_blamed_with_times_or_without),
	HARNESS_TEST(test_a_reading_that_comes_late_blames_nobody_for_it),
	HARNESS_TEST(test_a_message_that_waits_too_long_is_found),
	HARNESS_TEST(test_it_is_looked_for_only_while_one_waits),
	HARNESS_TEST(test_a_queue_that_moves_is_fine),
	HARNESS_TEST(test_a_queue_that_moves_too_slowly_is_found),
	HARNESS_TEST(test_who_waits_for_others_is_not_blamed_for_its_mail),
	HARNESS_TEST(test_both_are_looked_at),
};
HARNESS_MAIN(tests)
