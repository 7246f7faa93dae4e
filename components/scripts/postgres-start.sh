#!/bin/bash
# Runs one PostgreSQL server: makes its data folder at the first start, then serves, and sets up users and databases at
# every start.
set -euo pipefail

config=/etc/millrace/postgres
volume=/var/lib/postgresql/data
export PGDATA=$volume/pgdata PGHOST=/var/run/postgresql PGCONNECT_TIMEOUT=5
ready=/tmp/postgres-ready

# A restarted container still has the files of its last run.
rm -f "$ready" /tmp/postgres-answered

# The server's own guard, postmaster.pid, knows processes by number, and in a new container the same number is another
# process: after a kill the server refuses to start ("lock file already exists") now and then. This lock ends with its
# last holder, whatever ended it.
exec 9>"$volume/lock"
if ! flock --nonblock 9; then
    echo "error: another PostgreSQL server uses the data volume; stop that one, then this one starts by itself" >&2
    exit 1
fi

if [ ! -d "$PGDATA" ]; then
    # Under another name until it is whole: a kill in the middle leaves nothing that looks like a server's data.
    rm -rf "$PGDATA.part"
    # Strings are ordered by PostgreSQL itself: with the C library's order, indexes would break when an image brings
    # another one.
    initdb --pgdata="$PGDATA.part" --username=postgres --pwfile=<(sed -n 's/^postgres://p' "$config/passwords") \
        --encoding=UTF8 --locale-provider=builtin --locale=C.UTF-8 --data-checksums \
        --auth-local=peer --auth-host=scram-sha-256 >/tmp/initdb.log || {
        cat /tmp/initdb.log >&2
        exit 1
    }
    mv "$PGDATA.part" "$PGDATA"
    sync "$volume"
fi
rm -f "$PGDATA/postmaster.pid"

postgres -c config_file="$config/postgresql.conf" -c hba_file="$config/pg_hba.conf" \
    -c ident_file="$config/pg_ident.conf" &
server=$!
stopping=no
# TERM would wait until every client has gone, and a pool of connections never goes: INT ends their sessions.
trap 'stopping=yes; kill -INT "$server" 2>/dev/null || true' TERM INT

# The trap interrupts a wait: only when the process is gone is the code its own.
await_end() {
    local code=0
    while true; do
        code=0
        wait "$server" || code=$?
        kill -0 "$server" 2>/dev/null || exit "$code"
    done
}

until pg_isready --quiet; do
    kill -0 "$server" 2>/dev/null || await_end
    sleep 0.1
done
# A failure leaves the server running, not ready: what was there before goes on working.
if bash "$config/provision.sh"; then
    touch "$ready"
elif [ "$stopping" = no ]; then
    echo "error: users and databases could not be set up, see above; the server runs, but does not count as ready" >&2
fi
await_end
