package attribute

import "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

// Ordered encodes a string, a number or a binary so that the encodings of two
// values of one type compare as the values do; "" for any other type.
func Ordered(v Value) string {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return v.Value
	case *types.AttributeValueMemberN:
		return orderedNumber(v.Value)
	case *types.AttributeValueMemberB:
		return string(v.Value)
	default:
		return ""
	}
}
