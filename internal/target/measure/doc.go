// Package measure reads from Amazon CloudWatch what the judge wants to know: how many requests a version had, how many of
// them were bad, and which alarms fire. What a target says to it is where the counts of a version are, as a [Source].
//
// What has no value counts as 0: CloudWatch has no point where nothing happened. Of 1,440 periods and both versions the
// answer is far below the 100,800 values that GetMetricData gives at once
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html). CloudWatch keeps periods of a minute for 15 days
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#metrics-retention).
package measure
