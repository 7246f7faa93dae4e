#!/bin/sh
# The server as one file, and the page's script and style as one file each.
set -eu
bundle dashboard/server/main.ts server.js
bundle dashboard/client/main.tsx app.js --platform=browser --format=esm --target=es2022 --minify \
    --jsx=automatic --jsx-import-source=preact
