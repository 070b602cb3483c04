# Goldfinch. `make help` lists what there is.

GO      ?= go
ARCH    ?= $(shell $(GO) env GOHOSTARCH)
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)

# The CDK still works with Node 20, and would say at every start that it is old.
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 20

FUNCTIONS := $(notdir $(patsubst %/,%,$(wildcard functions/*/)))

# What Lambda needs no part of: symbols, paths of this machine, the RPC mode of the former go1.x runtime.
LAMBDA_FLAGS := -tags lambda.norpc -trimpath -ldflags='-s -w'

COVERAGE_MINIMUM := 85

COUNT ?= 1
BENCH := $(GO) test -run '^$$' -bench . -count $(COUNT)
FUZZTIME ?= 60s

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: build examples ## Release a real function four times on this machine: two promoted, two rolled back (needs Go alone)
	bin/goldfinch demo

.PHONY: build
build: ## Build bin/goldfinch
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags='-X main.version=$(VERSION)' -o bin/goldfinch ./cmd/goldfinch

.PHONY: functions
functions: $(FUNCTIONS:%=build/functions/%/bootstrap) ## Build build/functions/NAME/bootstrap of every Lambda function (ARCH=amd64|arm64)

.PHONY: FORCE
build/functions/%/bootstrap: FORCE
	CGO_ENABLED=0 GOOS=linux GOARCH=$(ARCH) $(GO) build $(LAMBDA_FLAGS) -o $@ ./functions/$*

# What the stack's functions run: apart from build/functions, so that these never mix with the host's; without the
# commit, so that a function which has not changed gets no new version; at once, because that is ten times as quick.
.PHONY: assets
assets:
	CGO_ENABLED=0 GOOS=linux GOARCH=$(ARCH) $(GO) build $(LAMBDA_FLAGS) -buildvcs=false -o build/assets/$(ARCH)/all/ ./functions/...
	@for name in $(FUNCTIONS); do mkdir -p build/assets/$(ARCH)/$$name && ln -f build/assets/$(ARCH)/all/$$name build/assets/$(ARCH)/$$name/bootstrap; done

# What cdk.json names: the CDK's command line runs it, and reads what it leaves in build/cdk.out.
.PHONY: cdk-app
cdk-app:
	$(GO) build -o build/infra ./infra
	build/infra

.PHONY: synth
synth: ## Write the stack's template, build/cdk.out/Goldfinch.template.json
	rm -rf build/cdk.out
	CDK_OUTDIR=build/cdk.out $(MAKE) --silent cdk-app

.PHONY: template
template: functions ## Render the stack as template.yaml, for the SAM command line
	$(GO) run ./infra/sam env GOLDFINCH_ASSETS=build/functions $(MAKE) --silent cdk-app > build/template.yaml
	mv build/template.yaml template.yaml

# What `sam build` calls for each function of template.yaml, with ARTIFACTS_DIR: build-IntakeFunction, …
# The architecture is the template's default, unless somebody says ARCH.
build-%Function: FORCE
	CGO_ENABLED=0 GOOS=linux GOARCH=$(if $(filter file,$(origin ARCH)),arm64,$(ARCH)) \
	$(GO) build $(LAMBDA_FLAGS) -buildvcs=false -o "$(ARTIFACTS_DIR)/bootstrap" ./functions/$(shell echo $* | tr A-Z a-z)

# CONTEXT has context values (docs/context.md): make deploy CONTEXT="name=finch region=eu-west-1".
CONTEXT ?=
CDK = npx --no-install cdk
CDK_CONTEXT = $(foreach value,$(CONTEXT),--context $(value))
INSTALLATION = $(or $(patsubst name=%,%,$(filter name=%,$(CONTEXT))),goldfinch)
KEPT_BUCKET = $(or $(patsubst artifactBucket=%,%,$(filter artifactBucket=%,$(CONTEXT))),$(INSTALLATION)-ACCOUNT-REGION)

node_modules/.package-lock.json: package.json package-lock.json
	npm ci --no-audit --no-fund

define DEPLOY_FAILED
Nothing that ran has changed: CloudFormation goes back to the stack as it was. What went wrong stands above.
If it is that this account and region are not bootstrapped for the CDK: once, with an administrator's credentials,
  npx cdk bootstrap aws://ACCOUNT/REGION
If it is that the table or the bucket already exists, kept when a first installation failed or a stack was deleted: take both into the stack,
  make deploy ADOPT=true$(if $(CONTEXT), CONTEXT="$(CONTEXT)")
If it is that the account has too little unreserved concurrency (Goldfinch reserves 11, and 100 must be left): reserve none,
  make deploy CONTEXT="$(strip $(CONTEXT) reservedConcurrency=false)"
docs/install.md says more of each, and what deploying needs.
endef
export DEPLOY_FAILED

.PHONY: deploy
deploy: node_modules/.package-lock.json ## Install or upgrade Goldfinch in the AWS account of your credentials (CONTEXT="KEY=VALUE …", ADOPT=true after a destroy)
	@$(CDK) deploy Goldfinch $(CDK_CONTEXT) $(if $(ADOPT),--import-existing-resources) $(if $(YES),--require-approval never) || { echo; echo "$$DEPLOY_FAILED"; exit 1; } >&2

define BEFORE_DESTROY
This deletes the stack $(INSTALLATION): functions, workflow, rules, alarms. Releases that run stay where they are, at their weight: end them first
(goldfinch list --running, goldfinch abort). Your services are not touched.

It keeps what is nowhere else:
  the ledger      table  $(INSTALLATION)
  the artifacts   bucket $(KEPT_BUCKET)
endef

define AFTER_DESTROY
The stack is gone. Kept, and paid for until somebody deletes them:
  the ledger      table  $(INSTALLATION)
  the artifacts   bucket $(KEPT_BUCKET)

To take both back into a new stack:   make deploy ADOPT=true$(if $(CONTEXT), CONTEXT="$(CONTEXT)")
To delete the ledger, for good:       aws dynamodb update-table --table-name $(INSTALLATION) --no-deletion-protection-enabled
                                      aws dynamodb delete-table --table-name $(INSTALLATION)
To delete the artifacts, for good:    empty the bucket in the S3 console, which deletes every version, then
                                      aws s3api delete-bucket --bucket $(KEPT_BUCKET)
endef
export BEFORE_DESTROY AFTER_DESTROY

.PHONY: destroy
destroy: node_modules/.package-lock.json ## Delete the stack; keeps the ledger and the artifacts, and says how to delete them (CONTEXT as for deploy, YES=true: without asking)
	@echo "$$BEFORE_DESTROY"; echo
	@$(if $(YES),,printf 'Write %s to delete it: ' $(INSTALLATION); read -r answer; test "$$answer" = $(INSTALLATION) || { echo "Nothing was deleted."; exit 1; })
	@$(CDK) destroy Goldfinch $(CDK_CONTEXT) --force
	@echo; echo "$$AFTER_DESTROY"

.PHONY: examples
examples: ## Build the packages of the echo service, build/examples/echo-v1.zip to -v4.zip
	$(GO) run ./examples/echo/pack -out build/examples

.PHONY: tools
tools: ## Install what the tests need into build/tools, unless it is on the PATH; say what is missing
	@.ci/tools

.PHONY: test
test: tools lint functions ## Run every check and test, and print what they measured and the coverage of internal/
	@rm -f build/measured.txt
	GOLDFINCH_TEST_REPORT=$(CURDIR)/build/measured.txt $(GO) test -count=1 -coverpkg=./internal/... -coverprofile=build/coverage.out ./...
	@cat build/measured.txt
	@total=$$($(GO) tool cover -func=build/coverage.out | awk 'END {sub("%", "", $$3); print $$3}'); \
	echo "statement coverage of internal/: $$total% (at least $(COVERAGE_MINIMUM)%)"; \
	awk "BEGIN {exit !($$total >= $(COVERAGE_MINIMUM))}"

.PHONY: lint
lint: ## gofmt, go vet, staticcheck; changes no file
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')) && test -z "$$unformatted" || { echo "not gofmt-ed:"; echo "$$unformatted"; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...

.PHONY: fuzz
fuzz: ## Fuzz the release document, the events that start releases and the judge's vectors (FUZZTIME=60s each)
	$(GO) test -run '^$$' -fuzz FuzzDecode -fuzztime $(FUZZTIME) -fuzzminimizetime=1x ./internal/release
	$(GO) test -run '^$$' -fuzz FuzzHandle -fuzztime $(FUZZTIME) -fuzzminimizetime=1x ./internal/trigger
	$(GO) test -run '^$$' -fuzz FuzzRecompute -fuzztime $(FUZZTIME) -fuzzminimizetime=1x ./internal/judge/vectors

.PHONY: bench
bench: ## Run the benchmarks of docs/benchmarks.md, and write docs/holdback.md and docs/comparison.md, in about a quarter of an hour (COUNT=5: the benchmarks five times each)
	$(BENCH) -cpu 1 ./internal/asl ./internal/workflow ./internal/ledger ./internal/local/dynamodb ./internal/local/cloudwatch ./internal/judge/... ./internal/release ./internal/simulate/flight ./internal/simulate/rehearsal
	$(BENCH) -benchtime 2000x ./internal/local/frontdoor
	$(BENCH) -benchtime 100x ./internal/local/runtime
	$(BENCH) -benchtime 5x ./internal/local/engine
	$(BENCH) -benchtime 20x ./internal/wire
	$(BENCH) -benchtime 1x ./internal/simulate/calibration
	$(GO) run ./internal/simulate/holdback -out docs/holdback.md
	$(GO) run ./internal/simulate/compare/table -out docs/comparison.md

.PHONY: clean
clean: ## Stop the local process, and remove what was built and its state
	@if [ -x bin/goldfinch ]; then bin/goldfinch local stop; fi
	rm -rf bin build .goldfinch
