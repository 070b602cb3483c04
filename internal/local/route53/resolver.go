package route53

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/route53/types"
)

// A Network is where a resolver is.
type Network struct {
	// Country is its code (ISO 3166-1), and Subdivision the one within the US or Ukraine; may be empty.
	Country, Subdivision string
	// Random draws, for the name servers, a number in [0, 1) for each question; nil is math/rand's. It is called by one goroutine at a time.
	Random func() float64
}

// A Resolver asks the name servers on behalf of everybody in one network, and
// keeps what they answer for its TTL, on the service's clock: all its users
// meet the same record meanwhile. Its methods may be called from several goroutines at once.
type Resolver struct {
	service *Service
	network Network

	mu    sync.Mutex
	cache map[cached]kept
}

type cached struct {
	name string
	kind types.RRType
}

// kept is what was answered, and until when it is kept.
type kept struct {
	answer Answer
	err    error
	until  time.Time
}

// longestChain bounds how many CNAME records lead to one another.
const longestChain = 10

// NewResolver returns a resolver that knows nothing yet.
func (s *Service) NewResolver(network Network) *Resolver {
	if network.Random == nil {
		network.Random = rand.Float64
	}
	return &Resolver{service: s, network: network, cache: map[cached]kept{}}
}

// Lookup answers for a name and a type. It follows CNAME records as far as they
// lead to names of the service's zones; the TTL is how long the first part of the
// answer to be forgotten is still kept, and the set identifier that of the first record
// which has one. Without an answer the error is [ErrNoAnswer].
func (r *Resolver) Lookup(ctx context.Context, name string, kind types.RRType) (Answer, error) {
	if err := ctx.Err(); err != nil {
		return Answer{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	answer, err := r.ask(Name(name), kind)
	for range longestChain {
		if err != nil || !answer.Name || kind == types.RRTypeCname {
			break
		}
		next, nextErr := r.ask(answer.Values[0], kind)
		if nextErr != nil {
			break // the name is somebody else's, whom this service can't ask
		}
		if answer.SetIdentifier != "" {
			next.SetIdentifier = answer.SetIdentifier
		}
		next.TTL = min(next.TTL, answer.TTL)
		answer = next
	}
	return answer, err
}

// ask takes an answer from the cache, or from the name servers. The caller holds r.mu.
func (r *Resolver) ask(name string, kind types.RRType) (Answer, error) {
	key, now := cached{name, kind}, r.service.now()
	if known, ok := r.cache[key]; ok && now.Before(known.until) {
		known.answer.TTL = known.until.Sub(now)
		return known.answer, known.err
	}
	answer, err := r.service.answer(question{name, kind, placesOf(r.network.Country, r.network.Subdivision), r.network.Random})
	ttl := answer.TTL
	if err != nil {
		ttl = negativeTTL
	}
	r.cache[key] = kept{answer, err, now.Add(ttl)}
	return answer, err
}
