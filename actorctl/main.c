/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * main.c - actorctl: look at a running system and act on it.
 *
 * Takes the command line apart by two tables, of verbs and of options, and
 * calls the verb. Everything else is in the verbs.
 */
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actorctl/nearest.h"
#include "actorctl/terminal.h"
#include "actorctl/verb.h"

static const struct verb *const verbs[] = {
	&verb_run, &verb_check, &verb_tree, &verb_show, &verb_why, &verb_tell,
	&verb_ask, &verb_start, &verb_stop, &verb_restart, &verb_kill,
	&verb_pause, &verb_unpause, &verb_spawn, &verb_dead_letters,
	&verb_mailbox, &verb_security, &verb_learn, &verb_reload, &verb_upgrade,
	&verb_reexec, &verb_metrics, &verb_version,
};

#define N_VERBS (sizeof(verbs) / sizeof(*verbs))
#define EVERYBODYS (1u << VERB_OPTION_SYSTEM | 1u << VERB_OPTION_JSON | \
		    1u << VERB_OPTION_HELP)

static const struct option options[] = {
#define X(symbol, name_, argument) {					\
		.name = name_,						\
		.has_arg = (argument) ? required_argument : no_argument, \
		.val = VERB_OPTION_##symbol,				\
	},
	VERB_OPTIONS(X)
#undef X
	{ .name = NULL },
};

static void print_help(void)
{
	printf("actorctl [-s SYSTEM] [--json] VERB …\n\n");
	for (size_t i = 0; i < N_VERBS; i++) {
		printf("  %s %s\n", verbs[i]->name, verbs[i]->usage);
		printf("        %s\n", verbs[i]->summary);
	}
	printf("\nExit status: 0 done, 1 failed, 2 usage, 3 no such actor, "
	       "4 timed out,\n5 became a dead letter, 6 no such system. "
	       "See actorctl(1).\n");
}

/* the one after @n words that no brackets are around; NULL: there is none */
static const char *word_of(const char *usage, size_t n)
{
	const char *at = usage;

	for (; *at; at += strspn(at, " ")) {
		if (*at == '[') {
			at += strcspn(at, "]");
			at += *at == ']';
			continue;
		}
		if (n-- == 0)
			return at;
		at += strcspn(at, " ");
	}
	return NULL;
}

static void say_what_is_wrong(const struct verb *verb,
			      const struct request *request)
{
	const char *word = word_of(verb->usage, request->n_arguments);

	if (request->n_arguments > verb->max)
		fprintf(stderr, "actorctl: %s: \"%s\" is too many\n",
			verb->name, request->arguments[verb->max]);
	else if (word)
		fprintf(stderr, "actorctl: %s: %.*s is missing\n", verb->name,
			(int)strcspn(word, " "), word);
}

static int usage_of(const struct verb *verb)
{
	fprintf(stderr, "actorctl: usage: actorctl %s %s\n", verb->name,
		verb->usage);
	return EXIT_USAGE;
}

static int unknown_verb(const char *name)
{
	const char *names[N_VERBS + 1] = { NULL }, *nearest;
	char clean[TERMINAL_CLEAN_BYTES];

	for (size_t i = 0; i < N_VERBS; i++)
		names[i] = verbs[i]->name;
	nearest = nearest_of(names, name);

	fprintf(stderr, "actorctl: no verb '%s'",
		terminal_clean(clean, sizeof(clean), name));
	if (nearest)
		fprintf(stderr, "; did you mean '%s'?\n", nearest);
	else
		fprintf(stderr, "; for a list: actorctl --help\n");

	return EXIT_USAGE;
}

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < N_VERBS; i++)
		if (!strcmp(verbs[i]->name, name))
			return verbs[i];

	return NULL;
}

/* options up to the first argument ("+s:"), or all of them ("s:") */
static int read_options(struct request *request, int argc, char **argv,
			const char *letters, unsigned int allowed)
{
	int option;

	while ((option = getopt_long(argc, argv, letters, options, NULL)) >= 0) {
		if (option == 's')
			option = VERB_OPTION_SYSTEM;
		if (option == 'h')
			option = VERB_OPTION_HELP;
		if (option >= N_VERB_OPTIONS)
			return EXIT_USAGE;
		if (!(allowed & 1u << option)) {
			fprintf(stderr, "actorctl: --%s means nothing here\n",
				options[option].name);
			return EXIT_USAGE;
		}
		request->option[option] = optarg ? optarg : "";
	}

	return 0;
}

static int run_verb(const struct verb *verb, struct request *request,
		    int argc, char **argv)
{
	/* a new list: getopt begins again */
	optind = 0;
	if (read_options(request, argc, argv, "s:h",
			 EVERYBODYS | verb->options))
		return usage_of(verb);
	if (request->option[VERB_OPTION_HELP]) {
		printf("actorctl %s %s\n%s\n", verb->name, verb->usage,
		       verb->summary);
		return EXIT_DONE;
	}

	request->arguments = argv + optind;
	request->n_arguments = (size_t)(argc - optind);
	if (request->n_arguments < verb->min ||
	    request->n_arguments > verb->max) {
		say_what_is_wrong(verb, request);
		return usage_of(verb);
	}

	return verb->run(request);
}

int main(int argc, char **argv)
{
	struct request request = { .arguments = NULL };
	const struct verb *verb;

	setlocale(LC_ALL, "");
	if (read_options(&request, argc, argv, "+s:h", EVERYBODYS)) {
		fprintf(stderr, "actorctl: for help: actorctl --help\n");
		return EXIT_USAGE;
	}
	if (request.option[VERB_OPTION_HELP]) {
		print_help();
		return EXIT_DONE;
	}
	if (optind == argc) {
		fprintf(stderr, "actorctl: what shall be done? "
			"For a list: actorctl --help\n");
		return EXIT_USAGE;
	}

	verb = find_verb(argv[optind]);
	if (!verb)
		return unknown_verb(argv[optind]);

	return run_verb(verb, &request, argc - optind, argv + optind);
}
