#!/bin/sh
# Fetches the Node.js binary for this processor.
set -eu
npm-binary node-linux 24.21.0 bin/node node
