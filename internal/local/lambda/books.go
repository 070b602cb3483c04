package lambda

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

// bucket holds the books. Its keys are function/NAME, version/NAME/NUMBER,
// alias/NAME/ALIAS and mapping/UUID; its values are the records below, as JSON.
const bucket = "lambda"

// A functionRecord is a function and its $LATEST.
type functionRecord struct {
	Latest snapshot
	// Previous runs while an update of Latest is in progress.
	Previous *snapshot
	// Creating: what Latest.Stamp waits for is the function's creation, not an update.
	Creating bool
	// Published is the highest version number ever given out.
	Published int
	Tags      map[string]string
	// Provisioned and Statements are by qualifier; the function's own statements under "".
	Provisioned map[string]provisioned
	Statements  map[string][]statement
}

// A snapshot is code and configuration: a published version, or a state of $LATEST.
type snapshot struct {
	// ID is Version.ID.
	ID     string
	Config types.FunctionConfiguration
	// ImageURI is set when the package is a container image.
	ImageURI string
	Stamp    stamp
}

// A stamp is a revision that changes once more by itself when what is in
// progress is done, as Lambda's does (https://github.com/aws/aws-sdk/issues/377).
type stamp struct {
	Until         time.Time
	During, After string
}

// done reports whether nothing is in progress.
func (s stamp) done(now time.Time) bool { return !now.Before(s.Until) }

// revision is the RevisionId at that time.
func (s stamp) revision(now time.Time) string {
	if s.done(now) {
		return s.After
	}
	return s.During
}

// An aliasRecord is an alias.
type aliasRecord struct {
	Name        string
	Description *string
	Version     string
	Weights     map[string]float64
	Revision    string
}

// A function is all that is known of one. It is never changed: whoever holds
// one may read it without a lock.
type function struct {
	functionRecord
	versions map[int]snapshot
	aliases  map[string]aliasRecord
}

// numbers are the published versions that exist, in order.
func (f *function) numbers() []int { return slices.Sorted(maps.Keys(f.versions)) }

// books are the records, in memory.
type books struct {
	mu        sync.RWMutex
	functions map[string]*function
	mappings  map[string]types.EventSourceMappingConfiguration
}

func newBooks() books {
	return books{functions: map[string]*function{}, mappings: map[string]types.EventSourceMappingConfiguration{}}
}

// function returns the function, or nil.
func (b *books) function(name string) *function {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.functions[name]
}

// allMappings returns the event source mappings in the order of their UUIDs.
func (b *books) allMappings() []types.EventSourceMappingConfiguration {
	b.mu.RLock()
	defer b.mu.RUnlock()
	all := make([]types.EventSourceMappingConfiguration, 0, len(b.mappings))
	for _, uuid := range slices.Sorted(maps.Keys(b.mappings)) {
		all = append(all, b.mappings[uuid])
	}
	return all
}

// inUse reports whether any version still needs the package.
func (b *books) inUse(codeSHA256 string) bool {
	b.mu.RLock()
	defer b.mu.RUnlock()
	for _, f := range b.functions {
		if *f.Latest.Config.CodeSha256 == codeSHA256 || f.Previous != nil && *f.Previous.Config.CodeSha256 == codeSHA256 {
			return true
		}
		for _, version := range f.versions {
			if *version.Config.CodeSha256 == codeSHA256 {
				return true
			}
		}
	}
	return false
}

// enter puts one record, as it was stored, into the books; a nil value takes it out.
func (b *books) enter(key string, value []byte) error {
	kind, rest, _ := strings.Cut(key, "/")
	name, part, _ := strings.Cut(rest, "/")
	b.mu.Lock()
	defer b.mu.Unlock()
	if kind == "mapping" {
		return enterInto(b.mappings, name, value)
	}
	if kind == "function" && value == nil {
		delete(b.functions, name)
		return nil
	}
	next := function{}
	if present := b.functions[name]; present != nil {
		next = *present
	}
	var err error
	switch kind {
	case "function":
		next.functionRecord = functionRecord{}
		err = decode(value, &next.functionRecord)
	case "version":
		var number int
		if number, err = strconv.Atoi(part); err == nil {
			next.versions = clone(next.versions)
			err = enterInto(next.versions, number, value)
		}
	case "alias":
		next.aliases = clone(next.aliases)
		err = enterInto(next.aliases, part, value)
	default:
		err = fmt.Errorf("unknown kind %q", kind)
	}
	if err != nil {
		return fmt.Errorf("record %s: %w", key, err)
	}
	b.functions[name] = &next
	return nil
}

func clone[K comparable, V any](m map[K]V) map[K]V {
	if m == nil {
		return map[K]V{}
	}
	return maps.Clone(m)
}

func enterInto[K comparable, V any](records map[K]V, key K, value []byte) error {
	if value == nil {
		delete(records, key)
		return nil
	}
	var record V
	if err := decode(value, &record); err != nil {
		return err
	}
	records[key] = record
	return nil
}

// decode reads a record that commit has written, by the successor of encoding/json: it takes a third of the time.
func decode(value []byte, into any) error {
	return jsonv2.Unmarshal(value, into, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// An entry is one record to write; a nil record deletes it.
type entry struct {
	key    string
	record any
}

func functionKey(name string) string { return "function/" + name }

func versionKey(name string, number int) string { return fmt.Sprintf("version/%s/%010d", name, number) }

func aliasKey(name, alias string) string { return "alias/" + name + "/" + alias }

// commit stores the entries and the package, if any, at once, and then puts them
// into the books. The caller holds s.writing.
func (s *Service) commit(code *store.Change, entries ...entry) error {
	changes := make([]store.Change, 0, len(entries)+1)
	if code != nil {
		changes = append(changes, *code)
	}
	first := len(changes)
	for _, e := range entries {
		change := store.Change{Bucket: bucket, Key: e.key}
		if e.record != nil {
			value, err := json.Marshal(e.record)
			if err != nil {
				return internal(fmt.Errorf("encode %s: %w", e.key, err))
			}
			change.Value = value
		}
		changes = append(changes, change)
	}
	if err := s.options.Store.Save(changes...); err != nil {
		return internal(fmt.Errorf("store: %w", err))
	}
	for _, change := range changes[first:] {
		if err := s.books.enter(change.Key, change.Value); err != nil {
			return internal(err)
		}
	}
	return nil
}
