/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_multitude.c - two thousand actors die in one instant.
 *
 * They are instances, and of each four hundred all have one filter: of as many
 * filters of their own a kernel can die, too.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/system/story.h"

#define BENCH "@ACTORS@/../../../actors/bench/"
#define HERDS 5
#define HERD 400
#define ASKED 200	/* by one actor in one turn */
#define ALL (HERDS * HERD)
#define DESCRIPTORS 4096
/* of a herd, before its supervisor answers: some looks at its list of ends, 16 at
 * a time, and far from all */
#define DECIDED_BEFORE 128

/**
 * struct member - an instance
 * @died: how many had died before it; @group: of what was decided then
 */
struct member {
	pid_t pid;
	int pidfd;
	json_int_t generation;
	unsigned int died;
	json_int_t group;
};

static struct member members[ALL];

static void put_names(FILE *out, unsigned int first)
{
	for (unsigned int i = first; i < first + ASKED; i++)
		fprintf(out, "%sm-%u", i > first ? ", " : "", i);
}

static void put_herder(FILE *out, unsigned int first)
{
	fprintf(out, "      - { name: herder-%u, exec: \"" BENCH
		"bench-herder\", start_timeout: 10min, refs: [", first);
	put_names(out, first);
	fputs("], args: [", out);
	put_names(out, first);
	fputs("] }\n", out);
}

static char *config(void)
{
	static char text[256 * 1024];
	FILE *out = fmemopen(text, sizeof(text), "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	fputs("system: \"@SYSTEM@\"\nstart_order: parallel\nchildren:\n", out);
	for (unsigned int i = 1; i <= HERDS; i++) {
		fprintf(out, "  - name: g-%u\n    start_order: parallel\n"
			"    intensity: 10000 in 1h\n    children:\n"
			"      - { name: m, instances: %u, exec: \"" BENCH
			"bench-sink\", start_timeout: 10min }\n", i, HERD);
		for (unsigned int first = 1; first < HERD; first += ASKED)
			put_herder(out, first);
	}
	CU_ASSERT_EQUAL(fclose(out), 0);
	return text;
}

/* ---- what `actorctl tree` says ---- */

/* Return: of an instance; NULL: it is something else */
static struct member *member_of(const json_t *text)
{
	const char *path = json_string_value(text);
	unsigned int herd, number;
	const char *at = path ? strstr(path, "/g-") : NULL;

	if (!at || sscanf(at, "/g-%u/m-%u", &herd, &number) != 2)
		return NULL;
	CU_ASSERT_TRUE_FATAL(herd >= 1 && herd <= HERDS && number >= 1 &&
			     number <= HERD);
	return &members[(herd - 1) * HERD + number - 1];
}

static json_int_t integer(const json_t *row, const char *field)
{
	return json_integer_value(json_object_get(row, field));
}

/* Return: how many run in @generation */
static unsigned int take_rows(const json_t *rows, json_int_t generation)
{
	struct member *m;
	const json_t *row;
	unsigned int n = 0;
	size_t i;

	json_array_foreach(rows, i, row) {
		m = member_of(json_object_get(row, "path"));
		if (!m)
			continue;
		m->pid = (pid_t)integer(row, "pid");
		m->generation = integer(row, "generation");
		n += m->generation == generation &&
		     story_record(row, "state", "running");
	}
	return n;
}

static bool all_run(struct tree *tree, void *data)
{
	const json_int_t *generation = data;
	json_t *rows = story_json(tree, "tree", NULL);
	unsigned int n = take_rows(rows, *generation);

	json_decref(rows);
	return n == ALL;
}

static void await_all(struct tree *tree, json_int_t generation)
{
	CU_ASSERT_TRUE_FATAL(tree_wait_until(tree, all_run, &generation));
}

/* how many restarts a supervisor had decided when it was asked */
static json_int_t decided(const json_t *rows, struct tree *tree,
			  const char *name)
{
	char path[STORY_PATH_BYTES];
	const json_t *row;
	size_t i;

	story_path(tree, name, path);
	json_array_foreach(rows, i, row)
		if (story_record(row, "path", path))
			return integer(row, "count");
	return -1;
}

/* ---- their end ---- */

static const char *herd_name(unsigned int i, char name[16])
{
	snprintf(name, 16, "g-%u", i + 1);
	return name;
}

static void allow_descriptors(void)
{
	struct rlimit limit;

	CU_ASSERT_EQUAL(getrlimit(RLIMIT_NOFILE, &limit), 0);
	if (limit.rlim_cur < DESCRIPTORS && limit.rlim_max >= DESCRIPTORS)
		limit.rlim_cur = DESCRIPTORS;
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static void watch(int list_fd, struct member *m)
{
	struct epoll_event event = {
		.events = EPOLLIN | EPOLLONESHOT,
		.data.ptr = m,
	};

	m->pidfd = (int)syscall(SYS_pidfd_open, m->pid, 0);
	CU_ASSERT_TRUE_FATAL(m->pidfd >= 0);
	CU_ASSERT_EQUAL(epoll_ctl(list_fd, EPOLL_CTL_ADD, m->pidfd, &event), 0);
}

/* in the order in which the kernel tells of it, which is the same for all who
 * look: it tells of one end at a time */
static void await_ends(int list_fd)
{
	struct epoll_event event;
	unsigned int n = 0;

	while (n < ALL) {
		CU_ASSERT_EQUAL_FATAL(epoll_wait(list_fd, &event, 1, -1), 1);
		((struct member *)event.data.ptr)->died = n++;
	}
}

static void kill_all(void)
{
	int list_fd = epoll_create1(EPOLL_CLOEXEC);

	CU_ASSERT_TRUE_FATAL(list_fd >= 0);
	for (unsigned int i = 0; i < ALL; i++)
		watch(list_fd, &members[i]);
	for (unsigned int i = 0; i < ALL; i++)	/* in no order that we choose */
		kill(members[i * 37 % ALL].pid, SIGKILL);
	await_ends(list_fd);
	for (unsigned int i = 0; i < ALL; i++)
		close(members[i].pidfd);
	close(list_fd);
}

/* ---- who asks meanwhile ---- */

static bool is_question(int fd)
{
	char bytes[64] = "";

	return recv(fd, bytes, sizeof(bytes) - 1, MSG_PEEK | MSG_DONTWAIT) > 0 &&
	       !strcmp(bytes, "REQUEST");
}

/* does a question wait for that supervisor, which is frozen? */
static bool is_asked(int pidfd)
{
	bool found = false;

	for (int i = 3; i < DESCRIPTORS && !found; i++) {
		int fd = (int)syscall(SYS_pidfd_getfd, pidfd, i, 0);

		if (fd < 0)
			continue;
		found = is_question(fd);
		close(fd);
	}
	return found;
}

/* each goes on when all have been asked: what it decided before it answered
 * has nothing to do with how fast anybody is */
static void __attribute__((noreturn))
thaw_when_asked(const pid_t supervisors[HERDS])
{
	int pidfds[HERDS];

	for (unsigned int i = 0; i < HERDS; i++)
		pidfds[i] = (int)syscall(SYS_pidfd_open, supervisors[i], 0);
	for (unsigned int i = 0; i < HERDS; i++)
		while (!is_asked(pidfds[i]))
			usleep(1000);
	for (unsigned int i = 0; i < HERDS; i++)
		kill(supervisors[i], SIGCONT);
	_exit(0);
}

static bool may_look_into(pid_t pid)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	int fd = (int)syscall(SYS_pidfd_getfd, pidfd, 0, 0);
	bool may = fd >= 0 || errno != EPERM;

	if (fd >= 0)
		close(fd);
	close(pidfd);
	return may;
}

static void freeze_all(struct tree *tree, pid_t supervisors[HERDS])
{
	char name[16];

	for (unsigned int i = 0; i < HERDS; i++) {
		supervisors[i] = story_pid(tree, herd_name(i, name));
		if (i == 0 && !may_look_into(supervisors[i])) {
			tree_stop(tree);
			HARNESS_SKIP("may not look at other processes");
		}
		story_freeze(tree, herd_name(i, name));
	}
}

static json_t *ask_while_they_go_on(struct tree *tree,
				    const pid_t supervisors[HERDS])
{
	json_t *rows;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	CU_ASSERT_TRUE_FATAL(pid >= 0);
	if (pid == 0)
		thaw_when_asked(supervisors);
	rows = story_json(tree, "tree", NULL);
	CU_ASSERT_EQUAL(waitpid(pid, NULL, 0), pid);
	CU_ASSERT_PTR_NOT_NULL_FATAL(rows);
	return rows;
}

/* ---- what was decided ---- */

static bool of_a_failure(const json_t *record)
{
	return story_record(record, "ACTOR_RECORD", "failed") &&
	       story_record(record, "ACTOR_DECISION", "restart");
}

static json_int_t group_in(const json_t *record)
{
	const char *text = json_string_value(json_object_get(record,
							     "ACTOR_GROUP"));

	return text ? strtoll(text, NULL, 10) : 0;
}

/* Return: how many records there are */
static unsigned int take_groups(const struct tree *tree)
{
	json_t *spool = story_spool(tree), *record;
	struct member *m;
	unsigned int n = 0;
	size_t i;

	json_array_foreach(spool, i, record) {
		m = of_a_failure(record) ?
			member_of(json_object_get(record, "ACTOR_PATH")) : NULL;
		if (!m)
			continue;
		CU_ASSERT_EQUAL(m->group, 0);
		m->group = group_in(record);
		n++;
	}
	json_decref(spool);
	return n;
}

static bool all_are_told(struct tree *tree, void *data)
{
	(void)data;
	for (unsigned int i = 0; i < ALL; i++)
		members[i].group = 0;
	return take_groups(tree) == ALL;
}

static int by_death(const void *a, const void *b)
{
	const struct member *one = a, *other = b;

	return one->died < other->died ? -1 : one->died > other->died;
}

/* each supervisor counts its decisions */
static void decided_in_their_order(struct member herd[HERD])
{
	qsort(herd, HERD, sizeof(*herd), by_death);
	for (unsigned int i = 1; i < HERD; i++)
		CU_ASSERT_TRUE(herd[i].group > herd[i - 1].group);
}

static void herd_answers(struct tree *tree, unsigned int i)
{
	char name[32], *answer;

	for (unsigned int first = 1; first < HERD; first += ASKED) {
		snprintf(name, sizeof(name), "g-%u/herder-%u", i + 1, first);
		CU_ASSERT_EQUAL(story_ask(tree, name, "all", "", &answer), 0);
		free(answer);
	}
}

static void some_were_left(struct tree *tree, const json_t *rows)
{
	char name[16];
	json_int_t n;

	for (unsigned int i = 0; i < HERDS; i++) {
		n = decided(rows, tree, herd_name(i, name));
		CU_ASSERT_TRUE(n >= 0 && n <= DECIDED_BEFORE);
	}
}

static void test_two_thousand_die_at_once(void)
{
	pid_t supervisors[HERDS];
	struct tree tree;
	json_t *rows;

	allow_descriptors();
	story_hide_journal();
	tree_start(&tree, config());
	await_all(&tree, 0);
	freeze_all(&tree, supervisors);
	kill_all();
	rows = ask_while_they_go_on(&tree, supervisors);
	some_were_left(&tree, rows);
	json_decref(rows);
	await_all(&tree, 1);
	CU_ASSERT_TRUE_FATAL(tree_wait_until(&tree, all_are_told, NULL));
	for (unsigned int i = 0; i < HERDS; i++) {
		decided_in_their_order(&members[i * HERD]);
		herd_answers(&tree, i);
	}
	story_expect_sum(&tree);
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_two_thousand_die_at_once),
};
HARNESS_MAIN(tests)
