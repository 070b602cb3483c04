package attribute

import (
	"encoding/base64"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// EncodeItem writes an item as DynamoDB JSON: {"name":{"S":"value"}}.
func EncodeItem(item Item) ([]byte, error) {
	data, err := AppendItem(make([]byte, 0, ItemSize(item)+32*len(item)), item)
	if err != nil {
		return nil, fmt.Errorf("encode item: %w", err)
	}
	return data, nil
}

// DecodeItem reads what EncodeItem wrote.
func DecodeItem(data []byte) (Item, error) {
	var item Item
	if err := json.Unmarshal(data, &item, json.WithUnmarshalers(Unmarshalers())); err != nil {
		return nil, fmt.Errorf("decode item: %w", err)
	}
	return item, nil
}

// Marshalers writes values within any document as DynamoDB JSON.
func Marshalers() *json.Marshalers { return json.MarshalToFunc(encode) }

// Unmarshalers reads values within any document from DynamoDB JSON.
func Unmarshalers() *json.Unmarshalers { return json.UnmarshalFromFunc(decode) }

func encode(encoder *jsontext.Encoder, v Value) error {
	data, err := appendValue(encoder.AvailableBuffer(), v)
	if err != nil {
		return err
	}
	return encoder.WriteValue(data)
}

// AppendItem appends an item as EncodeItem writes it.
func AppendItem(data []byte, item Item) ([]byte, error) {
	data = append(data, '{')
	first := true
	for name, v := range item {
		if !first {
			data = append(data, ',')
		}
		first = false
		var err error
		if data, err = jsontext.AppendQuote(data, name); err != nil {
			return nil, err
		}
		if data, err = appendValue(append(data, ':'), v); err != nil {
			return nil, err
		}
	}
	return append(data, '}'), nil
}

// appendValue appends {"TYPE":CONTENT}.
func appendValue(data []byte, v Value) (_ []byte, err error) {
	typeName := TypeOf(v)
	if typeName == "" {
		return nil, fmt.Errorf("%T is no attribute value", v)
	}
	data = append(data, `{"`...)
	data = append(data, typeName...)
	data = append(data, `":`...)
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		data, err = jsontext.AppendQuote(data, v.Value)
	case *types.AttributeValueMemberN:
		data, err = jsontext.AppendQuote(data, v.Value)
	case *types.AttributeValueMemberB:
		data = appendBinary(data, v.Value)
	case *types.AttributeValueMemberBOOL:
		data = strconv.AppendBool(data, v.Value)
	case *types.AttributeValueMemberNULL:
		data = strconv.AppendBool(data, v.Value)
	case *types.AttributeValueMemberM:
		data, err = AppendItem(data, v.Value)
	case *types.AttributeValueMemberL:
		data, err = appendList(data, v.Value, appendValue)
	case *types.AttributeValueMemberSS:
		data, err = appendList(data, v.Value, jsontext.AppendQuote)
	case *types.AttributeValueMemberNS:
		data, err = appendList(data, v.Value, jsontext.AppendQuote)
	case *types.AttributeValueMemberBS:
		data, err = appendList(data, v.Value, func(data, element []byte) ([]byte, error) { return appendBinary(data, element), nil })
	}
	return append(data, '}'), err
}

func appendList[E any](data []byte, elements []E, element func([]byte, E) ([]byte, error)) ([]byte, error) {
	data = append(data, '[')
	for i, e := range elements {
		if i > 0 {
			data = append(data, ',')
		}
		var err error
		if data, err = element(data, e); err != nil {
			return nil, err
		}
	}
	return append(data, ']'), nil
}

func appendBinary(data, content []byte) []byte {
	return append(base64.StdEncoding.AppendEncode(append(data, '"'), content), '"')
}

func decode(decoder *jsontext.Decoder, v *Value) error {
	if kind := decoder.PeekKind(); kind != '{' {
		return fmt.Errorf("an attribute value is an object, not %s", kind)
	}
	if _, err := decoder.ReadToken(); err != nil {
		return err
	}
	for decoder.PeekKind() != '}' {
		name, err := decoder.ReadToken()
		if err != nil {
			return err
		}
		if *v != nil {
			return Invalid("Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes")
		}
		if *v, err = decodeContent(decoder, name.String()); err != nil {
			return err
		}
	}
	_, err := decoder.ReadToken()
	return err
}

func decodeContent(decoder *jsontext.Decoder, typeName string) (Value, error) {
	switch typeName {
	case "S":
		v := &types.AttributeValueMemberS{}
		return v, json.UnmarshalDecode(decoder, &v.Value)
	case "N":
		v := &types.AttributeValueMemberN{}
		return v, json.UnmarshalDecode(decoder, &v.Value)
	case "B":
		v := &types.AttributeValueMemberB{}
		return v, json.UnmarshalDecode(decoder, &v.Value)
	case "BOOL":
		v := &types.AttributeValueMemberBOOL{}
		return v, json.UnmarshalDecode(decoder, &v.Value)
	case "NULL":
		v := &types.AttributeValueMemberNULL{}
		return v, json.UnmarshalDecode(decoder, &v.Value)
	case "M":
		v := &types.AttributeValueMemberM{}
		return v, json.UnmarshalDecode(decoder, &v.Value)
	case "L":
		v := &types.AttributeValueMemberL{}
		return v, json.UnmarshalDecode(decoder, &v.Value)
	case "SS":
		v := &types.AttributeValueMemberSS{}
		return v, json.UnmarshalDecode(decoder, &v.Value)
	case "NS":
		v := &types.AttributeValueMemberNS{}
		return v, json.UnmarshalDecode(decoder, &v.Value)
	case "BS":
		v := &types.AttributeValueMemberBS{}
		return v, json.UnmarshalDecode(decoder, &v.Value)
	default:
		return nil, fmt.Errorf("%q is no type of an attribute value", typeName)
	}
}
