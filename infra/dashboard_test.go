package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// checkDashboard holds the dashboard to what a person on call asks, and its searches to what is announced.
func checkDashboard(t *testing.T, s *synthesis) {
	var dashboard struct {
		Widgets []struct {
			Type                string
			X, Y, Width, Height int
			Properties          struct {
				Title, Markdown string
				Alarms          []string
				Metrics         []json.RawMessage
			}
		}
	}
	body := joined(s.Resources["Dashboard"].Properties["DashboardBody"])
	parse(t, []byte(body), &dashboard)
	if len(dashboard.Widgets) < 14 {
		t.Fatalf("there are %d widgets", len(dashboard.Widgets))
	}

	first := dashboard.Widgets[0]
	if alarms := s.of("AWS::CloudWatch::Alarm"); first.Type != "alarm" || first.Y != 0 || len(first.Properties.Alarms) != len(alarms) {
		t.Errorf("at the top is a widget of type %s with %d alarms, want all %d alarms", first.Type, len(first.Properties.Alarms), len(alarms))
	}
	second := dashboard.Widgets[1]
	for _, verb := range []string{"abort", "rollback", "list", "status", "history", "doctor", "lock"} {
		if !strings.Contains(second.Properties.Markdown, "goldfinch "+verb) {
			t.Errorf("the text beside it does not say when to type goldfinch %s", verb)
		}
	}
	var titles []string
	for _, widget := range dashboard.Widgets {
		titles = append(titles, widget.Properties.Title)
		if widget.X+widget.Width > 24 {
			t.Errorf("%q is wider than the dashboard", widget.Properties.Title)
		}
	}
	for _, title := range []string{
		"Releases by outcome, per hour", "Traffic of the canary, percent", "Bad requests of the canary and of stable, percent", "Verdicts",
		"Time to rollback by service, seconds", "Evaluations of what is live, per hour", "What runs and was not released (drift), per hour", "Errors of Goldfinch's functions", "Dead letters",
	} {
		if !slices.Contains(titles, title) {
			t.Errorf("nothing shows %q; there are %q", title, titles)
		}
	}

	announced := announcedMetrics(t)
	searches := searchExpression.FindAllStringSubmatch(body, -1)
	if len(searches) < 7 {
		t.Errorf("found %d searches", len(searches))
	}
	for _, match := range searches {
		dimensions := strings.Split(match[1], ",")
		slices.Sort(dimensions)
		if one := strings.Join(append([]string{match[2]}, dimensions...), " "); !slices.Contains(announced, one) {
			t.Errorf("the dashboard looks for %q, which nothing announces", one)
		}
	}
	for _, one := range []string{"SecondsToRollback", "Releases Outcome"} {
		if !slices.Contains(announced, one) {
			t.Errorf("%q is used by an alarm or the dashboard, and nothing announces it; announced are %q", one, announced)
		}
	}
}

var searchExpression = regexp.MustCompile(`SEARCH\('\{Goldfinch,([A-Za-z,]+)\} MetricName=\\*"([A-Za-z]+)\\*"'`)

// announcedMetrics are the metrics that the announce function has been seen to
// write: name and dimensions, in order.
func announcedMetrics(t *testing.T) []string {
	t.Helper()
	var found []string
	for text := range bytes.Lines(read(t, "../internal/announce/testdata/metrics.golden")) {
		var line struct {
			AWS struct {
				CloudWatchMetrics []struct {
					Dimensions [][]string
					Metrics    []struct{ Name string }
				}
			} `json:"_aws"`
		}
		parse(t, text, &line)
		for _, directive := range line.AWS.CloudWatchMetrics {
			for _, dimensions := range directive.Dimensions {
				slices.Sort(dimensions)
				for _, metric := range directive.Metrics {
					found = append(found, strings.Join(append([]string{metric.Name}, dimensions...), " "))
				}
			}
		}
	}
	return found
}

// joined puts together a text that CloudFormation joins; what only it knows becomes the logical id.
func joined(part any) string {
	switch v := part.(type) {
	case string:
		return v
	case map[string]any:
		for function, argument := range v {
			if list, ok := argument.([]any); ok && function == "Fn::Join" {
				var text strings.Builder
				for _, one := range list[1].([]any) {
					text.WriteString(joined(one))
				}
				return text.String()
			} else if ok {
				return fmt.Sprint(list[0])
			}
			return fmt.Sprint(argument)
		}
	}
	return fmt.Sprint(part)
}
