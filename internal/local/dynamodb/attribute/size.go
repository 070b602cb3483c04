package attribute

import "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

// MaximumItemSize is the most bytes that an item may have: 400 KB, names included.
const MaximumItemSize = 400 << 10

// ItemSize is the bytes for which DynamoDB counts an item: names and values.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
func ItemSize(item Item) int {
	size := 0
	for name, v := range item {
		size += len(name) + Size(v)
	}
	return size
}

// Size is the bytes for which DynamoDB counts a value.
func Size(v Value) int {
	const collection, member = 3, 1
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return len(v.Value)
	case *types.AttributeValueMemberN:
		return numberSize(v.Value)
	case *types.AttributeValueMemberB:
		return len(v.Value)
	case *types.AttributeValueMemberM:
		return collection + member*len(v.Value) + ItemSize(v.Value)
	case *types.AttributeValueMemberL:
		size := collection + member*len(v.Value)
		for _, element := range v.Value {
			size += Size(element)
		}
		return size
	case *types.AttributeValueMemberNS:
		size := 0
		for _, number := range v.Value {
			size += numberSize(number)
		}
		return size
	case *types.AttributeValueMemberSS, *types.AttributeValueMemberBS:
		size := 0
		elements, _ := Elements(v)
		for _, element := range elements {
			size += len(element)
		}
		return size
	default: // BOOL and NULL
		return 1
	}
}

// numberSize is one byte per two significant digits, and one more, and one for a minus.
func numberSize(text string) int {
	n, err := parseNumber(text)
	if err != nil {
		return len(text)
	}
	size := (len(n.digits)+1)/2 + 1
	if n.negative {
		size++
	}
	return size
}
