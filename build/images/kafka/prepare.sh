#!/bin/sh
# Kafka's jars.
set -eu
maven-jars pom.xml libs
