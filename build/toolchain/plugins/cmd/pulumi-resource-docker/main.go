// Command pulumi-resource-docker is the provider plugin that Pulumi starts for @pulumi/docker.
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/terraform-providers/terraform-provider-docker/plugins/docker"
)

// Made by cmd/schema and laid over this folder at build time, see ../../../plugins.ts.
//
//go:embed schema.json
var schema []byte

func main() { tfbridge.Main("docker", docker.Version, docker.Provider(), schema) }
