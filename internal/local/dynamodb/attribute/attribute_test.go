package attribute_test

import (
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/goldfinch-dev/goldfinch/internal/local/dynamodb/attribute"
)

var ignoreUnexported = cmpopts.IgnoreUnexported(
	types.AttributeValueMemberS{}, types.AttributeValueMemberN{}, types.AttributeValueMemberB{},
	types.AttributeValueMemberSS{}, types.AttributeValueMemberNS{}, types.AttributeValueMemberBS{},
	types.AttributeValueMemberM{}, types.AttributeValueMemberL{}, types.AttributeValueMemberBOOL{},
	types.AttributeValueMemberNULL{},
)

func text(s string) attribute.Value { return &types.AttributeValueMemberS{Value: s} }

func number(s string) attribute.Value { return &types.AttributeValueMemberN{Value: s} }

func binary(b ...byte) attribute.Value { return &types.AttributeValueMemberB{Value: b} }

func truth(b bool) attribute.Value { return &types.AttributeValueMemberBOOL{Value: b} }

func null() attribute.Value { return &types.AttributeValueMemberNULL{Value: true} }

func list(v ...attribute.Value) attribute.Value { return &types.AttributeValueMemberL{Value: v} }

func members(m attribute.Item) attribute.Value { return &types.AttributeValueMemberM{Value: m} }

func texts(s ...string) attribute.Value { return &types.AttributeValueMemberSS{Value: s} }

func numbers(s ...string) attribute.Value { return &types.AttributeValueMemberNS{Value: s} }

func binaries(b ...[]byte) attribute.Value { return &types.AttributeValueMemberBS{Value: b} }

// nested is a value of so many levels.
func nested(levels int) attribute.Value {
	v := text("x")
	for range levels {
		v = list(v)
	}
	return v
}

func TestNumbersAreNormalised(t *testing.T) {
	t.Parallel()
	nines := strings.Repeat("9", 38)
	tests := []struct{ given, want string }{
		{"0", "0"}, {"-0", "0"}, {"0.00", "0"}, {"00", "0"}, {"+7", "7"}, {"007", "7"}, {"1.50", "1.5"}, {"-1.0", "-1"},
		{"1e3", "1000"}, {"1E+3", "1000"}, {"12.5e-1", "1.25"}, {".5", "0.5"}, {"5.", "5"}, {"1e-3", "0.001"},
		{"123456789012345678", "123456789012345678"}, {"1234567890123456789", "1234567890123456789"},
		{nines, nines}, {nines + "000", nines + "000"}, {"0." + nines, "0." + nines},
		{"9.9999999999999999999999999999999999999E+125", nines + strings.Repeat("0", 126-38)},
		{"1e-130", "0." + strings.Repeat("0", 129) + "1"},
		{"-1e125", "-1" + strings.Repeat("0", 125)},
		{"1e126", "Number overflow"}, {"-1e126", "Number overflow"}, {"1e-131", "Number underflow"},
		{nines + "9", "more than 38 significant digits"}, {"1" + strings.Repeat("0", 40) + "1", "more than 38 significant digits"},
		{"", "cannot be converted"}, {"-", "cannot be converted"}, {".", "cannot be converted"}, {"1x", "cannot be converted"},
		{"1e", "cannot be converted"}, {"1e9999999999", "cannot be converted"}, {"NaN", "cannot be converted"}, {"Infinity", "cannot be converted"},
		{"1 ", "cannot be converted"}, {"--1", "cannot be converted"}, {"1.2.3", "cannot be converted"},
	}
	for _, test := range tests {
		got, err := attribute.Normalize(number(test.given))
		if err != nil {
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("%q: error %v, want %q", test.given, err, test.want)
			}
			continue
		}
		if diff := cmp.Diff(number(test.want), got, ignoreUnexported); diff != "" {
			t.Errorf("%q (-want +got):\n%s", test.given, diff)
		}
	}
}

func TestWhatIsNoValueIsRefused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		value attribute.Value
		want  string
	}{
		{"nothing", nil, "is empty"},
		{"NULL that is false", &types.AttributeValueMemberNULL{}, "must have the value of true"},
		{"empty set of strings", texts(), "may not be empty"},
		{"empty set of numbers", numbers(), "may not be empty"},
		{"empty set of binaries", binaries(), "should not be empty"},
		{"duplicate strings", texts("a", "b", "a"), "[a, b, a] contains duplicates"},
		{"duplicate numbers", numbers("1", "1.0"), "contains duplicates"},
		{"duplicate binaries", binaries([]byte{1}, []byte{1}), "contains duplicates"},
		{"no number in a set", numbers("x"), "cannot be converted"},
		{"nothing in a list", list(nil), "is empty"},
		{"nothing in a map", members(attribute.Item{"a": nil}), "is empty"},
		{"33 levels", nested(33), "Nesting Levels"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if _, err := attribute.Normalize(test.value); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
	if _, err := attribute.Normalize(nested(32)); err != nil {
		t.Errorf("32 levels: %v", err)
	}
}

func TestTextIsUTF8(t *testing.T) {
	t.Parallel()
	given := attribute.Item{"a\xff": text("b\xff"), "s": texts("c\xff")}
	got, err := attribute.NormalizeItem(given)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(attribute.Item{"a\uFFFD": text("b\uFFFD"), "s": texts("c\uFFFD")}, got, ignoreUnexported); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, item := range []attribute.Item{given, {"s": given["s"]}, {"m": members(attribute.Item{"x": text("\xff")})}} {
		if data, err := attribute.EncodeItem(item); err == nil {
			t.Errorf("bytes that are not UTF-8 were written: %q", data)
		}
	}
}

func TestEqualAndCompare(t *testing.T) {
	t.Parallel()
	const unequal, unordered = 99, 98
	tests := []struct {
		name string
		a, b attribute.Value
		want int // order; unequal or unordered (and equal) where there is none
	}{
		{"strings", text("a"), text("b"), -1},
		{"strings by bytes", text("Z"), text("a"), -1},
		{"equal strings", text("a"), text("a"), 0},
		{"numbers", number("9"), number("10"), -1},
		{"large numbers", number("99999999999999999999"), number("100000000000000000000"), -1},
		{"negative numbers", number("-10"), number("-9"), -1},
		{"signs", number("-1"), number("1"), -1},
		{"zero", number("0"), number("-0.001"), 1},
		{"fractions", number("-1.5"), number("-1"), -1},
		{"equal numbers", number("1.5"), number("1.5"), 0},
		{"binaries", binary(1), binary(1, 0), -1},
		{"string and number", text("1"), number("1"), unequal},
		{"number and string", number("1"), text("1"), unequal},
		{"binary and string", binary('1'), text("1"), unequal},
		{"nothing", nil, nil, unequal},
		{"nothing and something", nil, text(""), unequal},
		{"booleans", truth(true), truth(false), unequal},
		{"equal booleans", truth(true), truth(true), unordered},
		{"nulls", null(), null(), unordered},
		{"lists", list(text("a"), number("1")), list(text("a"), number("1")), unordered},
		{"lists in another order", list(text("a"), text("b")), list(text("b"), text("a")), unequal},
		{"maps", members(attribute.Item{"a": text("x")}), members(attribute.Item{"a": text("x")}), unordered},
		{"other maps", members(attribute.Item{"a": text("x")}), members(attribute.Item{"b": text("x")}), unequal},
		{"sets in another order", texts("a", "b"), texts("b", "a"), unordered},
		{"sets of numbers", numbers("1", "2"), numbers("2", "1"), unordered},
		{"sets of binaries", binaries([]byte{1}, []byte{2}), binaries([]byte{2}, []byte{1}), unordered},
		{"sets of other types", texts("1"), numbers("1"), unequal},
		{"other sets", texts("a"), texts("b"), unequal},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got, want := attribute.Equal(test.a, test.b), test.want == 0 || test.want == unordered; got != want {
				t.Errorf("equal: %v, want %v", got, want)
			}
			order, ok := attribute.Compare(test.a, test.b)
			if ok != (test.want < unordered) || ok && order != test.want {
				t.Errorf("order %d, %v", order, ok)
			}
		})
	}
}

func TestSizes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		item attribute.Item
		want int
	}{
		{"nothing", attribute.Item{}, 0},
		{"string in UTF-8", attribute.Item{"é": text("é")}, 2 + 2},
		{"numbers", attribute.Item{"n": number("0"), "m": number("-123"), "o": number("12e10")}, 1 + 1 + 1 + 4 + 1 + 2},
		{"no number", attribute.Item{"n": number("abc")}, 1 + 3},
		{"binary", attribute.Item{"b": binary(1, 2)}, 1 + 2},
		{"boolean and null", attribute.Item{"b": truth(true), "n": null()}, 2 + 2},
		{"list", attribute.Item{"l": list(text("ab"), null())}, 1 + 3 + 2 + 2 + 1},
		{"map", attribute.Item{"m": members(attribute.Item{"ab": text("c")})}, 1 + 3 + 1 + 2 + 1},
		{"sets", attribute.Item{"s": texts("ab", "c"), "n": numbers("1", "22"), "b": binaries([]byte{1, 2})}, 1 + 3 + 1 + 4 + 1 + 2},
	}
	for _, test := range tests {
		if got := attribute.ItemSize(test.item); got != test.want {
			t.Errorf("%s: %d, want %d", test.name, got, test.want)
		}
	}
}

// values draws any valid, normalised value.
func values() *rapid.Generator[attribute.Value] {
	plain := rapid.OneOf(
		rapid.Map(rapid.String(), text),
		rapid.Map(rapid.Int64(), func(n int64) attribute.Value { return number(big.NewInt(n).String()) }),
		rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) attribute.Value { return binary(append([]byte{}, b...)...) }),
		rapid.Map(rapid.Bool(), truth),
		rapid.Just(null()),
		rapid.Map(rapid.SliceOfNDistinct(rapid.String(), 1, 4, rapid.ID), func(s []string) attribute.Value { return texts(s...) }),
		rapid.Just(numbers("1", "-2.5")),
		rapid.Just(binaries([]byte{}, []byte{1})),
	)
	return rapid.OneOf(
		plain,
		rapid.Map(rapid.SliceOfN(plain, 0, 3), func(v []attribute.Value) attribute.Value { return list(v...) }),
		rapid.Map(rapid.MapOfN(rapid.String(), plain, 0, 3), func(m map[string]attribute.Value) attribute.Value { return members(m) }),
	)
}

func TestJSONRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		item := attribute.Item(rapid.MapOf(rapid.String(), values()).Draw(t, "item"))
		data, err := attribute.EncodeItem(item)
		if err != nil {
			t.Fatal(err)
		}
		got, err := attribute.DecodeItem(data)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(item, got, ignoreUnexported, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%s (-want +got):\n%s", data, diff)
		}
	})
}

func TestJSONThatIsNoItem(t *testing.T) {
	t.Parallel()
	for _, data := range []string{``, `[]`, `{"a":1}`, `{"a":{"S":1}}`, `{"a":{"X":"b"}}`, `{"a":{"S":"b"`, `{"a":{"B":"%"}}`, `{"a":{"S":"a","N":"1"}}`, `{"a":{"L":[1]}}`} {
		if got, err := attribute.DecodeItem([]byte(data)); err == nil {
			t.Errorf("%s was read as %v", data, got)
		}
	}
	if _, err := attribute.EncodeItem(attribute.Item{"a": &types.UnknownUnionMember{}}); err == nil {
		t.Error("an unknown value was written")
	}
}

func TestCopiesShareNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		v := values().Draw(t, "value")
		data, err := attribute.EncodeItem(attribute.Item{"v": v})
		if err != nil {
			t.Fatal(err)
		}
		before, err := attribute.DecodeItem(data)
		if err != nil {
			t.Fatal(err)
		}
		normal, err := attribute.Normalize(v)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []attribute.Value{attribute.Copy(v), normal} {
			if !attribute.Equal(v, c) {
				t.Fatalf("the copy %v differs from %v", c, v)
			}
			spoil(c)
			if !attribute.Equal(v, before["v"]) {
				t.Fatalf("changing the copy changed %s", data)
			}
		}
	})
	if attribute.CopyItem(nil) != nil {
		t.Error("a copy of no item is an item")
	}
	if attribute.Copy(nil) != nil {
		t.Error("a copy of no value is a value")
	}
}

// spoil changes everything within v that can be changed in place.
func spoil(v attribute.Value) {
	switch v := v.(type) {
	case *types.AttributeValueMemberB:
		for i := range v.Value {
			v.Value[i]++
		}
	case *types.AttributeValueMemberSS:
		v.Value[0] += "x"
	case *types.AttributeValueMemberNS:
		v.Value[0] += "7"
	case *types.AttributeValueMemberBS:
		v.Value[1][0]++
	case *types.AttributeValueMemberL:
		for i := range v.Value {
			spoil(v.Value[i])
			v.Value[i] = text("spoilt")
		}
	case *types.AttributeValueMemberM:
		for name := range v.Value {
			spoil(v.Value[name])
		}
		v.Value["spoilt"] = null()
	}
}

// decimals draws numbers that DynamoDB takes.
func decimals() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		text := rapid.StringMatching(`-?[0-9]{1,15}(\.[0-9]{1,15})?(e-?[0-9])?`).Draw(t, "number")
		return text
	})
}

func rational(t *rapid.T, text string) *big.Rat {
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		t.Fatalf("%q is no number", text)
	}
	return r
}

func TestArithmeticIsExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := decimals().Draw(t, "a"), decimals().Draw(t, "b")
		sum, err := attribute.Add(a, b)
		want := new(big.Rat).Add(rational(t, a), rational(t, b))
		if err == nil && rational(t, sum).Cmp(want) != 0 {
			t.Fatalf("%s + %s = %s", a, b, sum)
		}
		if err != nil && !strings.Contains(err.Error(), "38 significant digits") {
			t.Fatal(err)
		}
		difference, err := attribute.Subtract(a, b)
		want.Sub(rational(t, a), rational(t, b))
		if err == nil && rational(t, difference).Cmp(want) != 0 {
			t.Fatalf("%s - %s = %s", a, b, difference)
		}
	})
	for _, test := range []struct{ a, b string }{{"9e125", "9e125"}, {"x", "1"}, {"1", "x"}, {"1e20", "1e-20"}} {
		if got, err := attribute.Add(test.a, test.b); err == nil {
			t.Errorf("%s + %s = %s", test.a, test.b, got)
		}
	}
}

func TestOrderedEncodingsCompareAsValuesDo(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		pair := func(label string) attribute.Value {
			v, err := attribute.Normalize(number(decimals().Draw(t, label)))
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		a, b := pair("a"), pair("b")
		order, _ := attribute.Compare(a, b)
		if got := strings.Compare(attribute.Ordered(a), attribute.Ordered(b)); got != order {
			t.Fatalf("the encodings compare as %d, the numbers as %d", got, order)
		}
		want := rational(t, a.(*types.AttributeValueMemberN).Value).Cmp(rational(t, b.(*types.AttributeValueMemberN).Value))
		if order != want {
			t.Fatalf("compared as %d, want %d", order, want)
		}
	})
	for _, v := range []attribute.Value{text("a"), binary('a')} {
		if got := attribute.Ordered(v); got != "a" {
			t.Errorf("%v is encoded as %q", v, got)
		}
	}
	if got := attribute.Ordered(null()); got != "" {
		t.Errorf("null is encoded as %q", got)
	}
}

func TestElements(t *testing.T) {
	t.Parallel()
	for _, set := range []attribute.Value{texts("a", "b"), numbers("1", "2"), binaries([]byte("a"), []byte("b"))} {
		elements, ok := attribute.Elements(set)
		if !ok || len(elements) != 2 {
			t.Errorf("%v has elements %v", set, elements)
		}
		if diff := cmp.Diff(set, attribute.SetLike(set, slices.Clone(elements)), ignoreUnexported); diff != "" {
			t.Errorf("(-set +rebuilt):\n%s", diff)
		}
	}
	if _, ok := attribute.Elements(list(text("a"))); ok {
		t.Error("a list has a set's elements")
	}
	for v, want := range map[attribute.Value]string{text("a"): "SS", number("1"): "NS", binary(1): "BS"} {
		if _, setType, ok := attribute.ElementOf(v); !ok || setType != want {
			t.Errorf("%v is an element of %s", v, setType)
		}
	}
	if _, _, ok := attribute.ElementOf(null()); ok {
		t.Error("null is an element of a set")
	}
}
