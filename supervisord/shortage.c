/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * shortage.c - the kernel does not give what a supervisor needs now.
 *
 * A few descriptors are put by from the beginning: with none left, a death
 * could not be handled, and what would free others is just that. Nothing here
 * needs memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "supervisord/config/cause.h"
#include "supervisord/shortage.h"
#include "supervisord/zygotes.h"

/* what one start needs: channels, pipes, pidfd, the mounts of its program */
#define SPARE_FDS 24
#define TELL_EVERY_NS UINT64_C(1000000000)

/* of this process; a supervisor that is forked has closed them */
static int spare[SPARE_FDS];
static unsigned int n_spare;
static bool begun;

static void put_by(void)
{
	int fd;

	while (n_spare < SPARE_FDS) {
		fd = n_spare ? fcntl(spare[0], F_DUPFD_CLOEXEC, 0)
			     : open("/dev/null", O_PATH | O_CLOEXEC);
		if (fd < 0)
			return;
		spare[n_spare++] = fd;
	}
}

size_t shortage_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 ||
	    limit.rlim_max == RLIM_INFINITY)
		return SIZE_MAX;
	return limit.rlim_max;
}

void shortage_begin(void)
{
	n_spare = 0;
	begun = true;
	put_by();
}

void shortage_over(void)
{
	if (begun && n_spare < SPARE_FDS)
		put_by();
}

bool shortage_is(void)
{
	return begun && n_spare < SPARE_FDS;
}

/* what only waits to be closed and what nobody needs yet, first of all */
static bool spend(struct supervisor *s)
{
	bool had = chores_free_descriptors(s);

	had |= zygotes_free_descriptors(s);
	had |= n_spare > 0;

	while (n_spare > 0)
		close(spare[--n_spare]);
	return had;
}

void shortage_tell(struct supervisor *s, int error, const char *what)
{
	static uint64_t told_ns;
	uint64_t now_ns = supervisor_now_ns();
	struct record record;

	if (told_ns && now_ns - told_ns < TELL_EVERY_NS)
		return;
	told_ns = now_ns;
	record_begin(&record, "shortage");
	fields_put(&record.fields, "PATH", *s->node->path ? s->node->path :
		   s->tree->root->children[1]->path);
	fields_put_u64(&record.fields, "ERRNO", (uint64_t)-error);
	fields_put_format(&record.fields, "TEXT",
			  "the supervisor %s: %s: %s", s->path, what,
			  strerror(-error));
	if (s->reporter)
		reporter_send(s->reporter, &record);
	fprintf(stderr, "supervisord: %s: %s: %s\n", s->path, what,
		strerror(-error));
}

bool shortage_again(struct supervisor *s, int error, const char *what)
{
	if (!cause_errno_is_shortage(-error))
		return false;
	shortage_tell(s, error, what);
	if (error != -EMFILE && error != -ENFILE)
		return true;
	supervisor_step_soon(s);
	return spend(s);
}

void shortage_of_room(struct supervisor *s)
{
	shortage_again(s, -EMFILE,
		       "what comes waits until there are descriptors for it");
}

void shortage_end(struct supervisor *s, int error, const char *what)
{
	fprintf(stderr, "supervisord: %s: %s: %s; it begins anew\n", s->path,
		what, strerror(-error));
	_exit(1);
}
