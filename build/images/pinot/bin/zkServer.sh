#!/bin/sh
# Starts ZooKeeper in the foreground, as the registry's script of this name does.
set -eu
if [ "${1:-}" != start-foreground ] || [ $# -gt 2 ]; then
    echo "usage: zkServer.sh start-foreground [configuration]" >&2
    exit 2
fi
. /opt/pinot/bin/java-options.sh
# shellcheck disable=SC2086  # options are lists of words
exec java $options -Xmx"${ZK_SERVER_HEAP:-64}m" ${JVMFLAGS:-} -cp "$classpath" \
    org.apache.zookeeper.server.quorum.QuorumPeerMain "${2:-${ZOOCFGDIR:-/conf}/zoo.cfg}"
