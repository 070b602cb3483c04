package dynamodb

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/goldfinch-dev/goldfinch/internal/local/dynamodb/attribute"
	"github.com/goldfinch-dev/goldfinch/internal/local/dynamodb/expression"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

// A write is one action on one item, prepared as far as it can be without the item.
type write struct {
	table     *table
	key       key
	condition *expression.Condition
	update    *expression.Update
	scope     expression.Scope
	// effect makes the new item from the old, either of which is nil when there
	// is none. A nil effect only checks the condition.
	effect func(old attribute.Item) (attribute.Item, error)
	// showOld: a failure of the condition shows the item.
	showOld bool
	// size is the bytes that the request gives for the item.
	size int

	// What commit finds and does.
	old, new attribute.Item
	failure  error
}

// attempt finds the item and makes its successor. The service's lock must be held.
func (w *write) attempt() {
	w.old = w.table.get(w.key).item
	if w.condition != nil && !w.condition.Match(w.old, w.scope) {
		failure := &types.ConditionalCheckFailedException{Message: aws.String("The conditional request failed")}
		if w.showOld {
			failure.Item = attribute.CopyItem(w.old)
		}
		w.failure = failure
		return
	}
	if w.effect != nil {
		w.new, w.failure = w.effect(w.old)
	}
}

// Of how many request units each unit of a write is.
const (
	single        = 1
	transactional = 2
)

// commit makes all writes, durably, or none; the failures are in the writes.
// Each unit of them takes times request units. The service's lock must be held.
func (s *Service) commit(writes []*write, times int) (done bool, err error) {
	done = true
	for _, w := range writes {
		if s.tables[w.table.Name] != w.table {
			return false, errNoTable()
		}
		w.attempt()
		done = done && w.failure == nil
	}
	s.meterWrites(writes, times)
	if !done {
		return false, nil
	}
	if err := s.saveWrites(writes); err != nil {
		return false, err
	}
	for _, w := range writes {
		if w.effect != nil {
			w.table.set(w.key, w.new)
		}
	}
	if s.changed != nil {
		if made := s.changes(writes); len(made) > 0 {
			s.changed(made)
		}
	}
	return true, nil
}

// saveWrites makes the items of attempted writes durable.
func (s *Service) saveWrites(writes []*write) error {
	if s.store == nil {
		return nil
	}
	var changes []store.Change
	for _, w := range writes {
		if w.effect == nil || w.old == nil && w.new == nil {
			continue
		}
		change := store.Change{Bucket: w.table.bucket, Key: w.key.stored()}
		if item := w.new; item != nil { // which is never changed, only replaced
			change.Encode = func() ([]byte, error) { return attribute.EncodeItem(item) }
		}
		changes = append(changes, change)
	}
	return s.save(changes...)
}

// commitOne makes one write; its failure is the error.
func (s *Service) commitOne(w *write) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.commit([]*write{w}, single); err != nil {
		return err
	}
	return w.failure
}

// preparePut checks a Put of any request.
func (s *Service) preparePut(in types.Put) (*write, error) {
	t, err := s.table(in.TableName)
	if err != nil {
		return nil, err
	}
	item, err := attribute.NormalizeItem(in.Item)
	if err != nil {
		return nil, err
	}
	w := &write{table: t, size: attribute.ItemSize(item)}
	if w.key, err = t.Key.keyOfItem(item); err != nil {
		return nil, err
	}
	if w.size > attribute.MaximumItemSize {
		return nil, attribute.Invalid("Item size has exceeded the maximum allowed size")
	}
	w.effect = func(attribute.Item) (attribute.Item, error) { return item, nil }
	return w, s.prepareCondition(w, in.ConditionExpression, nil, in.ExpressionAttributeNames, in.ExpressionAttributeValues, in.ReturnValuesOnConditionCheckFailure)
}

// prepareDelete checks a Delete of any request.
func (s *Service) prepareDelete(in types.Delete) (*write, error) {
	w, err := s.prepareKey(in.TableName, in.Key)
	if err != nil {
		return nil, err
	}
	w.effect = func(attribute.Item) (attribute.Item, error) { return nil, nil }
	return w, s.prepareCondition(w, in.ConditionExpression, nil, in.ExpressionAttributeNames, in.ExpressionAttributeValues, in.ReturnValuesOnConditionCheckFailure)
}

// prepareCheck checks a ConditionCheck.
func (s *Service) prepareCheck(in types.ConditionCheck) (*write, error) {
	w, err := s.prepareKey(in.TableName, in.Key)
	if err != nil {
		return nil, err
	}
	if in.ConditionExpression == nil {
		return nil, attribute.Invalid("The expression can not be null; parameter: ConditionExpression")
	}
	return w, s.prepareCondition(w, in.ConditionExpression, nil, in.ExpressionAttributeNames, in.ExpressionAttributeValues, in.ReturnValuesOnConditionCheckFailure)
}

// prepareUpdate checks an Update of any request.
func (s *Service) prepareUpdate(in types.Update) (*write, error) {
	w, err := s.prepareKey(in.TableName, in.Key)
	if err != nil {
		return nil, err
	}
	w.effect = func(old attribute.Item) (attribute.Item, error) {
		base := old
		if base == nil {
			base, _ = attribute.NormalizeItem(in.Key)
		}
		if w.update == nil {
			return base, nil
		}
		item, err := w.update.Apply(base, w.scope)
		if err != nil {
			return nil, err
		}
		if attribute.ItemSize(item) > attribute.MaximumItemSize {
			return nil, attribute.Invalid("Item size to update has exceeded the maximum allowed size")
		}
		return item, nil
	}
	if err := s.prepareCondition(w, in.ConditionExpression, in.UpdateExpression, in.ExpressionAttributeNames, in.ExpressionAttributeValues, in.ReturnValuesOnConditionCheckFailure); err != nil {
		return nil, err
	}
	if w.update == nil {
		return w, nil
	}
	for _, name := range w.update.Attributes(w.scope) {
		if w.table.Key.isKey(name) {
			return nil, attribute.Invalid("One or more parameter values were invalid: Cannot update attribute %s. This attribute is part of the key", name)
		}
	}
	return w, nil
}

// prepareKey begins a write of the item of that key.
func (s *Service) prepareKey(name *string, given attribute.Item) (*write, error) {
	t, err := s.table(name)
	if err != nil {
		return nil, err
	}
	w := &write{table: t}
	if w.key, err = t.keyOf(given); err != nil {
		return nil, err
	}
	w.size = attribute.ItemSize(given)
	return w, nil
}

// keyOf normalises and checks a request's Key.
func (t *table) keyOf(given attribute.Item) (key, error) {
	if k, ok := t.Key.keyOfTexts(given); ok {
		return k, nil
	}
	normal, err := attribute.NormalizeItem(given)
	if err != nil {
		return key{}, err
	}
	return t.Key.keyOnly(normal)
}

// prepareCondition parses a write's expressions.
func (s *Service) prepareCondition(w *write, condition, update *string, names map[string]string, values map[string]attribute.Value, onFailure types.ReturnValuesOnConditionCheckFailure) error {
	r := s.request(names, values)
	w.condition = r.condition("ConditionExpression", condition)
	w.update = r.update(update)
	w.scope = r.scope
	w.showOld = onFailure == types.ReturnValuesOnConditionCheckFailureAllOld
	for _, v := range w.scope.Values {
		w.size += attribute.Size(v)
	}
	return r.check()
}

// PutItem creates or replaces an item.
func (s *Service) PutItem(ctx context.Context, in *dynamodb.PutItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error) {
	return call(ctx, s, "PutItem", in, s.putItem)
}

func (s *Service) putItem(in *dynamodb.PutItemInput) (*dynamodb.PutItemOutput, error) {
	if err := refuse(unsupported{"Expected", in.Expected != nil}, unsupported{"ConditionalOperator", in.ConditionalOperator != ""}); err != nil {
		return nil, err
	}
	if err := checkReturnOld(in.ReturnValues); err != nil {
		return nil, err
	}
	w, err := s.preparePut(types.Put{
		TableName: in.TableName, Item: in.Item, ConditionExpression: in.ConditionExpression,
		ExpressionAttributeNames: in.ExpressionAttributeNames, ExpressionAttributeValues: in.ExpressionAttributeValues,
		ReturnValuesOnConditionCheckFailure: in.ReturnValuesOnConditionCheckFailure,
	})
	if err != nil {
		return nil, err
	}
	if err := s.commitOne(w); err != nil {
		return nil, err
	}
	return &dynamodb.PutItemOutput{Attributes: w.returned(in.ReturnValues)}, nil
}

// DeleteItem deletes an item; one that does not exist is no error.
func (s *Service) DeleteItem(ctx context.Context, in *dynamodb.DeleteItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error) {
	return call(ctx, s, "DeleteItem", in, s.deleteItem)
}

func (s *Service) deleteItem(in *dynamodb.DeleteItemInput) (*dynamodb.DeleteItemOutput, error) {
	if err := refuse(unsupported{"Expected", in.Expected != nil}, unsupported{"ConditionalOperator", in.ConditionalOperator != ""}); err != nil {
		return nil, err
	}
	if err := checkReturnOld(in.ReturnValues); err != nil {
		return nil, err
	}
	w, err := s.prepareDelete(types.Delete{
		TableName: in.TableName, Key: in.Key, ConditionExpression: in.ConditionExpression,
		ExpressionAttributeNames: in.ExpressionAttributeNames, ExpressionAttributeValues: in.ExpressionAttributeValues,
		ReturnValuesOnConditionCheckFailure: in.ReturnValuesOnConditionCheckFailure,
	})
	if err != nil {
		return nil, err
	}
	if err := s.commitOne(w); err != nil {
		return nil, err
	}
	return &dynamodb.DeleteItemOutput{Attributes: w.returned(in.ReturnValues)}, nil
}

// UpdateItem changes an item, or creates it.
func (s *Service) UpdateItem(ctx context.Context, in *dynamodb.UpdateItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	return call(ctx, s, "UpdateItem", in, s.updateItem)
}

func (s *Service) updateItem(in *dynamodb.UpdateItemInput) (*dynamodb.UpdateItemOutput, error) {
	err := refuse(unsupported{"Expected", in.Expected != nil}, unsupported{"ConditionalOperator", in.ConditionalOperator != ""},
		unsupported{"AttributeUpdates", in.AttributeUpdates != nil})
	if err != nil {
		return nil, err
	}
	if in.ReturnValues != "" && !slices.Contains(in.ReturnValues.Values(), in.ReturnValues) {
		return nil, errReturnValues(in.ReturnValues)
	}
	w, err := s.prepareUpdate(types.Update{
		TableName: in.TableName, Key: in.Key, ConditionExpression: in.ConditionExpression, UpdateExpression: in.UpdateExpression,
		ExpressionAttributeNames: in.ExpressionAttributeNames, ExpressionAttributeValues: in.ExpressionAttributeValues,
		ReturnValuesOnConditionCheckFailure: in.ReturnValuesOnConditionCheckFailure,
	})
	if err != nil {
		return nil, err
	}
	if err := s.commitOne(w); err != nil {
		return nil, err
	}
	return &dynamodb.UpdateItemOutput{Attributes: w.returned(in.ReturnValues)}, nil
}

func errReturnValues(given types.ReturnValue) error {
	return attribute.Invalid("ReturnValues can only be ALL_OLD or NONE, or for UpdateItem also UPDATED_OLD, ALL_NEW or UPDATED_NEW; got %s", given)
}

// checkReturnOld refuses what only UpdateItem returns.
func checkReturnOld(given types.ReturnValue) error {
	if given != "" && given != types.ReturnValueNone && given != types.ReturnValueAllOld {
		return errReturnValues(given)
	}
	return nil
}

// returned is what a committed write returns; nil when that is nothing.
func (w *write) returned(values types.ReturnValue) attribute.Item {
	var out attribute.Item
	switch values {
	case types.ReturnValueAllOld:
		return attribute.CopyItem(w.old)
	case types.ReturnValueAllNew:
		return attribute.CopyItem(w.new)
	case types.ReturnValueUpdatedOld:
		out = w.touched(w.old)
	case types.ReturnValueUpdatedNew:
		out = w.touched(w.new)
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// touched copies what the update writes out of an item.
func (w *write) touched(item attribute.Item) attribute.Item {
	if w.update == nil {
		return nil
	}
	return w.update.Touched(item, w.scope)
}
