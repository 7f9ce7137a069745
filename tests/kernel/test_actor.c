// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * test_actor.c - actor_main() in a real process, with the test as its
 * supervisor and as everybody it knows.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libactorproc/arena_layout.h"
#include "tests/harness/harness.h"
#include "tests/kernel/fake_supervisor.h"

/* ---- the actor under test ---------------------------------------------- */

struct subject {
	long n;
	int pipe[2];
	uint64_t token;
	struct actor_reference *kept;
};

static int behave(struct actor *self, const struct actor_message *message);

static int say(struct actor *self, const char *type, const void *text,
	       size_t size)
{
	return actor_tell(self, actor_reference(self, "peer"), type, text,
			  size);
}

static int do_add(struct actor *self, const struct actor_message *message)
{
	struct subject *subject = actor_state(self);

	(void)message;
	subject->n++;
	return 0;
}

static int do_get(struct actor *self, const struct actor_message *message)
{
	struct subject *subject = actor_state(self);

	(void)message;
	return actor_reply(self, "value", &subject->n, sizeof(subject->n));
}

static int do_echo(struct actor *self, const struct actor_message *message)
{
	size_t size;
	const void *payload = actor_message_payload(message, &size);

	if ((uintptr_t)payload % 8)
		return -EFAULT;
	return say(self, actor_message_type(message), payload, size);
}

static int behave_otherwise(struct actor *self,
			    const struct actor_message *message)
{
	if (actor_message_is(message, "back"))
		return actor_become_pop(self);

	return say(self, "otherwise", NULL, 0);
}

static int do_become(struct actor *self, const struct actor_message *message)
{
	(void)message;
	return actor_become_push(self, behave_otherwise);
}

static int do_time(struct actor *self, const struct actor_message *message)
{
	(void)message;
	actor_timer(self, "replaced", 0);
	actor_timer(self, "replaced", 3600 * UINT64_C(1000000000));
	actor_timer(self, "cancelled", 0);
	actor_timer_cancel(self, "cancelled");
	return actor_timer_every(self, "tick", 1000000, 1000000);
}

static int do_later(struct actor *self, const struct actor_message *message)
{
	(void)message;
	actor_timer(self, "later", 3600 * UINT64_C(1000000000));
	return say(self, "set", NULL, 0);
}

static int do_soon(struct actor *self, const struct actor_message *message)
{
	(void)message;
	return actor_timer(self, "tick", 0);
}

static int do_tick(struct actor *self, const struct actor_message *message)
{
	struct subject *subject = actor_state(self);

	if (!actor_message_is_tick(message, "tick"))
		return say(self, "wrong-tick", NULL, 0);
	if (++subject->n == 3)
		actor_timer_cancel(self, "tick");
	return say(self, "ticked", NULL, 0);
}

static int do_pipe(struct actor *self, const struct actor_message *message)
{
	struct subject *subject = actor_state(self);

	(void)message;
	if (pipe2(subject->pipe, O_CLOEXEC) < 0 ||
	    write(subject->pipe[1], "ab", 2) != 2)
		return -errno;
	return actor_watch_fd(self, subject->pipe[0], EPOLLIN);
}

static int do_read(struct actor *self, const struct actor_message *message)
{
	struct subject *subject = actor_state(self);
	char byte;

	if (actor_message_fd(message) != subject->pipe[0] ||
	    !(actor_message_events(message) & EPOLLIN) ||
	    read(subject->pipe[0], &byte, 1) != 1)
		return say(self, "wrong-fd", NULL, 0);
	if (byte == 'b')
		actor_unwatch_fd(self, subject->pipe[0]);
	return say(self, "read", &byte, 1);
}

static int do_fail(struct actor *self, const struct actor_message *message)
{
	(void)message;
	say(self, "never-sent", NULL, 0);
	return -EIO;
}

static int do_die(struct actor *self, const struct actor_message *message)
{
	(void)message;
	say(self, "never-sent", NULL, 0);
	raise(SIGKILL);
	return 0;
}

static int do_inquire(struct actor *self, const struct actor_message *message)
{
	size_t size;
	const uint64_t *timeout_ns = actor_message_payload(message, &size);

	return actor_ask(self, actor_reference(self, "other"), "question", NULL,
			 0, size ? *timeout_ns : 0, NULL);
}

static int do_answer(struct actor *self, const struct actor_message *message)
{
	int error = actor_message_error(message);

	return say(self, error ? "failed" : actor_message_type(message),
		   &error, sizeof(error));
}

static int do_forward(struct actor *self, const struct actor_message *message)
{
	struct actor_reference *to = actor_message_reference(message, 0);

	if (actor_message_n_references(message) != 1)
		return -EPROTO;
	return to ? actor_tell(self, to, "forwarded", NULL, 0)
		  : say(self, "refused", NULL, 0);
}

static int do_give(struct actor *self, const struct actor_message *message)
{
	struct actor_reference *other = actor_reference(self, "other");
	const struct actor_outgoing reply = {
		.type = "given",
		.references = &other,
		.n_references = 1,
	};

	(void)message;
	return actor_reply_message(self, &reply);
}

static int do_watch(struct actor *self, const struct actor_message *message)
{
	(void)message;
	return actor_watch(self, actor_reference(self, "other"));
}

static int do_unwatch(struct actor *self, const struct actor_message *message)
{
	(void)message;
	return actor_unwatch(self, actor_reference(self, "other"));
}

static int do_mourn(struct actor *self, const struct actor_message *message)
{
	size_t size;
	const void *reason = actor_message_payload(message, &size);

	if (actor_message_reference(message, 0) !=
	    actor_reference(self, "other"))
		return -EPROTO;
	return say(self, "mourned", reason, size);
}

static int do_call_other(struct actor *self,
			 const struct actor_message *message)
{
	int r = actor_tell(self, actor_reference(self, "other"), "hello", NULL,
			   0);

	(void)message;
	return say(self, "called", &r, sizeof(r));
}

static int do_defer(struct actor *self, const struct actor_message *message)
{
	struct subject *subject = actor_state(self);

	(void)message;
	subject->token = actor_defer(self);
	return subject->token ? 0 : -EPROTO;
}

static int do_settle(struct actor *self, const struct actor_message *message)
{
	struct subject *subject = actor_state(self);
	const struct actor_outgoing reply = { .type = "settled" };

	(void)message;
	if (actor_reply_to(self, subject->token, &reply) < 0 ||
	    actor_reply_to(self, subject->token, &reply) != -ENOENT)
		return -EPROTO;
	return 0;
}

static int do_refuse(struct actor *self, const struct actor_message *message)
{
	int again = actor_message_kind(message) == ACTOR_ASK ? -EALREADY : 0;

	if (actor_error(self, 1, "no") != -EINVAL ||
	    actor_error(self, -EPERM, "no") != 0 ||
	    actor_error(self, -EPERM, "no") != again)
		return -EPROTO;
	return 0;
}

static int do_log(struct actor *self, const struct actor_message *message)
{
	(void)message;
	return actor_log(self, 5, "logged %d", 1);
}

static int do_leave(struct actor *self, const struct actor_message *message)
{
	(void)message;
	return actor_stop(self, 7);
}

static int do_fill(struct actor *self, const struct actor_message *message)
{
	static const char bytes[8000];
	struct actor_reference *other = actor_reference(self, "other");
	int n = 0;

	(void)message;
	while (actor_tell(self, other, "filler", bytes, sizeof(bytes)) == 0)
		n++;
	return say(self, "filled", &n, sizeof(n));
}

/* and never gives it back */
static int do_starve(struct actor *self, const struct actor_message *message)
{
	const struct rlimit none = { 0, 0 };
	void *volatile bytes;
	size_t size = 1 << 16;

	(void)message;
	if (setrlimit(RLIMIT_DATA, &none) < 0)
		return -errno;
	while (size >= 8)
		if (!(bytes = malloc(size)))
			size /= 2;
	return say(self, "starved", NULL, 0);
}

static int do_check(struct actor *self, const struct actor_message *message)
{
	static const char big[ACTOR_PAYLOAD_MAX + 1];
	struct actor_reference *peer = actor_reference(self, "peer");
	bool right =
		actor_tell(self, NULL, "x", NULL, 0) == -EINVAL &&
		actor_tell(self, peer, "", NULL, 0) == -EINVAL &&
		actor_tell(self, peer, "a b", NULL, 0) == -EINVAL &&
		actor_tell(self, peer, "x", NULL, 1) == -EINVAL &&
		actor_tell(self, peer, "x", big, sizeof(big)) == -EMSGSIZE &&
		actor_reference(self, "nobody") == NULL &&
		actor_descriptor(self, "nothing") == -ENOENT &&
		actor_stop(self, 126) == -EINVAL &&
		actor_watch_fd(self, 3, EPOLLIN) == -EINVAL &&
		actor_timer(self, "", 0) == -EINVAL &&
		strcmp(actor_path(self), "/test/actor") == 0 &&
		strcmp(actor_message_sender(message), "/test/client") == 0;

	return say(self, right ? "right" : "wrong", NULL, 0);
}

static const struct {
	const char *type;
	int (*act)(struct actor *self, const struct actor_message *message);
} acts[] = {
	{ "add", do_add },
	{ "get", do_get },
	{ "echo", do_echo },
	{ "become", do_become },
	{ "time", do_time },
	{ "later", do_later },
	{ "soon", do_soon },
	{ "pipe", do_pipe },
	{ "fail", do_fail },
	{ "die", do_die },
	{ "inquire", do_inquire },
	{ "forward", do_forward },
	{ "give", do_give },
	{ "watch", do_watch },
	{ "unwatch", do_unwatch },
	{ "call-other", do_call_other },
	{ "defer", do_defer },
	{ "settle", do_settle },
	{ "refuse", do_refuse },
	{ "log", do_log },
	{ "leave", do_leave },
	{ "fill", do_fill },
	{ "check", do_check },
	{ "starve", do_starve },
};

static int behave_request(struct actor *self,
			  const struct actor_message *message)
{
	size_t i;

	for (i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
		if (actor_message_is(message, acts[i].type))
			return acts[i].act(self, message);

	return ACTOR_UNHANDLED;
}

static int behave(struct actor *self, const struct actor_message *message)
{
	switch (actor_message_kind(message)) {
	case ACTOR_TELL:
	case ACTOR_ASK:
		return behave_request(self, message);
	case ACTOR_REPLY:
	case ACTOR_ERROR:
		return do_answer(self, message);
	case ACTOR_TERMINATED:
		return do_mourn(self, message);
	case ACTOR_TICK:
		return do_tick(self, message);
	case ACTOR_READY_FD:
		return do_read(self, message);
	case ACTOR_ROOM:
		break;
	}

	return ACTOR_UNHANDLED;
}

static void farewell(struct actor *self)
{
	say(self, "farewell", NULL, 0);
}

static const struct actor_class class = {
	.state_size = sizeof(struct subject),
	.receive = behave,
	.stop = farewell,
};

/* ---- what each test begins with ---------------------------------------- */

static struct fake fake;
static struct fake_edge *client, *peer, *other, *letters;

static void begin_with(const struct actor_class *what)
{
	fake_init(&fake, what);
	client = fake_edge(&fake, EDGE_TARGET, NULL, "/test/client");
	peer = fake_edge(&fake, EDGE_HOLDER, "peer", "/test/peer");
	other = fake_edge(&fake, EDGE_HOLDER, "other", "/test/other");
	letters = fake_edge(&fake, EDGE_HOLDER, "dead-letters",
			    "/system/dead-letters");
}

static void begin(void)
{
	begin_with(&class);
	fake_start(&fake);
}

static int error_in(struct frame frame)
{
	int error = 0;

	CU_ASSERT_EQUAL(frame.payload_bytes, sizeof(error));
	memcpy(&error, frame.payload, sizeof(error));

	return error;
}

static long value(void)
{
	struct frame frame;
	long n = -1;

	fake_ask(client, "get", 99);
	frame = fake_expect_frame(client, FRAME_REPLY, "value");
	CU_ASSERT_EQUAL(frame.payload_bytes, sizeof(n));
	memcpy(&n, frame.payload, sizeof(n));

	return n;
}

static void end(void)
{
	fake_order(&fake, "STOP", "DRAIN", UINT64_C(0), NULL);
	fake_expect_frame(peer, FRAME_TELL, "farewell");
	CU_ASSERT_EQUAL(fake_wait(&fake), 0);
	fake_deinit(&fake);
}

/* ---- messages ---------------------------------------------------------- */

static void test_tells_are_handled_and_an_ask_is_answered(void)
{
	struct frame reply;

	begin();
	fake_tell(client, "add", NULL, 0);
	fake_tell(client, "add", NULL, 0);
	fake_ask(client, "get", 5);
	reply = fake_expect_frame(client, FRAME_REPLY, "value");
	CU_ASSERT_EQUAL(reply.ask_id, 5);
	CU_ASSERT_EQUAL(reply.generation, 7);
	CU_ASSERT_EQUAL(*(const char *)reply.payload, 2);
	end();
}

static void test_many_frames_of_one_packet_come_in_order(void)
{
	struct frame frames[100];
	char number[100];
	int i;

	begin();
	for (i = 0; i < 100; i++) {
		number[i] = (char)i;
		frames[i] = (struct frame){
			.kind = FRAME_TELL,
			.type = "echo",
			.type_length = 4,
			.payload = &number[i],
			.payload_bytes = 1,
		};
	}
	fake_send(client, frames, 100);
	for (i = 0; i < 100; i++) {
		struct frame echo = fake_expect_frame(peer, FRAME_TELL,
						      "echo");

		CU_ASSERT_EQUAL(*(const char *)echo.payload, i);
	}
	/* however long a turn takes, two of them at least share a packet */
	CU_ASSERT(peer->in_sequence <= 51);
	end();
}

static void test_a_payload_fills_a_packet(void)
{
	static char bytes[ACTOR_PACKET_MAX - 200];
	struct frame echo;

	begin();
	memset(bytes, 'x', sizeof(bytes));
	fake_tell(client, "echo", bytes, sizeof(bytes));
	echo = fake_expect_frame(peer, FRAME_TELL, "echo");
	CU_ASSERT_EQUAL(echo.payload_bytes, sizeof(bytes));
	CU_ASSERT(memcmp(echo.payload, bytes, sizeof(bytes)) == 0);
	end();
}

static void test_wrong_calls_are_refused(void)
{
	begin();
	fake_tell(client, "check", NULL, 0);
	fake_expect_frame(peer, FRAME_TELL, "right");
	end();
}

static void test_become_changes_what_is_done(void)
{
	begin();
	fake_tell(client, "become", NULL, 0);
	fake_tell(client, "echo", NULL, 0);
	fake_expect_frame(peer, FRAME_TELL, "otherwise");
	fake_tell(client, "back", NULL, 0);
	fake_tell(client, "echo", NULL, 0);
	fake_expect_frame(peer, FRAME_TELL, "echo");
	end();
}

static void test_what_is_unknown_is_a_dead_letter_and_an_error(void)
{
	struct frame error;

	begin();
	fake_tell(client, "what", NULL, 0);
	fake_expect_letter(letters, "REASON", "unhandled");
	fake_ask(client, "what", 6);
	fake_expect_letter(letters, "SENDER", "/test/client");
	error = fake_expect_frame(client, FRAME_ERROR, "error");
	CU_ASSERT_EQUAL(error.error, EOPNOTSUPP);
	CU_ASSERT_EQUAL(error.ask_id, 6);
	end();
}

/* its deadline was long before anybody had a mailbox */
static const struct frame expired = {
	.kind = FRAME_ASK,
	.type = "add",
	.type_length = 3,
	.ask_id = 1,
	.deadline_ns = 1,
};

static void test_an_expired_ask_is_not_handled(void)
{
	begin();
	fake_send(client, &expired, 1);
	fake_expect_letter(letters, "REASON", "expired");
	CU_ASSERT_EQUAL(value(), 0);
	end();
}

static void test_a_receipt_comes_when_it_is_handled(void)
{
	struct frame ask = {
		.kind = FRAME_ASK,
		.flags = ACTOR_FRAME_RECEIPT,
		.type = "add",
		.type_length = 3,
		.ask_id = 1,
	};

	begin();
	fake_send(client, &ask, 1);
	fake_expect_frame(client, FRAME_REPLY, "handled");
	ask.type = "get";
	fake_send(client, &ask, 1);
	fake_expect_frame(client, FRAME_REPLY, "value");
	CU_ASSERT(fake_nothing_more(client));
	end();
}

static void test_an_error_and_a_late_answer_come_back(void)
{
	struct frame error;

	begin();
	fake_ask(client, "refuse", 1);
	error = fake_expect_frame(client, FRAME_ERROR, "error");
	CU_ASSERT_EQUAL(error.error, EPERM);
	fake_ask(client, "defer", 2);
	fake_tell(client, "settle", NULL, 0);
	CU_ASSERT_EQUAL(fake_expect_frame(client, FRAME_REPLY, "settled")
				.ask_id, 2);
	/* nobody to tell: an error is no message that could be missed */
	fake_tell(client, "refuse", NULL, 0);
	fake_tell(client, "get", NULL, 0);
	fake_expect_letter(letters, "TYPE", "value");
	CU_ASSERT(fake_nothing_more(letters));
	end();
}

static void test_a_letter_says_which_message_it_is_of(void)
{
	struct frame question;

	begin();
	fake_send(client, &expired, 1);
	fake_expect_letter(letters, "TO", "target");
	fake_send(client, &expired, 1);
	fake_expect_letter(letters, "NUMBER", "1");
	fake_tell(client, "inquire", NULL, 0);
	question = fake_expect_frame(other, FRAME_ASK, "question");
	fake_answer(other, &question, "answer", 0);
	fake_expect_frame(peer, FRAME_TELL, "answer");
	fake_answer(other, &question, "answer", 0);
	fake_expect_letter(letters, "NUMBER", "1");
	fake_answer(other, &question, "answer", 0);
	fake_expect_letter(letters, "TO", "holder");
	end();
}

static void test_a_log_line_is_a_record(void)
{
	begin();
	fake_tell(client, "log", NULL, 0);
	fake_expect_letter(letters, "TEXT", "logged 1");
	end();
}

/* ---- asks -------------------------------------------------------------- */

static void test_an_ask_of_its_own_is_answered(void)
{
	struct frame question;

	begin();
	fake_tell(client, "inquire", NULL, 0);
	question = fake_expect_frame(other, FRAME_ASK, "question");
	CU_ASSERT(question.deadline_ns > actor_now_ns());
	fake_answer(other, &question, "answer", 0);
	fake_expect_frame(peer, FRAME_TELL, "answer");
	fake_answer(other, &question, "answer", 0);
	fake_expect_letter(letters, "REASON", "late_reply");
	end();
}

static void expect_failure(int error)
{
	CU_ASSERT_EQUAL(error_in(fake_expect_frame(peer, FRAME_TELL, "failed")),
			error);
}

static void test_an_ask_ends_at_its_deadline_or_with_an_error(void)
{
	uint64_t timeout_ns = 1000000;
	struct frame question;

	begin();
	fake_tell(client, "inquire", &timeout_ns, sizeof(timeout_ns));
	question = fake_expect_frame(other, FRAME_ASK, "question");
	expect_failure(-ETIMEDOUT);
	fake_answer(other, &question, "error", EINTR);
	fake_answer(other, &question, "answer", 0);
	fake_expect_letter(letters, "TYPE", "answer");
	CU_ASSERT(fake_nothing_more(letters));

	fake_tell(client, "inquire", NULL, 0);
	question = fake_expect_frame(other, FRAME_ASK, "question");
	fake_answer(other, &question, "error", EINTR);
	expect_failure(-EINTR);
	end();
}

/* ---- timers and descriptors -------------------------------------------- */

static void test_timers_tick_and_old_ones_do_not(void)
{
	begin();
	fake_tell(client, "time", NULL, 0);
	fake_expect_frame(peer, FRAME_TELL, "ticked");
	fake_expect_frame(peer, FRAME_TELL, "ticked");
	fake_expect_frame(peer, FRAME_TELL, "ticked");
	end();
}

static void test_a_timer_for_now_does_not_wait_for_a_later_one(void)
{
	begin();
	fake_tell(client, "later", NULL, 0);
	fake_expect_frame(peer, FRAME_TELL, "set");
	fake_tell(client, "soon", NULL, 0);
	fake_expect_frame(peer, FRAME_TELL, "ticked");
	end();
}

static void test_a_descriptor_gets_its_turns(void)
{
	begin();
	fake_tell(client, "pipe", NULL, 0);
	CU_ASSERT_EQUAL(*(const char *)fake_expect_frame(peer, FRAME_TELL,
							 "read").payload, 'a');
	CU_ASSERT_EQUAL(*(const char *)fake_expect_frame(peer, FRAME_TELL,
							 "read").payload, 'b');
	end();
}

/* ---- failures ---------------------------------------------------------- */

static void test_a_failed_turn_sent_nothing_and_waits_for_a_decision(void)
{
	struct frame error;

	begin();
	fake_tell(client, "add", NULL, 0);
	fake_ask(client, "fail", 3);
	fake_tell(client, "add", NULL, 0);
	CU_ASSERT_EQUAL(fake_expect(&fake, "FAILED", "ERRNO"), EIO);
	fake_order(&fake, "RESUME", NULL);
	fake_expect_letter(letters, "CAUSE", "reported:EIO");
	error = fake_expect_frame(client, FRAME_ERROR, "error");
	CU_ASSERT_EQUAL(error.error, EIO);
	CU_ASSERT_EQUAL(value(), 2);
	end();		/* the farewell is the first thing the peer gets */
}

static void test_after_a_failure_stop_leaves_the_message_in_hand(void)
{
	struct arena_remains remains;

	begin();
	fake_tell(client, "fail", NULL, 0);
	fake_expect(&fake, "FAILED", "ERRNO");
	fake_order(&fake, "STOP", "DRAIN", UINT64_C(0), NULL);
	CU_ASSERT_EQUAL(fake_wait(&fake), 0);
	arena_recover(fake.arena, 0, &remains);
	CU_ASSERT(remains.in_hand);
	CU_ASSERT(fake_is(&remains.frame, FRAME_TELL, "fail"));
	fake_deinit(&fake);
}

static int fail_to_start(struct actor *self, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	say(self, "never-sent", NULL, 0);
	return -ENODEV;
}

static void test_a_failing_start_hook_is_a_failed_start(void)
{
	static const struct actor_class failing = {
		.start = fail_to_start,
		.receive = behave,
	};

	begin_with(&failing);
	fake_spawn(&fake);
	CU_ASSERT_EQUAL(fake_expect(&fake, "START_FAILED", "ERRNO"), ENODEV);
	CU_ASSERT_EQUAL(fake_wait(&fake), 1);
	CU_ASSERT(fake_nothing_more(peer));
	fake_deinit(&fake);
}

/* it has been told to stop before it fails: the wait ends with that */
static int spawn_and_fail(struct actor *self,
			  const struct actor_message *message)
{
	(void)message;
	actor_spawn(self, "child", NULL, NULL);
	return -EILSEQ;
}

static void say_why(struct actor *self, int error)
{
	say(self, "replaced", &error, sizeof(error));
}

static void test_who_fails_while_it_is_told_to_stop_knows_its_error(void)
{
	static const struct actor_class spawning = {
		.receive = spawn_and_fail,
		.pre_restart = say_why,
	};
	struct frame frame;
	int error = 0;

	begin_with(&spawning);
	fake_start(&fake);
	fake_tell(client, "spawn", NULL, 0);
	fake_expect(&fake, "SPAWN", NULL);
	fake_order(&fake, "STOP", "DRAIN", UINT64_C(0), "RESTART", UINT64_C(1),
		   NULL);
	CU_ASSERT_EQUAL(fake_expect(&fake, "FAILED", "ERRNO"), EILSEQ);
	frame = fake_expect_frame(peer, FRAME_TELL, "replaced");
	CU_ASSERT_EQUAL_FATAL(frame.payload_bytes, sizeof(error));
	memcpy(&error, frame.payload, sizeof(error));
	CU_ASSERT_EQUAL(abs(error), EILSEQ);
	fake_wait(&fake);
	fake_deinit(&fake);
}

static void test_an_arena_of_another_release_is_named_and_left_alone(void)
{
	struct arena *a;

	begin_with(&class);
	a = fake.arena;
	a->version = arena_version() + 1;
	fake_fork(&fake);
	CU_ASSERT_EQUAL(fake_expect(&fake, "START_FAILED", "ARENA"),
			arena_version());
	CU_ASSERT_EQUAL(fake_wait(&fake), 1);
	CU_ASSERT_EQUAL(a->version, arena_version() + 1);
	fake_deinit(&fake);
}

static void test_the_next_generation_goes_on_with_the_next_frame(void)
{
	const struct frame frames[] = {
		{ .kind = FRAME_TELL, .type = "echo", .type_length = 4 },
		{ .kind = FRAME_ASK, .type = "die", .type_length = 3,
		  .ask_id = 8, .generation = 7 },
		{ .kind = FRAME_TELL, .type = "echo", .type_length = 4 },
		{ .kind = FRAME_ASK, .type = "get", .type_length = 3,
		  .ask_id = 9, .generation = 7 },
	};
	struct arena_remains remains;

	begin();
	fake_send(client, frames, 4);
	CU_ASSERT_EQUAL(fake_wait(&fake), 128 + SIGKILL);
	arena_recover(fake.arena, 0, &remains);
	CU_ASSERT(remains.in_hand);
	CU_ASSERT(fake_is(&remains.frame, FRAME_ASK, "die"));

	fake.generation++;
	fake_start(&fake);
	fake_expect_frame(peer, FRAME_TELL, "echo");
	fake_expect_frame(peer, FRAME_TELL, "echo");
	CU_ASSERT_EQUAL(fake_expect_frame(client, FRAME_ERROR, "interrupted")
				.error, EINTR);
	fake_expect_frame(client, FRAME_REPLY, "value");
	CU_ASSERT_EQUAL(value(), 0);
	end();
}

/* an ask that a dead process owed, for whose error its arena had no room */
static void owe_error(struct arena *a, uint64_t key)
{
	const struct frame ask = {
		.kind = FRAME_ASK, .type = "get", .type_length = 3,
		.ask_id = 8, .generation = 7,
	};
	uint64_t token = arena_owe(a, key, &ask);

	a->debts[token % ARENA_OWED_MAX].interrupted = 1;
	a->n_interrupted = 1;
}

static void test_an_error_that_finds_room_as_packets_leave_leaves_at_once(void)
{
	const struct frame note = {
		.kind = FRAME_TELL, .type = "note", .type_length = 4,
	};

	begin();
	fake_kill(&fake, 0);
	arena_turn_begin(fake.arena, false);
	owe_error(fake.arena, arena_key(client->id, EDGE_TARGET));
	CU_ASSERT_EQUAL(arena_send(fake.arena,
				   arena_key(peer->id, EDGE_HOLDER), &note,
				   false), 0);
	arena_turn_commit(fake.arena);
	fake_restart(&fake);
	fake_expect_frame(peer, FRAME_TELL, "note");
	CU_ASSERT_EQUAL(fake_expect_frame(client, FRAME_ERROR, "interrupted")
				.error, EINTR);
	end();
}

/* ---- references -------------------------------------------------------- */

static void send_reference(uint64_t number)
{
	const struct frame frame = {
		.kind = FRAME_TELL,
		.type = "forward",
		.type_length = 7,
		.grants = &number,
		.n_grants = 1,
	};

	fake_send(client, &frame, 1);
}

static void test_a_message_waits_for_the_references_in_it(void)
{
	struct fake_edge *friend;

	begin();
	send_reference(77);
	CU_ASSERT_EQUAL(fake_expect(&fake, "CLAIM", "GRANT"), 77);
	fake_tell(client, "echo", NULL, 0);

	/* meanwhile the rest of the actor goes on */
	friend = fake_edge(&fake, EDGE_HOLDER, NULL, "/test/friend");
	fake_hand(&fake, friend);
	fake_order(&fake, "GRANTED", "EDGE", friend->id, "VIA", client->id,
		   "GRANT", UINT64_C(77), NULL);
	fake_expect_frame(friend, FRAME_TELL, "forwarded");
	fake_expect_frame(peer, FRAME_TELL, "echo");

	/* the second time it is known */
	send_reference(77);
	fake_expect_frame(friend, FRAME_TELL, "forwarded");
	end();
}

static void send_refused_reference(bool unknown)
{
	send_reference(78);
	CU_ASSERT_EQUAL(fake_expect(&fake, "CLAIM", "VIA"), client->id);
	fake_order(&fake, "REFUSED", "VIA", client->id, "GRANT", UINT64_C(78),
		   unknown ? "UNKNOWN" : NULL, UINT64_C(1), NULL);
}

static void test_a_refused_reference_is_none(void)
{
	begin();
	send_refused_reference(false);
	fake_expect_frame(peer, FRAME_TELL, "refused");
	end();
}

/* who asked hears of it, and the number may be granted for another message */
static void test_a_message_whose_reference_was_lost_is_a_dead_letter(void)
{
	begin();
	send_refused_reference(true);
	fake_expect_letter(letters, "REASON", "capability_lost");
	send_refused_reference(false);
	fake_expect_frame(peer, FRAME_TELL, "refused");
	end();
}

/* else its message would wait for an answer that nobody was asked for */
static void test_a_reference_that_cannot_be_claimed_is_none(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	HARNESS_SKIP("a sanitizer's malloc() ends the process without memory");
#endif
	begin();
	fake_tell(client, "starve", NULL, 0);
	fake_expect_frame(peer, FRAME_TELL, "starved");
	send_reference(79);
	fake_expect_frame(peer, FRAME_TELL, "refused");
	end();
}

/* it ends with its supervisor, whose end of the channel is gone some time before */
static void test_who_has_nobody_to_ask_leaves_the_message_to_the_next(void)
{
	begin();
	fake_deafen(&fake);
	send_reference(80);
	fake_leave_to_next(&fake, client);
	CU_ASSERT_EQUAL(fake_expect(&fake, "CLAIM", "GRANT"), 80);
	fake_order(&fake, "REFUSED", "VIA", client->id, "GRANT", UINT64_C(80),
		   NULL);
	fake_expect_frame(peer, FRAME_TELL, "refused");
	end();
}

static void test_a_reference_in_a_reply_is_granted_first(void)
{
	struct frame reply;

	begin();
	fake_ask(client, "give", 4);
	reply = fake_expect_frame(client, FRAME_REPLY, "given");
	CU_ASSERT_EQUAL(reply.n_grants, 1);
	CU_ASSERT_EQUAL(frame_grant(&reply, 0), other->id);
	CU_ASSERT_EQUAL(fake_expect(&fake, "GRANT", "EDGE"), other->id);
	end();
}

static void test_a_name_leads_to_its_new_life(void)
{
	struct fake_edge *again;

	begin();
	fake_hang_up(other);
	again = fake_edge(&fake, EDGE_HOLDER, "other", "/test/other");
	fake_hand(&fake, again);
	CU_ASSERT_EQUAL(value(), 0);	/* orders come before mail */
	fake_tell(client, "call-other", NULL, 0);
	fake_expect_frame(again, FRAME_TELL, "hello");
	fake_expect_frame(peer, FRAME_TELL, "called");
	end();
}

/* ---- the end of others -------------------------------------------------- */

static void announce_end(struct fake_edge *edge, const char *reason)
{
	const struct frame frame = {
		.kind = FRAME_TERMINATED,
		.type = "terminated",
		.type_length = 10,
		.payload = reason,
		.payload_bytes = strlen(reason),
	};

	fake_send(edge, &frame, 1);
}

static void terminate(struct fake_edge *edge, const char *reason)
{
	announce_end(edge, reason);
	fake_hang_up(edge);
}

static void expect_mourned(const char *reason)
{
	struct frame frame = fake_expect_frame(peer, FRAME_TELL, "mourned");

	CU_ASSERT_EQUAL(frame.payload_bytes, strlen(reason));
	CU_ASSERT(memcmp(frame.payload, reason, strlen(reason)) == 0);
}

static void test_a_watcher_hears_the_reason_once(void)
{
	begin();
	fake_tell(client, "watch", NULL, 0);
	CU_ASSERT_EQUAL(value(), 0);
	terminate(other, "exit:0");
	expect_mourned("exit:0");
	fake_tell(client, "watch", NULL, 0);	/* dead already: at once */
	expect_mourned("exit:0");
	end();
}

static void test_a_hang_up_alone_is_an_end_too(void)
{
	begin();
	fake_tell(client, "watch", NULL, 0);
	CU_ASSERT_EQUAL(value(), 0);
	fake_hang_up(other);
	expect_mourned("terminated");
	end();
}

static void test_what_the_dead_said_comes_before_its_end(void)
{
	struct fake_edge *theirs;
	int i;

	begin_with(&class);
	theirs = fake_edge(&fake, EDGE_TARGET, NULL, "/test/other");
	fake_tell(theirs, "watch", NULL, 0);
	for (i = 0; i < 20; i++)
		fake_tell(theirs, "echo", NULL, 0);
	announce_end(other, "exit:0");
	fake_start(&fake);
	for (i = 0; i < 20; i++)
		fake_expect_frame(peer, FRAME_TELL, "echo");
	expect_mourned("exit:0");
	end();
}

static void test_who_no_longer_watches_hears_nothing(void)
{
	begin();
	fake_tell(client, "watch", NULL, 0);
	fake_tell(client, "unwatch", NULL, 0);
	CU_ASSERT_EQUAL(value(), 0);
	terminate(other, "exit:0");
	fake_tell(client, "call-other", NULL, 0);
	fake_expect_frame(peer, FRAME_TELL, "called");
	end();
}

static void test_asks_of_the_dead_fail_at_once(void)
{
	begin();
	fake_tell(client, "inquire", NULL, 0);
	fake_expect_frame(other, FRAME_ASK, "question");
	fake_hang_up(other);
	expect_failure(-EPIPE);

	/* and what is sent after that is refused */
	fake_tell(client, "call-other", NULL, 0);
	CU_ASSERT_EQUAL(error_in(fake_expect_frame(peer, FRAME_TELL,
						   "called")), -EPIPE);
	end();
}

static void test_an_answer_before_the_end_still_counts(void)
{
	struct frame question;

	begin();
	fake_tell(client, "inquire", NULL, 0);
	question = fake_expect_frame(other, FRAME_ASK, "question");
	fake_answer(other, &question, "answer", 0);
	fake_hang_up(other);
	fake_expect_frame(peer, FRAME_TELL, "answer");
	end();
}

#define FILLS 8

static void test_what_the_dead_never_got_is_a_dead_letter(void)
{
	long n_sent = 0, n_got = 0;
	struct frame frame;
	int i;

	begin();
	for (i = 0; i < FILLS; i++) {
		fake_tell(client, "fill", NULL, 0);
		n_sent += error_in(fake_expect_frame(peer, FRAME_TELL,
						     "filled"));
	}
	shutdown(other->test_fd, SHUT_RDWR);
	while (fake_receive(other, &frame))
		n_got++;
	CU_ASSERT(n_got > 0 && n_got < n_sent);
	for (; n_got < n_sent; n_got++)
		fake_expect_letter(letters, "REASON", "terminated");
	CU_ASSERT_EQUAL(value(), 0);
	CU_ASSERT(fake_nothing_more(letters));
	end();
}

/* ---- strangers ---------------------------------------------------------- */

static void test_who_sends_no_packet_loses_the_edge_alone(void)
{
	struct fake_edge *stranger;

	begin();
	stranger = fake_edge(&fake, EDGE_TARGET, NULL, "/test/stranger");
	fake_hand(&fake, stranger);
	CU_ASSERT(send(stranger->test_fd, "rubbish", 7, 0) == 7);
	fake_expect_letter(letters, "KIND", "malformed");
	CU_ASSERT_EQUAL(value(), 0);
	end();
}

static void test_a_packet_without_bytes_is_malformed_and_no_end(void)
{
	begin();
	CU_ASSERT(send(other->test_fd, "", 0, 0) == 0);
	fake_expect_letter(letters, "SENDER", "/test/other");
	CU_ASSERT_EQUAL(value(), 0);
	end();
}

static void test_a_gap_is_told_of(void)
{
	begin();
	client->sequence = 2;
	client->n_frames = 4;
	fake_tell(client, "add", NULL, 0);
	fake_expect_letter(letters, "COUNT", "4");
	CU_ASSERT_EQUAL(value(), 1);
	end();
}

/* ---- the end ----------------------------------------------------------- */

static void test_it_leaves_with_the_status_it_chose(void)
{
	begin();
	fake_tell(client, "leave", NULL, 0);
	fake_expect_frame(peer, FRAME_TELL, "farewell");
	CU_ASSERT_EQUAL(fake_wait(&fake), 7);
	fake_deinit(&fake);
}

static void test_drained_it_has_handled_everything(void)
{
	const struct frame echo = {
		.kind = FRAME_TELL, .type = "echo", .type_length = 4,
	};
	int i;

	begin_with(&class);
	fake_spawn(&fake);
	for (i = 0; i < 50; i++)
		fake_send(client, &echo, 1);
	fake_order(&fake, "STOP", "DRAIN", UINT64_C(1), NULL);
	for (i = 0; i < 50; i++)
		fake_expect_frame(peer, FRAME_TELL, "echo");
	fake_expect_frame(peer, FRAME_TELL, "farewell");
	CU_ASSERT_EQUAL(fake_wait(&fake), 0);
	fake_deinit(&fake);
}

static void test_without_its_supervisor_it_leaves_at_once(void)
{
	begin();
	close(fake.control_fd);
	fake.control_fd = -1;
	CU_ASSERT_EQUAL(fake_wait(&fake), 1);
	CU_ASSERT(fake_nothing_more(peer));
	fake_deinit(&fake);
}

/* ---- what is left of edges --------------------------------------------- */

#define UNKNOWN 1500

/* who reads them gets all of them, and has to do nothing else for it */
static void test_letters_that_wait_for_room_come_when_there_is_some(void)
{
	long n_sent = 0, n_got = 0;
	struct frame frame;
	int i;

	begin();
	for (i = 0; i < FILLS; i++) {
		fake_tell(client, "fill", NULL, 0);
		n_sent += error_in(fake_expect_frame(peer, FRAME_TELL,
						     "filled"));
	}
	for (i = 0; i < UNKNOWN; i++) {
		fake_tell(client, "unknown", NULL, 0);
		if (i % 50 == 0)
			CU_ASSERT_EQUAL(value(), 0);
	}
	shutdown(other->test_fd, SHUT_RDWR);
	while (fake_receive(other, &frame))
		n_got++;
	CU_ASSERT(n_got < n_sent);
	CU_ASSERT_EQUAL(value(), 0);
	for (i = 0; i < UNKNOWN + n_sent - n_got; i++)
		fake_expect_letter(letters, "KIND", "dead-letter");
	CU_ASSERT(fake_nothing_more(letters));
	end();
}

static void test_an_edge_that_ended_while_nobody_was_there_is_forgotten(void)
{
	struct arena_edge_counts counts;
	struct fake_edge *gone;

	begin_with(&class);
	gone = fake_edge(&fake, EDGE_TARGET, NULL, "/test/gone");
	fake_start(&fake);
	fake_tell(gone, "add", NULL, 0);
	CU_ASSERT_EQUAL(value(), 1);
	fake_kill(&fake, 0);
	fake_hang_up(gone);
	fake_restart(&fake);
	CU_ASSERT_EQUAL(value(), 0);
	CU_ASSERT_EQUAL(arena_edge_counts(fake.arena,
					  arena_key(gone->id, EDGE_TARGET),
					  &counts), -ENOENT);
	/* and what it counted is not */
	arena_past_counts(fake.arena, &counts);
	CU_ASSERT_EQUAL(counts.frames_taken, 1);
	end();
}

/* ---- letters that wait for an edge ------------------------------------- */

static void promise(const struct fake_edge *edge)
{
	char bytes[ACTOR_CONTROL_MAX];
	struct fields_writer w;

	fields_begin(&w, bytes, sizeof(bytes), "EDGE");
	fields_put_u64(&w, "ID", edge->id);
	fields_put(&w, "END", "holder");
	fields_put(&w, "PEER", edge->peer);
	fields_put(&w, "NAME", edge->name);
	fields_put_u64(&w, "LATER", 1);
	CU_ASSERT_EQUAL(control_send(fake.control_fd, bytes, w.length_bytes,
				     NULL, 0), 0);
}

static void begin_without_letters(void)
{
	fake_init(&fake, &class);
	client = fake_edge(&fake, EDGE_TARGET, NULL, "/test/client");
	peer = fake_edge(&fake, EDGE_HOLDER, "peer", "/test/peer");
	fake_start(&fake);
	letters = fake_edge(&fake, EDGE_HOLDER, "dead-letters",
			    "/system/dead-letters");
	promise(letters);
}

static void test_letters_wait_for_an_edge_that_comes_later(void)
{
	begin_without_letters();
	fake_tell(client, "nonsense", NULL, 0);
	fake_expect(&fake, "LETTERS", NULL);
	fake_tell(client, "nonsense", NULL, 0);
	fake_expect(&fake, "LETTERS", NULL);
	CU_ASSERT_EQUAL(fake_counts(&fake, letters).frames_accepted, 2);
	CU_ASSERT_EQUAL(fake_counts(&fake, letters).frames_unsent, 2);

	fake_hand(&fake, letters);
	fake_expect_letter(letters, "REASON", "unhandled");
	fake_expect_letter(letters, "REASON", "unhandled");
	CU_ASSERT_EQUAL(value(), 0);
	CU_ASSERT_EQUAL(fake_counts(&fake, letters).frames_unsent, 0);
	fake_tell(client, "nonsense", NULL, 0);
	fake_expect_letter(letters, "REASON", "unhandled");
	end();
}

/* the next process has it from the beginning */
static void test_letters_that_wait_survive_a_crash(void)
{
	begin_without_letters();
	fake_tell(client, "nonsense", NULL, 0);
	fake_expect(&fake, "LETTERS", NULL);
	fake_kill(&fake, 0);
	fake_restart(&fake);
	fake_expect_letter(letters, "REASON", "unhandled");
	end();
}

/* an edge that nobody uses is asked for by nobody */
static void test_who_has_no_letters_asks_for_no_edge(void)
{
	begin_without_letters();
	fake_tell(client, "add", NULL, 0);
	CU_ASSERT_EQUAL(value(), 1);
	end();
}

/* its class has become one of a single instance: that has an edge of its own */
static void test_a_name_that_is_there_is_promised_no_more(void)
{
	struct fake_edge *own;

	begin_without_letters();
	own = fake_edge(&fake, EDGE_HOLDER, "dead-letters",
			  "/system/dead-letters");
	fake_hand(&fake, own);
	fake_tell(client, "nonsense", NULL, 0);
	fake_expect_letter(own, "REASON", "unhandled");
	end();
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_tells_are_handled_and_an_ask_is_answered),
	HARNESS_TEST(test_many_frames_of_one_packet_come_in_order),
	HARNESS_TEST(test_a_payload_fills_a_packet),
	HARNESS_TEST(test_wrong_calls_are_refused),
	HARNESS_TEST(test_become_changes_what_is_done),
	HARNESS_TEST(test_what_is_unknown_is_a_dead_letter_and_an_error),
	HARNESS_TEST(test_an_expired_ask_is_not_handled),
	HARNESS_TEST(test_a_letter_says_which_message_it_is_of),
	HARNESS_TEST(test_a_receipt_comes_when_it_is_handled),
	HARNESS_TEST(test_an_error_and_a_late_answer_come_back),
	HARNESS_TEST(test_a_log_line_is_a_record),
	HARNESS_TEST(test_an_ask_of_its_own_is_answered),
	HARNESS_TEST(test_an_ask_ends_at_its_deadline_or_with_an_error),
	HARNESS_TEST(test_timers_tick_and_old_ones_do_not),
	HARNESS_TEST(test_a_timer_for_now_does_not_wait_for_a_later_one),
	HARNESS_TEST(test_a_descriptor_gets_its_turns),
	HARNESS_TEST(test_a_failed_turn_sent_nothing_and_waits_for_a_decision),
	HARNESS_TEST(test_after_a_failure_stop_leaves_the_message_in_hand),
	HARNESS_TEST(test_a_failing_start_hook_is_a_failed_start),
	HARNESS_TEST(test_who_fails_while_it_is_told_to_stop_knows_its_error),
	HARNESS_TEST(test_an_arena_of_another_release_is_named_and_left_alone),
	HARNESS_TEST(test_the_next_generation_goes_on_with_the_next_frame),
	HARNESS_TEST(test_an_error_that_finds_room_as_packets_leave_leaves_at_once),
	HARNESS_TEST(test_a_message_waits_for_the_references_in_it),
	HARNESS_TEST(test_a_refused_reference_is_none),
	HARNESS_TEST(test_a_message_whose_reference_was_lost_is_a_dead_letter),
	HARNESS_TEST(test_a_reference_that_cannot_be_claimed_is_none),
	HARNESS_TEST(test_who_has_nobody_to_ask_leaves_the_message_to_the_next),
	HARNESS_TEST(test_a_reference_in_a_reply_is_granted_first),
	HARNESS_TEST(test_a_name_leads_to_its_new_life),
	HARNESS_TEST(test_a_watcher_hears_the_reason_once),
	HARNESS_TEST(test_a_hang_up_alone_is_an_end_too),
	HARNESS_TEST(test_what_the_dead_said_comes_before_its_end),
	HARNESS_TEST(test_who_no_longer_watches_hears_nothing),
	HARNESS_TEST(test_asks_of_the_dead_fail_at_once),
	HARNESS_TEST(test_an_answer_before_the_end_still_counts),
	HARNESS_TEST(test_what_the_dead_never_got_is_a_dead_letter),
	HARNESS_TEST(test_who_sends_no_packet_loses_the_edge_alone),
	HARNESS_TEST(test_a_packet_without_bytes_is_malformed_and_no_end),
	HARNESS_TEST(test_a_gap_is_told_of),
	HARNESS_TEST(test_it_leaves_with_the_status_it_chose),
	HARNESS_TEST(test_drained_it_has_handled_everything),
	HARNESS_TEST(test_without_its_supervisor_it_leaves_at_once),
	HARNESS_TEST(test_letters_that_wait_for_room_come_when_there_is_some),
	HARNESS_TEST(
		test_an_edge_that_ended_while_nobody_was_there_is_forgotten),
	HARNESS_TEST(test_letters_wait_for_an_edge_that_comes_later),
	HARNESS_TEST(test_letters_that_wait_survive_a_crash),
	HARNESS_TEST(test_who_has_no_letters_asks_for_no_edge),
	HARNESS_TEST(test_a_name_that_is_there_is_promised_no_more),
};
HARNESS_MAIN(tests)
