/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_nursery.c - what supervisors tell each other of spawned children, and
 * mail for one that is gone.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libactorproc/edge.h"
#include "libactorproc/frame.h"
#include "supervisord/nursery.h"
#include "tests/harness/harness.h"
#include "tests/kernel/mother.h"

static struct mother m;
static struct spec_node template = {
	.name = "w", .exec = "none", .kind = SPEC_ACTOR, .is_template = true,
	.template_max = 10,
};
static struct spec_node *templates[] = { &template };

/* the array of children is its own: it grows */
static void begin(void)
{
	struct spec_node **children = calloc(N_MOTHER_CHILDREN,
					     sizeof(*children));

	mother_begin(&m);
	memcpy(children, m.top.children,
	       N_MOTHER_CHILDREN * sizeof(*children));
	m.top.children = children;
	m.top.templates = templates;
	m.top.n_templates = 1;
	m.s.last_group = 1;
	template.parent = &m.top;
}

static void end(void)
{
	free(m.top.children);
	if (m.tree.edges_grow)
		free(m.tree.edges);
	mother_end(&m);
}

static void send_one(int fd)
{
	static _Alignas(8) char packet[ACTOR_PACKET_MAX];
	const struct frame frame = {
		.kind = FRAME_TELL, .type = "note", .type_length = 4,
	};
	size_t n = PACKET_HEADER_BYTES;

	n += frame_write(packet + n, &frame);
	packet_seal(packet, (uint32_t)n, 1, 1, 0);
	CU_ASSERT_EQUAL(edge_send(fd, packet, n), EDGE_DONE);
}

static bool hung_up(int fd)
{
	static _Alignas(8) char packet[ACTOR_PACKET_MAX];
	size_t n_bytes;
	int r;

	do
		r = edge_receive(fd, packet, sizeof(packet), &n_bytes);
	while (r == EDGE_DONE || r == EDGE_RESET);
	return r == EDGE_CLOSED;
}

/* who was given a reference at the last moment has sent by it already */
static void test_mail_for_who_is_gone_is_seen_to(void)
{
	int fds[2];

	begin();
	CU_ASSERT_EQUAL_FATAL(edge_pair(fds, 0), 0);
	send_one(fds[0]);
	mother_told(&m, NULL, "EDGE",
		    (const char *const []){ "ID", "77", "HOLDER", "/t/x",
					    "TARGET", "/s/gone", "HAS", "t",
					    NULL }, fds[1]);
	close(fds[1]);
	mother_turn(&m);
	CU_ASSERT_PTR_NULL(custody_edge(&m.s.custody, 77));
	CU_ASSERT_PTR_NULL(custody_mailbox(&m.s.custody, "/s/gone"));
	CU_ASSERT_EQUAL(mother_n_records(&m, "dead-letter", "REASON",
					 "terminated"), 1);
	CU_ASSERT(hung_up(fds[0]));
	close(fds[0]);
	nursery_sweep(&m.s);
	CU_ASSERT_EQUAL(m.s.n_children, N_MOTHER_CHILDREN);
	CU_ASSERT_EQUAL(m.top.n_children, N_MOTHER_CHILDREN);
	end();
}

static void test_the_end_of_one_leaves_the_places_of_others(void)
{
	static const struct nursery_order one = { "w", "one" };
	static const struct nursery_order two = { "w", "two" };
	struct custody_edge *edge;
	struct child *c, *other;
	const char *why;

	begin();
	CU_ASSERT_EQUAL_FATAL(nursery_spawn(&m.s, &one, &c, &why), 0);
	CU_ASSERT_EQUAL_FATAL(nursery_spawn(&m.s, &two, &other, &why), 0);
	edge = minting_mint(&m.s, "/s/a", "/s/two", "two", NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(edge);
	CU_ASSERT_EQUAL(edge->target_at, other->place);
	CU_ASSERT_EQUAL(nursery_spawn(&m.s, &two, &c, &why), -EEXIST);
	supervisor_stop_child(m.s.children[N_MOTHER_CHILDREN], PURPOSE_END,
			      "terminated", 0);
	supervisor_event(m.s.children[N_MOTHER_CHILDREN], CHILD_EVENT_STOP);
	mother_turn(&m);
	nursery_sweep(&m.s);
	CU_ASSERT_EQUAL(m.s.n_children, N_MOTHER_CHILDREN + 1);
	CU_ASSERT_EQUAL(other->place, N_MOTHER_CHILDREN);
	CU_ASSERT_EQUAL(edge->target_at, other->place);
	CU_ASSERT_PTR_EQUAL(supervisor_child(&m.s, edge->target_at), other);
	CU_ASSERT_EQUAL(nursery_spawn(&m.s, &one, &c, &why), 0);
	for (size_t i = N_MOTHER_CHILDREN; i < m.s.n_children; i++) {
		supervisor_stop_child(m.s.children[i], PURPOSE_END,
				      "terminated", 0);
		supervisor_event(m.s.children[i], CHILD_EVENT_STOP);
	}
	mother_turn(&m);
	nursery_sweep(&m.s);
	CU_ASSERT_EQUAL(m.s.n_children, N_MOTHER_CHILDREN);
	end();
}

/* nobody else may put children into our own node, or take them out */
static void test_others_do_not_change_our_own_children(void)
{
	begin();
	mother_told(&m, NULL, "CHILD",
		    (const char *const []){ "PATH", "/s/new", "TEMPLATE", "w",
					    NULL }, -1);
	mother_told(&m, NULL, "CHILD_END",
		    (const char *const []){ "PATH", "/s/a", NULL }, -1);
	CU_ASSERT_EQUAL(m.top.n_children, N_MOTHER_CHILDREN);
	CU_ASSERT_EQUAL(m.s.n_children, N_MOTHER_CHILDREN);
	end();
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_mail_for_who_is_gone_is_seen_to),
	HARNESS_TEST(test_the_end_of_one_leaves_the_places_of_others),
	HARNESS_TEST(test_others_do_not_change_our_own_children),
};
HARNESS_MAIN(tests)
