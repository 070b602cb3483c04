package attribute

import (
	"cmp"
	"math/big"
	"strconv"
	"strings"
)

// DynamoDB's numbers have up to 38 significant digits, and magnitudes from 1E-130
// to 9.9999999999999999999999999999999999999E+125.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html#HowItWorks.DataTypes.Number
const (
	maximumDigits   = 38
	maximumExponent = 126  // of 0.DIGITS
	minimumExponent = -129 // of 0.DIGITS
)

// A number is ±0.DIGITS × 10^exponent, with neither a leading nor a trailing
// zero in digits. Zero has no digits, no sign and exponent 0.
type number struct {
	negative bool
	digits   string
	exponent int
}

// parseNumber reads decimal notation with or without an exponent, and checks DynamoDB's range.
func parseNumber(text string) (number, error) {
	invalid := func() (number, error) {
		return number{}, Invalid("The parameter cannot be converted to a numeric value: %s", text)
	}
	rest, negative := text, false
	if rest != "" && (rest[0] == '-' || rest[0] == '+') {
		negative, rest = rest[0] == '-', rest[1:]
	}
	exponent := 0
	if at := strings.IndexAny(rest, "eE"); at >= 0 {
		var err error
		if exponent, err = strconv.Atoi(rest[at+1:]); err != nil || exponent > 1e6 || exponent < -1e6 {
			return invalid()
		}
		rest = rest[:at]
	}
	whole, fraction, _ := strings.Cut(rest, ".")
	digits := whole + fraction
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return invalid()
	}
	exponent += len(whole)
	significant := strings.TrimLeft(digits, "0")
	exponent -= len(digits) - len(significant)
	return newNumber(negative, significant, exponent)
}

// newNumber drops trailing zeros and checks the range; digits has no leading zero.
func newNumber(negative bool, digits string, exponent int) (number, error) {
	digits = strings.TrimRight(digits, "0")
	switch {
	case digits == "":
		return number{}, nil
	case len(digits) > maximumDigits:
		return number{}, Invalid("Attempting to store more than 38 significant digits in a Number")
	case exponent > maximumExponent:
		return number{}, Invalid("Number overflow. Attempting to store a number with magnitude larger than supported range")
	case exponent < minimumExponent:
		return number{}, Invalid("Number underflow. Attempting to store a number with magnitude smaller than supported range")
	}
	return number{negative: negative, digits: digits, exponent: exponent}, nil
}

// String is plain decimal notation, without exponent and needless zeros.
func (n number) String() string {
	if n.digits == "" {
		return "0"
	}
	var text strings.Builder
	if n.negative {
		text.WriteByte('-')
	}
	switch {
	case n.exponent <= 0:
		text.WriteString("0." + strings.Repeat("0", -n.exponent) + n.digits)
	case n.exponent >= len(n.digits):
		text.WriteString(n.digits + strings.Repeat("0", n.exponent-len(n.digits)))
	default:
		text.WriteString(n.digits[:n.exponent] + "." + n.digits[n.exponent:])
	}
	return text.String()
}

// ordered encodes n so that the encodings of two numbers compare as the numbers do.
func (n number) ordered() string {
	const negative, zero, positive = 0, 1, 2
	if n.digits == "" {
		return string([]byte{zero})
	}
	encoded := make([]byte, 0, 2+len(n.digits)+1)
	encoded = append(encoded, positive, byte(n.exponent-minimumExponent))
	encoded = append(encoded, n.digits...)
	if !n.negative {
		return string(encoded)
	}
	for i := range encoded {
		encoded[i] = ^encoded[i]
	}
	encoded[0] = negative
	return string(append(encoded, 0xff)) // so that -1 is above -1.5, although it is its prefix
}

func normalizeNumber(text string) (string, error) {
	if smallInteger(text) {
		return text, nil
	}
	n, err := parseNumber(text)
	if err != nil {
		return "", err
	}
	return n.String(), nil
}

// smallInteger reports whether text is a positive integer in DynamoDB's own
// notation whose sums fit an int64: by far the most numbers are.
func smallInteger(text string) bool {
	if text == "" || len(text) > 18 || text[0] == '0' {
		return text == "0"
	}
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return true
}

func compareNumbers(a, b string) int {
	if smallInteger(a) && smallInteger(b) {
		return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
	}
	return strings.Compare(orderedNumber(a), orderedNumber(b))
}

// orderedNumber is the ordered encoding of a normalised number.
func orderedNumber(text string) string {
	n, err := parseNumber(text)
	if err != nil {
		return ""
	}
	return n.ordered()
}

// Add is the sum of two numbers, exact, or an error when it is out of DynamoDB's range.
func Add(a, b string) (string, error) { return add(a, b, false) }

// Subtract is a less b, exact, or an error when it is out of DynamoDB's range.
func Subtract(a, b string) (string, error) { return add(a, b, true) }

func add(a, b string, negateB bool) (string, error) {
	first, err := parseNumber(a)
	if err != nil {
		return "", err
	}
	second, err := parseNumber(b)
	if err != nil {
		return "", err
	}
	second.negative = second.negative != negateB
	scale := min(first.exponent-len(first.digits), second.exponent-len(second.digits))
	sum := new(big.Int).Add(first.scaled(scale), second.scaled(scale))
	digits := new(big.Int).Abs(sum).Text(10)
	exponent := scale + len(digits)
	if sum.Sign() == 0 {
		digits, exponent = "", 0
	}
	n, err := newNumber(sum.Sign() < 0, digits, exponent)
	if err != nil {
		return "", err
	}
	return n.String(), nil
}

// scaled is n in units of 10^scale, which divides it.
func (n number) scaled(scale int) *big.Int {
	value := new(big.Int)
	if n.digits == "" {
		return value
	}
	value.SetString(n.digits+strings.Repeat("0", n.exponent-len(n.digits)-scale), 10)
	if n.negative {
		value.Neg(value)
	}
	return value
}
