// Command schema writes the Pulumi schema of one of the plugins: `schema docker schema --out DIR`. Both providers share
// one program because linking is what takes long.
package main

import (
	"fmt"
	"os"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfgen"
	"github.com/terraform-providers/terraform-provider-docker/plugins/docker"
	"github.com/terraform-providers/terraform-provider-docker/plugins/kafka"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: schema docker|kafka schema --out DIR")
		os.Exit(2)
	}
	name := os.Args[1]
	// What follows the name is tfgen's own command line.
	os.Args = append(os.Args[:1], os.Args[2:]...)
	switch name {
	case "docker":
		tfgen.Main("docker", docker.Version, docker.Provider())
	case "kafka":
		tfgen.Main("kafka", kafka.Version, kafka.Provider())
	default:
		fmt.Fprintf(os.Stderr, "no plugin is named %q; there are docker and kafka\n", name)
		os.Exit(2)
	}
}
