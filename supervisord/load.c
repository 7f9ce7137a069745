/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * load.c - a config file from the disk, and the tree that is compiled in.
 *
 * What is wrong with the file as a file is reported like what is wrong in it.
 * It is opened once and judged by its descriptor, so that nobody can put
 * another in its place between the look and the reading.
 */
#include "supervisord/load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "supervisord/act/memory_file.h"
#include "supervisord/act/successor.h"
#include "supervisord/act/system_call_names.h"
#include "supervisord/config/errors.h"
#include "supervisord/config/system_tree.h"
#include "supervisord/kept_file.h"
#include "supervisord/trust.h"

const struct spec_mark load_whole_file = { 1, 1 };

/* Return: -EINVAL; -ENOMEM */
static int refuse(struct load *load, const char *why)
{
	int r = config_errors_add(&load->errors, load_whole_file, "%s", why);

	return r < 0 ? r : -EINVAL;
}

static int refuse_errno(struct load *load, int error)
{
	int r = config_errors_add(&load->errors, load_whole_file,
				  "cannot be read: %s", strerrordesc_np(error));

	return r < 0 ? r : -EINVAL;
}

/* reads up to the end, at most @room bytes; the file may grow meanwhile */
static ssize_t read_all(int fd, char *text, size_t room)
{
	size_t n_bytes = 0;

	while (n_bytes < room) {
		ssize_t n = read(fd, text + n_bytes, room - n_bytes);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		n_bytes += (size_t)n;
	}

	return (ssize_t)n_bytes;
}

/* one byte more than a file may have shows that it has too many */
static int read_text(struct load *load, int fd)
{
	ssize_t n;

	load->text = malloc(CONFIG_BYTES_MAX + 1);
	if (!load->text)
		return -ENOMEM;
	n = read_all(fd, load->text, CONFIG_BYTES_MAX + 1);
	if (n < 0)
		return refuse_errno(load, (int)-n);

	load->source.text = load->text;
	load->source.n_bytes = (size_t)n;

	return 0;
}

static int read_file(struct load *load, int fd, mode_t *ret_mode)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return refuse_errno(load, errno);
	if (S_ISDIR(st.st_mode))
		return refuse(load, "is a folder, not a file");
	if (!S_ISREG(st.st_mode))
		return refuse(load, "is not a regular file");
	*ret_mode = st.st_mode;

	return read_text(load, fd);
}

/* O_NONBLOCK: a fifo shall not hold us up */
static int open_file(struct load *load, mode_t *ret_mode)
{
	int fd, r;

	fd = open(load->source.name,
		  O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return refuse_errno(load, errno);
	r = read_file(load, fd, ret_mode);
	close(fd);

	return r;
}

/* the first of the errors, though it was found last */
static int refuse_mode(struct load *load)
{
	int r;

	load->system = spec_system_free(load->system);
	r = refuse(load, "can be written by everybody: chmod o-w it");
	config_errors_sort(&load->errors);

	return r;
}

static int refuse_untrusted(struct load *load, bool with_libraries)
{
	int r = trust_check(load, with_libraries);

	if (r < 0 || load->errors.n_errors == 0)
		return r;
	load->system = spec_system_free(load->system);
	config_errors_sort(&load->errors);

	return -EINVAL;
}

static void source_init(struct load *load, const char *name)
{
	*load = (struct load){
		.source = {
			.name = name,
			.exec_lookup = programs_find,
			.exec_why = programs_why,
			.data = &load->programs,
		},
	};
}

static int parse(struct load *load)
{
	load->source.exec_names = (const char *const *)load->programs.names;
	load->source.system_calls = system_call_names;

	return config_parse(&load->source, &load->system, &load->errors);
}

static int load_any(struct load *load, const char *file, bool with_libraries)
{
	mode_t mode;
	int r;

	source_init(load, file);
	r = open_file(load, &mode);
	if (r < 0)
		return r;
	r = programs_init(&load->programs, file);
	if (r < 0)
		return r;

	r = parse(load);
	if (r == 0)
		r = refuse_untrusted(load, with_libraries);
	if ((r == 0 || r == -EINVAL) && mode & S_IWOTH)
		r = refuse_mode(load);

	return r;
}

int load_file(struct load *load, const char *file)
{
	return load_any(load, file, true);
}

int load_file_at_once(struct load *load, const char *file)
{
	return load_any(load, file, false);
}

void load_deinit(struct load *load)
{
	spec_system_free(load->system);
	config_errors_clear(&load->errors);
	programs_deinit(&load->programs);
	free(load->text);
	*load = (struct load){ .system = NULL };
}

/* what a load came to, for who does not want the rest of it */
static int hand_over(struct load *load, int r, struct spec_system **ret,
		     char **ret_errors)
{
	char *text;

	if (r == -EINVAL) {
		text = config_errors_format(&load->source, &load->errors);
		if (text)
			*ret_errors = text;
		else
			r = -ENOMEM;
	}
	if (r == 0) {
		*ret = load->system;
		load->system = NULL;
	}
	load_deinit(load);

	return r;
}

int load_config(const char *file, struct spec_system **ret, int *ret_kept_fd,
		char **ret_errors)
{
	struct load load;
	int r = load_file(&load, file);

	if (r == 0)
		r = kept_file_write(&load, ret_kept_fd);
	return hand_over(&load, r, ret, ret_errors);
}

/* nobody changes it any more */
static int seal(const char *text, size_t n_bytes, int *ret_fd)
{
	return memory_file_new("actorproc-file",
			       &(struct iovec){ (char *)text, n_bytes }, 1,
			       ret_fd);
}

/* the text is the source's until it is handed over */
static int parse_bundled(const char *text, size_t n_bytes, struct load *load)
{
	int r;

	source_init(load, system_tree_name);
	load->source.text = text;
	load->source.n_bytes = n_bytes;
	load->source.bundled = true;
	r = programs_init(&load->programs, NULL);
	return r < 0 ? r : parse(load);
}

int load_system_tree(struct spec_system **ret, char **ret_errors,
		     int *ret_kept_fd)
{
	struct load load;
	int r = parse_bundled(system_tree_text, strlen(system_tree_text),
			      &load);

	if (r == 0)
		r = seal(system_tree_text, strlen(system_tree_text),
			 ret_kept_fd);
	return hand_over(&load, r, ret, ret_errors);
}

int load_system_tree_again(int kept_fd, struct spec_system **ret,
			   char **ret_errors)
{
	struct load load;
	const void *text;
	size_t n_bytes;
	int r;

	r = successor_map(kept_fd, CONFIG_BYTES_MAX, &text, &n_bytes);
	if (r < 0)
		return r;
	r = hand_over(&load, parse_bundled(text, n_bytes, &load), ret,
		      ret_errors);
	munmap((void *)text, n_bytes);
	return r;
}
