/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_vpn.c - the example of configs/vpn.yaml, with a server whose faults are
 * real: what users see of them is that they go on connecting.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/system/story.h"

#define PORT_IN_FILE "18580"

/* ---- the tree ----------------------------------------------------------- */

static void replace(char **text, const char *what, const char *with)
{
	char *at, *longer;

	for (size_t from = 0; (at = strstr(*text + from, what));) {
		from = (size_t)(at - *text) + strlen(with);
		CU_ASSERT_FATAL(asprintf(&longer, "%.*s%s%s",
					 (int)(at - *text), *text, with,
					 at + strlen(what)) >= 0);
		free(*text);
		*text = longer;
	}
}

static char *read_config(void)
{
	const char *source = getenv("ACTORPROC_SOURCE");
	char path[4096], *text = NULL;
	size_t size = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/configs/vpn.yaml",
		 source ? source : ".");
	file = fopen(path, "re");
	if (!file || getdelim(&text, &size, '\0', file) < 0)
		HARNESS_SKIP("no configs/vpn.yaml here: set ACTORPROC_SOURCE");
	fclose(file);
	return text;
}

#define PORTS_FROM 20000
#define N_PORTS 10000

static bool is_free(unsigned int port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons((uint16_t)port),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool is_free = fd >= 0 && bind(fd, (struct sockaddr *)&address,
				       sizeof(address)) == 0;

	if (fd >= 0)
		close(fd);
	return is_free;
}

/* one that is free now, and none that the kernel gives to who asks for any */
static unsigned int free_port(void)
{
	unsigned int first = (unsigned int)getpid() % N_PORTS;

	for (unsigned int i = 0; i < N_PORTS; i++)
		if (is_free(PORTS_FROM + (first + i) % N_PORTS))
			return PORTS_FROM + (first + i) % N_PORTS;
	HARNESS_SKIP("no TCP on 127.0.0.1");
}

/* @text: of the file, freed; Return: the server's port */
static unsigned int start_with(struct tree *tree, char *text)
{
	unsigned int port = free_port();
	char digits[16];

	snprintf(digits, sizeof(digits), "%u", port);
	replace(&text, PORT_IN_FILE, digits);
	replace(&text, "system: vpn\n", "system: \"@SYSTEM@\"\n");
	tree_start(tree, text);
	free(text);
	return port;
}

static unsigned int start_vpn(struct tree *tree)
{
	return start_with(tree, read_config());
}

/* ---- the server --------------------------------------------------------- */

/* a request by hand, as anybody's browser; it is answered with 200 */
static void set_fault(unsigned int port, const char *mode, unsigned int times)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons((uint16_t)port),
	};
	char text[512] = "";
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ssize_t n;

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(connect(fd, (struct sockaddr *)&address,
				sizeof(address)), 0);
	n = snprintf(text, sizeof(text),
		     "GET /fault?mode=%s&times=%u HTTP/1.1\r\n"
		     "Host: 127.0.0.1\r\nConnection: close\r\n\r\n", mode,
		     times);
	CU_ASSERT_EQUAL(send(fd, text, (size_t)n, MSG_NOSIGNAL), n);
	n = recv(fd, text, sizeof(text) - 1, MSG_WAITALL);
	text[n > 0 ? n : 0] = '\0';
	CU_ASSERT_PTR_NOT_NULL(strstr(text, " 200 "));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, mode));
	close(fd);
}

/* ---- what users ask ----------------------------------------------------- */

static json_t *ask(struct tree *tree, const char *path, const char *type,
		   const char *text)
{
	char *said;
	json_t *json = NULL;

	if (story_ask(tree, path, type, text, &said) == 0)
		json = json_loads(said, JSON_DECODE_ANY, NULL);
	free(said);
	return json;
}

static json_int_t n_relays(struct tree *tree)
{
	json_t *json = ask(tree, "relays", "count", NULL);
	json_int_t n = json_integer_value(json_object_get(json, "relays"));

	json_decref(json);
	return n;
}

static bool has_list(struct tree *tree, void *data)
{
	(void)data;
	return n_relays(tree) >= 300;
}

static void await_list(struct tree *tree)
{
	CU_ASSERT(tree_wait_until(tree, has_list, NULL));
}

static void expect_connect(struct tree *tree, const char *country)
{
	json_t *json = ask(tree, "core", "connect", country);
	const json_t *relay = json_object_get(json, "relay");

	CU_ASSERT(story_record(json, "state", "connected"));
	CU_ASSERT(story_record(relay, "country", country));
	json_decref(json);
}

static void test_users_are_connected_to_where_they_want(void)
{
	struct tree tree;
	json_t *json;

	start_vpn(&tree);
	expect_connect(&tree, "se");
	expect_connect(&tree, "nl");
	await_list(&tree);
	json = ask(&tree, "core", "relays", "se");
	CU_ASSERT(json_array_size(json_object_get(json, "se")) > 1);
	json_decref(json);
	json = ask(&tree, "core", "disconnect", NULL);
	CU_ASSERT(story_record(json, "state", "disconnected"));
	json_decref(json);
	/* nobody has been there, and the answer is no, not silence */
	CU_ASSERT_EQUAL(story_ask(&tree, "core", "connect", "qq", NULL), 1);
	CU_ASSERT_EQUAL(story_ask(&tree, "core", "connect", "nowhere", NULL),
			1);
	CU_ASSERT(story_is(&tree, "core", "generation", "0"));
	tree_stop(&tree);
}

static void test_a_list_that_is_known_is_not_sent_again(void)
{
	struct tree tree;
	json_t *json;

	start_vpn(&tree);
	await_list(&tree);
	json = ask(&tree, "relays", "update", NULL);
	CU_ASSERT(story_record(json, "result", "unchanged"));
	json_decref(json);
	tree_stop(&tree);
}

/* ---- faults of the server ----------------------------------------------- */

static void expect_unmoved(struct tree *tree, json_int_t n)
{
	static const char *const paths[] = {
		"relay-server", "api", "selector", "relays", "core",
	};

	CU_ASSERT_EQUAL(n_relays(tree), n);
	expect_connect(tree, "de");
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		CU_ASSERT(story_is(tree, paths[i], "generation", "0"));
}

static bool update_works(struct tree *tree, void *data)
{
	json_t *json = ask(tree, "relays", "update", NULL);
	bool works = json;

	(void)data;
	json_decref(json);
	return works;
}

static void test_a_bad_answer_never_replaces_a_good_list(void)
{
	static const char *const modes[] = {
		"refuse", "500", "truncated", "not-json",
	};
	unsigned int port;
	struct tree tree;
	json_int_t n;

	port = start_vpn(&tree);
	await_list(&tree);
	n = n_relays(&tree);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		set_fault(port, modes[i], 0);
		CU_ASSERT_EQUAL(story_ask(&tree, "relays", "update", NULL,
					  NULL), 1);
		expect_unmoved(&tree, n);
	}
	set_fault(port, "none", 0);
	CU_ASSERT(tree_wait_until(&tree, update_works, NULL));
	expect_unmoved(&tree, n);
	tree_stop(&tree);
}

/* which failure the download on its way would be; -1: there is none */
static json_int_t hanging_download(struct tree *tree)
{
	json_t *json = ask(tree, "relays", "status", NULL);
	json_int_t failure = -1;

	if (json_is_true(json_object_get(json, "downloading")))
		failure = json_integer_value(json_object_get(json, "failures"));
	json_decref(json);
	return failure;
}

/* who waited for it would answer when it is given up */
static bool all_answer_while_it_hangs(struct tree *tree, void *data)
{
	json_int_t failure = hanging_download(tree);

	expect_unmoved(tree, *(const json_int_t *)data);
	return failure >= 0 && hanging_download(tree) == failure;
}

static void test_a_silent_server_keeps_nobody_waiting(void)
{
	unsigned int port;
	struct tree tree;
	json_int_t n;

	port = start_vpn(&tree);
	await_list(&tree);
	n = n_relays(&tree);
	set_fault(port, "hang", 0);
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "ask", "--timeout",
				      "200ms", "/@SYSTEM@/relays", "update",
				      NULL), 4);
	for (int i = 0; i < 20; i++)
		expect_unmoved(&tree, n);
	CU_ASSERT(tree_wait_until(&tree, all_answer_while_it_hangs, &n));
	/* what hangs is let go, which is a failure of that download only */
	set_fault(port, "none", 0);
	CU_ASSERT(tree_wait_until(&tree, update_works, NULL));
	expect_unmoved(&tree, n);
	tree_stop(&tree);
}

static void test_a_failed_download_is_tried_again_by_itself(void)
{
	unsigned int port;
	struct tree tree;

	port = start_vpn(&tree);
	await_list(&tree);
	set_fault(port, "500", 1);
	/* an answer to its own request, some time later */
	CU_ASSERT_EQUAL(story_ask(&tree, "relays", "update", NULL, NULL), 1);
	CU_ASSERT(tree_wait_for(&tree, "\"failures\":0", "ask",
				"/@SYSTEM@/relays", "status", NULL));
	tree_stop(&tree);
}

static void test_a_poisonous_list_kills_only_its_reader(void)
{
	unsigned int port;
	struct tree tree;
	json_t *letters;
	pid_t selector;

	port = start_vpn(&tree);
	await_list(&tree);
	selector = story_pid(&tree, "selector");
	set_fault(port, "poison", 1);
	CU_ASSERT_EQUAL(story_ask(&tree, "relays", "update", NULL, NULL), 1);
	CU_ASSERT(story_await_generation(&tree, "relays", 1));
	CU_ASSERT(story_await_generation(&tree, "core", 1));
	CU_ASSERT(story_is(&tree, "relays", "cause", "signal:SEGV"));
	CU_ASSERT_EQUAL(story_pid(&tree, "selector"), selector);
	expect_connect(&tree, "se");

	/* the answer it died of, from whom it came */
	letters = story_await_letters(&tree, "relays", "crashed", 1);
	CU_ASSERT(story_record(json_array_get(letters, 0), "type",
			       "response"));
	json_decref(letters);
	await_list(&tree);
	tree_stop(&tree);
}

/* ---- crashes ------------------------------------------------------------ */

static void test_without_relays_users_go_on_connecting(void)
{
	struct tree tree;

	start_vpn(&tree);
	await_list(&tree);
	story_signal(&tree, "relays", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "relays", 1));
	CU_ASSERT(story_is(&tree, "selector", "generation", "0"));
	expect_connect(&tree, "no");
	await_list(&tree);
	tree_stop(&tree);
}

static void test_a_new_selector_gets_the_list_anew(void)
{
	struct tree tree;

	start_vpn(&tree);
	await_list(&tree);
	story_tell(&tree, "selector", "crash", NULL);
	CU_ASSERT(story_await_generation(&tree, "selector", 1));
	CU_ASSERT(story_await_generation(&tree, "core", 1));
	/* this ask waits for the list */
	expect_connect(&tree, "fi");
	tree_stop(&tree);
}

static void test_the_server_s_death_is_survived(void)
{
	struct tree tree;

	start_vpn(&tree);
	await_list(&tree);
	story_signal(&tree, "relay-server", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "relay-server", 1));
	CU_ASSERT(story_await_generation(&tree, "core", 1));
	expect_connect(&tree, "se");
	tree_stop(&tree);
}

/* ---- the network --------------------------------------------------------- */

static bool has_network(pid_t pid)
{
	char own[64] = "", its[64] = "", path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	if (readlink("/proc/self/ns/net", own, sizeof(own) - 1) < 0 ||
	    readlink(path, its, sizeof(its) - 1) < 0)
		HARNESS_SKIP("namespaces cannot be compared here");
	return !strcmp(own, its);
}

static void test_who_talks_to_the_server_has_no_network(void)
{
	struct tree tree;

	start_vpn(&tree);
	await_list(&tree);
	CU_ASSERT(has_network(story_pid(&tree, "relay-server")));
	CU_ASSERT_FALSE(has_network(story_pid(&tree, "api")));
	/* one call more than others have, and none that connects */
	CU_ASSERT(tree_wait_for(&tree, "\"syscalls\":[\"socketpair\"]",
				"check", "--json", tree.config, NULL));
	/* who connects for it may die, then the next one does */
	story_signal(&tree, "/system/network", SIGKILL);
	CU_ASSERT(tree_wait_until(&tree, update_works, NULL));
	CU_ASSERT(story_is(&tree, "api", "generation", "0"));
	tree_stop(&tree);
}

static void test_a_server_that_is_not_granted_is_named_with_its_key(void)
{
	char *text = read_config();
	struct tree tree;

	replace(&text, "connect: [\"127.0.0.1:18580\"]",
		"connect: [\"127.0.0.1:9\"]");
	start_with(&tree, text);
	CU_ASSERT(tree_wait_for(&tree, "it needs sandbox: { network: { connect",
				"ask", "/@SYSTEM@/relays", "status", NULL));
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_users_are_connected_to_where_they_want),
	HARNESS_TEST(test_a_list_that_is_known_is_not_sent_again),
	HARNESS_TEST(test_a_bad_answer_never_replaces_a_good_list),
	HARNESS_TEST(test_a_silent_server_keeps_nobody_waiting),
	HARNESS_TEST(test_a_failed_download_is_tried_again_by_itself),
	HARNESS_TEST(test_a_poisonous_list_kills_only_its_reader),
	HARNESS_TEST(test_without_relays_users_go_on_connecting),
	HARNESS_TEST(test_a_new_selector_gets_the_list_anew),
	HARNESS_TEST(test_the_server_s_death_is_survived),
	HARNESS_TEST(test_who_talks_to_the_server_has_no_network),
	HARNESS_TEST(test_a_server_that_is_not_granted_is_named_with_its_key),
};
HARNESS_MAIN(tests)
