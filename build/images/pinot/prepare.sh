#!/bin/sh
# Pinot's jars, with ZooKeeper's among them.
set -eu
maven-jars pom.xml lib
