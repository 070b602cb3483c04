package flag_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdklambda "github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/goldfinch-dev/goldfinch/internal/local/cloudwatch"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/targettest"
)

// TestContract holds a function behind a flag to the laws of every target.
func TestContract(t *testing.T) {
	t.Parallel()
	targettest.Run(t, func(t *testing.T) targettest.World {
		c := newCloud(t)
		var err error
		c.counts, err = cloudwatch.New(cloudwatch.Options{Clock: c.clock, Retention: 48 * time.Hour})
		must(t, err)
		for _, content := range []string{"v1a", "v1b", "v1c", "v1d"} {
			c.put(content)
			c.publish()
		}
		must(t, c.move(release.Pure("3")))
		keepTwo := func(document *release.Document) { document.Target.Lambda.KeepVersions = 2 }
		return targettest.World{
			Target: c.target(keepTwo), Twin: c.target(keepTwo),
			Stable: "3", Canary: "5", Foreign: "4", Spare: []string{"1", "2"}, Missing: "99",
			Move: func(_ context.Context, want release.Split) error { return c.move(want) },
			BeforeNextWrite: func(f func()) {
				c.next("lambda:UpdateAlias", func(context.Context) error { f(); return nil })
			},
			Request: func(version string, at time.Time, requests, bad int) {
				c.request("live", version, at, requests, bad)
			},
			Throttle: func() { c.throttled = true },
			Writes:   c.writes,
			Versions: func() []string {
				output, err := c.engine.Lambda.ListVersionsByFunction(foreign(), &sdklambda.ListVersionsByFunctionInput{FunctionName: aws.String("echo")})
				must(t, err)
				var numbers []string
				for _, version := range output.Versions[1:] {
					numbers = append(numbers, *version.Version)
				}
				return numbers
			},
			Pass: c.pass,
			Now:  c.clock.Now,
		}
	})
}
