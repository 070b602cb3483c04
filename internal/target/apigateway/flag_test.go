package apigateway_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"

	localcloudwatch "github.com/goldfinch-dev/goldfinch/internal/local/cloudwatch"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/flag"
	"github.com/goldfinch-dev/goldfinch/internal/target/flagtest"
)

// TestBehindAFlag: a flag's people are led to the version of the function that the new deployment leads to, and counted there.
func TestBehindAFlag(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	shop := flagtest.New(t, c.clock)
	made := c.deploy("r-1", "v2")
	document := c.document("v2")
	document.Strategy.Audience = []release.Audience{flagtest.Rung("us", `(eq $team "us")`, 100)}
	inner := c.target("r-1", "v2", func(d *release.Document) { *d = flag.Beneath(document, "r-1") })
	subject := shop.Behind(inner, document, "r-1")
	us := release.Split{Stable: c.first, Canary: made, Audience: "us"}
	if got, err := subject.Shift(t.Context(), us, anything); err != nil || !got.Same(us) {
		t.Fatal(got, err)
	}
	if read, err := subject.Split(t.Context()); err != nil || !read.Same(us) {
		t.Fatal(read, err)
	}
	address := shop.Address(map[string]any{"team": "us"})
	if address != functionName+":2" || shop.Address(map[string]any{"team": "them"}) != "" {
		t.Errorf("they are told of %q", address)
	}
	event, err := json.Marshal(map[string]any{"httpMethod": "GET", "path": "/"})
	must(t, err)
	from := c.clock.Now().Truncate(time.Minute)
	answer, err := c.lambda.Invoke(t.Context(), &awslambda.InvokeInput{FunctionName: &address, Payload: event})
	if err != nil || aws.ToString(answer.ExecutedVersion) != "2" || strings.Contains(string(answer.Payload), "errorMessage") {
		t.Errorf("version %s answers %s, %v", aws.ToString(answer.ExecutedVersion), answer.Payload, err)
	}
	c.cloudWatch.RecordCounts(localcloudwatch.Counts{Function: functionName, Version: "2", At: from, Invocations: 1})
	c.pass(2 * time.Minute)
	periods, err := subject.Measure(t.Context(), us, from, from.Add(time.Minute), time.Minute)
	must(t, err)
	if pair := periods[0].Metrics["errors"]; pair.Canary.Requests != 1 {
		t.Errorf("counted %+v", pair)
	}
	for _, want := range []release.Split{release.Pure(made), release.Pure(c.first)} {
		if got, err := subject.Shift(t.Context(), want, anything); err != nil || !got.Same(want) {
			t.Fatal(got, err)
		}
		if address := shop.Address(map[string]any{"team": "us"}); address != "" {
			t.Errorf("at %v they are told of %q", want, address)
		}
	}
	if _, err := inner.Address(t.Context(), "none"); err == nil {
		t.Error("a deployment that does not exist has an address")
	}
}
