package appconfig_test

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/appconfig/types"
	"pgregory.net/rapid"

	"github.com/goldfinch-dev/goldfinch/internal/local/appconfig"
)

func TestConfigurationsAreValidated(t *testing.T) {
	t.Parallel()
	fallback := `{"name":"default","enabled":false}`
	for name, test := range map[string]struct{ content, location, reason string }{
		"no JSON":                   {`{`, "$", "unexpected EOF"},
		"another key":               {`{"version":"1","more":1}`, "$", "unknown field"},
		"another version":           {`{"version":"2"}`, "$.version", `must be "1"`},
		"no key of a flag":          {`{"version":"1","flags":{"Big":{}}}`, "$.flags.Big", "no key"},
		"not defined":               {`{"version":"1","values":{"checkout":{"enabled":true}}}`, "$.values.checkout", "defined nowhere"},
		"no text":                   {`{"version":"1","flags":{"a":{}},"values":{"a":1}}`, "$.values.a", "cannot unmarshal"},
		"no default":                {configuration(`{"name":"new","enabled":true,"rule":"(eq $a 1)"}`), "$.values.checkout._variants[0].rule", "last variant is the default"},
		"the default is first":      {configuration(fallback + `,{"name":"new","enabled":true,"rule":"(eq $a 1)"}`), "$.values.checkout._variants[0].rule", "must be the last one"},
		"no variant":                {configuration(``), "$.values.checkout", "no variant"},
		"two of a name":             {configuration(`{"name":"default","rule":"(eq $a 1)"},` + fallback), "$.values.checkout._variants[1].name", "two variants"},
		"no name":                   {configuration(`{"enabled":true}`), "$.values.checkout._variants[0].name", "missing"},
		"an unknown attribute":      {configuration(`{"name":"default","attributeValues":{"color":"red"}}`), "$.values.checkout._variants[0].attributeValues.color", "not an attribute"},
		"an attribute of its type":  {configuration(`{"name":"default","attributeValues":{"size":"big"}}`), "$.values.checkout._variants[0].attributeValues.size", "no number"},
		"more in the variants":      {configuration(`{"name":"default","more":1}`), "$.values.checkout", "unknown field"},
		"basic, not enabled or not": {`{"version":"1","flags":{"a":{}},"values":{"a":{"enabled":1}}}`, "$.values.a.enabled", "true or false"},
		"too many attributes":       {fmt.Sprintf(`{"version":"1","flags":{"a":{"attributes":{%s}}}}`, many(26, `"a%d":{"constraints":{"type":"string"}}`)), "$.flags.a.attributes", "26 attributes, more than 25"},
		"too many variants":         {configuration(many(32, `{"name":"v%d","enabled":true,"rule":"(eq $a 1)"}`) + `,` + fallback), "$.values.checkout._variants", "33 variants, more than 32"},
		"a long rule":               {configuration(`{"name":"new","enabled":true,"rule":"(eq $a \"` + strings.Repeat("ü", 16_375) + `\")"},` + fallback), "$.values.checkout._variants[0].rule", "longer than 16384"},
		"a long name":               {configuration(`{"name":"` + strings.Repeat("n", 65) + `","enabled":true}`), "$.values.checkout._variants[0].name", "1 to 64 characters"},
		"a long text":               {`{"version":"1","flags":{"a":{"attributes":{"b":{"constraints":{"type":"string"}}}}},"values":{"a":{"enabled":true,"b":"` + strings.Repeat("x", 1025) + `"}}}`, "$.values.a.b", "no string"},
		"required":                  {`{"version":"1","flags":{"a":{"attributes":{"b":{"constraints":{"type":"boolean","required":true}}}}},"values":{"a":{"enabled":true}}}`, "$.values.a.b", "is required"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := newWorld(t).put(test.content)
			var failure *types.BadRequestException
			if !errors.As(err, &failure) || failure.Reason != types.BadRequestReasonInvalidConfiguration {
				t.Fatal(err)
			}
			first := failure.Details.(*types.BadRequestDetailsMemberInvalidConfiguration).Value[0]
			if *first.Location != test.location || !strings.Contains(*first.Reason, test.reason) {
				t.Errorf("at %s: %s", *first.Location, *first.Reason)
			}
		})
	}
}

// many joins so many of a pattern by commas, with numbers from 1 on.
func many(n int, pattern string) string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf(pattern, i+1)
	}
	return strings.Join(all, ",")
}

func TestRules(t *testing.T) {
	t.Parallel()
	user := map[string]any{"plan": "paying", "age": 30, "id": "user-1", "beta": true, "tags": []any{"a", "b"}, "count": int64(3)}
	for rule, want := range map[string]bool{
		`(eq $plan "paying")`: true, `(eq $plan "free")`: false, `(eq $none "x")`: false, `(eq $age 30)`: true, `(eq $age "30")`: false, `(eq $beta true)`: true, `(eq $count 3)`: true,
		`(gt $age 29)`: true, `(gt $age 30)`: false, `(gte $age 30)`: true, `(lt $age 30.5)`: true, `(lte $age 29)`: false, `(gt $plan 1)`: false,
		`(and (eq $plan "paying") (gt $age 20))`: true, `(and (eq $plan "paying") (gt $age 40))`: false,
		`(or (eq $plan "free") (gt $age 20))`: true, `(or (eq $plan "free") (gt $age 40))`: false, `(not (eq $plan "free"))`: true, `(and true (eq $age 30))`: true,
		`(begins_with $id "user")`: true, `(ends_with $id "-2")`: false, `(contains $id "er-")`: true, `(contains $tags "b")`: true, `(contains $age "3")`: false,
		`(in $plan ["free", "paying"])`: true, `(in $age [1 2])`: false, `(in $plan "paying")`: false,
		`(matches in::$id pattern::"^user-\\d$")`: true, `(matches in::$age pattern::"3")`: false,
		`(exists key::"plan")`: true, `(exists key::"none")`: false,
		`(split by::$id pct::100)`: true, `(split by::$id pct::0)`: false, `(split by::$none pct::100 seed::"s")`: false, `(split by:: $id pct::100 seed:: "s")`: true,
	} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.deployed(ruled(rule))
			variant, attributes, err := w.Evaluate(*w.application, *w.environment, *w.profile, "checkout", user)
			if err != nil || (variant == "new") != want || attributes["enabled"] != want || (attributes["theme"] == "dark") != want {
				t.Errorf("%s, %v, %v", variant, attributes, err)
			}
		})
	}
}

func TestRulesThatAreNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for rule, reason := range map[string]string{
		`$plan`: "true or false", `(equals $a 1)`: `no operator "equals"`, `(eq $a`: "not closed", `(eq $a 1`: "not closed", `(eq $a)`: "2 operands, not 1", `(eq $a 1) x`: "more behind",
		`(eq $a "x)`: "text is not closed", `(eq $a x)`: "no value", `(split by::$a)`: "needs property pct", `(split by::$a pct::101)`: "0 to 100", `(split by::$a pct::"1")`: "0 to 100",
		`(split by::$a pct::1 of::2)`: "no property of", `(matches in::$a pattern::"(")`: "missing closing", `(matches in::$a pattern::1)`: "is a text", `(in $a [$b])`: "literals only",
		`(and $a (eq $b 1))`: "neither true nor false", `(in $a [x])`: "no value",
	} {
		_, err := w.put(ruled(rule))
		refused(t, err, "BadRequestException", reason)
	}
}

func TestABasicFlag(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.deployed(`{"version":"1","flags":{"checkout":{"attributes":{"size":{"constraints":{"type":"number"}}}},"off":{}},"values":{"checkout":{"enabled":true,"size":3,"_createdAt":"x"},"off":{"enabled":false}}}`)
	variant, attributes, err := w.Evaluate("shop", "production", "flags", "checkout", nil)
	if err != nil || variant != "" || fmt.Sprint(attributes) != "map[enabled:true size:3]" {
		t.Error(variant, attributes, err)
	}
	_, attributes, err = w.Evaluate("shop", "production", "flags", "off", nil)
	if err != nil || fmt.Sprint(attributes) != "map[enabled:false]" {
		t.Error(attributes, err)
	}
}

// TestASplitIsConsistent: who is in a share is in a greater one; it has about as many users as it says; another seed draws anew; and of two variants
// with one seed the second gets what the first leaves of it.
func TestASplitIsConsistent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *appconfig.Options) { o.MostVersions = 10_000 })
	const users = 4000
	in := func(rule string) map[int]bool {
		w.deployed(ruled(rule))
		found := map[int]bool{}
		for n := range users {
			if w.variant(map[string]any{"id": fmt.Sprintf("user-%d", n)}) == "new" {
				found[n] = true
			}
		}
		return found
	}
	rapid.Check(t, func(r *rapid.T) {
		less, more := float64(rapid.IntRange(0, 10000).Draw(r, "less"))/100, float64(rapid.IntRange(0, 10000).Draw(r, "more"))/100
		less, more = min(less, more), max(less, more)
		id := rapid.String().Draw(r, "id")
		w.deployed(ruled(fmt.Sprintf(`(split by::$id pct::%v seed::"s")`, less)))
		before := w.variant(map[string]any{"id": id})
		w.deployed(ruled(fmt.Sprintf(`(split by::$id pct::%v seed::"s")`, more)))
		if after := w.variant(map[string]any{"id": id}); before == "new" && after != "new" {
			r.Fatalf("user %q is in %v%% and not in %v%%", id, less, more)
		}
	})
	twenty := in(`(split by::$id pct::20 seed::"s")`)
	if share := float64(len(twenty)) / users; share < 0.17 || share > 0.23 {
		t.Errorf("20%% are %v of all", share)
	}
	other := in(`(split by::$id pct::20 seed::"t")`)
	both := 0
	for n := range maps.Keys(other) {
		if twenty[n] {
			both++
		}
	}
	if share := float64(both) / float64(len(other)); share > 0.5 {
		t.Errorf("%v of another seed's users are the same", share)
	}
	w.deployed(configuration(`{"name":"a","enabled":true,"rule":"(split by::$id pct::20)"},{"name":"b","enabled":true,"rule":"(split by::$id pct::20)"},{"name":"default","enabled":false}`))
	for n := range users {
		if w.variant(map[string]any{"id": fmt.Sprintf("user-%d", n)}) == "b" {
			t.Fatal("somebody gets the second variant of the same share")
		}
	}
}
