/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_schedule.c - what `check` says about restarts is what would happen.
 */
#include <stdlib.h>
#include <string.h>

#include "supervisord/decide/schedule.h"
#include "supervisord/decide/verdict.h"
#include "tests/harness/harness.h"

#define MS UINT64_C(1000000)
#define SECOND (1000 * MS)
#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#define BACKOFF(min_ms, the_factor, max_ms)                                    \
	{ .set = true, .min_ns = (min_ms) * MS, .factor = (the_factor),        \
	  .max_ns = (max_ms) * MS, .stable_after_ns = (max_ms) * MS }

static const struct {
	struct spec_intensity intensity;
	struct spec_backoff backoff;
	struct schedule schedule;
} rows[] = {
	/* at once, always */
	{ { 3, 5 * SECOND, 0 }, {},
	  { .restarts = true, .gives_up = true, .n_restarts = 3 } },
	{ { 0, 5 * SECOND, 0 }, {}, { .gives_up = true } },
	/* 0 + 100 + 200 within 5 s */
	{ { 3, 5 * SECOND, 0 }, BACKOFF(100, 2, 30000),
	  { .restarts = true, .gives_up = true, .n_restarts = 3,
	    .lasts_ns = 300 * MS, .max_unreached = true,
	    .longest_ns = 200 * MS } },
	/* the first restart is at once, and there is no second */
	{ { 1, 5 * SECOND, 0 }, BACKOFF(100, 2, 30000),
	  { .restarts = true, .gives_up = true, .n_restarts = 1,
	    .backoff_unreached = true } },
	{ { 0, 5 * SECOND, 0 }, BACKOFF(100, 2, 30000),
	  { .gives_up = true, .backoff_unreached = true } },
	/* 0 + 4 s + 4 s do not fit into 5 s */
	{ { 3, 5 * SECOND, 0 }, BACKOFF(4000, 2, 4000),
	  { .restarts = true, .longest_ns = 4000 * MS } },
	/* exactly the period is within it */
	{ { 2, 5 * SECOND - 1, 0 }, BACKOFF(5000, 2, 9000),
	  { .restarts = true, .longest_ns = 9000 * MS } },
	{ { 2, 5 * SECOND, 0 }, BACKOFF(5000, 2, 9000),
	  { .restarts = true, .gives_up = true, .n_restarts = 2,
	    .lasts_ns = 5 * SECOND, .max_unreached = true,
	    .longest_ns = 5 * SECOND } },
	/* a factor of 1 never grows, which is not the intensity's fault */
	{ { 3, 5 * SECOND, 0 }, BACKOFF(100, 1, 30000),
	  { .restarts = true, .gives_up = true, .n_restarts = 3,
	    .lasts_ns = 200 * MS, .longest_ns = 100 * MS } },
	/* limits nobody could count up to */
	{ { 4000000000u, 5 * SECOND, 0 }, BACKOFF(100, 2, 30000),
	  { .restarts = true, .longest_ns = 30 * SECOND } },
	{ { 4000000000u, UINT64_MAX, 0 }, BACKOFF(0, 2, 30000),
	  { .restarts = true, .gives_up = true, .n_restarts = 4000000000u } },
};

static void test_rows_are_as_a_person_would_reckon(void)
{
	size_t i;

	for (i = 0; i < LENGTH(rows); i++) {
		struct spec_node top = { .intensity = rows[i].intensity };
		struct spec_node child = { .backoff = rows[i].backoff };
		const struct schedule *wanted = &rows[i].schedule;
		struct schedule s = schedule_of(&top, &child);

		CU_ASSERT_EQUAL(s.restarts, wanted->restarts);
		CU_ASSERT_EQUAL(s.gives_up, wanted->gives_up);
		CU_ASSERT_EQUAL(s.n_restarts, wanted->n_restarts);
		CU_ASSERT_EQUAL(s.lasts_ns, wanted->lasts_ns);
		CU_ASSERT_EQUAL(s.backoff_unreached, wanted->backoff_unreached);
		CU_ASSERT_EQUAL(s.max_unreached, wanted->max_unreached);
		CU_ASSERT_EQUAL(s.longest_ns, wanted->longest_ns);
	}
}

/* the longest delay there is: the jitter is 1 + random % ceiling */
static uint64_t longest_random(const struct backoff *backoff,
			       const struct spec_backoff *spec)
{
	if (!spec->set || backoff->n_restarts == 0)
		return 0;
	return backoff_ceiling_ns(spec, backoff->n_restarts - 1) - 1;
}

/* let verdict_of() decide over a child that fails as soon as it is back */
static struct schedule played(const struct spec_node *top, unsigned int n_max)
{
	struct schedule schedule = { .restarts = true };
	struct verdict_input in = { .supervisor = top,
				    .cause = { .kind = CAUSE_EXIT,
					       .number = 1 },
				    .ready = true };
	struct backoff backoff = {};
	struct intensity intensity;
	struct verdict verdict;
	unsigned int n;

	CU_ASSERT_EQUAL_FATAL(intensity_init(&intensity,
					     top->intensity.restarts,
					     top->intensity.period_ns),
			      0);
	for (n = 0; n < n_max && !schedule.gives_up; n++) {
		in.random = longest_random(&backoff,
					   &top->children[0]->backoff);
		verdict = verdict_of(&in, &intensity, &backoff);
		in.now_ns += verdict.delay_ns;
		if (verdict.what == VERDICT_GIVE_UP) {
			schedule.gives_up = true;
			schedule.n_restarts = n;
			schedule.lasts_ns = in.now_ns;
		}
	}
	intensity_deinit(&intensity);
	return schedule;
}

static void compare(unsigned int limit, uint64_t period_ns,
		    struct spec_backoff spec)
{
	struct spec_node child = { .backoff = spec };
	struct spec_node *children[] = { &child };
	struct spec_node top = { .intensity = { limit, period_ns, 0 },
				 .children = children,
				 .n_children = 1 };
	struct schedule told = schedule_of(&top, &child);
	struct schedule seen = played(&top, 40);

	CU_ASSERT_EQUAL(told.gives_up, seen.gives_up);
	CU_ASSERT_EQUAL(told.n_restarts, seen.n_restarts);
	CU_ASSERT_EQUAL(told.lasts_ns, seen.lasts_ns);
}

static void test_the_schedule_is_what_the_verdicts_do(void)
{
	static const struct spec_backoff specs[] = {
		{},
		BACKOFF(50, 1, 2000),	BACKOFF(50, 2, 2000),
		BACKOFF(150, 1.5, 2000), BACKOFF(450, 3, 2000),
		BACKOFF(1350, 2, 2000),	BACKOFF(4000, 2, 2000),
		BACKOFF(0, 2, 2000),
	};
	unsigned int limit, period_s;
	size_t i;

	for (i = 0; i < LENGTH(specs); i++)
		for (limit = 0; limit < 7; limit++)
			for (period_s = 1; period_s < 12; period_s += 2)
				compare(limit, period_s * SECOND, specs[i]);
}

static void test_the_text_says_it_all(void)
{
	struct spec_node api = { .name = "api" };
	struct spec_node relays = { .name = "relays",
				    .backoff = BACKOFF(100, 2, 30000) };
	struct spec_node core = { .name = "core", .restart = SPEC_TRANSIENT,
				  .backoff = BACKOFF(20000, 2, 30000) };
	struct spec_node once = { .name = "once", .restart = SPEC_TEMPORARY };
	struct spec_node inner = { .name = "inner",
				   .backoff = BACKOFF(100, 2, 30000) };
	struct spec_node proud = { .name = "proud" };
	struct spec_node *inner_children[] = { &inner };
	struct spec_node *proud_children[] = { &proud };
	struct spec_node tunnel = { .name = "tunnel", .path = "/vpn/tunnel",
				    .children = inner_children,
				    .n_children = 1,
				    .intensity = { 1, 5 * SECOND, 0 } };
	struct spec_node strict = { .name = "strict", .path = "/vpn/strict",
				    .strategy = SPEC_ONE_FOR_ALL,
				    .children = proud_children,
				    .n_children = 1,
				    .intensity = { 0, 5 * SECOND, 0 } };
	struct spec_node *children[] = { &api,	&relays, &core,
					 &once, &tunnel, &strict };
	struct spec_node top = { .path = "/vpn",
				 .strategy = SPEC_REST_FOR_ONE,
				 .intensity = { 5, 30 * SECOND, 0 },
				 .children = children,
				 .n_children = LENGTH(children) };
	static const char wanted[] =
		"/vpn  rest_for_one  5 in 30s\n"
		"  api     permanent: at once; gives up at failure 6\n"
		"  relays  permanent: at once, then within 100ms, 200ms, "
		"400ms, 800ms; gives up at failure 6, after 1500ms or sooner\n"
		"          note: the backoff never grows to its max of 30s: "
		"the intensity trips first\n"
		"  core    transient: at once, then within 20s, 30s; "
		"for ever, unless the jitter cuts it short\n"
		"  once    temporary: never restarted\n"
		"  tunnel  permanent: at once; gives up at failure 6\n"
		"  strict  permanent: at once; gives up at failure 6\n"
		"/vpn/tunnel  one_for_one  1 in 5s\n"
		"  inner  permanent: at once; gives up at failure 2\n"
		"         note: the backoff is never reached: "
		"the intensity trips first\n"
		"/vpn/strict  one_for_all  0 in 5s\n"
		"  proud  permanent: never restarted: gives up at failure 1\n";
	char *text;

	CU_ASSERT_EQUAL_FATAL(schedule_format(&top, &text), 0);
	CU_ASSERT_STRING_EQUAL(text, wanted);
	if (strcmp(text, wanted))
		harness_note("%s", text);
	free(text);
}

static void test_long_rows_are_cut(void)
{
	struct spec_node child = { .name = "a",
				   .backoff = BACKOFF(1000, 2, 3600000) };
	struct spec_node *children[] = { &child };
	struct spec_node top = { .path = "/a", .children = children,
				 .n_children = 1,
				 .intensity = { 20, 60 * SECOND, 0 } };
	char *text;

	CU_ASSERT_EQUAL_FATAL(schedule_format(&top, &text), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "1s, 2s, 4s, 8s, 16s, 32s, … 1h;"));
	free(text);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_rows_are_as_a_person_would_reckon),
	HARNESS_TEST(test_the_schedule_is_what_the_verdicts_do),
	HARNESS_TEST(test_the_text_says_it_all),
	HARNESS_TEST(test_long_rows_are_cut),
};
HARNESS_MAIN(tests)
