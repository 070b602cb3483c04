package release_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

func TestArtifactNames(t *testing.T) {
	t.Parallel()
	hash := "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
	for _, test := range []struct {
		artifact    release.Artifact
		bucket, key string
		remote      bool
		text        string
	}{
		{release.Artifact{Package: "s3://artifacts/echo/v2.zip"}, "artifacts", "echo/v2.zip", true, "s3://artifacts/echo/v2.zip"},
		{release.Artifact{Package: "s3://artifacts"}, "artifacts", "", true, "s3://artifacts"},
		{release.Artifact{Package: "build/echo.zip", SHA256: hash}, "", "", false, "build/echo.zip (sha256 9f86d081884c)"},
		{release.Artifact{AMI: "ami-01234567"}, "", "", false, "ami-01234567"},
		{release.Artifact{}, "", "", false, "no artifact"},
	} {
		bucket, key, remote := test.artifact.S3()
		if bucket != test.bucket || key != test.key || remote != test.remote {
			t.Errorf("S3 of %+v is %q, %q, %t", test.artifact, bucket, key, remote)
		}
		if got := test.artifact.String(); got != test.text {
			t.Errorf("%+v is written %q, want %q", test.artifact, got, test.text)
		}
	}
}

func TestDurations(t *testing.T) {
	t.Parallel()
	for length, text := range map[time.Duration]string{
		0: "0s", 90 * time.Second: "1m30s", 5 * time.Minute: "5m", time.Hour: "1h", 90 * time.Minute: "1h30m",
		250 * time.Millisecond: "250ms", -time.Hour: "-1h", time.Hour + time.Second: "1h0m1s",
	} {
		if got := release.Duration(length).String(); got != text {
			t.Errorf("%s is written %s, want %s", length, got, text)
		}
		data, err := json.Marshal(release.Duration(length))
		if err != nil {
			t.Fatal(err)
		}
		var back release.Duration
		if err := json.Unmarshal(data, &back); err != nil || back.Std() != length {
			t.Errorf("%s comes back as %s, %v", data, back, err)
		}
	}
	for _, text := range []string{`5`, `"5"`, `"five minutes"`} {
		if err := json.Unmarshal([]byte(text), new(release.Duration)); err == nil {
			t.Errorf("%s is read as a duration", text)
		}
	}
}

func TestSplits(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		split release.Split
		pure  bool
		text  string
	}{
		{release.Split{}, true, "no version"},
		{release.Pure("7"), true, "version 7 at 100%"},
		{release.Split{Stable: "7", Canary: "8"}, true, "version 7 at 100%"},
		{release.Split{Stable: "7", Canary: "8", Weight: 10}, false, "version 7 at 90%, version 8 at 10%"},
		{release.Split{Stable: "7", Canary: "8", Weight: 0.5}, false, "version 7 at 99.5%, version 8 at 0.5%"},
		{release.Split{Stable: "7", Canary: "8", Weight: 33.33}, false, "version 7 at 66.67%, version 8 at 33.33%"},
	} {
		if test.split.IsPure() != test.pure || test.split.String() != test.text {
			t.Errorf("%+v: pure %t, %q", test.split, test.split.IsPure(), test.split)
		}
	}
	ten := release.Split{Stable: "7", Canary: "8", Weight: 10}
	for _, test := range []struct {
		a, b release.Split
		same bool
	}{
		{ten, ten, true},
		{ten, release.Split{Stable: "7", Canary: "8", Weight: 10.0000001}, true},
		{ten, release.Split{Stable: "7", Canary: "8", Weight: 10.01}, false},
		{ten, release.Split{Stable: "7", Canary: "9", Weight: 10}, false},
		{ten, release.Split{Stable: "8", Canary: "7", Weight: 10}, false},
		{ten, release.Pure("7"), false},
		{release.Pure("7"), release.Split{Stable: "7", Canary: "8"}, true},
		{release.Pure("7"), release.Pure("8"), false},
	} {
		if test.a.Same(test.b) != test.same || test.b.Same(test.a) != test.same {
			t.Errorf("%s and %s: same is %t, want %t", test.a, test.b, !test.same, test.same)
		}
	}
}

func TestExitCodesAreDistinct(t *testing.T) {
	t.Parallel()
	want := map[release.Outcome]int{
		release.Promoted: 0, release.RolledBack: 3, release.Aborted: 4, release.Refused: 5, release.FailedDirty: 6,
		"": release.ExitError,
	}
	for outcome, code := range want {
		if got := outcome.ExitCode(); got != code {
			t.Errorf("%q exits with %d, want %d", outcome, got, code)
		}
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	cause := errors.New("it is Tuesday")
	failure := release.Fail(release.KindRefused, "alias %s is foreign", "live").Because(cause).WithHint("ask %s", "jo")
	if got, want := failure.Error(), "alias live is foreign: it is Tuesday; ask jo"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	wrapped := fmt.Errorf("preflight: %w", failure)
	if !errors.Is(wrapped, cause) {
		t.Error("the cause is lost")
	}
	if kind, ok := release.KindOf(wrapped); !ok || kind != release.KindRefused {
		t.Errorf("the kind is %q, %t", kind, ok)
	}
	if kind, ok := release.KindOf(cause); ok {
		t.Errorf("an unclassified error has kind %q", kind)
	}
	want := []release.Kind{"Refused", "Transient", "Unhealthy", "Conflict", "Aborted", "Dirty"}
	if difference := cmp.Diff(want, release.Kinds()); difference != "" {
		t.Error(difference)
	}
}
