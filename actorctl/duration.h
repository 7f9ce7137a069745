/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * duration.h - lengths of time as people type and read them. Pure.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define DURATION_BYTES 32

/**
 * duration_parse() - "500ms", "5s", "1min", "2h", "1d", "1h30min"; 0
 *
 * Return: 0; -EINVAL.
 */
int duration_parse(const char *text, uint64_t *ret_us);
/** duration_format() - "12.4s", "3min 5s"; returns @buffer */
const char *duration_format(char buffer[static DURATION_BYTES],
			    uint64_t us);
/**
 * duration_parse_since() - a moment: "-1h", "1h" before @now_us, "@SECONDS", or
 * "now"; a -EINVAL otherwise
 */
int duration_parse_since(const char *text, uint64_t now_us, uint64_t *ret_us);
