/* SPDX-License-Identifier: 0BSD */
/*
 * test-listener.c - a program that listens when it is told to.
 *
 *	test-listener ADDRESS [WORD]
 *
 * ADDRESS is a port or the path of a socket. It binds, waits for SIGUSR1,
 * listens, and stays. WORD: "never": it does not listen; "child": a child of it
 * does, and it closes its own; "heavy": the same, and that child takes a while to end.
 */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MEMORY_BYTES (96 << 20)

static int bind_port(const char *port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((unsigned short)atoi(port)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	perror("bind");
	exit(1);
}

static int bind_path(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
	unlink(path);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	perror("bind");
	exit(1);
}

static void hear(int number)
{
	(void)number;
}

static void await_word(void)
{
	sigset_t word;
	int number;

	sigemptyset(&word);
	sigaddset(&word, SIGUSR1);
	sigwait(&word, &number);
}

static void stay(int fd)
{
	if (fd >= 0 && listen(fd, 1) < 0)
		perror("listen");
	for (;;)
		pause();
}

/* which the kernel has to take back before the socket */
static void take_memory(void)
{
	if (mmap(NULL, MEMORY_BYTES, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1,
		 0) == MAP_FAILED)
		perror("mmap");
}

int main(int argc, char **argv)
{
	const char *word = argc > 2 ? argv[2] : "";
	sigset_t blocked;
	int fd;

	if (argc < 2)
		return 64;
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	signal(SIGUSR1, hear);		/* seen from outside: now it may come */
	fd = argv[1][0] == '/' ? bind_path(argv[1]) : bind_port(argv[1]);
	puts("it is bound");
	fflush(stdout);
	await_word();
	if (!strcmp(word, "never"))
		stay(-1);
	if ((!strcmp(word, "child") || !strcmp(word, "heavy")) && fork() != 0) {
		close(fd);
		fd = -1;
	} else if (!strcmp(word, "heavy")) {
		take_memory();
	}
	stay(fd);
}
