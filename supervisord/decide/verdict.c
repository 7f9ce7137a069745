/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * verdict.c - a child failed: what happens now?
 *
 * Joins the other files here in the order of the design: the directive for the
 * cause, the restart type, the intensity, the backoff, the strategy; and, of a
 * life that ends, whether it was significant. Each step may end it; only a
 * restart that happens is counted. Pure.
 */
#include "supervisord/decide/directive.h"
#include "supervisord/decide/restart.h"
#include "supervisord/decide/significance.h"
#include "supervisord/decide/strategy.h"
#include "supervisord/decide/verdict.h"

static const char *const names[N_VERDICTS] = {
#define X(symbol, name) [VERDICT_##symbol] = (name),
	VERDICTS(X)
#undef X
};

static const struct spec_node *failed_child(const struct verdict_input *input)
{
	return input->supervisor->children[input->failed];
}

static bool has_word_for_it(const struct verdict_input *input)
{
	const struct spec_node *child = failed_child(input);
	const struct spec_directive_row *row;

	row = directive_row(child->directives, child->n_directives,
			    &input->cause);
	return row && row->directive != SPEC_DIRECTIVE_RESUME;
}

/* can it be that something was forbidden? */
static bool comes_of_a_sandbox(const struct cause *cause)
{
	switch (cause->kind) {
	case CAUSE_EXIT:
	case CAUSE_SIGNAL:
	case CAUSE_SECCOMP:
	case CAUSE_START_TIMEOUT:	/* of what it cannot get, it tries for ever */
		return true;
	case CAUSE_START_FAILED:
	case CAUSE_REPORTED:
		return !cause_errno_is_shortage(cause->number);
	case CAUSE_OOM:
	case CAUSE_WATCHDOG:
	case CAUSE_PROTOCOL:
	case CAUSE_SUPERVISOR:
	case CAUSE_ESCALATED:
		return false;
	}
	return false;
}

/* another start would come to the same, and a fall of all leaves nobody to learn */
static bool waits_for_a_lesson(const struct verdict_input *input)
{
	return input->learning && !input->ready && !has_word_for_it(input) &&
	       comes_of_a_sandbox(&input->cause);
}

/*
 * While its group comes up for the first time, a child that cannot start fails
 * the group, as in OTP, unless the file has another word for the cause. Later
 * the same is a crash like any other.
 */
static bool fails_start(const struct verdict_input *input)
{
	return input->coming_up && !input->ready && !has_word_for_it(input);
}

static enum spec_directive directive(const struct verdict_input *input)
{
	const struct spec_node *child = failed_child(input);
	enum spec_directive found;

	found = directive_for(child->directives, child->n_directives,
			      &input->cause);
	/* what was never ready has nothing to go on with */
	if (found == SPEC_DIRECTIVE_RESUME && !input->ready)
		return SPEC_DIRECTIVE_RESTART;
	return found;
}

static enum verdict_what what_of(const struct verdict_input *input,
				 enum spec_directive found)
{
	if (waits_for_a_lesson(input))
		return VERDICT_STOP;
	if (fails_start(input))
		return VERDICT_FAIL_START;

	switch (found) {
	case SPEC_DIRECTIVE_RESUME:
		return VERDICT_RESUME;
	case SPEC_DIRECTIVE_STOP:
		return VERDICT_STOP;
	case SPEC_DIRECTIVE_ESCALATE:
		return VERDICT_GIVE_UP;
	case SPEC_DIRECTIVE_RESTART:
		break;
	}
	return restart_wanted(failed_child(input)->restart, &input->cause)
		       ? VERDICT_RESTART
		       : VERDICT_STOP;
}

static void span(const struct verdict_input *input, struct verdict *verdict)
{
	const struct spec_node *supervisor = input->supervisor;
	enum spec_strategy strategy = SPEC_ONE_FOR_ONE;

	switch (verdict->what) {
	case VERDICT_RESUME:
	case VERDICT_STOP:
	case VERDICT_ESCALATE:
	case N_VERDICTS:
		break;
	case VERDICT_RESTART:
		strategy = supervisor->strategy;
		break;
	case VERDICT_FAIL_START:
	case VERDICT_GIVE_UP:
	case VERDICT_SHUT_DOWN:
		strategy = SPEC_ONE_FOR_ALL;
		break;
	}
	strategy_span(strategy, input->failed, supervisor->n_children,
		      &verdict->first, &verdict->last);
}

struct verdict verdict_of(const struct verdict_input *input,
			  struct intensity *intensity, struct backoff *backoff)
{
	const struct spec_node *child = failed_child(input);
	struct verdict verdict = { .limit = intensity->limit };
	unsigned int refused = 0;

	verdict.directive = directive(input);
	verdict.what = what_of(input, verdict.directive);
	if (verdict.what == VERDICT_RESTART &&
	    intensity_note(intensity, input->now_ns) == INTENSITY_EXCEEDED) {
		verdict.what = VERDICT_GIVE_UP;
		refused = 1;
	}
	if (verdict.what == VERDICT_STOP && !waits_for_a_lesson(input) &&
	    significance_shuts_down(input->supervisor, child,
				    input->n_significant))
		verdict.what = VERDICT_SHUT_DOWN;
	if (verdict.what == VERDICT_RESTART)
		verdict.delay_ns = backoff_next_ns(backoff, &child->backoff,
						   input->ran_ns,
						   input->random);
	verdict.count = intensity_count(intensity, input->now_ns) + refused;
	verdict.window_left_ns =
		intensity_window_left_ns(intensity, input->now_ns);
	span(input, &verdict);
	return verdict;
}

const char *verdict_name(enum verdict_what what)
{
	return names[what];
}
