/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * reading.h - one reading of a file: what all readers of keys share. Pure.
 */
#pragma once

#include "supervisord/config/errors.h"
#include "supervisord/config/spec.h"
#include "supervisord/config/yaml.h"

/**
 * struct reading - a file on its way to a spec
 * @error: -ENOMEM once memory was short; nothing matters then
 */
struct reading {
	const struct config_source *source;
	struct config_errors *errors;
	int error;
};

/** struct quoted - a piece of the file as a message shows it: "…" */
struct quoted {
	char text[ERRORS_QUOTE_MAX + 16];
};

/** reading_refuse() - report an error and read on */
void reading_refuse(struct reading *r, struct spec_mark mark,
		    const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/** reading_is_full() - more errors would only be counted, none be shown */
bool reading_is_full(const struct reading *r);
/** reading_copy() - strdup(), or NULL and @r->error */
char *reading_copy(struct reading *r, const char *text);
/** reading_allocate() - calloc(), or NULL and @r->error */
void *reading_allocate(struct reading *r, size_t n, size_t size_bytes);
/** reading_join() - two texts with a character between, malloc'd, or NULL */
char *reading_join(struct reading *r, const char *one, char between,
		   const char *other);
/**
 * reading_expects() - is the value of this kind? Reports it when not
 *
 * What was refused already is not reported again.
 */
bool reading_expects(struct reading *r, const struct yaml_value *value,
		     enum yaml_kind kind, const char *what);
/** reading_quote() - in quotes, long text shortened; returns @buffer's text */
const char *reading_quote(struct quoted *buffer, const char *text);
