/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * terminal.c - what somebody else wrote, made harmless for a terminal.
 *
 * Names, types, causes and payloads come from actors, and an actor may be
 * hostile: an escape sequence in a reply must not reach who reads it. Pure.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "actorctl/terminal.h"

/* one character of UTF-8; its length, 0 when it is none */
static size_t decode(const unsigned char *s, size_t n, uint32_t *ret)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t length = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	uint32_t code;

	if (s[0] < 0x80) {
		*ret = s[0];
		return 1;
	}
	if (s[0] < 0xc2 || s[0] > 0xf4 || length > n)
		return 0;

	code = s[0] & (0x7fu >> length);
	for (size_t i = 1; i < length; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3f);
	}
	if (code < smallest[length] || code > 0x10ffff ||
	    (code >= 0xd800 && code < 0xe000))
		return 0;

	*ret = code;
	return length;
}

static const struct range {
	uint32_t first;
	uint32_t last;
} harmful[] = {
	{ 0x00, 0x1f },		/* C0 */
	{ 0x7f, 0x9f },		/* DEL, C1 */
	{ 0x061c, 0x061c },	/* the direction of writing, and what is unseen */
	{ 0x200b, 0x200f },
	{ 0x2028, 0x202e },
	{ 0x2060, 0x206f },
	{ 0xfeff, 0xfeff },
	{ 0xe0000, 0xe007f },
};

static bool is_harmful(uint32_t code, bool lines)
{
	if (lines && (code == '\n' || code == '\t'))
		return false;

	for (size_t i = 0; i < sizeof(harmful) / sizeof(*harmful); i++)
		if (code >= harmful[i].first && code <= harmful[i].last)
			return true;

	return false;
}

static char *put_escaped(char *to, const unsigned char *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to += sprintf(to, "\\x%02x", from[i]);

	return to;
}

char *terminal_escape(const void *bytes, size_t n_bytes, bool lines)
{
	char *text = malloc(n_bytes * 4 + 1), *to = text;
	const unsigned char *from = bytes;

	if (!text)
		return NULL;

	for (size_t i = 0; i < n_bytes;) {
		uint32_t code;
		size_t n = decode(from + i, n_bytes - i, &code);

		if (n == 0 || is_harmful(code, lines)) {
			n = n ? n : 1;
			to = put_escaped(to, from + i, n);
		} else {
			memcpy(to, from + i, n);
			to += n;
		}
		i += n;
	}

	*to = '\0';
	return text;
}

char *terminal_escape_bytes(const void *bytes, size_t n_bytes)
{
	char *text = malloc(n_bytes * 4 + 1), *to = text;
	const unsigned char *from = bytes;

	if (!text)
		return NULL;

	for (size_t i = 0; i < n_bytes; i++)
		if (from[i] == '\\')
			to = stpcpy(to, "\\\\");
		else if (from[i] >= ' ' && from[i] <= '~')
			*to++ = (char)from[i];
		else
			to = put_escaped(to, from + i, 1);

	*to = '\0';
	return text;
}

const char *terminal_clean(char *buffer, size_t size_bytes, const char *text)
{
	char *escaped = terminal_escape(text, strlen(text), false);

	snprintf(buffer, size_bytes, "%s", escaped ? escaped : "?");
	free(escaped);
	return buffer;
}

size_t terminal_width(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;

	return n;
}
