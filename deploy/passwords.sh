#!/bin/sh
# passwords.sh: new passwords for the three roles of the database, told to the database, the pooler and the site.
# Whoever is connected stays connected; restart the site afterwards.
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
printf 'DATABASE_URL=postgresql://waypost_web:%s@/waypost?host=/var/run/postgresql&port=6432\nDATABASE_POOLED=1\n' "$web" > /etc/waypost/web
printf '"waypost_web" "%s"\n' "$web" > /etc/pgbouncer/userlist.txt
chown postgres: /etc/pgbouncer/userlist.txt
