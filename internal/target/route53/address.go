package route53

import "context"

// Address is the DNS name or the address of a version's endpoint, whatever its record's weight is.
func (t *Target) Address(ctx context.Context, version string) (string, error) {
	at, err := t.endpointOf(ctx, version)
	return at.name, err
}
