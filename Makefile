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
ifdef BOOTS
export BOOTS
endif
ifdef FORCE
export FORCE
endif
ifdef QEMU
export QEMU
endif

KERNEL ?=
MODE ?= vhe
EMULATOR ?= single
LIMIT ?= 120
FAULTS ?=

# One word for the shell, whatever is in it
q = '$(subst ','\'',$(1))'

help:
	@echo 'Main targets:'
	@echo '  demo         build the kernel with the series, boot it, show what a guest sees'
	@echo '  check        all fast checks and tests, on the base and on the series'
	@echo '  check-full   the same, slow upstream tests, guests at EL2, each series alone, and fuzz'
	@echo '  check-modes  the series'"'"' tests in every mode of KVM, size of pages, and on other CPUs'
	@echo '  check-debug  tests, and guests that move, on kernels with KASAN, lockdep and more, and KCSAN'
	@echo '  coverage     is each line of the series in the kernel run by its tests? $(BUILD)/report/coverage.txt'
	@echo '  mutants      puts mistakes into the series, one at a time: are they noticed?'
	@echo '  fuzz         kvm_feat reads broken profiles, for FUZZ_TIME=600 seconds'
	@echo '  bench        what the series costs, in instructions: $(BUILD)/report/bench.{txt,json,svg}'
	@echo '  matrix       real guests moved between all kernels: $(BUILD)/report/matrix.svg'
	@echo '  chains       random guests moved through random chains of kernels: SEED=, CHAINS=16, LENGTH=4'
	@echo '  history      what each kernel that Debian has changed for guests: $(BUILD)/report/history.{txt,html,svg}'
	@echo '  live-update  guests that stay while the kernel of their host changes, by kexec'
	@echo '  qemu         an arm64 QEMU with patches/vmm/qemu, for the kernels under test, and its tests'
	@echo '  rates        how often a boot goes wrong beside two busy loops: EMULATOR=, N=60'
	@echo '  list         what "make check" would run'
	@echo '  report       the last verdict again, the pictures, and what state things are in'
	@echo 'Work on the series:'
	@echo '  tree         build/tree: a git tree of the base with patches/ applied'
	@echo '  export       write patches/ and the copies of new files from build/tree'
	@echo '  run          one test: make run TEST=arm64/hcid [ARGS=...]'
	@echo '  shell        a shell in a booted kernel, the tests and kvm_feat at hand'
	@echo '  gdb          the same, waiting for a debugger'
	@echo '  lint         checkpatch, W=1, sparse, shellcheck, patches against copies'
	@echo '  model        set while the first vCPU runs, in every order (spin)'
	@echo '  selftest     the tests of the lab itself'
	@echo 'Cleaning:'
	@echo '  clean        remove what was built; keep downloads and trees'
	@echo '  distclean    remove $(BUILD)/ with everything in it (FORCE=1: unexported work too)'
	@echo 'Variables:'
	@echo '  KERNEL=NAME  of tools/lab/kernels (the one with the series), for run, shell and gdb'
	@echo '  MODE=NAME    of tools/lab/modes ($(MODE)), for the same'
	@echo '  EMULATOR=..  single or threads ($(EMULATOR)), for run and rates: see tools/lab/boot/emulator.sh'
	@echo '  LIMIT=N      seconds until the test of run is stopped ($(LIMIT))'
	@echo '  FAULTS=..    of tools/lab/mutants, as FILE/NAME, for mutants (all)'
	@echo '  KDIR=DIR     kernel tree to apply the series to, instead of the one from Debian'
	@echo '  QEMU=PROGRAM emulator that boots kernels, instead of QEMU 10 from Debian'
	@echo '  BUILD=DIR    where everything goes ($(BUILD))'
	@echo '  JOBS=N       compile jobs (as many as processors)'
	@echo '  BOOTS=N      boots side by side (as many as processors)'
	@echo '  V=1          show what is logged to $(BUILD)/log/'
	@echo 'tools/lab/README.md says how it all works.'

setup:
	@$(LAB)/setup.sh

tree: setup
	@$(LAB)/series/tree.sh

export: setup
	@$(LAB)/series/export.sh

demo: setup
	@$(LAB)/demo.sh

lint: setup
	@$(LAB)/series/tree.sh
	@$(LAB)/lint/lint.sh

check: setup
	@$(LAB)/check.sh default

check-full: setup
	@$(LAB)/check.sh default,full

check-modes: setup
	@$(LAB)/tier.sh modes

check-debug: setup
	@$(LAB)/tier.sh debug

coverage: setup
	@$(LAB)/coverage/coverage.sh

fuzz: setup
	@$(LAB)/fuzz.sh

mutants: setup
	@$(LAB)/mutants/mutants.sh $(FAULTS)

model: setup
	@$(LAB)/model/model.sh

run: setup
	@$(LAB)/run.sh $(call q,$(KERNEL)) $(call q,$(MODE)) $(call q,$(EMULATOR)) $(call q,$(LIMIT)) $(call q,$(TEST)) $(call q,$(ARGS))

shell gdb: setup
	@$(LAB)/shell.sh $@ $(call q,$(KERNEL)) $(call q,$(MODE))

N ?= 60

rates: setup
	@$(LAB)/boot/rates.sh -e $(call q,$(EMULATOR)) -n $(call q,$(N))

list:
	@$(LAB)/list.sh

report:
	@$(LAB)/report.sh again

selftest: setup
	@$(LAB)/selftest/run.sh

bench: setup
	@$(LAB)/bench/bench.sh run

matrix: setup
	@$(LAB)/matrix.sh all

SEED ?=
CHAINS ?= 16
LENGTH ?= 4

chains: setup
	@$(LAB)/chains.sh $(if $(SEED),-s $(call q,$(SEED))) -n $(call q,$(CHAINS)) -l $(call q,$(LENGTH))

history: setup
	@$(LAB)/history.sh

live-update: setup
	@$(LAB)/live-update.sh

qemu: setup
	@$(LAB)/build/qemu.sh
	@$(LAB)/build/qemu-test.sh

clean:
	@$(LAB)/clean.sh

distclean:
	@$(LAB)/clean.sh all

.PHONY: help setup tree export demo lint check check-full check-modes check-debug coverage fuzz run shell gdb list report \
	rates selftest bench matrix chains history live-update qemu mutants model clean distclean
