package measure

import (
	"errors"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
)

// Slow requests, those that took longer than X, are asked for in two ways; a bound below the values is exclusive:
//
//   - TC(X:), how many they were, which is believed where it has a value;
//   - PR(X:), which percentage of all they were, times the number of requests,
//     where it alone has one.
//
// Both are statistics of one metric, of which CloudWatch bills up to five as one.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
//
// Not verified on a live account: the page lists the services whose metrics have
// these statistics, and Lambda is not among them, although its own page gives
// percentiles of Duration; whether TC is 0 or has no value where no request was slow
// (both count as none); and how CloudWatch refuses a statistic, see [withoutRefused].

// withoutRefused leaves out the series of the one way to count slow requests that
// CloudWatch refuses, by an error whose message names its statistic. With any other
// error, or when no way would be left, nothing is left out.
func withoutRefused(all []series, err error) []series {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return all
	}
	refused := ""
	for _, what := range []string{judge.MetricLatency, slowPercent} {
		if names(api.ErrorMessage(), all, what) {
			if refused != "" {
				return all
			}
			refused = what
		}
	}
	var kept []series
	for _, s := range all {
		if s.what != refused {
			kept = append(kept, s)
		}
	}
	return kept
}

// names reports whether a message has the statistic of the series of that kind,
// or the statistic's name alone, without bounds.
func names(message string, all []series, what string) bool {
	for _, s := range all {
		if s.what == what {
			name, _, _ := strings.Cut(aws.ToString(s.query.Stat), "(")
			return regexp.MustCompile(`\b` + regexp.QuoteMeta(name) + `\b`).MatchString(message)
		}
	}
	return false
}
