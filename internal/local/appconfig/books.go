package appconfig

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/appconfig/types"

	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

// bucket holds the books. Its keys are the kind and the id of a record, with those of its parents before it:
// application/A, environment/A/E, profile/A/P, strategy/S, version/A/P/NUMBER, deployment/A/E/NUMBER, tags/ARN. Its values are the
// records below, as JSON.
const bucket = "appconfig"

type application struct{ ID, Name, Description string }

type environment struct {
	Application, ID, Name, Description string
	Monitors                           []types.Monitor
	// LastDeployment is the number of the youngest deployment.
	LastDeployment int32
}

type profile struct {
	Application, ID, Name, Description string
	// LastVersion is the number that the youngest version got, whether it still exists or not.
	LastVersion int32
}

type strategy struct {
	ID, Name, Description string
	// Duration and Bake are in minutes, Growth in percent.
	Duration, Bake int32
	Growth         float32
	Type           types.GrowthType
}

type version struct {
	Application, Profile            string
	Number                          int32
	Content                         []byte
	ContentType, Description, Label string
}

type deployment struct {
	Application, Environment, Profile, ProfileName string
	Number                                         int32
	Strategy                                       strategy
	Description                                    string
	Version                                        int32
	Label                                          string
	// Content is what was deployed, whatever becomes of its version.
	Content []byte
	// Started is when it began, and Lasts how long it takes until every client can get it.
	Started time.Time
	Lasts   time.Duration
	// Stopped is when it was rolled back or reverted, by whom, and what it was then; zero when it was not.
	Stopped     time.Time
	StoppedBy   types.TriggeredBy
	WasComplete bool
}

// books are all records, in memory. Nothing in them is changed: a record is replaced.
type books struct {
	applications map[string]application
	environments map[string]environment
	profiles     map[string]profile
	strategies   map[string]strategy
	versions     map[string]version
	deployments  map[string]deployment
	tags         map[string]map[string]string
	// ids counts what was given an id.
	ids int
}

func newBooks() books {
	return books{
		applications: map[string]application{}, environments: map[string]environment{}, profiles: map[string]profile{}, strategies: map[string]strategy{},
		versions: map[string]version{}, deployments: map[string]deployment{}, tags: map[string]map[string]string{},
	}
}

// enter puts one record, as it was stored, into the books; a nil value takes it out.
func (b *books) enter(key string, value []byte) error {
	kind, id, _ := strings.Cut(key, "/")
	switch kind {
	case "application":
		return enterInto(b.applications, id, value)
	case "environment":
		return enterInto(b.environments, id, value)
	case "profile":
		return enterInto(b.profiles, id, value)
	case "strategy":
		return enterInto(b.strategies, id, value)
	case "version":
		return enterInto(b.versions, id, value)
	case "deployment":
		return enterInto(b.deployments, id, value)
	case "tags":
		return enterInto(b.tags, id, value)
	case "ids":
		return json.Unmarshal(value, &b.ids)
	default:
		return fmt.Errorf("record %s: unknown kind %q", key, kind)
	}
}

func enterInto[V any](records map[string]V, id string, value []byte) error {
	if value == nil {
		delete(records, id)
		return nil
	}
	var record V
	if err := json.Unmarshal(value, &record); err != nil {
		return fmt.Errorf("record %s: %w", id, err)
	}
	records[id] = record
	return nil
}

// numbered is the key of a version of a profile, or of a deployment of an environment: in the order of its number.
func numbered(application, parent string, number int32) string {
	return fmt.Sprintf("%s/%s/%010d", application, parent, number)
}

// An entry is one record to write; a nil record deletes it.
type entry struct {
	key    string
	record any
}

// commit stores the entries at once, and then puts them into the books. The caller holds s.mu.
func (s *Service) commit(entries ...entry) error {
	changes := make([]store.Change, len(entries))
	for i, e := range entries {
		changes[i] = store.Change{Bucket: bucket, Key: e.key}
		if e.record == nil {
			continue
		}
		value, err := json.Marshal(e.record)
		if err != nil {
			return internal(fmt.Errorf("encode %s: %w", e.key, err))
		}
		changes[i].Value = value
	}
	if err := s.options.Store.Save(changes...); err != nil {
		return internal(fmt.Errorf("store: %w", err))
	}
	for _, c := range changes {
		if err := s.books.enter(c.Key, c.Value); err != nil {
			return internal(err)
		}
	}
	return nil
}

// newID is an id as AppConfig's are, of 7 letters and digits, and the entry that counts it.
func (s *Service) newID() (string, entry) {
	next := s.books.ids + 1
	return fmt.Sprintf("a%06d", next), entry{"ids/", next}
}
