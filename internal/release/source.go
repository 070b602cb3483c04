package release

import "strings"

// A Source remembers where the keys of a document stand in its file, so that
// [Validate] can say so. A nil Source knows nothing.
type Source struct {
	places map[string]place
	broken map[string]bool
}

// A place is a position in a file, counted from 1.
type place struct{ line, column int }

func newSource() *Source {
	return &Source{places: map[string]place{}, broken: map[string]bool{}}
}

// Has reports whether the file gives the key at path, such as "analysis.delay".
func (s *Source) Has(path string) bool {
	if s == nil {
		return false
	}
	_, ok := s.places[path]
	return ok
}

// At returns where path stands, or the nearest key around it that the file
// gives; 0, 0 when nothing is known.
func (s *Source) At(path string) (line, column int) {
	if s == nil {
		return 0, 0
	}
	for {
		if found, ok := s.places[path]; ok {
			return found.line, found.column
		}
		if path == "" {
			return 0, 0
		}
		path = parent(path)
	}
}

// spoil notes that the value at path could not be read, so that whatever else
// might be said about it, or about the mapping that lacks it, is only noise.
func (s *Source) spoil(path string) {
	s.broken[path] = true
	if up := parent(path); up != "" {
		s.broken[up+" as a whole"] = true
	}
}

// spoiled reports whether a problem at path would only repeat one found while reading.
func (s *Source) spoiled(path string) bool {
	if s == nil {
		return false
	}
	if s.broken[path+" as a whole"] {
		return true
	}
	for ; path != ""; path = parent(path) {
		if s.broken[path] {
			return true
		}
	}
	return s.broken[""]
}

// parent is the path of the mapping or list around path; "" for a key of the document.
func parent(path string) string {
	return path[:max(strings.LastIndexAny(path, ".["), 0)]
}

// child is the path of a key within the mapping at path.
func child(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// Spoiled reports whether the value at path, or one around it, could not be read, so that
// a problem with it would only repeat what is known.
func (s *Source) Spoiled(path string) bool { return s.spoiled(path) }
