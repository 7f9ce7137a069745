/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * uid_lease.h - a range of uids for one system, while it runs.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define UID_LEASE_FIRST 0x70000000u	/* to 0x7fffffff, in blocks */
#define UID_LEASE_BLOCK 65536u
#define UID_LEASE_BLOCKS 4096u
/* of a block: for the nodes of a tree, by their seats; the others are for actors
 * whose files may outlive them, by uid_book.h */
#define UID_LEASE_SEATS 49152u

/** uid_lease_has() - is it one of those that are leased? */
static inline bool uid_lease_has(uid_t uid)
{
	return uid >= UID_LEASE_FIRST &&
	       uid - UID_LEASE_FIRST <
		       (uint64_t)UID_LEASE_BLOCKS * UID_LEASE_BLOCK;
}

/** uid_lease_may_have() - can it be that of an actor, of whatever system? */
static inline bool uid_lease_may_have(uid_t uid)
{
	const uid_t nobody = 65534;	/* of all, where none can be leased */

	return uid == nobody || uid_lease_has(uid);
}

/**
 * uid_lease() - take a block of uids that no other system here has
 * @system: the same system gets the same block when it can
 * @ret_lease_fd: the lease lasts until its last copy is closed
 *
 * Leases are locks on files in /run/actorproc/.uids, wherever a system has its own
 * files; where that cannot be had, in ACTORPROC_RUN_DIR/.uids.
 * Return: 0; -ERANGE: these uids do not exist in this user namespace; -EBUSY:
 * all are taken; other negative errno.
 */
int uid_lease(const char *system, uid_t *ret_first, unsigned int *ret_n_uids,
	      int *ret_lease_fd);
