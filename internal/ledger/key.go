package ledger

import (
	"fmt"
	"time"
)

// The partitions that hold one item for every service and environment, and the
// beginnings of sort keys that many items share. Package doc has the whole layout.
const (
	activePartition   = "active"
	servicesPartition = "services"

	// servicePartition begins the partition of a service in an environment.
	servicePartition = "service#"

	driftPrefix      = "drift#"
	entryPrefix      = "entry#"
	evaluationPrefix = "evaluation#"
	indexPrefix      = "release#"
	queuePrefix      = "queue#"
	signalPrefix     = "signal#"
)

// sortableTime is RFC 3339 in UTC with nine decimals always, so that the texts sort as the times do.
const sortableTime = "2006-01-02T15:04:05.000000000Z"

// A key is an item's primary key.
type key struct{ partition, sort string }

func (k key) String() string { return k.partition + " " + k.sort }

// item begins an item of that key.
func (k key) item() item { return item{"pk": text(k.partition), "sk": text(k.sort)} }

func keyOf(from item) key { return key{stringOf(from["pk"]), stringOf(from["sk"])} }

func (s ServiceEnvironment) partition() string { return servicePartition + s.String() }

func (s ServiceEnvironment) key(sort string) key { return key{s.partition(), sort} }

func (s ServiceEnvironment) lockKey() key { return s.key("lock") }

func (s ServiceEnvironment) stableKey() key { return s.key("stable") }

func (s ServiceEnvironment) rejectedKey(identity string) key { return s.key("rejected#" + identity) }

func (s ServiceEnvironment) queueKey(releaseID string) key { return s.key(queuePrefix + releaseID) }

func (s ServiceEnvironment) indexKey(created time.Time, releaseID string) key {
	return s.key(indexPrefix + created.UTC().Format(sortableTime) + "#" + releaseID)
}

func (s ServiceEnvironment) evaluationKey(scheduledAt time.Time) key {
	return s.key(evaluationPrefix + scheduledAt.UTC().Format(sortableTime))
}

func (s ServiceEnvironment) driftKey(at time.Time) key {
	return s.key(driftPrefix + at.UTC().Format(sortableTime))
}

// activeKey is of the item that exists exactly while a lease is held.
func (s ServiceEnvironment) activeKey() key { return key{activePartition, s.String()} }

func (s ServiceEnvironment) servicesKey() key { return key{servicesPartition, s.String()} }

func releasePartition(id string) string { return "release#" + id }

func releaseKey(id, sort string) key { return key{releasePartition(id), sort} }

func recordKey(id string) key { return releaseKey(id, "record") }

func tokenKey(id string) key { return releaseKey(id, "token") }

func entryKey(id string, sequence int64) key {
	return releaseKey(id, fmt.Sprintf("%s%012d", entryPrefix, sequence))
}

func signalKey(id, signalID string) key { return releaseKey(id, signalPrefix+signalID) }
