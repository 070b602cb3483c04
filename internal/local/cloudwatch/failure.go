package cloudwatch

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/smithy-go"
)

// validationError is CloudWatch's answer to a request that cannot be. It has
// no type in the SDK; only its code tells.
func validationError(format string, arguments ...any) error {
	return &smithy.GenericAPIError{Code: "ValidationError", Message: fmt.Sprintf(format, arguments...), Fault: smithy.FaultClient}
}

// PutMetricData tells apart what is wrong with a datum, in types of the SDK,
// whose codes are the model's and not their own names.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html#API_PutMetricData_Errors

func invalidValue(format string, arguments ...any) error {
	return &types.InvalidParameterValueException{Message: aws.String(fmt.Sprintf(format, arguments...)), ErrorCodeOverride: aws.String("InvalidParameterValue")}
}

func invalidCombination(format string, arguments ...any) error {
	return &types.InvalidParameterCombinationException{Message: aws.String(fmt.Sprintf(format, arguments...)), ErrorCodeOverride: aws.String("InvalidParameterCombination")}
}

func missingParameter(format string, arguments ...any) error {
	return &types.MissingRequiredParameterException{Message: aws.String(fmt.Sprintf(format, arguments...)), ErrorCodeOverride: aws.String("MissingParameter")}
}
