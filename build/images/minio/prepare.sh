#!/bin/sh
# MinIO, the last commit before its repository was closed, under the name that a release of that moment would have had.
set -eu
version=github.com/minio/minio/cmd
go-binary github.com/minio/minio v0.0.0-20260212201848-7aac2a2c5b7c minio \
    -X $version.Version=2026-02-12T20:18:48Z \
    -X $version.ReleaseTag=RELEASE.2026-02-12T20-18-48Z \
    -X $version.CommitID=7aac2a2c5b7c \
    -X $version.ShortCommitID=7aac2a2c5b7c \
    -X $version.CopyrightYear=2026
