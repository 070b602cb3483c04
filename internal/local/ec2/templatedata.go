package ec2

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"

	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// merged are the parameters of a new version: those of its source (nil is none), and in their place those that were asked for.
// A parameter is taken whole: block devices that are asked for are not added to those of the source.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateLaunchTemplateVersion.html (SourceVersion)
//
// The SDK has one type for what is asked and another for what is answered, whose fields have the same names.
func merged(source *types.ResponseLaunchTemplateData, asked *types.RequestLaunchTemplateData) (*types.ResponseLaunchTemplateData, error) {
	parameters := map[string]json.RawMessage{}
	for _, from := range []any{source, asked} {
		given, err := givenParameters(from)
		if err != nil {
			return nil, internal(fmt.Errorf("read launch template data: %w", err))
		}
		maps.Copy(parameters, given)
	}
	text, err := json.Marshal(parameters)
	if err != nil {
		return nil, internal(fmt.Errorf("write launch template data: %w", err))
	}
	data := &types.ResponseLaunchTemplateData{}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(data); err != nil {
		return nil, internal(fmt.Errorf("write launch template data: %w", err))
	}
	return data, nil
}

// givenParameters are the fields that are set.
func givenParameters(from any) (map[string]json.RawMessage, error) {
	text, err := json.Marshal(from)
	if err != nil {
		return nil, err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return nil, err
	}
	maps.DeleteFunc(fields, func(_ string, value json.RawMessage) bool {
		return string(value) == "null" || string(value) == `""` || string(value) == "[]"
	})
	return fields, nil
}
