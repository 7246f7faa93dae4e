#!/bin/sh
# Node.js for this machine's processor.
set -eu
npm-binary node-linux 24.21.0 bin/node node
