/* SPDX-License-Identifier: 0BSD */
/*
 * test-flood.c - a program that sends descriptors to itself and never reads them.
 *
 *	test-flood MOST FILE
 *
 * At most so many, and as many as the kernel lets it. Then it writes how many they
 * are, and a line's end, to FILE, and stays.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define AT_ONCE 250

static int send_some(int fd)
{
	static char control[CMSG_SPACE(AT_ONCE * sizeof(int))];
	static char byte;
	struct iovec said = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &said, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
	const int own = STDOUT_FILENO;

	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(AT_ONCE * sizeof(int));
	for (size_t i = 0; i < AT_ONCE; i++)
		memcpy(CMSG_DATA(rights) + i * sizeof(int), &own, sizeof(int));
	return sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -1 : 0;
}

int main(int argc, char **argv)
{
	int most = argc == 3 ? atoi(argv[1]) : 0, n = 0, ends[2];
	FILE *file;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
		return 1;
	while (n < most && send_some(ends[0]) == 0)
		n += AT_ONCE;
	file = argc == 3 ? fopen(argv[2], "w") : NULL;
	if (!file)
		return 1;
	fprintf(file, "%d\n", n);
	fclose(file);
	for (;;)
		pause();
}
