/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_killer.c - random trees whose processes are killed at random; then the
 * books are audited.
 *
 * ACTORPROC_KILLER_SEED=N begins with the tree of that seed, which the log
 * names; ACTORPROC_KILLER_SECONDS=N goes on for so long, with tree after tree.
 * To find out what it takes for a failure, ACTORPROC_KILLER_WITHOUT lists what
 * is not to be done: actors supervisors system stops freezes references.
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
#include "tests/system/random_tree.h"
#include "tests/system/story.h"
#include "tests/system/victims.h"

#define QUICK_SECONDS 10
#define LONG_SECONDS 120
#define ROUND_MS 8000		/* of killing; the rest of a round is waiting */
#define SYSTEM_PAUSE_MS 4000	/* the root gives up when it has no peace */

/** struct killer - one round */
struct killer {
	struct tree tree;
	struct random_tree plan;
	struct dice dice;
	struct victims victims;
	bool stopped[RANDOM_TREE_ACTORS_MAX];
	bool quiet;
	int64_t system_killed_ms;
	unsigned int n_killed;
	unsigned int n_supervisors_killed;
	unsigned int n_stopped;
};

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

/* by another process than that one */
static bool all_is_up_again(struct tree *tree, void *data)
{
	const pid_t *killed = data;

	return story_pid(tree, "") != *killed && story_pid(tree, "") > 0 &&
	       story_is(tree, "", "state", "running") &&
	       story_is(tree, "t", "state", "running");
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
	/* who fails while it comes up for the first time fails the system */
	CU_ASSERT(tree_wait_until(&k->tree, all_is_up_again, &victim->pid));
	k->system_killed_ms = story_now_ms();
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
	return story_act(&k->tree, verb, k->plan.actors[actor].path);
}

/* it may fail: who is stopped is killed meanwhile */
static void stop_or_start(struct killer *k)
{
	unsigned int actor = dice_below(&k->dice, k->plan.n_actors);

	if (k->plan.actors[actor].heads)
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

static void kill_actor(struct killer *k)
{
	kill_one(k, false);
}

static void kill_supervisor(struct killer *k)
{
	kill_one(k, true);
}

/* of a hundred strikes */
static const struct {
	void (*strike)(struct killer *k);
	unsigned int weight;
	const char *without;
} strikes[] = {
	{ kill_actor,		66, "actors" },
	{ kill_several,		10, "supervisors" },
	{ kill_supervisor,	10, "supervisors" },
	{ freeze,		 6, "freezes" },
	{ stop_or_start,	 5, "stops" },
	{ restart,		 2, "stops" },
	{ kill_system,		 1, "system" },
};

static bool is_wanted(const char *what)
{
	const char *without = getenv("ACTORPROC_KILLER_WITHOUT");

	return !without || !strstr(without, what);
}

static void strike(struct killer *k)
{
	unsigned int chance = dice_below(&k->dice, 100);
	size_t i = 0;

	while (chance >= strikes[i].weight)
		chance -= strikes[i++].weight;
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

static bool has_ended(const struct killer *k)
{
	struct pollfd ended = { .fd = k->tree.pidfd, .events = POLLIN };

	return poll(&ended, 1, 0) > 0;
}

static void kill_for(struct killer *k, int64_t ms)
{
	int64_t deadline_ms = story_now_ms() + ms;

	k->system_killed_ms = story_now_ms();
	while (story_now_ms() < deadline_ms && !has_ended(k)) {
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
	       (path && may_have_ended(k, path));
}

/* all run, and nobody has mail */
static bool all_rest(struct tree *tree, void *data)
{
	const struct killer *k = data;
	json_t *rows = story_json(tree, "-s", tree->system, "tree", NULL), *row;
	bool rest = json_array_size(rows) > 0;
	size_t i;

	json_array_foreach(rows, i, row)
		rest = rest && rests(k, row);
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
		books->ended[i + 1] = k->plan.actors[i].temporary;
}

static bool books_are_closed(struct tree *tree, void *data)
{
	struct books books = { .loud = false };
	struct books_sums sums;
	bool closed;

	(void)tree;
	read_books(data, &books);
	books_add_up(&books, &sums);
	closed = sums.n_missing <= books.n_nameless &&
		 sums.n_unsent == 0 && sums.n_unanswered == 0;
	books_clear(&books);
	return closed;
}

/* who was told that there is no room is told when there is */
static bool nobody_waits(struct tree *tree, void *data)
{
	const struct killer *k = data;
	bool waits = false;
	char *said;

	for (unsigned int i = 0; !waits && i < k->plan.n_actors; i++) {
		if (k->plan.actors[i].temporary)
			continue;
		story_ask(tree, k->plan.actors[i].path, "waits", NULL, &said);
		waits = strncmp(said, "0 waits", 7) != 0;
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
	bool at_rest;

	write_file(k, "quiet", "1", 0644);
	victims_find(&k->victims, &k->tree);
	for (size_t i = 0; i < k->victims.n; i++)
		victim_signal(&k->victims.all[i], SIGCONT);
	victims_release(&k->victims);
	for (unsigned int i = 0; i < k->plan.n_actors; i++)
		if (k->stopped[i])
			act(k, "start", i);
	at_rest = tree_wait_until(&k->tree, all_rest, k);
	if (!at_rest)
		show_restless(k);
	CU_ASSERT(at_rest);
	CU_ASSERT(tree_wait_until(&k->tree, books_are_closed, k));
	CU_ASSERT(tree_wait_until(&k->tree, nobody_waits, k));
}

/* ---- the audit --------------------------------------------------------- */

static void audit(struct killer *k)
{
	struct tree_result result;
	int status = tree_actorctl(&k->tree, &result, "--json", "mailbox",
				   "--audit", NULL);

	if (status == 2)
		harness_note("skipped: this actorctl has no mailbox --audit");
	else if (status != 0)
		harness_note("%s%s", result.out, result.err);
	CU_ASSERT(status == 0 || status == 2);
	tree_result_clear(&result);
}

static void close_books(struct killer *k)
{
	struct books books = { .loud = true };
	struct books_sums sums;

	read_books(k, &books);
	books_add_up(&books, &sums);
	harness_note("seed %#llx: %u actors, %u supervisors; killed %u "
		     "(%u supervisors), stopped %u; sent %zu, handled %zu, "
		     "dead %zu + %lu, without reference %zu", (unsigned long long)k->plan.seed,
		     k->plan.n_actors, k->plan.n_groups, k->n_killed,
		     k->n_supervisors_killed, k->n_stopped,
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
	if (!is_wanted("stops"))
		CU_ASSERT_EQUAL(sums.events[BOOKS_REFUSED], 0);
	books_clear(&books);
}

static void play(uint64_t seed, int64_t ms)
{
	struct killer k = { .n_killed = 0 };
	char *config;

	harness_note("ACTORPROC_KILLER_SEED=%#llx", (unsigned long long)seed);
	random_tree_draw(&k.plan, seed);
	k.plan.keeps_references = !is_wanted("references");
	for (unsigned int i = 0; i < k.plan.n_actors; i++)
		k.plan.actors[i].temporary &= is_wanted("stops");
	dice_load(&k.dice, ~seed);
	config = random_tree_config(&k.plan);
	tree_prepare(&k.tree, config);
	free(config);
	/* who dies while it comes up for the first time fails the system */
	write_file(&k, "quiet", "1", 0644);
	write_file(&k, "book", "", 0666);
	tree_spawn(&k.tree);
	CU_ASSERT_FATAL(tree_await_up(&k.tree));
	write_file(&k, "quiet", "0", 0644);
	kill_for(&k, ms);
	come_to_rest(&k);
	audit(&k);
	if (!has_ended(&k))
		CU_ASSERT_EQUAL(story_act(&k.tree, "stop", ""), 0);
	CU_ASSERT_EQUAL(tree_wait_end(&k.tree), 0);
	close_books(&k);
	tree_forget(&k.tree);
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

static void test_whoever_is_killed_the_books_balance(void)
{
	int64_t end_ms = story_now_ms() + (int64_t)n_seconds() * 1000, left_ms;
	uint64_t seed = first_seed();
	struct dice dice;

	story_hide_journal();
	dice_load(&dice, seed);
	while ((left_ms = end_ms - story_now_ms()) > 0 &&
	       CU_get_number_of_failures() == 0) {
		play(seed, left_ms < ROUND_MS ? left_ms : ROUND_MS);
		seed = dice_seed(&dice) >> 1;
	}
}

int main(void)
{
	const struct harness_test tests[] = {
		{ .name = "test_whoever_is_killed_the_books_balance",
		  .run = test_whoever_is_killed_the_books_balance,
		  .timeout_s = n_seconds() + 180 },
	};

	return harness_main(__FILE__, tests, 1);
}
