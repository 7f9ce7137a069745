/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * spool.c - what the journal has not confirmed, as JSON lines in a file.
 *
 * Reads and writes one file whose descriptor it was given. It may hold
 * anything: whoever writes in the state directory could have changed it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "actors/system/dead-letters/spool.h"
#include "actors/system/record_json.h"
#include "actors/system/timestamp.h"

static char chunk[SPOOL_LINE_MAX];

/* a line torn by a crash must not swallow the one after it */
static int end_last_line(struct spool *spool)
{
	char last;

	if (spool->end == 0)
		return 0;
	if (pread(spool->fd, &last, 1, spool->end - 1) != 1)
		return -EIO;
	if (last == '\n')
		return 0;
	if (write(spool->fd, "\n", 1) != 1)
		return -EIO;

	spool->end++;
	return 0;
}

int spool_init(struct spool *spool, int fd)
{
	struct stat st;

	*spool = (struct spool) { .fd = fd };
	if (fd < 0)
		return 0;
	if (fstat(fd, &st) < 0) {
		spool->fd = -1;
		return -errno;
	}

	spool->end = st.st_size;
	return end_last_line(spool);
}

bool spool_is_empty(const struct spool *spool)
{
	return spool->read >= spool->end;
}

static char *format_line(uint64_t time_us, const struct record *record)
{
	char time[TIMESTAMP_BYTES], *text = NULL;
	json_t *line = json_object();
	int r = line ? 0 : -1;

	if (r == 0)
		r = json_object_set_new(line, "time",
			json_string(timestamp_format(time, time_us)));
	for (size_t i = 0; r == 0 && i < record->n_fields; i++) {
		size_t n = record->n_names[i];
		const char *value = record->fields[i] + n + 1;
		char name[RECORDS_NAME_MAX + 1];

		snprintf(name, sizeof(name), "%.*s", (int)n,
			 record->fields[i]);
		r = json_object_set_new(line, name,
					record_json_text(value, strlen(value)));
	}

	if (r == 0)
		text = json_dumps(line, JSON_COMPACT);
	json_decref(line);
	return text;
}

/* whole, or the file is as before */
static int append_line(struct spool *spool, char *line, size_t n)
{
	ssize_t written;

	line[n] = '\n';
	written = write(spool->fd, line, n + 1);
	if (written == (ssize_t)n + 1) {
		spool->end += written;
		return 0;
	}

	if (written < 0)
		return -errno;
	if (ftruncate(spool->fd, spool->end) < 0)
		spool->end += written;
	return -ENOSPC;
}

int spool_append(struct spool *spool, uint64_t time_us, const void *bytes,
		 size_t n_bytes)
{
	struct record record;
	char *line;
	size_t n;
	int r;

	if (spool->fd < 0)
		return -EBADF;
	r = records_read(&record, bytes, n_bytes);
	if (r < 0)
		return r;

	line = format_line(time_us, &record);
	if (!line)
		return -ENOMEM;

	/* its NUL makes room for the newline */
	n = strlen(line);
	if (n >= SPOOL_LINE_MAX)
		r = -EMSGSIZE;
	else if (spool->end + (off_t)n >= SPOOL_BYTES_MAX)
		r = -ENOSPC;
	else
		r = append_line(spool, line, n);

	free(line);
	return r;
}

static void put_member(struct records_writer *w, const char *name,
		       const char *value)
{
	if (!strcmp(name, "time"))
		records_put(w, "ACTOR_TIME", value);
	else if (records_name_valid(name))
		records_put(w, name, value);
}

/* 0 for a line that is no record of ours */
static size_t parse_line(const char *line, size_t n, void *buffer,
			 size_t size_bytes)
{
	json_t *object = json_loadb(line, n, JSON_REJECT_DUPLICATES, NULL);
	struct records_writer w;
	size_t n_fields = 0;
	const char *name;
	json_t *value;

	records_begin(&w, buffer, size_bytes, "write");
	json_object_foreach(object, name, value) {
		if (!json_is_string(value) || ++n_fields >= ACTOR_FIELDS_MAX)
			continue;
		put_member(&w, name, json_string_value(value));
	}

	json_decref(object);
	return n_fields > 0 && !w.overflow ? w.length_bytes : 0;
}

ssize_t spool_peek(struct spool *spool, off_t *at, void *buffer,
		   size_t size_bytes)
{
	while (*at < spool->end) {
		ssize_t n = pread(spool->fd, chunk, sizeof(chunk), *at);
		const char *newline;
		size_t length;

		if (n < 0)
			return -errno;
		if (n == 0)
			break;

		newline = memchr(chunk, '\n', (size_t)n);
		length = newline ? (size_t)(newline - chunk) : (size_t)n;
		*at += (off_t)length + (newline ? 1 : 0);
		if (newline)
			length = parse_line(chunk, length, buffer, size_bytes);
		else
			length = 0;
		if (length > 0)
			return (ssize_t)length;
		spool->n_skipped++;
	}

	*at = spool->end;
	return 0;
}

ssize_t spool_last(const struct spool *spool, const char *field, void *buffer,
		   size_t size_bytes)
{
	off_t from = spool->end > SPOOL_LINE_MAX ?
			     spool->end - SPOOL_LINE_MAX : 0;
	ssize_t n = pread(spool->fd, chunk, sizeof(chunk), from);
	struct record record;
	const char *line;
	size_t length;

	/* backwards, each with its newline */
	for (; n > 0; n = line - chunk) {
		line = memrchr(chunk, '\n', (size_t)n - 1);
		line = line ? line + 1 : chunk;
		length = parse_line(line, (size_t)(chunk + n - line), buffer,
				    size_bytes);
		if (length > 0 && records_read(&record, buffer, length) == 0 &&
		    records_get(&record, field))
			return (ssize_t)length;
	}
	return 0;
}

int spool_sent(struct spool *spool, off_t end)
{
	if (end > spool->read)
		spool->read = end;
	if (spool->end == 0 || !spool_is_empty(spool))
		return 0;

	if (ftruncate(spool->fd, 0) < 0)
		return -errno;

	spool->end = spool->read = 0;
	return 0;
}
