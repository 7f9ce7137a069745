/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sandbox_spec.c - the keys of `sandbox:`: what an actor may, beyond nothing.
 *
 * Pure.
 */
#include <string.h>

#include "supervisord/config/key_types.h"
#include "supervisord/config/network_spec.h"
#include "supervisord/config/state_spec.h"

static KEY_READER(read_io)
{
	struct spec_sandbox *sandbox = ret;
	const struct yaml_value *item;
	struct quoted quoted;

	if (!reading_expects(r, value, YAML_KIND_MAP,
			     "a mapping, like { /dev/vda: 10M }"))
		return;
	sandbox->io = reading_allocate(r, value->n_values + 1,
				       sizeof(*sandbox->io));
	for (item = value->first; item && sandbox->io; item = item->next) {
		struct spec_io *io = &sandbox->io[sandbox->n_io];

		if (strncmp(item->key, "/dev/", 5) != 0 ||
		    !key_text_is_printable(item->key)) {
			reading_refuse(r, item->key_mark,
				       "%s is no disk: name one like /dev/vda",
				       reading_quote(&quoted, item->key));
			continue;
		}
		key_read_size(r, key, item, &io->bytes);
		io->device = reading_copy(r, item->key);
		if (io->device)
			sandbox->n_io++;
	}
}

static const struct key rows[] = {
	{ .name = "network", .type = "none|loopback|host|{}",
	  .fallback = "none",
	  .meaning = "what it can reach: nothing, itself, all the host can, or these",
	  .read = network_spec_read,
	  .words = &value_networks },
	{ .name = "read", .type = "list of paths", .fallback = "[]",
	  .meaning = "files and folders it may read",
	  .read = key_read_paths,
	  .offset = offsetof(struct spec_sandbox, read) },
	{ .name = "execute", .type = "list of paths", .fallback = "[]",
	  .meaning = "files and folders it may read and execute",
	  .read = key_read_paths,
	  .offset = offsetof(struct spec_sandbox, execute) },
	{ .name = "write", .type = "list of paths", .fallback = "[]",
	  .meaning = "files and folders it may read and write",
	  .read = key_read_paths,
	  .offset = offsetof(struct spec_sandbox, write) },
	{ .name = "memfd", .type = "deny|allow", .fallback = "deny",
	  .meaning = "may it make memory that can be passed on?",
	  .read = key_read_word,
	  .offset = offsetof(struct spec_sandbox, memfd),
	  .words = &value_permissions },
	{ .name = "memory", .type = "size", .fallback = "no limit",
	  .meaning = "how much memory it may have, all its processes together",
	  .read = key_read_size,
	  .offset = offsetof(struct spec_sandbox, memory_bytes),
	  .min = 1024 * 1024, .max = UINT64_C(1) << 46 },
	{ .name = "pids", .type = "count", .fallback = "1, a program 64",
	  .meaning = "how many processes and threads it may have",
	  .read = key_read_count,
	  .offset = offsetof(struct spec_sandbox, pids),
	  .min = 1, .max = 32768 },
	{ .name = "cpu", .type = "percent", .fallback = "no limit",
	  .meaning = "how much of a processor it may have",
	  .read = key_read_percent,
	  .offset = offsetof(struct spec_sandbox, cpu_percent),
	  .min = 1, .max = 100000 },
	{ .name = "io", .type = "mapping of sizes", .fallback = "no limit",
	  .meaning = "bytes a second to read of a disk, and as many to write",
	  .read = read_io, .min = 64 * 1024, .max = UINT64_C(1) << 40 },
	{ .name = "devices", .type = "list of paths", .fallback = "[]",
	  .meaning = "devices it may use",
	  .read = key_read_paths,
	  .offset = offsetof(struct spec_sandbox, devices) },
	{ .name = "scratch", .type = "size", .fallback = "none",
	  .meaning = "an empty file system of its own for each process",
	  .read = key_read_size,
	  .offset = offsetof(struct spec_sandbox, scratch_bytes),
	  .min = 64 * 1024, .max = UINT64_C(1) << 40 },
	{ .name = "state", .type = "true|false|name", .fallback = "false",
	  .meaning = "a folder of its own that outlives it",
	  .read = state_spec_read },
	{ .name = "syscalls", .type = "list of system calls", .fallback = "[]",
	  .meaning = "system calls it may make besides, by name",
	  .read = key_read_system_calls,
	  .offset = offsetof(struct spec_sandbox, syscalls) },
};

const struct key_table keys_of_sandbox = KEY_TABLE("a sandbox", rows);
