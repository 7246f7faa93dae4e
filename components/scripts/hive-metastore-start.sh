#!/bin/bash
# Runs a Hive metastore whose tables are those of its version. DATABASE is host:port of the PostgreSQL server.
set -euo pipefail
current=/tmp/schema-is-current

# After a restart of the engine both start at the same moment.
for _ in {1..60}; do
    (exec 3<>"/dev/tcp/${DATABASE%:*}/${DATABASE##*:}") 2>/dev/null && break
    sleep 0.5
done

# A JVM's start is saved where this very container has looked before.
if [ ! -f "$current" ]; then
    if ! /opt/hive/bin/schematool -dbType postgres -initOrUpgradeSchema >/tmp/schematool.log 2>&1; then
        tail -n 30 /tmp/schematool.log >&2
        echo "error: the metastore's tables could not be made or upgraded, see above; nothing of the step was kept" >&2
        exit 1
    fi
    touch "$current"
fi

/opt/hive/bin/start-metastore -p 9083 &
metastore=$!
trap 'kill -TERM "$metastore" 2>/dev/null || true' TERM INT
code=0
# The trap interrupts a wait: only when the process is gone is the code its own.
while true; do
    code=0
    wait "$metastore" || code=$?
    kill -0 "$metastore" 2>/dev/null || break
done
# It refuses tables of another version, or none: look again at the next start. 143 is an ordered end.
[ "$code" = 143 ] || rm -f "$current"
exit "$code"
