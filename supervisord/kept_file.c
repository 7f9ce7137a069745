/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kept_file.c - a file that has been read, for all who are to have its tree.
 *
 * Supervisors below are given it at a reload, another program finds it at a
 * reexec, and the next root, when a service manager has kept it for that one. It
 * alone knows what is in it, and looks at all of that before it believes any.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "supervisord/act/memory_file.h"
#include "supervisord/config/errors.h"
#include "supervisord/kept_file.h"

/* many times what the largest tree has */
#define BYTES_MAX ((off_t)256 * 1024 * 1024)

/**
 * struct kept_header - what is behind it: programs and where they are, the text
 * @n_programs: strings, of which each second one is a path
 */
struct kept_header {
	uint64_t n_programs;
	uint64_t n_program_bytes;
	uint64_t n_text_bytes;
};

/** struct kept_file - as it was found */
struct kept_file {
	char *bytes;
	size_t n_bytes;
	struct kept_header header;
};

/* ---- writing ---- */

static int write_programs(FILE *file, const struct spec_node *node,
			  uint64_t *n)
{
	if (node->exec && node->exec_path) {
		fprintf(file, "%s%c%s%c", node->exec, 0, node->exec_path, 0);
		*n += 2;
	}
	for (size_t i = 0; i < node->n_templates; i++)
		write_programs(file, node->templates[i], n);
	for (size_t i = 0; i < node->n_children; i++)
		write_programs(file, node->children[i], n);
	return ferror(file) ? -ENOMEM : 0;
}

int kept_file_write(const struct load *load, int *ret_fd)
{
	struct kept_header header = {
		.n_text_bytes = load->source.n_bytes,
	};
	char *programs = NULL;
	size_t n_bytes = 0;
	FILE *file = open_memstream(&programs, &n_bytes);
	int r;

	if (!file)
		return -ENOMEM;
	r = write_programs(file, load->system->top, &header.n_programs);
	if (fclose(file) != 0)
		r = -ENOMEM;
	header.n_program_bytes = n_bytes;
	if (r == 0)
		r = memory_file_new("actorproc-file", (const struct iovec[]){
			{ &header, sizeof(header) },
			{ programs, n_bytes },
			{ (char *)load->source.text, load->source.n_bytes },
		}, 3, ret_fd);
	free(programs);
	return r;
}

/* ---- reading ---- */

static const char *programs_of(const struct kept_file *kept)
{
	return kept->bytes + sizeof(kept->header);
}

static const char *path_of(const struct kept_file *kept, const char *exec)
{
	const char *at = programs_of(kept), *path;

	for (uint64_t i = 0; i < kept->header.n_programs; i += 2) {
		path = at + strlen(at) + 1;
		if (!strcmp(at, exec))
			return path;
		at = path + strlen(path) + 1;
	}
	return NULL;
}

static char *find_program(void *data, const char *exec, int *ret_error)
{
	const char *path = path_of(data, exec);
	char *copy = path ? strdup(path) : NULL;

	*ret_error = path ? -ENOMEM : -ENOENT;
	return copy;
}

static uint64_t count_strings(const char *bytes, size_t n_bytes)
{
	uint64_t n = 0;

	for (size_t i = 0; i < n_bytes; i++)
		n += bytes[i] == '\0';
	return n;
}

static bool is_sound(const struct kept_file *kept)
{
	const struct kept_header *h = &kept->header;
	size_t n_left = kept->n_bytes - sizeof(*h);
	const char *programs = programs_of(kept);

	return h->n_program_bytes <= n_left &&
	       h->n_text_bytes == n_left - h->n_program_bytes &&
	       h->n_programs % 2 == 0 &&
	       h->n_programs == count_strings(programs, h->n_program_bytes) &&
	       (!h->n_program_bytes || !programs[h->n_program_bytes - 1]);
}

static int open_it(struct kept_file *kept, int fd)
{
	struct stat st;
	int r;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size > BYTES_MAX)
		return -EBADMSG;
	r = memory_file_read(fd, &kept->bytes, &kept->n_bytes);
	if (r < 0)
		return r;
	if (kept->n_bytes < sizeof(kept->header))
		return -EBADMSG;
	memcpy(&kept->header, kept->bytes, sizeof(kept->header));
	return is_sound(kept) ? 0 : -EBADMSG;
}

static int parse(struct kept_file *kept, const char *name,
		 struct spec_system **ret)
{
	const struct config_source source = {
		.name = name,
		.text = programs_of(kept) + kept->header.n_program_bytes,
		.n_bytes = kept->header.n_text_bytes,
		.exec_lookup = find_program,
		.data = kept,
		.judged = true,
	};
	struct config_errors errors;
	int r = config_parse(&source, ret, &errors);

	config_errors_clear(&errors);
	return r;
}

int kept_file_read(int fd, const char *name, struct spec_system **ret)
{
	struct kept_file kept = { .bytes = NULL };
	int r = open_it(&kept, fd);

	if (r == 0)
		r = parse(&kept, name, ret);
	free(kept.bytes);
	return r;
}
