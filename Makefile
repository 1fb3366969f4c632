# SPDX-License-Identifier: GPL-2.0-only
#
# The lab: see "make help".

LAB := tools/lab
export BUILD ?= build
export KDIR ?=
export V ?= 0
export FUZZ_TIME ?= 600
ifdef JOBS
export JOBS
endif

KERNEL ?= N
MODE ?= vhe

help:
	@echo 'Main targets:'
	@echo '  demo         build the kernel with the series, boot it, show what a guest sees'
	@echo '  check        all fast checks and tests, on the base and on the series'
	@echo '  check-full   the same, the slow upstream tests, and fuzz'
	@echo '  fuzz         kvm_feat reads broken profiles, for FUZZ_TIME=600 seconds'
	@echo '  bench        what the series costs, in instructions: $(BUILD)/report/bench.{txt,json,svg}'
	@echo '  matrix       real guests across kernels O, N, N+1 and LTS: $(BUILD)/report/matrix.svg'
	@echo 'Work on the series:'
	@echo '  tree         build/tree: a git tree of the base with patches/ applied'
	@echo '  export       write patches/ and the copies of new files from build/tree'
	@echo '  run          one test: make run TEST=arm64/hcid [KERNEL=N] [MODE=vhe] [ARGS=...]'
	@echo '  lint         checkpatch, W=1, sparse, shellcheck, patches against copies'
	@echo 'Cleaning:'
	@echo '  clean        remove what was built; keep downloads, trees, compiler cache'
	@echo '  distclean    remove $(BUILD)/ with everything in it'
	@echo 'Variables:'
	@echo '  KDIR=DIR     kernel tree to apply the series to, instead of the one from Debian'
	@echo '  BUILD=DIR    where everything goes ($(BUILD))'
	@echo '  JOBS=N       compile jobs (as many as processors)'
	@echo '  V=1          show what is logged to $(BUILD)/log/'

setup:
	@$(LAB)/setup.sh

tree: setup
	@$(LAB)/tree.sh

export: setup
	@$(LAB)/export.sh

demo: setup
	@$(LAB)/demo.sh

lint: setup
	@$(LAB)/check.sh lint

check: setup
	@$(LAB)/check.sh default

check-full: setup
	@$(LAB)/check.sh default,full

fuzz: setup
	@$(LAB)/check.sh fuzz

run: setup
	@$(LAB)/check.sh run -k '$(KERNEL)' -m '$(MODE)' -n '$(TEST)' -a '$(ARGS)'

bench: setup
	@$(LAB)/bench.sh

matrix: setup
	@$(LAB)/matrix.sh all

clean:
	@$(LAB)/clean.sh

distclean:
	@$(LAB)/clean.sh all

.PHONY: help setup tree export demo lint check check-full fuzz run bench matrix clean distclean
