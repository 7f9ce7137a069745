/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * harness.c - runs each test in a process of its own and reports as TAP.
 *
 * The runner is a child subreaper, so that whatever a test leaves running
 * comes back to it, is reported as a failure and killed. What a test wants to
 * say crosses over in shared memory: a test may close every descriptor.
 */
#include "tests/harness/harness.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <ftw.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DESCRIPTORS_MAX 1024
#define SKIP_MAX 256
#define WORDS_MAX 512
#define LOG_BYTES 8192
#define EXIT_SKIPPED 77
/* what was orphaned by a test and is about to end may do so in this part of the
 * test's time */
#define ORPHAN_GRACE_PART 40

/* shared with the test's process */
struct verdict {
	char skipped[SKIP_MAX];
	bool finished;
	char awaits[WORDS_MAX];
	char does[WORDS_MAX];
	char log[WORDS_MAX];
};

static struct verdict *verdict;
static pid_t test_pid;
static bool kept[DESCRIPTORS_MAX];

void harness_note(const char *format, ...)
{
	va_list arguments;

	fputs("# ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}

void harness_remove(const char *directory)
{
	char command[PATH_MAX + 16];

	snprintf(command, sizeof(command), "rm -rf '%s'", directory);
	CU_ASSERT_EQUAL(system(command), 0);
}

void harness_awaits(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(verdict->awaits, sizeof(verdict->awaits), format, arguments);
	va_end(arguments);
}

void harness_does(const char *what)
{
	snprintf(verdict->does, sizeof(verdict->does), "%s", what ? what : "");
	if (!what)
		*verdict->awaits = '\0';
}

void harness_log(const char *path)
{
	snprintf(verdict->log, sizeof(verdict->log), "%s", path ? path : "");
}

void harness_skip(const char *why)
{
	if (getpid() != test_pid) {
		harness_note("skip from a process that is not the test: %s",
			     why);
		abort();
	}
	snprintf(verdict->skipped, sizeof(verdict->skipped), "%s",
		 *why != '\0' ? why : "no reason given");
	fflush(NULL);
	_exit(EXIT_SKIPPED);
}

void harness_only_long(void)
{
	const char *is_long = getenv("HARNESS_LONG");

	if (!is_long || *is_long == '\0')
		harness_skip("takes long: scripts/check --long runs it");
}

void harness_keep_descriptor(int fd)
{
	if (fd >= 0 && fd < DESCRIPTORS_MAX)
		kept[fd] = true;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int pidfd_of(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

/* ---- in the test's process --------------------------------------------- */

static void descriptors_now(bool *ret_open)
{
	struct dirent *entry;
	DIR *directory;

	memset(ret_open, 0, DESCRIPTORS_MAX * sizeof(*ret_open));
	directory = opendir("/proc/self/fd");
	if (!directory)
		return;
	while ((entry = readdir(directory))) {
		int fd = atoi(entry->d_name);

		if (*entry->d_name == '.' || fd == dirfd(directory))
			continue;
		if (fd < DESCRIPTORS_MAX)
			ret_open[fd] = true;
	}
	closedir(directory);
}

static unsigned int leaked_descriptors(const bool *before)
{
	bool after[DESCRIPTORS_MAX];
	unsigned int n_leaked = 0;
	int fd;

	descriptors_now(after);
	for (fd = 0; fd < DESCRIPTORS_MAX; fd++) {
		char link[64], target[256];
		ssize_t n;

		if (!after[fd] || before[fd] || kept[fd])
			continue;
		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		n = readlink(link, target, sizeof(target) - 1);
		target[n > 0 ? n : 0] = '\0';
		harness_note("descriptor %d was left open: %s", fd, target);
		n_leaked++;
	}
	return n_leaked;
}

static unsigned int leaked_children(void)
{
	siginfo_t info = { .si_pid = 0 };

	if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
		return 0;
	if (info.si_pid > 0)
		harness_note("child %d was not waited for", info.si_pid);
	else
		harness_note("a child process was left running");
	return 1;
}

static unsigned int assertions_failed(void)
{
	const struct CU_FailureRecord *failure;
	unsigned int n_failed = 0;

	for (failure = CU_get_failure_list(); failure;
	     failure = failure->pNext) {
		harness_note("%s:%u: %s",
			     failure->strFileName ? failure->strFileName : "",
			     failure->uiLineNumber,
			     failure->strCondition ? failure->strCondition
						   : "");
		n_failed++;
	}
	return n_failed;
}

static unsigned int run_under_cunit(const char *suite,
				    const struct harness_test *test)
{
	unsigned int n_failed;
	CU_pSuite cu_suite;
	CU_pTest cu_test;

	if (CU_initialize_registry() != CUE_SUCCESS)
		return 1;
	CU_set_error_action(CUEA_IGNORE);
	cu_suite = CU_add_suite(suite, NULL, NULL);
	cu_test = cu_suite ? CU_add_test(cu_suite, test->name, test->run)
			   : NULL;
	if (!cu_test || CU_run_test(cu_suite, cu_test) != CUE_SUCCESS) {
		harness_note("CUnit: %s", CU_get_error_msg());
		return 1;
	}
	n_failed = assertions_failed();
	CU_cleanup_registry();
	return n_failed;
}

static void __attribute__((noreturn))
be_the_test(const char *suite, const struct harness_test *test)
{
	bool before[DESCRIPTORS_MAX];
	unsigned int n_failed;

	test_pid = getpid();
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(STDERR_FILENO, STDOUT_FILENO); /* standard output is TAP's */

	descriptors_now(before);
	n_failed = run_under_cunit(suite, test);
	n_failed += leaked_descriptors(before);
	n_failed += leaked_children();
	verdict->finished = true;
	/* not _exit(): the sanitizers look for leaks on the way out */
	exit(n_failed ? EXIT_FAILURE : EXIT_SUCCESS);
}

/* ---- in the runner ------------------------------------------------------ */

static pid_t parent_of(pid_t pid)
{
	char name[64], line[512];
	const char *end;
	FILE *file;
	int parent = 0;

	snprintf(name, sizeof(name), "/proc/%d/stat", pid);
	file = fopen(name, "re");
	if (!file)
		return 0;
	if (fgets(line, sizeof(line), file)) {
		end = strrchr(line, ')');
		if (end && sscanf(end, ") %*c %d", &parent) != 1)
			parent = 0;
	}
	fclose(file);
	return parent;
}

static void kill_children(void)
{
	struct dirent *entry;
	DIR *directory = opendir("/proc");

	if (!directory)
		return;
	while ((entry = readdir(directory))) {
		pid_t pid = atoi(entry->d_name);

		if (pid > 0 && parent_of(pid) == getpid())
			kill(pid, SIGKILL);
	}
	closedir(directory);
}

/* true when nobody is left; takes those that have ended */
static bool reap_orphans(void)
{
	pid_t pid;

	do
		pid = waitpid(-1, NULL, WNOHANG);
	while (pid > 0);
	return pid < 0 && errno == ECHILD;
}

/* Return: whether a process was still there and would not end by itself */
static bool orphans_were_left(unsigned int timeout_s)
{
	const struct timespec pause = { .tv_nsec = 100 * 1000 * 1000 };
	int64_t deadline_ms = now_ms() + (int64_t)timeout_s * 1000 /
						ORPHAN_GRACE_PART;
	sigset_t child_signal;

	sigemptyset(&child_signal);
	sigaddset(&child_signal, SIGCHLD);
	while (!reap_orphans()) {
		if (now_ms() < deadline_ms) {
			sigtimedwait(&child_signal, NULL, &pause);
			continue;
		}
		do {
			kill_children();
			sigtimedwait(&child_signal, NULL, &pause);
		} while (!reap_orphans());
		return true;
	}
	return false;
}

static unsigned int timeout_of(const struct harness_test *test)
{
	const char *text = getenv("HARNESS_TIMEOUT_S");

	if (text && atoi(text) > 0)
		return (unsigned int)atoi(text);
	return test->timeout_s ? test->timeout_s : HARNESS_TIMEOUT_S;
}

/* valgrind knows no pidfds: look now and then, its tests are slow anyway */
static bool has_ended(pid_t pid)
{
	siginfo_t info = { .si_pid = 0 };

	return waitid(P_PID, (id_t)pid, &info,
		      WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid;
}

static bool ended_in_time(pid_t pid, unsigned int timeout_s)
{
	struct pollfd ended = { .fd = pidfd_of(pid), .events = POLLIN };
	int64_t deadline_ms = now_ms() + (int64_t)timeout_s * 1000;
	int64_t left_ms;
	int r = 0;

	while ((left_ms = deadline_ms - now_ms()) > 0) {
		if (ended.fd < 0 && has_ended(pid))
			return true;
		r = poll(&ended, 1, ended.fd < 0 ? 20 : (int)left_ms);
		if (r > 0 || (r < 0 && errno != EINTR))
			break;
	}
	if (ended.fd >= 0)
		close(ended.fd);
	return r > 0;
}

static const char *what_happened(int status, bool in_time, char *buffer,
				 size_t size_bytes)
{
	if (!in_time)
		snprintf(buffer, size_bytes, "timed out");
	else if (WIFSIGNALED(status))
		snprintf(buffer, size_bytes, "killed by signal %d (%s)",
			 WTERMSIG(status), strsignal(WTERMSIG(status)));
	else if (!verdict->finished)
		snprintf(buffer, size_bytes, "exited early with status %d",
			 WEXITSTATUS(status));
	else
		snprintf(buffer, size_bytes, "failed, status %d",
			 WEXITSTATUS(status));
	return buffer;
}

static void show_log(const char *path)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;

	if (!file)
		return;
	if (fseek(file, -LOG_BYTES, SEEK_END) == 0)
		printf("# ...\n");
	else
		rewind(file);
	while (getline(&line, &size, file) > 0)
		printf("# %s%s", line, strchr(line, '\n') ? "" : "\n");
	free(line);
	fclose(file);
}

/* it is killed without a word of its own */
static void tell_of_time_out(void)
{
	if (*verdict->awaits)
		printf("# while it waited for %s\n", verdict->awaits);
	if (*verdict->does)
		printf("# while it did %s\n", verdict->does);
	if (*verdict->log)
		show_log(verdict->log);
}

static int remove_one(const char *path, const struct stat *status, int type,
		      struct FTW *walk)
{
	(void)status;
	(void)type;
	if (walk->level == 1)
		printf("# was left: %s\n", path);
	return remove(path);
}

/* a directory for the test's files, in $TMPDIR; false when there is none */
static bool make_directory(char *directory, size_t size_bytes)
{
	static char parent[128];

	if (!*parent)
		snprintf(parent, sizeof(parent), "%s",
			 getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	snprintf(directory, size_bytes, "%s/test-actorproc-XXXXXX", parent);
	if (!mkdtemp(directory))
		return false;
	/* as /tmp is: a test may go on as another user */
	chmod(directory, 01777);
	return setenv("TMPDIR", directory, 1) == 0;
}

/* Return: whether the test had left something in it */
static bool files_were_left(const char *directory)
{
	if (rmdir(directory) == 0)
		return false;
	if (getenv("HARNESS_KEEP"))
		printf("# kept: %s\n", directory);
	else
		nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return !getenv("HARNESS_KEEP");
}

static bool run_one(const char *suite, const struct harness_test *test,
		    size_t number)
{
	bool in_time, orphans, files, passed;
	char text[128], directory[192];
	int status = 0;
	pid_t pid;

	memset(verdict, 0, sizeof(*verdict));
	fflush(NULL);
	pid = make_directory(directory, sizeof(directory)) ? fork() : -1;
	if (pid == 0)
		be_the_test(suite, test);
	if (pid < 0) {
		printf("not ok %zu - %s # cannot be run: %s\n", number,
		       test->name, strerror(errno));
		return false;
	}
	setpgid(pid, pid);
	in_time = ended_in_time(pid, timeout_of(test));
	if (!in_time)
		kill(-pid, SIGKILL);
	waitpid(pid, &status, 0);
	if (!in_time)
		tell_of_time_out();
	orphans = orphans_were_left(timeout_of(test));
	files = files_were_left(directory);

	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SKIPPED &&
	    *verdict->skipped != '\0' && !orphans && !files) {
		printf("ok %zu - %s # SKIP %s\n", number, test->name,
		       verdict->skipped);
		return true;
	}
	passed = in_time && WIFEXITED(status) && WEXITSTATUS(status) == 0 &&
		 verdict->finished && !orphans && !files;
	if (orphans)
		printf("# a process was left running, and is killed now\n");
	if (!passed && (status != 0 || !verdict->finished))
		printf("# %s\n", what_happened(status, in_time, text,
					       sizeof(text)));
	printf("%sok %zu - %s\n", passed ? "" : "not ", number, test->name);
	return passed;
}

static bool is_wanted(const struct harness_test *test)
{
	const char *pattern = getenv("HARNESS_ONLY");

	return !pattern || fnmatch(pattern, test->name, 0) == 0;
}

int harness_main(const char *suite, const struct harness_test *tests,
		 size_t n_tests)
{
	size_t i, n_wanted = 0, n_failed = 0, number = 0;
	sigset_t child_signal;

	verdict = mmap(NULL, sizeof(*verdict), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (verdict == MAP_FAILED) {
		printf("Bail out! no memory\n");
		return EXIT_FAILURE;
	}
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&child_signal);
	sigaddset(&child_signal, SIGCHLD);
	sigprocmask(SIG_UNBLOCK, &child_signal, NULL);

	for (i = 0; i < n_tests; i++)
		n_wanted += is_wanted(&tests[i]);
	printf("1..%zu\n", n_wanted);
	for (i = 0; i < n_tests; i++) {
		if (!is_wanted(&tests[i]))
			continue;
		n_failed += !run_one(suite, &tests[i], ++number);
		fflush(stdout);
	}
	munmap(verdict, sizeof(*verdict));
	return n_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
