package asl_test

import (
	"os"
	"strings"
	"testing"
)

// An archive is a test's input and golden output in one file: a comment, and then
// sections, each after a line "-- name --" (the txtar format).
type archive struct {
	comment  string
	sections []section
}

type section struct{ name, text string }

func readArchive(t *testing.T, file string) archive {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var read archive
	for line := range strings.Lines(string(data)) {
		name, isRuler := strings.CutPrefix(line, "-- ")
		name, ends := strings.CutSuffix(name, " --\n")
		switch last := len(read.sections) - 1; {
		case isRuler && ends:
			read.sections = append(read.sections, section{name: name})
		case last < 0:
			read.comment += line
		default:
			read.sections[last].text += line
		}
	}
	return read
}

func (a archive) section(name string) string {
	for _, s := range a.sections {
		if s.name == name {
			return s.text
		}
	}
	return ""
}

// rewrite keeps the sections that are input (*.json), and puts others in place of the rest.
func (a archive) rewrite(t *testing.T, file string, golden []section) {
	t.Helper()
	text := a.comment
	for _, s := range a.sections {
		if strings.HasSuffix(s.name, ".json") {
			text += "-- " + s.name + " --\n" + s.text
		}
	}
	for _, s := range golden {
		text += "-- " + s.name + " --\n" + s.text
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
