package expression

import (
	"cmp"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/goldfinch-dev/goldfinch/internal/local/dynamodb/attribute"
)

// Apply returns the item with the update made, which may share with the old one what was not touched. Every operand is
// evaluated in the item as it was. The update must have been checked in scope.
func (u *Update) Apply(item attribute.Item, scope Scope) (attribute.Item, error) {
	out := make(attribute.Item, len(item)+len(u.targets))
	sets := u.sets
	if areNames(u.targets) {
		maps.Copy(out, item) // whole attributes are replaced, so that the others may be shared
	} else {
		for name, v := range item {
			out[name] = attribute.Copy(v)
		}
		sets = slices.Clone(sets)
		slices.SortStableFunc(sets, func(a, b assignment) int { return comparePaths(a.path, b.path) })
	}
	for _, set := range sets {
		v, err := set.value.compute(item, scope)
		if err != nil {
			return nil, err
		}
		if len(set.path) == 1 {
			out[set.path[0].nameIn(scope)] = attribute.Copy(v)
		} else if err := write(out, set.path.resolve(scope), attribute.Copy(v)); err != nil {
			return nil, err
		}
	}
	for _, addition := range u.adds {
		if err := merge(out, addition, item, scope, add); err != nil {
			return nil, err
		}
	}
	for _, deletion := range u.deletes {
		if err := merge(out, deletion, item, scope, without); err != nil {
			return nil, err
		}
	}
	removes := resolveAll(u.removes, scope)
	slices.SortStableFunc(removes, func(a, b path) int { return comparePaths(b, a) })
	for _, removed := range removes {
		if err := remove(out, removed); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// comparePaths orders the elements of one list by their index: those that are set beyond its end are
// appended in that order, and removed ones go from the last to the first.
func comparePaths(a, b path) int {
	return slices.CompareFunc(a, b, func(a, b element) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.index, b.index))
	})
}

func invalidPath() error {
	return attribute.Invalid("The document path provided in the update expression is invalid for update")
}

func incorrectType() error {
	return attribute.Invalid("An operand in the update expression has an incorrect data type")
}

// parent returns what the last element of a resolved path is a part of.
func parent(item attribute.Item, p path) attribute.Value {
	if len(p) == 1 {
		return &types.AttributeValueMemberM{Value: item}
	}
	return p[:len(p)-1].find(item)
}

// write sets what a resolved path leads to; an index beyond a list's end appends.
func write(item attribute.Item, p path, v attribute.Value) error {
	last := p[len(p)-1]
	switch within := parent(item, p).(type) {
	case *types.AttributeValueMemberM:
		if !last.isIndex {
			within.Value[last.name] = v
			return nil
		}
	case *types.AttributeValueMemberL:
		if last.isIndex {
			if last.index < len(within.Value) {
				within.Value[last.index] = v
			} else {
				within.Value = append(within.Value, v)
			}
			return nil
		}
	}
	return invalidPath()
}

// remove deletes what a resolved path leads to; nothing there is no error, but
// nothing that it could be a part of is.
func remove(item attribute.Item, p path) error {
	last := p[len(p)-1]
	switch within := parent(item, p).(type) {
	case *types.AttributeValueMemberM:
		if !last.isIndex {
			delete(within.Value, last.name)
			return nil
		}
	case *types.AttributeValueMemberL:
		if last.isIndex {
			if last.index < len(within.Value) {
				within.Value = slices.Delete(within.Value, last.index, last.index+1)
			}
			return nil
		}
	}
	return invalidPath()
}

// merge replaces what an action's path leads to by combine of it and the action's
// value; a nil result removes it.
func merge(out attribute.Item, action merger, item attribute.Item, scope Scope, combine func(old, operand attribute.Value) (attribute.Value, error)) error {
	target := action.path.resolve(scope)
	v, err := combine(target.find(item), action.value.in(item, scope))
	if err != nil {
		return err
	}
	if v == nil {
		return remove(out, target)
	}
	return write(out, target, v)
}

// add is ADD: a sum of numbers, or a union of sets.
func add(old, operand attribute.Value) (attribute.Value, error) {
	if old == nil {
		return attribute.Copy(operand), nil
	}
	if attribute.TypeOf(old) != attribute.TypeOf(operand) {
		return nil, incorrectType()
	}
	if number, ok := old.(*types.AttributeValueMemberN); ok {
		return sumOf("+", number, operand.(*types.AttributeValueMemberN))
	}
	union, _ := attribute.Elements(old)
	added, _ := attribute.Elements(operand)
	union = slices.Clone(union)
	for _, element := range added {
		if !slices.Contains(union, element) {
			union = append(union, element)
		}
	}
	return attribute.SetLike(old, union), nil
}

// without is DELETE: a set less the elements of another; nil when none are left.
func without(old, operand attribute.Value) (attribute.Value, error) {
	if old == nil {
		return nil, nil
	}
	if attribute.TypeOf(old) != attribute.TypeOf(operand) {
		return nil, incorrectType()
	}
	elements, _ := attribute.Elements(old)
	removed, _ := attribute.Elements(operand)
	left := slices.DeleteFunc(slices.Clone(elements), func(element string) bool { return slices.Contains(removed, element) })
	if len(left) == 0 {
		return nil, nil
	}
	return attribute.SetLike(old, left), nil
}

func sumOf(operator string, a, b *types.AttributeValueMemberN) (attribute.Value, error) {
	compute := attribute.Add
	if operator == "-" {
		compute = attribute.Subtract
	}
	text, err := compute(a.Value, b.Value)
	if err != nil {
		return nil, err
	}
	return &types.AttributeValueMemberN{Value: text}, nil
}
