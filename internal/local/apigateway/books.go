package apigateway

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

// bucket holds the books. Its keys are api/API, deployment/API/ID and stage/API/NAME; its values are the records below, as JSON.
const bucket = "apigateway"

// An apiRecord is a REST API, as it stands for the next deployment.
type apiRecord struct {
	ID          string
	Name        string
	Description string
	Tags        map[string]string
	Created     time.Time
	// Resources are by id.
	Resources map[string]resourceRecord
}

// A resourceRecord is a path and what can be done with it.
type resourceRecord struct {
	ID       string
	Parent   string
	PathPart string
	Path     string
	// Methods are by their HTTP method, or ANY.
	Methods map[string]methodRecord
}

// A methodRecord is one method, and what answers it.
type methodRecord struct {
	Authorization string
	Integration   *integrationRecord
}

// An integrationRecord is a Lambda function's.
type integrationRecord struct {
	URI         string
	Credentials string
	Timeout     time.Duration
}

// A deploymentRecord is a snapshot of an API.
type deploymentRecord struct {
	API         string
	ID          string
	Description string
	Created     time.Time
	Resources   map[string]resourceRecord
}

// A stageRecord is a stage.
type stageRecord struct {
	API         string
	Name        string
	Deployment  string
	Description string
	Variables   map[string]string
	Tags        map[string]string
	Canary      *canaryRecord
	Created     time.Time
	Updated     time.Time
	// Changed is when it was last changed, to the full.
	Changed time.Time
}

// A canaryRecord is a stage's canary.
type canaryRecord struct {
	Deployment    string
	Percent       float64
	Overrides     map[string]string
	UseStageCache bool
}

// books are the records, in memory. Records are never changed, only replaced.
type books struct {
	apis        map[string]apiRecord
	deployments map[string]deploymentRecord
	stages      map[string]stageRecord
}

func newBooks() books {
	return books{apis: map[string]apiRecord{}, deployments: map[string]deploymentRecord{}, stages: map[string]stageRecord{}}
}

func apiKey(id string) string { return "api/" + id }

func deploymentKey(api, id string) string { return "deployment/" + api + "/" + id }

func stageKey(api, name string) string { return "stage/" + api + "/" + name }

// enter puts one record, as it was stored, into the books; a nil value takes it out.
func (b *books) enter(key string, value []byte) error {
	var err error
	switch kind, _, _ := strings.Cut(key, "/"); kind {
	case "api":
		err = enterInto(b.apis, key, value)
	case "deployment":
		err = enterInto(b.deployments, key, value)
	case "stage":
		err = enterInto(b.stages, key, value)
	default:
		err = fmt.Errorf("unknown kind %q", kind)
	}
	if err != nil {
		return fmt.Errorf("record %s: %w", key, err)
	}
	return nil
}

func enterInto[V any](records map[string]V, key string, value []byte) error {
	if value == nil {
		delete(records, key)
		return nil
	}
	var record V
	if err := json.Unmarshal(value, &record); err != nil {
		return err
	}
	records[key] = record
	return nil
}

// commit stores records by their keys, at once, and then puts them into the books; a nil record is deleted. The caller holds s.mu.
func (s *Service) commit(records map[string]any) error {
	var changes []store.Change
	for key, record := range records {
		change := store.Change{Bucket: bucket, Key: key}
		if record != nil {
			value, err := json.Marshal(record)
			if err != nil {
				return internal(fmt.Errorf("encode %s: %w", key, err))
			}
			change.Value = value
		}
		changes = append(changes, change)
	}
	if err := s.options.Store.Save(changes...); err != nil {
		return internal(fmt.Errorf("store: %w", err))
	}
	for _, change := range changes {
		if err := s.books.enter(change.Key, change.Value); err != nil {
			return internal(err)
		}
	}
	return nil
}

// identifier returns so many letters and digits that no API, resource or deployment has. It is a function of the time and of the calls before, so
// that a simulation repeats itself. The caller holds s.mu.
func (s *Service) identifier(length int) string {
	s.made++
	sum := sha256.Sum256(fmt.Appendf(nil, "%d/%d", s.options.Clock.Now().UnixNano(), s.made))
	text := new(big.Int).SetBytes(sum[:]).Text(36)
	return text[len(text)-length:]
}
