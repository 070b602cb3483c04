package judge

import (
	"fmt"
	"slices"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// alarms are those that the analysis names, in its order, and then any others.
func alarms(q Question) []Alarm {
	list := make([]Alarm, 0, len(q.Alarms))
	for _, name := range q.Analysis.Alarms {
		i := slices.IndexFunc(q.Alarms, func(alarm Alarm) bool { return alarm.Name == name })
		if i < 0 {
			list = append(list, Alarm{Name: name, State: AlarmMissing})
			continue
		}
		list = append(list, q.Alarms[i])
	}
	for _, alarm := range q.Alarms {
		if !slices.Contains(q.Analysis.Alarms, alarm.Name) {
			list = append(list, alarm)
		}
	}
	return list
}

// lookAtAlarm says how an alarm stands, and whether it lacks something that
// must be waited for. An alarm without enough data of its own does not: a
// quiet service has many of those, and the metrics' minimum sample is the
// check for that. One that is gone, or that CloudWatch cannot evaluate, does.
func lookAtAlarm(q Question, alarm Alarm, comparisons []comparison) (finding release.Finding, waits bool) {
	finding = release.Finding{Metric: "alarm " + alarm.Name}
	what := "alarm " + alarm.Name
	switch alarm.State {
	case AlarmOK:
		finding.State, finding.Reason = release.Healthy, what+" is OK"
	case AlarmInsufficientData:
		finding.State, finding.Reason = release.NoDataYet, what+" has insufficient data"
	case AlarmMissing:
		finding.State, finding.Reason = release.NoDataYet, what+" does not exist"
		waits = true
	case AlarmFiring:
		if firedBefore(q, alarm) {
			return judgeByDifference(q, alarm, comparisons)
		}
		finding.State, finding.Reason = release.Breach, what+" is firing"+since(q, alarm)
		if alarm.Reason != "" {
			finding.Reason += ": " + alarm.Reason
		}
	default:
		finding.State = release.NoDataYet
		finding.Reason = fmt.Sprintf("%s cannot be trusted: CloudWatch could not evaluate it", what)
		waits = true
	}
	return finding, waits
}

// firedBefore reports whether a firing alarm is not the canary's doing. An
// alarm that stopped after the canary got traffic and fires again is, unless its
// signal can be split by version: then the difference still tells, and an
// alarm that flaps because stable is broken does not keep the fix out.
func firedBefore(q Question, alarm Alarm) bool {
	if q.CanaryBegan.IsZero() {
		return true
	}
	if !slices.Contains(q.FiringBefore, alarm.Name) {
		return false
	}
	return alarm.Metric != "" || !alarm.Since.After(q.CanaryBegan)
}

// judgeByDifference says whether the canary is worse than stable on what an
// already firing alarm watches. While settling, it keeps what was seen while
// both had traffic.
func judgeByDifference(q Question, alarm Alarm, comparisons []comparison) (finding release.Finding, waits bool) {
	finding = release.Finding{Metric: "alarm " + alarm.Name, State: release.Healthy}
	said := fmt.Sprintf("alarm %s was already firing%s; judging by difference: ", alarm.Name, since(q, alarm))
	i := slices.IndexFunc(comparisons, func(c comparison) bool { return alarm.Metric != "" && c.finding.Metric == alarm.Metric })
	if i >= 0 {
		controlled := comparisons[i].controlled()
		finding = controlled
		finding.Metric, finding.LogEvidence = "alarm "+alarm.Name, 0
		finding.Reason = said + standing(controlled)
		return finding, !q.CanaryBegan.IsZero()
	}
	said += "not comparable"
	standIns := 0
	for _, c := range comparisons {
		if c.finding.Metric != MetricErrors && c.finding.Metric != MetricLatency {
			continue
		}
		standIns++
		controlled := c.controlled()
		finding.State = worse(finding.State, controlled.State)
		said += ", " + standing(controlled) + " in its stead"
	}
	if standIns == 0 {
		finding.State = release.NoDataYet
		said += ", and neither errors nor latency is compared in its stead"
	}
	finding.Reason = said
	return finding, !q.CanaryBegan.IsZero()
}

// standing says how the canary compares with stable on one metric; its values are in the metric's own finding.
func standing(f release.Finding) string {
	switch f.State {
	case release.Breach:
		return f.Metric + " is worse on the canary"
	case release.NoDataYet:
		return f.Metric + " has too few requests to compare"
	default:
		return f.Metric + " is no worse on the canary"
	}
}

// worse is the graver of two states.
func worse(a, b release.FindingState) release.FindingState {
	for _, state := range []release.FindingState{release.Breach, release.NoDataYet} {
		if a == state || b == state {
			return state
		}
	}
	return release.Healthy
}

func since(q Question, alarm Alarm) string {
	if alarm.Since.IsZero() {
		return ""
	}
	return " since " + clockTime(alarm.Since, q.Now)
}
