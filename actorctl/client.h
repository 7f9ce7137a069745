/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * client.h - a conversation with the control actor of a system.
 */
#pragma once

#include <stdint.h>

#include <jansson.h>
#include <systemd/sd-bus.h>

struct request;

/* for what ends by itself: the other side has deadlines */
#define CLIENT_PATIENCE_US (UINT64_C(200) * 1000000)

/**
 * struct client - zeroed to begin with
 * @request: what was asked for; with --json errors are told on standard output
 * too, as an object
 * @path: the one called about
 */
struct client {
	sd_bus *bus;
	const struct request *request;
	const char *path;
};

/**
 * client_open() - connect to the system that is meant
 * @path: of an actor, or NULL
 *
 * Return: 0; or the exit status, explained on standard error.
 */
int client_open(struct client *client, const struct request *request,
		const char *path);
void client_close(struct client *client);
/** client_message() - begin a method call; NULL without memory */
sd_bus_message *client_message(struct client *client, const char *method);
/**
 * client_call() - send it and wait
 * @call: consumed; NULL: no memory
 * @ret_reply: the caller's; may be NULL
 *
 * Return: 0; or the exit status, explained on standard error.
 */
int client_call(struct client *client, sd_bus_message *call,
		uint64_t timeout_us, sd_bus_message **ret_reply);
/**
 * client_call_json() - a method with string arguments whose reply is JSON
 * @argument: NULL: the method takes none
 * @ret_json: the caller's reference
 */
int client_call_json(struct client *client, const char *method,
		     const char *argument, json_t **ret_json);
/** client_answer_json() - the same with a call that is there; consumes it */
int client_answer_json(struct client *client, sd_bus_message *call,
		       json_t **ret_json);
/** client_act() - a whole verb: open, one method with a path, no reply; says
 * so with --json. Return: exit status. */
int client_act(const struct request *request, const char *method);
/**
 * client_look() - a whole verb: open, one method with a path, show the JSON
 * @print: for people; with --json it is printed as it is
 *
 * Return: exit status.
 */
int client_look(const struct request *request, const char *method,
		int (*print)(json_t *json));
/** client_no_memory() - says so; returns EXIT_FAILED */
int client_no_memory(void);
/** client_print_json() - with a newline, plain ASCII; returns EXIT_DONE */
int client_print_json(const json_t *json);
