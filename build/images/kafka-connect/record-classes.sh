#!/bin/bash
# Runs a worker until it answers, and writes the classes that it loaded into an archive which later starts map instead of
# reading and verifying them. It takes the place of the broker's archive, which this image inherits: an archive serves
# one program.
set -eu
cd /opt/kafka/bin
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
rm -f /opt/kafka/kafka.jsa

cat >"$folder/server.properties" <<PROPERTIES
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=localhost:9093
controller.listener.names=CONTROLLER
listeners=CLIENT://localhost:9092,CONTROLLER://localhost:9093
listener.security.protocol.map=CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=CLIENT
log.dirs=$folder/data
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
log.cleaner.dedupe.buffer.size=4194304
PROPERTIES
cat >"$folder/worker.properties" <<PROPERTIES
bootstrap.servers=localhost:9092
group.id=first
key.converter=org.apache.kafka.connect.json.JsonConverter
value.converter=org.apache.kafka.connect.json.JsonConverter
config.storage.topic=configs
config.storage.replication.factor=1
offset.storage.topic=offsets
offset.storage.partitions=1
offset.storage.replication.factor=1
status.storage.topic=status
status.storage.partitions=1
status.storage.replication.factor=1
exactly.once.source.support=enabled
config.providers=directory
config.providers.directory.class=org.apache.kafka.common.config.provider.DirectoryConfigProvider
plugin.path=/kafka/connect
plugin.discovery=service_load
listeners=http://localhost:8083
PROPERTIES

answers() { # <path>
    (exec 3<>/dev/tcp/localhost/8083 && printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$1" >&3 &&
        read -r _ status _ <&3 && [[ $status == 2* ]]) 2>/dev/null
}

export KAFKA_HEAP_OPTS="-Xms128m -Xmx128m"
./kafka-storage.sh format --standalone --cluster-id "$(./kafka-storage.sh random-uuid)" --config "$folder/server.properties"
./kafka-server-start.sh "$folder/server.properties" &
broker=$!
KAFKA_HEAP_OPTS="-Xms192m -Xmx192m" KAFKA_OPTS="-XX:ArchiveClassesAtExit=/opt/kafka/kafka.jsa -Xlog:cds=error" \
    ./connect-distributed.sh "$folder/worker.properties" &
worker=$!
for _ in {1..120}; do
    if answers /health && answers /connector-plugins && answers /connectors || ! kill -0 "$worker"; then break; fi
    sleep 1
done
# Both end as a stop signal ends them, 143; whether the archive is there is what counts.
kill "$worker"
wait "$worker" || true
kill "$broker"
wait "$broker" || true
test -s /opt/kafka/kafka.jsa
chmod 0644 /opt/kafka/kafka.jsa
