/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * program_libraries.h - what else must exist for a program to run.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/**
 * struct program_libraries - the loader and the shared libraries of a program
 * @paths: absolute; the loader first. None for a static program
 * @needs_cache: the loader finds some only by its cache
 */
struct program_libraries {
	char **paths;
	size_t n_paths;
	bool needs_cache;
};

#define PROGRAM_LIBRARIES_CACHE "/etc/ld.so.cache"

/**
 * program_libraries() - ask the program's own loader, once for each file
 * @ret_libraries: ours; lives as long as this process
 * @ret_what: on an error: what is wrong, static text
 *
 * The program is not run; its loader is, which must belong to root or to us.
 * Return: 0; -ENOEXEC: not a program of this machine, or a script; -ENOENT:
 * the loader or a library is missing; other negative errno.
 */
int program_libraries(const char *program,
		      const struct program_libraries **ret_libraries,
		      const char **ret_what);
/**
 * program_libraries_look() - could that be executed at all?
 * @ret_what: of -ENOEXEC: "not an ELF program", static text
 *
 * Looks at its headers; runs nothing. Return: 0; -ENOEXEC; other negative errno.
 */
int program_libraries_look(const char *program, const char **ret_what);
/** program_libraries_parse() - the lines of `ld.so --list`; returns 0, -ENOENT,
 * -ENOMEM or -EINVAL. @ret is to be cleared by the caller, always. */
int program_libraries_parse(char *text, struct program_libraries *ret);
void program_libraries_clear(struct program_libraries *libraries);
