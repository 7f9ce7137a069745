/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * listeners.c - sockets that listen, for those who were granted them.
 *
 * One of an address is made once and kept until the lives of all who asked for it
 * are over, so that who connects while they are started anew waits in it.
 *
 * Our own death must not close it either. So each owner of one is a message to
 * ourselves, "keep", with the descriptor, in our stash: the supervisors hold what
 * goes along with a message, and the next process finds it where this one left it.
 * Who is no owner any more is marked; then all of the stash comes by, and those
 * messages are not put back.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "actors/system/network/listeners.h"

#define AGAIN "listen again"
#define AGAIN_NS UINT64_C(50000000)
#define AGAIN_TRIES 40
#define AGAIN_OF_ONE_MAX 8
#define PATH_BYTES 1024

/** struct listener - @n_owners: whose lives go on */
struct listener {
	struct listener *next;
	struct address address;
	int fd;
	size_t n_owners;
};

/**
 * struct owner - one who asked for one
 * @kept: there is a message for it, in our mailbox or our stash
 * @over: its life, or what it was granted: the message is not put back
 */
struct owner {
	struct owner *next;
	struct listener *listener;
	char *path;
	uint64_t life;
	bool kept;
	bool over;
};

/** struct listen_again - an ask for an address that was in use just now */
struct listen_again {
	struct listen_again *next;
	uint64_t token;
	unsigned int n_tries;
	struct address address;
	uint64_t life;
	char path[];
};

/* ---- the table ---------------------------------------------------------- */

static struct listener *find(const struct listeners *all, const char *address)
{
	struct listener *l = all->first;

	while (l && strcmp(l->address.text, address))
		l = l->next;
	return l;
}

static struct owner *find_owner(const struct listeners *all, const char *path,
				uint64_t life, const char *address)
{
	struct owner *o = all->owners;

	while (o && (o->life != life || strcmp(o->path, path) ||
		     strcmp(o->listener->address.text, address)))
		o = o->next;
	return o;
}

static void close_unowned(struct listeners *all, struct listener *l)
{
	struct listener **at = &all->first;

	if (l->n_owners)
		return;
	while (*at != l)
		at = &(*at)->next;
	*at = l->next;
	close(l->fd);
	free(l);
}

static void remove_owner(struct listeners *all, struct owner *owner)
{
	struct owner **at = &all->owners;

	while (*at != owner)
		at = &(*at)->next;
	*at = owner->next;
	owner->listener->n_owners--;
	close_unowned(all, owner->listener);
	free(owner->path);
	free(owner);
}

/* takes @fd when it succeeds */
static struct listener *listener_new(struct listeners *all,
				     const struct address *address, int fd)
{
	struct listener *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->address = *address;
	l->fd = fd;
	l->next = all->first;
	all->first = l;
	return l;
}

static struct owner *owner_new(struct listeners *all, struct listener *l,
			       const char *path, uint64_t life)
{
	struct owner *o = calloc(1, sizeof(*o));

	if (o)
		o->path = strdup(path);
	if (!o || !o->path) {
		free(o);
		return NULL;
	}
	o->listener = l;
	o->life = life;
	o->next = all->owners;
	all->owners = o;
	l->n_owners++;
	return o;
}

/* our own reference to it is declared wherever somebody may listen */
static void watch(struct actor *self, const struct owner *owner)
{
	struct actor_reference *reference = actor_reference(self, owner->path);

	if (!reference)
		return;
	actor_unwatch(self, reference);
	actor_watch(self, reference);
}

/* ---- sockets ------------------------------------------------------------ */

static int listen_there(const struct addrinfo *where, int *ret_fd)
{
	static const int yes = 1;
	int fd, r;

	fd = socket(where->ai_family,
		    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (where->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof(yes));
	if (bind(fd, where->ai_addr, where->ai_addrlen) < 0 ||
	    listen(fd, SOMAXCONN) < 0) {
		r = -errno;
		close(fd);
		return r;
	}
	*ret_fd = fd;
	return 0;
}

static int open_listener(struct listeners *all, const struct address *address,
			 struct listener **ret)
{
	struct addrinfo *where;
	const char *why;
	int fd = -1, r = address_find(address, true, &where, &why);

	if (r < 0)
		return r;
	r = listen_there(where, &fd);
	freeaddrinfo(where);
	if (r < 0)
		return r;
	*ret = listener_new(all, address, fd);
	if (*ret)
		return 0;
	close(fd);
	return -ENOMEM;
}

/* ---- owners ------------------------------------------------------------- */

static void keep(struct actor *self, struct owner *owner)
{
	char text[PATH_BYTES + ADDRESS_BYTES + 32];
	const struct actor_outgoing message = {
		.type = "keep",
		.payload = text,
		.size = (size_t)snprintf(text, sizeof(text), "%llu %s %s",
					 (unsigned long long)owner->life,
					 owner->path,
					 owner->listener->address.text) + 1,
		.content = ACTOR_CONTENT_TEXT,
		.descriptors = &owner->listener->fd,
		.n_descriptors = 1,
	};
	int r = -EMSGSIZE;

	if (message.size <= sizeof(text))
		r = actor_tell_message(self, actor_reference(self,
							     actor_path(self)),
				       &message);
	owner->kept = r == 0;
	if (r < 0)
		actor_log(self, 4, "%s listens at %s until this process ends: %s",
			  owner->path, owner->listener->address.text,
			  strerror(-r));
}

static void end(struct listeners *all, struct owner *owner)
{
	if (owner->kept)
		owner->over = true;
	else
		remove_owner(all, owner);
}

static int own(struct listeners *all, struct actor *self, const char *path,
	       uint64_t life, const struct address *address,
	       struct listener **ret)
{
	struct owner *owner = find_owner(all, path, life, address->text);
	struct listener *l = find(all, address->text);
	int r = 0;

	if (!owner) {
		if (!l)
			r = open_listener(all, address, &l);
		if (r < 0)
			return r;
		owner = owner_new(all, l, path, life);
		if (!owner) {
			close_unowned(all, l);
			return -ENOMEM;
		}
		keep(self, owner);
		watch(self, owner);
	}
	owner->over = false;
	*ret = owner->listener;
	return 0;
}

/* ---- answers ------------------------------------------------------------ */

static int refuse(struct actor *self, uint64_t token,
		  const struct address *address, int error)
{
	char text[ADDRESS_BYTES + 256], way[160] = "";

	if (error == -EACCES)
		snprintf(way, sizeof(way),
			 ": the host has such ports for root alone, and who makes sockets is not: \"sysctl net.ipv4.ip_unprivileged_port_start=%u\" opens it",
			 (unsigned int)address_port(address));
	snprintf(text, sizeof(text), "%s: %s%s", address->text,
		 strerror(-error), way);
	return token ? actor_error_to(self, token, error, text) :
	       actor_error(self, error, text);
}

static int give(struct actor *self, uint64_t token, const struct listener *l)
{
	const struct actor_outgoing reply = {
		.type = "listening",
		.descriptors = &l->fd,
		.n_descriptors = 1,
	};
	int r = token ? actor_reply_to(self, token, &reply) :
			actor_reply_message(self, &reply);

	return r < 0 ? refuse(self, token, &l->address, r) : 0;
}

/*
 * Who had the address last may be closing it just now: supervisors that held the
 * descriptor of a life which is over.
 */
static int ask_again(struct listeners *all, struct actor *self,
		     const struct actor_message *message,
		     const struct address *address)
{
	const char *path = actor_message_sender(message);
	struct listen_again *again;
	size_t n = 0;

	for (again = all->again; again; again = again->next)
		n += !strcmp(again->path, path);
	if (n >= AGAIN_OF_ONE_MAX)
		return refuse(self, 0, address, -EADDRINUSE);
	again = malloc(sizeof(*again) + strlen(path) + 1);
	if (!again)
		return refuse(self, 0, address, -ENOMEM);
	again->token = actor_defer(self);
	if (!again->token) {
		free(again);
		return refuse(self, 0, address, -EADDRINUSE);
	}
	again->n_tries = 0;
	again->address = *address;
	again->life = actor_message_sender_life(message);
	memcpy(again->path, path, strlen(path) + 1);
	again->next = all->again;
	all->again = again;
	return actor_timer(self, AGAIN, AGAIN_NS);
}

int listeners_listen(struct listeners *all, struct actor *self,
		     const struct actor_message *message,
		     const struct address *address)
{
	struct listener *l;
	int r = own(all, self, actor_message_sender(message),
		    actor_message_sender_life(message), address, &l);

	if (r == -EADDRINUSE)
		return ask_again(all, self, message, address);
	return r < 0 ? refuse(self, 0, address, r) : give(self, 0, l);
}

/* true: it is answered */
static bool try_again(struct listeners *all, struct actor *self,
		      struct listen_again *again)
{
	const struct actor_reference *to = actor_reference(self, again->path);
	struct listener *l;
	int r = -ESRCH;		/* another life has begun meanwhile */

	if (!to || actor_reference_life(to) == again->life)
		r = own(all, self, again->path, again->life, &again->address,
			&l);
	if (r == -EADDRINUSE && ++again->n_tries < AGAIN_TRIES)
		return false;
	if (r < 0)
		refuse(self, again->token, &again->address, r);
	else
		give(self, again->token, l);
	return true;
}

bool listeners_tick(struct listeners *all, struct actor *self, const char *key)
{
	struct listen_again **at = &all->again, *again;

	if (strcmp(key, AGAIN))
		return false;
	while ((again = *at)) {
		if (!try_again(all, self, again)) {
			at = &again->next;
			continue;
		}
		*at = again->next;
		free(again);
	}
	if (all->again)
		actor_timer(self, AGAIN, AGAIN_NS);
	return true;
}

/* ---- what is kept ------------------------------------------------------- */

struct kept {
	uint64_t life;
	char path[PATH_BYTES];
	struct address address;
};

static bool read_kept(struct kept *ret, const struct actor_message *message)
{
	unsigned long long life;
	const char *text;
	size_t size;

	text = actor_message_payload(message, &size);
	if (size == 0 || text[size - 1] != '\0' ||
	    sscanf(text, "%llu %1023s %263s", &life, ret->path,
		   ret->address.text) != 3)
		return false;
	ret->life = life;
	return true;
}

/* of the process before us: that its life is over is told as soon as it is
 * watched, but not that another one has begun */
static bool is_owner(struct actor *self, const struct kept *kept,
		     const struct grants *grants)
{
	struct actor_reference *reference = actor_reference(self, kept->path);

	return reference && actor_reference_life(reference) == kept->life &&
	       grants_has(grants, kept->path, "listen", kept->address.text);
}

static struct listener *take(struct listeners *all, const struct kept *kept,
			     const struct actor_message *message)
{
	struct listener *l = find(all, kept->address.text);
	int fd;

	if (l)
		return l;
	fd = fcntl(actor_message_descriptor(message, 0), F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return NULL;
	l = listener_new(all, &kept->address, fd);
	if (!l)
		close(fd);
	return l;
}

static struct owner *recover(struct listeners *all, struct actor *self,
			     const struct kept *kept,
			     const struct actor_message *message)
{
	struct listener *l = take(all, kept, message);
	struct owner *owner = l ? owner_new(all, l, kept->path, kept->life) :
				  NULL;

	if (owner)
		watch(self, owner);
	else if (l)
		close_unowned(all, l);
	return owner;
}

int listeners_keep(struct listeners *all, struct actor *self,
		   const struct actor_message *message,
		   const struct grants *grants)
{
	struct owner *owner;
	struct kept kept;

	if (!read_kept(&kept, message))
		return 0;
	owner = find_owner(all, kept.path, kept.life, kept.address.text);
	if (!owner && is_owner(self, &kept, grants))
		owner = recover(all, self, &kept, message);
	if (!owner)
		return 0;
	if (owner->over || actor_stash(self) < 0) {
		owner->kept = false;
		end(all, owner);
		return 0;
	}
	owner->kept = true;
	return 0;
}

/* ---- the end ------------------------------------------------------------ */

void listeners_ended(struct listeners *all, struct actor *self,
		     const char *path, uint64_t life)
{
	struct owner *owner, *next;

	for (owner = all->owners; owner; owner = next) {
		next = owner->next;
		if (!strcmp(owner->path, path) && owner->life == life)
			end(all, owner);
	}
	actor_unstash(self);
}

void listeners_check(struct listeners *all, struct actor *self,
		     const struct grants *grants)
{
	struct owner *owner, *next;

	for (owner = all->owners; owner; owner = next) {
		next = owner->next;
		if (!grants_has(grants, owner->path, "listen",
				owner->listener->address.text))
			end(all, owner);
	}
	actor_unstash(self);
}
