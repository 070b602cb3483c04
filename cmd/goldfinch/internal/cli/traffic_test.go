package cli_test

import (
	"context"

	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// Traffic is a day of 300 requests a minute.
func (s *scripted) Traffic(_ context.Context, reference operator.Reference) (operator.Day, error) {
	if reference.Service == "nobody" {
		return operator.Day{}, &operator.NotFoundError{Message: "nobody has never been released"}
	}
	if err := s.call("traffic", reference); err != nil {
		return operator.Day{}, err
	}
	day := operator.Day{Service: "echo", Environment: "production", Version: "1", Period: release.Duration(60e9), Bad: map[string]float64{"errors": 0.002, "latency": 0.01}}
	for range 1440 {
		day.Requests = append(day.Requests, 300)
	}
	return day, nil
}
