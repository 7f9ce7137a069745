/* SPDX-License-Identifier: 0BSD */
/*
 * contest.c - the same measurement for every contestant.
 *
 * A process for each sender and receiver, pinned alike, all told to begin at
 * once. The clock runs here: from there until the last receiver is through.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "contest.h"

#define SETTLE_US 50000		/* for connections made in the background */
#define HANGS_S 120

enum news_kind {
	NEWS_READY,
	NEWS_DONE,
	NEWS_FAILED,
};

/**
 * struct news - what a process tells the one that measures
 * @values: of NEWS_DONE: a result
 */
struct news {
	enum news_kind kind;
	double values[2];
};

/**
 * struct contest - one measurement
 * @news_fds: pipe of struct news
 * @go_fds: pipe in which nothing is written; it is closed when all may begin
 * @waits: this process is a sender: it waits for that
 */
static struct contest {
	const struct contestant *contestant;
	struct plan plan;
	bool ask;
	int news_fds[2];
	int go_fds[2];
	bool waits;
	pid_t judge;
	pid_t pids[2 * PLAN_PROCESSES_MAX];
	size_t n_pids;
} contest;

uint64_t contest_now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void tell_news(enum news_kind kind, double first, double second)
{
	struct news news = { .kind = kind, .values = { first, second } };

	if (write(contest.news_fds[1], &news, sizeof(news)) !=
	    (ssize_t)sizeof(news))
		_exit(1);
}

_Noreturn void contest_fail(const char *what, const char *why)
{
	fprintf(stderr, "bench-%s: %s: %s\n", contest.contestant->name, what,
		why);
	if (getpid() != contest.judge)
		tell_news(NEWS_FAILED, 0, 0);
	exit(1);
}

_Noreturn void contest_fail_errno(const char *what)
{
	contest_fail(what, strerror(errno));
}

void *contest_payload(const struct plan *plan, unsigned int sender)
{
	char *payload = malloc(plan->size);

	if (!payload)
		contest_fail_errno("malloc");
	memset(payload, 'x', plan->size);
	tally_sign(payload, sender);
	return payload;
}

void contest_address(char address[CONTEST_ADDRESS_MAX], unsigned int receiver)
{
	const char *folder = getenv("TMPDIR");

	snprintf(address, CONTEST_ADDRESS_MAX, "ipc://%.60s/bench-%d-%u",
		 folder ? folder : "/tmp", (int)contest.judge, receiver);
}

void contest_ready(void)
{
	char none;

	tell_news(NEWS_READY, 0, 0);
	if (!contest.waits)
		return;
	while (read(contest.go_fds[0], &none, 1) < 0)
		if (errno != EINTR)
			contest_fail_errno("read");
}

/* ---- processes --------------------------------------------------------- */

static void pin(uint64_t cpu)
{
	cpu_set_t cpus;

	if (cpu == PLAN_CPU_ANY)
		return;
	CPU_ZERO(&cpus);
	CPU_SET((size_t)cpu, &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus) < 0)
		contest_fail_errno("sched_setaffinity");
}

static void be_receiver(unsigned int index)
{
	const struct contestant *contestant = contest.contestant;
	struct tally tally;

	pin(contest.plan.receiver_cpu);
	if (contest.ask) {
		contestant->answer(&contest.plan);
		return;
	}
	tally_begin(&tally, &contest.plan);
	contestant->take(&contest.plan, index, &tally);
	tell_news(NEWS_DONE, tally.slowest, 0);
}

static void be_sender(unsigned int index)
{
	const struct contestant *contestant = contest.contestant;
	struct samples samples = { .ns = NULL };

	pin(contest.plan.sender_cpu);
	contest.waits = true;
	if (!contest.ask) {
		contestant->send(&contest.plan, index);
		return;
	}
	if (samples_begin(&samples, contest.plan.n) < 0)
		contest_fail("samples", "out of memory");
	contestant->ask(&contest.plan, &samples);
	tell_news(NEWS_DONE, (double)samples_quantile(&samples, 0.5),
		  (double)samples_quantile(&samples, 0.99));
}

/* A process stays when it is done: what it has sent must not end with it. */
static void start(void (*be)(unsigned int), unsigned int index)
{
	pid_t pid = fork();

	if (pid < 0)
		contest_fail_errno("fork");
	if (pid > 0) {
		contest.pids[contest.n_pids++] = pid;
		return;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(contest.go_fds[1]);
	be(index);
	for (;;)
		pause();
}

static void finish(void)
{
	char address[CONTEST_ADDRESS_MAX];
	unsigned int i;

	for (i = 0; i < contest.n_pids; i++)
		kill(contest.pids[i], SIGKILL);
	for (i = 0; i < contest.n_pids; i++)
		waitpid(contest.pids[i], NULL, 0);
	for (i = 0; i < contest.plan.receivers; i++) {
		contest_address(address, i);
		unlink(address + strlen("ipc://"));
	}
}

/* ---- the one that measures --------------------------------------------- */

static struct news hear_news(enum news_kind kind)
{
	struct news news;

	if (read(contest.news_fds[0], &news, sizeof(news)) !=
	    (ssize_t)sizeof(news) || news.kind != kind) {
		finish();
		exit(1);
	}
	return news;
}

static void start_all(void (*be)(unsigned int), uint64_t n)
{
	uint64_t i;

	for (i = 0; i < n; i++)
		start(be, (unsigned int)i);
	for (i = 0; i < n; i++)
		hear_news(NEWS_READY);
}

static void measure_tell(void)
{
	uint64_t begin = contest_now_ns(), i;
	double slowest = 1;

	close(contest.go_fds[1]);
	for (i = 0; i < contest.plan.receivers; i++) {
		struct news news = hear_news(NEWS_DONE);

		if (news.values[0] < slowest)
			slowest = news.values[0];
	}
	printf("%.1f %.3f\n", (double)(contest_now_ns() - begin) /
	       (double)plan_messages(&contest.plan), slowest);
}

static void measure_ask(void)
{
	struct news news;

	close(contest.go_fds[1]);
	news = hear_news(NEWS_DONE);
	printf("%.0f %.0f\n", news.values[0], news.values[1]);
}

static int read_arguments(int argc, char **argv)
{
	char text[256] = "";
	int i;

	if (argc < 2 || (strcmp(argv[1], "tell") && strcmp(argv[1], "ask")))
		return -EINVAL;
	contest.ask = strcmp(argv[1], "ask") == 0;
	for (i = 2; i < argc; i++) {
		strncat(text, argv[i], sizeof(text) - strlen(text) - 1);
		strncat(text, " ", sizeof(text) - strlen(text) - 1);
	}
	return plan_read(text, strlen(text), &contest.plan);
}

int contest_main(const struct contestant *contestant, int argc, char **argv)
{
	contest.contestant = contestant;
	contest.judge = getpid();
	if (read_arguments(argc, argv) < 0) {
		fprintf(stderr, "usage: %s tell|ask [size=BYTES] [n=N] "
			"[senders=N] [receivers=N] [sender-cpu=N] "
			"[receiver-cpu=N] [port=N]\n", argv[0]);
		return 2;
	}
	alarm(HANGS_S);
	if (pipe(contest.news_fds) < 0 || pipe(contest.go_fds) < 0)
		contest_fail_errno("pipe");
	if (contestant->prepare)
		contestant->prepare(&contest.plan);
	start_all(be_receiver, contest.plan.receivers);
	start_all(be_sender, contest.plan.senders);
	usleep(SETTLE_US);
	contest.ask ? measure_ask() : measure_tell();
	finish();
	return 0;
}
