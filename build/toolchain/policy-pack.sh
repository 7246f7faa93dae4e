#!/bin/sh
# Runs a Node.js policy pack for a Pulumi CLI whose language host cannot: link this script into the pack's folder and
# give `--policy-pack` the link. Pulumi, built or stock, passes the engine's address.
set -eu
cd "$(dirname "$0")"
exec node "$(node -p "require.resolve('@pulumi/pulumi/cmd/run-policy-pack')")" "$1" .
