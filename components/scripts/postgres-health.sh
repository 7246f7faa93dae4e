#!/bin/bash
# Ready: users and databases are set up, and every database answers its owner. Each costs a connection, so they are asked
# once in ten seconds; in between, whether the server takes connections is enough.
set -euo pipefail
[ -f /tmp/postgres-ready ]
export PGHOST=/var/run/postgresql PGCONNECT_TIMEOUT=3
pg_isready --quiet

asked=0 answered=/tmp/postgres-answered
[ -f "$answered" ] && read -r asked <"$answered"
printf -v now '%(%s)T' -1
((now - asked >= 10)) || exit 0

while IFS=: read -r database owner _; do
    printf '\\connect %s %s\nSELECT 1;\n' "$database" "$owner"
done </etc/millrace/postgres/databases |
    psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --username=postgres --dbname=postgres --output=/dev/null
echo "$now" >"$answered"
