package differential_test

// A divergence is a machine that moto runs otherwise than Step Functions does.
type divergence struct {
	reason string // what Step Functions does, and what moto does instead
	source string // the page that says what Step Functions does
}

// The pages that settle most divergences.
const (
	specification = "https://states-language.net/spec.html"
	errorNames    = "https://states-language.net/spec.html#appendix-a"
	errorHandling = "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"
	intrinsics    = "https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html"
	jsonPath      = "https://github.com/json-path/JsonPath#what-is-returned-when" // the JSONPath that the specification names
)

// divergences are by the name of the file in testdata/machines. What moto (5.2.1)
// does is in the file's section "moto".
var divergences = map[string]divergence{
	"choice_missing":           {"a rule on an absent variable fails the execution, which is why IsPresent was added; moto takes it for a rule that does not hold", "https://github.com/awslabs/statelint/issues/7"},
	"choice_none":              {"no rule holds and there is no Default: States.NoChoiceMatched; moto reports its own exception as States.Runtime", errorNames},
	"context_times":            {"the times of the context object end in Z; moto's $$.State.EnteredTime ends in +00:00", "https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html"},
	"data_limit_not_caught":    {"States.ALL leaves States.DataLimitExceeded out; moto's takes it", errorHandling},
	"heartbeat_timeout_caught": {"States.HeartbeatTimeout takes a task that missed its heartbeat; moto knows only States.Timeout", errorHandling},
	"intrinsic_fails":          {"an intrinsic function that can't be evaluated fails with States.IntrinsicFailure, which can be caught; moto gives its exception as States.Runtime", errorNames},
	"intrinsics_escapes":       {`\{ and \} in a template are braces; moto can't format it`, intrinsics},
	"intrinsics_null":          {"null is an argument; moto drops it", specification + "#intrinsic-functions"},
	"intrinsics_quote":         {`\' in a template is a quote; moto's template ends there`, intrinsics},
	"intrinsics_rounding":      {"MathAdd rounds arguments that are no whole numbers; moto can't parse them", intrinsics},
	"map_of_no_list":           {"States.QueryEvaluationError is for JSONata; in JSONPath a Map over something else than a list is States.Runtime, and the cause names no class of Python", errorHandling},
	"operators_matches_escaped": {`\* in StringMatches is a star; moto takes every star for any text`,
		"https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html"},
	"operators_timestamp_offset": {"a timestamp is any of RFC 3339, with an offset and fractions of a second; moto knows whole seconds in Z only", specification + "#timestamps"},
	"parallel_branch_failed":     {"States.BranchFailed takes the failure of a branch of a Parallel; moto never matches it", errorNames},
	"parameters_fail":            {"a path in Parameters that finds nothing fails with States.ParameterPathFailure, which can be caught; moto has States.Runtime", errorNames},
	"path_filter_nothing":        {"a filter always gives a list, if an empty one; moto fails", jsonPath},
	"path_item":                  {"a path without wildcard, slice or filter gives a value; moto gives a list of one when it leads through an item", jsonPath},
	"path_last":                  {"a path without wildcard, slice or filter gives a value; moto gives a list of one when the index is negative", jsonPath},
	"result_path_fails":          {"a ResultPath that can't be applied fails with States.ResultPathMatchFailure; moto fills the list with empty objects", errorNames},
	"task_events_fail":           {"a cause is text, and so is what Catch makes of it; moto puts an object there", "https://docs.aws.amazon.com/step-functions/latest/apireference/API_TaskFailedEventDetails.html"},
	"token_fails_with_a_cause":   {"the cause given to SendTaskFailure reaches Catch; moto's server drops it", "https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskFailure.html"},
	"token_retried":              {"each attempt has a token of its own and waits for its own answer; moto's second attempt has the token, and the answer, of the first", "https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token"},
}
