package ec2

import (
	"path"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// attributes are what filters may look at: the values by the filter's name, and the tags.
type attributes struct {
	values map[string][]string
	tags   []types.Tag
}

// one is the value of a filter whose resource has exactly one.
func one[T ~string](value *T) []string {
	if value == nil {
		return nil
	}
	return []string{string(*value)}
}

// lookup returns the values that a filter looks at; known is false for a name that EC2, or this one, doesn't have.
func (a attributes) lookup(name string) (values []string, known bool) {
	if key, ok := strings.CutPrefix(name, "tag:"); ok {
		for _, tag := range a.tags {
			if aws.ToString(tag.Key) == key {
				values = append(values, aws.ToString(tag.Value))
			}
		}
		return values, true
	}
	if name == "tag-key" {
		for _, tag := range a.tags {
			values = append(values, aws.ToString(tag.Key))
		}
		return values, true
	}
	values, known = a.values[name]
	return values, known
}

// filtered are the items that pass every filter: at least one of its values, in
// which * and ? are wildcards.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Filter.html
func filtered[T any](items []T, filters []types.Filter, of func(T) attributes) ([]T, error) {
	var nothing T
	for _, filter := range filters {
		if _, known := of(nothing).lookup(aws.ToString(filter.Name)); !known {
			return nil, invalid("The filter '%s' is invalid", aws.ToString(filter.Name))
		}
	}
	var passed []T
	for _, item := range items {
		about := of(item)
		if !slices.ContainsFunc(filters, func(filter types.Filter) bool { return !passes(about, filter) }) {
			passed = append(passed, item)
		}
	}
	return passed, nil
}

func passes(about attributes, filter types.Filter) bool {
	values, _ := about.lookup(aws.ToString(filter.Name))
	return slices.ContainsFunc(values, func(value string) bool {
		return slices.ContainsFunc(filter.Values, func(pattern string) bool { return like(value, pattern) })
	})
}

// like reports whether the value is what the pattern says. A slash is a letter like any other, and so is a bracket.
func like(value, pattern string) bool {
	if !strings.ContainsAny(pattern, `*?\`) {
		return value == pattern
	}
	plain := strings.NewReplacer("/", "\x00", "[", `\[`)
	matched, err := path.Match(plain.Replace(pattern), strings.ReplaceAll(value, "/", "\x00"))
	return err == nil && matched
}
