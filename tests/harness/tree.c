/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tree.c - a real tree for a system test: start, ask, wait, stop, look around.
 *
 * Processes of a tree are known by their environment: the root and supervisors
 * carry ACTORPROC_TEST_TREE=NAME, actors ACTOR_SYSTEM=NAME. And the test is a
 * child subreaper, so what a dead supervisor leaves becomes its child.
 */
#include "tests/harness/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/harness/harness.h"

#define MARKER "ACTORPROC_TEST_TREE"
#define ARGUMENTS_MAX 32
/* how often a condition is asked again; also woken when the root ends */
#define ASK_AGAIN_MS 20

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void __attribute__((noreturn, format(printf, 1, 2)))
give_up(const char *format, ...)
{
	va_list arguments;

	fputs("# tree: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	exit(EXIT_FAILURE);
}

/* ---- files and texts ---------------------------------------------------- */

static char *read_fd(int fd)
{
	size_t size = 0, used = 0;
	char *text = NULL;
	ssize_t n;

	do {
		if (size - used < 2) {
			size = size ? size * 2 : 4096;
			text = realloc(text, size);
			if (!text)
				give_up("no memory");
		}
		n = read(fd, text + used, size - used - 1);
		if (n > 0)
			used += (size_t)n;
	} while (n > 0 || (n < 0 && errno == EINTR));
	text[used] = '\0';
	return text;
}

static char *read_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text;

	if (fd < 0)
		return strdup("");
	text = read_fd(fd);
	close(fd);
	return text;
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	if (!file || fputs(text, file) < 0 || fclose(file) != 0)
		give_up("%s: %s", path, strerror(errno));
}

/* the build tree: $ACTORPROC_BUILD, else two folders above this program's */
static const char *build_directory(void)
{
	static char directory[PATH_MAX];
	const char *given = getenv("ACTORPROC_BUILD");
	ssize_t n;
	int up;

	if (given)
		return given;
	n = readlink("/proc/self/exe", directory, sizeof(directory) - 1);
	directory[n > 0 ? n : 0] = '\0';
	for (up = 0; up < 3; up++) {
		char *slash = strrchr(directory, '/');

		if (slash)
			*slash = '\0';
	}
	return directory;
}

static void replace_all(char **text, const char *name, const char *value)
{
	char *found, *longer;

	while ((found = strstr(*text, name))) {
		if (asprintf(&longer, "%.*s%s%s", (int)(found - *text), *text,
			     value, found + strlen(name)) < 0)
			give_up("no memory");
		free(*text);
		*text = longer;
	}
}

char *tree_expand(const struct tree *tree, const char *text)
{
	char path[PATH_MAX + 64];
	char *expanded = strdup(text);

	if (!expanded)
		give_up("no memory");
	replace_all(&expanded, "@SYSTEM@", tree->system);
	replace_all(&expanded, "@DIRECTORY@", tree->directory);
	snprintf(path, sizeof(path), "%s/tests/system/actors",
		 build_directory());
	replace_all(&expanded, "@ACTORS@", path);
	snprintf(path, sizeof(path), "%s/libexec/actors", build_directory());
	replace_all(&expanded, "@PROGRAMS@", path);
	return expanded;
}

char *tree_log_text(const struct tree *tree)
{
	return read_file(tree->log);
}

static void show_log(const struct tree *tree)
{
	char *text = tree_log_text(tree);

	harness_note("the supervisor said:\n%s", text);
	free(text);
}

/* ---- preparing ---------------------------------------------------------- */

static void make_directories(struct tree *tree)
{
	const char *parent = getenv("TMPDIR");
	char path[256];

	snprintf(tree->directory, sizeof(tree->directory),
		 "%s/tree-XXXXXX", parent ? parent : "/tmp");
	if (!mkdtemp(tree->directory))
		give_up("%s: %s", tree->directory, strerror(errno));
	/* actors have uids of their own */
	if (geteuid() == 0)
		chmod(tree->directory, 0755);
	snprintf(path, sizeof(path), "%s/run", tree->directory);
	mkdir(path, geteuid() == 0 ? 0755 : 0700);
	snprintf(path, sizeof(path), "%s/state", tree->directory);
	mkdir(path, geteuid() == 0 ? 0755 : 0700);
}

/* what others of this machine mount meanwhile is not left by a tree; who may not
 * do this can mount nothing either, but in a namespace that ends with it */
static bool sees_only_own_mounts(void)
{
	static bool done, only_own;

	if (!done && geteuid() == 0 && unshare(CLONE_NEWNS) == 0)
		only_own = mount(NULL, "/", NULL, MS_REC | MS_PRIVATE,
				 NULL) == 0;
	done = true;
	return only_own;
}

static char *mounts_now(void)
{
	return sees_only_own_mounts() ? read_file("/proc/self/mountinfo")
				      : strdup("");
}

void tree_prepare(struct tree *tree, const char *config_text)
{
	static unsigned int n_trees;
	char *text;

	*tree = (struct tree){ .pid = -1, .pidfd = -1 };
	snprintf(tree->system, sizeof(tree->system), "t%d-%u", getpid(),
		 ++n_trees);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	tree->mounts_before = mounts_now();
	make_directories(tree);
	snprintf(tree->config, sizeof(tree->config), "%s/%s.yaml",
		 tree->directory, tree->system);
	snprintf(tree->log, sizeof(tree->log), "%s/log", tree->directory);
	text = tree_expand(tree, config_text);
	write_file(tree->config, text);
	free(text);
	chmod(tree->config, 0644);
}

/* ---- running programs --------------------------------------------------- */

static void set_environment(const struct tree *tree)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/run", tree->directory);
	setenv("ACTORPROC_RUN_DIR", path, 1);
	snprintf(path, sizeof(path), "%s/state", tree->directory);
	setenv("ACTORPROC_STATE_DIR", path, 1);
	setenv(MARKER, tree->system, 1);
}

static void __attribute__((noreturn))
exec_manager(const struct tree *tree, const char *const *arguments,
	     size_t n_arguments)
{
	const char *argv[ARGUMENTS_MAX + 3] = { tree->manager };
	char path[PATH_MAX + 32];

	snprintf(path, sizeof(path), "%s/bin/actorctl", build_directory());
	argv[1] = path;
	memcpy(argv + 2, arguments, n_arguments * sizeof(*arguments));
	setenv("MANAGER_DIRECTORY", tree->directory, 1);
	execv(tree->manager, (char *const *)argv);
	fprintf(stderr, "%s: %s\n", tree->manager, strerror(errno));
	_exit(127);
}

static void __attribute__((noreturn))
exec_actorctl(const char *input, const char *const *arguments,
	      size_t n_arguments)
{
	const char *argv[ARGUMENTS_MAX + 2] = { "actorctl" };
	char path[PATH_MAX + 32];
	int input_fd;

	memcpy(argv + 1, arguments, n_arguments * sizeof(*arguments));
	input_fd = open(input ? input : "/dev/null", O_RDONLY | O_CLOEXEC);
	dup2(input_fd, STDIN_FILENO);
	snprintf(path, sizeof(path), "%s/bin/actorctl", build_directory());
	execv(path, (char *const *)argv);
	fprintf(stderr, "%s: %s\n", path, strerror(errno));
	_exit(127);
}

static void __attribute__((noreturn)) exec_program(const struct tree *tree)
{
	const char *const arguments[] = { "run", tree->config };
	char *program;

	if (tree->manager)
		exec_manager(tree, arguments, 2);
	if (!tree->program)
		exec_actorctl(NULL, arguments, 2);
	program = tree_expand(tree, tree->program);
	execl(program, "supervisord", "run", tree->config, NULL);
	fprintf(stderr, "%s: %s\n", program, strerror(errno));
	_exit(127);
}

void tree_spawn(struct tree *tree)
{
	int log_fd;

	fflush(NULL);
	tree->pid = fork();
	if (tree->pid < 0)
		give_up("fork: %s", strerror(errno));
	if (tree->pid == 0) {
		setpgid(0, 0);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		log_fd = open(tree->log,
			      O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
		dup2(log_fd, STDOUT_FILENO);
		dup2(log_fd, STDERR_FILENO);
		set_environment(tree);
		/* what the root holds for all its life is no leak */
		setenv("ASAN_OPTIONS", "detect_leaks=0", 0);
		exec_program(tree);
	}
	tree->pidfd = (int)syscall(SYS_pidfd_open, tree->pid, 0);
	harness_log(tree->log);
}

static int status_of(int wait_status)
{
	return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status)
					: WEXITSTATUS(wait_status);
}

/* a child that a test forked for it may run commands at the same time */
static const char *said_path(const struct tree *tree, pid_t caller,
			     const char *part, char path[static 256])
{
	snprintf(path, 256, "%s/actorctl-%d.%s", tree->directory, caller,
		 part);
	return path;
}

static char *said(const struct tree *tree, const char *part)
{
	char path[256];

	return read_file(said_path(tree, getpid(), part, path));
}

/* in the child that becomes the command */
static int redirect(const struct tree *tree, pid_t caller, const char *part,
		    int to)
{
	char path[256];
	int fd;

	said_path(tree, caller, part, path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	return dup2(fd, to);
}

static void tell_harness(const char *const *arguments, size_t n_arguments)
{
	char text[256] = "actorctl";
	size_t n = strlen(text);

	for (size_t i = 0; i < n_arguments && n < sizeof(text); i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, " %s",
				      arguments[i]);
	harness_does(text);
}

int tree_actorctl_argv(struct tree *tree, struct tree_result *ret,
		       const char *const *arguments, size_t n_arguments)
{
	struct tree_result result;
	pid_t pid, caller = getpid();
	int status = 0;

	if (n_arguments > ARGUMENTS_MAX)
		give_up("too many arguments");
	tell_harness(arguments, n_arguments);
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		give_up("fork: %s", strerror(errno));
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		redirect(tree, caller, "out", STDOUT_FILENO);
		redirect(tree, caller, "err", STDERR_FILENO);
		set_environment(tree);
		/* not a process of the tree */
		unsetenv(MARKER);
		exec_actorctl(tree->input, arguments, n_arguments);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	result.status = status_of(status);
	result.out = said(tree, "out");
	result.err = said(tree, "err");
	status = result.status;
	if (ret)
		*ret = result;
	else
		tree_result_clear(&result);
	return status;
}

void tree_result_clear(struct tree_result *result)
{
	free(result->out);
	free(result->err);
	*result = (struct tree_result){ .status = -1 };
}

/* fills in @SYSTEM@ and the others */
static size_t collect(const struct tree *tree, va_list *list, char **arguments)
{
	const char *argument;
	size_t n = 0;

	while ((argument = va_arg(*list, const char *))) {
		if (n == ARGUMENTS_MAX)
			give_up("too many arguments");
		arguments[n++] = tree_expand(tree, argument);
	}
	return n;
}

static void free_all(char **arguments, size_t n)
{
	while (n > 0)
		free(arguments[--n]);
}

int tree_actorctl(struct tree *tree, struct tree_result *ret, ...)
{
	char *arguments[ARGUMENTS_MAX];
	va_list list;
	int status;
	size_t n;

	va_start(list, ret);
	n = collect(tree, &list, arguments);
	va_end(list);
	status = tree_actorctl_argv(tree, ret, (const char *const *)arguments,
				    n);
	free_all(arguments, n);
	return status;
}

/* ---- waiting ------------------------------------------------------------ */

/* a signal to the test ends no wait */
static bool has_ended(const struct tree *tree, int wait_ms)
{
	struct pollfd ended = { .fd = tree->pidfd, .events = POLLIN };
	int64_t deadline_ms = now_ms() + wait_ms, left_ms = wait_ms;
	int r;

	do {
		r = poll(&ended, 1, left_ms > 0 ? (int)left_ms : 0);
		left_ms = deadline_ms - now_ms();
	} while (r < 0 && errno == EINTR);
	return r > 0;
}

bool tree_wait_until(struct tree *tree, bool (*holds)(struct tree *, void *),
		     void *data)
{
	int64_t deadline_ms = now_ms() + TREE_DEADLINE_MS;
	bool ended = false, held;

	while (!(held = holds(tree, data)) && !ended && now_ms() < deadline_ms) {
		ended = tree->pidfd >= 0 && has_ended(tree, ASK_AGAIN_MS);
		if (tree->pidfd < 0)
			poll(NULL, 0, ASK_AGAIN_MS);
	}
	harness_does(NULL);
	if (held)
		return true;
	harness_note("waited in vain%s", ended ? ": the supervisor ended" : "");
	show_log(tree);
	return false;
}

struct wanted_output {
	const char *text;
	const char *const *arguments;
	size_t n_arguments;
	struct tree_result last;
};

static bool output_contains(struct tree *tree, void *data)
{
	struct wanted_output *wanted = data;

	tree_result_clear(&wanted->last);
	tree_actorctl_argv(tree, &wanted->last, wanted->arguments,
			   wanted->n_arguments);
	return strstr(wanted->last.out, wanted->text) ||
	       strstr(wanted->last.err, wanted->text);
}

bool tree_wait_for(struct tree *tree, const char *text, ...)
{
	char *arguments[ARGUMENTS_MAX];
	struct wanted_output wanted = {
		.text = text,
		.arguments = (const char *const *)arguments,
	};
	char *expanded = tree_expand(tree, text);
	va_list list;
	bool found;

	va_start(list, text);
	wanted.n_arguments = collect(tree, &list, arguments);
	va_end(list);
	wanted.text = expanded;
	harness_awaits("\"%s\"", expanded);
	found = tree_wait_until(tree, output_contains, &wanted);
	if (!found)
		harness_note("\"%s\" never came; last, status %d:\n%s%s",
			     expanded, wanted.last.status, wanted.last.out,
			     wanted.last.err);
	tree_result_clear(&wanted.last);
	free_all(arguments, wanted.n_arguments);
	free(expanded);
	return found;
}

/* /system answers before the rest is up */
static bool is_up(struct tree *tree, void *data)
{
	struct tree_result result;
	bool up;

	(void)data;
	tree_actorctl(tree, &result, "--json", "show", "/@SYSTEM@", NULL);
	up = strstr(result.out, "\"running\"") != NULL;
	tree_result_clear(&result);
	return up;
}

bool tree_await_up(struct tree *tree)
{
	harness_awaits("%s to be up", tree->system);
	return tree_wait_until(tree, is_up, NULL);
}

void tree_start(struct tree *tree, const char *config_text)
{
	tree_prepare(tree, config_text);
	tree_spawn(tree);
	if (tree_await_up(tree))
		return;
	CU_FAIL("the tree did not come up");
	tree_kill(tree);
	give_up("the tree did not come up");
}

int tree_wait_end(struct tree *tree)
{
	int status = 0;

	harness_awaits("the end of %s", tree->system);
	if (tree->pid < 0 || !has_ended(tree, TREE_DEADLINE_MS))
		return -1;
	harness_does(NULL);
	waitpid(tree->pid, &status, 0);
	tree->pid = -1;
	return status_of(status);
}

/* ---- nothing is left ---------------------------------------------------- */

static bool has_variable(const char *environment, size_t n_bytes,
			 const char *variable)
{
	size_t n = strlen(variable) + 1;
	const char *at = environment;

	while (at < environment + n_bytes) {
		size_t left = (size_t)(environment + n_bytes - at);
		size_t length = strnlen(at, left);

		if (length + 1 == n && memcmp(at, variable, length) == 0)
			return true;
		at += length + 1;
	}
	return false;
}

static bool is_of_tree(const struct tree *tree, const char *pid)
{
	char path[64], supervisor[64], actor[64];
	static char environment[1 << 17];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%.20s/environ", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, environment, sizeof(environment));
	close(fd);
	if (n <= 0)
		return false;
	snprintf(supervisor, sizeof(supervisor), MARKER "=%s", tree->system);
	snprintf(actor, sizeof(actor), "ACTOR_SYSTEM=%s", tree->system);
	return has_variable(environment, (size_t)n, supervisor) ||
	       has_variable(environment, (size_t)n, actor);
}

static pid_t parent_of(pid_t pid)
{
	char path[64], *line;
	const char *end;
	int parent = 0;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	line = read_file(path);
	end = strrchr(line, ')');
	if (!end || sscanf(end, ") %*c %d", &parent) != 1)
		parent = 0;
	free(line);
	return parent;
}

/* an ordinary user may not read the environment of what is sandboxed */
static bool descends_from(pid_t pid, pid_t ancestor)
{
	while (pid > 1 && pid != ancestor)
		pid = parent_of(pid);
	return pid == ancestor;
}

size_t tree_n_processes(const struct tree *tree)
{
	DIR *directory = opendir("/proc");
	struct dirent *entry;
	size_t n = 0;

	if (!directory)
		return 0;
	while ((entry = readdir(directory))) {
		pid_t pid = atoi(entry->d_name);

		n += pid > 0 && (is_of_tree(tree, entry->d_name) ||
				 (tree->pid > 0 &&
				  descends_from(pid, tree->pid)));
	}
	closedir(directory);
	return n;
}

static bool no_process_is_left(struct tree *tree, void *data)
{
	pid_t pid;

	(void)data;
	do
		pid = waitpid(-1, NULL, WNOHANG);
	while (pid > 0);
	return pid < 0 && errno == ECHILD && tree_n_processes(tree) == 0;
}

static bool name_was_left(const struct tree *tree, const char *directory_path,
			  unsigned int levels)
{
	DIR *directory = opendir(directory_path);
	struct dirent *entry;
	bool found = false;

	if (!directory)
		return false;
	while (!found && (entry = readdir(directory))) {
		char path[PATH_MAX];

		if (entry->d_type != DT_DIR || *entry->d_name == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", directory_path,
			 entry->d_name);
		found = strstr(entry->d_name, tree->system) ||
			(levels > 1 && name_was_left(tree, path, levels - 1));
	}
	closedir(directory);
	return found;
}

static bool run_directory_is_empty(const struct tree *tree)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/run/%s", tree->directory,
		 tree->system);
	return rmdir(path) == 0 || errno == ENOENT;
}

static int remove_one(const char *path, const struct stat *status, int type,
		      struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	return remove(path);
}

static void remove_directory(const struct tree *tree)
{
	if (getenv("HARNESS_KEEP"))
		harness_note("kept: %s", tree->directory);
	else
		nftw(tree->directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* a supervisor that one of them ended comes back: only its words remain */
static bool sanitizers_are_silent(const struct tree *tree)
{
	char *text = tree_log_text(tree);
	bool silent = !strstr(text, "Sanitizer: ") &&
		      !strstr(text, "runtime error: ");

	if (!silent)
		harness_note("the supervisor said:\n%s", text);
	free(text);
	return silent;
}

static const char *next_line(const char *line)
{
	line += strcspn(line, "\n");
	return *line ? line + 1 : line;
}

/* by its number, which is first */
static bool is_mounted(const char *mounts, const char *line)
{
	size_t n = strcspn(line, " ") + 1;

	while (*mounts && strncmp(mounts, line, n))
		mounts = next_line(mounts);
	return *mounts;
}

/* one of before, which was copied from others, may be gone with their folder */
static void expect_no_new_mounts(struct tree *tree)
{
	char *mounts = mounts_now();
	const char *line = mounts;

	while (*line && is_mounted(tree->mounts_before, line))
		line = next_line(line);
	CU_ASSERT_EQUAL(*line, '\0');
	if (*line)
		harness_note("mounted is\n%sand was\n%s", mounts,
			     tree->mounts_before);
	free(mounts);
	free(tree->mounts_before);
	tree->mounts_before = NULL;
}

static void forget(struct tree *tree, bool orderly)
{
	if (tree->pidfd >= 0)
		close(tree->pidfd);
	tree->pidfd = -1;
	harness_awaits("the end of all processes of %s", tree->system);
	CU_ASSERT(tree_wait_until(tree, no_process_is_left, NULL));
	harness_log(NULL);
	expect_no_new_mounts(tree);
	free(tree->manager);
	tree->manager = NULL;
	CU_ASSERT_FALSE(name_was_left(tree, "/sys/fs/cgroup", 6));
	CU_ASSERT(sanitizers_are_silent(tree));
	if (orderly)
		CU_ASSERT(run_directory_is_empty(tree));
	remove_directory(tree);
}

void tree_forget(struct tree *tree)
{
	forget(tree, true);
}

void tree_stop(struct tree *tree)
{
	int status;

	if (tree->pid > 0)
		kill(tree->pid, SIGTERM);
	status = tree_wait_end(tree);
	CU_ASSERT_EQUAL(status, 0);
	if (status < 0) {
		show_log(tree);
		harness_note("it does not stop, and is killed");
		tree_kill(tree);
		return;
	}
	if (status > 0)
		show_log(tree);
	forget(tree, true);
}

void tree_kill(struct tree *tree)
{
	if (tree->pid > 0) {
		kill(tree->pid, SIGKILL);
		tree_wait_end(tree);
	}
	forget(tree, false);
}
