package dynamodb

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/goldfinch-dev/goldfinch/internal/local/dynamodb/attribute"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

// definitionsBucket is the store's bucket of tables; each table's items have one of their own.
const definitionsBucket = "dynamodb/tables"

// load reads every table from the store.
func (s *Service) load() error {
	if s.store == nil {
		return nil
	}
	err := s.store.Load(definitionsBucket, func(name string, data []byte) error {
		var d definition
		if err := json.Unmarshal(data, &d); err != nil {
			return fmt.Errorf("definition of table %s: %w", name, err)
		}
		s.tables[name] = newTable(d)
		return nil
	})
	if err != nil {
		return err
	}
	for name, t := range s.tables {
		err := s.store.Load(t.bucket, func(_ string, data []byte) error {
			item, err := attribute.DecodeItem(data)
			if err != nil {
				return err
			}
			k, err := t.Key.keyOfItem(item)
			if err != nil {
				return err
			}
			t.set(k, item)
			return nil
		})
		if err != nil {
			return fmt.Errorf("items of table %s: %w", name, err)
		}
	}
	return nil
}

// tableName takes a table's name out of what a request calls it: its name or its ARN.
func tableName(given *string) string {
	name := aws.ToString(given)
	if strings.HasPrefix(name, "arn:") {
		_, name, _ = strings.Cut(name, ":table/")
	}
	return name
}

// table returns the table that a request for its items names.
func (s *Service) table(given *string) (*table, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	t := s.tables[tableName(given)]
	if t == nil {
		return nil, errNoTable()
	}
	return t, nil
}

func errNoTable() error {
	return &types.ResourceNotFoundException{Message: aws.String("Requested resource not found")}
}

func errNoTableNamed(name string) error {
	return &types.ResourceNotFoundException{Message: aws.String("Requested resource not found: Table: " + name + " not found")}
}

// validTableName is DynamoDB's rule.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html#HowItWorks.NamingRules
var validTableName = regexp.MustCompile(`^[a-zA-Z0-9_.-]{3,255}$`)

// CreateTable creates a table, ACTIVE at once. One that exists is a ResourceInUseException.
func (s *Service) CreateTable(ctx context.Context, in *dynamodb.CreateTableInput, _ ...func(*dynamodb.Options)) (*dynamodb.CreateTableOutput, error) {
	return call(ctx, s, "CreateTable", in, s.createTable)
}

func (s *Service) createTable(in *dynamodb.CreateTableInput) (*dynamodb.CreateTableOutput, error) {
	d, err := newDefinition(in)
	if err != nil {
		return nil, err
	}
	d.Created = s.clock.Now()
	data, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("encode table %s: %w", d.Name, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tables[d.Name] != nil {
		return nil, &types.ResourceInUseException{Message: aws.String("Table already exists: " + d.Name)}
	}
	if err := s.save(store.Change{Bucket: definitionsBucket, Key: d.Name, Value: data}); err != nil {
		return nil, err
	}
	t := newTable(d)
	s.tables[d.Name] = t
	return &dynamodb.CreateTableOutput{TableDescription: t.describe(types.TableStatusActive)}, nil
}

func newDefinition(in *dynamodb.CreateTableInput) (definition, error) {
	d := definition{
		Name:      aws.ToString(in.TableName),
		Billing:   string(in.BillingMode),
		Protected: aws.ToBool(in.DeletionProtectionEnabled),
	}
	if !validTableName.MatchString(d.Name) {
		return d, attribute.Invalid("TableName must be at least 3 characters long and at most 255 characters long, and only of a-z, A-Z, 0-9, '_', '-' and '.'; got %q", d.Name)
	}
	err := refuse(
		unsupported{"GlobalSecondaryIndexes", len(in.GlobalSecondaryIndexes) > 0},
		unsupported{"LocalSecondaryIndexes", len(in.LocalSecondaryIndexes) > 0},
		unsupported{"VectorIndexes", len(in.VectorIndexes) > 0},
		unsupported{"StreamSpecification", in.StreamSpecification != nil && aws.ToBool(in.StreamSpecification.StreamEnabled)},
	)
	if err != nil {
		return d, err
	}
	if d.Billing == "" {
		d.Billing = string(types.BillingModeProvisioned)
	}
	switch provisioned := d.Billing == string(types.BillingModeProvisioned); {
	case provisioned && in.ProvisionedThroughput == nil:
		return d, attribute.Invalid("No provisioned throughput specified for the table")
	case !provisioned && in.ProvisionedThroughput != nil:
		return d, attribute.Invalid("One or more parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST")
	case provisioned:
		d.Read = aws.ToInt64(in.ProvisionedThroughput.ReadCapacityUnits)
		d.Write = aws.ToInt64(in.ProvisionedThroughput.WriteCapacityUnits)
	}
	d.Key, err = newSchema(in.KeySchema, in.AttributeDefinitions)
	return d, err
}

func newSchema(elements []types.KeySchemaElement, definitions []types.AttributeDefinition) (schema, error) {
	if len(elements) < 1 || len(elements) > 2 || elements[0].KeyType != types.KeyTypeHash || len(elements) == 2 && elements[1].KeyType != types.KeyTypeRange {
		return schema{}, attribute.Invalid("Invalid KeySchema: The first KeySchemaElement is not a HASH key type, or there are more than one HASH and one RANGE")
	}
	kinds := map[string]string{}
	for _, d := range definitions {
		kinds[aws.ToString(d.AttributeName)] = string(d.AttributeType)
	}
	var parts []keyAttribute
	for _, element := range elements {
		part := keyAttribute{Name: aws.ToString(element.AttributeName), Type: kinds[aws.ToString(element.AttributeName)]}
		if !slices.Contains([]string{"S", "N", "B"}, part.Type) {
			return schema{}, attribute.Invalid("One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions. Keys: [%s], AttributeDefinitions: %v", part.Name, slices.Sorted(maps.Keys(kinds)))
		}
		parts = append(parts, part)
	}
	if len(kinds) != len(parts) {
		return schema{}, attribute.Invalid("One or more parameter values were invalid: Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions")
	}
	out := schema{Partition: parts[0]}
	if len(parts) == 2 {
		out.Sort = &parts[1]
	}
	return out, nil
}

// describe is what DescribeTable says of the table. The service's lock must be held.
func (t *table) describe(status types.TableStatus) *types.TableDescription {
	out := &types.TableDescription{
		TableName:                 &t.Name,
		TableArn:                  aws.String("arn:aws:dynamodb:us-east-1:000000000000:table/" + t.Name),
		TableStatus:               status,
		CreationDateTime:          aws.Time(t.Created),
		BillingModeSummary:        &types.BillingModeSummary{BillingMode: types.BillingMode(t.Billing)},
		DeletionProtectionEnabled: aws.Bool(t.Protected),
		ProvisionedThroughput: &types.ProvisionedThroughputDescription{
			ReadCapacityUnits:      aws.Int64(t.Read),
			WriteCapacityUnits:     aws.Int64(t.Write),
			NumberOfDecreasesToday: aws.Int64(0),
		},
	}
	for i, part := range t.Key.attributes() {
		out.AttributeDefinitions = append(out.AttributeDefinitions, types.AttributeDefinition{
			AttributeName: aws.String(part.Name), AttributeType: types.ScalarAttributeType(part.Type),
		})
		out.KeySchema = append(out.KeySchema, types.KeySchemaElement{
			AttributeName: aws.String(part.Name), KeyType: []types.KeyType{types.KeyTypeHash, types.KeyTypeRange}[i],
		})
	}
	var count, size int64
	t.each(func(e entry) bool {
		count++
		size += int64(e.size)
		return true
	})
	out.ItemCount, out.TableSizeBytes = &count, &size
	return out
}

// DescribeTable describes a table, or is a ResourceNotFoundException.
func (s *Service) DescribeTable(ctx context.Context, in *dynamodb.DescribeTableInput, _ ...func(*dynamodb.Options)) (*dynamodb.DescribeTableOutput, error) {
	return call(ctx, s, "DescribeTable", in, func(in *dynamodb.DescribeTableInput) (*dynamodb.DescribeTableOutput, error) {
		s.mu.RLock()
		defer s.mu.RUnlock()
		t := s.tables[tableName(in.TableName)]
		if t == nil {
			return nil, errNoTableNamed(tableName(in.TableName))
		}
		return &dynamodb.DescribeTableOutput{Table: t.describe(types.TableStatusActive)}, nil
	})
}

// DeleteTable deletes a table and its items, or is a ResourceNotFoundException.
func (s *Service) DeleteTable(ctx context.Context, in *dynamodb.DeleteTableInput, _ ...func(*dynamodb.Options)) (*dynamodb.DeleteTableOutput, error) {
	return call(ctx, s, "DeleteTable", in, s.deleteTable)
}

func (s *Service) deleteTable(in *dynamodb.DeleteTableInput) (*dynamodb.DeleteTableOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := tableName(in.TableName)
	t := s.tables[name]
	if t == nil {
		return nil, errNoTableNamed(name)
	}
	if t.Protected {
		return nil, attribute.Invalid("Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.")
	}
	changes := []store.Change{{Bucket: definitionsBucket, Key: name}}
	t.each(func(e entry) bool {
		changes = append(changes, store.Change{Bucket: t.bucket, Key: e.key.stored()})
		return true
	})
	if err := s.save(changes...); err != nil {
		return nil, err
	}
	delete(s.tables, name)
	return &dynamodb.DeleteTableOutput{TableDescription: t.describe(types.TableStatusDeleting)}, nil
}

// ListTables lists the names of tables in their order, 100 a page unless Limit says less.
func (s *Service) ListTables(ctx context.Context, in *dynamodb.ListTablesInput, _ ...func(*dynamodb.Options)) (*dynamodb.ListTablesOutput, error) {
	return call(ctx, s, "ListTables", in, s.listTables)
}

func (s *Service) listTables(in *dynamodb.ListTablesInput) (*dynamodb.ListTablesOutput, error) {
	limit := 100
	if in.Limit != nil {
		if limit = int(*in.Limit); limit < 1 || limit > 100 {
			return nil, attribute.Invalid("Value '%d' at 'limit' failed to satisfy constraint: Member must be between 1 and 100", limit)
		}
	}
	s.mu.RLock()
	names := slices.Sorted(maps.Keys(s.tables))
	s.mu.RUnlock()
	out := &dynamodb.ListTablesOutput{TableNames: []string{}}
	for _, name := range names {
		if name <= aws.ToString(in.ExclusiveStartTableName) {
			continue
		}
		if len(out.TableNames) == limit {
			out.LastEvaluatedTableName = &out.TableNames[limit-1]
			break
		}
		out.TableNames = append(out.TableNames, name)
	}
	return out, nil
}
