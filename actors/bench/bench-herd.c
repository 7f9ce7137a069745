/* SPDX-License-Identifier: 0BSD */
/*
 * bench-herd.c - measures a supervisor that is not ours, from the outside.
 *
 *	bench-herd ready N COMMAND...
 *	bench-herd storm N UP-MS COMMAND...
 *	bench-herd memory N COMMAND...
 *	bench-herd kill PID...
 *	bench-herd crash PID
 *	bench-herd weigh PID
 *
 * COMMAND is a supervisor that starts N times bench-sink, in whatever way it
 * knows. Each of these says its pid into the fifo that is in the environment
 * when it is there, which is all that is asked of anybody. "ready" prints
 * nanoseconds until all are; "storm" lets them be for UP-MS, kills all at once
 * and prints nanoseconds until as many are there anew; "memory" prints KiB of all
 * that COMMAND is, without what it supervises. A pid of 0 begins the clock anew.
 *
 * Of ours "kill" kills those processes and prints the time at which it began;
 * "crash" kills one, when nothing else has been done for a while, and keeps out of
 * the way afterwards, before it prints the same;
 * "weigh" prints KiB of a child of process PID, with page tables, a mean.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MEMBERS_MAX 10000
#define PROCESSES_MAX 40000
#define PATIENCE_MS 60000
#define REST_US 20000

/** struct process - one of all there are */
struct process {
	pid_t pid;
	pid_t parent;
};

static pid_t members[MEMBERS_MAX];
static struct process processes[PROCESSES_MAX];
static size_t n_processes;
static char fifo[128];
static int fifo_fd = -1;
static uint64_t started_ns;
static volatile sig_atomic_t ends;

static void end_all(void);

/* what waits is interrupted, and leaves nothing behind */
static void on_end(int signal)
{
	(void)signal;
	ends = 1;
}

static void end_with_parent(void)
{
	const struct sigaction action = { .sa_handler = on_end };

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "bench-herd: %s: %s\n", what,
		errno ? strerror(errno) : "no");
	end_all();
	exit(1);
}

/* ---- who is there -------------------------------------------------------- */

static pid_t parent_of(pid_t pid)
{
	char path[64], line[512], *end;
	pid_t parent = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	/* what is in parentheses can be any name */
	if (fgets(line, sizeof(line), file) && (end = strrchr(line, ')')))
		sscanf(end, ") %*c %d", &parent);
	fclose(file);
	return parent;
}

static void look_at_processes(void)
{
	const struct dirent *entry;
	DIR *proc = opendir("/proc");
	pid_t pid;

	n_processes = 0;
	while (proc && (entry = readdir(proc)) && n_processes < PROCESSES_MAX) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		pid = atoi(entry->d_name);
		processes[n_processes++] = (struct process){
			.pid = pid,
			.parent = parent_of(pid),
		};
	}
	if (proc)
		closedir(proc);
}

static int by_pid(const void *a, const void *b)
{
	const struct process *x = a, *y = b;

	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

static bool descends(struct process p, pid_t from)
{
	const struct process *parent;
	struct process key;

	while (p.pid != from && p.parent > 1) {
		key.pid = p.parent;
		parent = bsearch(&key, processes, n_processes, sizeof(key),
				 by_pid);
		if (!parent)
			return false;
		p = *parent;
	}
	return p.pid == from;
}

static bool is_member(pid_t pid, size_t n)
{
	while (n-- > 0)
		if (members[n] == pid)
			return true;
	return false;
}

/* all that is ours; supervisors before what they would start again */
static void end_all(void)
{
	pid_t self = getpid();
	bool any = true;

	while (any) {
		any = false;
		look_at_processes();
		qsort(processes, n_processes, sizeof(*processes), by_pid);
		for (size_t i = 0; i < n_processes; i++) {
			if (processes[i].pid == self ||
			    !descends(processes[i], self))
				continue;
			any = true;
			kill(processes[i].pid, SIGKILL);
		}
		while (waitpid(-1, NULL, any ? 0 : WNOHANG) > 0)
			;
	}
	unlink(fifo);
}

/* ---- what they weigh ----------------------------------------------------- */

static uint64_t number_in(const char *path, const char *name)
{
	unsigned long long number = 0;
	char line[256];
	FILE *file = fopen(path, "re");

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, name, strlen(name)))
			sscanf(line + strlen(name), " %llu", &number);
	if (file)
		fclose(file);
	return number;
}

/* what it has of its own, its share of the rest, and its page tables */
static uint64_t weight_kib(pid_t pid)
{
	char path[64];
	uint64_t kib;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
	kib = number_in(path, "Pss:");
	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	return kib + number_in(path, "VmPTE:");
}

static int weigh_children(pid_t of)
{
	uint64_t kib = 0;
	size_t n = 0;

	look_at_processes();
	for (size_t i = 0; i < n_processes; i++)
		if (processes[i].parent == of) {
			kib += weight_kib(processes[i].pid);
			n++;
		}
	if (n == 0)
		fail("nobody is there");
	printf("%.1f 0\n", (double)kib / (double)n);
	return 0;
}

/* the last that said they are there are the members */
static uint64_t weigh_supervisor(size_t n)
{
	pid_t self = getpid();
	uint64_t kib = 0;

	look_at_processes();
	qsort(processes, n_processes, sizeof(*processes), by_pid);
	for (size_t i = 0; i < n_processes; i++)
		if (processes[i].pid != self &&
		    descends(processes[i], self) &&
		    !is_member(processes[i].pid, n))
			kib += weight_kib(processes[i].pid);
	return kib;
}

/* ---- the herd ------------------------------------------------------------ */

static void make_fifo(void)
{
	const char *folder = getenv("TMPDIR");

	snprintf(fifo, sizeof(fifo), "%s/herd.%d", folder ? folder : "/tmp",
		 (int)getpid());
	if (mkfifo(fifo, 0666) < 0 || chmod(fifo, 0666) < 0)
		fail("mkfifo");
	/* for writing as well: it has no end before we have */
	fifo_fd = open(fifo, O_RDWR | O_CLOEXEC);
	if (fifo_fd < 0)
		fail(fifo);
	setenv("BENCH_HERD", fifo, 1);
}

/* what it says is of interest when it does not do what it should */
static void say_into_log(void)
{
	const char *folder = getenv("TMPDIR");
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/herd.log", folder ? folder : "/tmp");
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd >= 0 && dup2(fd, STDOUT_FILENO) >= 0)
		dup2(fd, STDERR_FILENO);
}

static void start(char **command)
{
	pid_t pid;

	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	end_with_parent();
	make_fifo();
	started_ns = now_ns();
	pid = fork();
	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		setsid();
		say_into_log();
		execvp(command[0], command);
		_exit(127);
	}
}

static pid_t hear_one(void)
{
	struct pollfd said = { .fd = fifo_fd, .events = POLLIN };
	int32_t pid;

	if (ends || poll(&said, 1, PATIENCE_MS) <= 0 ||
	    read(fifo_fd, &pid, sizeof(pid)) != sizeof(pid))
		return -1;
	return pid;
}

/* as many as that, anew */
static void hear_all(size_t n)
{
	size_t at = 0;
	pid_t pid;

	while (at < n) {
		pid = hear_one();
		if (pid < 0) {
			fprintf(stderr, "bench-herd: %zu of %zu are there\n",
				at, n);
			end_all();
			exit(1);
		}
		if (pid == 0)
			started_ns = now_ns();
		else
			members[at++] = pid;
	}
}

static void kill_all(size_t n)
{
	for (size_t i = 0; i < n; i++)
		kill(members[i], SIGKILL);
}

static void print_since(uint64_t begin_ns)
{
	printf("%llu 0\n", (unsigned long long)(now_ns() - begin_ns));
	fflush(stdout);
}

static int ready(size_t n, char **command)
{
	start(command);
	hear_all(n);
	print_since(started_ns);
	end_all();
	return 0;
}

static int storm(size_t n, unsigned int up_ms, char **command)
{
	uint64_t begin;

	start(command);
	hear_all(n);
	usleep(up_ms * 1000);
	begin = now_ns();
	kill_all(n);
	hear_all(n);
	print_since(begin);
	end_all();
	return 0;
}

static int memory(size_t n, char **command)
{
	start(command);
	hear_all(n);
	usleep(500000);		/* it may have something to do yet */
	printf("%llu 0\n", (unsigned long long)weigh_supervisor(n));
	end_all();
	return 0;
}

/* ---- ours ---------------------------------------------------------------- */

static unsigned int number(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (!*text || *end || n > INT32_MAX)
		exit(2);
	return (unsigned int)n;
}

static int kill_these(size_t n, char **pids)
{
	for (size_t i = 0; i < n; i++)
		members[i] = (pid_t)number(pids[i]);
	printf("%llu %zu\n", (unsigned long long)now_ns(), n);
	kill_all(n);
	return 0;
}

static int crash(pid_t pid)
{
	uint64_t begin;

	usleep(REST_US);
	begin = now_ns();
	kill(pid, SIGKILL);
	usleep(REST_US);
	printf("%llu 0\n", (unsigned long long)begin);
	return 0;
}

int main(int argc, char **argv)
{
	unsigned int n;

	if (argc < 3 || argc > MEMBERS_MAX)
		return 2;
	if (!strcmp(argv[1], "kill"))
		return kill_these((size_t)argc - 2, argv + 2);
	n = number(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "weigh"))
		return weigh_children((pid_t)n);
	if (argc == 3 && !strcmp(argv[1], "crash") && n > 1)
		return crash((pid_t)n);
	if (argc < 4 || n == 0 || n > MEMBERS_MAX)
		return 2;
	if (!strcmp(argv[1], "ready"))
		return ready(n, argv + 3);
	if (!strcmp(argv[1], "memory"))
		return memory(n, argv + 3);
	if (argc > 4 && !strcmp(argv[1], "storm"))
		return storm(n, number(argv[3]), argv + 4);
	return 2;
}
