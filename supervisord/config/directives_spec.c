/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * directives_spec.c - reads `directives:`: what to do about which cause.
 *
 * Its keys are causes, not rows of a table: cause.c knows them. Pure.
 */
#include "supervisord/config/directives_spec.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervisord/config/start_steps.h"
#include "supervisord/config/suggest.h"

#define DIRECTIVES_MAX 256

static void offer_signals(struct suggest *s, const char *signal)
{
	int number;

	suggest_begin(s, strncmp(signal, "SIG", 3) == 0 ? signal + 3 : signal);
	for (number = 1; number < NSIG; number++) {
		const char *name = cause_signal_name(number);

		if (name)
			suggest_offer(s, name);
	}
}

static void offer_kinds(struct suggest *s, const char *kind)
{
	int i;

	suggest_begin(s, kind);
	for (i = 0; cause_kind_name((enum cause_kind)i); i++)
		suggest_offer(s, cause_kind_name((enum cause_kind)i));
}

static void refuse_cause(struct reading *r, const struct yaml_value *value)
{
	bool is_signal = strncmp(value->key, "signal:", 7) == 0;
	struct quoted quoted;
	struct suggest s;
	char kind[32];

	snprintf(kind, sizeof(kind), "%.*s", (int)strcspn(value->key, ":"),
		 value->key);
	if (is_signal)
		offer_signals(&s, value->key + 7);
	else
		offer_kinds(&s, kind);

	reading_quote(&quoted, value->key);
	if (s.nearest && strcmp(s.nearest, kind) == 0)
		reading_refuse(r, value->key_mark,
			       "%s: \"%s\" is not followed by that", quoted.text,
			       kind);
	else if (s.nearest)
		reading_refuse(r, value->key_mark,
			       "%s is not a cause, did you mean \"%s%s%s\"?",
			       quoted.text, is_signal ? "signal:" : "",
			       s.nearest,
			       is_signal ? "" : value->key + strlen(kind));
	else
		reading_refuse(r, value->key_mark,
			       "%s is not a cause, like exit:1, signal:SEGV, seccomp, oom or reported",
			       quoted.text);
}

static bool is_word_of(const char *const *words, const char *word)
{
	for (; *words; words++)
		if (strcmp(*words, word) == 0)
			return true;

	return false;
}

/* a call without a name has its number, and a newer kernel more of them */
static bool is_number(const char *text)
{
	return text[strspn(text, "0123456789")] == '\0';
}

static void refuse_word(struct reading *r, const struct yaml_value *value,
			const char *const *words, const char *what)
{
	const char *word = strchr(value->key, ':') + 1;
	size_t n_word = strcspn(word, ":");
	struct quoted quoted;
	struct suggest s;
	char only[32];

	snprintf(only, sizeof(only), "%.*s", (int)n_word, word);
	suggest_begin(&s, only);
	for (; *words; words++)
		suggest_offer(&s, *words);
	reading_quote(&quoted, value->key);
	if (s.nearest)
		reading_refuse(r, value->key_mark,
			       "%s never happens: \"%s\" is not %s, did you mean \"%.*s%s%s\"?",
			       quoted.text, only, what,
			       (int)(word - value->key), value->key, s.nearest,
			       word + n_word);
	else
		reading_refuse(r, value->key_mark,
			       "%s never happens: \"%s\" is not %s",
			       quoted.text, only, what);
}

static void check_system_call(struct reading *r, const struct yaml_value *value,
			      const char *name)
{
	const char *const *calls =
		r->source->system_calls ? r->source->system_calls() : NULL;

	if (calls && !is_word_of(calls, name))
		refuse_word(r, value, calls, "a system call");
}

/* what could never match would be trusted in vain */
static void check_word(struct reading *r, const struct yaml_value *value,
		       const struct cause_pattern *pattern)
{
	const struct cause *cause = &pattern->cause;

	if (pattern->whole || r->source->judged)
		return;
	if (cause->kind == CAUSE_START_FAILED &&
	    !is_word_of(start_steps(), cause->text))
		refuse_word(r, value, start_steps(), "a step of a start");
	if (cause->kind == CAUSE_SECCOMP && !is_number(cause->text))
		check_system_call(r, value, cause->text);
}

static bool is_same(const struct cause_pattern *one,
		    const struct cause_pattern *other)
{
	return one->whole == other->whole &&
	       one->cause.kind == other->cause.kind &&
	       one->cause.number == other->cause.number &&
	       strcmp(one->cause.text, other->cause.text) == 0;
}

/* two spellings of one cause; equal ones are yaml.c's to find */
static bool is_known(const struct spec_node *node,
		     const struct cause_pattern *pattern)
{
	size_t i;

	for (i = 0; i < node->n_directives; i++) {
		if (is_same(&node->directives[i].pattern, pattern))
			return true;
	}

	return false;
}

static const struct key word = { .words = &value_directives };

static void read_row(struct reading *r, const struct yaml_value *value,
		     struct spec_node *node)
{
	struct spec_directive_row row = { .directive = SPEC_DIRECTIVE_RESTART };
	struct quoted quoted;

	if (value->kind == YAML_KIND_REFUSED)
		return;
	key_read_word(r, &word, value, &row.directive);
	if (cause_pattern_parse(&row.pattern, value->key) < 0) {
		refuse_cause(r, value);
		return;
	}

	check_word(r, value, &row.pattern);
	if (row.pattern.cause.kind == CAUSE_SUPERVISOR && !r->source->judged)
		reading_refuse(r, value->key_mark,
			       "nothing is decided for %s: who dies with its supervisor starts with the next one",
			       reading_quote(&quoted, value->key));
	if (is_known(node, &row.pattern))
		reading_refuse(r, value->key_mark,
			       "%s is there already, in another spelling",
			       reading_quote(&quoted, value->key));
	if (row.directive == SPEC_DIRECTIVE_RESUME &&
	    row.pattern.cause.kind != CAUSE_REPORTED)
		reading_refuse(r, value->mark,
			       "only \"reported\" failures can be resumed: after %s there is no process",
			       reading_quote(&quoted, value->key));
	node->directives[node->n_directives++] = row;
}

KEY_READER(directives_spec_read)
{
	struct spec_node *node = ret;
	const struct yaml_value *row;

	(void)key;
	if (!reading_expects(r, value, YAML_KIND_MAP,
			     "a mapping of causes, like { \"signal:SEGV\": stop }"))
		return;
	if (value->n_values > DIRECTIVES_MAX) {
		reading_refuse(r, value->key_mark, "more than %d directives",
			       DIRECTIVES_MAX);
		return;
	}

	node->directives = reading_allocate(r, value->n_values + 1,
					    sizeof(*node->directives));
	for (row = value->first; row && node->directives; row = row->next)
		read_row(r, row, node);
}
