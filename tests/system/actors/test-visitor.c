/* SPDX-License-Identifier: 0BSD */
/*
 * test-visitor.c - tries one way to a port of this host, and exits with what came
 * of it: 40, or the errno.
 *
 *	test-visitor connect|fastopen|mptcp|bind PORT
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define THERE 40
#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

static int visit(int argc, char **argv)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	const char *way = argc == 3 ? argv[1] : "";
	const int yes = 1;
	long r;
	int fd;

	fd = socket(AF_INET, SOCK_STREAM,
		    strcmp(way, "mptcp") ? 0 : IPPROTO_MPTCP);
	if (fd < 0 || argc != 3)
		return errno;
	to.sin_port = htons((uint16_t)atoi(argv[2]));
	/* who tries this keeps the port for us */
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (!strcmp(way, "bind"))
		r = bind(fd, (struct sockaddr *)&to, sizeof(to));
	else if (!strcmp(way, "fastopen"))
		r = sendto(fd, "x", 1, MSG_FASTOPEN, (struct sockaddr *)&to,
			   sizeof(to));
	else
		r = connect(fd, (struct sockaddr *)&to, sizeof(to));
	return r < 0 ? errno : THERE;
}

/* whatever is linked in has nothing to do at the end */
int main(int argc, char **argv)
{
	_exit(visit(argc, argv));
}
