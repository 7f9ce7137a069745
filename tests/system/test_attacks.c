/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_attacks.c - an actor that was taken over attacks, and what stops it.
 *
 * One attack is a row, and a life of its own in a real tree: a process that is
 * ready like any actor, then attacks (tests/kernel/attacks.c, probe.c). Its end
 * says what it came to: the system call it was killed for, the errno it was
 * refused with, or that it worked. Each is run with all layers, and by each layer
 * that is to hold without the others, with those taken away; without any the same
 * attack works, or is refused to whoever has no privileges.
 *
 * What is done by messages is elsewhere: bytes that nobody would write in
 * test_hostile.c, floods in test_flow.c and test_bounds.c, memory that changes in
 * test_sealed.c, descriptors in test_descriptors.c, memory and processes of a
 * group in test_cgroups.c. Layers without a tree are in tests/kernel.
 */
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "libactorproc/edge.h"
#include "tests/system/story.h"

#define OVERRIDE "ACTORPROC_PROBE_OVERRIDE"
#define N(rows) (sizeof(rows) / sizeof((rows)[0]))

/* arguments that are known at run time only */
#define PROGRAM "<program>"
#define ABSTRACT "<abstract>"
#define NAMED "<named>"

enum layer {
	ALL,		/* the default profile */
	SECCOMP,	/* each of the others by itself */
	LANDLOCK,
	NAMESPACES,
	UIDS,
	MDWE,
	ALWAYS,		/* none of them: what each host has; else it works */
	N_LAYERS,
};

static const struct {
	const char *name;
	const char *without;
} layers[] = {
	[ALL] = { "all layers", NULL },
	[SECCOMP] = { "seccomp", "lease,namespaces,landlock,mdwe" },
	[LANDLOCK] = { "Landlock", "lease,namespaces,seccomp,mdwe" },
	[NAMESPACES] = { "namespaces", "lease,landlock,seccomp,mdwe" },
	[UIDS] = { "uids", "namespaces,landlock,seccomp,mdwe" },
	[MDWE] = { "MDWE", "lease,namespaces,landlock,seccomp" },
	[ALWAYS] = { "the rest", "lease,namespaces,landlock,seccomp,mdwe" },
};

/**
 * struct attack
 * @ends: with each layer; NULL: the layer does not claim it. What "reported:"
 *        would be in front of is an errno; one of some with | between
 */
struct attack {
	const char *name;
	const char *argument;
	const char *ends[N_LAYERS];
};

#define WORKED "exit:99"
#define IS_ONE [ALWAYS] = WORKED
#define CAUGHT(call) [ALL] = "seccomp:" call, [SECCOMP] = "seccomp:" call
/* a call that is no attack but for what it is asked with */
#define FORBIDDEN(call) { "call", call, { CAUGHT(call) } }
/* and that the rest refuses, too */
#define PRIVILEGED(call, error)                                                \
	{ "call", call, { CAUGHT(call), [ALWAYS] = (error) } }
/* a path that is not there, or not for it */
#define UNSEEN [ALL] = "ENOENT", [LANDLOCK] = "EACCES", [NAMESPACES] = "ENOENT"
#define PRIVATE UNSEEN, [UIDS] = "EACCES", [ALWAYS] = "EACCES"
#define UNSEEN_IF_THERE                                                        \
	[ALL] = "ENOENT", [LANDLOCK] = "EACCES|ENOENT",                        \
	[NAMESPACES] = "ENOENT", [UIDS] = "EACCES|ENOENT",                     \
	[ALWAYS] = "EACCES|ENOENT"

static const struct attack attacks[] = {
	/* ---- files: an empty root, Landlock */
	{ "open", "/etc/passwd", { UNSEEN, IS_ONE } },
	{ "open", "/proc/self/status", { UNSEEN, IS_ONE } },
	{ "open", "/sys/kernel", { UNSEEN, IS_ONE } },
	{ "open", "/dev/null", { UNSEEN, IS_ONE } },
	{ "open", "/var/log", { UNSEEN, IS_ONE } },
	{ "open", "/etc/shadow", { PRIVATE } },
	{ "open", "/proc/1/environ", { PRIVATE } },
	{ "memory_of", "/proc/1/mem", { PRIVATE } },
	{ "memory_of", "/dev/mem", { UNSEEN_IF_THERE } },
	{ "write", PROGRAM, { [ALL] = "EACCES|ETXTBSY",
			      [LANDLOCK] = "EACCES|ETXTBSY",
			      [NAMESPACES] = "EROFS|EACCES|ETXTBSY",
			      [UIDS] = "EACCES|ETXTBSY" } },
	{ "create", "/new", { [ALL] = "EACCES|EROFS", [LANDLOCK] = "EACCES",
			      [NAMESPACES] = "EROFS|EACCES",
			      [UIDS] = "EACCES", [ALWAYS] = "EACCES" } },
	{ "make_set_id", "/new", { [ALL] = "EPERM", [SECCOMP] = "EPERM",
				   [ALWAYS] = "EACCES" } },
	{ "list", "/", { [ALL] = "EACCES", [LANDLOCK] = "EACCES", IS_ONE } },
	{ "execute", "/bin/sh", { UNSEEN } },
	{ "climb", NULL, { [ALL] = "EBADF", [LANDLOCK] = "EBADF",
			   [NAMESPACES] = "EBADF", [ALWAYS] = "EBADF" } },
	{ "remove", "/etc/passwd", { CAUGHT("unlink"), [LANDLOCK] = "EACCES",
				     [NAMESPACES] = "ENOENT",
				     [UIDS] = "EACCES" } },
	{ "handle", NULL, { CAUGHT("open_by_handle_at"), [ALWAYS] = "EPERM" } },
	FORBIDDEN("openat2"),
	FORBIDDEN("execveat"),
	FORBIDDEN("mknod"),
	FORBIDDEN("link"),

	/* ---- sockets */
	{ "socket", "2", { CAUGHT("socket"), IS_ONE } },	/* AF_INET */
	{ "socket", "10", { CAUGHT("socket") } },	/* AF_INET6 */
	{ "socket", "1", { CAUGHT("socket"), IS_ONE } },	/* AF_UNIX */
	{ "socket", "16", { CAUGHT("socket"), IS_ONE } },	/* AF_NETLINK */
	{ "socket", "38", { CAUGHT("socket") } },	/* AF_ALG */
	{ "socket", "40", { CAUGHT("socket") } },	/* AF_VSOCK */
	{ "socket_packet", NULL, { CAUGHT("socket"), [ALWAYS] = "EPERM" } },
	{ "raw_socket", "2", { CAUGHT("socket"), [ALWAYS] = "EPERM" } },
	{ "connect", "1", { CAUGHT("socket"), [LANDLOCK] = "EACCES",
			    [NAMESPACES] = "ENETUNREACH" } },
	{ "loopback", NULL, { CAUGHT("socket"), [LANDLOCK] = "EACCES", IS_ONE } },
	{ "abstract", ABSTRACT, { CAUGHT("socket"), [LANDLOCK] = "EPERM",
				  [NAMESPACES] = "ECONNREFUSED", IS_ONE } },
	{ "named", NAMED, { CAUGHT("socket"), [NAMESPACES] = "ENOENT",
			    [UIDS] = "EACCES", [ALWAYS] = "EACCES" } },
	{ "named", "/run/systemd/private", { CAUGHT("socket"),
					     [NAMESPACES] = "ENOENT" } },
	FORBIDDEN("socketpair"),

	/* ---- other processes: its supervisor, its siblings */
	{ "tgkill_others", NULL, { [ALL] = "EPERM", [LANDLOCK] = "EPERM",
				   [UIDS] = "EPERM", IS_ONE } },
	{ "kill_others", NULL, { CAUGHT("kill"), [LANDLOCK] = "EPERM",
				 [UIDS] = "EPERM", IS_ONE } },
	{ "kill_all", NULL, { CAUGHT("kill") } },
	{ "kill_group", NULL, { CAUGHT("kill"), [LANDLOCK] = "EPERM",
				[UIDS] = "EPERM", [ALWAYS] = "EPERM" } },
	{ "memory_of_others", NULL, { CAUGHT("process_vm_readv"),
				      [LANDLOCK] = "EPERM",
				      [UIDS] = "EPERM" } },
	{ "compare_with_others", NULL, { CAUGHT("kcmp"), [LANDLOCK] = "EPERM",
					 [UIDS] = "EPERM" } },
	{ "slow_others_down", NULL, { CAUGHT("setpriority"),
				      [UIDS] = "EPERM", IS_ONE } },
	{ "limit_others", NULL, { CAUGHT("prlimit64"), [UIDS] = "EPERM",
				  IS_ONE } },
	{ "ptrace", "1", { CAUGHT("ptrace"), [LANDLOCK] = "EPERM",
			   [UIDS] = "EPERM", [ALWAYS] = "EPERM" } },
	{ "process_vm", "1", { CAUGHT("process_vm_readv"),
			       [LANDLOCK] = "EPERM", [UIDS] = "EPERM",
			       [ALWAYS] = "EPERM" } },
	{ "pidfd_open", "1", { CAUGHT("pidfd_open"), IS_ONE } },
	FORBIDDEN("pidfd_getfd"),
	FORBIDDEN("process_vm_writev"),
	FORBIDDEN("process_madvise"),
	FORBIDDEN("migrate_pages"),
	FORBIDDEN("tkill"),
	FORBIDDEN("setpgid"),
	FORBIDDEN("setsid"),

	/* ---- what it shares with its supervisor and its peers */
	{ "shutdown", NULL, { CAUGHT("shutdown"), IS_ONE } },
	{ "setsockopt", NULL, { CAUGHT("setsockopt"), IS_ONE } },
	{ "own", "4", { [ALL] = "EPERM", [SECCOMP] = "EPERM", IS_ONE } }, /* F_SETFL */
	{ "own", "8", { CAUGHT("fcntl"), IS_ONE } },		/* F_SETOWN */
	{ "own", "10", { CAUGHT("fcntl") } },		/* F_SETSIG */
	{ "own", "15", { CAUGHT("fcntl") } },		/* F_SETOWN_EX */
	{ "own", "1024", { CAUGHT("fcntl") } },		/* F_SETLEASE */
	{ "own", "1026", { CAUGHT("fcntl") } },		/* F_NOTIFY */
	{ "pipe_size", NULL, { CAUGHT("fcntl"), IS_ONE } },
	{ "async", NULL, { CAUGHT("ioctl"), IS_ONE } },
	{ "type_into_terminal", NULL, { CAUGHT("ioctl"), [ALWAYS] = "ENOTTY" } },
	{ "open", "/dev/tty", { [ALL] = "ENOENT", [LANDLOCK] = "EACCES|ENXIO",
				[NAMESPACES] = "ENOENT", [ALWAYS] = "ENXIO" } },
	{ "forge_sender", NULL, { [ALL] = "EPERM", [SECCOMP] = "EPERM",
				  [ALWAYS] = "EPERM" } },
	{ "out_of_band", NULL, { [ALL] = "EOPNOTSUPP", [SECCOMP] = "EOPNOTSUPP",
				 [ALWAYS] = "EOPNOTSUPP" } },
	FORBIDDEN("io_uring_setup"),
	FORBIDDEN("io_uring_enter"),
	FORBIDDEN("io_uring_register"),
	FORBIDDEN("io_setup"),
	FORBIDDEN("vmsplice"),

	/* ---- more authority */
	{ "descriptors", "4", { [ALL] = "EBADF", [SECCOMP] = "EBADF",
				[LANDLOCK] = "EBADF", [NAMESPACES] = "EBADF",
				[UIDS] = "EBADF", [ALWAYS] = "EBADF" } },
	{ "setuid", NULL, { CAUGHT("setuid"), [UIDS] = "EPERM",
			    [ALWAYS] = "EPERM" } },
	{ "keep_capabilities", NULL, { CAUGHT("prctl"), [ALWAYS] = "EPERM" } },
	{ "no_more_privileges", NULL, { [ALL] = "EINVAL", [SECCOMP] = "EINVAL",
					[ALWAYS] = "EINVAL" } },
	{ "share_core", NULL, { CAUGHT("prctl"), [UIDS] = "EPERM|EINVAL" } },
	{ "unshare", NULL, { CAUGHT("unshare") } },
	{ "new_users", NULL, { CAUGHT("clone") } },
	PRIVILEGED("setresuid", "EPERM"),
	PRIVILEGED("setgroups", "EPERM"),
	PRIVILEGED("chroot", "EFAULT|EPERM"),
	PRIVILEGED("mount", "EFAULT|EPERM"),
	PRIVILEGED("umount2", "EFAULT|EPERM"),
	PRIVILEGED("pivot_root", "EPERM"),
	PRIVILEGED("fsopen", "EPERM"),
	PRIVILEGED("init_module", "EPERM|ENOSYS"),
	PRIVILEGED("finit_module", "EPERM|ENOSYS"),
	PRIVILEGED("delete_module", "EPERM|ENOSYS"),
	PRIVILEGED("kexec_load", "EPERM|ENOSYS"),
	PRIVILEGED("reboot", "EPERM"),
	PRIVILEGED("swapon", "EPERM"),
	PRIVILEGED("acct", "EPERM"),
	PRIVILEGED("sethostname", "EPERM"),
	PRIVILEGED("vhangup", "EPERM"),
	PRIVILEGED("clock_settime", "EPERM|EFAULT"),
	FORBIDDEN("settimeofday"),
	FORBIDDEN("adjtimex"),
	FORBIDDEN("setns"),
	FORBIDDEN("capset"),
	FORBIDDEN("add_key"),
	FORBIDDEN("request_key"),
	FORBIDDEN("keyctl"),
	FORBIDDEN("bpf"),
	FORBIDDEN("perf_event_open"),
	FORBIDDEN("userfaultfd"),
	FORBIDDEN("modify_ldt"),
	FORBIDDEN("iopl"),
	FORBIDDEN("ioperm"),
	FORBIDDEN("syslog"),
	FORBIDDEN("quotactl"),
	FORBIDDEN("seccomp"),
	/* it can only take away from who makes it */
	{ "call", "landlock_create_ruleset", { [ALL] = "EFAULT",
					       [SECCOMP] = "EFAULT" } },
	FORBIDDEN("move_mount"),
	FORBIDDEN("mount_setattr"),
	FORBIDDEN("open_tree"),
	FORBIDDEN("fsmount"),
	FORBIDDEN("fanotify_init"),
	FORBIDDEN("inotify_init1"),
	FORBIDDEN("name_to_handle_at"),
	FORBIDDEN("ustat"),
	{ "number", NULL, { [ALL] = "seccomp:4000", [SECCOMP] = "seccomp:4000" } },

	/* ---- code that was not its program's */
	{ "code", NULL, { CAUGHT("mmap"), [MDWE] = "EACCES", IS_ONE } },
	{ "code_later", NULL, { CAUGHT("mprotect"), [MDWE] = "EACCES", IS_ONE } },
	{ "personality", NULL, { [ALL] = "EPERM", [SECCOMP] = "EPERM", IS_ONE } },
	FORBIDDEN("pkey_mprotect"),
	FORBIDDEN("remap_file_pages"),
	FORBIDDEN("memfd_create"),
	FORBIDDEN("memfd_secret"),
	FORBIDDEN("shmget"),
	FORBIDDEN("mbind"),

	/* ---- more than its share */
	{ "process", NULL, { CAUGHT("clone"), [UIDS] = "EAGAIN", IS_ONE } },
	{ "thread", NULL, { CAUGHT("clone"), [UIDS] = "EAGAIN", IS_ONE } },
	{ "files_flood", "4096", { [ALL] = "EMFILE", [SECCOMP] = "EMFILE",
				   [ALWAYS] = "EMFILE" } },
	{ "timers", NULL, { [ALL] = "EMFILE", [SECCOMP] = "EMFILE",
			    [ALWAYS] = "EMFILE" } },
	{ "nest_epolls", NULL, { [ALL] = "ELOOP|EINVAL",
				 [SECCOMP] = "ELOOP|EINVAL",
				 [ALWAYS] = "ELOOP|EINVAL" } },
	{ "fill_pipes", "96", { [ALL] = "EMFILE", [SECCOMP] = "EMFILE",
				[ALWAYS] = "EMFILE" } },
	/* before Linux 6.16 its supervisor has had enough by then: they are of its
	 * uid alone */
	{ "files_in_flight", NULL, { [ALL] = "EPERM|protocol",
				     [SECCOMP] = "EPERM|protocol",
				     [ALWAYS] = "EPERM|protocol" } },
	/* it waits by itself, and nobody else does */
	{ "lock_of_others", NULL, { [ALL] = "ETIMEDOUT",
				    [SECCOMP] = "ETIMEDOUT",
				    [ALWAYS] = "ETIMEDOUT" } },
	{ "raise_limits", NULL, { [ALL] = "EPERM", [SECCOMP] = "EPERM",
				  [ALWAYS] = "EPERM" } },
	{ "lock_memory", NULL, { [ALL] = "EPERM", [SECCOMP] = "EPERM",
				 [ALWAYS] = "ENOMEM|EPERM" } },
	FORBIDDEN("clone3"),
	FORBIDDEN("timer_create"),
	FORBIDDEN("mq_open"),
	FORBIDDEN("msgget"),
	FORBIDDEN("semget"),
};

/* ---- the tree ------------------------------------------------------------ */

struct targets {
	char program[PATH_MAX];
	char abstract[64];
	char named[128];
	int abstract_fd;
	int named_fd;
};

static int listen_at(const struct sockaddr_un *address, size_t length)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL_FATAL(bind(fd, (const struct sockaddr *)address,
				   (socklen_t)length), 0);
	CU_ASSERT_EQUAL_FATAL(listen(fd, 1), 0);
	return fd;
}

/* daemons of the host: one is root's own, at the other anybody may try */
static void targets_begin(struct targets *t)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *build = getenv("ACTORPROC_BUILD");
	mode_t mask = umask(077);
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/tests/kernel/probe",
		 build ? build : ".");
	CU_ASSERT_PTR_NOT_NULL_FATAL(realpath(path, t->program));
	snprintf(t->named, sizeof(t->named), "%.80s/socket", getenv("TMPDIR"));
	snprintf(address.sun_path, sizeof(address.sun_path), "%.100s",
		 t->named);
	t->named_fd = listen_at(&address, sizeof(address));
	umask(mask);
	snprintf(t->abstract, sizeof(t->abstract), "actorproc-attacks-%d",
		 getpid());
	memset(address.sun_path, 0, sizeof(address.sun_path));
	strcpy(address.sun_path + 1, t->abstract);
	t->abstract_fd = listen_at(&address,
				   offsetof(struct sockaddr_un, sun_path) + 1 +
					   strlen(t->abstract));
}

static void targets_end(struct targets *t)
{
	close(t->abstract_fd);
	close(t->named_fd);
	unlink(t->named);
}

static const char *argument_of(const struct attack *attack,
			       const struct targets *targets)
{
	if (!attack->argument)
		return "";
	if (!strcmp(attack->argument, PROGRAM))
		return targets->program;
	if (!strcmp(attack->argument, ABSTRACT))
		return targets->abstract;
	if (!strcmp(attack->argument, NAMED))
		return targets->named;
	return attack->argument;
}

/* the victim is who they are to leave alone */
static char *tree_of(enum layer layer, const struct targets *targets)
{
	char *text = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&text, &size);

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fprintf(file, "system: \"@SYSTEM@\"\nchildren:\n"
		      "  - { name: victim, " STORY_ACTOR " }\n");
	for (size_t i = 0; i < N(attacks); i++)
		if (attacks[i].ends[layer])
			fprintf(file, "  - { name: a%zu, restart: temporary, start_timeout: 10min, exec: \"@ACTORS@/../../kernel/probe\", args: [actor, %s, \"%s\"] }\n",
				i, attacks[i].name,
				argument_of(&attacks[i], targets));
	fclose(file);
	return text;
}

/* ---- what became of them ------------------------------------------------- */

static bool is_among(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (; list; list = strchr(list, '|') ? strchr(list, '|') + 1 : NULL)
		if (!strncmp(list, word, length) &&
		    (list[length] == '|' || !list[length]))
			return true;
	return false;
}

static void judge(const struct attack *attack, enum layer layer,
		  const char *cause)
{
	const char *reported = strstr(cause, "reported:");
	const char *end = reported ? reported + strlen("reported:") : cause;
	bool right = is_among(attack->ends[layer], end);

	harness_note("%-12s %-20s %-26s %s%s%s", layers[layer].name,
		     attack->name, attack->argument ? attack->argument : "",
		     end, right ? "" : ", and not ",
		     right ? "" : attack->ends[layer]);
	CU_ASSERT(right);
}

static void await_end(struct tree *tree, size_t i, enum layer layer)
{
	char name[16], *cause;

	snprintf(name, sizeof(name), "a%zu", i);
	CU_ASSERT(story_await(tree, name, "state", "stopped"));
	cause = story_text(tree, name, "cause");
	judge(&attacks[i], layer, cause);
	free(cause);
}

static void attack_with(enum layer layer)
{
	struct targets targets;
	struct tree tree;
	pid_t supervisor;
	char *text;

	if (geteuid() != 0)
		HARNESS_SKIP("not root");
	if (layers[layer].without)
		setenv(OVERRIDE, layers[layer].without, 1);
	targets_begin(&targets);
	text = tree_of(layer, &targets);
	tree_start(&tree, text);
	supervisor = story_pid(&tree, "");
	for (size_t i = 0; i < N(attacks); i++)
		if (attacks[i].ends[layer])
			await_end(&tree, i, layer);
	CU_ASSERT(story_is(&tree, "victim", "generation", "0"));
	CU_ASSERT_EQUAL(story_pid(&tree, ""), supervisor);
	story_expect(&tree, "victim", "echo", "well", "well");
	tree_stop(&tree);
	targets_end(&targets);
	free(text);
}

static void test_the_default_profile_stops_them_all(void)
{
	attack_with(ALL);
}

static void test_seccomp_alone_stops_calls(void)
{
	attack_with(SECCOMP);
}

static void test_landlock_alone_stops_what_leads_outside(void)
{
	attack_with(LANDLOCK);
}

static void test_namespaces_alone_hide_the_host(void)
{
	attack_with(NAMESPACES);
}

static void test_uids_alone_keep_actors_apart(void)
{
	attack_with(UIDS);
}

static void test_mdwe_alone_keeps_memory_from_being_code(void)
{
	attack_with(MDWE);
}

static void test_without_any_layer_it_has_no_privileges(void)
{
	attack_with(ALWAYS);
}

/* ---- who does not want to end -------------------------------------------- */

/* by a signal, SIGTERM or SIGKILL, when its time was over */
static void expect_ended(struct tree *tree, const char *name)
{
	json_t *said = story_decision(tree, name, "stop", "text");
	const char *text = json_string_value(said);
	bool ended = text && strstr(text, "; it did not end ");

	harness_note("%s", text ? text : name);
	CU_ASSERT(ended);
	json_decref(said);
}

static void test_who_does_not_want_to_end_is_killed(void)
{
	static const char *const ways[] = {
		"survive_signals", "survive_stopped", "survive_busy",
		"survive_word",
	};
	char text[2048] = "system: \"@SYSTEM@\"\nchildren:\n";
	struct tree tree;

	for (size_t i = 0; i < N(ways); i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "  - { name: %s, stop_timeout: 200ms, start_timeout: 1min, exec: \"@ACTORS@/../../kernel/probe\", args: [actor, %s] }\n",
			 ways[i], ways[i]);
	tree_start(&tree, text);
	for (size_t i = 0; i < N(ways); i++) {
		pid_t pid = story_pid(&tree, ways[i]);

		/* and no other time is reckoned with */
		CU_ASSERT(story_is(&tree, ways[i], "stop_timeout_ms", "200"));
		CU_ASSERT_EQUAL(story_act(&tree, "stop", ways[i]), 0);
		CU_ASSERT(story_await_gone(&tree, pid));
		expect_ended(&tree, ways[i]);
	}
	tree_stop(&tree);
}

/* nobody would hear of it again */
static void test_who_closes_its_ears_has_failed(void)
{
	struct tree tree;

	tree_start(&tree, "system: \"@SYSTEM@\"\nchildren:\n"
		   "  - { name: z, exec: \"@ACTORS@/test-actor\" }\n"
		   "  - { name: d, restart: temporary, start_timeout: 1min, exec: \"@ACTORS@/../../kernel/probe\", args: [actor, survive_deaf] }\n");
	CU_ASSERT(story_await(&tree, "d", "state", "stopped"));
	CU_ASSERT(story_is(&tree, "d", "cause", "protocol"));
	CU_ASSERT(story_is(&tree, "z", "generation", "0"));
	tree_stop(&tree);
}

/* a program may make processes: none of them is left */
static void test_what_a_program_hides_its_processes_in_is_killed_too(void)
{
	static const char *const ways[] = {
		"survive_vfork", "survive_orphans",
	};
	char text[2048] = "system: \"@SYSTEM@\"\nchildren:\n";
	struct tree tree;

	for (size_t i = 0; i < N(ways); i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "  - { name: %s, kind: program, ready: at_once, stop_timeout: 200ms, exec: \"@ACTORS@/../../kernel/probe\", args: [%s] }\n",
			 ways[i], ways[i]);
	tree_start(&tree, text);
	for (size_t i = 0; i < N(ways); i++) {
		pid_t pid = story_pid(&tree, ways[i]);

		CU_ASSERT_EQUAL(story_act(&tree, "stop", ways[i]), 0);
		CU_ASSERT(story_await_gone(&tree, pid));
	}
	tree_stop(&tree);	/* and the harness looks for what is left */
}

/* ---- who gives what is not wanted ---------------------------------------- */

/* else their supervisor would wait for ten minutes, and restart nobody */
static void test_what_takes_long_to_close_is_nobody_s_to_close(void)
{
	struct tree tree;
	int64_t began_ms;

	if (!edge_carries_no_rights())
		HARNESS_SKIP("a kernel before 6.16");
	tree_start(&tree, "system: \"@SYSTEM@\"\nchildren:\n"
		"  - { name: victim, " STORY_ACTOR " }\n"
		"  - { name: actor, restart: temporary, sandbox: { network: loopback }, start_timeout: 1min,\n"
		"      exec: \"@ACTORS@/../../kernel/probe\", args: [actor, linger_by_control] }\n"
		"  - { name: program, restart: temporary, sandbox: { network: loopback }, start_timeout: 1min,\n"
		"      exec: \"@ACTORS@/../../kernel/probe\", kind: program, args: [linger_by_notify] }\n");
	began_ms = story_now_ms();
	CU_ASSERT(story_await(&tree, "actor", "cause", "reported:EPERM"));
	CU_ASSERT(story_await(&tree, "program", "cause", "exit:1"));
	CU_ASSERT_EQUAL(story_act(&tree, "restart", "victim"), 0);
	CU_ASSERT(story_now_ms() - began_ms < 60000);
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_the_default_profile_stops_them_all),
	HARNESS_TEST(test_seccomp_alone_stops_calls),
	HARNESS_TEST(test_landlock_alone_stops_what_leads_outside),
	HARNESS_TEST(test_namespaces_alone_hide_the_host),
	HARNESS_TEST(test_uids_alone_keep_actors_apart),
	HARNESS_TEST(test_mdwe_alone_keeps_memory_from_being_code),
	HARNESS_TEST(test_without_any_layer_it_has_no_privileges),
	HARNESS_TEST(test_who_does_not_want_to_end_is_killed),
	HARNESS_TEST(test_who_closes_its_ears_has_failed),
	HARNESS_TEST(
		test_what_a_program_hides_its_processes_in_is_killed_too),
	HARNESS_TEST(test_what_takes_long_to_close_is_nobody_s_to_close),
};
HARNESS_MAIN(tests)
