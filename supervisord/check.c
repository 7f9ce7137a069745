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

#include "supervisord/act/cgroup.h"
#include "supervisord/check_json.h"
#include "supervisord/check_tree.h"
#include "supervisord/check_warnings.h"
#include "supervisord/config/values.h"
#include "supervisord/decide/schedule.h"
#include "supervisord/decide/shutdown.h"
#include "supervisord/load.h"
#include "supervisord/shortage.h"

static int no_memory(void)
{
	fputs("supervisord: out of memory\n", stderr);
	return 1;
}

/* Return: an exit status */
static int print(FILE *stream, char *text)
{
	int r;

	if (!text)
		return no_memory();
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

/* when all of them use all of their time, one after another */
static void add_stop(struct printout *out, const struct spec_node *top)
{
	uint64_t wanted_ns = shutdown_tree_ns(top);
	char wanted[VALUE_TEXT_MAX], total[VALUE_TEXT_MAX];

	value_duration_format(wanted_ns, wanted);
	value_duration_format(top->shutdown_timeout_ns, total);
	if (wanted_ns <= top->shutdown_timeout_ns)
		printout_add_format(out, "a stop takes at most %s\n", wanted);
	else
		printout_add_format(out, "a stop takes at most %s: together they may want %s, so each gets a part\n",
				    total, wanted);
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

	add_stop(&out, system->top);
	printout_add_format(&out, "the root has %zu descriptors open when all is up, those below it fewer\n",
			    check_tree_descriptors(system));
	if (system->top->require)
		printout_add_format(&out, "it starts at sandbox level %u or above\n",
				    system->top->require);
	if (system->top->exit_with.path)
		printout_add_format(&out, "the system ends with %s\n",
				    system->top->exit_with.path);

	return printout_take(&out);
}

static int print_json(const struct load *load, char **warnings)
{
	int r = print(stdout, check_json_format(load, warnings));

	if (r == 0)
		r = putchar('\n') == EOF || fflush(stdout) != 0;

	return r;
}

static int print_text(const struct load *load, char **warnings)
{
	if (!load->system)
		return print(stderr, config_errors_format(&load->source,
							  &load->errors));
	for (; *warnings; warnings++)
		fprintf(stderr, "%s: warning: %s\n", load->source.name,
			*warnings);

	return print(stdout, describe(load->system));
}

/* Return: an exit status */
static int report(const struct load *load, bool json)
{
	char **warnings = NULL;
	int status;

	if (load->system) {
		warnings = check_warnings(load->system,
					  cgroup_host_controllers(),
					  cgroup_host_bound(),
					  shortage_descriptors());
		if (!warnings)
			return no_memory();
	}
	status = json ? print_json(load, warnings) : print_text(load, warnings);
	check_warnings_free(warnings);

	return status;
}

int check_main(const char *file, bool json)
{
	struct load load;
	int r, status;

	r = load_file(&load, file);
	if (r < 0 && r != -EINVAL) {
		fprintf(stderr, "supervisord: %s: %s\n", file, strerror(-r));
		load_deinit(&load);
		return 1;
	}

	status = report(&load, json);
	load_deinit(&load);

	return r < 0 || status != 0 ? 1 : 0;
}
