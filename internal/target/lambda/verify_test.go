package lambda_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// checks asks for checks.
func checks(checks ...release.Check) func(*release.Document) {
	return func(d *release.Document) { d.Verify = checks }
}

type object = map[string]any

// TestVerify: the function answers with
// {"statusCode":200,"version":"2","asked":PAYLOAD,"items":[{"id":1,"name":"a"},{"id":2}]}.
func TestVerify(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		// expect is what a check expects of the answer to the payload {"n":12}.
		expect any
		// failure is what the error says; empty when the check passes.
		failure string
	}{
		{"anything", nil, ""},
		{"a part", object{"statusCode": 200}, ""},
		{"a nested part", object{"asked": object{"n": 12}}, ""},
		{"the version by its number", object{"version": "2"}, ""},
		{"a number written otherwise", object{"statusCode": 200.0, "asked": object{"n": 1.2e1}}, ""},
		{"a list of parts", object{"items": []any{object{"id": 1}, object{}}}, ""},
		{"another value", object{"statusCode": 500}, "statusCode: expected 500, got 200"},
		{"another type", object{"statusCode": "200"}, `statusCode: expected "200", got 200`},
		{"a missing key", object{"asked": object{"m": true}}, "asked.m: expected true, got nothing"},
		{"a shorter list", object{"items": []any{object{"id": 1}}}, "items: expected"},
		{"another element", object{"items": []any{object{"id": 1}, object{"id": 3}}}, "items[1].id: expected 3, got 2"},
		{"an object instead of a list", object{"items": object{}}, "items: expected {}, got ["},
		{"a list instead of an object", []any{1}, "expected [1], got {"},
		{"a large number that is nearly the same", object{"asked": object{"n": 9007199254740993}}, "asked.n: expected 9007199254740993, got 12"},
		{"what is not JSON", object{"f": func() {}}, "what it expects is not JSON"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := twoVersions(t)
			err := c.target(checks(release.Check{Name: "answers", Payload: object{"n": 12}, Expect: test.expect})).Verify(t.Context(), "2")
			switch {
			case test.failure == "":
				must(t, err)
			case test.name == "what is not JSON":
				expectKind(t, err, "", "answers", test.failure)
			default:
				expectKind(t, err, release.KindUnhealthy, "echo:2", "1 of 1", "answers: "+test.failure)
			}
			expectSplit(t, c, stable)
		})
	}
}

func TestVerifyNamesEveryFailedCheck(t *testing.T) {
	t.Parallel()
	c := twoVersions(t)
	err := c.target(checks(
		release.Check{Payload: object{}, Expect: object{"statusCode": 200}},
		release.Check{Payload: object{"fail": true}},
		release.Check{Name: "third", Payload: object{}, Expect: object{"statusCode": 204}},
	)).Verify(t.Context(), "2")
	expectKind(t, err, release.KindUnhealthy, "2 of 3", "check 2: the function failed (Unhandled)", "no good", "third: statusCode: expected 204, got 200")
}

// TestVerifyWithoutChecks runs none of the version's code.
func TestVerifyWithoutChecks(t *testing.T) {
	t.Parallel()
	c := twoVersions(t)
	must(t, c.target().Verify(t.Context(), "2"))
	if c.count("lambda:InvokeFunction") != 1 {
		t.Error("nobody asked whether the version can be invoked")
	}
}

func TestVerifyErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		err  error
		kind release.Kind
	}{
		{"gone", &types.ResourceNotFoundException{}, release.KindUnhealthy},
		{"payload refused", &types.InvalidRequestContentException{}, release.KindUnhealthy},
		{"pending", &types.ResourceConflictException{}, release.KindTransient},
		{"snapshot not ready", &types.SnapStartNotReadyException{}, release.KindTransient},
		{"network not ready", &types.ResourceNotReadyException{}, release.KindTransient},
		{"throttled", &types.TooManyRequestsException{}, release.KindTransient},
		{"denied", denied("lambda:InvokeFunction"), ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := twoVersions(t)
			c.fail("lambda:InvokeFunction", test.err)
			err := c.target(checks(release.Check{Name: "answers", Payload: object{}})).Verify(t.Context(), "2")
			expectKind(t, err, test.kind, "echo:2")
		})
	}
	t.Run("payload that is not JSON", func(t *testing.T) {
		t.Parallel()
		c := twoVersions(t)
		err := c.target(checks(release.Check{Payload: func() {}})).Verify(t.Context(), "2")
		expectKind(t, err, "", "check 1", "payload")
	})
}

// TestVerifyOfStrangeAnswers: what the local Lambda never answers.
func TestVerifyOfStrangeAnswers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		answer awslambda.InvokeOutput
		part   string
	}{
		{"not JSON", awslambda.InvokeOutput{Payload: []byte("<html>")}, "not JSON: <html>"},
		{"more than one document", awslambda.InvokeOutput{Payload: []byte("{} {}")}, "not JSON"},
		{"another version", awslambda.InvokeOutput{ExecutedVersion: aws.String("1"), Payload: []byte("{}")}, "version 1 answered"},
		{"a number beyond all floats", awslambda.InvokeOutput{Payload: []byte(`{"n":1e999}`)}, "n: expected 1, got 1e999"},
		{"a very long answer", awslambda.InvokeOutput{Payload: []byte(`"` + strings.Repeat("x", 10_000) + `"`)}, "…"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := twoVersions(t)
			c.answer = &test.answer
			err := c.target(checks(release.Check{Payload: object{}, Expect: object{"n": 1}})).Verify(t.Context(), "2")
			expectKind(t, err, release.KindUnhealthy, test.part)
			if len(err.Error()) > 1000 {
				t.Errorf("the error has %d bytes", len(err.Error()))
			}
		})
	}
}

// TestUsable: Lambda wakes a version that was idle, so only one that it never
// invokes again cannot take traffic.
func TestUsable(t *testing.T) {
	t.Parallel()
	tests := []struct {
		state  types.State
		reason types.StateReasonCode
		want   bool
	}{
		{types.StateActive, "", true},
		{types.StateInactive, types.StateReasonCodeIdle, true},
		{types.StatePending, types.StateReasonCodeRestoring, true},
		{types.StatePending, types.StateReasonCodeCreating, false},
		{types.StateFailed, "", false},
		{types.StateDeactivating, "", false},
		{types.StateDeactivated, "", false},
		{types.StateActiveNonInvocable, "", false},
		{types.StateDeleting, "", false},
	}
	for _, test := range tests {
		t.Run(string(test.state)+string(test.reason), func(t *testing.T) {
			t.Parallel()
			c := newCloud(t, durations{})
			c.edit = func(_ string, answer *awslambda.GetFunctionOutput) {
				answer.Configuration.State, answer.Configuration.StateReasonCode = test.state, test.reason
			}
			got, err := c.target().Usable(t.Context(), "1")
			if err != nil || got != test.want {
				t.Errorf("%v, %v; want %v", got, err, test.want)
			}
		})
	}
}

func TestUsableOfNoVersion(t *testing.T) {
	t.Parallel()
	c := newCloud(t, durations{})
	for _, version := range []string{"$LATEST", "live", "9"} {
		got, err := c.target().Usable(t.Context(), version)
		if err != nil || got {
			t.Errorf("%s: %v, %v", version, got, err)
		}
	}
	c.fail("lambda:GetFunction", &types.TooManyRequestsException{})
	_, err := c.target().Usable(t.Context(), "1")
	expectKind(t, err, release.KindTransient)
}
