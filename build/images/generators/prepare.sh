#!/bin/sh
# The program, as one file.
set -eu
bundle generators/main.ts generators.js
