/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_actorctl.c - the verbs, as a script meets them: exit status, JSON, and
 * which of the two outputs it is on.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/system/story.h"

static const char config[] =
	"system: \"@SYSTEM@\"\nchildren:\n"
	"  - { name: a, refs: [b], " STORY_ACTOR " }\n"
	"  - { name: b, " STORY_ACTOR " }\n"
	"  - { name: gone, restart: temporary, " STORY_ACTOR " }\n"
	"  - name: g\n"
	"    children:\n"
	"      - { name: x, " STORY_ACTOR " }\n";

/* up to six arguments */
struct command {
	const char *arguments[7];
};

static int run(struct tree *tree, const struct command *command,
	       struct tree_result *ret)
{
	char *arguments[7];
	size_t n = 0;
	int status;

	for (; n < 6 && command->arguments[n]; n++)
		arguments[n] = tree_expand(tree, command->arguments[n]);
	status = tree_actorctl_argv(tree, ret, (const char *const *)arguments,
				    n);
	while (n > 0)
		free(arguments[--n]);
	return status;
}

static void name_command(const struct command *command)
{
	char text[512] = "";

	for (size_t i = 0; i < 6 && command->arguments[i]; i++) {
		strncat(text, " ", sizeof(text) - strlen(text) - 1);
		strncat(text, command->arguments[i],
			sizeof(text) - strlen(text) - 1);
	}
	harness_note("actorctl%s:", text);
}

/* ---- exit statuses ------------------------------------------------------ */

struct status_row {
	struct command command;
	int status;
	const char *said;	/* on standard error; NULL: nothing */
};

#define RUN(...) .command = { { __VA_ARGS__ } }

/* in this order, on the tree above, whose "gone" is stopped */
static const struct status_row status_rows[] = {
	{ RUN("tree"), 0, NULL },
	{ RUN("tree", "--all"), 0, NULL },
	{ RUN("tree", "/@SYSTEM@/g"), 0, NULL },
	{ RUN("show", "/@SYSTEM@"), 0, NULL },
	{ RUN("show", "/@SYSTEM@/g/x"), 0, NULL },
	{ RUN("show", "/system/control"), 0, NULL },
	{ RUN("why", "/@SYSTEM@/a"), 0, NULL },
	{ RUN("mailbox", "/@SYSTEM@/a"), 0, NULL },
	{ RUN("mailbox", "/system/control"), 0, NULL },
	{ RUN("mailbox", "/@SYSTEM@/gone"), 0, NULL },
	{ RUN("mailbox", "--audit", "/@SYSTEM@/g"), 0, NULL },
	{ RUN("dead-letters", "--reason", "crashed"), 0,
	  "no dead letters" },
	{ RUN("tell", "/@SYSTEM@/a", "note", "x"), 0, NULL },
	{ RUN("tell", "--wait", "/@SYSTEM@/a", "note", "x"), 0, NULL },
	{ RUN("ask", "/@SYSTEM@/a", "echo", "x"), 0, NULL },
	{ RUN("ask", "/@SYSTEM@/g/x", "who"), 0, NULL },
	{ RUN("restart", "/@SYSTEM@/b"), 0, NULL },
	{ RUN("stop", "/@SYSTEM@/b"), 0, NULL },
	{ RUN("start", "/@SYSTEM@/b"), 0, NULL },
	{ RUN("kill", "/@SYSTEM@/b"), 0, NULL },
	{ RUN("pause", "/@SYSTEM@/b"), 0, NULL },
	{ RUN("unpause", "/@SYSTEM@/b"), 0, NULL },
	{ RUN("stop", "/@SYSTEM@/g"), 0, NULL },
	{ RUN("tell", "/@SYSTEM@/g/x", "note"), 5, "start that first" },
	{ RUN("ask", "/@SYSTEM@/g/x", "who"), 5, "start that first" },
	{ RUN("start", "/@SYSTEM@/g"), 0, NULL },
	/* some lives have ended by now */
	{ RUN("mailbox", "--audit", "/@SYSTEM@/a"), 0, NULL },
	{ RUN("version"), 0, NULL },
	{ RUN("-s", "@SYSTEM@", "tree"), 0, NULL },
	{ RUN("--help"), 0, NULL },
	{ RUN("ask", "--help"), 0, NULL },
	{ RUN("check", "@DIRECTORY@/@SYSTEM@.yaml"), 0, NULL },

	{ RUN("start", "/@SYSTEM@/a"), 1, "running already" },
	{ RUN("stop", "/@SYSTEM@/gone"), 1, "stopped already" },
	{ RUN("ask", "/@SYSTEM@/a", "crash"), 1, "interrupted" },
	{ RUN("tell", "--wait", "/@SYSTEM@/a", "crash"), 1, "interrupted" },
	{ RUN("ask", "--content", "json", "/@SYSTEM@/a", "echo", "{"), 1,
	  "JSON" },
	{ RUN("mailbox", "/@SYSTEM@/g"), 1, "takes no messages" },
	{ RUN("pause", "/@SYSTEM@/g"), 1, "pause the actors below it" },
	{ RUN("pause", "/@SYSTEM@/gone"), 1, "it is stopped" },
	{ RUN("pause", "/system/journal"), 1, "need the actors of /system" },
	{ RUN("unpause", "/@SYSTEM@/a"), 1, "it is not paused" },
	{ RUN("check", "@DIRECTORY@/none"), 1, "error: " },
	{ RUN("run", "@DIRECTORY@/none"), 1, "error: " },

	{ RUN(NULL), 2, "--help" },
	{ RUN("tre"), 2, "did you mean 'tree'" },
	{ RUN("tree", "--wait"), 2, "usage: " },
	{ RUN("show"), 2, "usage: " },
	{ RUN("show", "/@SYSTEM@/a", "b"), 2, "show: \"b\" is too many" },
	{ RUN("tell", "/@SYSTEM@/a"), 2, "tell: TYPE is missing" },
	{ RUN("ask", "/@SYSTEM@/a"), 2, "usage: " },
	{ RUN("why"), 2, "usage: " },
	{ RUN("mailbox"), 2, "usage: " },
	{ RUN("mailbox", "/@SYSTEM@/a", "b"), 2, "usage: " },
	{ RUN("start"), 2, "usage: " },
	{ RUN("stop"), 2, "stop: PATH is missing" },
	{ RUN("restart"), 2, "usage: " },
	{ RUN("kill"), 2, "usage: " },
	{ RUN("pause"), 2, "usage: " },
	{ RUN("unpause"), 2, "usage: " },
	{ RUN("run"), 2, "usage: " },
	{ RUN("check"), 2, "usage: " },
	{ RUN("version", "x"), 2, "usage: " },
	{ RUN("dead-letters", "/@SYSTEM@/a", "x"), 2, "usage: " },
	{ RUN("dead-letters", "--since", "soon"), 2, "--since" },
	{ RUN("dead-letters", "--reason", "crashd"), 2,
	  "did you mean 'crashed'?\nactorctl: there are: terminated" },
	{ RUN("dead-letters", "--reason", "x"), 2, "undelivered" },
	{ RUN("ask", "--timeout", "5", "/@SYSTEM@/a", "echo"), 2, "unit" },
	{ RUN("ask", "--content", "xml", "/@SYSTEM@/a", "echo"), 2,
	  "--content" },
	{ RUN("show", "no-path"), 2, "path" },

	{ RUN("tree", "/@SYSTEM@/none"), 3, "actorctl tree" },
	{ RUN("show", "/@SYSTEM@/none"), 3, "actorctl tree" },
	{ RUN("show", "/@SYSTEM@/a/none"), 3, "actorctl tree" },
	{ RUN("why", "/@SYSTEM@/none"), 3, "actorctl tree" },
	{ RUN("mailbox", "/@SYSTEM@/none"), 3, "actorctl tree" },
	{ RUN("mailbox", "--audit", "/@SYSTEM@/none"), 3, "actorctl tree" },
	{ RUN("tell", "/@SYSTEM@/none", "note"), 3, "actorctl tree" },
	{ RUN("ask", "/@SYSTEM@/none", "echo"), 3, "actorctl tree" },
	{ RUN("start", "/@SYSTEM@/none"), 3, "actorctl tree" },
	{ RUN("stop", "/@SYSTEM@/none"), 3, "actorctl tree" },
	{ RUN("restart", "/@SYSTEM@/none"), 3, "actorctl tree" },
	{ RUN("kill", "/@SYSTEM@/none"), 3, "actorctl tree" },

	{ RUN("ask", "--timeout", "50ms", "/@SYSTEM@/a", "defer"), 4,
	  "actorctl why" },
	{ RUN("tell", "/@SYSTEM@/gone", "note"), 5, "actorctl start" },
	{ RUN("tell", "--wait", "/@SYSTEM@/gone", "note"), 5,
	  "actorctl start" },
	{ RUN("ask", "/@SYSTEM@/gone", "note"), 5, "actorctl start" },
	{ RUN("ask", "/@SYSTEM@/a", "nonsense"), 5, "dead-letters" },
	{ RUN("tell", "--wait", "/@SYSTEM@/a", "nonsense"), 5,
	  "dead-letters" },

	{ RUN("-s", "none", "tree"), 6, "running: @SYSTEM@" },
	{ RUN("show", "/none/a"), 6, "running: @SYSTEM@" },
	{ RUN("mailbox", "/none/a"), 6, "running: @SYSTEM@" },
	{ RUN("ask", "/none/a", "echo"), 6, "running: @SYSTEM@" },
	{ RUN("-s", "none", "version"), 6, "running: @SYSTEM@" },
};

#define N_STATUSES (sizeof(status_rows) / sizeof(status_rows[0]))

static void expect_status(struct tree *tree, const struct status_row *row)
{
	char *wanted = tree_expand(tree, row->said ? row->said : "");
	struct tree_result result;
	bool good;

	run(tree, &row->command, &result);
	good = result.status == row->status && strstr(result.err, wanted) &&
	       (row->said ? !*result.out : !*result.err);
	if (!good) {
		name_command(&row->command);
		harness_note("status %d, not %d; \"%s\"; out:\n%serr:\n%s",
			     result.status, row->status, wanted, result.out,
			     result.err);
	}
	CU_ASSERT(good);
	tree_result_clear(&result);
	free(wanted);
}

static void test_statuses_are_as_promised_and_words_on_standard_error(void)
{
	struct tree tree;

	tree_start(&tree, config);
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "gone"), 0);
	for (size_t i = 0; i < N_STATUSES; i++)
		expect_status(&tree, &status_rows[i]);
	tree_stop(&tree);
}

static void test_without_a_system_it_is_6_and_says_how_to_start_one(void)
{
	static const struct command commands[] = {
		{ { "tree" } }, { { "show", "/x/y" } }, { { "why", "/x/y" } },
		{ { "tell", "/x/y", "z" } }, { { "ask", "/x/y", "z" } },
		{ { "start", "/x/y" } }, { { "stop", "/x/y" } },
		{ { "restart", "/x/y" } }, { { "kill", "/x/y" } },
		{ { "dead-letters" } }, { { "-s", "x", "version" } },
		{ { "mailbox", "/x/y" } }, { { "mailbox", "--audit" } },
	};
	struct tree_result result;
	struct tree tree;

	tree_prepare(&tree, config);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (run(&tree, &commands[i], &result) != 6)
			name_command(&commands[i]);
		CU_ASSERT_EQUAL(result.status, 6);
		CU_ASSERT_STRING_EQUAL(result.out, "");
		CU_ASSERT_PTR_NOT_NULL(strstr(result.err, "actorctl run"));
		tree_result_clear(&result);
	}
	/* its own version it can tell */
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "version", NULL), 0);
	tree_forget(&tree);
}

static void expect_said_of_the_end(struct tree *tree, const char *what)
{
	struct tree_result result;

	CU_ASSERT_EQUAL(tree_actorctl(tree, &result, "tree", "/@SYSTEM@",
				      NULL), 6);
	if (!strstr(result.err, what))
		harness_note("no \"%s\" in: %s", what, result.err);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.err, what));
	CU_ASSERT_PTR_NOT_NULL(strstr(result.err, "journalctl ACTOR_SYSTEM="));
	tree_result_clear(&result);
}

static void test_a_system_that_gave_up_is_told_of_later(void)
{
	struct tree_result result;
	struct tree tree;

	tree_start(&tree, "system: @SYSTEM@\n"
			  "children:\n"
			  "  - { name: a, " STORY_ACTOR ", "
			  "args: [--fail-restarts, \"13\"],\n"
			  "      directives: { signal: escalate, "
			  "start_failed: escalate } }\n");
	/* the root gives up after three restarts of the tree in five seconds: too
	 * few to look on meanwhile */
	story_tell(&tree, "a", "crash", NULL);
	CU_ASSERT_EQUAL(tree_wait_end(&tree), 1);

	expect_said_of_the_end(&tree, "the system gave up: ");
	CU_ASSERT_EQUAL(tree_actorctl(&tree, &result, "tree", NULL), 6);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.err, "the system gave up: "));
	tree_result_clear(&result);
	tree_forget(&tree);
}

static void test_a_system_whose_root_was_killed_is_told_of_later(void)
{
	struct tree tree;

	tree_start(&tree, config);
	kill(tree.pid, SIGKILL);
	CU_ASSERT_EQUAL(tree_wait_end(&tree), 128 + SIGKILL);
	expect_said_of_the_end(&tree, "its root supervisor was killed");
	tree_kill(&tree);
}

/* who held the socket as the root was killed may still hold it for a moment */
static void test_a_socket_without_its_root_is_no_system(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct tree tree;
	char *text;
	pid_t root;

	tree_prepare(&tree, config);
	text = tree_expand(&tree, "@DIRECTORY@/state/@SYSTEM@");
	CU_ASSERT_EQUAL(mkdir(text, 0700), 0);
	free(text);
	text = tree_expand(&tree, "@DIRECTORY@/run/@SYSTEM@");
	CU_ASSERT_EQUAL(mkdir(text, 0700), 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/control", text);
	free(text);
	CU_ASSERT_EQUAL(bind(listener, (const struct sockaddr *)&address,
			     sizeof(address)), 0);

	root = fork();
	if (root == 0)
		_exit(listen(listener, 8) < 0);
	CU_ASSERT_EQUAL(waitid(P_PID, (id_t)root, NULL, WEXITED | WNOWAIT), 0);
	expect_said_of_the_end(&tree, "its root supervisor was killed");
	CU_ASSERT_EQUAL(waitpid(root, NULL, 0), root);
	expect_said_of_the_end(&tree, "its root supervisor was killed");
	close(listener);
	tree_kill(&tree);
}

/* ---- JSON --------------------------------------------------------------- */

static const struct json_row {
	struct command command;
	json_type type;
	const char *member;	/* of the object, or of the first element */
} json_rows[] = {
	{ RUN("--json", "tree"), JSON_ARRAY, "path" },
	{ RUN("tree", "--json", "--all"), JSON_ARRAY, "state" },
	{ RUN("--json", "show", "/@SYSTEM@/a"), JSON_OBJECT, "life" },
	{ RUN("--json", "show", "/@SYSTEM@"), JSON_OBJECT, "kind" },
	{ RUN("--json", "why", "/@SYSTEM@/a"), JSON_ARRAY, "time_us" },
	{ RUN("--json", "mailbox", "/@SYSTEM@/a"), JSON_OBJECT, "mailbox" },
	{ RUN("--json", "mailbox", "--audit"), JSON_OBJECT, "difference" },
	{ RUN("--json", "tell", "/@SYSTEM@/a", "note"), JSON_OBJECT,
	  "accepted" },
	{ RUN("--json", "tell", "--wait", "/@SYSTEM@/a", "note"),
	  JSON_OBJECT, "handled" },
	{ RUN("--json", "ask", "/@SYSTEM@/a", "echo", "x"), JSON_OBJECT,
	  "payload" },
	{ RUN("--json", "restart", "/@SYSTEM@/a"), JSON_OBJECT, "done" },
	{ RUN("--json", "stop", "/@SYSTEM@/a"), JSON_OBJECT, "done" },
	{ RUN("--json", "start", "/@SYSTEM@/a"), JSON_OBJECT, "done" },
	{ RUN("--json", "kill", "/@SYSTEM@/a"), JSON_OBJECT, "done" },
	{ RUN("--json", "dead-letters"), JSON_ARRAY, "reason" },
	{ RUN("--json", "version"), JSON_OBJECT, "system" },
	{ RUN("--json", "check", "@DIRECTORY@/@SYSTEM@.yaml"), JSON_OBJECT,
	  "tree" },
};

static void expect_json(struct tree *tree, const struct json_row *row)
{
	struct tree_result result;
	json_t *json, *object;

	CU_ASSERT_EQUAL(run(tree, &row->command, &result), 0);
	json = json_loads(result.out, JSON_REJECT_DUPLICATES, NULL);
	object = row->type == JSON_ARRAY ? json_array_get(json, 0) : json;
	if (!json || !json_object_get(object, row->member)) {
		name_command(&row->command);
		harness_note("no %s in: %s%s", row->member, result.out,
			     result.err);
	}
	CU_ASSERT_PTR_NOT_NULL_FATAL(json);
	CU_ASSERT_EQUAL(json_typeof(json), row->type);
	CU_ASSERT_PTR_NOT_NULL(json_object_get(object, row->member));
	CU_ASSERT_STRING_EQUAL(result.err, "");
	json_decref(json);
	tree_result_clear(&result);
}

static void test_every_verb_has_json(void)
{
	struct tree tree;

	tree_start(&tree, config);
	story_tell(&tree, "b", "nonsense", NULL);
	json_decref(story_await_letters(&tree, "b", "unhandled", 1));
	for (size_t i = 0; i < sizeof(json_rows) / sizeof(json_rows[0]); i++)
		expect_json(&tree, &json_rows[i]);
	tree_stop(&tree);
}

static void test_bytes_that_are_no_text_are_still_json(void)
{
	static const char *const texts[] = {
		"\xff\xfe", "\x01\x1b[31m", "{\"a\": 1}", "\"", "", "ü",
	};
	struct tree tree;
	json_t *json;

	tree_start(&tree, config);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char path[STORY_PATH_BYTES];

		json = story_json(&tree, "ask",
				  story_path(&tree, "a", path), "echo",
				  texts[i], NULL);
		CU_ASSERT_PTR_NOT_NULL(json_object_get(json, "payload"));
		json_decref(json);
	}
	tree_stop(&tree);
}

/* ---- which system ------------------------------------------------------- */

static void test_several_systems_need_a_name_or_a_path(void)
{
	struct tree_result result;
	struct tree one, two;
	char run_directory[256], path[256];

	tree_start(&one, config);
	/* the second of the same user: both run below one directory */
	tree_prepare(&two, config);
	snprintf(run_directory, sizeof(run_directory), "%s/run",
		 two.directory);
	CU_ASSERT_EQUAL(rmdir(run_directory), 0);
	snprintf(path, sizeof(path), "%s/run", one.directory);
	CU_ASSERT_EQUAL(symlink(path, run_directory), 0);
	tree_spawn(&two);
	CU_ASSERT_FATAL(tree_await_up(&two));

	CU_ASSERT_EQUAL(tree_actorctl(&one, &result, "tree", NULL), 2);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.err, one.system));
	CU_ASSERT_PTR_NOT_NULL(strstr(result.err, two.system));
	CU_ASSERT_PTR_NOT_NULL(strstr(result.err, "-s"));
	tree_result_clear(&result);
	CU_ASSERT_EQUAL(tree_actorctl(&one, NULL, "show", "/system/control",
				      NULL), 2);
	CU_ASSERT(tree_wait_for(&one, one.system, "-s", one.system, "tree",
				NULL));
	CU_ASSERT(tree_wait_for(&one, two.system, "-s", two.system, "tree",
				NULL));
	story_expect(&one, "a", "who", NULL,
		     "/@SYSTEM@/a 0 0 /system/control");
	story_expect(&two, "a", "who", NULL,
		     "/@SYSTEM@/a 0 0 /system/control");
	CU_ASSERT_EQUAL(story_act(&two, "stop", ""), 0);
	CU_ASSERT_EQUAL(story_act(&one, "stop", ""), 0);
	CU_ASSERT_EQUAL(tree_wait_end(&two), 0);
	CU_ASSERT_EQUAL(tree_wait_end(&one), 0);
	CU_ASSERT_EQUAL(unlink(run_directory), 0);
	tree_forget(&two);
	tree_forget(&one);
}

/* ---- what they show ----------------------------------------------------- */

static void test_the_tree_is_shown_as_a_tree(void)
{
	struct tree_result result;
	struct tree tree;

	tree_start(&tree, config);
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "gone"), 0);
	CU_ASSERT_EQUAL(tree_actorctl(&tree, &result, "tree", NULL), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.out, "├─ a "));
	CU_ASSERT_PTR_NOT_NULL(strstr(result.out, "└─ g "));
	CU_ASSERT_PTR_NOT_NULL(strstr(result.out, "   └─ x "));
	CU_ASSERT_PTR_NOT_NULL(strstr(result.out, "running  pid "));
	CU_ASSERT_PTR_NOT_NULL(strstr(result.out, "stopped"));
	CU_ASSERT_PTR_NULL(strstr(result.out, "dead-letters"));
	tree_result_clear(&result);
	tree_stop(&tree);
}

static void test_a_restart_keeps_the_life_and_a_stop_ends_it(void)
{
	struct tree tree;
	char *life;

	tree_start(&tree, config);
	life = story_text(&tree, "b", "life");
	CU_ASSERT_EQUAL(story_act(&tree, "restart", "b"), 0);
	CU_ASSERT(story_is(&tree, "b", "generation", "1"));
	CU_ASSERT(story_is(&tree, "b", "life", life));
	CU_ASSERT_EQUAL(story_act(&tree, "kill", "b"), 0);
	CU_ASSERT(story_await_generation(&tree, "b", 2));
	CU_ASSERT(story_is(&tree, "b", "cause", "signal:KILL"));
	CU_ASSERT(story_is(&tree, "b", "life", life));
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "b"), 0);
	CU_ASSERT_EQUAL(story_act(&tree, "start", "b"), 0);
	CU_ASSERT(story_is(&tree, "b", "generation", "0"));
	CU_ASSERT_FALSE(story_is(&tree, "b", "life", life));
	/* a restart of what is stopped is a start */
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "b"), 0);
	CU_ASSERT_EQUAL(story_act(&tree, "restart", "b"), 0);
	CU_ASSERT(story_is(&tree, "b", "state", "running"));
	free(life);
	tree_stop(&tree);
}

static void put_input(const char *path, const char *bytes, size_t n_bytes)
{
	FILE *file = fopen(path, "we");

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	CU_ASSERT_EQUAL_FATAL(fwrite(bytes, 1, n_bytes, file), n_bytes);
	CU_ASSERT_EQUAL_FATAL(fclose(file), 0);
}

static void expect_mirrored(struct tree *tree, size_t n_bytes)
{
	char *text = malloc(n_bytes + 1), path[STORY_PATH_BYTES];
	struct tree_result result;

	for (size_t i = 0; i < n_bytes; i++)
		text[i] = (char)('a' + i % 23);
	text[n_bytes] = '\n';
	put_input(tree->input, text, n_bytes);
	CU_ASSERT_EQUAL(tree_actorctl(tree, &result, "ask", "--timeout", "1min",
				      story_path(tree, "a", path), "mirror",
				      "-", NULL), 0);
	CU_ASSERT_EQUAL_FATAL(strlen(result.out), n_bytes + 1);
	CU_ASSERT_EQUAL(memcmp(result.out, text, n_bytes + 1), 0);
	tree_result_clear(&result);
	free(text);
}

static void test_a_payload_of_any_size_comes_back_whole(void)
{
	static const size_t sizes[] = { 1000, 65536, 65537, 3000000 };
	char input[160];
	struct tree tree;

	tree_start(&tree, config);
	snprintf(input, sizeof(input), "%s/input", tree.directory);
	tree.input = input;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		expect_mirrored(&tree, sizes[i]);
	tree_stop(&tree);
}

static void test_a_payload_that_the_receiver_does_not_take_is_refused(void)
{
	char *text = calloc(1, 5001), path[STORY_PATH_BYTES];
	struct tree_result result;
	struct tree tree;

	memset(text, 'x', 5000);
	tree_start(&tree, "system: @SYSTEM@\n"
			  "children:\n"
			  "  - { name: a, " STORY_ACTOR ", "
			  "mailbox: { payload: 4K } }\n");
	CU_ASSERT_EQUAL(tree_actorctl(&tree, &result, "tell",
				      story_path(&tree, "a", path), "note",
				      text, NULL), 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.err, "actorctl mailbox /"));
	tree_result_clear(&result);
	free(text);
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_statuses_are_as_promised_and_words_on_standard_error),
	HARNESS_TEST(test_without_a_system_it_is_6_and_says_how_to_start_one),
	HARNESS_TEST(test_a_system_that_gave_up_is_told_of_later),
	HARNESS_TEST(test_a_system_whose_root_was_killed_is_told_of_later),
	HARNESS_TEST(test_a_socket_without_its_root_is_no_system),
	HARNESS_TEST(test_every_verb_has_json),
	HARNESS_TEST(test_bytes_that_are_no_text_are_still_json),
	HARNESS_TEST(test_several_systems_need_a_name_or_a_path),
	HARNESS_TEST(test_the_tree_is_shown_as_a_tree),
	HARNESS_TEST(test_a_restart_keeps_the_life_and_a_stop_ends_it),
	HARNESS_TEST(test_a_payload_of_any_size_comes_back_whole),
	HARNESS_TEST(test_a_payload_that_the_receiver_does_not_take_is_refused),
};
HARNESS_MAIN(tests)
