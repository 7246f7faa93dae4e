//go:build tools

// Package tools pins the Node.js language host: 3.60.0 is the last sdk/v3 release that ships it as a command.
package tools

import _ "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs"
