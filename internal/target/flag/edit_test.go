package flag_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
	"github.com/goldfinch-dev/goldfinch/internal/target/flag"
)

// TestTheFlagBecomesWhatItWas, however it is written, and when AppConfig's console has written all of it anew in between.
func TestTheFlagBecomesWhatItWas(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"attributes":       flags,
		"no attributes":    `{"version":"1","flags":{"newCheckout":{"name":"x"}},"values":{"newCheckout":{"_variants":[{"name":"default","enabled":false}]}}}`,
		"no definition":    `{"version":"1","flags":{"newCheckout":{}},"values":{"newCheckout":{"_variants":[ {"name":"default"} ]}}}`,
		"signs in strings": `{"version":"1","flags":{"newCheckout":{"name":"a \"_variants\": [ } \\"}},"values":{"newCheckout":{"_variants":[{"name":"ü \" ] ,","rule":"(eq $a \"]\")"},{"name":"default"}]}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := withCanary(t)
			c.atOnce(content)
			c.shift(staff, stable)
			c.pass(time.Minute)
			c.shift(stable, staff, stable)
			if got, _ := c.deployed(); got != content {
				t.Errorf("got\n%s\nwant\n%s", got, content)
			}
			c.pass(time.Minute)
			c.shift(staff, stable)
			c.pass(time.Minute)
			now, _ := c.deployed()
			var parsed any
			must(t, json.Unmarshal([]byte(now), &parsed))
			anew, err := json.MarshalIndent(parsed, "", "  ") // keys in their order, so that ours are first, in the midst and last
			must(t, err)
			c.atOnce(string(anew))
			c.expect(staff)
			c.shift(stable, staff, stable)
			got, _ := c.deployed()
			if diff := cmp.Diff(canonical(t, content), canonical(t, got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func canonical(t *testing.T, text string) string {
	t.Helper()
	var out bytes.Buffer
	var parsed any
	must(t, json.Unmarshal([]byte(text), &parsed))
	must(t, json.NewEncoder(&out).Encode(parsed))
	return out.String()
}

// TestBeneath: a load balancer has a rule for the header in the flag's place, and other targets have no such rung.
func TestBeneath(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	document := c.document("two")
	if rungs := flag.Beneath(document, "r-1").Strategy.Audience; len(rungs) != 0 {
		t.Errorf("a function has rungs %v", rungs)
	}
	if len(document.Strategy.Audience) != 3 {
		t.Error("the document itself was changed")
	}
	document.Target = release.Target{ALB: &release.ALBTarget{}}
	rungs := flag.Beneath(document, "r-1").Strategy.Audience
	if len(rungs) != 3 || rungs[1].Name != "tenth" || rungs[1].Share != 100 || rungs[1].Match.Header.Name != flag.HeaderRelease || strings.Join(rungs[1].Match.Header.Values, "") != "r-1" {
		t.Errorf("a load balancer has rungs %+v", rungs)
	}
}

// TestAMixedLadder of a target that knows countries: each rung is where it belongs.
func TestAMixedLadder(t *testing.T) {
	t.Parallel()
	c := withCanary(t)
	document := c.document("two", func(d *release.Document) {
		country := release.Audience{Name: "germany", Match: release.Match{Country: []string{"DE"}}, Wait: release.Duration(time.Minute)}
		d.Strategy.Audience = append([]release.Audience{people()[0], country}, people()[1:]...)
	})
	inner := &countries{Target: c.target()}
	subject := flag.New(flag.Options{Target: inner, Document: document, Release: "r-1", AppConfig: c.engine.AppConfig, Identity: account{}, Region: "us-east-1"})
	intended := []release.Split{stable}
	inner.split = stable
	germany := release.Split{Stable: "1", Canary: "2", Audience: "germany"}
	for _, stage := range []struct{ want, below release.Split }{
		{staff, stable}, {germany, germany}, {tenth, germany}, {half, germany}, {canary, canary}, {stable, stable},
	} {
		intended = append(intended, stage.want)
		got, err := subject.Shift(t.Context(), stage.want, mine(intended...))
		if err != nil || !got.Same(stage.want) || !inner.split.Same(stage.below) {
			t.Fatalf("shift to %v: %v, %v below, %v", stage.want, got, inner.split, err)
		}
		c.pass(time.Minute)
		if read, err := subject.Split(t.Context()); err != nil || !read.Same(stage.want) {
			t.Errorf("at %v it reads %v, %v", stage.want, read, err)
		}
	}
	at, _, err := subject.(target.Lagging).Arrives(t.Context(), target.Shifted{Split: stable, At: c.clock.Now()})
	if want := c.clock.Now().Add(time.Minute); err != nil || !at.Equal(want) { // the later of both
		t.Errorf("it arrives at %v, want %v, %v", at, want, err)
	}
	// Half of a shift: the target's part is there, and the flag's is not. It is gone on with, and it is taken back.
	for _, then := range []release.Split{tenth, stable} {
		inner.split = germany
		if got, err := subject.Shift(t.Context(), then, mine(stable, germany, tenth)); err != nil || !got.Same(then) {
			t.Errorf("from half of a shift to %v: %v, %v", then, got, err)
		}
		c.pass(time.Minute)
	}
	// The two parts lead to two versions.
	if _, err := subject.Shift(t.Context(), staff, mine(stable)); err != nil {
		t.Fatal(err)
	}
	inner.split = release.Split{Stable: "1", Canary: "9", Weight: 5}
	if read, err := subject.Split(t.Context()); err != nil || read.Canary != "9 and 2" {
		t.Errorf("it reads %v, %v", read, err)
	}
}
