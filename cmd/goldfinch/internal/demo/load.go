package demo

import (
	"net/http"
	"sync"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// requestsPerSecond is how many users the demonstration has: enough for a
// canary of 10% to have the judge's minimum of requests within two seconds.
const requestsPerSecond = 200

// slow is how long a request takes that users would complain of.
const slow = 250 * time.Millisecond

// A request is one that a user made.
type request struct {
	at      time.Time
	version string // the version that answered; empty when none did
	failed  bool
	slow    bool
}

// A load is users who make requests until it is stopped.
type load struct {
	attacker *vegeta.Attacker
	done     chan struct{}

	mu       sync.Mutex
	requests []request
}

// startLoad makes requests of url at a steady rate.
func startLoad(url string) *load {
	l := &load{
		// No request may be lost to a limit of the load generator's own.
		attacker: vegeta.NewAttacker(vegeta.Timeout(20*time.Second), vegeta.MaxWorkers(1000), vegeta.Connections(1000)),
		done:     make(chan struct{}),
	}
	targets := vegeta.NewStaticTargeter(vegeta.Target{Method: http.MethodGet, URL: url})
	results := l.attacker.Attack(targets, vegeta.Rate{Freq: requestsPerSecond, Per: time.Second}, 0, "users")
	go func() {
		defer close(l.done)
		for result := range results {
			l.record(request{
				at:      result.Timestamp,
				version: result.Headers.Get("X-Amz-Executed-Version"),
				failed:  result.Code == 0 || result.Code >= 500 || result.Error != "",
				slow:    result.Latency > slow,
			})
		}
	}()
	return l
}

func (l *load) record(r request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.requests = append(l.requests, r)
}

// stop ends the load and waits for the last answer.
func (l *load) stop() {
	l.attacker.Stop()
	<-l.done
}

// between returns the requests that were made in [from, to).
func (l *load) between(from, to time.Time) []request {
	l.mu.Lock()
	defer l.mu.Unlock()
	var within []request
	for _, r := range l.requests {
		if !r.at.Before(from) && r.at.Before(to) {
			within = append(within, r)
		}
	}
	return within
}
