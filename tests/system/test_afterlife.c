/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_afterlife.c - what was accepted is handled or a dead letter, one of them
 * and once, while lives end under senders that keep sending, and while those who
 * see to it are killed.
 *
 * Everything is counted where nobody is killed: what was accepted by the
 * senders, what was handled by an actor to whom the target passes it on in the
 * same turn, and dead letters in /system/dead-letters.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <systemd/sd-bus.h>

#include "tests/system/chronicle.h"
#include "tests/system/story.h"

#define N_SENDERS 4
#define N_KILLS 20
#define N_TARGETS 6
#define CHRONICLE_RECORDS 30

/* who ends has half of its time for letters: there are thousands, and the machine
 * may be slow. Nobody waits for it */
#define LONG_TIME "shutdown_timeout: 4min"
#define LONG_STOP "stop_timeout: 1min"
#define LONGER_STOP "stop_timeout: 2min"

static const char tree_text[] =
	"system: \"@SYSTEM@\"\nintensity: 1000 in 1s\n" LONG_TIME "\nchildren:\n"
	"  - { name: sum, mailbox: { bytes: 1M }, " STORY_ACTOR " }\n"
	"  - name: g\n"
	"    " LONGER_STOP "\n"
	"    intensity: 1000 in 1s\n"
	"    children:\n"
	"      - name: h\n"
	"        " LONGER_STOP "\n"
	"        intensity: 1000 in 1s\n"
	"        children:\n"
	/* a full mailbox is a failure of the message, and only of that */
	"          - { name: t, refs: [/@SYSTEM@/sum], " LONG_STOP ", " STORY_ACTOR ",\n"
	"              directives: { \"reported:EAGAIN\": resume },\n"
	"              args: [--pass, /@SYSTEM@/sum] }\n"
	"  - { name: s0, refs: [/@SYSTEM@/g/h/t], " STORY_ACTOR " }\n"
	"  - { name: s1, refs: [/@SYSTEM@/g/h/t], " STORY_ACTOR " }\n"
	"  - { name: s2, refs: [/@SYSTEM@/g/h/t], " STORY_ACTOR " }\n"
	"  - { name: s3, refs: [/@SYSTEM@/g/h/t], " STORY_ACTOR " }\n";

static const char dripping[] =
	"system: \"@SYSTEM@\"\nchildren:\n"
	"  - { name: a, refs: [c], " STORY_ACTOR " }\n"
	"  - { name: c, instances: 6, " STORY_ACTOR " }\n";

static const char *sender(int i)
{
	static const char *const names[N_SENDERS] = { "s0", "s1", "s2", "s3" };

	return names[i];
}

/** struct account - what the law speaks of */
struct account {
	unsigned long accepted;
	unsigned long asked;
	unsigned long answered;
	unsigned long replied;
	unsigned long passed;
	unsigned long dead;
	unsigned long shut;
};

/* ---- counting ----------------------------------------------------------- */

static unsigned long number_behind(const char *text, const char *name)
{
	const char *at = text ? strstr(text, name) : NULL;

	return at ? strtoul(at + strlen(name), NULL, 10) : 0;
}

/* only the interface has them; actorctl has no word for it */
static char *letter_counters(const struct tree *tree)
{
	sd_bus_message *answer = NULL;
	const char *json = NULL;
	char address[256], *text;
	sd_bus *bus = NULL;

	snprintf(address, sizeof(address), "unix:path=%s/run/%s/control",
		 tree->directory, tree->system);
	CU_ASSERT_FATAL(sd_bus_new(&bus) >= 0);
	CU_ASSERT(sd_bus_set_address(bus, address) >= 0);
	CU_ASSERT(sd_bus_start(bus) >= 0);
	if (sd_bus_call_method(bus, NULL, "/org/actorproc",
			       "org.actorproc.Control1", "Counters", NULL,
			       &answer, "") >= 0)
		sd_bus_message_read(answer, "s", &json);
	text = strdup(json ? json : "");
	sd_bus_message_unref(answer);
	sd_bus_close_unref(bus);
	return text;
}

static void count_sender(struct tree *tree, const char *name,
			 struct account *sum)
{
	unsigned long n[4] = { 0, 0, 0, 0 };
	char *said = NULL;

	story_ask(tree, name, "pressed", NULL, &said);
	if (said)
		sscanf(said, "%lu %lu %lu %lu", &n[0], &n[1], &n[2], &n[3]);
	free(said);
	sum->accepted += n[0];
	sum->asked += n[1];
	sum->answered += n[2];
	sum->replied += n[3];
}

static void count_all(struct tree *tree, struct account *sum)
{
	char *said = NULL;

	*sum = (struct account){ 0 };
	for (int i = 0; i < N_SENDERS; i++)
		count_sender(tree, sender(i), sum);
	story_ask(tree, "sum", "counted", NULL, &said);
	if (said)
		sum->passed = strtoul(said, NULL, 10);
	free(said);
	said = letter_counters(tree);
	sum->dead = number_behind(said, "\"total\":");
	free(said);
}

static bool adds_up(struct tree *tree, void *data)
{
	struct account *sum = data;

	count_all(tree, sum);
	return sum->accepted == sum->passed + sum->replied + sum->dead &&
	       sum->asked == sum->answered;
}

static void check_law(struct tree *tree)
{
	struct account sum = { 0 };

	harness_awaits("all that was accepted");
	if (!tree_wait_until(tree, adds_up, &sum)) {
		CU_FAIL("it does not add up");
		chronicle_tell(tree, CHRONICLE_RECORDS);
	}
	/* and nothing comes behind it */
	CU_ASSERT(adds_up(tree, &sum));
	harness_note("accepted %lu = passed on %lu + replied %lu + dead %lu; "
		     "asked %lu, answered %lu", sum.accepted, sum.passed,
		     sum.replied, sum.dead, sum.asked, sum.answered);
	CU_ASSERT(sum.passed > 0);
	CU_ASSERT(sum.dead > 0);
}

/* ---- doing -------------------------------------------------------------- */

static void press(struct tree *tree)
{
	char target[STORY_PATH_BYTES];

	story_path(tree, "g/h/t", target);
	for (int i = 0; i < N_SENDERS; i++)
		story_tell(tree, sender(i), "press", target);
}

/* what has been accepted by then is all of it */
static void relax(struct tree *tree)
{
	for (int i = 0; i < N_SENDERS; i++)
		CU_ASSERT_EQUAL(story_tell_wait(tree, sender(i), "relax", NULL),
				0);
}

static bool is_counting(struct tree *tree, void *unused)
{
	char *said = NULL;
	bool counts = story_ask(tree, "sum", "counted", NULL, &said) == 0 &&
		      strtoul(said, NULL, 10) > 0;

	(void)unused;
	free(said);
	return counts;
}

/* they press, and something of that has come through */
static void press_and_await(struct tree *tree)
{
	press(tree);
	harness_awaits("something that is passed on");
	CU_ASSERT(tree_wait_until(tree, is_counting, NULL));
}

static void start_pressing(struct tree *tree)
{
	tree_start(tree, tree_text);
	press_and_await(tree);
}

/* all of them have found no room since the last look */
static bool are_stuck(struct tree *tree, void *data)
{
	unsigned long *last = data;
	struct account sum = { 0 };
	bool stuck;

	for (int i = 0; i < N_SENDERS; i++)
		count_sender(tree, sender(i), &sum);
	stuck = sum.accepted > 0 && sum.accepted == *last;
	*last = sum.accepted;
	return stuck;
}

/* who reads nothing fills the senders' own outboxes, too */
static void await_full(struct tree *tree)
{
	unsigned long last = 0;

	harness_awaits("full outboxes");
	CU_ASSERT(tree_wait_until(tree, are_stuck, &last));
}

struct growth {
	const char *path;
	json_int_t last;
};

static bool grows_no_more(struct tree *tree, void *data)
{
	struct growth *growth = data;
	json_int_t n = story_number(tree, growth->path, "mailbox");
	bool stays = n > 0 && n == growth->last;

	growth->last = n;
	return stays;
}

/* as many as there is room for, while nobody reads them */
static void await_full_mailbox(struct tree *tree, const char *path)
{
	struct growth growth = { path, 0 };

	harness_awaits("a full mailbox of \"%s\"", path);
	CU_ASSERT(tree_wait_until(tree, grows_no_more, &growth));
}

/* in a process of its own: the answer may never come */
/* the stop may have come to the one after the killed: then it is stopped */
static bool is_up(struct tree *tree, void *data)
{
	if (story_is(tree, data, "state", "stopped"))
		tree_actorctl(tree, NULL, "start", "/@SYSTEM@/g/h/t", NULL);
	return story_is(tree, data, "state", "running");
}

static pid_t process_of(struct tree *tree, const char *path)
{
	pid_t pid = story_pid(tree, path);

	CU_ASSERT_FATAL(pid > 1);
	return pid;
}

/* it is being ended, by us or by who comes after the one we kill */
static void kill_while_it_ends(struct tree *tree, const char *supervisor, int i)
{
	pid_t victim = process_of(tree, supervisor);
	pid_t stop = story_act_behind(tree, "stop", "g/h/t");

	/* from the first instant of the stop to well behind its end */
	usleep((useconds_t)(i * 2500));
	CU_ASSERT_EQUAL(kill(victim, SIGKILL), 0);
	CU_ASSERT_EQUAL(waitpid(stop, NULL, 0), stop);
	CU_ASSERT(story_await_gone(tree, victim));
	CU_ASSERT(tree_wait_until(tree, is_up, "g/h/t"));
}

/* ---- stories ------------------------------------------------------------ */

static void test_a_stop_under_a_flood_loses_nothing(void)
{
	struct tree tree;

	start_pressing(&tree);
	for (int i = 0; i < 5; i++) {
		CU_ASSERT_EQUAL(story_act(&tree, "stop", "g/h/t"), 0);
		CU_ASSERT(story_is(&tree, "g/h/t", "state", "stopped"));
		CU_ASSERT_EQUAL(story_act(&tree, "start", "g/h/t"), 0);
	}
	relax(&tree);
	check_law(&tree);
	tree_stop(&tree);
}

static void test_a_full_mailbox_that_ends_loses_nothing(void)
{
	struct tree tree;
	pid_t stop;

	start_pressing(&tree);
	story_freeze(&tree, "g/h/t");
	await_full(&tree);
	story_signal(&tree, "g/h/t", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "g/h/t", 1));
	story_freeze(&tree, "g/h/t");
	await_full(&tree);
	stop = story_act_behind(&tree, "stop", "g/h");
	CU_ASSERT(story_await(&tree, "g/h/t", "state", "stopping"));
	story_signal(&tree, "g/h/t", SIGKILL);
	CU_ASSERT_EQUAL(waitpid(stop, NULL, 0), stop);
	CU_ASSERT(story_is(&tree, "g/h", "state", "stopped"));
	relax(&tree);
	check_law(&tree);
	tree_stop(&tree);
}

/* so many that the socket of each takes a part of them */
static void fill(struct tree *tree, const char *from, const char *to)
{
	char text[64];

	story_freeze(tree, to);
	snprintf(text, sizeof(text), "1000 %s count", to);
	CU_ASSERT_EQUAL(story_tell_wait(tree, from, "drip", text), 0);
}

/*
 * Its letters find no room either, so giving up takes a while, in which those who
 * get its messages make some: none is sent behind those that are dead.
 */
static void test_what_is_given_up_leaves_no_gap(void)
{
	static const char *const targets[N_TARGETS] = {
		"c-1", "c-2", "c-3", "c-4", "c-5", "c-6",
	};
	static const char *const letters = "/system/dead-letters";
	struct tree tree;
	pid_t stop;

	tree_start(&tree, dripping);
	for (size_t i = 0; i < N_TARGETS; i++)
		fill(&tree, "a", targets[i]);
	story_freeze(&tree, letters);
	stop = story_act_behind(&tree, "stop", "a");
	await_full_mailbox(&tree, letters);
	for (size_t i = 0; i < N_TARGETS; i++)
		story_signal(&tree, targets[i], SIGCONT);
	for (size_t i = 0; i < N_TARGETS; i++)
		CU_ASSERT(story_await(&tree, targets[i], "mailbox", "0"));
	story_signal(&tree, letters, SIGCONT);
	CU_ASSERT_EQUAL(waitpid(stop, NULL, 0), stop);
	story_expect_sum(&tree);
	tree_stop(&tree);
}

static void test_who_sees_to_the_end_is_killed(void)
{
	struct tree tree;

	start_pressing(&tree);
	for (int i = 0; i < N_KILLS; i++)
		kill_while_it_ends(&tree, "g/h", i);
	relax(&tree);
	check_law(&tree);
	tree_stop(&tree);
}

/* half of it is in the outbox of the dead, half in its mailbox still */
static void test_who_waits_for_room_for_letters_is_killed(void)
{
	struct tree tree;
	pid_t stop;

	start_pressing(&tree);
	story_freeze(&tree, "g/h/t");
	await_full(&tree);
	story_freeze(&tree, "/system/dead-letters");
	stop = story_act_behind(&tree, "stop", "g/h/t");
	CU_ASSERT(story_await(&tree, "g/h/t", "state", "stopping"));
	story_signal(&tree, "g/h/t", SIGKILL);
	CU_ASSERT(story_await(&tree, "g/h/t", "state", "stopped"));
	await_full_mailbox(&tree, "/system/dead-letters");
	story_signal(&tree, "g/h", SIGKILL);
	CU_ASSERT_EQUAL(waitpid(stop, NULL, 0), stop);
	story_signal(&tree, "/system/dead-letters", SIGCONT);
	CU_ASSERT(tree_wait_until(&tree, is_up, "g/h/t"));
	relax(&tree);
	check_law(&tree);
	tree_stop(&tree);
}

static void test_the_one_above_is_killed_with_it(void)
{
	struct tree tree;

	start_pressing(&tree);
	for (int i = 0; i < N_KILLS; i++)
		kill_while_it_ends(&tree, "g", i);
	relax(&tree);
	check_law(&tree);
	tree_stop(&tree);
}

static void test_a_supervisor_is_killed_while_it_recovers(void)
{
	struct tree tree;
	pid_t victim;

	start_pressing(&tree);
	for (int i = 0; i < N_KILLS; i++) {
		victim = process_of(&tree, i % 2 ? "g/h" : "g");
		story_signal(&tree, "g/h/t", SIGKILL);
		usleep((useconds_t)(i * 100));
		CU_ASSERT_EQUAL(kill(victim, SIGKILL), 0);
		CU_ASSERT(story_await_gone(&tree, victim));
		CU_ASSERT(tree_wait_until(&tree, is_up, "g/h/t"));
	}
	relax(&tree);
	check_law(&tree);
	tree_stop(&tree);
}

/* ---- the end of all ----------------------------------------------------- */

/* who counts is stopped behind the target, and counts to the last */
#define TALLIED                                                                \
	STORY_ACTOR ", args: [--tally, --trace, \"@DIRECTORY@/trace\"], "      \
		    LONG_STOP ", "                                             \
		    "sandbox: { write: [\"@DIRECTORY@/trace\"] }"

static const char tallied[] =
	"system: \"@SYSTEM@\"\nintensity: 1000 in 1s\n" LONG_TIME "\nchildren:\n"
	"  - { name: sum, mailbox: { bytes: 1M }, " TALLIED " }\n"
	"  - { name: s0, refs: [/@SYSTEM@/g/h/t], " TALLIED " }\n"
	"  - { name: s1, refs: [/@SYSTEM@/g/h/t], " TALLIED " }\n"
	"  - { name: s2, refs: [/@SYSTEM@/g/h/t], " TALLIED " }\n"
	"  - { name: s3, refs: [/@SYSTEM@/g/h/t], " TALLIED " }\n"
	"  - name: g\n"
	"    " LONGER_STOP "\n"
	"    intensity: 1000 in 1s\n"
	"    children:\n"
	"      - name: h\n"
	"        " LONGER_STOP "\n"
	"        intensity: 1000 in 1s\n"
	"        children:\n"
	"          - { name: t, refs: [/@SYSTEM@/sum], " LONG_STOP ", " STORY_ACTOR ",\n"
	"              directives: { \"reported:EAGAIN\": resume },\n"
	"              args: [--pass, /@SYSTEM@/sum] }\n";

static void count_trace(const struct tree *tree, struct account *sum)
{
	unsigned long pressed, replied, counted;
	char *trace = story_trace(tree), *at = trace;

	while ((at = strstr(at, "tally "))) {
		if (sscanf(at, "tally %lu %lu %lu", &pressed, &replied,
			   &counted) == 3) {
			sum->accepted += pressed;
			sum->replied += replied;
			sum->passed += counted;
		}
		at++;
	}
	free(trace);
}

/* one by one, or held back and summed up: every letter is in some record */
static void count_spool(const struct tree *tree, struct account *sum)
{
	json_t *records = story_spool(tree), *record;
	const char *count;
	size_t i;

	json_array_foreach(records, i, record) {
		CU_ASSERT_FALSE(story_record(record, "ACTOR_RECORD", "lost"));
		if (!json_object_get(record, "ACTOR_REASON"))
			continue;
		count = json_string_value(json_object_get(record,
							  "ACTOR_COUNT"));
		if (count)
			sum->dead += strtoul(count, NULL, 10);
		if (count && story_record(record, "ACTOR_REASON", "shutdown"))
			sum->shut += strtoul(count, NULL, 10);
	}
	json_decref(records);
}

static void sum_up(struct tree *tree)
{
	struct account sum = { 0 };

	CU_ASSERT_EQUAL(tree_wait_end(tree), 0);
	count_trace(tree, &sum);
	count_spool(tree, &sum);
	harness_note("accepted %lu = passed on %lu + replied %lu + dead %lu, "
		     "of them %lu for the shutdown", sum.accepted, sum.passed,
		     sum.replied, sum.dead, sum.shut);
	CU_ASSERT(sum.accepted > 0);
	CU_ASSERT(sum.shut > 0);
	CU_ASSERT_EQUAL(sum.accepted, sum.passed + sum.replied + sum.dead);
	tree_forget(tree);
}

static bool has_mail(struct tree *tree, void *data)
{
	return story_number(tree, data, "mailbox") > 0;
}

/* Return: a process that reads no mail, and some of it waits */
static pid_t hold_up(struct tree *tree, const char *path)
{
	pid_t pid = process_of(tree, path);

	CU_ASSERT_EQUAL(kill(pid, SIGSTOP), 0);
	harness_awaits("mail for \"%s\"", path);
	CU_ASSERT(tree_wait_until(tree, has_mail, (void *)(uintptr_t)path));
	return pid;
}

static void stop_all_and_kill(const char *killed, useconds_t delay_us)
{
	struct tree tree;
	pid_t victim;

	story_hide_journal();
	story_start_traced(&tree, tallied);
	press_and_await(&tree);
	victim = process_of(&tree, killed);
	CU_ASSERT_EQUAL(kill(tree.pid, SIGTERM), 0);
	usleep(delay_us);
	kill(victim, SIGKILL);
	sum_up(&tree);
}

/* it is told to stop before it can read all of that */
static void test_a_shutdown_under_a_flood_is_summed_up_exactly(void)
{
	struct tree tree;
	pid_t held;

	story_hide_journal();
	story_start_traced(&tree, tallied);
	press(&tree);
	held = hold_up(&tree, "g/h/t");
	await_full(&tree);
	CU_ASSERT_EQUAL(kill(tree.pid, SIGTERM), 0);
	CU_ASSERT(story_await(&tree, "g/h/t", "state", "stopping"));
	CU_ASSERT_EQUAL(kill(held, SIGCONT), 0);
	sum_up(&tree);
}

static void test_a_supervisor_is_killed_in_the_shutdown(void)
{
	for (int i = 0; i < 5; i++)
		stop_all_and_kill("g/h", (useconds_t)(i * 2000));
}

#define LONG_TEST(function) \
	{ .name = #function, .run = (function), .timeout_s = 3600 }

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_stop_under_a_flood_loses_nothing),
	HARNESS_TEST(test_what_is_given_up_leaves_no_gap),
	HARNESS_TEST(test_a_full_mailbox_that_ends_loses_nothing),
	LONG_TEST(test_who_sees_to_the_end_is_killed),
	HARNESS_TEST(test_who_waits_for_room_for_letters_is_killed),
	LONG_TEST(test_the_one_above_is_killed_with_it),
	LONG_TEST(test_a_supervisor_is_killed_while_it_recovers),
	HARNESS_TEST(test_a_shutdown_under_a_flood_is_summed_up_exactly),
	LONG_TEST(test_a_supervisor_is_killed_in_the_shutdown),
};
HARNESS_MAIN(tests)
