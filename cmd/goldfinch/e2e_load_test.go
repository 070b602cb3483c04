package main_test

import (
	"io"
	"net/http"
	"sync"
	"testing"
	"time"
)

// An answer is what one request of a load got.
type answer struct {
	at time.Time
	// version is the one that answered, as the front door says; name, as the function says.
	version, name string
	// aliveAt is where the function's process can be connected to while it lives.
	aliveAt string
	status  int
	err     error
}

// failed reports whether a user would have seen a failure.
func (a answer) failed() bool { return a.err != nil || a.status >= 400 }

// ask makes one request.
func ask(client *http.Client, url string) answer {
	a := answer{at: time.Now()}
	response, err := client.Get(url)
	if err != nil {
		a.err = err
		return a
	}
	defer response.Body.Close()
	_, a.err = io.Copy(io.Discard, response.Body)
	a.status = response.StatusCode
	a.version = response.Header.Get("X-Amz-Executed-Version")
	a.name, a.aliveAt = response.Header.Get("X-Name"), response.Header.Get("X-Alive-At")
	return a
}

// A load makes requests until it is stopped: half of them on connections that
// are kept, half on new ones, as browsers and curl do.
type load struct {
	stopping chan struct{}
	users    sync.WaitGroup

	mu      sync.Mutex
	answers []answer
}

// startLoad makes about so many requests a second. It ends with the test at the latest.
func startLoad(t testing.TB, url string, perSecond int) *load {
	const users = 8
	l := &load{stopping: make(chan struct{})}
	for i := range users {
		client := &http.Client{
			Timeout:   30 * time.Second,
			Transport: &http.Transport{DisableKeepAlives: i%2 == 0},
		}
		l.users.Add(1)
		go func() {
			defer l.users.Done()
			defer client.CloseIdleConnections()
			tick := time.NewTicker(users * time.Second / time.Duration(perSecond))
			defer tick.Stop()
			for {
				select {
				case <-l.stopping:
					return
				case <-tick.C:
				}
				a := ask(client, url)
				l.mu.Lock()
				l.answers = append(l.answers, a)
				l.mu.Unlock()
			}
		}()
	}
	t.Cleanup(func() { l.stop() })
	return l
}

// stop waits for the last answer and returns all; again, it returns the same.
func (l *load) stop() []answer {
	select {
	case <-l.stopping:
	default:
		close(l.stopping)
	}
	l.users.Wait()
	return l.seen()
}

// seen are the answers so far, in the order in which they came.
func (l *load) seen() []answer {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]answer(nil), l.answers...)
}

// names counts answers by what answered.
func names(answers []answer, name func(answer) string) map[string]int {
	counts := map[string]int{}
	for _, a := range answers {
		counts[name(a)]++
	}
	return counts
}
