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
#include "supervisord/config/utf8.h"

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

/* each has what is everybody's: no actor needs all of it */
static const char *const host_folders[] = {
	"/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/lib32", "/lib64",
	"/proc", "/root", "/run", "/sbin", "/sys", "/usr", "/var",
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

/* our file has no text with controls in it, or with what nobody sees */
static bool is_nameable(const char *path)
{
	size_t n_bytes = strlen(path), n;
	uint32_t character;

	for (; n_bytes > 0; path += n, n_bytes -= n) {
		n = utf8_next(path, n_bytes, &character);
		if (n == 0 || !utf8_printable(character))
			return false;
	}
	return true;
}

static int note(struct lesson *lesson, const char *key, const char *value)
{
	if (*value == '/' && !is_nameable(value))
		key = "call";
	return add(lesson, key, value, strlen(value));
}

/* 0: it has none that could be granted */
static size_t folder_length(const char *path)
{
	return (size_t)(strrchr(path, '/') - path);
}

static bool is_of_host(const char *path)
{
	for (size_t i = 0; i < sizeof(host_folders) / sizeof(*host_folders); i++)
		if (!strcmp(path, host_folders[i]))
			return true;
	return false;
}

static int note_path(struct lesson *lesson, const char *key, const char *path)
{
	return note(lesson, is_of_host(path) ? "whole" : key, path);
}

static int note_folder(struct lesson *lesson, const char *path)
{
	size_t n = folder_length(path);
	char *folder;
	int r;

	if (!n)
		return note(lesson, "call", path);
	folder = strndup(path, n);
	r = folder ? note_path(lesson, "write", folder) : -ENOMEM;
	free(folder);
	return r;
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

/* a device has its own key, however it is opened; folders of /dev have none */
static bool is_device(const char *path)
{
	return !strncmp(path, "/dev/", 5) && !strchr(path + 5, '/');
}

int lesson_note(struct lesson *lesson, enum lesson_use use, const char *text,
		bool exists)
{
	if (is_device(text) && (use == LESSON_READS || use == LESSON_WRITES))
		return exists ? note(lesson, "devices", text) : 0;
	if (is_of_process(text))
		return note(lesson, "call", text);
	switch (use) {
	case LESSON_READS:
		return exists ? note_path(lesson, "read", text) : 0;
	case LESSON_EXECUTES:
		return exists ? note_path(lesson, "execute", text) : 0;
	case LESSON_WRITES:
		return exists ? note_path(lesson, "write", text) :
				note_folder(lesson, text);
	case LESSON_SEES:
		return exists ? note(lesson, "sees", text) : 0;
	case LESSON_MAKES:
		return exists ? note(lesson, "sees", text) :
				note_folder(lesson, text);
	case LESSON_REPLACES:
		return note_folder(lesson, text);
	case LESSON_CONNECTS:
		return note_address(lesson, "connect", text);
	case LESSON_LISTENS:
		return note_address(lesson, "listen", text);
	case LESSON_SENDS:
		lesson->sends = true;
		return note(lesson, "network", "host");
	case LESSON_CALLS:
		return note_call(lesson, text);
	}
	return 0;
}

/* once it was another one, with other arguments: no more than both have */
int lesson_call(struct lesson *lesson, const char *name, unsigned int groups)
{
	const char *key = system_call_may_be_granted(name) ? "syscalls" : "call";
	struct lesson_row *row = find(lesson, key, name);
	int r;

	if (row)
		groups &= row->groups;
	r = note_call(lesson, name);
	row = find(lesson, key, name);
	if (row)
		row->groups = groups;
	return r;
}

/* ---- the end ------------------------------------------------------------ */

static bool is_path(const struct lesson_row *row)
{
	return *row->value == '/' &&
	       (!strcmp(row->key, "read") || !strcmp(row->key, "execute") ||
		!strcmp(row->key, "write"));
}

/* what may be executed or written may be read; the host's network has a loopback
 * too */
static bool has(const struct lesson_row *row, const struct lesson_row *other)
{
	if (is_path(row) && is_path(other))
		return (!strcmp(other->key, "read") ||
			!strcmp(row->key, other->key)) &&
		       path_is_within(other->value, row->value);
	return !strcmp(row->key, "network") && !strcmp(row->value, "host") &&
	       !strcmp(other->key, "network");
}

static bool is_seen_by(const struct lesson *lesson, const char *folder)
{
	const struct lesson_row *row;

	for (row = lesson->rows; row < lesson->rows + lesson->n_rows; row++)
		if ((is_path(row) || !strcmp(row->key, "devices")) &&
		    path_is_within(row->value, folder))
			return true;
	return false;
}

static void drop(struct lesson *lesson, size_t i)
{
	free(lesson->rows[i].value);
	lesson->rows[i] = lesson->rows[--lesson->n_rows];
}

/* what is moved to the place of one that goes has to be looked at again */
static bool drop_one_covered(struct lesson *lesson)
{
	for (size_t i = 0; i < lesson->n_rows; i++)
		for (size_t k = 0; k < lesson->n_rows; k++) {
			if (k == i || !has(&lesson->rows[i], &lesson->rows[k]))
				continue;
			lesson->rows[i].times += lesson->rows[k].times;
			drop(lesson, k);
			return true;
		}
	return false;
}

static void drop_covered(struct lesson *lesson)
{
	while (drop_one_covered(lesson))
		;
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

/* one folder: the others in it go before the next is looked for, or they would
 * count as siblings of it, and so on up to the root */
static bool join_some_siblings(struct lesson *lesson)
{
	struct lesson_row *row;
	size_t n;

	for (size_t i = 0; i < lesson->n_rows; i++) {
		row = &lesson->rows[i];
		n = 0;
		for (size_t k = 0; k < lesson->n_rows; k++)
			n += are_siblings(row, &lesson->rows[k]);
		if (n > LESSON_SIBLINGS_MAX && is_deep(row->value)) {
			row->value[folder_length(row->value)] = '\0';
			return true;
		}
	}
	return false;
}

/* ---- its network -------------------------------------------------------- */

static bool listens_there(const struct lesson *lesson, const char *address)
{
	for (size_t i = 0; i < lesson->n_rows; i++)
		if (!strcmp(lesson->rows[i].key, "listen") &&
		    !strcmp(lesson->rows[i].value, address))
			return true;
	return false;
}

/* in a network of its own there is only what it has begun itself */
static bool needs_others(const struct lesson *lesson)
{
	for (size_t i = 0; i < lesson->n_rows; i++)
		if (!strcmp(lesson->rows[i].key, "connect") &&
		    !listens_there(lesson, lesson->rows[i].value))
			return true;
	return false;
}

static int widen_network(struct lesson *lesson)
{
	struct lesson_row *row = find(lesson, "network", "loopback");
	char *host;

	if (!row || find(lesson, "network", "host"))
		return 0;
	host = strdup("host");
	if (!host)
		return -ENOMEM;
	free(row->value);
	row->value = host;
	return 0;
}

/* those are keys for whom the system makes its connections, and for all of them */
static void settle_network(struct lesson *lesson)
{
	if (needs_others(lesson) && widen_network(lesson) < 0)
		lesson->n_lost++;
	if (!lesson->is_program && !lesson->sends)
		return;
	for (size_t i = 0; i < lesson->n_rows; i++)
		if (!strcmp(lesson->rows[i].key, "connect"))
			lesson->rows[i].key = "connects";
		else if (!strcmp(lesson->rows[i].key, "listen"))
			lesson->rows[i].key = "listens";
}

static int compare(const void *a, const void *b)
{
	const struct lesson_row *one = a, *other = b;
	int order = strcmp(one->key, other->key);

	return order ? order : strcmp(one->value, other->value);
}

/* what is on the way to what it may have is there anyway */
static void settle_seen(struct lesson *lesson)
{
	struct lesson_row *row;

	for (size_t i = lesson->n_rows; i-- > 0;) {
		row = &lesson->rows[i];
		if (strcmp(row->key, "sees"))
			continue;
		if (is_seen_by(lesson, row->value))
			drop(lesson, i);
		else
			row->key = is_of_host(row->value) ? "whole" : "read";
	}
}

void lesson_finish(struct lesson *lesson)
{
	settle_seen(lesson);
	drop_covered(lesson);
	while (join_some_siblings(lesson))
		drop_covered(lesson);
	settle_network(lesson);
	qsort(lesson->rows, lesson->n_rows, sizeof(*lesson->rows), compare);
}

/* whose file says where, for that the system listens; or it has the network */
static bool is_done_for(const struct lesson *lesson,
			const struct lesson_row *row)
{
	if (strcmp(row->key, "syscalls") || strcmp(row->value, "listen"))
		return false;
	for (size_t i = 0; i < lesson->n_rows; i++)
		if (!strcmp(lesson->rows[i].key, "listen"))
			return true;
	return false;
}

static void mark_done_for(struct lesson *lesson, unsigned int groups)
{
	for (size_t i = 0; i < lesson->n_rows; i++)
		if (is_done_for(lesson, &lesson->rows[i]))
			lesson->rows[i].groups |= groups;
}

void lesson_drop_calls(struct lesson *lesson, unsigned int groups)
{
	size_t n = 0;

	mark_done_for(lesson, groups);
	for (size_t i = 0; i < lesson->n_rows; i++)
		if (lesson->rows[i].groups & groups)
			free(lesson->rows[i].value);
		else
			lesson->rows[n++] = lesson->rows[i];
	lesson->n_rows = n;
}

void lesson_clear(struct lesson *lesson)
{
	while (lesson->n_rows)
		drop(lesson, lesson->n_rows - 1);
	lesson->n_lost = 0;
	lesson->sends = false;
}
