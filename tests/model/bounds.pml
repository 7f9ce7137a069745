/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bounds.pml - how far a model goes, and what is broken in it on purpose.
 *
 * From the environment of the compiled model, so that one compilation serves
 * for all: CRASHES=3 MUTANT=NOTED_LATE ./pan
 */
c_decl {
#define MUTANT_DECLARE(name) name,
#define MUTANT_BY_NAME(name) \
	if (!strcmp(getenv("MUTANT"), #name)) mutant = name;
static enum { NO_MUTANT, MUTANTS(MUTANT_DECLARE) } mutant;

static int bound(const char *name)
{
	const char *text = getenv(name);

	return text ? atoi(text) : 0;
}
}

/* the including model has the list, MUTANTS(X) */
#define MUTANT(name) c_expr { mutant == name }

/* A store that a mutant does not do here, and one that it alone does. */
#define UNLESS(name, store)			\
	if					\
	:: MUTANT(name)				\
	:: else -> store			\
	fi
#define WHEN(name, store)			\
	if					\
	:: MUTANT(name) -> store		\
	:: else					\
	fi

hidden byte max_crashes, max_messages, max_dups, max_redeliver, max_aborts,
	    max_ticks, max_releases, max_refusals, max_sends,
	    max_stashes, max_priority, max_asleep;

inline bounds_from_environment()
{
	c_code {
		if (getenv("MUTANT")) {
			MUTANTS(MUTANT_BY_NAME)
			if (!mutant)
				exit(2);
		}
		max_crashes = bound("CRASHES");
		max_messages = bound("MESSAGES");
		max_dups = bound("DUPS");
		max_redeliver = bound("REDELIVER");
		max_aborts = bound("ABORTS");
		max_ticks = bound("TICKS");
		max_releases = bound("RELEASES");
		max_refusals = bound("REFUSALS");
		max_sends = bound("SENDS");
		max_stashes = bound("STASHES");
		max_priority = bound("PRIORITY");
		max_asleep = bound("ASLEEP");
	}
}
