package attribute

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
)

// A Value is one attribute's value.
type Value = types.AttributeValue

// An Item is attributes by name.
type Item = map[string]types.AttributeValue

// maximumDepth is how deep lists and maps may be nested.
const maximumDepth = 32

// Invalid makes the ValidationException with which DynamoDB refuses a request.
func Invalid(format string, arguments ...any) error {
	return &smithy.GenericAPIError{
		Code:    "ValidationException",
		Message: fmt.Sprintf(format, arguments...),
		Fault:   smithy.FaultClient,
	}
}

// TypeOf names the type of v as expressions do: S, N, B, SS, NS, BS, M, L, BOOL
// or NULL; "" when v is nil.
func TypeOf(v Value) string {
	switch v.(type) {
	case *types.AttributeValueMemberS:
		return "S"
	case *types.AttributeValueMemberN:
		return "N"
	case *types.AttributeValueMemberB:
		return "B"
	case *types.AttributeValueMemberSS:
		return "SS"
	case *types.AttributeValueMemberNS:
		return "NS"
	case *types.AttributeValueMemberBS:
		return "BS"
	case *types.AttributeValueMemberM:
		return "M"
	case *types.AttributeValueMemberL:
		return "L"
	case *types.AttributeValueMemberBOOL:
		return "BOOL"
	case *types.AttributeValueMemberNULL:
		return "NULL"
	default:
		return ""
	}
}

// NormalizeItem is [Normalize] for every attribute of an item.
func NormalizeItem(item Item) (Item, error) {
	return normalizeMap(item, 0)
}

// Normalize checks v and copies it, with its numbers in DynamoDB's notation. It
// refuses, as DynamoDB does, a value of no type, what is no number, a number out of
// range, an empty set, a set with duplicates, NULL that is not true, and more than 32 levels.
func Normalize(v Value) (Value, error) { return normalize(v, 0) }

// IsPlain reports that Normalize would return an equal value: v is a string, a
// truth value or a small integer, as most are.
func IsPlain(v Value) bool {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return utf8.ValidString(v.Value)
	case *types.AttributeValueMemberN:
		return smallInteger(v.Value)
	case *types.AttributeValueMemberBOOL:
		return true
	default:
		return false
	}
}

func normalize(v Value, depth int) (Value, error) {
	if depth > maximumDepth {
		return nil, Invalid("Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit")
	}
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return &types.AttributeValueMemberS{Value: validText(v.Value)}, nil
	case *types.AttributeValueMemberB:
		return &types.AttributeValueMemberB{Value: bytes.Clone(v.Value)}, nil
	case *types.AttributeValueMemberBOOL:
		return &types.AttributeValueMemberBOOL{Value: v.Value}, nil
	case *types.AttributeValueMemberNULL:
		if !v.Value {
			return nil, Invalid("One or more parameter values were invalid: Null attribute value types must have the value of true")
		}
		return &types.AttributeValueMemberNULL{Value: true}, nil
	case *types.AttributeValueMemberN:
		text, err := normalizeNumber(v.Value)
		if err != nil {
			return nil, err
		}
		return &types.AttributeValueMemberN{Value: text}, nil
	case *types.AttributeValueMemberM:
		members, err := normalizeMap(v.Value, depth+1)
		if err != nil {
			return nil, err
		}
		return &types.AttributeValueMemberM{Value: members}, nil
	case *types.AttributeValueMemberL:
		elements := make([]Value, len(v.Value))
		for i, element := range v.Value {
			var err error
			if elements[i], err = normalize(element, depth+1); err != nil {
				return nil, err
			}
		}
		return &types.AttributeValueMemberL{Value: elements}, nil
	default:
		return normalizeSet(v)
	}
}

// validText is what of a string arrives at DynamoDB: the wire's JSON has no
// bytes that are not UTF-8, so clients replace them.
func validText(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }

func normalizeMap(members Item, depth int) (Item, error) {
	out := make(Item, len(members))
	for name, member := range members {
		normal, err := normalize(member, depth)
		if err != nil {
			return nil, err
		}
		out[validText(name)] = normal
	}
	return out, nil
}

func normalizeSet(v Value) (Value, error) {
	switch v := v.(type) {
	case *types.AttributeValueMemberSS:
		if len(v.Value) == 0 {
			return nil, Invalid("One or more parameter values were invalid: An string set  may not be empty")
		}
		elements := make([]string, len(v.Value))
		for i, element := range v.Value {
			elements[i] = validText(element)
		}
		if err := checkDistinct(elements); err != nil {
			return nil, err
		}
		return &types.AttributeValueMemberSS{Value: elements}, nil
	case *types.AttributeValueMemberNS:
		if len(v.Value) == 0 {
			return nil, Invalid("One or more parameter values were invalid: An number set  may not be empty")
		}
		numbers := make([]string, len(v.Value))
		for i, text := range v.Value {
			var err error
			if numbers[i], err = normalizeNumber(text); err != nil {
				return nil, err
			}
		}
		if err := checkDistinct(numbers); err != nil {
			return nil, err
		}
		return &types.AttributeValueMemberNS{Value: numbers}, nil
	case *types.AttributeValueMemberBS:
		if len(v.Value) == 0 {
			return nil, Invalid("One or more parameter values were invalid: Binary sets should not be empty")
		}
		elements := binaryElements(v.Value)
		if err := checkDistinct(elements); err != nil {
			return nil, err
		}
		return &types.AttributeValueMemberBS{Value: binarySet(elements)}, nil
	default:
		return nil, Invalid("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")
	}
}

func checkDistinct(elements []string) error {
	seen := make(map[string]bool, len(elements))
	for _, element := range elements {
		if seen[element] {
			return Invalid("One or more parameter values were invalid: Input collection [%s] contains duplicates.", strings.Join(elements, ", "))
		}
		seen[element] = true
	}
	return nil
}

func binaryElements(set [][]byte) []string {
	elements := make([]string, len(set))
	for i, element := range set {
		elements[i] = string(element)
	}
	return elements
}

func binarySet(elements []string) [][]byte {
	set := make([][]byte, len(elements))
	for i, element := range elements {
		set[i] = []byte(element)
	}
	return set
}

// CopyItem copies an item; it shares nothing with the original.
func CopyItem(item Item) Item {
	if item == nil {
		return nil
	}
	out := make(Item, len(item))
	for name, v := range item {
		out[name] = Copy(v)
	}
	return out
}

// Copy copies a value; it shares nothing with the original.
func Copy(v Value) Value {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return &types.AttributeValueMemberS{Value: v.Value}
	case *types.AttributeValueMemberN:
		return &types.AttributeValueMemberN{Value: v.Value}
	case *types.AttributeValueMemberB:
		return &types.AttributeValueMemberB{Value: bytes.Clone(v.Value)}
	case *types.AttributeValueMemberBOOL:
		return &types.AttributeValueMemberBOOL{Value: v.Value}
	case *types.AttributeValueMemberNULL:
		return &types.AttributeValueMemberNULL{Value: v.Value}
	case *types.AttributeValueMemberM:
		return &types.AttributeValueMemberM{Value: CopyItem(v.Value)}
	case *types.AttributeValueMemberL:
		elements := make([]Value, len(v.Value))
		for i, element := range v.Value {
			elements[i] = Copy(element)
		}
		return &types.AttributeValueMemberL{Value: elements}
	case *types.AttributeValueMemberSS:
		return &types.AttributeValueMemberSS{Value: slices.Clone(v.Value)}
	case *types.AttributeValueMemberNS:
		return &types.AttributeValueMemberNS{Value: slices.Clone(v.Value)}
	case *types.AttributeValueMemberBS:
		return &types.AttributeValueMemberBS{Value: binarySet(binaryElements(v.Value))}
	default:
		return v
	}
}

// Equal reports whether both values have the same type and content. The order of a set's elements does not count.
func Equal(a, b Value) bool {
	if typeName := TypeOf(a); typeName == "" || typeName != TypeOf(b) {
		return false
	}
	switch a := a.(type) {
	case *types.AttributeValueMemberBOOL:
		return a.Value == b.(*types.AttributeValueMemberBOOL).Value
	case *types.AttributeValueMemberNULL:
		return true
	case *types.AttributeValueMemberM:
		return maps.EqualFunc(a.Value, b.(*types.AttributeValueMemberM).Value, Equal)
	case *types.AttributeValueMemberL:
		return slices.EqualFunc(a.Value, b.(*types.AttributeValueMemberL).Value, Equal)
	default:
		if setA, ok := Elements(a); ok {
			setB, _ := Elements(b)
			return slices.Equal(slices.Sorted(slices.Values(setA)), slices.Sorted(slices.Values(setB)))
		}
		order, _ := Compare(a, b)
		return order == 0
	}
}

// Compare orders two strings, two numbers or two binaries: below 0 when a is less,
// 0 when they are equal. Strings compare by their UTF-8 bytes. ok is false for any other pair.
func Compare(a, b Value) (order int, ok bool) {
	switch a := a.(type) {
	case *types.AttributeValueMemberS:
		if b, ok := b.(*types.AttributeValueMemberS); ok {
			return strings.Compare(a.Value, b.Value), true
		}
	case *types.AttributeValueMemberN:
		if b, ok := b.(*types.AttributeValueMemberN); ok {
			return compareNumbers(a.Value, b.Value), true
		}
	case *types.AttributeValueMemberB:
		if b, ok := b.(*types.AttributeValueMemberB); ok {
			return bytes.Compare(a.Value, b.Value), true
		}
	}
	return 0, false
}

// Elements returns a set's elements as text; ok is false when v is no set.
func Elements(v Value) (elements []string, ok bool) {
	switch v := v.(type) {
	case *types.AttributeValueMemberSS:
		return v.Value, true
	case *types.AttributeValueMemberNS:
		return v.Value, true
	case *types.AttributeValueMemberBS:
		return binaryElements(v.Value), true
	default:
		return nil, false
	}
}

// SetLike makes a set of the type of set from elements as [Elements] returns them.
func SetLike(set Value, elements []string) Value {
	switch set.(type) {
	case *types.AttributeValueMemberSS:
		return &types.AttributeValueMemberSS{Value: elements}
	case *types.AttributeValueMemberNS:
		return &types.AttributeValueMemberNS{Value: elements}
	default:
		return &types.AttributeValueMemberBS{Value: binarySet(elements)}
	}
}

// ElementOf returns v, which is a string, a number or a binary, as an element of
// a set of its type, and that set's type name; ok is false for any other value.
func ElementOf(v Value) (element, setType string, ok bool) {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return v.Value, "SS", true
	case *types.AttributeValueMemberN:
		return v.Value, "NS", true
	case *types.AttributeValueMemberB:
		return string(v.Value), "BS", true
	default:
		return "", "", false
	}
}
