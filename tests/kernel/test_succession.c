/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_succession.c - edges between two lives, two processes, and two
 * supervisors: who gets them, when, and what is in them.
 *
 * All of it was found by killing at random; here the order is fixed.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libactorproc/edge.h"
#include "supervisord/act/mailbox.h"
#include "supervisord/endings.h"
#include "supervisord/outfit.h"
#include "supervisord/renewals.h"
#include "tests/harness/harness.h"
#include "tests/kernel/mother.h"

#define DEAD_LETTERS "/system/dead-letters"
#define MESSAGES 3

static struct mother m;

/* what a mail is does not matter to who keeps it */
static void put_mail(int fd)
{
	CU_ASSERT_EQUAL(edge_send(fd, "mail", 4), EDGE_DONE);
}

static void fill(int fd)
{
	while (edge_send(fd, "mail", 4) == EDGE_DONE)
		;
}

static bool take_mail(int fd)
{
	char bytes[16];
	size_t n_bytes;

	return edge_receive(fd, bytes, sizeof(bytes), &n_bytes) == EDGE_DONE &&
	       n_bytes == 4;
}

static const char *digits(uint64_t id)
{
	static char text[32];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)id);
	return text;
}

static bool take_packet(int fd)
{
	static char bytes[ACTOR_PACKET_MAX];
	size_t n_bytes;

	return edge_receive(fd, bytes, sizeof(bytes), &n_bytes) == EDGE_DONE;
}

static bool heard_field(const char *name, const char *value)
{
	const char *found = fields_get(&m.message.fields, name);

	return found && !strcmp(found, value);
}

static void hear_nothing_more(enum mother_child who)
{
	while (*mother_hear(&m, who))
		;
}

/* the table is looked through whenever something is entered */
static void enter_another(void)
{
	mother_edge(&m, MOTHER_C, MOTHER_C, NULL);
}

/* ---- the target's life is over, and its answers are not read -------------- */

static uint64_t leave_an_answer(void)
{
	struct custody_edge *edge = mother_edge(&m, MOTHER_A, MOTHER_B, "b");
	uint64_t id = edge->id;

	put_mail(edge->target_fd);
	endings_end(&m.s, edge, true);
	return id;
}

static void test_answers_of_who_has_left_wait_for_the_next_process(void)
{
	const struct custody_edge *edge;
	uint64_t id;

	mother_begin(&m);
	id = leave_an_answer();
	enter_another();
	edge = custody_edge(&m.s.custody, id);
	CU_ASSERT_PTR_NOT_NULL_FATAL(edge);
	CU_ASSERT_FALSE(custody_edge_open(edge));
	hear_nothing_more(MOTHER_A);
	outfit_give(m.s.children[MOTHER_A]);
	CU_ASSERT(mother_hear_until(&m, MOTHER_A, "EDGE"));
	CU_ASSERT(heard_field("ID", digits(id)));
	CU_ASSERT(heard_field("END", "holder"));
	CU_ASSERT_FATAL(m.message.n_fds > 0);
	CU_ASSERT(take_mail(m.message.fds[0]));
	/* it has been read */
	enter_another();
	CU_ASSERT_PTR_NULL(custody_edge(&m.s.custody, id));
	mother_end(&m);
}

static void test_without_answers_an_edge_that_is_left_is_no_more(void)
{
	struct custody_edge *edge;
	uint64_t id;

	mother_begin(&m);
	edge = mother_edge(&m, MOTHER_A, MOTHER_B, "b");
	id = edge->id;
	endings_end(&m.s, edge, true);
	CU_ASSERT_PTR_NULL(custody_edge(&m.s.custody, id));
	mother_end(&m);
}

/* who began anew took it for one that serves a new life */
static void test_which_side_is_over_is_said_upward(void)
{
	uint64_t id;

	mother_begin(&m);
	mother_below(&m);
	id = leave_an_answer();
	while (*mother_hear_above(&m))
		;
	/* a child says once more what it has, as who is restarted does */
	mother_told(&m, m.s.children[MOTHER_A], "EDGE",
		    (const char *const []){ "ID", digits(id), "HOLDER", "/s/a",
					    "TARGET", "/s/b", "HAS", "",
					    NULL }, -1);
	CU_ASSERT_STRING_EQUAL(mother_hear_above(&m), "EDGE");
	CU_ASSERT(heard_field("OVER", "t"));
	CU_ASSERT(heard_field("HAS", "h"));
	mother_end(&m);
}

static void test_which_side_is_over_is_heard_from_above(void)
{
	const char *const edge_7[] = {
		"ID", "7", "HOLDER", "/s/a", "TARGET", "/x/y", "NAME", "y",
		"HAS", "h", "OVER", "t", NULL,
	};
	const struct custody_edge *edge;
	int fds[2];

	mother_begin(&m);
	mother_below(&m);
	CU_ASSERT_EQUAL_FATAL(edge_pair(fds, 0), 0);
	put_mail(fds[1]);
	mother_told(&m, NULL, "EDGE", edge_7, fds[0]);
	CU_ASSERT_PTR_NULL(custody_edge_declared(&m.s.custody, "/s/a", "/x/y"));
	/* that it has ended is no news, and takes nothing away */
	mother_told(&m, NULL, "EDGE_END",
		    (const char *const []){ "ID", "7", "BY", "target", NULL },
		    -1);
	edge = custody_edge(&m.s.custody, 7);
	CU_ASSERT_PTR_NOT_NULL_FATAL(edge);
	CU_ASSERT(take_mail(edge->holder_fd));
	close(fds[0]);
	close(fds[1]);
	mother_end(&m);
}

/* ---- a new life ----------------------------------------------------------- */

static struct declared_edge a_to_b = {
	.holder = (char []){ "/s/a" }, .target = (char []){ "/s/b" },
	.name = (char []){ "b" },
};
static struct declared_edge top_to_b = {
	.holder = (char []){ "/s/" }, .target = (char []){ "/s/b" },
	.name = (char []){ "b" },
};

static void begin_declared(struct declared_edge *edge)
{
	mother_begin(&m);
	m.tree.edges = edge;
	m.tree.n_edges = 1;
}

static const struct custody_edge *declared(const struct declared_edge *edge)
{
	return custody_edge_declared(&m.s.custody, edge->holder, edge->target);
}

static void put_mailbox(const char *path, const char *ending)
{
	struct custody_mailbox *mailbox;
	int fd;

	CU_ASSERT_EQUAL_FATAL(mailbox_new(&fd), 0);
	mailbox = custody_mailbox_put(&m.s.custody, path, 1, 0, fd);
	CU_ASSERT_PTR_NOT_NULL_FATAL(mailbox);
	mailbox->at = minting_place(&m.s, path);
	mailbox->ending = ending;
}

/* what senders have put there already is for the life that begins */
static void test_an_edge_made_for_a_life_is_not_made_again(void)
{
	const struct custody_edge *edge;
	uint64_t id;

	begin_declared(&a_to_b);
	edge = mother_edge(&m, MOTHER_A, MOTHER_B, "b");
	id = edge->id;
	put_mail(edge->holder_fd);
	renewals_renew(&m.s, "/s/b");
	renewals_renew(&m.s, "/s/a");
	CU_ASSERT_EQUAL(m.s.custody.n_edges, 1);
	CU_ASSERT_EQUAL(declared(&a_to_b)->id, id);
	CU_ASSERT(take_mail(declared(&a_to_b)->target_fd));
	mother_end(&m);
}

static void test_who_counts_anew_gets_a_new_edge(void)
{
	uint64_t id;

	begin_declared(&top_to_b);
	renewals_renew(&m.s, "/s/b");
	CU_ASSERT_PTR_NOT_NULL_FATAL(declared(&top_to_b));
	id = declared(&top_to_b)->id;
	renewals_renew(&m.s, "/s/b");
	CU_ASSERT_PTR_NOT_NULL_FATAL(declared(&top_to_b));
	CU_ASSERT_NOT_EQUAL(declared(&top_to_b)->id, id);
	mother_end(&m);
}

static void test_who_is_ending_gets_no_edge_from_a_new_life(void)
{
	begin_declared(&a_to_b);
	put_mailbox("/s/b", "terminated");
	renewals_renew(&m.s, "/s/a");
	CU_ASSERT_PTR_NULL(declared(&a_to_b));
	custody_mailbox_drop(&m.s.custody, "/s/b");
	renewals_renew(&m.s, "/s/b");
	CU_ASSERT_PTR_NOT_NULL(declared(&a_to_b));
	mother_end(&m);
}

/* what it does not mint itself comes from above, and is waited for */
static void test_only_what_is_missing_is_asked_for(void)
{
	struct child *b;

	begin_declared(&a_to_b);
	mother_below(&m);
	b = m.s.children[MOTHER_B];
	mother_edge(&m, MOTHER_A, MOTHER_B, "b");
	CU_ASSERT_STRING_EQUAL(mother_hear_above(&m), "EDGE");
	CU_ASSERT_FALSE(renewals_complete(&m.s, "/s/b"));
	CU_ASSERT_STRING_EQUAL(mother_hear_above(&m), "");
	custody_edge_drop(&m.s.custody, m.s.custody.edges[0]);
	b->awaits_edges = renewals_complete(&m.s, "/s/b");
	CU_ASSERT(b->awaits_edges);
	CU_ASSERT_STRING_EQUAL(mother_hear_above(&m), "EDGE");
	CU_ASSERT_STRING_EQUAL(mother_hear_above(&m), "KEEP");
	CU_ASSERT_STRING_EQUAL(mother_hear_above(&m), "RENEW");
	mother_told(&m, NULL, "RENEWED",
		    (const char *const []){ "PATH", "/s/b", NULL }, -1);
	CU_ASSERT_FALSE(b->awaits_edges);
	mother_end(&m);
}

/* ---- what was sent, and not dropped --------------------------------------- */

static void write_note(struct arena *a, uint64_t key)
{
	const struct frame frame = {
		.kind = FRAME_TELL, .type = "note", .type_length = 4,
	};
	const void *packet;
	size_t n_bytes;

	arena_turn_begin(a, false);
	CU_ASSERT_EQUAL(arena_send(a, key, &frame, false), 0);
	arena_turn_commit(a);
	/* which seals it: the next one is another packet */
	CU_ASSERT_FATAL(arena_outbox_peek(a, key, &packet, &n_bytes));
}

static void send_oldest(struct arena *a, uint64_t key, int fd)
{
	struct arena_offer offer;

	CU_ASSERT_FATAL(arena_outbox_offer(a, key, &offer));
	if (fd >= 0)
		CU_ASSERT_EQUAL(edge_send(fd, offer.packet, offer.n_bytes),
				EDGE_DONE);
}

/* a is killed; what it has for its edge to b */
static struct arena *open_outbox(uint64_t key)
{
	struct arena *a;

	m.s.children[MOTHER_A]->living = false;
	put_mailbox("/s/a", NULL);
	CU_ASSERT_EQUAL_FATAL(mailbox_map(m.s.custody.mailboxes[0]->arena_fd,
					  &a), 0);
	CU_ASSERT_EQUAL(arena_edge_add(a, key), 0);
	write_note(a, key);
	return a;
}

/* when the first of two packets is in the socket */
static void die_while_sending(int holder_fd, uint64_t id)
{
	const uint64_t key = arena_key(id, EDGE_HOLDER);
	struct arena *a = open_outbox(key);

	send_oldest(a, key, holder_fd);
	write_note(a, key);
	mailbox_unload(a);
}

/* when the first was refused by a full one */
static void put_unsent(int holder_fd, uint64_t id)
{
	const uint64_t key = arena_key(id, EDGE_HOLDER);
	struct arena *a = open_outbox(key);
	struct arena_offer offer;

	CU_ASSERT_FATAL(arena_outbox_offer(a, key, &offer));
	CU_ASSERT_EQUAL(edge_send(holder_fd, offer.packet, offer.n_bytes),
			EDGE_FULL);
	arena_outbox_refused(a, key, &offer);
	write_note(a, key);
	mailbox_unload(a);
}

static void recover_a(void)
{
	static const struct cause cause = { .kind = CAUSE_SIGNAL, .number = 9 };

	afterlife_recover(m.s.children[MOTHER_A], &cause, NULL);
	mother_turn(&m);
}

/* b takes it, and its life is over before anybody sees to a */
static void test_what_has_come_is_not_told_of_as_dead(void)
{
	struct custody_edge *edge;

	mother_begin(&m);
	m.s.children[MOTHER_B]->living = false;
	edge = mother_edge(&m, MOTHER_A, MOTHER_B, NULL);
	die_while_sending(edge->holder_fd, edge->id);
	put_mailbox("/s/b", NULL);
	afterlife_end(m.s.children[MOTHER_B], "terminated");
	mother_turn(&m);
	CU_ASSERT_PTR_NULL(custody_edge_between(&m.s.custody, "/s/a", "/s/b"));
	CU_ASSERT_EQUAL(mother_n_records(&m, "dead-letter", "ROLE",
					 "receiver"), 1);
	recover_a();
	/* of the one that did not leave */
	CU_ASSERT_EQUAL(mother_n_records(&m, "dead-letter", "ROLE", "sender"),
			1);
	mother_end(&m);
}

/* a is killed between the two, and then nothing more finds room there */
static struct custody_edge *die_while_sending_the_last_that_fits(void)
{
	struct custody_edge *edge;

	mother_begin(&m);
	edge = mother_edge(&m, MOTHER_A, MOTHER_B, "b");
	die_while_sending(edge->holder_fd, edge->id);
	fill(edge->holder_fd);
	return edge;
}

static size_t n_queued(int fd, uint64_t sequence)
{
	static _Alignas(8) char packet[ACTOR_PACKET_MAX];
	size_t n = 0, n_bytes;

	while (edge_receive(fd, packet, sizeof(packet), &n_bytes) == EDGE_DONE)
		n += n_bytes >= PACKET_HEADER_BYTES &&
		     packet_header(packet).sequence == sequence;
	return n;
}

/* b has it twice and knows it by its number: so it is sure that b has it */
static void test_what_may_lie_in_a_full_socket_is_not_told_of_as_dead(void)
{
	const struct custody_edge *edge =
		die_while_sending_the_last_that_fits();
	int reader = dup(edge->target_fd);

	afterlife_end(m.s.children[MOTHER_A], "terminated");
	mother_turn(&m);
	CU_ASSERT_PTR_NULL(custody_mailbox(&m.s.custody, "/s/a"));
	CU_ASSERT_EQUAL(mother_n_records(&m, "dead-letter", "NUMBER", "1"), 1);
	CU_ASSERT_EQUAL(mother_n_records(&m, "dead-letter", "ROLE", "sender"),
			0);
	CU_ASSERT_EQUAL(n_queued(reader, 1), 2);
	close(reader);
	mother_end(&m);
}

/* nor does one find room beyond it. Return: b's end */
static int end_with_no_room_at_all(enum supervisor_phase phase)
{
	const struct custody_edge *edge =
		die_while_sending_the_last_that_fits();
	int reader = dup(edge->target_fd);

	while (edge_send_beyond(edge->holder_fd, "mail", 4) == EDGE_DONE)
		;
	m.s.phase = phase;
	m.s.end_by_ns = 1;
	afterlife_end(m.s.children[MOTHER_A], "terminated");
	mother_turn(&m);
	return reader;
}

static void test_what_may_lie_in_a_socket_is_waited_for(void)
{
	int reader = end_with_no_room_at_all(SUPERVISOR_KEEPING);

	CU_ASSERT_PTR_NOT_NULL(custody_mailbox(&m.s.custody, "/s/a"));
	CU_ASSERT_EQUAL(n_queued(reader, 1), 1);
	mother_turn(&m);
	CU_ASSERT_PTR_NULL(custody_mailbox(&m.s.custody, "/s/a"));
	CU_ASSERT_EQUAL(mother_n_records(&m, "dead-letter", "ROLE", "sender"),
			0);
	CU_ASSERT_EQUAL(n_queued(reader, 1), 1);
	close(reader);
	mother_end(&m);
}

/* then it is looked for */
static void test_what_lies_in_a_socket_is_not_told_of_in_a_hurry(void)
{
	int reader = end_with_no_room_at_all(SUPERVISOR_ENDING);

	while (custody_mailbox(&m.s.custody, "/s/a") &&
	       sd_event_run(m.s.event, 5000000) > 0)
		;
	CU_ASSERT_PTR_NULL(custody_mailbox(&m.s.custody, "/s/a"));
	CU_ASSERT_EQUAL(mother_n_records(&m, "dead-letter", "ROLE", "sender"),
			1);
	CU_ASSERT_EQUAL(n_queued(reader, 1), 1);
	close(reader);
	mother_end(&m);
}

static void test_what_a_full_socket_refused_is_told_of_as_dead(void)
{
	const struct custody_edge *edge;
	int reader;

	mother_begin(&m);
	edge = mother_edge(&m, MOTHER_A, MOTHER_B, "b");
	fill(edge->holder_fd);
	reader = dup(edge->target_fd);
	put_unsent(edge->holder_fd, edge->id);
	afterlife_end(m.s.children[MOTHER_A], "terminated");
	mother_turn(&m);
	CU_ASSERT_PTR_NULL(custody_mailbox(&m.s.custody, "/s/a"));
	CU_ASSERT_EQUAL(mother_n_records(&m, "dead-letter", "ROLE", "sender"),
			2);
	CU_ASSERT_EQUAL(n_queued(reader, 1), 0);
	close(reader);
	mother_end(&m);
}

/* its next process cannot know what came of it, should the edge end */
static void test_who_is_recovered_finds_no_doubt_in_its_outbox(void)
{
	const struct custody_edge *edge =
		die_while_sending_the_last_that_fits();
	const uint64_t key = arena_key(edge->id, EDGE_HOLDER);
	const void *packet;
	struct arena *a;
	size_t n_bytes;

	recover_a();
	CU_ASSERT_EQUAL_FATAL(mailbox_load(m.s.custody.mailboxes[0]->arena_fd,
					   &a), 0);
	CU_ASSERT_FALSE(arena_outbox_doubtful(a, key));
	CU_ASSERT_FATAL(arena_outbox_peek(a, key, &packet, &n_bytes));
	CU_ASSERT_EQUAL(packet_header(packet).sequence, 2);
	mailbox_unload(a);
	CU_ASSERT_EQUAL(n_queued(edge->target_fd, 1), 2);
	mother_end(&m);
}

static bool await_released(void)
{
	while (m.s.children[MOTHER_A]->awaits_mailbox &&
	       sd_event_run(m.s.event, 5000000) > 0)
		;
	return !m.s.children[MOTHER_A]->awaits_mailbox;
}

/* as the end of its life begins elsewhere: what it has taken is told at its end */
static void test_what_has_come_is_waited_for_when_a_door_is_shut(void)
{
	struct custody_edge *edge;

	mother_begin(&m);
	edge = mother_edge(&m, MOTHER_A, MOTHER_B, "b");
	die_while_sending(edge->holder_fd, edge->id);
	CU_ASSERT(take_packet(edge->target_fd));
	shutdown(edge->target_fd, SHUT_RD);
	recover_a();
	CU_ASSERT(m.s.children[MOTHER_A]->awaits_mailbox);
	CU_ASSERT_EQUAL(mother_n_records(&m, "dead-letter", "ROLE", "sender"),
			0);
	edge->taken = 1;
	endings_end(&m.s, edge, true);
	CU_ASSERT(await_released());
	CU_ASSERT_EQUAL(mother_n_records(&m, "dead-letter", "ROLE", "sender"),
			1);
	mother_end(&m);
}

/* ---- the same, of a reference that is taken back -------------------------- */

/* b has taken what is in its socket; it may not have noted it yet */
static void take_first(const struct custody_edge *edge, bool noted)
{
	const uint64_t key = arena_key(edge->id, EDGE_TARGET);
	size_t n_bytes;
	struct arena *b;

	put_mailbox("/s/b", NULL);
	CU_ASSERT_EQUAL_FATAL(mailbox_map(m.s.custody.mailboxes[1]->arena_fd,
					  &b), 0);
	CU_ASSERT_EQUAL(arena_edge_add(b, key), 0);
	CU_ASSERT_EQUAL(edge_receive(edge->target_fd, arena_landing(b, key),
				     ACTOR_PACKET_MAX + 1, &n_bytes),
			EDGE_DONE);
	if (noted)
		CU_ASSERT_EQUAL(arena_landed(b, n_bytes, NULL), 0);
	mailbox_unload(b);
}

enum whereabouts { NOWHERE, IN_SOCKET, LANDED, TAKEN };

/* Return: of how many messages a's recovery tells as dead */
static size_t n_dead_when_taken_back(enum whereabouts where)
{
	struct custody_edge *edge;
	size_t n;

	mother_begin(&m);
	edge = mother_edge(&m, MOTHER_A, MOTHER_B, NULL);
	die_while_sending(where == NOWHERE ? -1 : edge->holder_fd, edge->id);
	if (where == LANDED || where == TAKEN)
		take_first(edge, where == TAKEN);
	endings_revoke(&m.s, edge);
	recover_a();
	n = mother_n_records(&m, "dead-letter", "ROLE", "sender");
	mother_end(&m);
	return n;
}

static void test_what_has_come_before_it_is_taken_back_is_not_told_of(void)
{
	CU_ASSERT_EQUAL(n_dead_when_taken_back(NOWHERE), 2);
	CU_ASSERT_EQUAL(n_dead_when_taken_back(IN_SOCKET), 1);
	CU_ASSERT_EQUAL(n_dead_when_taken_back(LANDED), 1);
	CU_ASSERT_EQUAL(n_dead_when_taken_back(TAKEN), 1);
}

static void test_what_has_come_is_passed_on_to_who_has_its_sender(void)
{
	mother_begin(&m);
	mother_below(&m);
	m.s.children[MOTHER_A]->is_supervisor = true;
	m.nodes[MOTHER_A].exec = NULL;
	mother_told(&m, NULL, "CAME",
		    (const char *const []){ "ID", "7", "FROM", "t", "PATH",
					    "/s/a/x", "TAKEN", "3", NULL }, -1);
	CU_ASSERT_STRING_EQUAL(mother_hear(&m, MOTHER_A), "CAME");
	CU_ASSERT(heard_field("PATH", "/s/a/x"));
	CU_ASSERT(heard_field("FROM", "t"));
	CU_ASSERT(heard_field("TAKEN", "3"));
	m.s.children[MOTHER_A]->is_supervisor = false;
	mother_end(&m);
}

/* by who had the edge while a's supervisor was dead itself */
static void test_what_has_come_is_heard_from_above(void)
{
	mother_begin(&m);
	mother_below(&m);
	die_while_sending(-1, 7);
	mother_told(&m, NULL, "CAME",
		    (const char *const []){ "ID", "7", "FROM", "h", "PATH",
					    "/s/a", "TAKEN", "1", NULL }, -1);
	recover_a();
	CU_ASSERT_STRING_EQUAL(mother_hear_above(&m), "MAILBOX");
	CU_ASSERT(afterlife_kept(&m.s, "/s/a",
				 m.s.custody.mailboxes[0]->number));
	CU_ASSERT_EQUAL(mother_n_records(&m, "dead-letter", "ROLE", "sender"),
			1);
	mother_end(&m);
}

/* whatever is said of it, the second one has not left */
static void test_only_the_oldest_may_have_come(void)
{
	mother_begin(&m);
	die_while_sending(-1, 7);
	custody_taken_put(&m.s.custody, "/s/a", arena_key(7, EDGE_HOLDER),
			  UINT64_MAX);
	recover_a();
	CU_ASSERT_EQUAL(mother_n_records(&m, "dead-letter", "ROLE", "sender"),
			1);
	mother_end(&m);
}

static void test_what_has_come_is_said_to_a_supervisor_that_begins_anew(void)
{
	struct child *a;

	mother_begin(&m);
	a = m.s.children[MOTHER_A];
	custody_taken_put(&m.s.custody, "/s/a/x", arena_key(7, EDGE_TARGET), 3);
	custody_taken_put(&m.s.custody, "/s/b", arena_key(8, EDGE_TARGET), 4);
	a->is_supervisor = true;
	outfit_give(a);
	CU_ASSERT_STRING_EQUAL(mother_hear(&m, MOTHER_A), "CAME");
	CU_ASSERT(heard_field("ID", "7"));
	CU_ASSERT(heard_field("FROM", "t"));
	CU_ASSERT(heard_field("PATH", "/s/a/x"));
	CU_ASSERT(heard_field("TAKEN", "3"));
	CU_ASSERT_STRING_EQUAL(mother_hear(&m, MOTHER_A), "START");
	a->is_supervisor = false;
	mother_end(&m);
}

static void test_how_much_has_come_goes_along_with_the_end(void)
{
	struct custody_edge *edge;

	mother_begin(&m);
	mother_below(&m);
	edge = mother_edge(&m, MOTHER_A, MOTHER_B, "b");
	CU_ASSERT_STRING_EQUAL(mother_hear_above(&m), "EDGE");
	mother_told(&m, NULL, "EDGE_END",
		    (const char *const []){ "ID", digits(edge->id), "BY",
					    "target", "TAKEN", "5", NULL },
		    -1);
	CU_ASSERT_EQUAL(m.s.custody.taken[0].sequence, 5);
	CU_ASSERT_STRING_EQUAL(m.s.custody.taken[0].path, "/s/a");
	edge = mother_edge(&m, MOTHER_A, MOTHER_B, "b");
	CU_ASSERT_STRING_EQUAL(mother_hear_above(&m), "EDGE");
	edge->taken = 6;
	endings_end(&m.s, edge, false);
	CU_ASSERT_STRING_EQUAL(mother_hear_above(&m), "EDGE_END");
	CU_ASSERT(heard_field("TAKEN", "6"));
	CU_ASSERT_STRING_EQUAL(m.s.custody.taken[1].path, "/s/b");
	mother_end(&m);
}

/* ---- who waits for an end ------------------------------------------------- */

static void send_messages(int fd)
{
	static _Alignas(8) char packet[ACTOR_PACKET_MAX];
	const struct frame frame = {
		.kind = FRAME_TELL, .type = "note", .type_length = 4,
	};
	size_t n = PACKET_HEADER_BYTES;

	for (int i = 0; i < MESSAGES; i++)
		n += frame_write(packet + n, &frame);
	packet_seal(packet, (uint32_t)n, MESSAGES, 1, 0);
	CU_ASSERT_EQUAL(edge_send(fd, packet, n), EDGE_DONE);
}

/*
 * b has mail when its life ends, and /system/dead-letters does not read; our own
 * time to stop is over.
 */
static int end_late_in(enum supervisor_phase phase)
{
	struct custody_edge *letters;
	struct child *b;
	int reader;

	mother_begin(&m);
	b = m.s.children[MOTHER_B];
	b->living = false;
	put_mailbox("/s/b", NULL);
	send_messages(mother_edge(&m, MOTHER_A, MOTHER_B, "b")->holder_fd);
	letters = minting_mint(&m.s, "/s/b", DEAD_LETTERS, "dead-letters",
			       NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(letters);
	fill(letters->holder_fd);
	reader = dup(letters->target_fd);
	m.s.phase = phase;
	m.s.end_by_ns = 1;
	afterlife_end(b, "terminated");
	mother_turn(&m);
	return reader;
}

static void test_who_stops_for_good_hurries_an_end(void)
{
	int reader = end_late_in(SUPERVISOR_ENDING);

	/* half of the patience with who has time */
	while (custody_mailbox(&m.s.custody, "/s/b") &&
	       sd_event_run(m.s.event, 5000000) > 0)
		;
	CU_ASSERT_PTR_NULL(custody_mailbox(&m.s.custody, "/s/b"));
	/* by another edge than that which is full */
	CU_ASSERT_EQUAL(mother_n_records(&m, "dead-letter", "REASON",
					 "terminated"), MESSAGES);
	close(reader);
	mother_end(&m);
}

/* who comes after it goes on with the end: nobody waits */
static void test_who_is_restarted_hurries_no_end(void)
{
	int reader = end_late_in(SUPERVISOR_KEEPING);

	CU_ASSERT_PTR_NOT_NULL(custody_mailbox(&m.s.custody, "/s/b"));
	while (take_mail(reader))
		;
	mother_turn(&m);
	CU_ASSERT_PTR_NULL(custody_mailbox(&m.s.custody, "/s/b"));
	CU_ASSERT_EQUAL(mother_n_records(&m, "lost", "COUNT", "3"), 0);
	close(reader);
	mother_end(&m);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_answers_of_who_has_left_wait_for_the_next_process),
	HARNESS_TEST(test_without_answers_an_edge_that_is_left_is_no_more),
	HARNESS_TEST(test_which_side_is_over_is_said_upward),
	HARNESS_TEST(test_which_side_is_over_is_heard_from_above),
	HARNESS_TEST(test_an_edge_made_for_a_life_is_not_made_again),
	HARNESS_TEST(test_who_counts_anew_gets_a_new_edge),
	HARNESS_TEST(test_who_is_ending_gets_no_edge_from_a_new_life),
	HARNESS_TEST(test_only_what_is_missing_is_asked_for),
	HARNESS_TEST(test_what_has_come_is_not_told_of_as_dead),
	HARNESS_TEST(test_what_may_lie_in_a_full_socket_is_not_told_of_as_dead),
	HARNESS_TEST(test_what_may_lie_in_a_socket_is_waited_for),
	HARNESS_TEST(test_what_lies_in_a_socket_is_not_told_of_in_a_hurry),
	HARNESS_TEST(test_what_a_full_socket_refused_is_told_of_as_dead),
	HARNESS_TEST(test_who_is_recovered_finds_no_doubt_in_its_outbox),
	HARNESS_TEST(test_what_has_come_is_waited_for_when_a_door_is_shut),
	HARNESS_TEST(test_what_has_come_before_it_is_taken_back_is_not_told_of),
	HARNESS_TEST(test_what_has_come_is_passed_on_to_who_has_its_sender),
	HARNESS_TEST(test_what_has_come_is_heard_from_above),
	HARNESS_TEST(test_only_the_oldest_may_have_come),
	HARNESS_TEST(test_what_has_come_is_said_to_a_supervisor_that_begins_anew),
	HARNESS_TEST(test_how_much_has_come_goes_along_with_the_end),
	HARNESS_TEST(test_who_stops_for_good_hurries_an_end),
	HARNESS_TEST(test_who_is_restarted_hurries_no_end),
};
HARNESS_MAIN(tests)
