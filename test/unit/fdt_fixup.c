// SPDX-License-Identifier: MIT
/* What a device tree gets of the machine's own, and what it keeps; trees that are none. */
#include "fdt/fixup.h"
#include "fdt/reserved.h"
#include "base/util.h"
#include "made_fdt.h"
#include "tap.h"

#include <stdlib.h>

static struct made_fdt made[2];
static uint8_t out[1 << 16];

static void cells(struct made_fdt *f, uint32_t address, uint32_t size)
{
	made_fdt_property(f, "#address-cells", &(uint32_t){ htobe32(address) }, 4);
	made_fdt_property(f, "#size-cells", &(uint32_t){ htobe32(size) }, 4);
}

static void text(struct made_fdt *f, const char *name, const char *value)
{
	made_fdt_property(f, name, value, strlen(value) + 1);
}

static struct bytes whole(struct made_fdt *f)
{
	made_fdt_end(f);
	made_fdt_word(f, FDT_END);
	return made_fdt_whole(f);
}

static struct made_fdt *begin(unsigned which)
{
	struct made_fdt *f = &made[which];

	memset(f, 0, sizeof(*f));
	made_fdt_begin(f, "");
	return f;
}

static void node(struct made_fdt *f, const char *name, const char *property, const char *value)
{
	made_fdt_begin(f, name);
	if (property)
		text(f, property, value);
	made_fdt_end(f);
}

/* A machine that has been used: what its firmware knew, in front of what is of one boot. */
static struct bytes machine_tree(uint32_t n_cells)
{
	struct made_fdt *f = begin(1);

	cells(f, n_cells, n_cells);
	text(f, "serial-number", "MACHINE-7");
	text(f, "model", "of the machine");
	node(f, "memory@80000000", "device_type", "real memory");
	made_fdt_begin(f, "chosen");
	text(f, "stdout-path", "/machine-uart");
	text(f, "boot-hart", "hart 3");
	text(f, "rng-seed", "machine's seed");
	text(f, "phandle", "phandle of chosen");
	made_fdt_end(f);
	made_fdt_begin(f, "soc");
	made_fdt_begin(f, "ethernet@1");
	text(f, "local-mac-address", "MAC-1");
	text(f, "status", "of the machine");
	made_fdt_end(f);
	node(f, "ethernet@2", "local-mac-address", "MAC-2");
	node(f, "ethernet@9", "mac-address", "MAC-9");
	made_fdt_end(f);
	made_fdt_begin(f, "reserved-memory");
	cells(f, n_cells, n_cells);
	made_fdt_begin(f, "secure@e0000000");
	text(f, "of", "machine's secure");
	text(f, "phandle", "machine's phandle");
	made_fdt_end(f);
	node(f, "shared@f0000000", "of", "machine's shared");
	made_fdt_end(f);
	return whole(f);
}

static struct bytes given_tree(bool all)
{
	struct made_fdt *f = begin(0);

	cells(f, 2, 2);
	text(f, "model", "of the file");
	made_fdt_reserve(f, 0x9000, 0x1000);
	made_fdt_word(f, FDT_NOP);
	if (all) {
		text(f, "serial-number", "none");
		made_fdt_begin(f, "chosen");
		text(f, "stdout-path", "/file-uart");
		text(f, "bootargs", "file's words");
		text(f, "linux,initrd-start", "old initrd");
		node(f, "module", "rng-seed", "module's own");
		made_fdt_end(f);
		node(f, "memory", "device_type", "file's memory");
		made_fdt_begin(f, "reserved-memory");
		cells(f, 2, 2);
		node(f, "shared@f0000000", "of", "file's shared");
		made_fdt_end(f);
	}
	made_fdt_begin(f, "soc");
	node(f, "ethernet@1", "local-mac-address", "zeros");
	node(f, "ethernet@2", NULL, NULL);
	made_fdt_end(f);
	return whole(f);
}

static uint64_t run(struct bytes given, struct bytes machine)
{
	const uint64_t n = fdt_fixup(given, machine, NULL, 0);

	memset(out, 0xee, sizeof(out));
	if (n > sizeof(out))
		return 0;
	return fdt_fixup(given, machine, out, n) == n ? n : 0;
}

/* The value of a property in the fixed tree; NULL when it is not there, or more than once. */
static const char *value_of(const char *path, const char *name)
{
	const char *value = NULL;
	char at[200] = "";
	struct fdt_token t = { 0 };
	unsigned n = 0, depth = 0;
	struct fdt tree;

	if (!fdt_open((struct bytes){ out, sizeof(out) }, &tree))
		return NULL;
	while (t.kind != FDT_END && fdt_token(&tree, t.end, &t)) {
		if (t.kind == FDT_BEGIN && depth++)
			snprintf(at + strlen(at), sizeof(at) - strlen(at), "/%s", t.name);
		if (t.kind == FDT_END_NODE && --depth)
			*strrchr(at, '/') = 0;
		if (t.kind == FDT_PROPERTY && !strcmp(at, path) && !strcmp(t.name, name)) {
			value = (const char *)t.value.p;
			n++;
		}
	}
	return t.kind == FDT_END && n == 1 ? value : NULL;
}

static bool has(const char *path, const char *name, const char *want)
{
	const char *value = value_of(path, name);

	return value && !strcmp(value, want);
}

static uint32_t header(unsigned at)
{
	uint32_t v = 0;

	(void)fdt_word((struct bytes){ out, sizeof(out) }, at, &v);
	return v;
}

static void test_merged(void)
{
	const struct bytes machine = machine_tree(2);
	const uint64_t n = run(given_tree(true), machine);
	uint64_t start = 0, size = 0;
	struct fdt tree;

	require(n && fdt_open((struct bytes){ out, n }, &tree));
	check(header(4) == n && n % 8 == 0);
	/* (the specification's own sum) */
	check(n - header(12) - header(32) >= 4096);
	for (uint64_t i = header(12) + header(32); i < n; i++)
		if (out[i])
			check_msg(false, "byte %ju behind the strings", (uintmax_t)i);
	check(has("", "model", "of the file") && has("", "serial-number", "MACHINE-7"));
	check(has("/chosen", "stdout-path", "/file-uart"));
	check(has("/chosen", "bootargs", "file's words"));
	check(has("/chosen", "boot-hart", "hart 3"));
	check(!value_of("/chosen", "linux,initrd-start") && !value_of("/chosen", "rng-seed"));
	check(!value_of("/chosen", "phandle"));
	check(has("/chosen/module", "rng-seed", "module's own"));
	check(!value_of("/memory", "device_type") &&
	      has("/memory@80000000", "device_type", "real memory"));
	check(has("/reserved-memory/secure@e0000000", "of", "machine's secure"));
	check(!value_of("/reserved-memory/secure@e0000000", "phandle"));
	check(has("/reserved-memory/shared@f0000000", "of", "file's shared"));
	check(has("/soc/ethernet@1", "local-mac-address", "MAC-1"));
	check(!value_of("/soc/ethernet@1", "status"));
	check(has("/soc/ethernet@2", "local-mac-address", "MAC-2"));
	check(!value_of("/soc/ethernet@9", "mac-address"));
	check(fdt_reserved_entry(&tree, 0, &start, &size) == 1 && start == 0x9000 &&
	      size == 0x1000 && fdt_reserved_entry(&tree, 1, &start, &size) == 0);
}

/* A tree that has none of these nodes, and one whose numbers are of another length. */
static void test_missing(void)
{
	require(run(given_tree(false), machine_tree(2)));
	check(has("/chosen", "stdout-path", "/machine-uart"));
	check(has("/reserved-memory/shared@f0000000", "of", "machine's shared"));
	check(has("/memory@80000000", "device_type", "real memory"));
	check(has("", "serial-number", "MACHINE-7"));
	require(run(given_tree(true), machine_tree(1)));
	check(has("/memory", "device_type", "file's memory") &&
	      !value_of("/memory@80000000", "device_type"));
	check(!value_of("/reserved-memory/secure@e0000000", "of"));
	check(has("/soc/ethernet@1", "local-mac-address", "MAC-1"));
}

/* The same again changes nothing but the spare bytes, which are there again. */
static void test_twice(void)
{
	const struct bytes machine = machine_tree(2);
	const uint64_t n = run(given_tree(true), machine);
	uint8_t *copy = malloc(n);

	memcpy(copy, out, n);
	check(run((struct bytes){ copy, n }, machine) >= n);
	check(has("/soc/ethernet@2", "local-mac-address", "MAC-2") &&
	      has("/chosen", "boot-hart", "hart 3") &&
	      has("/reserved-memory/secure@e0000000", "of", "machine's secure") &&
	      has("/memory@80000000", "device_type", "real memory"));
	free(copy);
}

/* With less room nothing behind it is touched, and the answer is the same. */
static void test_room(void)
{
	const struct bytes given = given_tree(true), machine = machine_tree(2);
	const uint64_t n = fdt_fixup(given, machine, NULL, 0);
	bool same = true, kept = true;

	for (uint64_t room = 0; room < n; room += 97) {
		memset(out, 0xee, sizeof(out));
		same &= fdt_fixup(given, machine, out, room) == n;
		for (uint64_t i = room; i < n; i++)
			kept &= out[i] == 0xee;
	}
	check(same && kept);
}

static void test_reserved(void)
{
	struct made_fdt *f = begin(0);
	const uint64_t one[] = { htobe64(0x4000), htobe64(0x2000) };
	const uint64_t two[] = { htobe64(0x8000), htobe64(0x1000), htobe64(0xa000), htobe64(1) };
	uint64_t start = 0, n = 0;
	struct bytes tree;
	bool no_map = true;

	made_fdt_reserve(f, 0x9000, 0x1000);
	made_fdt_begin(f, "reserved-memory");
	cells(f, 2, 2);
	made_fdt_begin(f, "a");
	made_fdt_property(f, "reg", one, sizeof(one));
	made_fdt_end(f);
	made_fdt_begin(f, "dynamic");
	text(f, "size", "no reg");
	made_fdt_end(f);
	made_fdt_begin(f, "b");
	made_fdt_property(f, "no-map", "", 0);
	made_fdt_property(f, "reg", two, sizeof(two));
	made_fdt_end(f);
	made_fdt_end(f);
	tree = whole(f);
	check(fdt_reserved_range(tree, 0, &start, &n, &no_map) == 1 && start == 0x9000 &&
	      n == 0x1000 && !no_map);
	check(fdt_reserved_range(tree, 1, &start, &n, &no_map) == 1 && start == 0x4000 &&
	      n == 0x2000 && !no_map);
	check(fdt_reserved_range(tree, 2, &start, &n, &no_map) == 1 && start == 0x8000 &&
	      n == 0x1000 && no_map);
	check(fdt_reserved_range(tree, 3, &start, &n, &no_map) == 1 && start == 0xa000 && n == 1 &&
	      no_map);
	check(fdt_reserved_range(tree, 4, &start, &n, &no_map) == 0);
	tree.n--;
	check(fdt_reserved_range(tree, 0, &start, &n, &no_map) == -1);
}

static void refused(struct bytes given)
{
	const struct bytes machine = machine_tree(2);

	check(fdt_fixup(given, machine, NULL, 0) == 0);
	check(fdt_fixup(machine, given, NULL, 0) == 0);
}

static void test_refused(void)
{
	struct made_fdt *f;
	struct bytes t = given_tree(true);
	unsigned n_taken = 0;
	uint8_t *block;

	/* each shorter one in a block of its own, for sanitizers */
	for (size_t n = 0; n < t.n; n++) {
		block = malloc(n + 1);
		memcpy(block, t.p, n);
		n_taken += fdt_fixup((struct bytes){ block, n }, machine_tree(2), out,
				     sizeof(out)) != 0;
		free(block);
	}
	check_msg(n_taken == 0, "%u shorter trees were taken", n_taken);
	/* any byte may be wrong: whatever comes of it stays inside */
	for (size_t i = 0; i < t.n; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			f = &made[0];
			f->whole[i] ^= (uint8_t)(1 << bit);
			(void)!fdt_fixup(t, machine_tree(2), out, sizeof(out));
			f->whole[i] ^= (uint8_t)(1 << bit);
		}
	check(fdt_fixup(t, machine_tree(2), out, sizeof(out)) != 0);
	f = begin(0); /* two roots */
	made_fdt_end(f);
	made_fdt_begin(f, "");
	refused(whole(f));
	f = begin(0); /* a property behind a child */
	node(f, "child", NULL, NULL);
	text(f, "late", "property");
	refused(whole(f));
	f = begin(0); /* a name that is a path */
	node(f, "chosen/child", NULL, NULL);
	refused(whole(f));
	f = begin(0); /* no end */
	made_fdt_end(f);
	refused(made_fdt_whole(f));
	f = begin(0); /* of a version that reads otherwise */
	t = whole(f);
	f->whole[27] = 18;
	refused(t);
	f = begin(0);
	t = whole(f);
	f->whole[27] = 17;
	check(fdt_fixup(t, machine_tree(2), NULL, 0) != 0);
}

/* Deeper than paths are remembered, and many children: found again at its place. */
static void test_deep(void)
{
	struct made_fdt *f = begin(0);

	cells(f, 2, 2);
	for (unsigned i = 0; i < 60; i++)
		made_fdt_begin(f, "a-long-name");
	for (unsigned i = 0; i < 60; i++)
		made_fdt_end(f);
	made_fdt_begin(f, "soc");
	node(f, "ethernet@2", NULL, NULL);
	made_fdt_end(f);
	require(run(whole(f), machine_tree(2)));
	check(memmem(out, sizeof(out), "MAC-2", 5) != NULL);
}

/* The longest name that a property may have; to find the end of a longer one is not tried. */
static void test_names(void)
{
	char name[FDT_NAME_MOST + 2] = { 0 };
	struct made_fdt *f = begin(0);

	memset(name, 'n', FDT_NAME_MOST);
	text(f, name, "a property");
	check(fdt_fixup(whole(f), machine_tree(2), NULL, 0) != 0);
	name[FDT_NAME_MOST] = 'n';
	f = begin(0);
	text(f, name, "a property");
	refused(whole(f));
	f = begin(0);
	node(f, name, NULL, NULL);
	refused(whole(f));
}

int main(void)
{
	test_names();
	test_merged();
	test_missing();
	test_twice();
	test_room();
	test_reserved();
	test_refused();
	test_deep();
	return tap_done();
}
