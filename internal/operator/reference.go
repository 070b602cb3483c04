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

var namePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

// ParseReference reads "RELEASE-ID" or "SERVICE[/ENVIRONMENT]". The error is an [*InvalidError].
func ParseReference(text string) (Reference, error) {
	if id, err := ulid.ParseStrict(strings.ToUpper(text)); err == nil {
		return Reference{ID: id.String()}, nil
	}
	service, environment, given := strings.Cut(text, "/")
	if !namePattern.MatchString(service) || (given && !namePattern.MatchString(environment)) {
		return Reference{}, &InvalidError{Message: fmt.Sprintf("%q is neither a release's id nor SERVICE or SERVICE/ENVIRONMENT", text)}
	}
	return Reference{Service: service, Environment: environment}, nil
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
