/* SPDX-License-Identifier: 0BSD */
/*
 * demo.h - how the VPN example can be made to crash, when VPN_DEMO=1 is set.
 *
 * Without that in their environment the actors know nothing of this.
 */
#pragma once

#include <actorproc.h>
#include <stdbool.h>

/** demo_enabled() - is VPN_DEMO=1 set? */
bool demo_enabled(void);
/** demo_crash() - die of SIGSEGV */
_Noreturn void demo_crash(void);
/**
 * demo_receive() - for messages that an actor itself does not know
 *
 * "crash [MILLISECONDS]": stay in the handler for so long, at most ten seconds,
 * then die. Return: ACTOR_UNHANDLED for everything else, and always when not
 * enabled.
 */
int demo_receive(const struct actor_message *message);
