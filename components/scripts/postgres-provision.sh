#!/bin/bash
# Makes users and databases what was declared; run at every start, on the server's own socket. Nothing is ever dropped.
set -euo pipefail

config=/etc/millrace/postgres
run="psql --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1"

while IFS=: read -r user password; do
    # A failing statement goes to the log with its text, and this one has a password in it.
    PASSWORD=$password $run --username=postgres --dbname=postgres --set=user="$user" <<'SQL'
SET log_statement = 'none';
SET log_min_error_statement = 'panic';
SET log_min_duration_statement = -1;
\getenv password PASSWORD
SELECT format('CREATE ROLE %I', :'user') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'user') \gexec
ALTER ROLE :"user" LOGIN PASSWORD :'password';
SQL
done <"$config/passwords"

while IFS=: read -r database owner capture; do
    $run --username=postgres --dbname=postgres --set=database="$database" --set=owner="$owner" --set=capture="$capture" <<'SQL'
SELECT format('CREATE DATABASE %I OWNER %I TEMPLATE template0', :'database', :'owner')
    WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec
ALTER DATABASE :"database" OWNER TO :"owner";
-- Everybody may connect to a new database by default; owners are to keep to their own.
REVOKE CONNECT, TEMPORARY ON DATABASE :"database" FROM PUBLIC;
SELECT :'capture' <> '' AS captured \gset
\if :captured
ALTER ROLE :"capture" REPLICATION;
GRANT CONNECT ON DATABASE :"database" TO :"capture";
GRANT pg_read_all_data TO :"capture";
\endif
SQL

    init=$config/init/$database.sql
    [ -f "$init" ] || continue
    mark="init SQL $(sha256sum <"$init" | head -c 16) has run"
    [ "$($run --username=postgres --dbname="$database" <<<"SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()")" = "$mark" ] && continue
    if ! $run --username="$owner" --dbname="$database" --single-transaction \
        --file="$init" --command="COMMENT ON DATABASE \"$database\" IS '$mark'" >/dev/null; then
        echo "error: the init SQL of database \"$database\" failed at the line above, and nothing of it was kept" >&2
        echo "  Way out: correct it in databases.$database.init, then run up again." >&2
        exit 1
    fi
done <"$config/databases"
