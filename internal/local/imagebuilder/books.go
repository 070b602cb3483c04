package imagebuilder

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/imagebuilder/types"

	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

// bucket holds the books. Its keys are KIND/ARN, its values the records below, as JSON.
const bucket = "imagebuilder"

// A request is what made a record, for whoever makes it again with the same client token.
type request struct {
	Operation string
	Token     string
	// Asked is the hash of all that was asked for.
	Asked string
}

type componentRecord struct {
	ARN, Name, Version string
	Request            request
	// Source is the S3 object that it downloads; empty when it does nothing.
	Source string
}

type recipeRecord struct {
	Recipe  types.ImageRecipe
	Request request
	// Source is the S3 object that its components download.
	Source string
}

type infrastructureRecord struct {
	ARN     string
	Request request
}

type pipelineRecord struct {
	Pipeline types.ImagePipeline
	Request  request
}

type buildRecord struct {
	ARN      string
	Pipeline string
	Recipe   string
	Request  request
	Tags     map[string]string
	Began    time.Time
	Status   types.ImageStatus
	Reason   string
	// AMI and Name are the image's, once there is one.
	AMI  string
	Name string
}

// ended reports whether nothing more will happen to the build.
func (b *buildRecord) ended() bool {
	switch b.Status {
	case types.ImageStatusAvailable, types.ImageStatusFailed, types.ImageStatusCancelled:
		return true
	default:
		return false
	}
}

// books are the records, in memory, by their ARNs. A record is never changed: another one takes
// its place, so that whoever holds one may read it without the lock.
type books struct {
	components      map[string]*componentRecord
	recipes         map[string]*recipeRecord
	infrastructures map[string]*infrastructureRecord
	pipelines       map[string]*pipelineRecord
	builds          map[string]*buildRecord
}

func newBooks() books {
	return books{
		components: map[string]*componentRecord{}, recipes: map[string]*recipeRecord{}, infrastructures: map[string]*infrastructureRecord{},
		pipelines: map[string]*pipelineRecord{}, builds: map[string]*buildRecord{},
	}
}

// kinds makes an empty record of each kind.
var kinds = map[string]func() record{
	"component":      func() record { return &componentRecord{} },
	"recipe":         func() record { return &recipeRecord{} },
	"infrastructure": func() record { return &infrastructureRecord{} },
	"pipeline":       func() record { return &pipelineRecord{} },
	"build":          func() record { return &buildRecord{} },
}

// A record knows its kind, and its place in the books.
type record interface {
	kind() string
	enter(b *books, arn string)
}

func (*componentRecord) kind() string      { return "component" }
func (*recipeRecord) kind() string         { return "recipe" }
func (*infrastructureRecord) kind() string { return "infrastructure" }
func (*pipelineRecord) kind() string       { return "pipeline" }
func (*buildRecord) kind() string          { return "build" }

func (r *componentRecord) enter(b *books, arn string)      { b.components[arn] = r }
func (r *recipeRecord) enter(b *books, arn string)         { b.recipes[arn] = r }
func (r *infrastructureRecord) enter(b *books, arn string) { b.infrastructures[arn] = r }
func (r *pipelineRecord) enter(b *books, arn string)       { b.pipelines[arn] = r }
func (r *buildRecord) enter(b *books, arn string)          { b.builds[arn] = r }

// load reads one record as it was stored.
func (b *books) load(key string, value []byte) error {
	kind, arn, _ := strings.Cut(key, "/")
	empty, known := kinds[kind]
	if !known {
		return fmt.Errorf("record %s: unknown kind %q", key, kind)
	}
	read := empty()
	if err := json.Unmarshal(value, read); err != nil {
		return fmt.Errorf("record %s: %w", key, err)
	}
	read.enter(b, arn)
	return nil
}

// commit stores a record, and then puts it into the books. The caller holds s.mu.
func (s *Service) commit(arn string, next record) error {
	change := store.Change{Bucket: bucket, Key: next.kind() + "/" + arn, Encode: func() ([]byte, error) { return json.Marshal(next) }}
	if err := s.options.Store.Save(change); err != nil {
		return internal(fmt.Errorf("store: %w", err))
	}
	next.enter(&s.books, arn)
	return nil
}
