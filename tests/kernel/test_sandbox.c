/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_sandbox.c - what a hostile actor gets, layer by layer.
 *
 * Every row is an attempt made from inside. The tables are run as root (a uid
 * of its own) and as an ordinary user (a user namespace), and again with
 * layers taken away, to see that the others hold without them.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisord/act/hidden.h"
#include "supervisord/act/sandbox.h"
#include "tests/harness/harness.h"
#include "tests/kernel/sandboxed.h"

/* how an attempt ends, besides with an errno */
#define WORKS 0
#define KILLED -1	/* by the filter */
#define REFUSED -2	/* any errno */

/* arguments that are known only at run time */
#define PARENT "<parent>"
#define PROGRAM "<program>"
#define IDENTITY "<uid>"

struct attempt {
	const char *name;
	const char *argument;
	int expected;
	int or_else;	/* as good, where kernels or modes differ */
};

static const char *argument_of(const struct sandboxed *s, const char *argument,
			       char *buffer, size_t size_bytes)
{
	if (!argument)
		return NULL;
	if (strcmp(argument, PROGRAM) == 0)
		return s->program;
	if (strcmp(argument, PARENT) == 0)
		snprintf(buffer, size_bytes, "%d", getpid());
	else if (strcmp(argument, IDENTITY) == 0)
		snprintf(buffer, size_bytes, "%u",
			 s->host.user_mode ? geteuid()
					   : launch_host_uid(&s->host, 7));
	else
		return argument;
	return buffer;
}

static bool ended_as(const struct sandboxed_end *end, int expected)
{
	switch (expected) {
	case KILLED:
		return end->signal == SIGSYS;
	case REFUSED:
		return !end->signal && end->status != 0 && end->status < 125;
	default:
		return !end->signal && end->status == expected;
	}
}

static void run_attempt(struct sandboxed *s, const struct attempt *attempt)
{
	struct sandboxed_end end = { 0 };
	char buffer[32];
	bool passed;
	int r;

	r = sandboxed_run(s, attempt->name,
			  argument_of(s, attempt->argument, buffer,
				      sizeof(buffer)), &end);
	CU_ASSERT_EQUAL(r, 0);
	if (r < 0)
		return;
	passed = !end.failed && (ended_as(&end, attempt->expected) ||
				 (attempt->or_else &&
				  ended_as(&end, attempt->or_else)));
	if (!passed)
		harness_note("%s %s: step %s error %d signal %d status %d (%s)",
			     attempt->name,
			     attempt->argument ? attempt->argument : "",
			     end.failed ? end.failed : "-", end.error,
			     end.signal, end.status, end.output);
	CU_ASSERT(passed);
}

static void run_attempts(struct sandboxed *s, const struct attempt *attempts,
			 size_t n_attempts)
{
	size_t i;

	for (i = 0; i < n_attempts; i++)
		run_attempt(s, &attempts[i]);
}

#define RUN(s, table) run_attempts((s), (table),                               \
				   sizeof(table) / sizeof((table)[0]))

/* ---- all layers --------------------------------------------------------- */

static const struct attempt of_actor[] = {
	{ "nothing", NULL, WORKS, 0 },
	{ "descriptors", "3", WORKS, 0 },
	{ "control", NULL, WORKS, 0 },
	{ "signals", NULL, WORKS, 0 },
	{ "identity", IDENTITY, WORKS, 0 },
	{ "capabilities", NULL, WORKS, 0 },
	{ "limits", NULL, WORKS, 0 },
	{ "open", PROGRAM, WORKS, 0 },

	{ "open", "/etc/passwd", ENOENT, 0 },
	{ "open", "/proc/self/status", ENOENT, 0 },
	{ "open", "/sys/kernel", ENOENT, 0 },
	{ "open", "/dev/null", ENOENT, 0 },
	{ "open", "/run", EACCES, 0 },
	{ "stat", "/etc", ENOENT, 0 },
	{ "stat", "/..//etc", ENOENT, 0 },
	{ "list", "/", EACCES, 0 },
	{ "write", PROGRAM, EACCES, ETXTBSY },
	{ "create", "/new", EACCES, EROFS },
	{ "execute", "/bin/sh", ENOENT, 0 },
	{ "tgkill", PARENT, EPERM, 0 },
	{ "setflags", NULL, EPERM, 0 },

	{ "socket_inet", NULL, KILLED, 0 },
	{ "socket_unix", NULL, KILLED, 0 },
	{ "socket_netlink", NULL, KILLED, 0 },
	{ "socket_packet", NULL, KILLED, 0 },
	{ "kill", PARENT, KILLED, 0 },
	{ "pidfd_open", PARENT, KILLED, 0 },
	{ "ptrace", PARENT, KILLED, 0 },
	{ "process_vm", PARENT, KILLED, 0 },
	{ "setuid", NULL, KILLED, 0 },
	{ "unshare", NULL, KILLED, 0 },
	{ "mount", NULL, KILLED, 0 },
	{ "chroot", NULL, KILLED, 0 },
	{ "bpf", NULL, KILLED, 0 },
	{ "keyctl", NULL, KILLED, 0 },
	{ "io_uring", NULL, KILLED, 0 },
	{ "shm", NULL, KILLED, 0 },
	{ "memfd", NULL, KILLED, 0 },
	{ "code", NULL, KILLED, 0 },
	{ "code_later", NULL, KILLED, 0 },
	{ "fork", NULL, KILLED, 0 },
	{ "shutdown", NULL, KILLED, 0 },
	{ "setsockopt", NULL, KILLED, 0 },
};

static void setup_full(struct sandboxed *s, enum sandboxed_as as)
{
	sandboxed_setup(s, as);
	if (s->host.namespaces && s->host.seccomp &&
	    s->host.empty_netns_fd >= 0 && s->host.landlock_abi >= 6)
		return;
	sandboxed_teardown(s);
	HARNESS_SKIP("this host lacks namespaces, seccomp or Landlock ABI 6");
}

static void attempt_all(enum sandboxed_as as)
{
	struct sandboxed s;

	setup_full(&s, as);
	RUN(&s, of_actor);
	sandboxed_teardown(&s);
}

static void test_an_actor_of_root_gets_nothing(void)
{
	attempt_all(AS_ROOT);
}

static void test_an_actor_of_a_user_gets_nothing(void)
{
	attempt_all(AS_USER);
}

static void test_an_actor_of_root_has_no_groups(void)
{
	static const struct attempt attempts[] = {
		{ "groups", "0", WORKS, 0 },
	};
	struct sandboxed s;

	setup_full(&s, AS_ROOT);
	RUN(&s, attempts);
	sandboxed_teardown(&s);
}

/* ---- without a layer ---------------------------------------------------- */

static const struct attempt without_filter[] = {
	{ "open", "/etc/passwd", ENOENT, 0 },
	{ "list", "/", EACCES, 0 },
	{ "write", PROGRAM, EACCES, ETXTBSY },
	{ "create", "/new", EACCES, EROFS },
	{ "connect", "1", EACCES, ENETUNREACH },
	{ "kill", PARENT, EPERM, 0 },
	{ "tgkill", PARENT, EPERM, 0 },
	{ "ptrace", PARENT, EPERM, 0 },
	{ "process_vm", PARENT, EPERM, 0 },
	{ "setuid", NULL, EPERM, EINVAL },
	{ "mount", NULL, EPERM, 0 },
	{ "chroot", NULL, EPERM, 0 },
	{ "fork", NULL, WORKS, 0 },	/* without a single child */
};

static const struct attempt without_namespaces[] = {
	{ "nothing", NULL, WORKS, 0 },
	{ "open", PROGRAM, WORKS, 0 },
	{ "open", "/etc/passwd", EACCES, 0 },
	{ "open", "/proc/self/status", EACCES, 0 },
	{ "list", "/", EACCES, 0 },
	{ "write", PROGRAM, EACCES, ETXTBSY },
	{ "create", "/tmp/actorproc-should-not-be", EACCES, 0 },
	{ "execute", "/bin/sh", EACCES, 0 },
	{ "socket_inet", NULL, KILLED, 0 },
};

static const struct attempt without_landlock[] = {
	{ "nothing", NULL, WORKS, 0 },
	{ "open", "/etc/passwd", ENOENT, 0 },
	{ "write", PROGRAM, ETXTBSY, EACCES },
	{ "create", "/new", EROFS, EACCES },
	{ "execute", "/bin/sh", ENOENT, 0 },
	{ "socket_inet", NULL, KILLED, 0 },
};

static void attempt_without_filter(enum sandboxed_as as)
{
	struct sandboxed s;

	setup_full(&s, as);
	s.host.seccomp = false;
	RUN(&s, without_filter);
	sandboxed_teardown(&s);
}

static void test_without_a_filter_the_rest_holds_for_root(void)
{
	attempt_without_filter(AS_ROOT);
}

static void test_without_a_filter_the_rest_holds_for_a_user(void)
{
	attempt_without_filter(AS_USER);
}

static void attempt_without_namespaces(enum sandboxed_as as)
{
	struct sandboxed s;

	setup_full(&s, as);
	s.host.namespaces = false;
	RUN(&s, without_namespaces);
	sandboxed_teardown(&s);
}

static void test_without_namespaces_the_rest_holds_for_root(void)
{
	attempt_without_namespaces(AS_ROOT);
}

static void test_without_namespaces_the_rest_holds_for_a_user(void)
{
	attempt_without_namespaces(AS_USER);
}

static void attempt_without_landlock(enum sandboxed_as as)
{
	struct sandboxed s;

	setup_full(&s, as);
	s.host.landlock_abi = 0;
	RUN(&s, without_landlock);
	sandboxed_teardown(&s);
}

static void test_without_landlock_the_rest_holds_for_root(void)
{
	attempt_without_landlock(AS_ROOT);
}

static void test_without_landlock_the_rest_holds_for_a_user(void)
{
	attempt_without_landlock(AS_USER);
}

static void test_an_older_landlock_does_what_it_can(void)
{
	static const struct attempt attempts[] = {
		{ "nothing", NULL, WORKS, 0 },
		{ "open", "/etc/passwd", ENOENT, 0 },
		{ "list", "/", EACCES, 0 },
	};
	struct sandboxed s;
	int abi;

	setup_full(&s, AS_ROOT);
	for (abi = 1; abi < 6; abi++) {
		s.host.landlock_abi = abi;
		RUN(&s, attempts);
	}
	sandboxed_teardown(&s);
}

/* ---- grants: the network ------------------------------------------------ */

/* Return: a listening descriptor */
static int listen_here(char *port, size_t size_bytes)
{
	struct sockaddr_in self = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t length = sizeof(self);
	int fd;

	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&self, sizeof(self)) < 0 ||
	    listen(fd, 8) < 0 ||
	    getsockname(fd, (struct sockaddr *)&self, &length) < 0)
		HARNESS_SKIP("no loopback on this host");
	snprintf(port, size_bytes, "%u", ntohs(self.sin_port));
	return fd;
}

static void attempt_networks(enum sandboxed_as as)
{
	struct sandboxed s;
	char port[8];
	int fd;

	setup_full(&s, as);
	fd = listen_here(port, sizeof(port));
	{
		const struct attempt on_host[] = {
			{ "connect", port, WORKS, 0 },
			{ "loopback", NULL, WORKS, 0 },
			{ "socket_netlink", NULL, EAFNOSUPPORT, 0 },
			{ "socket_unix", NULL, EAFNOSUPPORT, 0 },
			{ "socket_packet", NULL, KILLED, 0 },
			{ "open", "/etc/resolv.conf", ENOENT, 0 },
		};
		const struct attempt on_loopback[] = {
			{ "connect", port, ECONNREFUSED, 0 },
			{ "loopback", NULL, WORKS, 0 },
		};

		s.node.sandbox.network = SPEC_NETWORK_HOST;
		RUN(&s, on_host);
		s.node.sandbox.network = SPEC_NETWORK_LOOPBACK;
		RUN(&s, on_loopback);
	}
	close(fd);
	sandboxed_teardown(&s);
}

static void test_networks_are_as_granted_by_root(void)
{
	attempt_networks(AS_ROOT);
}

static void test_networks_are_as_granted_by_a_user(void)
{
	attempt_networks(AS_USER);
}

static void test_a_network_of_some_ports_has_no_others(void)
{
	struct spec_ports *ports;
	struct sandboxed s;
	char port[16];
	int fd;

	setup_full(&s, AS_ROOT);
	if (s.host.landlock_abi < 4)
		harness_skip("Landlock knows of no ports here");
	fd = listen_here(port, sizeof(port));
	ports = calloc(1, sizeof(*ports) + sizeof(ports->ports[0]));
	CU_ASSERT_PTR_NOT_NULL_FATAL(ports);
	ports->n = 1;
	ports->ports[0].number = (uint16_t)atoi(port);
	s.node.sandbox.network = SPEC_NETWORK_HOST;
	s.node.sandbox.ports = ports;
	{
		const struct attempt allowed[] = {
			{ "connect", port, WORKS, 0 },
			{ "connect", "1", EACCES, 0 },
			{ "loopback", NULL, EACCES, 0 },
		};
		const struct attempt to_listen_alone[] = {
			{ "connect", port, EACCES, 0 },
		};

		ports->ports[0].connect = true;
		RUN(&s, allowed);
		ports->ports[0].connect = false;
		ports->ports[0].listen = true;
		RUN(&s, to_listen_alone);
	}
	s.node.sandbox.ports = NULL;
	free(ports);
	close(fd);
	sandboxed_teardown(&s);
}

static void test_abstract_sockets_outside_are_out_of_reach(void)
{
	struct sockaddr_un self = { .sun_family = AF_UNIX };
	char name[64];
	struct sandboxed s;
	int fd;

	setup_full(&s, AS_ROOT);
	snprintf(name, sizeof(name), "actorproc-test-%d", getpid());
	strcpy(self.sun_path + 1, name);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CU_ASSERT(fd >= 0);
	CU_ASSERT_EQUAL(bind(fd, (struct sockaddr *)&self,
			     (socklen_t)(offsetof(struct sockaddr_un,
						  sun_path) +
					 1 + strlen(name))), 0);
	CU_ASSERT_EQUAL(listen(fd, 1), 0);
	{
		const struct attempt scope[] = {
			{ "abstract", name, EPERM, 0 },
		};
		const struct attempt namespace[] = {
			{ "abstract", name, ECONNREFUSED, 0 },
		};

		s.host.seccomp = false;
		s.node.sandbox.network = SPEC_NETWORK_HOST;
		RUN(&s, scope);
		s.host.landlock_abi = 0;
		s.node.sandbox.network = SPEC_NETWORK_NONE;
		RUN(&s, namespace);
	}
	close(fd);
	sandboxed_teardown(&s);
}

/* ---- grants: files ------------------------------------------------------ */

static void make_file(const char *directory, const char *name, char *path,
		      size_t size_bytes)
{
	FILE *file;

	snprintf(path, size_bytes, "%s/%s", directory, name);
	file = fopen(path, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fputs("#!/bin/sh\n", file);
	fclose(file);
	CU_ASSERT_EQUAL(chmod(path, 0755), 0);
}

static void attempt_files(enum sandboxed_as as)
{
	char readable[96], writable[96], file[128], script[128], fresh[128];
	char another[128];
	char *read_grants[] = { readable, NULL };
	char *write_grants[] = { writable, NULL };
	struct sandboxed s;

	setup_full(&s, as);
	snprintf(readable, sizeof(readable), "%s/readable", s.directory);
	snprintf(writable, sizeof(writable), "%s/writable", s.directory);
	snprintf(fresh, sizeof(fresh), "%s/fresh", writable);
	snprintf(another, sizeof(another), "%s/another", writable);
	CU_ASSERT_EQUAL(mkdir(readable, 0755), 0);
	CU_ASSERT_EQUAL(mkdir(writable, 0755), 0);
	CU_ASSERT_EQUAL(chmod(writable, 0777), 0);
	make_file(readable, "file", file, sizeof(file));
	make_file(writable, "script", script, sizeof(script));
	{
		const struct attempt attempts[] = {
			{ "open", file, WORKS, 0 },
			{ "list", readable, WORKS, 0 },
			{ "write", file, EACCES, EROFS },
			{ "create", writable, EEXIST, 0 },
			{ "create", fresh, WORKS, 0 },
			{ "write", fresh, WORKS, 0 },
			{ "set_id", fresh, EPERM, 0 },
			{ "make_set_id", another, EPERM, 0 },
			{ "make_unnamed", writable, EPERM, 0 },
			{ "white_out", fresh, EINVAL, 0 },
			{ "execute", script, EACCES, 0 },
			{ "list", s.directory, EACCES, 0 },
		};

		s.node.sandbox.read = read_grants;
		s.node.sandbox.write = write_grants;
		RUN(&s, attempts);
	}
	sandboxed_teardown(&s);
}

/* its interpreter is not there, or not for it: who gets as far has executed it */
static void attempt_code(enum sandboxed_as as)
{
	char readable[96], executable[96], file[128], tool[128];
	char *read_grants[] = { readable, NULL };
	char *execute_grants[] = { executable, NULL };
	const struct attempt attempts[] = {
		{ "open", file, WORKS, 0 },
		{ "execute", file, EACCES, 0 },
		{ "map", file, EPERM, 0 },
		{ "open", tool, WORKS, 0 },
		{ "list", executable, WORKS, 0 },
		{ "execute", tool, ENOENT, 0 },
		{ "map", tool, WORKS, 0 },
		{ "write", tool, EACCES, EROFS },
		{ "map", PROGRAM, WORKS, 0 },
	}, by_landlock[] = {
		{ "open", file, WORKS, 0 },
		{ "execute", file, EACCES, 0 },
		{ "open", tool, WORKS, 0 },
		{ "write", tool, EACCES, 0 },
	};
	struct sandboxed s;

	setup_full(&s, as);
	snprintf(readable, sizeof(readable), "%s/readable", s.directory);
	snprintf(executable, sizeof(executable), "%s/executable", s.directory);
	CU_ASSERT_EQUAL(mkdir(readable, 0755), 0);
	CU_ASSERT_EQUAL(mkdir(executable, 0755), 0);
	make_file(readable, "file", file, sizeof(file));
	make_file(executable, "tool", tool, sizeof(tool));
	s.node.sandbox.read = read_grants;
	s.node.sandbox.execute = execute_grants;
	RUN(&s, attempts);
	s.host.landlock_abi = 0;
	RUN(&s, attempts);
	s.host.landlock_abi = sandbox_landlock_abi();
	s.host.namespaces = false;
	RUN(&s, by_landlock);
	sandboxed_teardown(&s);
}

static void test_code_is_as_granted_by_root(void)
{
	attempt_code(AS_ROOT);
}

static void test_code_is_as_granted_by_a_user(void)
{
	attempt_code(AS_USER);
}

#define OURS_SIZE 144

/* @path: @folder/deep/ours, with a file in it */
static void make_ours(const char *folder, char path[static OURS_SIZE])
{
	char file[OURS_SIZE + 16];

	CU_ASSERT_EQUAL_FATAL(mkdir(folder, 0777), 0);
	snprintf(path, OURS_SIZE, "%s/deep", folder);
	CU_ASSERT_EQUAL(mkdir(path, 0777), 0);
	CU_ASSERT_EQUAL(chmod(folder, 0777) | chmod(path, 0777), 0);
	snprintf(path, OURS_SIZE, "%s/deep/ours", folder);
	CU_ASSERT_EQUAL(mkdir(path, 0777), 0);
	CU_ASSERT_EQUAL(chmod(path, 0777), 0);
	make_file(path, "socket", file, sizeof(file));
}

static void attempt_ours(enum sandboxed_as as)
{
	char readable[96], writable[96], path[6][160], alias[96];
	char ours[OURS_SIZE];
	char *read_grants[] = { readable, alias, NULL };
	char *write_grants[] = { writable, NULL };
	struct sandboxed s;

	setup_full(&s, as);
	snprintf(readable, sizeof(readable), "%s/r", s.directory);
	snprintf(writable, sizeof(writable), "%s/w", s.directory);
	snprintf(alias, sizeof(alias), "%s/alias", s.directory);
	make_ours(readable, ours);
	make_ours(writable, path[3]);
	CU_ASSERT_EQUAL(symlink("r", alias), 0);
	snprintf(path[0], sizeof(path[0]), "%s/socket", ours);
	snprintf(path[1], sizeof(path[1]), "%s/deep/ours/socket", writable);
	snprintf(path[2], sizeof(path[2]), "%s/deep/ours/socket", alias);
	snprintf(path[4], sizeof(path[4]), "%s/deep", writable);
	snprintf(path[5], sizeof(path[5]), "%s/deep/new", writable);
	{
		const struct attempt before[] = {
			{ "open", path[0], WORKS, 0 },
			{ "open", path[1], WORKS, 0 },
			{ "open", path[2], WORKS, 0 },
		}, after[] = {
			{ "open", path[0], ENOENT, 0 },
			{ "open", path[1], ENOENT, 0 },
			{ "open", path[2], ENOENT, 0 },
			{ "create", path[1], EROFS, 0 },
			/* nor can it be moved to where nothing lies on it */
			{ "move", path[3], EBUSY, 0 },
			{ "move", path[4], EBUSY, 0 },
			{ "create", path[5], WORKS, 0 },
			{ "move", path[5], WORKS, 0 },
		};

		s.node.sandbox.read = read_grants;
		s.node.sandbox.write = write_grants;
		RUN(&s, before);
		hidden_add(strdup(ours));
		hidden_add(strdup(path[3]));
		RUN(&s, after);
	}
	sandboxed_teardown(&s);
}

static void test_what_is_the_systems_is_hidden_in_grants_of_root(void)
{
	attempt_ours(AS_ROOT);
}

static void test_what_is_the_systems_is_hidden_in_grants_of_a_user(void)
{
	attempt_ours(AS_USER);
}

static void test_what_is_the_systems_is_granted_to_nobody(void)
{
	char folder[96], path[160];
	char *grants[] = { path, NULL };
	struct launch_program *program;
	struct sandboxed s;
	const char *what;

	setup_full(&s, AS_USER);
	snprintf(folder, sizeof(folder), "%s/r", s.directory);
	make_ours(folder, path);
	hidden_add(strdup(path));
	s.node.sandbox.read = grants;
	CU_ASSERT_EQUAL(launch_program_new(&program, &s.host, &s.node, &what),
			-EPERM);
	CU_ASSERT_PTR_NOT_NULL(strstr(what, "/deep/ours, which is where systems keep what is theirs"));
	/* by another name, too */
	snprintf(path, sizeof(path), "%s/link", s.directory);
	CU_ASSERT_EQUAL(symlink("r/deep/ours/socket", path), 0);
	CU_ASSERT_EQUAL(launch_program_new(&program, &s.host, &s.node, &what),
			-EPERM);
	sandboxed_teardown(&s);
}

static void test_all_of_the_host_is_granted_to_nobody(void)
{
	char link[96];
	char *grants[] = { link, NULL };
	struct launch_program *program;
	struct sandboxed s;
	const char *what;

	setup_full(&s, AS_USER);
	snprintf(link, sizeof(link), "%s/all", s.directory);
	CU_ASSERT_EQUAL(symlink("/", link), 0);
	s.node.sandbox.read = grants;
	CU_ASSERT_EQUAL(launch_program_new(&program, &s.host, &s.node, &what),
			-EPERM);
	CU_ASSERT_PTR_NOT_NULL(strstr(what, "/all, which leads to \"/\""));
	snprintf(link, sizeof(link), "/proc/self/root");
	CU_ASSERT(launch_program_new(&program, &s.host, &s.node, &what) < 0);
	sandboxed_teardown(&s);
}

/* as systemd has them: a mount in one copy is there in all others */
static void share_all_mounts(void)
{
	if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL) < 0)
		HARNESS_SKIP("no mounts of its own can be had");
}

static void test_a_sandbox_shares_no_mounts_with_the_host(void)
{
	char readable[96], ours[160], later[160];
	char file[200], socket[200];
	char *read_grants[] = { readable, NULL };
	struct launch_program *program;
	struct sandboxed_end end;
	struct sandboxed s;
	const char *what;

	share_all_mounts();
	setup_full(&s, AS_ROOT);
	snprintf(readable, sizeof(readable), "%s/r", s.directory);
	make_ours(readable, ours);
	hidden_add(strdup(ours));
	snprintf(later, sizeof(later), "%s/later", readable);
	CU_ASSERT_EQUAL(mkdir(later, 0755), 0);
	snprintf(file, sizeof(file), "%s/file", later);
	s.node.sandbox.read = read_grants;
	s.arguments[0] = (char []){ "open" };
	s.arguments[1] = file;
	CU_ASSERT_EQUAL_FATAL(launch_program_new(&program, &s.host, &s.node,
						 &what), 0);
	/* what is hidden in there is not hidden from us */
	snprintf(socket, sizeof(socket), "%s/socket", ours);
	CU_ASSERT_EQUAL(access(socket, F_OK), 0);
	/* a later mount would come without nosuid, nodev and what else it has */
	CU_ASSERT_EQUAL(mount("tmpfs", later, "tmpfs", 0, "mode=755"), 0);
	make_file(later, "file", file, sizeof(file));
	CU_ASSERT_EQUAL(sandboxed_run_program(&s, program, &end), 0);
	CU_ASSERT(!end.failed && ended_as(&end, ENOENT));
	launch_program_free(program);
	CU_ASSERT_EQUAL(umount(later), 0);
	sandboxed_teardown(&s);
}

static void test_nor_is_it_when_it_is_mounted_elsewhere(void)
{
	char folder[96], ours[160], other[96];
	char *grants[] = { other, NULL };
	struct launch_program *program;
	struct sandboxed s;
	const char *what;

	share_all_mounts();
	setup_full(&s, AS_ROOT);
	snprintf(folder, sizeof(folder), "%s/r", s.directory);
	make_ours(folder, ours);
	hidden_add(strdup(ours));
	snprintf(other, sizeof(other), "%s/other", s.directory);
	CU_ASSERT_EQUAL(mkdir(other, 0755), 0);
	CU_ASSERT_EQUAL(mount(ours, other, NULL, MS_BIND, NULL), 0);
	s.node.sandbox.read = grants;
	CU_ASSERT_EQUAL(launch_program_new(&program, &s.host, &s.node, &what),
			-EPERM);
	CU_ASSERT_PTR_NOT_NULL(strstr(what, "/other, from which what is the system's own"));
	CU_ASSERT_EQUAL(umount(other), 0);
	sandboxed_teardown(&s);
}

static void test_files_are_as_granted_by_root(void)
{
	attempt_files(AS_ROOT);
}

static void test_files_are_as_granted_by_a_user(void)
{
	attempt_files(AS_USER);
}

/* one grant in another of the same actor, in which it puts what it likes */
static void attempt_nested(enum sandboxed_as as)
{
	char writable[96], inside[128], file[160], *culprit;
	char *read_grants[] = { inside, NULL };
	char *write_grants[] = { writable, NULL };
	const struct attempt attempts[] = {
		{ "open", file, WORKS, 0 },
		{ "write", file, EROFS, EACCES },
	};
	struct launch_program *program = NULL;
	struct sandboxed s;
	const char *what;

	setup_full(&s, as);
	snprintf(writable, sizeof(writable), "%s/writable", s.directory);
	snprintf(inside, sizeof(inside), "%s/inside", writable);
	CU_ASSERT_EQUAL(mkdir(writable, 0755), 0);
	CU_ASSERT_EQUAL(mkdir(inside, 0755), 0);
	make_file(inside, "file", file, sizeof(file));
	s.node.sandbox.read = read_grants;
	s.node.sandbox.write = write_grants;
	RUN(&s, attempts);
	CU_ASSERT_EQUAL(unlink(file), 0);
	CU_ASSERT_EQUAL(rmdir(inside), 0);
	CU_ASSERT_EQUAL(symlink("/etc", inside), 0);
	CU_ASSERT_EQUAL(launch_program_new(&program, &s.host, &s.node, &what),
			-ELOOP);
	CU_ASSERT(asprintf(&culprit, "read %s, with a symbolic link", inside) >
		  0);
	CU_ASSERT_EQUAL(strncmp(what, culprit, strlen(culprit)), 0);
	free(culprit);
	sandboxed_teardown(&s);
}

static void test_a_link_in_what_it_writes_is_not_followed_for_root(void)
{
	attempt_nested(AS_ROOT);
}

static void test_a_link_in_what_it_writes_is_not_followed_for_a_user(void)
{
	attempt_nested(AS_USER);
}

/* as a loader in /lib64, of which only the folder is granted */
static void attempt_linked(enum sandboxed_as as)
{
	char readable[96], elsewhere[96], file[160], other[160], link[128];
	char through[160], up[128];
	char *read_grants[] = { readable, link, through, up, NULL };
	const struct attempt attempts[] = {
		{ "open", link, WORKS, 0 },
		{ "open", file, WORKS, 0 },
		{ "open", through, WORKS, 0 },
		{ "open", up, WORKS, 0 },
		/* nothing else of the folder that it leads to */
		{ "open", other, ENOENT, 0 },
		{ "write", link, EROFS, EACCES },
	};
	struct sandboxed s;

	setup_full(&s, as);
	snprintf(readable, sizeof(readable), "%s/readable", s.directory);
	snprintf(elsewhere, sizeof(elsewhere), "%s/elsewhere", s.directory);
	CU_ASSERT_EQUAL(mkdir(readable, 0755), 0);
	CU_ASSERT_EQUAL(mkdir(elsewhere, 0755), 0);
	make_file(elsewhere, "file", file, sizeof(file));
	make_file(elsewhere, "other", other, sizeof(other));
	snprintf(link, sizeof(link), "%s/link", readable);
	CU_ASSERT_EQUAL(symlink(file, link), 0);
	snprintf(up, sizeof(up), "%s/up", readable);
	CU_ASSERT_EQUAL(symlink("../elsewhere/file", up), 0);
	snprintf(through, sizeof(through), "%s/folder", readable);
	CU_ASSERT_EQUAL(symlink(elsewhere, through), 0);
	snprintf(through, sizeof(through), "%s/folder/file", readable);
	s.node.sandbox.read = read_grants;
	RUN(&s, attempts);
	sandboxed_teardown(&s);
}

static void test_a_link_to_what_is_not_granted_can_be_for_root(void)
{
	attempt_linked(AS_ROOT);
}

static void test_a_link_to_what_is_not_granted_can_be_for_a_user(void)
{
	attempt_linked(AS_USER);
}

static void path_init(struct sandbox_path *path, char *name,
		      enum sandbox_use use)
{
	struct stat st;

	path->fd = open(name, O_PATH | O_CLOEXEC);
	CU_ASSERT_FATAL(path->fd >= 0);
	CU_ASSERT_EQUAL(fstat(path->fd, &st), 0);
	path->path = name;
	path->use = use;
	path->mode = st.st_mode;
	path->device = st.st_dev;
	path->inode = st.st_ino;
}

/* what was a file when it was opened is a link when it is mounted */
static void test_a_link_puts_nothing_on_another_file(void)
{
	static const struct {
		const char *to;
		int expected;
	} rows[] = {
		{ "b/victim", -EXDEV },
		/* the host's: nothing is made there */
		{ "b/fresh", -ENOENT },
		{ "c/file", 0 },
	};
	char a[96], b[96], file[128], victim[128], to[128];
	char kept[128];
	struct sandbox_path paths[3];
	const char *culprit;
	struct sandboxed s;
	struct sandbox_rooms rooms;
	int r;

	setup_full(&s, AS_ROOT);
	snprintf(a, sizeof(a), "%s/a", s.directory);
	snprintf(b, sizeof(b), "%s/b", s.directory);
	CU_ASSERT_EQUAL(mkdir(a, 0755), 0);
	CU_ASSERT_EQUAL(mkdir(b, 0755), 0);
	make_file(b, "victim", victim, sizeof(victim));
	make_file(a, "file", file, sizeof(file));
	path_init(&paths[0], a, SANDBOX_USE_READ);
	/* so that what is written is there first */
	path_init(&paths[1], b, SANDBOX_USE_WRITE);
	path_init(&paths[2], file, SANDBOX_USE_READ);
	snprintf(kept, sizeof(kept), "%s/kept", s.directory);
	CU_ASSERT_EQUAL(rename(file, kept), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(to, sizeof(to), "%s/%s", s.directory, rows[i].to);
		CU_ASSERT_EQUAL(symlink(to, file), 0);
		r = sandbox_mount_new(paths, 3, &rooms, &culprit);
		CU_ASSERT_EQUAL(r, rows[i].expected);
		if (r != rows[i].expected)
			harness_note("%s: %d", to, r);
		CU_ASSERT_EQUAL(access(to, F_OK) == 0, i == 0);
		if (r == 0)
			sandbox_rooms_close(&rooms);
		else
			CU_ASSERT_PTR_EQUAL(culprit, file);
		CU_ASSERT_EQUAL(unlink(file), 0);
	}
	for (size_t i = 0; i < 3; i++)
		close(paths[i].fd);
	sandboxed_teardown(&s);
}

#define SCRATCH SPEC_SCRATCH_PLACE
#define STATE SPEC_STATE_PLACE

static void attempt_own(enum sandboxed_as as)
{
	static const struct attempt attempts[] = {
		{ "create", SCRATCH "/file", WORKS, 0 },
		/* another process, another one */
		{ "create", SCRATCH "/file", WORKS, 0 },
		{ "fill", SCRATCH "/large", ENOSPC, 0 },
		{ "crowd", SCRATCH, ENOSPC, 0 },
		{ "script", SCRATCH "/script", EACCES, 0 },
		{ "list", SCRATCH, WORKS, 0 },
		{ "create", STATE "/file", WORKS, EEXIST },
		{ "create", STATE "/file", EEXIST, 0 },
		{ "open", STATE "/file", WORKS, 0 },
		{ "script", STATE "/script", EACCES, 0 },
		{ "create", SPEC_OWN_PLACE "/file", EROFS, EACCES },
		{ "create", "/run/file", EACCES, EROFS },
		{ "open", "/dev/null", ENOENT, 0 },
	};
	struct sandboxed s;
	char folder[96];

	setup_full(&s, as);
	snprintf(folder, sizeof(folder), "%s/state", s.directory);
	CU_ASSERT_EQUAL(mkdir(folder, 0700), 0);
	if (as == AS_ROOT)
		CU_ASSERT_EQUAL(chown(folder, launch_host_uid(&s.host, 7),
				      launch_host_uid(&s.host, 7)), 0);
	s.state_fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	s.node.sandbox.scratch_bytes = 1 << 20;
	s.node.sandbox.state = (char []){ "" };
	RUN(&s, attempts);
	/* Landlock holds by itself, and so do the mounts */
	s.host.landlock_abi = 0;
	RUN(&s, attempts);
	close(s.state_fd);
	sandboxed_teardown(&s);
}

static void test_scratch_and_state_are_its_own_of_root(void)
{
	attempt_own(AS_ROOT);
}

static void test_scratch_and_state_are_its_own_of_a_user(void)
{
	attempt_own(AS_USER);
}

static void test_without_mount_namespaces_there_is_no_scratch(void)
{
	struct launch_program *program = NULL;
	struct sandboxed s;
	const char *what;

	setup_full(&s, AS_USER);
	s.host.namespaces = false;
	s.node.sandbox.scratch_bytes = 1 << 20;
	CU_ASSERT_EQUAL(launch_program_new(&program, &s.host, &s.node, &what),
			-EOPNOTSUPP);
	CU_ASSERT_STRING_EQUAL(what, "scratch: this host has no mount namespaces");
	sandboxed_teardown(&s);
}

static void test_a_device_is_there_when_it_is_named(void)
{
	static const struct attempt attempts[] = {
		{ "open", "/dev/zero", WORKS, 0 },
		{ "write", "/dev/null", WORKS, 0 },
		{ "open", "/dev/full", ENOENT, 0 },
		{ "list", "/dev", EACCES, 0 },
	};
	char *devices[] = { (char []){ "/dev/null" }, (char []){ "/dev/zero" },
			    NULL };
	char *file[] = { (char []){ "/etc/passwd" }, NULL };
	struct launch_program *program = NULL;
	struct sandboxed s;
	const char *what;

	setup_full(&s, AS_USER);
	s.node.sandbox.devices = devices;
	RUN(&s, attempts);
	s.node.sandbox.devices = file;
	CU_ASSERT_EQUAL(launch_program_new(&program, &s.host, &s.node, &what),
			-ENODEV);
	CU_ASSERT_STRING_EQUAL(what, "devices /etc/passwd");
	sandboxed_teardown(&s);
}

static void test_a_granted_path_must_exist(void)
{
	char *missing[] = { (char []){ "/nonexistent/path" }, NULL };
	char *all[] = { (char []){ "/" }, NULL };
	struct launch_program *program = NULL;
	struct sandboxed s;
	const char *what;

	sandboxed_setup(&s, AS_USER);
	s.node.sandbox.read = missing;
	CU_ASSERT_EQUAL(launch_program_new(&program, &s.host, &s.node, &what),
			-ENOENT);
	CU_ASSERT_STRING_EQUAL(what, "read /nonexistent/path");
	s.node.sandbox.read = NULL;
	s.node.sandbox.write = missing;
	CU_ASSERT_EQUAL(launch_program_new(&program, &s.host, &s.node, &what),
			-ENOENT);
	CU_ASSERT_STRING_EQUAL(what, "write /nonexistent/path");
	s.node.sandbox.write = all;
	CU_ASSERT_EQUAL(launch_program_new(&program, &s.host, &s.node, &what),
			-EINVAL);
	CU_ASSERT_STRING_EQUAL(what, "write /");
	sandboxed_teardown(&s);
}

static void test_a_bundled_actor_does_without_a_missing_path(void)
{
	char *missing[] = { (char []){ "/nonexistent/path" }, NULL };
	static const struct attempt attempts[] = {
		{ "nothing", NULL, WORKS, 0 },
		{ "memfd", NULL, WORKS, 0 },
		{ "socket_inet", NULL, KILLED, 0 },
	};
	struct sandboxed s;

	setup_full(&s, AS_USER);
	free(s.node.path);
	s.node.path = strdup("/system/journal");
	s.node.sandbox.write = missing;
	RUN(&s, attempts);
	sandboxed_teardown(&s);
}

/* who writes the journal and who serves clients read what strangers write */
static void attempt_bundled(const char *path, enum sandboxed_as as)
{
	static const struct attempt attempts[] = {
		{ "nothing", NULL, WORKS, 0 },
		{ "fork", NULL, KILLED, 0 },
		{ "thread", NULL, KILLED, 0 },
		{ "execute", "/bin/sh", ENOENT, 0 },
		{ "open", "/etc/passwd", ENOENT, 0 },
		{ "open", "/proc/self/status", ENOENT, 0 },
		{ "create", "/new", EACCES, EROFS },
		{ "write", PROGRAM, EACCES, ETXTBSY },
		{ "list", "/", EACCES, 0 },
		{ "socket_inet", NULL, KILLED, 0 },
		{ "socket_packet", NULL, KILLED, 0 },
		{ "kill", PARENT, KILLED, 0 },
		{ "tgkill", PARENT, EPERM, 0 },
		{ "ptrace", PARENT, KILLED, 0 },
		{ "pidfd_open", PARENT, KILLED, 0 },
		{ "setuid", NULL, KILLED, 0 },
		{ "mount", NULL, KILLED, 0 },
		{ "unshare", NULL, KILLED, 0 },
		{ "code", NULL, KILLED, 0 },
		{ "call", "io_uring_setup", KILLED, 0 },
		{ "call", "bpf", KILLED, 0 },
	}, of_journal[] = {
		/* who is asked by a stream */
		{ "abstract", "actorproc-nobody", KILLED, 0 },
		{ "named", "/run/systemd/journal/stdout", KILLED, 0 },
		{ "socket_unix", NULL, KILLED, 0 },
	}, of_control[] = {
		{ "abstract", "actorproc-nobody", EAFNOSUPPORT, 0 },
		{ "named", "/run/dbus/system_bus_socket", EAFNOSUPPORT, 0 },
	};
	struct sandboxed s;

	setup_full(&s, as);
	free(s.node.path);
	s.node.path = strdup(path);
	if (!strcmp(path, "/system/journal"))
		RUN(&s, of_journal);
	else
		RUN(&s, of_control);
	RUN(&s, attempts);
	sandboxed_teardown(&s);
}

static void test_the_control_actor_cannot_spawn(void)
{
	attempt_bundled("/system/control", AS_ROOT);
}

static void test_the_journal_writer_can_only_write(void)
{
	attempt_bundled("/system/journal", AS_ROOT);
}

static void test_bundled_actors_of_a_user_can_no_more(void)
{
	attempt_bundled("/system/control", AS_USER);
}

static void test_memory_to_pass_on_is_a_permission(void)
{
	static const struct attempt attempts[] = {
		{ "nothing", NULL, WORKS, 0 },
		{ "memfd", NULL, WORKS, 0 },
		{ "code", NULL, KILLED, 0 },
		{ "socket_unix", NULL, KILLED, 0 },
	};
	struct sandboxed s;

	setup_full(&s, AS_USER);
	s.node.sandbox.memfd = SPEC_ALLOW;
	RUN(&s, attempts);
	sandboxed_teardown(&s);
}

/* ---- programs that know nothing of us ----------------------------------- */

static void attempt_program(enum sandboxed_as as)
{
	static const struct attempt attempts[] = {
		{ "nothing", NULL, WORKS, 0 },
		{ "socket_unix", NULL, WORKS, 0 },
		{ "socket_inet", NULL, EAFNOSUPPORT, 0 },
		{ "memfd", NULL, WORKS, 0 },
		{ "code", NULL, WORKS, 0 },
		{ "code_later", NULL, WORKS, 0 },
		{ "fork", NULL, 63, 0 },
		{ "kill", PARENT, EPERM, 0 },
		{ "open", "/etc/passwd", ENOENT, 0 },
		{ "unshare", NULL, KILLED, 0 },
		{ "ptrace", PARENT, KILLED, 0 },
		{ "io_uring", NULL, ENOSYS, 0 },
		{ "keyctl", NULL, KILLED, 0 },
	};
	struct sandboxed s;

	setup_full(&s, as);
	s.node.kind = SPEC_PROGRAM;
	RUN(&s, attempts);
	sandboxed_teardown(&s);
}

static void test_a_program_of_root_may_fork_a_little(void)
{
	attempt_program(AS_ROOT);
}

static void test_a_program_of_a_user_may_fork_a_little(void)
{
	attempt_program(AS_USER);
}

/* ---- the level ---------------------------------------------------------- */

static void test_what_is_lacking_lowers_the_level_and_is_named(void)
{
	static const struct {
		struct launch_host host;
		int level;
		const char *reason;
	} cases[] = {
		{ { .mdwe = true,
		    .landlock_abi = 7, .seccomp = true, .namespaces = true,
		    .empty_netns_fd = 3, .n_uids = 1 }, 3, "" },
		{ { .mdwe = true,
		    .landlock_abi = 5, .seccomp = true, .namespaces = true,
		    .empty_netns_fd = 3, .n_uids = 1 }, 2, "scopes" },
		{ { .mdwe = true,
		    .landlock_abi = 0, .seccomp = true, .namespaces = true,
		    .empty_netns_fd = 3, .n_uids = 1 }, 2, "no Landlock" },
		{ { .mdwe = true,
		    .landlock_abi = 7, .seccomp = true, .namespaces = true,
		    .empty_netns_fd = 3, .n_uids = 0 }, 2, "uids" },
		{ { .mdwe = true,
		    .landlock_abi = 7, .seccomp = true, .namespaces = true,
		    .empty_netns_fd = 3, .user_mode = true }, 2, "not root" },
		{ { .mdwe = true,
		    .landlock_abi = 7, .seccomp = false, .namespaces = true,
		    .empty_netns_fd = 3, .n_uids = 1 }, 1, "no seccomp" },
		{ { .mdwe = true,
		    .landlock_abi = 7, .seccomp = true, .namespaces = false,
		    .empty_netns_fd = -1, .n_uids = 1 }, 1, "no namespaces" },
		{ { .mdwe = true,
		    .landlock_abi = 0, .seccomp = false, .namespaces = false,
		    .empty_netns_fd = -1, .n_uids = 1 }, 0, "no Landlock" },
		{ { .mdwe = true,
		    .landlock_abi = 7, .seccomp = true, .namespaces = true,
		    .empty_netns_fd = 3, .n_uids = 1,
		    .wanted = 1 << CGROUP_MEMORY }, 2, "\"memory\"" },
		{ { .mdwe = true,
		    .landlock_abi = 7, .seccomp = true, .namespaces = true,
		    .empty_netns_fd = 3, .n_uids = 1,
		    .wanted = 1 << CGROUP_CPU }, 2, "\"cpu\"" },
		{ { .mdwe = true,
		    .landlock_abi = 7, .seccomp = true, .namespaces = true,
		    .empty_netns_fd = 3, .n_uids = 1,
		    .wanted = 1 << CGROUP_CPU,
		    .cgroups.controllers = 1 << CGROUP_CPU }, 3, "" },
		{ { .mdwe = true,
		    .landlock_abi = 7, .seccomp = true, .namespaces = true,
		    .empty_netns_fd = 3, .n_uids = 1,
		    .wanted = 1 << CGROUP_IO }, 2, "\"io\"" },
		/* an rlimit counts them, where the uid is that of one actor */
		{ { .mdwe = true,
		    .landlock_abi = 7, .seccomp = true, .namespaces = true,
		    .empty_netns_fd = 3, .n_uids = 1,
		    .wanted = 1 << CGROUP_PIDS }, 3, "" },
		{ { .mdwe = true,
		    .landlock_abi = 7, .seccomp = true, .namespaces = true,
		    .empty_netns_fd = 3, .n_uids = 0,
		    .wanted = 1 << CGROUP_PIDS }, 2, "\"pids\"" },
		{ { .mdwe = true,
		    .landlock_abi = 3, .seccomp = true, .namespaces = true,
		    .empty_netns_fd = 3, .n_uids = 1 }, 2,
		  "TCP is bounded by" },
		{ { .landlock_abi = 7, .seccomp = true, .namespaces = true,
		    .empty_netns_fd = 3, .n_uids = 1 }, 2, "no MDWE" },
	};
	char reasons[1024];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CU_ASSERT_EQUAL(launch_host_level(&cases[i].host, reasons,
						  sizeof(reasons)),
				cases[i].level);
		CU_ASSERT_PTR_NOT_NULL(strstr(reasons, cases[i].reason));
		CU_ASSERT_PTR_NULL(strchr(reasons, '\n'));
	}
	CU_ASSERT_EQUAL(launch_host_level(&cases[7].host, reasons, 8), 0);
	CU_ASSERT_EQUAL(strlen(reasons), 7);
}

static rlim_t processes_under(const struct sandbox_plan *plan)
{
	struct rlimit limit;
	int status;
	pid_t pid = fork();

	CU_ASSERT_FATAL(pid >= 0);
	if (pid == 0) {
		if (sandbox_rlimits_enter(plan) < 0 ||
		    getrlimit(RLIMIT_NPROC, &limit) < 0 || limit.rlim_cur > 200)
			_exit(255);
		_exit((int)limit.rlim_cur);
	}
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	return (rlim_t)WEXITSTATUS(status);
}

/* so that it is the cgroup that refuses one more, and counts that */
static void test_a_limit_that_a_cgroup_counts_too_is_one_higher(void)
{
	static const struct {
		struct sandbox_plan plan;
		rlim_t processes;
	} cases[] = {
		{ { .sole_uid = true, .program = true }, 64 },
		{ { .sole_uid = true, .program = true, .counted = true }, 65 },
		{ { .sole_uid = true, .program = true, .pids = 10 }, 10 },
		{ { .sole_uid = true, .program = true, .pids = 10,
		    .counted = true }, 11 },
		{ { .sole_uid = true, .pids = 3, .counted = true }, 4 },
		/* which makes none, and is refused by other means */
		{ { .sole_uid = true, .counted = true }, 1 },
		{ { .sole_uid = true, .n_processes = 7, .counted = true }, 7 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		CU_ASSERT_EQUAL(processes_under(&cases[i].plan),
				cases[i].processes);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_an_actor_of_root_gets_nothing),
	HARNESS_TEST(test_an_actor_of_a_user_gets_nothing),
	HARNESS_TEST(test_an_actor_of_root_has_no_groups),
	HARNESS_TEST(test_without_a_filter_the_rest_holds_for_root),
	HARNESS_TEST(test_without_a_filter_the_rest_holds_for_a_user),
	HARNESS_TEST(test_without_namespaces_the_rest_holds_for_root),
	HARNESS_TEST(test_without_namespaces_the_rest_holds_for_a_user),
	HARNESS_TEST(test_without_landlock_the_rest_holds_for_root),
	HARNESS_TEST(test_without_landlock_the_rest_holds_for_a_user),
	HARNESS_TEST(test_an_older_landlock_does_what_it_can),
	HARNESS_TEST(test_networks_are_as_granted_by_root),
	HARNESS_TEST(test_networks_are_as_granted_by_a_user),
	HARNESS_TEST(test_a_network_of_some_ports_has_no_others),
	HARNESS_TEST(test_abstract_sockets_outside_are_out_of_reach),
	HARNESS_TEST(test_what_is_the_systems_is_hidden_in_grants_of_root),
	HARNESS_TEST(test_what_is_the_systems_is_hidden_in_grants_of_a_user),
	HARNESS_TEST(test_a_sandbox_shares_no_mounts_with_the_host),
	HARNESS_TEST(test_what_is_the_systems_is_granted_to_nobody),
	HARNESS_TEST(test_all_of_the_host_is_granted_to_nobody),
	HARNESS_TEST(test_nor_is_it_when_it_is_mounted_elsewhere),
	HARNESS_TEST(test_files_are_as_granted_by_root),
	HARNESS_TEST(test_files_are_as_granted_by_a_user),
	HARNESS_TEST(test_code_is_as_granted_by_root),
	HARNESS_TEST(test_code_is_as_granted_by_a_user),
	HARNESS_TEST(test_a_link_in_what_it_writes_is_not_followed_for_root),
	HARNESS_TEST(test_a_link_in_what_it_writes_is_not_followed_for_a_user),
	HARNESS_TEST(test_a_link_to_what_is_not_granted_can_be_for_root),
	HARNESS_TEST(test_a_link_to_what_is_not_granted_can_be_for_a_user),
	HARNESS_TEST(test_a_link_puts_nothing_on_another_file),
	HARNESS_TEST(test_scratch_and_state_are_its_own_of_root),
	HARNESS_TEST(test_scratch_and_state_are_its_own_of_a_user),
	HARNESS_TEST(test_without_mount_namespaces_there_is_no_scratch),
	HARNESS_TEST(test_a_device_is_there_when_it_is_named),
	HARNESS_TEST(test_a_granted_path_must_exist),
	HARNESS_TEST(test_a_bundled_actor_does_without_a_missing_path),
	HARNESS_TEST(test_the_control_actor_cannot_spawn),
	HARNESS_TEST(test_the_journal_writer_can_only_write),
	HARNESS_TEST(test_bundled_actors_of_a_user_can_no_more),
	HARNESS_TEST(test_memory_to_pass_on_is_a_permission),
	HARNESS_TEST(test_a_program_of_root_may_fork_a_little),
	HARNESS_TEST(test_a_program_of_a_user_may_fork_a_little),
	HARNESS_TEST(test_a_limit_that_a_cgroup_counts_too_is_one_higher),
	HARNESS_TEST(test_what_is_lacking_lowers_the_level_and_is_named),
};

HARNESS_MAIN(tests)
