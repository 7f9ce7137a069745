/* SPDX-License-Identifier: 0BSD */
/*
 * test-bounds.c - an actor without our library that says in one line what it
 * was told about mailboxes, its own and those it may send to, and fails.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONTROL_FD 3

static char received[32768];

static const char *const names[] = {
	"BYTES=", "MESSAGES=", "PER_EDGE=", "KIND=", "STASH=", "PAYLOAD=",
	"DESCRIPTORS=", "OVERFLOW=",
};

static void print(const char *field)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strncmp(field, names[i], strlen(names[i])) == 0)
			printf("%s ", field);
}

int main(void)
{
	const char *field;
	ssize_t n;

	while ((n = recv(CONTROL_FD, received, sizeof(received), 0)) > 0) {
		if (strcmp(received, "START") == 0)
			break;
		for (field = received; field < received + n;
		     field += strlen(field) + 1)
			print(field);
	}
	printf("\n");
	fflush(stdout);
	send(CONTROL_FD, "READY", sizeof("READY"), MSG_NOSIGNAL);
	return 3;
}
