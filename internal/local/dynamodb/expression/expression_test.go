package expression_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/goldfinch-dev/goldfinch/internal/local/dynamodb/attribute"
	"github.com/goldfinch-dev/goldfinch/internal/local/dynamodb/expression"
)

var ignoreUnexported = cmpopts.IgnoreUnexported(
	types.AttributeValueMemberS{}, types.AttributeValueMemberN{}, types.AttributeValueMemberB{},
	types.AttributeValueMemberSS{}, types.AttributeValueMemberNS{}, types.AttributeValueMemberBS{},
	types.AttributeValueMemberM{}, types.AttributeValueMemberL{}, types.AttributeValueMemberBOOL{},
	types.AttributeValueMemberNULL{},
)

// itemOf reads DynamoDB JSON.
func itemOf(t testing.TB, text string) attribute.Item {
	t.Helper()
	if text == "" {
		return nil
	}
	item, err := attribute.DecodeItem([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return item
}

// product is the example item of DynamoDB's guide, somewhat extended.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.Attributes.html
const product = `{
	"Id": {"N": "123"}, "Title": {"S": "Bicycle 123"}, "Description": {"S": "123 description"}, "Brand": {"S": "Brand-Company C"},
	"Price": {"N": "500"}, "Gender": {"S": "B"}, "Color": {"SS": ["Red", "Black"]}, "Sizes": {"NS": ["1", "2"]}, "Binaries": {"BS": ["AQ==", "Ag=="]},
	"ProductCategory": {"S": "Bike"}, "InStock": {"BOOL": true}, "QuantityOnHand": {"NULL": true}, "Payload": {"B": "AQID"},
	"RelatedItems": {"L": [{"N": "341"}, {"N": "472"}, {"N": "649"}]},
	"Pictures": {"M": {"FrontView": {"S": "http://example/front.jpg"}, "RearView": {"S": "http://example/rear.jpg"}}},
	"ProductReviews": {"M": {"FiveStar": {"L": [{"S": "Excellent!"}, {"S": "Great"}]}, "OneStar": {"L": [{"S": "Terrible"}]}}},
	"Safety.Warning": {"S": "Always wear a helmet"}
}`

// scopeOf makes a scope with exactly the placeholders that occur in the texts, out of a fixed set.
func scopeOf(t testing.TB, texts ...string) expression.Scope {
	t.Helper()
	all := expression.Scope{
		Names: map[string]string{"#price": "Price", "#pr": "ProductReviews", "#sw": "Safety.Warning", "#one": "OneStar", "#a": "a", "#new": "New", "#status": "status", "#color": "Color"},
		Values: itemOf(t, `{
			":0": {"N": "0"}, ":1": {"N": "1"}, ":100": {"N": "100"}, ":123": {"N": "123"}, ":341": {"N": "341"}, ":500": {"N": "500"}, ":600": {"N": "600"}, ":S": {"S": "S"},
			":SS": {"S": "SS"}, ":N": {"S": "N"}, ":X": {"S": "X"}, ":bike": {"S": "Bike"}, ":bi": {"S": "Bi"}, ":car": {"S": "Car"}, ":red": {"S": "Red"}, ":true": {"BOOL": true},
			":bytes": {"B": "AQI="}, ":middle": {"B": "AgM="}, ":byte": {"B": "AQ=="}, ":list": {"L": [{"S": "x"}]}, ":empty": {"L": []}, ":map": {"M": {"k": {"S": "v"}}}, ":null": {"NULL": true},
			":reds": {"SS": ["Red", "Blue"]}, ":all": {"SS": ["Black", "Red"]}, ":twos": {"NS": ["2", "3"]}, ":bs": {"BS": ["Ag==", "Aw=="]}, ":great": {"S": "Great"}
		}`),
	}
	out := expression.Scope{}
	for _, text := range texts {
		for name, to := range all.Names {
			if mentions(text, name) {
				if out.Names == nil {
					out.Names = map[string]string{}
				}
				out.Names[name] = to
			}
		}
		for name, v := range all.Values {
			if mentions(text, name) {
				if out.Values == nil {
					out.Values = attribute.Item{}
				}
				out.Values[name] = v
			}
		}
	}
	return out
}

// mentions reports whether a placeholder occurs in a text as a whole word.
func mentions(text, placeholder string) bool {
	for rest := text; ; {
		at := strings.Index(rest, placeholder)
		if at < 0 {
			return false
		}
		rest = rest[at+len(placeholder):]
		if rest == "" || !strings.ContainsAny(rest[:1], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") {
			return true
		}
	}
}

func TestConditions(t *testing.T) {
	t.Parallel()
	tests := map[string]bool{
		// Comparisons.
		"Price = :500":                      true,
		"Price = :600":                      false,
		"Price <> :600":                     true,
		"#price<:600":                       true,
		"Price < :500":                      false,
		"Price <= :500":                     true,
		"Price > :100":                      true,
		"Price > :500":                      false,
		"Price >= :500":                     true,
		":500 = Price":                      true,
		"Absent = :1":                       false,
		"Absent <> :1":                      true,
		"Absent < :1":                       false,
		"Title < :1":                        false,
		"Price = Id":                        false,
		"Price > Id":                        true,
		"Color = :all":                      true,
		"InStock = :true":                   true,
		"QuantityOnHand = :null":            true,
		"Pictures.FrontView = :S":           false,
		"RelatedItems[0] = :341":            true,
		"RelatedItems[9] = :341":            false,
		"RelatedItems.x = :341":             false,
		"Pictures[0] = :341":                false,
		"Price.x = :341":                    false,
		"ProductReviews.FiveStar[1]=:great": true,
		"#pr.FiveStar[1] = :great":          true,
		"#pr.#one[0] = :great":              false,
		"Payload > :bytes":                  true,
		// Functions.
		"attribute_exists(Price)":                    true,
		"attribute_exists(Absent)":                   false,
		"attribute_exists(Pictures.FrontView)":       true,
		"attribute_exists(#sw)":                      true,
		"attribute_not_exists(Absent)":               true,
		"attribute_not_exists(Price)":                false,
		"attribute_not_exists(ProductReviews.Seven)": true,
		"attribute_type(Color, :SS)":                 true,
		"attribute_type(Price, :S)":                  false,
		"attribute_type(Absent, :S)":                 false,
		"attribute_type(Price, :N)":                  true,
		"begins_with(ProductCategory, :bi)":          true,
		"begins_with(ProductCategory, :car)":         false,
		"begins_with(Price, :bi)":                    false,
		"begins_with(Payload, :bytes)":               true,
		"begins_with(Payload, :bi)":                  false,
		"contains(ProductCategory, :bi)":             true,
		"contains(ProductCategory, :1)":              false,
		"contains(Color, :red)":                      true,
		"contains(Color, :bi)":                       false,
		"contains(Color, :1)":                        false,
		"contains(Sizes, :1)":                        true,
		"contains(Binaries, :byte)":                  true,
		"contains(Color, :true)":                     false,
		"contains(RelatedItems, :341)":               true,
		"contains(RelatedItems, :1)":                 false,
		"contains(Payload, :middle)":                 true,
		"contains(Payload, :1)":                      false,
		"contains(Price, :1)":                        false,
		"size(Color) > :1":                           true,
		"size(Title) > :1":                           true,
		"size(Payload) > :100":                       false,
		"size(RelatedItems) <> :0":                   true,
		"size(Pictures) > :1":                        true,
		"size(Price) > :0":                           false,
		"size(Absent) > :0":                          false,
		// BETWEEN and IN.
		"Price BETWEEN :100 AND :600":                                true,
		"Price between :500 and :500":                                true,
		"Id BETWEEN :500 AND :600":                                   false,
		"Title BETWEEN :100 AND :600":                                false,
		"ProductCategory IN (:car, :bike)":                           true,
		"ProductCategory IN (:car)":                                  false,
		"Absent IN (:car)":                                           false,
		"size(Color) IN (:0, :1)":                                    false,
		"Price BETWEEN :100 AND :600 AND Id = :1":                    false,
		"(ProductCategory IN (:bike)) and (Price between Id and Id)": false,
		// Logic.
		"Price = :500 AND Id = :123":                        true,
		"Price = :500 AND Id = :1":                          false,
		"Price = :1 OR Id = :123":                           true,
		"Price = :1 OR Id = :1":                             false,
		"NOT Price = :1":                                    true,
		"not not Price = :500":                              true,
		"Price = :500 OR Price = :500 AND Id = :1":          true,
		"(Price = :500 OR Price = :500) AND Id = :1":        false,
		"NOT Price = :500 OR Id = :123":                     true,
		"NOT (Price = :500 OR Id = :123)":                   false,
		"((Price = :500))":                                  true,
		"NOT contains(Color, :bi) AND attribute_exists(Id)": true,
	}
	item := itemOf(t, product)
	for text, want := range tests {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			condition, err := expression.ParseCondition("ConditionExpression", text)
			if err != nil {
				t.Fatal(err)
			}
			scope := scopeOf(t, text)
			if err := scope.Check(condition); err != nil {
				t.Fatal(err)
			}
			if got := condition.Match(item, scope); got != want {
				t.Errorf("got %v", got)
			}
		})
	}
	none, err := expression.ParseCondition("ConditionExpression", "attribute_not_exists(Id) AND NOT size(Id) = Price")
	if err != nil {
		t.Fatal(err)
	}
	if !none.Match(nil, expression.Scope{}) {
		t.Error("no item has an attribute")
	}
}

// wantInvalid requires a ValidationException whose message has the part.
func wantInvalid(t *testing.T, err error, part string) {
	t.Helper()
	var refusal smithy.APIError
	if !errors.As(err, &refusal) || refusal.ErrorCode() != "ValidationException" || !strings.Contains(refusal.ErrorMessage(), part) {
		t.Errorf("got  %v\nwant %s", err, part)
	}
}

func TestConditionsThatAreRefused(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"":                                      "The expression can not be empty;",
		"  ":                                    "The expression can not be empty;",
		"Price":                                 `Syntax error; token: "<EOF>", near: "Price"`,
		"Price = ":                              `Syntax error; token: "<EOF>", near: "="`,
		"Price = :1 :1":                         `Syntax error; token: ":1", near: ":1 :1"`,
		"Price == :1":                           `Syntax error; token: "=", near: "== :1"`,
		"Price = :1 AND":                        `Syntax error; token: "<EOF>", near: "AND"`,
		"(Price = :1":                           `Syntax error; token: "<EOF>", near: ":1"`,
		"Price = :1)":                           `Syntax error; token: ")", near: ":1)"`,
		"Price = 1":                             `Syntax error; token: "1", near: "= 1"`,
		"Price % :1":                            `Syntax error; token: "%", near: "Price % :1"`,
		"Price = :":                             `Syntax error; token: ":"`,
		"# = :1":                                `Syntax error; token: "#"`,
		"RelatedItems[x] = :1":                  `Syntax error; token: "x", near: "[x]"`,
		"RelatedItems[99999999999999999999]=:1": `Syntax error; token: "99999999999999999999"`,
		"RelatedItems[0 = :1":                   `Syntax error; token: "="`,
		"Pictures. = :1":                        `Syntax error; token: "="`,
		"Price BETWEEN :1 OR :1":                `Syntax error; token: "OR"`,
		"Price IN :1":                           `Syntax error; token: ":1"`,
		"Price IN (:1 :1)":                      `Syntax error; token: ":1"`,
		"Price IN (":                            `Syntax error; token: "<EOF>"`,
		"status = :1":                           "Attribute name is a reserved keyword; reserved keyword: status",
		"Pictures.Name = :1":                    "Attribute name is a reserved keyword; reserved keyword: Name",
		"attribute_exists(:1)":                  "Operator or function requires a document path; operator or function: attribute_exists",
		"attribute_exists(Price, Id)":           "Incorrect number of operands for operator or function; operator or function: attribute_exists, number of operands: 2",
		"begins_with(Price)":                    "Incorrect number of operands for operator or function; operator or function: begins_with, number of operands: 1",
		"size(Price, Id) = :1":                  "Incorrect number of operands for operator or function; operator or function: size, number of operands: 2",
		"size(Price":                            `Syntax error; token: "<EOF>"`,
		"size(Price)":                           `Syntax error; token: "<EOF>"`,
		"sizes(Price) = :1":                     "Invalid function name; function: sizes",
		"Price = sizes(Id)":                     "Invalid function name; function: sizes",
		"ATTRIBUTE_EXISTS(Price)":               "Invalid function name; function: ATTRIBUTE_EXISTS",
		"Price = contains(Title, :S)":           "The function is not allowed to be used this way in an expression; function: contains",
		"contains Price":                        `Syntax error; token: "Price"`,
		"Price < :true":                         "Incorrect operand type for operator or function; operator or function: <, operand type: BOOL",
		"Price BETWEEN :list AND :1":            "Incorrect operand type for operator or function; operator or function: BETWEEN, operand type: L",
		"Price BETWEEN :600 AND :100":           "upper bound to be greater than or equal to lower bound",
		"Price BETWEEN :100 AND :S":             "same data type for lower and upper bounds",
		"begins_with(Title, :1)":                "Incorrect operand type for operator or function; operator or function: begins_with, operand type: N",
		"attribute_type(Title, :1)":             "Incorrect operand type for operator or function; operator or function: attribute_type, operand type: N",
		"attribute_type(Title, :X)":             "Invalid attribute type name found; type: X",
		"Price = Price":                         "The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [Price]",
		"Price = #price":                        "first operand: [Price]",
		"RelatedItems[1] IN (:1, RelatedItems[1])":                         "first operand: [RelatedItems, [1]]",
		"contains(Title, Title)":                                           "operator: contains, first operand: [Title]",
		"NOT begins_with(Title, :1) OR Price = :1":                         "operand type: N",
		"Price = :1 AND Price < :true":                                     "operand type: BOOL",
		strings.Repeat("(", 200) + "Price = :1" + strings.Repeat(")", 200): "too many levels of nesting",
		strings.Repeat("NOT ", 200) + "Price = :1":                         "too many levels of nesting",
		"Price IN (" + strings.Repeat(":1,", 100) + ":1)":                  "too many operands; number of operands: 101",
		"Price = :1" + strings.Repeat(" ", 5000):                           "Expression size has exceeded the maximum allowed size; expression size: 5010",
	}
	for text, want := range tests {
		t.Run(fmt.Sprintf("%.40s", text), func(t *testing.T) {
			t.Parallel()
			condition, err := expression.ParseCondition("FilterExpression", text)
			if err == nil {
				err = scopeOf(t, text).Check(condition)
			}
			wantInvalid(t, err, want)
			wantInvalid(t, err, "Invalid FilterExpression: ")
		})
	}
}

func TestPlaceholders(t *testing.T) {
	t.Parallel()
	parse := func(text string) expression.Expression {
		condition, err := expression.ParseCondition("ConditionExpression", text)
		if err != nil {
			t.Fatal(err)
		}
		return condition
	}
	projection, err := expression.ParseProjection("#b")
	if err != nil {
		t.Fatal(err)
	}
	one := itemOf(t, `{":1": {"N": "1"}, ":2": {"N": "2"}}`)
	tests := []struct {
		name        string
		scope       expression.Scope
		expressions []expression.Expression
		want        string
	}{
		{"all used", expression.Scope{Names: map[string]string{"#a": "a", "#b": "b"}, Values: attribute.Item{":1": one[":1"]}}, []expression.Expression{parse("#a = :1"), projection}, ""},
		{"name not defined", expression.Scope{}, []expression.Expression{parse("#a = b")}, "An expression attribute name used in the document path is not defined; attribute name: #a"},
		{"value not defined", expression.Scope{}, []expression.Expression{parse("a = :1")}, "An expression attribute value used in expression is not defined; attribute value: :1"},
		{"names not used", expression.Scope{Names: map[string]string{"#z": "z", "#y": "y"}}, []expression.Expression{parse("a = b")}, "Value provided in ExpressionAttributeNames unused in expressions: keys: {#y, #z}"},
		{"values not used", expression.Scope{Values: one}, []expression.Expression{parse("a = :2")}, "Value provided in ExpressionAttributeValues unused in expressions: keys: {:1}"},
		{"names without expressions", expression.Scope{Names: map[string]string{"#a": "a"}}, nil, "ExpressionAttributeNames can only be specified when using expressions"},
		{"values without expressions", expression.Scope{Values: one}, nil, "ExpressionAttributeValues can only be specified when using expressions"},
		{"no names", expression.Scope{Names: map[string]string{}}, []expression.Expression{parse("a = b")}, "ExpressionAttributeNames must not be empty"},
		{"no values", expression.Scope{Values: attribute.Item{}}, []expression.Expression{parse("a = b")}, "ExpressionAttributeValues must not be empty"},
		{"bad name", expression.Scope{Names: map[string]string{"a": "a"}}, []expression.Expression{parse("a = b")}, `ExpressionAttributeNames contains invalid key: Syntax error; key: "a"`},
		{"bad value", expression.Scope{Values: attribute.Item{":a-b": one[":1"]}}, []expression.Expression{parse("a = b")}, `ExpressionAttributeValues contains invalid key: Syntax error; key: ":a-b"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := test.scope.Check(test.expressions...)
			if test.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantInvalid(t, err, test.want)
		})
	}
}

func TestProjections(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"Title":                                `{"Title": {"S": "Bicycle 123"}}`,
		"Title, Price , Absent":                `{"Title": {"S": "Bicycle 123"}, "Price": {"N": "500"}}`,
		"Absent.x[1]":                          `{}`,
		"#sw":                                  `{"Safety.Warning": {"S": "Always wear a helmet"}}`,
		"Pictures.RearView":                    `{"Pictures": {"M": {"RearView": {"S": "http://example/rear.jpg"}}}}`,
		"Pictures.Absent":                      `{}`,
		"Pictures[1]":                          `{}`,
		"Title.x":                              `{}`,
		"RelatedItems[2], RelatedItems[0]":     `{"RelatedItems": {"L": [{"N": "341"}, {"N": "649"}]}}`,
		"RelatedItems[7]":                      `{}`,
		"ProductReviews.FiveStar[1], #pr.#one": `{"ProductReviews": {"M": {"FiveStar": {"L": [{"S": "Great"}]}, "OneStar": {"L": [{"S": "Terrible"}]}}}}`,
		"RelatedItems":                         `{"RelatedItems": {"L": [{"N": "341"}, {"N": "472"}, {"N": "649"}]}}`,
	}
	item := itemOf(t, product)
	for text, want := range tests {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			projection, err := expression.ParseProjection(text)
			if err != nil {
				t.Fatal(err)
			}
			scope := scopeOf(t, text)
			if err := scope.Check(projection); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(itemOf(t, want), projection.Of(item, scope), ignoreUnexported); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	refused := map[string]string{
		"":                     "The expression can not be empty;",
		"Title,":               `Syntax error; token: "<EOF>"`,
		"Title Price":          `Syntax error; token: "Price"`,
		"contain(Title)":       `Syntax error; token: "("`,
		"Title, Title":         "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [Title], path two: [Title]",
		"Price, #price":        "path one: [Price], path two: [Price]",
		"Pictures, Pictures.a": "path one: [Pictures], path two: [Pictures, a]",
		"a[1], a.b":            "Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [a, [1]], path two: [a, b]",
		"a.b.c, a.b[0]":        "conflict",
	}
	for text, want := range refused {
		t.Run("refused "+text, func(t *testing.T) {
			t.Parallel()
			projection, err := expression.ParseProjection(text)
			if err == nil {
				err = scopeOf(t, text).Check(projection)
			}
			wantInvalid(t, err, want)
		})
	}
}

func TestKeyConditions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text     string
		sort     string
		operator string
		operands []string
	}{
		{"Id = :1", "", "", nil},
		{"Id = :1", "Title", "", nil},
		{"Id = :1 AND Title = :S", "Title", "=", []string{":S"}},
		{"Title < :S AND Id = :1", "Title", "<", []string{":S"}},
		{"(Id = :1) AND (Title >= :S)", "Title", ">=", []string{":S"}},
		{"Id = :1 AND begins_with(Title, :S)", "Title", "begins_with", []string{":S"}},
		{"Id = :1 AND Title BETWEEN :S AND :X", "Title", "BETWEEN", []string{":S", ":X"}},
	}
	for _, test := range tests {
		t.Run(test.text, func(t *testing.T) {
			t.Parallel()
			scope := scopeOf(t, test.text)
			condition, err := expression.ParseCondition("KeyConditionExpression", test.text)
			if err != nil {
				t.Fatal(err)
			}
			got, err := condition.KeyRange(scope, "Id", test.sort)
			if err != nil {
				t.Fatal(err)
			}
			want := expression.KeyRange{Partition: scope.Values[":1"], Operator: test.operator}
			for _, name := range test.operands {
				want.Operands = append(want.Operands, scope.Values[name])
			}
			if diff := cmp.Diff(want, got, ignoreUnexported); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	refused := map[string]string{
		"Id > :1":                               "Query key condition not supported",
		"Title = :S":                            "Query condition missed key schema element: Id",
		"Id = :1 AND Price = :1":                "Query condition missed key schema element: Title",
		"Price = :1 AND Id = :1":                "Query condition missed key schema element: Id",
		"Id = :1 AND Id = :1":                   "KeyConditionExpressions must only contain one condition per key",
		"Id = :1 AND Title = :S AND Title = :X": "KeyConditionExpressions must only contain one condition per key",
		"Id = :1 OR Title = :S":                 "Invalid operator used in KeyConditionExpression: OR",
		"NOT Id = :1":                           "Invalid operator used in KeyConditionExpression: NOT",
		"Id <> :1":                              "Invalid operator used in KeyConditionExpression: <>",
		"Id IN (:1)":                            "Invalid operator used in KeyConditionExpression: IN",
		"Id = :1 AND contains(Title, :S)":       "Invalid operator used in KeyConditionExpression: contains",
		"Id = :1 AND size(Title) > :1":          "must compare a key attribute with values",
		"Id = Title":                            "must compare a key attribute with values",
		"Id.x = :1":                             "KeyConditionExpressions cannot have conditions on nested attributes",
		"Title <> :S AND Id = :1":               "Invalid operator used in KeyConditionExpression: <>",
	}
	for text, want := range refused {
		t.Run("refused "+text, func(t *testing.T) {
			t.Parallel()
			condition, err := expression.ParseCondition("KeyConditionExpression", text)
			if err != nil {
				t.Fatal(err)
			}
			_, err = condition.KeyRange(scopeOf(t, text), "Id", "Title")
			wantInvalid(t, err, want)
		})
	}
}

func TestConditionAttributes(t *testing.T) {
	t.Parallel()
	text := "#price = :1 AND (size(Pictures.FrontView) > :1 OR NOT contains(Color, :red)) AND Id BETWEEN :0 AND :1 AND Title IN (:S, Brand)"
	condition, err := expression.ParseCondition("FilterExpression", text)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"Price", "Pictures", "Color", "Id", "Title", "Brand"}
	if diff := cmp.Diff(want, condition.Attributes(scopeOf(t, text))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"a = :1", "NOT (a.b[1] <> :1) OR size(c) IN (:a)", "SET a = if_not_exists(b, :1) + :2 REMOVE c[1]", "a.#b, c[0]", "begins_with(a, :b"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		scope := expression.Scope{}
		if condition, err := expression.ParseCondition("ConditionExpression", text); err == nil && scope.Check(condition) == nil {
			condition.Match(nil, scope)
		}
		if update, err := expression.ParseUpdate(text); err == nil && scope.Check(update) == nil {
			if _, err := update.Apply(nil, scope); err != nil {
				wantInvalid(t, err, "")
			}
		}
		if projection, err := expression.ParseProjection(text); err == nil && scope.Check(projection) == nil {
			projection.Of(attribute.Item{}, scope)
		}
	})
}
