/* SPDX-License-Identifier: 0BSD */
/*
 * relay_document.h - a relay list to serve, in the shape of the public one.
 */
#pragma once

#include <stddef.h>

/** RELAY_DOCUMENT_POISON - the host name that makes the demo's parser crash */
#define RELAY_DOCUMENT_POISON "segfault-me"

/** RELAY_DOCUMENT_ETAG_MAX - bytes of an entity tag with quotes and NUL */
#define RELAY_DOCUMENT_ETAG_MAX 24

/**
 * struct relay_document - bytes and their entity tag
 * @bytes: malloc'd, NUL-terminated
 */
struct relay_document {
	char *bytes;
	size_t n_bytes;
	char etag[RELAY_DOCUMENT_ETAG_MAX];
};

/**
 * relay_document_generate() - the same several hundred relays every time
 * @poison_hostname: name of the first relay instead of its own; NULL: its own
 *
 * Return: 0; -ENOMEM.
 */
int relay_document_generate(struct relay_document *ret,
			    const char *poison_hostname);
/**
 * relay_document_load() - whatever a file holds, up to 4 MiB
 *
 * Return: 0; -EFBIG; what open() or read() say; -ENOMEM.
 */
int relay_document_load(struct relay_document *ret, const char *path);
/** relay_document_deinit() - NULL and zeroed ones are fine */
void relay_document_deinit(struct relay_document *document);
