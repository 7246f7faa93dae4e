#!/bin/sh
# Starts a command of Pinot with JAVA_OPTS, as the registry's script of this name does.
set -eu
cd /opt/pinot
. /opt/pinot/bin/java-options.sh
# JAVA_OPTS come last: they win over what is set here.
# shellcheck disable=SC2086  # options are lists of words
exec java $options ${JAVA_OPTS:--Xmx512m -XX:+UseSerialGC} -cp "$classpath" \
    org.apache.pinot.tools.admin.PinotAdministrator "$@"
