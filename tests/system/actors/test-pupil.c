/* SPDX-License-Identifier: 0BSD */
/*
 * test-pupil.c - an actor that wants much of the host, where it can have it.
 *
 *	test-pupil READ WRITE [needs]
 *
 * In a sandbox it cannot open READ, and wants nothing else. Else it opens that
 * once more at its end. Or it needs both, and nothing else.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <actorproc.h>

static const char *outside;

static void want(const char *path)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(9),
		.sin_addr = { htonl(INADDR_LOOPBACK) },
	};
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	close(fd);
	/* a name on the way, and not what is in it */
	close(open("/etc", O_PATH | O_CLOEXEC));
	close((int)syscall(SYS_memfd_create, "pupil", 1));
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	connect(fd, (struct sockaddr *)&to, sizeof(to));
	close(fd);
	syscall(SYS_unshare, 0);
}

static int need(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int start(struct actor *self, int argc, char **argv)
{
	int fd, r;

	(void)self;
	if (argc > 3) {
		r = need(argv[1], O_RDONLY);
		return r < 0 ? r : need(argv[2], O_WRONLY | O_CREAT);
	}
	fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		outside = argv[1];
		want(argv[2]);
	}
	close(fd);
	return 0;
}

static void stop(struct actor *self)
{
	(void)self;
	if (outside)
		close(open(outside, O_RDONLY | O_CLOEXEC));
}

static int receive(struct actor *self, const struct actor_message *message)
{
	return actor_message_is(message, "ping") ?
		       actor_reply(self, "pong", "pong", 4) :
		       ACTOR_UNHANDLED;
}

int main(int argc, char **argv)
{
	static const struct actor_class class = {
		.start = start,
		.stop = stop,
		.receive = receive,
	};

	return actor_main(&class, argc, argv);
}
