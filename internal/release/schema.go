package release

import (
	_ "embed"
	"slices"
)

//go:embed release.schema.json
var schema []byte

//go:embed goldfinch.schema.json
var environmentsSchema []byte

//go:embed policy.schema.json
var policySchema []byte

// Schema returns the JSON Schema (draft 2020-12) of a release document, for
// editors and other programs. It is generated from the Go types by this
// package's test ("go test ./internal/release -update"), comments included,
// and says what a document looks like; [Validate] knows more.
func Schema() []byte { return slices.Clone(schema) }

// EnvironmentsSchema returns the JSON Schema of goldfinch.yaml; [ReadEnvironments] knows more.
func EnvironmentsSchema() []byte { return slices.Clone(environmentsSchema) }

// PolicySchema returns the JSON Schema of a policy's file; [ReadPolicy] knows more.
func PolicySchema() []byte { return slices.Clone(policySchema) }
