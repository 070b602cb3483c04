package main

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Database is what a Table needs of DynamoDB.
type Database interface {
	GetItem(ctx context.Context, input *dynamodb.GetItemInput, options ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	PutItem(ctx context.Context, input *dynamodb.PutItemInput, options ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
}

// Table keeps items in a DynamoDB table whose partition key is the string "id".
type Table struct {
	Name string
	// Connect is called for the first item, so that a process that serves none starts faster.
	Connect func(ctx context.Context) (Database, error)

	mu       sync.Mutex
	database Database
}

var _ Items = (*Table)(nil)

// connect connects to AWS, or to what AWS_ENDPOINT_URL names.
func connect(ctx context.Context) (Database, error) {
	settings, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, err
	}
	return dynamodb.NewFromConfig(settings), nil
}

func (t *Table) connected(ctx context.Context) (Database, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.database == nil {
		database, err := t.Connect(ctx)
		if err != nil {
			return nil, t.explain(err)
		}
		t.database = database
	}
	return t.database, nil
}

// Get reads the item as it was last written, whoever wrote it.
func (t *Table) Get(ctx context.Context, id string) (string, error) {
	database, err := t.connected(ctx)
	if err != nil {
		return "", err
	}
	output, err := database.GetItem(ctx, &dynamodb.GetItemInput{
		TableName:      aws.String(t.Name),
		Key:            map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: id}},
		ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return "", t.explain(err)
	}
	if output.Item == nil {
		return "", ErrNoItem
	}
	content, ok := output.Item["content"].(*types.AttributeValueMemberS)
	if !ok {
		return "", fmt.Errorf("table %s: item %s has no content", t.Name, id)
	}
	return content.Value, nil
}

// Create writes the item unless there is one: two callers at once cannot both create it.
func (t *Table) Create(ctx context.Context, id, content string) error {
	database, err := t.connected(ctx)
	if err != nil {
		return err
	}
	_, err = database.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: aws.String(t.Name),
		Item: map[string]types.AttributeValue{
			"id":      &types.AttributeValueMemberS{Value: id},
			"content": &types.AttributeValueMemberS{Value: content},
		},
		ConditionExpression: aws.String("attribute_not_exists(id)"),
	})
	var exists *types.ConditionalCheckFailedException
	if errors.As(err, &exists) {
		return ErrItemExists
	}
	if err != nil {
		return t.explain(err)
	}
	return nil
}

func (t *Table) explain(err error) error {
	var missing *types.ResourceNotFoundException
	if errors.As(err, &missing) {
		return fmt.Errorf("table %s does not exist; create it with a string partition key named id: %w", t.Name, err)
	}
	return fmt.Errorf("table %s: %w", t.Name, err)
}
