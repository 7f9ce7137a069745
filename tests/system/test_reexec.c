/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_reexec.c - supervisors go on as another program, and nobody notices; or
 * they do not, and nobody notices either.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/harness/proc.h"
#include "tests/system/story.h"

#define NOBODY 65534
#define SUPERVISORD "@PROGRAMS@/../supervisord"

static const char family[] =
	"system: \"@SYSTEM@\"\nintensity: 50 in 1h\nchildren:\n"
	"  - { name: a, refs: [/@SYSTEM@/g/b], " STORY_ACTOR " }\n"
	"  - { name: idle, activation: on_message, " STORY_ACTOR " }\n"
	"  - { name: late, restart: permanent, " STORY_ACTOR ",\n"
	"      backoff: { min: 365d, max: 365d } }\n"
	"  - name: g\n"
	"    intensity: 50 in 1h\n"
	"    templates: [ { name: w, " STORY_ACTOR " } ]\n"
	"    children:\n"
	"      - { name: b, " STORY_ACTOR " }\n"
	"      - { name: still, " STORY_ACTOR " }\n"
	"      - { name: gone, " STORY_ACTOR " }\n"
	"      - name: deep\n"
	"        intensity: 50 in 1h\n"
	"        children:\n"
	"          - { name: c, refs: [/@SYSTEM@/a], " STORY_ACTOR " }\n";

static const char *const all_running[] = { "a", "g", "g/b", "g/still", "g/deep",
					   "g/deep/c", "g/kid" };
#define N_RUNNING (sizeof(all_running) / sizeof(*all_running))

static int reexec(struct tree *tree)
{
	return tree_actorctl(tree, NULL, "reexec", NULL);
}

/* over an edge between two actors */
static void expect_echo(struct tree *tree, const char *from, const char *to,
			const char *word)
{
	char path[STORY_PATH_BYTES], text[STORY_PATH_BYTES + 64];

	snprintf(text, sizeof(text), "%s echo %s", story_path(tree, to, path),
		 word);
	story_expect(tree, from, "ask", text, word);
}

/* is that supervisor the program it began as? */
static bool is_first(pid_t pid)
{
	char path[64], text[64] = "";
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	CU_ASSERT_FATAL(fd >= 0);
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	CU_ASSERT_FATAL(n > 0);
	return strcmp(text + strlen(text) + 1, "resume") != 0;
}

/* ---- everything is as it was -------------------------------------------- */

static void make_states(struct tree *tree)
{
	CU_ASSERT_EQUAL(tree_actorctl(tree, NULL, "spawn", "/@SYSTEM@/g", "w",
				      "kid", NULL), 0);
	CU_ASSERT_EQUAL(story_act(tree, "pause", "g/still"), 0);
	CU_ASSERT_EQUAL(story_act(tree, "stop", "g/gone"), 0);
	CU_ASSERT(story_await(tree, "idle", "state", "idle"));
	/* the first restart comes at once */
	story_signal(tree, "late", SIGKILL);
	CU_ASSERT(story_await_generation(tree, "late", 1));
	story_signal(tree, "late", SIGKILL);
	CU_ASSERT(story_await(tree, "late", "state", "backing-off"));
	story_tell(tree, "g/still", "note", "waits");
	story_tell(tree, "g/b", "note", "before");
	CU_ASSERT(story_await_notes(tree, "g/b", "before\n"));
}

static void check_states(struct tree *tree)
{
	CU_ASSERT(story_is(tree, "g/still", "state", "paused"));
	CU_ASSERT(story_is(tree, "g/gone", "state", "stopped"));
	CU_ASSERT(story_is(tree, "idle", "state", "idle"));
	CU_ASSERT(story_is(tree, "late", "state", "backing-off"));
	CU_ASSERT(story_number(tree, "late", "delay_ms") > 0);
	CU_ASSERT(story_n_decisions(tree, "late", "restart") == 2);
	CU_ASSERT(story_await_notes(tree, "g/b", "before\n"));
}

static void wake_them_all(struct tree *tree)
{
	CU_ASSERT_EQUAL(story_act(tree, "unpause", "g/still"), 0);
	CU_ASSERT(story_await_notes(tree, "g/still", "waits\n"));
	CU_ASSERT_EQUAL(story_act(tree, "start", "g/gone"), 0);
	story_expect(tree, "g/gone", "echo", "x", "x");
	story_expect(tree, "idle", "echo", "y", "y");
	CU_ASSERT_EQUAL(story_act(tree, "start", "late"), 0);
	CU_ASSERT(story_await_generation(tree, "late", 2));
	expect_echo(tree, "a", "g/b", "hello");
	expect_echo(tree, "g/deep/c", "a", "deep");
	CU_ASSERT_EQUAL(tree_actorctl(tree, NULL, "spawn", "/@SYSTEM@/g", "w",
				      "more", NULL), 0);
	CU_ASSERT_EQUAL(story_act(tree, "stop", "g/kid"), 0);
}

static void test_all_go_on_and_nobody_notices(void)
{
	size_t n_of_root = 0, n_of_g = 0;
	pid_t pids[N_RUNNING];
	struct tree tree;

	tree_start(&tree, family);
	make_states(&tree);
	for (size_t i = 0; i < N_RUNNING; i++)
		pids[i] = story_pid(&tree, all_running[i]);
	CU_ASSERT(is_first(tree.pid));
	for (int round = 0; round < 3; round++) {
		CU_ASSERT_EQUAL(reexec(&tree), 0);
		for (size_t i = 0; i < N_RUNNING; i++) {
			CU_ASSERT_EQUAL(story_pid(&tree, all_running[i]),
					pids[i]);
			CU_ASSERT_EQUAL(story_number(&tree, all_running[i],
						     "generation"), 0);
		}
		check_states(&tree);
		if (round == 1) {
			n_of_root = proc_n_descriptors(tree.pid);
			n_of_g = proc_n_descriptors(pids[1]);
		}
	}
	CU_ASSERT(story_await_descriptors(&tree, tree.pid, n_of_root));
	CU_ASSERT(story_await_descriptors(&tree, pids[1], n_of_g));
	CU_ASSERT_FALSE(is_first(tree.pid));
	CU_ASSERT_FALSE(is_first(story_pid(&tree, "g")));
	CU_ASSERT_FALSE(is_first(story_pid(&tree, "g/deep")));
	wake_them_all(&tree);
	story_expect_sum(&tree);
	tree_stop(&tree);
}

/* as everywhere: no slash behind a path */
static void test_each_is_named_by_its_path(void)
{
	char line[STORY_PATH_BYTES + 32], path[STORY_PATH_BYTES];
	struct tree_result result;
	struct tree tree;

	tree_start(&tree, family);
	CU_ASSERT_EQUAL(tree_actorctl(&tree, &result, "-s", "@SYSTEM@",
				      "reexec", NULL), 0);
	snprintf(line, sizeof(line), "%s goes on as version ",
		 story_path(&tree, "g/deep", path));
	CU_ASSERT_PTR_NOT_NULL(strstr(result.out, line));
	CU_ASSERT_PTR_NOT_NULL(strstr(result.out, "/ goes on as version "));
	tree_result_clear(&result);
	tree_stop(&tree);
}

static void test_what_crashes_then_is_restarted_and_counted(void)
{
	struct tree tree;
	pid_t c;

	tree_start(&tree, family);
	story_signal(&tree, "g/deep/c", SIGSEGV);
	CU_ASSERT(story_await_generation(&tree, "g/deep/c", 1));
	CU_ASSERT_EQUAL(reexec(&tree), 0);
	story_signal(&tree, "g/deep/c", SIGSEGV);
	CU_ASSERT(story_await_generation(&tree, "g/deep/c", 2));
	CU_ASSERT_EQUAL(story_n_decisions(&tree, "g/deep/c", "restart"), 2);
	story_tell(&tree, "g/b", "crash", NULL);
	json_decref(story_await_letters(&tree, "g/b", "crashed", 1));
	CU_ASSERT(story_await_generation(&tree, "g/b", 1));
	expect_echo(&tree, "a", "g/b", "again");
	/* a supervisor of the new program is the new program's to restart */
	c = story_pid(&tree, "g/deep/c");
	story_signal(&tree, "g", SIGKILL);
	CU_ASSERT(story_await_gone(&tree, c));
	CU_ASSERT(story_await_generation(&tree, "g/deep/c", 3));
	expect_echo(&tree, "a", "g/b", "third");
	CU_ASSERT_EQUAL(reexec(&tree), 0);
	expect_echo(&tree, "a", "g/b", "fourth");
	tree_stop(&tree);
}

static void test_too_many_crashes_are_too_many_together(void)
{
	struct tree tree;

	tree_start(&tree, "system: \"@SYSTEM@\"\nchildren:\n"
		   "  - name: g\n"
		   "    intensity: 2 in 1h\n"
		   "    children:\n"
		   "      - { name: x, " STORY_ACTOR " }\n");
	for (unsigned int generation = 1; generation <= 2; generation++) {
		story_signal(&tree, "g/x", SIGSEGV);
		CU_ASSERT(story_await_generation(&tree, "g/x", generation));
		CU_ASSERT_EQUAL(reexec(&tree), 0);
	}
	CU_ASSERT(story_is(&tree, "g", "generation", "0"));
	story_signal(&tree, "g/x", SIGSEGV);
	CU_ASSERT(story_await_generation(&tree, "g", 1));
	tree_stop(&tree);
}

/* ---- under load ---------------------------------------------------------- */

static const char pressure[] =
	"system: \"@SYSTEM@\"\nchildren:\n"
	"  - { name: s, refs: [/@SYSTEM@/g/r], " STORY_ACTOR " }\n"
	"  - name: g\n"
	"    children:\n"
	"      - { name: r, " STORY_ACTOR " }\n"
	"      - { name: t, refs: [/@SYSTEM@/g/r], " STORY_ACTOR " }\n";

static const char *const senders[] = { "s", "g/t" };

static void press(struct tree *tree)
{
	char target[STORY_PATH_BYTES];

	story_path(tree, "g/r", target);
	for (size_t i = 0; i < 2; i++)
		story_tell(tree, senders[i], "press", target);
}

struct sums {
	unsigned long accepted, asked, answered, replied, counted;
};

static bool has_settled(struct tree *tree, void *data)
{
	struct sums *sums = data;
	unsigned long n[4];
	char *said;

	memset(sums, 0, sizeof(*sums));
	for (size_t i = 0; i < 2; i++) {
		said = NULL;
		memset(n, 0, sizeof(n));
		story_ask(tree, senders[i], "pressed", NULL, &said);
		if (said)
			sscanf(said, "%lu %lu %lu %lu", &n[0], &n[1], &n[2],
			       &n[3]);
		free(said);
		sums->accepted += n[0];
		sums->asked += n[1];
		sums->answered += n[2];
		sums->replied += n[3];
	}
	said = NULL;
	story_ask(tree, "g/r", "counted", NULL, &said);
	sums->counted = said ? strtoul(said, NULL, 10) : 0;
	free(said);
	return sums->accepted == sums->counted + sums->replied &&
	       sums->asked == sums->answered;
}

static void test_traffic_flows_meanwhile(void)
{
	struct sums sums;
	struct tree tree;
	json_t *letters;

	tree_start(&tree, pressure);
	press(&tree);
	for (int i = 0; i < 5; i++)
		CU_ASSERT_EQUAL(reexec(&tree), 0);
	story_tell(&tree, "s", "relax", NULL);
	story_tell(&tree, "g/t", "relax", NULL);
	CU_ASSERT(tree_wait_until(&tree, has_settled, &sums));
	harness_note("accepted %lu, replied %lu, counted %lu", sums.accepted,
		     sums.replied, sums.counted);
	CU_ASSERT(sums.counted > 0 && sums.asked > 0);
	CU_ASSERT_EQUAL(sums.asked, sums.replied);
	letters = story_json(&tree, "dead-letters", NULL);
	CU_ASSERT_EQUAL(json_array_size(letters), 0);
	json_decref(letters);
	story_expect_sum(&tree);
	CU_ASSERT_EQUAL(story_number(&tree, "g/r", "generation"), 0);
	tree_stop(&tree);
}

/* ---- programs -------------------------------------------------------------- */

static bool has_record(struct tree *tree, void *data)
{
	json_t *records = story_spool(tree), *record;
	bool found = false;
	size_t i;

	json_array_foreach(records, i, record)
		found |= story_record(record, "ACTOR_RECORD", "output") &&
			 story_record(record, "MESSAGE", data);
	json_decref(records);
	return found;
}

static void make_fifo(const struct tree *tree, const char *name)
{
	char fifo[256];

	snprintf(fifo, sizeof(fifo), "%s/%s", tree->directory, name);
	CU_ASSERT_EQUAL(mkfifo(fifo, 0666), 0);
	CU_ASSERT_EQUAL(chmod(fifo, 0666), 0);
}

/* each once: who reads the next one could find us still here */
static void wake(const struct tree *tree, const char *name)
{
	char fifo[256];
	int fd;

	snprintf(fifo, sizeof(fifo), "%s/%s", tree->directory, name);
	fd = open(fifo, O_WRONLY | O_CLOEXEC);
	CU_ASSERT_EQUAL(write(fd, "\n", 1), 1);
	close(fd);
}

static void test_half_a_line_is_finished_for_the_next_program(void)
{
	char first[] = "here", whole[] = "one two three";
	struct tree tree;
	pid_t p;

	story_hide_journal();
	tree_prepare(&tree, "system: \"@SYSTEM@\"\nchildren:\n"
		"  - { name: a, " STORY_ACTOR " }\n"
		"  - name: p\n"
		"    exec: /bin/sh\n"
		"    kind: program\n"
		"    ready: at_once\n"
		"    sandbox: { read: [\"@DIRECTORY@/fifo-1\",\n"
		"      \"@DIRECTORY@/fifo-2\"], execute: [/bin, /usr] }\n"
		"    args: [-c, \"printf 'here\\none '; read x < @DIRECTORY@/fifo-1; printf 'two '; read x < @DIRECTORY@/fifo-2; echo three; exec sleep 1000\"]\n");
	make_fifo(&tree, "fifo-1");
	make_fifo(&tree, "fifo-2");
	tree_spawn(&tree);
	CU_ASSERT(tree_await_up(&tree));
	CU_ASSERT(tree_wait_until(&tree, has_record, first));
	p = story_pid(&tree, "p");
	CU_ASSERT_EQUAL(reexec(&tree), 0);
	wake(&tree, "fifo-1");
	CU_ASSERT_EQUAL(reexec(&tree), 0);
	wake(&tree, "fifo-2");
	CU_ASSERT(tree_wait_until(&tree, has_record, whole));
	CU_ASSERT_EQUAL(story_pid(&tree, "p"), p);
	/* and its end is seen, with what it left behind */
	story_signal(&tree, "p", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "p", 1));
	tree_stop(&tree);
}

/* ---- the old one goes on ---------------------------------------------------- */

/* nothing has happened but that it was said */
static void expect_refusal(struct tree *tree, const char *program,
			   const char *why)
{
	struct tree_result result;

	CU_ASSERT_EQUAL(tree_actorctl(tree, &result, "reexec", program, NULL),
			1);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.err, "no supervisor was replaced"));
	CU_ASSERT_PTR_NOT_NULL(strstr(result.err, why));
	if (!strstr(result.err, why))
		harness_note("%s: %s", program, result.err);
	tree_result_clear(&result);
	CU_ASSERT(is_first(tree->pid));
	CU_ASSERT(is_first(story_pid(tree, "g")));
	expect_echo(tree, "a", "g/b", "still");
}

static void test_what_is_no_supervisord_replaces_none(void)
{
	static const struct {
		const char *from, *name;
		mode_t mode;
		const char *why;
	} rows[] = {
		{ "@ACTORS@/test-successor", "fails", 0755,
		  "exited with 3 and not a word" },
		{ "@ACTORS@/test-successor", "lies", 0755,
		  "exited with 1 and not a word" },
		{ "@ACTORS@/test-successor", "hangs", 0755,
		  "did not say in time" },
		{ "@ACTORS@/test-successor", "babbles", 0755,
		  "I am a supervisor" },
		{ "@ACTORS@/test-successor", "not", 0644, "Permission denied" },
		{ "@ACTORS@/test-successor", "everybodys", 0777,
		  "not everybody may write it" },
		{ "@DIRECTORY@/log", "text", 0755, "cannot be executed" },
		{ SUPERVISORD, "lonely", 0755, "no program \"system-" },
		{ "@ACTORS@/../supervisord-newer", "newer", 0755,
		  "is of version 6, and this supervisord knows version 9999" },
	};
	char path[PATH_MAX];
	struct tree tree;

	tree_start(&tree, family);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		story_put_copy(&tree, rows[i].from, rows[i].name, rows[i].mode);
		snprintf(path, sizeof(path), "%s/%s", tree.directory,
			 rows[i].name);
		expect_refusal(&tree, path, rows[i].why);
	}
	expect_refusal(&tree, "/bin/true", "exited with 0 and not a word");
	expect_refusal(&tree, tree.directory, "Is a directory");
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "reexec", "/nonexistent",
				      NULL), 1);
	CU_ASSERT_EQUAL(reexec(&tree), 0);
	tree_stop(&tree);
}

/* the file is not read again, and what it would say now does not matter */
static void test_it_is_the_tree_of_before_whatever_became_of_its_file(void)
{
	struct tree tree;

	tree_start(&tree, family);
	CU_ASSERT_EQUAL(truncate(tree.config, 10), 0);
	CU_ASSERT_EQUAL(reexec(&tree), 0);
	CU_ASSERT_EQUAL(unlink(tree.config), 0);
	CU_ASSERT_EQUAL(reexec(&tree), 0);
	expect_echo(&tree, "a", "g/b", "still");
	tree_stop(&tree);
}

/* what an upgrade does: another file has that name now */
static void test_it_is_the_program_that_is_installed_now(void)
{
	char program[256], path[PATH_MAX], old[64], *actors;
	struct tree tree;
	struct stat st;

	tree_start(&tree, family);
	snprintf(path, sizeof(path), "%s/actors", tree.directory);
	actors = tree_expand(&tree, "@PROGRAMS@");
	CU_ASSERT_EQUAL(symlink(actors, path), 0);
	free(actors);
	story_put_copy(&tree, SUPERVISORD, "supervisord", 0755);
	snprintf(program, sizeof(program), "%s/supervisord", tree.directory);
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "reexec", program, NULL), 0);
	snprintf(old, sizeof(old), "/proc/%d/exe", (int)tree.pid);
	CU_ASSERT_EQUAL(unlink(program), 0);
	CU_ASSERT_EQUAL(reexec(&tree), 1);
	story_put_copy(&tree, SUPERVISORD, "supervisord", 0755);
	CU_ASSERT_EQUAL(reexec(&tree), 0);
	CU_ASSERT_EQUAL(stat(old, &st), 0);
	CU_ASSERT_EQUAL(st.st_nlink, 1);
	expect_echo(&tree, "a", "g/b", "installed");
	tree_stop(&tree);
}

static void test_when_it_is_killed_then_nobody_is_left(void)
{
	struct tree tree;

	tree_start(&tree, family);
	CU_ASSERT_EQUAL(reexec(&tree), 0);
	CU_ASSERT(tree_n_processes(&tree) > 8);
	tree_kill(&tree);
}

static void write_config(const struct tree *tree, const char *text)
{
	char *expanded = tree_expand(tree, text);
	FILE *file = fopen(tree->config, "we");

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	CU_ASSERT(fputs(expanded, file) >= 0);
	fclose(file);
	free(expanded);
}

#define BEFORE								\
	"system: \"@SYSTEM@\"\nintensity: 50 in 1h\nchildren:\n"
#define OF_BOTH								\
	"  - { name: a, refs: [/@SYSTEM@/g/b], " STORY_ACTOR " }\n"	\
	"  - name: g\n"							\
	"    intensity: 50 in 1h\n"					\
	"    children:\n"						\
	"      - { name: b, " STORY_ACTOR " }\n"

/* the tree, its order and whose uid is whose are those of the last reload */
static void test_it_is_the_tree_that_a_reload_has_made(void)
{
	char *uid = NULL, *again = NULL;
	struct tree tree;

	tree_start(&tree, BEFORE OF_BOTH);
	write_config(&tree, BEFORE "  - { name: first, " STORY_ACTOR " }\n" OF_BOTH
		     "      - { name: last, " STORY_ACTOR " }\n");
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "reload", NULL), 0);
	CU_ASSERT_EQUAL(unlink(tree.config), 0);
	CU_ASSERT_EQUAL(story_ask(&tree, "g/last", "uid", NULL, &uid), 0);
	for (unsigned int generation = 1; generation <= 2; generation++) {
		CU_ASSERT_EQUAL(reexec(&tree), 0);
		CU_ASSERT(story_is(&tree, "first", "generation", "0"));
		story_signal(&tree, "g/last", SIGKILL);
		CU_ASSERT(story_await_generation(&tree, "g/last", generation));
		CU_ASSERT_EQUAL(story_ask(&tree, "g/last", "uid", NULL, &again),
				0);
		CU_ASSERT_STRING_EQUAL(uid, again);
		free(again);
		again = NULL;
	}
	free(uid);
	expect_echo(&tree, "a", "g/b", "after");
	tree_stop(&tree);
}

/* as if no program had come between: the next file is compared with the last */
static void test_the_file_can_be_read_again_after(void)
{
	struct tree tree;

	tree_start(&tree, BEFORE OF_BOTH);
	for (unsigned int round = 0; round < 2; round++) {
		CU_ASSERT_EQUAL(reexec(&tree), 0);
		write_config(&tree, BEFORE OF_BOTH
			     "      - { name: last, " STORY_ACTOR " }\n");
		CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "reload", NULL), 0);
		story_expect(&tree, "g/last", "echo", "x", "x");
		CU_ASSERT_EQUAL(reexec(&tree), 0);
		CU_ASSERT(story_is(&tree, "g/last", "generation", "0"));
		write_config(&tree, BEFORE OF_BOTH);
		CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "reload", NULL), 0);
	}
	CU_ASSERT(story_is(&tree, "a", "generation", "0"));
	CU_ASSERT(story_is(&tree, "g/b", "generation", "0"));
	expect_echo(&tree, "a", "g/b", "after");
	tree_stop(&tree);
}

#define GROUP(strategy, directives)					\
	BEFORE OF_BOTH							\
	"      - { name: c, " STORY_ACTOR directives " }\n"			\
	"    strategy: " strategy "\n"

static void reload_tells(struct tree *tree, const char *path, const char *key)
{
	char full[STORY_PATH_BYTES], text[STORY_PATH_BYTES + 64];
	struct tree_result result;
	const char *line;

	CU_ASSERT_EQUAL(tree_actorctl(tree, &result, "reload", NULL), 0);
	snprintf(text, sizeof(text), "later  %s ", story_path(tree, path, full));
	line = strstr(result.out, text);
	CU_ASSERT_PTR_NOT_NULL_FATAL(line);
	line += strlen(text);
	line += strspn(line, " ");
	CU_ASSERT_EQUAL(strncmp(line, key, strlen(key)), 0);
	tree_result_clear(&result);
}

/* what a reload has left for later does not come by the way, and is told of until it
 * is in force */
static void test_what_is_for_later_stays_so(void)
{
	struct tree_result result;
	struct tree tree;
	pid_t b;

	tree_start(&tree, GROUP("one_for_one", ", directives: { exit:7: stop }"));
	write_config(&tree, GROUP("one_for_all", ", directives: { exit:7: restart, signal: stop, start_failed:mount: stop }"));
	reload_tells(&tree, "g", "strategy");
	b = story_pid(&tree, "g/b");
	for (int round = 0; round < 2; round++) {
		CU_ASSERT_EQUAL(reexec(&tree), 0);
		reload_tells(&tree, "g", "strategy");
		reload_tells(&tree, "g/c", "directives");
	}
	CU_ASSERT_FALSE(is_first(story_pid(&tree, "g")));
	story_signal(&tree, "g/c", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "g/c", 1));
	CU_ASSERT_EQUAL(story_pid(&tree, "g/b"), b);
	story_tell(&tree, "g/c", "exit", "7");
	CU_ASSERT(story_await(&tree, "g/c", "state", "stopped"));
	CU_ASSERT_EQUAL(story_act(&tree, "restart", "g"), 0);
	CU_ASSERT_EQUAL(tree_actorctl(&tree, &result, "reload", NULL), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.out, "nothing changes"));
	tree_result_clear(&result);
	CU_ASSERT_EQUAL(reexec(&tree), 0);
	CU_ASSERT(story_await(&tree, "g/c", "state", "running"));
	b = story_pid(&tree, "g/b");
	story_tell(&tree, "g/c", "exit", "7");
	CU_ASSERT(story_await_gone(&tree, b));
	expect_echo(&tree, "a", "g/b", "after");
	tree_stop(&tree);
}

static void expect_production(struct tree *tree)
{
	struct tree_result result;

	CU_ASSERT_EQUAL(tree_actorctl(tree, &result, "learn", "--for", "1s",
				      "/@SYSTEM@/a", NULL), 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.err, "in production"));
	tree_result_clear(&result);
}

/* and it holds nobody up, as no supervisor below does by it what it does */
static void test_what_the_system_has_for_later_stays_so_too(void)
{
	struct tree tree;

	tree_start(&tree, BEFORE OF_BOTH);
	write_config(&tree, "learning: allow\n" BEFORE OF_BOTH);
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "reload", NULL), 0);
	CU_ASSERT_EQUAL(reexec(&tree), 0);
	expect_production(&tree);
	CU_ASSERT_EQUAL(reexec(&tree), 0);
	expect_production(&tree);
	CU_ASSERT_EQUAL(story_act(&tree, "restart", ""), 0);
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "learn", "--for", "1s",
				      "/@SYSTEM@/a", NULL), 0);
	tree_stop(&tree);
}

/* one filter has one listener for all that were forked under it */
static void test_forked_instances_go_on_and_may_no_more_than_before(void)
{
	struct tree tree;
	char number[16];
	pid_t w[4];

	tree_start(&tree, "system: \"@SYSTEM@\"\nintensity: 50 in 1h\n"
		   "children:\n"
		   "  - { name: w, instances: 3, " STORY_ACTOR ",\n"
		   "      directives: { seccomp: restart } }\n");
	for (int i = 1; i <= 3; i++)
		w[i] = story_pid(&tree, i == 1 ? "w-1" : i == 2 ? "w-2" : "w-3");
	for (int round = 0; round < 2; round++)
		CU_ASSERT_EQUAL(reexec(&tree), 0);
	CU_ASSERT_EQUAL(story_pid(&tree, "w-1"), w[1]);
	snprintf(number, sizeof(number), "%d", SYS_ptrace);
	story_tell(&tree, "w-1", "call", number);
	CU_ASSERT(story_await_generation(&tree, "w-1", 1));
	CU_ASSERT(story_is(&tree, "w-1", "cause", "seccomp:ptrace"));
	story_signal(&tree, "w-2", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "w-2", 1));
	CU_ASSERT_EQUAL(story_pid(&tree, "w-3"), w[3]);
	story_expect(&tree, "w-1", "echo", "one", "one");
	story_expect(&tree, "w-2", "echo", "two", "two");
	story_expect(&tree, "w-3", "echo", "three", "three");
	tree_stop(&tree);
}

/* it begins anew, and is there for the next crash */
static void test_who_stands_by_is_another_process_then(void)
{
	struct tree tree;

	tree_start(&tree, "system: \"@SYSTEM@\"\nintensity: 50 in 1h\n"
		   "children:\n"
		   "  - { name: a, standby: 1, " STORY_ACTOR " }\n");
	CU_ASSERT(story_await(&tree, "a", "standby", "waiting"));
	CU_ASSERT_EQUAL(reexec(&tree), 0);
	CU_ASSERT(story_await(&tree, "a", "standby", "waiting"));
	CU_ASSERT(story_is(&tree, "a", "generation", "0"));
	story_signal(&tree, "a", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "a", 1));
	story_expect(&tree, "a", "echo", "stood", "stood");
	tree_stop(&tree);
}

static void test_who_is_busy_stays_and_the_others_go_on(void)
{
	struct tree_result result;
	struct tree tree;

	tree_start(&tree, "system: \"@SYSTEM@\"\nchildren:\n"
		   "  - { name: a, refs: [/@SYSTEM@/g/b], " STORY_ACTOR " }\n"
		   "  - name: g\n"
		   "    intensity: 5 in 1s\n"
		   "    children:\n"
		   "      - { name: b, " STORY_ACTOR ", args: [--slow-start, \"6000\"] }\n");
	story_signal(&tree, "g/b", SIGKILL);
	CU_ASSERT(story_await(&tree, "g/b", "state", "starting"));
	story_freeze(&tree, "g/b");
	CU_ASSERT_EQUAL(tree_actorctl(&tree, &result, "reexec", NULL), 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.err, "/g/b is starting"));
	CU_ASSERT_PTR_NOT_NULL(strstr(result.err, "try again"));
	tree_result_clear(&result);
	CU_ASSERT(is_first(story_pid(&tree, "g")));
	CU_ASSERT_FALSE(is_first(tree.pid));
	story_signal(&tree, "g/b", SIGCONT);
	/* the old one and the new one understand each other */
	CU_ASSERT(story_await_generation(&tree, "g/b", 1));
	expect_echo(&tree, "a", "g/b", "mixed");
	CU_ASSERT_EQUAL(reexec(&tree), 0);
	CU_ASSERT_FALSE(is_first(story_pid(&tree, "g")));
	tree_stop(&tree);
}

/* ---- meanwhile ---------------------------------------------------------------- */

static bool two_wait(struct tree *tree, void *data)
{
	char pattern[256];
	glob_t found;
	size_t n;

	(void)data;
	snprintf(pattern, sizeof(pattern), "%s/waiting-*", tree->directory);
	n = glob(pattern, 0, NULL, &found) == 0 ? found.gl_pathc : 0;
	globfree(&found);
	return n == 2;
}

static pid_t reexec_behind(struct tree *tree, const char *program)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(tree_actorctl(tree, NULL, "reexec", program, NULL));
	return pid;
}

/* between its state and its exec a supervisor looks at nothing */
static void test_who_dies_meanwhile_is_restarted_after(void)
{
	char program[256], path[256], *real;
	struct tree tree;
	int status = -1;
	pid_t asker, a;

	tree_start(&tree, "system: \"@SYSTEM@\"\nchildren:\n"
		   "  - { name: a, " STORY_ACTOR " }\n"
		   "  - { name: b, refs: [a], " STORY_ACTOR " }\n");
	story_put_copy(&tree, "@ACTORS@/test-successor", "waits", 0755);
	snprintf(program, sizeof(program), "%s/waits", tree.directory);
	snprintf(path, sizeof(path), "%s/real", tree.directory);
	real = tree_expand(&tree, SUPERVISORD);
	CU_ASSERT_EQUAL(symlink(real, path), 0);
	free(real);
	a = story_pid(&tree, "a");
	asker = reexec_behind(&tree, program);
	harness_awaits("the checks of both supervisors");
	CU_ASSERT(tree_wait_until(&tree, two_wait, NULL));
	CU_ASSERT_EQUAL(kill(a, SIGKILL), 0);
	snprintf(path, sizeof(path), "%s/go", tree.directory);
	close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
	CU_ASSERT_EQUAL(waitpid(asker, &status, 0), asker);
	CU_ASSERT_EQUAL(status, 0);
	CU_ASSERT(story_await_generation(&tree, "a", 1));
	CU_ASSERT_EQUAL(story_n_decisions(&tree, "a", "restart"), 1);
	story_expect(&tree, "b", "ask", "a echo back", "back");
	CU_ASSERT_FALSE(is_first(story_pid(&tree, "")));
	tree_stop(&tree);
}

/* ---- who may --------------------------------------------------------------------- */

static int as_nobody(struct tree *tree)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		if (setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
		    setresuid(NOBODY, NOBODY, NOBODY) < 0)
			_exit(0);
		_exit(reexec(tree));
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_another_user_may_not(void)
{
	char path[512];
	struct tree tree;

	if (geteuid() != 0)
		HARNESS_SKIP("only root can become another user");
	tree_start(&tree, family);
	/* even where it gets as far as the socket */
	chmod(tree.directory, 0755);
	snprintf(path, sizeof(path), "%s/run", tree.directory);
	chmod(path, 0755);
	snprintf(path, sizeof(path), "%s/run/%s/control", tree.directory,
		 tree.system);
	CU_ASSERT_EQUAL(chmod(path, 0666), 0);
	CU_ASSERT(as_nobody(&tree) != 0);
	CU_ASSERT(is_first(tree.pid));
	CU_ASSERT(is_first(story_pid(&tree, "g")));
	tree_stop(&tree);
}

/* ---- many descriptors --------------------------------------------------- */

/* each refers to each other one, which is three descriptors: more than an actor
 * may have */
#define MANY 40

static void write_many(FILE *file)
{
	fputs("system: \"@SYSTEM@\"\nintensity: 50 in 1h\nchildren:\n"
	      "- name: g\n  intensity: 50 in 1h\n  children:\n", file);
	for (int i = 0; i < MANY; i++) {
		fprintf(file, "  - { name: a%d, " STORY_ACTOR ",\n    refs: [",
			i);
		for (int k = 0; k < MANY; k++)
			if (k != i)
				fprintf(file, "/@SYSTEM@/g/a%d, ", k);
		fputs("] }\n", file);
	}
}

static void test_who_has_many_descriptors_still_starts_actors(void)
{
	struct tree tree;
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	write_many(file);
	fclose(file);
	tree_start(&tree, text);
	free(text);
	CU_ASSERT(proc_n_descriptors(story_pid(&tree, "g")) > 4096);
	CU_ASSERT_EQUAL(reexec(&tree), 0);
	CU_ASSERT_FALSE(is_first(story_pid(&tree, "g")));
	story_signal(&tree, "g/a7", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "g/a7", 1));
	expect_echo(&tree, "g/a7", "g/a8", "hello");
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_all_go_on_and_nobody_notices),
	HARNESS_TEST(test_each_is_named_by_its_path),
	HARNESS_TEST(test_what_crashes_then_is_restarted_and_counted),
	HARNESS_TEST(test_too_many_crashes_are_too_many_together),
	HARNESS_TEST(test_traffic_flows_meanwhile),
	HARNESS_TEST(test_half_a_line_is_finished_for_the_next_program),
	HARNESS_TEST(test_what_is_no_supervisord_replaces_none),
	HARNESS_TEST(test_it_is_the_tree_of_before_whatever_became_of_its_file),
	HARNESS_TEST(test_it_is_the_program_that_is_installed_now),
	HARNESS_TEST(test_when_it_is_killed_then_nobody_is_left),
	HARNESS_TEST(test_it_is_the_tree_that_a_reload_has_made),
	HARNESS_TEST(test_the_file_can_be_read_again_after),
	HARNESS_TEST(test_what_is_for_later_stays_so),
	HARNESS_TEST(test_what_the_system_has_for_later_stays_so_too),
	HARNESS_TEST(test_forked_instances_go_on_and_may_no_more_than_before),
	HARNESS_TEST(test_who_stands_by_is_another_process_then),
	HARNESS_TEST(test_who_is_busy_stays_and_the_others_go_on),
	HARNESS_TEST(test_who_dies_meanwhile_is_restarted_after),
	HARNESS_TEST(test_another_user_may_not),
	HARNESS_TEST(test_who_has_many_descriptors_still_starts_actors),
};
HARNESS_MAIN(tests)
