/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_verdict.c - the whole decision, against a naive telling of the design.
 *
 * The tables run through all combinations of what a decision depends on; the
 * random sequences let restarts pile up and be forgiven. VERDICT_SEED=N repeats
 * a sequence.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "supervisord/decide/verdict.h"
#include "tests/harness/harness.h"

#define MS UINT64_C(1000000)
#define SECOND (1000 * MS)
#define N_CHILDREN 4

/* struct group - a supervisor with children, and what is remembered of it */
struct group {
	struct spec_node supervisor;
	struct spec_node children[N_CHILDREN];
	struct spec_node *pointers[N_CHILDREN];
	struct spec_directive_row row;
	struct intensity intensity;
	struct backoff backoffs[N_CHILDREN];
};

static void group_init(struct group *group, enum spec_strategy strategy,
		       unsigned int limit)
{
	size_t i;

	*group = (struct group){};
	for (i = 0; i < N_CHILDREN; i++)
		group->pointers[i] = &group->children[i];
	group->supervisor.strategy = strategy;
	group->supervisor.children = group->pointers;
	group->supervisor.n_children = N_CHILDREN;
	CU_ASSERT_EQUAL_FATAL(intensity_init(&group->intensity, limit,
					     5 * SECOND),
			      0);
}

/* a `directives:` row for every child, for this kind of cause */
static void group_directive(struct group *group, enum cause_kind kind,
			    enum spec_directive directive)
{
	size_t i;

	group->row = (struct spec_directive_row){
		.pattern = { .cause = { .kind = kind }, .whole = true },
		.directive = directive,
	};
	for (i = 0; i < N_CHILDREN; i++) {
		group->children[i].directives = &group->row;
		group->children[i].n_directives = 1;
	}
}

static void group_backoff(struct group *group)
{
	size_t i;

	for (i = 0; i < N_CHILDREN; i++)
		group->children[i].backoff = (struct spec_backoff){
			.set = true,
			.min_ns = 100 * MS,
			.factor = 2,
			.max_ns = 1000 * MS,
			.stable_after_ns = 1000 * MS,
		};
}

/* ---- the design once more, as plainly as can be ------------------------ */

#define HISTORY_MAX 4096

struct naive {
	uint64_t restarts[HISTORY_MAX];	/* those that happened */
	size_t n_restarts;
	unsigned int in_a_row[N_CHILDREN];
};

static unsigned int naive_count(const struct naive *naive, uint64_t now_ns)
{
	unsigned int count = 0;
	size_t i;

	for (i = 0; i < naive->n_restarts; i++)
		if (now_ns - naive->restarts[i] <= 5 * SECOND)
			count++;
	return count;
}

static bool naive_row(const struct verdict_input *in,
		      enum spec_directive *ret_directive)
{
	const struct spec_node *child = in->supervisor->children[in->failed];

	if (child->n_directives == 0 ||
	    child->directives[0].pattern.cause.kind != in->cause.kind)
		return false;
	*ret_directive = child->directives[0].directive;
	if (*ret_directive != SPEC_DIRECTIVE_RESUME)
		return true;
	return in->cause.kind == CAUSE_REPORTED && in->ready;
}

static enum verdict_what naive_what(const struct naive *naive,
				    const struct verdict_input *in,
				    unsigned int limit)
{
	const struct spec_node *child = in->supervisor->children[in->failed];
	enum spec_directive directive;

	if (!naive_row(in, &directive)) {
		if (in->coming_up && !in->ready)
			return VERDICT_FAIL_START;
		directive = SPEC_DIRECTIVE_RESTART;
		if (in->cause.kind == CAUSE_SECCOMP)
			directive = SPEC_DIRECTIVE_STOP;
	}
	if (directive == SPEC_DIRECTIVE_RESUME)
		return VERDICT_RESUME;
	if (directive == SPEC_DIRECTIVE_STOP)
		return VERDICT_STOP;
	if (directive == SPEC_DIRECTIVE_ESCALATE)
		return VERDICT_GIVE_UP;
	if (child->restart == SPEC_TEMPORARY)
		return VERDICT_STOP;
	if (child->restart == SPEC_TRANSIENT && in->cause.kind == CAUSE_EXIT &&
	    in->cause.number == 0)
		return VERDICT_STOP;
	if (naive_count(naive, in->now_ns) + 1 > limit)
		return VERDICT_GIVE_UP;
	return VERDICT_RESTART;
}

static uint64_t naive_ceiling_ns(unsigned int in_a_row)
{
	uint64_t ceiling_ns = 100 * MS;

	if (in_a_row == 0)
		return 0;
	while (--in_a_row && ceiling_ns < 1000 * MS)
		ceiling_ns *= 2;
	return ceiling_ns < 1000 * MS ? ceiling_ns : 1000 * MS;
}

static bool naive_concerns(const struct verdict_input *in,
			   enum verdict_what what, size_t i)
{
	if (what == VERDICT_GIVE_UP || what == VERDICT_FAIL_START)
		return true;
	if (what != VERDICT_RESTART)
		return i == in->failed;
	switch (in->supervisor->strategy) {
	case SPEC_ONE_FOR_ONE:
		return i == in->failed;
	case SPEC_ONE_FOR_ALL:
		return true;
	case SPEC_REST_FOR_ONE:
		return i >= in->failed;
	}
	return false;
}

static bool delay_agrees(struct naive *naive, const struct verdict_input *in,
			 const struct verdict *verdict)
{
	unsigned int *in_a_row = &naive->in_a_row[in->failed];
	uint64_t ceiling_ns;

	if (!in->supervisor->children[in->failed]->backoff.set)
		return verdict->delay_ns == 0;
	if (in->ran_ns >= 1000 * MS)
		*in_a_row = 0;
	ceiling_ns = naive_ceiling_ns((*in_a_row)++);
	if (ceiling_ns == 0)
		return verdict->delay_ns == 0;
	return verdict->delay_ns > 0 && verdict->delay_ns <= ceiling_ns;
}

static bool agrees(struct naive *naive, const struct verdict_input *in,
		   unsigned int limit, const struct verdict *verdict)
{
	enum verdict_what what = naive_what(naive, in, limit);
	unsigned int count;
	size_t i;

	if (verdict->what != what || verdict->limit != limit)
		return false;
	for (i = 0; i < N_CHILDREN; i++)
		if (naive_concerns(in, what, i) !=
		    (i >= verdict->first && i <= verdict->last))
			return false;
	if (what == VERDICT_RESTART) {
		naive->restarts[naive->n_restarts++] = in->now_ns;
		if (!delay_agrees(naive, in, verdict))
			return false;
	} else if (verdict->delay_ns) {
		return false;
	}
	count = naive_count(naive, in->now_ns);
	if (what == VERDICT_GIVE_UP &&
	    verdict->directive == SPEC_DIRECTIVE_RESTART)
		count++;
	return verdict->count == count;
}

/* ---- tables ------------------------------------------------------------ */

static const struct cause causes[] = {
	{ .kind = CAUSE_EXIT, .number = 0 },
	{ .kind = CAUSE_EXIT, .number = 3 },
	{ .kind = CAUSE_SIGNAL, .number = 11 },
	{ .kind = CAUSE_SECCOMP, .text = "openat" },
	{ .kind = CAUSE_OOM },
	{ .kind = CAUSE_WATCHDOG },
	{ .kind = CAUSE_START_TIMEOUT },
	{ .kind = CAUSE_START_FAILED, .number = 2, .text = "exec" },
	{ .kind = CAUSE_PROTOCOL },
	{ .kind = CAUSE_REPORTED, .number = 5 },
	{ .kind = CAUSE_SUPERVISOR },
	{ .kind = CAUSE_ESCALATED },
};

#define N_SOME_CAUSES (sizeof(causes) / sizeof(causes[0]))

/* SPEC_DIRECTIVE_* and one more: the file says nothing */
#define N_DIRECTIVES (SPEC_DIRECTIVE_ESCALATE + 1)
#define NO_DIRECTIVE N_DIRECTIVES

static void try_one(const struct verdict_input *template,
		    unsigned int directive, enum spec_restart restart,
		    enum spec_strategy strategy, unsigned int limit)
{
	struct verdict_input in = *template;
	struct naive naive = {};
	struct verdict verdict;
	struct group group;

	group_init(&group, strategy, limit);
	group.children[in.failed].restart = restart;
	if (directive != NO_DIRECTIVE)
		group_directive(&group, in.cause.kind,
				(enum spec_directive)directive);
	in.supervisor = &group.supervisor;
	verdict = verdict_of(&in, &group.intensity, &group.backoffs[in.failed]);
	CU_ASSERT(agrees(&naive, &in, limit, &verdict));
	intensity_deinit(&group.intensity);
}

static void try_all_specs(const struct verdict_input *in)
{
	unsigned int directive, restart, strategy, limit;

	for (directive = 0; directive <= NO_DIRECTIVE; directive++)
		for (restart = SPEC_PERMANENT; restart <= SPEC_TEMPORARY;
		     restart++)
			for (strategy = SPEC_ONE_FOR_ONE;
			     strategy <= SPEC_REST_FOR_ONE; strategy++)
				for (limit = 0; limit < 2; limit++)
					try_one(in, directive, restart,
						strategy, limit);
}

static void test_every_combination_is_as_the_design_says(void)
{
	unsigned int flags;
	size_t i, failed;

	for (i = 0; i < N_SOME_CAUSES; i++) {
		for (failed = 0; failed < N_CHILDREN; failed++) {
			for (flags = 0; flags < 4; flags++) {
				struct verdict_input in = {
					.failed = failed,
					.cause = causes[i],
					.ready = flags & 1,
					.coming_up = flags & 2,
					.now_ns = SECOND,
				};

				try_all_specs(&in);
			}
		}
	}
}

/* a fall of all leaves nobody to learn */
static void test_who_cannot_start_is_left_for_a_lesson(void)
{
	struct verdict_input in = {
		.failed = 1,
		.cause = { CAUSE_SECCOMP, 0, "ptrace" },
		.coming_up = true,
		.learning = true,
	};
	struct group group;

	group_init(&group, SPEC_ONE_FOR_ONE, 3);
	in.supervisor = &group.supervisor;
	CU_ASSERT(verdict_of(&in, &group.intensity, &group.backoffs[1]).what ==
		  VERDICT_STOP);
	in.coming_up = false;
	in.cause = (struct cause){ CAUSE_EXIT, 1, "" };
	CU_ASSERT(verdict_of(&in, &group.intensity, &group.backoffs[1]).what ==
		  VERDICT_STOP);
	/* who was ready is restarted as ever */
	in.ready = true;
	CU_ASSERT(verdict_of(&in, &group.intensity, &group.backoffs[1]).what ==
		  VERDICT_RESTART);
	intensity_deinit(&group.intensity);
}

static enum verdict_what verdict_in_school(struct cause cause)
{
	struct verdict_input in = {
		.failed = 1,
		.cause = cause,
		.learning = true,
	};
	struct group group;
	struct verdict verdict;

	group_init(&group, SPEC_ONE_FOR_ONE, 3);
	group.supervisor.auto_shutdown = SPEC_ANY_SIGNIFICANT;
	group.supervisor.children[1]->significant = SPEC_SIGNIFICANT;
	in.supervisor = &group.supervisor;
	verdict = verdict_of(&in, &group.intensity, &group.backoffs[1]);
	intensity_deinit(&group.intensity);
	return verdict.what;
}

/* and what no sandbox does is no lesson */
static void test_only_what_a_sandbox_does_is_left_for_a_lesson(void)
{
	static const struct cause lessons[] = {
		{ CAUSE_SECCOMP, 0, "ptrace" },
		{ CAUSE_EXIT, 1, "" },
		{ CAUSE_SIGNAL, 11, "" },
		{ CAUSE_START_TIMEOUT, 0, "" },
		{ CAUSE_START_FAILED, ENOENT, "read" },
		{ CAUSE_REPORTED, EACCES, "" },
	};
	static const struct cause others[] = {
		{ CAUSE_START_FAILED, EAGAIN, "clone" },
		{ CAUSE_START_FAILED, EMFILE, "output" },
		{ CAUSE_WATCHDOG, 0, "" },
		{ CAUSE_OOM, 0, "" },
		{ CAUSE_PROTOCOL, 0, "" },
	};

	for (size_t i = 0; i < sizeof(lessons) / sizeof(*lessons); i++)
		CU_ASSERT_EQUAL(verdict_in_school(lessons[i]), VERDICT_STOP);
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		CU_ASSERT_EQUAL(verdict_in_school(others[i]), VERDICT_RESTART);
}

/* rows a person can check */
static void test_rows_of_the_design_hold(void)
{
	static const struct {
		const char *why;
		struct cause cause;
		enum spec_restart restart;
		bool ready, coming_up;
		enum verdict_what what;
	} rows[] = {
		{ "a crash restarts", { CAUSE_SIGNAL, 11, "" },
		  SPEC_PERMANENT, true, false, VERDICT_RESTART },
		{ "a good end of a permanent child too", { CAUSE_EXIT, 0, "" },
		  SPEC_PERMANENT, true, false, VERDICT_RESTART },
		{ "a good end of a transient one is one", { CAUSE_EXIT, 0, "" },
		  SPEC_TRANSIENT, true, false, VERDICT_STOP },
		{ "a bad one is not", { CAUSE_EXIT, 1, "" },
		  SPEC_TRANSIENT, true, false, VERDICT_RESTART },
		{ "temporary is once", { CAUSE_SIGNAL, 9, "" },
		  SPEC_TEMPORARY, true, false, VERDICT_STOP },
		{ "what seccomp killed stays dead",
		  { CAUSE_SECCOMP, 0, "ptrace" },
		  SPEC_PERMANENT, true, false, VERDICT_STOP },
		{ "a start that fails fails its group",
		  { CAUSE_START_FAILED, 2, "exec" },
		  SPEC_PERMANENT, false, true, VERDICT_FAIL_START },
		{ "whatever its restart type", { CAUSE_EXIT, 0, "" },
		  SPEC_TEMPORARY, false, true, VERDICT_FAIL_START },
		{ "and whatever the cause", { CAUSE_SECCOMP, 0, "" },
		  SPEC_PERMANENT, false, true, VERDICT_FAIL_START },
		{ "later it is a crash", { CAUSE_START_FAILED, 2, "exec" },
		  SPEC_PERMANENT, false, false, VERDICT_RESTART },
		{ "one that was ready crashes while others start",
		  { CAUSE_SIGNAL, 11, "" },
		  SPEC_PERMANENT, true, true, VERDICT_RESTART },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct verdict_input in = { .failed = 1,
					    .cause = rows[i].cause,
					    .ready = rows[i].ready,
					    .coming_up = rows[i].coming_up };
		struct verdict verdict;
		struct group group;

		group_init(&group, SPEC_ONE_FOR_ONE, 3);
		group.children[1].restart = rows[i].restart;
		in.supervisor = &group.supervisor;
		verdict = verdict_of(&in, &group.intensity, &group.backoffs[1]);
		CU_ASSERT_EQUAL(verdict.what, rows[i].what);
		if (verdict.what != rows[i].what)
			harness_note("%s", rows[i].why);
		intensity_deinit(&group.intensity);
	}
}

static void test_the_file_has_the_last_word_about_a_start(void)
{
	static const struct {
		enum spec_directive directive;
		enum verdict_what what;
	} rows[] = {
		{ SPEC_DIRECTIVE_RESTART, VERDICT_RESTART },
		{ SPEC_DIRECTIVE_STOP, VERDICT_STOP },
		{ SPEC_DIRECTIVE_ESCALATE, VERDICT_GIVE_UP },
		{ SPEC_DIRECTIVE_RESUME, VERDICT_FAIL_START },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct verdict_input in = {
			.cause = { .kind = CAUSE_REPORTED, .number = 5 },
			.coming_up = true,
		};
		struct group group;

		group_init(&group, SPEC_ONE_FOR_ONE, 3);
		group_directive(&group, CAUSE_REPORTED, rows[i].directive);
		in.supervisor = &group.supervisor;
		CU_ASSERT_EQUAL(verdict_of(&in, &group.intensity,
					   &group.backoffs[0]).what,
				rows[i].what);
		intensity_deinit(&group.intensity);
	}
}

static void test_the_fourth_failure_gives_up_and_says_why(void)
{
	struct verdict_input in = { .failed = 2,
				    .cause = { .kind = CAUSE_SIGNAL,
					       .number = 9 },
				    .ready = true };
	struct verdict verdict;
	struct group group;
	unsigned int i;

	group_init(&group, SPEC_REST_FOR_ONE, 3);
	in.supervisor = &group.supervisor;
	for (i = 1; i <= 3; i++) {
		in.now_ns = i * SECOND;
		verdict = verdict_of(&in, &group.intensity, &group.backoffs[2]);
		CU_ASSERT_EQUAL(verdict.what, VERDICT_RESTART);
		CU_ASSERT_EQUAL(verdict.count, i);
		CU_ASSERT_EQUAL(verdict.first, 2);
		CU_ASSERT_EQUAL(verdict.last, 3);
	}
	in.now_ns = 4 * SECOND;
	verdict = verdict_of(&in, &group.intensity, &group.backoffs[2]);
	CU_ASSERT_EQUAL(verdict.what, VERDICT_GIVE_UP);
	CU_ASSERT_EQUAL(verdict.directive, SPEC_DIRECTIVE_RESTART);
	CU_ASSERT_EQUAL(verdict.count, 4);
	CU_ASSERT_EQUAL(verdict.limit, 3);
	CU_ASSERT_EQUAL(verdict.window_left_ns, 2 * SECOND);
	CU_ASSERT_EQUAL(verdict.first, 0);
	CU_ASSERT_EQUAL(verdict.last, 3);
	intensity_deinit(&group.intensity);
}

static void test_what_does_not_restart_is_not_counted(void)
{
	struct verdict_input in = { .cause = { .kind = CAUSE_SECCOMP },
				    .ready = true };
	struct verdict verdict;
	struct group group;
	unsigned int i;

	group_init(&group, SPEC_ONE_FOR_ONE, 1);
	in.supervisor = &group.supervisor;
	for (i = 0; i < 10; i++) {
		verdict = verdict_of(&in, &group.intensity, &group.backoffs[0]);
		CU_ASSERT_EQUAL(verdict.what, VERDICT_STOP);
		CU_ASSERT_EQUAL(verdict.count, 0);
	}
	in.cause.kind = CAUSE_OOM;
	verdict = verdict_of(&in, &group.intensity, &group.backoffs[0]);
	CU_ASSERT_EQUAL(verdict.what, VERDICT_RESTART);
	CU_ASSERT_EQUAL(group.backoffs[0].n_restarts, 0);
	intensity_deinit(&group.intensity);
}

/* ---- random sequences -------------------------------------------------- */

static uint64_t seed_state;

static uint64_t random_bits(void)
{
	seed_state ^= seed_state << 13;
	seed_state ^= seed_state >> 7;
	seed_state ^= seed_state << 17;
	return seed_state;
}

static uint64_t below(uint64_t n)
{
	return (random_bits() >> 11) % n;
}

static void random_group(struct group *group, unsigned int limit)
{
	size_t i;

	group_init(group, (enum spec_strategy)below(3), limit);
	if (below(2))
		group_backoff(group);
	for (i = 0; i < N_CHILDREN; i++)
		group->children[i].restart = (enum spec_restart)below(3);
	if (below(2))
		group_directive(group, causes[below(N_SOME_CAUSES)].kind,
				(enum spec_directive)below(N_DIRECTIVES));
}

static bool sequence_agrees(unsigned int n_steps)
{
	unsigned int limit = (unsigned int)below(6), step;
	struct naive naive = {};
	struct group group;
	bool fine = true;
	uint64_t now_ns = 0;

	random_group(&group, limit);
	for (step = 0; step < n_steps && fine; step++) {
		struct verdict_input in = {
			.supervisor = &group.supervisor,
			.failed = below(N_CHILDREN),
			.cause = causes[below(N_SOME_CAUSES)],
			.ready = below(4) > 0,
			.coming_up = below(8) == 0,
			.random = random_bits(),
		};
		struct verdict verdict;

		now_ns += below(4) ? below(2 * SECOND) : 5 * SECOND;
		in.now_ns = now_ns;
		in.ran_ns = in.ready ? below(1500 * MS) : 0;
		verdict = verdict_of(&in, &group.intensity,
				     &group.backoffs[in.failed]);
		fine = agrees(&naive, &in, limit, &verdict);
	}
	intensity_deinit(&group.intensity);
	return fine;
}

static void test_random_sequences_agree_with_the_naive_telling(void)
{
	const char *given = getenv("VERDICT_SEED");
	uint64_t first = given ? strtoull(given, NULL, 0) : 20240229;
	unsigned int i, n = given ? 1 : 500;

	for (i = 0; i < n; i++) {
		seed_state = (first + i) * UINT64_C(0x9e3779b97f4a7c15) | 1;
		if (sequence_agrees(400))
			continue;
		harness_note("VERDICT_SEED=%llu",
			     (unsigned long long)first + i);
		CU_FAIL("a sequence disagrees");
		return;
	}
}

static void test_every_verdict_has_a_name(void)
{
	unsigned int i, j;

	for (i = 0; i < N_VERDICTS; i++)
		for (j = 0; j < i; j++)
			CU_ASSERT(strcmp(verdict_name(i), verdict_name(j)));
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_every_combination_is_as_the_design_says),
	HARNESS_TEST(test_rows_of_the_design_hold),
	HARNESS_TEST(test_who_cannot_start_is_left_for_a_lesson),
	HARNESS_TEST(test_only_what_a_sandbox_does_is_left_for_a_lesson),
	HARNESS_TEST(test_the_file_has_the_last_word_about_a_start),
	HARNESS_TEST(test_the_fourth_failure_gives_up_and_says_why),
	HARNESS_TEST(test_what_does_not_restart_is_not_counted),
	HARNESS_TEST(test_random_sequences_agree_with_the_naive_telling),
	HARNESS_TEST(test_every_verdict_has_a_name),
};
HARNESS_MAIN(tests)
