package judge

import "github.com/goldfinch-dev/goldfinch/internal/release"

// sight is what all checks found.
type sight struct {
	findings []release.Finding
	// breaches and missing are the reasons of the findings that demand a
	// rollback, and of those without which a step may not end.
	breaches, missing []string
}

// look makes every check, metrics first.
func look(q Question) sight {
	var e sight
	comparisons := compare(q)
	for _, c := range comparisons {
		e.add(c.finding, c.waits)
	}
	for _, alarm := range alarms(q) {
		finding, waits := lookAtAlarm(q, alarm, comparisons)
		e.add(finding, waits)
	}
	return e
}

// add records a finding; waits says whether more data may be waited for when it has none.
func (e *sight) add(finding release.Finding, waits bool) {
	e.findings = append(e.findings, finding)
	switch {
	case finding.State == release.Breach:
		e.breaches = append(e.breaches, finding.Reason)
	case finding.State == release.NoDataYet && waits:
		e.missing = append(e.missing, finding.Reason)
	}
}

// summary is the one finding that a person wants to read first: the first that is not healthy, or else the first.
func (e sight) summary() string {
	for _, finding := range e.findings {
		if finding.State != release.Healthy {
			return finding.Reason
		}
	}
	if len(e.findings) > 0 {
		return e.findings[0].Reason
	}
	return "nothing is watched"
}
