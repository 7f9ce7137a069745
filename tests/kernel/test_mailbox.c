/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_mailbox.c - arenas as memfds: what an actor left is read and copied, and
 * a damaged one is refused.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "supervisord/act/mailbox.h"
#include "tests/harness/harness.h"

#define KEY arena_key(77, EDGE_HOLDER)
#define TARGET_KEY arena_key(78, EDGE_TARGET)

static const struct frame frame = {
	.kind = FRAME_TELL,
	.type = "hello",
	.type_length = 5,
	.payload = "payload",
	.payload_bytes = 7,
};

/* as an actor does */
static struct arena *map(int fd)
{
	void *memory = mmap(NULL, ARENA_BYTES, PROT_READ | PROT_WRITE,
			    MAP_SHARED, fd, 0);

	CU_ASSERT_NOT_EQUAL_FATAL(memory, MAP_FAILED);
	return memory;
}

static void send_one(struct arena *arena)
{
	CU_ASSERT_EQUAL(arena_edge_add(arena, KEY), 0);
	arena_turn_begin(arena, false);
	CU_ASSERT_EQUAL(arena_send(arena, KEY, &frame, false), 0);
	arena_turn_commit(arena);
}

static void test_a_new_arena_is_sealed_in_size(void)
{
	int fd, seals;

	CU_ASSERT_EQUAL_FATAL(mailbox_new(&fd), 0);
	seals = fcntl(fd, F_GET_SEALS);
	CU_ASSERT_EQUAL(seals & (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL),
			F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
	CU_ASSERT_TRUE(ftruncate(fd, 0) < 0);
	close(fd);
}

static void test_what_an_actor_released_is_in_the_copy(void)
{
	struct arena *theirs, *ours = NULL, *again = NULL;
	const void *packet;
	size_t n_bytes;
	int fd, copy;

	CU_ASSERT_EQUAL_FATAL(mailbox_new(&fd), 0);
	theirs = map(fd);
	send_one(theirs);
	CU_ASSERT_EQUAL_FATAL(mailbox_load(fd, &ours), 0);
	CU_ASSERT_EQUAL_FATAL(mailbox_store(ours, &copy), 0);
	mailbox_unload(ours);
	CU_ASSERT_EQUAL_FATAL(mailbox_load(copy, &again), 0);
	CU_ASSERT_TRUE(arena_outbox_peek(again, KEY, &packet, &n_bytes));
	CU_ASSERT_EQUAL(packet_check(packet, n_bytes, EDGE_TARGET), 0);
	mailbox_unload(again);
	munmap(theirs, ARENA_BYTES);
	close(fd);
	close(copy);
}

static void test_the_copy_does_not_change_with_the_original(void)
{
	struct arena *theirs, *ours = NULL;
	const void *packet;
	size_t n_bytes;
	int fd;

	CU_ASSERT_EQUAL_FATAL(mailbox_new(&fd), 0);
	theirs = map(fd);
	CU_ASSERT_EQUAL_FATAL(mailbox_load(fd, &ours), 0);
	send_one(theirs);
	CU_ASSERT_FALSE(arena_outbox_peek(ours, KEY, &packet, &n_bytes));
	mailbox_unload(ours);
	munmap(theirs, ARENA_BYTES);
	close(fd);
}

/* who dies while it works in one has lost nothing: others have it too */
static void test_what_is_done_to_a_map_is_seen_by_all_who_hold_it(void)
{
	struct arena *ours = NULL, *theirs = NULL;
	const void *packet;
	size_t n_bytes;
	int fd, held;

	CU_ASSERT_EQUAL_FATAL(mailbox_new(&fd), 0);
	held = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	CU_ASSERT_FATAL(held >= 0);
	CU_ASSERT_EQUAL_FATAL(mailbox_map(fd, &ours), 0);
	send_one(ours);
	mailbox_unload(ours);
	close(fd);
	CU_ASSERT_EQUAL_FATAL(mailbox_load(held, &theirs), 0);
	CU_ASSERT_TRUE(arena_outbox_peek(theirs, KEY, &packet, &n_bytes));
	mailbox_unload(theirs);
	close(held);
}

/* a page of words, and one of edges */
static bool is_small(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && status.st_blocks * 512 <= 2 * 4096;
}

static void test_who_has_an_edge_and_no_message_has_two_pages(void)
{
	struct arena *ours = NULL;
	int fd;

	CU_ASSERT_EQUAL_FATAL(mailbox_new(&fd), 0);
	CU_ASSERT_EQUAL_FATAL(mailbox_map(fd, &ours), 0);
	for (uint64_t edge = 1; edge <= 16; edge++)
		CU_ASSERT_EQUAL(arena_edge_add(ours,
					       arena_key(edge, EDGE_TARGET)),
				0);
	CU_ASSERT(is_small(fd));
	mailbox_unload(ours);
	close(fd);
}

static void test_the_landing_of_a_map_is_present(void)
{
	unsigned char present[64];
	struct arena *ours = NULL;
	int fd;

	CU_ASSERT_EQUAL_FATAL(mailbox_new(&fd), 0);
	CU_ASSERT_EQUAL_FATAL(mailbox_map(fd, &ours), 0);
	CU_ASSERT(is_small(fd));
	mailbox_make_present(ours);
	CU_ASSERT_FATAL(ARENA_PRESENT_BYTES / 4096 <= sizeof(present));
	CU_ASSERT_EQUAL(mincore(ours, ARENA_PRESENT_BYTES, present), 0);
	for (size_t i = 0; i < ARENA_PRESENT_BYTES / 4096; i++)
		CU_ASSERT(present[i] & 1);
	mailbox_unload(ours);
	close(fd);
}

static void test_a_damaged_arena_is_refused(void)
{
	struct arena *theirs, *ours = NULL;
	int fd;

	CU_ASSERT_EQUAL_FATAL(mailbox_new(&fd), 0);
	theirs = map(fd);
	memset(theirs, 0xff, ARENA_HEAD_BYTES);
	CU_ASSERT_EQUAL(mailbox_load(fd, &ours), -EBADMSG);
	CU_ASSERT_PTR_NULL(ours);
	memset(theirs, 0, ARENA_HEAD_BYTES);
	CU_ASSERT_EQUAL(mailbox_load(fd, &ours), -EBADMSG);
	munmap(theirs, ARENA_BYTES);
	close(fd);
}

#define LARGE ((size_t)64 << 20)
#define LITTLE ((size_t)2 << 20)

/* a message is held, most of which was never written */
static int sparse(void)
{
	char *payload = calloc(1, LARGE);
	const struct frame large = {
		.kind = FRAME_TELL,
		.type = "hello",
		.type_length = 5,
		.payload = payload,
		.payload_bytes = LARGE,
	};
	struct arena *theirs;
	off_t begin = 0, end = 0;
	int fd;

	CU_ASSERT_PTR_NOT_NULL_FATAL(payload);
	CU_ASSERT_EQUAL_FATAL(mailbox_new(&fd), 0);
	theirs = map(fd);
	CU_ASSERT_EQUAL(arena_edge_add(theirs, TARGET_KEY), 0);
	arena_turn_begin(theirs, false);
	CU_ASSERT(arena_hold(theirs, TARGET_KEY, &large, false) >= 0);
	arena_turn_commit(theirs);
	munmap(theirs, ARENA_BYTES);
	free(payload);
	/* the longest run of pages is the message: all but the first of them */
	while (end - begin < (off_t)LARGE && begin >= 0) {
		begin = lseek(fd, end, SEEK_DATA);
		end = lseek(fd, begin, SEEK_HOLE);
	}
	CU_ASSERT_FATAL(begin >= 0);
	CU_ASSERT_EQUAL(fallocate(fd, FALLOC_FL_PUNCH_HOLE |
				  FALLOC_FL_KEEP_SIZE, begin + 4096,
				  end - begin - 4096), 0);
	return fd;
}

static size_t resident_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	size_t n = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	CU_ASSERT_EQUAL(fscanf(file, "%*u %zu", &n), 1);
	fclose(file);
	return n * 4096;
}

/* a sanitizer's own memory grows with ours */
#ifdef __SANITIZE_ADDRESS__
#define RESIDENT_IS_OURS false
#else
#define RESIDENT_IS_OURS true
#endif

static size_t stored_bytes(int fd)
{
	struct stat st;

	CU_ASSERT_EQUAL_FATAL(fstat(fd, &st), 0);
	return (size_t)st.st_blocks * 512;
}

static void test_what_was_never_written_costs_no_memory(void)
{
	struct arena *ours = NULL;
	struct frame found;
	uint64_t key;
	size_t before;
	int fd = sparse(), copy;

	CU_ASSERT(stored_bytes(fd) < LITTLE);
	before = resident_bytes();
	CU_ASSERT_EQUAL_FATAL(mailbox_load(fd, &ours), 0);
	CU_ASSERT_EQUAL_FATAL(mailbox_store(ours, &copy), 0);
	CU_ASSERT(!RESIDENT_IS_OURS || resident_bytes() < before + LITTLE);
	CU_ASSERT(stored_bytes(copy) < LITTLE);
	mailbox_unload(ours);
	/* and it is the message that it was */
	CU_ASSERT_EQUAL_FATAL(mailbox_load(copy, &ours), 0);
	CU_ASSERT_TRUE_FATAL(arena_held_frame(ours, 0, &found, &key));
	CU_ASSERT_EQUAL(found.payload_bytes, LARGE);
	CU_ASSERT_EQUAL(key, TARGET_KEY);
	mailbox_unload(ours);
	close(fd);
	close(copy);
}

static void test_a_file_that_is_too_short_is_refused(void)
{
	struct arena *ours = NULL;
	int fd = memfd_create("short", MFD_CLOEXEC);

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(mailbox_load(fd, &ours), -EBADMSG);
	close(fd);
}

/* the memory of one is not seen in the next, nor its memfd given twice */
static void test_what_was_prepared_is_as_good_as_new(void)
{
	struct arena *theirs, *ours = NULL;
	int fd, none, copies[2];
	const void *packet;
	size_t n_bytes;

	CU_ASSERT_EQUAL_FATAL(mailbox_new(&fd), 0);
	CU_ASSERT_EQUAL_FATAL(mailbox_new(&none), 0);
	theirs = map(fd);
	send_one(theirs);
	munmap(theirs, ARENA_BYTES);
	for (size_t i = 0; i < 2; i++) {
		mailbox_prepare();
		CU_ASSERT_EQUAL_FATAL(mailbox_load(fd, &ours), 0);
		CU_ASSERT_EQUAL_FATAL(mailbox_store(ours, &copies[i]), 0);
		CU_ASSERT_PTR_NULL(mailbox_leave(ours));
		mailbox_prepare();
		CU_ASSERT_EQUAL_FATAL(mailbox_load(none, &ours), 0);
		CU_ASSERT_FALSE(arena_outbox_peek(ours, KEY, &packet,
						  &n_bytes));
		mailbox_unload(ours);
	}
	CU_ASSERT_NOT_EQUAL(copies[0], copies[1]);
	mailbox_end();
	for (size_t i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL_FATAL(mailbox_load(copies[i], &ours), 0);
		CU_ASSERT_TRUE(arena_outbox_peek(ours, KEY, &packet,
						 &n_bytes));
		mailbox_unload(ours);
		CU_ASSERT(fcntl(copies[i], F_GET_SEALS) & F_SEAL_SHRINK);
		close(copies[i]);
	}
	close(none);
	close(fd);
}

/* what has its number by now is somebody else's */
static void test_who_was_forked_has_no_prepared_descriptor(void)
{
	int fd, prepared, copy;
	struct arena *ours = NULL;

	CU_ASSERT_EQUAL_FATAL(mailbox_new(&fd), 0);
	prepared = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	CU_ASSERT_FATAL(prepared >= 0);
	close(prepared);		/* the next that is free */
	mailbox_prepare();
	CU_ASSERT_EQUAL_FATAL(fcntl(prepared, F_GETFD), FD_CLOEXEC);
	mailbox_begin();
	CU_ASSERT_EQUAL_FATAL(mailbox_load(fd, &ours), 0);
	CU_ASSERT_EQUAL_FATAL(mailbox_store(ours, &copy), 0);
	CU_ASSERT_NOT_EQUAL(copy, prepared);
	mailbox_unload(ours);
	close(prepared);
	close(copy);
	close(fd);
}

/* who takes over from another does not get its landing page by page */
static void test_what_was_prepared_has_its_landing(void)
{
	struct arena *ours = NULL;
	int fd, copy;

	CU_ASSERT_EQUAL_FATAL(mailbox_new(&fd), 0);
	mailbox_prepare();
	CU_ASSERT_EQUAL_FATAL(mailbox_load(fd, &ours), 0);
	CU_ASSERT_EQUAL_FATAL(mailbox_store(ours, &copy), 0);
	CU_ASSERT_TRUE(lseek(copy, 0, SEEK_HOLE) >= (off_t)ARENA_PRESENT_BYTES);
	mailbox_unload(ours);
	CU_ASSERT_EQUAL(mailbox_load(copy, &ours), 0);
	mailbox_unload(ours);
	mailbox_end();
	close(copy);
	close(fd);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_new_arena_is_sealed_in_size),
	HARNESS_TEST(test_what_an_actor_released_is_in_the_copy),
	HARNESS_TEST(test_the_copy_does_not_change_with_the_original),
	HARNESS_TEST(test_what_is_done_to_a_map_is_seen_by_all_who_hold_it),
	HARNESS_TEST(test_who_has_an_edge_and_no_message_has_two_pages),
	HARNESS_TEST(test_the_landing_of_a_map_is_present),
	HARNESS_TEST(test_a_damaged_arena_is_refused),
	HARNESS_TEST(test_what_was_never_written_costs_no_memory),
	HARNESS_TEST(test_a_file_that_is_too_short_is_refused),
	HARNESS_TEST(test_what_was_prepared_is_as_good_as_new),
	HARNESS_TEST(test_what_was_prepared_has_its_landing),
	HARNESS_TEST(test_who_was_forked_has_no_prepared_descriptor),
};
HARNESS_MAIN(tests)
