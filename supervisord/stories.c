/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * stories.c - a supervisor begins anew: its children can tell why.
 *
 * What had been decided about them has gone with its process. What was decided
 * about itself is in START, for it and all below: the number of that as GROUP, whose
 * failure it was as BECAUSE_OF, so that one decision has one number in all that it
 * touched.
 *
 * When it gave up its parent knows the last of it, by GAVE_UP or START_FAILED:
 * "PATH: CAUSE: TEXT", with a path below. START has that as GAVE_UP for the next
 * process, and for the supervisors below that one; so the culprit shows its own end,
 * and nobody that of a supervisor, which no one has killed.
 *
 * When its head failed, and it was stopped with the siblings of the node, START has
 * the words of that failure, as HEAD_FAILED had.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervisord/config/cause.h"
#include "supervisord/decide/cut.h"
#include "supervisord/head.h"
#include "supervisord/stories.h"

/**
 * struct story - of whom, and what, within one text
 * @path: of the culprit, @n_path bytes
 * @n_top: bytes of the path, in front of the text, of who gave up last
 */
struct story {
	const char *path;
	int n_path;
	int n_top;
	char cause[CAUSE_TEXT_MAX];
	const char *text;
};

static bool is_of_below(const struct child *c)
{
	size_t n = strlen(c->node->path);

	return !strncmp(head_text(c), c->node->path, n) &&
	       head_text(c)[n] == '/';
}

/* one that is new knows what its own supervisor was told of the one before */
static const char *story_for(const struct child *below)
{
	if (below->has_cause && is_of_below(below))
		return head_text(below);
	return below->generation == 0 ? below->supervisor->story : NULL;
}

void stories_put(const struct child *below, struct fields_writer *start)
{
	fields_put_u64(start, "GROUP", below->group);
	fields_put(start, "BECAUSE_OF", below->because_of);
	if (below->in_order && head_is_why(below))
		head_put_cause(start, below->node->path, &below->cause,
			       child_cause_text(below));
	else
		fields_put(start, "GAVE_UP", story_for(below));
}

static char *copy_of(const char *text)
{
	return text ? strdup(text) : NULL;
}

static void take_cause_of_head(struct supervisor *s, const struct fields *start)
{
	struct child *head = supervisor_child(s, CUSTODY_HEAD);

	if (!head || !fields_get(start, "CAUSE"))
		return;
	head_take_cause(head, start, true);
	head->has_cause = true;
}

void stories_take(struct supervisor *s, const struct fields *start)
{
	take_cause_of_head(s, start);
	free(s->story);
	s->story = copy_of(fields_get(start, "GAVE_UP"));
	free(s->begins_for);
	s->begins_for = copy_of(fields_get(start, "BECAUSE_OF"));
	s->begins_group = 0;
	fields_get_u64(start, "GROUP", &s->begins_group);
}

/* "PATH: CAUSE: TEXT"; false: it is none */
static bool read_part(const char *text, struct story *ret)
{
	const char *cause = strstr(text, ": "), *end;

	if (!cause)
		return false;
	ret->path = text;
	ret->n_path = (int)(cause - text);
	cause += 2;
	end = strstr(cause, ": ");
	ret->text = end ? end + 2 : "";
	snprintf(ret->cause, sizeof(ret->cause), "%.*s",
		 end ? (int)(end - cause) : (int)strlen(cause), cause);
	return true;
}

/* who gave up because another did has no cause of its own */
static bool read_story(const char *text, struct story *ret)
{
	struct story inner;

	if (!read_part(text, ret))
		return false;
	ret->n_top = ret->n_path;
	while (ret->n_top > 0 && text[ret->n_top] != '/')
		ret->n_top--;
	while (!strcmp(ret->cause, "escalated") && read_part(ret->text, &inner)) {
		inner.n_top = ret->n_top;
		*ret = inner;
	}
	return true;
}

static bool is_about(const struct story *story, const char *path)
{
	return strlen(path) == (size_t)story->n_path &&
	       !strncmp(path, story->path, (size_t)story->n_path);
}

static bool read_cause(const struct story *story, struct cause *ret)
{
	struct cause_pattern pattern;

	if (cause_pattern_parse(&pattern, story->cause) < 0)
		return false;
	*ret = pattern.cause;
	return true;
}

bool stories_culprit(const struct child *below, const char *path,
		     struct cause *ret)
{
	struct story story;

	return is_of_below(below) && read_story(head_text(below), &story) &&
	       is_about(&story, path) && read_cause(&story, ret);
}

static void take_cause(struct child *c, const struct story *story)
{
	c->has_cause = read_cause(story, &c->cause);
	if (!c->has_cause)
		return;
	cut_middle(child_cause_buffer(c), CHILD_TEXT_BYTES, story->text);
}

/* it has no cause of its own, but for the culprit */
static void tell_giving_up(struct child *c, const struct story *story, char *text,
			   size_t size)
{
	c->has_cause = false;
	if (is_about(story, c->node->path))
		take_cause(c, story);
	snprintf(text, size,
		 "its supervisor gave up, because of %.*s, and began anew; see: actorctl why %.*s",
		 story->n_path, story->path, story->n_top,
		 c->supervisor->story);
}

static void tell_new_beginning(const struct supervisor *s, char *text, size_t size)
{
	if (!s->in_order)
		snprintf(text, size,
			 "its supervisor did not end in good order, and began anew");
	else if (s->begins_for)
		snprintf(text, size,
			 "its supervisor was stopped and began anew, because %s failed",
			 s->begins_for);
	else
		snprintf(text, size,
			 "its supervisor was stopped and began anew, as was asked for");
}

void stories_inherit(struct child *c)
{
	const struct supervisor *s = c->supervisor;
	char text[2 * PATH_MAX + 256];
	struct story story;

	if (s->story && read_story(s->story, &story))
		tell_giving_up(c, &story, text, sizeof(text));
	else
		tell_new_beginning(s, text, sizeof(text));
	child_note(c, "restarting", "restart", NULL, text);
}
