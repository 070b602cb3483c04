package alb_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/measured"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/flag"
	"github.com/goldfinch-dev/goldfinch/internal/target/flagtest"
)

// TestBehindAFlag follows users over real HTTP through a ladder by a flag, with a rung by a header among it. Their caller asks AppConfig
// about each of them, and hands on what it is told.
func TestBehindAFlag(t *testing.T) {
	t.Parallel()
	c := twoVersions(t)
	shop := flagtest.New(t, c.clock)
	server := httptest.NewServer(c.elb.Handler(c.listener))
	t.Cleanup(server.Close)
	document := c.document(ladder(flagtest.Rung("us", `(eq $team "us")`, 100), staff, flagtest.Rung("tenth", "", 10), flagtest.Rung("half", "", 50)))
	subject := shop.Behind(c.target(func(d *release.Document) { *d = flag.Beneath(document, "r-1") }), document, "r-1")
	const many = 300
	everybody := users(many)
	round := func() (reached int) {
		for n, u := range everybody {
			team := "them"
			if n%30 == 7 {
				team = "us"
			}
			u.header = http.Header{}
			if n%10 == 0 {
				u.header.Set("X-Team", "staff")
			}
			if address := shop.Address(map[string]any{"userId": fmt.Sprint("user-", n), "team": team}); address != "" {
				u.header.Set(flag.HeaderRelease, address)
			}
			u.ask(t, server.Client(), server.URL)
			if u.last == "2" {
				reached++
			}
		}
		return reached
	}
	at := func(weight float64, name string, share float64) release.Split {
		return release.Split{Stable: "1", Canary: "2", Weight: weight, Audience: name, Share: share}
	}
	intended, before := []release.Split{stable}, round()
	for n, stage := range []release.Split{at(0, "us", 0), at(0, "staff", 0), at(0, "tenth", 10), at(0, "half", 50), allToTwo} {
		intended = append(intended, stage)
		for range 2 { // twice is once
			got, err := subject.Shift(t.Context(), stage, mine(intended...))
			if err != nil || !got.Same(stage) {
				t.Fatalf("shift to %v: %v, %v", stage, got, err)
			}
		}
		c.pass(time.Minute)
		if read, err := subject.Split(t.Context()); err != nil || !read.Same(stage) {
			t.Fatalf("at %v it reads %v, %v", stage, read, err)
		}
		reached := round()
		if reached <= before {
			t.Errorf("%v: %d users have the new version, and there were %d", stage, reached, before)
		}
		if want := many / 30; n == 0 && reached != want {
			t.Errorf("%d users of the first rung have the new version, want %d", reached, want)
		}
		before = reached
	}
	flips := 0
	for _, u := range everybody {
		flips += u.flips
	}
	if before != many || flips != 0 {
		t.Errorf("%d of %d users have the new version, after %d flips", before, many, flips)
	}
	measured.Log(t, "alb behind a flag: %d flips of %d users over a ladder of 4 rungs, 3 of them by a flag", flips, many)
}

// TestBehindAFlagARollbackIsAtOnce: those whom the flag still tells of the canary get the stable version.
func TestBehindAFlagARollbackIsAtOnce(t *testing.T) {
	t.Parallel()
	c := twoVersions(t)
	shop := flagtest.New(t, c.clock)
	document := c.document(ladder(flagtest.Rung("us", `(eq $team "us")`, 100)))
	subject := shop.Behind(c.target(func(d *release.Document) { *d = flag.Beneath(document, "r-1") }), document, "r-1")
	us := release.Split{Stable: "1", Canary: "2", Audience: "us"}
	if _, err := subject.Shift(t.Context(), us, mine(stable)); err != nil {
		t.Fatal(err)
	}
	told := http.Header{http.CanonicalHeaderKey(flag.HeaderRelease): {shop.Address(map[string]any{"team": "us"})}}
	if got := c.route("/", told, "192.0.2.1"); got != "2" {
		t.Fatalf("they get version %s", got)
	}
	if _, err := subject.Shift(t.Context(), stable, mine(us, stable)); err != nil {
		t.Fatal(err)
	}
	if got := c.route("/", told, "192.0.2.1"); got != "1" {
		t.Errorf("rolled back, they get version %s", got)
	}
}
