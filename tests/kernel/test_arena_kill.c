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
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libactorproc/arena.h"
#include "libactorproc/edge.h"
#include "tests/harness/harness.h"
#include "tests/kernel/autopsy.h"
#include "tests/kernel/stepper.h"

#define MESSAGES 12
#define A_PACKET 3		/* messages in each */

static const uint64_t in = 10 << 1 | EDGE_TARGET;
static const uint64_t out = 20 << 1 | EDGE_HOLDER;

static struct arena *arena;	/* shared with the process */
static int mailbox[2], reference[2];

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
	uint64_t number = 0, first;
	size_t n, i;

	while (number < MESSAGES) {
		first = number;
		n = PACKET_HEADER_BYTES;
		for (i = 0; i < A_PACKET; i++)
			n += write_tell(packet + n, number++);
		packet_seal(packet, (uint32_t)n, A_PACKET, number / A_PACKET,
			    first);
		CU_ASSERT_EQUAL_FATAL(edge_send(mailbox[0], packet, n),
				      EDGE_DONE);
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
	struct arena_offer offer;

	while (arena_outbox_offer(arena, out, &offer) &&
	       edge_send(reference[0], offer.packet, offer.n_bytes) ==
		       EDGE_DONE)
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

static struct witness peer = { .at = EDGE_TARGET };

/* Return: the first message that is neither in the arena nor on the way to it */
static uint64_t still_there(const struct arena *a)
{
	struct witness queue = { .at = EDGE_TARGET };

	autopsy_queue(mailbox[1], &queue, -1);

	return MESSAGES - queue.n - arena_waiting(a);
}

static void examine(void)
{
	struct arena *a = autopsy_copy(arena);
	struct witness found = peer;
	struct arena_remains remains;
	uint64_t n_done, message, key, i, n = 0;
	struct frame f;

	arena_recover(a, 0, &remains);
	n_done = still_there(a);
	if (arena_frame(a, &f, &key))
		CU_ASSERT_EQUAL_FATAL(f.trace[1], n_done);
	if (remains.in_hand) {
		n_done--;
		CU_ASSERT_EQUAL_FATAL(remains.frame.trace[1], n_done);
	}
	autopsy_outbox(a, out, &found);
	for (message = 0; message < n_done; message++)
		for (i = 0; i < answers(message); i++)
			CU_ASSERT_EQUAL_FATAL(found.seen[n++].number,
					      message * 4 + i);
	CU_ASSERT_EQUAL_FATAL(found.n, n);
}

static pid_t start(void)
{
	pid_t pid = fork();

	if (!pid) {
		raise(SIGSTOP);
		live();
		_exit(0);
	}
	CU_ASSERT_EQUAL_FATAL(waitpid(pid, NULL, WUNTRACED), pid);
	stepper_hold(pid);
	kill(pid, SIGCONT);

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
	while (stepper_step(pid, &status) == STEPPER_STEPPED) {
		witness_receive(&peer, reference[1]);
		examine();
		n_steps++;
	}
	CU_ASSERT_TRUE(WIFEXITED(status) && !WEXITSTATUS(status));
	witness_receive(&peer, reference[1]);
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
	  .timeout_s = 3600 },
};
HARNESS_MAIN(tests)
