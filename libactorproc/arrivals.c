// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * arrivals.c - descriptors that received frames name, and that are fetched.
 *
 * Asking the supervisor is passing.c's, hearing its answer setup.c's.
 */
#include <stdlib.h>
#include <unistd.h>

#include "libactorproc/arrivals.h"

void arrivals_deinit(struct arrivals *arrivals)
{
	while (!LIST_EMPTY(&arrivals->list))
		arrivals_forget(LIST_FIRST(&arrivals->list));
}

struct arrival *arrivals_find(const struct arrivals *arrivals, uint64_t via,
			      uint64_t number)
{
	struct arrival *arrival;

	LIST_FOREACH(arrival, &arrivals->list, entry)
		if (arrival->via == via && arrival->number == number)
			return arrival;

	return NULL;
}

struct arrival *arrivals_fetch(struct arrivals *arrivals, uint64_t via,
			       uint64_t number)
{
	struct arrival *arrival = calloc(1, sizeof(*arrival));

	if (!arrival)
		return NULL;
	arrival->via = via;
	arrival->number = number;
	arrival->fd = -1;
	LIST_INSERT_HEAD(&arrivals->list, arrival, entry);

	return arrival;
}

void arrivals_came(struct arrivals *arrivals, uint64_t via, uint64_t number,
		   int fd)
{
	struct arrival *arrival = arrivals_find(arrivals, via, number);

	if (!arrival || arrival->state != ARRIVAL_FETCHED) {
		if (fd >= 0)
			close(fd);
		return;
	}
	arrival->state = fd >= 0 ? ARRIVAL_HERE : ARRIVAL_LOST;
	arrival->fd = fd;
}

void arrivals_forget(struct arrival *arrival)
{
	if (!arrival)
		return;
	LIST_REMOVE(arrival, entry);
	if (arrival->fd >= 0)
		close(arrival->fd);
	free(arrival);
}
