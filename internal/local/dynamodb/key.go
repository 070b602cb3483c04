package dynamodb

import (
	"encoding/binary"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/goldfinch-dev/goldfinch/internal/local/dynamodb/attribute"
)

// The most bytes that a key attribute may have.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-partition-sort-keys
const (
	maximumPartitionKey = 2048
	maximumSortKey      = 1024
)

// A keyAttribute is one part of a table's primary key.
type keyAttribute struct {
	Name string `json:"name"`
	// Type is S, N or B.
	Type string `json:"type"`
}

// A schema is a table's primary key.
type schema struct {
	Partition keyAttribute `json:"partition"`
	// Sort is nil when the table has no sort key.
	Sort *keyAttribute `json:"sort,omitempty"`
}

// attributes are the one or two parts of the key.
func (s schema) attributes() []keyAttribute {
	if s.Sort == nil {
		return []keyAttribute{s.Partition}
	}
	return []keyAttribute{s.Partition, *s.Sort}
}

// sortName is the sort key's name, "" when there is none.
func (s schema) sortName() string {
	if s.Sort == nil {
		return ""
	}
	return s.Sort.Name
}

// isKey reports whether the attribute is a part of the key.
func (s schema) isKey(name string) bool {
	return name == s.Partition.Name || s.Sort != nil && name == s.Sort.Name
}

// A key is a primary key's value, in encodings that compare as the values do.
type key struct{ partition, sort string }

// stored is the key under which the store has the item: unique, never empty.
func (k key) stored() string {
	prefix := binary.AppendUvarint(nil, uint64(len(k.partition)))
	return string(prefix) + k.partition + k.sort
}

// keyOfItem finds and checks the key attributes of an item to be put.
func (s schema) keyOfItem(item attribute.Item) (key, error) {
	for _, part := range s.attributes() {
		v, ok := item[part.Name]
		if !ok {
			return key{}, attribute.Invalid("One or more parameter values were invalid: Missing the key %s in the item", part.Name)
		}
		if actual := attribute.TypeOf(v); actual != part.Type {
			return key{}, attribute.Invalid("One or more parameter values were invalid: Type mismatch for key %s expected: %s actual: %s", part.Name, part.Type, actual)
		}
	}
	return s.key(item)
}

// keyOnly checks that given consists of the key attributes and nothing else.
func (s schema) keyOnly(given attribute.Item) (key, error) {
	mismatch := func() error { return attribute.Invalid("The provided key element does not match the schema") }
	parts := s.attributes()
	if len(given) != len(parts) {
		return key{}, mismatch()
	}
	for _, part := range parts {
		if attribute.TypeOf(given[part.Name]) != part.Type {
			return key{}, mismatch()
		}
	}
	return s.key(given)
}

// keyOfTexts is the key that consists of the given attributes and nothing else, when all of
// it are strings that need no change and break no rule. ok is false for any other key, which may be right or wrong.
func (s schema) keyOfTexts(given attribute.Item) (k key, ok bool) {
	parts := 1
	if k.partition, ok = s.Partition.textOf(given, maximumPartitionKey); ok && s.Sort != nil {
		parts = 2
		k.sort, ok = s.Sort.textOf(given, maximumSortKey)
	}
	return k, ok && len(given) == parts
}

func (a keyAttribute) textOf(given attribute.Item, most int) (string, bool) {
	v, ok := given[a.Name].(*types.AttributeValueMemberS)
	if !ok || a.Type != "S" || v.Value == "" || len(v.Value) > most || !utf8.ValidString(v.Value) {
		return "", false
	}
	return v.Value, true
}

func (s schema) key(item attribute.Item) (key, error) {
	for _, part := range s.attributes() {
		if err := checkKeyValue(part.Name, item[part.Name], part.Name == s.Partition.Name); err != nil {
			return key{}, err
		}
	}
	out := key{partition: attribute.Ordered(item[s.Partition.Name])}
	if s.Sort != nil {
		out.sort = attribute.Ordered(item[s.Sort.Name])
	}
	return out, nil
}

func checkKeyValue(name string, v attribute.Value, isPartition bool) error {
	size := 0
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		if size = len(v.Value); size == 0 {
			return attribute.Invalid("One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: %s", name)
		}
	case *types.AttributeValueMemberB:
		if size = len(v.Value); size == 0 {
			return attribute.Invalid("One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty binary value. Key: %s", name)
		}
	}
	if isPartition && size > maximumPartitionKey {
		return attribute.Invalid("One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of%d bytes", maximumPartitionKey)
	}
	if !isPartition && size > maximumSortKey {
		return attribute.Invalid("One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of %d bytes", maximumSortKey)
	}
	return nil
}

// of is the key attributes of an item, which are the item's own and must not be changed.
func (s schema) of(item attribute.Item) attribute.Item {
	out := attribute.Item{s.Partition.Name: item[s.Partition.Name]}
	if s.Sort != nil {
		out[s.Sort.Name] = item[s.Sort.Name]
	}
	return out
}
