#!/bin/sh
# The root file system, from Debian packages.
set -eu
debian-rootfs trixie rootfs.tar
