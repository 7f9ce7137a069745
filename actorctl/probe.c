/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * probe.c - the processes of a running system, looked at one by one.
 *
 * Which they are the system says, what they are the kernel. A number may be
 * another's when it is opened, so the system is asked again afterwards: who was
 * there before and after, with that number and in that generation, was there all
 * the time, and what was opened between leads to nobody else.
 */
#include "actorctl/probe.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "actorctl/evidence.h"
#include "actorctl/process.h"
#include "actorctl/verb.h"

static const char *text_of(const json_t *row, const char *name)
{
	const char *text = json_string_value(json_object_get(row, name));

	return text ? text : "";
}

/* some numbers come as text */
static int64_t number_of(const json_t *row, const char *name)
{
	const json_t *value = json_object_get(row, name);

	return json_is_string(value) ? strtoll(text_of(row, name), NULL, 10) :
				       json_integer_value(value);
}

static bool has_word(const char *text, const char *word)
{
	size_t n = strlen(word);

	while (text && (strncmp(text, word, n) != 0 ||
			(text[n] && text[n] != ' '))) {
		text = strchr(text, ' ');
		if (text)
			text++;
	}

	return text;
}

/* ---- who there is ------------------------------------------------------- */

static struct probe *add(struct probes *probes, const char *path,
			 enum exposure_kind kind)
{
	struct probe *p = reallocarray(probes->probes, probes->n + 1,
				       sizeof(*p));

	if (!p)
		return NULL;
	probes->probes = p;
	p = &probes->probes[probes->n++];
	memset(p, 0, sizeof(*p));
	snprintf(p->path, sizeof(p->path), "%s", path);
	p->folder_fd = -1;
	p->outcome = PROBE_NO_PROCESS;
	exposure_init(&p->exposure, kind);
	return p;
}

static enum exposure_kind kind_of(const json_t *row)
{
	const char *kind = text_of(row, "kind");

	if (!strcmp(kind, "supervisor"))
		return EXPOSURE_OF_SUPERVISOR;

	return strcmp(kind, "program") ? EXPOSURE_OF_ACTOR :
					 EXPOSURE_OF_PROGRAM;
}

static bool add_row(struct probes *probes, const json_t *row)
{
	struct probe *p = add(probes, text_of(row, "path"), kind_of(row));

	if (!p)
		return false;
	p->pid = (pid_t)number_of(row, "pid");
	p->generation = number_of(row, "generation");
	snprintf(p->state, sizeof(p->state), "%s", text_of(row, "state"));
	if (p->exposure.kind == EXPOSURE_OF_SUPERVISOR ||
	    !json_object_get(row, "strategy"))
		return true;

	/* it has a supervisor of its own, whose head it is */
	p = add(probes, text_of(row, "path"), EXPOSURE_OF_SUPERVISOR);
	if (p)
		strncat(p->path, "/", sizeof(p->path) - strlen(p->path) - 1);
	return p;
}

static bool add_rows(struct probes *probes, const json_t *rows)
{
	size_t i;
	json_t *row;

	if (!add(probes, "/", EXPOSURE_OF_SUPERVISOR))
		return false;
	json_array_foreach(rows, i, row)
		if (!add_row(probes, row))
			return false;

	return true;
}

static bool is_at_or_below(const char *path, const char *node)
{
	size_t n = strlen(node);

	return !strncmp(path, node, n) && (path[n] == '\0' || path[n] == '/');
}

static void select_path(struct probes *probes, const char *path)
{
	size_t n = strlen(path);
	bool alone = n > 0 && path[n - 1] == '/';

	for (size_t i = 0; i < probes->n; i++) {
		struct probe *p = &probes->probes[i];
		const char *of = strcmp(p->path, "/") ? p->path : "";

		p->selected = !alone ? is_at_or_below(of, path) :
			!strcmp(p->path, path) ||
			(p->exposure.kind == EXPOSURE_OF_SUPERVISOR &&
			 strlen(p->path) == n - 1 &&
			 !strncmp(p->path, path, n - 1));
	}
}

/* one descriptor for each of a thousand */
static void raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* ---- opening ------------------------------------------------------------ */

static void open_probe(struct probe *p)
{
	struct evidence_identity identity;
	char *status;

	if (p->pid <= 0 || p->folder_fd >= 0)
		return;
	p->folder_fd = process_open(p->pid);
	p->outcome = p->folder_fd == -ENOENT || p->folder_fd == -ESRCH ?
		     PROBE_ENDED : PROBE_REFUSED;
	if (p->folder_fd < 0)
		return;
	status = process_text(p->folder_fd, "status");
	if (evidence_identity(status, &identity)) {
		p->uid = identity.uid;
		p->parent = identity.parent;
		p->outcome = PROBE_SEEN;
	} else if (process_has_ended(p->folder_fd)) {
		p->outcome = PROBE_ENDED;
	}
	free(status);
}

/* is @path a child of the supervisor @of, or its head? */
static bool is_child_of(const char *path, const char *of)
{
	size_t n = strlen(of);

	if (n > 0 && of[n - 1] == '/')
		n--;

	return !strncmp(path, of, n) &&
	       (path[n] == '\0' ? n > 0 :
		path[n] == '/' && path[n + 1] && !strchr(path + n + 1, '/'));
}

/* a supervisor that has no number in the list is the parent of its children */
static void find_parent(struct probes *probes, struct probe *p)
{
	for (size_t i = 0; i < probes->n && p->pid <= 0; i++) {
		const struct probe *child = &probes->probes[i];

		if (child != p && child->outcome == PROBE_SEEN &&
		    is_child_of(child->path, p->path))
			p->pid = (pid_t)child->parent;
	}
	if (p->pid > 0)
		snprintf(p->state, sizeof(p->state), "running");
}

static bool hidden(const struct probe *p)
{
	size_t n = strlen(p->path);

	return p->exposure.kind == EXPOSURE_OF_SUPERVISOR && p->pid <= 0 &&
	       n > 0 && p->path[n - 1] == '/';
}

static void open_all(struct probes *probes)
{
	for (size_t i = 0; i < probes->n; i++)
		open_probe(&probes->probes[i]);
	for (size_t i = probes->n; i-- > 0;)
		if (hidden(&probes->probes[i])) {
			find_parent(probes, &probes->probes[i]);
			open_probe(&probes->probes[i]);
		}
}

/* ---- what the supervisor says ------------------------------------------- */

static const struct probe *find_pid(const struct probes *probes, pid_t pid)
{
	for (size_t i = 0; i < probes->n; i++)
		if (probes->probes[i].pid == pid)
			return &probes->probes[i];

	return NULL;
}

/* who stands by may have less of a sandbox yet than the one that runs */
static json_t *said_of(const struct probe *actor, const char *role)
{
	static const char *const names[][2] = {
		{ "standby_calls", "calls" },
		{ "standby_stage", "stage" },
		{ "standby_mdwe", "mdwe" },
	};
	json_t *said = json_copy(actor->said), *value;

	for (size_t i = 0; i < 3 && !strcmp(role, "standby"); i++) {
		value = json_object_get(said, names[i][0]);
		if (value)
			json_object_set(said, names[i][1], value);
	}
	return said;
}

/* the process that forks those of a class, or that stands by for one */
static bool add_other(struct probes *probes, size_t of, const char *role,
		      pid_t pid)
{
	struct probe *p, *actor;

	if (pid <= 0 || find_pid(probes, pid))
		return true;
	/* the others may move */
	p = add(probes, "", EXPOSURE_OF_ACTOR);
	if (!p)
		return false;
	actor = &probes->probes[of];
	snprintf(p->path, sizeof(p->path), "%s", actor->path);
	p->role = role;
	p->pid = pid;
	p->generation = actor->generation;
	p->selected = true;
	p->said = said_of(actor, role);
	snprintf(p->state, sizeof(p->state), "%s", role);
	open_probe(p);
	/* there is no second list of these: a stranger has another parent */
	if (p->outcome == PROBE_SEEN && p->parent != actor->parent)
		p->outcome = PROBE_ENDED;
	return true;
}

static bool ask_about(struct client *client, struct probes *probes, size_t at)
{
	struct probe *p = &probes->probes[at];
	json_t *said = NULL;
	pid_t class_pid, standby_pid;

	if (client_call_json(client, "Show", p->path, &said) != 0) {
		p->outcome = PROBE_ENDED;
		return true;
	}
	p->said = said;
	class_pid = (pid_t)number_of(said, "class_pid");
	standby_pid = (pid_t)number_of(said, "standby_pid");

	return add_other(probes, at, "class", class_pid) &&
	       add_other(probes, at, "standby", standby_pid);
}

static bool ask_all(struct client *client, struct probes *probes)
{
	size_t n = probes->n;

	for (size_t i = 0; i < n; i++) {
		const struct probe *p = &probes->probes[i];

		if (p->selected && p->outcome == PROBE_SEEN &&
		    p->exposure.kind != EXPOSURE_OF_SUPERVISOR &&
		    !ask_about(client, probes, i))
			return false;
	}

	return true;
}

static struct evidence_plan plan_of(const struct probe *p)
{
	const char *profile = text_of(p->said, "profile");

	return (struct evidence_plan){
		.exec = text_of(p->said, "exec"),
		.read = text_of(p->said, "read"),
		.execute = text_of(p->said, "execute"),
		.write = text_of(p->said, "write"),
		.devices = text_of(p->said, "devices"),
		.program = p->exposure.kind == EXPOSURE_OF_PROGRAM,
		.bundled = p->exposure.fixed,
		.sockets = has_word(profile, "network"),
		.streams = has_word(profile, "streams"),
		.memory = has_word(profile, "memfd"),
	};
}

static void take_profile(struct exposure *e, const json_t *said)
{
	const char *profile = text_of(said, "profile");
	const char *granted = text_of(said, "syscalls");
	bool program = has_word(profile, "program");
	bool journal = has_word(profile, "journal");
	bool free = !*profile;	/* of a filter */
	bool sockets = free || has_word(granted, "socket");

	exposure_say(e, EXPOSURE_CALLS,
		     free ? INT64_MAX : number_of(said, "calls"));
	exposure_say(e, EXPOSURE_GRANTED, *granted != '\0');
	exposure_say(e, EXPOSURE_SOCKETS,
		     sockets || has_word(profile, "network"));
	exposure_say(e, EXPOSURE_LOCAL, sockets || program || journal ||
		     has_word(profile, "control") || has_word(granted, "socketpair"));
	exposure_say(e, EXPOSURE_MEMFD, free || journal ||
		     has_word(profile, "memfd") ||
		     has_word(granted, "memfd_create"));
	exposure_say(e, EXPOSURE_CODE, free || program);
}

static void take_word(struct exposure *e, const json_t *said)
{
	int64_t landlock = number_of(said, "landlock");

	take_profile(e, said);
	/* the kernel sees a filter; what it lets pass it does not see */
	if (number_of(said, "learning"))
		exposure_say(e, EXPOSURE_FILTER, 1);
	exposure_say(e, EXPOSURE_MDWE, number_of(said, "mdwe") == 0);
	exposure_say(e, EXPOSURE_LANDLOCK, landlock == 0);
	exposure_say(e, EXPOSURE_SCOPES, landlock < 6);
	exposure_say(e, EXPOSURE_UID_CLASS, *text_of(said, "class") != '\0');
	exposure_say(e, EXPOSURE_CONNECTIONS, number_of(said, "connections"));
	exposure_say(e, EXPOSURE_PASSED,
		     number_of(said, "mailbox_descriptors"));
}

/* what the file asks for, and is not in force */
static void mark_asked(struct exposure *e, const json_t *said)
{
	struct exposure_value *v = e->values;

	v[EXPOSURE_MEMORY].asked = number_of(said, "memory") > 0;
	v[EXPOSURE_CPU].asked = number_of(said, "cpu_percent") > 0;
	v[EXPOSURE_NS_NETWORK].asked =
		strcmp(text_of(said, "network"), "host") != 0;
	v[EXPOSURE_PROCESSES].asked = number_of(said, "pids") > 0 &&
		v[EXPOSURE_PROCESSES].value > number_of(said, "pids");
}

/* ---- what the kernel says ----------------------------------------------- */

static const struct {
	const char *name;
	enum exposure_check check;
} namespaces[] = {
	{ "mnt", EXPOSURE_NS_MOUNT }, { "net", EXPOSURE_NS_NETWORK },
	{ "pid", EXPOSURE_NS_PID }, { "ipc", EXPOSURE_NS_IPC },
	{ "uts", EXPOSURE_NS_UTS }, { "user", EXPOSURE_NS_USER },
	{ "cgroup", EXPOSURE_NS_CGROUP },
};

/* ours is the host's; an actor has its supervisor's processes beside it */
static int64_t is_shared(const struct probe *p, const struct probe *parent,
			 size_t i)
{
	int64_t its = process_namespace(p->folder_fd, namespaces[i].name);
	int self_fd = process_open(getpid());
	int64_t ours = self_fd < 0 ? self_fd :
		       process_namespace(self_fd, namespaces[i].name);

	if (self_fd >= 0)
		close(self_fd);
	if (its < 0 || ours < 0)
		return EXPOSURE_UNREAD;
	if (its == ours)
		return 1;
	if (!parent || p->exposure.kind == EXPOSURE_OF_SUPERVISOR ||
	    namespaces[i].check == EXPOSURE_NS_PID)
		return 0;

	return its == process_namespace(parent->folder_fd, namespaces[i].name);
}

static void look_at_namespaces(struct probe *p, const struct probe *parent)
{
	for (size_t i = 0; i < sizeof(namespaces) / sizeof(*namespaces); i++)
		exposure_set(&p->exposure, namespaces[i].check,
			     is_shared(p, parent, i));
}

static void look_at_uid(const struct probes *probes, struct probe *p)
{
	const char *class = text_of(p->said, "class");
	int64_t owner = process_owner(p->folder_fd);
	const struct probe *other;

	exposure_set(&p->exposure, EXPOSURE_UID_SHARED, p->uid == getuid());
	for (size_t i = 0; i < probes->n; i++) {
		other = &probes->probes[i];
		if (other == p || other->outcome != PROBE_SEEN ||
		    other->uid != p->uid || !strcmp(other->path, p->path) ||
		    (*class && other->parent == p->parent))
			continue;
		exposure_set(&p->exposure, EXPOSURE_UID_SHARED, 1);
		break;
	}
	/* of root all are root's */
	if (p->uid != 0 && owner >= 0)
		exposure_set(&p->exposure, EXPOSURE_DUMPABLE, owner == p->uid);
}

static char *cgroup_file(const char *folder, const char *name)
{
	char path[2 * PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s", folder, name) >=
	    (int)sizeof(path))
		return NULL;

	return process_file_text(path);
}

/* "" when there is none, or it is the one all are in */
static void cgroup_folder(const struct probe *p, char folder[2 * PATH_MAX])
{
	char *mounts = process_file_text("/proc/self/mountinfo");
	char *text = process_text(p->folder_fd, "cgroup");
	char place[PATH_MAX], path[PATH_MAX];

	folder[0] = '\0';
	if (evidence_cgroup_mount(mounts, place, sizeof(place)) &&
	    evidence_cgroup_path(text, path, sizeof(path)) && path[1] != '\0')
		snprintf(folder, 2 * PATH_MAX, "%s%s", place, path);
	free(mounts);
	free(text);
}

static void look_at_cgroup(struct probe *p)
{
	static const char *const names[] = {
		"memory.max", "cpu.max", "pids.max",
	};
	char folder[2 * PATH_MAX], *texts[3] = { NULL };

	cgroup_folder(p, folder);
	for (size_t i = 0; i < 3 && *folder; i++)
		texts[i] = cgroup_file(folder, names[i]);
	evidence_cgroup(&p->exposure, texts[0], texts[1], texts[2]);
	for (size_t i = 0; i < 3; i++)
		free(texts[i]);
}

struct descriptors {
	struct exposure *exposure;
	const struct evidence_plan *plan;
};

static void on_descriptor(void *data, unsigned int number, const char *name,
			  const char *protocol)
{
	const struct descriptors *d = data;

	evidence_descriptor(d->exposure, d->plan, number, name, protocol);
}

static void look_at_descriptors(struct probe *p,
				const struct evidence_plan *plan)
{
	struct descriptors d = { &p->exposure, plan };
	int r;

	/* a supervisor holds what all below it have */
	if (p->exposure.kind == EXPOSURE_OF_SUPERVISOR)
		return;
	exposure_set(&p->exposure, EXPOSURE_DESCRIPTORS, 0);
	r = process_descriptors(p->folder_fd, p->pid, on_descriptor, &d);
	if (r < 0)
		exposure_set(&p->exposure, EXPOSURE_DESCRIPTORS,
			     EXPOSURE_UNREAD);
}

static void look_at_texts(struct probe *p, const struct evidence_plan *plan)
{
	static const char *const names[] = {
		"status", "stat", "limits", "mountinfo", "net/dev",
	};
	char *texts[sizeof(names) / sizeof(*names)];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		texts[i] = process_text(p->folder_fd, names[i]);
	evidence_status(&p->exposure, texts[0]);
	evidence_stat(&p->exposure, texts[1]);
	evidence_limits(&p->exposure, texts[2]);
	evidence_mounts(&p->exposure, texts[3], plan);
	/* the host's own network has its row already */
	if (p->exposure.values[EXPOSURE_NS_NETWORK].value == 0)
		evidence_interfaces(&p->exposure, texts[4]);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		free(texts[i]);
}

/*
 * In another pid namespace, as that of a container, its number is somebody else's:
 * who is one of ours is a child of one of our supervisors.
 */
static const struct probe *supervisor_of(const struct probes *probes,
					 const struct probe *p)
{
	const struct probe *parent = p->parent > 0 ?
		find_pid(probes, (pid_t)p->parent) : NULL;

	return parent && parent->exposure.kind == EXPOSURE_OF_SUPERVISOR ?
	       parent : NULL;
}

static void look_at(const struct probes *probes, struct probe *p)
{
	const struct probe *parent = supervisor_of(probes, p);
	const struct evidence_plan plan = plan_of(p);

	if (!parent && strcmp(p->path, "/") != 0) {
		p->outcome = PROBE_STRANGER;
		return;
	}
	look_at_namespaces(p, parent);
	look_at_texts(p, &plan);
	look_at_cgroup(p);
	look_at_uid(probes, p);
	look_at_descriptors(p, &plan);
	if (p->said) {
		take_word(&p->exposure, p->said);
		mark_asked(&p->exposure, p->said);
	}
	if (process_has_ended(p->folder_fd))
		p->outcome = PROBE_ENDED;
}

static void look_at_all(struct probes *probes)
{
	for (size_t i = 0; i < probes->n; i++) {
		struct probe *p = &probes->probes[i];

		p->exposure.fixed = is_at_or_below(p->path, "/system");
		if (p->selected && p->outcome == PROBE_SEEN)
			look_at(probes, p);
	}
}

/* ---- was it them? ------------------------------------------------------- */

static bool is_still_there(const struct probe *p, const json_t *rows)
{
	size_t i;
	json_t *row;

	json_array_foreach(rows, i, row)
		if (!strcmp(text_of(row, "path"), p->path))
			return number_of(row, "pid") == p->pid &&
			       number_of(row, "generation") == p->generation;

	return false;
}

/* those that are in no list are parents of who is */
static bool is_listed(const struct probe *p)
{
	size_t n = strlen(p->path);

	return !p->role && p->path[n - 1] != '/';
}

static void drop_ended(struct probes *probes, const json_t *rows)
{
	for (size_t i = 0; i < probes->n; i++) {
		struct probe *p = &probes->probes[i];

		if (p->outcome == PROBE_SEEN && is_listed(p) &&
		    !is_still_there(p, rows))
			p->outcome = PROBE_ENDED;
	}
}

int probes_look(struct client *client, const char *path, struct probes *ret)
{
	json_t *rows = NULL, *again = NULL;
	int r;

	*ret = (struct probes){ .n = 0 };
	r = client_call_json(client, "Tree", "", &rows);
	if (r != 0)
		return r;
	if (!add_rows(ret, rows)) {
		json_decref(rows);
		return client_no_memory();
	}
	json_decref(rows);
	select_path(ret, path);
	raise_limit();
	open_all(ret);
	if (!ask_all(client, ret))
		return client_no_memory();
	look_at_all(ret);
	r = client_call_json(client, "Tree", "", &again);
	if (r != 0)
		return r;
	drop_ended(ret, again);
	json_decref(again);
	return 0;
}

void probes_clear(struct probes *probes)
{
	for (size_t i = 0; i < probes->n; i++) {
		json_decref(probes->probes[i].said);
		if (probes->probes[i].folder_fd >= 0)
			close(probes->probes[i].folder_fd);
	}
	free(probes->probes);
	*probes = (struct probes){ .n = 0 };
}
