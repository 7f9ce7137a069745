// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * test_delegation.c - an actor whose references have limits, and are taken
 * back: what it says, sends and takes, with the test as its supervisor.
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "libactorproc/limits.h"
#include "tests/harness/harness.h"
#include "tests/kernel/fake_supervisor.h"

#define NS_PER_S UINT64_C(1000000000)
#define OTHER_LIFE UINT64_C(4711)
#define CLIENT_LIFE UINT64_C(4712)

/* ---- the actor under test ---------------------------------------------- */

static const struct actor_limits some = { .rate = 3, .bytes = 4 };
static struct actor_reference *limited;

static int say(struct actor *self, const char *type, const void *payload,
	       size_t size)
{
	return actor_tell(self, actor_reference(self, "peer"), type, payload,
			  size);
}

static int say_number(struct actor *self, int64_t number)
{
	return say(self, "number", &number, sizeof(number));
}

/* how many go until one does not, and why that one */
static int do_send(struct actor *self, const struct actor_message *message)
{
	struct actor_reference *to = limited ? limited
					     : actor_reference(self, "other");
	size_t size;
	const void *payload = actor_message_payload(message, &size);
	int r, n = 0;

	while ((r = actor_tell(self, to, "sent", payload, size)) == 0)
		n++;
	return say_number(self, n * 1000 - r);
}

static int do_limit(struct actor *self, const struct actor_message *message)
{
	struct actor_reference *other = actor_reference(self, "other"), *again;

	(void)message;
	if (actor_reference_limit(self, other, &some, &limited) < 0 ||
	    actor_reference_limit(self, limited, &some, &again) < 0)
		return -EPROTO;
	actor_reference_drop(again);
	return say_number(self, again == limited &&
				actor_reference_equal(limited, other) &&
				!actor_reference_equal(
					limited,
					actor_reference(self, "peer")));
}

static int do_give(struct actor *self, const struct actor_message *message)
{
	struct actor_reference *what = limited ? limited
					       : actor_reference(self, "other");
	const struct actor_outgoing outgoing = {
		.type = "given",
		.references = &what,
		.n_references = 1,
	};

	(void)message;
	return say_number(self, actor_tell_message(
					self, actor_reference(self, "peer"),
					&outgoing));
}

static int do_revoke(struct actor *self, const struct actor_message *message)
{
	struct actor_reference *peer = actor_reference(self, "peer");
	struct actor_reference *other = actor_reference(self, "other");
	int64_t right = actor_revoke(self, NULL, other) == -EINVAL &&
			actor_revoke(self, other, NULL) == -EINVAL &&
			actor_revoke(self, peer, other) == -ESTALE &&
			actor_revoke(self, other, peer) == 0;

	(void)message;
	return say_number(self, right);
}

/* what is given and taken back in one turn, and given again */
static int do_regret(struct actor *self, const struct actor_message *message)
{
	struct actor_reference *other = actor_reference(self, "other");
	struct actor_reference *peer = actor_reference(self, "peer");
	const struct actor_outgoing outgoing = {
		.type = "given",
		.references = &peer,
		.n_references = 1,
	};

	(void)message;
	if (actor_tell_message(self, other, &outgoing) < 0 ||
	    actor_revoke(self, other, peer) < 0)
		return -EPROTO;
	return 0;
}

static int do_lives(struct actor *self, const struct actor_message *message)
{
	const uint64_t lives[] = {
		actor_reference_life(actor_reference(self, "other")),
		actor_reference_life(actor_reference(self, "peer")),
		actor_message_sender_life(message),
	};

	return say(self, "lives", lives, sizeof(lives));
}

static int do_watch(struct actor *self, const struct actor_message *message)
{
	(void)message;
	return actor_watch(self, actor_reference(self, "other"));
}

static int do_take(struct actor *self, const struct actor_message *message)
{
	return say_number(self, actor_message_reference(message, 0) ? 1 : 0);
}

static const struct {
	const char *type;
	int (*act)(struct actor *self, const struct actor_message *message);
} acts[] = {
	{ "send", do_send },	 { "limit", do_limit },
	{ "give", do_give },	 { "revoke", do_revoke },
	{ "regret", do_regret }, { "lives", do_lives },
	{ "watch", do_watch },	 { "take", do_take },
};

static int behave(struct actor *self, const struct actor_message *message)
{
	size_t size, i;
	const void *payload = actor_message_payload(message, &size);

	if (actor_message_kind(message) == ACTOR_TERMINATED)
		return say(self, "mourned", payload, size);
	for (i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
		if (actor_message_is(message, acts[i].type))
			return acts[i].act(self, message);

	return say(self, "came", payload, size);
}

static const struct actor_class class = { .receive = behave };

/* ---- what each test begins with ---------------------------------------- */

static struct fake fake;
static struct fake_edge *client, *peer, *other, *letters;

static void prepare(void)
{
	limited = NULL;
	fake_init(&fake, &class);
	client = fake_edge(&fake, EDGE_TARGET, NULL, "/test/client");
	peer = fake_edge(&fake, EDGE_HOLDER, "peer", "/test/peer");
	other = fake_edge(&fake, EDGE_HOLDER, "other", "/test/other");
	letters = fake_edge(&fake, EDGE_HOLDER, "dead-letters",
			    "/system/dead-letters");
	client->life = CLIENT_LIFE;
	other->life = OTHER_LIFE;
}

static void end(void)
{
	fake_order(&fake, "STOP", "DRAIN", UINT64_C(0), NULL);
	CU_ASSERT_EQUAL(fake_wait(&fake), 0);
	fake_deinit(&fake);
}

static int64_t number(void)
{
	struct frame frame = fake_expect_frame(peer, FRAME_TELL, "number");
	int64_t got = -1;

	CU_ASSERT_EQUAL_FATAL(frame.payload_bytes, sizeof(got));
	memcpy(&got, frame.payload, sizeof(got));

	return got;
}

/*
 * @n and what was earned since then, until it has said so: nothing, unless somebody
 * was held up.
 */
static void expect_to_be(uint64_t got, uint64_t n, uint64_t per_second,
			 uint64_t since_ns)
{
	uint64_t most = n + per_second * (actor_now_ns() - since_ns) / NS_PER_S;

	if (got < n || got > most)
		harness_note("%llu, not %llu", (unsigned long long)got,
			     (unsigned long long)n);
	CU_ASSERT(got >= n && got <= most);
}

static void expect_to_send(const char *payload, uint64_t n, uint64_t rate,
			   uint64_t since_ns)
{
	int64_t got;

	fake_tell(client, "send", payload, strlen(payload));
	got = number();
	CU_ASSERT_EQUAL(got % 1000, EAGAIN);
	expect_to_be((uint64_t)got / 1000, n, rate, since_ns);
}

static void expect_full(const char *payload, uint64_t rate)
{
	expect_to_send(payload, rate, rate, actor_now_ns());
}

/* ---- what it sends ----------------------------------------------------- */

static void test_a_holder_keeps_to_its_rate(void)
{
	prepare();
	other->limits.rate = 7;
	fake_start(&fake);
	expect_full("1", 7);
	end();
}

static void test_a_holder_keeps_to_its_size(void)
{
	prepare();
	other->limits = (struct actor_limits){ .rate = 2, .bytes = 4 };
	fake_start(&fake);
	fake_tell(client, "send", "12345", 5);
	CU_ASSERT_EQUAL(number(), EMSGSIZE);
	expect_full("1234", 2);
	end();
}

static void test_the_next_generation_gains_nothing(void)
{
	uint64_t since_ns;

	prepare();
	fake.generation = 1;
	other->limits.rate = 1;
	since_ns = actor_now_ns();
	fake_start(&fake);
	expect_to_send("1", 0, 1, since_ns);
	end();
}

static void test_other_limits_hold_from_then_on(void)
{
	prepare();
	other->limits.bytes = 4;
	fake_start(&fake);
	fake_tell(client, "send", "12345", 5);
	CU_ASSERT_EQUAL(number(), EMSGSIZE);
	other->limits = (struct actor_limits){ .rate = 3 };
	fake_relimit(&fake, other);
	expect_full("12345", 3);
	end();
}

/* ---- what it passes on ------------------------------------------------- */

static void test_a_limited_one_is_announced_by_a_number_of_its_own(void)
{
	prepare();
	fake_start(&fake);
	fake_tell(client, "limit", NULL, 0);
	CU_ASSERT_EQUAL(number(), 1);
	CU_ASSERT_EQUAL(fake_expect(&fake, "LIMIT", "EDGE"), other->id);
	CU_ASSERT_EQUAL(fake_expect(&fake, "LIMIT", "RATE"), some.rate);
	fake_tell(client, "give", NULL, 0);
	CU_ASSERT_EQUAL(fake_expect(&fake, "GRANT", "EDGE"),
			limits_number(other->id, &some));
	fake_expect_frame(peer, FRAME_TELL, "given");
	CU_ASSERT_EQUAL(number(), 0);
	/* and limits what is sent by it here */
	fake_tell(client, "send", "12345", 5);
	CU_ASSERT_EQUAL(number(), EMSGSIZE);
	expect_full("1234", 3);
	end();
}

/* its supervisor has died: that edge has not ended, and the arena knows the limits */
static void test_limits_are_noted_when_nobody_hears_of_them(void)
{
	struct arena_limit noted;
	size_t cursor = 0;

	prepare();
	fake_start(&fake);
	fake_deafen(&fake);
	fake_tell(client, "limit", NULL, 0);
	CU_ASSERT_EQUAL(number(), 1);
	CU_ASSERT_EQUAL(fake_orphan(&fake), 1);
	CU_ASSERT(arena_limit_next(fake.arena, &cursor, &noted));
	CU_ASSERT_EQUAL(noted.rate, some.rate);
	fake_deinit(&fake);
}

static void test_what_may_only_be_used_is_not_passed_on(void)
{
	prepare();
	other->limits.no_grants = true;
	fake_start(&fake);
	fake_tell(client, "give", NULL, 0);
	CU_ASSERT_EQUAL(number(), -EPERM);
	end();
}

static void test_it_says_what_is_taken_back_from_which_life(void)
{
	prepare();
	fake_start(&fake);
	fake_tell(client, "revoke", NULL, 0);
	CU_ASSERT_EQUAL(number(), 1);
	CU_ASSERT_EQUAL(fake_expect(&fake, "REVOKE", "LIFE"), OTHER_LIFE);
	end();
}

static void test_what_is_taken_back_in_its_turn_is_not_announced(void)
{
	struct frame given;

	prepare();
	fake_start(&fake);
	fake_tell(client, "regret", NULL, 0);
	CU_ASSERT_EQUAL(fake_expect(&fake, "REVOKE", "EDGE"), peer->id);
	given = fake_expect_frame(other, FRAME_TELL, "given");
	CU_ASSERT_EQUAL(given.n_grants, 1);
	/* the next word is about something else */
	fake_tell(client, "give", NULL, 0);
	CU_ASSERT_EQUAL(fake_expect(&fake, "GRANT", "EDGE"), other->id);
	end();
}

/* ---- what arrives ------------------------------------------------------ */

static void test_a_target_does_not_take_what_is_too_large(void)
{
	prepare();
	client->limits.bytes = 4;
	fake_start(&fake);
	fake_tell(client, "x", "12345", 5);
	fake_expect_letter(letters, "REASON", "oversize");
	fake_tell(client, "x", "1234", 4);
	fake_expect_frame(peer, FRAME_TELL, "came");
	fake_ask(client, "lives", 5);
	fake_expect_frame(peer, FRAME_TELL, "lives");
	end();
}

/* Return: how many it has refused, behind which it has answered one more ask */
static uint64_t send_too_many(uint64_t n)
{
	const struct frame ask = {
		.kind = FRAME_ASK,
		.flags = ACTOR_FRAME_RECEIPT,
		.type = "x",
		.type_length = 1,
		.ask_id = 5,
	};
	struct frame answer;

	while (n--)
		fake_tell(client, "x", NULL, 0);
	fake_send(client, &ask, 1);
	CU_ASSERT_FATAL(fake_receive(client, &answer));

	return fake_counts(&fake, client).frames_dead;
}

static void test_a_target_is_patient_and_then_is_not(void)
{
	uint64_t since_ns = actor_now_ns(), n_dead, i;

	prepare();
	client->limits.rate = 1;
	fake_start(&fake);
	n_dead = send_too_many(20);
	expect_to_be(21 - n_dead, 2, 2, since_ns);
	for (i = n_dead; i < 21; i++)
		fake_expect_frame(peer, FRAME_TELL, "came");
	for (i = 0; i < n_dead; i++)
		fake_expect_letter(letters, "REASON", "overflow");
	end();
}

static void test_a_refused_ask_is_answered(void)
{
	const struct frame ask = {
		.kind = FRAME_ASK,
		.type = "x",
		.type_length = 1,
		.ask_id = 5,
		.payload = "12345",
		.payload_bytes = 5,
	};

	prepare();
	client->limits.bytes = 4;
	fake_start(&fake);
	fake_send(client, &ask, 1);
	CU_ASSERT_EQUAL(fake_expect_frame(client, FRAME_ERROR, "error").error,
			EMSGSIZE);
	end();
}

/* what waited before the process was there was sent in good time */
static void test_what_waited_for_a_target_is_taken(void)
{
	int i;

	prepare();
	client->limits.rate = 1;
	for (i = 0; i < 20; i++)
		fake_tell(client, "x", NULL, 0);
	fake_start(&fake);
	for (i = 0; i < 20; i++)
		fake_expect_frame(peer, FRAME_TELL, "came");
	CU_ASSERT(fake_nothing_more(letters));
	end();
}

static void test_wider_limits_that_are_on_their_way_count(void)
{
	prepare();
	client->limits.bytes = 4;
	fake_start(&fake);
	client->limits.bytes = 5;
	fake_relimit(&fake, client);
	fake_tell(client, "x", "12345", 5);
	fake_expect_frame(peer, FRAME_TELL, "came");
	end();
}

/* ---- what is taken back ------------------------------------------------ */

static void test_who_loses_it_is_told_why(void)
{
	struct frame mourned;

	prepare();
	fake_start(&fake);
	fake_tell(client, "watch", NULL, 0);
	fake_revoke(&fake, other);
	shutdown(other->actor_fd, SHUT_RDWR);
	mourned = fake_expect_frame(peer, FRAME_TELL, "mourned");
	CU_ASSERT_EQUAL(mourned.payload_bytes, strlen("revoked"));
	CU_ASSERT(memcmp(mourned.payload, "revoked", 7) == 0);
	fake_tell(client, "send", NULL, 0);
	CU_ASSERT_EQUAL(number(), EPIPE);
	end();
}

static void test_what_a_target_had_not_taken_is_dead(void)
{
	prepare();
	fake_spawn(&fake);
	fake_revoke(&fake, client);
	fake_tell(client, "x", NULL, 0);
	fake_expect(&fake, "READY", NULL);
	fake_expect_letter(letters, "REASON", "revoked");
	CU_ASSERT(fake_nothing_more(peer));
	end();
}

static void test_a_grant_that_is_gone_is_asked_for_again(void)
{
	const uint64_t grant = 77;
	const struct frame take = {
		.kind = FRAME_TELL,
		.type = "take",
		.type_length = 4,
		.grants = &grant,
		.n_grants = 1,
	};

	prepare();
	fake_start(&fake);
	fake_order(&fake, "GRANTED", "EDGE", other->id, "VIA", client->id,
		   "GRANT", grant, NULL);
	fake_send(client, &take, 1);
	CU_ASSERT_EQUAL(number(), 1);
	fake_order(&fake, "REVOKED", "VIA", client->id, "GRANT", grant, NULL);
	fake_send(client, &take, 1);
	CU_ASSERT_EQUAL(fake_expect(&fake, "CLAIM", "GRANT"), grant);
	/* and while it waits for the answer, this is one */
	fake_order(&fake, "REVOKED", "VIA", client->id, "GRANT", grant, NULL);
	CU_ASSERT_EQUAL(number(), 0);
	end();
}

/* ---- lives ------------------------------------------------------------- */

static void test_lives_are_as_the_supervisor_says(void)
{
	const uint64_t lives[] = { OTHER_LIFE, 0, CLIENT_LIFE };
	struct frame frame;

	prepare();
	fake_start(&fake);
	fake_tell(client, "lives", NULL, 0);
	frame = fake_expect_frame(peer, FRAME_TELL, "lives");
	CU_ASSERT_EQUAL_FATAL(frame.payload_bytes, sizeof(lives));
	CU_ASSERT(memcmp(frame.payload, lives, sizeof(lives)) == 0);
	end();
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_holder_keeps_to_its_rate),
	HARNESS_TEST(test_a_holder_keeps_to_its_size),
	HARNESS_TEST(test_the_next_generation_gains_nothing),
	HARNESS_TEST(test_other_limits_hold_from_then_on),
	HARNESS_TEST(test_a_limited_one_is_announced_by_a_number_of_its_own),
	HARNESS_TEST(test_limits_are_noted_when_nobody_hears_of_them),
	HARNESS_TEST(test_what_may_only_be_used_is_not_passed_on),
	HARNESS_TEST(test_it_says_what_is_taken_back_from_which_life),
	HARNESS_TEST(test_what_is_taken_back_in_its_turn_is_not_announced),
	HARNESS_TEST(test_a_target_does_not_take_what_is_too_large),
	HARNESS_TEST(test_a_target_is_patient_and_then_is_not),
	HARNESS_TEST(test_a_refused_ask_is_answered),
	HARNESS_TEST(test_what_waited_for_a_target_is_taken),
	HARNESS_TEST(test_wider_limits_that_are_on_their_way_count),
	HARNESS_TEST(test_who_loses_it_is_told_why),
	HARNESS_TEST(test_what_a_target_had_not_taken_is_dead),
	HARNESS_TEST(test_a_grant_that_is_gone_is_asked_for_again),
	HARNESS_TEST(test_lives_are_as_the_supervisor_says),
};
HARNESS_MAIN(tests)
