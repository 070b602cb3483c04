package main

import (
	"fmt"
	"regexp"
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
		for name, document := range s.policies(t, id) {
			for _, one := range at(t, document, "Statement").([]any) {
				statement := one.(map[string]any)
				if actions := textOfJSON(t, statement["Action"]); strings.Contains(actions, "*") {
					t.Errorf("%s allows %s", name, actions)
				}
				if resources := textOfJSON(t, statement["Resource"]); strings.Contains(resources, "*") && len(s.Resources[name].Metadata.Nag.Accepted) == 0 {
					t.Errorf("%s allows %s on %s, without a reason", name, statement["Sid"], resources)
				}
			}
		}
	}
	if others := s.of("AWS::IAM::Policy"); len(others) > 0 {
		t.Errorf("there are the policies %s beside those of the roles", others)
	}
	for _, shape := range functionShapes {
		id := capitalised(shape.name) + "Role"
		sids := map[string]string{} // actions by Sid
		for _, document := range s.policies(t, id) {
			for _, one := range at(t, document, "Statement").([]any) {
				sids[at(t, one, "Sid").(string)] = textOfJSON(t, at(t, one, "Action"))
			}
		}
		want := map[string]string{
			"WriteOwnLog": `["logs:CreateLogStream","logs:PutLogEvents"]`, "Trace": `["xray:PutTelemetryRecords","xray:PutTraceSegments"]`, "KeepFailedInvocations": `"sqs:SendMessage"`,
		}
		if shape.name == "announce" {
			want["KeepUnannouncedChanges"] = `"sqs:SendMessage"`
		}
		for _, statement := range access.Policy(shape.name) {
			if absent.MatchString(fmt.Sprint(statement.Resources)) {
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
		if policy := s.policyText(t, id); strings.Contains(policy, "${") {
			t.Errorf("%s has a placeholder that nothing fills: %s", shape.name, policy)
		}
	}
	checkTagConditions(t, s)
	checkPolicySizes(t, s)
}

// absent are the placeholders of what an installation without any context does not have.
var absent = regexp.MustCompile(`\$\{(KmsKey|HostedZones|InstanceRoles|StackRoles)\}`)

// policies are the policy documents of a role: its own by its id, and those that belong to it by theirs.
func (s *synthesis) policies(t *testing.T, role string) map[string]any {
	t.Helper()
	own, ok := s.Resources[role].Properties["Policies"].([]any)
	if !ok || len(own) != 1 {
		t.Fatalf("%s has the policies %v, want one", role, own)
	}
	documents := map[string]any{role: at(t, own, 0, "PolicyDocument")}
	managed, _ := s.Resources[role].Properties["ManagedPolicyArns"].([]any)
	for n := range managed {
		id, ok := at(t, managed, n).(map[string]any)["Ref"].(string)
		if !ok || !strings.HasPrefix(id, role+"Policy") {
			t.Fatalf("%s has the policy %v, which others write", role, managed[n])
		}
		documents[id] = at(t, s.Resources[id].Properties, "PolicyDocument")
	}
	return documents
}

// policyText is all policies of a role as JSON, with logical ids where CloudFormation puts something.
func (s *synthesis) policyText(t *testing.T, role string) string {
	t.Helper()
	return textOfJSON(t, together(s.policies(t, role)))
}

// checkPolicySizes holds every policy to how long IAM lets it be
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html).
func checkPolicySizes(t *testing.T, s *synthesis) {
	t.Helper()
	for _, id := range s.of("AWS::IAM::Role") {
		for name, document := range s.policies(t, id) {
			most := 6144
			if name == id {
				most = 10240
			}
			text := strings.NewReplacer("AWS::Partition", "aws-us-gov", "AWS::Region", "ap-southeast-1", "AWS::AccountId", "123456789012").Replace(textOfJSON(t, together(document)))
			if len(text) > most {
				t.Errorf("the policy of %s has about %d characters, and IAM takes %d", name, len(text), most)
			}
		}
	}
}

// together is a value with every text put together that CloudFormation joins.
func together(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for key := range value {
			if key == "Ref" || strings.HasPrefix(key, "Fn::") {
				return joined(value)
			}
		}
		whole := map[string]any{}
		for key, one := range value {
			whole[key] = together(one)
		}
		return whole
	case []any:
		whole := make([]any, len(value))
		for n, one := range value {
			whole[n] = together(one)
		}
		return whole
	default:
		return value
	}
}

// TestPacked puts statements into as few policies as they fit in, in their order.
func TestPacked(t *testing.T) {
	t.Parallel()
	statement := func(sid string, characters int) access.Statement {
		return access.Statement{Sid: sid, Resources: []string{strings.Repeat("r", characters)}}
	}
	tests := map[string]struct {
		statements []access.Statement
		want       string
	}{
		"nothing":     {nil, "[]"},
		"few":         {[]access.Statement{statement("A", 100), statement("B", 200)}, "[A B]"},
		"too many":    {[]access.Statement{statement("A", 5000), statement("B", 4000), statement("C", 4000), statement("D", 1000), statement("E", 1000)}, "[A B] [C D] [E]"},
		"none inside": {[]access.Statement{statement("A", 9000), statement("B", 3000)}, "[A] [B]"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, policy := range packed(test.statements) {
				var sids []string
				for _, one := range policy {
					sids = append(sids, one.Sid)
				}
				got = append(got, fmt.Sprint(sids))
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("packed as %s, want %s", strings.Join(got, " "), test.want)
			}
		})
	}
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
