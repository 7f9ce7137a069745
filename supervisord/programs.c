/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * programs.c - where the programs are that a config file names.
 *
 * Looks at files only: what can be run is opened again, by descriptor, when it
 * is run.
 */
#include "supervisord/programs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "supervisord/act/program_libraries.h"

/* "did you mean" looks at no more entries of a folder */
#define ENTRIES_MAX 1000

static int check_file(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode) || (st.st_mode & 0111) == 0)
		return -EACCES;
	if (st.st_mode & S_IWOTH)
		return -EPERM;
	if (faccessat(fd, "", X_OK, AT_EMPTY_PATH | AT_EACCESS) < 0)
		return -errno;

	return 0;
}

/* Return: 0 when @path is a program that may be run */
static int check_path(const char *path)
{
	int fd, r;

	fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOTDIR ? -ENOENT : -errno;
	r = check_file(fd);
	close(fd);

	return r;
}

/* who may execute it and not read it is not told before */
static int check_kind(const char *path, const char **ret_why)
{
	return program_libraries_look(path, ret_why) == -ENOEXEC ? -ENOEXEC : 0;
}

static int find_at(struct programs *programs, const char *path, char **ret)
{
	int r;

	r = check_path(path);
	if (r == 0)
		r = check_kind(path, &programs->why);
	if (r < 0)
		return r;
	*ret = strdup(path);

	return *ret ? 0 : -ENOMEM;
}

static int find_in(struct programs *programs, const char *folder,
		   const char *exec, char **ret)
{
	char *path;
	int r;

	if (!folder)
		return -ENOENT;
	if (asprintf(&path, "%s/%s", folder, exec) < 0)
		return -ENOMEM;
	r = find_at(programs, path, ret);
	free(path);

	return r;
}

/* a folder or a text of this name beside the file hides no program */
static int find_bare(struct programs *programs, const char *exec,
		     char **ret)
{
	int r, first;

	first = find_in(programs, programs->beside, exec, ret);
	if (first == 0)
		return 0;
	r = find_in(programs, programs->actors, exec, ret);

	return r == -ENOENT ? first : r;
}

char *programs_written(struct programs *programs, const char *exec,
		       int *ret_error)
{
	char *path = NULL;
	int r;

	if (exec[0] == '/')
		r = find_at(programs, exec, &path);
	else if (strchr(exec, '/'))
		r = find_in(programs, programs->beside, exec, &path);
	else
		r = find_bare(programs, exec, &path);
	if (r < 0)
		*ret_error = r;

	return path;
}

char *programs_find(void *data, const char *exec, int *ret_error)
{
	char *path = programs_written(data, exec, ret_error);
	char *real = path ? realpath(path, NULL) : NULL;

	if (path && !real)
		*ret_error = -errno;
	free(path);

	return real;
}

const char *programs_why(void *data)
{
	const struct programs *programs = data;

	return programs->why;
}

static int find_actors(char **ret)
{
	char self[PATH_MAX];
	ssize_t n;
	char *slash;

	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n < 0)
		return -errno;
	self[n] = '\0';
	slash = strrchr(self, '/');
	if (!slash)
		return -ENOENT;
	*slash = '\0';

	return asprintf(ret, "%s/actors", self) < 0 ? -ENOMEM : 0;
}

static int find_beside(const char *file, char **ret)
{
	const char *slash = strrchr(file, '/');
	char *folder, *real;
	int r = 0;

	folder = slash ? strndup(file, (size_t)(slash - file) + 1) :
			 strdup(".");
	if (!folder)
		return -ENOMEM;
	real = realpath(folder, NULL);
	if (real)
		*ret = real;
	else
		r = -errno;
	free(folder);

	return r;
}

static int add_name(struct programs *programs, size_t *n, const char *name)
{
	char **names = programs->names;

	names[*n] = strdup(name);
	if (!names[*n])
		return -ENOMEM;
	(*n)++;

	return 0;
}

static bool is_program(int folder_fd, const char *name)
{
	struct stat st;

	return fstatat(folder_fd, name, &st, 0) == 0 && S_ISREG(st.st_mode) &&
	       st.st_mode & 0111;
}

/* what cannot be read has no names */
static int add_names(struct programs *programs, size_t *n, const char *folder)
{
	struct dirent *entry;
	unsigned int i;
	DIR *dir;
	int r = 0;

	dir = folder ? opendir(folder) : NULL;
	if (!dir)
		return 0;
	for (i = 0; i < ENTRIES_MAX && r == 0; i++) {
		entry = readdir(dir);
		if (!entry)
			break;
		if (is_program(dirfd(dir), entry->d_name))
			r = add_name(programs, n, entry->d_name);
	}
	closedir(dir);

	return r;
}

int programs_init(struct programs *programs, const char *file)
{
	size_t n = 0;
	int r;

	*programs = (struct programs){ .names = NULL };
	r = find_actors(&programs->actors);
	if (r == 0 && file)
		r = find_beside(file, &programs->beside);
	if (r < 0)
		return r;

	programs->names = calloc(2 * ENTRIES_MAX + 1, sizeof(char *));
	if (!programs->names)
		return -ENOMEM;
	r = add_names(programs, &n, programs->actors);
	if (r == 0)
		r = add_names(programs, &n, programs->beside);

	return r;
}

void programs_deinit(struct programs *programs)
{
	size_t i;

	for (i = 0; programs->names && programs->names[i]; i++)
		free(programs->names[i]);
	free(programs->names);
	free(programs->beside);
	free(programs->actors);
	*programs = (struct programs){ .names = NULL };
}
