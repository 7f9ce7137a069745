/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sandbox_memory.c - memory that was written is never executed (MDWE).
 *
 * What an exec makes has it or not as the process had it whose memory its parent
 * shares with it: so a supervisor that handed it on would do so to all that it
 * starts, programs with a compiler inside too, and what is on cannot be taken off.
 * So it has it for itself alone, and actors put theirs on with the second stage.
 */
#include <errno.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "supervisord/act/sandbox.h"

/* newer than the headers of the oldest system this is for */
#define SET_MDWE 65
#define GET_MDWE 66
#define REFUSE_EXEC_GAIN 1
#define NO_INHERIT 2

static bool is_refused(void)
{
	size_t n_bytes = (size_t)sysconf(_SC_PAGESIZE);
	void *page = mmap(NULL, n_bytes, PROT_READ | PROT_WRITE | PROT_EXEC,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return errno == EACCES;
	munmap(page, n_bytes);
	return false;
}

/* whoever began us may have put it on: what comes of that is seen */
bool sandbox_memory_begin(void)
{
	if (prctl(SET_MDWE, REFUSE_EXEC_GAIN | NO_INHERIT, 0, 0, 0) == 0 ||
	    prctl(GET_MDWE, 0, 0, 0, 0) > 0)
		return is_refused();
	/* from 6.3 to 6.5 it can only be had together with all children */
	return prctl(GET_MDWE, 0, 0, 0, 0) == 0;
}
