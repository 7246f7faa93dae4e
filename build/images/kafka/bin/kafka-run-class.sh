#!/bin/sh
# Starts a class of Kafka with the variables that the registry's scripts honour.
set -eu
: "${KAFKA_HEAP_OPTS:=-Xmx256m}"
: "${KAFKA_JVM_PERFORMANCE_OPTS:=-XX:+UseSerialGC -Djava.awt.headless=true}"
: "${KAFKA_LOG4J_OPTS:=-Dlog4j2.configurationFile=/opt/kafka/config/log4j2.yaml}"

# One order of the jars everywhere: the class archive is valid for one order only, and which of two equal classes wins
# must not depend on a file system.
classpath=$(printf '%s:' /opt/kafka/libs/*.jar)
# Kafka still uses what Java 25 warns of; whoever reads the log cannot change it.
options="--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow"
# At the address that it was written for, the archive's pages need no relocation: they stay shared and unread until used,
# 30 MB less. The log of archives is off: it calls it an error that the flags above keep a part of the archive unused.
if [ -s /opt/kafka/kafka.jsa ]; then
    options="$options -XX:SharedArchiveFile=/opt/kafka/kafka.jsa"
    options="$options -XX:+UnlockDiagnosticVMOptions -XX:ArchiveRelocationMode=0 -Xlog:cds=off"
fi
# shellcheck disable=SC2086  # options are lists of words
exec java $options $KAFKA_HEAP_OPTS $KAFKA_JVM_PERFORMANCE_OPTS $KAFKA_LOG4J_OPTS ${KAFKA_OPTS:-} \
    -cp "${classpath%:}" "$@"
