package route53_test

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/local/route53"
)

// lookup asks for addresses, and wants an answer.
func (w *world) lookup(r *route53.Resolver, name string) route53.Answer {
	w.t.Helper()
	answer, err := r.Lookup(w.t.Context(), name, types.RRTypeA)
	if err != nil {
		w.t.Fatal(err)
	}
	return answer
}

func TestAnAnswerIsKeptForItsTTL(t *testing.T) {
	t.Parallel()
	w := newWorld(t, route53.Options{Propagation: time.Minute})
	old, young := simple("a.example.com", "192.0.2.1"), simple("a.example.com", "192.0.2.2")
	w.change(create(old))
	w.pass(time.Minute)
	early, late := w.NewResolver(route53.Network{}), w.NewResolver(route53.Network{})
	w.lookup(early, "a.example.com")
	w.change(remove(old), create(young))
	w.pass(time.Minute - 1)
	w.lookup(late, "a.example.com") // just before the name servers hear of it: the last one to know
	for _, step := range []struct {
		wait        time.Duration
		early, late string
	}{{1, "192.0.2.2", "192.0.2.1"}, {time.Minute - 2, "192.0.2.2", "192.0.2.1"}, {1, "192.0.2.2", "192.0.2.2"}} {
		w.pass(step.wait)
		if got := w.lookup(early, "a.example.com").Values[0]; got != step.early {
			t.Errorf("after %v, who asked early gets %s, want %s", step.wait, got, step.early)
		}
		if got := w.lookup(late, "A.example.com.").Values[0]; got != step.late {
			t.Errorf("after %v, who asked late gets %s, want %s", step.wait, got, step.late)
		}
	}
}

func TestThatThereIsNoAnswerIsKeptToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, route53.Options{})
	r := w.NewResolver(route53.Network{})
	for _, name := range []string{"a.example.com", "example.org"} {
		if _, err := r.Lookup(t.Context(), name, types.RRTypeA); !errors.Is(err, route53.ErrNoAnswer) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	w.change(create(simple("a.example.com", "192.0.2.1")))
	w.pass(15*time.Minute - 1)
	if _, err := r.Lookup(t.Context(), "a.example.com", types.RRTypeA); !errors.Is(err, route53.ErrNoAnswer) {
		t.Errorf("error %v before a quarter of an hour is over", err)
	}
	w.pass(1)
	w.lookup(r, "a.example.com")
}

// Weights and health, as in
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-how-route-53-chooses-records.html
func TestHowWeightedRecordsAreChosen(t *testing.T) {
	t.Parallel()
	const asked = 4000
	for name, test := range map[string]struct {
		weights map[string]int64
		// sick have a health check that fails; checked, one that does not.
		sick, checked []string
		want          map[string]float64
	}{
		"by their weights":                       {weights: map[string]int64{"a": 1, "b": 3}, want: map[string]float64{"a": 0.25, "b": 0.75}},
		"never with weight 0":                    {weights: map[string]int64{"a": 0, "b": 1}, want: map[string]float64{"b": 1}},
		"alike when all have weight 0":           {weights: map[string]int64{"a": 0, "b": 0}, want: map[string]float64{"a": 0.5, "b": 0.5}},
		"never while sick":                       {weights: map[string]int64{"a": 1, "b": 1, "c": 2}, sick: []string{"c"}, checked: []string{"a", "b"}, want: map[string]float64{"a": 0.5, "b": 0.5}},
		"with weight 0 when all others are sick": {weights: map[string]int64{"a": 0, "b": 255}, sick: []string{"b"}, checked: []string{"a"}, want: map[string]float64{"a": 1}},
		"without a check as if healthy":          {weights: map[string]int64{"a": 0, "b": 255}, sick: []string{"b"}, want: map[string]float64{"a": 1}},
		"as if all were healthy when none is":    {weights: map[string]int64{"a": 0, "b": 1, "c": 1}, sick: []string{"a", "b", "c"}, want: map[string]float64{"b": 0.5, "c": 0.5}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, route53.Options{})
			sets := map[string]types.ResourceRecordSet{}
			for id, weight := range test.weights {
				sets[id] = weighted(id, weight, "192.0.2.1")
			}
			for i, id := range append(test.sick, test.checked...) {
				check, err := w.CreateHealthCheck(t.Context(), &sdk.CreateHealthCheckInput{CallerReference: &id, HealthCheckConfig: &types.HealthCheckConfig{Type: types.HealthCheckTypeTcp, IPAddress: aws.String("192.0.2.1")}})
				if err != nil {
					t.Fatal(err)
				}
				if i < len(test.sick) {
					if err := w.SetHealth(*check.HealthCheck.Id, false); err != nil {
						t.Fatal(err)
					}
				}
				set := sets[id]
				set.HealthCheckId = check.HealthCheck.Id
				sets[id] = set
			}
			for _, set := range sets {
				w.change(create(set))
			}
			got := map[string]float64{}
			random := rand.New(rand.NewPCG(1, 2)).Float64
			for range asked {
				got[w.lookup(w.NewResolver(route53.Network{Random: random}), "app.example.com").SetIdentifier] += 1.0 / asked
			}
			for id := range test.weights {
				if difference := got[id] - test.want[id]; difference > 0.03 || difference < -0.03 || (got[id] == 0) != (test.want[id] == 0) {
					t.Errorf("%s is chosen by %v of those who ask, want %v", id, got[id], test.want[id])
				}
			}
		})
	}
}

func TestHealthChecksThatAreDisabledOrInverted(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ disabled, inverted, failing, want bool }{
		{false, false, false, true}, {false, false, true, false}, {true, false, true, true}, {false, true, false, false}, {false, true, true, true},
	} {
		w := newWorld(t, route53.Options{})
		check, err := w.CreateHealthCheck(t.Context(), &sdk.CreateHealthCheckInput{CallerReference: aws.String("c"), HealthCheckConfig: &types.HealthCheckConfig{
			Type: types.HealthCheckTypeTcp, IPAddress: aws.String("192.0.2.1"), Disabled: &test.disabled, Inverted: &test.inverted,
		}})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.SetHealth(*check.HealthCheck.Id, !test.failing); err != nil {
			t.Fatal(err)
		}
		set := weighted("checked", 255, "192.0.2.1")
		set.HealthCheckId = check.HealthCheck.Id
		w.change(create(set), create(weighted("spare", 0, "192.0.2.2")))
		if got := w.lookup(w.NewResolver(route53.Network{}), "app.example.com").SetIdentifier == "checked"; got != test.want {
			t.Errorf("%+v: healthy is %t", test, got)
		}
	}
}

// An audience tree: geolocation aliases, each to a weighted name of its own.
func TestGeolocationTree(t *testing.T) {
	t.Parallel()
	sick := map[string]bool{}
	w := newWorld(t, route53.Options{TargetHealth: func(_, name string) bool { return !sick[name] }})
	leaf := func(name, id string, weight int64, target string) types.Change {
		return create(alias(types.ResourceRecordSet{Name: &name, Type: types.RRTypeA, SetIdentifier: &id, Weight: &weight}, elsewhere, target))
	}
	branch := func(id string, place types.GeoLocation, target string) types.Change {
		return create(in(alias(simple("www.example.com", ""), w.zone, target), id, place))
	}
	w.change(leaf("eu.example.com", "old", 0, "eu-old.example.net"), leaf("eu.example.com", "new", 255, "eu-new.example.net"),
		leaf("us.example.com", "old", 255, "us-old.example.net"), leaf("all.example.com", "old", 255, "all-old.example.net"))
	w.change(branch("eu", types.GeoLocation{ContinentCode: aws.String("EU")}, "eu.example.com"), branch("us", types.GeoLocation{CountryCode: aws.String("US")}, "us.example.com"),
		branch("wa", types.GeoLocation{CountryCode: aws.String("US"), SubdivisionCode: aws.String("WA")}, "all.example.com"))
	from := func(country, subdivision string) (route53.Answer, error) {
		return w.NewResolver(route53.Network{Country: country, Subdivision: subdivision}).Lookup(t.Context(), "www.example.com", types.RRTypeA)
	}
	want := func(country, subdivision, target string) {
		t.Helper()
		if answer, err := from(country, subdivision); err != nil || answer.Values[0] != target+".example.net." || !answer.Name {
			t.Errorf("from %s %s: %+v, %v; want %s", country, subdivision, answer, err, target)
		}
	}
	want("DE", "", "eu-new")
	want("US", "", "us-old")
	want("US", "WA", "all-old")
	if _, err := from("JP", ""); !errors.Is(err, route53.ErrNoAnswer) {
		t.Errorf("without a default there is no answer; got %v", err)
	}
	w.change(branch("default", types.GeoLocation{CountryCode: aws.String("*")}, "all.example.com"))
	want("JP", "", "all-old")
	want("", "", "all-old")
	answer, err := from("DE", "")
	if diff := cmp.Diff(route53.Answer{Values: []string{"eu-new.example.net."}, Name: true, TTL: time.Minute, SetIdentifier: "new"}, answer); diff != "" || err != nil {
		t.Errorf("answer (-want +got):\n%s%v", diff, err)
	}
	sick["eu-new.example.net."] = true
	want("DE", "", "eu-old") // a weight of 0 is no protection
	sick["eu-old.example.net."] = true
	want("DE", "", "all-old") // the larger place
	sick["all-old.example.net."] = true
	want("DE", "", "eu-new") // none is healthy: the smallest place, as if all were
}

func TestNamesAreFollowed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, route53.Options{})
	cname := func(name, to string, ttl int64) types.Change {
		return create(types.ResourceRecordSet{Name: &name, Type: types.RRTypeCname, TTL: &ttl, ResourceRecords: []types.ResourceRecord{{Value: &to}}})
	}
	w.change(cname("www.example.com", "App.example.com", 30), cname("out.example.com", "lb.example.net", 40), create(weighted("one", 1, "192.0.2.1")),
		cname("left.example.com", "right.example.com", 60), cname("right.example.com", "left.example.com", 60))
	r := w.NewResolver(route53.Network{})
	if got := w.lookup(r, "www.example.com"); got.Values[0] != "192.0.2.1" || got.TTL != 30*time.Second || got.SetIdentifier != "one" {
		t.Errorf("answer %+v", got)
	}
	w.pass(10 * time.Second)
	if got := w.lookup(r, "www.example.com").TTL; got != 20*time.Second {
		t.Errorf("after 10 s it is kept for %v more", got)
	}
	if got := w.lookup(r, "out.example.com"); !got.Name || got.Values[0] != "lb.example.net." {
		t.Errorf("answer %+v", got)
	}
	if got := w.lookup(r, "left.example.com"); !got.Name {
		t.Errorf("answer %+v of names in a circle", got)
	}
	if got, err := r.Lookup(t.Context(), "www.example.com", types.RRTypeCname); err != nil || got.Values[0] != "app.example.com." {
		t.Errorf("answer %+v, %v", got, err)
	}
}

func TestAliasesInACircle(t *testing.T) {
	t.Parallel()
	w := newWorld(t, route53.Options{})
	w.change(create(alias(simple("left.example.com", ""), w.zone, "right.example.com")), create(alias(simple("right.example.com", ""), w.zone, "left.example.com")))
	if _, err := w.NewResolver(route53.Network{}).Lookup(t.Context(), "left.example.com", types.RRTypeA); !errors.Is(err, route53.ErrNoAnswer) {
		t.Errorf("error %v", err)
	}
}
