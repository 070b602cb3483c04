package expression_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/local/dynamodb/attribute"
	"github.com/goldfinch-dev/goldfinch/internal/local/dynamodb/expression"
)

func TestUpdates(t *testing.T) {
	t.Parallel()
	const base = `{"n": {"N": "5"}, "s": {"S": "old"}, "l": {"L": [{"S": "0"}, {"S": "1"}, {"S": "2"}]}, "m": {"M": {"k": {"N": "1"}}}, "Color": {"SS": ["Red", "Black"]}, "Sizes": {"NS": ["1", "2"]}, "bs": {"BS": ["AQ==", "Ag=="]}}`
	tests := []struct {
		name, item, text string
		// want has the attributes that changed; null says that one is gone.
		want map[string]string
	}{
		{"set", base, "SET s = :S", map[string]string{"s": `{"S": "S"}`}},
		{"set a new one", base, "set #new = :S", map[string]string{"New": `{"S": "S"}`}},
		{"set in no item", "", "SET s = :S", map[string]string{"s": `{"S": "S"}`}},
		{"set several, from the old values", base, "SET n = n + :1, s = n, #a = s", map[string]string{"n": `{"N": "6"}`, "s": `{"N": "5"}`, "a": `{"S": "old"}`}},
		{"subtract", base, "SET n = :100 - n", map[string]string{"n": `{"N": "95"}`}},
		{"in parentheses", base, "SET n = (n + :1) - (:100)", map[string]string{"n": `{"N": "-94"}`}},
		{"set within a map", base, "SET m.k = m.k + :1, m.#new = :S", map[string]string{"m": `{"M": {"k": {"N": "2"}, "New": {"S": "S"}}}`}},
		{"set an element", base, "SET l[1] = :S", map[string]string{"l": `{"L": [{"S": "0"}, {"S": "S"}, {"S": "2"}]}`}},
		{"append by index", base, "SET l[9] = :X, l[5] = :S", map[string]string{"l": `{"L": [{"S": "0"}, {"S": "1"}, {"S": "2"}, {"S": "S"}, {"S": "X"}]}`}},
		{"list_append", base, "SET l = list_append(l, :list)", map[string]string{"l": `{"L": [{"S": "0"}, {"S": "1"}, {"S": "2"}, {"S": "x"}]}`}},
		{"list_append before", base, "SET l = list_append(:list, l)", map[string]string{"l": `{"L": [{"S": "x"}, {"S": "0"}, {"S": "1"}, {"S": "2"}]}`}},
		{"list_append to none", base, "SET #new = list_append(if_not_exists(#new, :empty), :list)", map[string]string{"New": `{"L": [{"S": "x"}]}`}},
		{"if_not_exists of an existing one", base, "SET n = if_not_exists(n, :0) + :1", map[string]string{"n": `{"N": "6"}`}},
		{"if_not_exists of none", base, "SET #new = if_not_exists(#new, :0) + :1", map[string]string{"New": `{"N": "1"}`}},
		{"remove", base, "REMOVE s, m.k, absent", map[string]string{"s": "null", "m": `{"M": {}}`}},
		{"remove elements", base, "REMOVE l[0], l[2], l[7]", map[string]string{"l": `{"L": [{"S": "1"}]}`}},
		{"set and remove", base, "REMOVE l[0] SET l[2] = :S", map[string]string{"l": `{"L": [{"S": "1"}, {"S": "S"}]}`}},
		{"add to a number", base, "ADD n :100", map[string]string{"n": `{"N": "105"}`}},
		{"add to none", base, "ADD #new :1, m.#a :1", map[string]string{"New": `{"N": "1"}`, "m": `{"M": {"k": {"N": "1"}, "a": {"N": "1"}}}`}},
		{"add to sets", base, "ADD Color :reds, Sizes :twos, bs :bs", map[string]string{"Color": `{"SS": ["Red", "Black", "Blue"]}`, "Sizes": `{"NS": ["1", "2", "3"]}`, "bs": `{"BS": ["AQ==", "Ag==", "Aw=="]}`}},
		{"delete from sets", base, "DELETE Color :reds, Sizes :twos, bs :bs", map[string]string{"Color": `{"SS": ["Black"]}`, "Sizes": `{"NS": ["1"]}`, "bs": `{"BS": ["AQ=="]}`}},
		{"delete a whole set", base, "DELETE Color :all", map[string]string{"Color": "null"}},
		{"delete from none", base, "DELETE absent :all", nil},
		{"all sections", base, "DELETE Sizes :twos ADD n :1 REMOVE s SET #new = :S", map[string]string{"Sizes": `{"NS": ["1"]}`, "n": `{"N": "6"}`, "s": "null", "New": `{"S": "S"}`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			item := itemOf(t, test.item)
			update, err := expression.ParseUpdate(test.text)
			if err != nil {
				t.Fatal(err)
			}
			scope := scopeOf(t, test.text)
			if err := scope.Check(update); err != nil {
				t.Fatal(err)
			}
			got, err := update.Apply(item, scope)
			if err != nil {
				t.Fatal(err)
			}
			want := attribute.CopyItem(item)
			if want == nil {
				want = attribute.Item{}
			}
			for name, v := range test.want {
				delete(want, name)
				if v != "null" {
					want[name] = itemOf(t, `{"v": `+v+`}`)["v"]
				}
			}
			if diff := cmp.Diff(want, got, ignoreUnexported); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(itemOf(t, test.item), item, ignoreUnexported); diff != "" {
				t.Errorf("the original changed (-before +after):\n%s", diff)
			}
		})
	}
}

func TestTouched(t *testing.T) {
	t.Parallel()
	text := "SET m.x = :S, #price = :1 REMOVE l[1] ADD n :1 DELETE Color :all"
	update, err := expression.ParseUpdate(text)
	if err != nil {
		t.Fatal(err)
	}
	scope := scopeOf(t, text)
	item := itemOf(t, `{"m": {"M": {"x": {"S": "1"}, "y": {"S": "2"}}}, "n": {"N": "1"}, "other": {"S": "3"}}`)
	want := itemOf(t, `{"m": {"M": {"x": {"S": "1"}}}, "n": {"N": "1"}}`)
	if diff := cmp.Diff(want, update.Touched(item, scope), ignoreUnexported); diff != "" {
		t.Errorf("touched (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"l", "m", "Price", "n", "Color"}, update.Attributes(scope)); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
}

func TestUpdatesThatAreRefused(t *testing.T) {
	t.Parallel()
	const item = `{"n": {"N": "5"}, "s": {"S": "old"}, "l": {"L": []}, "Color": {"SS": ["Red"]}}`
	tests := map[string]string{
		"":                                    "The expression can not be empty;",
		"a = :1":                              `Syntax error; token: "a", near: "a ="`,
		"SET":                                 `Syntax error; token: "<EOF>", near: "SET"`,
		"SET a":                               `Syntax error; token: "<EOF>", near: "a"`,
		"SET a = ":                            `Syntax error; token: "<EOF>", near: "="`,
		"SET a = :1,":                         `Syntax error; token: "<EOF>", near: ","`,
		"SET a = :1 SET s = :1":               `The "SET" section can only be used once in an update expression;`,
		"SET a = :1 + :1 + :1":                `Syntax error; token: "+"`,
		"SET a = (:1":                         `Syntax error; token: "<EOF>"`,
		"SET a = (:1 + ":                      `Syntax error; token: "<EOF>"`,
		"SET a = list_append":                 "refers to an attribute that does not exist in the item",
		"SET a = list_append(:list)":          `Syntax error; token: ")"`,
		"SET a = list_append(:list, :list":    `Syntax error; token: "<EOF>"`,
		"SET a = list_append(":                `Syntax error; token: "<EOF>"`,
		"SET a = list_append(:list,":          `Syntax error; token: "<EOF>"`,
		"SET a = size(n)":                     "The function is not allowed in an update expression; function: size",
		"SET a = contains(n, :1)":             "The function is not allowed in an update expression; function: contains",
		"SET a = sum(n)":                      "Invalid function name; function: sum",
		"SET a = if_not_exists(:1, :1)":       "Operator or function requires a document path; operator or function: if_not_exists",
		"SET status = :1":                     "Attribute name is a reserved keyword; reserved keyword: status",
		"REMOVE s = :1":                       `Syntax error; token: "="`,
		"ADD n n":                             `Syntax error; token: "n"`,
		"ADD n":                               `Syntax error; token: "<EOF>"`,
		"SET s = :1, s = :1":                  "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [s], path two: [s]",
		"SET m.a = :1 REMOVE m":               "Two document paths overlap",
		"SET l[0] = :1, l.x = :1":             "Two document paths conflict",
		"SET a = :S + :1":                     "Incorrect operand type for operator or function; operator or function: +, operand type: S",
		"SET a = n - :S":                      "Incorrect operand type for operator or function; operator or function: -, operand type: S",
		"SET a = list_append(l, :1)":          "Incorrect operand type for operator or function; operator or function: list_append, operand type: N",
		"SET a = if_not_exists(l, :S + :1)":   `Syntax error; token: "+"`,
		"SET a = if_not_exists(l, (:S + :1))": "operator or function: +, operand type: S",
		"SET a = list_append(l, (:1 + :1))":   "Incorrect operand type for operator or function; operator or function: list_append, operand type: N",
		"SET a = :1 + list_append(l, l)":      "operator or function: +, operand type: L",
		"ADD n :S":                            "Incorrect operand type for operator or function; operator or function: ADD, operand type: S",
		"DELETE Color :1":                     "Incorrect operand type for operator or function; operator or function: DELETE, operand type: N",
		"SET a = absent":                      "The provided expression refers to an attribute that does not exist in the item",
		"SET a = absent + :1":                 "refers to an attribute that does not exist in the item",
		"SET a = :1 + absent":                 "refers to an attribute that does not exist in the item",
		"SET a = list_append(absent, :list)":  "refers to an attribute that does not exist in the item",
		"SET a = if_not_exists(absent, s.x)":  "refers to an attribute that does not exist in the item",
		"SET a = s + :1":                      "An operand in the update expression has an incorrect data type",
		"SET a = list_append(s, :list)":       "An operand in the update expression has an incorrect data type",
		"ADD s :1":                            "An operand in the update expression has an incorrect data type",
		"ADD Color :twos":                     "An operand in the update expression has an incorrect data type",
		"DELETE Color :twos":                  "An operand in the update expression has an incorrect data type",
		"SET absent.x = :1":                   "The document path provided in the update expression is invalid for update",
		"SET s.x = :1":                        "The document path provided in the update expression is invalid for update",
		"SET l.x = :1":                        "The document path provided in the update expression is invalid for update",
		"SET n[0] = :1":                       "The document path provided in the update expression is invalid for update",
		"REMOVE absent.x":                     "The document path provided in the update expression is invalid for update",
		"REMOVE l.x":                          "The document path provided in the update expression is invalid for update",
		"ADD absent.x :1":                     "The document path provided in the update expression is invalid for update",
	}
	for text, want := range tests {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			update, err := expression.ParseUpdate(text)
			scope := scopeOf(t, text)
			if err == nil {
				err = scope.Check(update)
			}
			if err == nil {
				_, err = update.Apply(itemOf(t, item), scope)
			}
			wantInvalid(t, err, want)
		})
	}
}
