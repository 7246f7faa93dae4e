#!/bin/sh
# Jars that Flink's distribution does not have.
set -eu
maven-jars pom.xml lib
# A plugin's folder has a class loader of its own.
mkdir -p plugins/s3-fs-native
mv lib/flink-s3-fs-native-*.jar plugins/s3-fs-native/
