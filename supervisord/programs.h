/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * programs.h - where the programs are that a config file names.
 */
#pragma once

/**
 * struct programs - the folders that are looked into
 * @beside: of the config file, absolute; NULL for the bundled tree
 * @actors: of the install, beside our own executable
 * @names: of programs in both, NULL-terminated
 * @why: what the last one that could not be executed is; static text
 */
struct programs {
	char *beside;
	char *actors;
	char **names;
	const char *why;
};

/**
 * programs_init() - for a config file
 * @file: NULL for the bundled tree
 *
 * Return: 0; negative errno. To be undone by programs_deinit() in any case.
 */
int programs_init(struct programs *programs, const char *file);
void programs_deinit(struct programs *programs);
/**
 * programs_find() - the absolute path of a program, for config_source
 * @data: a struct programs
 *
 * Return: malloc'd, or NULL with *@ret_error: -ENOENT, -EISDIR, -EACCES (not
 * executable), -EPERM (everybody can write it), -ENOEXEC (no program of this
 * machine: see programs_why()), or another negative errno.
 */
char *programs_find(void *data, const char *exec, int *ret_error);
/** programs_written() - the same with all links in it: what is executed is there as
 * long as nobody changes one of these; malloc'd */
char *programs_written(struct programs *programs, const char *exec,
		       int *ret_error);
/** programs_why() - what that is instead: "not an ELF program" */
const char *programs_why(void *data);
