/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * text.h - is this the text that a config file may be? Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "supervisord/config/spec.h"

/**
 * text_check() - size, UTF-8, and no character that hides or moves others
 * @ret_clean: false: errors have been added, and nobody should read on
 *
 * Return: 0; -ENOMEM.
 */
int text_check(const char *text, size_t n_bytes, struct config_errors *errors,
	       bool *ret_clean);
