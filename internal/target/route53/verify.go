package route53

import (
	"context"
	"net/netip"

	cfntypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/httpcheck"
)

// Verify makes the document's checks at the stack's TestURL output, or at its endpoint.
func (t *Target) Verify(ctx context.Context, version string) error {
	found, exists, err := t.readStack(ctx, version)
	if err != nil {
		return err
	}
	if !exists || !found.isComplete() {
		return release.Fail(release.KindUnhealthy, "stack %s is not there, or not complete: %s", version, found.status)
	}
	url := found.outputs[t.settings.Outputs.TestURL]
	if url == "" {
		at, err := t.endpoint(found)
		if err != nil {
			return err
		}
		url = "http://" + at.host()
	}
	return httpcheck.Run(ctx, t.options.HTTP, url, nil, t.document.Verify)
}

// Usable reports whether the version's stack stands and has an endpoint. One whose last update failed stands as well.
func (t *Target) Usable(ctx context.Context, version string) (bool, error) {
	found, exists, err := t.readStack(ctx, version)
	failed := found.status == cfntypes.StackStatusUpdateFailed || found.status == cfntypes.StackStatusUpdateRollbackFailed
	if err != nil || !exists || !(found.isComplete() || failed) || !t.owns(found) {
		return false, err
	}
	_, err = t.endpoint(found)
	return err == nil, nil
}

// host is the endpoint in a URL, where an IPv6 address stands in brackets.
func (e endpoint) host() string {
	if address, err := netip.ParseAddr(e.name); err == nil && address.Is6() {
		return "[" + e.name + "]"
	}
	return e.name
}
