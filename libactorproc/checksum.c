/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * checksum.c - CRC-32C, by the processor's instruction where it has one.
 *
 * Pure. It finds broken packets, not forged ones: a sender needs no forgery,
 * it may say what it likes on its own edge.
 */
#include <string.h>

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

__attribute__((target("sse4.2")))
static uint32_t crc32c_instruction(uint32_t crc, const void *bytes,
				   size_t n_bytes)
{
	const uint8_t *at = bytes;
	uint64_t wide = (uint32_t)~crc;
	uint64_t eight;

	for (; n_bytes >= 8; n_bytes -= 8, at += 8) {
		memcpy(&eight, at, 8);
		wide = __builtin_ia32_crc32di(wide, eight);
	}
	crc = (uint32_t)wide;
	while (n_bytes--)
		crc = __builtin_ia32_crc32qi(crc, *at++);

	return ~crc;
}

uint32_t checksum_crc32c(uint32_t crc, const void *bytes, size_t n_bytes)
{
	if (__builtin_cpu_supports("sse4.2"))
		return crc32c_instruction(crc, bytes, n_bytes);

	return checksum_crc32c_table(crc, bytes, n_bytes);
}

#else

uint32_t checksum_crc32c(uint32_t crc, const void *bytes, size_t n_bytes)
{
	return checksum_crc32c_table(crc, bytes, n_bytes);
}

#endif
