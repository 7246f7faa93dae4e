#!/bin/bash
# Runs a metastore on a database in memory until it answers, and writes the classes that it loaded into an archive which
# later starts map instead of reading and verifying 120 jars.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

property() { printf '<property><name>%s</name><value>%s</value></property>\n' "$1" "$2"; }
{
    echo '<configuration>'
    property javax.jdo.option.ConnectionDriverName org.apache.derby.jdbc.EmbeddedDriver
    property javax.jdo.option.ConnectionURL 'jdbc:derby:memory:metastore;create=true'
    property datanucleus.schema.autoCreateAll true
    property metastore.schema.verification false
    property metastore.warehouse.dir s3a://first/warehouse
    property metastore.task.threads.always org.apache.hadoop.hive.metastore.events.EventCleanerTask
    property metastore.expression.proxy org.apache.hadoop.hive.metastore.DefaultPartitionExpressionProxy
    property fs.s3a.endpoint http://localhost:1
    property fs.s3a.endpoint.region us-east-1
    property fs.s3a.access.key first
    property fs.s3a.secret.key first
    echo '</configuration>'
} >"$folder/metastore-site.xml"

# A call of get_all_databases in Thrift's binary protocol; the answer names at least "default".
call='\x80\x01\x00\x01\x00\x00\x00\x11get_all_databases\x00\x00\x00\x01\x00'
answers() {
    (exec 3<>/dev/tcp/localhost/9083 && printf '%b' "$call" >&3 && timeout 5 head -c 40 <&3 | grep -q get_all_databases) 2>/dev/null
}

cd "$folder"
export METASTORE_CONF_DIR=$folder
HADOOP_CLIENT_OPTS="-Xmx256m -XX:+UseSerialGC -XX:ArchiveClassesAtExit=/opt/hive/hive.jsa -Xlog:cds=error" \
    /opt/hive/bin/start-metastore -p 9083 &
metastore=$!
for _ in {1..90}; do
    if answers || ! kill -0 "$metastore"; then break; fi
    sleep 1
done
# Ends as a stop signal ends it, 143; whether the archive is there is what counts.
kill "$metastore"
wait "$metastore" || true
test -s /opt/hive/hive.jsa
chmod 0644 /opt/hive/hive.jsa
