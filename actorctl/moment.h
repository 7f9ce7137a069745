/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * moment.h - points in time in the time zone of who reads them.
 */
#pragma once

#include <stdint.h>

#define MOMENT_BYTES 40

/** moment_format() - "2026-01-31 12:00:00.123", local; returns @buffer */
const char *moment_format(char buffer[static MOMENT_BYTES], uint64_t time_us);
/** moment_now_us() - CLOCK_REALTIME */
uint64_t moment_now_us(void);
