#!/bin/bash
# kafka-connect-start.sh <configuration> <class of a connector>…: starts a worker that has these connectors.
#
# A worker without one starts all the same and would only never be ready: here it is said which, and why.
set -eu
configuration=$1
shift
plugins=/kafka/connect

for class in "$@"; do
    # Names of files stand in a jar as they are.
    if ! grep -rqF --include='*.jar' "${class//.//}.class" "$plugins"; then
        echo "error: connector $class is in no jar below $plugins of this image, which has" \
            "$(cd "$plugins" && echo *); name a connector that it has in the component's plugins, or add the jar" >&2
        exit 1
    fi
done
exec /kafka/bin/connect-distributed.sh "$configuration"
