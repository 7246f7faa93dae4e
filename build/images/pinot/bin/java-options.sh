# Read by the scripts beside it: `options` and `classpath` of every JVM of this image.

# One order of the jars everywhere: the class archive is valid for one order only, and which of two equal classes wins
# must not depend on a file system.
classpath=$(printf '%s:' /opt/pinot/lib/*.jar)
classpath=${classpath%:}

options="-Djava.awt.headless=true -Dlog4j2.configurationFile=/opt/pinot/conf/log4j2.xml"
# Pinot 0.11 reaches into the runtime for its memory-mapped buffers.
options="$options --add-exports=java.base/jdk.internal.ref=ALL-UNNAMED"
for package in java.nio sun.nio.ch java.lang java.util java.lang.reflect; do
    options="$options --add-opens=java.base/$package=ALL-UNNAMED"
done
# It also uses what Java 25 warns of; whoever reads the log cannot change it.
options="$options --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow"
# At the address that it was written for, the archive's pages need no relocation: they stay shared and unread until used,
# 40 MB less. The log of archives is off: it calls it an error that the flags above keep a part of the archive unused.
if [ -s /opt/pinot/pinot.jsa ]; then
    options="$options -XX:SharedArchiveFile=/opt/pinot/pinot.jsa"
    options="$options -XX:+UnlockDiagnosticVMOptions -XX:ArchiveRelocationMode=0 -Xlog:cds=off"
fi
