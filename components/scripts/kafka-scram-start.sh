#!/bin/bash
# kafka-scram-start.sh <data> <configuration> <cluster id> <user>: starts a broker that knows its user's password.
#
# A new volume is formatted with it; on a volume that knows another one, or none, it is set once the broker answers.
set -eu
data=$1 configuration=$2 cluster=$3 user=$4
bin=/opt/kafka/bin
# One argument a line: on a command line, the password would be seen by ps.
format_arguments=/etc/millrace/scram-format
user_settings=/etc/millrace/scram-user.properties
# The hash of the password that the volume knows; readiness compares it. Kafka leaves a file among its folders alone.
marker=$data/.scram-user

remember() { sha256sum "$format_arguments" >"$marker"; }

set_password() {
    # Its own small heap: it runs beside the broker.
    until KAFKA_HEAP_OPTS=-Xmx48m "$bin/kafka-configs.sh" --bootstrap-server localhost:9094 --alter \
        --entity-type users --entity-name "$user" --add-config-file "$user_settings" >/dev/null; do
        sleep 1
    done
    remember
}

if [ ! -f "$data/meta.properties" ]; then
    "$bin/kafka-storage.sh" format --standalone --cluster-id "$cluster" --config "$configuration" "@$format_arguments"
    remember
elif [ "$(cat "$marker" 2>/dev/null)" != "$(sha256sum "$format_arguments")" ]; then
    # In the background twice: the broker takes this shell's place, and would not collect a child of it.
    (set_password &)
fi
exec "$bin/kafka-server-start.sh" "$configuration"
