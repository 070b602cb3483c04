package runtime

import (
	"os"
	"strconv"

	"github.com/goldfinch-dev/goldfinch/internal/local/lambda"
)

// environment is what a function finds in its environment, and all of it:
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html.
// Of this machine's it has the search path and the folder for temporary files.
func environment(version lambda.Version, folder string, options Options, api string) []string {
	variables := map[string]string{
		"PATH":   os.Getenv("PATH"),
		"TMPDIR": os.TempDir(),
		"LANG":   "en_US.UTF-8",
		"TZ":     ":UTC",

		// Placeholders, so that the SDK signs its requests to the local cloud.
		"AWS_ACCESS_KEY_ID":     "local",
		"AWS_SECRET_ACCESS_KEY": "local",
		"AWS_SESSION_TOKEN":     "local",
		"AWS_REGION":            options.Region,
		"AWS_DEFAULT_REGION":    options.Region,
	}
	if options.Endpoint != "" {
		variables["AWS_ENDPOINT_URL"] = options.Endpoint
	}
	for name, value := range version.Environment {
		variables[name] = value
	}
	// Reserved: a function cannot set these.
	variables["_HANDLER"] = version.Handler
	variables["LAMBDA_TASK_ROOT"] = folder
	variables["AWS_LAMBDA_RUNTIME_API"] = api
	variables["AWS_LAMBDA_FUNCTION_NAME"] = version.Function
	variables["AWS_LAMBDA_FUNCTION_VERSION"] = version.Number
	variables["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] = strconv.Itoa(version.MemoryMB)
	variables["AWS_LAMBDA_INITIALIZATION_TYPE"] = "on-demand"
	variables["AWS_LAMBDA_LOG_GROUP_NAME"] = "/aws/lambda/" + version.Function
	variables["AWS_LAMBDA_LOG_STREAM_NAME"] = version.ID
	variables["AWS_EXECUTION_ENV"] = "AWS_Lambda_provided.al2023"

	list := make([]string, 0, len(variables))
	for name, value := range variables {
		list = append(list, name+"="+value)
	}
	return list
}
