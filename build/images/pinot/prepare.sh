#!/bin/sh
# Pinot's jars, with ZooKeeper's among them, from Maven.
set -eu
"$PREPARE/maven-jars.sh" pom.xml "$CONTEXT/lib"
