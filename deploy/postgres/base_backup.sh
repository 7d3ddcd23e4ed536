#!/bin/sh
# base_backup.sh [DAYS]: copies the whole running server to $ARCHIVE/base, in a folder named by the moment when it was
# complete, and deletes what is older than DAYS (14). Run it every night as the account `postgres`.
# PG_BIN is the folder of PostgreSQL's programs; PGHOST, PGPORT and PGUSER say which server.
set -eu
umask 077
days="${1:-14}"
: "${PG_BIN:=$(pg_config --bindir)}"
mkdir -p "$ARCHIVE/base"
part="$ARCHIVE/base/part"
rm -rf "$part"
# It contains its own WAL (-X stream), so that it can be restored even if the archive is lost.
"$PG_BIN/pg_basebackup" -D "$part" -X stream --checkpoint=fast --no-password
"$PG_BIN/pg_verifybackup" --quiet "$part"
# The name is a second later than the last change: recovery needs a base backup that was complete before its moment.
name="$(date -u -d '+1 second' +%Y-%m-%dT%H%M%SZ)"
while [ -e "$ARCHIVE/base/$name" ]; do # of a backup that was complete in this second: this one would be moved into it
    sleep 1
    name="$(date -u -d '+1 second' +%Y-%m-%dT%H%M%SZ)"
done
mv "$part" "$ARCHIVE/base/$name"
sync "$ARCHIVE/base"
echo "$ARCHIVE/base/$name"

# Keep every base backup of the last DAYS days, and the newest one before them: the oldest day is recovered from it.
# The days are counted from now, or from the night after the backup before this one: a clock that is a year ahead for one
# night deletes nothing, as in core/backups.py.
limit="$(date -u -d "-$days days" +%Y-%m-%dT%H%M%SZ)"
before=""
for old in "$ARCHIVE"/base/*Z; do
    [ "$old" = "$ARCHIVE/base/$name" ] || before="${old##*/}"
done
if [ -n "$before" ]; then
    night="$(echo "$before" | sed 's/T\(..\)\(..\)\(..\)Z$/ \1:\2:\3 UTC/')"
    earlier="$(date -u -d "$night +1 day -$days days" +%Y-%m-%dT%H%M%SZ)"
    if expr "$earlier" \< "$limit" > /dev/null; then limit="$earlier"; fi
fi
begins=""
for old in "$ARCHIVE"/base/*Z; do
    old_name="${old##*/}"
    expr "$old_name" \> "$limit" > /dev/null && break
    [ -n "$begins" ] && rm -rf "$begins"
    begins="$old"
done
for oldest in "$ARCHIVE"/base/*Z; do break; done
# "START WAL LOCATION: 0/2000028 (file 000000010000000000000002)": segments before it are no longer needed.
first="$(sed -n 's/^START WAL LOCATION: .*(file \([0-9A-F]*\))$/\1/p' "$oldest/backup_label")"
"$PG_BIN/pg_archivecleanup" -x .gz "$ARCHIVE/wal" "$first"
