package appconfig

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/appconfig/types"
)

// A flagSet is a configuration of type AWS.AppConfig.FeatureFlags
// (https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-type-reference-feature-flags.html).
type flagSet struct {
	Version string                     `json:"version"`
	Flags   map[string]flagDefinition  `json:"flags"`
	Values  map[string]json.RawMessage `json:"values"`
}

type flagDefinition struct {
	Name        string                         `json:"name"`
	Description string                         `json:"description"`
	CreatedAt   string                         `json:"_createdAt"`
	UpdatedAt   string                         `json:"_updatedAt"`
	Deprecation json.RawMessage                `json:"_deprecation"`
	Attributes  map[string]attributeDefinition `json:"attributes"`
}

type attributeDefinition struct {
	Description string `json:"description"`
	Constraints struct {
		Type     string          `json:"type"`
		Required bool            `json:"required"`
		Enum     []any           `json:"enum"`
		Pattern  string          `json:"pattern"`
		Minimum  *float64        `json:"minimum"`
		Maximum  *float64        `json:"maximum"`
		Elements json.RawMessage `json:"elements"`
	} `json:"constraints"`
}

// A flagValue is that of a flag with variants; of a basic flag it has none.
type flagValue struct {
	Variants  []flagVariant `json:"_variants"`
	CreatedAt string        `json:"_createdAt"`
	UpdatedAt string        `json:"_updatedAt"`
}

type flagVariant struct {
	Name            string         `json:"name"`
	Enabled         bool           `json:"enabled"`
	AttributeValues map[string]any `json:"attributeValues"`
	Rule            string         `json:"rule"`
}

// rule is the variant's rule; nil when it is the default.
func (v flagVariant) rule() (*expression, error) {
	if v.Rule == "" {
		return nil, nil
	}
	rule, err := parseRule(v.Rule)
	return &rule, err
}

var (
	keyPattern     = regexp.MustCompile(`^[a-z][a-zA-Z\d_-]{0,63}$`)
	variantPattern = regexp.MustCompile(`^[^\n]{1,64}$`)
)

// What AWS's schema of feature flags bounds, texts in characters
// (https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-type-reference-feature-flags.html).
const (
	mostAttributes = 25
	mostVariants   = 32
	longestRule    = 16_384
	longestText    = 1024
)

// validate lists what is wrong with a configuration of feature flags.
func validate(content []byte) (wrong []types.InvalidConfigurationDetail) {
	reject := func(location, reason string, arguments ...any) {
		wrong = append(wrong, types.InvalidConfigurationDetail{
			Location: aws.String(location), Reason: aws.String(fmt.Sprintf(reason, arguments...)), Type: aws.String("INVALID_FLAG"),
		})
	}
	var set flagSet
	if err := strictly(content, &set); err != nil {
		reject("$", "%v", err)
		return wrong
	}
	if set.Version != "1" {
		reject("$.version", `must be "1"`)
	}
	for _, key := range slices.Sorted(maps.Keys(set.Flags)) {
		if !keyPattern.MatchString(key) {
			reject("$.flags."+key, "is no key of a flag")
		}
		if attributes := set.Flags[key].Attributes; len(attributes) > mostAttributes {
			reject("$.flags."+key+".attributes", "has %d attributes, more than %d", len(attributes), mostAttributes)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(set.Values)) {
		where := "$.values." + key
		definition, defined := set.Flags[key]
		if !defined {
			reject(where, "is defined nowhere")
			continue
		}
		var marks struct {
			Variants json.RawMessage `json:"_variants"`
		}
		if err := json.Unmarshal(set.Values[key], &marks); err != nil {
			reject(where, "%v", err)
			continue
		}
		if marks.Variants == nil {
			validateBasic(where, set.Values[key], definition, reject)
			continue
		}
		var value flagValue
		if err := strictly(set.Values[key], &value); err != nil {
			reject(where, "%v", err)
			continue
		}
		validateVariants(where, value.Variants, definition, reject)
	}
	return wrong
}

func validateBasic(where string, raw []byte, definition flagDefinition, reject func(string, string, ...any)) {
	var values map[string]any
	if err := json.Unmarshal(raw, &values); err != nil {
		reject(where, "%v", err)
		return
	}
	if _, ok := values["enabled"].(bool); !ok {
		reject(where+".enabled", "must be true or false")
	}
	for _, known := range []string{"enabled", "_createdAt", "_updatedAt"} {
		delete(values, known)
	}
	validateAttributes(where, values, definition, reject)
}

// validateVariants wants each variant to have a name of its own and a rule, and the last one to be the default, which has none.
func validateVariants(where string, variants []flagVariant, definition flagDefinition, reject func(string, string, ...any)) {
	if len(variants) == 0 {
		reject(where, "has no variant")
	}
	if len(variants) > mostVariants {
		reject(where+"._variants", "has %d variants, more than %d", len(variants), mostVariants)
	}
	names := map[string]bool{}
	for i, one := range variants {
		at := fmt.Sprintf("%s._variants[%d]", where, i)
		last := i == len(variants)-1
		switch {
		case one.Name == "":
			reject(at+".name", "is missing")
		case !variantPattern.MatchString(one.Name):
			reject(at+".name", "is not 1 to 64 characters in one line")
		case names[one.Name]:
			reject(at+".name", "two variants are named %s", one.Name)
		}
		names[one.Name] = true
		switch rule, err := one.rule(); {
		case utf8.RuneCountInString(one.Rule) > longestRule:
			reject(at+".rule", "is longer than %d characters", longestRule)
		case err != nil:
			reject(at+".rule", "%v", err)
		case last && rule != nil:
			reject(at+".rule", "the last variant is the default and has no rule")
		case !last && rule == nil:
			reject(at+".rule", "the default variant must be the last one")
		}
		validateAttributes(at+".attributeValues", one.AttributeValues, definition, reject)
	}
}

// validateAttributes wants every attribute to be defined, and of its type, and those that are required to be there.
func validateAttributes(where string, values map[string]any, definition flagDefinition, reject func(string, string, ...any)) {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		defined, ok := definition.Attributes[name]
		if !ok {
			reject(where+"."+name, "is not an attribute of the flag")
			continue
		}
		var fits bool
		switch value := values[name]; defined.Constraints.Type {
		case "string":
			text, isText := value.(string)
			fits = isText && utf8.RuneCountInString(text) <= longestText
		case "number":
			_, fits = value.(float64)
		case "boolean":
			_, fits = value.(bool)
		case "array":
			_, fits = value.([]any)
		}
		if !fits {
			reject(where+"."+name, "is no %s", defined.Constraints.Type)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(definition.Attributes)) {
		if _, ok := values[name]; definition.Attributes[name].Constraints.Required && !ok {
			reject(where+"."+name, "is required")
		}
	}
}

// strictly decodes JSON that has no other keys than those of out.
func strictly(data []byte, out any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	return decoder.Decode(out)
}
