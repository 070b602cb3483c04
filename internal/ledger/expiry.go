package ledger

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// ExpiresAttribute is the table's time to live attribute: a number, in seconds
// since 1970. An item without it stays for ever.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
const ExpiresAttribute = "expires"

// Retention is how long history is kept: the entries, signals and task tokens of
// a release, and evaluations. It counts from the writing of each, so it must be longer than the
// longest life of a release: an execution lives for a year at most, and a
// document's timeouts.release is shorter than that.
// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
const Retention = 400 * 24 * time.Hour

// expiring makes an item one of those that are history some day.
func (l *Ledger) expiring(i item) item {
	i[ExpiresAttribute] = l.expires()
	return i
}

// expires is when an item that is written now may go.
func (l *Ledger) expires() types.AttributeValue {
	return number(l.now().Add(Retention).Unix())
}
