/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * line.c - bytes that somebody printed, as text for people.
 *
 * Whoever printed them may want to move a cursor, forge a line or confuse who
 * reads: only what stands still is shown as it is. Pure.
 */
#include <string.h>

#include "supervisord/config/utf8.h"
#include "supervisord/decide/line.h"

#define ESCAPE_BYTES 4			/* \xHH */

/* could more bytes make a character of these? */
static bool is_unfinished(const char *bytes, size_t n_bytes)
{
	unsigned char first = (unsigned char)bytes[0];
	size_t wanted = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;

	if (first < 0xc2 || first > 0xf4 || n_bytes >= wanted)
		return false;
	for (size_t i = 1; i < n_bytes; i++)
		if (((unsigned char)bytes[i] & 0xc0) != 0x80)
			return false;
	return true;
}

static void put_escape(char *text, unsigned char byte)
{
	static const char digits[] = "0123456789abcdef";

	text[0] = '\\';
	text[1] = 'x';
	text[2] = digits[byte >> 4];
	text[3] = digits[byte & 15];
}

/* Return: bytes of the character at the start that is shown as it is, or 0 */
static size_t shown(const char *bytes, size_t n_bytes)
{
	uint32_t character;
	size_t n = utf8_next(bytes, n_bytes, &character);

	return n > 0 && (character == '\t' || utf8_printable(character)) ? n
									 : 0;
}

size_t line_escape(const char *bytes, size_t n_bytes, bool whole,
		   char text[LINE_TEXT_BYTES])
{
	size_t at = 0, used = 0, n;

	while (at < n_bytes && used < LINE_BYTES) {
		if (!whole && is_unfinished(bytes + at, n_bytes - at))
			break;
		n = shown(bytes + at, n_bytes - at);
		if (n > 0) {
			memcpy(text + used, bytes + at, n);
			used += n;
			at += n;
		} else {
			put_escape(text + used, (unsigned char)bytes[at]);
			used += ESCAPE_BYTES;
			at++;
		}
	}
	text[used] = '\0';
	return at;
}

size_t line_priority(const char *bytes, size_t n_bytes,
		     unsigned int *ret_priority)
{
	if (n_bytes < 3 || bytes[0] != '<' || bytes[1] < '0' ||
	    bytes[1] > '7' || bytes[2] != '>')
		return 0;
	*ret_priority = (unsigned int)(bytes[1] - '0');
	return 3;
}
