#!/bin/sh
# restore_to.sh DIRECTORY [MOMENT]: makes a server in DIRECTORY as it was at MOMENT ("2026-11-23 07:15:04+00"), or at
# the last change in the archive. It does not start it: pg_ctl -D DIRECTORY start does, and recovers. DIRECTORY must
# not exist. Run it as the account `postgres`, with ARCHIVE and PG_BIN as for base_backup.sh.
set -eu
umask 077
directory="$1"
moment="${2:-}"
: "${PG_BIN:=$(pg_config --bindir)}"
if [ -e "$directory" ]; then
    echo "restore_to.sh: $directory exists. Move it away first: it may be all that is left." >&2
    exit 1
fi
limit="$(date -u ${moment:+-d "$moment"} +%Y-%m-%dT%H%M%SZ)"
base=""
for each in "$ARCHIVE"/base/*Z; do
    name="${each##*/}"
    [ -d "$each" ] && expr "$name" \<= "$limit" > /dev/null && base="$each"
done
if [ -z "$base" ]; then
    echo "restore_to.sh: no base backup in $ARCHIVE/base was complete before ${moment:-now}" >&2
    exit 1
fi
"$PG_BIN/pg_verifybackup" --quiet "$base"
cp -a "$base" "$directory"
chmod 700 "$directory"
{
    echo "restore_command = 'gzip -dc \"$ARCHIVE/wal/%f.gz\" > \"%p\"'"
    echo "recovery_target_action = 'promote'"
    [ -z "$moment" ] || echo "recovery_target_time = '$moment'"
} >> "$directory/postgresql.auto.conf"
touch "$directory/recovery.signal"
echo "$directory is ready to be started, from ${base##*/}, to ${moment:-the end of the archive}."
