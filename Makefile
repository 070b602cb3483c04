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

.PHONY: assets
assets: $(FUNCTIONS:%=build/assets/$(ARCH)/%/bootstrap)

# Apart from build/functions, so that the stack's never mix with the host's; and
# without the commit, so that a function which has not changed gets no new version.
build/assets/$(ARCH)/%/bootstrap: FORCE
	CGO_ENABLED=0 GOOS=linux GOARCH=$(ARCH) $(GO) build $(LAMBDA_FLAGS) -buildvcs=false -o $@ ./functions/$*

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
# The architecture is the template's, unless ARCH says otherwise.
SAM_FUNCTIONS := $(foreach name,$(FUNCTIONS),build-$(shell name=$(name); echo "$${name^}")Function)
.PHONY: $(SAM_FUNCTIONS)
build-%Function: ARCH = arm64
$(SAM_FUNCTIONS): build-%Function:
	CGO_ENABLED=0 GOOS=linux GOARCH=$(ARCH) $(GO) build $(LAMBDA_FLAGS) -buildvcs=false -o "$(ARTIFACTS_DIR)/bootstrap" ./functions/$(shell echo "$*" | tr A-Z a-z)

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
	@unformatted=$$(gofmt -l .) && test -z "$$unformatted" || { echo "not gofmt-ed:"; echo "$$unformatted"; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...

.PHONY: fuzz
fuzz: ## Fuzz the release document (FUZZTIME=60s)
	$(GO) test -run '^$$' -fuzz FuzzDecode -fuzztime $(FUZZTIME) -fuzzminimizetime=1x ./internal/release

.PHONY: bench
bench: ## Run the benchmarks of docs/benchmarks.md, in about three minutes (COUNT=5: five times each)
	$(BENCH) -cpu 1 ./internal/asl ./internal/workflow ./internal/ledger ./internal/local/dynamodb ./internal/local/cloudwatch ./internal/judge ./internal/release
	$(BENCH) -benchtime 2000x ./internal/local/frontdoor
	$(BENCH) -benchtime 100x ./internal/local/runtime
	$(BENCH) -benchtime 5x ./internal/local/engine
	$(BENCH) -benchtime 20x ./internal/wire

.PHONY: clean
clean: ## Stop the local process, and remove what was built and its state
	@if [ -x bin/goldfinch ]; then bin/goldfinch local stop; fi
	rm -rf bin build .goldfinch
