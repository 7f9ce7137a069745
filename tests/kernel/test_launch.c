/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_launch.c - starts, failing starts, and supervisor processes.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisord/act/launch_slots.h"
#include "tests/harness/harness.h"
#include "tests/harness/proc.h"
#include "tests/kernel/sandboxed.h"

#define LEVELS 12
#define MANY_FDS 5000
#define DEADLINE_MS 100000

/* ---- starts ------------------------------------------------------------- */

static void start_and_see(enum sandboxed_as as)
{
	struct sandboxed_end end;
	struct sandboxed s;
	char folder[128];

	sandboxed_setup(&s, as);
	CU_ASSERT_EQUAL(sandboxed_run(&s, "exit", "42", &end), 0);
	CU_ASSERT_EQUAL(end.status, 42);
	CU_ASSERT_PTR_NULL(end.failed);
	CU_ASSERT_EQUAL(sandboxed_run(&s, "control", NULL, &end), 0);
	CU_ASSERT_EQUAL(end.status, 0);
	CU_ASSERT_EQUAL(sandboxed_run(&s, "descriptors", "3", &end), 0);
	CU_ASSERT_EQUAL(end.status, 0);
	CU_ASSERT_EQUAL(sandboxed_run(&s, "environment", "COLOUR", &end), 0);
	CU_ASSERT_STRING_EQUAL(end.output, "green\n");
	CU_ASSERT_EQUAL(sandboxed_run(&s, "environment", "PATH", &end), 0);
	CU_ASSERT_EQUAL(end.status, ENOENT);
	CU_ASSERT_EQUAL(sandboxed_run(&s, "crash", NULL, &end), 0);
	CU_ASSERT_EQUAL(end.signal, SIGSEGV);
	CU_ASSERT_EQUAL(sandboxed_run(&s, "abort", NULL, &end), 0);
	CU_ASSERT_EQUAL(end.signal, SIGABRT);
	if (s.host.namespaces) {
		snprintf(folder, sizeof(folder), "%s\n", s.directory);
		CU_ASSERT_EQUAL(sandboxed_run(&s, "environment",
					      "LD_ORIGIN_PATH", &end), 0);
		CU_ASSERT_STRING_EQUAL(end.output, folder);
		CU_ASSERT_EQUAL(sandboxed_run(&s, "hostname", NULL, &end), 0);
		CU_ASSERT_STRING_EQUAL(end.output, "actorproc\n");
	}
	sandboxed_teardown(&s);
}

static void test_root_starts_a_process_and_sees_its_end(void)
{
	start_and_see(AS_ROOT);
}

/* more than what is started may have itself */
static void test_who_has_many_descriptors_starts_a_process(void)
{
	static int many[MANY_FDS];
	struct rlimit limit;
	struct sandboxed_end end;
	struct sandboxed s;
	int n = 0;

	CU_ASSERT_EQUAL(getrlimit(RLIMIT_NOFILE, &limit), 0);
	if (limit.rlim_max < MANY_FDS + 100)
		HARNESS_SKIP("no process may have so many descriptors");
	limit.rlim_cur = limit.rlim_max;
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_NOFILE, &limit), 0);
	sandboxed_setup(&s, AS_ROOT);
	s.host.seccomp_listener = s.listener;
	CU_ASSERT_EQUAL(launch_slots_begin(), 0);
	while (n < MANY_FDS && (many[n] = dup(STDIN_FILENO)) >= 0)
		n++;
	CU_ASSERT_EQUAL(n, MANY_FDS);
	CU_ASSERT_EQUAL(sandboxed_run(&s, "exit", "42", &end), 0);
	CU_ASSERT_EQUAL(end.status, 42);
	CU_ASSERT_PTR_NULL(end.failed);
	while (n > 0)
		close(many[--n]);
	sandboxed_teardown(&s);
}

static void test_a_user_starts_a_process_and_sees_its_end(void)
{
	start_and_see(AS_USER);
}

static void test_ignored_and_blocked_signals_are_not_inherited(void)
{
	struct sandboxed_end end;
	struct sandboxed s;
	sigset_t blocked, before;

	sandboxed_setup(&s, AS_USER);
	signal(SIGPIPE, SIG_IGN);
	sigfillset(&blocked);
	sigprocmask(SIG_BLOCK, &blocked, &before);
	CU_ASSERT_EQUAL(sandboxed_run(&s, "signals", NULL, &end), 0);
	CU_ASSERT_EQUAL(end.status, 0);
	/* and ours are as before */
	sigprocmask(SIG_SETMASK, &before, &blocked);
	CU_ASSERT(sigismember(&blocked, SIGUSR1) == 1);
	CU_ASSERT(signal(SIGPIPE, SIG_DFL) == SIG_IGN);
	sandboxed_teardown(&s);
}

static void test_low_descriptors_of_ours_are_no_trouble(void)
{
	int saved[3], fd;
	struct sandboxed_end end;
	struct sandboxed s;

	sandboxed_setup(&s, AS_USER);
	for (fd = 0; fd < 3; fd++) {
		saved[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 100);
		close(fd);
	}
	/* now the control channel, the output and the namespaces get these */
	CU_ASSERT_EQUAL(sandboxed_run(&s, "control", NULL, &end), 0);
	CU_ASSERT_EQUAL(end.status, 0);
	CU_ASSERT_EQUAL(sandboxed_run(&s, "descriptors", "3", &end), 0);
	CU_ASSERT_EQUAL(end.status, 0);
	for (fd = 0; fd < 3; fd++) {
		dup2(saved[fd], fd);
		close(saved[fd]);
	}
	sandboxed_teardown(&s);
}

static void test_one_program_is_started_many_times(void)
{
	struct launch_program *program;
	struct sandboxed_end end;
	struct sandboxed s;
	const char *what;
	int i;

	sandboxed_setup(&s, AS_USER);
	s.arguments[0] = (char []){ "exit" };
	s.arguments[1] = (char []){ "3" };
	CU_ASSERT_EQUAL_FATAL(launch_program_new(&program, &s.host, &s.node,
						 &what), 0);
	for (i = 0; i < 20; i++) {
		CU_ASSERT_EQUAL(sandboxed_run_program(&s, program, &end), 0);
		CU_ASSERT_EQUAL(end.status, 3);
	}
	CU_ASSERT_PTR_NULL(launch_program_free(program));
	CU_ASSERT_PTR_NULL(launch_program_free(NULL));
	sandboxed_teardown(&s);
}

static void test_a_running_process_has_no_failure(void)
{
	struct launch_program *program;
	const char *what, *step = NULL;
	struct launch_child child;
	struct sandboxed s;
	struct launch launch;
	siginfo_t info;

	sandboxed_setup(&s, AS_USER);
	s.arguments[0] = (char []){ "wait" };
	CU_ASSERT_EQUAL_FATAL(launch_program_new(&program, &s.host, &s.node,
						 &what), 0);
	launch = (struct launch) { .program = program, .host = &s.host,
				   .node = &s.node, .control_fd = -1,
				   .output_fd = -1 };
	CU_ASSERT_EQUAL(launch_start(&launch, &child), 0);
	CU_ASSERT_EQUAL(launch_failure(child.error_fd, &step), 0);
	CU_ASSERT_PTR_NULL(step);
	CU_ASSERT_EQUAL(kill(child.pid, SIGKILL), 0);
	CU_ASSERT_EQUAL(waitid(P_PIDFD, (id_t)child.pidfd, &info, WEXITED), 0);
	CU_ASSERT_EQUAL(info.si_status, SIGKILL);
	CU_ASSERT_EQUAL(launch_failure(child.error_fd, &step), 0);
	close(child.pidfd);
	launch_program_free(program);
	sandboxed_teardown(&s);
}

static uint64_t places_for_descriptors(pid_t pid)
{
	uint64_t n = 0;

	proc_status(pid, "FDSize", 10, &n);
	return n;
}

/* a table that was copied stays as large as it was, for as long as it lives */
static void test_a_start_does_not_copy_our_descriptors(void)
{
	struct launch_program *program;
	struct launch_child child;
	struct sandboxed s;
	struct launch launch;
	int fds[1000];
	siginfo_t info;
	const char *what;
	size_t i;

	sandboxed_setup(&s, AS_USER);
	CU_ASSERT_EQUAL_FATAL(launch_slots_begin(), 0);
	for (i = 0; i < 1000; i++)
		fds[i] = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 20);
	s.arguments[0] = (char []){ "wait" };
	CU_ASSERT_EQUAL_FATAL(launch_program_new(&program, &s.host, &s.node,
						 &what), 0);
	launch = (struct launch) { .program = program, .host = &s.host,
				   .node = &s.node, .control_fd = -1,
				   .output_fd = -1 };
	CU_ASSERT_EQUAL_FATAL(launch_start(&launch, &child), 0);
	CU_ASSERT_TRUE(places_for_descriptors(getpid()) > 1000);
	CU_ASSERT_TRUE(places_for_descriptors(child.pid) > 0);
	CU_ASSERT_TRUE(places_for_descriptors(child.pid) <= 256);
	for (i = 0; i < 1000; i++) {
		CU_ASSERT_TRUE(fcntl(fds[i], F_GETFD) >= 0);
		close(fds[i]);
	}
	kill(child.pid, SIGKILL);
	waitid(P_PIDFD, (id_t)child.pidfd, &info, WEXITED);
	close(child.pidfd);
	launch_program_free(program);
	sandboxed_teardown(&s);
}

static unsigned int null_descriptors(void)
{
	struct stat null, other;
	unsigned int n = 0;

	if (stat("/dev/null", &null) < 0)
		return 0;
	for (int fd = 3; fd < 256; fd++)
		n += fstat(fd, &other) == 0 && S_ISCHR(other.st_mode) &&
		     other.st_rdev == null.st_rdev;
	return n;
}

/* or who waits for its end would wait for us */
static void test_what_was_lent_to_a_child_is_not_kept(void)
{
	struct sandboxed_end end;
	struct sandboxed s;
	unsigned int n;

	sandboxed_setup(&s, AS_USER);
	CU_ASSERT_EQUAL(launch_slots_begin(), 0);
	n = null_descriptors();
	CU_ASSERT_TRUE(n >= LAUNCH_SLOTS);
	CU_ASSERT_EQUAL(sandboxed_run(&s, "exit", "5", &end), 0);
	CU_ASSERT_EQUAL(end.status, 5);
	CU_ASSERT_EQUAL(null_descriptors(), n);
	sandboxed_teardown(&s);
}

/* ---- failing starts ----------------------------------------------------- */

static void test_a_failing_step_is_named(void)
{
	struct sandboxed_end end;
	struct sandboxed s;
	int right, wrong;

	sandboxed_setup(&s, AS_USER);
	right = s.host.empty_netns_fd;
	wrong = open("/dev/null", O_RDONLY | O_CLOEXEC);
	s.host.empty_netns_fd = wrong;
	CU_ASSERT_EQUAL(sandboxed_run(&s, "nothing", NULL, &end), 0);
	CU_ASSERT_EQUAL(end.status, 126);
	CU_ASSERT_EQUAL(end.error, EINVAL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(end.failed);
	CU_ASSERT_STRING_EQUAL(end.failed, "network");
	s.host.empty_netns_fd = right;
	close(wrong);
	sandboxed_teardown(&s);
}

static void test_a_program_its_uid_may_not_execute_is_named(void)
{
	struct sandboxed_end end;
	struct sandboxed s;

	sandboxed_setup(&s, AS_ROOT);
	CU_ASSERT_EQUAL(chmod(s.program, 0700), 0);
	CU_ASSERT_EQUAL(sandboxed_run(&s, "nothing", NULL, &end), 0);
	CU_ASSERT_EQUAL(end.error, EACCES);
	CU_ASSERT_PTR_NOT_NULL_FATAL(end.failed);
	CU_ASSERT_STRING_EQUAL(end.failed, "exec");
	sandboxed_teardown(&s);
}

static void test_nothing_is_started_as_root(void)
{
	static const uid_t uids[] = { 0, (uid_t)-1 };
	struct launch_program *program;
	struct launch_child child;
	struct sandboxed s;
	struct launch launch;
	const char *what;
	size_t i;

	sandboxed_setup(&s, AS_ROOT);
	s.arguments[0] = (char []){ "nothing" };
	CU_ASSERT_EQUAL_FATAL(launch_program_new(&program, &s.host, &s.node,
						 &what), 0);
	for (i = 0; i < 2; i++) {
		launch = (struct launch) { .program = program, .host = &s.host,
					   .node = &s.node, .uid = uids[i],
					   .control_fd = -1, .output_fd = -1 };
		CU_ASSERT_EQUAL(launch_start(&launch, &child), -EINVAL);
	}
	launch_program_free(program);
	sandboxed_teardown(&s);
}

static void test_what_cannot_be_executed_is_refused_before(void)
{
	static const struct {
		const char *path;
		int error;
		const char *what;
	} cases[] = {
		{ "/nonexistent", -ENOENT, "exec /nonexistent" },
		{ "/tmp", -EACCES, "exec /tmp" },
		{ "/etc/passwd", -EACCES, "exec /etc/passwd" },
	};
	struct launch_program *program;
	struct sandboxed s;
	const char *what;
	size_t i;
	int r;

	sandboxed_setup(&s, AS_USER);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		s.node.exec_path = (char *)(uintptr_t)cases[i].path;
		r = launch_program_new(&program, &s.host, &s.node, &what);
		CU_ASSERT_EQUAL(r, cases[i].error);
		CU_ASSERT_STRING_EQUAL(what, cases[i].what);
	}
	sandboxed_teardown(&s);
}

/* who writes may have come with a later file than the program */
static void test_what_an_actor_may_exchange_is_refused_at_each_start(void)
{
	struct launch_program *program;
	char *list[] = { NULL, NULL };
	struct spec_node *children[1];
	struct spec_node top = { .children = children, .n_children = 1 };
	struct spec_node writer = {
		.path = (char []){ "/s/a" }, .parent = &top,
		.sandbox = { .write = list },
	};
	struct sandboxed s;
	const char *what;

	sandboxed_setup(&s, AS_USER);
	children[0] = &writer;
	s.node.parent = &top;
	list[0] = s.program;
	CU_ASSERT_EQUAL(launch_program_new(&program, &s.host, &s.node, &what),
			-EPERM);
	CU_ASSERT(strncmp(what, "exec /tmp/", 10) == 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(what, ", which /s/a could exchange, by its \"write\": put it where"));
	list[0] = s.directory;
	CU_ASSERT_EQUAL(launch_program_new(&program, &s.host, &s.node, &what),
			-EPERM);
	list[0] = (char []){ "/usr/lib" };
	CU_ASSERT_EQUAL(launch_program_new(&program, &s.host, &s.node, &what),
			-EPERM);
	CU_ASSERT(strncmp(what, "library /", 9) == 0);
	sandboxed_teardown(&s);
}

static void test_a_new_executable_is_noticed(void)
{
	struct launch_program *program;
	struct sandboxed_end end;
	struct sandboxed s;
	const char *what;
	char other[128];
	FILE *file;

	sandboxed_setup(&s, AS_USER);
	s.arguments[0] = (char []){ "exit" };
	s.arguments[1] = (char []){ "5" };
	CU_ASSERT_EQUAL_FATAL(launch_program_new(&program, &s.host, &s.node,
						 &what), 0);
	CU_ASSERT_FALSE(launch_program_is_stale(program));
	snprintf(other, sizeof(other), "%s/other", s.directory);
	file = fopen(other, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fclose(file);
	CU_ASSERT_EQUAL(rename(other, s.program), 0);
	CU_ASSERT_TRUE(launch_program_is_stale(program));
	CU_ASSERT_EQUAL(unlink(s.program), 0);
	CU_ASSERT_TRUE(launch_program_is_stale(program));
	/* the old one is still there for those who have it */
	if (s.host.namespaces) {
		CU_ASSERT_EQUAL(sandboxed_run_program(&s, program, &end), 0);
		CU_ASSERT_EQUAL(end.status, 5);
	}
	launch_program_free(program);
	sandboxed_teardown(&s);
}

static void put_in_place(const struct sandboxed *s, const char *path)
{
	char other[128];
	FILE *file;

	snprintf(other, sizeof(other), "%s/other", s->directory);
	file = fopen(other, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fclose(file);
	CU_ASSERT_EQUAL(rename(other, path), 0);
}

static void test_another_file_that_is_granted_is_noticed(void)
{
	char granted[128], *list[] = { granted, NULL };
	struct launch_program *program;
	struct sandboxed s;
	const char *what;
	FILE *file;

	sandboxed_setup(&s, AS_USER);
	snprintf(granted, sizeof(granted), "%s/granted", s.directory);
	put_in_place(&s, granted);
	s.node.sandbox.read = list;
	CU_ASSERT_EQUAL_FATAL(launch_program_new(&program, &s.host, &s.node,
						 &what), 0);
	CU_ASSERT_TRUE(launch_program_is_current(program));
	file = fopen(granted, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fputs("what is in it", file);
	fclose(file);
	CU_ASSERT_TRUE(launch_program_is_current(program));
	put_in_place(&s, granted);
	CU_ASSERT_FALSE(launch_program_is_current(program));
	CU_ASSERT_FALSE(launch_program_is_stale(program));
	/* nowhere else is the executable that was come back to */
	launch_program_note_tried(program, NULL);
	CU_ASSERT_TRUE(launch_program_serves(program));
	launch_program_free(program);
	CU_ASSERT_EQUAL_FATAL(launch_program_new(&program, &s.host, &s.node,
						 &what), 0);
	CU_ASSERT_TRUE(launch_program_is_current(program));
	CU_ASSERT_EQUAL(unlink(granted), 0);
	CU_ASSERT_FALSE(launch_program_serves(program));
	launch_program_free(program);
	CU_ASSERT_EQUAL(launch_program_new(&program, &s.host, &s.node, &what),
			-ENOENT);
	CU_ASSERT_PTR_NOT_NULL(strstr(what, granted));
	sandboxed_teardown(&s);
}

/* ---- readiness of programs ---------------------------------------------- */

static void notify(enum sandboxed_as as)
{
	struct sockaddr_un self = { .sun_family = AF_UNIX };
	struct launch_program *program;
	char path[96], text[16] = "";
	struct launch_child child;
	struct sandboxed s;
	struct launch launch;
	const char *what;
	siginfo_t info;
	int fd;

	sandboxed_setup(&s, as);
	snprintf(path, sizeof(path), "%s/notify", s.directory);
	strcpy(self.sun_path, path);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	CU_ASSERT_EQUAL(bind(fd, (struct sockaddr *)&self, sizeof(self)), 0);
	CU_ASSERT_EQUAL(chmod(path, 0666), 0);
	s.node.kind = SPEC_PROGRAM;
	s.arguments[0] = (char []){ "notify" };
	CU_ASSERT_EQUAL_FATAL(launch_program_new(&program, &s.host, &s.node,
						 &what), 0);
	launch = (struct launch) { .program = program, .host = &s.host,
				   .node = &s.node, .control_fd = -1,
				   .output_fd = -1, .notify_socket = path,
				   .uid = launch_host_uid(&s.host, 1) };
	CU_ASSERT_EQUAL(launch_start(&launch, &child), 0);
	CU_ASSERT_EQUAL(waitid(P_PIDFD, (id_t)child.pidfd, &info, WEXITED), 0);
	CU_ASSERT_EQUAL(info.si_status, 0);
	CU_ASSERT_EQUAL(recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT), 7);
	CU_ASSERT_STRING_EQUAL(text, "READY=1");
	close(child.pidfd);
	close(fd);
	launch_program_free(program);
	sandboxed_teardown(&s);
}

static void test_a_program_of_root_can_notify(void)
{
	notify(AS_ROOT);
}

static void test_a_program_of_a_user_can_notify(void)
{
	notify(AS_USER);
}

/* ---- supervisor processes ----------------------------------------------- */

struct report {
	int level;
	pid_t pid;
	bool clean;
};

/* no descriptor but 0 to 2, @pipe_fd and the two that keep the lease */
static bool descriptors_are_clean(const int *keep, size_t n_keep)
{
	bool wanted;
	size_t i;
	int fd;

	for (fd = 3; fd < 256; fd++) {
		wanted = false;
		for (i = 0; i < n_keep; i++)
			wanted = wanted || keep[i] == fd;
		if (wanted != (fcntl(fd, F_GETFD) >= 0))
			return false;
	}
	return true;
}

/* the deepest one starts an actor, too */
static int start_something(struct sandboxed *s)
{
	struct sandboxed_end end;

	if (sandboxed_run(s, "exit", "9", &end) < 0)
		return -1;
	return end.status;
}

static void __attribute__((noreturn))
be_level(struct sandboxed *s, int level, int pipe_fd, int n_levels)
{
	const int keep[] = { pipe_fd, s->host.empty_netns_fd,
			     s->host.uid_lease_fd >= 0 ? s->host.uid_lease_fd
						       : pipe_fd };
	struct report report = {
		.level = level,
		.pid = getpid(),
		.clean = descriptors_are_clean(keep, 3),
	};
	int pidfd, r;
	pid_t pid;

	if (level == n_levels)
		report.clean = report.clean && start_something(s) == 9;
	if (write(pipe_fd, &report, sizeof(report)) != sizeof(report))
		_exit(EXIT_FAILURE);
	if (level < n_levels) {
		r = launch_supervisor(NULL, keep, 3, &pid, &pidfd);
		if (r == 0)
			be_level(s, level + 1, pipe_fd, n_levels);
		if (r < 0)
			_exit(EXIT_FAILURE);
	}
	for (;;)
		pause();
}

static bool read_report(int fd, struct report *ret)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };

	return poll(&ready, 1, DEADLINE_MS) > 0 &&
	       read(fd, ret, sizeof(*ret)) == (ssize_t)sizeof(*ret);
}

static void nest(enum sandboxed_as as)
{
	struct report report;
	struct sandboxed s;
	int channel[2], pidfd, r, level;
	siginfo_t info;
	pid_t pid;

	sandboxed_setup(&s, as);
	if (!s.host.namespaces) {
		sandboxed_teardown(&s);
		HARNESS_SKIP("no namespaces");
	}
	CU_ASSERT_EQUAL(pipe2(channel, O_CLOEXEC), 0);
	{
		const int keep[] = { channel[1], s.host.empty_netns_fd,
				     s.host.uid_lease_fd >= 0
					     ? s.host.uid_lease_fd
					     : channel[1] };

		r = launch_supervisor(NULL, keep, 3, &pid, &pidfd);
	}
	if (r == 0)
		be_level(&s, 1, channel[1], LEVELS);
	CU_ASSERT_EQUAL_FATAL(r, 1);
	close(channel[1]);
	for (level = 1; level <= LEVELS; level++) {
		memset(&report, 0, sizeof(report));
		CU_ASSERT_TRUE(read_report(channel[0], &report));
		CU_ASSERT_EQUAL(report.level, level);
		CU_ASSERT_EQUAL(report.pid, 1);
		CU_ASSERT_TRUE(report.clean);
	}
	/* the first one takes all with it: the pipe has no writer left */
	CU_ASSERT_EQUAL(kill(pid, SIGKILL), 0);
	CU_ASSERT_EQUAL(waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED), 0);
	CU_ASSERT_EQUAL(info.si_status, SIGKILL);
	CU_ASSERT_EQUAL(read(channel[0], &report, sizeof(report)), 0);
	close(pidfd);
	close(channel[0]);
	sandboxed_teardown(&s);
}

static void test_twelve_levels_of_supervisors_of_root(void)
{
	nest(AS_ROOT);
}

static void test_twelve_levels_of_supervisors_of_a_user(void)
{
	nest(AS_USER);
}

/* its parent dies between the clone and the first instruction, or later */
static void test_a_supervisor_does_not_outlive_its_parent(void)
{
	int channel[2], pidfd, r;
	pid_t middle, pid;
	char byte;

	if (geteuid() != 0)
		HARNESS_SKIP("not root");
	CU_ASSERT_EQUAL(pipe2(channel, O_CLOEXEC), 0);
	middle = fork();
	if (middle == 0) {
		r = launch_supervisor(NULL, &channel[1], 1, &pid, &pidfd);
		if (r == 0)
			for (;;)
				pause();
		_exit(r == 1 ? 0 : 1);
	}
	close(channel[1]);
	CU_ASSERT_EQUAL(waitpid(middle, &r, 0), middle);
	CU_ASSERT_EQUAL(r, 0);
	CU_ASSERT_EQUAL(read(channel[0], &byte, 1), 0);
	close(channel[0]);
}

/* on a hybrid host some have no limits, and it is not for want of a delegation */
static void test_a_limit_that_version_1_has_is_said_to_be_so(void)
{
	struct launch_host host = {
		.wanted = 1 << CGROUP_MEMORY | 1 << CGROUP_CPU,
		.bound = 1 << CGROUP_MEMORY | 1 << CGROUP_IO,
	};
	char reasons[LAUNCH_REASONS_BYTES];

	launch_host_level(&host, reasons, sizeof(reasons));
	CU_ASSERT_PTR_NOT_NULL(strstr(reasons,
		"was given to us: controller memory is bound to cgroup v1; \"cpu\" of"));
	CU_ASSERT_PTR_NULL(strstr(reasons, "controller cpu"));
	CU_ASSERT_PTR_NULL(strstr(reasons, "controller io"));
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_limit_that_version_1_has_is_said_to_be_so),
	HARNESS_TEST(test_root_starts_a_process_and_sees_its_end),
	HARNESS_TEST(test_who_has_many_descriptors_starts_a_process),
	HARNESS_TEST(test_a_user_starts_a_process_and_sees_its_end),
	HARNESS_TEST(test_ignored_and_blocked_signals_are_not_inherited),
	HARNESS_TEST(test_low_descriptors_of_ours_are_no_trouble),
	HARNESS_TEST(test_one_program_is_started_many_times),
	HARNESS_TEST(test_a_running_process_has_no_failure),
	HARNESS_TEST(test_a_start_does_not_copy_our_descriptors),
	HARNESS_TEST(test_what_was_lent_to_a_child_is_not_kept),
	HARNESS_TEST(test_a_failing_step_is_named),
	HARNESS_TEST(test_a_program_its_uid_may_not_execute_is_named),
	HARNESS_TEST(test_nothing_is_started_as_root),
	HARNESS_TEST(test_what_cannot_be_executed_is_refused_before),
	HARNESS_TEST(test_what_an_actor_may_exchange_is_refused_at_each_start),
	HARNESS_TEST(test_a_new_executable_is_noticed),
	HARNESS_TEST(test_another_file_that_is_granted_is_noticed),
	HARNESS_TEST(test_a_program_of_root_can_notify),
	HARNESS_TEST(test_a_program_of_a_user_can_notify),
	HARNESS_TEST(test_twelve_levels_of_supervisors_of_root),
	HARNESS_TEST(test_twelve_levels_of_supervisors_of_a_user),
	HARNESS_TEST(test_a_supervisor_does_not_outlive_its_parent),
};

HARNESS_MAIN(tests)
