package access_test

import (
	"slices"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/access"
)

// TestWhatAWSAsksOfOperationsBesides is of what an operation needs and no code calls: AWS checks it of whoever makes the call, and says AccessDenied in
// the middle of a release otherwise.
func TestWhatAWSAsksOfOperationsBesides(t *testing.T) {
	t.Parallel()
	launch := []string{"ec2:RunInstances", "ec2:CreateTags", "iam:PassRole"}
	for operation, want := range map[access.Operation][]string{
		{Service: "autoscaling", Name: "CreateAutoScalingGroup"}:       launch,
		{Service: "autoscaling", Name: "StartInstanceRefresh"}:         launch,
		{Service: "elasticloadbalancingv2", Name: "CreateRule"}:        {"elasticloadbalancing:AddTags", "cognito-idp:DescribeUserPoolClient"},
		{Service: "elasticloadbalancingv2", Name: "ModifyRule"}:        {"cognito-idp:DescribeUserPoolClient"},
		{Service: "elasticloadbalancingv2", Name: "ModifyListener"}:    {"cognito-idp:DescribeUserPoolClient"},
		{Service: "imagebuilder", Name: "StartImagePipelineExecution"}: {"imagebuilder:TagResource"},
	} {
		callers := 0
		for _, function := range access.Functions() {
			if !slices.Contains(access.Operations(function), operation) {
				continue
			}
			callers++
			var allowed []string
			for _, need := range access.Needs(function, operation) {
				allowed = append(allowed, need.Actions...)
			}
			for _, action := range want {
				if !slices.Contains(allowed, action) {
					t.Errorf("function %s calls %s, and may not use %s", function, operation, action)
				}
			}
		}
		if callers == 0 {
			t.Errorf("no function calls %s", operation)
		}
	}
}

func TestDriftMayGiveAGroupItsLaunchTemplateBack(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"alb", "asg"} {
		var allowed []string
		for _, statement := range access.Policy("drift", kind) {
			allowed = append(allowed, statement.Actions...)
		}
		for _, action := range []string{"autoscaling:UpdateAutoScalingGroup", "ec2:RunInstances", "ec2:CreateTags", "iam:PassRole"} {
			if !slices.Contains(allowed, action) {
				t.Errorf("with target %s, drift may not use %s", kind, action)
			}
		}
	}
}
