package release

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// mostRungs bounds a ladder: each takes a rule, or a set of records.
const mostRungs = 10

// audienceTargets are the kinds of target that can tell an audience apart, by the key of [Match].
var audienceTargets = map[string][]string{
	"header":  {kindALB},
	"cookie":  {kindALB},
	"query":   {kindALB},
	"path":    {kindALB},
	"source":  {kindALB},
	"country": {kindALB, kindRoute53},
	"flag":    {kindLambda, kindALB, kindRoute53, kindAPIGateway}, // nobody can reach one version of an asg target
}

func (v *validation) audience() {
	const list = "strategy.audience"
	rungs := v.given.Strategy.Audience
	if len(rungs) == 0 && v.source.Has(list) {
		v.reject(list, nil, "leave audience out, or name those who get the canary first", "the list is empty")
	}
	if len(rungs) > mostRungs {
		v.reject(list, amount(len(rungs), "rungs"), "join some", "must have at most %d rungs", mostRungs)
	}
	if strategy := v.given.Strategy; len(rungs) > 0 && (strategy.Adaptive != nil || strategy.Exposure != nil) {
		v.reject(list, nil, "use steps, canary or linear behind it", "can't stand before steps that are known only when traffic is")
	}
	seen := map[string]bool{}
	v.sameVariant(rungs)
	for i, rung := range rungs {
		path := fmt.Sprintf("%s[%d]", list, i)
		v.pattern(path+".name", rung.Name, namePattern, "is not a usable name", nameHint)
		if rung.Name != "" && seen[rung.Name] {
			v.reject(path+".name", rung.Name, "give it a name of its own", "two rungs have this name")
		}
		seen[rung.Name] = true
		v.match(path+".match", rung.Match, rung.Share)
		v.audienceShare(path+".share", rung)
		v.wait(path+".wait", rung.Wait)
	}
}

// audienceShare checks the percent of a rung's people. Only a load balancer combines who somebody is with a weight;
// a flag splits by itself.
func (v *validation) audienceShare(path string, rung Audience) {
	share := rung.Share
	kind := v.given.Target.Kind()
	switch {
	case share == 0 && !v.source.Has(path), share == wholeShare:
	case !isWeight(share):
		v.reject(path, share, "it is a percent: write 50 for half of them", "must be above 0, at most 100, with at most two decimals")
	case rung.Match.Flag == nil && isOwn(kind) && kind != kindALB:
		v.reject(path, share, "leave it out, or use a flag with a key; alb can", "%s can't give a part of an audience the canary", aTarget(kind))
	}
}

// isOwn reports whether a kind is one of Goldfinch's own; what another can do is its own matter.
func isOwn(kind string) bool { return slices.Contains(TargetKinds(), kind) }

// aTarget names a kind of target in a sentence.
func aTarget(kind string) string {
	if strings.HasPrefix(kind, "a") {
		return "an " + kind + " target"
	}
	return "a " + kind + " target"
}

// match checks who an audience is.
func (v *validation) match(path string, match Match, share float64) {
	var given []string
	for _, form := range []struct {
		key   string
		given bool
		check func(path string)
	}{
		{"header", match.Header != nil, func(path string) { v.headerMatch(path, *match.Header) }},
		{"cookie", match.Cookie != nil, func(path string) { v.cookieMatch(path, *match.Cookie) }},
		{"query", match.Query != nil, func(path string) { v.queryMatch(path, *match.Query) }},
		{"path", len(match.Path) > 0, func(path string) { v.pathMatch(path, match.Path) }},
		{"source", len(match.Source) > 0, func(path string) { v.sourceMatch(path, match.Source) }},
		{"country", len(match.Country) > 0, func(path string) { v.countryMatch(path, match.Country) }},
		{"flag", match.Flag != nil, func(path string) { v.flagMatch(path, *match.Flag, share) }},
	} {
		where := child(path, form.key)
		if !form.given && !v.source.Has(where) {
			continue
		}
		given = append(given, form.key)
		kind, able := v.given.Target.Kind(), audienceTargets[form.key]
		if isOwn(kind) && !slices.Contains(able, kind) {
			mend := "use a target that can: " + oneOf(able)
			if slices.Contains(audienceTargets["flag"], kind) {
				mend += "; or a flag"
			}
			v.reject(where, nil, mend, "%s can't tell requests apart by their %s", aTarget(kind), form.key)
			continue
		}
		form.check(where)
	}
	switch {
	case len(given) == 0:
		v.missing(path, nil, "give one of header, cookie, query, path, source, country and flag")
	case len(given) > 1:
		v.reject(path, nil, "give one of them, or make two rungs of it", "%s exclude each other", strings.Join(given, " and "))
	}
}

func (v *validation) headerMatch(path string, match NamedValues) {
	if strings.EqualFold(match.Name, "cookie") {
		v.reject(path+".name", match.Name, "use match.cookie", "is a header that has many values in one")
	} else {
		v.headerName(path+".name", match.Name)
	}
	v.ruleTexts(path+".values", match.Values)
}

// cookieMatch checks a cookie: there is no condition for cookies, so a rule looks for each value by a regular expression in the
// header that has them all, whose signs take some of its room.
func (v *validation) cookieMatch(path string, match NamedValues) {
	const expression = `^(.*; *)?=()(;.*)?$`
	switch name := match.Name; {
	case name == "":
		v.missing(path+".name", name, "give the name of a cookie")
	case !headerPattern.MatchString(name) || len(name) > longestHeaderName:
		v.reject(path+".name", name, "use 1 to 40 letters, digits, hyphens and underscores", "is not the name of a cookie that a rule can look for")
	}
	v.ruleTexts(path+".values", match.Values)
	for i, value := range match.Values {
		where := fmt.Sprintf("%s.values[%d]", path, i)
		switch {
		case strings.ContainsAny(value, "*?;, "):
			v.reject(where, value, "write the cookie's whole value", "must have no wildcards, commas, semicolons and spaces")
		case len(value) <= longestRuleText && len(regexp.QuoteMeta(match.Name)+regexp.QuoteMeta(value)+expression) > longestRuleText:
			v.reject(where, value, "", "has, with the cookie's name and the regular expression around them, more than the %d characters that a rule has room for", longestRuleText)
		}
	}
}

func (v *validation) queryMatch(path string, match NamedValues) {
	switch name := match.Name; {
	case name == "":
		v.missing(path+".name", name, "give the name of a parameter of the query")
	case strings.ContainsAny(name, "*?"):
		v.reject(path+".name", name, "write the whole name", "must have no wildcards")
	default:
		v.ruleText(path+".name", name)
	}
	v.ruleTexts(path+".values", match.Values)
}

// pathPattern is what a rule compares paths with
// (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html).
var pathPattern = regexp.MustCompile(`^/[A-Za-z0-9_.$/~"'@:+&*?-]*$`)

func (v *validation) pathMatch(path string, paths []string) {
	v.ruleTexts(path, paths)
	for i, text := range paths {
		if where := fmt.Sprintf("%s[%d]", path, i); text != "" && len(text) <= longestRuleText && !pathPattern.MatchString(text) {
			v.reject(where, text, "write it as /staff/*", "is not a path that a rule can compare with")
		}
	}
}

// ruleTexts checks the values of one rule.
func (v *validation) ruleTexts(list string, values []string) {
	if len(values) == 0 {
		v.missing(list, nil, fmt.Sprintf("give 1 to %d values", mostComparisons))
	}
	if len(values) > mostComparisons {
		v.reject(list, amount(len(values), "values"), "make two rungs of it", "must have at most %d values, as many as one condition of a rule", mostComparisons)
	}
	total := 0
	for i, value := range values {
		path := fmt.Sprintf("%s[%d]", list, i)
		v.ruleText(path, value)
		v.twice(path, value, values[:i])
		total += strings.Count(value, "*") + strings.Count(value, "?")
	}
	if total > mostRuleWildcards {
		v.reject(list, amount(total, "wildcards"), "make two rungs of it", "must have at most %d wildcards, as many as a rule", mostRuleWildcards)
	}
}

// twice refuses a value that stands among those before it.
func (v *validation) twice(path, value string, before []string) {
	if value != "" && slices.Contains(before, value) {
		v.reject(path, value, "leave it out here", "is given twice")
	}
}

func (v *validation) sourceMatch(list string, networks []string) {
	if len(networks) == 0 {
		v.missing(list, nil, "give networks, such as 203.0.113.0/24")
	}
	if len(networks) > mostRuleValues {
		v.reject(list, amount(len(networks), "networks"), "make two rungs of it", "must have at most %d networks, as many as a rule has values", mostRuleValues)
	}
	for i, network := range networks {
		path := fmt.Sprintf("%s[%d]", list, i)
		prefix, err := netip.ParsePrefix(network)
		address, single := netip.ParseAddr(network)
		switch {
		case single == nil:
			v.reject(path, network, fmt.Sprintf("write %s/%d", address, address.BitLen()), "is an address without the length of its network")
		case err != nil:
			v.reject(path, network, "write it as 203.0.113.0/24 or 2001:db8::/32", "is not a network")
		case prefix.Bits() == 0:
			v.reject(path, network, "use steps for everybody", "is everybody")
		case prefix != prefix.Masked():
			v.reject(path, network, "write "+prefix.Masked().String(), "is an address within its network")
		}
		v.twice(path, network, networks[:i])
	}
}

func (v *validation) countryMatch(list string, countries []string) {
	const hint = "write two capital letters of ISO 3166-1, such as DE"
	if len(countries) == 0 {
		v.missing(list, nil, "give countries, such as DE")
	}
	most := mostRuleValues
	if v.given.Target.Kind() == kindALB {
		most = mostComparisons
	}
	if len(countries) > most {
		v.reject(list, amount(len(countries), "countries"), "make two rungs of it", "must have at most %d countries", most)
	}
	for i, country := range countries {
		path := fmt.Sprintf("%s[%d]", list, i)
		switch upper := strings.ToUpper(country); {
		case isCountry(country):
		case upper == "UK":
			v.reject(path, country, "write GB", "is not the code of a country")
		case isCountry(upper):
			v.reject(path, country, "write "+upper, "must be in capital letters")
		default:
			v.reject(path, country, hint, "is not the code of a country")
		}
		v.twice(path, country, countries[:i])
	}
}

var (
	// flagPattern is a flag's key, and keyPattern what a rule knows users by
	// (https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-type-reference-feature-flags.html).
	flagPattern = regexp.MustCompile(`^[a-z][a-zA-Z0-9_-]{0,63}$`)
	keyPattern  = regexp.MustCompile(`^\$[a-zA-Z][a-zA-Z0-9_]*$`)
)

// Bounds of AppConfig's names and rules, in characters. AppConfig's own of a rule is 16,384, which those of all rungs share.
const (
	longestFlagName    = 128
	longestVariantName = 64
	longestFlagRule    = 1024
)

func (v *validation) flagMatch(path string, flag FlagMatch, share float64) {
	for _, name := range []struct {
		key, value string
		longest    int
	}{
		{"application", flag.Application, longestFlagName}, {"environment", flag.Environment, longestFlagName}, {"profile", flag.Profile, longestFlagName},
		{"variant", flag.Variant, longestVariantName},
	} {
		where := child(path, name.key)
		switch {
		case name.value == "":
			v.missing(where, name.value, "give its id or name in AWS AppConfig")
		case len(name.value) > name.longest || strings.ContainsAny(name.value, "\x00\r\n"):
			v.reject(where, name.value, fmt.Sprintf("use 1 to %d characters", name.longest), "is not a name in AWS AppConfig")
		}
	}
	v.pattern(path+".flag", flag.Flag, flagPattern, "is not the key of a flag", "use 1 to 64 letters, digits, hyphens and underscores, beginning with a lower-case letter")
	part := share != 0 && share != wholeShare
	switch {
	case flag.Rule == "" && !part:
		v.missing(path+".rule", flag.Rule, `say who gets the variant, such as (eq $plan "paying"), or give the rung a share`)
	case flag.Rule != "" && (len(flag.Rule) > longestFlagRule || !isExpression(flag.Rule)):
		v.reject(path+".rule", flag.Rule, `write it in parentheses, such as (eq $plan "paying")`, "is not a rule of AWS AppConfig")
	}
	switch {
	case flag.Key == "" && part:
		v.missing(path+".key", flag.Key, "say what tells users apart, such as $userId, so that each stays on one side of the split")
	case flag.Key != "" && !keyPattern.MatchString(flag.Key):
		v.reject(path+".key", flag.Key, "write $ and the name of what the service gives AppConfig, such as $userId", "is not something that a rule knows")
	}
}

// sameVariant wants all rungs that match by a flag to name the same variant of the same flag: one deployment takes them all back.
func (v *validation) sameVariant(rungs []Audience) {
	var first *FlagMatch
	at := 0
	for i, rung := range rungs {
		flag := rung.Match.Flag
		if flag == nil {
			continue
		}
		if first == nil {
			first, at = flag, i
			continue
		}
		for _, name := range []struct{ key, want, got string }{
			{"application", first.Application, flag.Application}, {"environment", first.Environment, flag.Environment}, {"profile", first.Profile, flag.Profile},
			{"flag", first.Flag, flag.Flag}, {"variant", first.Variant, flag.Variant},
		} {
			if name.got != name.want && name.got != "" && name.want != "" {
				v.reject(fmt.Sprintf("strategy.audience[%d].match.flag.%s", i, name.key), name.got, "write "+quote(name.want)+"; rungs may differ in rule, key and share",
					"is another than that of strategy.audience[%d], and all rungs by a flag are of one variant of one flag", at)
			}
		}
	}
}

// isExpression reports whether text is one expression in parentheses that are all closed, outside of quotes.
func isExpression(text string) bool {
	depth, quoted := 0, false
	for i, r := range text {
		switch {
		case r == '"':
			quoted = !quoted
		case quoted:
		case r == '(':
			depth++
		case r == ')':
			depth--
		}
		if depth <= 0 && i < len(text)-1 {
			return false
		}
	}
	return depth == 0 && !quoted && strings.HasSuffix(text, ")")
}
