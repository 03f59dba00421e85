// SPDX-License-Identifier: MIT
#include "host/shown_tables.h"
#include "unit/tree.h"

#define ESRT "/sys/firmware/efi/esrt"
#define MOK "/sys/firmware/efi/mok-variables"

static void drop(struct bytes *b)
{
	free((void *)b->p);
	*b = (struct bytes){ 0 };
}

static void put_resource(const struct tree *t, unsigned i, const char *guid, unsigned version)
{
	char path[96], text[32];
	const struct {
		const char *name, *text;
	} file[] = {
		{ "fw_class", guid },
		{ "fw_type", "1\n" },
		{ "lowest_supported_fw_version", "4294967295\n" },
		{ "capsule_flags", "0x8010\n" },
		{ "last_attempt_version", "0\n" },
		{ "last_attempt_status", "6\n" },
		{ "fw_version", text },
	};

	snprintf(text, sizeof(text), "%u\n", version);
	for (unsigned k = 0; k < ARRAY_SIZE(file); k++) {
		snprintf(path, sizeof(path), ESRT "/entries/entry%u/%s", i, file[k].name);
		tree_put(t, path, file[k].text);
	}
}

/* As Linux 6.12 shows the one of a machine with two parts. */
static struct tree machine(void)
{
	const struct tree t = tree_new();

	tree_put(&t, ESRT "/fw_resource_count", "2\n");
	tree_put(&t, ESRT "/fw_resource_count_max", "7\n");
	tree_put(&t, ESRT "/fw_resource_version", "1\n");
	put_resource(&t, 0, "00112233-4455-6677-8899-aabbccddeeff\n", 0x10203);
	put_resource(&t, 1, "b122a263-3661-4f68-9929-78f8b0d62180\n", 2);
	return t;
}

static void test_esrt(void)
{
	static const uint8_t want[] = {
		2,    0,    0,	  0,	2,    0, 0,    0,    1,	   0,	 0,    0,    0,	   0,
		0,    0,    0x33, 0x22, 0x11, 0, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xaa, 0xbb,
		0xcc, 0xdd, 0xee, 0xff, 1,    0, 0,    0,    3,	   2,	 1,    0,    0xff, 0xff,
		0xff, 0xff, 0x10, 0x80, 0,    0, 0,    0,    0,	   0,	 6,    0,    0,	   0,
	};
	struct tree t = machine();
	struct bytes b;

	check(shown_esrt(t.root, &b) == 0 && b.n == 16 + 2 * 40);
	check(b.n >= sizeof(want) && !memcmp(b.p, want, sizeof(want)));
	check(b.n == 96 && b.p[56] == 0x63 && b.p[76] == 2);
	drop(&b);
	tree_drop(&t);
}

/* What the kernel would not take, and what it would not write. */
static void test_no_esrt(void)
{
	static const struct {
		const char *path, *text;
	} rows[] = {
		{ ESRT "/fw_resource_version", "2\n" },
		{ ESRT "/fw_resource_count", "0\n" },
		{ ESRT "/fw_resource_count", "3\n" },
		{ ESRT "/fw_resource_count", "129\n" },
		{ ESRT "/fw_resource_count", "\n" },
		{ ESRT "/entries/entry1/fw_class", "b122a263-3661-4f68-9929-78f8b0d6218\n" },
		{ ESRT "/entries/entry1/fw_version", "4294967296\n" },
		{ ESRT "/entries/entry0/fw_version", "-1\n" },
		{ ESRT "/entries/entry0/capsule_flags", "0x8g\n" },
		{ ESRT "/entries/entry0/fw_type", "\n" },
	};
	struct tree t = tree_new();
	struct bytes b;

	check(shown_esrt(t.root, &b) == 0 && !b.n && !b.p);
	tree_drop(&t);
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		t = machine();
		tree_put(&t, rows[i].path, rows[i].text);
		check_msg(shown_esrt(t.root, &b) == 0 && !b.n, "row %u: %s", i, rows[i].path);
		drop(&b);
		tree_drop(&t);
	}
	t = machine();
	tree_remove(&t, ESRT "/entries/entry1/last_attempt_status");
	check(shown_esrt(t.root, &b) == 0 && !b.n);
	tree_drop(&t);
}

/* An entry at offset at of a table: its name and what it holds; where the next one is. */
static size_t entry(struct bytes b, size_t at, const char *name, const char *data)
{
	uint64_t n = 0;
	struct bytes head;

	if (!check_msg(bytes_sub(b, at, 264, &head) && !strcmp((const char *)head.p, name) &&
			       bytes_le64(b, at + 256, &n) && n == strlen(data) &&
			       bytes_sub(b, at + 264, n, &head) && !memcmp(head.p, data, n),
		       "%s is in the table", *name ? name : "the end"))
		return 0;
	return at + 264 + n;
}

static void test_mok(void)
{
	struct tree t = tree_new();
	char path[512] = MOK "/";
	struct bytes b;
	size_t at;

	check(shown_mok_variables(t.root, &b) == 0 && !b.n && !b.p);
	tree_put(&t, MOK "/SbatLevelRT", "sbat,1,2024\n");
	tree_put(&t, MOK "/MokListRT", "certificates");
	tree_put(&t, MOK "/MokIgnoreDB", "");
	check(shown_mok_variables(t.root, &b) == 0);
	at = entry(b, 0, "MokIgnoreDB", "");
	at = entry(b, at, "MokListRT", "certificates");
	at = entry(b, at, "SbatLevelRT", "sbat,1,2024\n");
	at = entry(b, at, "", "");
	check(at == b.n);
	drop(&b);
	/* longer than an entry has room for, its 0 included: file systems take no such name */
	memset(path + strlen(path), 'x', 255);
	tree_put(&t, path, "");
	check(shown_mok_variables(t.root, &b) == 0 && b.n == 5 * 264 + 24);
	drop(&b);
	/* all of them or none */
	check(mkdir(tree_path(&t, MOK "/folder"), 0755) == 0);
	check(shown_mok_variables(t.root, &b) == 0 && !b.n);
	tree_drop(&t);
}

int main(void)
{
	test_esrt();
	test_no_esrt();
	test_mok();
	return tap_done();
}
