#!/bin/sh
# Starts a class of Kafka with the variables that the registry's scripts honour.
set -eu
: "${KAFKA_HEAP_OPTS:=-Xmx256m}"
: "${KAFKA_JVM_PERFORMANCE_OPTS:=-XX:+UseSerialGC -Djava.awt.headless=true}"
: "${KAFKA_LOG4J_OPTS:=-Dlog4j2.configurationFile=/opt/kafka/config/log4j2.yaml}"
# One order of the jars on every file system: which of two equal classes wins must not depend on the machine.
classpath=$(printf '%s:' /opt/kafka/libs/*.jar)
# shellcheck disable=SC2086  # options are lists of words
exec java $KAFKA_HEAP_OPTS $KAFKA_JVM_PERFORMANCE_OPTS $KAFKA_LOG4J_OPTS ${KAFKA_OPTS:-} -cp "${classpath%:}" "$@"
