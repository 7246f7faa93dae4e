# Read by the scripts beside it: `options` and `classpath` of every JVM of this image.
: "${HADOOP_CLIENT_OPTS:=-Xmx256m -XX:+UseSerialGC}"
export METASTORE_HOME=/opt/hive METASTORE_CONF_DIR="${METASTORE_CONF_DIR:-/opt/hive/conf}"

# One order of the jars everywhere: the class archive is valid for one order only. Nor does it allow a folder on the
# class path, so configuration is found by METASTORE_CONF_DIR alone, and all of it stands in metastore-site.xml.
classpath=$(printf '%s:' /opt/hive/lib/*.jar)
classpath=${classpath%:}

options="-Djava.awt.headless=true -Dlog4j2.configurationFile=/opt/hive/conf/metastore-log4j2.properties"
options="$options -Dlog4j.configurationFile=/opt/hive/conf/metastore-log4j2.properties"
for package in java.lang java.net java.util java.util.concurrent java.nio; do
    options="$options --add-opens=java.base/$package=ALL-UNNAMED"
done
# It also uses what Java 25 warns of; whoever reads the log cannot change it.
options="$options --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow"
# At the address that it was written for, the archive's pages need no relocation: they stay shared and unread until used.
# The log of archives is off: it calls it an error that the flags above keep a part of the archive unused.
if [ -s /opt/hive/hive.jsa ]; then
    options="$options -XX:SharedArchiveFile=/opt/hive/hive.jsa"
    options="$options -XX:+UnlockDiagnosticVMOptions -XX:ArchiveRelocationMode=0 -Xlog:cds=off"
fi
