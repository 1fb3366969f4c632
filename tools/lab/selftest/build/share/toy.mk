# SPDX-License-Identifier: GPL-2.0-only
#
# The makefile of a "kernel": an object is what the preprocessor makes of a source, and
# depends on whatever that includes. NAME comes from above.

ifeq ($(srctree),)
allnoconfig Image:
	@$(MAKE) -C $(O) -f $(CURDIR)/Makefile srctree=$(CURDIR) O=$(O) $@
else
allnoconfig:
	@cp $(KCONFIG_ALLCONFIG) .config

objects := $(patsubst $(srctree)/%.c,%.o,$(wildcard $(srctree)/*.c))

Image: $(objects)
	@$(ON_THE_WAY)
	@ln -sfn $(srctree) source
	@mkdir -p arch/arm64/boot
	@cat $(objects) >vmlinux
	@{ echo "Linux $(LOCALVERSION)"; cat vmlinux; } >arch/arm64/boot/Image

%.o: $(srctree)/%.c
	@echo '  CC      $@'
	@cc -E -P -MD -MF .$@.cmd -MT $@ $< -o $@

-include $(wildcard .*.cmd)
endif
