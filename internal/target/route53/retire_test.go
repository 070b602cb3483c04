package route53_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	cfntypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/route53"
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
	early := c.tags("echo-production-early", "early")
	delete(early, route53.TagRecord)
	c.stacks.add("echo-production-early", early)
	c.retire(c.target(), stableStack)
	if diff := cmp.Diff([]string{"echo-production-early", "echo-production-stable", "echo-shared", "echo-test-1", "other-production-1", "theirs"}, c.stacks.names()); diff != "" {
		t.Errorf("stacks (-want +got):\n%s", diff)
	}
}

// retire retires until that is done.
func (c *cloud) retire(router *route53.Target, current string) {
	c.t.Helper()
	for range 20 {
		_, done, err := router.Retire(c.t.Context(), current, "")
		must(c.t, err)
		if done {
			return
		}
		c.pass(time.Minute)
	}
	c.t.Fatal("retire is never done")
}

// CloudFormation hands a stack's tags on to the stacks in it, and lists them beside it.
func TestRetireLeavesPartsOfTheLiveStackAlone(t *testing.T) {
	t.Parallel()
	c := withStable(t)
	live := c.stackOf(stableStack)
	for _, part := range []string{"Network-1ABCDEF", "Network-1ABCDEF-Subnets-2ABCDEF"} {
		nested := c.stacks.add(stableStack+"-"+part, c.tags(stableStack, "stable"))
		nested.ParentId, nested.RootId = live.StackId, live.StackId
	}
	deepest := c.stacks.add("echo-production-named", c.tags("echo-production-named", "stable")) // were its tags its own, it would be garbage
	deepest.RootId = live.StackId
	c.stacks.add("copied", c.tags(stableStack, "stable")) // by a person, or a tool of theirs
	want := c.stacks.names()
	c.retire(c.target(), stableStack)
	if diff := cmp.Diff(want, c.stacks.names()); diff != "" {
		t.Errorf("stacks (-want +got):\n%s", diff)
	}
	found, err := c.target().Preflight(t.Context())
	notes := strings.Join(found.Notes, "\n")
	if err != nil || !strings.Contains(notes, "stack copied has the tags of another stack, "+stableStack+", and so is left alone") || strings.Contains(notes, "Network") {
		t.Errorf("%v, notes: %s", err, notes)
	}
}

// A document that names another record than before, or another type or zone of it, begins anew: what the old record leads to is not this release's to delete.
func TestRetireLeavesWhatAnotherRecordLeadsTo(t *testing.T) {
	t.Parallel()
	for what, edit := range map[string]func(*release.Route53Target){
		"name": func(t *release.Route53Target) { t.Record = "new.example.com" },
		"type": func(t *release.Route53Target) { t.Type = "AAAA" },
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			c := withStable(t)
			router := c.target(func(document *release.Document) { edit(document.Target.Route53) })
			found, err := router.Preflight(t.Context())
			if notes := strings.Join(found.Notes, "\n"); err != nil || !found.First ||
				!strings.Contains(notes, "stack "+stableStack+" was made for another record, "+c.zone+"/"+name+"/A, and so is left alone") || !strings.Contains(notes, "delete-stack --stack-name "+stableStack) {
				t.Errorf("%v, first %t, notes: %s", err, found.First, notes)
			}
			if what == "type" {
				c.endpoint = func(string) map[string]string { return map[string]string{"Endpoint": "2001:db8::1"} }
			}
			deployed, err := c.deploy(router)
			if err != nil || deployed != canaryStack {
				t.Fatal(deployed, err)
			}
			_, err = router.Shift(t.Context(), allToNew, mine(release.Split{}))
			must(t, err)
			c.retire(router, canaryStack)
			if diff := cmp.Diff([]string{canaryStack, stableStack}, c.stacks.names()); diff != "" {
				t.Errorf("stacks (-want +got):\n%s", diff)
			}

			// The next release of the new record deletes what this one has made, and releases of the old one what the first has.
			c.stacks.add("echo-production-r-2", c.stackTags(canaryStack, map[string]string{route53.TagRelease: "r-2", route53.TagStack: "echo-production-r-2"}))
			c.retire(router, canaryStack)
			if diff := cmp.Diff([]string{canaryStack, stableStack}, c.stacks.names()); diff != "" {
				t.Errorf("stacks after another (-want +got):\n%s", diff)
			}
		})
	}
}

// stackTags are those of a stack, and others in the place of some.
func (c *cloud) stackTags(name string, others map[string]string) map[string]string {
	tags := map[string]string{}
	for _, tag := range c.stackOf(name).Tags {
		tags[*tag.Key] = *tag.Value
	}
	maps.Copy(tags, others)
	return tags
}

// A stack that was made for another record would be deleted by releases of that one, so this one does not return to it.
func TestNoReturnToAStackOfAnotherRecord(t *testing.T) {
	t.Parallel()
	c := withStable(t)
	tags := c.tags(foreignStack, "foreign")
	tags[route53.TagRecord] = c.zone + "/old.example.com/A"
	foreign := c.stacks.add(foreignStack, tags)
	router := c.target(func(document *release.Document) {
		document.Artifact, document.Request = release.Artifact{}, release.Request{Version: foreignStack}
	})
	says := []string{"stack " + foreignStack + " was made for another record, " + c.zone + "/old.example.com/A", "Key=goldfinch:record,Value=" + c.zone + "/" + name + "/A"}
	_, err := router.Preflight(t.Context())
	expectKind(t, err, release.KindRefused, says...)
	_, _, err = router.Deploy(t.Context(), stableStack)
	expectKind(t, err, release.KindRefused, says[0])
	foreign.Tags = nil
	for key, value := range c.tags(foreignStack, "foreign") {
		foreign.Tags = append(foreign.Tags, cfntypes.Tag{Key: &key, Value: &value})
	}
	_, err = router.Preflight(t.Context())
	must(t, err)
	if version, done, err := router.Deploy(t.Context(), stableStack); err != nil || !done || version != foreignStack {
		t.Errorf("version %s, done %t, %v after it was given", version, done, err)
	}
}

// A tag has at most 256 characters, and a record's name may have as many.
func TestALongRecordIsADigestInTheTag(t *testing.T) {
	t.Parallel()
	c := withStable(t)
	long := strings.Repeat(strings.Repeat("a", 50)+".", 4) + strings.Repeat("b", 19) + ".example.com"
	router := c.target(func(document *release.Document) { document.Target.Route53.Record = long })
	_, err := c.deploy(router)
	must(t, err)
	record := c.stackTags(canaryStack, nil)[route53.TagRecord]
	if len(record) > 256 || !strings.HasPrefix(record, c.zone+"/") || !strings.HasSuffix(record, "/A") {
		t.Errorf("the tag is %q", record)
	}
	_, err = router.Shift(t.Context(), allToNew, mine(release.Split{}))
	must(t, err)
	c.stacks.add("echo-production-lost", c.stackTags(canaryStack, map[string]string{route53.TagStack: "echo-production-lost"}))
	c.retire(router, canaryStack)
	if c.stackOf("echo-production-lost") != nil || c.stackOf(stableStack) == nil {
		t.Errorf("stacks %v are left", c.stacks.names())
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
