// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * fake_supervisor.c - the test is the supervisor of one actor, and all the
 * other actors it knows.
 *
 * Waits by poll() for what must come, never for time to pass.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libactorproc/edge.h"
#include "libactorproc/loop.h"
#include "libactorproc/limits.h"
#include "tests/harness/harness.h"
#include "tests/harness/proc.h"
#include "tests/kernel/fake_supervisor.h"

#define DEADLINE_MS 300000
#define LIFE 42

/* the alarms of the stepper end no wait */
static bool readable(int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	int r;

	do
		r = poll(&poll_fd, 1, DEADLINE_MS);
	while (r < 0 && errno == EINTR);
	return r == 1;
}

/* ---- the process ------------------------------------------------------- */

void fake_init(struct fake *fake, const struct actor_class *class)
{
	memset(fake, 0, sizeof(*fake));
	fake->class = class;
	fake->control_fd = -1;
	fake->arena_fd = memfd_create("arena", MFD_CLOEXEC);
	CU_ASSERT_FATAL(fake->arena_fd >= 0);
	CU_ASSERT_FATAL(ftruncate(fake->arena_fd, (off_t)ARENA_BYTES) == 0);
	fake->arena = mmap(NULL, ARENA_BYTES, PROT_READ | PROT_WRITE,
			   MAP_SHARED, fake->arena_fd, 0);
	CU_ASSERT_FATAL(fake->arena != MAP_FAILED);
	arena_format(fake->arena);
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void fake_deinit(struct fake *fake)
{
	size_t i;

	if (fake->pid) {
		kill(fake->pid, SIGKILL);
		fake_wait(fake);
	}
	for (i = 0; i < fake->n_edges; i++) {
		close_fd(&fake->edges[i].actor_fd);
		close_fd(&fake->edges[i].test_fd);
		close_fd(&fake->edges[i].pool_fd);
		pool_unmap(&fake->edges[i].pool);
	}
	close_fd(&fake->control_fd);
	close_fd(&fake->arena_fd);
	munmap(fake->arena, ARENA_BYTES);
}

struct fake_edge *fake_edge(struct fake *fake, enum edge_end end,
			    const char *name, const char *peer)
{
	struct fake_edge *edge = &fake->edges[fake->n_edges++];
	int fds[2];

	CU_ASSERT_FATAL(fake->n_edges <= FAKE_EDGES_MAX);
	CU_ASSERT_FATAL(edge_pair(fds, 0) == 0);
	edge->id = 1000 + fake->n_edges;
	edge->end = end;
	edge->name = name;
	edge->peer = peer;
	edge->pool_fd = -1;
	edge->actor_fd = fds[end == EDGE_HOLDER ? 0 : 1];
	edge->test_fd = fds[end == EDGE_HOLDER ? 1 : 0];

	return edge;
}

void fake_share(struct fake_edge *edge)
{
	CU_ASSERT_FATAL(pool_new(&edge->pool_fd) == 0);
	CU_ASSERT_FATAL(pool_map(&edge->pool, edge->pool_fd) == 0);
	CU_ASSERT_FATAL(pool_open(&edge->pool) == 0);
}

static void run_child(const struct fake *fake, int control_fd)
{
	static char name[] = "test-actor";
	char *argv[] = { name, NULL };

	setenv("ACTOR_PATH", "/test/actor", 1);
	if (control_fd != ACTOR_CONTROL_FD) {
		dup2(control_fd, ACTOR_CONTROL_FD);
		close(control_fd);
	}
	close_range(ACTOR_CONTROL_FD + 1, ~0U, 0);
	_exit(actor_main(fake->class, 1, argv));
}

static void put_bound(struct fields_writer *w, const char *name, uint64_t bound)
{
	if (bound)
		fields_put_u64(w, name, bound);
}

static void put_mailbox(struct fields_writer *w,
			const struct fake_mailbox *mailbox)
{
	put_bound(w, "MESSAGES", mailbox->bounds.messages);
	put_bound(w, "BYTES", mailbox->bounds.bytes);
	put_bound(w, "PER_EDGE", mailbox->bounds.per_edge);
	put_bound(w, "PAYLOAD", mailbox->bounds.payload);
	put_bound(w, "STASH", mailbox->n_stash);
	fields_put(w, "KIND", mailbox->kind);
	if (mailbox->n_descriptors)
		fields_put_u64(w, "DESCRIPTORS", mailbox->n_descriptors);
}

static void set_up(struct fake *fake)
{
	char buffer[ACTOR_CONTROL_MAX];
	struct fields_writer w;

	fields_begin(&w, buffer, sizeof(buffer), "SETUP");
	fields_put(&w, "PATH", "/test/actor");
	fields_put(&w, "SYSTEM", "test");
	fields_put_u64(&w, "LIFE", LIFE);
	fields_put_u64(&w, "GENERATION", fake->generation);
	fields_put(&w, "RUN", "/nowhere");
	put_mailbox(&w, &fake->mailbox);
	CU_ASSERT_EQUAL(control_send(fake->control_fd, buffer, w.length_bytes,
				     &fake->arena_fd, 1), 0);
}

static void put_edge(struct fields_writer *w, const struct fake_edge *edge)
{
	fields_put_u64(w, "ID", edge->id);
	fields_put(w, "END", edge->end == EDGE_HOLDER ? "holder" : "target");
	fields_put(w, "PEER", edge->peer);
	if (edge->life)
		fields_put_u64(w, "LIFE", edge->life);
	limits_put(w, &edge->limits);
	if (edge->n_descriptors)
		fields_put_u64(w, "DESCRIPTORS", edge->n_descriptors);
}

void fake_relimit(struct fake *fake, const struct fake_edge *edge)
{
	char buffer[ACTOR_CONTROL_MAX];
	struct fields_writer w;

	fields_begin(&w, buffer, sizeof(buffer), "EDGE");
	put_edge(&w, edge);
	CU_ASSERT_EQUAL(control_send(fake->control_fd, buffer, w.length_bytes,
				     NULL, 0), 0);
}

void fake_revoke(struct fake *fake, const struct fake_edge *edge)
{
	char buffer[ACTOR_CONTROL_MAX];
	struct fields_writer w;

	fields_begin(&w, buffer, sizeof(buffer), "EDGE_END");
	fields_put_u64(&w, "ID", edge->id);
	fields_put(&w, "END", edge->end == EDGE_HOLDER ? "holder" : "target");
	fields_put(&w, "REASON", "revoked");
	CU_ASSERT_EQUAL(control_send(fake->control_fd, buffer, w.length_bytes,
				     NULL, 0), 0);
}

void fake_hand(struct fake *fake, const struct fake_edge *edge)
{
	const int fds[] = { edge->actor_fd, edge->pool_fd };
	char buffer[ACTOR_CONTROL_MAX];
	struct fields_writer w;

	fields_begin(&w, buffer, sizeof(buffer), "EDGE");
	put_edge(&w, edge);
	fields_put(&w, "NAME", edge->name);
	fields_put(&w, "OVERFLOW", edge->overflow);
	if (edge->pool_fd >= 0)
		fields_put(&w, "POOL", "1");
	CU_ASSERT_EQUAL(control_send(fake->control_fd, buffer, w.length_bytes,
				     fds, edge->pool_fd >= 0 ? 2 : 1), 0);
}

void fake_fork(struct fake *fake)
{
	int fds[2];

	close_fd(&fake->control_fd);
	CU_ASSERT_FATAL(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
				   fds) == 0);
	fake->control_fd = fds[0];
	fake->pid = fork();
	CU_ASSERT_FATAL(fake->pid >= 0);
	if (fake->pid == 0)
		run_child(fake, fds[1]);
	close(fds[1]);

	if (fake->forked)
		fake->forked(fake->pid);
	set_up(fake);
}

void fake_spawn(struct fake *fake)
{
	size_t i;

	fake_fork(fake);
	for (i = 0; i < fake->n_edges; i++)
		if (fake->edges[i].actor_fd >= 0)
			fake_hand(fake, &fake->edges[i]);
	fake_order(fake, "START", NULL);
}

void fake_start(struct fake *fake)
{
	fake_spawn(fake);
	fake_expect(fake, "READY", NULL);
}

void fake_hang_up(struct fake_edge *edge)
{
	shutdown(edge->test_fd, SHUT_RDWR);
	close_fd(&edge->actor_fd);
	close_fd(&edge->test_fd);
}

int fake_wait(struct fake *fake)
{
	int status = 0;
	pid_t ended;

	while ((ended = waitpid(fake->pid, &status, 0)) < 0 && errno == EINTR)
		;
	CU_ASSERT_EQUAL(ended, fake->pid);
	fake->pid = 0;

	return WIFEXITED(status) ? WEXITSTATUS(status)
				 : 128 + WTERMSIG(status);
}

void fake_deafen(struct fake *fake)
{
	CU_ASSERT_EQUAL(shutdown(fake->control_fd, SHUT_RD), 0);
}

int fake_orphan(struct fake *fake)
{
	close_fd(&fake->control_fd);
	return fake_wait(fake);
}

struct arena_remains fake_recover(struct fake *fake, uint32_t redeliver)
{
	struct arena_remains remains;

	CU_ASSERT_EQUAL_FATAL(arena_check(fake->arena, ARENA_BYTES), 0);
	arena_recover(fake->arena, redeliver, &remains);
	CU_ASSERT_EQUAL_FATAL(arena_check(fake->arena, ARENA_BYTES), 0);

	return remains;
}

struct arena_remains fake_kill(struct fake *fake, uint32_t redeliver)
{
	kill(fake->pid, SIGKILL);
	CU_ASSERT_EQUAL(fake_wait(fake), 128 + SIGKILL);

	return fake_recover(fake, redeliver);
}

void fake_restart(struct fake *fake)
{
	fake->generation++;
	fake_start(fake);
}

/* ---- the control channel ----------------------------------------------- */

void fake_order(struct fake *fake, const char *verb, ...)
{
	char buffer[ACTOR_CONTROL_MAX];
	struct fields_writer w;
	const char *name;
	va_list pairs;

	fields_begin(&w, buffer, sizeof(buffer), verb);
	va_start(pairs, verb);
	while ((name = va_arg(pairs, const char *)))
		fields_put_u64(&w, name, va_arg(pairs, uint64_t));
	va_end(pairs);
	CU_ASSERT_EQUAL(control_send(fake->control_fd, buffer, w.length_bytes,
				     NULL, 0), 0);
}

uint64_t fake_expect(struct fake *fake, const char *verb, const char *field)
{
	uint64_t value = 0;

	CU_ASSERT_FATAL(readable(fake->control_fd));
	CU_ASSERT_FATAL(control_receive(fake->control_fd, &fake->message,
					false) == 0);
	if (strcmp(fake->message.fields.verb, verb))
		harness_note("expected %s, got %s", verb,
			     fake->message.fields.verb);
	CU_ASSERT_STRING_EQUAL_FATAL(fake->message.fields.verb, verb);
	if (field)
		CU_ASSERT_EQUAL(fields_get_u64(&fake->message.fields, field,
					       &value), 0);

	return value;
}

void fake_give(struct fake *fake, uint64_t via, uint64_t number, int fd)
{
	char buffer[ACTOR_CONTROL_MAX];
	struct fields_writer w;

	fields_begin(&w, buffer, sizeof(buffer), "GIVEN");
	fields_put_u64(&w, "VIA", via);
	fields_put_u64(&w, "NUMBER", number);
	CU_ASSERT_EQUAL(control_send(fake->control_fd, buffer, w.length_bytes,
				     &fd, fd >= 0), 0);
}

int fake_expect_given(struct fake *fake, uint64_t *ret_number)
{
	CU_ASSERT_FATAL(readable(fake->control_fd));
	CU_ASSERT_FATAL(control_receive(fake->control_fd, &fake->message,
					true) == 0);
	CU_ASSERT_STRING_EQUAL_FATAL(fake->message.fields.verb, "GIVE");
	CU_ASSERT_EQUAL(fields_get_u64(&fake->message.fields, "NUMBER",
				       ret_number), 0);

	return control_take_fd(&fake->message);
}

/* ---- edges ------------------------------------------------------------- */

void fake_send(struct fake_edge *edge, const struct frame *frames, size_t n)
{
	static _Alignas(8) unsigned char packet[ACTOR_PACKET_MAX];
	size_t length = PACKET_HEADER_BYTES;
	size_t i;
	int r;

	for (i = 0; i < n; i++)
		length += frame_write(packet + length, &frames[i]);
	packet_seal(packet, (uint32_t)length, (uint16_t)n, ++edge->sequence,
		    edge->n_frames);
	edge->n_frames += n;
	while ((r = edge_send(edge->test_fd, packet, length)) == EDGE_FULL)
		CU_ASSERT_FATAL(loop_wait_writable(edge->test_fd) == 0);
	CU_ASSERT_EQUAL(r, EDGE_DONE);
}

void fake_tell(struct fake_edge *edge, const char *type, const void *payload,
	       size_t size)
{
	const struct frame frame = {
		.kind = FRAME_TELL,
		.priority = ACTOR_PRIORITY_NORMAL,
		.type = type,
		.type_length = strlen(type),
		.payload = payload,
		.payload_bytes = size,
	};

	fake_send(edge, &frame, 1);
}

/* As arena_pool.c does, but for never beginning again before the window ends. */
static uint64_t place_at(uint64_t head, size_t size)
{
	uint64_t at = head % ACTOR_POOL_WINDOW;

	return !at || size <= ACTOR_POOL_WINDOW - at
		       ? head : head - at + ACTOR_POOL_WINDOW;
}

struct actor_pooled fake_tell_pooled(struct fake_edge *edge, const char *type,
				     const void *payload, size_t size)
{
	const struct actor_pooled place = {
		.position = place_at(edge->pool_head, size),
		.size = size,
	};
	const struct frame frame = {
		.kind = FRAME_TELL,
		.flags = ACTOR_FRAME_POOLED,
		.priority = ACTOR_PRIORITY_NORMAL,
		.type = type,
		.type_length = strlen(type),
		.payload = &place,
		.payload_bytes = sizeof(place),
	};

	if (payload)
		pool_write(&edge->pool, EDGE_HOLDER, place, payload);
	edge->pool_head = arena_pool_end(place);
	fake_send(edge, &frame, 1);

	return place;
}

void fake_ask(struct fake_edge *edge, const char *type, uint64_t ask_id)
{
	const struct frame frame = {
		.kind = FRAME_ASK,
		.priority = ACTOR_PRIORITY_NORMAL,
		.type = type,
		.type_length = strlen(type),
		.ask_id = ask_id,
		.generation = 7,
	};

	fake_send(edge, &frame, 1);
}

void fake_answer(struct fake_edge *edge, const struct frame *ask,
		 const char *type, uint32_t error)
{
	const struct frame frame = {
		.kind = error ? FRAME_ERROR : FRAME_REPLY,
		.priority = ACTOR_PRIORITY_NORMAL,
		.type = type,
		.type_length = strlen(type),
		.ask_id = ask->ask_id,
		.generation = ask->generation,
		.error = error,
		.payload = ask->payload,
		.payload_bytes = ask->payload_bytes,
	};

	fake_send(edge, &frame, 1);
}

static enum edge_end test_end(const struct fake_edge *edge)
{
	return edge->end == EDGE_HOLDER ? EDGE_TARGET : EDGE_HOLDER;
}

static bool next_frame(struct fake_edge *edge, struct frame *ret)
{
	return edge->n_in && packet_next(edge->in, &edge->cursor, ret) &&
	       ++edge->n_received;
}

static bool next_packet(struct fake_edge *edge)
{
	edge->n_in = 0;
	edge->cursor = 0;

	return readable(edge->test_fd) &&
	       edge_receive(edge->test_fd, edge->in, sizeof(edge->in),
			    &edge->n_in) == EDGE_DONE &&
	       packet_check(edge->in, edge->n_in, test_end(edge)) == 0;
}

/* A packet that is sent again around a crash is taken once. */
bool fake_receive(struct fake_edge *edge, struct frame *ret)
{
	if (next_frame(edge, ret))
		return true;
	do
		if (!next_packet(edge))
			return false;
	while (packet_header(edge->in).sequence <= edge->in_sequence);
	edge->in_sequence = packet_header(edge->in).sequence;

	return next_frame(edge, ret);
}

bool fake_is(const struct frame *frame, enum frame_kind kind, const char *type)
{
	return frame->kind == kind && frame->type_length == strlen(type) &&
	       memcmp(frame->type, type, frame->type_length) == 0;
}

struct frame fake_expect_frame(struct fake_edge *edge, enum frame_kind kind,
			       const char *type)
{
	struct frame frame = { 0 };

	CU_ASSERT_FATAL(fake_receive(edge, &frame));
	if (!fake_is(&frame, kind, type))
		harness_note("expected %s %s, got %s %.*s",
			     frame_kind_name(kind), type,
			     frame_kind_name(frame.kind),
			     (int)frame.type_length, frame.type);
	CU_ASSERT_FATAL(fake_is(&frame, kind, type));

	return frame;
}

void fake_expect_letter(struct fake_edge *edge, const char *field,
			const char *value)
{
	struct frame frame = { 0 };
	struct fields fields;
	const char *got;

	CU_ASSERT_FATAL(fake_receive(edge, &frame));
	CU_ASSERT_FATAL(fields_parse(&fields, frame.payload,
				     frame.payload_bytes) == 0);
	CU_ASSERT_STRING_EQUAL(fields.verb, "record");
	got = fields_get(&fields, field);
	harness_note("%s", fields_get(&fields, "TEXT"));
	CU_ASSERT_PTR_NOT_NULL_FATAL(got);
	CU_ASSERT_STRING_EQUAL(got, value);
}

bool fake_nothing_more(struct fake_edge *edge)
{
	struct pollfd poll_fd = { .fd = edge->test_fd, .events = POLLIN };
	struct frame frame;

	return !next_frame(edge, &frame) && poll(&poll_fd, 1, 0) == 0;
}

void *fake_payload(struct fake_edge *edge, const struct frame *frame)
{
	void *copy = malloc(frame_size(frame) + 1);

	CU_ASSERT_FATAL(copy != NULL);
	if (frame->flags & ACTOR_FRAME_POOLED)
		pool_read(&edge->pool, edge->end, frame_pooled(frame), copy);
	else
		memcpy(copy, frame->payload, frame->payload_bytes);

	return copy;
}

/* ---- what both ends share ---------------------------------------------- */

size_t fake_pool_bytes(const struct fake_edge *edge)
{
	struct stat st;

	CU_ASSERT_EQUAL_FATAL(fstat(edge->pool_fd, &st), 0);

	return (size_t)st.st_blocks * 512;
}

struct actor_pool_flow *fake_words(const struct fake_edge *edge, bool tests)
{
	return pool_flow(&edge->pool, tests ? test_end(edge) : edge->end);
}

void fake_finish(struct fake_edge *edge, uint64_t released)
{
	flow_finish(fake_words(edge, false), edge->n_received, released);
}

struct arena_edge_counts fake_counts(const struct fake *fake,
				     const struct fake_edge *edge)
{
	struct arena_edge_counts counts = { 0 };

	CU_ASSERT_EQUAL(arena_edge_counts(fake->arena,
					  arena_key(edge->id, edge->end),
					  &counts), 0);

	return counts;
}

static void await_taken(const struct fake *fake, const struct fake_edge *edge)
{
	int tries = DEADLINE_MS;

	while (fake_counts(fake, edge).frames_taken < edge->n_frames && tries--)
		poll(NULL, 0, 1);
	CU_ASSERT(tries > 0);
}

void fake_leave_to_next(struct fake *fake, const struct fake_edge *edge)
{
	await_taken(fake, edge);
	CU_ASSERT_EQUAL(fake_orphan(fake), 1);
	fake_audit(fake, edge, 0, 1);
	CU_ASSERT_FALSE(fake_recover(fake, 0).in_hand);
	fake_restart(fake);
}

void fake_expect_gone(const struct fake *fake, const struct fake_edge *edge)
{
	struct arena_edge_counts counts;
	int tries = DEADLINE_MS;

	while (arena_edge_counts(fake->arena, arena_key(edge->id, edge->end),
				 &counts) == 0 && tries--)
		poll(NULL, 0, 1);
	CU_ASSERT(tries > 0);
}

void fake_await_sleep(const struct fake *fake)
{
	int tries = DEADLINE_MS;

	while (proc_state(fake->pid) != 'S' && tries--)
		poll(NULL, 0, 1);
	CU_ASSERT(tries > 0);
}

size_t fake_n_open(const struct fake *fake)
{
	char path[64];
	size_t n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)fake->pid);
	d = opendir(path);
	CU_ASSERT_FATAL(d != NULL);
	while (readdir(d))
		n++;
	closedir(d);

	return n;
}

void fake_audit(const struct fake *fake, const struct fake_edge *edge,
		uint64_t n_dead, uint64_t n_waiting)
{
	struct arena_edge_counts counts = fake_counts(fake, edge);

	CU_ASSERT_EQUAL(counts.frames_taken, edge->n_frames);
	CU_ASSERT_EQUAL(counts.frames_dead, n_dead);
	CU_ASSERT_EQUAL(counts.frames_waiting, n_waiting);
	CU_ASSERT_EQUAL(counts.frames_lost, 0);
}
