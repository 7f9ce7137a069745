/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * key_types.c - readers for the types that several keys have.
 *
 * The messages say what would be right. Pure.
 */
#include "supervisord/config/key_types.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "libactorproc/path.h"
#include "supervisord/config/suggest.h"
#include "supervisord/config/system_calls.h"
#include "supervisord/config/utf8.h"

/* of one string that execve() takes */
#define TEXT_BYTES_MAX (128 * 1024 - 1)

static void refuse_range(struct reading *r, const struct key *key,
			 const struct yaml_value *value,
			 const char *(*format)(uint64_t, char *))
{
	char min[VALUE_TEXT_MAX], max[VALUE_TEXT_MAX];

	reading_refuse(r, value->mark, "\"%s\" is between %s and %s", key->name,
		       format(key->min, min), format(key->max, max));
}

static bool is_in_range(const struct key *key, uint64_t number)
{
	return number >= key->min && number <= key->max;
}

KEY_READER(key_read_duration)
{
	struct quoted quoted;
	uint64_t ns = 0;
	int e;

	if (!reading_expects(r, value, YAML_KIND_TEXT, "a duration, like 5s"))
		return;

	e = value_duration_parse(value->text, &ns);
	if (e == -ENOMSG)
		reading_refuse(r, value->mark,
			       "%s has no unit: write %ss, %sms or %smin",
			       reading_quote(&quoted, value->text), value->text,
			       value->text, value->text);
	else if (e == -EINVAL)
		reading_refuse(r, value->mark,
			       "%s is not a duration: a whole number and a unit, like 500ms, 5s, 1min or 2h",
			       reading_quote(&quoted, value->text));
	else if (e < 0 || !is_in_range(key, ns))
		refuse_range(r, key, value, value_duration_format);
	else
		*(uint64_t *)ret = ns;
}

KEY_READER(key_read_size)
{
	struct quoted quoted;
	uint64_t bytes = 0;
	int e;

	if (!reading_expects(r, value, YAML_KIND_TEXT, "a size, like 64K"))
		return;

	e = value_size_parse(value->text, &bytes);
	if (e == -EINVAL)
		reading_refuse(r, value->mark,
			       "%s is not a size: bytes, or with a unit like 64K or 1M",
			       reading_quote(&quoted, value->text));
	else if (e < 0 || !is_in_range(key, bytes))
		refuse_range(r, key, value, value_size_format);
	else
		*(uint64_t *)ret = bytes;
}

/* Return: it is one, and in range */
static bool take_count(struct reading *r, const struct key *key,
		       const struct yaml_value *value, uint64_t *ret)
{
	struct quoted quoted;
	int e;

	if (!reading_expects(r, value, YAML_KIND_TEXT, "a whole number"))
		return false;

	e = value_count_parse(value->text, ret);
	if (e == -EINVAL)
		reading_refuse(r, value->mark, "%s is not a whole number",
			       reading_quote(&quoted, value->text));
	else if (e < 0 || !is_in_range(key, *ret))
		reading_refuse(r, value->mark,
			       "\"%s\" is between %llu and %llu", key->name,
			       (unsigned long long)key->min,
			       (unsigned long long)key->max);
	else
		return true;

	return false;
}

KEY_READER(key_read_count)
{
	uint64_t count = 0;

	if (take_count(r, key, value, &count))
		*(uint32_t *)ret = (uint32_t)count;
}

KEY_READER(key_read_large_count)
{
	uint64_t count = 0;

	if (take_count(r, key, value, &count))
		*(uint64_t *)ret = count;
}

KEY_READER(key_read_percent)
{
	struct quoted quoted;
	uint64_t percent = 0;
	int e;

	if (!reading_expects(r, value, YAML_KIND_TEXT, "a share, like 50%"))
		return;

	e = value_percent_parse(value->text, &percent);
	if (e == -ENOMSG)
		reading_refuse(r, value->mark, "%s has no unit: write %s%%",
			       reading_quote(&quoted, value->text),
			       value->text);
	else if (e == -EINVAL)
		reading_refuse(r, value->mark,
			       "%s is not a share: a whole number and %%, like 50%%",
			       reading_quote(&quoted, value->text));
	else if (e < 0 || !is_in_range(key, percent))
		reading_refuse(r, value->mark,
			       "\"%s\" is between %llu%% and %llu%%", key->name,
			       (unsigned long long)key->min,
			       (unsigned long long)key->max);
	else
		*(uint32_t *)ret = (uint32_t)percent;
}

KEY_READER(key_read_factor)
{
	struct quoted quoted;
	double factor = 0;
	int e;

	if (!reading_expects(r, value, YAML_KIND_TEXT, "a number"))
		return;

	e = value_factor_parse(value->text, &factor);
	if (e == -EINVAL)
		reading_refuse(r, value->mark,
			       "%s is not a number, like 2 or 1.5",
			       reading_quote(&quoted, value->text));
	else if (e < 0 || factor < (double)key->min ||
		 factor > (double)key->max)
		reading_refuse(r, value->mark,
			       "\"%s\" is between %llu and %llu", key->name,
			       (unsigned long long)key->min,
			       (unsigned long long)key->max);
	else
		*(double *)ret = factor;
}

/* "one, two or three" in @buffer */
static const char *list_words(const char *const *words, char *buffer)
{
	size_t i;

	buffer[0] = '\0';
	for (i = 0; words[i]; i++) {
		strcat(buffer, words[i]);
		if (words[i + 1])
			strcat(buffer, words[i + 2] ? ", " : " or ");
	}

	return buffer;
}

static void refuse_word(struct reading *r, const struct value_words *words,
			const struct yaml_value *value)
{
	const char *nearest = suggest_from(words->words, value->text);
	struct quoted quoted;
	char list[256];

	if (nearest)
		reading_refuse(r, value->mark,
			       "%s is not %s, did you mean \"%s\"?",
			       reading_quote(&quoted, value->text), words->what,
			       nearest);
	else
		reading_refuse(r, value->mark, "%s is not %s: it is %s",
			       reading_quote(&quoted, value->text), words->what,
			       list_words(words->words, list));
}

KEY_READER(key_read_word)
{
	unsigned int word;

	if (!reading_expects(r, value, YAML_KIND_TEXT, key->words->what))
		return;

	if (value_word_parse(key->words, value->text, &word) < 0)
		refuse_word(r, key->words, value);
	else
		*(unsigned int *)ret = word;
}

/*
 * What refers to it by this name shall not be refused too, and paths made of
 * it shall not grow without bound.
 */
static char *copy_cut(struct reading *r, const char *text)
{
	char *copy = reading_copy(r, text);

	if (copy && strlen(copy) > PATH_NAME_MAX)
		copy[PATH_NAME_MAX] = '\0';

	return copy;
}

KEY_READER(key_read_name)
{
	char **name = ret;
	struct quoted quoted;

	(void)key;
	if (!reading_expects(r, value, YAML_KIND_TEXT, "a name"))
		return;

	if (!path_name_valid(value->text))
		reading_refuse(r, value->mark,
			       "%s is not a name: [a-z0-9][a-z0-9_.-]{0,62}",
			       reading_quote(&quoted, value->text));
	*name = copy_cut(r, value->text);
}

static bool is_text(struct reading *r, const struct yaml_value *item)
{
	if (!reading_expects(r, item, YAML_KIND_TEXT, "text (\"\" when empty)"))
		return false;
	if (strlen(item->text) > TEXT_BYTES_MAX) {
		reading_refuse(r, item->mark, "text longer than 128 KiB");
		return false;
	}

	return true;
}

bool key_text_is_printable(const char *text)
{
	size_t n_left = strlen(text);

	while (n_left > 0) {
		uint32_t c;
		size_t n = utf8_next(text, n_left, &c);

		if (n == 0 || !utf8_printable(c))
			return false;
		text += n;
		n_left -= n;
	}

	return true;
}

static bool has_dots(const char *path)
{
	const char *slash;

	for (slash = path; slash; slash = strchr(slash, '/')) {
		size_t n = strcspn(++slash, "/");

		if ((n == 1 && slash[0] == '.') ||
		    (n == 2 && slash[0] == '.' && slash[1] == '.'))
			return true;
	}

	return false;
}

/* what is wrong with the path of a file, or NULL */
static const char *fault_of_path(const char *path)
{
	if (path[0] != '/')
		return "is not absolute: begin with \"/\"";
	if (path[1] == '\0')
		return "is everything: name what is needed";
	if (strlen(path) >= PATH_MAX)
		return "is too long";
	if (strstr(path, "//") || path[strlen(path) - 1] == '/' ||
	    has_dots(path))
		return "is not a plain path: no \"//\", \".\", \"..\" or \"/\" at its end";
	if (!key_text_is_printable(path))
		return "has control characters";
	if (path_is_within(path, SPEC_OWN_PLACE))
		return "is where its own scratch and state are";

	return NULL;
}

static bool is_path(struct reading *r, const struct yaml_value *item)
{
	const char *fault;
	struct quoted quoted;

	if (!reading_expects(r, item, YAML_KIND_TEXT, "an absolute path"))
		return false;

	fault = fault_of_path(item->text);
	if (fault)
		reading_refuse(r, item->mark, "%s %s",
			       reading_quote(&quoted, item->text), fault);

	return !fault;
}

static void read_list(struct reading *r, const struct yaml_value *list,
		      bool (*is_fine)(struct reading *,
				      const struct yaml_value *),
		      char ***ret)
{
	const struct yaml_value *item;
	char **texts;
	size_t n = 0;

	texts = reading_allocate(r, list->n_values + 1, sizeof(*texts));
	if (!texts)
		return;
	for (item = list->first; item; item = item->next) {
		if (is_fine(r, item))
			texts[n] = reading_copy(r, item->text);
		if (texts[n])
			n++;
	}
	*ret = texts;
}

KEY_READER(key_read_texts)
{
	(void)key;
	if (reading_expects(r, value, YAML_KIND_LIST,
			    "a list, like [one, two]"))
		read_list(r, value, is_text, ret);
}

KEY_READER(key_read_paths)
{
	(void)key;
	if (reading_expects(r, value, YAML_KIND_LIST,
			    "a list of paths, like [/etc/ssl]"))
		read_list(r, value, is_path, ret);
}

static bool is_system_call(struct reading *r, const struct yaml_value *item)
{
	const char *nearest;
	struct quoted quoted;

	if (!reading_expects(r, item, YAML_KIND_TEXT, "a system call's name"))
		return false;
	if (system_call_may_be_granted(item->text))
		return true;
	nearest = system_call_is_kept(item->text) ?
			  NULL :
			  suggest_from(system_calls_grantable(), item->text);
	if (nearest)
		reading_refuse(r, item->mark,
			       "%s is no system call that can be granted; did you mean \"%s\"?",
			       reading_quote(&quoted, item->text), nearest);
	else
		reading_refuse(r, item->mark,
			       "%s is no system call that can be granted: supervisord.conf(5) says which; what makes processes or code needs kind: program",
			       reading_quote(&quoted, item->text));
	return false;
}

KEY_READER(key_read_system_calls)
{
	(void)key;
	if (reading_expects(r, value, YAML_KIND_LIST,
			    "a list of system calls, like [uname]"))
		read_list(r, value, is_system_call, ret);
}

KEY_READER(key_read_inside)
{
	const struct key_table *tables[] = { key->inside, NULL };

	if (reading_expects(r, value, YAML_KIND_MAP, "a mapping"))
		keys_read(r, tables, value, 0, ret);
}
