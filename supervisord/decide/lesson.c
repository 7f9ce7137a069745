/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lesson.c - which grants would a process have needed? Pure.
 *
 * From what it wanted to the keys of the file, by a table. What no key gives is
 * said as well, under "call".
 */
#include "supervisord/decide/lesson.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libactorproc/path.h"
#include "supervisord/config/system_calls.h"

/* the keys of calls that have one; the others have none */
static const struct {
	const char *call;
	const char *key;
	const char *value;
} call_keys[] = {
	{ "memfd_create", "memfd", "allow" },
	{ "clone", "pids", "2" },
	{ "clone3", "pids", "2" },
	{ "fork", "kind", "program" },
	{ "vfork", "kind", "program" },
};

char *lesson_path(char *path)
{
	char *to = path, *from = path;
	size_t n;

	while (*from) {
		from += strspn(from, "/");
		n = strcspn(from, "/");
		if (n == 2 && !strncmp(from, "..", 2)) {
			while (to > path && *--to != '/')
				;
		} else if (n > 0 && !(n == 1 && *from == '.')) {
			*to++ = '/';
			memmove(to, from, n);
			to += n;
		}
		from += n;
	}
	if (to == path)
		*to++ = '/';
	*to = '\0';
	return path;
}

static struct lesson_row *find(struct lesson *lesson, const char *key,
			       const char *value)
{
	for (size_t i = 0; i < lesson->n_rows; i++)
		if (!strcmp(lesson->rows[i].key, key) &&
		    !strcmp(lesson->rows[i].value, value))
			return &lesson->rows[i];
	return NULL;
}

static int add(struct lesson *lesson, const char *key, const char *value,
	       size_t length)
{
	char *copy = strndup(value, length);
	struct lesson_row *row;

	if (!copy)
		return -ENOMEM;
	row = find(lesson, key, copy);
	if (row) {
		row->times++;
		free(copy);
	} else if (lesson->n_rows == LESSON_ROWS_MAX) {
		lesson->n_lost++;
		free(copy);
	} else {
		lesson->rows[lesson->n_rows++] = (struct lesson_row){
			.key = key, .value = copy, .times = 1,
		};
	}
	return 0;
}

static int note(struct lesson *lesson, const char *key, const char *value)
{
	return add(lesson, key, value, strlen(value));
}

/* 0: it has none that could be granted */
static size_t folder_length(const char *path)
{
	return (size_t)(strrchr(path, '/') - path);
}

static int note_folder(struct lesson *lesson, const char *path)
{
	size_t n = folder_length(path);

	return n ? add(lesson, "write", path, n) : note(lesson, "call", path);
}

static bool is_loopback(const char *address)
{
	return !strncmp(address, "127.", 4) || !strncmp(address, "[::1]", 5);
}

static int note_address(struct lesson *lesson, const char *key,
			const char *address)
{
	int r = note(lesson, key, address);

	return r < 0 ? r : note(lesson, "network", is_loopback(address) ?
				"loopback" : "host");
}

static int note_call(struct lesson *lesson, const char *call)
{
	for (size_t i = 0; i < sizeof(call_keys) / sizeof(*call_keys); i++)
		if (!strcmp(call_keys[i].call, call))
			return note(lesson, call_keys[i].key,
				    call_keys[i].value);
	return note(lesson, system_call_may_be_granted(call) ? "syscalls" :
			    "call", call);
}

/* what /proc has of processes is another thing for each that looks */
static bool is_of_process(const char *path)
{
	return !strncmp(path, "/proc/self", 10) ||
	       !strncmp(path, "/proc/thread-self", 17) ||
	       (!strncmp(path, "/proc/", 6) && path[6] >= '0' &&
		path[6] <= '9');
}

int lesson_note(struct lesson *lesson, enum lesson_use use, const char *text,
		bool exists)
{
	if (is_of_process(text))
		return note(lesson, "call", text);
	switch (use) {
	case LESSON_READS:
		return exists ? note(lesson, "read", text) : 0;
	case LESSON_WRITES:
		return exists ? note(lesson, "write", text) :
				note_folder(lesson, text);
	case LESSON_MAKES:
		return note_folder(lesson, text);
	case LESSON_CONNECTS:
		return note_address(lesson, "connect", text);
	case LESSON_LISTENS:
		return note_address(lesson, "listen", text);
	case LESSON_SENDS:
		return note(lesson, "network", "host");
	case LESSON_CALLS:
		return note_call(lesson, text);
	}
	return 0;
}

/* ---- the end ------------------------------------------------------------ */

static bool is_path(const struct lesson_row *row)
{
	return *row->value == '/' &&
	       (!strcmp(row->key, "read") || !strcmp(row->key, "write"));
}

/* what may be written may be read; the host's network has a loopback too */
static bool has(const struct lesson_row *row, const struct lesson_row *other)
{
	if (is_path(row) && is_path(other))
		return (!strcmp(row->key, "write") ||
			!strcmp(row->key, other->key)) &&
		       path_is_within(other->value, row->value);
	return !strcmp(row->key, "network") && !strcmp(row->value, "host") &&
	       !strcmp(other->key, "network");
}

static void drop(struct lesson *lesson, size_t i)
{
	free(lesson->rows[i].value);
	lesson->rows[i] = lesson->rows[--lesson->n_rows];
}

static void drop_covered(struct lesson *lesson)
{
	for (size_t i = 0; i < lesson->n_rows; i++)
		for (size_t k = 0; k < lesson->n_rows;)
			if (k != i &&
			    has(&lesson->rows[i], &lesson->rows[k])) {
				lesson->rows[i].times += lesson->rows[k].times;
				drop(lesson, k);
				/* the last has come to its place */
				if (i == lesson->n_rows)
					i = k;
				k = 0;
			} else {
				k++;
			}
}

static bool are_siblings(const struct lesson_row *one,
			 const struct lesson_row *other)
{
	size_t n = folder_length(one->value);

	return is_path(one) && is_path(other) && one->key == other->key &&
	       n == folder_length(other->value) &&
	       !strncmp(one->value, other->value, n);
}

/* never a folder of the host's root: that is not for many of its files */
static bool is_deep(const char *path)
{
	return strchr(path + 1, '/') != strrchr(path, '/');
}

static void join_siblings(struct lesson *lesson)
{
	struct lesson_row *row;
	size_t n;

	for (size_t i = 0; i < lesson->n_rows; i++) {
		row = &lesson->rows[i];
		n = 0;
		for (size_t k = 0; k < lesson->n_rows; k++)
			n += are_siblings(row, &lesson->rows[k]);
		if (n > LESSON_SIBLINGS_MAX && is_deep(row->value))
			row->value[folder_length(row->value)] = '\0';
	}
}

static int compare(const void *a, const void *b)
{
	const struct lesson_row *one = a, *other = b;
	int order = strcmp(one->key, other->key);

	return order ? order : strcmp(one->value, other->value);
}

void lesson_finish(struct lesson *lesson)
{
	join_siblings(lesson);
	drop_covered(lesson);
	qsort(lesson->rows, lesson->n_rows, sizeof(*lesson->rows), compare);
}

void lesson_clear(struct lesson *lesson)
{
	while (lesson->n_rows)
		drop(lesson, lesson->n_rows - 1);
	lesson->n_lost = 0;
}
