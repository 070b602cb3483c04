package release_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

func TestPeriodsBeginAtMultiplesOfTheirLengthSince1970(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		length := release.Duration(rapid.SampledFrom([]time.Duration{time.Second, 7 * time.Second, time.Minute, 7 * time.Minute, 11 * time.Minute, 25 * time.Minute, time.Hour}).Draw(t, "length"))
		at := time.Unix(rapid.Int64Range(-1e10, 1e10).Draw(t, "seconds"), rapid.Int64Range(0, 999_999_999).Draw(t, "nanoseconds"))
		began := length.Floor(at)
		if began.After(at) || !at.Before(began.Add(length.Std())) || began.Location() != time.UTC {
			t.Fatalf("the period of %s that %s is in began at %s", length, at.UTC(), began)
		}
		if began.Unix()%int64(length.Std()/time.Second) != 0 || began.Nanosecond() != 0 {
			t.Fatalf("a period of %s began at %s, %d s after 1970", length, began, began.Unix())
		}
	})
	if began := release.Duration(7 * time.Minute).Floor(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)); !began.Equal(time.Date(2026, 3, 2, 7, 57, 0, 0, time.UTC)) {
		t.Errorf("the period of seven minutes began at %s", began)
	}
}
