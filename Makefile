# Every task that people and CI run. `make help` lists them.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
SHELL_FILES = $$(git ls-files -co --exclude-standard | xargs grep -lE '^\#!/(bin/sh|bin/busybox sh|greenroom/busybox sh)|^\# shellcheck shell=sh' 2>/dev/null)
UNIT_TESTS = $$(git ls-files -co --exclude-standard 'test/*.test.ts' | grep -v '^test/cluster/\|^test/announcers/')
OLDEST_TESTS = admission-varied happy-path policies refusals registration untouched workloads
ANNOUNCER_TESTS = $$(git ls-files -co --exclude-standard 'test/announcers/*.test.ts')

.DEFAULT_GOAL := help
.PHONY: help demo test announcers e2e e2e-oldest soak bench lint format images cluster cluster-down

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | awk -F '\t' '{ printf "  make %-14s %s\n", $$1, $$2 }'

node_modules/.package-lock.json: package.json package-lock.json
	@[ ! -L node_modules ] || { echo 'node_modules is a link, expected a folder: npm would empty what it leads to. Copy it.' >&2; exit 1; }
	npm ci --no-audit --no-fund --loglevel=error
	tap build >/dev/null
	@touch $@

demo: node_modules/.package-lock.json ## one pod's life as local processes, no cluster, no root; under a minute
	@node image/bundle.ts >/dev/null && node test/play/demo.ts

test: node_modules/.package-lock.json ## everything that needs neither root nor a cluster
	@node image/bundle.ts >/dev/null
	@tap --timeout=120 $(UNIT_TESTS)

announcers: node_modules/.package-lock.json ## announcing, to real registries built from packages (Go, Maven, JDK 17); ten minutes the first time
	@test/announcers/build >/dev/null
	@tap --jobs=1 --timeout=300 $(ANNOUNCER_TESTS)

e2e: node_modules/.package-lock.json ## every cluster test, on a real one-node Kubernetes (root, Go)
	@test/cluster/e2e

e2e-oldest: node_modules/.package-lock.json ## admission and one pod's life on Kubernetes 1.30; builds it on first use (root, Go)
	@GREENROOM_KUBERNETES=1.30 test/cluster/e2e $(foreach test,$(OLDEST_TESTS),test/cluster/$(test).test.ts)

soak: node_modules/.package-lock.json ## 200 random kill schedules, 100 restarts, storms of 500 clients, 5 rotations, 200 creations far apart on the real node; SOAK_SEED=N plays one run again (root, Go)
	@SOAK_SCHEDULES=$${SOAK_SCHEDULES:-200} SOAK_SEED=$${SOAK_SEED:-$$(date +%s)} SOAK_RESTARTS=100 SOAK_STORMS=1 SOAK_OUTAGE_SECONDS=300 SOAK_ROTATIONS=5 SOAK_SPARSE=200 GREENROOM_TEST_TIMEOUT=7200 \
	  test/cluster/e2e test/cluster/soak.test.ts test/cluster/restarts.test.ts test/cluster/gate-*.test.ts test/cluster/certificates.test.ts \
	  test/cluster/replacement.test.ts

bench: node_modules/.package-lock.json ## re-measures every performance claim of the README (root, Go)
	@npm run --silent bench

cluster: node_modules/.package-lock.json ## the real node with Greenroom on it, left running for you (root, Go)
	@test/cluster/load
	@printf '\nIt is up. From here:\n'; sed -n '/^test\/cluster\/kubectl\|^make cluster-down/s/^/  /p' README.md

cluster-down: ## takes it down
	@test/cluster/down && echo 'down, nothing left'

images: node_modules/.package-lock.json ## the container images, without any outside image (root)
	@image/install-packages && image/build && image/build lxcfs

lint: node_modules/.package-lock.json ## types, format, lint, shellcheck, duplicates of knowledge
	tsc
	biome check .
	shellcheck $(SHELL_FILES)
	tap test/repo.test.ts

format: node_modules/.package-lock.json ## formats what lint would complain about
	biome check --write .
