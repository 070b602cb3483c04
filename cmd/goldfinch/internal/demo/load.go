package demo

import (
	"net/http"
	"sync"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// slow is how long a request takes that users would complain of.
const slow = 250 * time.Millisecond

// patience is how long users wait for an answer.
const patience = 20 * time.Second

// A request is one that a user made.
type request struct {
	at        time.Time
	signature string // who answered; empty when nobody did
	failed    bool
	slow      bool
	// why it failed, as the client says.
	why string
}

// A load is users who make requests until it is stopped.
type load struct {
	attacker *vegeta.Attacker
	done     chan struct{}

	mu       sync.Mutex
	requests []request
}

// startLoad makes requests at a steady rate.
func startLoad(users users) *load {
	// No request may be lost to a limit of the load generator's own.
	options := []func(*vegeta.Attacker){vegeta.Timeout(patience), vegeta.MaxWorkers(1000), vegeta.Connections(1000)}
	if users.client != nil {
		options = append(options, vegeta.Client(users.client))
	}
	l := &load{attacker: vegeta.NewAttacker(options...), done: make(chan struct{})}
	targets := vegeta.NewStaticTargeter(vegeta.Target{Method: http.MethodGet, URL: users.url})
	results := l.attacker.Attack(targets, vegeta.Rate{Freq: users.rate, Per: time.Second}, 0, "users")
	go func() {
		defer close(l.done)
		for result := range results {
			l.record(request{
				at:        result.Timestamp,
				signature: result.Headers.Get(users.signed),
				failed:    result.Code == 0 || result.Code >= 500 || result.Error != "",
				slow:      result.Latency > slow,
				why:       result.Error,
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
