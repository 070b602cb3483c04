package route53_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsroute53 "github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/google/go-cmp/cmp"

	localroute53 "github.com/goldfinch-dev/goldfinch/internal/local/route53"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
)

const markerName = "_goldfinch-a.app.example.com"

// written are the records of a name in one line each.
func (c *cloud) written53(name string) []string {
	var lines []string
	for _, set := range c.sets(name, types.RRTypeA) {
		where := ""
		if set.AliasTarget != nil {
			where = "alias " + *set.AliasTarget.DNSName
		} else {
			where = fmt.Sprintf("%s for %d s", *set.ResourceRecords[0].Value, *set.TTL)
		}
		lines = append(lines, fmt.Sprintf("%s %d: %s", aws.ToString(set.SetIdentifier), aws.ToInt64(set.Weight), where))
	}
	return lines
}

func (c *cloud) expectRecords(want ...string) {
	c.t.Helper()
	if diff := cmp.Diff(want, c.written53(name)); diff != "" {
		c.t.Errorf("records (-want +got):\n%s", diff)
	}
}

func TestAFirstReleaseCreatesTheRecord(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.endpoint = aliases
	c.stack(canaryStack, "r-1")
	router := c.target()
	if split, err := router.Split(t.Context()); err != nil || split != (release.Split{}) {
		t.Errorf("split %v, %v", split, err)
	}
	_, err := router.Shift(t.Context(), tenToNew, mine(release.Split{}))
	expectKind(t, err, release.KindConflict, "does not exist")
	if got, err := router.Shift(t.Context(), allToNew, mine(release.Split{})); err != nil || got != allToNew {
		t.Errorf("shift %v, %v", got, err)
	}
	c.expectRecords("echo-production-r-1 100: alias dualstack.echo-production-r-1.eu-west-1.elb.amazonaws.com.")
	want := `"goldfinch" "service=echo" "environment=production" "stable=echo-production-r-1" "serial=1" "since=2026-11-23T01:30:00Z"`
	if got := *c.sets(markerName, types.RRTypeTxt)[0].ResourceRecords[0].Value; got != want {
		t.Errorf("the marker says %s, want %s", got, want)
	}
	_, err = router.Shift(t.Context(), release.Split{}, mine(allToNew))
	expectKind(t, err, release.KindDirty, "no version to go back to")
}

// A rollback deletes the canary's record. With weight 0 instead, Route 53 would answer by it as soon as the stable version's health check fails.
func TestAHealthCheckCannotBringBackWhatWasRolledBack(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	checks := map[string]string{}
	for _, version := range []string{stableStack, canaryStack} {
		made, err := c.route53.CreateHealthCheck(t.Context(), &awsroute53.CreateHealthCheckInput{CallerReference: &version, HealthCheckConfig: &types.HealthCheckConfig{Type: types.HealthCheckTypeTcp, IPAddress: aws.String("192.0.2.1")}})
		must(t, err)
		checks[version] = *made.HealthCheck.Id
	}
	c.endpoint = func(name string) map[string]string {
		outputs := addresses(name)
		outputs["HealthCheck"] = checks[name]
		return outputs
	}
	c.begin()
	c.stack(canaryStack, "r-1")
	for _, want := range []release.Split{tenToNew, stable} {
		_, err := c.target().Shift(t.Context(), want, mine(stable, tenToNew))
		must(t, err)
	}
	set := c.sets(name, types.RRTypeA)
	if len(set) != 1 || aws.ToString(set[0].HealthCheckId) != checks[stableStack] {
		t.Fatalf("records %+v", set)
	}
	c.pass(5 * time.Minute)
	must(t, c.route53.SetHealth(checks[stableStack], false))
	answer, err := c.route53.NewResolver(localroute53.Network{}).Lookup(t.Context(), name, types.RRTypeA)
	if err != nil || answer.SetIdentifier != stableStack {
		t.Errorf("users get %+v, %v", answer, err)
	}
}

// A health check that somebody deleted keeps nothing from going back, and a split is not begun without it.
func TestAHealthCheckThatIsGone(t *testing.T) {
	t.Parallel()
	for label, test := range map[string]struct {
		gone string
		then func(t *testing.T, c *cloud)
	}{
		"the canary's": {canaryStack, func(t *testing.T, c *cloud) {
			_, err := c.target().Shift(t.Context(), tenToNew, mine(stable))
			expectKind(t, err, release.KindUnhealthy, "health check that its records should have does not exist", "take it out of the stacks' outputs")
			c.expectRecords(stableStack + " 100: 192.0.2.179 for 60 s")
		}},
		"the stable version's": {stableStack, func(t *testing.T, c *cloud) {
			receipt := ""
			guard := mine(tenToNew)
			guard.Receipt = func(id string) { receipt = id }
			if got, err := c.target().Shift(t.Context(), stable, guard); err != nil || !got.Same(stable) || receipt == "" {
				t.Errorf("%v, %v, receipt %q", got, err, receipt)
			}
			if set := c.sets(name, types.RRTypeA); len(set) != 1 || set[0].HealthCheckId != nil {
				t.Errorf("records %+v", set)
			}
		}},
	} {
		t.Run(label, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			made, err := c.route53.CreateHealthCheck(t.Context(), &awsroute53.CreateHealthCheckInput{CallerReference: aws.String("c"), HealthCheckConfig: &types.HealthCheckConfig{Type: types.HealthCheckTypeTcp, IPAddress: aws.String("192.0.2.1")}})
			must(t, err)
			c.endpoint = func(stack string) map[string]string {
				outputs := addresses(stack)
				if stack == test.gone {
					outputs["HealthCheck"] = *made.HealthCheck.Id
				}
				return outputs
			}
			c.begin()
			c.stack(canaryStack, "r-1")
			if test.gone == stableStack {
				_, err := c.target().Shift(t.Context(), tenToNew, mine(stable))
				must(t, err)
			}
			_, err = c.route53.DeleteHealthCheck(t.Context(), &awsroute53.DeleteHealthCheckInput{HealthCheckId: made.HealthCheck.Id})
			must(t, err)
			test.then(t, c)
		})
	}
}

// A batch's comment has at most 256 characters, and two stacks' names may have as many.
func TestStacksWithLongNames(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	long := func(letter string) string { return "e" + strings.Repeat(letter, 127) }
	for _, stack := range []string{long("a"), long("b")} {
		c.stack(stack, "r-0")
	}
	split := release.Split{Stable: long("a"), Canary: long("b"), Weight: 10}
	for _, want := range []release.Split{release.Pure(long("a")), split, release.Pure(long("b"))} {
		if got, err := c.target().Shift(t.Context(), want, target.Guard{Mine: func(release.Split) bool { return true }}); err != nil || !got.Same(want) {
			t.Fatalf("%v, %v", got, err)
		}
	}
}

// A record of weight 0 that somebody left there is taken away, although it has no traffic now.
func TestARecordOfWeightZeroIsNotNothing(t *testing.T) {
	t.Parallel()
	c := withStable(t)
	c.stack(canaryStack, "r-1")
	must(t, c.change(create(c.weighted(name, canaryStack, 0))))
	if split, err := c.target().Split(t.Context()); err != nil || !split.Same(stable) {
		t.Errorf("split %v, %v", split, err)
	}
	_, err := c.target().Preflight(t.Context())
	expectKind(t, err, release.KindRefused, "delete the records that should have no traffic")
	_, err = c.target().Shift(t.Context(), stable, mine(stable))
	must(t, err)
	if got := len(c.sets(name, types.RRTypeA)); got != 1 {
		t.Errorf("%d records are left", got)
	}
}

func TestTheTTLOfTheRecordsIsKept(t *testing.T) {
	t.Parallel()
	c := withStable(t)
	c.stack(canaryStack, "r-1")
	old := c.sets(name, types.RRTypeA)[0]
	slow := old
	slow.TTL = aws.Int64(90)
	must(t, c.change(remove(old), create(slow)))
	_, err := c.target().Shift(t.Context(), tenToNew, mine(stable))
	must(t, err)
	for _, line := range c.written53(name) {
		if !strings.HasSuffix(line, "for 90 s") {
			t.Errorf("record %s", line)
		}
	}
}

func TestCNAMEs(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.endpoint = aliases // their hosted zone is of no use here
	c.stack(canaryStack, "r-1")
	cname := func(document *release.Document) { document.Target.Route53.Type = "CNAME" }
	_, err := c.target(cname).Shift(t.Context(), allToNew, mine(release.Split{}))
	must(t, err)
	sets := c.sets(name, types.RRTypeCname)
	if len(sets) != 1 || *sets[0].ResourceRecords[0].Value != "dualstack.echo-production-r-1.eu-west-1.elb.amazonaws.com" || *sets[0].TTL != 60 {
		t.Errorf("records %+v", sets)
	}
}

func TestForeignRecordsAreNeverTouched(t *testing.T) {
	t.Parallel()
	simple := types.ResourceRecordSet{Name: aws.String(name), Type: types.RRTypeA, TTL: aws.Int64(60), ResourceRecords: []types.ResourceRecord{{Value: aws.String("192.0.2.1")}}}
	marker := func(text string) types.Change {
		return create(types.ResourceRecordSet{Name: aws.String(markerName), Type: types.RRTypeTxt, TTL: aws.Int64(60), ResourceRecords: []types.ResourceRecord{{Value: &text}}})
	}
	for label, test := range map[string]struct {
		changes func(c *cloud) []types.Change
		says    string
	}{
		"simple":   {func(*cloud) []types.Change { return []types.Change{create(simple)} }, "not weighted"},
		"unmarked": {func(c *cloud) []types.Change { return []types.Change{create(c.weighted(name, stableStack, 1))} }, "nobody has given it to Goldfinch"},
		"another's": {func(*cloud) []types.Change {
			return []types.Change{marker(`"goldfinch" "service=other" "environment=production" "stable=x" "serial=1"`)}
		}, "belongs to service other"},
		"elsewhere": {func(*cloud) []types.Change {
			return []types.Change{marker(`"goldfinch" "service=echo" "environment=test" "stable=x" "serial=1"`)}
		}, "environment test"},
		"unreadable": {func(*cloud) []types.Change {
			return []types.Change{marker(`"goldfinch" "service=echo" "environment=production" "serial=x"`)}
		}, "can't be read"},
		"no marker": {func(*cloud) []types.Change { return []types.Change{marker(`"v=spf1 -all"`)} }, "can't be read"},
	} {
		t.Run(label, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			c.stack(stableStack, "stable")
			c.stack(canaryStack, "r-1")
			must(t, c.change(test.changes(c)...))
			router := c.target()
			_, err := router.Split(t.Context())
			expectKind(t, err, release.KindRefused, test.says)
			_, err = router.Preflight(t.Context())
			expectKind(t, err, release.KindRefused, test.says)
			_, err = router.Shift(t.Context(), allToNew, target.Guard{Mine: func(release.Split) bool { return true }})
			expectKind(t, err, release.KindConflict, test.says)
			_, _, err = router.Retire(t.Context(), canaryStack, "")
			expectKind(t, err, release.KindRefused)
			_, _, err = router.Arrives(t.Context(), target.Shifted{})
			expectKind(t, err, release.KindRefused)
			if c.written() != 0 {
				t.Errorf("wrote %d times", c.written())
			}
		})
	}
}

// What a hint of Preflight says is what makes records that were there before Goldfinch's.
func TestRecordsThatWereThereCanBeGiven(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.stacks.add(stableStack, map[string]string{"goldfinch:service": "echo"})
	must(t, c.change(create(c.weighted(name, stableStack, 255))))
	_, err := c.target().Preflight(t.Context())
	_, value, ok := strings.Cut(err.Error(), "and value ")
	if !ok {
		t.Fatalf("no value in: %v", err)
	}
	value = strings.ReplaceAll(value, "STACK", stableStack)
	must(t, c.change(create(types.ResourceRecordSet{Name: aws.String(markerName), Type: types.RRTypeTxt, TTL: aws.Int64(60), ResourceRecords: []types.ResourceRecord{{Value: &value}}})))
	found, err := c.target().Preflight(t.Context())
	if err != nil || !found.Split.Same(stable) || found.First || !strings.Contains(strings.Join(found.Notes, " "), "not made by Goldfinch") {
		t.Errorf("preflight %+v, %v", found, err)
	}
	c.stack(canaryStack, "r-1")
	for _, want := range []release.Split{tenToNew, allToNew} {
		_, err := c.target().Shift(t.Context(), want, mine(stable, tenToNew))
		must(t, err)
	}
	c.pass(time.Hour)
	retired, done, err := c.target().Retire(t.Context(), canaryStack, stableStack)
	if err != nil || !done || len(retired) != 0 {
		t.Errorf("retired %v, done %t, %v: a person's stack is theirs", retired, done, err)
	}
}

func TestMoreThanTwoRecordsAreNobodysSplit(t *testing.T) {
	t.Parallel()
	c := withStable(t)
	must(t, c.change(create(c.weighted(name, foreignStack, 0)), create(c.weighted(name, "echo-production-zero", 0))))
	_, err := c.target().Shift(t.Context(), allToNew, mine(stable))
	if err == nil {
		t.Fatal("no error")
	}
	must(t, c.change(create(c.weighted(name, "echo-production-last", 100))))
	split, err := c.target().Split(t.Context())
	if err != nil || split.Stable != stableStack || split.Weight != 50 || !strings.Contains(split.Canary, foreignStack+"+") {
		t.Errorf("split %v, %v", split, err)
	}
	_, err = c.target().Shift(t.Context(), allToNew, mine(stable, tenToNew, allToNew))
	expectKind(t, err, release.KindConflict, foreignStack, "CloudTrail")
}

func TestTwoRecordsOfWeightZeroHaveHalfEach(t *testing.T) {
	t.Parallel()
	c := withStable(t)
	old := c.sets(name, types.RRTypeA)[0]
	must(t, c.change(remove(old), create(c.weighted(name, stableStack, 0)), create(c.weighted(name, foreignStack, 0))))
	if split, err := c.target().Split(t.Context()); err != nil || split.Weight != 50 {
		t.Errorf("split %v, %v", split, err)
	}
	must(t, c.change(remove(c.weighted(name, stableStack, 0)), create(c.weighted(name, "echo-production-x", 0))))
	if split, err := c.target().Split(t.Context()); err != nil || split.Stable != "" || split.Weight != 100 {
		t.Errorf("split %v, %v without the stable record", split, err)
	}
}

// A record that was changed and changed back, all within a second, is still another than the one that was read: the marker's serial tells.
func TestAChangeThatWasTakenBackIsSeen(t *testing.T) {
	t.Parallel()
	c := withStable(t)
	c.stack(canaryStack, "r-1")
	thereAndBack := func() {
		for _, want := range []release.Split{tenToNew, stable} {
			_, err := c.target().Shift(t.Context(), want, mine(stable, tenToNew))
			must(t, err)
		}
	}
	thereAndBack()
	checks := 0
	guard := mine(stable, tenToNew)
	guard.Check = func(context.Context) error {
		if checks++; checks > 1 {
			return errors.New("the lease is lost")
		}
		thereAndBack()
		return nil
	}
	_, err := c.target().Shift(t.Context(), tenToNew, guard)
	if err == nil || checks != 2 {
		t.Errorf("error %v after %d checks: the late shift wrote", err, checks)
	}
	if split, err := c.target().Split(t.Context()); err != nil || !split.Same(stable) {
		t.Errorf("split %v, %v", split, err)
	}
}

func TestABatchThatRoute53NeverTakesIsNotTriedForEver(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.endpoint = func(string) map[string]string { return map[string]string{"Endpoint": "not a name"} }
	c.stack(canaryStack, "r-1")
	cname := func(document *release.Document) { document.Target.Route53.Type = "CNAME" }
	_, err := c.target(cname).Shift(t.Context(), allToNew, mine(release.Split{}))
	var invalid *types.InvalidChangeBatch
	if !errors.As(err, &invalid) || c.written() != 1 {
		t.Errorf("error %v after %d writes", err, c.written())
	}
}

func TestTrafficGoesToNoStackThatIsNotThere(t *testing.T) {
	t.Parallel()
	for label, test := range map[string]struct {
		make func(c *cloud)
		kind release.Kind
		says string
	}{
		"gone":    {func(*cloud) {}, release.KindUnhealthy, "does not exist any more"},
		"foreign": {func(c *cloud) { c.stacks.add(canaryStack, map[string]string{"goldfinch:service": "other"}) }, release.KindConflict, "no tag"},
		"broken":  {func(c *cloud) { c.stack(canaryStack, "r-1"); c.stackOf(canaryStack).StackStatus = "ROLLBACK_COMPLETE" }, release.KindUnhealthy, "ROLLBACK_COMPLETE"},
		"endless": {func(c *cloud) { c.stack(canaryStack, "r-1"); c.stackOf(canaryStack).Outputs = nil }, release.KindUnhealthy, "no output Endpoint"},
		"wrong IP": {func(c *cloud) {
			c.endpoint = func(string) map[string]string { return map[string]string{"Endpoint": "2001:db8::1"} }
			c.stack(canaryStack, "r-1")
		}, release.KindUnhealthy, "EndpointHostedZone"},
	} {
		t.Run(label, func(t *testing.T) {
			t.Parallel()
			c := withStable(t)
			test.make(c)
			_, err := c.target().Shift(t.Context(), tenToNew, mine(stable))
			expectKind(t, err, test.kind, test.says)
			if c.written() != 0 {
				t.Errorf("wrote %d times", c.written())
			}
		})
	}
}

// A rollback needs Route 53 alone: CloudFormation is asked nothing.
func TestARollbackDoesNotNeedCloudFormation(t *testing.T) {
	t.Parallel()
	c := withStable(t)
	c.stack(canaryStack, "r-1")
	_, err := c.target().Shift(t.Context(), tenToNew, mine(stable))
	must(t, err)
	c.calls = nil
	_, err = c.target().Shift(t.Context(), stable, mine(tenToNew))
	must(t, err)
	if diff := cmp.Diff([]string{"ListResourceRecordSets", "ChangeResourceRecordSets", "ListResourceRecordSets"}, c.calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

func TestAZoneThatIsGone(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	router := c.target(func(document *release.Document) { document.Target.Route53.HostedZone = "ZNONE" })
	_, err := router.Split(t.Context())
	expectKind(t, err, release.KindRefused, "ZNONE does not exist")
	_, err = router.Preflight(t.Context())
	expectKind(t, err, release.KindRefused, "ZNONE does not exist")
}

// Many names stand between the record and its marker.
func TestTheMarkerIsFoundBehindManyNames(t *testing.T) {
	t.Parallel()
	c := withStable(t)
	var changes []types.Change
	for i := range 700 {
		changes = append(changes, create(types.ResourceRecordSet{Name: aws.String(fmt.Sprintf("%d.app.example.com", i)), Type: types.RRTypeA, TTL: aws.Int64(60), ResourceRecords: []types.ResourceRecord{{Value: aws.String("192.0.2.1")}}}))
	}
	must(t, c.change(changes...))
	if split, err := c.target().Split(t.Context()); err != nil || !split.Same(stable) {
		t.Errorf("split %v, %v", split, err)
	}
}
