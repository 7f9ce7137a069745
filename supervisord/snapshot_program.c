/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * snapshot_program.c - what is prepared of a program, written down and
 * read again: with its file, which may have no name any more.
 *
 * The next start has it prepared anew, as the new supervisord does that. This is
 * what an upgrade comes back to, or has come back to.
 */
#include <stdlib.h>
#include <string.h>

#include "supervisord/act/launch_program.h"
#include "supervisord/snapshot.h"

static const struct state_member program_members[] = {
	STATE_MEMBER(struct launch_program, STRING, "PATH", path),
	STATE_MEMBER(struct launch_program, FD, "ROOT_FD", root_fd),
	STATE_MEMBER(struct launch_program, FD, "NETWORK_FD", network_fd),
	STATE_MEMBER(struct launch_program, FD, "LANDLOCK_FD", landlock_fd),
	STATE_MEMBER(struct launch_program, FD, "USER_FD", user_fd),
	STATE_MEMBER(struct launch_program, UNSIGNED, "DEVICE",
		     executable.st_dev),
	STATE_MEMBER(struct launch_program, UNSIGNED, "INODE",
		     executable.st_ino),
	STATE_MEMBER(struct launch_program, UNSIGNED, "CHANGED",
		     executable.st_mtim.tv_sec),
	STATE_MEMBER(struct launch_program, UNSIGNED, "CHANGED_NS",
		     executable.st_mtim.tv_nsec),
	STATE_MEMBER(struct launch_program, BOOL, "TRIED", tried),
};
static const struct state_member argument_members[] = {
	{ "TEXT", STATE_STRING, 0, sizeof(char *) },
};
static const struct state_kind
	program_kind = STATE_KIND("PROGRAM", program_members),
	argument_kind = STATE_KIND("ARGUMENT", argument_members);

void snapshot_put_program(const struct launch_program *program,
			  struct state_writer *w)
{
	/* without a root of its own it would be found by its name */
	if (!program || program->root_fd < 0)
		return;
	state_put(w, &program_kind, program);
	for (size_t i = 0; program->arguments[i]; i++)
		state_put(w, &argument_kind, &program->arguments[i]);
}

static int take_argument(struct launch_program *program, size_t n,
			 struct state_reader *r)
{
	char **more = reallocarray(program->arguments, n + 2, sizeof(*more));

	if (!more)
		return state_fail(r, "there is no memory");
	program->arguments = more;
	more[n] = more[n + 1] = NULL;
	if (state_take(r, &argument_kind, &more[n]) == 0 && !more[n])
		state_fail(r, "an argument is none");
	return r->error;
}

static int take_arguments(struct launch_program *program,
			  struct state_reader *r)
{
	size_t n = 0;

	while (state_is(r, &argument_kind) &&
	       take_argument(program, n, r) == 0)
		n++;
	if (r->error == 0 && n == 0)
		state_fail(r, "a program has no arguments");
	return r->error;
}

int snapshot_take_program(struct launch_program **ret,
			  const struct launch_host *host,
			  const struct spec_node *node,
			  unsigned int n_processes, struct state_reader *r)
{
	struct launch_program *program;

	if (!state_is(r, &program_kind))
		return r->error;
	program = calloc(1, sizeof(*program));
	if (!program)
		return state_fail(r, "there is no memory");
	program->root_fd = program->ipc_fd = program->network_fd = -1;
	program->landlock_fd = program->user_fd = -1;
	program->n_processes = n_processes;
	if (state_take(r, &program_kind, program) == 0 &&
	    (!program->path || program->root_fd < 0 || !node->exec_path))
		state_fail(r, "the program of %s is none", node->path);
	if (r->error == 0)
		take_arguments(program, r);
	if (r->error == 0 &&
	    launch_program_resume(program, host, node) < 0)
		state_fail(r, "the program of %s cannot be prepared",
			   node->path);
	if (r->error == 0)
		*ret = program;
	else
		launch_program_free(program);
	return r->error;
}
