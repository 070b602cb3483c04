package cli

import (
	"encoding/json"
	"fmt"
	"io"
)

// printJSON prints v as one indented JSON document.
func (s *session) printJSON(v any) error {
	encoder := json.NewEncoder(s.environment.Stdout)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return fmt.Errorf("print the result: %w", err)
	}
	return nil
}

// print prints v as JSON, or text, as the flags say.
func (s *session) print(v any, text string) error {
	if s.json() {
		return s.printJSON(v)
	}
	if _, err := io.WriteString(s.environment.Stdout, text); err != nil {
		return fmt.Errorf("print the result: %w", err)
	}
	return nil
}
