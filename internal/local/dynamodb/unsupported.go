package dynamodb

import "github.com/goldfinch-dev/goldfinch/internal/local/dynamodb/attribute"

// An unsupported parameter is one that this service would have to ignore.
type unsupported struct {
	parameter string
	given     bool
}

// refuse is an error when an unsupported parameter was given: nothing is ignored silently.
func refuse(parameters ...unsupported) error {
	for _, p := range parameters {
		if p.given {
			return attribute.Invalid("%s is not supported by the local DynamoDB", p.parameter)
		}
	}
	return nil
}
