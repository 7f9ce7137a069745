/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * resume.h - a supervisor goes on as this program, in the same process.
 */
#pragma once

#include "supervisord/supervisor.h"

struct resume;

/**
 * resume_open() - the state that the program before has left
 * @tree: gets all but what comes of the texts
 * @argv: three words of successor.c
 *
 * Return: it; when it cannot be, that is said, and this does not return.
 */
struct resume *resume_open(struct tree *tree, char **argv);
/** resume_is_verb() - is that the first of the three? */
bool resume_is_verb(const char *word);
/** resume_refuse() - say why it cannot be, perhaps try again; never returns */
void resume_refuse(struct resume *resume, const char *why)
	__attribute__((noreturn));
/** resume_go() - be that supervisor until the end, or only see whether one could;
 * Return: exit status */
int resume_go(struct resume *resume);
