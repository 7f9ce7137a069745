/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mother.c - a supervisor in the test's own process, and the test is its actors.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libactorproc/edge.h"
#include "supervisord/neighbours.h"
#include "tests/harness/harness.h"
#include "tests/kernel/mother.h"

static char *const names[] = { "a", "b", "c" };
static char *const paths[] = { "/s/a", "/s/b", "/s/c" };

static void on_nothing(void *data, struct control_message *m, int error)
{
	(void)data;
	(void)m;
	(void)error;
}

static int no_step(sd_event_source *source, void *data)
{
	(void)source;
	(void)data;
	return 0;
}

/* what would start and stop children is not here: it is off from the beginning */
static void make_no_steps(struct mother *m)
{
	CU_ASSERT_FATAL(sd_event_add_defer(m->s.event, &m->s.soon_source,
					   no_step, NULL) >= 0);
	sd_event_source_set_enabled(m->s.soon_source, SD_EVENT_OFF);
}

static void make_tree(struct mother *m)
{
	m->root = (struct spec_node){
		.name = "", .path = "", .children = m->tops, .n_children = 1,
	};
	m->top = (struct spec_node){
		.name = "s", .path = "/s", .children = m->children,
		.n_children = N_MOTHER_CHILDREN, .parent = &m->root,
	};
	m->tops[0] = &m->top;
	for (size_t i = 0; i < N_MOTHER_CHILDREN; i++) {
		m->nodes[i] = (struct spec_node){
			.name = names[i], .path = paths[i], .exec = "none",
			.kind = SPEC_ACTOR, .parent = &m->top,
			.mailbox_descriptors = 4,
		};
		m->children[i] = &m->nodes[i];
	}
	m->tree = (struct tree){ .system = "s", .root = &m->root };
}

static void make_child(struct mother *m, size_t i)
{
	struct child *c = &m->actors[i];
	int fds[2];

	m->s.children[i] = c;

	*c = (struct child){
		.supervisor = &m->s, .node = &m->nodes[i], .place = (int)i,
		.living = true, .pidfd = -1, .error_fd = -1, .notify_fd = -1,
		.mail_fd = -1,
	};
	CU_ASSERT_FATAL(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK |
				   SOCK_CLOEXEC, 0, fds) == 0);
	CU_ASSERT_FATAL(link_new(&c->link, m->s.event, fds[0], false,
				 on_nothing, c) == 0);
	m->peers[i] = fds[1];
}

void mother_begin(struct mother *m)
{
	int fds[2];

	memset(m, 0, sizeof(*m));
	make_tree(m);
	m->s.tree = &m->tree;
	m->s.node = &m->top;
	strcpy(m->s.path, "/s/");
	m->s.n_children = N_MOTHER_CHILDREN;
	m->s.children = calloc(N_MOTHER_CHILDREN, sizeof(*m->s.children));
	CU_ASSERT_FATAL(m->s.children != NULL);
	CU_ASSERT_FATAL(sd_event_new(&m->s.event) >= 0);
	make_no_steps(m);
	for (size_t i = 0; i < N_MOTHER_CHILDREN; i++)
		make_child(m, i);
	CU_ASSERT_FATAL(reporter_new(&m->s.reporter, m->s.event) == 0);
	CU_ASSERT_FATAL(edge_pair(fds, 0) == 0);
	reporter_edge(m->s.reporter, fds[0]);
	m->records_fd = fds[1];
}

void mother_below(struct mother *m)
{
	int fds[2];

	CU_ASSERT_FATAL(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK |
				   SOCK_CLOEXEC, 0, fds) == 0);
	CU_ASSERT_FATAL(link_new(&m->s.parent, m->s.event, fds[0], false,
				 on_nothing, NULL) == 0);
	m->above = fds[1];
}

void mother_end(struct mother *m)
{
	control_message_clear(&m->message);
	if (m->s.parent)
		close(m->above);
	link_free(m->s.parent);
	for (size_t i = 0; i < N_MOTHER_CHILDREN; i++) {
		child_release(m->s.children[i]);
		close(m->peers[i]);
	}
	custody_deinit(&m->s.custody);
	reporter_free(m->s.reporter);
	close(m->records_fd);
	sd_event_source_disable_unref(m->s.soon_source);
	chores_end(&m->s);
	sd_event_unref(m->s.event);
	free(m->s.children);
}

struct custody_edge *mother_edge(struct mother *m, enum mother_child holder,
				 enum mother_child target, const char *name)
{
	struct custody_edge *edge = minting_mint(&m->s, paths[holder],
						 paths[target], name, NULL);

	CU_ASSERT_PTR_NOT_NULL_FATAL(edge);
	return edge;
}

static void parse(struct mother *m, const char *verb, const char *name,
		  uint64_t number, const char *name2, uint64_t number2)
{
	struct fields_writer w;

	control_message_clear(&m->message);
	fields_begin(&w, m->message.bytes, sizeof(m->message.bytes), verb);
	fields_put_u64(&w, name, number);
	fields_put_u64(&w, name2, number2);
	CU_ASSERT_EQUAL_FATAL(fields_parse(&m->message.fields,
					   m->message.bytes, w.length_bytes),
			      0);
}

void mother_say(struct mother *m, enum mother_child who, const char *verb,
		const char *name, uint64_t number, const char *name2,
		uint64_t number2)
{
	struct child *c = m->s.children[who];

	parse(m, verb, name, number, name2, number2);
	CU_ASSERT(gifts_actor_message(c, &m->message) ||
		  grants_actor_message(c, &m->message.fields));
}

void mother_give(struct mother *m, enum mother_child who, uint64_t via,
		 uint64_t number)
{
	parse(m, "GIVE", "VIA", via, "NUMBER", number);
	m->message.fds[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	CU_ASSERT_FATAL(m->message.fds[0] >= 0);
	m->message.n_fds = 1;
	gifts_actor_message(m->s.children[who], &m->message);
	control_message_clear(&m->message);
}

void mother_told(struct mother *m, struct child *from, const char *verb,
		 const char *const *pairs, int fd)
{
	struct fields_writer w;

	control_message_clear(&m->message);
	fields_begin(&w, m->message.bytes, sizeof(m->message.bytes), verb);
	for (; *pairs; pairs += 2)
		fields_put(&w, pairs[0], pairs[1]);
	CU_ASSERT_EQUAL_FATAL(fields_parse(&m->message.fields,
					   m->message.bytes, w.length_bytes),
			      0);
	if (fd >= 0)
		m->message.fds[m->message.n_fds++] =
			fcntl(fd, F_DUPFD_CLOEXEC, 0);
	CU_ASSERT(neighbours_message(&m->s, from, &m->message));
}

void mother_turn(struct mother *m)
{
	while (sd_event_run(m->s.event, 0) > 0)
		;
}

static const char *find(struct mother *m, int fd)
{
	control_message_clear(&m->message);
	if (control_receive(fd, &m->message, true) < 0)
		return "";
	return m->message.fields.verb;
}

static const char *hear(struct mother *m, int fd)
{
	mother_turn(m);
	return find(m, fd);
}

const char *mother_finds(struct mother *m, enum mother_child who)
{
	return find(m, m->peers[who]);
}

const char *mother_hear(struct mother *m, enum mother_child who)
{
	return hear(m, m->peers[who]);
}

const char *mother_hear_above(struct mother *m)
{
	return hear(m, m->above);
}

bool mother_hear_until(struct mother *m, enum mother_child who,
		       const char *verb)
{
	const char *heard;

	do
		heard = mother_hear(m, who);
	while (*heard && strcmp(heard, verb));
	return *heard;
}

static bool is_record(const struct frame *frame, const char *kind,
		      const char *field, const char *value)
{
	struct fields f;
	const char *found;

	if (fields_parse(&f, frame->payload, frame->payload_bytes) < 0 ||
	    !(found = fields_get(&f, "KIND")) || strcmp(found, kind))
		return false;
	found = fields_get(&f, field);
	return found && !strcmp(found, value);
}

size_t mother_n_records(struct mother *m, const char *kind, const char *field,
			const char *value)
{
	static _Alignas(8) char packet[ACTOR_PACKET_MAX];
	struct frame frame;
	size_t n = 0, n_bytes, cursor;

	reporter_flush(m->s.reporter, 0);
	while (edge_receive(m->records_fd, packet, sizeof(packet), &n_bytes) ==
	       EDGE_DONE)
		for (cursor = 0; packet_next(packet, &cursor, &frame);)
			n += is_record(&frame, kind, field, value);
	return n;
}

size_t mother_n_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t n = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}
