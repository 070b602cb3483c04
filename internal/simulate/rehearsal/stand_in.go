package rehearsal

import (
	"errors"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// StandIn puts a Lambda function in the place of another target, and says whether it did: what becomes of a release follows from its
// strategy, its analysis and its users, which stay. What only that target understands goes: the artifact, the checks (which are answered
// as they expect anyway), and what is done about drift. The error says what of the document can't be simulated.
func StandIn(document release.Document) (standIn release.Document, stands bool, err error) {
	switch {
	case len(document.Strategy.Audience) > 0:
		return release.Document{}, false, errors.New("strategy.audience: who asks is not simulated; take the audience out of a copy of the file to simulate the steps that follow it")
	case document.Target.Lambda != nil:
		return document, false, nil
	}
	document.Target = release.Target{Lambda: &release.LambdaTarget{Function: document.Service, Alias: "live"}}
	document.Artifact = release.Artifact{}
	document.Verify, document.Drift = nil, release.Drift{}
	return document, true, nil
}
