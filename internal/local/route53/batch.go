package route53

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
)

const (
	// mostElements and mostCharacters bound a batch; an UPSERT counts twice.
	// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html#limits-api-requests-changeresourcerecordsets
	mostElements, mostCharacters = 1000, 32_000
	// longestComment is that of a batch's.
	longestComment = 256
)

// ChangeResourceRecordSets is Route 53's ChangeResourceRecordSets: all changes of
// the batch or none.
func (s *Service) ChangeResourceRecordSets(ctx context.Context, in *sdk.ChangeResourceRecordSetsInput, _ ...func(*sdk.Options)) (*sdk.ChangeResourceRecordSetsOutput, error) {
	return serve(ctx, s, "ChangeResourceRecordSets", func() (*sdk.ChangeResourceRecordSetsOutput, error) {
		z, err := s.zone(in.HostedZoneId)
		if err != nil {
			return nil, err
		}
		if in.ChangeBatch == nil || len(in.ChangeBatch.Changes) == 0 {
			return nil, invalidInput("A change batch needs at least one change.")
		}
		if len(aws.ToString(in.ChangeBatch.Comment)) > longestComment {
			return nil, invalidInput("A comment has at most %d characters.", longestComment)
		}
		changes, err := s.checked(in.ChangeBatch.Changes)
		if err != nil {
			return nil, err
		}
		now := s.now()
		if s.options.Busy > 0 && now.Before(z.ChangedAt.Add(s.options.Busy)) {
			return nil, busy()
		}
		records, messages := z.changed(changes)
		if len(messages) > 0 {
			return nil, invalidBatch(messages)
		}
		made := change{ID: newID("C"), Comment: aws.ToString(in.ChangeBatch.Comment), SubmittedAt: now, InSyncAt: now.Add(s.options.Propagation)}
		z.ChangedAt = now
		z.publish(now, made.InSyncAt, records)
		if err := s.commit(entry{"zone/" + z.ID, z}, entry{"change/" + made.ID, made}); err != nil {
			return nil, err
		}
		return &sdk.ChangeResourceRecordSetsOutput{ChangeInfo: made.info(now)}, nil
	})
}

// checked are the changes, normal and copied, once each is one that could be made of some zone.
func (s *Service) checked(given []types.Change) ([]types.Change, error) {
	elements, characters := 0, 0
	changes := make([]types.Change, len(given))
	for i, one := range given {
		if !slices.Contains(one.Action.Values(), one.Action) {
			return nil, invalidInput("Invalid action %q.", one.Action)
		}
		if one.ResourceRecordSet == nil {
			return nil, invalidInput("A change needs a ResourceRecordSet.")
		}
		set, err := copyOf(normal(*one.ResourceRecordSet))
		if err != nil {
			return nil, internal(err)
		}
		if err := s.checkSet(one.Action, set); err != nil {
			return nil, err
		}
		times := 1
		if one.Action == types.ChangeActionUpsert {
			times = 2
		}
		elements += times * len(set.ResourceRecords)
		for _, record := range set.ResourceRecords {
			characters += times * len(aws.ToString(record.Value))
		}
		changes[i] = types.Change{Action: one.Action, ResourceRecordSet: &set}
	}
	if elements > mostElements || characters > mostCharacters {
		return nil, invalidBatch([]string{fmt.Sprintf("Number of records limit of %d, or of characters of %d, exceeded.", mostElements, mostCharacters)})
	}
	return changes, nil
}

// changed makes the changes one after the other on a copy of the zone's records,
// and returns everything that is wrong with them, or with what they lead to.
func (z *zone) changed(changes []types.Change) (recordSets, []string) {
	records := slices.Clone(z.Records)
	var messages []string
	for _, one := range changes {
		set := *one.ResourceRecordSet
		if !isWithin(*set.Name, z.Name) {
			messages = append(messages, fmt.Sprintf("RRSet with DNS name %s is not permitted in zone %s", *set.Name, z.Name))
			continue
		}
		at, found := records.find(set)
		switch {
		case one.Action == types.ChangeActionCreate && found:
			messages = append(messages, fmt.Sprintf("Tried to create resource record set %s but it already exists", describe(set)))
		case one.Action == types.ChangeActionDelete && !found:
			messages = append(messages, fmt.Sprintf("Tried to delete resource record set %s but it was not found", describe(set)))
		case one.Action == types.ChangeActionDelete && !isSame(records[at], set):
			messages = append(messages, fmt.Sprintf("Tried to delete resource record set %s but the values provided do not match the current values", describe(set)))
		case one.Action == types.ChangeActionDelete:
			records = slices.Delete(records, at, at+1)
		default:
			records = records.put(set)
		}
	}
	if len(messages) > 0 {
		return nil, messages
	}
	return records, z.conflicts(records, changes)
}

// GetChange is Route 53's GetChange.
func (s *Service) GetChange(ctx context.Context, in *sdk.GetChangeInput, _ ...func(*sdk.Options)) (*sdk.GetChangeOutput, error) {
	return serve(ctx, s, "GetChange", func() (*sdk.GetChangeOutput, error) {
		made, ok := s.books.changes[bare(aws.ToString(in.Id))]
		if !ok {
			return nil, noChange(bare(aws.ToString(in.Id)))
		}
		return &sdk.GetChangeOutput{ChangeInfo: made.info(s.now())}, nil
	})
}

// info is a change as Route 53 answers at a time.
func (c change) info(now time.Time) *types.ChangeInfo {
	info := &types.ChangeInfo{Id: aws.String("/change/" + c.ID), SubmittedAt: aws.Time(c.SubmittedAt), Status: types.ChangeStatusPending}
	if c.Comment != "" {
		info.Comment = &c.Comment
	}
	if !now.Before(c.InSyncAt) {
		info.Status = types.ChangeStatusInsync
	}
	return info
}
