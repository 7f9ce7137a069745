/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * yaml.c - text to a tree of values that know where they stood.
 *
 * libyaml's events, read with one function a kind of value. What YAML allows
 * and the subset does not is reported and read over, so that one run tells
 * everything; what is not YAML ends the run. It knows no key. Pure.
 *
 * libyaml exports yaml_free() and the like: names here have a noun more.
 */
#include "supervisord/config/yaml.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "supervisord/config/errors.h"
#include "supervisord/config/text.h"

struct reader {
	yaml_parser_t parser;
	yaml_event_t event;		/* the one in hand */
	struct config_errors *errors;
	unsigned int depth;
};

static int read_value(struct reader *r, struct yaml_value **ret);

const char *yaml_kind_name(enum yaml_kind kind)
{
	static const char *const names[] = {
		[YAML_KIND_TEXT] = "text",
		[YAML_KIND_LIST] = "a list",
		[YAML_KIND_MAP] = "a mapping",
		[YAML_KIND_REFUSED] = "nothing",
	};

	return names[kind];
}

struct yaml_value *yaml_value_free(struct yaml_value *value)
{
	struct yaml_value *next;

	for (; value; value = next) {
		next = value->next;
		yaml_value_free(value->first);
		free(value->key);
		free(value->text);
		free(value);
	}

	return NULL;
}

const struct yaml_value *yaml_value_find(const struct yaml_value *map,
					 const char *key)
{
	const struct yaml_value *value;

	for (value = map->first; value; value = value->next) {
		if (value->key && strcmp(value->key, key) == 0)
			return value;
	}

	return NULL;
}

static struct spec_mark mark_of(yaml_mark_t mark)
{
	return (struct spec_mark){
		.line = (unsigned int)mark.line + 1,
		.column = (unsigned int)mark.column + 1,
	};
}

/* what libyaml says, and what it means to who wrote the file */
static const struct {
	const char *problem;
	const char *meaning;
} meanings[] = {
	{ "did not find expected key",
	  "expected a key here: is the indentation right?" },
	{ "found a tab character that violates indentation",
	  "a tab cannot indent: use spaces" },
	{ "did not find expected '-' indicator",
	  "expected \"- \" here: is the indentation right?" },
	{ "mapping values are not allowed in this context",
	  "a \":\" cannot stand here: is the indentation right, or are quotes missing?" },
	{ "block sequence entries are not allowed in this context",
	  "a \"- \" cannot stand here: a list begins on a line of its own" },
	{ "could not find expected ':'",
	  "expected \":\" after the key" },
	{ "did not find expected ',' or ']'",
	  "expected \",\" or \"]\"" },
	{ "did not find expected ',' or '}'",
	  "expected \",\" or \"}\"" },
	{ "did not find expected node content",
	  "expected a value here" },
	{ "found unexpected end of stream",
	  "a quote is never closed" },
	{ "found unknown escape character",
	  "unknown escape in quotes: write \\\\ for a backslash, or use '…'" },
	{ "found unknown directive name",
	  "directives (%…) are not part of this format" },
	{ "found incompatible YAML document",
	  "directives (%…) are not part of this format" },
	{ "did not find expected <document start>",
	  "expected the end of the file, or \"key: value\"" },
};

#define N_MEANINGS (sizeof(meanings) / sizeof(meanings[0]))

static const char *meaning_of(const char *problem)
{
	size_t i;

	for (i = 0; i < N_MEANINGS; i++) {
		if (strcmp(meanings[i].problem, problem) == 0)
			return meanings[i].meaning;
	}

	return problem;
}

/* a token began with what none can begin with */
static int report_start(struct reader *r, struct spec_mark mark)
{
	char c = (char)*r->parser.buffer.pointer;

	if (c == '\t')
		return config_errors_add(r->errors, mark,
					 "a tab cannot indent: use spaces");

	return config_errors_add(r->errors, mark,
				 "text cannot begin with \"%c\": quote it", c);
}

/* Return: -EINVAL, reported; -ENOMEM */
static int report_problem(struct reader *r)
{
	yaml_parser_t *parser = &r->parser;
	const char *problem = parser->problem ? parser->problem : "not YAML";
	struct spec_mark mark = mark_of(parser->problem_mark);
	unsigned int began = (unsigned int)parser->context_mark.line + 1;
	int e;

	if (parser->error == YAML_MEMORY_ERROR)
		return -ENOMEM;

	if (strcmp(problem, "found character that cannot start any token") == 0)
		e = report_start(r, mark);
	else if (parser->context && began < mark.line)
		e = config_errors_add(r->errors, mark,
				      "%s (in what began in line %u)",
				      meaning_of(problem), began);
	else
		e = config_errors_add(r->errors, mark, "%s",
				      meaning_of(problem));

	return e < 0 ? e : -EINVAL;
}

/* puts the next event in hand. Return: 0; -EINVAL, reported; -ENOMEM */
static int next_event(struct reader *r)
{
	yaml_event_delete(&r->event);
	if (!yaml_parser_parse(&r->parser, &r->event))
		return report_problem(r);

	return 0;
}

static int refuse(struct reader *r, const char *message)
{
	return config_errors_add(r->errors, mark_of(r->event.start_mark), "%s",
				 message);
}

/* anchors and tags are errors, and then as if they were not there */
static int refuse_properties(struct reader *r, const yaml_char_t *anchor,
			     const yaml_char_t *tag)
{
	int e = 0;

	if (anchor)
		e = refuse(r, "anchors (&…) are not part of this format: write the value again");
	if (e == 0 && tag)
		e = refuse(r, "tags (!…) are not part of this format: values need none");

	return e;
}

static struct yaml_value *value_new(struct reader *r, enum yaml_kind kind)
{
	struct yaml_value *value = calloc(1, sizeof(*value));

	if (value) {
		value->kind = kind;
		value->mark = mark_of(r->event.start_mark);
	}

	return value;
}

static bool has_nul(const yaml_event_t *scalar)
{
	return memchr(scalar->data.scalar.value, '\0',
		      scalar->data.scalar.length) != NULL;
}

static int fill_text(struct reader *r, struct yaml_value *value)
{
	const yaml_event_t *event = &r->event;
	int e;

	e = refuse_properties(r, event->data.scalar.anchor,
			      event->data.scalar.tag);
	if (e < 0)
		return e;
	if (has_nul(event)) {
		value->kind = YAML_KIND_REFUSED;
		return refuse(r, "text cannot hold a NUL byte");
	}
	value->text = strdup((const char *)event->data.scalar.value);
	value->empty = event->data.scalar.length == 0 &&
		       event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;

	return value->text ? 0 : -ENOMEM;
}

static int fill_list(struct reader *r, struct yaml_value *list)
{
	struct yaml_value **end = &list->first;
	int e;

	e = refuse_properties(r, r->event.data.sequence_start.anchor,
			      r->event.data.sequence_start.tag);

	while (e == 0) {
		e = next_event(r);
		if (e < 0 || r->event.type == YAML_SEQUENCE_END_EVENT)
			break;
		e = read_value(r, end);
		if (e == 0) {
			end = &(*end)->next;
			list->n_values++;
		}
	}

	return e;
}

/* Return: 1: a key that can be used; 0: reported; -ENOMEM */
static int check_key(struct reader *r)
{
	const yaml_event_t *event = &r->event;
	int e;

	if (event->type == YAML_ALIAS_EVENT)
		return refuse(r, "aliases (*…) are not part of this format");
	if (event->type != YAML_SCALAR_EVENT)
		return refuse(r, "a key must be text");
	e = refuse_properties(r, event->data.scalar.anchor,
			      event->data.scalar.tag);
	if (e < 0)
		return e;
	if (has_nul(event))
		return refuse(r, "text cannot hold a NUL byte");
	if (event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	    strcmp((const char *)event->data.scalar.value, "<<") == 0)
		return refuse(r, "merge keys (<<) are not part of this format");

	return 1;
}

/* the key in hand. *@ret_key is NULL where it was refused and read over */
static int read_key(struct reader *r, char **ret_key)
{
	struct yaml_value *over = NULL;
	int e;

	*ret_key = NULL;
	e = check_key(r);
	if (e < 0)
		return e;
	if (e > 0) {
		*ret_key = strdup((const char *)r->event.data.scalar.value);
		return *ret_key ? 0 : -ENOMEM;
	}
	if (r->event.type == YAML_ALIAS_EVENT ||
	    r->event.type == YAML_SCALAR_EVENT)
		return 0;
	e = read_value(r, &over);
	yaml_value_free(over);

	return e;
}

/* key and value, appended at @end; *@end stays NULL for a refused key */
static int read_pair(struct reader *r, struct yaml_value **end)
{
	struct spec_mark mark = mark_of(r->event.start_mark);
	char *key;
	int e;

	e = read_key(r, &key);
	if (e == 0)
		e = next_event(r);
	if (e == 0)
		e = read_value(r, end);
	if (e < 0) {
		free(key);
		return e;
	}

	(*end)->key = key;
	(*end)->key_mark = mark;
	if (!key)
		*end = yaml_value_free(*end);

	return 0;
}

static int by_key(const void *one, const void *other)
{
	const struct yaml_value *a = *(struct yaml_value *const *)one;
	const struct yaml_value *b = *(struct yaml_value *const *)other;
	int order = strcmp(a->key, b->key);

	if (order != 0)
		return order;
	if (a->key_mark.line != b->key_mark.line)
		return a->key_mark.line < b->key_mark.line ? -1 : 1;

	return a->key_mark.column < b->key_mark.column ? -1 : 1;
}

/* equal keys are neighbours in @sorted, the first of the file in front */
static int mark_duplicates(struct reader *r, struct yaml_value **sorted,
			   size_t n)
{
	const struct yaml_value *first = sorted[0];
	size_t i;
	int e;

	for (i = 1; i < n; i++) {
		if (strcmp(sorted[i]->key, first->key) != 0) {
			first = sorted[i];
			continue;
		}
		e = config_errors_add(r->errors, sorted[i]->key_mark,
				      "key \"%.*s\" is there twice, first in line %u",
				      ERRORS_QUOTE_MAX, first->key,
				      first->key_mark.line);
		if (e < 0)
			return e;
		sorted[i]->kind = YAML_KIND_REFUSED;
	}

	return 0;
}

static int refuse_duplicates(struct reader *r, struct yaml_value *map)
{
	struct yaml_value **sorted, *value;
	size_t n = 0;
	int e;

	if (map->n_values < 2)
		return 0;
	sorted = calloc(map->n_values, sizeof(*sorted));
	if (!sorted)
		return -ENOMEM;

	for (value = map->first; value; value = value->next)
		sorted[n++] = value;
	qsort(sorted, n, sizeof(*sorted), by_key);
	e = mark_duplicates(r, sorted, n);
	free(sorted);

	return e;
}

static int fill_map(struct reader *r, struct yaml_value *map)
{
	struct yaml_value **end = &map->first;
	int e;

	e = refuse_properties(r, r->event.data.mapping_start.anchor,
			      r->event.data.mapping_start.tag);

	while (e == 0) {
		e = next_event(r);
		if (e < 0 || r->event.type == YAML_MAPPING_END_EVENT)
			break;
		e = read_pair(r, end);
		if (e == 0 && *end) {
			end = &(*end)->next;
			map->n_values++;
		}
	}

	return e < 0 ? e : refuse_duplicates(r, map);
}

static int fill_nested(struct reader *r, struct yaml_value *value)
{
	int e;

	if (r->depth == CONFIG_DEPTH_MAX) {
		e = refuse(r, "nested more than 64 levels deep");
		return e < 0 ? e : -EINVAL;
	}

	r->depth++;
	e = value->kind == YAML_KIND_LIST ? fill_list(r, value) :
					    fill_map(r, value);
	r->depth--;

	return e;
}

/* the value that begins with the event in hand, up to its last event */
static int read_value(struct reader *r, struct yaml_value **ret)
{
	enum yaml_kind kind = YAML_KIND_REFUSED;
	struct yaml_value *value;
	int e;

	if (r->event.type == YAML_SCALAR_EVENT)
		kind = YAML_KIND_TEXT;
	else if (r->event.type == YAML_SEQUENCE_START_EVENT)
		kind = YAML_KIND_LIST;
	else if (r->event.type == YAML_MAPPING_START_EVENT)
		kind = YAML_KIND_MAP;

	value = value_new(r, kind);
	if (!value)
		return -ENOMEM;
	if (kind == YAML_KIND_TEXT)
		e = fill_text(r, value);
	else if (kind == YAML_KIND_REFUSED)
		e = refuse(r, "aliases (*…) are not part of this format: write the value again");
	else
		e = fill_nested(r, value);
	if (e < 0) {
		yaml_value_free(value);
		return e;
	}
	*ret = value;

	return 0;
}

static int refuse_directives(struct reader *r)
{
	if (!r->event.data.document_start.version_directive &&
	    r->event.data.document_start.tag_directives.start ==
	    r->event.data.document_start.tag_directives.end)
		return 0;

	return refuse(r, "directives (%…) are not part of this format");
}

static int read_document(struct reader *r, struct yaml_value **ret)
{
	int e;

	e = refuse_directives(r);
	if (e == 0)
		e = next_event(r);
	if (e == 0)
		e = read_value(r, ret);
	if (e == 0)
		e = next_event(r);	/* the document's end */
	if (e == 0)
		e = next_event(r);
	if (e == 0 && r->event.type != YAML_STREAM_END_EVENT)
		e = refuse(r, "a second document (---): one file has one");

	return e;
}

static int read_stream(struct reader *r, struct yaml_value **ret)
{
	int e;

	e = next_event(r);		/* the stream's start */
	if (e == 0)
		e = next_event(r);
	if (e < 0)
		return e;
	if (r->event.type == YAML_STREAM_END_EVENT)
		return refuse(r, "the file is empty");

	return read_document(r, ret);
}

int yaml_value_parse(const char *text, size_t n_bytes,
		     struct config_errors *errors,
		     struct yaml_value **ret)
{
	struct reader r = { .errors = errors };
	struct yaml_value *value = NULL;
	bool clean;
	int e;

	*ret = NULL;
	e = text_check(text, n_bytes, errors, &clean);
	if (e < 0 || !clean)
		return e;
	if (!yaml_parser_initialize(&r.parser))
		return -ENOMEM;

	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)text,
				     n_bytes);
	e = read_stream(&r, &value);
	yaml_event_delete(&r.event);
	yaml_parser_delete(&r.parser);
	if (e < 0)
		value = yaml_value_free(value);
	*ret = value;

	return e == -EINVAL ? 0 : e;
}
