// Command pulumi-resource-kafka is the provider plugin that Pulumi starts for @pulumi/kafka.
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/terraform-providers/terraform-provider-docker/plugins/kafka"
)

// Made by cmd/schema and laid over this folder at build time, see ../../../plugins.ts.
//
//go:embed schema.json
var schema []byte

func main() { tfbridge.Main("kafka", kafka.Version, kafka.Provider(), schema) }
