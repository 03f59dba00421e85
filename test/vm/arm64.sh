# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2034,SC2154 # the variables are for who reads this file, $build and $work are theirs
#
# What the tests with an arm64 machine share: bardo built for it, trees of an initrd, QEMU.
firmware=/usr/share/qemu-efi-aarch64/QEMU_EFI.fd
limit=600

arm64_missing() {
	! command -v qemu-system-aarch64 >/dev/null || ! command -v aarch64-linux-gnu-gcc >/dev/null || [ ! -e "$firmware" ]
}

# arm64_begin NAME: or end here as a test that was skipped
arm64_begin() {
	if arm64_missing; then
		echo "ok 1 - $1 # SKIP no qemu-system-aarch64, no qemu-efi-aarch64, or no compiler for arm64"
		echo 1..1
		exit 0
	fi
	scripts/cross-arm64 build-arm64 bardo test/vm/bardo-hooks >/dev/null
	parts=$(test/vm/parts arm64)
	root=$(readlink -f "${BARDO_CACHE:-build/cache}")/arm64
	library_folders="$root/lib $root/usr/lib"
	rm -rf "$work"
	mkdir -p "$work"
}

# The program's libraries, and theirs.
libraries() {
	for library in $(aarch64-linux-gnu-readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'); do
		# shellcheck disable=SC2086 # words
		file=$(find $library_folders -name "$library" | head -n 1)
		[ ! -e "$2/lib/$library" ] || continue
		cp -L "$file" "$2/lib/"
		libraries "$file" "$2"
	done
}

# tree_make TREE: an initrd with a shell
tree_make() {
	mkdir -p "$1/bin" "$1/lib" "$1/proc" "$1/sys" "$1/dev" "$1/run" "$1/tmp"
	cp "$root/bin/busybox" "$1/bin/"
}

# tree_add_bardo TREE
tree_add_bardo() {
	cp build-arm64/bardo "$1/bin/"
	libraries build-arm64/bardo "$1"
	cp -L "$(find "$root/lib" "$root/usr/lib" -name ld-linux-aarch64.so.1 | head -n 1)" "$1/lib/"
}

# add_modules TREE KERNEL: those that an initrd needs to see a disk and EFI's variables
add_modules() {
	hop=$1/hop/$(cat "$parts/linux-$2/release")
	mkdir -p "$hop"
	for m in virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci virtio_blk fat vfat nls_ascii nls_cp437; do
		[ ! -e "$parts/linux-$2/modules/$m.ko" ] || cp "$parts/linux-$2/modules/$m.ko" "$hop/"
	done
	cp "$parts/linux-$2/efivarfs.ko" "$hop/"
}

# qemu ARGUMENTS...: what it says is in serial.log
qemu() {
	status=0
	nice timeout --foreground -k 5 "$limit" qemu-system-aarch64 -accel tcg,thread=single -nodefaults -no-user-config \
		-display none -no-reboot -serial stdio -m 1024 "$@" </dev/null >"$work/serial.log" 2>&1 || status=$?
}

n=0
bad=0
# judged NAME: a line of TAP; what "$work/why" says is what is wrong
judged() {
	n=$((n + 1))
	if [ -s "$work/why" ]; then
		echo "not ok $n - $1"
		sed 's/^/# /' "$work/why"
		tail -n 15 "$work/serial.log" | sed 's/^/#   /'
		bad=1
	else
		echo "ok $n - $1"
	fi
}
