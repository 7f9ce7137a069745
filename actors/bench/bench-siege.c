/* SPDX-License-Identifier: 0BSD */
/*
 * bench-siege.c - takes as much as its sandbox lets it have, for ever.
 *
 * Its argument says of what: see the table at the end. As an actor it is ready as
 * any other, and begins behind that; with "fork" it is no actor but a program,
 * which makes processes that make processes.
 */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <actorproc.h>

/* of memory a limit is a key: without that it is ours that keeps the host alive */
#define HOARD_BYTES ((size_t)256 << 20)
#define FILES_MAX 65536
#define TURN_MESSAGES 512
#define PAGE_BYTES 4096

/** struct siege - @deed: what it does in each turn; it need not return */
struct siege {
	int (*deed)(struct actor *self);
};

static int take_processor(struct actor *self)
{
	volatile uint64_t turns = 0;

	(void)self;
	for (;;)
		turns++;
	return 0;
}

/* given back, so that each round costs the kernel all of it again */
static int take_memory(struct actor *self)
{
	char *hoard = mmap(NULL, HOARD_BYTES, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (hoard == MAP_FAILED)
		return actor_timer(self, "again", 0);
	for (size_t i = 0; i < HOARD_BYTES; i += PAGE_BYTES)
		hoard[i] = 1;
	munmap(hoard, HOARD_BYTES);
	return actor_timer(self, "again", 0);
}

static int take_descriptors(struct actor *self)
{
	static int fds[FILES_MAX];
	size_t n = 0;

	while (n < FILES_MAX - 1 && pipe(fds + n) == 0)
		n += 2;
	while (n > 0)
		close(fds[--n]);
	return actor_timer(self, "again", 0);
}

/* as much as its edge takes, and more as soon as there is room */
static int take_mailbox(struct actor *self)
{
	static const char noise[64] = "noise";
	struct actor_reference *victim = actor_reference(self, "victim");
	int r = 0;

	for (int i = 0; r == 0 && i < TURN_MESSAGES; i++)
		r = actor_tell(self, victim, "x", noise, sizeof(noise));
	return r == -EAGAIN ? 0 : actor_timer(self, "again", 0);
}

/* a program: what cannot be made is tried again by all there are */
static int take_processes(void)
{
	signal(SIGCHLD, SIG_IGN);
	for (;;)
		if (fork() == 0)
			signal(SIGCHLD, SIG_IGN);
	return 0;
}

static const struct {
	const char *name;
	int (*deed)(struct actor *self);
} deeds[] = {
	{ "cpu", take_processor },
	{ "memory", take_memory },
	{ "descriptors", take_descriptors },
	{ "mailbox", take_mailbox },
};

static int start(struct actor *self, int argc, char **argv)
{
	struct siege *siege = actor_state(self);

	for (size_t i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++)
		if (argc > 1 && strcmp(argv[1], deeds[i].name) == 0)
			siege->deed = deeds[i].deed;
	return siege->deed ? actor_timer(self, "again", 0) : -EINVAL;
}

static int receive(struct actor *self, const struct actor_message *message)
{
	struct siege *siege = actor_state(self);

	if (actor_message_is_tick(message, "again") ||
	    actor_message_kind(message) == ACTOR_ROOM)
		return siege->deed(self);
	return ACTOR_UNHANDLED;
}

int main(int argc, char **argv)
{
	static const struct actor_class class = {
		.state_size = sizeof(struct siege),
		.start = start,
		.receive = receive,
	};

	if (argc > 1 && strcmp(argv[1], "fork") == 0)
		return take_processes();
	return actor_main(&class, argc, argv);
}
