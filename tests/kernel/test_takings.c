/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_takings.c - a reference is taken back in the instant in which a sender was
 * killed between sending a packet and dropping it: has it come?
 *
 * Each supervisor that has a part in that, and each order of what it sees.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libactorproc/edge.h"
#include "supervisord/act/mailbox.h"
#include "supervisord/endings.h"
#include "supervisord/outfit.h"
#include "supervisord/takings.h"
#include "tests/harness/harness.h"
#include "tests/kernel/mother.h"

#define PACKETS 2	/* of which the first may have left */

static struct mother m;

static const char *digits(uint64_t id)
{
	static char text[32];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)id);
	return text;
}

static bool heard_field(const char *name, const char *value)
{
	const char *found = fields_get(&m.message.fields, name);

	return value ? found && !strcmp(found, value) : !found;
}

static bool heard_above_until(const char *verb)
{
	const char *heard;

	do
		heard = mother_hear_above(&m);
	while (*heard && strcmp(heard, verb));
	return *heard;
}

static void hear_nothing_more(enum mother_child who)
{
	while (*mother_hear(&m, who))
		;
}

static void say(struct child *from, const char *verb, uint64_t id,
		const char *name, const char *value)
{
	mother_told(&m, from, verb,
		    (const char *const []){ "ID", digits(id), name, value,
					    NULL }, -1);
}

/* ---- who was killed ------------------------------------------------------- */

static void put_mailbox(const char *path)
{
	int fd;

	CU_ASSERT_EQUAL_FATAL(mailbox_new(&fd), 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(
		custody_mailbox_put(&m.s.custody, path, 1, 0, fd));
}

static struct arena *map_mailbox(const char *path)
{
	struct arena *a;

	CU_ASSERT_EQUAL_FATAL(
		mailbox_map(custody_mailbox(&m.s.custody, path)->arena_fd, &a),
		0);
	return a;
}

static void write_note(struct arena *a, uint64_t key)
{
	const bool holder = arena_key_end(key) == EDGE_HOLDER;
	const struct frame frame = {
		.kind = holder ? FRAME_TELL : FRAME_REPLY,
		.ask_id = holder ? 0 : 1,
		.type = "note",
		.type_length = 4,
	};
	const void *packet;
	size_t n_bytes;

	arena_turn_begin(a, false);
	CU_ASSERT_EQUAL(arena_send(a, key, &frame, !holder), 0);
	arena_turn_commit(a);
	/* which seals it: the next one is another packet */
	CU_ASSERT_FATAL(arena_outbox_peek(a, key, &packet, &n_bytes));
}

/* @fd: into which the first went; -1: it was killed before that */
static void die_while_sending(const char *path, uint64_t key, int fd)
{
	struct arena_offer offer;
	struct arena *a;

	put_mailbox(path);
	a = map_mailbox(path);
	CU_ASSERT_EQUAL(arena_edge_add(a, key), 0);
	for (int i = 0; i < PACKETS; i++)
		write_note(a, key);
	CU_ASSERT_FATAL(arena_outbox_offer(a, key, &offer));
	if (fd >= 0)
		CU_ASSERT_EQUAL(edge_send(fd, offer.packet, offer.n_bytes),
				EDGE_DONE);
	mailbox_unload(a);
}

static size_t n_dead(void)
{
	return mother_n_records(&m, "dead-letter", "ROLE", "sender");
}

/* ---- the supervisor of the sender, which has one end ---------------------- */

#define EDGE 7

/* as a's: its peer is somewhere above; *@ret_other_fd is that one's end */
static void begin_with_one_end(enum edge_end end, int *ret_other_fd)
{
	const bool holder = end == EDGE_HOLDER;
	const char *const edge[] = {
		"ID", digits(EDGE), "HOLDER", holder ? "/s/a" : "/x/y",
		"TARGET", holder ? "/x/y" : "/s/a", "HAS", holder ? "h" : "t",
		NULL,
	};
	int fds[2];

	mother_begin(&m);
	mother_below(&m);
	m.s.children[MOTHER_A]->living = false;
	CU_ASSERT_EQUAL_FATAL(edge_pair(fds, 0), 0);
	mother_told(&m, NULL, "EDGE", edge, fds[0]);
	die_while_sending("/s/a", arena_key(EDGE, end), fds[0]);
	close(fds[0]);
	*ret_other_fd = fds[1];
}

static void do_recover(const char *came, enum edge_end end, int other_fd)
{
	static const struct cause cause = { .kind = CAUSE_SIGNAL, .number = 9 };

	(void)came;
	(void)end;
	(void)other_fd;
	afterlife_recover(m.s.children[MOTHER_A], &cause, NULL);
	mother_turn(&m);
}

/* who has the holder shuts the door, here or elsewhere */
static void do_take_back(const char *came, enum edge_end end, int other_fd)
{
	(void)came;
	if (end == EDGE_TARGET)
		shutdown(other_fd, SHUT_RDWR);
	say(NULL, "EDGE_END", EDGE, "BY", "revoked");
	CU_ASSERT_EQUAL(edge_send(other_fd, "mail", 4), EDGE_CLOSED);
}

static void do_keep(const char *came, enum edge_end end, int other_fd)
{
	(void)came;
	(void)end;
	(void)other_fd;
	CU_ASSERT(afterlife_kept(&m.s, "/s/a",
				 custody_mailbox(&m.s.custody, "/s/a")->number));
	mother_turn(&m);
}

static void do_settle(const char *came, enum edge_end end, int other_fd)
{
	(void)other_fd;
	CU_ASSERT_PTR_NOT_NULL(custody_edge(&m.s.custody, EDGE));
	say(NULL, "SETTLED", EDGE,
	    came ? end == EDGE_HOLDER ? "HOLDER" : "TARGET" : NULL, came);
	CU_ASSERT_PTR_NULL(custody_edge(&m.s.custody, EDGE));
}

/* its life is over as well, and it says what it had taken */
static void do_end(const char *came, enum edge_end end, int other_fd)
{
	(void)other_fd;
	mother_told(&m, NULL, "EDGE_END",
		    (const char *const []){
			    "ID", digits(EDGE), "BY",
			    end == EDGE_HOLDER ? "target" : "holder",
			    came ? "TAKEN" : NULL, came, NULL }, -1);
}

typedef void (*step)(const char *came, enum edge_end end, int other_fd);

#define STEPS 4

static const step orders[][STEPS] = {
	{ do_take_back, do_recover, do_keep, do_settle },
	{ do_recover, do_take_back, do_keep, do_settle },
	{ do_take_back, do_recover, do_settle, do_keep },
	{ do_take_back, do_settle, do_recover, do_keep },
	{ do_take_back, do_recover, do_keep, do_end },
	{ do_recover, do_take_back, do_end, do_keep },
};

static bool released(void)
{
	while (m.s.children[MOTHER_A]->awaits_mailbox &&
	       sd_event_run(m.s.event, 5000000) > 0)
		;
	return !m.s.children[MOTHER_A]->awaits_mailbox;
}

static void play(const step order[STEPS], enum edge_end end, const char *came)
{
	bool known = false;
	int other_fd;

	begin_with_one_end(end, &other_fd);
	for (int i = 0; i < STEPS; i++) {
		CU_ASSERT(known || n_dead() == 0);
		order[i](came, end, other_fd);
		known |= order[i] == do_settle || order[i] == do_end;
	}
	CU_ASSERT(released());
	CU_ASSERT_EQUAL(n_dead(), came ? PACKETS - 1 : PACKETS);
	close(other_fd);
	mother_end(&m);
}

static void play_all(enum edge_end end)
{
	for (size_t i = 0; i < sizeof(orders) / sizeof(*orders); i++) {
		play(orders[i], end, "1");
		play(orders[i], end, NULL);
	}
}

static void test_a_holder_that_died_is_told_what_has_come_in_any_order(void)
{
	play_all(EDGE_HOLDER);
}

static void test_a_target_that_died_is_told_what_has_come_in_any_order(void)
{
	play_all(EDGE_TARGET);
}

static void test_who_tells_the_holder_shuts_the_door_and_says_so(void)
{
	int other_fd;

	begin_with_one_end(EDGE_HOLDER, &other_fd);
	say(NULL, "EDGE_END", EDGE, "BY", "revoked");
	CU_ASSERT(heard_above_until("SHUT"));
	CU_ASSERT(heard_field("ID", digits(EDGE)));
	close(other_fd);
	mother_end(&m);
}

/* a process of its holder's that begins now has nothing to send there */
static void test_what_is_settling_is_given_to_its_target_alone(void)
{
	int other_fd;

	begin_with_one_end(EDGE_TARGET, &other_fd);
	say(NULL, "EDGE_END", EDGE, "BY", "revoked");
	hear_nothing_more(MOTHER_A);
	outfit_give(m.s.children[MOTHER_A]);
	CU_ASSERT(mother_hear_until(&m, MOTHER_A, "EDGE"));
	CU_ASSERT(heard_field("REVOKED", "1"));
	close(other_fd);
	mother_end(&m);
}

/* ---- who made the edge ----------------------------------------------------- */

/* a is a supervisor, with the holder x below it; b is the target. Return: the
 * edge, of which x has sent and not dropped a packet */
static struct custody_edge *begin_as_minter(void)
{
	struct custody_edge *edge;

	mother_begin(&m);
	m.s.children[MOTHER_A]->is_supervisor = true;
	m.nodes[MOTHER_A].exec = NULL;
	edge = minting_mint(&m.s, "/s/a/x", "/s/b", NULL, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(edge);
	die_while_sending("/s/a/x", arena_key(edge->id, EDGE_HOLDER),
			  edge->holder_fd);
	mother_below(&m);
	hear_nothing_more(MOTHER_A);
	return edge;
}

static void end_as_minter(void)
{
	m.s.children[MOTHER_A]->is_supervisor = false;
	mother_end(&m);
}

static void expect_settled(uint64_t id, bool known)
{
	CU_ASSERT(known);
	CU_ASSERT(heard_field("ID", digits(id)));
	CU_ASSERT(heard_field("HOLDER", "1"));
	CU_ASSERT(heard_field("TARGET", NULL));
}

static void test_who_made_it_looks_when_the_door_is_shut(void)
{
	struct custody_edge *edge = begin_as_minter();
	const uint64_t id = edge->id;

	endings_revoke(&m.s, edge);
	CU_ASSERT_STRING_EQUAL(mother_hear(&m, MOTHER_A), "EDGE_END");
	CU_ASSERT_STRING_EQUAL(mother_hear(&m, MOTHER_A), "");
	/* as x could, that has not heard of it */
	CU_ASSERT_EQUAL(edge_send(edge->holder_fd, "mail", 4), EDGE_DONE);
	CU_ASSERT_FALSE(custody_edge_open(edge));
	say(m.s.children[MOTHER_A], "SHUT", id, NULL, NULL);
	expect_settled(id, mother_hear_until(&m, MOTHER_A, "SETTLED"));
	expect_settled(id, heard_above_until("SETTLED"));
	CU_ASSERT_EQUAL(custody_taken(&m.s.custody,
				      arena_key(id, EDGE_HOLDER)), 1);
	/* b has it to read */
	edge = custody_edge(&m.s.custody, id);
	CU_ASSERT_PTR_NOT_NULL_FATAL(edge);
	CU_ASSERT(edge->closed);
	CU_ASSERT_EQUAL(edge->holder_fd, -1);
	CU_ASSERT_EQUAL(edge_send(edge->target_fd, "mail", 4), EDGE_CLOSED);
	end_as_minter();
}

static void test_when_who_would_shut_it_dies_who_made_it_does(void)
{
	struct custody_edge *edge = begin_as_minter();
	const uint64_t id = edge->id;

	endings_revoke(&m.s, edge);
	hear_nothing_more(MOTHER_A);
	takings_below_gone(m.s.children[MOTHER_A]);
	expect_settled(id, heard_above_until("SETTLED"));
	hear_nothing_more(MOTHER_A);
	outfit_give(m.s.children[MOTHER_A]);
	CU_ASSERT(mother_hear_until(&m, MOTHER_A, "CAME"));
	CU_ASSERT(heard_field("PATH", "/s/a/x"));
	CU_ASSERT(heard_field("TAKEN", "1"));
	end_as_minter();
}

/* it has the edge with the rest, and waits */
static void test_the_target_s_supervisor_that_begins_anew_waits_too(void)
{
	struct custody_edge *edge;
	uint64_t id;

	mother_begin(&m);
	m.s.children[MOTHER_A]->is_supervisor = true;
	m.s.children[MOTHER_B]->is_supervisor = true;
	m.nodes[MOTHER_A].exec = m.nodes[MOTHER_B].exec = NULL;
	edge = minting_mint(&m.s, "/s/a/x", "/s/b/y", NULL, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(edge);
	id = edge->id;
	die_while_sending("/s/b/y", arena_key(id, EDGE_TARGET),
			  edge->target_fd);
	endings_revoke(&m.s, edge);
	hear_nothing_more(MOTHER_B);
	takings_below_gone(m.s.children[MOTHER_B]);
	CU_ASSERT_STRING_EQUAL(mother_hear(&m, MOTHER_B), "");
	outfit_give(m.s.children[MOTHER_B]);
	CU_ASSERT(mother_hear_until(&m, MOTHER_B, "EDGE"));
	CU_ASSERT(heard_field("SETTLING", "1"));
	CU_ASSERT(heard_field("OVER", NULL));
	say(m.s.children[MOTHER_A], "SHUT", id, NULL, NULL);
	CU_ASSERT(mother_hear_until(&m, MOTHER_B, "SETTLED"));
	CU_ASSERT(heard_field("TARGET", "1"));
	CU_ASSERT(heard_field("HOLDER", NULL));
	m.s.children[MOTHER_B]->is_supervisor = false;
	end_as_minter();
}

/* ---- who is above that one -------------------------------------------------- */

/* of an edge between two below a, who made it and takes it back */
static uint64_t begin_above(void)
{
	struct custody_edge *edge;
	uint64_t id;

	mother_begin(&m);
	m.s.children[MOTHER_A]->is_supervisor = true;
	m.nodes[MOTHER_A].exec = NULL;
	edge = minting_mint(&m.s, "/s/a/x", "/s/a/y/z", NULL, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(edge);
	id = edge->id;
	edge->minted_here = false;
	die_while_sending("/s/a/x", arena_key(id, EDGE_HOLDER),
			  edge->holder_fd);
	say(m.s.children[MOTHER_A], "EDGE_END", id, "BY", "revoked");
	CU_ASSERT_EQUAL(edge_send(edge->holder_fd, "mail", 4), EDGE_DONE);
	CU_ASSERT_PTR_NOT_NULL(custody_edge(&m.s.custody, id));
	return id;
}

static void test_what_came_is_noted_by_all_above(void)
{
	const uint64_t id = begin_above();

	say(m.s.children[MOTHER_A], "SETTLED", id, "HOLDER", "5");
	CU_ASSERT_EQUAL(custody_taken(&m.s.custody,
				      arena_key(id, EDGE_HOLDER)), 5);
	CU_ASSERT(custody_edge(&m.s.custody, id)->closed);
	end_as_minter();
}

static void test_when_who_made_it_dies_who_is_above_looks(void)
{
	const uint64_t id = begin_above();

	takings_below_gone(m.s.children[MOTHER_A]);
	CU_ASSERT_EQUAL(custody_taken(&m.s.custody,
				      arena_key(id, EDGE_HOLDER)), 1);
	CU_ASSERT_EQUAL(edge_send(custody_edge(&m.s.custody, id)->target_fd,
				  "mail", 4), EDGE_CLOSED);
	end_as_minter();
}

/* ---- what is left to be read ------------------------------------------------- */

static bool take_mail(int fd)
{
	char bytes[16];
	size_t n_bytes;

	return edge_receive(fd, bytes, sizeof(bytes), &n_bytes) == EDGE_DONE &&
	       n_bytes == 4;
}

/* a and b may be between two generations, each with mail of the other */
static void test_what_both_sides_have_to_read_is_kept_for_both(void)
{
	struct custody_edge *edge;
	uint64_t id;

	mother_begin(&m);
	edge = mother_edge(&m, MOTHER_A, MOTHER_B, NULL);
	id = edge->id;
	CU_ASSERT_EQUAL(edge_send(edge->target_fd, "mail", 4), EDGE_DONE);
	CU_ASSERT_EQUAL(edge_send(edge->holder_fd, "mail", 4), EDGE_DONE);
	endings_revoke(&m.s, edge);
	for (enum mother_child i = MOTHER_A; i <= MOTHER_B; i++) {
		hear_nothing_more(i);
		endings_sweep(&m.s);
		outfit_give(m.s.children[i]);
		CU_ASSERT(mother_hear_until(&m, i, "EDGE"));
		CU_ASSERT(heard_field("ID", digits(id)));
		CU_ASSERT(heard_field("REVOKED", "1"));
		CU_ASSERT_FATAL(m.message.n_fds > 0);
		CU_ASSERT(take_mail(m.message.fds[0]));
	}
	endings_sweep(&m.s);
	CU_ASSERT_PTR_NULL(custody_edge(&m.s.custody, id));
	mother_end(&m);
}

static void test_that_both_have_to_read_is_said_downward(void)
{
	struct custody_edge *edge;

	mother_begin(&m);
	m.s.children[MOTHER_A]->is_supervisor = true;
	m.nodes[MOTHER_A].exec = NULL;
	edge = minting_mint(&m.s, "/s/a/x", "/s/a/y", NULL, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(edge);
	CU_ASSERT_EQUAL(edge_send(edge->target_fd, "mail", 4), EDGE_DONE);
	CU_ASSERT_EQUAL(edge_send(edge->holder_fd, "mail", 4), EDGE_DONE);
	endings_revoke(&m.s, edge);
	takings_below_gone(m.s.children[MOTHER_A]);
	hear_nothing_more(MOTHER_A);
	outfit_give(m.s.children[MOTHER_A]);
	CU_ASSERT(mother_hear_until(&m, MOTHER_A, "EDGE"));
	CU_ASSERT(heard_field("OVER", "ht"));
	CU_ASSERT(heard_field("HAS", "ht"));
	end_as_minter();
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_holder_that_died_is_told_what_has_come_in_any_order),
	HARNESS_TEST(test_a_target_that_died_is_told_what_has_come_in_any_order),
	HARNESS_TEST(test_who_tells_the_holder_shuts_the_door_and_says_so),
	HARNESS_TEST(test_what_is_settling_is_given_to_its_target_alone),
	HARNESS_TEST(test_who_made_it_looks_when_the_door_is_shut),
	HARNESS_TEST(test_when_who_would_shut_it_dies_who_made_it_does),
	HARNESS_TEST(test_the_target_s_supervisor_that_begins_anew_waits_too),
	HARNESS_TEST(test_what_came_is_noted_by_all_above),
	HARNESS_TEST(test_when_who_made_it_dies_who_is_above_looks),
	HARNESS_TEST(test_what_both_sides_have_to_read_is_kept_for_both),
	HARNESS_TEST(test_that_both_have_to_read_is_said_downward),
};
HARNESS_MAIN(tests)
