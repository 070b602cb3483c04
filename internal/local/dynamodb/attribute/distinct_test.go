package attribute_test

import (
	"bytes"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/goldfinch-dev/goldfinch/internal/local/dynamodb/attribute"
)

func TestDistinctBytesTellValuesApart(t *testing.T) {
	t.Parallel()
	all := []attribute.Value{
		nil, text(""), text("1"), text("11"), number("1"), number("11"), binary(), binary('1'), truth(true), truth(false), null(),
		&types.AttributeValueMemberNULL{Value: false},
		list(), list(text("a"), text("b")), list(text("b"), text("a")), list(list(text("a")), text("b")), list(list(text("a"), text("b"))), list(text("ab")),
		members(attribute.Item{}), members(attribute.Item{"a": text("b")}), members(attribute.Item{"b": text("a")}),
		members(attribute.Item{"a": text("b"), "c": text("")}), members(attribute.Item{"a": text(""), "c": text("b")}),
		texts("a", "b"), texts("ab"), texts("b", "a"), numbers("1", "2"), numbers("12"), texts("1", "2"), binaries([]byte("a"), []byte("b")), binaries([]byte("ab")),
	}
	for i, one := range all {
		for j, two := range all {
			if same := bytes.Equal(attribute.AppendDistinct(nil, one), attribute.AppendDistinct(nil, two)); same != (i == j) {
				t.Errorf("%#v and %#v have the same bytes: %t", one, two, same)
			}
		}
	}
}

func TestDistinctBytesOfEqualItemsAreEqual(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		one := attribute.Item(rapid.MapOf(rapid.StringN(0, 2, -1), values()).Draw(t, "one"))
		two := attribute.Item(rapid.MapOf(rapid.StringN(0, 2, -1), values()).Draw(t, "two"))
		for _, other := range []attribute.Item{attribute.CopyItem(one), two} {
			equal := cmp.Equal(one, other, ignoreUnexported, cmpopts.EquateEmpty())
			if same := bytes.Equal(attribute.AppendDistinct(nil, members(one)), attribute.AppendDistinct(nil, members(other))); same != equal {
				t.Fatalf("%v and %v are equal: %t, and have the same bytes: %t", one, other, equal, same)
			}
		}
	})
}
