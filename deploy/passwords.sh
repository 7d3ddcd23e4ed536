#!/bin/sh
# passwords.sh: sets new passwords of the three database roles, in the database, in the pooler and in the site's files.
# Restart the site afterwards. Open connections stay open. Until the next run the pooler also accepts the site's former
# name, because the old processes open connections while the new ones start.
set -eu
umask 077
owner=$(openssl rand -hex 24) web=$(openssl rand -hex 24) jobs=$(openssl rand -hex 24)
{
    printf '\\set owner_password %s\n\\set web_password %s\n\\set jobs_password %s\n' "$owner" "$web" "$jobs"
    cat "$(dirname "$0")/postgres/roles.sql"
} | runuser --user postgres -- psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 > /dev/null
direct="/waypost?host=/var/run/postgresql"
printf 'DATABASE_URL=postgresql://waypost_owner:%s@%s\n' "$owner" "$direct" > /etc/waypost/owner
printf 'DATABASE_URL=postgresql://waypost_jobs:%s@%s\n' "$jobs" "$direct" > /etc/waypost/jobs
# The site logs in to the pooler under a new name each time; the pooler logs in to the database as waypost_web.
name="web_$(openssl rand -hex 4)"
former=$(grep '^"web_' /etc/pgbouncer/userlist.txt 2> /dev/null | head -n 1 || true)
printf 'DATABASE_URL=postgresql://%s:%s@/waypost?host=/var/run/postgresql&port=6432\nDATABASE_POOLED=1\n' "$name" "$web" > /etc/waypost/web
printf '"%s" "%s"\n"waypost_web" "%s"\n%s\n' "$name" "$web" "$web" "$former" > /etc/pgbouncer/userlist.txt
chown postgres: /etc/pgbouncer/userlist.txt
