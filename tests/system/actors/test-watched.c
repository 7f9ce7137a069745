/* SPDX-License-Identifier: 0BSD */
/*
 * test-watched.c - a program with a watchdog, as its manual says: no actor.
 *
 * test-watched [N [LAST [READY]]]: READY, which is READY=1, then WATCHDOG=1 in
 * half the time that WATCHDOG_USEC says; N times, or for ever; then LAST, and
 * never more.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/system/actors/say.h"

int main(int argc, char **argv)
{
	const char *usec = getenv("WATCHDOG_USEC");
	unsigned long n = argc > 1 ? strtoul(argv[1], NULL, 10) : -1UL;
	useconds_t half;

	if (!usec || !getenv("NOTIFY_SOCKET"))
		return 1;
	half = (useconds_t)strtoul(usec, NULL, 10) / 2;
	say(argc > 3 ? argv[3] : "READY=1");
	for (; n > 0; n--) {
		say("WATCHDOG=1");
		usleep(half < 200000 ? half : 200000);
	}
	if (argc > 2)
		say(argv[2]);
	for (;;)
		pause();
}
