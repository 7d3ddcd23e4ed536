#!/bin/sh
# PostgreSQL's archive_command: copies segment $1 to $ARCHIVE/wal as $2.gz. ARCHIVE should be another machine's disk.
# Succeeds only when the complete copy is on that disk; PostgreSQL repeats the command until it does.
set -eu
umask 077
mkdir -p "$ARCHIVE/wal"
target="$ARCHIVE/wal/$2.gz"
if [ -e "$target" ]; then
    # PostgreSQL repeats the command after a crash: the same content is fine, other content must never be overwritten.
    gzip -dc "$target" | cmp -s - "$1" && exit 0
    echo "archive_wal.sh: $2 is archived already, with other content" >&2
    exit 1
fi
gzip -1 -c "$1" > "$target.part"
sync "$target.part"
mv "$target.part" "$target"
sync "$ARCHIVE/wal"
