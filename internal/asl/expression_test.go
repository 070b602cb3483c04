package asl_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// evaluate runs a Pass whose parameter x is the expression, and returns x as JSON or the error's name.
func evaluate(t *testing.T, expression, input string) string {
	t.Helper()
	quoted, err := json.Marshal(expression)
	if err != nil {
		t.Fatal(err)
	}
	x := run(t, load(t, fmt.Sprintf(`{"StartAt":"P","States":{"P":{"Type":"Pass","Parameters":{"x.$":%s},"OutputPath":"$.x","End":true}}}`, quoted)), input)
	if err := x.Err(); err != nil {
		return err.Name
	}
	return string(x.Output())
}

// TestIntrinsicFunctions takes the values of AWS's documentation, and of what the service answers where that is silent.
func TestIntrinsicFunctions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ expression, input, want string }{
		{`States.Format('Hello, my name is {}.', $.name)`, `{"name":"Arnav"}`, `"Hello, my name is Arnav."`},
		{`States.Format($.form, $.name, 2)`, `{"form":"{}-{}","name":"Arnav"}`, `"Arnav-2"`},
		{`States.Format('{} {} {} {}', $.a, $.b, $.c, $.d)`, `{"a":null,"b":1.1,"c":true,"d":{"k":[1,"s"],"a":{}}}`, `"null 1.1 true {a={}, k=[1, s]}"`},
		{`States.Format('no places')`, `{}`, `"no places"`},
		{`States.Format('\{\} it\'s a \\ {}', 1)`, `{}`, `"{} it's a \\ 1"`},
		{`States.Format($.form)`, `{"form":"\\{a\\}"}`, `"{a}"`},
		{`States.Format($.form, 1)`, `{"form":"none"}`, `States.IntrinsicFailure`},
		{`States.Format($.form)`, `{"form":"{"}`, `States.IntrinsicFailure`},
		{`States.Format($.form)`, `{"form":1}`, `States.IntrinsicFailure`},
		{`States.Format('{}', $.gone)`, `{}`, `States.ParameterPathFailure`},
		{`States.StringToJson($.s)`, `{"s":"{\"foo\": \"bar\"}"}`, `{"foo":"bar"}`},
		{`States.StringToJson($.s)`, `{"s":" "}`, `null`},
		{`States.StringToJson($.s)`, `{"s":"-0"}`, `0`},
		{`States.StringToJson($.s)`, `{"s":"{"}`, `States.IntrinsicFailure`},
		{`States.StringToJson($.s)`, `{"s":"1 2"}`, `States.IntrinsicFailure`},
		{`States.StringToJson($.s)`, `{"s":"1e999"}`, `States.IntrinsicFailure`},
		{`States.StringToJson($.s)`, `{"s":1}`, `States.IntrinsicFailure`},
		{`States.JsonToString($)`, `{"b":[1,2.5,"x"],"a":null}`, `"{\"a\":null,\"b\":[1,2.5,\"x\"]}"`},
		{`States.Array()`, `{}`, `[]`},
		{`States.Array($.id, 1, -2.5, 'text', null, true, false)`, `{"id":123456}`, `[123456,1,-2.5,"text",null,true,false]`},
		{`States.ArrayPartition($.a,4)`, `{"a":[1,2,3,4,5,6,7,8,9]}`, `[[1,2,3,4],[5,6,7,8],[9]]`},
		{`States.ArrayPartition($.a,2.9)`, `{"a":[1,2,3]}`, `[[1,2],[3]]`},
		{`States.ArrayPartition($.a,1)`, `{"a":[]}`, `[]`},
		{`States.ArrayPartition($.a,0)`, `{"a":[1]}`, `States.IntrinsicFailure`},
		{`States.ArrayPartition($.a,'x')`, `{"a":[1]}`, `States.IntrinsicFailure`},
		{`States.ArrayPartition('x',1)`, `{}`, `States.IntrinsicFailure`},
		{`States.ArrayContains($.a, $.x)`, `{"a":[1,2,3,{"k":[1]}],"x":{"k":[1.0]}}`, `true`},
		{`States.ArrayContains($.a, 5)`, `{"a":[1,"5",[5],null,{}]}`, `false`},
		{`States.ArrayContains($.a, null)`, `{"a":[null]}`, `true`},
		{`States.ArrayContains($.a, 'b')`, `{"a":["a","b"]}`, `true`},
		{`States.ArrayContains($.a, true)`, `{"a":[false]}`, `false`},
		{`States.ArrayContains($.a, 1)`, `{"a":"1"}`, `States.IntrinsicFailure`},
		{`States.ArrayRange(1, 9, 2)`, `{}`, `[1,3,5,7,9]`},
		{`States.ArrayRange(3, 0, -2)`, `{}`, `[3,1]`},
		{`States.ArrayRange(0, 10, 3)`, `{}`, `[0,3,6,9]`},
		{`States.ArrayRange(1, 0, 1)`, `{}`, `[]`},
		{`States.ArrayLength(States.ArrayRange(1, 1000, 1))`, `{}`, `1000`},
		{`States.ArrayRange(0, 1000, 1)`, `{}`, `States.IntrinsicFailure`},
		{`States.ArrayRange(0, 10, 0)`, `{}`, `States.IntrinsicFailure`},
		{`States.ArrayRange(0, $.far, 1)`, `{"far":1e300}`, `States.IntrinsicFailure`},
		{`States.ArrayRange(0, 'a', 1)`, `{}`, `States.IntrinsicFailure`},
		{`States.ArrayGetItem($.a, $.i)`, `{"a":[1,2,3,4,5,6,7,8,9],"i":5}`, `6`},
		{`States.ArrayGetItem($.a, 1)`, `{"a":[1]}`, `States.IntrinsicFailure`},
		{`States.ArrayGetItem($.a, -1)`, `{"a":[1]}`, `States.IntrinsicFailure`},
		{`States.ArrayGetItem($.a, null)`, `{"a":[1]}`, `States.IntrinsicFailure`},
		{`States.ArrayGetItem(1, 0)`, `{}`, `States.IntrinsicFailure`},
		{`States.ArrayLength($.a)`, `{"a":[1,2,3,4,5,6,7,8,9]}`, `9`},
		{`States.ArrayLength($.a)`, `{"a":{}}`, `States.IntrinsicFailure`},
		{`States.ArrayUnique($.a)`, `{"a":[1,2,3,3,3,"3",{"a":1},{"a":1.0},[],[]]}`, `[1,2,3,"3",{"a":1},[]]`},
		{`States.ArrayUnique($.a)`, `{"a":1}`, `States.IntrinsicFailure`},
		{`States.Base64Encode($.s)`, `{"s":"Data to encode"}`, `"RGF0YSB0byBlbmNvZGU="`},
		{`States.Base64Decode($.s)`, `{"s":"RGF0YSB0byBlbmNvZGU="}`, `"Data to encode"`},
		{`States.Base64Decode($.s)`, `{"s":"%"}`, `States.IntrinsicFailure`},
		{`States.Base64Decode(1)`, `{}`, `States.IntrinsicFailure`},
		{`States.Base64Encode($.s)`, `{"s":"` + strings.Repeat("ü", 10_001) + `"}`, `States.IntrinsicFailure`},
		{`States.ArrayLength(States.Array(States.Base64Encode($.s)))`, `{"s":"` + strings.Repeat("ü", 10_000) + `"}`, `1`},
		{`States.Hash('input data', 'MD5')`, `{}`, `"812f45842bc6d66ee14572ce20db8e86"`},
		{`States.Hash('input data', 'SHA-1')`, `{}`, `"aaff4a450a104cd177d28d18d74485e8cae074b7"`},
		{`States.Hash('input data', 'SHA-256')`, `{}`, `"b4a697a057313163aee33cd8d40c66e9f0f177e00cac2de32475ffff6169c3e3"`},
		{`States.Hash('input data', 'SHA-384')`, `{}`, `"d28a7d5cf25a74f11a50a18452b75e04bb3d70c9dd0510d6123aa008c756511b87525bdc835ebb27e1fb9e9374a15562"`},
		{`States.Hash('input data', 'SHA-512')`, `{}`, `"6ce4adb348546d4f449c4d25aad9a7c9cb711d9e91982d3f0b29ca2f3f47d4ce2deba23bf2954f0f1d593fc50283731a533d30d425402d4f91316d871303aac4"`},
		{`States.Hash('x', 'CRC')`, `{}`, `States.IntrinsicFailure`},
		{`States.Hash(1, 'MD5')`, `{}`, `States.IntrinsicFailure`},
		{`States.JsonMerge($.j1, $.j2, false)`, `{"j1":{"a":{"a1":1,"a2":2},"b":2},"j2":{"a":{"a3":1,"a4":2},"c":3}}`, `{"a":{"a3":1,"a4":2},"b":2,"c":3}`},
		{`States.JsonMerge($, $, true)`, `{}`, `States.IntrinsicFailure`},
		{`States.JsonMerge($, 1, false)`, `{}`, `States.IntrinsicFailure`},
		{`States.JsonMerge(States.StringToJson('\{"k": "v"\}'), $, false)`, `{"a":1}`, `{"a":1,"k":"v"}`},
		{`States.MathRandom(1, 999)`, `{}`, `500`},
		{`States.MathRandom(5, 5)`, `{}`, `States.IntrinsicFailure`},
		{`States.MathRandom('a', 5)`, `{}`, `States.IntrinsicFailure`},
		{`States.MathRandom(1, 5, 'seed')`, `{}`, `States.IntrinsicFailure`},
		{`States.MathAdd($.v, $.step)`, `{"v":111,"step":-1}`, `110`},
		{`States.MathAdd(1.49, 1.5)`, `{}`, `3`},
		{`States.MathAdd(-1.5, -1.51)`, `{}`, `-3`},
		{`States.MathAdd(-0.5, 0)`, `{}`, `0`},
		{`States.MathAdd(2147483647, 1)`, `{}`, `States.IntrinsicFailure`},
		{`States.MathAdd('1', 1)`, `{}`, `States.IntrinsicFailure`},
		{`States.StringSplit('1,2,3,4,5', ',')`, `{}`, `["1","2","3","4","5"]`},
		{`States.StringSplit('This.is+a,test=string', '.+,=')`, `{}`, `["This","is","a","test","string"]`},
		{`States.StringSplit(', , ,', ',')`, `{}`, `[" "," "]`},
		{`States.StringSplit('', ',')`, `{}`, `[]`},
		{`States.StringSplit(1, ',')`, `{}`, `States.IntrinsicFailure`},
		{`States.UUID()`, `{}`, `"unique"`},
		{`States.Format('{}.{}', States.ArrayGetItem(States.StringSplit($.arn, ':'), 1), States.MathAdd(States.ArrayLength($['list']), 1))`, `{"arn":"a:b","list":[1]}`, `"b.2"`},
		{`States.Array($.a[0,2], $['x)y'], $.a[?(@ > 1)])`, `{"a":[1,2,3],"x)y":7}`, `[[1,3],7,[2,3]]`},
		{`States.Array( $$.Execution.Name , $.a )`, `{"a":1}`, `["echo-1",1]`},
	} {
		t.Run(c.expression+c.want[:1], func(t *testing.T) {
			t.Parallel()
			if got := evaluate(t, c.expression, c.input); got != c.want {
				t.Errorf("%s of %.200s:\ngot  %s\nwant %s", c.expression, c.input, got, c.want)
			}
		})
	}
}

func TestSeededRandomRepeatsItself(t *testing.T) {
	t.Parallel()
	first := evaluate(t, `States.MathRandom(1, 1000000, 3)`, `{}`)
	if again := evaluate(t, `States.MathRandom(1, 1000000, 3)`, `{}`); again != first {
		t.Errorf("got %s and %s", first, again)
	}
	if other := evaluate(t, `States.MathRandom(1, 1000000, 4)`, `{}`); other == first {
		t.Errorf("another seed gives %s too", other)
	}
}

func TestPaths(t *testing.T) {
	t.Parallel()
	const document = `{"items":[{"v":1,"k":"a"},{"v":2,"k":"b"},{"v":3}],"map":{"z":1,"a":{"v":9},"m":[4]},"a-b":{"c-d":5},"null":null,"ü":6}`
	for _, c := range []struct{ path, want string }{
		{`$.items[0].v`, `1`},
		{`$.items[-1].v`, `3`},
		{`$.items[*].v`, `[1,2,3]`},
		{`$.items[1:]`, `[{"k":"b","v":2},{"v":3}]`},
		{`$.items[:1].v`, `[1]`},
		{`$.items[0,2].v`, `[1,3]`},
		{`$.items[*].k`, `["a","b"]`},
		{`$.items[?(@.v > 1)].v`, `[2,3]`},
		{`$.items[?(@.k == 'b')].v`, `[2]`},
		{`$.gone[*].v`, `[]`},
		{`$.map.*`, `[{"v":9},[4],1]`},
		{`$..v`, `[1,2,3,9]`},
		{`$.a-b.c-d`, `5`},
		{`$['a-b']["c-d"]`, `5`},
		{`$.a-b[*]`, `[5]`},
		{`$.null`, `null`},
		{`$.ü`, `6`},
		{`$.null.below`, `States.ParameterPathFailure`},
		{`$.items.v`, `States.ParameterPathFailure`},
		{`$.items[3]`, `States.ParameterPathFailure`},
		{`$.items[-4]`, `States.ParameterPathFailure`},
		{`$.map[0]`, `States.ParameterPathFailure`},
		{`$$.State.Name`, `"P"`},
		{`$$.Task.Token`, `States.ParameterPathFailure`},
	} {
		for range 20 { // an object's members have no order of their own
			if got := evaluate(t, c.path, document); got != c.want {
				t.Fatalf("%s: got %s, want %s", c.path, got, c.want)
			}
		}
	}
}

// TestNumbersAndTextSurvive sends values through an execution unchanged.
func TestNumbersAndTextSurvive(t *testing.T) {
	t.Parallel()
	machine := load(t, `{"StartAt":"P","States":{"P":{"Type":"Succeed"}}}`)
	for _, text := range []string{
		`9223372036854775807`, `-1`, `0.1`, `1e+300`, `1e-7`, `123456789.25`, `""`, `"\u0000\u001f\b\f\n\r\t\"\\/"`, `"ü€🐦"`, `true`, `null`,
		`{"a":{"b":[[],{}]}}`,
	} {
		x := run(t, machine, text)
		var want, got any
		if err := json.Unmarshal([]byte(text), &want); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(x.Output(), &got); err != nil {
			t.Fatalf("%s: output %s: %v", text, x.Output(), err)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s became %s", text, x.Output())
		}
	}
	if x := run(t, machine, ""); string(x.Output()) != "{}" {
		t.Errorf("no input became %s", x.Output())
	}
	if x := run(t, machine, `12345678901234567890`); string(x.Output()) != `12345678901234567000` {
		t.Errorf("a number beyond 64 bits became %s", x.Output())
	}
}
