package operator

import (
	"context"
	"fmt"
	"strings"

	"github.com/oklog/ulid/v2"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// Deploy starts an execution named after the release's new id. Its input is the whole document.
func (s *Service) Deploy(ctx context.Context, document release.Document) (Started, error) {
	document, notes, err := s.complete(ctx, document)
	if err != nil {
		return Started{}, err
	}
	if refusal, err := s.refusal(ctx, document); err != nil {
		return Started{}, err
	} else if refusal != nil {
		return Started{}, refusal
	}
	if err := s.prepare(ctx, document); err != nil {
		return Started{}, err
	}
	id, err := s.newID()
	if err != nil {
		return Started{}, err
	}
	execution, err := s.start(ctx, id, document)
	if err != nil {
		return Started{}, err
	}
	return Started{
		ID:          id,
		Service:     document.Service,
		Environment: document.Environment,
		Execution:   execution,
		Artifact:    document.Artifact,
		Notes:       notes,
	}, nil
}

// complete takes an artifact onward where the document asks for that, fills in
// the defaults, and checks the whole. Notes are the warnings.
func (s *Service) complete(ctx context.Context, document release.Document) (complete release.Document, notes []string, err error) {
	if document.Request.From != "" {
		if document, err = s.inherit(ctx, document); err != nil {
			return release.Document{}, nil, err
		}
	}
	document = release.Default(document)
	warnings, err := release.Validate(document, nil)
	if err != nil {
		return release.Document{}, nil, &InvalidError{Message: err.Error()}
	}
	if file := document.Artifact.Package; file != "" && !strings.HasPrefix(file, "s3://") {
		return release.Document{}, nil, &InvalidError{Message: fmt.Sprintf("the package %s has not been uploaded", file)}
	}
	for _, warning := range warnings {
		notes = append(notes, warning.String())
	}
	return document, notes, nil
}

// inherit puts the artifact of the release that Request.From names into the
// document. A document without a service becomes that release's, but for the environment.
func (s *Service) inherit(ctx context.Context, document release.Document) (release.Document, error) {
	from, err := s.findByID(ctx, document.Request.From)
	if err != nil {
		return release.Document{}, fmt.Errorf("take the artifact of another release: %w", err)
	}
	if document.Environment == "" {
		return release.Document{}, &InvalidError{Message: fmt.Sprintf("say which environment takes the artifact of release %s", from.ID)}
	}
	if document.Service == "" {
		request, environment := document.Request, document.Environment
		document = from.AskedDocument()
		document.Request, document.Environment = request, environment
	}
	if document.Service != from.Service {
		return release.Document{}, &InvalidError{Message: fmt.Sprintf("release %s is of service %s, not of %s", from.ID, from.Service, document.Service)}
	}
	if from.Outcome != release.Promoted {
		state := string(from.Outcome)
		if state == "" {
			state = "still running"
		}
		return release.Document{}, release.Fail(release.KindRefused, "release %s of %s/%s is %s: only the artifact of a promoted release is taken onward",
			from.ID, from.Service, from.Environment, state)
	}
	document.Artifact = from.Document.Artifact
	document.Request.Label = firstNonEmpty(document.Request.Label, from.Document.Request.Label)
	return document, nil
}

// refusal says why the artifact may not be released now; nil when it may. A
// return to an earlier version bakes no artifact.
func (s *Service) refusal(ctx context.Context, document release.Document) (refusal *release.Failure, err error) {
	identity := document.Artifact.Identity()
	if identity == "" || document.Request.Version != "" || document.Request.Again {
		return nil, nil
	}
	id, reason, rejected, err := s.use.Ledger.Rejected(ctx, document.Service, document.Environment, identity)
	if err != nil {
		return nil, fmt.Errorf("ask whether the artifact was rolled back before: %w", err)
	}
	if !rejected {
		return nil, nil
	}
	return release.Fail(release.KindRefused, "this artifact was rolled back from %s/%s by release %s (%s)", document.Service, document.Environment, id, reason).
		WithHint("to release it once more: --again --reason WHY"), nil
}

// prepare lets a local cloud make what the release needs.
func (s *Service) prepare(ctx context.Context, document release.Document) error {
	if s.use.Prepare == nil {
		return nil
	}
	if err := s.use.Prepare(ctx, document); err != nil {
		return fmt.Errorf("prepare %s/%s: %w", document.Service, document.Environment, err)
	}
	return nil
}

// newID makes the id of a new release. Ids sort by the time they were made.
func (s *Service) newID() (string, error) {
	id, err := ulid.New(ulid.Timestamp(s.use.Now()), s.use.Entropy)
	if err != nil {
		return "", fmt.Errorf("make an id: %w", err)
	}
	return id.String(), nil
}
