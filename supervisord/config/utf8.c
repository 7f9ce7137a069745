/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * utf8.c - characters of a text, without any locale.
 *
 * Widths are those of the common wide scripts and combining marks: they place
 * a caret, nothing depends on them. Pure.
 */
#include "supervisord/config/utf8.h"

struct range {
	uint32_t first;
	uint32_t last;
};

/* controls, line separators, marks that reorder or hide text, not characters */
static const struct range unprintable[] = {
	{ 0x00,		0x1f },
	{ 0x7f,		0x9f },
	{ 0x200b,	0x200f },
	{ 0x2028,	0x202e },
	{ 0x2060,	0x206f },
	{ 0xfeff,	0xfeff },
	{ 0xfff9,	0xfffb },
	{ 0xfffe,	0xffff },
	{ 0xe0000,	0xe007f },
};

static const struct range wide[] = {
	{ 0x1100,	0x115f },
	{ 0x2e80,	0x303e },
	{ 0x3041,	0xa4cf },
	{ 0xac00,	0xd7a3 },
	{ 0xf900,	0xfaff },
	{ 0xfe30,	0xfe6f },
	{ 0xff00,	0xff60 },
	{ 0xffe0,	0xffe6 },
	{ 0x1f300,	0x1f64f },
	{ 0x1f680,	0x1f6ff },
	{ 0x1f900,	0x1f9ff },
	{ 0x20000,	0x3fffd },
};

static const struct range combining[] = {
	{ 0x0300,	0x036f },
	{ 0x0483,	0x0489 },
	{ 0x0591,	0x05bd },
	{ 0x1ab0,	0x1aff },
	{ 0x1dc0,	0x1dff },
	{ 0x20d0,	0x20ff },
	{ 0xfe00,	0xfe0f },
	{ 0xfe20,	0xfe2f },
};

#define IN_RANGES(character, ranges) \
	in_ranges(character, ranges, sizeof(ranges) / sizeof((ranges)[0]))

static bool in_ranges(uint32_t character, const struct range *ranges, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (character >= ranges[i].first && character <= ranges[i].last)
			return true;
	}

	return false;
}

/* by the first byte: how many there are, and its own bits */
static size_t first_byte(unsigned char byte, uint32_t *ret)
{
	static const struct {
		unsigned char mask, is;
		size_t n_bytes;
	} forms[] = {
		{ 0x80, 0x00, 1 },
		{ 0xe0, 0xc0, 2 },
		{ 0xf0, 0xe0, 3 },
		{ 0xf8, 0xf0, 4 },
	};
	size_t i;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if ((byte & forms[i].mask) == forms[i].is) {
			*ret = byte & (unsigned char)~forms[i].mask;
			return forms[i].n_bytes;
		}
	}

	return 0;
}

size_t utf8_next(const char *text, size_t n_bytes, uint32_t *ret)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t character;
	size_t i, n;

	if (n_bytes == 0)
		return 0;
	n = first_byte((unsigned char)text[0], &character);
	if (n == 0 || n > n_bytes)
		return 0;

	for (i = 1; i < n; i++) {
		if (((unsigned char)text[i] & 0xc0) != 0x80)
			return 0;
		character = character << 6 | ((unsigned char)text[i] & 0x3f);
	}
	if (character < least[n] || character > 0x10ffff ||
	    (character >= 0xd800 && character <= 0xdfff))
		return 0;
	*ret = character;

	return n;
}

bool utf8_printable(uint32_t character)
{
	if (character >= 0x20 && character < 0x7f)
		return true;

	return !IN_RANGES(character, unprintable);
}

unsigned int utf8_columns(uint32_t character)
{
	if (character < 0x300)
		return 1;
	if (IN_RANGES(character, combining))
		return 0;

	return IN_RANGES(character, wide) ? 2 : 1;
}
