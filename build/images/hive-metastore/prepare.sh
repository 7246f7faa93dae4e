#!/bin/sh
# The metastore's distribution, and the jars of Hadoop and S3 that it expects beside it.
set -eu
maven-jars pom.xml lib
mkdir distribution sql
tar --extract --gzip --strip-components=1 --directory distribution --file lib/hive-standalone-metastore-server-*-bin.tar.gz
rm lib/*.tar.gz

cd distribution/lib
# Drivers of other databases, a server of another protocol, terminals.
rm mysql-* mssql-* grpc-* proto-google-* perfmark-* jna-* jline-terminal-j*
# Where both bring a library, Hadoop's and S3's is the newer one; two on one class path would mix.
for jar in ../../lib/*.jar; do
    artifact=$(basename "$jar" .jar | sed -E 's/-[0-9].*//')
    rm -f "$artifact"-[0-9]*.jar
done
cd ../..
mv distribution/lib/*.jar lib/

# A kill in the middle of a schema's SQL leaves half a schema, which schematool can neither finish nor begin again:
# here each script is one transaction. Schemas before Hive 3 cannot be upgraded.
for file in distribution/scripts/metastore/upgrade/postgres/hive-schema-4.0.0.postgres.sql \
    distribution/scripts/metastore/upgrade/postgres/upgrade-[34].*.sql; do
    { echo 'BEGIN;' && cat "$file" && printf '\nCOMMIT;\n'; } >"sql/$(basename "$file")"
done
grep '^[34]' distribution/scripts/metastore/upgrade/postgres/upgrade.order.postgres >sql/upgrade.order.postgres
rm -r distribution
