/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * payload.h - what tell and ask send, and what comes back.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>
#include <systemd/sd-bus.h>

#include "libactorproc/actorproc.h"

/* as much as a message can have: D-Bus lets an array be as long */
#define PAYLOAD_BYTES_MAX ACTOR_PAYLOAD_MAX
#define PAYLOAD_TIMEOUT_US UINT64_C(5000000)

struct client;
struct request;

/** struct payload - zeroed to begin with */
struct payload {
	char *bytes;
	size_t n_bytes;
	uint8_t content;	/* as in actorproc.h: bytes, text, JSON, CBOR */
};

/**
 * payload_read() - the third argument, "-" for standard input, and --content
 *
 * Return: 0; or the exit status, explained on standard error.
 */
int payload_read(struct payload *ret, const struct request *request);
void payload_clear(struct payload *payload);
/**
 * payload_call() - begin a method call with path, type and payload
 *
 * What the method takes besides is the caller's to append. Return: the call;
 * NULL without memory.
 */
sd_bus_message *payload_call(struct client *client, const char *method,
			     const struct request *request,
			     const struct payload *payload);
/** payload_timeout() - --timeout; 0, or the exit status, explained */
int payload_timeout(const struct request *request, uint64_t *ret_us);
/** payload_print() - on standard output, harmless for a terminal */
int payload_print(const struct payload *payload);
/** payload_json() - the payload as JSON: itself, a string, or bytes as base64 */
json_t *payload_json(const struct payload *payload);
/** payload_content_name() - "json" … */
const char *payload_content_name(uint8_t content);
