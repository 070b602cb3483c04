package apigateway_test

import (
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/measured"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// TestNoRequestFails: requests go on while traffic is moved there, back, and for good.
func TestNoRequestFails(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	made := c.deploy("r-1", "v2")
	subject := c.target("r-1", "v2")
	server := httptest.NewServer(c.api.Door())
	defer server.Close()

	var mu sync.Mutex
	answers, total := map[string]int{}, 0
	requests := func(n int) map[string]int {
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				for range n / 4 {
					version, err := c.ask(server.Client(), server.URL)
					mu.Lock()
					if err != nil {
						t.Error(err)
					}
					answers[version]++
					total++
					mu.Unlock()
				}
			})
		}
		group.Wait()
		got := answers
		answers = map[string]int{}
		return got
	}
	for _, step := range []struct {
		want  release.Split
		first bool
		last  bool
	}{
		{release.Split{Stable: c.first, Canary: made, Weight: 50}, true, true},
		{release.Pure(c.first), true, false},
		{release.Split{Stable: c.first, Canary: made, Weight: 50}, true, true},
		{release.Pure(made), false, true},
		{release.Pure(c.first), true, false},
	} {
		var moving sync.WaitGroup
		moving.Go(func() { requests(100) })
		if _, err := subject.Shift(t.Context(), step.want, anything); err != nil {
			t.Fatal(err)
		}
		moving.Wait()
		got := requests(100)
		if (got["1"] > 0) != step.first || (got["2"] > 0) != step.last {
			t.Errorf("at %v, versions answered %v", step.want, got)
		}
	}
	measured.Log(t, "apigateway: of %d requests through 5 shifts of a stage, none failed", total)
}
