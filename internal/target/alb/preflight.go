package alb

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/target"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
	"github.com/goldfinch-dev/goldfinch/internal/target/measure"
)

// preflightTimeout bounds Preflight.
const preflightTimeout = 30 * time.Second

// shortestPeriod is that of the points that CloudWatch has of load balancers' metrics, see
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html .
const shortestPeriod = time.Minute

// Preflight looks at everything that would stop the release half way, and writes nothing. What it may not read is a reason to refuse, too.
func (t *Target) Preflight(ctx context.Context) (target.Preflight, error) {
	ctx, cancel := context.WithTimeout(ctx, preflightTimeout)
	defer cancel()
	i := inspection{target: t}
	checks := []func(context.Context) error{
		i.lookAtRoutes, i.lookAtOwnership, i.lookAtOthers, i.lookAtAudience, i.lookAtGroups, i.lookAtStable, i.lookAtIdle, i.lookAtArtifact, i.lookAtEvidence,
	}
	for _, check := range checks {
		err := check(ctx)
		if call.IsDenied(err) {
			i.refuse(err.Error(), "allow that action on that resource in the policy of Goldfinch's role")
		} else if err != nil {
			return target.Preflight{}, err
		}
		if i.hopeless {
			break
		}
	}
	return i.found, i.failure()
}

// lookAtStable wants the version that users have to be one that can be copied.
func (i *inspection) lookAtStable(ctx context.Context) error {
	t := i.target
	behind, err := t.backings(ctx)
	if err != nil {
		return err
	}
	i.backings = behind
	split, err := t.splitOf(i.routes, behind)
	if err != nil {
		return i.refuseFor(err)
	}
	i.found.Split = split
	if i.idle == "" {
		return nil // refused already
	}
	busy := t.partnerOf(i.idle)
	stable, ok := behind[busy]
	if !ok {
		i.refuse(fmt.Sprintf("no Auto Scaling group of service %s is attached to target group %s, which users' requests go to", t.document.Service, targetGroupName(busy)),
			fmt.Sprintf("attach one; if there is one, allow Goldfinch to copy it with: aws autoscaling create-or-update-tags --tags ResourceId=GROUP,ResourceType=auto-scaling-group,Key=goldfinch:service,Value=%s,PropagateAtLaunch=true", t.document.Service))
		return nil
	}
	unfit, err := t.fleet.Unfit(ctx, stable.group)
	if err != nil {
		return err
	}
	for _, reason := range unfit {
		i.refuse(reason.What, reason.Mend)
	}
	if len(stable.group.TargetGroups) > 1 {
		i.note("group %s is attached to other target groups, too, which the new version's group is not: %v", stable.group.Name, stable.group.TargetGroups)
	}
	notes, err := t.fleet.Notes(ctx, stable.group)
	i.found.Notes = append(i.found.Notes, notes...)
	return err
}

// lookAtIdle wants nothing of anybody else's in the idle target group, and one group behind the other.
func (i *inspection) lookAtIdle(ctx context.Context) error {
	t := i.target
	if i.idle == "" {
		return nil
	}
	groups, err := t.fleet.Groups(ctx)
	if err != nil {
		return err
	}
	known := map[string]bool{}
	stable := i.backings[t.partnerOf(i.idle)].group.Name
	for _, group := range groups {
		switch {
		case slices.Contains(group.TargetGroups, t.partnerOf(i.idle)) && group.Name != stable:
			i.refuse(fmt.Sprintf("groups %s and %s are both attached to target group %s, so that it has no one version", stable, group.Name, targetGroupName(t.partnerOf(i.idle))), "detach one of them")
		case slices.Contains(group.TargetGroups, i.idle) && !group.Made():
			i.refuse(fmt.Sprintf("group %s is attached to target group %s, which must be idle, and Goldfinch did not make it", group.Name, targetGroupName(i.idle)), "detach it")
		case slices.Contains(group.TargetGroups, i.idle):
			i.note("group %s of an earlier release is still attached to target group %s, and is deleted before the new version is deployed", group.Name, targetGroupName(i.idle))
		}
		for _, instance := range group.Instances {
			known[instance.ID] = true
		}
	}
	health, err := t.fleet.Health(ctx, i.idle)
	if err != nil {
		return err
	}
	var strangers []string
	for id, state := range health {
		if !known[id] && !state.Draining() {
			strangers = append(strangers, id)
		}
	}
	if len(strangers) > 0 {
		slices.Sort(strangers)
		i.refuse(fmt.Sprintf("target group %s must be idle, and has targets that no group of service %s registered: %v", targetGroupName(i.idle), t.document.Service, strangers), "deregister them")
	}
	return nil
}

// lookAtArtifact wants an image that can be made or launched, or a version to return to.
func (i *inspection) lookAtArtifact(ctx context.Context) error {
	t := i.target
	if !t.isReturn() {
		notes, problems, err := t.image.Preflight(ctx)
		if err != nil {
			return err
		}
		i.found.Notes = append(i.found.Notes, notes...)
		for _, problem := range problems {
			i.refuse(problem, "correct the document's artifact")
		}
		return nil
	}
	if stable, ok := i.backings[t.partnerOf(i.idle)]; ok && i.idle != "" {
		_, err := t.fleet.Version(ctx, stable.group, "")
		return i.refuseFor(err)
	}
	return nil
}

// lookAtEvidence wants a way to check the new version, periods for which there are metrics, and the alarms to exist. A return compares and checks
// nothing.
func (i *inspection) lookAtEvidence(ctx context.Context) error {
	t := i.target
	alarms, err := t.Alarms(ctx, t.document.Analysis.Alarms)
	missing := measure.Missing(alarms)
	if t.isReturn() {
		if err != nil {
			i.note("%v; a return to a version does without alarms", err)
		} else if missing != "" {
			i.note("%s; a return to a version does without them", missing)
		}
		return nil
	}
	if err != nil {
		return err
	}
	if missing != "" {
		i.refuse(missing, "create them, or correct analysis.alarms")
	}
	switch {
	case t.alb.Test != nil:
	case len(t.document.Verify) > 0:
		i.refuse("the document has checks, and no way leads to a version that has no traffic", "give target.alb.test a listener, or a header and its value")
	default:
		i.note("without target.alb.test, the new version is tested by the load balancer's health checks alone before it gets traffic")
	}
	compared := measure.Compared(t.document)
	if period := t.document.Analysis.Period; len(compared) > 0 && period.Std() < shortestPeriod && !t.shortPeriods {
		i.refuse(fmt.Sprintf("analysis.period is %s, and CloudWatch has the metrics of %s by the minute", period, namespace), "say analysis.period: 1m, or more")
	}
	if slices.Contains(compared, judge.MetricErrors) {
		i.note("a request that the load balancer answers by itself with 5xx (HTTPCode_ELB_5XX_Count), such as 503 without an instance, is counted for no version: an alarm on it in analysis.alarms sees those")
	}
	return nil
}
