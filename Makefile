# The two commands of the README are `make demo` and `make test`; `make help` lists the rest.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
export PYTHONDONTWRITEBYTECODE ?=

.DEFAULT_GOAL := help
.PHONY: help demo run test check compliance oscal bench-quality bench bench-connections bench-http2 bench-dialects bench-routing bench-detection bench-audit bench-review bench-verify fault-audit pictures soak-detection chaos soak exhaustive-audit fuzz-dialects fuzz-erasure e2e-clients failure-matrix e2e-pod soak-mixed bench-telemetry dist sbom image-check deploy bench-mcp bench-sidecar bench-capacity demo-mcp conformance mcp-clients lock format clean mcp-servers

help: ## list the verbs
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 12

# Every wheel is pinned by version and hash; the project itself is installed last, without looking anything up. Two halves of
# the lock are unpacked at once, and bytecode is made by all cores, for pip uses one, of what is imported: of the rest little
# is, and compiled when somebody does. What a few wheels hold as templates is no Python, and cannot be compiled.
UNUSED := /(carrierdata|coverage|cyclonedx|distutils|f2py|fsspec|_gaos|geodata|huggingface_hub|lark|lexers|mypyc?|onnx|pip|providers|pyasn1_modules|pycparser|setuptools|tests?|tzdata)/
PIP := $(BIN)/python -m pip --disable-pip-version-check
$(READY): requirements-dev.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	awk '/^[a-z]/ { n++ } { print > ("$(VENV)/half-" n % 2) }' requirements-dev.lock
	$(PIP) install --quiet --no-compile --no-deps --require-hashes -r $(VENV)/half-0 & first=$$!; \
	  $(PIP) install --quiet --no-compile --no-deps --require-hashes -r $(VENV)/half-1 && wait $$first
	$(PIP) check
	$(PIP) install --quiet --no-deps --no-build-isolation --no-index -e .
	-$(BIN)/python -m compileall -q -j 0 -x '$(UNUSED)' $(VENV)/lib guardrail_gw >/dev/null 2>&1
	touch $(READY)

demo: $(READY) ## one governed conversation from end to end, then stop (DEMO_DIR=build/demo)
	$(BIN)/guardrail-gw demo --dir $(or $(DEMO_DIR),build/demo)

# The servers have an environment of their own under build/demo-mcp, made from their lock.
build/demo-mcp/.ready: tests/demo_mcp/requirements.lock
	$(PYTHON) -m venv build/demo-mcp
	build/demo-mcp/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/demo_mcp/requirements.lock
	touch $@

demo-mcp: $(READY) build/demo-mcp/.ready ## two real MCP servers behind one gateway, and what each party sees
	$(BIN)/python -m tests.demo_mcp.tell build/demo-mcp/gateway build/demo-mcp/bin

run: $(READY) ## the demo's gateway and stand-ins, kept serving until Ctrl-C
	$(BIN)/guardrail-gw demo --dir $(or $(DEMO_DIR),build/demo) --serve

# A file's tests stay in one process, since what they share (models, gold files) is dear to make; files are taken in their
# order (tests/conftest.py), for those with few tests take longest.
test: $(READY) ## the whole test suite, in a process per core
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

check: $(READY) ## format, lint, types, imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

compliance: $(READY) ## measure what detection finds; writes compliance/detection-recall
	$(BIN)/python -m tests.bench.detection_recall

# compliance-trestle has an environment of its own under build/oscal: it brings some fifty packages.
build/oscal/.ready: tests/oscal/requirements.lock
	$(PYTHON) -m venv build/oscal
	build/oscal/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/oscal/requirements.lock
	touch $@

# h2 has an environment of its own: the product does not need it (docs/adr/0044).
build/http2/.ready: tests/http2/requirements.lock
	$(PYTHON) -m venv build/http2
	build/http2/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/http2/requirements.lock
	touch $@

bench-http2: $(READY) build/http2/.ready ## an exchange over HTTP/1.1 as we speak it, and over HTTP/2
	PYTHONPATH=$$(echo build/http2/lib/python*/site-packages) $(BIN)/python -m tests.http2.measure

# FastMCP has an environment of its own: what is measured is its proxy beside ours.
build/mcp-proxies/.ready: tests/mcp_proxies/requirements.lock
	$(PYTHON) -m venv build/mcp-proxies
	build/mcp-proxies/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/mcp_proxies/requirements.lock
	touch $@

bench-mcp: $(READY) build/mcp-proxies/.ready ## a call of a tool beside a bare relay and FastMCP's proxy; 1,000 at once over 20 servers
	$(BIN)/python -m tests.mcp_proxies.measure

bench-connections: $(READY) ## a first request over cold and warm connections, TLS sessions taken up or not
	$(BIN)/python -m tests.bench.connections

oscal: $(READY) build/oscal/.ready ## have another implementation read our OSCAL documents
	$(BIN)/python -m pytest tests/unit/compliance/test_oscal.py

bench-quality: $(READY) ## our findings beside stock Presidio's, on gold files and on code
	$(BIN)/python -m tests.bench.detection_quality

bench: $(READY) ## measure beside a bare aiohttp pass-through proxy
	$(BIN)/python -m tests.bench.run

bench-sidecar: $(READY) ## start, memory and capacity of a sidecar and of several workers; reloads (BENCH_ARGS="--rounds 1")
	$(BIN)/python -m tests.bench.sidecar $(BENCH_ARGS)

bench-capacity: $(READY) ## what a gateway serves on 50 m to one processor, and workers beyond: the table of docs/operations.md (root)
	$(BIN)/python -m tests.bench.capacity $(BENCH_ARGS)

bench-dialects: $(READY) ## requests, streams and translation beside a bare proxy
	$(BIN)/python -m tests.bench.dialects

bench-routing: $(READY) ## what routing costs: a plan of 200 deployments by each objective, budgets and rates in each store
	$(BIN)/python -m tests.bench.routing

bench-detection: $(READY) ## detection beside the stock Presidio AnalyzerEngine
	$(BIN)/python -m tests.bench.detection

bench-review: $(READY) ## a log of 1,000,000 records: indexing, and every page of the review console
	$(BIN)/python -m tests.bench.audit_review $(REVIEW_ARGS)

pictures: $(READY) ## the README's pictures of the review console (needs Chromium)
	$(BIN)/python -m tests.e2e.review_pictures

bench-verify: $(READY) ## how many records a second `audit verify` reads, stage by stage
	$(BIN)/python -m tests.bench.audit_verify

exhaustive-audit: $(READY) ## logs cut at every byte, every bit flipped, every proof (EXHAUSTIVE_ARGS="--jobs 2 --keep FOLDER")
	$(BIN)/python -m tests.exhaustive.audit $(EXHAUSTIVE_ARGS)

fuzz-dialects: $(READY) ## 100,000 requests and answers that nobody means (FUZZ_ARGS="--seed 1")
	$(BIN)/python -m tests.fuzz.dialects $(FUZZ_ARGS)

bench-audit: $(READY) ## records a second, and what a request waits for its record
	$(BIN)/python -m tests.bench.audit_log $(BENCH_ARGS)

# Needs strace; FAULT_ARGS="--share 1/8 --kills 3" for a part. A quarter of an hour on two cores.
fault-audit: $(READY) ## a fault in every file call of the audit log, and kill -9 under load
	$(BIN)/python -m tests.faults.audit $(FAULT_ARGS)

fuzz-erasure: $(READY) ## 200 histories of logs: crashes, full disks, archives, erasures, holds (LIFE_EXAMPLES=1000)
	LIFE_EXAMPLES=$(or $(LIFE_EXAMPLES),200) LIFE_STEPS=$(or $(LIFE_STEPS),40) $(BIN)/python -m pytest -q --timeout=0 tests/unit/audit/test_life.py

soak: $(READY) ## 1,000,000 requests of 10,000 people: the gateway's memory stays flat (SOAK_ARGS="--requests 100000")
	$(BIN)/python -m tests.soak.run $(SOAK_ARGS)

soak-detection: $(READY) ## one detector over 200,000 distinct messages: its memory stays flat
	$(BIN)/python -m tests.bench.detection_memory

# Each client has an environment of its own, made from its lock under build/e2e-clients (2.4 GB) and kept.
e2e-clients: $(READY) ## real clients through the gateway; writes docs/compatibility (needs npm)
	$(BIN)/python -m tests.clients $(CLIENTS_ARGS)

# The suite and a Node for it are npm packages, pinned by a lock and kept under build/conformance.
build/conformance/.ready: tests/conformance/package-lock.json
	mkdir -p build/conformance
	cp tests/conformance/package.json tests/conformance/package-lock.json build/conformance/
	npm ci --prefix build/conformance --ignore-scripts --no-audit --no-fund --silent
	touch $@

conformance: $(READY) build/conformance/.ready ## MCP's conformance suite beside the gateway, check by check (needs npm)
	$(BIN)/python -m tests.conformance $(CONFORMANCE_ARGS)

build/mcp-clients/.ready: tests/mcp_clients/package-lock.json
	mkdir -p build/mcp-clients
	cp tests/mcp_clients/package.json tests/mcp_clients/package-lock.json build/mcp-clients/
	npm ci --prefix build/mcp-clients --ignore-scripts --no-audit --no-fund --silent
	touch $@

mcp-clients: $(READY) build/mcp-clients/.ready ## real MCP clients through the gateway, some on both sides of it (needs npm)
	$(BIN)/python -m tests.mcp_clients $(MCP_CLIENTS_ARGS)

build/mcp-servers/.ready: tests/mcp_servers/package-lock.json tests/mcp_servers/requirements.lock
	mkdir -p build/mcp-servers
	cp tests/mcp_servers/package.json tests/mcp_servers/package-lock.json build/mcp-servers/
	npm ci --prefix build/mcp-servers --ignore-scripts --no-audit --no-fund --silent
	$(PYTHON) -m venv build/mcp-servers/python
	build/mcp-servers/python/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/mcp_servers/requirements.lock
	touch $@

mcp-servers: $(READY) build/mcp-servers/.ready ## the protocol's reference servers behind the gateway, in both eras, at both endpoints (needs npm)
	$(BIN)/python -m tests.mcp_servers $(MCP_SERVERS_ARGS)

chaos: $(READY) ## 10,000 requests while providers fail in every way: none lost, doubled, unlawful (CHAOS_ARGS="--seed 2")
	$(BIN)/python -m tests.chaos.run $(CHAOS_ARGS)

failure-matrix: $(READY) ## one thing fails at a time; writes docs/failure-matrix (root, for a disk that is full)
	$(BIN)/python -m tests.failures.run --write docs/failure-matrix.md

e2e-pod: $(READY) ## a pod as processes in a network namespace: swaps, drains, kills under load (root; POD_ARGS="--seed 2")
	$(BIN)/python -m tests.pod.run $(POD_ARGS)

soak-mixed: $(READY) ## every surface at 60 % of capacity for an hour: memory, descriptors, records (SOAK_ARGS="--seconds 300")
	$(BIN)/python -m tests.soak.mixed $(SOAK_ARGS)

bench-telemetry: $(READY) ## what telling of exchanges costs a request, and beside it
	$(BIN)/python -m tests.bench.telemetry

# The same bytes from the same commit: times in the archives are the commit's.
dist: $(READY) ## the wheel and the source archive, the same bytes from the same commit
	rm -rf dist
	SOURCE_DATE_EPOCH=$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct)} $(BIN)/hatchling build -d dist

sbom: $(READY) ## what the image holds (CycloneDX) and under which licences, in build/sbom
	$(BIN)/python -m deploy.recipe.sbom

# Follows the image's steps in a plain folder and starts the gateway there; needs root. Fetches what the lock names, once.
image-check: $(READY) ## the image without a container engine: a user without rights, a read-only tree, no network
	IMAGE_CHECK=1 $(BIN)/python -m pytest tests/image

deploy: $(READY) ## write what deploy/ makes of its sources: Kustomize of the chart, the chart's copies
	$(BIN)/python -m deploy.recipe.make

format: $(READY) ## put the sources into the house format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: $(READY) ## resolve the lock files anew (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-annotate --no-header --group dev pyproject.toml -o requirements-dev.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-annotate --no-header -c requirements-dev.lock pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header \
	  -c requirements-dev.lock --extra otel --extra postgres --extra redis --extra s3 pyproject.toml -o deploy/image/requirements.lock
	for client in tests/clients/python/*/ tests/oscal/ tests/http2/ tests/mcp_proxies/ tests/demo_mcp/ tests/mcp_servers/; do uv pip compile --quiet --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-annotate --no-header $$client/requirements.in -o $$client/requirements.lock || exit 1; done

clean: ## remove what the verbs above made
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
