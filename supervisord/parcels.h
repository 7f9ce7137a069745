/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * parcels.h - what goes out to the service manager, in order, without waiting.
 */
#pragma once

#include "supervisord/decide/deposits.h"
#include "supervisord/decide/logbook.h"

#include <systemd/sd-event.h>

#define PARCEL_NAME_BYTES 32

/**
 * struct parcel - what goes out in one piece, and is then written down
 * @name: "": nothing goes out
 * @fds: nothing in it: what has that name is not wanted any more
 * @entry: without a text there is nothing to write down
 */
struct parcel {
	struct parcel *next;
	char name[PARCEL_NAME_BYTES];
	int fds[DEPOSIT_FILES_MAX];
	size_t n_fds;
	struct logbook_entry entry;
	char text[];
};

/**
 * struct parcels_ways - what their user hears
 * @sent: one has gone out; Return: 0; a negative errno ends all
 * @empty: those that waited have gone out
 * @failed: no more go out; the user may call parcels_forget()
 */
struct parcels_ways {
	int (*sent)(void *data, const struct parcel *parcel);
	void (*empty)(void *data);
	void (*failed)(void *data, int error);
	void *data;
};

struct parcels;

/** parcels_new() - @fd: of manager_connect(), becomes theirs, also on failure */
int parcels_new(struct parcels **ret, sd_event *event, int fd,
		const struct parcels_ways *ways);
struct parcels *parcels_free(struct parcels *q);
/** parcels_fd() - that one */
int parcels_fd(const struct parcels *q);
/** parcels_post() - at once or behind those that wait; @p stays the caller's */
void parcels_post(struct parcels *q, const struct parcel *p);
/** parcels_wait() - do any wait? */
bool parcels_wait(const struct parcels *q);
/** parcels_forget() - those that wait do not go out */
void parcels_forget(struct parcels *q);
/** parcels_forget_news() - nor those but what says that something is not wanted */
void parcels_forget_news(struct parcels *q);
/**
 * parcels_withdraw() - what has that name is not wanted any more: say so now,
 * before those that wait
 * @until_ns: and wait so long for that
 *
 * Return: 0; a negative errno.
 */
int parcels_withdraw(struct parcels *q, const char *name, uint64_t until_ns);
/** parcels_withdraw_waiting() - the same of all those that say that */
int parcels_withdraw_waiting(struct parcels *q, uint64_t until_ns);
