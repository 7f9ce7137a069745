/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_openmetrics.c - what is measured of a system, as a collector reads it. */
#include <stdlib.h>
#include <string.h>

#include "actorctl/openmetrics.h"
#include "tests/harness/harness.h"
#include "tests/harness/metrics.h"

static const char measured[] =
	"{ \"system\": \"s\", \"version\": \"1.2\", \"rows\": ["
	"  { \"system\": \"s\", \"level\": 2, \"degraded\": \"landlock memory\","
	"    \"lives_ended\": 3, \"unreadable\": 0 },"
	"  { \"series\": \"/s/\", \"kind\": \"supervisor\","
	"    \"descriptors\": 40, \"descriptors_max\": 1024,"
	"    \"memory_bytes\": 4096 },"
	"  { \"series\": \"/s/a\", \"kind\": \"actor\", \"instances\": 1,"
	"    \"up\": 1, \"generation\": 2, \"restarts\": 2,"
	"    \"failed_signal\": 1, \"failed_start_failed\": 1,"
	"    \"queued\": 7, \"queued_bytes\": 700, \"accepted\": 5,"
	"    \"handled\": 4, \"dead\": 1, \"lost\": 0 },"
	"  { \"series\": \"/s/p\", \"kind\": \"program\", \"instances\": 1,"
	"    \"up\": 0, \"generation\": 0, \"restarts\": 0 } ],"
	"  \"letters\": { \"total\": 3, \"records\": 9,"
	"    \"by_reason\": { \"crashed\": 1, \"expired\": 2 },"
	"    \"journal\": { \"state\": \"down\", \"spooled\": 4,"
	"      \"lost\": 0, \"written\": 8 } } }";

static char *format(const char *json)
{
	json_t *metrics = json_loads(json, 0, NULL);
	const char *fault;
	char *text;

	CU_ASSERT_PTR_NOT_NULL_FATAL(metrics);
	text = openmetrics_format(metrics);
	json_decref(metrics);
	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	fault = metrics_fault(text);
	if (fault)
		harness_note("%s", fault);
	CU_ASSERT_PTR_NULL(fault);
	return text;
}

static void test_what_is_measured_has_a_sample(void)
{
#define A "path=\"/s/a\",kind=\"actor\""
	static const struct {
		const char *series;
		double value;
	} rows[] = {
		{ "actorproc_build_info{system=\"s\",version=\"1.2\"}", 1 },
		{ "actorproc_complete{system=\"s\"}", 1 },
		{ "actorproc_sandbox_level{system=\"s\"}", 2 },
		{ "actorproc_sandbox_degraded{system=\"s\",layer=\"landlock\"}",
		  1 },
		{ "actorproc_sandbox_degraded{system=\"s\",layer=\"memory\"}",
		  1 },
		{ "actorproc_sandbox_degraded{system=\"s\",layer=\"cpu\"}", -1 },
		{ "actorproc_up{system=\"s\"," A "}", 1 },
		{ "actorproc_up{system=\"s\",path=\"/s/p\",kind=\"program\"}",
		  0 },
		{ "actorproc_generation{system=\"s\"," A "}", 2 },
		{ "actorproc_restarts_total{system=\"s\"," A "}", 2 },
		{ "actorproc_failures_total{system=\"s\"," A
		  ",cause=\"signal\"}", 1 },
		{ "actorproc_failures_total{system=\"s\"," A
		  ",cause=\"start_failed\"}", 1 },
		{ "actorproc_mailbox_messages{system=\"s\"," A "}", 7 },
		{ "actorproc_mailbox_bytes{system=\"s\"," A "}", 700 },
		{ "actorproc_messages_accepted_total{system=\"s\"," A "}", 5 },
		{ "actorproc_messages_handled_total{system=\"s\"," A "}", 4 },
		{ "actorproc_messages_dead_total{system=\"s\"," A "}", 1 },
		{ "actorproc_mailbox_messages{system=\"s\",path=\"/s/p\","
		  "kind=\"program\"}", -1 },
		{ "actorproc_supervisor_descriptors{system=\"s\",path=\"/s/\","
		  "kind=\"supervisor\"}", 40 },
		{ "actorproc_supervisor_memory_bytes{system=\"s\","
		  "path=\"/s/\",kind=\"supervisor\"}", 4096 },
		{ "actorproc_lives_ended_total{system=\"s\"}", 3 },
		{ "actorproc_dead_letters{system=\"s\","
		  "reason=\"expired\"}", 2 },
		{ "actorproc_journal_up{system=\"s\"}", 0 },
		{ "actorproc_journal_spooled{system=\"s\"}", 4 },
	};
	char *text = format(measured);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (metrics_value(text, rows[i].series) != rows[i].value)
			harness_note("%s in: %s", rows[i].series, text);
		CU_ASSERT_EQUAL(metrics_value(text, rows[i].series),
				rows[i].value);
	}
	free(text);
}

static void test_labels_are_escaped(void)
{
	char *text = format("{ \"system\": \"a\\\\b\\\"c\\nd\", \"rows\": [] }");

	CU_ASSERT_EQUAL(metrics_value(text,
		"actorproc_complete{system=\"a\\\\b\\\"c\\nd\"}"), 1);
	free(text);
}

static void test_who_did_not_answer_is_told_of(void)
{
	char *text = format("{ \"system\": \"s\", \"rows\": ["
			    "{ \"incomplete\": 1 } ] }");

	CU_ASSERT_EQUAL(metrics_value(text,
		"actorproc_complete{system=\"s\"}"), 0);
	free(text);
}

static void test_what_is_not_measured_has_no_family(void)
{
	char *text = format("{ \"system\": \"s\" }");

	CU_ASSERT_PTR_NULL(strstr(text, "actorproc_up"));
	CU_ASSERT_PTR_NULL(strstr(text, "actorproc_journal"));
	free(text);
}

/* or all of the above says nothing */
static void test_a_strict_reader_sees_what_is_wrong(void)
{
#define TYPED "# TYPE a gauge\n"
	static const char *const wrong[] = {
		"", TYPED, TYPED "a 1\n", TYPED "a 1\n# EOF", "# EOF\nmore\n",
		"a 1\n# EOF\n", TYPED "b 1\n# EOF\n", TYPED "\n# EOF\n",
		TYPED "a 1\n" TYPED "# EOF\n", TYPED "a 1\na 2\n# EOF\n",
		"# TYPE a counter\na 1\n# EOF\n", TYPED "a_total 1\n# EOF\n",
		"# TYPE a float\na 1\n# EOF\n", TYPED "a{b=\"c} 1\n# EOF\n",
		TYPED "a{b=\"\\t\"} 1\n# EOF\n", TYPED "a{b=c} 1\n# EOF\n",
		TYPED "a{} 1\n# EOF\n", TYPED "a{b=\"c\"}1\n# EOF\n",
		TYPED "a x\n# EOF\n", TYPED "a 1 \n# EOF\n",
		TYPED "# UNIT a bytes\na 1\n# EOF\n",
		TYPED "# HELP b x\na 1\n# EOF\n",
		TYPED "a 1\n# HELP a x\n# EOF\n", "# a comment\n# EOF\n",
		TYPED "a{b=\"c\"} 1\na{b=\"c\"} 2\n# EOF\n",
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (!metrics_fault(wrong[i]))
			harness_note("nothing is wrong with: %s", wrong[i]);
		CU_ASSERT_PTR_NOT_NULL(metrics_fault(wrong[i]));
	}
	CU_ASSERT_PTR_NULL(metrics_fault("# EOF\n"));
	CU_ASSERT_PTR_NULL(metrics_fault(TYPED "# HELP a It is.\na{b=\"\\n\","
					 "c=\"\"} 1.5\na 2\n# EOF\n"));
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_what_is_measured_has_a_sample),
	HARNESS_TEST(test_labels_are_escaped),
	HARNESS_TEST(test_who_did_not_answer_is_told_of),
	HARNESS_TEST(test_what_is_not_measured_has_no_family),
	HARNESS_TEST(test_a_strict_reader_sees_what_is_wrong),
};
HARNESS_MAIN(tests)
