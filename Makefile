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
ifdef SAVE
export SAVE
endif
ifdef QEMU
export QEMU
endif

ifdef MODE
$(warning MODE= is now MACHINE=)
endif
MACHINE ?= $(or $(MODE),vhe)
EMULATOR ?= single
LIMIT ?= 120
TIER ?= default
CHAINS ?= 16
LENGTH ?= 4

# One word for the shell, whatever is in it
q = '$(subst ','\'',$(1))'

help:
	@echo 'Main targets:'
	@echo '  demo         build the kernel with the series, boot it, show what a guest sees'
	@echo '  check        all fast checks and tests, on the base and on the series'
	@echo '    TIER=full      the same, slow upstream tests, guests at EL2, each series alone, and fuzz'
	@echo '    TIER=modes     the series'"'"' tests in every mode of KVM, size of pages, and on other CPUs'
	@echo '    TIER=debug     tests, and guests that move, on kernels with KASAN, lockdep and more, and KCSAN'
	@echo '    TIER=coverage  is each line of the series in the kernel run by its tests?'
	@echo '    FAILED=1       only the parts of the last one that failed'
	@echo '    LIST=1         what that would run'
	@echo '    LAST=1         the last verdict again, and what state things are in'
	@echo '  study        one of these, which take longer; they leave $(BUILD)/report/'
	@echo '    NAME=matrix       real guests moved between all kernels: TABLE=cells.v1'
	@echo '    NAME=chains       random guests moved through random chains of kernels: SEED=, CHAINS=16, LENGTH=4'
	@echo '    NAME=history      what each kernel in Debian changed for guests'
	@echo '    NAME=live-update  guests that stay while the kernel of their host changes, by kexec'
	@echo '    NAME=mutants      mistakes put into the series, one at a time: are they noticed? FAULTS=FILE/NAME'
	@echo '    NAME=review       each patch alone: git am, compilers, checkers, documents, boot: PATCHES=3-hcid/0004 CHECKS=am,boot'
	@echo '    NAME=bench        what the series costs, in instructions'
	@echo '    NAME=fuzz         kvm_feat reads broken profiles, for FUZZ_TIME=600 seconds'
	@echo '    NAME=model        set while the first vCPU runs, in every order (spin)'
	@echo '    NAME=qemu         QEMU with patches/vmm/qemu: its own tests, and guests moved to and from one without them'
	@echo '    NAME=board        make dist IMAGE=1, run on emulated boards; FILE=... reads what came back from a real one'
	@echo '  dist         a tarball to test the series on an arm64 machine without a compiler; IMAGE=1 with a kernel,'
	@echo '               IMAGE=board with one configured for common server boards instead of the emulator'
	@echo 'Work on the series:'
	@echo '  tree         build/tree: a git tree of the base with patches/ applied'
	@echo '  export       write patches/ and the copies of new files from build/tree'
	@echo '    FORCE=1        even if the base is one that needs patches of its own, as 7.2 does'
	@echo '  run          one test: make run TEST=arm64/hcid [ARGS=...] [LIMIT=120 seconds] [REPEAT=N boots]'
	@echo '  shell        a shell in a booted kernel, the tests and kvm_feat at hand; GDB=1 waits for a debugger'
	@echo '  lint         checkpatch, W=1, sparse, shellcheck, patches against copies'
	@echo '  selftest     the tests of the lab itself'
	@echo '  clean        remove what was built; keep downloads and trees'
	@echo '    ALL=1          remove $(BUILD)/ with everything in it (FORCE=1: unexported work too)'
	@echo 'Variables:'
	@echo '  KERNEL=NAME  of tools/lab/tables/kernels (the one with the series), for run and shell'
	@echo '  MACHINE=NAME of tools/lab/tables/machines ($(MACHINE)), for the same'
	@echo '  EMULATOR=..  single or threads ($(EMULATOR)), for run: see tools/lab/boot/emulator.sh'
	@echo '  KDIR=DIR     kernel tree to apply the series to, instead of the one from Debian'
	@echo '  QEMU=PROGRAM emulator that boots kernels, instead of QEMU 10 from Debian'
	@echo '  BUILD=DIR    where everything goes ($(BUILD))'
	@echo '  JOBS=N       compile jobs (as many as processors)'
	@echo '  BOOTS=N      boots side by side (as many as processors)'
	@echo '  SAVE=1       keep the figures of check or study in tools/lab/results/, for documents'
	@echo '  V=1          show what is logged to $(BUILD)/log/'
	@echo 'tools/lab/README.md says how it all works.'

setup:
	@$(if $(LIST)$(LAST),,$(LAB)/setup.sh)

tree: setup
	@$(LAB)/series/tree.sh

export: setup
	@$(LAB)/series/export.sh

demo: setup
	@$(LAB)/demo.sh

dist: setup
	@$(LAB)/dist.sh $(if $(IMAGE),image $(if $(filter-out 1,$(IMAGE)),+$(call q,$(IMAGE))))

lint: setup
	@$(LAB)/series/tree.sh
	@$(LAB)/lint/lint.sh

check: setup
	@$(LAB)/check.sh $(if $(LAST),last,$(if $(LIST),list,$(if $(FAILED),failed))) $(call q,$(TIER))

study: setup
	@f=$(LAB)/study/$(call q,$(NAME)).sh; [ -f "$$f" ] || { echo "study: which one? 'make help' has their names" >&2; exit 1; }; exec "$$f" $(study_$(NAME))

study_board = $(if $(FILE),read $(call q,$(FILE)))
study_matrix = all $(call q,$(TABLE))
study_mutants = $(FAULTS)
study_review = $(if $(CHECKS),-c $(call q,$(CHECKS))) $(PATCHES)
study_chains = $(if $(SEED),-s $(call q,$(SEED))) -n $(call q,$(CHAINS)) -l $(call q,$(LENGTH))

run: setup
	@$(LAB)/study/tests.sh -k $(call q,$(KERNEL)) -m $(call q,$(MACHINE)) -e $(call q,$(EMULATOR)) -l $(call q,$(LIMIT)) \
		-n $(call q,$(TEST)) -a $(call q,$(ARGS)) $(if $(REPEAT),-r $(call q,$(REPEAT)))

shell: setup
	@$(LAB)/shell.sh $(if $(GDB),gdb,shell) $(call q,$(KERNEL)) $(call q,$(MACHINE))

selftest: setup
	@$(LAB)/selftest/run.sh

clean:
	@$(LAB)/clean.sh $(if $(ALL),all)

# The names of before, for one release
now_gdb = shell GDB=1
now_list = check LIST=1
now_report = check LAST=1
now_distclean = clean ALL=1
before := check-full check-modes check-debug coverage gdb list report distclean \
	matrix chains history live-update mutants bench fuzz model qemu
$(before): now = $(or $(now_$@),$(if $(filter check-% coverage,$@),check TIER=$(@:check-%=%),study NAME=$@))
$(before):
	@echo 'make $@ is now: make $(now)' >&2
	@$(MAKE) --no-print-directory $(now)

.PHONY: help setup tree export demo dist lint check study run shell selftest clean $(before)
