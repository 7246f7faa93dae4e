#!/bin/bash
# flink-process.sh jobmanager|taskmanager|sql-gateway [argument…]: one process of Flink, in the foreground.
#
# JVM_ARGS come last: they win over what is set here. Sizes have to be in them and in conf/config.yaml; the scripts of
# Flink's distribution would start another JVM to compute the one from the other.
set -eu
cd /opt/flink

role=${1:-}
shift || true
case $role in
    jobmanager)
        main=org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint
        arguments=(--configDir conf --executionMode cluster)
        ;;
    taskmanager)
        main=org.apache.flink.runtime.taskexecutor.TaskManagerRunner
        arguments=(--configDir conf)
        ;;
    sql-gateway)
        main=org.apache.flink.table.gateway.SqlGateway
        arguments=()
        ;;
    *)
        echo "usage: flink-process.sh jobmanager|taskmanager|sql-gateway [argument…]" >&2
        exit 2
        ;;
esac

# The same jars in one order everywhere, the gateway's for all: a class archive is valid for one class path only.
classpath=$(printf ':/opt/flink/%s' lib/*.jar opt/flink-sql-gateway-*.jar)

options=(-Djava.awt.headless=true -Dlog4j2.configurationFile=file:/opt/flink/conf/millrace-log4j.properties)
# A recreated container has another address under the same name.
options+=(-Dsun.net.inetaddr.ttl=5 -Dsun.net.inetaddr.negative.ttl=1)
# What Flink's own configuration opens (its serializers and state clean-up reach into the runtime).
for package in java.rmi/sun.rmi.registry java.security.jgss/sun.security.krb5 java.base/sun.net.util; do
    options+=("--add-exports=$package=ALL-UNNAMED")
done
for package in lang lang.reflect net io nio text time util util.concurrent util.concurrent.atomic util.concurrent.locks; do
    options+=("--add-opens=java.base/java.$package=ALL-UNNAMED")
done
options+=(--add-opens=java.base/sun.nio.ch=ALL-UNNAMED --enable-native-access=ALL-UNNAMED)
# Java 24 warns at every use of what Flink's memory segments are made of; 17 does not know the option.
version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$JAVA_HOME/release")
[ "${version:-0}" -lt 24 ] || options+=(--sun-misc-unsafe-memory-access=allow)
# At the address that it was written for, an archive's pages need no relocation: they stay shared and unread until used.
if [ -s /opt/flink/flink.jsa ]; then
    options+=(-XX:SharedArchiveFile=/opt/flink/flink.jsa)
    options+=(-XX:+UnlockDiagnosticVMOptions -XX:ArchiveRelocationMode=0 -Xlog:cds=off)
fi

export FLINK_HOME=/opt/flink FLINK_CONF_DIR=/opt/flink/conf FLINK_LIB_DIR=/opt/flink/lib
export FLINK_OPT_DIR=/opt/flink/opt FLINK_PLUGINS_DIR=/opt/flink/plugins
# shellcheck disable=SC2086  # JVM_ARGS is a list of words
exec java "${options[@]}" ${JVM_ARGS:--Xmx512m} -cp "${classpath#:}" "$main" "${arguments[@]}" "$@"
