package asl

import (
	"cmp"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
)

// Limits of the intrinsic functions.
// https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
const (
	maxRange      = 1000   // items of States.ArrayRange
	maxCodedRunes = 10_000 // characters of Base64 and Hash arguments
)

const formatName = "States.Format"

// An intrinsic is one of the functions that the language defines.
type intrinsic struct {
	least, most int // arguments; most is -1 for any number
	apply       func(chance contextual, arguments []any) (any, error)
}

func (i intrinsic) count() string {
	switch i.most {
	case i.least:
		return fmt.Sprint(i.least)
	case -1:
		return fmt.Sprintf("%d or more", i.least)
	}
	return fmt.Sprintf("%d to %d", i.least, i.most)
}

// pure makes an intrinsic of a function that needs its arguments alone.
func pure(count int, apply func(arguments []any) (any, error)) intrinsic {
	return intrinsic{count, count, func(_ contextual, arguments []any) (any, error) { return apply(arguments) }}
}

func intrinsicNamed(name string) (intrinsic, bool) {
	switch name {
	case formatName:
		return intrinsic{1, -1, formatText}, true
	case "States.StringToJson":
		return pure(1, stringToJSON), true
	case "States.JsonToString":
		return pure(1, func(a []any) (any, error) { return string(appendJSON(nil, a[0])), nil }), true
	case "States.Array":
		return intrinsic{0, -1, func(_ contextual, a []any) (any, error) { return a, nil }}, true
	case "States.ArrayPartition":
		return pure(2, arrayPartition), true
	case "States.ArrayContains":
		return pure(2, arrayContains), true
	case "States.ArrayRange":
		return pure(3, arrayRange), true
	case "States.ArrayGetItem":
		return pure(2, arrayGetItem), true
	case "States.ArrayLength":
		return pure(1, arrayLength), true
	case "States.ArrayUnique":
		return pure(1, arrayUnique), true
	case "States.Base64Encode":
		return pure(1, base64Encode), true
	case "States.Base64Decode":
		return pure(1, base64Decode), true
	case "States.Hash":
		return pure(2, hashText), true
	case "States.JsonMerge":
		return pure(3, jsonMerge), true
	case "States.MathRandom":
		return intrinsic{2, 3, mathRandom}, true
	case "States.MathAdd":
		return pure(2, mathAdd), true
	case "States.StringSplit":
		return pure(2, stringSplit), true
	case "States.UUID":
		return intrinsic{0, 0, func(chance contextual, _ []any) (any, error) { return chance.unique(), nil }}, true
	}
	return intrinsic{}, false
}

// formatText is States.Format with a template that is only known now; literal ones are compiled (formatCall).
func formatText(_ contextual, arguments []any) (any, error) {
	form, err := asString(arguments[0], "first")
	if err != nil {
		return nil, err
	}
	pieces, err := formatPieces(form)
	if err != nil {
		return nil, err
	}
	if len(pieces) != len(arguments) {
		return nil, fmt.Errorf("%d arguments for %d places {}", len(arguments)-1, len(pieces)-1)
	}
	var text strings.Builder
	for i, piece := range pieces {
		if i > 0 {
			text.WriteString(javaText(arguments[i]))
		}
		text.WriteString(piece)
	}
	return text.String(), nil
}

// javaText is how Step Functions shows a value in States.Format: strings bare, objects as {a=1, b=[]}.
func javaText(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case []any:
		items := make([]string, len(v))
		for i, item := range v {
			items[i] = javaText(item)
		}
		return "[" + strings.Join(items, ", ") + "]"
	case map[string]any:
		members := make([]string, 0, len(v))
		for _, key := range sortedKeys(v) {
			members = append(members, key+"="+javaText(v[key]))
		}
		return "{" + strings.Join(members, ", ") + "}"
	}
	return string(appendJSON(nil, value))
}

func stringToJSON(arguments []any) (any, error) {
	text, err := asString(arguments[0], "first")
	if err != nil || strings.TrimSpace(text) == "" {
		return nil, err
	}
	return decodeJSON([]byte(text))
}

func arrayPartition(arguments []any) (any, error) {
	items, err := asList(arguments[0])
	if err != nil {
		return nil, err
	}
	size, err := asWhole(arguments[1], "second")
	if err != nil {
		return nil, err
	}
	if size <= 0 {
		return nil, errors.New("the chunk size is not positive")
	}
	chunks := []any{}
	for chunk := range slices.Chunk(items, int(min(size, math.MaxInt32))) {
		chunks = append(chunks, chunk)
	}
	return chunks, nil
}

func arrayContains(arguments []any) (any, error) {
	items, err := asList(arguments[0])
	return slices.ContainsFunc(items, func(item any) bool { return equalJSON(item, arguments[1]) }), err
}

func arrayRange(arguments []any) (any, error) {
	first, err := asWhole(arguments[0], "first")
	last, err2 := asWhole(arguments[1], "second")
	increment, err3 := asWhole(arguments[2], "third")
	if err := cmp.Or(err, err2, err3); err != nil {
		return nil, err
	}
	if increment == 0 {
		return nil, errors.New("the increment is zero")
	}
	items := []any{}
	for next := first; (increment > 0 && next <= last) || (increment < 0 && next >= last); next += increment {
		if len(items) == maxRange {
			return nil, fmt.Errorf("more than %d items", maxRange)
		}
		items = append(items, next)
	}
	return items, nil
}

func arrayGetItem(arguments []any) (any, error) {
	items, err := asList(arguments[0])
	if err != nil {
		return nil, err
	}
	index, err := asWhole(arguments[1], "second")
	if err != nil {
		return nil, err
	}
	if index < 0 || index >= int64(len(items)) {
		return nil, fmt.Errorf("index %d is outside of a list of %d", index, len(items))
	}
	return items[index], nil
}

func arrayLength(arguments []any) (any, error) {
	items, err := asList(arguments[0])
	return int64(len(items)), err
}

func arrayUnique(arguments []any) (any, error) {
	items, err := asList(arguments[0])
	unique := []any{}
	for _, item := range items {
		if !slices.ContainsFunc(unique, func(seen any) bool { return equalJSON(seen, item) }) {
			unique = append(unique, item)
		}
	}
	return unique, err
}

func base64Encode(arguments []any) (any, error) {
	text, err := asCoded(arguments[0])
	return base64.StdEncoding.EncodeToString([]byte(text)), err
}

func base64Decode(arguments []any) (any, error) {
	text, err := asCoded(arguments[0])
	if err != nil {
		return nil, err
	}
	data, err := base64.StdEncoding.DecodeString(text)
	return string(data), err
}

func hashText(arguments []any) (any, error) {
	text, err := asCoded(arguments[0])
	if err != nil {
		return nil, err
	}
	var sum []byte
	switch data := []byte(text); arguments[1] {
	case "MD5":
		digest := md5.Sum(data)
		sum = digest[:]
	case "SHA-1":
		digest := sha1.Sum(data)
		sum = digest[:]
	case "SHA-256":
		digest := sha256.Sum256(data)
		sum = digest[:]
	case "SHA-384":
		digest := sha512.Sum384(data)
		sum = digest[:]
	case "SHA-512":
		digest := sha512.Sum512(data)
		sum = digest[:]
	default:
		return nil, errors.New("the algorithm is none of MD5, SHA-1, SHA-256, SHA-384, SHA-512")
	}
	return hex.EncodeToString(sum), nil
}

func jsonMerge(arguments []any) (any, error) {
	first, ok := arguments[0].(map[string]any)
	second, ok2 := arguments[1].(map[string]any)
	if !ok || !ok2 {
		return nil, errors.New("the first two arguments are not both objects")
	}
	if arguments[2] != false {
		return nil, errors.New("the third argument is not false: Step Functions has no deep merge")
	}
	merged := make(map[string]any, len(first)+len(second))
	for _, object := range []map[string]any{first, second} {
		for key, value := range object {
			merged[key] = value
		}
	}
	return merged, nil
}

func mathRandom(chance contextual, arguments []any) (any, error) {
	least, err := asRounded(arguments[0], "first")
	bound, err2 := asRounded(arguments[1], "second")
	if err := cmp.Or(err, err2); err != nil {
		return nil, err
	}
	if bound <= least {
		return nil, errors.New("the end is not greater than the start")
	}
	drawn := chance.random
	if len(arguments) == 3 {
		seed, err := asRounded(arguments[2], "third")
		if err != nil {
			return nil, err
		}
		drawn = rand.New(rand.NewPCG(uint64(seed), 0)).Float64
	}
	return least + int64(drawn()*float64(bound-least)), nil
}

func mathAdd(arguments []any) (any, error) {
	first, err := asRounded(arguments[0], "first")
	second, err2 := asRounded(arguments[1], "second")
	if err := cmp.Or(err, err2); err != nil {
		return nil, err
	}
	sum := first + second
	if sum < math.MinInt32 || sum > math.MaxInt32 {
		return nil, fmt.Errorf("the sum %d is outside of 32 bits", sum)
	}
	return sum, nil
}

func stringSplit(arguments []any) (any, error) {
	text, err := asString(arguments[0], "first")
	separators, err2 := asString(arguments[1], "second")
	if err := cmp.Or(err, err2); err != nil {
		return nil, err
	}
	parts := []any{}
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(separators, r) }) {
		parts = append(parts, part)
	}
	return parts, nil
}

func asString(value any, which string) (string, error) {
	text, ok := value.(string)
	if !ok {
		return "", fmt.Errorf("the %s argument is not a string", which)
	}
	return text, nil
}

// asCoded is a text short enough for the coding functions.
func asCoded(value any) (string, error) {
	text, err := asString(value, "first")
	if err == nil && len(text) > maxCodedRunes && len([]rune(text)) > maxCodedRunes {
		err = fmt.Errorf("the first argument has more than %d characters", maxCodedRunes)
	}
	return text, err
}

func asList(value any) ([]any, error) {
	items, ok := value.([]any)
	if !ok {
		return nil, errors.New("the first argument is not a list")
	}
	return items, nil
}

// asWhole cuts a fraction off.
func asWhole(value any, which string) (int64, error) { return asInteger(value, which, math.Floor) }

// asRounded rounds half up, also below zero.
func asRounded(value any, which string) (int64, error) {
	return asInteger(value, which, func(f float64) float64 { return math.Floor(f + 0.5) })
}

func asInteger(value any, which string, round func(float64) float64) (int64, error) {
	number, ok := asFloat(value)
	if !ok {
		return 0, fmt.Errorf("the %s argument is not a number", which)
	}
	// 2^53 bounds what a float holds exactly, and keeps later sums inside of 64 bits.
	if math.Abs(number) > 1<<53 {
		return 0, fmt.Errorf("the %s argument is too large", which)
	}
	return int64(round(number)), nil
}
