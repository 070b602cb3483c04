package attribute

import (
	"encoding/binary"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// AppendDistinct appends bytes that tell v from every other value, and from the
// beginning of any: two values have the same ones exactly if they have the same
// type and are written the same. The order of a map's members does not count, that of a set's elements does.
func AppendDistinct(data []byte, v Value) []byte {
	data = appendLength(data, TypeOf(v))
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return appendLength(data, v.Value)
	case *types.AttributeValueMemberN:
		return appendLength(data, v.Value)
	case *types.AttributeValueMemberB:
		return appendLength(data, v.Value)
	case *types.AttributeValueMemberBOOL:
		return strconv.AppendBool(data, v.Value)
	case *types.AttributeValueMemberNULL:
		return strconv.AppendBool(data, v.Value)
	case *types.AttributeValueMemberM:
		data = binary.AppendUvarint(data, uint64(len(v.Value)))
		names := make([]string, 0, len(v.Value))
		for name := range v.Value {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			data = AppendDistinct(appendLength(data, name), v.Value[name])
		}
	case *types.AttributeValueMemberL:
		data = binary.AppendUvarint(data, uint64(len(v.Value)))
		for _, element := range v.Value {
			data = AppendDistinct(data, element)
		}
	default:
		elements, _ := Elements(v)
		data = binary.AppendUvarint(data, uint64(len(elements)))
		for _, element := range elements {
			data = appendLength(data, element)
		}
	}
	return data
}

// appendLength appends text behind its length, so that it ends where nothing else could.
func appendLength[Text string | []byte](data []byte, text Text) []byte {
	return append(binary.AppendUvarint(data, uint64(len(text))), text...)
}
