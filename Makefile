# SPDX-License-Identifier: MIT
# Thin: meson builds, this names the usual errands. `make help` lists them.
BUILD ?= build
ASAN = build-asan

.PHONY: all help packages check check-fast lint clean bench-random

all: packages $(BUILD)/build.ninja  ## build everything into build/
	@ninja -C $(BUILD)

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*  ## \(.*\)/\1\t\2/p' Makefile | expand -t 16

packages:
	@scripts/packages

$(BUILD)/build.ninja: | packages
	@meson setup $(BUILD) >/dev/null

$(ASAN)/build.ninja: | packages
	@meson setup $(ASAN) -Db_sanitize=address,undefined -Db_lundef=false >/dev/null

check-fast: packages $(ASAN)/build.ninja  ## unit and payload tests with sanitizers, under 2 minutes
	@ninja -C $(ASAN)
	@meson test -C $(ASAN) --no-rebuild --print-errorlogs

bench-random: packages $(BUILD)/build.ninja  ## libvgetrandom's speed against the kernel's and other libraries'
	@ninja -C $(BUILD) bench/bench-random >/dev/null
	@$(BUILD)/bench/bench-random

clean:  ## remove what was built
	rm -rf $(BUILD) $(ASAN)
