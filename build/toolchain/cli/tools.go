//go:build tools

// Package tools pins the Pulumi CLI that a machine without Pulumi's downloads builds for itself.
package tools

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
