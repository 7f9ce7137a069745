/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * reserve.h - an instance that is forked before it is needed.
 */
#pragma once

#include "supervisord/act/launch.h"
#include "supervisord/supervisor.h"

/**
 * struct reserve - of one class
 * @number: by which it was asked for; 0: there is none
 * @pid: 0: it is not heard of yet
 * @control_fd: our end; nothing is said there before it is taken
 */
struct reserve {
	struct supervisor *supervisor;
	uint64_t number;
	pid_t pid;
	int pidfd;
	int control_fd;
	struct output *output;
	sd_event_source *exit_source;
};

/**
 * reserve_ask() - let it be forked
 * @zygote: the channel of its class
 * @line, @data: what is printed by nobody in particular
 *
 * Return: 0; negative errno: there is none.
 */
int reserve_ask(struct reserve *r, struct supervisor *s, struct link *zygote,
		output_line_fn *line, void *data);
/** reserve_is_awaited() - it was asked for, and may be there */
bool reserve_is_awaited(const struct reserve *r);
/** reserve_born() - it has said so; takes @pidfd */
void reserve_born(struct reserve *r, pid_t pid, int pidfd);
/** reserve_take() - it becomes the process of @c, as spare_take() says; false:
 * there is none */
bool reserve_take(struct reserve *r, struct child *c, struct launch_child *ret,
		  int *ret_control_fd);
/** reserve_end() - with its process; fine when there is none */
void reserve_end(struct reserve *r);
