/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_actor_sealed.c - payloads in sealed memfds, seen by one actor.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/harness/harness.h"
#include "tests/kernel/fake_supervisor.h"

#define MIB ((size_t)1 << 20)
#define NEEDED (F_SEAL_WRITE | F_SEAL_SHRINK)

enum { FILE_TYPE = 1, PIPE = 4 };

/* ---- both sides -------------------------------------------------------- */

static int memfd(size_t n_bytes, unsigned char first, int seals)
{
	int fd = memfd_create("payload", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	unsigned char *bytes = malloc(n_bytes);
	size_t i;

	if (fd < 0 || !bytes)
		abort();
	for (i = 0; i < n_bytes; i++)
		bytes[i] = (unsigned char)(first + i % 251);
	if (pwrite(fd, bytes, n_bytes, 0) != (ssize_t)n_bytes ||
	    fcntl(fd, F_ADD_SEALS, seals) < 0)
		abort();
	free(bytes);

	return fd;
}

/** struct seen - what a turn found */
struct seen {
	uint64_t n_bytes;
	uint64_t sum;
	uint64_t attempt;
	uint64_t n_descriptors;
	int64_t sealed;
	int64_t r;
};

static uint64_t sum_of(const unsigned char *bytes, size_t n)
{
	uint64_t sum = n;

	while (n--)
		sum = sum * 31 + bytes[n];

	return sum;
}

/* ---- the actor --------------------------------------------------------- */

static int say(struct actor *self, int64_t r)
{
	const struct seen seen = { .r = r };

	return actor_tell(self, actor_reference(self, "peer"), "seen", &seen,
			  sizeof(seen));
}

static int see(struct actor *self, const struct actor_message *message)
{
	struct seen seen = {
		.attempt = actor_message_attempt(message),
		.n_descriptors = actor_message_n_descriptors(message),
		.sealed = actor_message_sealed(message) >= 0,
		.r = actor_message_kind(message),
	};
	const unsigned char *bytes;
	size_t n;

	bytes = actor_message_payload(message, &n);
	if (bytes != actor_message_payload(message, NULL) ||
	    (uintptr_t)bytes % 8)
		return -EPROTO;
	seen.n_bytes = n;
	seen.sum = sum_of(bytes, n);

	return actor_tell(self, actor_reference(self, "peer"), "seen", &seen,
			  sizeof(seen));
}

enum { GOOD, UNSEALED, HOLE, NO_MEMFD, CLOSED };

static int make(unsigned int what)
{
	int fd;

	switch (what) {
	case GOOD:
		return memfd(MIB, 2, NEEDED);
	case UNSEALED:
		return memfd(MIB, 2, F_SEAL_WRITE);
	case HOLE:
		fd = memfd(100, 2, 0);
		if (ftruncate(fd, MIB) < 0 || fcntl(fd, F_ADD_SEALS, NEEDED))
			abort();
		return fd;
	case NO_MEMFD:
		return STDIN_FILENO;
	default:
		return 4000;
	}
}

static int send(struct actor *self, const struct actor_message *message)
{
	const unsigned int *what = actor_message_payload(message, NULL);
	int fd = make(what[0]), r;

	r = actor_tell_sealed(self, actor_reference(self, "peer"), "made", fd,
			      what[1]);
	if (fd > STDIN_FILENO)
		close(fd);

	return say(self, r);
}

static int forward(struct actor *self, const struct actor_message *message)
{
	struct actor_reference *peer = actor_reference(self, "peer");
	int fd = actor_message_sealed(message);
	size_t n;

	actor_message_payload(message, &n);
	if (actor_tell_sealed(self, peer, "made", fd, n) < 0)
		return -EPROTO;

	return say(self, actor_tell_sealed(self, peer, "made", fd, n));
}

static int send_bad(struct actor *self, const struct actor_message *message)
{
	const int fd = memfd(100, 0, NEEDED);
	const struct actor_outgoing both = {
		.type = "made", .payload = "x", .size = 1, .sealed = &fd,
	};
	const struct actor_outgoing many = {
		.type = "made", .size = 1, .sealed = &fd, .descriptors = &fd,
		.n_descriptors = ACTOR_DESCRIPTORS_MAX,
	};
	const struct actor_outgoing two = {
		.type = "made", .size = 1, .sealed = &fd, .descriptors = &fd,
		.n_descriptors = 1,
	};
	const struct actor_outgoing *all[] = { &both, &many, &two };
	const unsigned char *which = actor_message_payload(message, NULL);

	return say(self, actor_tell_message(self,
					    actor_reference(self, "peer"),
					    all[*which]));
}

static int answer(struct actor *self)
{
	const int fd = memfd(5000, 9, NEEDED);
	const struct actor_outgoing message = {
		.type = "made",
		.sealed = &fd,
		.size = 5000,
	};
	int r = actor_reply_message(self, &message);

	close(fd);
	return say(self, r);
}

static int ask(struct actor *self)
{
	const int fd = memfd(5000, 9, NEEDED);
	const struct actor_outgoing message = {
		.type = "q",
		.sealed = &fd,
		.size = 5000,
		.receipt = true,
	};
	int r = actor_ask_message(self, actor_reference(self, "peer"),
				  &message, 0, NULL);

	close(fd);
	return say(self, r);
}

static int without_memory(struct actor *self)
{
	const struct rlimit none = { 1, 1 };

	return say(self, setrlimit(RLIMIT_AS, &none));
}

static int crash_first(struct actor *self, const struct actor_message *message)
{
	if (!actor_message_attempt(message)) {
		actor_message_payload(message, NULL);
		raise(SIGKILL);
	}

	return see(self, message);
}

static int unstash(struct actor *self)
{
	return actor_unstash(self);
}

static int aside(struct actor *self, const struct actor_message *message)
{
	static bool open;
	int r;

	if (open || actor_message_is(message, "open")) {
		open = true;
		return see(self, message);
	}
	r = see(self, message);

	return r < 0 ? r : actor_stash(self);
}

static int receive(struct actor *self, const struct actor_message *message)
{
	enum actor_kind kind = actor_message_kind(message);

	if (kind == ACTOR_REPLY || kind == ACTOR_ERROR ||
	    actor_message_is(message, "see"))
		return see(self, message);
	if (actor_message_is(message, "fail"))
		return -EIO;
	if (actor_message_is(message, "forward"))
		return forward(self, message);
	if (actor_message_is(message, "send"))
		return send(self, message);
	if (actor_message_is(message, "send-bad"))
		return send_bad(self, message);
	if (actor_message_is(message, "answer"))
		return answer(self);
	if (actor_message_is(message, "ask"))
		return ask(self);
	if (actor_message_is(message, "without-memory"))
		return without_memory(self);
	if (actor_message_is(message, "crash-first"))
		return crash_first(self, message);
	if (actor_message_is(message, "unstash"))
		return unstash(self);
	if (actor_message_is(message, "aside") ||
	    actor_message_is(message, "open"))
		return aside(self, message);

	return ACTOR_UNHANDLED;
}

static const struct actor_class class = { .receive = receive };

/* ---- the stage --------------------------------------------------------- */

static struct fake fake;
static struct fake_edge *client, *peer, *letters;
static int fds[8];
static size_t n_fds;

static void prepare(void)
{
	fake_init(&fake, &class);
	fake.mailbox.n_descriptors = 2;
	fake.mailbox.n_stash = 4;
	peer = fake_edge(&fake, EDGE_HOLDER, "peer", "/test/peer");
	peer->n_descriptors = 1;
	letters = fake_edge(&fake, EDGE_HOLDER, "dead-letters",
			    "/system/dead-letters");
	client = fake_edge(&fake, EDGE_TARGET, NULL, "/test/client");
	n_fds = 0;
}

static void begin(void)
{
	prepare();
	fake_start(&fake);
}

/* It is closed at the end. */
static int owned(int fd)
{
	CU_ASSERT_FATAL(fd >= 0 && n_fds < 8);
	fds[n_fds++] = fd;

	return fd;
}

static void end(void)
{
	fake_deinit(&fake);
	while (n_fds)
		close(fds[--n_fds]);
}

static void say_sealed(struct fake_edge *edge, struct frame frame,
		       const char *type, uint64_t size)
{
	static const struct actor_passed passed[] = { { 7, FILE_TYPE },
						      { 8, PIPE } };
	const struct actor_sealed sealed = { size };

	frame.flags |= ACTOR_FRAME_SEALED;
	frame.type = type;
	frame.type_length = strlen(type);
	frame.descriptors = passed;
	if (!frame.n_descriptors)
		frame.n_descriptors = 1;
	frame.payload = &sealed;
	frame.payload_bytes = sizeof(sealed);
	fake_send(edge, &frame, 1);
}

static void tell_sealed(const char *type, uint64_t size)
{
	const struct frame frame = { .kind = FRAME_TELL };

	say_sealed(client, frame, type, size);
	CU_ASSERT_EQUAL(fake_expect(&fake, "FETCH", "NUMBER"), 7);
}

static struct seen seen(void)
{
	struct frame frame = fake_expect_frame(peer, FRAME_TELL, "seen");
	struct seen seen;

	CU_ASSERT_EQUAL_FATAL(frame.payload_bytes, sizeof(seen));
	memcpy(&seen, frame.payload, sizeof(seen));
	return seen;
}

static void expect_seen(int fd, size_t n_bytes)
{
	struct seen got = seen();
	unsigned char *bytes = malloc(n_bytes);

	CU_ASSERT_FATAL(pread(fd, bytes, n_bytes, 0) == (ssize_t)n_bytes);
	CU_ASSERT_EQUAL(got.n_bytes, n_bytes);
	CU_ASSERT_EQUAL(got.sum, sum_of(bytes, n_bytes));
	CU_ASSERT_EQUAL(got.sealed, 1);
	free(bytes);
}

static void expect_alive(struct fake_edge *edge)
{
	fake_tell(edge, "see", "abc", 3);
	CU_ASSERT_EQUAL(seen().n_bytes, 3);
}

static size_t n_lines(const char *what)
{
	char path[64], line[512];
	size_t n = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)fake.pid);
	file = fopen(path, "re");
	CU_ASSERT_FATAL(file != NULL);
	while (fgets(line, sizeof(line), file))
		n += strstr(line, what) != NULL;
	fclose(file);

	return n;
}

/* ---- receiving --------------------------------------------------------- */

static void test_it_is_a_payload_in_one_piece_and_then_gone(void)
{
	size_t before;
	int fd;

	begin();
	before = fake_n_open(&fake);
	fd = owned(memfd(3 * MIB + 5, 1, NEEDED));
	tell_sealed("see", 3 * MIB + 5);
	CU_ASSERT(fake_nothing_more(peer));
	fake_give(&fake, client->id, 7, fd);
	expect_seen(fd, 3 * MIB + 5);
	CU_ASSERT_EQUAL(fake_expect(&fake, "TAKEN", "NUMBER"), 7);
	expect_alive(client);
	CU_ASSERT_EQUAL(fake_n_open(&fake), before);
	CU_ASSERT_EQUAL(n_lines("payload"), 0);
	fake_audit(&fake, client, 0, 0);
	end();
}

static void test_a_part_of_it_can_be_the_payload(void)
{
	int fd;

	begin();
	fd = owned(memfd(MIB, 1, NEEDED));
	tell_sealed("see", 100);
	fake_give(&fake, client->id, 7, fd);
	expect_seen(fd, 100);
	end();
}

static void test_it_is_not_among_the_descriptors(void)
{
	const struct frame frame = { .kind = FRAME_TELL, .n_descriptors = 2 };
	int ends[2];
	struct seen got;

	begin();
	CU_ASSERT_FATAL(pipe2(ends, O_CLOEXEC) == 0);
	owned(ends[0]);
	owned(ends[1]);
	say_sealed(client, frame, "see", 100);
	fake_expect(&fake, "FETCH", "NUMBER");
	fake_expect(&fake, "FETCH", "NUMBER");
	fake_give(&fake, client->id, 8, ends[1]);
	fake_give(&fake, client->id, 7, owned(memfd(100, 1, NEEDED)));
	got = seen();
	CU_ASSERT_EQUAL(got.n_descriptors, 1);
	CU_ASSERT_EQUAL(got.n_bytes, 100);
	end();
}

static void test_it_is_passed_on_without_a_copy(void)
{
	uint64_t number;
	size_t i;
	int fd;

	begin();
	fd = owned(memfd(MIB, 3, NEEDED));
	tell_sealed("forward", MIB);
	fake_give(&fake, client->id, 7, fd);
	for (i = 0; i < 2; i++) {
		struct frame made = fake_expect_frame(peer, FRAME_TELL,
						      "made");
		int given = fake_expect_given(&fake, &number);

		CU_ASSERT_EQUAL(frame_size(&made), MIB);
		CU_ASSERT_EQUAL(frame_passed(&made, 0).number, number);
		CU_ASSERT(fcntl(given, F_GET_SEALS) == NEEDED);
		close(given);
	}
	CU_ASSERT_EQUAL(seen().r, 0);
	CU_ASSERT_EQUAL(fake_expect(&fake, "TAKEN", "NUMBER"), 7);
	end();
}

static void test_the_next_generation_has_it_again(void)
{
	int fd;

	begin();
	fd = owned(memfd(MIB, 4, NEEDED));
	tell_sealed("crash-first", MIB);
	fake_give(&fake, client->id, 7, fd);
	CU_ASSERT_EQUAL(fake_wait(&fake), 128 + SIGKILL);
	CU_ASSERT(fake_recover(&fake, 1).retry);
	fake_restart(&fake);
	CU_ASSERT_EQUAL(fake_expect(&fake, "FETCH", "NUMBER"), 7);
	fake_give(&fake, client->id, 7, fd);
	expect_seen(fd, MIB);
	CU_ASSERT_EQUAL(fake_expect(&fake, "TAKEN", "NUMBER"), 7);
	fake_audit(&fake, client, 0, 0);
	end();
}

static void test_a_crash_names_its_type_and_size(void)
{
	struct arena_remains remains;
	int fd;

	begin();
	fd = owned(memfd(MIB, 4, NEEDED));
	tell_sealed("crash-first", MIB);
	fake_give(&fake, client->id, 7, fd);
	CU_ASSERT_EQUAL(fake_wait(&fake), 128 + SIGKILL);
	remains = fake_recover(&fake, 0);
	CU_ASSERT_FALSE(remains.retry);
	CU_ASSERT_EQUAL(frame_size(&remains.frame), MIB);
	fake_restart(&fake);
	expect_alive(client);
	fake_audit(&fake, client, 1, 0);
	end();
}

static void test_a_failing_turn_lets_go_of_it(void)
{
	size_t before;

	begin();
	before = fake_n_open(&fake);
	tell_sealed("fail", MIB);
	fake_give(&fake, client->id, 7, owned(memfd(MIB, 4, NEEDED)));
	fake_expect(&fake, "FAILED", NULL);
	fake_order(&fake, "RESUME", NULL);
	fake_expect_letter(letters, "SIZE", "1048576");
	CU_ASSERT_EQUAL(fake_expect(&fake, "TAKEN", "NUMBER"), 7);
	expect_alive(client);
	CU_ASSERT_EQUAL(fake_n_open(&fake), before);
	CU_ASSERT_EQUAL(n_lines("payload"), 0);
	end();
}

static void test_in_the_stash_it_outlives_the_process(void)
{
	size_t before;
	int fd;

	begin();
	before = fake_n_open(&fake);
	fd = owned(memfd(MIB, 5, NEEDED));
	tell_sealed("aside", MIB);
	fake_give(&fake, client->id, 7, fd);
	expect_seen(fd, MIB);
	expect_alive(client);
	CU_ASSERT_EQUAL(fake_n_open(&fake), before);
	CU_ASSERT_EQUAL(n_lines("payload"), 0);
	fake_audit(&fake, client, 0, 1);
	fake_kill(&fake, 0);
	fake_restart(&fake);
	fake_tell(client, "open", "ab", 2);
	CU_ASSERT_EQUAL(seen().n_bytes, 2);
	fake_tell(client, "unstash", NULL, 0);
	CU_ASSERT_EQUAL(fake_expect(&fake, "FETCH", "NUMBER"), 7);
	fake_give(&fake, client->id, 7, fd);
	expect_seen(fd, MIB);
	CU_ASSERT_EQUAL(fake_expect(&fake, "TAKEN", "NUMBER"), 7);
	fake_audit(&fake, client, 0, 0);
	end();
}

static void expect_has(uint64_t n)
{
	expect_alive(client);		/* it has said so by then */
	CU_ASSERT_EQUAL(fake_words(client, true)->n_passed, n);
}

/* It counts for its sender until it is handled, whatever is handled before. */
static void test_what_is_put_aside_counts_as_one_that_waits(void)
{
	int fd;

	prepare();
	fake_share(client);
	fake_start(&fake);
	fd = owned(memfd(MIB, 5, NEEDED));
	tell_sealed("aside", MIB);
	fake_give(&fake, client->id, 7, fd);
	expect_seen(fd, MIB);
	expect_has(1);
	fake_kill(&fake, 0);
	flow_take(fake_words(client, true), 0, 0);
	fake_restart(&fake);
	expect_has(1);
	fake_tell(client, "open", "ab", 2);
	CU_ASSERT_EQUAL(seen().n_bytes, 2);
	fake_tell(client, "unstash", NULL, 0);
	CU_ASSERT_EQUAL(fake_expect(&fake, "FETCH", "NUMBER"), 7);
	fake_give(&fake, client->id, 7, fd);
	expect_seen(fd, MIB);
	expect_has(0);
	end();
}

static void test_a_mailbox_with_classes_keeps_it(void)
{
	const struct frame late = { .kind = FRAME_TELL, .priority = 7 };
	int fd;

	prepare();
	fake.mailbox.kind = "priority";
	fake_start(&fake);
	fd = owned(memfd(MIB, 6, NEEDED));
	say_sealed(client, late, "see", MIB);
	CU_ASSERT_EQUAL(fake_expect(&fake, "FETCH", "NUMBER"), 7);
	fake_kill(&fake, 0);
	fake_restart(&fake);
	CU_ASSERT_EQUAL(fake_expect(&fake, "FETCH", "NUMBER"), 7);
	fake_give(&fake, client->id, 7, fd);
	expect_seen(fd, MIB);
	CU_ASSERT_EQUAL(fake_expect(&fake, "TAKEN", "NUMBER"), 7);
	fake_audit(&fake, client, 0, 0);
	end();
}

static void test_what_is_larger_than_the_file_says_is_not_fetched(void)
{
	const struct frame frame = { .kind = FRAME_TELL };

	prepare();
	fake.mailbox.bounds.payload = MIB;
	fake_start(&fake);
	say_sealed(client, frame, "see", MIB + 1);
	fake_expect_letter(letters, "REASON", "oversize");
	CU_ASSERT_EQUAL(fake_expect(&fake, "TAKEN", "NUMBER"), 7);
	expect_alive(client);
	fake_audit(&fake, client, 1, 0);
	end();
}

static void test_who_takes_no_descriptors_takes_none_of_these(void)
{
	const struct frame frame = { .kind = FRAME_TELL };

	prepare();
	fake.mailbox.n_descriptors = 0;
	fake_start(&fake);
	say_sealed(client, frame, "see", 100);
	fake_expect_letter(letters, "REASON", "capability_lost");
	CU_ASSERT_EQUAL(fake_expect(&fake, "TAKEN", "NUMBER"), 7);
	expect_alive(client);
	end();
}

static void test_what_does_not_come_is_lost(void)
{
	const struct frame ask = { .kind = FRAME_ASK, .ask_id = 5 };
	struct frame error;

	begin();
	say_sealed(client, ask, "see", 100);
	fake_expect(&fake, "FETCH", "NUMBER");
	fake_give(&fake, client->id, 7, -1);
	error = fake_expect_frame(client, FRAME_ERROR, "error");
	CU_ASSERT_EQUAL(error.error, EREMOTEIO);
	fake_expect_letter(letters, "REASON", "capability_lost");
	expect_alive(client);
	fake_audit(&fake, client, 1, 0);
	end();
}

static void test_without_room_to_map_it_it_is_lost(void)
{
	begin();
	fake_tell(client, "without-memory", NULL, 0);
	CU_ASSERT_EQUAL(seen().r, 0);
	tell_sealed("see", MIB);
	fake_give(&fake, client->id, 7, owned(memfd(MIB, 1, NEEDED)));
	fake_expect_letter(letters, "REASON", "capability_lost");
	expect_alive(client);		/* its sender is not to blame */
	end();
}

static int a_pipe(void)
{
	int ends[2];

	CU_ASSERT_FATAL(pipe2(ends, O_CLOEXEC) == 0);
	owned(ends[1]);

	return ends[0];
}

static int unsealed(void)
{
	return memfd(MIB, 1, 0);
}

static int shrinkable(void)
{
	return memfd(MIB, 1, F_SEAL_WRITE);
}

static int writable(void)
{
	return memfd(MIB, 1, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
}

static int too_short(void)
{
	return memfd(MIB - 1, 1, NEEDED);
}

static int with_a_hole(void)
{
	int fd = memfd(100, 1, 0);

	CU_ASSERT_EQUAL(ftruncate(fd, MIB), 0);
	CU_ASSERT_EQUAL(fcntl(fd, F_ADD_SEALS, NEEDED), 0);

	return fd;
}

static int huge(void)
{
	int fd = memfd_create("huge", MFD_CLOEXEC | MFD_ALLOW_SEALING |
				      MFD_HUGETLB);

	if (fd < 0)
		return unsealed();	/* a kernel without those */
	CU_ASSERT_EQUAL(ftruncate(fd, 2 * MIB), 0);
	CU_ASSERT_EQUAL(fcntl(fd, F_ADD_SEALS, NEEDED), 0);

	return fd;
}

static int a_device(void)
{
	return open("/dev/zero", O_RDWR | O_CLOEXEC);
}

static int a_file(void)
{
	return open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
}

static int a_folder(void)
{
	return open("/", O_RDONLY | O_CLOEXEC);
}

static int a_path(void)
{
	return open("/proc/self/exe", O_PATH | O_CLOEXEC);
}

static void expect_malformed(void)
{
	fake_expect_letter(letters, "REASON", "capability_lost");
	fake_expect_letter(letters, "KIND", "malformed");
	fake_expect_gone(&fake, client);
}

/* The message is dead, its sender is named and not heard any more. */
static void test_what_is_none_costs_its_sender_the_edge(void)
{
	static int (*const bad[])(void) = {
		a_pipe, unsealed, shrinkable, writable, too_short, with_a_hole,
		huge, a_device, a_file, a_folder, a_path,
	};
	size_t before, i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct fake_edge *other;

		prepare();
		other = fake_edge(&fake, EDGE_TARGET, NULL, "/test/other");
		fake_start(&fake);
		before = fake_n_open(&fake);
		tell_sealed("see", MIB);
		fake_give(&fake, client->id, 7, owned(bad[i]()));
		expect_malformed();
		CU_ASSERT_EQUAL(fake_expect(&fake, "TAKEN", "NUMBER"), 7);
		expect_alive(other);
		CU_ASSERT_EQUAL(fake_n_open(&fake), before - 1);
		CU_ASSERT_EQUAL(n_lines("payload"), 0);
		end();
	}
}

/* The law holds for what came with it and before it. */
static void test_what_came_with_it_is_handled(void)
{
	static const struct actor_passed passed = { 7, FILE_TYPE };
	static const struct actor_sealed sealed = { 100 };
	const struct frame frames[] = {
		{ .kind = FRAME_TELL, .type = "see", .type_length = 3 },
		{ .kind = FRAME_TELL, .type = "see", .type_length = 3,
		  .flags = ACTOR_FRAME_SEALED, .descriptors = &passed,
		  .n_descriptors = 1, .payload = &sealed,
		  .payload_bytes = sizeof(sealed) },
		{ .kind = FRAME_TELL, .type = "see", .type_length = 3,
		  .payload = "abc", .payload_bytes = 3 },
	};

	begin();
	fake_send(client, frames, 3);
	CU_ASSERT_EQUAL(seen().n_bytes, 0);
	fake_expect(&fake, "FETCH", "NUMBER");
	fake_give(&fake, client->id, 7, owned(memfd(100, 1, 0)));
	expect_malformed();
	CU_ASSERT_EQUAL(seen().n_bytes, 3);
	end();
}

static void test_an_answer_can_be_one(void)
{
	struct frame asked, reply = { .kind = FRAME_REPLY };
	uint64_t number;
	int fd;

	begin();
	fake_tell(client, "ask", NULL, 0);
	asked = fake_expect_frame(peer, FRAME_ASK, "q");
	CU_ASSERT_EQUAL(asked.flags, ACTOR_FRAME_SEALED | ACTOR_FRAME_RECEIPT);
	CU_ASSERT_EQUAL(frame_size(&asked), 5000);
	reply.ask_id = asked.ask_id;
	reply.generation = asked.generation;
	close(fake_expect_given(&fake, &number));
	CU_ASSERT_EQUAL(frame_passed(&asked, 0).number, number);
	CU_ASSERT_EQUAL(seen().r, 0);
	fd = owned(memfd(MIB, 8, NEEDED));
	say_sealed(peer, reply, "r", MIB);
	CU_ASSERT_EQUAL(fake_expect(&fake, "FETCH", "VIA"), peer->id);
	fake_give(&fake, peer->id, 7, fd);
	expect_seen(fd, MIB);
	end();
}

static void test_an_answer_that_is_none_fails_the_ask(void)
{
	struct frame asked, reply = { .kind = FRAME_REPLY };
	struct fake_edge *asker;
	uint64_t number;

	begin();
	asker = peer;
	fake_tell(client, "ask", NULL, 0);
	asked = fake_expect_frame(asker, FRAME_ASK, "q");
	reply.ask_id = asked.ask_id;
	reply.generation = asked.generation;
	close(fake_expect_given(&fake, &number));
	CU_ASSERT_EQUAL(seen().r, 0);
	say_sealed(asker, reply, "r", MIB);
	fake_expect(&fake, "FETCH", "VIA");
	fake_give(&fake, asker->id, 7, owned(memfd(MIB, 8, 0)));
	fake_expect_letter(letters, "REASON", "capability_lost");
	fake_expect_letter(letters, "KIND", "malformed");
	fake_expect_gone(&fake, asker);
	end();
}

/* ---- sending ----------------------------------------------------------- */

static int try_to_send(unsigned int fd, unsigned int size)
{
	const unsigned int what[] = { fd, size };

	fake_tell(client, "send", what, sizeof(what));
	return (int)seen().r;
}

static void test_it_leaves_as_its_author_made_it(void)
{
	const unsigned int what[] = { GOOD, MIB };
	uint64_t number;
	struct frame made;
	int given;

	begin();
	fake_tell(client, "send", what, sizeof(what));
	made = fake_expect_frame(peer, FRAME_TELL, "made");
	CU_ASSERT_EQUAL(made.flags, ACTOR_FRAME_SEALED);
	CU_ASSERT_EQUAL(frame_size(&made), MIB);
	CU_ASSERT_EQUAL(made.n_descriptors, 1);
	given = fake_expect_given(&fake, &number);
	CU_ASSERT_EQUAL(frame_passed(&made, 0).number, number);
	CU_ASSERT_EQUAL(fcntl(given, F_GET_SEALS), NEEDED);
	CU_ASSERT_EQUAL(lseek(given, 0, SEEK_END), (off_t)MIB);
	close(given);
	CU_ASSERT_EQUAL(seen().r, 0);
	end();
}

static void test_its_author_hears_what_is_wrong(void)
{
	static const struct {
		unsigned int what;
		unsigned int size;
		int r;
	} rows[] = {
		{ GOOD, 0, -EINVAL },
		{ GOOD, MIB + 1, -EINVAL },
		{ GOOD, ACTOR_PAYLOAD_MAX + 1, -EMSGSIZE },
		{ UNSEALED, MIB, -ETXTBSY },
		{ HOLE, MIB, -ENODATA },
		{ NO_MEMFD, 1, -EINVAL },
		{ CLOSED, 1, -EBADF },
	};
	size_t i;

	begin();
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CU_ASSERT_EQUAL(try_to_send(rows[i].what, rows[i].size),
				rows[i].r);
	/* with a payload of its own; too many; more than its file says */
	fake_tell(client, "send-bad", "\0", 1);
	CU_ASSERT_EQUAL(seen().r, -EINVAL);
	fake_tell(client, "send-bad", "\1", 1);
	CU_ASSERT_EQUAL(seen().r, -EINVAL);
	fake_tell(client, "send-bad", "\2", 1);
	CU_ASSERT_EQUAL(seen().r, -E2BIG);
	peer->n_descriptors = 0;
	fake_kill(&fake, 0);
	fake_restart(&fake);
	CU_ASSERT_EQUAL(try_to_send(GOOD, MIB), -EPERM);
	end();
}

static void test_its_size_counts_where_payloads_are_limited(void)
{
	prepare();
	peer->limits.bytes = MIB - 1;
	fake_start(&fake);
	CU_ASSERT_EQUAL(try_to_send(GOOD, MIB), -EMSGSIZE);
	end();
	prepare();
	fake_share(peer);
	fake_words(peer, false)->limit_payload = MIB - 1;
	fake_start(&fake);
	CU_ASSERT_EQUAL(try_to_send(GOOD, MIB), -EMSGSIZE);
	end();
}

static void test_an_ask_is_answered_with_one(void)
{
	struct frame reply;
	uint64_t number;
	int given;

	prepare();
	client->n_descriptors = 1;
	fake_start(&fake);
	fake_ask(client, "answer", 5);
	reply = fake_expect_frame(client, FRAME_REPLY, "made");
	CU_ASSERT_EQUAL(frame_size(&reply), 5000);
	given = fake_expect_given(&fake, &number);
	CU_ASSERT_EQUAL(frame_passed(&reply, 0).number, number);
	close(given);
	CU_ASSERT_EQUAL(seen().r, 0);
	end();
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_it_is_a_payload_in_one_piece_and_then_gone),
	HARNESS_TEST(test_a_part_of_it_can_be_the_payload),
	HARNESS_TEST(test_it_is_not_among_the_descriptors),
	HARNESS_TEST(test_it_is_passed_on_without_a_copy),
	HARNESS_TEST(test_the_next_generation_has_it_again),
	HARNESS_TEST(test_a_crash_names_its_type_and_size),
	HARNESS_TEST(test_a_failing_turn_lets_go_of_it),
	HARNESS_TEST(test_in_the_stash_it_outlives_the_process),
	HARNESS_TEST(test_what_is_put_aside_counts_as_one_that_waits),
	HARNESS_TEST(test_a_mailbox_with_classes_keeps_it),
	HARNESS_TEST(test_what_is_larger_than_the_file_says_is_not_fetched),
	HARNESS_TEST(test_who_takes_no_descriptors_takes_none_of_these),
	HARNESS_TEST(test_what_does_not_come_is_lost),
	HARNESS_TEST(test_without_room_to_map_it_it_is_lost),
	HARNESS_TEST(test_what_is_none_costs_its_sender_the_edge),
	HARNESS_TEST(test_what_came_with_it_is_handled),
	HARNESS_TEST(test_an_answer_can_be_one),
	HARNESS_TEST(test_an_answer_that_is_none_fails_the_ask),
	HARNESS_TEST(test_it_leaves_as_its_author_made_it),
	HARNESS_TEST(test_its_author_hears_what_is_wrong),
	HARNESS_TEST(test_its_size_counts_where_payloads_are_limited),
	HARNESS_TEST(test_an_ask_is_answered_with_one),
};
HARNESS_MAIN(tests)
