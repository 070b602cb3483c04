package alb_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/measured"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// A user keeps the load balancer's cookie, as a browser does, and remembers which version answered.
type user struct {
	query  string
	header http.Header
	cookie string
	keeps  string
	last   string
	flips  int
}

// users are as many as count: of ten, one of the staff, two with the beta's cookie, two who pay, and five others.
func users(count int) []*user {
	var all []*user
	for i := range count {
		u := &user{header: http.Header{}}
		switch i % 10 {
		case 0:
			u.header.Set("X-Team", "staff")
		case 1, 2:
			u.cookie = "theme=dark; plan=beta"
		case 3, 4:
			u.query = "?plan=gold"
		}
		all = append(all, u)
	}
	return all
}

// ask makes one request. Going back from the new version to the old one is a flip.
func (u *user) ask(t *testing.T, client *http.Client, address string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+"/"+u.query, nil)
	must(t, err)
	request.Header = u.header.Clone()
	if u.cookie != "" {
		request.Header.Set("Cookie", u.cookie)
	}
	if u.keeps != "" {
		request.AddCookie(&http.Cookie{Name: "AWSALBTG", Value: u.keeps})
	}
	response, err := client.Do(request)
	must(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	must(t, err)
	if response.StatusCode != http.StatusOK {
		t.Fatalf("status %d: %s", response.StatusCode, body)
	}
	for _, cookie := range response.Cookies() {
		if cookie.Name == "AWSALBTG" {
			u.keeps = cookie.Value
		}
	}
	if u.last == "2" && string(body) == "1" {
		u.flips++
	}
	u.last = string(body)
}

// stages are a whole ladder, and the steps behind it.
var stages = []release.Split{
	forAudience(0, "staff", 0), forAudience(0, "beta", 50), forAudience(0, "paying", 0),
	forAudience(1, "paying", 0), forAudience(10, "paying", 0), forAudience(50, "paying", 0), allToTwo,
}

// TestNobodyFlips follows users over real HTTP through a whole release behind a sticky action: none returns to the old version, and at the promotion all have the new one.
func TestNobodyFlips(t *testing.T) {
	t.Parallel()
	c := twoVersions(t)
	c.move(sticky(forwardTo(c.blue)))
	server := httptest.NewServer(c.elb.Handler(c.listener))
	t.Cleanup(server.Close)
	everybody := users(400) // fifty more come with each stage
	target, requests, arrived := c.target(ladder(staff, beta, paying)), 0, 0
	round := func() (reached int) {
		arrived += 50
		for range 3 {
			reached = 0
			for _, u := range everybody[:arrived] {
				u.ask(t, server.Client(), server.URL)
				requests++
				if u.last == "2" {
					reached++
				}
			}
		}
		return reached
	}
	if got := round(); got != 0 {
		t.Fatalf("%d users have the new version before the release", got)
	}
	intended, before := []release.Split{stable}, 0
	for _, stage := range stages {
		intended = append(intended, stage)
		shift(t, target, stage, intended...)
		got := round()
		if got < before {
			t.Errorf("%v: %d users have the new version, and there were %d", stage, got, before)
		}
		before = got
	}
	if before != len(everybody) {
		t.Errorf("%d of %d users have the new version after the promotion", before, len(everybody))
	}
	flips := 0
	for _, u := range everybody {
		flips += u.flips
	}
	if flips != 0 {
		t.Errorf("users flipped %d times", flips)
	}
	measured.Log(t, "alb: %d flips of %d users in %d requests over a ladder of %d stages", flips, len(everybody), requests, len(stages))
}

// TestNobodyIsLeftBehind rolls back from every stage, with clients that keep cookies for the new version's target group: no request reaches that any more.
func TestNobodyIsLeftBehind(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]bool{"a sticky action": true, "a plain action": false} {
		for at, stage := range stages {
			c := twoVersions(t)
			if before {
				c.move(sticky(forwardTo(c.blue)))
			}
			server := httptest.NewServer(c.elb.Handler(c.listener))
			everybody, intended := users(40), append([]release.Split{stable}, stages...)
			target := c.target(ladder(staff, beta, paying))
			for _, earlier := range stages[:at+1] {
				shift(t, target, earlier, intended...)
			}
			held := 0
			for range 10 {
				for _, u := range everybody {
					u.ask(t, server.Client(), server.URL)
					if u.last == "2" {
						held++
					}
				}
			}
			if held == 0 {
				t.Errorf("%s, %v: nobody had the new version", name, stage)
			}
			shift(t, target, stable, intended...)
			for range 5 {
				for i, u := range everybody {
					if u.ask(t, server.Client(), server.URL); u.last != "1" {
						t.Errorf("%s, rolled back from %v: user %d still has the new version", name, stage, i)
					}
				}
			}
			if before && fmt.Sprint(*c.actions("")[0].ForwardConfig.TargetGroupStickinessConfig.Enabled) != "true" {
				t.Errorf("rolled back from %v: the user's stickiness is gone", stage)
			}
			server.Close()
		}
	}
}
