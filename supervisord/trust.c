/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * trust.c - may what a file has executed be believed?
 *
 * A program runs with the grants of its node, and the file says what all of them
 * are. An actor that may write a folder above one of these could put another there,
 * as by a rename. So neither is taken from what any actor of the file may write, or
 * from where systems keep what is theirs. Each start looks again, by the descriptor
 * that it executes (act/grant.c); this says so before, with the place in the file.
 *
 * A path is looked at as it is written: a link in such a folder leads where its
 * writer wants.
 *
 * Nor is what systems keep granted to anybody: who has the socket in it is taken
 * for who runs the system.
 */
#include "supervisord/trust.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "supervisord/act/grant.h"
#include "supervisord/act/hidden.h"
#include "supervisord/act/program_libraries.h"
#include "supervisord/config/errors.h"
#include "supervisord/config/excess_spec.h"

#define WHY_BYTES 512

/** struct trust - @folders: that actors may write; @writes: there are any */
struct trust {
	struct load *load;
	struct grant_folders *folders;
	bool writes;
	bool with_libraries;
	int error;
};

static const char *name_of(const struct spec_node *node)
{
	return node->path ? node->path : node->name;
}

static const char *judge(const char *path, const struct grant_folders *folders,
			 char *text, size_t size)
{
	const struct spec_node *writer = NULL;
	int r;

	if (hidden_has(path)) {
		snprintf(text, size, "is where systems keep what is theirs: put it elsewhere");
		return text;
	}
	r = grant_look_at_program(path, folders, geteuid() != 0, &writer);
	if (r != -EPERM)	/* of all else it is said elsewhere */
		return NULL;
	if (writer)
		snprintf(text, size, "could be exchanged by \"%s\", by its \"write\" in line %u: put it where no actor may write",
			 name_of(writer), writer->mark.line);
	else
		snprintf(text, size, "has the uid of an actor, or a folder above it has: chown it");
	return text;
}

const char *trust_why_not(const char *path, const struct spec_node *node,
			  char *text, size_t size)
{
	struct grant_folders *folders = NULL;
	const char *why = "cannot be looked at: no memory";

	if (grant_folders_new(&folders, node) == 0)
		why = judge(path, folders, text, size);
	grant_folders_free(folders);
	return why;
}

/* @name: of @path, as the file has it */
static void look(struct trust *t, struct spec_mark mark, const char *path,
		 const char *what, const char *name)
{
	char text[WHY_BYTES];
	int r;

	if (t->error < 0 || !judge(path, t->folders, text, sizeof(text)))
		return;
	r = config_errors_add(&t->load->errors, mark, "%s%s %s", what, name,
			      text);
	if (r < 0)
		t->error = r;
}

/* what is not there yet can come, and its loader looks there first */
static void look_at_folders(struct trust *t, const struct spec_node *node)
{
	char *folders = program_libraries_folders(node->environment);
	char *rest = folders ? strchr(folders, '=') + 1 : NULL, *at;

	if (!folders)
		t->error = -ENOMEM;
	while (t->error == 0 && (at = strsep(&rest, ":")))
		if (*at)
			look(t, node->exec_mark, at,
			     "of its LD_LIBRARY_PATH ",
			     at);
	free(folders);
}

static void look_at_libraries(struct trust *t, const struct spec_node *node)
{
	const struct program_libraries *libraries;
	size_t n = t->load->errors.n_errors;
	const char *what;

	/* what its start would say is not said twice */
	if (program_libraries(node->exec_path, node->environment, &libraries,
			      &what) < 0)
		return;
	for (size_t i = 0; i < libraries->n_paths &&
	     t->load->errors.n_errors == n; i++)
		look(t, node->exec_mark, libraries->paths[i],
		     "its library ", libraries->paths[i]);
}

static void look_at_executes(struct trust *t, const struct spec_node *node)
{
	char *const *at = node->sandbox.execute;

	/* the other is said of each grant */
	for (; at && *at; at++)
		if (!hidden_has(*at))
			look(t, node->mark, *at, "\"execute\": ", *at);
}

static void look_at_node(struct trust *t, const struct spec_node *node)
{
	size_t n = t->load->errors.n_errors;
	char *path;
	int error;

	if (!node->exec_path || node->model)
		return;
	path = programs_written(&t->load->programs, node->exec, &error);
	if (!path)	/* it is gone since it was found: its start says so */
		t->error = error == -ENOMEM ? error : 0;
	else
		look(t, node->exec_mark, path, "the program ", node->exec);
	free(path);
	look_at_executes(t, node);
	if (t->load->errors.n_errors == n && t->error == 0)
		look_at_folders(t, node);
	/* its loader is run for that */
	if (t->with_libraries && t->load->errors.n_errors == n &&
	    t->error == 0)
		look_at_libraries(t, node);
}

static const char *why_not_granted(const char *path)
{
	struct stat st;

	if (hidden_has(path))
		return "is where systems keep what is theirs: no actor may have that; there is \"state\" for what is its own";
	if (stat(path, &st) == 0 && hidden_is_root(&st))
		return "leads to \"/\": name what is meant, as that is all of the host";
	return NULL;
}

/* what is above ours is hidden in the sandbox, so that it can be granted */
static void look_at_grants(struct trust *t, const struct spec_node *node,
			   const char *key, char *const *paths)
{
	const char *why;
	int r;

	for (; paths && *paths && t->error == 0; paths++) {
		why = why_not_granted(*paths);
		if (!why)
			continue;
		r = config_errors_add(&t->load->errors, node->mark,
				      "\"%s\" of \"%s\": %s %s",
				      key, node->name, *paths, why);
		if (r < 0)
			t->error = r;
	}
}

/* ---- where links lead ---------------------------------------------------- */

static void free_paths(char **paths)
{
	for (char **at = paths; at && *at; at++)
		free(*at);
	free(paths);
}

/* what is not there is taken as it is written; NULL: no memory */
static char **real_paths(char *const *paths)
{
	char **real, buffer[PATH_MAX];
	size_t n = 0;

	while (paths && paths[n])
		n++;
	real = calloc(n + 1, sizeof(*real));
	for (size_t i = 0; real && i < n; i++) {
		real[i] = strdup(realpath(paths[i], buffer) ? buffer :
							      paths[i]);
		if (!real[i]) {
			free_paths(real);
			return NULL;
		}
	}

	return real;
}

static void real_node_clear(struct spec_node *real)
{
	free_paths(real->sandbox.read);
	free_paths(real->sandbox.execute);
	free_paths(real->sandbox.write);
	free_paths(real->sandbox.devices);
}

/* with paths of its own, of which there may be NULLs; the rest is @node's */
static bool real_node_init(struct spec_node *real, const struct spec_node *node)
{
	struct spec_sandbox *sandbox = &real->sandbox;

	*real = *node;
	sandbox->read = real_paths(node->sandbox.read);
	sandbox->execute = real_paths(node->sandbox.execute);
	sandbox->write = real_paths(node->sandbox.write);
	sandbox->devices = real_paths(node->sandbox.devices);

	return sandbox->read && sandbox->execute && sandbox->write &&
	       sandbox->devices;
}

/* as it is written it goes no further than the head: that was looked at */
static void look_at_excess(struct trust *t, const struct spec_node *node,
			   const struct spec_node *head)
{
	struct spec_node its, own;
	bool done = real_node_init(&its, node);
	uint32_t bits;

	done = real_node_init(&own, head) && done;
	bits = done ? excess_spec_bits(&its, &own) &
		      ~excess_spec_bits(node, head) & ~node->may_exceed : 0;
	if (!done)
		t->error = -ENOMEM;
	for (unsigned int i = 0; t->error == 0 && excess_spec_word(i); i++)
		if (bits & UINT32_C(1) << i &&
		    config_errors_add(&t->load->errors, node->mark,
				      "\"%s\" of \"%s\" goes beyond that of \"%s\" above it, in line %u, by where its links lead: if that is meant, say \"may_exceed: [%s]\" beside its sandbox",
				      excess_spec_word(i), node->name,
				      head->name, head->mark.line,
				      excess_spec_word(i)) < 0)
			t->error = -ENOMEM;
	real_node_clear(&its);
	real_node_clear(&own);
}

static void look_at_all(struct trust *t, const struct spec_node *node)
{
	const struct spec_node *head = excess_spec_head(node);

	if (node->exec && !node->model && head && t->error == 0)
		look_at_excess(t, node, head);
	if (t->writes)
		look_at_node(t, node);
	if (!node->model) {
		look_at_grants(t, node, "read", node->sandbox.read);
		look_at_grants(t, node, "execute", node->sandbox.execute);
		look_at_grants(t, node, "write", node->sandbox.write);
	}
	for (size_t i = 0; i < node->n_templates; i++)
		look_at_all(t, node->templates[i]);
	for (size_t i = 0; i < node->n_children; i++)
		look_at_all(t, node->children[i]);
}

static bool writes_any(const struct spec_node *node)
{
	bool any = spec_has_any(node->sandbox.write);

	for (size_t i = 0; i < node->n_templates && !any; i++)
		any = writes_any(node->templates[i]);
	for (size_t i = 0; i < node->n_children && !any; i++)
		any = writes_any(node->children[i]);
	return any;
}

static void look_at_file(struct trust *t)
{
	const char *name = t->load->source.name;
	char *folder = getcwd(NULL, 0), *path = NULL;

	if (name[0] == '/')
		look(t, load_whole_file, name, "this file", "");
	else if (!folder || asprintf(&path, "%s/%s", folder, name) < 0)
		t->error = -ENOMEM;
	else
		look(t, load_whole_file, path, "this file", "");
	free(path);
	free(folder);
}

int trust_check(struct load *load, bool with_libraries)
{
	struct trust t = { .load = load, .with_libraries = with_libraries };

	t.error = grant_folders_new(&t.folders, load->system->top);
	look_at_file(&t);
	/* most files grant nobody to write: then nobody could */
	t.writes = writes_any(load->system->top);
	look_at_all(&t, load->system->top);
	grant_folders_free(t.folders);
	return t.error;
}
