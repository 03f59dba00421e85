# SPDX-License-Identifier: MIT
# Thin: meson builds, this names the usual errands. `make help` lists them.
BUILD ?= build
ASAN = build-asan

.PHONY: all help packages check check-fast check-ovmf check-arm64 check-arm64-all check-programs check-uki check-vm check-systemd check-deb check-debian demo bench lint format fuzz fuzz-coverage doc deb install clean bench-random

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
	@meson test -C $(ASAN) --no-rebuild --print-errorlogs --timeout-multiplier 5

check-vm: all  ## boot real Debian kernels in QEMU, about 25 minutes
	@test/vm/all

check-systemd: all  ## bardo-generationd under Debian's systemd, three machines, 4 minutes
	@test/vm/generationd-unit 6.12
	@test/vm/generationd-unit nothing
	@test/vm/generationd-unit vmclock

check-deb: deb  ## lintian and a bare Debian 12 take the packages, upgrade and purge them, 4 minutes
	@DEB_BUILT=1 test/deb

check-debian: deb  ## a whole Debian 12 on four kinds of disk installs them and boots itself, an hour
	@DEB_BUILT=1 test/debian/run

check-ovmf: all  ## OVMF starts the payloads, and images with what people bring: is bardo's answer firmware's? 10 minutes
	@test/payload/oracle $(BUILD)/test/payload
	@test/uki/firmware

check-uki: all  ## what unified kernel images take, and what inspect says of them
	@mkdir -p $(BUILD)/vm
	@test/uki/run

check-arm64: packages  ## bardo for arm64: its units, and kernels, unified kernel images, boot loaders, firmware and clones in QEMU, 15 minutes
	@mkdir -p $(BUILD)/vm
	@scripts/cross-arm64 build-arm64 >/dev/null
	@meson test -C build-arm64 --suite emulated --print-errorlogs --timeout-multiplier 5
	@test/vm/arm64
	@test/vm/arm64-ukis
	@test/vm/arm64-hwids
	@test/vm/arm64-images
	@test/vm/arm64-firmware
	@test/vm/arm64-clone
	@test/vm/arm64-tests

# many is how long calls take: hours in an emulator. hostile_cpu and processes are check-arm64's. verify_files and
# verify_arguments want osslsigncode and objcopy, which are not there.
ARM64_PAYLOADS = payload:-many:-hostile payload:hostile_callbacks:hostile_services \
	payload:hostile_memory payload:hostile_images:hostile_chains payload:hostile_pointers:hostile_waits \
	terminal policy rights trace summary fuzz_image
ARM64_LIMITS = payload:hostile_limits payload:hostile_time bad_images out_of_memory calls
check-arm64-all: check-arm64  ## the same, and all units, with sanitizers too, EFI programs and libvgetrandom's tests there, two hours
	@mkdir -p $(BUILD)/vm
	@scripts/cross-arm64 build-arm64-asan bardo >/dev/null
	@meson test -C build-arm64-asan --suite emulated --print-errorlogs --timeout-multiplier 5
	@scripts/cross-arm64 build-arm64 all >/dev/null
	@meson test -C build-arm64 --suite replay --print-errorlogs --timeout-multiplier 5
	@test/vm/arm64 kill
	@test/vm/arm64-tests $(ARM64_PAYLOADS)
	@test/vm/arm64-tests $(ARM64_LIMITS)
	@test/vm/arm64-tests random/ -assembly
	@test/vm/arm64-tests machine/
	@test/vm/arm64-tests +user machine/

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

fuzz: packages  ## run each fuzzer, parsers' and the image's, for FUZZ_SECONDS (60)
	@scripts/fuzz

fuzz-coverage: packages  ## how much of src/firmware the fuzzing image reaches
	@scripts/fuzz-coverage

doc: all  ## make doc/baseline.md anew from the table of services and doc/programs.in
	@cp $(BUILD)/doc/baseline.md doc/baseline.md

deb: packages  ## Debian packages of all this into build/deb
	@scripts/deb

PREFIX ?= /usr/local
install: all  ## install below DESTDIR, with PREFIX=/usr/local
	@meson configure $(BUILD) -Dprefix=$(PREFIX)
	@DESTDIR=$(DESTDIR) meson install -C $(BUILD) --quiet

bench-random: packages $(BUILD)/build.ninja  ## libvgetrandom's speed against the kernel's and other libraries'
	@ninja -C $(BUILD) bench/bench-random >/dev/null
	@$(BUILD)/bench/bench-random

clean:  ## remove what was built
	rm -rf $(BUILD) $(ASAN) build-fuzz build-coverage build-lint-gcc build-lint-clang
