/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_letter.c - what is believed of what somebody reports. */
#include <errno.h>
#include <string.h>

#include "actors/system/dead-letters/letter.h"
#include "tests/harness/harness.h"

#define REPORT(text) text, sizeof(text)

static struct letter letter;
static struct record field;

static int read_report(const char *bytes, size_t n, bool dead,
		       const char *sender)
{
	struct record report;
	int r = records_read(&report, bytes, n);

	if (r == 0)
		r = letter_read(&letter, &report, dead, sender, "vpn");
	if (r == 0)
		r = records_read(&field, letter.bytes, letter.n_bytes);

	return r;
}

static void check(const char *name, const char *value)
{
	const char *found = records_get(&field, name);

	if (!value) {
		CU_ASSERT_PTR_NULL(found);
		return;
	}

	CU_ASSERT_PTR_NOT_NULL_FATAL(found);
	CU_ASSERT_STRING_EQUAL(found, value);
}

static void test_an_actor_is_believed_about_its_own_end(void)
{
	CU_ASSERT_EQUAL(read_report(REPORT("record\0KIND=started\0"
		"ROLE=receiver\0PATH=/vpn/other\0LIFE=5\0GENERATION=2\0"
		"SENDER=/vpn/core\0TYPE=fetch\0SIZE=64\0REASON=crashed\0"
		"CAUSE=reported:22\0COUNT=3\0TEXT=all is well\0EVIL=1"),
		true, "/vpn/relays"), 0);
	CU_ASSERT_EQUAL(letter.kind, LETTER_DEAD_LETTER);
	CU_ASSERT_EQUAL(letter.count, 3);
	CU_ASSERT_FALSE(letter.hearsay);
	check("ACTOR_PATH", "/vpn/relays");
	check("ACTOR_LIFE", "5");
	check("ACTOR_GENERATION", "2");
	check("ACTOR_SENDER", "/vpn/core");
	check("ACTOR_MESSAGE_TYPE", "fetch");
	check("ACTOR_MESSAGE_SIZE", "64");
	check("ACTOR_REASON", "crashed");
	check("ACTOR_CAUSE", "reported:22");
	check("ACTOR_COUNT", "3");
	check("ACTOR_SYSTEM", "vpn");
	check("SYSLOG_IDENTIFIER", "actorproc");
	check("ACTOR_EVIL", NULL);
	check("MESSAGE", "Dead letter: fetch from /vpn/core to /vpn/relays: "
	      "crashed (reported:22)");
}

static void test_of_others_an_actor_only_says_that_it_tried(void)
{
	CU_ASSERT_EQUAL(read_report(REPORT("record\0ROLE=sender\0"
		"PATH=/vpn/other\0LIFE=5\0GENERATION=2\0SENDER=/vpn/third\0"
		"TYPE=fetch\0REASON=terminated"), true, "/vpn/relays"), 0);
	CU_ASSERT_TRUE(letter.hearsay);
	check("ACTOR_PATH", "/vpn/other");
	check("ACTOR_SENDER", "/vpn/relays");
	check("ACTOR_LIFE", NULL);
	check("ACTOR_GENERATION", NULL);
	check("ACTOR_COUNT", "1");
}

static void test_a_custodian_says_which_message_it_is(void)
{
	CU_ASSERT_EQUAL(read_report(REPORT("record\0ROLE=receiver\0"
		"SENDER=/vpn/core\0TYPE=fetch\0REASON=terminated\0"
		"EDGE=77\0TO=holder\0NUMBER=12"), true, "/vpn/relays"), 0);
	CU_ASSERT_TRUE(letter.numbered);
	CU_ASSERT_EQUAL(letter.word.message.edge, 77);
	CU_ASSERT_EQUAL(letter.word.message.number, 12);
	CU_ASSERT_TRUE(letter.word.message.to_holder);
	CU_ASSERT_STRING_EQUAL(letter.word.receiver, "/vpn/relays");
	CU_ASSERT_STRING_EQUAL(letter.word.sender, "/vpn/core");
	CU_ASSERT_FALSE(letter.word.by_sender);
	CU_ASSERT_FALSE(letter.word.hearsay);
	check("ACTOR_EDGE", "77");
	check("ACTOR_TO", "holder");
	check("ACTOR_NUMBER", "12");
	CU_ASSERT_EQUAL(read_report(REPORT("record\0ROLE=receiver\0"
		"TYPE=fetch\0REASON=terminated\0EDGE=77\0TO=target"),
		true, "/vpn/relays"), 0);
	CU_ASSERT_FALSE(letter.numbered);
}

static void test_who_speaks_of_a_message_is_not_its_own_word(void)
{
	CU_ASSERT_EQUAL(read_report(REPORT("record\0ROLE=sender\0"
		"PATH=/vpn/core\0SENDER=/vpn/other\0TYPE=fetch\0"
		"REASON=terminated\0EDGE=77\0TO=target\0NUMBER=12"),
		true, "/vpn/relays"), 0);
	CU_ASSERT_STRING_EQUAL(letter.word.receiver, "/vpn/core");
	CU_ASSERT_STRING_EQUAL(letter.word.sender, "/vpn/relays");
	CU_ASSERT_TRUE(letter.word.by_sender);
	CU_ASSERT_TRUE(letter.word.hearsay);
	/* said by its supervisor, in its name */
	CU_ASSERT_EQUAL(read_report(REPORT("record\0ROLE=sender\0"
		"PATH=/vpn/core\0SENDER=/vpn/relays\0TYPE=fetch\0"
		"REASON=terminated\0EDGE=77\0TO=target\0NUMBER=12"),
		true, "/vpn/"), 0);
	CU_ASSERT_STRING_EQUAL(letter.word.sender, "/vpn/relays");
	CU_ASSERT_TRUE(letter.word.by_sender);
	CU_ASSERT_FALSE(letter.word.hearsay);
}

/* or one word would make many of them uncounted */
static void test_what_stands_for_many_messages_is_none_of_them(void)
{
	CU_ASSERT_EQUAL(read_report(REPORT("record\0ROLE=receiver\0"
		"TYPE=fetch\0REASON=terminated\0COUNT=3\0"
		"EDGE=77\0TO=target\0NUMBER=12"), true, "/vpn/relays"), 0);
	CU_ASSERT_FALSE(letter.numbered);
}

static void test_a_supervisor_is_believed(void)
{
	CU_ASSERT_EQUAL(read_report(REPORT("record\0KIND=restarting\0"
		"PATH=/vpn/relays\0LIFE=5\0CAUSE=signal:SEGV\0COUNT=0\0"
		"DELAY_MS=100\0TEXT=as it is"), false, "/vpn/"), 0);
	CU_ASSERT_EQUAL(letter.kind, LETTER_RESTARTING);
	check("ACTOR_PATH", "/vpn/relays");
	check("ACTOR_RECORD", "restarting");
	check("ACTOR_COUNT", "0");
	check("ACTOR_DELAY_MS", "100");
	check("MESSAGE", "as it is");
	check("PRIORITY", "5");
}

static void test_an_actor_cannot_speak_as_a_supervisor(void)
{
	CU_ASSERT_EQUAL(read_report(REPORT("record\0KIND=gave-up\0PATH=/vpn\0"
		"PRIORITY=3\0TEXT=hello"), false, "/vpn/relays"), 0);
	CU_ASSERT_EQUAL(letter.kind, LETTER_LOG);
	check("ACTOR_PATH", "/vpn/relays");
	check("PRIORITY", "3");
	check("MESSAGE", "hello");
}

/* those journald writes to every terminal */
static void test_nothing_an_actor_says_is_an_emergency(void)
{
	CU_ASSERT_EQUAL(read_report(REPORT("record\0KIND=log\0PRIORITY=0\0"
		"TEXT=hello"), false, "/vpn/relays"), 0);
	check("PRIORITY", "1");
	CU_ASSERT_EQUAL(read_report(REPORT("record\0KIND=lost\0PRIORITY=0"),
				    false, "/vpn/relays"), 0);
	check("PRIORITY", "1");
	CU_ASSERT_EQUAL(read_report(REPORT("record\0KIND=output\0PRIORITY=0\0"
		"PATH=/vpn/relays\0TEXT=hello"), false, "/vpn/"), 0);
	check("PRIORITY", "1");
	CU_ASSERT_EQUAL(read_report(REPORT("record\0PRIORITY=0\0ROLE=sender\0"
		"PATH=/vpn/api\0REASON=full"), true, "/vpn/relays"), 0);
	check("PRIORITY", "1");
	CU_ASSERT_EQUAL(read_report(REPORT("record\0KIND=shortage\0PRIORITY=0"),
				    false, "/vpn/"), 0);
	check("PRIORITY", "0");
}

static void test_a_record_is_no_way_to_make_dead_letters(void)
{
	CU_ASSERT_EQUAL(read_report(REPORT("record\0KIND=dead-letter"), false,
				    "/vpn/"), -EBADMSG);
}

static void test_values_are_cut_and_counts_bounded(void)
{
	static char bytes[40000] = "record\0COUNT=99999999999999\0TEXT=";

	memset(bytes + 33, 'x', sizeof(bytes) - 34);
	CU_ASSERT_EQUAL(read_report(bytes, sizeof(bytes), true, "/vpn/a"), 0);
	CU_ASSERT_EQUAL(letter.count, 1000000000);
	CU_ASSERT_EQUAL(read_report(bytes, sizeof(bytes), false, "/vpn/"), 0);
	CU_ASSERT_EQUAL(strlen(records_get(&field, "MESSAGE")), 2048);
}

static void test_what_does_not_fit_is_left_out_from_the_end(void)
{
	static char bytes[60000];
	struct records_writer w;
	char name[3] = "AA", value[1001];

	memset(value, 'y', 1000);
	value[1000] = '\0';
	records_begin(&w, bytes, sizeof(bytes), "record");
	records_put(&w, "PATH", "/vpn/relays");
	records_put(&w, "LIFE", "77");
	for (int i = 0; i < 40; i++) {
		name[1] = (char)('A' + i % 26);
		name[0] = (char)('A' + i / 26);
		records_put(&w, name, value);
	}
	CU_ASSERT_EQUAL(read_report(bytes, w.length_bytes, false, "/vpn/"), 0);
	CU_ASSERT(letter.n_bytes <= LETTER_BYTES_MAX);
	check("ACTOR_PATH", "/vpn/relays");
	check("ACTOR_LIFE", "77");
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_an_actor_is_believed_about_its_own_end),
	HARNESS_TEST(test_of_others_an_actor_only_says_that_it_tried),
	HARNESS_TEST(test_a_custodian_says_which_message_it_is),
	HARNESS_TEST(test_who_speaks_of_a_message_is_not_its_own_word),
	HARNESS_TEST(test_what_stands_for_many_messages_is_none_of_them),
	HARNESS_TEST(test_a_supervisor_is_believed),
	HARNESS_TEST(test_an_actor_cannot_speak_as_a_supervisor),
	HARNESS_TEST(test_nothing_an_actor_says_is_an_emergency),
	HARNESS_TEST(test_a_record_is_no_way_to_make_dead_letters),
	HARNESS_TEST(test_values_are_cut_and_counts_bounded),
	HARNESS_TEST(test_what_does_not_fit_is_left_out_from_the_end),
};
HARNESS_MAIN(tests)
