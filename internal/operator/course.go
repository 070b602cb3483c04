package operator

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// A course is a release's plan with what its target makes of it.
type course struct {
	document release.Document
	plan     release.Plan
	ahead    foreseen
}

// shifts is how often traffic is moved until the promotion, which is the last time.
func (c course) shifts() release.Duration {
	count := release.Duration(0)
	for _, step := range c.plan.Steps {
		if step.Approve == nil {
			count++
		}
	}
	return count
}

// steps tells the plan in sentences. A step's time begins with its shift, and what that takes is part of it.
func (c course) steps() []PlannedStep {
	list := []PlannedStep{{Kind: StepPrepare, What: c.preparation()}}
	last, late := len(c.plan.Steps)-1, release.Duration(0)
	for i, step := range c.plan.Steps {
		planned := PlannedStep{
			Kind: StepWeight, Weight: c.ahead.shifts.Meets(step.Weight), Audience: step.Audience, Share: step.Share, Starts: step.Starts + late,
		}
		if planned.Weight != step.Weight {
			planned.Asked = step.Weight
		}
		if step.Approve == nil {
			late += c.ahead.There.Takes
		}
		planned.Ends = step.Ends + late
		switch {
		case i == last:
			planned.Kind = StepSettle
			planned.What = c.settling()
		case step.Approve != nil:
			planned.Kind = StepApprove
			planned.What = fmt.Sprintf("a person approves within %s, otherwise %s; the canary is watched meanwhile", step.Approve.Timeout, step.Approve.Otherwise)
		default:
			planned.What = c.watching(i, planned)
		}
		list = append(list, planned)
	}
	return list
}

// watching says what happens during a step that moves traffic. Where the strategy is adaptive, its earliest end is not how long it is watched.
func (c course) watching(i int, planned PlannedStep) string {
	strategy, step := c.document.Strategy, c.plan.Steps[i]
	weight := release.Percent(planned.Weight) + "% of traffic"
	if planned.Asked != 0 {
		weight += fmt.Sprintf(" (the nearest to %s%% that the target can give)", release.Percent(planned.Asked))
	}
	switch {
	case c.plan.Provisional && strategy.Exposure != nil:
		return "a share of traffic that depends on how much there is goes to the new version, which is watched"
	case c.plan.Provisional:
		return fmt.Sprintf("up to %s goes to the new version, less or more by how much traffic there is, until it is proven good, or for %d periods", weight, strategy.Adaptive.RungPeriods())
	case strategy.Adaptive != nil:
		return fmt.Sprintf("%s goes to the new version, which is watched until it is proven good, or for %s", weight, strategy.Steps[i].Wait)
	case step.Weight == 0:
		return fmt.Sprintf("%s, which is watched for %s", c.audience(step), step.Ends-step.Starts)
	case step.Audience != "":
		return fmt.Sprintf("%s goes to the new version, beside what its audience sends, which is watched for %s", weight, step.Ends-step.Starts)
	default:
		return fmt.Sprintf("%s goes to the new version, which is watched for %s", weight, step.Ends-step.Starts)
	}
}

// audience says which people a rung gives the new version to.
func (c course) audience(step release.PlannedStep) string {
	rungs := c.document.Strategy.Audience
	at := slices.IndexFunc(rungs, func(rung release.Audience) bool { return rung.Name == step.Audience })
	if at < 0 {
		return "audience " + step.Audience + " gets the new version"
	}
	who := fmt.Sprintf("audience %s (%s) gets the new version", step.Audience, rungs[at].Match)
	if step.Share != 0 {
		who = release.Percent(step.Share) + "% of " + who
	}
	var before []string
	for _, rung := range rungs[:at] {
		before = append(before, rung.Name)
	}
	if len(before) > 0 {
		who += ", and " + strings.Join(before, ", ") + " as before"
	}
	return who
}

// settling says what happens once the new version is promoted.
func (c course) settling() string {
	holdback, settle := c.document.Strategy.Holdback, c.plan.Settle
	switch {
	case settle == 0:
		return "all traffic goes to the new version"
	case holdback != nil && *holdback > 0 && c.document.Request.Version == "":
		return fmt.Sprintf("%s%% of traffic goes to the new version, which is watched for %s against the old one; then all", release.Percent(c.ahead.shifts.Meets(100-*holdback)), settle)
	default:
		return fmt.Sprintf("all traffic goes to the new version, which is watched for %s while the old one is kept", settle)
	}
}

// preparation says what happens before any traffic moves.
func (c course) preparation() string {
	if version := c.document.Request.Version; version != "" {
		return fmt.Sprintf("version %s, which was stable before, is made ready; it takes no traffic yet", version)
	}
	if c.ahead.Prepared != "" {
		return c.ahead.Prepared
	}
	checks := "asked whether it answers"
	switch count := len(c.document.Verify); count {
	case 0:
	case 1:
		checks = "tested by 1 check"
	default:
		checks = fmt.Sprintf("tested by %d checks", count)
	}
	return fmt.Sprintf("a new version is made of the artifact, deployed where no user reaches it, and %s", checks)
}
