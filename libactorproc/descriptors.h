/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * descriptors.h - the descriptors the supervisor gave, by name.
 */
#pragma once

#include <sys/queue.h>

struct descriptor {
	int fd;
	SLIST_ENTRY(descriptor) entry;
	char name[];
};

SLIST_HEAD(descriptor_list, descriptor);

/** struct descriptors - owns and closes them; zeroed is empty */
struct descriptors {
	struct descriptor_list list;
};

void descriptors_deinit(struct descriptors *descriptors);
/** descriptors_put() - takes @fd over, also when it fails. 0; -ENOMEM */
int descriptors_put(struct descriptors *descriptors, const char *name, int fd);
/** descriptors_get() - the latest of that name; -ENOENT */
int descriptors_get(const struct descriptors *descriptors, const char *name);
