package lambda

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// settings are the fields that CreateFunction and UpdateFunctionConfiguration
// have in common, and which the configuration writes in another type.
type settings struct {
	Environment *types.Environment
	ImageConfig *types.ImageConfig
	Layers      []string
	MemorySize  *int32
	SnapStart   *types.SnapStart
	Timeout     *int32
	VpcConfig   *types.VpcConfig

	DeadLetterConfig *types.DeadLetterConfig
	TracingConfig    *types.TracingConfig
}

// configure applies an input to a configuration; a field that is not set stays.
func configure(config *types.FunctionConfiguration, input any) error {
	var set settings
	assign(&set, input)
	if err := set.validate(); err != nil {
		return err
	}
	assign(config, input)
	if set.Environment != nil {
		config.Environment = &types.EnvironmentResponse{Variables: set.Environment.Variables}
	}
	if set.ImageConfig != nil {
		config.ImageConfigResponse = &types.ImageConfigResponse{ImageConfig: set.ImageConfig}
	}
	if set.Layers != nil {
		config.Layers = nil
		for _, arn := range set.Layers {
			config.Layers = append(config.Layers, types.Layer{Arn: aws.String(arn)})
		}
	}
	if set.SnapStart != nil {
		config.SnapStart = &types.SnapStartResponse{ApplyOn: set.SnapStart.ApplyOn, OptimizationStatus: types.SnapStartOptimizationStatusOff}
	}
	if set.TracingConfig != nil {
		config.TracingConfig = &types.TracingConfigResponse{Mode: set.TracingConfig.Mode}
	}
	if set.VpcConfig != nil {
		config.VpcConfig = &types.VpcConfigResponse{SecurityGroupIds: set.VpcConfig.SecurityGroupIds, SubnetIds: set.VpcConfig.SubnetIds}
	}
	if set.DeadLetterConfig != nil && aws.ToString(set.DeadLetterConfig.TargetArn) == "" {
		config.DeadLetterConfig = nil // an empty target removes it
	}
	sum, err := configurationSum(*config)
	config.ConfigSha256 = aws.String(sum)
	return err
}

// validate checks the limits: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
func (s settings) validate() error {
	if s.MemorySize != nil && (*s.MemorySize < 128 || *s.MemorySize > 10240) {
		return invalid("'MemorySize' value failed to satisfy constraint: Member must have value between 128 and 10240, not %d", *s.MemorySize)
	}
	if s.Timeout != nil && (*s.Timeout < 1 || *s.Timeout > 900) {
		return invalid("'Timeout' value failed to satisfy constraint: Member must have value between 1 and 900, not %d", *s.Timeout)
	}
	return nil
}

// configurationSum is a hash of what a version is made of besides its code.
func configurationSum(config types.FunctionConfiguration) (string, error) {
	config.CodeSha256, config.CodeSize, config.ConfigSha256 = nil, 0, nil
	config.LastModified, config.RevisionId, config.Version, config.FunctionArn = nil, nil, nil, nil
	text, err := json.Marshal(config)
	if err != nil {
		return "", internal(err)
	}
	sum := sha256.Sum256(text)
	return base64.StdEncoding.EncodeToString(sum[:]), nil
}

// defaults are CreateFunction's: https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
func defaults(name string) types.FunctionConfiguration {
	return types.FunctionConfiguration{
		Architectures:    []types.Architecture{types.ArchitectureX8664},
		EphemeralStorage: &types.EphemeralStorage{Size: aws.Int32(512)},
		FunctionName:     aws.String(name),
		LoggingConfig:    &types.LoggingConfig{LogFormat: types.LogFormatText, LogGroup: aws.String("/aws/lambda/" + name)},
		MemorySize:       aws.Int32(128),
		PackageType:      types.PackageTypeZip,
		SnapStart:        &types.SnapStartResponse{ApplyOn: types.SnapStartApplyOnNone, OptimizationStatus: types.SnapStartOptimizationStatusOff},
		Timeout:          aws.Int32(3),
		TracingConfig:    &types.TracingConfigResponse{Mode: types.TracingModePassThrough},
		Version:          aws.String(latest),
	}
}
