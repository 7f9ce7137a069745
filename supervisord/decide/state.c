/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * state.c - what a supervisor knows, as bytes for the one that takes its place.
 *
 * It alone knows the form. What is in it are the tables of who has it. Nothing
 * is believed that was not looked at: a bit that is wrong is found by the
 * checksum, and what a table does not have, or has otherwise, by the reading.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libactorproc/checksum.h"
#include "supervisord/decide/state.h"

/* "actorproc-state 0001 000000000000abcd 89abcdef\n" */
#define MAGIC "actorproc-state "
#define MAGIC_BYTES (sizeof(MAGIC) - 1)
#define VERSION_DIGITS 4
#define LENGTH_DIGITS 16
#define CHECKSUM_DIGITS 8
#define LENGTH_AT (MAGIC_BYTES + VERSION_DIGITS + 1)
#define CHECKSUM_AT (LENGTH_AT + LENGTH_DIGITS + 1)
#define HEADER_BYTES (CHECKSUM_AT + CHECKSUM_DIGITS + 1)
/* digits, a sign, '=' and the end of the string */
#define NUMBER_BYTES 24

/* the header to where the checksum is, then the records */
static uint32_t checksum_of(const char *bytes, size_t n_bytes)
{
	uint32_t crc = checksum_crc32c(0, bytes, CHECKSUM_AT);

	return checksum_crc32c(crc, bytes + HEADER_BYTES,
			       n_bytes - HEADER_BYTES);
}

/* ---- writing ---- */

static bool make_room(struct state_writer *w, size_t n_bytes)
{
	size_t room = w->room_bytes ? w->room_bytes : 4096;
	char *more;

	if (w->error)
		return false;
	if (n_bytes > STATE_BYTES_MAX ||
	    w->n_bytes + n_bytes > STATE_BYTES_MAX) {
		w->error = -EFBIG;
		return false;
	}
	while (room < w->n_bytes + n_bytes)
		room *= 2;
	if (room == w->room_bytes)
		return true;
	more = realloc(w->bytes, room);
	if (!more) {
		w->error = -ENOMEM;
		return false;
	}
	w->bytes = more;
	w->room_bytes = room;
	return true;
}

void state_begin(struct state_writer *w)
{
	*w = (struct state_writer){ .error = 0 };
	if (!make_room(w, HEADER_BYTES))
		return;
	memset(w->bytes, ' ', HEADER_BYTES);
	w->n_bytes = HEADER_BYTES;
}

static uint64_t read_unsigned(const void *at, size_t size)
{
	switch (size) {
	case 1:
		return *(const uint8_t *)at;
	case 2:
		return *(const uint16_t *)at;
	case 4:
		return *(const uint32_t *)at;
	default:
		return *(const uint64_t *)at;
	}
}

static size_t cost_of(const struct state_member *m, const void *at)
{
	size_t n = strlen(m->name) + NUMBER_BYTES;

	if (m->type == STATE_STRING)
		n += *(char *const *)at ? strlen(*(char *const *)at) : 0;
	else if (m->type == STATE_TEXT)
		n += strnlen(at, m->size_bytes);
	else if (m->type == STATE_BYTES)
		n += 2 * ((const struct state_bytes *)at)->n_bytes;
	return n;
}

static void note_fd(struct state_writer *w, int fd)
{
	size_t room = w->room_fds ? 2 * w->room_fds : 64;
	int *more;

	if (fd < 0)
		return;
	if (w->n_fds == w->room_fds) {
		more = reallocarray(w->fds, room, sizeof(*more));
		if (!more) {
			w->error = -ENOMEM;
			return;
		}
		w->fds = more;
		w->room_fds = room;
	}
	w->fds[w->n_fds++] = fd;
}

/* there is room for it: it was counted before */
static void put_hex(struct fields_writer *f, const char *name,
		    const struct state_bytes *b)
{
	static const char digits[] = "0123456789abcdef";
	char *at;

	fields_put(f, name, "");
	if (f->overflow)
		return;
	at = f->buffer + f->length_bytes - 1;
	for (size_t i = 0; i < b->n_bytes; i++) {
		*at++ = digits[(unsigned char)b->bytes[i] >> 4];
		*at++ = digits[b->bytes[i] & 15];
	}
	*at = '\0';
	f->length_bytes += 2 * b->n_bytes;
}

static void put_member(struct state_writer *w, struct fields_writer *f,
		       const struct state_member *m, const void *at)
{
	switch (m->type) {
	case STATE_UNSIGNED:
		fields_put_u64(f, m->name, read_unsigned(at, m->size_bytes));
		break;
	case STATE_INT:
		fields_put_format(f, m->name, "%d", *(const int *)at);
		break;
	case STATE_BOOL:
		fields_put(f, m->name, *(const bool *)at ? "1" : "0");
		break;
	case STATE_STRING:
		fields_put(f, m->name, *(char *const *)at);
		break;
	case STATE_TEXT:
		fields_put(f, m->name, at);
		break;
	case STATE_BYTES:
		put_hex(f, m->name, at);
		break;
	case STATE_FD:
		fields_put_format(f, m->name, "%d", *(const int *)at);
		note_fd(w, *(const int *)at);
		break;
	}
}

void state_put(struct state_writer *w, const struct state_kind *kind,
	       const void *object)
{
	const char *base = object;
	size_t n = strlen(kind->verb) + 2;
	struct fields_writer f;

	for (size_t i = 0; i < kind->n_members; i++)
		n += cost_of(&kind->members[i],
			     base + kind->members[i].offset);
	if (!make_room(w, n))
		return;
	fields_begin(&f, w->bytes + w->n_bytes, n - 1, kind->verb);
	for (size_t i = 0; i < kind->n_members; i++)
		put_member(w, &f, &kind->members[i],
			   base + kind->members[i].offset);
	if (f.overflow && !w->error)
		w->error = -EMSGSIZE;
	if (w->error)
		return;
	w->n_bytes += f.length_bytes;
	w->bytes[w->n_bytes++] = '\0';
}

int state_end(struct state_writer *w)
{
	char number[LENGTH_DIGITS + 2];

	if (w->error)
		return w->error;
	memcpy(w->bytes, MAGIC, MAGIC_BYTES);
	snprintf(number, sizeof(number), "%04x ", STATE_VERSION);
	memcpy(w->bytes + MAGIC_BYTES, number, VERSION_DIGITS + 1);
	snprintf(number, sizeof(number), "%016zx ", w->n_bytes);
	memcpy(w->bytes + LENGTH_AT, number, LENGTH_DIGITS + 1);
	snprintf(number, sizeof(number), "%08x\n",
		 checksum_of(w->bytes, w->n_bytes));
	memcpy(w->bytes + CHECKSUM_AT, number, CHECKSUM_DIGITS + 1);
	return 0;
}

void state_clear(struct state_writer *w)
{
	free(w->bytes);
	free(w->fds);
	*w = (struct state_writer){ .error = 0 };
}

/* ---- reading ---- */

int state_fail(struct state_reader *r, const char *format, ...)
{
	va_list ap;

	if (r->error)
		return r->error;
	va_start(ap, format);
	vsnprintf(r->why, sizeof(r->why), format, ap);
	va_end(ap);
	r->has_next = false;
	return r->error = -EBADMSG;
}

static bool read_digit(char c, unsigned int *ret)
{
	if (c >= '0' && c <= '9')
		*ret = (unsigned int)(c - '0');
	else if (c >= 'a' && c <= 'f')
		*ret = (unsigned int)(c - 'a') + 10;
	else
		return false;
	return true;
}

static bool read_hex(const char *at, size_t n_digits, char behind,
		     uint64_t *ret)
{
	unsigned int digit;
	uint64_t number = 0;

	for (size_t i = 0; i < n_digits; i++) {
		if (!read_digit(at[i], &digit))
			return false;
		number = number << 4 | digit;
	}
	*ret = number;
	return at[n_digits] == behind;
}

static int check_header(struct state_reader *r)
{
	uint64_t version, length, checksum;

	if (r->n_bytes < HEADER_BYTES ||
	    memcmp(r->bytes, MAGIC, MAGIC_BYTES) ||
	    !read_hex(r->bytes + MAGIC_BYTES, VERSION_DIGITS, ' ', &version))
		return state_fail(r, "it is no state of a supervisor");
	if (version != STATE_VERSION) {
		state_fail(r, "the state is of version %u, and this supervisord knows version %u alone",
			   (unsigned int)version, STATE_VERSION);
		return r->error = -EPROTONOSUPPORT;
	}
	if (!read_hex(r->bytes + LENGTH_AT, LENGTH_DIGITS, ' ', &length) ||
	    length != r->n_bytes)
		return state_fail(r, "the state has another length than it says");
	if (!read_hex(r->bytes + CHECKSUM_AT, CHECKSUM_DIGITS, '\n',
		      &checksum) ||
	    checksum != checksum_of(r->bytes, r->n_bytes))
		return state_fail(r, "the checksum of the state is wrong");
	return 0;
}

/* one string, with its end; 0: it has none */
static size_t string_bytes(const struct state_reader *r, size_t at)
{
	const char *end = at < r->n_bytes ?
		memchr(r->bytes + at, '\0', r->n_bytes - at) : NULL;

	return end ? (size_t)(end - (r->bytes + at)) + 1 : 0;
}

/* the next record, up to the empty string behind it */
static void read_ahead(struct state_reader *r)
{
	size_t begin = r->at, end = begin, n;

	r->has_next = false;
	if (r->error || begin == r->n_bytes)
		return;
	do {
		n = string_bytes(r, end);
		end += n;
	} while (n > 1);
	if (n == 0 || end - 1 == begin ||
	    fields_parse(&r->next, r->bytes + begin, end - 1 - begin) < 0) {
		state_fail(r, "the record at byte %zu is none", begin);
		return;
	}
	r->at = end;
	r->has_next = true;
}

int state_open(struct state_reader *r, const void *bytes, size_t n_bytes)
{
	r->bytes = bytes;
	r->n_bytes = n_bytes;
	r->at = HEADER_BYTES;
	r->has_next = false;
	r->error = 0;
	r->why[0] = '\0';
	if (check_header(r) == 0)
		read_ahead(r);
	return r->error;
}

bool state_is(const struct state_reader *r, const struct state_kind *kind)
{
	return r->has_next && !strcmp(r->next.verb, kind->verb);
}

static bool take_unsigned(const struct fields *f, const char *name, void *at,
			  size_t size)
{
	uint64_t number;

	if (fields_get_u64(f, name, &number) < 0 ||
	    (size < 8 && number >> (8 * size)))
		return false;
	if (size == 1)
		*(uint8_t *)at = (uint8_t)number;
	else if (size == 2)
		*(uint16_t *)at = (uint16_t)number;
	else if (size == 4)
		*(uint32_t *)at = (uint32_t)number;
	else
		*(uint64_t *)at = number;
	return true;
}

static bool take_int(const char *text, int *ret)
{
	bool negative = *text == '-';
	long number = 0;

	text += negative;
	if (!*text || strlen(text) > 10)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		number = number * 10 + (*text - '0');
	}
	number = negative ? -number : number;
	*ret = (int)number;
	return *ret == number;
}

static bool take_bytes(const char *text, struct state_bytes *ret)
{
	size_t n = strlen(text);
	unsigned int high, low;

	if (n % 2)
		return false;
	ret->bytes = malloc(n / 2 + 1);
	if (!ret->bytes)
		return false;
	for (size_t i = 0; i < n / 2; i++) {
		if (!read_digit(text[2 * i], &high) ||
		    !read_digit(text[2 * i + 1], &low))
			return false;
		ret->bytes[i] = (char)(high << 4 | low);
	}
	ret->bytes[n / 2] = '\0';
	ret->n_bytes = n / 2;
	return true;
}

static bool take_fd(const struct state_reader *r, const char *text, int *ret)
{
	return take_int(text, ret) && *ret >= -1 &&
	       (*ret < 0 || !r->claim || r->claim(r->data, *ret));
}

static bool take_member(struct state_reader *r, const struct state_member *m,
			void *at, const char *text)
{
	switch (m->type) {
	case STATE_UNSIGNED:
		return take_unsigned(&r->next, m->name, at, m->size_bytes);
	case STATE_INT:
		return take_int(text, at);
	case STATE_BOOL:
		*(bool *)at = *text == '1';
		return !strcmp(text, "0") || !strcmp(text, "1");
	case STATE_STRING:
		*(char **)at = strdup(text);
		return *(char **)at;
	case STATE_TEXT:
		if (strlen(text) >= m->size_bytes)
			return false;
		strcpy(at, text);
		return true;
	case STATE_BYTES:
		return take_bytes(text, at);
	case STATE_FD:
		*(int *)at = -1;
		return take_fd(r, text, at);
	}
	return false;
}

int state_take(struct state_reader *r, const struct state_kind *kind,
	       void *object)
{
	const struct state_member *m;
	const char *text;
	size_t n = 0;

	if (!state_is(r, kind))
		return state_fail(r, "a record %s is missing, or in another place",
				  kind->verb);
	for (size_t i = 0; i < kind->n_members; i++) {
		m = &kind->members[i];
		text = fields_get(&r->next, m->name);
		if (!text && m->type == STATE_STRING)
			continue;
		n++;
		if (!text ||
		    !take_member(r, m, (char *)object + m->offset, text))
			return state_fail(r, "%s of a record %s is missing or wrong: %.100s",
					  m->name, kind->verb,
					  text ? text : "(none)");
	}
	if (n != r->next.n)
		return state_fail(r, "a record %s has fields that nobody knows",
				  kind->verb);
	read_ahead(r);
	return r->error;
}

int state_close(struct state_reader *r)
{
	if (r->has_next)
		state_fail(r, "nobody knows what to do with a record %s",
			   r->next.verb);
	return r->error;
}
