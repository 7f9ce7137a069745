/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * clients.c - connections of actorctl, busctl and their like.
 *
 * An sd-bus server for each, driven by the actor's loop. Whom to let in is the
 * kernel's word alone. A client costs nobody but itself: who does not finish
 * to connect, does not read, or sits there when others want in, is dropped.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "actors/system/control/calls.h"
#include "actors/system/control/clients.h"
#include "actors/system/control/driver.h"
#include "actors/system/control/methods.h"

#define SECOND_NS UINT64_C(1000000000)
#define CONNECT_NS (5 * SECOND_NS)
#define UNREAD_NS (10 * SECOND_NS)
#define IDLE_NS (2 * SECOND_NS)
#define TICK_NS SECOND_NS
#define UNREAD_MAX 128
#define ACCEPTS_A_TURN 16
#define MESSAGES_A_TURN 64
#define CLIENTS_TIMER "clients"

static void drop(struct control *control, size_t index)
{
	struct client *client = control->clients[index];

	control->clients[index] = control->clients[--control->n_clients];
	calls_orphan(control, client);
	actor_unwatch_fd(control->self, client->fd);
	close(client->fd);
	sd_bus_close(client->bus);
	sd_bus_unref(client->bus);
	free(client);
}

void clients_flush(struct client *client)
{
	int events = sd_bus_get_events(client->bus);
	int r;

	if (events < 0) {
		client->broken = true;
		return;
	}
	/* poll's and epoll's bits are the same */
	if ((uint32_t)events == client->events)
		return;

	r = actor_watch_fd(client->control->self, client->fd,
			   (uint32_t)events);
	if (r < 0)
		client->broken = true;
	else
		client->events = (uint32_t)events;
}

static void process(struct client *client)
{
	client->active_ns = actor_now_ns();

	for (int i = 0; i < MESSAGES_A_TURN && !client->broken; i++) {
		int r = sd_bus_process(client->bus, NULL);

		if (r < 0)
			client->broken = true;
		if (r <= 0)
			break;
	}

	if (!client->broken)
		clients_flush(client);
}

static bool may_enter(const struct control *control, int fd,
		      struct ucred *ret)
{
	socklen_t n = sizeof(*ret);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, ret, &n) < 0)
		return false;

	/* our own uid: in a user namespace that is how the owner looks */
	return ret->uid == 0 || ret->uid == control->owner_uid ||
	       ret->uid == geteuid();
}

/* a connection nobody uses makes room for one that somebody wants */
static bool make_room(struct control *control)
{
	size_t oldest = 0;

	if (control->n_clients < CONTROL_CLIENTS_MAX)
		return true;

	for (size_t i = 1; i < control->n_clients; i++)
		if (control->clients[i]->active_ns <
		    control->clients[oldest]->active_ns)
			oldest = i;

	if (control->clients[oldest]->n_calls > 0 ||
	    actor_now_ns() - control->clients[oldest]->active_ns < IDLE_NS)
		return false;

	drop(control, oldest);
	return true;
}

static int start_bus(struct client *client)
{
	sd_id128_t id;
	int r;

	r = sd_id128_randomize(&id);
	if (r >= 0)
		r = sd_bus_set_server(client->bus, true, id);
	/* who may enter is decided already */
	if (r >= 0)
		r = sd_bus_set_anonymous(client->bus, true);
	if (r >= 0)
		r = sd_bus_set_trusted(client->bus, true);
	if (r >= 0)
		r = sd_bus_negotiate_fds(client->bus, false);
	if (r >= 0)
		r = driver_install(client);
	if (r >= 0)
		r = methods_install(client);
	if (r >= 0)
		r = sd_bus_start(client->bus);

	return r;
}

/* takes @fd */
static void enter(struct control *control, int fd, const struct ucred *who)
{
	struct client *client = calloc(1, sizeof(*client));
	/* sd-bus closes its own when it likes; this number stays ours */
	int watched = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	uint64_t now_ns = actor_now_ns();

	if (!client || watched < 0 || sd_bus_new(&client->bus) < 0 ||
	    sd_bus_set_fd(client->bus, fd, fd) < 0) {
		if (client)
			sd_bus_unref(client->bus);
		free(client);
		close(fd);
		if (watched >= 0)
			close(watched);
		return;
	}

	client->control = control;
	client->fd = watched;
	client->uid = who->uid;
	client->pid = who->pid;
	client->since_ns = client->active_ns = now_ns;
	control->clients[control->n_clients++] = client;

	if (start_bus(client) < 0)
		client->broken = true;
	else
		process(client);

	if (client->broken)
		drop(control, control->n_clients - 1);
}

static void accept_clients(struct control *control)
{
	for (int i = 0; i < ACCEPTS_A_TURN; i++) {
		struct ucred who;
		int fd = accept4(control->listen_fd, NULL, NULL,
				 SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0)
			return;

		if (!may_enter(control, fd, &who)) {
			actor_log(control->self, 4,
				  "control: uid %u may not connect",
				  (unsigned int)who.uid);
			close(fd);
			continue;
		}
		if (!make_room(control)) {
			close(fd);
			continue;
		}
		enter(control, fd, &who);
	}
}

int clients_start(struct control *control)
{
	return actor_watch_fd(control->self, control->listen_fd, EPOLLIN);
}

bool clients_ready(struct control *control, int fd)
{
	if (fd == control->listen_fd) {
		accept_clients(control);
		return true;
	}

	for (size_t i = 0; i < control->n_clients; i++)
		if (control->clients[i]->fd == fd) {
			process(control->clients[i]);
			return true;
		}

	return false;
}

static void check_deadlines(struct client *client, uint64_t now_ns)
{
	uint64_t n_unread = 0;

	if (sd_bus_is_ready(client->bus) <= 0 &&
	    now_ns - client->since_ns > CONNECT_NS)
		client->broken = true;

	if (sd_bus_get_n_queued_write(client->bus, &n_unread) < 0)
		client->broken = true;
	if (n_unread == 0 || n_unread < client->n_unread)
		client->unread_ns = now_ns;
	if (n_unread > UNREAD_MAX ||
	    (n_unread > 0 && now_ns - client->unread_ns > UNREAD_NS))
		client->broken = true;
	client->n_unread = n_unread;
}

bool clients_tick(struct control *control, const struct actor_message *message)
{
	uint64_t now_ns = actor_now_ns();

	if (!actor_message_is_tick(message, CLIENTS_TIMER))
		return false;

	control->tick_ns = 0;
	for (size_t i = 0; i < control->n_clients; i++) {
		struct client *client = control->clients[i];
		uint64_t active_ns = client->active_ns;

		process(client);
		client->active_ns = active_ns;
		check_deadlines(client, now_ns);
	}

	return true;
}

/* when sd-bus wants to be called though its descriptor is silent */
static uint64_t bus_delay_ns(const struct client *client)
{
	struct timespec now;
	uint64_t now_us, at_us;

	if (sd_bus_get_timeout(client->bus, &at_us) < 0 ||
	    at_us == UINT64_MAX)
		return UINT64_MAX;

	clock_gettime(CLOCK_MONOTONIC, &now);
	now_us = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
	return at_us > now_us ? (at_us - now_us) * 1000 : 1;
}

static void schedule(struct control *control, uint64_t delay_ns)
{
	uint64_t now_ns = actor_now_ns();

	/* busy clients must not put off the deadlines of the others */
	if (control->tick_ns > now_ns && control->tick_ns <= now_ns + delay_ns)
		return;

	if (actor_timer(control->self, CLIENTS_TIMER, delay_ns) == 0)
		control->tick_ns = now_ns + delay_ns;
}

void clients_settle(struct control *control)
{
	uint64_t delay_ns = TICK_NS;

	for (size_t i = control->n_clients; i-- > 0;)
		if (control->clients[i]->broken)
			drop(control, i);

	for (size_t i = 0; i < control->n_clients; i++) {
		uint64_t ns = bus_delay_ns(control->clients[i]);

		if (ns < delay_ns)
			delay_ns = ns;
	}
	if (control->n_clients > 0)
		schedule(control, delay_ns);
}

void clients_clear(struct control *control)
{
	while (control->n_clients > 0)
		drop(control, 0);
}
