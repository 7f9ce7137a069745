/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz_config.c - any bytes as a config file: a checked tree or shown errors.
 *
 * Whatever comes out keeps the promises of spec.h, which others rely on.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libactorproc/path.h"
#include "supervisord/config/spec.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes);

/* a program for most names, and an errno for the others */
static char *find_program(void *data, const char *exec, int *ret_error)
{
	(void)data;
	if (exec[0] >= 'a' && exec[0] <= 'w')
		return strdup("/bin/true");
	*ret_error = exec[0] == 'x' ? -EACCES : -ENOENT;

	return NULL;
}

static void promise(int holds, const char *what)
{
	if (!holds) {
		fprintf(stderr, "broken: %s\n", what);
		abort();
	}
}

static size_t check_node(struct spec_node *top, struct spec_node *node)
{
	size_t i, n = 1;

	promise(path_valid(node->path), "paths are valid");
	promise(spec_find(top, node->path) == node, "paths are found");
	promise(node->exec || node->n_children > 0 || node->n_templates > 0,
		"a node does something");
	promise(!node->exec || node->exec_path, "programs are found");
	promise(node->n_children <= SPEC_CHILDREN_MAX, "not too many children");
	promise(node->intensity.period_ns > 0, "an intensity has a period");
	promise(node->backoff.factor >= 1 &&
		node->backoff.min_ns <= node->backoff.max_ns,
		"a backoff grows");
	for (i = 0; i < node->n_refs; i++) {
		const struct spec_node *target =
			spec_find(top, node->refs[i].path);

		promise(target && target != node && target->exec &&
			target->kind == SPEC_ACTOR, "refs lead to actors");
	}
	for (i = 0; i < node->n_templates; i++) {
		promise(node->templates[i]->exec_path &&
			node->templates[i]->parent == node, "templates");
		promise(!spec_find(top, node->templates[i]->path),
			"no path leads to a template");
	}
	n += node->n_templates;
	for (i = 0; i < node->n_children; i++) {
		promise(node->children[i]->parent == node, "parents");
		n += check_node(top, node->children[i]);
	}

	return n;
}

static void check_system(struct spec_system *system)
{
	promise(strcmp(system->name, system->top->name) == 0, "the name");
	promise(check_node(system->top, system->top) == system->n_nodes,
		"nodes are counted");
}

static void check_errors(const struct config_source *source,
			 const struct config_errors *errors)
{
	char *text = config_errors_format(source, errors);
	const unsigned char *c;
	size_t i;

	promise(errors->n_errors > 0, "errors are reported");
	promise(text != NULL, "errors are shown");
	for (c = (const unsigned char *)text; *c != '\0'; c++)
		promise(*c == '\n' || (*c >= 0x20 && *c != 0x7f),
			"errors are printable");
	for (i = 1; i < errors->n_errors; i++)
		promise(errors->errors[i - 1].mark.line <=
			errors->errors[i].mark.line, "errors are in order");
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
	struct config_source source = {
		.name = "fuzz.yaml",
		.text = (const char *)bytes,
		.n_bytes = n_bytes,
		.exec_lookup = find_program,
		.exec_names = (const char *const[]){ "vpn-api", "xyz", NULL },
	};
	struct config_errors errors;
	struct spec_system *system;
	int r;

	r = config_parse(&source, &system, &errors);
	promise(r == 0 || r == -EINVAL, "a result");
	promise((r == 0) == (system != NULL), "a system when all is right");
	if (r == 0)
		check_system(system);
	else
		check_errors(&source, &errors);
	spec_system_free(system);
	config_errors_clear(&errors);

	return 0;
}
