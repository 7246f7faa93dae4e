#!/bin/sh
# The engine's library for this machine's processor, Node.js's C headers for the binding, and the front as one file.
set -eu
case $(uname -m) in
    x86_64) processor=x64 ;;
    aarch64 | arm64) processor=arm64 ;;
    *)
        echo "chdb has no library for $(uname -m)" >&2
        exit 1
        ;;
esac
# What chdb 3.4.0 is made of, without its own binding. No other build will do: with those of PyPI a folder with a Kafka
# table cannot be opened again.
npm install --ignore-scripts --no-save --no-audit --no-fund --no-progress --prefix packages \
    "@chdb/lib-linux-$processor-gnu@26.7.3-stable.1" node-api-headers@1.9.0
mv "packages/node_modules/@chdb/lib-linux-$processor-gnu/libchdb.so" libchdb.so
mv packages/node_modules/node-api-headers/include node-api-headers
rm -rf packages
bundle build/images/clickhouse/server/main.ts server.js
