package lambda

import "reflect"

// assign copies each field of from, a struct, that is not zero into the field of
// into, a pointer to a struct, that has the same name and type. The SDK's inputs
// and outputs repeat the thirty fields of a function's configuration.
func assign(into, from any) {
	target, source := reflect.ValueOf(into).Elem(), reflect.ValueOf(from)
	for i := range source.NumField() {
		field := source.Type().Field(i)
		value := source.Field(i)
		if !field.IsExported() || value.IsZero() {
			continue
		}
		if to := target.FieldByName(field.Name); to.IsValid() && to.Type() == value.Type() {
			to.Set(value)
		}
	}
}
