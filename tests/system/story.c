/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * story.c - short words for what a story about a real tree does and looks at.
 *
 * All it knows it asks actorctl, or the kernel about a process.
 */
#include "tests/system/story.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <link.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/harness/proc.h"

#define ARGUMENTS_MAX 24
/* who was not run for some seconds answers all the same */
#define ANSWER_TIMEOUT "30s"
#define JOURNAL_DIRECTORY "/run/systemd"
#define JOURNAL_SOCKET JOURNAL_DIRECTORY "/journal/socket"

int64_t story_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

const char *story_path(const struct tree *tree, const char *path,
		       char buffer[static STORY_PATH_BYTES])
{
	if (path[0] == '/')
		snprintf(buffer, STORY_PATH_BYTES, "%s", path);
	else
		snprintf(buffer, STORY_PATH_BYTES, "/%s%s%s", tree->system,
			 *path ? "/" : "", path);
	return buffer;
}

/* ---- looking ------------------------------------------------------------ */

static json_t *parse(const struct tree_result *result)
{
	json_error_t error;
	json_t *json;

	if (result->status != 0)
		return NULL;
	json = json_loads(result->out, JSON_DECODE_ANY, &error);
	if (!json)
		harness_note("no JSON (%s): %s", error.text, result->out);
	CU_ASSERT_PTR_NOT_NULL(json);
	return json;
}

json_t *story_json(struct tree *tree, ...)
{
	const char *arguments[ARGUMENTS_MAX] = { "--json" };
	struct tree_result result;
	size_t n = 1;
	va_list list;
	json_t *json;

	va_start(list, tree);
	while (n < ARGUMENTS_MAX &&
	       (arguments[n] = va_arg(list, const char *)))
		n++;
	va_end(list);
	tree_actorctl_argv(tree, &result, arguments, n);
	json = parse(&result);
	tree_result_clear(&result);
	return json;
}

static json_t *show(struct tree *tree, const char *path)
{
	char full[STORY_PATH_BYTES];

	return story_json(tree, "-s", tree->system, "show",
			  story_path(tree, path, full), NULL);
}

json_int_t story_number(struct tree *tree, const char *path,
			const char *field)
{
	json_t *row = show(tree, path), *value = json_object_get(row, field);
	json_int_t number = json_is_integer(value) ? json_integer_value(value)
						   : -1;

	json_decref(row);
	return number;
}

char *story_text(struct tree *tree, const char *path, const char *field)
{
	json_t *row = show(tree, path);
	const char *text = json_string_value(json_object_get(row, field));
	char *copy = strdup(text ? text : "");

	json_decref(row);
	return copy;
}

uint64_t story_life(struct tree *tree, const char *path)
{
	char *text = story_text(tree, path, "life");
	uint64_t life = strtoull(text, NULL, 10);

	CU_ASSERT_NOT_EQUAL(life, 0);
	free(text);
	return life;
}

/* never -1: whoever kills that kills all there are */
pid_t story_pid(struct tree *tree, const char *path)
{
	json_int_t pid = story_number(tree, path, "pid");

	return pid > 0 ? (pid_t)pid : 0;
}

static bool value_is(const json_t *value, const char *wanted)
{
	char digits[32];

	if (json_is_integer(value)) {
		snprintf(digits, sizeof(digits), "%" JSON_INTEGER_FORMAT,
			 json_integer_value(value));
		return strcmp(digits, wanted) == 0;
	}
	if (json_is_boolean(value))
		return strcmp(json_is_true(value) ? "true" : "false",
			      wanted) == 0;
	return json_is_string(value) &&
	       strcmp(json_string_value(value), wanted) == 0;
}

bool story_is(struct tree *tree, const char *path, const char *field,
	      const char *value)
{
	json_t *row = show(tree, path);
	bool is = value_is(json_object_get(row, field), value);

	json_decref(row);
	return is;
}

struct wanted_field {
	const char *path;
	const char *field;
	const char *value;
};

static bool field_holds(struct tree *tree, void *data)
{
	const struct wanted_field *wanted = data;

	return story_is(tree, wanted->path, wanted->field, wanted->value);
}

bool story_await(struct tree *tree, const char *path, const char *field,
		 const char *value)
{
	struct wanted_field wanted = { path, field, value };
	bool held;

	harness_awaits("%s of \"%s\" to be %s", field, path, value);
	held = tree_wait_until(tree, field_holds, &wanted);
	if (!held)
		harness_note("%s of \"%s\" never was %s", field, path, value);
	return held;
}

struct wanted_generation {
	const char *path;
	unsigned int generation;
};

static bool runs_in_generation(struct tree *tree, void *data)
{
	const struct wanted_generation *wanted = data;
	json_t *row = show(tree, wanted->path);
	bool runs = value_is(json_object_get(row, "state"), "running") &&
		json_integer_value(json_object_get(row, "generation")) ==
			(json_int_t)wanted->generation;

	json_decref(row);
	return runs;
}

bool story_await_generation(struct tree *tree, const char *path,
			    unsigned int generation)
{
	struct wanted_generation wanted = { path, generation };
	bool held;

	harness_awaits("\"%s\" to run in generation %u", path, generation);
	held = tree_wait_until(tree, runs_in_generation, &wanted);
	if (!held)
		harness_note("\"%s\" never ran in generation %u", path,
			     generation);
	return held;
}

static bool is_gone(struct tree *tree, void *data)
{
	const pid_t *pid = data;

	(void)tree;
	return kill(*pid, 0) < 0 && errno == ESRCH;
}

bool story_await_gone(struct tree *tree, pid_t pid)
{
	harness_awaits("the end of process %d", pid);
	return tree_wait_until(tree, is_gone, &pid);
}

static json_t *why(struct tree *tree, const char *path)
{
	char full[STORY_PATH_BYTES];

	return story_json(tree, "-s", tree->system, "why",
			  story_path(tree, path, full), NULL);
}

json_t *story_decision(struct tree *tree, const char *path,
		       const char *decision, const char *field)
{
	json_t *records = why(tree, path), *record, *found = NULL;
	size_t i;

	json_array_foreach(records, i, record)
		if (story_record(record, "decision", decision))
			found = json_object_get(record, field);
	json_incref(found);
	json_decref(records);
	return found;
}

size_t story_n_decisions(struct tree *tree, const char *path,
			 const char *decision)
{
	json_t *records = why(tree, path), *record;
	size_t i, n = 0;

	json_array_foreach(records, i, record)
		n += story_record(record, "decision", decision);
	json_decref(records);
	return n;
}

bool story_adds_up(struct tree *tree, void *unused)
{
	(void)unused;
	return tree_actorctl(tree, NULL, "mailbox", "--audit", NULL) == 0;
}

static void note_verb(struct tree *tree, const char *verb, const char *argument)
{
	const char *arguments[] = { "-s", tree->system, verb, argument };
	struct tree_result result;

	tree_actorctl_argv(tree, &result, arguments, argument ? 4 : 3);
	harness_note("actorctl %s %s:\n%s%s", verb, argument ? argument : "",
		     result.out, result.err);
	tree_result_clear(&result);
}

/* who could not be read in time is no verdict, and who is not run between two
 * stores for longer than an audit looks is off there; what is lost stays lost */
void story_expect_sum(struct tree *tree)
{
	harness_awaits("all messages to have their places");
	if (tree_wait_until(tree, story_adds_up, NULL))
		return;
	CU_FAIL("not every message has its place");
	note_verb(tree, "mailbox", "--audit");
}

struct asked_metrics {
	const char *option;
	char *text;
};

static bool metrics_are_complete(struct tree *tree, void *data)
{
	struct asked_metrics *asked = data;
	struct tree_result result;
	int status = tree_actorctl(tree, &result, "metrics", asked->option,
				   NULL);

	free(asked->text);
	asked->text = strdup(result.out);
	tree_result_clear(&result);
	return status == 0;
}

char *story_metrics(struct tree *tree, const char *option)
{
	struct asked_metrics asked = { option, NULL };

	harness_awaits("metrics of all supervisors");
	CU_ASSERT(tree_wait_until(tree, metrics_are_complete, &asked));
	return asked.text;
}

void story_explain(struct tree *tree, ...)
{
	static const char *const verbs[] = { "show", "mailbox", "why" };
	char full[STORY_PATH_BYTES];
	const char *path;
	va_list paths;

	note_verb(tree, "tree", NULL);
	note_verb(tree, "mailbox", "--audit");
	note_verb(tree, "dead-letters", NULL);
	va_start(paths, tree);
	while ((path = va_arg(paths, const char *)))
		for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
			note_verb(tree, verbs[i],
				  story_path(tree, path, full));
	va_end(paths);
}

/* ---- doing -------------------------------------------------------------- */

/* @wait: "--wait", NULL: without */
static int say(struct tree *tree, struct tree_result *ret, const char *verb,
		const char *wait, const char *path, const char *type,
		const char *text)
{
	const char *arguments[ARGUMENTS_MAX] = { "-s", tree->system, verb };
	char full[STORY_PATH_BYTES];
	size_t n = 3;

	if (wait)
		arguments[n++] = wait;
	if (wait || !strcmp(verb, "ask")) {
		arguments[n++] = "--timeout";
		arguments[n++] = ANSWER_TIMEOUT;
	}
	arguments[n++] = story_path(tree, path, full);
	arguments[n++] = type;
	if (text)
		arguments[n++] = text;
	return tree_actorctl_argv(tree, ret, arguments, n);
}

void story_tell(struct tree *tree, const char *path, const char *type,
		const char *text)
{
	struct tree_result result;

	if (say(tree, &result, "tell", NULL, path, type, text) != 0)
		harness_note("tell %s %s: %s", path, type, result.err);
	CU_ASSERT_EQUAL(result.status, 0);
	tree_result_clear(&result);
}

int story_tell_wait(struct tree *tree, const char *path, const char *type,
		    const char *text)
{
	return say(tree, NULL, "tell", "--wait", path, type, text);
}

int story_ask(struct tree *tree, const char *path, const char *type,
	      const char *text, char **ret)
{
	struct tree_result result;
	int status = say(tree, &result, "ask", NULL, path, type, text);

	if (ret)
		*ret = strdup(status == 0 ? result.out : result.err);
	tree_result_clear(&result);
	return status;
}

/* what is printed has a line's end behind it, unless it had one */
static bool same_but_newline(const char *printed, const char *text)
{
	size_t n = strlen(text);

	return strncmp(printed, text, n) == 0 &&
	       (printed[n] == '\0' || strcmp(printed + n, "\n") == 0);
}

void story_expect(struct tree *tree, const char *path, const char *type,
		  const char *text, const char *answer)
{
	char *wanted = tree_expand(tree, answer), *got;
	int status = story_ask(tree, path, type, text, &got);

	CU_ASSERT_EQUAL(status, 0);
	if (!same_but_newline(got, wanted))
		harness_note("%s %s: not \"%s\" but \"%s\"", path, type,
			     wanted, got);
	CU_ASSERT(same_but_newline(got, wanted));
	free(wanted);
	free(got);
}

struct wanted_notes {
	const char *path;
	const char *notes;
	char *last;
};

static bool notes_hold(struct tree *tree, void *data)
{
	struct wanted_notes *wanted = data;

	free(wanted->last);
	return story_ask(tree, wanted->path, "notes", NULL, &wanted->last) ==
		       0 &&
	       same_but_newline(wanted->last, wanted->notes);
}

bool story_await_notes(struct tree *tree, const char *path, const char *notes)
{
	char *expanded = tree_expand(tree, notes);
	struct wanted_notes wanted = { path, expanded, NULL };
	bool held;

	harness_awaits("notes of \"%s\"", path);
	held = tree_wait_until(tree, notes_hold, &wanted);
	if (!held)
		harness_note("notes of \"%s\" never were\n%sbut\n%s", path,
			     expanded, wanted.last);
	free(wanted.last);
	free(expanded);
	return held;
}

static bool owes(struct tree *tree, void *data)
{
	const struct wanted_field *wanted = data;
	char *said;
	bool yes = story_ask(tree, wanted->path, "owes", NULL, &said) == 0 &&
		   same_but_newline(said, "yes");

	free(said);
	return yes;
}

bool story_await_owed(struct tree *tree, const char *path)
{
	struct wanted_field wanted = { .path = path };

	harness_awaits("\"%s\" to owe an answer", path);
	return tree_wait_until(tree, owes, &wanted);
}

int story_act(struct tree *tree, const char *verb, const char *path)
{
	char full[STORY_PATH_BYTES];
	struct tree_result result;
	int status = tree_actorctl(tree, &result, "-s", tree->system, verb,
				   story_path(tree, path, full), NULL);

	if (status != 0)
		harness_note("%s %s: %s", verb, path, result.err);
	tree_result_clear(&result);
	return status;
}

pid_t story_act_behind(struct tree *tree, const char *verb, const char *path)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0)
		_exit(story_act(tree, verb, path));
	return pid;
}

static bool starts(struct tree *tree, void *data)
{
	const struct wanted_field *wanted = data;

	return story_act(tree, "start", wanted->path) == 0;
}

bool story_await_start(struct tree *tree, const char *path)
{
	struct wanted_field wanted = { .path = path };

	harness_awaits("a start of \"%s\"", path);
	return tree_wait_until(tree, starts, &wanted);
}

static bool has_processes(struct tree *tree, void *n_max)
{
	return tree_n_processes(tree) <= *(const size_t *)n_max;
}

bool story_await_processes(struct tree *tree, size_t n_max)
{
	harness_awaits("%zu processes of %s", n_max, tree->system);
	return tree_wait_until(tree, has_processes, &n_max);
}

struct descriptors {
	pid_t pid;
	size_t n_max;
};

static bool has_descriptors(struct tree *tree, void *data)
{
	const struct descriptors *wanted = data;

	(void)tree;
	return proc_n_descriptors(wanted->pid) <= wanted->n_max;
}

bool story_await_descriptors(struct tree *tree, pid_t pid, size_t n_max)
{
	struct descriptors wanted = { pid, n_max };

	harness_awaits("%zu descriptors of process %d", n_max, (int)pid);
	return tree_wait_until(tree, has_descriptors, &wanted);
}

void story_signal(struct tree *tree, const char *path, int signal_number)
{
	pid_t pid = story_pid(tree, path);

	CU_ASSERT_FATAL(pid > 1);
	CU_ASSERT_EQUAL(kill(pid, signal_number), 0);
}

static bool is_frozen(struct tree *tree, void *data)
{
	const pid_t *pid = data;

	(void)tree;
	return proc_state(*pid) == 'T';
}

void story_freeze(struct tree *tree, const char *path)
{
	pid_t pid = story_pid(tree, path);

	CU_ASSERT_FATAL(pid > 1);
	CU_ASSERT_EQUAL(kill(pid, SIGSTOP), 0);
	CU_ASSERT(tree_wait_until(tree, is_frozen, &pid));
}

void story_expect_failed_start(struct tree *tree, const char *reason)
{
	char *wanted = tree_expand(tree, reason), *log, *line;

	CU_ASSERT_EQUAL(tree_wait_end(tree), 1);
	log = tree_log_text(tree);
	if (strlen(log) > 0 && log[strlen(log) - 1] == '\n')
		log[strlen(log) - 1] = '\0';
	line = strrchr(log, '\n');
	line = line ? line + 1 : log;
	if (!strstr(line, wanted))
		harness_note("no \"%s\" in: %s", wanted, line);
	CU_ASSERT_PTR_NOT_NULL(strstr(line, wanted));
	CU_ASSERT_PTR_NOT_NULL(strstr(line, "could not start"));
	free(wanted);
	free(log);
	tree_forget(tree);
}

/* ---- dead letters and records ------------------------------------------- */

json_t *story_letters(struct tree *tree, const char *path, const char *reason)
{
	char full[STORY_PATH_BYTES];

	return story_json(tree, "-s", tree->system, "dead-letters", "--limit",
			  "4000", "--reason", reason,
			  story_path(tree, path, full), NULL);
}

struct wanted_letters {
	const char *path;
	const char *reason;
	size_t n;
	json_t *letters;
};

static bool letters_came(struct tree *tree, void *data)
{
	struct wanted_letters *wanted = data;

	json_decref(wanted->letters);
	wanted->letters = story_letters(tree, wanted->path, wanted->reason);
	return json_array_size(wanted->letters) >= wanted->n;
}

json_t *story_await_letters(struct tree *tree, const char *path,
			    const char *reason, size_t n)
{
	struct wanted_letters wanted = { path, reason, n, NULL };

	harness_awaits("%zu dead letters %s to \"%s\"", n, reason, path);
	if (!tree_wait_until(tree, letters_came, &wanted))
		harness_note("never %zu dead letters %s to \"%s\"", n, reason,
			     path);
	CU_ASSERT_EQUAL(json_array_size(wanted.letters), n);
	return wanted.letters;
}

void story_hide_journal(void)
{
	if (access(JOURNAL_SOCKET, F_OK) < 0)
		return;
	if (geteuid() != 0)
		HARNESS_SKIP("a journald runs, and only root can hide it");
	if (unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", JOURNAL_DIRECTORY, "tmpfs", 0, "mode=755") < 0)
		HARNESS_SKIP("no mount namespace to hide the journald in");
}

bool story_await_spooling(struct tree *tree)
{
	return tree_wait_for(tree, "actorproc_journal_up{system=\"@SYSTEM@\"} 0\n",
			     "-s", "@SYSTEM@", "metrics", NULL);
}

/* who writes it lives, and has not come to the end of it: it is there next time */
static bool is_half_written(const struct tree *tree, const char *line)
{
	return tree->pid > 0 && !strchr(line, '\n');
}

json_t *story_spool(const struct tree *tree)
{
	json_t *array = json_array(), *record;
	char path[512], *line = NULL;
	size_t size = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/state/%s/dead-letters.jsonl",
		 tree->directory, tree->system);
	file = fopen(path, "re");
	/* nothing has been written yet */
	if (!file && errno == ENOENT && tree->pid > 0)
		return array;
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	while (getline(&line, &size, file) > 0 && !is_half_written(tree, line)) {
		record = json_loads(line, 0, NULL);
		if (!record)
			harness_note("no JSON: %s", line);
		CU_ASSERT_PTR_NOT_NULL(record);
		json_array_append_new(array, record ? record : json_null());
	}
	free(line);
	fclose(file);
	return array;
}

bool story_record(const json_t *record, const char *field, const char *value)
{
	return value_is(json_object_get(record, field), value);
}

/* ---- the trace ---------------------------------------------------------- */

static const char *trace_path(const struct tree *tree, char path[static 256])
{
	snprintf(path, 256, "%s/trace", tree->directory);
	return path;
}

void story_clear_trace(const struct tree *tree)
{
	char path[256];
	int fd = open(trace_path(tree, path),
		      O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(fchmod(fd, 0666), 0);
	close(fd);
}

void story_rewrite(const struct tree *tree, const char *config_text)
{
	char *expanded = tree_expand(tree, config_text);
	FILE *file = fopen(tree->config, "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fputs(expanded, file);
	fclose(file);
	free(expanded);
}

void story_start_traced(struct tree *tree, const char *config_text)
{
	tree_prepare(tree, config_text);
	story_clear_trace(tree);
	tree_spawn(tree);
	CU_ASSERT_FATAL(tree_await_up(tree));
}

char *story_trace(const struct tree *tree)
{
	char path[256], *text = NULL;
	size_t size = 0;
	FILE *file = fopen(trace_path(tree, path), "re");

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	if (getdelim(&text, &size, '\0', file) < 0) {
		free(text);
		text = strdup("");
	}
	fclose(file);
	return text;
}

struct wanted_trace {
	const char *trace;
	char *last;
};

static bool trace_is(struct tree *tree, void *data)
{
	struct wanted_trace *wanted = data;

	free(wanted->last);
	wanted->last = story_trace(tree);
	return strcmp(wanted->last, wanted->trace) == 0;
}

bool story_await_trace(struct tree *tree, const char *trace)
{
	struct wanted_trace wanted = { trace, NULL };
	bool held;

	harness_awaits("the trace\n%s", trace);
	held = tree_wait_until(tree, trace_is, &wanted);
	if (!held)
		harness_note("the trace never was\n%sbut\n%s", trace,
			     wanted.last);
	free(wanted.last);
	return held;
}

/* ---- an ordinary user ------------------------------------------------------ */

/* the kernel, or who administrates it, may not let users have namespaces */
static void need_user_namespaces(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0 ? errno : 0);
	waitpid(pid, &status, 0);
	if (status != 0)
		HARNESS_SKIP("an ordinary user gets no user namespace here");
}

static void need_programs(void)
{
	struct tree none = { .system = "" };
	char *path = tree_expand(&none, "@ACTORS@/test-actor");
	bool reached = access(path, X_OK) == 0;

	free(path);
	if (!reached)
		HARNESS_SKIP("nobody cannot reach the folder of the build");
}

void story_become_ordinary(void)
{
	if (geteuid() == 0) {
		if (setgroups(0, NULL) < 0 ||
		    setresgid(STORY_NOBODY, STORY_NOBODY, STORY_NOBODY) < 0 ||
		    setresuid(STORY_NOBODY, STORY_NOBODY, STORY_NOBODY) < 0)
			HARNESS_SKIP("root here cannot become another user");
		/* /proc/self is root's after a change of uid */
		prctl(PR_SET_DUMPABLE, 1);
	}
	need_programs();
	need_user_namespaces();
}

void story_put(const struct tree *tree, const char *name, const char *text,
	       mode_t mode)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", tree->directory, name);
	file = fopen(path, "we");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fputs(text, file);
	CU_ASSERT_EQUAL(fchmod(fileno(file), mode), 0);
	fclose(file);
}

void story_put_folder(const struct tree *tree, const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", tree->directory, name);
	CU_ASSERT_EQUAL(mkdir(path, 0755), 0);
}

void story_put_copy(const struct tree *tree, const char *from,
		    const char *name, mode_t mode)
{
	char *source = tree_expand(tree, from), path[512], bytes[65536];
	int in = open(source, O_RDONLY | O_CLOEXEC), out;
	ssize_t n;

	snprintf(path, sizeof(path), "%s/%s", tree->directory, name);
	out = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	CU_ASSERT_FATAL(in >= 0 && out >= 0);
	while ((n = read(in, bytes, sizeof(bytes))) > 0)
		CU_ASSERT_EQUAL(write(out, bytes, (size_t)n), n);
	CU_ASSERT_EQUAL(n, 0);
	CU_ASSERT_EQUAL(fchmod(out, mode), 0);
	close(in);
	close(out);
	free(source);
}

void story_install(const struct tree *tree, const char *from, mode_t mode)
{
	char path[512], beside[520];

	snprintf(path, sizeof(path), "%s/program", tree->directory);
	snprintf(beside, sizeof(beside), "%s.new", path);
	story_put_copy(tree, from, "program.new", mode);
	CU_ASSERT_EQUAL(rename(beside, path), 0);
}

void story_put_broken(const struct tree *tree, const char *name)
{
	const ElfW(Ehdr) header = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3,
			     sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32 },
		.e_type = ET_EXEC,
		.e_phentsize = sizeof(ElfW(Phdr)),
	};
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", tree->directory, name);
	file = fopen(path, "we");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fwrite(&header, sizeof(header), 1, file);
	CU_ASSERT_EQUAL(fchmod(fileno(file), 0755), 0);
	fclose(file);
}
