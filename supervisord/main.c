/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * main.c - supervisord: arguments to role to exit status.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "supervisord/act/confinement.h"
#include "supervisord/act/hidden.h"
#include "supervisord/check.h"
#include "supervisord/decide/ceiling.h"
#include "supervisord/decide/network.h"
#include "supervisord/decide/seats.h"
#include "supervisord/host_wanted.h"
#include "supervisord/kept_file.h"
#include "supervisord/load.h"
#include "supervisord/places.h"
#include "supervisord/promise.h"
#include "supervisord/recall.h"
#include "supervisord/resume.h"
#include "supervisord/root.h"
#include "supervisord/shortage.h"

#define EXIT_USAGE 2

static const char usage[] =
"usage: supervisord run [--detach] FILE\n"
"       supervisord check [--json] FILE\n"
"       supervisord promise FILE\n"
"       supervisord resume STATE-FD FILE\n"
"       supervisord check-state STATE-FD ANSWER-FD\n"
"       supervisord --version\n"
"\n"
"Usually run by actorctl(1). See actorproc-supervisord(8).\n";

/* the tree of everything: /system first, so that it outlives the rest */
static int join_trees(struct spec_node *root, struct spec_system *bundled,
		      struct spec_system *system)
{
	static struct spec_node *tops[2];
	static char path[] = "", name[] = "";

	tops[0] = bundled->top;
	tops[1] = system->top;
	*root = (struct spec_node){
		.name = name,
		.path = path,
		.children = tops,
		.n_children = 2,
		.strategy = SPEC_ONE_FOR_ONE,
		.intensity = { .restarts = 3, .period_ns = 5000000000u },
		.shutdown_timeout_ns = system->top->shutdown_timeout_ns,
		.exit_with = system->top->exit_with,
	};
	return 0;
}

/* who takes back what another root held takes its file back, too: the lives in it
 * are those of that text, whatever stands there now */
static int load_text(struct tree *tree, struct spec_system **ret,
		     bool *ret_anew, char **ret_errors)
{
	int fd = recall_text();

	if (fd >= 0 && kept_file_read(fd, tree->file, ret) == 0) {
		tree->config_fd = fd;
		return 0;
	}
	if (fd >= 0)
		close(fd);
	*ret_anew = true;
	return load_config(tree->file, ret, &tree->config_fd, ret_errors);
}

/* as they were read before, if they were; @ret_anew: they were not */
static int load_both(struct tree *tree, struct spec_system **ret_system,
		     struct spec_system **ret_bundled, bool *ret_anew,
		     char **ret_errors)
{
	int r;

	*ret_anew = false;
	if (tree->config_fd >= 0) {
		r = kept_file_read(tree->config_fd, tree->file, ret_system);
		return r < 0 ? r : load_system_tree_again(tree->bundled_fd,
							  ret_bundled,
							  ret_errors);
	}
	r = load_text(tree, ret_system, ret_anew, ret_errors);
	return r < 0 ? r : load_system_tree(ret_bundled, ret_errors,
					    &tree->bundled_fd);
}

static int have_descriptors(const struct tree *tree, char **ret_errors)
{
	const struct ceiling_terms terms = {
		.edges = tree->edges,
		.n_edges = tree->n_edges,
		.n_may = shortage_descriptors(),
	};
	struct ceiling_need need;

	if (!ceiling_exceeded(tree->root, &terms, &need))
		return 0;
	if (asprintf(ret_errors, "supervisord: %s: " CEILING_DESCRIPTORS_TEXT "\n",
		     tree->file, need.who, need.n, terms.n_may) < 0)
		*ret_errors = NULL;
	return -EMFILE;
}

/* @ret_errors: for people, to be freed */
static int load_trees(struct tree *tree, char **ret_errors)
{
	struct spec_system *system = NULL, *bundled = NULL;
	bool anew;
	size_t n;
	int r;

	r = load_both(tree, &system, &bundled, &anew, ret_errors);
	if (r < 0 && !*ret_errors &&
	    asprintf(ret_errors, "supervisord: %s: %s\n", tree->file,
		     strerror(-r)) < 0)
		*ret_errors = NULL;
	if (r < 0)
		return r;
	n = ceiling_filters(system->top);
	if (n > CEILING_FILTERS) {
		if (asprintf(ret_errors, "supervisord: %s: %zu processes with filters of their own, and only %d can run at once on a host; split the system\n",
			     tree->file, n, CEILING_FILTERS) < 0)
			*ret_errors = NULL;
		return -E2BIG;
	}
	n = ceiling_letters(system->top);
	if (n > CEILING_LETTERS) {
		if (asprintf(ret_errors, "supervisord: %s: %zu actors and supervisors, and /system/dead-letters has edges for %d; split the system\n",
			     tree->file, n, CEILING_LETTERS) < 0)
			*ret_errors = NULL;
		return -E2BIG;
	}
	tree->system = system->name;
	r = join_trees(tree->root, bundled, system);
	if (r == 0 && seats_count(tree->root) > SEATS_MAX) {
		if (asprintf(ret_errors, "supervisord: %s: " SEATS_TEXT "\n",
			     tree->file, seats_count(tree->root)) < 0)
			*ret_errors = NULL;
		return -E2BIG;
	}
	seats_take(tree->root);
	if (r == 0)
		r = network_limit(tree->root);
	if (r >= 0)
		r = edges_declared(tree->root->children,
				   tree->root->n_children, &tree->edges,
				   &tree->n_edges);
	tree->declared = tree->edges;
	/* one that runs has them, whatever we reckon */
	return r == 0 && anew ? have_descriptors(tree, ret_errors) : r;
}

/* whatever becomes of the folder we are in; what a link in it leads to may change */
static char *absolute(const char *file)
{
	char *folder, *path;

	if (file[0] == '/')
		return strdup(file);
	folder = getcwd(NULL, 0);
	if (!folder || asprintf(&path, "%s/%s", folder, file) < 0)
		path = NULL;
	free(folder);
	return path;
}

static bool is_too_low(const struct launch_host *host, uint32_t required)
{
	char reasons[LAUNCH_REASONS_BYTES];
	int level = launch_host_level(host, reasons, sizeof(reasons));

	if (level >= (int)required)
		return false;
	fprintf(stderr, "supervisord: the sandbox level is %d of 3 here, and the file requires %u: %s\n",
		level, required, reasons);
	return true;
}

static bool is_confined(const struct launch_host *host)
{
	const char *what;
	int r = confinement_begin(host->user_mode, host->seccomp, &what);

	if (r < 0)
		fprintf(stderr, "supervisord: cannot give up what supervisors do not need: %s: %s\n",
			what, strerror(-r));
	return r == 0;
}

static int run(const char *file, int ready_fd)
{
	static struct spec_node root;
	struct tree tree = {
		.root = &root,
		.file = (char *)file,
		.config_fd = -1,
		.bundled_fd = -1,
		.owner = getuid(),
		.detached = ready_fd >= 0,
	};
	const char *what = NULL;
	char *state_dir, *errors = NULL;
	int r;

	recall_inherit();
	r = load_trees(&tree, &errors);
	if (r < 0) {
		if (errors)
			fputs(errors, stderr);
		else
			fprintf(stderr, "supervisord: %s: %s\n", tree.file,
				strerror(-r));
		free(errors);
		return EXIT_FAILURE;
	}
	tree.run_dir = places_run_dir(tree.system);
	state_dir = places_state_dir(tree.system);
	tree.file = absolute(file);
	if (!tree.run_dir || !state_dir || !tree.file) {
		fprintf(stderr, "supervisord: cannot begin: %s\n",
			strerror(ENOMEM));
		return EXIT_FAILURE;
	}
	r = launch_host_init(&tree.host, tree.system, &what);
	if (r < 0) {
		fprintf(stderr, "supervisord: this host cannot run actors: %s: %s\n",
			what ? what : "probe", strerror(-r));
		return EXIT_FAILURE;
	}
	tree.host.wanted = host_wanted(&root);
	if (is_too_low(&tree.host, root.children[1]->require) ||
	    !is_confined(&tree.host))
		r = EXIT_FAILURE;
	else
		r = root_run(&tree, state_dir, ready_fd);
	if (tree.edges_grow)
		free(tree.edges);
	edges_free(tree.declared, tree.n_edges);
	launch_host_deinit(&tree.host);
	free(tree.run_dir);
	free(tree.file);
	free(state_dir);
	return r;
}

/* the rest of the text is for a terminal */
static const char *first_line(char *errors)
{
	if (!errors)
		return strerror(ENOMEM);
	errors[strcspn(errors, "\n")] = '\0';
	return errors;
}

static int main_resume(int argc, char **argv)
{
	static struct spec_node root;
	static struct tree tree = { .root = &root };
	struct resume *resume;
	char *errors = NULL;

	if (argc != 3) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	resume = resume_open(&tree, argv);
	if (load_trees(&tree, &errors) < 0)
		resume_refuse(resume, first_line(errors));
	return resume_go(resume);
}

/* in the starter: wait for the word of the one that stays */
static int await_word(int fd)
{
	char text[1024];
	ssize_t n = read(fd, text, sizeof(text) - 1);

	if (n > 0 && !strncmp(text, "up\n", 3))
		return EXIT_SUCCESS;
	return EXIT_FAILURE;	/* it has said why on standard error */
}

static int run_detached(const char *file)
{
	int fds[2];
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0) {
		perror("supervisord: pipe");
		return EXIT_FAILURE;
	}
	pid = fork();
	if (pid < 0) {
		perror("supervisord: fork");
		return EXIT_FAILURE;
	}
	if (pid > 0) {
		close(fds[1]);
		return await_word(fds[0]);
	}
	close(fds[0]);
	setsid();
	return run(file, fds[1]);
}

static int main_run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "detach", no_argument, NULL, 'd' },
		{ 0 },
	};
	bool detach = false;
	int option;

	while ((option = getopt_long(argc, argv, "d", options, NULL)) >= 0) {
		if (option != 'd')
			return EXIT_USAGE;
		detach = true;
	}
	if (optind + 1 != argc) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	return detach ? run_detached(argv[optind]) : run(argv[optind], -1);
}

static int main_check(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ 0 },
	};
	bool json = false;
	int option;

	while ((option = getopt_long(argc, argv, "j", options, NULL)) >= 0) {
		if (option != 'j')
			return EXIT_USAGE;
		json = true;
	}
	if (optind + 1 != argc) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	return check_main(argv[optind], json);
}

int main(int argc, char **argv)
{
	hidden_add(places_run_base());
	hidden_add(places_state_base());
	if (argc > 1 && !strcmp(argv[1], "run"))
		return main_run(argc - 1, argv + 1);
	if (argc > 1 && !strcmp(argv[1], "check"))
		return main_check(argc - 1, argv + 1);
	if (argc == 3 && !strcmp(argv[1], "promise"))
		return promise_main(argv[2]);
	if (argc > 1 && resume_is_verb(argv[1]))
		return main_resume(argc - 1, argv + 1);
	if (argc == 2 && !strcmp(argv[1], "--version")) {
		puts("supervisord (actorproc) " PACKAGE_VERSION);
		return EXIT_SUCCESS;
	}
	if (argc == 2 && !strcmp(argv[1], "--help")) {
		fputs(usage, stdout);
		return EXIT_SUCCESS;
	}
	fputs(usage, stderr);
	return EXIT_USAGE;
}
