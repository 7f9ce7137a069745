// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * descriptors.c - the descriptors the supervisor gave, by name.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libactorproc/descriptors.h"

void descriptors_deinit(struct descriptors *descriptors)
{
	struct descriptor *descriptor;

	while ((descriptor = SLIST_FIRST(&descriptors->list))) {
		SLIST_REMOVE_HEAD(&descriptors->list, entry);
		close(descriptor->fd);
		free(descriptor);
	}
}

int descriptors_put(struct descriptors *descriptors, const char *name, int fd)
{
	size_t name_bytes = strlen(name) + 1;
	struct descriptor *descriptor;

	descriptor = malloc(sizeof(*descriptor) + name_bytes);
	if (!descriptor) {
		close(fd);
		return -ENOMEM;
	}
	descriptor->fd = fd;
	memcpy(descriptor->name, name, name_bytes);
	SLIST_INSERT_HEAD(&descriptors->list, descriptor, entry);

	return 0;
}

int descriptors_get(const struct descriptors *descriptors, const char *name)
{
	const struct descriptor *descriptor;

	SLIST_FOREACH(descriptor, &descriptors->list, entry)
		if (strcmp(descriptor->name, name) == 0)
			return descriptor->fd;

	return -ENOENT;
}
