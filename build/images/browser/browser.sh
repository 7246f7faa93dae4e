#!/bin/sh
# Chromium with its debugging protocol on port 9222 of every address. By itself it answers its own container alone, also
# when --remote-debugging-address says otherwise.
set -eu
socat TCP-LISTEN:9222,fork,reuseaddr TCP:127.0.0.1:9223 &
# The container's isolation stands in for Chromium's own, which needs rights that our containers do not have.
exec chromium-headless-shell --no-sandbox --disable-gpu --disable-software-rasterizer --disable-dev-shm-usage \
    --no-first-run --hide-scrollbars --remote-debugging-port=9223 about:blank
