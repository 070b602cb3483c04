package ec2

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

// bucket holds the books. Its keys are template/ID, version/TEMPLATE/NUMBER,
// image/ID, snapshot/ID and instance/ID; its values are the records below, as JSON.
const bucket = "ec2"

// A request is what made a record, for whoever makes it again with the same client token.
type request struct {
	Token string
	// Asked is the hash of all that was asked for.
	Asked string
}

type templateRecord struct {
	Template types.LaunchTemplate
	Request  request
	// Highest is the highest version number ever given out.
	Highest int64
	// Modified is the last request with a token that set the default version.
	Modified request
}

type versionRecord struct {
	Version types.LaunchTemplateVersion
	Request request
}

type imageRecord struct {
	Image       types.Image
	Created     time.Time
	VisibleAt   time.Time
	AvailableAt time.Time
	// DisabledAt is when it was disabled; zero while it isn't.
	DisabledAt  time.Time
	DeprecateAt time.Time
	Permissions []types.LaunchPermission
}

type instanceRecord struct {
	Instance    types.Instance
	Reservation string
	Request     request
	// Location is the image's, when the instance was launched: the image may be gone.
	Location string
	UserData string
	// Address is where the program answers, on this machine.
	Address string
	// TerminatedAt is zero until it is terminated.
	TerminatedAt time.Time
}

// books are the records, in memory. A record is never changed: another one takes
// its place, so that whoever holds one may read it without the lock.
type books struct {
	templates map[string]*templateRecord
	versions  map[string]map[int64]*versionRecord
	images    map[string]*imageRecord
	snapshots map[string]*types.Snapshot
	instances map[string]*instanceRecord
	// programs are those of this process; they are not stored.
	programs map[string]*program
}

func newBooks() books {
	return books{
		templates: map[string]*templateRecord{}, versions: map[string]map[int64]*versionRecord{},
		images: map[string]*imageRecord{}, snapshots: map[string]*types.Snapshot{}, instances: map[string]*instanceRecord{}, programs: map[string]*program{},
	}
}

// An entry is one record to write; a nil record deletes it.
type entry struct {
	key    string
	record any
}

func templateKey(id string) string { return "template/" + id }

func versionKey(id string, number int64) string { return fmt.Sprintf("version/%s/%010d", id, number) }

func imageKey(id string) string { return "image/" + id }

func snapshotKey(id string) string { return "snapshot/" + id }

func instanceKey(id string) string { return "instance/" + id }

// enter reads one record as it was stored.
func (b *books) enter(key string, value []byte) error {
	kind, _, _ := strings.Cut(key, "/")
	var record any
	switch kind {
	case "template":
		record = &templateRecord{}
	case "version":
		record = &versionRecord{}
	case "image":
		record = &imageRecord{}
	case "snapshot":
		record = &types.Snapshot{}
	case "instance":
		record = &instanceRecord{}
	default:
		return fmt.Errorf("record %s: unknown kind %q", key, kind)
	}
	if err := jsonv2.Unmarshal(value, record, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)); err != nil {
		return fmt.Errorf("record %s: %w", key, err)
	}
	return b.put(entry{key, record})
}

// put puts one record in its place.
func (b *books) put(e entry) error {
	kind, rest, _ := strings.Cut(e.key, "/")
	switch kind {
	case "template":
		place(b.templates, rest, e.record)
	case "version":
		id, digits, _ := strings.Cut(rest, "/")
		number, err := strconv.ParseInt(digits, 10, 64)
		if err != nil {
			return fmt.Errorf("record %s: %w", e.key, err)
		}
		if b.versions[id] == nil {
			b.versions[id] = map[int64]*versionRecord{}
		}
		place(b.versions[id], number, e.record)
	case "image":
		place(b.images, rest, e.record)
	case "snapshot":
		place(b.snapshots, rest, e.record)
	case "instance":
		place(b.instances, rest, e.record)
	}
	return nil
}

func place[K comparable, V any](records map[K]*V, key K, record any) {
	if record == nil {
		delete(records, key)
		return
	}
	records[key] = record.(*V)
}

// commit stores the entries at once, and then puts them into the books. The
// caller holds s.mu.
func (s *Service) commit(entries ...entry) error {
	changes := make([]store.Change, 0, len(entries))
	for _, e := range entries {
		change := store.Change{Bucket: bucket, Key: e.key}
		if e.record != nil {
			change.Encode = func() ([]byte, error) { return json.Marshal(e.record) }
		}
		changes = append(changes, change)
	}
	if err := s.options.Store.Save(changes...); err != nil {
		return internal(fmt.Errorf("store: %w", err))
	}
	for _, e := range entries {
		if err := s.books.put(e); err != nil {
			return internal(err)
		}
	}
	return nil
}

// sorted are the records in the order of their keys.
func sorted[V any](records map[string]*V) []*V {
	all := make([]*V, 0, len(records))
	for _, key := range slices.Sorted(maps.Keys(records)) {
		all = append(all, records[key])
	}
	return all
}
