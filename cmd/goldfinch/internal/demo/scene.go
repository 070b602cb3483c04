package demo

import (
	"context"
	"net/http"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// The service that is released, and where.
const (
	service     = "echo"
	environment = "demo"
)

// A scene is what releases of one kind of target play in: what people have in their account before Goldfinch comes, and how
// users reach it.
type scene interface {
	// set makes what stands before the first release.
	set(ctx context.Context) error
	// releasesFirst reports whether v1 is the first release; otherwise it is there once the scene is set.
	releasesFirst() bool
	// document is what a release of the version changes: its artifact, its target, and its checks.
	document(ctx context.Context, label string) (release.Document, error)
	// users says how they make requests.
	users(ctx context.Context) users
	// signature is how answers of the release's canary are signed; empty when it had none.
	signature(ctx context.Context, of Release) (string, error)
	// check makes sure that users have the version alone in the end, and that no release left anything behind. It says what users have.
	check(ctx context.Context, label string) (says string, err error)
}

// users are how requests are made.
type users struct {
	url string
	// known says who knows the url's name, when this machine doesn't.
	known string
	// rate is how many a second.
	rate int
	// client makes the requests; nil is one that keeps its connections.
	client *http.Client
	// signed is the header by which an answer says who made it.
	signed string
}

// scenes makes the scene of each kind of target.
func scenes() map[string]func(*stage) scene {
	return map[string]func(*stage) scene{
		lambdaTarget:     func(s *stage) scene { return &lambdaScene{stage: s} },
		apiGatewayTarget: func(s *stage) scene { return &apiGatewayScene{stage: s} },
		albTarget:        func(s *stage) scene { return &albScene{estate: estate{stage: s}} },
		asgTarget:        func(s *stage) scene { return &asgScene{estate: estate{stage: s}} },
		route53Target:    func(s *stage) scene { return &route53Scene{estate: estate{stage: s}} },
	}
}
