#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pure code imports nothing that is a syscall, a clock, an environment or a log.
# shellcheck source=tests/structure/lib.sh
. "$(dirname "$0")/lib.sh"

# what pure code may import from libc; a new name is a decision
allowed='
mem(cpy|move|set|cmp|chr|mem|rchr|pcpy)|explicit_bzero
str(len|nlen|cmp|ncmp|casecmp|ncasecmp|chr|chrnul|rchr|str|dup|ndup|spn|cspn|pbrk|sep|tok_r)
stpcpy|stpncpy|strcpy|strncpy|strcat|strncat
strto(l|ul|ll|ull|d|imax|umax)|__isoc(99|23)_(sscanf|strto(l|ul|ll|ull))|sscanf
strerror(name_np|desc_np)|sig(abbrev|descr)_np
malloc|calloc|realloc|reallocarray|free|aligned_alloc
v?(sn|as)printf
qsort|qsort_r|bsearch|abs|labs
__ctype_(b|tolower|toupper)_loc|tolower|toupper|is(alnum|alpha|digit|lower|print|space|upper|xdigit)
inet_pton
pow|exp2?|log2?|ldexp|fmin|fmax|floor|ceil|round|l?l?rint|isnan
open_memstream|f(printf|puts|putc|write|close|flush)|putc
__assert_fail|abort|__stack_chk_fail|__errno_location|_GLOBAL_OFFSET_TABLE_
__[a-z_]*_chk
__cpu_(model|indicator_init|features2?)
__(asan|ubsan|sanitizer|sancov)_[a-z0-9_]*|_Unwind_Resume|__start_.*|__stop_.*
'
allowed=$(tr -s '\n' '|' <<<"$allowed" | sed 's/^|//; s/|$//')

# names that these archives import and do not define, one a line: FILE NAME
imports() {
	nm -A -u "$@" 2>/dev/null | sed 's/:  *[Uwv] /: /' |
		awk '{ print $1, $NF }'
}

# check_imports ARCHIVE MORE-ALLOWED [ARCHIVE-IT-MAY-USE...]
check_imports() {
	local archive=$1 more=$2
	shift 2
	[ -e "$archive" ] || { echo "$archive does not exist"; return; }
	nm --defined-only "$archive" "$@" 2>/dev/null |
		awk 'NF == 3 { print $3 }' | sort -u >"$scratch/defined"
	imports "$archive" | sort -k2 -u | while read -r file name; do
		grep -qxE "$allowed${more:+|$more}" <<<"$name" && continue
		grep -qxF -- "$name" "$scratch/defined" && continue
		echo "$file $name"
	done
}

cd "$build_dir" || exit
library=libactorproc_pure.a
config=libconfig.a
decide=libdecide.a

expect_clean libactorproc_pure_imports_no_syscall \
	check_imports "$library" ''
expect_clean config_imports_no_syscall \
	check_imports "$config" 'yaml_[a-z_]*' "$library"
expect_clean decide_imports_no_syscall \
	check_imports "$decide" '' "$library" "$config"

breaks() { # function, code
	printf '#include <stdio.h>\n#include <stdlib.h>\n#include <syslog.h>\n#include <time.h>\n#include <unistd.h>\n%s\n' \
		"$2" >"$scratch/impure.c"
	$cc -std=gnu11 -D_GNU_SOURCE -O0 -c -o "$scratch/impure.o" \
		"$scratch/impure.c"
	rm -f "$scratch/impure.a"
	cp "$library" "$scratch/impure.a"
	ar r "$scratch/impure.a" "$scratch/impure.o" 2>/dev/null
	expect_caught "seen: $1" "$1" check_imports "$scratch/impure.a" ''
}

breaks clock_gettime 'int f(struct timespec *t) { return clock_gettime(0, t); }'
breaks getenv 'char *f(void) { return getenv("X"); }'
breaks read 'long f(void *p) { return read(0, p, 1); }'
breaks stderr 'int f(void) { return fputs("x", stderr); }'
breaks syslog 'void f(void) { syslog(0, "x"); }'
finish
