package operator

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/oklog/ulid/v2"
)

// A Reference names a release: by its id, or as the one that matters of a service
// in an environment: the one that holds the lock, else the newest that has not
// ended, else the newest. Environment may be empty when the service has only one.
type Reference struct {
	ID          string `json:"id,omitempty"`
	Service     string `json:"service,omitempty"`
	Environment string `json:"environment,omitempty"`
}

var (
	namePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)
	// triggeredPattern is an id that an event made: the underscore tells it from a service's name.
	triggeredPattern = regexp.MustCompile(`^[a-zA-Z0-9-]+_[a-zA-Z0-9_-]+$`)
)

// mostIDBytes is how long an id is at most: it is the name of an execution.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
const mostIDBytes = 80

// ParseReference reads "RELEASE-ID" or "SERVICE[/ENVIRONMENT]". The error is an [*InvalidError].
//
// Somebody who starts an execution by hand names it as they like, also as a
// service could be named; then the reference is to a service, and means the release if there is no such service.
func ParseReference(text string) (Reference, error) {
	if id, err := ulid.ParseStrict(strings.ToUpper(text)); err == nil {
		return Reference{ID: id.String()}, nil
	}
	if len(text) <= mostIDBytes && triggeredPattern.MatchString(text) {
		return Reference{ID: text}, nil
	}
	service, environment, given := strings.Cut(text, "/")
	if !namePattern.MatchString(service) || (given && !namePattern.MatchString(environment)) {
		return Reference{}, &InvalidError{Message: fmt.Sprintf("%q is neither a release's id nor SERVICE or SERVICE/ENVIRONMENT", text)}
	}
	return Reference{Service: service, Environment: environment}, nil
}

// isTo reports whether r names the release of that id, and not whichever is a service's present one.
func (r Reference) isTo(id string) bool {
	return r.ID == id || r.ID == "" && r.Environment == "" && r.Service == id
}

// String is what ParseReference reads.
func (r Reference) String() string {
	switch {
	case r.ID != "":
		return r.ID
	case r.Environment != "":
		return r.Service + "/" + r.Environment
	default:
		return r.Service
	}
}
