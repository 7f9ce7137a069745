/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_relay_list.c - reading the relay list, and choosing from it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/vpn/relay_document.h"
#include "actors/vpn/relay_list.h"
#include "tests/harness/harness.h"

#define LOCATIONS "\"locations\":{\"se-got\":{},\"no-osl\":{},\"x\":{}}"
#define KEY "r8HO7cpaANc2ZMqdA/8+BQdjMkSMxwrWRAnaimxwzuo="
#define RELAY(host, place, active, include, weight)			\
	"{\"hostname\":\"" host "\",\"location\":\"" place "\","	\
	"\"active\":" active ",\"owned\":true,\"provider\":\"p\","	\
	"\"ipv4_addr_in\":\"192.0.2.1\",\"include_in_country\":" include "," \
	"\"weight\":" weight ",\"public_key\":\"" KEY "\",\"later\":1}"
#define DOCUMENT(relays)						\
	"{" LOCATIONS ",\"wireguard\":{\"relays\":[" relays "]}}"

static struct relay_list parsed(const char *text)
{
	char error[RELAY_LIST_ERROR_MAX];
	struct relay_list list = { 0 };
	int r = relay_list_parse(&list, text, strlen(text), error);

	CU_ASSERT_EQUAL_FATAL(r, 0);

	return list;
}

static struct relay_list generated(void)
{
	struct relay_document document;
	struct relay_list list;

	CU_ASSERT_EQUAL_FATAL(relay_document_generate(&document, NULL), 0);
	list = parsed(document.bytes);
	relay_document_deinit(&document);

	return list;
}

static void test_the_served_list_has_several_hundred_relays(void)
{
	struct relay_list list = generated();

	CU_ASSERT(list.n_relays > 300);
	CU_ASSERT_EQUAL(relay_list_n_countries(&list), 40);
	relay_list_deinit(&list);
}

static void test_the_served_list_is_always_the_same(void)
{
	struct relay_document one, other, poison;

	CU_ASSERT_EQUAL_FATAL(relay_document_generate(&one, NULL), 0);
	CU_ASSERT_EQUAL_FATAL(relay_document_generate(&other, NULL), 0);
	CU_ASSERT_EQUAL_FATAL(
		relay_document_generate(&poison, RELAY_DOCUMENT_POISON), 0);
	CU_ASSERT_STRING_EQUAL(one.bytes, other.bytes);
	CU_ASSERT_STRING_EQUAL(one.etag, other.etag);
	CU_ASSERT_STRING_NOT_EQUAL(one.etag, poison.etag);
	CU_ASSERT_PTR_NOT_NULL(strstr(poison.bytes, RELAY_DOCUMENT_POISON));
	relay_document_deinit(&one);
	relay_document_deinit(&other);
	relay_document_deinit(&poison);
}

static void test_wrong_documents_are_refused_with_the_place(void)
{
	static const struct {
		const char *text;
		const char *error;
	} rows[] = {
		{ "", "byte" },
		{ "<p>sign in", "byte" },
		{ "{\"locations\":{}", "byte" },
		{ "{}", "no locations" },
		{ "[]", "no locations" },
		{ "{\"locations\":[],\"wireguard\":{\"relays\":[]}}",
		  "no locations" },
		{ DOCUMENT(""), "none is active" },
		{ DOCUMENT(RELAY("a", "se-got", "false", "true", "1")),
		  "none is active" },
		{ DOCUMENT("7"), "relay 0" },
		{ DOCUMENT(RELAY("a b", "se-got", "true", "true", "1")),
		  "relay 0: not a host name" },
		{ DOCUMENT(RELAY("", "se-got", "true", "true", "1")),
		  "relay 0: not a host name" },
		{ DOCUMENT(RELAY("a", "se-got", "true", "true", "-1")),
		  "relay 0: not a weight" },
		{ DOCUMENT(RELAY("a", "se-got", "true", "true", "\"1\"")),
		  "relay 0" },
		{ DOCUMENT(RELAY("a", "se-got", "true", "true", "1") ","
			   RELAY("b", "fi-hel", "true", "true", "1")),
		  "relay 1: its location is not in the list" },
		{ DOCUMENT(RELAY("a", "x", "true", "true", "1")),
		  "relay 0: its location has no country" },
		{ "{\"locations\":{},\"locations\":{}}", "byte" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char error[RELAY_LIST_ERROR_MAX] = "";
		struct relay_list list;

		CU_ASSERT_EQUAL(relay_list_parse(&list, rows[i].text,
						 strlen(rows[i].text), error),
				-EBADMSG);
		CU_ASSERT_PTR_NOT_NULL(strstr(error, rows[i].error));
	}
}

static void test_a_cut_document_is_refused_at_every_byte(void)
{
	static const char text[] =
		DOCUMENT(RELAY("a", "se-got", "true", "true", "1"));
	char error[RELAY_LIST_ERROR_MAX];
	struct relay_list list;
	size_t n;

	for (n = 0; n < sizeof(text) - 1; n++)
		CU_ASSERT_EQUAL(relay_list_parse(&list, text, n, error),
				-EBADMSG);
}

static void test_relays_that_are_not_active_are_left_out(void)
{
	struct relay_list list =
		parsed(DOCUMENT(RELAY("b", "se-got", "false", "true", "1") ","
				RELAY("a", "se-got", "true", "true", "1")));

	CU_ASSERT_EQUAL(list.n_relays, 1);
	CU_ASSERT_STRING_EQUAL(list.relays[0].hostname, "a");
	relay_list_deinit(&list);
}

static void test_the_compact_form_reads_back_the_same(void)
{
	struct relay_list list = generated(), again = { 0 };
	json_t *compact = relay_list_compact(&list, NULL);
	char *text = json_dumps(compact, JSON_COMPACT);

	/* one message has to hold it */
	CU_ASSERT(strlen(text) < 65000);
	CU_ASSERT_EQUAL_FATAL(relay_list_read(&again, compact), 0);
	CU_ASSERT_EQUAL_FATAL(again.n_relays, list.n_relays);
	CU_ASSERT_EQUAL(memcmp(again.relays, list.relays,
			       list.n_relays * sizeof(*list.relays)), 0);
	free(text);
	json_decref(compact);
	relay_list_deinit(&again);
	relay_list_deinit(&list);
}

static void test_wrong_compact_forms_are_refused(void)
{
	static const char *const rows[] = {
		"[]", "7", "{\"se\":[7]}", "{\"se\":[[]]}",
		"{\"se\":[[\"a\",\"192.0.2.1\",1]]}",
		"{\"swe\":[[\"a\",\"192.0.2.1\",1,\"k\"]]}",
		"{\"SE\":[[\"a\",\"192.0.2.1\",1,\"k\"]]}",
		"{\"se\":[[\"a\",\"192.0.2.1\",-1,\"k\"]]}",
		"{\"se\":[[\"a\",\"192.0.2.1\",1,\"k\",2]]}",
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		json_t *json = json_loads(rows[i], JSON_DECODE_ANY, NULL);
		struct relay_list list;

		CU_ASSERT_EQUAL(relay_list_read(&list, json), -EBADMSG);
		json_decref(json);
	}
	CU_ASSERT_EQUAL(relay_list_read(NULL, NULL), -EBADMSG);
}

static void test_only_the_wished_country_is_selected(void)
{
	struct relay_list list = generated();
	uint32_t attempt;

	for (attempt = 0; attempt < 100; attempt++) {
		const struct relay *relay =
			relay_list_select(&list, "se", attempt);

		CU_ASSERT_STRING_EQUAL(relay->country, "se");
		CU_ASSERT_PTR_EQUAL(relay_list_select(&list, "se", attempt),
				    relay);
	}
	CU_ASSERT_PTR_NULL(relay_list_select(&list, "aq", 0));
	relay_list_deinit(&list);
}

static void test_attempts_spread_by_weight(void)
{
	struct relay_list list = parsed(DOCUMENT(
		RELAY("a", "se-got", "true", "true", "100") ","
		RELAY("b", "se-got", "true", "true", "300") ","
		RELAY("c", "se-got", "true", "false", "500")));
	size_t chosen[3] = { 0 };
	uint32_t attempt;

	for (attempt = 0; attempt < 400; attempt++)
		chosen[relay_list_select(&list, "se", attempt) - list.relays]++;

	CU_ASSERT(chosen[0] > 95 && chosen[0] < 105);
	CU_ASSERT(chosen[1] > 295 && chosen[1] < 305);
	CU_ASSERT_EQUAL(chosen[2], 0);
	relay_list_deinit(&list);
}

static void test_relays_without_weight_are_better_than_none(void)
{
	struct relay_list list = parsed(DOCUMENT(
		RELAY("a", "no-osl", "true", "false", "100") ","
		RELAY("b", "no-osl", "true", "true", "0")));
	size_t chosen[2] = { 0 };
	uint32_t attempt;

	for (attempt = 0; attempt < 100; attempt++)
		chosen[relay_list_select(&list, "no", attempt) - list.relays]++;

	CU_ASSERT(chosen[0] > 45 && chosen[1] > 45);
	relay_list_deinit(&list);
}

static void test_an_empty_list_selects_nothing(void)
{
	const struct relay_list list = { 0 };

	CU_ASSERT_PTR_NULL(relay_list_select(&list, "se", 0));
	CU_ASSERT_EQUAL(relay_list_n_countries(&list), 0);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_the_served_list_has_several_hundred_relays),
	HARNESS_TEST(test_the_served_list_is_always_the_same),
	HARNESS_TEST(test_wrong_documents_are_refused_with_the_place),
	HARNESS_TEST(test_a_cut_document_is_refused_at_every_byte),
	HARNESS_TEST(test_relays_that_are_not_active_are_left_out),
	HARNESS_TEST(test_the_compact_form_reads_back_the_same),
	HARNESS_TEST(test_wrong_compact_forms_are_refused),
	HARNESS_TEST(test_only_the_wished_country_is_selected),
	HARNESS_TEST(test_attempts_spread_by_weight),
	HARNESS_TEST(test_relays_without_weight_are_better_than_none),
	HARNESS_TEST(test_an_empty_list_selects_nothing),
};
HARNESS_MAIN(tests)
