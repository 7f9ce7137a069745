/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * journal.c - a real systemd-journald of a test's own.
 *
 * The only place in the stories that mounts anything; the mounts end with the
 * process of the test.
 */
#include "tests/system/journal.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/harness/harness.h"

#define PROGRAM "/lib/systemd/systemd-journald"
#define ARGUMENTS_MAX 16

static const char configuration[] =
	"[Journal]\nStorage=volatile\nReadKMsg=no\nAudit=no\n"
	"RateLimitBurst=0\n";

static void write_configuration(void)
{
	FILE *file = fopen("/run/systemd/journald.conf.d/test.conf", "we");

	if (!file || fputs(configuration, file) < 0 || fclose(file) != 0)
		HARNESS_SKIP("no configuration for a journald");
}

/* all of /run is new: it has what journald and journalctl make and look for */
static void make_namespace(void)
{
	static const char *const directories[] = {
		"/run/log", "/run/systemd", "/run/systemd/journal",
		"/run/systemd/journald.conf.d",
	};

	if (geteuid() != 0)
		HARNESS_SKIP("only root can start a journald of its own");
	if (access(PROGRAM, X_OK) < 0)
		HARNESS_SKIP("no " PROGRAM);
	if (access("/etc/machine-id", R_OK) < 0)
		HARNESS_SKIP("journald needs /etc/machine-id");
	if (unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", "/run", "tmpfs", 0, "mode=755") < 0)
		HARNESS_SKIP("no mount namespace for a journald");
	for (size_t i = 0; i < sizeof(directories) / sizeof(*directories); i++)
		mkdir(directories[i], 0755);
	write_configuration();
}

static pid_t run(const char *const *arguments, const char *output)
{
	pid_t pid = fork();
	int fd;

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fd = open(output, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	dup2(fd, STDIN_FILENO);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	setsid();
	execvp(arguments[0], (char *const *)arguments);
	_exit(127);
}

static bool takes_records(struct tree *tree, void *data)
{
	static const char *const sync[] = { "journalctl", "--sync", NULL };
	int status = -1;
	pid_t pid = run(sync, "/dev/null");

	(void)tree;
	(void)data;
	return waitpid(pid, &status, 0) == pid && status == 0;
}

void journal_restart(struct journal *journal)
{
	static const char *const journald[] = { PROGRAM, NULL };
	struct tree none = { .pidfd = -1 };

	journal->pid = run(journald, "/dev/null");
	CU_ASSERT_FATAL(journal->pid > 0);
	CU_ASSERT_FATAL(tree_wait_until(&none, takes_records, NULL));
}

void journal_start(struct journal *journal)
{
	make_namespace();
	journal_restart(journal);
}

void journal_stop(struct journal *journal)
{
	kill(journal->pid, SIGKILL);
	CU_ASSERT_EQUAL(waitpid(journal->pid, NULL, 0), journal->pid);
	journal->pid = -1;
}

void journal_freeze(struct journal *journal)
{
	int status;

	CU_ASSERT_EQUAL(kill(journal->pid, SIGSTOP), 0);
	CU_ASSERT_EQUAL(waitpid(journal->pid, &status, WUNTRACED),
			journal->pid);
	CU_ASSERT(WIFSTOPPED(status));
}

void journal_thaw(struct journal *journal)
{
	CU_ASSERT_EQUAL(kill(journal->pid, SIGCONT), 0);
}

static char *read_output(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;

	if (!file || getdelim(&text, &size, '\0', file) < 0) {
		free(text);
		text = strdup("");
	}
	if (file)
		fclose(file);
	return text;
}

static char *journalctl(const char *const *arguments)
{
	static const char output[] = "/run/journalctl.out";

	takes_records(NULL, NULL);
	CU_ASSERT(waitpid(run(arguments, output), NULL, 0) > 0);
	return read_output(output);
}

char *journal_read(struct tree *tree, const char *match, ...)
{
	const char *arguments[ARGUMENTS_MAX] = {
		"journalctl", "-q", "--all", "-o", "verbose",
	};
	char *expanded[ARGUMENTS_MAX], *text;
	size_t n = 5, n_matches = 0;
	va_list list;

	va_start(list, match);
	for (; match && n < ARGUMENTS_MAX - 1; match = va_arg(list, char *)) {
		expanded[n_matches] = tree_expand(tree, match);
		arguments[n++] = expanded[n_matches++];
	}
	va_end(list);
	text = journalctl(arguments);
	while (n_matches > 0)
		free(expanded[--n_matches]);
	return text;
}

struct wanted_record {
	const char *match;
	const char *other;
};

static bool has_record(struct tree *tree, void *data)
{
	const struct wanted_record *wanted = data;
	char *text = journal_read(tree, wanted->match, wanted->other, NULL);
	bool has = *text;

	free(text);
	return has;
}

bool journal_await(struct tree *tree, const char *match, const char *other)
{
	struct wanted_record wanted = { match, other };
	bool came = tree_wait_until(tree, has_record, &wanted);

	if (!came)
		harness_note("never in the journal: %s %s", match, other);
	return came;
}
