/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * control.h - what the parts of system-control share.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include <actorproc.h>

#define CONTROL_CLIENTS_MAX 64
#define CONTROL_CLIENT_CALLS_MAX 32
/* those that nobody uses just now, and all others: an actor has 1024 open asks */
#define CONTROL_REFERENCES_KEPT 64
#define CONTROL_REFERENCES_MAX (CONTROL_REFERENCES_KEPT + 1024)
#define CONTROL_PATH "/org/actorproc"
#define CONTROL_INTERFACE "org.actorproc.Control1"
#define CONTROL_NAME "org.actorproc"

struct call;
struct client;

/** struct control_reference - one of references.h */
struct control_reference {
	char *path;
	struct actor_reference *reference;
	uint64_t used;
};

/**
 * struct control - the state of the actor
 * @supervisor: leads to the root supervisor
 * @owner_uid: who runs the system; besides root the only one let in
 * @listen_fd: the socket; the library's
 * @tick_ns: when the clients' timer is due; 0: it is not set
 * @calls: all that wait for an answer
 */
struct control {
	struct actor *self;
	const char *system;
	struct actor_reference *supervisor;
	struct actor_reference *dead_letters;
	uid_t owner_uid;
	int listen_fd;
	struct client *clients[CONTROL_CLIENTS_MAX];
	size_t n_clients;
	uint64_t tick_ns;
	struct call *calls;
	struct control_reference references[CONTROL_REFERENCES_MAX];
	size_t n_references;
	uint64_t reference_clock;
};
