/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_pool.c - the memory that both ends of an edge share.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "libactorproc/actorproc.h"
#include "libactorproc/flow.h"
#include "libactorproc/pool.h"
#include "tests/harness/harness.h"

#define MIB ((size_t)1 << 20)
#define WINDOW ACTOR_POOL_WINDOW

static struct pool ours, theirs;

static void begin(void)
{
	int fd;

	CU_ASSERT_EQUAL_FATAL(pool_new(&fd), 0);
	CU_ASSERT_EQUAL_FATAL(pool_map(&ours, fd), 0);
	CU_ASSERT_EQUAL_FATAL(pool_map(&theirs, fd), 0);
	CU_ASSERT_EQUAL_FATAL(pool_open(&ours), 0);
	CU_ASSERT_EQUAL_FATAL(pool_open(&theirs), 0);
	close(fd);
}

static void end(void)
{
	pool_unmap(&ours);
	pool_unmap(&theirs);
	pool_unmap(&theirs);	/* again is fine */
	CU_ASSERT_PTR_NULL(pool_flow(&ours, EDGE_HOLDER));
}

static void fill(unsigned char *bytes, size_t n_bytes, uint32_t seed)
{
	size_t i;

	for (i = 0; i < n_bytes; i++) {
		seed = seed * 1664525 + 1013904223;
		bytes[i] = (unsigned char)(seed >> 24);
	}
}

static void test_a_pool_keeps_its_size(void)
{
	struct stat status;
	int fd, seals;

	CU_ASSERT_EQUAL_FATAL(pool_new(&fd), 0);
	seals = fcntl(fd, F_GET_SEALS);
	CU_ASSERT_EQUAL(seals & (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL),
			F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
	CU_ASSERT(ftruncate(fd, 4096) < 0);
	CU_ASSERT(ftruncate(fd, (off_t)ACTOR_POOL_FILE_BYTES + 1) < 0);
	CU_ASSERT_EQUAL(fstat(fd, &status), 0);
	CU_ASSERT_EQUAL(status.st_size, (off_t)ACTOR_POOL_FILE_BYTES);
	CU_ASSERT_EQUAL(status.st_blocks, 0);
	close(fd);
	CU_ASSERT(pool_map(&ours, fd) < 0);
	CU_ASSERT_PTR_NULL(ours.page);
}

static void test_only_its_words_are_mapped_before_a_payload_is(void)
{
	const struct actor_pooled place = { .size = 2 };
	unsigned char bytes[2] = { 1, 2 };
	int fd;

	CU_ASSERT_EQUAL_FATAL(pool_new(&fd), 0);
	CU_ASSERT_EQUAL_FATAL(pool_map(&ours, fd), 0);
	CU_ASSERT_EQUAL_FATAL(pool_map(&theirs, fd), 0);
	close(fd);
	CU_ASSERT_PTR_NOT_NULL(pool_flow(&ours, EDGE_TARGET));
	CU_ASSERT_PTR_NULL(ours.all);
	CU_ASSERT_EQUAL_FATAL(pool_open(&ours), 0);
	CU_ASSERT_EQUAL(pool_open(&ours), 0);
	pool_write(&ours, EDGE_HOLDER, place, bytes);
	CU_ASSERT_PTR_NULL(theirs.all);
	CU_ASSERT_PTR_NOT_NULL_FATAL(pool_place(&theirs, EDGE_HOLDER, place));
	CU_ASSERT_EQUAL(memcmp(pool_place(&theirs, EDGE_HOLDER, place), bytes,
			       2), 0);
	end();
}

static void test_limits_are_there_before_anybody_maps_it(void)
{
	struct actor_pool_flow limits = { 0 };
	int fd;

	flow_limit(&limits, &(struct flow_bounds){ .messages = 7 }, 1);
	CU_ASSERT_EQUAL_FATAL(pool_new(&fd), 0);
	CU_ASSERT_EQUAL(pool_limit(fd, &limits), 0);
	CU_ASSERT_EQUAL_FATAL(pool_map(&ours, fd), 0);
	CU_ASSERT_EQUAL(pool_flow(&ours, EDGE_HOLDER)->limit_messages, 7);
	CU_ASSERT_EQUAL(pool_flow(&ours, EDGE_TARGET)->limit_messages, 0);
	pool_unmap(&ours);
	close(fd);
}

/* ---- payloads ---------------------------------------------------------- */

static const struct {
	uint64_t position;
	size_t n_bytes;
	uint64_t beside;
} places[] = {
	{ 0, 1, 0 },
	{ 0, 64 << 10, 0 },
	{ 4096 + 8, MIB, 0 },
	{ WINDOW - 8, 8, 0 },			/* to the end of the window */
	{ WINDOW, WINDOW, 0 },			/* around it, and all of it */
	{ 5 * WINDOW + 16, 100, 0 },
	{ (UINT64_C(1) << 61), 4096, 0 },
	{ 2 * WINDOW, 5 * MIB, 0 },		/* larger than the window */
	{ 0, ACTOR_PAYLOAD_MAX, 0 },
	{ 3 * WINDOW + 8, 4096, WINDOW },	/* beside it */
	{ WINDOW - 8, ACTOR_PAYLOAD_MAX, WINDOW },
	{ 0, 8, ACTOR_POOL_BYTES - 8 },
};

static void try_place(enum edge_end sender, size_t i)
{
	const struct actor_pooled place = {
		.position = places[i].position,
		.size = places[i].n_bytes,
		.beside = places[i].beside,
	};
	unsigned char *wrote = malloc(place.size);
	unsigned char *read = malloc(place.size);

	CU_ASSERT_FATAL(wrote && read);
	fill(wrote, place.size, (uint32_t)i);
	pool_write(&ours, sender, place, wrote);
	pool_read(&theirs, sender, place, read);
	CU_ASSERT_EQUAL(memcmp(wrote, read, place.size), 0);
	free(wrote);
	free(read);
}

static void test_what_one_end_writes_the_other_reads(void)
{
	size_t i;

	begin();
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		try_place(EDGE_HOLDER, i);
		try_place(EDGE_TARGET, i);
	}
	end();
}

static void test_the_directions_do_not_touch(void)
{
	const struct actor_pooled all = { 0, ACTOR_POOL_BYTES, 0 };
	unsigned char *bytes = malloc(all.size);
	size_t i;

	begin();
	CU_ASSERT_FATAL(bytes != NULL);
	memset(bytes, 'h', all.size);
	pool_write(&ours, EDGE_HOLDER, all, bytes);
	pool_read(&theirs, EDGE_TARGET, all, bytes);
	for (i = 0; i < all.size && !bytes[i]; i++)
		;
	CU_ASSERT_EQUAL(i, all.size);
	CU_ASSERT_EQUAL(pool_flow(&ours, EDGE_HOLDER)->finished, 0);
	CU_ASSERT_EQUAL(pool_flow(&ours, EDGE_TARGET)->finished, 0);
	memset(bytes, 't', all.size);
	pool_write(&theirs, EDGE_TARGET, all, bytes);
	pool_read(&ours, EDGE_HOLDER, all, bytes);
	CU_ASSERT(bytes[0] == 'h' && bytes[all.size - 1] == 'h');
	free(bytes);
	end();
}

static void test_only_what_is_all_there_is_looked_at_in_place(void)
{
	const struct actor_pooled all = { .size = 4 * MIB };
	const struct actor_pooled half = { .size = 2 * MIB };
	const struct actor_pooled rest = { .position = half.size,
					   .size = half.size };
	unsigned char *bytes = malloc(all.size);

	begin();
	CU_ASSERT_FATAL(bytes != NULL);
	memset(bytes, 'h', all.size);
	CU_ASSERT_PTR_NULL(pool_place(&theirs, EDGE_HOLDER, all));
	pool_write(&ours, EDGE_HOLDER, half, bytes);
	CU_ASSERT_PTR_NOT_NULL(pool_place(&theirs, EDGE_HOLDER, half));
	CU_ASSERT_PTR_NULL(pool_place(&theirs, EDGE_HOLDER, all));
	pool_read(&theirs, EDGE_HOLDER, all, bytes);
	CU_ASSERT(bytes[half.size - 1] == 'h' && bytes[half.size] == 0);
	CU_ASSERT_EQUAL(bytes[all.size - 1], 0);
	CU_ASSERT_PTR_NULL(pool_place(&theirs, EDGE_HOLDER, all));
	/* the rest is known by asking once more */
	pool_write(&ours, EDGE_HOLDER, rest, bytes);
	CU_ASSERT_PTR_NOT_NULL(pool_place(&theirs, EDGE_HOLDER, all));
	CU_ASSERT_PTR_NULL(pool_place(&theirs, EDGE_TARGET, half));
	free(bytes);
	end();
}

/* ---- words ------------------------------------------------------------- */

static void test_both_see_the_same_words(void)
{
	begin();
	flow_finish(pool_flow(&theirs, EDGE_HOLDER), 12, 34);
	CU_ASSERT_EQUAL(pool_flow(&ours, EDGE_HOLDER)->finished, 12);
	CU_ASSERT_EQUAL(pool_flow(&ours, EDGE_HOLDER)->released, 34);
	CU_ASSERT_EQUAL(pool_flow(&ours, EDGE_TARGET)->finished, 0);
	end();
}

static void test_any_words_cost_only_who_wrote_them(void)
{
	struct flow flow = { 0 };
	struct arena_edge_out out = { .next = 3, .pool_head = 1 << 20 };
	const struct flow_need need = { 1, 1, 1 };
	uint32_t random = 1;
	int i;

	begin();
	flow.shared = pool_flow(&ours, EDGE_HOLDER);
	for (i = 0; i < 1000; i++) {
		fill((unsigned char *)pool_flow(&theirs, EDGE_HOLDER),
		     sizeof(struct actor_pool_flow), random++);
		(void)flow_has_room(&flow, &out, &need);
		(void)flow_too_large(&flow, 1);
		(void)flow_waits(flow.shared);
		CU_ASSERT(flow.finished <= out.next);
		flow_sent(&flow, ++out.next, 10);
		CU_ASSERT(flow.n <= FLOW_PACKETS_MAX);
	}
	end();
}

/* ---- waiting ----------------------------------------------------------- */

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void test_a_wait_ends_with_its_time(void)
{
	uint64_t began_ns;

	begin();
	pool_flow(&ours, EDGE_HOLDER)->waiting = FLOW_WAITS_FOR_WORD;
	began_ns = now_ns();
	pool_wait(pool_flow(&ours, EDGE_HOLDER), 20000000);
	CU_ASSERT(now_ns() - began_ns >= 20000000);
	end();
}

static void test_who_has_been_told_does_not_wait(void)
{
	uint64_t began_ns;

	begin();
	pool_flow(&ours, EDGE_HOLDER)->waiting = FLOW_WAITS_FOR_WORD;
	flow_told(pool_flow(&theirs, EDGE_HOLDER));
	began_ns = now_ns();
	pool_wait(pool_flow(&ours, EDGE_HOLDER), UINT64_C(60000000000));
	CU_ASSERT(now_ns() - began_ns < UINT64_C(30000000000));
	end();
}

static void test_another_process_wakes_who_waits(void)
{
	struct actor_pool_flow *flow;
	int status = -1;
	pid_t pid;

	begin();
	flow = pool_flow(&ours, EDGE_HOLDER);
	pid = fork();
	CU_ASSERT_FATAL(pid >= 0);
	if (pid == 0) {
		flow->waiting = FLOW_WAITS_FOR_WORD;
		while (__atomic_load_n(&flow->waiting, __ATOMIC_ACQUIRE))
			pool_wait(flow, UINT64_C(30000000000));
		_exit(0);
	}
	while (flow_waits(pool_flow(&theirs, EDGE_HOLDER)) !=
	       FLOW_WAITS_FOR_WORD)
		usleep(1000);
	flow_told(pool_flow(&theirs, EDGE_HOLDER));
	pool_wake(pool_flow(&theirs, EDGE_HOLDER));
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_EQUAL(status, 0);
	end();
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_pool_keeps_its_size),
	HARNESS_TEST(test_only_its_words_are_mapped_before_a_payload_is),
	HARNESS_TEST(test_limits_are_there_before_anybody_maps_it),
	HARNESS_TEST(test_what_one_end_writes_the_other_reads),
	HARNESS_TEST(test_the_directions_do_not_touch),
	HARNESS_TEST(test_only_what_is_all_there_is_looked_at_in_place),
	HARNESS_TEST(test_both_see_the_same_words),
	HARNESS_TEST(test_any_words_cost_only_who_wrote_them),
	HARNESS_TEST(test_a_wait_ends_with_its_time),
	HARNESS_TEST(test_who_has_been_told_does_not_wait),
	HARNESS_TEST(test_another_process_wakes_who_waits),
};
HARNESS_MAIN(tests)
