/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * check_json.h - what a check found, as JSON.
 */
#pragma once

#include "supervisord/load.h"

/**
 * check_json_format() - one object, malformed files and good ones alike
 * @warnings: NULL-terminated; NULL: none
 *
 * Return: malloc'd text without a newline; NULL: memory was short.
 */
char *check_json_format(const struct load *load, char *const *warnings);
