/* SPDX-License-Identifier: 0BSD */
/*
 * test-pupil.c - an actor that wants much of the host, where it can have it.
 *
 *	test-pupil READ WRITE [needs | works | joins PORT]
 *
 * In a sandbox it cannot open READ, and wants nothing else. Else it opens that
 * once more at its end. Or it needs both, and nothing else; or it works only when
 * it has been started, and then needs both, the folders on the way to WRITE, and
 * calls that a start hook may make; or it needs who listens at PORT of 127.0.0.1.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <actorproc.h>

static const char *outside;
static char **work;	/* that is still to be done: READ WRITE */

static int join(const char *port)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)atoi(port)),
		.sin_addr = { htonl(INADDR_LOOPBACK) },
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int r = connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 ? -errno :
								       0;

	close(fd);
	return r;
}

static void want(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	close(fd);
	/* a name on the way, and not what is in it */
	close(open("/etc", O_PATH | O_CLOEXEC));
	close((int)syscall(SYS_memfd_create, "pupil", 1));
	join("9");
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

/* as mkdir -p does */
static int make_folders(const char *path)
{
	char folder[PATH_MAX];

	snprintf(folder, sizeof(folder), "%s", path);
	for (char *at = folder; (at = strchr(at + 1, '/')); *at = '/') {
		*at = '\0';
		if (mkdir(folder, 0700) < 0 && errno != EEXIST)
			return -errno;
	}
	return 0;
}

static int watch(const char *path)
{
	int fd = inotify_init1(IN_CLOEXEC);
	int r = inotify_add_watch(fd, path, IN_CLOSE_WRITE) < 0 ? -errno : 0;

	close(fd);
	return r;
}

/* what its libc may do without a call is called all the same */
static int call(void)
{
	struct itimerval never = { .it_value = { 0, 0 } };
	struct rusage usage;
	struct utsname name;
	char folder[PATH_MAX];

	if (syscall(SYS_getcwd, folder, sizeof(folder)) < 0 ||
	    syscall(SYS_getrusage, RUSAGE_SELF, &usage) < 0 ||
	    syscall(SYS_setitimer, ITIMER_REAL, &never, NULL) < 0 ||
	    syscall(SYS_uname, &name) < 0)
		return -errno;
	return 0;
}

static int do_work(void)
{
	int r = make_folders(work[1]);

	if (r == 0)
		r = need(work[1], O_WRONLY | O_CREAT);
	if (r == 0)
		r = watch(work[0]);
	return r < 0 ? r : call();
}

static int start(struct actor *self, int argc, char **argv)
{
	int fd, r;

	if (argc > 4)
		return join(argv[4]);
	if (argc > 3 && !strcmp(argv[3], "works")) {
		work = argv + 1;
		return actor_timer(self, "work", 1);
	}
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
	const char *said = work ? "to be done" : "pong";
	int r;

	if (actor_message_is(message, "ping"))
		return actor_reply(self, "pong", said, strlen(said));
	if (!actor_message_is_tick(message, "work") || !work)
		return ACTOR_UNHANDLED;
	r = do_work();
	work = NULL;
	return r;
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
