/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pose.c - an actor that is taken over as soon as it is ready.
 *
 * Without our library: it alone says what an actor has to say.
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/kernel/pose.h"

#define CONTROL_FD 3
#define IT_WORKED 99
#define SET_MDWE 65

/* of the second stage this alone: the attacks are tried on the first */
static void heed(const char *text, size_t n_bytes)
{
	static const char mdwe[] = "MDWE=1";

	if (!strcmp(text, "CLOSE") &&
	    memmem(text, n_bytes, mdwe, sizeof(mdwe)) &&
	    prctl(SET_MDWE, 1, 0, 0, 0) < 0)
		_exit(1);
}

static void await(const char *verb)
{
	struct pollfd readable = { .fd = CONTROL_FD, .events = POLLIN };
	char text[32768] = "";
	ssize_t n;

	while (strcmp(text, verb) != 0) {
		poll(&readable, 1, -1);
		memset(text, 0, 64);
		n = recv(CONTROL_FD, text, sizeof(text) - 1, 0);
		if (n <= 0)
			_exit(1);
		heed(text, (size_t)n);
	}
}

void pose_as_actor(void)
{
	await("START");
	if (send(CONTROL_FD, "READY", sizeof("READY"), 0) < 0)
		_exit(1);
}

void pose_until_stop(void)
{
	await("STOP");
}

void pose_report(int error)
{
	char text[64];
	int n;

	if (error == 0)
		_exit(IT_WORKED);
	n = snprintf(text, sizeof(text), "FAILED%cERRNO=%d", 0, error);
	send(CONTROL_FD, text, (size_t)n + 1, 0);
	_exit(1);
}
