package route53

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsroute53 "github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// propagation is how long a change usually takes at most until all of Route 53's name servers know it, unless Options say otherwise.
// https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html
const propagation = time.Minute

// Arrives says when the last resolver has forgotten what it was told before the shift: the records' TTL after all name
// servers know of it. By the change's id, Route 53 says when they do; without it, or of a change that Route 53 does not know
// any more, the time is a minute and the TTL after the shift. Got is what the records say now.
func (t *Target) Arrives(ctx context.Context, shifted target.Shifted) (at time.Time, got release.Split, err error) {
	present, err := t.read(ctx)
	if err != nil {
		return time.Time{}, release.Split{}, err
	}
	if err := present.refused(); err != nil {
		return time.Time{}, release.Split{}, err
	}
	got = t.split(present)
	known := shifted.At.Add(t.options.Propagation)
	if shifted.Receipt != "" {
		status, err := t.changeStatus(ctx, shifted.Receipt)
		switch {
		case err != nil:
			return time.Time{}, got, err
		case status == types.ChangeStatusPending:
			return time.Time{}, got, nil
		case status == types.ChangeStatusInsync:
			known = t.options.Now()
		}
	}
	return known.Add(present.ttl()), got, nil
}

// changeStatus is empty for a change that Route 53 does not know.
func (t *Target) changeStatus(ctx context.Context, id string) (types.ChangeStatus, error) {
	output, err := call.Do(ctx, "route53: read change "+id, t.options.Records.GetChange, &awsroute53.GetChangeInput{Id: aws.String(id)})
	if call.Is[*types.NoSuchChange](err) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return output.ChangeInfo.Status, nil
}
