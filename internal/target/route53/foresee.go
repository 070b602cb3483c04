package route53

import (
	"cmp"
	"context"
	"fmt"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
)

// Foresee says how long name servers and resolvers take to hear of a shift, whichever way: that of the records that are there, of which
// aliases have the TTL of what they lead to, or else that of the document. Why they can't be read, Preflight says.
func (t *Target) Foresee(ctx context.Context) (target.Foresight, error) {
	ttl := t.settings.TTL.Std()
	if present, err := t.read(ctx); err == nil {
		ttl = cmp.Or(present.ttl(), ttl)
	}
	passage := target.Passage{
		Takes: release.Duration(t.options.Propagation + ttl),
		Why: fmt.Sprintf("%s until all name servers know, then %s (the TTL) until resolvers ask again; one that keeps answers for longer is slower",
			release.Duration(t.options.Propagation), release.Duration(ttl)),
	}
	return target.Foresight{There: passage, Back: passage, Beside: "a second whole stack, with its instances and its load balancer"}, nil
}
