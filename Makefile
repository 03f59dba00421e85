# SPDX-License-Identifier: MIT
# Thin: meson builds, this names the usual errands. `make help` lists them.
BUILD ?= build
ASAN = build-asan

.PHONY: all help packages check check-fast check-ovmf check-programs check-uki check-vm check-systemd demo bench lint format fuzz doc install clean bench-random

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

check-vm: all  ## boot real Debian kernels in QEMU, about 10 minutes
	@mkdir -p $(BUILD)/vm && rm -f $(BUILD)/vm/*.tap $(BUILD)/vm/tap
	@test/uki/run
	@test/vm/resume/run
	@ninja -C $(BUILD) test/vm/clone_guest >/dev/null
	@test/vm/clone $(BUILD)/test/vm/clone_guest >$(BUILD)/vm/clone.tap; \
		status=$$?; cat $(BUILD)/vm/clone.tap; exit $$status
	@ninja -C $(BUILD) test/vm/early_guest >/dev/null
	@test/vm/early $(BUILD)/test/vm/early_guest >$(BUILD)/vm/early.tap; \
		status=$$?; cat $(BUILD)/vm/early.tap; exit $$status
	@ninja -C $(BUILD) test/vm/daemon_guest >/dev/null
	@test/vm/daemon $(BUILD)/test/vm/daemon_guest >$(BUILD)/vm/daemon.tap; \
		status=$$?; cat $(BUILD)/vm/daemon.tap; exit $$status
	@test/vm/seed-clone >$(BUILD)/vm/seed-clone.tap; \
		status=$$?; cat $(BUILD)/vm/seed-clone.tap; exit $$status
	@test/vm/seed-recipe >$(BUILD)/vm/seed-recipe.tap; \
		status=$$?; cat $(BUILD)/vm/seed-recipe.tap; exit $$status
	@test/programs/seed >$(BUILD)/vm/esp-seed.tap; \
		status=$$?; cat $(BUILD)/vm/esp-seed.tap; exit $$status
	@test/vm/run

check-systemd: all  ## bardo-generationd under Debian's systemd, two machines, 3 minutes
	@test/vm/generationd-unit 6.12
	@test/vm/generationd-unit vmclock

check-ovmf: all  ## the payloads under OVMF: do they test UEFI, or us? 2 minutes
	@test/payload/oracle $(BUILD)/test/payload

check-uki: all  ## what unified kernel images take, and what inspect says of them
	@mkdir -p $(BUILD)/vm
	@test/uki/run

check-programs: all  ## start GRUB, the UEFI shell, systemd-boot and others, 3 minutes
	@test/programs/run

check: check-fast  ## every test: check-fast, then check-vm
	@$(MAKE) --no-print-directory check-vm
	@scripts/tally

demo: all  ## Debian 6.1 in QEMU boots a UKI with Linux 6.12 by bardo, to watch
	@scripts/demo

bench: all  ## blackout, load, service calls, memory, against their peers
	@bench/run

lint: packages  ## layers, format, warnings, static analysis, manual pages, scripts
	@scripts/lint

format:  ## lay out the C sources as .clang-format says
	@git ls-files '*.[ch]' ':!uapi/' | xargs clang-format -i

fuzz: packages  ## run each parser's fuzzer for FUZZ_SECONDS (60)
	@scripts/fuzz

doc: all  ## make doc/baseline.md anew from the table of services and doc/programs.in
	@cp $(BUILD)/doc/baseline.md doc/baseline.md

PREFIX ?= /usr/local
install: all  ## install below DESTDIR, with PREFIX=/usr/local
	@meson configure $(BUILD) -Dprefix=$(PREFIX)
	@DESTDIR=$(DESTDIR) meson install -C $(BUILD) --quiet

bench-random: packages $(BUILD)/build.ninja  ## libvgetrandom's speed against the kernel's and other libraries'
	@ninja -C $(BUILD) bench/bench-random >/dev/null
	@$(BUILD)/bench/bench-random

clean:  ## remove what was built
	rm -rf $(BUILD) $(ASAN) build-fuzz build-lint-gcc build-lint-clang
