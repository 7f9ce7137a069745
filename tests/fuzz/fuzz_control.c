/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz_control.c - hostile control messages, and whom they reach.
 *
 * The first byte says what the rest is:
 *	f	a list of fields
 *	r, R	how many descriptors (one byte) and bytes, through a socket to
 *		who refuses, who accepts descriptors
 *	a	messages to an actor: it lives through them in this process
 *	s	messages to a supervisor, from those around it
 * The messages of `a` and `s` are text, with an empty line between two. A line
 * is a string of the list; the first begins with a word that says from whom it
 * comes (P the parent; A, B two actors; S a supervisor below) and with which
 * descriptors, see descriptor(). No process is started.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libactorproc/actorproc.h"
#include "libactorproc/arena.h"
#include "libactorproc/control.h"
#include "libactorproc/edge.h"
#include "supervisord/config/errors.h"
#include "supervisord/gifts.h"
#include "supervisord/minting.h"
#include "supervisord/neighbours.h"
#include "supervisord/nursery.h"

#define FDS_SEEN 1024
#define PACKET_BYTES 4096
#define END_NS UINT64_C(2000000)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes);

static volatile uint64_t sink;

static void promise(bool holds, const char *what)
{
	if (!holds) {
		fprintf(stderr, "broken: %s\n", what);
		abort();
	}
}

static size_t n_open(void)
{
	size_t n = 0;
	int fd;

	for (fd = 0; fd < FDS_SEEN; fd++)
		n += fcntl(fd, F_GETFD) >= 0;

	return n;
}

/* ---- a list of fields -------------------------------------------------- */

/* Every list that is accepted can be written again, and is the same. */
static void write_again(const struct fields *f, const uint8_t *bytes,
			size_t n_bytes)
{
	static char buffer[1 << 16];
	struct fields_writer w;
	size_t i;

	fields_begin(&w, buffer, sizeof(buffer), f->verb);
	for (i = 0; i < f->n; i++)
		fields_put_entry(&w, f->entry[i]);
	if (n_bytes > sizeof(buffer))
		return;
	promise(!w.overflow, "what was read can be written");
	promise(w.length_bytes == n_bytes && !memcmp(buffer, bytes, n_bytes),
		"what was read is written the same");
}

static void read_fields(const uint8_t *bytes, size_t n_bytes)
{
	static const char *const names[] = { "ID", "PATH", "VIA", "A" };
	const char *value;
	struct fields f;
	uint64_t number;
	size_t i;

	if (fields_parse(&f, bytes, n_bytes))
		return;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		value = fields_get(&f, names[i]);
		sink += value ? strlen(value) : 0;
		promise(value || fields_get_u64(&f, names[i], &number) ==
				 -ENOENT, "what is not there is no number");
	}
	write_again(&f, bytes, n_bytes);
}

/* ---- through a socket -------------------------------------------------- */

static void send_with(int to, const void *bytes, size_t n_bytes, size_t n_fds)
{
	int fds[CONTROL_FDS_MAX];
	size_t i;

	for (i = 0; i < CONTROL_FDS_MAX; i++)
		fds[i] = to;
	(void)control_send(to, bytes, n_bytes, fds, n_fds);
}

static void through_a_socket(const uint8_t *bytes, size_t n_bytes, bool accept_fds)
{
	static struct control_message m;
	size_t i, n_fds = bytes[0] % (CONTROL_FDS_MAX + 1);
	int fds[2], r;

	promise(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) == 0,
		"a socket");
	send_with(fds[0], bytes + 1, n_bytes - 1, n_fds);
	while ((r = control_receive(fds[1], &m, accept_fds)) != -EAGAIN) {
		promise(r == 0 || m.n_fds == 0, "an error has no descriptors");
		promise(accept_fds || m.n_fds == 0, "descriptors are refused");
		for (i = 0; i < m.n_fds; i++)
			promise(fcntl(m.fds[i], F_GETFD) == FD_CLOEXEC,
				"descriptors are closed on exec");
		if (r == 0)
			read_fields((uint8_t *)m.bytes, n_bytes - 1);
		control_message_clear(&m);
	}
	close(fds[0]);
	close(fds[1]);
}

/* ---- messages as text -------------------------------------------------- */

/* A packet of one message waits in it, and nothing follows. */
static int edge_with(uint32_t kind, size_t n_grants)
{
	static const uint64_t grants[] = { 7, 8 };
	struct frame f = {
		.kind = kind,
		.priority = ACTOR_PRIORITY_NORMAL,
		.ask_id = kind == FRAME_ASK || kind == FRAME_REPLY ? 7 : 0,
		.type = "fuzz",
		.type_length = 4,
		.grants = grants,
		.n_grants = n_grants,
	};
	uint8_t packet[PACKET_BYTES];
	size_t n_bytes;
	int fds[2];

	if (edge_pair(fds, 0) < 0)
		return -1;
	n_bytes = PACKET_HEADER_BYTES +
		  frame_write(packet + PACKET_HEADER_BYTES, &f);
	packet_seal(packet, (uint32_t)n_bytes, 1, 1, 0);
	(void)edge_send(fds[0], packet, n_bytes);
	close(fds[0]);

	return fds[1];
}

static int memory(const void *bytes, size_t n_bytes, size_t size_bytes)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	promise(fd >= 0 && ftruncate(fd, (off_t)size_bytes) == 0 &&
		pwrite(fd, bytes, n_bytes, 0) == (ssize_t)n_bytes, "memory");
	return fd;
}

static int empty_arena(void)
{
	static struct arena *arena;
	size_t cursor = 0, offset, n_bytes;

	if (!arena)
		arena = arena_format(calloc(1, ARENA_BYTES));
	(void)arena_used(arena, &cursor, &offset, &n_bytes);

	return memory(arena, offset + n_bytes, ARENA_BYTES);
}

static int descriptor(char c)
{
	switch (c) {
	case 'a':
		return empty_arena();
	case 'z':
		return memory("", 0, ARENA_BYTES);
	case 'e':
		return edge_with(FRAME_TELL, 0);
	case 'g':
		return edge_with(FRAME_ASK, 2);
	case 'r':
		return edge_with(FRAME_REPLY, 0);
	case 'x':
		return edge_with(99, 0);
	case 'n':
		return open("/dev/null", O_RDONLY | O_CLOEXEC);
	default:
		return -1;
	}
}

struct text {
	const char *at;
	const char *end;
};

/* Reads the first word: Return: from whom; its descriptors are in @m. */
static char read_head(struct text *t, struct control_message *m)
{
	char from = t->at < t->end ? *t->at++ : '\0';

	for (; t->at < t->end && *t->at > ' '; t->at++) {
		int fd = m->n_fds < 8 ? descriptor(*t->at) : -1;

		if (fd >= 0)
			m->fds[m->n_fds++] = fd;
	}
	if (t->at < t->end)
		t->at++;

	return from;
}

/* Return: its length; the text goes on behind the empty line. */
static size_t read_lines(struct text *t, struct control_message *m)
{
	size_t n = 0;

	while (t->at < t->end && n < sizeof(m->bytes) - 1) {
		char c = *t->at++;

		if (c == '\n' && t->at < t->end && *t->at == '\n')
			break;
		m->bytes[n++] = c == '\n' ? '\0' : c;
	}
	while (t->at < t->end && *t->at == '\n')
		t->at++;
	if (!n || m->bytes[n - 1])
		m->bytes[n++] = '\0';

	return n;
}

/* Return: from whom; '\0': there is no more. */
static char next_message(struct text *t, struct control_message *m,
			 size_t *ret_bytes)
{
	char from;

	m->n_fds = 0;
	if (t->at >= t->end)
		return '\0';
	from = read_head(t, m);
	*ret_bytes = read_lines(t, m);

	return from ? from : ' ';
}

/* ---- to an actor ------------------------------------------------------- */

/* Its start ends it in a moment: a message may wait for a grant for ever. */
static int start(struct actor *self, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return actor_timer(self, "end", END_NS);
}

static int handle(struct actor *self, const struct actor_message *message)
{
	(void)actor_reply(self, "fuzz", NULL, 0);
	if (actor_message_kind(message) == ACTOR_TICK)
		return actor_stop(self, 0);

	return 0;
}

static const struct actor_class class = {
	.start = start,
	.receive = handle,
};

static void say_to_actor(int fd, struct text t)
{
	static const char start_order[] = "START";
	static const char stop_order[] = "STOP\0DRAIN=1";
	static struct control_message m;
	size_t n_bytes;

	while (next_message(&t, &m, &n_bytes)) {
		/* it would be put on here, and nothing takes it off again */
		if (n_bytes == 0 || strncmp(m.bytes, "CLOSE", 5) != 0)
			(void)control_send(fd, m.bytes, n_bytes, m.fds,
					   m.n_fds);
		control_message_clear(&m);
	}
	(void)control_send(fd, start_order, sizeof(start_order), NULL, 0);
	(void)control_send(fd, stop_order, sizeof(stop_order), NULL, 0);
}

/* Return: what was descriptor 3 until now, or -1. */
static int put_control(int fd)
{
	int saved;

	if (fd == ACTOR_CONTROL_FD)
		return -1;
	saved = fcntl(ACTOR_CONTROL_FD, F_DUPFD_CLOEXEC, 10);
	promise(dup2(fd, ACTOR_CONTROL_FD) == ACTOR_CONTROL_FD, "descriptor 3");
	close(fd);

	return saved;
}

static void restore_control(int saved)
{
	close(ACTOR_CONTROL_FD);
	if (saved < 0)
		return;
	dup2(saved, ACTOR_CONTROL_FD);
	close(saved);
}

static void actor(struct text t)
{
	char *argv[] = { (char *)"fuzz", NULL };
	int fds[2], saved;

	promise(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) == 0,
		"a socket");
	promise(fds[1] != ACTOR_CONTROL_FD, "descriptors come in order");
	saved = put_control(fds[0]);
	say_to_actor(fds[1], t);
	setenv("ACTOR_PATH", "/x/a", 1);
	(void)actor_main(&class, 1, argv);
	prctl(PR_SET_DUMPABLE, 1);	/* who looks for leaks wants to look */
	close(fds[1]);
	restore_control(saved);
}

/* ---- to a supervisor --------------------------------------------------- */

static char *find_program(void *data, const char *exec, int *ret_error)
{
	(void)data;
	(void)exec;
	(void)ret_error;
	return strdup("/bin/true");
}

static struct spec_system *a_system(void)
{
	static const char text[] =
		"system: x\n"
		"children:\n"
		"  - { name: a, exec: t, refs: [b] }\n"
		"  - { name: b, exec: t, refs: [/x/sub/c],\n"
		"      mailbox: { descriptors: 2 } }\n"
		"  - name: sub\n"
		"    children:\n"
		"      - { name: c, exec: t, refs: [d],\n"
		"          mailbox: { descriptors: 1 } }\n"
		"      - { name: d, exec: t }\n"
		"    templates: [ { name: w, exec: t, refs: [d] } ]\n";
	static const struct config_source source = {
		.name = "fuzz.yaml",
		.text = text,
		.n_bytes = sizeof(text) - 1,
		.exec_lookup = find_program,
		.judged = true,
	};
	struct config_errors errors;
	struct spec_system *system = NULL;
	int r = config_parse(&source, &system, &errors);

	if (r < 0)
		fputs(config_errors_format(&source, &errors), stderr);
	promise(r == 0, "a config file");
	config_errors_clear(&errors);

	return system;
}

static bool has_changed(const struct tree *tree, const struct spec_node *node)
{
	if (tree->n_attic > 0 || node->leaves)
		return true;
	for (size_t i = 0; i < node->n_children; i++)
		if (has_changed(tree, node->children[i]))
			return true;

	return false;
}

static struct tree *a_tree(void)
{
	static struct spec_node root = { .path = (char *)"", .n_children = 1 };
	static struct spec_system *system;
	static struct declared_edge *declared;
	static struct tree tree;

	if (system && !has_changed(&tree, system->top))
		return &tree;
	if (system) {
		nursery_clear_attic(&tree);
		if (tree.edges_grow)
			free(tree.edges);
		edges_free(declared, 0);
		spec_system_free(system);
	}

	system = a_system();
	system->top->parent = &root;
	root.children = &system->top;
	tree.edges_grow = false;
	tree.config_fd = tree.bundled_fd = -1;
	tree.host.cgroups.fd = -1;
	tree.system = "x";
	tree.file = (char *)"x.yaml";
	tree.root = &root;
	promise(edges_declared(root.children, 1, &declared,
			       &tree.n_edges) == 0, "declared edges");
	tree.edges = declared;	/* a tree that grows has its own */
	return &tree;
}

#define LINKS 4

static void nothing(void *data, struct control_message *message, int error)
{
	(void)data;
	(void)message;
	(void)error;
}

static int new_link(struct link **ret, sd_event *event)
{
	int fds[2];

	promise(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
			   fds) == 0 &&
		link_new(ret, event, fds[0], true, nothing, NULL) == 0,
		"a link");
	return fds[1];
}

static void begin(struct supervisor *s, int ret_fds[LINKS])
{
	struct tree *tree = a_tree();
	sd_event *event;
	sigset_t signals;
	size_t i;

	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	promise(sd_event_new(&event) >= 0 &&
		supervisor_init(s, tree, tree->root->children[0], event) == 0,
		"a supervisor");
	ret_fds[0] = new_link(&s->parent, event);
	for (i = 0; i < s->n_children; i++)
		ret_fds[i + 1] = new_link(&s->children[i]->link, event);
}

static void end(struct supervisor *s, const int fds[LINKS])
{
	size_t i;

	nursery_forget_below(s, s->tree->root);
	afterlife_forget(s);
	for (i = 0; i < s->n_children; i++)
		child_free(s->children[i]);
	chores_end(s);
	s->parent = link_free(s->parent);
	custody_deinit(&s->custody);
	s->reporter = reporter_free(s->reporter);
	intensity_deinit(&s->intensity);
	sd_event_source_disable_unref(s->step_source);
	sd_event_source_disable_unref(s->soon_source);
	free(s->children);
	sd_event_unref(s->event);
	for (i = 0; i < LINKS; i++)
		close(fds[i]);
}

static void say_as(struct child *c, struct control_message *m)
{
	if (!gifts_actor_message(c, m) && !grants_actor_message(c, &m->fields))
		(void)nursery_actor_message(c, &m->fields);
}

/* What an actor says otherwise is one word, and starts or ends processes. */
static void say(struct supervisor *s, char from, struct control_message *m)
{
	switch (from) {
	case 'A':
		say_as(s->children[0], m);
		break;
	case 'B':
		say_as(s->children[1], m);
		break;
	case 'S':
		(void)neighbours_message(s, s->children[2], m);
		break;
	default:
		(void)neighbours_message(s, NULL, m);
		break;
	}
}

static void supervisor(struct text t)
{
	static struct control_message m;
	struct supervisor s = { .phase = SUPERVISOR_RUNNING };
	int fds[LINKS];
	size_t n_bytes;
	char from;

	begin(&s, fds);
	while ((from = next_message(&t, &m, &n_bytes))) {
		if (!fields_parse(&m.fields, m.bytes, n_bytes))
			say(&s, from, &m);
		control_message_clear(&m);
	}
	end(&s, fds);
}

/* ---- which ------------------------------------------------------------- */

static void one(const uint8_t *bytes, size_t n_bytes)
{
	struct text t = { (const char *)bytes + 1,
			  (const char *)bytes + n_bytes };

	switch (bytes[0]) {
	case 'f':
		read_fields(bytes + 1, n_bytes - 1);
		break;
	case 'r':
	case 'R':
		if (n_bytes > 1)
			through_a_socket(bytes + 1, n_bytes - 1, bytes[0] == 'R');
		break;
	case 'a':
		actor(t);
		break;
	case 's':
		supervisor(t);
		break;
	default:
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
	size_t n = n_open();

	if (n_bytes)
		one(bytes, n_bytes);
	promise(n_open() == n, "no descriptor is left behind");

	return 0;
}
