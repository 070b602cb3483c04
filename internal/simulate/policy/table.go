package policy

import "fmt"

// The pages that the policies were read from.
const (
	codeDeployPage   = "https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html"
	samPage          = "https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/automating-updates-to-serverless-apps.html"
	flaggerPage      = "https://docs.flagger.app/usage/how-it-works"
	kayentaPage      = "https://github.com/spinnaker/kayenta"
	lambdaDeployPage = "https://github.com/aws-samples/aws-lambda-deploy"
	likelihoodPage   = "https://doi.org/10.1214/aoms/1177731118"
	judgePage        = "docs/judge.md"
)

// All lists every policy by its plain name, in the order of a table for people.
func All() []Policy {
	all := goldfinch()
	all = append(all, deployments()...)
	all = append(all,
		Policy{
			Name: "flagger", Source: flaggerPage,
			About:       "Flagger: 10 % more each minute up to 50 % while at least 99 % succeed; back after 5 failed checks",
			Progression: &Progression{Step: 0.1, Most: 0.5, Failures: 5, Limits: []Limit{{Metric: errorMetric, Rate: 0.01}}},
		},
		Policy{
			Name: "kayenta", Source: kayentaPage,
			About:    "Kayenta: 10 % for 10 minutes, then one Mann–Whitney test of the error rates",
			Analysis: &Analysis{Share: 0.1, Minutes: 10, Confidence: 0.98, Tolerance: 0.25, Metrics: []int{errorMetric}},
		},
		Policy{
			Name: "aws-lambda-deploy", Source: lambdaDeployPage,
			About:       "aws-lambda-deploy: 10 % more every 2 minutes; back on any error in the last minute of a step",
			HealthCheck: &HealthCheck{Steps: 10, Every: 2},
		},
		Policy{
			Name: "sprt", Source: likelihoodPage,
			About:      "Wald's test that knows both rates, at 10 %: the bound for a fixed share; never promotes",
			Likelihood: &Likelihood{Share: 0.1, Threshold: 100},
		},
		Policy{
			Name: "sprt-ratio", Source: likelihoodPage,
			About:      "Wald's test that knows the ratio of the rates, at 10 %; never promotes",
			Likelihood: &Likelihood{Share: 0.1, Threshold: 100, RatioOnly: true},
		},
	)
	return all
}

// deployments are CodeDeploy's predefined configurations for Lambda, with each kind of alarm.
func deployments() []Policy {
	shifts := []struct {
		name, about string
		shift       Deployment
	}{
		{"Canary10Percent5Minutes", "10 % for 5 minutes", Deployment{First: 0.1, Step: 0.9, Every: 5}},
		{"Canary10Percent10Minutes", "10 % for 10 minutes", Deployment{First: 0.1, Step: 0.9, Every: 10}},
		{"Canary10Percent15Minutes", "10 % for 15 minutes", Deployment{First: 0.1, Step: 0.9, Every: 15}},
		{"Canary10Percent30Minutes", "10 % for 30 minutes", Deployment{First: 0.1, Step: 0.9, Every: 30}},
		{"Linear10PercentEvery1Minute", "10 % more every minute", Deployment{First: 0.1, Step: 0.1, Every: 1}},
		{"Linear10PercentEvery2Minutes", "10 % more every 2 minutes", Deployment{First: 0.1, Step: 0.1, Every: 2}},
		{"Linear10PercentEvery3Minutes", "10 % more every 3 minutes", Deployment{First: 0.1, Step: 0.1, Every: 3}},
		{"Linear10PercentEvery10Minutes", "10 % more every 10 minutes", Deployment{First: 0.1, Step: 0.1, Every: 10}},
		{"AllAtOnce", "everything at once", Deployment{First: 1}},
	}
	anyError := Alarm{Metric: errorMetric, Of: Version}
	alarms := []struct {
		suffix, about, source string
		alarms                []Alarm
	}{
		{"", "SAM's standard alarms: any error, of the version or of the whole alias", samPage, []Alarm{anyError, {Metric: errorMetric, Of: Alias}}},
		{"-any", "an alarm on any error of the version", codeDeployPage, []Alarm{anyError}},
		{"-rate1", "an alarm on an error rate of the version above 1 %", codeDeployPage, []Alarm{{Metric: errorMetric, Of: Version, AsRate: true, Threshold: 0.01}}},
		{"-rate5", "an alarm on an error rate of the version above 5 %", codeDeployPage, []Alarm{{Metric: errorMetric, Of: Version, AsRate: true, Threshold: 0.05}}},
	}
	var all []Policy
	for _, shift := range shifts {
		for _, alarm := range alarms {
			deployment := shift.shift
			deployment.Alarms = alarm.alarms
			all = append(all, Policy{
				Name: shift.name + alarm.suffix, Source: alarm.source,
				About:      fmt.Sprintf("CodeDeploy: %s, with %s", shift.about, alarm.about),
				Deployment: &deployment,
			})
		}
	}
	return all
}
