/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * scratch.c - memory for one payload in one piece.
 *
 * Never read before it is written in the same turn.
 */
#include <errno.h>
#include <sys/mman.h>

#include "libactorproc/scratch.h"

#define KEPT_BYTES ((size_t)8 << 20)
#define STEP_BYTES ((size_t)1 << 20)

int scratch_need(struct scratch *scratch, size_t n_bytes)
{
	size_t room = (n_bytes + STEP_BYTES - 1) / STEP_BYTES * STEP_BYTES;
	void *bytes;

	if (n_bytes <= scratch->n_bytes)
		return 0;
	bytes = mmap(NULL, room, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (bytes == MAP_FAILED)
		return -errno;
	scratch_deinit(scratch);
	scratch->bytes = bytes;
	scratch->n_bytes = room;

	return 0;
}

void scratch_rest(struct scratch *scratch)
{
	if (scratch->n_bytes > KEPT_BYTES)
		scratch_deinit(scratch);
}

void scratch_deinit(struct scratch *scratch)
{
	if (scratch->bytes)
		munmap(scratch->bytes, scratch->n_bytes);
	*scratch = (struct scratch){ 0 };
}
