/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pool.c - the memory that both ends of an edge share.
 *
 * It alone maps, reads and writes it, and waits on it. Who may write where is
 * arena_pool.c's to know, what the words say flow.c's.
 *
 * A page that nobody has written becomes memory also when it is only looked at
 * through a mapping, and then it is of who looked. A sender could so make its
 * receiver have 64 MiB that it never wrote. Read as a file such a page is zeros
 * and stays none. But to read as a file costs three times what a copy from the
 * mapping costs; so it is done only for payloads with a hole in them, which no
 * sender of good will has. Where there is none is asked once for each stretch.
 *
 * Of most edges the first page is all that is ever used. So the rest is mapped with
 * the first payload that goes there: so large a mapping has page tables of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "libactorproc/flow.h"
#include "libactorproc/pool.h"

_Static_assert(sizeof(struct actor_pool_flow) == 192, "the shared page");
_Static_assert(sizeof(struct actor_pool_page) == 4096, "the shared page");

#define NS_PER_S UINT64_C(1000000000)
#define PIECE_BYTES 65536

/* Only the pages that are used take memory. */
int pool_new(int *ret_fd)
{
	int fd = memfd_create("actor-pool", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int r = 0;

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)ACTOR_POOL_FILE_BYTES) < 0 ||
	    fcntl(fd, F_ADD_SEALS,
		  F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0) {
		r = -errno;
		close(fd);
		return r;
	}
	*ret_fd = fd;

	return 0;
}

int pool_limit(int fd, const struct actor_pool_flow *limits)
{
	return pwrite(fd, limits, sizeof(*limits), 0) < 0 ? -errno : 0;
}

int pool_sends(int fd, enum edge_end sender, uint64_t end)
{
	const size_t at = offsetof(struct actor_pool_page, flow) +
			  (sender == EDGE_TARGET) *
				  sizeof(struct actor_pool_flow) +
			  offsetof(struct actor_pool_flow, sent);

	return pwrite(fd, &end, sizeof(end), (off_t)at) < 0 ? -errno : 0;
}

static void *map(int fd, size_t n_bytes)
{
	void *memory = mmap(NULL, n_bytes, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_NORESERVE, fd, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

static int open_by(struct pool *pool, int fd)
{
	if (!pool->all)
		pool->all = map(fd, ACTOR_POOL_FILE_BYTES);

	return pool->all ? 0 : -errno;
}

int pool_open(struct pool *pool)
{
	return open_by(pool, pool->fd);
}

int pool_map(struct pool *pool, int fd)
{
	struct pool new = {
		.page = map(fd, sizeof(struct actor_pool_page)),
		.fd = -1,
	};
	int r;

	if (!new.page)
		return -errno;
	new.fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	r = new.fd < 0 ? open_by(&new, fd) : 0;
	if (r < 0)
		pool_unmap(&new);
	else
		*pool = new;

	return r;
}

void pool_unmap(struct pool *pool)
{
	if (!pool->page)
		return;
	munmap(pool->page, sizeof(*pool->page));
	if (pool->all)
		munmap(pool->all, ACTOR_POOL_FILE_BYTES);
	if (pool->fd >= 0)
		close(pool->fd);
	*pool = (struct pool){ .page = NULL };
}

struct actor_pool_flow *pool_flow(const struct pool *pool,
				  enum edge_end sender)
{
	return pool->page ? &pool->page->flow[sender == EDGE_TARGET] : NULL;
}

static uint64_t offset_of(enum edge_end sender, struct actor_pooled place)
{
	return sizeof(struct actor_pool_page) +
	       (sender == EDGE_TARGET) * ACTOR_POOL_BYTES +
	       (place.beside ? place.beside
			     : place.position % ACTOR_POOL_WINDOW);
}

static uint8_t *place_of(const struct pool *pool, enum edge_end sender,
			 struct actor_pooled place)
{
	return pool->all + offset_of(sender, place);
}

/*
 * In pieces: for more than a cache holds, memcpy() goes another way, which is three
 * times as slow into memory that another processor has just read.
 */
static void copy(uint8_t *to, const uint8_t *from, uint64_t n_bytes)
{
	uint64_t n;

	for (; n_bytes; to += n, from += n, n_bytes -= n) {
		n = n_bytes < PIECE_BYTES ? n_bytes : PIECE_BYTES;
		memcpy(to, from, n);
	}
}

void pool_write(const struct pool *pool, enum edge_end sender,
		struct actor_pooled place, const void *bytes)
{
	copy(place_of(pool, sender, place), bytes, place.size);
}

/* What has been written stays so: the sandbox lets nobody punch holes. */
static bool is_there(struct pool *pool, uint64_t from, uint64_t n_bytes)
{
	off_t hole;

	if (pool->fd < 0 ||
	    (from >= pool->there_from && from + n_bytes <= pool->there_to))
		return true;
	hole = lseek(pool->fd, (off_t)from, SEEK_HOLE);
	if (hole < (off_t)(from + n_bytes))
		return false;
	if (from < pool->there_from || from > pool->there_to)
		pool->there_from = from;
	pool->there_to = (uint64_t)hole;

	return true;
}

const void *pool_place(struct pool *pool, enum edge_end sender,
		       struct actor_pooled place)
{
	return pool_open(pool) == 0 &&
			       is_there(pool, offset_of(sender, place),
					place.size)
		       ? place_of(pool, sender, place) : NULL;
}

static bool read_file(int fd, uint8_t *to, uint64_t n_bytes, uint64_t from)
{
	ssize_t did;

	for (; n_bytes; to += did, from += (uint64_t)did,
			n_bytes -= (uint64_t)did) {
		did = pread(fd, to, n_bytes, (off_t)from);
		if (did <= 0)
			return false;
	}

	return true;
}

void pool_read(struct pool *pool, enum edge_end sender,
	       struct actor_pooled place, void *ret_bytes)
{
	const void *bytes = pool_place(pool, sender, place);

	if (!bytes && read_file(pool->fd, ret_bytes, place.size,
				offset_of(sender, place)))
		return;
	if (pool->all)
		copy(ret_bytes, place_of(pool, sender, place), place.size);
	else
		memset(ret_bytes, 0, place.size);
}

void pool_wait(struct actor_pool_flow *flow, uint64_t timeout_ns)
{
	const struct timespec timeout = {
		.tv_sec = (time_t)(timeout_ns / NS_PER_S),
		.tv_nsec = (long)(timeout_ns % NS_PER_S),
	};

	syscall(SYS_futex, &flow->waiting, FUTEX_WAIT, FLOW_WAITS_FOR_WORD,
		&timeout, NULL, 0);
}

void pool_wake(struct actor_pool_flow *flow)
{
	syscall(SYS_futex, &flow->waiting, FUTEX_WAKE, 1, NULL, NULL, 0);
}
