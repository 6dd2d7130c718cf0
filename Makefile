# Everything that is done to this project is done here, on a developer's machine as in CI.
# Wants Debian 12 and Swift 6.3; `make setup` installs the rest.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

# What the C core, the controller, the tests and their counterparts in other languages are built with.
DEBIAN_PACKAGES := make gcc g++ pkg-config git tzdata openssl strace util-linux python3 \
  mount e2fsprogs fiu-utils dpkg-dev debootstrap \
  libsodium-dev libsqlite3-dev libssl-dev libphonenumber-dev libprotobuf-dev libprotobuf-c-dev \
  libqrencode-dev libpng-dev libcjson-dev libnghttp2-dev zlib1g-dev protobuf-compiler protobuf-c-compiler \
  golang-go golang-github-containerd-ttrpc-dev golang-google-grpc-dev python3-venv \
  nghttp2-client libgrpc++-dev protobuf-compiler-grpc
# Tools, what generates clients/python, what that stands on, and clients that others wrote, to try our servers with.
PYTHON_PACKAGES := buf-bin==1.75.0 pyseto==1.10.0 zxing-cpp==3.1.1 pillow==13.0.0 \
  grpcio-tools==1.85.1 mypy-protobuf==5.1.0 protoc-gen-connect-python==0.9.0 \
  grpcio==1.85.1 grpcio-status==1.85.1 connect-python==0.9.0 pyqwest==0.12.0 protobuf==7.36.2 \
  googleapis-common-protos==1.76.0 grpcio-health-checking==1.85.1 grpcio-reflection==1.85.1 \
  mypy==2.4.1 types-grpcio==1.85.0.20261028 types-grpcio-status==1.0.0.20260408 \
  types-protobuf==7.35.1.20260906

# Generated code is compared byte by byte, so it is always made with Debian 12's compiler; Python's with the one that
# grpcio-tools bring.
PROTOC_VERSION := libprotoc 3.21

PREFIX ?= /usr/local

PYTHON := $(CURDIR)/.venv/bin/python
BUF := $(CURDIR)/.venv/bin/buf
SERVER := .build/debug/latchkey
CONTROLLER := .build-c/locker/latchkey-locker
BOARD := .build-c/locker/latchkey-board
GO := .build-go
SOAK_LOAD := $(GO)/soak-load
INTEROP := .build-interop
BENCH_PROGRAMS := .build-bench

STEPS := lint test-contract test-c test-swift check-generated test-python interop-go interop-python interop-buf \
  search-logs fuzz
# Where the servers of a test run leave their logs and databases.
RUNS := .build-logs/runs
OWN_SWIFT := Package.swift Sources Tests

.PHONY: help
help: ## Say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' Makefile

# -- Set-up and builds ----------------------------------------------------------------------------

.PHONY: setup packages
setup: packages .venv/installed ## Install what is missing: Debian packages, and Python tools in .venv

packages:
	@command -v swift >/dev/null || { echo "Swift 6.3 is not on the PATH; install it first." >&2; exit 1; }
	@command -v dpkg-query >/dev/null || { echo "This is no Debian; install: $(DEBIAN_PACKAGES)" >&2; exit 1; }
	@missing=$$(for package in $(DEBIAN_PACKAGES); do \
	  [[ $$(dpkg-query -W -f='$${db:Status-Status}' "$$package" 2>/dev/null) == installed* ]] || echo "$$package"; \
	done); \
	if [[ -n $$missing ]]; then \
	  if [[ $$(id -u) == 0 ]]; then root="env"; else root="sudo env"; fi; \
	  $$root apt-get update -q; \
	  $$root DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $$missing; \
	fi

# The first python3 may be one without venv or too old for the packages; Debian's own then serves.
.venv/installed: Makefile | packages
	@for python in python3 /usr/bin/python3; do \
	  if "$$python" -m venv --clear .venv && .venv/bin/python -m pip install -q $(PYTHON_PACKAGES); then \
	    touch $@; exit 0; \
	  fi; \
	done; \
	echo "No python3 could install $(PYTHON_PACKAGES)." >&2; exit 1

.PHONY: build debug locker
build: setup locker ## Build server, controller and simulated board, optimised
	swift build -c release --product latchkey
	@echo "Built: .build/release/latchkey $(CONTROLLER) $(BOARD); make install puts them under $(PREFIX)."

.PHONY: install
install: ## Put what `make build` built under PREFIX (/usr/local)
	install -D -m 755 -t $(DESTDIR)$(PREFIX)/bin .build/release/latchkey $(CONTROLLER) $(BOARD)

DEB := .build-deb

.PHONY: deb test-deb deb-programs
deb-programs: setup locker
	swift build -c release --static-swift-stdlib --product latchkey
	mkdir -p $(DEB)

deb: deb-programs ## Build the Debian package, which needs no Swift toolchain, in .build-deb/
	@packaging/build-deb $(DEB) .build/release/latchkey $(CONTROLLER)

# Wants debootstrap, Debian's archive and root.
test-deb: deb-programs ## Try the package in a fresh Debian: install, the demo's walk, upgrade, remove, purge
	packaging/test-deb $(DEB) .build/release/latchkey $(CONTROLLER) $(BOARD) $(PYTHON) .build/release/latchkey

debug: setup ## Build the server for debugging
	swift build --product latchkey

locker: setup ## Build the lock controller and the simulated board
	$(MAKE) -C clients/locker

.PHONY: demo
demo: debug locker ## Show a whole hand-over: server, controller and board as processes of their own
	$(SERVER) demo --controller $(CONTROLLER) --board $(BOARD) --python $(PYTHON)

# -- Tests ----------------------------------------------------------------------------------------

.PHONY: test
test: setup ## Run every test and check below; logs go to .build-logs/
	@rm -rf $(RUNS)
	@LATCHKEY_KEPT_RUNS=$(CURDIR)/$(RUNS) Tests/run $(STEPS)

.PHONY: lint format
lint: setup ## Check the form of Swift files and of the contract, and that planted faults have their places
	swift format lint --strict --parallel --recursive $(OWN_SWIFT)
	cd Protos && $(BUF) lint
	$(PYTHON) Tests/Access/prove.py --fits
	# As one image, because the released one has both modules in it.
	cd Protos && $(BUF) build --output -#format=binpb | $(BUF) breaking -#format=binpb --against released.binpb

format: ## Bring Swift files into form
	swift format format --in-place --parallel --recursive $(OWN_SWIFT)

# One after another: tests that compute do not starve those that wait for a network or a process.
PURE_SUITES := TidyTests ContractTests CoreTests DomainTests RPCTests PrometheusTests HTTPRPCTests StorageTests ServicesTests SimulationTests
LIVE_SUITES := TransportTests TTRPCTests HTTPRPCLiveTests WireTests HostileTests CrashTests
RUN_SUITE := swift test --skip-build --disable-xctest --filter

.PHONY: test-c test-swift test-contract test-python
test-contract: setup ## Break a copy of the contract in each way that is promised not to come, and see each found
	BUF=$(BUF) $(PYTHON) Tests/Contract/breaking_test.py

test-c: setup ## Test the C core and the controller, under AddressSanitizer and UndefinedBehaviorSanitizer
	$(MAKE) -C CCore test PYTHON=$(PYTHON)
	$(MAKE) -C clients/locker test PYTHON=$(PYTHON)
	$(MAKE) -C Sources/CHTTP2 test

test-swift: locker ## Build and run the Swift tests
	swift build --build-tests
	@for suite in $(PURE_SUITES); do $(RUN_SUITE) "^$$suite\\."; done
	@for suite in $(LIVE_SUITES); do $(RUN_SUITE) "^$$suite\\." --no-parallel; done

SEEDS := 20000

.PHONY: simulation
simulation: setup ## Run the simulation with many seeds, optimised; SEEDS=20000 says how many
	SIMULATION_SEEDS=$(SEEDS) swift test -c release -Xswiftc -enable-testing --disable-xctest --filter "^SimulationTests\\."

# Server and callers on cores of their own, so that neither takes the other's time; at least two cores.
ATTACK_SECONDS ?= 30

.PHONY: hostile
hostile: build ## Attack the server's connections for longer, and judge how much slower others become
	swift build --build-tests
	LATCHKEY_EXECUTABLE=.build/release/latchkey LATCHKEY_HOSTILE_SECONDS=$(ATTACK_SECONDS) \
	  taskset -c 1-$$(( $$(nproc) - 1 )) $(RUN_SUITE) '^HostileTests\.(AttackTests|SignInTimingTests)' --no-parallel

.PHONY: access access-prove
access: debug locker ## Write docs/access.md: who may call what, as tried over the wire
	swift build --build-tests
	LATCHKEY_WRITE_ACCESS=1 $(RUN_SUITE) '^HostileTests\.AccessTests' --no-parallel

access-prove: debug ## Plant faults into the access rules, and see that the matrix finds each; ten minutes
	$(PYTHON) Tests/Access/prove.py

SERVER_KILLS ?= 300
CONTROLLER_KILLS ?= 200

.PHONY: crash
crash: build ## Kill server and controllers under load: SERVER_KILLS (300), CONTROLLER_KILLS (200); repeat a CRASH_SEED
	swift build --build-tests
	LATCHKEY_EXECUTABLE=.build/release/latchkey LATCHKEY_SERVER_KILLS=$(SERVER_KILLS) \
	  LATCHKEY_CONTROLLER_KILLS=$(CONTROLLER_KILLS) LATCHKEY_CRASH_SEED=$(CRASH_SEED) \
	  $(RUN_SUITE) '^CrashTests\.' --no-parallel

test-python: setup ## Check the types of clients/python, test it, and install it as others would
	PYTHONPATH=clients/python/src $(PYTHON) -m unittest discover -s clients/python/tests -p '*_test.py'

# Against the real server, and against one of someone else on the public library: Tests/Interop/server.
INTEROP_TEST = PYTHONPATH=clients/python/src:$(INTEROP):Tests/Interop/python $(PYTHON) -m unittest
# Debian's Go packages, without modules.
BUILD_GO := GO111MODULE=off GOFLAGS= GOPATH=$(CURDIR)/$(GO):/usr/share/gocode go build

.PHONY: interop-go interop-python interop-buf interop-server
interop-go: debug ## Let clients on Debian's Go packages, ttrpc and gRPC, call the real server
	cd Tests/Interop/go && $(BUILD_GO) -o $(CURDIR)/$(GO)/ttrpc-client .
	Tests/Interop/go/run $(SERVER) $(GO)/ttrpc-client
	$(BUILD_GO) -o $(GO)/protoc-gen-go github.com/golang/protobuf/protoc-gen-go
	PATH="$(CURDIR)/$(GO):$$PATH" $(BUF) generate Protos --template Tests/Interop/go-grpc/buf.gen.yaml \
	  --output $(GO)/src --path Protos/latchkey --exclude-path Protos/latchkey/v1/admin.proto
	cd Tests/Interop/go-grpc && $(BUILD_GO) -o $(CURDIR)/$(GO)/grpc-client .
	$(INTEROP_TEST) go_test

interop-python: debug interop-server locker ## Let grpcio and connectrpc call, run the examples, set a dealer up
	$(INTEROP_TEST) grpc_test connect_test examples_test dealer_test

interop-buf: debug interop-server ## Let buf curl call in its three protocols, with the contract and by reflection
	$(INTEROP_TEST) buf_test

interop-server: setup
	swift build --product interop-server
	mkdir -p $(INTEROP)
	$(PYTHON) -m grpc_tools.protoc -I Tests/Interop/protos --python_out=$(INTEROP) --grpc_python_out=$(INTEROP) \
	  interop/v1/interop.proto

# Nothing of what people wrote is in the logs and metrics of all servers of `make test`.
.PHONY: search-logs
search-logs:
	cd Tests/Logs && $(PYTHON) search_test.py
	$(PYTHON) Tests/Logs/search.py $(RUNS)
	rm -r $(RUNS)

# Each harness for so many seconds, two at a time.
SECONDS := 60

.PHONY: fuzz fuzz-harnesses fuzz-prove fuzz-corpus
fuzz-harnesses: debug
	$(MAKE) --no-print-directory -C Tests/Fuzz

fuzz: fuzz-harnesses ## Fuzz the core, the controller and the wire, each for SECONDS (60)
	Tests/Fuzz/run $(SECONDS)

fuzz-prove: debug ## Plant bugs in a copy of the code and let each be found by fuzzing
	Tests/Fuzz/prove

fuzz-corpus: fuzz-harnesses ## Write the committed corpora anew from what fuzzing has found here
	Tests/Fuzz/run minimise

SOAK_MINUTES ?= 20

.PHONY: soak
soak: build ## Load every wire steadily for SOAK_MINUTES (20), and hold the server's memory to be flat
	cd Tests/Soak/load && GO111MODULE=off GOFLAGS= GOPATH=/usr/share/gocode go build -o $(CURDIR)/$(SOAK_LOAD) .
	Tests/Soak/run --minutes $(SOAK_MINUTES) $(SOAK_LOAD)

# -- Benchmarks -----------------------------------------------------------------------------------

# Wants two cores of its own, 20,000 open files, some 5 GB of disk and 2 GB of memory; 45 minutes at most.
#   make bench BENCH=ttrpc_echo_async_vs_go,qr_vs_ed25519 ROUNDS=3
BENCH :=
ROUNDS := 7
COMMA := ,

.PHONY: bench bench-smoke bench-programs bench-peers
bench: bench-programs bench-peers ## Measure against Go, C++, Swift, C and SQLite, into .build/bench.json (BENCH=name,… ROUNDS=7)
	swift build -c release --product latchkey
	swift build -c release --product latchkey-bench
	Tests/Bench/run --rounds $(ROUNDS) $(subst $(COMMA), ,$(BENCH))

bench-smoke: bench-programs ## Run every benchmark for a moment on the debug build, to see that it works
	swift build --product latchkey
	swift build --product latchkey-bench
	Tests/Bench/run --smoke --rounds 1 --configuration debug --output $(BENCH_PROGRAMS)/smoke.json \
	  $(subst $(COMMA), ,$(BENCH))

bench-programs: setup
	$(MAKE) -C Tests/Bench/c BUILD=$(CURDIR)/$(BENCH_PROGRAMS)
	$(MAKE) -C Tests/Bench/cpp BUILD=$(CURDIR)/$(BENCH_PROGRAMS)
	cd Tests/Bench/go && GO111MODULE=off GOFLAGS= GOPATH=/usr/share/gocode \
	  go build -o $(CURDIR)/$(BENCH_PROGRAMS)/echo-go .
	cd Tests/Bench/go/grpc && GO111MODULE=off GOFLAGS= GOPATH=/usr/share/gocode \
	  go build -o $(CURDIR)/$(BENCH_PROGRAMS)/echo-go-grpc .

# A package of its own: nobody but `make bench` fetches and builds what these need.
bench-peers: setup
	swift build -c release --package-path Tests/Bench/peers --scratch-path $(BENCH_PROGRAMS)/peers

# -- Generated code -------------------------------------------------------------------------------

# Where generated files go: the project, or a copy of its folders to compare with.
OUT := .
GENERATED := Sources/API Sources/RPC/Generated Sources/Introspection/Generated Tests/Interop/server/Generated \
  clients/locker/generated clients/python/src/latchkey/v1 Protos/latchkey.binpb
GENERATE_SWIFT := protoc --plugin=protoc-gen-swift=.build/debug/protoc-gen-swift
API_PROTOS = $(patsubst Protos/%,%,$(wildcard Protos/latchkey/v1/*.proto))
RPC_PROTOS = $(patsubst Protos/published/%,%,$(wildcard Protos/published/google/rpc/*.proto))
SERVICE_PROTOS = $(patsubst Protos/%,%,$(shell grep -l '^service ' Protos/latchkey/v1/*.proto))
INTROSPECTION_PROTOS = $(patsubst Protos/published/%,%,$(wildcard Protos/published/grpc/*/*/*.proto))

INTEROP_PROTOS := -I Tests/Interop/protos interop/v1/interop.proto
# With the plugins that lie beside it.
GENERATE_PYTHON = PATH="$(CURDIR)/.venv/bin:$$PATH" $(PYTHON) -m grpc_tools.protoc -I Protos

# A contract's descriptors, as a program carries them to tell others: $(call embed,ACCESS,NAME,PROTOC ARGUMENTS)
define embed
{ echo "// swift-format-ignore-file"; \
  echo "// Generated by \`make generate\`: an encoded google.protobuf.FileDescriptorSet with all that it imports, in Base64."; \
  echo "$(1)enum $(2) {"; \
  echo "  $(1)static let base64 = \"$$(protoc $(3) --include_imports --descriptor_set_out=/dev/stdout | base64 -w 0)\""; \
  echo "}"; }
endef

.PHONY: generate check-generated release-contract
generate: setup ## Write generated code and the descriptor set anew from Protos/
	@[[ $$(protoc --version) == "$(PROTOC_VERSION)"* ]] || \
	  { echo "protoc is $$(protoc --version); generated code is made with $(PROTOC_VERSION)" >&2; exit 1; }
	swift build --product protoc-gen-swift
	mkdir -p $(OUT)/Protos $(filter-out $(OUT)/Protos/%,$(GENERATED:%=$(OUT)/%))
	$(GENERATE_SWIFT) -I Protos --swift_out=$(OUT)/Sources/API \
	  --swift_opt=Visibility=Public,UseAccessLevelOnImports=true,FileNaming=DropPath $(API_PROTOS)
	$(GENERATE_SWIFT) -I Protos/published --swift_out=$(OUT)/Sources/RPC/Generated \
	  --swift_opt=FileNaming=DropPath $(RPC_PROTOS)
	$(GENERATE_SWIFT) -I Protos/published --swift_out=$(OUT)/Sources/Introspection/Generated \
	  --swift_opt=FileNaming=PathToUnderscores $(INTROSPECTION_PROTOS)
	$(call embed,public ,ContractDescriptors,-I Protos $(API_PROTOS)) >$(OUT)/Sources/API/Descriptors.swift
	$(call embed,,IntrospectionDescriptors,-I Protos/published $(INTROSPECTION_PROTOS)) \
	  >$(OUT)/Sources/Introspection/Generated/Descriptors.swift
	$(GENERATE_SWIFT) --swift_out=$(OUT)/Tests/Interop/server/Generated --swift_opt=FileNaming=DropPath $(INTEROP_PROTOS)
	$(call embed,,InteropDescriptors,$(INTEROP_PROTOS)) >$(OUT)/Tests/Interop/server/Generated/Descriptors.swift
	protoc -I Protos --include_source_info --descriptor_set_out=$(OUT)/Protos/latchkey.binpb $(API_PROTOS)
	$(MAKE) -C clients/locker generate GENERATED=$(abspath $(OUT))/clients/locker/generated
	$(GENERATE_PYTHON) --python_out=$(OUT)/clients/python/src --mypy_out=$(OUT)/clients/python/src $(API_PROTOS)
	$(GENERATE_PYTHON) --grpc_python_out=$(OUT)/clients/python/src --mypy_grpc_out=$(OUT)/clients/python/src \
	  --connect-python_out=$(OUT)/clients/python/src $(SERVICE_PROTOS)
	touch $(OUT)/clients/python/src/latchkey/v1/__init__.py

check-generated: ## Check that generated code and descriptor set are what Protos/ gives
	@rm -rf .build-generated
	@$(MAKE) --no-print-directory generate OUT=.build-generated
	@stale=0; \
	for path in $(GENERATED); do diff -rq -x __pycache__ "$$path" ".build-generated/$$path" || stale=1; done; \
	if [[ $$stale == 1 ]]; then echo "Generated files are stale: run make generate and commit." >&2; exit 1; fi

release-contract: setup ## With a release: make the contract of now the one that later ones are held against
	cd Protos && $(BUF) build --output released.binpb

.PHONY: clean
clean: ## Remove everything that was built
	rm -rf .build .build-*
