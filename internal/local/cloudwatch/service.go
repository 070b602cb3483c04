package cloudwatch

import (
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/local/eventbridge"
	"github.com/goldfinch-dev/goldfinch/internal/local/intercept"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

// How long metrics are kept: as CloudWatch keeps high-resolution ones, and those of a minute.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#metrics-retention
const (
	secondRetention = 3 * time.Hour
	minuteRetention = 15 * 24 * time.Hour
)

// A StateChange is one change of an alarm's state; its Event method makes AWS's event of it.
type StateChange = eventbridge.AlarmStateChange

// Options make a [Service].
type Options struct {
	// Clock is the time of evaluations. Required.
	Clock clock.Clock
	// Store keeps alarms and their states; nil keeps them in memory alone.
	Store store.Store
	// Intercept stands around every call of the SDK's methods; may be nil.
	Intercept intercept.Func
	// OnChange hears of every change of an alarm's state, after it is stored;
	// may be nil. It may call the service.
	OnChange func(StateChange)
	// Resolution is the shortest period that metrics can be read with, in whole
	// seconds; default 1 s. A long simulation saves memory with a minute.
	Resolution time.Duration
	// Retention is how long metrics are kept; default 3 h, or 15 days when
	// Resolution is a minute or more.
	Retention time.Duration
	// Delay is how long after its end a period is evaluated by alarms, so that
	// requests that began in it and ended soon after are counted; default 0.
	Delay time.Duration
	// Region and AccountID appear in the alarms' ARNs.
	Region, AccountID string
	// Log hears of states that could not be stored; may be nil.
	Log *slog.Logger
}

// A Service is CloudWatch's metrics and alarms, in this process. Its methods
// may be called from several goroutines at once.
type Service struct {
	options Options
	metrics *registry

	mu     sync.Mutex // guards alarms and all in it
	alarms map[string]*alarm

	loop loop
}

// New loads the alarms from options.Store. Call Start to have them evaluated.
func New(options Options) (*Service, error) {
	if options.Resolution == 0 {
		options.Resolution = time.Second
	}
	if options.Resolution < time.Second || options.Resolution%time.Second != 0 {
		return nil, fmt.Errorf("open the local cloudwatch: a resolution is a whole number of seconds, not %v", options.Resolution)
	}
	if options.Retention == 0 {
		options.Retention = secondRetention
		if options.Resolution >= time.Minute {
			options.Retention = minuteRetention
		}
	}
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	s := &Service{
		options: options,
		metrics: newRegistry(options.Clock, options.Resolution, options.Retention),
		alarms:  map[string]*alarm{},
	}
	if err := s.load(); err != nil {
		return nil, fmt.Errorf("open the local cloudwatch: %w", err)
	}
	return s, nil
}
