package conformance_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamodbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	target "github.com/goldfinch-dev/goldfinch/internal/target/lambda"
)

// What is in the account besides the services to release.
const (
	table  = "goldfinch"
	bucket = "goldfinch-" + accountID + "-" + region
	role   = "echo"
	alias  = "live"
)

// owner is who has the services, as their calls are signed.
const owner = "owner"

// An account is one that moto holds, as its owner sees it.
type account struct {
	// address is moto's own, behind the cloud.
	address *url.URL

	lambda     *lambda.Client
	cloudWatch *cloudwatch.Client
	dynamoDB   *dynamodb.Client
	s3         *s3.Client
	// stream is the ARN of the ledger's.
	stream string
}

// newAccount is the account at moto's address, for whom the cloud's is the way there.
func newAccount(t *testing.T, address, cloud string) *account {
	t.Helper()
	parsed, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	config := aws.Config{
		Region: region, BaseEndpoint: &cloud, Credentials: credentials.NewStaticCredentialsProvider(owner, "secret", ""),
		DisableRequestCompression: true, // the cloud reads what it passes on
	}
	return &account{
		address: parsed, lambda: lambda.NewFromConfig(config), cloudWatch: cloudwatch.NewFromConfig(config),
		dynamoDB: dynamodb.NewFromConfig(config), s3: s3.NewFromConfig(config),
	}
}

// prepare makes what the stack makes, as far as moto is to hold it: the table and the bucket.
func (a *account) prepare(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	a.createRole(t)
	input := ledger.CreateTableInput(table)
	input.StreamSpecification = &dynamodbtypes.StreamSpecification{StreamEnabled: aws.Bool(true), StreamViewType: dynamodbtypes.StreamViewTypeNewAndOldImages}
	created, err := a.dynamoDB.CreateTable(ctx, input)
	if err != nil {
		t.Fatal(err)
	}
	a.stream = aws.ToString(created.TableDescription.LatestStreamArn)
	if _, err := a.s3.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String(bucket)}); err != nil {
		t.Fatal(err)
	}
	_, err = a.s3.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{
		Bucket: aws.String(bucket), VersioningConfiguration: &s3types.VersioningConfiguration{Status: s3types.BucketVersioningStatusEnabled},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// createRole makes the role of the functions that are released: moto looks whether there is one.
func (a *account) createRole(t *testing.T) {
	t.Helper()
	form := url.Values{"Action": {"CreateRole"}, "Version": {"2010-05-08"}, "RoleName": {role}, "AssumeRolePolicyDocument": {"{}"}}
	a.post(t, "iam", "application/x-www-form-urlencoded", "", []byte(form.Encode()))
}

// post makes one call of a service for which there is no client here.
func (a *account) post(t *testing.T, service, kind, operation string, body []byte) []byte {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, a.address.String(), bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", kind)
	request.Header.Set("Authorization", fmt.Sprintf("AWS4-HMAC-SHA256 Credential=%s/20300101/%s/%s/aws4_request, SignedHeaders=host, Signature=none", owner, region, service))
	if operation != "" {
		request.Header.Set("X-Amz-Target", operation)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s %v\n%s", service, operation, answer.Status, err, said)
	}
	return said
}

// A service is one to release: a function with the alias "live" on version 1.
type service struct {
	*account
	// name is the service's, and its function's.
	name string
}

// newService makes the function of a service, tagged as that of a service, which may be another.
func (a *account) newService(t *testing.T, name, tag string, code []byte) *service {
	t.Helper()
	ctx := t.Context()
	function := aws.String(name)
	_, err := a.lambda.CreateFunction(ctx, &lambda.CreateFunctionInput{
		FunctionName: function, Runtime: lambdatypes.RuntimeProvidedal2023, Handler: aws.String("bootstrap"),
		Role: aws.String("arn:aws:iam::" + accountID + ":role/" + role), Timeout: aws.Int32(10), Publish: true,
		Code: &lambdatypes.FunctionCode{ZipFile: code}, Tags: map[string]string{target.TagService: tag},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.lambda.CreateAlias(ctx, &lambda.CreateAliasInput{FunctionName: function, Name: aws.String(alias), FunctionVersion: aws.String("1")})
	if err != nil {
		t.Fatal(err)
	}
	return &service{account: a, name: name}
}

// split is where the alias sends its traffic, such as "1" or "90% 1, 10% 2".
func (s *service) split(t *testing.T) string {
	t.Helper()
	found, err := s.lambda.GetAlias(t.Context(), &lambda.GetAliasInput{FunctionName: aws.String(s.name), Name: aws.String(alias)})
	if err != nil {
		t.Fatal(err)
	}
	stable := aws.ToString(found.FunctionVersion)
	if found.RoutingConfig != nil {
		for version, weight := range found.RoutingConfig.AdditionalVersionWeights {
			return fmt.Sprintf("%g%% %s, %g%% %s", 100-100*weight, stable, 100*weight, version)
		}
	}
	return stable
}

// revision changes whenever somebody writes the alias.
func (s *service) revision(t *testing.T) string {
	t.Helper()
	found, err := s.lambda.GetAlias(t.Context(), &lambda.GetAliasInput{FunctionName: aws.String(s.name), Name: aws.String(alias)})
	if err != nil {
		t.Fatal(err)
	}
	return aws.ToString(found.RevisionId)
}

// receive books what both versions' users would have caused: as many requests a
// minute as the judge needs, and no errors. Lambda books them by the minute
// in which they began, so this can be done for minutes to come.
func (s *service) receive(t *testing.T, minutes int) {
	t.Helper()
	var data []cloudwatchtypes.MetricDatum
	from := time.Now().Truncate(time.Minute)
	for i := range minutes {
		for version, requests := range map[string]float64{"1": 900, "2": 100} {
			for metric, value := range map[string]float64{"Invocations": requests, "Errors": 0} {
				data = append(data, cloudwatchtypes.MetricDatum{
					MetricName: aws.String(metric), Value: aws.Float64(value), Timestamp: aws.Time(from.Add(time.Duration(i)*time.Minute + 30*time.Second)),
					Dimensions: []cloudwatchtypes.Dimension{
						{Name: aws.String("FunctionName"), Value: aws.String(s.name)},
						{Name: aws.String("Resource"), Value: aws.String(s.name + ":" + alias)},
						{Name: aws.String("ExecutedVersion"), Value: aws.String(version)},
					},
				})
			}
		}
	}
	_, err := s.cloudWatch.PutMetricData(t.Context(), &cloudwatch.PutMetricDataInput{Namespace: aws.String("AWS/Lambda"), MetricData: data})
	if err != nil {
		t.Fatal(err)
	}
}

// newAlarm makes an alarm on the errors of the service, which is OK.
func (s *service) newAlarm(t *testing.T) (name string) {
	t.Helper()
	name = s.name + "-errors"
	_, err := s.cloudWatch.PutMetricAlarm(t.Context(), &cloudwatch.PutMetricAlarmInput{
		AlarmName: aws.String(name), Namespace: aws.String("AWS/Lambda"), MetricName: aws.String("Errors"), Statistic: cloudwatchtypes.StatisticSum,
		Period: aws.Int32(60), EvaluationPeriods: aws.Int32(1), Threshold: aws.Float64(1), ComparisonOperator: cloudwatchtypes.ComparisonOperatorGreaterThanOrEqualToThreshold,
		Dimensions: []cloudwatchtypes.Dimension{{Name: aws.String("FunctionName"), Value: aws.String(s.name)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.setAlarm(t, name, cloudwatchtypes.StateValueOk, "no errors")
	return name
}

func (s *service) setAlarm(t *testing.T, name string, state cloudwatchtypes.StateValue, reason string) {
	t.Helper()
	_, err := s.cloudWatch.SetAlarmState(t.Context(), &cloudwatch.SetAlarmStateInput{AlarmName: aws.String(name), StateValue: state, StateReason: aws.String(reason)})
	if err != nil {
		t.Fatal(err)
	}
}

// records are the changes of the ledger's table so far, as DynamoDB's stream gives them.
func (a *account) records(t *testing.T) []json.RawMessage {
	t.Helper()
	ask := func(operation string, input, output any) {
		t.Helper()
		body, err := json.Marshal(input)
		if err != nil {
			t.Fatal(err)
		}
		said := a.post(t, "dynamodb", "application/x-amz-json-1.0", "DynamoDBStreams_20120810."+operation, body)
		if err := json.Unmarshal(said, output); err != nil {
			t.Fatal(err)
		}
	}
	type object = map[string]any
	var described struct {
		StreamDescription struct{ Shards []struct{ ShardId string } }
	}
	ask("DescribeStream", object{"StreamArn": a.stream}, &described)
	var records []json.RawMessage
	for _, shard := range described.StreamDescription.Shards {
		var iterator struct{ ShardIterator string }
		ask("GetShardIterator", object{"StreamArn": a.stream, "ShardId": shard.ShardId, "ShardIteratorType": "TRIM_HORIZON"}, &iterator)
		for next := iterator.ShardIterator; ; {
			var page struct {
				Records           []json.RawMessage
				NextShardIterator string
			}
			ask("GetRecords", object{"ShardIterator": next}, &page)
			if len(page.Records) == 0 {
				break // the shard stays open
			}
			records = append(records, page.Records...)
			next = page.NextShardIterator
		}
	}
	return records
}

// functionOf is the function's name in what Invoke names it by: a name, an ARN, either with a qualifier.
// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
func functionOf(name string) (function, qualifier string) {
	if _, after, ok := strings.Cut(name, ":function:"); ok {
		name = after
	}
	function, qualifier, _ = strings.Cut(name, ":")
	return function, qualifier
}

// codeOf is the SHA-256 of a version's package, as Lambda writes it.
func (a *account) codeOf(ctx context.Context, function, qualifier string) (code, version string, err error) {
	found, err := a.lambda.GetFunction(ctx, &lambda.GetFunctionInput{FunctionName: &function, Qualifier: &qualifier})
	if err != nil {
		return "", "", err
	}
	return aws.ToString(found.Configuration.CodeSha256), aws.ToString(found.Configuration.Version), nil
}
