#!/bin/sh
# Debezium's plugin, without what only people read; its licences stay.
set -eu
maven-jars pom.xml download
mkdir connect
tar --extract --gzip --file download/*-plugin.tar.gz --directory connect --no-same-owner --exclude '*.md'
rm -r download
