/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * directory.h - the directories in which a system lives on the host.
 */
#pragma once

#include <sys/types.h>

/**
 * directory_make() - unless it is there
 *
 * Return: 0; -ENOTDIR; -EPERM: it is neither ours nor root's; negative errno.
 */
int directory_make(const char *path, mode_t mode);
/**
 * directory_make_all() - the same, and what it is in, each with mode 0755
 *
 * Only the last one has to be ours or root's. Return: as directory_make(), and
 * -ENAMETOOLONG.
 */
int directory_make_all(const char *path, mode_t mode);
