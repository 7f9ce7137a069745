/* SPDX-License-Identifier: 0BSD */
/*
 * download.h - a document that comes in parts, as answers of vpn-api.
 */
#pragma once

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/** DOWNLOAD_PART_BYTES - what one answer is asked for */
#define DOWNLOAD_PART_BYTES 49152
/** DOWNLOAD_BYTES_MAX - of a whole document; a larger one is refused */
#define DOWNLOAD_BYTES_MAX (1024 * 1024)
#define DOWNLOAD_ETAG_MAX 300

/** enum download_result - what an answer came to */
enum download_result {
	DOWNLOAD_MORE,		/* download_request() for the next part */
	DOWNLOAD_DONE,		/* the document is whole */
	DOWNLOAD_UNCHANGED,	/* the entity tag still holds */
	DOWNLOAD_FAILED,	/* see @failure */
};

/**
 * struct download - what came so far
 * @id: tells it apart from the one before
 * @etag: of what is being downloaded; "" when it has none
 * @bytes: malloc'd, @total_bytes long
 * @failure: why it failed, for a person
 */
struct download {
	int64_t id;
	char etag[DOWNLOAD_ETAG_MAX];
	char *bytes;
	size_t n_bytes;
	size_t total_bytes;
	char failure[64];
};

/** download_init() - begin with nothing */
void download_init(struct download *download, int64_t id);
/** download_deinit() - NULL and zeroed ones are fine */
void download_deinit(struct download *download);

/**
 * download_request() - what to ask vpn-api for next
 * @known_etag: of the document we have, "" for none
 *
 * Return: a new reference; NULL when out of memory.
 */
json_t *download_request(const struct download *download, const char *path,
			 const char *known_etag);
/** download_take() - one answer of vpn-api, from the network: hostile */
enum download_result download_take(struct download *download,
				   const char *answer, size_t n_bytes);
