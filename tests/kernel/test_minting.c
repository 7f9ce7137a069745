/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_minting.c - what actors can make their supervisor do, is bounded; and
 * who asks is answered.
 */
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libactorproc/edge.h"
#include "libactorproc/flow.h"
#include "libactorproc/pool.h"
#include "supervisord/act/mailbox.h"
#include "supervisord/endings.h"
#include "tests/harness/harness.h"
#include "tests/kernel/mother.h"

#define MANY 3000	/* more than any socket takes */

static struct mother m;

static size_t hear_all(enum mother_child who, const char *verb, size_t *ret_fds)
{
	const char *heard;
	size_t n = 0;

	*ret_fds = 0;
	while (*(heard = mother_hear(&m, who))) {
		if (strcmp(heard, verb))
			continue;
		n++;
		*ret_fds += m.message.n_fds;
	}
	return n;
}

/* ---- descriptors that wait ---------------------------------------------- */

/* one gives, the other asks for it and reads no answer */
static void test_who_fetches_and_does_not_read_takes_no_descriptors(void)
{
	uint64_t via;
	size_t before, n_fds;

	mother_begin(&m);
	via = mother_edge(&m, MOTHER_A, MOTHER_B, "b")->id;
	mother_give(&m, MOTHER_A, via, 1);
	before = mother_n_fds();
	for (int i = 0; i < MANY; i++)
		mother_say(&m, MOTHER_B, "FETCH", "VIA", via, "NUMBER", 1);
	CU_ASSERT_EQUAL(mother_n_fds(), before);
	CU_ASSERT_EQUAL(hear_all(MOTHER_B, "GIVEN", &n_fds), MANY);
	CU_ASSERT_EQUAL(n_fds, MANY);
	mother_end(&m);
}

static void test_what_is_gone_before_it_is_read_is_given_as_lost(void)
{
	uint64_t via;
	size_t n_fds;

	mother_begin(&m);
	via = mother_edge(&m, MOTHER_A, MOTHER_B, "b")->id;
	mother_give(&m, MOTHER_A, via, 1);
	for (int i = 0; i < MANY; i++)
		mother_say(&m, MOTHER_B, "FETCH", "VIA", via, "NUMBER", 1);
	mother_say(&m, MOTHER_B, "TAKEN", "VIA", via, "NUMBER", 1);
	CU_ASSERT_EQUAL(hear_all(MOTHER_B, "GIVEN", &n_fds), MANY);
	CU_ASSERT(n_fds > 0 && n_fds < MANY);
	mother_end(&m);
}

/* granted, ended and granted again, to who does not read */
static void test_references_to_who_does_not_read_take_no_descriptors(void)
{
	struct custody_edge *edge;
	size_t before, n_fds;

	mother_begin(&m);
	before = mother_n_fds();
	for (int i = 0; i < MANY; i++) {
		edge = mother_edge(&m, MOTHER_B, MOTHER_C, NULL);
		endings_end(&m.s, edge, false);
	}
	CU_ASSERT_EQUAL(mother_n_fds(), before);
	edge = mother_edge(&m, MOTHER_B, MOTHER_C, NULL);
	CU_ASSERT_EQUAL(mother_n_fds(), before + 3);	/* both ends, the pool */
	/* what is over is not told of any more, what stands is whole */
	CU_ASSERT(hear_all(MOTHER_B, "EDGE", &n_fds) < MANY);
	CU_ASSERT_EQUAL(n_fds % 2, 0);
	CU_ASSERT(n_fds >= 2);
	mother_end(&m);
}

static void test_a_declared_name_is_known_though_its_edge_is_over(void)
{
	struct custody_edge *edge;
	const char *name = NULL;

	mother_begin(&m);
	for (int i = 0; i < MANY; i++)
		mother_say(&m, MOTHER_B, "FETCH", "VIA", 1, "NUMBER", 1);
	edge = mother_edge(&m, MOTHER_B, MOTHER_C, "c");
	endings_end(&m.s, edge, true);
	CU_ASSERT(mother_hear_until(&m, MOTHER_B, "EDGE"));
	if (m.message.n_fds)
		name = fields_get(&m.message.fields, "NAME");
	CU_ASSERT_PTR_NOT_NULL_FATAL(name);
	CU_ASSERT_STRING_EQUAL(name, "c");
	mother_end(&m);
}

/* ---- too many of them ---------------------------------------------------- */

/* descriptors wait for b, until no more are to */
static void fill_up(void)
{
	struct fields_writer w;
	char bytes[64];
	int fds[2] = { STDIN_FILENO, STDERR_FILENO };

	fields_begin(&w, bytes, sizeof(bytes), "ROW");
	for (int i = 0; i < MANY && link_has_room(); i++)
		link_send(m.s.children[MOTHER_B]->link, &w, fds, 2);
	CU_ASSERT_FALSE(link_has_room());
}

static void set_limit(rlim_t n)
{
	struct rlimit limit;

	CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = n;
	CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static void test_without_room_a_grant_is_refused_and_its_giver_named(void)
{
	uint64_t via, grant;
	size_t n;

	mother_begin(&m);
	set_limit(1024);
	via = mother_edge(&m, MOTHER_A, MOTHER_C, "c")->id;
	grant = mother_edge(&m, MOTHER_A, MOTHER_B, "b")->id;
	hear_all(MOTHER_C, "EDGE", &n);
	fill_up();
	mother_say(&m, MOTHER_C, "CLAIM", "VIA", via, "GRANT", grant);
	CU_ASSERT_STRING_EQUAL(mother_finds(&m, MOTHER_C), "");
	for (int i = 0; i < 10; i++)
		mother_say(&m, MOTHER_A, "GRANT", "VIA", via, "EDGE", grant);
	CU_ASSERT_STRING_EQUAL(mother_hear(&m, MOTHER_C), "REFUSED");
	CU_ASSERT_STRING_EQUAL(mother_hear(&m, MOTHER_C), "");
	CU_ASSERT_EQUAL(mother_n_records(&m, "grant-refused", "PATH", "/s/a"),
			1);
	/* and there is room when they have been read */
	hear_all(MOTHER_B, "ROW", &n);
	mother_say(&m, MOTHER_A, "GRANT", "VIA", via, "EDGE", grant);
	CU_ASSERT(mother_hear_until(&m, MOTHER_C, "GRANTED"));
	mother_end(&m);
}

static void test_without_room_a_descriptor_is_closed(void)
{
	uint64_t via;
	size_t before;

	mother_begin(&m);
	set_limit(1024);
	via = mother_edge(&m, MOTHER_A, MOTHER_C, "c")->id;
	fill_up();
	before = mother_n_fds();
	for (uint64_t i = 0; i < 10; i++)
		mother_give(&m, MOTHER_A, via, i);
	CU_ASSERT_EQUAL(mother_n_fds(), before);
	mother_end(&m);
}

/* ---- who claims is answered ---------------------------------------------- */

/* a number that nobody grants */
#define CLAIMS 256	/* of a child, that may wait */
#define NOBODYS 99

static void test_a_claim_that_cannot_wait_is_refused_at_once(void)
{
	const struct child *b;

	mother_begin(&m);
	b = m.s.children[MOTHER_B];
	for (uint64_t i = 0; i < CLAIMS; i++)
		mother_say(&m, MOTHER_B, "CLAIM", "VIA", 1, "GRANT",
			   NOBODYS + i);
	CU_ASSERT_STRING_EQUAL(mother_finds(&m, MOTHER_B), "");
	CU_ASSERT_EQUAL(b->n_claims, CLAIMS);
	mother_say(&m, MOTHER_B, "CLAIM", "VIA", 1, "GRANT", NOBODYS + CLAIMS);
	CU_ASSERT_STRING_EQUAL(mother_finds(&m, MOTHER_B), "REFUSED");
	CU_ASSERT_EQUAL(b->n_claims, CLAIMS);
	mother_end(&m);
}

/* an edge that may only be used, passed on without end */
static void test_refusals_wait_for_who_asks(void)
{
	const struct actor_limits limits = { .no_grants = true };
	struct custody_edge *edge;
	uint64_t via, grant;
	size_t n;

	mother_begin(&m);
	via = mother_edge(&m, MOTHER_A, MOTHER_B, "b")->id;
	edge = mother_edge(&m, MOTHER_A, MOTHER_C, "c");
	edge->limits = limits;
	grant = edge->id;
	hear_all(MOTHER_B, "EDGE", &n);
	for (int i = 0; i < MANY; i++)
		mother_say(&m, MOTHER_A, "GRANT", "VIA", via, "EDGE", grant);
	CU_ASSERT_STRING_EQUAL(mother_hear(&m, MOTHER_B), "");
	mother_say(&m, MOTHER_B, "CLAIM", "VIA", via, "GRANT", grant);
	CU_ASSERT_STRING_EQUAL(mother_hear(&m, MOTHER_B), "REFUSED");
	/* of one message: the next one may be granted */
	mother_say(&m, MOTHER_B, "CLAIM", "VIA", via, "GRANT", grant);
	CU_ASSERT_STRING_EQUAL(mother_finds(&m, MOTHER_B), "");
	edge = custody_edge(&m.s.custody, grant);
	edge->limits.no_grants = false;
	mother_say(&m, MOTHER_A, "GRANT", "VIA", via, "EDGE", grant);
	CU_ASSERT(mother_hear_until(&m, MOTHER_B, "GRANTED"));
	mother_end(&m);
}

/* ---- what may be swept away ---------------------------------------------- */

/* a burial walks the edges of its dead, and what it says may make new ones */
static void test_nothing_is_swept_away_under_a_burial(void)
{
	uint64_t id;

	mother_begin(&m);
	id = mother_edge(&m, MOTHER_A, MOTHER_B, NULL)->id;
	custody_edge(&m.s.custody, id)->closed = true;
	m.s.burying = true;
	mother_edge(&m, MOTHER_B, MOTHER_C, NULL);
	CU_ASSERT_PTR_NOT_NULL(custody_edge(&m.s.custody, id));
	m.s.burying = false;
	mother_edge(&m, MOTHER_A, MOTHER_C, NULL);
	CU_ASSERT_PTR_NULL(custody_edge(&m.s.custody, id));
	mother_end(&m);
}

/* ---- an arena whose table of edges is full -------------------------------- */

#define MESSAGES 3

static void send_messages(const struct custody_edge *edge)
{
	static _Alignas(8) char packet[ACTOR_PACKET_MAX];
	const struct frame frame = {
		.kind = FRAME_TELL, .type = "note", .type_length = 4,
	};
	size_t n = PACKET_HEADER_BYTES;

	for (int i = 0; i < MESSAGES; i++)
		n += frame_write(packet + n, &frame);
	packet_seal(packet, (uint32_t)n, MESSAGES, 1, 0);
	CU_ASSERT_EQUAL(edge_send(edge->holder_fd, packet, n), EDGE_DONE);
}

/* of b, that is dead; @own: they are edges of its own, else of nobody */
static void bury_with_full_table(bool own)
{
	struct burial b = {
		.supervisor = &m.s, .path = "/s/b", .life = 1,
		.reason = "terminated", .room_fd = -1,
	};
	int fd;

	CU_ASSERT_EQUAL_FATAL(mailbox_new(&fd), 0);
	CU_ASSERT_EQUAL_FATAL(mailbox_map(fd, &b.arena), 0);
	send_messages(mother_edge(&m, MOTHER_A, MOTHER_B, "b"));
	for (uint64_t id = 1; id <= ARENA_EDGES_MAX; id++) {
		CU_ASSERT_EQUAL(arena_edge_add(b.arena,
					       arena_key(id, EDGE_HOLDER)), 0);
		if (own)
			CU_ASSERT_PTR_NOT_NULL(custody_edge_new(
				&m.s.custody, id, "/s/b", "/s/c", NULL));
	}
	m.s.burying = true;
	CU_ASSERT_EQUAL(burial_drain(&b), BURIAL_DONE);
	m.s.burying = false;
	mailbox_unload(b.arena);
	close(fd);
}

static void test_numbers_of_nobody_hide_no_mail(void)
{
	mother_begin(&m);
	bury_with_full_table(false);
	CU_ASSERT_EQUAL(mother_n_records(&m, "dead-letter", "SENDER", "/s/a"),
			MESSAGES);
	mother_end(&m);
}

static void test_mail_that_cannot_be_noted_is_counted(void)
{
	mother_begin(&m);
	bury_with_full_table(true);
	CU_ASSERT_EQUAL(mother_n_records(&m, "lost", "COUNT", "3"), 1);
	mother_end(&m);
}

/* ---- bytes that are no packet --------------------------------------------- */

static void test_who_sends_no_packet_to_the_dead_is_named_once(void)
{
	const struct custody_edge *edge;
	struct burial b = {
		.supervisor = &m.s, .path = "/s/b", .life = 1,
		.reason = "terminated", .room_fd = -1,
	};
	int fd;

	mother_begin(&m);
	CU_ASSERT_EQUAL_FATAL(mailbox_new(&fd), 0);
	CU_ASSERT_EQUAL_FATAL(mailbox_map(fd, &b.arena), 0);
	edge = mother_edge(&m, MOTHER_A, MOTHER_B, "b");
	for (int i = 0; i < MESSAGES; i++)
		CU_ASSERT_EQUAL(edge_send(edge->holder_fd, "rubbish", 7),
				EDGE_DONE);
	send_messages(mother_edge(&m, MOTHER_C, MOTHER_B, "b"));
	m.s.burying = true;
	CU_ASSERT_EQUAL(burial_drain(&b), BURIAL_DONE);
	m.s.burying = false;
	CU_ASSERT_EQUAL(mother_n_records(&m, "malformed", "SENDER", "/s/a"),
			1);
	mailbox_unload(b.arena);
	close(fd);
	mother_end(&m);
}

/* ---- what the dead one had not sent ---------------------------------------- */

/* its peer reads as far as is said, and no further until more arrives */
static void test_what_is_sent_for_the_dead_is_said_to_be_sent(void)
{
	const struct frame late = {
		.kind = FRAME_TELL, .type = "late", .type_length = 4,
	};
	const struct custody_edge *edge;
	struct burial b = {
		.supervisor = &m.s, .path = "/s/a", .life = 1,
		.reason = "terminated", .room_fd = -1,
	};
	struct pool pool;
	uint64_t key;
	int fd;

	mother_begin(&m);
	CU_ASSERT_EQUAL_FATAL(mailbox_new(&fd), 0);
	CU_ASSERT_EQUAL_FATAL(mailbox_map(fd, &b.arena), 0);
	edge = mother_edge(&m, MOTHER_A, MOTHER_B, "b");
	key = arena_key(edge->id, EDGE_HOLDER);
	CU_ASSERT_EQUAL(arena_edge_add(b.arena, key), 0);
	arena_turn_begin(b.arena, false);
	CU_ASSERT_EQUAL(arena_send(b.arena, key, &late, false), 0);
	CU_ASSERT_EQUAL(arena_send(b.arena, key, &late, false), 0);
	arena_turn_commit(b.arena);
	CU_ASSERT_EQUAL_FATAL(pool_map(&pool, edge->pool_fd), 0);
	burial_flush(&b);
	CU_ASSERT(flow_is_all(pool_flow(&pool, EDGE_HOLDER), 2));
	CU_ASSERT(flow_is_all(pool_flow(&pool, EDGE_TARGET), 0));
	pool_unmap(&pool);
	mailbox_unload(b.arena);
	close(fd);
	mother_end(&m);
}

/* it lies there twice then, and who would take "all" by its number leaves one */
static void test_what_a_socket_may_have_twice_is_not_said_to_be_all(void)
{
	const struct frame late = {
		.kind = FRAME_TELL, .type = "late", .type_length = 4,
	};
	const struct custody_edge *edge;
	struct burial b = {
		.supervisor = &m.s, .path = "/s/a", .life = 1,
		.reason = "terminated", .room_fd = -1,
	};
	struct arena_offer offer;
	char packet[1024];
	struct pool pool;
	uint64_t key;
	int fd;

	mother_begin(&m);
	CU_ASSERT_EQUAL_FATAL(mailbox_new(&fd), 0);
	CU_ASSERT_EQUAL_FATAL(mailbox_map(fd, &b.arena), 0);
	edge = mother_edge(&m, MOTHER_A, MOTHER_B, "b");
	key = arena_key(edge->id, EDGE_HOLDER);
	CU_ASSERT_EQUAL(arena_edge_add(b.arena, key), 0);
	arena_turn_begin(b.arena, false);
	CU_ASSERT_EQUAL(arena_send(b.arena, key, &late, false), 0);
	arena_turn_commit(b.arena);
	/* killed between giving it to the socket and dropping it */
	CU_ASSERT(arena_outbox_offer(b.arena, key, &offer));
	CU_ASSERT_EQUAL(edge_send(edge->holder_fd, offer.packet,
				  offer.n_bytes), EDGE_DONE);
	CU_ASSERT_EQUAL_FATAL(pool_map(&pool, edge->pool_fd), 0);
	burial_flush(&b);
	for (int i = 0; i < 2; i++)
		CU_ASSERT(recv(edge->target_fd, packet, sizeof(packet),
			       MSG_DONTWAIT) > 0);
	CU_ASSERT(!flow_is_all(pool_flow(&pool, EDGE_HOLDER), 1));
	pool_unmap(&pool);
	mailbox_unload(b.arena);
	close(fd);
	mother_end(&m);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_who_fetches_and_does_not_read_takes_no_descriptors),
	HARNESS_TEST(test_what_is_gone_before_it_is_read_is_given_as_lost),
	HARNESS_TEST(test_references_to_who_does_not_read_take_no_descriptors),
	HARNESS_TEST(test_a_declared_name_is_known_though_its_edge_is_over),
	HARNESS_TEST(test_without_room_a_grant_is_refused_and_its_giver_named),
	HARNESS_TEST(test_without_room_a_descriptor_is_closed),
	HARNESS_TEST(test_a_claim_that_cannot_wait_is_refused_at_once),
	HARNESS_TEST(test_refusals_wait_for_who_asks),
	HARNESS_TEST(test_nothing_is_swept_away_under_a_burial),
	HARNESS_TEST(test_numbers_of_nobody_hide_no_mail),
	HARNESS_TEST(test_mail_that_cannot_be_noted_is_counted),
	HARNESS_TEST(test_who_sends_no_packet_to_the_dead_is_named_once),
	HARNESS_TEST(test_what_is_sent_for_the_dead_is_said_to_be_sent),
	HARNESS_TEST(test_what_a_socket_may_have_twice_is_not_said_to_be_all),
};
HARNESS_MAIN(tests)
