/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * check.c - `supervisord check FILE`: what is wrong, or what it would become.
 *
 * Starts nothing and changes nothing.
 */
#include "supervisord/check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervisord/check_json.h"
#include "supervisord/check_tree.h"
#include "supervisord/decide/schedule.h"
#include "supervisord/load.h"

/* a host may hang when more processes with filters of their own end at once */
#define ACTORS_MAX 500
#define WARNINGS_MAX 1

struct warnings {
	char text[WARNINGS_MAX][160];
	const char *list[WARNINGS_MAX + 1];
};

static void find_warnings(struct warnings *warnings,
			  const struct spec_system *system)
{
	struct check_counts counts;
	size_t n = 0;

	warnings->list[0] = NULL;
	if (!system)
		return;

	counts = check_tree_count(system->top);
	if (counts.n_actors > ACTORS_MAX) {
		snprintf(warnings->text[n], sizeof(warnings->text[n]),
			 "%zu actors, each with a seccomp filter of its own: a host runs %d",
			 counts.n_actors, ACTORS_MAX);
		warnings->list[n] = warnings->text[n];
		n++;
	}
	warnings->list[n] = NULL;
}

/* Return: an exit status */
static int print(FILE *stream, char *text)
{
	int r;

	if (!text) {
		fputs("supervisord: out of memory\n", stderr);
		return 1;
	}
	r = fputs(text, stream) < 0 || fflush(stream) != 0;
	free(text);

	return r;
}

static int add_schedule(struct printout *out, const struct spec_node *top)
{
	char *text;
	int r;

	r = schedule_format(top, &text);
	if (r < 0)
		return r;
	printout_add(out, text);
	free(text);

	return 0;
}

/* Return: malloc'd, or NULL */
static char *describe(const struct spec_system *system)
{
	struct check_counts counts = check_tree_count(system->top);
	struct printout out = { .broken = false };

	check_tree_draw(&out, system->top);
	printout_add(&out, "\nrestarts of a child that fails as soon as it is ready:\n");
	if (add_schedule(&out, system->top) < 0)
		out.broken = true;
	printout_add_format(&out, "\nactors: %zu, supervisors: %zu\n",
			    counts.n_actors, counts.n_supervisors);

	return printout_take(&out);
}

static int print_json(const struct load *load, const struct warnings *warnings)
{
	int r = print(stdout, check_json_format(load, warnings->list));

	if (r == 0)
		r = putchar('\n') == EOF || fflush(stdout) != 0;

	return r;
}

static int print_text(const struct load *load, const struct warnings *warnings)
{
	const char *const *warning;

	if (!load->system)
		return print(stderr, config_errors_format(&load->source,
							  &load->errors));
	for (warning = warnings->list; *warning; warning++)
		fprintf(stderr, "%s: warning: %s\n", load->source.name,
			*warning);

	return print(stdout, describe(load->system));
}

int check_main(const char *file, bool json)
{
	struct warnings warnings;
	struct load load;
	int r, status;

	r = load_file(&load, file);
	if (r < 0 && r != -EINVAL) {
		fprintf(stderr, "supervisord: %s: %s\n", file, strerror(-r));
		load_deinit(&load);
		return 1;
	}

	find_warnings(&warnings, load.system);
	status = json ? print_json(&load, &warnings) :
			print_text(&load, &warnings);
	load_deinit(&load);

	return r < 0 || status != 0 ? 1 : 0;
}
