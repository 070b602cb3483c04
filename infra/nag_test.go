package main

import (
	"fmt"
	"path"
	"regexp"
	"strings"
	"testing"
)

// A finding is a line of cdk-nag's report.
type finding struct {
	RuleID     string `json:"ruleId"`
	ResourceID string `json:"resourceId"`
	Compliance string `json:"compliance"`
	Reason     string `json:"exceptionReason"`
	Info       string `json:"ruleInfo"`
}

// A suppression is what is accepted of a resource, as it stands in the template.
type suppression struct {
	ID        string   `json:"id"`
	Reason    string   `json:"reason"`
	AppliesTo []string `json:"applies_to"`
}

// checkFindings fails on what cdk-nag finds and nobody has accepted with a
// reason, and on what is accepted and not found.
func checkFindings(t *testing.T, s *synthesis) {
	t.Helper()
	for _, mistake := range mistakes(s) {
		t.Error(mistake)
	}
}

// reasonPattern takes apart what cdk-nag says of a finding that is accepted: the part that it is about, if any, and the reason.
var reasonPattern = regexp.MustCompile(`(?s)^(?:\[(.*?)\] )?(.*)$`)

func mistakes(s *synthesis) []string {
	var found []string
	accepted := map[string]bool{}
	for _, line := range s.findings {
		switch line.Compliance {
		case "Compliant", "N/A":
		case "Suppressed":
			parts := reasonPattern.FindStringSubmatch(line.Reason)
			if len(strings.Fields(parts[2])) < 5 {
				found = append(found, fmt.Sprintf("%s of %s is accepted without a reason: %q", line.RuleID, line.ResourceID, parts[2]))
			}
			accepted[shortID(line.ResourceID)+" "+line.RuleID+" "+parts[1]] = true
		default:
			found = append(found, fmt.Sprintf("%s of %s: %s: %s", line.RuleID, line.ResourceID, line.Compliance, line.Info))
		}
	}
	for id, resource := range s.Resources {
		for _, one := range resource.Metadata.Nag.Accepted {
			if len(one.AppliesTo) == 0 {
				one.AppliesTo = []string{""}
			}
			for _, part := range one.AppliesTo {
				if !accepted[id+" "+one.ID+" "+part] {
					found = append(found, strings.TrimSpace(fmt.Sprintf("%s of %s is accepted, and not found: %s", one.ID, id, part)))
				}
			}
		}
	}
	return found
}

// TestFindingsAreChecked spoils a good report in each way that checkFindings must notice.
func TestFindingsAreChecked(t *testing.T) {
	t.Parallel()
	good := func() *synthesis {
		s := &synthesis{findings: []finding{
			{"AwsSolutions-S1", "Goldfinch/ArtifactBucket/Resource", "Suppressed", "CloudTrail says who reads it.", ""},
			{"AwsSolutions-IAM5", "Goldfinch/BakeRole/Resource", "Suppressed", "[Resource::*] X-Ray has no resources for traces.", ""},
			{"AwsSolutions-S10", "Goldfinch/ArtifactBucket/Resource", "Compliant", "N/A", ""},
		}}
		s.Resources = map[string]resource{"ArtifactBucket": {}, "BakeRole": {}}
		for id, one := range map[string]suppression{
			"ArtifactBucket": {ID: "AwsSolutions-S1"},
			"BakeRole":       {ID: "AwsSolutions-IAM5", AppliesTo: []string{"Resource::*"}},
		} {
			resource := s.Resources[id]
			resource.Metadata.Nag.Accepted = []suppression{one}
			s.Resources[id] = resource
		}
		return s
	}
	if found := mistakes(good()); len(found) > 0 {
		t.Fatalf("a good report: %q", found)
	}
	tests := map[string]struct {
		spoil func(*synthesis)
		want  string
	}{
		"finding":          {func(s *synthesis) { s.findings[2].Compliance = "Non-Compliant" }, "AwsSolutions-S10 of Goldfinch/ArtifactBucket/Resource: Non-Compliant*"},
		"rule that failed": {func(s *synthesis) { s.findings[2].Compliance = "UNKNOWN" }, "AwsSolutions-S10 of *: UNKNOWN*"},
		"no reason":        {func(s *synthesis) { s.findings[1].Reason = "[Resource::*] fine" }, "AwsSolutions-IAM5 of * is accepted without a reason*"},
		"stale":            {func(s *synthesis) { s.findings = s.findings[1:] }, "AwsSolutions-S1 of ArtifactBucket is accepted, and not found:"},
		"stale part":       {func(s *synthesis) { s.findings[1].Reason = "[Resource::a/*] X-Ray has no resources for traces." }, "AwsSolutions-IAM5 of BakeRole is accepted, and not found: Resource::*"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := good()
			test.spoil(s)
			found := mistakes(s)
			if len(found) != 1 {
				t.Fatalf("found %q, want one mistake", found)
			}
			if matched, err := path.Match(strings.ReplaceAll(test.want, "/", "|"), strings.ReplaceAll(found[0], "/", "|")); err != nil || !matched {
				t.Errorf("found %q, want %q", found[0], test.want)
			}
		})
	}
}
