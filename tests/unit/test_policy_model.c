/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_policy_model.c - restarts against an executable specification.
 *
 * The model is what supervisord.conf(5) says, as plainly as can be: all
 * restarts there ever were in one list, sums over it, delays by repeated
 * multiplication, children as rows of true and false. It shares no code with
 * decide/. Random supervisors live random lives; time is an argument. The seed
 * is printed; POLICY_SEED=N repeats it, POLICY_ROUNDS=N makes more.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "supervisord/decide/strategy.h"
#include "supervisord/decide/verdict.h"
#include "tests/harness/dice.h"
#include "tests/harness/harness.h"

#define MS UINT64_C(1000000)
#define CHILDREN_MAX 6
#define STEPS 300
#define ROUNDS 400

/* ---- the model: a list, and what can be asked of it ---------------------- */

struct model_restart {
	uint64_t time_ns;
	size_t child;
	unsigned int life;
};

struct model {
	struct model_restart restarts[STEPS];
	size_t n_restarts;
	bool alive[CHILDREN_MAX];
	unsigned int life[CHILDREN_MAX];
	/* of this life, since it was last stable */
	unsigned int in_a_row[CHILDREN_MAX];
};

/* what the model says happens */
struct model_answer {
	enum verdict_what what;
	unsigned int count;
	uint64_t longest_delay_ns;
	bool touched[CHILDREN_MAX];
	bool comes_back[CHILDREN_MAX];
};

static bool model_counts(const struct spec_node *top, const struct model *model,
			 const struct model_restart *restart, size_t failed)
{
	return top->intensity.scope == SPEC_SCOPE_GROUP ||
	       (restart->child == failed &&
		restart->life == model->life[failed]);
}

static unsigned int model_count(const struct spec_node *top,
				const struct model *model, size_t failed,
				uint64_t now_ns)
{
	unsigned int n = 0;

	for (size_t i = 0; i < model->n_restarts; i++)
		n += now_ns <= model->restarts[i].time_ns +
				       top->intensity.period_ns &&
		     model_counts(top, model, &model->restarts[i], failed);
	return n;
}

static uint64_t model_window_ns(const struct spec_node *top,
				const struct model *model, size_t failed,
				uint64_t now_ns)
{
	uint64_t end_ns, left_ns = 0;

	/* the first in the list that still counts is the oldest */
	for (size_t i = model->n_restarts; i-- > 0;) {
		end_ns = model->restarts[i].time_ns + top->intensity.period_ns;
		if (now_ns <= end_ns &&
		    model_counts(top, model, &model->restarts[i], failed))
			left_ns = end_ns - now_ns;
	}
	return left_ns;
}

static bool model_ends_here(const struct spec_node *child,
			    const struct cause *cause)
{
	bool well = cause->kind == CAUSE_EXIT && cause->number == 0;

	if (cause->kind == CAUSE_SECCOMP)
		return true;
	if (child->restart == SPEC_TEMPORARY)
		return true;
	return child->restart == SPEC_TRANSIENT && well;
}

static bool model_shuts_down(const struct spec_node *top,
			     const struct model *model, size_t failed)
{
	bool others = false;

	if (!top->children[failed]->significant)
		return false;
	for (size_t i = 0; i < top->n_children; i++)
		if (i != failed && model->alive[i] &&
		    top->children[i]->significant)
			others = true;
	return top->auto_shutdown == SPEC_ANY_SIGNIFICANT ||
	       (top->auto_shutdown == SPEC_ALL_SIGNIFICANT && !others);
}

static uint64_t model_delay_ns(const struct spec_backoff *backoff,
			       unsigned int in_a_row)
{
	double limit = (double)backoff->min_ns;

	if (!backoff->set || in_a_row == 0)
		return 0;
	while (--in_a_row > 0 && limit < (double)backoff->max_ns)
		limit *= backoff->factor;
	return limit < (double)backoff->max_ns ? (uint64_t)limit :
						 backoff->max_ns;
}

static bool model_in_span(enum spec_strategy strategy, size_t failed, size_t i)
{
	return i == failed || strategy == SPEC_ONE_FOR_ALL ||
	       (strategy == SPEC_REST_FOR_ONE && i > failed);
}

static void model_restart(struct model *model, const struct verdict_input *in,
			  struct model_answer *answer)
{
	const struct spec_node *top = in->supervisor;
	const struct spec_node *child = top->children[in->failed];
	unsigned int *in_a_row = &model->in_a_row[in->failed];

	model->restarts[model->n_restarts++] = (struct model_restart){
		in->now_ns, in->failed, model->life[in->failed]
	};
	if (in->ready && in->ran_ns >= child->backoff.stable_after_ns)
		*in_a_row = 0;
	answer->longest_delay_ns = model_delay_ns(&child->backoff,
						  (*in_a_row)++);
	for (size_t i = 0; i < top->n_children; i++) {
		answer->touched[i] = model_in_span(top->strategy, in->failed,
						   i);
		answer->comes_back[i] = answer->touched[i] &&
			(i == in->failed ||
			 top->children[i]->restart != SPEC_TEMPORARY);
	}
}

static struct model_answer model_judge(struct model *model,
				       const struct verdict_input *in)
{
	const struct spec_node *top = in->supervisor;
	struct model_answer answer = { .what = VERDICT_RESTART };
	unsigned int so_far = model_count(top, model, in->failed, in->now_ns);

	answer.touched[in->failed] = true;
	if (in->coming_up && !in->ready)
		answer.what = VERDICT_FAIL_START;
	else if (model_ends_here(top->children[in->failed], &in->cause))
		answer.what = model_shuts_down(top, model, in->failed) ?
			VERDICT_SHUT_DOWN : VERDICT_STOP;
	else if (so_far + 1 > top->intensity.restarts)
		answer.what = VERDICT_GIVE_UP;
	answer.count = so_far + (answer.what == VERDICT_RESTART ||
				 answer.what == VERDICT_GIVE_UP);
	if (answer.what == VERDICT_RESTART)
		model_restart(model, in, &answer);
	else if (answer.what != VERDICT_STOP)
		memset(answer.touched, true, sizeof(answer.touched));
	return answer;
}

/* ---- the real one beside it ---------------------------------------------- */

struct real {
	struct spec_node top;
	struct spec_node children[CHILDREN_MAX];
	struct spec_node *pointers[CHILDREN_MAX];
	struct intensity intensity;
	struct intensity own[CHILDREN_MAX];
	struct backoff backoffs[CHILDREN_MAX];
};

static uint64_t some_ns(struct dice *dice, unsigned int up_to_ms)
{
	/* often a whole number of them, so that edges are hit */
	if (dice_once_in(dice, 2))
		return dice_below(dice, up_to_ms / 100 + 1) * 100 * MS;
	return dice_below(dice, up_to_ms) * MS + dice_below(dice, 1000000);
}

static void throw_child(struct dice *dice, struct real *real, size_t i)
{
	struct spec_node *child = &real->children[i];

	real->pointers[i] = child;
	child->restart = (enum spec_restart)dice_below(dice, 3);
	if (child->restart != SPEC_PERMANENT && dice_once_in(dice, 2))
		child->significant = SPEC_SIGNIFICANT;
	if (dice_once_in(dice, 2))
		child->backoff = (struct spec_backoff){
			.set = true,
			.min_ns = (1 + dice_below(dice, 5)) * 100 * MS,
			.factor = 1 + dice_below(dice, 5) / 2.0,
			.max_ns = (5 + dice_below(dice, 40)) * 100 * MS,
			.stable_after_ns = (1 + dice_below(dice, 29)) * 100 * MS,
		};
}

static void throw_supervisor(struct dice *dice, struct real *real)
{
	struct spec_node *top = &real->top;

	*real = (struct real){};
	top->children = real->pointers;
	top->n_children = 1 + dice_below(dice, CHILDREN_MAX);
	top->strategy = (enum spec_strategy)dice_below(dice, 3);
	top->auto_shutdown = (enum spec_auto_shutdown)dice_below(dice, 3);
	top->intensity = (struct spec_intensity){
		.restarts = dice_below(dice, 8),
		.period_ns = (1 + dice_below(dice, 50)) * 100 * MS,
		.scope = (enum spec_scope)dice_below(dice, 2),
	};
	for (size_t i = 0; i < top->n_children; i++)
		throw_child(dice, real, i);
	CU_ASSERT_EQUAL_FATAL(intensity_init(&real->intensity,
					     top->intensity.restarts,
					     top->intensity.period_ns), 0);
	for (size_t i = 0; i < top->n_children; i++)
		CU_ASSERT_EQUAL_FATAL(intensity_init(&real->own[i],
						     top->intensity.restarts,
						     top->intensity.period_ns),
				      0);
}

static void real_clear(struct real *real)
{
	intensity_deinit(&real->intensity);
	for (size_t i = 0; i < CHILDREN_MAX; i++)
		intensity_deinit(&real->own[i]);
}

static struct intensity *window_of(struct real *real, size_t i)
{
	return real->top.intensity.scope == SPEC_SCOPE_CHILD ? &real->own[i] :
		&real->intensity;
}

/* its life is over, for both: it begins the next one with nothing on it */
static void begin_life(struct real *real, struct model *model, size_t i)
{
	real->backoffs[i] = (struct backoff){};
	intensity_forget(&real->own[i]);
	model->in_a_row[i] = 0;
	model->life[i]++;
	model->alive[i] = true;
}

static const struct cause causes[] = {
	{ .kind = CAUSE_EXIT, .number = 0 },
	{ .kind = CAUSE_EXIT, .number = 1 },
	{ .kind = CAUSE_SIGNAL, .number = 11 },
	{ .kind = CAUSE_START_TIMEOUT },
	{ .kind = CAUSE_ESCALATED },
	{ .kind = CAUSE_SECCOMP },
};

static const char *difference(const struct real *real,
			      const struct verdict *verdict,
			      const struct model_answer *answer,
			      uint64_t window_ns)
{
	size_t i;

	if (verdict->what != answer->what)
		return "what happens";
	if (verdict->count != answer->count)
		return "the count";
	if (verdict->limit != real->top.intensity.restarts)
		return "the limit";
	if (verdict->window_left_ns != window_ns)
		return "what is left of the window";
	if (verdict->delay_ns > answer->longest_delay_ns ||
	    !verdict->delay_ns != !answer->longest_delay_ns)
		return "the delay";
	for (i = 0; i < real->top.n_children; i++)
		if (answer->touched[i] !=
		    (i >= verdict->first && i <= verdict->last))
			return "who is touched";
	return NULL;
}

static unsigned int n_significant(const struct real *real,
				  const struct model *model, size_t failed)
{
	unsigned int n = 0;

	for (size_t i = 0; i < real->top.n_children; i++)
		n += i != failed && model->alive[i] &&
		     real->children[i].significant;
	return n;
}

/* Return: do the children that strategy.c brings back agree? */
static bool same_return(const struct real *real,
			const struct model_answer *answer, size_t failed)
{
	for (size_t i = 0; i < real->top.n_children; i++)
		if (answer->touched[i] &&
		    strategy_comes_back(&real->children[i], i == failed) !=
			    answer->comes_back[i])
			return false;
	return true;
}

static void apply(struct real *real, struct model *model,
		  const struct model_answer *answer, size_t failed)
{
	size_t i;

	for (i = 0; i < real->top.n_children; i++) {
		if (answer->what == VERDICT_RESTART) {
			if (answer->touched[i] && !answer->comes_back[i])
				model->alive[i] = false;
		} else if (answer->what == VERDICT_STOP) {
			if (i == failed)
				model->alive[i] = false;
		} else {
			begin_life(real, model, i);
		}
	}
	/* who takes the place of one that failed or ended remembers nothing */
	if (answer->what == VERDICT_GIVE_UP ||
	    answer->what == VERDICT_FAIL_START ||
	    answer->what == VERDICT_SHUT_DOWN) {
		intensity_forget(&real->intensity);
		model->n_restarts = 0;
	}
}

static const char *step(struct dice *dice, struct real *real,
			struct model *model, uint64_t *now_ns)
{
	struct verdict_input in = {
		.supervisor = &real->top,
		.failed = dice_below(dice, (unsigned int)real->top.n_children),
		.cause = causes[dice_below(dice, sizeof(causes) /
					   sizeof(causes[0]))],
		.ready = !dice_once_in(dice, 4),
		.coming_up = dice_once_in(dice, 10),
		.random = dice_seed(dice),
	};
	struct model_answer answer;
	struct verdict verdict;
	const char *what;

	*now_ns += dice_once_in(dice, 3) ? 0 : some_ns(dice, 2000);
	in.now_ns = *now_ns;
	in.ran_ns = in.ready ? some_ns(dice, 3000) : 0;
	/* what is over begins anew by hand, which counts nowhere */
	if (!model->alive[in.failed])
		begin_life(real, model, in.failed);
	in.n_significant = n_significant(real, model, in.failed);

	verdict = verdict_of(&in, window_of(real, in.failed),
			     &real->backoffs[in.failed]);
	answer = model_judge(model, &in);
	what = difference(real, &verdict, &answer,
			  model_window_ns(&real->top, model, in.failed,
					  *now_ns));
	if (!what && answer.what == VERDICT_RESTART &&
	    !same_return(real, &answer, in.failed))
		what = "who comes back";
	apply(real, model, &answer, in.failed);
	return what;
}

static bool live(struct dice *dice)
{
	struct model model = {};
	const char *what = NULL;
	uint64_t now_ns = 0;
	struct real real;
	unsigned int n;

	throw_supervisor(dice, &real);
	for (size_t i = 0; i < real.top.n_children; i++)
		model.alive[i] = true;
	for (n = 0; n < STEPS && !what; n++)
		what = step(dice, &real, &model, &now_ns);
	if (what)
		harness_note("step %u: %s differs", n, what);
	real_clear(&real);
	return !what;
}

static uint64_t number_from(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 0) : otherwise;
}

static void test_random_lives_are_as_the_specification_says(void)
{
	uint64_t seed = number_from("POLICY_SEED", (uint64_t)time(NULL));
	uint64_t n = number_from("POLICY_ROUNDS", ROUNDS);
	struct dice dice;

	for (uint64_t i = 0; i < n; i++) {
		dice_load(&dice, seed + i);
		if (live(&dice))
			continue;
		harness_note("POLICY_SEED=%llu repeats it",
			     (unsigned long long)(seed + i));
		CU_FAIL("a supervisor decided otherwise");
		return;
	}
	harness_note("POLICY_SEED=%llu, %llu lives", (unsigned long long)seed,
		     (unsigned long long)n);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_random_lives_are_as_the_specification_says),
};
HARNESS_MAIN(tests)
