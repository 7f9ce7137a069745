/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * resume.c - a supervisor goes on as this program, in the same process.
 *
 * What it had was written down by the program before it, and read by a child of
 * that one, which executed the same program as this: nothing is found here that
 * was not found there, or that one would not have been replaced. So what is wrong
 * here is a want of memory or the like. Until others notice, this program has only
 * read: it is executed once more, with the same descriptors. When that does not
 * help the process ends, and with it all below: its parent starts it again.
 *
 * While the one before wrote and this one reads, nobody waits at a socket for
 * longer than for any other turn; what comes meanwhile lies there.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "libactorproc/path.h"
#include "supervisord/act/launch_slots.h"
#include "supervisord/act/successor.h"
#include "supervisord/activation.h"
#include "supervisord/breakpoint.h"
#include "supervisord/rationing.h"
#include "supervisord/reexec.h"
#include "supervisord/resume.h"
#include "supervisord/root.h"
#include "supervisord/shortage.h"
#include "supervisord/snapshot.h"

#define GO "resume"
#define GO_AGAIN "resume-again"
#define CHECK "check-state"

/**
 * struct resume
 * @argv: as we were called
 * @word_fd: only to check: what is wrong, or that all is well, is said there;
 *           -1: it is done
 * @seen: descriptors that are in the state, by number: none is there twice
 */
struct resume {
	char **argv;
	struct tree *tree;
	struct state_reader reader;
	int state_fd;
	int word_fd;
	bool *seen;
	int n_seen;
	struct supervisor supervisor;
};

bool resume_is_verb(const char *word)
{
	return !strcmp(word, GO) || !strcmp(word, GO_AGAIN) ||
	       !strcmp(word, CHECK);
}

static void try_again(const struct resume *resume)
{
	for (int fd = 0; fd < resume->n_seen; fd++)
		if (resume->seen[fd])
			fcntl(fd, F_SETFD, 0);
	successor_again(GO_AGAIN, resume->state_fd, resume->argv[2]);
}

void resume_refuse(struct resume *resume, const char *why)
{
	if (resume->word_fd >= 0) {
		successor_say(resume->word_fd, why);
		_exit(EXIT_FAILURE);
	}
	fprintf(stderr, "supervisord: cannot go on: %s\n", why);
	if (strcmp(resume->argv[0], GO_AGAIN))
		try_again(resume);
	_exit(EXIT_FAILURE);
}

static bool grow(struct resume *resume, int fd)
{
	int room = resume->n_seen ? resume->n_seen : 256;
	bool *seen;

	while (room <= fd)
		room *= 2;
	if (room == resume->n_seen)
		return true;
	seen = reallocarray(resume->seen, (size_t)room, sizeof(*seen));
	if (!seen)
		return false;
	memset(seen + resume->n_seen, 0,
	       (size_t)(room - resume->n_seen) * sizeof(*seen));
	resume->seen = seen;
	resume->n_seen = room;
	return true;
}

/* what is open, and nobody else's: a number that is not can belong to anything */
static bool claim(void *data, int fd)
{
	struct resume *resume = data;

	if (fd <= STDERR_FILENO || fd > 1 << 24 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 || !grow(resume, fd) ||
	    resume->seen[fd])
		return false;
	return resume->seen[fd] = true;
}

/* what was wrong, and that it was the state */
static void __attribute__((noreturn)) refuse_state(struct resume *resume)
{
	resume_refuse(resume, *resume->reader.why ? resume->reader.why :
		      strerror(-resume->reader.error));
}

struct resume *resume_open(struct tree *tree, char **argv)
{
	static struct resume it;	/* as many as processes are one */
	struct resume *resume = &it;
	const void *bytes;
	size_t n_bytes;

	resume->argv = argv;
	resume->tree = tree;
	resume->state_fd = atoi(argv[1]);
	resume->word_fd = strcmp(argv[0], CHECK) ? -1 : atoi(argv[2]);
	resume->reader.claim = claim;
	resume->reader.data = resume;
	if (resume->word_fd >= 0)
		fcntl(resume->word_fd, F_SETFD, FD_CLOEXEC);
	if (successor_map(resume->state_fd, STATE_BYTES_MAX, &bytes,
			  &n_bytes) < 0)
		resume_refuse(resume, "the state cannot be read, or is not sealed");
	/* where those of the program before were: behind all that it had, a child
	 * would have no number left below its limit */
	launch_slots_begin();
	if (state_open(&resume->reader, bytes, n_bytes) < 0 ||
	    snapshot_take_tree(tree, &resume->reader) < 0)
		refuse_state(resume);
	return resume;
}

/* an exec has changed it to the file's */
static void take_name(const struct supervisor *s)
{
	char name[16] = "supervisord";

	if (!supervisor_is_root(s))
		snprintf(name, sizeof(name), "sv:%.12s",
			 path_last(s->node->path));
	prctl(PR_SET_NAME, name);
}

/* from here on others notice */
static void go_live(struct supervisor *s)
{
	take_name(s);
	shortage_begin();
	rationing_resume(s);
	for (size_t i = 0; i < s->n_children; i++)
		if (s->children[i]->state == CHILD_IDLE)
			activation_begin(s->children[i]);
	supervisor_reap_strangers(s);
	supervisor_step_soon(s);
	reexec_resumed(s);
}

int resume_go(struct resume *resume)
{
	struct supervisor *s = &resume->supervisor;
	sd_event *event = NULL;

	if (sd_event_new(&event) < 0)
		resume_refuse(resume, "no event loop can be made");
	if (snapshot_take(s, resume->tree, event, &resume->reader) < 0)
		refuse_state(resume);
	if (resume->word_fd >= 0) {
		successor_say(resume->word_fd, NULL);
		_exit(EXIT_SUCCESS);
	}
	breakpoint_role(s->node->path);
	BREAKPOINT("reexec: executed, not settled");
	free(resume->seen);
	close(resume->state_fd);
	munmap((void *)resume->reader.bytes, resume->reader.n_bytes);
	successor_settle(resume->tree->host.user_mode);
	launch_host_resume(&resume->tree->host);
	go_live(s);
	if (!supervisor_is_root(s))
		supervisor_go_on(s);
	return root_go_on(s);
}
