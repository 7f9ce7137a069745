/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * arrivals.h - descriptors that received frames name, and that are fetched.
 *
 * One is fetched when the message that names it is next, never before, so
 * nobody can fill this process with them. Owns those that have come until
 * somebody takes them. Pure but for closing them.
 */
#pragma once

#include <stdint.h>
#include <sys/queue.h>

enum arrival_state {
	ARRIVAL_FETCHED,	/* the supervisor has been asked */
	ARRIVAL_HERE,
	ARRIVAL_LOST,
};

/** struct arrival - @fd: -1 unless it is here, and not taken out */
struct arrival {
	uint64_t via;
	uint64_t number;
	enum arrival_state state;
	int fd;
	LIST_ENTRY(arrival) entry;
};

LIST_HEAD(arrival_list, arrival);

/** struct arrivals - zeroed is empty */
struct arrivals {
	struct arrival_list list;
};

void arrivals_deinit(struct arrivals *arrivals);
/** arrivals_find() - NULL when it has not been fetched */
struct arrival *arrivals_find(const struct arrivals *arrivals, uint64_t via,
			      uint64_t number);
/** arrivals_fetch() - it is being fetched; NULL: -ENOMEM */
struct arrival *arrivals_fetch(struct arrivals *arrivals, uint64_t via,
			       uint64_t number);
/** arrivals_came() - takes @fd; -1: it is lost. What nobody waits for is closed */
void arrivals_came(struct arrivals *arrivals, uint64_t via, uint64_t number,
		   int fd);
/** arrivals_forget() - and close it; NULL is fine */
void arrivals_forget(struct arrival *arrival);
