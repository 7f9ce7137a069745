/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_arena_kill.c - a process with an arena may die at any instruction.
 *
 * The process works as actors do, with real sockets: receive into the arena,
 * handle, send. It is run one machine instruction at a time, and after each the
 * arena is treated as if it had been the last: copied, recovered, emptied. (The
 * unit test that cuts after each store is quicker and plays more; this one
 * sees what the compiler and the kernel made of it.)
 */
#include <linux/sockios.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libactorproc/arena.h"
#include "libactorproc/edge.h"
#include "tests/harness/harness.h"

#define MESSAGES 12
#define A_PACKET 3		/* messages in each */

static const uint64_t in = 10 << 1 | EDGE_TARGET;
static const uint64_t out = 20 << 1 | EDGE_HOLDER;

static struct arena *arena;	/* shared with the process */
static int mailbox[2], reference[2];
static size_t packet_bytes;	/* all of one length */

struct numbers {
	uint64_t values[4 * MESSAGES];
	size_t n;
};

static size_t write_tell(void *to, uint64_t number)
{
	struct frame f = {
		.kind = FRAME_TELL,
		.trace = { 0, number },
		.type = "tell",
		.type_length = 4,
	};

	return frame_write(to, &f);
}

static void fill_mailbox(void)
{
	uint8_t packet[512];
	uint64_t number = 0;
	size_t n, i;

	while (number < MESSAGES) {
		n = PACKET_HEADER_BYTES;
		for (i = 0; i < A_PACKET; i++)
			n += write_tell(packet + n, number++);
		packet_seal(packet, (uint32_t)n, A_PACKET, number / A_PACKET,
			    0);
		CU_ASSERT_EQUAL_FATAL(edge_send(mailbox[0], packet, n),
				      EDGE_DONE);
		packet_bytes = n;
	}
}

/* ---- what the process does -------------------------------------------- */

/* Message n sends n % 3 tells; each fourth fails first, and sends one. */
static size_t answers(uint64_t message)
{
	return message % 4 == 3 ? 1 : message % 3;
}

static void answer(uint64_t message)
{
	uint64_t i;

	for (i = 0; i < answers(message); i++) {
		struct frame f = {
			.kind = FRAME_TELL,
			.trace = { 0, message * 4 + i },
			.type = "answer",
			.type_length = 6,
		};

		(void)arena_send(arena, out, &f, false);
	}
}

static void handle(void)
{
	struct frame f;
	uint64_t key;

	while (arena_frame(arena, &f, &key)) {
		arena_turn_begin(arena, true);
		answer(f.trace[1]);
		if (f.trace[1] % 4 == 3) {
			arena_turn_abort(arena);
			arena_turn_begin(arena, true);
			answer(f.trace[1]);
		}
		arena_turn_commit(arena);
	}
}

static void flush(void)
{
	const void *packet;
	size_t n_bytes;

	while (arena_outbox_peek(arena, out, &packet, &n_bytes) &&
	       edge_send(reference[0], packet, n_bytes) == EDGE_DONE)
		arena_outbox_drop(arena, out);
}

static void live(void)
{
	size_t n_bytes;

	while (edge_receive(mailbox[1], arena_landing(arena, in),
			    ACTOR_PACKET_MAX + 1, &n_bytes) == EDGE_DONE) {
		(void)arena_landed(arena, n_bytes, NULL);
		handle();
		flush();
	}
}

/* ---- what is found at each instruction -------------------------------- */

static struct numbers peer;
static uint64_t peer_sequence;

static void look_at(struct numbers *found, uint64_t *sequence,
		    const void *packet)
{
	struct frame f;
	size_t cursor = 0;

	if (packet_header(packet).sequence <= *sequence)
		return;
	*sequence = packet_header(packet).sequence;
	while (packet_next(packet, &cursor, &f))
		found->values[found->n++] = f.trace[1];
}

static void receive_as_peer(void)
{
	static uint8_t packet[ACTOR_PACKET_MAX];
	size_t n_bytes;

	while (edge_receive(reference[1], packet, sizeof(packet), &n_bytes) ==
	       EDGE_DONE)
		look_at(&peer, &peer_sequence, packet);
}

static struct arena *copy_arena(void)
{
	static uint64_t *copy;
	size_t cursor = 0, offset, n_bytes;

	if (!copy)
		copy = malloc(ARENA_BYTES);
	memset(copy, 0, ARENA_HEAD_BYTES);
	while (arena_used(arena, &cursor, &offset, &n_bytes))
		memcpy((uint8_t *)copy + offset, (uint8_t *)arena + offset,
		       n_bytes);

	return (struct arena *)copy;
}

/* Return: the first message that is neither in the arena nor on the way to it */
static uint64_t still_there(const struct arena *a)
{
	uint64_t n_queued = 0;
	int n_bytes = 0;

	CU_ASSERT_EQUAL_FATAL(ioctl(mailbox[1], SIOCINQ, &n_bytes), 0);
	n_queued = (uint64_t)n_bytes / packet_bytes * A_PACKET;

	return MESSAGES - n_queued - arena_waiting(a);
}

static void examine(void)
{
	struct arena *a = copy_arena();
	struct numbers found = peer;
	uint64_t sequence = peer_sequence;
	struct arena_remains remains;
	uint64_t n_done, message, key, i, n = 0;
	const void *packet;
	struct frame f;
	size_t n_bytes;

	CU_ASSERT_EQUAL_FATAL(arena_check(a, ARENA_BYTES), 0);
	arena_recover(a, 0, &remains);
	n_done = still_there(a);
	if (arena_frame(a, &f, &key))
		CU_ASSERT_EQUAL_FATAL(f.trace[1], n_done);
	if (remains.in_hand) {
		n_done--;
		CU_ASSERT_EQUAL_FATAL(remains.frame.trace[1], n_done);
	}
	while (arena_outbox_peek(a, out, &packet, &n_bytes)) {
		look_at(&found, &sequence, packet);
		arena_outbox_drop(a, out);
	}
	for (message = 0; message < n_done; message++)
		for (i = 0; i < answers(message); i++)
			CU_ASSERT_EQUAL_FATAL(found.values[n++],
					      message * 4 + i);
	CU_ASSERT_EQUAL_FATAL(found.n, n);
}

static pid_t start(void)
{
	pid_t pid = fork();
	int status = 0;

	if (!pid) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
			_exit(77);
		raise(SIGSTOP);
		live();
		_exit(0);
	}
	CU_ASSERT_EQUAL_FATAL(waitpid(pid, &status, 0), pid);
	if (!WIFSTOPPED(status))
		HARNESS_SKIP("ptrace is not allowed here");

	return pid;
}

static void test_every_instruction_may_be_the_last(void)
{
	size_t n_steps = 0;
	int status = 0;
	pid_t pid;

	arena = mmap(NULL, ARENA_BYTES, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	arena_format(arena);
	arena_edge_add(arena, in);
	arena_edge_add(arena, out);
	CU_ASSERT_EQUAL_FATAL(edge_pair(mailbox, 0), 0);
	CU_ASSERT_EQUAL_FATAL(edge_pair(reference, 0), 0);
	fill_mailbox();

	pid = start();
	while (!ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) &&
	       waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
		receive_as_peer();
		examine();
		n_steps++;
	}
	CU_ASSERT_TRUE(WIFEXITED(status) && !WEXITSTATUS(status));
	receive_as_peer();
	examine();
	CU_ASSERT_EQUAL(peer.n, 12);
	CU_ASSERT_TRUE(n_steps > 5000);
	harness_note("%zu instructions", n_steps);

	munmap(arena, ARENA_BYTES);
	close(mailbox[0]);
	close(mailbox[1]);
	close(reference[0]);
	close(reference[1]);
}

static const struct harness_test tests[] = {
	{ .name = "test_every_instruction_may_be_the_last",
	  .run = test_every_instruction_may_be_the_last,
	  .timeout_s = 300 },
};
HARNESS_MAIN(tests)
