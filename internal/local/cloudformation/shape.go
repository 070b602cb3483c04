package cloudformation

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// shape fills an input of the SDK, a pointer to a struct, with the properties of a
// resource, which have the same names. Texts become numbers and booleans where the
// SDK has those, as in CloudFormation, whose templates may quote them.
func shape(into any, properties map[string]any) error {
	return fill(reflect.ValueOf(into).Elem(), properties, "")
}

func fill(into reflect.Value, from any, at string) error {
	wrong := func() error { return invalid("Value of property %s has the wrong type: %v", at, from) }
	switch into.Kind() {
	case reflect.Pointer:
		into.Set(reflect.New(into.Type().Elem()))
		return fill(into.Elem(), from, at)
	case reflect.Struct:
		members, ok := from.(map[string]any)
		if !ok {
			return wrong()
		}
		for name, member := range members {
			field := into.FieldByName(name)
			if !field.IsValid() {
				return invalid("Encountered unsupported property %s", strings.TrimPrefix(at+"/"+name, "/"))
			}
			if err := fill(field, member, at+"/"+name); err != nil {
				return err
			}
		}
		return nil
	case reflect.Slice:
		list, ok := from.([]any)
		if !ok {
			return wrong()
		}
		into.Set(reflect.MakeSlice(into.Type(), len(list), len(list)))
		for i, item := range list {
			if err := fill(into.Index(i), item, fmt.Sprintf("%s/%d", at, i)); err != nil {
				return err
			}
		}
		return nil
	case reflect.Map:
		members, ok := from.(map[string]any)
		if !ok {
			return wrong()
		}
		into.Set(reflect.MakeMap(into.Type()))
		for name, member := range members {
			into.SetMapIndex(reflect.ValueOf(name), reflect.ValueOf(scalar(member)))
		}
		return nil
	}
	switch from.(type) {
	case string, bool:
	default:
		return wrong()
	}
	text := scalar(from)
	switch into.Kind() {
	case reflect.String:
		into.SetString(text)
	case reflect.Bool:
		value, err := strconv.ParseBool(text)
		if err != nil {
			return wrong()
		}
		into.SetBool(value)
	case reflect.Int32, reflect.Int64:
		value, err := strconv.ParseInt(text, 10, into.Type().Bits())
		if err != nil {
			return wrong()
		}
		into.SetInt(value)
	case reflect.Float64:
		value, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return wrong()
		}
		into.SetFloat(value)
	default:
		return wrong()
	}
	return nil
}

// properties is the way back: what a value of the SDK has, as the properties of a
// resource; what is nil or empty is not there.
func properties(of any) any { return unfill(reflect.ValueOf(of)) }

func unfill(value reflect.Value) any {
	switch value.Kind() {
	case reflect.Pointer:
		if value.IsNil() {
			return nil
		}
		return unfill(value.Elem())
	case reflect.Struct:
		members := map[string]any{}
		for i := range value.NumField() {
			field := value.Type().Field(i)
			if !field.IsExported() {
				continue
			}
			if member := unfill(value.Field(i)); member != nil && member != "" {
				members[field.Name] = member
			}
		}
		return members
	case reflect.Slice:
		if value.IsNil() {
			return nil
		}
		list := make([]any, value.Len())
		for i := range list {
			list[i] = unfill(value.Index(i))
		}
		return list
	default:
		return fmt.Sprint(value.Interface())
	}
}
