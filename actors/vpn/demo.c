/* SPDX-License-Identifier: 0BSD */
/*
 * demo.c - how the VPN example can be made to crash, when VPN_DEMO=1 is set.
 *
 * These crashes are planted, for scripts/demo and the tests, and are the only
 * code here that means harm. configs/vpn.yaml sets VPN_DEMO; a real daemon
 * would leave it out.
 */
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "demo.h"

#define CRASH_DELAY_MAX_MS 10000

bool demo_enabled(void)
{
	const char *value = getenv("VPN_DEMO");

	return value && strcmp(value, "1") == 0;
}

__attribute__((no_sanitize("undefined", "address")))
_Noreturn void demo_crash(void)
{
	volatile int *volatile nowhere = NULL;

	/* a sanitizer would make an exit status of it */
	signal(SIGSEGV, SIG_DFL);
	*nowhere = 1;
	abort();
}

static int crash_delay_ms(const struct actor_message *message)
{
	char text[16] = { 0 };
	size_t n_bytes;
	const void *bytes = actor_message_payload(message, &n_bytes);
	long delay_ms;

	memcpy(text, bytes, n_bytes < sizeof(text) ? n_bytes : sizeof(text) - 1);
	delay_ms = strtol(text, NULL, 10);
	if (delay_ms < 0)
		return 0;

	return delay_ms < CRASH_DELAY_MAX_MS ? (int)delay_ms :
					       CRASH_DELAY_MAX_MS;
}

int demo_receive(const struct actor_message *message)
{
	if (!demo_enabled() || !actor_message_is(message, "crash"))
		return ACTOR_UNHANDLED;

	poll(NULL, 0, crash_delay_ms(message));
	demo_crash();
}
