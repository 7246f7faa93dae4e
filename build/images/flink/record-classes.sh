#!/bin/bash
# Runs a cluster with one small job through its SQL gateway, and writes all classes that its processes loaded into one
# archive, which later starts map instead of reading and verifying the jars. One for all: most classes are the same, and
# containers of one image share its pages.
#
# The job writes to a broker that is not there: what a client, its serializers and its retries are made of is loaded all
# the same.
set -eu
folder=$(mktemp -d)
chmod 0777 "$folder"
config=/opt/flink/conf/config.yaml
[ ! -e "$config" ] || cp "$config" "$folder/config.yaml"
restore() {
    rm -f "$config"
    [ ! -e "$folder/config.yaml" ] || cp "$folder/config.yaml" "$config"
    rm -rf "$folder"
}
trap restore EXIT

cat >"$config" <<YAML
jobmanager.rpc.address: localhost
jobmanager.rpc.port: 6123
rest.address: localhost
rest.port: 8081
taskmanager.host: localhost
taskmanager.numberOfTaskSlots: 2
taskmanager.cpu.cores: 1.0
taskmanager.memory.framework.heap.size: 64m
taskmanager.memory.framework.off-heap.size: 32m
taskmanager.memory.task.heap.size: 128m
taskmanager.memory.task.off-heap.size: 0m
taskmanager.memory.managed.size: 32m
taskmanager.memory.network.min: 32m
taskmanager.memory.network.max: 32m
taskmanager.memory.jvm-metaspace.size: 192m
taskmanager.memory.jvm-overhead.min: 64m
taskmanager.memory.jvm-overhead.max: 64m
cluster.registration.error-delay: 500 ms
io.tmp.dirs: $folder
execution.checkpointing.dir: file://$folder/checkpoints
execution.checkpointing.interval: 1s
sql-gateway.endpoint.rest.address: localhost
sql-gateway.endpoint.rest.port: 8084
YAML

# ask <port> <method> <path> [body]: the answer's body; false when it is not 2xx.
ask() {
    local port=$1 method=$2 path=$3 body=${4:-} status
    exec 3<>"/dev/tcp/localhost/$port" || return 1
    printf '%s %s HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %s\r\n\r\n%s' \
        "$method" "$path" "${#body}" "$body" >&3
    read -r _ status _ <&3
    cat <&3
    exec 3>&-
    [[ $status == 2* ]]
}

# eventually <seconds> <command…>: repeats it until it succeeds.
eventually() {
    local until=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < until)) || return 1
        sleep 0.5
    done
}

# The text of a field of a JSON answer.
field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }

start() {
    JVM_ARGS="-Xmx192m -XX:+UseSerialGC -XX:DumpLoadedClassList=$folder/$1.classes" \
        /opt/flink/bin/flink-process.sh "$1" &
}
start jobmanager
jobmanager=$!
start taskmanager
taskmanager=$!
start sql-gateway
gateway=$!

registered() { ask 8081 GET /overview | grep -q '"taskmanagers":1'; }
eventually 120 registered
eventually 120 ask 8084 GET /v1/info

session=$(ask 8084 POST /v1/sessions '{}' | field sessionHandle)
sql() {
    local operation
    operation=$(ask 8084 POST "/v1/sessions/$session/statements" "{\"statement\":\"$1\"}" | field operationHandle)
    finished() { ask 8084 GET "/v1/sessions/$session/operations/$operation/status" | grep -Eq 'FINISHED|ERROR'; }
    eventually 120 finished
    # A failed statement is told here only; what it loaded is of use all the same.
    ask 8084 GET "/v1/sessions/$session/operations/$operation/result/0" >"$folder/answer" || cat "$folder/answer"
}
kafka="'connector'='kafka','properties.bootstrap.servers'='localhost:1','topic'='t','properties.group.id'='g','scan.startup.mode'='earliest-offset','format'='json'"
columns="id STRING, amount DOUBLE, moment TIMESTAMP(3), WATERMARK FOR moment AS moment"
sql "CREATE TABLE events ($columns) WITH ($kafka)"
sql "CREATE TABLE generated ($columns) WITH ('connector'='datagen','rows-per-second'='20')"
sql "CREATE TABLE sums (start_time TIMESTAMP(3), id STRING, amount DOUBLE) WITH ('connector'='kafka','properties.bootstrap.servers'='localhost:1','topic'='t','format'='json')"
query="SELECT window_start, id, SUM(amount) FROM TABLE(TUMBLE(TABLE %s, DESCRIPTOR(moment), INTERVAL '1' SECOND)) GROUP BY window_start, window_end, id"
# shellcheck disable=SC2059  # the format is the query
sql "EXPLAIN INSERT INTO sums $(printf "$query" events)"
# shellcheck disable=SC2059
sql "INSERT INTO sums $(printf "$query" generated)"
checkpointed() { ls "$folder"/checkpoints/*/chk-*/_metadata; }
eventually 30 checkpointed || true

# Each ends as a stop signal ends it, 143; whether the lists are there is what counts.
for process in "$gateway" "$taskmanager" "$jobmanager"; do
    kill "$process"
    wait "$process" || true
done
# Classes of loaders of their own (RPC, the planner) have a source, and names of files that will not be there again.
sed -E '/ source: /d; s/ id: [0-9]+$//' "$folder"/{jobmanager,taskmanager,sql-gateway}.classes |
    awk '!seen[$0]++' >"$folder/classes"
cd /opt/flink
classpath=$(printf ':/opt/flink/%s' lib/*.jar opt/flink-sql-gateway-*.jar)
java -Xshare:dump -XX:SharedClassListFile="$folder/classes" -XX:SharedArchiveFile=/opt/flink/flink.jsa \
    -XX:+UseSerialGC -Xmx512m -Xlog:disable -cp "${classpath#:}"
chmod 0644 /opt/flink/flink.jsa
