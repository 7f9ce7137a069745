/* SPDX-License-Identifier: 0BSD */
/*
 * test-notifier.c - a program that says what it is told to: no actor.
 *
 * test-notifier WORD… [-- WORD…]: says each as one datagram to NOTIFY_SOCKET;
 * ~N is N milliseconds of silence, !N an exit with that status, ^WORD the last one of
 * the first process of a life and nothing for all others. Then it waits for SIGTERM,
 * says what stands behind --, and waits for ever; it ends when nothing does.
 */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/system/actors/say.h"

static volatile sig_atomic_t told;

static void on_term(int number)
{
	(void)number;
	told = 1;
}

static void be_silent(long ms)
{
	struct timespec left = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&left, &left) < 0)
		;
}

static bool is_first(void)
{
	const char *generation = getenv("ACTOR_GENERATION");

	return generation && !strcmp(generation, "0");
}

static char **say_all(char **word)
{
	for (; *word && strcmp(*word, "--"); word++) {
		if (**word == '~')
			be_silent(strtol(*word + 1, NULL, 10));
		else if (**word == '!')
			exit(atoi(*word + 1));
		else if (**word == '^' && !is_first())
			continue;
		else
			say(**word == '^' ? *word + 1 : *word);
		if (**word == '^')
			break;
	}
	return *word ? word + 1 : word;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_term };
	sigset_t term, before;

	(void)argc;
	if (!getenv("NOTIFY_SOCKET"))
		return 1;
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, &before);
	sigaction(SIGTERM, &action, NULL);
	argv = say_all(argv + 1);
	while (!told)
		sigsuspend(&before);
	if (!*argv)
		return 0;
	say_all(argv);
	for (;;)
		pause();
}
