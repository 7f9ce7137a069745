/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * checksum.h - CRC-32C (Castagnoli), the checksum of packets. Pure.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/** checksum_crc32c() - of @n_bytes, going on from @crc (0 at first) */
uint32_t checksum_crc32c(uint32_t crc, const void *bytes, size_t n_bytes);
/** checksum_crc32c_table() - the same without the processor's instruction */
uint32_t checksum_crc32c_table(uint32_t crc, const void *bytes, size_t n_bytes);
