/* SPDX-License-Identifier: 0BSD */
/*
 * say.c - a datagram of words.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/system/actors/say.h"

void say(const char *text)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s",
		 getenv("NOTIFY_SOCKET"));
	if (sendto(fd, text, strlen(text), 0, (struct sockaddr *)&address,
		   sizeof(address)) < 0) {
		perror("sendto");
		exit(1);
	}
	close(fd);
}
