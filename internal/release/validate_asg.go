package release

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// What an instance refresh allows
// (https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_RefreshPreferences.html).
const (
	longestCheckpoint  = Duration(48 * time.Hour)
	mostRefreshAlarms  = 10
	longestGroupName   = 255
	mostPort           = 65535
	refreshPath        = "target.asg.mode"
	refreshAlternative = "use target.asg.mode groups"
)

func (v *validation) asg(target ASGTarget) {
	const path = "target.asg"
	switch {
	case target.Group == "":
		v.missing(path+".group", target.Group, "give the name of the Auto Scaling group")
	case strings.HasPrefix(target.Group, "arn:"):
		v.reject(path+".group", target.Group, "write what stands behind autoScalingGroupName/", "must be the group's name, not its ARN")
	case utf8.RuneCountInString(target.Group) > longestGroupName || strings.Contains(target.Group, ":") || strings.ContainsAny(target.Group, "\x00\r\n"):
		v.reject(path+".group", target.Group, fmt.Sprintf("use 1 to %d characters, and no colon", longestGroupName), "is not the name of an Auto Scaling group")
	}
	v.balancerARN(path+".targetGroup", target.TargetGroup, "targetgroup")
	v.word(path+".mode", target.Mode, ModeGroups, ModeInstanceRefresh)
	v.number(path+".testPort", target.TestPort, 1, mostPort)
	for _, name := range []struct{ key, value string }{
		{"namespace", target.Metrics.Namespace}, {"requests", target.Metrics.Requests}, {"errors", target.Metrics.Errors}, {"duration", target.Metrics.Duration},
	} {
		if where := path + ".metrics." + name.key; name.value != "" || v.source.Has(where) {
			v.metricName(where, name.value, name.key == "namespace", "name what instances publish, or leave it out")
		}
	}
	if target.Mode == ModeInstanceRefresh {
		v.instanceRefresh()
	}
}

// instanceRefresh checks that AWS's own rolling update can do what the strategy wants: our steps are its checkpoints,
// which have one delay and go on by themselves when that is over.
func (v *validation) instanceRefresh() {
	strategy := v.complete.Strategy
	if len(strategy.Audience) > 0 {
		v.reject("strategy.audience", nil, refreshAlternative, "an instance refresh replaces instances, so that nobody has the new version while its weight is 0")
	}
	for _, form := range []struct {
		key   string
		given bool
	}{{"adaptive", strategy.Adaptive != nil}, {"exposure", strategy.Exposure != nil}} {
		if form.given {
			v.reject("strategy."+form.key, nil, "give steps, or "+refreshAlternative, "the checkpoints of an instance refresh are fixed when it begins")
		}
	}
	if holdback := strategy.Holdback; holdback != nil && *holdback != 0 {
		v.reject("strategy.holdback", *holdback, "leave it out, or "+refreshAlternative, "an instance refresh ends with no instance of the old version")
	}
	if alarms := v.given.Analysis.Alarms; len(alarms) > mostRefreshAlarms {
		v.reject("analysis.alarms", amount(len(alarms), "alarms"), "join some in a composite alarm",
			"must have at most %d alarms, because an instance refresh watches them too", mostRefreshAlarms)
	}
	if len(v.given.Verify) > 0 && v.given.Request.Version == "" {
		v.reject("verify", nil, "leave the checks out, or "+refreshAlternative, "an instance refresh runs nothing of the new version before it has traffic")
	}
	if timeout := v.complete.Timeouts.Release; timeout >= longestCheckpoint {
		v.reject("timeouts.release", timeout, "make it shorter, or "+refreshAlternative,
			"is no shorter than the %s after which AWS goes on by itself from a checkpoint of an instance refresh", longestCheckpoint)
	}
	v.checkpoints(beforeAudience(strategy.Steps))
}

func (v *validation) checkpoints(steps []Step) {
	var delay Duration
	for i, step := range steps {
		path := fmt.Sprintf("strategy.steps[%d]", i)
		switch {
		case step.Approve != nil:
			v.reject(path+".approve", nil, "leave it out, or "+refreshAlternative, "an instance refresh does not wait for a person")
		case step.Weight > 99 || step.Weight != float64(int(step.Weight)):
			v.reject(path+".weight", step.Weight, "write a whole percent of at most 99", "is not a checkpoint that an instance refresh can have")
		case step.Wait > longestCheckpoint:
			v.reject(path+".wait", step.Wait, fmt.Sprintf("write %s or less", longestCheckpoint), "is longer than an instance refresh can stay at a checkpoint")
		case delay != 0 && step.Wait != delay:
			v.reject(path+".wait", step.Wait, fmt.Sprintf("write %s, or %s", delay, refreshAlternative), "differs from the step before, and an instance refresh has one delay for all checkpoints")
		}
		if step.Approve == nil {
			delay = step.Wait
		}
	}
}
