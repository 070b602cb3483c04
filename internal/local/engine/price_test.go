package engine_test

// region is where the prices are of.
const region = "us-east-1 (N. Virginia)"

// pricesAsOf is when the prices were taken from AWS's pages. Free tiers are not counted.
const pricesAsOf = "November 2026"

// A price is what AWS takes for one unit of something, in USD.
type price struct {
	what string
	// per is how many units the published price is for.
	per       float64
	published float64
	unit      string
	page      string
}

// of is what so many units cost.
func (p price) of(units float64) float64 { return units * p.published / p.per }

// hoursAMonth is how AWS prorates what is priced by the month.
const hoursAMonth = 730

var (
	priceTransition = price{"Step Functions Standard, state transitions", 1000, 0.025, "1,000", "https://aws.amazon.com/step-functions/pricing/"}
	priceRequest    = price{"Lambda, requests", 1e6, 0.20, "million", "https://aws.amazon.com/lambda/pricing/"}
	priceGBSecond   = price{"Lambda, GB-seconds, arm64", 1, 0.0000133334, "GB-second", "https://aws.amazon.com/lambda/pricing/"}
	priceWrite      = price{"DynamoDB on demand, write request units", 1e6, 0.625, "million", "https://aws.amazon.com/dynamodb/pricing/on-demand/"}
	priceRead       = price{"DynamoDB on demand, read request units", 1e6, 0.125, "million", "https://aws.amazon.com/dynamodb/pricing/on-demand/"}
	priceEvent      = price{"EventBridge, custom events", 1e6, 1.00, "million", "https://aws.amazon.com/eventbridge/pricing/"}
	priceMetricRead = price{"CloudWatch, metrics read by GetMetricData", 1000, 0.01, "1,000", "https://aws.amazon.com/cloudwatch/pricing/"}
	priceAlarmRead  = price{"CloudWatch, DescribeAlarms", 1000, 0.01, "1,000", "https://aws.amazon.com/cloudwatch/pricing/"}
	priceMetricHour = price{"CloudWatch, custom metrics, in the hours in which they have values", hoursAMonth, 0.30, "month", "https://aws.amazon.com/cloudwatch/pricing/"}
	priceLog        = price{"CloudWatch Logs, ingested", 1e9, 0.50, "GB", "https://aws.amazon.com/cloudwatch/pricing/"}
	priceTrace      = price{"X-Ray, traces", 1e6, 5.00, "million", "https://aws.amazon.com/xray/pricing/"}
	priceObjectRead = price{"S3, GET and HEAD requests", 1000, 0.0004, "1,000", "https://aws.amazon.com/s3/pricing/"}
)
