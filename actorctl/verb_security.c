/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * verb_security.c - how exposed is what runs, or would run?
 *
 * Joins who looks (probe.c, promises.c), who weighs (exposure.c) and who shows.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actorctl/client.h"
#include "actorctl/exposure_view.h"
#include "actorctl/probe.h"
#include "actorctl/promises.h"
#include "actorctl/terminal.h"
#include "actorctl/verb.h"

/* ---- the threshold ------------------------------------------------------- */

/* of 0 to 10, in tenths; an answer in between is not below what it is above */
static bool read_threshold(const char *text, unsigned int *ret_tenths)
{
	char *end;
	double number;

	if (!text) {
		*ret_tenths = EXPOSURE_MAX;
		return true;
	}
	number = strtod(text, &end);
	if (end == text || *end || !(number >= 0 && number <= 10))
		return false;
	*ret_tenths = (unsigned int)(number * 10 + 1e-9);
	return true;
}

/* supervisors are trusted, and hold what sandboxes are made with */
static bool is_judged(const struct request *request,
		      const struct exposure_view_row *row)
{
	return request->option[VERB_OPTION_ALL] ||
	       row->exposure->kind != EXPOSURE_OF_SUPERVISOR;
}

static bool is_above(const struct exposure_view_row *row, unsigned int tenths)
{
	unsigned int its = row->note ? EXPOSURE_MAX :
				       exposure_tenths(row->exposure);
	char clean[TERMINAL_CLEAN_BYTES];

	if (its <= tenths)
		return false;
	fprintf(stderr, "actorctl: %s: %u.%u is above %u.%u%s%s\n",
		terminal_clean(clean, sizeof(clean), row->path), its / 10,
		its % 10, tenths / 10, tenths % 10, row->note ? ": " : "",
		row->note ? row->note : "");
	return true;
}

/* ---- showing ------------------------------------------------------------- */

static int print_text(char *text)
{
	if (!text)
		return client_no_memory();
	fputs(text, stdout);
	free(text);
	return EXIT_DONE;
}

static int print(const struct request *request,
		 const struct exposure_view_row *rows, size_t n_rows,
		 bool closely)
{
	json_t *json;
	int r = EXIT_DONE;

	if (request_json(request)) {
		json = exposure_view_json(rows, n_rows);
		r = json ? client_print_json(json) : client_no_memory();
		json_decref(json);
		return r;
	}
	if (!closely)
		return print_text(exposure_view_table(rows, n_rows));
	for (size_t i = 0; i < n_rows && r == EXIT_DONE; i++)
		r = print_text(exposure_view_all(&rows[i]));

	return r;
}

/* a path with one process and those that stand by for it */
static bool is_one(const struct request *request,
		   const struct exposure_view_row *rows, size_t n_rows)
{
	for (size_t i = 1; i < n_rows; i++)
		if (!rows[i].role)
			return false;

	return request->n_arguments > 0 && n_rows > 0;
}

/* ---- what runs ----------------------------------------------------------- */

static const char *note_of(const struct probe *p)
{
	switch (p->outcome) {
	case PROBE_SEEN:
		return NULL;
	case PROBE_NO_PROCESS:
		return *p->state ? p->state : "no process";
	case PROBE_ENDED:
		return "ended meanwhile";
	case PROBE_REFUSED:
		return "may not be looked at: be who started the system, or root";
	case PROBE_STRANGER:
		return "its pid is somebody else's here: look from where the system was started";
	}
	return NULL;
}

/* who has ended is none; who hides is all that is bad */
static bool is_there(const struct probe *p)
{
	return p->outcome != PROBE_NO_PROCESS && p->outcome != PROBE_ENDED;
}

static size_t rows_of(const struct probes *probes,
		      struct exposure_view_row *rows)
{
	size_t n = 0;

	for (size_t i = 0; i < probes->n; i++) {
		const struct probe *p = &probes->probes[i];

		if (p->selected)
			rows[n++] = (struct exposure_view_row){
				.path = p->path, .role = p->role, .pid = p->pid,
				.note = note_of(p), .exposure = &p->exposure,
			};
	}

	return n;
}

static bool any_above(const struct request *request,
		      const struct probes *probes, unsigned int tenths)
{
	bool above = false;

	for (size_t i = 0; i < probes->n; i++) {
		const struct probe *p = &probes->probes[i];
		struct exposure_view_row row = {
			.path = p->path, .note = note_of(p),
			.exposure = &p->exposure,
		};

		if (p->selected && is_judged(request, &row) && is_there(p))
			above |= is_above(&row, tenths);
	}

	return above;
}

static int show_probes(const struct request *request,
		       const struct probes *probes, unsigned int tenths)
{
	struct exposure_view_row *rows = calloc(probes->n + 1, sizeof(*rows));
	size_t n;
	int r;

	if (!rows)
		return client_no_memory();
	n = rows_of(probes, rows);
	r = print(request, rows, n, is_one(request, rows, n));
	free(rows);
	if (r == EXIT_DONE && any_above(request, probes, tenths))
		r = EXIT_FAILED;

	return r;
}

static int no_actor(const char *path)
{
	char clean[TERMINAL_CLEAN_BYTES];

	fprintf(stderr, "actorctl: %s: no such actor; for a list: actorctl tree\n",
		terminal_clean(clean, sizeof(clean), path));
	return EXIT_NO_ACTOR;
}

static int look(const struct request *request, unsigned int tenths)
{
	const char *path = request->n_arguments ? request->arguments[0] : "";
	/* one that ends meanwhile is no answer of this verb */
	struct request quiet = *request;
	struct client client = { .bus = NULL };
	struct probes probes = { .n = 0 };
	size_t n = 0;
	int r;

	r = client_open(&client, request, path);
	quiet.option[VERB_OPTION_JSON] = NULL;
	client.request = &quiet;
	if (r == 0)
		r = probes_look(&client, path, &probes);
	for (size_t i = 0; i < probes.n; i++)
		n += probes.probes[i].selected;
	if (r == 0)
		r = n ? show_probes(request, &probes, tenths) : no_actor(path);
	probes_clear(&probes);
	client_close(&client);
	return r;
}

/* ---- what would ---------------------------------------------------------- */

static bool is_at_or_below(const char *path, const char *node)
{
	size_t n = strlen(node);

	return !strncmp(path, node, n) && (path[n] == '\0' || path[n] == '/');
}

/* Return: how many; SIZE_MAX: one is not understood */
static size_t read_rows(const json_t *promises, const char *path,
			struct exposure_view_row *rows,
			struct exposure *exposures)
{
	const char *its;
	json_t *promise;
	size_t i, n = 0;

	json_array_foreach(promises, i, promise) {
		its = json_string_value(json_object_get(promise, "path"));
		if (!its || !promises_exposure(promise, &exposures[n]))
			return SIZE_MAX;
		rows[n] = (struct exposure_view_row){
			.path = its, .exposure = &exposures[n],
		};
		n += is_at_or_below(its, path);
	}

	return n;
}

static int show_rows(const struct request *request,
		     const struct exposure_view_row *rows, size_t n,
		     unsigned int tenths)
{
	bool above = false;
	int r;

	if (n == SIZE_MAX) {
		fprintf(stderr, "actorctl: the daemon's program speaks of what is not known here; do their versions agree? actorctl version\n");
		return EXIT_FAILED;
	}
	if (n == 0)
		return no_actor(request->n_arguments ? request->arguments[0] :
						       "/");
	r = print(request, rows, n, is_one(request, rows, n));
	for (size_t i = 0; i < n; i++)
		above |= is_above(&rows[i], tenths);

	return r == EXIT_DONE && above ? EXIT_FAILED : r;
}

static int read_file(const struct request *request, unsigned int tenths)
{
	const char *path = request->n_arguments ? request->arguments[0] : "";
	struct exposure_view_row *rows = NULL;
	struct exposure *exposures = NULL;
	json_t *promises = NULL;
	size_t n;
	int r;

	r = promises_read(request->option[VERB_OPTION_OFFLINE], &promises);
	if (r != 0)
		return r;
	n = json_array_size(promises) + 1;
	rows = calloc(n, sizeof(*rows));
	exposures = calloc(n, sizeof(*exposures));
	if (rows && exposures)
		r = show_rows(request, rows,
			      read_rows(promises, path, rows, exposures),
			      tenths);
	else
		r = client_no_memory();
	free(rows);
	free(exposures);
	json_decref(promises);
	return r;
}

static int run(const struct request *request)
{
	unsigned int tenths;

	if (!read_threshold(request->option[VERB_OPTION_THRESHOLD], &tenths)) {
		fprintf(stderr, "actorctl: --threshold takes a number of 0.0 to 10.0\n");
		return EXIT_USAGE;
	}
	if (request->option[VERB_OPTION_OFFLINE])
		return read_file(request, tenths);

	return look(request, tenths);
}

const struct verb verb_security = {
	.name = "security",
	.usage = "[--all] [--threshold N] [--offline FILE] [PATH]",
	.summary = "what its processes could do, from 0.0 (safe) to 10.0",
	.max = 1,
	.options = 1u << VERB_OPTION_ALL | 1u << VERB_OPTION_THRESHOLD |
		   1u << VERB_OPTION_OFFLINE,
	.run = run,
};
