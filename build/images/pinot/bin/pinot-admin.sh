#!/bin/sh
# Starts a command of Pinot with JAVA_OPTS, as the registry's script of this name does.
set -eu
cd /opt/pinot
# Pinot 0.11 reaches into the runtime for its memory-mapped buffers.
opens="--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED"
for package in java.nio sun.nio.ch java.lang java.util java.lang.reflect; do
    opens="$opens --add-opens=java.base/$package=ALL-UNNAMED"
done
# One order of the jars on every file system: which of two equal classes wins must not depend on the machine.
classpath=$(printf '%s:' /opt/pinot/lib/*.jar)
# JAVA_OPTS come last: they win over what is set here.
# shellcheck disable=SC2086  # options are lists of words
exec java $opens -Djava.awt.headless=true -Dlog4j2.configurationFile=/opt/pinot/conf/log4j2.xml \
    ${JAVA_OPTS:--Xmx512m -XX:+UseSerialGC} -cp "${classpath%:}" \
    org.apache.pinot.tools.admin.PinotAdministrator "$@"
