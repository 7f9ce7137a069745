/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * launch_program.c - everything about a node that is the same for each start.
 *
 * It finds the files, and lets the parts of the sandbox make from them what a
 * start only has to enter: mount and network namespace, rules, filter.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libactorproc/edge.h"
#include "supervisord/act/grant.h"
#include "supervisord/act/hidden.h"
#include "supervisord/act/launch_program.h"
#include "supervisord/act/program_libraries.h"

#define WHAT_BYTES 1024

/* the caller only shows it: one at a time is enough */
static const char *what_of(const char *step, const char *path,
			   const char *more)
{
	static char what[WHAT_BYTES];

	snprintf(what, sizeof(what), "%s %s%s", step, path, more);
	return what;
}

static bool is_bundled(const struct spec_node *node)
{
	return node->path && strncmp(node->path, "/system/", 8) == 0;
}

/* ---- which paths -------------------------------------------------------- */

static const char *const use_names[] = {
	[SANDBOX_USE_PROGRAM] = "exec",
	[SANDBOX_USE_LIBRARY] = "library",
	[SANDBOX_USE_LOADER] = "library",
	[SANDBOX_USE_READ] = "read",
	[SANDBOX_USE_EXECUTE] = "execute",
	[SANDBOX_USE_WRITE] = "write",
	[SANDBOX_USE_DEVICE] = "devices",
};

/** struct path_list - @node: for whom; @user: all actors have our uid
 * @folders: that its tree may write; @granted: what is to be looked at again */
struct path_list {
	const struct spec_node *node;
	bool user;
	struct granted *granted;
	struct grant_folders *folders;
	struct sandbox_path *paths;
	size_t n_paths;
	const char *what;
};

static void path_list_clear(struct path_list *list)
{
	size_t i;

	for (i = 0; i < list->n_paths; i++) {
		close(list->paths[i].fd);
		free(list->paths[i].path);
	}
	free(list->paths);
	grant_folders_free(list->folders);
}

static int path_list_push(struct path_list *list, const char *path,
			  enum sandbox_use use, int fd, const struct stat *st)
{
	struct sandbox_path *paths;
	char *copy;

	paths = reallocarray(list->paths, list->n_paths + 1, sizeof(*paths));
	if (!paths)
		return -ENOMEM;
	list->paths = paths;
	copy = strdup(path);
	if (!copy)
		return -ENOMEM;
	paths[list->n_paths++] = (struct sandbox_path) {
		.path = copy,
		.use = use,
		.fd = fd,
		.mode = st->st_mode,
		.device = st->st_dev,
		.inode = st->st_ino,
	};
	return 0;
}

/* @fd: ours from now on */
static int path_list_take(struct path_list *list, const char *place,
			  enum sandbox_use use, int fd)
{
	struct stat st;
	int r = fstat(fd, &st) < 0 ? -errno :
				     path_list_push(list, place, use, fd, &st);

	if (r < 0)
		close(fd);
	return r;
}

static const char *what_could(const struct spec_node *writer, const char *step,
			      const char *path)
{
	char more[WHAT_BYTES / 2];

	if (writer)
		snprintf(more, sizeof(more),
			 ", which %s could exchange, by its \"write\": put it where no actor of the system may write",
			 writer->path ? writer->path : writer->name);
	else
		snprintf(more, sizeof(more),
			 ", where it or a folder above it has the uid of an actor: chown it");
	return what_of(step, path, more);
}

/* it is executed with the grants of its node, whoever wrote it */
static int open_path(struct path_list *list, const char *path,
		     enum sandbox_use use)
{
	const struct spec_node *writer = NULL;
	int r;

	if (use == SANDBOX_USE_READ || use == SANDBOX_USE_WRITE ||
	    use == SANDBOX_USE_DEVICE)
		return grant_open(path, list->node, list->user);
	r = list->folders ? 0 : grant_folders_new(&list->folders, list->node);
	if (r == 0)
		r = grant_open_program(path, list->folders, list->user,
				       &writer);
	if (r == -EPERM)
		list->what = what_could(writer, use_names[use], path);
	return r;
}

/* the executable has a look of its own; the cache only says where libraries are */
static bool is_looked_at(enum sandbox_use use)
{
	return use != SANDBOX_USE_PROGRAM && use != SANDBOX_USE_LOADER;
}

/* @path: of the host; @place: where it is inside */
static int path_list_add_at(struct path_list *list, const char *path,
			    const char *place, enum sandbox_use use)
{
	struct stat st;
	int fd, r;

	/* "/" would be all of it; the others cannot be a place inside */
	if (place[0] != '/' || place[1] == '\0' || strstr(place, "/../")) {
		list->what = what_of(use_names[use], path, "");
		return -EINVAL;
	}
	list->what = NULL;
	fd = open_path(list, path, use);
	if (fd < 0 || fstat(fd, &st) < 0) {
		r = fd < 0 ? fd : -errno;
		if (!list->what)
			list->what = r == -ELOOP ?
				what_of(use_names[use], path,
					", with a symbolic link in it that others could change: name what it leads to") :
				what_of(use_names[use], path, "");
	} else if (hidden_is_root(&st)) {
		r = -EPERM;
		list->what = what_of(use_names[use], path,
			", which leads to \"/\": name what is meant, as that is all of the host");
	} else if (hidden_has_file(fd)) {
		r = -EPERM;
		list->what = what_of(use_names[use], path,
			", which is where systems keep what is theirs: no actor may have that");
	} else if (use == SANDBOX_USE_PROGRAM && st.st_mode & S_IWOTH) {
		r = -EPERM;
		list->what = what_of(use_names[use], path,
			", which can be written by everybody: chmod o-w it");
	} else {
		r = is_looked_at(use) ? granted_add(list->granted, path, &st) :
					0;
		if (r == 0)
			r = path_list_push(list, place, use, fd, &st);
	}
	if (r < 0 && fd >= 0)
		close(fd);
	return r;
}

static int path_list_add(struct path_list *list, const char *path,
			 enum sandbox_use use)
{
	return path_list_add_at(list, path, path, use);
}

/* ---- what is ours in what is granted ------------------------------------ */

static bool path_list_has(const struct path_list *list, const char *path,
			  enum sandbox_use use)
{
	for (size_t i = 0; i < list->n_paths; i++)
		if (list->paths[i].use == use &&
		    !strcmp(list->paths[i].path, path))
			return true;
	return false;
}

static bool path_list_has_place(const struct path_list *list, const char *path)
{
	for (size_t i = 0; i < list->n_paths; i++)
		if (!strcmp(list->paths[i].path, path))
			return true;
	return false;
}

/** struct cover - @use: of what is granted */
struct cover {
	struct path_list *list;
	enum sandbox_use use;
};

/* who may write a folder on the way could rename it, and what is hidden with it:
 * what something is mounted on stays where it is */
static int cover_one(void *data, const char *place, int fd, bool hide)
{
	const struct cover *cover = data;
	enum sandbox_use use = hide ? SANDBOX_USE_HIDDEN : SANDBOX_USE_WRITE;

	/* a mount of any use keeps the folder where it is */
	if (hide ? !path_list_has(cover->list, place, use) :
		   cover->use == SANDBOX_USE_WRITE &&
		   !path_list_has_place(cover->list, place))
		return path_list_take(cover->list, place, use, fd);
	close(fd);
	return 0;
}

/* for who may write it, its own mount is there already */
static int cover_written(void *data, const char *place, int fd, bool last)
{
	struct path_list *list = data;

	if (last && !path_list_has_place(list, place))
		return path_list_take(list, place, SANDBOX_USE_READ, fd);
	close(fd);
	return 0;
}

/* what any actor of the tree may write in there nobody executes */
static int cover_written_by(struct path_list *list,
			    const struct sandbox_path *granted,
			    const struct spec_node *node)
{
	const struct stat st = {
		.st_dev = granted->device, .st_ino = granted->inode,
	};
	char *const *at = node->sandbox.write;
	int r = 0;

	/* copies have the list of their model */
	for (; r == 0 && !node->model && at && *at; at++)
		r = hidden_way(granted->fd, &st, granted->path, *at,
			       cover_written, list);
	for (size_t i = 0; r == 0 && i < node->n_children; i++)
		r = cover_written_by(list, granted, node->children[i]);
	for (size_t i = 0; r == 0 && i < node->n_templates; i++)
		r = cover_written_by(list, granted, node->templates[i]);
	return r;
}

static int cover_written_code(struct path_list *list)
{
	const struct spec_node *top = list->node;
	size_t n = list->n_paths;
	int r = 0;

	while (top->parent)
		top = top->parent;
	for (size_t i = 0; r == 0 && i < n; i++) {
		const struct sandbox_path granted = list->paths[i];

		if (granted.use != SANDBOX_USE_EXECUTE ||
		    !S_ISDIR(granted.mode))
			continue;
		list->what = what_of("execute", granted.path,
				     ", in which what may be written could not be told from the rest");
		r = cover_written_by(list, &granted, top);
	}
	return r;
}

static int cover_ours(struct path_list *list)
{
	struct cover cover = { .list = list };
	size_t n = list->n_paths;
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		const struct sandbox_path granted = list->paths[i];
		const struct stat st = {
			.st_dev = granted.device, .st_ino = granted.inode,
		};

		cover.use = granted.use;
		if (!S_ISDIR(granted.mode) || granted.use == SANDBOX_USE_OWN)
			continue;
		list->what = what_of(use_names[granted.use], granted.path,
				     ", from which what is the system's own could not be taken out");
		r = hidden_below(granted.fd, &st, granted.path, cover_one,
				 &cover);
	}
	return r;
}

static int device_add(struct path_list *list, const char *path)
{
	const struct sandbox_path *device;
	int r = path_list_add(list, path, SANDBOX_USE_DEVICE);

	if (r < 0)
		return r;
	device = &list->paths[list->n_paths - 1];
	if (S_ISCHR(device->mode) || S_ISBLK(device->mode))
		return 0;
	list->what = what_of("devices", path, "");
	return -ENODEV;
}

static int add_devices(struct path_list *list, const struct spec_node *node)
{
	char *const *paths = node->sandbox.devices;
	int r = 0;

	for (; r == 0 && paths && *paths; paths++)
		r = device_add(list, *paths);
	return r;
}

/* what a start will have its own mounts in */
static int add_own_place(struct path_list *list, const struct launch_host *host,
			 const struct spec_node *node)
{
	bool scratch = node->sandbox.scratch_bytes > 0;
	int fd;

	list->what = scratch ? "scratch: this host has no mount namespaces" :
			       "state: this host has no mount namespaces";
	if (!host->namespaces)
		return -EOPNOTSUPP;
	list->what = scratch ? "scratch" : "state";
	fd = sandbox_own_new(scratch, node->sandbox.state);
	return fd < 0 ? fd : path_list_take(list, SPEC_OWN_PLACE,
					    SANDBOX_USE_OWN, fd);
}

/* $ORIGIN/../lib is looked for from the folder that is its own inside */
static int add_library(struct path_list *list, const char *path)
{
	char place[PATH_MAX];
	int r = program_libraries_place(path, place);

	if (r < 0) {
		list->what = what_of("library", path, "");
		return r;
	}
	return path_list_add_at(list, path, place, SANDBOX_USE_LIBRARY);
}

static int add_libraries(struct path_list *list,
			 const struct spec_node *node)
{
	const struct program_libraries *libraries;
	size_t i;
	int r;

	r = program_libraries(node->exec_path, node->environment, &libraries,
			      &list->what);
	for (i = 0; r == 0 && i < libraries->n_paths; i++)
		r = add_library(list, libraries->paths[i]);
	if (r == 0 && libraries->needs_cache)
		r = path_list_add(list, PROGRAM_LIBRARIES_CACHE,
				  SANDBOX_USE_LOADER);
	return r;
}

/* what the bundled actors use need not be there on every host */
static int add_grants(struct path_list *list, const struct spec_node *node,
		      char *const *paths, enum sandbox_use use)
{
	int r;

	for (; paths && *paths; paths++) {
		r = path_list_add(list, *paths, use);
		if (r == -ENOENT && is_bundled(node))
			r = granted_add(list->granted, *paths, NULL);
		if (r < 0)
			return r;
	}
	return 0;
}

static int rank(const struct sandbox_path *path)
{
	if (S_ISDIR(path->mode))
		return 0;
	return sandbox_is_code(path->use) ? 2 : 1;
}

/*
 * Folders, parents before what is in them; of two uses of one the later wins. Then
 * files, as a link on their way may lead into any folder; and last what is executed,
 * by whatever other name it may be read as well.
 */
static int compare_paths(const void *a, const void *b)
{
	const struct sandbox_path *x = a, *y = b;
	int order = rank(x) - rank(y);

	if (!order)
		order = strcmp(x->path, y->path);
	return order ? order : (int)x->use - (int)y->use;
}

static int collect_paths(struct path_list *list, const struct launch_host *host,
			 const struct spec_node *node)
{
	int r;

	list->what = what_of("exec", node->exec_path, "");
	r = path_list_add(list, node->exec_path, SANDBOX_USE_PROGRAM);
	if (r == 0)
		r = add_libraries(list, node);
	if (r == 0)
		r = add_grants(list, node, node->sandbox.read,
			       SANDBOX_USE_READ);
	if (r == 0)
		r = add_grants(list, node, node->sandbox.execute,
			       SANDBOX_USE_EXECUTE);
	if (r == 0)
		r = add_grants(list, node, node->sandbox.write,
			       SANDBOX_USE_WRITE);
	if (r == 0)
		r = add_devices(list, node);
	if (r == 0)
		r = cover_written_code(list);
	if (r == 0)
		r = cover_ours(list);
	if (r == 0 && spec_has_own_place(node))
		r = add_own_place(list, host, node);
	if (r == 0)
		qsort(list->paths, list->n_paths, sizeof(*list->paths),
		      compare_paths);
	return r;
}

/* ---- the parts ---------------------------------------------------------- */

/* connections that it is given are no network */
static bool has_network(const struct spec_node *node)
{
	return node->sandbox.network == SPEC_NETWORK_LOOPBACK ||
	       node->sandbox.network == SPEC_NETWORK_HOST;
}

/* what is more than any actor may have, each for one of ours */
static unsigned int bundled_groups(const struct spec_node *node)
{
	static const struct {
		const char *path;
		enum sandbox_group groups;
	} rows[] = {
		{ "/system/journal", SANDBOX_JOURNAL },
		{ "/system/control", SANDBOX_CONTROL },
		{ "/system/dead-letters", SANDBOX_KEEPER },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (node->path && !strcmp(node->path, rows[i].path))
			return rows[i].groups;
	return 0;
}

/*
 * An edge carries no descriptor where the kernel can be told so, and nobody else
 * gives it one: then it has no socket that could be told to connect, in whatever
 * words. What it has been granted by name may make one.
 */
static bool has_edges_alone(const struct spec_node *node)
{
	return node->kind == SPEC_ACTOR && !has_network(node) &&
	       node->sandbox.network != SPEC_NETWORK_GRANTED &&
	       !node->mailbox_descriptors && !node->sandbox.syscalls &&
	       !bundled_groups(node) && edge_carries_no_rights();
}

unsigned int launch_program_profile(const struct spec_node *node)
{
	unsigned int profile = SANDBOX_BASE;

	if (spec_has_any(node->sandbox.read) ||
	    spec_has_any(node->sandbox.execute) ||
	    spec_has_any(node->sandbox.devices))
		profile |= SANDBOX_READ;
	if (spec_has_any(node->sandbox.write) || spec_has_own_place(node))
		profile |= SANDBOX_FILES;
	if (has_network(node))
		profile |= SANDBOX_NETWORK;
	if (node->sandbox.network == SPEC_NETWORK_GRANTED)
		profile |= SANDBOX_STREAMS;
	if (node->sandbox.memfd == SPEC_ALLOW)
		profile |= SANDBOX_MEMFD;
	if (node->kind == SPEC_PROGRAM)
		profile |= SANDBOX_PROGRAM | SANDBOX_FILES;
	else
		profile |= SANDBOX_CLOSES;
	if (node->kind == SPEC_ACTOR && node->sandbox.pids > 1)
		profile |= SANDBOX_THREADS;
	if (has_edges_alone(node))
		profile |= SANDBOX_EDGES;
	return profile | bundled_groups(node);
}

bool launch_program_signals(const struct launch_host *host,
			    const struct spec_node *node)
{
	return node->kind == SPEC_PROGRAM &&
	       (host->landlock_abi >= SANDBOX_LANDLOCK_SCOPES ||
		(!host->user_mode && host->n_uids > 0));
}

static struct sandbox_profile profile_of(const struct launch_program *program,
					 const struct spec_node *node)
{
	return (struct sandbox_profile){
		.groups = launch_program_profile(node) |
			  (program->n_processes ? SANDBOX_ZYGOTE : 0) |
			  (program->signals ? SANDBOX_SIGNALS : 0),
		.granted = node->sandbox.syscalls,
	};
}

static int take_filter(struct launch_program *program,
		       const struct spec_node *node)
{
	const struct sandbox_profile profile = profile_of(program, node);

	return sandbox_filter(&profile,
			      program->listened ? SANDBOX_TELLS : SANDBOX_KILLS,
			      &program->filter);
}

static void close_if_open(int fd)
{
	if (fd >= 0)
		close(fd);
}

static int prepare_rooms(struct launch_program *program,
			 const struct launch_host *host,
			 const struct path_list *list, const char **ret_what)
{
	struct sandbox_rooms rooms = SANDBOX_NO_ROOMS;
	const char *culprit;
	int r;

	r = sandbox_mount_new(list->paths, list->n_paths, &rooms, &culprit);
	if (r < 0)
		*ret_what = culprit ? what_of("mount", culprit, "") : "mount";
	program->root_fd = rooms.root_fd;
	/* without a filter one could leave something there for the next */
	if (host->seccomp)
		program->ipc_fd = rooms.ipc_fd;
	else
		close_if_open(rooms.ipc_fd);
	return r;
}

static int prepare_parts(struct launch_program *program,
			 const struct launch_host *host,
			 const struct spec_node *node,
			 const struct path_list *list, const char **ret_what)
{
	const struct spec_ports *ports =
		host->landlock_abi >= SANDBOX_LANDLOCK_PORTS ?
		node->sandbox.ports : NULL;
	int r = 0;

	if (host->namespaces)
		r = prepare_rooms(program, host, list, ret_what);
	if (r == 0 && host->empty_netns_fd >= 0 &&
	    node->sandbox.network == SPEC_NETWORK_LOOPBACK) {
		*ret_what = "network";
		r = sandbox_network_new(true, &program->network_fd);
	}
	if (r == 0 && host->namespaces && host->user_mode) {
		*ret_what = "uid";
		r = sandbox_user_new(&program->user_fd);
	}
	if (r == 0 && host->landlock_abi > 0) {
		*ret_what = "landlock";
		r = sandbox_landlock_new(host->landlock_abi, list->paths,
					 list->n_paths,
					 has_network(node) && !ports,
					 &program->landlock_fd);
		if (r == 0 && ports)
			r = sandbox_ports_add(program->landlock_fd, ports);
	}
	if (r == 0 && host->seccomp) {
		*ret_what = "seccomp";
		program->listened = host->seccomp_listener;
		program->signals = launch_program_signals(host, node);
		r = take_filter(program, node);
	}
	return r;
}

static int prepare_arguments(struct launch_program *program,
			     const struct spec_node *node)
{
	size_t n = 0;

	while (node->args && node->args[n])
		n++;
	program->path = strdup(node->exec_path);
	program->arguments = calloc(n + 2, sizeof(*program->arguments));
	if (!program->path || !program->arguments)
		return -ENOMEM;
	/* some are several programs, told apart by the name of their link */
	program->arguments[0] = strdup(node->kind == SPEC_PROGRAM && node->exec ?
				       node->exec : node->exec_path);
	if (!program->arguments[0])
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		program->arguments[i + 1] = strdup(node->args[i]);
		if (!program->arguments[i + 1])
			return -ENOMEM;
	}
	return 0;
}

static int examine_executable(struct launch_program *program,
			      const char **ret_what)
{
	*ret_what = what_of("exec", program->path, "");
	if (stat(program->path, &program->executable) < 0)
		return -errno;
	if (!S_ISREG(program->executable.st_mode) ||
	    !(program->executable.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)))
		return -EACCES;
	return 0;
}

static int prepare(struct launch_program *program,
		   const struct launch_host *host,
		   const struct spec_node *node, const char **ret_what)
{
	struct path_list list = { .node = node, .user = host->user_mode,
				  .granted = &program->granted };
	int r;

	*ret_what = "exec";
	r = prepare_arguments(program, node);
	if (r == 0)
		r = examine_executable(program, ret_what);
	if (r < 0)
		return r;
	r = collect_paths(&list, host, node);
	if (r < 0)
		*ret_what = list.what;
	else
		r = prepare_parts(program, host, node, &list, ret_what);
	path_list_clear(&list);
	return r;
}

int launch_program_new(struct launch_program **ret,
		       const struct launch_host *host,
		       const struct spec_node *node, const char **ret_what)
{
	return launch_program_new_forking(ret, host, node, 0, ret_what);
}

int launch_program_new_forking(struct launch_program **ret,
			       const struct launch_host *host,
			       const struct spec_node *node,
			       unsigned int n_processes, const char **ret_what)
{
	struct launch_program *program;
	int r;

	program = calloc(1, sizeof(*program));
	if (!program) {
		*ret_what = "exec";
		return -ENOMEM;
	}
	program->root_fd = program->ipc_fd = program->network_fd = -1;
	program->landlock_fd = program->user_fd = -1;
	program->n_processes = n_processes;
	r = prepare(program, host, node, ret_what);
	if (r < 0) {
		launch_program_free(program);
		return r;
	}
	*ret = program;
	return 0;
}

int launch_program_learns(struct launch_program *program,
			  const struct spec_node *node)
{
	const struct sandbox_profile profile = profile_of(program, node);

	if (!program->listened)
		return -EOPNOTSUPP;
	return sandbox_filter(&profile, SANDBOX_LEARNS, &program->filter);
}

struct launch_program *launch_program_hold(struct launch_program *program)
{
	if (program)
		program->n_others++;
	return program;
}

struct launch_program *launch_program_free(struct launch_program *program)
{
	if (!program)
		return NULL;
	if (program->n_others > 0) {
		program->n_others--;
		return NULL;
	}
	close_if_open(program->root_fd);
	close_if_open(program->ipc_fd);
	close_if_open(program->network_fd);
	close_if_open(program->landlock_fd);
	close_if_open(program->user_fd);
	for (size_t i = 0; program->arguments && program->arguments[i]; i++)
		free(program->arguments[i]);
	granted_clear(&program->granted);
	free(program->path);
	free(program->arguments);
	free(program);
	return NULL;
}

static bool is_other(const struct launch_program *program,
		     const struct stat *now)
{
	const struct stat *then = &program->executable;

	return now->st_dev != then->st_dev || now->st_ino != then->st_ino ||
	       now->st_mtim.tv_sec != then->st_mtim.tv_sec ||
	       now->st_mtim.tv_nsec != then->st_mtim.tv_nsec;
}

bool launch_program_is_stale(const struct launch_program *program)
{
	struct stat now;

	return stat(program->path, &now) < 0 || is_other(program, &now);
}

/* what was come back to has its file in no other place than where it is, and goes
 * on until there is another to try */
bool launch_program_is_current(const struct launch_program *program)
{
	struct stat now;

	if (program->tried)
		return stat(program->path, &now) < 0 ||
		       !is_other(program, &now);
	return !launch_program_is_stale(program) &&
	       !granted_has_moved(&program->granted);
}

bool launch_program_is_as(const struct launch_program *program,
			  const struct launch_program *other)
{
	return !program->tried && !other->tried &&
	       program->n_processes == other->n_processes &&
	       !is_other(program, &other->executable);
}

/* who is another program now may prepare it otherwise */
bool launch_program_serves(const struct launch_program *program)
{
	return launch_program_is_current(program) &&
	       (!program->dated || program->tried);
}

int launch_program_resume(struct launch_program *program,
			  const struct launch_host *host,
			  const struct spec_node *node)
{
	program->dated = true;
	program->listened = host->seccomp_listener;
	program->signals = launch_program_signals(host, node);
	if (!host->seccomp)
		return 0;
	return take_filter(program, node);
}

void launch_program_note_tried(struct launch_program *program,
			       const struct launch_program *other)
{
	struct stat now;

	program->tried = true;
	if (other)
		program->executable = other->executable;
	else if (stat(program->path, &now) == 0)
		program->executable = now;
}
