/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * spec.h - what a config file declares, as values.
 *
 * One node of the tree is an actor, a supervisor, or a supervisor with a head
 * (an actor with children). Strings and arrays belong to the tree; the tree is
 * freed as a whole.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "supervisord/config/cause.h"

enum spec_kind { SPEC_ACTOR, SPEC_PROGRAM };
enum spec_strategy { SPEC_ONE_FOR_ONE, SPEC_ONE_FOR_ALL, SPEC_REST_FOR_ONE };
enum spec_restart { SPEC_PERMANENT, SPEC_TRANSIENT, SPEC_TEMPORARY };
enum spec_directive {
	SPEC_DIRECTIVE_RESTART,		/* the default */
	SPEC_DIRECTIVE_RESUME,
	SPEC_DIRECTIVE_STOP,
	SPEC_DIRECTIVE_ESCALATE,
};
enum spec_network {
	SPEC_NETWORK_NONE,
	SPEC_NETWORK_LOOPBACK,
	SPEC_NETWORK_HOST,
	SPEC_NETWORK_GRANTED,		/* none, but for descriptors */
};
enum spec_permission { SPEC_DENY, SPEC_ALLOW };
enum spec_overflow { SPEC_OVERFLOW_REFUSE, SPEC_OVERFLOW_DEAD_LETTER };
enum spec_ready { SPEC_READY_NOTIFY, SPEC_READY_AT_ONCE, SPEC_READY_LISTEN };
enum spec_activation { SPEC_AT_START, SPEC_ON_MESSAGE };
enum spec_mailbox { SPEC_MAILBOX_FIFO, SPEC_MAILBOX_PRIORITY };
/* false, true */
enum spec_significance { SPEC_INSIGNIFICANT, SPEC_SIGNIFICANT };
enum spec_auto_shutdown { SPEC_NEVER, SPEC_ANY_SIGNIFICANT, SPEC_ALL_SIGNIFICANT };
enum spec_start_order { SPEC_SEQUENTIAL, SPEC_PARALLEL };
enum spec_isolate { SPEC_ISOLATE_CLASS, SPEC_ISOLATE_INSTANCE };
enum spec_scope { SPEC_SCOPE_GROUP, SPEC_SCOPE_CHILD };

/* of a mailbox, when the file does not say */
#define SPEC_PER_EDGE_BYTES UINT64_C(212992)
#define SPEC_PAYLOAD_BYTES (UINT64_C(64) * 1024 * 1024)
#define SPEC_STASH 64

/* of a stop */
#define SPEC_SHUTDOWN_NS (UINT64_C(60) * 1000000000)
#define SPEC_INFINITY_NS UINT64_MAX

/**
 * struct spec_mark - where in the file, from 1; 0 for what is not from there
 *
 * Columns count characters.
 */
struct spec_mark {
	unsigned int line;
	unsigned int column;
};

struct spec_intensity {
	unsigned int restarts;		/* default 3 */
	uint64_t period_ns;		/* default 5 s */
	enum spec_scope scope;		/* whose restarts it counts */
};

struct spec_backoff {
	bool set;
	uint64_t min_ns;		/* 100 ms */
	double factor;			/* 2 */
	uint64_t max_ns;		/* 30 s */
	uint64_t stable_after_ns;	/* = max */
};

/** struct spec_budget - of all at and below a supervisor; 0: no limit */
struct spec_budget {
	uint64_t memory_bytes;
	uint32_t pids;
	uint32_t cpu_percent;
	struct spec_mark mark;
};

/** struct spec_watchdog - 0: that is not looked at */
struct spec_watchdog {
	bool set;
	uint64_t loop_ns;		/* for one turn of its loop */
	uint64_t message_ns;		/* for a message to wait */
	uint32_t misses;		/* 3: then it is killed */
};

struct spec_directive_row {
	struct cause_pattern pattern;
	enum spec_directive directive;
};

/**
 * struct spec_ref - a declared reference
 * @name: as the file has it; what actor_reference() takes
 * @path: the target's absolute path
 */
struct spec_ref {
	char *name;
	char *path;
	struct spec_mark mark;
};

/**
 * struct spec_listen - where a program listens when it is ready
 * @text: of the address; a path, or "@name" of an abstract one, when no @port
 * @host: of TCP, IPv4 as ::ffff:0:0/96
 */
struct spec_listen {
	char *text;
	bool any_host;
	uint8_t host[16];
	uint16_t port;
	struct spec_mark mark;
};

/* where an actor finds what is its own alone, inside its sandbox */
#define SPEC_OWN_PLACE "/run/actorproc"
#define SPEC_SCRATCH_PLACE SPEC_OWN_PLACE "/scratch"
#define SPEC_STATE_PLACE SPEC_OWN_PLACE "/state"

/** struct spec_io - what it may read of a device in a second, and write as much */
struct spec_io {
	char *device;
	uint64_t bytes;
};

/** struct spec_ports - the only ones of TCP that it may use, by number */
struct spec_ports {
	size_t n;
	struct spec_port {
		uint16_t number;
		bool connect;
		bool listen;
	} ports[];
};

struct spec_sandbox {
	enum spec_network network;
	struct spec_mark network_mark;	/* of a mapping */
	char **connect;			/* host:port, NULL-terminated */
	char **listen;			/* address:port */
	struct spec_ports *ports;	/* of loopback or host; NULL: all */
	char **read;			/* absolute paths, NULL-terminated */
	char **execute;
	char **write;
	char **devices;
	uint64_t scratch_bytes;		/* of a file system of its own; 0: none */
	char *state;			/* its folder: NULL: none, "": by its path */
	struct spec_mark state_mark;
	enum spec_permission memfd;	/* make memory to pass on */
	uint64_t memory_bytes;		/* 0: no limit */
	uint32_t pids;			/* 0: as for all of its kind */
	uint32_t cpu_percent;		/* of one processor; 0: no limit */
	struct spec_io *io;
	size_t n_io;
	char **syscalls;		/* that it may make besides; NULL-terminated */
};

/**
 * struct spec_later - what the file says since a reload, and is not in force yet
 * @directives: of @n_directives; its node's, or that of its node's model
 * @require, @learning: of the system's node
 */
struct spec_later {
	uint32_t require;
	enum spec_permission learning;
	enum spec_strategy strategy;
	struct spec_directive_row *directives;
	size_t n_directives;
};

struct spec_node {
	char *name;
	char *path;			/* "/vpn/tunnel" */
	struct spec_node *parent;	/* NULL for the system's node */
	struct spec_node **children;
	size_t n_children;
	struct spec_node **templates;	/* what its children can be made of */
	size_t n_templates;
	struct spec_mark mark;		/* of the name */
	uint32_t n_instances;		/* as written; 0: it is one */
	char *group;			/* the name its instances share; NULL */
	struct spec_node *model;	/* whose program and mappings it uses */
	bool is_template;		/* nothing runs: others are made of it */
	uint32_t template_max;		/* so many of it at a time */
	struct spec_node *template;	/* it was spawned from that */
	unsigned int slot;		/* then: no sibling's that was, too */
	unsigned int seat;		/* which of the system's uids is its own */
	struct spec_later *later;	/* NULL: all of it is in force */
	bool leaves;			/* a reload ends its life, then it goes */
	bool emptied;			/* its last child went: no other kind of node */

	/* when it has an exec: an actor or program, or the head of its node */
	char *exec;			/* as written; NULL: a plain supervisor */
	struct spec_mark exec_mark;
	char *exec_path;		/* resolved, absolute */
	enum spec_kind kind;
	enum spec_ready ready;		/* of a program */
	struct spec_listen listen;
	char **args;			/* NULL-terminated */
	char **environment;		/* KEY=value, NULL-terminated */
	struct spec_ref *refs;
	size_t n_refs;
	uint32_t redeliver;
	uint64_t mailbox_bytes;		/* of all edges to it; 0: no limit */
	uint64_t mailbox_messages;	/* the same */
	uint64_t mailbox_per_edge;	/* bytes of one edge to it */
	uint64_t mailbox_payload;	/* bytes of the largest one */
	enum spec_overflow mailbox_overflow;
	enum spec_mailbox mailbox_kind;
	uint32_t mailbox_stash;		/* messages */
	uint32_t mailbox_descriptors;	/* in one message */
	struct spec_sandbox sandbox;
	struct spec_watchdog watchdog;
	enum spec_activation activation;
	uint64_t idle_stop_ns;		/* 0: never */
	enum spec_isolate isolate;
	uint32_t standby;		/* processes that stand by: 0 or 1 */
	struct spec_mark standby_mark;
	uint32_t may_exceed;		/* than its head: keys, as bits */

	/* as a child of its parent */
	enum spec_restart restart;
	uint64_t stop_timeout_ns;	/* 5 s; of a supervisor infinity */
	struct spec_mark stop_timeout_mark;
	uint64_t start_timeout_ns;	/* 10 s */
	struct spec_backoff backoff;
	struct spec_directive_row *directives;
	size_t n_directives;
	bool keeps_directives;		/* they are its own, not its model's */
	enum spec_significance significant;
	struct spec_mark significant_mark;

	/* as a supervisor of its children */
	enum spec_strategy strategy;
	struct spec_intensity intensity;
	enum spec_auto_shutdown auto_shutdown;
	enum spec_start_order start_order;
	struct spec_budget budget;
	uint64_t shutdown_timeout_ns;	/* of the whole system, in its top */
	struct spec_ref exit_with;	/* the same; no name: none */
	uint32_t require;		/* the same: no level below that */
	enum spec_permission learning;	/* the same: see lessons.c */
};

/** struct spec_system - a whole checked file */
struct spec_system {
	char *name;
	struct spec_node *top;		/* path "/NAME" */
	size_t n_nodes;
};

/** spec_is_supervisor() - is there a supervisor process for it? */
static inline bool spec_is_supervisor(const struct spec_node *node)
{
	return !node->exec || node->n_children > 0 || node->n_templates > 0 ||
	       node->emptied;
}

#define SPEC_PIDS_OF_PROGRAM 64
/** spec_pids() - how many processes and threads it may have */
static inline uint32_t spec_pids(const struct spec_node *node)
{
	if (node->sandbox.pids)
		return node->sandbox.pids;
	return node->kind == SPEC_PROGRAM ? SPEC_PIDS_OF_PROGRAM : 1;
}

/** spec_has_own_place() - has it files that are its own alone? */
static inline bool spec_has_own_place(const struct spec_node *node)
{
	return node->sandbox.scratch_bytes > 0 || node->sandbox.state;
}

/** spec_is_notifying() - is it a program of whose words something depends? */
static inline bool spec_is_notifying(const struct spec_node *node)
{
	return node->kind == SPEC_PROGRAM &&
	       (node->ready == SPEC_READY_NOTIFY || node->watchdog.loop_ns);
}

/** spec_has_watchdog() - is there anything that it looks at? */
static inline bool spec_has_watchdog(const struct spec_node *node)
{
	return node->watchdog.loop_ns > 0 || node->watchdog.message_ns > 0;
}

/** spec_node_copy() - one more like it, with a name, path and refs of its own;
 * what else it has belongs to @model, which must outlive it. NULL: -ENOMEM */
struct spec_node *spec_node_copy(struct spec_node *model, const char *name);
/** spec_node_free() - with all that is below; NULL is fine */
void spec_node_free(struct spec_node *node);
/** spec_system_free() - NULL is fine; returns NULL */
struct spec_system *spec_system_free(struct spec_system *system);
/** spec_has_any() - is there anything in one of its lists? @list: NULL: it is empty */
bool spec_has_any(char *const *list);
/** spec_lists() - is @text in one of its lists? @list: NULL: it is empty */
bool spec_lists(char *const *list, const char *text);
/** spec_find() - the node of a path at or below @top, or NULL */
struct spec_node *spec_find(struct spec_node *top, const char *path);

/* names of the enums, as in the file */
const char *spec_strategy_name(enum spec_strategy strategy);
const char *spec_restart_name(enum spec_restart restart);
const char *spec_directive_name(enum spec_directive directive);
const char *spec_network_name(enum spec_network network);
const char *spec_kind_name(enum spec_kind kind);
/** spec_ready_name() - "listen" without its address */
const char *spec_ready_name(enum spec_ready ready);
const char *spec_overflow_name(enum spec_overflow overflow);
const char *spec_mailbox_name(enum spec_mailbox kind);
const char *spec_scope_name(enum spec_scope scope);
const char *spec_isolate_name(enum spec_isolate isolate);
const char *spec_start_order_name(enum spec_start_order order);
const char *spec_auto_shutdown_name(enum spec_auto_shutdown auto_shutdown);
const char *spec_activation_name(enum spec_activation activation);

/**
 * struct config_source - the text of a file and what the outside knows
 * @name: for messages: as the user gave it
 * @exec_lookup: finds a program: returns a malloc'd absolute path, or NULL with
 *               *@ret_error a negative errno. @directory is that of the file.
 *               Injected, so that this code stays pure. NULL: exec is not
 *               resolved.
 * @exec_why: after -ENOEXEC: what that is, "a script"; may be NULL
 * @bundled: this is our own tree: it is named "system"
 * @exec_names: names of programs that exist, NULL-terminated, for "did you
 *              mean"; may be NULL
 * @system_calls: returns the names of all system calls, NULL-terminated, which are
 *                many; may be NULL, or return it: any name may be one
 * @judged: it was before, and runs: it goes on, also when a later version would
 *          not begin it
 */
struct config_source {
	const char *name;
	const char *text;
	size_t n_bytes;
	char *(*exec_lookup)(void *data, const char *exec, int *ret_error);
	const char *(*exec_why)(void *data);
	void *data;
	const char *const *exec_names;
	const char *const *(*system_calls)(void);
	bool bundled;
	bool judged;
};

/** struct config_errors - everything wrong with a file, in order of place */
struct config_error {
	struct spec_mark mark;
	char *message;			/* one line, with "did you mean" */
};
struct config_errors {
	struct config_error *errors;
	size_t n_errors;
	size_t n_dropped;		/* past CONFIG_ERRORS_MAX */
};
#define CONFIG_ERRORS_MAX 200
#define CONFIG_BYTES_MAX (1024 * 1024)
#define CONFIG_DEPTH_MAX 64
#define SPEC_CHILDREN_MAX 500		/* of one supervisor */

/**
 * config_parse() - a file's text to a checked system
 * @ret_system: the caller's to free; NULL when there are errors
 * @ret_errors: the caller's to config_errors_clear(), always
 *
 * Return: 0; -EINVAL with @ret_errors; -ENOMEM.
 */
int config_parse(const struct config_source *source,
		 struct spec_system **ret_system,
		 struct config_errors *ret_errors);
void config_errors_clear(struct config_errors *errors);
/**
 * config_errors_format() - as a person reads them: "file:line:column: error: …",
 * the line, a caret; malloc'd
 */
char *config_errors_format(const struct config_source *source,
			   const struct config_errors *errors);
