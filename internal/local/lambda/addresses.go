package lambda

import (
	"maps"
	"slices"
)

// Aliases lists all aliases of all functions, as FUNCTION/ALIAS, in order.
func (s *Service) Aliases() []string {
	s.books.mu.RLock()
	defer s.books.mu.RUnlock()
	var all []string
	for _, name := range slices.Sorted(maps.Keys(s.books.functions)) {
		for _, alias := range slices.Sorted(maps.Keys(s.books.functions[name].aliases)) {
			all = append(all, name+"/"+alias)
		}
	}
	return all
}
