/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * load.h - a config file from the disk, and the tree that is compiled in.
 */
#pragma once

#include "supervisord/config/spec.h"
#include "supervisord/programs.h"

/**
 * struct load - a file, what it declares and what is wrong with it
 * @system: NULL when there are errors; who takes it sets it to NULL
 */
struct load {
	struct config_source source;
	struct config_errors errors;
	struct spec_system *system;
	struct programs programs;
	char *text;
};

/** load_whole_file - where an error is that is of no line */
extern const struct spec_mark load_whole_file;
/**
 * load_file() - open, read once, parse, look up its programs
 *
 * Return: 0; -EINVAL with @load->errors, also when the file cannot be read;
 * -ENOMEM and the like. To be undone by load_deinit() in any case.
 */
int load_file(struct load *load, const char *file);
/** load_file_at_once() - the same for who has a loop, and waits for no other
 * process: whose libraries an actor may write, its start says and not this */
int load_file_at_once(struct load *load, const char *file);
void load_deinit(struct load *load);

/**
 * load_config() - the same, for who only wants a system or a text
 * @ret_errors: as a person reads them, set when -EINVAL is returned; the
 *              caller's to free
 * @ret_kept_fd: what was read, for kept_file_read()
 */
int load_config(const char *file, struct spec_system **ret, int *ret_kept_fd,
		char **ret_errors);
/** load_system_tree() - that of the bundled actors, "/system"
 * @ret_kept_fd: for load_system_tree_again() */
int load_system_tree(struct spec_system **ret, char **ret_errors,
		     int *ret_kept_fd);
/** load_system_tree_again() - of another supervisord; its actors are ours */
int load_system_tree_again(int kept_fd, struct spec_system **ret,
			   char **ret_errors);
