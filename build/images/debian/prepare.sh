#!/bin/sh
# Makes the root file system from Debian's packages, the same bytes for the same packages.
set -eu
debian-rootfs trixie rootfs.tar
