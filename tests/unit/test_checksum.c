/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_checksum.c - both ways to a CRC-32C lead to the same one.
 */
#include <stdint.h>
#include <string.h>

#include "libactorproc/checksum.h"
#include "tests/harness/harness.h"

#define LENGTH_MAX 4096
#define ALIGNMENTS 16

static uint8_t bytes[3 * LENGTH_MAX + ALIGNMENTS];

static void fill(void)
{
	size_t i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 37 + i / 256 * 11 + 5);
}

static void test_it_is_castagnolis(void)
{
	uint8_t block[48];
	size_t i;

	/* RFC 3720, appendix B.4 */
	memset(block, 0, 32);
	CU_ASSERT_EQUAL(checksum_crc32c(0, block, 32), 0x8a9136aa);
	memset(block, 0xff, 32);
	CU_ASSERT_EQUAL(checksum_crc32c(0, block, 32), 0x62a8ab43);
	for (i = 0; i < 32; i++)
		block[i] = (uint8_t)i;
	CU_ASSERT_EQUAL(checksum_crc32c(0, block, 32), 0x46dd794e);
	for (i = 0; i < 32; i++)
		block[i] = (uint8_t)(31 - i);
	CU_ASSERT_EQUAL(checksum_crc32c(0, block, 32), 0x113fdb5c);
	CU_ASSERT_EQUAL(checksum_crc32c(0, "123456789", 9), 0xe3069283);
	CU_ASSERT_EQUAL(checksum_crc32c(0, NULL, 0), 0);
}

static void test_both_agree_at_every_length_and_alignment(void)
{
	size_t from, n, n_wrong = 0;

	fill();
	for (from = 0; from < ALIGNMENTS; from++) {
		uint32_t crc = 0;

		for (n = 0; n <= LENGTH_MAX; n++) {
			n_wrong += checksum_crc32c(0, bytes + from, n) != crc;
			crc = checksum_crc32c_table(crc, bytes + from + n, 1);
		}
	}
	CU_ASSERT_EQUAL(n_wrong, 0);
}

/* Each part may be of lanes or not, so all joins of the two are there. */
static void test_it_goes_on_from_any_cut(void)
{
	uint32_t whole;
	size_t cut;

	fill();
	whole = checksum_crc32c_table(0, bytes, sizeof(bytes));
	for (cut = 0; cut <= sizeof(bytes); cut += 61) {
		uint32_t crc = checksum_crc32c(0, bytes, cut);

		CU_ASSERT_EQUAL(checksum_crc32c(crc, bytes + cut,
						sizeof(bytes) - cut), whole);
	}
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_it_is_castagnolis),
	HARNESS_TEST(test_both_agree_at_every_length_and_alignment),
	HARNESS_TEST(test_it_goes_on_from_any_cut),
};
HARNESS_MAIN(tests)
