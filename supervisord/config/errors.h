/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * errors.h - what is wrong with a file, collected and shown. Pure.
 *
 * struct config_errors and config_errors_format() are in spec.h.
 */
#pragma once

#include <stdarg.h>

#include "supervisord/config/spec.h"

/* of a value that a message quotes, and of a whole message */
#define ERRORS_QUOTE_MAX 80
#define ERRORS_MESSAGE_MAX 1024

/**
 * config_errors_add() - note an error; past CONFIG_ERRORS_MAX it is counted
 *
 * Control characters in the message become '?', it is one line then.
 * Return: 0; -ENOMEM.
 */
int config_errors_add(struct config_errors *errors, struct spec_mark mark,
		      const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int config_errors_add_list(struct config_errors *errors,
			   struct spec_mark mark, const char *format,
			   va_list arguments)
	__attribute__((format(printf, 3, 0)));
/** config_errors_sort() - in order of place, as found where that is equal */
void config_errors_sort(struct config_errors *errors);
