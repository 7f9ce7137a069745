/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * evidence.c - what the kernel's texts about a process say of it.
 *
 * A line is looked for by how it begins, a word by its place in it. Nothing is
 * believed to be there, or to have a length. Pure.
 */
#include "actorctl/evidence.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_BYTES (2 * PATH_MAX + 512)

/* ---- lines and words ---------------------------------------------------- */

/* behind @name at the beginning of a line; NULL: no line begins so */
static const char *line_of(const char *text, const char *name)
{
	size_t n = strlen(name);

	while (text && strncmp(text, name, n) != 0) {
		text = strchr(text, '\n');
		if (text)
			text++;
	}

	return text ? text + n : NULL;
}

static const char *skip_blanks(const char *text)
{
	while (*text == ' ' || *text == '\t')
		text++;

	return text;
}

/* a number that begins here and ends with a blank or the line */
static bool number_at(const char *text, int base, uint64_t *ret,
		      const char **ret_end)
{
	char *end;

	text = skip_blanks(text);
	if (!isxdigit((unsigned char)*text))
		return false;
	errno = 0;
	*ret = strtoull(text, &end, base);
	if (end == text || errno != 0 || (*end && !isspace((unsigned char)*end)))
		return false;
	*ret_end = end;
	return true;
}

static bool number_of(const char *text, const char *name, int base,
		      uint64_t *ret)
{
	const char *at = line_of(text, name), *end;

	return at && number_at(at, base, ret, &end);
}

/* ---- status ------------------------------------------------------------- */

bool evidence_identity(const char *status, struct evidence_identity *ret)
{
	uint64_t uid, parent;

	if (!status || !number_of(status, "Uid:", 10, &uid) ||
	    !number_of(status, "PPid:", 10, &parent) || uid > UINT32_MAX ||
	    parent > INT32_MAX)
		return false;
	*ret = (struct evidence_identity){ (uint32_t)uid, (int64_t)parent };
	return true;
}

/* is one of the four root? */
static int64_t any_root(const char *status, const char *name)
{
	const char *at = line_of(status, name);
	uint64_t id;
	int64_t root = 0;

	for (size_t i = 0; i < 4; i++) {
		if (!at || !number_at(at, 10, &id, &at))
			return EXPOSURE_UNREAD;
		root |= id == 0;
	}

	return root;
}

static int64_t n_groups(const char *status)
{
	const char *at = line_of(status, "Groups:");
	uint64_t group;
	int64_t n = 0;

	if (!at)
		return EXPOSURE_UNREAD;
	while (number_at(at, 10, &group, &at))
		n++;

	return n;
}

static int64_t n_bits(uint64_t mask)
{
	int64_t n = 0;

	for (; mask; mask &= mask - 1)
		n++;

	return n;
}

static int64_t n_capabilities(const char *status)
{
	static const char *const sets[] = {
		"CapInh:", "CapPrm:", "CapEff:", "CapAmb:",
	};
	uint64_t all = 0, set;

	for (size_t i = 0; i < sizeof(sets) / sizeof(*sets); i++) {
		if (!number_of(status, sets[i], 16, &set))
			return EXPOSURE_UNREAD;
		all |= set;
	}

	return n_bits(all);
}

static int64_t number_or_unread(const char *status, const char *name, int base)
{
	uint64_t number;

	if (!number_of(status, name, base, &number) || number > INT64_MAX)
		return EXPOSURE_UNREAD;

	return (int64_t)number;
}

static int64_t bounding(const char *status)
{
	uint64_t set;

	return number_of(status, "CapBnd:", 16, &set) ? n_bits(set) :
							EXPOSURE_UNREAD;
}

void evidence_status(struct exposure *exposure, const char *status)
{
	int64_t uids = any_root(status, "Uid:");
	int64_t gids = any_root(status, "Gid:");
	int64_t mask = number_or_unread(status, "Umask:", 8);
	int64_t filter = number_or_unread(status, "Seccomp:", 10);
	int64_t bound = number_or_unread(status, "NoNewPrivs:", 10);

	exposure_set(exposure, EXPOSURE_UID_ROOT,
		     uids < 0 || gids < 0 ? EXPOSURE_UNREAD : uids | gids);
	exposure_set(exposure, EXPOSURE_GROUPS, n_groups(status));
	exposure_set(exposure, EXPOSURE_CAPABILITIES, n_capabilities(status));
	exposure_set(exposure, EXPOSURE_BOUNDING, bounding(status));
	exposure_set(exposure, EXPOSURE_PRIVILEGES, bound < 0 ? bound : !bound);
	exposure_set(exposure, EXPOSURE_UMASK,
		     mask < 0 ? mask : (mask & 077) != 077);
	/* 0 is none, 1 allows what there was in 2005 */
	exposure_set(exposure, EXPOSURE_FILTER,
		     filter < 0 ? filter : filter == 0);
}

/* behind the name, which may have any bytes: state, parent, group, session, tty */
void evidence_stat(struct exposure *exposure, const char *stat)
{
	const char *at = stat ? strrchr(stat, ')') : NULL;
	long parent, group, session, terminal;
	char state;

	if (!at || sscanf(at + 1, " %c %ld %ld %ld %ld", &state, &parent,
			  &group, &session, &terminal) != 5)
		exposure_set(exposure, EXPOSURE_TERMINAL, EXPOSURE_UNREAD);
	else
		exposure_set(exposure, EXPOSURE_TERMINAL, terminal != 0);
}

/* ---- limits ------------------------------------------------------------- */

/* the hard one is what holds: the other can be raised to it */
static int64_t hard_limit(const char *limits, const char *name)
{
	const char *at = line_of(limits, name);
	char soft[32], hard[32];
	uint64_t value;
	const char *end;

	if (!at || sscanf(at, "%31s %31s", soft, hard) != 2)
		return EXPOSURE_UNREAD;
	if (!strcmp(hard, "unlimited"))
		return EXPOSURE_NO_LIMIT;
	if (!number_at(hard, 10, &value, &end) || *end || value > INT64_MAX)
		return EXPOSURE_UNREAD;

	return (int64_t)value;
}

static const struct {
	const char *name;
	enum exposure_check check;
} limit_rows[] = {
	{ "Max core file size", EXPOSURE_CORE },
	{ "Max open files", EXPOSURE_FILES },
	{ "Max locked memory", EXPOSURE_LOCKED },
	{ "Max msgqueue size", EXPOSURE_QUEUES },
	{ "Max realtime priority", EXPOSURE_REALTIME },
	{ "Max processes", EXPOSURE_PROCESSES },
};

void evidence_limits(struct exposure *exposure, const char *limits)
{
	for (size_t i = 0; i < sizeof(limit_rows) / sizeof(*limit_rows); i++)
		exposure_set(exposure, limit_rows[i].check,
			     hard_limit(limits, limit_rows[i].name));
}

/* where an actor has its scratch and state */
#define OWN_PLACE "/run/actorproc"

/* ---- mounts ------------------------------------------------------------- */

struct mount {
	char place[PATH_MAX];
	char options[256];
	char type[64];
};

/* one line: "36 35 98:0 /root /place rw,noatime shared:1 - ext3 /dev/x rw" */
static bool mount_parse(const char *line, size_t n_bytes, struct mount *ret)
{
	char copy[LINE_BYTES];
	const char *dash;

	if (n_bytes >= sizeof(copy))
		return false;
	memcpy(copy, line, n_bytes);
	copy[n_bytes] = '\0';
	/* blanks in names are \040 */
	dash = strstr(copy, " - ");

	return dash &&
	       sscanf(copy, "%*s %*s %*s %*s %4095s %255s", ret->place,
		      ret->options) == 2 &&
	       sscanf(dash + 3, "%63s", ret->type) == 1;
}

static bool has_option(const struct mount *mount, const char *option)
{
	size_t n = strlen(option);
	const char *at = mount->options;

	while (at && (strncmp(at, option, n) != 0 ||
		      (at[n] && at[n] != ','))) {
		at = strchr(at, ',');
		if (at)
			at++;
	}

	return at;
}

/* of one of the paths in @list, or below it */
static bool is_granted(const char *path, const char *list)
{
	size_t n;

	while (list && *list) {
		n = strcspn(list, " ");
		if (n > 0 && !strncmp(path, list, n) &&
		    (path[n] == '\0' || path[n] == '/' || list[n - 1] == '/'))
			return true;
		list += n;
		while (*list == ' ')
			list++;
	}

	return false;
}

static bool is_library(const char *path)
{
	const char *name = strrchr(path, '/');
	const char *so = name ? strstr(name, ".so") : NULL;

	return so && (so[3] == '\0' || so[3] == '.' ||
		      !strcmp(name, "/ld.so.cache"));
}

/* what every actor and program has inside */
static bool is_furniture(const struct mount *mount,
			 const struct evidence_plan *plan)
{
	return !strcmp(mount->place, "/") ||
	       !strcmp(mount->place, "/run/notify") ||
	       is_granted(mount->place, OWN_PLACE) ||
	       !strcmp(mount->place, plan->exec) ||
	       (is_library(mount->place) &&
		!is_granted(mount->place, plan->read) &&
		!is_granted(mount->place, plan->execute));
}

static bool is_of_kernel(const struct mount *mount)
{
	static const char *const types[] = {
		"proc", "sysfs", "devtmpfs", "cgroup", "cgroup2", "debugfs",
		"tracefs", "securityfs", "bpf", "configfs", "efivarfs",
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (!strcmp(mount->type, types[i]))
			return true;

	return is_granted(mount->place, "/proc /sys /dev");
}

static void look_at_mount(struct exposure *exposure, const struct mount *mount,
			  const struct evidence_plan *plan)
{
	bool writable = !has_option(mount, "ro");
	bool furniture = is_furniture(mount, plan);

	if (!strcmp(mount->place, "/"))
		exposure_set(exposure, EXPOSURE_ROOT, writable);
	/* it is a socket, and nothing else */
	if (!strcmp(mount->place, "/run/notify"))
		return;
	if (!has_option(mount, "nosuid"))
		exposure_count(exposure, EXPOSURE_SETUID, mount->place);
	if (!has_option(mount, "nodev"))
		exposure_count(exposure, EXPOSURE_DEVICES, mount->place);
	if (writable && !has_option(mount, "noexec"))
		exposure_count(exposure, EXPOSURE_PROGRAMS, mount->place);
	if (!furniture)
		exposure_count(exposure, writable ? EXPOSURE_WRITE :
			       EXPOSURE_READ, mount->place);
	if (!furniture && !has_option(mount, "noexec"))
		exposure_count(exposure, EXPOSURE_EXECUTE, mount->place);
	if (!furniture && is_of_kernel(mount))
		exposure_count(exposure, EXPOSURE_KERNEL, mount->place);
}

static const enum exposure_check of_mounts[] = {
	EXPOSURE_SETUID, EXPOSURE_DEVICES, EXPOSURE_PROGRAMS, EXPOSURE_WRITE,
	EXPOSURE_READ, EXPOSURE_EXECUTE, EXPOSURE_KERNEL,
};

static void set_mounts(struct exposure *exposure, int64_t value)
{
	for (size_t i = 0; i < sizeof(of_mounts) / sizeof(*of_mounts); i++)
		exposure_set(exposure, of_mounts[i], value);
}

void evidence_mounts(struct exposure *exposure, const char *mountinfo,
		     const struct evidence_plan *plan)
{
	struct mount mount;
	size_t n;

	exposure_set(exposure, EXPOSURE_ROOT, EXPOSURE_UNREAD);
	set_mounts(exposure, mountinfo ? 0 : EXPOSURE_UNREAD);
	for (; mountinfo && *mountinfo; mountinfo += n + (mountinfo[n] != 0)) {
		n = strcspn(mountinfo, "\n");
		if (mount_parse(mountinfo, n, &mount)) {
			look_at_mount(exposure, &mount, plan);
			continue;
		}
		/* one that is not understood may be any */
		set_mounts(exposure, EXPOSURE_UNREAD);
		return;
	}
}

bool evidence_cgroup_mount(const char *mountinfo, char *path,
			   size_t size_bytes)
{
	struct mount mount;
	size_t n;

	for (; mountinfo && *mountinfo; mountinfo += n + (mountinfo[n] != 0)) {
		n = strcspn(mountinfo, "\n");
		if (!mount_parse(mountinfo, n, &mount) ||
		    strcmp(mount.type, "cgroup2") != 0)
			continue;
		return snprintf(path, size_bytes, "%s", mount.place) <
		       (int)size_bytes;
	}

	return false;
}

/* ---- network ------------------------------------------------------------ */

/* two lines of heading, then "  name: numbers" */
void evidence_interfaces(struct exposure *exposure, const char *dev)
{
	const char *line = dev ? strchr(dev, '\n') : NULL;
	char name[32];
	size_t n;

	line = line ? strchr(line + 1, '\n') : NULL;
	exposure_set(exposure, EXPOSURE_INTERFACES,
		     line ? 0 : EXPOSURE_UNREAD);
	for (; line && line[1]; line = strchr(line, '\n')) {
		line = skip_blanks(line + 1);
		n = strcspn(line, ":\n");
		snprintf(name, sizeof(name), "%.*s", (int)(n < 31 ? n : 31),
			 line);
		if (strcmp(name, "lo") != 0)
			exposure_count(exposure, EXPOSURE_INTERFACES, name);
	}
}

/* ---- cgroup ------------------------------------------------------------- */

bool evidence_cgroup_path(const char *cgroup, char *path, size_t size_bytes)
{
	const char *at = line_of(cgroup, "0::");
	size_t n;

	if (!at || *at != '/')
		return false;
	n = strcspn(at, "\n");

	return snprintf(path, size_bytes, "%.*s", (int)n, at) <
	       (int)size_bytes;
}

/* "max", or a number, perhaps with another behind it */
static bool is_limited(const char *text, uint64_t *ret)
{
	const char *end;

	return text && number_at(text, 10, ret, &end);
}

void evidence_cgroup(struct exposure *exposure, const char *memory_max,
		     const char *cpu_max, const char *pids_max)
{
	struct exposure_value *processes =
		&exposure->values[EXPOSURE_PROCESSES];
	uint64_t value;

	exposure_set(exposure, EXPOSURE_MEMORY,
		     !is_limited(memory_max, &value));
	exposure_set(exposure, EXPOSURE_CPU, !is_limited(cpu_max, &value));
	if (is_limited(pids_max, &value) && processes->value >= 0 &&
	    value < (uint64_t)processes->value)
		processes->value = (int64_t)value;
}

/* ---- descriptors -------------------------------------------------------- */

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

static bool may_open(const struct evidence_plan *plan, const char *name)
{
	return is_granted(name, plan->read) ||
	       is_granted(name, plan->execute) ||
	       is_granted(name, plan->write) ||
	       is_granted(name, plan->devices) || is_granted(name, OWN_PLACE) ||
	       !strcmp(name, plan->exec) || is_library(name);
}

static bool is_edge(const struct evidence_plan *plan, const char *protocol)
{
	(void)plan;
	return begins(protocol, "UNIX");
}

static bool has_sockets(const struct evidence_plan *plan, const char *protocol)
{
	if (plan->streams && begins(protocol, "TCP"))
		return true;
	return plan->sockets && (begins(protocol, "TCP") ||
				 begins(protocol, "UDP") ||
				 begins(protocol, "PING"));
}

static bool has_memory(const struct evidence_plan *plan, const char *protocol)
{
	(void)protocol;
	return plan->memory || plan->program || plan->bundled;
}

static bool is_program(const struct evidence_plan *plan, const char *protocol)
{
	(void)protocol;
	return plan->program;
}

static bool is_bundled(const struct evidence_plan *plan, const char *protocol)
{
	(void)protocol;
	return plan->bundled;
}

/* what a name begins with, and who may have it; NULL: everybody */
static const struct {
	const char *name;
	bool (*may)(const struct evidence_plan *plan, const char *protocol);
} descriptor_rows[] = {
	{ "/dev/null", NULL },
	{ "pipe:", NULL },
	{ "socket:", is_edge },
	{ "socket:", has_sockets },
	{ "/memfd:actor-pool", NULL },
	{ "/memfd:actor-arena", NULL },
	{ "/memfd:", has_memory },
	{ "anon_inode:[eventpoll]", NULL },
	{ "anon_inode:[eventfd]", NULL },
	{ "anon_inode:[timerfd]", NULL },
	{ "anon_inode:[signalfd]", NULL },
	{ "anon_inode:inotify", is_program },
	{ "/dev/zero", is_program },
};

static bool is_planned(const struct evidence_plan *plan, const char *name,
		       const char *protocol)
{
	for (size_t i = 0;
	     i < sizeof(descriptor_rows) / sizeof(*descriptor_rows); i++)
		if (begins(name, descriptor_rows[i].name) &&
		    (!descriptor_rows[i].may ||
		     descriptor_rows[i].may(plan, protocol)))
			return true;
	if (name[0] != '/')
		return false;
	/* its file of what waits, which the root has opened for it */
	if (is_bundled(plan, protocol) && strstr(name, "/dead-letters."))
		return true;

	return may_open(plan, name);
}

void evidence_descriptor(struct exposure *exposure,
			 const struct evidence_plan *plan, unsigned int number,
			 const char *name, const char *protocol)
{
	char detail[EXPOSURE_DETAIL_BYTES];

	if (is_planned(plan, name, protocol))
		return;
	snprintf(detail, sizeof(detail), "%u is %.120s%s%.20s", number, name,
		 *protocol ? " " : "", protocol);
	exposure_count(exposure, EXPOSURE_DESCRIPTORS, detail);
}
