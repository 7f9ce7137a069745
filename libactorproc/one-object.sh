#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# one-object.sh LIBRARY PARTS SYM LINK... - a static library of one object
#
# LINK makes one object of all of the archive PARTS. In it only the names that
# the version script SYM lists stay global, so that an actor may call its own
# things as it likes.
set -e
library=$1 parts=$2 sym=$3
shift 3
object=${library%.a}-one.o
"$@" -o "$object" -Wl,--whole-archive "$parts" -Wl,--no-whole-archive
sed -n 's/^	\(actor_[a-z0-9_]*\);.*/\1/p' "$sym" >"$object.names"
"${OBJCOPY:-objcopy}" --keep-global-symbols="$object.names" "$object"
rm -f "$library" "$object.names"
"${AR:-ar}" crs "$library" "$object"
