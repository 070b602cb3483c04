package release_test

import (
	"fmt"
	"math"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// fiveKeys is the least that a document can say.
func fiveKeys() release.Document {
	return release.Document{
		APIVersion:  release.APIVersion,
		Service:     "echo",
		Environment: "production",
		Artifact:    release.Artifact{Package: "build/echo.zip"},
		Target:      release.Target{Lambda: &release.LambdaTarget{Function: "echo", Alias: "live"}},
	}
}

// drawDocument draws a valid document that gives some keys and leaves others out.
func drawDocument(t *rapid.T) release.Document {
	document := fiveKeys()
	document.Target, document.Artifact = drawTarget(t)
	document.Drift = drawDrift(t)
	period := rapid.SampledFrom([]time.Duration{0, time.Second, 7 * time.Second, time.Minute, 5 * time.Minute}).Draw(t, "period")
	document.Analysis.Period = release.Duration(period)
	if period == 0 {
		period = time.Minute
	}
	length := func(name string, least, most int) release.Duration {
		return release.Duration(time.Duration(rapid.IntRange(least, most).Draw(t, name)) * period)
	}
	form := rapid.SampledFrom([]string{"none", "steps", "canary", "linear", "adaptive", "exposure"}).Draw(t, "strategy")
	if form != "adaptive" && form != "exposure" {
		document.Strategy.Audience = drawAudience(t, document.Target.Kind(), length)
	}
	switch form {
	case "steps":
		document.Strategy.Steps = drawSteps(t, 100-len(document.Strategy.Audience), length)
	case "canary":
		document.Strategy.Canary = &release.CanaryStrategy{Weight: float64(rapid.IntRange(1, 9999).Draw(t, "weight")) / 100, Wait: length("wait", 1, 2000)}
	case "linear":
		document.Strategy.Linear = &release.LinearStrategy{Weight: float64(rapid.IntRange(115, 9999).Draw(t, "weight")) / 100, Every: length("every", 1, 50)}
	case "adaptive":
		profiles := []string{"", release.ProfileCareful, release.ProfileDefault, release.ProfileFast}
		document.Strategy.Adaptive = &release.AdaptiveStrategy{Profile: rapid.SampledFrom(profiles).Draw(t, "profile")}
	case "exposure":
		document.Strategy.Exposure = &release.ExposureStrategy{MaxFailedRequests: rapid.Float64Range(1, 1e6).Draw(t, "failed")}
	}
	document.Strategy.Settle = drawPointer(t, "settle", func() release.Duration { return length("settle", 0, 500) })
	if document.Strategy.Settle == nil || *document.Strategy.Settle > 0 {
		most := 5000
		for _, step := range release.Default(document).Strategy.Steps {
			most = min(most, 10000-int(math.Round(step.Weight*100)))
		}
		document.Strategy.Holdback = drawPointer(t, "holdback", func() float64 { return float64(rapid.IntRange(0, most).Draw(t, "holdback")) / 100 })
	}
	document.Analysis.FalseRollbackRate = drawPointer(t, "rate", func() float64 { return rapid.Float64Range(0.0001, 0.1).Draw(t, "rate") })
	document.Analysis.MinimumSamples = drawPointer(t, "samples", func() int { return rapid.IntRange(1, 1000).Draw(t, "samples") })
	document.Analysis.Delay = drawPointer(t, "delay", func() int { return rapid.IntRange(0, 15).Draw(t, "delay") })
	least := *release.Default(document).Analysis.Delay + 2
	document.Analysis.NoData.Limit = drawOr(t, "limit", func() release.Duration { return length("limit", least, 500) })
	document.Analysis.Metrics = drawPointer(t, "metrics", func() release.Metrics { return drawMetrics(t) })
	if metrics := document.Analysis.Metrics; metrics != nil && *metrics == (release.Metrics{}) && (document.Strategy.Adaptive != nil || document.Strategy.Exposure != nil) {
		metrics.Errors = &release.ErrorMetric{}
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "checks") {
		name := drawOr(t, "name", func() string { return fmt.Sprintf("named %d", i) })
		payload := map[string]any{"n": float64(i)}
		if document.Target.Lambda == nil {
			payload = map[string]any{"path": fmt.Sprintf("/%d", i), "body": payload}
		}
		document.Verify = append(document.Verify, release.Check{Name: name, Payload: payload})
	}
	document.Timeouts.Release = release.Duration(299 * 24 * time.Hour)
	return document
}

func drawMetrics(t *rapid.T) release.Metrics {
	return release.Metrics{
		Errors:  drawPointer(t, "errors", func() release.ErrorMetric { return release.ErrorMetric{Threshold: drawThreshold(t)} }),
		Latency: drawPointer(t, "latency", func() release.LatencyMetric { return release.LatencyMetric{Threshold: drawThreshold(t)} }),
		ServerErrors: drawPointer(t, "serverErrors", func() release.ServiceMetric {
			return release.ServiceMetric{Namespace: "Echo", Name: "ServerErrors", Threshold: drawThreshold(t)}
		}),
	}
}

func drawThreshold(t *rapid.T) release.Threshold {
	return release.Threshold{
		Tolerance: drawPointer(t, "tolerance", func() float64 { return rapid.Float64Range(0, 1).Draw(t, "tolerance") }),
		Ratio:     drawPointer(t, "ratio", func() float64 { return rapid.Float64Range(1, 1.449).Draw(t, "ratio") }),
		Burst:     drawPointer(t, "burst", func() float64 { return rapid.Float64Range(1, 100).Draw(t, "burst") }),
	}
}

// drawSteps draws steps whose weights rise, with approvals among them.
func drawSteps(t *rapid.T, most int, length func(name string, least, most int) release.Duration) []release.Step {
	count := rapid.IntRange(1, most).Draw(t, "steps")
	weight := 0
	var steps []release.Step
	for range count {
		if rapid.IntRange(0, 4).Draw(t, "approve") == 0 {
			steps = append(steps, release.Step{Approve: &release.Approval{Timeout: drawOr(t, "timeout", func() release.Duration { return length("timeout", 1, 2000) })}})
			continue
		}
		weight += rapid.IntRange(1, 99).Draw(t, "rise")
		steps = append(steps, release.Step{Weight: float64(weight) / 100, Wait: length("wait", 1, 2000)})
	}
	return steps
}

// drawPointer draws nil or a pointer to what draw draws.
func drawPointer[T any](t *rapid.T, name string, draw func() T) *T {
	if !rapid.Bool().Draw(t, "has "+name) {
		return nil
	}
	value := draw()
	return &value
}

// drawOr draws the zero value or what draw draws.
func drawOr[T any](t *rapid.T, name string, draw func() T) T {
	if !rapid.Bool().Draw(t, "has "+name) {
		var zero T
		return zero
	}
	return draw()
}

// The parts of a load balancer.
const (
	loadBalancing = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:"
	listenerARN   = loadBalancing + "listener/app/echo/50dc6c495c0c9188/f2f7dc8efc522ab2"
	blueARN       = loadBalancing + "targetgroup/blue/73e2d6bc24d8a067"
	greenARN      = loadBalancing + "targetgroup/green/83e2d6bc24d8a067"
)

// drawTarget draws a target of any kind, and an artifact that it can be made of.
func drawTarget(t *rapid.T) (release.Target, release.Artifact) {
	image := release.Artifact{Image: &release.Image{
		Pipeline: "arn:aws:imagebuilder:eu-west-1:123456789012:image-pipeline/echo",
		Commit:   drawOr(t, "commit", func() string { return "9f86d08" }),
		Inputs:   drawOr(t, "inputs", func() map[string]string { return map[string]string{"runtime": "22"} }),
		Accounts: drawOr(t, "accounts", func() []string { return []string{"210987654321"} }),
	}}
	if rapid.Bool().Draw(t, "ready") {
		image = release.Artifact{AMI: "ami-0123456789abcdef0"}
	}
	number := func(name string, least, most int) int {
		return drawOr(t, name, func() int { return rapid.IntRange(least, most).Draw(t, name) })
	}
	switch rapid.SampledFrom(release.TargetKinds()).Draw(t, "target") {
	case "alb":
		return release.Target{ALB: &release.ALBTarget{
			Listener: listenerARN, Rule: drawOr(t, "rule", func() string {
				return strings.Replace(listenerARN, "listener/", "listener-rule/", 1) + "/9683b2d02a6cabee"
			}),
			TargetGroups: []string{greenARN, blueARN}, Test: &release.ALBTest{Header: "X-Test", Value: "secret"}, AudiencePriority: number("priority", 1, 49900),
		}}, image
	case "asg":
		return release.Target{ASG: &release.ASGTarget{
			Group: "echo", TargetGroup: blueARN, Mode: drawOr(t, "mode", func() string { return release.ModeGroups }), TestPort: number("port", 1, 65535),
			Metrics: release.GroupMetrics{Errors: drawOr(t, "errors", func() string { return "Failures" })},
		}}, image
	case "route53":
		ttl := drawOr(t, "ttl", func() release.Duration {
			return release.Duration(rapid.IntRange(1, 240).Draw(t, "ttl")) * release.Duration(time.Second)
		})
		return release.Target{Route53: &release.Route53Target{
			HostedZone: "Z0123456789ABCDEFGHIJ", Record: "app.example.com", TTL: ttl, Template: "stack.yaml",
			Type:         rapid.SampledFrom([]string{"", release.RecordA, release.RecordAAAA, release.RecordCNAME}).Draw(t, "type"),
			Parameters:   drawOr(t, "parameters", func() map[string]string { return map[string]string{"Size": "2"} }),
			Capabilities: drawOr(t, "capabilities", func() []string { return []string{"CAPABILITY_IAM"} }),
			Outputs:      release.StackOutputs{TestURL: drawOr(t, "test", func() string { return "Test" })},
		}}, image
	case "apigateway":
		return release.Target{APIGateway: &release.APIGatewayTarget{
			RestAPI: "a1b2c3d4e5", Stage: "prod", Function: "echo", Variable: drawOr(t, "variable", func() string { return "functionVersion" }), KeepVersions: number("keep", 2, 100),
		}}, fiveKeys().Artifact
	default:
		return fiveKeys().Target, fiveKeys().Artifact
	}
}

// drawAudience draws a ladder that a kind of target can climb; it may be empty.
func drawAudience(t *rapid.T, kind string, length func(name string, least, most int) release.Duration) []release.Audience {
	var rungs []release.Audience
	if kind == "asg" {
		return nil
	}
	for i := range rapid.IntRange(0, 10).Draw(t, "rungs") {
		rung := release.Audience{Name: fmt.Sprintf("rung-%d", i), Wait: length("wait", 1, 100)}
		rung.Match.Flag = &release.FlagMatch{Application: "a", Environment: "e", Profile: "p", Flag: "new", Variant: "canary", Rule: `(eq $plan "paying")`, Key: "$user"}
		if kind == "alb" && rapid.Bool().Draw(t, "path") {
			rung.Match = release.Match{Path: []string{fmt.Sprintf("/%d/*", i)}}
		}
		rung.Share = drawOr(t, "share", func() float64 { return float64(rapid.IntRange(1, 10000).Draw(t, "share")) / 100 })
		rungs = append(rungs, rung)
	}
	return rungs
}

func drawDrift(t *rapid.T) release.Drift {
	return release.Drift{
		Routing:        rapid.SampledFrom([]string{"", release.DriftReport, release.DriftPause, release.DriftRestore}).Draw(t, "routing"),
		AtOnce:         drawOr(t, "at once", func() int { return rapid.IntRange(1, 100).Draw(t, "at once") }),
		HealthyPercent: drawPointer(t, "healthy", func() float64 { return rapid.Float64Range(0, 100).Draw(t, "healthy") }),
		Repeats:        drawOr(t, "repeats", func() int { return rapid.IntRange(1, 100).Draw(t, "repeats") }),
	}
}
