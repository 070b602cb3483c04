package conformance_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/smithy-go/encoding/cbor"
)

// epochTag marks a number of CBOR as seconds since 1970.
const epochTag = 1

// serveCBOR answers a call of CloudWatch. The SDK makes it in CBOR; moto takes
// JSON, the service's older protocol, with the same documents.
// https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
func (c *cloud) serveCBOR(w http.ResponseWriter, r *http.Request, operation string, body []byte) {
	status, answer, err := c.askJSON(r, operation, body)
	if err != nil {
		status, answer = http.StatusInternalServerError, cbor.Encode(cbor.Map{"__type": cbor.String("InternalServiceFault"), "message": cbor.String(err.Error())})
	}
	w.Header().Set("Smithy-Protocol", "rpc-v2-cbor")
	w.Header().Set("Content-Type", "application/cbor")
	w.WriteHeader(status)
	w.Write(answer)
}

// askJSON asks moto, and returns its answer in CBOR.
func (c *cloud) askJSON(r *http.Request, operation string, body []byte) (status int, answer []byte, err error) {
	input, err := cbor.Decode(body)
	if err != nil {
		return 0, nil, fmt.Errorf("read %s: %w", operation, err)
	}
	document, err := json.Marshal(jsonOf(input))
	if err != nil {
		return 0, nil, fmt.Errorf("write %s: %w", operation, err)
	}
	request, err := http.NewRequestWithContext(r.Context(), http.MethodPost, c.account.address.String(), bytes.NewReader(document))
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Authorization", r.Header.Get("Authorization"))
	request.Header.Set("Content-Type", "application/x-amz-json-1.0")
	request.Header.Set("X-Amz-Target", "GraniteServiceVersion20100801."+operation)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	said, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, nil, err
	}
	if len(bytes.TrimSpace(said)) == 0 {
		return response.StatusCode, nil, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(said))
	decoder.UseNumber()
	var output any
	if err := decoder.Decode(&output); err != nil {
		return 0, nil, fmt.Errorf("%s answered %s: %s", operation, response.Status, said)
	}
	return response.StatusCode, cbor.Encode(cborOf("", output)), nil
}

// jsonOf is the same in JSON, where a time is a number of seconds.
func jsonOf(value cbor.Value) any {
	switch value := value.(type) {
	case cbor.Map:
		object := map[string]any{}
		for name, member := range value {
			object[name] = jsonOf(member)
		}
		return object
	case cbor.List:
		list := []any{}
		for _, member := range value {
			list = append(list, jsonOf(member))
		}
		return list
	case *cbor.Tag:
		if at, err := cbor.AsTime(value); err == nil {
			return float64(at.UnixMilli()) / 1000
		}
		return nil
	case *cbor.Nil:
		return nil
	default: // numbers, texts and truth values
		return value
	}
}

// cborOf is the same in CBOR. What is a time tells the name of the member that has it.
func cborOf(name string, value any) cbor.Value {
	switch value := value.(type) {
	case map[string]any:
		object := cbor.Map{}
		for name, member := range value {
			object[name] = cborOf(name, member)
		}
		return object
	case []any:
		list := cbor.List{}
		for _, member := range value {
			list = append(list, cborOf(name, member))
		}
		return list
	case json.Number:
		number, err := value.Float64()
		if strings.HasSuffix(strings.TrimSuffix(name, "s"), "Timestamp") {
			return &cbor.Tag{ID: epochTag, Value: cbor.Float64(number)}
		}
		if whole := uint64(max(number, 0)); err == nil && float64(whole) == number {
			return cbor.Uint(whole) // which the SDK takes for a number with a fraction, too
		}
		return cbor.Float64(number)
	case string:
		if at, err := time.Parse(time.RFC3339, value); err == nil && strings.HasSuffix(name, "Timestamp") {
			return &cbor.Tag{ID: epochTag, Value: cbor.Float64(float64(at.UnixMilli()) / 1000)}
		}
		return cbor.String(value)
	case bool:
		return cbor.Bool(value)
	default:
		return &cbor.Nil{}
	}
}
