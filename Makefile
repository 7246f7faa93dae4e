# Every target is one command of the command line in cli/; `make help` lists them.
SHELL := /bin/sh
.DEFAULT_GOAL := help
MILLRACE = ./build/toolchain/bootstrap.sh && PATH="$(CURDIR)/.tools/bin:$$PATH" node --import tsx cli/main.ts
IN_TOOLS = ./build/toolchain/bootstrap.sh && PATH="$(CURDIR)/.tools/bin:$$PATH"

up: ## bring the stack up, prove its numbers, print its addresses
	@$(MILLRACE) up $(ARGS)

verify: ## compare every store with what the generators sent
	@$(MILLRACE) verify $(ARGS)

freshness: ## measure how long an event takes until a query finds it
	@$(MILLRACE) freshness $(ARGS)

status: ## the stack's containers with state, memory and ports
	@$(MILLRACE) status $(ARGS)

ps: status

logs: ## what services wrote; S=kafka for one, F=1 to follow, N=200 for more lines
	@$(MILLRACE) logs $(S) $(if $(N),--lines $(N)) $(if $(F),--follow)

urls: ## the addresses of the stack's servers
	@$(MILLRACE) urls

preview: ## what up would change; ARGS=--policy judges it by the policy pack
	@$(MILLRACE) preview $(ARGS)

refresh: ## bring the state up to date with what the servers hold
	@$(MILLRACE) refresh $(ARGS)

down: ## remove all containers, networks and volumes of the stack, with their data
	@$(MILLRACE) down $(ARGS)

clean: ## remove images, tools and state of this project, after asking (YES=1: without)
	@$(MILLRACE) clean $(if $(YES),--yes)

doctor: ## look at the machine: what is there, what make up would bring, what is missing
	@$(MILLRACE) doctor

tools: ## fetch or build the tools that this machine lacks
	@$(MILLRACE) tools

images: ## build or pull the images that are missing; I="kafka pinot" for some
	@$(MILLRACE) images $(I)

env: ## variables for a shell: eval "$$(make -s env)"
	@$(MILLRACE) env

check: ## types, lint and format
	@$(IN_TOOLS) npm run --silent check

test: ## everything that proves it: unit, provider, servers, platform
	@$(IN_TOOLS) node --import tsx tests/run.ts

test-unit: ## what needs no server: unit and provider
	@$(IN_TOOLS) npx --no-install jest --selectProjects unit provider

kinds-page: ## write docs/kinds.md from the results of the last make test
	@$(IN_TOOLS) node --import tsx tests/write-kinds-page.ts

bench: ## measure speed and memory, as ratios against baselines of the same run
	@$(MILLRACE) bench $(ARGS)

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.PHONY: up verify freshness status ps logs urls preview refresh down clean doctor tools images env check test test-unit kinds-page bench help
