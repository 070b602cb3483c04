package route53_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfntypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
)

var released = target.Released{Version: stableStack, Artifact: release.Artifact{AMI: image}}

func TestInspectFindsNothing(t *testing.T) {
	t.Parallel()
	for name, endpoint := range map[string]func(string) map[string]string{"addresses": addresses, "aliases": aliases} {
		c := newCloud(t)
		c.endpoint = endpoint
		c.begin()
		findings, err := c.target().Inspect(t.Context(), released)
		if err != nil || len(findings) != 0 {
			t.Errorf("%s: %+v, %v", name, findings, err)
		}
	}
}

func TestDriftIsFoundAndMended(t *testing.T) {
	t.Parallel()
	edit := func(change func(set *types.ResourceRecordSet)) func(c *cloud) {
		return func(c *cloud) {
			old := c.sets(name, types.RRTypeA)[0]
			set := old
			change(&set)
			must(c.t, c.change(remove(old), create(set)))
		}
	}
	for label, test := range map[string]struct {
		mutate func(c *cloud)
		kind   target.FindingKind
		got    string
		mended bool
	}{
		"traffic elsewhere":      {func(c *cloud) { must(c.t, c.move(release.Pure(foreignStack))) }, target.FindingRouting, foreignStack + " at 100%", true},
		"some traffic elsewhere": {func(c *cloud) { must(c.t, c.change(create(c.weighted(name, foreignStack, 100)))) }, target.FindingRouting, foreignStack + " at 50%", true},
		"a record of weight 0":   {func(c *cloud) { must(c.t, c.change(create(c.weighted(name, foreignStack, 0)))) }, target.FindingRouting, "weight 0", true},
		"another address": {edit(func(set *types.ResourceRecordSet) {
			set.ResourceRecords = []types.ResourceRecord{{Value: aws.String("198.51.100.7")}}
		}), target.FindingRouting, "198.51.100.7", true},
		"an alias": {edit(func(set *types.ResourceRecordSet) {
			set.TTL, set.ResourceRecords = nil, nil
			set.AliasTarget = &types.AliasTarget{HostedZoneId: aws.String(balancers), DNSName: aws.String("evil.example.net")}
		}), target.FindingRouting, "evil.example.net.", true},
		"records that are gone": {func(c *cloud) { must(c.t, c.change(remove(c.sets(name, types.RRTypeA)[0]))) }, target.FindingRouting, "no version", true},
		"a marker that is gone": {func(c *cloud) { must(c.t, c.change(remove(c.sets(markerName, types.RRTypeTxt)[0]))) }, target.FindingRouting, "nobody has given it", false},
		"a long TTL":            {edit(func(set *types.ResourceRecordSet) { set.TTL = aws.Int64(3600) }), target.FindingRouting, "a TTL of 1h0m0s", true},
		"another image":         {func(c *cloud) { c.stackOf(stableStack).Parameters[0].ParameterValue = aws.String("ami-1") }, target.FindingVersion, "ami-1", false},
		"changed resources": {func(c *cloud) {
			c.stackOf(stableStack).DriftInformation = &cfntypes.StackDriftInformation{StackDriftStatus: cfntypes.StackDriftStatusDrifted}
		}, target.FindingVersion, "drift detection", false},
		"a stack that is broken":  {func(c *cloud) { c.stackOf(stableStack).StackStatus = cfntypes.StackStatusUpdateFailed }, target.FindingVersion, "UPDATE_FAILED", false},
		"a stack that is no more": {func(c *cloud) { delete(c.stacks.all, stableStack) }, target.FindingVersion, "none", false},
	} {
		t.Run(label, func(t *testing.T) {
			t.Parallel()
			c := withStable(t)
			c.stack(foreignStack, "foreign")
			test.mutate(c)
			router := c.target()
			findings, err := router.Inspect(t.Context(), released)
			must(t, err)
			if len(findings) != 1 || findings[0].Kind != test.kind || !strings.Contains(findings[0].Got, test.got) || c.written() != 0 {
				t.Fatalf("findings %+v after %d writes", findings, c.written())
			}
			guard := target.Guard{Mine: func(release.Split) bool { return true }}
			done, err := router.Mend(t.Context(), released, findings[0], guard)
			if done != test.mended || (err == nil) != test.mended {
				t.Fatalf("mended %t, %v", done, err)
			}
			again, err := router.Inspect(t.Context(), released)
			must(t, err)
			if (len(again) == 0) != test.mended {
				t.Errorf("after mending: %+v", again)
			}
			if c.stackOf(foreignStack) == nil {
				t.Error("mending touched another stack")
			}
		})
	}
}

func TestMendingLeavesSomebodyElsesReleaseAlone(t *testing.T) {
	t.Parallel()
	c := withStable(t)
	must(t, c.move(release.Pure(foreignStack)))
	_, err := c.target().Mend(t.Context(), released, target.Finding{Kind: target.FindingRouting}, mine(stable))
	expectKind(t, err, release.KindConflict)
}

func TestInspectWhenThrottled(t *testing.T) {
	t.Parallel()
	c := withStable(t)
	c.throttled = true
	_, err := c.target().Inspect(t.Context(), released)
	expectKind(t, err, release.KindTransient)
}
