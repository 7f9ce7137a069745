/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * shim.h - the board by which a test and shim.so, in supervisors, agree.
 */
#pragma once

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* X(symbol, name): what fails together; which functions, says shim.c */
#define SHIM_KINDS(X)			\
	X(MEMORY,	"memory")	\
	X(DESCRIPTOR,	"descriptor")	\
	X(PROCESS,	"process")	\
	X(SEND,		"send")		\
	X(RECEIVE,	"receive")	\
	X(READ,		"read")		\
	X(WRITE,	"write")	\
	X(WATCH,	"watch")	\
	X(WAIT,		"wait")		\
	X(MAP,		"map")		\
	X(FILE,		"file")		\
	X(MOUNT,	"mount")	\
	X(BARE,		"bare")

enum shim_kind {
#define X(symbol, name) SHIM_##symbol,
	SHIM_KINDS(X)
#undef X
	N_SHIM_KINDS,
};

#define SHIM_VARIABLE "ACTORPROC_SHIM"
#define SHIM_SITES_MAX 2048

/** struct shim_site - a place in the code, and which call was its first */
struct shim_site {
	_Atomic uintptr_t address;
	_Atomic uint64_t nth;
};

/**
 * struct shim_board - a file that all of them have mapped
 * @kind, @nth, @error: the one call to fail; @nth 0: none
 * @n: how many there were so far, in all supervisors together
 * @fired: it has failed, @where
 */
struct shim_board {
	_Atomic uint32_t kind;
	_Atomic uint64_t nth;
	_Atomic int error;
	_Atomic uint32_t fired;
	char where[512];
	_Atomic uint64_t n[N_SHIM_KINDS];
	struct shim_site sites[N_SHIM_KINDS][SHIM_SITES_MAX];
};
