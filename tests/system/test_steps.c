/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_steps.c - a supervisor is killed at each of its steps; then nothing is
 * lost, nothing is done twice, and all go on.
 *
 * A small tree lives through small scenes, under numbered traffic. Each scene
 * is played once to see who comes by which breakpoint; then once for each of
 * those, with a SIGKILL just there. After each the tree has to come to rest,
 * and its books to balance (books.h). No message of a juggler comes without its
 * reference: they take none back here.
 *
 * ACTORPROC_STEPS=sample, all or long: some of the places; each once; each in
 * every scene, at several of its times. HARNESS_STEPS=SCENE:ROLE:NTH:ID, as the
 * log names it, plays one, HARNESS_STEPS_TIMES often.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/harness/dice.h"
#include "tests/system/books.h"
#include "tests/system/chronicle.h"
#include "tests/system/steps.h"
#include "tests/system/story.h"

#define N(rows) (sizeof(rows) / sizeof((rows)[0]))
#define INTENSITY "intensity: 10000 in 1s"
#define S "/@SYSTEM@/"
#define JUGGLER(number, refs)                                                  \
	"exec: \"@ACTORS@/test-juggler\", start_timeout: 10min, "               \
	"stop_timeout: 10s, refs: [" S "collector, " refs "],\n"             \
	"    sandbox: { read: [\"@DIRECTORY@/quiet\"], "                       \
	"write: [\"@DIRECTORY@/alone" number "\"] },\n"                        \
	"    args: [--me, \"" number "\", --seed, \"" number "\", "            \
	"--sober, --take-nothing-back, --patience, \"200\", "                  \
	"--quiet, \"@DIRECTORY@/quiet\", --alone, "                            \
	"\"@DIRECTORY@/alone" number "\", --collector, " S "collector, "       \
	refs "]"
#define JUGGLERS 4
#define KILLS_OF_A_TREE 25
#define TOP_PAUSE_MS 1700
#define NTH_MAX 3
#define FAILURES_MAX 10
#define SOME 3
#define SAMPLE_MS 8000
#define COMES_BACK_MS 2000
#define CANDIDATES_MAX (16 * BREAKPOINTS_MAX * NTH_MAX)

static const char config[] =
	"system: \"@SYSTEM@\"\n" INTENSITY "\nchildren:\n"
	"- { name: collector, exec: \"@ACTORS@/test-juggler\",\n"
	"    args: [--collect, \"@DIRECTORY@/book\"], redeliver: 100,\n"
	"    mailbox: { per_edge: 64M }, start_timeout: 10min,\n"
	"    sandbox: { write: [\"@DIRECTORY@/book\"] } }\n"
	"- { name: j1, " JUGGLER("1", S "m/j2, " S "m/g/j3") " }\n"
	"- { name: o, refs: [" S "m/g/a, " S "b, " S "m/g/d],\n"
	"    " STORY_ACTOR " }\n"
	"- { name: b, standby: 1, " STORY_ACTOR " }\n"
	"- { name: v, refs: [" S "m/g/w], exec: \"@ACTORS@/test-giver\" }\n"
	"- name: m\n"
	"  " INTENSITY "\n"
	"  children:\n"
	"  - { name: j2, " JUGGLER("2", S "j1, " S "m/g/j3, " S "m/k/j4") " }\n"
	"  - name: g\n"
	"    strategy: one_for_all\n"
	"    " INTENSITY "\n"
	"    children:\n"
	"    - { name: j3, " JUGGLER("3", S "j1, " S "m/j2, " S "m/k/j4") " }\n"
	"    - { name: a, refs: [" S "o], " STORY_ACTOR " }\n"
	"    - { name: d, activation: on_message, idle_stop: 100ms, "
	STORY_ACTOR " }\n"
	"    - { name: w, mailbox: { descriptors: 4 }, "
	"exec: \"@ACTORS@/test-giver\" }\n"
	"  - name: k\n"
	"    exec: \"@ACTORS@/test-parent\"\n"
	"    " INTENSITY "\n"
	"    templates: [ { name: w, refs: [" S "o], " STORY_ACTOR " } ]\n"
	"    children:\n"
	"    - { name: j4, may_exceed: [read, write], "
	JUGGLER("4", S "j1, " S "m/g/j3") " }\n"
	"# - { name: n, refs: [" S "o], " STORY_ACTOR " }\n"
	"  - name: e\n"
	"    intensity: 1 in 1min\n"
	"    children: [ { name: x, " STORY_ACTOR " } ]\n"
	"  - name: s\n"
	"    auto_shutdown: any_significant\n"
	"    children: [ { name: y, significant: true, restart: temporary, "
	STORY_ACTOR " } ]\n";

/* who may be killed; never the root, which nobody starts again */
static const char *const roles[] = { "m/g", "m", "m/k", "m/e", "m/s", "",
				     "/system" };

/** struct play - one tree, with all that is done to it */
struct play {
	struct tree tree;
	const struct scene *scene;
	int64_t top_killed_ms;
	size_t n_rows;
	unsigned int n_kills;
	unsigned int n_wanted;
	bool spoilt;
};

/**
 * struct scene - what is done to a tree
 * @act: anything of it may fail: somebody is killed meanwhile
 * @undo: what is not there at rest; NULL: nothing
 * @before: somebody is killed there in any case
 * @lives_end: of jugglers: what was sent then has lost its references
 * @kills: actors by themselves: what they had in hand has another cause
 */
struct scene {
	const char *name;
	void (*act)(struct play *p);
	void (*undo)(struct play *p);
	struct step before;
	bool lives_end;
	bool kills;
};

/* ---- doing -------------------------------------------------------------- */

static int act(struct play *p, const char *verb, const char *path)
{
	return story_act(&p->tree, verb, path);
}

static void say(struct play *p, const char *verb, const char *path,
		const char *type, const char *text)
{
	char full[STORY_PATH_BYTES], *expanded = tree_expand(&p->tree, text);
	const char *arguments[] = { verb, story_path(&p->tree, path, full),
				    type, expanded };

	tree_actorctl_argv(&p->tree, NULL, arguments, N(arguments));
	free(expanded);
}

static void tell(struct play *p, const char *path, const char *type,
		 const char *text)
{
	say(p, "tell", path, type, text);
}

static void ask(struct play *p, const char *path, const char *type,
		const char *text)
{
	say(p, "ask", path, type, text);
}

/* it runs again as another process; or it never will: somebody is killed */
static void await_other(struct play *p, const char *path, pid_t before)
{
	int64_t until_ms = story_now_ms() + COMES_BACK_MS;
	pid_t pid;

	do
		pid = story_pid(&p->tree, path);
	while ((pid <= 1 || pid == before) && !steps_killed() &&
	       story_now_ms() < until_ms && poll(NULL, 0, 10) == 0);
}

static void kill_process(struct play *p, const char *path)
{
	pid_t pid = story_pid(&p->tree, path);

	if (pid <= 1)
		return;
	kill(pid, SIGKILL);
	await_other(p, path, pid);
}

/* ---- scenes ------------------------------------------------------------- */

static void restart_an_actor(struct play *p)
{
	act(p, "restart", "m/j2");
}

static void restart_a_tree(struct play *p)
{
	act(p, "restart", "m");
}

static void stop_an_actor(struct play *p)
{
	act(p, "stop", "m/g/j3");
	act(p, "start", "m/g/j3");
}

static void stop_a_tree(struct play *p)
{
	act(p, "stop", "m");
	act(p, "start", "m");
}

static void crash_one_of_a_group(struct play *p)
{
	kill_process(p, "m/g/j3");
}

/* their mailboxes are seen to while they die */
static void kill_who_is_idle(struct play *p)
{
	ask(p, "b", "echo", "x");
	kill_process(p, "b");
	ask(p, "m/g/a", "echo", "x");
	kill_process(p, "m/g/a");
}

static void kill_a_supervisor(struct play *p)
{
	kill_process(p, "m");
}

static void kill_a_low_supervisor(struct play *p)
{
	kill_process(p, "m/g");
}

static void crash_a_bundled_actor(struct play *p)
{
	kill_process(p, "/system/dead-letters");
}

static void fail_a_head(struct play *p)
{
	pid_t pid;

	kill_process(p, "m/k/j4");
	pid = story_pid(&p->tree, "m/k/j4");
	tell(p, "m/k", "crash", "");
	await_other(p, "m/k/j4", pid);
}

static void give(struct play *p)
{
	tell(p, "o", "give", S "m/g/a " S "b");
	tell(p, "o", "give", S "b " S "m/g/a");
	ask(p, "m/g/a", "echo", "x");
	tell(p, "m/g/a", "use", "note given");
	tell(p, "m/g/a", "give-taken", S "o");
	ask(p, "o", "echo", "x");
}

/* one edge for m/g to make, and one that it has made by others */
static void give_below(struct play *p)
{
	tell(p, "o", "give", S "m/g/a " S "m/g/d");
	tell(p, "m/g/a", "give", S "o " S "o");
	/* behind those, on the same edges */
	ask(p, "m/g/a", "ask", S "o echo x");
	ask(p, "o", "ask", S "m/g/a echo x");
}

static void take_back(struct play *p)
{
	give(p);
	tell(p, "o", "revoke", S "m/g/a " S "b");
	tell(p, "o", "give-revoke", S "b " S "m/g/a");
	tell(p, "o", "revoke", S "b " S "m/g/a");
	ask(p, "o", "echo", "x");
}

static void limit(struct play *p)
{
	tell(p, "o", "limit", S "b 1000 0 0");
	tell(p, "o", "give-taken", S "m/g/a");
	ask(p, "o", "echo", "x");
	tell(p, "m/g/a", "use", "note limited");
	tell(p, "o", "give", S "m/g/a " S "b");
	ask(p, "m/g/a", "echo", "x");
}

static void pass_descriptors(struct play *p)
{
	ask(p, "v", "send", S "m/g/w keep x");
	ask(p, "m/g/w", "kept", "");
}

static void spawn(struct play *p)
{
	char full[STORY_PATH_BYTES];

	tree_actorctl(&p->tree, NULL, "spawn",
		      story_path(&p->tree, "m/k", full), "w", "kid", NULL);
	act(p, "stop", "m/k/kid");
}

/* it is of a class, and has no edge for its letter yet */
static void make_a_letter(struct play *p)
{
	char full[STORY_PATH_BYTES];

	tree_actorctl(&p->tree, NULL, "spawn",
		      story_path(&p->tree, "m/k", full), "w", "kid", NULL);
	tell(p, "m/k/kid", "nonsense", "");
	act(p, "stop", "m/k/kid");
}

static void spawn_by_a_head(struct play *p)
{
	ask(p, "m/k", "spawn", "w son");
	ask(p, "m/k", "tell", "son hello");
	ask(p, "m/k", "spawn-wait", "5000 w girl");
	ask(p, "m/k", "stop", "son");
	ask(p, "m/k", "stop-list", "girl");
}

static void stop_the_spawned(struct play *p)
{
	act(p, "stop", "m/k/kid");
	act(p, "stop", "m/k/son");
	act(p, "stop", "m/k/girl");
}

/* what was granted ends with the lives at its ends */
static void end_grants(struct play *p)
{
	static const char *const ends[] = { "b", "m/g/a" };

	for (size_t i = 0; i < N(ends); i++)
		act(p, "stop", ends[i]);
	for (size_t i = 0; i < N(ends); i++)
		act(p, "start", ends[i]);
}

/* the line of that actor counts, or is a comment */
static void reload_with(struct play *p, bool counts)
{
	static char text[65536];
	FILE *file = fopen(p->tree.config, "r+e");
	size_t n = file ? fread(text, 1, sizeof(text) - 1, file) : 0;
	char *line;

	text[n] = '\0';
	line = strstr(text, " - { name: n,");
	if (line && fseek(file, line - 1 - text, SEEK_SET) == 0)
		fputc(counts ? ' ' : '#', file);
	if (file)
		fclose(file);
	tree_actorctl(&p->tree, NULL, "reload", NULL);
}

static void reload_without(struct play *p)
{
	reload_with(p, false);
}

static void reload(struct play *p)
{
	reload_with(p, true);
	reload_without(p);
}

static void reexec(struct play *p)
{
	tree_actorctl(&p->tree, NULL, "reexec", NULL);
}

static void give_up(struct play *p)
{
	kill_process(p, "m/e/x");
	kill_process(p, "m/e/x");
}

static void shut_down(struct play *p)
{
	pid_t pid = story_pid(&p->tree, "m/s/y");

	tell(p, "m/s/y", "exit", "0");
	await_other(p, "m/s/y", pid);
}

static void pause_and_unpause(struct play *p)
{
	act(p, "pause", "m/g/a");
	tell(p, "m/g/a", "note", "later");
	act(p, "unpause", "m/g/a");
}

static void start_on_demand(struct play *p)
{
	tell(p, "m/g/d", "note", "up");
	ask(p, "o", "ask", S "m/g/d echo x");
}

static const struct scene scenes[] = {
	{ .name = "restart", .act = restart_an_actor },
	{ .name = "crash", .act = crash_one_of_a_group, .kills = true },
	{ .name = "idle", .act = kill_who_is_idle, .kills = true },
	{ .name = "grant", .act = give, .undo = end_grants },
	{ .name = "revocation", .act = take_back, .undo = end_grants },
	{ .name = "limit", .act = limit, .undo = end_grants },
	{ .name = "descriptor", .act = pass_descriptors },
	{ .name = "demand", .act = start_on_demand },
	{ .name = "pause", .act = pause_and_unpause },
	{ .name = "spawn", .act = spawn, .undo = stop_the_spawned },
	{ .name = "letter", .act = make_a_letter, .undo = stop_the_spawned },
	{ .name = "head", .act = spawn_by_a_head, .undo = stop_the_spawned },
	{ .name = "head-fails", .act = fail_a_head, .undo = stop_the_spawned,
	  .kills = true },
	{ .name = "gives-up", .act = give_up, .kills = true },
	{ .name = "shuts-down", .act = shut_down, .kills = true },
	{ .name = "killed", .act = kill_a_supervisor },
	{ .name = "killed-low", .act = kill_a_low_supervisor },
	{ .name = "bundled", .act = crash_a_bundled_actor, .kills = true },
	{ .name = "reload", .act = reload, .undo = reload_without },
	{ .name = "reexec", .act = reexec },
	{ .name = "restart-tree", .act = restart_a_tree },
	{ .name = "stop", .act = stop_an_actor, .lives_end = true },
	{ .name = "stop-tree", .act = stop_a_tree, .lives_end = true },
	{ .name = "end-again", .act = stop_an_actor, .lives_end = true,
	  .before = { "m/g", "end of a life: not drained", 1 } },
	{ .name = "ordered-again", .act = give_below, .undo = end_grants,
	  .before = { "m/g", "grant: noted, not settled", 1 } },
	{ .name = "said-again", .act = give_below, .undo = end_grants,
	  .before = { "m/g", "grant: order passed up", 1 } },
	{ .name = "restart-again", .act = restart_a_tree,
	  .before = { "m/g", "stopped: not decided", 1 } },
};

/* ---- at rest ------------------------------------------------------------ */

static const char *file_of(const struct play *p, const char *name,
			   char path[static 256])
{
	snprintf(path, 256, "%s/%s", p->tree.directory, name);
	return path;
}

static void write_file(const struct play *p, const char *name,
		       const char *text, mode_t mode)
{
	char path[256];
	int fd = open(file_of(p, name, path), O_WRONLY | O_CREAT | O_CLOEXEC,
		      mode);

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(fchmod(fd, mode), 0);
	CU_ASSERT_EQUAL(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static const char *path_of(const struct play *p, const json_t *row)
{
	const char *path = json_string_value(json_object_get(row, "path"));
	size_t n = strlen(p->tree.system) + 1;

	if (!path || strlen(path) < n)
		return "";
	return path[n] == '/' ? path + n + 1 : path + n;
}

static bool rests(const struct play *p, const json_t *row)
{
	const char *wanted = !strcmp(path_of(p, row), "m/g/d") ? "idle" :
								   "running";

	return json_integer_value(json_object_get(row, "mailbox")) == 0 &&
	       story_record(row, "state", wanted);
}

static void put_right(struct play *p, const json_t *row)
{
	if (story_record(row, "state", "stopped"))
		act(p, "start", path_of(p, row));
	if (story_record(row, "state", "paused"))
		act(p, "unpause", path_of(p, row));
}

/* @loud: who does not is told of; @repairs: what a verb did not do is done */
static bool look(struct play *p, bool loud, bool repairs)
{
	json_t *rows = story_json(&p->tree, "-s", p->tree.system, "tree",
				  NULL), *row;
	bool rest = rows && (!p->n_rows ||
			     json_array_size(rows) == p->n_rows);
	char *text;
	size_t i;

	json_array_foreach(rows, i, row) {
		if (rests(p, row))
			continue;
		rest = false;
		if (repairs)
			put_right(p, row);
		if (!loud)
			continue;
		text = json_dumps(row, 0);
		harness_note("%s", text);
		free(text);
	}
	json_decref(rows);
	return rest;
}

static size_t count_rows(struct play *p)
{
	json_t *rows = story_json(&p->tree, "-s", p->tree.system, "tree",
				  NULL);
	size_t n = json_array_size(rows);

	json_decref(rows);
	return n;
}

static bool all_rest(struct tree *tree, void *data)
{
	(void)tree;
	return look(data, false, true);
}

static void read_books(const struct play *p, struct books *books)
{
	char book[256], letters[256], name[128];

	snprintf(name, sizeof(name), "state/%s/dead-letters.jsonl",
		 p->tree.system);
	books_read(books, file_of(p, "book", book), file_of(p, name, letters));
}

/** struct reading - what the books said at one time */
struct reading {
	const struct play *play;
	struct books_sums sums;
	bool balance;
};

static bool are_closed(struct tree *tree, void *data)
{
	struct books books = { .loud = false };
	struct reading *r = data;
	bool closed;

	(void)tree;
	read_books(r->play, &books);
	books_add_up(&books, &r->sums);
	closed = r->sums.n_missing <= books.n_nameless &&
		 r->sums.n_unsent == 0 && r->sums.n_unanswered == 0;
	r->balance = books_balance(&books, &r->sums);
	books_clear(&books);
	return closed;
}

static bool books_are_closed(struct tree *tree, void *data)
{
	struct reading reading = { .play = data };

	return are_closed(tree, &reading);
}

/* ---- what must be so ---------------------------------------------------- */

static void tell_books(const struct play *p)
{
	struct books books = { .loud = true };
	struct books_sums sums;

	read_books(p, &books);
	books_add_up(&books, &sums);
	harness_note("%zu missing, %zu twice, %zu unsent, "
		     "%zu disordered, %zu unanswered, %zu odd, "
		     "%zu without their reference",
		     sums.n_missing, sums.n_twice, sums.n_unsent,
		     sums.n_disordered, sums.n_unanswered,
		     books.n_odd, sums.events[BOOKS_REFUSED]);
	books_clear(&books);
}

/*
 * Closed once, they may be open again: an answer that is owed to who waits no
 * more comes when it comes, and is told of as dead before the collector has
 * heard that it was sent. So it is one reading that has to be closed and balance.
 */
static void judge_books(struct play *p)
{
	struct reading reading = { .play = p };
	bool balance = tree_wait_until(&p->tree, are_closed, &reading) &&
		       reading.balance &&
		       (p->scene->lives_end ||
			!reading.sums.events[BOOKS_REFUSED]);

	if (!balance)
		tell_books(p);
	CU_ASSERT(balance);
}

/* what was in hand when a supervisor was killed */
static void judge_letters(struct play *p)
{
	json_t *letters = story_spool(&p->tree), *letter;
	const char *cause;
	size_t i;

	json_array_foreach(letters, i, letter) {
		/* a sum is of letters of any cause */
		if (!story_record(letter, "ACTOR_REASON", "crashed") ||
		    json_object_get(letter, "ACTOR_COUNT"))
			continue;
		cause = json_string_value(json_object_get(letter,
							  "ACTOR_CAUSE"));
		if (cause && (!strcmp(cause, "supervisor") ||
			      p->scene->kills))
			continue;
		CU_FAIL("it crashed of something else");
		harness_note("cause: %s", cause ? cause : "none");
	}
	json_decref(letters);
}

static bool hears(struct play *p, const char *from, const char *words)
{
	char *text = tree_expand(&p->tree, words), *answer;
	bool hears = story_ask(&p->tree, from, "ask", text, &answer) == 0 &&
		     !strncmp(answer, "x", 1);

	if (!hears)
		harness_note("%s asks %s: %s", from, text, answer);
	free(answer);
	free(text);
	return hears;
}

static void come_to_rest(struct play *p)
{
	const struct {
		bool (*holds)(struct tree *tree, void *data);
		const char *what;
	} waits[] = {
		{ all_rest, "all to rest" },
		{ books_are_closed, "the books" },
		{ story_adds_up, "the audit" },
	};

	for (size_t i = 0; i < N(waits); i++) {
		harness_awaits("%s", waits[i].what);
		if (tree_wait_until(&p->tree, waits[i].holds, p))
			continue;
		harness_note("waits in vain for %s", waits[i].what);
		look(p, true, false);
		CU_FAIL("it does not come to rest");
		return;
	}
}

static void judge(struct play *p)
{
	write_file(p, "quiet", "1", 0644);
	if (p->scene->undo)
		p->scene->undo(p);
	come_to_rest(p);
	CU_ASSERT(hears(p, "o", S "m/g/a echo x"));
	CU_ASSERT(hears(p, "m/g/a", S "o echo x"));
	judge_books(p);
	judge_letters(p);
}

/* ---- a play ------------------------------------------------------------- */

static unsigned int n_failures(void)
{
	return CU_get_number_of_failures();
}

/* a tree that is not spawned yet */
static void prepare(struct play *p, const struct scene *scene)
{
	char name[16];

	*p = (struct play){ .scene = scene };
	tree_prepare(&p->tree, config);
	steps_open(&p->tree);
	write_file(p, "quiet", "0", 0644);
	write_file(p, "book", "", 0666);
	for (int i = 1; i <= JUGGLERS; i++) {
		snprintf(name, sizeof(name), "alone%d", i);
		write_file(p, name, "", 0666);
	}
}

static void begin(struct play *p, const struct scene *scene)
{
	prepare(p, scene);
	tree_spawn(&p->tree);
	CU_ASSERT_FATAL(tree_await_up(&p->tree));
	CU_ASSERT_FATAL(tree_wait_until(&p->tree, all_rest, p));
	p->n_rows = count_rows(p);
}

static void end(struct play *p)
{
	char *log;

	steps_close();
	if (p->spoilt) {
		chronicle_tell(&p->tree, 60);
		log = tree_log_text(&p->tree);
		harness_note("the supervisor said:\n%s", log);
		free(log);
		tree_kill(&p->tree);
		return;
	}
	CU_ASSERT_EQUAL(act(p, "stop", ""), 0);
	CU_ASSERT_EQUAL(tree_wait_end(&p->tree), 0);
	tree_forget(&p->tree);
}

/* until it is at rest, or somebody has been killed */
static bool settles(struct tree *tree, void *data)
{
	const struct play *p = data;

	(void)tree;
	return (p->n_wanted && steps_killed() >= p->n_wanted) ||
	       look(data, false, false);
}

/* the root gives up when one of its own children has no peace */
static void let_top_rest(const struct play *p)
{
	int64_t left_ms = p->top_killed_ms + TOP_PAUSE_MS - story_now_ms();

	if (p->top_killed_ms && left_ms > 0)
		poll(NULL, 0, (int)left_ms);
}

/* whose deaths the root counts */
static bool is_top(const struct step *step)
{
	return !*step->role || *step->role == '/';
}

/* Return: was somebody killed? */
static bool play(struct play *p, const struct step *step)
{
	const struct step *before = *p->scene->before.id ? &p->scene->before :
							   NULL;
	unsigned int failures = n_failures();
	bool killed;

	p->n_wanted = (before ? 1 : 0) + (step ? 1 : 0);
	if (step && is_top(step))
		let_top_rest(p);
	write_file(p, "quiet", "0", 0644);
	steps_arm(&p->tree, before, step);
	steps_watch(true);
	p->scene->act(p);
	CU_ASSERT(tree_wait_until(&p->tree, settles, p));
	steps_watch(false);
	steps_disarm();
	p->n_kills += steps_killed();
	killed = step && steps_killed() > (before ? 1 : 0);
	if (killed && is_top(step))
		p->top_killed_ms = story_now_ms();
	judge(p);
	p->spoilt = n_failures() != failures;
	return killed;
}

/* ---- which steps -------------------------------------------------------- */

/* somebody was killed there; somebody came by */
static bool done[N(roles)][BREAKPOINTS_MAX];
static bool seen[BREAKPOINTS_MAX];

/** struct candidate - a step of a scene; which of all roles and ids it is */
struct candidate {
	struct step step;
	uint32_t role;
	uint32_t id;
};

/* all of the scene that has just been played */
static size_t find_candidates(const struct play *p, struct candidate *all,
			      uint32_t nth_max)
{
	size_t n = 0;
	uint32_t hits;

	for (uint32_t i = 0; i < steps_n(); i++)
		for (uint32_t role = 0; role < N(roles); role++) {
			hits = steps_hits(&p->tree, roles[role], i);
			seen[i] |= hits > 0;
			for (uint32_t nth = 1; nth <= hits && nth <= nth_max;
			     nth++) {
				all[n] = (struct candidate){
					.role = role,
					.id = i,
					.step.nth = nth,
				};
				strcpy(all[n].step.role, roles[role]);
				strcpy(all[n].step.id, steps_id(i));
				n++;
			}
		}
	return n;
}

static void tell_step(const struct play *p, const struct step *step,
		      const char *what)
{
	harness_note("HARNESS_STEPS=\"%s:%s:%u:%s\": %s", p->scene->name,
		     step->role, step->nth, step->id, what);
}

static void try(struct play *p, const struct candidate *c)
{
	int64_t since_ms = story_now_ms();
	char text[64];

	if (p->spoilt || p->n_kills >= KILLS_OF_A_TREE) {
		end(p);
		begin(p, p->scene);
	}
	if (play(p, &c->step))
		done[c->role][c->id] = true;
	snprintf(text, sizeof(text), "%s, %.1f s", p->spoilt ? "not well" :
		 done[c->role][c->id] ? "well" : "not reached",
		 (double)(story_now_ms() - since_ms) / 1000);
	tell_step(p, &c->step, text);
}

static const struct scene *scene_named(const char *name, size_t n_name)
{
	for (size_t i = 0; i < N(scenes); i++)
		if (strlen(scenes[i].name) == n_name &&
		    !strncmp(scenes[i].name, name, n_name))
			return &scenes[i];
	return NULL;
}

/* SCENE:ROLE:NTH:ID */
static void play_one(const char *text)
{
	const char *role = strchr(text, ':'), *nth, *id;
	const struct scene *scene;
	const char *times = getenv("HARNESS_STEPS_TIMES");
	unsigned long n = times ? strtoul(times, NULL, 10) : 1;
	struct candidate c = { .role = 0 };
	struct play p;

	nth = role ? strchr(role + 1, ':') : NULL;
	id = nth ? strchr(nth + 1, ':') : NULL;
	CU_ASSERT_PTR_NOT_NULL_FATAL(id);
	scene = scene_named(text, (size_t)(role - text));
	CU_ASSERT_PTR_NOT_NULL_FATAL(scene);
	snprintf(c.step.role, sizeof(c.step.role), "%.*s",
		 (int)(nth - role - 1), role + 1);
	snprintf(c.step.id, sizeof(c.step.id), "%s", id + 1);
	c.step.nth = (uint32_t)strtoul(nth + 1, NULL, 10);
	begin(&p, scene);
	play(&p, NULL);		/* so that all have come */
	for (unsigned long i = 0; i < n && n_failures() == 0; i++)
		try(&p, &c);
	end(&p);
}

#define REPLAYS 3

enum extent { SAMPLE, ALL, LONG };

static enum extent extent(void)
{
	const char *text = getenv("ACTORPROC_STEPS");
	const char *is_long = getenv("HARNESS_LONG");

	if (!text)
		return is_long && *is_long ? LONG : SAMPLE;
	return !strcmp(text, "long") ? LONG : !strcmp(text, "all") ? ALL :
	       SAMPLE;
}

static struct candidate candidates[CANDIDATES_MAX];

static bool has_failed(void)
{
	return n_failures() >= FAILURES_MAX;
}

/* Return: how many of @candidates it has */
static size_t count(struct play *p, const struct scene *scene, uint32_t nth_max)
{
	begin(p, scene);
	steps_forget();
	play(p, NULL);
	return find_candidates(p, candidates, nth_max);
}

static void play_scene(const struct scene *scene, bool is_long)
{
	struct play p;
	size_t n = count(&p, scene, is_long ? NTH_MAX : 1);

	harness_note("%s: %zu steps", scene->name, n);
	for (size_t i = 0; i < n && !has_failed(); i++)
		if (is_long || !done[candidates[i].role][candidates[i].id])
			try(&p, &candidates[i]);
	end(&p);
}

static void play_some(const struct scene *scene, struct dice *dice)
{
	struct play p;
	size_t n = count(&p, scene, 1);

	for (unsigned int i = 0; i < SOME && n > 0 && !has_failed(); i++)
		try(&p, &candidates[dice_below(dice, (unsigned int)n)]);
	end(&p);
}

/* ---- the beginning and the end of all ------------------------------------ */

static void tell_ill(struct play *p, const char *what)
{
	char *log = tree_log_text(&p->tree);

	chronicle_tell(&p->tree, 60);
	harness_note("%s\n%s", what, log);
	free(log);
}

/* it comes up, or says why it does not, and ends */
static void come_up(struct play *p)
{
	char *log;

	tree_spawn(&p->tree);
	if (tree_await_up(&p->tree)) {
		steps_watch(false);
		judge(p);
		kill(p->tree.pid, SIGTERM);
		CU_ASSERT_EQUAL(tree_wait_end(&p->tree), 0);
		return;
	}
	CU_ASSERT_EQUAL(tree_wait_end(&p->tree), 1);
	log = tree_log_text(&p->tree);
	CU_ASSERT_PTR_NOT_NULL(strstr(log, "the system could not start:"));
	free(log);
}

static void go_down(struct play *p)
{
	struct books books = { .loud = false };
	struct books_sums sums;

	kill(p->tree.pid, SIGTERM);
	CU_ASSERT_EQUAL(tree_wait_end(&p->tree), 0);
	/* what the collector had not read when it had to stop nobody tells */
	read_books(p, &books);
	books_add_up(&books, &sums);
	CU_ASSERT_EQUAL(sums.n_twice, 0);
	CU_ASSERT_EQUAL(sums.n_disordered, 0);
	books_clear(&books);
}

static const struct scene whole = { .name = "whole", .lives_end = true,
				    .kills = true };

/* Return: how many of @candidates there are, when @step is NULL */
static size_t begin_or_end(const struct step *step, bool at_start)
{
	unsigned int failures = n_failures();
	struct play p;
	size_t n = 0;

	prepare(&p, &whole);
	if (!at_start) {
		tree_spawn(&p.tree);
		CU_ASSERT_FATAL(tree_await_up(&p.tree));
		CU_ASSERT_FATAL(tree_wait_until(&p.tree, all_rest, &p));
	}
	steps_arm(&p.tree, NULL, step);
	steps_watch(true);
	if (at_start)
		come_up(&p);
	else
		go_down(&p);
	if (!step)
		n = find_candidates(&p, candidates, 1);
	if (n_failures() != failures)
		tell_ill(&p, "not well");
	if (step)
		harness_note("%s: \"%s\" at \"%s\": %s, %s",
			     at_start ? "begins" : "ends", step->role, step->id,
			     steps_killed() ? "killed" : "not reached",
			     n_failures() == failures ? "well" : "not well");
	steps_close();
	if (p.tree.pid > 0)
		tree_kill(&p.tree);
	else
		tree_forget(&p.tree);
	return n;
}

/* one in so many of the places */
static void play_whole(bool at_start, unsigned int one_in, struct dice *dice)
{
	size_t n = begin_or_end(NULL, at_start);

	for (size_t i = dice_below(dice, one_in); i < n && !has_failed();
	     i += one_in)
		begin_or_end(&candidates[i].step, at_start);
}

static uint64_t draw_seed(void)
{
	const char *text = getenv("ACTORPROC_STEPS_SEED");
	uint64_t seed = 0;

	if (text)
		return strtoull(text, NULL, 0);
	CU_ASSERT_EQUAL(getrandom(&seed, sizeof(seed), 0), sizeof(seed));
	return seed >> 1;
}

static void test_a_supervisor_dies_at_some_step_and_nothing_is_lost(void)
{
	int64_t until_ms = story_now_ms() + SAMPLE_MS;
	const char *one = getenv("HARNESS_STEPS");
	uint64_t seed = draw_seed();
	struct dice dice;

	story_hide_journal();
	if (one) {
		play_one(one);
		return;
	}
	harness_note("ACTORPROC_STEPS_SEED=%#llx", (unsigned long long)seed);
	dice_load(&dice, seed);
	while (story_now_ms() < until_ms && !has_failed())
		play_some(&scenes[dice_below(&dice, N(scenes))], &dice);
}

/* at the end of a life there is mail to be buried, or just then there is none */
static bool needs_mail(const char *place)
{
	return !strncmp(place, "burial: ", strlen("burial: "));
}

static unsigned int n_unseen(bool tells)
{
	unsigned int n = 0;

	for (uint32_t i = 0; i < steps_n(); i++) {
		if (seen[i])
			continue;
		if (tells)
			harness_note("nobody came to: %s", steps_id(i));
		n += !needs_mail(steps_id(i));
	}
	return n;
}

/* nobody dies: who comes first is not the same each time */
static void replay(void)
{
	struct play p;

	for (size_t i = 0; i < N(scenes) && n_unseen(false); i++) {
		count(&p, &scenes[i], 1);
		end(&p);
	}
}

/* what no scene comes by has no test: it gets a scene, or a reason */
static void judge_reach(void)
{
	unsigned int n;

	for (unsigned int i = 0; i < REPLAYS && n_unseen(false); i++)
		replay();
	n = n_unseen(true);
	harness_note("%u of %u places unseen", n, steps_n());
	CU_ASSERT_EQUAL(n, 0);
}

static void test_a_supervisor_dies_at_any_step_and_nothing_is_lost(void)
{
	if (extent() == SAMPLE || getenv("HARNESS_STEPS"))
		HARNESS_SKIP("takes minutes: ACTORPROC_STEPS=all");
	story_hide_journal();
	for (size_t i = 0; i < N(scenes) && !has_failed(); i++)
		play_scene(&scenes[i], extent() == LONG);
	if (!has_failed())
		judge_reach();
}

static void test_a_supervisor_dies_while_all_begins_or_ends(void)
{
	static const unsigned int one_in[] = {
		[SAMPLE] = 60, [ALL] = 15, [LONG] = 1,
	};
	uint64_t seed = draw_seed();
	struct dice dice;

	if (getenv("HARNESS_STEPS"))
		HARNESS_SKIP("one step is asked for");
	story_hide_journal();
	harness_note("ACTORPROC_STEPS_SEED=%#llx", (unsigned long long)seed);
	dice_load(&dice, seed);
	play_whole(true, one_in[extent()], &dice);
	play_whole(false, one_in[extent()], &dice);
}

/* ---- who starts many ---------------------------------------------------- */

#define MANY 40

static uint32_t hits_of(const struct tree *tree, const char *id)
{
	uint32_t i = 0;

	while (i < steps_n() && strcmp(steps_id(i), id))
		i++;
	return steps_hits(tree, "", i);
}

static bool somebody_was_killed(struct tree *tree, void *data)
{
	(void)tree;
	(void)data;
	return steps_killed();
}

/* killed when it hears of the first: so many has it started by then */
static void test_who_starts_many_hears_of_the_first_before_the_last(void)
{
	static const struct step first = {
		"", "ready: noted, nobody told", 1,
	};
	char text[4096] = "system: \"@SYSTEM@\"\nstart_order: parallel\n"
			  "children:\n";
	struct tree tree;
	uint32_t n;

	for (unsigned int i = 0; i < MANY; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "- { name: a%u, " STORY_ACTOR " }\n", i);
	tree_prepare(&tree, text);
	steps_open(&tree);
	tree_spawn(&tree);
	CU_ASSERT(tree_await_up(&tree));
	/* its ids are known by now; it comes up once more */
	steps_arm(&tree, NULL, &first);
	steps_forget();
	steps_watch(true);
	kill(story_pid(&tree, ""), SIGKILL);
	CU_ASSERT(tree_wait_until(&tree, somebody_was_killed, NULL));
	steps_watch(false);
	n = hits_of(&tree, "start: process there, end not watched");
	CU_ASSERT(n > 0 && n < MANY);
	harness_note("%u were started by then", n);
	steps_close();
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_who_starts_many_hears_of_the_first_before_the_last),
	{ .name = "test_a_supervisor_dies_while_all_begins_or_ends",
	  .run = test_a_supervisor_dies_while_all_begins_or_ends,
	  .timeout_s = 3600 },
	HARNESS_TEST(test_a_supervisor_dies_at_some_step_and_nothing_is_lost),
	{ .name = "test_a_supervisor_dies_at_any_step_and_nothing_is_lost",
	  .run = test_a_supervisor_dies_at_any_step_and_nothing_is_lost,
	  .timeout_s = 4 * 3600 },
};
HARNESS_MAIN(tests)
