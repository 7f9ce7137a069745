/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * timestamp.h - a moment as people and tools write it, in UTC.
 *
 * Pure: gmtime(3) would look for a time zone, where a sandboxed actor may open
 * nothing.
 */
#pragma once

#include <stdint.h>

#define TIMESTAMP_BYTES 40

/** timestamp_format() - "2026-01-31T12:00:00.000001Z"; returns @buffer */
const char *timestamp_format(char buffer[static TIMESTAMP_BYTES],
			     uint64_t time_us);
