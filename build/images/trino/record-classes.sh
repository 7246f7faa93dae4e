#!/bin/bash
# Runs Trino with a catalog of every kind until it has answered a query, and writes the classes that it loaded into an
# archive which later starts map instead of reading and verifying them.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/catalog" "$folder/warehouse"

catalog() {
    local name=$1
    shift
    printf '%s\n' "$@" >"$folder/catalog/$name.properties"
}
catalog tpch connector.name=tpch
catalog memory connector.name=memory
catalog pinot connector.name=pinot pinot.controller-urls=http://localhost:9000
catalog kafka connector.name=kafka kafka.nodes=localhost:9092 kafka.table-names=first
catalog postgres connector.name=postgresql connection-url=jdbc:postgresql://localhost:5432/first
catalog clickhouse connector.name=clickhouse connection-url=jdbc:clickhouse://localhost:8123/
for connector in hive iceberg delta_lake; do
    catalog "$connector" "connector.name=$connector" hive.metastore.uri=thrift://localhost:9083 fs.native-s3.enabled=true \
        s3.endpoint=http://localhost:9000 s3.region=us-east-1 s3.path-style-access=true s3.aws-access-key=a s3.aws-secret-key=b
done
printf '%s\n' coordinator=true node-scheduler.include-coordinator=true http-server.http.port=8080 \
    discovery.uri=http://localhost:8080 catalog.management=static "catalog.config-dir=$folder/catalog" \
    http-server.log.enabled=false query.max-memory-per-node=128MB query.max-memory=128MB \
    memory.heap-headroom-per-node=128MB >"$folder/config.properties"
printf '%s\n' node.environment=first node.id=first "node.data-dir=$folder/data" plugin.dir=/usr/lib/trino/plugin \
    >"$folder/node.properties"
# The launcher also asks this JVM for its version; the archive of that is replaced by the server's.
printf '%s\n' -Xmx512m -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
    -Djdk.attach.allowAttachSelf=true -XX:+EnableDynamicAgentLoading -XX:ArchiveClassesAtExit=/usr/lib/trino/trino.jsa \
    -Xlog:cds=error >"$folder/jvm.config"
echo io.trino=WARN >"$folder/log.properties"

# Sends a request and leaves its answer in $answer.
ask() {
    exec 3<>/dev/tcp/localhost/8080 || return 1
    printf '%s %s HTTP/1.0\r\nHost: localhost:8080\r\nX-Trino-User: first\r\nContent-Length: %d\r\n\r\n%s' \
        "$1" "$2" "${#3}" "$3" >&3
    answer=$(cat <&3)
    exec 3<&- 3>&-
}
statement() {
    ask POST /v1/statement "$1"
    while [[ $answer =~ \"nextUri\":\"http://[^/]*(/[^\"]*)\" ]]; do ask GET "${BASH_REMATCH[1]}" ""; done
    [[ $answer == *'"state":"FINISHED"'* ]] || { echo "$1: ${answer#*\"error\":}" | head -c 2000 >&2; return 1; }
}

/usr/lib/trino/bin/launcher run --etc-dir "$folder" >"$folder/log" 2>&1 &
trino=$!
for _ in {1..180}; do
    if { ask GET /v1/info "" && [[ $answer == *'"starting":false'* ]]; } 2>/dev/null; then break; fi
    # What one that ended by itself has loaded is not worth an archive.
    kill -0 "$trino" || { tail -n 40 "$folder/log"; rm -f /usr/lib/trino/trino.jsa; exit 1; }
    sleep 1
done
# Not on tpch, whose first query makes a text of 300 MB.
statement 'CREATE TABLE memory.default.first AS SELECT n, cast(n % 7 AS varchar) AS name FROM UNNEST(sequence(1, 100)) AS t(n)'
statement 'SELECT a.name, count(*), max(b.n) FROM memory.default.first a JOIN memory.default.first b ON a.n = b.n GROUP BY 1 ORDER BY 2'
statement 'SHOW CATALOGS'
# Ends as a stop signal ends it, 143; whether the archive is there is what counts.
kill "$trino"
wait "$trino" || true
test -s /usr/lib/trino/trino.jsa
chmod 0644 /usr/lib/trino/trino.jsa
