#!/bin/sh
set -eu
bundle generators/main.ts generators.js
