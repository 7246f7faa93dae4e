// Package docker maps the Terraform docker provider onto Pulumi tokens.
package docker

import (
	"context"
	"os"
	"unicode"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	tks "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	upstream "github.com/terraform-providers/terraform-provider-docker/internal/provider"
)

// Version is set by the linker to the version of the npm package @pulumi/docker, whose tokens these are.
var Version = "0.0.0"

func tok(name string) tokens.Type {
	return tokens.Type("docker:index/" + string(unicode.ToLower(rune(name[0]))) + name[1:] + ":" + name)
}

// Provider describes the bridged provider: its tokens, names and defaults equal those of @pulumi/docker.
func Provider() tfbridge.ProviderInfo {
	p := tfbridge.ProviderInfo{
		P:           shimv2.NewProvider(upstream.New(Version)()),
		Name:        "docker",
		Version:     Version,
		Description: "docker resources",
		GitHubOrg:   "kreuzwerker",
		Config: map[string]*tfbridge.SchemaInfo{
			"host": {Default: &tfbridge.DefaultInfo{
				ComputeDefault: func(context.Context, tfbridge.ComputeDefaultOptions) (any, error) {
					if h := os.Getenv("DOCKER_HOST"); h != "" {
						return h, nil
					}
					return "unix:///var/run/docker.sock", nil
				},
			}},
			"registry_auth": {Name: "registryAuth", MaxItemsOne: tfbridge.False()},
		},
		Resources: map[string]*tfbridge.ResourceInfo{
			"docker_config": {Tok: tok("ServiceConfig")},
			"docker_container": {
				Tok:                 tok("Container"),
				DeleteBeforeReplace: true,
				Fields: map[string]*tfbridge.SchemaInfo{
					"command":           {Name: "command"},
					"networks_advanced": {Name: "networksAdvanced"},
				},
			},
			"docker_image": {
				Tok:    tok("RemoteImage"),
				Fields: map[string]*tfbridge.SchemaInfo{"name": {Name: "name"}},
			},
		},
		DataSources: map[string]*tfbridge.DataSourceInfo{
			"docker_image": {Tok: "docker:index/getRemoteImage:getRemoteImage"},
		},
	}
	p.MustComputeTokens(tks.SingleModule("docker_", "index", tks.MakeStandard("docker")))
	p.SetAutonaming(255, "-")
	return p
}
