#!/bin/sh
# Trino's distribution without what nothing here uses, as a tar: hard links, of which it is full, stay hard links.
set -eu
maven-jars pom.xml download
# A plugin's jars are links to another's, which may be one that goes: everything has to be there before anything goes.
tar -xzf download/trino-server-476.tar.gz
rm -r download
mv trino-server-476 trino
cd trino

# Geospatial holds a type that postgresql asks for; password-authenticators is the login.
for plugin in plugin/*; do
    case ${plugin#plugin/} in
        clickhouse | delta-lake | geospatial | hive | iceberg | jmx | kafka | memory | password-authenticators) ;;
        pinot | postgresql | tpch) ;;
        *) rm -r "$plugin" ;;
    esac
done
# HDFS, Snowflake's own Iceberg catalog, a store for joins on disk that no connector of these turns on, and vaults.
rm -r plugin/hive/hdfs plugin/iceberg/hdfs plugin/delta-lake/hdfs
rm -f plugin/iceberg/*snowflake-jdbc*.jar plugin/*/*rocksdbjni*.jar
rm -rf secrets-plugin/*

case $(uname -m) in
    x86_64) processor=amd64 ;;
    aarch64 | arm64) processor=arm64 ;;
    *)
        echo "Trino's launcher does not exist for $(uname -m)" >&2
        exit 1
        ;;
esac
for folder in bin/*/; do
    [ "$folder" = "bin/linux-$processor/" ] || rm -r "$folder"
done

cd ..
tar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner -cf trino.tar trino
rm -r trino
