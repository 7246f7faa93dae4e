#!/bin/sh
set -eu
maven-jars pom.xml libs
