/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mailbox.c - the arenas a supervisor keeps for its actors, as memfds.
 *
 * It alone makes, reads and writes arena memfds on the supervisor's side. One
 * that an actor was given is never mapped: it could change under our eyes.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "supervisord/act/mailbox.h"

#define PAGE_BYTES ((size_t)4096)
/* what most arenas have in one piece */
#define READY_BYTES (7 * PAGE_BYTES)

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23	/* Linux 5.14 */
#endif

/*
 * Made before they are wanted, when nobody waits: memory for the next copy and a
 * memfd to store it in; and memory of the last, to be given back then.
 */
static void *ready_memory, *left_memory;
/* where @ready_memory was, which was made present */
static const char *present_memory;
static int ready_fd = -1;

static void *make_memory(void)
{
	void *memory = mmap(NULL, ARENA_BYTES, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

/* zeros */
static void *mailbox_memory(void)
{
	void *memory = ready_memory;

	ready_memory = NULL;
	if (memory)
		return memory;
	present_memory = NULL;
	return make_memory();
}

struct arena *mailbox_unload(struct arena *arena)
{
	if (arena)
		munmap(arena, ARENA_BYTES);
	return NULL;
}

struct arena *mailbox_leave(struct arena *arena)
{
	if (arena && left_memory)
		munmap(left_memory, ARENA_BYTES);
	if (arena)
		left_memory = arena;
	return NULL;
}

/* all holes: who makes one writes its first page, and what else it has to have */
static int make_memfd(int *ret_fd)
{
	int fd, r = 0;

	fd = memfd_create("actor-arena", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)ARENA_BYTES) < 0 ||
	    fcntl(fd, F_ADD_SEALS,
		  F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0) {
		r = -errno;
		close(fd);
		return r;
	}
	*ret_fd = fd;
	return 0;
}

static int mailbox_memfd(int *ret_fd)
{
	if (ready_fd < 0)
		return make_memfd(ret_fd);
	*ret_fd = ready_fd;
	ready_fd = -1;
	return 0;
}

static int write_all(int fd, const char *from, size_t n, off_t at)
{
	ssize_t did;

	while (n > 0) {
		did = pwrite(fd, from, n, at);
		if (did < 0)
			return -errno;
		from += did;
		n -= (size_t)did;
		at += did;
	}
	return 0;
}

static int read_all(int fd, char *to, size_t n, off_t at)
{
	ssize_t did;

	while (n > 0) {
		did = pread(fd, to, n, at);
		if (did < 0)
			return -errno;
		if (did == 0)
			return -EBADMSG;
		to += did;
		n -= (size_t)did;
		at += did;
	}
	return 0;
}

static bool is_zero(const char *bytes, size_t n)
{
	return n == 0 || (!bytes[0] && !memcmp(bytes, bytes + 1, n - 1));
}

/* a page of zeros stays the hole it is: what somebody says that there is, and
 * never wrote, costs nobody memory */
static int write_data(int fd, const char *from, size_t n, off_t at)
{
	size_t piece;
	int r = 0;

	for (; r == 0 && n > 0; from += piece, n -= piece, at += piece) {
		piece = PAGE_BYTES - (size_t)at % PAGE_BYTES;
		piece = piece < n ? piece : n;
		if (!is_zero(from, piece))
			r = write_all(fd, from, piece, at);
	}
	return r;
}

int mailbox_store(const struct arena *arena, int *ret_fd)
{
	size_t cursor = 0, offset, n;
	int fd = -1, r;

	r = mailbox_memfd(&fd);
	if (r < 0)
		return r;
	while (arena_used(arena, &cursor, &offset, &n)) {
		r = write_data(fd, (const char *)arena + offset, n,
			       (off_t)offset);
		if (r < 0) {
			close(fd);
			return r;
		}
	}
	*ret_fd = fd;
	return 0;
}

/* one call, and not a fault for each page; without, there are those */
static void make_present(char *memory, size_t n)
{
	if (n > PAGE_BYTES)
		(void)madvise(memory, n, MADV_POPULATE_WRITE);
}

static bool is_present(const char *memory, off_t end)
{
	return memory == present_memory && (size_t)end <= READY_BYTES;
}

/* a page that was never written is a hole: most of the head is, and an actor may
 * say that a message lies in many of them */
static int read_data(int fd, char *memory, size_t from, size_t n)
{
	off_t begin, end = (off_t)from, to = (off_t)(from + n);
	int r = 0;

	while (r == 0 && end < to) {
		begin = lseek(fd, end, SEEK_DATA);
		if (begin < 0)
			return errno == ENXIO ? 0 : -errno;
		if (begin >= to)
			return 0;
		end = lseek(fd, begin, SEEK_HOLE);
		if (end <= begin)
			return -EBADMSG;
		if (end > to)
			end = to;
		if ((size_t)begin % PAGE_BYTES == 0 && !is_present(memory, end))
			make_present(memory + begin, (size_t)(end - begin));
		r = read_all(fd, memory + begin, (size_t)(end - begin), begin);
	}
	return r;
}

/* who takes over from another has mail: what it lands on is there at once, and not
 * page by page */
static void make_landing(int fd)
{
	static const char zeros[PAGE_BYTES];

	for (size_t at = 0; at < ARENA_PRESENT_BYTES; at += sizeof(zeros))
		if (write_all(fd, zeros, sizeof(zeros), (off_t)at) < 0)
			return;
}

/* without, each makes what it wants */
void mailbox_prepare(void)
{
	if (left_memory)
		munmap(left_memory, ARENA_BYTES);
	left_memory = NULL;
	if (!ready_memory) {
		ready_memory = make_memory();
		if (ready_memory)
			make_present(ready_memory, READY_BYTES);
		present_memory = ready_memory;
	}
	if (ready_fd >= 0)
		return;
	if (make_memfd(&ready_fd) == 0)
		make_landing(ready_fd);
	else
		ready_fd = -1;
}

void mailbox_begin(void)
{
	ready_fd = -1;
}

void mailbox_end(void)
{
	if (left_memory)
		munmap(left_memory, ARENA_BYTES);
	if (ready_memory)
		munmap(ready_memory, ARENA_BYTES);
	if (ready_fd >= 0)
		close(ready_fd);
	left_memory = ready_memory = NULL;
	ready_fd = -1;
}

int mailbox_load(int arena_fd, struct arena **ret_arena)
{
	size_t cursor = 0, offset, n;
	char *memory;
	int r;

	memory = mailbox_memory();
	if (!memory)
		return -ENOMEM;
	r = read_data(arena_fd, memory, 0, ARENA_HEAD_BYTES);
	/* the head is only read once: arena_used() takes nothing from it on trust */
	while (r == 0 && arena_used(memory, &cursor, &offset, &n)) {
		if (offset + n <= ARENA_HEAD_BYTES)
			continue;
		if (offset < ARENA_HEAD_BYTES) {
			n -= ARENA_HEAD_BYTES - offset;
			offset = ARENA_HEAD_BYTES;
		}
		r = read_data(arena_fd, memory, offset, n);
	}
	if (r == 0)
		r = arena_check(memory, ARENA_BYTES);
	if (r < 0) {
		munmap(memory, ARENA_BYTES);
		return r;
	}
	*ret_arena = (struct arena *)memory;
	return 0;
}

int mailbox_map(int arena_fd, struct arena **ret_arena)
{
	void *memory = mmap(NULL, ARENA_BYTES, PROT_READ | PROT_WRITE,
			    MAP_SHARED, arena_fd, 0);

	if (memory == MAP_FAILED)
		return -errno;
	*ret_arena = memory;
	return 0;
}

void mailbox_make_present(struct arena *arena)
{
	arena_make_present(arena);
	(void)madvise(arena, ARENA_PRESENT_BYTES, MADV_POPULATE_WRITE);
}

/* all of an empty one: they are all the same, and thousands can begin at once */
static char empty[PAGE_BYTES];
static size_t n_empty;

static void keep_empty(const struct arena *arena)
{
	size_t cursor = 0, offset, n, end = 0;

	while (arena_used(arena, &cursor, &offset, &n))
		end = offset + n > end ? offset + n : end;
	if (end > sizeof(empty))
		return;
	memcpy(empty, arena, end);
	n_empty = end;
}

static int make_empty(void)
{
	void *memory = mailbox_memory();

	if (!memory)
		return -ENOMEM;
	keep_empty(arena_format(memory));
	munmap(memory, ARENA_BYTES);
	return n_empty ? 0 : -EBADMSG;
}

int mailbox_new(int *ret_fd)
{
	int fd = -1, r = 0;

	if (!n_empty)
		r = make_empty();
	if (r == 0)
		r = mailbox_memfd(&fd);
	if (r < 0)
		return r;
	r = write_all(fd, empty, n_empty, 0);
	if (r < 0) {
		close(fd);
		return r;
	}
	*ret_fd = fd;
	return 0;
}

struct arena *mailbox_head(int arena_fd)
{
	char *memory = mailbox_memory();

	if (memory && read_data(arena_fd, memory, 0, ARENA_HEAD_BYTES) < 0) {
		munmap(memory, ARENA_BYTES);
		return NULL;
	}
	return (struct arena *)memory;
}

int mailbox_waiting(int arena_fd, size_t *ret)
{
	char *memory = mailbox_memory();
	int r;

	*ret = 0;
	if (!memory)
		return -ENOMEM;
	r = read_data(arena_fd, memory, 0, ARENA_PRESENT_BYTES);
	if (r == 0)
		*ret = arena_waiting(memory);
	munmap(memory, ARENA_BYTES);
	return r;
}

int mailbox_pulse(int arena_fd, struct arena_pulse *ret)
{
	static char page[PAGE_BYTES] __attribute__((aligned(8)));
	int r;

	if (ARENA_PULSE_BYTES > sizeof(page))
		return -EBADMSG;
	r = read_all(arena_fd, page, ARENA_PULSE_BYTES, 0);
	if (r == 0)
		*ret = arena_pulse_of(page);
	return r;
}

bool mailbox_is_busy(int arena_fd)
{
	struct arena *arena = NULL;
	size_t cursor = 0;
	bool busy;

	if (mailbox_load(arena_fd, &arena) < 0)
		return true;
	arena_tidy(arena);
	busy = arena_waiting(arena) || arena_outbox_next(arena, &cursor);
	mailbox_unload(arena);
	return busy;
}
