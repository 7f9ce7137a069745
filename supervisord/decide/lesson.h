/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lesson.h - which grants would a process have needed? Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LESSON_ROWS_MAX 256
/* more files of one folder than that, and it is the folder */
#define LESSON_SIBLINGS_MAX 8

enum lesson_use {
	LESSON_READS,		/* a file or folder, or looks at it */
	LESSON_EXECUTES,	/* a file, or code in it */
	LESSON_WRITES,		/* into a file */
	LESSON_SEES,		/* that a folder is there */
	LESSON_MAKES,		/* an entry of a folder: nothing that exists */
	LESSON_REPLACES,	/* or takes it away */
	LESSON_CONNECTS,	/* to an address */
	LESSON_LISTENS,
	LESSON_SENDS,		/* datagrams, to whom nobody knows */
	LESSON_CALLS,		/* what its profile does not have */
};

/**
 * struct lesson_row - a key of the file, or what none is proposed for
 *
 * "call": no key gives that. "whole": it would be all of a folder of the host's
 * root. "connects", "listens": where its network is used, when that is one word.
 * @groups: of a call: who has one of them may make it without a key
 */
struct lesson_row {
	const char *key;
	char *value;
	uint64_t times;
	unsigned int groups;
};

/**
 * struct lesson - zeroed to begin with
 * @n_lost: had no room
 * @is_program: it makes its own sockets, whatever it is told
 * @sends: datagrams, which need a network as a whole
 */
struct lesson {
	bool is_program;
	bool sends;
	struct lesson_row rows[LESSON_ROWS_MAX];
	size_t n_rows;
	uint64_t n_lost;
};

/**
 * lesson_note() - it wanted that
 * @text: an absolute path, an address ("192.0.2.1:443"), or a call's name
 * @exists: there is something at that path
 *
 * Return: 0; -ENOMEM.
 */
int lesson_note(struct lesson *lesson, enum lesson_use use, const char *text,
		bool exists);
/** lesson_call() - it made that, which is of no use to who has one of @groups;
 * -ENOMEM */
int lesson_call(struct lesson *lesson, const char *name, unsigned int groups);
/** lesson_finish() - sort, and drop what another row covers */
void lesson_finish(struct lesson *lesson);
/** lesson_drop_calls() - behind the end: what who has @groups may make anyway */
void lesson_drop_calls(struct lesson *lesson, unsigned int groups);
void lesson_clear(struct lesson *lesson);
/**
 * lesson_path() - make it a path that a file can name: no ".", "..", "//"
 *
 * In place, without a look at any link. Return: @path.
 */
char *lesson_path(char *path);
