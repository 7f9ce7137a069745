/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_config.c - from the text of a config file to a tree, or to its errors.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervisord/config/keys.h"
#include "supervisord/config/spec.h"
#include "supervisord/config/system_tree.h"
#include "tests/harness/harness.h"

#define N(rows) (sizeof(rows) / sizeof((rows)[0]))

#define MS UINT64_C(1000000)
#define S (1000 * MS)

/* the programs of these tests, and what finds one */
static const char *const programs[] = { "vpn-api", "vpn-core", "vpn-relays",
					NULL };

static const struct {
	const char *exec;
	int error;
} faulty[] = {
	{ "folder",	-EISDIR },
	{ "notes.txt",	-EACCES },
	{ "open-to-all", -EPERM },
	{ "loop",	-ELOOP },
	{ "script",	-ENOEXEC },
};

static char *find_program(void *data, const char *exec, int *ret_error)
{
	unsigned int *n_lookups = data;
	char *path = NULL;
	size_t i;

	if (n_lookups)
		++*n_lookups;
	for (i = 0; i < N(faulty); i++) {
		if (strcmp(exec, faulty[i].exec) == 0) {
			*ret_error = faulty[i].error;
			return NULL;
		}
	}
	*ret_error = -ENOENT;
	for (i = 0; programs[i]; i++) {
		if (strcmp(exec, programs[i]) == 0 &&
		    asprintf(&path, "/opt/actors/%s", exec) < 0)
			abort();
	}

	return path;
}

static const char *const *system_calls(void)
{
	static const char *const names[] = { "openat", "ptrace", NULL };

	return names;
}

static struct config_source source_of(const char *text)
{
	return (struct config_source){
		.name = "x.yaml",
		.text = text,
		.n_bytes = strlen(text),
		.exec_lookup = find_program,
		.exec_names = programs,
		.system_calls = system_calls,
	};
}

/* ---- what is right ---- */

static struct spec_system *parse(const struct config_source *source)
{
	struct config_errors errors;
	struct spec_system *system;
	char *said;

	if (config_parse(source, &system, &errors) < 0) {
		said = config_errors_format(source, &errors);
		harness_note("%s", said);
		abort();
	}
	CU_ASSERT_EQUAL(errors.n_errors, 0);
	config_errors_clear(&errors);

	return system;
}

static struct spec_system *parse_text(const char *text)
{
	struct config_source source = source_of(text);

	return parse(&source);
}

static const char everything[] =
	"system: vpn\n"
	"strategy: rest_for_one\n"
	"intensity: 5 in 30s\n"
	"exit_with: tunnel\n"
	"shutdown_timeout: 9s\n"
	"require: 2\n"
	"start_order: parallel\n"
	"auto_shutdown: any_significant\n"
	"children:\n"
	"  - name: api\n"
	"    exec: vpn-api\n"
	"    args: [--port, 80, \"\"]\n"
	"    environment: { LANG: C, EMPTY: \"\" }\n"
	"    sandbox: { network: host, read: [/etc/ssl], write: [/var/x],\n"
	"               execute: [/usr/bin],\n"
	"               memfd: allow, memory: 64M, pids: 9, cpu: 150%,\n"
	"               devices: [/dev/null], scratch: 16M, state: true,\n"
	"               io: { /dev/vda: 10M, /dev/vdb: 64K },\n"
	"               syscalls: [uname, alarm] }\n"
	"    mailbox: { bytes: 64K }\n"
	"    redeliver: 2\n"
	"    watchdog: { loop: 10s, message: 1min, misses: 5 }\n"
	"    activation: on_message\n"
	"    idle_stop: 5min\n"
	"  - name: tunnel\n"
	"    exec: vpn-core\n"
	"    significant: true\n"
	"    restart: transient\n"
	"    stop_timeout: 1min\n"
	"    start_timeout: 500ms\n"
	"    backoff: { min: 1s, factor: 1.5, max: 10s }\n"
	"    directives: { \"signal:SEGV\": stop, reported: resume }\n"
	"    strategy: one_for_all\n"
	"    intensity: { restarts: 1, period: 1h, scope: child }\n"
	"    refs: [api, /vpn/tunnel/inner]\n"
	"    children:\n"
	"      - { name: inner, exec: vpn-core, refs: [/vpn/tunnel, /vpn/api] }\n"
	"      - { name: program, exec: vpn-api, kind: program,\n"
	"          may_exceed: [kind] }\n"
	"  - name: group\n"
	"    restart: temporary\n"
	"    stop_timeout: infinity\n"
	"    children:\n"
	"      - { name: api, exec: vpn-api, backoff: {} }\n";

static void check_api(const struct spec_node *api)
{
	CU_ASSERT_STRING_EQUAL(api->exec, "vpn-api");
	CU_ASSERT_STRING_EQUAL(api->exec_path, "/opt/actors/vpn-api");
	CU_ASSERT_EQUAL(api->kind, SPEC_ACTOR);
	CU_ASSERT_STRING_EQUAL(api->args[0], "--port");
	CU_ASSERT_STRING_EQUAL(api->args[1], "80");
	CU_ASSERT_STRING_EQUAL(api->args[2], "");
	CU_ASSERT_PTR_NULL(api->args[3]);
	CU_ASSERT_STRING_EQUAL(api->environment[0], "LANG=C");
	CU_ASSERT_STRING_EQUAL(api->environment[1], "EMPTY=");
	CU_ASSERT_PTR_NULL(api->environment[2]);
	CU_ASSERT_EQUAL(api->sandbox.network, SPEC_NETWORK_HOST);
	CU_ASSERT_STRING_EQUAL(api->sandbox.read[0], "/etc/ssl");
	CU_ASSERT_STRING_EQUAL(api->sandbox.execute[0], "/usr/bin");
	CU_ASSERT_PTR_NULL(api->sandbox.execute[1]);
	CU_ASSERT_STRING_EQUAL(api->sandbox.write[0], "/var/x");
	CU_ASSERT_EQUAL(api->sandbox.memfd, SPEC_ALLOW);
	CU_ASSERT_STRING_EQUAL(api->sandbox.syscalls[0], "uname");
	CU_ASSERT_STRING_EQUAL(api->sandbox.syscalls[1], "alarm");
	CU_ASSERT_PTR_NULL(api->sandbox.syscalls[2]);
	CU_ASSERT_EQUAL(api->sandbox.memory_bytes, 64 << 20);
	CU_ASSERT_EQUAL(api->sandbox.pids, 9);
	CU_ASSERT_EQUAL(api->sandbox.cpu_percent, 150);
	CU_ASSERT_STRING_EQUAL(api->sandbox.devices[0], "/dev/null");
	CU_ASSERT_EQUAL(api->sandbox.scratch_bytes, 16 << 20);
	CU_ASSERT_STRING_EQUAL(api->sandbox.state, "");
	CU_ASSERT_EQUAL(api->sandbox.n_io, 2);
	CU_ASSERT_STRING_EQUAL(api->sandbox.io[1].device, "/dev/vdb");
	CU_ASSERT_EQUAL(api->sandbox.io[1].bytes, 65536);
	CU_ASSERT_EQUAL(api->mailbox_bytes, 65536);
	CU_ASSERT_EQUAL(api->redeliver, 2);
	CU_ASSERT_EQUAL(api->watchdog.loop_ns, 10 * S);
	CU_ASSERT_EQUAL(api->watchdog.message_ns, 60 * S);
	CU_ASSERT_EQUAL(api->watchdog.misses, 5);
	CU_ASSERT_EQUAL(api->activation, SPEC_ON_MESSAGE);
	CU_ASSERT_EQUAL(api->idle_stop_ns, 300 * S);
	CU_ASSERT_EQUAL(api->mark.line, 10);
	CU_ASSERT_EQUAL(api->mark.column, 11);
}

static void check_tunnel(const struct spec_node *tunnel)
{
	CU_ASSERT_EQUAL(tunnel->restart, SPEC_TRANSIENT);
	CU_ASSERT_EQUAL(tunnel->stop_timeout_ns, 60 * S);
	CU_ASSERT_EQUAL(tunnel->start_timeout_ns, 500 * MS);
	CU_ASSERT(tunnel->backoff.set);
	CU_ASSERT_EQUAL(tunnel->backoff.min_ns, S);
	CU_ASSERT_DOUBLE_EQUAL(tunnel->backoff.factor, 1.5, 1e-12);
	CU_ASSERT_EQUAL(tunnel->backoff.max_ns, 10 * S);
	CU_ASSERT_EQUAL(tunnel->backoff.stable_after_ns, 10 * S);
	CU_ASSERT_EQUAL(tunnel->n_directives, 2);
	CU_ASSERT_EQUAL(tunnel->directives[0].directive, SPEC_DIRECTIVE_STOP);
	CU_ASSERT_EQUAL(tunnel->directives[0].pattern.cause.kind, CAUSE_SIGNAL);
	CU_ASSERT(tunnel->directives[1].pattern.whole);
	CU_ASSERT_EQUAL(tunnel->strategy, SPEC_ONE_FOR_ALL);
	CU_ASSERT_EQUAL(tunnel->intensity.restarts, 1);
	CU_ASSERT_EQUAL(tunnel->intensity.period_ns, 3600 * S);
	CU_ASSERT_EQUAL(tunnel->intensity.scope, SPEC_SCOPE_CHILD);
	CU_ASSERT_EQUAL(tunnel->n_refs, 2);
	CU_ASSERT_STRING_EQUAL(tunnel->refs[0].name, "api");
	CU_ASSERT_STRING_EQUAL(tunnel->refs[0].path, "/vpn/api");
	CU_ASSERT_STRING_EQUAL(tunnel->refs[1].path, "/vpn/tunnel/inner");
}

static void test_every_key_reaches_its_place(void)
{
	struct spec_system *system = parse_text(everything);
	struct spec_node *top = system->top;

	CU_ASSERT_STRING_EQUAL(system->name, "vpn");
	CU_ASSERT_EQUAL(system->n_nodes, 7);
	CU_ASSERT_EQUAL(top->strategy, SPEC_REST_FOR_ONE);
	CU_ASSERT_EQUAL(top->intensity.restarts, 5);
	CU_ASSERT_EQUAL(top->intensity.scope, SPEC_SCOPE_GROUP);
	CU_ASSERT_STRING_EQUAL(top->exit_with.path, "/vpn/tunnel");
	CU_ASSERT_EQUAL(top->shutdown_timeout_ns, 9 * S);
	CU_ASSERT_EQUAL(top->require, 2);
	CU_ASSERT_EQUAL(top->start_order, SPEC_PARALLEL);
	CU_ASSERT_EQUAL(top->auto_shutdown, SPEC_ANY_SIGNIFICANT);
	CU_ASSERT_EQUAL(top->stop_timeout_ns, SPEC_INFINITY_NS);
	CU_ASSERT_EQUAL(top->children[1]->significant, SPEC_SIGNIFICANT);
	CU_ASSERT_EQUAL(top->children[2]->stop_timeout_ns, SPEC_INFINITY_NS);
	CU_ASSERT_EQUAL(top->n_children, 3);
	check_api(top->children[0]);
	check_tunnel(top->children[1]);
	CU_ASSERT_PTR_NULL(top->children[2]->exec);
	CU_ASSERT_EQUAL(top->children[2]->restart, SPEC_TEMPORARY);
	CU_ASSERT_EQUAL(top->children[1]->children[1]->kind, SPEC_PROGRAM);
	spec_system_free(system);
}

static void test_what_is_not_written_has_its_default(void)
{
	struct spec_system *system = parse_text(
		"system: s\nchildren: [ { name: a, exec: vpn-api } ]\n");
	const struct spec_node *a = system->top->children[0];

	CU_ASSERT_EQUAL(system->top->strategy, SPEC_ONE_FOR_ONE);
	CU_ASSERT_EQUAL(system->top->intensity.restarts, 3);
	CU_ASSERT_EQUAL(system->top->intensity.period_ns, 5 * S);
	CU_ASSERT_EQUAL(a->restart, SPEC_PERMANENT);
	CU_ASSERT_EQUAL(a->stop_timeout_ns, 5 * S);
	CU_ASSERT_EQUAL(a->start_timeout_ns, 10 * S);
	CU_ASSERT_FALSE(a->backoff.set);
	CU_ASSERT_EQUAL(a->sandbox.network, SPEC_NETWORK_NONE);
	CU_ASSERT_EQUAL(a->sandbox.memfd, SPEC_DENY);
	CU_ASSERT_EQUAL(a->sandbox.memory_bytes, 0);
	CU_ASSERT_EQUAL(a->sandbox.pids, 0);
	CU_ASSERT_EQUAL(a->sandbox.cpu_percent, 0);
	CU_ASSERT_EQUAL(a->sandbox.scratch_bytes, 0);
	CU_ASSERT_PTR_NULL(a->sandbox.state);
	CU_ASSERT_EQUAL(a->redeliver, 0);
	CU_ASSERT_EQUAL(a->watchdog.loop_ns, 0);
	CU_ASSERT_EQUAL(a->watchdog.message_ns, 0);
	CU_ASSERT_EQUAL(a->watchdog.misses, 3);
	CU_ASSERT_EQUAL(a->activation, SPEC_AT_START);
	CU_ASSERT_EQUAL(a->idle_stop_ns, 0);
	CU_ASSERT_EQUAL(a->standby, 0);
	CU_ASSERT_EQUAL(a->isolate, SPEC_ISOLATE_CLASS);
	CU_ASSERT_EQUAL(a->mailbox_bytes, 0);
	CU_ASSERT_EQUAL(a->mailbox_messages, 0);
	CU_ASSERT_EQUAL(a->mailbox_per_edge, 212992);
	CU_ASSERT_EQUAL(a->mailbox_overflow, SPEC_OVERFLOW_REFUSE);
	CU_ASSERT_EQUAL(a->mailbox_kind, SPEC_MAILBOX_FIFO);
	CU_ASSERT_EQUAL(a->mailbox_stash, 64);
	CU_ASSERT_EQUAL(a->mailbox_payload, 64 * 1024 * 1024);
	CU_ASSERT_EQUAL(a->mailbox_descriptors, 0);
	CU_ASSERT_PTR_EQUAL(a->parent, system->top);
	spec_system_free(system);
}

static void test_a_mailbox_has_what_its_keys_say(void)
{
	struct spec_system *system = parse_text(
		"system: s\nchildren:\n  - name: a\n    exec: vpn-api\n"
		"    mailbox: { bytes: 1M, messages: 1000000000,\n"
		"      per_edge: 64K, overflow: dead_letter, kind: priority,\n"
		"      stash: 1024, payload: 0, descriptors: 16 }\n");
	const struct spec_node *a = system->top->children[0];

	CU_ASSERT_EQUAL(a->mailbox_bytes, 1024 * 1024);
	CU_ASSERT_EQUAL(a->mailbox_messages, 1000000000);
	CU_ASSERT_EQUAL(a->mailbox_per_edge, 65536);
	CU_ASSERT_EQUAL(a->mailbox_overflow, SPEC_OVERFLOW_DEAD_LETTER);
	CU_ASSERT_EQUAL(a->mailbox_kind, SPEC_MAILBOX_PRIORITY);
	CU_ASSERT_EQUAL(a->mailbox_stash, 1024);
	CU_ASSERT_EQUAL(a->mailbox_payload, 0);
	CU_ASSERT_EQUAL(a->mailbox_descriptors, 16);
	spec_system_free(system);
}

static void test_an_empty_backoff_has_the_defaults(void)
{
	struct spec_system *system = parse_text(everything);
	const struct spec_backoff *backoff =
		&spec_find(system->top, "/vpn/group/api")->backoff;

	CU_ASSERT(backoff->set);
	CU_ASSERT_EQUAL(backoff->min_ns, 100 * MS);
	CU_ASSERT_DOUBLE_EQUAL(backoff->factor, 2, 1e-12);
	CU_ASSERT_EQUAL(backoff->max_ns, 30 * S);
	CU_ASSERT_EQUAL(backoff->stable_after_ns, 30 * S);
	spec_system_free(system);
}

static void test_nodes_are_found_by_path(void)
{
	static const char *const found[] = {
		"/vpn", "/vpn/api", "/vpn/tunnel", "/vpn/tunnel/inner",
		"/vpn/group/api",
	};
	static const char *const not_found[] = {
		"", "/", "vpn", "/vpnx", "/vp", "/vpn/", "/vpn/ap", "/vpn/apii",
		"/vpn/api/", "/vpn/api/x", "/vpn//api", "/system",
	};
	struct spec_system *system = parse_text(everything);
	size_t i;

	for (i = 0; i < N(found); i++)
		CU_ASSERT_STRING_EQUAL(spec_find(system->top, found[i])->path,
				       found[i]);
	for (i = 0; i < N(not_found); i++)
		CU_ASSERT_PTR_NULL(spec_find(system->top, not_found[i]));
	CU_ASSERT_PTR_NULL(spec_find(NULL, "/vpn"));
	spec_system_free(system);
}

static void test_a_program_is_ready_as_its_key_says(void)
{
	struct spec_system *system = parse_text(
		"system: s\nchildren:\n"
		"  - { name: a, exec: vpn-api, kind: program }\n"
		"  - { name: b, exec: vpn-api, kind: program, ready: at_once }\n"
		"  - { name: c, exec: vpn-api, ready: \"listen:127.0.0.1:80\",\n"
		"      kind: program, sandbox: { network: host } }\n"
		"  - { name: d, exec: vpn-api, ready: \"listen:[::1]:65535\",\n"
		"      kind: program, sandbox: { network: loopback } }\n"
		"  - { name: e, exec: vpn-api, ready: \"listen:/run/e/s\", kind: program }\n"
		"  - { name: f, exec: vpn-api, ready: \"listen:8080\",\n"
		"      kind: program, sandbox: { network: host } }\n");
	struct spec_node **c = system->top->children;
	static const uint8_t four[16] = { [10] = 255, 255, 127, 0, 0, 1 };
	static const uint8_t six[16] = { [15] = 1 };

	CU_ASSERT_EQUAL(c[0]->ready, SPEC_READY_NOTIFY);
	CU_ASSERT_EQUAL(c[1]->ready, SPEC_READY_AT_ONCE);
	CU_ASSERT_EQUAL(c[2]->ready, SPEC_READY_LISTEN);
	CU_ASSERT_EQUAL(c[2]->listen.port, 80);
	CU_ASSERT_FALSE(c[2]->listen.any_host);
	CU_ASSERT_EQUAL(memcmp(c[2]->listen.host, four, 16), 0);
	CU_ASSERT_EQUAL(c[3]->listen.port, 65535);
	CU_ASSERT_EQUAL(memcmp(c[3]->listen.host, six, 16), 0);
	CU_ASSERT_EQUAL(c[4]->listen.port, 0);
	CU_ASSERT_STRING_EQUAL(c[4]->listen.text, "/run/e/s");
	CU_ASSERT(c[5]->listen.any_host);
	spec_system_free(system);
}

static void test_the_bundled_tree_is_right(void)
{
	struct config_source source = source_of(system_tree_text);
	struct spec_system *system;

	source.bundled = true;
	source.exec_lookup = NULL;
	system = parse(&source);
	CU_ASSERT_STRING_EQUAL(system->top->path, "/system");
	CU_ASSERT_EQUAL(system->top->n_children, 4);
	CU_ASSERT_STRING_EQUAL(system->top->children[0]->name, "journal");
	/* it is there for who needs it, and runs for them alone */
	CU_ASSERT_STRING_EQUAL(system->top->children[3]->name, "network");
	CU_ASSERT_EQUAL(system->top->children[3]->activation, SPEC_ON_MESSAGE);
	CU_ASSERT_STRING_EQUAL(system->top->children[1]->refs[0].path,
			       "/system/journal");
	CU_ASSERT_STRING_EQUAL(system->top->children[2]->refs[0].path,
			       "/system/dead-letters");
	spec_system_free(system);
}

static void test_a_program_is_looked_up_once(void)
{
	struct config_source source = source_of(
		"system: s\nchildren:\n"
		"  - { name: a, exec: vpn-api }\n"
		"  - { name: b, exec: vpn-core }\n"
		"  - { name: c, exec: vpn-api }\n");
	unsigned int n_lookups = 0;
	struct spec_system *system;

	source.data = &n_lookups;
	system = parse(&source);
	CU_ASSERT_EQUAL(n_lookups, 2);
	CU_ASSERT_STRING_EQUAL(system->top->children[2]->exec_path,
			       "/opt/actors/vpn-api");
	spec_system_free(system);
}

/* ---- what is wrong ---- */

/* a text and all errors in it, each ended by a newline */
struct row {
	const char *text;
	const char *errors;
};

static void list_errors(const struct config_errors *errors, char *buffer,
			size_t size)
{
	size_t i, n = 0;

	buffer[0] = '\0';
	for (i = 0; i < errors->n_errors && n < size; i++)
		n += (size_t)snprintf(buffer + n, size - n, "%u:%u: %s\n",
				      errors->errors[i].mark.line,
				      errors->errors[i].mark.column,
				      errors->errors[i].message);
}

static void check_row(const struct row *row)
{
	struct config_source source = source_of(row->text);
	struct config_errors errors;
	struct spec_system *system;
	char said[8192];

	CU_ASSERT_EQUAL(config_parse(&source, &system, &errors), -EINVAL);
	CU_ASSERT_PTR_NULL(system);
	list_errors(&errors, said, sizeof(said));
	if (strcmp(said, row->errors) != 0)
		harness_note("of:\n%s\nsays:\n%snot:\n%s", row->text, said,
			     row->errors);
	CU_ASSERT_STRING_EQUAL(said, row->errors);
	config_errors_clear(&errors);
}

static void check_rows(const struct row *rows, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		check_row(&rows[i]);
}

#define HEAD "system: s\nchildren:\n"
#define API "  - { name: api, exec: vpn-api }\n"
/* one child with these further keys; they begin in 3:34 */
#define CHILD(keys) HEAD "  - { name: core, exec: vpn-core, " keys " }\n"

static const struct row top_rows[] = {
	{ "- a\n",
	  "1:1: expected a mapping with the keys \"system\" and \"children\", not a list\n" },
	{ "text\n",
	  "1:1: expected a mapping with the keys \"system\" and \"children\", not text\n" },
	{ "---\n",
	  "2:1: nothing here, expected a mapping with the keys \"system\" and \"children\"\n" },
	{ "{}\n",
	  "1:1: the system needs the key \"system\"\n"
	  "1:1: the system needs the key \"children\"\n" },
	{ "system: s\nchildren: []\n",
	  "2:11: \"children\" is empty\n" },
	{ "system: s\nchildren:\n",
	  "2:1: \"children\" has no value, expected a list of children\n" },
	{ "system: s\nchildren: api\n",
	  "2:11: \"children\" must be a list of children, not text\n" },
	{ "system: s\nchildren: { a: { exec: x } }\n",
	  "2:11: \"children\" must be a list of children, not a mapping\n" },
	{ "system: system\nchildren:\n" API,
	  "1:9: the name \"system\" is reserved for the bundled actors\n" },
	{ "system: [s]\nchildren:\n" API,
	  "1:9: \"system\" must be a name, not a list\n" },
	{ "name: s\nchildren:\n" API,
	  "1:1: unknown key \"name\" here: it is a key of a child\n"
	  "1:1: the system needs the key \"system\"\n" },
	{ "system: s\nexec: x\nchildren:\n" API,
	  "2:1: unknown key \"exec\" here: it is a key of a child with an exec\n" },
	{ "sytem: s\nchildren:\n" API,
	  "1:1: unknown key \"sytem\", did you mean \"system\"?\n"
	  "1:1: the system needs the key \"system\"\n" },
	{ "system: s\nzebra: []\nchildren:\n" API,
	  "2:1: unknown key \"zebra\"\n" },
	{ "system: s\nstrategi: one_for_one\nchildren:\n" API,
	  "2:1: unknown key \"strategi\", did you mean \"strategy\"?\n" },
	{ "system: s\nsystem: t\nchildren:\n" API,
	  "2:1: key \"system\" is there twice, first in line 1\n" },
};

static void test_the_top_of_a_file_is_checked(void)
{
	check_rows(top_rows, N(top_rows));
}

#define NAME_RULE " is not a name: [a-z0-9][a-z0-9_.-]{0,62}\n"

static const struct row name_rows[] = {
	{ "system: VPN\nchildren:\n" API,
	  "1:9: \"VPN\"" NAME_RULE },
	{ HEAD "  - { name: ../x, exec: vpn-api }\n",
	  "3:13: \"../x\"" NAME_RULE },
	{ HEAD "  - { name: \"\", exec: vpn-api }\n",
	  "3:13: \"\"" NAME_RULE },
	{ HEAD "  - { name: \"%i\", exec: vpn-api }\n",
	  "3:13: \"%i\"" NAME_RULE },
	{ HEAD "  - { name: -a, exec: vpn-api }\n",
	  "3:13: \"-a\"" NAME_RULE },
	{ HEAD "  - { name: a b, exec: vpn-api }\n",
	  "3:13: \"a b\"" NAME_RULE },
	{ HEAD "  - { name: \"\\e[31m\", exec: vpn-api }\n",
	  "3:13: \"?[31m\"" NAME_RULE },
	{ HEAD "  - { name: "
	  "a123456789a123456789a123456789a123456789a123456789a123456789a123"
	  ", exec: vpn-api }\n",
	  "3:13: "
	  "\"a123456789a123456789a123456789a123456789a123456789a123456789a123\""
	  NAME_RULE },
	{ HEAD "  - { exec: vpn-api }\n",
	  "3:5: a child needs the key \"name\"\n" },
	{ HEAD "  - { name: , exec: vpn-api }\n",
	  "3:7: \"name\" has no value, expected a name\n" },
	{ HEAD API "  - { name: core, exec: vpn-core }\n" API API,
	  "5:13: the name \"api\" is taken by its sibling in line 3\n"
	  "6:13: the name \"api\" is taken by its sibling in line 5\n" },
	{ HEAD "  - name: Core\n    exec: vpn-core\n"
	  "  - { name: api, exec: vpn-api, refs: [Core] }\n",
	  "3:11: \"Core\"" NAME_RULE },
};

static void test_names_are_checked(void)
{
	check_rows(name_rows, N(name_rows));
}

static const struct row child_rows[] = {
	{ HEAD "  - api\n",
	  "3:5: expected a child, like { name: api, exec: vpn-api }, not text\n" },
	{ HEAD "  -\n" API,
	  "3:4: nothing here, expected a child, like { name: api, exec: vpn-api }\n" },
	{ HEAD "  - { name: a }\n",
	  "3:5: a child needs \"exec\" (an actor) or \"children\" (a supervisor)\n" },
	{ CHILD("strategy: one_for_all"),
	  "3:35: key \"strategy\" needs \"children\" or \"templates\" beside it\n" },
	{ CHILD("intensity: 1 in 1s"),
	  "3:35: key \"intensity\" needs \"children\" or \"templates\" beside it\n" },
	{ HEAD "  - name: g\n    refs: [api]\n    args: [x]\n    kind: actor\n"
	  "    children:\n    " API,
	  "4:5: key \"refs\" needs \"exec\" beside it\n"
	  "5:5: key \"args\" needs \"exec\" beside it\n"
	  "6:5: key \"kind\" needs \"exec\" beside it\n" },
	{ CHILD("kind: program, refs: [], mailbox: {}, redeliver: 1"),
	  "3:50: key \"refs\" is for actors, and this is a program\n"
	  "3:60: key \"mailbox\" is for actors, and this is a program\n"
	  "3:73: key \"redeliver\" is for actors, and this is a program\n" },
	{ CHILD("kind: program, children: [ { name: a, exec: vpn-api } ]"),
	  "3:50: a program has no children: put both below a supervisor\n" },
	{ CHILD("kind: programm"),
	  "3:41: \"programm\" is not a kind, did you mean \"program\"?\n" },
	{ CHILD("system: s"),
	  "3:35: unknown key \"system\" here: it is a key of the system\n" },
	{ CHILD("restart: always"),
	  "3:44: \"always\" is not a restart type: it is permanent, transient or temporary\n" },
	{ CHILD("restart: permanant"),
	  "3:44: \"permanant\" is not a restart type, did you mean \"permanent\"?\n" },
	{ CHILD("restart: [permanent]"),
	  "3:44: \"restart\" must be a restart type, not a list\n" },
	{ CHILD("strat_timeout: 5s"),
	  "3:35: unknown key \"strat_timeout\", did you mean \"start_timeout\"?\n" },
	{ CHILD("network: host"),
	  "3:35: unknown key \"network\" here: it is a key of a sandbox\n" },
	{ CHILD("activation: on_demand"),
	  "3:47: \"on_demand\" is not an activation: it is at_start or on_message\n" },
	{ CHILD("idle_stop: 0s"),
	  "3:46: \"idle_stop\" is between 100ms and 365d\n" },
	{ CHILD("kind: program, activation: at_start, idle_stop: 1s"),
	  "3:50: key \"activation\" is for actors, and this is a program\n"
	  "3:72: key \"idle_stop\" is for actors, and this is a program\n" },
	{ CHILD("kind: program, isolate: class"),
	  "3:50: key \"isolate\" is for actors, and this is a program\n" },
	{ CHILD("isolate: all"),
	  "3:44: \"all\" is not a kind of isolation: it is class or instance\n" },
	{ CHILD("kind: program, standby: 1"),
	  "3:50: key \"standby\" is for actors, and this is a program\n" },
	{ CHILD("standby: 2"),
	  "3:44: \"standby\" is between 0 and 1\n" },
	{ CHILD("standby: 1, activation: on_message"),
	  "3:35: \"standby\" is for what always runs: not together with \"activation: on_message\" or \"idle_stop\"\n" },
	{ CHILD("standby: 1, idle_stop: 1s"),
	  "3:35: \"standby\" is for what always runs: not together with \"activation: on_message\" or \"idle_stop\"\n" },
	{ CHILD("standby: 1, children: [{ name: x, exec: vpn-api }]"),
	  "3:35: \"standby\" is of no use to a head: all its children are restarted with it, and that takes longer than its own start\n" },
	{ CHILD("watchdog: 30"),
	  "3:45: \"30\" has no unit: write 30s, 30ms or 30min\n" },
	{ CHILD("watchdog: 10ms"),
	  "3:45: \"watchdog\" is between 100ms and 1d\n" },
	{ CHILD("watchdog: { message: 2d }"),
	  "3:56: \"message\" is between 100ms and 1d\n" },
	{ CHILD("watchdog: { misses: 0 }"),
	  "3:55: \"misses\" is between 1 and 100\n" },
	{ CHILD("watchdog: { mises: 1 }"),
	  "3:47: unknown key \"mises\", did you mean \"misses\"?\n" },
	{ CHILD("environment: { WATCHDOG_USEC: 1 }"),
	  "3:50: \"WATCHDOG_USEC\" is set by the supervisor\n" },
	{ CHILD("redeliver: 101"),
	  "3:46: \"redeliver\" is between 0 and 100\n" },
	{ CHILD("redeliver: -1"),
	  "3:46: \"-1\" is not a whole number\n" },
	{ CHILD("args: --port"),
	  "3:41: \"args\" must be a list, like [one, two], not text\n" },
	{ CHILD("args: [a, [b], , ]"),
	  "3:50: expected a value here\n" },
	{ CHILD("args: [[b], { c: d }, \"\"]"),
	  "3:42: expected text (\"\" when empty), not a list\n"
	  "3:47: expected text (\"\" when empty), not a mapping\n" },
	{ CHILD("environment: [A=b]"),
	  "3:48: \"environment\" must be a mapping, like { HOME: /tmp }, not a list\n" },
	{ CHILD("environment: { A: , 1B: x, A-B: y, ACTOR_PATH: z, NOTIFY_SOCKET: z, C: [] }"),
	  "3:50: \"A\" has no value, expected text (\"\" when empty)\n"
	  "3:55: \"1B\" is not a name of a variable: [A-Za-z_][A-Za-z0-9_]*\n"
	  "3:62: \"A-B\" is not a name of a variable: [A-Za-z_][A-Za-z0-9_]*\n"
	  "3:70: \"ACTOR_PATH\" is set by the supervisor\n"
	  "3:85: \"NOTIFY_SOCKET\" is set by the supervisor\n"
	  "3:106: \"C\" must be text (\"\" when empty), not a list\n" },
	{ CHILD("ready: at_once"),
	  "3:35: key \"ready\" is for programs: an actor says by itself when it is ready\n" },
	{ CHILD("kind: program, ready: at-once"),
	  "3:57: \"at-once\" is not a readiness, did you mean \"at_once\"?\n" },
	{ CHILD("kind: program, ready: when_it_rains"),
	  "3:57: \"when_it_rains\" is not a readiness: it is notify, at_once or listen:ADDRESS\n" },
	{ CHILD("kind: program, ready: []"),
	  "3:57: \"ready\" must be a readiness, not a list\n" },
	{ CHILD("kind: program, ready: \"listen:\""),
	  "3:57: \"\" has no port, 1 to 65535, at its end\n" },
	{ CHILD("kind: program, ready: \"listen:65536\""),
	  "3:57: \"65536\" has no port, 1 to 65535, at its end\n" },
	{ CHILD("kind: program, ready: \"listen:127.0.0.1:\""),
	  "3:57: \"127.0.0.1:\" has no port, 1 to 65535, at its end\n" },
	{ CHILD("kind: program, ready: \"listen:localhost:80\""),
	  "3:57: \"localhost:80\" begins with no address in digits, like 127.0.0.1:80 or [::1]:80\n" },
	{ CHILD("kind: program, ready: \"listen:::1:80\""),
	  "3:57: \"::1:80\" begins with no address in digits, like 127.0.0.1:80 or [::1]:80\n" },
	{ CHILD("kind: program, ready: \"listen:/run/\""),
	  "3:57: \"/run/\" names no socket\n" },
	{ CHILD("kind: program, ready: \"listen:80\""),
	  "3:57: it has no network to listen in: sandbox: { network: loopback } or host\n" },
	{ CHILD("kind: program, ready: \"listen:80\", sandbox: { network: { mode: host, connect_ports: [80] } }"),
	  "3:57: it may not listen at port 80: add it to listen_ports of its network\n" },
	{ CHILD("mailbox: { per_edge: 1K, bytes: 65G }"),
	  "3:56: \"per_edge\" is between 4K and 1G\n"
	  "3:67: \"bytes\" is between 0 and 64G\n" },
	{ CHILD("mailbox: { bytes: 64KB, mesages: 5 }"),
	  "3:53: \"64KB\" is not a size: bytes, or with a unit like 64K or 1M\n"
	  "3:59: unknown key \"mesages\", did you mean \"messages\"?\n" },
	{ CHILD("mailbox: { messages: 1000000001, stash: 1025, descriptors: 17 }"),
	  "3:56: \"messages\" is between 0 and 1000000000\n"
	  "3:75: \"stash\" is between 0 and 1024\n"
	  "3:94: \"descriptors\" is between 0 and 16\n" },
	{ CHILD("mailbox: { messages: 1K, stash: [], payload: 65M }"),
	  "3:56: \"1K\" is not a whole number\n"
	  "3:67: \"stash\" must be a whole number, not a list\n"
	  "3:80: \"payload\" is between 0 and 64M\n" },
	{ CHILD("mailbox: { overflow: refused, kind: stack }"),
	  "3:56: \"refused\" is not an overflow, did you mean \"refuse\"?\n"
	  "3:71: \"stack\" is not a kind of mailbox: it is fifo or priority\n" },
	{ CHILD("overflow: refuse"),
	  "3:35: unknown key \"overflow\" here: it is a key of a mailbox\n" },
	{ HEAD "  - name: g\n    mailbox: { stash: 1 }\n    children:\n    " API,
	  "4:5: key \"mailbox\" needs \"exec\" beside it\n" },
	{ CHILD("mailbox: 64K"),
	  "3:44: \"mailbox\" must be a mapping, not text\n" },
};

static void test_the_keys_of_a_child_are_checked(void)
{
	check_rows(child_rows, N(child_rows));
}

static const struct row value_rows[] = {
	{ CHILD("stop_timeout: 5"),
	  "3:49: \"5\" has no unit: write 5s, 5ms or 5min\n" },
	{ CHILD("stop_timeout: 5sec"),
	  "3:49: \"5sec\" is not a duration: a whole number and a unit, like 500ms, 5s, 1min or 2h\n" },
	{ CHILD("stop_timeout: 1d"),
	  "3:49: \"stop_timeout\" is between 0 and 1h\n" },
	{ CHILD("start_timeout: 0"),
	  "3:50: \"start_timeout\" is between 1ms and 1h\n" },
	{ CHILD("start_timeout: 99999999999999999999s"),
	  "3:50: \"start_timeout\" is between 1ms and 1h\n" },
	{ CHILD("start_timeout: { s: 5 }"),
	  "3:50: \"start_timeout\" must be a duration, like 5s, not a mapping\n" },
	{ CHILD("start_timeout: "),
	  "3:35: \"start_timeout\" has no value, expected a duration, like 5s\n" },
	{ CHILD("backoff: true"),
	  "3:44: \"backoff\" must be a mapping, not text\n" },
	{ CHILD("backoff: { min: 1min }"),
	  "3:35: \"min\" of 1min is more than \"max\" of 30s\n" },
	{ CHILD("backoff: { factor: 0.5, max: 366d, jitter: 1 }"),
	  "3:54: \"factor\" is between 1 and 100\n"
	  "3:64: \"max\" is between 1ms and 365d\n"
	  "3:70: unknown key \"jitter\"\n" },
	{ CHILD("backoff: { factor: two }"),
	  "3:54: \"two\" is not a number, like 2 or 1.5\n" },
	{ "system: s\nstrategy: one_for_al\nchildren:\n" API,
	  "2:11: \"one_for_al\" is not a strategy, did you mean \"one_for_all\"?\n" },
	{ "system: s\nstrategy: some\nchildren:\n" API,
	  "2:11: \"some\" is not a strategy: it is one_for_one, one_for_all or rest_for_one\n" },
	{ "system: s\nintensity: 5 per 30s\nchildren:\n" API,
	  "2:12: \"5 per 30s\" is not an intensity, like \"5 in 30s\"\n" },
	{ "system: s\nintensity: 5 in 30\nchildren:\n" API,
	  "2:12: the period of \"5 in 30\" has no unit, like \"5 in 30s\"\n" },
	{ "system: s\nintensity: 99999 in 1s\nchildren:\n" API,
	  "2:12: an intensity is 0 to 10000 restarts in 1ms to 1d\n" },
	{ "system: s\nintensity: 1 in 0\nchildren:\n" API,
	  "2:12: an intensity is 0 to 10000 restarts in 1ms to 1d\n" },
	{ "system: s\nintensity: { restarts: 3, period: 5s, scope: chil }\n"
	  "children:\n" API,
	  "2:46: \"chil\" is not a scope, did you mean \"child\"?\n" },
	{ "system: s\nintensity: { restarts: -1, perod: 5s }\nchildren:\n" API,
	  "2:24: \"-1\" is not a whole number\n"
	  "2:28: unknown key \"perod\", did you mean \"period\"?\n" },
	{ "system: s\nstart_order: paralel\nchildren:\n" API,
	  "2:14: \"paralel\" is not a start order, did you mean \"parallel\"?\n" },
	{ CHILD("start_order: parallel"),
	  "3:35: key \"start_order\" needs \"children\" or \"templates\" beside it\n" },
	{ "system: s\nshutdown_timeout: 0\nchildren:\n" API,
	  "2:19: \"shutdown_timeout\" is between 1ms and 1h\n" },
	{ CHILD("stop_timeout: infinity"),
	  "3:49: \"infinity\" is for supervisors: what has an exec needs an end, at most 1h\n" },
	{ CHILD("stop_timeout: for ever"),
	  "3:49: \"for ever\" is not a duration: a whole number and a unit, like 500ms, 5s, 1min or 2h\n" },
	{ "system: s\nrequire: 4\nchildren:\n" API,
	  "2:10: \"require\" is between 0 and 3\n" },
	{ "system: s\nexit_with: appi\nchildren:\n" API,
	  "2:12: \"appi\" is no child and no path, did you mean \"/s/api\"?\n" },
	{ "system: s\nexit_with: /s\nchildren:\n" API,
	  "2:12: \"/s\" is neither the name of a child nor a path below the system\n" },
	{ "system: s\nexit_with: w\nchildren:\n" API
	  "templates: [ { name: w, exec: vpn-api } ]\n",
	  "2:12: \"w\" is neither the name of a child nor a path below the system\n" },
	{ "system: s\nexit_with: /s/*w\nchildren:\n" API
	  "templates: [ { name: w, exec: vpn-api } ]\n",
	  "2:12: \"/s/*w\" is neither the name of a child nor a path below the system\n" },
	{ "system: s\nexit_with: [api]\nchildren:\n" API,
	  "2:12: \"exit_with\" must be a name or a path, not a list\n" },
	{ CHILD("exit_with: api"),
	  "3:35: unknown key \"exit_with\" here: it is a key of the system\n" },
	{ "system: s\nauto_shutdown: any\nchildren:\n" API,
	  "2:16: \"any\" is not an automatic shutdown: it is never, any_significant or all_significant\n" },
	{ CHILD("significant: yes"),
	  "3:48: \"yes\" is not a truth: it is false or true\n" },
	{ CHILD("significant: true, restart: transient"),
	  "3:35: \"significant\" needs \"auto_shutdown\" of its supervisor: any_significant or all_significant\n" },
	{ CHILD("significant: true") "auto_shutdown: all_significant\n",
	  "3:35: \"significant\" is for what can end: \"restart\" must be transient or temporary\n" },
	{ "system: s\nintensity: [3, 5s]\nchildren:\n" API,
	  "2:12: \"intensity\" must be an intensity, like 5 in 30s, not a list\n" },
};

static void test_values_are_checked(void)
{
	check_rows(value_rows, N(value_rows));
}

static const struct row directive_rows[] = {
	{ CHILD("directives: { \"signal:SEGF\": stop }"),
	  "3:49: \"signal:SEGF\" is not a cause, did you mean \"signal:SEGV\"?\n" },
	{ CHILD("directives: { signl: stop }"),
	  "3:49: \"signl\" is not a cause, did you mean \"signal\"?\n" },
	{ CHILD("directives: { supervisor: stop }"),
	  "3:49: nothing is decided for \"supervisor\": who dies with its supervisor starts with the next one\n" },
	{ CHILD("directives: { \"exut:1\": stop }"),
	  "3:49: \"exut:1\" is not a cause, did you mean \"exit:1\"?\n" },
	{ CHILD("directives: { \"exit:999\": stop }"),
	  "3:49: \"exit:999\": \"exit\" is not followed by that\n" },
	{ CHILD("directives: { \"seccomp:ptrac\": stop }"),
	  "3:49: \"seccomp:ptrac\" never happens: \"ptrac\" is not a system call, did you mean \"seccomp:ptrace\"?\n" },
	{ CHILD("directives: { \"seccomp:nosuch\": stop, \"seccomp:9999\": stop }"),
	  "3:49: \"seccomp:nosuch\" never happens: \"nosuch\" is not a system call\n" },
	{ CHILD("directives: { \"start_failed:mont:EPERM\": stop }"),
	  "3:49: \"start_failed:mont:EPERM\" never happens: \"mont\" is not a step of a start, did you mean \"start_failed:mount:EPERM\"?\n" },
	{ CHILD("directives: { \"start_failed:mount\": stop, \"start_failed:nostep\": stop }"),
	  "3:77: \"start_failed:nostep\" never happens: \"nostep\" is not a step of a start\n" },
	{ CHILD("directives: { boredom: stop }"),
	  "3:49: \"boredom\" is not a cause, like exit:1, signal:SEGV, seccomp, oom or reported\n" },
	{ CHILD("directives: { oom: resume }"),
	  "3:54: only \"reported\" failures can be resumed: after \"oom\" there is no process\n" },
	{ CHILD("directives: { oom: ignore }"),
	  "3:54: \"ignore\" is not a directive: it is restart, resume, stop or escalate\n" },
	{ CHILD("directives: { \"signal:SEGV\": stop, \"signal:11\": restart }"),
	  "3:70: \"signal:11\" is there already, in another spelling\n" },
	{ CHILD("directives: { oom: stop, oom: restart }"),
	  "3:60: key \"oom\" is there twice, first in line 3\n" },
	{ CHILD("directives: [oom]"),
	  "3:47: \"directives\" must be a mapping of causes, like { \"signal:SEGV\": stop }, not a list\n" },
};

static void test_directives_are_checked(void)
{
	check_rows(directive_rows, N(directive_rows));
}

static const struct row sandbox_rows[] = {
	{ CHILD("sandbox: { network: internet }"),
	  "3:55: \"internet\" is not a network: it is none, loopback or host\n" },
	{ CHILD("sandbox: { network: { mode: host } }"),
	  "3:55: limits nothing: it has \"connect_ports\" or \"listen_ports\", or is one word\n" },
	{ CHILD("sandbox: { network: { connect_ports: [1] } }"),
	  "3:55: has ports and no network: say \"mode: host\" or loopback\n" },
	{ CHILD("sandbox: { network: { mode: none, listen_ports: [1] } }"),
	  "3:55: has ports and no network: say \"mode: host\" or loopback\n" },
	{ CHILD("sandbox: { network: { mode: host, listen_ports: [1], connect: ['x:1'] } }"),
	  "3:55: has addresses, which need no network, and a mode: say connect_ports and listen_ports, or leave \"mode\" out\n" },
	{ CHILD("sandbox: { network: { mode: host, connect_ports: [0] } }"),
	  "3:85: \"0\" is no port: it is 1 to 65535\n" },
	{ CHILD("sandbox: { network: { mode: host, connect_ports: [65536] } }"),
	  "3:85: \"65536\" is no port: it is 1 to 65535\n" },
	{ CHILD("sandbox: { network: { mode: host, listen_ports: [7, 7] } }"),
	  "3:87: \"7\" stands there twice\n" },
	{ CHILD("sandbox: { network: { mode: host, listen_ports: 7 } }"),
	  "3:83: \"listen_ports\" must be a list, like [443], not text\n" },
	{ CHILD("sandbox: { network: { connect: [x] } }"),
	  "3:67: \"x\" has no port, 1 to 65535, at its end, as in 127.0.0.1:80\n" },
	{ CHILD("sandbox: { network: { connect: ['x:'] } }"),
	  "3:67: \"x:\" has no port, 1 to 65535, at its end, as in 127.0.0.1:80\n" },
	{ CHILD("sandbox: { network: { connect: ['x:0'] } }"),
	  "3:67: \"x:0\" has no port, 1 to 65535, at its end, as in 127.0.0.1:80\n" },
	{ CHILD("sandbox: { network: { connect: ['x:65536'] } }"),
	  "3:67: \"x:65536\" has no port, 1 to 65535, at its end, as in 127.0.0.1:80\n" },
	{ CHILD("sandbox: { network: { connect: ['x:+1'] } }"),
	  "3:67: \"x:+1\" has no port, 1 to 65535, at its end, as in 127.0.0.1:80\n" },
	{ CHILD("sandbox: { network: { connect: ['x:080'] } }"),
	  "3:67: \"x:080\" has no port, 1 to 65535, at its end, as in 127.0.0.1:80\n" },
	{ CHILD("sandbox: { network: { connect: ['x:1 '] } }"),
	  "3:67: \"x:1 \" has no port, 1 to 65535, at its end, as in 127.0.0.1:80\n" },
	{ CHILD("sandbox: { network: { connect: ['x:99999999999999999999'] } }"),
	  "3:67: \"x:99999999999999999999\" has no port, 1 to 65535, at its end, as in 127.0.0.1:80\n" },
	{ CHILD("sandbox: { network: { connect: ['::1:80'] } }"),
	  "3:67: \"::1:80\" needs brackets around its IPv6 address, as in [::1]:80\n" },
	{ CHILD("sandbox: { network: { connect: ['fe80::1:2'] } }"),
	  "3:67: \"fe80::1:2\" needs brackets around its IPv6 address, as in [::1]:80\n" },
	{ CHILD("sandbox: { network: { connect: ['[]:80'] } }"),
	  "3:67: \"[]:80\" has no IPv6 address in its brackets, as in [::1]:80\n" },
	{ CHILD("sandbox: { network: { connect: ['[::1:80'] } }"),
	  "3:67: \"[::1:80\" has no IPv6 address in its brackets, as in [::1]:80\n" },
	{ CHILD("sandbox: { network: { connect: ['[127.0.0.1]:80'] } }"),
	  "3:67: \"[127.0.0.1]:80\" has no IPv6 address in its brackets, as in [::1]:80\n" },
	{ CHILD("sandbox: { network: { connect: ['[::1%lo]:80'] } }"),
	  "3:67: \"[::1%lo]:80\" has no IPv6 address in its brackets, as in [::1]:80\n" },
	{ CHILD("sandbox: { network: { connect: [':80'] } }"),
	  "3:67: \":80\" begins with neither a name nor an address, like example.org:443\n" },
	{ CHILD("sandbox: { network: { connect: ['-x:80'] } }"),
	  "3:67: \"-x:80\" begins with neither a name nor an address, like example.org:443\n" },
	{ CHILD("sandbox: { network: { connect: ['a..b:80'] } }"),
	  "3:67: \"a..b:80\" begins with neither a name nor an address, like example.org:443\n" },
	{ CHILD("sandbox: { network: { connect: ['127.1:80'] } }"),
	  "3:67: \"127.1:80\" begins with neither a name nor an address, like example.org:443\n" },
	{ CHILD("sandbox: { network: { connect: ['0x7f000001:80'] } }"),
	  "3:67: \"0x7f000001:80\" begins with neither a name nor an address, like example.org:443\n" },
	{ CHILD("sandbox: { network: { connect: ['2130706433:80'] } }"),
	  "3:67: \"2130706433:80\" begins with neither a name nor an address, like example.org:443\n" },
	{ CHILD("sandbox: { network: { connect: ['a b:80'] } }"),
	  "3:67: \"a b:80\" begins with neither a name nor an address, like example.org:443\n" },
	{ CHILD("sandbox: { network: { connect: ['a/b:80'] } }"),
	  "3:67: \"a/b:80\" begins with neither a name nor an address, like example.org:443\n" },
	{ CHILD("sandbox: { network: { connect: ['1.2.3.4.5:80'] } }"),
	  "3:67: \"1.2.3.4.5:80\" begins with neither a name nor an address, like example.org:443\n" },
	{ CHILD("sandbox: { network: { listen: ['localhost:80'] } }"),
	  "3:66: \"localhost:80\" begins with no address in digits, like 127.0.0.1:80 or [::1]:80\n" },
	{ CHILD("sandbox: { network: { listen: ['*:80'] } }"),
	  "3:66: \"*:80\" begins with no address in digits, like 127.0.0.1:80 or [::1]:80\n" },
	{ CHILD("sandbox: { network: { connect: ['x:1', 'y:1', 'x:1'] } }"),
	  "3:81: \"x:1\" stands there twice\n" },
	{ CHILD("sandbox: { network: { connect: x:1 } }"),
	  "3:66: \"connect\" must be a list, like [\"127.0.0.1:80\"], not text\n" },
	{ CHILD("sandbox: { network: { connect: [{}] } }"),
	  "3:67: expected an address, like 127.0.0.1:80, not a mapping\n" },
	{ CHILD("sandbox: { network: { conect: [] } }"),
	  "3:57: unknown key \"conect\", did you mean \"connect\"?\n" },
	{ CHILD("sandbox: { network: {} }"),
	  "3:55: grants nothing: it has \"connect\" or \"listen\", or is none\n" },
	{ CHILD("kind: program, sandbox: { network: { connect: ['x:1'] } }"),
	  "3:70: connections come in messages, and this is a program: network: loopback or host\n" },
	{ "system: s\nchildren:\n"
	  "  - { name: a, exec: vpn-core, sandbox: { network: { listen: ['[::1]:1'] } } }\n"
	  "  - { name: b, exec: vpn-core, sandbox: { network: { listen: ['[::1]:1'] } } }\n",
	  "4:52: \"[::1]:1\" is where /s/a listens\n" },
	{ CHILD("sandbox: { reed: [] }"),
	  "3:46: unknown key \"reed\", did you mean \"read\"?\n" },
	{ CHILD("sandbox: { read: [etc, /, /a//b, /a/../b, /a/., /a/, \"/a\\tb\"] }"),
	  "3:53: \"etc\" is not absolute: begin with \"/\"\n"
	  "3:58: \"/\" is everything: name what is needed\n"
	  "3:61: \"/a//b\" is not a plain path: no \"//\", \".\", \"..\" or \"/\" at its end\n"
	  "3:68: \"/a/../b\" is not a plain path: no \"//\", \".\", \"..\" or \"/\" at its end\n"
	  "3:77: \"/a/.\" is not a plain path: no \"//\", \".\", \"..\" or \"/\" at its end\n"
	  "3:83: \"/a/\" is not a plain path: no \"//\", \".\", \"..\" or \"/\" at its end\n"
	  "3:88: \"/a?b\" has control characters\n" },
	{ CHILD("sandbox: { write: /tmp }"),
	  "3:53: \"write\" must be a list of paths, like [/etc/ssl], not text\n" },
	{ CHILD("sandbox: { memfd: yes }"),
	  "3:53: \"yes\" is not a permission: it is deny or allow\n" },
	{ CHILD("sandbox: { memory: 64K }"),
	  "3:54: \"memory\" is between 1M and 65536G\n" },
	{ CHILD("sandbox: { pids: 0 }"),
	  "3:52: \"pids\" is between 1 and 32768\n" },
	{ CHILD("sandbox: { syscalls: uname }"),
	  "3:56: \"syscalls\" must be a list of system calls, like [uname], not text\n" },
	{ CHILD("sandbox: { syscalls: [unam, ptrace, uname, [x]] }"),
	  "3:57: \"unam\" is no system call that can be granted; did you mean \"uname\"?\n"
	  "3:63: \"ptrace\" is no system call that can be granted: supervisord.conf(5) says which; what makes processes or code needs kind: program\n"
	  "3:78: expected a system call's name, not a list\n" },
	{ CHILD("sandbox: { syscalls: [clone, kill, clos] }"),
	  "3:57: \"clone\" is no system call that can be granted: supervisord.conf(5) says which; what makes processes or code needs kind: program\n"
	  "3:64: \"kill\" is no system call that can be granted: supervisord.conf(5) says which; what makes processes or code needs kind: program\n"
	  "3:70: \"clos\" is no system call that can be granted; did you mean \"close\"?\n" },
	{ CHILD("sandbox: { cpu: 50 }"),
	  "3:51: \"50\" has no unit: write 50%\n" },
	{ CHILD("sandbox: { cpu: half }"),
	  "3:51: \"half\" is not a share: a whole number and %, like 50%\n" },
	{ CHILD("sandbox: { cpu: 0% }"),
	  "3:51: \"cpu\" is between 1% and 100000%\n" },
	{ CHILD("sandbox: { cpu: 2.5% }"),
	  "3:51: \"2.5%\" is not a share: a whole number and %, like 50%\n" },
	{ CHILD("sandbox: { cpu: 99999999999999999999% }"),
	  "3:51: \"cpu\" is between 1% and 100000%\n" },
	{ CHILD("sandbox: { devices: /dev/null }"),
	  "3:55: \"devices\" must be a list of paths, like [/etc/ssl], not text\n" },
	{ CHILD("sandbox: { scratch: 1K }"),
	  "3:55: \"scratch\" is between 64K and 1024G\n" },
	{ CHILD("sandbox: { io: 10M }"),
	  "3:50: \"io\" must be a mapping, like { /dev/vda: 10M }, not text\n" },
	{ CHILD("sandbox: { io: { vda: 10M, /dev/vda: 1 } }"),
	  "3:52: \"vda\" is no disk: name one like /dev/vda\n"
	  "3:72: \"io\" is between 64K and 1024G\n" },
	{ CHILD("sandbox: { state: ../x }"),
	  "3:53: \"../x\" is neither true nor false nor a name: [a-z0-9][a-z0-9_.-]{0,62}\n" },
	{ CHILD("sandbox: { state: [x] }"),
	  "3:53: \"state\" must be true, false or a name, not a list\n" },
	{ CHILD("sandbox: { write: [/run/actorproc/x, /run/actorprocs] }"),
	  "3:54: \"/run/actorproc/x\" is where its own scratch and state are\n" },
	{ CHILD("instances: 2, sandbox: { state: x }"),
	  "3:67: a state with a name is of one actor: say \"true\" for instances and templates, and each has its own\n" },
	{ CHILD("sandbox: { state: x }")
	  "  - { name: b, exec: vpn-api, sandbox: { state: y } }\n"
	  "  - { name: c, exec: vpn-api, sandbox: { state: x } }\n",
	  "5:49: the state \"x\" is that of \"core\" in line 3: each is of one actor\n" },
	{ CHILD("sandbox: none"),
	  "3:44: \"sandbox\" must be a mapping, not text\n" },
};

static void test_sandboxes_are_checked(void)
{
	check_rows(sandbox_rows, N(sandbox_rows));
}

static const struct row exec_rows[] = {
	{ HEAD "  - { name: a, exec: vpn-apy }\n",
	  "3:22: no program \"vpn-apy\", did you mean \"vpn-api\"?\n" },
	{ HEAD "  - { name: a, exec: nothing-like-it }\n",
	  "3:22: no program \"nothing-like-it\" beside the file or in the actors folder\n" },
	{ HEAD "  - { name: a, exec: ./vpn-apy }\n",
	  "3:22: no program \"./vpn-apy\"\n" },
	{ HEAD "  - { name: a, exec: some-program --flag }\n",
	  "3:22: no program \"some-program --flag\": arguments belong in \"args\"\n" },
	{ HEAD "  - { name: a, exec: \"\" }\n",
	  "3:22: \"\" names no program\n" },
	{ HEAD "  - { name: a, exec: bin/ }\n",
	  "3:22: \"bin/\" is a folder: name a program in it\n" },
	{ HEAD "  - { name: a, exec: \"a\\nb\" }\n",
	  "3:22: \"a?b\" has control characters\n" },
	{ HEAD "  - { name: a, exec: [vpn-api, x] }\n",
	  "3:22: \"exec\" must be a program, not a list\n" },
	{ HEAD "  - { name: a, exec: folder }\n",
	  "3:22: \"folder\" is a folder\n" },
	{ HEAD "  - { name: a, exec: notes.txt }\n",
	  "3:22: \"notes.txt\" is not executable\n" },
	{ HEAD "  - { name: a, exec: open-to-all }\n",
	  "3:22: \"open-to-all\" can be written by everybody: chmod o-w it\n" },
	{ HEAD "  - { name: a, exec: script }\n",
	  "3:22: \"script\" is not an ELF program\n" },
	{ HEAD "  - { name: a, exec: loop }\n",
	  "3:22: \"loop\" cannot be run: Too many levels of symbolic links\n" },
	{ HEAD "  - { name: a, exec: vpn-apy }\n  - { name: b, exec: vpn-apy }\n",
	  "3:22: no program \"vpn-apy\", did you mean \"vpn-api\"?\n"
	  "4:22: no program \"vpn-apy\", did you mean \"vpn-api\"?\n" },
	/* what is wrong with a program is no fault of who refers to it */
	{ HEAD "  - { name: a, exec: [] }\n"
	  "  - { name: b, exec: vpn-api, refs: [a] }\n",
	  "3:22: \"exec\" must be a program, not a list\n" },
};

#define BUDGET(budget, children) \
	"system: s\nbudget: { " budget " }\nchildren:\n" children
#define OF(name, keys) \
	"  - { name: " name ", exec: vpn-api, sandbox: { " keys " } }\n"

static const struct row budget_rows[] = {
	{ BUDGET("memory: 96M", OF("a", "memory: 64M") OF("b", "memory: 64M")),
	  "2:1: the budget of \"s\" is 96M \"memory\", and what is in it may have 128M together\n" },
	{ BUDGET("memory: 96M", OF("a", "memory: 64M") OF("b", "cpu: 1%")),
	  "5:13: \"b\" needs \"memory\" in its sandbox: it is in the budget of \"s\" in line 2, 96M for all\n" },
	{ BUDGET("cpu: 100%", OF("a", "cpu: 60%") OF("b", "cpu: 60%")),
	  "2:1: the budget of \"s\" is 100% \"cpu\", and what is in it may have 120% together\n" },
	/* who says nothing has one process, or 64 as a program */
	{ BUDGET("pids: 65", OF("a", "cpu: 60%") OF("b", "cpu: 60%")
		 "  - { name: c, exec: vpn-api, kind: program }\n"),
	  "2:1: the budget of \"s\" is 65 \"pids\", and what is in it may have 66 together\n" },
	{ BUDGET("pids: 3", "  - { name: c, exec: vpn-api, instances: 4 }\n"),
	  "2:1: the budget of \"s\" is 3 \"pids\", and what is in it may have 4 together\n" },
	/* who stands by is a process more, with the same limits */
	{ BUDGET("memory: 100M, pids: 1, cpu: 10%",
		 "  - { name: a, exec: vpn-api, standby: 1,\n"
		 "      sandbox: { memory: 100M, cpu: 10% } }\n"),
	  "2:1: the budget of \"s\" is 100M \"memory\", and what is in it may have 200M together\n"
	  "2:1: the budget of \"s\" is 1 \"pids\", and what is in it may have 2 together\n"
	  "2:1: the budget of \"s\" is 10% \"cpu\", and what is in it may have 20% together\n" },
	/* a head counts, and all that could be spawned */
	{ BUDGET("memory: 96M", "  - name: h\n    exec: vpn-api\n"
		 "    sandbox: { memory: 32M }\n    templates:\n"
		 "      - { name: t, exec: vpn-api, max: 3,\n"
		 "          sandbox: { memory: 32M } }\n"),
	  "2:1: the budget of \"s\" is 96M \"memory\", and what is in it may have 128M together\n" },
	/* what has a budget itself counts as that */
	{ BUDGET("memory: 96M", OF("a", "memory: 64M")
		 "  - name: g\n    budget: { memory: 64M }\n    children:\n"
		 "      - { name: x, exec: vpn-api, sandbox: { memory: 1M } }\n"
		 "      - { name: y, exec: vpn-api }\n"),
	  "2:1: the budget of \"s\" is 96M \"memory\", and what is in it may have 128M together\n"
	  "9:17: \"y\" needs \"memory\" in its sandbox: it is in the budget of \"g\" in line 6, 64M for all\n" },
	{ BUDGET("memory: 1K, pids: 0, cpu: 1, disk: 1M",
		 OF("a", "memory: 64M")),
	  "2:19: \"memory\" is between 1M and 65536G\n"
	  "2:29: \"pids\" is between 1 and 1000000\n"
	  "2:37: \"1\" has no unit: write 1%\n"
	  "2:40: unknown key \"disk\"\n" },
	{ CHILD("budget: { memory: 1M }"),
	  "3:35: key \"budget\" needs \"children\" or \"templates\" beside it\n" },
};

static void test_limits_below_a_budget_add_up_to_no_more(void)
{
	check_rows(budget_rows, N(budget_rows));
	spec_system_free(parse_text(
		BUDGET("memory: 128M, pids: 2, cpu: 200%",
		       OF("a", "memory: 64M, cpu: 100%")
		       OF("b", "memory: 64M, cpu: 100%"))));
	spec_system_free(parse_text(
		BUDGET("pids: 500", "  - name: g\n    templates:\n"
		       "      - { name: t, exec: vpn-api }\n")));
}

/* a head with a network of its own and few things more, and a child of it */
#define HEADED(keys) HEAD						\
	"  - name: h\n    exec: vpn-core\n"				\
	"    sandbox: { network: loopback, read: [/etc/ssl], write: [/var/x], execute: [/usr/bin],\n" \
	"      devices: [/dev/null], memory: 64M, cpu: 50% }\n"	\
	"    children:\n"						\
	"      - { name: c, exec: vpn-api, " keys " }\n"
#define LIMITED "memory: 64M, cpu: 50%"
#define BEYOND(key) BEYOND_IN("8", key)
/* a head that has a little of all else */
#define RICH(keys) HEAD							\
	"  - name: h\n    exec: vpn-core\n"				\
	"    sandbox: { pids: 8, scratch: 1M, state: true,\n"		\
	"      io: { /dev/vda: 1M } }\n"					\
	"    mailbox: { descriptors: 2 }\n    templates:\n"		\
	"      - { name: c, exec: vpn-api, " keys " }\n"
#define BEYOND_IN(line, key) line ":17: \"" key "\" of \"c\" goes beyond that of \"h\" above it, in line 3: if that is meant, say \"may_exceed: [" key "]\" beside its sandbox\n"

/* the same, with some ports of the host's network */
#define PORTED(keys) HEAD						\
	"  - name: h\n    exec: vpn-core\n"				\
	"    sandbox: { network: { mode: host, connect_ports: [80, 81],\n" \
	"      listen_ports: [82] } }\n"				\
	"    children:\n"						\
	"      - { name: c, exec: vpn-api, sandbox: { network: " keys " } }\n"

static const struct row excess_rows[] = {
	{ PORTED("host"), BEYOND("network") },
	{ PORTED("{ mode: host, connect_ports: [80, 82] }"),
	  BEYOND("network") },
	{ PORTED("{ mode: host, listen_ports: [80] }"), BEYOND("network") },
	{ PORTED("{ connect: [\"a.example:82\"] }"), BEYOND("network") },
	{ HEADED("sandbox: { network: host, " LIMITED " }"),
	  BEYOND("network") },
	{ HEADED("sandbox: { network: { connect: [\"a.example:80\"] }, "
		 LIMITED " }"),
	  BEYOND("network") },
	{ HEADED("sandbox: { read: [/etc/ssl, /etc], " LIMITED " }"),
	  BEYOND("read") },
	{ HEADED("sandbox: { read: [/etc/ssl2], " LIMITED " }"),
	  BEYOND("read") },
	/* to read something is not to write or execute it */
	{ HEADED("sandbox: { execute: [/etc/ssl, /var/x], " LIMITED " }"),
	  BEYOND("execute") },
	{ HEADED("sandbox: { write: [/etc/ssl], " LIMITED " }"),
	  BEYOND("write") },
	{ HEADED("sandbox: { devices: [/dev/zero], " LIMITED " }"),
	  BEYOND("devices") },
	{ HEADED("sandbox: { syscalls: [uname], " LIMITED " }"),
	  BEYOND("syscalls") },
	{ HEADED("sandbox: { memfd: allow, " LIMITED " }"),
	  BEYOND("memfd") },
	{ HEADED("sandbox: { memory: 65M, cpu: 51% }"),
	  BEYOND("memory") BEYOND("cpu") },
	/* without a limit it is more */
	{ HEADED("args: []"), BEYOND("memory") BEYOND("cpu") },
	{ HEADED("may_exceed: [cpu, netwrok, 1], sandbox: { memory: 64M }"),
	  "8:53: \"netwrok\" is nothing that can exceed: did you mean \"network\"?\n"
	  "8:62: \"1\" is nothing that can exceed: it is network, read, execute, write, devices, syscalls, memfd, memory, cpu, kind, pids, scratch, state, io or descriptors\n" },
	/* what all programs have comes with the kind */
	{ HEADED("kind: program, sandbox: { " LIMITED " }"), BEYOND("kind") },
	{ HEADED("kind: program, sandbox: { pids: 65, " LIMITED " }"),
	  BEYOND("kind") BEYOND("pids") },
	{ HEADED("sandbox: { pids: 2, " LIMITED " }"), BEYOND("pids") },
	{ HEADED("sandbox: { scratch: 1M, " LIMITED " }"), BEYOND("scratch") },
	{ HEADED("sandbox: { state: true, " LIMITED " }"), BEYOND("state") },
	{ HEADED("mailbox: { descriptors: 1 }, sandbox: { " LIMITED " }"),
	  BEYOND("descriptors") },
	{ RICH("sandbox: { pids: 9, scratch: 2M, io: { /dev/vda: 2M } }, "
	       "mailbox: { descriptors: 3 }"),
	  BEYOND_IN("9", "pids") BEYOND_IN("9", "scratch") BEYOND_IN("9", "io") BEYOND_IN("9", "descriptors") },
	{ RICH("sandbox: { io: { /dev/vdb: 1M } }"), BEYOND_IN("9", "io") },
	{ RICH("args: []"), BEYOND_IN("9", "io") },
	/* a template, and what a supervisor is between */
	{ HEAD "  - name: h\n    exec: vpn-core\n    templates:\n"
	  "      - { name: t, exec: vpn-api, sandbox: { network: host } }\n"
	  "    children:\n      - name: g\n        children:\n"
	  "          - { name: x, exec: vpn-api, sandbox: { read: [/a] } }\n",
	  "6:17: \"network\" of \"t\" goes beyond that of \"h\" above it, in line 3: if that is meant, say \"may_exceed: [network]\" beside its sandbox\n"
	  "10:21: \"read\" of \"x\" goes beyond that of \"h\" above it, in line 3: if that is meant, say \"may_exceed: [read]\" beside its sandbox\n" },
};

/* a system that runs is not ended by a version that refuses more */
static void check_judged_before(const char *text)
{
	struct spec_system *system;
	struct config_errors errors;
	struct config_source source = source_of(text);

	source.judged = true;
	CU_ASSERT_EQUAL(config_parse(&source, &system, &errors), 0);
	config_errors_clear(&errors);
	spec_system_free(system);
}

static void test_nobody_has_more_than_the_head_above(void)
{
	check_rows(excess_rows, N(excess_rows));
	spec_system_free(parse_text(HEADED(
		"sandbox: { network: loopback, read: [/etc/ssl/certs, /var/x/y, /usr/bin/a],"
		" execute: [/usr/bin/b],"
		" write: [/var/x/z], devices: [/dev/null], " LIMITED " }")));
	spec_system_free(parse_text(HEADED(
		"may_exceed: [network, write, memory, cpu], sandbox: { "
		"network: host, write: [/etc] }")));
	spec_system_free(parse_text(PORTED(
		"{ mode: host, connect_ports: [81], listen_ports: [82] }")));
	spec_system_free(parse_text(PORTED("{ connect: [\"a.example:81\"] }")));
	spec_system_free(parse_text(PORTED("loopback")));
	spec_system_free(parse_text(RICH(
		"sandbox: { pids: 8, scratch: 1M, state: true, "
		"io: { /dev/vdb: 9M, /dev/vda: 1M } }, "
		"mailbox: { descriptors: 2 }")));
	spec_system_free(parse_text(RICH(
		"may_exceed: [pids, scratch, io, descriptors], sandbox: { "
		"pids: 9, scratch: 2M }, mailbox: { descriptors: 3 }")));
	spec_system_free(parse_text(HEADED(
		"may_exceed: [kind], kind: program, sandbox: { " LIMITED " }")));
	spec_system_free(parse_text(HEADED(
		"may_exceed: [kind], kind: program, sandbox: { pids: 16, "
		LIMITED " }")));
	/* a reference is named by the file itself */
	spec_system_free(parse_text(HEADED(
		"refs: [/s/z], sandbox: { " LIMITED " }")
		"  - { name: z, exec: vpn-api }\n"));
	check_judged_before(HEADED("kind: program"));
	/* what is no head has nothing to be compared with */
	spec_system_free(parse_text(HEAD
		"  - name: g\n    children:\n"
		"      - { name: a, exec: vpn-api, sandbox: { network: host } }\n"));
}

static void test_programs_are_looked_up(void)
{
	check_rows(exec_rows, N(exec_rows));
}

/* the refs of the last child begin in 6:39 */
#define REFS(refs) HEAD API						\
	"  - { name: prog, exec: vpn-api, kind: program }\n"		\
	"  - { name: g, children: [ { name: deep, exec: vpn-api } ] }\n"	\
	"  - { name: core, exec: vpn-core, refs: " refs " }\n"

static const struct row ref_rows[] = {
	{ REFS("[apu]"),
	  "6:42: \"apu\" is not the name of a sibling, did you mean \"api\"?\n" },
	{ REFS("[whatever]"),
	  "6:42: \"whatever\" is not the name of a sibling\n" },
	{ REFS("[deep]"),
	  "6:42: \"deep\" is not the name of a sibling, did you mean \"/s/g/deep\"?\n" },
	{ REFS("[g/deep]"),
	  "6:42: \"g/deep\" is neither a sibling's name nor an absolute path, did you mean \"/s/g/deep\"?\n" },
	{ REFS("[/s/g/dep]"),
	  "6:42: \"/s/g/dep\" leads nowhere, did you mean \"/s/g/deep\"?\n" },
	{ REFS("[/t/other]"),
	  "6:42: \"/t/other\" leads nowhere\n" },
	{ REFS("[/s/api/]"),
	  "6:42: \"/s/api/\" leads nowhere, did you mean \"/s/api\"?\n" },
	{ REFS("[//api]"),
	  "6:42: \"//api\" is not a path, like \"/vpn/api\", did you mean \"/s/api\"?\n" },
	{ REFS("[core]"),
	  "6:42: \"core\" refers to itself\n" },
	{ REFS("[/s/core]"),
	  "6:42: \"/s/core\" refers to itself\n" },
	{ REFS("[prog]"),
	  "6:42: \"prog\" is a program: it has no mailbox\n" },
	{ REFS("[g]"),
	  "6:42: \"g\" is a supervisor without an exec: nobody there reads\n" },
	{ REFS("[/s]"),
	  "6:42: \"/s\" is a supervisor without an exec: nobody there reads\n" },
	{ REFS("[/system/dead-letters]"),
	  "6:42: \"/system/dead-letters\" is bundled: refs into /system are refused in this version\n" },
	{ REFS("[api, api]"),
	  "6:47: \"api\" is there already, as \"api\"\n" },
	{ REFS("[api, /s/g/deep, /s/api]"),
	  "6:58: \"/s/api\" is there already, as \"api\"\n" },
	{ REFS("api"),
	  "6:41: \"refs\" must be a list of names, like [api], not text\n" },
	{ REFS("[api, [x], { to: api }, \"\"]"),
	  "6:47: expected a name, not a list\n"
	  "6:52: expected a name, not a mapping\n"
	  "6:65: \"\" is not the name of a sibling\n" },
	{ HEAD "  - { name: dead-letters, exec: vpn-api }\n"
	  "  - { name: core, exec: vpn-core, refs: [dead-letters] }\n",
	  "4:42: \"dead-letters\" is what every actor calls /system/dead-letters: use its path\n" },
};

static void test_refs_are_resolved(void)
{
	check_rows(ref_rows, N(ref_rows));
}

/* the refs of a node, as "name=path " */
static void refs_are(const struct spec_node *node, const char *expected)
{
	char text[512] = "";
	size_t i;

	for (i = 0; i < node->n_refs; i++)
		sprintf(text + strlen(text), "%s=%s ", node->refs[i].name,
			node->refs[i].path);
	CU_ASSERT_STRING_EQUAL(text, expected);
}

static void test_instances_are_children_with_a_number(void)
{
	struct spec_system *system = parse_text(
		"system: s\nchildren:\n"
		"  - { name: a, exec: vpn-core, refs: [w, /s/g/x] }\n"
		"  - { name: w, exec: vpn-api, instances: 3, args: [x],\n"
		"      refs: [w, a] }\n"
		"  - name: g\n"
		"    children: [ { name: x, exec: vpn-core, instances: 1 } ]\n");
	struct spec_node *top = system->top, *second = top->children[2];

	CU_ASSERT_EQUAL(system->n_nodes, 7);
	CU_ASSERT_EQUAL(top->n_children, 5);
	CU_ASSERT_STRING_EQUAL(top->children[1]->path, "/s/w-1");
	CU_ASSERT_STRING_EQUAL(second->path, "/s/w-2");
	CU_ASSERT_STRING_EQUAL(second->args[0], "x");
	CU_ASSERT_STRING_EQUAL(second->exec_path, "/opt/actors/vpn-api");
	CU_ASSERT_PTR_EQUAL(second->parent, top);
	refs_are(top->children[0],
		 "w-1=/s/w-1 w-2=/s/w-2 w-3=/s/w-3 /s/g/x-1=/s/g/x-1 ");
	refs_are(second, "w-1=/s/w-1 w-3=/s/w-3 a=/s/a ");
	spec_system_free(system);
}

static const struct row instance_rows[] = {
	{ CHILD("instances: 0"),
	  "3:46: \"instances\" is between 1 and 500\n" },
	{ CHILD("instances: 501"),
	  "3:46: \"instances\" is between 1 and 500\n" },
	{ HEAD "  - { name: g, instances: 2, children: [ { name: a, exec: vpn-api } ] }\n",
	  "3:16: key \"instances\" needs \"exec\" beside it\n" },
	{ CHILD("instances: 2, children: [ { name: a, exec: vpn-api } ]"),
	  "3:13: \"core\" has children: instances are of single actors and programs\n" },
	{ HEAD API "  - { name: core, exec: vpn-core, instances: 500 }\n",
	  "1:9: 501 children with all instances, at most 500: add a level of supervisors between\n" },
	{ CHILD("instances: 2")
	  "  - { name: core-2, exec: vpn-core }\n",
	  "4:13: the name \"core-2\" is taken by its sibling in line 3\n" },
	{ CHILD("instances: 2")
	  "  - { name: api, exec: vpn-api, refs: [core, core-2, x/core] }\n",
	  "4:46: \"core-2\" is there already, as \"core-2\"\n"
	  "4:54: \"x/core\" is neither a sibling's name nor an absolute path\n" },
	{ HEAD "  - { name: a123456789a123456789a123456789a123456789a123456789a123456789abc, exec: vpn-api, instances: 10 }\n",
	  "3:13: \"a123456789a123456789a123456789a123456789a123456789a123456789abc\" is too long a name to put a number behind: at most 63 characters\n" },
};

static void test_instances_are_checked(void)
{
	check_rows(instance_rows, N(instance_rows));
}

static void test_templates_are_no_children(void)
{
	struct spec_system *system = parse_text(
		"system: s\nchildren:\n"
		"  - { name: a, exec: vpn-core }\n"
		"  - name: pool\n"
		"    templates:\n"
		"      - { name: w, exec: vpn-api, max: 4, refs: [/s/a] }\n"
		"      - { name: p, exec: vpn-core, kind: program }\n"
		"  - { name: h, exec: vpn-core, strategy: one_for_all,\n"
		"      templates: [ { name: w, exec: vpn-api } ] }\n");
	const struct spec_node *pool = system->top->children[1];
	const struct spec_node *head = system->top->children[2];

	CU_ASSERT_EQUAL(pool->n_children, 0);
	CU_ASSERT_EQUAL(pool->n_templates, 2);
	CU_ASSERT(spec_is_supervisor(pool) && spec_is_supervisor(head));
	CU_ASSERT_EQUAL(head->strategy, SPEC_ONE_FOR_ALL);
	CU_ASSERT_EQUAL(pool->templates[0]->template_max, 4);
	CU_ASSERT_EQUAL(pool->templates[1]->template_max, SPEC_CHILDREN_MAX);
	CU_ASSERT_EQUAL(pool->templates[1]->kind, SPEC_PROGRAM);
	CU_ASSERT_STRING_EQUAL(pool->templates[0]->exec_path,
			       "/opt/actors/vpn-api");
	refs_are(pool->templates[0], "/s/a=/s/a ");
	CU_ASSERT_PTR_NULL(spec_find(system->top, "/s/pool/w"));
	spec_system_free(system);
}

#define TEMPLATE(keys) HEAD API "  - name: pool\n    templates:\n" \
	"      - { name: w, exec: vpn-api, " keys " }\n"

static const struct row template_rows[] = {
	{ HEAD "  - { name: a, templates: [] }\n",
	  "3:27: \"templates\" is empty\n" },
	{ HEAD "  - { name: a, templates: [w, { name: w }] }\n",
	  "3:28: expected a template, like { name: monitor, exec: vpn-monitor }, not text\n"
	  "3:31: a template needs \"exec\"\n" },
	{ TEMPLATE("max: 0"),
	  "6:40: \"max\" is between 1 and 500\n" },
	{ TEMPLATE("instances: 2"),
	  "6:35: unknown key \"instances\" here: it is a key of a child in a list of children\n" },
	{ TEMPLATE("children: [ { name: a, exec: vpn-api } ]"),
	  "6:35: unknown key \"children\" here: it is a key of a supervisor\n" },
	{ TEMPLATE("kind: program, refs: [/s/api]"),
	  "6:50: key \"refs\" is for actors, and this is a program\n" },
	{ TEMPLATE("ready: at_once"),
	  "6:35: key \"ready\" is for programs: an actor says by itself when it is ready\n" },
	{ TEMPLATE("refs: [api, w, \"*w\", /s/nix]"),
	  "6:42: \"api\" is not the name of a sibling, did you mean \"/s/api\"?\n"
	  "6:47: \"w\" is not the name of a sibling\n"
	  "6:50: \"*w\" refers to itself\n"
	  "6:56: \"/s/nix\" leads nowhere\n" },
	{ TEMPLATE("restart: temporary")
	  "      - { name: w, exec: nix }\n",
	  "7:17: the name \"w\" is taken by its sibling in line 6\n"
	  "7:26: no program \"nix\" beside the file or in the actors folder\n" },
	{ TEMPLATE("restart: temporary")
	  "  - { name: b, exec: vpn-core, refs: [\"/s/pool/*w\", /s/pool/w] }\n",
	  "7:39: \"/s/pool/*w\" is not a path, like \"/vpn/api\"\n"
	  "7:53: \"/s/pool/w\" leads nowhere\n" },
	{ CHILD("kind: program, templates: [ { name: a, exec: vpn-api } ]"),
	  "3:50: a program has no children: put both below a supervisor\n" },
	{ CHILD("max: 3"),
	  "3:35: unknown key \"max\" here: it is a key of a template\n" },
};

static void test_templates_are_checked(void)
{
	check_rows(template_rows, N(template_rows));
}

static void test_a_later_sibling_may_be_referred_to(void)
{
	struct spec_system *system = parse_text(
		HEAD "  - { name: core, exec: vpn-core, refs: [api] }\n" API);

	CU_ASSERT_STRING_EQUAL(system->top->children[0]->refs[0].path,
			       "/s/api");
	spec_system_free(system);
}

static void test_one_run_reports_everything(void)
{
	static const struct row row = {
		"system: S\n"
		"strategi: one_for_one\n"
		"children:\n"
		"  - { name: api, exec: vpn-apy, refs: [cor] }\n"
		"  - { name: api, exec: &x vpn-core, stop_timeout: 5 }\n",
		"1:9: \"S\"" NAME_RULE
		"2:1: unknown key \"strategi\", did you mean \"strategy\"?\n"
		"4:24: no program \"vpn-apy\", did you mean \"vpn-api\"?\n"
		"4:40: \"cor\" is not the name of a sibling\n"
		"5:13: the name \"api\" is taken by its sibling in line 4\n"
		"5:24: anchors (&…) are not part of this format: write the value again\n"
		"5:51: \"5\" has no unit: write 5s, 5ms or 5min\n",
	};

	check_row(&row);
}

/* ---- sizes ---- */

struct text {
	char *bytes;
	size_t n;
};

__attribute__((format(printf, 2, 3)))
static void add(struct text *text, const char *format, ...)
{
	va_list arguments;

	if (!text->bytes)
		text->bytes = malloc(2 * CONFIG_BYTES_MAX);
	if (!text->bytes)
		abort();
	va_start(arguments, format);
	text->n += (size_t)vsnprintf(text->bytes + text->n,
				     2 * CONFIG_BYTES_MAX - text->n, format,
				     arguments);
	va_end(arguments);
}

/* a chain of supervisors with an actor below, @levels in all */
static struct text chain(int levels)
{
	struct text text = { NULL, 0 };
	int i;

	add(&text, "system: s\nchildren:\n");
	for (i = 2; i < levels; i++)
		add(&text, "%*s- name: g\n%*schildren:\n", 2 * i, "",
		    2 * i + 2, "");
	add(&text, "%*s- { name: a, exec: vpn-api }\n", 2 * i, "");

	return text;
}

static void test_a_tree_has_twelve_levels(void)
{
	struct text text = chain(12);
	struct row row;

	spec_system_free(parse_text(text.bytes));
	free(text.bytes);

	text = chain(13);
	row = (struct row){ text.bytes, "25:37: more than 12 levels\n" };
	check_row(&row);
	free(text.bytes);
}

static void test_a_supervisor_has_500_children(void)
{
	struct text text = { NULL, 0 };
	struct row row;
	int i;

	add(&text, HEAD);
	for (i = 0; i < SPEC_CHILDREN_MAX; i++)
		add(&text, "  - { name: a%d, exec: vpn-api }\n", i);
	spec_system_free(parse_text(text.bytes));

	add(&text, "  - { name: last, exec: vpn-api }\n");
	row = (struct row){ text.bytes,
		"2:1: 501 children, at most 500: add a level of supervisors between\n" };
	check_row(&row);
	free(text.bytes);
}

/* 40 supervisors of 250, each actor with a ref to the one before */
static void test_ten_thousand_actors_are_no_effort(void)
{
	struct text text = { NULL, 0 };
	struct spec_system *system;
	int i, j;

	add(&text, HEAD);
	for (i = 0; i < 40; i++) {
		add(&text, "  - name: g%d\n    children:\n", i);
		for (j = 0; j < 250; j++)
			add(&text, "      - { name: a%d, exec: vpn-api, refs: [%s%d] }\n",
			    j, j ? "a" : "b", j ? j - 1 : 0);
		add(&text, "      - { name: b0, exec: vpn-api }\n");
	}
	system = parse_text(text.bytes);
	CU_ASSERT_EQUAL(system->n_nodes, 1 + 40 * 252);
	spec_system_free(system);
	free(text.bytes);
}

static void test_an_actor_has_no_more_edges_than_its_arena_holds(void)
{
	struct text text = { NULL, 0 };
	struct row row;
	int i, j;

	add(&text, HEAD API);
	for (i = 0; i < 3; i++) {
		add(&text, "  - name: g%d\n    children:\n", i);
		for (j = 0; j < 400; j++)
			add(&text, "      - { name: a%d, exec: vpn-api, refs: [/s/api] }\n",
			    j);
	}
	row = (struct row){ text.bytes,
		"3:13: 1200 actors refer to \"api\", and it to 0: at most 1000 edges\n" };
	check_row(&row);
	free(text.bytes);
}

static void test_no_more_than_200_errors_are_kept(void)
{
	struct config_source source;
	struct config_errors errors;
	struct text text = { NULL, 0 };
	struct spec_system *system;
	char *said;
	int i;

	add(&text, HEAD API);
	for (i = 0; i < 300; i++)
		add(&text, "key%d: 1\n", i);
	source = source_of(text.bytes);
	CU_ASSERT_EQUAL(config_parse(&source, &system, &errors), -EINVAL);
	CU_ASSERT_EQUAL(errors.n_errors, CONFIG_ERRORS_MAX);
	CU_ASSERT_EQUAL(errors.n_dropped, 100);
	said = config_errors_format(&source, &errors);
	CU_ASSERT_PTR_NOT_NULL(strstr(said,
		"x.yaml: error: and 100 more, not shown\n"));
	free(said);
	config_errors_clear(&errors);
	free(text.bytes);
}

/* ---- how errors look ---- */

static const struct row shown[] = {
	{ "system: s\nstrategi: x\nchildren:\n" API,
	  "x.yaml:2:1: error: unknown key \"strategi\", did you mean \"strategy\"?\n"
	  "    2 | strategi: x\n"
	  "      | ^\n" },
	{ "system: s\r\nchildren: []\r\n",
	  "x.yaml:2:11: error: \"children\" is empty\n"
	  "    2 | children: []\n"
	  "      |           ^\n" },
	/* a tab moves to the next multiple of eight */
	{ "system:\tS\nchildren:\n" API,
	  "x.yaml:1:9: error: \"S\"" NAME_RULE
	  "    1 | system: S\n"
	  "      |         ^\n" },
	/* columns count characters, the caret cells: two for a wide one */
	{ "{ \346\227\245\346\234\254: 1, system: S, children: [ { name: a, exec: vpn-api } ] }",
	  "x.yaml:1:3: error: unknown key \"\346\227\245\346\234\254\"\n"
	  "    1 | { \346\227\245\346\234\254: 1, system: S, children: [ { name: a, exec: vpn-api } ] }\n"
	  "      |   ^\n"
	  "x.yaml:1:18: error: \"S\"" NAME_RULE
	  "    1 | { \346\227\245\346\234\254: 1, system: S, children: [ { name: a, exec: vpn-api } ] }\n"
	  "      |                    ^\n" },
	{ "system: s\nchildren: [ { name: a, exec: vpn-api, args: [0123456789, 0123456789, 0123456789, 0123456789], restart: never, environment: { A: 0123456789, B: 0123456789 } } ]\n",
	  "x.yaml:2:104: error: \"never\" is not a restart type: it is permanent, transient or temporary\n"
	  "    2 | …, 0123456789, 0123456789], restart: never, environment: { A: 0123456789,…\n"
	  "      |                                      ^\n" },
};

static void test_errors_are_shown_with_their_line_and_a_caret(void)
{
	size_t i;

	for (i = 0; i < N(shown); i++) {
		struct config_source source = source_of(shown[i].text);
		struct config_errors errors;
		struct spec_system *system;
		char *said;

		CU_ASSERT_EQUAL(config_parse(&source, &system, &errors),
				-EINVAL);
		said = config_errors_format(&source, &errors);
		if (strcmp(said, shown[i].errors) != 0)
			harness_note("\n%snot:\n%s", said, shown[i].errors);
		CU_ASSERT_STRING_EQUAL(said, shown[i].errors);
		free(said);
		config_errors_clear(&errors);
	}
}

static void test_the_file_name_cannot_speak_to_the_terminal(void)
{
	struct config_source source = source_of("system: s\nchildren: []\n");
	struct config_errors errors;
	struct spec_system *system;
	char *said;

	source.name = "a\033[2Jb\n\377";
	CU_ASSERT_EQUAL(config_parse(&source, &system, &errors), -EINVAL);
	said = config_errors_format(&source, &errors);
	CU_ASSERT_NSTRING_EQUAL(said, "a?[2Jb??:2:11: ", 15);
	free(said);
	config_errors_clear(&errors);
}

/* ---- the tables ---- */

static void test_every_key_has_a_row_in_full(void)
{
	const struct key_table *const *table;
	size_t i;

	for (table = keys_everywhere; *table; table++) {
		for (i = 0; i < (*table)->n_keys; i++) {
			const struct key *key = &(*table)->keys[i];

			CU_ASSERT_PTR_NOT_NULL(key->name);
			CU_ASSERT_PTR_NOT_NULL(key->type);
			CU_ASSERT_PTR_NOT_NULL(key->meaning);
			CU_ASSERT_PTR_NOT_NULL(key->read);
			CU_ASSERT(key->min <= key->max);
		}
	}
}

static void test_the_reference_names_every_key(void)
{
	const struct key_table *const *table;
	char *reference = keys_reference();
	size_t i;

	for (table = keys_everywhere; *table; table++) {
		for (i = 0; i < (*table)->n_keys; i++)
			CU_ASSERT_PTR_NOT_NULL(
				strstr(reference, (*table)->keys[i].name));
	}
	free(reference);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_every_key_reaches_its_place),
	HARNESS_TEST(test_what_is_not_written_has_its_default),
	HARNESS_TEST(test_a_mailbox_has_what_its_keys_say),
	HARNESS_TEST(test_an_empty_backoff_has_the_defaults),
	HARNESS_TEST(test_nodes_are_found_by_path),
	HARNESS_TEST(test_a_program_is_ready_as_its_key_says),
	HARNESS_TEST(test_the_bundled_tree_is_right),
	HARNESS_TEST(test_a_program_is_looked_up_once),
	HARNESS_TEST(test_the_top_of_a_file_is_checked),
	HARNESS_TEST(test_names_are_checked),
	HARNESS_TEST(test_the_keys_of_a_child_are_checked),
	HARNESS_TEST(test_values_are_checked),
	HARNESS_TEST(test_directives_are_checked),
	HARNESS_TEST(test_sandboxes_are_checked),
	HARNESS_TEST(test_limits_below_a_budget_add_up_to_no_more),
	HARNESS_TEST(test_nobody_has_more_than_the_head_above),
	HARNESS_TEST(test_programs_are_looked_up),
	HARNESS_TEST(test_refs_are_resolved),
	HARNESS_TEST(test_instances_are_children_with_a_number),
	HARNESS_TEST(test_instances_are_checked),
	HARNESS_TEST(test_templates_are_no_children),
	HARNESS_TEST(test_templates_are_checked),
	HARNESS_TEST(test_a_later_sibling_may_be_referred_to),
	HARNESS_TEST(test_one_run_reports_everything),
	HARNESS_TEST(test_a_tree_has_twelve_levels),
	HARNESS_TEST(test_a_supervisor_has_500_children),
	HARNESS_TEST(test_ten_thousand_actors_are_no_effort),
	HARNESS_TEST(test_an_actor_has_no_more_edges_than_its_arena_holds),
	HARNESS_TEST(test_no_more_than_200_errors_are_kept),
	HARNESS_TEST(test_errors_are_shown_with_their_line_and_a_caret),
	HARNESS_TEST(test_the_file_name_cannot_speak_to_the_terminal),
	HARNESS_TEST(test_every_key_has_a_row_in_full),
	HARNESS_TEST(test_the_reference_names_every_key),
};
HARNESS_MAIN(tests)
