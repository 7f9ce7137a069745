/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * checksum.c - CRC-32C, by the processor's instruction where it has one.
 *
 * Pure. It finds broken packets, not forged ones: a sender needs no forgery,
 * it may say what it likes on its own edge.
 */
#include <string.h>
#ifdef __x86_64__
#include <immintrin.h>
#endif

#include "libactorproc/checksum.h"

/*
 * The table is linear: the entry of a byte is the sum of the entries of its
 * bits, of which the last is the polynomial itself, reflected.
 */
#define BIT(i, n, entry) ((i) >> (n) & 1 ? UINT32_C(entry) : 0)
#define T1(i)								\
	(BIT(i, 0, 0xf26b8303) ^ BIT(i, 1, 0xe13b70f7) ^		\
	 BIT(i, 2, 0xc79a971f) ^ BIT(i, 3, 0x8ad958cf) ^		\
	 BIT(i, 4, 0x105ec76f) ^ BIT(i, 5, 0x20bd8ede) ^		\
	 BIT(i, 6, 0x417b1dbc) ^ BIT(i, 7, 0x82f63b78))
#define T4(i) T1(i), T1(i + 1), T1(i + 2), T1(i + 3)
#define T16(i) T4(i), T4(i + 4), T4(i + 8), T4(i + 12)
#define T64(i) T16(i), T16(i + 16), T16(i + 32), T16(i + 48)

static const uint32_t table[256] = { T64(0), T64(64), T64(128), T64(192) };

uint32_t checksum_crc32c_table(uint32_t crc, const void *bytes, size_t n_bytes)
{
	const uint8_t *at = bytes;

	crc = ~crc;
	while (n_bytes--)
		crc = crc >> 8 ^ table[(crc ^ *at++) & 0xff];

	return ~crc;
}

#ifdef __x86_64__

/*
 * The instruction takes a word a cycle but answers after three, so three lanes
 * side by side take no longer than one. Their sums are joined by what makes a
 * CRC a CRC: that of a lane counts in the whole as if it had been multiplied by
 * x^8 for every byte behind it, and the instruction itself reduces the product.
 * It multiplies by x^32, and the reflected product of two reflected numbers is
 * one bit off, so the factors are x^(8n - 33) mod the polynomial, reflected.
 */
#define LANES __attribute__((target("sse4.2,pclmul")))
#define LANES_BYTES ((size_t)384)	/* the fewest in three lanes */

struct lanes {
	size_t n_bytes;			/* of one lane */
	uint64_t factors[2];		/* over one lane, over two */
};

static const struct lanes lanes[] = {
	{ 8 * LANES_BYTES / 3, { 0x170076fa, 0xa51b6135 } },
	{ LANES_BYTES / 3, { 0x0d3b6092, 0xb9e02b86 } },
};

static uint64_t word(const uint8_t *at)
{
	uint64_t w;

	memcpy(&w, at, sizeof(w));
	return w;
}

LANES static uint64_t multiply(uint64_t a, uint64_t b)
{
	return (uint64_t)_mm_cvtsi128_si64(_mm_clmulepi64_si128(
		_mm_cvtsi64_si128((long long)a), _mm_cvtsi64_si128((long long)b),
		0));
}

/* Three lanes of @n bytes; the last word of the last one waits for the join. */
LANES static uint64_t three_lanes(uint64_t crc, const uint8_t *at,
				  const struct lanes *l)
{
	size_t n = l->n_bytes;
	uint64_t a = crc, b = 0, c = 0;
	const uint8_t *end = at + n - 8;

	for (; at < end; at += 8) {
		a = _mm_crc32_u64(a, word(at));
		b = _mm_crc32_u64(b, word(at + n));
		c = _mm_crc32_u64(c, word(at + 2 * n));
	}
	a = _mm_crc32_u64(a, word(at));
	b = _mm_crc32_u64(b, word(at + n));

	return _mm_crc32_u64(c, word(at + 2 * n) ^
				multiply(a, l->factors[1]) ^
				multiply(b, l->factors[0]));
}

/* All but the last bytes, fewer than LANES_BYTES. */
LANES __attribute__((noinline))
static uint64_t all_lanes(uint64_t crc, const uint8_t *at, size_t n_bytes)
{
	size_t i, n;

	for (i = 0; i < sizeof(lanes) / sizeof(lanes[0]); i++)
		for (n = 3 * lanes[i].n_bytes; n_bytes >= n; n_bytes -= n) {
			crc = three_lanes(crc, at, &lanes[i]);
			at += n;
		}

	return crc;
}

LANES static uint32_t crc32c_instruction(uint32_t crc, const uint8_t *at,
					 size_t n_bytes)
{
	const uint8_t *end = at + n_bytes;
	uint64_t wide = (uint32_t)~crc;

	if (n_bytes >= LANES_BYTES) {
		wide = all_lanes(wide, at, n_bytes);
		at = end - n_bytes % LANES_BYTES;
	}
	for (; end - at >= 32; at += 32) {
		wide = _mm_crc32_u64(wide, word(at));
		wide = _mm_crc32_u64(wide, word(at + 8));
		wide = _mm_crc32_u64(wide, word(at + 16));
		wide = _mm_crc32_u64(wide, word(at + 24));
	}
	for (; end - at >= 8; at += 8)
		wide = _mm_crc32_u64(wide, word(at));
	crc = (uint32_t)wide;
	while (at < end)
		crc = _mm_crc32_u8(crc, *at++);

	return ~crc;
}

uint32_t checksum_crc32c(uint32_t crc, const void *bytes, size_t n_bytes)
{
	if (__builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("pclmul"))
		return crc32c_instruction(crc, bytes, n_bytes);

	return checksum_crc32c_table(crc, bytes, n_bytes);
}

#else

uint32_t checksum_crc32c(uint32_t crc, const void *bytes, size_t n_bytes)
{
	return checksum_crc32c_table(crc, bytes, n_bytes);
}

#endif
