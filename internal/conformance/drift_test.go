package conformance_test

import (
	"encoding/json"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/goldfinch-dev/goldfinch/internal/drift"
)

// drifted moves traffic behind Goldfinch's back, and has the schedule look twice: while somebody else's version has it, and after
// that was put right.
func drifted(t *testing.T, c *cloud) {
	s := &service{account: c.account, name: promotedService}
	move := func(version string) {
		t.Helper()
		if _, err := s.lambda.UpdateAlias(t.Context(), &lambda.UpdateAliasInput{FunctionName: &s.name, Name: aws.String(alias), FunctionVersion: &version}); err != nil {
			t.Fatal(err)
		}
	}
	look := func() drift.Answer {
		t.Helper()
		result := c.functions.run(t.Context(), c.functions.own["drift"], []byte(`{"scheduledTime": "2026-03-04T12:00:00Z"}`))
		var answer drift.Answer
		if err := json.Unmarshal(result.Payload, &answer); err != nil || result.FunctionError != "" {
			t.Fatalf("function drift: %s (%v)", result.Payload, err)
		}
		return answer
	}
	move("1")
	if seen := look(); seen.Looked == 0 || seen.Findings != 1 {
		t.Errorf("with traffic elsewhere: %+v, want one finding", seen)
	}
	move("2")
	if seen := look(); seen.Looked == 0 || seen.Findings != 0 {
		t.Errorf("with traffic where it belongs: %+v, want no finding", seen)
	}
}
