package flag

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// The attributes by which the variant tells, beside those of the default variant, which it has too.
const (
	attributeVersion = "goldfinchVersion"
	attributeAddress = "goldfinchAddress"
	attributeRelease = "goldfinchRelease"
)

// attributes are the names of the attributes that Goldfinch adds to a flag.
func attributes() []string { return []string{attributeAddress, attributeRelease, attributeVersion} }

// A variant is one of a flag.
type variant struct {
	Name            string                     `json:"name"`
	Enabled         bool                       `json:"enabled"`
	AttributeValues map[string]json.RawMessage `json:"attributeValues,omitempty"`
	Rule            string                     `json:"rule,omitempty"`
}

// text is an attribute that is a text; empty when it is none.
func (v variant) text(attribute string) string {
	var text string
	if err := json.Unmarshal(v.AttributeValues[attribute], &text); err != nil {
		return ""
	}
	return text
}

// variantsOf are a flag's variants; none of a basic flag, or of one that does not exist.
func variantsOf(content []byte, flag string) ([]variant, error) {
	at, ok := find(content, "values", flag, variantsKey)
	if !ok {
		return nil, nil
	}
	var variants []variant
	if err := json.Unmarshal(content[at.start:at.end], &variants); err != nil {
		return nil, fmt.Errorf("read the variants of flag %s: %w", flag, err)
	}
	return variants, nil
}

// A standing is where the flag stands in what is deployed.
type standing struct {
	position
	// foreign says what is there when this release has not written it; empty when it has, or there is nothing.
	foreign string
}

// standing reads where the flag stands.
func (t *Target) standing(content []byte) (standing, error) {
	match := t.match()
	variants, err := variantsOf(content, match.Flag)
	if err != nil {
		return standing{}, err
	}
	i := slices.IndexFunc(variants, func(one variant) bool { return one.Name == match.Variant })
	if i < 0 {
		return standing{position: off}, nil
	}
	found := variants[i]
	if found.text(attributeRelease) == t.release && found.Enabled {
		for _, at := range t.ladder.positions(found.text(attributeVersion)) {
			if !at.isOff() && t.ladder.rule(at) == found.Rule {
				return standing{position: at}, nil
			}
		}
	}
	what := fmt.Sprintf("variant %s of flag %s with rule %s", match.Variant, match.Flag, found.Rule)
	if by := found.text(attributeRelease); by != "" {
		what += ", which release " + by + " made"
	}
	if !found.Enabled {
		what += ", which is not enabled"
	}
	return standing{position: off, foreign: what}, nil
}

// written is the content with the flag in a position, and without what a release had written into it before.
func (t *Target) written(ctx context.Context, content []byte, at position) ([]byte, error) {
	match := t.match()
	content, err := without(content, match.Flag, match.Variant)
	if err != nil || at.isOff() {
		return content, err
	}
	address, err := t.address(ctx, at.version)
	if err != nil {
		return nil, err
	}
	variants, err := variantsOf(content, match.Flag)
	if err != nil {
		return nil, err
	}
	if len(variants) == 0 {
		return nil, release.Fail(release.KindConflict, "flag %s of profile %s has no variants any more", match.Flag, match.Profile).
			WithHint("somebody changed the flag during this release; give it a default variant")
	}
	made := variant{Name: match.Variant, Enabled: true, AttributeValues: map[string]json.RawMessage{}, Rule: t.ladder.rule(at)}
	for name, value := range variants[len(variants)-1].AttributeValues {
		made.AttributeValues[name] = value
	}
	for name, value := range map[string]string{attributeVersion: at.version, attributeAddress: address, attributeRelease: t.release} {
		if made.AttributeValues[name], err = plain(value); err != nil {
			return nil, err
		}
	}
	text, err := plain(made)
	if err != nil {
		return nil, err
	}
	return with(content, match.Flag, text)
}

// plain is JSON as people write it: < and & stay what they are.
func plain(value any) (json.RawMessage, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, fmt.Errorf("write a variant: %w", err)
	}
	return bytes.TrimSpace(out.Bytes()), nil
}
