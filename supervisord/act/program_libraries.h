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
 * and what its libraries are
 * @environment: what it will have; of it LD_LIBRARY_PATH counts. NULL: none
 * @ret_libraries: ours; until the next call
 * @ret_what: on an error: what is wrong, ours until the next call
 *
 * The program is not run; its loader is, which must belong to root or to us.
 * Return: 0; -ENOEXEC: not a program of this machine, or a script; -ENOENT:
 * the loader or a library is missing; other negative errno.
 */
int program_libraries(const char *program, char *const *environment,
		      const struct program_libraries **ret_libraries,
		      const char **ret_what);
/**
 * program_libraries_look() - could that be executed at all?
 * @ret_what: of -ENOEXEC: "not an ELF program", static text
 *
 * Looks at its headers; runs nothing. Return: 0; -ENOEXEC; other negative errno.
 */
int program_libraries_look(const char *program, const char **ret_what);
/**
 * program_libraries_parse() - the lines of `ld.so --list`
 * @ret: to be cleared by the caller, always
 * @ret_culprit: on an error: in @text, what it was about
 *
 * Return: 0; -ENOENT: not found; -ENOTDIR: found by a relative path; -ENOMEM;
 * -EINVAL.
 */
int program_libraries_parse(char *text, struct program_libraries *ret,
			    const char **ret_culprit);
/** program_libraries_folders() - "LD_LIBRARY_PATH=" and the absolute folders of
 * that in @environment, for free(); NULL: no memory */
char *program_libraries_folders(char *const *environment);
/**
 * program_libraries_place() - where a loader in a sandbox looks for @path
 * @place: without "." and "..", as folders are no links there: PATH_MAX bytes
 *
 * Return: 0; -EINVAL: @path is not absolute; -ENAMETOOLONG.
 */
int program_libraries_place(const char *path, char *place);
void program_libraries_clear(struct program_libraries *libraries);
