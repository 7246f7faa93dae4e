#!/bin/sh
# Flink's jars: most come with its Python package, the SQL gateway's is Maven's.
set -eu
pip-wheel apache-flink-libraries==2.3.0 wheel
mv wheel/pyflink/lib wheel/pyflink/plugins .
rm -rf wheel
maven-jars pom.xml opt

# Needed by jobs written in Scala only, and by TaskManagers with graphics cards.
rm -r lib/flink-scala_2.12-*.jar plugins/external-resource-gpu

# Two thirds of flink-dist are native libraries, each for every system and processor.
case $(uname -m) in
    x86_64) other=linux-aarch64 other_netty=linux_aarch_64 ;;
    aarch64 | arm64) other=linux64 other_netty=linux_x86_64 ;;
    *)
        echo "Flink has no native libraries for $(uname -m)" >&2
        exit 1
        ;;
esac
for store in rocksdb forst; do
    for system in '*-musl.so' linux32.so linux-ppc64le.so $other.so 'osx*' 'win*'; do
        jar-without lib/flink-dist-*.jar "lib${store}jni-$system"
    done
done
for system in $other_netty 'osx*' 'windows*'; do
    jar-without lib/flink-dist-*.jar "META-INF/native/*netty_quiche*_$system*"
done

# Java 25 ends a search for services at the first that lacks a class, which older ones let the caller step over, and
# YARN's lacks Hadoop: without this the SQL gateway does not start.
services=META-INF/services/org.apache.flink.client.deployment.ClusterClientFactory
mkdir -p META-INF/services
python3 -c 'import sys, zipfile; sys.stdout.write(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]).decode())' \
    lib/flink-dist-*.jar $services | grep -v '^org\.apache\.flink\.yarn\.' >$services
zip --quiet lib/flink-dist-*.jar $services
rm -r META-INF
