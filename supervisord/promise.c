/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * promise.c - what the sandboxes of a file would be on this machine.
 *
 * What launch.c does with a node and a host, as numbers that actorctl weighs. What
 * the host can do is found out as for a start, in this process, which then ends;
 * cgroups are believed to be given if the host has them at all.
 */
#include "supervisord/promise.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libactorproc/path.h"
#include "supervisord/act/launch.h"
#include "supervisord/act/launch_override.h"
#include "supervisord/act/sandbox_profile.h"
#include "supervisord/decide/class.h"
#include "supervisord/decide/network.h"
#include "supervisord/load.h"

#define PROGRAM_LOCKED_BYTES 65536
#define NO_LIMIT INT64_MAX
#define ALL_PATHS 1000

struct promise {
	const struct launch_host *host;
	const struct spec_node *node;
	unsigned int profile;
};

/* ---- one value each ------------------------------------------------------ */

static json_int_t never(const struct promise *p)
{
	(void)p;
	return 0;
}

static bool has_own_user(const struct promise *p)
{
	return p->host->user_mode && p->host->namespaces;
}

static json_int_t is_root(const struct promise *p)
{
	return p->host->user_mode && geteuid() == 0;
}

static json_int_t shares_uid(const struct promise *p)
{
	return p->host->user_mode || p->host->n_uids == 0;
}

static json_int_t is_of_class(const struct promise *p)
{
	return class_of(p->node) && class_is_shared(p->node) &&
	       launch_host_counts(p->host);
}

static json_int_t keeps_bounds(const struct promise *p)
{
	return p->host->user_mode && !has_own_user(p);
}

static json_int_t is_program(const struct promise *p)
{
	return p->node->kind == SPEC_PROGRAM;
}

static json_int_t lacks_filter(const struct promise *p)
{
	return !p->host->seccomp;
}

static json_int_t lacks_namespaces(const struct promise *p)
{
	return !p->host->namespaces;
}

static json_int_t lacks_pid_namespaces(const struct promise *p)
{
	return lacks_namespaces(p) || p->host->without & LAUNCH_PID_NAMESPACES;
}

static json_int_t lacks_network(const struct promise *p)
{
	return p->node->sandbox.network == SPEC_NETWORK_HOST ||
	       p->host->empty_netns_fd < 0;
}

/* of the host's own nothing is promised */
static json_int_t n_interfaces(const struct promise *p)
{
	return lacks_network(p) ? -1 : 0;
}

static json_int_t n_connections(const struct promise *p)
{
	return (json_int_t)network_n_granted(p->node);
}

static json_int_t lacks_user(const struct promise *p)
{
	return !has_own_user(p);
}

static json_int_t n_calls(const struct promise *p)
{
	struct sandbox_profile profile = {
		p->profile, p->node->sandbox.syscalls,
	};

	if (lacks_filter(p))
		return NO_LIMIT;
	return sandbox_profile_calls(&profile, is_program(p) ?
				     SANDBOX_FIRST_STAGE : SANDBOX_SECOND_STAGE);
}

static bool is_granted(const struct promise *p, const char *call)
{
	return spec_lists(p->node->sandbox.syscalls, call);
}

static json_int_t has_granted_calls(const struct promise *p)
{
	char *const *granted = p->node->sandbox.syscalls;

	return !lacks_filter(p) && granted && *granted;
}

/* who has no filter may do all that a filter is for */
static json_int_t has_sockets(const struct promise *p)
{
	return lacks_filter(p) || p->profile & SANDBOX_NETWORK ||
	       is_granted(p, "socket");
}

static json_int_t has_memfd(const struct promise *p)
{
	return lacks_filter(p) || p->profile & SANDBOX_MEMFD ||
	       is_granted(p, "memfd_create");
}

static json_int_t has_local_sockets(const struct promise *p)
{
	return lacks_filter(p) || is_program(p) || is_granted(p, "socket") ||
	       is_granted(p, "socketpair");
}

static json_int_t calls_as_a_program(const struct promise *p)
{
	return lacks_filter(p) || is_program(p);
}

static json_int_t lacks_mdwe(const struct promise *p)
{
	return is_program(p) || !p->host->mdwe;
}

static json_int_t lacks_landlock(const struct promise *p)
{
	return p->host->landlock_abi == 0;
}

static json_int_t lacks_scopes(const struct promise *p)
{
	return p->host->landlock_abi < SANDBOX_LANDLOCK_SCOPES;
}

static json_int_t n_descriptors(const struct promise *p)
{
	return is_program(p) && shares_uid(p) ? SANDBOX_FILES_MAX_SHARED :
						SANDBOX_FILES_MAX;
}

static json_int_t n_locked(const struct promise *p)
{
	return is_program(p) ? PROGRAM_LOCKED_BYTES : 0;
}

static bool can_limit(const struct promise *p, enum cgroup_controller what)
{
	return cgroup_has(&p->host->cgroups, what);
}

static json_int_t n_processes(const struct promise *p)
{
	uint32_t asked = p->node->sandbox.pids;
	bool counted = p->host->user_mode ? has_own_user(p) :
					    p->host->n_uids > 0;

	if (!counted)
		return asked && can_limit(p, CGROUP_PIDS) ? asked : NO_LIMIT;
	/* what its class has forked may fork no more */
	if (is_of_class(p))
		return 0;
	return spec_pids(p->node);
}

static json_int_t lacks_memory(const struct promise *p)
{
	return !p->node->sandbox.memory_bytes || !can_limit(p, CGROUP_MEMORY);
}

static json_int_t lacks_cpu(const struct promise *p)
{
	return !p->node->sandbox.cpu_percent || !can_limit(p, CGROUP_CPU);
}

static json_int_t n_passed(const struct promise *p)
{
	return p->node->mailbox_descriptors;
}

static const struct {
	const char *id;
	json_int_t (*value)(const struct promise *p);
} rows[] = {
	{ "uid-root", is_root },
	{ "uid-shared", shares_uid },
	{ "uid-class", is_of_class },
	{ "groups", never },
	{ "capabilities", never },
	{ "capabilities-bound", keeps_bounds },
	{ "new-privileges", never },
	/* libactorproc closes itself; others do not know of it */
	{ "dumpable", is_program },
	{ "umask", never },
	{ "terminal", never },
	{ "filter", lacks_filter },
	{ "calls", n_calls },
	{ "calls-granted", has_granted_calls },
	{ "sockets", has_sockets },
	{ "sockets-local", has_local_sockets },
	{ "memfd", has_memfd },
	{ "memory-executable", calls_as_a_program },
	{ "memory-mdwe", lacks_mdwe },
	{ "namespace-mount", lacks_namespaces },
	{ "namespace-network", lacks_network },
	{ "namespace-pid", lacks_pid_namespaces },
	{ "namespace-ipc", lacks_namespaces },
	{ "namespace-uts", lacks_namespaces },
	{ "namespace-user", lacks_user },
	{ "namespace-cgroup", lacks_namespaces },
	{ "interfaces", n_interfaces },
	{ "connections", n_connections },
	{ "root-writable", lacks_namespaces },
	{ "mounts-setuid", lacks_namespaces },
	{ "mounts-programs", lacks_namespaces },
	{ "landlock", lacks_landlock },
	{ "landlock-scopes", lacks_scopes },
	{ "limit-core", never },
	{ "limit-files", n_descriptors },
	{ "limit-locked", n_locked },
	{ "limit-queues", never },
	{ "limit-realtime", never },
	{ "limit-processes", n_processes },
	{ "limit-memory", lacks_memory },
	{ "limit-cpu", lacks_cpu },
	{ "descriptors", never },
	{ "descriptors-passed", n_passed },
};

/* ---- what is asked in vain ---------------------------------------------- */

static void add_asked(json_t *asked, const struct promise *p)
{
	const struct spec_sandbox *sandbox = &p->node->sandbox;

	if (sandbox->memory_bytes && lacks_memory(p))
		json_array_append_new(asked, json_string("limit-memory"));
	if (sandbox->cpu_percent && lacks_cpu(p))
		json_array_append_new(asked, json_string("limit-cpu"));
	if (sandbox->pids && n_processes(p) > sandbox->pids)
		json_array_append_new(asked, json_string("limit-processes"));
	if (sandbox->network != SPEC_NETWORK_HOST && lacks_network(p))
		json_array_append_new(asked, json_string("namespace-network"));
}

/* ---- paths -------------------------------------------------------------- */

static bool is_of_kernel(const char *path)
{
	return path_is_within(path, "/proc") || path_is_within(path, "/sys") ||
	       path_is_within(path, "/dev");
}

struct paths {
	json_int_t n;
	char text[192];
};

static void paths_add(struct paths *paths, const char *path)
{
	size_t used = strlen(paths->text);

	paths->n++;
	snprintf(paths->text + used, sizeof(paths->text) - used, "%s%s",
		 used ? ", " : "", path);
}

static void paths_all(struct paths *paths)
{
	paths_add(paths, "/");
	paths->n = ALL_PATHS;
}

static void paths_of(char *const *list, struct paths *all, struct paths *kernel)
{
	for (; list && *list; list++) {
		paths_add(all, *list);
		if (kernel && is_of_kernel(*list))
			paths_add(kernel, *list);
	}
}

/* a device works when it was itself granted, and none in a granted folder does */
static void devices_of(char *const *list, struct paths *devices)
{
	struct stat st;

	for (; list && *list; list++)
		if (stat(*list, &st) == 0 &&
		    (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)))
			paths_add(devices, *list);
}

static void put_paths(json_t *values, json_t *details, const char *id,
		      const struct paths *paths)
{
	json_object_set_new(values, id, json_integer(paths->n));
	if (paths->n)
		json_object_set_new(details, id, json_string(paths->text));
}

/* without namespaces nothing is mounted, and all of the host is there */
static void add_paths(json_t *values, json_t *details, const struct promise *p)
{
	struct paths read = { 0 }, write = { 0 }, kernel = { 0 };
	struct paths execute = { 0 }, devices = { 0 };

	paths_of(p->node->sandbox.read, &read, &kernel);
	paths_of(p->node->sandbox.execute, &read, &kernel);
	paths_of(p->node->sandbox.execute, &execute, NULL);
	paths_of(p->node->sandbox.write, &write, &kernel);
	devices_of(p->node->sandbox.read, &devices);
	devices_of(p->node->sandbox.execute, &devices);
	devices_of(p->node->sandbox.write, &devices);
	paths_of(p->node->sandbox.devices, &write, &kernel);
	devices_of(p->node->sandbox.devices, &devices);
	if (!p->host->namespaces) {
		paths_all(&read);
		paths_all(&execute);
		paths_all(&write);
		paths_add(&devices, "/dev");
		paths_add(&kernel, "/proc");
	}
	put_paths(values, details, "files-read", &read);
	put_paths(values, details, "files-execute", &execute);
	put_paths(values, details, "files-write", &write);
	put_paths(values, details, "files-kernel", &kernel);
	put_paths(values, details, "mounts-devices", &devices);
}

/* ---- all of it ---------------------------------------------------------- */

static json_t *promise_of(const struct launch_host *host,
			  const struct spec_node *node)
{
	struct promise p = { host, node, launch_program_profile(node) };
	json_t *values = json_object(), *details = json_object();
	json_t *asked = json_array();
	char words[SANDBOX_PROFILE_BYTES];

	if (is_of_class(&p))
		p.profile |= SANDBOX_ZYGOTE;
	if (launch_program_signals(host, node))
		p.profile |= SANDBOX_SIGNALS;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (rows[i].value(&p) >= 0)
			json_object_set_new(values, rows[i].id,
				json_integer(rows[i].value(&p)));
	add_paths(values, details, &p);
	add_asked(asked, &p);

	return json_pack("{s:s, s:s, s:s, s:I, s:o, s:o, s:o}",
			 "path", node->path, "kind", spec_kind_name(node->kind),
			 "profile", sandbox_profile_words(p.profile, words),
			 "calls", n_calls(&p),
			 "values", values, "details", details, "asked", asked);
}

static void add_promises(json_t *array, const struct launch_host *host,
			 const struct spec_node *node)
{
	if (node->exec)
		json_array_append_new(array, promise_of(host, node));
	for (size_t i = 0; i < node->n_children; i++)
		add_promises(array, host, node->children[i]);
}

static int write_promises(const struct launch_host *host,
			  const struct spec_node *top)
{
	json_t *array = json_array();
	int r;

	add_promises(array, host, top);
	r = json_dumpf(array, stdout, JSON_COMPACT);
	json_decref(array);

	return r < 0 || fflush(stdout) != 0;
}

static int promise(const struct spec_system *system)
{
	const char *what = "probe";
	struct launch_host host;
	int r;

	r = launch_host_probe(&host, system->name, &what);
	if (r < 0) {
		fprintf(stderr, "supervisord: this host cannot run actors: %s: %s\n",
			what, strerror(-r));
		return EXIT_FAILURE;
	}
	host.cgroups.controllers = cgroup_host_controllers();
	r = write_promises(&host, system->top);
	launch_host_deinit(&host);

	return r ? EXIT_FAILURE : EXIT_SUCCESS;
}

int promise_main(const char *file)
{
	struct load load;
	char *errors;
	int r = load_file(&load, file), status = EXIT_FAILURE;

	if (r == 0) {
		status = promise(load.system);
	} else if (r == -EINVAL) {
		errors = config_errors_format(&load.source, &load.errors);
		fputs(errors ? errors : "supervisord: out of memory\n", stderr);
		free(errors);
	} else {
		fprintf(stderr, "supervisord: %s: %s\n", file, strerror(-r));
	}
	load_deinit(&load);

	return status;
}
