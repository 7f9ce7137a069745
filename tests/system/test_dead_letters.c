/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_dead_letters.c - what nobody will handle: counted, limited, written.
 *
 * Without a journald, as lines in the state directory; with one of our own, as
 * its records.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <linux/sockios.h>

#include "tests/system/journal.h"
#include "tests/system/story.h"

#define SECRET "the-secret-7c1f2e"
#define LETTERS "/system/dead-letters"
#define TIME_IN_HAND_MS 60
/* the clock of turns goes on each 4 or 10 ms */
#define TICK_MS 10

static const char two[] =
	"system: \"@SYSTEM@\"\nintensity: 20 in 1min\nchildren:\n"
	"  - { name: a, refs: [b], " STORY_ACTOR " }\n"
	"  - { name: b, stop_timeout: 100ms, " STORY_ACTOR " }\n";

static void start_without_journal(struct tree *tree)
{
	story_hide_journal();
	tree_start(tree, two);
	CU_ASSERT(story_await_spooling(tree));
}

/* an orderly stop, with the state directory still there */
static json_t *stop_and_read(struct tree *tree)
{
	CU_ASSERT_EQUAL(story_act(tree, "stop", ""), 0);
	CU_ASSERT_EQUAL(tree_wait_end(tree), 0);
	return story_spool(tree);
}

/* records of a kind about b, and the sum of their counts */
struct tally {
	size_t n;
	unsigned long count;
};

static struct tally tally(const struct tree *tree, json_t *records,
			  const char *kind, const char *reason)
{
	struct tally sum = { 0, 0 };
	char path[STORY_PATH_BYTES];
	const char *count;
	json_t *record;
	size_t i;

	story_path(tree, "b", path);
	json_array_foreach(records, i, record) {
		if (!story_record(record, "ACTOR_RECORD", kind) ||
		    !story_record(record, "ACTOR_PATH", path) ||
		    !story_record(record, "ACTOR_REASON", reason))
			continue;
		count = json_string_value(json_object_get(record,
							  "ACTOR_COUNT"));
		sum.n++;
		sum.count += count ? strtoul(count, NULL, 10) : 0;
	}
	return sum;
}

/* ---- limits ------------------------------------------------------------- */

/* by the present process, which is at rest then, as far as they go */
static bool await_counted(struct tree *tree, unsigned int n)
{
	char wanted[128];

	snprintf(wanted, sizeof(wanted),
		 "actorproc_dead_letters{system=\"@SYSTEM@\",reason=\"unhandled\"} %u\n",
		 n);
	return tree_wait_for(tree, wanted, "metrics", NULL);
}

static void test_ten_records_then_one_summary_with_the_exact_count(void)
{
	struct tally letters, summaries;
	json_t *records, *other;
	struct tree tree;

	start_without_journal(&tree);
	story_tell(&tree, "a", "flood", "500 b nonsense");
	CU_ASSERT(await_counted(&tree, 500));
	/* another type is another limit */
	CU_ASSERT_EQUAL(story_ask(&tree, "b", "other-nonsense", NULL, NULL),
			5);
	other = story_await_letters(&tree, "b", "unhandled", 11);
	CU_ASSERT(story_record(json_array_get(other, 10), "type",
			       "other-nonsense"));
	json_decref(other);
	/* and so is another sender: who floods hides nobody else's */
	CU_ASSERT_EQUAL(story_ask(&tree, "b", "nonsense", NULL, NULL), 5);
	other = story_await_letters(&tree, "b", "unhandled", 12);
	CU_ASSERT(story_record(json_array_get(other, 11), "sender",
			       "/system/control"));
	json_decref(other);

	records = stop_and_read(&tree);
	letters = tally(&tree, records, "dead-letter", "unhandled");
	CU_ASSERT_EQUAL(letters.n, 12);
	CU_ASSERT_EQUAL(letters.count, 12);
	summaries = tally(&tree, records, "suppressed", "unhandled");
	CU_ASSERT_EQUAL(summaries.n, 1);
	CU_ASSERT_EQUAL(summaries.count, 490);
	json_decref(records);
	tree_forget(&tree);
}

static void queue_twenty(struct tree *tree)
{
	char type[16];

	story_freeze(tree, "b");
	for (int i = 0; i < 20; i++) {
		snprintf(type, sizeof(type), "kind-%d", i % 4);
		story_tell(tree, "b", type, NULL);
	}
	CU_ASSERT(story_await(tree, "b", "mailbox", "20"));
}

static void test_a_stopped_actor_s_queue_is_terminated_exactly(void)
{
	struct tree tree;
	json_t *records;

	start_without_journal(&tree);
	queue_twenty(&tree);
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "b"), 0);
	json_decref(story_await_letters(&tree, "b", "terminated", 20));
	/* what comes later is one more, for each */
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "tell", "/@SYSTEM@/b",
				      "late", NULL), 5);
	json_decref(story_await_letters(&tree, "b", "terminated", 21));
	records = stop_and_read(&tree);
	CU_ASSERT_EQUAL(tally(&tree, records, "dead-letter",
			      "terminated").count, 21);
	json_decref(records);
	tree_forget(&tree);
}

static void test_a_stopped_system_s_queues_are_summed_up(void)
{
	struct tally summaries;
	struct tree tree;
	json_t *records;

	start_without_journal(&tree);
	queue_twenty(&tree);
	records = stop_and_read(&tree);
	CU_ASSERT_EQUAL(tally(&tree, records, "dead-letter", "shutdown").n,
			0);
	summaries = tally(&tree, records, "suppressed", "shutdown");
	CU_ASSERT_EQUAL(summaries.n, 4);
	CU_ASSERT_EQUAL(summaries.count, 20);
	json_decref(records);
	tree_forget(&tree);
}

/* ---- what is in them ---------------------------------------------------- */

static bool file_has(const char *path, const char *text)
{
	char *line = NULL;
	size_t size = 0;
	bool has = false;
	FILE *file = fopen(path, "re");

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	while (!has && getdelim(&line, &size, '\0', file) > 0)
		has = strstr(line, text);
	free(line);
	fclose(file);
	return has;
}

static void scatter_secrets(struct tree *tree)
{
	story_tell(tree, "b", "nonsense", SECRET);
	story_ask(tree, "b", "nonsense", SECRET, NULL);
	story_tell(tree, "b", "crash", SECRET);
	story_tell(tree, "b", "fail", "5 " SECRET);
	CU_ASSERT(story_await_generation(tree, "b", 2));
	CU_ASSERT_EQUAL(story_act(tree, "stop", "b"), 0);
	tree_actorctl(tree, NULL, "tell", "/@SYSTEM@/b", "note", SECRET,
		      NULL);
	json_decref(story_await_letters(tree, "b", "terminated", 1));
	json_decref(story_await_letters(tree, "b", "crashed", 2));
	json_decref(story_await_letters(tree, "b", "unhandled", 2));
}

static void test_a_payload_is_nowhere(void)
{
	struct tree_result result;
	char path[512];
	struct tree tree;

	start_without_journal(&tree);
	scatter_secrets(&tree);
	CU_ASSERT_EQUAL(tree_actorctl(&tree, &result, "--json", "dead-letters",
				      NULL), 0);
	CU_ASSERT_PTR_NULL(strstr(result.out, SECRET));
	tree_result_clear(&result);
	json_decref(stop_and_read(&tree));
	snprintf(path, sizeof(path), "%s/state/%s/dead-letters.jsonl",
		 tree.directory, tree.system);
	CU_ASSERT_FALSE(file_has(path, SECRET));
	CU_ASSERT_FALSE(file_has(tree.log, SECRET));
	tree_forget(&tree);
}

static void test_a_line_has_all_fields_of_a_record(void)
{
	static const char *const fields[] = {
		"time", "MESSAGE", "MESSAGE_ID", "PRIORITY",
		"SYSLOG_IDENTIFIER", "ACTOR_SYSTEM", "ACTOR_PATH",
		"ACTOR_LIFE", "ACTOR_GENERATION", "ACTOR_SENDER",
		"ACTOR_MESSAGE_TYPE", "ACTOR_MESSAGE_SIZE", "ACTOR_REASON",
		"ACTOR_CAUSE", "ACTOR_COUNT", "ACTOR_TRACE",
		"ACTOR_IN_HAND_MS", "ACTOR_EDGE", "ACTOR_TO", "ACTOR_NUMBER",
	};
	json_t *records, *record, *found = NULL;
	struct tree tree;
	size_t i;

	start_without_journal(&tree);
	story_tell(&tree, "a", "tell", "b crash now");
	CU_ASSERT(story_await_generation(&tree, "b", 1));
	json_decref(story_await_letters(&tree, "b", "crashed", 1));
	records = stop_and_read(&tree);
	json_array_foreach(records, i, record)
		if (story_record(record, "ACTOR_REASON", "crashed"))
			found = record;
	CU_ASSERT_PTR_NOT_NULL_FATAL(found);
	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (!json_object_get(found, fields[i]))
			harness_note("no %s", fields[i]);
		CU_ASSERT(json_is_string(json_object_get(found, fields[i])));
	}
	CU_ASSERT(story_record(found, "ACTOR_CAUSE", "signal:SEGV"));
	CU_ASSERT(story_record(found, "ACTOR_MESSAGE_SIZE", "3"));
	CU_ASSERT(story_record(found, "ACTOR_GENERATION", "0"));
	json_decref(records);
	tree_forget(&tree);
}

/* Return: of the first such letter, in ms; -1 when it does not say */
static int64_t time_in_hand_ms(struct tree *tree)
{
	json_t *letters = story_await_letters(tree, "b", "crashed", 1);
	json_t *ms = json_object_get(json_array_get(letters, 0), "in_hand_ms");
	int64_t n = json_is_integer(ms) ? json_integer_value(ms) : -1;

	json_decref(letters);
	return n;
}

static void test_a_letter_says_how_long_its_message_was_in_hand(void)
{
	int64_t told_ms, ms;
	struct tree tree;

	story_start_traced(&tree, "system: \"@SYSTEM@\"\nchildren:\n"
				  "  - { name: b, " STORY_TRACED " }\n");
	told_ms = story_now_ms();
	story_tell(&tree, "b", "hang", NULL);
	CU_ASSERT(story_await_trace(&tree, "start b 0\nhang b 0\n"));
	usleep((TIME_IN_HAND_MS + TICK_MS) * 1000);
	story_signal(&tree, "b", SIGKILL);
	ms = time_in_hand_ms(&tree);
	harness_note("in hand for %lld ms", (long long)ms);
	CU_ASSERT(ms >= TIME_IN_HAND_MS);
	CU_ASSERT(ms <= story_now_ms() - told_ms + TICK_MS);
	tree_stop(&tree);
}

/* of the n-th letter of that type, from 0; "" when there is none */
static const char *trace_of_letter(json_t *records, const char *type, size_t n)
{
	json_t *record;
	size_t i;

	json_array_foreach(records, i, record)
		if (story_record(record, "ACTOR_MESSAGE_TYPE", type) &&
		    n-- == 0)
			return json_string_value(
				json_object_get(record, "ACTOR_TRACE"));
	return "";
}

static void test_what_one_request_sets_off_has_one_trace(void)
{
	const char *one, *same, *other;
	json_t *records;
	struct tree tree;

	start_without_journal(&tree);
	story_tell(&tree, "a", "burst", "2 b first");
	story_tell(&tree, "a", "burst", "1 b second");
	json_decref(story_await_letters(&tree, "b", "unhandled", 3));
	records = stop_and_read(&tree);
	one = trace_of_letter(records, "first", 0);
	same = trace_of_letter(records, "first", 1);
	other = trace_of_letter(records, "second", 0);
	CU_ASSERT_EQUAL(strlen(one), 32);
	CU_ASSERT_EQUAL(strlen(other), 32);
	CU_ASSERT_STRING_EQUAL(one, same);
	CU_ASSERT_STRING_NOT_EQUAL(one, other);
	json_decref(records);
	tree_forget(&tree);
}

/* what it has told the journal of, and that has not answered, dies with it */
static void kill_letters(struct tree *tree, unsigned int n)
{
	story_signal(tree, LETTERS, SIGKILL);
	CU_ASSERT(story_await_generation(tree, LETTERS, n));
	CU_ASSERT(story_await_spooling(tree));
}

static void test_the_dead_letter_actor_s_crash_loses_no_letter(void)
{
	struct tree tree;
	json_t *records;

	start_without_journal(&tree);
	story_freeze(&tree, LETTERS);
	story_tell(&tree, "a", "burst", "5 b nonsense");
	story_expect(&tree, "b", "echo", "done", "done");
	kill_letters(&tree, 1);
	json_decref(story_await_letters(&tree, "b", "unhandled", 5));
	records = stop_and_read(&tree);
	CU_ASSERT_EQUAL(tally(&tree, records, "dead-letter",
			      "unhandled").count, 5);
	json_decref(records);
	tree_forget(&tree);
}

#define FLOODS 5
#define FLOODED 2000

/* what it has in hand is tried again, and told of once */
static void test_the_dead_letter_actor_dies_with_a_letter_in_hand(void)
{
	struct tally letters, summaries;
	char notes[64] = "";
	struct tree tree;
	json_t *records;

	start_without_journal(&tree);
	for (unsigned int n = 1; n <= FLOODS; n++) {
		story_tell(&tree, "a", "flood", "2000 b nonsense");
		strcat(notes, "flooded\n");
		CU_ASSERT(story_await_notes(&tree, "a", notes));
		kill_letters(&tree, n);
		CU_ASSERT(story_await(&tree, "b", "mailbox", "0"));
		CU_ASSERT(story_await(&tree, LETTERS, "mailbox", "0"));
	}
	records = stop_and_read(&tree);
	letters = tally(&tree, records, "dead-letter", "unhandled");
	summaries = tally(&tree, records, "suppressed", "unhandled");
	CU_ASSERT_EQUAL(letters.count + summaries.count, FLOODS * FLOODED);
	json_decref(records);
	tree_forget(&tree);
}

/* so many that all but ten are only counted */
static void test_what_is_only_counted_outlives_its_process(void)
{
	struct tally letters, summaries;
	struct tree tree;
	json_t *records;

	start_without_journal(&tree);
	for (unsigned int n = 1; n <= 3; n++) {
		story_tell(&tree, "a", "flood", "2000 b nonsense");
		/* else the next process would let ten of them pass as well */
		CU_ASSERT(await_counted(&tree, FLOODED));
		kill_letters(&tree, n);
	}
	records = stop_and_read(&tree);
	letters = tally(&tree, records, "dead-letter", "unhandled");
	summaries = tally(&tree, records, "suppressed", "unhandled");
	CU_ASSERT_EQUAL(letters.n, 30);
	CU_ASSERT(summaries.n >= 3);
	CU_ASSERT_EQUAL(letters.count + summaries.count, 3 * FLOODED);
	json_decref(records);
	tree_forget(&tree);
}

static void test_questions_can_be_narrowed_down(void)
{
	json_t *letters;
	struct tree tree;

	start_without_journal(&tree);
	story_tell(&tree, "a", "nonsense", NULL);
	story_tell(&tree, "b", "nonsense", NULL);
	story_tell(&tree, "b", "crash", NULL);
	json_decref(story_await_letters(&tree, "a", "unhandled", 1));
	json_decref(story_await_letters(&tree, "b", "unhandled", 1));
	json_decref(story_await_letters(&tree, "b", "crashed", 1));
	letters = story_json(&tree, "dead-letters", NULL);
	CU_ASSERT_EQUAL(json_array_size(letters), 3);
	json_decref(letters);
	letters = story_json(&tree, "dead-letters", "--limit", "1", NULL);
	CU_ASSERT_EQUAL(json_array_size(letters), 1);
	json_decref(letters);
	letters = story_json(&tree, "dead-letters", "--since", "now", NULL);
	CU_ASSERT_EQUAL(json_array_size(letters), 0);
	json_decref(letters);
	letters = story_json(&tree, "dead-letters", "--since", "-1h",
			     "--reason", "unhandled", NULL);
	CU_ASSERT_EQUAL(json_array_size(letters), 2);
	json_decref(letters);
	tree_stop(&tree);
}

/* ---- with a journald ---------------------------------------------------- */

static void expect_fields(const char *record)
{
	static const char *const fields[] = {
		"MESSAGE_ID=ad7dd1b5d81a4c46a51518c8b8cba856\n",
		"SYSLOG_IDENTIFIER=actorproc\n", "PRIORITY=4\n",
		"ACTOR_REASON=crashed\n", "ACTOR_CAUSE=signal:SEGV\n",
		"ACTOR_MESSAGE_TYPE=crash\n", "ACTOR_GENERATION=0\n",
		"ACTOR_SENDER=/system/control\n", "ACTOR_COUNT=1\n",
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (!strstr(record, fields[i]))
			harness_note("no %s in %s", fields[i], record);
		CU_ASSERT_PTR_NOT_NULL(strstr(record, fields[i]));
	}
}

static void test_a_dead_letter_is_in_the_journal(void)
{
	struct journal journal;
	struct tree tree;
	char *record;

	journal_start(&journal);
	tree_start(&tree, two);
	story_tell(&tree, "b", "crash", SECRET);
	CU_ASSERT(journal_await(&tree, "ACTOR_PATH=/@SYSTEM@/b",
				"ACTOR_REASON=crashed"));
	record = journal_read(&tree, "ACTOR_PATH=/@SYSTEM@/b",
			      "ACTOR_REASON=crashed", NULL);
	expect_fields(record);
	free(record);
	/* the decision is told there too */
	CU_ASSERT(journal_await(&tree, "ACTOR_PATH=/@SYSTEM@/b",
				"ACTOR_DECISION=restart"));
	record = journal_read(&tree, "ACTOR_SYSTEM=@SYSTEM@", NULL);
	CU_ASSERT_PTR_NULL(strstr(record, SECRET));
	free(record);
	journal_stop(&journal);
	tree_stop(&tree);
}

static void test_a_stopped_journald_blocks_nobody(void)
{
	struct journal journal;
	struct tree tree;

	journal_start(&journal);
	tree_start(&tree, two);
	story_tell(&tree, "b", "nonsense", "first");
	CU_ASSERT(journal_await(&tree, "ACTOR_PATH=/@SYSTEM@/b",
				"ACTOR_MESSAGE_TYPE=nonsense"));
	journal_freeze(&journal);
	/* far more than its socket holds */
	story_tell(&tree, "a", "flood", "2000 b nonsense");
	for (int i = 0; i < 5; i++) {
		story_tell(&tree, "b", "crash", NULL);
		CU_ASSERT(story_await_generation(&tree, "b",
						 (unsigned int)i + 1));
	}
	story_expect(&tree, "a", "echo", "unmoved", "unmoved");
	json_decref(story_await_letters(&tree, "b", "crashed", 5));
	CU_ASSERT(story_is(&tree, LETTERS, "generation", "0"));

	journal_thaw(&journal);
	CU_ASSERT(journal_await(&tree, "ACTOR_PATH=/@SYSTEM@/b",
				"ACTOR_REASON=crashed"));
	journal_stop(&journal);
	tree_stop(&tree);
}

static bool is_kept(struct tree *tree, void *unused)
{
	json_t *records = story_spool(tree);
	bool kept = tally(tree, records, "dead-letter", "crashed").count == 1;

	(void)unused;
	json_decref(records);
	return kept;
}

static void test_records_kept_without_a_journald_are_sent_on(void)
{
	struct journal journal;
	struct tree tree;

	journal_start(&journal);
	journal_stop(&journal);
	unlink("/run/systemd/journal/socket");
	tree_start(&tree, two);
	story_tell(&tree, "b", "crash", NULL);
	json_decref(story_await_letters(&tree, "b", "crashed", 1));
	CU_ASSERT(tree_wait_until(&tree, is_kept, NULL));
	journal_restart(&journal);
	CU_ASSERT(journal_await(&tree, "ACTOR_PATH=/@SYSTEM@/b",
				"ACTOR_REASON=crashed"));
	journal_stop(&journal);
	tree_stop(&tree);
}

/* a journald that takes nothing, and whom it is too much already: who writes to it
 * waits. Return: its socket */
static int start_deaf_journal(void)
{
	static const struct sockaddr_un address = {
		.sun_family = AF_UNIX,
		.sun_path = "/run/systemd/journal/socket",
	};
	int fd, sender;

	story_hide_journal();
	CU_ASSERT_EQUAL_FATAL(mkdir("/run/systemd/journal", 0755), 0);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	sender = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	CU_ASSERT_FATAL(fd >= 0 && sender >= 0);
	CU_ASSERT_EQUAL_FATAL(bind(fd, (const struct sockaddr *)&address,
				   sizeof(address)), 0);
	CU_ASSERT_EQUAL(chmod(address.sun_path, 0666), 0);
	CU_ASSERT_EQUAL_FATAL(connect(sender,
				      (const struct sockaddr *)&address,
				      sizeof(address)), 0);
	while (send(sender, "", 1, 0) == 1)
		;
	close(sender);
	return fd;
}

static bool is_spooled(struct tree *tree, void *data)
{
	json_t *records = story_spool(tree);
	bool spooled = json_array_size(records) > 0;

	(void)data;
	json_decref(records);
	return spooled;
}

/* there was no word of it yet whether it takes anything: all is kept */
static void test_a_journald_that_was_never_heard_is_not_relied_on(void)
{
	int fd = start_deaf_journal();
	struct tree tree;

	tree_start(&tree, two);
	CU_ASSERT_EQUAL(kill(tree.pid, SIGTERM), 0);
	CU_ASSERT(tree_wait_until(&tree, is_spooled, NULL));
	close(fd);
	CU_ASSERT_EQUAL(tree_wait_end(&tree), 0);
	tree_forget(&tree);
}

/* ---- an edge that is shut ---------------------------------------------- */

static void shut_if_silent(int fd)
{
	int type = 0, queued = 1;
	socklen_t size = sizeof(type);

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
	    type == SOCK_SEQPACKET && ioctl(fd, SIOCINQ, &queued) == 0 &&
	    queued == 0)
		shutdown(fd, SHUT_RDWR);
}

/* all edges of a process on which nothing waits, not its control channel; as
 * the kernel has it, whoever else holds them */
static void shut_silent_edges(pid_t pid)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0), fd;

	if (pidfd < 0)
		harness_skip("no pidfds here");
	for (int i = 4; i < 64; i++) {
		fd = (int)syscall(SYS_pidfd_getfd, pidfd, i, 0);
		if (fd < 0 && errno == EPERM)
			harness_skip("no descriptor of another process is to be had");
		if (fd < 0)
			continue;
		shut_if_silent(fd);
		close(fd);
	}
	close(pidfd);
}

static size_t n_lost(const struct tree *tree)
{
	json_t *records = story_spool(tree), *record;
	size_t i, n = 0;

	json_array_foreach(records, i, record)
		n += story_record(record, "ACTOR_RECORD", "lost");
	json_decref(records);
	return n;
}

static void test_letters_whose_edge_is_shut_are_not_lost(void)
{
	struct tree tree;

	start_without_journal(&tree);
	story_freeze(&tree, "b");
	story_tell(&tree, "a", "flood", "5 b note");
	CU_ASSERT(story_await(&tree, "b", "mailbox", "5"));
	shut_silent_edges(story_pid(&tree, "b"));
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "b"), 0);
	json_decref(story_await_letters(&tree, "b", "terminated", 5));
	CU_ASSERT_EQUAL(n_lost(&tree), 0);
	story_expect_sum(&tree);
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_ten_records_then_one_summary_with_the_exact_count),
	HARNESS_TEST(test_a_stopped_actor_s_queue_is_terminated_exactly),
	HARNESS_TEST(test_a_stopped_system_s_queues_are_summed_up),
	HARNESS_TEST(test_a_payload_is_nowhere),
	HARNESS_TEST(test_a_line_has_all_fields_of_a_record),
	HARNESS_TEST(test_a_letter_says_how_long_its_message_was_in_hand),
	HARNESS_TEST(test_what_one_request_sets_off_has_one_trace),
	HARNESS_TEST(test_the_dead_letter_actor_s_crash_loses_no_letter),
	HARNESS_TEST(test_the_dead_letter_actor_dies_with_a_letter_in_hand),
	HARNESS_TEST(test_what_is_only_counted_outlives_its_process),
	HARNESS_TEST(test_questions_can_be_narrowed_down),
	HARNESS_TEST(test_a_dead_letter_is_in_the_journal),
	HARNESS_TEST(test_a_stopped_journald_blocks_nobody),
	HARNESS_TEST(test_records_kept_without_a_journald_are_sent_on),
	HARNESS_TEST(test_a_journald_that_was_never_heard_is_not_relied_on),
	HARNESS_TEST(test_letters_whose_edge_is_shut_are_not_lost),
};
HARNESS_MAIN(tests)
