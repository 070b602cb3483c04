package route53_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// The stack that had the traffic stays until no resolver leads to it any more.
func TestRetireWaitsForResolvers(t *testing.T) {
	t.Parallel()
	c := withStable(t)
	c.stack(canaryStack, "r-1")
	c.stacks.pages = true
	router := c.target()
	_, err := router.Shift(t.Context(), allToNew, mine(stable))
	must(t, err)
	for _, step := range []struct {
		wait    time.Duration
		retired []string
		done    bool
	}{
		{0, nil, false},
		{2*time.Minute - 1, nil, false},
		{1, []string{stableStack}, false},
		{deletion - 1, nil, false},
		{1, nil, true},
	} {
		c.pass(step.wait)
		retired, done, err := router.Retire(t.Context(), canaryStack, stableStack)
		if err != nil || done != step.done || !cmp.Equal(retired, step.retired) {
			t.Errorf("after %v more: retired %v, done %t, %v", step.wait, retired, done, err)
		}
	}
}

func TestRetireLeavesOthersAlone(t *testing.T) {
	t.Parallel()
	c := withStable(t)
	c.stacks.add("theirs", nil)
	c.stacks.add("echo-test-1", map[string]string{"goldfinch:service": "echo", "goldfinch:environment": "test", "goldfinch:release": "1"})
	c.stacks.add("other-production-1", map[string]string{"goldfinch:service": "other", "goldfinch:environment": "production", "goldfinch:release": "1"})
	c.stacks.add("echo-shared", map[string]string{"goldfinch:service": "echo"})
	c.stack("echo-production-lost", "lost") // of a release whose process was killed
	for {
		_, done, err := c.target().Retire(t.Context(), stableStack, "")
		must(t, err)
		if done {
			break
		}
		c.pass(time.Minute)
	}
	if diff := cmp.Diff([]string{"echo-production-stable", "echo-shared", "echo-test-1", "other-production-1", "theirs"}, c.stacks.names()); diff != "" {
		t.Errorf("stacks (-want +got):\n%s", diff)
	}
}

func TestAStackThatCannotBeDeleted(t *testing.T) {
	t.Parallel()
	c := withStable(t)
	c.stack(canaryStack, "r-1")
	c.stacks.holds = "The bucket you tried to delete is not empty"
	router := c.target()
	_, done, err := router.Restore(t.Context(), stableStack)
	if err != nil || done {
		t.Fatal(done, err)
	}
	c.pass(deletion)
	_, done, err = router.Restore(t.Context(), stableStack)
	expectKind(t, err, release.KindTransient, "DELETE_FAILED", "Bucket (AWS::S3::Bucket): The bucket you tried to delete is not empty", "by hand")
	if done {
		t.Error("it is done")
	}
	c.stacks.holds = ""
	c.pass(deletion) // the last try fails, too
	_, _, err = router.Restore(t.Context(), stableStack)
	expectKind(t, err, release.KindTransient)
	c.pass(deletion)
	if _, done, err = router.Restore(t.Context(), stableStack); err != nil || !done {
		t.Errorf("done %t, %v after it was emptied", done, err)
	}
}

// A rollback's canary stays until no resolver leads to it, and while a record does.
func TestRestoreWaitsForResolvers(t *testing.T) {
	t.Parallel()
	c := withStable(t)
	c.stack(canaryStack, "r-1")
	router := c.target()
	_, err := router.Shift(t.Context(), tenToNew, mine(stable))
	must(t, err)
	note, done, err := router.Restore(t.Context(), stableStack)
	if err != nil || !done || !strings.Contains(note, "is kept") {
		t.Errorf("note %q, done %t, %v", note, done, err)
	}
	_, err = router.Shift(t.Context(), stable, mine(tenToNew))
	must(t, err)
	if _, done, err = router.Restore(t.Context(), stableStack); err != nil || done || c.stackOf(canaryStack).StackStatus != "CREATE_COMPLETE" {
		t.Errorf("done %t, %v: resolvers still lead to it", done, err)
	}
	if _, err := c.restore(router); err != nil || c.stackOf(canaryStack) != nil {
		t.Errorf("%v, and it is still there", err)
	}
}

func TestThrottledCallsOfRetireAndRestore(t *testing.T) {
	t.Parallel()
	c := withStable(t)
	c.stack(canaryStack, "r-1")
	router := c.target()
	c.throttled = true
	_, _, err := router.Retire(t.Context(), stableStack, "")
	expectKind(t, err, release.KindTransient)
	c.throttled = true
	_, _, err = router.Restore(t.Context(), stableStack)
	expectKind(t, err, release.KindTransient)
	for _, ask := range []func() error{
		func() error { _, err := router.Usable(t.Context(), stableStack); return err },
		func() error { return router.Verify(t.Context(), stableStack) },
		func() error { _, err := router.Bake(t.Context()); return err },
		func() error {
			_, err := router.Measure(t.Context(), tenToNew, start, start.Add(time.Minute), time.Minute)
			return err
		},
		func() error { _, err := router.History(t.Context(), stableStack, start, time.Minute); return err },
		func() error { _, _, err := router.Deploy(t.Context(), stableStack); return err },
	} {
		c.throttled = true
		if err := ask(); c.throttled {
			c.throttled = false
		} else {
			expectKind(t, err, release.KindTransient)
		}
	}
}
