package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/access"
)

// checkPolicies holds every policy of the template to what least privilege means
// here: no action with an asterisk, and every resource with one accepted with its reason.
// The functions' own have each statement of package access, and beyond these
// what Lambda does in their name.
func checkPolicies(t *testing.T, s *synthesis) {
	for _, id := range s.of("AWS::IAM::Role") {
		if _, ok := s.Resources[id].Properties["ManagedPolicyArns"]; ok {
			t.Errorf("%s has policies that others write", id)
		}
		policies, ok := s.Resources[id].Properties["Policies"].([]any)
		if !ok || len(policies) != 1 {
			t.Fatalf("%s has the policies %v, want one", id, policies)
		}
		for _, one := range at(t, policies, 0, "PolicyDocument", "Statement").([]any) {
			statement := one.(map[string]any)
			if actions := textOfJSON(t, statement["Action"]); strings.Contains(actions, "*") {
				t.Errorf("%s allows %s", id, actions)
			}
			if resources := textOfJSON(t, statement["Resource"]); strings.Contains(resources, "*") && len(s.Resources[id].Metadata.Nag.Accepted) == 0 {
				t.Errorf("%s allows %s on %s, without a reason", id, statement["Sid"], resources)
			}
		}
	}
	if others := append(s.of("AWS::IAM::Policy"), s.of("AWS::IAM::ManagedPolicy")...); len(others) > 0 {
		t.Errorf("there are the policies %s beside those of the roles", others)
	}
	for _, shape := range functionShapes {
		role := s.Resources[capitalised(shape.name)+"Role"].Properties
		sids := map[string]string{} // actions by Sid
		for _, one := range at(t, role, "Policies", 0, "PolicyDocument", "Statement").([]any) {
			sids[at(t, one, "Sid").(string)] = textOfJSON(t, at(t, one, "Action"))
		}
		want := map[string]string{
			"WriteOwnLog": `["logs:CreateLogStream","logs:PutLogEvents"]`, "Trace": `["xray:PutTelemetryRecords","xray:PutTraceSegments"]`, "KeepFailedInvocations": `"sqs:SendMessage"`,
		}
		if shape.name == "announce" {
			want["KeepUnannouncedChanges"] = `"sqs:SendMessage"`
		}
		for _, statement := range access.Policy(shape.name) {
			if strings.Contains(fmt.Sprint(statement.Resources), "${KmsKey}") {
				continue
			}
			actions := textOfJSON(t, statement.Actions)
			if len(statement.Actions) == 1 {
				actions = textOfJSON(t, statement.Actions[0])
			}
			want[statement.Sid] = actions
		}
		for sid, actions := range want {
			if sids[sid] != actions {
				t.Errorf("%s may do %s for %s, want %s", shape.name, sids[sid], sid, actions)
			}
		}
		if len(sids) != len(want) {
			t.Errorf("%s has the statements %v, want %v", shape.name, sids, want)
		}
		if strings.Contains(textOfJSON(t, role), "${") {
			t.Errorf("%s has a placeholder that nothing fills: %s", shape.name, textOfJSON(t, role))
		}
	}
	checkTagConditions(t, s)
}

// checkTagConditions sees the conditions reach the template.
func checkTagConditions(t *testing.T, s *synthesis) {
	for id, want := range map[string]string{
		"ShiftRole":        `"Condition":{"Null":{"aws:ResourceTag/goldfinch:installation":"true","aws:ResourceTag/goldfinch:service":"false"}}`,
		"StateMachineRole": `"Condition":{"Null":{"aws:ResourceTag/goldfinch:service":"false"}},"Effect":"Allow","Resource":{"Fn::Join":["",["arn:",{"Ref":"AWS::Partition"},":sns:`,
	} {
		if policy := textOfJSON(t, s.Resources[id].Properties); !strings.Contains(policy, want) {
			t.Errorf("%s: want %s in %s", id, want, policy)
		}
	}
	s.has(t, "StateMachineRole", "AWS::IAM::Role", `{"AssumeRolePolicyDocument": {"Statement": [{
		"Principal": {"Service": "states.amazonaws.com"}, "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
	}]}}`)
}
