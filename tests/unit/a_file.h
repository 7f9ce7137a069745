/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * a_file.h - a config file's text as a tree, for those who compare trees.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervisord/config/spec.h"
#include "tests/harness/harness.h"

/* there is every program */
static inline char *file_program(void *data, const char *exec, int *ret_error)
{
	char *path = NULL;

	(void)data;
	(void)ret_error;
	if (asprintf(&path, "/bin/%s", exec) < 0)
		abort();
	return path;
}

static inline struct spec_system *file_read(const char *text)
{
	const struct config_source source = {
		.name = "x.yaml",
		.text = text,
		.n_bytes = strlen(text),
		.exec_lookup = file_program,
		.judged = true,
	};
	struct config_errors errors;
	struct spec_system *system;
	char *said;

	if (config_parse(&source, &system, &errors) < 0) {
		said = config_errors_format(&source, &errors);
		harness_note("%s%s", text, said);
		abort();
	}
	config_errors_clear(&errors);
	return system;
}
