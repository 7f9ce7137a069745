/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * deposits.h - which descriptors somebody else keeps for us, and under which
 * names. Pure.
 *
 * What belongs together has one name, and no two things have the same, unless
 * they are one open file: who keeps them keeps it once.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DEPOSIT_FILES_MAX 3
/* names are given back at a start in one line of the environment, of which the
 * kernel takes 128 KiB: so few, and of four digits */
#define DEPOSITS_NAMES_MAX 0xffffu
#define DEPOSITS_FDS_MAX 20000u

enum deposit_kind {
	DEPOSIT_EDGE,		/* id */
	DEPOSIT_MAILBOX,	/* path */
	DEPOSIT_GIFT,		/* id: via; number; path: to */
	DEPOSIT_PROCESS,	/* path */
};

/** struct deposit_key - what it is: those that do not count are 0, NULL */
struct deposit_key {
	enum deposit_kind kind;
	uint64_t id;
	uint64_t number;
	const char *path;
};

/**
 * struct deposit - what is kept
 * @path: of @key, ours
 * @files: a number for each, the same for the same file
 */
struct deposit {
	struct deposit_key key;
	char *path;
	uint32_t name;
	size_t n_files;
	uint64_t files[DEPOSIT_FILES_MAX];
};

/** struct deposits - @n_fds: all of them together; @last: name given out */
struct deposits {
	struct deposit *list;
	size_t n;
	size_t room;
	size_t n_fds;
	uint32_t last;
};

void deposits_deinit(struct deposits *d);
/** deposits_find() - valid until the next change, or NULL */
struct deposit *deposits_find(const struct deposits *d,
			      const struct deposit_key *key);
/** deposits_named() - the first one of that name, or NULL */
struct deposit *deposits_named(const struct deposits *d, uint32_t name);
/** deposits_name() - one that nobody has; 0: there is none, or no room */
uint32_t deposits_name(struct deposits *d);
/**
 * deposits_put() - enter one, in the place of what had its key
 * @wanted: its key, name and files; the path is copied
 * @ret_free: the name that nobody has any more; 0: none
 *
 * Return: 0; -ENOMEM.
 */
int deposits_put(struct deposits *d, const struct deposit *wanted,
		 uint32_t *ret_free);
/** deposits_drop() - Return: the name that nobody has any more; 0: none */
uint32_t deposits_drop(struct deposits *d, const struct deposit_key *key);
