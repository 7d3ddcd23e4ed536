#!/bin/sh
# base_backup.sh [DAYS]: a copy of the whole running server in $ARCHIVE/base, named by the moment it was complete, and
# the end of what is older than DAYS (14). Run it every night as the account `postgres`.
# PG_BIN is the folder of PostgreSQL's programs; PGHOST, PGPORT and PGUSER say which server.
set -eu
umask 077
days="${1:-14}"
: "${PG_BIN:=$(pg_config --bindir)}"
mkdir -p "$ARCHIVE/base"
part="$ARCHIVE/base/part"
rm -rf "$part"
# Its own WAL is inside (-X stream), so that a base backup comes back even when the archive is lost.
"$PG_BIN/pg_basebackup" -D "$part" -X stream --checkpoint=fast --no-password
"$PG_BIN/pg_verifybackup" --quiet "$part"
# A second later than its last change: recovery to a moment needs a base backup that was complete before it.
name="$(date -u -d '+1 second' +%Y-%m-%dT%H%M%SZ)"
mv "$part" "$ARCHIVE/base/$name"
sync "$ARCHIVE/base"
echo "$ARCHIVE/base/$name"

# Keep every base backup of the last DAYS days, and the newest one before them: it begins the oldest day.
limit="$(date -u -d "-$days days" +%Y-%m-%dT%H%M%SZ)"
begins=""
for old in "$ARCHIVE"/base/*Z; do
    old_name="${old##*/}"
    expr "$old_name" \> "$limit" > /dev/null && break
    [ -n "$begins" ] && rm -rf "$begins"
    begins="$old"
done
for oldest in "$ARCHIVE"/base/*Z; do break; done
# "START WAL LOCATION: 0/2000028 (file 000000010000000000000002)": no segment before it is needed any more.
first="$(sed -n 's/^START WAL LOCATION: .*(file \([0-9A-F]*\))$/\1/p' "$oldest/backup_label")"
"$PG_BIN/pg_archivecleanup" -x .gz "$ARCHIVE/wal" "$first"
