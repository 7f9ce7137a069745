/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_killer.c - random trees whose processes are killed at random; then the
 * books are audited.
 *
 * ACTORPROC_KILLER_SEED=N begins with the tree of that seed, which the log
 * names; ACTORPROC_KILLER_SECONDS=N goes on for so long, with tree after tree.
 * ACTORPROC_SOAK_SECONDS=N and ACTORPROC_SOAK_ACTORS=N are of one large tree;
 * then processes, descriptors and the memory of supervisors must be back at their
 * start.
 * ACTORPROC_KILLER_SUPERVISORS=1 kills supervisors four times as often.
 * To find out what it takes for a failure, ACTORPROC_KILLER_WITHOUT lists what
 * is not to be done: actors supervisors system root stops freezes reexecs references
 * revocations pauses spawns.
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
#include <sys/wait.h>
#include <unistd.h>

#include "tests/harness/dice.h"
#include "tests/system/books.h"
#include "tests/system/chronicle.h"
#include "tests/system/manager.h"
#include "tests/system/random_tree.h"
#include "tests/system/story.h"
#include "tests/system/usage.h"
#include "tests/system/victims.h"

#define QUICK_SECONDS 10
#define LONG_SECONDS 7200
#define ROUND_MS 8000		/* of killing; the rest of a round is waiting */
#define SYSTEM_PAUSE_MS 4000	/* the root gives up when it has no peace */
#define PAUSE_MS 50
#define UP_MS 60000		/* again, with all below it */
/* nothing is written: nothing more will come, not even the number of the letters
 * that were too many to be written, which is told after 30 s */
#define STILL_MS 45000
#define REST_MS 120000		/* all the waiting of a round */
#define AUDIT_MS 20000
#define SPARE_S 1800		/* beyond the killing: more than the sum of those */
#define SLOW_MS 3000
#define CHRONICLE_RECORDS 60
#define ASKED_MAX 50
#define SOAK_SECONDS 600
#define SOAK_ACTORS 300
#define SOAK_TICK_US 3000000

/** struct killer - one round */
struct killer {
	struct tree tree;
	struct random_tree plan;
	struct dice dice;
	struct victims victims;
	bool stopped[RANDOM_TREE_ACTORS_MAX];
	bool spawned[RANDOM_TREE_ACTORS_MAX];
	int64_t began_ms;
	int64_t rest_by_ms;
	int64_t system_killed_ms;
	pid_t killed_system;
	unsigned int n_killed;
	unsigned int n_supervisors_killed;
	unsigned int n_roots_killed;
	unsigned int n_stopped;
	unsigned int n_paused;
	unsigned int n_spawned;
	unsigned int n_reexecs;
	pid_t reexec;
	struct usage before;
	char waits[256];	/* who was last seen to */
};

/* ---- for who reads the log of a failure -------------------------------- */

/* that which did not happen in time is the one after the last of these */
static void note_phase(const struct killer *k, const char *what)
{
	harness_note("%6.1f s: %s",
		     (double)(story_now_ms() - k->began_ms) / 1000, what);
	harness_awaits("that: %s", what);
}

static void note_if_slow(const struct killer *k, int64_t since_ms,
			 const char *what, const char *path, int status)
{
	char text[STORY_PATH_BYTES];

	if (story_now_ms() - since_ms < SLOW_MS)
		return;
	snprintf(text, sizeof(text), "%s %.200s took %.1f s, status %d", what,
		 path, (double)(story_now_ms() - since_ms) / 1000, status);
	note_phase(k, text);
}

/* ---- files that the jugglers share ------------------------------------- */

static const char *file_of(const struct killer *k, const char *name,
			   char path[static 256])
{
	snprintf(path, 256, "%s/%s", k->tree.directory, name);
	return path;
}

static void write_file(const struct killer *k, const char *name,
		       const char *text, mode_t mode)
{
	char path[256];
	int fd = open(file_of(k, name, path), O_WRONLY | O_CREAT | O_CLOEXEC,
		      mode);

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(fchmod(fd, mode), 0);
	CU_ASSERT_EQUAL(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

/* ---- waiting ----------------------------------------------------------- */

static bool has_failed(void)
{
	return CU_get_number_of_failures() > 0;
}

static bool has_ended(const struct killer *k, int wait_ms)
{
	struct pollfd ended = { .fd = k->tree.pidfd, .events = POLLIN };

	return poll(&ended, 1, wait_ms) > 0;
}

static off_t n_bytes_of(const struct killer *k, const char *name)
{
	char path[256];
	struct stat st;

	return stat(file_of(k, name, path), &st) < 0 ? 0 : st.st_size;
}

/* what is handled or dies is written */
static off_t n_written(const struct killer *k)
{
	char name[128];

	snprintf(name, sizeof(name), "state/%s/dead-letters.jsonl",
		 k->tree.system);
	return n_bytes_of(k, "book") + n_bytes_of(k, name);
}

/*
 * As long as anything moves it may only be slow: a message whose reference was
 * lost with a supervisor keeps those behind it waiting for two seconds, and the
 * machine may be busy. What fails says what it waited for.
 */
static bool await(struct killer *k, bool (*holds)(struct killer *k),
		  const char *what, int64_t by_ms)
{
	int64_t moved_ms = story_now_ms(), now_ms;
	off_t written = -1, before;
	bool ended;

	note_phase(k, what);
	do {
		ended = has_ended(k, 0);
		before = written;
		written = n_written(k);
		now_ms = story_now_ms();
		if (written != before)
			moved_ms = now_ms;
		if (holds(k))
			return true;
	} while (!ended && now_ms < by_ms && now_ms - moved_ms < STILL_MS &&
		 (has_ended(k, PAUSE_MS), true));
	note_phase(k, ended ? "waits in vain: the system has ended" :
		   now_ms < by_ms ? "waits in vain: nothing moves" :
		   "waits in vain: it takes too long");
	return false;
}

/* ---- killing ----------------------------------------------------------- */

static bool is_supervisor(const struct victim *victim)
{
	return !*victim->path;
}

/* one of the jugglers, or of the supervisors between them and the system's */
static struct victim *draw_victim(struct killer *k, bool supervisor)
{
	struct victim *fit[VICTIMS_MAX];
	unsigned int n = 0;

	for (size_t i = 0; i < k->victims.n; i++) {
		struct victim *victim = &k->victims.all[i];

		if (victim->depth > 1 && is_supervisor(victim) == supervisor &&
		    !strstr(victim->path, "/collector"))
			fit[n++] = victim;
	}
	return n ? fit[dice_below(&k->dice, n)] : NULL;
}

static void kill_one(struct killer *k, bool supervisor)
{
	struct victim *victim = draw_victim(k, supervisor);

	if (!victim || !victim_signal(victim, SIGKILL))
		return;
	k->n_killed++;
	k->n_supervisors_killed += supervisor;
}

static void kill_several(struct killer *k)
{
	for (unsigned int n = 2 + dice_below(&k->dice, 4); n > 0; n--)
		kill_one(k, dice_once_in(&k->dice, 6));
}

static struct victim *system_supervisor(struct killer *k)
{
	for (size_t i = 0; i < k->victims.n; i++)
		if (strstr(k->victims.all[i].path, "/collector") && i > 0 &&
		    k->victims.all[i].depth == 2)
			while (i-- > 0)
				if (k->victims.all[i].depth == 1)
					return &k->victims.all[i];
	return NULL;
}

/* by another process than the one that was killed */
static bool all_is_up_again(struct killer *k)
{
	pid_t pid = story_pid(&k->tree, "");

	return pid > 0 && pid != k->killed_system &&
	       story_is(&k->tree, "", "state", "running") &&
	       story_is(&k->tree, "t", "state", "running");
}

static void kill_system(struct killer *k)
{
	struct victim *victim;

	if (story_now_ms() - k->system_killed_ms < SYSTEM_PAUSE_MS)
		return;
	victim = system_supervisor(k);
	if (!victim || !victim_signal(victim, SIGKILL))
		return;
	k->n_killed++;
	k->n_supervisors_killed++;
	k->killed_system = victim->pid;
	/* who crashes on and on holds up those who wait for it to read: half of
	 * them would never be up together */
	write_file(k, "quiet", "1", 0644);
	/* who fails while it comes up for the first time fails the system */
	CU_ASSERT(await(k, all_is_up_again, "waits for all to be up again",
			story_now_ms() + UP_MS));
	write_file(k, "quiet", "0", 0644);
	k->system_killed_ms = story_now_ms();
	note_phase(k, "goes on to kill");
}

/* whoever keeps its descriptors starts it again; now and then it dies once more
 * while it takes them back */
static void kill_root(struct killer *k)
{
	if (!k->tree.manager ||
	    story_now_ms() - k->system_killed_ms < SYSTEM_PAUSE_MS / 4)
		return;
	k->killed_system = story_pid(&k->tree, "");
	write_file(k, "quiet", "1", 0644);
	do {
		CU_ASSERT(manager_say(&k->tree, "kill", 0));
		k->n_roots_killed++;
		poll(NULL, 0, (int)dice_below(&k->dice, 400));
	} while (dice_once_in(&k->dice, 3));
	CU_ASSERT(await(k, all_is_up_again, "waits for the next root",
			story_now_ms() + UP_MS));
	write_file(k, "quiet", "0", 0644);
	k->system_killed_ms = story_now_ms();
	note_phase(k, "goes on to kill");
}

/* mail piles up before it, then it goes on or dies */
static void freeze(struct killer *k)
{
	struct victim *victim = draw_victim(k, false);

	if (!victim || !victim_signal(victim, SIGSTOP))
		return;
	poll(NULL, 0, (int)dice_below(&k->dice, 200));
	if (dice_once_in(&k->dice, 2))
		kill_one(k, false);
	if (dice_once_in(&k->dice, 2))
		victim_signal(victim, SIGKILL);
	victim_signal(victim, SIGCONT);
}

static int act(struct killer *k, const char *verb, unsigned int actor)
{
	const char *path = k->plan.actors[actor].path;
	int64_t since_ms = story_now_ms();
	int status = story_act(&k->tree, verb, path);

	note_if_slow(k, since_ms, verb, path, status);
	return status;
}

/* it may fail: who is stopped is killed meanwhile */
static void stop_or_start(struct killer *k)
{
	unsigned int actor = dice_below(&k->dice, k->plan.n_actors);

	if (k->plan.actors[actor].heads || k->plan.actors[actor].spawned)
		return;
	act(k, k->stopped[actor] ? "start" : "stop", actor);
	k->stopped[actor] = !k->stopped[actor];
	k->n_stopped += k->stopped[actor];
}

static void restart(struct killer *k)
{
	act(k, dice_once_in(&k->dice, 2) ? "restart" : "kill",
	    dice_below(&k->dice, k->plan.n_actors));
}

/* mail piles up; what becomes of its process meanwhile is paused as well */
static void pause_one(struct killer *k)
{
	unsigned int actor = dice_below(&k->dice, k->plan.n_actors);

	k->n_paused += act(k, "pause", actor) == 0;
	poll(NULL, 0, (int)dice_below(&k->dice, 100));
	if (dice_once_in(&k->dice, 2))
		kill_one(k, dice_once_in(&k->dice, 3));
	if (dice_once_in(&k->dice, 4))
		act(k, "restart", actor);
	if (dice_once_in(&k->dice, 8))
		return;		/* until all come to rest */
	act(k, "unpause", actor);
}

static int spawn(struct killer *k, unsigned int actor)
{
	const struct random_actor *a = &k->plan.actors[actor];
	char full[STORY_PATH_BYTES], template_name[16], name[16];

	snprintf(template_name, sizeof(template_name), "s%u", actor + 1);
	snprintf(name, sizeof(name), "j%u", actor + 1);
	return tree_actorctl(&k->tree, NULL, "-s", k->tree.system, "spawn",
			     story_path(&k->tree, k->plan.groups[a->group].path,
					full), template_name, name, NULL);
}

static void spawn_or_stop(struct killer *k)
{
	unsigned int actor, tries = 20;

	do
		actor = dice_below(&k->dice, k->plan.n_actors);
	while (!k->plan.actors[actor].spawned && tries-- > 0);
	if (!k->plan.actors[actor].spawned)
		return;
	if (k->spawned[actor])
		act(k, "stop", actor);
	else
		k->n_spawned += spawn(k, actor) == 0;
	k->spawned[actor] = !k->spawned[actor];
}

static void kill_actor(struct killer *k)
{
	kill_one(k, false);
}

static void kill_supervisor(struct killer *k)
{
	kill_one(k, true);
}

static void await_reexec(struct killer *k)
{
	int status;

	if (k->reexec > 0 && waitpid(k->reexec, &status, 0) == k->reexec)
		k->n_reexecs += status == 0;
	k->reexec = 0;
}

/* the others are killed meanwhile; who is just restarting somebody stays */
static void reexec(struct killer *k)
{
	await_reexec(k);
	k->reexec = fork();
	if (k->reexec == 0)
		_exit(tree_actorctl(&k->tree, NULL, "reexec", NULL));
}

/* how often among all; @heavy: when supervisors are what it is about */
static const struct {
	void (*strike)(struct killer *k);
	unsigned int weight;
	unsigned int heavy;
	const char *without;
} strikes[] = {
	{ kill_actor,		53, 20, "actors" },
	{ kill_several,		10, 10, "supervisors" },
	{ kill_supervisor,	10, 41, "supervisors" },
	{ freeze,		 6,  6, "freezes" },
	{ pause_one,		 4,  4, "pauses" },
	{ spawn_or_stop,	 6,  6, "spawns" },
	{ stop_or_start,	 5,  5, "stops" },
	{ restart,		 2,  2, "stops" },
	{ reexec,		 3,  2, "reexecs" },
	{ kill_system,		 1,  1, "system" },
	{ kill_root,		 3,  3, "root" },
};

static bool is_wanted(const char *what)
{
	const char *without = getenv("ACTORPROC_KILLER_WITHOUT");

	return !without || !strstr(without, what);
}

static unsigned int weight_of(size_t i)
{
	return getenv("ACTORPROC_KILLER_SUPERVISORS") ? strikes[i].heavy :
							strikes[i].weight;
}

static unsigned int weight_of_all(void)
{
	unsigned int sum = 0;

	for (size_t i = 0; i < sizeof(strikes) / sizeof(strikes[0]); i++)
		sum += weight_of(i);
	return sum;
}

static void strike(struct killer *k)
{
	unsigned int chance = dice_below(&k->dice, weight_of_all());
	size_t i = 0;

	while (chance >= weight_of(i))
		chance -= weight_of(i++);
	if (!is_wanted(strikes[i].without))
		return;
	victims_find(&k->victims, &k->tree);
	strikes[i].strike(k);
	victims_release(&k->victims);
}

static int draw_pause_ms(struct killer *k)
{
	if (dice_once_in(&k->dice, 10))
		return (int)dice_below(&k->dice, 400);
	return (int)dice_below(&k->dice, 60);
}

static void kill_for(struct killer *k, int64_t ms)
{
	int64_t deadline_ms = story_now_ms() + ms;

	k->system_killed_ms = story_now_ms();
	while (story_now_ms() < deadline_ms && !has_ended(k, 0) &&
	       !has_failed()) {
		strike(k);
		poll(NULL, 0, draw_pause_ms(k));
	}
}

/* ---- rest -------------------------------------------------------------- */

static bool may_have_ended(const struct killer *k, const char *path)
{
	char full[STORY_PATH_BYTES];

	for (unsigned int i = 0; i < k->plan.n_actors; i++)
		if (k->plan.actors[i].temporary &&
		    !strcmp(path, story_path(&k->tree, k->plan.actors[i].path,
					     full)))
			return true;
	return false;
}

static bool rests(const struct killer *k, const json_t *row)
{
	const char *path = json_string_value(json_object_get(row, "path"));

	if (json_integer_value(json_object_get(row, "mailbox")) != 0)
		return false;
	return story_record(row, "state", "running") ||
	       story_record(row, "state", "idle") ||
	       (path && may_have_ended(k, path));
}

static bool is_to_be_started(const struct killer *k, unsigned int actor,
			     const json_t *row)
{
	const char *path = json_string_value(json_object_get(row, "path"));
	char full[STORY_PATH_BYTES];

	if (!path || k->plan.actors[actor].temporary ||
	    !story_record(row, "state", "stopped"))
		return false;
	return !strcmp(path, story_path(&k->tree, k->plan.actors[actor].path,
					full));
}

/* a verb that met a supervisor between two lives has done nothing, and a life
 * that is just ending does not let another begin: they say "try again" */
static void start_again(struct killer *k, const json_t *row)
{
	const char *path = json_string_value(json_object_get(row, "path"));

	if (path && story_record(row, "state", "paused"))
		story_act(&k->tree, "unpause", path);
	for (unsigned int i = 0; i < k->plan.n_actors; i++)
		if (is_to_be_started(k, i, row))
			act(k, "start", i);
}

static bool is_spawned(const struct killer *k, const json_t *row)
{
	const char *path = json_string_value(json_object_get(row, "path"));
	char full[STORY_PATH_BYTES];

	for (unsigned int i = 0; path && i < k->plan.n_actors; i++)
		if (k->plan.actors[i].spawned &&
		    !strcmp(path, story_path(&k->tree, k->plan.actors[i].path,
					     full)))
			return true;
	return false;
}

/* who was spawned is to go, whoever was killed when it was told to */
static void stop_again(struct killer *k, const json_t *row)
{
	if (is_spawned(k, row))
		story_act(&k->tree, "stop",
			  json_string_value(json_object_get(row, "path")));
}

/* all run, and nobody has mail */
static bool all_rest(struct killer *k)
{
	json_t *rows = story_json(&k->tree, "-s", k->tree.system, "tree",
				  NULL), *row;
	bool rest = json_array_size(rows) > 0;
	size_t i;

	json_array_foreach(rows, i, row) {
		rest = rest && rests(k, row) && !is_spawned(k, row);
		start_again(k, row);
		stop_again(k, row);
	}
	json_decref(rows);
	return rest;
}

static void read_books(const struct killer *k, struct books *books)
{
	char book[256], letters[256], name[128];

	snprintf(name, sizeof(name), "state/%s/dead-letters.jsonl",
		 k->tree.system);
	books_read(books, file_of(k, "book", book), file_of(k, name, letters));
	for (unsigned int i = 0; i < k->plan.n_actors; i++)
		books->ended[i + 1] = k->plan.actors[i].temporary ||
				      k->plan.actors[i].spawned;
}

static bool books_are_closed(struct killer *k)
{
	struct books books = { .loud = false };
	struct books_sums sums;
	bool closed;

	read_books(k, &books);
	books_add_up(&books, &sums);
	closed = sums.n_missing <= books.n_nameless &&
		 sums.n_unsent == 0 && sums.n_unanswered == 0;
	books_clear(&books);
	return closed;
}

/* who was told that there is no room is told when there is. Each that is asked
 * costs the root an edge, of which it has not so many: some of a large tree */
static bool nobody_waits(struct killer *k)
{
	unsigned int step = k->plan.n_actors / ASKED_MAX + 1;
	bool waits = false;
	char *said;

	for (unsigned int i = 0; !waits && i < k->plan.n_actors; i += step) {
		if (k->plan.actors[i].temporary || k->plan.actors[i].spawned)
			continue;
		story_ask(&k->tree, k->plan.actors[i].path, "waits", NULL,
			  &said);
		waits = strncmp(said, "0 waits", 7) != 0;
		if (waits)
			snprintf(k->waits, sizeof(k->waits), "%s: %.100s",
				 k->plan.actors[i].path, said);
		free(said);
	}
	return !waits;
}

/* for who reads the log: what it was that did not come to rest */
static void show_restless(struct killer *k)
{
	json_t *rows = story_json(&k->tree, "-s", k->tree.system, "tree",
				  NULL), *row;
	char *text;
	size_t i;

	json_array_foreach(rows, i, row) {
		if (rests(k, row))
			continue;
		text = json_dumps(row, 0);
		harness_note("%s", text);
		free(text);
	}
	json_decref(rows);
}

static void come_to_rest(struct killer *k)
{
	const struct {
		bool (*holds)(struct killer *k);
		const char *what;
	} waits[] = {
		{ all_rest, "comes to rest" },
		{ books_are_closed, "closes the books" },
		{ nobody_waits, "waits for nobody" },
	};

	write_file(k, "quiet", "1", 0644);
	victims_find(&k->victims, &k->tree);
	for (size_t i = 0; i < k->victims.n; i++)
		victim_signal(&k->victims.all[i], SIGCONT);
	victims_release(&k->victims);
	k->rest_by_ms = story_now_ms() + REST_MS;
	for (unsigned int i = 0; i < k->plan.n_actors; i++)
		if (k->stopped[i])
			act(k, "start", i);
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		if (await(k, waits[i].holds, waits[i].what, k->rest_by_ms))
			continue;
		CU_FAIL("it does not come to rest");
		show_restless(k);
		harness_note("who waited last: %s", k->waits);
		return;
	}
}

/* ---- the audit --------------------------------------------------------- */

/* only what does not add up: a whole one is thousands of lines */
static void show_audit(const struct tree_result *result)
{
	json_t *audit = json_loads(result->out, 0, NULL), *edge;
	char *text;
	size_t i;

	harness_note("the audit is off: %s", result->err);
	json_array_foreach(json_object_get(audit, "edges"), i, edge) {
		if (json_integer_value(json_object_get(edge, "difference")) ==
			    0 &&
		    json_integer_value(json_object_get(edge, "lost")) == 0 &&
		    !json_is_true(json_object_get(edge, "moving")))
			continue;
		text = json_dumps(edge, JSON_COMPACT);
		harness_note("%s", text);
		free(text);
	}
	json_object_del(audit, "edges");
	text = json_dumps(audit, JSON_COMPACT);
	harness_note("%s", text ? text : result->out);
	free(text);
	json_decref(audit);
}

/* who is slow to answer is not off */
static bool is_incomplete(const struct tree_result *result)
{
	json_t *audit = json_loads(result->out, 0, NULL);
	bool incomplete = json_is_true(json_object_get(audit, "incomplete"));

	json_decref(audit);
	return incomplete;
}

static void audit(struct killer *k)
{
	int64_t by_ms = story_now_ms() + AUDIT_MS;
	struct tree_result result = { .status = -1 };
	int status;

	do {
		tree_result_clear(&result);
		status = tree_actorctl(&k->tree, &result, "--json", "mailbox",
				       "--audit", NULL);
	} while (status != 0 && is_incomplete(&result) &&
		 story_now_ms() < by_ms);
	if (status != 0)
		show_audit(&result);
	CU_ASSERT_EQUAL(status, 0);
	tree_result_clear(&result);
}

static void close_books(struct killer *k)
{
	struct books books = { .loud = true };
	struct books_sums sums;

	read_books(k, &books);
	books_add_up(&books, &sums);
	harness_note("seed %#llx: %u actors, %u supervisors; killed %u "
		     "(%u supervisors), %u roots, stopped %u, paused %u, spawned %u, "
		     "replaced %u times; sent %zu, handled %zu, "
		     "dead %zu + %lu, without reference %zu", (unsigned long long)k->plan.seed,
		     k->plan.n_actors, k->plan.n_groups, k->n_killed,
		     k->n_supervisors_killed, k->n_roots_killed, k->n_stopped, k->n_paused,
		     k->n_spawned, k->n_reexecs,
		     sums.events[BOOKS_SENT], sums.events[BOOKS_HANDLED],
		     sums.events[BOOKS_DEAD], books.n_nameless,
		     sums.events[BOOKS_REFUSED]);
	if (!books_balance(&books, &sums))
		harness_note("%zu missing, %zu twice, %zu unsent, "
			     "%zu disordered, %zu unanswered, %zu odd",
			     sums.n_missing, sums.n_twice, sums.n_unsent,
			     sums.n_disordered, sums.n_unanswered,
			     books.n_odd);
	CU_ASSERT(books_balance(&books, &sums));
	if (!is_wanted("stops") && !is_wanted("revocations"))
		CU_ASSERT_EQUAL(sums.events[BOOKS_REFUSED], 0);
	books_clear(&books);
}

/* its books are closed in any case: they tell more of a failure */
static void end_round(struct killer *k)
{
	char *log;

	note_phase(k, "stops");
	if (!has_ended(k, 0))
		CU_ASSERT_EQUAL(story_act(&k->tree, "stop", ""), 0);
	if (!has_ended(k, TREE_DEADLINE_MS))
		kill(k->tree.pid, SIGKILL);
	CU_ASSERT_EQUAL(tree_wait_end(&k->tree), 0);
	close_books(k);
	if (has_failed()) {
		chronicle_tell(&k->tree, CHRONICLE_RECORDS);
		log = tree_log_text(&k->tree);
		harness_note("the supervisor said:\n%s", log);
		free(log);
	}
	tree_forget(&k->tree);
}

/* what the supervisor said has been told by who waited */
static void give_up_start(struct killer *k)
{
	CU_FAIL("the tree does not come up");
	chronicle_tell(&k->tree, CHRONICLE_RECORDS);
	tree_kill(&k->tree);
}

/* Return: false: it does not come up */
static bool begin_round(struct killer *k, bool managed)
{
	char *config = random_tree_config(&k->plan);

	harness_note("ACTORPROC_KILLER_SEED=%#llx",
		     (unsigned long long)k->plan.seed);
	k->began_ms = story_now_ms();
	dice_load(&k->dice, ~k->plan.seed);
	tree_prepare(&k->tree, config);
	free(config);
	/* who dies while it comes up for the first time fails the system */
	write_file(k, "quiet", "1", 0644);
	write_file(k, "book", "", 0666);
	if (managed)
		manager_spawn(&k->tree);
	else
		tree_spawn(&k->tree);
	if (tree_await_up(&k->tree))
		return true;
	give_up_start(k);
	return false;
}

static void kill_and_rest(struct killer *k, int64_t ms)
{
	write_file(k, "quiet", "0", 0644);
	note_phase(k, "kills");
	kill_for(k, ms);
	await_reexec(k);
	if (!has_failed())
		come_to_rest(k);
}

static void play(uint64_t seed, int64_t ms, bool managed)
{
	struct killer k = { .began_ms = 0 };

	random_tree_draw(&k.plan, seed);
	k.plan.keeps_references = !is_wanted("references");
	k.plan.takes_nothing_back = !is_wanted("revocations");
	for (unsigned int i = 0; i < k.plan.n_actors; i++)
		k.plan.actors[i].temporary &= is_wanted("stops");
	if (!begin_round(&k, managed))
		return;
	kill_and_rest(&k, ms);
	if (!has_failed())
		audit(&k);
	end_round(&k);
}

/* ---- rounds ------------------------------------------------------------ */

static uint64_t first_seed(void)
{
	const char *text = getenv("ACTORPROC_KILLER_SEED");
	uint64_t seed = 0;

	if (text)
		return strtoull(text, NULL, 0);
	CU_ASSERT_EQUAL(getrandom(&seed, sizeof(seed), 0), sizeof(seed));
	return seed >> 1;
}

static unsigned int n_seconds(void)
{
	const char *text = getenv("ACTORPROC_KILLER_SECONDS");
	const char *is_long = getenv("HARNESS_LONG");

	if (text)
		return (unsigned int)strtoul(text, NULL, 10);
	return is_long && *is_long ? LONG_SECONDS : QUICK_SECONDS;
}

/* ---- for long, in a large tree ----------------------------------------- */

static unsigned int number_of(const char *variable, unsigned int fallback)
{
	const char *text = getenv(variable);

	return text ? (unsigned int)strtoul(text, NULL, 10) : fallback;
}

static bool is_lazy(const struct killer *k, const json_t *row)
{
	const char *path = json_string_value(json_object_get(row, "path"));
	char full[STORY_PATH_BYTES];

	for (unsigned int i = 0; path && i < k->plan.n_actors; i++)
		if (k->plan.actors[i].lazy &&
		    !strcmp(path, story_path(&k->tree, k->plan.actors[i].path,
					     full)))
			return true;
	return false;
}

/* who has nothing to do */
static bool lazy_ones_have_gone(struct killer *k)
{
	json_t *rows = story_json(&k->tree, "-s", k->tree.system, "tree",
				  NULL), *row;
	bool gone = json_array_size(rows) > 0;
	size_t i;

	json_array_foreach(rows, i, row)
		gone &= story_record(row, "state", "idle") || !is_lazy(k, row);
	json_decref(rows);
	return gone;
}

/* what has ended is let go of */
static bool is_back(struct killer *k)
{
	struct usage now;
	size_t n_lazy = 0;

	for (unsigned int i = 0; i < k->plan.n_actors; i++)
		n_lazy += k->plan.actors[i].lazy;
	usage_take(&now, &k->tree);
	return usage_is_back(&now, &k->before, n_lazy);
}

static bool all_began_anew(struct killer *k)
{
	return tree_actorctl(&k->tree, NULL, "reexec", NULL) == 0;
}

/* at rest, by supervisors that have just begun: see usage_memory_is_back() */
static void take_usage(struct killer *k, struct usage *ret, const char *when)
{
	await(k, lazy_ones_have_gone, "waits for who has nothing to do",
	      story_now_ms() + REST_MS);
	usage_take(ret, &k->tree);
	usage_tell(ret, when);
	if (has_failed())
		return;
	CU_ASSERT(await(k, all_began_anew, "waits for all to begin anew",
			story_now_ms() + REST_MS));
	usage_take(ret, &k->tree);
	usage_tell(ret, "begun anew");
}

static void end_soak(struct killer *k)
{
	struct usage after;

	if (!has_failed())
		audit(k);
	take_usage(k, &after, "after it");
	if (!has_failed()) {
		CU_ASSERT(await(k, is_back, "uses no more than before",
				story_now_ms() + REST_MS));
		CU_ASSERT(usage_memory_is_back(&after, &k->before));
	}
	end_round(k);
}

/* what fills up and stays full has done so after a tenth of the time */
static void test_a_large_tree_survives_for_long_and_leaves_nothing(void)
{
	int64_t ms = (int64_t)number_of("ACTORPROC_SOAK_SECONDS",
					SOAK_SECONDS) * 1000;
	struct killer *k = calloc(1, sizeof(*k));

	if (!getenv("ACTORPROC_SOAK_SECONDS"))
		harness_only_long();
	story_hide_journal();
	random_tree_draw_large(&k->plan, first_seed(),
			       number_of("ACTORPROC_SOAK_ACTORS",
					 SOAK_ACTORS));
	k->plan.keeps_references = true;
	k->plan.tick_us = SOAK_TICK_US;
	if (begin_round(k, false)) {
		kill_and_rest(k, ms / 10);
		take_usage(k, &k->before, "before it");
		if (!has_failed())
			kill_and_rest(k, ms - ms / 10);
		end_soak(k);
	}
	free(k);
}

static void play_on(bool managed)
{
	int64_t end_ms = story_now_ms() + (int64_t)n_seconds() * 1000, left_ms;
	uint64_t seed = first_seed();
	struct dice dice;

	story_hide_journal();
	dice_load(&dice, seed);
	while ((left_ms = end_ms - story_now_ms()) > 0 &&
	       !has_failed()) {
		play(seed, left_ms < ROUND_MS ? left_ms : ROUND_MS, managed);
		seed = dice_seed(&dice) >> 1;
	}
}

static void test_whoever_is_killed_the_books_balance(void)
{
	play_on(false);
}

static void test_the_root_is_killed_too_and_the_books_balance(void)
{
	play_on(true);
}

int main(void)
{
	const struct harness_test tests[] = {
		{ .name = "test_whoever_is_killed_the_books_balance",
		  .run = test_whoever_is_killed_the_books_balance,
		  .timeout_s = n_seconds() + SPARE_S },
		{ .name = "test_the_root_is_killed_too_and_the_books_balance",
		  .run = test_the_root_is_killed_too_and_the_books_balance,
		  .timeout_s = n_seconds() + SPARE_S },
		{ .name = "test_a_large_tree_survives_for_long_and_leaves_nothing",
		  .run = test_a_large_tree_survives_for_long_and_leaves_nothing,
		  .timeout_s = number_of("ACTORPROC_SOAK_SECONDS",
					 SOAK_SECONDS) + SPARE_S },
	};

	return harness_main(__FILE__, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
