package route53

import (
	"context"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
)

// CreateHealthCheck is Route 53's CreateHealthCheck of an endpoint. The same
// reference with the same settings is the same check. Nothing is asked of the
// endpoint: [Service.SetHealth] says how it is, and at first it is healthy.
func (s *Service) CreateHealthCheck(ctx context.Context, in *sdk.CreateHealthCheckInput, _ ...func(*sdk.Options)) (*sdk.CreateHealthCheckOutput, error) {
	return serve(ctx, s, "CreateHealthCheck", func() (*sdk.CreateHealthCheckOutput, error) {
		reference := aws.ToString(in.CallerReference)
		if reference == "" || in.HealthCheckConfig == nil {
			return nil, invalidInput("CallerReference and HealthCheckConfig are required.")
		}
		config := *in.HealthCheckConfig
		switch config.Type {
		case types.HealthCheckTypeHttp, types.HealthCheckTypeHttps, types.HealthCheckTypeTcp, types.HealthCheckTypeHttpStrMatch, types.HealthCheckTypeHttpsStrMatch:
		default:
			return nil, unsupported("health checks of type " + string(config.Type))
		}
		if config.IPAddress == nil && config.FullyQualifiedDomainName == nil {
			return nil, invalidInput("A health check needs an IPAddress or a FullyQualifiedDomainName.")
		}
		for _, known := range s.books.checks {
			switch {
			case known.Reference != reference:
			case reflect.DeepEqual(known.Config, config):
				return created(known), nil
			default:
				return nil, healthCheckExists(reference)
			}
		}
		made := healthCheck{ID: newID("H"), Reference: reference, Config: config}
		if err := s.commit(entry{"check/" + made.ID, made}); err != nil {
			return nil, err
		}
		return created(made), nil
	})
}

func created(check healthCheck) *sdk.CreateHealthCheckOutput {
	return &sdk.CreateHealthCheckOutput{
		HealthCheck: check.described(), Location: aws.String("https://route53.amazonaws.com/2013-04-01/healthcheck/" + check.ID),
	}
}

func (c healthCheck) described() *types.HealthCheck {
	return &types.HealthCheck{Id: &c.ID, CallerReference: &c.Reference, HealthCheckConfig: &c.Config, HealthCheckVersion: aws.Int64(1)}
}

// GetHealthCheck is Route 53's GetHealthCheck.
func (s *Service) GetHealthCheck(ctx context.Context, in *sdk.GetHealthCheckInput, _ ...func(*sdk.Options)) (*sdk.GetHealthCheckOutput, error) {
	return serve(ctx, s, "GetHealthCheck", func() (*sdk.GetHealthCheckOutput, error) {
		check, err := s.check(in.HealthCheckId)
		if err != nil {
			return nil, err
		}
		return &sdk.GetHealthCheckOutput{HealthCheck: check.described()}, nil
	})
}

// GetHealthCheckStatus is Route 53's GetHealthCheckStatus, as one checker sees it.
func (s *Service) GetHealthCheckStatus(ctx context.Context, in *sdk.GetHealthCheckStatusInput, _ ...func(*sdk.Options)) (*sdk.GetHealthCheckStatusOutput, error) {
	return serve(ctx, s, "GetHealthCheckStatus", func() (*sdk.GetHealthCheckStatusOutput, error) {
		check, err := s.check(in.HealthCheckId)
		if err != nil {
			return nil, err
		}
		status := "Success: HTTP Status Code 200, OK"
		if check.Failing {
			status = "Failure: Connection timed out. The endpoint or the internet connection is down, or requests are being blocked by your firewall."
		}
		return &sdk.GetHealthCheckStatusOutput{HealthCheckObservations: []types.HealthCheckObservation{{
			Region: types.HealthCheckRegionUsEast1, IPAddress: aws.String("192.0.2.1"),
			StatusReport: &types.StatusReport{Status: &status, CheckedTime: aws.Time(s.now())},
		}}}, nil
	})
}

// DeleteHealthCheck is Route 53's DeleteHealthCheck. Records that still name the check count as healthy.
func (s *Service) DeleteHealthCheck(ctx context.Context, in *sdk.DeleteHealthCheckInput, _ ...func(*sdk.Options)) (*sdk.DeleteHealthCheckOutput, error) {
	return serve(ctx, s, "DeleteHealthCheck", func() (*sdk.DeleteHealthCheckOutput, error) {
		check, err := s.check(in.HealthCheckId)
		if err != nil {
			return nil, err
		}
		return &sdk.DeleteHealthCheckOutput{}, s.commit(entry{key: "check/" + check.ID}, entry{key: "tags/" + tagsKey(types.TagResourceTypeHealthcheck, check.ID)})
	})
}

// SetHealth says what the checkers of a health check see from now on.
func (s *Service) SetHealth(id string, healthy bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	check, err := s.check(&id)
	if err != nil {
		return err
	}
	check.Failing = !healthy
	return s.commit(entry{"check/" + id, check})
}

// check finds a health check. The caller holds s.mu.
func (s *Service) check(id *string) (healthCheck, error) {
	check, ok := s.books.checks[aws.ToString(id)]
	if !ok {
		return healthCheck{}, noHealthCheck(aws.ToString(id))
	}
	return check, nil
}

// isHealthy is what the check says: one that is disabled says that all is well,
// and one that is inverted the contrary of what it would say.
// https://docs.aws.amazon.com/Route53/latest/APIReference/API_HealthCheckConfig.html
func (c healthCheck) isHealthy() bool {
	healthy := !c.Failing || aws.ToBool(c.Config.Disabled)
	return healthy != aws.ToBool(c.Config.Inverted)
}
