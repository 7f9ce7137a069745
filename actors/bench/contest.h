/* SPDX-License-Identifier: 0BSD */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "plan.h"
#include "samples.h"
#include "tally.h"

/**
 * struct contestant - one way to get messages from process to process
 * @name: a word
 * @prepare: before any process is there: what all of them inherit; may be NULL
 * @send: in the process of a sender: connect, contest_ready(), then send its
 *        quota to each receiver in turn and hold nothing back
 * @take: in the process of a receiver: contest_ready(), then take until nothing
 *        is left of @tally
 * @ask: connect, contest_ready(), then plan->n round trips, each a sample
 * @answer: contest_ready(), then send back what comes, until killed
 *
 * Receivers are ready before the first sender is started.
 */
struct contestant {
	const char *name;
	void (*prepare)(const struct plan *plan);
	void (*send)(const struct plan *plan, unsigned int sender);
	void (*take)(const struct plan *plan, unsigned int receiver,
		     struct tally *tally);
	void (*ask)(const struct plan *plan, struct samples *samples);
	void (*answer)(const struct plan *plan);
};

/**
 * contest_main() - measure one contestant
 * @argv: "tell" or "ask", then the words of a plan
 *
 * Prints two numbers: of tells nanoseconds for each message and the share of
 * the slowest sender, of asks nanoseconds at the 50th and 99th percentile.
 *
 * Return: what main() should return.
 */
int contest_main(const struct contestant *contestant, int argc, char **argv);

/** contest_ready() - this process is; a sender goes on when all are */
void contest_ready(void);

/** contest_fail() - @what went wrong, and why; ends the measurement */
_Noreturn void contest_fail(const char *what, const char *why);
/** contest_fail_errno() - the same, why is errno */
_Noreturn void contest_fail_errno(const char *what);

/** contest_now_ns() - the clock of all measurements */
uint64_t contest_now_ns(void);

/** contest_payload() - plan->size bytes, signed; never freed */
void *contest_payload(const struct plan *plan, unsigned int sender);

#define CONTEST_ADDRESS_MAX 100

/** contest_address() - where receiver listens: "ipc:///tmp/…", the same
 * in all processes of this measurement; the file is removed at its end */
void contest_address(char address[CONTEST_ADDRESS_MAX], unsigned int receiver);
