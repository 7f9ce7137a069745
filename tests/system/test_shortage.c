/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_shortage.c - supervisors that do not get what they ask the kernel for.
 *
 * A day in the life of a small tree is run again and again; each time another
 * call of its supervisors fails, once (shim.c). The tree gets where it should,
 * or says why not; nothing ends that need not, and nothing is left. There are two
 * such trees: one of plain actors, one of those that come in other ways.
 *
 * The short part takes a sample of the calls, HARNESS_LONG the first call of
 * every place in the code and a larger sample. HARNESS_SHORTAGE=DAY:KIND:ERRNO:N
 * runs one, HARNESS_SHORTAGE=KIND with HARNESS_LONG those of that kind.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/system/shim.h"
#include "tests/system/story.h"

#define N(rows) (sizeof(rows) / sizeof((rows)[0]))
#define END_MS 45000		/* a stop has 60 s at most and needs none */

static const char plain[] =
	"system: \"@SYSTEM@\"\nintensity: 20 in 1min\nchildren:\n"
	"  - { name: a, refs: [b, /@SYSTEM@/g/c], " STORY_ACTOR " }\n"
	"  - { name: b, " STORY_ACTOR " }\n"
	"  - name: g\n"
	"    intensity: 20 in 1min\n"
	"    children:\n"
	"      - { name: c, refs: [/@SYSTEM@/b], redeliver: 1, " STORY_ACTOR " }\n"
	"      - { name: p, exec: /bin/sh, kind: program, ready: at_once,\n"
	"          args: [-c, \"echo up; read x <@DIRECTORY@/pipe\"],\n"
	"          sandbox: { read: [\"@DIRECTORY@/pipe\"] } }\n";

static const char various[] =
	"system: \"@SYSTEM@\"\nintensity: 20 in 1min\nchildren:\n"
	"  - { name: a, refs: [lazy, pool-1], " STORY_ACTOR " }\n"
	"  - { name: pool, instances: 2, " STORY_ACTOR " }\n"
	"  - { name: spared, standby: 1, " STORY_ACTOR " }\n"
	"  - { name: lazy, activation: on_message, " STORY_ACTOR " }\n"
	"  - { name: head, intensity: 20 in 1min, " STORY_ACTOR ",\n"
	"      children: [ { name: c, " STORY_ACTOR " } ] }\n"
	"templates: [ { name: made, max: 4, " STORY_ACTOR " } ]\n";

/* one more of a class, one kind of child less */
static const char various_later[] =
	"system: \"@SYSTEM@\"\nintensity: 20 in 1min\nchildren:\n"
	"  - { name: a, refs: [lazy, pool-1], " STORY_ACTOR " }\n"
	"  - { name: pool, instances: 3, " STORY_ACTOR " }\n"
	"  - { name: spared, " STORY_ACTOR " }\n"
	"  - { name: lazy, activation: on_message, " STORY_ACTOR " }\n"
	"  - { name: head, intensity: 20 in 1min, " STORY_ACTOR ",\n"
	"      children: [ { name: c, " STORY_ACTOR " } ] }\n"
	"templates: [ { name: made, max: 4, " STORY_ACTOR " } ]\n";

static const char *const kind_names[] = {
#define X(symbol, name) [SHIM_##symbol] = name,
	SHIM_KINDS(X)
#undef X
};

/** struct failure - what shall fail, and how */
struct failure {
	enum shim_kind kind;
	int error;
};

static const struct failure failures[] = {
	{ SHIM_MEMORY, ENOMEM },
	{ SHIM_DESCRIPTOR, EMFILE },
	{ SHIM_DESCRIPTOR, ENOMEM },
	{ SHIM_PROCESS, EAGAIN },
	{ SHIM_PROCESS, ENOMEM },
	{ SHIM_SEND, EAGAIN },
	{ SHIM_SEND, EINTR },
	{ SHIM_SEND, ENOBUFS },
	{ SHIM_RECEIVE, EAGAIN },
	{ SHIM_RECEIVE, EINTR },
	{ SHIM_READ, EINTR },
	{ SHIM_READ, EIO },
	{ SHIM_WRITE, ENOSPC },
	{ SHIM_WRITE, EIO },
	{ SHIM_WRITE, EINTR },
	{ SHIM_WATCH, ENOSPC },
	{ SHIM_WATCH, ENOMEM },
	{ SHIM_WAIT, EINTR },
	{ SHIM_MAP, ENOMEM },
	{ SHIM_FILE, EIO },
	{ SHIM_FILE, ENOSPC },
	{ SHIM_MOUNT, ENOMEM },
	{ SHIM_BARE, EINTR },
	{ SHIM_BARE, ENOMEM },
};

static struct shim_board *board;

/* ---- a tree with a shim in its supervisors ------------------------------ */

static void open_board(const struct tree *tree)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/board", tree->directory);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(ftruncate(fd, sizeof(*board)), 0);
	board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED,
		     fd, 0);
	close(fd);
	CU_ASSERT_FATAL(board != MAP_FAILED);
	setenv(SHIM_VARIABLE, path, 1);
}

static void close_board(void)
{
	munmap(board, sizeof(*board));
	board = NULL;
}

static void make_pipe(const struct tree *tree)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/pipe", tree->directory);
	CU_ASSERT_EQUAL(mkfifo(path, 0644), 0);
}

static void spawn_with_shim(struct tree *tree)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 16);
	char *slash;

	path[n > 0 ? n : 0] = '\0';
	slash = strrchr(path, '/');
	strcpy(slash ? slash : path, "/shim.so");
	setenv("LD_PRELOAD", path, 1);
	tree_spawn(tree);
	unsetenv("LD_PRELOAD");
}

/* ---- a day -------------------------------------------------------------- */

static void try(struct tree *tree, const char *verb, const char *path,
		const char *type, const char *text)
{
	char full[STORY_PATH_BYTES];
	const char *arguments[] = { verb, full, type, text ? text : "" };

	harness_does(verb);
	if (path)
		story_path(tree, path, full);
	tree_actorctl_argv(tree, NULL, arguments, !path ? 1 : type ? 4 : 2);
	harness_does(NULL);
}

static bool has_ended(const struct tree *tree)
{
	siginfo_t info = { .si_pid = 0 };

	return waitid(P_PID, (id_t)tree->pid, &info,
		      WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid != 0;
}

/**
 * struct day - a tree, and what happens to it
 * @paths: what runs in the end, up to a NULL
 * @supervisors: those whose own records show whether they were killed, the same
 */
struct day {
	const char *name;
	const char *config;
	void (*live)(struct tree *tree);
	const char *paths[10];
	const char *supervisors[4];
};

static bool all_run(struct tree *tree, void *data)
{
	const struct day *day = data;

	for (size_t i = 0; day->paths[i]; i++)
		if (!story_is(tree, day->paths[i], "state", "running"))
			return false;
	return true;
}

static bool await_all(struct tree *tree, const struct day *day)
{
	harness_awaits("all to run");
	return tree_wait_until(tree, all_run, (void *)day);
}

static void live_plainly(struct tree *tree)
{
	char words[STORY_PATH_BYTES + 8], full[STORY_PATH_BYTES];

	try(tree, "tell", "a", "tell", "b note hello");
	snprintf(words, sizeof(words), "b %s",
		 story_path(tree, "g/c", full));
	try(tree, "tell", "a", "give", words);
	try(tree, "tell", "b", "use", "note given");
	try(tree, "tell", "g/c", "crash", NULL);
	try(tree, "restart", "b", NULL, NULL);
	try(tree, "kill", "g/p", NULL, NULL);
	try(tree, "tell", "g/c", "note", "again");
}

static void live_variously(struct tree *tree)
{
	try(tree, "tell", "a", "tell", "lazy note hello");
	try(tree, "kill", "pool-1", NULL, NULL);
	try(tree, "kill", "spared", NULL, NULL);
	try(tree, "spawn", "", "made", "one");
	story_rewrite(tree, various_later);
	try(tree, "reload", NULL, NULL, NULL);
	try(tree, "tell", "head", "fail", "EIO");
	try(tree, "reexec", NULL, NULL, NULL);
	try(tree, "tell", "a", "tell", "pool-1 note again");
	/* what could not be done before */
	try(tree, "reload", NULL, NULL, NULL);
	try(tree, "tell", "lazy", "note", "more");
}

static const struct day days[] = {
	{ "plain", plain, live_plainly,
	  { "a", "b", "g", "g/c", "g/p" }, { "g", "", "/system" } },
	{ "various", various, live_variously,
	  { "a", "pool-1", "pool-2", "pool-3", "spared", "lazy", "head",
	    "head/c" },
	  { "", "/system" } },
};

/* a supervisor that was killed by its own mistake */
static bool supervisor_broke(struct tree *tree, const char *path)
{
	char full[STORY_PATH_BYTES];
	json_t *records = story_json(tree, "why",
				     story_path(tree, path, full), NULL);
	const char *cause;
	bool broke = false;
	json_t *record;
	size_t i;

	json_array_foreach(records, i, record) {
		cause = json_string_value(json_object_get(record, "cause"));
		broke |= cause && !strncmp(cause, "signal:", 7);
		if (cause)
			harness_note("%s: %s", path, cause);
	}
	json_decref(records);
	return broke;
}

/* libraries have errors of their own for what was refused to them */
static bool names_error(const char *log, int error)
{
	bool ours = !strncmp(board->where, " supervisord", 12);

	return strstr(log, strerror(error)) ||
	       strstr(log, strerrorname_np(error)) ||
	       (!ours && strstr(log, ": "));
}

/* it ended by itself: only before it was up, with a reason, and in order */
static bool refused_well(struct tree *tree, const struct failure *failure)
{
	int status = tree_wait_end(tree);
	char *log = tree_log_text(tree);
	bool well = status == 1 && names_error(log, failure->error);

	if (!well)
		harness_note("status %d, and it said: %s", status, log);
	free(log);
	return well;
}

static bool audit_adds_up(struct tree *tree, void *data)
{
	(void)data;
	return tree_actorctl(tree, NULL, "mailbox", "--audit", "/@SYSTEM@",
			     NULL) == 0;
}

static bool stops_in_time(struct tree *tree)
{
	int64_t begin_ms = story_now_ms();
	int status;

	kill(tree->pid, SIGTERM);
	status = tree_wait_end(tree);
	if (status != 0)
		harness_note("status %d at the stop", status);
	return status == 0 && story_now_ms() - begin_ms < END_MS;
}

static bool none_broke(struct tree *tree, const struct day *day)
{
	for (size_t i = 0; day->supervisors[i]; i++)
		if (supervisor_broke(tree, day->supervisors[i]))
			return false;
	return true;
}

static bool run_day(struct tree *tree, const struct day *day,
		    const struct failure *failure)
{
	if (!tree_await_up(tree))
		return has_ended(tree) && refused_well(tree, failure);
	day->live(tree);
	return await_all(tree, day) && none_broke(tree, day) &&
	       tree_wait_until(tree, audit_adds_up, NULL) &&
	       stops_in_time(tree);
}

/* the @nth call of that kind fails; 0: none. Return: all was well */
static bool run(const struct day *day, const struct failure *failure,
		uint64_t nth)
{
	struct tree tree;
	char *log;
	bool well;

	tree_prepare(&tree, day->config);
	make_pipe(&tree);
	open_board(&tree);
	board->kind = failure->kind;
	board->error = failure->error;
	board->nth = nth;
	spawn_with_shim(&tree);
	well = run_day(&tree, day, failure);
	if (!well) {
		log = tree_log_text(&tree);
		harness_note("HARNESS_SHORTAGE=%s:%s:%d:%llu: not well: %s, %s\n%s",
			     day->name, kind_names[failure->kind], failure->error,
			     (unsigned long long)nth,
			     board->fired ? "failed" : "did not fail",
			     board->where, log);
		free(log);
	}
	if (tree.pid > 0)
		tree_kill(&tree);
	else
		tree_forget(&tree);
	return well;
}

/* ---- which calls -------------------------------------------------------- */

/* how often each kind is called in a day, and where first */
static void count(const struct day *day, struct shim_board *ret)
{
	static const struct failure none = { SHIM_MEMORY, 0 };
	struct tree tree;

	tree_prepare(&tree, day->config);
	make_pipe(&tree);
	open_board(&tree);
	spawn_with_shim(&tree);
	CU_ASSERT(run_day(&tree, day, &none));
	memcpy(ret, board, sizeof(*ret));
	close_board();
	tree_forget(&tree);
}

static bool run_and_close(const struct day *day, const struct failure *failure,
			  uint64_t nth)
{
	bool well = run(day, failure, nth);

	close_board();
	return well;
}

static const struct failure *failure_of(const char *kind, int error)
{
	static struct failure failure;

	for (unsigned int i = 0; i < N_SHIM_KINDS; i++)
		if (!strcmp(kind_names[i], kind))
			failure = (struct failure){ i, error };
	return &failure;
}

static void run_one(const char *text)
{
	char name[32], kind[32];
	unsigned long long nth;
	int error;

	CU_ASSERT_EQUAL_FATAL(sscanf(text, "%31[a-z]:%31[a-z]:%d:%llu", name,
				     kind, &error, &nth), 4);
	for (size_t i = 0; i < N(days); i++)
		if (!strcmp(days[i].name, name))
			CU_ASSERT(run_and_close(&days[i],
						failure_of(kind, error), nth));
}

static void skip_where_it_cannot_be(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	HARNESS_SKIP("a sanitizer has an allocator of its own");
#endif
}

/* @n_runs of the calls, spread over the day */
static void sample(const struct day *day, const struct shim_board *counted,
		   const struct failure *failure, unsigned int n_runs,
		   unsigned int shift)
{
	uint64_t n = counted->n[failure->kind], nth;

	for (unsigned int i = 0; i < n_runs && n > 0; i++) {
		nth = 1 + (n * i + n * shift / 24) / n_runs % n;
		CU_ASSERT(run_and_close(day, failure, nth));
	}
}

/* the first call of every place in the code */
static unsigned int run_sites(const struct day *day,
			      const struct shim_board *counted,
			      const struct failure *failure)
{
	const struct shim_site *sites = counted->sites[failure->kind];
	unsigned int n_runs = 0;

	for (unsigned int i = 0; i < SHIM_SITES_MAX; i++) {
		if (sites[i].address == 0)
			continue;
		CU_ASSERT(run_and_close(day, failure, sites[i].nth));
		n_runs++;
	}
	return n_runs;
}

static void sample_day(const struct day *day)
{
	static struct shim_board counted;

	count(day, &counted);
	for (unsigned int i = 0; i < N_SHIM_KINDS; i++)
		harness_note("%s: %s: %llu calls", day->name, kind_names[i],
			     (unsigned long long)counted.n[i]);
	for (unsigned int i = 0; i < N(failures); i++)
		sample(day, &counted, &failures[i], 1, i);
}

static void test_a_call_that_fails_ends_nothing(void)
{
	const char *one = getenv("HARNESS_SHORTAGE");

	skip_where_it_cannot_be();
	if (!one)
		sample_day(&days[0]);
	else if (strchr(one, ':'))
		run_one(one);
}

static void test_nor_where_actors_come_in_other_ways(void)
{
	skip_where_it_cannot_be();
	if (!getenv("HARNESS_SHORTAGE"))
		sample_day(&days[1]);
}

static unsigned int search_day(const struct day *day)
{
	static struct shim_board counted;
	const char *kind = getenv("HARNESS_SHORTAGE");
	unsigned int n_runs = 0;

	count(day, &counted);
	for (unsigned int i = 0; i < N(failures); i++) {
		if (kind && strcmp(kind, kind_names[failures[i].kind]))
			continue;
		n_runs += run_sites(day, &counted, &failures[i]);
		sample(day, &counted, &failures[i], 20, 0);
	}
	return n_runs;
}

static void test_a_call_that_fails_at_any_place_ends_nothing(void)
{
	harness_only_long();
	skip_where_it_cannot_be();
	for (size_t i = 0; i < N(days); i++)
		harness_note("%s: %u places", days[i].name,
			     search_day(&days[i]));
}

/* ---- no descriptor is left ---------------------------------------------- */

/* behind what it has put by: what it opened later is then out of its reach */
static rlim_t number_behind_spare(pid_t pid)
{
	char path[64], target[64];
	int highest = 2;
	ssize_t n;

	for (int fd = 3; fd < 1024; fd++) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd);
		n = readlink(path, target, sizeof(target) - 1);
		target[n > 0 ? n : 0] = '\0';
		if (!strcmp(target, "/dev/null"))
			highest = fd;
	}
	return (rlim_t)highest + 1;
}

static void test_a_death_is_handled_without_a_descriptor_left(void)
{
	struct rlimit limit;
	struct tree tree;
	char *log;
	pid_t pid;

	tree_prepare(&tree, plain);
	make_pipe(&tree);
	tree_spawn(&tree);
	CU_ASSERT(tree_await_up(&tree));
	pid = story_pid(&tree, "g");
	CU_ASSERT_EQUAL(prlimit(pid, RLIMIT_NOFILE, NULL, &limit), 0);
	limit.rlim_cur = number_behind_spare(pid);
	CU_ASSERT_EQUAL(prlimit(pid, RLIMIT_NOFILE, &limit, NULL), 0);
	story_signal(&tree, "g/c", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "g/c", 1));
	CU_ASSERT_EQUAL(story_pid(&tree, "g"), pid);
	story_expect(&tree, "g/c", "echo", "here", "here");
	log = tree_log_text(&tree);
	CU_ASSERT_PTR_NOT_NULL(strstr(log, "Too many open files"));
	free(log);
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_death_is_handled_without_a_descriptor_left),
	HARNESS_TEST(test_a_call_that_fails_ends_nothing),
	HARNESS_TEST(test_nor_where_actors_come_in_other_ways),
	{ .name = "test_a_call_that_fails_at_any_place_ends_nothing",
	  .run = test_a_call_that_fails_at_any_place_ends_nothing,
	  .timeout_s = 4 * 3600 },
};
HARNESS_MAIN(tests)
