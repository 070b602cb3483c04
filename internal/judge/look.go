package judge

import (
	"strings"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// sight is what all checks found.
type sight struct {
	findings []release.Finding
	// breaches are the reasons of the findings that demand a rollback.
	breaches []string
	// unmeasured and unalarmed are those of the metrics and the alarms without which a step may not end.
	unmeasured, unalarmed []string
}

// look makes every check, metrics first.
func look(q Question, c course) sight {
	var s sight
	comparisons := compare(q, c)
	for _, held := range comparisons {
		s.add(held.finding, held.waits, &s.unmeasured)
	}
	for _, alarm := range alarms(q) {
		finding, waits := lookAtAlarm(q, alarm, comparisons)
		s.add(finding, waits, &s.unalarmed)
	}
	return s
}

// add records a finding; waits says whether more data may be waited for when it has none.
func (s *sight) add(finding release.Finding, waits bool, missing *[]string) {
	s.findings = append(s.findings, finding)
	switch {
	case finding.State == release.Breach:
		s.breaches = append(s.breaches, finding.Reason)
	case finding.State == release.NoDataYet && waits:
		*missing = append(*missing, finding.Reason)
	}
}

// missing says what a step that is over lacks; empty: nothing.
func (s sight) missing() string {
	return strings.Join(append(s.unmeasured[:len(s.unmeasured):len(s.unmeasured)], s.unalarmed...), "; ")
}

// summary is the one finding that a person wants to read first: the first that is not healthy, or else the first.
func (s sight) summary() string {
	for _, finding := range s.findings {
		if finding.State != release.Healthy {
			return finding.Reason
		}
	}
	if len(s.findings) > 0 {
		return s.findings[0].Reason
	}
	return "nothing is watched"
}
