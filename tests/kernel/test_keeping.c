/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_keeping.c - what is made here is used when all above hold it, and by
 * nobody before.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libactorproc/edge.h"
#include "supervisord/act/mailbox.h"
#include "supervisord/endings.h"
#include "supervisord/keeping.h"
#include "supervisord/order.h"
#include "supervisord/outfit.h"
#include "supervisord/renewals.h"
#include "tests/harness/harness.h"
#include "tests/kernel/mother.h"

static struct mother m;

static const char *digits(uint64_t number)
{
	static char text[4][32];
	static unsigned int turn;
	char *at = text[turn++ % 4];

	snprintf(at, sizeof(text[0]), "%llu", (unsigned long long)number);
	return at;
}

static uint64_t heard_number(const char *name)
{
	uint64_t number = 0;

	CU_ASSERT_EQUAL(fields_get_u64(&m.message.fields, name, &number), 0);
	return number;
}

static bool heard_field(const char *name, const char *value)
{
	const char *found = fields_get(&m.message.fields, name);

	return found && !strcmp(found, value);
}

static void hear_all(enum mother_child who)
{
	while (*mother_hear(&m, who))
		;
}

static bool silent(enum mother_child who)
{
	return !*mother_hear(&m, who);
}

static bool hear_above_until(const char *verb)
{
	const char *heard;

	do
		heard = mother_hear_above(&m);
	while (*heard && strcmp(heard, verb));
	return *heard;
}

/* the number it comes with */
static uint64_t hear_keep(void)
{
	CU_ASSERT_FATAL(hear_above_until("KEEP"));
	CU_ASSERT(heard_field("PATH", "/s/"));
	return heard_number("NUMBER");
}

static void say_kept(uint64_t number)
{
	mother_told(&m, NULL, "KEPT",
		    (const char *const []){ "PATH", "/s/", "NUMBER",
					    digits(number), NULL }, -1);
}

/* of b's, that it will ask for with both numbers */
struct passed {
	uint64_t via;
	uint64_t grant;
};

/* a has edges to b and c, which all above know of */
static struct passed begin_giving(void)
{
	struct passed p;

	mother_begin(&m);
	p.via = mother_edge(&m, MOTHER_A, MOTHER_B, "b")->id;
	p.grant = mother_edge(&m, MOTHER_A, MOTHER_C, "c")->id;
	mother_below(&m);
	for (enum mother_child i = MOTHER_A; i < N_MOTHER_CHILDREN; i++)
		hear_all(i);
	return p;
}

static void give(const struct passed *p)
{
	mother_say(&m, MOTHER_A, "GRANT", "VIA", p->via, "EDGE", p->grant);
}

static void claim(const struct passed *p)
{
	mother_say(&m, MOTHER_B, "CLAIM", "VIA", p->via, "GRANT", p->grant);
}

/* ---- an edge ------------------------------------------------------------- */

static void use_when_kept(const char *name)
{
	uint64_t number;

	mother_begin(&m);
	mother_below(&m);
	mother_edge(&m, MOTHER_A, MOTHER_C, name);
	CU_ASSERT_STRING_EQUAL(mother_hear_above(&m), "EDGE");
	CU_ASSERT_EQUAL(m.message.n_fds, 3);
	keeping_ask(&m.s);
	number = hear_keep();
	CU_ASSERT(silent(MOTHER_A));
	CU_ASSERT(silent(MOTHER_C));
	/* not by who starts just now either */
	outfit_give(m.s.children[MOTHER_C]);
	CU_ASSERT_STRING_EQUAL(mother_hear(&m, MOTHER_C), "START");
	say_kept(number);
	CU_ASSERT_STRING_EQUAL(mother_hear(&m, MOTHER_A), "EDGE");
	CU_ASSERT_STRING_EQUAL(mother_hear(&m, MOTHER_C), "EDGE");
	/* once */
	say_kept(number);
	CU_ASSERT(silent(MOTHER_A));
	CU_ASSERT(silent(MOTHER_C));
	mother_end(&m);
}

static void test_a_granted_edge_is_used_when_all_above_hold_it(void)
{
	use_when_kept(NULL);
}

static void test_a_declared_edge_is_used_when_all_above_hold_it(void)
{
	use_when_kept("c");
}

/* whose first start it is looks for the name then, and never again */
static void test_who_starts_before_the_word_knows_the_name(void)
{
	struct declared_edge declared = {
		.holder = "/s/a", .target = "/s/c", .name = "c",
	};
	uint64_t number;

	mother_begin(&m);
	mother_below(&m);
	m.tree.edges = &declared;
	m.tree.n_edges = 1;
	mother_edge(&m, MOTHER_A, MOTHER_C, "c");
	keeping_ask(&m.s);
	number = hear_keep();
	outfit_give(m.s.children[MOTHER_A]);
	CU_ASSERT(mother_hear_until(&m, MOTHER_A, "EDGE"));
	CU_ASSERT(heard_field("NAME", "c"));
	CU_ASSERT_EQUAL(m.message.n_fds, 0);
	CU_ASSERT_STRING_EQUAL(mother_hear(&m, MOTHER_A), "START");
	say_kept(number);
	CU_ASSERT_STRING_EQUAL(mother_hear(&m, MOTHER_A), "EDGE");
	CU_ASSERT(heard_field("NAME", "c"));
	CU_ASSERT_NOT_EQUAL(m.message.n_fds, 0);
	mother_end(&m);
}

static void test_with_nobody_above_an_edge_is_used_at_once(void)
{
	mother_begin(&m);
	mother_edge(&m, MOTHER_A, MOTHER_C, "c");
	keeping_ask(&m.s);
	CU_ASSERT_STRING_EQUAL(mother_hear(&m, MOTHER_A), "EDGE");
	CU_ASSERT_STRING_EQUAL(mother_hear(&m, MOTHER_C), "EDGE");
	mother_end(&m);
}

static void test_a_word_is_for_what_was_made_before_it(void)
{
	uint64_t first, second;

	mother_begin(&m);
	mother_below(&m);
	mother_edge(&m, MOTHER_A, MOTHER_B, NULL);
	keeping_ask(&m.s);
	first = hear_keep();
	mother_edge(&m, MOTHER_A, MOTHER_C, NULL);
	keeping_ask(&m.s);
	second = hear_keep();
	CU_ASSERT_NOT_EQUAL(first, second);
	say_kept(first);
	CU_ASSERT_STRING_EQUAL(mother_hear(&m, MOTHER_A), "EDGE");
	CU_ASSERT(heard_field("PEER", "/s/b"));
	CU_ASSERT(silent(MOTHER_C));
	/* of a process before ours: it is about nothing of us */
	say_kept(second + 1);
	CU_ASSERT(silent(MOTHER_A));
	say_kept(second);
	CU_ASSERT_STRING_EQUAL(mother_hear(&m, MOTHER_A), "EDGE");
	CU_ASSERT(heard_field("PEER", "/s/c"));
	mother_end(&m);
}

static void test_an_edge_that_ends_before_the_word_was_nobodys(void)
{
	struct custody_edge *edge;
	uint64_t number;

	mother_begin(&m);
	mother_below(&m);
	edge = mother_edge(&m, MOTHER_A, MOTHER_B, NULL);
	keeping_ask(&m.s);
	number = hear_keep();
	endings_end(&m.s, edge, false);
	edge = mother_edge(&m, MOTHER_B, MOTHER_A, NULL);
	endings_revoke(&m.s, edge);
	CU_ASSERT(hear_above_until("EDGE_END"));
	CU_ASSERT(hear_above_until("EDGE_END"));
	say_kept(number);
	CU_ASSERT(silent(MOTHER_A));
	CU_ASSERT(silent(MOTHER_B));
	CU_ASSERT_EQUAL(m.s.custody.n_edges, 0);
	mother_end(&m);
}

/* ---- many of them -------------------------------------------------------- */

static struct declared_edge all[] = {
	{ .holder = "/s/a", .target = "/s/b", .name = "b" },
	{ .holder = "/s/a", .target = "/s/c", .name = "c" },
	{ .holder = "/s/b", .target = "/s/c", .name = "c" },
	{ .holder = "/s/c", .target = "/s/a", .name = "a" },
};
#define N_ALL (sizeof(all) / sizeof(*all))

static void begin_declared(void)
{
	mother_begin(&m);
	mother_below(&m);
	m.tree.edges = all;
	m.tree.n_edges = N_ALL;
}

static void test_one_word_is_enough_for_all_edges_of_a_start(void)
{
	begin_declared();
	minting_declared(&m.s);
	keeping_begin(&m.s);
	keeping_ask(&m.s);
	for (size_t i = 0; i < N_ALL; i++)
		CU_ASSERT_STRING_EQUAL(mother_hear_above(&m), "EDGE");
	CU_ASSERT_STRING_EQUAL(mother_hear_above(&m), "KEEP");
	say_kept(heard_number("NUMBER"));
	CU_ASSERT_STRING_EQUAL(mother_hear_above(&m), "");
	for (size_t i = 0; i < N_ALL; i++)
		CU_ASSERT_EQUAL(m.s.custody.edges[i]->awaited, 0);
	mother_end(&m);
}

/* Return: mailboxes that were heard of above, none of which asks for itself */
static size_t hear_mailboxes(void)
{
	size_t n = 0;

	for (; !strcmp(mother_hear_above(&m), "MAILBOX"); n++)
		CU_ASSERT_PTR_NULL(fields_get(&m.message.fields, "NUMBER"));
	return n;
}

static void test_one_word_is_enough_for_all_mailboxes_of_a_start(void)
{
	begin_declared();
	supervisor_begin(&m.s);
	for (size_t i = 0; i < N_ALL; i++)
		CU_ASSERT_STRING_EQUAL(mother_hear_above(&m), "EDGE");
	CU_ASSERT_EQUAL(hear_mailboxes(), m.s.n_children);
	CU_ASSERT_STRING_EQUAL(m.message.fields.verb, "KEEP");
	CU_ASSERT_PTR_NOT_NULL(m.s.estates);
	say_kept(heard_number("NUMBER"));
	CU_ASSERT_PTR_NULL(m.s.estates);
	for (size_t i = 0; i < m.s.n_children; i++)
		CU_ASSERT_FALSE(m.s.children[i]->awaits_mailbox);
	mother_end(&m);
}

static void test_a_mailbox_that_is_alone_asks_for_itself(void)
{
	mother_begin(&m);
	mother_below(&m);
	child_prepare(m.s.children[MOTHER_A]);
	CU_ASSERT_STRING_EQUAL(mother_hear_above(&m), "MAILBOX");
	CU_ASSERT_NOT_EQUAL(heard_number("NUMBER"), 0);
	CU_ASSERT_STRING_EQUAL(mother_hear_above(&m), "");
	afterlife_forget(&m.s);
	mother_end(&m);
}

static void test_the_edges_of_a_new_life_are_asked_for_before_others_make_more(
	void)
{
	uint64_t number;

	begin_declared();
	CU_ASSERT(renewals_renew(&m.s, "/s/c"));
	CU_ASSERT_STRING_EQUAL(mother_hear_above(&m), "EDGE");
	CU_ASSERT_STRING_EQUAL(mother_hear_above(&m), "EDGE");
	CU_ASSERT_STRING_EQUAL(mother_hear_above(&m), "KEEP");
	number = heard_number("NUMBER");
	CU_ASSERT_STRING_EQUAL(mother_hear_above(&m), "RENEW");
	CU_ASSERT(silent(MOTHER_A));
	CU_ASSERT(silent(MOTHER_B));
	say_kept(number);
	CU_ASSERT_STRING_EQUAL(mother_hear(&m, MOTHER_A), "EDGE");
	CU_ASSERT_STRING_EQUAL(mother_hear(&m, MOTHER_B), "EDGE");
	mother_end(&m);
}

static void keep_mailboxes(void)
{
	struct custody_mailbox *mailbox;

	for (size_t i = 0; i < m.s.custody.n_mailboxes; i++) {
		mailbox = m.s.custody.mailboxes[i];
		CU_ASSERT(afterlife_kept(&m.s, mailbox->path,
					 mailbox->number));
	}
}

/* the next time at which somebody is to be started */
static uint64_t next_start(uint64_t at)
{
	for (size_t i = 0; i < m.s.n_children; i++) {
		CU_ASSERT_EQUAL(m.s.children[i]->state, CHILD_WAITING);
		m.s.children[i]->delay_until_ns = at;
	}
	return order_starts(&m.s, at - 1);
}

/* what it was handed down, its parent may be the only one to hold */
static void test_nobody_is_started_before_the_first_word(void)
{
	mother_begin(&m);
	mother_below(&m);
	supervisor_begin(&m.s);
	keep_mailboxes();
	CU_ASSERT_EQUAL(next_start(1000), UINT64_MAX);
	say_kept(hear_keep());
	CU_ASSERT_EQUAL(next_start(1000), 1000);
	mother_end(&m);
}

static void test_the_root_starts_at_once(void)
{
	mother_begin(&m);
	supervisor_begin(&m.s);
	CU_ASSERT_EQUAL(next_start(1000), 1000);
	mother_end(&m);
}

/* ---- the grants on which an edge stands ----------------------------------- */

static void test_the_word_for_a_granted_edge_is_for_its_grant_too(void)
{
	struct passed p = begin_giving();
	uint64_t number;

	give(&p);
	CU_ASSERT_STRING_EQUAL(mother_hear_above(&m), "EDGE");
	CU_ASSERT_STRING_EQUAL(mother_hear_above(&m), "GRANTED");
	CU_ASSERT_STRING_EQUAL(mother_hear_above(&m), "KEEP");
	number = heard_number("NUMBER");
	claim(&p);
	CU_ASSERT(silent(MOTHER_B));
	CU_ASSERT(silent(MOTHER_C));
	say_kept(number);
	CU_ASSERT_STRING_EQUAL(mother_hear(&m, MOTHER_B), "EDGE");
	CU_ASSERT_STRING_EQUAL(mother_hear(&m, MOTHER_B), "GRANTED");
	CU_ASSERT_EQUAL(heard_number("GRANT"), p.grant);
	CU_ASSERT_EQUAL(m.s.children[MOTHER_B]->n_claims, 0);
	CU_ASSERT_STRING_EQUAL(mother_hear(&m, MOTHER_C), "EDGE");
	CU_ASSERT_STRING_EQUAL(mother_hear_above(&m), "");
	mother_end(&m);
}

/* the edge is there; its reason is not known above */
static void test_a_grant_of_an_edge_that_is_there_waits_as_well(void)
{
	struct passed p = begin_giving();
	struct passed other = { p.via, 0 };

	other.grant = p.grant;
	give(&p);
	say_kept(hear_keep());
	hear_all(MOTHER_B);
	/* by another edge: it is another grant */
	m.s.parent = link_free(m.s.parent);
	close(m.above);
	other.via = mother_edge(&m, MOTHER_B, MOTHER_A, "a")->id;
	mother_below(&m);
	hear_all(MOTHER_B);
	claim(&other);
	give(&other);
	CU_ASSERT_STRING_EQUAL(mother_hear_above(&m), "GRANTED");
	CU_ASSERT_EQUAL(heard_number("VIA"), other.via);
	CU_ASSERT(silent(MOTHER_B));
	claim(&other);
	/* nor by who starts just now */
	outfit_give(m.s.children[MOTHER_B]);
	while (*mother_hear(&m, MOTHER_B))
		CU_ASSERT(strcmp(m.message.fields.verb, "GRANTED") ||
			  heard_number("VIA") == p.via);
	say_kept(hear_keep());
	CU_ASSERT_STRING_EQUAL(mother_hear(&m, MOTHER_B), "GRANTED");
	CU_ASSERT_EQUAL(heard_number("VIA"), other.via);
	CU_ASSERT(silent(MOTHER_B));
	mother_end(&m);
}

/* b's edge is there, what it was granted for last waits: who begins ends what has
 * no reason, and starts nobody before it has asked for the word, too */
static void test_a_supervisor_that_starts_hears_of_a_grant_that_waits(void)
{
	struct passed p = begin_giving();
	uint64_t number;

	give(&p);
	number = hear_keep();
	custody_edge_between(&m.s.custody, "/s/b", "/s/c")->awaited = 0;
	m.s.children[MOTHER_B]->is_supervisor = true;
	outfit_give(m.s.children[MOTHER_B]);
	CU_ASSERT(mother_hear_until(&m, MOTHER_B, "GRANTED"));
	say_kept(number);
	CU_ASSERT(mother_hear_until(&m, MOTHER_B, "GRANTED"));
	m.s.children[MOTHER_B]->is_supervisor = false;
	mother_end(&m);
}

/* a's life ends meanwhile: what b was given stands on what a's stood on */
static void test_what_is_inherited_before_the_word_is_told_with_the_edge(void)
{
	const struct custody_alias reason = {
		.via = 77, .grant = 88, .supports = true,
	};
	struct custody_edge *edge;
	struct passed p;
	uint64_t number;

	mother_begin(&m);
	p.via = mother_edge(&m, MOTHER_A, MOTHER_B, "b")->id;
	edge = mother_edge(&m, MOTHER_A, MOTHER_C, NULL);
	p.grant = edge->id;
	CU_ASSERT(custody_edge_alias(edge, &reason));
	mother_below(&m);
	give(&p);
	number = hear_keep();
	endings_end(&m.s, edge, false);
	hear_all(MOTHER_B);
	say_kept(number);
	CU_ASSERT_STRING_EQUAL(mother_hear(&m, MOTHER_B), "EDGE");
	CU_ASSERT_STRING_EQUAL(mother_hear(&m, MOTHER_B), "GRANTED");
	CU_ASSERT_EQUAL(heard_number("VIA"), p.via);
	CU_ASSERT_STRING_EQUAL(mother_hear(&m, MOTHER_B), "GRANTED");
	CU_ASSERT_EQUAL(heard_number("VIA"), reason.via);
	mother_end(&m);
}

/* there is nothing new to be kept */
static void test_who_gives_the_same_again_asks_for_no_word(void)
{
	struct passed p = begin_giving();
	uint64_t number;

	give(&p);
	number = hear_keep();
	give(&p);
	CU_ASSERT_STRING_EQUAL(mother_hear_above(&m), "");
	say_kept(number);
	give(&p);
	CU_ASSERT_STRING_EQUAL(mother_hear_above(&m), "");
	mother_end(&m);
}

/* limits of an edge that its ends have not heard of go along with it */
static void test_limits_are_told_with_the_edge(void)
{
	struct passed p = begin_giving();
	struct custody_edge *edge;
	uint64_t number;

	give(&p);
	number = hear_keep();
	edge = custody_edge_between(&m.s.custody, "/s/b", "/s/c");
	CU_ASSERT_PTR_NOT_NULL_FATAL(edge);
	edge->aliases[0].limits.rate = 7;
	revocations_settle(&m.s, "/s/c");
	CU_ASSERT_EQUAL(edge->limits.rate, 7);
	CU_ASSERT(silent(MOTHER_B));
	CU_ASSERT(silent(MOTHER_C));
	say_kept(number);
	CU_ASSERT_STRING_EQUAL(mother_hear(&m, MOTHER_B), "EDGE");
	CU_ASSERT(heard_field("RATE", "7"));
	CU_ASSERT_EQUAL(m.message.n_fds, 2);
	mother_end(&m);
}

/* ---- who comes after us --------------------------------------------------- */

/* of b to c, that an earlier process of ours had pushed */
static void hand_down(int *fds)
{
	const char *const edge_7[] = {
		"ID", "7", "HOLDER", "/s/b", "TARGET", "/s/c", "HAS", "t",
		NULL,
	};

	CU_ASSERT_EQUAL_FATAL(edge_pair(fds, 0), 0);
	mother_told(&m, NULL, "EDGE", edge_7, fds[1]);
}

static void test_an_edge_that_was_told_to_nobody_is_ended(void)
{
	struct passed p = begin_giving();
	int fds[2];

	(void)p;
	for (enum mother_child i = MOTHER_A; i < N_MOTHER_CHILDREN; i++)
		m.s.children[i]->link = link_free(m.s.children[i]->link);
	hand_down(fds);
	/* of what it stood on nothing had come */
	supervisor_begin(&m.s);
	CU_ASSERT_PTR_NULL(custody_edge(&m.s.custody, 7));
	CU_ASSERT(hear_above_until("EDGE_END"));
	CU_ASSERT(heard_field("BY", "revoked"));
	keep_mailboxes();
	close(fds[0]);
	close(fds[1]);
	mother_end(&m);
}

static void test_an_edge_that_had_come_up_is_gone_on_with(void)
{
	struct passed p = begin_giving();
	const char *const granted[] = {
		"EDGE", "7", "VIA", digits(p.via), "GRANT", digits(p.grant),
		"PARENT", digits(p.grant), "TO", "1", "SUPPORTS", "1", NULL,
	};
	int fds[2];

	for (enum mother_child i = MOTHER_A; i < N_MOTHER_CHILDREN; i++)
		m.s.children[i]->link = link_free(m.s.children[i]->link);
	hand_down(fds);
	mother_told(&m, NULL, "GRANTED", granted, -1);
	supervisor_begin(&m.s);
	CU_ASSERT_PTR_NOT_NULL(custody_edge(&m.s.custody, 7));
	CU_ASSERT_PTR_NOT_NULL(custody_granted(&m.s.custody, "/s/b", p.via,
					       p.grant));
	CU_ASSERT(m.s.awaits_keep != 0);
	CU_ASSERT_EQUAL(hear_keep(), m.s.awaits_keep);
	keep_mailboxes();
	close(fds[0]);
	close(fds[1]);
	mother_end(&m);
}

/* ---- the way of the word -------------------------------------------------- */

static struct child *make_supervisor_of_a(void)
{
	struct child *a = m.s.children[MOTHER_A];

	a->is_supervisor = true;
	m.nodes[MOTHER_A].exec = NULL;
	return a;
}

static const char *const of_a[] = {
	"PATH", "/s/a/", "NUMBER", "5", NULL,
};

static void test_the_word_is_asked_for_above_behind_what_it_is_about(void)
{
	const char *const edge_7[] = {
		"ID", "7", "HOLDER", "/s/a/x", "TARGET", "/s/a/y", "HAS", "h",
		NULL,
	};
	struct child *a;
	int fds[2];

	mother_begin(&m);
	mother_below(&m);
	a = make_supervisor_of_a();
	CU_ASSERT_EQUAL_FATAL(edge_pair(fds, 0), 0);
	mother_told(&m, a, "EDGE", edge_7, fds[0]);
	mother_told(&m, a, "KEEP", of_a, -1);
	CU_ASSERT_STRING_EQUAL(mother_hear_above(&m), "EDGE");
	CU_ASSERT_STRING_EQUAL(mother_hear_above(&m), "KEEP");
	CU_ASSERT(heard_field("PATH", "/s/a/"));
	CU_ASSERT(heard_field("NUMBER", "5"));
	CU_ASSERT(silent(MOTHER_A));
	/* and comes down to who has asked */
	mother_told(&m, NULL, "KEPT", of_a, -1);
	CU_ASSERT_STRING_EQUAL(mother_hear(&m, MOTHER_A), "KEPT");
	CU_ASSERT(heard_field("PATH", "/s/a/"));
	CU_ASSERT(heard_field("NUMBER", "5"));
	close(fds[0]);
	close(fds[1]);
	mother_end(&m);
}

static void test_with_nobody_above_the_word_is_given(void)
{
	mother_begin(&m);
	mother_told(&m, make_supervisor_of_a(), "KEEP", of_a, -1);
	CU_ASSERT_STRING_EQUAL(mother_hear(&m, MOTHER_A), "KEPT");
	CU_ASSERT(heard_field("PATH", "/s/a/"));
	CU_ASSERT(heard_field("NUMBER", "5"));
	mother_end(&m);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_granted_edge_is_used_when_all_above_hold_it),
	HARNESS_TEST(test_a_declared_edge_is_used_when_all_above_hold_it),
	HARNESS_TEST(test_who_starts_before_the_word_knows_the_name),
	HARNESS_TEST(test_with_nobody_above_an_edge_is_used_at_once),
	HARNESS_TEST(test_a_word_is_for_what_was_made_before_it),
	HARNESS_TEST(test_an_edge_that_ends_before_the_word_was_nobodys),
	HARNESS_TEST(test_one_word_is_enough_for_all_edges_of_a_start),
	HARNESS_TEST(test_one_word_is_enough_for_all_mailboxes_of_a_start),
	HARNESS_TEST(test_a_mailbox_that_is_alone_asks_for_itself),
	HARNESS_TEST(test_the_edges_of_a_new_life_are_asked_for_before_others_make_more),
	HARNESS_TEST(test_nobody_is_started_before_the_first_word),
	HARNESS_TEST(test_the_root_starts_at_once),
	HARNESS_TEST(test_the_word_for_a_granted_edge_is_for_its_grant_too),
	HARNESS_TEST(test_a_grant_of_an_edge_that_is_there_waits_as_well),
	HARNESS_TEST(test_a_supervisor_that_starts_hears_of_a_grant_that_waits),
	HARNESS_TEST(test_what_is_inherited_before_the_word_is_told_with_the_edge),
	HARNESS_TEST(test_who_gives_the_same_again_asks_for_no_word),
	HARNESS_TEST(test_limits_are_told_with_the_edge),
	HARNESS_TEST(test_an_edge_that_was_told_to_nobody_is_ended),
	HARNESS_TEST(test_an_edge_that_had_come_up_is_gone_on_with),
	HARNESS_TEST(test_the_word_is_asked_for_above_behind_what_it_is_about),
	HARNESS_TEST(test_with_nobody_above_the_word_is_given),
};
HARNESS_MAIN(tests)
