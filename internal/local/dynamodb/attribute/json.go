package attribute

import (
	"encoding/base64"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// EncodeItem writes an item as DynamoDB JSON: {"name":{"S":"value"}}.
func EncodeItem(item Item) ([]byte, error) {
	data, err := json.Marshal(item, json.WithMarshalers(Marshalers()))
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
	typeName := TypeOf(v)
	if typeName == "" {
		return fmt.Errorf("%T is no attribute value", v)
	}
	if err := encoder.WriteToken(jsontext.BeginObject); err != nil {
		return err
	}
	if err := encoder.WriteToken(jsontext.String(typeName)); err != nil {
		return err
	}
	if err := encodeContent(encoder, v); err != nil {
		return err
	}
	return encoder.WriteToken(jsontext.EndObject)
}

func encodeContent(encoder *jsontext.Encoder, v Value) error {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return encoder.WriteToken(jsontext.String(v.Value))
	case *types.AttributeValueMemberN:
		return encoder.WriteToken(jsontext.String(v.Value))
	case *types.AttributeValueMemberB:
		return encoder.WriteToken(jsontext.String(base64.StdEncoding.EncodeToString(v.Value)))
	case *types.AttributeValueMemberBOOL:
		return encoder.WriteToken(jsontext.Bool(v.Value))
	case *types.AttributeValueMemberNULL:
		return encoder.WriteToken(jsontext.Bool(v.Value))
	case *types.AttributeValueMemberM:
		return json.MarshalEncode(encoder, v.Value)
	case *types.AttributeValueMemberL:
		return json.MarshalEncode(encoder, v.Value)
	case *types.AttributeValueMemberBS:
		return json.MarshalEncode(encoder, v.Value)
	default:
		elements, _ := Elements(v)
		return json.MarshalEncode(encoder, elements)
	}
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
