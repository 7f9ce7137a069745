/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * promises.c - what the sandboxes of a file would be, from the daemon's program.
 *
 * It alone reads files and knows what this machine can enforce. What it says is
 * taken by the ids of the checks; one that we do not know is of another version.
 */
#include "actorctl/promises.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actorctl/supervisord.h"
#include "actorctl/verb.h"

/* ---- asking ------------------------------------------------------------- */

static int cannot_ask(void)
{
	fprintf(stderr, "actorctl: cannot run the daemon's program: %s\n",
		strerror(errno));
	return EXIT_FAILED;
}

static void ask(const char *file, int answer_fd)
{
	const char *arguments[] = { "promise", file, NULL };

	if (dup2(answer_fd, STDOUT_FILENO) < 0)
		_exit(cannot_ask());
	_exit(supervisord_exec(arguments));
}

/* @json: what it wrote; it has said itself what is wrong when it failed */
static int conclude(pid_t pid, json_t *json, json_t **ret)
{
	int status;

	if (waitpid(pid, &status, 0) < 0 || !WIFEXITED(status) ||
	    WEXITSTATUS(status) != 0) {
		json_decref(json);
		return EXIT_FAILED;
	}
	if (!json_is_array(json)) {
		fprintf(stderr, "actorctl: the daemon's program says nothing; "
			"do their versions agree? actorctl version\n");
		json_decref(json);
		return EXIT_FAILED;
	}
	*ret = json;
	return 0;
}

int promises_read(const char *file, json_t **ret)
{
	json_t *json;
	FILE *stream;
	int pipe_fds[2];
	pid_t pid;

	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return cannot_ask();
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		ask(file, pipe_fds[1]);
	close(pipe_fds[1]);
	stream = fdopen(pipe_fds[0], "r");
	if (pid < 0 || !stream) {
		close(pipe_fds[0]);
		return cannot_ask();
	}
	json = json_loadf(stream, 0, NULL);
	fclose(stream);
	return conclude(pid, json, ret);
}

/* ---- understanding ------------------------------------------------------ */

static bool set_values(const json_t *values, struct exposure *exposure)
{
	enum exposure_check check;
	const char *id;
	json_t *value;

	json_object_foreach((json_t *)values, id, value) {
		check = exposure_find(id);
		if (check == N_EXPOSURE_CHECKS || !json_is_integer(value) ||
		    json_integer_value(value) < 0)
			return false;
		exposure_set(exposure, check, json_integer_value(value));
	}

	return json_object_size(values) > 0;
}

static bool set_details(const json_t *details, struct exposure *exposure)
{
	enum exposure_check check;
	const char *id;
	json_t *detail;

	json_object_foreach((json_t *)details, id, detail) {
		check = exposure_find(id);
		if (check == N_EXPOSURE_CHECKS || !json_is_string(detail))
			return false;
		snprintf(exposure->values[check].detail,
			 EXPOSURE_DETAIL_BYTES, "%s",
			 json_string_value(detail));
	}

	return true;
}

static bool set_asked(const json_t *asked, struct exposure *exposure)
{
	enum exposure_check check;
	const char *id;
	json_t *value;
	size_t i;

	json_array_foreach(asked, i, value) {
		id = json_string_value(value);
		check = id ? exposure_find(id) : N_EXPOSURE_CHECKS;
		if (check == N_EXPOSURE_CHECKS)
			return false;
		exposure->values[check].asked = true;
	}

	return true;
}

bool promises_exposure(const json_t *promise, struct exposure *ret)
{
	const char *kind = json_string_value(json_object_get(promise, "kind"));

	if (!kind)
		return false;
	exposure_init(ret, strcmp(kind, "program") ? EXPOSURE_OF_ACTOR :
						     EXPOSURE_OF_PROGRAM);

	return set_values(json_object_get(promise, "values"), ret) &&
	       set_details(json_object_get(promise, "details"), ret) &&
	       set_asked(json_object_get(promise, "asked"), ret);
}
