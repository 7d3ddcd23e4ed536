#!/bin/sh
# passwords.sh: new passwords for the three roles of the database, told to the database, the pooler and the site.
# Restart the site afterwards. Whoever is connected stays connected, and until the next time the site's former name at
# the pooler opens new connections too: its old processes need some while the new ones start.
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
# The pooler knows the site by a name that is new each time; to the database all of them are waypost_web.
name="web_$(openssl rand -hex 4)"
former=$(grep '^"web_' /etc/pgbouncer/userlist.txt 2> /dev/null | head -n 1 || true)
printf 'DATABASE_URL=postgresql://%s:%s@/waypost?host=/var/run/postgresql&port=6432\nDATABASE_POOLED=1\n' "$name" "$web" > /etc/waypost/web
printf '"%s" "%s"\n"waypost_web" "%s"\n%s\n' "$name" "$web" "$web" "$former" > /etc/pgbouncer/userlist.txt
chown postgres: /etc/pgbouncer/userlist.txt
