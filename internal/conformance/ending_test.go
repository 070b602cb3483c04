package conformance_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// An ending is how a release must end, wherever one looks.
type ending struct {
	outcome release.Outcome
	// code is the exit code of a command that waits for it.
	code int
	// reason is in the sentence that says why.
	reason string
	// split is where the alias is left; see [service.split].
	split string
	// heldBy is the release that holds the lock; empty where it is free.
	heldBy string
}

// ends waits for the end of a release, and looks at it from everywhere: the
// waiting command, the ledger, the alias and the lock.
func (c *cloud) ends(t *testing.T, command command, id string, s *service, want ending) operator.History {
	t.Helper()
	if _, code := command.run(t, t.TempDir(), "wait", id, "--timeout", "5m"); code != want.code {
		t.Errorf("goldfinch wait: exit code %d, want %d", code, want.code)
	}
	status := ask[operator.Status](t, command, "status", id)
	if status.Outcome != want.outcome || !strings.Contains(status.Reason, want.reason) {
		t.Errorf("status: %s: %s; want %s, because of %q", status.Outcome, status.Reason, want.outcome, want.reason)
	}
	history := ask[operator.History](t, command, "history", id)
	if len(history.Entries) == 0 {
		t.Fatalf("release %s has no history", id)
	}
	last := history.Entries[len(history.Entries)-1]
	if want := string(want.outcome) + ": " + status.Reason; last.Text != want {
		t.Errorf("the last line of history is %q, want %q", last.Text, want)
	}
	if split := s.split(t); split != want.split {
		t.Errorf("the alias stands at %s, want %s", split, want.split)
	}
	holder := ""
	if status.Holder != nil {
		holder = status.Holder.Release
	}
	if holder != want.heldBy {
		t.Errorf("the lock of %s is held by %q, want %q", s.name, holder, want.heldBy)
	}
	return history
}

// executionEnds looks how the execution of a release has ended: green for a
// promotion alone, else red with the outcome as its error.
func (c *cloud) executionEnds(t *testing.T, arn string, outcome release.Outcome, reason string) {
	t.Helper()
	var found *sfn.DescribeExecutionOutput
	eventually(t, "execution "+arn+" ends", func() bool {
		var err error
		found, err = c.executions.DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: &arn})
		if err != nil {
			t.Fatal(err)
		}
		return found.Status != types.ExecutionStatusRunning
	})
	status, failure, cause := types.ExecutionStatusFailed, string(outcome), reason
	if outcome == release.Promoted {
		status, failure, cause = types.ExecutionStatusSucceeded, "", ""
	}
	if found.Status != status || aws.ToString(found.Error) != failure || aws.ToString(found.Cause) != cause {
		t.Errorf("the execution ended as %s, %q: %q; want %s, %q: %q", found.Status, aws.ToString(found.Error), aws.ToString(found.Cause), status, failure, cause)
	}
}
