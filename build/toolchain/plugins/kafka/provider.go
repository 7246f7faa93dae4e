// Package kafka maps the Terraform kafka provider onto Pulumi tokens.
package kafka

import (
	"strings"
	"unicode"

	upstream "github.com/Mongey/terraform-provider-kafka/kafka"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	tks "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
)

// Version is set by the linker to the version of the npm package @pulumi/kafka, whose tokens these are.
var Version = "0.0.0"

// Provider describes the bridged provider: its tokens, names and defaults equal those of @pulumi/kafka.
func Provider() tfbridge.ProviderInfo {
	def := func(env string, v any) *tfbridge.SchemaInfo {
		return &tfbridge.SchemaInfo{Default: &tfbridge.DefaultInfo{EnvVars: []string{env}, Value: v}}
	}
	p := tfbridge.ProviderInfo{
		P:           shimv2.NewProvider(upstream.Provider()),
		Name:        "kafka",
		Version:     Version,
		Description: "kafka resources",
		GitHubOrg:   "Mongey",
		Config: map[string]*tfbridge.SchemaInfo{
			"sasl_mechanism":  def("KAFKA_SASL_MECHANISM", "plain"),
			"skip_tls_verify": def("KAFKA_SKIP_VERIFY", false),
			"tls_enabled":     def("KAFKA_ENABLE_TLS", true),
		},
		Resources: map[string]*tfbridge.ResourceInfo{
			"kafka_acl": {Fields: map[string]*tfbridge.SchemaInfo{
				"resource_name": {Name: "aclResourceName"},
				"resource_type": {Name: "aclResourceType"},
			}},
		},
	}
	p.MustComputeTokens(tks.SingleModule("kafka_", "index", func(mod, name string) (string, error) {
		if !strings.HasPrefix(name, "get") {
			mod += "/" + string(unicode.ToLower(rune(name[0]))) + name[1:]
		}
		return "kafka:" + mod + ":" + name, nil
	}))
	p.SetAutonaming(255, "-")
	return p
}
